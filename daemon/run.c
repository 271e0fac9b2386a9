/*
 * gascelld run: reads the configuration, opens the log, and hands both to the
 * daemon (daemon/daemon.h).
 */
#include "daemon/run.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/array.h"
#include "daemon/daemon.h"
#include "ring/clock.h"
#include "ring/log.h"
#include "tools/commands.h"
#include "tools/complaint.h"
#include "tools/options.h"
#include "tools/socket.h"

struct settings {
	const char *config, *db, *images, *socket, *listen;
	double speed;
	int64_t seed;
};

/* What a daemon is made of, as it comes together here. */
struct parts {
	const struct settings *settings;
	struct config *config;
	struct access access;
	struct store *store;
	struct kept kept;	 /* by the start before this one */
	struct queue_kept queue; /* as the last start has left it */
	bool interrupted;
	struct listener_given given[LISTENER_SYSTEMD_MAX];
	size_t n_given;
	nsec real, utc;
};

static int fail(const struct err *err, int code)
{
	log_error("%s", err->msg);
	return code;
}

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

static int load(struct parts *p)
{
	const struct settings *s = p->settings;
	struct problems problems = { 0 };
	struct err err;

	p->config = config_load(s->config, &problems);
	if (!p->config)
		complaint_print(&problems);
	problems_free(&problems);
	if (!p->config)
		return EXIT_FAILED;
	override(p->config->database, s->db);
	override(p->config->images, s->images);
	override(p->config->socket, s->socket);
	if (s->listen)
		text_copy(p->config->listen, sizeof(p->config->listen),
			  s->listen);
	return access_init(&p->access, &p->config->access, &err)
		       ? fail(&err, EXIT_FAILED)
		       : EXIT_OK;
}

static int make_directories(struct parts *p, struct err *err)
{
	char images[CONFIG_PATH_MAX + 1];

	snprintf(images, sizeof(images), "%s/", p->config->images);
	if (listener_make_directories(p->config->database, err))
		return -1;
	return images[1] ? listener_make_directories(images, err) : 0;
}

static int open_log(struct parts *p)
{
	_cleanup_(text_free) struct text notice = { 0 };
	struct store_options options = {
		.durable = true,
		.version = GASCELL_VERSION,
		.config = p->config->text,
		.seed = (uint64_t)p->settings->seed,
	};
	struct err err;

	/* One that systemd gave us is ours, although somebody listens. */
	p->n_given = listener_systemd(p->given);
	if (!listener_is_given_local(p->given, p->n_given) &&
	    socket_is_taken(p->config->socket)) {
		log_error("another gascelld listens at %s", p->config->socket);
		return EXIT_RUNNING;
	}
	if (make_directories(p, &err))
		return fail(&err, EXIT_INTERNAL);
	p->real = clock_real();
	options.now = clock_utc();
	p->store = store_open(p->config->database, &options, &p->interrupted,
			      &notice, &err);
	if (!p->store)
		return fail(&err, err.code == ERR_STATE ? EXIT_RUNNING
							: EXIT_INTERNAL);
	if (notice.n)
		log_warning("%s", text_str(&notice));
	/* Without it the daemon is as good, but for what it does not know. */
	if (store_kept(p->store, &p->kept, &err))
		log_error("%s", err.msg);
	p->utc = store_started(p->store);
	if (!queue_kept_read(&p->queue, p->store, &err))
		return EXIT_OK;
	store_close(p->store);
	return fail(&err, EXIT_INTERNAL);
}

static void announce(const struct parts *p)
{
	log_info("laboratory: %s%s", p->config->site.name,
		 p->settings->config ? "" : " (built in)");
	log_info("log: %s", p->config->database);
	log_info("images: %s", p->config->images);
	if (p->settings->speed != 1.0)
		log_info("time runs up to %g times faster", p->settings->speed);
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

static int live_through(struct parts *p)
{
	const struct daemon_setup setup = {
		.config = p->config,
		.access = &p->access,
		.store = p->store,
		.kept = &p->kept,
		.queue = &p->queue,
		.interrupted = p->interrupted,
		.given = p->given,
		.n_given = p->n_given,
		.real = p->real,
		.utc = p->utc,
		.speed = p->settings->speed,
		.seed = (uint64_t)p->settings->seed,
	};
	_cleanup_(problems_free) struct problems problems = { 0 };
	int code;

	announce(p);
	code = daemon_run(&setup, &problems);
	complaint_print(&problems);
	return code;
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
	struct parts p = { .settings = &s };

	if (code >= 0)
		return code;
	signal(SIGPIPE, SIG_IGN);
	code = check_speed(s.speed);
	if (code == EXIT_OK)
		code = load(&p);
	if (code == EXIT_OK)
		code = open_log(&p);
	if (code == EXIT_OK)
		code = live_through(&p);
	queue_kept_fini(&p.queue);
	config_free(p.config);
	return code;
}
