/*
 * The full screen of `watch` without the screen: what is shown, line by line,
 * and what a key means. Nothing is drawn or sent in here.
 */
#ifndef CLI_PANEL_H
#define CLI_PANEL_H

#include "cli/outline.h"
#include "cli/snapshot.h"
#include "cli/terminal.h"
#include "cli/trend.h"

#define PANEL_NOTES_MAX 64 /* newest lines of the journal that are kept */
#define PANEL_TRENDS 3

enum panel_asks { PANEL_ASKS_NOTHING, PANEL_ASKS_CHOICE, PANEL_ASKS_SURE };

/* {0} is an empty one; the snapshot is the caller's and outlives it. */
struct panel {
	const struct snapshot *s;
	struct outline outline;
	struct trend trends[PANEL_TRENDS];
	size_t n_notes; /* ever; the newest are kept */
	struct text notes[PANEL_NOTES_MAX];
	enum panel_asks asks;
	const char *sure; /* what PANEL_ASKS_SURE will do */
	struct text message;
	bool message_is_bad;
};

void panel_free(struct panel *p);

/* Trend i is of this parameter; NULL: there are no more. */
const char *panel_trend(size_t i);

/* After the snapshot has seen it. */
void panel_see(struct panel *p, const struct client_update *u);

/* A line that is shown as long as there is room; without LF. */
void panel_note(struct panel *p, const char *line);

/* What was answered to the last key. */
void panel_say(struct panel *p, bool is_bad, const char *message);

enum panel_deed_kind { PANEL_NOTHING, PANEL_DO, PANEL_QUIT };

/* What is to be done: a command of the daemon, with its argument as JSON. */
struct panel_deed {
	enum panel_deed_kind kind;
	const char *accessible; /* "run:_skip" */
	struct text data;	/* empty: none; the caller's */
	const char *said;	/* when it is done: "paused" */
};

#define PANEL_KEY_ESCAPE 27

/* key: a character. Takes back what was said before. */
void panel_key(struct panel *p, int key, struct panel_deed *deed);

/* Adds `rows` lines or fewer of at most `columns` columns, each with LF. The
 * last is the line of keys; what matters less is left out first. */
void panel_draw(const struct panel *p, const struct terminal *t, size_t rows,
		size_t columns, struct text *out);

#endif
