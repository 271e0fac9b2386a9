#include "drivers/child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "drivers/link.h"

#define KILL_WAIT_MS 1000
#define SHOWN_MAX 160

static void close_one(int *fd)
{
	if (*fd > 0)
		close(*fd);
	*fd = 0;
}

static int make_pipe(int *ours, int *theirs, struct err *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return err_set(err, ERR_IO, "%s", strerror(errno));
	*ours = ends[0];
	*theirs = ends[1];
	if (fcntl(*ours, F_SETFL, O_NONBLOCK))
		return err_set(err, ERR_IO, "%s", strerror(errno));
	return 0;
}

/* A file in memory: it neither blocks nor breaks when nobody reads it. */
static int make_input(int *theirs, const char *input, struct err *err)
{
	size_t n = strlen(input);

	*theirs = memfd_create("frame", MFD_CLOEXEC);
	if (*theirs < 0 || write(*theirs, input, n) != (ssize_t)n ||
	    lseek(*theirs, 0, SEEK_SET))
		return err_set(err, ERR_IO, "%s", strerror(errno));
	return 0;
}

/* 0 or an errno. Signals are as a program expects them. */
static int spawn(struct child *c, const char *const *argv, const int *theirs)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t all, none;
	int status;

	sigfillset(&all);
	sigemptyset(&none);
	status = posix_spawn_file_actions_init(&files);
	if (status)
		return status;
	status = posix_spawnattr_init(&attributes);
	if (status)
		goto destroy_files;
	for (int i = 0; i < 3 && !status; i++)
		status = posix_spawn_file_actions_adddup2(&files, theirs[i], i);
	if (!status)
		status = posix_spawn_file_actions_addclosefrom_np(&files, 3);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP |
						      POSIX_SPAWN_SETSIGDEF |
						      POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setsigmask(&attributes, &none);
	/* It takes them without const and does not change them. */
	if (!status)
		status = posix_spawn(&c->pid, argv[0], &files, &attributes,
				     (char *const *)(uintptr_t)argv, environ);
	posix_spawnattr_destroy(&attributes);
destroy_files:
	posix_spawn_file_actions_destroy(&files);
	return status;
}

int child_start(struct child *c, const char *const *argv, const char *input,
		nsec deadline, struct err *err)
{
	int theirs[3] = { 0 }, failed = 0, status;

	assert(!c->pid && argv[0][0] == '/');
	*c = (struct child){ .deadline = deadline };
	status = make_input(&theirs[0], input, err) ||
				 make_pipe(&c->output, &theirs[1], err) ||
				 make_pipe(&c->errors, &theirs[2], err)
			 ? -1
			 : 0;
	if (!status)
		failed = spawn(c, argv, theirs);
	for (int i = 0; i < 3; i++)
		close_one(&theirs[i]);
	if (failed)
		c->pid = 0;
	if (!status && !failed)
		c->handle = pidfd_open(c->pid, 0);
	if (!status && (failed || c->handle < 0))
		status = err_set(err, ERR_IO, "%s: %s", argv[0],
				 strerror(failed ? failed : errno));
	if (status)
		child_end(c);
	return status;
}

/* What the pipe holds; more than fits is thrown away, so that the program
 * does not hang on a full pipe. */
static void drain(struct child *c, int fd, char *out, size_t *n)
{
	char waste[1024];

	for (int i = 0; fd > 0 && i < 64; i++) {
		size_t room = CHILD_OUTPUT_MAX - *n;
		ssize_t got = room ? read(fd, out + *n, room)
				   : read(fd, waste, sizeof(waste));

		if (got <= 0)
			break;
		c->is_large |= !room;
		if (room)
			*n += (size_t)got;
	}
	out[*n] = '\0';
}

bool child_look(struct child *c)
{
	bool has_ended;

	if (!c->pid || c->is_over)
		return true;
	if (link_now() >= c->deadline && !c->is_late) {
		c->is_late = true;
		kill(-c->pid, SIGKILL);
	}
	/* First: what it printed before it ended is there afterwards. */
	has_ended = waitpid(c->pid, &c->status, WNOHANG) == c->pid;
	drain(c, c->output, c->out, &c->n_out);
	drain(c, c->errors, c->err, &c->n_err);
	c->is_over = has_ended;
	return has_ended;
}

/* Its last words, for the message. */
static void add_words(struct text *words, const struct child *c)
{
	size_t n = c->n_err;

	while (n && (c->err[n - 1] == '\n' || c->err[n - 1] == '\r'))
		n--;
	if (n)
		text_add(words, ": ");
	text_add_escaped(words, c->err + (n > SHOWN_MAX ? n - SHOWN_MAX : 0),
			 n > SHOWN_MAX ? SHOWN_MAX : n, SHOWN_MAX);
}

static int say_failed(const struct child *c, struct err *err)
{
	struct text words = { 0 };

	add_words(&words, c);
	if (c->is_late)
		err_set(err, ERR_TIMEOUT,
			"the program was killed: it took "
			"too long%s",
			text_str(&words));
	else if (WIFSIGNALED(c->status))
		err_set(err, ERR_IO, "the program was ended by signal %d%s",
			WTERMSIG(c->status), text_str(&words));
	else
		err_set(err, ERR_IO, "the program ended with %d%s",
			WEXITSTATUS(c->status), text_str(&words));
	text_free(&words);
	return -1;
}

int child_result(const struct child *c, const char **out, struct err *err)
{
	assert(c->is_over);
	if (c->is_late || !WIFEXITED(c->status) || WEXITSTATUS(c->status))
		return say_failed(c, err);
	if (c->is_large)
		return err_set(err, ERR_PROTOCOL,
			       "the program printed more "
			       "than %d bytes",
			       CHILD_OUTPUT_MAX);
	*out = c->out;
	return 0;
}

void child_end(struct child *c)
{
	if (c->pid && !c->is_over) {
		struct pollfd v = { .fd = c->handle, .events = POLLIN };

		kill(-c->pid, SIGKILL);
		/* One that the kernel does not let go is left to it. */
		if (poll(&v, 1, KILL_WAIT_MS) == 1)
			waitpid(c->pid, &c->status, WNOHANG);
	}
	close_one(&c->handle);
	close_one(&c->output);
	close_one(&c->errors);
	*c = (struct child){ 0 };
}
