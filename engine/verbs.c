#include "engine/verbs.h"

#include <assert.h>
#include <string.h>

#include "base/array.h"
#include "engine/value.h"

#define ANYWHERE (IN_RECIPE | IN_TAIL)
#define KEYS(...)                                                              \
	(const char *const[])                                                  \
	{                                                                      \
		__VA_ARGS__, NULL                                              \
	}

enum {
	INCLUDE,
	REPEAT,
	FOR_EACH,
	RAMP,
	HOLD,
	ANNEAL,
	COOL,
	ATMOSPHERE,
	EVACUATE,
	PURGE,
	ISOLATE,
	IMAGE,
	BEAM_SHOWER,
	EQUILIBRATE,
	WAIT,
	ASK,
	NOTE,
	SET,
	MIX,
	VERBS_N
};

static const struct recipe_verb_help help[VERBS_N] = {
	[INCLUDE] = { "include", "the steps of another recipe" },
	[REPEAT] = { "repeat", "steps several times" },
	[FOR_EACH] = { "for_each", "steps once for each of several values" },
	[RAMP] = { "ramp", "heater to a temperature at a rate; waits when "
			   "the holder falls behind" },
	[HOLD] = { "hold", "stay at a temperature; only time inside the band "
			   "counts" },
	[ANNEAL] = { "anneal", "a staircase of ramps and holds, up or down" },
	[COOL] = { "cool", "heater off, or a controlled ramp down" },
	[ATMOSPHERE] = { "atmosphere", "a gas or a mixture, flowing or "
				       "standing, at a pressure" },
	[EVACUATE] = { "evacuate", "stop all gas and pump the cell" },
	[PURGE] = { "purge", "verified cycles of fill and pump with an inert "
			     "gas" },
	[ISOLATE] = { "isolate", "shut the cell and all supplies" },
	[IMAGE] = { "image", "unblank, acquire, blank; once or several "
			     "times" },
	[BEAM_SHOWER] = { "beam_shower", "beam on while the heater is off, "
					 "against contamination" },
	[EQUILIBRATE] = { "equilibrate", "until temperature, pressure and "
					 "power stand still" },
	[WAIT] = { "wait", "for a time, or until something is so" },
	[ASK] = { "ask", "the operator decides" },
	[NOTE] = { "note", "a line for the log" },
	[SET] = { "set", "setpoints of roles (phases only)" },
	[MIX] = { "mix", "flows and valves of the gases (phases only)" },
};

static const struct verb verbs[VERBS_N] = {
	[INCLUDE] = { verb_include, KEYS("recipe", "with"), "recipe", false,
		      ANYWHERE, "include: clean-cell" },
	[REPEAT] = { verb_repeat, KEYS("times", "steps"), NULL, false, ANYWHERE,
		     "repeat: {times: 3, steps: [...]}" },
	[FOR_EACH] = { verb_for_each, NULL, NULL, false, ANYWHERE,
		       "for_each: {pressure: [50 Torr, 350 Torr], steps: "
		       "[...]}" },
	[RAMP] = { verb_ramp, KEYS("to", "rate", "band", "holdback", "image"),
		   NULL, false, IN_RECIPE,
		   "ramp: {to: 350 °C, rate: 20 °C/min}" },
	[HOLD] = { verb_hold, KEYS("for", "at", "band", "equilibrate", "image"),
		   "for", false, IN_RECIPE, "hold: 10 min" },
	[ANNEAL] = { verb_anneal,
		     KEYS("from", "to", "step", "rate", "hold", "band",
			  "holdback", "equilibrate", "image"),
		     NULL, false, IN_RECIPE,
		     "anneal: {from: 150 °C, to: "
		     "750 °C, step: 100 °C, hold: 10 min}" },
	[COOL] = { verb_cool, KEYS("to", "rate"), "", false, ANYWHERE,
		   "cool: rapid" },
	[ATMOSPHERE] = { verb_atmosphere, KEYS("gas", "pressure", "flow"), NULL,
			 false, ANYWHERE,
			 "atmosphere: {gas: Ar, "
			 "pressure: 350 Torr, flow: 0.1 sccm}" },
	[EVACUATE] = { verb_evacuate, KEYS("to"), NULL, true, ANYWHERE,
		       "evacuate: {to: 1 Torr}" },
	[PURGE] = { verb_purge,
		    KEYS("gas", "cycles", "fill", "base", "residual"), NULL,
		    false, ANYWHERE, "purge: {gas: Ar, cycles: 10}" },
	[ISOLATE] = { verb_isolate, NULL, NULL, true, ANYWHERE, "isolate" },
	[IMAGE] = { verb_image, KEYS("count", "every", "label", "exposure"),
		    NULL, true, IN_RECIPE, "image: {count: 3, every: 20 s}" },
	[BEAM_SHOWER] = { verb_beam_shower, KEYS("for"), "for", false,
			  IN_RECIPE, "beam_shower: 1 h" },
	[EQUILIBRATE] = { verb_equilibrate,
			  KEYS("at_least", "at_most", "temperature", "pressure",
			       "power", "window"),
			  "at_least", true, IN_RECIPE,
			  "equilibrate: {at_least: 5 min}" },
	[WAIT] = { verb_wait, KEYS("until", "lasting", "within", "about"), "",
		   false, ANYWHERE | IN_PHASE,
		   "wait: {until: cell_pressure "
		   "<= 1 Torr, within: 10 min}" },
	[ASK] = { verb_ask, KEYS("text", "choices", "within", "otherwise"),
		  "text", false, ANYWHERE, "ask: Is the sample in focus?" },
	[NOTE] = { verb_note, KEYS("text"), "text", false, ANYWHERE | IN_PHASE,
		   "note: new sample area" },
	[SET] = { verb_set, NULL, NULL, false, IN_PHASE,
		  "set: {valve.inlet: open, pump: on}" },
	[MIX] = { verb_mix, KEYS("gas", "flow"), "", false, IN_PHASE,
		  "mix: {gas: $gas, flow: 10 sccm}" },
};

const struct recipe_verb_help *recipe_verbs(size_t *n)
{
	*n = VERBS_N;
	return help;
}

const struct yaml_node *call_get(const struct call *call, const char *key)
{
	const char *main = call->verb->main;

	if (!call->arg)
		return NULL;
	if (call->arg->kind == YAML_MAPPING)
		return yaml_get(call->arg, key);
	return main && !strcmp(main, key) ? call->arg : NULL;
}

const struct yaml_node *call_need(struct compiler *c, const struct call *call,
				  const char *key)
{
	const struct yaml_node *node = call_get(call, key);

	if (!node)
		compiler_problem(c, call->at, "%s needs '%s', like '%s'",
				 call->name, key, call->verb->example);
	return node;
}

/* A phase of a tail is a phase first. */
static bool is_allowed(const struct compiler *c, const struct verb *verb)
{
	return verb->places & (c->place & IN_PHASE ? IN_PHASE : c->place);
}

/* Index of the verb, or VERBS_N with a problem. */
static size_t find(struct compiler *c, struct place at, const char *name)
{
	const char *names[VERBS_N + 1] = { 0 }, *nearest;
	_cleanup_(text_free) struct text list = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < VERBS_N; i++) {
		if (!strcmp(help[i].verb, name))
			return i;
		if (is_allowed(c, &verbs[i]))
			names[n++] = help[i].verb;
	}
	nearest = text_nearest(name, names);
	for (size_t i = 0; i < n && !nearest; i++)
		text_addf(&list, "%s%s", i ? ", " : "", names[i]);
	compiler_problem(c, at, "there is no step '%.40s'; %s%s%s", name,
			 nearest ? "did you mean '" : "there are: ",
			 nearest ? nearest : text_str(&list),
			 nearest ? "'?" : "");
	return VERBS_N;
}

static bool is_allowed_here(struct compiler *c, const struct call *call)
{
	if (is_allowed(c, call->verb))
		return true;
	if (c->place & IN_PHASE)
		compiler_problem(c, call->at, "a phase cannot use '%s'",
				 call->name);
	else if (call->verb->places == IN_PHASE)
		compiler_problem(c, call->at,
				 "'%s' is for the phases of a "
				 "site; a recipe says what it wants with "
				 "atmosphere, evacuate, purge or isolate",
				 call->name);
	else
		compiler_problem(c, call->at,
				 "'%s' cannot stand in on_fault: "
				 "it must be safe whatever has happened",
				 call->name);
	return false;
}

/* Has the argument a shape that this verb can read? */
static bool is_shaped(struct compiler *c, const struct call *call)
{
	const struct verb *verb = call->verb;

	if (!call->arg && verb->bare)
		return true;
	if (call->arg && call->arg->kind == YAML_MAPPING &&
	    !(verb->bare && !verb->keys))
		return true;
	if (call->arg && call->arg->kind == YAML_SCALAR && verb->main)
		return true;
	compiler_problem(c, call->at, "%s is written like '%s'", call->name,
			 verb->example);
	return false;
}

static void check_keys(struct compiler *c, const struct call *call)
{
	size_t before = c->problems->n_all;

	if (!call->verb->keys || !call->arg)
		return;
	yaml_check_keys(call->arg, call->name, call->verb->keys, c->problems);
	c->n_failed += c->problems->n_all > before;
}

/* A key with nothing behind it: the same as the bare word. */
static bool is_empty(const struct yaml_node *node)
{
	return node->kind == YAML_SCALAR && !node->quoted && !*node->s;
}

static bool read_call(struct compiler *c, const struct yaml_node *step,
		      struct call *call)
{
	const struct yaml_node *first = step->first;

	if (step->kind == YAML_SCALAR && *step->s) {
		*call = (struct call){ .name = step->s, .at = step->at };
		return true;
	}
	if (step->kind != YAML_MAPPING || !first) {
		compiler_problem(c, step->at,
				 "a step is wanted, like '- "
				 "cool: rapid'");
		return false;
	}
	if (first->next) {
		compiler_problem(c, first->next->key_at,
				 "a step has one verb "
				 "('%s'); '%s' needs a '- ' of its own, or "
				 "more indentation",
				 first->key, first->next->key);
		return false;
	}
	*call = (struct call){ .name = first->key, .at = first->key_at };
	call->arg = is_empty(first) ? NULL : first;
	return true;
}

/* A mapping behind a $name is taken here, a scalar where it is read, so that
 * messages can name it. */
static bool resolve_arg(struct compiler *c, struct call *call)
{
	const struct yaml_node *value;

	if (!call->arg || !scope_reference(call->arg))
		return true;
	value = value_resolve(c, call->arg);
	if (value && value->kind != YAML_SCALAR)
		call->arg = value;
	return value;
}

static void compile(struct compiler *c, const struct yaml_node *step)
{
	struct call call;
	size_t i;

	if (!read_call(c, step, &call))
		return;
	i = find(c, call.at, call.name);
	if (i == VERBS_N)
		return;
	call.verb = &verbs[i];
	if (!(c->place & IN_PHASE))
		c->at = call.at;
	if (!is_allowed_here(c, &call))
		return;
	if (!resolve_arg(c, &call) || !is_shaped(c, &call))
		return;
	check_keys(c, &call);
	call.verb->compile(c, &call);
}

void verbs_compile(struct compiler *c, const struct yaml_node *steps)
{
	if (steps->kind != YAML_SEQUENCE || !steps->n) {
		compiler_problem(c, steps->at,
				 "a list of steps is wanted, "
				 "each with '- ' in front");
		return;
	}
	for (const struct yaml_node *n = steps->first; n; n = n->next) {
		if (c->n_including == 0 && !(c->place & IN_PHASE))
			c->line = (uint32_t)n->at.line;
		c->visits++;
		if (compiler_is_full(c))
			return;
		compile(c, n);
	}
}
