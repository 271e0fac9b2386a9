/*
 * Chance that can be had again: a generator of our own (xoshiro256++,
 * Blackman and Vigna 2018), one stream per instrument, so that one more poll
 * of one instrument changes nothing in the noise of another.
 */
#ifndef DRIVERS_SIM_NOISE_H
#define DRIVERS_SIM_NOISE_H

#include <stdbool.h>
#include <stdint.h>

struct sim_noise {
	uint64_t s[4];
	double spare;
	bool has_spare;
};

/* Equal seed and stream name: equal numbers. */
void sim_noise_init(struct sim_noise *noise, uint64_t seed, const char *stream);

uint64_t sim_noise_bits(struct sim_noise *noise);

/* In [0, 1). */
double sim_noise_uniform(struct sim_noise *noise);

/* Mean 0, standard deviation 1. */
double sim_noise_normal(struct sim_noise *noise);

/* The same moments, no more than 3.4 away: a fifth of the cost, for pixels. */
double sim_noise_pixel(struct sim_noise *noise);

#endif
