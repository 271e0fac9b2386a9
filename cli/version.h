/* `gascellctl version`. */
#ifndef CLI_VERSION_H
#define CLI_VERSION_H

int version_main(int argc, char **argv);

#endif
