#include "cli/outline.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/figure.h"
#include "cli/width.h"

#define SPAN_COLUMNS 12
#define SHOWN_MAX 200

void outline_read(struct outline *o, const char *json)
{
	outline_free(o);
	o->rows = json_loads(json, 0, NULL);
	if (json_is_array(o->rows))
		return;
	json_decref(o->rows);
	o->rows = json_array();
}

void outline_free(struct outline *o)
{
	json_decref(o->rows);
	o->rows = NULL;
}

size_t outline_count(const struct outline *o)
{
	return json_array_size(o->rows);
}

static int64_t count_of(const json_t *row, const char *name)
{
	return json_integer_value(json_object_get(row, name));
}

static double seconds_of(const json_t *row, const char *name)
{
	return json_number_value(json_object_get(row, name));
}

static bool is_tail(const struct outline *o, size_t i)
{
	return json_is_true(
		json_object_get(json_array_get(o->rows, i), "tail"));
}

size_t outline_find(const struct outline *o, int64_t step)
{
	const json_t *row;
	size_t i;

	json_array_foreach(o->rows, i, row)
	{
		int64_t first = count_of(row, "step");

		if (step >= first && step < first + count_of(row, "steps"))
			return i;
	}
	return outline_count(o);
}

/* "   1:05  ": hours and minutes, as wide for a night as for a minute. */
static void add_start(double seconds, struct text *out)
{
	long long minutes =
		seconds >= 0 && seconds < 9e9 ? llround(seconds) / 60 : 0;

	text_addf(out, "%3lld:%02lld  ", minutes / 60, minutes % 60);
}

static void add_row(const json_t *row, bool present, const struct terminal *t,
		    struct text *out)
{
	const char *label = json_string_value(json_object_get(row, "label"));
	int64_t images = count_of(row, "images");
	char span[FIGURE_MAX];
	size_t width;

	text_add(out, terminal_on(t, present ? STYLE_STRONG : STYLE_PLAIN));
	text_add(out, present ? "▶" : " ");
	add_start(seconds_of(row, "start"), out);
	figure_seconds(seconds_of(row, "seconds"), span);
	text_add(out, span);
	for (width = width_of(span); width < SPAN_COLUMNS; width++)
		text_add_char(out, ' ');
	if (label)
		text_add_escaped(out, label, strlen(label), SHOWN_MAX);
	if (images > 0)
		text_addf(out, " (%lld image%s)", (long long)images,
			  images == 1 ? "" : "s");
	text_add(out, terminal_off(t, present ? STYLE_STRONG : STYLE_PLAIN));
	text_add_char(out, '\n');
}

/* The part that runs: main or tail, as rows [*first, *end). */
static void find_part(const struct outline *o, size_t present, size_t *first,
		      size_t *end)
{
	bool tail = present < outline_count(o) && is_tail(o, present);

	for (*first = 0;
	     *first < outline_count(o) && is_tail(o, *first) != tail; ++*first)
		;
	for (*end = *first; *end < outline_count(o) && is_tail(o, *end) == tail;
	     ++*end)
		;
}

/* A third of what is seen is over already. */
void outline_draw(const struct outline *o, int64_t step, size_t lines,
		  const struct terminal *t, struct text *out)
{
	size_t present = outline_find(o, step), first, end, i;

	find_part(o, present, &first, &end);
	if (end - first > lines) {
		size_t before = present > lines / 3 ? present - lines / 3 : 0;

		if (present >= end)
			before = first;
		if (before > first)
			first = before;
		if (end - first < lines)
			first = end - lines;
		end = first + lines;
	}
	for (i = first; i < end; i++)
		add_row(json_array_get(o->rows, i), i == present, t, out);
}
