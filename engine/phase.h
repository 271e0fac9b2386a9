/*
 * A phase of the site where a recipe needs it: its steps, compiled with what
 * the recipe gives them. docs/phases.md is the grammar.
 */
#ifndef ENGINE_PHASE_H
#define ENGINE_PHASE_H

#include "engine/compiler.h"

/* What a phase gets; see enum phase. */
struct phase_given {
	struct scope scope;
};

void phase_give(struct compiler *c, struct phase_given *given, const char *name,
		enum quantity q, double value);
void phase_give_gas(struct compiler *c, struct phase_given *given,
		    const struct mixture *gas);
void phase_give_role(struct compiler *c, struct phase_given *given,
		     const char *name, int role);

/* The site has it, or a problem at the verb. */
bool phase_need(struct compiler *c, enum phase phase);

/* Adds its steps; `label` goes in front of theirs. */
void phase_add(struct compiler *c, enum phase phase,
	       const struct phase_given *given, const char *label);

#endif
