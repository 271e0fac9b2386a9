/*
 * Bytes of buses as people ask for them on the socket. They go out as log
 * lines of the module, to who asked for `logging daemon "debug"`; a trace
 * that nobody listens to ends.
 */
#include "base/array.h"
#include "node/daemon_parts.h"
#include "ring/byte_trace.h"

/* In one turn of the loop; the rest waits for the next. */
#define LINES_MAX 32

static const struct datainfo bus = {
	.type = DATAINFO_STRING,
	.maxlen = DEVICE_NAME_MAX,
	.utf8 = true,
};
static const struct datainfo seconds = {
	.type = DATAINFO_DOUBLE,
	.unit = "s",
	.fmtstr = "%.0f",
	.limited = true,
	.max = (double)BYTE_TRACE_SPAN_MAX / (double)NSEC_PER_S,
};
static const struct datainfo_member wish_members[] = {
	{ .name = "bus", .of = &bus },
	{ .name = "seconds", .of = &seconds },
};

const struct datainfo daemon_trace_wish_datainfo = {
	.type = DATAINFO_STRUCT,
	DATAINFO_MEMBERS(wish_members),
};

static void show(struct daemon_module *m, nsec now)
{
	struct text *s = &m->scratch;

	text_clear(s);
	if (m->setup->trace)
		byte_trace_print(m->setup->trace, m->setup->utc_offset, s);
	else
		text_add(s, "[]");
	node_set_string(m->node, m->parameter[DAEMON_TRACE_STATE], text_str(s),
			daemon_utc(m, now));
}

void daemon_trace_init(struct daemon_module *m)
{
	show(m, m->setup->now);
}

void daemon_trace_turn(struct daemon_module *m)
{
	struct byte_trace *t = m->setup->trace;

	for (int i = 0; i < LINES_MAX && t && byte_trace_line(t, &m->scratch);
	     i++)
		node_log(m->node, m->module, NODE_LOG_DEBUG,
			 text_str(&m->scratch));
}

static bool is_heard(const struct daemon_module *m)
{
	return node_log_wanted(m->node, m->module, NODE_LOG_DEBUG);
}

void daemon_trace_tick(struct daemon_module *m, nsec now)
{
	struct byte_trace *t = m->setup->trace;

	if (!t || !byte_trace_is_on(t))
		return;
	daemon_trace_turn(m);
	if (!is_heard(m))
		byte_trace_stop_all(t);
	else if (!byte_trace_expire(t, now))
		return;
	show(m, now);
}

static int start_or_stop(const struct daemon_asked *a, struct err *err)
{
	const json_t *argument = a->request->argument;
	const char *name = json_string_value(json_object_get(argument, "bus"));
	nsec span = nsec_from_s(
		json_number_value(json_object_get(argument, "seconds")));
	struct byte_trace *t = a->m->setup->trace;

	if (!t)
		return err_set(err, ERR_STATE, "this daemon has no buses");
	if (!span)
		return byte_trace_stop(t, name, err);
	if (!is_heard(a->m))
		return err_set(err, ERR_STATE,
			       "nobody would see it: first "
			       "ask for logging daemon \"debug\"");
	return byte_trace_start(t, name, a->now + span, err);
}

void daemon_trace(const struct daemon_asked *a)
{
	struct err err;

	if (start_or_stop(a, &err)) {
		daemon_refuse(a,
			      err.code == ERR_NOT_FOUND ? ERROR_RANGE
							: ERROR_IMPOSSIBLE,
			      err.msg);
		return;
	}
	show(a->m, a->now);
	daemon_done(a);
}
