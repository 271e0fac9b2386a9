#include <stdio.h>

#include "bench.h"

#include "emulator/temscript.h"

struct scope {
	struct bench bench;
	struct emulator_temscript temscript;
};

static void open_scope(struct scope *s, const char *laboratory)
{
	bench_open(&s->bench, laboratory, &emulator_temscript_codec,
		   &s->temscript);
	emulator_temscript_init(&s->temscript, &s->bench.b, 64);
}

static void get(struct scope *s, const char *path, int status, const char *body)
{
	char request[256], first[64];
	const char *reply;

	snprintf(request, sizeof(request),
		 "GET %s HTTP/1.1\r\n"
		 "Host: microscope\r\n\r\n",
		 path);
	snprintf(first, sizeof(first), "HTTP/1.0 %d ", status);
	reply = ask(&s->bench, request);
	assert_memory_equal(reply, first, strlen(first));
	assert_true(s->bench.reply.ends);
	if (body)
		assert_string_equal(strstr(reply, "\r\n\r\n") + 4, body);
}

static void put(struct scope *s, const char *path, const char *body, int status)
{
	char request[512], first[64];

	snprintf(request, sizeof(request),
		 "PUT %s HTTP/1.1\r\n"
		 "Content-Length: %zu\r\n\r\n%s",
		 path, strlen(body), body);
	snprintf(first, sizeof(first), "HTTP/1.0 %d ", status);
	assert_memory_equal(ask(&s->bench, request), first, strlen(first));
}

static void the_beam_is_blanked_and_read_back(void **state)
{
	struct scope s;

	(void)state;
	open_scope(&s, "{type: sim}");
	get(&s, "/v1/beam_blanked", 200, "true");
	put(&s, "/v1/beam_blanked", "false", 204);
	get(&s, "/v1/beam_blanked", 200, "false");
	put(&s, "/v1/beam_blanked", "maybe", 500);
	bench_close(&s.bench);
}

static void a_refused_blank_is_seen_by_reading_back(void **state)
{
	struct scope s;

	(void)state;
	open_scope(&s, "{type: sim, faults: [{kind: beam_stuck, at: 1 s}]}");
	put(&s, "/v1/beam_blanked", "false", 204);
	wait_for(&s.bench, 2.0);
	put(&s, "/v1/beam_blanked", "true", 204);
	get(&s, "/v1/beam_blanked", 200, "false");
	bench_close(&s.bench);
}

static void an_unknown_detector_gives_an_empty_object(void **state)
{
	struct scope s;

	(void)state;
	open_scope(&s, "{type: sim}");
	get(&s, "/v1/acquire?detectors=NONE", 200, "{}");
	get(&s, "/v1/acquire?detectors=HAADFx", 200, "{}");
	bench_close(&s.bench);
}

static void a_frame_takes_its_exposure(void **state)
{
	static const char begin[] =
		"{\"BM-Ceta\":{\"width\":8,\"height\":8,\"type\":\"INT16\","
		"\"endianness\":\"LITTLE\",\"encoding\":\"BASE64\","
		"\"data\":\"";
	struct scope s;
	const char *body;

	(void)state;
	open_scope(&s, "{type: sim}");
	put(&s, "/v1/camera_param/BM-Ceta",
	    "{\"exposure(s)\":0.25,\"binning\":8,\"image_size\":\"FULL\"}",
	    204);
	get(&s, "/v1/acquire?detectors=BM-Ceta", 200, NULL);
	assert_true(s.bench.reply.after == 250 * NSEC_PER_MS);
	body = strstr(text_str(&s.bench.reply.bytes), "\r\n\r\n") + 4;
	assert_memory_equal(body, begin, strlen(begin));
	/* 128 bytes in base 64, and what closes them. */
	assert_int_equal(strlen(body) - strlen(begin), 172 + 3);
	bench_close(&s.bench);
}

static void a_scan_takes_its_pixels(void **state)
{
	struct scope s;

	(void)state;
	open_scope(&s, "{type: sim}");
	put(&s, "/v1/stem_acquisition_param", "{\"dwell_time(s)\":1e-3}", 204);
	get(&s, "/v1/acquire?detectors=HAADF", 200, NULL);
	assert_true(llabs(s.bench.reply.after - 4096 * NSEC_PER_MS) < 100);
	bench_close(&s.bench);
}

static void the_column_valves_close_and_the_vacuum_is_told(void **state)
{
	struct scope s;

	(void)state;
	open_scope(&s, "{type: sim}");
	get(&s, "/v1/vacuum", 200, NULL);
	assert_non_null(strstr(text_str(&s.bench.reply.bytes),
			       "\"column_valves_open\":true"));
	put(&s, "/v1/column_valves_open", "false", 204);
	get(&s, "/v1/column_valves_open", 200, "false");
	assert_false(s.bench.b.sim->column.valves);
	bench_close(&s.bench);
}

static void mistakes_are_pages(void **state)
{
	struct scope s;

	(void)state;
	open_scope(&s, "{type: sim}");
	get(&s, "/v1/nothing", 404, NULL);
	assert_non_null(strstr(text_str(&s.bench.reply.bytes), "<html>"));
	get(&s, "/", 404, NULL);
	put(&s, "/v1/vacuum", "1", 404);
	put(&s, "/v1/camera_param/none", "{}", 500);
	put(&s, "/v1/camera_param/BM-Ceta", "{\"binning\":3}", 500);
	ask(&s.bench, "PUT /v1/beam_blanked HTTP/1.0\r\n\r\n");
	assert_memory_equal(text_str(&s.bench.reply.bytes), "HTTP/1.0 411", 12);
	ask(&s.bench, "NONSENSE\r\n\r\n");
	assert_memory_equal(text_str(&s.bench.reply.bytes), "HTTP/1.0 400", 12);
	bench_close(&s.bench);
}

static void a_body_is_waited_for(void **state)
{
	static const char part[] =
		"PUT / HTTP/1.0\r\ncontent-length: 5\r\n\r\ntru";
	size_t (*span)(const char *, size_t) = emulator_temscript_codec.span;

	(void)state;
	assert_int_equal(span(part, sizeof(part) - 1), 0);
	assert_int_equal(span(part, 20), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_beam_is_blanked_and_read_back),
		cmocka_unit_test(a_refused_blank_is_seen_by_reading_back),
		cmocka_unit_test(an_unknown_detector_gives_an_empty_object),
		cmocka_unit_test(a_frame_takes_its_exposure),
		cmocka_unit_test(a_scan_takes_its_pixels),
		cmocka_unit_test(
			the_column_valves_close_and_the_vacuum_is_told),
		cmocka_unit_test(mistakes_are_pages),
		cmocka_unit_test(a_body_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
