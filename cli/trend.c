#include "cli/trend.h"

#include <math.h>

#include "base/array.h"

#define STRETCH_FIRST NSEC_PER_S
#define EIGHTHS 8
/* What differs by less is one line: noise of the last digit is no mountain. */
#define FLAT 1e-3
#define HELD_MAX 10 /* stretches without a value that are no gap */

static bool is_empty(const struct trend *t, size_t i)
{
	return !(t->least[i] <= t->most[i]);
}

static void clear(struct trend *t, size_t i)
{
	t->least[i] = INFINITY;
	t->most[i] = -INFINITY;
}

/* Stretch i on the way to `to`: a short time without a value has the last. */
static void hold(struct trend *t, size_t i, size_t to)
{
	clear(t, i);
	if (i < to && i && to - t->last <= HELD_MAX) {
		t->least[i] = t->least[i - 1];
		t->most[i] = t->most[i - 1];
	}
}

/* Two stretches become one. */
static void fold(struct trend *t)
{
	size_t i;

	for (i = 0; i < (t->n + 1) / 2; i++) {
		size_t a = 2 * i, b = a + 1 < t->n ? a + 1 : a;

		t->least[i] = fmin(t->least[a], t->least[b]);
		t->most[i] = fmax(t->most[a], t->most[b]);
	}
	t->n = i;
	t->last /= 2;
	t->stretch *= 2;
}

void trend_add(struct trend *t, nsec time, double value)
{
	size_t i;

	if (!isfinite(value) || time <= 0)
		return;
	if (!t->n) {
		t->start = time;
		t->stretch = STRETCH_FIRST;
	}
	if (time < t->start)
		return;
	while ((time - t->start) / t->stretch >= TREND_MAX && t->n)
		fold(t);
	i = (size_t)((time - t->start) / t->stretch);
	while (t->n <= i)
		hold(t, t->n++, i);
	t->least[i] = fmin(t->least[i], value);
	t->most[i] = fmax(t->most[i], value);
	t->last = i;
}

bool trend_range(const struct trend *t, double *least, double *most)
{
	size_t i;
	bool any = false;

	*least = INFINITY;
	*most = -INFINITY;
	for (i = 0; i < t->n; i++) {
		if (is_empty(t, i))
			continue;
		any = true;
		*least = fmin(*least, t->least[i]);
		*most = fmax(*most, t->most[i]);
	}
	return any;
}

/* The middle of what column i of n shows; NAN: nothing. */
static double middle(const struct trend *t, size_t i, size_t n)
{
	size_t k = i * t->n / n, end = (i + 1) * t->n / n;
	double least = INFINITY, most = -INFINITY;

	for (; k < end; k++) {
		least = fmin(least, t->least[k]);
		most = fmax(most, t->most[k]);
	}
	return least <= most ? (least + most) / 2 : (double)NAN;
}

/* From 1 (the lowest that is seen) to steps; 0: nothing. */
static size_t level(double v, double least, double most, size_t steps)
{
	double span = most - least;

	if (!isfinite(v))
		return 0;
	if (!(span > FLAT * fmax(fabs(least), fabs(most))))
		return 1;
	return 1 + (size_t)((v - least) / span * ((double)steps - 0.5));
}

static void draw_row(const struct trend *t, size_t columns, size_t row,
		     size_t rows, struct text *out)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄",
					      "▅", "▆", "▇", "█" };
	double least, most;
	size_t i, beneath = (rows - 1 - row) * EIGHTHS;

	if (!trend_range(t, &least, &most))
		return;
	for (i = 0; i < columns; i++) {
		size_t at = level(middle(t, i, columns), least, most,
				  rows * EIGHTHS);

		if (at > beneath + EIGHTHS)
			at = beneath + EIGHTHS;
		text_add(out, blocks[at > beneath ? at - beneath : 0]);
	}
}

void trend_draw(const struct trend *t, size_t columns, size_t rows,
		struct text *out)
{
	size_t row, n = columns < t->n ? columns : t->n;

	for (row = 0; row < rows; row++) {
		draw_row(t, n, row, rows, out);
		if (rows > 1)
			text_add_char(out, '\n');
	}
}
