/* What there is in the laboratory: devices, and set. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/figure.h"
#include "cli/roles.h"
#include "cli/screen.h"
#include "cli/snapshot.h"
#include "cli/stay.h"
#include "cli/table.h"
#include "cli/verb.h"

#define SCREEN_MS 500
#define LINES_MS 1000
#define SET_TIMEOUT_MS 15000 /* the daemon gives up after 8 s itself */

/* What the daemon said about one parameter. */
struct seen {
	const json_t *value; /* NULL: an error, or nothing */
	const char *error;   /* or NULL */
	nsec t;
};

/* Everything, with the time of each value. */
struct board {
	struct snapshot s;
	json_t *times; /* ns, by "module:parameter" */
};

static void on_update(void *context, const struct client_update *u)
{
	struct board *b = context;
	char name[160];

	snprintf(name, sizeof(name), "%s:%s", u->module, u->parameter);
	snapshot_on_update(&b->s, u);
	json_object_set_new(b->times, name, json_integer(u->t));
}

static struct seen see(const struct board *b, const struct role *role,
		       const char *parameter)
{
	char name[160];

	snprintf(name, sizeof(name), "%s:%s", role->module, parameter);
	return (struct seen){
		.value = snapshot_get(&b->s, name),
		.error = json_string_value(json_object_get(b->s.errors, name)),
		.t = json_integer_value(json_object_get(b->times, name)),
	};
}

/* -- devices ----------------------------------------------------------- */

/* By the daemon's clock: its newest value of all was said just now. */
static double age_of(const struct board *b, const struct seen *seen)
{
	return seen->t > 0 ? nsec_to_s(b->s.t - seen->t) : (double)NAN;
}

static json_t *role_json(const struct board *b, const struct role *role)
{
	struct seen value = see(b, role, "value");
	struct seen target = see(b, role, "target");
	struct seen status = see(b, role, "status");
	_cleanup_(text_free) struct text word = { 0 };
	json_t *o = json_pack("{ss ss ss}", "role", role->name, "module",
			      role->module, "unit", role->unit);
	double age = age_of(b, &value);

	json_object_set(o, "value",
			value.value ? (json_t *)(uintptr_t)value.value
				    : json_null());
	if (value.value && json_object_get(role->value, "members")) {
		roles_print(role->value, value.value, &word);
		json_object_set_new(o, "word", json_string(text_str(&word)));
	}
	json_object_set_new(o, "age_s",
			    isfinite(age) ? json_real(age) : json_null());
	if (role->target)
		json_object_set(o, "target",
				target.value ? (json_t *)(uintptr_t)target.value
					     : json_null());
	json_object_set(o, "status", json_array_get(status.value, 0));
	json_object_set(o, "text", json_array_get(status.value, 1));
	return o;
}

static void add_value(struct table *t, const json_t *datainfo,
		      const struct seen *seen)
{
	_cleanup_(text_free) struct text value = { 0 };

	if (seen->value)
		roles_print(datainfo, seen->value, &value);
	else if (datainfo)
		text_add(&value, "-");
	table_add(t, STYLE_PLAIN, text_str(&value));
}

static void add_status(struct table *t, const struct seen *status)
{
	int64_t code = json_integer_value(json_array_get(status->value, 0));
	const char *text = json_string_value(json_array_get(status->value, 1));

	if (code >= 400)
		table_add(t, STYLE_BAD, text && *text ? text : "error");
	else
		table_add(t, code >= 200 ? STYLE_CARE : STYLE_PLAIN,
			  text && *text ? text : "ok");
}

static void add_role(struct table *t, const struct board *b,
		     const struct role *role)
{
	struct seen value = see(b, role, "value");
	struct seen target = see(b, role, "target");
	struct seen status = see(b, role, "status");
	double age = age_of(b, &value);
	char figure[FIGURE_MAX];

	table_add(t, STYLE_PLAIN, role->name);
	add_value(t, role->value, &value);
	table_add(t, STYLE_PLAIN, figure_unit(role->unit));
	add_value(t, role->target, &target);
	figure_seconds(age, figure);
	table_add(t, age > 5 ? STYLE_CARE : STYLE_PLAIN, figure);
	add_status(t, &status);
}

static void print_table(struct call *c, const struct board *b,
			const struct roles *roles)
{
	static const struct table_column columns[] = {
		{ "role", 0 },		{ "value", TABLE_RIGHT },
		{ "unit", 0 },		{ "setpoint", TABLE_RIGHT },
		{ "age", TABLE_RIGHT }, { "status", 0 },
	};
	struct table t = { .columns = columns, .n = ARRAY_SIZE(columns) };
	size_t i;

	for (i = 0; i < roles->n; i++)
		add_role(&t, b, &roles->v[i]);
	table_print(&t, &c->terminal, &c->out);
	table_free(&t);
}

static void print_json(struct call *c, const struct board *b,
		       const struct roles *roles)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < roles->n; i++)
		json_array_append_new(list, role_json(b, &roles->v[i]));
	call_add_json(c, list);
}

static void print(struct call *c, const struct board *b,
		  const struct roles *roles)
{
	if (c->options->json)
		print_json(c, b, roles);
	else
		print_table(c, b, roles);
}

/* -- devices, and how they go on ---------------------------------------- */

/* The table fills the screen; its last line tells how to leave. */
static void draw(struct call *c, struct screen *screen, const struct board *b,
		 const struct roles *roles)
{
	struct terminal terminal = c->terminal;
	size_t rows;

	screen_size(screen, &rows, &c->terminal.width);
	print_table(c, b, roles);
	text_add(&c->out, "\nq quit\n");
	screen_draw(screen, &c->out);
	text_clear(&c->out);
	c->terminal = terminal;
}

static bool wants_to_go(struct screen *screen)
{
	int key;

	while ((key = screen_key(screen)) != SCREEN_KEY_NONE)
		if (key == 'q')
			return true;
	return false;
}

static int activate(struct client *client, const struct roles *roles,
		    struct err *err)
{
	const char *modules[ROLES_MAX];
	size_t i;

	for (i = 0; i < roles->n; i++)
		modules[i] = roles->v[i].module;
	return client_activate_modules(client, modules, roles->n, err);
}

/* All is asked for again each time: what has not changed is not told, and
 * would seem to grow old. */
static int go_on(struct call *c, struct stay *stay, struct screen *screen,
		 const struct board *b, const struct roles *roles,
		 struct err *err)
{
	int keys = screen ? STDIN_FILENO : -1;
	unsigned int is;

	for (;;) {
		if (screen) {
			draw(c, screen, b, roles);
		} else {
			print(c, b, roles);
			if (call_flush(c))
				return CLI_FAILED;
		}
		is = stay_wait(stay, -1, keys, screen ? SCREEN_MS : LINES_MS);
		if (is & STAY_RESIZED && screen)
			screen_resize(screen);
		if (is & STAY_ENDED || (is & STAY_KEY && wants_to_go(screen)))
			return STAY_INTERRUPTED;
		if (activate(c->client, roles, err))
			return CLI_NO_DAEMON;
	}
}

static int watch(struct call *c, const struct board *b,
		 const struct roles *roles)
{
	struct screen *screen = NULL;
	struct stay stay;
	struct err err;
	int code;

	stay_begin(&stay);
	if (c->terminal.is_one && isatty(STDIN_FILENO) && !c->options->json)
		screen = screen_open(&c->terminal, &err);
	code = go_on(c, &stay, screen, b, roles, &err);
	screen_close(screen);
	stay_end(&stay);
	if (code == CLI_NO_DAEMON)
		call_fail(c, code, "%s", err.msg);
	return code;
}

int verb_devices(struct call *c)
{
	struct board b = { 0 };
	struct roles roles;
	json_t *list;
	struct err err;
	int code = call_connect(c);

	if (code)
		return code;
	list = roles_ask(c->client, &err);
	if (!list)
		return call_fail_err(c, &err);
	b.times = json_object();
	roles_read(&roles, list);
	client_set_on_update(c->client, on_update, &b);
	if (activate(c->client, &roles, &err))
		code = call_fail_err(c, &err);
	else if (c->options->watch)
		code = watch(c, &b, &roles);
	else
		print(c, &b, &roles);
	snapshot_fini(&b.s);
	json_decref(b.times);
	json_decref(list);
	return code;
}

/* -- set --------------------------------------------------------------- */

/* `set gas.Ar 5 sccm` and `set "gas.Ar 5 sccm"` are the same. */
static bool split(const struct call *c, struct text *role, struct text *value)
{
	const char *blank;

	options_join(c->options, 1, role);
	blank = strpbrk(text_str(role), " =");
	if (!blank)
		return false;
	text_add(value, blank + strspn(blank, " ="));
	role->n = (size_t)(blank - text_str(role));
	role->s[role->n] = '\0';
	return role->n && value->n;
}

static int change(struct call *c, const struct role *role, const char *data)
{
	_cleanup_(text_free) struct text name = { 0 }, shown = { 0 };
	json_t *value;
	struct err err;

	text_addf(&name, "%s:target", role->module);
	if (client_request(c->client, "change", text_str(&name), data,
			   SET_TIMEOUT_MS, &value, &err))
		return call_fail_request(c, &err);
	if (c->options->json) {
		call_add_json(c, json_pack("{sb ss so ss}", "ok", 1, "role",
					   role->name, "target", value, "unit",
					   role->unit));
		return CLI_OK;
	}
	roles_print(role->target, value, &shown);
	json_decref(value);
	call_add(c, role->name);
	text_addf(&c->out, ": %s%s%s, and the instrument has taken it\n",
		  text_str(&shown), *role->unit ? " " : "",
		  figure_unit(role->unit));
	return CLI_OK;
}

static int set(struct call *c, const json_t *list, const char *name,
	       const char *value)
{
	_cleanup_(text_free) struct text data = { 0 };
	const struct role *role;
	struct roles roles;
	struct err err;

	roles_read(&roles, list);
	role = roles_find(&roles, name, &err);
	if (!role) {
		call_fail(c, CLI_USAGE, "%s", err.msg);
		call_hint(c, "what there is: gascellctl devices");
		return CLI_USAGE;
	}
	if (roles_parse(role, value, &data, &err))
		return call_fail(
			c, err.code == ERR_DENIED ? CLI_REFUSED : CLI_USAGE,
			"%s: %s", role->name, err.msg);
	return change(c, role, text_str(&data));
}

int verb_set(struct call *c)
{
	_cleanup_(text_free) struct text role = { 0 }, value = { 0 };
	json_t *list;
	struct err err;
	int code;

	if (!split(c, &role, &value))
		return call_fail(c, CLI_USAGE,
				 "set takes a role and a value: "
				 "gascellctl set gas.Ar '5 sccm'");
	code = call_connect(c);
	if (code)
		return code;
	list = roles_ask(c->client, &err);
	if (!list)
		return call_fail_err(c, &err);
	code = set(c, list, text_str(&role), text_str(&value));
	json_decref(list);
	return code;
}
