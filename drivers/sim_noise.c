#include "drivers/sim_noise.h"

#include <math.h>

#include "drivers/sim_math.h"

static uint64_t rotate(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

/* splitmix64: spreads a seed over a state. */
static uint64_t spread(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

void sim_noise_init(struct sim_noise *noise, uint64_t seed, const char *stream)
{
	uint64_t x = 0xcbf29ce484222325;

	for (; *stream; stream++)
		x = (x ^ (unsigned char)*stream) * 0x100000001b3;
	x ^= spread(&seed);
	*noise = (struct sim_noise){ 0 };
	for (int i = 0; i < 4; i++)
		noise->s[i] = spread(&x);
}

uint64_t sim_noise_bits(struct sim_noise *noise)
{
	uint64_t *s = noise->s;
	uint64_t result = rotate(s[0] + s[3], 23) + s[0];
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

double sim_noise_uniform(struct sim_noise *noise)
{
	return (double)(sim_noise_bits(noise) >> 11) * 0x1p-53;
}

/* Marsaglia's polar method: two numbers for one logarithm. */
double sim_noise_normal(struct sim_noise *noise)
{
	double x, y, square, factor;

	if (noise->has_spare) {
		noise->has_spare = false;
		return noise->spare;
	}
	do {
		x = 2.0 * sim_noise_uniform(noise) - 1.0;
		y = 2.0 * sim_noise_uniform(noise) - 1.0;
		square = x * x + y * y;
	} while (square >= 1.0 || square < 1e-300);
	factor = sqrt(-2.0 * sim_log(square) / square);
	noise->spare = y * factor;
	noise->has_spare = true;
	return x * factor;
}

/* The sum of four 16-bit numbers has a variance of 4 * 2^32 / 12. */
double sim_noise_pixel(struct sim_noise *noise)
{
	uint64_t bits = sim_noise_bits(noise);
	uint32_t sum = (uint32_t)(bits & 0xffff) +
		       (uint32_t)(bits >> 16 & 0xffff) +
		       (uint32_t)(bits >> 32 & 0xffff) + (uint32_t)(bits >> 48);

	return ((double)sum - 131070.0) * (1.0 / 37837.23);
}
