/*
 * Blanker and trigger on RTS and DTR. ptys have neither: the test takes the
 * place of ioctl() and plays the lines of a real port.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "drivers/bus.h"
#include "drivers/driver.h"
#include "drivers/link.h"

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
	struct yaml *bus_yaml, *params;
	struct bus *bus;
	struct device dev;
};

static struct yaml *tree(const char *text)
{
	struct problems problems = { 0 };
	struct yaml *yaml =
		yaml_parse(text, strlen(text), "site.yaml", &problems);

	assert_non_null(yaml);
	return yaml;
}

static int begin(void **state)
{
	struct bench *b = memory_zeroed(1, sizeof(*b));
	struct problems problems = { 0 };
	char text[128];

	port.bits = TIOCM_RTS | TIOCM_DTR; /* as opening leaves them */
	port.stuck = port.failure = 0;
	port.is_real = false;
	b->master = posix_openpt(O_RDWR | O_NOCTTY);
	assert_int_equal(grantpt(b->master) | unlockpt(b->master), 0);
	snprintf(text, sizeof(text), "{type: file, path: %s}",
		 ptsname(b->master));
	b->bus_yaml = tree(text);
	b->bus = bus_new("lines", yaml_root(b->bus_yaml), 0, &problems);
	assert_non_null(b->bus);
	*state = b;
	return 0;
}

static int end(void **state)
{
	struct bench *b = *state;

	device_fini(&b->dev);
	bus_free(b->bus);
	close(b->master);
	yaml_tree_free(b->bus_yaml);
	yaml_tree_free(b->params);
	free(b);
	return 0;
}

static int try_open(struct bench *b, const char *params, struct err *err)
{
	b->params = tree(params);
	device_init(&b->dev, driver_find("lines", err), "blanker", b->bus,
		    yaml_root(b->params));
	return b->dev.driver->open(&b->dev, err);
}

static void open_usual(struct bench *b)
{
	struct err err = { 0 };

	if (try_open(b, "{beam: rts}", &err))
		fail_msg("%s", err.msg);
}

static int set(struct bench *b, size_t channel, double value, struct err *err)
{
	return b->dev.driver->write(&b->dev, channel, value, err);
}

static void opening_lowers_both(void **state)
{
	open_usual(*state);
	assert_int_equal(port.bits, 0);
}

static void closing_will_lower_both(void **state)
{
	struct bench *b = *state;
	struct termios t;

	open_usual(b);
	assert_int_equal(tcgetattr(link_fd(bus_link(b->bus)), &t), 0);
	assert_true(t.c_cflag & HUPCL);
}

static void beam_is_rts(void **state)
{
	struct err err = { 0 };

	open_usual(*state);
	assert_int_equal(set(*state, BEAM, 1.0, &err), 0);
	assert_int_equal(port.bits, TIOCM_RTS);
}

static void trigger_is_the_other(void **state)
{
	struct err err = { 0 };

	open_usual(*state);
	assert_int_equal(set(*state, TRIGGER, 1.0, &err), 0);
	assert_int_equal(port.bits, TIOCM_DTR);
}

static void the_site_may_exchange_them(void **state)
{
	struct err err = { 0 };

	assert_int_equal(try_open(*state, "{beam: dtr}", &err), 0);
	assert_int_equal(set(*state, BEAM, 1.0, &err), 0);
	assert_int_equal(port.bits, TIOCM_DTR);
}

static void reads_both(void **state)
{
	struct bench *b = *state;
	struct err err = { 0 };
	double values[2];

	open_usual(b);
	assert_int_equal(set(b, BEAM, 1.0, &err), 0);
	assert_int_equal(b->dev.driver->poll(&b->dev, values, &err), 0);
	assert_true(values[BEAM] == 1.0);
	assert_true(values[TRIGGER] == 0.0);
}

static void safe_lowers_both(void **state)
{
	struct bench *b = *state;
	struct err err = { 0 };

	open_usual(b);
	assert_int_equal(set(b, BEAM, 1.0, &err), 0);
	assert_int_equal(set(b, TRIGGER, 1.0, &err), 0);
	assert_int_equal(b->dev.driver->safe(&b->dev, &err), 0);
	assert_int_equal(port.bits, 0);
}

static void a_line_that_stays_is_an_error_and_closes_the_port(void **state)
{
	struct bench *b = *state;
	struct err err = { 0 };

	open_usual(b);
	assert_int_equal(set(b, BEAM, 1.0, &err), 0);
	port.stuck = TIOCM_RTS;
	assert_int_equal(b->dev.driver->safe(&b->dev, &err), -1);
	assert_int_equal(err.code, ERR_STATE);
	assert_false(link_is_open(bus_link(b->bus)));
}

static void a_port_that_is_gone_is_an_error(void **state)
{
	struct bench *b = *state;
	struct err err = { 0 };
	double values[2];

	open_usual(b);
	port.failure = EIO;
	assert_int_equal(b->dev.driver->poll(&b->dev, values, &err), -1);
	assert_int_equal(err.code, ERR_IO);
}

static void safe_opens_a_port_that_was_lost(void **state)
{
	struct bench *b = *state;
	struct err err = { 0 };
	double values[2];

	open_usual(b);
	port.failure = EIO;
	assert_int_equal(b->dev.driver->poll(&b->dev, values, &err), -1);
	port.failure = 0;
	port.bits = TIOCM_RTS | TIOCM_DTR;
	assert_int_equal(b->dev.driver->safe(&b->dev, &err), 0);
	assert_int_equal(port.bits, 0);
}

static void a_pty_is_refused(void **state)
{
	struct err err = { 0 };

	port.is_real = true;
	assert_int_equal(try_open(*state, "{beam: rts}", &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	assert_non_null(strstr(err.msg, "no RTS and DTR"));
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
		T(safe_opens_a_port_that_was_lost),
		T(a_pty_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
