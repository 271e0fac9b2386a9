/*
 * The packets of the socket in DigitalMicrograph: little-endian, the number of
 * all bytes in front, then whole numbers, truths, fractions, and text.
 *
 *	out	i32 bytes, i32 function, i32 ..., i32 truth ..., f64 ..., text
 *	in	i32 bytes, i32 status, i32 ..., i32 truth ..., f64 ...
 *
 * Status 0 is good; below 0 nothing follows it.
 */
#ifndef DRIVERS_DM_PACKET_H
#define DRIVERS_DM_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define DM_PACKET_MAX 1024 /* the other side reads no more */
#define DM_NUMBERS_MAX 4
#define DM_HEAD 8 /* bytes: length and status */
#define DM_ANSWER_MAX (DM_HEAD + 4 * DM_NUMBERS_MAX + 8)

enum dm_function {
	DM_EXECUTE_SCRIPT = 1,
	DM_ACQUIRE = 6,
	DM_SELECT_CAMERA = 9,
	DM_SET_READ_MODE = 10,
	DM_CAMERAS = 11,
	DM_IS_INSERTED = 12,
	DM_VERSION = 14,
	DM_NEXT_CHUNK = 24,
};

struct dm_packet {
	uint8_t bytes[DM_PACKET_MAX];
	size_t n;
};

/* {0} becomes a packet; its length is always right. */
void dm_packet_begin(struct dm_packet *p, enum dm_function function);
void dm_packet_number(struct dm_packet *p, int32_t value);
void dm_packet_fraction(struct dm_packet *p, double value);

/* All of a DM_EXECUTE_SCRIPT. The text is shorter than 900 bytes. */
void dm_packet_script(struct dm_packet *p, const char *script);

/* What follows the status in an answer. */
struct dm_shape {
	size_t n_numbers; /* truths are numbers, too */
	size_t n_fractions;
};

struct dm_answer {
	int32_t number[DM_NUMBERS_MAX];
	double fraction;
};

/* The first four bytes: how long the whole answer is. ERR_PROTOCOL: none of
 * this shape is so long. */
int dm_answer_size(const uint8_t bytes[4], const struct dm_shape *shape,
		   size_t *n, struct err *err);

/* A whole answer of n bytes, as dm_answer_size() allows it. ERR_STATE: it is a
 * refusal. */
int dm_answer_read(const uint8_t *bytes, size_t n, const struct dm_shape *shape,
		   struct dm_answer *answer, struct err *err);

#endif
