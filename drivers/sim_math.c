#include "drivers/sim_math.h"

#include <stdint.h>
#include <string.h>

#define LN2_HIGH 0x1.62e42feep-1
#define LN2_LOW 0x1.a39ef35793c76p-33
#define LOG2_E 1.4426950408889634
#define SQRT_2 1.4142135623730951
#define HALF_PI_HIGH 0x1.921fb544p0
#define HALF_PI_LOW 0x1.0b4611a626331p-34
#define TWO_OVER_PI 0.6366197723675814

static double from_bits(uint64_t bits)
{
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

static uint64_t to_bits(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

double sim_round(double x)
{
	return (double)(int64_t)(x < 0 ? x - 0.5 : x + 0.5);
}

double sim_exp(double x)
{
	double k, r, sum = 1.0;

	if (x < -700.0)
		return 0.0;
	if (x > 700.0)
		x = 700.0;
	k = sim_round(x * LOG2_E);
	r = x - k * LN2_HIGH - k * LN2_LOW;
	for (int i = 13; i > 0; i--)
		sum = 1.0 + sum * r / i;
	return sum * from_bits((uint64_t)(1023 + (int64_t)k) << 52);
}

double sim_log(double x)
{
	uint64_t bits = to_bits(x);
	double k = (double)((int64_t)(bits >> 52) - 1023);
	double m = from_bits((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
	double s, s2, sum = 0.0;

	if (m > SQRT_2) {
		m *= 0.5;
		k += 1.0;
	}
	s = (m - 1.0) / (m + 1.0);
	s2 = s * s;
	for (int i = 21; i > 0; i -= 2)
		sum = sum * s2 + 1.0 / i;
	return k * LN2_HIGH + (k * LN2_LOW + 2.0 * s * sum);
}

static double sine_near_zero(double r)
{
	double sum = 1.0;

	for (int i = 16; i > 0; i -= 2)
		sum = 1.0 - sum * r * r / (i * (i + 1));
	return r * sum;
}

static double cosine_near_zero(double r)
{
	double sum = 1.0;

	for (int i = 16; i > 0; i -= 2)
		sum = 1.0 - sum * r * r / (i * (i - 1));
	return sum;
}

/* The sine, `quarters` quarter turns further on. */
static double sine_from(double x, int quarters)
{
	double k = sim_round(x * TWO_OVER_PI);
	double r = x - k * HALF_PI_HIGH - k * HALF_PI_LOW;

	switch (((int64_t)k + quarters) & 3) {
	case 0: return sine_near_zero(r);
	case 1: return cosine_near_zero(r);
	case 2: return -sine_near_zero(r);
	default: return -cosine_near_zero(r);
	}
}

double sim_sin(double x)
{
	return sine_from(x, 0);
}

double sim_cos(double x)
{
	return sine_from(x, 1);
}
