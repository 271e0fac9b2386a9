/*
 * Recipes that clients load without starting them, and how a name finds its
 * recipe: what was loaded and the library are one list of names, so that no
 * name means two things.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/sha256.h"
#include "node/receipt.h"
#include "node/run_parts.h"
#include "node/shapes.h"

static const struct datainfo name = {
	.type = DATAINFO_STRING,
	.maxlen = RUN_NAME_MAX,
	.utf8 = true,
};
static const struct datainfo digits = {
	.type = DATAINFO_STRING,
	.maxlen = SHA256_TEXT_MAX - 1,
};
static const struct datainfo_member loaded_members[] = {
	{ .name = "name", .of = &name },
	{ .name = "sha256", .of = &digits },
	{ .name = "steps", .of = &shape_count },
	{ .name = "seconds", .of = &shape_seconds },
	{ .name = "longest", .of = &shape_seconds },
	{ .name = "images", .of = &shape_count },
};
const struct datainfo run_loaded_datainfo = {
	.type = DATAINFO_STRUCT,
	DATAINFO_MEMBERS(loaded_members),
};

static bool in_library(const struct run_module *r, const char *wanted)
{
	_cleanup_(text_free) struct text text = { 0 }, file = { 0 };
	struct err err;

	return !r->setup->find(r->setup->find_context, wanted, &text, &file,
			       &err);
}

static int check_name(const struct run_module *r, const char *wanted,
		      struct err *err)
{
	if (!*wanted)
		return err_set(err, ERR_RANGE,
			       "name: under which one should it be kept?");
	if (text_clean_span(wanted, strlen(wanted)) != strlen(wanted) ||
	    strpbrk(wanted, "\n\r\t"))
		return err_set(err, ERR_RANGE,
			       "name: it may have no control characters");
	if (in_library(r, wanted))
		return err_set(err, ERR_RANGE,
			       "name: '%.80s' is a recipe of the library: load "
			       "it under another name",
			       wanted);
	return 0;
}

static void print_loaded(const struct recipe_request *q,
			 const struct plan *plan, struct text *out)
{
	bool bound = plan->longest != NSEC_NEVER;
	char hash[SHA256_TEXT_MAX];

	sha256_print(q->recipe.text, q->recipe.n, hash);
	text_add(out, "{\"name\":");
	json_add_string(out, q->called);
	text_addf(out, ",\"sha256\":\"%s\",\"steps\":%u,\"seconds\":", hash,
		  plan->n_steps);
	json_add_double(out, nsec_to_s(plan->shortest));
	text_add(out, ",\"longest\":");
	json_add_double(out, bound ? nsec_to_s(plan->longest) : 0);
	text_addf(out, ",\"images\":%u}", plan->n_images);
}

static void log_load(const struct asked *a, const char *called)
{
	_cleanup_(text_free) struct text args = { 0 };

	text_add(&args, "{\"name\":");
	json_add_string(&args, called);
	text_add_char(&args, '}');
	desk_log(a->r->setup->desk, a->now, "load", text_str(&args), &a->who,
		 "ok");
}

static void finish(struct run_order *o)
{
	_cleanup_(text_free) struct text result = { 0 };
	struct order *order = &o->job.order;
	struct sheet *sheet;

	if (o->request.check) {
		node_answer(o->a.r->node, o->request.token, o->request.t);
		return;
	}
	/* What it has not asked for now it will not ask for later. */
	sheet = memory_zeroed(1, sizeof(*sheet));
	*sheet = order->sheet;
	sheet->find = NULL;
	order->sheet = (struct sheet){ 0 };
	shelf_put(&o->a.r->shelf, o->q.called, order->label, sheet);
	log_load(&o->a, o->q.called);
	print_loaded(&o->q, order->plan, &result);
	run_confirm(&o->a, text_str(&result));
}

void run_on_load(const struct asked *a)
{
	const json_t *wanted = json_object_get(a->request->argument, "name");
	struct run_order *o;
	struct err err;

	if (check_name(a->r,
		       json_is_string(wanted) ? json_string_value(wanted) : "",
		       &err)) {
		node_answer_error(a->r->node, a->request->token, ERROR_RANGE,
				  err.msg);
		return;
	}
	o = run_order_new(a, finish);
	o->later = true;
	if (!run_order_read(o))
		run_order_go(o);
}

int run_find_recipe(struct run_module *r, const char *wanted,
		    struct recipe_request *q, struct err *err)
{
	const struct shelf_place *place = shelf_find(&r->shelf, wanted);

	if (!place)
		return recipe_request_find(q, wanted, r->setup->find,
					   r->setup->find_context, err);
	if (in_library(r, wanted))
		return err_set(
			err, ERR_STATE,
			"'%.80s' was loaded, and by now there is one of "
			"that name in the library: load it under another "
			"name",
			wanted);
	recipe_request_take(q, place->sheet, place->name, place->label);
	return 0;
}
