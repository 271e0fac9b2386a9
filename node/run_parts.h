/*
 * The module `run` from inside: its parameters and commands by number. For
 * run_module.c (how it is built, what it sees), run_show.c (what it shows) and
 * run_request.c (what it is asked).
 */
#ifndef NODE_RUN_PARTS_H
#define NODE_RUN_PARTS_H

#include "node/queue.h"
#include "node/recipe_request.h"
#include "node/run_module.h"
#include "node/shelf.h"
#include "ring/orders.h"

enum run_parameter {
	RUN_VALUE,
	RUN_STATUS,
	RUN_TARGET,
	RUN_TIME_TO_TARGET,
	RUN_CONTROL_ACTIVE,
	RUN_STATE,
	RUN_LEVEL,
	RUN_LATCHED,
	RUN_SAFE_CONFIRMED,
	RUN_CAUSE,
	RUN_RUN,
	RUN_RECIPE,
	RUN_LABEL,
	RUN_STEP,
	RUN_STEP_COUNT,
	RUN_STEP_LABEL,
	RUN_PLAN,
	RUN_PROGRESS,
	RUN_SETPOINT,
	RUN_SOAKED,
	RUN_SOAK_ASKED,
	RUN_PROMPT,
	RUN_CHOICES,
	RUN_REPLACE_WAITS,
	RUN_IMAGES,
	RUN_IMAGES_PLANNED,
	RUN_LAST_IMAGE,
	RUN_GAS_INLET,
	RUN_GAS_SAMPLE,
	RUN_EVENT,
	RUN_QUEUE,
	RUN_QUEUE_STATE,
	RUN_PARAMETER_N
};

enum run_command {
	RUN_STOP,
	RUN_HOLD,
	RUN_CLEAR_ERRORS,
	RUN_START,
	RUN_VALIDATE,
	RUN_RECIPES,
	RUN_REPLACE,
	RUN_RESUME,
	RUN_SKIP,
	RUN_ABORT,
	RUN_RESET,
	RUN_EXTEND,
	RUN_ANSWER,
	RUN_LOAD,
	RUN_QUEUE_ADD,
	RUN_QUEUE_MOVE,
	RUN_QUEUE_REMOVE,
	RUN_QUEUE_GO,
	RUN_QUEUE_HOLD,
	RUN_EVENTS,
	RUN_HISTORY,
	RUN_COMMAND_N
};

/* Of run:status. */
enum run_code {
	RUN_CODE_IDLE = 100,
	RUN_CODE_WARN = 200,
	RUN_CODE_BUSY = 300,
	RUN_CODE_PAUSED = 301,
	RUN_CODE_HELD = 302,
	RUN_CODE_ASKING = 303,
	RUN_CODE_ERROR = 400,
};

#define RUN_NAME_MAX 128
#define RUN_LINES_MAX 256      /* events that are remembered */
#define RUN_PROBLEMS_MAX 20000 /* bytes of a list of mistakes */
#define RUN_COURSE_MAX 200000  /* ... of a predicted course */

/* One event, in the words of run:_event. */
struct run_line {
	uint32_t number;
	char *json;
};

struct run_module {
	const struct daemon_node_setup *setup;
	struct node *node;
	int module;
	int parameter[RUN_PARAMETER_N];
	int command[RUN_COMMAND_N];
	bool active;
	run_module_on_turn *on_turn; /* NULL: nobody minds */
	void *on_turn_context;
	/* Of the present or the last run. */
	char target[RUN_NAME_MAX]; /* as its client calls it */
	uint32_t run;
	bool remarks;		   /* a warning or an alarm was raised */
	char end[ACTION_TEXT_MAX]; /* why it is over */
	const struct plan *plan;   /* that _plan shows; NULL: none, or one
				    * that is gone */
	struct text scratch;
	struct shelf shelf; /* of _load */
	struct queue queue;
	struct run_next *next; /* of the queue; NULL: none is on its way */
	bool queue_changed;    /* since it was shown */
	nsec last_t;	       /* newest time that is known, UTC */
	uint32_t n_stops;      /* times that somebody wanted an end */
	/* The newest events: a ring, by number. */
	struct run_line lines[RUN_LINES_MAX];
};

/* A request that is at the desk: whose, when, what. */
struct asked {
	struct run_module *r;
	const struct node_request *request;
	nsec now;
	struct desk_who who;
};

/* run_module.c */
nsec run_utc(const struct run_module *r, nsec now);

/* run_show.c */
void run_show(struct run_module *r, nsec now);
void run_set_text(struct run_module *r, enum run_parameter p, const char *text,
		  nsec t);
void run_set_count(struct run_module *r, enum run_parameter p, int64_t n,
		   nsec t);

/* run_log.c: tells who asked for log lines. */
void run_log(const struct run_module *r, const struct action *a, nsec now);

/* run_request.c */
/* What was done is in the log when the client reads this. */
void run_confirm(const struct asked *a, const char *json);
void run_refuse_err(const struct asked *a, const struct err *err);
void run_refuse_recipe(const struct asked *a, struct problems *p);
/* What was started is what is shown. */
void run_show_start(struct run_module *r, const char *called, const char *label,
		    uint32_t run, nsec t);
extern const struct node_command run_commands[RUN_COMMAND_N];
void run_on_request(void *context, const struct node_request *request);

/* run_recipe.c */
void run_on_start(const struct asked *a);
void run_on_start_named(const struct asked *a);
void run_on_validate(const struct asked *a);
void run_on_replace(const struct asked *a);
void run_on_check(const struct asked *a);

/* run_order.c: a request whose recipe is being compiled. */
struct run_order {
	struct order_job job; /* first; its order has what came of it */
	struct asked a;	      /* as of now, with `request` */
	struct node_request request;
	struct node_who who;
	json_t *argument;
	struct recipe_request q;
	/* On the loop, once, unless the client has got an answer. The plan is
	 * there, but for questions. */
	void (*then)(struct run_order *o);
	bool is_question; /* nothing will be done, mistakes are an answer */
	bool later;	  /* as of desk_order_later() */
	uint32_t n_stops; /* of the module, when it was asked */
	unsigned tries;
	struct text text;	/* for job.more */
	enum queue_after after; /* for the queue */
};
struct run_order *run_order_new(const struct asked *a,
				void (*then)(struct run_order *o));
/* The recipe as the client brings it, or by its name. -1: the client has its
 * answer, and the order is gone. */
int run_order_read(struct run_order *o);
int run_order_find(struct run_order *o);
/* It frees itself. */
void run_order_go(struct run_order *o);
void run_order_free(struct run_order *o); /* of one that did not go */

/* run_loaded.c */
extern const struct datainfo run_loaded_datainfo;
void run_on_load(const struct asked *a);
/* A recipe by its name, on the shelf or in the library. */
int run_find_recipe(struct run_module *r, const char *name,
		    struct recipe_request *q, struct err *err);

/* run_next.c: what the queue starts next. */
struct run_next {
	struct order_job job; /* first; its order has what came of it */
	struct run_module *r;
	uint32_t id;	  /* of its entry */
	uint32_t n_stops; /* of the module, when it was ordered */
	struct sheet sheet;
	bool ready;	/* compiled, with or without mistakes; or: */
	bool failed;	/* it could not even be ordered, because of */
	struct err err; /* ... this */
	/* Who told the queue to go on is answered when it has looked; NULL:
	 * nobody waits. Only its request counts. */
	struct run_order *go;
};
/* Is this entry compiled, against the state as it is? If not, it soon is: then
 * the queue is looked at again. */
bool run_next_is_ready(struct run_module *r, const struct queue_entry *e,
		       nsec now);
struct run_next *run_next_take(struct run_module *r); /* one that is ready */
void run_next_drop(struct run_next **next);	      /* of NULL is fine */

/* run_queue.c */
extern const struct datainfo run_queue_add_datainfo, run_queue_move_datainfo,
	run_queue_id_datainfo;
void run_queue_init(struct run_module *r);
void run_queue_seen(struct run_module *r, const struct actions *actions,
		    nsec now);
/* Not from inside the ring: it may start a run. */
void run_queue_tick(struct run_module *r, nsec now);
/* Answers who told it to go on. */
void run_queue_gone_on(struct run_order *go, nsec now);
void run_on_queue_add(const struct asked *a);
void run_on_queue_move(const struct asked *a);
void run_on_queue_remove(const struct asked *a);
void run_on_queue_go(const struct asked *a);
void run_on_queue_hold(const struct asked *a);

/* run_past.c */
extern const struct datainfo run_events_datainfo, run_history_datainfo,
	run_past_datainfo;
void run_past_init(struct run_module *r);
void run_past_fini(struct run_module *r);
void run_on_events(const struct asked *a);
void run_on_history(const struct asked *a);

#endif
