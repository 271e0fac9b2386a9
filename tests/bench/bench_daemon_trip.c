/*
 * How long a trip takes: from the last byte of a reading over its limit to
 * the first byte of heater-off, seen by an instrument that this program
 * plays, with the daemon behind a wire of each kind. "busy": another
 * instrument on the same wire is just being asked, and its answer is slow.
 * Beside it a bare process that waits for a reading and writes the same bytes.
 *
 * Usage: bench_daemon_trip GASCELLD TRIPS FOLDER [busy]. A line for each
 * wire: name, p50, p99 and the longest in ms; then the same three, bare.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/text.h"
#include "drivers/link.h"
#include "played.h"

#define TRIPS_MAX 100000
#define PATIENCE_MS PLAYED_PATIENCE_MS

static const struct played_kind kinds[] = {
	{ "ascii-pty", "file", false, false },
	{ "ascii-tcp", "tcp", true, false },
	{ "modbus-rtu", "modbus-rtu", false, true },
	{ "modbus-tcp", "modbus-tcp", true, true },
};

/* -- the daemon ----------------------------------------------------------- */

struct daemon {
	char folder[256], socket[280];
	pid_t pid;
	int fd;
	size_t n;
	char came[65536]; /* from the socket, not yet looked at */
};

static void put_file(const struct daemon *d, const char *name, const char *text)
{
	char path[320];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", d->folder, name);
	file = fopen(path, "w");
	if (!file || fputs(text, file) < 0 || fclose(file))
		fail("%s: %s", path, strerror(errno));
}

static const char definition_ascii[] =
	"definition: trip-heater\n"
	"summary: of the bench of trips\n"
	"proof: none\n"
	"params: {addr: A}\n"
	"frame: {send: \"<LF>\", answer: \"<LF>\", prefix: \"{addr}\"}\n"
	"identify: {send: I, expect: \"{addr} {model:s}\"}\n"
	"identity: {model: {}}\n"
	"ask:\n"
	"  poll: {send: R, expect: \"{addr} {t:f} {on:d}\"}\n"
	"  heat: {send: \"T{v:f}\", expect: \"{addr} {*}\"}\n"
	"  set: {send: \"O{v:d}\", expect: \"{addr} {*}\"}\n"
	"channels:\n"
	"  temperature: {read: poll.t, write: heat, quantity: temperature,\n"
	"                unit: \"°C\", min: 0 °C, max: 800 °C}\n"
	"  output: {read: poll.on, write: set, quantity: switch}\n"
	"safe:\n"
	"  - output: off\n";

static const char definition_modbus[] =
	"definition: trip-heater\n"
	"summary: of the bench of trips\n"
	"talks: modbus\n"
	"proof: none\n"
	"frame: {write: single}\n"
	"registers:\n"
	"  maker: {at: 0}\n"
	"  temperature: {at: 1}\n"
	"  output: {at: 2}\n"
	"identity:\n"
	"  maker: {is: 4711}\n"
	"channels:\n"
	"  temperature: {read: temperature, write: temperature,\n"
	"                quantity: temperature, unit: \"°C\",\n"
	"                min: 0 °C, max: 800 °C}\n"
	"  output: {read: output, write: output, quantity: switch}\n"
	"safe:\n"
	"  - output: off\n";

static void add_site(const struct played *p, bool busy, struct text *out)
{
	const char *param = p->kind->modbus ? "address" : "addr";

	text_addf(out,
		  "laboratory: bench of trips\ndefinitions: definitions\n"
		  "buses:\n  wire: {type: %s, quarantine: 50 ms, ",
		  p->kind->bus);
	if (p->kind->tcp)
		text_addf(out, "host: 127.0.0.1, port: %d}\n", p->port);
	else
		text_addf(out, "path: %s, baud: 115200}\n", p->path);
	text_addf(out,
		  "instruments:\n"
		  "  heater: {driver: trip-heater, bus: wire, every: %d ms,\n"
		  "           params: {%s: %s}}\n",
		  busy ? 60 : 20, param, p->kind->modbus ? "1" : "A");
	if (busy)
		text_addf(out,
			  "  other: {driver: trip-heater, bus: wire,\n"
			  "          every: 10 ms, params: {%s: %s}}\n",
			  param, p->kind->modbus ? "2" : "B");
	text_add(out, "roles:\n"
		      "  heater: heater.temperature\n"
		      "  heater.output: heater.output\n"
		      "interlocks:\n"
		      "  - {role: heater, above: 900 °C, level: cool}\n"
		      "  - {roles: [heater, heater.output], stale: 10 s,\n"
		      "     level: cool}\n"
		      "safe:\n"
		      "  cool:\n"
		      "    heater.output: off\n");
}

static void write_site(struct daemon *d, const struct played *p, bool busy)
{
	_cleanup_(text_free) struct text site = { 0 };
	char path[320];

	snprintf(path, sizeof(path), "%s/definitions", d->folder);
	if (mkdir(path, 0700))
		fail("%s: %s", path, strerror(errno));
	put_file(d, "definitions/trip-heater.yaml",
		 p->kind->modbus ? definition_modbus : definition_ascii);
	add_site(p, busy, &site);
	put_file(d, "site.yaml", text_str(&site));
}

/* It may not listen yet. */
static bool knock(struct daemon *d)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (!text_copy(a.sun_path, sizeof(a.sun_path), d->socket))
		fail("%s: too long for a socket", d->socket);
	d->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (!connect(d->fd, (struct sockaddr *)&a, sizeof(a)))
		return true;
	close(d->fd);
	return false;
}

static void start(struct daemon *d, const char *program)
{
	char site[300], db[300], images[300];

	snprintf(d->socket, sizeof(d->socket), "%s/socket", d->folder);
	snprintf(site, sizeof(site), "%s/site.yaml", d->folder);
	snprintf(db, sizeof(db), "%s/log.db", d->folder);
	snprintf(images, sizeof(images), "%s/images", d->folder);
	d->pid = fork();
	if (d->pid == 0) {
		char said[300];

		/* Who reads our output waits for the last that has it open. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(said, sizeof(said), "%s/said", d->folder);
		if (!freopen(said, "w", stderr))
			_exit(127);
		execl(program, program, "run", "--config", site, "--db", db,
		      "--images", images, "--socket", d->socket, NULL);
		_exit(127);
	}
	for (int ms = 0; !knock(d); ms += 10) {
		if (ms > PATIENCE_MS || waitpid(d->pid, NULL, WNOHANG))
			fail("%s did not start; see %s/said", program,
			     d->folder);
		usleep(10000);
	}
}

static void stop(struct daemon *d)
{
	close(d->fd);
	kill(d->pid, SIGTERM);
	waitpid(d->pid, NULL, 0);
}

static void hear_socket(struct daemon *d)
{
	struct pollfd v = { d->fd, POLLIN, 0 };
	ssize_t got;

	if (poll(&v, 1, PATIENCE_MS) != 1)
		fail("the daemon does not answer; see %s/said", d->folder);
	got = read(d->fd, d->came + d->n, sizeof(d->came) - d->n - 1);
	if (got <= 0)
		fail("the daemon hung up; see %s/said", d->folder);
	d->n += (size_t)got;
	d->came[d->n] = '\0';
}

/* Whether it was done; the answer is the only thing that comes. */
static bool ask(struct daemon *d, const char *line)
{
	char *end;
	bool done;

	if (write(d->fd, line, strlen(line)) < 0)
		fail("the daemon hung up");
	while (!(end = memchr(d->came, '\n', d->n)))
		hear_socket(d);
	done = strncmp(d->came, "error", 5) != 0;
	d->n -= (size_t)(end + 1 - d->came);
	memmove(d->came, end + 1, d->n);
	return done;
}

/* Until the daemon finds that it can be. */
static void insist(struct daemon *d, const char *line)
{
	nsec until = link_now() + PATIENCE_MS * NSEC_PER_MS;

	while (!ask(d, line)) {
		if (link_now() > until)
			fail("refused for long: %s", line);
		usleep(2000);
	}
}

/* -- trips ---------------------------------------------------------------- */

static void trip_daemon(struct played *p, struct daemon *d, size_t n,
			double *ms)
{
	for (size_t i = 0; i < n; i++) {
		insist(d, "change heater_output:target 1\n");
		ms[i] = played_trip_ms(p);
		insist(d, "do run:_reset\n");
	}
}

/* A process that waits for a reading and answers with heater-off. */
static pid_t start_bare(const struct played *p)
{
	struct frame off;
	char bytes[PLAYED_FRAME_MAX];
	pid_t pid = fork();
	int fd;

	if (pid)
		return pid;
	if (p->kind->tcp) {
		struct sockaddr_in a = { .sin_family = AF_INET,
					 .sin_port = htons((uint16_t)p->port) };

		a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(fd, (struct sockaddr *)&a, sizeof(a)))
			_exit(1);
	} else {
		fd = open(p->path, O_RDWR | O_NOCTTY);
	}
	played_off(p, &off);
	while (read(fd, bytes, sizeof(bytes)) > 0)
		if (write(fd, off.v, off.n) < 0)
			break;
	_exit(0);
}

static void trip_bare(struct played *p, size_t n, double *ms)
{
	pid_t pid = start_bare(p);
	struct frame hot;

	if (p->kind->tcp)
		played_accept(p);
	played_hot(p, &hot);
	for (size_t i = 0; i < n; i++) {
		/* As rested as the daemon is between two polls. */
		usleep(20000);
		ms[i] = played_bare_ms(p, &hot);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int ascending(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void print(double *ms, size_t n)
{
	qsort(ms, n, sizeof(*ms), ascending);
	printf(" %8.3f %8.3f %8.3f", ms[(n - 1) / 2],
	       ms[(size_t)((double)(n - 1) * 0.99)], ms[n - 1]);
}

static void measure(const struct played_kind *kind, bool busy, size_t n,
		    char **argv)
{
	static struct daemon d;
	static double ms[TRIPS_MAX];
	struct played p;

	d = (struct daemon){ .fd = -1 };
	snprintf(d.folder, sizeof(d.folder), "%.200s/%s", argv[3], kind->name);
	if (mkdir(d.folder, 0700))
		fail("%s: %s", d.folder, strerror(errno));
	played_open(&p, kind);
	write_site(&d, &p, busy);
	played_start(&p);
	start(&d, argv[1]);
	trip_daemon(&p, &d, n, ms);
	stop(&d);
	played_stop(&p);
	printf("%-12s", kind->name);
	print(ms, n);
	played_close(&p);
	played_open(&p, kind);
	trip_bare(&p, n, ms);
	print(ms, n);
	played_close(&p);
	putchar('\n');
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[2]) : 0;

	if (argc < 4 || n < 1 || n > TRIPS_MAX)
		fail("usage: bench_daemon_trip GASCELLD TRIPS FOLDER [busy]");
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		measure(&kinds[i], argc > 4, (size_t)n, argv);
	return 0;
}
