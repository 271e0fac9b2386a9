/*
 * How one emulated instrument, or several on one line, understands bytes:
 * where a request ends, and what is answered. Pure but for the bench behind
 * it; the servers (emulator_server.h) carry the bytes and spoil them.
 */
#ifndef EMULATOR_CODEC_H
#define EMULATOR_CODEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/nsec.h"
#include "base/text.h"

#define EMULATOR_REQUEST_MAX 8192
#define EMULATOR_REFUSED ((size_t)-1) /* hang up: this never ends well */

struct emulator_reply {
	struct text bytes; /* none: it says nothing */
	nsec after;	   /* time until the first byte, besides that of
				 * the line */
	char unit;	   /* who was addressed, on a line of several; 0 */
	bool ends;	   /* the connection is closed behind it */
};

struct emulator_codec {
	/* Bytes of the first whole request; 0: more must come. */
	size_t (*span)(const char *bytes, size_t n);
	/* Who is addressed by a whole request, on a line of several; NULL: it
	 * is one instrument. */
	char (*unit_of)(const char *bytes, size_t n);
	/* One whole request. reply->bytes is empty, but keeps memory. */
	void (*answer)(void *instrument, const char *bytes, size_t n,
		       struct emulator_reply *reply);
	/* Spoils a whole reply so that the protocol's own check finds it;
	 * NULL: it has none, a bit of the middle byte is turned. */
	void (*break_check)(struct text *reply);
	/* Makes of it the reply to somebody else; NULL: what was said to the
	 * request before is said again. */
	void (*make_foreign)(struct text *reply);
	int baud; /* of a serial line, 8N1; 0: TCP */
};

/* Lines that end with CR, LF or both. */
size_t emulator_line_span(const char *bytes, size_t n);

/* Without ends of line and blanks around it, as a C string in out; false
 * when it is longer. */
bool emulator_line_text(const char *bytes, size_t n, char *out, size_t size);

/* "+014.620": sign, and zeros to the width. Not a number: 0. */
void emulator_add_padded(struct text *out, double value, int width,
			 int decimals);

#endif
