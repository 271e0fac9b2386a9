#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>

#include "fixture.h"

static void write_file(const char *path, const void *s, size_t n)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(s, 1, n, out), n);
	assert_int_equal(fclose(out), 0);
}

static size_t count_files(struct fixture *f, const char *pattern)
{
	char name[160];
	glob_t found;
	size_t n;

	snprintf(name, sizeof(name), "%s%s", f->path, pattern);
	n = glob(name, 0, NULL, &found) ? 0 : found.gl_pathc;
	globfree(&found);
	return n;
}

static void overwrite(struct fixture *f, long at, int c, size_t n)
{
	FILE *file = fopen(f->path, "r+");

	assert_non_null(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	while (n--)
		fputc(c, file);
	assert_int_equal(fclose(file), 0);
}

static void test_new_log_says_whose_it_is(void **state)
{
	fixture_expect(*state, "PRAGMA application_id", "1735617639\n");
	fixture_expect(*state,
		       "SELECT user_version > 0 FROM pragma_user_version",
		       "1\n");
	fixture_expect(*state, "PRAGMA journal_mode", "wal\n");
}

static void test_all_tables_are_strict(void **state)
{
	fixture_heater(*state, NULL);
	fixture_expect(*state,
		       "SELECT count(*) FROM pragma_table_list"
		       " WHERE type = 'table' AND NOT strict"
		       " AND name NOT LIKE 'sqlite_%'",
		       "0\n");
}

static void test_second_writer_is_refused(void **state)
{
	struct fixture *f = *state, second = *f;

	second.notice = (struct text){ 0 };
	assert_false(fixture_try(&second, T0 + S, true));
	assert_int_equal(second.err.code, ERR_STATE);
	text_free(&second.notice);
}

static void test_lock_is_free_after_close(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	fixture_open(f, T0 + S);
}

static void test_foreign_text_is_left_alone(void **state)
{
	struct fixture *f = *state;
	char text[200] = "dear diary";
	struct stat st;

	write_file(f->path, text, sizeof(text));
	assert_false(fixture_try(f, T0, true));
	assert_int_equal(f->err.code, ERR_IDENTITY);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_size, sizeof(text));
	assert_int_equal(count_files(f, ".damaged*"), 0);
}

static void test_foreign_database_is_left_alone(void **state)
{
	struct fixture *f = *state;

	fixture_exec(f, "CREATE TABLE recipes(cake)");
	assert_false(fixture_try(f, T0, true));
	assert_int_equal(f->err.code, ERR_IDENTITY);
	fixture_expect(f, "SELECT name FROM sqlite_schema", "recipes\n");
	fixture_expect(f, "PRAGMA journal_mode", "delete\n");
}

static void test_newer_log_is_refused_and_unchanged(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	fixture_exec(f, "PRAGMA user_version = 1000");
	assert_false(fixture_try(f, T0 + S, true));
	assert_int_equal(f->err.code, ERR_IDENTITY);
	fixture_expect(f, "SELECT count(*) FROM session", "1\n");
	fixture_expect(f, "PRAGMA user_version", "1000\n");
}

/* A program that died between making the file and making its tables. */
static void test_log_without_tables_is_completed(void **state)
{
	struct fixture *f = *state;

	fixture_exec(f, "PRAGMA application_id = 1735617639");
	fixture_open(f, T0);
	fixture_expect(f, "SELECT user_version > 0 FROM pragma_user_version",
		       "1\n");
	fixture_expect(f, "SELECT count(*) FROM session", "1\n");
}

static void expect_new_log_beside_damaged(struct fixture *f)
{
	fixture_open(f, T0 + S);
	assert_int_equal(count_files(f, ".damaged-20261122T073533Z"), 1);
	assert_non_null(strstr(text_str(&f->notice), "damaged"));
	fixture_expect(f, "SELECT count(*) FROM session", "1\n");
	fixture_expect(f,
		       "SELECT severity, kind, text LIKE '%.damaged-%'"
		       " FROM v_event",
		       "warning|store|1\n");
	fixture_expect(f, "PRAGMA integrity_check", "ok\n");
}

static void test_damaged_pages_are_set_aside(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	overwrite(f, 4096, 0xa5, 40000);
	expect_new_log_beside_damaged(f);
}

/* Readings are read through when the last end was none. */
static void test_damaged_readings_are_found_after_a_crash(void **state)
{
	struct fixture *f = *state;
	uint32_t table = fixture_heater(f, NULL), i;

	for (i = 0; i < 5000; i++) {
		const double v[3] = { i * 1.1, i * 0.3, 1 };

		batch_sample(f->batch, table, T0 - 5000 + i, v, 3, 0);
	}
	fixture_commit(f);
	fixture_close(f);
	fixture_exec(f, "UPDATE session SET ended = NULL");
	overwrite(f, 40 * 4096, 0xa5, 4096);
	expect_new_log_beside_damaged(f);
}

static void test_zeros_are_set_aside(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	overwrite(f, 0, 0, 4096);
	expect_new_log_beside_damaged(f);
}

static void test_cut_file_is_set_aside(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	assert_int_equal(truncate(f->path, 5000), 0);
	expect_new_log_beside_damaged(f);
}

static void test_two_damaged_logs_of_one_second_are_both_kept(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	overwrite(f, 0, 0, 4096);
	fixture_open(f, T0 + S);
	fixture_close(f);
	overwrite(f, 0, 0, 4096);
	fixture_open(f, T0 + S);
	assert_int_equal(count_files(f, ".damaged-*"), 2);
}

static void test_folder_that_is_not_there_is_an_error(void **state)
{
	struct fixture *f = *state;

	snprintf(f->path, sizeof(f->path), "%.60s/no/log.db", f->folder);
	assert_false(fixture_try(f, T0, true));
	assert_int_equal(f->err.code, ERR_IO);
	assert_non_null(strstr(f->err.msg, "/no/log.db"));
}

static void test_session_has_what_it_was_started_with(void **state)
{
	fixture_expect(*state,
		       "SELECT session, started, ended, version, body,"
		       " seed, interrupted FROM session JOIN document"
		       " ON document = config",
		       "1|1795332932123456789|-|1.2.3|site: test\n|7|0\n");
}

static void test_configuration_is_kept_once(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	fixture_open(f, T0 + S);
	fixture_close(f);
	fixture_expect(f, "SELECT count(*) FROM document", "1\n");
	fixture_expect(f, "SELECT count(*), count(ended) FROM session",
		       "2|2\n");
}

/* What a kill leaves: a run without its end. */
static void leave_run_open(struct fixture *f)
{
	const double v[3] = { 20, 0, 0 };
	uint32_t table = fixture_heater(f, NULL);

	fixture_run_begin(f, store_last_run(f->store) + 1, T0 + S);
	batch_plan_step(f->batch, 1, 1, "ramp", "up", 4);
	batch_plan_step(f->batch, 1, 2, "hold", "there", 5);
	batch_step_begin(f->batch, 1, 1, T0 + S);
	batch_sample(f->batch, table, T0 + 5 * S, v, 3, 0);
	fixture_commit(f);
	fixture_close(f);
	fixture_exec(f, "UPDATE session SET ended = NULL");
}

static void test_open_run_is_interrupted_at_what_is_last_known(void **state)
{
	struct fixture *f = *state;

	leave_run_open(f);
	fixture_open(f, T0 + 60 * S);
	assert_true(f->interrupted);
	assert_non_null(strstr(text_str(&f->notice), "run 1"));
	fixture_expect(f, "SELECT state, ended, reason FROM v_run",
		       "interrupted|2026-11-22T07:35:37.123456Z|"
		       "the program ended while it ran\n");
	fixture_expect(f, "SELECT step, outcome, ended FROM v_step",
		       "1|cut|2026-11-22T07:35:37.123456Z\n2|-|-\n");
	fixture_expect(f, "SELECT run, t, severity, text FROM v_event",
		       "1|2026-11-22T07:36:32.123456Z|warning|"
		       "run 1 was interrupted\n");
	fixture_expect(f, "SELECT interrupted FROM session", "0\n1\n");
}

static void test_interruption_is_told_once(void **state)
{
	struct fixture *f = *state;

	leave_run_open(f);
	fixture_open(f, T0 + 60 * S);
	fixture_close(f);
	fixture_open(f, T0 + 90 * S);
	assert_false(f->interrupted);
	fixture_expect(f, "SELECT count(*) FROM event", "1\n");
}

static void test_run_that_ended_is_not_interrupted(void **state)
{
	struct fixture *f = *state;

	fixture_run_begin(f, 1, T0 + S);
	batch_run_end(f->batch, 1, T0 + 2 * S, "complete", "");
	fixture_commit(f);
	fixture_close(f);
	fixture_open(f, T0 + 60 * S);
	assert_false(f->interrupted);
	fixture_expect(f, "SELECT state FROM run", "complete\n");
}

static void test_clock_behind_the_log_starts_after_it(void **state)
{
	struct fixture *f = *state;

	fixture_run_begin(f, 1, T0 + 100 * S);
	batch_run_end(f->batch, 1, T0 + 200 * S, "complete", "");
	fixture_commit(f);
	fixture_close(f);
	fixture_open(f, T0);
	assert_true(store_started(f->store) == T0 + 201 * S);
	fixture_expect(f, "SELECT kind, t FROM v_event",
		       "store|2026-11-22T07:38:53.123456Z\n");
}

static void test_clock_ahead_is_taken_as_it_is(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	fixture_open(f, T0 + 1);
	assert_true(store_started(f->store) == T0 + 1);
	fixture_expect(f, "SELECT count(*) FROM event", "0\n");
}

static void test_run_numbers_are_never_given_twice(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(store_last_run(f->store), 0);
	fixture_run_begin(f, 1, T0);
	fixture_commit(f);
	assert_int_equal(store_last_run(f->store), 1);
	fixture_close(f);
	fixture_exec(f, "DELETE FROM run");
	fixture_open(f, T0 + S);
	assert_int_equal(store_last_run(f->store), 1);
}

/* It ran, and its images lie somewhere under this number. */
static void test_a_refused_beginning_keeps_its_number(void **state)
{
	struct fixture *f = *state;

	fixture_run_begin(f, 1, T0);
	fixture_setpoint(f, 1, T0, 1, 350);
	fixture_setpoint(f, 1, T0, 1, 350);
	assert_int_equal(store_commit(f->store, f->batch, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INVALID);
	fixture_close(f);
	fixture_open(f, T0 + S);
	assert_int_equal(store_last_run(f->store), 1);
	fixture_expect(f, "SELECT count(*) FROM run", "0\n");
}

static void test_same_declaration_finds_the_same_table(void **state)
{
	struct fixture *f = *state;
	uint32_t table, first, again_first, again;

	table = fixture_heater(f, &first);
	assert_int_equal(fixture_heater(f, &again_first), table);
	assert_int_equal(again_first, first);
	fixture_close(f);
	fixture_open(f, T0 + S);
	again = fixture_heater(f, &again_first);
	assert_int_equal(again, table);
	assert_int_equal(again_first, first);
}

static void test_changed_declaration_gets_its_own_table(void **state)
{
	struct fixture *f = *state;
	struct store_channel changed[3];
	uint32_t table, first, other, other_first;

	table = fixture_heater(f, &first);
	memcpy(changed, heater_channels, sizeof(changed));
	changed[1].unit = "W";
	assert_int_equal(store_channels(f->store, "chip", changed, 3, &other,
					&other_first, &f->err),
			 0);
	assert_int_not_equal(other, table);
	assert_int_equal(other_first, first + 3);
}

static void test_channels_have_names_that_nobody_has_to_escape(void **state)
{
	struct fixture *f = *state;
	const struct store_channel odd = { "x'; DROP TABLE run; --", "\"",
					   "ratio" };
	const double v = 1;
	uint32_t table, first;

	assert_int_equal(store_channels(f->store, "a'b", &odd, 1, &table,
					&first, &f->err),
			 0);
	batch_sample(f->batch, table, T0, &v, 1, 0);
	fixture_commit(f);
	fixture_expect(f, "SELECT channel, value, unit FROM v_reading",
		       "x'; DROP TABLE run; --|1.0|\"\n");
}

static void test_room_is_what_the_file_system_has(void **state)
{
	struct fixture *f = *state;

	assert_true(store_room(f->store) > 0);
}

static void test_close_leaves_one_file_and_its_lock(void **state)
{
	struct fixture *f = *state;

	fixture_heater(f, NULL);
	fixture_close(f);
	assert_int_equal(count_files(f, "*"), 2);
}

static void test_close_takes_null(void **state)
{
	(void)state;
	store_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_new_log_says_whose_it_is),
		STORE_TEST(test_all_tables_are_strict),
		STORE_TEST(test_second_writer_is_refused),
		STORE_TEST(test_lock_is_free_after_close),
		STORE_TEST_CLOSED(test_foreign_text_is_left_alone),
		STORE_TEST_CLOSED(test_foreign_database_is_left_alone),
		STORE_TEST(test_newer_log_is_refused_and_unchanged),
		STORE_TEST_CLOSED(test_log_without_tables_is_completed),
		STORE_TEST(test_damaged_pages_are_set_aside),
		STORE_TEST(test_damaged_readings_are_found_after_a_crash),
		STORE_TEST(test_zeros_are_set_aside),
		STORE_TEST(test_cut_file_is_set_aside),
		STORE_TEST(test_two_damaged_logs_of_one_second_are_both_kept),
		STORE_TEST_CLOSED(test_folder_that_is_not_there_is_an_error),
		STORE_TEST(test_session_has_what_it_was_started_with),
		STORE_TEST(test_configuration_is_kept_once),
		STORE_TEST(test_open_run_is_interrupted_at_what_is_last_known),
		STORE_TEST(test_interruption_is_told_once),
		STORE_TEST(test_run_that_ended_is_not_interrupted),
		STORE_TEST(test_clock_behind_the_log_starts_after_it),
		STORE_TEST(test_clock_ahead_is_taken_as_it_is),
		STORE_TEST(test_run_numbers_are_never_given_twice),
		STORE_TEST(test_a_refused_beginning_keeps_its_number),
		STORE_TEST(test_same_declaration_finds_the_same_table),
		STORE_TEST(test_changed_declaration_gets_its_own_table),
		STORE_TEST(test_channels_have_names_that_nobody_has_to_escape),
		STORE_TEST(test_room_is_what_the_file_system_has),
		STORE_TEST(test_close_leaves_one_file_and_its_lock),
		STORE_TEST_CLOSED(test_close_takes_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
