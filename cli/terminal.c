#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_USUAL 80
#define WIDTH_LEAST 20

static size_t width(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) || !size.ws_col)
		return WIDTH_USUAL;
	return size.ws_col < WIDTH_LEAST ? WIDTH_LEAST : size.ws_col;
}

static bool is_dumb(void)
{
	const char *term = getenv("TERM");

	return !term || !*term || !strcmp(term, "dumb");
}

void terminal_look(struct terminal *t, int fd, bool no_color)
{
	const char *refused = getenv("NO_COLOR");

	*t = (struct terminal){ 0 };
	if (!isatty(fd) || is_dumb())
		return;
	t->is_one = true;
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
