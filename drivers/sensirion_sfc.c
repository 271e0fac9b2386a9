/*
 * Sensirion SFC5xxx mass flow controllers, SHDLC on RS-485, RS-232 or USB
 * (115200 8N1).
 *
 *	mfc_h2:
 *	  driver: sensirion-sfc
 *	  bus: gas
 *	  every: 500 ms
 *	  params:
 *	    address: 3
 *	    expect: {serial: "5A0012", gas: H2, full_scale: 20 sccm}
 *
 * The calibration that is active decides what a number means: gas, unit and
 * full scale are read with the identity, compared with what is expected and
 * with what they were the first time, and read again before each setpoint. A
 * setpoint stays in the instrument when the daemon or the line dies.
 *
 * Sources: the maker's own driver for Python.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"
#include "base/text.h"
#include "drivers/bus.h"
#include "drivers/driver.h"
#include "drivers/settings.h"
#include "drivers/shdlc.h"

#define REPLY (200 * NSEC_PER_MS)
/* Two commands in a row: the first one has been answered by then. */
#define GAP (20 * NSEC_PER_MS)
#define NAME_MAX_BYTES 48
#define ICE_K 273.15
#define SAME 0.005 /* a full scale and the one that is written */

enum { FLOW, SETPOINT, VALVE, STATUS };

/* Scaling of flows: the unit of the calibration. */
#define PHYSICAL 0x01

enum command {
	SET_POINT = 0x00,
	MEASURED = 0x08,
	VALVE_SOURCE = 0x20,
	CALIBRATION = 0x44,
	INFORMATION = 0xD0,
	DEVICE_STATUS = 0xD2,
};

static const struct channel channels[] = {
	/* None passes more; its own full scale is looked at as well. */
	[FLOW] = { "flow", QUANTITY_FLOW, CHANNEL_READ | CHANNEL_WRITE,
		   .max = 200000.0, .resolution = 1e-3, .tolerance = 0.01,
		   .readback = "setpoint" },
	[SETPOINT] = { "setpoint", QUANTITY_FLOW, CHANNEL_READ,
		       .resolution = 1e-3, .tolerance = 0.01 },
	/* 0 the controller's, 1 forced closed, 2 forced open, 3 held */
	[VALVE] = { "valve", QUANTITY_NUMBER, CHANNEL_READ, .resolution = 1.0 },
	/* the flags of its state register; 0: all is well */
	[STATUS] = { "status", QUANTITY_NUMBER, CHANNEL_READ,
		     .resolution = 1.0 },
};

struct calibration {
	char gas[NAME_MAX_BYTES];
	int8_t prefix;
	uint8_t unit, time;
	double full_scale;    /* in its unit */
	double sccm_per_unit; /* at 0 degC */
};

struct sfc {
	uint8_t address;
	struct wire *wire;
	uint64_t epoch; /* of the wire, when it identified */
	bool is_known;	/* what follows is what it said the first time */
	char serial[NAME_MAX_BYTES];
	struct calibration calibration;
	const char *expect_name, *expect_serial, *expect_gas;
	double expect_full_scale; /* sccm; NAN: not looked at */
};

/* -- questions ----------------------------------------------------------- */

static int ask(const struct sfc *sfc, enum command command, int what,
	       struct shdlc_answer *answer, struct err *err)
{
	struct shdlc_request request = { .address = sfc->address,
					 .command = (uint8_t)command,
					 .n = what >= 0,
					 .data = { (uint8_t)what } };

	return shdlc_ask(sfc->wire, &request, REPLY, answer, err);
}

static int check_length(const struct sfc *sfc, const struct shdlc_answer *a,
			size_t n, struct err *err)
{
	if (a->n == n)
		return 0;
	return wire_suspect(sfc->wire, err,
			    "%zu bytes to command 0x%02X, not %zu", a->n,
			    a->command, n);
}

static int ask_text(const struct sfc *sfc, enum command command, int what,
		    char out[NAME_MAX_BYTES], struct err *err)
{
	struct shdlc_answer answer;
	size_t n;

	if (ask(sfc, command, what, &answer, err))
		return -1;
	for (n = 0; n < answer.n && answer.data[n]; n++)
		continue;
	if (n >= NAME_MAX_BYTES ||
	    text_clean_span((const char *)answer.data, n) != n)
		return wire_suspect(sfc->wire, err, "what it says is no text");
	memcpy(out, answer.data, n);
	out[n] = '\0';
	return 0;
}

static int ask_float(const struct sfc *sfc, enum command command, int what,
		     double *value, struct shdlc_answer *answer,
		     struct err *err)
{
	uint32_t bits = 0;
	float number;

	if (ask(sfc, command, what, answer, err) ||
	    check_length(sfc, answer, 4, err))
		return -1;
	for (int i = 0; i < 4; i++)
		bits = bits << 8 | answer->data[i];
	memcpy(&number, &bits, sizeof(number));
	*value = (double)number;
	return 0;
}

/* -- what it is ---------------------------------------------------------- */

/* Where a litre of its unit is measured; NAN: it is no gas. */
static double litre_at_K(uint8_t unit)
{
	static const double at_c[] = { 0.0, 20.0, 15.0, 25.0, 190.0 / 9.0 };

	return unit < ARRAY_SIZE(at_c) ? ICE_K + at_c[unit] : (double)NAN;
}

static double minutes_of(uint8_t time)
{
	static const double minutes[] = { NAN,	      1e-6 / 60.0, 1e-3 / 60.0,
					  1.0 / 60.0, 1.0,	   60.0,
					  1440.0 };

	return time < ARRAY_SIZE(minutes) ? minutes[time] : (double)NAN;
}

static int read_unit(const struct sfc *sfc, struct calibration *c,
		     struct err *err)
{
	struct shdlc_answer answer;

	if (ask(sfc, CALIBRATION, 0x13, &answer, err) ||
	    check_length(sfc, &answer, 3, err))
		return -1;
	c->prefix = (int8_t)answer.data[0];
	c->unit = answer.data[1];
	c->time = answer.data[2];
	c->sccm_per_unit = 1e3 * pow(10.0, c->prefix) * ICE_K /
			   litre_at_K(c->unit) / minutes_of(c->time);
	if (!(c->sccm_per_unit > 0.0) || c->prefix < -24 || c->prefix > 24)
		return err_set(err, ERR_IDENTITY,
			       "its unit (%d, %d, %d) is no flow of gas",
			       c->prefix, c->unit, c->time);
	return 0;
}

static int read_calibration(const struct sfc *sfc, struct calibration *c,
			    struct err *err)
{
	struct shdlc_answer answer;

	*c = (struct calibration){ 0 };
	if (ask_text(sfc, CALIBRATION, 0x11, c->gas, err) ||
	    read_unit(sfc, c, err) ||
	    ask_float(sfc, CALIBRATION, 0x14, &c->full_scale, &answer, err))
		return -1;
	if (!(c->full_scale > 0.0 && isfinite(c->full_scale)))
		return err_set(err, ERR_IDENTITY, "its full scale is no flow");
	return 0;
}

static int compare(const char *what, const char *said, const char *wanted,
		   struct err *err)
{
	if (!wanted || !strcmp(said, wanted))
		return 0;
	return err_set(err, ERR_IDENTITY, "%s: %s is expected, %s answers",
		       what, wanted, said);
}

static int compare_full_scale(const struct sfc *sfc,
			      const struct calibration *c, struct err *err)
{
	double said = c->full_scale * c->sccm_per_unit;
	double wanted = sfc->expect_full_scale;
	char shown[2][QUANTITY_TEXT_MAX];

	if (isnan(wanted) || fabs(said - wanted) <= SAME * wanted)
		return 0;
	quantity_format(QUANTITY_FLOW, said, shown[0]);
	quantity_format(QUANTITY_FLOW, wanted, shown[1]);
	return err_set(err, ERR_IDENTITY,
		       "full_scale: %s is expected, it has %s", shown[1],
		       shown[0]);
}

static bool is_same(const struct calibration *a, const struct calibration *b)
{
	return !strcmp(a->gas, b->gas) && a->prefix == b->prefix &&
	       a->unit == b->unit && a->time == b->time &&
	       a->full_scale == b->full_scale;
}

static int check_calibration(const struct sfc *sfc, struct calibration *c,
			     struct err *err)
{
	if (read_calibration(sfc, c, err) ||
	    compare("gas", c->gas, sfc->expect_gas, err) ||
	    compare_full_scale(sfc, c, err))
		return -1;
	if (!sfc->is_known || is_same(c, &sfc->calibration))
		return 0;
	return err_set(err, ERR_IDENTITY,
		       "another calibration is active (%s) than at first (%s)",
		       c->gas, sfc->calibration.gas);
}

static int identify(struct sfc *sfc, struct err *err)
{
	char name[NAME_MAX_BYTES], serial[NAME_MAX_BYTES];
	struct calibration c;

	if (ask_text(sfc, INFORMATION, 0x01, name, err) ||
	    ask_text(sfc, INFORMATION, 0x03, serial, err))
		return -1;
	if (strncmp(name, "SFC5", 4) != 0)
		return err_set(err, ERR_IDENTITY, "%s is no SFC5xxx", name);
	if (compare("name", name, sfc->expect_name, err) ||
	    compare("serial", serial, sfc->expect_serial, err) ||
	    (sfc->is_known && compare("serial", serial, sfc->serial, err)) ||
	    check_calibration(sfc, &c, err))
		return -1;
	text_copy(sfc->serial, sizeof(sfc->serial), serial);
	sfc->calibration = c;
	sfc->is_known = true;
	return 0;
}

/* After any error on the bus: who is there? */
static int be_sure(struct sfc *sfc, struct err *err)
{
	uint64_t epoch;

	if (sfc->epoch == wire_epoch(sfc->wire))
		return 0;
	if (wire_ready(sfc->wire, &epoch, err) || identify(sfc, err))
		return -1;
	sfc->epoch = epoch;
	return 0;
}

/* -- the driver ---------------------------------------------------------- */

static void put_setpoint(const struct sfc *sfc, double value,
			 struct shdlc_request *request)
{
	float number = (float)value;
	uint32_t bits;

	memcpy(&bits, &number, sizeof(bits));
	*request = (struct shdlc_request){
		.address = sfc->address,
		.command = SET_POINT,
		.n = 5,
		.data = { PHYSICAL, (uint8_t)(bits >> 24),
			  (uint8_t)(bits >> 16), (uint8_t)(bits >> 8),
			  (uint8_t)bits },
	};
}

static int tell(const struct sfc *sfc, const struct shdlc_request *request,
		struct err *err)
{
	uint8_t frame[SHDLC_FRAME_MAX];
	size_t n = shdlc_put(request, frame);

	return wire_tell(sfc->wire, frame, n, GAP, true, err);
}

/* Told and answered where the line is trusted, told in any case. A valve that
 * somebody has forced open is the controller's again, and closed by it. */
static int sfc_safe(struct device *dev, struct err *err)
{
	const struct sfc *sfc = dev->state;
	const struct shdlc_request controlled = { .address = sfc->address,
						  .command = VALVE_SOURCE,
						  .n = 2 };
	struct shdlc_request zero;
	struct shdlc_answer answer;

	put_setpoint(sfc, 0.0, &zero);
	if (sfc->epoch == wire_epoch(sfc->wire) &&
	    !shdlc_ask(sfc->wire, &zero, REPLY, &answer, err) &&
	    !shdlc_ask(sfc->wire, &controlled, REPLY, &answer, err))
		return 0;
	if (tell(sfc, &zero, err))
		return -1;
	return tell(sfc, &controlled, err);
}

static int sfc_write(struct device *dev, size_t channel, double value,
		     struct err *err)
{
	struct sfc *sfc = dev->state;
	struct shdlc_request request;
	struct shdlc_answer answer;
	char shown[QUANTITY_TEXT_MAX];
	struct calibration c;
	double units;

	(void)channel;
	if (be_sure(sfc, err) || check_calibration(sfc, &c, err))
		return -1;
	units = value / c.sccm_per_unit;
	if (!(units >= 0.0 && units <= c.full_scale * (1.0 + 1e-6))) {
		quantity_format(QUANTITY_FLOW, c.full_scale * c.sccm_per_unit,
				shown);
		return err_set(err, ERR_RANGE, "its full scale is %s", shown);
	}
	put_setpoint(sfc, fmin(units, c.full_scale), &request);
	return shdlc_ask(sfc->wire, &request, REPLY, &answer, err);
}

static int read_status(const struct sfc *sfc, double *status, struct err *err)
{
	struct shdlc_answer answer;
	uint32_t flags = 0;

	if (ask(sfc, DEVICE_STATUS, 0, &answer, err) ||
	    check_length(sfc, &answer, 5, err))
		return -1;
	for (int i = 0; i < 4; i++)
		flags = flags << 8 | answer.data[i];
	*status = flags;
	return 0;
}

static int sfc_poll(struct device *dev, double *values, struct err *err)
{
	struct sfc *sfc = dev->state;
	struct shdlc_answer answer;
	double flow, setpoint;

	if (be_sure(sfc, err) ||
	    ask_float(sfc, MEASURED, PHYSICAL, &flow, &answer, err) ||
	    ask_float(sfc, SET_POINT, PHYSICAL, &setpoint, &answer, err) ||
	    ask(sfc, VALVE_SOURCE, 0, &answer, err) ||
	    check_length(sfc, &answer, 1, err))
		return -1;
	values[FLOW] = flow * sfc->calibration.sccm_per_unit;
	values[SETPOINT] = setpoint * sfc->calibration.sccm_per_unit;
	values[VALVE] = answer.data[0];
	values[STATUS] = 0.0;
	return answer.device_error ? read_status(sfc, &values[STATUS], err) : 0;
}

static void read_expected(const struct yaml_node *params, struct sfc *sfc,
			  struct problems *problems)
{
	static const char *const keys[] = { "name", "serial", "gas",
					    "full_scale", NULL };
	const struct {
		const char *key;
		const char **text;
	} texts[] = { { "name", &sfc->expect_name },
		      { "serial", &sfc->expect_serial },
		      { "gas", &sfc->expect_gas } };
	const struct setting table[] = {
		{ "full_scale", QUANTITY_FLOW,
		  offsetof(struct sfc, expect_full_scale), 1e-6, 1e7, 0 },
		{ 0 },
	};
	const struct yaml_node *expect = yaml_get(params, "expect");

	if (!expect || !settings_is_mapping(expect, "expect", problems))
		return;
	yaml_check_keys(expect, "expect", keys, problems);
	settings_take(expect, table, sfc, problems);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const struct yaml_node *node = yaml_get(expect, texts[i].key);

		if (node && node->kind != YAML_SCALAR)
			problems_add(problems, node->at, "%s: a text",
				     texts[i].key);
		else if (node)
			*texts[i].text = node->s;
	}
}

static int sfc_look(struct device *dev, struct err *err)
{
	static const char *const keys[] = { "address", "expect", NULL };
	const struct yaml_node *address = yaml_get(dev->params, "address");
	struct problems problems = { 0 };
	struct sfc *sfc = dev->state;
	int64_t number = 0;

	*sfc = (struct sfc){ .expect_full_scale = NAN };
	if (settings_check(dev->params, "a sensirion-sfc", keys, err))
		return -1;
	if (address)
		settings_integer(address, "address", 0, SHDLC_ADDRESS_MAX,
				 &number, &problems);
	read_expected(dev->params, sfc, &problems);
	if (settings_fail(&problems, err))
		return -1;
	if (!bus_link(dev->bus))
		return err_set(err, ERR_INVALID, "needs a bus of type serial");
	sfc->wire = bus_wire(dev->bus);
	sfc->address = (uint8_t)number;
	return be_sure(sfc, err);
}

static int sfc_open(struct device *dev, struct err *err)
{
	return sfc_look(dev, err) ? -1 : sfc_safe(dev, err);
}

static bool sfc_fact(const struct device *dev, size_t i,
		     struct device_fact *fact)
{
	static const char *const names[] = { "serial", "gas", "full_scale" };
	const struct sfc *sfc = dev->state;
	const struct calibration *c = &sfc->calibration;
	char shown[QUANTITY_TEXT_MAX];

	if (i >= ARRAY_SIZE(names) || !sfc->is_known)
		return false;
	quantity_format(QUANTITY_FLOW, c->full_scale * c->sccm_per_unit, shown);
	fact->name = names[i];
	text_copy(fact->value, sizeof(fact->value),
		  i == 0 ? sfc->serial : (i == 1 ? c->gas : shown));
	return true;
}

extern const struct driver driver_sensirion_sfc;
const struct driver driver_sensirion_sfc = {
	.name = "sensirion-sfc",
	.summary = "Sensirion SFC5xxx mass flow controllers (SHDLC)",
	.state_size = sizeof(struct sfc),
	.channels = channels,
	.n_channels = ARRAY_SIZE(channels),
	.open = sfc_open,
	.look = sfc_look,
	.fact = sfc_fact,
	.poll = sfc_poll,
	.write = sfc_write,
	.safe = sfc_safe,
};
