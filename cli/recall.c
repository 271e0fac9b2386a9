#include "cli/recall.h"

#include <math.h>
#include <string.h>

#include "base/array.h"
#include "cli/roles.h"
#include "protocol/json.h"

#define TIMEOUT_MS 30000

void recall_name(const char *word, struct text *out)
{
	char module[ROLES_NAME_MAX];

	if (strchr(word, ':')) {
		text_add(out, word);
		return;
	}
	roles_module(word, module);
	text_addf(out, "%s:value", module);
}

/* What comes is JSON in a string. */
static json_t *unpack(json_t *value, struct err *err)
{
	enum error_class class;
	json_t *history = NULL;

	if (json_is_string(value))
		history = json_read(json_string_value(value),
				    json_string_length(value), &class, err);
	else
		err_set(err, ERR_PROTOCOL, "the answer is no text");
	json_decref(value);
	return history;
}

json_t *recall(struct client *client, const char *parameter, nsec from, nsec to,
	       int max, struct err *err)
{
	_cleanup_(text_free) struct text data = { 0 };
	json_t *value;

	text_add(&data, "{\"parameter\":");
	json_add_string(&data, parameter);
	text_add(&data, ",\"from\":");
	json_add_time(&data, from);
	text_add(&data, ",\"to\":");
	json_add_time(&data, to);
	text_addf(&data, ",\"max\":%d}", max);
	if (client_request(client, "do", "run:_history", text_str(&data),
			   TIMEOUT_MS, &value, err))
		return NULL;
	return unpack(value, err);
}

static double number_at(const json_t *list, size_t i)
{
	const json_t *v = json_array_get(list, i);

	return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

bool recall_point(const json_t *history, size_t i, struct recall_point *p)
{
	double t = number_at(json_object_get(history, "t"), i);

	if (!(t > 0 && t < 9e9))
		return false;
	p->t = nsec_from_s(t);
	p->least = number_at(json_object_get(history, "min"), i);
	p->most = number_at(json_object_get(history, "max"), i);
	return true;
}

void recall_into(const json_t *history, struct trend *t)
{
	struct recall_point p;
	size_t i;

	for (i = 0; recall_point(history, i, &p); i++) {
		trend_add(t, p.t, p.least);
		trend_add(t, p.t, p.most);
	}
}
