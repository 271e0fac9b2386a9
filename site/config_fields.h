/*
 * Single values of the configuration as a table: key, quantity, bounds,
 * default and where it goes. The same rows read it, give the defaults and
 * print it. Inside of site/config*.c.
 */
#ifndef SITE_CONFIG_FIELDS_H
#define SITE_CONFIG_FIELDS_H

#include "base/problems.h"
#include "base/quantity.h"
#include "base/yaml.h"

#define FIELDS_MAX 32

enum field_kind {
	FIELD_QUANTITY, /* double, in the quantity's unit or `text` */
	FIELD_UNIT,	/* double, written with the unit `text` */
	FIELD_TIME,	/* nsec; bounds and preset in seconds */
	FIELD_INTEGER,	/* int */
	FIELD_FLAG,	/* bool: yes, no */
	FIELD_TEXT,	/* char[size] */
	FIELD_GROUP,	/* a mapping of more fields */
};

struct field {
	const char *key;
	enum field_kind kind;
	enum quantity quantity;
	const char *text; /* UNIT: the unit; TEXT: its preset;
					 * QUANTITY: printed with this unit */
	double scale;	  /* QUANTITY: of that unit in the
					 * quantity's own; 0: is its own */
	const struct fields *group;
	size_t offset, size;
	double min, max, preset; /* bounds are inclusive */
};

struct fields {
	const char *what; /* "the holder": for messages */
	const struct field *v;
	size_t n;
};

/* base: the struct that offsets count from. */
void fields_preset(const struct fields *f, void *base);

/* Keys that are not in map keep what they have. An absent map (NULL) is
 * fine. also: further keys of the map that others read, or NULL. */
void fields_read(const struct fields *f, const struct yaml_node *map,
		 const char *const *also, void *base, struct problems *p);

void fields_print(const struct fields *f, const void *base, int indent,
		  struct text *out);

#endif
