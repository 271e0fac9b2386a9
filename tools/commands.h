/*
 * The subcommands of gascelld that are not the daemon. Each gets its own
 * argv: argv[0] is the name of the subcommand. Each parses its options with
 * tools/options.h and returns one of the exit codes below.
 */
#ifndef TOOLS_COMMANDS_H
#define TOOLS_COMMANDS_H

/* docs/README and the man page promise these; scripts rely on them. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1,    /* mistakes in what was given (recipe,
				 * configuration), or the run failed */
	EXIT_USAGE = 2,	    /* mistakes on the command line */
	EXIT_INTERNAL = 70, /* the machine: memory, disk, socket */
	EXIT_RUNNING = 75,  /* another daemon is running here */
};

int simulate_main(int argc, char **argv); /* simulate.c: virtual time */
int replay_main(int argc, char **argv);	  /* replay.c: from the log */
int check_main(int argc, char **argv);	  /* check.c: predict a recipe */
int config_main(int argc, char **argv);	  /* config.c */
int driver_main(int argc, char **argv);	  /* driver.c */
int drivers_main(int argc, char **argv);  /* drivers.c */
int probe_main(int argc, char **argv);	  /* probe_command.c */
int emulate_main(int argc, char **argv);  /* emulate.c: on wires */
int safe_main(int argc, char **argv);	  /* safe.c: without the daemon */

#endif
