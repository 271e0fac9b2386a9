/* gascelld config: what is in force, or every mistake. */
#include <stdio.h>

#include "base/array.h"
#include "daemon/commands.h"
#include "daemon/config.h"
#include "daemon/options.h"

int config_main(int argc, char **argv)
{
	const char *path = NULL;
	bool source = false;
	const struct option_row rows[] = {
		{ "config", 'c', "FILE",
		  "the laboratory; default: the "
		  "simulated one",
		  .text = &path },
		{ "source", 0, NULL, "as it was written, with its comments",
		  .flag = &source },
	};
	const struct options options = {
		.name = "config",
		.rows = rows,
		.n_rows = ARRAY_SIZE(rows),
		.summary = "Prints the configuration in force, every default "
			   "written out,\nor every mistake in it.",
	};
	_cleanup_(problems_free) struct problems problems = { 0 };
	_cleanup_(text_free) struct text out = { 0 };
	struct options_words words;
	struct config *config;
	int code = options_parse(&options, argc, argv, &words);

	if (code >= 0)
		return code;
	config = config_load(path, &problems);
	if (!config) {
		problems_print(&problems, &out);
		fputs(text_str(&out), stderr);
		return EXIT_FAILED;
	}
	if (source)
		text_add(&out, config->text);
	else
		config_print(config, &out);
	fputs(text_str(&out), stdout);
	config_free(config);
	return EXIT_OK;
}
