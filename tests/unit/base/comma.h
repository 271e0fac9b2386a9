/* A process whose locale writes 0.5 as "0,5", for tests that must not care. */
#ifndef TESTS_UNIT_BASE_COMMA_H
#define TESTS_UNIT_BASE_COMMA_H

#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"

static bool comma_is_set(const char *name)
{
	return setlocale(LC_ALL, name) &&
	       !strcmp(localeconv()->decimal_point, ",");
}

/* Builds the locale when the system has only its source. */
static bool comma_build(void)
{
	char dir[FOLDER_MAX], command[256];
	bool found = false;

	folder_make(dir);
	snprintf(command, sizeof(command),
		 "localedef -i de_DE -f UTF-8 "
		 "%s/de_DE.UTF-8 >%s/log 2>&1",
		 dir, dir);
	if (!system(command)) {
		setenv("LOCPATH", dir, 1);
		found = comma_is_set("de_DE.UTF-8");
	}
	folder_remove(dir);
	return found;
}

static bool comma_enter(void)
{
	return comma_is_set("") || comma_is_set("de_DE.UTF-8") ||
	       comma_is_set("fr_FR.UTF-8") || comma_build();
}

#endif
