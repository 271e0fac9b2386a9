#include "talk.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

bool read_log(const char *path, struct log *log)
{
	static char bytes[64 * 1024];
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		return false;
	n = fread(bytes, 1, sizeof(bytes) - 1, f);
	fclose(f);
	bytes[n] = '\0';
	log->n = 0;
	for (char *line = strtok(bytes, "\n"); line; line = strtok(NULL, "\n"))
		if (*line && *line != '#' && log->n < TALK_LINES_MAX)
			log->lines[log->n++] = line;
	text_copy(log->path, sizeof(log->path), path);
	return true;
}

void log_path(const char *name, char out[512])
{
	snprintf(out, 512, TEST_SOURCE_DIR "/tests/devices/%s.log", name);
}

const char *word_after(const struct log *log, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < log->n; i++)
		if (!strncmp(log->lines[i], key, n) && log->lines[i][n] == ' ')
			return log->lines[i] + n + 1;
	return NULL;
}

bool is_deed(const char *line)
{
	static const char *const deeds[] = { "look", "open", "poll", "safe",
					     "write " };

	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++)
		if (!strncmp(line, deeds[i], strlen(deeds[i])))
			return true;
	return false;
}
