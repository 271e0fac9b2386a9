/*
 * gascelld safe: every instrument of the site is commanded safe, without
 * engine, log and socket. What systemd calls when the daemon has died and
 * cannot be started again, and an operator who trusts nothing else.
 *
 * 1. The configuration is read; a daemon that listens at its socket is left
 *    to do this itself.
 * 2. A thread per bus opens its instruments one after the other: each is
 *    identified and made safe, and made safe once more, which must be
 *    confirmed.
 * 3. One that fails is tried again until the time is over; then it is named.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "base/array.h"
#include "base/text.h"
#include "ring/clock.h"
#include "ring/log.h"
#include "ring/rig.h"
#include "tools/commands.h"
#include "tools/complaint.h"
#include "tools/options.h"
#include "tools/socket.h"

#define WITHIN_S 5
#define WITHIN_S_MAX 600
#define AGAIN_AFTER_MS 200

/* One bus and its thread. */
struct line {
	struct rig *rig;
	const struct config *config;
	size_t bus;
	nsec until;
	uv_thread_t thread;
	bool is_safe[POLLS_MAX]; /* by instrument */
	struct err err[POLLS_MAX];
};

static bool make_safe(struct line *line, size_t i)
{
	struct err *err = &line->err[i];

	if (rig_open(line->rig, i, clock_real(), err))
		return false;
	if (!rig_safe(line->rig, i, clock_real(), err))
		return true;
	rig_close(line->rig, i);
	return false;
}

/* True when none of the bus is left over. */
static bool make_all_safe(struct line *line)
{
	bool all = true;

	for (size_t i = 0; i < line->config->n_instruments; i++) {
		if (rig_bus_of(line->rig, i) != line->bus || line->is_safe[i])
			continue;
		line->is_safe[i] = make_safe(line, i);
		all = all && line->is_safe[i];
	}
	return all;
}

static void work(void *context)
{
	struct line *line = context;

	while (!make_all_safe(line) && clock_real() < line->until)
		uv_sleep(AGAIN_AFTER_MS);
}

static int report(const struct config *config, const struct line *lines)
{
	int code = EXIT_OK;

	for (size_t i = 0; i < config->n_instruments; i++) {
		const char *name = config->instruments[i].name;
		const struct line *line = &lines[config->instruments[i].bus];

		if (line->is_safe[i]) {
			log_info("%s: safe", name);
			continue;
		}
		log_error("%s: NOT SAFE: %s", name, line->err[i].msg);
		code = EXIT_FAILED;
	}
	return code;
}

static int serve(const struct config *config, struct rig *rig, nsec until)
{
	struct line *lines = memory_zeroed(config->n_buses, sizeof(*lines));
	int code;

	for (size_t b = 0; b < config->n_buses; b++) {
		lines[b].rig = rig;
		lines[b].config = config;
		lines[b].bus = b;
		lines[b].until = until;
		if (uv_thread_create(&lines[b].thread, work, &lines[b]))
			abort(); /* as without memory: start over */
	}
	for (size_t b = 0; b < config->n_buses; b++)
		uv_thread_join(&lines[b].thread);
	code = report(config, lines);
	free(lines);
	return code;
}

static int make_site_safe(const struct config *config, int64_t within_s,
			  struct problems *problems)
{
	struct rig *rig = rig_new(config, 0, problems);
	int code;

	if (!rig)
		return EXIT_FAILED;
	code = serve(config, rig, clock_real() + within_s * NSEC_PER_S);
	for (size_t i = 0; i < config->n_instruments; i++)
		rig_close(rig, i);
	rig_free(rig);
	return code;
}

/* systemd says how the service ended. In order means safe already; and one
 * that was refused because of another leaves the laboratory to that one. */
static bool needs_nothing(void)
{
	const char *result = getenv("SERVICE_RESULT");
	const char *status = getenv("EXIT_STATUS");
	char running[12];

	snprintf(running, sizeof(running), "%d", EXIT_RUNNING);
	return (result && !strcmp(result, "success")) ||
	       (status && !strcmp(status, running));
}

static int load_and_make_safe(const char *file, int64_t within_s, bool crashed)
{
	struct problems problems = { 0 };
	struct config *config = config_load(file, &problems);
	int code = EXIT_FAILED;

	/* After a crash nobody but systemd itself can be listening there. */
	if (config && !crashed && socket_is_taken(config->socket)) {
		log_error("a gascelld is running at %s: gascellctl abort",
			  config->socket);
		code = EXIT_RUNNING;
	} else if (config) {
		code = make_site_safe(config, within_s, &problems);
	}
	complaint_print(&problems);
	problems_free(&problems);
	config_free(config);
	return code;
}

int safe_main(int argc, char **argv)
{
	const char *config = NULL;
	int64_t within_s = WITHIN_S;
	bool crashed = false;
	const struct option_row rows[] = {
		{ "config", 'c', "FILE", "the laboratory", .text = &config },
		{ "within", 0, "SECONDS", "how long to try (5)",
		  .integer = &within_s },
		{ "after-crash", 0, NULL,
		  "for ExecStopPost=: does nothing after an orderly end",
		  .flag = &crashed },
	};
	const struct options options = {
		.name = "safe",
		.summary = "Makes every instrument safe, without the daemon.",
		.rows = rows,
		.n_rows = ARRAY_SIZE(rows),
	};
	struct options_words words;
	int code = options_parse(&options, argc, argv, &words);

	if (code >= 0)
		return code;
	if (within_s > WITHIN_S_MAX) {
		fprintf(stderr, "gascelld safe: --within is at most %d\n",
			WITHIN_S_MAX);
		return EXIT_USAGE;
	}
	if (crashed && needs_nothing())
		return EXIT_OK;
	return load_and_make_safe(config, within_s, crashed);
}
