/* ask and note: words between the recipe and its operator. */
#include <string.h>

#include "base/array.h"
#include "engine/value.h"
#include "engine/verbs.h"

#define SENTENCE_MAX 160 /* bytes */
#define CHOICE_MAX 40	 /* bytes */

struct question {
	const char *text;
	uint32_t n;
	const char *choice[PLAN_CHOICES_MAX];
	nsec within;
	int otherwise;
};

static int read_choice(struct compiler *c, const struct yaml_node *node,
		       struct question *q)
{
	const char *choice;

	if (q->n == PLAN_CHOICES_MAX)
		return compiler_problem(c, node->at, "choices: at most %d",
					PLAN_CHOICES_MAX);
	if (value_text(c, node, "choices", CHOICE_MAX, &choice) != VALUE_GIVEN)
		return -1;
	for (uint32_t i = 0; i < q->n; i++)
		if (!strcmp(q->choice[i], choice))
			return compiler_problem(c, node->at,
						"choices: '%s' "
						"is there twice",
						choice);
	q->choice[q->n++] = choice;
	return 0;
}

static int read_choices(struct compiler *c, const struct yaml_node *node,
			struct question *q)
{
	const struct yaml_node *list = node ? value_resolve(c, node) : NULL;

	if (!node) {
		q->choice[q->n++] = "continue";
		q->choice[q->n++] = "abort";
		return 0;
	}
	if (!list)
		return -1;
	if (list->kind != YAML_SEQUENCE || !list->n)
		return compiler_problem(c, node->at,
					"choices: a list is "
					"wanted, like '[continue, abort]'");
	for (const struct yaml_node *n = list->first; n; n = n->next)
		if (read_choice(c, n, q))
			return -1;
	return 0;
}

static int read_otherwise(struct compiler *c, const struct call *call,
			  struct question *q)
{
	const struct yaml_node *node = call_get(call, "otherwise");
	const char *word;

	q->otherwise = -1;
	if (!node)
		return 0;
	if (!q->within)
		return compiler_problem(c, node->at,
					"otherwise: goes with "
					"'within'");
	if (value_text(c, node, "otherwise", CHOICE_MAX, &word) != VALUE_GIVEN)
		return -1;
	for (uint32_t i = 0; i < q->n; i++)
		if (!strcmp(q->choice[i], word))
			q->otherwise = (int)i;
	if (q->otherwise >= 0 || !strcmp(word, "fault"))
		return 0;
	return compiler_problem(c, node->at,
				"otherwise: '%s' is not one of "
				"the choices, nor 'fault'",
				word);
}

/* "abort" is an answer like others, but it ends the run. */
static void add_question(struct compiler *c, const struct question *q)
{
	struct plan_step *step;

	section_begin(c);
	step = step_add(c, STEP_ASK, "");
	step->text = builder_text(&c->build, q->text);
	step->ask.n_choices = q->n;
	for (uint32_t i = 0; i < q->n; i++) {
		step->ask.choice[i] = builder_text(&c->build, q->choice[i]);
		if (!strcmp(q->choice[i], "abort"))
			step->ask.abort |= 1u << i;
	}
	step->ask.within = q->within;
	step->ask.otherwise = q->otherwise;
}

void verb_ask(struct compiler *c, const struct call *call)
{
	const struct yaml_node *text = call_need(c, call, "text");
	struct question q = { 0 };
	enum value_state said, within;
	int choices;

	said = value_text(c, text, "text", SENTENCE_MAX, &q.text);
	within = value_time(c, call_get(call, "within"), "within", NSEC_PER_S,
			    &q.within);
	choices = read_choices(c, call_get(call, "choices"), &q);
	if (said != VALUE_GIVEN || within == VALUE_BAD || choices ||
	    read_otherwise(c, call, &q))
		return;
	add_question(c, &q);
}

void verb_note(struct compiler *c, const struct call *call)
{
	const struct yaml_node *node = call_need(c, call, "text");
	struct plan_step *step;
	const char *text;

	if (value_text(c, node, "text", SENTENCE_MAX, &text) != VALUE_GIVEN)
		return;
	if (!(c->place & IN_PHASE))
		section_begin(c);
	step = step_add(c, STEP_NOTE, "");
	step->text = builder_text(&c->build, text);
}
