#include "node/control.h"

#include <stdio.h>
#include <string.h>

void control_name(const struct node_who *who, char out[NODE_WHO_MAX])
{
	char *port;

	text_copy(out, NODE_WHO_MAX, who->user);
	port = strrchr(out, ':');
	if (port && !strcmp(who->user, who->peer))
		*port = '\0';
}

static bool is_held(const struct control *c, nsec utc)
{
	return c->holder[0] && utc < c->expires;
}

static void describe(const struct control *c, nsec utc, struct err *why)
{
	char span[NSEC_ISO_MAX];

	nsec_span(c->expires - utc, span);
	err_set(why, ERR_STATE, "%s has control for another %s%s%.120s",
		c->holder, span, c->note[0] ? ": " : "", c->note);
}

bool control_keeps_out(const struct control *c, const char *user, nsec utc,
		       struct err *why)
{
	if (!is_held(c, utc) || !strcmp(c->holder, user))
		return false;
	describe(c, utc, why);
	return true;
}

int control_take(struct control *c, const struct control_wish *wish, nsec utc,
		 struct err *err)
{
	if (control_keeps_out(c, wish->user, utc, err)) {
		if (!wish->force)
			return -1;
		if (!wish->admin)
			return err_set(err, ERR_DENIED,
				       "only an admin takes control away from "
				       "%s",
				       c->holder);
	}
	text_copy(c->holder, sizeof(c->holder), wish->user);
	text_copy(c->note, sizeof(c->note), wish->note);
	c->expires = utc + nsec_from_s(wish->seconds);
	return 0;
}

int control_release(struct control *c, const char *user, nsec utc,
		    struct err *err)
{
	if (control_keeps_out(c, user, utc, err))
		return -1;
	*c = (struct control){ 0 };
	return 0;
}

bool control_expire(struct control *c, nsec utc)
{
	if (!c->holder[0] || is_held(c, utc))
		return false;
	*c = (struct control){ 0 };
	return true;
}
