#include "node/daemon_module.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "node/daemon_parts.h"
#include "node/receipt.h"

#define UPTIME_PERIOD (10 * NSEC_PER_S)

static const struct datainfo line = {
	.type = DATAINFO_STRING,
	.maxlen = 512,
	.utf8 = true,
};
static const struct datainfo seconds = {
	.type = DATAINFO_DOUBLE,
	.unit = "s",
	.fmtstr = "%.0f",
	.limited = true,
	.max = 1e10,
};
static const struct datainfo turn = {
	.type = DATAINFO_DOUBLE,
	.unit = "s",
	.fmtstr = "%.6f",
	.limited = true,
	.max = 1e10,
};
static const struct datainfo name = {
	.type = DATAINFO_STRING,
	.maxlen = NODE_WHO_MAX,
	.utf8 = true,
};
static const struct datainfo buses = {
	.type = DATAINFO_ARRAY,
	.maxlen = CONFIG_BUSES_MAX,
	.items = &name,
};
static const struct datainfo roles = {
	.type = DATAINFO_STRING,
	.maxlen = ROLES_MAX * 512,
	.utf8 = true,
};
static const struct datainfo_member you_members[] = {
	{ .name = "user", .of = &name },
	{ .name = "program", .of = &name },
	{ .name = "right", .of = &name },
};
static const struct datainfo you = {
	.type = DATAINFO_STRUCT,
	DATAINFO_MEMBERS(you_members),
};

static const struct node_parameter parameters[DAEMON_PARAMETER_N] = {
	[DAEMON_VERSION] = { .name = "_version",
			     .description = "of gascell",
			     .datainfo = &line },
	[DAEMON_SITE] = { .name = "_site",
			  .description = "name in the configuration",
			  .datainfo = &line },
	[DAEMON_DATABASE] = { .name = "_database",
			      .description = "path of the log, which holds "
					     "the history",
			      .datainfo = &line },
	[DAEMON_IMAGES_DIRECTORY] = { .name = "_images_directory",
				      .description = "where frames are written",
				      .datainfo = &line },
	[DAEMON_BUSES] = { .name = "_buses",
			   .description = "their names",
			   .datainfo = &buses },
	[DAEMON_UPTIME] = { .name = "_uptime",
			    .description = "since the start",
			    .datainfo = &seconds },
	[DAEMON_LOG_STATE] = { .name = "_log_state",
			       .description = "ok, or what is wrong with the "
					      "log",
			       .datainfo = &line },
	[DAEMON_YOU] = { .name = "_you",
			 .description = "who you are to this daemon, and what "
					"you may",
			 .datainfo = &you },
	[DAEMON_LOCK] = { .name = "_lock",
			  .description = "who has control, and until when",
			  .datainfo = &daemon_lock_datainfo },
	[DAEMON_ALARMS] = { .name = "_alarms",
			    .description = "what wants attention, as a JSON "
					   "list",
			    .datainfo = &daemon_alarms_datainfo },
	[DAEMON_TRACE_STATE] = { .name = "_trace_state",
				 .description = "buses whose bytes are traced, "
						"as JSON",
				 .datainfo = &line },
	[DAEMON_TURN_LONGEST] = { .name = "_turn_longest",
				  .description =
					  "the longest time that clients have "
					  "kept the loop in one turn, CPU time",
				  .datainfo = &turn },
};

/* Changes nothing, so that no row of the log tells of it. */
static void answer_roles(const struct daemon_asked *a)
{
	node_answer_result(a->m->node, a->request->token,
			   text_str(&a->m->roles), a->request->t);
}

static const struct daemon_command commands[] = {
	{ .command = { .name = "_lock_take",
		       .description = "takes control: other people's changes "
				      "and commands are refused",
		       .argument = &daemon_lock_wish_datainfo },
	  .on = daemon_lock_take,
	  .open = true },
	{ .command = { .name = "_lock_release",
		       .description = "gives control back" },
	  .on = daemon_lock_release,
	  .open = true },
	/* Who has seen an alarm may say so, whoever has control. */
	{ .command = { .name = "_alarm_acknowledge",
		       .description = "it was seen; 0: all of them",
		       .argument = &daemon_alarm_datainfo },
	  .on = daemon_alarm_acknowledge,
	  .open = true },
	{ .command = { .name = "_alarm_shelve",
		       .description = "it is known: out of sight for a while",
		       .argument = &daemon_shelf_datainfo },
	  .on = daemon_alarm_shelve },
	{ .command = { .name = "_alarm_unshelve",
		       .description = "back into sight",
		       .argument = &daemon_alarm_datainfo },
	  .on = daemon_alarm_unshelve },
	{ .command = { .name = "_trace",
		       .description = "the bytes of a bus, as log lines of "
				      "this module; 0 s ends it",
		       .argument = &daemon_trace_wish_datainfo },
	  .on = daemon_trace,
	  .open = true },
	{ .command = { .name = "_roles",
		       .description = "what there is to read and to set: of "
				      "the description, that part, as JSON",
		       .result = &roles,
		       .needs = NODE_OBSERVER },
	  .on = answer_roles,
	  .open = true },
};

/* -- what is shown ----------------------------------------------------- */

static void set_text(struct daemon_module *m, enum daemon_parameter p,
		     const char *text, nsec now)
{
	node_set_string(m->node, m->parameter[p], text, daemon_utc(m, now));
}

static void show_uptime(struct daemon_module *m, nsec now)
{
	m->uptime_shown = now;
	node_set_double(m->node, m->parameter[DAEMON_UPTIME],
			nsec_to_s(now - m->setup->now), daemon_utc(m, now));
}

void daemon_module_turn(struct daemon_module *m)
{
	daemon_trace_turn(m);
}

void daemon_module_tick(struct daemon_module *m, nsec now)
{
	daemon_trace_tick(m, now);
	daemon_lock_tick(m, now);
	daemon_alarms_tick(m, now);
	if (now - m->uptime_shown >= UPTIME_PERIOD)
		show_uptime(m, now);
}

void daemon_module_seen(struct daemon_module *m, nsec now)
{
	daemon_alarms_show(m, now);
}

void daemon_module_ready(struct daemon_module *m, nsec now)
{
	daemon_alarms_settle(m, now);
}

void daemon_module_turn_longest(struct daemon_module *m, nsec now, nsec longest)
{
	if (longest == m->turn_longest)
		return;
	m->turn_longest = longest;
	node_set_double(m->node, m->parameter[DAEMON_TURN_LONGEST],
			nsec_to_s(longest), daemon_utc(m, now));
}

void daemon_module_log_state(struct daemon_module *m, nsec now,
			     const char *state)
{
	_cleanup_(text_free) struct text said = { 0 };

	set_text(m, DAEMON_LOG_STATE, state, now);
	if (!node_log_wanted(m->node, m->module, NODE_LOG_ERROR))
		return;
	text_addf(&said, "the log: %s", state);
	node_log(m->node, m->module,
		 strcmp(state, "ok") ? NODE_LOG_ERROR : NODE_LOG_INFO,
		 text_str(&said));
}

/* -- what is asked ----------------------------------------------------- */

static void log_request(const struct daemon_asked *a, const char *outcome)
{
	_cleanup_(text_free) struct text args = { 0 };
	const char *verb = a->request->name;

	if (a->request->argument)
		json_add_value(&args, a->request->argument);
	while (*verb == '_')
		verb++;
	desk_log(a->m->setup->desk, a->now, verb, text_str(&args), &a->who,
		 outcome);
}

void daemon_done(const struct daemon_asked *a)
{
	log_request(a, "ok");
	receipts_answer(a->m->setup->receipts, a->request->token, NULL,
			a->request->t);
}

void daemon_refuse(const struct daemon_asked *a, enum error_class c,
		   const char *text)
{
	log_request(a, text);
	node_answer_error(a->m->node, a->request->token, c, text);
}

static struct daemon_asked asked(struct daemon_module *m,
				 const struct node_request *r)
{
	return (struct daemon_asked){
		.m = m,
		.request = r,
		.now = r->t - m->setup->utc_offset,
		.who = { r->who->user, r->who->program },
	};
}

static void on_request(void *context, const struct node_request *request)
{
	struct daemon_module *m = context;
	const struct daemon_asked a = asked(m, request);
	int i;

	for (i = 0; m->command[i] != request->command; i++)
		;
	commands[i].on(&a);
}

/* The one place where control is respected. */
static bool may(void *context, const struct node_request *request,
		struct err *why)
{
	struct daemon_module *m = context;
	const struct daemon_asked a = asked(m, request);
	char name_of[NODE_WHO_MAX];

	control_name(request->who, name_of);
	if (!control_keeps_out(&m->control, name_of, request->t, why))
		return true;
	log_request(&a, why->msg);
	return false;
}

/* -- building ---------------------------------------------------------- */

static void show_buses(struct daemon_module *m)
{
	const struct config *config = m->setup->config;
	_cleanup_(text_free) struct text list = { 0 };
	size_t i;

	for (i = 0; i < config->n_buses; i++) {
		text_add_char(&list, i ? ',' : '[');
		json_add_string(&list, config->buses[i].name);
	}
	text_add(&list, i ? "]" : "[]");
	node_set_json(m->node, m->parameter[DAEMON_BUSES], text_str(&list),
		      m->setup->now + m->setup->utc_offset);
}

static void first_values(struct daemon_module *m)
{
	const struct daemon_node_setup *s = m->setup;

	set_text(m, DAEMON_VERSION, GASCELL_VERSION, s->now);
	set_text(m, DAEMON_SITE, s->config->site.name, s->now);
	set_text(m, DAEMON_DATABASE, s->database, s->now);
	set_text(m, DAEMON_IMAGES_DIRECTORY, s->images, s->now);
	show_buses(m);
	set_text(m, DAEMON_LOG_STATE, "ok", s->now);
	show_uptime(m, s->now);
	node_set_double(m->node, m->parameter[DAEMON_TURN_LONGEST], 0,
			daemon_utc(m, s->now));
	node_tell_who(m->node, m->parameter[DAEMON_YOU]);
	daemon_lock_init(m);
	daemon_alarms_init(m);
	daemon_trace_init(m);
}

static void add_command(struct daemon_module *m, size_t i)
{
	_Static_assert(ARRAY_SIZE(commands) <= DAEMON_COMMANDS_MAX, "places");
	m->command[i] =
		node_add_command(m->node, m->module, &commands[i].command);
	if (commands[i].open)
		node_leave_open(m->node, m->command[i]);
}

struct daemon_module *daemon_module_new(const struct daemon_node_setup *setup,
					struct node *node)
{
	static const char *const none[] = { NULL };
	struct daemon_module *m = memory_zeroed(1, sizeof(*m));

	m->setup = setup;
	m->node = node;
	m->module = node_add_module(
		node, &(struct node_module){ .name = "daemon",
					     .description = "the daemon itself",
					     .classes = none,
					     .on_request = on_request,
					     .context = m });
	for (int i = 0; i < DAEMON_PARAMETER_N; i++)
		m->parameter[i] =
			node_add_parameter(node, m->module, &parameters[i]);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		add_command(m, i);
	node_set_gate(node, may, m);
	first_values(m);
	return m;
}

void daemon_module_roles(struct daemon_module *m, const struct text *list)
{
	json_add_string(&m->roles, text_str(list));
}

void daemon_module_free(struct daemon_module *m)
{
	if (!m)
		return;
	journal_unlisten(desk_journal(m->setup->desk), m);
	text_free(&m->scratch);
	text_free(&m->roles);
	free(m);
}
