/*
 * DigitalMicrograph's socket for a test: one thread, one connection at a time,
 * one request after another; a frame lasts while `is_open` is set.
 */
#ifndef TESTS_SMALL_DM_H
#define TESTS_SMALL_DM_H

#include <poll.h>
#include <stdint.h>

#include "small_http.h"

#define SMALL_DM_PIXELS 6 /* 3 x 2 */

enum small_dm_fault {
	SMALL_DM_GOOD,
	SMALL_DM_REFUSES, /* status 1, as its functions do */
	SMALL_DM_BREAKS,  /* status -2, and no more */
	SMALL_DM_HALF,	  /* the head and half of the pixels; hangs up */
	SMALL_DM_SILENT,  /* hangs up without an answer */
	SMALL_DM_LENGTH,  /* says that it is longer than it is */
	SMALL_DM_SIZE,	  /* more pixels than width x height */
};

struct small_dm {
	atomic_bool blanked, retracted, knows_no_script;
	atomic_int refusals; /* blanks taken and not done */
	atomic_int n_blanks, n_connections, n_handshakes;
	atomic_int cameras, version, selected, read_mode;
	atomic_int fault;  /* of frames */
	atomic_int chunks; /* of a frame */
	int32_t asked[13]; /* of the newest frame */
	double exposure_s;
	atomic_bool is_open; /* the shutter: until then it exposes */
	int listener;
	uint16_t port;
	pthread_t thread;
};

static inline void small_dm_say(int fd, const void *bytes, size_t n)
{
	if (send(fd, bytes, n, MSG_NOSIGNAL) < 0)
		return;
}

/* This machine is little-endian, too. */
static inline void small_dm_numbers(int fd, int32_t status, int n,
				    const int32_t *v)
{
	int32_t out[8] = { 8 + 4 * n, status };

	if (n)
		memcpy(out + 2, v, (size_t)n * 4);
	small_dm_say(fd, out, (size_t)out[0]);
}

static inline void small_dm_fraction(int fd, int32_t status, double value)
{
	uint8_t out[16] = { 16 };

	memcpy(out + 4, &status, 4);
	memcpy(out + 8, &value, 8);
	small_dm_say(fd, out, sizeof(out));
}

static inline double small_dm_set(struct small_dm *dm, bool on)
{
	dm->n_blanks += on;
	if (on && dm->refusals)
		dm->refusals--;
	else
		dm->blanked = on;
	return 0.0;
}

static inline void small_dm_script(struct small_dm *dm, int fd,
				   const char *script)
{
	double value = 0.0;

	if (dm->knows_no_script)
		small_dm_fraction(fd, 1, 0.0);
	else if (strncmp(script, "EMSetBeamBlanked(", 17) == 0)
		small_dm_fraction(fd, 0, small_dm_set(dm, script[17] == '1'));
	else {
		if (strcmp(script, "Exit(EMGetBeamBlanked())") == 0)
			value = dm->blanked;
		else
			value = strstr(script, "==\"OneView\")") != NULL;
		small_dm_fraction(fd, 0, value);
	}
}

static inline bool small_dm_chunks(struct small_dm *dm, int fd,
				   const uint16_t *pixels, bool half)
{
	size_t all = SMALL_DM_PIXELS * 2, n = (size_t)dm->chunks;
	size_t chunk = (all + n - 1) / n;
	int32_t handshake[2];

	for (size_t at = 0; at < all; at += chunk) {
		size_t part = all - at < chunk ? all - at : chunk;

		if (at) {
			if (!small_read(fd, handshake, 8) ||
			    handshake[0] != 8 || handshake[1] != 24)
				return false;
			dm->n_handshakes++;
		}
		small_dm_say(fd, (const char *)pixels + at,
			     half ? part / 2 : part);
	}
	return !half;
}

/* The test goes on, and changes the fault, when it has the first bytes. */
static inline bool small_dm_frame(struct small_dm *dm, int fd)
{
	static const uint16_t pixels[SMALL_DM_PIXELS] = { 1, 2,	   300,
							  4, 5000, 65535 };
	int32_t said[4] = { SMALL_DM_PIXELS, 3, 2, dm->chunks };
	int fault;

	while (dm->is_open)
		poll(NULL, 0, 1);
	fault = dm->fault;
	if (fault == SMALL_DM_SILENT)
		return false;
	if (fault == SMALL_DM_BREAKS) {
		small_dm_numbers(fd, -2, 0, NULL);
		return true;
	}
	if (fault == SMALL_DM_LENGTH) {
		const int32_t wrong[2] = { 4000, 0 };

		small_dm_say(fd, wrong, sizeof(wrong));
		return true;
	}
	said[0] += fault == SMALL_DM_SIZE;
	small_dm_numbers(fd, fault == SMALL_DM_REFUSES, 4, said);
	return fault == SMALL_DM_REFUSES ||
	       small_dm_chunks(dm, fd, pixels, fault == SMALL_DM_HALF);
}

static inline bool small_dm_answer(struct small_dm *dm, int fd)
{
	int32_t q[256], n[1] = { 0 };
	size_t rest;

	if (!small_read(fd, q, 8) || q[0] < 8 || q[0] > 1024)
		return false;
	rest = (size_t)q[0] - 8;
	if (rest && !small_read(fd, q + 2, rest))
		return false;
	switch (q[1]) {
	case 1: small_dm_script(dm, fd, (const char *)(q + 4)); return true;
	case 6:
		memcpy(dm->asked, q + 2, sizeof(dm->asked));
		memcpy(&dm->exposure_s, q + 15, 8);
		return small_dm_frame(dm, fd);
	case 9: dm->selected = q[2]; break;
	case 10: dm->read_mode = q[2]; break;
	case 11: n[0] = dm->cameras; break;
	case 12: n[0] = !dm->retracted; break;
	case 14: n[0] = dm->version; break;
	default: return false;
	}
	small_dm_numbers(fd, 0, q[1] >= 11, n);
	return true;
}

static inline void *small_dm_run(void *context)
{
	struct small_dm *dm = context;
	int fd;

	while ((fd = accept(dm->listener, NULL, NULL)) >= 0) {
		dm->n_connections++;
		while (small_dm_answer(dm, fd))
			continue;
		close(fd);
	}
	return NULL;
}

static inline void small_dm_start(struct small_dm *dm)
{
	dm->cameras = 2;
	dm->chunks = 1;
	dm->version = 40300;
	dm->selected = -1;
	dm->listener = small_listen(&dm->port, true);
	if (pthread_create(&dm->thread, NULL, small_dm_run, dm))
		abort();
}

/* Its client has to be gone. */
static inline void small_dm_stop(struct small_dm *dm)
{
	dm->is_open = false;
	shutdown(dm->listener, SHUT_RDWR);
	pthread_join(dm->thread, NULL);
	close(dm->listener);
}

#endif
