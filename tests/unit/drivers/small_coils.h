/*
 * A Modbus TCP unit with eight coils for a test: one thread, one connection at
 * a time.
 */
#ifndef TESTS_SMALL_COILS_H
#define TESTS_SMALL_COILS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "small_socket.h"

struct small_coils {
	atomic_bool coil[8];
	atomic_bool is_stuck; /* says that it obeys, and does not */
	int listener;
	uint16_t port;
	pthread_t thread;
};

/* Header, unit, function, address, number or value: 12 bytes of both. */
static inline bool small_coil_answer(struct small_coils *c, int fd)
{
	uint8_t q[12], a[12];
	size_t n = 12;

	if (!small_read(fd, q, sizeof(q)))
		return false;
	memcpy(a, q, sizeof(a));
	if (q[7] == 5) {
		if (!c->is_stuck)
			c->coil[q[9] & 7] = q[10] == 0xff;
	} else {
		n = 10;
		a[5] = 4;
		a[8] = 1;
		a[9] = c->coil[q[9] & 7];
	}
	return send(fd, a, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static inline void *small_coils_run(void *context)
{
	struct small_coils *c = context;
	int fd;

	while ((fd = accept(c->listener, NULL, NULL)) >= 0) {
		while (small_coil_answer(c, fd))
			continue;
		close(fd);
	}
	return NULL;
}

static inline void small_coils_start(struct small_coils *c)
{
	c->listener = small_listen(&c->port, true);
	if (pthread_create(&c->thread, NULL, small_coils_run, c))
		abort();
}

/* Its client has to be gone. */
static inline void small_coils_stop(struct small_coils *c)
{
	shutdown(c->listener, SHUT_RDWR);
	pthread_join(c->thread, NULL);
	close(c->listener);
}

#endif
