/*
 * What a node is made of. For the files node*.c of this room alone.
 */
#ifndef PROTOCOL_NODE_PARTS_H
#define PROTOCOL_NODE_PARTS_H

#include "protocol/node.h"

#define NODE_SPEC_MAX (2 * MESSAGE_NAME_MAX + 2)
#define NODE_INDEX_SIZE 8192 /* a power of two, over twice the names */
#define NODE_MASK_WORDS ((NODE_MODULES_MAX + 63) / 64)
#define NODE_INPUT_MAX (16 * 1024 * 1024) /* half lines of all clients */
#define NODE_UNLISTED UINT16_MAX

enum value_kind {
	VALUE_NONE,   /* never set */
	VALUE_ERROR,  /* error, string */
	VALUE_DOUBLE, /* number */
	VALUE_INT,    /* integer */
	VALUE_BOOL,   /* integer */
	VALUE_STRING, /* string */
	VALUE_STATUS, /* integer, string */
	VALUE_JSON,   /* string */
};

struct module {
	char name[MESSAGE_NAME_MAX + 1];
	char *description;
	char *properties;
	char **classes;
	size_t n_classes;
	node_on_request *on_request;
	void *context;
	char *meaning; /* its function, or NULL */
	int importance;
	bool of_sample;
	size_t n_active;  /* clients that get its updates */
	size_t n_logging; /* ... its log lines */
};

struct parameter {
	int module;
	char spec[NODE_SPEC_MAX]; /* "module:parameter" */
	const char *name;	  /* points into spec */
	char *description;
	char *properties;
	struct datainfo *datainfo;
	enum node_rights needs; /* NODE_RIGHTS_DEFAULT: readonly */
	bool each, checkable;
	bool who; /* each client reads itself */

	enum value_kind kind;
	double number;
	int64_t integer;
	enum error_class error;
	struct text string;
	nsec t;
	nsec updated; /* t of the newest update */
	bool printed; /* report is of this value */
	struct text report;
};

struct command {
	int module;
	char spec[NODE_SPEC_MAX];
	const char *name;
	char *description;
	struct datainfo *argument; /* never NULL; DATAINFO_NONE */
	struct datainfo *result;   /* the same */
	enum node_rights needs;
	bool open; /* passes the gate */
	bool checkable;
};

/* A request on its way through the module that was asked. */
struct waiting {
	uint64_t token;		    /* 0: free */
	struct node_client *client; /* NULL: gone meanwhile */
	enum node_request_kind kind;
	json_t *verified; /* of a check: what is told; else NULL */
	int parameter;
	char specifier[MESSAGE_SPECIFIER_MAX + 1];
};

struct node {
	char *equipment_id;
	char *description;
	char *firmware;
	double timeout;
	nsec since;
	enum node_version version;

	int n_modules;
	struct module *modules;
	int n_parameters;
	struct parameter *parameters;
	int n_commands;
	struct command *commands;
	bool sealed;
	/* By spec: 0 nothing, n > 0 parameter n - 1, n < 0 command -n - 1. */
	int16_t *index;
	struct text describe[NODE_RIGHTS_N];

	size_t n_clients;
	struct node_client *clients[NODE_CLIENTS_MAX];
	size_t input; /* bytes in half lines */
	node_wake *wake;
	void *wake_context;
	node_gate *gate; /* NULL: all may */
	void *gate_context;

	uint64_t tokens;
	size_t n_waiting;
	struct waiting waiting[NODE_WAITING_MAX];
	struct text scratch;
};

/* Parameters that changed since this client was told, oldest first: a ring
 * through `end`, which is n_parameters. */
struct changes {
	uint16_t *next; /* NODE_UNLISTED: not in it */
	uint16_t *previous;
	uint16_t end;
};

struct node_client {
	struct node *node;
	size_t place; /* in node->clients */
	enum node_rights rights;
	struct node_who who;
	void *context;
	struct text in;	  /* the beginning of a line */
	bool too_long;	  /* ... whose end is thrown away */
	struct text rest; /* requests for the next turns */
	size_t rest_read;
	int turn; /* what may be done in this one */
	struct text out;
	size_t sent; /* of out */
	uint64_t active[NODE_MASK_WORDS];
	struct changes changes;
	uint8_t logging[NODE_MODULES_MAX]; /* enum node_log_level */
	unsigned unlogged;		   /* lines left out */
	size_t n_waiting;
	bool woken;
	bool lost;
};

/* node.c */
void node_seal(struct node *n);
/* > 0: parameter + 1, < 0: -(command + 1), 0: neither. */
int node_lookup(const struct node *n, const char *spec, size_t length);
int node_lookup_module(const struct node *n, struct span name);

/* node_value.c: "[value,{...}]" or "[class,text,{...}]", printed when it is
 * wanted the first time. */
const struct text *node_report(struct node *n, struct parameter *p);

/* node_client.c: the same as this client is told it. */
const struct text *node_client_report(struct node_client *c,
				      struct parameter *p);
void node_changed(struct node *n, int parameter);
void node_client_activate(struct node_client *c, int module, bool on);
bool node_client_is_active(const struct node_client *c, int module);
void node_client_list(struct node_client *c, int parameter);

/* Neither updates nor log lines any more. */
void node_client_reset(struct node_client *c);

/* The line of an answer: updates that wait are put before it. */
struct text *node_client_begin(struct node_client *c);
void node_client_end(struct node_client *c);

/* node_answer.c */
struct waiting *node_wait(struct node *n, struct node_client *c, bool open);
void node_forget_client(struct node *n, struct node_client *c);

/* node_log.c */
void node_client_log(struct node_client *c, int module,
		     enum node_log_level level);

/* node_message.c */

/* One request on its way. */
struct node_call {
	struct node *node;
	struct node_client *client;
	nsec t;
	const struct message *m;
};

void node_message(struct node_client *c, nsec t, const char *line, size_t n);
void node_message_too_long(struct node_client *c, nsec t, const char *line,
			   size_t n);
void node_refuse(const struct node_call *call, enum error_class c,
		 const char *text);

/* Modules [*first, *end) are meant; false after the client was told. */
bool node_find_modules(const struct node_call *call, int *first, int *end);

void node_on_logging(const struct node_call *call);
void node_add_error(struct text *out, struct span action, struct span specifier,
		    enum error_class c, const char *text, const char *details);

#endif
