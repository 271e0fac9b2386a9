/*
 * gascellctl driver check: what gascelld driver check says, for who has a
 * definition in hand and thinks of gascellctl first. Drivers are gascelld's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/verb.h"

#define DAEMON "gascelld"

/* The one that was installed, or built, with this program. */
static void path_of_daemon(struct text *path)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	self[n < 0 ? 0 : n] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		text_add_n(path, self, (size_t)(slash + 1 - self));
	text_add(path, DAEMON);
}

static void become_daemon(const char *const *words)
{
	_cleanup_(text_free) struct text path = { 0 };

	path_of_daemon(&path);
	if (access(text_str(&path), X_OK)) {
		text_clear(&path);
		text_add(&path, DAEMON);
	}
	execvp(text_str(&path), (char *const *)(uintptr_t)words);
	fprintf(stderr, "gascellctl: %s: %s\n", text_str(&path),
		strerror(errno));
}

/* Its exit code; what it says to either is in out. */
static int listen_to_daemon(const char *const *words, struct text *out)
{
	char piece[4096];
	int ends[2], status = 0;
	ssize_t n;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return CLI_FAILED;
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		become_daemon(words);
		_exit(CLI_FAILED);
	}
	close(ends[1]);
	while ((n = read(ends[0], piece, sizeof(piece))) > 0)
		text_add_n(out, piece, (size_t)n);
	close(ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return CLI_FAILED;
	return WEXITSTATUS(status);
}

int verb_driver_check(struct call *c)
{
	const char *const words[] = { DAEMON, "driver", "check",
				      call_word(c, 0), NULL };
	_cleanup_(text_free) struct text said = { 0 };
	int code;

	if (!c->options->json) {
		/* It returns only when it cannot: its exit codes are ours. */
		become_daemon(words);
		return CLI_FAILED;
	}
	code = listen_to_daemon(words, &said);
	call_add_json(c, json_pack("{sb ss si}", "ok", code == CLI_OK, "text",
				   text_str(&said), "exit", code));
	return code;
}
