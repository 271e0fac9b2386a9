#include "ring/sheet.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

static void json_drop(json_t **j)
{
	json_decref(*j);
}

void sheet_fini(struct sheet *s)
{
	free(s->file);
	text_free(&s->text);
	for (size_t i = 0; i < s->n_params; i++) {
		free((char *)s->params[i].name);
		free((char *)s->params[i].value);
	}
	for (size_t i = 0; i < s->n_includes; i++) {
		free(s->includes[i].name);
		text_free(&s->includes[i].text);
		text_free(&s->includes[i].file);
	}
	*s = (struct sheet){ 0 };
}

static int add_param(struct sheet *s, const char *name, const char *value,
		     struct err *err)
{
	if (s->n_params == RECIPE_PARAMS_MAX)
		return err_set(err, ERR_FULL, "more than %d parameters",
			       RECIPE_PARAMS_MAX);
	s->params[s->n_params++] = (struct recipe_param){
		.name = text_dup(name),
		.value = text_dup(value),
	};
	return 0;
}

int sheet_fill(struct sheet *s, const struct recipe_source *source,
	       struct err *err)
{
	sheet_fini(s);
	s->file = text_dup(source->file);
	text_add_n(&s->text, source->text, source->n);
	s->find = source->find;
	s->find_context = source->find_context;
	for (size_t i = 0; i < source->n_params; i++)
		if (add_param(s, source->params[i].name,
			      source->params[i].value, err))
			return -1;
	return 0;
}

void sheet_copy(struct sheet *to, const struct sheet *from)
{
	*to = (struct sheet){ .file = text_dup(from->file),
			      .n_params = from->n_params,
			      .n_includes = from->n_includes,
			      .has_start = from->has_start,
			      .start = from->start };
	text_add_n(&to->text, text_str(&from->text), from->text.n);
	for (size_t i = 0; i < from->n_params; i++)
		to->params[i] = (struct recipe_param){
			text_dup(from->params[i].name),
			text_dup(from->params[i].value),
		};
	for (size_t i = 0; i < from->n_includes; i++) {
		const struct sheet_include *have = &from->includes[i];
		struct sheet_include *copy = &to->includes[i];

		copy->name = text_dup(have->name);
		text_add_n(&copy->text, text_str(&have->text), have->text.n);
		text_add_n(&copy->file, text_str(&have->file), have->file.n);
	}
}

static struct sheet_include *include_of(struct sheet *s, const char *name)
{
	for (size_t i = 0; i < s->n_includes; i++)
		if (!strcmp(s->includes[i].name, name))
			return &s->includes[i];
	return NULL;
}

static struct sheet_include *add_include(struct sheet *s, const char *name,
					 struct err *err)
{
	struct sheet_include *i;

	if (s->n_includes == SHEET_INCLUDES_MAX) {
		err_set(err, ERR_FULL, "more than %d included recipes",
			SHEET_INCLUDES_MAX);
		return NULL;
	}
	i = &s->includes[s->n_includes++];
	*i = (struct sheet_include){ .name = text_dup(name) };
	return i;
}

static int fetch(struct sheet *s, const char *name, struct err *err)
{
	_cleanup_(text_free) struct text text = { 0 }, file = { 0 };
	struct sheet_include *i;

	if (!s->find)
		return err_set(err, ERR_NOT_FOUND, "no recipe '%s'", name);
	if (s->find(s->find_context, name, &text, &file, err))
		return -1;
	i = add_include(s, name, err);
	if (!i)
		return -1;
	text_add_n(&i->text, text_str(&text), text.n);
	text_add_n(&i->file, text_str(&file), file.n);
	return 0;
}

int sheet_find(void *context, const char *name, struct text *out,
	       struct text *file, struct err *err)
{
	struct sheet *s = context;
	const struct sheet_include *i;

	if (!include_of(s, name) && fetch(s, name, err))
		return -1;
	i = include_of(s, name);
	text_add_n(out, text_str(&i->text), i->text.n);
	text_add_n(file, text_str(&i->file), i->file.n);
	return 0;
}

struct recipe_source sheet_source(struct sheet *s)
{
	return (struct recipe_source){
		.text = text_str(&s->text),
		.n = s->text.n,
		.file = s->file,
		.params = s->params,
		.n_params = s->n_params,
		.find = sheet_find,
		.find_context = s,
	};
}

/* Text that was read as a recipe is UTF-8; anything else is not kept. */
static json_t *string_of(const char *s, size_t n)
{
	json_t *j = json_stringn(s, n);

	return j ? j : json_string("");
}

static json_t *object_of_params(const struct sheet *s)
{
	json_t *o = json_object();

	for (size_t i = 0; i < s->n_params; i++)
		json_object_set_new(o, s->params[i].name,
				    string_of(s->params[i].value,
					      strlen(s->params[i].value)));
	return o;
}

static json_t *object_of_includes(const struct sheet *s, bool files)
{
	json_t *o = json_object();

	for (size_t i = 0; i < s->n_includes; i++) {
		const struct text *t =
			files ? &s->includes[i].file : &s->includes[i].text;

		json_object_set_new(o, s->includes[i].name,
				    string_of(text_str(t), t->n));
	}
	return o;
}

/* null is no number: it is not known. jansson prints all digits of others. */
static json_t *number_of(double x)
{
	return isfinite(x) ? json_real(x) : json_null();
}

static double number_from(const json_t *j)
{
	return json_is_number(j) ? json_number_value(j) : NAN;
}

static json_t *object_of_start(const struct recipe_start *start)
{
	const struct ledger *l = &start->ledger;
	json_t *o = json_object();
	json_t *partial = json_array(), *flows = json_array();

	for (size_t i = 0; i < GAS_MAX; i++) {
		json_array_append_new(partial, number_of(l->partial[i]));
		json_array_append_new(flows, json_boolean(l->flows[i]));
	}
	json_object_set_new(o, "temperature_C", number_of(start->temperature));
	json_object_set_new(o, "pressure_Torr", number_of(l->pressure));
	json_object_set_new(o, "last_reactive", json_integer(l->last));
	json_object_set_new(o, "partial_Torr", partial);
	json_object_set_new(o, "flows", flows);
	return o;
}

static void dump(json_t *j, struct text *out)
{
	char *s = json_dumps(j, JSON_COMPACT);

	if (!s)
		abort();
	text_add(out, s);
	free(s);
}

void sheet_print(const struct sheet *s, struct text *out)
{
	_cleanup_(json_drop) json_t *j = json_object();

	json_object_set_new(j, "file", string_of(s->file, strlen(s->file)));
	json_object_set_new(j, "text",
			    string_of(text_str(&s->text), s->text.n));
	json_object_set_new(j, "parameters", object_of_params(s));
	json_object_set_new(j, "includes", object_of_includes(s, false));
	json_object_set_new(j, "include_files", object_of_includes(s, true));
	if (s->has_start)
		json_object_set_new(j, "start", object_of_start(&s->start));
	dump(j, out);
}

void sheet_includes(const struct sheet *s, struct text *out)
{
	_cleanup_(json_drop) json_t *j = object_of_includes(s, false);

	dump(j, out);
}

static int take_params(struct sheet *s, json_t *params, struct err *err)
{
	const char *name;
	json_t *value;

	json_object_foreach(params, name, value)
	{
		if (!json_is_string(value))
			return err_set(err, ERR_INVALID,
				       "parameter %s: not a text", name);
		if (add_param(s, name, json_string_value(value), err))
			return -1;
	}
	return 0;
}

static int take_includes(struct sheet *s, json_t *includes, json_t *files,
			 struct err *err)
{
	const char *name;
	json_t *value;

	json_object_foreach(includes, name, value)
	{
		json_t *file = json_object_get(files, name);
		struct sheet_include *i;

		if (!json_is_string(value))
			return err_set(err, ERR_INVALID,
				       "include %s: not a text", name);
		i = add_include(s, name, err);
		if (!i)
			return -1;
		text_add(&i->text, json_string_value(value));
		text_add(&i->file,
			 json_is_string(file) ? json_string_value(file) : name);
	}
	return 0;
}

static int take_start(struct sheet *s, json_t *start, struct err *err)
{
	const json_t *partial = json_object_get(start, "partial_Torr");
	const json_t *flows = json_object_get(start, "flows");
	const json_t *last = json_object_get(start, "last_reactive");
	struct ledger *l = &s->start.ledger;

	s->has_start = start != NULL;
	if (!start)
		return 0;
	if (json_array_size(partial) > GAS_MAX ||
	    json_array_size(partial) != json_array_size(flows) ||
	    !json_is_integer(last) || json_integer_value(last) < GAS_INERT ||
	    json_integer_value(last) > GAS_BOTH)
		return err_set(err, ERR_INVALID, "a start without its gases");
	for (size_t i = 0; i < json_array_size(partial); i++) {
		l->partial[i] = number_from(json_array_get(partial, i));
		l->flows[i] = json_is_true(json_array_get(flows, i));
	}
	l->last = (enum gas_kind)json_integer_value(last);
	l->pressure = number_from(json_object_get(start, "pressure_Torr"));
	s->start.temperature =
		number_from(json_object_get(start, "temperature_C"));
	return 0;
}

static int take(struct sheet *s, json_t *j, struct err *err)
{
	const char *file = json_string_value(json_object_get(j, "file"));
	const char *text = json_string_value(json_object_get(j, "text"));

	if (!file || !text)
		return err_set(err, ERR_INVALID,
			       "a sheet without its file or text");
	s->file = text_dup(file);
	text_add(&s->text, text);
	if (take_params(s, json_object_get(j, "parameters"), err) ||
	    take_start(s, json_object_get(j, "start"), err))
		return -1;
	return take_includes(s, json_object_get(j, "includes"),
			     json_object_get(j, "include_files"), err);
}

int sheet_parse(struct sheet *s, const char *json, struct err *err)
{
	json_error_t why;
	_cleanup_(json_drop) json_t *j = json_loads(json, 0, &why);

	sheet_fini(s);
	if (!j)
		return err_set(err, ERR_INVALID, "not a sheet: %s", why.text);
	if (!take(s, j, err))
		return 0;
	sheet_fini(s);
	return -1;
}
