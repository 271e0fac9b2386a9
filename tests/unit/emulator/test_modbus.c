#include "bench.h"

#include "emulator/modbus.h"

struct station {
	struct bench bench;
	struct emulator_modbus modbus;
};

static void open_station(struct station *s, const char *laboratory)
{
	bench_open(&s->bench, laboratory, &emulator_modbus_codec, &s->modbus);
	emulator_modbus_init(&s->modbus, &s->bench.b);
}

/* Frames without the header's first five bytes and the length: unit 1. */
static void talk(struct station *s, const char *pdu, size_t n,
		 const char *reply, size_t n_reply)
{
	char frame[64] = { 0x12, 0x34, 0, 0, 0, (char)(n + 1), 1 };

	memcpy(frame + 7, pdu, n);
	ask_bytes(&s->bench, frame, 7 + n);
	assert_int_equal(s->bench.reply.bytes.n, 7 + n_reply);
	frame[5] = (char)(n_reply + 1);
	assert_memory_equal(s->bench.reply.bytes.s, frame, 7);
	assert_memory_equal(s->bench.reply.bytes.s + 7, reply, n_reply);
}

#define TALK(s, pdu, reply)                                                    \
	talk(s, pdu, sizeof(pdu) - 1, reply, sizeof(reply) - 1)

static void a_coil_opens_a_valve(void **state)
{
	struct station s;

	(void)state;
	open_station(&s, "{type: sim}");
	TALK(&s, "\x05\x00\x05\xff\x00", "\x05\x00\x05\xff\x00");
	assert_true(emulator_bench_read(&s.bench.b, "supply_valve") == 1.0);
	TALK(&s, "\x01\x00\x00\x00\x0b", "\x01\x02\x20\x00");
	TALK(&s, "\x02\x00\x00\x00\x0b", "\x02\x02\x20\x00");
	TALK(&s, "\x05\x00\x05\x00\x00", "\x05\x00\x05\x00\x00");
	assert_true(emulator_bench_read(&s.bench.b, "supply_valve") == 0.0);
	bench_close(&s.bench);
}

static void several_coils_in_one_request(void **state)
{
	struct station s;

	(void)state;
	open_station(&s, "{type: sim}");
	TALK(&s, "\x0f\x00\x05\x00\x03\x01\x05", "\x0f\x00\x05\x00\x03");
	TALK(&s, "\x01\x00\x00\x00\x08", "\x01\x01\xa0");
	TALK(&s, "\x01\x02\x00\x00\x08", "\x01\x01\xa0");
	bench_close(&s.bench);
}

static void a_stuck_valve_is_seen_at_its_switch_not_at_its_coil(void **state)
{
	struct station s;

	(void)state;
	open_station(&s, "{type: sim, faults: [{kind: valve_stuck, instrument: "
			 "gasbox, channel: inlet_valve, at: 0 s}]}");
	TALK(&s, "\x05\x00\x06\xff\x00", "\x05\x00\x06\xff\x00");
	TALK(&s, "\x01\x00\x06\x00\x01", "\x01\x01\x01");
	TALK(&s, "\x02\x00\x06\x00\x01", "\x02\x01\x00");
	bench_close(&s.bench);
}

static void the_blanker_cuts_off_the_beam(void **state)
{
	struct station s;

	(void)state;
	open_station(&s, "{type: sim}");
	s.bench.b.sim->column.beam = true;
	s.bench.b.sim->column.beam_wanted = true;
	assert_true(sim_lab_true_beam(s.bench.b.sim));
	TALK(&s, "\x05\x00\x0b\xff\x00", "\x05\x00\x0b\xff\x00");
	assert_false(sim_lab_true_beam(s.bench.b.sim));
	bench_close(&s.bench);
}

static void mistakes_are_exceptions(void **state)
{
	struct station s;

	(void)state;
	open_station(&s, "{type: sim}");
	TALK(&s, "\x03\x00\x00\x00\x01", "\x83\x01");
	TALK(&s, "\x01\x00\x00\x00\x0d", "\x81\x02");
	TALK(&s, "\x05\x00\x00\x12\x34", "\x85\x03");
	TALK(&s, "\x01\x00\x00\x00\x00", "\x81\x03");
	TALK(&s, "\x0f\x00\x00\x00\x08\x01", "\x8f\x03");
	bench_close(&s.bench);
}

static void frames_are_measured_by_their_header(void **state)
{
	const struct emulator_codec *codec = &emulator_modbus_codec;

	(void)state;
	assert_int_equal(codec->span("\0\1\0\0\0\6\1\1\0\0\0", 11), 0);
	assert_int_equal(codec->span("\0\1\0\0\0\6\1\1\0\0\0\1", 12), 12);
	assert_int_equal(codec->span("\0\1\0\7\0\6\1", 7), EMULATOR_REFUSED);
	assert_int_equal(codec->span("\0\1\0\0\1\0\1", 7), EMULATOR_REFUSED);
	assert_int_equal(codec->span("\0\1\0\0\0\1\1", 7), EMULATOR_REFUSED);
}

static void a_serial_line_has_a_checksum_and_other_units(void **state)
{
	static const char open_supply[] = "\x01\x05\x00\x05\xff\x00\x9c\x3b";
	static const char damaged[] = "\x01\x05\x00\x05\xff\x00\x9c\x3c";
	static const char of_another[] = "\x02\x05\x00\x05\xff\x00\x9c\x08";
	struct station s;

	(void)state;
	bench_open(&s.bench, "{type: sim}", &emulator_rtu_codec, &s.modbus);
	emulator_modbus_init(&s.modbus, &s.bench.b);
	ask_bytes(&s.bench, damaged, 8);
	assert_int_equal(s.bench.reply.bytes.n, 0);
	ask_bytes(&s.bench, of_another, 8);
	assert_int_equal(s.bench.reply.bytes.n, 0);
	assert_true(emulator_bench_read(&s.bench.b, "supply_valve") == 0.0);
	ask_bytes(&s.bench, open_supply, 8);
	assert_int_equal(s.bench.reply.bytes.n, 8);
	assert_memory_equal(s.bench.reply.bytes.s, open_supply, 8);
	assert_true(emulator_bench_read(&s.bench.b, "supply_valve") == 1.0);
	emulator_rtu_codec.make_foreign(&s.bench.reply.bytes);
	assert_int_equal(s.bench.reply.bytes.s[0], 0x41);
	bench_close(&s.bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_coil_opens_a_valve),
		cmocka_unit_test(several_coils_in_one_request),
		cmocka_unit_test(
			a_stuck_valve_is_seen_at_its_switch_not_at_its_coil),
		cmocka_unit_test(the_blanker_cuts_off_the_beam),
		cmocka_unit_test(mistakes_are_exceptions),
		cmocka_unit_test(frames_are_measured_by_their_header),
		cmocka_unit_test(a_serial_line_has_a_checksum_and_other_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
