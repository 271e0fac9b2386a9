#include "node/role_module.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/role_list.h"
#include "node/role_parts.h"

#define NEAR_FRACTION 0.01 /* a pressure this near is where it should be */

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
		node_set_status(node, m->status, ROLE_STATUS_ERROR,
				"the instrument does not answer", t);
	else if (!isfinite(m->reading))
		node_set_status(node, m->status, ROLE_STATUS_ERROR,
				*says ? says : "no good reading", t);
	else if (!m->arrived)
		node_set_status(node, m->status, ROLE_STATUS_BUSY,
				*says ? says : "on the way to its target", t);
	else if (*says)
		node_set_status(node, m->status, ROLE_STATUS_WARN, says, t);
	else
		node_set_status(node, m->status, ROLE_STATUS_IDLE,
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
	output = all->v[role_output_of(m)].reading;
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
	const struct role_sent *s = NULL;
	struct role_module *m;
	size_t i;

	for (i = 0; i < ROLE_SENT_MAX && !s; i++)
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

	all->sent[all->n_sent++ % ROLE_SENT_MAX] =
		(struct role_sent){ a->set.id, a->set.role, a->set.value };
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
void role_on_request(void *context, const struct node_request *request)
{
	struct role_module *m = context;

	if (request->check)
		node_answer(request->node, request->token, request->t);
	else if (request->kind == NODE_CHANGE)
		manual_sets_ask(m->all->manual, request, m->role,
				request->number);
	else if (request->command == m->control_off)
		manual_sets_ask(m->all->manual, request,
				(uint16_t)role_output_of(m), 0);
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
		role_add(r, i);
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
