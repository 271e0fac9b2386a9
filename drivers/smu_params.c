#include "drivers/smu_params.h"

#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "drivers/settings.h"
#include "drivers/smu.h"

struct params {
	double probe, loop, reply, dead_man, nplc;
	struct smu_settings settings;
};

#define PLACE(member) offsetof(struct params, member)
static const struct setting settings[] = {
	{ "probe", QUANTITY_CURRENT, PLACE(settings.probe), 1e-3, 10.0, 0 },
	{ "loop", QUANTITY_TIME, PLACE(loop), 0.01, 1.0, 0 },
	{ "reply", QUANTITY_TIME, PLACE(reply), 0.05, 5.0, 0 },
	{ "dead_man", QUANTITY_TIME, PLACE(dead_man), 0.0, 10.0, 0 },
	{ "nplc", QUANTITY_NUMBER, PLACE(nplc), 0.01, 10.0, 0 },
	{ "response", QUANTITY_TIME, PLACE(settings.response), 0.05, 100.0, 0 },
	{ "smoothing", QUANTITY_TIME, PLACE(settings.smoothing), 0.0, 10.0, 0 },
	{ "excess", QUANTITY_FRACTION, PLACE(settings.excess), 0.01, 100.0, 0 },
	{ "excess_min", QUANTITY_POWER, PLACE(settings.excess_min), 0.001, 1e4,
	  0 },
	{ 0 },
};
#undef PLACE

static const char *const known[] = {
	"chip",	  "expect",	"terminator", "probe",	  "loop",
	"reply",  "dead_man",	"nplc",	      "response", "smoothing",
	"excess", "excess_min", NULL,
};

static const struct {
	const char *word, *bytes;
} terminators[] = { { "LF", "\n" }, { "CR", "\r" }, { "CRLF", "\r\n" } };

static int read_terminator(struct smu *s, const struct yaml_node *node,
			   struct err *err)
{
	text_copy(s->terminator, sizeof(s->terminator), s->kind->terminator);
	if (!node)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(terminators); i++)
		if (node->kind == YAML_SCALAR &&
		    !strcmp(node->s, terminators[i].word)) {
			text_copy(s->terminator, sizeof(s->terminator),
				  terminators[i].bytes);
			return 0;
		}
	return err_set(err, ERR_INVALID,
		       "%s:%d:%d: terminator: LF, CR or "
		       "CRLF",
		       node->at.file, node->at.line, node->at.column);
}

static int read_settings(struct device *dev, struct params *p, struct err *err)
{
	static const char *const expected[] = { "model", "serial", NULL };
	struct problems problems = { 0 };

	if (settings_check(dev->params, "the params of a source meter", known,
			   err) ||
	    settings_check(yaml_get(dev->params, "expect"), "expect", expected,
			   err))
		return -1;
	settings_take(dev->params, settings, p, &problems);
	return settings_fail(&problems, err);
}

int smu_params_read(struct device *dev, struct err *err)
{
	struct smu *s = dev->state;
	struct params p = {
		.loop = 0.04,
		.reply = 0.3,
		.nplc = 0.1,
		.dead_man = s->kind->armed ? 1.0 : 0.0,
		.settings = smu_settings_usual,
	};

	if (read_settings(dev, &p, err) ||
	    read_terminator(s, yaml_get(dev->params, "terminator"), err) ||
	    chip_read(yaml_get(dev->params, "chip"), &s->chip, err))
		return -1;
	if (p.dead_man > 0.0 && !s->kind->armed)
		return err_set(err, ERR_INVALID,
			       "dead_man: this meter has "
			       "none; wire its interlock instead");
	if (p.settings.probe > 0.5 * s->chip.current_max)
		return err_set(err, ERR_INVALID,
			       "probe: not below half of "
			       "the chip's current_max");
	s->loop = nsec_from_s(p.loop);
	s->reply = nsec_from_s(p.reply);
	s->dead_man = nsec_from_s(p.dead_man);
	s->nplc = p.nplc;
	smu_heater_init(&s->heater, &s->chip, &p.settings);
	return 0;
}

int smu_params_read_line(struct device *dev, struct err *err)
{
	struct params p = { .settings = smu_settings_usual };

	if (read_settings(dev, &p, err))
		return -1;
	return read_terminator(dev->state, yaml_get(dev->params, "terminator"),
			       err);
}
