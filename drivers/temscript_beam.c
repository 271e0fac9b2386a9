/*
 * Requests, and the beam. A blank goes like this:
 *
 *	PUT true, GET: it is true -> blanked
 *	it is not (a detector protector may refuse): again, BLANK_TRIES times
 *	an exposure is under way: the emergency path; and PUT true, which the
 *	server does afterwards; whoever looks next reads it back
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "drivers/link.h"
#include "drivers/temscript.h"

#define BLANK_TRIES 3
#define SEND_MAX (50 * NSEC_PER_MS)
#define BLANK_PAUSE (50 * NSEC_PER_MS)
/* No exposure is longer; what waits behind one waits no longer either. */
#define BEHIND (2 * 3600 * NSEC_PER_S)
#define BEAM_BLANKED "beam_blanked"

nsec temscript_now(const struct temscript *t)
{
	return t->now + (link_now() - t->entered);
}

static nsec reply_of(const struct temscript *t)
{
	return nsec_from_s(t->site.reply_s);
}

int temscript_put(struct device *dev, const char *what, const char *json,
		  struct err *err)
{
	struct temscript *t = dev->state;
	char path[HTTP_PATH_MAX];
	const struct http_ask ask = { .method = "PUT",
				      .path = path,
				      .body = json,
				      .reply = reply_of(t) };

	snprintf(path, sizeof(path), "/v1/%s", what);
	return link_http_ask(t->http, &ask, NULL, err);
}

json_t *temscript_get(struct device *dev, const char *what, struct err *err)
{
	struct temscript *t = dev->state;
	char path[HTTP_PATH_MAX];
	const struct http_ask ask = { .method = "GET",
				      .path = path,
				      .reply = reply_of(t) };
	json_t *said;
	char *text;

	snprintf(path, sizeof(path), "/v1/%s", what);
	if (link_http_ask(t->http, &ask, &text, err))
		return NULL;
	said = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	if (!said)
		err_set(err, ERR_PROTOCOL, "GET %s: an answer that is no JSON",
			path);
	free(text);
	return said;
}

int temscript_is_blanked(struct device *dev, bool *blanked, struct err *err)
{
	json_t *said = temscript_get(dev, BEAM_BLANKED, err);
	int status = 0;

	if (!said)
		return -1;
	if (json_is_boolean(said))
		*blanked = json_is_true(said);
	else
		status = err_set(err, ERR_PROTOCOL,
				 "beam_blanked is neither "
				 "true nor false");
	json_decref(said);
	return status;
}

int temscript_look_after(struct device *dev, nsec until, struct err *err)
{
	struct temscript *t = dev->state;
	int status = 0;

	if (!t->blank)
		return 0;
	status = http_talk_drive(t->blank, until, err);
	if (!http_talk_is_over(t->blank))
		return status;
	status = http_talk_result(t->blank, NULL, err);
	http_talk_free(t->blank);
	t->blank = NULL;
	return status;
}

/* Hands the blank to the server, which does it when it has time. */
static int blank_behind(struct device *dev, nsec until, struct err *err)
{
	struct temscript *t = dev->state;
	const struct http_ask ask = {
		.method = "PUT",
		.path = "/v1/" BEAM_BLANKED,
		.body = "true",
		.reply = BEHIND,
	};

	if (!t->blank)
		t->blank = http_talk_begin(t->http, &ask, err);
	if (!t->blank || temscript_look_after(dev, until, err))
		return -1;
	if (t->blank)
		return err_set(err, ERR_TIMEOUT,
			       "the blank waits for the "
			       "exposure that is under way");
	return 0;
}

static int set_blanked(struct device *dev, bool wanted, struct err *err)
{
	struct temscript *t = dev->state;
	bool blanked;

	for (int i = 0; i < BLANK_TRIES; i++) {
		if (i && link_pause(link_http_link(t->http),
				    link_now() + BLANK_PAUSE, err))
			return -1;
		if (temscript_put(dev, BEAM_BLANKED, wanted ? "true" : "false",
				  err) ||
		    temscript_is_blanked(dev, &blanked, err))
			return -1;
		if (blanked == wanted)
			return 0;
	}
	return err_set(err, ERR_STATE,
		       "the beam is still %sblanked after %d "
		       "requests",
		       wanted ? "not " : "", BLANK_TRIES);
}

/* The beam is gone when the emergency path has taken it, and the server need
 * not be waited for. */
static int blank_exposing(struct device *dev, bool *is_gone, struct err *err)
{
	struct temscript *t = dev->state;
	struct err other = { 0 };

	*is_gone = emergency_engage(&t->emergency, temscript_now(t), &other);
	if (!blank_behind(dev, link_now() + (*is_gone ? SEND_MAX : reply_of(t)),
			  err)) {
		*is_gone = false;
		return 0;
	}
	if (*is_gone && err->code == ERR_TIMEOUT)
		return 0;
	if (other.code)
		err_wrap(err, "%s", other.msg);
	return -1;
}

int temscript_blank(struct device *dev, struct err *err)
{
	struct temscript *t = dev->state;
	struct err other = { 0 };
	bool is_gone = false;

	/* Whatever comes of the frame, the beam is to be blanked. */
	temscript_expose(dev, link_now(), &other);
	other = (struct err){ 0 };
	if ((t->blank || temscript_is_exposing(t)) &&
	    blank_exposing(dev, &is_gone, err))
		return -1;
	if (is_gone || !set_blanked(dev, true, err))
		return 0;
	if (emergency_engage(&t->emergency, temscript_now(t), &other))
		return err_wrap(err, "blanked by the emergency path only");
	return other.code ? err_wrap(err, "%s", other.msg) : -1;
}

int temscript_unblank(struct device *dev, struct err *err)
{
	struct temscript *t = dev->state;

	if (temscript_expose(dev, link_now(), err) ||
	    temscript_look_after(dev, link_now() + reply_of(t), err))
		return -1;
	if (t->blank || temscript_is_exposing(t))
		return err_set(err, ERR_STATE, "a frame is being exposed");
	if (set_blanked(dev, false, err))
		return -1;
	return emergency_release(&t->emergency, temscript_now(t), err);
}
