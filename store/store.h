/*
 * The log: one SQLite file for all runs, written by exactly one connection.
 *
 * WAL, synchronous=FULL when `durable`; STRICT tables; application_id and
 * user_version set; migrations forward only. All functions of one store run
 * on one thread (live: the store's own). docs/log.md describes the tables
 * and views, which are an interface for other people's tools.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/err.h"
#include "base/text.h"
#include "store/batch.h"

struct store;

struct store_options {
	bool durable;	     /* FULL; else commits are batched (virtual) */
	nsec now;	     /* UTC, for the session's start */
	const char *version; /* of the program */
	const char *config;  /* text of the configuration in force */
	uint64_t seed;
};

struct store_channel {
	const char *name;     /* "heater" */
	const char *unit;     /* "°C" */
	const char *quantity; /* "temperature" */
};

/*
 * Creates, or checks (application_id, version, quick_check: see connect.h)
 * and migrates. A file that is not ours or from a newer version is an error;
 * a damaged one is set aside as FILE.damaged-<time> and `notice` says so.
 * Runs that were open become "interrupted" (ended at the last sample);
 * *interrupted tells, and so does an event. All events that the store adds
 * are of kind "store". Takes an exclusive lock on FILE.lock: a second daemon
 * gets ERR_STATE.
 */
struct store *store_open(const char *path, const struct store_options *options,
			 bool *interrupted, struct text *notice,
			 struct err *err);
void store_close(struct store *s); /* checkpoints; NULL is fine */

/* Where this session begins: options.now, or one second after the latest time
 * in the log when that is later (a clock set back, a second night simulated
 * into one file). Times of batches count from it: readings find their run by
 * time, so sessions must not overlap. */
nsec store_started(const struct store *s);

/* Declares one instrument's channels, in the order of its samples, and gives
 * the number of its table; *first is the number of its first channel, the
 * others follow. The same declaration finds the same table again. */
int store_channels(struct store *s, const char *instrument,
		   const struct store_channel *channels, uint32_t n,
		   uint32_t *table, uint32_t *first, struct err *err);

/* How often the instrument of that table is to be read in this session. */
int store_period(struct store *s, uint32_t table, nsec period, struct err *err);

/* What is declared between these two is one transaction; outside of them each
 * store_channels() or store_period() is one. When one of them fails, all are
 * undone, and _end() is not called. */
int store_channels_begin(struct store *s, struct err *err);
int store_channels_end(struct store *s, struct err *err);

/* The highest number given to a run, 0 if there was none; asks no disk. Who
 * begins runs counts on from here: a number is kept in the transaction that
 * begins its run, and also when that one is refused. */
uint32_t store_last_run(const struct store *s);

/* The number of the newest event when this session had begun, 0 if there was
 * none: who adds events counts on from here, in all sessions of the file. */
uint32_t store_last_event(const struct store *s);

/* All of the batch in one transaction, or nothing of it; after an error the
 * same batch can be given again. ERR_FULL: the disk; ERR_IO: the disk or the
 * file (also: moved away); ERR_INVALID: rows that contradict the log (an id
 * given twice, an outcome without its beginning), a bug of the caller. */
int store_commit(struct store *s, const struct batch *b, struct err *err);

/* Bytes that can still be written (free space beside the file). */
int64_t store_room(const struct store *s);

#endif
