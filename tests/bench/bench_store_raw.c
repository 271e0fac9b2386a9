/*
 * What SQLite alone takes for what the log was seen to do.
 *
 * bench_store_raw night LOG NEW: the rows of all sample tables of LOG, in the
 * order of time, from memory into NEW by prepared statements in one
 * transaction. Prints seconds, rows, values, bytes of LOG and of NEW.
 *
 * bench_store_raw ticks NEW SECONDS: ten times a second a durable transaction
 * of 21 values. Prints the share of a core in %.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include <sqlite3.h>

#include "base/array.h"
#include "base/nsec.h"
#include "base/text.h"

#define TABLES_MAX 8
#define TICK_VALUES 21
#define WAL_PAGES 1000 /* until SQLite begins it anew */

struct table {
	int n; /* columns of values */
	size_t rows, room, next;
	nsec *t;
	double *v;
	sqlite3_stmt *insert;
};

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void fail(const char *what)
{
	fprintf(stderr, "bench_store_raw: %s\n", what);
	exit(1);
}

static sqlite3 *open_file(const char *path, const char *pragmas)
{
	sqlite3 *db;

	if (sqlite3_open(path, &db) ||
	    sqlite3_exec(db, pragmas, NULL, NULL, NULL))
		fail(sqlite3_errmsg(db));
	return db;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *q;

	if (sqlite3_prepare_v2(db, sql, -1, &q, NULL))
		fail(sqlite3_errmsg(db));
	return q;
}

static sqlite3_stmt *make_table(sqlite3 *db, size_t number, int n)
{
	_cleanup_(text_free) struct text create = { 0 }, insert = { 0 };
	int i;

	text_addf(&create,
		  "CREATE TABLE s%zu(t INTEGER PRIMARY KEY, bad"
		  " INTEGER NOT NULL",
		  number);
	text_addf(&insert, "INSERT INTO s%zu VALUES (?, 0", number);
	for (i = 0; i < n; i++) {
		text_addf(&create, ", v%d REAL", i);
		text_add(&insert, ", ?");
	}
	text_add(&create, ") STRICT");
	text_add(&insert, ")");
	if (sqlite3_exec(db, text_str(&create), NULL, NULL, NULL))
		fail(sqlite3_errmsg(db));
	return prepare(db, text_str(&insert));
}

static void insert_row(struct table *s, nsec t, const double *v)
{
	int i;

	sqlite3_bind_int64(s->insert, 1, t);
	for (i = 0; i < s->n; i++)
		sqlite3_bind_double(s->insert, i + 2, v[i]);
	if (sqlite3_step(s->insert) != SQLITE_DONE)
		fail("cannot insert");
	sqlite3_reset(s->insert);
}

static void *grown(void *old, size_t n, size_t size)
{
	void *grown = realloc(old, n * size);

	if (!grown)
		abort();
	return grown;
}

static void keep_row(struct table *s, sqlite3_stmt *q)
{
	int i;

	if (s->rows == s->room) {
		s->room = s->room ? 2 * s->room : 4096;
		s->t = grown(s->t, s->room, sizeof(*s->t));
		s->v = grown(s->v, s->room * (size_t)s->n, sizeof(*s->v));
	}
	s->t[s->rows] = sqlite3_column_int64(q, 0);
	/* A NULL comes as 0, which takes no room either. */
	for (i = 0; i < s->n; i++)
		s->v[s->rows * (size_t)s->n + (size_t)i] =
			sqlite3_column_double(q, i + 2);
	s->rows++;
}

static bool read_table(sqlite3 *db, size_t number, struct table *s)
{
	char sql[64];
	sqlite3_stmt *q;

	snprintf(sql, sizeof(sql), "SELECT * FROM sample_%zu", number);
	if (sqlite3_prepare_v2(db, sql, -1, &q, NULL))
		return false;
	s->n = sqlite3_column_count(q) - 2;
	while (sqlite3_step(q) == SQLITE_ROW)
		keep_row(s, q);
	sqlite3_finalize(q);
	return true;
}

static struct table *oldest(struct table *tables, size_t n)
{
	struct table *found = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		struct table *s = &tables[i];

		if (s->next < s->rows &&
		    (!found || s->t[s->next] < found->t[found->next]))
			found = s;
	}
	return found;
}

static double insert_all(sqlite3 *db, struct table *tables, size_t n)
{
	double began = seconds();
	struct table *s;

	sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
	while ((s = oldest(tables, n))) {
		insert_row(s, s->t[s->next], s->v + s->next * (size_t)s->n);
		s->next++;
	}
	if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL))
		fail(sqlite3_errmsg(db));
	return seconds() - began;
}

static double size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? NAN : (double)st.st_size;
}

static void night(const char *log, const char *path)
{
	struct table tables[TABLES_MAX] = { 0 };
	sqlite3 *from = open_file(log, "PRAGMA query_only = ON");
	sqlite3 *to = open_file(path, "PRAGMA journal_mode = WAL;"
				      "PRAGMA synchronous = OFF;"
				      "PRAGMA cache_size = -8192;"
				      "PRAGMA wal_autocheckpoint = 4000");
	size_t n = 0, rows = 0, values = 0, i;
	double took;

	while (n < TABLES_MAX && read_table(from, n + 1, &tables[n]))
		n++;
	for (i = 0; i < n; i++) {
		tables[i].insert = make_table(to, i, tables[i].n);
		rows += tables[i].rows;
		values += tables[i].rows * (size_t)tables[i].n;
	}
	took = insert_all(to, tables, n);
	for (i = 0; i < n; i++) {
		sqlite3_finalize(tables[i].insert);
		free(tables[i].t);
		free(tables[i].v);
	}
	sqlite3_close(from);
	sqlite3_close(to);
	printf("%.6f %zu %zu %.0f %.0f\n", took, rows, values, size_of(log),
	       size_of(path));
}

static double cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void insert_tick(struct table *s, int tick)
{
	double v[TICK_VALUES];
	int i;

	for (i = 0; i < s->n; i++)
		v[i] = 350 + sin(tick + i);
	insert_row(s, tick, v);
}

/* The write-ahead file has its size before it is measured. */
static void ticks(const char *path, int how_long)
{
	sqlite3 *db = open_file(path, "PRAGMA journal_mode = WAL;"
				      "PRAGMA synchronous = FULL");
	struct table s = { .n = TICK_VALUES };
	struct timespec until;
	double before;
	int tick;

	s.insert = make_table(db, 0, s.n);
	for (tick = -WAL_PAGES; tick < 0; tick++)
		insert_tick(&s, tick);
	clock_gettime(CLOCK_MONOTONIC, &until);
	before = cpu_s();
	for (tick = 0; tick < how_long * 10; tick++) {
		until.tv_nsec += 100000000;
		if (until.tv_nsec >= 1000000000) {
			until.tv_nsec -= 1000000000;
			until.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		insert_tick(&s, tick);
	}
	printf("%.4f\n", (cpu_s() - before) / how_long * 100);
	sqlite3_finalize(s.insert);
	sqlite3_close(db);
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "night"))
		night(argv[2], argv[3]);
	else if (argc == 4 && !strcmp(argv[1], "ticks"))
		ticks(argv[2], atoi(argv[3]));
	else
		fail("night LOG NEW, or ticks NEW SECONDS");
	return 0;
}
