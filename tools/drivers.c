/* gascelld drivers: what it can talk to, and the channels of each. */
#include <stdio.h>

#include "base/array.h"
#include "site/config.h"
#include "tools/commands.h"
#include "tools/complaint.h"
#include "tools/driver_print.h"
#include "tools/options.h"

/* One that was asked for by name, with the mistakes it may have. */
static int print_one(struct definitions *set, const char *name,
		     struct text *out)
{
	struct problems problems = { 0 };
	const struct driver *driver = definitions_find(
		set, name, NULL, (struct place){ 0 }, &problems);

	if (driver)
		driver_print(driver, false, out);
	else
		problems_print(&problems, out);
	problems_free(&problems);
	return driver ? EXIT_OK : EXIT_FAILED;
}

static void print_all(struct definitions *set, bool brief, struct text *out)
{
	const struct driver *const *drivers = driver_list();
	struct problems problems = { 0 };
	const struct driver *driver;

	for (; *drivers; drivers++)
		driver_print(*drivers, brief, out);
	for (size_t i = 0; (driver = plugins_driver(set->plugins, i)); i++)
		driver_print(driver, brief, out);
	for (size_t i = 0; definitions_name(i); i++) {
		driver = definitions_find(set, definitions_name(i), NULL,
					  (struct place){ 0 }, &problems);
		if (driver)
			driver_print(driver, brief, out);
	}
	problems_free(&problems);
}

/* With those of a site, when its configuration is given. */
static int print(struct definitions *set, const struct options_words *words,
		 bool brief)
{
	_cleanup_(text_free) struct text out = { 0 };
	int code = EXIT_OK;

	if (words->n)
		code = print_one(set, words->v[0], &out);
	else
		print_all(set, brief, &out);
	fputs(text_str(&out), code == EXIT_OK ? stdout : stderr);
	return code;
}

static int print_of_site(const char *path, const struct options_words *words,
			 bool brief)
{
	_cleanup_(problems_free) struct problems problems = { 0 };
	struct config *config = config_load(path, &problems);
	int code;

	if (!config) {
		complaint_print(&problems);
		return EXIT_FAILED;
	}
	code = print(&config->definitions, words, brief);
	config_free(config);
	return code;
}

int drivers_main(int argc, char **argv)
{
	const char *path = NULL;
	bool brief = false;
	const struct option_row rows[] = {
		{ "config", 'c', "FILE", "with the site's own drivers",
		  .text = &path },
		{ "brief", 0, NULL, "without their channels", .flag = &brief },
	};
	const struct options options = {
		.name = "drivers",
		.words = "[DRIVER]",
		.max = 1,
		.summary = "Lists the instruments that gascelld can talk to.",
		.rows = rows,
		.n_rows = ARRAY_SIZE(rows),
	};
	struct definitions set = { 0 };
	struct options_words words;
	int code = options_parse(&options, argc, argv, &words);

	if (code >= 0)
		return code;
	if (path)
		return print_of_site(path, &words, brief);
	code = print(&set, &words, brief);
	definitions_free(&set);
	return code;
}
