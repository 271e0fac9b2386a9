/* gascelld run: the daemon. The other subcommands are in tools/commands.h. */
#ifndef DAEMON_RUN_H
#define DAEMON_RUN_H

int run_main(int argc, char **argv); /* an exit code, as there */

#endif
