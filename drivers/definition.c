/* A definition read: its head, parameters, and what the sections share. */
#include "drivers/definition.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "drivers/definition_device.h"
#include "drivers/definition_read.h"
#include "drivers/settings.h"

const char *definition_kept(struct definition_reader *r, const char *s)
{
	return arena_text(&r->d->arena, s, strlen(s));
}

const char *definition_text(struct definition_reader *r,
			    const struct yaml_node *map, const char *key)
{
	const struct yaml_node *node = yaml_get(map, key);

	if (!node)
		return NULL;
	if (node->kind == YAML_SCALAR)
		return node->s;
	problems_add(r->p, node->at, "%s: one value belongs here", key);
	return NULL;
}

const struct yaml_node *definition_section(struct definition_reader *r,
					   const struct yaml_node *map,
					   const char *key, enum yaml_kind kind)
{
	const struct yaml_node *node = yaml_get(map, key);

	if (!node || node->kind == kind)
		return node;
	problems_add(r->p, node->at, "%s: %s belongs here", key,
		     yaml_kind_name(kind));
	return NULL;
}

const char *definition_numbered(struct definition_reader *r, const char *s)
{
	_cleanup_(text_free) struct text name = { 0 };

	if (!r->nth)
		return definition_kept(r, s);
	text_addf(&name, "%s%zu", s, r->nth);
	return definition_kept(r, text_str(&name));
}

static bool is_hex(const char *s, double *value)
{
	char *end;

	if (strncmp(s, "0x", 2) || !s[2] || strlen(s) > 10)
		return false;
	*value = (double)strtoul(s + 2, &end, 16);
	return !*end;
}

static int plain_number(struct definition_reader *r, const char *s,
			struct place at, double *value)
{
	struct err err = { 0 };

	if (is_hex(s, value) || !number_parse(s, value, &err))
		return 0;
	return problems_add(r->p, at, "a number belongs here");
}

/* What the site gives goes before the usual. */
static int param_number(struct definition_reader *r,
			const struct yaml_node *node, double *value)
{
	const char *name = node->s + 1;
	const struct yaml_node *given = yaml_get(r->given, name);
	int param = names_find(&r->d->params, name);

	if (param < 0)
		return problems_add(r->p, node->at, "%s is no parameter",
				    node->s);
	r->d->shaped = true;
	if (given && given->kind != YAML_SCALAR)
		return problems_add(r->p, given->at, "a number belongs here");
	if (given)
		return plain_number(r, given->s, given->at, value);
	if (!r->d->has_usual[param])
		return problems_add(r->p, node->at, "params: %s is needed",
				    name);
	return plain_number(r, r->d->usual.v[param], node->at, value);
}

int definition_number(struct definition_reader *r, const struct yaml_node *node,
		      double *value)
{
	if (node->kind != YAML_SCALAR)
		return problems_add(r->p, node->at, "a number belongs here");
	return node->s[0] == '$' ? param_number(r, node, value)
				 : plain_number(r, node->s, node->at, value);
}

void definition_take_number(struct definition_reader *r,
			    const struct yaml_node *map, const char *key,
			    double *value)
{
	const struct yaml_node *node = yaml_get(map, key);

	if (node)
		definition_number(r, node, value);
}

void definition_take_whole(struct definition_reader *r,
			   const struct yaml_node *map, const char *key,
			   struct whole range, unsigned *value)
{
	const struct yaml_node *node = yaml_get(map, key);
	double number = 0.0;

	if (!node || definition_number(r, node, &number))
		return;
	if (number >= range.least && number <= range.most &&
	    number == floor(number))
		*value = (unsigned)number;
	else
		problems_add(r->p, node->at, "%s: a whole number from %u to %u",
			     key, range.least, range.most);
}

size_t definition_count(struct definition_reader *r,
			const struct yaml_node *map, unsigned most,
			bool *counted)
{
	unsigned count = 0;

	*counted = yaml_get(map, "count");
	definition_take_whole(r, map, "count", (struct whole){ 0, most },
			      &count);
	return count;
}

void definition_time(struct definition_reader *r, const struct yaml_node *map,
		     const char *key, nsec *value)
{
	const struct yaml_node *node = yaml_get(map, key);
	double seconds = 0.0;

	if (!node || settings_span(node, key, &seconds, r->p))
		return;
	if (seconds > 60.0)
		problems_add(r->p, node->at, "%s: at most 60 s", key);
	else
		*value = nsec_from_s(seconds);
}

bool definition_flag(struct definition_reader *r, const struct yaml_node *map,
		     const char *key)
{
	const struct yaml_node *node = yaml_get(map, key);
	struct err err = { 0 };
	bool flag = false;

	if (node && settings_choice(node, key, "false", "true", &flag, &err))
		problems_add(r->p, node->at, "%s: true or false", key);
	return flag;
}

void definition_unit(struct definition_reader *r, const struct yaml_node *map,
		     enum quantity quantity, struct scale *scale, int *param)
{
	const struct yaml_node *node = yaml_get(map, "unit");
	const char *unit = definition_text(r, map, "unit");
	const char *near;

	*scale = (struct scale){ 1, 1, 0 };
	*param = DEFINITION_NONE;
	if (!unit)
		return;
	if (unit[0] == '$') {
		*param = names_find(&r->d->params, unit + 1);
		if (*param < 0)
			problems_add(r->p, node->at,
				     "unit: %s is no "
				     "parameter",
				     unit);
	} else if (!unit_find(quantity, unit, scale)) {
		near = unit_nearest(quantity, unit);
		problems_add(r->p, node->at,
			     "unit: not one of a %s, such as "
			     "%s",
			     quantity_name(quantity),
			     near ? near : quantity_unit(quantity));
	}
}

static void read_params(struct definition_reader *r)
{
	const struct yaml_node *node, *map;
	struct definition *d = r->d;

	map = definition_section(r, r->root, "params", YAML_MAPPING);
	for (node = map ? map->first : NULL; node; node = node->next) {
		size_t i = d->params.n;

		if (i == PATTERN_PARAMS_MAX) {
			problems_add(r->p, node->key_at,
				     "more than %d "
				     "parameters",
				     PATTERN_PARAMS_MAX);
			return;
		}
		if (node->kind != YAML_SCALAR ||
		    !text_copy(d->usual.v[i], PATTERN_TEXT_MAX, node->s)) {
			problems_add(r->p, node->at,
				     "%s: its usual value, a "
				     "short text, belongs here",
				     node->key);
			continue;
		}
		d->has_usual[i] = strcmp(node->s, "required") != 0;
		d->params.v[d->params.n++] = definition_kept(r, node->key);
	}
}

static const char *needed(struct definition_reader *r, const char *key)
{
	const char *s = definition_text(r, r->root, key);

	if (s && *s)
		return definition_kept(r, s);
	if (!yaml_get(r->root, key))
		problems_add(r->p, r->root->at, "%s is missing", key);
	return "";
}

static const char *joined(struct definition_reader *r, const char *key)
{
	const struct yaml_node *node;
	struct text all = { 0 };
	const char *kept;

	node = definition_section(r, r->root, key, YAML_SEQUENCE);
	for (node = node ? node->first : NULL; node; node = node->next) {
		text_add(&all, all.n ? "; " : "");
		text_add(&all, node->s);
	}
	kept = definition_kept(r, text_str(&all));
	text_free(&all);
	return kept;
}

static void read_head(struct definition_reader *r)
{
	struct definition *d = r->d;
	const struct yaml_node *talks = yaml_get(r->root, "talks");
	struct err err = { 0 };

	if (!text_copy(d->name, sizeof(d->name), needed(r, "definition")))
		problems_add(r->p, yaml_get(r->root, "definition")->at,
			     "a shorter name is needed");
	d->summary = needed(r, "summary");
	d->proof = needed(r, "proof");
	d->unverified = joined(r, "unverified");
	if (settings_choice(talks, "talks", "ascii", "modbus", &d->modbus,
			    &err))
		problems_add(r->p, talks->at, "talks: ascii or modbus");
}

static void check_keys(struct definition_reader *r)
{
	static const char *const ascii[] = { "definition", "summary",  "proof",
					     "unverified", "talks",    "line",
					     "params",	   "frame",    "errors",
					     "identify",   "identity", "init",
					     "ask",	   "channels", "safe",
					     "status",	   NULL };
	static const char *const modbus[] = {
		"definition", "summary",  "proof", "unverified", "talks",
		"line",	      "params",	  "frame", "identity",	 "init",
		"registers",  "channels", "safe",  "status",	 NULL
	};
	static const char *const line[] = { "baud", "format", "flow", "tcp",
					    NULL };
	const struct yaml_node *map;

	yaml_check_keys(r->root, "a definition", r->d->modbus ? modbus : ascii,
			r->p);
	/* For people who write the bus. */
	map = definition_section(r, r->root, "line", YAML_MAPPING);
	if (map)
		yaml_check_keys(map, "line", line, r->p);
}

static void make_driver(struct definition *d, size_t n_channels)
{
	d->driver = definition_driver;
	d->driver.name = d->name;
	d->driver.summary = d->summary;
	d->driver.state_size = sizeof(struct definition_state);
	d->driver.channels = d->channels;
	d->driver.n_channels = n_channels;
	if (d->flags.n)
		d->driver.condition = definition_condition;
}

static void read_all(struct definition_reader *r)
{
	struct definition *d = r->d;

	read_head(r);
	check_keys(r);
	read_params(r);
	definition_read_frame(r);
	if (d->modbus)
		definition_read_registers(r);
	else
		definition_read_asks(r);
	definition_read_channels(r);
	definition_read_flags(r);
	definition_read_identity(r);
	definition_read_acts(r, "init", d->init, &d->n_init);
	definition_read_acts(r, "safe", d->safe, &d->n_safe);
	if (!yaml_get(r->root, "safe"))
		problems_add(r->p, r->root->at,
			     "safe is missing; safe: [] for "
			     "an instrument that only measures");
	definition_plan_blocks(d);
	make_driver(d, d->driver.n_channels);
}

struct definition *definition_parse_for(const struct yaml_node *params,
					const char *text, size_t n,
					const char *file,
					struct problems *problems)
{
	size_t before = problems->n_all;
	struct yaml *yaml = yaml_parse(text, n, file, problems);
	struct definition_reader r = { .given = params, .p = problems };

	if (!yaml)
		return NULL;
	r.root = yaml_root(yaml);
	r.d = memory_zeroed(1, sizeof(*r.d));
	if (r.root->kind == YAML_MAPPING)
		read_all(&r);
	else
		problems_add(problems, r.root->at, "a definition is a mapping");
	yaml_tree_free(yaml);
	if (problems->n_all == before)
		return r.d;
	definition_free(r.d);
	return NULL;
}

struct definition *definition_parse(const char *text, size_t n,
				    const char *file, struct problems *problems)
{
	return definition_parse_for(NULL, text, n, file, problems);
}

void definition_free(struct definition *d)
{
	if (!d)
		return;
	arena_free(&d->arena);
	free(d);
}
