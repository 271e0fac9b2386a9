/*
 * Staying until something happens: the daemon tells something, a key is
 * pressed, the terminal has another size, the operator wants to go away, or
 * time has passed.
 */
#ifndef CLI_STAY_H
#define CLI_STAY_H

#include <signal.h>

enum {
	STAY_TOLD = 1 << 0,
	STAY_KEY = 1 << 1,
	STAY_RESIZED = 1 << 2,
	STAY_ENDED = 1 << 3, /* Ctrl-C, SIGTERM, or the terminal is gone */
	STAY_OVER = 1 << 4,  /* the alarm of stay_limit() */
};

/* Exit code of who was interrupted. */
#define STAY_INTERRUPTED 130

struct stay {
	int signals; /* a descriptor */
	sigset_t before;
};

/* From here on the signals above come from stay_wait() only. */
void stay_begin(struct stay *s);
void stay_end(struct stay *s);

/* STAY_OVER once, after so many seconds. */
void stay_limit(unsigned int seconds);

/* What has happened, as bits; 0: timeout_ms have passed (< 0: never).
 * daemon, keys: descriptors to read from, or -1. */
unsigned int stay_wait(struct stay *s, int daemon, int keys, int timeout_ms);

#endif
