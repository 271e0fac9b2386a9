/* The sections frame, errors, identify and ask. */
#include <string.h>

#include "base/array.h"
#include "drivers/definition_read.h"

#define REPLY_USUAL (500 * NSEC_PER_MS)
#define MAX_BLOCK_USUAL 16

static void read_bytes(struct definition_reader *r,
		       const struct yaml_node *node, char *out, size_t *n)
{
	struct err err = { 0 };

	if (node->kind != YAML_SCALAR)
		problems_add(r->p, node->at, "a text belongs here");
	else if (pattern_bytes(node->s, out, DEFINITION_MARK_MAX, n, &err))
		problems_add(r->p, node->at, "%s", err.msg);
}

/* "<CR>", or {end: "<ETX>", extra: 1}, {n: 11}, {silence: 20 ms}. */
static void read_mark(struct definition_reader *r, const struct yaml_node *node,
		      struct mark *mark)
{
	static const char *const keys[] = { "end", "extra", "n", "silence",
					    NULL };
	unsigned extra = 0, count = 0;

	*mark = (struct mark){ 0 };
	if (node->kind == YAML_SCALAR) {
		read_bytes(r, node, mark->bytes, &mark->n);
		return;
	}
	yaml_check_keys(node, "an answer's end", keys, r->p);
	if (yaml_get(node, "end"))
		read_bytes(r, yaml_get(node, "end"), mark->bytes, &mark->n);
	definition_take_whole(r, node, "extra", (struct whole){ 0, 8 }, &extra);
	definition_take_whole(r, node, "n",
			      (struct whole){ 1, DEFINITION_FRAME_MAX },
			      &count);
	definition_time(r, node, "silence", &mark->silence);
	mark->extra = extra;
	mark->count = count;
	if (!mark->n && !mark->count && !mark->silence)
		problems_add(r->p, node->at,
			     "an answer needs an end, a "
			     "number of bytes, or a silence");
}

static void read_pattern(struct definition_reader *r,
			 const struct yaml_node *node, struct names *fields,
			 struct pattern *pattern)
{
	struct err err = { 0 };

	if (node->kind != YAML_SCALAR)
		problems_add(r->p, node->at, "a text belongs here");
	else if (pattern_parse(node->s, &r->d->params, fields, &r->d->arena,
			       pattern, &err))
		problems_add(r->p, node->at, "%s", err.msg);
}

/* check: {send: xor, send_from: 1, answer: sum-dec3, answer_from: 0} */
static void read_check(struct definition_reader *r, const struct yaml_node *map)
{
	static const char *const keys[] = { "send", "send_from", "answer",
					    "answer_from", NULL };
	struct frame_rules *f = &r->d->frame;
	const char *sent = definition_text(r, map, "send");
	const char *answer = definition_text(r, map, "answer");
	const struct whole within = { 0, DEFINITION_FRAME_MAX };
	struct err err = { 0 };

	yaml_check_keys(map, "check", keys, r->p);
	if (sent && checksum_from_name(sent, &f->check_sent, &err))
		problems_add(r->p, yaml_get(map, "send")->at, "%s", err.msg);
	if (answer && checksum_from_name(answer, &f->check_answer, &err))
		problems_add(r->p, yaml_get(map, "answer")->at, "%s", err.msg);
	definition_take_whole(r, map, "send_from", within, &f->sent_from);
	definition_take_whole(r, map, "answer_from", within, &f->answer_from);
}

static void read_order(struct definition_reader *r, const struct yaml_node *map)
{
	static const char *const names[] = { "ABCD", "CDAB", "BADC", "DCBA" };
	const char *s = definition_text(r, map, "order");

	for (size_t i = 0; s && i < ARRAY_SIZE(names); i++)
		if (!strcmp(s, names[i])) {
			r->d->order = (enum modbus_order)i;
			return;
		}
	if (s)
		problems_add(r->p, yaml_get(map, "order")->at,
			     "order: ABCD, CDAB, BADC or DCBA");
}

static void read_modbus_frame(struct definition_reader *r,
			      const struct yaml_node *map)
{
	static const char *const keys[] = { "reply",	 "gap",	     "order",
					    "max_block", "max_hole", "write",
					    NULL };
	struct definition *d = r->d;
	const char *write = definition_text(r, map, "write");
	unsigned block = MAX_BLOCK_USUAL, hole = 0;

	if (map)
		yaml_check_keys(map, "frame", keys, r->p);
	read_order(r, map);
	definition_take_whole(r, map, "max_block",
			      (struct whole){ 1, MODBUS_WORDS_MAX }, &block);
	definition_take_whole(r, map, "max_hole",
			      (struct whole){ 0, MODBUS_WORDS_MAX }, &hole);
	d->max_block = (uint16_t)block;
	d->max_hole = (uint16_t)hole;
	d->single = write && !strcmp(write, "single");
	if (write && !d->single && strcmp(write, "multiple"))
		problems_add(r->p, yaml_get(map, "write")->at,
			     "write: single or multiple");
}

static void read_ascii_frame(struct definition_reader *r,
			     const struct yaml_node *map)
{
	static const char *const keys[] = { "send", "answer", "prefix", "reply",
					    "gap",  "check",  "skip",	NULL };
	struct frame_rules *f = &r->d->frame;
	const struct yaml_node *node;
	char skip[DEFINITION_MARK_MAX];
	size_t n = 0;

	if (!map) {
		problems_add(r->p, r->root->at, "frame is missing");
		return;
	}
	yaml_check_keys(map, "frame", keys, r->p);
	if ((node = yaml_get(map, "send")))
		read_bytes(r, node, f->end, &f->n_end);
	if ((node = yaml_get(map, "answer")))
		read_mark(r, node, &f->answer);
	else
		problems_add(r->p, map->at, "frame: how does an answer end?");
	if ((node = yaml_get(map, "prefix")))
		read_pattern(r, node, NULL, &f->prefix);
	if ((node = definition_section(r, map, "check", YAML_MAPPING)))
		read_check(r, node);
	if ((node = yaml_get(map, "skip"))) {
		read_bytes(r, node, skip, &n);
		f->skips = n == 1;
		f->skip = f->skips ? skip[0] : 0;
		if (n != 1)
			problems_add(r->p, node->at, "skip: one byte");
	}
}

static void read_errors(struct definition_reader *r)
{
	const struct yaml_node *node;
	struct definition *d = r->d;

	node = definition_section(r, r->root, "errors", YAML_SEQUENCE);
	for (node = node ? node->first : NULL; node; node = node->next) {
		struct refusal *e = &d->errors[d->n_errors];

		if (d->n_errors == DEFINITION_ERRORS_MAX) {
			problems_add(r->p, node->at, "more than %d errors",
				     DEFINITION_ERRORS_MAX);
			return;
		}
		read_pattern(r, node, &e->fields, &e->pattern);
		d->n_errors++;
	}
}

void definition_read_frame(struct definition_reader *r)
{
	const struct yaml_node *map;
	struct frame_rules *f = &r->d->frame;

	map = definition_section(r, r->root, "frame", YAML_MAPPING);
	f->reply = REPLY_USUAL;
	definition_time(r, map, "reply", &f->reply);
	definition_time(r, map, "gap", &f->gap);
	if (r->d->modbus) {
		read_modbus_frame(r, map);
		return;
	}
	read_ascii_frame(r, map);
	read_errors(r);
}

/* One pattern, or a list of those that are all right. */
static void read_expect(struct definition_reader *r,
			const struct yaml_node *node, struct ask *ask,
			struct ask_step *step)
{
	ask->fields.again = ask->fields.n;
	if (node->kind != YAML_SEQUENCE) {
		read_pattern(r, node, &ask->fields, &step->expect[0]);
		step->n_expects = 1;
		return;
	}
	if (!node->n || node->n > DEFINITION_EXPECTS_MAX) {
		problems_add(r->p, node->at, "expect: 1 to %d patterns",
			     DEFINITION_EXPECTS_MAX);
		return;
	}
	for (node = node->first; node; node = node->next)
		read_pattern(r, node, &ask->fields,
			     &step->expect[step->n_expects++]);
}

/* What is said of an answer needs one. */
static void refuse_keys_of_answers(struct definition_reader *r,
				   const struct yaml_node *step)
{
	static const char *const keys[] = { "answer", "reply", "optional" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const struct yaml_node *node = yaml_get(step, keys[i]);

		if (node)
			problems_add(r->p, node->key_at,
				     "%s: of an answer, but none is expected",
				     keys[i]);
	}
}

static void read_step(struct definition_reader *r, const struct yaml_node *node,
		      struct ask *ask)
{
	static const char *const keys[] = { "send",	"expect", "raw",
					    "answer",	"pause",  "reply",
					    "optional", NULL };
	struct ask_step *step = &ask->v[ask->n];
	size_t known = ask->fields.n;
	const struct yaml_node *send, *expect, *answer;

	if (node->kind != YAML_MAPPING) {
		problems_add(r->p, node->at,
			     "a step is a mapping with send, "
			     "expect or both");
		return;
	}
	yaml_check_keys(node, "a step", keys, r->p);
	send = yaml_get(node, "send");
	expect = yaml_get(node, "expect");
	answer = yaml_get(node, "answer");
	if (!send && !expect)
		problems_add(r->p, node->at, "a step needs send or expect");
	step->sends = send;
	step->has_answer = answer;
	step->raw = definition_flag(r, node, "raw");
	if (send)
		read_pattern(r, send, NULL, &step->send);
	if (expect)
		read_expect(r, expect, ask, step);
	if (answer)
		read_mark(r, answer, &step->answer);
	definition_time(r, node, "pause", &step->pause);
	definition_time(r, node, "reply", &step->reply);
	step->optional = definition_flag(r, node, "optional");
	for (size_t i = known; step->optional && i < ask->fields.n; i++)
		ask->optional |= UINT32_C(1) << i;
	if (!expect)
		refuse_keys_of_answers(r, node);
	ask->n++;
}

/* One step may stand alone, several are a list. */
static void read_ask(struct definition_reader *r, const struct yaml_node *node,
		     struct ask *ask)
{
	if (node->kind != YAML_SEQUENCE) {
		read_step(r, node, ask);
		return;
	}
	if (node->n > DEFINITION_STEPS_MAX) {
		problems_add(r->p, node->at, "more than %d steps",
			     DEFINITION_STEPS_MAX);
		return;
	}
	for (node = node->first; node; node = node->next)
		read_step(r, node, ask);
}

void definition_read_asks(struct definition_reader *r)
{
	const struct yaml_node *map, *node = yaml_get(r->root, "identify");
	struct definition *d = r->d;

	if (node)
		read_ask(r, node, &d->identify);
	d->identify.name = "identify";
	map = definition_section(r, r->root, "ask", YAML_MAPPING);
	for (node = map ? map->first : NULL; node; node = node->next) {
		if (d->n_asks == DEFINITION_ASKS_MAX) {
			problems_add(r->p, node->key_at, "more than %d asks",
				     DEFINITION_ASKS_MAX);
			return;
		}
		d->asks[d->n_asks].name = definition_kept(r, node->key);
		read_ask(r, node, &d->asks[d->n_asks++]);
	}
}
