/*
 * The error classes of SECoP, which are all that may stand in an error
 * report, and how they map to our own codes.
 */
#ifndef PROTOCOL_ERROR_H
#define PROTOCOL_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum error_class {
	ERROR_NONE,
	/* will fail again when tried again */
	ERROR_PROTOCOL, /* "ProtocolError" */
	ERROR_NO_SUCH_MODULE,
	ERROR_NO_SUCH_PARAMETER,
	ERROR_NO_SUCH_COMMAND,
	ERROR_READ_ONLY,
	ERROR_NOT_CHECKABLE,
	ERROR_WRONG_TYPE,
	ERROR_RANGE,
	ERROR_BAD_JSON,
	ERROR_NOT_IMPLEMENTED,
	ERROR_HARDWARE,
	/* may succeed later */
	ERROR_COMMAND_RUNNING,
	ERROR_COMMUNICATION_FAILED,
	ERROR_TIMEOUT,
	ERROR_IS_BUSY,
	ERROR_IS_ERROR,
	ERROR_DISABLED,
	ERROR_IMPOSSIBLE,
	ERROR_READ_FAILED,
	ERROR_OUT_OF_RANGE,
	ERROR_INTERNAL,
	ERROR_CLASS_N
};

/* "RangeError". Static. */
const char *error_class_name(enum error_class c);

/* Takes "WrongType" and "WrongType:MustBeInt"; unknown ones (of other
 * people's nodes) are ERROR_INTERNAL. */
enum error_class error_class_from_name(const char *s, size_t n);

/* The class that tells a client what one of our own codes means. */
enum error_class error_class_of(enum err_code code);

/* And back, for the command line. */
enum err_code error_class_code(enum error_class c);

#endif
