#include "node/shelf.h"

#include <stdlib.h>
#include <string.h>

static void take_off(struct shelf *s, size_t i)
{
	free(s->v[i].name);
	free(s->v[i].label);
	sheet_fini(s->v[i].sheet);
	free(s->v[i].sheet);
	s->n--;
	memmove(&s->v[i], &s->v[i + 1], (s->n - i) * sizeof(s->v[0]));
}

void shelf_fini(struct shelf *s)
{
	while (s->n)
		take_off(s, s->n - 1);
}

static size_t place_of(const struct shelf *s, const char *name)
{
	size_t i = 0;

	while (i < s->n && strcmp(s->v[i].name, name))
		i++;
	return i;
}

void shelf_put(struct shelf *s, const char *name, const char *label,
	       struct sheet *sheet)
{
	size_t i = place_of(s, name);

	if (i < s->n)
		take_off(s, i);
	else if (s->n == SHELF_MAX)
		take_off(s, 0);
	s->v[s->n++] = (struct shelf_place){
		.name = text_dup(name),
		.label = text_dup(label ? label : ""),
		.sheet = sheet,
	};
}

const struct shelf_place *shelf_find(const struct shelf *s, const char *name)
{
	size_t i = place_of(s, name);

	return i < s->n ? &s->v[i] : NULL;
}
