/* gascelld drivers: what it can talk to, and the channels of each. */
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "daemon/commands.h"
#include "daemon/driver_print.h"
#include "daemon/options.h"
#include "drivers/definitions.h"

/* One that was asked for by name, with the mistakes it may have. */
static int print_one(const char *name, struct text *out)
{
	struct definitions set = { 0 };
	struct problems problems = { 0 };
	const struct driver *driver =
		definitions_find(&set, name, (struct place){ 0 }, &problems);

	if (driver)
		driver_print(driver, false, out);
	else
		problems_print(&problems, out);
	problems_free(&problems);
	definitions_free(&set);
	return driver ? EXIT_OK : EXIT_FAILED;
}

static void print_definitions(bool brief, struct text *out)
{
	struct definitions set = { 0 };
	struct problems problems = { 0 };
	const struct driver *driver;

	for (size_t i = 0; definitions_name(i); i++) {
		driver = definitions_find(&set, definitions_name(i),
					  (struct place){ 0 }, &problems);
		if (driver)
			driver_print(driver, brief, out);
	}
	problems_free(&problems);
	definitions_free(&set);
}

int drivers_main(int argc, char **argv)
{
	bool brief = false;
	const struct option_row rows[] = {
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
	const struct driver *const *drivers = driver_list();
	_cleanup_(text_free) struct text out = { 0 };
	struct options_words words;
	int code = options_parse(&options, argc, argv, &words);

	if (code >= 0)
		return code;
	if (words.n) {
		code = print_one(words.v[0], &out);
		fputs(text_str(&out), code == EXIT_OK ? stdout : stderr);
		return code;
	}
	for (; *drivers; drivers++)
		driver_print(*drivers, brief, &out);
	print_definitions(brief, &out);
	fputs(text_str(&out), stdout);
	return EXIT_OK;
}
