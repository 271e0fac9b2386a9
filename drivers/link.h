/*
 * A link carries bytes to and from what hangs on a bus: a serial port, a tty
 * by its path, a TCP connection. It knows no instrument and repeats nothing.
 *
 * A link belongs to the thread of its bus; link_interrupt() and link_trace()
 * may be called from any thread. Every wait ends at an absolute deadline of
 * link_now(). Whether an answer can be believed is not decided here but in
 * drivers/wire.h, which is what drivers use.
 *
 * Errors: ERR_IO the line is gone (the link is closed then, and the next
 * link_open() tries anew), ERR_TIMEOUT the deadline, ERR_PROTOCOL an answer
 * that does not end, ERR_AGAIN it gave way to a safe command.
 */
#ifndef DRIVERS_LINK_H
#define DRIVERS_LINK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/nsec.h"

#define LINK_BYTES_MAX (1024 * 1024)   /* of one answer */
#define LINK_OPEN_MAX (2 * NSEC_PER_S) /* a connection takes no longer */
/* An answer under way when a safe command comes is waited for so long. */
#define LINK_GRACE (4 * NSEC_PER_MS)
#define LINK_SOON_GRACE (80 * NSEC_PER_MS)
/* A safe command waits no longer for its answer while another one waits. */
#define LINK_URGENT_GRACE (80 * NSEC_PER_MS)

struct link;

/* One way of opening. `settings` is owned by the link. */
struct link_kind {
	const char *type; /* "tcp" */
	/* A new connection cannot bring bytes of an old one. */
	bool is_fresh_when_opened;
	/* A file descriptor, non-blocking and closed on exec, or -1. */
	int (*open)(struct link *l, const void *settings, nsec deadline,
		    struct err *err);
	void (*free)(void *settings);
};

/* `name` is how messages call it: "/dev/ttyUSB0", "10.0.0.5:502". */
struct link *link_new(const struct link_kind *kind, const char *name,
		      void *settings);
void link_free(struct link *l); /* closes; NULL is fine */
const char *link_name(const struct link *l);
bool link_is_fresh_when_opened(const struct link *l);

/* The links' clock (CLOCK_MONOTONIC), for deadlines. */
nsec link_now(void);

/* Opens what is closed; an open link stays as it is. At most LINK_OPEN_MAX. */
int link_open(struct link *l, struct err *err);
void link_close(struct link *l);
bool link_is_open(const struct link *l);

/* For what bytes cannot say, such as RTS and DTR; -1 while closed. It goes
 * with the link. */
int link_fd(const struct link *l);

/* All n bytes, or an error (then some may have gone out). */
int link_send(struct link *l, const void *bytes, size_t n, nsec deadline,
	      struct err *err);

/*
 * How an answer ends, the first that is true of:
 *   terminator   its last bytes are these (n_terminator > 0), and then
 *   extra        so many bytes more (a checksum behind the mark);
 *   n            so many bytes have come (> 0);
 *   silence      nothing came for so long after the last byte (> 0).
 */
struct link_end {
	const char *terminator;
	size_t n_terminator;
	size_t extra;
	size_t n;
	nsec silence;
};

/*
 * One answer, its terminator included, into bytes[size]; *n also says how
 * much had come when it fails (a half frame). Bytes behind the end of the
 * answer are left for the next call. Larger than size: ERR_PROTOCOL.
 */
int link_receive(struct link *l, const struct link_end *end, void *bytes,
		 size_t size, size_t *n, nsec deadline, struct err *err);

/* Throws away what has come already; tells how much. Never waits. */
int link_discard(struct link *l, size_t *n, struct err *err);

/* Reads until nothing came for `quiet`; ERR_PROTOCOL when the line still
 * talks at the deadline. */
int link_drain(struct link *l, nsec quiet, nsec deadline, struct err *err);

/* Waits, for gaps between frames. Gives way like all waits. */
int link_pause(struct link *l, nsec until, struct err *err);

/*
 * Safe commands first. link_interrupt(), from any thread, makes waits of
 * ordinary transactions end with ERR_AGAIN: at once between two of them, and
 * inside one LINK_GRACE later, or, for a command that is wanted soon, when
 * the answer was awaited for LINK_SOON_GRACE more. (An answer that is broken
 * off costs the line a quarantine: nothing is read in it.) It holds until
 * link_resume() was called as often. Waits between link_urgent(l, true) and
 * (l, false) do not give way; but while another safe command waits, an answer
 * is awaited for no more than LINK_URGENT_GRACE: an instrument that is dead
 * must not keep its neighbours from being made safe. It is ERR_TIMEOUT then.
 */
enum link_hurry { LINK_SOON, LINK_AT_ONCE };

void link_interrupt(struct link *l, enum link_hurry hurry);
void link_resume(struct link *l, enum link_hurry hurry);
void link_urgent(struct link *l, bool urgent);
bool link_is_urgent(const struct link *l);
bool link_gives_way(const struct link *l); /* an interrupt is pending */

/* All bytes as they pass, called on the bus's thread. The sink outlives the
 * link; NULL switches it off. */
struct link_sink {
	void (*bytes)(void *context, nsec at, bool sent, const void *bytes,
		      size_t n);
	void *context;
};
void link_trace(struct link *l, const struct link_sink *sink);
bool link_is_traced(const struct link *l);

/* For links that are not made of a file descriptor alone (link_modbus.c):
 * waits until fd can be read or written, the deadline, or a safe command. */
int link_wait(struct link *l, int fd, short events, nsec deadline,
	      struct err *err);
void link_tell_sink(const struct link *l, bool sent, const void *bytes,
		    size_t n);

#endif
