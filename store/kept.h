/*
 * What a start of the program takes over from the one before: who has
 * control, and the alarms that are not over. Read once, before anything is
 * committed.
 */
#ifndef STORE_KEPT_H
#define STORE_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

#define KEPT_ALARMS_MAX 64 /* the newest */
#define KEPT_NAME_MAX 64
#define KEPT_TEXT_MAX 401

struct kept_alarm {
	uint32_t alarm, times;
	nsec t, changed, until;
	char severity[KEPT_NAME_MAX], state[KEPT_NAME_MAX];
	char source[KEPT_TEXT_MAX], text[KEPT_TEXT_MAX];
	char user[KEPT_NAME_MAX], note[KEPT_TEXT_MAX];
	bool active;
};

struct kept {
	char holder[KEPT_NAME_MAX]; /* "": nobody has control */
	char note[KEPT_TEXT_MAX];
	nsec expires;
	uint32_t last_alarm; /* the highest number ever given */
	size_t n;
	struct kept_alarm alarms[KEPT_ALARMS_MAX]; /* oldest first */
};

int store_kept(struct store *s, struct kept *kept, struct err *err);

#endif
