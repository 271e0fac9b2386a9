/*
 * A folder of its own for each test, with a log in it, and questions to that
 * log in SQL.
 */
#ifndef TEST_STORE_FIXTURE_H
#define TEST_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/array.h"
#include "base/text.h"
#include "store/batch.h"
#include "store/history.h"
#include "store/store.h"
#include "folder.h"

/* 2026-11-22T07:35:32.123456789Z */
#define T0 INT64_C(1795332932123456789)
#define S NSEC_PER_S

struct fixture {
	char folder[64];
	char path[96];
	struct store *store;
	struct batch *batch;
	bool interrupted;
	struct text notice;
	struct err err;
};

static const struct store_channel heater_channels[] = {
	{ "heater", "°C", "temperature" },
	{ "heater.power", "mW", "power" },
	{ "heater.output", "", "switch" },
};

static inline bool fixture_try(struct fixture *f, nsec now, bool durable)
{
	const struct store_options options = { .durable = durable,
					       .now = now,
					       .version = "1.2.3",
					       .config = "site: test\n",
					       .seed = 7 };

	f->err = (struct err){ 0 };
	text_clear(&f->notice);
	f->store = store_open(f->path, &options, &f->interrupted, &f->notice,
			      &f->err);
	return f->store;
}

static inline void fixture_open(struct fixture *f, nsec now)
{
	if (!fixture_try(f, now, false))
		fail_msg("%s", f->err.msg);
}

static inline void fixture_close(struct fixture *f)
{
	store_close(f->store);
	f->store = NULL;
}

static inline int fixture_setup(void **state)
{
	struct fixture *f = memory_zeroed(1, sizeof(*f));

	folder_make(f->folder);
	snprintf(f->path, sizeof(f->path), "%.64s/log.db", f->folder);
	f->batch = batch_new();
	*state = f;
	return 0;
}

static inline int fixture_setup_open(void **state)
{
	if (fixture_setup(state))
		return -1;
	fixture_open(*state, T0);
	return 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	batch_free(f->batch);
	text_free(&f->notice);
	folder_remove(f->folder);
	free(f);
	return 0;
}

/* One instrument "chip" with the three heater channels. */
static inline uint32_t fixture_heater(struct fixture *f, uint32_t *first)
{
	uint32_t table, ignored;

	if (store_channels(f->store, "chip", heater_channels,
			   ARRAY_SIZE(heater_channels), &table,
			   first ? first : &ignored, &f->err))
		fail_msg("%s", f->err.msg);
	return table;
}

static inline void fixture_commit(struct fixture *f)
{
	if (store_commit(f->store, f->batch, &f->err))
		fail_msg("%s", f->err.msg);
	batch_clear(f->batch);
}

static inline void fixture_run_begin(struct fixture *f, uint32_t run, nsec t)
{
	const struct batch_run r = { .run = run,
				     .t = t,
				     .recipe = "anneal",
				     .label = "",
				     .parameters = "{}",
				     .text = "steps: []",
				     .includes = "{}",
				     .seed = 1 };

	batch_run_begin(f->batch, &r);
}

static inline void fixture_setpoint(struct fixture *f, uint32_t id, nsec t,
				    uint32_t channel, double value)
{
	const struct batch_setpoint s = { .id = id,
					  .t = t,
					  .channel = channel,
					  .value = value,
					  .cause = "step",
					  .source = "2 ramp" };

	batch_setpoint(f->batch, &s);
}

/* All rows of a question as "a|b\nc|d\n"; NULL is "-". */
static inline void fixture_ask(struct fixture *f, const char *sql,
			       struct text *out)
{
	sqlite3 *db;
	sqlite3_stmt *q;
	int i, status;

	text_clear(out);
	assert_int_equal(
		sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READONLY, NULL),
		SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	while ((status = sqlite3_step(q)) == SQLITE_ROW) {
		for (i = 0; i < sqlite3_column_count(q); i++) {
			const unsigned char *s = sqlite3_column_text(q, i);

			text_addf(out, "%s%s", i ? "|" : "",
				  s ? (const char *)s : "-");
		}
		text_add_char(out, '\n');
	}
	if (status != SQLITE_DONE)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_finalize(q);
	sqlite3_close(db);
}

static inline void fixture_expect(struct fixture *f, const char *sql,
				  const char *expected)
{
	struct text out = { 0 };

	fixture_ask(f, sql, &out);
	assert_string_equal(text_str(&out), expected);
	text_free(&out);
}

/* As somebody else would change the file. */
static inline void fixture_exec(struct fixture *f, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

#define STORE_TEST(name)                                                       \
	cmocka_unit_test_setup_teardown(name, fixture_setup_open,              \
					fixture_teardown)
#define STORE_TEST_CLOSED(name)                                                \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#endif
