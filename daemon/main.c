#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/quantity.h"
#include "base/text.h"
#include "daemon/run.h"
#include "tools/commands.h"

struct subcommand {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};

static int version_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("gascelld " GASCELL_VERSION);
	return EXIT_OK;
}

static const struct subcommand subcommands[] = {
	{ "run", run_main, "the daemon: runs recipes on the laboratory" },
	{ "simulate", simulate_main, "runs a recipe in virtual time" },
	{ "check", check_main, "finds a recipe's mistakes, predicts its run" },
	{ "replay", replay_main, "decides a logged run again and compares" },
	{ "config", config_main, "prints the configuration in force" },
	{ "driver", driver_main, "checks the definition of an instrument" },
	{ "drivers", drivers_main, "lists the instruments it can talk to" },
	{ "emulate", emulate_main, "the simulated laboratory on real wires" },
	{ "safe", safe_main, "makes every instrument safe, without a daemon" },
	{ "probe", probe_main, "talks to one instrument, live" },
	{ "version", version_main, "prints the version" },
};

static const struct subcommand *find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(subcommands); i++)
		if (!strcmp(subcommands[i].name, name))
			return &subcommands[i];
	return NULL;
}

static int refuse(const char *name)
{
	_cleanup_(text_free) struct text shown = { 0 };
	const char *names[ARRAY_SIZE(subcommands) + 2] = { 0 }, *nearest;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(subcommands); i++)
		names[i] = subcommands[i].name;
	names[i] = "help";
	text_add_escaped(&shown, name, strlen(name), 64);
	fprintf(stderr, "gascelld: there is no command '%s'", text_str(&shown));
	nearest = text_nearest(name, names);
	if (nearest)
		fprintf(stderr, "; did you mean '%s'?", nearest);
	fputs("\ntry: gascelld help\n", stderr);
	return EXIT_USAGE;
}

static void print_commands(FILE *to)
{
	size_t i;

	fputs("usage: gascelld COMMAND [OPTION]...\n\n", to);
	for (i = 0; i < ARRAY_SIZE(subcommands); i++)
		fprintf(to, "  %-10s %s\n", subcommands[i].name,
			subcommands[i].summary);
	fprintf(to, "  %-10s %s\n", "help", "this list, or help COMMAND");
	fputs("\ngascelld COMMAND --help says more. Without --config, all of "
	      "them use the\nsimulated laboratory that is built in.\n\n"
	      "exit: 0 well; 1 mistakes in a recipe or configuration, or the "
	      "run failed;\n2 mistakes on the command line; 70 the machine; "
	      "75 another daemon is running\n",
	      to);
}

static int help_main(int argc, char **argv)
{
	const struct subcommand *command;
	char help[] = "--help";
	char *words[] = { NULL, help, NULL };

	if (argc < 2 || argv[1][0] == '-') {
		print_commands(stdout);
		return EXIT_OK;
	}
	command = find(argv[1]);
	if (!command)
		return refuse(argv[1]);
	words[0] = argv[1];
	return command->run(2, words);
}

static int dispatch(int argc, char **argv)
{
	const struct subcommand *command;

	if (argc < 2) {
		print_commands(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return version_main(argc - 1, argv + 1);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help"))
		return help_main(argc - 1, argv + 1);
	command = find(argv[1]);
	return command ? command->run(argc - 1, argv + 1) : refuse(argv[1]);
}

int main(int argc, char **argv)
{
	int code = dispatch(argc, argv);

	quantity_fini();
	if (fflush(stdout) && code == EXIT_OK)
		code = EXIT_INTERNAL;
	return code;
}
