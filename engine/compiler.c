#include "engine/compiler.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "engine/verbs.h"

static const unsigned flags[STEP_KIND_N] = {
	[STEP_RAMP] = STEP_PAUSABLE | STEP_SKIPPABLE,
	[STEP_HOLD_BEGIN] = STEP_PAUSABLE | STEP_SKIPPABLE,
	[STEP_HOLD_END] = STEP_PAUSABLE | STEP_SKIPPABLE,
	[STEP_EQUILIBRATE] = STEP_PAUSABLE | STEP_SKIPPABLE,
	[STEP_WAIT] = STEP_PAUSABLE | STEP_SKIPPABLE,
	[STEP_ASK] = STEP_PAUSABLE | STEP_SKIPPABLE,
	[STEP_IMAGE] = STEP_SKIPPABLE,
};

int compiler_problem(struct compiler *c, struct place at, const char *fmt, ...)
{
	char msg[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	c->n_failed++;
	return problems_add(c->problems, at, "%s", msg);
}

bool compiler_is_full(struct compiler *c)
{
	if (c->n_failed > COMPILER_FAILURES_MAX)
		return true;
	if (c->visits > COMPILER_VISITS_MAX)
		c->build.full = true;
	if (!c->build.full)
		return false;
	compiler_problem(c, (struct place){ .file = c->at.file },
			 "the recipe has more than %d steps, loops unrolled",
			 PLAN_STEPS_MAX);
	return true;
}

void section_begin(struct compiler *c)
{
	builder_section(&c->build);
	c->sealed = false;
}

struct plan_step *step_add(struct compiler *c, enum step_kind kind,
			   const char *label)
{
	struct step_origin origin = { .at = c->at };
	struct plan_step *step = builder_step(&c->build, kind, &origin);
	bool in_phase = c->place & IN_PHASE;

	if (!c->sealed && !in_phase)
		step->flags |= flags[kind];
	step->line = in_phase ? 0 : c->line;
	step->text = builder_label(&c->build, c->prefix, label);
	return step;
}

struct plan_step *step_addf(struct compiler *c, enum step_kind kind,
			    const char *fmt, ...)
{
	char label[COMPILER_LABEL_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(label, sizeof(label), fmt, ap);
	va_end(ap);
	return step_add(c, kind, label);
}

static bool is_gas_role(const char *name)
{
	return !strncmp(name, "gas.", 4);
}

/* The gases there are when one is missing; the nearest name otherwise. */
static int refuse_role(struct compiler *c, struct place at, const char *name)
{
	const char *names[ROLES_MAX + 1] = { 0 }, *nearest;
	_cleanup_(text_free) struct text list = { 0 };
	const struct site *s = c->site;

	for (size_t i = 0; i < s->n_roles; i++)
		names[i] = s->roles[i].name;
	nearest = is_gas_role(name) ? NULL : text_nearest(name, names);
	for (size_t i = 0; i < s->n_roles && is_gas_role(name); i++)
		if (is_gas_role(s->roles[i].name))
			text_addf(&list, "%s%s", list.n ? ", " : "",
				  s->roles[i].name + 4);
	compiler_problem(c, at, "this laboratory has no %s%s%s%s%s%s", name,
			 nearest ? "; did you mean " : "",
			 nearest ? nearest : "", nearest ? "?" : "",
			 list.n ? "; it has " : "", text_str(&list));
	return ROLE_NONE;
}

int need_role(struct compiler *c, struct place at, const char *name,
	      unsigned access)
{
	int role = site_role(c->site, name);

	if (role == ROLE_NONE)
		return refuse_role(c, at, name);
	if ((c->site->roles[role].access & access) == access)
		return role;
	compiler_problem(c, at, "%s cannot be %s", name,
			 access & ROLE_WRITE ? "set" : "read");
	return ROLE_NONE;
}

int need_known(struct compiler *c, enum known_role known)
{
	int role = c->site->known[known];

	if (role == ROLE_NONE)
		compiler_problem(c, c->at, "this laboratory has no %s",
				 known_role_name(known));
	return role;
}
