/*
 * Verbs: what the operator can say. One file may hold several; verbs.c has
 * the table of all.
 */
#ifndef CLI_VERB_H
#define CLI_VERB_H

#include "cli/call.h"

struct verb {
	const char *name;
	int (*run)(struct call *c); /* returns one of cli/exit.h */
	const char *arguments;	    /* "RECIPE"; "" */
	unsigned int options;	    /* bits of cli/options.h */
	size_t min, max;	    /* words behind the verb */
	const char *summary;	    /* one line */
	const char *help;	    /* what it does, in lines, or NULL */
};

/* NULL: there is none. */
const struct verb *verb_find(const char *name);

/* The name most like it, or NULL. */
const char *verb_nearest(const char *name);

/* All of them: groups under headings. */
void verb_list(struct text *out);

int verb_abort(struct call *c);
int verb_answer(struct call *c);
int verb_check(struct call *c);
int verb_devices(struct call *c);
int verb_events(struct call *c);
int verb_export(struct call *c);
int verb_extend(struct call *c);
int verb_help(struct call *c);
int verb_images(struct call *c);
int verb_pause(struct call *c);
int verb_replace(struct call *c);
int verb_reset(struct call *c);
int verb_resume(struct call *c);
int verb_runs(struct call *c);
int verb_set(struct call *c);
int verb_show(struct call *c);
int verb_skip(struct call *c);
int verb_start(struct call *c);
int verb_status(struct call *c);
int verb_stop(struct call *c);
int verb_version(struct call *c);
int verb_watch(struct call *c);

#endif
