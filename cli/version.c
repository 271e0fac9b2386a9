#include "cli/version.h"

#include <stdio.h>

int version_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("gascellctl " GASCELL_VERSION);
	return 0;
}
