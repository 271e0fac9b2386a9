#include "drivers/smu_heater.h"

#include <math.h>

#define TURN_MIN 0.002 /* s: what a step of time may be */
#define TURN_MAX 0.25
#define FAR_K 1.5 /* no noise is as far from the reference */
#define FARTHER_K 4.5
#define FAR_GAIN 0.5
#define JUMP_K 4.0	   /* ... nor from what is published */
#define WARM_K 5.0	   /* above ambient: conduction can be seen */
#define HOT_K 20.0	   /* ... well enough to judge by */
#define LEARNED 25	   /* samples */
#define EXCESS 3	   /* samples */
#define DROP_K 8.0	   /* at least, when a sense line is lost */
#define AHEAD_K 20.0	   /* of what is measured: the reference waits */
#define NOTICE 0.3	   /* s, to follow conduction for the loop */
#define REMEMBER 5.0	   /* s, to follow it as what is usual */
#define VOLTAGE_SHARE 0.95 /* of the compliance that the loop uses */

const struct smu_settings smu_settings_usual = {
	.probe = 0.1,
	.response = 0.5,
	.smoothing = 0.3,
	.slew = 50.0,
	.excess = 0.05,
	.excess_min = 0.1,
};

static const char *const texts[SMU_FAULTS_N] = {
	[SMU_FINE] = "nothing is wrong",
	[SMU_NO_NUMBER] = "the meter gave no number",
	[SMU_OPEN] = "the heater is open: no current flows",
	[SMU_SHORT] = "the heater is shorted: its resistance is too low",
	[SMU_LIMITED] = "the meter's voltage limit holds",
	[SMU_STRANGE] = "the heater's resistance is too high",
	[SMU_OTHER_CURRENT] = "another current flows than was set",
	[SMU_HOT] = "the heater is too hot",
	[SMU_POWER] = "the heater's power is too high",
	[SMU_SENSE] = ("more power flows than this temperature takes: a sense "
		       "line is lost, or gas came in"),
	[SMU_SWITCHED_OFF] = "the meter's output is off",
};

const char *smu_fault_text(enum smu_fault fault)
{
	return texts[fault];
}

static double clamp(double value, double low, double high)
{
	return value < low ? low : value > high ? high : value;
}

void smu_heater_init(struct smu_heater *h, const struct chip *chip,
		     const struct smu_settings *settings)
{
	*h = (struct smu_heater){
		.chip = chip,
		.settings = *settings,
		.setpoint = chip->ambient,
	};
	smu_heater_off(h, SMU_FINE);
}

void smu_heater_off(struct smu_heater *h, enum smu_fault why)
{
	h->state = SMU_OFF;
	h->fault = why;
	h->level = 0.0;
	h->temperature = (double)NAN;
	h->at = -1;
}

void smu_heater_probe(struct smu_heater *h)
{
	h->state = SMU_PROBING;
	h->fault = SMU_FINE;
	h->level = h->settings.probe;
	h->n_bad = h->n_power = h->n_excess = 0;
	h->hot = 0;
}

int smu_heater_heat(struct smu_heater *h)
{
	if (h->state == SMU_OFF || h->at < 0)
		return -1;
	if (h->state == SMU_HEATING)
		return 0;
	h->state = SMU_HEATING;
	h->reference = h->temperature;
	h->conductance = h->chip->power[1];
	h->n_learned = 0;
	return 0;
}

int smu_heater_set(struct smu_heater *h, double setpoint)
{
	if (!(setpoint <= h->chip->temperature_max))
		return -1;
	h->setpoint = setpoint;
	return 0;
}

static double resistance_of(const struct smu_sample *s)
{
	return s->voltage / s->current * 1e3;
}

static double power_of(const struct smu_sample *s)
{
	return s->voltage * s->current;
}

double smu_heater_resistance(const struct smu_heater *h)
{
	return h->at < 0 ? (double)NAN : resistance_of(&h->last);
}

double smu_heater_power(const struct smu_heater *h)
{
	return h->at < 0 ? (double)NAN : power_of(&h->last);
}

/* What makes a sample useless. Every comparison is false for NAN. */
static enum smu_fault look(const struct smu_heater *h,
			   const struct smu_sample *s)
{
	double ohm = resistance_of(s);

	if (s->off)
		return SMU_SWITCHED_OFF;
	if (!isfinite(s->voltage) || !isfinite(s->current))
		return SMU_NO_NUMBER;
	if (!(s->current > 0.5 * h->level))
		return SMU_OPEN;
	if (s->limited || !(s->voltage < 0.99 * h->chip->voltage_max))
		return SMU_LIMITED;
	if (!(ohm >= h->chip->resistance_min))
		return SMU_SHORT;
	if (!(ohm <= h->chip->resistance_max))
		return SMU_STRANGE;
	if (!(fabs(s->current - h->level) <= 0.05 * h->level + 0.01))
		return SMU_OTHER_CURRENT;
	return SMU_FINE;
}

/* The reading has dropped, and power goes somewhere that this temperature
 * does not need. */
static bool is_excess(const struct smu_heater *h, double temperature,
		      double power)
{
	double over = temperature - h->chip->ambient;
	double expected = h->usual * (over > 0.0 ? over : 0.0);
	bool dropped = !(temperature >= h->reference - DROP_K);

	return h->state == SMU_HEATING && h->n_learned >= LEARNED &&
	       (dropped || h->n_excess) &&
	       !(power - expected <=
		 h->settings.excess_min + h->settings.excess * power);
}

static enum smu_fault judge(struct smu_heater *h, double temperature,
			    double power)
{
	double max = h->chip->temperature_max;
	unsigned hot;

	h->hot = (h->hot << 1 | !(temperature <= max + SMU_HEATER_SOFT)) & 7;
	hot = (h->hot & 1) + (h->hot >> 1 & 1) + (h->hot >> 2 & 1);
	if (hot >= 2 || !(temperature <= max + SMU_HEATER_HARD))
		return SMU_HOT;
	h->n_power = power <= 1.05 * h->chip->power_max ? 0 : h->n_power + 1;
	if (h->n_power >= SMU_HEATER_BAD)
		return SMU_POWER;
	h->n_excess = is_excess(h, temperature, power) ? h->n_excess + 1 : 0;
	return h->n_excess >= EXCESS ? SMU_SENSE : SMU_FINE;
}

static void smooth(struct smu_heater *h, double temperature, double dt)
{
	double away = temperature - h->temperature;

	if (h->at < 0 || !(fabs(away) < JUMP_K))
		h->temperature = temperature;
	else
		h->temperature += away * dt / (h->settings.smoothing + dt);
}

static void learn(struct smu_heater *h, double power, double dt)
{
	double over = h->temperature - h->chip->ambient;
	double seen = power / over;

	if (!(over > WARM_K))
		return;
	h->conductance += (seen - h->conductance) * dt / (NOTICE + dt);
	if (!(over > HOT_K) || h->n_excess)
		return;
	if (h->n_learned < LEARNED) {
		h->n_learned++;
		h->usual = h->conductance;
	}
	h->usual += (seen - h->usual) * dt / (REMEMBER + dt);
}

/* Heating goes no faster than slew, and never far ahead of what is measured
 * (it may be at a limit); cooling is as fast as can be. Returns how far the
 * reference went. */
static double follow(struct smu_heater *h, double temperature, double dt)
{
	double before = fmin(h->reference, temperature + AHEAD_K);

	h->reference = fmin(h->setpoint, before + h->settings.slew * dt);
	return h->reference - before;
}

/* What deviates by more than noise can is not waited for. */
static double gain(const struct smu_heater *h, double error, double dt)
{
	double usual = dt / (h->settings.response + dt);
	double far = (fabs(error) - FAR_K) / (FARTHER_K - FAR_K);

	return usual + clamp(far, 0.0, 1.0) * (FAR_GAIN - usual);
}

static double most(const struct smu_heater *h, double ohm)
{
	double by_power = sqrt(h->chip->power_max * 1e3 / ohm);
	double by_voltage = VOLTAGE_SHARE * h->chip->voltage_max * 1e3 / ohm;

	return fmin(h->chip->current_max, fmin(by_power, by_voltage));
}

/*
 * To move by `way`: the power changes by the slope of P(T), and meets the
 * resistance of where it goes to. I^2 R holds now, so the new square is
 * (I^2 R + dP) / (R + dR).
 */
static void steer(struct smu_heater *h, double ohm, double way)
{
	const struct chip *chip = h->chip;
	double over = h->temperature - chip->ambient;
	double model = chip->power[1] +
		       2.0 * chip->power[0] * (over > 0.0 ? over : 0.0);
	double slope = h->conductance > model ? h->conductance : model;
	double square = h->level * h->level * ohm + 1e3 * slope * way;
	double there = ohm + chip_slope(chip, h->temperature) * way;
	double level = square > 0.0 && there > 0.0 ? sqrt(square / there) : 0.0;

	h->level = clamp(level, h->settings.probe,
			 most(h, there > ohm ? there : ohm));
}

static void control(struct smu_heater *h, double temperature, double dt)
{
	double ohm = resistance_of(&h->last);
	double error = fmin(h->reference - temperature, AHEAD_K);
	double way = gain(h, error, dt) * error + follow(h, temperature, dt);

	steer(h, ohm, way);
}

static enum smu_fault take_bad(struct smu_heater *h, enum smu_fault bad)
{
	h->bad = bad;
	if (++h->n_bad < SMU_HEATER_BAD)
		return SMU_FINE;
	smu_heater_off(h, bad);
	return bad;
}

enum smu_fault smu_heater_sample(struct smu_heater *h,
				 const struct smu_sample *sample, nsec now)
{
	enum smu_fault fault;
	double temperature, dt;

	if (h->state == SMU_OFF)
		return SMU_FINE;
	fault = look(h, sample);
	if (fault)
		return take_bad(h, fault);
	h->n_bad = 0;
	temperature = chip_temperature(h->chip, resistance_of(sample));
	fault = judge(h, temperature, power_of(sample));
	if (fault) {
		smu_heater_off(h, fault);
		return fault;
	}
	dt = clamp(h->at < 0 ? TURN_MIN : nsec_to_s(now - h->at), TURN_MIN,
		   TURN_MAX);
	smooth(h, temperature, dt);
	h->last = *sample;
	h->at = now;
	if (h->state == SMU_HEATING) {
		learn(h, power_of(sample), dt);
		control(h, temperature, dt);
	}
	return SMU_FINE;
}
