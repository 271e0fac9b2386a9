/*
 * Keithley 2600A and 2600B, channel A, TSP over a raw socket 5025 or RS-232.
 * What is set is silent; errors go to the queue alone. print() answers with
 * tabs between.
 *
 * The dead-man is a function in the instrument: it sets the current, measures
 * and prints, and then waits for the next *TRG; when none comes in time the
 * output is off. So each line from here has a *TRG in front, which ends that
 * wait and is harmless when there is none.
 *
 * Sources: the maker's reference manual (trigger.wait() takes *TRG messages
 * out of the command queue while a script runs); the ibek and frappy modules;
 * Qcodes' simulation. The dead-man is untried on an instrument.
 */
#include <string.h>

#include "drivers/smu.h"

/* "false", output, errors, current, voltage; "off" from the dead-man. */
static int sample(const char *answer, struct smu_sample *s)
{
	static const char yes[] = "true\t", no[] = "false\t";
	double v[4];

	if (strcmp(answer, "off") == 0) {
		s->off = true;
		return 0;
	}
	s->limited = strncmp(answer, yes, strlen(yes)) == 0;
	if (!s->limited && strncmp(answer, no, strlen(no)) != 0)
		return -1;
	answer += s->limited ? strlen(yes) : strlen(no);
	if (smu_numbers(answer, "\t", v, 4) != 4 || v[1] != 0.0)
		return -1;
	s->off = v[0] == 0.0;
	s->current = v[2] * 1e3;
	s->voltage = v[3];
	return 0;
}

static const char *const setup[] = {
	"smua.reset()",
	"errorqueue.clear()",
	"localnode.prompts=0",
	"smua.sense=smua.SENSE_REMOTE",
	"smua.source.func=smua.OUTPUT_DCAMPS",
	"smua.source.rangei={A}",
	"smua.source.limitv={V}",
	"smua.source.leveli=0",
	"smua.measure.rangev={V}",
	"smua.measure.nplc={N}",
	NULL,
};

static const char *const armed[] = {
	"localnode.prompts4882=0",
	"function gascell(i,t) trigger.clear() "
	"if smua.source.output==0 then print(\"off\") return end "
	"smua.source.leveli=i "
	"print(smua.source.compliance,smua.source.output,errorqueue.count,"
	"smua.measure.iv()) "
	"if not trigger.wait(t) then smua.source.leveli=0 "
	"smua.source.output=0 end end",
	NULL,
};

static const struct smu_check checks[] = {
	{ "print(smua.sense)", "1" },
	{ "print(smua.source.func)", "0" },
	{ "print(smua.source.limitv)", "{V}" },
	{ 0 },
};

static const struct smu_kind kind = {
	.models = " 2601 2602 2611 2612 2635 2636 2601A 2602A 2611A 2612A "
		  "2635A 2636A 2601B 2602B 2604B 2606B 2611B 2612B 2614B "
		  "2634B 2635B 2636B ",
	.terminator = "\n",
	.wake = "*TRG",
	.setup = setup,
	.armed = armed,
	.checks = checks,
	.is_off = { "print(smua.source.output)", "0" },
	.on = "smua.source.leveli={I} smua.source.output=1",
	.off = "smua.source.leveli=0 smua.source.output=0",
	.level = "smua.source.leveli={I}",
	.turn = "smua.source.leveli={I} print(smua.source.compliance,"
		"smua.source.output,errorqueue.count,smua.measure.iv())",
	.armed_turn = "gascell({I},{T})",
	.error = "print(errorqueue.next())",
	.sample = sample,
};

static int open_2600(struct device *dev, struct err *err)
{
	return smu_open(dev, &kind, err);
}

static int look_2600(struct device *dev, struct err *err)
{
	return smu_look(dev, &kind, err);
}

extern const struct driver driver_keithley_2600;
const struct driver driver_keithley_2600 = {
	.name = "keithley-2600",
	.summary = "heater chip on a Keithley 2600 source meter (TSP)",
	.state_size = sizeof(struct smu),
	.channels = smu_channels,
	.n_channels = SMU_CHANNELS,
	.open = open_2600,
	.look = look_2600,
	.fact = smu_fact,
	.poll = smu_poll,
	.write = smu_write,
	.safe = smu_safe,
	.turn = smu_turn,
	.close = smu_close,
};
