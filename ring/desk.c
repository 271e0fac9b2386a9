/*
 * A start is: order and compile against the present state, tell the journal,
 * feed the command, read the engine's reply. Plans are the desk's from there
 * until the engine lets them go.
 */
#include "ring/desk.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"

/* The running one, the one that waits, and the one that is being offered. */
#define PLANS_MAX 4
#define CLEAN_PRESSURE 760.0 /* Torr */

struct desk {
	const struct config *config;
	struct ring *ring;
	uint64_t seed;
	struct desk_numbers numbers;
	uint32_t n_commands;
	uint32_t n_given; /* to the engine */
	struct plan *plans[PLANS_MAX];
};

static void json_drop(json_t **j)
{
	json_decref(*j);
}

static void string_drop(char **s)
{
	free(*s);
}

struct desk *desk_new(const struct config *config, struct ring *ring,
		      uint64_t seed, const struct desk_numbers *numbers)
{
	struct desk *d = memory_zeroed(1, sizeof(*d));

	d->config = config;
	d->ring = ring;
	d->seed = seed;
	d->numbers = *numbers;
	return d;
}

void desk_free(struct desk *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < PLANS_MAX; i++)
		plan_free(d->plans[i]);
	free(d);
}

static void keep(struct desk *d, struct plan *plan)
{
	size_t i = 0;

	while (i < PLANS_MAX && d->plans[i])
		i++;
	/* The engine never keeps more plans than it can run. */
	assert(i < PLANS_MAX);
	d->plans[i] = plan;
}

static void let_go(struct desk *d, const struct plan *plan)
{
	for (size_t i = 0; i < PLANS_MAX; i++) {
		if (d->plans[i] != plan)
			continue;
		plan_free(d->plans[i]);
		d->plans[i] = NULL;
		return;
	}
}

void desk_seen(struct desk *d, const struct actions *actions)
{
	for (size_t i = 0; i < actions->n; i++)
		if (actions->v[i].type == ACTION_RELEASE)
			let_go(d, actions->v[i].release.plan);
}

static struct recipe_start start_of(const struct desk *d)
{
	struct recipe_start start;

	engine_start_state(d->ring->engine, &start.ledger, &start.temperature);
	return start;
}

static struct recipe_source source_of(const struct desk_recipe *recipe)
{
	return (struct recipe_source){
		.text = recipe->text,
		.n = recipe->n,
		.file = recipe->file,
		.params = recipe->params,
		.n_params = recipe->n_params,
		.find = recipe->find,
		.find_context = recipe->find_context,
	};
}

/* At room pressure, of an inert gas when the site has one. */
static struct recipe_start clean(const struct desk *d)
{
	struct recipe_start start = { .temperature = (double)NAN };
	const struct gases *gases = &d->config->site.gases;
	size_t i = 0;

	ledger_init(&start.ledger, CLEAN_PRESSURE);
	while (i < gases->n && gases->v[i].kind != GAS_INERT)
		i++;
	if (i < gases->n)
		ledger_set(&start.ledger, (int)i, CLEAN_PRESSURE);
	return start;
}

static int order_for(struct desk *d, const struct desk_recipe *recipe,
		     const struct recipe_start *start, struct order *order,
		     struct err *err)
{
	struct recipe_source source = source_of(recipe);

	if (order_init(order, &source, start, &d->config->site, err))
		return -1;
	if (recipe->label)
		order->label = text_dup(recipe->label);
	order->as_of = d->n_given;
	return 0;
}

/* Time-outs that are due come first: the plan is compiled against the state
 * in which the engine will get it. */
int desk_order(struct desk *d, nsec now, const struct desk_recipe *recipe,
	       struct order *order, struct err *err)
{
	struct recipe_start start;

	ring_advance(d->ring, now);
	start = start_of(d);
	return order_for(d, recipe, &start, order, err);
}

int desk_order_later(struct desk *d, const struct desk_recipe *recipe,
		     struct order *order, struct err *err)
{
	const struct recipe_start start = clean(d);

	return order_for(d, recipe, &start, order, err);
}

bool desk_is_current(const struct desk *d, const struct order *order)
{
	return order->as_of == d->n_given;
}

/* Where nobody waits meanwhile. What is not a mistake in the recipe is a
 * problem of the file as a whole. */
static int compile_now(struct desk *d, nsec now,
		       const struct desk_recipe *recipe, struct order *order,
		       struct problems *problems)
{
	struct err err;

	if (desk_order(d, now, recipe, order, &err)) {
		problems_add(problems, (struct place){ .file = recipe->file },
			     "%s", err.msg);
		return -1;
	}
	order_compile(order);
	if (order->plan)
		return 0;
	problems_free(problems);
	*problems = order->problems;
	order->problems = (struct problems){ 0 };
	return -1;
}

struct desk_recipe desk_recipe_of(struct sheet *sheet, const char *label)
{
	return (struct desk_recipe){ .text = text_str(&sheet->text),
				     .n = sheet->text.n,
				     .file = sheet->file,
				     .label = label,
				     .params = sheet->params,
				     .n_params = sheet->n_params,
				     .find = sheet_find,
				     .find_context = sheet };
}

static const struct action *reply_of(const struct ring *ring)
{
	for (size_t i = 0; i < ring->actions.n; i++)
		if (ring->actions.v[i].type == ACTION_REPLY)
			return &ring->actions.v[i];
	return NULL;
}

static uint32_t open_run(const struct desk *d, nsec now)
{
	struct engine_status status;

	engine_status(d->ring->engine, now, &status);
	return status.plan ? status.run : 0;
}

/* Feeds the command and logs it with what the engine said to it. A command
 * that ends its run belongs to that run. */
static int give(struct desk *d, nsec now, const struct command *command,
		const char *args, const struct desk_who *who, struct err *err)
{
	struct event event = { .now = now,
			       .type = EVENT_COMMAND,
			       .command = *command };
	const char *verb = command_name(command->kind);
	struct batch_command row = {
		.id = command->id,
		.run = open_run(d, now),
		.verb = verb,
		.args = args,
		.user = who->user,
		.program = who->program,
		.outcome = "ok",
	};
	struct err refusal = { 0 };
	const struct action *reply;

	d->n_given++;
	journal_asked(d->ring->journal, command->id, who->user, verb);
	ring_feed(d->ring, &event);
	reply = reply_of(d->ring);
	assert(reply);
	if (!reply->reply.ok) {
		err_set(&refusal, reply->reply.code, "%s", reply->text);
		row.outcome = refusal.msg;
	} else if (command->kind == COMMAND_START) {
		row.run = command->run;
	}
	journal_command(d->ring->journal, event.now, &row);
	if (reply->reply.ok)
		return 0;
	*err = refusal;
	return -1;
}

static char *start_args(const struct plan *plan, uint32_t run,
			const char *parameters)
{
	_cleanup_(json_drop) json_t *o = json_object();
	json_error_t why;
	json_t *p = json_loads(parameters, 0, &why);

	json_object_set_new(o, "recipe", json_string(plan->name));
	if (run)
		json_object_set_new(o, "run", json_integer(run));
	json_object_set_new(o, "parameters", p ? p : json_object());
	return json_dumps(o, JSON_COMPACT);
}

static void announce(struct desk *d, nsec now, uint32_t run,
		     const struct order *o)
{
	const struct journal_run r = {
		.run = run,
		.label = o->label,
		.parameters = text_str(&o->parameters),
		.text = text_str(&o->sheet.text),
		.includes = text_str(&o->includes),
		.sheet = text_str(&o->whole),
		.asked = text_str(&o->asked),
		.seed = d->seed,
		.plan = o->plan,
	};

	journal_run(d->ring->journal, now, &r);
}

static int submit(struct desk *d, nsec now, struct command *command,
		  struct plan *plan, const char *args,
		  const struct desk_who *who, struct err *err)
{
	command->id = ++d->n_commands;
	command->plan = plan;
	keep(d, plan);
	return give(d, now, command, args, who, err);
}

/* A refused plan is let go by the engine like any other. Whatever is due
 * comes first. */
int desk_start_order(struct desk *d, nsec now, struct order *order,
		     const struct desk_who *who, uint32_t *run, struct err *err)
{
	_cleanup_(string_drop) char *args = NULL;
	struct command command = { .kind = COMMAND_START };
	struct plan *plan = order->plan;

	assert(plan && desk_is_current(d, order));
	ring_advance(d->ring, now);
	command.run = d->numbers.next(d->numbers.context);
	args = start_args(plan, command.run, text_str(&order->parameters));
	announce(d, now, command.run, order);
	order->plan = NULL;
	if (submit(d, now, &command, plan, args, who, err))
		return -1;
	d->numbers.take(d->numbers.context);
	*run = command.run;
	return 0;
}

int desk_replace_order(struct desk *d, nsec now, struct order *order,
		       const struct desk_who *who, struct err *err)
{
	_cleanup_(string_drop) char *args = NULL;
	struct command command = { .kind = COMMAND_REPLACE };
	struct plan *plan = order->plan;

	assert(plan && desk_is_current(d, order));
	ring_advance(d->ring, now);
	args = start_args(plan, 0, text_str(&order->parameters));
	journal_replace(d->ring->journal, plan, text_str(&order->whole),
			text_str(&order->asked));
	order->plan = NULL;
	return submit(d, now, &command, plan, args, who, err);
}

int desk_start(struct desk *d, nsec now, const struct desk_recipe *recipe,
	       const struct desk_who *who, uint32_t *run,
	       struct problems *problems, struct err *err)
{
	_cleanup_(order_fini) struct order order = { 0 };

	if (compile_now(d, now, recipe, &order, problems))
		return -1;
	return desk_start_order(d, now, &order, who, run, err);
}

int desk_replace(struct desk *d, nsec now, const struct desk_recipe *recipe,
		 const struct desk_who *who, struct problems *problems,
		 struct err *err)
{
	_cleanup_(order_fini) struct order order = { 0 };

	if (compile_now(d, now, recipe, &order, problems))
		return -1;
	return desk_replace_order(d, now, &order, who, err);
}

/* Seconds are divided: two minutes are 120, not 120.00000000000001. */
static void command_args(const struct desk *d, const struct command *c,
			 struct text *out)
{
	switch (c->kind) {
	case COMMAND_EXTEND:
		text_add(out, "{\"duration_s\":");
		json_add_double(out, (double)c->duration / 1e9);
		break;
	case COMMAND_ANSWER: text_addf(out, "{\"choice\":%u", c->choice); break;
	case COMMAND_SET:
		text_add(out, "{\"role\":");
		json_add_string(out, d->config->site.roles[c->role].name);
		text_add(out, ",\"value\":");
		json_add_double(out, c->value);
		break;
	default: return;
	}
	text_add_char(out, '}');
}

int desk_command(struct desk *d, nsec now, struct command *command,
		 const struct desk_who *who, struct err *err)
{
	_cleanup_(text_free) struct text args = { 0 };

	assert(command->kind != COMMAND_START &&
	       command->kind != COMMAND_REPLACE);
	if (command->kind == COMMAND_SET &&
	    command->role >= d->config->site.n_roles)
		return err_set(err, ERR_NOT_FOUND, "there is no such role");
	command_args(d, command, &args);
	command->id = ++d->n_commands;
	return give(d, now, command, text_str(&args), who, err);
}

void desk_log(struct desk *d, nsec now, const char *verb, const char *args,
	      const struct desk_who *who, const char *outcome)
{
	const struct batch_command row = {
		.id = ++d->n_commands,
		.run = open_run(d, now),
		.verb = verb,
		.args = args,
		.user = who->user,
		.program = who->program,
		.outcome = outcome,
	};

	journal_command(d->ring->journal, now, &row);
}

struct journal *desk_journal(const struct desk *d)
{
	return d->ring->journal;
}
