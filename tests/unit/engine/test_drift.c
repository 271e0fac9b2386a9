/* A chip whose resistance is not what it was is told, or refused, before a
 * run. The plant's power stands for its resistance. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/array.h"
#include "plant.h"

static int setup(void **state)
{
	static struct plant p;

	plant_init(&p);
	p.site.holder.resistance = 100.0;
	p.site.holder.drift_warn = 0.02;
	p.site.holder.drift_max = 0.05;
	p.site.holder.resistance_role = POWER;
	p.value[POWER] = 100.0;
	plant_boot(&p, false);
	plant_wait(&p, 10);
	plant_tail(&p);
	*state = &p;
	return 0;
}

static bool start(struct plant *p)
{
	return plant_command(p, (struct command){ .kind = COMMAND_START,
						  .plan = &p->plan,
						  .run = 1 });
}

static const struct {
	double ohm;
	bool starts, warns;
} chips[] = {
	{ 100.0, true, false },	 { 101.9, true, false }, { 98.1, true, false },
	{ 102.1, true, true },	 { 97.9, true, true },	 { 104.9, true, true },
	{ 105.1, false, false }, { 94.9, false, false }, { NAN, false, false },
};

static void it_is_compared_with_its_calibration(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(chips); i++) {
		struct plant *p = *state;

		p->value[POWER] = chips[i].ohm;
		plant_run(p, 31);
		plant_forget(p);
		if (start(p) != chips[i].starts ||
		    plant_saw(p, "warning: drift:") != chips[i].warns)
			fail_msg("%g ohm:\n%s", chips[i].ohm,
				 text_str(&p->trace));
		plant_teardown(state);
		setup(state);
	}
}

static void the_refusal_says_what_is_wrong(void **state)
{
	struct plant *p = *state;

	p->value[POWER] = 106.0;
	plant_run(p, 31);
	assert_false(start(p));
	assert_true(plant_saw(p, "the chip has 106 Ω with the heater off, "
				 "6.0 % from its calibration (100 Ω): "
				 "calibrate it again or change it"));
}

static void a_chip_that_was_just_hot_is_not_judged(void **state)
{
	struct plant *p = *state;

	p->value[POWER] = 106.0;
	plant_run(p, 10);
	assert_true(start(p));
	assert_true(plant_saw(p, "info: drift: the chip's resistance is not "
				 "compared"));
}

static void a_site_without_a_calibration_is_not_asked(void **state)
{
	struct plant *p = *state;

	p->site.holder.resistance = 0.0;
	p->value[POWER] = 106.0;
	plant_run(p, 31);
	assert_true(start(p));
	assert_false(plant_saw(p, "drift"));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, plant_teardown)
	const struct CMUnitTest tests[] = {
		T(it_is_compared_with_its_calibration),
		T(the_refusal_says_what_is_wrong),
		T(a_chip_that_was_just_hot_is_not_judged),
		T(a_site_without_a_calibration_is_not_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
