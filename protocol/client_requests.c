/*
 * The usual requests, and those that are several in one round trip: our nodes
 * answer in the order in which they are asked.
 */
#include <string.h>

#include "base/array.h"
#include "protocol/client_parts.h"
#include "protocol/connect.h"

int client_read(struct client *c, const char *accessible, json_t **value,
		struct err *err)
{
	return client_request(c, "read", accessible, NULL, CLIENT_TIMEOUT_MS,
			      value, err);
}

int client_read_each(struct client *c, const char *const *accessibles, size_t n,
		     json_t **values, struct err *err)
{
	_cleanup_(text_free) struct text lines = { 0 };
	int64_t deadline = connect_deadline(CLIENT_TIMEOUT_MS);
	size_t i;

	for (i = 0; i < n; i++) {
		values[i] = NULL;
		if (client_add_request(&lines, "read", accessibles[i], "", err))
			return -1;
	}
	if (client_send(c, &lines, deadline, err))
		return -1;
	for (i = 0; i < n; i++) {
		client_forget_error(c);
		if (!client_await(c, "read", accessibles[i], deadline,
				  &values[i], err) ||
		    client_error_class(c) != ERROR_NONE)
			continue;
		while (i--)
			json_decref(values[i]);
		return -1;
	}
	return 0;
}

int client_change(struct client *c, const char *accessible, const char *data,
		  json_t **value, struct err *err)
{
	return client_request(c, "change", accessible, data, CLIENT_TIMEOUT_MS,
			      value, err);
}

int client_do(struct client *c, const char *accessible, const char *data,
	      json_t **value, struct err *err)
{
	return client_request(c, "do", accessible, data, CLIENT_TIMEOUT_MS,
			      value, err);
}

int client_describe(struct client *c, json_t **value, struct err *err)
{
	return client_request(c, "describe", NULL, NULL, CLIENT_TIMEOUT_MS,
			      value, err);
}

int client_activate(struct client *c, const char *module, struct err *err)
{
	return client_request(c, "activate", module, NULL, CLIENT_TIMEOUT_MS,
			      NULL, err);
}

int client_activate_modules(struct client *c, const char *const *modules,
			    size_t n, struct err *err)
{
	_cleanup_(text_free) struct text lines = { 0 };
	int64_t deadline = connect_deadline(CLIENT_TIMEOUT_MS);
	size_t i;

	for (i = 0; i < n; i++)
		if (client_add_request(&lines, "activate", modules[i], "", err))
			return -1;
	if (client_send(c, &lines, deadline, err))
		return -1;
	for (i = 0; i < n; i++) {
		client_forget_error(c);
		if (client_await(c, "activate", modules[i], deadline, NULL,
				 err) &&
		    (!i || client_error_class(c) != ERROR_NO_SUCH_MODULE))
			return -1;
	}
	return 0;
}

/* Activated before: our nodes tell what has changed in front of an answer,
 * and while the command waits for its disk there is time to read. */
int client_do_shown(struct client *c, const char *accessible, const char *data,
		    int timeout_ms, json_t **value, struct err *err)
{
	_cleanup_(text_free) struct text lines = { 0 }, module = { 0 };
	int64_t deadline = connect_deadline(timeout_ms);

	text_add_n(&module, accessible, strcspn(accessible, ":"));
	client_forget_error(c);
	if (client_add_request(&lines, "activate", text_str(&module), "",
			       err) ||
	    client_add_request(&lines, "do", accessible, data ? data : "",
			       err) ||
	    client_send(c, &lines, deadline, err) ||
	    client_await(c, "activate", text_str(&module), deadline, NULL, err))
		return -1;
	return client_await(c, "do", accessible, deadline, value, err);
}
