/* What a configuration asks for that is not there, or wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "drivers/bus.h"
#include "drivers/link.h"
#include "pair.h"

static struct bus *make(const char *config, struct yaml **yaml,
			struct problems *problems)
{
	*yaml = yaml_parse(config, strlen(config), "bus", problems);
	return bus_new("bus", yaml_root(*yaml), 0, problems);
}

static void expect_closed(const char *config, const char *words)
{
	struct problems problems = { 0 };
	struct yaml *yaml;
	struct bus *bus = make(config, &yaml, &problems);
	struct err err = { 0 };

	assert_non_null(bus);
	assert_int_equal(link_open(bus_link(bus), &err), -1);
	if (!strstr(err.msg, words))
		fail_msg("'%s' is not in '%s'", words, err.msg);
	bus_free(bus);
	yaml_tree_free(yaml);
}

static void a_port_that_is_not_there_is_said(void **state)
{
	(void)state;
	expect_closed("{type: serial, port: /dev/ttyNONE}", "ttyNONE");
	expect_closed("{type: serial, usb: NOSUCHNUMBER}", "NOSUCHNUMBER");
	expect_closed("{type: file, path: /dev/ttyNONE}", "ttyNONE");
	expect_closed("{type: file, path: /dev/null}", "not a serial line");
	expect_closed("{type: tcp, host: 127.0.0.1, port: 1}", "127.0.0.1:1");
}

static void a_pty_is_refused_as_a_serial_port_with_the_way_out(void **state)
{
	char config[256];
	struct pair p;

	(void)state;
	pair_init(&p, false);
	snprintf(config, sizeof(config), "{type: serial, port: %s}", p.path);
	expect_closed(config, "type: file");
	pair_fini(&p);
}

static void a_port_belongs_to_one_program(void **state)
{
	struct problems problems = { 0 };
	struct err err = { 0 };
	struct yaml *yaml;
	char config[256];
	struct bus *other;
	struct pair p;

	(void)state;
	pair_init(&p, false);
	snprintf(config, sizeof(config), "{type: file, path: %s}", p.path);
	other = make(config, &yaml, &problems);
	assert_int_equal(link_open(p.link, &err), 0);
	assert_int_equal(link_open(bus_link(other), &err), -1);
	assert_non_null(strstr(err.msg, "another program"));
	link_close(p.link);
	assert_int_equal(link_open(bus_link(other), &err), 0);
	bus_free(other);
	yaml_tree_free(yaml);
	pair_fini(&p);
}

static void mistakes_of_a_bus_are_found_before_it_is_opened(void **state)
{
	static const char *const wrong[] = {
		"{type: serial}",
		"{type: file}",
		"{type: tcp, port: 5}",
		"{type: tcp, host: 127.0.0.1}",
		"{type: tcp, host: meter.lab, port: 5}",
		"{type: tcp, host: 127.0.0.1, port: 70000}",
		"{type: file, path: /dev/x, baud: 9601}",
		"{type: file, path: /dev/x, format: 9N1}",
		"{type: file, path: /dev/x, flow: maybe}",
		"{type: file, path: /dev/x, quarantine: 5}",
		"{type: file, path: /dev/x, quarantine: 1 h}",
		"{type: file, path: /dev/x, bawd: 9600}",
		"{type: serial, port: /dev/x, usb: Y}",
		"{type: modbus-tcp}",
		"{type: modbus-rtu, baud: 9600}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct problems problems = { 0 };
		struct yaml *yaml;

		if (make(wrong[i], &yaml, &problems) || !problems.n)
			fail_msg("%s is accepted", wrong[i]);
		problems_free(&problems);
		yaml_tree_free(yaml);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_that_is_not_there_is_said),
		cmocka_unit_test(
			a_pty_is_refused_as_a_serial_port_with_the_way_out),
		cmocka_unit_test(a_port_belongs_to_one_program),
		cmocka_unit_test(
			mistakes_of_a_bus_are_found_before_it_is_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
