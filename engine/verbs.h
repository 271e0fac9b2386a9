/*
 * The verbs of the recipe language: a table, and how a list of steps becomes
 * calls of them.
 */
#ifndef ENGINE_VERBS_H
#define ENGINE_VERBS_H

#include "engine/compiler.h"

enum verb_place {
	IN_RECIPE = 1,
	IN_TAIL = 2,  /* on_fault */
	IN_PHASE = 4, /* of the site */
};

/* A step as it was written. */
struct call {
	const char *name; /* of the verb */
	const struct verb *verb;
	struct place at;	     /* of the verb */
	const struct yaml_node *arg; /* NULL: the bare word */
};

struct verb {
	void (*compile)(struct compiler *c, const struct call *call);
	const char *const *keys; /* NULL-terminated; NULL: its own */
	const char *main; /* key that a scalar short form means, or "" for
				 * a scalar the verb reads itself, or NULL */
	bool bare;	  /* the word alone is a step */
	unsigned places;
	const char *example;
};

/* Of a step, the value under key: also of the short form. NULL: absent. */
const struct yaml_node *call_get(const struct call *call, const char *key);

/* The same; says what is missing. */
const struct yaml_node *call_need(struct compiler *c, const struct call *call,
				  const char *key);

void verbs_compile(struct compiler *c, const struct yaml_node *steps);

/* The verb_*.c files. */
void verb_include(struct compiler *c, const struct call *call);
void verb_repeat(struct compiler *c, const struct call *call);
void verb_for_each(struct compiler *c, const struct call *call);
void verb_ramp(struct compiler *c, const struct call *call);
void verb_hold(struct compiler *c, const struct call *call);
void verb_cool(struct compiler *c, const struct call *call);
void verb_anneal(struct compiler *c, const struct call *call);
void verb_atmosphere(struct compiler *c, const struct call *call);
void verb_evacuate(struct compiler *c, const struct call *call);
void verb_isolate(struct compiler *c, const struct call *call);
void verb_purge(struct compiler *c, const struct call *call);
void verb_image(struct compiler *c, const struct call *call);
void verb_beam_shower(struct compiler *c, const struct call *call);
void verb_equilibrate(struct compiler *c, const struct call *call);
void verb_wait(struct compiler *c, const struct call *call);
void verb_ask(struct compiler *c, const struct call *call);
void verb_note(struct compiler *c, const struct call *call);
void verb_set(struct compiler *c, const struct call *call);
void verb_mix(struct compiler *c, const struct call *call);

#endif
