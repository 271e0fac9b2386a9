/*
 * Readings of the past, as the daemon has them in its log (run:_history).
 */
#ifndef CLI_RECALL_H
#define CLI_RECALL_H

#include "cli/trend.h"
#include "protocol/client.h"

/* "gas.Ar" and "gas_Ar" are "gas_Ar:value"; "run:_progress" stays. */
void recall_name(const char *word, struct text *out);

/* At most max points between two moments: {"unit", "t": [], "min": [], "max":
 * []}, the caller's; NULL with err. */
json_t *recall(struct client *client, const char *parameter, nsec from, nsec to,
	       int max, struct err *err);

struct recall_point {
	nsec t;
	double least, most; /* NAN: none */
};

/* Point i; false: there are no more. */
bool recall_point(const json_t *history, size_t i, struct recall_point *p);

/* All of them. */
void recall_into(const json_t *history, struct trend *t);

#endif
