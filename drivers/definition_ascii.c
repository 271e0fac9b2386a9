/* Transactions of instruments that speak ASCII. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "drivers/bus.h"
#include "drivers/definition.h"
#include "drivers/wire_optional.h"

struct buffer {
	char bytes[DEFINITION_FRAME_MAX];
	size_t n;
};

static const struct definition *definition_of(const struct device *dev)
{
	return (const struct definition *)dev->driver;
}

static int add_pattern(struct buffer *b, const struct pattern *pattern,
		       const struct device *dev, struct pattern_sent v,
		       struct err *err)
{
	const struct definition_state *state = dev->state;
	size_t n;

	if (pattern_compose(pattern, &state->params, v, b->bytes + b->n,
			    sizeof(b->bytes) - b->n, &n, err))
		return -1;
	b->n += n;
	return 0;
}

/* [prefix] what is sent [checksum] [terminator] */
static int compose(const struct device *dev, const struct ask_step *step,
		   struct pattern_sent v, struct buffer *b, struct err *err)
{
	const struct frame_rules *f = &definition_of(dev)->frame;
	size_t room = CHECKSUM_BYTES_MAX + DEFINITION_MARK_MAX;

	b->n = 0;
	if (!step->raw && add_pattern(b, &f->prefix, dev, v, err))
		return -1;
	if (add_pattern(b, &step->send, dev, v, err))
		return -1;
	if (step->raw)
		return 0;
	if (b->n + room > sizeof(b->bytes))
		return err_set(err, ERR_FULL, "too much to send");
	if (f->check_sent != CHECKSUM_NONE && b->n > f->sent_from)
		b->n += checksum_put(f->check_sent, b->bytes + f->sent_from,
				     b->n - f->sent_from, b->bytes + b->n);
	memcpy(b->bytes + b->n, f->end, f->n_end);
	b->n += f->n_end;
	return 0;
}

static struct link_end end_of(const struct mark *mark)
{
	return (struct link_end){ mark->bytes, mark->n, mark->extra,
				  mark->count, mark->silence };
}

static bool ends_with(const struct buffer *b, const struct mark *mark)
{
	return mark->n && b->n >= mark->n &&
	       !memcmp(b->bytes + b->n - mark->n, mark->bytes, mark->n);
}

static void drop_front(struct buffer *b, const struct frame_rules *f)
{
	size_t n = 0;

	while (f->skips && n < b->n && b->bytes[n] == f->skip)
		n++;
	memmove(b->bytes, b->bytes + n, b->n - n);
	b->n -= n;
}

/* Leaves the answer without terminator and checksum; false: the checksum is
 * wrong. A checksum stands behind the mark or before it. */
static bool strip(struct buffer *b, const struct frame_rules *f,
		  const struct mark *mark)
{
	size_t size = checksum_size(f->check_answer);
	bool good;

	drop_front(b, f);
	if (!mark->extra && ends_with(b, mark))
		b->n -= mark->n;
	if (!size)
		return true;
	good = checksum_fits(f->check_answer, b->bytes, b->n, f->answer_from);
	if (!good)
		return false;
	b->n -= size;
	if (mark->extra && ends_with(b, mark))
		b->n -= mark->n;
	return true;
}

static bool is_refusal(const struct device *dev, const struct buffer *b)
{
	const struct definition *d = definition_of(dev);
	const struct definition_state *state = dev->state;
	struct pattern_value fields[PATTERN_FIELDS_MAX];
	struct err err = { 0 };

	for (size_t i = 0; i < d->n_errors; i++)
		if (!pattern_match(&d->errors[i].pattern, &state->params,
				   b->bytes, b->n, fields, &err))
			return true;
	return false;
}

static int refuse(const struct ask *ask, const struct buffer *b,
		  struct err *err)
{
	_cleanup_(text_free) struct text shown = { 0 };

	text_add_escaped(&shown, b->bytes, b->n, 60);
	return err_set(err, ERR_RANGE, "%s: the instrument answers '%s'",
		       ask->name, text_str(&shown));
}

static int believe(struct device *dev, const struct ask *ask,
		   const struct ask_step *step, struct buffer *b,
		   struct pattern_value *fields, struct err *err)
{
	const struct definition_state *state = dev->state;
	const struct frame_rules *f = &definition_of(dev)->frame;
	const struct mark *mark = step->has_answer ? &step->answer : &f->answer;
	struct wire *wire = bus_wire(dev->bus);
	struct err first, why;

	if (!strip(b, f, mark))
		return wire_suspect(wire, err, "%s: a wrong checksum",
				    ask->name);
	for (size_t i = 0; i < step->n_expects; i++)
		if (!pattern_match(&step->expect[i], &state->params, b->bytes,
				   b->n, fields, i ? &why : &first))
			return 0;
	if (is_refusal(dev, b))
		return refuse(ask, b, err);
	return wire_suspect(wire, err, "%s: %s%s", ask->name, first.msg,
			    step->n_expects > 1 ? ", and no other answer fits"
						: "");
}

static int do_step(struct device *dev, const struct ask *ask,
		   const struct ask_step *step, struct pattern_sent v,
		   struct pattern_value *fields, struct err *err)
{
	const struct frame_rules *f = &definition_of(dev)->frame;
	struct wire *wire = bus_wire(dev->bus);
	struct buffer question = { .n = 0 }, answer = { .n = 0 };
	struct definition_state *state = dev->state;
	struct wire_ask w = { .reply = f->reply,
			      .gap = f->gap,
			      .asker = &state->epoch };

	if (step->sends && compose(dev, step, v, &question, err))
		return err_wrap(err, "%s", ask->name);
	w.send = question.bytes;
	w.n = question.n;
	if (step->reply)
		w.reply = step->reply;
	if (step->n_expects)
		w.end = end_of(step->has_answer ? &step->answer : &f->answer);
	if (step->optional
		    ? wire_ask_optional(wire, &w, answer.bytes,
					sizeof(answer.bytes), &answer.n, err)
		    : wire_ask(wire, &w, answer.bytes, sizeof(answer.bytes),
			       &answer.n, err))
		return err_wrap(err, "%s", ask->name);
	if (step->n_expects && (answer.n || !step->optional) &&
	    believe(dev, ask, step, &answer, fields, err))
		return -1;
	if (step->pause)
		return link_pause(wire->link, link_now() + step->pause, err);
	return 0;
}

int definition_ask(struct device *dev, const struct ask *ask,
		   struct pattern_sent v, struct pattern_value *fields,
		   struct err *err)
{
	for (size_t i = 0; i < ask->n; i++)
		if (do_step(dev, ask, &ask->v[i], v, fields, err))
			return -1;
	return 0;
}

int definition_tell(struct device *dev, const struct ask *ask,
		    struct pattern_sent v, struct err *err)
{
	nsec gap = definition_of(dev)->frame.gap;
	struct wire *wire = bus_wire(dev->bus);
	struct buffer b = { .n = 0 };

	for (size_t i = 0; i < ask->n; i++) {
		const struct ask_step *step = &ask->v[i];

		if (!step->sends)
			continue;
		if (compose(dev, step, v, &b, err) ||
		    wire_tell(wire, b.bytes, b.n, gap, step->n_expects > 0,
			      err))
			return err_wrap(err, "%s", ask->name);
	}
	return 0;
}
