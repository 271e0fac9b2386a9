#include "bench.h"

#include "emulator/tpg.h"

#define ENQ "\x05"
#define ETX "\x03"
#define ACK "\x06\r\n"
#define NAK "\x15\r\n"

static const char quiet[] =
	"{type: sim, gauges: {"
	" cell: {noise: 0 Torr, step: 0 Torr, offset: 0 Torr},"
	" inlet: {noise: 0 Torr, step: 0 Torr},"
	" outlet: {noise: 0 Torr, step: 0 Torr}}}";

struct gauges {
	struct bench bench;
	struct emulator_tpg tpg;
};

static void open_gauges(struct gauges *g, const char *laboratory)
{
	bench_open(&g->bench, laboratory, &emulator_tpg_codec, &g->tpg);
	emulator_tpg_init(&g->tpg, &g->bench.b);
}

static void the_answer_comes_after_an_enquiry(void **state)
{
	struct gauges g;

	(void)state;
	open_gauges(&g, quiet);
	expect(&g.bench, "PRX\r", ACK);
	expect(&g.bench, ENQ, "0,+1.0133E+03,0,+1.0133E+03,0,+1.0133E+03\r\n");
	expect(&g.bench, ENQ, "0,+1.0133E+03,0,+1.0133E+03,0,+1.0133E+03\r\n");
	expect(&g.bench, "PR2\r", ACK);
	expect(&g.bench, ENQ, "0,+1.0133E+03\r\n");
	bench_close(&g.bench);
}

static void a_unit_can_be_chosen(void **state)
{
	struct gauges g;

	(void)state;
	open_gauges(&g, quiet);
	expect(&g.bench, "UNI,1\r", ACK);
	expect(&g.bench, ENQ, "1\r\n");
	expect(&g.bench, "PR1\r", ACK);
	expect(&g.bench, ENQ, "0,+7.6000E+02\r\n");
	expect(&g.bench, "UNI,9\r", NAK);
	bench_close(&g.bench);
}

static void what_is_not_understood_is_refused(void **state)
{
	struct gauges g;

	(void)state;
	open_gauges(&g, quiet);
	expect(&g.bench, "XYZ\r", NAK);
	expect(&g.bench, ENQ, "0001\r\n");
	expect(&g.bench, "PR9\r", NAK);
	expect(&g.bench, ETX, "");
	expect(&g.bench, "AYT\r", ACK);
	expect(&g.bench, ENQ, "TPG366,PTG28770,44990001,010100,010100\r\n");
	bench_close(&g.bench);
}

static void over_its_range_a_gauge_says_so(void **state)
{
	struct gauges g;

	(void)state;
	open_gauges(&g, "{type: sim, gauges: {cell: {range: 500 Torr}}}");
	expect(&g.bench, "PR1\r", ACK);
	expect(&g.bench, ENQ, "2,+1.3332E+03\r\n");
	bench_close(&g.bench);
}

static void control_bytes_need_no_end_of_line(void **state)
{
	const struct emulator_codec *codec = &emulator_tpg_codec;

	(void)state;
	assert_int_equal(codec->span(ENQ "PRX", 4), 1);
	assert_int_equal(codec->span("PRX\r\n", 5), 4);
	assert_int_equal(codec->span("PRX", 3), 0);
	/* A line that was broken off. */
	assert_int_equal(codec->span("PR" ETX, 3), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_answer_comes_after_an_enquiry),
		cmocka_unit_test(a_unit_can_be_chosen),
		cmocka_unit_test(what_is_not_understood_is_refused),
		cmocka_unit_test(over_its_range_a_gauge_says_so),
		cmocka_unit_test(control_bytes_need_no_end_of_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
