/*
 * gascelld run: the daemon. In order: the log is opened, the instruments are
 * opened and commanded safe, what they read back confirms it, and only then
 * is there a socket to talk to. On SIGTERM the same way back.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "daemon/access.h"
#include "daemon/commands.h"
#include "daemon/discovery.h"
#include "daemon/listener.h"
#include "daemon/notices.h"
#include "daemon/options.h"
#include "daemon/server.h"
#include "daemon/supervisor.h"
#include "node/node.h"
#include "node/queue_kept.h"
#include "ring/archive.h"
#include "ring/byte_trace.h"
#include "ring/clock.h"
#include "ring/live.h"
#include "ring/log.h"
#include "ring/orders.h"

#define TICK_MS 250
#define SAFE_WITHIN_MS 2000
#define CLOSE_MS 3000
/* A disk that hangs must not keep a daemon that was told to end. */
#define END_WITHIN_S 10

struct settings {
	const char *config, *db, *images, *socket, *listen;
	double speed;
	int64_t seed;
};

struct daemon {
	const struct settings *settings;
	struct config *config;
	struct config_recipes recipes;
	struct access access;
	struct store *store;
	struct kept kept;	 /* by the start before this one */
	struct queue_kept queue; /* as the last start has left it */
	struct archive *archive;
	struct orders *orders;
	bool interrupted;
	struct listener_given given[LISTENER_SYSTEMD_MAX];
	size_t n_given;
	bool own_socket; /* the file is ours to remove */
	nsec real, utc;
	uv_loop_t loop;
	struct live *live;
	struct desk *desk;
	struct byte_trace *trace;
	struct notices *notices;
	struct daemon_node *node;
	struct server *server;
	struct discovery *discovery;
	uv_signal_t signals[2];
	uv_timer_t tick;
	uv_timer_t watchdog;
	unsigned ticks;
	char log_state[ERR_MSG_MAX + 16];
	bool stopping;
	int code;
};

static void complain(const struct problems *problems)
{
	_cleanup_(text_free) struct text text = { 0 };

	problems_print(problems, &text);
	fputs(text_str(&text), stderr);
}

static int fail(const struct err *err, int code)
{
	log_error("%s", err->msg);
	return code;
}

/* -- before the loop --------------------------------------------------- */

static void override(char *to, const char *given)
{
	char here[CONFIG_PATH_MAX];

	if (!given)
		return;
	if (given[0] == '/' || !given[0] || !getcwd(here, sizeof(here)))
		text_copy(to, CONFIG_PATH_MAX, given);
	else
		snprintf(to, CONFIG_PATH_MAX, "%.250s/%.250s", here, given);
}

static int load(struct daemon *d)
{
	const struct settings *s = d->settings;
	struct problems problems = { 0 };
	struct err err;

	d->config = config_load(s->config, &problems);
	if (!d->config)
		complain(&problems);
	problems_free(&problems);
	if (!d->config)
		return EXIT_FAILED;
	override(d->config->database, s->db);
	override(d->config->images, s->images);
	override(d->config->socket, s->socket);
	if (s->listen)
		text_copy(d->config->listen, sizeof(d->config->listen),
			  s->listen);
	d->recipes.library = d->config->recipes;
	return access_init(&d->access, &d->config->access, &err)
		       ? fail(&err, EXIT_FAILED)
		       : EXIT_OK;
}

static int make_directories(struct daemon *d, struct err *err)
{
	char images[CONFIG_PATH_MAX + 1];

	snprintf(images, sizeof(images), "%s/", d->config->images);
	if (listener_make_directories(d->config->database, err))
		return -1;
	return images[1] ? listener_make_directories(images, err) : 0;
}

static bool is_given_local(const struct daemon *d)
{
	for (size_t i = 0; i < d->n_given; i++)
		if (!d->given[i].tcp)
			return true;
	return false;
}

static int open_log(struct daemon *d)
{
	_cleanup_(text_free) struct text notice = { 0 };
	struct store_options options = {
		.durable = true,
		.version = GASCELL_VERSION,
		.config = d->config->text,
		.seed = (uint64_t)d->settings->seed,
	};
	struct err err;

	/* One that systemd gave us is ours, although somebody listens. */
	d->n_given = listener_systemd(d->given);
	if (!is_given_local(d) && listener_is_taken(d->config->socket)) {
		log_error("another gascelld listens at %s", d->config->socket);
		return EXIT_RUNNING;
	}
	if (make_directories(d, &err))
		return fail(&err, EXIT_INTERNAL);
	d->real = clock_real();
	options.now = clock_utc();
	d->store = store_open(d->config->database, &options, &d->interrupted,
			      &notice, &err);
	if (!d->store)
		return fail(&err, err.code == ERR_STATE ? EXIT_RUNNING
							: EXIT_INTERNAL);
	if (notice.n)
		log_warning("%s", text_str(&notice));
	/* Without it the daemon is as good, but for what it does not know. */
	if (store_kept(d->store, &d->kept, &err))
		log_error("%s", err.msg);
	d->utc = store_started(d->store);
	if (!queue_kept_read(&d->queue, d->store, &err))
		return EXIT_OK;
	store_close(d->store);
	return fail(&err, EXIT_INTERNAL);
}

/* -- on the loop ------------------------------------------------------- */

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
	if (d->server)
		server_flush(d->server);
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
	live_stop(d->live, SAFE_WITHIN_MS);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct daemon *d = handle->data;

	log_info("%s: %s", strsignal(number),
		 d->stopping ? "hurrying" : "making everything safe");
	stop(d);
}

static int listen_at_socket(struct daemon *d, struct err *err)
{
	int fd = listener_unix(d->config->socket, d->config->group, err);

	if (fd < 0 || server_add(d->server, fd, false, err))
		return -1;
	d->own_socket = true;
	log_info("socket %s (try: gascellctl --socket %s status)",
		 d->config->socket, d->config->socket);
	return 0;
}

/* Without it clients are told the address by hand. */
static void be_found(struct daemon *d, const char *where)
{
	struct err err;

	if (!d->config->discovery)
		return;
	d->discovery = discovery_new(&d->loop, daemon_node_node(d->node), where,
				     d->config->discovery_port, &err);
	if (d->discovery)
		log_info("found by who looks at udp:%d",
			 d->config->discovery_port);
	else
		log_warning("%s", err.msg);
}

static int listen_at_tcp(struct daemon *d, struct err *err)
{
	_cleanup_(text_free) struct text where = { 0 };
	int fd;

	if (!d->config->listen[0])
		return 0;
	fd = listener_tcp(d->config->listen, &where, err);
	if (fd < 0 || server_add(d->server, fd, true, err))
		return -1;
	log_info("listening at tcp:%s (%s)", text_str(&where),
		 d->config->listen_writes ? "clients may operate"
					  : "read-only");
	be_found(d, text_str(&where));
	return 0;
}

static int listen_everywhere(struct daemon *d, struct err *err)
{
	const struct server_setup setup = {
		.loop = &d->loop,
		.node = daemon_node_node(d->node),
		.access = &d->access,
		.tcp_rights = d->config->listen_writes ? NODE_OPERATOR
						       : NODE_OBSERVER,
		.websocket = d->config->websocket,
		.utc = utc_now,
		.context = d,
	};

	d->server = server_new(&setup);
	for (size_t i = 0; i < d->n_given; i++)
		if (server_add(d->server, d->given[i].fd, d->given[i].tcp, err))
			return -1;
	if (!is_given_local(d) && listen_at_socket(d, err))
		return -1;
	return listen_at_tcp(d, err);
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
		 d->interrupted ? "; the last run was cut off: "
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
	server_close(d->server);
	d->server = NULL;
	discovery_close(d->discovery);
	d->discovery = NULL;
	if (d->own_socket)
		unlink(d->config->socket);
	uv_close((uv_handle_t *)&d->tick, NULL);
	uv_close((uv_handle_t *)&d->watchdog, NULL);
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

static void on_tick(uv_timer_t *timer)
{
	struct daemon *d = timer->data;

	daemon_node_tick(d->node, live_now(d->live));
	tell_log_state(d);
	if (++d->ticks % (1000 / TICK_MS))
		return;
	live_check_wall(d->live);
	tell_status(d);
	if (d->server)
		server_tick(d->server, clock_real());
}

static void on_watchdog(uv_timer_t *timer)
{
	struct daemon *d = timer->data;

	if (live_advances(d->live))
		supervisor_feed();
	else
		log_error("a bus or the log stands still: the watchdog is "
			  "not fed");
}

static void start_timers(struct daemon *d)
{
	static const int numbers[] = { SIGTERM, SIGINT };
	uint64_t period = supervisor_period_ms();

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		uv_signal_init(&d->loop, &d->signals[i]);
		d->signals[i].data = d;
		uv_signal_start(&d->signals[i], on_signal, numbers[i]);
	}
	uv_timer_init(&d->loop, &d->tick);
	d->tick.data = d;
	uv_timer_start(&d->tick, on_tick, TICK_MS, TICK_MS);
	uv_timer_init(&d->loop, &d->watchdog);
	d->watchdog.data = d;
	uv_timer_start(&d->watchdog, on_watchdog, period ? period : 1000,
		       period ? period : 1000);
}

/* -- life -------------------------------------------------------------- */

static int make_live(struct daemon *d)
{
	const struct live_setup setup = {
		.loop = &d->loop,
		.config = d->config,
		.store = d->store,
		.real = d->real,
		.utc = d->utc,
		.interrupted = d->interrupted,
		.speed = d->settings->speed,
		.seed = (uint64_t)d->settings->seed,
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
	struct problems problems = { 0 };
	struct err err;

	d->live = live_new(&setup, &problems, &err);
	if (!d->live && problems.n)
		complain(&problems);
	else if (!d->live)
		log_error("%s", err.msg);
	problems_free(&problems);
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
		.kept = &d->kept,
		.queue = &d->queue,
		.interrupted = d->interrupted,
		.attention = on_attention,
		.attention_context = d,
		.images = d->config->images,
		.batch = present_batch,
		.batch_context = d,
		.trace = d->trace,
	};
	struct daemon_node_setup with_desk = setup;
	struct err err;

	d->desk = desk_new(d->config, live_ring(d->live),
			   (uint64_t)d->settings->seed,
			   &(struct desk_numbers){ next_run, take_run, d });
	with_desk.desk = d->desk;
	d->archive = archive_new(&d->loop, d->config->database, &err);
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

static void announce(const struct daemon *d)
{
	log_info("laboratory: %s%s", d->config->site.name,
		 d->settings->config ? "" : " (built in)");
	log_info("log: %s", d->config->database);
	log_info("images: %s", d->config->images);
	if (d->settings->speed != 1.0)
		log_info("time runs up to %g times faster", d->settings->speed);
}

static int live_through(struct daemon *d)
{
	int code;

	if (uv_loop_init(&d->loop)) {
		store_close(d->store);
		return EXIT_INTERNAL;
	}
	announce(d);
	if (make_live(d)) {
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

static int check_speed(double speed)
{
	if (speed > 0 && speed <= CLOCK_SPEED_MAX)
		return EXIT_OK;
	fprintf(stderr,
		"gascelld run: --speed is a number above 0, at most "
		"%g\n",
		CLOCK_SPEED_MAX);
	return EXIT_USAGE;
}

int run_main(int argc, char **argv)
{
	struct settings s = { .speed = 1.0, .seed = 1 };
	const struct option_row rows[] = {
		{ "config", 'c', "FILE", "the laboratory (else: simulated)",
		  .text = &s.config },
		{ "db", 0, "FILE", "the log", .text = &s.db },
		{ "images", 0, "DIR", "where frames go", .text = &s.images },
		{ "socket", 0, "PATH", "where operators connect",
		  .text = &s.socket },
		{ "listen", 0, "ADDR:PORT",
		  "also by TCP (read-only unless "
		  "configured)",
		  .text = &s.listen },
		{ "speed", 0, "X", "time runs so many times faster",
		  .number = &s.speed },
		{ "seed", 0, "N", "of the simulated noise",
		  .integer = &s.seed },
	};
	const struct options options = {
		.name = "run",
		.max = 0,
		.rows = rows,
		.n_rows = ARRAY_SIZE(rows),
		.summary = "The daemon: runs recipes on the laboratory.",
	};
	struct options_words words;
	int code = options_parse(&options, argc, argv, &words);
	struct daemon d = { .settings = &s };

	if (code >= 0)
		return code;
	signal(SIGPIPE, SIG_IGN);
	code = check_speed(s.speed);
	if (code == EXIT_OK)
		code = load(&d);
	if (code == EXIT_OK)
		code = open_log(&d);
	if (code == EXIT_OK)
		code = live_through(&d);
	queue_kept_fini(&d.queue);
	config_free(d.config);
	return code;
}
