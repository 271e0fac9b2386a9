#include "drivers/sim_fault.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "base/number.h"
#include "base/text.h"
#include "drivers/settings.h"

/* What a kind of fault must be told. */
struct kind {
	const char *name;
	bool needs_instrument;
	bool needs_channel;
	bool has_default; /* of value; else it may or must be given */
	bool needs_value;
	double value;
};

static const struct kind kinds[SIM_FAULT_N] = {
	[SIM_FAULT_NO_REPLY] = { .name = "no_reply", .needs_instrument = true },
	[SIM_FAULT_LATE] = { .name = "late", .needs_instrument = true },
	[SIM_FAULT_GARBAGE] = { .name = "garbage", .needs_instrument = true },
	[SIM_FAULT_STUCK] = { .name = "stuck", .needs_instrument = true },
	[SIM_FAULT_NAN] = { .name = "nan", .needs_instrument = true },
	[SIM_FAULT_OFFSET] = { .name = "offset",
			       .needs_instrument = true,
			       .needs_channel = true,
			       .needs_value = true },
	[SIM_FAULT_LEAK] = { .name = "leak",
			     .has_default = true,
			     .value = 0.5 },
	[SIM_FAULT_RUPTURE] = { .name = "rupture" },
	[SIM_FAULT_PUMP_STOP] = { .name = "pump_stop" },
	[SIM_FAULT_VALVE_STUCK] = { .name = "valve_stuck",
				    .needs_channel = true },
	[SIM_FAULT_MFC_LEAK] = { .name = "mfc_leak",
				 .needs_channel = true,
				 .has_default = true,
				 .value = 0.5 },
	[SIM_FAULT_BEAM_STUCK] = { .name = "beam_stuck" },
	[SIM_FAULT_CAMERA_HANG] = { .name = "camera_hang" },
	[SIM_FAULT_OPEN_HEATER] = { .name = "open_heater" },
	[SIM_FAULT_DRIFT] = { .name = "drift",
			      .has_default = true,
			      .value = 0.02 },
	[SIM_FAULT_SENSE_LOST] = { .name = "sense_lost",
				   .has_default = true,
				   .value = 0.5 },
};

static const char *const keys[] = {
	"kind", "at", "for", "instrument", "channel", "value", NULL,
};

static const char *const valve_channels[] = {
	"h2_valve",	"n2_valve",	"ar_valve",    "nh3_valve",
	"o2_valve",	"supply_valve", "inlet_valve", "outlet_valve",
	"bypass_valve", "pump_valve",	NULL,
};

static const char *const flow_channels[] = {
	"h2_flow", "n2_flow", "ar_flow", "nh3_flow", "o2_flow", NULL,
};

static const char *const line_channels[] = {
	"inlet_pressure",
	"outlet_pressure",
	NULL,
};

/* The channels a kind of plant fault may name, or NULL: any. */
static const char *const *channels_of(enum sim_fault_kind kind)
{
	switch (kind) {
	case SIM_FAULT_VALVE_STUCK: return valve_channels;
	case SIM_FAULT_MFC_LEAK: return flow_channels;
	case SIM_FAULT_LEAK: return line_channels;
	default: return NULL;
	}
}

static int find_kind(const struct yaml_node *node, enum sim_fault_kind *kind,
		     struct problems *problems)
{
	const char *names[SIM_FAULT_N + 1] = { 0 };
	const char *near;

	for (int i = 0; i < SIM_FAULT_N; i++) {
		names[i] = kinds[i].name;
		if (strcmp(node->s, names[i]) == 0) {
			*kind = (enum sim_fault_kind)i;
			return 0;
		}
	}
	near = text_nearest(node->s, names);
	if (near)
		return problems_add(problems, node->at,
				    "unknown kind of fault; did you mean %s?",
				    near);
	return problems_add(problems, node->at, "unknown kind of fault");
}

/* Copies a name, which must be one of `allowed` unless that is NULL. */
static void read_name(const struct yaml_node *node, const char *what,
		      const char *const *allowed, char out[DEVICE_NAME_MAX],
		      struct problems *problems)
{
	const char *near;

	if (node->kind != YAML_SCALAR ||
	    !text_copy(out, DEVICE_NAME_MAX, node->s)) {
		problems_add(problems, node->at, "%s: not a name", what);
		return;
	}
	if (!allowed)
		return;
	for (size_t i = 0; allowed[i]; i++)
		if (strcmp(allowed[i], node->s) == 0)
			return;
	near = text_nearest(node->s, allowed);
	problems_add(problems, node->at,
		     "%s: no such channel for this fault; such as %s", what,
		     near ? near : allowed[0]);
}

/* A bare number: its unit is that of the channel, which is not known here. */
static void read_number(const struct yaml_node *node, struct sim_fault *out,
			struct problems *problems)
{
	struct err err = { 0 };

	if (node->kind != YAML_SCALAR)
		problems_add(problems, node->at, "value: not a number");
	else if (number_parse(node->s, &out->value, &err))
		problems_add(problems, node->at, "value: %s", err.msg);
	out->has_value = true;
}

static void need(const struct yaml_node *map, const char *key,
		 const struct kind *kind, struct problems *problems)
{
	if (!yaml_get(map, key))
		problems_add(problems, map->at, "fault %s: %s is missing",
			     kind->name, key);
}

static void read_times(const struct yaml_node *map, struct sim_fault *out,
		       struct problems *problems)
{
	const struct yaml_node *at = yaml_get(map, "at");
	const struct yaml_node *length = yaml_get(map, "for");
	double s = 0.0;

	if (at)
		settings_span(at, "at", &s, problems);
	out->from = nsec_from_s(s);
	out->until = NSEC_NEVER;
	if (length && settings_span(length, "for", &s, problems) == 0)
		out->until = nsec_after(out->from, nsec_from_s(s));
}

static void read_fault(const struct yaml_node *map, struct sim_fault *out,
		       struct problems *problems)
{
	const struct yaml_node *kind_node = yaml_get(map, "kind");
	const struct yaml_node *node;
	const struct kind *kind;

	yaml_check_keys(map, "a fault", keys, problems);
	if (!kind_node || kind_node->kind != YAML_SCALAR) {
		problems_add(problems, map->at, "a fault needs its kind");
		return;
	}
	if (find_kind(kind_node, &out->kind, problems))
		return;
	kind = &kinds[out->kind];
	read_times(map, out, problems);
	if (kind->needs_instrument)
		need(map, "instrument", kind, problems);
	if (kind->needs_channel)
		need(map, "channel", kind, problems);
	if (kind->needs_value)
		need(map, "value", kind, problems);
	if ((node = yaml_get(map, "instrument")))
		read_name(node, "instrument", NULL, out->instrument, problems);
	if ((node = yaml_get(map, "channel")))
		read_name(node, "channel", channels_of(out->kind), out->channel,
			  problems);
	out->value = kind->value;
	out->has_value = kind->has_default;
	if ((node = yaml_get(map, "value")))
		read_number(node, out, problems);
}

int sim_faults_read(const struct yaml_node *list, struct sim_faults *out,
		    struct problems *problems)
{
	size_t n_before = problems->n_all;

	out->n = 0;
	if (!list)
		return 0;
	if (list->kind != YAML_SEQUENCE)
		return problems_add(problems, list->at,
				    "faults: %s where a list belongs",
				    yaml_kind_name(list->kind));
	for (const struct yaml_node *node = list->first; node;
	     node = node->next) {
		if (out->n == SIM_FAULTS_MAX)
			return problems_add(problems, node->at,
					    "more than %d faults",
					    SIM_FAULTS_MAX);
		if (!settings_is_mapping(node, "a fault", problems))
			continue;
		out->v[out->n] = (struct sim_fault){ 0 };
		read_fault(node, &out->v[out->n++], problems);
	}
	return problems->n_all == n_before ? 0 : -1;
}

bool sim_fault_active(const struct sim_fault *fault, nsec t)
{
	return t >= fault->from && t < fault->until;
}

static bool concerns(const struct sim_fault *fault, const char *instrument)
{
	return !fault->instrument[0] || !instrument[0] ||
	       strcmp(fault->instrument, instrument) == 0;
}

const struct sim_fault *sim_faults_find(const struct sim_faults *faults,
					enum sim_fault_kind kind,
					const char *instrument, nsec t)
{
	for (size_t i = 0; i < faults->n; i++) {
		const struct sim_fault *f = &faults->v[i];

		if (f->kind == kind && sim_fault_active(f, t) &&
		    concerns(f, instrument))
			return f;
	}
	return NULL;
}

nsec sim_faults_next(const struct sim_faults *faults, nsec t)
{
	nsec next = NSEC_NEVER;

	for (size_t i = 0; i < faults->n; i++) {
		const struct sim_fault *f = &faults->v[i];

		if (f->from > t)
			next = nsec_min(next, f->from);
		if (f->until > t)
			next = nsec_min(next, f->until);
	}
	return next;
}

struct sim_link sim_faults_link(const struct sim_faults *faults,
				const char *instrument, nsec t, struct err *err)
{
	struct sim_link link = { .is_done = true };

	if (!faults->n)
		return link;
	if (sim_faults_find(faults, SIM_FAULT_NO_REPLY, instrument, t)) {
		link.is_done = false;
		link.status =
			err_set(err, ERR_TIMEOUT, "%s: no answer", instrument);
	} else if (sim_faults_find(faults, SIM_FAULT_LATE, instrument, t)) {
		link.status =
			err_set(err, ERR_TIMEOUT,
				"%s: the answer came too late", instrument);
	} else if (sim_faults_find(faults, SIM_FAULT_GARBAGE, instrument, t)) {
		link.status =
			err_set(err, ERR_PROTOCOL,
				"%s: the answer makes no sense", instrument);
	}
	return link;
}

static void spoil(struct sim_fault *f, const struct driver *driver,
		  double *values)
{
	for (size_t i = 0; i < driver->n_channels; i++) {
		if (f->channel[0] &&
		    strcmp(f->channel, driver->channels[i].name) != 0)
			continue;
		if (!f->is_held)
			f->held[i] = f->has_value ? f->value : values[i];
		if (f->kind == SIM_FAULT_STUCK)
			values[i] = f->held[i];
		else if (f->kind == SIM_FAULT_NAN)
			values[i] = (double)NAN;
		else
			values[i] += f->value;
	}
	f->is_held = true;
}

void sim_faults_readings(struct sim_faults *faults, const struct device *dev,
			 nsec t, double *values)
{
	for (size_t i = 0; i < faults->n; i++) {
		struct sim_fault *f = &faults->v[i];

		if (f->kind >= SIM_FAULT_STUCK && f->kind <= SIM_FAULT_OFFSET &&
		    sim_fault_active(f, t) && concerns(f, dev->name))
			spoil(f, dev->driver, values);
	}
}
