/*
 * Modbus RTU and TCP: registers and coils of the units on one line, on
 * libmodbus without its recovery modes, under the rules of drivers/wire.h: an
 * error quarantines the line (RTU) or connects anew (TCP) and advances the
 * epoch. Addresses are those of the frame, from 0.
 *
 * RTU has no number that ties an answer to its question. What protects are:
 * nothing may be in the input before a request, unit, function and length of
 * the answer are compared, and after an error the line has to be silent.
 */
#ifndef DRIVERS_LINK_MODBUS_H
#define DRIVERS_LINK_MODBUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/nsec.h"
#include "base/problems.h"
#include "base/yaml.h"
#include "drivers/wire.h"

#define MODBUS_WORDS_MAX 123
#define MODBUS_REPLY (500 * NSEC_PER_MS)

enum modbus_space {
	MODBUS_COIL,	 /* read and written, 1 bit */
	MODBUS_DISCRETE, /* read, 1 bit */
	MODBUS_HOLDING,	 /* read and written, 16 bits */
	MODBUS_INPUT,	 /* read, 16 bits */
};

/* Order of the four bytes of 41C8 0000 = 25.0f on the wire. */
enum modbus_order { MODBUS_ABCD, MODBUS_CDAB, MODBUS_BADC, MODBUS_DCBA };

struct link_modbus;

/* What is asked of a unit: n registers or bits from address `at` on. */
struct modbus_span {
	uint8_t unit; /* 1 .. 247; 0 is refused */
	enum modbus_space space;
	uint16_t at;
	uint16_t n;	 /* 1 .. MODBUS_WORDS_MAX */
	nsec reply;	 /* 0: MODBUS_REPLY */
	nsec gap;	 /* silence before the request; at least
					 * RTU's 3.5 characters */
	bool single;	 /* write: functions 5 and 6 */
	uint64_t *asker; /* as in struct wire_ask */
};

/* From a bus's mapping; type modbus-rtu: port or usb (or path: a tty that
 * libserialport does not open, such as a pty), baud, format; modbus-tcp: host,
 * port (502). Opens nothing. NULL with problems. */
struct link_modbus *link_modbus_new(const struct yaml_node *params, bool tcp,
				    struct problems *problems);
void link_modbus_free(struct link_modbus *m);

/* Its trust and epoch: wire_ready(), wire_epoch(), wire_suspect(). */
struct wire *link_modbus_wire(struct link_modbus *m);

/* Its interrupt and trace. Bytes are not to be sent through it. */
struct link *link_modbus_link(struct link_modbus *m);

/*
 * Bits come and go as 0 or 1 in a word each. An exception is an answer: it
 * leaves the line trusted and is ERR_RANGE ("illegal address", code in
 * *exception when that is not NULL; 0 for all other outcomes).
 */
int link_modbus_read(struct link_modbus *m, const struct modbus_span *span,
		     uint16_t *words, int *exception, struct err *err);
int link_modbus_write(struct link_modbus *m, const struct modbus_span *span,
		      const uint16_t *words, struct err *err);

/* For safe(): the request goes out now, whatever the state of the line. Its
 * answer is checked when the line was trusted. */
int link_modbus_tell(struct link_modbus *m, const struct modbus_span *span,
		     const uint16_t *words, struct err *err);

/* Own packing: libmodbus 3.1.6 exchanges orders on little-endian machines. */
uint32_t modbus_join(const uint16_t words[2], enum modbus_order order);
void modbus_split(uint32_t value, enum modbus_order order, uint16_t words[2]);
float modbus_float(const uint16_t words[2], enum modbus_order order);
void modbus_from_float(float value, enum modbus_order order, uint16_t words[2]);

#endif
