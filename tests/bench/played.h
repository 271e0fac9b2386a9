/*
 * A wire with a heater on it, played by this program, and another instrument
 * that answers slowly: what the daemon trips on in bench_daemon_trip.c.
 */
#ifndef TESTS_BENCH_PLAYED_H
#define TESTS_BENCH_PLAYED_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/nsec.h"

#define PLAYED_FRAME_MAX 64
#define PLAYED_PATIENCE_MS 20000

struct played_kind {
	const char *name, *bus;
	bool tcp, modbus;
};

/* One question, or one answer. */
struct frame {
	unsigned char v[PLAYED_FRAME_MAX];
	size_t n;
};

struct played {
	const struct played_kind *kind;
	int fd, slave, listener, port;
	char path[64];
	pthread_t thread;
	int told[2]; /* pipe: how long each trip took */
	struct frame in, late;
	nsec late_at; /* NSEC_NEVER: nobody waits for an answer */
	bool is_on;
	nsec hot_since;	   /* NSEC_NEVER: it is cold */
	atomic_bool heats; /* the next reading is over its limit */
	atomic_bool stops;
};

/* All end the program when something fails. */
__attribute__((format(printf, 1, 2), noreturn)) void fail(const char *fmt, ...);
void played_open(struct played *p, const struct played_kind *kind);
void played_close(struct played *p);

/* A thread that answers, until played_stop(). */
void played_start(struct played *p);
void played_stop(struct played *p);

/* From a reading that is over its limit to heater-off, one trip. */
double played_trip_ms(struct played *p);

/* For a bare process: what both sides of it say, without a thread. */
void played_hot(const struct played *p, struct frame *out);
void played_off(const struct played *p, struct frame *out);
void played_accept(struct played *p);
double played_bare_ms(struct played *p, const struct frame *hot);

#endif
