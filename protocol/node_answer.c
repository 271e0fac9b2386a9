#include "protocol/node.h"

#include <assert.h>
#include <string.h>

#include "protocol/node_parts.h"

#define SLOT_BITS 8

static_assert(NODE_WAITING_MAX <= 1 << SLOT_BITS, "a slot fits its bits");

/* A token is a number that never comes again, with the slot in its low bits:
 * an answer that is given twice is found out. */
struct waiting *node_wait(struct node *n, struct node_client *c, bool open)
{
	struct waiting *w = n->waiting;
	size_t kept = open ? 0 : NODE_WAITING_KEPT;
	size_t most = NODE_CLIENT_WAITING_MAX + NODE_WAITING_KEPT - kept;

	if (n->n_waiting >= NODE_WAITING_MAX - kept || c->n_waiting >= most)
		return NULL;
	while (w->token)
		w++;
	w->token = ++n->tokens << SLOT_BITS | (uint64_t)(w - n->waiting);
	w->client = c;
	n->n_waiting++;
	c->n_waiting++;
	return w;
}

static struct waiting *find(struct node *n, uint64_t token)
{
	size_t slot = token & ((1 << SLOT_BITS) - 1);

	assert(token && slot < NODE_WAITING_MAX);
	assert(n->waiting[slot].token == token);
	return &n->waiting[slot];
}

static void release(struct node *n, struct waiting *w)
{
	if (w->client)
		w->client->n_waiting--;
	n->n_waiting--;
	json_decref(w->verified);
	w->verified = NULL;
	w->token = 0;
	w->client = NULL;
}

void node_forget_client(struct node *n, struct node_client *c)
{
	size_t i;

	for (i = 0; i < NODE_WAITING_MAX; i++)
		if (n->waiting[i].client == c)
			n->waiting[i].client = NULL;
}

static void add_data(struct text *out, const char *json, nsec t)
{
	text_add_char(out, '[');
	text_add(out, json);
	text_add(out, ",{\"t\":");
	json_add_time(out, t);
	text_add(out, "}]");
}

static void add_changed(struct node *n, const struct waiting *w,
			struct text *out)
{
	struct parameter *p = &n->parameters[w->parameter];
	bool bad = p->kind == VALUE_NONE || p->kind == VALUE_ERROR;
	const struct text *report = node_report(n, p);

	text_add(out, bad ? "error_change " : "changed ");
	text_add(out, w->specifier);
	text_add_char(out, ' ');
	text_add_n(out, report->s, report->n);
}

static void add_done(const struct waiting *w, const char *json, nsec t,
		     struct text *out)
{
	text_add(out, "done ");
	text_add(out, w->specifier);
	text_add_char(out, ' ');
	add_data(out, json, t);
}

/* Nothing has happened, so that there is no time at which it did. */
static void add_checked(const struct waiting *w, struct text *out)
{
	text_add(out, "checked ");
	text_add(out, w->specifier);
	text_add(out, " [");
	json_add_value(out, w->verified);
	text_add(out, ",{}]");
}

void node_answer_result(struct node *n, uint64_t token, const char *json,
			nsec t)
{
	struct waiting *w = find(n, token);
	struct node_client *c = w->client;
	struct text *out;

	if (c && !c->lost) {
		out = node_client_begin(c);
		if (w->verified)
			add_checked(w, out);
		else if (w->kind == NODE_CHANGE)
			add_changed(n, w, out);
		else
			add_done(w, json, t, out);
		text_add_char(out, '\n');
		node_client_end(c);
	}
	release(n, w);
}

void node_answer(struct node *n, uint64_t token, nsec t)
{
	node_answer_result(n, token, "null", t);
}

void node_answer_details(struct node *n, uint64_t token, enum error_class c,
			 const char *text, const char *details)
{
	struct waiting *w = find(n, token);
	const char *action = w->verified	      ? "check"
			     : w->kind == NODE_CHANGE ? "change"
						      : "do";
	struct span specifier = { w->specifier, strlen(w->specifier) };

	if (w->client && !w->client->lost) {
		node_add_error(node_client_begin(w->client),
			       (struct span){ action, strlen(action) },
			       specifier, c, text, details);
		node_client_end(w->client);
	}
	release(n, w);
}

void node_answer_error(struct node *n, uint64_t token, enum error_class c,
		       const char *text)
{
	node_answer_details(n, token, c, text, NULL);
}
