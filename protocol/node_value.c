#include "protocol/node.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "protocol/node_parts.h"

static struct parameter *parameter_at(struct node *n, int parameter)
{
	assert(parameter >= 0 && parameter < n->n_parameters);
	return &n->parameters[parameter];
}

static bool is_text(const struct parameter *p, const char *s, size_t length)
{
	return p->string.n == length &&
	       !memcmp(text_str(&p->string), s, length);
}

/*
 * Time passes for an unchanged reading, too, but it is told only now and
 * then, so that who draws it sees that it is alive. A time that went
 * backwards (it cannot, but a daemon that lives for months should not bet on
 * it) counts as a long time.
 */
static bool is_due(const struct parameter *p, nsec t)
{
	return t < p->updated || t - p->updated >= NODE_REPEAT;
}

static void put(struct node *n, struct parameter *p, bool changed, nsec t)
{
	p->t = t;
	p->printed = false;
	if (!changed && (p->kind != VALUE_DOUBLE || !is_due(p, t)))
		return;
	p->updated = t;
	if (n->modules[p->module].n_active)
		node_changed(n, (int)(p - n->parameters));
}

static void put_text(struct parameter *p, const char *s, size_t length)
{
	text_clear(&p->string);
	text_add_n(&p->string, s, length);
}

void node_set_double(struct node *n, int parameter, double v, nsec t)
{
	struct parameter *p = parameter_at(n, parameter);
	bool changed = p->kind != VALUE_DOUBLE || p->number != v;

	assert(p->datainfo->type == DATAINFO_DOUBLE);
	if (!isfinite(v)) {
		node_set_error(n, parameter, ERROR_HARDWARE, "no good reading",
			       t);
		return;
	}
	p->kind = VALUE_DOUBLE;
	p->number = v;
	put(n, p, changed, t);
}

static void set_integer(struct node *n, struct parameter *p,
			enum value_kind kind, int64_t v, nsec t)
{
	bool changed = p->kind != kind || p->integer != v;

	p->kind = kind;
	p->integer = v;
	put(n, p, changed, t);
}

void node_set_int(struct node *n, int parameter, int64_t v, nsec t)
{
	struct parameter *p = parameter_at(n, parameter);

	assert(p->datainfo->type == DATAINFO_INT ||
	       p->datainfo->type == DATAINFO_ENUM);
	set_integer(n, p, VALUE_INT, v, t);
}

void node_set_bool(struct node *n, int parameter, bool v, nsec t)
{
	struct parameter *p = parameter_at(n, parameter);

	assert(p->datainfo->type == DATAINFO_BOOL);
	set_integer(n, p, VALUE_BOOL, v, t);
}

static void set_text(struct node *n, struct parameter *p, enum value_kind kind,
		     const char *v, nsec t)
{
	size_t length = strlen(v);
	bool changed = p->kind != kind || !is_text(p, v, length);

	p->kind = kind;
	if (changed)
		put_text(p, v, length);
	put(n, p, changed, t);
}

void node_set_string(struct node *n, int parameter, const char *v, nsec t)
{
	struct parameter *p = parameter_at(n, parameter);

	assert(p->datainfo->type == DATAINFO_STRING);
	set_text(n, p, VALUE_STRING, v, t);
}

void node_set_json(struct node *n, int parameter, const char *json, nsec t)
{
	set_text(n, parameter_at(n, parameter), VALUE_JSON, json, t);
}

void node_set_status(struct node *n, int parameter, int code, const char *text,
		     nsec t)
{
	struct parameter *p = parameter_at(n, parameter);
	size_t length = strlen(text);
	bool changed = p->kind != VALUE_STATUS || p->integer != code ||
		       !is_text(p, text, length);

	assert(p->datainfo->type == DATAINFO_TUPLE);
	p->kind = VALUE_STATUS;
	p->integer = code;
	if (changed)
		put_text(p, text, length);
	put(n, p, changed, t);
}

void node_set_error(struct node *n, int parameter, enum error_class c,
		    const char *text, nsec t)
{
	struct parameter *p = parameter_at(n, parameter);
	size_t length = strlen(text);
	bool changed = p->kind != VALUE_ERROR || p->error != c ||
		       !is_text(p, text, length);

	assert(c != ERROR_NONE);
	p->kind = VALUE_ERROR;
	p->error = c;
	if (changed)
		put_text(p, text, length);
	put(n, p, changed, t);
}

/* -- printing ---------------------------------------------------------- */

/* What is longer than promised would be dropped by a client as a whole. */
static void print_text(const struct parameter *p, const struct datainfo *d,
		       struct text *out)
{
	json_add_string_cut(out, text_str(&p->string), p->string.n, d->maxlen);
}

static void print_status(const struct parameter *p, struct text *out)
{
	text_add_char(out, '[');
	json_add_int(out, p->integer);
	text_add_char(out, ',');
	print_text(p, p->datainfo->members[1].of, out);
	text_add_char(out, ']');
}

static void print_value(const struct parameter *p, struct text *out)
{
	switch (p->kind) {
	case VALUE_NONE:
	case VALUE_ERROR: break; /* printed as errors */
	case VALUE_DOUBLE: json_add_double(out, p->number); break;
	case VALUE_INT: json_add_int(out, p->integer); break;
	case VALUE_BOOL: text_add(out, p->integer ? "true" : "false"); break;
	case VALUE_STRING: print_text(p, p->datainfo, out); break;
	case VALUE_STATUS: print_status(p, out); break;
	case VALUE_JSON: text_add(out, text_str(&p->string)); break;
	}
}

/* Some clients end when a report has no time. */
static void print_time(nsec t, struct text *out)
{
	text_add(out, ",{\"t\":");
	json_add_time(out, t);
	text_add(out, "}]");
}

static void print_error(const struct node *n, const struct parameter *p,
			struct text *out)
{
	bool none = p->kind == VALUE_NONE;

	text_add_char(out, '[');
	json_add_string(out,
			error_class_name(none ? ERROR_READ_FAILED : p->error));
	text_add_char(out, ',');
	json_add_string(out, none ? "not read yet" : text_str(&p->string));
	print_time(none ? n->since : p->t, out);
}

static void print_report(const struct node *n, const struct parameter *p,
			 struct text *out)
{
	if (p->kind == VALUE_NONE || p->kind == VALUE_ERROR) {
		print_error(n, p, out);
		return;
	}
	text_add_char(out, '[');
	print_value(p, out);
	print_time(p->t, out);
}

const struct text *node_report(struct node *n, struct parameter *p)
{
	if (!p->printed) {
		text_clear(&p->report);
		print_report(n, p, &p->report);
		p->printed = true;
	}
	return &p->report;
}
