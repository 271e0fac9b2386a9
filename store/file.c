#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/array.h"
#include "store/schema.h"

#define HEADER_SIZE 100	      /* of an SQLite file */
#define HEADER_APPLICATION 68 /* offset, 32 bits, big-endian */
#define NAMES_MAX 100

int file_lock(const char *path, int *lock, struct err *err)
{
	_cleanup_(text_free) struct text name = { 0 };
	int fd, code;

	text_addf(&name, "%s.lock", path);
	/* For its owner alone: whoever can open a file can lock it. */
	fd = open(text_str(&name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(err, ERR_IO, "log: %s: %s", text_str(&name),
			       strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		code = errno;
		close(fd);
		if (code == EWOULDBLOCK)
			return err_set(err, ERR_STATE,
				       "log: %s is being"
				       " written by another gascelld",
				       path);
		return err_set(err, ERR_IO, "log: %s: %s", text_str(&name),
			       strerror(code));
	}
	*lock = fd;
	return 0;
}

static bool all_zero(const unsigned char *s, size_t n)
{
	while (n && !s[n - 1])
		n--;
	return !n;
}

static int kind_of(const char *path, const unsigned char *s, size_t n,
		   enum file_kind *kind, struct err *err)
{
	const unsigned char *id = s + HEADER_APPLICATION;
	uint32_t application;

	if (!n) {
		*kind = FILE_NEW;
		return 0;
	}
	/* What a power cut leaves of a file system's block. */
	if (all_zero(s, n)) {
		*kind = FILE_DAMAGED;
		return 0;
	}
	if (n < HEADER_SIZE || memcmp(s, "SQLite format 3", 16))
		return err_set(err, ERR_IDENTITY,
			       "log: %s is not a database;"
			       " it is left alone: name another file",
			       path);
	application = (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 |
		      (uint32_t)id[2] << 8 | id[3];
	if (application != SCHEMA_APPLICATION)
		return err_set(err, ERR_IDENTITY,
			       "log: %s is a database of"
			       " another program; it is left alone: name"
			       " another file",
			       path);
	*kind = FILE_LOG;
	return 0;
}

int file_examine(const char *path, enum file_kind *kind, struct err *err)
{
	unsigned char header[HEADER_SIZE];
	ssize_t n;
	int fd, code;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 && errno == ENOENT) {
		*kind = FILE_NEW;
		return 0;
	}
	if (fd < 0)
		return err_set(err, ERR_IO, "log: %s: %s", path,
			       strerror(errno));
	n = pread(fd, header, sizeof(header), 0);
	code = errno;
	close(fd);
	if (n < 0)
		return err_set(err, ERR_IO, "log: %s: %s", path,
			       strerror(code));
	return kind_of(path, header, (size_t)n, kind, err);
}

/* "20261122T073532Z" */
static void stamp(nsec now, char out[NSEC_ISO_MAX])
{
	char iso[NSEC_ISO_MAX];
	size_t i, n = 0;

	nsec_iso(now, iso);
	for (i = 0; iso[i] && iso[i] != '.'; i++)
		if (iso[i] != '-' && iso[i] != ':')
			out[n++] = iso[i];
	out[n++] = 'Z';
	out[n] = '\0';
}

/* Without replacing: link and unlink are not there on every file system. */
static int move(const char *from, const char *to)
{
	if (!access(to, F_OK)) {
		errno = EEXIST;
		return -1;
	}
	return rename(from, to);
}

/* The WAL has rows that the file has not, so both go together. */
static void move_wal(const char *path, const char *aside)
{
	_cleanup_(text_free) struct text from = { 0 };
	_cleanup_(text_free) struct text to = { 0 };

	text_addf(&from, "%s-wal", path);
	text_addf(&to, "%s-wal", aside);
	rename(text_str(&from), text_str(&to)); /* there may be none */
	text_clear(&from);
	text_addf(&from, "%s-shm", path);
	unlink(text_str(&from)); /* is made again */
}

int file_set_aside(const char *path, nsec now, struct text *name,
		   struct err *err)
{
	char at[NSEC_ISO_MAX];
	int i;

	stamp(now, at);
	for (i = 1; i <= NAMES_MAX; i++) {
		text_clear(name);
		text_addf(name, "%s.damaged-%s", path, at);
		if (i > 1)
			text_addf(name, "-%d", i);
		if (!move(path, text_str(name))) {
			move_wal(path, text_str(name));
			return 0;
		}
		if (errno != EEXIST)
			break;
	}
	return err_set(err, ERR_IO,
		       "log: %s is damaged and cannot be set"
		       " aside as %s: %s",
		       path, text_str(name), strerror(errno));
}
