#include "store/schema.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/array.h"
#include "base/text.h"
#include "store/sql.h"

/* Exact: whole seconds and whole microseconds, never a double. */
#define ISO(t)                                                                 \
	"strftime('%Y-%m-%dT%H:%M:%S'," t "/1000000000,'unixepoch')"           \
	"||printf('.%06dZ'," t "/1000%1000000)"

/*
 * A new log is made as `newest` says, at once. One of an older version is led
 * there step by step; what a step adds to the tables of before is in a list
 * of its own, which both use.
 */

/* SQL reads better in lines of its own. */
/* clang-format off */
#define EVENT_NUMBER "CREATE INDEX event_number ON event(number)"
#define V_EVENT                                                                \
	"CREATE VIEW v_event AS SELECT run, " ISO("t") " AS t, severity,"      \
	" kind, text, session, seq, t AS t_ns, number FROM event"

static const char *const tables[] = {
	/* Texts that come again (configuration, recipes): kept once. */
	"CREATE TABLE document(document INTEGER PRIMARY KEY,"
	" hash INTEGER NOT NULL, body TEXT NOT NULL) STRICT",
	"CREATE INDEX document_hash ON document(hash)",
	"CREATE TABLE session(session INTEGER PRIMARY KEY,"
	" started INTEGER NOT NULL, ended INTEGER, version TEXT NOT NULL,"
	" config INTEGER NOT NULL, seed INTEGER NOT NULL,"
	" interrupted INTEGER NOT NULL) STRICT",
	/* Numbers given to runs, so that none is given twice. */
	"CREATE TABLE run_number(last INTEGER NOT NULL) STRICT",
	"INSERT INTO run_number VALUES (0)",
	"CREATE TABLE layout(layout INTEGER PRIMARY KEY,"
	" instrument TEXT NOT NULL, declaration TEXT NOT NULL,"
	" UNIQUE (instrument, declaration)) STRICT",
	"CREATE TABLE channel(channel INTEGER PRIMARY KEY,"
	" layout INTEGER NOT NULL, place INTEGER NOT NULL,"
	" name TEXT NOT NULL, unit TEXT NOT NULL, quantity TEXT NOT NULL)"
	" STRICT",
	"CREATE INDEX channel_layout ON channel(layout, place)",
	"CREATE TABLE run(run INTEGER PRIMARY KEY, session INTEGER NOT NULL,"
	" seq INTEGER NOT NULL, began INTEGER NOT NULL, ended INTEGER,"
	" state TEXT NOT NULL, reason TEXT NOT NULL, recipe TEXT NOT NULL,"
	" label TEXT NOT NULL, parameters TEXT NOT NULL,"
	" seed INTEGER NOT NULL, text INTEGER NOT NULL,"
	" includes INTEGER NOT NULL) STRICT",
	"CREATE TABLE step(run INTEGER NOT NULL, step INTEGER NOT NULL,"
	" kind TEXT NOT NULL, label TEXT NOT NULL, line INTEGER NOT NULL,"
	" began INTEGER, ended INTEGER, outcome TEXT, text TEXT,"
	" asked TEXT NOT NULL DEFAULT '{}',"
	" PRIMARY KEY (run, step)) STRICT, WITHOUT ROWID",
	"CREATE TABLE setpoint(session INTEGER NOT NULL, id INTEGER NOT NULL,"
	" seq INTEGER NOT NULL, run INTEGER, t INTEGER NOT NULL,"
	" channel INTEGER NOT NULL, value REAL, cause TEXT NOT NULL,"
	" source TEXT NOT NULL, safe INTEGER NOT NULL, sent INTEGER,"
	" answered INTEGER, answer TEXT, readback_t INTEGER, readback REAL,"
	" PRIMARY KEY (session, id)) STRICT, WITHOUT ROWID",
	"CREATE INDEX setpoint_run ON setpoint(run)",
	"CREATE TABLE event(session INTEGER NOT NULL, seq INTEGER NOT NULL,"
	" run INTEGER, t INTEGER NOT NULL, severity TEXT NOT NULL,"
	" kind TEXT NOT NULL, text TEXT NOT NULL,"
	" number INTEGER NOT NULL DEFAULT 0,"
	" PRIMARY KEY (session, seq)) STRICT, WITHOUT ROWID",
	"CREATE INDEX event_run ON event(run)",
	EVENT_NUMBER,
	"CREATE TABLE state(session INTEGER NOT NULL, seq INTEGER NOT NULL,"
	" run INTEGER, t INTEGER NOT NULL, state TEXT NOT NULL,"
	" level TEXT NOT NULL, latched INTEGER NOT NULL,"
	" PRIMARY KEY (session, seq)) STRICT, WITHOUT ROWID",
	"CREATE TABLE command(session INTEGER NOT NULL, id INTEGER NOT NULL,"
	" run INTEGER, t INTEGER NOT NULL, verb TEXT NOT NULL,"
	" args TEXT NOT NULL, user TEXT NOT NULL, program TEXT NOT NULL,"
	" outcome TEXT NOT NULL,"
	" PRIMARY KEY (session, id)) STRICT, WITHOUT ROWID",
	"CREATE TABLE gap(session INTEGER NOT NULL, seq INTEGER NOT NULL,"
	" run INTEGER, layout INTEGER NOT NULL, t_from INTEGER NOT NULL,"
	" t_to INTEGER NOT NULL, reason TEXT NOT NULL,"
	" PRIMARY KEY (session, seq)) STRICT, WITHOUT ROWID",
	/* x holds the bits of a double: see batch_seen(). */
	"CREATE TABLE seen(session INTEGER NOT NULL, seq INTEGER NOT NULL,"
	" t INTEGER NOT NULL, type INTEGER NOT NULL, a INTEGER NOT NULL,"
	" c INTEGER NOT NULL, d INTEGER NOT NULL, x INTEGER NOT NULL,"
	" text TEXT NOT NULL,"
	" PRIMARY KEY (session, seq)) STRICT, WITHOUT ROWID",
	"CREATE TABLE purge(session INTEGER NOT NULL, seq INTEGER NOT NULL,"
	" run INTEGER NOT NULL, t INTEGER NOT NULL, step INTEGER NOT NULL,"
	" cycle INTEGER NOT NULL, cycles INTEGER NOT NULL,"
	" gauge INTEGER NOT NULL, fill REAL, base REAL, residual REAL,"
	" ok INTEGER NOT NULL,"
	" PRIMARY KEY (run, session, seq)) STRICT, WITHOUT ROWID",
	"CREATE TABLE image(run INTEGER NOT NULL, image INTEGER NOT NULL,"
	" step INTEGER NOT NULL, label TEXT NOT NULL, file TEXT NOT NULL,"
	" ok INTEGER NOT NULL, t_begin INTEGER NOT NULL,"
	" t_end INTEGER NOT NULL, t_unblank INTEGER NOT NULL,"
	" t_blank INTEGER NOT NULL, gas_inlet TEXT NOT NULL,"
	" gas_sample TEXT NOT NULL, transit_s REAL,"
	" temperature_begin REAL, temperature_end REAL, temperature_min REAL,"
	" temperature_max REAL, temperature_mean REAL,"
	" pressure_begin REAL, pressure_end REAL, pressure_min REAL,"
	" pressure_max REAL, pressure_mean REAL,"
	" flow_begin REAL, flow_end REAL, flow_min REAL,"
	" flow_max REAL, flow_mean REAL,"
	" power_begin REAL, power_end REAL, power_min REAL,"
	" power_max REAL, power_mean REAL,"
	" PRIMARY KEY (run, image)) STRICT, WITHOUT ROWID",
};

static const char *const views[] = {
	"CREATE VIEW v_run AS SELECT run, recipe, parameters,"
	" " ISO("began") " AS started, " ISO("ended") " AS ended,"
	" state, reason, label, session, seed,"
	" (SELECT body FROM document d WHERE d.document = r.text) AS text,"
	" (SELECT body FROM document d WHERE d.document = r.includes)"
	" AS includes, began AS t_ns, ended AS t_end_ns FROM run r",

	"CREATE VIEW v_step AS SELECT run, step, kind, label,"
	" " ISO("began") " AS began, " ISO("ended") " AS ended,"
	" outcome, text, line, asked, began AS t_ns,"
	" ended AS t_end_ns FROM step",

	V_EVENT,

	"CREATE VIEW v_state AS SELECT run, " ISO("t") " AS t, state, level,"
	" latched, session, seq, t AS t_ns FROM state",

	"CREATE VIEW v_command AS SELECT run, " ISO("t") " AS t, id, verb,"
	" args, user, program, outcome, session, t AS t_ns FROM command",

	"CREATE VIEW v_gap AS SELECT run, " ISO("t_from") " AS t_from,"
	" " ISO("t_to") " AS t_to, instrument, reason, session, seq,"
	" t_from AS t_ns, t_to AS t_end_ns"
	" FROM gap LEFT JOIN layout USING (layout)",

	/* Wanted, but never answered, in a session that is over: maybe the
	 * instrument has it, maybe not. */
	"CREATE VIEW v_setpoint AS SELECT s.run, " ISO("s.t") " AS t,"
	" c.name AS channel, s.value, c.unit, s.cause,"
	" " ISO("s.sent") " AS sent, " ISO("s.answered") " AS answered,"
	" s.readback, s.source,"
	" CASE WHEN s.answer IS NULL AND (SELECT e.ended IS NOT NULL OR"
	" e.session < (SELECT max(session) FROM session)"
	" FROM session e WHERE e.session = s.session)"
	" THEN 'unknown' ELSE s.answer END AS answer,"
	" s.safe, s.id, s.session, s.seq, s.t AS t_ns, s.sent AS sent_ns,"
	" s.answered AS answered_ns, s.readback_t AS readback_ns"
	" FROM setpoint s LEFT JOIN channel c USING (channel)",

	"CREATE VIEW v_purge AS SELECT p.run, p.step, p.cycle, p.cycles,"
	" " ISO("p.t") " AS t, c.name AS gauge, p.fill AS fill_Torr,"
	" p.base AS base_Torr, p.residual, p.ok, p.session, p.seq,"
	" p.t AS t_ns FROM purge p LEFT JOIN channel c ON"
	" c.channel = p.gauge",

	"CREATE VIEW v_image AS SELECT run, step, label, file,"
	" " ISO("t_begin") " AS t_begin, " ISO("t_end") " AS t_end,"
	" temperature_begin AS temperature_C_begin,"
	" temperature_end AS temperature_C_end,"
	" temperature_min AS temperature_C_min,"
	" temperature_max AS temperature_C_max,"
	" temperature_mean AS temperature_C_mean,"
	" pressure_begin AS pressure_Torr_begin,"
	" pressure_end AS pressure_Torr_end,"
	" pressure_min AS pressure_Torr_min,"
	" pressure_max AS pressure_Torr_max,"
	" pressure_mean AS pressure_Torr_mean,"
	" flow_begin AS flow_sccm_begin, flow_end AS flow_sccm_end,"
	" flow_min AS flow_sccm_min, flow_max AS flow_sccm_max,"
	" flow_mean AS flow_sccm_mean,"
	" power_begin AS heater_power_mW_begin,"
	" power_end AS heater_power_mW_end,"
	" power_min AS heater_power_mW_min,"
	" power_max AS heater_power_mW_max,"
	" power_mean AS heater_power_mW_mean,"
	" gas_inlet, gas_sample,"
	" CASE WHEN t_unblank > 0 THEN (t_blank - t_unblank) / 1e9 END"
	" AS beam_on_s, image, ok, transit_s, step AS step_number,"
	" t_begin AS t_ns, t_end AS t_end_ns, t_unblank AS t_unblank_ns,"
	" t_blank AS t_blank_ns FROM image",

	/* All of time, cut where runs begin and end. */
	"CREATE VIEW v_span AS SELECT run, began AS t_first,"
	" coalesce(ended, 9223372036854775807) AS t_last FROM run"
	" UNION ALL SELECT NULL, coalesce((SELECT b.ended + 1 FROM run b"
	" WHERE b.run < a.run ORDER BY b.run DESC LIMIT 1),"
	" -9223372036854775807), a.began - 1 FROM run a"
	" UNION ALL SELECT NULL, coalesce((SELECT ended + 1 FROM run"
	" ORDER BY run DESC LIMIT 1), -9223372036854775807),"
	" 9223372036854775807"
	" WHERE NOT EXISTS (SELECT 1 FROM run WHERE ended IS NULL)",
};

static const char *const control[] = {
	/* Version 2. Who has control: one row, or none when nobody ever had
	 * it. */
	"CREATE TABLE control(one INTEGER PRIMARY KEY CHECK (one = 1),"
	" session INTEGER NOT NULL, t INTEGER NOT NULL,"
	" holder TEXT NOT NULL, note TEXT NOT NULL,"
	" expires INTEGER NOT NULL) STRICT",
	/* Alarms keep the row of their number; `changed` is when state did. */
	"CREATE TABLE alarm(alarm INTEGER PRIMARY KEY,"
	" session INTEGER NOT NULL, run INTEGER, t INTEGER NOT NULL,"
	" changed INTEGER NOT NULL, severity TEXT NOT NULL,"
	" source TEXT NOT NULL, text TEXT NOT NULL, state TEXT NOT NULL,"
	" active INTEGER NOT NULL, times INTEGER NOT NULL,"
	" user TEXT NOT NULL, until INTEGER NOT NULL, note TEXT NOT NULL)"
	" STRICT",
	"CREATE INDEX alarm_open ON alarm(alarm) WHERE state <> 'normal'",
	"CREATE VIEW v_alarm AS SELECT run, " ISO("t") " AS t, severity,"
	" text, state, active, times, user,"
	" CASE WHEN until > 0 THEN " ISO("until") " END AS until, note,"
	" " ISO("changed") " AS changed, source, alarm, session, t AS t_ns,"
	" changed AS changed_ns FROM alarm",
};

/*
 * Version 3: events are numbered through the whole log, so that a client can
 * ask for those after the last it knows, also of sessions before.
 */
static const char *const number_events[] = {
	"ALTER TABLE event ADD COLUMN number INTEGER NOT NULL DEFAULT 0",
	"UPDATE event SET number = ranked.n FROM (SELECT session AS s,"
	" seq AS q, row_number() OVER (ORDER BY session, seq) AS n"
	" FROM event) AS ranked"
	" WHERE event.session = ranked.s AND event.seq = ranked.q",
	EVENT_NUMBER,
	"DROP VIEW v_event",
	V_EVENT,
};

/* Version 3: the queue, whose rows stay when an entry has left it. */
static const char *const queue[] = {
	"CREATE TABLE queue(entry INTEGER PRIMARY KEY, place INTEGER,"
	" state TEXT NOT NULL, reason TEXT NOT NULL, name TEXT NOT NULL,"
	" label TEXT NOT NULL, recipe TEXT NOT NULL, steps INTEGER NOT NULL,"
	" seconds REAL, after TEXT NOT NULL, run INTEGER,"
	" added INTEGER NOT NULL, changed INTEGER NOT NULL,"
	" user TEXT NOT NULL, program TEXT NOT NULL, sheet INTEGER NOT NULL)"
	" STRICT",
	"CREATE INDEX queue_place ON queue(place) WHERE place IS NOT NULL",
	"CREATE TABLE queue_state(state TEXT NOT NULL, reason TEXT NOT NULL,"
	" changed INTEGER) STRICT",
	"INSERT INTO queue_state VALUES ('idle', '', NULL)",
	"CREATE VIEW v_queue AS SELECT entry, place, state, reason, name,"
	" label, recipe, run, after, " ISO("added") " AS added, user,"
	" program, " ISO("changed") " AS changed, steps, seconds,"
	" (SELECT body FROM document d WHERE d.document = q.sheet) AS sheet,"
	" added AS t_ns, changed AS changed_ns FROM queue q",
};

/* Version 4: how often each instrument was to be read, so that the log alone
 * says how old the newest reading of a channel may be. */
static const char *const periods[] = {
	"CREATE TABLE period(session INTEGER NOT NULL,"
	" layout INTEGER NOT NULL, period INTEGER NOT NULL,"
	" PRIMARY KEY (session, layout)) STRICT, WITHOUT ROWID",
	"CREATE VIEW v_channel AS SELECT p.session, c.name AS channel,"
	" c.unit, c.quantity, l.instrument, p.period / 1e9 AS period_s,"
	" p.period AS period_ns FROM period p"
	" JOIN layout l USING (layout) JOIN channel c USING (layout)",
};
/* clang-format on */

struct sql_list {
	const char *const *sql;
	size_t n;
};

#define SQL_LIST(list)                                                         \
	{                                                                      \
		(list), ARRAY_SIZE(list)                                       \
	}

/* All of a new log but the views of its readings. */
static const struct sql_list newest[] = {
	SQL_LIST(tables), SQL_LIST(views),   SQL_LIST(control),
	SQL_LIST(queue),  SQL_LIST(periods),
};

/* What leads from a version to the next: at most two lists. */
static const struct sql_list migrations[][2] = {
	[1] = { SQL_LIST(control) },
	[2] = { SQL_LIST(number_events), SQL_LIST(queue) },
	[3] = { SQL_LIST(periods) },
};

int64_t schema_version(void)
{
	return (int64_t)ARRAY_SIZE(migrations);
}

static int exec_lists(sqlite3 *db, const struct sql_list *lists, size_t n,
		      struct err *err)
{
	size_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < lists[i].n; j++)
			if (sql_exec(db, lists[i].sql[j],
				     "log: cannot make its tables", err))
				return -1;
	return 0;
}

static int make_newest(sqlite3 *db, struct err *err)
{
	if (exec_lists(db, newest, ARRAY_SIZE(newest), err))
		return -1;
	return schema_reading_views(db, err);
}

static int migrate_all(sqlite3 *db, int64_t version, struct err *err)
{
	char sql[64];

	if (!version && make_newest(db, err))
		return -1;
	for (; version && version < schema_version(); version++)
		if (exec_lists(db, migrations[version],
			       ARRAY_SIZE(migrations[version]), err))
			return err_wrap(err, "from version %" PRId64, version);
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %" PRId64,
		 schema_version());
	return sql_exec(db, sql, "log: cannot write its version", err);
}

int schema_migrate(sqlite3 *db, struct err *err)
{
	int64_t version;

	if (sql_integer(db, "PRAGMA user_version", 0, 0, 0, &version, err))
		return -1;
	assert(version >= 0 && version <= schema_version());
	if (version == schema_version())
		return 0;
	if (sql_exec(db, "BEGIN IMMEDIATE", "log: cannot write", err))
		return -1;
	if (!migrate_all(db, version, err) &&
	    !sql_exec(db, "COMMIT", "log: cannot write", err))
		return 0;
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

int schema_sample_table(sqlite3 *db, int64_t layout, uint32_t n,
			struct err *err)
{
	_cleanup_(text_free) struct text sql = { 0 };
	uint32_t i;

	text_addf(&sql,
		  "CREATE TABLE sample_%" PRId64
		  "(t INTEGER PRIMARY KEY, bad INTEGER NOT NULL",
		  layout);
	for (i = 0; i < n; i++)
		text_addf(&sql, ", v%" PRIu32 " REAL", i);
	text_add(&sql, ") STRICT");
	return sql_exec(db, text_str(&sql), "log: cannot make a table", err);
}

/*
 * The readings of one table: a span gives the range of its key, a channel
 * its column, so that a query with run and channel reads one range of one
 * table. CROSS JOIN keeps SQLite from turning the order round.
 */
static void add_arm(struct text *sql, int64_t layout, uint32_t n, bool iso)
{
	uint32_t i;

	text_addf(sql,
		  "SELECT run, %s AS t, channel, value, unit, CASE WHEN"
		  " value IS NULL OR bad >> place & 1 THEN 'bad' ELSE 'good'"
		  " END AS quality%s FROM (SELECT p.run, s.t AS ns,"
		  " c.name AS channel, c.unit, c.place, s.bad, CASE c.place",
		  iso ? ISO("ns") : "ns", iso ? ", ns AS t_ns" : "");
	for (i = 0; i < n; i++)
		text_addf(sql, " WHEN %" PRIu32 " THEN s.v%" PRIu32, i, i);
	text_addf(sql,
		  " END AS value FROM v_span p CROSS JOIN channel c"
		  " CROSS JOIN sample_%" PRId64 " s WHERE c.layout = %" PRId64
		  " AND s.t BETWEEN p.t_first AND p.t_last)",
		  layout, layout);
}

static int reading_view(sqlite3 *db, const char *name, bool iso,
			struct err *err)
{
	_cleanup_(text_free) struct text sql = { 0 };
	sqlite3_stmt *q;
	size_t n = 0;

	text_addf(&sql, "DROP VIEW IF EXISTS %s; CREATE VIEW %s AS ", name,
		  name);
	if (sql_prepare(db,
			"SELECT layout, count(*) FROM channel"
			" GROUP BY layout ORDER BY layout",
			&q, err))
		return -1;
	while (sqlite3_step(q) == SQLITE_ROW) {
		text_add(&sql, n++ ? " UNION ALL " : "");
		add_arm(&sql, sqlite3_column_int64(q, 0),
			(uint32_t)sqlite3_column_int64(q, 1), iso);
	}
	if (sqlite3_finalize(q) != SQLITE_OK)
		return sql_fail(db, "log: cannot read its channels", err);
	if (!n)
		text_addf(&sql,
			  "SELECT NULL AS run, NULL AS t, NULL AS"
			  " channel, NULL AS value, NULL AS unit, NULL AS"
			  " quality%s WHERE 0",
			  iso ? ", NULL AS t_ns" : "");
	return sql_exec(db, text_str(&sql), "log: cannot make its views", err);
}

int schema_reading_views(sqlite3 *db, struct err *err)
{
	if (reading_view(db, "v_reading", true, err))
		return -1;
	return reading_view(db, "v_reading_ns", false, err);
}
