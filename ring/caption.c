#include "ring/caption.h"

#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"
#include "ring/journal_state.h"

#define DIGITS 7

/* A text in quotes, whatever is in it. */
static void add_text(struct text *out, const char *key, const char *value)
{
	_cleanup_(text_free) struct text clean = { 0 };

	text_add_escaped(&clean, value, strlen(value), PLAN_LABEL_MAX);
	text_addf(out, "%s: \"", key);
	for (const char *s = text_str(&clean); *s; s++) {
		if (*s == '"' || *s == '\\')
			text_add_char(out, '\\');
		text_add_char(out, *s);
	}
	text_add(out, "\"\n");
}

static void add_time(struct text *out, const struct journal *j, const char *key,
		     nsec t)
{
	char iso[NSEC_ISO_MAX];

	nsec_iso(utc(j, t), iso);
	text_addf(out, "%s: %s\n", key, iso);
}

static void add_number(struct text *out, const char *key, double value)
{
	char number[NUMBER_TEXT_MAX] = "null";

	if (isfinite(value))
		number_print_digits(value, DIGITS, number);
	text_addf(out, "%s: %s", key, number);
}

static void add_condition(struct text *out, const char *key,
			  const struct condition *c)
{
	text_addf(out, "%s: {", key);
	add_number(out, "begin", c->begin);
	add_number(out, ", end", c->end);
	add_number(out, ", min", c->min);
	add_number(out, ", max", c->max);
	add_number(out, ", mean", c->mean);
	text_add(out, "}\n");
}

/* Run and label are the log's: without one there is neither. */
static void add_head(const struct journal *j, uint32_t image, uint32_t step,
		     struct text *out)
{
	const char *label = step_label(j, step);

	if (j->run)
		text_addf(out, "run: %u\n", (unsigned)j->run);
	text_addf(out, "image: %u\nstep: %u\n", (unsigned)image,
		  (unsigned)step_number(j, step));
	if (*label)
		add_text(out, "label", label);
}

void caption_ask(const struct journal *j, uint32_t image, uint32_t step,
		 nsec now, struct text *out)
{
	add_head(j, image, step, out);
	add_time(out, j, "asked", now);
}

static void add_gas(const struct journal *j, const char *key,
		    const struct mixture *gas, struct text *out)
{
	char shown[GAS_TEXT_MAX];

	mixture_print(&j->site->gases, gas, shown);
	add_text(out, key, shown);
}

void caption_print(const struct journal *j, const struct image_record *r,
		   const char *detector, struct text *out)
{
	add_head(j, r->image, r->step, out);
	add_time(out, j, "began", r->began);
	add_time(out, j, "ended", r->ended);
	if (r->unblanked > 0) {
		add_number(out, "beam_on_s",
			   nsec_to_s(r->blanked - r->unblanked));
		text_add_char(out, '\n');
	}
	add_condition(out, "temperature_C", &r->temperature);
	add_condition(out, "pressure_Torr", &r->pressure);
	add_condition(out, "flow_sccm", &r->flow);
	add_condition(out, "heater_power_mW", &r->power);
	add_gas(j, "gas_inlet", &r->inlet, out);
	add_gas(j, "gas_sample", &r->sample, out);
	add_number(out, "transit_s", r->transit_s);
	text_add_char(out, '\n');
	if (*detector)
		add_text(out, "detector", detector);
}
