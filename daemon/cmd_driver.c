/* gascelld driver check FILE: a definition's mistakes, or its channels. */
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "daemon/commands.h"
#include "daemon/driver_print.h"
#include "daemon/options.h"
#include "drivers/definition.h"

static void print_definition(const struct definition *d, struct text *out)
{
	driver_print(&d->driver, false, out);
	text_addf(out, "  proof: %s\n", d->proof);
	if (d->unverified[0])
		text_addf(out, "  unverified: %s\n", d->unverified);
}

static int check_file(const char *path, struct text *out)
{
	_cleanup_(text_free) struct text text = { 0 };
	struct problems problems = { 0 };
	struct definition *d = NULL;
	struct err err = { 0 };

	if (text_read_file(&text, path, YAML_BYTES_MAX, &err))
		text_addf(out, "%s\n", err.msg);
	else
		d = definition_parse(text_str(&text), text.n, path, &problems);
	if (d)
		print_definition(d, out);
	problems_sort(&problems);
	problems_print(&problems, out);
	problems_free(&problems);
	definition_free(d);
	return d ? EXIT_OK : EXIT_FAILED;
}

int driver_main(int argc, char **argv)
{
	const struct options options = {
		.name = "driver",
		.words = "check FILE",
		.min = 2,
		.max = 2,
		.summary = "Finds the mistakes in an instrument's definition, "
			   "or prints its channels.",
		.more = "docs/drivers.md describes how a definition is "
			"written.\n",
	};
	_cleanup_(text_free) struct text out = { 0 };
	struct options_words words;
	int code = options_parse(&options, argc, argv, &words);

	if (code >= 0)
		return code;
	if (strcmp(words.v[0], "check")) {
		fputs("gascelld driver: only check FILE is known\n", stderr);
		return EXIT_USAGE;
	}
	code = check_file(words.v[1], &out);
	fputs(text_str(&out), code == EXIT_OK ? stdout : stderr);
	return code;
}
