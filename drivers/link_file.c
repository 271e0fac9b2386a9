/* A tty by its path, with plain termios: ptys, and what libserialport does
 * not open. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "drivers/link_open.h"
#include "drivers/serial_line.h"

struct file {
	const char *path; /* in the configuration */
	struct serial_line line;
};

static int file_open(struct link *l, const void *settings, nsec deadline,
		     struct err *err)
{
	const struct file *file = settings;
	int fd = open(file->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	(void)l;
	(void)deadline;
	if (fd < 0)
		return err_set(err, ERR_IO, "%s", strerror(errno));
	if (serial_line_claim(fd, err) ||
	    serial_line_apply(fd, &file->line, err)) {
		close(fd);
		return -1;
	}
	return fd;
}

static const struct link_kind kind_file = {
	.type = "file",
	.open = file_open,
	.free = free,
};

const char *link_text(const struct yaml_node *params, const char *key,
		      const char *example, struct problems *problems)
{
	const struct yaml_node *node = yaml_get(params, key);

	if (node && node->kind == YAML_SCALAR && node->s[0])
		return node->s;
	problems_add(problems, node ? node->at : params->at,
		     "%s is needed, such as %s", key, example);
	return NULL;
}

struct link *link_file_new(const struct yaml_node *params,
			   struct problems *problems)
{
	static const char *const keys[] = { "type",   "path", "baud",
					    "format", "flow", "quarantine",
					    NULL };
	size_t before = problems->n_all;
	struct file file;

	yaml_check_keys(params, "a bus of type file", keys, problems);
	file.path = link_text(params, "path", "/dev/ttyS0", problems);
	serial_line_read(params, &file.line, problems);
	if (problems->n_all != before)
		return NULL;
	struct file *kept = memory_zeroed(1, sizeof(*kept));

	*kept = file;
	return link_new(&kind_file, kept->path, kept);
}
