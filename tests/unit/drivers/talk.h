/* A recorded talk, tests/devices/NAME.log, as lines; test_device_logs.c says
 * what they mean. */
#ifndef TEST_DRIVERS_TALK_H
#define TEST_DRIVERS_TALK_H

#include <stdbool.h>
#include <stddef.h>

#define TALK_LINES_MAX 400

struct log {
	char path[512];
	size_t n;
	char *lines[TALK_LINES_MAX]; /* static, of the one read last */
};

bool read_log(const char *path, struct log *log);
void log_path(const char *name, char out[512]);

/* What stands behind the key in its first line, or NULL. */
const char *word_after(const struct log *log, const char *key);

/* open, poll, safe, write ...: what belongs to it follows. */
bool is_deed(const char *line);

#endif
