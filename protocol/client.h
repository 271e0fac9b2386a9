/*
 * The other end, for the command line: one connection to a node, one request
 * at a time, blocking with a bound. Updates that come while waiting go to a
 * function.
 */
#ifndef PROTOCOL_CLIENT_H
#define PROTOCOL_CLIENT_H

#include "protocol/error.h"
#include "protocol/json.h"

#define CLIENT_TIMEOUT_MS 10000 /* what SECoP clients wait */

struct client;

/* A value or an error of one parameter. Valid during the call only, from
 * which no function of the client may be called. */
struct client_update {
	const char *module;
	const char *parameter;
	const json_t *value;	/* NULL: an error */
	nsec t;			/* UTC; 0: not given */
	enum error_class class; /* of an error */
	const char *message;	/* of an error, else "" */
};

typedef void client_on_update(void *context, const struct client_update *u);

/*
 * where: a path ("/run/gascell/socket", "./socket", "unix:socket") or
 * "host:port" ("[::1]:10767", "tcp:lab:10767"). Asks *IDN? and refuses what
 * is not a SEC node. NULL with err: ERR_NOT_FOUND (nobody listens there: no
 * such socket, connection refused), ERR_DENIED, ERR_TIMEOUT, ERR_IO,
 * ERR_PROTOCOL.
 */
struct client *client_open(const char *where, int timeout_ms, struct err *err);
void client_close(struct client *c); /* NULL is fine */

/* update NULL: they are dropped. */
void client_set_on_update(struct client *c, client_on_update *update,
			  void *context);

/* A line that the node logs, for who asked with `logging`; valid during the
 * call. log NULL: they are dropped. */
typedef void client_on_log(void *context, const char *module, const char *text);
void client_set_on_log(struct client *c, client_on_log *log, void *context);

/*
 * Sends `action specifier data` (the last two may be NULL) and waits for its
 * answer. *value (may be NULL: not wanted) is the caller's json_t: of a data
 * report its value, of `describe` the description, else JSON null.
 * An error report gives err with the node's text, err->code by
 * error_class_code(), and client_error_class(). ERR_TIMEOUT and ERR_IO leave
 * the connection unusable: close it.
 */
int client_request(struct client *c, const char *action, const char *specifier,
		   const char *data, int timeout_ms, json_t **value,
		   struct err *err);

/* For the usual ones, with CLIENT_TIMEOUT_MS. accessible: "run:target".
 * data: JSON, or NULL. */
int client_read(struct client *c, const char *accessible, json_t **value,
		struct err *err);
/* Several in one round trip; values[i] is NULL where the node has refused. */
int client_read_each(struct client *c, const char *const *accessibles, size_t n,
		     json_t **values, struct err *err);
int client_change(struct client *c, const char *accessible, const char *data,
		  json_t **value, struct err *err);
int client_do(struct client *c, const char *accessible, const char *data,
	      json_t **value, struct err *err);
int client_describe(struct client *c, json_t **value, struct err *err);

/* module NULL: all. When it returns, every parameter was given to the update
 * function once. */
int client_activate(struct client *c, const char *module, struct err *err);

/* The same for several in one round trip. Those that the node has not are
 * left out, but the first. */
int client_activate_modules(struct client *c, const char *const *modules,
			    size_t n, struct err *err);

/* Does it, and activates its module, in one round trip. When it returns 0,
 * the update function was given what has come of it, too. */
int client_do_shown(struct client *c, const char *accessible, const char *data,
		    int timeout_ms, json_t **value, struct err *err);

/* Delivers updates until timeout_ms have passed since the last one, or one
 * batch of them has been delivered; *n (may be NULL): how many. 0 also when
 * none came. timeout_ms < 0: waits for ever; 0: only what is there. */
int client_wait(struct client *c, int timeout_ms, size_t *n, struct err *err);

/* Of the newest error report; ERROR_NONE: it was not one. */
enum error_class client_error_class(const struct client *c);

/* The third element of the newest error report (an object), or NULL. Stays
 * valid until the next request. */
const json_t *client_error_details(const struct client *c);

/* For poll(2) together with other things: readable means client_wait(0). */
int client_fd(const struct client *c);

/* "ISSE,SECoP,,v2.0", as it answered. */
const char *client_identity(const struct client *c);

#endif
