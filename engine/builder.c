#include "engine/builder.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define POOL_FIRST 256 /* a power of two */
#define LABEL_BUFFER 512

void builder_init(struct builder *b)
{
	*b = (struct builder){ 0 };
	b->plan = memory_zeroed(1, sizeof(*b->plan));
	b->plan->temperature_max = INFINITY;
	b->plan->pressure_max = INFINITY;
	b->pool_size = POOL_FIRST;
	b->pool = memory_zeroed(b->pool_size, sizeof(*b->pool));
	b->text_size = 1024;
	b->text_n = 1;
	b->plan->text = memory_zeroed(b->text_size, 1);
}

void builder_fini(struct builder *b)
{
	plan_free(b->plan);
	free(b->origin);
	free(b->pool);
	*b = (struct builder){ 0 };
}

struct plan *builder_take(struct builder *b)
{
	struct plan *plan = b->plan;

	b->plan = NULL;
	builder_fini(b);
	return plan;
}

void builder_section(struct builder *b)
{
	b->section++;
	b->boundary = true;
}

static uint32_t grown(uint32_t size)
{
	return size ? size * 2 : 64;
}

static void reserve_step(struct builder *b)
{
	struct plan *p = b->plan;

	if (p->n_steps < b->steps_size)
		return;
	b->steps_size = grown(b->steps_size);
	p->steps = memory_resized(p->steps, b->steps_size, sizeof(*p->steps));
	b->origin =
		memory_resized(b->origin, b->steps_size, sizeof(*b->origin));
}

struct plan_step *builder_step(struct builder *b, enum step_kind kind,
			       const struct step_origin *origin)
{
	struct plan *p = b->plan;
	struct plan_step *step = &b->spare;

	if (p->n_steps == PLAN_STEPS_MAX) {
		b->full = true;
	} else {
		reserve_step(b);
		b->origin[p->n_steps] = *origin;
		step = &p->steps[p->n_steps++];
	}
	*step = (struct plan_step){ .kind = kind, .section = b->section };
	step->flags = b->boundary ? STEP_BOUNDARY : 0;
	b->boundary = false;
	return step;
}

struct step_origin *builder_origin(struct builder *b)
{
	if (b->full || !b->plan->n_steps)
		return &b->spare_origin;
	return &b->origin[b->plan->n_steps - 1];
}

void builder_set(struct builder *b, struct role_value set)
{
	struct plan *p = b->plan;

	if (p->n_sets == b->sets_size) {
		b->sets_size = grown(b->sets_size);
		p->sets =
			memory_resized(p->sets, b->sets_size, sizeof(*p->sets));
	}
	p->sets[p->n_sets++] = set;
}

void builder_cond(struct builder *b, struct cond cond)
{
	struct plan *p = b->plan;

	if (p->n_conds == b->conds_size) {
		b->conds_size = grown(b->conds_size);
		p->conds = memory_resized(p->conds, b->conds_size,
					  sizeof(*p->conds));
	}
	p->conds[p->n_conds++] = cond;
}

static uint32_t hash(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

/* Where s stands in the table, or where it would. */
static uint32_t *slot_of(const struct builder *b, uint32_t *pool, size_t size,
			 const char *s)
{
	size_t i = hash(s) & (size - 1);

	while (pool[i] && strcmp(b->plan->text + pool[i], s))
		i = (i + 1) & (size - 1);
	return &pool[i];
}

static void grow_pool(struct builder *b)
{
	size_t size = b->pool_size * 2;
	uint32_t *pool = memory_zeroed(size, sizeof(*pool));

	for (size_t i = 0; i < b->pool_size; i++)
		if (b->pool[i])
			*slot_of(b, pool, size, b->plan->text + b->pool[i]) =
				b->pool[i];
	free(b->pool);
	b->pool = pool;
	b->pool_size = size;
}

static uint32_t append(struct builder *b, const char *s)
{
	size_t n = strlen(s) + 1;
	uint32_t offset = (uint32_t)b->text_n;

	while (b->text_n + n > b->text_size) {
		b->text_size *= 2;
		b->plan->text = memory_resized(b->plan->text, b->text_size, 1);
	}
	memcpy(b->plan->text + b->text_n, s, n);
	b->text_n += n;
	return offset;
}

static uint32_t pooled(struct builder *b, const char *s)
{
	uint32_t *slot;

	if (!*s)
		return 0;
	if (b->pool_n * 2 >= b->pool_size)
		grow_pool(b);
	slot = slot_of(b, b->pool, b->pool_size, s);
	if (!*slot) {
		*slot = append(b, s);
		b->pool_n++;
	}
	return *slot;
}

static void blank_lines(char *s)
{
	for (; *s; s++)
		if (*s == '\n' || *s == '\r' || *s == '\t')
			*s = ' ';
}

uint32_t builder_text(struct builder *b, const char *s)
{
	char buffer[LABEL_BUFFER];

	text_copy(buffer, sizeof(buffer), s);
	blank_lines(buffer);
	return pooled(b, buffer);
}

/* Between characters: never inside the bytes of one. */
static void cut(char *s)
{
	static const char ellipsis[] = "…";
	size_t n = PLAN_LABEL_MAX - sizeof(ellipsis);

	if (strlen(s) < PLAN_LABEL_MAX)
		return;
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	memcpy(s + n, ellipsis, sizeof(ellipsis));
}

uint32_t builder_label(struct builder *b, const char *prefix, const char *s)
{
	char buffer[LABEL_BUFFER];

	if (prefix)
		snprintf(buffer, sizeof(buffer), "%s: %s", prefix, s);
	else
		text_copy(buffer, sizeof(buffer), s);
	blank_lines(buffer);
	cut(buffer);
	return pooled(b, buffer);
}
