#include "node/manual_set.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/receipt.h"

/* Clients give up after 10 s; they shall hear of it before. */
#define GIVE_UP (8 * NSEC_PER_S)

struct manual_set {
	uint64_t token; /* 0: free */
	uint32_t set;	/* 0: the engine has made none yet */
	uint16_t role;
	double value;
	bool taken;	/* by the instrument */
	uint64_t batch; /* of the log that has it */
	nsec give_up;
};

struct manual_sets {
	const struct daemon_node_setup *setup;
	struct node *node;
	size_t n; /* in use */
	struct manual_set v[NODE_WAITING_MAX];
	struct manual_set *asking; /* its command is at the desk now */
};

static const struct role *role_of(const struct manual_sets *m,
				  const struct manual_set *s)
{
	return &m->setup->config->site.roles[s->role];
}

static nsec utc(const struct manual_sets *m, nsec now)
{
	return now + m->setup->utc_offset;
}

/* There are as many places as requests can wait in the node. */
static struct manual_set *place(struct manual_sets *m)
{
	struct manual_set *s = m->v;

	while (s->token)
		s++;
	return s;
}

static uint64_t release(struct manual_sets *m, struct manual_set *s)
{
	uint64_t token = s->token;

	s->token = 0;
	m->n--;
	return token;
}

static void fail(struct manual_sets *m, struct manual_set *s,
		 enum error_class c, const char *text)
{
	node_answer_error(m->node, release(m, s), c, text);
}

static void succeed(struct manual_sets *m, struct manual_set *s, nsec now)
{
	receipts_answer_change(m->setup->receipts, release(m, s), s->batch,
			       utc(m, now));
}

/* -- what is seen ------------------------------------------------------ */

static void on_set(struct manual_sets *m, const struct action *a,
		   bool from_command)
{
	struct manual_set *s;

	for (s = m->v; s < m->v + NODE_WAITING_MAX; s++) {
		if (!s->token || s->role != a->set.role)
			continue;
		if (s != m->asking)
			fail(m, s, ERROR_IMPOSSIBLE,
			     "overtaken by a newer setpoint");
		else if (from_command)
			s->set = a->set.id;
	}
}

static void on_answer(struct manual_sets *m, const struct event *event)
{
	struct manual_set *s;
	char why[96];

	for (s = m->v; s < m->v + NODE_WAITING_MAX; s++) {
		if (!s->token || s->set != event->answer.set)
			continue;
		if (!event->answer.ok) {
			snprintf(why, sizeof(why),
				 "the instrument did not "
				 "take it (%s)",
				 err_code_name(event->answer.code));
			fail(m, s, ERROR_COMMUNICATION_FAILED, why);
		} else if (role_of(m, s)->readback < 0) {
			succeed(m, s, event->now);
		} else {
			s->taken = true;
		}
	}
}

/* Compares so that NAN is no confirmation. */
static bool is_read_back(const struct manual_sets *m,
			 const struct manual_set *s, const struct event *event)
{
	const struct site *site = &m->setup->config->site;
	const struct poll *p = &site->polls[event->poll.poll];
	int i = role_of(m, s)->readback - p->first;

	if (i < 0 || i >= p->n || (event->poll.bad >> i & 1))
		return false;
	return fabs(event->poll.value[i] - s->value) <=
	       role_of(m, s)->tolerance;
}

static void on_poll(struct manual_sets *m, const struct event *event)
{
	struct manual_set *s;

	for (s = m->v; s < m->v + NODE_WAITING_MAX; s++)
		if (s->token && s->taken && is_read_back(m, s, event))
			succeed(m, s, event->now);
}

void manual_sets_seen(struct manual_sets *m, const struct event *event,
		      const struct actions *actions)
{
	size_t i;

	if (!m->n)
		return;
	if (event->type == EVENT_ANSWER)
		on_answer(m, event);
	else if (event->type == EVENT_POLL)
		on_poll(m, event);
	for (i = 0; i < actions->n; i++)
		if (actions->v[i].type == ACTION_SET)
			on_set(m, &actions->v[i], event->type == EVENT_COMMAND);
}

void manual_sets_tick(struct manual_sets *m, nsec now)
{
	struct manual_set *s;

	for (s = m->v; m->n && s < m->v + NODE_WAITING_MAX; s++) {
		if (!s->token || now < s->give_up)
			continue;
		fail(m, s, ERROR_TIMEOUT,
		     s->taken ? "the instrument has taken it, but does not "
				"read it back"
			      : "the instrument does not answer");
	}
}

/* -- what is asked ----------------------------------------------------- */

/* A run or a trip is named as such; what else the engine refuses cannot be
 * done just now. */
static enum error_class refusal(const struct manual_sets *m, nsec now,
				const struct err *err)
{
	struct engine_status status;

	engine_status(m->setup->ring->engine, now, &status);
	if (err->code == ERR_STATE && status.plan)
		return ERROR_IS_BUSY;
	return error_class_of(err->code);
}

static nsec patience(const struct manual_sets *m)
{
	nsec settle = m->setup->config->site.defaults.settle;

	return nsec_min(nsec_max(settle, NSEC_PER_S), GIVE_UP);
}

void manual_sets_ask(struct manual_sets *m, const struct node_request *r,
		     uint16_t role, double value)
{
	nsec now = r->t - m->setup->utc_offset;
	struct desk_who who = { r->who->user, r->who->program };
	struct command command = { .kind = COMMAND_SET,
				   .role = role,
				   .value = value };
	struct manual_set *s = place(m);
	struct err err;
	int status;

	*s = (struct manual_set){
		.token = r->token,
		.role = role,
		.value = value,
		.give_up = now + patience(m),
		.batch = receipts_batch(m->setup->receipts),
	};
	m->n++;
	m->asking = s;
	status = desk_command(m->setup->desk, now, &command, &who, &err);
	m->asking = NULL;
	if (status)
		fail(m, s, refusal(m, now, &err), err.msg);
	else if (!s->set)
		succeed(m, s, now);
}

struct manual_sets *manual_sets_new(const struct daemon_node_setup *setup,
				    struct node *node)
{
	struct manual_sets *m = memory_zeroed(1, sizeof(*m));

	m->setup = setup;
	m->node = node;
	return m;
}

void manual_sets_free(struct manual_sets *m)
{
	free(m);
}
