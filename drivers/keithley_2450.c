/*
 * Keithley 2450, 2460, 2461 and 2470 in their SCPI language, raw socket 5025.
 * One message sets the current, reads, and asks whether the limit has tripped
 * and whether the output is on: "1e-3,0.16;0;1". With the output off the
 * reading is left out. (The status element of a reading has no compliance:
 * its bit 3 is the terminal in use.)
 *
 * Sources: the maker's reference manual; pymeasure keithley2450; Qcodes'
 * simulation.
 */
#include <string.h>

#include "drivers/smu.h"

static int sample(const char *answer, struct smu_sample *s)
{
	double v[4];
	int n = smu_numbers(answer, ",;", v, 4);

	if (n == 2) {
		s->off = v[1] == 0.0;
		return s->off ? 0 : -1;
	}
	if (n != 4 || !strchr(answer, ','))
		return -1;
	s->current = v[0] * 1e3;
	s->voltage = v[1];
	s->limited = v[2] != 0.0;
	s->off = v[3] == 0.0;
	return 0;
}

static const char *const setup[] = {
	"*RST",
	"*CLS",
	":SENS:FUNC \"VOLT\"",
	":SENS:VOLT:RSEN ON",
	":SENS:VOLT:NPLC {N}",
	":SOUR:FUNC CURR",
	":SOUR:CURR:VLIM {V}",
	":SOUR:CURR:RANG {A}",
	":SENS:VOLT:RANG {V}",
	":SOUR:CURR:READ:BACK ON",
	":SOUR:CURR 0",
	NULL,
};

static const struct smu_check checks[] = {
	{ "*LANG?", "SCPI" },
	{ ":SENS:VOLT:RSEN?", "1" },
	{ ":SOUR:FUNC?", "CURR" },
	{ ":SOUR:CURR:VLIM?", "{V}" },
	{ 0 },
};

static const struct smu_kind kind = {
	.models = " 2450 2460 2461 2470 2450-EC 2460-EC 2461-SYS ",
	.terminator = "\n",
	.setup = setup,
	.checks = checks,
	.is_off = { ":OUTP?", "0" },
	.on = ":SOUR:CURR {I};:OUTP ON",
	.off = ":SOUR:CURR 0;:OUTP OFF",
	.level = ":SOUR:CURR {I}",
	.turn = ":SOUR:CURR {I};:READ? \"defbuffer1\",SOUR,READ;"
		":SOUR:CURR:VLIM:TRIP?;:OUTP?",
	.error = ":SYST:ERR?",
	.sample = sample,
};

static int open_2450(struct device *dev, struct err *err)
{
	return smu_open(dev, &kind, err);
}

static int look_2450(struct device *dev, struct err *err)
{
	return smu_look(dev, &kind, err);
}

extern const struct driver driver_keithley_2450;
const struct driver driver_keithley_2450 = {
	.name = "keithley-2450",
	.summary = "heater chip on a Keithley 2450 source meter (SCPI)",
	.state_size = sizeof(struct smu),
	.channels = smu_channels,
	.n_channels = SMU_CHANNELS,
	.open = open_2450,
	.look = look_2450,
	.fact = smu_fact,
	.poll = smu_poll,
	.write = smu_write,
	.safe = smu_safe,
	.turn = smu_turn,
	.close = smu_close,
};
