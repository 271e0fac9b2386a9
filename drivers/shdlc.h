/*
 * SHDLC, Sensirion's frames on serial lines:
 *
 *	out	7E address command n data[n] check 7E
 *	in	7E address command state n data[n] check 7E
 *
 * The check is the inverted sum of what is between the marks. 7E, 7D, 11 and
 * 13 are sent as 7D and the byte with bit 5 turned.
 */
#ifndef DRIVERS_SHDLC_H
#define DRIVERS_SHDLC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "drivers/wire.h"

#define SHDLC_DATA_MAX 255
#define SHDLC_FRAME_MAX (2 + 2 * (SHDLC_DATA_MAX + 5)) /* all stuffed */
#define SHDLC_ADDRESS_MAX 254

struct shdlc_request {
	uint8_t address, command;
	size_t n;
	uint8_t data[16]; /* as much as is ever sent here */
};

struct shdlc_answer {
	uint8_t address, command;
	uint8_t error;	   /* 0: none */
	bool device_error; /* it has something to tell in its status */
	size_t n;
	uint8_t data[SHDLC_DATA_MAX];
};

/* Length of the frame in out. */
size_t shdlc_put(const struct shdlc_request *request,
		 uint8_t out[SHDLC_FRAME_MAX]);

/* A frame with its marks. ERR_PROTOCOL: it is none. */
int shdlc_take(const uint8_t *frame, size_t n, struct shdlc_answer *answer,
	       struct err *err);

/* One transaction, also on a line that echoes. What does not belong to the
 * question makes the line suspect. ERR_STATE: it refuses, and why. */
int shdlc_ask(struct wire *wire, const struct shdlc_request *request,
	      nsec reply, struct shdlc_answer *answer, struct err *err);

#endif
