#include "daemon/daemon.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/array.h"
#include "daemon/notices.h"
#include "daemon/sockets.h"
#include "daemon/supervisor.h"
#include "node/node.h"
#include "ring/archive.h"
#include "ring/byte_trace.h"
#include "ring/clock.h"
#include "ring/live.h"
#include "ring/log.h"
#include "ring/orders.h"
#include "tools/commands.h"

#define TICK (NSEC_PER_S / 4)
#define SAFE_WITHIN (2 * NSEC_PER_S)
#define CLOSE_MS 3000
/* A disk that hangs must not keep a daemon that was told to end. */
#define END_WITHIN_S 10

struct daemon {
	const struct daemon_setup *setup;
	const struct config *config;
	struct config_recipes recipes;
	struct archive *archive;
	struct orders *orders;
	uv_loop_t loop;
	struct live *live;
	struct desk *desk;
	struct byte_trace *trace;
	struct notices *notices;
	struct daemon_node *node;
	struct sockets sockets;
	uv_signal_t signals[2];
	struct timers timers;
	struct timer tick;
	struct timer watchdog;
	nsec watchdog_every;
	unsigned ticks;
	char log_state[ERR_MSG_MAX + 16];
	bool stopping;
	int code;
};

static nsec utc_now(void *context)
{
	struct daemon *d = context;

	return live_now(d->live) + live_utc_offset(d->live);
}

static uint32_t next_run(void *context)
{
	struct daemon *d = context;

	return live_next_run(d->live);
}

static void take_run(void *context)
{
	struct daemon *d = context;

	live_take_run(d->live);
}

static void on_seen(void *context, const struct event *event,
		    const struct actions *actions)
{
	struct daemon *d = context;

	daemon_node_seen(d->node, event, actions);
	notices_seen(d->notices, event, actions);
	desk_seen(d->desk, actions);
}

static void on_attention(void *context, const struct alarm *a)
{
	struct daemon *d = context;

	notices_alarm(d->notices, a);
}

static void on_frame_file(void *context, nsec now, uint32_t image,
			  const char *path)
{
	struct daemon *d = context;

	daemon_node_image_file(d->node, now, image, path);
}

static void on_committed(void *context, uint64_t batch)
{
	struct daemon *d = context;

	daemon_node_committed(d->node, batch);
}

static void on_log_failed(void *context, const char *why)
{
	struct daemon *d = context;

	daemon_node_log_failed(d->node, why);
}

static uint64_t present_batch(void *context)
{
	struct daemon *d = context;

	return live_batch(d->live);
}

static void on_turned(void *context)
{
	struct daemon *d = context;

	if (d->node)
		daemon_node_turn(d->node);
	sockets_flush(&d->sockets);
}

static void stop(struct daemon *d)
{
	struct command abort = { .kind = COMMAND_ABORT };
	const struct desk_who who = { .user = "daemon", .program = "stop" };
	struct err err;

	if (!d->stopping) {
		d->stopping = true;
		supervisor_stopping();
		/* A refusal is fine: then everything is safe already. */
		desk_command(d->desk, live_now(d->live), &abort, &who, &err);
	}
	live_stop(d->live, SAFE_WITHIN);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct daemon *d = handle->data;

	log_info("%s: %s", strsignal(number),
		 d->stopping ? "hurrying" : "making everything safe");
	stop(d);
}

static int listen_everywhere(struct daemon *d, struct err *err)
{
	const struct sockets_setup setup = {
		.loop = &d->loop,
		.node = daemon_node_node(d->node),
		.config = d->config,
		.access = d->setup->access,
		.given = d->setup->given,
		.n_given = d->setup->n_given,
		.utc = utc_now,
		.context = d,
	};

	return sockets_open(&d->sockets, &setup, err);
}

static void say_unconfirmed(struct daemon *d)
{
	_cleanup_(text_free) struct text missing = { 0 };

	live_missing(d->live, &missing);
	log_error("NOT EVERYTHING WAS READ BACK SAFE (%s): nothing can be "
		  "started until it is; look at the instruments",
		  missing.n ? text_str(&missing) : "all are connected");
}

static void on_ready(void *context, bool confirmed)
{
	struct daemon *d = context;
	struct err err;

	if (d->stopping)
		return;
	if (!confirmed)
		say_unconfirmed(d);
	daemon_node_ready(d->node, live_now(d->live));
	if (listen_everywhere(d, &err)) {
		d->code = err.code == ERR_STATE ? EXIT_RUNNING : EXIT_INTERNAL;
		log_error("%s", err.msg);
		stop(d);
		return;
	}
	log_info("ready%s",
		 d->setup->interrupted
			 ? "; the last run was cut off: "
			   "reset when you have looked at the laboratory"
			 : "");
	supervisor_ready();
}

static void close_loop(struct daemon *d)
{
	/* Before the log: what came of it belongs there. */
	bool told = notices_close(d->notices);

	d->notices = NULL;
	if (!archive_close(d->archive, CLOSE_MS) ||
	    !orders_close(d->orders, CLOSE_MS) || !live_close(d->live) ||
	    !told) {
		log_error("a thread hangs; ending without it");
		_exit(EXIT_INTERNAL);
	}
	sockets_close(&d->sockets);
	timers_close(&d->timers);
	for (size_t i = 0; i < ARRAY_SIZE(d->signals); i++)
		uv_close((uv_handle_t *)&d->signals[i], NULL);
}

static void on_stopped(void *context)
{
	struct daemon *d = context;

	alarm(END_WITHIN_S);
	uv_stop(&d->loop);
}

/* -- now and then ------------------------------------------------------ */

static void tell_log_state(struct daemon *d)
{
	const char *state = live_log_state(d->live);

	if (!strcmp(state, d->log_state))
		return;
	text_copy(d->log_state, sizeof(d->log_state), state);
	daemon_node_log_state(d->node, live_now(d->live), state);
}

static void tell_status(struct daemon *d)
{
	struct engine_status status;
	char text[256];

	engine_status(live_ring(d->live)->engine, live_now(d->live), &status);
	snprintf(text, sizeof(text), "%s, level %s%s%s, log %.64s",
		 run_state_name(status.state), level_name(status.level),
		 status.cause[0] ? ": " : "", status.cause, d->log_state);
	supervisor_status(text);
}

static void on_tick(void *context)
{
	struct daemon *d = context;

	timer_start_in(&d->tick, TICK);
	daemon_node_tick(d->node, live_now(d->live));
	tell_log_state(d);
	daemon_node_turn_longest(d->node, live_now(d->live),
				 sockets_longest_turn(&d->sockets));
	if (++d->ticks % (NSEC_PER_S / TICK))
		return;
	live_check_wall(d->live);
	tell_status(d);
	sockets_tick(&d->sockets, clock_real());
}

static void on_watchdog(void *context)
{
	struct daemon *d = context;

	timer_start_in(&d->watchdog, d->watchdog_every);
	if (live_advances(d->live))
		supervisor_feed();
	else
		log_error("a bus or the log stands still: the watchdog is "
			  "not fed");
}

static void start_timers(struct daemon *d)
{
	static const int numbers[] = { SIGTERM, SIGINT };

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		uv_signal_init(&d->loop, &d->signals[i]);
		d->signals[i].data = d;
		uv_signal_start(&d->signals[i], on_signal, numbers[i]);
	}
	timer_init(&d->tick, &d->timers, on_tick, d);
	timer_start_in(&d->tick, TICK);
	d->watchdog_every = supervisor_period();
	timer_init(&d->watchdog, &d->timers, on_watchdog, d);
	timer_start_in(&d->watchdog, d->watchdog_every);
}

static int make_loop(struct daemon *d)
{
	struct err err;

	if (uv_loop_init(&d->loop))
		return -1;
	if (!timers_init(&d->timers, &d->loop, &err))
		return 0;
	log_error("%s", err.msg);
	uv_run(&d->loop, UV_RUN_DEFAULT);
	uv_loop_close(&d->loop);
	return -1;
}

static int make_live(struct daemon *d, struct problems *problems)
{
	const struct live_setup setup = {
		.loop = &d->loop,
		.timers = &d->timers,
		.config = d->config,
		.store = d->setup->store,
		.real = d->setup->real,
		.utc = d->setup->utc,
		.interrupted = d->setup->interrupted,
		.speed = d->setup->speed,
		.seed = d->setup->seed,
		.images = d->config->images,
		.seen = on_seen,
		.frame_file = on_frame_file,
		.committed = on_committed,
		.log_failed = on_log_failed,
		.turned = on_turned,
		.ready = on_ready,
		.stopped = on_stopped,
		.context = d,
	};
	struct err err;

	d->live = live_new(&setup, problems, &err);
	if (!d->live && !problems->n)
		log_error("%s", err.msg);
	return d->live ? 0 : -1;
}

static nsec ring_now(void *context)
{
	const struct daemon *d = context;

	return live_now(d->live);
}

/* Without it the laboratory is as safe; but nobody hears of it. */
static void make_notices(struct daemon *d)
{
	const struct notices_setup setup = {
		.loop = &d->loop,
		.config = d->config,
		.ring = live_ring(d->live),
		.utc_offset = live_utc_offset(d->live),
	};
	struct err err;

	d->notices = notices_new(&setup, &err);
	if (err.code)
		log_error("notify: %s", err.msg);
}

static void make_node(struct daemon *d)
{
	const struct daemon_node_setup setup = {
		.config = d->config,
		.ring = live_ring(d->live),
		.desk = NULL,
		.now = live_now(d->live),
		.utc_offset = live_utc_offset(d->live),
		.find = config_find_recipe,
		.find_context = &d->recipes,
		.list = config_list_recipes,
		.database = d->config->database,
		.kept = d->setup->kept,
		.queue = d->setup->queue,
		.interrupted = d->setup->interrupted,
		.attention = on_attention,
		.attention_context = d,
		.images = d->config->images,
		.batch = present_batch,
		.batch_context = d,
		.trace = d->trace,
	};
	struct daemon_node_setup with_desk = setup;
	struct err err;

	d->desk = desk_new(d->config, live_ring(d->live), d->setup->seed,
			   &(struct desk_numbers){ next_run, take_run, d });
	with_desk.desk = d->desk;
	d->archive =
		archive_new(&d->loop, &d->timers, d->config->database, &err);
	if (!d->archive) /* only questions about the past need it */
		log_error("%s", err.msg);
	with_desk.archive = d->archive;
	d->orders = orders_new(&d->loop, ring_now, d, &err);
	if (!d->orders) /* then long recipes keep the loop */
		log_error("%s", err.msg);
	with_desk.orders = d->orders;
	make_notices(d);
	d->node = daemon_node_new(&with_desk);
}

static int live_through(struct daemon *d, struct problems *problems)
{
	int code;

	if (make_loop(d)) {
		store_close(d->setup->store);
		return EXIT_INTERNAL;
	}
	if (make_live(d, problems)) {
		timers_close(&d->timers);
		uv_run(&d->loop, UV_RUN_DEFAULT);
		uv_loop_close(&d->loop);
		return EXIT_FAILED;
	}
	d->trace = byte_trace_new(d->config, live_rig(d->live));
	make_node(d);
	start_timers(d);
	uv_run(&d->loop, UV_RUN_DEFAULT);
	close_loop(d);
	uv_run(&d->loop, UV_RUN_DEFAULT);
	code = uv_loop_close(&d->loop) ? EXIT_INTERNAL : d->code;
	daemon_node_free(d->node);
	desk_free(d->desk);
	live_free(d->live);
	byte_trace_free(d->trace);
	log_info("ended");
	return code;
}

int daemon_run(const struct daemon_setup *setup, struct problems *problems)
{
	struct daemon d = { .setup = setup, .config = setup->config };

	d.recipes.library = setup->config->recipes;
	return live_through(&d, problems);
}
