/*
 * Each bus has a ring of pieces with one writer, its thread, and one reader,
 * the loop: `head` is the writer's, `tail` the reader's. What else the writer
 * needs is the writer's alone.
 */
#include "ring/byte_trace.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"
#include "drivers/bus.h"
#include "drivers/link.h"

struct piece {
	nsec at;
	bool sent;
	unsigned lost; /* before it */
	size_t n;      /* of which so many are kept: */
	unsigned char v[BYTE_TRACE_SHOWN_MAX];
};

struct tap {
	const char *name;
	struct bus *bus;
	struct link_sink sink;
	nsec until;	 /* NSEC_NEVER: it is off */
	nsec began;	 /* the first piece's time; NSEC_NEVER: none yet */
	bool lost_shown; /* of the piece at tail */
	atomic_size_t head, tail;
	/* The writer's. */
	unsigned lost;
	unsigned in_second;
	nsec second;
	struct piece v[BYTE_TRACE_WAITING_MAX];
};

struct byte_trace {
	size_t n;
	struct tap v[]; /* one of each bus */
};

/* -- on the bus's thread ------------------------------------------------ */

static bool is_too_much(struct tap *tap, nsec at)
{
	if (at - tap->second >= NSEC_PER_S) {
		tap->second = at;
		tap->in_second = 0;
	}
	return tap->in_second++ >= BYTE_TRACE_RATE_MAX;
}

static void on_bytes(void *context, nsec at, bool sent, const void *bytes,
		     size_t n)
{
	struct tap *tap = context;
	size_t head = atomic_load(&tap->head);
	struct piece *piece = &tap->v[head % BYTE_TRACE_WAITING_MAX];

	if (is_too_much(tap, at) ||
	    head - atomic_load(&tap->tail) == BYTE_TRACE_WAITING_MAX) {
		tap->lost++;
		return;
	}
	piece->at = at;
	piece->sent = sent;
	piece->lost = tap->lost;
	piece->n = n;
	memcpy(piece->v, bytes, n < sizeof(piece->v) ? n : sizeof(piece->v));
	tap->lost = 0;
	atomic_store(&tap->head, head + 1);
}

/* -- on the loop's ------------------------------------------------------ */

struct byte_trace *byte_trace_new(const struct config *config,
				  const struct rig *rig)
{
	struct byte_trace *t = memory_zeroed(
		1, sizeof(*t) + config->n_buses * sizeof(t->v[0]));

	t->n = config->n_buses;
	for (size_t i = 0; i < t->n; i++) {
		struct tap *tap = &t->v[i];

		tap->name = config->buses[i].name;
		tap->bus = rig_bus(rig, i);
		tap->sink = (struct link_sink){ on_bytes, tap };
		tap->until = NSEC_NEVER;
	}
	return t;
}

void byte_trace_free(struct byte_trace *t)
{
	free(t);
}

static struct tap *find(struct byte_trace *t, const char *bus, struct err *err)
{
	_cleanup_(text_free) struct text names = { 0 };

	for (size_t i = 0; i < t->n; i++) {
		if (!strcmp(t->v[i].name, bus))
			return &t->v[i];
		text_addf(&names, "%s%s", i ? ", " : "", t->v[i].name);
	}
	err_set(err, ERR_NOT_FOUND, "there is no bus '%.32s'; there are %s",
		bus, text_str(&names));
	return NULL;
}

static bool is_on(const struct tap *tap)
{
	return tap->until != NSEC_NEVER;
}

static void stop(struct tap *tap)
{
	bus_trace(tap->bus, NULL);
	tap->until = NSEC_NEVER;
}

int byte_trace_start(struct byte_trace *t, const char *bus, nsec until,
		     struct err *err)
{
	struct tap *tap = find(t, bus, err);

	if (!tap)
		return -1;
	if (!bus_has_bytes(tap->bus))
		return err_set(err, ERR_STATE,
			       "%s: no bytes pass on a bus of its type", bus);
	if (!is_on(tap)) {
		atomic_store(&tap->tail, atomic_load(&tap->head));
		tap->began = NSEC_NEVER;
		tap->lost_shown = false;
		bus_trace(tap->bus, &tap->sink);
	}
	tap->until = until;
	return 0;
}

int byte_trace_stop(struct byte_trace *t, const char *bus, struct err *err)
{
	struct tap *tap = find(t, bus, err);

	if (!tap)
		return -1;
	stop(tap);
	return 0;
}

bool byte_trace_expire(struct byte_trace *t, nsec now)
{
	bool any = false;

	for (size_t i = 0; i < t->n; i++) {
		if (!is_on(&t->v[i]) || now < t->v[i].until)
			continue;
		stop(&t->v[i]);
		any = true;
	}
	return any;
}

void byte_trace_stop_all(struct byte_trace *t)
{
	for (size_t i = 0; i < t->n; i++)
		stop(&t->v[i]);
}

bool byte_trace_is_on(const struct byte_trace *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (is_on(&t->v[i]))
			return true;
	return false;
}

static void add_printable(struct text *out, unsigned char byte)
{
	static const char *const names[] = {
		[0x00] = "NUL", [0x02] = "STX", [0x03] = "ETX", [0x04] = "EOT",
		[0x05] = "ENQ", [0x06] = "ACK", [0x09] = "TAB", [0x0a] = "LF",
		[0x0d] = "CR",	[0x15] = "NAK", [0x1b] = "ESC",
	};

	if (byte < ARRAY_SIZE(names) && names[byte])
		text_addf(out, "<%s>", names[byte]);
	else
		text_add_char(out,
			      byte >= ' ' && byte <= '~' ? (char)byte : '.');
}

static void print_piece(const struct tap *tap, const struct piece *piece,
			struct text *out)
{
	size_t shown =
		piece->n < sizeof(piece->v) ? piece->n : sizeof(piece->v);

	text_addf(out, "%s %.3f %c ", tap->name,
		  nsec_to_s(piece->at - tap->began), piece->sent ? '>' : '<');
	for (size_t i = 0; i < shown; i++)
		text_addf(out, "%02X ", piece->v[i]);
	text_add_char(out, ' ');
	for (size_t i = 0; i < shown; i++)
		add_printable(out, piece->v[i]);
	if (shown < piece->n)
		text_addf(out, " ... %zu bytes", piece->n);
}

/* False: there is none. What was left out comes before the piece. */
static bool next_line(struct tap *tap, struct text *out)
{
	size_t tail = atomic_load(&tap->tail);
	const struct piece *piece = &tap->v[tail % BYTE_TRACE_WAITING_MAX];

	if (tail == atomic_load(&tap->head))
		return false;
	if (tap->began == NSEC_NEVER)
		tap->began = piece->at;
	if (piece->lost && !tap->lost_shown) {
		text_addf(out, "%s %.3f - %u pieces are left out here",
			  tap->name, nsec_to_s(piece->at - tap->began),
			  piece->lost);
		tap->lost_shown = true;
		return true;
	}
	print_piece(tap, piece, out);
	tap->lost_shown = false;
	atomic_store(&tap->tail, tail + 1);
	return true;
}

bool byte_trace_line(struct byte_trace *t, struct text *line)
{
	text_clear(line);
	for (size_t i = 0; i < t->n; i++)
		if (is_on(&t->v[i]) && next_line(&t->v[i], line))
			return true;
	return false;
}

void byte_trace_print(const struct byte_trace *t, nsec utc_offset,
		      struct text *json)
{
	bool first = true;

	text_add_char(json, '[');
	for (size_t i = 0; i < t->n; i++) {
		if (!is_on(&t->v[i]))
			continue;
		text_add(json, first ? "{\"bus\":" : ",{\"bus\":");
		json_add_string(json, t->v[i].name);
		text_add(json, ",\"expires\":");
		json_add_time(json, t->v[i].until + utc_offset);
		text_add_char(json, '}');
		first = false;
	}
	text_add_char(json, ']');
}
