/* What tests look for in a plan that a laboratory has compiled. */
#ifndef TESTS_COMPILED_H
#define TESTS_COMPILED_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/array.h"
#include "laboratory.h"

/* Steps without a mistake; *state is a laboratory. */
static inline const struct plan *laboratory_compiled(void **state,
						     const char *steps)
{
	struct laboratory *l = *state;
	const struct plan *plan = laboratory_steps(l, steps);

	assert_string_equal(text_str(&l->said), "");
	assert_non_null(plan);
	return plan;
}

/* ... whose plan has exactly these labels; "| " begins a section. */
static inline const struct plan *laboratory_expect(void **state,
						   const char *steps,
						   const char *labels)
{
	_cleanup_(text_free) struct text t = { 0 };
	const struct plan *plan = laboratory_compiled(state, steps);

	laboratory_labels(plan, &t);
	assert_string_equal(text_str(&t), labels);
	return plan;
}

static inline void laboratory_near(double is, double wanted)
{
	if (!(fabs(is - wanted) <= 1e-9 * (1 + fabs(wanted))))
		fail_msg("%.12g is not %.12g", is, wanted);
}

#endif
