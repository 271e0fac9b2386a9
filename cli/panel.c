#include "cli/panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "cli/figure.h"
#include "cli/view.h"
#include "cli/width.h"
#include "protocol/json.h"

#define LABEL_COLUMNS 10
#define VALUE_COLUMNS 12
#define RANGE_COLUMNS 24
#define TREND_COLUMNS_LEAST 8
#define EXTEND_S "60"
#define SHOWN_MAX 300

/* -- what is seen ------------------------------------------------------ */

static const struct {
	const char *label, *module, *name, *unit;
} gauges[PANEL_TRENDS] = {
	{ "heater", "heater", "heater:value", "degC" },
	{ "pressure", "cell_pressure", "cell_pressure:value", "Torr" },
	{ "flow", "cell_flow", "cell_flow:value", "sccm" },
};

void panel_free(struct panel *p)
{
	size_t i;

	outline_free(&p->outline);
	for (i = 0; i < PANEL_NOTES_MAX; i++)
		text_free(&p->notes[i]);
	text_free(&p->message);
}

const char *panel_trend(size_t i)
{
	return i < PANEL_TRENDS ? gauges[i].name : NULL;
}

void panel_see(struct panel *p, const struct client_update *u)
{
	size_t i;

	if (!u->value)
		return;
	if (!strcmp(u->module, "run") && !strcmp(u->parameter, "_plan"))
		outline_read(&p->outline, snapshot_text(p->s, "run:_plan"));
	for (i = 0; i < PANEL_TRENDS && !strcmp(u->parameter, "value"); i++)
		if (!strcmp(u->module, gauges[i].module))
			trend_add(&p->trends[i], u->t,
				  snapshot_number(p->s, gauges[i].name));
}

void panel_note(struct panel *p, const char *line)
{
	struct text *note = &p->notes[p->n_notes++ % PANEL_NOTES_MAX];

	text_clear(note);
	text_add(note, line);
}

void panel_say(struct panel *p, bool is_bad, const char *message)
{
	text_clear(&p->message);
	text_add_escaped(&p->message, message, strlen(message), SHOWN_MAX);
	p->message_is_bad = is_bad;
}

/* -- keys -------------------------------------------------------------- */

static void ask_sure(struct panel *p, const char *accessible,
		     const char *question)
{
	p->asks = PANEL_ASKS_SURE;
	p->sure = accessible;
	panel_say(p, true, question);
}

static void on_skip(struct panel *p, struct panel_deed *deed)
{
	(void)deed;
	ask_sure(p, "run:_skip", "end the present step now? y: yes");
}

static void on_abort(struct panel *p, struct panel_deed *deed)
{
	(void)deed;
	ask_sure(p, "run:_abort",
		 "ABORT: heater off, gases closed, beam blanked? y: yes");
}

static void on_answer(struct panel *p, struct panel_deed *deed)
{
	(void)deed;
	if (!*snapshot_text(p->s, "run:_prompt")) {
		panel_say(p, true, "nothing was asked");
		return;
	}
	p->asks = PANEL_ASKS_CHOICE;
	panel_say(p, false, "answer with the number of a choice");
}

static void on_quit(struct panel *p, struct panel_deed *deed)
{
	(void)p;
	deed->kind = PANEL_QUIT;
}

static const struct {
	int key;
	const char *accessible, *data, *said;
	void (*on)(struct panel *p, struct panel_deed *deed);
} keys[] = {
	{ 'p', "run:hold", NULL, "it pauses; r goes on", NULL },
	{ 'r', "run:_resume", NULL, "it goes on", NULL },
	{ '+', "run:_extend", EXTEND_S, "one minute more", NULL },
	{ '-', "run:_extend", "-" EXTEND_S, "one minute less", NULL },
	{ 's', NULL, NULL, NULL, on_skip },
	{ 'a', NULL, NULL, NULL, on_answer },
	{ 'A', NULL, NULL, NULL, on_abort },
	{ 'q', NULL, NULL, NULL, on_quit },
};

static void key_for_choice(struct panel *p, int key, struct panel_deed *deed)
{
	const char *choice =
		key >= '1' && key <= '9'
			? snapshot_choice(p->s, (size_t)(key - '1'))
			: NULL;

	if (!choice) {
		panel_say(p, false, "not answered");
		return;
	}
	deed->kind = PANEL_DO;
	deed->accessible = "run:_answer";
	deed->said = "answered";
	json_add_string(&deed->data, choice);
}

static void key_for_sure(struct panel *p, int key, struct panel_deed *deed)
{
	if (key != 'y' && key != 'Y') {
		panel_say(p, false, "left as it is");
		return;
	}
	deed->kind = PANEL_DO;
	deed->accessible = p->sure;
	deed->said = !strcmp(p->sure, "run:_abort") ? "aborted" : "skipped";
}

static void key_alone(struct panel *p, int key, struct panel_deed *deed)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].key != key)
			continue;
		if (keys[i].on) {
			keys[i].on(p, deed);
			return;
		}
		deed->kind = PANEL_DO;
		deed->accessible = keys[i].accessible;
		deed->said = keys[i].said;
		if (keys[i].data)
			text_add(&deed->data, keys[i].data);
	}
}

void panel_key(struct panel *p, int key, struct panel_deed *deed)
{
	enum panel_asks asked = p->asks;

	*deed = (struct panel_deed){ .kind = PANEL_NOTHING };
	p->asks = PANEL_ASKS_NOTHING;
	text_clear(&p->message);
	if (asked == PANEL_ASKS_CHOICE)
		key_for_choice(p, key, deed);
	else if (asked == PANEL_ASKS_SURE)
		key_for_sure(p, key, deed);
	else
		key_alone(p, key, deed);
}

/* -- lines ------------------------------------------------------------- */

/* A page that fills up: whole lines, each cut to its columns. */
struct page {
	const struct panel *p;
	const struct terminal *t;
	size_t left, columns;
	struct text *out;
};

static size_t count_lines(const struct text *block)
{
	const char *s = text_str(block);
	size_t n = 0;

	while ((s = strchr(s, '\n'))) {
		s++;
		n++;
	}
	return n;
}

static void put_line(struct page *page, const char *s, size_t n)
{
	_cleanup_(text_free) struct text line = { 0 }, cut = { 0 };

	if (!page->left)
		return;
	text_add_n(&line, s, n);
	width_add_cut(&cut, text_str(&line), page->columns);
	text_add(page->out, text_str(&cut));
	text_add_char(page->out, '\n');
	page->left--;
}

static void put(struct page *page, const struct text *block)
{
	const char *s = text_str(block), *end;

	for (; (end = strchr(s, '\n')); s = end + 1)
		put_line(page, s, (size_t)(end - s));
}

static void pad(struct text *out, size_t from, size_t columns)
{
	for (; from < columns; from++)
		text_add_char(out, ' ');
}

static void add_question(const struct panel *p, const struct terminal *t,
			 struct text *out)
{
	const char *prompt = snapshot_text(p->s, "run:_prompt"), *choice;
	size_t i;

	if (!*prompt)
		return;
	view_begin(t, STYLE_CARE, "asks", out);
	text_add_escaped(out, prompt, strlen(prompt), SHOWN_MAX);
	text_add(out, "  (a, then its number)\n");
	for (i = 0; (choice = snapshot_choice(p->s, i)); i++) {
		pad(out, 0, LABEL_COLUMNS);
		text_addf(out, "%zu: ", i + 1);
		text_add_escaped(out, choice, strlen(choice), SHOWN_MAX);
		text_add_char(out, '\n');
	}
}

/* "heater     350.1 °C  ▁▂▃▄▅▆▇████  20.1 to 350.2": a narrow terminal has
 * no range, one still narrower no trend. */
static void add_gauge(const struct panel *p, size_t i, const struct terminal *t,
		      size_t columns, struct text *out)
{
	double v = snapshot_number(p->s, gauges[i].name), least, most;
	size_t room = LABEL_COLUMNS + VALUE_COLUMNS + 2, range = 0;
	char value[FIGURE_MAX], low[FIGURE_MAX], high[FIGURE_MAX];

	if (!snapshot_get(p->s, gauges[i].name) && !p->trends[i].n)
		return;
	figure_with_unit(v, gauges[i].unit, value);
	view_begin(t, STYLE_FAINT, gauges[i].label, out);
	pad(out, width_of(value), VALUE_COLUMNS);
	text_add(out, value);
	if (columns >= room + TREND_COLUMNS_LEAST + RANGE_COLUMNS)
		range = RANGE_COLUMNS;
	if (columns >= room + TREND_COLUMNS_LEAST &&
	    trend_range(&p->trends[i], &least, &most)) {
		text_add(out, "  ");
		trend_draw(&p->trends[i], columns - room - range, 1, out);
		figure_value(least, gauges[i].unit, low);
		figure_value(most, gauges[i].unit, high);
		if (range)
			text_addf(out, "  %s to %s", low, high);
	}
	text_add_char(out, '\n');
}

static void add_gas(const struct panel *p, const struct terminal *t,
		    struct text *out)
{
	const char *inlet = snapshot_text(p->s, "run:_gas_inlet");
	const char *sample = snapshot_text(p->s, "run:_gas_sample");

	if (!*inlet)
		return;
	view_begin(t, STYLE_FAINT, "gas", out);
	text_add_escaped(out, inlet, strlen(inlet), SHOWN_MAX);
	if (strcmp(inlet, sample)) {
		text_add(out, " (at the sample: ");
		text_add_escaped(out, sample, strlen(sample), SHOWN_MAX);
		text_add_char(out, ')');
	}
	text_add_char(out, '\n');
}

/* -- the page ---------------------------------------------------------- */

static void add_head(const struct page *page, struct text *out)
{
	static const enum view_part parts[] = { VIEW_TITLE, VIEW_TROUBLE,
						VIEW_ALARMS, VIEW_LOCK };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parts); i++)
		view_part(page->p->s, page->t, parts[i], out);
	add_question(page->p, page->t, out);
}

static void add_run(const struct page *page, struct text *out)
{
	if (!view_is_active(page->p->s))
		return;
	view_part(page->p->s, page->t, VIEW_PROGRESS, out);
	view_part(page->p->s, page->t, VIEW_STEP, out);
}

static void add_gauges(const struct page *page, struct text *out)
{
	size_t i;

	for (i = 0; i < PANEL_TRENDS; i++)
		add_gauge(page->p, i, page->t, page->columns, out);
}

static void add_rest(const struct page *page, struct text *out)
{
	add_gas(page->p, page->t, out);
	view_part(page->p->s, page->t, VIEW_BEAM, out);
	view_part(page->p->s, page->t, VIEW_IMAGES, out);
	view_part(page->p->s, page->t, VIEW_QUEUE, out);
}

/* Whole, or not at all; n lines are kept for what comes below. */
static void put_if(struct page *page, size_t n,
		   void (*add)(const struct page *page, struct text *out))
{
	_cleanup_(text_free) struct text block = { 0 };

	add(page, &block);
	if (count_lines(&block) + n <= page->left)
		put(page, &block);
}

/* Sections of the plan, and beneath them at least a third of journal. */
static void put_plan(struct page *page, size_t kept)
{
	_cleanup_(text_free) struct text block = { 0 };
	size_t n = page->left > kept ? page->left - kept : 0;

	if (n < 3)
		return;
	put_line(page, "", 0);
	outline_draw(&page->p->outline, snapshot_count(page->p->s, "run:_step"),
		     n - 1 - n / 3, page->t, &block);
	put(page, &block);
}

static void put_notes(struct page *page, size_t kept)
{
	const struct panel *p = page->p;
	size_t n = p->n_notes < PANEL_NOTES_MAX ? p->n_notes : PANEL_NOTES_MAX;
	size_t i;

	if (page->left < kept + 2)
		return;
	put_line(page, "", 0);
	if (n > page->left - kept)
		n = page->left - kept;
	for (i = p->n_notes - n; i < p->n_notes; i++) {
		const struct text *note = &p->notes[i % PANEL_NOTES_MAX];

		put_line(page, text_str(note), note->n);
	}
}

static void put_foot(struct page *page)
{
	static const char *const wide =
		"p pause  r resume  s skip  +/- 1 min  a answer  A abort  "
		"q quit";
	static const char *const narrow = "p r s +/- a A q";
	_cleanup_(text_free) struct text line = { 0 };
	const struct panel *p = page->p;
	enum style style = !p->message.n       ? STYLE_FAINT
			   : p->message_is_bad ? STYLE_BAD
					       : STYLE_GOOD;

	while (page->left > 1)
		put_line(page, "", 0);
	text_add(&line, terminal_on(page->t, style));
	if (p->message.n)
		text_add(&line, text_str(&p->message));
	else
		text_add(&line,
			 width_of(wide) <= page->columns ? wide : narrow);
	text_add(&line, terminal_off(page->t, style));
	put_line(page, text_str(&line), line.n);
}

void panel_draw(const struct panel *p, const struct terminal *t, size_t rows,
		size_t columns, struct text *out)
{
	_cleanup_(text_free) struct text head = { 0 };
	struct terminal fitted = *t;
	struct page page = { p, &fitted, rows, columns, out };
	size_t foot = 1;

	fitted.width = columns;
	add_head(&page, &head);
	while (count_lines(&head) + foot > rows && head.n) {
		/* The last of many lines gives way, never the first. */
		head.n--;
		while (head.n && head.s[head.n - 1] != '\n')
			head.n--;
		head.s[head.n] = '\0';
	}
	put(&page, &head);
	put_if(&page, foot, add_run);
	put_if(&page, foot, add_gauges);
	put_if(&page, foot, add_rest);
	put_plan(&page, foot);
	put_notes(&page, foot);
	put_foot(&page);
}
