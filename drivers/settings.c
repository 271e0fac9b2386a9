#include "drivers/settings.h"

#include <assert.h>
#include <string.h>

#include "base/number.h"

static int read_value(const struct yaml_node *node, const char *key,
		      const struct setting *s, double *out,
		      struct problems *problems)
{
	struct err err = { 0 };
	double value;

	if (node->kind != YAML_SCALAR)
		return problems_add(problems, node->at,
				    "%s: %s where one value belongs", key,
				    yaml_kind_name(node->kind));
	if (quantity_parse(s->quantity, node->s, &value, &err))
		return problems_add(problems, node->at, "%s: %s", key, err.msg);
	if (!(value >= s->min && value <= s->max)) {
		char low[QUANTITY_TEXT_MAX], high[QUANTITY_TEXT_MAX];

		quantity_format(s->quantity, s->min, low);
		quantity_format(s->quantity, s->max, high);
		return problems_add(problems, node->at,
				    "%s: not between %s and %s", key, low,
				    high);
	}
	*out = value;
	return 0;
}

static int read_list(const struct yaml_node *node, const struct setting *s,
		     double *out, struct problems *problems)
{
	int status = 0;

	if (node->kind != YAML_SEQUENCE || node->n != s->n)
		return problems_add(problems, node->at,
				    "%s: a list of %zu values belongs here",
				    s->key, s->n);
	for (node = node->first; node; node = node->next, out++)
		status |= read_value(node, s->key, s, out, problems);
	return status;
}

bool settings_is_mapping(const struct yaml_node *node, const char *what,
			 struct problems *problems)
{
	if (node->kind == YAML_MAPPING)
		return true;
	problems_add(problems, node->at, "%s: %s where a mapping belongs", what,
		     yaml_kind_name(node->kind));
	return false;
}

void settings_take(const struct yaml_node *map, const struct setting *table,
		   void *out, struct problems *problems)
{
	for (const struct setting *s = table; s->key; s++) {
		const struct yaml_node *node = yaml_get(map, s->key);
		void *place = (char *)out + s->offset;

		if (node && s->n)
			read_list(node, s, place, problems);
		else if (node)
			read_value(node, s->key, s, place, problems);
	}
}

int settings_read(const struct yaml_node *map, const char *what,
		  const struct setting *table, void *out,
		  struct problems *problems)
{
	const char *known[SETTINGS_MAX + 1];
	size_t n = 0, n_before = problems->n_all;

	if (!map)
		return 0;
	if (!settings_is_mapping(map, what, problems))
		return -1;
	settings_take(map, table, out, problems);
	for (; table[n].key; n++) {
		assert(n < SETTINGS_MAX);
		known[n] = table[n].key;
	}
	known[n] = NULL;
	yaml_check_keys(map, what, known, problems);
	return problems->n_all == n_before ? 0 : -1;
}

int settings_integer(const struct yaml_node *node, const char *what,
		     int64_t min, int64_t max, int64_t *value,
		     struct problems *problems)
{
	struct err err = { 0 };

	if (node->kind != YAML_SCALAR)
		return problems_add(problems, node->at,
				    "%s: %s where a whole number belongs", what,
				    yaml_kind_name(node->kind));
	if (number_parse_int(node->s, min, max, value, &err))
		return problems_add(problems, node->at, "%s: %s", what,
				    err.msg);
	return 0;
}

/* Bytes of the first number and its unit: up to the next number. */
static size_t first_part(const char *s)
{
	size_t n = number_span(s);

	if (!n)
		return strlen(s);
	while (s[n] && !strchr("0123456789", s[n]))
		n++;
	return n;
}

static int parse_span(const char *s, double *seconds, struct err *err)
{
	char part[64];
	double sum = 0.0, value;

	do {
		size_t n = first_part(s);

		if (n >= sizeof(part))
			return err_set(err, ERR_INVALID, "is too long");
		memcpy(part, s, n);
		s += n;
		while (n && part[n - 1] == ' ')
			n--;
		part[n] = '\0';
		if (quantity_parse(QUANTITY_TIME, part, &value, err))
			return -1;
		sum += value;
	} while (*s);
	*seconds = sum;
	return 0;
}

int settings_span(const struct yaml_node *node, const char *what,
		  double *seconds, struct problems *problems)
{
	struct err err = { 0 };
	double value = 0.0;

	if (node->kind != YAML_SCALAR)
		return problems_add(problems, node->at,
				    "%s: %s where a time belongs", what,
				    yaml_kind_name(node->kind));
	if (parse_span(node->s, &value, &err))
		return problems_add(problems, node->at, "%s: %s", what,
				    err.msg);
	if (!(value >= 0.0 && value < 1e9))
		return problems_add(problems, node->at,
				    "%s: not between 0 s and 1e9 s", what);
	*seconds = value;
	return 0;
}

int settings_fail(struct problems *problems, struct err *err)
{
	int status = 0;

	if (problems->n) {
		const struct problem *first = &problems->v[0];

		status = err_set(err, ERR_INVALID, "%s:%d:%d: %s", first->file,
				 first->line, first->column, first->msg);
	}
	problems_free(problems);
	return status;
}

int settings_check(const struct yaml_node *map, const char *what,
		   const char *const *known, struct err *err)
{
	struct problems problems = { 0 };

	if (!map)
		return 0;
	if (settings_is_mapping(map, what, &problems))
		yaml_check_keys(map, what, known, &problems);
	return settings_fail(&problems, err);
}

int settings_choice(const struct yaml_node *node, const char *what,
		    const char *first, const char *second, bool *is_second,
		    struct err *err)
{
	bool is_scalar = node && node->kind == YAML_SCALAR;

	if (!node || (is_scalar && strcmp(node->s, first) == 0))
		*is_second = false;
	else if (is_scalar && strcmp(node->s, second) == 0)
		*is_second = true;
	else
		return err_set(err, ERR_INVALID, "%s:%d:%d: %s: %s or %s",
			       node->at.file, node->at.line, node->at.column,
			       what, first, second);
	return 0;
}
