#include "emulator/tsp.h"

#include <ctype.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"
#include "emulator/meter.h"

#define LINE_SIZE 512
#define NAME_SIZE 64
#define IDENTITY "Keithley Instruments Inc., Model 2602B, 4400456, 3.3.5"

enum { SYNTAX = -285, RUNTIME = -286, OUT_OF_RANGE = -222 };

struct attribute {
	const char *name;
	size_t offset; /* of a double of the meter */
	double min, max;
};

#define AT(member) offsetof(struct emulator_meter, member)

static const struct attribute attributes[] = {
	{ "smua.sense", AT(remote_sense), 0, 1 },
	{ "smua.source.func", AT(source_voltage), 0, 1 },
	{ "smua.source.output", AT(output), 0, 1 },
	{ "smua.source.offmode", AT(off_mode), 0, 2 },
	{ "smua.source.leveli", AT(level_current), -3, 3 },
	{ "smua.source.levelv", AT(level_voltage), -40, 40 },
	{ "smua.source.limiti", AT(limit_current), 1e-8, 3 },
	{ "smua.source.limitv", AT(limit_voltage), 0.01, 40 },
	{ "smua.measure.nplc", AT(nplc), 0.001, 25 },
};

/* May be assigned without an effect. */
static const char *const ignored[] = {
	"smua.source.rangei",	   "smua.source.rangev",
	"smua.source.autorangei",  "smua.source.autorangev",
	"smua.measure.rangei",	   "smua.measure.rangev",
	"smua.measure.autorangei", "smua.measure.autorangev",
	"smua.measure.autozero",   "smua.source.delay",
	"smua.measure.delay",	   "localnode.prompts",
	"localnode.showerrors",	   "localnode.linefreq",
	"format.asciiprecision",   "format.data",
};

static const struct {
	const char *name;
	double value;
} constants[] = {
	{ "smua.SENSE_LOCAL", 0 },
	{ "smua.SENSE_REMOTE", 1 },
	{ "smua.OUTPUT_DCAMPS", 0 },
	{ "smua.OUTPUT_DCVOLTS", 1 },
	{ "smua.OUTPUT_OFF", 0 },
	{ "smua.OUTPUT_ON", 1 },
	{ "smua.OUTPUT_NORMAL", 0 },
	{ "smua.OUTPUT_ZERO", 1 },
	{ "smua.OUTPUT_HIGH_Z", 2 },
	{ "smua.AUTORANGE_OFF", 0 },
	{ "smua.AUTORANGE_ON", 1 },
	{ "true", 1 },
	{ "false", 0 },
};

struct scan {
	const char *s;
	struct emulator_meter *meter;
	struct emulator_reply *reply;
	bool is_wrong;
};

static void fail(struct scan *scan, int code, const char *words)
{
	if (!scan->is_wrong)
		emulator_meter_complain(scan->meter, code, words);
	scan->is_wrong = true;
}

static void skip_blanks(struct scan *scan)
{
	scan->s += strspn(scan->s, " \t");
}

static bool take(struct scan *scan, char c)
{
	skip_blanks(scan);
	if (*scan->s != c)
		return false;
	scan->s++;
	return true;
}

static bool take_name(struct scan *scan, char out[NAME_SIZE])
{
	size_t n = 0;

	skip_blanks(scan);
	if (isalpha((unsigned char)*scan->s) || *scan->s == '*')
		for (n = 1; isalnum((unsigned char)scan->s[n]) ||
			    scan->s[n] == '.' || scan->s[n] == '_' ||
			    scan->s[n] == '?';)
			n++;
	if (!n || n >= NAME_SIZE)
		return false;
	memcpy(out, scan->s, n);
	out[n] = '\0';
	scan->s += n;
	return true;
}

static void add_number(struct text *out, double value)
{
	char digits[NUMBER_TEXT_MAX];

	number_print_exponent(value, 5, digits);
	text_add(out, digits);
}

static const struct attribute *find_attribute(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		if (strcmp(attributes[i].name, name) == 0)
			return &attributes[i];
	return NULL;
}

static double *place(struct emulator_meter *m, const struct attribute *a)
{
	return (double *)(void *)((char *)m + a->offset);
}

/* A number or a constant. */
static double take_value(struct scan *scan)
{
	char name[NAME_SIZE], digits[NUMBER_TEXT_MAX];
	struct err err;
	double value = 0.0;
	size_t n;

	skip_blanks(scan);
	n = number_span(scan->s);
	if (n && n < sizeof(digits)) {
		memcpy(digits, scan->s, n);
		digits[n] = '\0';
		scan->s += n;
		if (number_parse(digits, &value, &err))
			fail(scan, SYNTAX, "TSP Syntax error");
		return value;
	}
	if (!take_name(scan, name)) {
		fail(scan, SYNTAX, "TSP Syntax error");
		return value;
	}
	for (size_t i = 0; i < ARRAY_SIZE(constants); i++)
		if (strcmp(constants[i].name, name) == 0)
			return constants[i].value;
	fail(scan, RUNTIME, "TSP Runtime error: nil value");
	return value;
}

static void assign(struct scan *scan, const char *name)
{
	const struct attribute *a = find_attribute(name);
	double value = take_value(scan);

	if (scan->is_wrong)
		return;
	if (a && !(value >= a->min && value <= a->max)) {
		fail(scan, OUT_OF_RANGE, "Parameter data out of range");
	} else if (a) {
		*place(scan->meter, a) = value;
		emulator_meter_apply(scan->meter);
	} else {
		for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
			if (strcmp(ignored[i], name) == 0)
				return;
		fail(scan, RUNTIME, "TSP Runtime error: no such attribute");
	}
}

/* -- what print() prints ------------------------------------------------ */

static void print_measured(struct scan *scan, const char *what)
{
	struct text *out = &scan->reply->bytes;
	struct meter_reading r;

	emulator_meter_measure(scan->meter, &r);
	scan->reply->after += emulator_meter_takes(scan->meter);
	if (strcmp(what, "iv") == 0) {
		add_number(out, r.current);
		text_add_char(out, '\t');
		add_number(out, r.voltage);
	} else {
		add_number(out, what[0] == 'v'	   ? r.voltage
				: what[0] == 'i'   ? r.current
				: what[0] == 'p'   ? r.voltage * r.current
				: r.current != 0.0 ? r.voltage / r.current
						   : 9.91e37);
	}
}

static void print_error(struct scan *scan)
{
	struct meter_error error = emulator_meter_error(scan->meter);
	struct text *out = &scan->reply->bytes;

	add_number(out, error.code);
	text_addf(out, "\t%s\t", error.code ? error.words : "Queue Is Empty");
	add_number(out, error.code ? 20.0 : 0.0);
	text_add_char(out, '\t');
	add_number(out, 1.0);
}

static bool is_limited(struct emulator_meter *m)
{
	struct meter_reading r;

	emulator_meter_measure(m, &r);
	return m->output != 0.0 && r.is_limited;
}

static bool is_measure(const char *what)
{
	static const char *const all[] = { "v", "i", "r", "p", "iv" };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (strcmp(all[i], what) == 0)
			return true;
	return false;
}

static void print_name(struct scan *scan, const char *name)
{
	static const char measure[] = "smua.measure.";
	struct text *out = &scan->reply->bytes;
	const struct attribute *a = find_attribute(name);
	bool is_call = take(scan, '(');

	if (is_call && !take(scan, ')')) {
		fail(scan, SYNTAX, "TSP Syntax error");
	} else if (a && !is_call) {
		add_number(out, *place(scan->meter, a));
	} else if (is_call && strcmp(name, "errorqueue.next") == 0) {
		print_error(scan);
	} else if (is_call && strncmp(name, measure, strlen(measure)) == 0 &&
		   is_measure(name + strlen(measure))) {
		print_measured(scan, name + strlen(measure));
	} else if (strcmp(name, "errorqueue.count") == 0) {
		add_number(out, (double)scan->meter->n_errors);
	} else if (strcmp(name, "smua.source.compliance") == 0) {
		text_add(out, is_limited(scan->meter) ? "true" : "false");
	} else if (strcmp(name, "localnode.model") == 0) {
		text_add(out, "2602B");
	} else if (strcmp(name, "localnode.serialno") == 0) {
		text_add(out, "4400456");
	} else if (strcmp(name, "localnode.revision") == 0) {
		text_add(out, "3.3.5");
	} else if (strcmp(name,
			  "status.measurement.instrument.smua.condition") ==
		   0) {
		add_number(out, is_limited(scan->meter) ? 1.0 : 0.0);
	} else {
		text_add(out, "nil");
	}
}

static void print(struct scan *scan)
{
	const char *separator = "";

	do {
		char name[NAME_SIZE];

		text_add(&scan->reply->bytes, separator);
		separator = "\t";
		skip_blanks(scan);
		if (number_span(scan->s))
			add_number(&scan->reply->bytes, take_value(scan));
		else if (take_name(scan, name))
			print_name(scan, name);
		else
			fail(scan, SYNTAX, "TSP Syntax error");
	} while (!scan->is_wrong && take(scan, ','));
	if (!take(scan, ')'))
		fail(scan, SYNTAX, "TSP Syntax error");
	text_add_char(&scan->reply->bytes, '\n');
}

/* -- statements --------------------------------------------------------- */

static void call(struct scan *scan, const char *name)
{
	if (strcmp(name, "print") == 0) {
		print(scan);
		return;
	}
	if (strcmp(name, "smua.reset") == 0 || strcmp(name, "reset") == 0)
		emulator_meter_reset(scan->meter, scan->meter->bench);
	else if (strcmp(name, "errorqueue.clear") == 0)
		scan->meter->n_errors = 0;
	else
		fail(scan, RUNTIME, "TSP Runtime error: nil value");
	if (!take(scan, ')'))
		fail(scan, SYNTAX, "TSP Syntax error");
}

static void statement(struct scan *scan)
{
	char name[NAME_SIZE];

	if (!take_name(scan, name))
		fail(scan, SYNTAX, "TSP Syntax error");
	else if (strcmp(name, "*IDN?") == 0)
		text_add(&scan->reply->bytes, IDENTITY "\n");
	else if (strcmp(name, "*TRG") == 0)
		return; /* nobody waits for it */
	else if (strcmp(name, "*CLS") == 0)
		scan->meter->n_errors = 0;
	else if (take(scan, '='))
		assign(scan, name);
	else if (take(scan, '('))
		call(scan, name);
	else
		fail(scan, SYNTAX, "TSP Syntax error");
}

static void answer(void *instrument, const char *bytes, size_t n,
		   struct emulator_reply *reply)
{
	struct emulator_meter *m = instrument;
	char line[LINE_SIZE];
	struct scan scan = { .s = line, .meter = m, .reply = reply };

	if (!emulator_line_text(bytes, n, line, sizeof(line))) {
		emulator_meter_complain(m, SYNTAX, "TSP Syntax error");
		return;
	}
	emulator_bench_advance(m->bench);
	while (!scan.is_wrong) {
		while (take(&scan, ';'))
			continue;
		if (!*scan.s)
			break;
		statement(&scan);
	}
	/* A print() that went wrong says nothing. */
	if (scan.is_wrong)
		text_clear(&reply->bytes);
}

const struct emulator_codec emulator_tsp_codec = {
	.span = emulator_line_span,
	.answer = answer,
};
