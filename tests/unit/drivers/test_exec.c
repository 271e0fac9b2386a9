/* A camera that is a program; the programs are lines of shell. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "drivers/link.h"
#include "folder.h"
#include "one_device.h"

#define LONG (20 * NSEC_PER_S)

enum { FRAME, EXPOSING };

struct bench {
	char folder[FOLDER_MAX];
	struct one_device d;
};

static int begin(void **state)
{
	struct bench *b = memory_zeroed(1, sizeof(*b));

	folder_make(b->folder);
	one_bus(&b->d, "{type: local}");
	*state = b;
	return 0;
}

static void at(const struct bench *b, const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", b->folder, name);
}

static int end(void **state)
{
	static const char *const made[] = { "a.tif", "in", "pid" };
	struct bench *b = *state;
	char path[128];

	one_close(&b->d);
	for (size_t i = 0; i < 3; i++) {
		at(b, made[i], path);
		unlink(path);
	}
	assert_int_equal(rmdir(b->folder), 0);
	free(b);
	return 0;
}

/* `script` is run with the folder as $0. */
static void open_with(struct bench *b, const char *script, const char *more)
{
	struct text text = { 0 };

	text_addf(&text, "program: [/bin/sh, -c, '%s', %s]\n%s", script,
		  b->folder, more);
	one_open(&b->d, "exec", text.s);
	text_free(&text);
}

static void start(struct bench *b)
{
	struct err err = { 0 };
	char path[128];
	struct frame_request request = {
		.image = 7,
		.exposure_s = 0.5,
		.path = path,
		.description = "350 \"Torr\"",
	};

	at(b, "a", path);
	if (b->d.dev.driver->acquire(&b->d.dev, &request, &err))
		fail_msg("%s", err.msg);
}

static int await(struct bench *b, struct frame *frame, struct err *err)
{
	nsec until = link_now() + LONG;

	do {
		if (b->d.dev.driver->frame(&b->d.dev, frame, err))
			return -1;
	} while (!frame->done && link_now() < until);
	return 0;
}

static void fails(struct bench *b, enum err_code code, const char *words)
{
	struct err err = { 0 };
	struct frame frame;

	start(b);
	assert_int_equal(await(b, &frame, &err), -1);
	if (err.code != code || !strstr(err.msg, words))
		fail_msg("%s: %s", err_code_name(err.code), err.msg);
}

static void the_path_it_prints_is_the_frames(void **state)
{
	struct bench *b = *state;
	struct err err = { 0 };
	struct frame frame;
	char path[128];

	open_with(b, ": > $0/a.tif; echo $0/a.tif", "");
	start(b);
	if (await(b, &frame, &err))
		fail_msg("%s", err.msg);
	at(b, "a.tif", path);
	assert_true(frame.done);
	assert_string_equal(frame.path, path);
	assert_int_equal(frame.image, 7);
	assert_true(frame.began == ONE_START && frame.ended >= ONE_START);
}

static void it_is_told_of_the_frame(void **state)
{
	struct bench *b = *state;
	struct text text = { 0 };
	struct err err = { 0 };
	struct frame frame;
	char path[128];

	open_with(b, "cat > $0/in; echo $0/in", "");
	start(b);
	assert_int_equal(await(b, &frame, &err), 0);
	at(b, "in", path);
	assert_int_equal(text_read_file(&text, path, 4096, &err), 0);
	assert_non_null(strstr(text.s, "\"image\":7,\"exposure_s\":0.5,"));
	assert_non_null(strstr(text.s, "\"description\":\"350 \\\"Torr\\\"\""));
	text_free(&text);
}

static void it_need_not_listen(void **state)
{
	struct bench *b = *state;
	struct err err = { 0 };
	struct frame frame;

	open_with(b, "exec < /dev/null; : > $0/a.tif; echo $0/a.tif", "");
	start(b);
	assert_int_equal(await(b, &frame, &err), 0);
}

static void a_failure_says_its_words(void **state)
{
	open_with(*state, "echo no beam >&2; exit 3", "");
	fails(*state, ERR_IO, "ended with 3: no beam");
}

static void a_signal_is_a_failure(void **state)
{
	open_with(*state, "kill -TERM $$", "");
	fails(*state, ERR_IO, "signal 15");
}

static void silence_is_a_failure(void **state)
{
	open_with(*state, "exit 0", "");
	fails(*state, ERR_PROTOCOL, "one line");
}

static void two_lines_are_a_failure(void **state)
{
	open_with(*state, "echo a; echo b", "");
	fails(*state, ERR_PROTOCOL, "one line");
}

static void a_file_that_is_not_there_is_a_failure(void **state)
{
	open_with(*state, "echo $0/a.tif", "");
	fails(*state, ERR_NOT_FOUND, "no such file");
}

static void endless_words_are_bounded(void **state)
{
	open_with(*state, "head -c 300000 /dev/zero", "");
	fails(*state, ERR_PROTOCOL, "more than");
}

/* A dead one that nobody has buried does not run. */
static bool is_running(int pid)
{
	char path[64];
	struct text text = { 0 };
	struct err err = { 0 };
	bool runs;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	runs = !text_read_file(&text, path, 4096, &err) &&
	       !strstr(text_str(&text), ") Z ");
	text_free(&text);
	return runs;
}

static void one_that_hangs_is_killed_with_its_children(void **state)
{
	struct bench *b = *state;
	struct text text = { 0 };
	struct err err = { 0 };
	nsec until = link_now() + LONG;
	char path[128];

	/* The pid of the inner one, which only holds on to the pipes. */
	open_with(b, "sleep 1000 & echo $! > $0/pid; wait", "timeout: 1 s\n");
	fails(b, ERR_TIMEOUT, "took too long");
	at(b, "pid", path);
	assert_int_equal(text_read_file(&text, path, 64, &err), 0);
	while (is_running(atoi(text.s)) && link_now() < until)
		continue;
	assert_false(is_running(atoi(text.s)));
	text_free(&text);
}

static void closing_ends_what_runs(void **state)
{
	struct bench *b = *state;
	nsec began = link_now();

	open_with(b, "sleep 1000", "");
	start(b);
	b->d.dev.driver->close(&b->d.dev);
	assert_true(link_now() - began < LONG);
}

static void polls_say_whether_it_runs(void **state)
{
	struct bench *b = *state;
	struct err err = { 0 };
	double values[2];

	open_with(b, "sleep 1000", "");
	assert_int_equal(one_poll(&b->d, values, &err), 0);
	assert_true(values[EXPOSING] == 0.0);
	start(b);
	assert_int_equal(one_poll(&b->d, values, &err), 0);
	assert_true(values[EXPOSING] == 1.0);
	assert_true(values[FRAME] == 0.0);
}

static void a_second_frame_waits_for_the_first(void **state)
{
	const struct frame_request request = { .path = "" };
	struct bench *b = *state;
	struct err err = { 0 };

	open_with(b, "sleep 1000", "");
	start(b);
	assert_int_equal(b->d.dev.driver->acquire(&b->d.dev, &request, &err),
			 -1);
	assert_int_equal(err.code, ERR_STATE);
}

static void none_of_our_files_is_open_in_it(void **state)
{
	struct bench *b = *state;
	struct err err = { 0 };
	struct frame frame;

	open_with(b,
		  "test ! -e /proc/self/fd/9 || exit 4; : > $0/a.tif; "
		  "echo $0/a.tif",
		  "");
	assert_int_equal(dup2(1, 9), 9);
	start(b);
	close(9);
	if (await(b, &frame, &err))
		fail_msg("%s", err.msg);
}

static void a_program_without_its_whole_path_is_refused(void **state)
{
	struct bench *b = *state;

	one_refused(&b->d, "exec", "{program: [sh]}", ERR_INVALID,
		    "whole path");
}

static void a_program_that_is_not_there_is_refused(void **state)
{
	struct bench *b = *state;

	one_refused(&b->d, "exec", "{program: /nowhere/at/all}", ERR_NOT_FOUND,
		    "/nowhere/at/all");
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_path_it_prints_is_the_frames),
		T(it_is_told_of_the_frame),
		T(it_need_not_listen),
		T(a_failure_says_its_words),
		T(a_signal_is_a_failure),
		T(silence_is_a_failure),
		T(two_lines_are_a_failure),
		T(a_file_that_is_not_there_is_a_failure),
		T(endless_words_are_bounded),
		T(one_that_hangs_is_killed_with_its_children),
		T(closing_ends_what_runs),
		T(polls_say_whether_it_runs),
		T(a_second_frame_waits_for_the_first),
		T(none_of_our_files_is_open_in_it),
		T(a_program_without_its_whole_path_is_refused),
		T(a_program_that_is_not_there_is_refused),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	quantity_fini();
	return failed;
}
