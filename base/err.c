#include "base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/array.h"
#include "base/text.h"

static const char *const code_names[] = {
	[ERR_NONE] = "none",
	[ERR_INVALID] = "invalid",
	[ERR_RANGE] = "range",
	[ERR_NOT_FOUND] = "not found",
	[ERR_IO] = "io",
	[ERR_TIMEOUT] = "timeout",
	[ERR_PROTOCOL] = "protocol",
	[ERR_IDENTITY] = "identity",
	[ERR_STATE] = "state",
	[ERR_DENIED] = "denied",
	[ERR_FULL] = "full",
	[ERR_AGAIN] = "again",
};

/*
 * A message may be made of the one it replaces, so it is formatted apart. It
 * is a little longer than it may be: text_copy() then sees whether the cut
 * would go through a character.
 */
int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	char msg[ERR_MSG_MAX + 4];
	va_list ap;

	assert(err);
	va_start(ap, fmt);
	if (vsnprintf(msg, sizeof(msg), fmt, ap) < 0)
		text_copy(msg, sizeof(msg), fmt);
	va_end(ap);
	err->code = code;
	text_copy(err->msg, sizeof(err->msg), msg);
	return -1;
}

int err_wrap(struct err *err, const char *fmt, ...)
{
	char msg[2 * ERR_MSG_MAX + 4];
	va_list ap;
	int n;

	assert(err);
	va_start(ap, fmt);
	n = vsnprintf(msg, ERR_MSG_MAX, fmt, ap);
	va_end(ap);
	if (n < 0)
		return -1;
	if (n >= ERR_MSG_MAX)
		n = ERR_MSG_MAX - 1;
	snprintf(msg + n, sizeof(msg) - (size_t)n, ": %s", err->msg);
	text_copy(err->msg, sizeof(err->msg), msg);
	return -1;
}

const char *err_code_name(enum err_code code)
{
	if ((size_t)code >= ARRAY_SIZE(code_names))
		return "unknown";
	return code_names[code];
}
