#include "ring/order.h"

#include <stdlib.h>

#include "base/text.h"
#include "ring/asked.h"

int order_init(struct order *o, const struct recipe_source *source,
	       const struct recipe_start *start, const struct site *site,
	       struct err *err)
{
	*o = (struct order){ .site = site };
	if (sheet_fill(&o->sheet, source, err))
		return -1;
	o->sheet.has_start = true;
	o->sheet.start = *start;
	return 0;
}

void order_fini(struct order *o)
{
	sheet_fini(&o->sheet);
	free(o->label);
	plan_free(o->plan);
	problems_free(&o->problems);
	text_free(&o->parameters);
	text_free(&o->whole);
	text_free(&o->includes);
	text_free(&o->asked);
	*o = (struct order){ 0 };
}

static void print(struct order *o)
{
	struct recipe_source source = sheet_source(&o->sheet);
	struct err err;

	if (recipe_params_json(&source, &o->parameters, &err)) {
		text_clear(&o->parameters);
		text_add(&o->parameters, "{}");
	}
	sheet_print(&o->sheet, &o->whole);
	sheet_includes(&o->sheet, &o->includes);
	asked_print_all(o->plan, o->site, &o->asked);
}

void order_compile(struct order *o)
{
	struct recipe_source source = sheet_source(&o->sheet);

	o->plan =
		recipe_compile(&source, o->site, &o->sheet.start, &o->problems);
	if (o->plan)
		print(o);
}
