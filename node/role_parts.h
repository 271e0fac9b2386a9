/*
 * The modules of the roles from inside. For role_add.c (how one is built) and
 * role_module.c (what it shows, and what it is asked).
 */
#ifndef NODE_ROLE_PARTS_H
#define NODE_ROLE_PARTS_H

#include "node/manual_set.h"
#include "node/role_module.h"

enum role_status {
	ROLE_STATUS_IDLE = 100,
	ROLE_STATUS_WARN = 200,
	ROLE_STATUS_BUSY = 300,
	ROLE_STATUS_ERROR = 400,
};

#define ROLE_SENT_MAX 1024 /* setpoints that are not answered yet */

struct role_module {
	struct role_modules *all;
	uint16_t role;
	int module, value, status;
	int target, controlled_by; /* -1: it has none */
	int control_active;	   /* ... of the heater alone */
	int stop, control_off;	   /* commands, or -1 */
	bool is_switch;
	double setpoint; /* in effect; NAN: not known */
	double reading;	 /* newest; NAN: no good one */
	bool arrived;	 /* has been near its setpoint */
	bool off;	 /* a heater without output */
	bool silent;	 /* the instrument is lost */
};

/* A setpoint on its way; its answer names it by its number. */
struct role_sent {
	uint32_t set;
	uint16_t role;
	double value;
};

struct role_modules {
	const struct daemon_node_setup *setup;
	const struct site *site;
	struct node *node;
	size_t n;
	struct role_module v[ROLES_MAX];
	struct manual_sets *manual;
	struct role_sent sent[ROLE_SENT_MAX];
	size_t n_sent; /* ever; the newest ROLE_SENT_MAX are kept */
	bool run;      /* a recipe sets what can be set */
	struct text list;
	/* What instruments say is wrong with them, by poll. */
	char says[POLLS_MAX][DEVICE_CONDITION_MAX];
};

/* role_add.c */
void role_add(struct role_modules *all, size_t role);
/* The heater's switch, when it can be set; else ROLE_NONE. */
int role_output_of(const struct role_module *m);

/* role_module.c */
void role_on_request(void *context, const struct node_request *request);

#endif
