/*
 * Recorded talks, tests/devices/NAME.log, against their definitions:
 *
 *	# what it is a record of
 *	driver alicat
 *	bus file			(a pty), tcp, or modbus (TCP, hex)
 *	params {addr: A}
 *	look				(no more than identified)
 *	open				what is done with the driver ...
 *	> A<CR>				... what the instrument then hears ...
 *	< A +014.62 ...<CR>		... and says; ! it says nothing
 *	poll
 *	= flow 0.1 sccm			a value of it; `bad`: none
 *	write setpoint 5 sccm
 *	safe
 *	fails identity			the deed before fails in this way
 *
 * Bytes as in drivers/pattern.h; Modbus is hexadecimal, unit and PDU.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/text.h"
#include "drivers/bus.h"
#include "drivers/definitions.h"
#include "drivers/pattern.h"
#include "raw_pty.h"
#include "small_socket.h"
#include "talk.h"

#define FRAME_MAX 600
#define PATIENCE_MS 3000

/* The instrument: hears and says lines first .. end of the log. */
struct peer {
	const struct log *log;
	int fd, listener;
	bool modbus;
	size_t first, end;
	char wrong[1024]; /* what was not as in the log */
};

struct bench {
	struct log log;
	struct peer peer;
	struct definitions set;
	struct yaml *bus_yaml, *params_yaml;
	struct bus *bus;
	struct device dev;
	struct text params;
};

static size_t decode_hex(const char *s, char *out)
{
	size_t n = 0;
	unsigned byte;
	int used;

	while (*s) {
		while (*s == ' ')
			s++;
		if (!*s || sscanf(s, "%2x%n", &byte, &used) != 1)
			break;
		out[n++] = (char)byte;
		s += used;
	}
	return n;
}

static size_t decode(const struct peer *p, const char *s, char out[FRAME_MAX])
{
	char frame[FRAME_MAX];
	struct err err;
	size_t n = 0;

	if (!p->modbus) {
		assert_int_equal(pattern_bytes(s, out, FRAME_MAX, &n, &err), 0);
		return n;
	}
	n = decode_hex(s, frame);
	memset(out, 0, 6);
	out[4] = (char)(n >> 8);
	out[5] = (char)n;
	memcpy(out + 6, frame, n);
	return n + 6;
}

/* After an error the driver connects anew. False: it did not in that time. */
static bool accept_peer(struct peer *p, int timeout_ms)
{
	struct pollfd v = { .fd = p->listener, .events = POLLIN };

	if (p->listener < 0 || poll(&v, 1, timeout_ms) <= 0)
		return false;
	if (p->fd >= 0)
		close(p->fd);
	p->fd = accept(p->listener, NULL, NULL);
	return true;
}

static bool hear(struct peer *p, const char *line)
{
	char want[FRAME_MAX], have[FRAME_MAX];
	size_t n = decode(p, line + 2, want), got = 0;
	struct text shown = { 0 };

	while (got < n) {
		struct pollfd v = { .fd = p->fd, .events = POLLIN };
		ssize_t more;

		if (poll(&v, 1, PATIENCE_MS) <= 0)
			break;
		more = read(p->fd, have + got, n - got);
		if (more > 0)
			got += (size_t)more;
		else if (got || !accept_peer(p, PATIENCE_MS))
			break;
	}
	if (got == n && !memcmp(want, have, n))
		return true;
	text_add_escaped(&shown, have, got, 200);
	snprintf(p->wrong, sizeof(p->wrong),
		 "'%s' was to be heard, but it "
		 "was '%s'",
		 line, text_str(&shown));
	text_free(&shown);
	return false;
}

static void *play(void *context)
{
	struct peer *p = context;

	for (size_t i = p->first; i < p->end; i++) {
		const char *line = p->log->lines[i];
		char bytes[FRAME_MAX];
		size_t n;

		if (*line == '>')
			accept_peer(p, p->fd < 0 ? PATIENCE_MS : 0);
		if (*line == '>' && !hear(p, line))
			break;
		if (*line != '<')
			continue;
		n = decode(p, line + 2, bytes);
		if (write(p->fd, bytes, n) != (ssize_t)n)
			break;
	}
	return NULL;
}

static void open_pty(struct peer *p, struct text *config)
{
	char name[RAW_PTY_NAME_MAX];
	int slave;

	raw_pty(&p->fd, &slave, name);
	/* The other end stays open, so that the pty lives on between two
	 * connections. */
	text_addf(config, "{type: file, path: %s, quarantine: 20 ms}", name);
}

static void open_tcp(struct peer *p, struct text *config)
{
	uint16_t port;

	p->fd = -1;
	p->listener = small_listen(&port, true);
	text_addf(config, "{type: %s, host: 127.0.0.1, port: %d}",
		  p->modbus ? "modbus-tcp" : "tcp", port);
}

static void set_up(struct bench *b)
{
	const char *kind = word_after(&b->log, "bus");
	const char *params = word_after(&b->log, "params");
	struct problems problems = { 0 };
	struct text config = { 0 }, shown = { 0 };
	const struct driver *driver;

	assert_non_null(kind);
	b->peer = (struct peer){ .log = &b->log, .listener = -1 };
	b->peer.modbus = !strcmp(kind, "modbus");
	if (!strcmp(kind, "file"))
		open_pty(&b->peer, &config);
	else
		open_tcp(&b->peer, &config);
	b->bus_yaml = yaml_parse(text_str(&config), config.n, "bus", &problems);
	b->bus = bus_new("bus", yaml_root(b->bus_yaml), 0, &problems);
	if (params)
		b->params_yaml =
			yaml_parse(params, strlen(params), "params", &problems);
	driver = definitions_find(&b->set, word_after(&b->log, "driver"),
				  params ? yaml_root(b->params_yaml) : NULL,
				  (struct place){ 0 }, &problems);
	problems_print(&problems, &shown);
	if (shown.n)
		print_error("%s: %s", b->log.path, text_str(&shown));
	assert_non_null(b->bus);
	assert_non_null(driver);
	device_init(&b->dev, driver, "device", b->bus,
		    params ? yaml_root(b->params_yaml) : NULL);
	text_free(&config);
	text_free(&shown);
	problems_free(&problems);
}

static void tear_down(struct bench *b)
{
	device_fini(&b->dev);
	bus_free(b->bus);
	yaml_tree_free(b->bus_yaml);
	yaml_tree_free(b->params_yaml);
	definitions_free(&b->set);
	if (b->peer.fd >= 0)
		close(b->peer.fd);
	if (b->peer.listener >= 0)
		close(b->peer.listener);
}

static int do_write(struct bench *b, const char *line, struct err *err)
{
	char name[64], value[64];
	double number;
	int channel;

	assert_int_equal(sscanf(line, "write %63s %63[^\n]", name, value), 2);
	channel = driver_channel(b->dev.driver, name);
	if (channel < 0 ||
	    !(b->dev.driver->channels[channel].access & CHANNEL_WRITE))
		fail_msg("%s: %s: cannot be set", b->log.path, line);
	if (quantity_parse(b->dev.driver->channels[channel].quantity, value,
			   &number, err))
		return -1;
	return b->dev.driver->write(&b->dev, (size_t)channel, number, err);
}

static int do_deed(struct bench *b, const char *line, double *values,
		   struct err *err)
{
	const struct driver *driver = b->dev.driver;

	if (!strcmp(line, "look"))
		return driver->look(&b->dev, err);
	if (!strcmp(line, "open"))
		return driver->open(&b->dev, err);
	if (!strcmp(line, "poll"))
		return driver->poll(&b->dev, values, err);
	if (!strcmp(line, "safe"))
		return driver->safe(&b->dev, err);
	return do_write(b, line, err);
}

static void check_value(struct bench *b, const char *line, const double *values)
{
	char name[64], text[64];
	struct err err;
	double want;
	int i;

	assert_int_equal(sscanf(line, "= %63s %63[^\n]", name, text), 2);
	i = driver_channel(b->dev.driver, name);
	if (i < 0)
		fail_msg("%s: no channel %s", b->log.path, name);
	if (!strcmp(text, "bad")) {
		if (!isnan(values[i]))
			fail_msg("%s: %s: is %g", b->log.path, line, values[i]);
		return;
	}
	if (quantity_parse(b->dev.driver->channels[i].quantity, text, &want,
			   &err))
		fail_msg("%s: %s: %s", b->log.path, line, err.msg);
	if (!(fabs(values[i] - want) <= 1e-5 * fabs(want) + 1e-12))
		fail_msg("%s: %s: is %.9g", b->log.path, line, values[i]);
}

/* Lines i .. of the log belong to one deed; returns the next deed's. */
static size_t play_deed(struct bench *b, size_t i)
{
	double values[DEVICE_CHANNELS_MAX] = { 0 };
	const char *fails = NULL;
	struct err err = { 0 };
	size_t end = i + 1;
	pthread_t thread;
	int status;

	while (end < b->log.n && !is_deed(b->log.lines[end]))
		end++;
	for (size_t k = i; k < end; k++)
		if (!strncmp(b->log.lines[k], "fails ", 6))
			fails = b->log.lines[k] + 6;
	b->peer.first = i + 1;
	b->peer.end = end;
	b->peer.wrong[0] = '\0';
	pthread_create(&thread, NULL, play, &b->peer);
	status = do_deed(b, b->log.lines[i], values, &err);
	pthread_join(thread, NULL);
	if (b->peer.wrong[0])
		fail_msg("%s: %s: %s (%s)", b->log.path, b->log.lines[i],
			 b->peer.wrong, err.msg);
	if (!fails && status)
		fail_msg("%s: %s: %s", b->log.path, b->log.lines[i], err.msg);
	if (fails && (!status || strcmp(err_code_name(err.code), fails)))
		fail_msg("%s: %s: does not fail with '%s' but '%s'",
			 b->log.path, b->log.lines[i], fails, err.msg);
	for (size_t k = i; k < end; k++)
		if (b->log.lines[k][0] == '=')
			check_value(b, b->log.lines[k], values);
	return end;
}

static void play_log(const char *path)
{
	struct bench b = { 0 };
	size_t i = 0;

	assert_true(read_log(path, &b.log));
	set_up(&b);
	while (i < b.log.n && !is_deed(b.log.lines[i]))
		i++;
	while (i < b.log.n)
		i = play_deed(&b, i);
	tear_down(&b);
}

static void every_talk_goes_as_it_was_recorded(void **state)
{
	struct dirent *entry;
	DIR *dir = opendir(TEST_SOURCE_DIR "/tests/devices");

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		size_t n = strlen(entry->d_name);
		char path[512], name[256];

		if (n < 5 || strcmp(entry->d_name + n - 4, ".log"))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)n - 4, entry->d_name);
		log_path(name, path);
		play_log(path);
	}
	closedir(dir);
}

static void every_definition_is_without_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; definitions_name(i); i++) {
		struct definitions set = { 0 };
		struct problems problems = { 0 };
		struct text shown = { 0 };

		definitions_find(&set, definitions_name(i), NULL,
				 (struct place){ 0 }, &problems);
		problems_print(&problems, &shown);
		if (shown.n)
			print_error("%s", text_str(&shown));
		assert_int_equal(problems.n, 0);
		text_free(&shown);
		definitions_free(&set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_definition_is_without_mistakes),
		cmocka_unit_test(every_talk_goes_as_it_was_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
