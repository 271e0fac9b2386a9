#include "emulator/fault.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"
#include "base/quantity.h"

#define LATE_USUAL NSEC_PER_S
#define WORDS_MAX 16
#define LINE_SIZE 256

static const char *const names[WIRE_FAULTS_N + 1] = {
	[WIRE_NO_REPLY] = "no_reply", [WIRE_LATE] = "late",
	[WIRE_HALF] = "half",	      [WIRE_GARBAGE] = "garbage",
	[WIRE_CHECKSUM] = "checksum", [WIRE_FOREIGN] = "foreign",
	[WIRE_DROP] = "drop",	      [WIRE_DIE] = "die",
	[WIRE_FLOOD] = "flood",
};

const char *emulator_fault_name(enum wire_fault kind)
{
	return names[kind];
}

/* -- a line ------------------------------------------------------------- */

struct words {
	size_t n;
	char *v[WORDS_MAX];
};

static int split(char *line, struct words *out, struct err *err)
{
	char *rest = NULL, *word = strtok_r(line, " \t", &rest);

	*out = (struct words){ 0 };
	for (; word; word = strtok_r(NULL, " \t", &rest)) {
		if (out->n == WORDS_MAX)
			return err_set(err, ERR_INVALID, "too many words");
		out->v[out->n++] = word;
	}
	if (out->n < 2)
		return err_set(err, ERR_INVALID,
			       "a fault is written like "
			       "'late flows by 800 ms for 5 s'");
	return 0;
}

static int read_kind(const char *word, enum wire_fault *out, struct err *err)
{
	const char *near = text_nearest(word, names);

	for (int i = 0; i < WIRE_FAULTS_N; i++)
		if (strcmp(word, names[i]) == 0) {
			*out = (enum wire_fault)i;
			return 0;
		}
	return err_set(err, ERR_INVALID,
		       "there is no fault '%.32s'; such as "
		       "%s",
		       word, near ? near : names[0]);
}

static int read_server(char *word, struct emulator_fault *out, struct err *err)
{
	char *colon = strchr(word, ':');

	if (colon) {
		*colon = '\0';
		out->unit = colon[1];
		if (!colon[1] || colon[2])
			return err_set(err, ERR_INVALID,
				       "a unit is one "
				       "letter, as in flows:A");
	}
	if (!text_copy(out->server, sizeof(out->server), word))
		return err_set(err, ERR_INVALID, "there is no server '%.32s'",
			       word);
	return 0;
}

/* "800ms" or "800 ms": takes one word or two. */
static int read_time(const struct words *words, size_t *i, nsec *out,
		     struct err *err)
{
	char text[64];
	double seconds;
	const char *unit = "";

	if (*i >= words->n)
		return err_set(err, ERR_INVALID, "a time is missing");
	if (!words->v[*i][number_span(words->v[*i])] && *i + 1 < words->n)
		unit = words->v[*i + 1];
	snprintf(text, sizeof(text), "%.30s %.30s", words->v[*i], unit);
	*i += *unit ? 2 : 1;
	if (quantity_parse(QUANTITY_TIME, text, &seconds, err))
		return -1;
	if (!(seconds >= 0.0 && seconds < 1e8))
		return err_set(err, ERR_INVALID, "%s: too long", text);
	*out = nsec_from_s(seconds);
	return 0;
}

static int read_option(const struct words *words, size_t *i, nsec *at,
		       struct emulator_fault *out, struct err *err)
{
	const char *word = words->v[(*i)++];
	int64_t times;

	if (strcmp(word, "by") == 0)
		return read_time(words, i, &out->by, err);
	if (strcmp(word, "at") == 0)
		return read_time(words, i, at, err);
	if (strcmp(word, "for") == 0)
		return read_time(words, i, &out->until, err);
	if (strcmp(word, "times") || *i == words->n)
		return err_set(err, ERR_INVALID,
			       "'%.32s' is none of by, at, "
			       "for, times",
			       word);
	if (number_parse_int(words->v[(*i)++], 1, 1000000, &times, err))
		return -1;
	out->times = (long)times;
	return 0;
}

int emulator_fault_parse(const char *line, nsec now, struct emulator_fault *out,
			 struct err *err)
{
	struct emulator_fault fault = { .by = LATE_USUAL,
					.times = -1,
					.until = NSEC_NEVER };
	char copy[LINE_SIZE];
	struct words words;
	nsec at = 0;

	if (!text_copy(copy, sizeof(copy), line))
		return err_set(err, ERR_INVALID, "the line is too long");
	if (split(copy, &words, err) ||
	    read_kind(words.v[0], &fault.kind, err) ||
	    read_server(words.v[1], &fault, err))
		return -1;
	for (size_t i = 2; i < words.n;)
		if (read_option(&words, &i, &at, &fault, err))
			return -1;
	if (fault.kind == WIRE_DROP && fault.times < 0 &&
	    fault.until == NSEC_NEVER)
		fault.times = 1;
	fault.from = nsec_after(now, at);
	fault.until = nsec_after(fault.from, fault.until);
	*out = fault;
	return 0;
}

/* -- all of them -------------------------------------------------------- */

static bool is_over(const struct emulator_fault *f, nsec now)
{
	return now >= f->until || f->times == 0;
}

int emulator_faults_add(struct emulator_faults *faults,
			const struct emulator_fault *fault, nsec now,
			struct err *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < faults->n; i++)
		if (!is_over(&faults->v[i], now))
			faults->v[kept++] = faults->v[i];
	faults->n = kept;
	if (kept == EMULATOR_FAULTS_MAX)
		return err_set(err, ERR_FULL, "more than %d faults",
			       EMULATOR_FAULTS_MAX);
	faults->v[faults->n++] = *fault;
	return 0;
}

void emulator_faults_clear(struct emulator_faults *faults, const char *server)
{
	size_t kept = 0;

	for (size_t i = 0; i < faults->n; i++)
		if (server && *server && strcmp(faults->v[i].server, server))
			faults->v[kept++] = faults->v[i];
	faults->n = kept;
}

const struct emulator_fault *emulator_faults_take(
	struct emulator_faults *faults, enum wire_fault kind,
	const char *server, char unit, nsec now)
{
	for (size_t i = 0; i < faults->n; i++) {
		struct emulator_fault *f = &faults->v[i];

		if (f->kind != kind || strcmp(f->server, server) ||
		    (f->unit && f->unit != unit) || now < f->from ||
		    is_over(f, now))
			continue;
		if (f->times > 0)
			f->times--;
		return f;
	}
	return NULL;
}

/* -- bytes -------------------------------------------------------------- */

/* Noise, but equal for equal replies; the end of a line stays. */
static void make_garbage(struct text *reply)
{
	uint32_t x = 2463534242u;
	size_t n = reply->n;

	while (n && (reply->s[n - 1] == '\r' || reply->s[n - 1] == '\n'))
		n--;
	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		reply->s[i] = (char)(x | 0x80);
	}
}

static void cut(struct text *reply, size_t n)
{
	reply->n = n;
	reply->s[n] = '\0';
}

static void replace(struct text *reply, const struct text *with)
{
	if (!with->n)
		return;
	text_clear(reply);
	text_add_n(reply, with->s, with->n);
}

void emulator_fault_spoil(enum wire_fault kind,
			  const struct emulator_codec *codec,
			  struct text *reply, const struct text *before)
{
	if (!reply->n)
		return;
	if (kind == WIRE_HALF)
		cut(reply, (reply->n + 1) / 2);
	else if (kind == WIRE_GARBAGE)
		make_garbage(reply);
	else if (kind == WIRE_CHECKSUM && codec->break_check)
		codec->break_check(reply);
	else if (kind == WIRE_CHECKSUM)
		reply->s[reply->n / 2] = (char)(reply->s[reply->n / 2] ^ 0x80);
	else if (kind == WIRE_FOREIGN && codec->make_foreign)
		codec->make_foreign(reply);
	else if (kind == WIRE_FOREIGN)
		replace(reply, before);
}
