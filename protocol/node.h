/*
 * A SEC node without its sockets: modules with their parameters and
 * commands, the newest value of each parameter, and the clients that look at
 * them. Bytes come in and go out through functions; whoever has a loop moves
 * them. Nothing in here reads a clock, blocks, or starts a thread; all of it
 * belongs to one thread.
 *
 * Built once with node_add_*; from the first client on it is fixed. Times
 * are UTC nanoseconds.
 *
 * Order, as SECoP demands it: what is set between a request and its answer
 * is sent, as updates, before the answer. A client that reads slowly gets
 * the newest value of each parameter, not all of them; answers are never
 * dropped, but bounded: a client that lets too many pile up has to go.
 */
#ifndef PROTOCOL_NODE_H
#define PROTOCOL_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/nsec.h"
#include "base/text.h"
#include "protocol/datainfo.h"
#include "protocol/error.h"
#include "protocol/message.h"

#define NODE_MODULES_MAX 192
#define NODE_PARAMETERS_MAX 2048
#define NODE_COMMANDS_MAX 512
#define NODE_CLIENTS_MAX 256
#define NODE_WAITING_MAX 256 /* requests not answered yet, in all */
/* ... of one client: then IsBusy. Bluesky asks with up to 32 threads, and sets
 * all that can be set at once. */
#define NODE_CLIENT_WAITING_MAX 32
/* Places, of all and beyond those of a client, for what is left open alone:
 * an abort is taken when all else has piled up. */
#define NODE_WAITING_KEPT 8
#define NODE_TURN 64 /* requests in one turn; what is dear counts for more */
#define NODE_QUEUE_HIGH (256 * 1024)	 /* stop reading from this client */
#define NODE_QUEUE_MAX (8 * 1024 * 1024) /* disconnect it */
#define NODE_WHO_MAX 64
/* An unchanged number is sent again when the last update is this old. */
#define NODE_REPEAT NSEC_PER_S

struct node;
struct node_client;

/* Who may do what. The default for writing and for commands is OPERATOR. */
enum node_rights {
	NODE_RIGHTS_DEFAULT,
	NODE_OBSERVER, /* reads; everything is readonly to it */
	NODE_OPERATOR,
	NODE_ADMIN,
	NODE_RIGHTS_N
};
const char *node_rights_name(enum node_rights rights); /* "observer" */

/* The version of SECoP that the node says it speaks. Older ones describe a
 * few things in another way, and have no `check`. */
enum node_version {
	NODE_VERSION_DEFAULT, /* the newest */
	NODE_VERSION_1_0 = 10,
	NODE_VERSION_1_1 = 11,
	NODE_VERSION_2_0 = 20
};

/* "2.0" -> NODE_VERSION_2_0; NODE_VERSION_DEFAULT: there is no such one. */
enum node_version node_version_from_name(const char *s);

struct node_identity {
	enum node_version version;
	const char *equipment_id; /* "gascell_simulated" */
	const char *description;  /* a headline, blank line, details */
	const char *firmware;	  /* "gascell 0.1.0" */
	double timeout;		  /* s; answers come well within */
	nsec since; /* when it came up: the time of what was never set */
};

/* Copies what it needs. */
struct node *node_new(const struct node_identity *identity);
void node_free(struct node *n); /* frees its clients, too */

/* -- building ---------------------------------------------------------- */

struct node_request;

/*
 * A change or a command for this module that passed all checks. It is
 * answered exactly once, here and now or later, with node_answer(),
 * node_answer_result() or node_answer_error(). The request and its argument
 * are valid during the call only; the token until it is answered.
 */
typedef void node_on_request(void *context, const struct node_request *r);

/* What a module is to the experiment, in SECoP's words. */
struct node_meaning {
	const char *function; /* "temperature" */
	int importance;	      /* 0..50; 30: of the insert */
	bool of_sample;
};

struct node_module {
	const char *name; /* unique, also in lower case */
	const char *description;
	const char *const *classes;  /* {"Drivable", NULL}; {NULL}: none */
	const char *properties;	     /* JSON members, no braces, or NULL:
					 * "\"_role\":\"heater\"" */
	node_on_request *on_request; /* NULL: nothing can be changed */
	void *context;
	const struct node_meaning *meaning; /* NULL: none */
};

/* The module's number. Wrong names and too many are bugs (assert). */
int node_add_module(struct node *n, const struct node_module *m);

/* A name of SECoP that the node's version does not know yet becomes a custom
 * one, with a _ in front: "_control_active". */
struct node_parameter {
	const char *name;
	const char *description;
	const struct datainfo *datainfo; /* copied */
	bool writable;
	enum node_rights needs; /* to write it */
	const char *properties; /* as above */
	bool each;		/* every value is sent, in order, to
					 * clients that are not full: for what
					 * happens, not for what is */
};

/* The parameter's number, unique in the node. */
int node_add_parameter(struct node *n, int module,
		       const struct node_parameter *p);

/* Its value is not set: each client reads who it is itself, a struct of
 * `user`, `program` and `right`. */
void node_tell_who(struct node *n, int parameter);

struct node_command {
	const char *name;
	const char *description;
	const struct datainfo *argument; /* NULL: none; copied */
	const struct datainfo *result;	 /* NULL: none; copied */
	enum node_rights needs;		 /* NODE_OBSERVER: has no effects */
};

/* The command's number, unique in the node (numbers of commands and of
 * parameters overlap). */
int node_add_command(struct node *n, int module, const struct node_command *c);

/* Clients may `check` these: requests come with `check` set. */
void node_make_checkable(struct node *n, int parameter);
void node_make_command_checkable(struct node *n, int command);

/*
 * Asked before a change, or a command that has effects, goes to its module:
 * may it, just now? False: the client is told IsBusy, and why. It is the one
 * place where somebody else's control is respected.
 */
typedef bool node_gate(void *context, const struct node_request *r,
		       struct err *why);
void node_set_gate(struct node *n, node_gate *gate, void *context);

/* This command never waits at the gate: it makes safe, or it is about the
 * gate itself. */
void node_leave_open(struct node *n, int command);

/* Is the name taken, be it in another case? */
bool node_has_module(const struct node *n, const char *module);

/* Numbers by name, or -1. */
int node_find_module(const struct node *n, const char *module);
int node_find_parameter(const struct node *n, const char *module,
			const char *parameter);
int node_find_command(const struct node *n, const char *module,
		      const char *command);

/* -- values ------------------------------------------------------------ */

/*
 * Cheap: nothing is printed until a client wants it. t: when the value was
 * obtained. A NAN becomes an error (HardwareError, "no good reading").
 * Strings longer than their datainfo are cut.
 */
void node_set_double(struct node *n, int parameter, double v, nsec t);
void node_set_int(struct node *n, int parameter, int64_t v, nsec t);
void node_set_bool(struct node *n, int parameter, bool v, nsec t);
void node_set_string(struct node *n, int parameter, const char *v, nsec t);
/* A status tuple: [code, "text"]. */
void node_set_status(struct node *n, int parameter, int code, const char *text,
		     nsec t);
/* Structs, arrays, tuples: the value as one line of JSON, as json_add_*
 * make it; it must match the datainfo. Copied. */
void node_set_json(struct node *n, int parameter, const char *json, nsec t);
void node_set_error(struct node *n, int parameter, enum error_class c,
		    const char *text, nsec t);

/* -- requests ---------------------------------------------------------- */

enum node_request_kind { NODE_CHANGE, NODE_DO };

struct node_who {
	char user[NODE_WHO_MAX];    /* "alice", "uid 1000", "" */
	char program[NODE_WHO_MAX]; /* "gascellctl", "" */
	char peer[NODE_WHO_MAX];    /* "unix", "192.0.2.7:4711" */
	nsec since;		    /* when it came */
};

struct node_request {
	struct node *node;
	uint64_t token; /* for the answer */
	enum node_request_kind kind;
	int module;
	int parameter;		/* NODE_CHANGE; else -1 */
	int command;		/* NODE_DO; else -1 */
	const char *name;	/* of the parameter or command */
	nsec t;			/* when it came */
	const json_t *argument; /* checked, in normal form; NULL: none
					 * (a command without argument) */
	double number;		/* the argument, when it is a number, a
					 * bool or an enum; else NAN */
	const char *string;	/* ... when it is a string; else NULL */
	enum node_rights rights;
	const struct node_who *who;
	/* Would it be accepted? Nothing may have an effect, and what is busy
	 * just now is no reason to refuse. Only of what is checkable. */
	bool check;
};

/* It is done. A change is answered with the parameter's value (set it
 * before), a command with null. */
void node_answer(struct node *n, uint64_t token, nsec t);

/* A command's result: one line of JSON that matches its datainfo. */
void node_answer_result(struct node *n, uint64_t token, const char *json,
			nsec t);
void node_answer_error(struct node *n, uint64_t token, enum error_class c,
		       const char *text);

/* The same with details: JSON members without braces, or NULL. */
void node_answer_details(struct node *n, uint64_t token, enum error_class c,
			 const char *text, const char *details);

/* -- log lines --------------------------------------------------------- */

/* Remote logging of SECoP: what a client asked for, module by module. */
enum node_log_level {
	NODE_LOG_OFF,
	NODE_LOG_ERROR,
	NODE_LOG_INFO,
	NODE_LOG_DEBUG,
	NODE_LOG_LEVEL_N
};
#define NODE_LOG_TEXT_MAX 1000 /* characters; more are cut */

/* Does anybody want lines of this level? Costs next to nothing. */
bool node_log_wanted(const struct node *n, int module,
		     enum node_log_level level);

/* `log module:level "text"` to who wants it. A client that is full is told
 * later how many lines were left out. */
void node_log(struct node *n, int module, enum node_log_level level,
	      const char *text);

/* Requests that wait for their answer. */
size_t node_n_waiting(const struct node *n);

/* -- clients ----------------------------------------------------------- */

/*
 * Called when a client that had nothing to send has something now (or has
 * to go): note it, and pull later with node_client_output(). Must not call
 * back into the node.
 */
typedef void node_wake(void *context, struct node_client *c);
void node_set_wake(struct node *n, node_wake *wake, void *context);

/* NULL: there are NODE_CLIENTS_MAX. `context` is the caller's. */
struct node_client *node_client_new(struct node *n, enum node_rights rights,
				    const struct node_who *who, void *context);

/* The connection is gone. Requests that wait are still carried out; their
 * answers go nowhere. */
void node_client_free(struct node_client *c);
void *node_client_context(const struct node_client *c);

/*
 * Any bytes, in any pieces (64 KiB at most are sensible). t: now. A call
 * carries out a bounded number of requests, so that nobody can make the loop
 * late with a heap of them: what remains is kept, counts as full and as
 * output, and is carried out by node_client_proceed() in the next turns.
 */
void node_client_receive(struct node_client *c, nsec t, const char *bytes,
			 size_t n);

/* Once in each turn in which the client could be written to, or can proceed.
 * Cheap when nothing remains. */
void node_client_proceed(struct node_client *c, nsec t);

/* Does something remain, and is there room for its answers? Then it must not
 * wait until the client can be written to: it may read only when it has asked
 * for all. */
bool node_client_can_proceed(const struct node_client *c);

/* Appends at most max bytes of what this client is to get; they count as
 * sent. Returns how many. */
size_t node_client_output(struct node_client *c, struct text *out, size_t max);

/* Is there something to pull, or to proceed with? */
bool node_client_has_output(const struct node_client *c);

/* Leave its requests in the socket: over NODE_QUEUE_HIGH, until it has read
 * what it asked for; or something remains to proceed with. */
bool node_client_is_full(const struct node_client *c);

/* Over NODE_QUEUE_MAX: close the connection. It gets nothing any more. */
bool node_client_is_lost(const struct node_client *c);

size_t node_n_clients(const struct node *n);

/* What UDP discovery answers: at most NODE_PACKET_MAX bytes, the description
 * is cut to that. False: this is no such question. */
#define NODE_PACKET_MAX 508
bool node_is_discovery(const char *packet, size_t n);
void node_announce(const struct node *n, int port, struct text *out);

/* The reply to `describe` for these rights: one line of JSON. Built once. */
const struct text *node_describe(struct node *n, enum node_rights rights);

#endif
