/*
 * The discipline of a line that instruments share: no late, foreign or broken
 * answer is ever taken for the answer to a question.
 *
 * A transaction: what is in the input before the question is an error; send;
 * the answer, whole, before its deadline. After ANY error the line is
 * quarantined: the next transaction first waits until the line was silent for
 * the slowest instrument's worst answer, or connects anew where a connection
 * can be had; and the epoch advances, which means that no instrument of this
 * bus is believed before it has identified itself again.
 *
 * One error says nothing about the others of a line: a question to an address
 * that nobody answers. Where the driver says whose question it was (`asker`),
 * the line is quarantined all the same, but only the asker has to identify
 * again, as long as the line was silent all the time: the first byte in a
 * quarantine costs everybody's trust.
 *
 * An instrument's driver therefore goes like this, in poll and write alike:
 *
 *	if (state->epoch != wire_epoch(wire)) {
 *		uint64_t epoch;
 *
 *		if (wire_ready(wire, &epoch, err) || identify(dev, err))
 *			return -1;
 *		state->epoch = epoch;
 *	}
 *
 * `safe` does not: it uses wire_tell(), which sends whatever the state of the
 * line, at once.
 */
#ifndef DRIVERS_WIRE_H
#define DRIVERS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/nsec.h"
#include "drivers/link.h"

#define WIRE_QUARANTINE (1 * NSEC_PER_S)
#define WIRE_QUARANTINE_MAX (30 * NSEC_PER_S)

/* The state of trust in a line; link_modbus has one as well. */
struct wire {
	struct link *link; /* not owned */
	nsec quarantine;   /* silence after an error */
	uint64_t epoch;	   /* from 1; each error advances it */
	bool suspect;	   /* to be cleaned by wire_ready() */
	bool told;	   /* ... for no more than wire_tell() */
	nsec last;	   /* when a byte last went or came: gaps count */
	nsec doubted;	   /* when trust was last lost: silence counts from
			    * whichever is later */
};

/* quarantine 0: WIRE_QUARANTINE. The link outlives the wire. */
void wire_init(struct wire *w, struct link *link, nsec quarantine);

uint64_t wire_epoch(const struct wire *w);

/* Opens and cleans the line when that is due (it may take the quarantine's
 * time); *epoch is what the instrument may remember once it has identified. */
int wire_ready(struct wire *w, uint64_t *epoch, struct err *err);

struct wire_ask {
	const void *send;
	size_t n;	     /* 0: only await what follows */
	struct link_end end; /* all 0: there is no answer */
	nsec reply;	     /* until the answer is complete */
	nsec gap;	     /* silence before sending */
	uint64_t *asker;     /* the epoch that it identified in, set to 0
			      * when nobody answers; NULL: everybody's */
};

/* One transaction on a line that wire_ready() has made ready; ERR_STATE when
 * it is not. The answer and its length (terminator included) in answer[size]
 * and *n; both untouched when there is none. */
int wire_ask(struct wire *w, const struct wire_ask *ask, char *answer,
	     size_t size, size_t *n, struct err *err);

/* A text out with its terminator, one line back without it and NUL-ended:
 * for drivers in C. `answer` NULL: none comes. */
int wire_line(struct wire *w, const char *send, const char *terminator,
	      nsec reply, char *answer, size_t size, struct err *err);

/* For what only the driver can see: a wrong checksum, another address, text
 * where a number belongs. Quarantines; returns -1 with ERR_PROTOCOL. */
__attribute__((format(printf, 3, 4))) int wire_suspect(struct wire *w,
						       struct err *err,
						       const char *fmt, ...);

/* For safe(): sends at once, whatever the state of the line (a connection
 * that has failed is made anew first), and awaits no answer. When `answers`
 * says that one is due, the line is suspect from then on. */
int wire_tell(struct wire *w, const void *bytes, size_t n, nsec gap,
	      bool answers, struct err *err);

/* The parts of it, for link_modbus.c, which frames by itself. */
int wire_distrust(struct wire *w); /* returns -1 */
/* After a question to one of the line, when no byte of an answer has come and
 * the error is silence. Returns -1. */
bool wire_is_silence(const struct err *err);
int wire_unanswered(struct wire *w, uint64_t *asker);
int wire_check_ready(struct wire *w, nsec gap, struct err *err);
int wire_check_input(struct wire *w, struct err *err);
int wire_reach(struct wire *w, nsec gap, struct err *err);
void wire_told(struct wire *w, bool answers);

#endif
