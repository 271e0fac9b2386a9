#include "drivers/smu.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "drivers/bus.h"
#include "drivers/smu_params.h"
#include "drivers/smu_talk.h"

enum {
	TEMPERATURE,
	SETPOINT,
	POWER,
	RESISTANCE,
	VOLTAGE,
	CURRENT,
	OUTPUT,
};

#define ERRORS_EVERY 25 /* turns */
#define STALE (250 * NSEC_PER_MS)
#define REST_FIRST (2 * NSEC_PER_S)
#define REST_MAX (60 * NSEC_PER_S)

const struct channel smu_channels[SMU_CHANNELS] = {
	[TEMPERATURE] = { "temperature", QUANTITY_TEMPERATURE,
			  CHANNEL_READ | CHANNEL_WRITE, .min = 20.0,
			  .max = 1200.0, .resolution = 0.01, .offset = 2.0,
			  .tolerance = 0.01, .readback = "setpoint" },
	[SETPOINT] = { "setpoint", QUANTITY_TEMPERATURE, CHANNEL_READ,
		       .resolution = 0.001, .tolerance = 0.01 },
	[POWER] = { "power", QUANTITY_POWER, CHANNEL_READ, .resolution = 1e-5 },
	[RESISTANCE] = { "resistance", QUANTITY_RESISTANCE, CHANNEL_READ,
			 .resolution = 0.01 },
	[VOLTAGE] = { "voltage", QUANTITY_VOLTAGE, CHANNEL_READ,
		      .resolution = 1e-5 },
	[CURRENT] = { "current", QUANTITY_CURRENT, CHANNEL_READ,
		      .resolution = 1e-5 },
	[OUTPUT] = { "output", QUANTITY_SWITCH, CHANNEL_READ | CHANNEL_WRITE,
		     .max = 1.0 },
};

/* -- off, on, trouble --------------------------------------------------- */

static int tell_off(struct smu *s, struct err *err)
{
	s->is_off = false;
	return smu_tell(s, s->kind->off, err);
}

static int confirm_off(struct smu *s, struct err *err)
{
	if (smu_check(s, &s->kind->is_off, err) || smu_check_errors(s, err))
		return -1;
	s->is_off = true;
	return 0;
}

/* What is wrong is said by the next poll, and by this call. */
static void stop(struct smu *s, nsec now, enum smu_fault fault, struct err *err)
{
	struct err unsent;

	smu_heater_off(&s->heater, fault);
	s->rest_until = now + s->rest;
	s->rest = nsec_min(2 * s->rest, REST_MAX);
	if (tell_off(s, &unsent))
		s->trouble = unsent;
	err_set(err, ERR_STATE, "%s; its output is switched off",
		smu_fault_text(fault));
}

/* On with the probe current, under limits that were read back just now. */
static int begin(struct smu *s, struct err *err)
{
	if (smu_check_all(s, err))
		return -1;
	smu_heater_probe(&s->heater);
	s->is_off = false;
	if (!smu_say(s, s->kind->on, SMU_SETUP_REPLY, NULL, err) &&
	    !smu_check_errors(s, err))
		return 0;
	smu_heater_off(&s->heater, SMU_FINE);
	return -1;
}

static int set_up(struct smu *s, struct err *err)
{
	for (const char *const *w = s->kind->setup; *w; w++)
		if (smu_say(s, *w, SMU_SETUP_REPLY, NULL, err))
			return -1;
	if (s->dead_man)
		for (const char *const *w = s->kind->armed; *w; w++)
			if (smu_say(s, *w, SMU_SETUP_REPLY, NULL, err))
				return -1;
	if (smu_check_errors(s, err) || smu_check_all(s, err))
		return -1;
	return confirm_off(s, err);
}

static int check_on(struct smu *s, struct err *err)
{
	char answer[SMU_ANSWER_MAX];

	if (s->heater.state == SMU_OFF)
		return 0;
	if (smu_say(s, s->kind->is_off.ask, SMU_SETUP_REPLY, answer, err))
		return -1;
	if (!smu_is_same(s, answer, s->kind->is_off.expect))
		return 0;
	return err_set(err, ERR_STATE, "%s", smu_fault_text(SMU_SWITCHED_OFF));
}

/*
 * After trouble on the line: the same meter, as it was set up? Then the loop
 * goes on from where it was. A meter that has reset itself, or whose dead-man
 * has switched it off, is found out here.
 */
static int trust_again(struct device *dev, struct err *err)
{
	struct smu *s = dev->state;
	uint64_t epoch;

	if (wire_ready(s->wire, &epoch, err) || smu_identify(dev, err) ||
	    smu_check_all(s, err) || smu_check_errors(s, err) ||
	    check_on(s, err))
		return -1;
	s->epoch = epoch;
	s->trouble = (struct err){ 0 };
	return 0;
}

static int need_trust(struct device *dev, struct err *err)
{
	struct smu *s = dev->state;

	if (s->epoch == wire_epoch(s->wire) && !s->trouble.code)
		return 0;
	return trust_again(dev, err);
}

/* -- the loop ----------------------------------------------------------- */

static int measure(struct smu *s, struct smu_sample *sample, struct err *err)
{
	char answer[SMU_ANSWER_MAX];

	*sample = (struct smu_sample){ 0 };
	if (smu_say(s, s->dead_man ? s->kind->armed_turn : s->kind->turn,
		    s->reply, answer, err))
		return -1;
	if (s->kind->sample(answer, sample))
		return wire_suspect(s->wire, err,
				    "'%.60s' is not what a "
				    "measurement looks like",
				    answer);
	return 0;
}

static int turn_on(struct device *dev, struct err *err)
{
	struct smu *s = dev->state;
	struct smu_sample sample;
	enum smu_fault fault;

	if (measure(s, &sample, err))
		return -1;
	fault = smu_heater_sample(&s->heater, &sample, dev->now);
	if (fault) {
		stop(s, dev->now, fault, err);
		return 0;
	}
	if (++s->turns >= ERRORS_EVERY)
		return smu_check_errors(s, err);
	return 0;
}

static int turn_off(struct device *dev, struct err *err)
{
	struct smu *s = dev->state;

	if (!s->is_off && (tell_off(s, err) || confirm_off(s, err)))
		return -1;
	if (dev->now < s->rest_until)
		return 0;
	return begin(s, err) ? -1 : turn_on(dev, err);
}

static int take_turn(struct device *dev, struct err *err)
{
	struct smu *s = dev->state;

	if (need_trust(dev, err))
		return -1;
	return s->heater.state == SMU_OFF ? turn_off(dev, err)
					  : turn_on(dev, err);
}

/* The output went off while nobody looked, or something was set by others:
 * nothing to go on with. */
static void doubt(struct device *dev, const struct err *why, struct err *err)
{
	struct smu *s = dev->state;

	if (s->heater.state != SMU_OFF &&
	    (why->code == ERR_STATE || why->code == ERR_IDENTITY)) {
		stop(s, dev->now, SMU_SWITCHED_OFF, err);
		*err = *why;
	}
	s->trouble = *why;
}

nsec smu_turn(struct device *dev, struct err *err)
{
	struct smu *s = dev->state;
	struct err why = { 0 };

	if (!s->is_open)
		return NSEC_NEVER;
	s->is_turning = true;
	if (take_turn(dev, &why) && why.code != ERR_AGAIN)
		doubt(dev, &why, err);
	else if (why.code == ERR_STATE)
		*err = why;
	s->next += s->loop;
	if (s->next <= dev->now)
		s->next = dev->now + s->loop;
	return s->next;
}

/* -- the driver --------------------------------------------------------- */

static int need_line(struct device *dev, struct err *err)
{
	struct smu *s = dev->state;

	s->wire = bus_link(dev->bus) ? bus_wire(dev->bus) : NULL;
	if (s->wire)
		return 0;
	return err_set(err, ERR_INVALID,
		       "a source meter needs a bus of type serial, file or "
		       "tcp");
}

int smu_open(struct device *dev, const struct smu_kind *kind, struct err *err)
{
	struct smu *s = dev->state;
	uint64_t epoch;

	*s = (struct smu){ .kind = kind, .rest = REST_FIRST };
	if (smu_params_read(dev, err) || need_line(dev, err))
		return -1;
	if (wire_ready(s->wire, &epoch, err) || smu_identify(dev, err) ||
	    tell_off(s, err) || set_up(s, err))
		return -1;
	s->epoch = epoch;
	s->is_open = true;
	s->next = dev->now;
	return 0;
}

static int identify_anew(struct device *dev, struct err *err)
{
	struct smu *s = dev->state;
	uint64_t epoch;

	if (s->epoch == wire_epoch(s->wire))
		return 0;
	if (wire_ready(s->wire, &epoch, err) || smu_identify(dev, err))
		return -1;
	s->epoch = epoch;
	return 0;
}

/* Needs no chip. */
int smu_look(struct device *dev, const struct smu_kind *kind, struct err *err)
{
	struct smu *s = dev->state;

	*s = (struct smu){ .kind = kind, .rest = REST_FIRST };
	if (smu_params_read_line(dev, err) || need_line(dev, err) ||
	    identify_anew(dev, err))
		return -1;
	s->is_looked_at = true;
	return 0;
}

static void fill_off(const struct smu *s, double *values)
{
	if (!s->is_off)
		return;
	values[POWER] = 0.0;
	values[CURRENT] = 0.0;
	values[OUTPUT] = 0.0;
}

static void fill_on(const struct smu *s, double *values)
{
	const struct smu_heater *h = &s->heater;

	values[TEMPERATURE] = h->temperature;
	values[POWER] = smu_heater_power(h);
	values[RESISTANCE] = smu_heater_resistance(h);
	values[VOLTAGE] = h->last.voltage;
	values[CURRENT] = h->last.current;
	values[OUTPUT] = h->state == SMU_HEATING;
}

static int poll_looked_at(struct device *dev, double *values, struct err *err)
{
	struct smu *s = dev->state;
	char answer[SMU_ANSWER_MAX];

	if (identify_anew(dev, err) ||
	    wire_line(s->wire, s->kind->is_off.ask, s->terminator,
		      SMU_SETUP_REPLY, answer, sizeof(answer), err))
		return -1;
	s->is_off = smu_is_same(s, answer, s->kind->is_off.expect);
	for (size_t i = 0; i < SMU_CHANNELS; i++)
		values[i] = (double)NAN;
	fill_off(s, values);
	return 0;
}

int smu_poll(struct device *dev, double *values, struct err *err)
{
	struct smu *s = dev->state;
	const struct smu_heater *h = &s->heater;
	nsec stale = nsec_max(STALE, 5 * s->loop);
	struct err why = { 0 };

	if (s->is_looked_at)
		return poll_looked_at(dev, values, err);
	if (!s->is_open)
		return err_set(err, ERR_STATE, "not set up");
	/* Whoever does not give it turns has a loop as slow as its polls. */
	if (dev->now - s->next >= s->loop)
		smu_turn(dev, &why);
	if (s->trouble.code) {
		*err = s->trouble;
		return -1;
	}
	for (size_t i = 0; i < SMU_CHANNELS; i++)
		values[i] = (double)NAN;
	values[SETPOINT] = h->setpoint;
	if (h->state == SMU_OFF)
		fill_off(s, values);
	else if (h->at >= 0 && dev->now - h->at <= stale)
		fill_on(s, values);
	return 0;
}

/* Down to the probe current, by a command if the line is trusted; else the
 * output is switched off, which needs no trust. */
static int write_off(struct device *dev, struct err *err)
{
	struct smu *s = dev->state;
	struct err lost = { 0 };

	if (s->heater.state == SMU_OFF)
		return s->is_off ? 0 : tell_off(s, err);
	if (s->heater.state == SMU_HEATING)
		smu_heater_probe(&s->heater);
	if (s->epoch == wire_epoch(s->wire) &&
	    !smu_say(s, s->kind->level, s->reply, NULL, &lost))
		return 0;
	return smu_safe(dev, err);
}

static int write_on(struct device *dev, struct err *err)
{
	struct smu *s = dev->state;

	if (s->trouble.code)
		return err_set(err, ERR_STATE, "not now: %.200s",
			       s->trouble.msg);
	if (!smu_heater_heat(&s->heater)) {
		s->rest = REST_FIRST;
		return 0;
	}
	return err_set(err, ERR_STATE, "the meter's output is off%s%s",
		       s->heater.fault ? ": " : "",
		       s->heater.fault ? smu_fault_text(s->heater.fault) : "");
}

int smu_write(struct device *dev, size_t channel, double value, struct err *err)
{
	struct smu *s = dev->state;
	char shown[QUANTITY_TEXT_MAX];

	if (!s->is_open)
		return err_set(err, ERR_STATE, "not set up");
	if (channel == OUTPUT)
		return value != 0.0 ? write_on(dev, err) : write_off(dev, err);
	assert(channel == TEMPERATURE);
	if (!smu_heater_set(&s->heater, value))
		return 0;
	quantity_format(QUANTITY_TEMPERATURE, s->chip.temperature_max, shown);
	return err_set(err, ERR_RANGE, "above the chip's temperature_max, %s",
		       shown);
}

int smu_safe(struct device *dev, struct err *err)
{
	struct smu *s = dev->state;

	if (!s->wire)
		return err_set(err, ERR_STATE, "was never opened");
	smu_heater_off(&s->heater, SMU_FINE);
	/* Whoever makes it safe does not want it back at once; what opens it
	 * does. */
	if (s->is_turning)
		s->rest_until = dev->now + REST_FIRST;
	return tell_off(s, err);
}

void smu_close(struct device *dev)
{
	struct smu *s = dev->state;
	struct err err;

	/* If it cannot be reached there is nobody to tell. */
	if (s->is_open && !s->is_off)
		smu_safe(dev, &err);
	*s = (struct smu){ 0 };
}
