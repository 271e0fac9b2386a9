#include "drivers/sim_chip.h"

#include <math.h>

#include "drivers/sim_math.h"

#define TWO_PI 6.283185307179586
#define KELVIN 273.15
#define COLD_MA 0.3    /* currents below this make readings uncertain */
#define HOTTEST 3000.0 /* whatever it was, it has evaporated */
#define BALANCE_STEP NSEC_PER_MS
#define BALANCE_STEPS_MAX 100
#define RAMP_LAG_K 0.3 /* behind by more than this, the loop hunts */

/* Fitted to a public log of such a heater, in vacuum: 15 022 samples, 25 to
 * 600 degC at 20 K/min and a hold of 90 min. */
const struct sim_chip_params sim_chip_defaults = {
	.ambient = 21.0,
	.resistance = { 0.0, 0.279, 153.051 },
	.power_1 = 7.679e-3,
	.power_2 = 6.50e-7,
	.power_max = 1000.0,
	.lag = 1.23,
	.membrane = 0.005,
	.hold_noise = 0.116,
	.cycle = 6.5,
	.cycle_decay = 5.0,
	.ramp_noise = 0.49,
	.resistance_noise = 0.116,
	.power_noise = 3.4e-3,
	.sense_current = 0.01,
	.cold_error = 0.8,
	.gap = 5.0,
	.radius = 50.0,
};

#define PLACE(member) offsetof(struct sim_chip_params, member)
const struct setting sim_chip_settings[] = {
	{ "ambient", QUANTITY_TEMPERATURE, PLACE(ambient), -50.0, 100.0, 0 },
	{ "resistance", QUANTITY_NUMBER, PLACE(resistance), -10.0, 1e5, 3 },
	{ "power_per_K", QUANTITY_NUMBER, PLACE(power_1), 1e-6, 10.0, 0 },
	{ "power_per_K2", QUANTITY_NUMBER, PLACE(power_2), 0.0, 1.0, 0 },
	{ "power_max", QUANTITY_POWER, PLACE(power_max), 0.1, 1e5, 0 },
	{ "lag", QUANTITY_TIME, PLACE(lag), 0.001, 1000.0, 0 },
	{ "membrane", QUANTITY_TIME, PLACE(membrane), 1e-5, 10.0, 0 },
	{ "hold_noise", QUANTITY_DIFFERENCE, PLACE(hold_noise), 0, 100, 0 },
	{ "cycle", QUANTITY_TIME, PLACE(cycle), 0.01, 1e4, 0 },
	{ "cycle_decay", QUANTITY_TIME, PLACE(cycle_decay), 0.01, 1e6, 0 },
	{ "ramp_noise", QUANTITY_DIFFERENCE, PLACE(ramp_noise), 0, 100, 0 },
	{ "resistance_noise", QUANTITY_RESISTANCE, PLACE(resistance_noise), 0.0,
	  100.0, 0 },
	{ "power_noise", QUANTITY_POWER, PLACE(power_noise), 0.0, 100.0, 0 },
	{ "sense_current", QUANTITY_CURRENT, PLACE(sense_current), 1e-6, 1.0,
	  0 },
	{ "cold_error", QUANTITY_DIFFERENCE, PLACE(cold_error), -20, 20, 0 },
	{ "gap", QUANTITY_LENGTH, PLACE(gap), 0.1, 1000.0, 0 },
	{ "radius", QUANTITY_LENGTH, PLACE(radius), 1.0, 1000.0, 0 },
	{ 0 },
};
#undef PLACE

double sim_decay(struct sim_decay *decay, nsec dt, double tau)
{
	if (decay->dt != dt) {
		decay->dt = dt;
		decay->factor = sim_exp(-nsec_to_s(dt) / tau);
	}
	return decay->factor;
}

void sim_chip_init(struct sim_chip *chip, const struct sim_chip_params *params)
{
	*chip = (struct sim_chip){
		.params = params,
		.faults = { .sense = 1.0 },
		.setpoint = params->ambient,
		.base = params->ambient,
	};
}

void sim_chip_gas(struct sim_chip *chip, const struct sim_conduction *gas,
		  double pressure)
{
	chip->gas = *gas;
	chip->pressure = pressure;
}

double sim_chip_resistance(const struct sim_chip_params *p, double temperature)
{
	const double *r = p->resistance;

	return (r[0] * temperature + r[1]) * temperature + r[2];
}

static double temperature_of(const struct sim_chip_params *p, double resistance)
{
	double a = p->resistance[0], b = p->resistance[1];
	double c = p->resistance[2] - resistance;

	if (fabs(a) < 1e-12)
		return -c / b;
	return (sqrt(b * b - 4.0 * a * c) - b) / (2.0 * a);
}

/*
 * Heat through the gas to the lid: k A / d, less where the free path (which
 * grows as T / p) is not small against the gap d. Gas temperature and so k
 * are taken half-way between heater and lid.
 */
static double gas_power(const struct sim_chip *chip, double temperature)
{
	const struct sim_chip_params *p = chip->params;
	double kelvin = 0.5 * (temperature + p->ambient) + KELVIN;
	double k = chip->gas.conductivity_0 + chip->gas.conductivity_1 * kelvin;
	double area = 0.5 * TWO_PI * p->radius * p->radius; /* um2 */
	double path, knudsen;

	if (chip->pressure < 1e-6)
		return 0.0;
	path = chip->gas.free_path * (kelvin / 300.0) *
	       (760.0 / chip->pressure);
	knudsen = path / p->gap;
	return k * 1e-6 * area / p->gap / (1.0 + 3.6 * knudsen) *
	       (temperature - p->ambient);
}

double sim_chip_power(const struct sim_chip *chip, double temperature)
{
	const struct sim_chip_params *p = chip->params;
	double over = temperature - p->ambient;

	return over * (p->power_1 + p->power_2 * over) +
	       gas_power(chip, temperature);
}

/* The temperature at which the loop believes to see `reading`. */
static double true_for_reading(const struct sim_chip *chip, double reading)
{
	const struct sim_chip_params *p = chip->params;
	double r = sim_chip_resistance(p, reading) / (1.0 + chip->faults.drift);

	if (chip->faults.drift != 0.0)
		reading = temperature_of(p, r);
	return p->ambient + (reading - p->ambient) / chip->faults.sense;
}

static double reading_for_true(const struct sim_chip *chip, double truth)
{
	const struct sim_chip_params *p = chip->params;
	double seen = p->ambient + (truth - p->ambient) * chip->faults.sense;

	if (chip->faults.drift == 0.0)
		return seen;
	return temperature_of(p, sim_chip_resistance(p, seen) *
					 (1.0 + chip->faults.drift));
}

/* The highest temperature that power_max can keep. */
static double hottest(const struct sim_chip *chip, double target)
{
	double low = chip->params->ambient, high = target;

	for (int i = 0; i < 40; i++) {
		double middle = 0.5 * (low + high);

		if (sim_chip_power(chip, middle) > chip->params->power_max)
			high = middle;
		else
			low = middle;
	}
	return low;
}

static double loop_target(const struct sim_chip *chip)
{
	double target = true_for_reading(chip, chip->setpoint);

	if (target < chip->params->ambient)
		return chip->params->ambient;
	if (sim_chip_power(chip, target) > chip->params->power_max)
		return hottest(chip, target);
	return target;
}

void sim_chip_drive(struct sim_chip *chip, const struct sim_source *source)
{
	chip->is_open_loop = true;
	chip->source = *source;
}

/* At the contacts that carry the current; limits have the level's sign. */
static void meet(const struct sim_chip *chip, double temperature,
		 struct sim_terminals *out)
{
	const struct sim_source *s = &chip->source;
	double ohm = sim_chip_resistance(chip->params, temperature) *
		     (1.0 + chip->faults.drift);
	double limit = copysign(s->limit, s->level);

	*out = (struct sim_terminals){ 0 };
	if (!chip->output)
		return;
	if (chip->faults.open) {
		out->is_limited = !s->is_voltage && s->level != 0.0;
		out->voltage = s->is_voltage ? s->level : limit;
		if (s->level == 0.0)
			out->voltage = 0.0;
		return;
	}
	out->voltage = s->is_voltage ? s->level : s->level * ohm * 1e-3;
	out->current = s->is_voltage ? s->level / ohm * 1e3 : s->level;
	out->is_limited =
		fabs(s->is_voltage ? out->current : out->voltage) > s->limit;
	if (out->is_limited && s->is_voltage) {
		out->current = limit;
		out->voltage = limit * ohm * 1e-3;
	} else if (out->is_limited) {
		out->voltage = limit;
		out->current = limit / ohm * 1e3;
	}
}

void sim_chip_terminals(const struct sim_chip *chip, struct sim_terminals *out)
{
	const struct sim_chip_params *p = chip->params;
	double t = chip->base;
	double seen = p->ambient + (t - p->ambient) * chip->faults.sense;

	meet(chip, t, out);
	if (chip->faults.sense != 1.0)
		out->voltage *= sim_chip_resistance(p, seen) /
				sim_chip_resistance(p, t);
}

/* mW that heat the membrane up. */
static double surplus(const struct sim_chip *chip, double temperature)
{
	struct sim_terminals at;

	meet(chip, temperature, &at);
	return at.voltage * at.current - sim_chip_power(chip, temperature);
}

/*
 * One step of the power balance C dT/dt = surplus(T): exact where the surplus
 * is a straight line, so that steps longer than the membrane's time constant
 * end at the balance and do not swing. A curve that turns upwards (a current
 * that runs away) is followed no more than 50 K at a time.
 */
static void balance(struct sim_chip *chip, double dt_s)
{
	const struct sim_chip_params *p = chip->params;
	double capacity = p->power_1 * p->membrane; /* mJ/K */
	double t = chip->base;
	double now = surplus(chip, t);
	double slope = (surplus(chip, t + 0.01) - now) / 0.01;
	double x = slope * dt_s / capacity;
	double share = fabs(x) < 1e-6 ? 1.0 + 0.5 * x
		       : x < 3.0      ? (sim_exp(x) - 1.0) / x
				      : 6.4;
	double step = now * dt_s / capacity * share;

	if (fabs(step) > 50.0)
		step = copysign(50.0, step);
	chip->base = t + step > HOTTEST ? HOTTEST : t + step;
}

static void advance_open_loop(struct sim_chip *chip, nsec dt)
{
	nsec n = (dt + BALANCE_STEP - 1) / BALANCE_STEP;
	double step_s;

	if (n > BALANCE_STEPS_MAX)
		n = BALANCE_STEPS_MAX;
	step_s = nsec_to_s(dt) / (double)n;
	for (nsec i = 0; i < n; i++)
		balance(chip, step_s);
}

void sim_chip_advance(struct sim_chip *chip, nsec dt)
{
	const struct sim_chip_params *p = chip->params;
	double target;

	if (chip->is_open_loop) {
		advance_open_loop(chip, dt);
		return;
	}
	if (!chip->output || chip->faults.open) {
		chip->base = p->ambient +
			     (chip->base - p->ambient) *
				     sim_exp(-nsec_to_s(dt) / p->membrane);
		return;
	}
	target = loop_target(chip);
	chip->base = target + (chip->base - target) *
				      sim_decay(&chip->lag_decay, dt, p->lag);
}

static bool is_driven(const struct sim_chip *chip)
{
	return chip->output && !chip->faults.open && !chip->is_open_loop;
}

double sim_chip_temperature(const struct sim_chip *chip)
{
	double t = chip->base;

	/* A loop at rest near ambient has no power to swing with. */
	if (is_driven(chip) && t > chip->params->ambient + 1.0)
		t += chip->params->hold_noise * chip->cycle[0];
	return t;
}

/*
 * The loop's slow cycle is a swing that noise keeps going: its correlation
 * is exp(-t / cycle_decay) cos(2 pi t / cycle), as the real log's.
 */
static void swing(struct sim_chip *chip, struct sim_noise *noise, nsec dt)
{
	const struct sim_chip_params *p = chip->params;
	bool is_new = chip->cycle_decay.dt != dt;
	double keep = sim_decay(&chip->cycle_decay, dt, p->cycle_decay);
	double c = chip->cycle[0], s = chip->cycle[1];

	if (is_new) {
		double angle = TWO_PI * nsec_to_s(dt % nsec_from_s(p->cycle)) /
			       p->cycle;

		chip->cycle_cos = keep * sim_cos(angle);
		chip->cycle_sin = keep * sim_sin(angle);
		chip->cycle_kick = sqrt(1.0 - keep * keep);
	}
	chip->cycle[0] = c * chip->cycle_cos - s * chip->cycle_sin +
			 chip->cycle_kick * sim_noise_normal(noise);
	chip->cycle[1] = c * chip->cycle_sin + s * chip->cycle_cos +
			 chip->cycle_kick * sim_noise_normal(noise);
}

/* What the reading is wrong by; no more than 2 K with the defaults. */
static double reading_error(const struct sim_chip *chip, double current,
			    double n)
{
	const struct sim_chip_params *p = chip->params;
	double ratio = current / COLD_MA;
	double cold = p->cold_error / (1.0 + ratio * ratio);
	double behind = fabs(chip->setpoint - chip->base) / RAMP_LAG_K;
	double error = 0.0;

	if (is_driven(chip))
		error = n * p->ramp_noise * (behind < 1.0 ? behind : 1.0);
	return error - cold * (1.0 + 0.25 * n);
}

static void measure_open(const struct sim_chip *chip,
			 struct sim_chip_reading *out)
{
	*out = (struct sim_chip_reading){
		.temperature = (double)NAN,
		.resistance = (double)NAN,
		.voltage = chip->output ? 10.0 : 0.0, /* compliance */
	};
}

void sim_chip_measure(struct sim_chip *chip, struct sim_noise *noise, nsec now,
		      struct sim_chip_reading *out)
{
	const struct sim_chip_params *p = chip->params;
	double n_resistance = sim_noise_normal(noise);
	double n_reading = sim_noise_normal(noise);
	double seen, resistance, power, sense;

	if (now > chip->measured)
		swing(chip, noise, now - chip->measured);
	chip->measured = now;
	if (chip->faults.open) {
		measure_open(chip, out);
		return;
	}
	seen = reading_for_true(chip, sim_chip_temperature(chip));
	resistance = sim_chip_resistance(p, seen);
	sense = p->sense_current * p->sense_current * resistance * 1e-3;
	power = 0.0;
	if (chip->output)
		power = sim_chip_power(chip, sim_chip_temperature(chip)) +
			p->power_noise * n_resistance;
	if (!(power > sense))
		power = sense;
	out->power = power;
	resistance += p->resistance_noise * n_resistance;
	out->resistance = resistance;
	out->current = sqrt(power * 1e3 / resistance);
	out->voltage = out->current * resistance * 1e-3;
	out->temperature = seen + reading_error(chip, out->current, n_reading);
}
