/*
 * gascelld emulate: the simulated laboratory behind real wires. Every
 * instrument answers on a pty or a TCP port as the real one would, so that a
 * daemon beside it uses the links, drivers and definitions of a real
 * laboratory. Lines on standard input make the wires fail.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/array.h"
#include "emulator/lab.h"
#include "emulator/site.h"
#include "ring/clock.h"
#include "tools/commands.h"
#include "tools/complaint.h"
#include "tools/options.h"

#define TICK_MS 10
#define LINE_SIZE 512
#define CONFIG_BYTES_MAX YAML_BYTES_MAX

struct settings {
	const char *config, *write_config;
	double speed;
	int64_t seed;
	bool json;
};

struct emulation {
	const struct settings *settings;
	struct yaml *yaml;
	nsec began;
	struct emulator_lab lab;
	uv_loop_t loop;
	uv_signal_t signals[2];
	uv_timer_t tick;
	uv_poll_t input;
	bool has_input;
	bool is_stopping;
	size_t n_line;
	char line[LINE_SIZE];
	bool skips; /* the rest of a line too long */
};

/* -- what it says ------------------------------------------------------- */

static void print_json(json_t *value)
{
	char *s = json_dumps(value, JSON_COMPACT);

	json_decref(value);
	puts(s);
	fflush(stdout);
	free(s);
}

static json_t *where_json(const struct emulator_server *s)
{
	if (!emulator_server_is_serial(s))
		return json_pack("{s:s, s:s, s:i}", "type", "tcp", "host",
				 "127.0.0.1", "port", s->port);
	return json_pack("{s:s, s:s}", "type", "file", "path", s->path);
}

static void print_where(const struct emulator_server *s)
{
	if (emulator_server_is_serial(s))
		printf("%-11s %-22s %s\n", s->name, s->path, s->about);
	else
		printf("%-11s 127.0.0.1:%-12d %s\n", s->name, s->port,
		       s->about);
}

static void announce(struct emulation *e)
{
	json_t *servers = e->settings->json ? json_object() : NULL;

	for (int i = 0; i < EMULATOR_SERVERS_N; i++)
		if (servers)
			json_object_set_new(servers, e->lab.servers[i].name,
					    where_json(&e->lab.servers[i]));
		else
			print_where(&e->lab.servers[i]);
	if (servers)
		print_json(json_pack("{s:o}", "servers", servers));
	fflush(stdout);
}

/* A server came back: a pty under another name. */
static void on_moved(void *context, const struct emulator_server *server)
{
	struct emulation *e = context;

	if (e->settings->json)
		print_json(json_pack("{s:s, s:o}", "moved", server->name, "to",
				     where_json(server)));
	else
		print_where(server);
	fflush(stdout);
}

static void acknowledge(struct emulation *e, const char *mistake)
{
	_cleanup_(text_free) struct text shown = { 0 };

	text_add_escaped(&shown, mistake, strlen(mistake), ERR_MSG_MAX);
	if (e->settings->json && *mistake)
		print_json(json_pack("{s:s}", "error", text_str(&shown)));
	else if (e->settings->json)
		print_json(json_pack("{s:b}", "ok", 1));
	else
		puts(*mistake ? text_str(&shown) : "ok");
	fflush(stdout);
}

/* -- standard input ----------------------------------------------------- */

static void tick(struct emulation *e)
{
	for (int i = 0; i < EMULATOR_SERVERS_N; i++)
		emulator_server_tick(&e->lab.servers[i]);
}

static void stop(struct emulation *e)
{
	if (e->is_stopping)
		return;
	e->is_stopping = true;
	for (int i = 0; i < EMULATOR_SERVERS_N; i++)
		emulator_server_stop(&e->lab.servers[i]);
	for (size_t i = 0; i < ARRAY_SIZE(e->signals); i++)
		uv_close((uv_handle_t *)&e->signals[i], NULL);
	uv_close((uv_handle_t *)&e->tick, NULL);
	if (e->has_input)
		uv_close((uv_handle_t *)&e->input, NULL);
	e->has_input = false;
}

/* Whether a request is being worked on: tests ask when something begins. */
static bool tell_busy(struct emulation *e, const char *line)
{
	static const char word[] = "busy ";
	const struct emulator_server *s;

	if (strncmp(line, word, strlen(word)) != 0)
		return false;
	s = emulator_lab_find(&e->lab, line + strlen(word));
	if (!s)
		acknowledge(e, "no such server");
	else if (e->settings->json)
		print_json(json_pack("{s:b}", "busy", s->is_busy));
	else
		puts(s->is_busy ? "yes" : "no");
	fflush(stdout);
	return true;
}

static void obey(struct emulation *e, char *line)
{
	struct err err = { 0 };
	size_t n = strcspn(line, "\r");

	line[n] = '\0';
	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return;
	if (strcmp(line, "quit") == 0) {
		stop(e);
		return;
	}
	if (tell_busy(e, line))
		return;
	if (!emulator_lab_obey(&e->lab, line, clock_real(), &err))
		tick(e); /* it is so before "ok" is said */
	acknowledge(e, err.msg);
}

static void take_lines(struct emulation *e)
{
	char *end;

	while (!e->is_stopping && (end = memchr(e->line, '\n', e->n_line))) {
		size_t n = (size_t)(end - e->line) + 1;
		char line[LINE_SIZE];

		memcpy(line, e->line, n);
		line[n - 1] = '\0';
		e->n_line -= n;
		memmove(e->line, e->line + n, e->n_line);
		if (!e->skips)
			obey(e, line);
		e->skips = false;
	}
	if (e->n_line == sizeof(e->line)) {
		if (!e->skips)
			acknowledge(e, "the line is too long");
		e->skips = true;
		e->n_line = 0;
	}
}

/* Who holds the other end of a pipe and goes, ends the emulator, too. */
static void on_input(uv_poll_t *poll, int status, int events)
{
	struct emulation *e = poll->data;
	ssize_t n;

	(void)status;
	(void)events;
	n = read(STDIN_FILENO, e->line + e->n_line,
		 sizeof(e->line) - e->n_line);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		stop(e);
		return;
	}
	e->n_line += (size_t)n;
	take_lines(e);
}

/* Files, /dev/null among them, cannot be waited for: nothing is said there. */
static void watch_input(struct emulation *e)
{
	uv_handle_type type = uv_guess_handle(STDIN_FILENO);

	if (type != UV_TTY && type != UV_NAMED_PIPE)
		return;
	e->input.data = e;
	if (uv_poll_init(&e->loop, &e->input, STDIN_FILENO))
		return;
	e->has_input = true;
	uv_poll_start(&e->input, UV_READABLE, on_input);
}

/* -- start and end ------------------------------------------------------ */

static void on_signal(uv_signal_t *handle, int number)
{
	(void)number;
	stop(handle->data);
}

static void on_tick(uv_timer_t *timer)
{
	tick(timer->data);
}

static int load(struct emulation *e)
{
	_cleanup_(text_free) struct text text = { 0 };
	const char *path = e->settings->config;
	struct problems problems = { 0 };
	struct err err = { 0 };
	int status;

	if (path && text_read_file(&text, path, CONFIG_BYTES_MAX, &err)) {
		fprintf(stderr, "gascelld emulate: %s\n", err.msg);
		return EXIT_FAILED;
	}
	if (path)
		e->yaml = yaml_parse(text.s, text.n, path, &problems);
	status = problems.n_all || (path && !e->yaml)
			 ? -1
			 : emulator_lab_init(
				   &e->lab, e->yaml ? yaml_root(e->yaml) : NULL,
				   (uint64_t)e->settings->seed, e->began,
				   &problems);
	complaint_print(&problems);
	problems_free(&problems);
	return status ? EXIT_FAILED : EXIT_OK;
}

static int fail(const struct err *err)
{
	fprintf(stderr, "gascelld emulate: %s\n", err->msg);
	return EXIT_INTERNAL;
}

/* With a site file ptys get names that stay, beside it: FILE.flows. */
static void name_links(struct emulation *e)
{
	const char *file = e->settings->write_config;
	char here[EMULATOR_PATH_MAX] = "";

	if (!file || (file[0] != '/' && !getcwd(here, sizeof(here) - 1)))
		return;
	if (here[0])
		here[strlen(here)] = '/';
	for (int i = 0; i < EMULATOR_SERVERS_N; i++) {
		struct emulator_server *s = &e->lab.servers[i];

		if (emulator_server_is_serial(s) && !s->link[0])
			snprintf(s->link, sizeof(s->link), "%.250s%.230s.%s",
				 here, file, s->name);
	}
}

static int start_servers(struct emulation *e)
{
	struct err err = { 0 };

	e->lab.wires.loop = &e->loop;
	e->lab.wires.real = clock_real;
	e->lab.wires.began = e->began;
	e->lab.wires.speed = e->settings->speed;
	e->lab.wires.bench = &e->lab.bench;
	name_links(e);
	for (int i = 0; i < EMULATOR_SERVERS_N; i++) {
		e->lab.servers[i].moved = on_moved;
		e->lab.servers[i].context = e;
		if (emulator_server_start(&e->lab.servers[i], &e->lab.wires,
					  &err))
			return fail(&err);
	}
	if (e->settings->write_config &&
	    emulator_site_write(e->lab.servers, EMULATOR_SERVERS_N,
				e->settings->write_config, &err))
		return fail(&err);
	return EXIT_OK;
}

static void start_loop(struct emulation *e)
{
	static const int numbers[] = { SIGINT, SIGTERM };

	for (size_t i = 0; i < ARRAY_SIZE(e->signals); i++) {
		uv_signal_init(&e->loop, &e->signals[i]);
		e->signals[i].data = e;
		uv_signal_start(&e->signals[i], on_signal, numbers[i]);
	}
	uv_timer_init(&e->loop, &e->tick);
	e->tick.data = e;
	uv_timer_start(&e->tick, on_tick, TICK_MS, TICK_MS);
}

static int serve(struct emulation *e)
{
	int code;

	uv_loop_init(&e->loop);
	start_loop(e);
	code = start_servers(e);
	if (code == EXIT_OK) {
		announce(e);
		watch_input(e);
	} else {
		stop(e);
	}
	uv_run(&e->loop, UV_RUN_DEFAULT);
	uv_loop_close(&e->loop);
	return code;
}

static int parse(struct settings *set, int argc, char **argv)
{
	const struct option_row rows[] = {
		{ "config", 'c', "FILE", "laboratory, ports and faults",
		  .text = &set->config },
		{ "write-config", 'w', "FILE",
		  "write a site that connects gascelld to it",
		  .text = &set->write_config },
		{ "seed", 0, "N", "of the noise", .integer = &set->seed },
		{ "speed", 0, "X", "times faster than real time",
		  .number = &set->speed },
		{ "json", 0, NULL, "for programs", .flag = &set->json },
	};
	const struct options options = {
		.name = "emulate",
		.summary = "The simulated laboratory as instruments on ptys "
			   "and TCP ports.",
		.more = "Lines on standard input make the wires fail:\n"
			"  late flows by 800 ms for 5 s\n"
			"  no_reply flows:C | half | garbage | checksum | "
			"foreign gauges times 1\n"
			"  drop meter | die valves for 3 s | flood gauges "
			"for 1 s\n"
			"  clear [SERVER] | quit\n",
		.rows = rows,
		.n_rows = ARRAY_SIZE(rows),
	};
	struct options_words words;
	int code = options_parse(&options, argc, argv, &words);

	if (code >= 0)
		return code;
	if (set->speed > 0 && set->speed <= CLOCK_SPEED_MAX)
		return -1;
	fprintf(stderr,
		"gascelld emulate: --speed is between 0 and "
		"%.0f\n",
		CLOCK_SPEED_MAX);
	return EXIT_USAGE;
}

int emulate_main(int argc, char **argv)
{
	struct settings settings = { .speed = 1.0 };
	struct emulation *e;
	int code = parse(&settings, argc, argv);

	if (code >= 0)
		return code;
	signal(SIGPIPE, SIG_IGN);
	e = memory_zeroed(1, sizeof(*e));
	e->settings = &settings;
	e->began = clock_real();
	code = load(e);
	if (code == EXIT_OK) {
		code = serve(e);
		emulator_lab_fini(&e->lab);
	}
	yaml_tree_free(e->yaml);
	free(e);
	return code;
}
