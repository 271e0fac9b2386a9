/*
 * Wait until everything is read back safe, start the
 * recipe, give the script's commands when their time has come, and go on
 * until the run has ended and what its end has sent is confirmed. A run that
 * waits for a person when nobody comes any more is aborted after a while.
 */
#include "tools/play.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "tools/complaint.h"

#define READY_WITHIN (10 * 60 * NSEC_PER_S)
/* After the end, for what it sent to be read back: at least, and at most when
 * something does not answer. */
#define SETTLE (5 * NSEC_PER_S)
#define SETTLE_MAX (120 * NSEC_PER_S)
/* A run that waits for a person, when the script has no more of them. */
#define PATIENCE (3600 * NSEC_PER_S)
#define RUN_MAX (90 * 86400 * NSEC_PER_S)

static const struct desk_who who = { .user = "script",
				     .program = "gascelld simulate" };

int play_fail(const struct err *err)
{
	fprintf(stderr, "gascelld simulate: %s\n", err->msg);
	return -1;
}

static void on_end(struct play *p, nsec now, const struct action *a)
{
	p->ended = now;
	p->state = a->run_end.state;
	text_copy(p->reason, sizeof(p->reason), a->text);
}

static void count(struct play *p, nsec now, const struct action *a)
{
	if (a->type == ACTION_STEP_BEGIN)
		p->steps++;
	else if (a->type == ACTION_IMAGE)
		p->images++;
	else if (a->type == ACTION_EVENT && !strcmp(a->event.kind, "trip"))
		p->trips++;
	else if (a->type == ACTION_RUN_END)
		on_end(p, now, a);
}

void play_seen(void *context, const struct event *event,
	       const struct actions *actions)
{
	struct play *p = context;

	p->acted |= actions->n > 0;
	for (size_t i = 0; i < actions->n; i++)
		count(p, event->now, &actions->v[i]);
	if (p->tracer.to)
		tracer_put(&p->tracer, event, actions);
}

static struct engine_status status_of(const struct play *p)
{
	struct engine_status status;

	engine_status(dry_engine(p->dry), dry_now(p->dry), &status);
	return status;
}

static int command(struct play *p, enum command_kind kind, struct err *err)
{
	struct command c = { .kind = kind };
	int status = desk_command(dry_desk(p->dry), dry_now(p->dry) + 1, &c,
				  &who, err);

	dry_settle(p->dry);
	return status;
}

/* Everything has to be read back safe first. A log whose last run was cut
 * off keeps the level latched; here the script's operator has a look. */
static int wait_ready(struct play *p)
{
	nsec by = dry_now(p->dry) + READY_WITHIN;
	struct engine_status status = { 0 };
	struct err err;

	while (!status.safe_confirmed) {
		if (dry_now(p->dry) > by) {
			err_set(&err, ERR_TIMEOUT,
				"the laboratory does not "
				"get ready: %s",
				status.cause);
			return play_fail(&err);
		}
		if (dry_turn(p->dry, &err))
			return play_fail(&err);
		status = status_of(p);
	}
	if (p->interrupted && command(p, COMMAND_RESET, &err))
		return play_fail(&err);
	p->interrupted = false;
	if (p->wait && dry_until(p->dry, dry_now(p->dry) + p->wait, &err))
		return play_fail(&err);
	return 0;
}

static int start(struct play *p, struct recipe_file *file,
		 const struct options_params *params)
{
	struct desk_recipe recipe = recipe_file_desk(file);
	struct problems problems = { 0 };
	struct err err = { 0 };
	int status;

	recipe.params = params->v;
	recipe.n_params = params->n;
	status = desk_start(dry_desk(p->dry), dry_now(p->dry) + 1, &recipe,
			    &who, &p->run, &problems, &err);
	if (problems.n)
		complaint_print(&problems);
	else if (status)
		play_fail(&err);
	problems_free(&problems);
	p->began = dry_now(p->dry);
	dry_settle(p->dry);
	return status;
}

static int replace(struct play *p, const struct script_line *line, nsec now,
		   struct err *err)
{
	struct recipe_file file = { 0 };
	struct problems problems = { 0 };
	struct desk_recipe recipe;
	int status = recipe_file_read(&file, p->config, line->argument, err);

	if (status)
		return -1;
	recipe = recipe_file_desk(&file);
	status = desk_replace(dry_desk(p->dry), now, &recipe, &who, &problems,
			      err);
	if (problems.n) {
		complaint_print(&problems);
		err_set(err, ERR_INVALID, "%s has mistakes", line->argument);
	}
	problems_free(&problems);
	recipe_file_fini(&file);
	return status;
}

/* A command that is refused is said, and the run goes on: so it is with a
 * person at the keyboard. */
static void give(struct play *p, const struct script_line *line)
{
	struct engine_status status = status_of(p);
	nsec now = nsec_max(p->began + line->at, dry_now(p->dry) + 1);
	struct command c;
	struct err err;
	int refused;

	if (line->kind == COMMAND_REPLACE)
		refused = replace(p, line, now, &err);
	else
		refused = script_command(line, p->config, &status, &c, &err) ||
			  desk_command(dry_desk(p->dry), now, &c, &who, &err);
	dry_settle(p->dry);
	if (!refused)
		return;
	p->refused++;
	fprintf(stderr, "%s:%d: %s\n", p->script->file, line->line, err.msg);
}

/* Changes only when the engine has done something. */
static void look(struct play *p)
{
	struct engine_status status;

	if (!p->acted)
		return;
	p->acted = false;
	status = status_of(p);
	p->waits = status.asking || status.state == STATE_PAUSED ||
		   status.state == STATE_HELD;
	p->unsafe = status.level >= LEVEL_COOL && !status.safe_confirmed;
}

static bool script_done(const struct play *p)
{
	return !p->script || p->next_line == p->script->n;
}

/* When to look up next: the next command, the end of settling, or the end of
 * patience with a run that waits for somebody who does not come. */
static nsec horizon(const struct play *p, nsec waiting_since)
{
	if (!script_done(p))
		return p->began + p->script->v[p->next_line].at;
	if (p->ended >= 0)
		return p->ended + (p->unsafe ? SETTLE_MAX : SETTLE);
	if (waiting_since >= 0)
		return waiting_since + PATIENCE;
	return p->began + RUN_MAX;
}

static int give_up(struct play *p)
{
	struct err err;

	fprintf(stderr, "gascelld simulate: it waits for somebody, and the "
			"commands have come to their end: aborted\n");
	if (command(p, COMMAND_ABORT, &err))
		return play_fail(&err);
	return 0;
}

/* Returns 1 when it is over. */
static int at_horizon(struct play *p)
{
	if (!script_done(p)) {
		give(p, &p->script->v[p->next_line++]);
		return 0;
	}
	if (p->ended >= 0)
		return 1;
	return give_up(p);
}

static int follow(struct play *p)
{
	nsec waiting_since = -1;
	struct err err;

	for (;;) {
		if (dry_next(p->dry) > horizon(p, waiting_since)) {
			int over = at_horizon(p);

			if (over)
				return over < 0 ? -1 : 0;
			waiting_since = -1;
			continue;
		}
		if (dry_turn(p->dry, &err))
			return play_fail(&err);
		look(p);
		if (!script_done(p) || !p->waits)
			waiting_since = -1;
		else if (waiting_since < 0)
			waiting_since = dry_now(p->dry);
	}
}

int play_run(struct play *p, struct recipe_file *recipe,
	     const struct options_params *params)
{
	struct err err;

	p->tracer.engine = dry_engine(p->dry);
	p->began = p->ended = -1;
	p->reason[0] = '\0';
	p->steps = p->images = p->trips = p->refused = 0;
	if (wait_ready(p) || start(p, recipe, params) || follow(p))
		return -1;
	return dry_commit(p->dry, &err) ? play_fail(&err) : 0;
}
