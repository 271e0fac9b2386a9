/*
 * Microscopes of Thermo Fisher (Titan, Spectra, Talos) through the server of
 * temscript: beam, column, one camera or scanning detector.
 *
 * During an exposure the server answers nobody: polls then say ERR_AGAIN, and
 * readings are as old as the exposure has lasted. What a site watches for
 * being stale has to bear its longest exposure.
 */
#include "drivers/temscript.h"

#include <math.h>
#include <string.h>

#include "base/array.h"
#include "drivers/bus.h"
#include "drivers/link.h"

#define PA_PER_TORR (101325.0 / 760.0)
/* A poll goes on with an exposure so long before it gives up. */
#define POLL_PATIENCE (100 * NSEC_PER_MS)

enum {
	BEAM,
	COLUMN_VACUUM,
	COLUMN_VALVES,
	FRAME,
	EXPOSING,
};

#define READ_WRITE (CHANNEL_READ | CHANNEL_WRITE)

static const struct channel channels[] = {
	[BEAM] = { "beam", QUANTITY_SWITCH, READ_WRITE, .max = 1.0 },
	[COLUMN_VACUUM] = { "column_vacuum", QUANTITY_PRESSURE, CHANNEL_READ,
			    .resolution = 1e-10 },
	[COLUMN_VALVES] = { "column_valves", QUANTITY_SWITCH, READ_WRITE,
			    .max = 1.0 },
	[FRAME] = { "frame", QUANTITY_NUMBER, CHANNEL_READ, .resolution = 1.0 },
	[EXPOSING] = { "exposing", QUANTITY_SWITCH, CHANNEL_READ, .max = 1.0 },
};

static struct temscript *enter(struct device *dev)
{
	struct temscript *t = dev->state;

	t->now = dev->now;
	t->entered = link_now();
	return t;
}

static int compare(struct device *dev, const char *what, const char *expected,
		   struct err *err)
{
	json_t *said;
	const char *s;
	int status = 0;

	if (!expected)
		return 0;
	said = temscript_get(dev, what, err);
	if (!said)
		return -1;
	s = json_string_value(said);
	if (!s || strcmp(s, expected) != 0)
		status = err_set(err, ERR_IDENTITY,
				 "%s is %.*s, not %s as "
				 "expected",
				 what, TEMSCRIPT_NAME_MAX, s ? s : "no text",
				 expected);
	json_decref(said);
	return status;
}

static void driver_close(struct device *dev)
{
	struct temscript *t = dev->state;

	temscript_forget(t);
	http_talk_free(t->blank);
	emergency_close(&t->emergency);
	*t = (struct temscript){ 0 };
}

static int set_up(struct device *dev, struct err *err)
{
	struct temscript *t = dev->state;

	driver_close(dev);
	enter(dev);
	if (temscript_site_read(dev->params, &t->site, err))
		return -1;
	t->http = bus_http(dev->bus);
	if (!t->http)
		return err_set(err, ERR_INVALID, "needs a bus of type http");
	return 0;
}

static int identify(struct device *dev, struct err *err)
{
	const struct temscript *t = dev->state;

	if (compare(dev, "family", t->site.family, err) ||
	    compare(dev, "microscope_id", t->site.id, err))
		return -1;
	return temscript_find_detector(dev, err);
}

static int driver_look(struct device *dev, struct err *err)
{
	return set_up(dev, err) ? -1 : identify(dev, err);
}

static int driver_open(struct device *dev, struct err *err)
{
	struct temscript *t = dev->state;
	struct err other = { 0 };
	int status;

	if (set_up(dev, err))
		return -1;
	/* First of all: it blanks also when there is no server. */
	status = emergency_open(&t->emergency,
				yaml_get(dev->params, "emergency"), t->now,
				&other);
	if (identify(dev, err) || temscript_blank(dev, err))
		return -1;
	if (status)
		*err = other;
	return status;
}

/* In Torr. OVERFLOW, and what is neither number nor word: NAN. */
static double pressure_of(const struct temscript_site *site, const json_t *said)
{
	const char *word = json_string_value(said);

	if (json_is_number(said))
		return json_number_value(said) / PA_PER_TORR;
	return word && strcmp(word, "UNDERFLOW") == 0 ? site->underflow : NAN;
}

/* One gauge without a good value makes the worst of all unknown. */
static double worst_of(const struct temscript_site *site, json_t *gauges)
{
	double worst = -INFINITY;
	const char *name;
	json_t *said;

	json_object_foreach(gauges, name, said)
	{
		double value = pressure_of(site, said);

		if (!(value <= worst))
			worst = value;
		if (isnan(worst))
			return NAN;
	}
	return worst;
}

static int read_column(struct device *dev, double *values, struct err *err)
{
	const struct temscript *t = dev->state;
	json_t *said = temscript_get(dev, "vacuum", err);
	json_t *gauges = json_object_get(said, "gauges(Pa)");
	const json_t *valves = json_object_get(said, "column_valves_open");
	int status = 0;

	if (!said)
		return -1;
	if (!json_is_object(gauges) || !json_is_boolean(valves)) {
		status = err_set(err, ERR_PROTOCOL,
				 "vacuum: no gauges, or "
				 "no column valves");
	} else {
		const char *gauge = t->site.gauge;

		values[COLUMN_VALVES] = json_is_true(valves);
		values[COLUMN_VACUUM] =
			gauge ? pressure_of(&t->site,
					    json_object_get(gauges, gauge))
			      : worst_of(&t->site, gauges);
	}
	json_decref(said);
	return status;
}

static int driver_poll(struct device *dev, double *values, struct err *err)
{
	struct temscript *t = enter(dev);
	nsec until = link_now() +
		     exposure_patience(&t->exposure, t->now, POLL_PATIENCE);
	bool blanked;

	if (temscript_expose(dev, until, err))
		return -1;
	if (temscript_is_exposing(t))
		return err_set(err, ERR_AGAIN, "a frame is being exposed");
	if (temscript_look_after(dev, until, err))
		return -1;
	if (t->blank)
		return err_set(err, ERR_AGAIN, "the server is busy");
	if (temscript_is_blanked(dev, &blanked, err) ||
	    read_column(dev, values, err))
		return -1;
	values[BEAM] = !blanked;
	values[FRAME] = (double)t->n_frames;
	values[EXPOSING] = 0.0;
	return 0;
}

static int driver_write(struct device *dev, size_t channel, double value,
			struct err *err)
{
	const struct temscript *t = enter(dev);
	bool on = value != 0.0;

	/* Closing them is done after the exposure, whoever waits for it. */
	if (channel == COLUMN_VALVES && on && temscript_is_exposing(t))
		return err_set(err, ERR_STATE, "a frame is being exposed");
	if (channel == COLUMN_VALVES)
		return temscript_put(dev, "column_valves_open",
				     on ? "true" : "false", err);
	return on ? temscript_unblank(dev, err) : temscript_blank(dev, err);
}

static int driver_safe(struct device *dev, struct err *err)
{
	enter(dev);
	return temscript_blank(dev, err);
}

static int driver_acquire(struct device *dev,
			  const struct frame_request *request, struct err *err)
{
	enter(dev);
	return temscript_acquire(dev, request, err);
}

static int driver_frame(struct device *dev, struct frame *frame,
			struct err *err)
{
	enter(dev);
	return temscript_frame(dev, frame, err);
}

extern const struct driver driver_temscript;
const struct driver driver_temscript = {
	.name = "temscript",
	.summary = "Thermo Fisher microscopes through temscript's server",
	.state_size = sizeof(struct temscript),
	.channels = channels,
	.n_channels = ARRAY_SIZE(channels),
	.open = driver_open,
	.look = driver_look,
	.poll = driver_poll,
	.write = driver_write,
	.safe = driver_safe,
	.close = driver_close,
	.acquire = driver_acquire,
	.frame = driver_frame,
};
