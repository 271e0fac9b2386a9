/*
 * One server of `gascelld emulate`: a pty or a listening TCP socket, bytes
 * from there to a codec and back, one request at a time, as late as the
 * instrument and its line would be. And all that can go wrong on the way.
 *
 * While a request is worked on, the others wait, those of other connections,
 * too. Loop's thread.
 */
#ifndef EMULATOR_SERVER_H
#define EMULATOR_SERVER_H

#include <uv.h>

#include "base/err.h"
#include "base/nsec.h"
#include "emulator/bench.h"
#include "emulator/codec.h"
#include "emulator/fault.h"

#define EMULATOR_CONNECTIONS_MAX 8
#define EMULATOR_PATH_MAX 512

/* What all servers share. */
struct emulator_wires {
	uv_loop_t *loop;
	/* Real time, which never jumps. The bench began with it, and its time
	 * runs `speed` times as fast. */
	nsec (*real)(void);
	nsec began;
	double speed;
	struct emulator_bench *bench;
	struct emulator_faults faults;
};

struct emulator_connection;

struct emulator_server {
	/* Set before the start. */
	const char *name; /* "flows" */
	const char *about;
	const struct emulator_codec *codec;
	void *instrument;
	int port;		      /* TCP: 0 takes a free one, which is
					 * kept from then on */
	char link[EMULATOR_PATH_MAX]; /* pty: a name that stays; "" none */
	/* Called when a pty came back under another name; or NULL. */
	void (*moved)(void *context, const struct emulator_server *server);
	void *context;

	struct emulator_wires *wires;
	char path[EMULATOR_PATH_MAX]; /* of the pty */
	bool is_up;
	struct emulator_connection *listener;
	struct emulator_connection *connections[EMULATOR_CONNECTIONS_MAX];
	int slave;	  /* keeps the pty alive; -1 */
	uv_timer_t timer; /* of the reply that is under way */
	bool is_busy;
	struct emulator_connection *asker; /* NULL: it has gone */
	struct emulator_reply reply;
	struct text said, before; /* the last replies, unspoiled */
};

/* Is it a pty? */
bool emulator_server_is_serial(const struct emulator_server *s);

/* ERR_IO: the port is taken, there are no ptys. The server must stay where it
 * is until the loop has ended. */
int emulator_server_start(struct emulator_server *s,
			  struct emulator_wires *wires, struct err *err);

/* Faults that begin and end without anybody asking: to be called at least
 * every 20 ms. */
void emulator_server_tick(struct emulator_server *s);

/* Closes everything; then run the loop until it is empty, then _fini. */
void emulator_server_stop(struct emulator_server *s);
void emulator_server_fini(struct emulator_server *s);

#endif
