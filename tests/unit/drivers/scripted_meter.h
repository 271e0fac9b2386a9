/*
 * An instrument behind a TCP port of this machine that follows a script, byte
 * by byte: which line it expects next and what it answers. It runs in a thread
 * of its own; what came that was not expected is told at the end.
 */
#ifndef TESTS_SCRIPTED_METER_H
#define TESTS_SCRIPTED_METER_H

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "drivers/bus.h"
#include "drivers/driver.h"
#include "small_socket.h"

/* Instead of an answer. */
#define HANG_UP ((const char *)1)
/* In front of one: it comes when the driver has given up waiting. */
#define LATE "\001"
#define LATE_MS 200

struct said {
	const char *expect; /* without its terminator; NULL: the end */
	const char *answer; /* NULL: none */
};

struct meter {
	const char *terminator;
	int listener, client; /* listener -1: client is a pty */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Guarded by lock. */
	const struct said *next;
	bool stop;
	char wrong[512];
	/* The test's. */
	struct yaml *bus_yaml, *params_yaml;
	struct bus *bus;
	struct device dev;
	double values[DEVICE_CHANNELS_MAX];
	struct err err;
};

static inline void meter_line(struct meter *m, char *line)
{
	const struct said *said;

	pthread_mutex_lock(&m->lock);
	said = m->next;
	if (m->wrong[0]) {
		said = NULL;
	} else if (!said || !said->expect || strcmp(said->expect, line)) {
		snprintf(m->wrong, sizeof(m->wrong),
			 "'%.200s' came, '%.200s' "
			 "was expected",
			 line, said && said->expect ? said->expect : "nothing");
		said = NULL;
	} else {
		m->next++;
	}
	if (said && said->answer == HANG_UP) {
		close(m->client);
		m->client = -1;
	} else if (said && said->answer) {
		char out[512];
		bool late = *said->answer == *LATE;
		int n = snprintf(out, sizeof(out), "%s%s", said->answer + late,
				 m->terminator);

		if (late)
			poll(NULL, 0, LATE_MS);
		if (write(m->client, out, (size_t)n) != n)
			snprintf(m->wrong, sizeof(m->wrong), "not sent");
	}
	pthread_cond_broadcast(&m->changed);
	pthread_mutex_unlock(&m->lock);
}

static inline bool meter_stopped(struct meter *m)
{
	bool stop;

	pthread_mutex_lock(&m->lock);
	stop = m->stop;
	pthread_mutex_unlock(&m->lock);
	return stop;
}

/* Serves one connection after another. */
static inline void *meter_main(void *context)
{
	struct meter *m = context;
	char in[4096];
	size_t n = 0;

	while (!meter_stopped(m)) {
		struct pollfd p = {
			.fd = m->client < 0 ? m->listener : m->client,
			.events = POLLIN,
		};
		ssize_t got;
		char *end;

		if (poll(&p, 1, 10) <= 0)
			continue;
		if (m->client < 0) {
			m->client = accept(m->listener, NULL, NULL);
			n = 0;
			continue;
		}
		got = read(m->client, in + n, sizeof(in) - 1 - n);
		if (got <= 0 && m->listener < 0) {
			poll(NULL, 0, 1); /* the other end is closed */
			continue;
		}
		if (got <= 0) {
			close(m->client);
			m->client = -1;
			continue;
		}
		n += (size_t)got;
		in[n] = '\0';
		while (m->client >= 0 && (end = strstr(in, m->terminator))) {
			size_t length =
				(size_t)(end - in) + strlen(m->terminator);

			*end = '\0';
			meter_line(m, in);
			memmove(in, in + length, n - length + 1);
			n -= length;
		}
	}
	return NULL;
}

static inline uint16_t meter_listen(struct meter *m)
{
	uint16_t port;

	m->listener = small_listen(&port, true);
	m->client = -1;
	return port;
}

static inline const char *meter_open_pty(struct meter *m)
{
	m->listener = -1;
	m->client = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(m->client >= 0);
	assert_int_equal(grantpt(m->client), 0);
	assert_int_equal(unlockpt(m->client), 0);
	return ptsname(m->client);
}

static inline struct yaml *meter_yaml(const char *text)
{
	struct problems problems = { 0 };
	struct yaml *yaml =
		yaml_parse(text, strlen(text), "site.yaml", &problems);

	if (problems.n)
		fail_msg("%s", problems.v[0].msg);
	assert_non_null(yaml);
	return yaml;
}

static inline void meter_start_at(struct meter *m, const char *bus,
				  const char *driver, const char *params)
{
	struct problems problems = { 0 };
	struct err err = { 0 };

	signal(SIGPIPE, SIG_IGN);
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->changed, NULL);
	m->bus_yaml = meter_yaml(bus);
	m->params_yaml = meter_yaml(params);
	m->bus = bus_new("meter", yaml_root(m->bus_yaml), 0, &problems);
	if (problems.n)
		fail_msg("%s", problems.v[0].msg);
	device_init(&m->dev, driver_find(driver, &err), "heater", m->bus,
		    yaml_root(m->params_yaml));
	m->dev.now = 1000 * NSEC_PER_S;
	assert_int_equal(pthread_create(&m->thread, NULL, meter_main, m), 0);
}

/* The instrument exists and nothing was said. */
static inline void meter_start(struct meter *m, const char *driver,
			       const char *terminator, const char *params)
{
	char bus[128];

	*m = (struct meter){ .terminator = terminator };
	snprintf(bus, sizeof(bus), "type: tcp\nhost: 127.0.0.1\nport: %u\n",
		 (unsigned)meter_listen(m));
	meter_start_at(m, bus, driver, params);
}

static inline void meter_start_on_pty(struct meter *m, const char *driver,
				      const char *terminator,
				      const char *params)
{
	char bus[128];

	*m = (struct meter){ .terminator = terminator };
	snprintf(bus, sizeof(bus),
		 "type: file\npath: %s\n"
		 "quarantine: 300 ms\n",
		 meter_open_pty(m));
	meter_start_at(m, bus, driver, params);
}

/* What follows is said next. */
static inline void meter_expect(struct meter *m, const struct said *script)
{
	pthread_mutex_lock(&m->lock);
	m->next = script;
	pthread_mutex_unlock(&m->lock);
}

/* Until all that was expected has come, in five seconds at most: commands
 * have no answer to wait for. */
static inline void meter_done(struct meter *m)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += 5;
	pthread_mutex_lock(&m->lock);
	while (!m->wrong[0] && m->next && m->next->expect)
		if (pthread_cond_timedwait(&m->changed, &m->lock, &end))
			snprintf(m->wrong, sizeof(m->wrong),
				 "'%.200s' did "
				 "not come",
				 m->next->expect);
	pthread_mutex_unlock(&m->lock);
	if (m->wrong[0])
		fail_msg("%s", m->wrong);
}

static inline int meter_open(struct meter *m)
{
	return m->dev.driver->open(&m->dev, &m->err);
}

static inline nsec meter_turn(struct meter *m)
{
	m->dev.now += 40 * NSEC_PER_MS;
	m->err = (struct err){ 0 };
	return m->dev.driver->turn(&m->dev, &m->err);
}

static inline void meter_turn_with(struct meter *m, const struct said *script)
{
	meter_expect(m, script);
	meter_turn(m);
	meter_done(m);
}

/* From the first word to the first turn. */
static inline void meter_begin(struct meter *m, const struct said *opens,
			       const struct said *begins)
{
	meter_expect(m, opens);
	if (meter_open(m))
		fail_msg("%s; %s", m->err.msg, m->wrong);
	meter_done(m);
	meter_turn_with(m, begins);
	if (m->err.code)
		fail_msg("%s; %s", m->err.msg, m->wrong);
}

static inline int meter_poll(struct meter *m)
{
	return m->dev.driver->poll(&m->dev, m->values, &m->err);
}

static inline double meter_value(struct meter *m, const char *channel)
{
	int i = driver_channel(m->dev.driver, channel);

	assert_true(i >= 0);
	if (meter_poll(m))
		fail_msg("%s", m->err.msg);
	return m->values[i];
}

static inline int meter_write(struct meter *m, const char *channel,
			      double value)
{
	int i = driver_channel(m->dev.driver, channel);

	assert_true(i >= 0);
	m->err = (struct err){ 0 };
	return m->dev.driver->write(&m->dev, (size_t)i, value, &m->err);
}

/* What comes twice switches it off, and why is said. */
static inline void meter_expect_fault(struct meter *m,
				      const struct said *script,
				      const char *why)
{
	meter_expect(m, script);
	meter_turn(m);
	assert_int_equal(m->err.code, ERR_NONE);
	meter_turn(m);
	assert_int_equal(m->err.code, ERR_STATE);
	if (!strstr(m->err.msg, why))
		fail_msg("'%s' is not in '%s'", why, m->err.msg);
	meter_done(m);
	assert_true(isnan(meter_value(m, "temperature")));
}

/* What the driver says while it closes is not looked at. */
static inline void meter_stop(struct meter *m)
{
	device_fini(&m->dev);
	bus_free(m->bus);
	pthread_mutex_lock(&m->lock);
	m->stop = true;
	pthread_mutex_unlock(&m->lock);
	pthread_join(m->thread, NULL);
	if (m->client >= 0)
		close(m->client);
	if (m->listener >= 0)
		close(m->listener);
	yaml_tree_free(m->bus_yaml);
	yaml_tree_free(m->params_yaml);
	pthread_mutex_destroy(&m->lock);
	pthread_cond_destroy(&m->changed);
	quantity_fini();
}

/* One that tests are handed, and which goes with them. */
static inline struct meter *meter_new(void **state)
{
	*state = memory_zeroed(1, sizeof(struct meter));
	return *state;
}

static inline int meter_teardown(void **state)
{
	/* What it was to say may have gone with the test. */
	meter_expect(*state, NULL);
	meter_stop(*state);
	free(*state);
	return 0;
}

/* A chip as of the simulated laboratory, for params. */
#define CHIP                                                                   \
	"chip:\n"                                                              \
	"  serial: DH-0417\n"                                                  \
	"  resistance: [0.0, 0.279, 153.051]\n"                                \
	"  power: [6.50e-7, 7.679e-3]\n"                                       \
	"  voltage_max: 12 V\n"                                                \
	"  current_max: 40 mA\n"                                               \
	"  power_max: 400 mW\n"                                                \
	"  temperature_max: 1000 °C\n"                                        \
	"  resistance_min: 120 ohm\n"                                          \
	"  resistance_max: 480 ohm\n"

#endif
