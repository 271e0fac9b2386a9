#include "cli/plain.h"

#include <string.h>

#include "base/array.h"
#include "cli/width.h"

/* In the order of how often they are met. */
static const struct {
	const char *utf8;
	char ascii;
} likes[] = {
	{ "°", 'o' }, { "█", '#' }, { "░", '.' }, { "▁", '_' }, { "▂", '.' },
	{ "▃", '-' }, { "▄", '=' }, { "▅", '+' }, { "▆", '*' }, { "▇", '%' },
	{ "▏", ' ' }, { "▎", ' ' }, { "▍", ':' }, { "▌", ':' }, { "▋", '=' },
	{ "▊", '=' }, { "▉", '#' }, { "…", '~' }, { "·", '.' }, { "—", '-' },
	{ "–", '-' }, { "±", '~' }, { "µ", 'u' }, { "μ", 'u' }, { "×", 'x' },
	{ "ä", 'a' }, { "ö", 'o' }, { "ü", 'u' }, { "Ä", 'A' }, { "Ö", 'O' },
	{ "Ü", 'U' }, { "ß", 's' }, { "é", 'e' }, { "è", 'e' }, { "à", 'a' },
	{ "ç", 'c' }, { "ñ", 'n' }, { "å", 'a' }, { "ø", 'o' }, { "²", '2' },
	{ "³", '3' }, { "₂", '2' }, { "₃", '3' }, { "→", '>' }, { "▶", '>' },
};

static bool add_like(struct text *out, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(likes); i++)
		if (strlen(likes[i].utf8) == n &&
		    !memcmp(likes[i].utf8, s, n)) {
			text_add_char(out, likes[i].ascii);
			return true;
		}
	return false;
}

void plain_add(struct text *out, const char *s)
{
	size_t n, columns;

	for (; *s; s += n) {
		n = width_of_first(s, &columns);
		if (n == 1 && !((unsigned char)*s & 0x80))
			text_add_char(out, *s);
		else if (*s == '\033')
			text_add_n(out, s, n);
		else if (!add_like(out, s, n))
			while (columns--)
				text_add_char(out, '?');
	}
}
