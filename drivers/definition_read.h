/* What the files that read a definition share. Inside definition_*.c. */
#ifndef DRIVERS_DEFINITION_READ_H
#define DRIVERS_DEFINITION_READ_H

#include "drivers/definition.h"

struct definition_reader {
	struct definition *d;
	const struct yaml_node *root;
	const struct yaml_node *given; /* params of the site, or NULL */
	struct problems *p;
	size_t nth; /* of a counted register or channel, from 1; 0: of none */
	/* Where each register stands. */
	struct {
		const struct yaml_node *map;
		size_t nth;
	} registers[DEFINITION_REGISTERS_MAX];
};

/* NULL, with a problem when it is there but no scalar. */
const char *definition_text(struct definition_reader *r,
			    const struct yaml_node *map, const char *key);
/* The section of that kind, or NULL (with a problem when of another). */
const struct yaml_node *definition_section(struct definition_reader *r,
					   const struct yaml_node *map,
					   const char *key,
					   enum yaml_kind kind);
/* A number, decimal or 0x, or $param; what the key has not stays as it is. */
int definition_number(struct definition_reader *r, const struct yaml_node *node,
		      double *value);
void definition_take_number(struct definition_reader *r,
			    const struct yaml_node *map, const char *key,
			    double *value);
/* A whole number from least to most; what has no such key, or is no such
 * number, which is told, stays as it is. */
struct whole {
	unsigned least, most;
};
void definition_take_whole(struct definition_reader *r,
			   const struct yaml_node *map, const char *key,
			   struct whole range, unsigned *value);
void definition_time(struct definition_reader *r, const struct yaml_node *map,
		     const char *key, nsec *value);
const char *definition_kept(struct definition_reader *r, const char *s);
/* With the number of the one being read behind it: "out3". */
const char *definition_numbered(struct definition_reader *r, const char *s);
/* How many there are of what map describes; 0 with *counted false: one,
 * without a number. */
size_t definition_count(struct definition_reader *r,
			const struct yaml_node *map, unsigned most,
			bool *counted);
bool definition_flag(struct definition_reader *r, const struct yaml_node *map,
		     const char *key);
/* A unit, or $param. */
void definition_unit(struct definition_reader *r, const struct yaml_node *map,
		     enum quantity quantity, struct scale *scale, int *param);

/* A value of a quantity; what the key has not stays as it is. */
void definition_limit(struct definition_reader *r, const struct yaml_node *map,
		      const char *key, enum quantity quantity, double *value);
enum quantity definition_quantity(struct definition_reader *r,
				  const struct yaml_node *map);

/* Indices, or DEFINITION_NONE. */
int definition_find_ask(const struct definition *d, const char *name, size_t n);
int definition_find_register(const struct definition *d, const char *name);
int definition_find_channel(const struct definition *d, const char *name);
/* Of several its own, else one that all of them share; with a problem. */
int definition_need_register(struct definition_reader *r,
			     const struct yaml_node *node);
bool definition_sends_word(const struct definition *d, int ask);

/* "poll.p1" or a register, into *ask and *field, or *reg. */
void definition_read_from(struct definition_reader *r,
			  const struct yaml_node *node, int *ask, int *field,
			  int *reg);
bool definition_has_words(const struct definition *d, int ask, int field);

void definition_read_frame(struct definition_reader *r);
void definition_read_asks(struct definition_reader *r);
void definition_read_registers(struct definition_reader *r);
void definition_read_channels(struct definition_reader *r);
void definition_read_identity(struct definition_reader *r);
void definition_read_acts(struct definition_reader *r, const char *key,
			  struct act *acts, size_t *n);
void definition_read_flags(struct definition_reader *r);
void definition_plan_blocks(struct definition *d);

#endif
