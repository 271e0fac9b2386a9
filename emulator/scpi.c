#include "emulator/scpi.h"

#include <ctype.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"
#include "emulator/meter.h"

#define LINE_SIZE 512
#define HEADER_SIZE 128
#define IDENTITY "KEITHLEY INSTRUMENTS,MODEL 2450,04400123,1.7.12b"
#define NO_NUMBER "9.910000E+37"

enum {
	BAD_HEADER = -113,
	BAD_PARAMETER = -104,
	MISSING = -109,
	OUT_OF_RANGE = -222,
	OUTPUT_IS_OFF = -803
};

/* -- headers ------------------------------------------------------------ */

/* "CURRent" is given as CURR or CURRENT. */
static bool word_is(const char *word, size_t n, const char *given, size_t m)
{
	size_t brief = 0;

	while (brief < n && isupper((unsigned char)word[brief]))
		brief++;
	if (m && given[m - 1] == '1')
		m--;
	return (m == brief || m == n) && strncasecmp(word, given, m) == 0;
}

bool emulator_scpi_match(const char *pattern, const char *given)
{
	while (*pattern) {
		bool optional = *pattern == '[';
		const char *word = pattern + optional + 1;
		size_t n = strcspn(word, ":[]");
		const char *rest = word + n + optional;
		size_t m = *given == ':' ? strcspn(given + 1, ":") : 0;

		if (m && word_is(word, n, given + 1, m) &&
		    emulator_scpi_match(rest, given + 1 + m))
			return true;
		if (!optional)
			return false;
		pattern = rest;
	}
	return !*given;
}

/* -- what is set and asked ---------------------------------------------- */

enum kind { NUMBER, SWITCH, WORD, NONE };

struct row {
	const char *header;
	enum kind kind;
	size_t offset; /* of a double of the meter */
	double min, max;
	const char *const *words; /* of value 0, 1, ... */
};

static const char *const functions[] = { "CURRent", "VOLTage", "RESistance",
					 NULL };
static const char *const sources[] = { "CURRent", "VOLTage", NULL };
static const char *const off_modes[] = { "NORMal", "ZERO", "HIMPedance",
					 "GUARd", NULL };

#define AT(member) offsetof(struct emulator_meter, member)
#define LEVEL "[:LEVel][:IMMediate][:AMPLitude]"

static const struct row rows[] = {
	{ ":OUTPut[:STATe]", SWITCH, AT(output), 0, 1, NULL },
	{ ":OUTPut:CURRent:SMODe", WORD, AT(off_mode), 0, 0, off_modes },
	{ ":OUTPut:VOLTage:SMODe", WORD, AT(off_mode), 0, 0, off_modes },
	{ ":SOURce:FUNCtion[:MODE]", WORD, AT(source_voltage), 0, 0, sources },
	{ ":SOURce:CURRent" LEVEL, NUMBER, AT(level_current), -1.05, 1.05,
	  NULL },
	{ ":SOURce:CURRent:VLIMit[:LEVel]", NUMBER, AT(limit_voltage), 0.02,
	  210, NULL },
	{ ":SOURce:VOLTage" LEVEL, NUMBER, AT(level_voltage), -210, 210, NULL },
	{ ":SOURce:VOLTage:ILIMit[:LEVel]", NUMBER, AT(limit_current), 1e-9,
	  1.05, NULL },
	{ ":SENSe:FUNCtion[:ON]", WORD, AT(measure), 0, 0, functions },
	{ ":SENSe:CURRent:RSENse", SWITCH, AT(remote_sense), 0, 1, NULL },
	{ ":SENSe:VOLTage:RSENse", SWITCH, AT(remote_sense), 0, 1, NULL },
	{ ":SENSe:RESistance:RSENse", SWITCH, AT(remote_sense), 0, 1, NULL },
	{ ":SENSe:CURRent:NPLCycles", NUMBER, AT(nplc), 0.01, 10, NULL },
	{ ":SENSe:VOLTage:NPLCycles", NUMBER, AT(nplc), 0.01, 10, NULL },
	{ ":SENSe:RESistance:NPLCycles", NUMBER, AT(nplc), 0.01, 10, NULL },
};

/* Taken without an effect: ranges follow by themselves. */
static const char *const ignored[] = {
	":SOURce:CURRent:RANGe",
	":SOURce:CURRent:RANGe:AUTO",
	":SOURce:VOLTage:RANGe",
	":SOURce:VOLTage:RANGe:AUTO",
	":SOURce:CURRent:READ:BACK",
	":SOURce:VOLTage:READ:BACK",
	":SOURce:CURRent:DELay",
	":SOURce:CURRent:DELay:AUTO",
	":SOURce:CURRent:HIGH:CAPacitance",
	":SENSe:CURRent:RANGe[:UPPer]",
	":SENSe:CURRent:RANGe:AUTO",
	":SENSe:VOLTage:RANGe[:UPPer]",
	":SENSe:VOLTage:RANGe:AUTO",
	":SENSe:CURRent:AZERo[:STATe]",
	":SENSe:VOLTage:AZERo[:STATe]",
	":SENSe:COUNt",
	":FORMat[:DATA]",
	":FORMat:ASCii:PRECision",
	":ROUTe:TERMinals",
	":DISPlay:SCReen",
	":SYSTem:BEEPer[:IMMediate]",
	":SYSTem:CLEar",
	":TRACe:CLEar",
};

static double *place(struct emulator_meter *m, const struct row *row)
{
	return (double *)(void *)((char *)m + row->offset);
}

static void add_number(struct text *out, double value)
{
	char digits[NUMBER_TEXT_MAX];

	number_print_exponent(value, 6, digits);
	for (char *s = digits; *s; s++)
		*s = (char)toupper((unsigned char)*s);
	text_add(out, digits);
}

/* The word's number, or -1; quotes are left off. */
static int find_word(const char *const *words, const char *given)
{
	size_t m = strlen(given);

	if (m >= 2 && (*given == '"' || *given == '\'')) {
		given++;
		m -= 2;
	}
	/* "VOLT:DC" is VOLT. */
	m = strcspn(given, ":\"'") < m ? strcspn(given, ":\"'") : m;
	for (int i = 0; words[i]; i++)
		if (word_is(words[i], strlen(words[i]), given, m))
			return i;
	return -1;
}

static void ask(struct emulator_meter *m, const struct row *row,
		struct text *out)
{
	double value = *place(m, row);
	const char *word;

	if (row->kind == NUMBER) {
		add_number(out, value);
	} else if (row->kind == SWITCH) {
		text_add_char(out, value != 0.0 ? '1' : '0');
	} else {
		word = row->words[(int)value];
		for (; *word && isupper((unsigned char)*word); word++)
			text_add_char(out, *word);
	}
}

static int read_value(const struct row *row, const char *given, double *value)
{
	static const char *const switches[] = { "OFF", "ON", NULL };
	struct err err;
	int i;

	if (!*given)
		return MISSING;
	if (row->kind != NUMBER) {
		i = find_word(row->kind == WORD ? row->words : switches, given);
		*value = i;
		if (i >= 0)
			return 0;
		if (row->kind == WORD)
			return BAD_PARAMETER;
	}
	if (number_parse(given, value, &err))
		return BAD_PARAMETER;
	return *value >= row->min && *value <= row->max ? 0 : OUT_OF_RANGE;
}

static const char *words_of(int code)
{
	switch (code) {
	case BAD_HEADER: return "Undefined header";
	case BAD_PARAMETER: return "Data type error";
	case MISSING: return "Missing parameter";
	case OUT_OF_RANGE: return "Parameter data out of range";
	default: return "Output is off";
	}
}

static void complain(struct emulator_meter *m, int code)
{
	emulator_meter_complain(m, code, words_of(code));
}

static void set(struct emulator_meter *m, const struct row *row,
		const char *given)
{
	double value = 0.0;
	int code = read_value(row, given, &value);

	if (code) {
		complain(m, code);
		return;
	}
	*place(m, row) = value;
	emulator_meter_apply(m);
}

/* -- readings ----------------------------------------------------------- */

static void add_measured(const struct meter_reading *r, int what,
			 struct text *out)
{
	if (what == 0)
		add_number(out, r->current);
	else if (what == 1)
		add_number(out, r->voltage);
	else if (r->current == 0.0)
		text_add(out, NO_NUMBER);
	else
		add_number(out, r->voltage / r->current);
}

/* The elements asked for behind the buffer's name; without any: the
 * reading. */
static void add_elements(const struct emulator_meter *m,
			 const struct meter_reading *r, const char *arguments,
			 struct text *out)
{
	static const char *const elements[] = { "SOURce", "READing", "STATus",
						NULL };
	const char *s = strchr(arguments, ',');

	if (!s)
		add_measured(r, (int)m->measure, out);
	while (s) {
		char word[16] = "";
		const char *next;

		s += 1 + strspn(s + 1, " ");
		next = strchr(s, ',');
		emulator_line_text(s, next ? (size_t)(next - s) : strlen(s),
				   word, sizeof(word));
		switch (find_word(elements, word)) {
		case 0: add_measured(r, m->source_voltage != 0.0, out); break;
		case 1: add_measured(r, (int)m->measure, out); break;
		/* It says nothing of the limit: that is asked of :TRIPped. */
		case 2: text_add_char(out, '0'); break;
		default: text_add(out, NO_NUMBER);
		}
		if (next)
			text_add_char(out, ',');
		s = next;
	}
}

static void tell_reading(struct emulator_meter *m, const char *arguments,
			 struct emulator_reply *reply)
{
	struct meter_reading r;

	if (m->output == 0.0) {
		complain(m, OUTPUT_IS_OFF);
		return;
	}
	emulator_meter_measure(m, &r);
	add_elements(m, &r, arguments, &reply->bytes);
	reply->after += emulator_meter_takes(m);
}

static void tell_limited(struct emulator_meter *m, const char *arguments,
			 struct emulator_reply *reply)
{
	struct meter_reading r;
	bool is_tripped;

	(void)arguments;
	emulator_meter_measure(m, &r);
	is_tripped = m->output != 0.0 && r.is_limited;
	text_add_char(&reply->bytes, is_tripped ? '1' : '0');
}

static void tell_identity(struct emulator_meter *m, const char *arguments,
			  struct emulator_reply *reply)
{
	(void)m;
	(void)arguments;
	text_add(&reply->bytes, IDENTITY);
}

static void tell_language(struct emulator_meter *m, const char *arguments,
			  struct emulator_reply *reply)
{
	(void)m;
	(void)arguments;
	text_add(&reply->bytes, "SCPI");
}

static void tell_complete(struct emulator_meter *m, const char *arguments,
			  struct emulator_reply *reply)
{
	(void)m;
	(void)arguments;
	text_add_char(&reply->bytes, '1');
}

static void tell_error(struct emulator_meter *m, const char *arguments,
		       struct emulator_reply *reply)
{
	struct meter_error error = emulator_meter_error(m);

	(void)arguments;
	text_addf(&reply->bytes, "%d,\"%s\"", error.code, error.words);
}

static void tell_error_count(struct emulator_meter *m, const char *arguments,
			     struct emulator_reply *reply)
{
	(void)arguments;
	text_addf(&reply->bytes, "%zu", m->n_errors);
}

static const struct {
	const char *header;
	void (*tell)(struct emulator_meter *m, const char *arguments,
		     struct emulator_reply *reply);
} questions[] = {
	{ ":*IDN", tell_identity },
	{ ":*LANG", tell_language },
	{ ":*OPC", tell_complete },
	{ ":READ", tell_reading },
	{ ":FETCh", tell_reading },
	{ ":MEASure", tell_reading },
	{ ":SYSTem:ERRor[:NEXT]", tell_error },
	{ ":SYSTem:ERRor:COUNt", tell_error_count },
	{ ":SOURce:CURRent:VLIMit[:LEVel]:TRIPped", tell_limited },
	{ ":SOURce:VOLTage:ILIMit[:LEVel]:TRIPped", tell_limited },
};

/* -- a line ------------------------------------------------------------- */

static bool star(struct emulator_meter *m, const char *header)
{
	if (strcasecmp(header, ":*RST") == 0)
		emulator_meter_reset(m, m->bench);
	else if (strcasecmp(header, ":*CLS") == 0)
		m->n_errors = 0;
	else
		return strcasecmp(header, ":*WAI") == 0;
	return true;
}

static void question(struct emulator_meter *m, const char *header,
		     const char *arguments, struct emulator_reply *reply)
{
	for (size_t i = 0; i < ARRAY_SIZE(questions); i++)
		if (emulator_scpi_match(questions[i].header, header)) {
			questions[i].tell(m, arguments, reply);
			return;
		}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (emulator_scpi_match(rows[i].header, header)) {
			ask(m, &rows[i], &reply->bytes);
			return;
		}
	complain(m, BAD_HEADER);
}

static void command(struct emulator_meter *m, const char *header,
		    const char *arguments)
{
	if (star(m, header))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (emulator_scpi_match(rows[i].header, header)) {
			set(m, &rows[i], arguments);
			return;
		}
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		if (emulator_scpi_match(ignored[i], header))
			return;
	complain(m, BAD_HEADER);
}

/* The full header of a command: behind a ';' it goes on in the branch of the
 * one before, which `branch` keeps. */
static void expand(char *branch, const char *given, size_t n, char *out)
{
	char *last;

	out[0] = '\0';
	if (*given != ':' && *given != '*')
		text_copy(out, HEADER_SIZE - 1, branch);
	if (*given != ':')
		strncat(out, ":", HEADER_SIZE - 1 - strlen(out));
	strncat(out, given,
		n < HEADER_SIZE - 1 - strlen(out)
			? n
			: HEADER_SIZE - 1 - strlen(out));
	if (*given == '*')
		return;
	text_copy(branch, HEADER_SIZE, out);
	last = strrchr(branch, ':');
	*last = '\0';
}

static void one(struct emulator_meter *m, char *branch, const char *s,
		struct emulator_reply *reply)
{
	size_t before = reply->bytes.n, n = strcspn(s, " ");
	const char *arguments = s + n + strspn(s + n, " ");
	bool asks = n && s[n - 1] == '?';
	char header[HEADER_SIZE];

	if (!n)
		return;
	expand(branch, s, n - asks, header);
	if (!asks) {
		command(m, header, arguments);
		return;
	}
	if (before)
		text_add_char(&reply->bytes, ';');
	question(m, header, arguments, reply);
}

/* Up to a ';' that is not in quotes; it becomes the end. NULL: no more. */
static char *cut(char *s)
{
	char quote = 0;

	for (; *s; s++) {
		if (quote ? *s == quote : *s == '"' || *s == '\'')
			quote = quote ? 0 : *s;
		else if (*s == ';' && !quote)
			break;
	}
	if (!*s)
		return NULL;
	*s = '\0';
	return s + 1;
}

static void answer(void *instrument, const char *bytes, size_t n,
		   struct emulator_reply *reply)
{
	struct emulator_meter *m = instrument;
	char line[LINE_SIZE], branch[HEADER_SIZE] = "";
	char *s = line, *next;

	if (!emulator_line_text(bytes, n, line, sizeof(line))) {
		complain(m, BAD_PARAMETER);
		return;
	}
	emulator_bench_advance(m->bench);
	for (; s; s = next) {
		next = cut(s);
		one(m, branch, s + strspn(s, " "), reply);
	}
	if (reply->bytes.n)
		text_add_char(&reply->bytes, '\n');
}

const struct emulator_codec emulator_scpi_codec = {
	.span = emulator_line_span,
	.answer = answer,
};
