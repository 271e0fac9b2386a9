/*
 * Reading the log: for the command line and for replay. Read-only, while the
 * daemon writes, or without one. Any number of readers.
 */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include "base/err.h"
#include "base/text.h"
#include "store/batch.h"

struct history;

struct history *history_open(const char *path, struct err *err);
void history_close(struct history *h);

/*
 * For the program that also writes the log, on any thread but the writer's.
 * The file is opened by SQLite alone: to open and close it otherwise would
 * drop the locks that the whole process holds. Pages are copied, not mapped,
 * so that a disk that fails is an error and not the end of the program.
 */
struct history *history_open_beside(const char *path, struct err *err);

/* From any thread, while another one uses it: what is being read, and all that
 * is asked of it afterwards, ends with ERR_TIMEOUT. Only of one that was opened
 * beside a writer. */
void history_interrupt(struct history *h);

enum history_type { HISTORY_NULL, HISTORY_INTEGER, HISTORY_REAL, HISTORY_TEXT };

struct history_value {
	enum history_type type;
	int64_t i;
	double x;
	const char *s; /* TEXT: valid during the call */
};

/* Called for each row; non-zero ends the query (and is returned). */
typedef int history_row(void *context, size_t n, const char *const *names,
			const struct history_value *values);

/* Rows of a view ("v_run" "v_step" "v_event" "v_state" "v_setpoint" "v_image"
 * "v_purge" "v_command" "v_gap"), oldest first. run 0: all runs;
 * limit 0: all, else the newest `limit`. */
int history_view(struct history *h, const char *view, uint32_t run,
		 size_t limit, history_row *row, void *context,
		 struct err *err);

/* Readings of one channel, oldest first; columns t (integer, UTC ns), value
 * (NULL when bad), quality ("good" "bad"). run 0: all of the log. Thinned
 * to about max points when max > 0, minimum and maximum of each kept. */
int history_readings(struct history *h, uint32_t run, const char *channel,
		     size_t max, history_row *row, void *context,
		     struct err *err);

/* Events with numbers above `since`, oldest first, at most `limit`: columns
 * number, t (integer, UTC ns), severity, kind, text. */
int history_events(struct history *h, uint32_t since, size_t limit,
		   history_row *row, void *context, struct err *err);

/* The readings of one channel in a stretch of time, thinned for a plot: at
 * most max buckets, oldest first, empty ones left out. */
struct history_bucket {
	nsec t;		 /* of its first reading */
	double min, max; /* NAN: no reading in it is good */
};
struct history_plot {
	nsec from, to; /* both included */
	size_t max;
	/* Non-zero ends the query (and is returned). */
	int (*bucket)(void *context, const struct history_bucket *b);
	void *context;
};

/* `unit` gets that of the newest declaration of this channel; readings of
 * declarations with another one are left out. */
int history_plot(struct history *h, const char *channel,
		 const struct history_plot *plot, struct text *unit,
		 struct err *err);

/* All readings of a run as CSV: one line per time, one column per channel,
 * `header` first; values are held, not interpolated (empty before the first
 * and from a bad one on). run 0: all of the log.
 * `write` gets whole lines. */
int history_export(struct history *h, uint32_t run,
		   int (*write)(void *context, const char *s, size_t n),
		   void *context, struct err *err);

/* Number of the newest run, 0 if there is none. */
uint32_t history_last_run(struct history *h);

/* Whether the log has the end of this run. */
bool history_has_ended(struct history *h, uint32_t run);

/* Said before a log is opened, of a program with a single thread: SQLite then
 * has no locks and counts nothing, a sixth of what `runs` has to do. */
void history_alone(void);

/*
 * For replay: everything that one session (from a start of the program to
 * the next) put down, merged by time; of one moment the samples first, then
 * the rest in the order in which it was given to the log. Fields are valid
 * during the call. Events of kind "store" are the store's own. Values that
 * were bad or NAN are NAN.
 */
enum history_record_type {
	RECORD_SAMPLE,
	RECORD_SEEN,
	RECORD_SETPOINT,
	RECORD_EVENT,
	RECORD_STATE,
	RECORD_RUN_BEGIN
};

struct history_record {
	enum history_record_type type;
	nsec t;
	union {
		struct {
			const char *instrument;
			uint32_t n, bad;
			const double *value;
		} sample;
		struct {
			int type;
			int64_t a, c, d;
			double x;
			const char *text;
		} seen;
		struct {
			uint32_t id;
			const char *channel;
			double value;
			const char *cause, *source;
			bool safe;
		} setpoint;
		struct {
			const char *severity, *kind, *text;
		} event;
		struct {
			const char *state, *level;
			bool latched;
		} state;
		struct {
			uint32_t run;
			const char *recipe, *parameters, *text, *includes;
		} run;
	};
};

struct history_session {
	uint32_t session;
	nsec started;
	char *config;	  /* owned by the caller */
	bool interrupted; /* as it was told at its start */
};

/* The session that holds `run`. */
int history_session(struct history *h, uint32_t run,
		    struct history_session *out, struct err *err);

int history_records(struct history *h, uint32_t session,
		    int (*record)(void *context,
				  const struct history_record *r),
		    void *context, struct err *err);

#endif
