#include "emulator/alicat.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"

#define FIRMWARE "10v20.0-R24"
#define LINE_MAX_BYTES 64
#define TORR_PER_PSI 51.71493
#define OVER 1.28
#define THINKS (3 * NSEC_PER_MS)
#define COUNTS 64000 /* full scale of the oldest way to set */

static const struct alicat_gas {
	int number;
	const char *name, *words;
} gases[] = {
	{ 0, "Air", "Air" },	 { 1, "Ar", "Argon" },
	{ 6, "H2", "Hydrogen" }, { 8, "N2", "Nitrogen" },
	{ 11, "O2", "Oxygen" },	 { 32, "NH3", "Ammonia" },
};

static const struct alicat_gas *find_gas(double number)
{
	for (size_t i = 0; i < ARRAY_SIZE(gases); i++)
		if (gases[i].number == number)
			return &gases[i];
	return NULL;
}

static const char *unit_word(const struct alicat_unit *u)
{
	return u->kind == ALICAT_PC ? "13 Torr" : "12 SCCM";
}

/* What has no number is over the range: columns stay columns. */
static void add_value(struct text *out, const struct alicat_unit *u,
		      double value)
{
	if (!isfinite(value))
		value = OVER * u->full_scale;
	text_add_char(out, ' ');
	emulator_add_padded(out, value, u->kind == ALICAT_PC ? 9 : 7, 3);
}

static double setpoint_of(struct emulator_alicat *a,
			  const struct alicat_unit *u)
{
	if (u->holds)
		return u->held;
	return emulator_bench_read(a->bench, u->setpoint);
}

static void add_flow_columns(struct emulator_alicat *a,
			     const struct alicat_unit *u, double flow,
			     struct text *out)
{
	double torr = sim_lab_true_pressure(a->bench->sim, SIM_INLET_LINE);

	text_add_char(out, ' ');
	emulator_add_padded(out, torr / TORR_PER_PSI, 7, 2);
	text_add(out, " +021.89");
	/* Volume flow: at the pressure and temperature there are. */
	add_value(out, u, torr > 1.0 ? flow * 760.0 / torr : flow);
	add_value(out, u, flow);
}

static void add_frame(struct emulator_alicat *a, const struct alicat_unit *u,
		      struct text *out)
{
	const struct alicat_gas *gas = find_gas(u->gas);
	double value = emulator_bench_read(a->bench, u->channel);

	text_add_char(out, u->id);
	if (u->kind == ALICAT_PC)
		add_value(out, u, value);
	else
		add_flow_columns(a, u, value, out);
	if (u->setpoint)
		add_value(out, u, setpoint_of(a, u));
	if (u->kind != ALICAT_PC && gas)
		text_addf(out, " %6s", gas->name);
	if (!isfinite(value))
		text_add(out, u->kind == ALICAT_PC ? " POV" : " MOV");
	if (u->holds)
		text_add(out, " HLD");
	text_add_char(out, '\r');
}

static void refuse(struct text *out)
{
	text_add(out, "?\r");
}

/* One command of a unit: what follows its letter. False: not understood. */
typedef bool answer_fn(struct emulator_alicat *a, struct alicat_unit *u,
		       const char *rest, struct text *out);

static bool number(const char *s, double *value)
{
	struct err err;

	while (*s == ' ')
		s++;
	return number_parse(s, value, &err) == 0;
}

static bool put(struct emulator_alicat *a, struct alicat_unit *u, double value)
{
	if (!u->setpoint || !(value >= 0.0 && value <= u->full_scale))
		return false;
	if (u->holds)
		u->held = value;
	else
		emulator_bench_write(a->bench, u->channel, value);
	return true;
}

static bool set_old(struct emulator_alicat *a, struct alicat_unit *u,
		    const char *rest, struct text *out)
{
	double value;

	if (!number(rest, &value) || !put(a, u, value))
		return false;
	add_frame(a, u, out);
	return true;
}

static bool set_counts(struct emulator_alicat *a, struct alicat_unit *u,
		       const char *rest, struct text *out)
{
	double counts;

	if (!number(rest, &counts) ||
	    !put(a, u, counts / COUNTS * u->full_scale))
		return false;
	add_frame(a, u, out);
	return true;
}

static bool set_new(struct emulator_alicat *a, struct alicat_unit *u,
		    const char *rest, struct text *out)
{
	double value;

	if (!u->setpoint)
		return false;
	if (*rest && (!number(rest, &value) || !put(a, u, value)))
		return false;
	text_add_char(out, u->id);
	add_value(out, u, emulator_bench_read(a->bench, u->channel));
	add_value(out, u, setpoint_of(a, u));
	text_addf(out, " %s\r", unit_word(u));
	return true;
}

static bool set_source(struct emulator_alicat *a, struct alicat_unit *u,
		       const char *rest, struct text *out)
{
	char source = *rest == ' ' ? rest[1] : 'U';

	(void)a;
	if (!u->setpoint || (source != 'S' && source != 'A' && source != 'U'))
		return false;
	text_addf(out, "%c %c\r", u->id, source);
	return true;
}

static bool choose_gas(struct emulator_alicat *a, struct alicat_unit *u,
		       const char *rest, struct text *out)
{
	const struct alicat_gas *gas;
	double value = u->gas;

	(void)a;
	if (u->kind == ALICAT_PC || (*rest && !number(rest, &value)))
		return false;
	gas = find_gas(value);
	if (!gas)
		return false;
	u->gas = gas->number;
	text_addf(out, "%c %d %s %s\r", u->id, u->gas, gas->name, gas->words);
	return true;
}

static bool choose_gas_old(struct emulator_alicat *a, struct alicat_unit *u,
			   const char *rest, struct text *out)
{
	double value;

	if (u->kind == ALICAT_PC || !number(rest, &value) || !find_gas(value))
		return false;
	u->gas = (int)value;
	add_frame(a, u, out);
	return true;
}

static bool hold_closed(struct emulator_alicat *a, struct alicat_unit *u,
			const char *rest, struct text *out)
{
	if (*rest || !u->setpoint)
		return false;
	if (!u->holds)
		u->held = emulator_bench_read(a->bench, u->setpoint);
	u->holds = true;
	emulator_bench_write(a->bench, u->channel, 0.0);
	add_frame(a, u, out);
	return true;
}

static bool cancel_hold(struct emulator_alicat *a, struct alicat_unit *u,
			const char *rest, struct text *out)
{
	if (*rest || !u->setpoint)
		return false;
	if (u->holds)
		emulator_bench_write(a->bench, u->channel, u->held);
	u->holds = false;
	add_frame(a, u, out);
	return true;
}

static bool tare(struct emulator_alicat *a, struct alicat_unit *u,
		 const char *rest, struct text *out)
{
	if (*rest)
		return false;
	add_frame(a, u, out);
	return true;
}

static bool tell_full_scale(struct emulator_alicat *a, struct alicat_unit *u,
			    const char *rest, struct text *out)
{
	(void)a;
	if (*rest != ' ')
		return false;
	text_add_char(out, u->id);
	add_value(out, u, u->full_scale);
	text_addf(out, " %s\r", unit_word(u));
	return true;
}

static bool tell_unit(struct emulator_alicat *a, struct alicat_unit *u,
		      const char *rest, struct text *out)
{
	(void)a;
	if (*rest != ' ')
		return false;
	text_addf(out, "%c %s\r", u->id, unit_word(u));
	return true;
}

static bool tell_firmware(struct emulator_alicat *a, struct alicat_unit *u,
			  const char *rest, struct text *out)
{
	(void)a;
	if (*rest)
		return false;
	text_addf(out, "%c " FIRMWARE "\r", u->id);
	return true;
}

static bool tell_maker(struct emulator_alicat *a, struct alicat_unit *u,
		       const char *rest, struct text *out)
{
	static const char *const models[] = {
		[ALICAT_MFC] = "MC-20SCCM-D",
		[ALICAT_METER] = "M-20SCCM-D",
		[ALICAT_PC] = "PC-1000TORRA-D",
	};
	int serial = (u->kind == ALICAT_PC ? 200001 : 100001) + u->id - 'A';

	(void)a;
	if (*rest)
		return false;
	text_addf(out, "%c M00 Alicat Scientific\r", u->id);
	text_addf(out, "%c M04 Model Number %s\r", u->id, models[u->kind]);
	text_addf(out, "%c M05 Serial Number %d\r", u->id, serial);
	text_addf(out, "%c M09 Software Revision " FIRMWARE "\r", u->id);
	return true;
}

/* The first that fits: longer words before those they begin with. */
static const struct {
	const char *word;
	answer_fn *answer;
} commands[] = {
	{ "??M*", tell_maker },
	{ "VE", tell_firmware },
	{ "FPF", tell_full_scale },
	{ "DCU", tell_unit },
	{ "LSS", set_source },
	{ "LS", set_new },
	{ "GS", choose_gas },
	{ "G", choose_gas_old },
	{ "HC", hold_closed },
	{ "$$H", hold_closed },
	{ "$$C", cancel_hold },
	{ "$$V", tare },
	{ "$$P", tare },
	{ "$$", choose_gas_old },
	{ "C", cancel_hold },
	{ "V", tare },
	{ "P", tare },
	{ "S", set_old },
};

static bool obey(struct emulator_alicat *a, struct alicat_unit *u,
		 const char *rest, struct text *out)
{
	if (!*rest) {
		add_frame(a, u, out);
		return true;
	}
	if (isdigit((unsigned char)*rest))
		return set_counts(a, u, rest, out);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		size_t n = strlen(commands[i].word);

		if (strncmp(rest, commands[i].word, n) == 0)
			return commands[i].answer(a, u, rest + n, out);
	}
	return false;
}

static struct alicat_unit *find_unit(struct emulator_alicat *a, char id)
{
	for (size_t i = 0; i < a->n_units; i++)
		if (a->units[i].id == id)
			return &a->units[i];
	return NULL;
}

static void answer(void *instrument, const char *bytes, size_t n,
		   struct emulator_reply *reply)
{
	struct emulator_alicat *a = instrument;
	char line[LINE_MAX_BYTES];
	struct alicat_unit *u;

	if (!emulator_line_text(bytes, n, line, sizeof(line)))
		return;
	for (char *s = line; *s; s++)
		*s = (char)toupper((unsigned char)*s);
	u = find_unit(a, line[0]);
	if (!u)
		return;
	reply->unit = u->id;
	reply->after = THINKS;
	emulator_bench_advance(a->bench);
	if (!obey(a, u, line + 1, &reply->bytes))
		refuse(&reply->bytes);
}

static char unit_of(const char *bytes, size_t n)
{
	char line[LINE_MAX_BYTES];

	if (!emulator_line_text(bytes, n, line, sizeof(line)))
		return 0;
	return (char)toupper((unsigned char)line[0]);
}

/* The letter of another unit. */
static void make_foreign(struct text *reply)
{
	if (reply->n)
		reply->s[0] = reply->s[0] == 'A' ? 'B' : 'A';
}

const struct emulator_codec emulator_alicat_codec = {
	.span = emulator_line_span,
	.unit_of = unit_of,
	.answer = answer,
	.make_foreign = make_foreign,
	.baud = 19200,
};

static void add_unit(struct emulator_alicat *a, enum alicat_kind kind,
		     const char *channel, const char *setpoint, int gas)
{
	struct alicat_unit *u = &a->units[a->n_units];

	*u = (struct alicat_unit){
		.id = (char)('A' + a->n_units++),
		.kind = kind,
		.channel = channel,
		.setpoint = setpoint,
		.full_scale = kind == ALICAT_PC ? 1000.0 : 20.0,
		.gas = gas,
	};
}

void emulator_alicat_flows(struct emulator_alicat *a,
			   struct emulator_bench *bench)
{
	*a = (struct emulator_alicat){ .bench = bench };
	add_unit(a, ALICAT_MFC, "h2_flow", "h2_setpoint", 6);
	add_unit(a, ALICAT_MFC, "n2_flow", "n2_setpoint", 8);
	add_unit(a, ALICAT_MFC, "ar_flow", "ar_setpoint", 1);
	add_unit(a, ALICAT_MFC, "nh3_flow", "nh3_setpoint", 32);
	add_unit(a, ALICAT_MFC, "o2_flow", "o2_setpoint", 11);
	add_unit(a, ALICAT_METER, "cell_flow", NULL, 8);
}

void emulator_alicat_pressures(struct emulator_alicat *a,
			       struct emulator_bench *bench)
{
	*a = (struct emulator_alicat){ .bench = bench };
	add_unit(a, ALICAT_PC, "inlet_pressure", "inlet_setpoint", 8);
	add_unit(a, ALICAT_PC, "outlet_pressure", "outlet_setpoint", 8);
}
