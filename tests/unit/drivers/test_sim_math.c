#include "laboratory.h"

#include "drivers/sim_math.h"
#include "drivers/sim_noise.h"

static void the_exponential_is_that_of_the_library(void **state)
{
	(void)state;
	for (double x = -699.0; x < 699.0; x += 0.7371)
		assert_near(sim_exp(x) / exp(x), 1.0, 1e-14);
}

static void the_exponential_ends_without_overflow(void **state)
{
	(void)state;
	assert_true(sim_exp(-1e9) == 0.0);
	assert_true(isfinite(sim_exp(1e9)));
}

static void the_logarithm_is_that_of_the_library(void **state)
{
	(void)state;
	for (double x = 1e-300; x < 1e300; x *= 1.7371)
		assert_near(sim_log(x), log(x), 1e-14 * fabs(log(x)) + 1e-15);
}

static void sine_and_cosine_are_those_of_the_library(void **state)
{
	(void)state;
	for (double x = -1000.0; x < 1000.0; x += 0.3717) {
		assert_near(sim_sin(x), sin(x), 1e-12);
		assert_near(sim_cos(x), cos(x), 1e-12);
	}
}

/* Written down so that another machine must give the same bits. */
static void results_are_the_same_everywhere(void **state)
{
	(void)state;
	assert_true(sim_exp(1.0) == 0x1.5bf0a8b14576ap+1);
	assert_true(sim_log(10.0) == 0x1.26bb1bbb55516p+1);
}

static void normal_noise_has_its_moments(void **state)
{
	struct statistics s = { 0 };
	struct sim_noise noise;
	int n_far = 0;

	(void)state;
	sim_noise_init(&noise, 1, "test");
	for (int i = 0; i < 100000; i++) {
		double x = sim_noise_normal(&noise);

		note(&s, x);
		n_far += fabs(x) > 3.0;
	}
	assert_near(mean_of(&s), 0.0, 0.015);
	assert_near(sigma_of(&s), 1.0, 0.015);
	assert_near(n_far, 270.0, 80.0);
}

static void pixel_noise_has_its_moments(void **state)
{
	struct statistics s = { 0 };
	struct sim_noise noise;

	(void)state;
	sim_noise_init(&noise, 1, "test");
	for (int i = 0; i < 100000; i++)
		note(&s, sim_noise_pixel(&noise));
	assert_near(mean_of(&s), 0.0, 0.015);
	assert_near(sigma_of(&s), 1.0, 0.015);
}

static void streams_differ_by_name_and_by_seed(void **state)
{
	struct sim_noise a, b, c, again;

	(void)state;
	sim_noise_init(&a, 1, "heater");
	sim_noise_init(&b, 1, "gas");
	sim_noise_init(&c, 2, "heater");
	sim_noise_init(&again, 1, "heater");
	uint64_t bits = sim_noise_bits(&a);

	assert_true(bits == sim_noise_bits(&again));
	assert_true(bits != sim_noise_bits(&b));
	assert_true(bits != sim_noise_bits(&c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_exponential_is_that_of_the_library),
		cmocka_unit_test(the_exponential_ends_without_overflow),
		cmocka_unit_test(the_logarithm_is_that_of_the_library),
		cmocka_unit_test(sine_and_cosine_are_those_of_the_library),
		cmocka_unit_test(results_are_the_same_everywhere),
		cmocka_unit_test(normal_noise_has_its_moments),
		cmocka_unit_test(pixel_noise_has_its_moments),
		cmocka_unit_test(streams_differ_by_name_and_by_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
