/* The sections identity, init and safe. */
#include <string.h>

#include "drivers/definition_read.h"

static void read_identity(struct definition_reader *r,
			  const struct yaml_node *map, struct identity *id)
{
	static const char *const keys[] = { "quantity", "unit",	   "register",
					    "is",	"changes", NULL };
	const struct yaml_node *reg = yaml_get(map, "register");

	*id = (struct identity){ .field = DEFINITION_NONE,
				 .reg = DEFINITION_NONE,
				 .name = definition_kept(r, map->key),
				 .unit_param = DEFINITION_NONE };
	yaml_check_keys(map, "an identity", keys, r->p);
	id->quantity = definition_quantity(r, map);
	id->is_number = yaml_get(map, "quantity");
	definition_unit(r, map, id->quantity, &id->scale, &id->unit_param);
	id->has_is = yaml_get(map, "is");
	id->changes = definition_flag(r, map, "changes");
	definition_take_number(r, map, "is", &id->is);
	if (r->d->modbus && reg)
		id->reg = definition_need_register(r, reg);
	else if (r->d->modbus)
		id->reg = definition_find_register(r->d, map->key);
	else
		id->field = names_find(&r->d->identify.fields, map->key);
	if (id->reg < 0 && id->field < 0)
		problems_add(r->p, map->key_at,
			     "%s: identify does not find "
			     "it out",
			     map->key);
	else if (id->field >= 0 && r->d->identify.optional >> id->field & 1)
		problems_add(r->p, map->key_at,
			     "%s: is in an answer that is optional: what may "
			     "be missing identifies nothing",
			     map->key);
}

void definition_read_identity(struct definition_reader *r)
{
	const struct yaml_node *map, *node;
	struct definition *d = r->d;

	map = definition_section(r, r->root, "identity", YAML_MAPPING);
	for (node = map ? map->first : NULL; node; node = node->next) {
		if (d->n_identity == DEFINITION_IDENTITY_MAX)
			problems_add(r->p, node->at, "more than %d",
				     DEFINITION_IDENTITY_MAX);
		else if (node->kind != YAML_MAPPING)
			problems_add(r->p, node->at,
				     "a mapping belongs here, "
				     "such as {}");
		else
			read_identity(r, node, &d->identity[d->n_identity++]);
	}
}

static bool is_counted(const struct definition_reader *r, const char *channel)
{
	return yaml_get(yaml_get(yaml_get(r->root, "channels"), channel),
			"count");
}

static void read_act(struct definition_reader *r, const struct yaml_node *node,
		     struct act *act)
{
	struct definition *d = r->d;
	const struct yaml_node *value = node->first;

	*act = (struct act){ DEFINITION_NONE, DEFINITION_NONE, 0.0 };
	if (!strcmp(value->key, "ask") && value->kind == YAML_SCALAR) {
		act->ask = definition_find_ask(d, value->s, strlen(value->s));
		if (act->ask < 0)
			problems_add(r->p, value->at, "there is no ask '%s'",
				     value->s);
		else if (definition_sends_word(d, act->ask))
			problems_add(r->p, value->at,
				     "'%s' sends a word: set its channel",
				     value->s);
		return;
	}
	act->channel =
		definition_find_channel(d, definition_numbered(r, value->key));
	if (act->channel < 0 ||
	    !(d->channels[act->channel].access & CHANNEL_WRITE)) {
		problems_add(r->p, value->key_at,
			     "'%s' is no channel that "
			     "can be set",
			     value->key);
		return;
	}
	definition_limit(r, node, value->key,
			 d->channels[act->channel].quantity, &act->value);
}

/* `out: off` of four outputs: out1 to out4. */
static void add_acts(struct definition_reader *r, const struct yaml_node *node,
		     struct act *acts, size_t *n)
{
	bool counted = is_counted(r, node->first->key);

	for (size_t i = 1; i <= DEVICE_CHANNELS_MAX; i++) {
		r->nth = counted ? i : 0;
		if (counted &&
		    definition_find_channel(
			    r->d, definition_numbered(r, node->first->key)) < 0)
			break;
		if (*n == DEFINITION_ACTS_MAX) {
			problems_add(r->p, node->at, "more than %d",
				     DEFINITION_ACTS_MAX);
			break;
		}
		read_act(r, node, &acts[(*n)++]);
		if (!counted)
			break;
	}
	r->nth = 0;
}

void definition_read_acts(struct definition_reader *r, const char *key,
			  struct act *acts, size_t *n)
{
	const struct yaml_node *node;

	node = definition_section(r, r->root, key, YAML_SEQUENCE);
	for (node = node ? node->first : NULL; node; node = node->next) {
		if (node->kind != YAML_MAPPING || node->n != 1)
			problems_add(r->p, node->at,
				     "one channel with its "
				     "value, such as {setpoint: 0 sccm}, or "
				     "{ask: NAME}");
		else
			add_acts(r, node, acts, n);
	}
}
