#include "ring/rig.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "drivers/bus.h"

struct rig {
	const struct config *config;
	struct bus *buses[CONFIG_BUSES_MAX];
	struct device devices[POLLS_MAX];
	bool open[POLLS_MAX];
	int camera; /* instrument, or -1 */
};

/* The role "camera" decides when several instruments can take frames. */
static int find_camera(const struct config *config)
{
	const struct site *site = &config->site;
	int role = site->known[KNOWN_CAMERA];

	if (role != ROLE_NONE) {
		size_t i = site->roles[role].poll;

		if (config->instruments[i].driver->acquire)
			return (int)i;
	}
	for (size_t i = 0; i < config->n_instruments; i++)
		if (config->instruments[i].driver->acquire)
			return (int)i;
	return -1;
}

static bool make_buses(struct rig *rig, uint64_t seed,
		       struct problems *problems)
{
	const struct config *config = rig->config;
	bool good = true;

	for (size_t i = 0; i < config->n_buses; i++) {
		rig->buses[i] =
			bus_new(config->buses[i].name, config->buses[i].params,
				seed + i, problems);
		good = good && rig->buses[i];
	}
	return good;
}

struct rig *rig_new(const struct config *config, uint64_t seed,
		    struct problems *problems)
{
	struct rig *rig = memory_zeroed(1, sizeof(*rig));

	rig->config = config;
	rig->camera = find_camera(config);
	if (!make_buses(rig, seed, problems)) {
		rig_free(rig);
		return NULL;
	}
	for (size_t i = 0; i < config->n_instruments; i++) {
		const struct config_instrument *c = &config->instruments[i];

		device_init(&rig->devices[i], c->driver, c->name,
			    rig->buses[c->bus], c->params);
	}
	return rig;
}

void rig_free(struct rig *rig)
{
	if (!rig)
		return;
	for (size_t i = 0; i < rig->config->n_instruments; i++)
		if (rig->devices[i].driver)
			device_fini(&rig->devices[i]);
	for (size_t i = 0; i < rig->config->n_buses; i++)
		bus_free(rig->buses[i]);
	free(rig);
}

size_t rig_bus_of(const struct rig *rig, size_t instrument)
{
	assert(instrument < rig->config->n_instruments);
	return rig->config->instruments[instrument].bus;
}

struct bus *rig_bus(const struct rig *rig, size_t bus)
{
	assert(bus < rig->config->n_buses);
	return rig->buses[bus];
}

bool rig_is_open(const struct rig *rig, size_t instrument)
{
	assert(instrument < rig->config->n_instruments);
	return rig->open[instrument];
}

static struct device *at(struct rig *rig, size_t instrument, nsec now)
{
	assert(instrument < rig->config->n_instruments);
	rig->devices[instrument].now = now;
	return &rig->devices[instrument];
}

static int need_open(const struct rig *rig, size_t instrument, struct err *err)
{
	if (rig->open[instrument])
		return 0;
	return err_set(err, ERR_STATE, "%s: not connected",
		       rig->config->instruments[instrument].name);
}

int rig_open(struct rig *rig, size_t instrument, nsec now, struct err *err)
{
	struct device *dev = at(rig, instrument, now);

	if (rig->open[instrument])
		return 0;
	if (dev->driver->open(dev, err))
		return err_wrap(err, "%s", dev->name);
	rig->open[instrument] = true;
	return 0;
}

void rig_close(struct rig *rig, size_t instrument)
{
	struct device *dev;

	assert(instrument < rig->config->n_instruments);
	dev = &rig->devices[instrument];
	if (rig->open[instrument] && dev->driver->close)
		dev->driver->close(dev);
	rig->open[instrument] = false;
}

/* A number, and one that this instrument can tell. */
static bool is_reading(const struct role *r, double value)
{
	return isfinite(value) && ((r->lowest == 0.0 && r->highest == 0.0) ||
				   (value >= r->lowest && value <= r->highest));
}

int rig_ready(struct rig *rig, size_t instrument, struct err *err)
{
	if (!bus_ready(rig->buses[rig_bus_of(rig, instrument)], err))
		return 0;
	return err_wrap(err, "%s", rig->config->instruments[instrument].name);
}

int rig_poll(struct rig *rig, size_t instrument, nsec now, double *values,
	     uint32_t *bad, struct err *err)
{
	const struct site *site = &rig->config->site;
	const struct role *roles = &site->roles[site->polls[instrument].first];
	struct device *dev = at(rig, instrument, now);
	uint32_t wrong = 0;

	if (need_open(rig, instrument, err))
		return -1;
	if (dev->driver->poll(dev, values, err))
		return err_wrap(err, "%s", dev->name);
	for (size_t i = 0; i < dev->driver->n_channels; i++) {
		if (is_reading(&roles[i], values[i]))
			continue;
		values[i] = NAN;
		wrong |= UINT32_C(1) << i;
	}
	*bad = wrong;
	return 0;
}

void rig_condition(struct rig *rig, size_t instrument,
		   char out[DEVICE_CONDITION_MAX])
{
	const struct device *dev = &rig->devices[instrument];

	out[0] = '\0';
	if (rig->open[instrument] && dev->driver->condition)
		dev->driver->condition(dev, out);
}

static int check_setpoint(const struct role *role, double value,
			  struct err *err)
{
	char shown[NUMBER_TEXT_MAX] = "not a number";

	if (!(role->access & ROLE_WRITE))
		return err_set(err, ERR_DENIED, "%s: cannot be set",
			       role->name);
	if (isfinite(value))
		number_print(value, shown);
	if (role->quantity == QUANTITY_SWITCH && !(value == 0 || value == 1))
		return err_set(err, ERR_RANGE, "%s: %s is neither 0 nor 1",
			       role->name, shown);
	if (!isfinite(value) || !(value >= role->min && value <= role->max))
		return err_set(err, ERR_RANGE, "%s: %s is outside its limits",
			       role->name, shown);
	return 0;
}

int rig_write(struct rig *rig, size_t role, double value, nsec now,
	      struct err *err)
{
	const struct site *site = &rig->config->site;
	const struct role *r;
	struct device *dev;

	assert(role < site->n_roles);
	r = &site->roles[role];
	if (check_setpoint(r, value, err) || need_open(rig, r->poll, err))
		return -1;
	dev = at(rig, r->poll, now);
	if (dev->driver->write(dev, role - site->polls[r->poll].first, value,
			       err))
		return err_wrap(err, "%s", r->name);
	return 0;
}

int rig_safe(struct rig *rig, size_t instrument, nsec now, struct err *err)
{
	struct device *dev = at(rig, instrument, now);

	if (need_open(rig, instrument, err))
		return -1;
	if (dev->driver->safe(dev, err))
		return err_wrap(err, "%s", dev->name);
	return 0;
}

bool rig_has_turns(const struct rig *rig, size_t instrument)
{
	assert(instrument < rig->config->n_instruments);
	return rig->devices[instrument].driver->turn != NULL;
}

nsec rig_turn(struct rig *rig, size_t instrument, nsec now, struct err *err)
{
	struct device *dev = at(rig, instrument, now);
	nsec next;

	err->code = ERR_NONE;
	if (!rig->open[instrument] || !dev->driver->turn)
		return NSEC_NEVER;
	next = dev->driver->turn(dev, err);
	if (err->code)
		err_wrap(err, "%s", dev->name);
	return next;
}

static struct device *camera_at(struct rig *rig, nsec now, struct err *err)
{
	if (rig->camera < 0) {
		err_set(err, ERR_NOT_FOUND, "no instrument is a camera");
		return NULL;
	}
	if (need_open(rig, (size_t)rig->camera, err))
		return NULL;
	return at(rig, (size_t)rig->camera, now);
}

int rig_acquire(struct rig *rig, const struct frame_request *request, nsec now,
		struct err *err)
{
	struct device *dev = camera_at(rig, now, err);

	if (!dev)
		return -1;
	if (dev->driver->acquire(dev, request, err))
		return err_wrap(err, "%s", dev->name);
	return 0;
}

int rig_frame(struct rig *rig, nsec now, struct frame *frame, struct err *err)
{
	struct device *dev = camera_at(rig, now, err);

	if (!dev)
		return -1;
	if (dev->driver->frame(dev, frame, err))
		return err_wrap(err, "%s", dev->name);
	return 0;
}
