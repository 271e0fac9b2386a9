#include "cli/view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "cli/figure.h"
#include "cli/width.h"

#define LABEL_COLUMNS 10
#define BAR_COLUMNS_MIN 8
#define BAR_COLUMNS_MAX 40
#define BAR_BESIDE 54 /* columns of what else stands on its line */
#define OUTSIDE_MAX 500

static const struct {
	const char *name;
	enum style style;
	bool active;
} states[] = {
	{ "idle", STYLE_PLAIN, false },	   { "running", STYLE_GOOD, true },
	{ "pausing", STYLE_CARE, true },   { "paused", STYLE_CARE, true },
	{ "holding", STYLE_CARE, true },   { "held", STYLE_CARE, true },
	{ "stopping", STYLE_CARE, true },  { "aborting", STYLE_BAD, true },
	{ "complete", STYLE_GOOD, false }, { "stopped", STYLE_CARE, false },
	{ "aborted", STYLE_BAD, false },
};

static size_t state_of(const struct snapshot *s)
{
	const char *name = snapshot_text(s, "run:_state");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++)
		if (!strcmp(states[i].name, name))
			return i;
	return 0;
}

bool view_is_active(const struct snapshot *s)
{
	return states[state_of(s)].active;
}

static void add(struct text *out, const char *s)
{
	text_add_escaped(out, s, strlen(s), OUTSIDE_MAX);
}

void view_begin(const struct terminal *t, enum style style, const char *label,
		struct text *out)
{
	text_add(out, terminal_on(t, style));
	add(out, label);
	text_add(out, terminal_off(t, style));
	for (size_t n = width_of(label); n < LABEL_COLUMNS; n++)
		text_add_char(out, ' ');
}

/* "aborted: heater above 1030 °C" -> what is behind the state. */
static const char *reason(const struct snapshot *s)
{
	const json_t *status = snapshot_get(s, "run:status");
	const char *text = json_string_value(json_array_get(status, 1));
	const char *colon = text ? strstr(text, ": ") : NULL;

	return colon ? colon + 2 : "";
}

/* "stopped: stopped by the operator" says it twice. */
void view_status(const struct snapshot *s, struct text *out)
{
	const char *state = snapshot_text(s, "run:_state");
	const char *why = reason(s);

	if (strncmp(why, state, strlen(state))) {
		add(out, state);
		text_add(out, *why ? ": " : "");
	}
	add(out, why);
}

static void add_title(const struct snapshot *s, const struct terminal *t,
		      struct text *out)
{
	size_t state = state_of(s);
	int64_t run = snapshot_count(s, "run:_run");
	const char *label = snapshot_text(s, "run:_label");
	const char *why = reason(s);

	view_begin(t, states[state].style, states[state].name, out);
	if (!run) {
		text_add(out, "no recipe was run since the daemon started\n");
		return;
	}
	text_add(out, terminal_on(t, STYLE_STRONG));
	add(out, snapshot_text(s, "run:_recipe"));
	text_add(out, terminal_off(t, STYLE_STRONG));
	text_addf(out, " (run %lld%s", (long long)run, *label ? ", " : "");
	add(out, label);
	text_add_char(out, ')');
	if (!states[state].active && *why) {
		text_add(out, ": ");
		add(out, why);
	}
	text_add_char(out, '\n');
}

static void add_soak(const struct snapshot *s, struct text *out)
{
	double asked = snapshot_number(s, "run:_soak_asked");
	char done[FIGURE_MAX], of[FIGURE_MAX];

	if (!(asked > 0))
		return;
	figure_seconds(snapshot_number(s, "run:_soaked"), done);
	figure_seconds(asked, of);
	text_addf(out, " (%s of %s in its band)", done, of);
}

static void add_step(const struct snapshot *s, const struct terminal *t,
		     struct text *out)
{
	view_begin(t, STYLE_FAINT, "step", out);
	text_addf(out,
		  "%lld of %lld: ", (long long)snapshot_count(s, "run:_step"),
		  (long long)snapshot_count(s, "run:_step_count"));
	add(out, snapshot_text(s, "run:_step_label"));
	add_soak(s, out);
	text_add_char(out, '\n');
}

/* Eighths of a column, so that it moves also in a long night. */
void view_bar(double fraction, size_t columns, struct text *out)
{
	static const char *const parts[] = { "",  "▏", "▎", "▍",
					     "▌", "▋", "▊", "▉" };
	size_t eighths, i;

	if (!(fraction > 0))
		fraction = 0;
	if (fraction > 1)
		fraction = 1;
	eighths = (size_t)(fraction * (double)columns * 8);
	text_add(out, "[");
	for (i = 0; i < eighths / 8; i++)
		text_add(out, "█");
	text_add(out, parts[eighths % 8]);
	for (i = (eighths + 7) / 8; i < columns; i++)
		text_add(out, "░");
	text_add(out, "]");
}

static size_t bar_columns(const struct terminal *t)
{
	if (t->width < BAR_BESIDE + BAR_COLUMNS_MIN)
		return BAR_COLUMNS_MIN;
	return t->width > BAR_BESIDE + BAR_COLUMNS_MAX ? BAR_COLUMNS_MAX
						       : t->width - BAR_BESIDE;
}

/* Where a run ends is told by the daemon's clock. */
static void add_progress(const struct snapshot *s, const struct terminal *t,
			 struct text *out)
{
	double left = snapshot_number(s, "run:time_to_target");
	double progress = snapshot_number(s, "run:_progress");
	char span[FIGURE_MAX], end[FIGURE_MAX];

	view_begin(t, STYLE_FAINT, "progress", out);
	if (t->is_one) {
		view_bar(progress, bar_columns(t), out);
		text_add_char(out, ' ');
	}
	if (isfinite(progress))
		text_addf(out, "%.0f %%", floor(progress * 100));
	if (left >= 0 && left < 9e9) {
		figure_seconds(round(left), span);
		figure_clock(s->t + nsec_from_s(left), end);
		text_addf(out, ", %s left, until about %.5s", span, end);
	}
	text_add_char(out, '\n');
}

static void add_value(const struct snapshot *s, const char *name,
		      const char *unit, const char *before, struct text *out)
{
	double v = snapshot_number(s, name);
	char figure[FIGURE_MAX];

	if (!isfinite(v))
		return;
	figure_with_unit(v, unit, figure);
	text_addf(out, "%s%s", before, figure);
}

static void add_heater(const struct snapshot *s, const struct terminal *t,
		       struct text *out)
{
	bool known = isfinite(snapshot_number(s, "heater:value"));
	double on = snapshot_number(s, "heater_output:value");

	view_begin(t, STYLE_FAINT, "heater", out);
	if (known)
		add_value(s, "heater:value", "degC", "", out);
	else
		text_add(out, "no good reading");
	if (on > 0.5)
		add_value(s, "run:_setpoint", "degC", ", setpoint ", out);
	else
		text_add(out, isfinite(on) ? ", off" : ", on or off?");
	add_value(s, "heater_power:value", "mW", ", ", out);
	text_add_char(out, '\n');
}

static void add_cell(const struct snapshot *s, const struct terminal *t,
		     struct text *out)
{
	const char *inlet = snapshot_text(s, "run:_gas_inlet");
	const char *sample = snapshot_text(s, "run:_gas_sample");

	view_begin(t, STYLE_FAINT, "cell", out);
	if (isfinite(snapshot_number(s, "cell_pressure:value")))
		add_value(s, "cell_pressure:value", "Torr", "", out);
	else
		text_add(out, "pressure not known");
	add_value(s, "cell_flow:value", "sccm", ", ", out);
	text_add(out, ", ");
	add(out, inlet);
	if (strcmp(inlet, sample)) {
		text_add(out, " (at the sample: ");
		add(out, sample);
		text_add_char(out, ')');
	}
	text_add_char(out, '\n');
}

static void add_beam(const struct snapshot *s, const struct terminal *t,
		     struct text *out)
{
	double beam = snapshot_number(s, "beam:value");

	view_begin(t, STYLE_FAINT, "beam", out);
	text_add(out, !isfinite(beam) ? "not known"
		      : beam > 0.5    ? "unblanked"
				      : "blanked");
	text_add_char(out, '\n');
}

static void add_images(const struct snapshot *s, const struct terminal *t,
		       struct text *out)
{
	int64_t n = snapshot_count(s, "run:_images");
	int64_t planned = snapshot_count(s, "run:_images_planned");
	const char *last = snapshot_text(s, "run:_last_image");

	if (!n && !planned)
		return;
	view_begin(t, STYLE_FAINT, "images", out);
	text_addf(out, "%lld", (long long)n);
	if (planned >= n)
		text_addf(out, " of %lld", (long long)planned);
	if (n && *last) {
		text_add(out, ", newest ");
		add(out, last);
	}
	text_add_char(out, '\n');
}

static void add_question(const struct snapshot *s, const struct terminal *t,
			 struct text *out)
{
	const char *prompt = snapshot_text(s, "run:_prompt");

	if (!*prompt)
		return;
	view_begin(t, STYLE_CARE, "asks", out);
	add(out, prompt);
	text_add(out, " (answer with: gascellctl answer ");
	snapshot_choices(s, " | ", out);
	text_add(out, ")\n");
}

/* What keeps a run from going on, or from being started. */
static void add_trouble(const struct snapshot *s, const struct terminal *t,
			struct text *out)
{
	const char *level = snapshot_text(s, "run:_level");
	bool latched = snapshot_flag(s, "run:_latched");

	if (strcmp(level, "run")) {
		view_begin(t, STYLE_BAD, latched ? "TRIPPED" : "level", out);
		add(out, level);
		text_add(out, ": ");
		add(out, snapshot_text(s, "run:_cause"));
		if (latched && !view_is_active(s))
			text_add(out, " (when the cause is gone: gascellctl "
				      "reset)");
		text_add_char(out, '\n');
	}
	if (snapshot_get(s, "run:_safe_confirmed") &&
	    !snapshot_flag(s, "run:_safe_confirmed")) {
		view_begin(t, STYLE_BAD, "NOT SAFE", out);
		text_add(out, "not every instrument has confirmed its safe "
			      "setting: look at the laboratory\n");
	}
	if (snapshot_flag(s, "run:_replace_waits")) {
		view_begin(t, STYLE_CARE, "replace", out);
		text_add(out, "the new plan waits for the next section\n");
	}
}

/* -- beside the run ---------------------------------------------------- */

/* A list that comes as JSON in a string; the caller's, may be NULL. */
static json_t *list_of(const struct snapshot *s, const char *name)
{
	return json_loads(snapshot_text(s, name), 0, NULL);
}

static const char *member(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

/* Those that nobody has acknowledged, be their cause gone or not. */
static void add_alarms(const struct snapshot *s, const struct terminal *t,
		       struct text *out)
{
	json_t *list = list_of(s, "daemon:_alarms"), *alarm, *newest = NULL;
	size_t i, n = 0;

	json_array_foreach(list, i, alarm)
	{
		const char *state = member(alarm, "state");

		if (strcmp(state, "unacknowledged") &&
		    strcmp(state, "returned"))
			continue;
		n++;
		newest = alarm;
	}
	if (n) {
		view_begin(t, STYLE_BAD, n == 1 ? "ALARM" : "ALARMS", out);
		if (n > 1)
			text_addf(out, "%zu, newest: ", n);
		add(out, member(newest, "text"));
		text_add(out, " (gascellctl alarms)\n");
	}
	json_decref(list);
}

static void add_lock(const struct snapshot *s, const struct terminal *t,
		     struct text *out)
{
	const json_t *lock = snapshot_get(s, "daemon:_lock");
	double expires = json_number_value(json_object_get(lock, "expires"));
	char clock[FIGURE_MAX] = "";

	if (!*member(lock, "holder"))
		return;
	view_begin(t, STYLE_CARE, "locked", out);
	text_add(out, "by ");
	add(out, member(lock, "holder"));
	text_add(out, ": ");
	add(out, member(lock, "note"));
	if (expires > 0 && expires < 9e9)
		figure_clock(nsec_from_s(expires), clock);
	if (*clock)
		text_addf(out, " (until %.5s)", clock);
	text_add_char(out, '\n');
}

static void add_queue(const struct snapshot *s, const struct terminal *t,
		      struct text *out)
{
	const char *state = snapshot_text(s, "run:_queue_state");
	json_t *list = list_of(s, "run:_queue"), *run, *next = NULL;
	size_t i, n = 0;

	json_array_foreach(list, i, run)
	{
		if (!strcmp(member(run, "state"), "running"))
			continue;
		n++;
		next = next ? next : run;
	}
	if (n) {
		view_begin(t, STYLE_FAINT, "queue", out);
		text_addf(out, "%zu wait%s, next: ", n, n == 1 ? "s" : "");
		add(out, *member(next, "recipe") ? member(next, "recipe")
						 : member(next, "name"));
		if (!strncmp(state, "held", 4)) {
			text_add(out, "; held: ");
			add(out, state + 4 + strspn(state + 4, ": "));
		}
		text_add_char(out, '\n');
	}
	json_decref(list);
}

void view_part(const struct snapshot *s, const struct terminal *t,
	       enum view_part part, struct text *out)
{
	static void (*const add_part[])(const struct snapshot *s,
					const struct terminal *t,
					struct text *out) = {
		[VIEW_TITLE] = add_title,   [VIEW_TROUBLE] = add_trouble,
		[VIEW_STEP] = add_step,	    [VIEW_PROGRESS] = add_progress,
		[VIEW_HEATER] = add_heater, [VIEW_CELL] = add_cell,
		[VIEW_ALARMS] = add_alarms, [VIEW_LOCK] = add_lock,
		[VIEW_QUEUE] = add_queue,   [VIEW_BEAM] = add_beam,
		[VIEW_IMAGES] = add_images,
	};

	add_part[part](s, t, out);
}

void view_block(const struct snapshot *s, const struct terminal *t,
		struct text *out)
{
	bool active = view_is_active(s);

	add_title(s, t, out);
	add_trouble(s, t, out);
	add_alarms(s, t, out);
	add_lock(s, t, out);
	add_question(s, t, out);
	if (active) {
		add_step(s, t, out);
		add_progress(s, t, out);
	}
	add_heater(s, t, out);
	add_cell(s, t, out);
	add_beam(s, t, out);
	if (active)
		add_images(s, t, out);
	add_queue(s, t, out);
}

/* -- one line ---------------------------------------------------------- */

static void add_column(const struct snapshot *s, const char *name,
		       const char *unit, size_t columns, struct text *out)
{
	char figure[FIGURE_MAX];
	size_t width;

	if (!snapshot_get(s, name))
		return;
	figure_with_unit(snapshot_number(s, name), unit, figure);
	width = width_of(figure);
	for (; width < columns; width++)
		text_add_char(out, ' ');
	text_addf(out, "%s  ", figure);
}

void view_line(const struct snapshot *s, struct text *out)
{
	char clock[FIGURE_MAX];
	double progress = snapshot_number(s, "run:_progress");

	figure_clock(s->t, clock);
	text_addf(out, "%s  %3.0f %%  ", clock,
		  isfinite(progress) ? floor(progress * 100) : 0.0);
	add_column(s, "heater:value", "degC", 8, out);
	add_column(s, "cell_pressure:value", "Torr", 10, out);
}
