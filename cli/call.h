/*
 * One use of gascellctl: what was asked, where the answer goes, and how it
 * failed.
 */
#ifndef CLI_CALL_H
#define CLI_CALL_H

#include <jansson.h>

#include "base/array.h"
#include "cli/exit.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "protocol/client.h"

struct verb;

struct call {
	const struct verb *verb;
	const struct options *options;
	struct terminal terminal; /* standard output */
	struct client *client;	  /* NULL until call_connect() */
	int connect_ms;		  /* 0: as long as is usual */
	struct text out;	  /* what is to be printed */
	struct text host;	  /* of --host, as the client wants it */
};

/* Word i behind the verb, or NULL. */
const char *call_word(const struct call *c, size_t i);

/* -- answers ----------------------------------------------------------- */

/* Prints what is in `out`. -1: nobody reads any more, or the disk is full. */
int call_flush(struct call *c);

/* One line of JSON; takes the value over. */
void call_add_json(struct call *c, json_t *value);

/* Text from outside, made harmless. */
void call_add(struct call *c, const char *s);

/* -- failures ---------------------------------------------------------- */

/* Says it on standard error (and as JSON, when that was asked for) and
 * returns the exit code. */
__attribute__((format(printf, 3, 4))) int call_fail(struct call *c, int code,
						    const char *fmt, ...);

/* What the daemon, the log or a file said; the exit code follows from it. */
int call_fail_err(struct call *c, const struct err *err);

/* A line beneath it: what to do next. Nothing with --json. */
__attribute__((format(printf, 2, 3))) void call_hint(const struct call *c,
						     const char *fmt, ...);

/* -- the daemon -------------------------------------------------------- */

/* 0, or the exit code after saying what to do. */
int call_connect(struct call *c);

/* What the daemon has refused: its sentence, what can be done about it, and
 * the exit code. */
int call_fail_request(struct call *c, const struct err *err);

/* As call_connect(), without saying anything. */
bool call_connect_quietly(struct call *c, struct err *err);

#endif
