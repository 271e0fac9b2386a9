/*
 * The SEC node of this daemon: every role of the site is a module, recipes
 * are the module `run`, the daemon itself is `daemon`. Shows what the ring
 * has seen, and carries what clients ask for to the operator's desk.
 *
 * Loop's thread. Times named `now` are the ring's; UTC = now + utc_offset.
 */
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include "protocol/node.h"
#include "ring/alarm.h"
#include "ring/desk.h"
#include "store/kept.h"

struct archive;
struct orders;
struct daemon_node;
struct byte_trace;
struct queue_kept;

/* Adds the names of the library as a JSON array, sorted; context is
 * find_context. */
typedef void recipe_list(void *context, struct text *json);

/* All pointers outlive the node. Clients' times (node_client_receive) must
 * be now + utc_offset. */
struct daemon_node_setup {
	const struct config *config;
	struct ring *ring;
	struct desk *desk;
	nsec now;
	nsec utc_offset;
	recipe_find *find; /* the recipe library */
	void *find_context;
	recipe_list *list;	 /* its names; NULL: they are not known */
	const char *database;	 /* path of the log; "": none */
	const struct kept *kept; /* by the start before; NULL: nothing */
	bool interrupted;	 /* the last run was cut off */
	/* An alarm wants an operator. May be NULL. */
	void (*attention)(void *context, const struct alarm *a);
	void *attention_context;
	const char *images; /* directory */
	/* The batch of the log that is being filled; NULL: there is no log. */
	uint64_t (*batch)(void *context);
	void *batch_context;
	struct receipts *receipts; /* the node's own; leave it NULL */
	struct archive *archive;   /* reads it; NULL: the past is not known */
	struct orders *orders;	   /* NULL: recipes are compiled at once */
	struct queue_kept *queue;  /* of the last start, or NULL */
	struct byte_trace *trace;  /* NULL: there are no buses */
};

struct daemon_node *daemon_node_new(const struct daemon_node_setup *setup);
void daemon_node_free(struct daemon_node *d); /* frees the clients, too */

/* For whoever has the sockets. */
struct node *daemon_node_node(struct daemon_node *d);

/* For the ring's `seen`: every event with its actions. Cheap when nobody
 * looks. */
void daemon_node_seen(struct daemon_node *d, const struct event *event,
		      const struct actions *actions);

/* Once, when all instruments were tried: what the start before kept is
 * compared with what is so now. */
void daemon_node_ready(struct daemon_node *d, nsec now);

/* At the end of each turn of the loop: what is traced goes out. */
void daemon_node_turn(struct daemon_node *d);

/* At least twice a second: progress, time left, uptime; and gives up on
 * instruments that do not answer a manual set. */
void daemon_node_tick(struct daemon_node *d, nsec now);

/* Where a frame was written, when it is known (before EVENT_FRAME). */
void daemon_node_image_file(struct daemon_node *d, nsec now, uint32_t image,
			    const char *path);

/* The log has all up to this batch; or could not be written just now. */
void daemon_node_committed(struct daemon_node *d, uint64_t batch);
void daemon_node_log_failed(struct daemon_node *d, const char *why);

/* "ok", "slow", "failed: disk full". */
void daemon_node_turn_longest(struct daemon_node *d, nsec now, nsec longest);
void daemon_node_log_state(struct daemon_node *d, nsec now, const char *state);

#endif
