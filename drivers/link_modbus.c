/*
 * libmodbus frames and sends. It neither connects nor recovers (it may block
 * for ever there), and it does not receive: in the middle of an answer it
 * would wait for the whole response time, and a safe command with it. The
 * file descriptor is a link's, and a request goes
 *
 *	line ready, nothing in the input, gap, send, receive the frame
 *	(bounded, gives way), check, compare.
 *
 * Requests built by hand carry the transaction number 0, so TCP's protection
 * against late answers is the same as everywhere: an error connects anew.
 */
#include "drivers/link_modbus.h"

#include <assert.h>
#include <errno.h>
#include <modbus.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "drivers/bus.h"
#include "drivers/checksum.h"
#include "drivers/link_open.h"
#include "drivers/serial_line.h"

#define UNIT_MAX 247
#define TCP_PORT 502
/* 3.5 characters; above 19200 baud the standard says 1.75 ms. */
#define RTU_SILENCE 3.5
#define RTU_SILENCE_MIN (1750 * NSEC_PER_US)
#define REQUEST_MAX 280
#define TCP_HEADER 6 /* before the unit */
#define RTU_CRC 2
#define ANSWER_MIN 3   /* unit, function, and a count or an exception */
#define WRITTEN_SIZE 6 /* unit, function, address, value or count */

struct link_modbus {
	struct link *link;
	struct wire wire;
	modbus_t *ctx;
	bool tcp;
	nsec silence;
};

/* Unit and PDU. */
struct frame {
	uint8_t bytes[REQUEST_MAX];
	size_t n;
};

static struct link *new_link(const struct yaml_node *params, bool tcp,
			     struct problems *problems)
{
	if (tcp)
		return link_tcp_usual_new(params, TCP_PORT, problems);
	return yaml_get(params, "path") ? link_file_new(params, problems)
					: link_serial_new(params, problems);
}

static modbus_t *new_context(bool tcp, const struct serial_line *line)
{
	return tcp ? modbus_new_tcp("127.0.0.1", TCP_PORT)
		   : modbus_new_rtu("serial", (int)line->baud, line->parity,
				    line->bits, line->stop);
}

struct link_modbus *link_modbus_new(const struct yaml_node *params, bool tcp,
				    struct problems *problems)
{
	size_t before = problems->n_all;
	nsec quarantine = bus_quarantine(params, problems);
	struct link *link = new_link(params, tcp, problems);
	struct serial_line line;
	struct link_modbus *m;

	if (!link || problems->n_all != before) {
		link_free(link);
		return NULL;
	}
	m = memory_zeroed(1, sizeof(*m));
	m->link = link;
	m->tcp = tcp;
	wire_init(&m->wire, link, quarantine);
	serial_line_read(tcp ? NULL : params, &line, problems);
	if (!tcp)
		m->silence = nsec_max(serial_line_span(&line, RTU_SILENCE),
				      RTU_SILENCE_MIN);
	m->ctx = new_context(tcp, &line);
	if (!m->ctx)
		abort(); /* out of memory */
	modbus_set_error_recovery(m->ctx, MODBUS_ERROR_RECOVERY_NONE);
	return m;
}

void link_modbus_free(struct link_modbus *m)
{
	if (!m)
		return;
	modbus_free(m->ctx);
	link_free(m->link);
	free(m);
}

struct wire *link_modbus_wire(struct link_modbus *m)
{
	return &m->wire;
}

struct link *link_modbus_link(struct link_modbus *m)
{
	return m->link;
}

static bool is_bits(const struct modbus_span *span)
{
	return span->space == MODBUS_COIL || span->space == MODBUS_DISCRETE;
}

static void put_word(struct frame *f, uint16_t word)
{
	f->bytes[f->n++] = (uint8_t)(word >> 8);
	f->bytes[f->n++] = (uint8_t)word;
}

static uint16_t word_at(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void begin(struct frame *f, const struct modbus_span *span,
		  uint8_t function)
{
	*f = (struct frame){ .bytes = { span->unit, function }, .n = 2 };
	put_word(f, span->at);
}

static void build_read(struct frame *f, const struct modbus_span *span)
{
	static const uint8_t functions[] = {
		[MODBUS_COIL] = MODBUS_FC_READ_COILS,
		[MODBUS_DISCRETE] = MODBUS_FC_READ_DISCRETE_INPUTS,
		[MODBUS_HOLDING] = MODBUS_FC_READ_HOLDING_REGISTERS,
		[MODBUS_INPUT] = MODBUS_FC_READ_INPUT_REGISTERS,
	};

	begin(f, span, functions[span->space]);
	put_word(f, span->n);
}

static void build_single(struct frame *f, const struct modbus_span *span,
			 uint16_t word)
{
	bool bits = is_bits(span);

	assert(span->n == 1);
	begin(f, span,
	      bits ? MODBUS_FC_WRITE_SINGLE_COIL
		   : MODBUS_FC_WRITE_SINGLE_REGISTER);
	put_word(f, !bits ? word : word ? 0xff00 : 0);
}

static void build_write(struct frame *f, const struct modbus_span *span,
			const uint16_t *words)
{
	bool bits = is_bits(span);
	size_t first;

	if (span->single) {
		build_single(f, span, words[0]);
		return;
	}
	begin(f, span,
	      bits ? MODBUS_FC_WRITE_MULTIPLE_COILS
		   : MODBUS_FC_WRITE_MULTIPLE_REGISTERS);
	put_word(f, span->n);
	f->bytes[f->n++] = (uint8_t)(bits ? (span->n + 7) / 8 : 2 * span->n);
	first = f->n;
	for (size_t i = 0; i < span->n; i++) {
		if (!bits)
			put_word(f, words[i]);
		else if (words[i])
			f->bytes[first + i / 8] |= (uint8_t)(1u << i % 8);
	}
	if (bits)
		f->n += (span->n + 7u) / 8;
}

static nsec gap_of(const struct link_modbus *m, const struct modbus_span *span)
{
	return nsec_max(span->gap, m->silence);
}

/* As it went out: with what libmodbus has put around it. */
static void trace_sent(const struct link_modbus *m, const struct frame *f)
{
	uint8_t bytes[TCP_HEADER + REQUEST_MAX + RTU_CRC] = { 0 };
	size_t head = m->tcp ? TCP_HEADER : 0, n = head + f->n;

	if (!link_is_traced(m->link))
		return;
	memcpy(bytes + head, f->bytes, f->n);
	if (m->tcp)
		bytes[5] = (uint8_t)f->n;
	else
		n += checksum_put(CHECKSUM_CRC16, (const char *)bytes, n,
				  (char *)bytes + n);
	link_tell_sink(m->link, true, bytes, n);
}

static int send_frame(struct link_modbus *m, const struct frame *f,
		      struct err *err)
{
	modbus_set_socket(m->ctx, link_fd(m->link));
	if (modbus_set_slave(m->ctx, f->bytes[0]) ||
	    modbus_send_raw_request(m->ctx, f->bytes, (int)f->n) < 0) {
		link_close(m->link);
		return err_set(err, ERR_IO, "%s: %s", link_name(m->link),
			       modbus_strerror(errno));
	}
	trace_sent(m, f);
	m->wire.last = link_now();
	return 0;
}

/* Until n bytes of the answer are there. */
static int receive_up_to(struct link_modbus *m, struct frame *whole, size_t n,
			 nsec deadline, struct err *err)
{
	const struct link_end end = { .n = n - whole->n };
	size_t got;
	int status = link_receive(m->link, &end, whole->bytes + whole->n, end.n,
				  &got, deadline, err);

	whole->n += got;
	if (whole->n)
		m->wire.last = link_now();
	if (status && err->code == ERR_TIMEOUT && whole->n)
		return err_set(err, ERR_PROTOCOL, "%s: half an answer",
			       link_name(m->link));
	return status;
}

static int receive_tcp(struct link_modbus *m, struct frame *whole,
		       nsec deadline, struct err *err)
{
	const uint8_t *head = whole->bytes;
	size_t n;

	if (receive_up_to(m, whole, TCP_HEADER, deadline, err))
		return -1;
	n = word_at(head + 4);
	if (word_at(head) || word_at(head + 2) || n < ANSWER_MIN ||
	    TCP_HEADER + n > MODBUS_TCP_MAX_ADU_LENGTH)
		return err_set(err, ERR_PROTOCOL,
			       "%s: the answer to another "
			       "question",
			       link_name(m->link));
	return receive_up_to(m, whole, TCP_HEADER + n, deadline, err);
}

/* By its first bytes, without the checksum; 0: no answer begins so. */
static size_t rtu_size(const uint8_t *head)
{
	if (head[1] & 0x80)
		return ANSWER_MIN;
	switch (head[1]) {
	case MODBUS_FC_READ_COILS:
	case MODBUS_FC_READ_DISCRETE_INPUTS:
	case MODBUS_FC_READ_HOLDING_REGISTERS:
	case MODBUS_FC_READ_INPUT_REGISTERS: return ANSWER_MIN + head[2];
	case MODBUS_FC_WRITE_SINGLE_COIL:
	case MODBUS_FC_WRITE_SINGLE_REGISTER:
	case MODBUS_FC_WRITE_MULTIPLE_COILS:
	case MODBUS_FC_WRITE_MULTIPLE_REGISTERS: return WRITTEN_SIZE;
	default: return 0;
	}
}

static int receive_rtu(struct link_modbus *m, struct frame *whole,
		       nsec deadline, struct err *err)
{
	size_t n;

	if (receive_up_to(m, whole, ANSWER_MIN, deadline, err))
		return -1;
	n = rtu_size(whole->bytes);
	if (!n)
		return err_set(err, ERR_PROTOCOL, "%s: not an answer of Modbus",
			       link_name(m->link));
	if (receive_up_to(m, whole, n + RTU_CRC, deadline, err))
		return -1;
	if (checksum_fits(CHECKSUM_CRC16, (const char *)whole->bytes, whole->n,
			  0))
		return 0;
	return err_set(err, ERR_PROTOCOL,
		       "%s: an answer with a "
		       "wrong checksum",
		       link_name(m->link));
}

static int receive_frame(struct link_modbus *m, nsec deadline,
			 struct frame *answer, struct err *err)
{
	size_t head = m->tcp ? TCP_HEADER : 0, tail = m->tcp ? 0 : RTU_CRC;
	struct frame whole;

	whole.n = 0;
	if (m->tcp ? receive_tcp(m, &whole, deadline, err)
		   : receive_rtu(m, &whole, deadline, err))
		return -1;
	answer->n = whole.n - head - tail;
	memcpy(answer->bytes, whole.bytes + head, answer->n);
	return 0;
}

static const char *exception_text(int code)
{
	static const char *const texts[] = {
		[1] = "the function is not known there",
		[2] = "there is no such address",
		[3] = "the value is refused",
		[4] = "the instrument failed",
		[6] = "the instrument is busy",
	};

	if (code > 0 && code < (int)(sizeof(texts) / sizeof(texts[0])) &&
	    texts[code])
		return texts[code];
	return "refused";
}

static int refuse(const struct link_modbus *m, const struct frame *question,
		  const struct frame *answer, int *exception, struct err *err)
{
	int code = answer->bytes[2];

	if (exception)
		*exception = code;
	return err_set(err, ERR_RANGE,
		       "%s: unit %d, address %d: %s "
		       "(exception %d)",
		       link_name(m->link), question->bytes[0],
		       word_at(question->bytes + 2), exception_text(code),
		       code);
}

/* Unit and function; the rest is the caller's. */
static bool is_answer(const struct frame *question, const struct frame *answer)
{
	return answer->bytes[0] == question->bytes[0] &&
	       (answer->bytes[1] & 0x7f) == question->bytes[1];
}

static int exchange(struct link_modbus *m, const struct modbus_span *span,
		    const struct frame *question, struct frame *answer,
		    struct err *err)
{
	nsec reply = span->reply ? span->reply : MODBUS_REPLY, sent;
	struct wire *w = &m->wire;

	if (wire_check_input(w, err) || send_frame(m, question, err))
		return wire_distrust(w);
	sent = w->last;
	if (receive_frame(m, sent + reply, answer, err))
		return w->last == sent && wire_is_silence(err)
			       ? wire_unanswered(w, span->asker)
			       : wire_distrust(w);
	if (!is_answer(question, answer))
		return wire_suspect(w, err,
				    "%s: the answer of another unit "
				    "or to another function",
				    link_name(m->link));
	return 0;
}

static int ask(struct link_modbus *m, const struct modbus_span *span,
	       const struct frame *question, struct frame *answer,
	       struct err *err)
{
	if (!span->unit || span->unit > UNIT_MAX)
		return err_set(err, ERR_INVALID, "unit %d: not 1 to %d",
			       span->unit, UNIT_MAX);
	if (wire_check_ready(&m->wire, gap_of(m, span), err) ||
	    exchange(m, span, question, answer, err))
		return -1;
	return 0;
}

static bool is_exception(const struct frame *answer)
{
	return answer->bytes[1] & 0x80;
}

static void take_words(const struct modbus_span *span, const uint8_t *bytes,
		       uint16_t *words)
{
	for (size_t i = 0; i < span->n; i++)
		if (is_bits(span))
			words[i] = (bytes[i / 8] >> i % 8) & 1;
		else
			words[i] = word_at(bytes + 2 * i);
}

int link_modbus_read(struct link_modbus *m, const struct modbus_span *span,
		     uint16_t *words, int *exception, struct err *err)
{
	size_t n = is_bits(span) ? (span->n + 7u) / 8 : 2u * span->n;
	struct frame question, answer = { 0 };

	assert(span->n && span->n <= MODBUS_WORDS_MAX);
	if (exception)
		*exception = 0;
	build_read(&question, span);
	if (ask(m, span, &question, &answer, err))
		return -1;
	if (is_exception(&answer))
		return refuse(m, &question, &answer, exception, err);
	if (answer.bytes[2] != n || answer.n != 3 + n)
		return wire_suspect(&m->wire, err,
				    "%s: %zu bytes where %zu "
				    "were asked for",
				    link_name(m->link), answer.n - 3, n);
	take_words(span, answer.bytes + 3, words);
	return 0;
}

int link_modbus_write(struct link_modbus *m, const struct modbus_span *span,
		      const uint16_t *words, struct err *err)
{
	struct frame question, answer = { 0 };

	assert(span->n && span->n <= MODBUS_WORDS_MAX);
	assert(span->space == MODBUS_COIL || span->space == MODBUS_HOLDING);
	build_write(&question, span, words);
	if (ask(m, span, &question, &answer, err))
		return -1;
	if (is_exception(&answer))
		return refuse(m, &question, &answer, NULL, err);
	/* The address and the value or count come back. */
	if (answer.n != 6 || memcmp(answer.bytes, question.bytes, 6))
		return wire_suspect(&m->wire, err,
				    "%s: what was written "
				    "does not come back",
				    link_name(m->link));
	return 0;
}

int link_modbus_tell(struct link_modbus *m, const struct modbus_span *span,
		     const uint16_t *words, struct err *err)
{
	struct wire *w = &m->wire;
	struct frame question;

	if (link_is_open(m->link) && !w->suspect) {
		int status = link_modbus_write(m, span, words, err);

		if (!status || err->code == ERR_RANGE)
			return status;
	}
	build_write(&question, span, words);
	if (wire_reach(w, gap_of(m, span), err))
		return -1;
	if (send_frame(m, &question, err))
		return wire_distrust(w);
	wire_told(w, true);
	return 0;
}
