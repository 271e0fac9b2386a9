#include "laboratory.h"

#include <stdio.h>
#include <tiffio.h>
#include <unistd.h>

#include "folder.h"

struct session {
	struct laboratory lab;
	char folder[FOLDER_MAX];
	char path[FOLDER_MAX + 8];
};

static void open_session(struct session *s, const char *more)
{
	folder_make(s->folder);
	snprintf(s->path, sizeof(s->path), "%s/frame-1", s->folder);
	lab_start(&s->lab, more);
}

static void close_session(struct session *s)
{
	folder_remove(s->folder);
	lab_close(&s->lab);
}

static int acquire(struct laboratory *lab, double exposure, const char *path,
		   struct err *err)
{
	struct frame_request request = { .image = 7,
					 .exposure_s = exposure,
					 .path = path,
					 .description = "step: hold" };

	lab->scope.now = lab->now;
	return lab->scope.driver->acquire(&lab->scope, &request, err);
}

static int fetch(struct laboratory *lab, struct frame *frame, struct err *err)
{
	lab->scope.now = lab->now;
	return lab->scope.driver->frame(&lab->scope, frame, err);
}

/* A whole frame of 2 s; its mean is in frame. */
static void take(struct laboratory *lab, const char *path, struct frame *frame)
{
	struct err err = { 0 };

	assert_int_equal(acquire(lab, 2.0, path, &err), 0);
	wait_for(lab, 2.0);
	if (fetch(lab, frame, &err))
		fail_msg("%s", err.msg);
	assert_true(frame->done);
}

static void a_frame_is_done_when_its_exposure_is_over(void **state)
{
	struct session s;
	struct frame frame = { 0 };
	struct err err = { 0 };
	nsec began;

	(void)state;
	open_session(&s, "");
	began = s.lab.now;
	assert_int_equal(acquire(&s.lab, 2.0, "", &err), 0);
	wait_for(&s.lab, 1.999);
	assert_int_equal(fetch(&s.lab, &frame, &err), 0);
	assert_false(frame.done);
	assert_true(get(&s.lab, &s.lab.scope, "exposing") == 1.0);
	wait_for(&s.lab, 0.501);
	assert_true(get(&s.lab, &s.lab.scope, "exposing") == 0.0);
	assert_int_equal(fetch(&s.lab, &frame, &err), 0);
	assert_true(frame.done);
	assert_int_equal(frame.image, 7);
	assert_true(frame.began == began);
	assert_true(frame.ended == began + 2 * NSEC_PER_S);
	assert_string_equal(frame.path, "");
	close_session(&s);
}

static void frames_are_counted(void **state)
{
	struct session s;
	struct frame frame = { 0 };

	(void)state;
	open_session(&s, "");
	take(&s.lab, "", &frame);
	take(&s.lab, "", &frame);
	assert_true(get(&s.lab, &s.lab.scope, "frame") == 2.0);
	close_session(&s);
}

static void the_file_is_a_16_bit_tiff_of_512_by_512(void **state)
{
	struct session s;
	struct frame frame = { 0 };
	uint32_t width = 0, height = 0;
	uint16_t bits = 0;
	char *description = NULL;
	TIFF *tiff;

	(void)state;
	open_session(&s, "");
	take(&s.lab, s.path, &frame);
	assert_non_null(strstr(frame.path, "frame-1.tif"));
	tiff = TIFFOpen(frame.path, "r");
	assert_non_null(tiff);
	TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
	TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
	TIFFGetField(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
	TIFFGetField(tiff, TIFFTAG_IMAGEDESCRIPTION, &description);
	assert_int_equal(width, 512);
	assert_int_equal(height, 512);
	assert_int_equal(bits, 16);
	assert_non_null(strstr(description, "step: hold"));
	assert_non_null(strstr(description, "lasted_s: 2.000\n"));
	TIFFClose(tiff);
	close_session(&s);
}

static void the_mean_is_that_of_the_files_pixels(void **state)
{
	struct session s;
	struct frame frame = { 0 };
	uint16_t row[512];
	double sum = 0.0;
	TIFF *tiff;

	(void)state;
	open_session(&s, "");
	set(&s.lab, &s.lab.scope, "beam", 1.0);
	take(&s.lab, s.path, &frame);
	tiff = TIFFOpen(frame.path, "r");
	assert_non_null(tiff);
	for (uint32_t y = 0; y < 512; y++) {
		assert_int_equal(TIFFReadScanline(tiff, row, y, 0), 1);
		for (int x = 0; x < 512; x++)
			sum += row[x];
	}
	TIFFClose(tiff);
	assert_near(frame.mean, sum / (512.0 * 512.0), 1e-6);
	close_session(&s);
}

static void a_blanked_beam_gives_a_black_frame(void **state)
{
	struct session s;
	struct frame black = { 0 }, bright = { 0 };

	(void)state;
	open_session(&s, "");
	take(&s.lab, s.path, &black);
	set(&s.lab, &s.lab.scope, "beam", 1.0);
	take(&s.lab, s.path, &bright);
	assert_near(black.mean, 100.0, 1.0);
	assert_true(bright.mean > 1000.0);
	close_session(&s);
}

static void shut_column_valves_give_a_black_frame(void **state)
{
	struct session s;
	struct frame frame = { 0 };

	(void)state;
	open_session(&s, "");
	set(&s.lab, &s.lab.scope, "beam", 1.0);
	set(&s.lab, &s.lab.scope, "column_valves", 0.0);
	assert_false(sim_lab_true_beam(s.lab.sim));
	take(&s.lab, s.path, &frame);
	assert_near(frame.mean, 100.0, 1.0);
	close_session(&s);
}

static void a_blank_during_an_exposure_waits_for_its_end(void **state)
{
	struct session s;
	struct err err = { 0 };

	(void)state;
	open_session(&s, "");
	set(&s.lab, &s.lab.scope, "beam", 1.0);
	assert_int_equal(acquire(&s.lab, 2.0, "", &err), 0);
	wait_for(&s.lab, 0.2);
	set(&s.lab, &s.lab.scope, "beam", 0.0);
	assert_true(get(&s.lab, &s.lab.scope, "beam") == 1.0);
	wait_for(&s.lab, 1.7);
	assert_true(get(&s.lab, &s.lab.scope, "beam") == 1.0);
	wait_for(&s.lab, 0.1);
	assert_true(get(&s.lab, &s.lab.scope, "beam") == 0.0);
	close_session(&s);
}

static void a_blank_without_exposure_is_immediate(void **state)
{
	struct session s;

	(void)state;
	open_session(&s, "");
	set(&s.lab, &s.lab.scope, "beam", 1.0);
	assert_true(get(&s.lab, &s.lab.scope, "beam") == 1.0);
	set(&s.lab, &s.lab.scope, "beam", 0.0);
	assert_true(get(&s.lab, &s.lab.scope, "beam") == 0.0);
	close_session(&s);
}

static void opening_blanks_the_beam(void **state)
{
	struct session s;
	struct err err = { 0 };

	(void)state;
	open_session(&s, "");
	set(&s.lab, &s.lab.scope, "beam", 1.0);
	assert_int_equal(s.lab.scope.driver->open(&s.lab.scope, &err), 0);
	assert_true(get(&s.lab, &s.lab.scope, "beam") == 0.0);
	close_session(&s);
}

static void a_second_frame_waits_for_the_first(void **state)
{
	struct session s;
	struct err err = { 0 };

	(void)state;
	open_session(&s, "");
	assert_int_equal(acquire(&s.lab, 2.0, "", &err), 0);
	wait_for(&s.lab, 1.0);
	assert_int_equal(acquire(&s.lab, 2.0, "", &err), -1);
	assert_int_equal(err.code, ERR_STATE);
	close_session(&s);
}

static void a_frame_never_started_is_an_error(void **state)
{
	struct session s;
	struct frame frame = { 0 };
	struct err err = { 0 };

	(void)state;
	open_session(&s, "");
	assert_int_equal(fetch(&s.lab, &frame, &err), -1);
	assert_int_equal(err.code, ERR_STATE);
	close_session(&s);
}

static void a_folder_that_is_not_there_is_an_error_of_the_frame(void **state)
{
	struct session s;
	struct frame frame = { 0 };
	struct err err = { 0 };

	(void)state;
	open_session(&s, "");
	assert_int_equal(acquire(&s.lab, 1.0, "/nowhere/at/all", &err), 0);
	wait_for(&s.lab, 1.0);
	assert_int_equal(fetch(&s.lab, &frame, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	assert_non_null(strstr(err.msg, "/nowhere/at/all.tif"));
	close_session(&s);
}

static void a_path_without_room_for_its_ending_is_refused(void **state)
{
	struct session s;
	struct err err = { 0 };
	char path[FRAME_PATH_MAX];

	(void)state;
	open_session(&s, "");
	memset(path, 'x', sizeof(path));
	path[FRAME_PATH_MAX - 4] = '\0';
	assert_int_equal(acquire(&s.lab, 1.0, path, &err), -1);
	assert_int_equal(err.code, ERR_RANGE);
	path[FRAME_PATH_MAX - 5] = '\0';
	assert_int_equal(acquire(&s.lab, 1.0, path, &err), 0);
	close_session(&s);
}

static void heat_changes_what_is_seen(void **state)
{
	struct session s;
	struct frame cold = { 0 }, annealed = { 0 };

	(void)state;
	open_session(&s, "");
	set(&s.lab, &s.lab.scope, "beam", 1.0);
	take(&s.lab, s.path, &cold);
	set(&s.lab, &s.lab.heater, "temperature", 700.0);
	set(&s.lab, &s.lab.heater, "output", 1.0);
	wait_for(&s.lab, 600.0);
	take(&s.lab, s.path, &annealed);
	assert_true(s.lab.sim->sample.separated > 0.9);
	assert_true(s.lab.sim->sample.coarse > 0.3);
	assert_true(fabs(annealed.mean - cold.mean) > 50.0);
	close_session(&s);
}

static void a_rupture_bursts_into_the_column(void **state)
{
	struct session s;
	double before;

	(void)state;
	open_session(&s, "faults: [{kind: rupture, at: 40 min}]\n");
	hold_gas(&s.lab, "h2", 760.0);
	set(&s.lab, &s.lab.heater, "temperature", 400.0);
	set(&s.lab, &s.lab.heater, "output", 1.0);
	wait_for(&s.lab, 2390.0 - nsec_to_s(s.lab.now - START));
	before = get(&s.lab, &s.lab.heater, "power");
	assert_true(get(&s.lab, &s.lab.scope, "column_vacuum") < 1e-6);
	wait_for(&s.lab, 11.0);
	assert_true(sim_lab_is_ruptured(s.lab.sim));
	assert_true(get(&s.lab, &s.lab.scope, "column_vacuum") > 1e-2);
	assert_true(get(&s.lab, &s.lab.gas, "cell_pressure") < 50.0);
	assert_true(get(&s.lab, &s.lab.gas, "cell_flow") > 5.0);
	assert_true(get(&s.lab, &s.lab.heater, "power") < 0.2 * before);
	close_session(&s);
}

static void an_overfilled_cell_bursts_by_itself(void **state)
{
	struct session s;

	(void)state;
	open_session(&s, "");
	set(&s.lab, &s.lab.gas, "inlet_valve", 1.0);
	fill_with(&s.lab, "ar", 0.0);
	for (int i = 0; i < 100 && !sim_lab_is_ruptured(s.lab.sim); i++)
		wait_for(&s.lab, 1.0);
	assert_true(sim_lab_is_ruptured(s.lab.sim));
	close_session(&s);
}

static void a_shut_line_ends_the_burst(void **state)
{
	struct session s;

	(void)state;
	open_session(&s, "faults: [{kind: rupture, at: 5 s}]\n");
	set(&s.lab, &s.lab.gas, "inlet_valve", 1.0);
	wait_for(&s.lab, 5.2);
	set(&s.lab, &s.lab.gas, "inlet_valve", 0.0);
	wait_for(&s.lab, 300.0);
	assert_true(get(&s.lab, &s.lab.scope, "column_vacuum") < 1e-6);
	close_session(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_is_done_when_its_exposure_is_over),
		cmocka_unit_test(frames_are_counted),
		cmocka_unit_test(the_file_is_a_16_bit_tiff_of_512_by_512),
		cmocka_unit_test(the_mean_is_that_of_the_files_pixels),
		cmocka_unit_test(a_blanked_beam_gives_a_black_frame),
		cmocka_unit_test(shut_column_valves_give_a_black_frame),
		cmocka_unit_test(a_blank_during_an_exposure_waits_for_its_end),
		cmocka_unit_test(a_blank_without_exposure_is_immediate),
		cmocka_unit_test(opening_blanks_the_beam),
		cmocka_unit_test(a_second_frame_waits_for_the_first),
		cmocka_unit_test(a_frame_never_started_is_an_error),
		cmocka_unit_test(
			a_folder_that_is_not_there_is_an_error_of_the_frame),
		cmocka_unit_test(a_path_without_room_for_its_ending_is_refused),
		cmocka_unit_test(heat_changes_what_is_seen),
		cmocka_unit_test(a_rupture_bursts_into_the_column),
		cmocka_unit_test(an_overfilled_cell_bursts_by_itself),
		cmocka_unit_test(a_shut_line_ends_the_burst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
