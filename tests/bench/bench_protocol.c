/*
 * What the node costs without its sockets: round trips per second through
 * node_client_receive() and node_client_output(), readings that nobody or
 * many look at, and the longest time that one piece of hostile input takes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "protocol/node.h"

#define MODULES 60
#define ROUNDS 300000
#define TICKS 2000
#define CLIENTS 50
#define LONG (MESSAGE_LINE_MAX - 64)
#define PIECE (64 * 1024)
#define UTC (INT64_C(1795332932) * NSEC_PER_S)

struct bench {
	struct node *node;
	int value[MODULES];
	int target;
	struct text out;
};

/* What else runs on this machine does not count. */
static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void on_request(void *context, const struct node_request *r)
{
	struct bench *b = context;

	if (r->kind == NODE_CHANGE)
		node_set_double(r->node, b->target, r->number, r->t);
	node_answer(r->node, r->token, r->t);
}

static void build(struct bench *b)
{
	static const struct datainfo number = {
		.type = DATAINFO_DOUBLE,
		.unit = "Torr",
	};
	static const struct datainfo text = {
		.type = DATAINFO_STRING,
		.maxlen = MESSAGE_LINE_MAX,
	};
	char name[16];
	int i, m = 0;

	b->node = node_new(&(struct node_identity){ .equipment_id = "bench" });
	for (i = 0; i < MODULES; i++) {
		snprintf(name, sizeof(name), "module_%d", i);
		m = node_add_module(b->node, &(struct node_module){
						     .name = name,
						     .on_request = on_request,
						     .context = b });
		b->value[i] = node_add_parameter(
			b->node, m,
			&(struct node_parameter){ .name = "value",
						  .datainfo = &number });
		node_set_double(b->node, b->value[i], 1.5 + i, UTC);
	}
	b->target = node_add_parameter(
		b->node, m,
		&(struct node_parameter){ .name = "target",
					  .datainfo = &number,
					  .writable = true });
	node_add_command(
		b->node, m,
		&(struct node_command){ .name = "_say", .argument = &text });
}

static struct node_client *connect_one(struct bench *b)
{
	static const struct node_who who = { .user = "bench", .peer = "none" };

	return node_client_new(b->node, NODE_OPERATOR, &who, NULL);
}

static size_t take(struct bench *b, struct node_client *c)
{
	size_t n = 0, got;

	do {
		text_clear(&b->out);
		got = node_client_output(c, &b->out, PIECE);
		n += got;
	} while (got);
	return n;
}

static void send(struct node_client *c, const char *s)
{
	node_client_receive(c, UTC, s, strlen(s));
}

static void round_trips(struct bench *b, const char *what, const char *line)
{
	struct node_client *c = connect_one(b);
	double began, took;
	size_t bytes = 0;
	int i;

	if (*what == '+')
		send(c, "activate\n");
	take(b, c);
	began = seconds();
	for (i = 0; i < ROUNDS; i++) {
		send(c, line);
		bytes += take(b, c);
	}
	took = seconds() - began;
	printf("%-34s %8.0f/s  %6.0f ns  %zu bytes\n", what, ROUNDS / took,
	       took / ROUNDS * 1e9, bytes / ROUNDS);
	node_client_free(c);
}

/* All readings at 10 Hz: part of one core that this takes. */
static void readings(struct bench *b, size_t n_clients)
{
	struct node_client *c[CLIENTS];
	double began, took;
	size_t i, k;
	nsec t = UTC;

	for (i = 0; i < n_clients; i++) {
		c[i] = connect_one(b);
		send(c[i], "activate\n");
		take(b, c[i]);
	}
	began = seconds();
	for (k = 0; k < TICKS; k++) {
		t += NSEC_PER_S / 10;
		for (i = 0; i < MODULES; i++)
			node_set_double(b->node, b->value[i],
					(double)k * 1.0001 + (double)i, t);
		for (i = 0; i < n_clients; i++)
			take(b, c[i]);
	}
	took = seconds() - began;
	printf("%d readings at 10 Hz, %2zu clients     %8.4f %% of a core, "
	       "%.1f us a tick\n",
	       MODULES, n_clients, took / TICKS * 10 * 100, took / TICKS * 1e6);
	for (i = 0; i < n_clients; i++)
		node_client_free(c[i]);
}

/* From one reading to the last of the clients. */
static void fan_out(struct bench *b, size_t n_clients)
{
	struct node_client *c[CLIENTS];
	double began, took;
	size_t i, k;

	for (i = 0; i < n_clients; i++) {
		c[i] = connect_one(b);
		send(c[i], "activate\n");
		take(b, c[i]);
	}
	began = seconds();
	for (k = 0; k < 10 * TICKS; k++) {
		node_set_double(b->node, b->value[0], (double)k + 0.25, UTC);
		for (i = 0; i < n_clients; i++)
			take(b, c[i]);
	}
	took = seconds() - began;
	printf("one update to %2zu clients            %8.2f us\n", n_clients,
	       took / (10 * TICKS) * 1e6);
	for (i = 0; i < n_clients; i++)
		node_client_free(c[i]);
}

static void hostile(struct bench *b, const char *what, const char *bytes,
		    size_t n)
{
	struct node_client *c = connect_one(b);
	double longest = 0, began, took;
	size_t i, piece;

	for (i = 0; i < n; i += piece) {
		piece = n - i < PIECE ? n - i : PIECE;
		began = seconds();
		node_client_receive(c, UTC, bytes + i, piece);
		took = seconds() - began;
		longest = took > longest ? took : longest;
		take(b, c);
		while (node_client_has_output(c)) {
			began = seconds();
			node_client_proceed(c, UTC);
			take(b, c);
			took = seconds() - began;
			longest = took > longest ? took : longest;
		}
	}
	printf("%-34s %8.2f ms at most in a turn\n", what, longest * 1e3);
	node_client_free(c);
}

static void repeat(struct text *t, const char *head, const char *s, size_t n,
		   const char *tail)
{
	text_clear(t);
	text_add(t, head);
	while (t->n < n)
		text_add(t, s);
	text_add(t, tail);
}

static void hostilities(struct bench *b)
{
	_cleanup_(text_free) struct text t = { 0 };

	repeat(&t, "", "\n", PIECE, "");
	hostile(b, "empty lines", t.s, t.n);
	repeat(&t, "", "ping\n", PIECE, "");
	hostile(b, "pings", t.s, t.n);
	repeat(&t, "", "change module_59:target 1\n", PIECE, "");
	hostile(b, "changes", t.s, t.n);
	repeat(&t, "", "activate\n", PIECE, "");
	hostile(b, "activations", t.s, t.n);
	repeat(&t, "", "read x:y\n", PIECE, "");
	hostile(b, "names that do not exist", t.s, t.n);
	repeat(&t, "do module_59:_say \"", "\\u00b0", LONG, "\"\n");
	hostile(b, "a string of the longest line", t.s, t.n);
	repeat(&t, "do module_59:_say ", "[", LONG, "\n");
	hostile(b, "brackets in the longest line", t.s, t.n);
	repeat(&t, "do module_59:_say [1", ",1", LONG, "]\n");
	hostile(b, "an array of the longest line", t.s, t.n);
	repeat(&t, "do module_59:_say ", "1", LONG, "\n");
	hostile(b, "a number of the longest line", t.s, t.n);
}

int main(void)
{
	struct bench b = { 0 };

	build(&b);
	round_trips(&b, "ping", "ping 1\n");
	round_trips(&b, "read", "read module_30:value\n");
	round_trips(&b, "change", "change module_59:target 3.5\n");
	round_trips(&b, "+ change, activated", "change module_59:target 3.5\n");
	readings(&b, 0);
	readings(&b, 1);
	readings(&b, CLIENTS);
	fan_out(&b, 1);
	fan_out(&b, 10);
	fan_out(&b, CLIENTS);
	hostilities(&b);
	text_free(&b.out);
	node_free(b.node);
	return 0;
}
