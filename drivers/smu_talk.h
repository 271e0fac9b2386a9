/*
 * What is said to a source meter and what it answers: words with numbers in
 * them, what was set up read back, its errors, its name. Inside of
 * drivers/smu*.c.
 */
#ifndef DRIVERS_SMU_TALK_H
#define DRIVERS_SMU_TALK_H

#include "drivers/smu.h"

#define SMU_ANSWER_MAX 256
/* *RST and the first words after it take their time. */
#define SMU_SETUP_REPLY (2 * NSEC_PER_S)

/* `answer` (SMU_ANSWER_MAX bytes) NULL: none comes. */
int smu_say(struct smu *s, const char *words, nsec reply, char *answer,
	    struct err *err);

/* Sent whatever the line is like; no answer. */
int smu_tell(struct smu *s, const char *words, struct err *err);

/* The answer is what the kind's table expects. */
bool smu_is_same(const struct smu *s, const char *answer, const char *expect);
int smu_check(struct smu *s, const struct smu_check *c, struct err *err);
int smu_check_all(struct smu *s, struct err *err);

/* The whole queue is read; the first error is told. */
int smu_check_errors(struct smu *s, struct err *err);

/* One of its models, and the one that is expected. */
int smu_identify(struct device *dev, struct err *err);

#endif
