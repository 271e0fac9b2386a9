#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/array.h"

#define WIDTH_USUAL 80
#define WIDTH_LEAST 20

static size_t width(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) || !size.ws_col)
		return WIDTH_USUAL;
	return size.ws_col < WIDTH_LEAST ? WIDTH_LEAST : size.ws_col;
}

/* What the locale says of it. The locale itself may be missing on this
 * machine (ssh brings the name along): the terminal is what it is. */
static bool is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *value = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names) && !(value && *value); i++)
		value = getenv(names[i]);
	return value &&
	       (strcasestr(value, "UTF-8") || strcasestr(value, "UTF8"));
}

static bool is_dumb(void)
{
	const char *term = getenv("TERM");

	return !term || !*term || !strcmp(term, "dumb");
}

void terminal_look(struct terminal *t, int fd, bool no_color)
{
	const char *refused = getenv("NO_COLOR");

	*t = (struct terminal){ .utf8 = true };
	if (!isatty(fd) || is_dumb())
		return;
	t->is_one = true;
	t->utf8 = is_utf8();
	t->colour = !no_color && !(refused && *refused);
	t->width = width(fd);
}

const char *terminal_on(const struct terminal *t, enum style style)
{
	static const char *const on[] = {
		[STYLE_PLAIN] = "",	   [STYLE_STRONG] = "\033[1m",
		[STYLE_FAINT] = "\033[2m", [STYLE_GOOD] = "\033[32m",
		[STYLE_CARE] = "\033[33m", [STYLE_BAD] = "\033[1;31m",
	};

	return t->colour ? on[style] : "";
}

const char *terminal_off(const struct terminal *t, enum style style)
{
	return t->colour && style != STYLE_PLAIN ? "\033[0m" : "";
}
