/*
 * A serial port on libserialport, which knows the adapters and their USB
 * serial numbers. Version 0.1.1 takes no links (/dev/serial/by-id) and opens
 * without exclusivity and without closing on exec; both are done here.
 */
#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/array.h"
#include "base/text.h"
#include "drivers/link_open.h"
#include "drivers/serial_line.h"

struct serial {
	const char *port, *usb; /* one of the two */
	struct serial_line line;
};

/* libserialport's texts have to be given back. */
static void set_failed(struct err *err, const char *what)
{
	char *why = sp_last_error_message();

	err_set(err, ERR_IO, "%s: %s", what, why);
	sp_free_error_message(why);
}

static const char *usb_of(struct sp_port *port)
{
	return sp_get_port_transport(port) == SP_TRANSPORT_USB
		       ? sp_get_port_usb_serial(port)
		       : NULL;
}

static void add_adapter(struct text *list, struct sp_port *port)
{
	const char *usb = usb_of(port), *name = sp_get_port_name(port);

	if (!usb)
		return;
	text_add(list, list->n ? ", " : "");
	text_add_escaped(list, usb, strlen(usb), 64);
	text_addf(list, " (%s)", name);
}

static int find_usb(const char *usb, char path[SERIAL_PATH_MAX],
		    struct err *err)
{
	_cleanup_(text_free) struct text there = { 0 };
	struct sp_port **ports;
	bool found = false;

	if (sp_list_ports(&ports) != SP_OK) {
		set_failed(err, "the serial ports cannot be listed");
		return -1;
	}
	for (size_t i = 0; ports[i] && !found; i++) {
		const char *serial = usb_of(ports[i]);

		add_adapter(&there, ports[i]);
		found = serial && !strcmp(serial, usb);
		if (found)
			text_copy(path, SERIAL_PATH_MAX,
				  sp_get_port_name(ports[i]));
	}
	sp_free_port_list(ports);
	if (found)
		return 0;
	return err_set(err, ERR_NOT_FOUND,
		       "no adapter has the USB serial "
		       "number %s; there is %s",
		       usb, there.n ? text_str(&there) : "none");
}

int serial_line_find(const char *port, const char *usb,
		     char path[SERIAL_PATH_MAX], struct err *err)
{
	char *real;
	bool fits;

	if (usb)
		return find_usb(usb, path, err);
	real = realpath(port, NULL);
	if (!real)
		return err_set(err, ERR_NOT_FOUND, "%s", strerror(errno));
	fits = text_copy(path, SERIAL_PATH_MAX, real);
	free(real);
	return fits ? 0 : err_set(err, ERR_INVALID, "its path is too long");
}

static int set_up(struct sp_port *port, const struct serial_line *line)
{
	enum sp_parity parity = line->parity == 'E'   ? SP_PARITY_EVEN
				: line->parity == 'O' ? SP_PARITY_ODD
						      : SP_PARITY_NONE;

	if (sp_set_baudrate(port, (int)line->baud) == SP_OK &&
	    sp_set_bits(port, line->bits) == SP_OK &&
	    sp_set_parity(port, parity) == SP_OK &&
	    sp_set_stopbits(port, line->stop) == SP_OK &&
	    sp_set_flowcontrol(port, line->rtscts
					     ? SP_FLOWCONTROL_RTSCTS
					     : SP_FLOWCONTROL_NONE) == SP_OK)
		return 0;
	return -1;
}

/* What libserialport leaves out. */
static int own_flags(int fd, struct err *err)
{
	struct termios t;

	if (serial_line_claim(fd, err))
		return -1;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) || ioctl(fd, TIOCEXCL) ||
	    tcgetattr(fd, &t))
		return err_set(err, ERR_IO, "%s", strerror(errno));
	t.c_cflag &= ~(tcflag_t)HUPCL;
	/* Else nothing to read looks like the end of the file. */
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	if (tcsetattr(fd, TCSANOW, &t))
		return err_set(err, ERR_IO, "%s", strerror(errno));
	return 0;
}

/* The port is open: its file descriptor goes on without libserialport, whose
 * reading has faults in this version. */
static int take_fd(struct sp_port *port, const struct serial_line *line,
		   struct err *err)
{
	int fd = -1;

	if (set_up(port, line)) {
		set_failed(err, "cannot be set up");
		goto close;
	}
	if (sp_get_port_handle(port, &fd) != SP_OK) {
		set_failed(err, "has no file descriptor");
		goto close;
	}
	if (!own_flags(fd, err))
		return fd;
close:
	sp_close(port);
	return -1;
}

static int serial_open(struct link *l, const void *settings, nsec deadline,
		       struct err *err)
{
	const struct serial *serial = settings;
	char path[SERIAL_PATH_MAX];
	struct sp_port *port;
	int fd = -1;

	(void)l;
	(void)deadline;
	if (serial_line_find(serial->port, serial->usb, path, err))
		return -1;
	if (sp_get_port_by_name(path, &port) != SP_OK)
		return err_set(err, ERR_IO,
			       "%s is no serial port of this "
			       "machine (a pty needs type: file)",
			       path);
	if (sp_open(port, SP_MODE_READ_WRITE) == SP_OK)
		fd = take_fd(port, &serial->line, err);
	else
		set_failed(err, path);
	sp_free_port(port);
	return fd;
}

static const struct link_kind kind_serial = {
	.type = "serial",
	.open = serial_open,
	.free = free,
};

struct link *link_serial_new(const struct yaml_node *params,
			     struct problems *problems)
{
	static const char *const keys[] = { "type",	  "port",   "usb",
					    "baud",	  "format", "flow",
					    "quarantine", NULL };
	const struct yaml_node *usb = yaml_get(params, "usb");
	size_t before = problems->n_all;
	struct serial serial = { 0 }, *kept;

	yaml_check_keys(params, "a bus of type serial", keys, problems);
	if (usb && yaml_get(params, "port"))
		problems_add(problems, usb->at, "port or usb, not both");
	else if (usb)
		serial.usb = link_text(params, "usb", "FT5P1ABC", problems);
	else
		serial.port =
			link_text(params, "port", "/dev/ttyUSB0", problems);
	serial_line_read(params, &serial.line, problems);
	if (problems->n_all != before)
		return NULL;
	kept = memory_zeroed(1, sizeof(*kept));
	*kept = serial;
	return link_new(&kind_serial, serial.usb ? serial.usb : serial.port,
			kept);
}
