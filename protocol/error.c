#include "protocol/error.h"

#include <string.h>

#include "base/array.h"

static const struct {
	const char *name;
	enum err_code code;
} classes[ERROR_CLASS_N] = {
	[ERROR_NONE] = { "", ERR_NONE },
	[ERROR_PROTOCOL] = { "ProtocolError", ERR_PROTOCOL },
	[ERROR_NO_SUCH_MODULE] = { "NoSuchModule", ERR_NOT_FOUND },
	[ERROR_NO_SUCH_PARAMETER] = { "NoSuchParameter", ERR_NOT_FOUND },
	[ERROR_NO_SUCH_COMMAND] = { "NoSuchCommand", ERR_NOT_FOUND },
	[ERROR_READ_ONLY] = { "ReadOnly", ERR_DENIED },
	[ERROR_NOT_CHECKABLE] = { "NotCheckable", ERR_INVALID },
	[ERROR_WRONG_TYPE] = { "WrongType", ERR_INVALID },
	[ERROR_RANGE] = { "RangeError", ERR_RANGE },
	[ERROR_BAD_JSON] = { "BadJSON", ERR_INVALID },
	[ERROR_NOT_IMPLEMENTED] = { "NotImplemented", ERR_INVALID },
	[ERROR_HARDWARE] = { "HardwareError", ERR_IO },
	[ERROR_COMMAND_RUNNING] = { "CommandRunning", ERR_STATE },
	[ERROR_COMMUNICATION_FAILED] = { "CommunicationFailed", ERR_IO },
	[ERROR_TIMEOUT] = { "TimeoutError", ERR_TIMEOUT },
	[ERROR_IS_BUSY] = { "IsBusy", ERR_STATE },
	[ERROR_IS_ERROR] = { "IsError", ERR_STATE },
	[ERROR_DISABLED] = { "Disabled", ERR_DENIED },
	[ERROR_IMPOSSIBLE] = { "Impossible", ERR_STATE },
	[ERROR_READ_FAILED] = { "ReadFailed", ERR_IO },
	[ERROR_OUT_OF_RANGE] = { "OutOfRange", ERR_IO },
	[ERROR_INTERNAL] = { "InternalError", ERR_IO },
};

static const enum error_class of_code[] = {
	[ERR_NONE] = ERROR_NONE,
	[ERR_INVALID] = ERROR_RANGE,
	[ERR_RANGE] = ERROR_RANGE,
	[ERR_NOT_FOUND] = ERROR_RANGE,
	[ERR_IO] = ERROR_COMMUNICATION_FAILED,
	[ERR_TIMEOUT] = ERROR_TIMEOUT,
	[ERR_PROTOCOL] = ERROR_COMMUNICATION_FAILED,
	[ERR_IDENTITY] = ERROR_HARDWARE,
	[ERR_STATE] = ERROR_IMPOSSIBLE,
	[ERR_DENIED] = ERROR_DISABLED,
	[ERR_FULL] = ERROR_IMPOSSIBLE,
	[ERR_AGAIN] = ERROR_IMPOSSIBLE,
};

const char *error_class_name(enum error_class c)
{
	return (size_t)c < ERROR_CLASS_N ? classes[c].name : "InternalError";
}

enum error_class error_class_from_name(const char *s, size_t n)
{
	const char *colon = n ? memchr(s, ':', n) : NULL;
	int c;

	if (colon)
		n = (size_t)(colon - s);
	for (c = ERROR_NONE + 1; c < ERROR_CLASS_N; c++)
		if (strlen(classes[c].name) == n &&
		    !memcmp(classes[c].name, s, n))
			return (enum error_class)c;
	return ERROR_INTERNAL;
}

enum error_class error_class_of(enum err_code code)
{
	return (size_t)code < ARRAY_SIZE(of_code) ? of_code[code]
						  : ERROR_INTERNAL;
}

enum err_code error_class_code(enum error_class c)
{
	return (size_t)c < ERROR_CLASS_N ? classes[c].code : ERR_IO;
}
