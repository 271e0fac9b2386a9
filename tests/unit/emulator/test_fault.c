#include "bench.h"

#include "emulator/fault.h"
#include "emulator/lab.h"

#define NOW (100 * NSEC_PER_S)

static struct emulator_fault parsed(const char *line)
{
	struct emulator_fault fault;
	struct err err = { 0 };

	if (emulator_fault_parse(line, NOW, &fault, &err))
		fail_msg("%s: %s", line, err.msg);
	return fault;
}

static void a_line_says_what_where_when(void **state)
{
	struct emulator_fault f =
		parsed("late flows:C by 800 ms at 2s for 1 min times 3");

	(void)state;
	assert_int_equal(f.kind, WIRE_LATE);
	assert_string_equal(f.server, "flows");
	assert_int_equal(f.unit, 'C');
	assert_true(f.by == 800 * NSEC_PER_MS);
	assert_true(f.from == NOW + 2 * NSEC_PER_S);
	assert_true(f.until == f.from + 60 * NSEC_PER_S);
	assert_int_equal(f.times, 3);
}

static void without_an_end_it_stays(void **state)
{
	(void)state;
	assert_true(parsed("die meter").until == NSEC_NEVER);
	assert_int_equal(parsed("die meter").times, -1);
	assert_int_equal(parsed("drop meter").times, 1);
}

static void mistakes_are_refused(void **state)
{
	static const char *const lines[] = {
		"",
		"late",
		"lat flows",
		"late flows by",
		"late flows by 3",
		"late flows by 3 Torr",
		"late flows for -1 s",
		"late flows times 0",
		"late flows often",
		"late flows:AB",
		"late flows.with.a.very.long.name",
		"late flows times",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct emulator_fault fault;
		struct err err = { 0 };

		if (emulator_fault_parse(lines[i], NOW, &fault, &err) == 0)
			fail_msg("'%s' was taken", lines[i]);
		assert_int_not_equal(err.msg[0], '\0');
	}
}

static void a_fault_is_counted_off(void **state)
{
	struct emulator_faults faults = { 0 };
	struct emulator_fault f = parsed("half flows times 2");
	struct err err = { 0 };

	(void)state;
	assert_int_equal(emulator_faults_add(&faults, &f, NOW, &err), 0);
	for (int i = 0; i < 3; i++) {
		bool is_there = emulator_faults_take(&faults, WIRE_HALF,
						     "flows", 'A', NOW);

		assert_int_equal(is_there, i < 2);
	}
}

static void a_fault_concerns_its_server_unit_and_time(void **state)
{
	struct emulator_faults faults = { 0 };
	struct emulator_fault f = parsed("half flows:B at 1 s for 1 s");
	nsec during = NOW + 3 * NSEC_PER_S / 2;
	struct err err = { 0 };

	(void)state;
	emulator_faults_add(&faults, &f, NOW, &err);
	assert_null(
		emulator_faults_take(&faults, WIRE_HALF, "flows", 'B', NOW));
	assert_null(
		emulator_faults_take(&faults, WIRE_HALF, "flows", 'A', during));
	assert_null(emulator_faults_take(&faults, WIRE_HALF, "gauges", 'B',
					 during));
	assert_null(
		emulator_faults_take(&faults, WIRE_LATE, "flows", 'B', during));
	assert_non_null(
		emulator_faults_take(&faults, WIRE_HALF, "flows", 'B', during));
	assert_null(emulator_faults_take(&faults, WIRE_HALF, "flows", 'B',
					 NOW + 2 * NSEC_PER_S));
}

static void there_is_an_end_of_faults_and_what_is_over_makes_room(void **state)
{
	struct emulator_faults faults = { 0 };
	struct emulator_fault f = parsed("half flows for 1 s");
	struct err err = { 0 };

	(void)state;
	for (int i = 0; i < EMULATOR_FAULTS_MAX; i++)
		assert_int_equal(emulator_faults_add(&faults, &f, NOW, &err),
				 0);
	assert_int_equal(emulator_faults_add(&faults, &f, NOW, &err), -1);
	assert_int_equal(err.code, ERR_FULL);
	assert_int_equal(
		emulator_faults_add(&faults, &f, NOW + NSEC_PER_S, &err), 0);
	assert_int_equal(faults.n, 1);
}

static void spoilt(enum wire_fault kind, const struct emulator_codec *codec,
		   const char *reply, size_t n, struct text *out)
{
	struct text before = { 0 };

	text_add(&before, "before\r");
	text_clear(out);
	text_add_n(out, reply, n);
	emulator_fault_spoil(kind, codec, out, &before);
	text_free(&before);
}

static void bytes_are_spoilt_as_their_protocol_has_it(void **state)
{
	static const char modbus[] = "\0\1\0\0\0\4\1\1\1\1";
	struct text t = { 0 };

	(void)state;
	spoilt(WIRE_HALF, &emulator_alicat_codec, "A +1.0\r", 7, &t);
	assert_string_equal(text_str(&t), "A +1");
	spoilt(WIRE_GARBAGE, &emulator_alicat_codec, "A +1.0\r", 7, &t);
	assert_int_equal(t.n, 7);
	assert_int_equal(t.s[6], '\r');
	assert_true(t.s[0] & 0x80);
	spoilt(WIRE_FOREIGN, &emulator_alicat_codec, "A +1.0\r", 7, &t);
	assert_string_equal(text_str(&t), "B +1.0\r");
	spoilt(WIRE_FOREIGN, &emulator_tpg_codec, "1\r\n", 3, &t);
	assert_string_equal(text_str(&t), "before\r");
	spoilt(WIRE_CHECKSUM, &emulator_modbus_codec, modbus, 10, &t);
	assert_int_not_equal(t.s[3], 0);
	spoilt(WIRE_FOREIGN, &emulator_modbus_codec, modbus, 10, &t);
	assert_int_not_equal(t.s[1], 1);
	spoilt(WIRE_NO_REPLY, &emulator_tpg_codec, "1\r\n", 3, &t);
	assert_string_equal(text_str(&t), "1\r\n");
	text_free(&t);
}

static void configured(const char *yaml, bool is_right)
{
	struct problems problems = { 0 };
	struct yaml *y =
		yaml_parse(yaml, strlen(yaml), "emulate.yaml", &problems);
	struct emulator_lab *lab = memory_zeroed(1, sizeof(*lab));
	int status;

	assert_non_null(y);
	status = emulator_lab_init(lab, yaml_root(y), 1, NOW, &problems);
	if ((status == 0) != is_right)
		fail_msg("%s", yaml);
	assert_int_equal(problems.n == 0, is_right);
	if (status == 0)
		emulator_lab_fini(lab);
	free(lab);
	problems_free(&problems);
	yaml_tree_free(y);
}

static void a_configuration_is_checked(void **state)
{
	(void)state;
	configured("{size: 128, laboratory: {type: sim, seed: 4},"
		   " servers: {meter: {port: 5025}, flows: {link: /x}},"
		   " faults: [late flows at 10 s times 1, die valves]}",
		   true);
	configured("{sizes: 128}", false);
	configured("{servers: {motor: {port: 1}}}", false);
	configured("{servers: {meter: {link: /x}}}", false);
	configured("{servers: {meter: {port: 70000}}}", false);
	configured("{faults: [explode flows]}", false);
	configured("{faults: [late motor]}", false);
	configured("{laboratory: {type: sim, chip: {lag: 3}}}", false);
	configured("{laboratory: {type: tcp}}", false);
	configured("[]", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_says_what_where_when),
		cmocka_unit_test(without_an_end_it_stays),
		cmocka_unit_test(mistakes_are_refused),
		cmocka_unit_test(a_fault_is_counted_off),
		cmocka_unit_test(a_fault_concerns_its_server_unit_and_time),
		cmocka_unit_test(
			there_is_an_end_of_faults_and_what_is_over_makes_room),
		cmocka_unit_test(bytes_are_spoilt_as_their_protocol_has_it),
		cmocka_unit_test(a_configuration_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
