/* The driver of temscript's server: frames, and what goes on meanwhile. */
#include <tiffio.h>

#include "drivers/link.h"
#include "scope.h"

#define LONG (10 * NSEC_PER_S)

/* -- frames -------------------------------------------------------------- */

static void a_frame_comes_with_its_mean(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	scope_open_usual(s);
	one_start_frame(&s->d, 0.5, "");
	assert_int_equal(one_await_frame(&s->d, &frame, &err), 0);
	assert_true(frame.done);
	assert_int_equal(frame.image, 7);
	assert_true(frame.mean == 299.0 / 4.0);
	assert_string_equal(frame.path, "");
	assert_true(scope_read(s, FRAME) == 1.0);
}

static void the_camera_is_set_up_before(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	scope_open(s, "{camera: BM-Ceta, binning: 8, image_size: FULL, "
		      "correction: DEFAULT}");
	one_start_frame(&s->d, 0.25, "");
	assert_int_equal(one_await_frame(&s->d, &frame, &err), 0);
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
	scope_open(s, "{detector: HAADF, scan: 100}");
	one_start_frame(&s->d, 5.0, "");
	assert_int_equal(one_await_frame(&s->d, &frame, &err), 0);
	assert_true(frame.mean == 258.0);
	assert_non_null(strstr(s->put, "PUT /v1/stem_acquisition_param "));
	assert_non_null(strstr(s->put, "{\"dwell_time(s)\":0.0005"));
}

static void a_frame_is_bracketed_by_our_clock(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	scope_open_usual(s);
	one_start_frame(&s->d, 0.1, "");
	s->d.dev.now += 20 * NSEC_PER_S;
	assert_int_equal(one_await_frame(&s->d, &frame, &err), 0);
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

	scope_open_usual(s);
	one_start_frame(&s->d, 2.0, "");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
			s->d.dev.driver->frame(&s->d.dev, &frame, &err), 0);
		assert_false(frame.done);
	}
	s->d.dev.now += 2 * NSEC_PER_S;
	assert_int_equal(one_await_frame(&s->d, &frame, &err), 0);
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
	struct frame frame;
	char path[128];

	scope_open_usual(s);
	snprintf(path, sizeof(path), "%s/a", s->folder);
	one_start_frame(&s->d, 0.1, path);
	one_await_good(&s->d, &frame);
	check_file(&frame);
}

static void a_detector_that_is_gone_is_an_error_with_those_there_are(
	void **state)
{
	struct scope *s = *state;

	scope_open_usual(s);
	/* Known as it opened; now 200 and {}. */
	s->cameras = "{\"EF-CCD\":{}}";
	s->frame = "{}";
	one_frame_fails(&s->d, ERR_NOT_FOUND,
			"no camera BM-Ceta; there is EF-CCD");
}

static void a_frame_of_another_size_is_refused(void **state)
{
	struct scope *s = *state;

	scope_open_usual(s);
	s->frame = SMALL_FRAME("INT16", "AQD+/ywB");
	one_frame_fails(&s->d, ERR_PROTOCOL,
			"6 bytes of pixels where 2 x 2 belong");
}

static void broken_base64_is_refused(void **state)
{
	struct scope *s = *state;

	scope_open_usual(s);
	s->frame = SMALL_FRAME("INT16", "AQD+/y%BAAA=");
	one_frame_fails(&s->d, ERR_PROTOCOL, "no base64");
}

static void base64_that_ends_in_the_middle_is_refused(void **state)
{
	struct scope *s = *state;

	scope_open_usual(s);
	s->frame = SMALL_FRAME("INT16", "AQD+/ywBAAA");
	one_frame_fails(&s->d, ERR_PROTOCOL, "end in the middle");
}

static void other_pixels_are_refused(void **state)
{
	struct scope *s = *state;

	scope_open_usual(s);
	s->frame = SMALL_FRAME("FLOAT32", PIXELS);
	one_frame_fails(&s->d, ERR_PROTOCOL, "neither INT16 nor UINT16");
}

static void two_frames_in_an_answer_are_refused(void **state)
{
	struct scope *s = *state;

	scope_open_usual(s);
	s->frame = "{\"BM-Ceta\":{\"data\":\"AAAA\"},"
		   "\"EF-CCD\":{\"data\":\"AAAA\"}}";
	one_frame_fails(&s->d, ERR_PROTOCOL, "more than one frame");
}

static void an_answer_that_is_no_json_is_refused(void **state)
{
	struct scope *s = *state;

	scope_open_usual(s);
	s->frame = "busy";
	one_frame_fails(&s->d, ERR_PROTOCOL, "no JSON object");
}

static void a_frame_that_does_not_come_is_given_up(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	scope_open(s, "{camera: BM-Ceta, transfer: 100 ms}");
	pthread_mutex_lock(&s->shutter);
	one_start_frame(&s->d, 0.05, "");
	assert_int_equal(one_await_frame(&s->d, &frame, &err), -1);
	assert_int_equal(err.code, ERR_TIMEOUT);
	pthread_mutex_unlock(&s->shutter);
	one_start_frame(&s->d, 0.05, "");
	assert_int_equal(one_await_frame(&s->d, &frame, &err), 0);
}

static void a_failed_frame_leaves_no_file(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;
	char path[128];

	scope_open_usual(s);
	s->frame = "{}";
	snprintf(path, sizeof(path), "%s/a", s->folder);
	one_start_frame(&s->d, 0.1, path);
	assert_int_equal(one_await_frame(&s->d, &frame, &err), -1);
	/* Or the folder could not be removed. */
	assert_int_equal(rmdir(s->folder), 0);
}

static void after_a_failed_frame_comes_a_good_one(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	scope_open_usual(s);
	s->frame = "{}";
	one_frame_fails(&s->d, ERR_NOT_FOUND, "");
	s->frame = SMALL_FRAME("INT16", PIXELS);
	one_start_frame(&s->d, 0.1, "");
	assert_int_equal(one_await_frame(&s->d, &frame, &err), 0);
}

static void frames_that_were_not_asked_for_are_an_error(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	scope_open_usual(s);
	assert_int_equal(s->d.dev.driver->frame(&s->d.dev, &frame, &err), -1);
	assert_int_equal(err.code, ERR_STATE);
}

/* -- while a frame is exposed -------------------------------------------- */

static void begin_exposure(struct scope *s)
{
	struct err err = { 0 };

	scope_open_usual(s);
	assert_int_equal(scope_set(s, BEAM, 1.0, &err), 0);
	pthread_mutex_lock(&s->shutter);
	one_start_frame(&s->d, 1.0, "");
}

static void acquire_and_frame_do_not_wait_for_the_exposure(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	begin_exposure(s);
	assert_int_equal(s->d.dev.driver->frame(&s->d.dev, &frame, &err), 0);
	assert_false(frame.done);
	scope_end_exposure(s, &frame);
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
	scope_end_exposure(s, &frame);
	assert_true(scope_read(s, BEAM) == 1.0);
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
	scope_end_exposure(s, &frame);
	assert_int_equal(frame.image, 7);
}

static void the_beam_cannot_be_unblanked(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	begin_exposure(s);
	assert_int_equal(scope_set(s, BEAM, 1.0, &err), -1);
	assert_int_equal(err.code, ERR_STATE);
	scope_end_exposure(s, &frame);
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
	scope_end_exposure(s, &frame);
	/* Nobody asked again. */
	assert_true(scope_read(s, BEAM) == 0.0);
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
	assert_int_equal(one_await_frame(&s->d, &frame, &err), 0);
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
	scope_end_exposure(s, &frame);
}

#define T(f) cmocka_unit_test_setup_teardown(f, scope_begin, scope_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	quantity_fini();
	return failed;
}
