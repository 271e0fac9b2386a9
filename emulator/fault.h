/*
 * What goes wrong on the wires of `gascelld emulate`, said in one line each:
 *
 *	KIND SERVER[:UNIT] [by TIME] [at TIME] [for TIME] [times N]
 *
 *	late flows by 800 ms for 5 s
 *	no_reply flows:C
 *	foreign valves times 1
 *	die meter for 3 s
 *
 * Without `for` and `times` it stays until it is cleared, but `drop` happens
 * once. All times are real ones, whatever the speed of the laboratory.
 */
#ifndef EMULATOR_FAULT_H
#define EMULATOR_FAULT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/nsec.h"
#include "emulator/codec.h"

#define EMULATOR_FAULTS_MAX 64
#define EMULATOR_NAME_MAX 16

enum wire_fault {
	WIRE_NO_REPLY, /* the request is lost: nothing is done */
	WIRE_LATE,     /* answered `by` later; all that follow wait */
	WIRE_HALF,     /* only the first half of the reply */
	WIRE_GARBAGE,  /* as many bytes, of noise */
	WIRE_CHECKSUM, /* fails the check that the protocol has */
	WIRE_FOREIGN,  /* the reply to somebody else */
	WIRE_DROP,     /* hangs up; a pty comes back as another one */
	WIRE_DIE,      /* is not there at all */
	WIRE_FLOOD,    /* bytes that nobody asked for */
	WIRE_FAULTS_N
};

struct emulator_fault {
	enum wire_fault kind;
	char server[EMULATOR_NAME_MAX];
	char unit; /* 0: all on the line */
	nsec by;
	nsec from, until; /* real time */
	long times;	  /* that are left; < 0: no matter */
};

struct emulator_faults {
	size_t n;
	struct emulator_fault v[EMULATOR_FAULTS_MAX];
};

const char *emulator_fault_name(enum wire_fault kind);

/* One line as above; `now` is when it was said. ERR_INVALID. The server's
 * name is not looked up. Loop's thread. */
int emulator_fault_parse(const char *line, nsec now, struct emulator_fault *out,
			 struct err *err);

/* ERR_FULL when there are too many. What is over makes room. */
int emulator_faults_add(struct emulator_faults *faults,
			const struct emulator_fault *fault, nsec now,
			struct err *err);

/* NULL or "": all servers. */
void emulator_faults_clear(struct emulator_faults *faults, const char *server);

/* The first that is active, of that kind, for the server and unit (0: any
 * fault of the server); NULL: none. It is counted off. */
const struct emulator_fault *emulator_faults_take(
	struct emulator_faults *faults, enum wire_fault kind,
	const char *server, char unit, nsec now);

/* Spoils a whole reply; `before` is what was said to the request before. Kinds
 * that are not about the bytes leave it alone. */
void emulator_fault_spoil(enum wire_fault kind,
			  const struct emulator_codec *codec,
			  struct text *reply, const struct text *before);

#endif
