/*
 * The operator's desk: what people ask for, whoever carries it (socket,
 * command line of `simulate`, a scenario's script), becomes a checked command
 * of the engine and a row of the log.
 */
#ifndef RING_DESK_H
#define RING_DESK_H

#include "engine/recipe.h"
#include "ring/order.h"
#include "ring/ring.h"
#include "ring/sheet.h"

struct desk;

struct desk_who {
	const char *user;    /* "alice", "uid 1000" */
	const char *program; /* "gascellctl", or "" */
};

struct desk_recipe {
	const char *text;
	size_t n;
	const char *file;  /* how messages call it */
	const char *label; /* or NULL */
	const struct recipe_param *params;
	size_t n_params;
	recipe_find *find;
	void *find_context;
};

/* Who numbers runs: what the next one would get, and that it has begun. A
 * start that is refused uses no number up. */
struct desk_numbers {
	uint32_t (*next)(void *context);
	void (*take)(void *context);
	void *context;
};

struct desk *desk_new(const struct config *config, struct ring *ring,
		      uint64_t seed, const struct desk_numbers *numbers);
void desk_free(struct desk *d);

/*
 * A recipe taken in, against the present state; compiled by order_compile(),
 * which takes long for a long one: live, on another thread. An order stays
 * current until the next command: who comes too late orders anew.
 */
int desk_order(struct desk *d, nsec now, const struct desk_recipe *recipe,
	       struct order *order, struct err *err);
bool desk_is_current(const struct desk *d, const struct order *order);

/* As for a clean, cold laboratory, whatever is going on: a recipe that is to
 * start later is refused only for what can never pass, and is ordered again
 * when it starts. */
int desk_order_later(struct desk *d, const struct desk_recipe *recipe,
		     struct order *order, struct err *err);

/* The recipe of a sheet, which must stay. */
struct desk_recipe desk_recipe_of(struct sheet *sheet, const char *label);

/* Logs and starts what is current and was compiled without mistakes. *run is
 * set on success; refused: "a run is active". */
int desk_start_order(struct desk *d, nsec now, struct order *order,
		     const struct desk_who *who, uint32_t *run,
		     struct err *err);

/* The rest of the plan is exchanged at the next boundary. */
int desk_replace_order(struct desk *d, nsec now, struct order *order,
		       const struct desk_who *who, struct err *err);

/* All of it at once, where nobody waits meanwhile. -1: problems (mistakes in
 * the recipe), or err alone (refused). */
int desk_start(struct desk *d, nsec now, const struct desk_recipe *recipe,
	       const struct desk_who *who, uint32_t *run,
	       struct problems *problems, struct err *err);
int desk_replace(struct desk *d, nsec now, const struct desk_recipe *recipe,
		 const struct desk_who *who, struct problems *problems,
		 struct err *err);

/* All other commands: kind and its arguments filled in. */
int desk_command(struct desk *d, nsec now, struct command *command,
		 const struct desk_who *who, struct err *err);

/* What people asked for that is no command of the engine: to the log, with
 * its outcome ("ok", or the refusal). */
void desk_log(struct desk *d, nsec now, const char *verb, const char *args,
	      const struct desk_who *who, const char *outcome);

/* Where remarks go. */
struct journal *desk_journal(const struct desk *d);

/* Must see every action (from the ring's `seen`): frees released plans. */
void desk_seen(struct desk *d, const struct actions *actions);

#endif
