/*
 * On a terminal: lines that stay (images, questions, what the journal says)
 * scroll above a block that is drawn anew at most ten times a second. On a
 * pipe: one line per change. With --json: one document per change.
 *
 * The daemon tells a run's status last of all, so that whoever sees a run end
 * there has all else as it ended.
 */
#include "cli/watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/figure.h"
#include "cli/snapshot.h"
#include "cli/view.h"
#include "cli/width.h"
#include "protocol/json.h"

#define DRAW_MS 100
#define LABEL_MAX 256
#define ROUNDS_MAX 64 /* of reading before something is drawn */
#define SHOWN_MAX 500

struct watch {
	struct call *c;
	struct snapshot s;
	int64_t run;
	int signals;	    /* a descriptor */
	size_t block_lines; /* drawn, to be drawn over */
	bool started;	    /* all was told once: now, changes */
	bool ended, overtaken;
	bool changed;	      /* something that --json tells */
	char step[LABEL_MAX]; /* what was shown last */
	char state[LABEL_MAX], image[SHOWN_MAX], prompt[LABEL_MAX];
	int64_t seq;
};

/* -- lines that stay --------------------------------------------------- */

static void add(struct watch *w, const char *s)
{
	text_add_escaped(&w->c->out, s, strlen(s), SHOWN_MAX);
}

static void line(struct watch *w, enum style style, const char *what,
		 const char *s)
{
	const struct terminal *t = &w->c->terminal;

	view_line(&w->s, &w->c->out);
	text_add(&w->c->out, terminal_on(t, style));
	text_add(&w->c->out, what);
	add(w, s);
	text_add(&w->c->out, terminal_off(t, style));
	text_add_char(&w->c->out, '\n');
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
	if (is_new(w->step, sizeof(w->step), short_label) && *short_label &&
	    !w->c->terminal.is_one)
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
	/* On a pipe the step has said it already. */
	if (strcmp(w->step, prompt) || w->c->terminal.is_one)
		line(w, STYLE_CARE, "asks: ", prompt);
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

/* -- the block --------------------------------------------------------- */

static void erase(struct watch *w, struct text *out)
{
	if (w->block_lines)
		text_addf(out, "\033[%zuA\r\033[J", w->block_lines);
	w->block_lines = 0;
}

/* Lines are cut, because one that wraps cannot be drawn over. */
static void draw(struct watch *w, struct text *out)
{
	_cleanup_(text_free) struct text block = { 0 }, one = { 0 };
	const char *s, *end;

	view_block(&w->s, &w->c->terminal, &block);
	for (s = text_str(&block); (end = strchr(s, '\n')); s = end + 1) {
		text_clear(&one);
		text_add_n(&one, s, (size_t)(end - s));
		width_add_cut(out, text_str(&one), w->c->terminal.width - 1);
		text_add_char(out, '\n');
		w->block_lines++;
	}
}

/* What is in c->out are the lines that stay. */
static int show(struct watch *w)
{
	_cleanup_(text_free) struct text stay = { 0 };
	struct text *out = &w->c->out;

	if (w->c->options->json) {
		text_clear(out);
		if (w->changed)
			call_add_json(w->c, snapshot_json(&w->s));
	} else if (w->c->terminal.is_one) {
		stay = *out;
		*out = (struct text){ 0 };
		erase(w, out);
		text_add_n(out, text_str(&stay), stay.n);
		terminal_look(&w->c->terminal, STDOUT_FILENO,
			      w->c->options->no_color);
		draw(w, out);
	}
	w->changed = false;
	return call_flush(w->c);
}

/* -- the loop ---------------------------------------------------------- */

/* Also takes the signal away, so that it is not delivered afterwards. */
static bool is_interrupted(const struct watch *w)
{
	struct signalfd_siginfo signal;

	return read(w->signals, &signal, sizeof(signal)) > 0;
}

/* 1: the operator goes away. */
static int wait_for_more(struct watch *w)
{
	struct pollfd p[] = {
		{ .fd = w->signals, .events = POLLIN },
		{ .fd = client_fd(w->c->client), .events = POLLIN },
	};

	if (w->c->terminal.is_one && poll(p, 1, DRAW_MS) > 0)
		return is_interrupted(w);
	while (poll(p, 2, -1) < 0 && errno == EINTR)
		;
	return is_interrupted(w);
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
	call_fail(w->c, CLI_NO_DAEMON, "%s", err->msg);
	call_hint(w->c,
		  "when the daemon starts again it makes everything "
		  "safe first; look at it (systemctl\nstatus gascelld), and "
		  "at what it has logged: gascellctl show, gascellctl events");
	return CLI_NO_DAEMON;
}

static int interrupted(struct watch *w)
{
	if (!w->c->options->json)
		text_addf(&w->c->out,
			  "the run goes on; gascellctl watch "
			  "shows it again (pause, stop, abort end it)\n");
	return WATCH_INTERRUPTED;
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
	sigset_t set, before;
	int code;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &before);
	w.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	code = stay(&w);
	if (w.signals >= 0)
		close(w.signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	snapshot_fini(&w.s);
	return code;
}
