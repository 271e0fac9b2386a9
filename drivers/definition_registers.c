/* The section registers, and which of them are read at once. */
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "drivers/definition_read.h"

#define ACK_USUAL (1 * NSEC_PER_S)
#define WORDS_MAX 31 /* of a text; PATTERN_TEXT_MAX with its end */

static const struct {
	const char *name;
	enum register_type type;
	uint16_t words;
} types[] = {
	{ "u16", REGISTER_U16, 1 },   { "i16", REGISTER_I16, 1 },
	{ "u32", REGISTER_U32, 2 },   { "i32", REGISTER_I32, 2 },
	{ "f32", REGISTER_F32, 2 },   { "bool", REGISTER_BOOL, 1 },
	{ "text", REGISTER_TEXT, 1 },
};

static const char *const spaces[] = {
	[MODBUS_COIL] = "coil",
	[MODBUS_DISCRETE] = "discrete",
	[MODBUS_HOLDING] = "holding",
	[MODBUS_INPUT] = "input",
};

_Static_assert(2 * WORDS_MAX < PATTERN_TEXT_MAX, "a text and its end");

static void read_space(struct definition_reader *r, const struct yaml_node *map,
		       struct reg *reg)
{
	const char *s = definition_text(r, map, "space");

	reg->space = MODBUS_HOLDING;
	for (size_t i = 0; s && i < ARRAY_SIZE(spaces); i++)
		if (!strcmp(s, spaces[i])) {
			reg->space = (enum modbus_space)i;
			return;
		}
	if (s)
		problems_add(r->p, yaml_get(map, "space")->at,
			     "space: "
			     "holding, input, coil or discrete");
}

static void read_type(struct definition_reader *r, const struct yaml_node *map,
		      struct reg *reg)
{
	const char *s = definition_text(r, map, "type");
	bool bits = reg->space == MODBUS_COIL || reg->space == MODBUS_DISCRETE;

	reg->type = bits ? REGISTER_BOOL : REGISTER_U16;
	reg->n = 1;
	for (size_t i = 0; s && i < ARRAY_SIZE(types); i++)
		if (!strcmp(s, types[i].name)) {
			reg->type = types[i].type;
			reg->n = types[i].words;
			s = NULL;
		}
	if (s)
		problems_add(r->p, yaml_get(map, "type")->at,
			     "type: u16, "
			     "i16, u32, i32, f32, bool or text");
	if (bits && reg->type != REGISTER_BOOL)
		problems_add(r->p, map->at,
			     "a coil or discrete input is a "
			     "bool");
}

static void read_address(struct definition_reader *r,
			 const struct yaml_node *map, const char *key,
			 uint16_t *at)
{
	unsigned value = *at;

	definition_take_whole(r, map, key, (struct whole){ 0, 0xffff }, &value);
	*at = (uint16_t)value;
}

/* Of a whole number of one or two words. */
static void read_bit(struct definition_reader *r, const struct yaml_node *map,
		     struct reg *reg)
{
	const struct yaml_node *node = yaml_get(map, "bit");
	const unsigned most = 16 * reg->n - 1U, none = most + 1;
	unsigned bit = none;

	reg->bit = DEFINITION_NONE;
	if (!node)
		return;
	if (reg->type == REGISTER_F32 || reg->type == REGISTER_TEXT ||
	    reg->type == REGISTER_BOOL)
		problems_add(r->p, node->at, "bit: of a whole number only");
	else
		definition_take_whole(r, map, "bit", (struct whole){ 0, most },
				      &bit);
	if (bit != none)
		reg->bit = (int)bit;
}

static void read_register(struct definition_reader *r,
			  const struct yaml_node *map, struct reg *reg)
{
	static const char *const keys[] = { "at",    "read_at", "space",
					    "type",  "bit",	"words",
					    "count", "ack",	NULL };
	unsigned words = 0;

	*reg = (struct reg){ .name = definition_numbered(r, map->key),
			     .order = r->d->order,
			     .ack = { .reg = DEFINITION_NONE } };
	yaml_check_keys(map, "a register", keys, r->p);
	read_space(r, map, reg);
	read_type(r, map, reg);
	if (!yaml_get(map, "at"))
		problems_add(r->p, map->at,
			     "a register needs its address: "
			     "at");
	read_address(r, map, "at", &reg->at);
	reg->read_at = reg->at;
	read_address(r, map, "read_at", &reg->read_at);
	read_bit(r, map, reg);
	definition_take_whole(r, map, "words", (struct whole){ 1, WORDS_MAX },
			      &words);
	if (words && reg->type != REGISTER_TEXT)
		problems_add(r->p, map->at, "words: of a text only");
	else if (words)
		reg->n = (uint16_t)words;
}

/* The nth of several follows the one before it. */
static void move_on(struct definition_reader *r, const struct yaml_node *map,
		    struct reg *reg)
{
	size_t ahead = (r->nth - 1) * reg->n;

	if (reg->at + ahead > UINT16_MAX || reg->read_at + ahead > UINT16_MAX) {
		problems_add(r->p, map->at, "%s: an address from 0 to 65535",
			     reg->name);
		return;
	}
	reg->at = (uint16_t)(reg->at + ahead);
	reg->read_at = (uint16_t)(reg->read_at + ahead);
}

static void add_registers(struct definition_reader *r,
			  const struct yaml_node *map)
{
	struct definition *d = r->d;
	bool counted;
	size_t n = definition_count(r, map, DEFINITION_REGISTERS_MAX, &counted);

	for (size_t i = 0; i < (counted ? n : 1); i++) {
		if (d->n_registers == DEFINITION_REGISTERS_MAX) {
			problems_add(r->p, map->key_at,
				     "more than %d registers",
				     DEFINITION_REGISTERS_MAX);
			break;
		}
		r->nth = counted ? i + 1 : 0;
		r->registers[d->n_registers].map = map;
		r->registers[d->n_registers].nth = r->nth;
		read_register(r, map, &d->registers[d->n_registers]);
		if (counted)
			move_on(r, map, &d->registers[d->n_registers]);
		d->n_registers++;
	}
	r->nth = 0;
}

/* refused: {32769: "unknown command"}: the number, then why. */
static void read_refused(struct definition_reader *r,
			 const struct yaml_node *map,
			 struct acknowledgement *ack)
{
	const struct yaml_node *node =
		definition_section(r, map, "refused", YAML_MAPPING);

	for (node = node ? node->first : NULL; node; node = node->next) {
		struct yaml_node key = { .kind = YAML_SCALAR,
					 .s = node->key,
					 .at = node->key_at };

		if (ack->n_refused == DEFINITION_REFUSED_MAX) {
			problems_add(r->p, node->at, "more than %d",
				     DEFINITION_REFUSED_MAX);
			return;
		}
		if (node->kind != YAML_SCALAR)
			problems_add(r->p, node->at, "why, in a few words");
		else if (!definition_number(r, &key,
					    &ack->refused[ack->n_refused].raw))
			ack->refused[ack->n_refused++].why =
				definition_kept(r, node->s);
	}
}

/* ack: {register: result, is: [0], within: 1 s} */
static void read_ack(struct definition_reader *r, const struct yaml_node *map,
		     struct acknowledgement *ack)
{
	static const char *const keys[] = { "register", "is", "refused",
					    "within", NULL };
	const struct yaml_node *by = yaml_get(map, "register"), *node;

	yaml_check_keys(map, "ack", keys, r->p);
	ack->within = ACK_USUAL;
	definition_time(r, map, "within", &ack->within);
	if (!definition_text(r, map, "register"))
		problems_add(r->p, map->at, "ack: which register says so?");
	else
		ack->reg = definition_need_register(r, by);
	if (ack->reg >= 0 && r->d->registers[ack->reg].type == REGISTER_TEXT)
		problems_add(r->p, by->at, "ack: a text is no number");
	node = definition_section(r, map, "is", YAML_SEQUENCE);
	if (!node || !node->n || node->n > DEFINITION_ACK_MAX) {
		problems_add(r->p, node ? node->at : map->at,
			     "ack: what it has to become: is, with 1 to %d "
			     "numbers",
			     DEFINITION_ACK_MAX);
		return;
	}
	for (node = node->first; node; node = node->next)
		if (!definition_number(r, node, &ack->is[ack->n_is]))
			ack->n_is++;
	read_refused(r, map, ack);
}

/* When all registers are known. */
static void read_acks(struct definition_reader *r)
{
	for (size_t i = 0; i < r->d->n_registers; i++) {
		const struct yaml_node *map = r->registers[i].map;

		r->nth = r->registers[i].nth;
		map = definition_section(r, map, "ack", YAML_MAPPING);
		if (map)
			read_ack(r, map, &r->d->registers[i].ack);
	}
	r->nth = 0;
}

void definition_read_registers(struct definition_reader *r)
{
	const struct yaml_node *map, *node;

	map = definition_section(r, r->root, "registers", YAML_MAPPING);
	for (node = map ? map->first : NULL; node; node = node->next)
		if (node->kind == YAML_MAPPING)
			add_registers(r, node);
		else
			problems_add(r->p, node->at, "a register is a mapping");
	read_acks(r);
}

static uint64_t bit(int reg)
{
	return reg < 0 ? 0 : UINT64_C(1) << reg;
}

static uint64_t polled(const struct definition *d)
{
	uint64_t all = 0;

	for (size_t i = 0; i < d->driver.n_channels; i++) {
		const struct source *s = &d->sources[i];

		all |= bit(s->reg) | bit(s->decimals);
		if (s->n_valid)
			all |= bit(s->valid_field);
	}
	all |= bit(d->flags.reg);
	return all;
}

/* The register of `left` with the lowest space and address. */
static int lowest(const struct definition *d, uint64_t left)
{
	int best = DEFINITION_NONE;

	for (size_t i = 0; i < d->n_registers; i++) {
		const struct reg *a = &d->registers[i], *b;

		if (!(left & bit((int)i)))
			continue;
		b = best < 0 ? NULL : &d->registers[best];
		if (!b || a->space < b->space ||
		    (a->space == b->space && a->read_at < b->read_at))
			best = (int)i;
	}
	return best;
}

static bool joins(const struct definition *d, const struct block *block,
		  const struct reg *reg)
{
	int end = block->at + block->n, hole = reg->read_at - end;
	int reach = reg->read_at + reg->n - block->at;

	return reg->space == block->space && hole <= d->max_hole &&
	       (reach <= d->max_block || reach <= block->n);
}

/* A value of two words is never torn: it is in one block whole. */
void definition_plan_blocks(struct definition *d)
{
	uint64_t left = polled(d);
	int i;

	while ((i = lowest(d, left)) >= 0) {
		const struct reg *reg = &d->registers[i];
		struct block *block =
			d->n_blocks ? &d->blocks[d->n_blocks - 1] : NULL;

		if (!block || !joins(d, block, reg)) {
			block = &d->blocks[d->n_blocks++];
			*block = (struct block){ .space = reg->space,
						 .at = reg->read_at };
		}
		if (reg->read_at + reg->n - block->at > block->n)
			block->n =
				(uint16_t)(reg->read_at + reg->n - block->at);
		block->members |= bit(i);
		left &= ~bit(i);
	}
}
