/*
 * Keithley 2400 series, SCPI over RS-232 (9600 8N1, better 57600) or through
 * an adapter. No reply to what is set. READ? answers the elements that FORM
 * names; bit 3 of the status is compliance. With the output off it answers
 * nothing, and RSEN switches the output off: it is set up before.
 *
 * Sources: the maker's reference manual; pymeasure keithley2400 and its
 * tests; the ibek and ISIS support modules.
 */
#include "drivers/smu.h"

#define COMPLIANCE 0x8

static int sample(const char *answer, struct smu_sample *s)
{
	double v[3];

	if (smu_numbers(answer, ",", v, 3) != 3 ||
	    !(v[2] >= 0.0 && v[2] < 16777216.0))
		return -1;
	s->voltage = v[0];
	s->current = v[1] * 1e3;
	s->limited = ((unsigned)v[2] & COMPLIANCE) != 0;
	return 0;
}

static const char *const setup[] = {
	"*RST",
	"*CLS",
	":SYST:RSEN ON",
	":SOUR:FUNC CURR",
	":SOUR:CURR:MODE FIX",
	":SOUR:CURR:RANG {A}",
	":SOUR:CURR:LEV 0",
	":SENS:FUNC \"VOLT\",\"CURR\"",
	":SENS:VOLT:PROT {V}",
	":SENS:VOLT:RANG {V}",
	":SENS:VOLT:NPLC {N}",
	":FORM:ELEM VOLT,CURR,STAT",
	NULL,
};

static const struct smu_check checks[] = {
	{ ":SYST:RSEN?", "1" },
	{ ":SOUR:FUNC?", "CURR" },
	{ ":SENS:VOLT:PROT?", "{V}" },
	{ 0 },
};

static const struct smu_kind kind = {
	.models = " 2400 2400-LV 2400-C 2401 2410 2410-C 2420 2420-C 2425 "
		  "2425-C 2430 2430-C 2440 2440-C ",
	.terminator = "\r\n",
	.setup = setup,
	.checks = checks,
	.is_off = { ":OUTP?", "0" },
	.on = ":SOUR:CURR:LEV {I};:OUTP ON",
	.off = ":SOUR:CURR:LEV 0;:OUTP OFF",
	.level = ":SOUR:CURR:LEV {I}",
	.turn = ":SOUR:CURR:LEV {I};:READ?",
	.error = ":SYST:ERR?",
	.sample = sample,
};

static int open_2400(struct device *dev, struct err *err)
{
	return smu_open(dev, &kind, err);
}

static int look_2400(struct device *dev, struct err *err)
{
	return smu_look(dev, &kind, err);
}

extern const struct driver driver_keithley_2400;
const struct driver driver_keithley_2400 = {
	.name = "keithley-2400",
	.summary = "heater chip on a Keithley 2400 source meter (SCPI)",
	.state_size = sizeof(struct smu),
	.channels = smu_channels,
	.n_channels = SMU_CHANNELS,
	.open = open_2400,
	.look = look_2400,
	.fact = smu_fact,
	.poll = smu_poll,
	.write = smu_write,
	.safe = smu_safe,
	.turn = smu_turn,
	.close = smu_close,
};
