#include "node/queue_kept.h"

#include <string.h>

#include "base/text.h"

static enum queue_entry_state state_of(const char *word)
{
	enum queue_entry_state s = QUEUE_HELD;

	while (s > QUEUE_WAITING && strcmp(queue_entry_state_name(s), word))
		s--;
	return s;
}

static void on_entry(void *context, const struct store_queued *q)
{
	struct queue_kept *k = context;
	struct queue_entry *e;

	/* The queue never has more; a file that somebody changed may. */
	if (k->n == QUEUE_MAX)
		return;
	e = &k->v[k->n++];
	*e = (struct queue_entry){
		.id = q->add.id,
		.after = strcmp(q->add.after, "continue") ? QUEUE_STOP
							  : QUEUE_CONTINUE,
		.state = state_of(q->state),
		.run = q->run,
		.name = text_dup(q->add.name),
		.label = text_dup(q->add.label),
		.recipe = text_dup(q->add.recipe),
		.sheet = text_dup(q->add.sheet),
		.steps = q->add.steps,
		.seconds = q->add.seconds,
		.added = q->add.t,
		.user = text_dup(q->add.user),
		.program = text_dup(q->add.program),
	};
	text_copy(e->reason, sizeof(e->reason), q->reason);
}

int queue_kept_read(struct queue_kept *k, struct store *store, struct err *err)
{
	*k = (struct queue_kept){ 0 };
	return store_queue_read(store, &k->queue, on_entry, k, err);
}

void queue_kept_fini(struct queue_kept *k)
{
	while (k->n)
		queue_entry_fini(&k->v[--k->n]);
}
