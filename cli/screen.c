#include "cli/screen.h"

#include <dlfcn.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Functions, not macros that reach into stdscr. */
#define NCURSES_NOMACROS
#define NCURSES_WIDECHAR 1
#include <ncurses.h>

#include "base/array.h"
#include "cli/plain.h"
#include "cli/width.h"

#define LIBRARY "libncursesw.so.6"
#define ESCAPE_MS 25

/* The functions of the library that are used here. */
struct library {
	__typeof__(newterm) *newterm;
	__typeof__(endwin) *endwin;
	__typeof__(delscreen) *delscreen;
	__typeof__(newwin) *newwin;
	__typeof__(delwin) *delwin;
	__typeof__(wresize) *wresize;
	__typeof__(resize_term) *resize_term;
	__typeof__(getmaxx) *getmaxx;
	__typeof__(getmaxy) *getmaxy;
	__typeof__(werase) *werase;
	__typeof__(wmove) *wmove;
	__typeof__(waddnwstr) *waddnwstr;
	__typeof__(wattr_set) *wattr_set;
	__typeof__(wrefresh) *wrefresh;
	__typeof__(wgetch) *wgetch;
	__typeof__(nodelay) *nodelay;
	__typeof__(keypad) *keypad;
	__typeof__(cbreak) *cbreak;
	__typeof__(noecho) *noecho;
	__typeof__(curs_set) *curs_set;
	__typeof__(clearok) *clearok;
	__typeof__(set_escdelay) *set_escdelay;
	__typeof__(start_color) *start_color;
	__typeof__(use_default_colors) *use_default_colors;
	__typeof__(init_pair) *init_pair;
};

#define FUNCTION(f)                                                            \
	{                                                                      \
#f, offsetof(struct library, f)                                \
	}
static const struct {
	const char *name;
	size_t at;
} functions[] = {
	FUNCTION(newterm),     FUNCTION(endwin),
	FUNCTION(delscreen),   FUNCTION(newwin),
	FUNCTION(delwin),      FUNCTION(wresize),
	FUNCTION(resize_term), FUNCTION(getmaxx),
	FUNCTION(getmaxy),     FUNCTION(werase),
	FUNCTION(wmove),       FUNCTION(waddnwstr),
	FUNCTION(wattr_set),   FUNCTION(wrefresh),
	FUNCTION(wgetch),      FUNCTION(nodelay),
	FUNCTION(keypad),      FUNCTION(cbreak),
	FUNCTION(noecho),      FUNCTION(curs_set),
	FUNCTION(clearok),     FUNCTION(set_escdelay),
	FUNCTION(start_color), FUNCTION(use_default_colors),
	FUNCTION(init_pair),
};
#undef FUNCTION

struct screen {
	struct library lib;
	locale_t ours, before; /* what ncurses writes characters by */
	bool utf8, colour;
	SCREEN *screen;
	WINDOW *window; /* all of it */
};

/* -- opening ----------------------------------------------------------- */

static int library_open(struct library *lib, struct err *err)
{
	void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	size_t i;

	if (!handle)
		return err_set(err, ERR_IO, "%s", dlerror());
	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		void *found = dlsym(handle, functions[i].name);

		if (!found) {
			dlclose(handle);
			return err_set(err, ERR_IO, "%s has no %s", LIBRARY,
				       functions[i].name);
		}
		memcpy((char *)lib + functions[i].at, &found, sizeof(found));
	}
	return 0;
}

/* Of this thread and for characters only: numbers do not depend on it. The
 * locale of the environment may be missing on this machine. */
static void choose_locale(struct screen *s)
{
	s->ours = newlocale(LC_CTYPE_MASK, s->utf8 ? "C.UTF-8" : "C", NULL);
	if (s->ours)
		s->before = uselocale(s->ours);
}

static void drop_locale(struct screen *s)
{
	if (!s->ours)
		return;
	uselocale(s->before);
	freelocale(s->ours);
}

/* Pair n is colour n on the terminal's own ground. */
static void prepare(struct screen *s)
{
	short i;

	s->lib.cbreak();
	s->lib.noecho();
	s->lib.curs_set(0);
	s->lib.set_escdelay(ESCAPE_MS);
	s->lib.nodelay(s->window, true);
	s->lib.keypad(s->window, true);
	if (!s->colour || s->lib.start_color() == ERR)
		return;
	s->lib.use_default_colors();
	for (i = COLOR_RED; i <= COLOR_YELLOW; i++)
		s->lib.init_pair(i, i, -1);
}

struct screen *screen_open(const struct terminal *t, struct err *err)
{
	struct screen *s = memory_zeroed(1, sizeof(*s));

	s->utf8 = t->utf8;
	s->colour = t->colour;
	if (library_open(&s->lib, err)) {
		free(s);
		return NULL;
	}
	choose_locale(s);
	s->screen = s->lib.newterm(NULL, stdout, stdin);
	s->window = s->screen ? s->lib.newwin(0, 0, 0, 0) : NULL;
	if (s->window) {
		prepare(s);
		return s;
	}
	err_set(err, ERR_NOT_FOUND, "the terminal '%s' is not known",
		getenv("TERM") ? getenv("TERM") : "");
	screen_close(s);
	return NULL;
}

void screen_close(struct screen *s)
{
	if (!s)
		return;
	if (s->window)
		s->lib.delwin(s->window);
	if (s->screen) {
		s->lib.endwin();
		s->lib.delscreen(s->screen);
	}
	drop_locale(s);
	free(s);
}

/* -- its size ---------------------------------------------------------- */

void screen_size(const struct screen *s, size_t *rows, size_t *columns)
{
	*rows = (size_t)s->lib.getmaxy(s->window);
	*columns = (size_t)s->lib.getmaxx(s->window);
}

void screen_resize(struct screen *s)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row ||
	    !size.ws_col)
		return;
	s->lib.resize_term(size.ws_row, size.ws_col);
	s->lib.wresize(s->window, size.ws_row, size.ws_col);
	s->lib.clearok(s->window, true);
}

/* -- drawing ----------------------------------------------------------- */

/* "\033[1;31m": what stands between '[' and 'm' as attributes. */
static void set_style(struct screen *s, const char *code)
{
	static const struct {
		const char *code;
		attr_t attributes;
		short pair;
	} styles[] = {
		{ "1m", A_BOLD, 0 },
		{ "2m", A_DIM, 0 },
		{ "32m", A_NORMAL, COLOR_GREEN },
		{ "33m", A_NORMAL, COLOR_YELLOW },
		{ "1;31m", A_BOLD, COLOR_RED },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(styles); i++)
		if (!strncmp(code, styles[i].code, strlen(styles[i].code))) {
			s->lib.wattr_set(s->window, styles[i].attributes,
					 styles[i].pair, NULL);
			return;
		}
	s->lib.wattr_set(s->window, A_NORMAL, 0, NULL);
}

static wchar_t code_of(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned long code = n == 1 ? u[0] : u[0] & (0x7fU >> n);
	size_t i;

	for (i = 1; i < n; i++)
		code = code << 6 | (u[i] & 0x3fU);
	return n == 1 && u[0] & 0x80 ? L'?' : (wchar_t)code;
}

/* One line, up to its LF, as far as it fits; what follows it, or NULL. */
static const char *add_line(struct screen *s, const char *line)
{
	size_t n, columns, left = (size_t)s->lib.getmaxx(s->window);
	wchar_t code;

	for (; *line && *line != '\n'; line += n) {
		n = width_of_first(line, &columns);
		if (columns > left)
			continue;
		left -= columns;
		if (*line == '\033') {
			set_style(s, line + 2);
			continue;
		}
		code = code_of(line, n);
		s->lib.waddnwstr(s->window, &code, 1);
	}
	return *line ? line + 1 : NULL;
}

void screen_draw(struct screen *s, const struct text *lines)
{
	_cleanup_(text_free) struct text plain = { 0 };
	const char *next = text_str(lines);
	int row, rows = s->lib.getmaxy(s->window);

	if (!s->utf8) {
		plain_add(&plain, next);
		next = text_str(&plain);
	}
	s->lib.werase(s->window);
	for (row = 0; row < rows && next && *next; row++) {
		s->lib.wmove(s->window, row, 0);
		set_style(s, "");
		next = add_line(s, next);
	}
	s->lib.wrefresh(s->window);
}

int screen_key(struct screen *s)
{
	int key;

	do
		key = s->lib.wgetch(s->window);
	while (key > 0xff);
	return key == ERR ? SCREEN_KEY_NONE : key;
}
