#include "ring/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/text.h"

#define LINE_MAX_BYTES 1000

/* Numbers of syslog, which journald takes as "<4>" in front of a line. */
enum priority { PRIORITY_ERROR = 3, PRIORITY_WARNING = 4, PRIORITY_INFO = 6 };

__attribute__((format(printf, 2, 0))) static void print(enum priority priority,
							const char *fmt,
							va_list ap)
{
	_cleanup_(text_free) struct text said = { 0 };
	_cleanup_(text_free) struct text line = { 0 };

	text_addv(&said, fmt, ap);
	if (getenv("JOURNAL_STREAM"))
		text_addf(&line, "<%d>", (int)priority);
	else
		text_add(&line, priority == PRIORITY_INFO ? "gascelld: "
				: priority == PRIORITY_WARNING
					? "gascelld: warning: "
					: "gascelld: error: ");
	text_add_escaped(&line, said.s, said.n, LINE_MAX_BYTES);
	text_add_char(&line, '\n');
	/* Nobody is left to be told when this fails. */
	if (write(STDERR_FILENO, line.s, line.n) < 0)
		return;
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(PRIORITY_INFO, fmt, ap);
	va_end(ap);
}

void log_warning(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(PRIORITY_WARNING, fmt, ap);
	va_end(ap);
}

void log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(PRIORITY_ERROR, fmt, ap);
	va_end(ap);
}
