#include "emulator/tpg.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"

#define ETX '\x03'
#define ENQ '\x05'
#define ACK "\x06\r\n"
#define NAK "\x15\r\n"
#define SYNTAX "0001"
#define INADMISSIBLE "0010"
#define THINKS (2 * NSEC_PER_MS)
#define FULL_TORR 1000.0

static const double per_torr[] = { 1.333224, 1.0, 133.3224, 1000.0, 1.333224 };

static size_t span(const char *bytes, size_t n)
{
	if (n && (bytes[0] == ENQ || bytes[0] == ETX))
		return 1;
	/* An ENQ or ETX breaks off a line that did not end. */
	for (size_t i = 0; i < n; i++)
		if (bytes[i] == ENQ || bytes[i] == ETX)
			return i;
	return emulator_line_span(bytes, n);
}

/* "0,+1.0000E-03": status 2 and the end of its range when it is over it. */
static void add_gauge(struct emulator_tpg *t, size_t i, struct text *out)
{
	double torr = emulator_bench_read(t->bench, t->gauges[i]);
	bool is_over = !isfinite(torr);
	char digits[NUMBER_TEXT_MAX];

	if (is_over)
		torr = FULL_TORR;
	number_print_exponent(fabs(torr * per_torr[t->unit]), 4, digits);
	for (char *s = digits; *s; s++)
		*s = (char)toupper((unsigned char)*s);
	text_addf(out, "%d,%c%s", is_over ? 2 : 0, torr < 0.0 ? '-' : '+',
		  digits);
}

static void tell_all(struct emulator_tpg *t, struct text *out)
{
	for (size_t i = 0; i < t->n_gauges; i++) {
		if (i)
			text_add_char(out, ',');
		add_gauge(t, i, out);
	}
}

static void tell_types(struct emulator_tpg *t, struct text *out)
{
	for (size_t i = 0; i < t->n_gauges; i++)
		text_add(out, i ? ",CMR" : "CMR");
}

static void tell_sensors(struct emulator_tpg *t, struct text *out)
{
	for (size_t i = 0; i < t->n_gauges; i++)
		text_add(out, i ? ",2" : "2");
}

static void tell_unit(struct emulator_tpg *t, struct text *out)
{
	text_addf(out, "%d", t->unit);
}

static void tell_firmware(struct emulator_tpg *t, struct text *out)
{
	(void)t;
	text_add(out, "010100");
}

static void tell_identity(struct emulator_tpg *t, struct text *out)
{
	(void)t;
	text_add(out, "TPG366,PTG28770,44990001,010100,010100");
}

static void tell_error(struct emulator_tpg *t, struct text *out)
{
	(void)t;
	text_add(out, "0000");
}

static const struct {
	const char *mnemonic;
	void (*tell)(struct emulator_tpg *t, struct text *out);
} questions[] = {
	{ "PRX", tell_all },	  { "UNI", tell_unit },
	{ "TID", tell_types },	  { "SEN", tell_sensors },
	{ "PNR", tell_firmware }, { "AYT", tell_identity },
	{ "ERR", tell_error },
};

/* The gauge of "PR2", or -1. */
static int single_gauge(const struct emulator_tpg *t, const char *asked)
{
	int i;

	if (strlen(asked) != 3 || strncmp(asked, "PR", 2))
		return -1;
	i = asked[2] - '1';
	return i >= 0 && i < (int)t->n_gauges ? i : -1;
}

static void fetch(struct emulator_tpg *t, struct text *out)
{
	int gauge = single_gauge(t, t->asked);

	if (t->error)
		text_add(out, t->error);
	else if (gauge >= 0)
		add_gauge(t, (size_t)gauge, out);
	for (size_t i = 0; !t->error && i < ARRAY_SIZE(questions); i++)
		if (strcmp(t->asked, questions[i].mnemonic) == 0)
			questions[i].tell(t, out);
	text_add(out, "\r\n");
}

/* NULL: it is understood and done. */
static const char *set_unit(struct emulator_tpg *t, const char *value)
{
	struct err err;
	int64_t unit;

	if (number_parse_int(value, 0, ARRAY_SIZE(per_torr) - 1, &unit, &err))
		return INADMISSIBLE;
	t->unit = (int)unit;
	return NULL;
}

static const char *take(struct emulator_tpg *t, char *line)
{
	char *comma = strchr(line, ',');

	if (comma)
		*comma = '\0';
	if (single_gauge(t, line) >= 0)
		return comma ? SYNTAX : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(questions); i++) {
		if (strcmp(line, questions[i].mnemonic))
			continue;
		if (comma && strcmp(line, "UNI") == 0)
			return set_unit(t, comma + 1);
		return comma && strcmp(line, "SEN") ? INADMISSIBLE : NULL;
	}
	return SYNTAX;
}

static void answer(void *instrument, const char *bytes, size_t n,
		   struct emulator_reply *reply)
{
	struct emulator_tpg *t = instrument;
	char line[TPG_REQUEST_MAX];

	reply->after = THINKS;
	emulator_bench_advance(t->bench);
	if (n == 1 && bytes[0] == ENQ) {
		fetch(t, &reply->bytes);
		return;
	}
	if (n == 1 && bytes[0] == ETX) {
		t->error = NULL;
		t->asked[0] = '\0';
		return;
	}
	if (!emulator_line_text(bytes, n, line, sizeof(line)) || !line[0])
		return;
	t->error = take(t, line);
	text_copy(t->asked, sizeof(t->asked), line);
	text_add(&reply->bytes, t->error ? NAK : ACK);
}

const struct emulator_codec emulator_tpg_codec = {
	.span = span,
	.answer = answer,
	.baud = 9600,
};

void emulator_tpg_init(struct emulator_tpg *t, struct emulator_bench *bench)
{
	*t = (struct emulator_tpg){
		.bench = bench,
		.n_gauges = 3,
		.gauges = { "cell_pressure", "outlet_pressure",
			    "inlet_pressure" },
	};
}
