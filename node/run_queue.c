/*
 * The queue on the socket: what people ask of it, what it does at the desk,
 * and what is shown of it. node/queue.c decides.
 *
 * A start by the queue is one at the desk, as if the person who added the
 * recipe had asked for it then: compiled against the present state, on the
 * thread of the orders (run_next.c), with the texts as they were added, logged
 * with that person's name and the program "queue".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "node/queue_kept.h"
#include "node/receipt.h"
#include "node/run_parts.h"

static const struct datainfo word = {
	.type = DATAINFO_STRING,
	.maxlen = 32,
};
static const struct datainfo id = {
	.type = DATAINFO_INT,
	.min = 1,
	.max = INT32_MAX,
};
static const struct datainfo_member id_members[] = {
	{ .name = "id", .of = &id },
};
const struct datainfo run_queue_id_datainfo = {
	.type = DATAINFO_STRUCT,
	DATAINFO_MEMBERS(id_members),
};
static const struct datainfo_member move_members[] = {
	{ .name = "id", .of = &id },
	{ .name = "to", .of = &id },
};
const struct datainfo run_queue_move_datainfo = {
	.type = DATAINFO_STRUCT,
	DATAINFO_MEMBERS(move_members),
};
/* As recipe_request_datainfo, and what follows. */
static const struct datainfo_member add_members[] = {
	{ .name = "recipe", .of = &recipe_request_text },
	{ .name = "name", .of = &recipe_request_short, .optional = true },
	{ .name = "parameters",
	  .of = &recipe_request_parameters,
	  .optional = true },
	{ .name = "includes", .of = &recipe_request_text, .optional = true },
	{ .name = "label", .of = &recipe_request_short, .optional = true },
	{ .name = "after", .of = &word, .optional = true },
};
const struct datainfo run_queue_add_datainfo = {
	.type = DATAINFO_STRUCT,
	DATAINFO_MEMBERS(add_members),
};

/* -- what it does ------------------------------------------------------ */

static struct journal *journal_of(const struct run_module *r)
{
	return desk_journal(r->setup->desk);
}

static int first_problem(struct problems *problems, struct err *err)
{
	_cleanup_(text_free) struct text text = { 0 };

	problems_sort(problems);
	problems_print(problems, &text);
	return err_set(err, ERR_INVALID, "%.*s",
		       (int)strcspn(text_str(&text), "\n"), text_str(&text));
}

/* What was made ready for it is used up. */
static int start(void *context, const struct queue_entry *e, nsec now,
		 uint32_t *run, struct err *err)
{
	struct run_module *r = context;
	const struct desk_who who = { e->user, "queue" };
	_cleanup_(run_next_drop) struct run_next *next = run_next_take(r);
	struct order *order = &next->job.order;

	if (next->failed) {
		*err = next->err;
		return -1;
	}
	if (!order->plan)
		return first_problem(&order->problems, err);
	if (desk_start_order(r->setup->desk, now, order, &who, run, err))
		return -1;
	run_show_start(r, e->name, e->label, *run, run_utc(r, now));
	return 0;
}

static void added(void *context, const struct queue_entry *e, uint32_t place,
		  nsec now)
{
	struct run_module *r = context;
	struct batch_queue_add q = {
		.id = e->id,
		.place = place,
		.name = e->name,
		.label = e->label,
		.recipe = e->recipe,
		.steps = e->steps,
		.seconds = e->seconds,
		.after = queue_after_name(e->after),
		.sheet = e->sheet,
		.user = e->user,
		.program = e->program,
	};

	journal_queue_add(journal_of(r), now, &q);
	r->queue_changed = true;
}

static void changed(void *context, const struct queue_entry *e, uint32_t place,
		    const char *state, nsec now)
{
	struct run_module *r = context;
	struct batch_queue_change q = {
		.id = e->id,
		.place = place,
		.state = state,
		.run = e->run,
		.reason = e->reason,
	};

	journal_queue_change(journal_of(r), now, &q);
	r->queue_changed = true;
}

static void now_is(void *context, enum queue_state state, const char *reason,
		   enum severity severity, nsec now)
{
	static const char *const sentences[] = {
		[QUEUE_IDLE] = "the queue is empty",
		[QUEUE_GOES] = "the queue goes on",
		[QUEUE_IS_HELD] = "the queue is held",
	};
	struct run_module *r = context;
	char text[QUEUE_REASON_MAX + 32];

	snprintf(text, sizeof(text), "%s%s%s", sentences[state],
		 *reason ? ": " : "", reason);
	journal_queue_state(journal_of(r), now, queue_state_name(state),
			    reason);
	journal_note(journal_of(r), now, severity, "queue", text);
	r->queue_changed = true;
}

/* -- what is shown ----------------------------------------------------- */

static void print_entry(const struct queue_entry *e, struct text *out)
{
	text_addf(out, "{\"id\":%u,\"name\":", e->id);
	json_add_string(out, e->name);
	text_add(out, ",\"label\":");
	json_add_string(out, e->label);
	text_add(out, ",\"recipe\":");
	json_add_string(out, e->recipe);
	text_addf(out, ",\"steps\":%u,\"seconds\":", e->steps);
	json_add_double(out, e->seconds);
	text_addf(out, ",\"after\":\"%s\",\"state\":\"%s\",\"reason\":",
		  queue_after_name(e->after), queue_entry_state_name(e->state));
	json_add_string(out, e->reason);
	text_addf(out, ",\"run\":%u,\"added\":", e->run);
	json_add_time(out, e->added);
	text_add(out, ",\"by\":");
	json_add_string(out, e->user);
	text_add_char(out, '}');
}

static void show(struct run_module *r, nsec now)
{
	const struct queue *q = &r->queue;
	char state[QUEUE_REASON_MAX + 16];
	nsec t = run_utc(r, now);
	size_t i;

	if (!r->queue_changed)
		return;
	r->queue_changed = false;
	text_clear(&r->scratch);
	text_add_char(&r->scratch, '[');
	for (i = 0; i < q->n; i++) {
		text_add(&r->scratch, i ? "," : "");
		print_entry(&q->v[i], &r->scratch);
	}
	text_add_char(&r->scratch, ']');
	node_set_string(r->node, r->parameter[RUN_QUEUE], text_str(&r->scratch),
			t);
	snprintf(state, sizeof(state), "%s%s%s", queue_state_name(q->state),
		 *q->reason ? ": " : "", q->reason);
	node_set_string(r->node, r->parameter[RUN_QUEUE_STATE], state, t);
}

/* -- what it sees ------------------------------------------------------ */

static struct queue_sight sight_of(const struct run_module *r, nsec now,
				   char cause[ACTION_TEXT_MAX + 32])
{
	struct engine_status s;

	engine_status(r->setup->ring->engine, now, &s);
	if (s.level != LEVEL_RUN)
		snprintf(cause, ACTION_TEXT_MAX + 32, "%s: %s",
			 level_name(s.level), s.cause);
	else
		snprintf(cause, ACTION_TEXT_MAX + 32, "%s",
			 "not everything was read back safe");
	return (struct queue_sight){
		.active = s.plan != NULL,
		.ready = s.level == LEVEL_RUN && s.safe_confirmed,
		.latched = s.latched,
		.cause = cause,
	};
}

void run_queue_seen(struct run_module *r, const struct actions *actions,
		    nsec now)
{
	size_t i;

	for (i = 0; i < actions->n; i++)
		if (actions->v[i].type == ACTION_RUN_END)
			queue_run_ended(&r->queue, actions->v[i].run_end.state,
					actions->v[i].text, now);
	show(r, now);
}

/* The laboratory is as good as not ready while the next recipe is not. */
static void look(struct run_module *r, nsec now)
{
	char cause[ACTION_TEXT_MAX + 32];
	struct queue_sight sight = sight_of(r, now, cause);
	const struct queue_entry *e = queue_next(&r->queue, &sight);

	if (e)
		sight.ready = run_next_is_ready(r, e, now);
	queue_look(&r->queue, &sight, now);
}

void run_queue_tick(struct run_module *r, nsec now)
{
	look(r, now);
	show(r, now);
}

/* -- what people ask --------------------------------------------------- */

/* The row of the log, and the answer; `result`: JSON, or NULL. */
static void conclude(const struct asked *a, const char *args, int failed,
		     const struct err *err, const char *result)
{
	struct run_module *r = a->r;
	char verb[32];

	/* "_queue_add" is "queue-add" to a person. */
	text_copy(verb, sizeof(verb), a->request->name + 1);
	verb[strcspn(verb, "_")] = '-';
	desk_log(r->setup->desk, a->now, verb, args, &a->who,
		 failed ? err->msg : "ok");
	show(r, a->now);
	if (failed)
		node_answer_error(r->node, a->request->token,
				  error_class_of(err->code), err->msg);
	else
		receipts_answer(r->setup->receipts, a->request->token, result,
				a->request->t);
}

static int64_t member(const struct asked *a, const char *name)
{
	return json_integer_value(json_object_get(a->request->argument, name));
}

static int read_after(const struct asked *a, enum queue_after *after,
		      struct err *err)
{
	const json_t *given = json_object_get(a->request->argument, "after");
	const char *wanted = given ? json_string_value(given) : "stop";

	for (*after = QUEUE_STOP; *after <= QUEUE_CONTINUE; ++*after)
		if (wanted && !strcmp(queue_after_name(*after), wanted))
			return 0;
	return err_set(err, ERR_RANGE, "after: it is 'stop' or 'continue'");
}

static struct queue_entry entry_of(const struct asked *a,
				   const struct recipe_request *q,
				   const struct plan *plan,
				   const struct sheet *sheet)
{
	_cleanup_(text_free) struct text whole = { 0 };

	sheet_print(sheet, &whole);
	return (struct queue_entry){
		.name = text_dup(q->called),
		.label = text_dup(q->recipe.label ? q->recipe.label : ""),
		.recipe = text_dup(plan->name),
		.sheet = text_steal(&whole),
		.steps = plan->n_steps,
		.seconds = nsec_to_s(plan->shortest),
		.added = a->request->t,
		.user = text_dup(a->who.user),
		.program = text_dup(a->who.program),
	};
}

static void put_in(const struct asked *a, struct queue_entry *e)
{
	_cleanup_(text_free) struct text args = { 0 };
	char result[32];
	struct err err;
	int failed;

	text_add(&args, "{\"name\":");
	json_add_string(&args, e->name);
	text_addf(&args, ",\"after\":\"%s\"", queue_after_name(e->after));
	failed = queue_add(&a->r->queue, e, a->now, &err);
	snprintf(result, sizeof(result), "{\"id\":%u}", a->r->queue.last);
	if (!failed)
		text_addf(&args, ",\"id\":%u", a->r->queue.last);
	text_add_char(&args, '}');
	conclude(a, text_str(&args), failed, &err, result);
}

static void finish_add(struct run_order *o)
{
	struct order *order = &o->job.order;
	struct queue_entry e;

	if (o->request.check) {
		node_answer(o->a.r->node, o->request.token, o->request.t);
		return;
	}
	e = entry_of(&o->a, &o->q, order->plan, &order->sheet);
	e.after = o->after;
	put_in(&o->a, &e);
}

void run_on_queue_add(const struct asked *a)
{
	struct run_order *o;
	enum queue_after after;
	struct err err;

	if (read_after(a, &after, &err)) {
		node_answer_error(a->r->node, a->request->token, ERROR_RANGE,
				  err.msg);
		return;
	}
	o = run_order_new(a, finish_add);
	o->later = true;
	o->after = after;
	if (!run_order_read(o))
		run_order_go(o);
}

void run_on_queue_move(const struct asked *a)
{
	int64_t wanted = member(a, "id"), to = member(a, "to");
	char args[64];
	struct err err;

	snprintf(args, sizeof(args), "{\"id\":%lld,\"to\":%lld}",
		 (long long)wanted, (long long)to);
	conclude(a, args,
		 queue_move(&a->r->queue, (uint32_t)wanted, to, a->now, &err),
		 &err, NULL);
}

void run_on_queue_remove(const struct asked *a)
{
	int64_t wanted = member(a, "id");
	char args[32];
	struct err err;

	snprintf(args, sizeof(args), "{\"id\":%lld}", (long long)wanted);
	conclude(a, args,
		 queue_remove(&a->r->queue, (uint32_t)wanted, a->who.user,
			      a->now, &err),
		 &err, NULL);
}

void run_on_queue_go(const struct asked *a)
{
	char cause[ACTION_TEXT_MAX + 32];
	struct queue_sight sight = sight_of(a->r, a->now, cause);
	struct err err;
	int failed = queue_go(&a->r->queue, &sight, a->now, &err);

	/* What it finds comes with the answer, not a moment after it. */
	if (!failed)
		look(a->r, a->now);
	if (!failed && a->r->next && !a->r->next->ready && !a->r->next->go)
		a->r->next->go = run_order_new(a, NULL);
	else
		conclude(a, "", failed, &err, NULL);
}

void run_queue_gone_on(struct run_order *go, nsec now)
{
	go->a.now = now;
	go->request.t = run_utc(go->a.r, now);
	conclude(&go->a, "", 0, NULL, NULL);
	run_order_free(go);
}

void run_on_queue_hold(const struct asked *a)
{
	queue_hold(&a->r->queue, a->who.user, a->now);
	conclude(a, "", 0, NULL, NULL);
}

/* -- building ---------------------------------------------------------- */

static enum queue_state state_of(const char *name)
{
	enum queue_state s = QUEUE_IS_HELD;

	while (s > QUEUE_IDLE && strcmp(queue_state_name(s), name))
		s--;
	return s;
}

void run_queue_init(struct run_module *r)
{
	const struct queue_deeds deeds = { .start = start,
					   .added = added,
					   .changed = changed,
					   .state = now_is,
					   .context = r };
	struct queue_kept *kept = r->setup->queue;
	struct err err;
	size_t i;

	queue_init(&r->queue, &deeds);
	for (i = 0; kept && i < kept->n; i++)
		queue_restore(&r->queue, &kept->v[i], &err);
	if (kept)
		queue_restored(&r->queue, kept->queue.last,
			       state_of(kept->queue.state), kept->queue.reason,
			       r->setup->now);
	r->queue_changed = true;
	show(r, r->setup->now);
}
