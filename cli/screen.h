/*
 * A terminal's whole screen, by ncurses, which is loaded when the first
 * screen is opened: no other verb pays for it. What is drawn are lines with
 * the colours of cli/terminal.h; nothing in here knows what they mean.
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include "base/err.h"
#include "base/text.h"
#include "cli/terminal.h"

struct screen;

#define SCREEN_KEY_NONE (-1)

/* Standard input and output are the terminal. NULL with err: ncurses is not
 * there, or does not know the terminal. */
struct screen *screen_open(const struct terminal *t, struct err *err);

/* The terminal is as it was. NULL is fine. */
void screen_close(struct screen *s);

void screen_size(const struct screen *s, size_t *rows, size_t *columns);

/* The terminal has another size now. */
void screen_resize(struct screen *s);

/* In place of what was there; each line ends with LF. Only what differs is
 * sent. */
void screen_draw(struct screen *s, const struct text *lines);

/* The next character that was typed, or SCREEN_KEY_NONE; keys that are no
 * characters are left out. */
int screen_key(struct screen *s);

#endif
