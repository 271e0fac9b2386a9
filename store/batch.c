#include "store/batch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "store/entry.h"

#define ARENA_MIN 4096
#define SAMPLE_VALUES_MAX 32 /* the bits of `bad` */

struct batch {
	unsigned char *arena;
	size_t n; /* bytes in use */
	size_t size;
	size_t records;
};

struct batch *batch_new(void)
{
	return memory_zeroed(1, sizeof(struct batch));
}

void batch_free(struct batch *b)
{
	if (!b)
		return;
	free(b->arena);
	free(b);
}

void batch_clear(struct batch *b)
{
	b->n = 0;
	b->records = 0;
}

size_t batch_records(const struct batch *b)
{
	return b->records;
}

size_t batch_bytes(const struct batch *b)
{
	return b->n;
}

const struct entry *batch_first(const struct batch *b)
{
	return b->n ? (const void *)b->arena : NULL;
}

const struct entry *batch_next(const struct batch *b, const struct entry *e)
{
	const unsigned char *next = (const unsigned char *)e + e->size;

	return next < b->arena + b->n ? (const void *)next : NULL;
}

const char *field_text(const struct field_entry *e, size_t i)
{
	assert(i < e->head.n && e->field[i].type == FIELD_TEXT);
	return (const char *)e + e->field[i].at;
}

static void *reserve(struct batch *b, size_t size, struct entry head)
{
	struct entry *e;
	size_t larger = b->size ? b->size : ARENA_MIN;

	size = (size + 7) & ~(size_t)7;
	assert(size <= UINT32_MAX);
	while (larger < b->n + size)
		larger *= 2;
	if (larger != b->size) {
		b->arena = memory_resized(b->arena, larger, 1);
		b->size = larger;
	}
	e = (void *)(b->arena + b->n);
	*e = head;
	e->size = (uint32_t)size;
	b->n += size;
	b->records++;
	return e;
}

void batch_sample(struct batch *b, uint32_t table, nsec t, const double *value,
		  uint32_t n, uint32_t bad)
{
	struct sample_entry *e;

	assert(n && n <= SAMPLE_VALUES_MAX);
	e = reserve(b, sizeof(*e) + n * sizeof(*value),
		    (struct entry){
			    .kind = ENTRY_SAMPLE, .n = (uint16_t)n, .t = t });
	e->table = table;
	e->bad = bad;
	memcpy(e->value, value, n * sizeof(*value));
}

static struct field integer(int64_t i)
{
	return (struct field){ .type = FIELD_INTEGER, .i = i };
}

static struct field real(double x)
{
	return (struct field){ .type = FIELD_REAL, .x = x };
}

static struct field string(const char *s)
{
	size_t n = strlen(s);

	assert(n < UINT32_MAX / 2);
	return (struct field){ .type = FIELD_TEXT, .n = (uint32_t)n, .s = s };
}

static void put(struct batch *b, enum entry_kind kind, nsec t,
		const struct field *fields, size_t n)
{
	struct field_entry *e;
	size_t i, at = sizeof(*e) + n * sizeof(*fields), size = at;

	for (i = 0; i < n; i++)
		if (fields[i].type == FIELD_TEXT)
			size += fields[i].n + (size_t)1;
	e = reserve(b, size,
		    (struct entry){
			    .kind = (uint16_t)kind, .n = (uint16_t)n, .t = t });
	memcpy(e->field, fields, n * sizeof(*fields));
	for (i = 0; i < n; i++) {
		if (fields[i].type != FIELD_TEXT)
			continue;
		memcpy((char *)e + at, fields[i].s, fields[i].n + (size_t)1);
		e->field[i].at = at;
		at += fields[i].n + (size_t)1;
	}
}

void batch_gap(struct batch *b, uint32_t table, nsec from, nsec to,
	       const char *reason)
{
	const struct field f[] = { integer(table), integer(from), integer(to),
				   string(reason) };

	put(b, ENTRY_GAP, from, f, ARRAY_SIZE(f));
}

void batch_setpoint(struct batch *b, const struct batch_setpoint *s)
{
	const struct field f[] = { integer(s->id),	integer(s->t),
				   integer(s->channel), real(s->value),
				   string(s->cause),	string(s->source),
				   integer(s->safe) };

	put(b, ENTRY_SETPOINT, s->t, f, ARRAY_SIZE(f));
}

void batch_sent(struct batch *b, uint32_t id, nsec t)
{
	const struct field f[] = { integer(id), integer(t) };

	put(b, ENTRY_SENT, t, f, ARRAY_SIZE(f));
}

void batch_answered(struct batch *b, uint32_t id, nsec t, const char *answer)
{
	const struct field f[] = { integer(id), integer(t), string(answer) };

	put(b, ENTRY_ANSWERED, t, f, ARRAY_SIZE(f));
}

void batch_readback(struct batch *b, uint32_t id, nsec t, double value)
{
	const struct field f[] = { integer(id), integer(t), real(value) };

	put(b, ENTRY_READBACK, t, f, ARRAY_SIZE(f));
}

void batch_event(struct batch *b, uint32_t number, nsec t, const char *severity,
		 const char *kind, const char *text)
{
	const struct field f[] = { integer(t), string(severity), string(kind),
				   string(text), integer(number) };

	put(b, ENTRY_EVENT, t, f, ARRAY_SIZE(f));
}

void batch_state(struct batch *b, nsec t, const char *state, const char *level,
		 bool latched)
{
	const struct field f[] = { integer(t), string(state), string(level),
				   integer(latched) };

	put(b, ENTRY_STATE, t, f, ARRAY_SIZE(f));
}

void batch_command(struct batch *b, const struct batch_command *c)
{
	const struct field f[] = { integer(c->id),     integer(c->t),
				   string(c->verb),    string(c->args),
				   string(c->user),    string(c->program),
				   string(c->outcome), integer(c->run) };

	put(b, ENTRY_COMMAND, c->t, f, ARRAY_SIZE(f));
}

void batch_run_begin(struct batch *b, const struct batch_run *r)
{
	const struct field f[] = {
		integer(r->run),       integer(r->t),
		string(r->recipe),     string(r->label),
		string(r->parameters), integer((int64_t)r->seed),
		string(r->text),       string(r->includes)
	};

	put(b, ENTRY_RUN_BEGIN, r->t, f, ARRAY_SIZE(f));
}

void batch_run_end(struct batch *b, uint32_t run, nsec t, const char *state,
		   const char *reason)
{
	const struct field f[] = { integer(run), integer(t), string(state),
				   string(reason) };

	put(b, ENTRY_RUN_END, t, f, ARRAY_SIZE(f));
}

void batch_plan_step(struct batch *b, uint32_t run, uint32_t step,
		     const char *kind, const char *label, uint32_t line)
{
	const struct field f[] = { integer(run), integer(step), string(kind),
				   string(label), integer(line) };

	put(b, ENTRY_PLAN_STEP, NSEC_NEVER, f, ARRAY_SIZE(f));
}

void batch_step_asked(struct batch *b, uint32_t run, uint32_t step,
		      const char *asked)
{
	const struct field f[] = { integer(run), integer(step), string(asked) };

	put(b, ENTRY_STEP_ASKED, NSEC_NEVER, f, ARRAY_SIZE(f));
}

void batch_step_begin(struct batch *b, uint32_t run, uint32_t step, nsec t)
{
	const struct field f[] = { integer(run), integer(step), integer(t) };

	put(b, ENTRY_STEP_BEGIN, t, f, ARRAY_SIZE(f));
}

void batch_step_end(struct batch *b, uint32_t run, uint32_t step, nsec t,
		    const char *outcome, const char *text)
{
	const struct field f[] = { integer(run), integer(step), integer(t),
				   string(outcome), string(text) };

	put(b, ENTRY_STEP_END, t, f, ARRAY_SIZE(f));
}

void batch_image(struct batch *b, const struct batch_image *i)
{
	const struct batch_range *t = &i->temperature, *p = &i->pressure;
	const struct batch_range *q = &i->flow, *w = &i->power;
	const struct field f[] = {
		integer(i->run),       integer(i->image),
		integer(i->step),      string(i->label),
		string(i->file),       integer(i->ok),
		integer(i->t_begin),   integer(i->t_end),
		integer(i->t_unblank), integer(i->t_blank),
		string(i->gas_inlet),  string(i->gas_sample),
		real(i->transit_s),    real(t->begin),
		real(t->end),	       real(t->min),
		real(t->max),	       real(t->mean),
		real(p->begin),	       real(p->end),
		real(p->min),	       real(p->max),
		real(p->mean),	       real(q->begin),
		real(q->end),	       real(q->min),
		real(q->max),	       real(q->mean),
		real(w->begin),	       real(w->end),
		real(w->min),	       real(w->max),
		real(w->mean),
	};

	put(b, ENTRY_IMAGE, nsec_max(i->t_end, i->t_blank), f, ARRAY_SIZE(f));
}

void batch_purge(struct batch *b, const struct batch_purge *p)
{
	const struct field f[] = { integer(p->run),    integer(p->t),
				   integer(p->step),   integer(p->cycle),
				   integer(p->cycles), integer(p->gauge),
				   real(p->fill),      real(p->base),
				   real(p->residual),  integer(p->ok) };

	put(b, ENTRY_PURGE, p->t, f, ARRAY_SIZE(f));
}

void batch_control(struct batch *b, nsec t, const char *holder,
		   const char *note, nsec expires)
{
	const struct field f[] = { integer(t), string(holder), string(note),
				   integer(expires) };

	put(b, ENTRY_CONTROL, t, f, ARRAY_SIZE(f));
}

void batch_alarm(struct batch *b, const struct batch_alarm *a)
{
	const struct field f[] = { integer(a->alarm),	integer(a->t),
				   integer(a->changed), string(a->severity),
				   string(a->source),	string(a->text),
				   string(a->state),	integer(a->active),
				   integer(a->times),	string(a->user),
				   integer(a->until),	string(a->note) };

	put(b, ENTRY_ALARM, a->changed, f, ARRAY_SIZE(f));
}

void batch_queue_add(struct batch *b, const struct batch_queue_add *q)
{
	const struct field f[] = {
		integer(q->id),	   integer(q->place),  integer(q->t),
		string(q->name),   string(q->label),   string(q->recipe),
		integer(q->steps), real(q->seconds),   string(q->after),
		string(q->user),   string(q->program), string(q->sheet),
	};

	put(b, ENTRY_QUEUE_ADD, q->t, f, ARRAY_SIZE(f));
}

void batch_queue_change(struct batch *b, const struct batch_queue_change *q)
{
	const struct field f[] = { integer(q->id),  integer(q->place),
				   integer(q->t),   string(q->state),
				   integer(q->run), string(q->reason) };

	put(b, ENTRY_QUEUE_CHANGE, q->t, f, ARRAY_SIZE(f));
}

void batch_queue_state(struct batch *b, nsec t, const char *state,
		       const char *reason)
{
	const struct field f[] = { integer(t), string(state), string(reason) };

	put(b, ENTRY_QUEUE_STATE, t, f, ARRAY_SIZE(f));
}

void batch_seen(struct batch *b, nsec t, int type, int64_t a, int64_t c,
		int64_t d, double x, const char *text)
{
	struct field f[] = { integer(t),
			     integer(type),
			     integer(a),
			     integer(c),
			     integer(d),
			     integer(0),
			     string(text ? text : "") };

	/* As bits: SQLite would make NULL of a NAN and 0 of a -0.0. */
	memcpy(&f[5].i, &x, sizeof(x));
	put(b, ENTRY_SEEN, t, f, ARRAY_SIZE(f));
}
