/*
 * The driver of DigitalMicrograph's socket against a small one with its traps:
 * it does one thing at a time, refuses to blank, breaks off in a frame.
 */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "folder.h"
#include "one_device.h"
#include "small_coils.h"
#include "small_dm.h"

#include <tiffio.h>

#include "drivers/link.h"

#define LONG (10 * NSEC_PER_S)

enum { BEAM, FRAME, EXPOSING };

struct scope {
	struct small_dm dm;
	struct small_coils coils; /* of the emergency path */
	struct one_device d;
	char folder[FOLDER_MAX];
};

static int begin(void **state)
{
	struct scope *s = memory_zeroed(1, sizeof(*s));

	folder_make(s->folder);
	small_dm_start(&s->dm);
	one_bus(&s->d, "{type: tcp, host: 127.0.0.1, port: %u}", s->dm.port);
	*state = s;
	return 0;
}

static int end(void **state)
{
	struct scope *s = *state;

	one_close(&s->d);
	small_dm_stop(&s->dm);
	folder_remove(s->folder);
	free(s);
	return 0;
}

static struct scope *open_with(void **state, const char *params)
{
	struct scope *s = *state;

	one_open(&s->d, "digitalmicrograph", params);
	return s;
}

static struct scope *open_usual(void **state)
{
	return open_with(state, "{reply: 200 ms}");
}

static void refused(void **state, const char *params, enum err_code code,
		    const char *words)
{
	struct scope *s = *state;

	one_refused(&s->d, "digitalmicrograph", params, code, words);
}

static void unblank(struct scope *s)
{
	struct err err = { 0 };

	if (one_write(&s->d, BEAM, 1.0, &err))
		fail_msg("%s", err.msg);
}

static void frame_fails(struct scope *s, enum small_dm_fault fault,
			enum err_code code, const char *words)
{
	s->dm.fault = fault;
	one_frame_fails(&s->d, code, words);
	s->dm.fault = SMALL_DM_GOOD;
}

/* The next one is good, on a line that has identified again. */
static void recovers(struct scope *s, int more_connections)
{
	int before = s->dm.n_connections;
	struct frame frame;

	s->dm.selected = -1;
	one_start_frame(&s->d, 0.1, "");
	one_await_good(&s->d, &frame);
	assert_int_equal(s->dm.n_connections, before + more_connections);
	assert_int_equal(s->dm.selected, more_connections ? 0 : -1);
}

/* -- open ---------------------------------------------------------------- */

static void opening_blanks_the_beam(void **state)
{
	struct scope *s = open_usual(state);

	assert_true(s->dm.blanked);
	assert_true(one_read(&s->d, BEAM) == 0.0);
}

static void opening_selects_the_camera_and_its_mode(void **state)
{
	struct scope *s = open_with(state, "{camera: 1, read_mode: -3}");

	assert_int_equal(s->dm.selected, 1);
	assert_int_equal(s->dm.read_mode, -3);
}

static void an_unknown_camera_is_refused_with_how_many_there_are(void **state)
{
	refused(state, "{camera: 2}", ERR_NOT_FOUND,
		"there is no camera 2; there are 2, from 0");
}

static void the_cameras_name_is_compared(void **state)
{
	open_with(state, "{expect: {camera: OneView, version: 40300}}");
}

static void another_camera_is_refused(void **state)
{
	refused(state, "{expect: {camera: Rio}}", ERR_IDENTITY,
		"camera 0 is not Rio as expected");
}

/* Which takes the beam away all the same. */
static void another_version_is_refused(void **state)
{
	struct scope *s = *state;

	refused(state, "{expect: {version: 1}}", ERR_IDENTITY,
		"version is 40300, not 1 as expected");
	assert_int_equal(s->dm.n_blanks, 1);
	assert_true(s->dm.blanked);
}

static void a_name_cannot_become_a_script(void **state)
{
	refused(state, "{expect: {camera: 'a\")Exit(1'}}", ERR_INVALID,
		"without quotes");
}

static void mistakes_are_told_with_their_place(void **state)
{
	refused(state, "{processing: all}", ERR_INVALID, "raw, dark or gain");
}

static void unknown_keys_are_refused(void **state)
{
	refused(state, "{cammera: 1}", ERR_INVALID, "site.yaml:1:");
}

static void nobody_there_is_an_error(void **state)
{
	struct scope *s = *state;

	one_close(&s->d);
	small_dm_stop(&s->dm);
	one_bus(&s->d, "{type: tcp, host: 127.0.0.1, port: %u}", s->dm.port);
	refused(state, "{}", ERR_IO, "onnection refused");
	small_dm_start(&s->dm);
}

/* -- the beam ------------------------------------------------------------ */

static void the_beam_is_unblanked_and_blanked(void **state)
{
	struct scope *s = open_usual(state);
	struct err err = { 0 };

	unblank(s);
	assert_true(one_read(&s->d, BEAM) == 1.0);
	assert_int_equal(one_write(&s->d, BEAM, 0.0, &err), 0);
	assert_true(one_read(&s->d, BEAM) == 0.0);
}

static void a_refused_blank_is_repeated(void **state)
{
	struct scope *s = open_usual(state);
	struct err err = { 0 };

	unblank(s);
	s->dm.refusals = 2;
	assert_int_equal(one_safe(&s->d, &err), 0);
	assert_true(s->dm.blanked);
}

static void a_blank_refused_for_ever_is_an_error(void **state)
{
	struct scope *s = open_usual(state);
	struct err err = { 0 };

	unblank(s);
	s->dm.refusals = 100;
	assert_int_equal(one_safe(&s->d, &err), -1);
	assert_int_equal(err.code, ERR_STATE);
	assert_non_null(strstr(err.msg, "still not blanked after 3"));
}

static void a_script_that_fails_is_an_error_and_costs_no_trust(void **state)
{
	struct scope *s = open_usual(state);
	struct err err = { 0 };
	int before = s->dm.n_connections;

	s->dm.knows_no_script = true;
	assert_int_equal(one_write(&s->d, BEAM, 1.0, &err), -1);
	assert_non_null(strstr(err.msg, "EMSetBeamBlanked(0)"));
	assert_non_null(strstr(err.msg, "refuses with 1"));
	s->dm.knows_no_script = false;
	assert_true(one_read(&s->d, BEAM) == 0.0);
	assert_int_equal(s->dm.n_connections, before);
}

static void without_a_blanker_the_beam_is_left_alone(void **state)
{
	struct scope *s = open_with(state, "{blanker: none}");
	struct err err = { 0 };

	assert_true(isnan(one_read(&s->d, BEAM)));
	assert_int_equal(one_safe(&s->d, &err), 0);
	assert_int_equal(one_write(&s->d, BEAM, 1.0, &err), -1);
	assert_int_equal(err.code, ERR_DENIED);
	assert_int_equal(s->dm.n_blanks, 0);
}

/* -- frames -------------------------------------------------------------- */

static void a_frame_comes_with_its_mean(void **state)
{
	struct scope *s = open_usual(state);
	struct frame frame;

	one_start_frame(&s->d, 0.5, "");
	one_await_good(&s->d, &frame);
	assert_int_equal(frame.image, 7);
	assert_true(frame.mean == (1 + 2 + 300 + 4 + 5000 + 65535) / 6.0);
	assert_true(one_read(&s->d, FRAME) == 1.0);
}

static void the_whole_sensor_is_asked_for_as_the_site_says(void **state)
{
	static const int32_t wanted[13] = { 2048 * 1024, 2048, 1024, 1,	   2,
					    0,		 0,    1024, 2048, 1 };
	struct scope *s =
		open_with(state, "{width: 4096, height: 2048, binning: 2, "
				 "processing: dark, shutter: 1, "
				 "exposure: 250 ms}");
	struct frame frame;

	one_start_frame(&s->d, 0.0, "");
	one_await_good(&s->d, &frame);
	assert_memory_equal(s->dm.asked, wanted, sizeof(wanted));
	assert_true(s->dm.exposure_s == 0.25);
}

static void a_frame_in_parts_asks_for_each(void **state)
{
	struct scope *s = open_usual(state);
	struct frame frame;

	s->dm.chunks = 5; /* of 3 bytes: 4 there are */
	one_start_frame(&s->d, 0.1, "");
	one_await_good(&s->d, &frame);
	assert_true(frame.mean == (1 + 2 + 300 + 4 + 5000 + 65535) / 6.0);
	assert_int_equal(s->dm.n_handshakes, 3);
}

static void a_frame_is_bracketed_by_our_clock(void **state)
{
	struct scope *s = open_usual(state);
	struct frame frame;

	one_start_frame(&s->d, 2.0, "");
	one_await_good(&s->d, &frame);
	assert_true(frame.began >= ONE_START);
	assert_true(frame.began < ONE_START + NSEC_PER_S);
	assert_true(frame.ended - frame.began >= 2 * NSEC_PER_S);
}

static void check_file(const char *path)
{
	TIFF *tiff = TIFFOpen(path, "r");
	uint16_t format = 0, row[3];
	uint32_t width = 0;
	char *text = NULL;

	assert_non_null(tiff);
	TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
	TIFFGetField(tiff, TIFFTAG_SAMPLEFORMAT, &format);
	TIFFGetField(tiff, TIFFTAG_IMAGEDESCRIPTION, &text);
	assert_int_equal(width, 3);
	assert_int_equal(format, SAMPLEFORMAT_UINT);
	assert_non_null(strstr(text, "step 3\ndetector: OneView\n"));
	TIFFReadScanline(tiff, row, 1, 0);
	assert_int_equal(row[2], 65535);
	TIFFClose(tiff);
}

static void a_frame_becomes_a_file(void **state)
{
	struct scope *s = open_with(state, "{expect: {camera: OneView}}");
	struct frame frame;
	char path[128];

	snprintf(path, sizeof(path), "%s/a", s->folder);
	one_start_frame(&s->d, 0.1, path);
	one_await_good(&s->d, &frame);
	check_file(frame.path);
}

static void a_retracted_camera_takes_no_frames(void **state)
{
	const struct frame_request request = { .image = 1, .path = "" };
	struct scope *s = open_usual(state);
	struct err err = { 0 };

	s->dm.retracted = true;
	assert_int_equal(s->d.dev.driver->acquire(&s->d.dev, &request, &err),
			 -1);
	assert_int_equal(err.code, ERR_STATE);
	assert_non_null(strstr(err.msg, "not inserted"));
}

static void a_refused_frame_is_an_error_and_costs_no_trust(void **state)
{
	struct scope *s = open_usual(state);

	frame_fails(s, SMALL_DM_REFUSES, ERR_STATE, "refuses with 1");
	recovers(s, 0);
	frame_fails(s, SMALL_DM_BREAKS, ERR_STATE, "refuses with -2");
	recovers(s, 0);
}

static void half_a_frame_is_an_error(void **state)
{
	struct scope *s = open_usual(state);

	frame_fails(s, SMALL_DM_HALF, ERR_IO, "closed by the other side");
	recovers(s, 1);
}

static void a_connection_that_breaks_in_an_exposure_is_an_error(void **state)
{
	struct scope *s = open_usual(state);

	frame_fails(s, SMALL_DM_SILENT, ERR_IO, "closed by the other side");
	recovers(s, 1);
}

static void an_answer_of_another_length_is_refused(void **state)
{
	struct scope *s = open_usual(state);

	frame_fails(s, SMALL_DM_LENGTH, ERR_PROTOCOL, "4000 bytes");
	recovers(s, 1);
}

static void a_frame_that_is_no_rectangle_is_refused(void **state)
{
	struct scope *s = open_usual(state);

	frame_fails(s, SMALL_DM_SIZE, ERR_PROTOCOL, "7 pixels, 3 x 2");
	recovers(s, 1);
}

static void a_frame_that_does_not_come_is_given_up(void **state)
{
	struct scope *s = open_with(state, "{transfer: 100 ms}");
	struct err err = { 0 };
	struct frame frame;

	s->dm.is_open = true;
	one_start_frame(&s->d, 0.05, "");
	assert_int_equal(one_await_frame(&s->d, &frame, &err), -1);
	assert_int_equal(err.code, ERR_TIMEOUT);
	assert_non_null(strstr(err.msg, "the frame did not come in"));
	s->dm.is_open = false;
	recovers(s, 1);
}

static void a_failed_frame_leaves_no_file(void **state)
{
	struct scope *s = open_usual(state);
	struct err err = { 0 };
	struct frame frame;
	char path[128];

	snprintf(path, sizeof(path), "%s/a", s->folder);
	s->dm.fault = SMALL_DM_HALF;
	one_start_frame(&s->d, 0.1, path);
	assert_int_equal(one_await_frame(&s->d, &frame, &err), -1);
	/* Or the folder could not be removed. */
	assert_int_equal(rmdir(s->folder), 0);
}

static void a_frame_that_was_not_asked_for_is_an_error(void **state)
{
	struct scope *s = open_usual(state);
	struct err err = { 0 };
	struct frame frame;

	assert_int_equal(s->d.dev.driver->frame(&s->d.dev, &frame, &err), -1);
	assert_int_equal(err.code, ERR_STATE);
}

/* -- while a frame is exposed -------------------------------------------- */

static struct scope *begin_exposure(void **state)
{
	struct scope *s = open_usual(state);

	unblank(s);
	s->dm.is_open = true;
	one_start_frame(&s->d, 1.0, "");
	return s;
}

static void end_exposure(struct scope *s)
{
	struct frame frame;

	s->dm.is_open = false;
	one_await_good(&s->d, &frame);
	assert_int_equal(frame.image, 7);
}

static void a_poll_says_that_it_cannot_tell(void **state)
{
	struct scope *s = begin_exposure(state);
	struct err err = { 0 };
	double values[3];

	assert_int_equal(one_poll(&s->d, values, &err), -1);
	assert_int_equal(err.code, ERR_AGAIN);
	end_exposure(s);
	assert_true(one_read(&s->d, BEAM) == 1.0);
}

static void a_second_frame_is_refused(void **state)
{
	const struct frame_request request = { .image = 8, .path = "" };
	struct scope *s = begin_exposure(state);
	struct err err = { 0 };

	assert_int_equal(s->d.dev.driver->acquire(&s->d.dev, &request, &err),
			 -1);
	assert_int_equal(err.code, ERR_STATE);
	end_exposure(s);
}

static void the_beam_cannot_be_unblanked(void **state)
{
	struct scope *s = begin_exposure(state);
	struct err err = { 0 };

	assert_int_equal(one_write(&s->d, BEAM, 1.0, &err), -1);
	assert_int_equal(err.code, ERR_STATE);
	end_exposure(s);
}

static void a_blank_waits_and_is_done_behind_the_frame(void **state)
{
	struct scope *s = begin_exposure(state);
	struct err err = { 0 };

	assert_int_equal(one_safe(&s->d, &err), -1);
	assert_int_equal(err.code, ERR_TIMEOUT);
	assert_non_null(strstr(err.msg, "waits for the exposure"));
	assert_false(s->dm.blanked);
	end_exposure(s);
	/* Nobody asked again. */
	assert_true(s->dm.blanked);
}

static void a_blank_is_done_when_the_exposure_ends_in_time(void **state)
{
	struct scope *s = begin_exposure(state);
	struct err err = { 0 };
	struct frame frame;

	s->dm.is_open = false;
	assert_int_equal(one_safe(&s->d, &err), 0);
	assert_true(s->dm.blanked);
	/* The frame is not lost by it. */
	one_await_good(&s->d, &frame);
}

static void an_exposure_goes_on_when_its_wait_gives_way(void **state)
{
	struct scope *s = begin_exposure(state);
	struct err err = { 0 };
	struct frame frame;

	bus_interrupt(s->d.bus, LINK_AT_ONCE);
	s->d.dev.now += NSEC_PER_S;
	assert_int_equal(s->d.dev.driver->frame(&s->d.dev, &frame, &err), 0);
	assert_false(frame.done);
	bus_resume(s->d.bus, LINK_AT_ONCE);
	end_exposure(s);
}

static void closing_leaves_an_exposure_and_its_line(void **state)
{
	struct scope *s = begin_exposure(state);
	int before = s->dm.n_connections;
	struct err err = { 0 };

	s->d.dev.driver->close(&s->d.dev);
	s->dm.is_open = false;
	assert_int_equal(s->d.dev.driver->open(&s->d.dev, &err), 0);
	assert_true(s->dm.n_connections > before);
	assert_true(one_read(&s->d, BEAM) == 0.0);
}

/* -- the emergency path -------------------------------------------------- */

#define COIL 2

static struct scope *open_with_emergency(void **state)
{
	struct scope *s = *state;
	char params[256];

	small_coils_start(&s->coils);
	snprintf(params, sizeof(params),
		 "{reply: 200 ms, "
		 "emergency: {driver: modbus-coil, bus: {type: modbus-tcp, "
		 "host: 127.0.0.1, port: %u}, params: {coil: %d}}}",
		 s->coils.port, COIL);
	open_with(state, params);
	unblank(s);
	assert_true(s->coils.coil[COIL]);
	return s;
}

static void close_with_emergency(struct scope *s)
{
	device_fini(&s->d.dev);
	small_coils_stop(&s->coils);
}

static void the_emergency_path_blanks_during_an_exposure(void **state)
{
	struct scope *s = open_with_emergency(state);
	struct err err = { 0 };

	s->dm.is_open = true;
	one_start_frame(&s->d, 1.0, "");
	assert_int_equal(one_safe(&s->d, &err), 0);
	assert_false(s->coils.coil[COIL]);
	assert_false(s->dm.blanked);
	end_exposure(s);
	assert_true(s->dm.blanked);
	assert_false(s->coils.coil[COIL]);
	unblank(s);
	assert_true(s->coils.coil[COIL]);
	close_with_emergency(s);
}

static void the_emergency_path_blanks_when_it_is_refused(void **state)
{
	struct scope *s = open_with_emergency(state);
	struct err err = { 0 };

	s->dm.refusals = 100;
	assert_int_equal(one_safe(&s->d, &err), -1);
	assert_non_null(strstr(err.msg, "by the emergency path only"));
	assert_false(s->coils.coil[COIL]);
	s->dm.refusals = 0;
	close_with_emergency(s);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(opening_blanks_the_beam),
		T(opening_selects_the_camera_and_its_mode),
		T(an_unknown_camera_is_refused_with_how_many_there_are),
		T(the_cameras_name_is_compared),
		T(another_camera_is_refused),
		T(another_version_is_refused),
		T(a_name_cannot_become_a_script),
		T(mistakes_are_told_with_their_place),
		T(unknown_keys_are_refused),
		T(nobody_there_is_an_error),
		T(the_beam_is_unblanked_and_blanked),
		T(a_refused_blank_is_repeated),
		T(a_blank_refused_for_ever_is_an_error),
		T(a_script_that_fails_is_an_error_and_costs_no_trust),
		T(without_a_blanker_the_beam_is_left_alone),
		T(a_frame_comes_with_its_mean),
		T(the_whole_sensor_is_asked_for_as_the_site_says),
		T(a_frame_in_parts_asks_for_each),
		T(a_frame_is_bracketed_by_our_clock),
		T(a_frame_becomes_a_file),
		T(a_retracted_camera_takes_no_frames),
		T(a_refused_frame_is_an_error_and_costs_no_trust),
		T(half_a_frame_is_an_error),
		T(a_connection_that_breaks_in_an_exposure_is_an_error),
		T(an_answer_of_another_length_is_refused),
		T(a_frame_that_is_no_rectangle_is_refused),
		T(a_frame_that_does_not_come_is_given_up),
		T(a_failed_frame_leaves_no_file),
		T(a_frame_that_was_not_asked_for_is_an_error),
		T(a_poll_says_that_it_cannot_tell),
		T(a_second_frame_is_refused),
		T(the_beam_cannot_be_unblanked),
		T(a_blank_waits_and_is_done_behind_the_frame),
		T(a_blank_is_done_when_the_exposure_ends_in_time),
		T(an_exposure_goes_on_when_its_wait_gives_way),
		T(closing_leaves_an_exposure_and_its_line),
		T(the_emergency_path_blanks_during_an_exposure),
		T(the_emergency_path_blanks_when_it_is_refused),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	quantity_fini();
	return failed;
}
