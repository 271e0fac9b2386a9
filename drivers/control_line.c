#include "drivers/control_line.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

static int bits_of(enum control_line line)
{
	return line == CONTROL_RTS ? TIOCM_RTS : TIOCM_DTR;
}

static int refuse(struct err *err)
{
	if (errno == ENOTTY || errno == EINVAL)
		return err_set(err, ERR_INVALID,
			       "this port has no RTS and "
			       "DTR");
	return err_set(err, ERR_IO, "RTS and DTR: %s", strerror(errno));
}

int control_line_fall_on_close(int fd, struct err *err)
{
	struct termios t;

	if (tcgetattr(fd, &t))
		return refuse(err);
	t.c_cflag |= HUPCL;
	return tcsetattr(fd, TCSANOW, &t) ? refuse(err) : 0;
}

int control_line_set(int fd, enum control_line line, bool high, struct err *err)
{
	int bits = bits_of(line);

	return ioctl(fd, high ? TIOCMBIS : TIOCMBIC, &bits) ? refuse(err) : 0;
}

int control_line_get(int fd, enum control_line line, bool *high,
		     struct err *err)
{
	int bits;

	if (ioctl(fd, TIOCMGET, &bits))
		return refuse(err);
	*high = bits & bits_of(line);
	return 0;
}
