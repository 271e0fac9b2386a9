/*
 * The people of the laboratory: who may what by group, and the program that
 * tells them what happens. Texts stay those of the tree.
 */
#include <string.h>

#include "base/array.h"
#include "site/config_read.h"

#define TIMEOUT (10 * NSEC_PER_S)
#define TIMEOUT_MIN (100 * NSEC_PER_MS)
#define TIMEOUT_MAX (10 * 60 * NSEC_PER_S)
#define NAME_MAX_BYTES 64

static const char *const right_names[] = {
	[CONFIG_OBSERVER] = "observer",
	[CONFIG_OPERATOR] = "operator",
	[CONFIG_ADMIN] = "admin",
	[CONFIG_RIGHTS] = NULL,
};

const char *const config_notice_names[] = {
	[CONFIG_ON_START] = "start", [CONFIG_ON_END] = "end",
	[CONFIG_ON_TRIP] = "trip",   [CONFIG_ON_PROMPT] = "prompt",
	[CONFIG_ON_ALARM] = "alarm", [CONFIG_NOTICES] = NULL,
};

/* A list of at most max texts under key; NULL, with a problem, when it is
 * not that. */
static const struct yaml_node *list(struct config_reader *r,
				    const struct yaml_node *map,
				    const char *key, size_t max)
{
	const struct yaml_node *node = yaml_get(map, key), *child;

	if (!node || !config_is(node, YAML_SEQUENCE, key, r->p))
		return NULL;
	if (node->n > max) {
		problems_add(r->p, node->at, "%s: at most %zu", key, max);
		return NULL;
	}
	for (child = node->first; child; child = child->next)
		if (!config_is(child, YAML_SCALAR, key, r->p))
			return NULL;
	return node;
}

/* -- who may what ------------------------------------------------------ */

/* One group stands for one right: the higher one would win unseen. */
static void check_once(struct config_reader *r, const struct yaml_node *node)
{
	const struct config_access *a = &r->c->access;

	for (int i = 0; i < CONFIG_RIGHTS; i++)
		for (size_t k = 0; k < a->rights[i].n; k++)
			if (!strcmp(a->rights[i].name[k], node->s))
				problems_add(r->p, node->at,
					     "the group '%s' is named twice "
					     "(also as %s)",
					     node->s, right_names[i]);
}

static void read_groups(struct config_reader *r, const struct yaml_node *map,
			enum config_right right)
{
	const struct yaml_node *node =
		list(r, map, right_names[right], CONFIG_GROUPS_MAX);
	struct config_groups *groups = &r->c->access.rights[right];
	const struct yaml_node *child;

	for (child = node ? node->first : NULL; child; child = child->next) {
		if (!child->s[0] || strlen(child->s) >= NAME_MAX_BYTES) {
			problems_add(r->p, child->at,
				     "'%s' is no name of a group", child->s);
			continue;
		}
		check_once(r, child);
		groups->name[groups->n++] = child->s;
	}
}

void config_read_access(struct config_reader *r)
{
	const struct yaml_node *map = config_section(r, "access", YAML_MAPPING);

	if (!map)
		return;
	yaml_check_keys(map, "access", right_names, r->p);
	for (int i = 0; i < CONFIG_RIGHTS; i++) {
		read_groups(r, map, (enum config_right)i);
		r->c->access.given |= yaml_get(map, right_names[i]) != NULL;
	}
}

static void print_words(const char *const *words, size_t n, struct text *out)
{
	text_add_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		text_add(out, i ? ", " : "");
		config_print_text(words[i], out);
	}
	text_add(out, "]\n");
}

void config_print_access(const struct config *c, struct text *out)
{
	for (int i = 0; c->access.given && i < CONFIG_RIGHTS; i++) {
		const struct config_groups *g = &c->access.rights[i];

		text_addf(out, "  %s: ", right_names[i]);
		print_words(g->name, g->n, out);
	}
}

/* -- who is told ------------------------------------------------------- */

static void read_command(struct config_reader *r, const struct yaml_node *map)
{
	const struct yaml_node *node =
		list(r, map, "command", CONFIG_WORDS_MAX - 1);
	struct config_notify *n = &r->c->notify;
	const struct yaml_node *child;

	if (!yaml_get(map, "command"))
		problems_add(r->p, map->at,
			     "notify needs a command: [program, arguments]");
	if (!node)
		return;
	if (!node->first || node->first->s[0] != '/') {
		problems_add(r->p, node->at,
			     "command: the program is named by its whole "
			     "path, like /usr/bin/mail");
		return;
	}
	for (child = node->first; child; child = child->next)
		n->word[n->n++] = child->s;
}

static void read_on(struct config_reader *r, const struct yaml_node *map)
{
	const struct yaml_node *node = list(r, map, "on", CONFIG_NOTICES);
	const struct yaml_node *child;
	int i;

	if (!yaml_get(map, "on"))
		for (i = 0; i < CONFIG_NOTICES; i++)
			r->c->notify.on[i] = true;
	for (child = node ? node->first : NULL; child; child = child->next) {
		i = config_word(r, child, "event to tell of",
				config_notice_names);
		if (i >= 0)
			r->c->notify.on[i] = true;
	}
}

void config_read_notify(struct config_reader *r)
{
	static const char *const keys[] = { "command", "on", "timeout", NULL };
	const struct yaml_node *map = config_section(r, "notify", YAML_MAPPING);
	struct config_notify *n = &r->c->notify;

	n->timeout = TIMEOUT;
	if (!map || !map->n)
		return;
	yaml_check_keys(map, "notify", keys, r->p);
	read_command(r, map);
	read_on(r, map);
	if (yaml_get(map, "timeout"))
		config_time(r, yaml_get(map, "timeout"), TIMEOUT_MIN,
			    TIMEOUT_MAX, &n->timeout);
}

void config_print_notify(const struct config *c, struct text *out)
{
	const struct config_notify *n = &c->notify;
	const char *on[CONFIG_NOTICES];
	size_t n_on = 0;

	if (!n->n)
		return;
	text_add(out, "  command: ");
	print_words(n->word, n->n, out);
	for (int i = 0; i < CONFIG_NOTICES; i++)
		if (n->on[i])
			on[n_on++] = config_notice_names[i];
	text_add(out, "  on: ");
	print_words(on, n_on, out);
	text_add(out, "  timeout: ");
	config_print_time(n->timeout, out);
	text_add_char(out, '\n');
}
