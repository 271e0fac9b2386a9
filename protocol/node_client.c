#include "protocol/node.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/node_parts.h"

#define KEPT_MAX (64 * 1024)	   /* a buffer larger than this is given back */
#define REST_MAX (4 * 1024 * 1024) /* nobody gives a full client more */
#define USUAL_MAX 4096		   /* bytes of a usual request */
#define HEAD_MAX 256		   /* what is kept of a line that is too long */

/* -- the list of changes ----------------------------------------------- */

static void changes_init(struct changes *v, int n)
{
	int i;

	v->next = memory_zeroed((size_t)n + 1, sizeof(*v->next));
	v->previous = memory_zeroed((size_t)n + 1, sizeof(*v->previous));
	v->end = (uint16_t)n;
	for (i = 0; i < n; i++)
		v->next[i] = NODE_UNLISTED;
	v->next[n] = v->previous[n] = v->end;
}

static void changes_fini(struct changes *v)
{
	free(v->next);
	free(v->previous);
}

static bool changes_is_empty(const struct changes *v)
{
	return v->next[v->end] == v->end;
}

static void changes_remove(struct changes *v, uint16_t i)
{
	v->next[v->previous[i]] = v->next[i];
	v->previous[v->next[i]] = v->previous[i];
	v->next[i] = NODE_UNLISTED;
}

/* At the end: what changed last is told last, so that a status that went
 * idle comes after the value it is idle at. */
static void changes_add(struct changes *v, uint16_t i)
{
	if (v->next[i] != NODE_UNLISTED)
		changes_remove(v, i);
	v->previous[i] = v->previous[v->end];
	v->next[i] = v->end;
	v->next[v->previous[i]] = i;
	v->previous[v->end] = i;
}

static_assert(NODE_PARAMETERS_MAX < NODE_UNLISTED, "fits 16 bits");

/* -- output ------------------------------------------------------------ */

static void wake(struct node_client *c)
{
	if (c->woken)
		return;
	c->woken = true;
	if (c->node->wake)
		c->node->wake(c->node->wake_context, c);
}

static void add_member(struct text *out, const char *key, const char *value)
{
	text_addf(out, "%s\"%s\":", out->n > 2 ? "," : "", key);
	json_add_string(out, value);
}

/* What a client reads about itself is true from when it came. */
static void print_who(const struct node_client *c, struct text *out)
{
	text_clear(out);
	text_add(out, "[{");
	add_member(out, "user", c->who.user);
	add_member(out, "program", c->who.program);
	add_member(out, "right", node_rights_name(c->rights));
	text_add(out, "},{\"t\":");
	json_add_time(out, c->who.since);
	text_add(out, "}]");
}

const struct text *node_client_report(struct node_client *c,
				      struct parameter *p)
{
	if (!p->who)
		return node_report(c->node, p);
	print_who(c, &c->node->scratch);
	return &c->node->scratch;
}

static void add_update(struct node_client *c, struct parameter *p)
{
	bool bad = p->kind == VALUE_NONE || p->kind == VALUE_ERROR;
	const struct text *report = node_client_report(c, p);

	text_add(&c->out, bad ? "error_update " : "update ");
	text_add(&c->out, p->spec);
	text_add_char(&c->out, ' ');
	text_add_n(&c->out, report->s, report->n);
	text_add_char(&c->out, '\n');
}

/* Prints all that changed, each once. A client that is slow gets here when
 * it has taken everything of the round before, so none of its parameters
 * starves another. */
static void flush(struct node_client *c)
{
	struct changes *v = &c->changes;
	uint16_t i;

	while (!changes_is_empty(v)) {
		i = v->next[v->end];
		changes_remove(v, i);
		add_update(c, &c->node->parameters[i]);
	}
}

/* What was sent makes room: one who keeps asking while it reads is never
 * drained. */
static void move_up(struct node_client *c)
{
	if (c->sent < KEPT_MAX || c->sent < c->out.n - c->sent)
		return;
	c->out.n -= c->sent;
	memmove(c->out.s, c->out.s + c->sent, c->out.n + 1);
	c->sent = 0;
}

struct text *node_client_begin(struct node_client *c)
{
	move_up(c);
	flush(c);
	return &c->out;
}

static void give_up(struct node_client *c)
{
	c->lost = true;
	text_free(&c->out);
	text_free(&c->rest);
	c->sent = c->rest_read = 0;
}

void node_client_end(struct node_client *c)
{
	if (c->out.n - c->sent > NODE_QUEUE_MAX)
		give_up(c);
	wake(c);
}

static bool has_bytes(const struct node_client *c)
{
	return c->out.n > c->sent || !changes_is_empty(&c->changes);
}

static bool has_rest(const struct node_client *c)
{
	return c->rest_read < c->rest.n;
}

bool node_client_has_output(const struct node_client *c)
{
	return !c->lost && (has_bytes(c) || has_rest(c));
}

bool node_client_is_full(const struct node_client *c)
{
	return c->out.n - c->sent > NODE_QUEUE_HIGH || has_rest(c);
}

bool node_client_is_lost(const struct node_client *c)
{
	return c->lost;
}

static void drained(struct node_client *c)
{
	c->sent = 0;
	if (c->out.size > KEPT_MAX)
		text_free(&c->out);
	else
		text_clear(&c->out);
}

size_t node_client_output(struct node_client *c, struct text *out, size_t max)
{
	size_t n, total = 0;

	if (c->lost)
		return 0;
	while (total < max && has_bytes(c)) {
		if (c->sent == c->out.n)
			flush(c);
		n = c->out.n - c->sent;
		if (n > max - total)
			n = max - total;
		text_add_n(out, c->out.s + c->sent, n);
		c->sent += n;
		total += n;
		if (c->sent == c->out.n)
			drained(c);
	}
	c->woken = node_client_has_output(c);
	return total;
}

/* -- who gets what ----------------------------------------------------- */

bool node_client_is_active(const struct node_client *c, int module)
{
	return c->active[module / 64] >> (module % 64) & 1;
}

void node_client_activate(struct node_client *c, int module, bool on)
{
	if (node_client_is_active(c, module) == on)
		return;
	c->active[module / 64] ^= UINT64_C(1) << (module % 64);
	if (on)
		c->node->modules[module].n_active++;
	else
		c->node->modules[module].n_active--;
}

void node_client_reset(struct node_client *c)
{
	int i;

	for (i = 0; i < c->node->n_modules; i++) {
		node_client_activate(c, i, false);
		node_client_log(c, i, NODE_LOG_OFF);
	}
}

void node_client_list(struct node_client *c, int parameter)
{
	changes_add(&c->changes, (uint16_t)parameter);
}

void node_changed(struct node *n, int parameter)
{
	int module = n->parameters[parameter].module;
	size_t i;

	for (i = 0; i < n->n_clients; i++) {
		struct node_client *c = n->clients[i];

		if (c->lost || !node_client_is_active(c, module))
			continue;
		node_client_list(c, parameter);
		if (n->parameters[parameter].each && !node_client_is_full(c))
			flush(c);
		wake(c);
	}
}

/* -- input ------------------------------------------------------------- */

static void forget_line(struct node_client *c)
{
	c->node->input -= c->in.n;
	if (c->in.size > KEPT_MAX)
		text_free(&c->in);
	else
		text_clear(&c->in);
	c->too_long = false;
}

/* Of a line that is too long just enough is kept to say which it was. */
static void cut_line(struct node_client *c, const char *s, size_t n)
{
	struct text head = { 0 };
	size_t kept = c->in.n < HEAD_MAX ? c->in.n : HEAD_MAX;

	text_add_n(&head, text_str(&c->in), kept);
	text_add_n(&head, s, n < HEAD_MAX - kept ? n : HEAD_MAX - kept);
	c->node->input -= c->in.n;
	c->node->input += head.n;
	text_free(&c->in);
	c->in = head;
	c->too_long = true;
}

static bool fits(const struct node_client *c, size_t n)
{
	return n <= MESSAGE_LINE_MAX - c->in.n;
}

/* The last piece of a line, or all of it. */
static void end_line(struct node_client *c, nsec t, const char *s, size_t n)
{
	if (!c->in.n && !c->too_long && fits(c, n)) {
		node_message(c, t, s, n);
		return;
	}
	if (!c->too_long && !fits(c, n))
		cut_line(c, s, n);
	if (c->too_long) {
		node_message_too_long(c, t, text_str(&c->in), c->in.n);
	} else {
		text_add_n(&c->in, s, n);
		c->node->input += n;
		node_message(c, t, c->in.s, c->in.n);
	}
	forget_line(c);
}

/* Usual requests have a place even when others fill theirs. */
static bool has_room(const struct node_client *c, size_t n)
{
	return c->in.n + n <= USUAL_MAX || c->node->input + n <= NODE_INPUT_MAX;
}

/* The beginning of a line. */
static void keep(struct node_client *c, const char *s, size_t n)
{
	if (c->too_long)
		return;
	if (!fits(c, n) || !has_room(c, n)) {
		cut_line(c, s, n);
		return;
	}
	text_add_n(&c->in, s, n);
	c->node->input += n;
}

static bool is_piled_up(const struct node_client *c)
{
	return c->out.n - c->sent > NODE_QUEUE_HIGH;
}

/* Carries out lines until the turn is over, or more answers than enough wait
 * to be read; how many bytes it took. */
static size_t take(struct node_client *c, nsec t, const char *bytes, size_t n)
{
	const char *start = bytes, *end;

	while (n && c->turn > 0 && !c->lost && !is_piled_up(c)) {
		end = memchr(bytes, '\n', n);
		if (!end) {
			keep(c, bytes, n);
			return (size_t)(bytes - start) + n;
		}
		c->turn--;
		end_line(c, t, bytes, (size_t)(end - bytes));
		n -= (size_t)(end - bytes) + 1;
		bytes = end + 1;
	}
	return (size_t)(bytes - start);
}

void node_client_receive(struct node_client *c, nsec t, const char *bytes,
			 size_t n)
{
	size_t taken = 0;

	c->turn = NODE_TURN;
	if (!has_rest(c))
		taken = take(c, t, bytes, n);
	if (taken == n || c->lost)
		return;
	text_add_n(&c->rest, bytes + taken, n - taken);
	if (c->rest.n > REST_MAX)
		give_up(c);
	wake(c);
}

bool node_client_can_proceed(const struct node_client *c)
{
	return !c->lost && has_rest(c) && !is_piled_up(c);
}

void node_client_proceed(struct node_client *c, nsec t)
{
	if (c->lost || !has_rest(c))
		return;
	c->turn = NODE_TURN;
	c->rest_read +=
		take(c, t, c->rest.s + c->rest_read, c->rest.n - c->rest_read);
	if (has_rest(c))
		return;
	c->rest_read = 0;
	text_free(&c->rest);
}

/* -- from connect to disconnect ---------------------------------------- */

void node_set_wake(struct node *n, node_wake *w, void *context)
{
	n->wake = w;
	n->wake_context = context;
}

struct node_client *node_client_new(struct node *n, enum node_rights rights,
				    const struct node_who *who, void *context)
{
	struct node_client *c;

	assert(rights > NODE_RIGHTS_DEFAULT && rights < NODE_RIGHTS_N);
	if (n->n_clients == NODE_CLIENTS_MAX)
		return NULL;
	node_seal(n);
	c = memory_zeroed(1, sizeof(*c));
	c->node = n;
	c->rights = rights;
	c->who = *who;
	c->context = context;
	changes_init(&c->changes, n->n_parameters);
	c->place = n->n_clients++;
	n->clients[c->place] = c;
	return c;
}

void node_client_free(struct node_client *c)
{
	struct node *n;

	if (!c)
		return;
	n = c->node;
	node_client_reset(c);
	node_forget_client(n, c);
	n->input -= c->in.n;
	n->clients[c->place] = n->clients[--n->n_clients];
	n->clients[c->place]->place = c->place;
	changes_fini(&c->changes);
	text_free(&c->in);
	text_free(&c->rest);
	text_free(&c->out);
	free(c);
}

void *node_client_context(const struct node_client *c)
{
	return c->context;
}
