#include "cli/roles.h"

#include <string.h>

#include "base/array.h"
#include "base/quantity.h"
#include "cli/figure.h"
#include "protocol/json.h"

static const char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

static const json_t *datainfo_of(const json_t *module, const char *parameter)
{
	const json_t *accessibles = json_object_get(module, "accessibles");

	return json_object_get(json_object_get(accessibles, parameter),
			       "datainfo");
}

json_t *roles_ask(struct client *client, struct err *err)
{
	json_t *answer, *list = NULL;
	enum error_class class;

	if (client_do(client, "daemon:_roles", NULL, &answer, err))
		return NULL;
	if (json_is_string(answer))
		list = json_read(json_string_value(answer),
				 json_string_length(answer), &class, err);
	else
		err_set(err, ERR_PROTOCOL,
			"the daemon's list of roles is none");
	json_decref(answer);
	return list;
}

void roles_read(struct roles *roles, const json_t *description)
{
	json_t *modules = json_object_get(description, "modules"), *module;
	const char *name, *role;

	roles->n = 0;
	json_object_foreach(modules, name, module)
	{
		role = text_of(module, "_role");
		if (!*role || roles->n == ROLES_MAX)
			continue;
		roles->v[roles->n++] = (struct role){
			.name = role,
			.module = name,
			.unit = text_of(datainfo_of(module, "value"), "unit"),
			.value = datainfo_of(module, "value"),
			.target = datainfo_of(module, "target"),
		};
	}
}

const struct role *roles_find(const struct roles *roles, const char *name,
			      struct err *err)
{
	const char *names[ROLES_MAX + 1], *near;
	size_t i;

	for (i = 0; i < roles->n; i++) {
		if (!strcmp(roles->v[i].name, name) ||
		    !strcmp(roles->v[i].module, name))
			return &roles->v[i];
		names[i] = roles->v[i].name;
	}
	names[i] = NULL;
	near = text_nearest(name, names);
	if (near)
		err_set(err, ERR_NOT_FOUND,
			"there is no role '%s'; did you "
			"mean '%s'?",
			name, near);
	else
		err_set(err, ERR_NOT_FOUND, "there is no role '%s'", name);
	return NULL;
}

static const char *member_of(const json_t *members, const json_t *value)
{
	json_t *code;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)members, name,
			    code) if (json_integer_value(code) ==
				      json_integer_value(value)) return name;
	return NULL;
}

void roles_print(const json_t *datainfo, const json_t *value, struct text *out)
{
	const json_t *members = json_object_get(datainfo, "members");
	const char *name = json_is_integer(value) && members
				   ? member_of(members, value)
				   : NULL;
	char figure[FIGURE_MAX];

	if (name) {
		text_add(out, name);
	} else if (json_is_number(value)) {
		figure_value(json_number_value(value),
			     text_of(datainfo, "unit"), figure);
		text_add(out, figure);
	} else if (json_is_string(value)) {
		text_add(out, json_string_value(value));
	} else {
		text_add(out, "-");
	}
}

void roles_module(const char *name, char out[ROLES_NAME_MAX])
{
	char *dot;

	text_copy(out, ROLES_NAME_MAX, name);
	while ((dot = strchr(out, '.')))
		*dot = '_';
}

const char *roles_near_module(const json_t *description, const char *name)
{
	json_t *modules = json_object_get(description, "modules"), *module;
	const char *names[ROLES_MAX + 1], *key;
	size_t n = 0;

	json_object_foreach(modules, key, module)
	{
		if (n < ROLES_MAX)
			names[n++] = key;
	}
	names[n] = NULL;
	return text_nearest(name, names);
}

/* -- what people write ------------------------------------------------- */

static bool quantity_of(const char *unit, enum quantity *q)
{
	int i;

	for (i = QUANTITY_TEMPERATURE; i < QUANTITY_N; i++) {
		const char *own = quantity_unit((enum quantity)i);

		if (*own &&
		    (!strcmp(own, unit) || !strcmp(own, figure_unit(unit)))) {
			*q = (enum quantity)i;
			return true;
		}
	}
	return false;
}

static int parse_number(const struct role *role, const char *s,
			struct text *json, struct err *err)
{
	enum quantity q = QUANTITY_NUMBER;
	double v;

	if (*role->unit && !quantity_of(role->unit, &q)) {
		if (number_parse(s, &v, err))
			return err_wrap(err, "in %s", role->unit);
	} else if (quantity_parse(q, s, &v, err)) {
		return -1;
	}
	json_add_double(json, v);
	return 0;
}

static int refuse_word(const json_t *members, const char *s, struct err *err)
{
	_cleanup_(text_free) struct text list = { 0 };
	const char *name;
	json_t *code;

	json_object_foreach((json_t *)(uintptr_t)members, name, code)
		text_addf(&list, "%s%s", list.n ? " or " : "", name);
	return err_set(err, ERR_INVALID, "'%s' is none of its values: %s", s,
		       text_str(&list));
}

/* Its own words first; on, off, yes, no mean the same for all of two. */
static int parse_word(const json_t *members, const char *s, struct text *json,
		      struct err *err)
{
	const json_t *code = json_object_get(members, s);
	double v;

	if (!code && json_object_size(members) == 2 &&
	    !quantity_parse(QUANTITY_SWITCH, s, &v, err)) {
		json_add_int(json, v > 0.5);
		return 0;
	}
	if (!code)
		return refuse_word(members, s, err);
	json_add_int(json, json_integer_value(code));
	return 0;
}

int roles_parse(const struct role *role, const char *s, struct text *json,
		struct err *err)
{
	const json_t *members = json_object_get(role->target, "members");

	if (!role->target)
		return err_set(err, ERR_DENIED, "%s can only be read",
			       role->name);
	return members ? parse_word(members, s, json, err)
		       : parse_number(role, s, json, err);
}
