/* A folder of a test's own, for as long as the test runs. */
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

/* Short enough for the path of a socket in it. */
#define FOLDER_MAX 64

static inline void folder_make(char path[FOLDER_MAX])
{
	const char *tmp = getenv("TMPDIR");

	snprintf(path, FOLDER_MAX, "%.40s/gascell-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(path)) {
		perror(path);
		abort();
	}
}

static inline int folder_remove_entry(const char *path,
				      const struct stat *status, int type,
				      struct FTW *at)
{
	(void)status;
	(void)type;
	(void)at;
	return remove(path);
}

/* With all that is in it; one that is gone already is fine. */
static inline void folder_remove(const char *path)
{
	nftw(path, folder_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
