#include "drivers/serial_line.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <termios.h>

#include "base/array.h"
#include "base/nsec.h"
#include "drivers/settings.h"

#define BAUD_USUAL 9600

static const struct {
	int64_t baud;
	speed_t speed;
} speeds[] = {
	{ 300, B300 },	     { 600, B600 },	  { 1200, B1200 },
	{ 2400, B2400 },     { 4800, B4800 },	  { 9600, B9600 },
	{ 19200, B19200 },   { 38400, B38400 },	  { 57600, B57600 },
	{ 115200, B115200 }, { 230400, B230400 }, { 460800, B460800 },
	{ 921600, B921600 },
};

static bool find_speed(int64_t baud, speed_t *speed)
{
	for (size_t i = 0; i < ARRAY_SIZE(speeds); i++)
		if (speeds[i].baud == baud) {
			*speed = speeds[i].speed;
			return true;
		}
	return false;
}

int serial_line_format(const char *s, struct serial_line *line, struct err *err)
{
	if (strlen(s) != 3 || !strchr("78", s[0]) || !strchr("NEO", s[1]) ||
	    !strchr("12", s[2]))
		return err_set(err, ERR_INVALID,
			       "format: bits, parity and "
			       "stop bits are written like 8N1, 7E1 or 7O1");
	line->bits = s[0] - '0';
	line->parity = s[1];
	line->stop = s[2] - '0';
	return 0;
}

static void read_baud(const struct yaml_node *node, struct serial_line *line,
		      struct problems *problems)
{
	speed_t speed;

	if (settings_integer(node, "baud", 1, INT32_MAX, &line->baud, problems))
		return;
	if (!find_speed(line->baud, &speed)) {
		problems_add(problems, node->at,
			     "baud: not a usual speed; "
			     "such as 9600, 19200, 115200");
		line->baud = BAUD_USUAL;
	}
}

void serial_line_read(const struct yaml_node *map, struct serial_line *line,
		      struct problems *problems)
{
	const struct yaml_node *baud = yaml_get(map, "baud");
	const struct yaml_node *format = yaml_get(map, "format");
	const struct yaml_node *flow = yaml_get(map, "flow");
	struct err err = { 0 };

	*line = (struct serial_line){ BAUD_USUAL, 8, 'N', 1, false };
	if (baud)
		read_baud(baud, line, problems);
	if (format && (format->kind != YAML_SCALAR ||
		       serial_line_format(format->s, line, &err)))
		problems_add(problems, format->at, "%s",
			     err.msg[0] ? err.msg
					: "format: one value belongs here");
	if (flow && settings_choice(flow, "flow", "none", "rtscts",
				    &line->rtscts, &err))
		problems_add(problems, flow->at, "flow: none or rtscts");
}

static tcflag_t control_flags(const struct serial_line *line)
{
	tcflag_t flags = CREAD | CLOCAL;

	flags |= line->bits == 7 ? CS7 : CS8;
	if (line->parity != 'N')
		flags |= PARENB;
	if (line->parity == 'O')
		flags |= PARODD;
	if (line->stop == 2)
		flags |= CSTOPB;
	if (line->rtscts)
		flags |= CRTSCTS;
	return flags;
}

int serial_line_apply(int fd, const struct serial_line *line, struct err *err)
{
	struct termios t;
	speed_t speed;

	if (!find_speed(line->baud, &speed))
		return err_set(err, ERR_INVALID, "not a usual speed");
	if (tcgetattr(fd, &t))
		return err_set(err, ERR_IO, "not a serial line: %s",
			       strerror(errno));
	cfmakeraw(&t);
	t.c_cflag = control_flags(line);
	if (line->parity != 'N')
		t.c_iflag |= INPCK;
	/* Else nothing to read looks like the end of the file. */
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	if (cfsetispeed(&t, speed) || cfsetospeed(&t, speed) ||
	    tcsetattr(fd, TCSANOW, &t))
		return err_set(err, ERR_IO, "cannot be set up: %s",
			       strerror(errno));
	return 0;
}

int serial_line_claim(int fd, struct err *err)
{
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return 0;
	if (errno == EWOULDBLOCK)
		return err_set(err, ERR_IO, "another program has this port");
	return err_set(err, ERR_IO, "%s", strerror(errno));
}

int64_t serial_line_span(const struct serial_line *line, double n)
{
	int bits = 1 + line->bits + (line->parity != 'N') + line->stop;

	return nsec_from_s(n * bits / (double)line->baud);
}
