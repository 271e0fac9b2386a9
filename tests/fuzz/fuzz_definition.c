/*
 * Any bytes as a definition of an instrument and, behind a NUL, as what the
 * instrument answers: a definition whose references hold or a list of
 * problems; an answer that fits gives values, one that does not gives none;
 * what is sent stays within its buffer.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "drivers/definition.h"

static void check_index(int index, size_t n)
{
	if (index != DEFINITION_NONE && (index < 0 || (size_t)index >= n))
		abort();
}

static void check_source(const struct definition *d, const struct source *s)
{
	check_index(s->ask, d->n_asks);
	check_index(s->write_ask, d->n_asks);
	check_index(s->reg, d->n_registers);
	check_index(s->write_reg, d->n_registers);
	if (s->ask != DEFINITION_NONE)
		check_index(s->field, d->asks[s->ask].fields.n);
	if (!isfinite(s->factor) || s->n_map > DEFINITION_MAP_MAX)
		abort();
}

static void check_block(const struct definition *d, const struct block *b)
{
	for (size_t i = 0; i < d->n_registers; i++) {
		const struct reg *r = &d->registers[i];

		if (b->members >> i & 1 &&
		    (r->read_at < b->at || r->space != b->space ||
		     r->read_at + r->n > b->at + b->n))
			abort();
	}
}

static void check(const struct definition *d)
{
	for (size_t i = 0; i < d->driver.n_channels; i++)
		check_source(d, &d->sources[i]);
	for (size_t i = 0; i < d->n_blocks; i++)
		check_block(d, &d->blocks[i]);
	for (size_t i = 0; i < d->n_safe; i++) {
		check_index(d->safe[i].channel, d->driver.n_channels);
		check_index(d->safe[i].ask, d->n_asks);
	}
}

static void use(const struct definition *d, const struct ask_step *step,
		const char *answer, size_t n)
{
	static const double values[] = { 0, -0.3, 255.7, 1e6, -1e300, NAN };
	struct pattern_value fields[PATTERN_FIELDS_MAX];
	char out[DEFINITION_FRAME_MAX];
	struct err err = { 0 };
	size_t sent;

	for (size_t i = 0; i < step->n_expects; i++)
		pattern_match(&step->expect[i], &d->usual, answer, n, fields,
			      &err);
	for (size_t i = 0; step->sends && i < ARRAY_SIZE(values); i++)
		if (!pattern_compose(&step->send, &d->usual,
				     (struct pattern_sent){ values[i], "ON" },
				     out, sizeof(out), &sent, &err) &&
		    sent > sizeof(out))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(problems_free) struct problems problems = { 0 };
	const char *text = (const char *)data;
	size_t n = size ? strnlen(text, size) : 0;
	const char *answer = n < size ? text + n + 1 : text;
	size_t n_answer = n < size ? size - n - 1 : 0;
	struct definition *d = definition_parse(text, n, "input", &problems);

	if (!d != (problems.n > 0))
		abort();
	if (!d)
		return 0;
	check(d);
	for (size_t i = 0; i < d->n_asks; i++)
		for (size_t k = 0; k < d->asks[i].n; k++)
			use(d, &d->asks[i].v[k], answer, n_answer);
	definition_free(d);
	return 0;
}
