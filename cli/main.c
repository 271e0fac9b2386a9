#include "cli/version.h"

int main(int argc, char **argv)
{
	return version_main(argc, argv);
}
