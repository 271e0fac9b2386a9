/* A node of two modules and a client of it, for the tests of this room. */
#ifndef TESTS_SMALL_NODE_H
#define TESTS_SMALL_NODE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "protocol/node.h"

#define T0 (INT64_C(1500000000) * NSEC_PER_S)
#define QUALIFIER ",{\"t\":1500000000.000000}]\n"
#define UP (T0 - 5 * NSEC_PER_S)   /* the node */
#define CAME (T0 - 2 * NSEC_PER_S) /* a client */
#define SINCE_UP ",{\"t\":1499999995.000000}]\n"
#define SINCE_CAME ",{\"t\":1499999998.000000}]\n"

struct small {
	struct node *node;
	struct node_client *client;
	int module_T, value, status, target, mode, words;
	int p_value, p_event; /* of p */
	bool later;	      /* requests are not answered at once */
	int n_requests;
	bool check;	/* of the newest request */
	uint64_t token; /* of the newest request */
	int command;
	char argument[64];
	struct text out;
	int n_wakes;
};

static inline void small_on_request(void *context, const struct node_request *r)
{
	struct small *s = context;
	struct text argument = { 0 };

	s->n_requests++;
	s->token = r->token;
	s->command = r->command;
	s->check = r->check;
	if (r->argument)
		json_add_value(&argument, r->argument);
	text_copy(s->argument, sizeof(s->argument), text_str(&argument));
	text_free(&argument);
	if (s->later)
		return;
	if (r->check) {
		node_answer(r->node, r->token, r->t);
		return;
	}
	if (r->kind == NODE_CHANGE && r->parameter == s->target) {
		node_set_status(r->node, s->status, 300, "ramping", r->t);
		node_set_double(r->node, s->target, r->number, r->t);
	}
	node_answer(r->node, r->token, r->t);
}

static const struct datainfo small_code = {
	.type = DATAINFO_ENUM,
	.n_members = 2,
	.members =
		(const struct datainfo_member[]){
			{ .name = "IDLE", .code = 100 },
			{ .name = "BUSY", .code = 300 } },
};
static const struct datainfo small_text = {
	.type = DATAINFO_STRING,
	.maxlen = 8,
	.utf8 = true,
};
static const struct datainfo small_status = {
	.type = DATAINFO_TUPLE,
	.n_members = 2,
	.members = (const struct datainfo_member[]){ { .of = &small_code },
						     { .of = &small_text } },
};
static const struct datainfo small_degrees = {
	.type = DATAINFO_DOUBLE,
	.unit = "degC",
	.limited = true,
	.min = 0,
	.max = 1000,
};
static const struct datainfo small_plain = { .type = DATAINFO_DOUBLE };
static const struct datainfo small_switch = {
	.type = DATAINFO_ENUM,
	.n_members = 2,
	.members =
		(const struct datainfo_member[]){ { .name = "off", .code = 0 },
						  { .name = "on", .code = 1 } },
};
static const struct datainfo small_words = {
	.type = DATAINFO_ARRAY,
	.maxlen = 3,
	.items = &small_text,
};

static inline int small_parameter(struct small *s, int module, const char *name,
				  const struct datainfo *d, bool writable)
{
	return node_add_parameter(
		s->node, module,
		&(struct node_parameter){ .name = name,
					  .description = name,
					  .datainfo = d,
					  .writable = writable });
}

static inline void small_add_T(struct small *s)
{
	static const char *const drivable[] = { "Drivable", NULL };
	static const struct node_meaning meaning = { "temperature", 30, true };
	int m = node_add_module(
		s->node,
		&(struct node_module){ .name = "T",
				       .description = "temperature",
				       .classes = drivable,
				       .on_request = small_on_request,
				       .context = s,
				       .meaning = &meaning,
				       .properties = "\"_role\":\"heater\"" });

	s->module_T = m;
	s->value = small_parameter(s, m, "value", &small_degrees, false);
	s->status = small_parameter(s, m, "status", &small_status, false);
	s->target = node_add_parameter(
		s->node, m,
		&(struct node_parameter){ .name = "target",
					  .description = "target",
					  .datainfo = &small_degrees,
					  .writable = true });
	node_make_checkable(s->node, s->target);
	s->mode = small_parameter(s, m, "_mode", &small_switch, true);
	s->words = small_parameter(s, m, "_words", &small_words, true);
	node_add_command(s->node, m,
			 &(struct node_command){ .name = "stop",
						 .description = "stays" });
	node_make_command_checkable(
		s->node, node_add_command(s->node, m,
					  &(struct node_command){
						  .name = "_say",
						  .description = "says",
						  .argument = &small_text,
						  .result = &small_text }));
	node_leave_open(
		s->node,
		node_add_command(
			s->node, m,
			&(struct node_command){ .name = "_look",
						.description = "has no effects",
						.needs = NODE_OBSERVER }));
}

static inline void small_add_p(struct small *s)
{
	static const char *const readable[] = { "Readable", NULL };
	int m = node_add_module(
		s->node, &(struct node_module){ .name = "p",
						.description = "pressure",
						.classes = readable });

	s->p_value = small_parameter(s, m, "value", &small_plain, false);
	s->p_event = node_add_parameter(
		s->node, m,
		&(struct node_parameter){ .name = "_event",
					  .description = "happens",
					  .datainfo = &small_plain,
					  .each = true });
	node_set_double(s->node, s->p_event, 0, T0);
}

static inline void small_on_wake(void *context, struct node_client *c)
{
	struct small *s = context;

	(void)c;
	s->n_wakes++;
}

static inline struct node_client *small_connect(struct small *s,
						enum node_rights rights)
{
	static const struct node_who who = { "alice", "test", "unix", CAME };

	return node_client_new(s->node, rights, &who, NULL);
}

/* Of a version that not all nodes speak. */
static inline void small_add_newer(struct small *s)
{
	node_add_parameter(
		s->node, s->module_T,
		&(struct node_parameter){ .name = "control_active",
					  .description = "closed",
					  .datainfo = &small_switch });
}

static inline int small_setup_version(void **state, enum node_version version)
{
	struct small *s = calloc(1, sizeof(*s));

	s->node = node_new(&(struct node_identity){ .equipment_id = "test",
						    .description = "a test",
						    .version = version,
						    .timeout = 5,
						    .since = UP });
	small_add_T(s);
	small_add_p(s);
	if (version)
		small_add_newer(s);
	node_set_double(s->node, s->value, 20.5, T0);
	node_set_status(s->node, s->status, 100, "", T0);
	node_set_double(s->node, s->target, 20, T0);
	node_set_int(s->node, s->mode, 0, T0);
	node_set_json(s->node, s->words, "[\"a\"]", T0);
	s->client = small_connect(s, NODE_OPERATOR);
	node_set_wake(s->node, small_on_wake, s);
	*state = s;
	return 0;
}

static inline int small_setup(void **state)
{
	return small_setup_version(state, NODE_VERSION_DEFAULT);
}

static inline int small_teardown(void **state)
{
	struct small *s = *state;

	node_free(s->node);
	text_free(&s->out);
	free(s);
	return 0;
}

static inline void small_send(struct small *s, const char *bytes)
{
	node_client_receive(s->client, T0, bytes, strlen(bytes));
}

/* Everything this client is to get. */
static inline const char *small_take(struct small *s, struct node_client *c)
{
	text_clear(&s->out);
	while (node_client_has_output(c)) {
		node_client_proceed(c, T0);
		node_client_output(c, &s->out, 4096);
	}
	return text_str(&s->out);
}

static inline const char *small_got(struct small *s)
{
	return small_take(s, s->client);
}

static inline const char *small_ask(struct small *s, const char *line)
{
	small_send(s, line);
	small_send(s, "\n");
	return small_got(s);
}

#define asks(s, line, answer) assert_string_equal(small_ask(s, line), answer)

#endif
