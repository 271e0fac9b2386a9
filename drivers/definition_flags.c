/* The section status: what an instrument says of itself, in words or bits. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "drivers/definition_device.h"
#include "drivers/definition_read.h"

#define BITS 32
#define SAYS_MAX 120 /* bytes of one saying */
#define STRANGER_MAX 20
#define MORE "; and more"

/* -- reading it ---------------------------------------------------------- */

static void read_bit(struct definition_reader *r, const struct yaml_node *map,
		     struct flag *flag)
{
	const struct yaml_node *node = yaml_get(map, "bit");
	unsigned bit = 0;

	if (!node) {
		problems_add(r->p, map->at,
			     "which bit of the status is it? bit");
		return;
	}
	definition_take_whole(r, map, "bit", (struct whole){ 0, BITS - 1 },
			      &bit);
	flag->bit = (int)bit;
}

static void read_spoils(struct definition_reader *r,
			const struct yaml_node *list, struct flag *flag)
{
	for (const struct yaml_node *node = list ? list->first : NULL; node;
	     node = node->next) {
		int channel = node->kind == YAML_SCALAR
				      ? definition_find_channel(r->d, node->s)
				      : DEFINITION_NONE;

		if (channel < 0)
			problems_add(r->p, node->at,
				     "spoils: there is no such channel");
		else
			flag->spoils |= UINT32_C(1) << channel;
	}
}

static void read_flag(struct definition_reader *r, const struct yaml_node *map,
		      struct flag *flag)
{
	static const char *const keys[] = { "word", "bit", "says", "spoils",
					    NULL };
	const char *word = definition_text(r, map, "word");
	const char *says = definition_text(r, map, "says");

	yaml_check_keys(map, "a status", keys, r->p);
	read_bit(r, map, flag);
	if (word)
		flag->word = definition_kept(r, word);
	else if (r->d->flags.words)
		problems_add(r->p, map->at, "its word is missing");
	if (says && strlen(says) > SAYS_MAX)
		problems_add(r->p, yaml_get(map, "says")->at,
			     "says: in fewer words (at most %d bytes)",
			     SAYS_MAX);
	else if (says)
		flag->says = definition_kept(r, says);
	read_spoils(r, definition_section(r, map, "spoils", YAML_SEQUENCE),
		    flag);
	if (flag->spoils && !says)
		problems_add(r->p, map->at,
			     "what spoils a reading has to be told: says");
}

static void refuse_twins(struct definition_reader *r,
			 const struct yaml_node *map, const struct flag *flag)
{
	for (const struct flag *f = r->d->flags.v; f < flag; f++)
		if (f->bit == flag->bit ||
		    (f->word && flag->word && !strcmp(f->word, flag->word)))
			problems_add(r->p, map->at,
				     "this word or bit is there already");
}

static void read_list(struct definition_reader *r, const struct yaml_node *list)
{
	struct flags *flags = &r->d->flags;

	for (const struct yaml_node *node = list->first; node;
	     node = node->next) {
		struct flag *flag = &flags->v[flags->n];

		if (flags->n == DEFINITION_FLAGS_MAX) {
			problems_add(r->p, node->at, "more than %d",
				     DEFINITION_FLAGS_MAX);
			return;
		}
		if (node->kind != YAML_MAPPING) {
			problems_add(r->p, node->at,
				     "a mapping belongs here, such as "
				     "{bit: 4, says: ..., spoils: [flow]}");
			continue;
		}
		read_flag(r, node, flag);
		refuse_twins(r, node, flag);
		flags->n++;
	}
}

/* Words are a number only by what the section status says. */
static void refuse_other_words(struct definition_reader *r)
{
	const struct definition *d = r->d;
	const struct yaml_node *map = yaml_get(r->root, "channels");

	for (size_t i = 0; i < d->driver.n_channels; i++) {
		const struct source *s = &d->sources[i];

		if (definition_has_words(d, s->ask, s->field) &&
		    (s->ask != d->flags.ask || s->field != d->flags.field))
			problems_add(r->p,
				     yaml_get(map, d->channels[i].name)->at,
				     "%s: words are read by the section "
				     "status, and there is none for these",
				     d->channels[i].name);
	}
}

/* status: {read: poll.status, is: [{word: HLD, bit: 8, says: ...}]} */
void definition_read_flags(struct definition_reader *r)
{
	static const char *const keys[] = { "read", "is", NULL };
	const struct yaml_node *map, *list;
	struct flags *flags = &r->d->flags;

	*flags = (struct flags){ .ask = DEFINITION_NONE,
				 .field = DEFINITION_NONE,
				 .reg = DEFINITION_NONE };
	map = definition_section(r, r->root, "status", YAML_MAPPING);
	if (map) {
		yaml_check_keys(map, "status", keys, r->p);
		list = definition_section(r, map, "is", YAML_SEQUENCE);
		if (definition_text(r, map, "read"))
			definition_read_from(r, yaml_get(map, "read"),
					     &flags->ask, &flags->field,
					     &flags->reg);
		else
			problems_add(r->p, map->at,
				     "status: where is it? read");
		flags->words =
			definition_has_words(r->d, flags->ask, flags->field);
		if (list && list->n)
			read_list(r, list);
		else
			problems_add(r->p, map->at,
				     "status: what it means: is");
	}
	refuse_other_words(r);
}

/* -- what an instrument says --------------------------------------------- */

static const struct definition *definition_of(const struct device *dev)
{
	return (const struct definition *)dev->driver;
}

static const struct flag *find_word(const struct flags *flags, const char *s,
				    size_t n)
{
	for (size_t i = 0; i < flags->n; i++)
		if (strlen(flags->v[i].word) == n &&
		    !memcmp(flags->v[i].word, s, n))
			return &flags->v[i];
	return NULL;
}

static void take_words(const struct flags *flags, const char *s,
		       struct definition_state *state)
{
	while (*s) {
		size_t n = strcspn(s, " ");
		const struct flag *flag = find_word(flags, s, n);

		if (flag)
			state->flags |= UINT32_C(1) << flag->bit;
		else if (n)
			snprintf(state->stranger, sizeof(state->stranger),
				 "%.*s", (int)n, s);
		s += n + (s[n] == ' ');
	}
}

void definition_take_flags(struct device *dev,
			   const struct pattern_value *fields)
{
	const struct flags *flags = &definition_of(dev)->flags;
	struct definition_state *state = dev->state;
	double raw;

	state->flags = 0;
	state->stranger[0] = '\0';
	state->has_flags =
		flags->reg >= 0 || (fields && fields[flags->field].came);
	if (!state->has_flags)
		return;
	if (flags->words) {
		take_words(flags, fields[flags->field].text, state);
		return;
	}
	raw = flags->reg >= 0 ? state->raw[flags->reg]
			      : fields[flags->field].number;
	state->has_flags = raw >= 0 && raw <= UINT32_MAX;
	if (state->has_flags)
		state->flags = (uint32_t)raw;
}

/* Does the channel come with the answer that holds the flags? */
static bool is_beside(const struct definition *d, const struct source *s)
{
	return s->ask >= 0 && s->ask == d->flags.ask;
}

static bool tells_flags(const struct definition *d, const struct source *s)
{
	return is_beside(d, s) && s->field == d->flags.field;
}

/* A word that nobody knows may mean anything: nothing beside it is believed.
 * Without its status it may be in any. */
void definition_apply_flags(const struct device *dev, double *values)
{
	const struct definition *d = definition_of(dev);
	const struct definition_state *state = dev->state;
	uint32_t spoilt = 0;

	for (size_t i = 0; i < d->flags.n; i++)
		if (!state->has_flags || state->flags >> d->flags.v[i].bit & 1)
			spoilt |= d->flags.v[i].spoils;
	for (size_t i = 0; i < d->driver.n_channels; i++) {
		bool is_strange =
			state->stranger[0] && is_beside(d, &d->sources[i]);

		if (d->flags.words && state->has_flags &&
		    tells_flags(d, &d->sources[i]))
			values[i] = state->flags;
		if (is_strange || spoilt >> i & 1)
			values[i] = (double)NAN;
	}
}

/* One more, or that there are more. */
static void add_saying(struct text *all, const char *word, const char *says)
{
	_cleanup_(text_free) struct text one = { 0 };

	if (all->n)
		text_add(&one, "; ");
	if (word)
		text_addf(&one, "%s: ", word);
	text_add(&one, says);
	if (all->n + one.n < DEVICE_CONDITION_MAX - strlen(MORE))
		text_add(all, text_str(&one));
	else if (!strstr(text_str(all), MORE))
		text_add(all, MORE);
}

static void add_stranger(struct text *all, const char *word)
{
	_cleanup_(text_free) struct text shown = { 0 };

	text_add_escaped(&shown, word, strlen(word), STRANGER_MAX);
	text_addf(all,
		  "it says '%s', which its definition does not know: its "
		  "readings are not believed",
		  text_str(&shown));
}

void definition_condition(const struct device *dev,
			  char out[DEVICE_CONDITION_MAX])
{
	const struct definition *d = definition_of(dev);
	const struct definition_state *state = dev->state;
	_cleanup_(text_free) struct text all = { 0 };

	if (!state->has_flags)
		text_add(&all, "it does not tell its status");
	if (state->stranger[0])
		add_stranger(&all, state->stranger);
	for (size_t i = 0; i < d->flags.n; i++) {
		const struct flag *f = &d->flags.v[i];

		if (state->flags >> f->bit & 1 && f->says)
			add_saying(&all, f->word, f->says);
	}
	text_copy(out, DEVICE_CONDITION_MAX, text_str(&all));
}
