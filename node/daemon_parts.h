/*
 * The module `daemon` from inside. For daemon_module.c (what it shows, and
 * who carries out what is asked) and the files of what can be asked.
 */
#ifndef NODE_DAEMON_PARTS_H
#define NODE_DAEMON_PARTS_H

#include "node/control.h"
#include "node/daemon_module.h"
#include "ring/alarm.h"

enum daemon_parameter {
	DAEMON_VERSION,
	DAEMON_SITE,
	DAEMON_DATABASE,
	DAEMON_IMAGES_DIRECTORY,
	DAEMON_BUSES,
	DAEMON_UPTIME,
	DAEMON_LOG_STATE,
	DAEMON_YOU,
	DAEMON_LOCK,
	DAEMON_ALARMS,
	DAEMON_TRACE_STATE,
	DAEMON_TURN_LONGEST,
	DAEMON_PARAMETER_N
};

#define DAEMON_COMMANDS_MAX 16

struct daemon_module {
	const struct daemon_node_setup *setup;
	struct node *node;
	int module;
	int parameter[DAEMON_PARAMETER_N];
	int command[DAEMON_COMMANDS_MAX];
	nsec uptime_shown;
	nsec turn_longest; /* that is shown */
	struct control control;
	struct alarms alarms;
	bool alarms_dirty; /* have changed since they were shown */
	struct text scratch;
	struct text roles; /* a string of JSON */
};

/* A request on its way: whose, when, what. */
struct daemon_asked {
	struct daemon_module *m;
	const struct node_request *request;
	nsec now; /* the ring's */
	struct desk_who who;
};

struct daemon_command {
	struct node_command command;
	void (*on)(const struct daemon_asked *a);
	bool open; /* also while somebody else has control */
};

static inline nsec daemon_utc(const struct daemon_module *m, nsec now)
{
	return now + m->setup->utc_offset;
}

/* daemon_module.c: the answer, and the row of the log that tells of it. */
void daemon_done(const struct daemon_asked *a);
void daemon_refuse(const struct daemon_asked *a, enum error_class c,
		   const char *text);

/* control_request.c */
extern const struct datainfo daemon_lock_datainfo;
extern const struct datainfo daemon_lock_wish_datainfo;
void daemon_lock_init(struct daemon_module *m);
void daemon_lock_tick(struct daemon_module *m, nsec now);
void daemon_lock_take(const struct daemon_asked *a);
void daemon_lock_release(const struct daemon_asked *a);

/* alarm_request.c */
extern const struct datainfo daemon_alarms_datainfo;
extern const struct datainfo daemon_alarm_datainfo;
extern const struct datainfo daemon_shelf_datainfo;
void daemon_alarms_init(struct daemon_module *m);
void daemon_alarms_show(struct daemon_module *m, nsec now);
void daemon_alarms_tick(struct daemon_module *m, nsec now);
void daemon_alarms_settle(struct daemon_module *m, nsec now);
void daemon_alarm_acknowledge(const struct daemon_asked *a);
void daemon_alarm_shelve(const struct daemon_asked *a);
void daemon_alarm_unshelve(const struct daemon_asked *a);

/* trace_request.c */
extern const struct datainfo daemon_trace_wish_datainfo;
void daemon_trace_init(struct daemon_module *m);
void daemon_trace_turn(struct daemon_module *m);
void daemon_trace_tick(struct daemon_module *m, nsec now);
void daemon_trace(const struct daemon_asked *a);

#endif
