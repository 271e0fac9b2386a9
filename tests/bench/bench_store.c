/*
 * What the log costs, beside the raw limit in the same run: rows of a night
 * (a 7-channel instrument at 10 Hz, a 25-channel one at 2 Hz), the time of a
 * durable commit, and one channel read out of ten million values.
 *
 * Usage: bench_store [FOLDER], where the files are made and removed.
 */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/array.h"
#include "base/text.h"
#include "store/batch.h"
#include "store/history.h"
#include "store/store.h"

#define START INT64_C(1795332932123456789)
#define NIGHT_S (7 * 3600)
#define HEATER_N 7
#define GAS_N 25
#define COMMITS 500
#define TRIES 4

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void fail(const char *what)
{
	fprintf(stderr, "bench_store: %s\n", what);
	exit(1);
}

static void file_name(char out[256], const char *folder, const char *name)
{
	snprintf(out, 256, "%.200s/bench_%s.db", folder, name);
}

static void erase(const char *path)
{
	static const char *const endings[] = { "", "-wal", "-shm", ".lock" };
	char name[300];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(endings); i++) {
		snprintf(name, sizeof(name), "%s%s", path, endings[i]);
		unlink(name);
	}
}

/* Numbers as instruments give them: full doubles with noise, half of the wide
 * instrument's channels are valves and counters. */
static void make_values(double *v, uint32_t n, unsigned row)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (n == GAS_N && i % 2)
			v[i] = i % 4 == 1 ? (row / 1000 + i) % 2 : row / 50;
		else
			v[i] = 350 + i + sin(row * 0.001 + i) / 3;
}

static struct store *open_store(const char *path, bool durable)
{
	const struct store_options options = { .durable = durable,
					       .now = START - NSEC_PER_S,
					       .version = "bench",
					       .config = "" };
	_cleanup_(text_free) struct text notice = { 0 };
	struct store *s;
	struct err err;
	bool interrupted;

	s = store_open(path, &options, &interrupted, &notice, &err);
	if (!s)
		fail(err.msg);
	return s;
}

static uint32_t declare(struct store *s, const char *name, uint32_t n)
{
	struct store_channel channels[32];
	char names[32][40];
	uint32_t i, table, first;
	struct err err;

	for (i = 0; i < n; i++) {
		snprintf(names[i], sizeof(names[i]), "%.20s.%u", name, i);
		channels[i] = (struct store_channel){ names[i], "1", "ratio" };
	}
	if (store_channels(s, name, channels, n, &table, &first, &err))
		fail(err.msg);
	return table;
}

static void fill_night(struct batch *b, uint32_t heater, uint32_t gas)
{
	double v[32];
	unsigned i;

	for (i = 0; i < NIGHT_S * 10; i++) {
		nsec t = START + i * (NSEC_PER_S / 10);

		make_values(v, HEATER_N, i);
		batch_sample(b, heater, t, v, HEATER_N, 0);
		if (i % 5)
			continue;
		make_values(v, GAS_N, i / 5);
		batch_sample(b, gas, t, v, GAS_N, 0);
	}
}

static off_t file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_size;
}

static void raw_exec(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail(sqlite3_errmsg(db));
}

static sqlite3_stmt *raw_table(sqlite3 *db, const char *name, uint32_t n)
{
	_cleanup_(text_free) struct text create = { 0 };
	_cleanup_(text_free) struct text insert = { 0 };
	sqlite3_stmt *q;
	uint32_t i;

	text_addf(&create,
		  "CREATE TABLE %s(t INTEGER PRIMARY KEY,"
		  " bad INTEGER",
		  name);
	text_addf(&insert, "INSERT INTO %s VALUES (?, ?", name);
	for (i = 0; i < n; i++) {
		text_addf(&create, ", v%u REAL", i);
		text_add(&insert, ", ?");
	}
	text_add(&create, ") STRICT");
	text_add(&insert, ")");
	raw_exec(db, text_str(&create));
	if (sqlite3_prepare_v2(db, text_str(&insert), -1, &q, NULL))
		fail(sqlite3_errmsg(db));
	return q;
}

static void raw_insert(sqlite3_stmt *q, nsec t, const double *v, uint32_t n)
{
	uint32_t i;

	sqlite3_bind_int64(q, 1, t);
	sqlite3_bind_int64(q, 2, 0);
	for (i = 0; i < n; i++)
		sqlite3_bind_double(q, (int)i + 3, v[i]);
	if (sqlite3_step(q) != SQLITE_DONE)
		fail("raw insert");
	sqlite3_reset(q);
}

static sqlite3 *raw_open(const char *path, const char *pragmas)
{
	sqlite3 *db;

	if (sqlite3_open(path, &db))
		fail("raw open");
	raw_exec(db, "PRAGMA journal_mode = WAL");
	raw_exec(db, pragmas);
	return db;
}

/* The same rows by bare prepared statements; making the values is outside of
 * both measurements. */
static double raw_night(const char *path)
{
	const unsigned rows = NIGHT_S * 10;
	double *v = memory_zeroed((size_t)rows * 12, sizeof(*v)), *at = v;
	sqlite3_stmt *heater, *gas;
	sqlite3 *db = raw_open(path, "PRAGMA synchronous = OFF;"
				     "PRAGMA cache_size = -8192;"
				     "PRAGMA wal_autocheckpoint = 4000");
	double begun;
	unsigned i;

	heater = raw_table(db, "a", HEATER_N);
	gas = raw_table(db, "b", GAS_N);
	for (i = 0; i < rows; i++) {
		make_values(at, HEATER_N, i);
		at += HEATER_N;
		if (i % 5)
			continue;
		make_values(at, GAS_N, i / 5);
		at += GAS_N;
	}
	begun = seconds();
	raw_exec(db, "BEGIN");
	for (i = 0, at = v; i < rows; i++) {
		nsec t = START + i * (NSEC_PER_S / 10);

		raw_insert(heater, t, at, HEATER_N);
		at += HEATER_N;
		if (i % 5)
			continue;
		raw_insert(gas, t, at, GAS_N);
		at += GAS_N;
	}
	raw_exec(db, "COMMIT");
	begun = seconds() - begun;
	sqlite3_finalize(heater);
	sqlite3_finalize(gas);
	sqlite3_close(db);
	free(v);
	return begun;
}

static double night(const char *path)
{
	struct store *s = open_store(path, false);
	uint32_t heater = declare(s, "heater", HEATER_N);
	uint32_t gas = declare(s, "gas", GAS_N);
	struct batch *b = batch_new();
	struct err err;
	double t;

	fill_night(b, heater, gas);
	t = seconds();
	if (store_commit(s, b, &err))
		fail(err.msg);
	t = seconds() - t;
	batch_free(b);
	store_close(s);
	return t;
}

static void bench_night(const char *folder)
{
	const double rows = NIGHT_S * 12.0;
	const double values = NIGHT_S * (10.0 * HEATER_N + 2.0 * GAS_N);
	double best = INFINITY, raw = INFINITY;
	char ours[256], bare[256];
	int i;

	file_name(ours, folder, "night");
	file_name(bare, folder, "raw");
	for (i = 0; i < TRIES; i++) {
		erase(ours);
		erase(bare);
		best = fmin(best, night(ours));
		raw = fmin(raw, raw_night(bare));
	}
	printf("%-34s %10.2f  M/s  (raw limit %.2f, ratio %.2f)\n",
	       "log rows written", rows / best / 1e6, rows / raw / 1e6,
	       raw / best);
	printf("%-34s %10.2f  M/s  (raw limit %.2f, ratio %.2f)\n",
	       "log values written", values / best / 1e6, values / raw / 1e6,
	       raw / best);
	printf("%-34s %10.3f  s    (raw limit %.3f, %.0f rows, %.2f M"
	       " values)\n",
	       "log one night in one commit", best, raw, rows, values / 1e6);
	printf("%-34s %10.2f  B    (raw limit %.2f, goal 11)\n",
	       "log bytes per value", (double)file_size(ours) / values,
	       (double)file_size(bare) / values);
	erase(ours);
	erase(bare);
}

static int ascending(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void print_latency(const char *name, double *t, const double *raw)
{
	printf("%-34s %10.3f  ms   (raw limit %.3f, ratio %.2f)\n", name,
	       t[0] * 1e3, raw[0] * 1e3, raw[0] / t[0]);
}

static double timed_commit(struct store *s, const struct batch *b)
{
	struct err err;
	double t = seconds();

	if (store_commit(s, b, &err))
		fail(err.msg);
	return seconds() - t;
}

static double timed_insert(sqlite3_stmt *q, unsigned i, const double *v)
{
	double t = seconds();

	raw_insert(q, START + i, v, 20);
	return seconds() - t;
}

/* One tick: 20 values and a setpoint; bare: the 20 values. In turns, so that
 * both see the same disk. */
static void durable_ticks(const char *path, const char *bare, double *took,
			  double *raw)
{
	struct store *s = open_store(path, true);
	sqlite3 *db = raw_open(bare, "PRAGMA synchronous = FULL");
	sqlite3_stmt *q = raw_table(db, "a", 20);
	uint32_t table = declare(s, "all", 20), i;
	struct batch *b = batch_new();
	double v[32];

	for (i = 0; i < COMMITS; i++) {
		nsec t = START + i * (NSEC_PER_S / 10);
		const struct batch_setpoint setpoint = {
			.id = i + 1,
			.channel = 1,
			.t = t,
			.value = i,
			.cause = "step",
			.source = "12 ramp to 350 °C"
		};

		make_values(v, 20, i);
		batch_clear(b);
		batch_sample(b, table, t, v, 20, 0);
		batch_setpoint(b, &setpoint);
		took[i] = timed_commit(s, b);
		raw[i] = timed_insert(q, i, v);
	}
	sqlite3_finalize(q);
	sqlite3_close(db);
	batch_free(b);
	store_close(s);
}

static void bench_durable(const char *folder)
{
	double took[COMMITS], raw[COMMITS];
	char path[256], bare[256];

	file_name(path, folder, "ticks");
	file_name(bare, folder, "raw");
	erase(path);
	erase(bare);
	durable_ticks(path, bare, took, raw);
	erase(path);
	erase(bare);
	qsort(took, COMMITS, sizeof(*took), ascending);
	qsort(raw, COMMITS, sizeof(*raw), ascending);
	print_latency("log durable commit p50", took + COMMITS / 2,
		      raw + COMMITS / 2);
	print_latency("log durable commit p99", took + COMMITS * 99 / 100,
		      raw + COMMITS * 99 / 100);
}

static int count_row(void *context, size_t n, const char *const *names,
		     const struct history_value *values)
{
	(void)n;
	(void)names;
	(void)values;
	++*(size_t *)context;
	return 0;
}

static double read_channel(const char *path, const char *channel)
{
	struct history *h;
	struct err err;
	size_t rows = 0;
	double t = seconds();

	h = history_open(path, &err);
	if (!h || history_readings(h, 0, channel, 0, count_row, &rows, &err))
		fail(err.msg);
	history_close(h);
	return seconds() - t;
}

static int count_bucket(void *context, const struct history_bucket *b)
{
	(void)b;
	++*(size_t *)context;
	return 0;
}

/* As run:_history reads it. */
static double plot_channel(const char *path, const char *channel)
{
	struct text unit = { 0 };
	struct history *h;
	struct err err;
	size_t n = 0;
	const struct history_plot plot = { 0, INT64_MAX, 2000, count_bucket,
					   &n };
	double t = seconds();

	h = history_open_beside(path, &err);
	if (!h || history_plot(h, channel, &plot, &unit, &err))
		fail(err.msg);
	history_close(h);
	text_free(&unit);
	if (n < 1900 || n > 2000)
		fail("a plot has another number of points");
	return seconds() - t;
}

/* SELECT t, v FROM the table: what SQLite itself takes. */
static double raw_channel(const char *path)
{
	sqlite3_stmt *q;
	sqlite3 *db;
	double t = seconds(), sum = 0;

	sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);
	sqlite3_prepare_v2(db, "SELECT t, bad, v3 FROM sample_1", -1, &q, NULL);
	while (sqlite3_step(q) == SQLITE_ROW)
		sum += sqlite3_column_double(q, 2);
	sqlite3_finalize(q);
	sqlite3_close(db);
	return sum == 0 ? 0 : seconds() - t;
}

static void write_many(const char *path, uint32_t n, unsigned rows)
{
	struct store *s;
	double v[32];
	struct batch *b = batch_new();
	struct err err;
	uint32_t table;
	unsigned i;

	erase(path);
	s = open_store(path, false);
	table = declare(s, "many", n);
	for (i = 0; i < rows; i++) {
		make_values(v, n, i);
		batch_sample(b, table, START + i * (NSEC_PER_S / 10), v, n, 0);
	}
	if (store_commit(s, b, &err))
		fail(err.msg);
	batch_free(b);
	store_close(s);
}

static void bench_read(const char *folder, uint32_t n)
{
	const unsigned rows = 10000000 / n;
	double best = INFINITY, cpu = INFINITY, raw = INFINITY, before;
	double plot = INFINITY;
	char path[256], name[40];
	int i;

	file_name(path, folder, "read");
	write_many(path, n, rows);
	for (i = 0; i < 2 * TRIES; i++) {
		before = cpu_seconds();
		best = fmin(best, read_channel(path, "many.3"));
		cpu = fmin(cpu, cpu_seconds() - before);
		raw = fmin(raw, raw_channel(path));
		plot = fmin(plot, plot_channel(path, "many.3"));
	}
	snprintf(name, sizeof(name), "log one of %u channels, 10 M values", n);
	printf("%-34s %10.1f  ms   (raw limit %.1f, ratio %.2f, %u rows,"
	       " CPU %.1f)\n",
	       name, best * 1e3, raw * 1e3, raw / best, rows, cpu * 1e3);
	snprintf(name, sizeof(name), "log plot of one of %u channels", n);
	printf("%-34s %10.1f  ms   (raw limit %.1f, ratio %.2f)\n", name,
	       plot * 1e3, raw * 1e3, raw / plot);
	erase(path);
}

int main(int argc, char **argv)
{
	const char *folder = argc > 1 ? argv[1] : ".";

	bench_night(folder);
	bench_durable(folder);
	bench_read(folder, 20);
	bench_read(folder, HEATER_N);
	return 0;
}
