/*
 * How a serial line speaks: speed, bits, parity, handshake; as the
 * configuration writes it and as termios takes it.
 */
#ifndef DRIVERS_SERIAL_LINE_H
#define DRIVERS_SERIAL_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/problems.h"
#include "base/yaml.h"

#define SERIAL_PATH_MAX 256

struct serial_line {
	int64_t baud; /* 9600 */
	int bits;     /* 7, 8 */
	char parity;  /* 'N', 'E', 'O' */
	int stop;     /* 1, 2 */
	bool rtscts;
};

/* Keys baud (9600), format ("8N1"), flow (none, rtscts) of map; mistakes with
 * their places. Other keys are not looked at. */
void serial_line_read(const struct yaml_node *map, struct serial_line *line,
		      struct problems *problems);

/* "7E1" alone. */
int serial_line_format(const char *s, struct serial_line *line,
		       struct err *err);

/* Raw mode as in `line`; HUPCL is cleared, so that control lines stay as
 * they are when the port is closed. */
int serial_line_apply(int fd, const struct serial_line *line, struct err *err);

/* A second process on the port reads every other byte: it is refused. */
int serial_line_claim(int fd, struct err *err);

/* Time of n characters. */
int64_t serial_line_span(const struct serial_line *line, double n);

/*
 * Where a port is now. `port` is a path, by-id links included; `usb` is the
 * USB serial number of an adapter, which finds the port again under another
 * name. One of the two is NULL. ERR_NOT_FOUND lists the adapters there are.
 * In link_serial.c, where libserialport is.
 */
int serial_line_find(const char *port, const char *usb,
		     char path[SERIAL_PATH_MAX], struct err *err);

#endif
