/*
 * Checksums of the frames of instruments that speak ASCII.
 *
 *	xor		one byte: all bytes exclusive-ored (Eurotherm BISYNC)
 *	sum-dec3	sum modulo 256 as three digits (Pfeiffer telegram)
 *	sum-hex2	sum modulo 256 as two upper-case hexadecimal digits
 *	lrc		the same of the negated sum (Modbus ASCII)
 *	crc16		Modbus RTU's, two bytes, low one first
 */
#ifndef DRIVERS_CHECKSUM_H
#define DRIVERS_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define CHECKSUM_BYTES_MAX 3

enum checksum {
	CHECKSUM_NONE,
	CHECKSUM_XOR,
	CHECKSUM_SUM_DEC3,
	CHECKSUM_SUM_HEX2,
	CHECKSUM_LRC,
	CHECKSUM_CRC16,
};

/* ERR_NOT_FOUND lists them. */
int checksum_from_name(const char *name, enum checksum *kind, struct err *err);

/* Bytes it takes in a frame. */
size_t checksum_size(enum checksum kind);

/* Of n bytes; returns checksum_size(). */
size_t checksum_put(enum checksum kind, const char *bytes, size_t n,
		    char out[CHECKSUM_BYTES_MAX]);

/* Whether the last bytes of the frame are the checksum of what is before
 * them, from byte `from` on. */
bool checksum_fits(enum checksum kind, const char *frame, size_t n,
		   size_t from);

#endif
