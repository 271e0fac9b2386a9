#include "site/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "site/config_read.h"

/* Sections in the order in which they build on one another. The values come
 * before all of them: limits need the holder. */
static const struct {
	const char *key;
	void (*read)(struct config_reader *r);
} sections[] = {
	{ "gases", config_read_gases },
	{ "buses", config_read_buses },
	{ "instruments", config_read_instruments },
	{ "roles", config_read_roles },
	{ "limits", config_read_limits },
	{ "gauges", config_read_gauges },
	{ "interlocks", config_read_interlocks },
	{ "safe", config_read_safe },
	{ "phases", config_read_phases },
	{ "access", config_read_access },
	{ "notify", config_read_notify },
};

static void read_sections(struct config_reader *r)
{
	const char *keys[ARRAY_SIZE(sections) + 1] = { 0 };
	size_t i;

	_Static_assert(ARRAY_SIZE(sections) <= CONFIG_SECTIONS_MAX, "too many");
	for (i = 0; i < ARRAY_SIZE(sections); i++)
		keys[i] = sections[i].key;
	fields_preset(&config_values, r->c);
	fields_read(&config_values, r->root, keys, r->c, r->p);
	for (i = 0; i < ARRAY_SIZE(sections); i++)
		sections[i].read(r);
	config_finish_files(r);
}

static char *copy(const char *text, size_t n)
{
	char *s = memory_zeroed(n + 1, 1);

	memcpy(s, text, n);
	return s;
}

static struct config *read_text(struct config_reader *r, const char *text,
				size_t n)
{
	struct config *c = memory_zeroed(1, sizeof(*c));
	size_t before = r->p->n_all;

	r->c = c;
	c->yaml = yaml_parse(text, n, r->file, r->p);
	if (c->yaml) {
		c->text = copy(text, n);
		r->root = yaml_root(c->yaml);
		read_sections(r);
	}
	if (r->p->n_all == before)
		return c;
	problems_sort(r->p);
	config_free(c);
	return NULL;
}

struct config *config_parse_with(const char *plugins, const char *text,
				 size_t n, const char *file,
				 struct problems *problems)
{
	struct config_reader r = {
		.p = problems,
		.file = file,
		.plugins = plugins,
	};

	return read_text(&r, text, n);
}

struct config *config_parse(const char *text, size_t n, const char *file,
			    struct problems *problems)
{
	return config_parse_with(NULL, text, n, file, problems);
}

struct config *config_load(const char *path, struct problems *problems)
{
	_cleanup_(text_free) struct text text = { 0 };
	struct config_reader r = {
		.p = problems,
		.file = path,
		.is_own = true,
	};
	struct err err = { 0 };

	if (!path)
		return config_parse(config_default, config_default_size,
				    "built-in.yaml", problems);
	if (text_read_file(&text, path, YAML_BYTES_MAX, &err)) {
		problems_add(problems, (struct place){ 0 }, "%s", err.msg);
		return NULL;
	}
	return read_text(&r, text_str(&text), text.n);
}

void config_free(struct config *c)
{
	if (!c)
		return;
	definitions_free(&c->definitions);
	plugins_free(&c->plugins);
	yaml_tree_free(c->yaml);
	free(c->text);
	free(c);
}
