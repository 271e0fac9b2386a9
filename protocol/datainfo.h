/*
 * What values a parameter can have and a command takes: SECoP's datainfo, as
 * a constant tree that can be printed and that checks a JSON value.
 *
 * All members are optional unless said; {.type = DATAINFO_DOUBLE} is a
 * double without limits or unit.
 */
#ifndef PROTOCOL_DATAINFO_H
#define PROTOCOL_DATAINFO_H

#include "base/array.h"
#include "base/text.h"
#include "protocol/json.h"

#define DATAINFO_MEMBERS_MAX 32
#define DATAINFO_DEPTH_MAX 6

enum datainfo_type {
	DATAINFO_NONE, /* a command's missing argument or result */
	DATAINFO_DOUBLE,
	DATAINFO_INT, /* min and max are mandatory */
	DATAINFO_BOOL,
	DATAINFO_ENUM,	 /* members: name, code */
	DATAINFO_STRING, /* maxlen in code points, mandatory */
	DATAINFO_ARRAY,	 /* items; maxlen mandatory */
	DATAINFO_TUPLE,	 /* members: of */
	DATAINFO_STRUCT, /* members: name, of, optional */
};

struct datainfo;

struct datainfo_member {
	const char *name;
	int code;		   /* enum */
	const struct datainfo *of; /* tuple, struct */
	bool optional;		   /* struct: a client may leave it out */
};

struct datainfo {
	enum datainfo_type type;
	bool limited;	       /* double: min and max count */
	double min, max;       /* double, int; inclusive */
	const char *unit;      /* double, int; UTF-8 */
	const char *fmtstr;    /* double; "%.2f" */
	size_t minlen, maxlen; /* string, array */
	bool utf8;	       /* string: may hold more than ASCII */
	size_t n_members;
	const struct datainfo_member *members;
	const struct datainfo *items; /* array */
};

/* {"type":"double","min":0,...} */
void datainfo_print(const struct datainfo *d, struct text *out);

/*
 * Is the value one of these? 0, or -1 with ERROR_WRONG_TYPE or ERROR_RANGE
 * and a sentence that names the value and the bound. On success *value may
 * have been replaced by its normal form: enum names become their codes, 5.0
 * an integer where one is wanted, 0 and 1 a bool, whole numbers stay what
 * they are for a double. *value stays the caller's.
 */
int datainfo_check(const struct datainfo *d, json_t **value,
		   enum error_class *c, struct err *err);

/* No value of it is longer as JSON, however it is written (within reason). */
size_t datainfo_longest(const struct datainfo *d);

/* A deep copy with all its texts; freed with datainfo_free. */
struct datainfo *datainfo_copy(const struct datainfo *d);
void datainfo_free(struct datainfo *d); /* NULL is fine */

/* In the initialiser of a struct: its members, an array of struct
 * datainfo_member. */
#define DATAINFO_MEMBERS(v) .members = v, .n_members = ARRAY_SIZE(v)

#endif
