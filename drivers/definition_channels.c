/* The sections channels, identity, init and safe. */
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "drivers/definition_read.h"

static int find_ask(const struct definition *d, const char *name, size_t n)
{
	for (size_t i = 0; i < d->n_asks; i++)
		if (strlen(d->asks[i].name) == n &&
		    !memcmp(d->asks[i].name, name, n))
			return (int)i;
	return DEFINITION_NONE;
}

static int find_register(const struct definition *d, const char *name)
{
	for (size_t i = 0; i < d->n_registers; i++)
		if (!strcmp(d->registers[i].name, name))
			return (int)i;
	return DEFINITION_NONE;
}

/* Of several its own, else one that all of them share. */
static int need_register(struct definition_reader *r,
			 const struct yaml_node *node)
{
	int reg = find_register(r->d, definition_numbered(r, node->s));

	if (reg < 0 && r->nth)
		reg = find_register(r->d, node->s);
	if (reg < 0)
		problems_add(r->p, node->at, "there is no register '%s'",
			     node->s);
	return reg;
}

/* "poll.p1": field p1 of the answer to poll. */
static void read_from(struct definition_reader *r, const struct yaml_node *node,
		      struct source *source)
{
	const char *dot = strchr(node->s, '.');
	struct definition *d = r->d;

	if (d->modbus) {
		source->reg = need_register(r, node);
		return;
	}
	source->ask = find_ask(d, node->s,
			       dot ? (size_t)(dot - node->s) : strlen(node->s));
	if (source->ask < 0 || !dot) {
		problems_add(r->p, node->at,
			     "an ask and one of its values, "
			     "such as poll.p, belong here");
		source->ask = DEFINITION_NONE;
		return;
	}
	source->field = names_find(&d->asks[source->ask].fields, dot + 1);
	if (source->field < 0)
		problems_add(r->p, node->at, "'%s' has no value '%s'",
			     d->asks[source->ask].name, dot + 1);
}

static void read_to(struct definition_reader *r, const struct yaml_node *node,
		    struct source *source)
{
	if (r->d->modbus) {
		source->write_reg = need_register(r, node);
		return;
	}
	source->write_ask = find_ask(r->d, node->s, strlen(node->s));
	if (source->write_ask < 0)
		problems_add(r->p, node->at, "there is no ask '%s'", node->s);
}

static bool reads_word(const struct definition *d, const struct source *s)
{
	const struct ask *ask = s->ask < 0 ? NULL : &d->asks[s->ask];

	if (s->reg >= 0)
		return d->registers[s->reg].type == REGISTER_TEXT;
	for (size_t i = 0; ask && s->field >= 0 && i < ask->n; i++)
		for (size_t k = 0; k < ask->v[i].n_expects; k++)
			if (pattern_has_text(&ask->v[i].expect[k], s->field))
				return true;
	return false;
}

static bool sends_word(const struct definition *d, int ask)
{
	for (size_t i = 0; ask >= 0 && i < d->asks[ask].n; i++)
		if (pattern_sends_word(&d->asks[ask].v[i].send))
			return true;
	return false;
}

/* What comes or goes as a word needs numbers for its words. */
static void check_words(struct definition_reader *r,
			const struct yaml_node *map, struct source *source)
{
	const struct definition *d = r->d;
	bool in = reads_word(d, source), out = sends_word(d, source->write_ask);
	bool both = yaml_get(map, "read") && yaml_get(map, "write");

	source->words = in || out;
	if (both && in != out && !d->modbus)
		problems_add(r->p, yaml_get(map, "write")->at,
			     "write: %s is sent, %s is read: make two "
			     "channels, and say readback",
			     out ? "a word" : "a number",
			     in ? "a word" : "a number");
	else if (source->words && !yaml_get(map, "map"))
		problems_add(r->p, map->at,
			     "%s: comes as a word: map says which number each "
			     "one is, such as {OFF: 0, ON: 1}",
			     map->key);
}

/* map: {62: 0, 10: 1}: the instrument's number or word, then ours. */
static void read_map(struct definition_reader *r, const struct yaml_node *map,
		     struct source *source)
{
	for (const struct yaml_node *node = map ? map->first : NULL; node;
	     node = node->next) {
		struct yaml_node key = { .kind = YAML_SCALAR,
					 .s = node->key,
					 .at = node->key_at };
		struct mapping *m = &source->map[source->n_map];

		if (source->n_map == DEFINITION_MAP_MAX) {
			problems_add(r->p, node->at, "more than %d",
				     DEFINITION_MAP_MAX);
			return;
		}
		if (definition_number(r, node, &m->value))
			continue;
		m->raw = m->value;
		if (source->words)
			m->word = definition_kept(r, node->key);
		else if (definition_number(r, &key, &m->raw))
			continue;
		source->n_map++;
	}
}

static void read_numbers(struct definition_reader *r,
			 const struct yaml_node *list, double *out, size_t *n)
{
	for (const struct yaml_node *node = list ? list->first : NULL; node;
	     node = node->next) {
		if (*n == DEFINITION_MAP_MAX) {
			problems_add(r->p, node->at, "more than %d",
				     DEFINITION_MAP_MAX);
			return;
		}
		if (!definition_number(r, node, &out[*n]))
			++*n;
	}
}

/* valid: {s1: [0]}: the value counts when field s1 is one of these. */
static void read_valid(struct definition_reader *r, const struct yaml_node *map,
		       struct source *source)
{
	const struct yaml_node *node = map->first;

	if (map->n != 1 || node->kind != YAML_SEQUENCE) {
		problems_add(r->p, map->at,
			     "valid: one name with a list of "
			     "numbers, such as {state: [0]}");
		return;
	}
	if (r->d->modbus)
		source->valid_field = find_register(r->d, node->key);
	else if (source->ask >= 0)
		source->valid_field =
			names_find(&r->d->asks[source->ask].fields, node->key);
	if (source->valid_field < 0)
		problems_add(r->p, node->key_at,
			     "valid: there is no '%s' "
			     "here",
			     node->key);
	read_numbers(r, node, source->valid, &source->n_valid);
}

static void read_limit(struct definition_reader *r, const struct yaml_node *map,
		       const char *key, enum quantity quantity, double *value)
{
	const struct yaml_node *node = yaml_get(map, key);
	struct err err = { 0 };

	if (node && (node->kind != YAML_SCALAR ||
		     quantity_parse(quantity, node->s, value, &err)))
		problems_add(r->p, node->at, "%s: %s", key,
			     err.msg[0] ? err.msg : "one value belongs here");
}

/* How far apart two readings are: a number in our unit, or one with a unit. */
static void read_width(struct definition_reader *r, const struct yaml_node *map,
		       const char *key, enum quantity quantity, double *value)
{
	const struct yaml_node *node = yaml_get(map, key);
	struct err err = { 0 };

	if (!node ||
	    (node->kind == YAML_SCALAR && !number_parse(node->s, value, &err)))
		return;
	if (quantity == QUANTITY_TEMPERATURE)
		quantity = QUANTITY_DIFFERENCE;
	read_limit(r, map, key, quantity, value);
}

/* range: [0 Torr, 1000 Torr]: a reading outside of it is none. */
static void read_range(struct definition_reader *r, const struct yaml_node *map,
		       struct channel *c)
{
	const struct yaml_node *list =
		definition_section(r, map, "range", YAML_SEQUENCE);
	struct err err = { 0 };

	if (!list)
		return;
	if (list->n != 2 || list->first->kind != YAML_SCALAR ||
	    list->first->next->kind != YAML_SCALAR ||
	    quantity_parse(c->quantity, list->first->s, &c->lowest, &err) ||
	    quantity_parse(c->quantity, list->first->next->s, &c->highest,
			   &err) ||
	    !(c->lowest < c->highest))
		problems_add(r->p, list->at,
			     "range: the lowest and the highest reading "
			     "belong here%s%s",
			     err.msg[0] ? ": " : "", err.msg);
}

static enum quantity read_quantity(struct definition_reader *r,
				   const struct yaml_node *map)
{
	const char *name = definition_text(r, map, "quantity");
	enum quantity quantity = QUANTITY_NUMBER;
	struct err err = { 0 };

	if (name && quantity_from_name(name, &quantity, &err))
		problems_add(r->p, yaml_get(map, "quantity")->at, "%s",
			     err.msg);
	return quantity;
}

static void read_conversion(struct definition_reader *r,
			    const struct yaml_node *map, struct source *source,
			    enum quantity quantity)
{
	const struct yaml_node *node;

	definition_unit(r, map, quantity, &source->scale, &source->unit_param);
	definition_take_number(r, map, "scale", &source->factor);
	definition_take_number(r, map, "wrap", &source->wrap);
	if (source->factor == 0.0)
		problems_add(r->p, map->at, "scale: not 0");
	source->eeprom = definition_flag(r, map, "eeprom");
	check_words(r, map, source);
	read_map(r, definition_section(r, map, "map", YAML_MAPPING), source);
	read_numbers(r, definition_section(r, map, "bad", YAML_SEQUENCE),
		     source->bad, &source->n_bad);
	node = definition_section(r, map, "valid", YAML_MAPPING);
	if (node)
		read_valid(r, node, source);
	node = yaml_get(map, "decimals");
	if (node)
		source->decimals = need_register(r, node);
}

static void read_access(struct definition_reader *r,
			const struct yaml_node *map, struct source *source,
			struct channel *channel)
{
	const struct yaml_node *from = yaml_get(map, "read");
	const struct yaml_node *to = yaml_get(map, "write");

	if (definition_text(r, map, "read")) {
		read_from(r, from, source);
		channel->access |= CHANNEL_READ;
	}
	if (definition_text(r, map, "write")) {
		read_to(r, to, source);
		channel->access |= CHANNEL_WRITE;
	}
	if (!channel->access)
		problems_add(r->p, map->key_at,
			     "%s: needs read, write or "
			     "both",
			     map->key);
}

static void read_channel(struct definition_reader *r,
			 const struct yaml_node *map, size_t i)
{
	static const char *const keys[] = {
		"read",	    "write",	"quantity", "unit",	  "scale",
		"decimals", "map",	"bad",	    "valid",	  "wrap",
		"eeprom",   "min",	"max",	    "resolution", "tolerance",
		"offset",   "readback", "range",    "count",	  NULL
	};
	struct channel *c = &r->d->channels[i];
	struct source *s = &r->d->sources[i];
	const char *readback;

	*s = (struct source){
		.ask = DEFINITION_NONE,
		.reg = DEFINITION_NONE,
		.field = DEFINITION_NONE,
		.write_ask = DEFINITION_NONE,
		.write_reg = DEFINITION_NONE,
		.decimals = DEFINITION_NONE,
		.unit_param = DEFINITION_NONE,
		.factor = 1.0,
		.valid_field = DEFINITION_NONE,
	};
	c->name = definition_numbered(r, map->key);
	yaml_check_keys(map, "a channel", keys, r->p);
	c->quantity = read_quantity(r, map);
	read_access(r, map, s, c);
	read_conversion(r, map, s, c->quantity);
	read_limit(r, map, "min", c->quantity, &c->min);
	read_limit(r, map, "max", c->quantity, &c->max);
	read_width(r, map, "resolution", c->quantity, &c->resolution);
	read_width(r, map, "tolerance", c->quantity, &c->tolerance);
	read_width(r, map, "offset", c->quantity, &c->offset);
	read_range(r, map, c);
	readback = definition_text(r, map, "readback");
	if (readback)
		c->readback = definition_kept(r, readback);
	if (c->max < c->min)
		problems_add(r->p, map->at, "max is below min");
}

static int find_channel(const struct definition *d, const char *name)
{
	for (size_t i = 0; i < d->driver.n_channels; i++)
		if (!strcmp(d->channels[i].name, name))
			return (int)i;
	return DEFINITION_NONE;
}

static void check_readbacks(struct definition_reader *r,
			    const struct yaml_node *map)
{
	for (const struct yaml_node *node = map->first; node;
	     node = node->next) {
		const struct yaml_node *name = yaml_get(node, "readback");

		if (name && find_channel(r->d, name->s) < 0)
			problems_add(r->p, name->at,
				     "readback: there is no "
				     "channel '%s'",
				     name->s);
	}
}

static void add_channels(struct definition_reader *r,
			 const struct yaml_node *map)
{
	bool counted;
	size_t n = definition_count(r, map, DEVICE_CHANNELS_MAX, &counted);

	if (counted && !r->d->modbus)
		problems_add(r->p, map->at,
			     "count: of registers and what is made of them");
	for (size_t i = 0; i < (counted ? n : 1); i++) {
		if (r->d->driver.n_channels == DEVICE_CHANNELS_MAX) {
			problems_add(r->p, map->key_at, "more than %d channels",
				     DEVICE_CHANNELS_MAX);
			break;
		}
		r->nth = counted ? i + 1 : 0;
		read_channel(r, map, r->d->driver.n_channels++);
	}
	r->nth = 0;
}

void definition_read_channels(struct definition_reader *r)
{
	const struct yaml_node *map, *node;

	map = definition_section(r, r->root, "channels", YAML_MAPPING);
	if (!map || !map->n) {
		problems_add(r->p, r->root->at, "channels are missing");
		return;
	}
	for (node = map->first; node; node = node->next)
		if (node->kind == YAML_MAPPING)
			add_channels(r, node);
		else
			problems_add(r->p, node->at, "a channel is a mapping");
	if (!r->d->driver.n_channels)
		problems_add(r->p, map->at, "not one channel is left");
	check_readbacks(r, map);
}

static void read_identity(struct definition_reader *r,
			  const struct yaml_node *map, struct identity *id)
{
	static const char *const keys[] = { "quantity", "unit", "register",
					    "is", NULL };
	const struct yaml_node *reg = yaml_get(map, "register");

	*id = (struct identity){ .field = DEFINITION_NONE,
				 .reg = DEFINITION_NONE,
				 .name = definition_kept(r, map->key),
				 .unit_param = DEFINITION_NONE };
	yaml_check_keys(map, "an identity", keys, r->p);
	id->quantity = read_quantity(r, map);
	id->is_number = yaml_get(map, "quantity");
	definition_unit(r, map, id->quantity, &id->scale, &id->unit_param);
	id->has_is = yaml_get(map, "is");
	definition_take_number(r, map, "is", &id->is);
	if (r->d->modbus && reg)
		id->reg = need_register(r, reg);
	else if (r->d->modbus)
		id->reg = find_register(r->d, map->key);
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
		act->ask = find_ask(d, value->s, strlen(value->s));
		if (act->ask < 0)
			problems_add(r->p, value->at, "there is no ask '%s'",
				     value->s);
		else if (sends_word(d, act->ask))
			problems_add(r->p, value->at,
				     "'%s' sends a word: set its channel",
				     value->s);
		return;
	}
	act->channel = find_channel(d, definition_numbered(r, value->key));
	if (act->channel < 0 ||
	    !(d->channels[act->channel].access & CHANNEL_WRITE)) {
		problems_add(r->p, value->key_at,
			     "'%s' is no channel that "
			     "can be set",
			     value->key);
		return;
	}
	read_limit(r, node, value->key, d->channels[act->channel].quantity,
		   &act->value);
}

/* `out: off` of four outputs: out1 to out4. */
static void add_acts(struct definition_reader *r, const struct yaml_node *node,
		     struct act *acts, size_t *n)
{
	bool counted = is_counted(r, node->first->key);

	for (size_t i = 1; i <= DEVICE_CHANNELS_MAX; i++) {
		r->nth = counted ? i : 0;
		if (counted &&
		    find_channel(r->d,
				 definition_numbered(r, node->first->key)) < 0)
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
