/*
 * A recipe as a person names it on the command line: a file, or the name of
 * one in the library.
 */
#ifndef TOOLS_RECIPE_FILE_H
#define TOOLS_RECIPE_FILE_H

#include "ring/desk.h"
#include "site/config.h"

/* {0} is an empty one. */
struct recipe_file {
	struct text text;
	struct text file;	       /* how messages call it */
	char *beside;		       /* directory of the file */
	struct config_recipes recipes; /* where included ones are found */
};

/* config outlives it. */
int recipe_file_read(struct recipe_file *r, const struct config *config,
		     const char *name, struct err *err);
void recipe_file_fini(struct recipe_file *r);

/* As the desk wants it; r stays. Parameters and label are the caller's. */
struct desk_recipe recipe_file_desk(struct recipe_file *r);

#endif
