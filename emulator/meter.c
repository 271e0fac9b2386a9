#include "emulator/meter.h"

#include <math.h>
#include <string.h>

#define LEAD_OHM 6.0 /* both current leads: seen with two wires */
/* A 6 1/2 digit meter at one power-line cycle; relative, and of 0. */
#define NOISE 3e-5
#define NOISE_VOLT 2e-6
#define NOISE_AMPERE 2e-9
#define LINE_CYCLE (20 * NSEC_PER_MS)

void emulator_meter_reset(struct emulator_meter *m,
			  struct emulator_bench *bench)
{
	m->bench = bench;
	m->output = 0;
	m->source_voltage = 1;
	m->level_current = m->level_voltage = 0;
	m->limit_current = 1e-4;
	m->limit_voltage = 21;
	m->remote_sense = 0;
	m->nplc = 1;
	m->measure = 0;
	m->off_mode = 0;
	emulator_meter_apply(m);
}

void emulator_meter_apply(struct emulator_meter *m)
{
	struct sim_chip *chip = &m->bench->sim->chip;
	struct sim_source source = {
		.is_voltage = m->source_voltage != 0.0,
		.level = m->level_current * 1e3,
		.limit = m->limit_voltage,
	};

	if (source.is_voltage) {
		source.level = m->level_voltage;
		source.limit = m->limit_current * 1e3;
	}
	emulator_bench_advance(m->bench);
	sim_chip_drive(chip, &source);
	chip->output = m->output != 0.0;
}

static double with_noise(struct emulator_meter *m, double value, double zero)
{
	double sigma = (NOISE * fabs(value) + zero) / sqrt(m->nplc);

	return value + sigma * sim_noise_normal(&m->bench->noise);
}

void emulator_meter_measure(struct emulator_meter *m, struct meter_reading *out)
{
	struct sim_terminals at;
	double voltage;

	emulator_bench_advance(m->bench);
	sim_chip_terminals(&m->bench->sim->chip, &at);
	voltage = at.voltage;
	if (m->remote_sense == 0.0)
		voltage += at.current * 1e-3 * LEAD_OHM;
	*out = (struct meter_reading){
		.voltage = with_noise(m, voltage, NOISE_VOLT),
		.current = with_noise(m, at.current * 1e-3, NOISE_AMPERE),
		.is_limited = at.is_limited,
	};
}

nsec emulator_meter_takes(const struct emulator_meter *m)
{
	return (nsec)(m->nplc * (double)LINE_CYCLE) + NSEC_PER_MS;
}

void emulator_meter_complain(struct emulator_meter *m, int code,
			     const char *words)
{
	if (m->n_errors == METER_ERRORS_MAX) {
		code = -350;
		words = "Queue overflow";
		m->n_errors--;
	}
	m->errors[m->n_errors++] = (struct meter_error){ code, words };
}

struct meter_error emulator_meter_error(struct emulator_meter *m)
{
	struct meter_error first = { 0, "No error" };

	if (!m->n_errors)
		return first;
	first = m->errors[0];
	m->n_errors--;
	memmove(m->errors, m->errors + 1, m->n_errors * sizeof(first));
	return first;
}
