/*
 * What requests of a client are made of. For the files client*.c of this room
 * alone.
 */
#ifndef PROTOCOL_CLIENT_PARTS_H
#define PROTOCOL_CLIENT_PARTS_H

#include <stdint.h>

#include "base/text.h"
#include "protocol/client.h"

/* One line more; ERR_INVALID, ERR_FULL: it would be none. */
int client_add_request(struct text *lines, const char *action,
		       const char *specifier, const char *data,
		       struct err *err);

/* deadline: of protocol/connect.h. */
int client_send(struct client *c, const struct text *lines, int64_t deadline,
		struct err *err);

/* Forget the error of the answer before. */
void client_forget_error(struct client *c);

/* For the next answer of this kind; as client_request() does. */
int client_await(struct client *c, const char *action, const char *specifier,
		 int64_t deadline, json_t **value, struct err *err);

#endif
