/*
 * On a terminal the whole screen (cli/panel.h), drawn anew at most ten times
 * a second; else one line per change; with --json one document per change.
 *
 * The daemon tells a run's status last of all, so that whoever sees a run end
 * there has all else as it ended.
 */
#include "cli/watch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/figure.h"
#include "cli/panel.h"
#include "cli/recall.h"
#include "cli/screen.h"
#include "cli/stay.h"
#include "cli/view.h"
#include "protocol/json.h"

#define DRAW_MS 100
#define RECALLED (3600 * NSEC_PER_S)
#define LABEL_MAX 256
#define ROUNDS_MAX 64 /* of reading before something is drawn */
#define SHOWN_MAX 500

struct watch {
	struct call *c;
	struct snapshot s;
	struct stay stay;
	struct screen *screen; /* NULL: lines */
	struct panel panel;
	int64_t run;
	bool started; /* all was told once: now, changes */
	bool ended, overtaken;
	bool changed;	      /* something that --json tells */
	bool gone;	      /* the operator pressed q */
	char step[LABEL_MAX]; /* what was shown last */
	char state[LABEL_MAX], image[SHOWN_MAX], prompt[LABEL_MAX];
	int64_t seq;
};

/* -- lines ------------------------------------------------------------- */

/* On the screen all but the time stands elsewhere. */
static void line(struct watch *w, enum style style, const char *what,
		 const char *s)
{
	_cleanup_(text_free) struct text line = { 0 };
	const struct terminal *t = &w->c->terminal;
	char clock[FIGURE_MAX];

	figure_clock(w->s.t, clock);
	if (w->screen)
		text_addf(&line, "%s  ", clock);
	else
		view_line(&w->s, &line);
	text_add(&line, terminal_on(t, style));
	text_add(&line, what);
	text_add_escaped(&line, s, strlen(s), SHOWN_MAX);
	text_add(&line, terminal_off(t, style));
	if (w->screen)
		panel_note(&w->panel, text_str(&line));
	else
		text_addf(&w->c->out, "%s\n", text_str(&line));
}

/* "purge with Ar 3/10: fill to 760 Torr: set valve.supply closed" tells too
 * much: the last part is how this manifold does it. */
static size_t headline(const char *label)
{
	static const char *const means[] = { "set ", "mix ", "wait until ",
					     "stop all gases" };
	const char *colon = strstr(label, ": "), *next;
	size_t i;

	if (!colon)
		return strlen(label);
	while ((next = strstr(colon + 2, ": ")))
		colon = next;
	for (i = 0; i < ARRAY_SIZE(means); i++)
		if (!strncmp(colon + 2, means[i], strlen(means[i])))
			return (size_t)(colon - label);
	return strlen(label);
}

/* Has it another value than was shown? */
static bool is_new(char *shown, size_t size, const char *s)
{
	char cut[SHOWN_MAX];

	text_copy(cut, size < sizeof(cut) ? size : sizeof(cut), s);
	if (!strcmp(shown, cut))
		return false;
	text_copy(shown, size, cut);
	return true;
}

static void on_step(struct watch *w)
{
	const char *label = snapshot_text(&w->s, "run:_step_label");
	char short_label[LABEL_MAX];

	snprintf(short_label, sizeof(short_label), "%.*s", (int)headline(label),
		 label);
	if (is_new(w->step, sizeof(w->step), short_label) && *short_label)
		line(w, STYLE_PLAIN, "", short_label);
}

static void on_state(struct watch *w)
{
	const char *state = snapshot_text(&w->s, "run:_state");

	if (is_new(w->state, sizeof(w->state), state) && w->started &&
	    view_is_active(&w->s))
		line(w, STYLE_CARE, "", state);
}

static void on_image(struct watch *w)
{
	const char *file = snapshot_text(&w->s, "run:_last_image");

	if (is_new(w->image, sizeof(w->image), file) && *file && w->started)
		line(w, STYLE_GOOD, "image ", file);
}

static void on_prompt(struct watch *w)
{
	const char *prompt = snapshot_text(&w->s, "run:_prompt");

	if (!is_new(w->prompt, sizeof(w->prompt), prompt) || !*prompt)
		return;
	/* The step may have said it already. */
	if (strcmp(w->step, prompt))
		line(w, STYLE_CARE, "asks: ", prompt);
	if (w->screen)
		return;
	text_add(&w->c->out, "          answer with: gascellctl answer ");
	snapshot_choices(&w->s, " | ", &w->c->out);
	text_add_char(&w->c->out, '\n');
}

static enum style style_of(const char *severity)
{
	return !strcmp(severity, "alarm")     ? STYLE_BAD
	       : !strcmp(severity, "warning") ? STYLE_CARE
					      : STYLE_PLAIN;
}

static void on_event(struct watch *w)
{
	const json_t *event = snapshot_get(&w->s, "run:_event");
	const char *severity =
		json_string_value(json_object_get(event, "severity"));
	const char *text = json_string_value(json_object_get(event, "text"));
	int64_t seq = json_integer_value(json_object_get(event, "seq"));
	char what[LABEL_MAX];

	if (seq == w->seq)
		return;
	w->seq = seq;
	if (!w->started || !severity || !text || !*text)
		return;
	snprintf(what, sizeof(what),
		 "%.20s: ", strcmp(severity, "info") ? severity : "note");
	line(w, style_of(severity), what, text);
}

static void on_status(struct watch *w)
{
	int64_t run = snapshot_count(&w->s, "run:_run");

	w->overtaken = run && run != w->run;
	w->ended = w->overtaken || !view_is_active(&w->s);
}

static const struct {
	const char *parameter;
	void (*on)(struct watch *w);
} watched[] = {
	{ "_step_label", on_step },  { "_state", on_state },
	{ "_last_image", on_image }, { "_choices", NULL },
	{ "_prompt", on_prompt },    { "_event", on_event },
	{ "status", on_status },
};

static void on_update(void *context, const struct client_update *u)
{
	struct watch *w = context;
	size_t i;

	snapshot_on_update(&w->s, u);
	panel_see(&w->panel, u);
	if (!w->started || strcmp(u->module, "run"))
		return;
	for (i = 0; i < ARRAY_SIZE(watched); i++) {
		if (strcmp(watched[i].parameter, u->parameter))
			continue;
		w->changed = true;
		if (watched[i].on)
			watched[i].on(w);
	}
}

/* -- the screen -------------------------------------------------------- */

static void draw(struct watch *w)
{
	_cleanup_(text_free) struct text page = { 0 };
	size_t rows, columns;

	screen_size(w->screen, &rows, &columns);
	panel_draw(&w->panel, &w->c->terminal, rows, columns, &page);
	screen_draw(w->screen, &page);
}

static int show(struct watch *w)
{
	struct text *out = &w->c->out;

	if (w->screen) {
		draw(w);
		return 0;
	}
	if (w->c->options->json) {
		text_clear(out);
		if (w->changed)
			call_add_json(w->c, snapshot_json(&w->s));
	}
	w->changed = false;
	return call_flush(w->c);
}

/* A refusal is shown; a connection that is lost is noticed when it is read. */
static void carry_out(struct watch *w, const struct panel_deed *deed)
{
	const char *data = deed->data.n ? text_str(&deed->data) : NULL;
	struct err err;

	panel_say(&w->panel, false, "asking the daemon...");
	draw(w);
	if (client_do(w->c->client, deed->accessible, data, NULL, &err))
		panel_say(&w->panel, true, err.msg);
	else
		panel_say(&w->panel, false, deed->said);
}

static void take_keys(struct watch *w)
{
	struct panel_deed deed;
	int key;

	while (!w->gone && (key = screen_key(w->screen)) != SCREEN_KEY_NONE) {
		panel_key(&w->panel, key, &deed);
		if (deed.kind == PANEL_DO)
			carry_out(w, &deed);
		w->gone = deed.kind == PANEL_QUIT;
		text_free(&deed.data);
	}
}

/* What is known of the last hour; a daemon without a log knows nothing. */
static void recall_trends(struct watch *w)
{
	struct err ignored;
	size_t i;

	for (i = 0; panel_trend(i); i++) {
		json_t *history;

		if (!snapshot_get(&w->s, panel_trend(i)))
			continue;
		history =
			recall(w->c->client, panel_trend(i), w->s.t - RECALLED,
			       w->s.t, TREND_MAX, &ignored);
		w->panel.trends[i] = (struct trend){ 0 };
		recall_into(history, &w->panel.trends[i]);
		json_decref(history);
	}
}

/* Without one there are lines: the terminal may be too simple. */
static void open_screen(struct watch *w)
{
	struct err ignored;

	if (w->c->terminal.is_one && isatty(STDIN_FILENO) &&
	    !w->c->options->json)
		w->screen = screen_open(&w->c->terminal, &ignored);
	if (w->screen)
		recall_trends(w);
}

/* What was on the screen last stays on the terminal. */
static void close_screen(struct watch *w)
{
	if (!w->screen)
		return;
	screen_close(w->screen);
	w->screen = NULL;
	view_block(&w->s, &w->c->terminal, &w->c->out);
	call_flush(w->c); /* before what is wrong; main() sees it fail again */
}

/* -- the loop ---------------------------------------------------------- */

/* 1: the operator goes away. What comes in a burst is drawn once. */
static int wait_for_more(struct watch *w)
{
	int keys = w->screen ? STDIN_FILENO : -1;
	unsigned int is = 0;

	if (w->screen)
		is = stay_wait(&w->stay, -1, keys, DRAW_MS);
	if (!is)
		is = stay_wait(&w->stay, client_fd(w->c->client), keys, -1);
	if (is & STAY_RESIZED && w->screen)
		screen_resize(w->screen);
	if (is & STAY_KEY)
		take_keys(w);
	return w->gone || is & STAY_ENDED;
}

static int take_updates(struct watch *w, struct err *err)
{
	size_t rounds, n = 1;

	for (rounds = 0; n && rounds < ROUNDS_MAX && !w->ended; rounds++)
		if (client_wait(w->c->client, 0, &n, err))
			return -1;
	return 0;
}

static int lost(struct watch *w, const struct err *err)
{
	close_screen(w);
	call_fail(w->c, CLI_NO_DAEMON, "%s", err->msg);
	call_hint(w->c,
		  "when the daemon starts again it makes everything "
		  "safe first; look at it (systemctl\nstatus gascelld), and "
		  "at what it has logged: gascellctl show, gascellctl events");
	return CLI_NO_DAEMON;
}

static int interrupted(struct watch *w)
{
	close_screen(w);
	if (!w->c->options->json)
		text_addf(&w->c->out,
			  "the run goes on; gascellctl watch "
			  "shows it again (pause, stop, abort end it)\n");
	return STAY_INTERRUPTED;
}

static int idle(struct watch *w)
{
	call_fail(w->c, CLI_REFUSED,
		  "no recipe was run since the daemon "
		  "started");
	call_hint(w->c, "start one with: gascellctl start RECIPE");
	return CLI_REFUSED;
}

static int finish(struct watch *w)
{
	const char *state = snapshot_text(&w->s, "run:_state");
	int64_t images = snapshot_count(&w->s, "run:_images");

	close_screen(w);
	if (w->overtaken)
		return call_fail(w->c, CLI_FAILED,
				 "run %lld has ended "
				 "unseen; see: gascellctl show %lld",
				 (long long)w->run, (long long)w->run);
	if (!w->c->options->json) {
		text_addf(&w->c->out, "run %lld: ", (long long)w->run);
		view_status(&w->s, &w->c->out);
		if (images)
			text_addf(&w->c->out,
				  "; %lld image%s: gascellctl "
				  "images %lld",
				  (long long)images, images == 1 ? "" : "s",
				  (long long)w->run);
		text_add_char(&w->c->out, '\n');
		if (snapshot_flag(&w->s, "run:_latched"))
			text_add(&w->c->out,
				 "see gascellctl status; when the "
				 "cause is gone: gascellctl reset\n");
	}
	return !strcmp(state, "complete") ? CLI_OK : CLI_FAILED;
}

/* What there is already is shown as far as it is of use now. */
static void begin(struct watch *w)
{
	size_t i;

	if (!w->run)
		w->run = snapshot_count(&w->s, "run:_run");
	on_status(w);
	if (w->run && !w->ended)
		open_screen(w);
	for (i = 0; i < ARRAY_SIZE(watched); i++)
		if (watched[i].on)
			watched[i].on(w);
	w->started = true;
	w->changed = true;
}

static int stay(struct watch *w)
{
	struct err err;

	if (snapshot_activate(w->c->client, on_update, w, &err))
		return lost(w, &err);
	begin(w);
	if (!w->run)
		return idle(w);
	for (;;) {
		if (show(w))
			return CLI_FAILED;
		if (w->ended)
			return finish(w);
		if (wait_for_more(w))
			return interrupted(w);
		if (take_updates(w, &err))
			return lost(w, &err);
	}
}

int watch_run(struct call *c, int64_t run)
{
	struct watch w = { .c = c, .run = run, .seq = -1 };
	int code;

	w.panel.s = &w.s;
	stay_begin(&w.stay);
	code = stay(&w);
	close_screen(&w);
	stay_end(&w.stay);
	panel_free(&w.panel);
	snapshot_fini(&w.s);
	return code;
}
