#include "tools/probe_print.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/array.h"
#include "drivers/link.h"
#include "drivers/link_http.h"
#include "drivers/link_modbus.h"

#define SHOWN_MAX 1000
#define BYTES_MAX 512 /* of one piece of a trace */

/* -- JSON ---------------------------------------------------------------- */

static json_t *harmless(const char *s)
{
	_cleanup_(text_free) struct text t = { 0 };

	text_add_escaped(&t, s, strlen(s), SHOWN_MAX);
	return json_string(text_str(&t));
}

static void put(json_t *value)
{
	char *s = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(12));

	json_decref(value);
	puts(s);
	fflush(stdout);
	free(s);
}

static double seconds(const struct probe_print *p, nsec at)
{
	return round(nsec_to_s(at - p->began) * 1e3) / 1e3;
}

static json_t *at_time(const struct probe_print *p, nsec at)
{
	return json_pack("{s:f}", "t", seconds(p, at));
}

static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

/* -- lines --------------------------------------------------------------- */

static void begin_line(const struct probe_print *p, nsec at, struct text *out)
{
	char time[NUMBER_TEXT_MAX];

	number_print_fixed(seconds(p, at), 1, time);
	text_addf(out, "[%7s] ", time);
}

static void end_line(struct text *out)
{
	puts(text_str(out));
	fflush(stdout);
}

static void add_value(const struct channel *channel, double value,
		      struct text *out)
{
	char shown[QUANTITY_TEXT_MAX] = "no value";

	if (isfinite(value))
		quantity_format(channel->quantity, value, shown);
	text_add(out, shown);
}

static const struct channel *channels_of(const struct probe_print *p)
{
	return p->plan->driver->channels;
}

/* -- what there is to say ------------------------------------------------ */

static const char *where(struct bus *bus)
{
	if (bus_link(bus))
		return link_name(bus_link(bus));
	if (bus_modbus(bus))
		return link_name(link_modbus_link(bus_modbus(bus)));
	if (bus_http(bus))
		return link_name(link_http_link(bus_http(bus)));
	return bus_name(bus);
}

static void identity_json(const struct probe_print *p, const struct device *dev)
{
	const struct driver *driver = p->plan->driver;
	json_t *facts = json_object(), *units = json_object();
	struct device_fact fact;

	for (size_t i = 0; driver->fact && driver->fact(dev, i, &fact); i++)
		json_object_set_new(facts, fact.name, harmless(fact.value));
	for (size_t i = 0; i < driver->n_channels; i++)
		json_object_set_new(units, driver->channels[i].name,
				    json_string(quantity_unit(
					    driver->channels[i].quantity)));
	put(json_pack("{s:s, s:s, s:s, s:o, s:o}", "instrument", p->plan->name,
		      "driver", driver->name, "bus", where(p->plan->bus),
		      "identity", facts, "channels", units));
}

void probe_print_identity(const struct probe_print *p, const struct device *dev)
{
	_cleanup_(text_free) struct text out = { 0 };
	const struct driver *driver = p->plan->driver;
	struct device_fact fact;
	size_t i;

	if (p->plan->json) {
		identity_json(p, dev);
		return;
	}
	text_addf(&out, "%s on %s:", driver->name, where(p->plan->bus));
	for (i = 0; driver->fact && driver->fact(dev, i, &fact); i++) {
		text_addf(&out, "%s %s ", i ? "," : "", fact.name);
		text_add_escaped(&out, fact.value, strlen(fact.value),
				 SHOWN_MAX);
	}
	if (!i)
		text_add(&out, " it says nothing of itself");
	end_line(&out);
}

void probe_print_values(const struct probe_print *p, nsec at,
			const double *values, const char *condition)
{
	_cleanup_(text_free) struct text out = { 0 };
	const struct channel *channels = channels_of(p);
	size_t n = p->plan->driver->n_channels;
	json_t *all;

	if (p->plan->json) {
		json_t *line = at_time(p, at);

		all = json_object();
		for (size_t i = 0; i < n; i++)
			json_object_set_new(all, channels[i].name,
					    number(values[i]));
		json_object_set_new(line, "values", all);
		if (*condition)
			json_object_set_new(line, "condition",
					    harmless(condition));
		put(line);
		return;
	}
	begin_line(p, at, &out);
	for (size_t i = 0; i < n; i++) {
		text_addf(&out, "%s%s ", i ? ", " : "", channels[i].name);
		add_value(&channels[i], values[i], &out);
	}
	if (*condition)
		text_add(&out, "; it says ");
	text_add_escaped(&out, condition, strlen(condition),
			 DEVICE_CONDITION_MAX);
	end_line(&out);
}

void probe_print_error(const struct probe_print *p, nsec at,
		       const struct err *err, nsec again)
{
	_cleanup_(text_free) struct text out = { 0 };
	char span[NSEC_ISO_MAX];

	if (p->plan->json) {
		json_t *line = at_time(p, at);

		json_object_set_new(line, "error",
				    json_string(err_code_name(err->code)));
		json_object_set_new(line, "message", harmless(err->msg));
		if (again != NSEC_NEVER)
			json_object_set_new(line, "again_in_s",
					    json_real(nsec_to_s(again)));
		put(line);
		return;
	}
	begin_line(p, at, &out);
	text_add_escaped(&out, err->msg, strlen(err->msg), SHOWN_MAX);
	if (again != NSEC_NEVER) {
		nsec_span(again, span);
		text_addf(&out, "; again in %s", span);
	}
	end_line(&out);
}

void probe_print_safe(const struct probe_print *p, nsec at)
{
	_cleanup_(text_free) struct text out = { 0 };

	if (p->plan->json) {
		json_t *line = at_time(p, at);

		json_object_set_new(line, "safe", json_true());
		put(line);
		return;
	}
	begin_line(p, at, &out);
	text_add(&out, "made safe");
	end_line(&out);
}

void probe_print_set(const struct probe_print *p, nsec at, double back,
		     bool confirmed)
{
	_cleanup_(text_free) struct text out = { 0 };
	const struct channel *channel = &channels_of(p)[p->plan->channel];

	if (p->plan->json) {
		json_t *line = at_time(p, at);

		json_object_set_new(line, "set", json_string(channel->name));
		json_object_set_new(line, "value", number(p->plan->value));
		json_object_set_new(line, "read_back", number(back));
		json_object_set_new(line, "confirmed", json_boolean(confirmed));
		put(line);
		return;
	}
	begin_line(p, at, &out);
	text_addf(&out, "%s was set to ", channel->name);
	add_value(channel, p->plan->value, &out);
	if (confirmed && !isfinite(back)) {
		text_add(&out, "; it cannot be read back");
	} else {
		text_add(&out, "; it reads back ");
		add_value(channel, back, &out);
		text_add(&out, confirmed ? "" : ": NOT what was set");
	}
	end_line(&out);
}

/* As in definitions and in tests/devices: <CR>, <0x05>. */
static void add_byte(unsigned char c, struct text *out)
{
	static const struct {
		unsigned char c;
		const char *name;
	} names[] = {
		{ '\r', "<CR>" },  { '\n', "<LF>" },  { 0x02, "<STX>" },
		{ 0x03, "<ETX>" }, { 0x04, "<EOT>" }, { 0x05, "<ENQ>" },
		{ 0x06, "<ACK>" }, { 0x15, "<NAK>" }, { 0x1b, "<ESC>" },
		{ '\t', "<TAB>" }, { 0x00, "<NUL>" }, { '<', "<LT>" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].c == c) {
			text_add(out, names[i].name);
			return;
		}
	if (c >= ' ' && c < 0x7f)
		text_add_char(out, (char)c);
	else
		text_addf(out, "<0x%02x>", c);
}

void probe_print_bytes(void *context, nsec at, bool sent, const void *bytes,
		       size_t n)
{
	const struct probe_print *p = context;
	_cleanup_(text_free) struct text out = { 0 };
	const unsigned char *s = bytes;
	bool hex = bus_modbus(p->plan->bus) != NULL;

	(void)at; /* of another clock than ours */
	text_add(&out, sent ? ">" : "<");
	text_add(&out, hex ? "" : " ");
	for (size_t i = 0; i < n && i < BYTES_MAX; i++) {
		if (hex)
			text_addf(&out, " %02x", s[i]);
		else
			add_byte(s[i], &out);
	}
	if (n > BYTES_MAX)
		text_addf(&out, " ... %zu bytes in all", n);
	text_add_char(&out, '\n');
	fputs(text_str(&out), stderr);
}
