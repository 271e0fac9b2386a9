/*
 * Any bytes, in any pieces: what the node answers is whole lines of printable
 * ASCII, each of them a message of SECoP with JSON in it; and a request that
 * reaches its module has an argument of the type that was promised.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "protocol/node.h"

#define T0 (INT64_C(1500000000) * NSEC_PER_S)

static const struct datainfo number = {
	.type = DATAINFO_DOUBLE,
	.limited = true,
	.max = 1000,
};
static const struct datainfo word = {
	.type = DATAINFO_STRING,
	.maxlen = 8,
	.utf8 = true,
};
static const struct datainfo_member members[] = {
	{ .name = "n", .of = &number },
	{ .name = "word", .of = &word, .optional = true },
};
static const struct datainfo mixed = {
	.type = DATAINFO_STRUCT,
	.members = members,
	.n_members = 2,
};

static int parameter;

static void on_request(void *context, const struct node_request *r)
{
	(void)context;
	if (r->kind == NODE_CHANGE) {
		if (!(r->number >= 0 && r->number <= 1000))
			abort();
		if (!r->check)
			node_set_double(r->node, parameter, r->number, r->t);
	} else if (!json_is_number(json_object_get(r->argument, "n"))) {
		abort();
	}
	node_answer(r->node, r->token, r->t);
}

static struct node *small_node(void)
{
	static const char *const classes[] = { "Writable", NULL };
	struct node *n =
		node_new(&(struct node_identity){ .equipment_id = "fuzz" });
	int m = node_add_module(
		n, &(struct node_module){ .name = "T",
					  .classes = classes,
					  .on_request = on_request });

	parameter = node_add_parameter(
		n, m,
		&(struct node_parameter){ .name = "target",
					  .datainfo = &number,
					  .writable = true });
	node_make_checkable(n, parameter);
	node_make_command_checkable(
		n,
		node_add_command(n, m,
				 &(struct node_command){ .name = "go",
							 .argument = &mixed }));
	return n;
}

static void check_line(const char *s, size_t n)
{
	struct message m;
	json_error_t e;
	json_t *v;
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i] < ' ' || s[i] > '~')
			abort();
	message_read(&m, s, n);
	if (!m.data.n)
		return;
	v = json_loadb(m.data.s, m.data.n,
		       JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
	if (!v)
		abort();
	json_decref(v);
}

static void check(const struct text *out)
{
	const char *s = text_str(out), *end;

	for (; *s; s = end + 1) {
		end = strchr(s, '\n');
		if (!end)
			abort();
		check_line(s, (size_t)(end - s));
	}
	if (s != text_str(out) + out->n)
		abort();
}

/* The first byte says how long the pieces are. */
static void feed(struct node_client *c, const uint8_t *data, size_t size,
		 struct text *out)
{
	size_t i, n, piece = data[0] + 1U;

	for (i = 1; i < size; i += n) {
		n = size - i < piece ? size - i : piece;
		node_client_receive(c, T0, (const char *)data + i, n);
		node_client_output(c, out, 100);
	}
	while (node_client_has_output(c)) {
		node_client_proceed(c, T0);
		node_client_output(c, out, 4096);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct node_who who = { .peer = "" };
	_cleanup_(text_free) struct text out = { 0 };
	static struct node *n; /* one for all: building it takes a while */
	struct node_client *c;

	if (!size)
		return 0;
	if (!n)
		n = small_node();
	c = node_client_new(n, NODE_OPERATOR, &who, NULL);
	feed(c, data, size, &out);
	check(&out);
	node_client_free(c);
	return 0;
}
