/*
 * Questions and answers, who is there, and the beam. A blank goes like this:
 *
 *	EMSetBeamBlanked(1), EMGetBeamBlanked() is 1 -> blanked
 *	it is not: again, BLANK_TRIES times; then the emergency path
 *	a frame is being exposed: the emergency path; and the blank is done
 *	when the frame is there, by whoever looks next
 *
 * On a line that is not trusted the first blank goes out at once, before
 * anything is asked.
 */
#include <math.h>
#include <stdio.h>

#include "drivers/dm.h"
#include "drivers/link.h"

#define BLANK_TRIES 3
#define BLANK_PAUSE (50 * NSEC_PER_MS)

static const struct dm_shape nothing = { 0 };
static const struct dm_shape a_number = { .n_numbers = 1 };
static const struct dm_shape a_fraction = { .n_fractions = 1 };

nsec dm_now(const struct dm *dm)
{
	return dm->now + (link_now() - dm->entered);
}

/* The rest of an answer of which nothing came says what was asked. */
static int say_what(struct dm *dm, const char *what, struct err *err)
{
	if (err->code == ERR_TIMEOUT)
		err_set(err, ERR_TIMEOUT, "%s: no answer in %d ms",
			link_name(dm->link), (int)(dm->site.reply_s * 1e3));
	return err_wrap(err, "%s", what);
}

static int talk(struct dm *dm, const struct dm_packet *p,
		const struct dm_shape *shape, struct dm_answer *answer,
		struct err *err)
{
	struct wire_ask ask = { .send = p->bytes,
				.n = p->n,
				.end = { .n = 4 },
				.reply = nsec_from_s(dm->site.reply_s) };
	uint8_t bytes[DM_ANSWER_MAX];
	struct dm_answer unused;
	size_t got, n;

	if (wire_ask(dm->wire, &ask, (char *)bytes, 4, &got, err))
		return -1;
	if (dm_answer_size(bytes, shape, &n, err))
		return wire_distrust(dm->wire);
	ask.n = 0;
	ask.end.n = n - 4;
	if (wire_ask(dm->wire, &ask, (char *)bytes + 4, sizeof(bytes) - 4, &got,
		     err))
		return -1;
	if (dm_answer_read(bytes, n, shape, answer ? answer : &unused, err))
		return err->code == ERR_PROTOCOL ? wire_distrust(dm->wire) : -1;
	return 0;
}

int dm_ask(struct dm *dm, const struct dm_packet *p, const char *what,
	   const struct dm_shape *shape, struct dm_answer *answer,
	   struct err *err)
{
	return talk(dm, p, shape, answer, err) ? say_what(dm, what, err) : 0;
}

static int ask_number(struct dm *dm, enum dm_function function,
		      const char *what, int32_t *value, struct err *err)
{
	struct dm_packet p;
	struct dm_answer answer = { 0 };

	dm_packet_begin(&p, function);
	if (dm_ask(dm, &p, what, &a_number, &answer, err))
		return -1;
	*value = answer.number[0];
	return 0;
}

static int run(struct dm *dm, const char *script, double *value,
	       struct err *err)
{
	struct dm_packet p;
	struct dm_answer answer = { 0 };

	dm_packet_script(&p, script);
	if (dm_ask(dm, &p, script, &a_fraction, &answer, err))
		return -1;
	*value = answer.fraction;
	return 0;
}

/* -- who is there -------------------------------------------------------- */

static int check_version(struct dm *dm, struct err *err)
{
	int32_t version;

	if (ask_number(dm, DM_VERSION, "version", &version, err))
		return -1;
	if (!dm->site.version || version == dm->site.version)
		return 0;
	return err_set(err, ERR_IDENTITY, "version is %d, not %d as expected",
		       (int)version, (int)dm->site.version);
}

static int find_camera(struct dm *dm, struct err *err)
{
	int32_t n;

	if (ask_number(dm, DM_CAMERAS, "number of cameras", &n, err))
		return -1;
	if (dm->site.camera < n)
		return 0;
	if (n == 1)
		return err_set(err, ERR_NOT_FOUND,
			       "there is no camera %d; there is one, 0",
			       (int)dm->site.camera);
	return err_set(err, ERR_NOT_FOUND,
		       "there is no camera %d; there are %d, from 0",
		       (int)dm->site.camera, (int)n);
}

static int tell_number(struct dm *dm, enum dm_function function,
		       const char *what, int32_t value, struct err *err)
{
	struct dm_packet p;

	dm_packet_begin(&p, function);
	dm_packet_number(&p, value);
	if (function == DM_SET_READ_MODE)
		dm_packet_fraction(&p, 1.0); /* counts are not scaled */
	return dm_ask(dm, &p, what, &nothing, NULL, err);
}

/* Of the camera that is selected. A script answers with a number only: so
 * DigitalMicrograph compares. */
static int check_name(struct dm *dm, struct err *err)
{
	char script[DM_NAME_MAX + 80];
	double same = NAN;

	if (!dm->site.name)
		return 0;
	snprintf(script, sizeof(script),
		 "Exit(CM_GetCameraName(CM_GetCurrentCamera())==\"%s\")",
		 dm->site.name);
	if (run(dm, script, &same, err))
		return -1;
	return same == 1.0 ? 0
			   : err_set(err, ERR_IDENTITY,
				     "camera %d is not %s as expected",
				     (int)dm->site.camera, dm->site.name);
}

static int identify(struct dm *dm, struct err *err)
{
	if (check_version(dm, err) || find_camera(dm, err) ||
	    tell_number(dm, DM_SELECT_CAMERA, "select camera",
			(int32_t)dm->site.camera, err) ||
	    check_name(dm, err))
		return -1;
	if (dm->site.read_mode == DM_READ_MODE_KEPT)
		return 0;
	return tell_number(dm, DM_SET_READ_MODE, "read mode",
			   (int32_t)dm->site.read_mode, err);
}

int dm_be_sure(struct dm *dm, struct err *err)
{
	uint64_t epoch;

	if (dm->epoch == wire_epoch(dm->wire))
		return 0;
	if (wire_ready(dm->wire, &epoch, err) || identify(dm, err))
		return -1;
	dm->epoch = epoch;
	return 0;
}

/* -- the beam ------------------------------------------------------------ */

int dm_is_blanked(struct dm *dm, bool *blanked, struct err *err)
{
	double value = NAN;

	if (run(dm, "Exit(EMGetBeamBlanked())", &value, err))
		return -1;
	if (value != 0.0 && value != 1.0)
		return wire_suspect(dm->wire, err,
				    "the beam is neither blanked nor not");
	*blanked = value == 1.0;
	return 0;
}

static int set_blanked(struct dm *dm, bool wanted, struct err *err)
{
	const char *script =
		wanted ? "EMSetBeamBlanked(1)" : "EMSetBeamBlanked(0)";
	bool blanked = !wanted;
	double unused;

	for (int i = 0; i < BLANK_TRIES; i++) {
		if (i && link_pause(dm->link, link_now() + BLANK_PAUSE, err))
			return -1;
		if (dm_be_sure(dm, err) || run(dm, script, &unused, err) ||
		    dm_is_blanked(dm, &blanked, err))
			return -1;
		if (blanked == wanted)
			return 0;
	}
	return err_set(err, ERR_STATE,
		       "the beam is still %sblanked after %d requests",
		       wanted ? "not " : "", BLANK_TRIES);
}

/* Whatever the line is like. Of its answer nothing is believed: who asks next
 * connects anew. */
static void tell_blank(struct dm *dm)
{
	struct dm_packet p;
	struct err err;

	if (dm->epoch == wire_epoch(dm->wire))
		return;
	dm_packet_script(&p, "EMSetBeamBlanked(1)");
	/* It is asked for again, and read back, right behind this. */
	wire_tell(dm->wire, p.bytes, p.n, 0, true, &err);
}

/* True: the emergency path has taken the beam, and nobody has to wait. */
static bool blank_otherwise(struct dm *dm, struct err *err)
{
	return emergency_engage(&dm->emergency, dm_now(dm), err);
}

static int blank_exposing(struct dm *dm, struct err *err)
{
	struct err other = { 0 };

	dm->blank_wanted = true;
	if (blank_otherwise(dm, &other))
		return 0;
	if (dm_expose(dm, link_now() + nsec_from_s(dm->site.reply_s), err))
		return -1;
	if (!dm_is_exposing(dm))
		return dm_look_after(dm, err);
	err_set(err, ERR_TIMEOUT,
		"the blank waits for the exposure that is under way");
	return other.code ? err_wrap(err, "%s", other.msg) : -1;
}

int dm_blank(struct dm *dm, struct err *err)
{
	struct err other = { 0 };

	if (dm->site.no_blanker)
		return 0;
	/* Whatever comes of the frame, the beam is to be blanked. */
	dm_expose(dm, link_now(), &other);
	other = (struct err){ 0 };
	if (dm_is_exposing(dm))
		return blank_exposing(dm, err);
	tell_blank(dm);
	if (!set_blanked(dm, true, err)) {
		dm->blank_wanted = false;
		return 0;
	}
	if (blank_otherwise(dm, &other))
		return err_wrap(err, "blanked by the emergency path only");
	return other.code ? err_wrap(err, "%s", other.msg) : -1;
}

int dm_look_after(struct dm *dm, struct err *err)
{
	if (!dm->blank_wanted || dm_is_exposing(dm))
		return 0;
	if (set_blanked(dm, true, err))
		return -1;
	dm->blank_wanted = false;
	return 0;
}

int dm_unblank(struct dm *dm, struct err *err)
{
	if (dm->site.no_blanker)
		return err_set(err, ERR_DENIED,
			       "this DigitalMicrograph has no blanker "
			       "(blanker: none)");
	if (dm_expose(dm, link_now(), err))
		return -1;
	if (dm_is_exposing(dm))
		return err_set(err, ERR_STATE, "a frame is being exposed");
	dm->blank_wanted = false;
	if (set_blanked(dm, false, err))
		return -1;
	return emergency_release(&dm->emergency, dm_now(dm), err);
}
