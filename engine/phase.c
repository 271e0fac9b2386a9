#include "engine/phase.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "engine/verbs.h"

/* Exact: the text is read back as the same double. */
static const char *print_exact(struct compiler *c, double value,
			       const char *unit)
{
	char number[NUMBER_TEXT_MAX], text[NUMBER_TEXT_MAX + 16];

	number_print(value, number);
	snprintf(text, sizeof(text), "%s %s", number, unit);
	return arena_text(&c->arena, text, strlen(text));
}

void phase_give(struct compiler *c, struct phase_given *given, const char *name,
		enum quantity q, double value)
{
	const char *text = print_exact(c, value, quantity_unit(q));

	scope_add(&given->scope, name, scope_scalar(&c->arena, c->at, text));
}

void phase_give_role(struct compiler *c, struct phase_given *given,
		     const char *name, int role)
{
	scope_add(&given->scope, name,
		  scope_scalar(&c->arena, c->at, c->site->roles[role].name));
}

void phase_give_gas(struct compiler *c, struct phase_given *given,
		    const struct mixture *gas)
{
	const struct gases *g = &c->site->gases;
	struct yaml_node *map = arena_take(&c->arena, sizeof(*map)), *part,
			 **end = &map->first;

	map->kind = YAML_MAPPING;
	map->at = c->at;
	for (size_t i = 1; i < g->n; i++) {
		if (!(gas->x[i] > 0))
			continue;
		part = scope_scalar(&c->arena, c->at,
				    print_exact(c, gas->x[i] * 100, "%"));
		part->key = g->v[i].name;
		part->key_at = c->at;
		*end = part;
		end = &part->next;
		map->n++;
	}
	scope_add(&given->scope, "gas", map);
}

bool phase_need(struct compiler *c, enum phase phase)
{
	if (c->site->phases[phase])
		return true;
	compiler_problem(c, c->at,
			 "this laboratory has no phase '%s' in its "
			 "configuration: it cannot do this",
			 phase_name(phase));
	return false;
}

void phase_add(struct compiler *c, enum phase phase,
	       const struct phase_given *given, const char *label)
{
	const struct scope *scope = c->scope;
	const char *prefix = c->prefix;
	unsigned place = c->place;

	c->scope = &given->scope;
	c->prefix = label;
	c->place = place | IN_PHASE;
	verbs_compile(c, c->site->phases[phase]);
	c->scope = scope;
	c->prefix = prefix;
	c->place = place;
}
