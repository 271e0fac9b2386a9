#include "cli/snapshot.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"

#define NAME_MAX_BYTES 160
#define CHOICE_SHOWN_MAX 200

void snapshot_on_update(void *context, const struct client_update *u)
{
	struct snapshot *s = context;
	char name[NAME_MAX_BYTES];

	if (!s->values) {
		s->values = json_object();
		s->errors = json_object();
	}
	snprintf(name, sizeof(name), "%s:%s", u->module, u->parameter);
	if (u->t > s->t)
		s->t = u->t;
	if (u->value) {
		json_object_set_new(s->values, name,
				    json_copy((json_t *)(uintptr_t)u->value));
		json_object_del(s->errors, name);
	} else {
		json_object_set_new(s->errors, name, json_string(u->message));
		json_object_del(s->values, name);
	}
}

void snapshot_fini(struct snapshot *s)
{
	json_decref(s->values);
	json_decref(s->errors);
	*s = (struct snapshot){ 0 };
}

int snapshot_activate(struct client *client, client_on_update *on_update,
		      void *context, struct err *err)
{
	static const char *const modules[] = {
		"run",		 "heater",    "heater_output", "heater_power",
		"cell_pressure", "cell_flow", "beam",	       "daemon",
	};

	client_set_on_update(client, on_update, context);
	return client_activate_modules(client, modules, ARRAY_SIZE(modules),
				       err);
}

const json_t *snapshot_get(const struct snapshot *s, const char *name)
{
	return json_object_get(s->values, name);
}

double snapshot_number(const struct snapshot *s, const char *name)
{
	const json_t *v = snapshot_get(s, name);

	return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

const char *snapshot_text(const struct snapshot *s, const char *name)
{
	const char *text = json_string_value(snapshot_get(s, name));

	return text ? text : "";
}

int64_t snapshot_count(const struct snapshot *s, const char *name)
{
	return json_integer_value(snapshot_get(s, name));
}

bool snapshot_flag(const struct snapshot *s, const char *name)
{
	return json_is_true(snapshot_get(s, name));
}

const char *snapshot_choice(const struct snapshot *s, size_t i)
{
	const json_t *choice =
		json_array_get(snapshot_get(s, "run:_choices"), i);
	const char *text = json_string_value(choice);

	return !choice ? NULL : text ? text : "";
}

void snapshot_choices(const struct snapshot *s, const char *between,
		      struct text *out)
{
	const char *choice;
	size_t i;

	for (i = 0; (choice = snapshot_choice(s, i)); i++) {
		text_add(out, i ? between : "");
		text_add_char(out, '\'');
		text_add_escaped(out, choice, strlen(choice), CHOICE_SHOWN_MAX);
		text_add_char(out, '\'');
	}
}

/* Where this module's values stand in the document. */
static json_t *place(json_t *document, const char *module)
{
	json_t *roles = json_object_get(document, "roles"), *o;

	if (!strcmp(module, "run"))
		return json_object_get(document, "run");
	o = json_object_get(roles, module);
	if (o)
		return o;
	o = json_object();
	json_object_set_new(roles, module, o);
	return o;
}

static void put(json_t *document, const char *name, json_t *value)
{
	const char *colon = strchr(name, ':');
	char module[NAME_MAX_BYTES];

	assert(colon);
	snprintf(module, sizeof(module), "%.*s", (int)(colon - name), name);
	colon++;
	json_object_set(place(document, module),
			*colon == '_' ? colon + 1 : colon, value);
}

json_t *snapshot_json(const struct snapshot *s)
{
	json_t *document = json_pack("{s{}s{}}", "run", "roles"), *value;
	const char *name;

	json_object_foreach(s->values, name, value) put(document, name, value);
	json_object_foreach(s->errors, name, value)
		put(document, name, json_null());
	return document;
}
