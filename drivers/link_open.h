/*
 * The links a configuration can ask for, each made of its bus's mapping.
 * Nothing is opened. NULL with problems when the mapping is wrong.
 */
#ifndef DRIVERS_LINK_OPEN_H
#define DRIVERS_LINK_OPEN_H

#include <stdint.h>

#include "drivers/link.h"
#include "base/problems.h"
#include "base/yaml.h"

/* A tty by its path: ptys, and what libserialport cannot open. */
struct link *link_file_new(const struct yaml_node *params,
			   struct problems *problems);

/* A serial port by path or by its adapter's USB serial number. */
struct link *link_serial_new(const struct yaml_node *params,
			     struct problems *problems);

struct link *link_tcp_new(const struct yaml_node *params,
			  struct problems *problems);
/* With a port that need not be written; 0: there is none. */
struct link *link_tcp_usual_new(const struct yaml_node *params,
				uint16_t port_usual, struct problems *problems);

#define LINK_HOST_MAX 64

struct link_host {
	char host[LINK_HOST_MAX]; /* a numeric address */
	uint16_t port;
};

/* Keys host, port. A name is refused, except localhost: looking one up can
 * take half a minute, and needs a server that works at night. */
int link_host_read(const struct yaml_node *params, uint16_t port_usual,
		   struct link_host *host, struct problems *problems);

/* A connected socket, non-blocking, or -1. `l` is who waits. */
int link_host_connect(struct link *l, const struct link_host *host,
		      nsec deadline, struct err *err);

/* The key's text, or NULL with a problem that says what belongs there. */
const char *link_text(const struct yaml_node *params, const char *key,
		      const char *example, struct problems *problems);

#endif
