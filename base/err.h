/*
 * What went wrong: a code for the program, a sentence for the person.
 *
 * What can fail returns 0 or -1 and takes a struct err * as its last
 * parameter, never NULL. Out-parameters are set on success only.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>

enum err_code {
	ERR_NONE,
	ERR_INVALID, /* malformed input */
	ERR_RANGE,   /* well-formed, but outside what is allowed */
	ERR_NOT_FOUND,
	ERR_IO,	      /* the operating system, a wire, a disk */
	ERR_TIMEOUT,  /* no answer in time */
	ERR_PROTOCOL, /* an answer that is late, foreign or broken */
	ERR_IDENTITY, /* another instrument than configured */
	ERR_STATE,    /* not now: the state does not allow it */
	ERR_DENIED,   /* not by you */
	ERR_FULL,     /* a bound was reached */
	ERR_AGAIN,    /* gave way to a safe command; nothing is wrong */
};

#define ERR_MSG_MAX 512

struct err {
	enum err_code code;
	char msg[ERR_MSG_MAX];
};

/* Both return -1; too long messages are cut. */
__attribute__((format(printf, 3, 4))) int err_set(struct err *err,
						  enum err_code code,
						  const char *fmt, ...);

/* Puts "fmt: " in front of the message; the code stays. */
__attribute__((format(printf, 2, 3))) int err_wrap(struct err *err,
						   const char *fmt, ...);

/* A lower-case word for the code: "timeout". Static. */
const char *err_code_name(enum err_code code);

#endif
