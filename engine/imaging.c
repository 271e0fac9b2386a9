#include "engine/imaging.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "engine/value.h"
#include "engine/verbs.h"

#define EXPOSURE_MAX_S 3600.0
#define EVERY_MIN (100 * NSEC_PER_MS)
#define KEYS_MAX 8

static void check_keys(struct compiler *c, const struct yaml_node *map,
		       const char *const *more)
{
	const char *keys[KEYS_MAX + 1] = { "count", "every", "label",
					   "exposure" };
	size_t before = c->problems->n_all, n = 4;

	for (; more && *more && n < KEYS_MAX; more++)
		keys[n++] = *more;
	yaml_check_keys(map, "image", keys, c->problems);
	c->n_failed += c->problems->n_all > before;
}

static int read_exposure(struct compiler *c, const struct yaml_node *node,
			 double *out)
{
	nsec t = 0;
	enum value_state state =
		value_time(c, node, "exposure", NSEC_PER_US, &t);

	if (state == VALUE_BAD)
		return -1;
	if (nsec_to_s(t) > EXPOSURE_MAX_S)
		return compiler_problem(c, node->at, "exposure: at most 1 h");
	*out = nsec_to_s(t);
	return 0;
}

static int read_mapping(struct compiler *c, const struct yaml_node *map,
			struct imaging *out)
{
	const struct yaml_node *every = yaml_get(map, "every");
	enum value_state count, period, label;
	int status;

	count = value_count(c, yaml_get(map, "count"), "count",
			    IMAGING_COUNT_MAX, &out->count);
	period = value_time(c, every, "every", EVERY_MIN, &out->every);
	label = value_text(c, yaml_get(map, "label"), "label",
			   PLAN_LABEL_MAX - 1, &out->label);
	status = read_exposure(c, yaml_get(map, "exposure"), &out->exposure_s);
	if (count == VALUE_BAD || period == VALUE_BAD || label == VALUE_BAD ||
	    status)
		return -1;
	if (period == VALUE_GIVEN && nsec_to_s(out->every) <= out->exposure_s)
		return compiler_problem(c, every->at,
					"every: not longer than "
					"the exposure");
	if (period == VALUE_GIVEN && count == VALUE_ABSENT)
		out->kind = IMAGING_LAPSE;
	return 0;
}

static bool is_word(const struct yaml_node *node, const char *word)
{
	return node->kind == YAML_SCALAR && !strcmp(node->s, word);
}

static bool has_beam(struct compiler *c)
{
	bool beam = need_known(c, KNOWN_BEAM) != ROLE_NONE;

	return need_known(c, KNOWN_CAMERA) != ROLE_NONE && beam;
}

static int read_any(struct compiler *c, const struct yaml_node *node,
		    const char *const *more, struct imaging *out)
{
	const struct yaml_node *value = value_resolve(c, node);
	bool wanted;

	if (!value)
		return -1;
	if (value->kind == YAML_MAPPING) {
		check_keys(c, value, more);
		return read_mapping(c, value, out);
	}
	if (is_word(value, "none"))
		out->kind = IMAGING_NONE;
	else if (value_is_switch(value, &wanted))
		out->kind = wanted ? IMAGING_SERIES : IMAGING_NONE;
	else if (!is_word(value, "all"))
		return compiler_problem(c, node->at,
					"image: yes, no or "
					"'{count: 3, every: 20 s}' is "
					"wanted");
	return 0;
}

int imaging_read(struct compiler *c, const struct yaml_node *node,
		 const char *const *more, struct imaging *out)
{
	*out = (struct imaging){ .kind = IMAGING_NONE };
	if (!node)
		return 0;
	*out = (struct imaging){ .kind = IMAGING_SERIES, .count = 1 };
	if (read_any(c, node, more, out))
		return -1;
	return out->kind == IMAGING_NONE || has_beam(c) ? 0 : -1;
}

static void describe(struct compiler *c, char *out, size_t size, uint32_t count)
{
	char at[QUANTITY_TEXT_MAX] = "", number[24] = "image";

	if (count > 1)
		snprintf(number, sizeof(number), "%u images", count);
	if (!isnan(c->target))
		value_format(QUANTITY_TEMPERATURE, c->target, at);
	snprintf(out, size, "%s%s%s", number, *at ? " at " : "", at);
}

void imaging_add(struct compiler *c, const struct imaging *images)
{
	char label[COMPILER_LABEL_MAX];
	struct plan_step *step;

	if (images->label)
		text_copy(label, sizeof(label), images->label);
	else
		describe(c, label, sizeof(label), images->count);
	step = step_add(c, STEP_IMAGE, label);
	step->image.count = images->count;
	step->image.every = images->every;
	step->image.exposure_s = images->exposure_s;
}

void verb_image(struct compiler *c, const struct call *call)
{
	struct imaging images = { .kind = IMAGING_SERIES, .count = 1 };

	if (call->arg ? imaging_read(c, call->arg, NULL, &images)
		      : !has_beam(c))
		return;
	if (images.kind == IMAGING_NONE) {
		compiler_problem(c, call->at,
				 "image: leave the step out when "
				 "it is not wanted");
		return;
	}
	if (images.kind == IMAGING_LAPSE) {
		compiler_problem(c, call->at,
				 "image: say how many: 'image: "
				 "{count: 10, every: 30 s}'");
		return;
	}
	section_begin(c);
	imaging_add(c, &images);
}

static void set_beam(struct compiler *c, int beam, bool on)
{
	struct plan_step *step;

	step = step_add(c, STEP_SET,
			on ? "unblank the beam" : "blank the beam");
	step->set.first = c->build.plan->n_sets;
	step->set.n = 1;
	builder_set(&c->build, (struct role_value){ (uint16_t)beam, on });
}

void verb_beam_shower(struct compiler *c, const struct call *call)
{
	const struct yaml_node *time = call_need(c, call, "for");
	char text[QUANTITY_TEXT_MAX];
	struct plan_step *step;
	int beam = need_known(c, KNOWN_BEAM);
	nsec t = 0;

	if (value_time(c, time, "for", NSEC_PER_S, &t) != VALUE_GIVEN ||
	    beam == ROLE_NONE)
		return;
	if (!isnan(c->target)) {
		compiler_problem(c, call->at,
				 "beam_shower: the heater is on; "
				 "'cool: rapid' first");
		return;
	}
	section_begin(c);
	set_beam(c, beam, true);
	step = step_addf(c, STEP_WAIT, "beam shower for %s",
			 value_format(QUANTITY_TIME, nsec_to_s(t), text));
	step->flags = STEP_SKIPPABLE;
	step->wait.lasting = t;
	step->wait.within = nsec_after(t, c->site->defaults.step_within);
	set_beam(c, beam, false);
}
