/* A pty that changes no byte: an instrument's end and ours. */
#ifndef TESTS_RAW_PTY_H
#define TESTS_RAW_PTY_H

#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>

#define RAW_PTY_NAME_MAX 64

/* name: of our end, which lives for as long as *slave is open. */
static inline void raw_pty(int *fd, int *slave, char name[RAW_PTY_NAME_MAX])
{
	struct termios t;

	if (openpty(fd, slave, name, NULL, NULL) || tcgetattr(*slave, &t)) {
		perror("openpty");
		abort();
	}
	cfmakeraw(&t);
	tcsetattr(*slave, TCSANOW, &t);
}

#endif
