/*
 * Fuel and oxidiser must not meet: the whole plan is walked, step by step,
 * with the gas ledger on commanded values.
 */
#ifndef ENGINE_ADMISSION_H
#define ENGINE_ADMISSION_H

#include "engine/compiler.h"

/* A problem at each verb that lets in what must not be. */
void admission_check(struct compiler *c, const struct recipe_start *start);

#endif
