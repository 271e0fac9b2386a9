/*
 * Verbs: what the operator can say. One file may hold several; verb.c has
 * the table of all. A verb of two words ("queue add") stands behind the one
 * of its first.
 */
#ifndef CLI_VERB_H
#define CLI_VERB_H

#include "cli/call.h"

struct verb {
	const char *name;
	int (*run)(struct call *c); /* returns one of cli/exit.h */
	const char *arguments;	    /* "RECIPE", "ALARM|all", "" */
	unsigned int options;	    /* bits of cli/options.h */
	size_t min, max;	    /* words behind the verb */
	const char *summary;	    /* one line */
	const char *help;	    /* what it does, in lines, or NULL */
};

/* The verb that the words begin with, of two words if there is such a one,
 * and how many they are. NULL: there is none. */
const struct verb *verb_find(size_t n, const char *const *words, size_t *used);

/* Verb i of the table, headings as well (they have no function); NULL: there
 * are no more. */
const struct verb *verb_at(size_t i);

/* Verb i of those whose name begins with this one's, or NULL. */
const struct verb *verb_beneath(const struct verb *v, size_t i);

/* The name most like it, or NULL. */
const char *verb_nearest(const char *name);

/* All of them: groups under headings. */
void verb_list(struct text *out);

/* For programs: a verb with its options; NULL: all of them. */
json_t *verb_json(const struct verb *v);

int verb_abort(struct call *c);
int verb_alarms(struct call *c);
int verb_alarms_acknowledge(struct call *c);
int verb_alarms_shelve(struct call *c);
int verb_alarms_unshelve(struct call *c);
int verb_answer(struct call *c);
int verb_check(struct call *c);
int verb_complete(struct call *c);
int verb_devices(struct call *c);
int verb_driver_check(struct call *c);
int verb_events(struct call *c);
int verb_export(struct call *c);
int verb_extend(struct call *c);
int verb_help(struct call *c);
int verb_history(struct call *c);
int verb_images(struct call *c);
int verb_lock(struct call *c);
int verb_monitor(struct call *c);
int verb_pause(struct call *c);
int verb_queue(struct call *c);
int verb_queue_add(struct call *c);
int verb_queue_go(struct call *c);
int verb_queue_hold(struct call *c);
int verb_queue_move(struct call *c);
int verb_queue_remove(struct call *c);
int verb_recipes(struct call *c);
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
int verb_trace(struct call *c);
int verb_unlock(struct call *c);
int verb_version(struct call *c);
int verb_watch(struct call *c);

#endif
