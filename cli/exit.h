/* What the program tells a script; docs/gascellctl.md promises these. */
#ifndef CLI_EXIT_H
#define CLI_EXIT_H

enum {
	CLI_OK = 0,
	CLI_FAILED = 1,	   /* a recipe has mistakes, a run was aborted */
	CLI_USAGE = 2,	   /* mistakes on the command line */
	CLI_NO_DAEMON = 3, /* none can be reached */
	CLI_REFUSED = 4,   /* not now: the state does not allow it */
};

#endif
