/* An instrument at the other end of a line, played by the test itself. */
#ifndef TESTS_PAIR_H
#define TESTS_PAIR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "base/yaml.h"
#include "drivers/bus.h"
#include "drivers/link.h"
#include "drivers/wire.h"
#include "folder.h"

#define PAIR_QUARANTINE_MS 60

struct pair {
	bool tcp;
	int fd; /* the instrument's end, or -1 */
	int listener, slave;
	int port;
	char path[128]; /* a link to the pty */
	char folder[FOLDER_MAX];
	struct yaml *yaml;
	struct bus *bus;
	struct wire *wire;
	struct link *link;
};

/* Opens nothing at our end yet. */
void pair_init(struct pair *p, bool tcp);
void pair_fini(struct pair *p);

/* The instrument dies, and is there again (a pty under another name). */
void pair_kill(struct pair *p);
void pair_revive(struct pair *p);

void pair_accept(struct pair *p); /* TCP: the next connection */
void pair_say(struct pair *p, const char *s);
/* What was sent to it, as far as it comes within some time; NUL-ended. */
size_t pair_hear(struct pair *p, char *out, size_t size);

/* For tests whose state is a pair, on a pty and over TCP. */
int pair_setup_pty(void **state);
int pair_setup_tcp(void **state);
int pair_teardown(void **state);
/* clang-format off */
#define PAIR_BOTH(test)                                                        \
	{ #test " (pty)", test, pair_setup_pty, pair_teardown, NULL },         \
	{ #test " (tcp)", test, pair_setup_tcp, pair_teardown, NULL }
/* clang-format on */

#endif
