#include "node/role_module.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "node/manual_set.h"
#include "node/role_list.h"
#include "node/role_shape.h"
#include "node/shapes.h"

#define STATUS_IDLE 100
#define STATUS_WARN 200
#define STATUS_BUSY 300
#define STATUS_ERROR 400
#define SENT_MAX 1024	   /* setpoints that are not answered yet */
#define NEAR_FRACTION 0.01 /* a pressure this near is where it should be */

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
struct sent {
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
	struct sent sent[SENT_MAX];
	size_t n_sent; /* ever; the newest SENT_MAX are kept */
	bool run;      /* a recipe sets what can be set */
	struct text list;
	/* What instruments say is wrong with them, by poll. */
	char says[POLLS_MAX][DEVICE_CONDITION_MAX];
};

/* -- building ---------------------------------------------------------- */

static void add_status(struct role_module *m, struct node *node)
{
	static const struct datainfo_member codes[] = {
		{ .name = "IDLE", .code = STATUS_IDLE },
		{ .name = "WARN", .code = STATUS_WARN },
		{ .name = "BUSY", .code = STATUS_BUSY },
		{ .name = "ERROR", .code = STATUS_ERROR },
	};
	static const struct datainfo code = {
		.type = DATAINFO_ENUM,
		.members = codes,
		.n_members = ARRAY_SIZE(codes),
	};
	static const struct datainfo text = {
		.type = DATAINFO_STRING,
		.maxlen = 200,
		.utf8 = true,
	};
	static const struct datainfo_member members[] = {
		{ .of = &code },
		{ .of = &text },
	};
	static const struct datainfo status = {
		.type = DATAINFO_TUPLE,
		.members = members,
		.n_members = ARRAY_SIZE(members),
	};

	m->status = node_add_parameter(
		node, m->module,
		&(struct node_parameter){
			.name = "status",
			.description = "does it answer, does it move",
			.datainfo = &status });
}

static void add_controlled_by(struct role_module *m, struct node *node)
{
	static const struct datainfo_member owners[] = {
		{ .name = "self", .code = 0 },
		{ .name = "run", .code = 1 },
	};
	static const struct datainfo owner = {
		.type = DATAINFO_ENUM,
		.members = owners,
		.n_members = ARRAY_SIZE(owners),
	};

	m->controlled_by = node_add_parameter(
		node, m->module,
		&(struct node_parameter){
			.name = "controlled_by",
			.description = "who sets the target: self, or a run",
			.datainfo = &owner });
	node_set_int(node, m->controlled_by, 0,
		     m->all->setup->now + m->all->setup->utc_offset);
}

static void on_request(void *context, const struct node_request *request);

static void add_module(struct role_module *m, size_t role,
		       char name[MESSAGE_NAME_MAX + 1])
{
	const struct site *site = m->all->site;
	const struct role *r = &site->roles[role];
	_cleanup_(text_free) struct text properties = { 0 }, about = { 0 };

	role_shape_name(m->all->node, r->name, name);
	text_add(&properties, "\"_role\":");
	json_add_string(&properties, r->name);
	text_add(&properties, ",\"_instrument\":");
	json_add_string(&properties, site->polls[r->poll].name);
	text_addf(&about, "%s (%s of the instrument %s)", r->name,
		  quantity_name(r->quantity), site->polls[r->poll].name);
	m->module = node_add_module(
		m->all->node,
		&(struct node_module){
			.name = name,
			.description = text_str(&about),
			.classes = role_shape_classes(r),
			.properties = text_str(&properties),
			.on_request = on_request,
			.context = m,
			.meaning = role_shape_meaning(site, role) });
}

/* What datainfo says of the target, where clients look for it: nobody can
 * make it wider or narrower while the daemon runs. */
static void add_limits(struct role_module *m, const struct datainfo *target)
{
	const struct datainfo_member pair[] = { { .of = target },
						{ .of = target } };
	const struct datainfo d = {
		.type = DATAINFO_TUPLE,
		.members = pair,
		.n_members = ARRAY_SIZE(pair),
	};
	const struct daemon_node_setup *setup = m->all->setup;
	_cleanup_(text_free) struct text value = { 0 };
	int parameter = node_add_parameter(
		m->all->node, m->module,
		&(struct node_parameter){
			.name = "target_limits",
			.description = "of the instrument, the chip, the site",
			.datainfo = &d });

	text_add_char(&value, '[');
	json_add_double(&value, target->min);
	text_add_char(&value, ',');
	json_add_double(&value, target->max);
	text_add_char(&value, ']');
	node_set_json(m->all->node, parameter, text_str(&value),
		      setup->now + setup->utc_offset);
}

/* The heater's switch, when it can be set; else ROLE_NONE. */
static int output_of(const struct role_module *m)
{
	const struct site *site = m->all->site;
	int output = site->known[KNOWN_HEATER_OUTPUT];

	if (site->known[KNOWN_HEATER] != m->role || output == ROLE_NONE ||
	    !(site->roles[output].access & ROLE_WRITE))
		return ROLE_NONE;
	return output;
}

static void add_control(struct role_module *m)
{
	struct node *node = m->all->node;

	if (output_of(m) == ROLE_NONE)
		return;
	m->control_active = node_add_parameter(
		node, m->module,
		&(struct node_parameter){
			.name = "control_active",
			.description =
				"it is on, and goes where its target says",
			.datainfo = &shape_yes });
	m->control_off = node_add_command(
		node, m->module,
		&(struct node_command){ .name = "control_off",
					.description = "switches it off" });
}

static void add_target(struct role_module *m, size_t role)
{
	struct node *node = m->all->node;
	const struct role *r = &m->all->site->roles[role];
	struct datainfo d = role_shape_datainfo(m->all->site, role, true);

	m->target = node_add_parameter(
		node, m->module,
		&(struct node_parameter){ .name = "target",
					  .description = "the setpoint",
					  .datainfo = &d,
					  .writable = true });
	node_make_checkable(node, m->target);
	if (d.type == DATAINFO_DOUBLE)
		add_limits(m, &d);
	add_controlled_by(m, node);
	add_control(m);
	if (role_shape_is_slow(r))
		m->stop = node_add_command(
			node, m->module,
			&(struct node_command){
				.name = "stop",
				.description = "stay where it is now" });
}

static void add_to_list(struct role_modules *all, size_t role,
			const char *module, const struct datainfo *value)
{
	const struct role *r = &all->site->roles[role];
	struct datainfo target = role_shape_datainfo(all->site, role, true);
	const struct role_list_entry entry = {
		.module = module,
		.role = r->name,
		.value = value,
		.target = r->access & ROLE_WRITE ? &target : NULL,
	};

	role_list_add(&all->list, &entry);
}

static void add_role(struct role_modules *all, size_t role)
{
	struct role_module *m = &all->v[role];
	struct datainfo d = role_shape_datainfo(all->site, role, false);
	char name[MESSAGE_NAME_MAX + 1];

	*m = (struct role_module){
		.all = all,
		.role = (uint16_t)role,
		.target = -1,
		.controlled_by = -1,
		.control_active = -1,
		.stop = -1,
		.control_off = -1,
		.setpoint = NAN,
		.reading = NAN,
		.arrived = true,
		.is_switch = d.type == DATAINFO_ENUM,
	};
	add_module(m, role, name);
	add_to_list(all, role, name, &d);
	m->value = node_add_parameter(
		all->node, m->module,
		&(struct node_parameter){ .name = "value",
					  .description = "the newest reading",
					  .datainfo = &d });
	add_status(m, all->node);
	if (all->site->roles[role].access & ROLE_WRITE)
		add_target(m, role);
}

/* -- what is shown ----------------------------------------------------- */

static nsec utc(const struct role_modules *all, nsec now)
{
	return now + all->setup->utc_offset;
}

static void show(const struct role_module *m, int parameter, double v, nsec t)
{
	struct node *node = m->all->node;

	if (!isfinite(v))
		node_set_error(node, parameter, ERROR_HARDWARE,
			       "no good reading", t);
	else if (m->is_switch)
		node_set_int(node, parameter, v > 0.5, t);
	else
		node_set_double(node, parameter, v, t);
}

/* How near its setpoint a slow thing has arrived. */
static double near(const struct role_module *m)
{
	const struct role *r = &m->all->site->roles[m->role];
	double least = r->tolerance + r->resolution + r->offset;

	if (r->quantity == QUANTITY_TEMPERATURE)
		return fmax(least, m->all->site->defaults.band);
	return fmax(least, NEAR_FRACTION * fabs(m->setpoint));
}

/* A heater that is off goes nowhere. */
static bool is_off(const struct role_module *m)
{
	int output = m->all->site->known[KNOWN_HEATER_OUTPUT];

	return m->all->site->known[KNOWN_HEATER] == m->role &&
	       output != ROLE_NONE && m->all->v[output].reading < 0.5;
}

/* Once there, it stays there until the next setpoint (noise is no
 * movement), or until it is switched on. */
static void look_whether_arrived(struct role_module *m)
{
	bool off = is_off(m);

	if (m->off && !off)
		m->arrived = false;
	m->off = off;
	if (off || m->stop < 0 || !isfinite(m->setpoint) ||
	    fabs(m->reading - m->setpoint) <= near(m))
		m->arrived = true;
}

static void show_status(struct role_module *m, nsec t)
{
	struct node *node = m->all->node;
	const char *says = m->all->says[m->all->site->roles[m->role].poll];

	if (m->silent)
		node_set_status(node, m->status, STATUS_ERROR,
				"the instrument does not answer", t);
	else if (!isfinite(m->reading))
		node_set_status(node, m->status, STATUS_ERROR,
				*says ? says : "no good reading", t);
	else if (!m->arrived)
		node_set_status(node, m->status, STATUS_BUSY,
				*says ? says : "on the way to its target", t);
	else if (*says)
		node_set_status(node, m->status, STATUS_WARN, says, t);
	else
		node_set_status(node, m->status, STATUS_IDLE,
				m->off ? "off" : "", t);
}

/* What goes on with an instrument, for who reads along. */
__attribute__((format(printf, 3, 4))) static void tell(
	const struct role_module *m, enum node_log_level level, const char *fmt,
	...)
{
	_cleanup_(text_free) struct text line = { 0 };
	va_list ap;

	if (!node_log_wanted(m->all->node, m->module, level))
		return;
	va_start(ap, fmt);
	text_addv(&line, fmt, ap);
	va_end(ap);
	node_log(m->all->node, m->module, level, text_str(&line));
}

/* While a run sets it, a target of its own would be ignored. */
static void show_control(struct role_modules *all, nsec t)
{
	int heater = all->site->known[KNOWN_HEATER];
	struct role_module *m = heater == ROLE_NONE ? NULL : &all->v[heater];
	double output;

	if (!m || m->control_active < 0)
		return;
	output = all->v[output_of(m)].reading;
	if (isfinite(output))
		node_set_bool(all->node, m->control_active,
			      output > 0.5 && !all->run, t);
	else
		node_set_error(all->node, m->control_active, ERROR_HARDWARE,
			       "it is not known whether it is on", t);
}

/* A setpoint that nobody has sent since the start is what the instrument
 * says it is. */
static void show_readback(struct role_module *m, nsec t)
{
	int readback = m->all->site->roles[m->role].readback;

	if (m->target < 0 || readback < 0 || isfinite(m->setpoint))
		return;
	if (isfinite(m->all->v[readback].reading))
		show(m, m->target, m->all->v[readback].reading, t);
}

static void show_reading(struct role_module *m, double v, bool bad, nsec t)
{
	m->reading = bad ? NAN : v;
	if (m->silent)
		tell(m, NODE_LOG_INFO, "the instrument answers again");
	m->silent = false;
	show(m, m->value, m->reading, t);
	show_readback(m, t);
	look_whether_arrived(m);
	show_status(m, t);
}

static void show_silence(struct role_module *m, enum err_code code, nsec t)
{
	char why[64];

	snprintf(why, sizeof(why), "the instrument does not answer (%s)",
		 err_code_name(code));
	m->reading = NAN;
	if (!m->silent)
		tell(m, NODE_LOG_ERROR, "%s", why);
	m->silent = true;
	node_set_error(m->all->node, m->value, ERROR_COMMUNICATION_FAILED, why,
		       t);
	show_status(m, t);
}

/* -- what is seen ------------------------------------------------------ */

static void on_poll(struct role_modules *all, const struct event *event)
{
	const struct poll *p = &all->site->polls[event->poll.poll];
	uint16_t i;

	for (i = 0; i < p->n; i++)
		show_reading(&all->v[p->first + i], event->poll.value[i],
			     event->poll.bad >> i & 1, utc(all, event->now));
	show_control(all, utc(all, event->now));
}

static void on_lost(struct role_modules *all, const struct event *event)
{
	const struct poll *p = &all->site->polls[event->lost.poll];
	uint16_t i;

	for (i = 0; i < p->n; i++)
		show_silence(&all->v[p->first + i], event->lost.code,
			     utc(all, event->now));
	show_control(all, utc(all, event->now));
}

/* "mfc_h2: HLD: its valve is held": of the instrument, whose name is known
 * where it is shown. */
static void on_line(void *context, const struct journal_line *line)
{
	struct role_modules *all = context;
	const char *text = strstr(line->text, ": ");
	size_t i, poll;

	if (strcmp(line->kind, "status") != 0 || !line->of)
		return;
	for (poll = 0; poll < all->site->n_polls; poll++)
		if (!strcmp(all->site->polls[poll].name, line->of))
			break;
	if (poll == all->site->n_polls)
		return;
	snprintf(all->says[poll], DEVICE_CONDITION_MAX, "%s",
		 line->rank == SEVERITY_INFO || !text ? "" : text + 2);
	for (i = 0; i < all->n; i++)
		if (all->site->roles[i].poll == poll)
			show_status(&all->v[i], line->t);
}

/* A target is shown when the instrument has taken it, not before. */
static void on_answer(struct role_modules *all, const struct event *event)
{
	const struct sent *s = NULL;
	struct role_module *m;
	size_t i;

	for (i = 0; i < SENT_MAX && !s; i++)
		if (all->sent[i].set == event->answer.set)
			s = &all->sent[i];
	if (!s)
		return;
	m = &all->v[s->role];
	if (!event->answer.ok) {
		tell(m, NODE_LOG_ERROR, "setpoint %g was not taken (%s)",
		     s->value, err_code_name(event->answer.code));
		return;
	}
	tell(m, NODE_LOG_DEBUG, "setpoint %g was taken", s->value);
	m->setpoint = s->value;
	show(m, m->target, s->value, utc(all, event->now));
	look_whether_arrived(m);
	show_status(m, utc(all, event->now));
}

/* What was decided: from now on a slow thing is busy. */
static void on_set(struct role_modules *all, const struct action *a, nsec now)
{
	struct role_module *m = &all->v[a->set.role];

	all->sent[all->n_sent++ % SENT_MAX] =
		(struct sent){ a->set.id, a->set.role, a->set.value };
	tell(m, NODE_LOG_DEBUG, "setpoint %g", a->set.value);
	if (m->stop < 0 || fabs(m->reading - a->set.value) <= near(m))
		return;
	m->arrived = false;
	show_status(m, utc(all, now));
}

void role_modules_seen(struct role_modules *r, const struct event *event,
		       const struct actions *actions)
{
	size_t i;

	if (event->type == EVENT_POLL)
		on_poll(r, event);
	else if (event->type == EVENT_LOST)
		on_lost(r, event);
	else if (event->type == EVENT_ANSWER)
		on_answer(r, event);
	for (i = 0; i < actions->n; i++)
		if (actions->v[i].type == ACTION_SET)
			on_set(r, &actions->v[i], event->now);
	manual_sets_seen(r->manual, event, actions);
}

void role_modules_tick(struct role_modules *r, nsec now)
{
	manual_sets_tick(r->manual, now);
}

void role_modules_run(struct role_modules *r, bool active, nsec now)
{
	size_t i;

	r->run = active;
	for (i = 0; i < r->n; i++)
		if (r->v[i].controlled_by >= 0)
			node_set_int(r->node, r->v[i].controlled_by, active,
				     utc(r, now));
	show_control(r, utc(r, now));
}

/* -- what is asked ----------------------------------------------------- */

static void on_stop(struct role_module *m, const struct node_request *request)
{
	if (m->arrived)
		node_answer(request->node, request->token, request->t);
	else if (!isfinite(m->reading))
		node_answer_error(request->node, request->token,
				  ERROR_IMPOSSIBLE,
				  "it is not known where "
				  "it is now");
	else
		manual_sets_ask(m->all->manual, request, m->role, m->reading);
}

/* What is within its limits, which the node has checked, can be set. */
static void on_request(void *context, const struct node_request *request)
{
	struct role_module *m = context;

	if (request->check)
		node_answer(request->node, request->token, request->t);
	else if (request->kind == NODE_CHANGE)
		manual_sets_ask(m->all->manual, request, m->role,
				request->number);
	else if (request->command == m->control_off)
		manual_sets_ask(m->all->manual, request, (uint16_t)output_of(m),
				0);
	else
		on_stop(m, request);
}

struct role_modules *role_modules_new(const struct daemon_node_setup *setup,
				      struct node *node)
{
	struct role_modules *r = memory_zeroed(1, sizeof(*r));
	size_t i;

	r->setup = setup;
	r->site = &setup->config->site;
	r->node = node;
	r->manual = manual_sets_new(setup, node);
	r->n = r->site->n_roles;
	role_list_begin(&r->list);
	for (i = 0; i < r->n; i++)
		add_role(r, i);
	role_list_end(&r->list);
	journal_listen(desk_journal(setup->desk), on_line, r);
	return r;
}

const struct text *role_modules_list(const struct role_modules *r)
{
	return &r->list;
}

void role_modules_free(struct role_modules *r)
{
	if (!r)
		return;
	journal_unlisten(desk_journal(r->setup->desk), r);
	manual_sets_free(r->manual);
	text_free(&r->list);
	free(r);
}
