#include "pair.h"
#include "raw_pty.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS 3000

static void open_pty(struct pair *p)
{
	char name[RAW_PTY_NAME_MAX];

	raw_pty(&p->fd, &p->slave, name);
	unlink(p->path);
	assert_int_equal(symlink(name, p->path), 0);
}

static void open_listener(struct pair *p)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)p->port) };
	socklen_t n = sizeof(a);
	int one = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	p->listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(p->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(p->listener, (struct sockaddr *)&a, n), 0);
	assert_int_equal(listen(p->listener, 8), 0);
	getsockname(p->listener, (struct sockaddr *)&a, &n);
	p->port = ntohs(a.sin_port);
}

static void make_bus(struct pair *p)
{
	struct problems problems = { 0 };
	char config[256];

	if (p->tcp)
		snprintf(config, sizeof(config),
			 "{type: tcp, "
			 "host: 127.0.0.1, port: %d, quarantine: %d ms}",
			 p->port, PAIR_QUARANTINE_MS);
	else
		snprintf(config, sizeof(config),
			 "{type: file, path: %s, "
			 "quarantine: %d ms}",
			 p->path, PAIR_QUARANTINE_MS);
	p->yaml = yaml_parse(config, strlen(config), "bus", &problems);
	p->bus = bus_new("bus", yaml_root(p->yaml), 0, &problems);
	assert_int_equal(problems.n, 0);
	p->wire = bus_wire(p->bus);
	p->link = bus_link(p->bus);
}

void pair_init(struct pair *p, bool tcp)
{
	*p = (struct pair){ .tcp = tcp, .fd = -1, .listener = -1, .slave = -1 };
	folder_make(p->folder);
	snprintf(p->path, sizeof(p->path), "%s/tty", p->folder);
	pair_revive(p);
	make_bus(p);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void pair_kill(struct pair *p)
{
	close_fd(&p->fd);
	close_fd(&p->slave);
	close_fd(&p->listener);
	unlink(p->path);
}

void pair_revive(struct pair *p)
{
	if (p->tcp)
		open_listener(p);
	else
		open_pty(p);
}

void pair_fini(struct pair *p)
{
	bus_free(p->bus);
	yaml_tree_free(p->yaml);
	pair_kill(p);
	folder_remove(p->folder);
}

void pair_accept(struct pair *p)
{
	struct pollfd v = { .fd = p->listener, .events = POLLIN };

	if (!p->tcp)
		return;
	close_fd(&p->fd);
	assert_int_equal(poll(&v, 1, PATIENCE_MS), 1);
	p->fd = accept(p->listener, NULL, NULL);
	assert_true(p->fd >= 0);
}

void pair_say(struct pair *p, const char *s)
{
	assert_int_equal(write(p->fd, s, strlen(s)), strlen(s));
}

size_t pair_hear(struct pair *p, char *out, size_t size)
{
	struct pollfd v = { .fd = p->fd, .events = POLLIN };
	ssize_t n = 0;

	if (poll(&v, 1, PATIENCE_MS) == 1)
		n = read(p->fd, out, size - 1);
	n = n < 0 ? 0 : n;
	out[n] = '\0';
	return (size_t)n;
}

int pair_setup_pty(void **state)
{
	*state = memory_zeroed(1, sizeof(struct pair));
	pair_init(*state, false);
	return 0;
}

int pair_setup_tcp(void **state)
{
	*state = memory_zeroed(1, sizeof(struct pair));
	pair_init(*state, true);
	return 0;
}

int pair_teardown(void **state)
{
	pair_fini(*state);
	free(*state);
	return 0;
}
