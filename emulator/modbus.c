#include "emulator/modbus.h"

#include <stdint.h>
#include <string.h>

#include "drivers/checksum.h"

/* MODBUS Messaging on TCP/IP V1.0b; MODBUS Application Protocol V1.1b3. */
#define HEADER 7 /* transaction, protocol, length, unit */
#define LENGTH_MAX 254
#define RTU_UNIT 1
#define RTU_CRC 2
#define RTU_COILS_MAX ((EMULATOR_COILS_N + 7) / 8) /* bytes */
#define RTU_BAUD 19200
#define OUTPUTS_AT 0x200
#define ON 0xff00

enum { FUNCTION_UNKNOWN = 1, ADDRESS_UNKNOWN = 2, VALUE_WRONG = 3 };
enum { READ_COILS = 1, READ_DISCRETE = 2, WRITE_COIL = 5, WRITE_COILS = 15 };

#define BLANKER 11

static const char *const channels[EMULATOR_COILS_N] = {
	"h2_valve",	"n2_valve",	"ar_valve",    "nh3_valve",
	"o2_valve",	"supply_valve", "inlet_valve", "outlet_valve",
	"bypass_valve", "pump_valve",	"pump",	       NULL,
};

static unsigned word(const uint8_t *b)
{
	return (unsigned)b[0] << 8 | b[1];
}

static size_t span(const char *bytes, size_t n)
{
	uint8_t head[HEADER];
	size_t length;

	if (n < HEADER)
		return 0;
	memcpy(head, bytes, HEADER);
	length = word(head + 4);
	if (word(head + 2) || length < 2 || length > LENGTH_MAX)
		return EMULATOR_REFUSED;
	return n < 6 + length ? 0 : 6 + length;
}

struct pdu {
	size_t n;
	uint8_t v[LENGTH_MAX];
};

static int read_bits(struct emulator_modbus *m, const struct pdu *in,
		     struct pdu *out)
{
	unsigned at, n;

	if (in->n != 5)
		return VALUE_WRONG;
	at = word(in->v + 1);
	n = word(in->v + 3);
	if (n < 1 || n > 2000)
		return VALUE_WRONG;
	if (in->v[0] == READ_COILS && at >= OUTPUTS_AT)
		at -= OUTPUTS_AT;
	if (at + n > EMULATOR_COILS_N)
		return ADDRESS_UNKNOWN;
	out->v[1] = (uint8_t)((n + 7) / 8);
	out->n = 2 + out->v[1];
	for (unsigned i = 0; i < n; i++) {
		bool bit = m->coils[at + i];

		if (in->v[0] == READ_DISCRETE && channels[at + i])
			bit = emulator_bench_read(m->bench, channels[at + i]) ==
			      1.0;
		if (bit)
			out->v[2 + i / 8] |= (uint8_t)(1u << i % 8);
	}
	return 0;
}

static void put(struct emulator_modbus *m, unsigned at, bool bit)
{
	m->coils[at] = bit;
	if (at == BLANKER)
		m->bench->sim->column.blanker = bit;
	else /* every coil has a channel. NOLINTNEXTLINE(*CallAndMessage) */
		emulator_bench_write(m->bench, channels[at], bit);
}

static int write_coil(struct emulator_modbus *m, const struct pdu *in,
		      struct pdu *out)
{
	unsigned at, value;

	if (in->n != 5)
		return VALUE_WRONG;
	at = word(in->v + 1);
	value = word(in->v + 3);
	if (value != 0 && value != ON)
		return VALUE_WRONG;
	if (at >= EMULATOR_COILS_N)
		return ADDRESS_UNKNOWN;
	put(m, at, value == ON);
	*out = *in;
	return 0;
}

static int write_coils(struct emulator_modbus *m, const struct pdu *in,
		       struct pdu *out)
{
	unsigned at, n;

	if (in->n < 6)
		return VALUE_WRONG;
	at = word(in->v + 1);
	n = word(in->v + 3);
	if (n < 1 || in->v[5] != (n + 7) / 8 || in->n != 6u + in->v[5])
		return VALUE_WRONG;
	if (at + n > EMULATOR_COILS_N)
		return ADDRESS_UNKNOWN;
	for (unsigned i = 0; i < n; i++)
		put(m, at + i, in->v[6 + i / 8] >> i % 8 & 1);
	memcpy(out->v, in->v, 5);
	out->n = 5;
	return 0;
}

static int obey(struct emulator_modbus *m, const struct pdu *in,
		struct pdu *out)
{
	out->v[0] = in->v[0];
	switch (in->v[0]) {
	case READ_COILS:
	case READ_DISCRETE: return read_bits(m, in, out);
	case WRITE_COIL: return write_coil(m, in, out);
	case WRITE_COILS: return write_coils(m, in, out);
	default: return FUNCTION_UNKNOWN;
	}
}

static struct pdu reply_to(struct emulator_modbus *m, const struct pdu *in)
{
	struct pdu out = { 0 };
	int exception;

	emulator_bench_advance(m->bench);
	exception = obey(m, in, &out);
	if (exception)
		out = (struct pdu){ 2,
				    { in->v[0] | 0x80, (uint8_t)exception } };
	return out;
}

static void answer(void *instrument, const char *bytes, size_t n,
		   struct emulator_reply *reply)
{
	struct pdu in = { .n = n - HEADER }, out;
	char head[HEADER];

	memcpy(in.v, bytes + HEADER, in.n);
	out = reply_to(instrument, &in);
	memcpy(head, bytes, HEADER);
	head[4] = 0;
	head[5] = (char)(out.n + 1);
	text_add_n(&reply->bytes, head, HEADER);
	text_add_n(&reply->bytes, (const char *)out.v, out.n);
	reply->after = NSEC_PER_MS / 2;
}

/* There is no checksum: what a client can check is the protocol's number. */
static void break_check(struct text *reply)
{
	reply->s[3] = 0x55;
}

/* Of another transaction. */
static void make_foreign(struct text *reply)
{
	reply->s[1] = (char)(reply->s[1] ^ 0x40);
}

const struct emulator_codec emulator_modbus_codec = {
	.span = span,
	.answer = answer,
	.break_check = break_check,
	.make_foreign = make_foreign,
};

/* By the function; what is none of ours cannot be measured: the line is
 * cleared, as a silence would. */
static size_t rtu_span(const char *bytes, size_t n)
{
	size_t size = 1 + 5 + RTU_CRC;

	if (n < size)
		return 0;
	if (bytes[1] == WRITE_COILS && (uint8_t)bytes[6] > RTU_COILS_MAX)
		return EMULATOR_REFUSED;
	if (bytes[1] == WRITE_COILS)
		size = 1 + 6 + (uint8_t)bytes[6] + RTU_CRC;
	else if (bytes[1] != READ_COILS && bytes[1] != READ_DISCRETE &&
		 bytes[1] != WRITE_COIL)
		return EMULATOR_REFUSED;
	return n < size ? 0 : size;
}

/* What is damaged, or for another unit, is not answered. */
static void rtu_answer(void *instrument, const char *bytes, size_t n,
		       struct emulator_reply *reply)
{
	struct pdu in = { .n = n - 1 - RTU_CRC }, out;
	char sum[CHECKSUM_BYTES_MAX];

	if (bytes[0] != RTU_UNIT || !checksum_fits(CHECKSUM_CRC16, bytes, n, 0))
		return;
	memcpy(in.v, bytes + 1, in.n);
	out = reply_to(instrument, &in);
	text_add_char(&reply->bytes, RTU_UNIT);
	text_add_n(&reply->bytes, (const char *)out.v, out.n);
	text_add_n(&reply->bytes, sum,
		   checksum_put(CHECKSUM_CRC16, reply->bytes.s, reply->bytes.n,
				sum));
	reply->after = 2 * NSEC_PER_MS;
}

/* Of another unit, and right in itself. */
static void rtu_make_foreign(struct text *reply)
{
	reply->s[0] = (char)(reply->s[0] ^ 0x40);
	checksum_put(CHECKSUM_CRC16, reply->s, reply->n - RTU_CRC,
		     reply->s + reply->n - RTU_CRC);
}

/* Its checksum is broken by any bit that is turned. */
const struct emulator_codec emulator_rtu_codec = {
	.span = rtu_span,
	.answer = rtu_answer,
	.make_foreign = rtu_make_foreign,
	.baud = RTU_BAUD,
};

void emulator_modbus_init(struct emulator_modbus *m,
			  struct emulator_bench *bench)
{
	*m = (struct emulator_modbus){ .bench = bench };
}
