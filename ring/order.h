/*
 * A recipe that was ordered: everything that is needed to compile it, copied,
 * so that this can be done on another thread than the loop's, and then what
 * came of it.
 *
 * order_compile() may run on any thread while nobody else touches the order;
 * all else is the loop's thread's.
 */
#ifndef RING_ORDER_H
#define RING_ORDER_H

#include "base/problems.h"
#include "engine/recipe.h"
#include "engine/site.h"
#include "ring/sheet.h"

struct order {
	struct sheet sheet;
	char *label; /* or NULL */
	const struct site *site;
	uint32_t as_of; /* commands that the desk had given then */

	/* Since order_compile(): */
	struct plan *plan; /* the order's until somebody takes it; NULL: */
	struct problems problems;
	/* What the log wants of it, which takes long to print, too: */
	struct text parameters; /* in force, as JSON */
	struct text whole;	/* the sheet */
	struct text includes;	/* their texts, as JSON */
	struct text asked;	/* of asked_print_all() */
};

/* {0} before. The site, and what source->find uses, outlive the order; find()
 * is called by order_compile(). ERR_FULL: too many parameters. */
int order_init(struct order *o, const struct recipe_source *source,
	       const struct recipe_start *start, const struct site *site,
	       struct err *err);
void order_fini(struct order *o);

void order_compile(struct order *o);

#endif
