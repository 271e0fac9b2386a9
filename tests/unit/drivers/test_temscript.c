/*
 * The driver of temscript's server against a small one with its traps: it does
 * one thing at a time, refuses to blank, knows nothing of unknown detectors.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tiffio.h>

#include "drivers/link.h"
#include "folder.h"
#include "one_device.h"
#include "small_coils.h"
#include "small_http.h"

#define LONG (10 * NSEC_PER_S)

enum { BEAM, COLUMN_VACUUM, COLUMN_VALVES, FRAME, EXPOSING, N_CHANNELS };

/* Two by two: 1, -2, 300, 0. */
#define PIXELS "AQD+/ywBAAA="
#define SMALL_FRAME(type, data)                                                \
	"{\"BM-Ceta\":{\"width\":2,\"height\":2,\"type\":\"" type "\","        \
	"\"endianness\":\"LITTLE\",\"encoding\":\"BASE64\","                   \
	"\"data\":\"" data "\"}}"

struct scope {
	struct small_http server;
	atomic_bool blanked, valves;
	atomic_int refusals; /* blanks taken and not done */
	atomic_int n_blanks;
	const char *gauges, *cameras;
	const char *frame;	     /* what acquire answers */
	char put[SMALL_REQUEST_MAX]; /* the newest settings, with path */
	pthread_mutex_t shutter;     /* an exposure lasts while it is held */
	struct small_coils coils;    /* of the emergency path */
	struct one_device d;
	char folder[FOLDER_MAX];
};

static void put(struct scope *s, const char *request, struct text *reply)
{
	bool on = strcmp(strstr(request, "\r\n\r\n") + 4, "true") == 0;

	if (strstr(request, "/v1/beam_blanked ")) {
		s->n_blanks += on;
		if (on && s->refusals)
			s->refusals--;
		else
			s->blanked = on;
	} else if (strstr(request, "/v1/column_valves_open ")) {
		s->valves = on;
	} else {
		strcpy(s->put, request);
	}
	small_say(reply, 204, "");
}

static void get(struct scope *s, const char *request, struct text *reply)
{
	char vacuum[512];

	snprintf(vacuum, sizeof(vacuum),
		 "{\"status\":\"READY\","
		 "\"column_valves_open\":%s,\"pvp_running\":false,"
		 "\"gauges(Pa)\":%s}",
		 s->valves ? "true" : "false", s->gauges);
	if (strstr(request, "/v1/beam_blanked "))
		small_say(reply, 200, s->blanked ? "true" : "false");
	else if (strstr(request, "/v1/vacuum "))
		small_say(reply, 200, vacuum);
	else if (strstr(request, "/v1/family "))
		small_say(reply, 200, "\"TITAN\"");
	else if (strstr(request, "/v1/cameras "))
		small_say(reply, 200, s->cameras);
	else if (strstr(request, "/v1/stem_detectors "))
		small_say(reply, 200, "{\"HAADF\":{}}");
	else
		small_say(reply, 404, "<html>unknown</html>");
}

static void answer(void *context, const char *request, struct text *reply)
{
	struct scope *s = context;

	if (strncmp(request, "GET /v1/acquire?detectors=", 26) == 0) {
		pthread_mutex_lock(&s->shutter);
		small_say(reply, 200, s->frame);
		pthread_mutex_unlock(&s->shutter);
	} else if (strncmp(request, "PUT", 3) == 0) {
		put(s, request, reply);
	} else {
		get(s, request, reply);
	}
}

static int begin(void **state)
{
	struct scope *s = memory_zeroed(1, sizeof(*s));

	s->gauges = "{\"IGPco\":1.333224e-05,\"P4\":133.3224}";
	s->cameras = "{\"BM-Ceta\":{},\"EF-CCD\":{}}";
	s->frame = SMALL_FRAME("INT16", PIXELS);
	folder_make(s->folder);
	pthread_mutex_init(&s->shutter, NULL);
	s->server.answer = answer;
	s->server.context = s;
	small_start(&s->server);
	one_bus(&s->d, "{type: http, host: 127.0.0.1, port: %u}",
		s->server.port);
	*state = s;
	return 0;
}

static int end(void **state)
{
	struct scope *s = *state;

	one_close(&s->d);
	small_stop(&s->server);
	folder_remove(s->folder);
	free(s);
	return 0;
}

static void open_with(struct scope *s, const char *params)
{
	one_open(&s->d, "temscript", params);
}

static void open_usual(struct scope *s)
{
	open_with(s, "{camera: BM-Ceta, gauge: IGPco, reply: 200 ms}");
}

static void fails_to_open(struct scope *s, const char *params,
			  enum err_code code, const char *words)
{
	one_refused(&s->d, "temscript", params, code, words);
}

static void poll_all(struct scope *s, double *values)
{
	struct err err = { 0 };

	if (one_poll(&s->d, values, &err))
		fail_msg("%s", err.msg);
}

static double read_one(struct scope *s, size_t channel)
{
	return one_read(&s->d, channel);
}

static int set(struct scope *s, size_t channel, double value, struct err *err)
{
	return one_write(&s->d, channel, value, err);
}

static void start_frame(struct scope *s, double exposure_s, const char *path)
{
	const struct frame_request request = {
		.image = 7,
		.exposure_s = exposure_s,
		.path = path,
		.description = "step 3",
	};
	struct err err = { 0 };

	if (s->d.dev.driver->acquire(&s->d.dev, &request, &err))
		fail_msg("%s", err.msg);
}

/* As often as the daemon asks, and in no time. */
static int await(struct scope *s, struct frame *frame, struct err *err)
{
	nsec until = link_now() + LONG;

	do {
		s->d.dev.now += 100 * NSEC_PER_MS;
		if (s->d.dev.driver->frame(&s->d.dev, frame, err))
			return -1;
	} while (!frame->done && link_now() < until);
	return 0;
}

static void frame_fails(struct scope *s, enum err_code code, const char *words)
{
	struct err err = { 0 };
	struct frame frame;

	start_frame(s, 0.1, "");
	assert_int_equal(await(s, &frame, &err), -1);
	if (err.code != code || !strstr(err.msg, words))
		fail_msg("%s: %s", err_code_name(err.code), err.msg);
}

/* -- open, readings ------------------------------------------------------ */

static void opening_blanks_the_beam(void **state)
{
	struct scope *s = *state;

	open_usual(s);
	assert_true(s->blanked);
}

static void an_unknown_camera_is_refused_with_those_there_are(void **state)
{
	fails_to_open(*state, "{camera: Orius}", ERR_NOT_FOUND,
		      "there is BM-Ceta, EF-CCD");
}

static void a_detector_is_looked_for_among_detectors(void **state)
{
	fails_to_open(*state, "{detector: BM-Ceta}", ERR_NOT_FOUND,
		      "there is HAADF");
}

static void another_microscope_is_not_touched(void **state)
{
	struct scope *s = *state;

	fails_to_open(s, "{camera: BM-Ceta, expect: {family: TALOS}}",
		      ERR_IDENTITY, "family is TITAN, not TALOS");
	assert_int_equal(s->n_blanks, 0);
}

static void unknown_keys_are_refused(void **state)
{
	fails_to_open(*state, "{camera: BM-Ceta, gaugge: IGPco}", ERR_INVALID,
		      "site.yaml:1:");
}

static void a_camera_has_to_be_named(void **state)
{
	fails_to_open(*state, "{gauge: IGPco}", ERR_INVALID, "camera");
}

static void reads_all_channels(void **state)
{
	struct scope *s = *state;
	double values[N_CHANNELS];

	s->valves = true;
	open_usual(s);
	poll_all(s, values);
	assert_true(values[BEAM] == 0.0);
	assert_true(fabs(values[COLUMN_VACUUM] - 1e-7) < 1e-12);
	assert_true(values[COLUMN_VALVES] == 1.0);
	assert_true(values[FRAME] == 0.0);
	assert_true(values[EXPOSING] == 0.0);
}

static void without_a_gauge_the_worst_counts(void **state)
{
	struct scope *s = *state;

	open_with(s, "{camera: BM-Ceta}");
	assert_true(fabs(read_one(s, COLUMN_VACUUM) - 1.0) < 1e-5);
}

static void overflow_is_no_value(void **state)
{
	struct scope *s = *state;

	s->gauges = "{\"IGPco\":\"OVERFLOW\"}";
	open_usual(s);
	assert_true(isnan(read_one(s, COLUMN_VACUUM)));
}

static void underflow_is_no_value_unless_the_site_says_one(void **state)
{
	struct scope *s = *state;

	s->gauges = "{\"IGPco\":\"UNDERFLOW\"}";
	open_usual(s);
	assert_true(isnan(read_one(s, COLUMN_VACUUM)));
}

static void underflow_is_what_the_site_says(void **state)
{
	struct scope *s = *state;

	s->gauges = "{\"IGPco\":\"UNDERFLOW\"}";
	open_with(s, "{camera: BM-Ceta, gauge: IGPco, underflow: 1e-9 Torr}");
	assert_true(read_one(s, COLUMN_VACUUM) == 1e-9);
}

static void a_gauge_that_is_not_there_is_no_value(void **state)
{
	struct scope *s = *state;

	s->gauges = "{}";
	open_usual(s);
	assert_true(isnan(read_one(s, COLUMN_VACUUM)));
}

/* -- the beam ------------------------------------------------------------ */

static void the_beam_is_unblanked_and_blanked(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };

	open_usual(s);
	assert_int_equal(set(s, BEAM, 1.0, &err), 0);
	assert_true(read_one(s, BEAM) == 1.0);
	assert_int_equal(set(s, BEAM, 0.0, &err), 0);
	assert_true(read_one(s, BEAM) == 0.0);
}

static void a_refused_blank_is_repeated(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };

	open_usual(s);
	assert_int_equal(set(s, BEAM, 1.0, &err), 0);
	s->refusals = 2;
	assert_int_equal(one_safe(&s->d, &err), 0);
	assert_true(s->blanked);
}

static void a_blank_refused_for_ever_is_an_error(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };

	open_usual(s);
	assert_int_equal(set(s, BEAM, 1.0, &err), 0);
	s->refusals = 100;
	assert_int_equal(one_safe(&s->d, &err), -1);
	assert_int_equal(err.code, ERR_STATE);
	s->refusals = 0;
}

static void the_column_valves_are_set(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };

	open_usual(s);
	assert_int_equal(set(s, COLUMN_VALVES, 1.0, &err), 0);
	assert_true(read_one(s, COLUMN_VALVES) == 1.0);
	assert_int_equal(set(s, COLUMN_VALVES, 0.0, &err), 0);
	assert_true(read_one(s, COLUMN_VALVES) == 0.0);
}

/* -- frames -------------------------------------------------------------- */

static void a_frame_comes_with_its_mean(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	open_usual(s);
	start_frame(s, 0.5, "");
	assert_int_equal(await(s, &frame, &err), 0);
	assert_true(frame.done);
	assert_int_equal(frame.image, 7);
	assert_true(frame.mean == 299.0 / 4.0);
	assert_string_equal(frame.path, "");
	assert_true(read_one(s, FRAME) == 1.0);
}

static void the_camera_is_set_up_before(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	open_with(s, "{camera: BM-Ceta, binning: 8, image_size: FULL, "
		     "correction: DEFAULT}");
	start_frame(s, 0.25, "");
	assert_int_equal(await(s, &frame, &err), 0);
	assert_non_null(strstr(s->put, "PUT /v1/camera_param/BM-Ceta "));
	assert_non_null(strstr(s->put, "{\"exposure(s)\":0.25,"
				       "\"image_size\":\"FULL\",\"correction\":"
				       "\"DEFAULT\",\"binning\":8}"));
}

static void a_scan_is_set_up_by_its_dwell_time(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	s->frame = "{\"HAADF\":{\"width\":1,\"height\":1,\"type\":\"UINT16\","
		   "\"endianness\":\"BIG\",\"encoding\":\"BASE64\","
		   "\"data\":\"AQI=\"}}";
	open_with(s, "{detector: HAADF, scan: 100}");
	start_frame(s, 5.0, "");
	assert_int_equal(await(s, &frame, &err), 0);
	assert_true(frame.mean == 258.0);
	assert_non_null(strstr(s->put, "PUT /v1/stem_acquisition_param "));
	assert_non_null(strstr(s->put, "{\"dwell_time(s)\":0.0005"));
}

static void a_frame_is_bracketed_by_our_clock(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	open_usual(s);
	start_frame(s, 0.1, "");
	s->d.dev.now += 20 * NSEC_PER_S;
	assert_int_equal(await(s, &frame, &err), 0);
	assert_true(frame.began >= ONE_START);
	assert_true(frame.began < ONE_START + LONG);
	assert_true(frame.ended > frame.began);
}

/* As with a program whose time does not keep up with the server's. */
static void a_frame_does_not_end_before_its_exposure_has_passed(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	open_usual(s);
	start_frame(s, 2.0, "");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
			s->d.dev.driver->frame(&s->d.dev, &frame, &err), 0);
		assert_false(frame.done);
	}
	s->d.dev.now += 2 * NSEC_PER_S;
	assert_int_equal(await(s, &frame, &err), 0);
	assert_true(frame.done);
	assert_true(frame.ended - frame.began >= 2 * NSEC_PER_S);
}

static void check_file(const struct frame *frame)
{
	TIFF *tiff = TIFFOpen(frame->path, "r");
	uint32_t width = 0;
	uint16_t format = 0;
	int16_t row[2];
	char *text = NULL;

	assert_non_null(tiff);
	TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
	TIFFGetField(tiff, TIFFTAG_SAMPLEFORMAT, &format);
	TIFFGetField(tiff, TIFFTAG_IMAGEDESCRIPTION, &text);
	assert_int_equal(width, 2);
	assert_int_equal(format, SAMPLEFORMAT_INT);
	assert_non_null(strstr(text, "step 3\ndetector: BM-Ceta\nlasted_s: "));
	TIFFReadScanline(tiff, row, 0, 0);
	assert_int_equal(row[0], 1);
	assert_int_equal(row[1], -2);
	TIFFClose(tiff);
}

static void a_frame_becomes_a_file_with_signed_pixels(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;
	char path[128];

	open_usual(s);
	snprintf(path, sizeof(path), "%s/a", s->folder);
	start_frame(s, 0.1, path);
	if (await(s, &frame, &err))
		fail_msg("%s", err.msg);
	check_file(&frame);
}

static void a_detector_that_is_gone_is_an_error_with_those_there_are(
	void **state)
{
	struct scope *s = *state;

	open_usual(s);
	/* Known as it opened; now 200 and {}. */
	s->cameras = "{\"EF-CCD\":{}}";
	s->frame = "{}";
	frame_fails(s, ERR_NOT_FOUND, "no camera BM-Ceta; there is EF-CCD");
}

static void a_frame_of_another_size_is_refused(void **state)
{
	struct scope *s = *state;

	open_usual(s);
	s->frame = SMALL_FRAME("INT16", "AQD+/ywB");
	frame_fails(s, ERR_PROTOCOL, "6 bytes of pixels where 2 x 2 belong");
}

static void broken_base64_is_refused(void **state)
{
	struct scope *s = *state;

	open_usual(s);
	s->frame = SMALL_FRAME("INT16", "AQD+/y%BAAA=");
	frame_fails(s, ERR_PROTOCOL, "no base64");
}

static void base64_that_ends_in_the_middle_is_refused(void **state)
{
	struct scope *s = *state;

	open_usual(s);
	s->frame = SMALL_FRAME("INT16", "AQD+/ywBAAA");
	frame_fails(s, ERR_PROTOCOL, "end in the middle");
}

static void other_pixels_are_refused(void **state)
{
	struct scope *s = *state;

	open_usual(s);
	s->frame = SMALL_FRAME("FLOAT32", PIXELS);
	frame_fails(s, ERR_PROTOCOL, "neither INT16 nor UINT16");
}

static void two_frames_in_an_answer_are_refused(void **state)
{
	struct scope *s = *state;

	open_usual(s);
	s->frame = "{\"BM-Ceta\":{\"data\":\"AAAA\"},"
		   "\"EF-CCD\":{\"data\":\"AAAA\"}}";
	frame_fails(s, ERR_PROTOCOL, "more than one frame");
}

static void an_answer_that_is_no_json_is_refused(void **state)
{
	struct scope *s = *state;

	open_usual(s);
	s->frame = "busy";
	frame_fails(s, ERR_PROTOCOL, "no JSON object");
}

static void a_frame_that_does_not_come_is_given_up(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	open_with(s, "{camera: BM-Ceta, transfer: 100 ms}");
	pthread_mutex_lock(&s->shutter);
	start_frame(s, 0.05, "");
	assert_int_equal(await(s, &frame, &err), -1);
	assert_int_equal(err.code, ERR_TIMEOUT);
	pthread_mutex_unlock(&s->shutter);
	start_frame(s, 0.05, "");
	assert_int_equal(await(s, &frame, &err), 0);
}

static void a_failed_frame_leaves_no_file(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;
	char path[128];

	open_usual(s);
	s->frame = "{}";
	snprintf(path, sizeof(path), "%s/a", s->folder);
	start_frame(s, 0.1, path);
	assert_int_equal(await(s, &frame, &err), -1);
	/* Or the folder could not be removed. */
	assert_int_equal(rmdir(s->folder), 0);
}

static void after_a_failed_frame_comes_a_good_one(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	open_usual(s);
	s->frame = "{}";
	frame_fails(s, ERR_NOT_FOUND, "");
	s->frame = SMALL_FRAME("INT16", PIXELS);
	start_frame(s, 0.1, "");
	assert_int_equal(await(s, &frame, &err), 0);
}

static void frames_that_were_not_asked_for_are_an_error(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	open_usual(s);
	assert_int_equal(s->d.dev.driver->frame(&s->d.dev, &frame, &err), -1);
	assert_int_equal(err.code, ERR_STATE);
}

/* -- while a frame is exposed -------------------------------------------- */

static void begin_exposure(struct scope *s)
{
	struct err err = { 0 };

	open_usual(s);
	assert_int_equal(set(s, BEAM, 1.0, &err), 0);
	pthread_mutex_lock(&s->shutter);
	start_frame(s, 1.0, "");
}

static void end_exposure(struct scope *s, struct frame *frame)
{
	struct err err = { 0 };

	pthread_mutex_unlock(&s->shutter);
	if (await(s, frame, &err))
		fail_msg("%s", err.msg);
	assert_true(frame->done);
}

static void acquire_and_frame_do_not_wait_for_the_exposure(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	begin_exposure(s);
	assert_int_equal(s->d.dev.driver->frame(&s->d.dev, &frame, &err), 0);
	assert_false(frame.done);
	end_exposure(s, &frame);
}

static void a_poll_says_that_it_cannot_tell(void **state)
{
	struct scope *s = *state;
	double values[N_CHANNELS];
	struct err err = { 0 };
	struct frame frame;

	begin_exposure(s);
	assert_int_equal(one_poll(&s->d, values, &err), -1);
	assert_int_equal(err.code, ERR_AGAIN);
	end_exposure(s, &frame);
	assert_true(read_one(s, BEAM) == 1.0);
}

static void a_second_frame_is_refused(void **state)
{
	const struct frame_request request = { .image = 8, .path = "" };
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	begin_exposure(s);
	assert_int_equal(s->d.dev.driver->acquire(&s->d.dev, &request, &err),
			 -1);
	assert_int_equal(err.code, ERR_STATE);
	end_exposure(s, &frame);
	assert_int_equal(frame.image, 7);
}

static void the_beam_cannot_be_unblanked(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	begin_exposure(s);
	assert_int_equal(set(s, BEAM, 1.0, &err), -1);
	assert_int_equal(err.code, ERR_STATE);
	end_exposure(s, &frame);
}

static void a_blank_stays_with_the_server(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	begin_exposure(s);
	assert_int_equal(one_safe(&s->d, &err), -1);
	assert_int_equal(err.code, ERR_TIMEOUT);
	assert_false(s->blanked);
	end_exposure(s, &frame);
	/* Nobody asked again. */
	assert_true(read_one(s, BEAM) == 0.0);
}

static void a_blank_repeated_is_done_when_the_exposure_is_over(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	begin_exposure(s);
	assert_int_equal(one_safe(&s->d, &err), -1);
	pthread_mutex_unlock(&s->shutter);
	s->d.dev.now += NSEC_PER_S;
	assert_int_equal(one_safe(&s->d, &err), 0);
	assert_true(s->blanked);
	/* The frame is not lost by it. */
	assert_int_equal(await(s, &frame, &err), 0);
	assert_true(frame.done);
	assert_true(frame.ended > frame.began);
}

static void an_exposure_goes_on_when_its_wait_gives_way(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	begin_exposure(s);
	bus_interrupt(s->d.bus, LINK_AT_ONCE);
	assert_int_equal(s->d.dev.driver->frame(&s->d.dev, &frame, &err), 0);
	assert_false(frame.done);
	bus_resume(s->d.bus, LINK_AT_ONCE);
	end_exposure(s, &frame);
}

/* -- the emergency path -------------------------------------------------- */

#define COIL 2

static void start_emergency(struct scope *s, char params[256])
{
	small_coils_start(&s->coils);
	snprintf(params, 256,
		 "{camera: BM-Ceta, reply: 200 ms, "
		 "emergency: {driver: modbus-coil, bus: {type: modbus-tcp, "
		 "host: 127.0.0.1, port: %u}, params: {coil: %d}}}",
		 s->coils.port, COIL);
	s->coils.coil[COIL] = true;
}

static void open_with_emergency(struct scope *s)
{
	struct err err = { 0 };
	char params[256];

	start_emergency(s, params);
	open_with(s, params);
	assert_false(s->coils.coil[COIL]);
	assert_int_equal(set(s, BEAM, 1.0, &err), 0);
	assert_true(s->coils.coil[COIL]);
}

static void close_with_emergency(struct scope *s)
{
	device_fini(&s->d.dev);
	small_coils_stop(&s->coils);
}

static void the_emergency_path_blanks_during_an_exposure(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	open_with_emergency(s);
	pthread_mutex_lock(&s->shutter);
	start_frame(s, 1.0, "");
	assert_int_equal(one_safe(&s->d, &err), 0);
	assert_false(s->coils.coil[COIL]);
	assert_false(s->blanked);
	end_exposure(s, &frame);
	assert_true(read_one(s, BEAM) == 0.0);
	assert_true(s->blanked);
	close_with_emergency(s);
}

static void the_emergency_path_blanks_when_the_server_refuses(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };

	open_with_emergency(s);
	s->refusals = 100;
	assert_int_equal(one_safe(&s->d, &err), -1);
	assert_non_null(strstr(err.msg, "emergency path"));
	assert_false(s->coils.coil[COIL]);
	s->refusals = 0;
	close_with_emergency(s);
}

static void the_emergency_path_blanks_when_the_server_is_gone(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	char params[256];

	start_emergency(s, params);
	s->cameras = "{}";
	assert_int_equal(one_try_open(&s->d, "temscript", params, &err), -1);
	assert_non_null(strstr(err.msg, "no camera BM-Ceta"));
	assert_false(s->coils.coil[COIL]);
	close_with_emergency(s);
}

/* Its word that it obeys is not enough. */
static void an_emergency_path_that_does_nothing_is_told_of(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };

	open_with_emergency(s);
	s->coils.is_stuck = true;
	s->refusals = 100;
	assert_int_equal(one_safe(&s->d, &err), -1);
	assert_non_null(strstr(err.msg, "emergency: it does not blank"));
	assert_true(s->coils.coil[COIL]);
	s->refusals = 0;
	s->coils.is_stuck = false;
	close_with_emergency(s);
}

static void an_ordinary_blank_leaves_the_emergency_path_alone(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };

	open_with_emergency(s);
	assert_int_equal(set(s, BEAM, 0.0, &err), 0);
	assert_true(s->coils.coil[COIL]);
	close_with_emergency(s);
}

static void unblanking_lets_the_emergency_path_go(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };

	open_with_emergency(s);
	s->refusals = 3;
	assert_int_equal(one_safe(&s->d, &err), -1);
	assert_int_equal(set(s, BEAM, 1.0, &err), 0);
	assert_true(s->coils.coil[COIL]);
	close_with_emergency(s);
}

static void an_emergency_path_has_to_be_a_blanker(void **state)
{
	struct scope *s = *state;

	fails_to_open(s,
		      "{camera: BM-Ceta, emergency: {driver: sim-heater, "
		      "bus: {type: sim}}}",
		      ERR_INVALID, "is no blanker");
	/* The server was asked to, first of all. */
	assert_true(s->blanked);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(opening_blanks_the_beam),
		T(an_unknown_camera_is_refused_with_those_there_are),
		T(a_detector_is_looked_for_among_detectors),
		T(another_microscope_is_not_touched),
		T(unknown_keys_are_refused),
		T(a_camera_has_to_be_named),
		T(reads_all_channels),
		T(without_a_gauge_the_worst_counts),
		T(overflow_is_no_value),
		T(underflow_is_no_value_unless_the_site_says_one),
		T(underflow_is_what_the_site_says),
		T(a_gauge_that_is_not_there_is_no_value),
		T(the_beam_is_unblanked_and_blanked),
		T(a_refused_blank_is_repeated),
		T(a_blank_refused_for_ever_is_an_error),
		T(the_column_valves_are_set),
		T(a_frame_comes_with_its_mean),
		T(the_camera_is_set_up_before),
		T(a_scan_is_set_up_by_its_dwell_time),
		T(a_frame_is_bracketed_by_our_clock),
		T(a_frame_does_not_end_before_its_exposure_has_passed),
		T(a_frame_becomes_a_file_with_signed_pixels),
		T(a_detector_that_is_gone_is_an_error_with_those_there_are),
		T(a_frame_of_another_size_is_refused),
		T(broken_base64_is_refused),
		T(base64_that_ends_in_the_middle_is_refused),
		T(other_pixels_are_refused),
		T(two_frames_in_an_answer_are_refused),
		T(an_answer_that_is_no_json_is_refused),
		T(a_frame_that_does_not_come_is_given_up),
		T(a_failed_frame_leaves_no_file),
		T(after_a_failed_frame_comes_a_good_one),
		T(frames_that_were_not_asked_for_are_an_error),
		T(acquire_and_frame_do_not_wait_for_the_exposure),
		T(a_poll_says_that_it_cannot_tell),
		T(a_second_frame_is_refused),
		T(the_beam_cannot_be_unblanked),
		T(a_blank_stays_with_the_server),
		T(a_blank_repeated_is_done_when_the_exposure_is_over),
		T(an_exposure_goes_on_when_its_wait_gives_way),
		T(the_emergency_path_blanks_during_an_exposure),
		T(the_emergency_path_blanks_when_the_server_refuses),
		T(the_emergency_path_blanks_when_the_server_is_gone),
		T(an_emergency_path_that_does_nothing_is_told_of),
		T(an_ordinary_blank_leaves_the_emergency_path_alone),
		T(unblanking_lets_the_emergency_path_go),
		T(an_emergency_path_has_to_be_a_blanker),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	quantity_fini();
	return failed;
}
