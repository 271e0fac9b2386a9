/*
 * Blanker and trigger on RTS and DTR. ptys have neither: the test takes the
 * place of ioctl() and plays the lines of a real port.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"
#include "drivers/link.h"
#include "one_device.h"

enum { BEAM, TRIGGER };

static struct {
	int bits;
	int stuck;    /* these do not change */
	int failure;  /* errno of the next call; 0: none */
	bool is_real; /* let the pty answer */
} port;

int ioctl(int fd, unsigned long request, ...)
{
	int (*real)(int, unsigned long, void *);
	va_list ap;
	int *bits;

	va_start(ap, request);
	bits = va_arg(ap, int *);
	va_end(ap);
	if (port.is_real || (request != TIOCMGET && request != TIOCMBIS &&
			     request != TIOCMBIC)) {
		*(void **)&real = dlsym(RTLD_NEXT, "ioctl");
		return real(fd, request, bits);
	}
	if (port.failure) {
		errno = port.failure;
		return -1;
	}
	if (request == TIOCMGET)
		*bits = port.bits;
	else if (request == TIOCMBIS)
		port.bits |= *bits & ~port.stuck;
	else
		port.bits &= ~(*bits & ~port.stuck);
	return 0;
}

struct bench {
	int master;
	struct one_device d;
};

static int begin(void **state)
{
	struct bench *b = memory_zeroed(1, sizeof(*b));

	port.bits = TIOCM_RTS | TIOCM_DTR; /* as opening leaves them */
	port.stuck = port.failure = 0;
	port.is_real = false;
	b->master = posix_openpt(O_RDWR | O_NOCTTY);
	assert_int_equal(grantpt(b->master) | unlockpt(b->master), 0);
	one_bus(&b->d, "{type: file, path: %s}", ptsname(b->master));
	*state = b;
	return 0;
}

static int end(void **state)
{
	struct bench *b = *state;

	one_close(&b->d);
	close(b->master);
	free(b);
	return 0;
}

static struct one_device *open_with(void **state, const char *params)
{
	struct bench *b = *state;

	one_open(&b->d, "lines", params);
	return &b->d;
}

static struct one_device *open_usual(void **state)
{
	return open_with(state, "{beam: rts}");
}

static void set(struct one_device *d, size_t channel, double value)
{
	struct err err = { 0 };

	if (one_write(d, channel, value, &err))
		fail_msg("%s", err.msg);
}

static void opening_lowers_both(void **state)
{
	open_usual(state);
	assert_int_equal(port.bits, 0);
}

static void closing_will_lower_both(void **state)
{
	struct one_device *d = open_usual(state);
	struct termios t;

	assert_int_equal(tcgetattr(link_fd(bus_link(d->bus)), &t), 0);
	assert_true(t.c_cflag & HUPCL);
}

static void beam_is_rts(void **state)
{
	set(open_usual(state), BEAM, 1.0);
	assert_int_equal(port.bits, TIOCM_RTS);
}

static void trigger_is_the_other(void **state)
{
	set(open_usual(state), TRIGGER, 1.0);
	assert_int_equal(port.bits, TIOCM_DTR);
}

static void the_site_may_exchange_them(void **state)
{
	set(open_with(state, "{beam: dtr}"), BEAM, 1.0);
	assert_int_equal(port.bits, TIOCM_DTR);
}

static void reads_both(void **state)
{
	struct one_device *d = open_usual(state);

	set(d, BEAM, 1.0);
	assert_true(one_read(d, BEAM) == 1.0);
	assert_true(one_read(d, TRIGGER) == 0.0);
}

static void safe_lowers_both(void **state)
{
	struct one_device *d = open_usual(state);
	struct err err = { 0 };

	set(d, BEAM, 1.0);
	set(d, TRIGGER, 1.0);
	assert_int_equal(one_safe(d, &err), 0);
	assert_int_equal(port.bits, 0);
}

static void a_line_that_stays_is_an_error_and_closes_the_port(void **state)
{
	struct one_device *d = open_usual(state);
	struct err err = { 0 };

	set(d, BEAM, 1.0);
	port.stuck = TIOCM_RTS;
	assert_int_equal(one_safe(d, &err), -1);
	assert_int_equal(err.code, ERR_STATE);
	assert_false(link_is_open(bus_link(d->bus)));
}

static void lose_port(struct one_device *d)
{
	struct err err = { 0 };
	double values[2];

	port.failure = EIO;
	assert_int_equal(one_poll(d, values, &err), -1);
	assert_int_equal(err.code, ERR_IO);
}

static void a_port_that_is_gone_is_an_error(void **state)
{
	lose_port(open_usual(state));
}

static void a_port_that_was_lost_takes_no_setpoint(void **state)
{
	struct one_device *d = open_usual(state);
	struct err err = { 0 };

	lose_port(d);
	port.failure = 0;
	assert_int_equal(one_write(d, BEAM, 1.0, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	assert_non_null(strstr(err.msg, "the port is closed"));
}

static void safe_opens_a_port_that_was_lost(void **state)
{
	struct one_device *d = open_usual(state);
	struct err err = { 0 };

	lose_port(d);
	port.failure = 0;
	port.bits = TIOCM_RTS | TIOCM_DTR;
	assert_int_equal(one_safe(d, &err), 0);
	assert_int_equal(port.bits, 0);
}

static void a_pty_is_refused(void **state)
{
	struct bench *b = *state;

	port.is_real = true;
	one_refused(&b->d, "lines", "{beam: rts}", ERR_INVALID,
		    "no RTS and DTR");
}

static void another_word_than_rts_and_dtr_is_refused(void **state)
{
	struct bench *b = *state;

	one_refused(&b->d, "lines", "{beam: cts}", ERR_INVALID, "rts");
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(opening_lowers_both),
		T(closing_will_lower_both),
		T(beam_is_rts),
		T(trigger_is_the_other),
		T(the_site_may_exchange_them),
		T(reads_both),
		T(safe_lowers_both),
		T(a_line_that_stays_is_an_error_and_closes_the_port),
		T(a_port_that_is_gone_is_an_error),
		T(a_port_that_was_lost_takes_no_setpoint),
		T(safe_opens_a_port_that_was_lost),
		T(a_pty_is_refused),
		T(another_word_than_rts_and_dtr_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
