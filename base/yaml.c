#include "base/yaml.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/array.h"

/*
 * libyaml scans at most 1024 characters ahead of the event it delivers, so
 * counting depth by events stops its quadratic bracket stack after some 3 ms.
 * %TAG lines, the other quadratic thing in it, are refused before it starts.
 */

#define KEY_MAX 64 /* bytes */

struct yaml {
	struct arena arena;
	struct yaml_node *root;
	const char *file;
};

/* A mapping or list that is still open. */
struct frame {
	struct yaml_node *node;
	struct yaml_node *last;
	const char *key; /* seen, its value not yet */
	struct place key_at;
};

struct builder {
	struct yaml *y;
	struct problems *p;
	bool bad; /* has added a problem */
	size_t n_nodes;
	size_t depth;
	struct frame open[YAML_DEPTH_MAX];
};

static struct place place_of(const struct builder *b, yaml_mark_t mark)
{
	return (struct place){ b->y->file, (int)mark.line + 1,
			       (int)mark.column + 1 };
}

__attribute__((format(printf, 3, 4))) static int refuse(struct builder *b,
							struct place at,
							const char *fmt, ...)
{
	char msg[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	b->bad = true;
	return problems_add(b->p, at, "%s", msg);
}

/* Line and column of byte i. */
static struct place find_place(const struct builder *b, const char *s, size_t i)
{
	struct place at = { b->y->file, 1, 1 };
	size_t k;

	for (k = 0; k < i; k++) {
		if (s[k] == '\n' || (s[k] == '\r' && s[k + 1] != '\n')) {
			at.line++;
			at.column = 1;
		} else if (((unsigned char)s[k] & 0xc0) != 0x80) {
			at.column++;
		}
	}
	return at;
}

static int check_directives(struct builder *b, const char *s, size_t n)
{
	const char *line = s;

	while (line && line < s + n) {
		if (*line == '%')
			return refuse(b, find_place(b, s, (size_t)(line - s)),
				      "a line cannot begin with '%%'");
		line = memchr(line, '\n', (size_t)(s + n - line));
		if (line)
			line++;
	}
	return 0;
}

/* What can be said about the text as a whole, before libyaml sees it. */
static int check_bytes(struct builder *b, const char *s, size_t n)
{
	struct place whole = { b->y->file, 0, 0 };
	size_t clean;

	if (n > YAML_BYTES_MAX)
		return refuse(b, whole, "%zu bytes are more than %d", n,
			      YAML_BYTES_MAX);
	clean = text_clean_span(s, n);
	if (clean == n)
		return check_directives(b, s, n);
	return refuse(b, find_place(b, s, clean), "%s (byte 0x%02x)",
		      (unsigned char)s[clean] < 0x80
			      ? "a control character"
			      : "not UTF-8, or a mark that reorders text",
		      (unsigned int)(unsigned char)s[clean]);
}

static void check_properties(struct builder *b, struct place at,
			     const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor)
		refuse(b, at, "anchors (&%.40s) are not used here",
		       (const char *)anchor);
	if (tag) /* as it was written is not known here: "!!str" */
		refuse(b, at, "tags (words with '!') are not used here");
}

static struct frame *top(struct builder *b)
{
	return b->depth ? &b->open[b->depth - 1] : NULL;
}

static bool wants_key(struct builder *b)
{
	struct frame *f = top(b);

	return f && f->node->kind == YAML_MAPPING && !f->key;
}

/* An empty key stands for one that was refused. */
static void set_key(struct builder *b, const char *key, struct place at)
{
	struct frame *f = top(b);

	assert(f);
	f->key = key;
	f->key_at = at;
}

static void attach(struct builder *b, struct yaml_node *node)
{
	struct frame *f = top(b);

	if (!f) {
		b->y->root = node;
		return;
	}
	node->key = f->key;
	node->key_at = f->key_at;
	f->key = NULL;
	if (f->last)
		f->last->next = node;
	else
		f->node->first = node;
	f->last = node;
	f->node->n++;
}

static struct yaml_node *new_node(struct builder *b, enum yaml_kind kind,
				  struct place at)
{
	struct yaml_node *node;

	if (++b->n_nodes > YAML_NODES_MAX) {
		refuse(b, at, "more than %d values", YAML_NODES_MAX);
		return NULL;
	}
	node = arena_take(&b->y->arena, sizeof(*node));
	*node = (struct yaml_node){ .kind = kind, .at = at, .s = "" };
	return node;
}

static bool is_plain_word(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		char c = s[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '_' ||
		      (i && (c == '-' || c == '.'))))
			return false;
	}
	return n > 0;
}

static void on_key(struct builder *b, const char *s, size_t n, struct place at)
{
	set_key(b, "", at);
	if (n == 2 && !memcmp(s, "<<", 2))
		refuse(b, at, "merge keys (<<) are not used here");
	else if (!n)
		refuse(b, at, "a word is missing before the ':'");
	else if (n > KEY_MAX)
		refuse(b, at, "'%.40s...' is too long for a key", s);
	else if (!is_plain_word(s, n))
		refuse(b, at,
		       "'%s' cannot be a key: only letters, digits, "
		       "'_', '-' and '.'",
		       s);
	else
		set_key(b, arena_text(&b->y->arena, s, n), at);
}

static int add_scalar(struct builder *b, struct place at, const char *s,
		      size_t n, bool quoted)
{
	struct yaml_node *node;

	if (wants_key(b)) {
		on_key(b, s, n, at);
		return 0;
	}
	node = new_node(b, YAML_SCALAR, at);
	if (!node)
		return -1;
	node->s = arena_text(&b->y->arena, s, n);
	node->quoted = quoted;
	attach(b, node);
	return 0;
}

static int on_scalar(struct builder *b, const yaml_event_t *event)
{
	struct place at = place_of(b, event->start_mark);
	const char *s = (const char *)event->data.scalar.value;
	size_t n = event->data.scalar.length;

	check_properties(b, at, event->data.scalar.anchor,
			 event->data.scalar.tag);
	if (n > YAML_SCALAR_MAX)
		refuse(b, at, "a text of %zu bytes, at most %d are taken", n,
		       YAML_SCALAR_MAX);
	else if (text_clean_span(s, n) < n)
		refuse(b, at, "a control character in the text");
	return add_scalar(b, at, s, n,
			  event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE);
}

static int on_alias(struct builder *b, const yaml_event_t *event)
{
	struct place at = place_of(b, event->start_mark);

	refuse(b, at, "aliases (*%.40s) are not used here",
	       (const char *)event->data.alias.anchor);
	if (!wants_key(b))
		return add_scalar(b, at, "", 0, false);
	set_key(b, "", at);
	return 0;
}

static int on_start(struct builder *b, const yaml_event_t *event,
		    enum yaml_kind kind)
{
	struct place at = place_of(b, event->start_mark);
	struct yaml_node *node;

	if (b->depth == YAML_DEPTH_MAX)
		return refuse(b, at, "nested deeper than %d", YAML_DEPTH_MAX);
	/* Both events keep these two in places of their own. */
	if (kind == YAML_MAPPING)
		check_properties(b, at, event->data.mapping_start.anchor,
				 event->data.mapping_start.tag);
	else
		check_properties(b, at, event->data.sequence_start.anchor,
				 event->data.sequence_start.tag);
	node = new_node(b, kind, at);
	if (!node)
		return -1;
	if (wants_key(b)) {
		refuse(b, at, "%s cannot be a key", yaml_kind_name(kind));
		set_key(b, "", at);
	} else {
		attach(b, node);
	}
	b->open[b->depth++] = (struct frame){ .node = node };
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct yaml_node *m = *(const struct yaml_node *const *)a;
	const struct yaml_node *n = *(const struct yaml_node *const *)b;
	int order = strcmp(m->key, n->key);

	if (order)
		return order;
	if (m->key_at.line != n->key_at.line)
		return m->key_at.line < n->key_at.line ? -1 : 1;
	return m->key_at.column < n->key_at.column ? -1 : 1;
}

static void find_duplicates(struct builder *b, const struct yaml_node *map)
{
	const struct yaml_node **sorted, *node, *first;
	size_t n = 0, i;

	sorted = memory_zeroed(map->n, sizeof(*sorted));
	for (node = map->first; node; node = node->next)
		sorted[n++] = node;
	qsort(sorted, n, sizeof(*sorted), by_key);
	for (i = 1, first = n ? sorted[0] : NULL; i < n; i++) {
		node = sorted[i];
		if (strcmp(node->key, first->key))
			first = node;
		else if (*node->key)
			problems_add(b->p, node->key_at,
				     "'%s' is written "
				     "twice, the first time in line %d",
				     node->key, first->key_at.line);
	}
	free(sorted);
}

static int on_end(struct builder *b)
{
	struct frame *f = top(b);

	assert(f);
	if (f->node->kind == YAML_MAPPING && f->node->n > 1)
		find_duplicates(b, f->node);
	b->depth--;
	return 0;
}

static int on_document(struct builder *b, const yaml_event_t *event)
{
	if (!b->y->root)
		return 0;
	return refuse(b, place_of(b, event->start_mark),
		      "a second document; only one is read");
}

/* 0: go on. */
static int on_event(struct builder *b, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT: return on_scalar(b, event);
	case YAML_ALIAS_EVENT: return on_alias(b, event);
	case YAML_MAPPING_START_EVENT: return on_start(b, event, YAML_MAPPING);
	case YAML_SEQUENCE_START_EVENT:
		return on_start(b, event, YAML_SEQUENCE);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT: return on_end(b);
	case YAML_DOCUMENT_START_EVENT: return on_document(b, event);
	default: return 0;
	}
}

/*
 * What libyaml says, and what helps a person who has never read its grammar.
 * `opened`: the place to look at is where the broken thing began.
 */
static const struct phrase {
	const char *theirs, *ours;
	bool opened;
} phrases[] = {
	{ "mapping values are not allowed",
	  "a ':' is not expected here: check the indentation and the blank "
	  "behind each ':', or put the text in quotes",
	  false },
	{ "did not find expected key",
	  "expected 'word: value' here: check the indentation and the "
	  "quotes",
	  false },
	{ "did not find expected '-' indicator",
	  "expected '- ' here: check the indentation of the list", false },
	{ "did not find expected ',' or ']'",
	  "the list opened here with '[' is not closed, or a ',' is missing",
	  true },
	{ "did not find expected ',' or '}'",
	  "the mapping opened here with '{' is not closed, or a ',' is "
	  "missing",
	  true },
	{ "could not find expected ':'", "expected ': ' after this word",
	  true },
	{ "found unexpected end of stream",
	  "the quote opened here is never closed", true },
	{ "did not find expected <document start>",
	  "this does not belong to what stands above: check the "
	  "indentation",
	  false },
	{ "found character that cannot start any token",
	  "a value cannot start with this character: put it in quotes", false },
};

/* The character with that number; libyaml does not tell the byte. */
static const char *find_char(const char *s, size_t n, size_t index)
{
	const char *end = s + n;

	for (; s < end; s++)
		if (((unsigned char)*s & 0xc0) != 0x80 && !index--)
			return s;
	return "";
}

static int refuse_syntax(struct builder *b, const yaml_parser_t *parser,
			 const char *s, size_t n)
{
	const char *theirs = parser->problem ? parser->problem : "not YAML";
	struct place at = place_of(b, parser->problem_mark);
	size_t i;

	if (strstr(theirs, "cannot start any token") &&
	    *find_char(s, n, parser->problem_mark.index) == '\t')
		return refuse(b, at, "a tab cannot indent: use blanks");
	for (i = 0; i < ARRAY_SIZE(phrases); i++) {
		if (!strstr(theirs, phrases[i].theirs))
			continue;
		if (phrases[i].opened && parser->context)
			at = place_of(b, parser->context_mark);
		return refuse(b, at, "%s", phrases[i].ours);
	}
	return refuse(b, at, "%s", theirs);
}

static void build(struct builder *b, const char *s, size_t n)
{
	yaml_parser_t parser;
	yaml_event_t event;
	bool more = true;

	if (!yaml_parser_initialize(&parser))
		abort();
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)s, n);
	while (more) {
		if (!yaml_parser_parse(&parser, &event)) {
			if (parser.error == YAML_MEMORY_ERROR)
				abort();
			refuse_syntax(b, &parser, s, n);
			break;
		}
		more = !on_event(b, &event) &&
		       event.type != YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
}

static bool is_empty(const struct yaml_node *root)
{
	return !root ||
	       (root->kind == YAML_SCALAR && !*root->s && !root->quoted);
}

struct yaml *yaml_parse(const char *s, size_t n, const char *file,
			struct problems *p)
{
	struct yaml *y = memory_zeroed(1, sizeof(*y));
	struct builder b = { .y = y, .p = p };

	y->file = arena_text(&y->arena, file, strlen(file));
	if (n >= 3 && !memcmp(s, "\xef\xbb\xbf", 3)) {
		s += 3; /* some editors begin every file with this mark */
		n -= 3;
	}
	if (!check_bytes(&b, s, n))
		build(&b, s, n);
	if (!b.bad && is_empty(y->root))
		refuse(&b, (struct place){ .file = y->file }, "is empty");
	if (!b.bad)
		return y;
	yaml_tree_free(y);
	return NULL;
}

void yaml_tree_free(struct yaml *y)
{
	if (!y)
		return;
	arena_free(&y->arena);
	free(y);
}

const struct yaml_node *yaml_root(const struct yaml *y)
{
	return y->root;
}
