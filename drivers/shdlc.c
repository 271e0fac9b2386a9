#include "drivers/shdlc.h"

#include <assert.h>
#include <string.h>

#include "base/array.h"
#include "drivers/link.h"

#define MARK 0x7E
#define ESCAPE 0x7D
#define TURNED 0x20
#define DEVICE_ERROR 0x80
#define HEAD 4 /* of an answer: address, command, state, n */
#define INSIDE_MAX (HEAD + SHDLC_DATA_MAX + 1)

static const struct {
	uint8_t code;
	const char *why;
} errors[] = {
	{ 0x01, "wrong length of data" },
	{ 0x02, "unknown command" },
	{ 0x03, "no access" },
	{ 0x04, "a parameter out of range" },
	{ 0x20, "not available" },
	{ 0x25, "wrong length of data" },
	{ 0x28, "an argument out of range" },
	{ 0x2D, "it does not measure" },
	{ 0x32, "its sensor does not answer" },
	{ 0x33, "no calibration at this place" },
	{ 0x37, "its supply voltage is out of range" },
	{ 0x3F, "gas pressure is missing, it cannot reach its setpoint" },
	{ 0x42, "busy" },
	{ 0x43, "not in its present state" },
	{ 0x44, "not available" },
	{ 0x7F, "a fatal error" },
};

static bool is_special(uint8_t byte)
{
	return byte == MARK || byte == ESCAPE || byte == 0x11 || byte == 0x13;
}

static size_t stuff(uint8_t byte, uint8_t *out)
{
	if (!is_special(byte)) {
		out[0] = byte;
		return 1;
	}
	out[0] = ESCAPE;
	out[1] = byte ^ TURNED;
	return 2;
}

static uint8_t check_of(const uint8_t *bytes, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += bytes[i];
	return (uint8_t)~sum;
}

size_t shdlc_put(const struct shdlc_request *request,
		 uint8_t out[SHDLC_FRAME_MAX])
{
	uint8_t inside[3 + sizeof(request->data) + 1] = { request->address,
							  request->command,
							  (uint8_t)request->n };
	size_t n = 3, at = 0;

	assert(request->n <= sizeof(request->data));
	memcpy(inside + n, request->data, request->n);
	n += request->n;
	inside[n] = check_of(inside, n);
	out[at++] = MARK;
	for (size_t i = 0; i <= n; i++)
		at += stuff(inside[i], out + at);
	out[at++] = MARK;
	return at;
}

/* Bytes between the marks, or -1. */
static int unstuff(const uint8_t *frame, size_t n, uint8_t out[INSIDE_MAX])
{
	size_t at = 0;

	if (n < 2 || frame[0] != MARK || frame[n - 1] != MARK)
		return -1;
	for (size_t i = 1; i < n - 1; i++) {
		uint8_t byte = frame[i];

		if (byte == MARK || at == INSIDE_MAX)
			return -1;
		if (byte == ESCAPE) {
			byte = frame[++i] ^ TURNED;
			if (i == n - 1 || !is_special(byte))
				return -1;
		}
		out[at++] = byte;
	}
	return (int)at;
}

int shdlc_take(const uint8_t *frame, size_t n, struct shdlc_answer *answer,
	       struct err *err)
{
	uint8_t inside[INSIDE_MAX];
	int got = unstuff(frame, n, inside);

	if (got < HEAD + 1 || inside[3] != got - HEAD - 1)
		return err_set(err, ERR_PROTOCOL,
			       "%zu bytes that are no whole frame", n);
	if (check_of(inside, (size_t)got - 1) != inside[got - 1])
		return err_set(err, ERR_PROTOCOL, "a wrong checksum");
	*answer = (struct shdlc_answer){
		.address = inside[0],
		.command = inside[1],
		.error = inside[2] & (DEVICE_ERROR - 1),
		.device_error = inside[2] & DEVICE_ERROR,
		.n = inside[3],
	};
	memcpy(answer->data, inside + HEAD, answer->n);
	return 0;
}

/* A frame ends with what it begins with: the first mark is awaited alone. */
static int take_frame(struct wire *wire, struct wire_ask *ask,
		      uint8_t in[SHDLC_FRAME_MAX], size_t *n, struct err *err)
{
	static const char mark[] = { MARK };
	size_t got;

	ask->end = (struct link_end){ .n = 1 };
	if (wire_ask(wire, ask, (char *)in, 1, &got, err))
		return -1;
	if (in[0] != MARK)
		return wire_suspect(wire, err, "a byte 0x%02X before a frame",
				    in[0]);
	ask->n = 0;
	ask->end = (struct link_end){ .terminator = mark, .n_terminator = 1 };
	if (wire_ask(wire, ask, (char *)in + 1, SHDLC_FRAME_MAX - 1, &got, err))
		return -1;
	*n = got + 1;
	return 0;
}

/* An adapter for two wires lets us hear ourselves: what comes first, and is
 * the question byte for byte, is that. (The one answer that looks the same
 * refuses a wrong length; then nothing more comes, which is an error, too.) */
static int exchange(struct wire *wire, const struct shdlc_request *request,
		    nsec reply, uint8_t in[SHDLC_FRAME_MAX], size_t *n,
		    struct err *err)
{
	uint8_t out[SHDLC_FRAME_MAX];
	size_t n_out = shdlc_put(request, out);
	struct wire_ask ask = { .send = out, .n = n_out, .reply = reply };

	if (take_frame(wire, &ask, in, n, err))
		return -1;
	if (*n != n_out || memcmp(in, out, n_out) != 0)
		return 0;
	if (!take_frame(wire, &ask, in, n, err))
		return 0;
	if (err->code != ERR_TIMEOUT)
		return -1;
	return err_set(err, ERR_TIMEOUT,
		       "%s: the line echoes, and unit %d does not answer in "
		       "%d ms",
		       link_name(wire->link), request->address,
		       (int)(reply / NSEC_PER_MS));
}

static int refuse(const struct shdlc_answer *answer, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].code == answer->error)
			return err_set(err, ERR_STATE, "refused: %s",
				       errors[i].why);
	return err_set(err, ERR_STATE, "refused with 0x%02X", answer->error);
}

int shdlc_ask(struct wire *wire, const struct shdlc_request *request,
	      nsec reply, struct shdlc_answer *answer, struct err *err)
{
	uint8_t frame[SHDLC_FRAME_MAX];
	size_t n = 0;

	if (exchange(wire, request, reply, frame, &n, err))
		return -1;
	if (shdlc_take(frame, n, answer, err))
		return wire_distrust(wire);
	if (answer->address != request->address ||
	    answer->command != request->command)
		return wire_suspect(wire, err,
				    "an answer of unit %d to command 0x%02X, "
				    "not of %d to 0x%02X",
				    answer->address, answer->command,
				    request->address, request->command);
	return answer->error ? refuse(answer, err) : 0;
}
