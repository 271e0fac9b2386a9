/* The section channels. */
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "drivers/definition_read.h"

int definition_find_ask(const struct definition *d, const char *name, size_t n)
{
	for (size_t i = 0; i < d->n_asks; i++)
		if (strlen(d->asks[i].name) == n &&
		    !memcmp(d->asks[i].name, name, n))
			return (int)i;
	return DEFINITION_NONE;
}

int definition_find_register(const struct definition *d, const char *name)
{
	for (size_t i = 0; i < d->n_registers; i++)
		if (!strcmp(d->registers[i].name, name))
			return (int)i;
	return DEFINITION_NONE;
}

int definition_need_register(struct definition_reader *r,
			     const struct yaml_node *node)
{
	int reg =
		definition_find_register(r->d, definition_numbered(r, node->s));

	if (reg < 0 && r->nth)
		reg = definition_find_register(r->d, node->s);
	if (reg < 0)
		problems_add(r->p, node->at, "there is no register '%s'",
			     node->s);
	return reg;
}

void definition_read_from(struct definition_reader *r,
			  const struct yaml_node *node, int *ask, int *field,
			  int *reg)
{
	const char *dot = strchr(node->s, '.');
	struct definition *d = r->d;

	if (d->modbus) {
		*reg = definition_need_register(r, node);
		return;
	}
	*ask = definition_find_ask(
		d, node->s, dot ? (size_t)(dot - node->s) : strlen(node->s));
	if (*ask < 0 || !dot) {
		problems_add(r->p, node->at,
			     "an ask and one of its values, "
			     "such as poll.p, belong here");
		*ask = DEFINITION_NONE;
		return;
	}
	*field = names_find(&d->asks[*ask].fields, dot + 1);
	if (*field < 0)
		problems_add(r->p, node->at, "'%s' has no value '%s'",
			     d->asks[*ask].name, dot + 1);
}

static void check_writable(struct definition_reader *r,
			   const struct yaml_node *node, const struct reg *reg)
{
	if (reg->space == MODBUS_INPUT || reg->space == MODBUS_DISCRETE)
		problems_add(r->p, node->at,
			     "'%s' is an input: nobody writes it", reg->name);
	else if (reg->type == REGISTER_TEXT)
		problems_add(r->p, node->at, "'%s' is a text: it is only read",
			     reg->name);
}

static void read_to(struct definition_reader *r, const struct yaml_node *node,
		    struct source *source)
{
	if (r->d->modbus) {
		source->write_reg = definition_need_register(r, node);
		if (source->write_reg >= 0)
			check_writable(r, node,
				       &r->d->registers[source->write_reg]);
		return;
	}
	source->write_ask = definition_find_ask(r->d, node->s, strlen(node->s));
	if (source->write_ask < 0)
		problems_add(r->p, node->at, "there is no ask '%s'", node->s);
}

static bool has_field(const struct definition *d, int ask, int field,
		      bool (*is)(const struct pattern *pattern, int index))
{
	for (size_t i = 0; ask >= 0 && field >= 0 && i < d->asks[ask].n; i++) {
		const struct ask_step *step = &d->asks[ask].v[i];

		for (size_t k = 0; k < step->n_expects; k++)
			if (is(&step->expect[k], field))
				return true;
	}
	return false;
}

static bool reads_word(const struct definition *d, const struct source *s)
{
	if (s->reg >= 0)
		return d->registers[s->reg].type == REGISTER_TEXT;
	return has_field(d, s->ask, s->field, pattern_has_text);
}

bool definition_has_words(const struct definition *d, int ask, int field)
{
	return has_field(d, ask, field, pattern_has_words);
}

bool definition_sends_word(const struct definition *d, int ask)
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
	bool in = reads_word(d, source),
	     out = definition_sends_word(d, source->write_ask);
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
		source->valid_field = definition_find_register(r->d, node->key);
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

void definition_limit(struct definition_reader *r, const struct yaml_node *map,
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

	if (!node)
		return;
	if (quantity == QUANTITY_TEMPERATURE)
		quantity = QUANTITY_DIFFERENCE;
	if (node->kind != YAML_SCALAR || number_parse(node->s, value, &err))
		definition_limit(r, map, key, quantity, value);
	if (!(*value >= 0 && *value <= CHANNEL_WIDTH_MAX))
		problems_add(r->p, node->at, CHANNEL_WIDTH_WORDS, key);
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

enum quantity definition_quantity(struct definition_reader *r,
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
		source->decimals = definition_need_register(r, node);
}

static void read_access(struct definition_reader *r,
			const struct yaml_node *map, struct source *source,
			struct channel *channel)
{
	const struct yaml_node *from = yaml_get(map, "read");
	const struct yaml_node *to = yaml_get(map, "write");

	if (definition_text(r, map, "read")) {
		definition_read_from(r, from, &source->ask, &source->field,
				     &source->reg);
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
	c->quantity = definition_quantity(r, map);
	read_access(r, map, s, c);
	read_conversion(r, map, s, c->quantity);
	definition_limit(r, map, "min", c->quantity, &c->min);
	definition_limit(r, map, "max", c->quantity, &c->max);
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

int definition_find_channel(const struct definition *d, const char *name)
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

		if (name && definition_find_channel(r->d, name->s) < 0)
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
