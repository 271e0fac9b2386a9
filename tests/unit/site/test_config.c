#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "site/config.h"
#include "folder.h"

/* The least that is a laboratory: what the tests add to. */
#define HEAD                                                                   \
	"buses: {lab: {type: sim}}\n"                                          \
	"instruments:\n"                                                       \
	"  heater: {driver: sim-heater, every: 100 ms}\n"                      \
	"  gasbox: {driver: sim-gasbox}\n"                                     \
	"roles:\n"                                                             \
	"  heater: heater.temperature\n"                                       \
	"  cell_pressure: gasbox.cell_pressure\n"                              \
	"  gas.H2: gasbox.h2_flow\n"                                           \
	"  valve.H2: gasbox.h2_valve\n"
/* Lines of HEAD: what comes after it starts in line 10. */
#define NEXT 10

static void free_config(struct config **c)
{
	config_free(*c);
}

static struct config *parse(const char *text)
{
	struct problems problems = { 0 };
	struct text shown = { 0 };
	struct config *c =
		config_parse(text, strlen(text), "lab.yaml", &problems);

	if (!c) {
		problems_print(&problems, &shown);
		print_error("%s", text_str(&shown));
	}
	text_free(&shown);
	problems_free(&problems);
	assert_non_null(c);
	return c;
}

struct mistake {
	const char *text;
	int line, column;
	const char *words;
};

static bool has(const struct problems *problems, const struct mistake *m)
{
	size_t i;

	for (i = 0; i < problems->n; i++)
		if (problems->v[i].line == m->line &&
		    problems->v[i].column == m->column &&
		    strstr(problems->v[i].msg, m->words))
			return true;
	return false;
}

/* One of the mistakes in the text is at that place with those words. */
static bool is_found(const struct mistake *m)
{
	struct problems problems = { 0 };
	struct text shown = { 0 };
	struct config *c =
		config_parse(m->text, strlen(m->text), "lab.yaml", &problems);
	bool found = !c && has(&problems, m);

	if (!found) {
		problems_print(&problems, &shown);
		print_error("in:\n%swanted %d:%d: %s\nfound:\n%s", m->text,
			    m->line, m->column, m->words, text_str(&shown));
	}
	config_free(c);
	text_free(&shown);
	problems_free(&problems);
	return found;
}

static const struct interlock *find(const struct config *c, const char *role,
				    enum interlock_kind kind)
{
	int index = site_role(&c->site, role);
	size_t i;

	for (i = 0; i < c->site.n_interlocks; i++)
		if (c->site.interlocks[i].role == index &&
		    c->site.interlocks[i].kind == kind)
			return &c->site.interlocks[i];
	return NULL;
}

static void the_built_in_laboratory_loads(void **state)
{
	struct problems problems = { 0 };
	_cleanup_(free_config) struct config *c = config_load(NULL, &problems);
	size_t i;

	(void)state;
	assert_non_null(c);
	assert_int_equal(problems.n, 0);
	assert_int_equal(c->n_instruments, 3);
	for (i = 0; i < KNOWN_N; i++)
		assert_int_not_equal(c->site.known[i], ROLE_NONE);
	for (i = 0; i < PHASE_N; i++)
		assert_non_null(c->site.phases[i]);
	problems_free(&problems);
}

static void a_base_of_1_torr_is_judged_on_the_outlet(void **state)
{
	struct problems problems = { 0 };
	_cleanup_(free_config) struct config *c = config_load(NULL, &problems);

	(void)state;
	assert_non_null(c);
	assert_int_equal(site_gauge_for(&c->site, 1.0),
			 c->site.known[KNOWN_OUTLET_PRESSURE]);
}

static void the_reference_flow_passes_at_50_torr(void **state)
{
	struct problems problems = { 0 };
	_cleanup_(free_config) struct config *c = config_load(NULL, &problems);
	struct err err = { 0 };
	double in, out;

	(void)state;
	assert_non_null(c);
	assert_int_equal(
		site_flow_pressures(&c->site, 50, 0.1, &in, &out, &err), 0);
}

static void what_is_printed_reads_back_the_same(void **state)
{
	_cleanup_(text_free) struct text first = { 0 }, second = { 0 };
	struct problems problems = { 0 };
	_cleanup_(free_config) struct config *c = config_load(NULL, &problems);
	_cleanup_(free_config) struct config *again = NULL;

	(void)state;
	assert_non_null(c);
	config_print(c, &first);
	again = parse(text_str(&first));
	config_print(again, &second);
	assert_string_equal(text_str(&first), text_str(&second));
	assert_memory_equal(c->site.roles, again->site.roles,
			    sizeof(c->site.roles));
	assert_memory_equal(c->site.safe, again->site.safe,
			    sizeof(c->site.safe));
	assert_int_equal(c->site.n_interlocks, again->site.n_interlocks);
	assert_memory_equal(&c->site.defaults, &again->site.defaults,
			    sizeof(c->site.defaults));
	assert_memory_equal(&c->site.holder, &again->site.holder,
			    sizeof(c->site.holder));
}

static void what_is_empty_reads_back_as_empty(void **state)
{
	_cleanup_(text_free) struct text first = { 0 }, second = { 0 };
	_cleanup_(free_config) struct config *c =
		parse("buses: {lab: {type: sim}}\n"
		      "instruments: {m: {driver: sim-microscope}}\n");
	_cleanup_(free_config) struct config *again = NULL;

	(void)state;
	config_print(c, &first);
	again = parse(text_str(&first));
	config_print(again, &second);
	assert_string_equal(text_str(&first), text_str(&second));
	assert_int_equal(again->site.safe[LEVEL_COOL].n, 0);
}

static void the_site_says_what_its_gauge_resolves(void **state)
{
	_cleanup_(text_free) struct text printed = { 0 };
	_cleanup_(free_config) struct config *c = parse(
		"buses: {lab: {type: sim}}\n"
		"instruments:\n"
		"  gasbox:\n"
		"    driver: sim-gasbox\n"
		"    channels:\n"
		"      cell_pressure: {resolution: 0.01 Torr, offset: 0.05 "
		"Torr, range: [0.5 Torr, 10 Torr]}\n"
		"roles: {cell_pressure: gasbox.cell_pressure}\n");
	int cell = c->site.known[KNOWN_CELL_PRESSURE];
	_cleanup_(free_config) struct config *again = NULL;

	(void)state;
	assert_int_equal(site_gauge_for(&c->site, 1.0), cell);
	assert_int_equal(site_gauge_for(&c->site, 0.4), ROLE_NONE);
	assert_int_equal(site_gauge_for(&c->site, 11.0), ROLE_NONE);
	config_print(c, &printed);
	again = parse(text_str(&printed));
	assert_memory_equal(c->site.roles, again->site.roles,
			    sizeof(c->site.roles));
}

static void an_unknown_gauge_judges_no_base(void **state)
{
	_cleanup_(free_config) struct config *c = parse(
		"buses: {lab: {type: sim}}\n"
		"instruments:\n"
		"  gasbox:\n"
		"    driver: sim-gasbox\n"
		"    channels:\n"
		"      cell_pressure: {resolution: 0 Torr, offset: 0 Torr}\n"
		"roles: {cell_pressure: gasbox.cell_pressure}\n");

	(void)state;
	assert_int_equal(site_gauge_for(&c->site, 700.0), ROLE_NONE);
}

static void a_channel_without_a_role_keeps_its_name(void **state)
{
	_cleanup_(free_config) struct config *c = parse(HEAD);

	(void)state;
	assert_int_not_equal(site_role(&c->site, "gasbox.n2_flow"), ROLE_NONE);
	assert_int_equal(site_role(&c->site, "gasbox.h2_flow"), ROLE_NONE);
}

static void a_setpoint_is_read_back_where_the_driver_says(void **state)
{
	_cleanup_(free_config) struct config *c = parse(HEAD);
	const struct role *heater = &c->site.roles[c->site.known[KNOWN_HEATER]];

	(void)state;
	assert_int_not_equal(heater->readback, ROLE_NONE);
	assert_string_equal(c->site.roles[heater->readback].name,
			    "heater.setpoint");
}

static void the_strictest_limit_holds(void **state)
{
	_cleanup_(free_config) struct config *c = parse(
		HEAD
		"holder: {temperature_max: 800 °C}\n"
		"limits: {heater: {max: 900 °C}, gas.H2: {max: 5 sccm}}\n");
	const struct site *s = &c->site;

	(void)state;
	assert_true(s->roles[s->known[KNOWN_HEATER]].max == 800.0);
	assert_true(s->roles[site_role(s, "gas.H2")].max == 5.0);
}

static void silence_is_watched_without_being_asked(void **state)
{
	_cleanup_(free_config) struct config *c = parse(HEAD);
	const struct interlock *heater = find(c, "heater", INTERLOCK_STALE);
	const struct interlock *gas = find(c, "gas.H2", INTERLOCK_STALE);

	(void)state;
	assert_non_null(heater);
	assert_int_equal(heater->window, 300 * NSEC_PER_MS);
	assert_int_equal(heater->level, LEVEL_COOL);
	assert_non_null(gas);
	assert_int_equal(gas->level, LEVEL_ISOLATE);
}

static void a_heater_is_never_without_an_upper_limit(void **state)
{
	_cleanup_(free_config) struct config *c =
		parse(HEAD "holder: {temperature_max: 800 °C}\n");
	const struct interlock *above = find(c, "heater", INTERLOCK_ABOVE);

	(void)state;
	assert_non_null(above);
	assert_true(above->bound > 800.0);
}

static void safe_levels_that_are_left_out_close_everything(void **state)
{
	_cleanup_(free_config) struct config *c = parse(HEAD);
	const struct safe_level *cool = &c->site.safe[LEVEL_COOL];

	(void)state;
	assert_int_equal(cool->n, 3);
	assert_int_equal(cool->v[0].role, c->site.known[KNOWN_HEATER_OUTPUT]);
	assert_true(cool->v[0].value == 0.0);
}

static void samples_are_counted_as_written(void **state)
{
	_cleanup_(free_config) struct config *c = parse(
		HEAD "interlocks:\n"
		     "  - {role: cell_pressure, above: 900 Torr, need: 2 of 3, "
		     "level: isolate, when: gas}\n");
	const struct interlock *lock =
		find(c, "cell_pressure", INTERLOCK_ABOVE);

	(void)state;
	assert_non_null(lock);
	assert_int_equal(lock->need, 2);
	assert_int_equal(lock->of, 3);
	assert_int_equal(lock->level, LEVEL_ISOLATE);
	assert_int_equal(lock->when, WHEN_GAS);
	assert_string_equal(lock->name, "cell_pressure above 900 Torr");
}

static void a_rate_is_kept_per_second(void **state)
{
	_cleanup_(free_config) struct config *c = parse(
		HEAD "interlocks:\n"
		     "  - {role: heater, rise: 600 K/min, window: 1 s}\n");
	const struct interlock *lock = find(c, "heater", INTERLOCK_RISE);

	(void)state;
	assert_non_null(lock);
	assert_true(lock->bound == 10.0);
}

static void a_gas_of_the_sites_own_has_its_kind(void **state)
{
	_cleanup_(free_config) struct config *c = parse(
		"buses: {lab: {type: sim}}\n"
		"gases: {C2H4: fuel}\n"
		"instruments: {box: {driver: sim-gasbox}}\n"
		"roles: {gas.C2H4: box.h2_flow, valve.C2H4: box.h2_valve}\n");
	int gas = gases_find(&c->site.gases, "C2H4");

	(void)state;
	assert_true(gas > 0);
	assert_int_equal(c->site.gases.v[gas].kind, GAS_FUEL);
	assert_int_equal(c->site.gas_flow[gas],
			 site_role(&c->site, "gas.C2H4"));
	assert_int_equal(c->site.gas_valve[gas],
			 site_role(&c->site, "valve.C2H4"));
}

static void relative_files_lie_in_the_state_directory(void **state)
{
	struct config *c;

	(void)state;
	setenv("STATE_DIRECTORY", "/var/lib/gascell:/elsewhere", 1);
	setenv("RUNTIME_DIRECTORY", "/run/gascell", 1);
	c = parse(HEAD "log: {database: night.db, images: /data/images}\n");
	unsetenv("STATE_DIRECTORY");
	unsetenv("RUNTIME_DIRECTORY");
	assert_string_equal(c->database, "/var/lib/gascell/night.db");
	assert_string_equal(c->images, "/data/images");
	assert_string_equal(c->socket, "/run/gascell/socket");
	config_free(c);
}

/* Line 4 is what the site knows of the gasbox. */
#define GAUGED                                                                 \
	"buses: {lab: {type: sim}}\n"                                          \
	"instruments:\n"                                                       \
	"  gasbox: {driver: sim-gasbox,\n"                                     \
	" "

/* One of each class, each with its place. */
static const struct mistake mistakes[] = {
	{ HEAD "holdr: {}\n", NEXT, 1, "did you mean 'holder'?" },
	{ HEAD "holder: {rate_max: 5}\n", NEXT, 20, "has no unit" },
	{ HEAD "holder: {rate_max: 5 °C}\n", NEXT, 20, "rate_max" },
	{ HEAD "holder: {pressure_max: 9000 Torr}\n", NEXT, 24, "is outside" },
	{ HEAD "holder: {conductance: 1 sccm}\n", NEXT, 23, "sccm/mbar" },
	/* A text that may be anybody's loads no code. */
	{ HEAD "plugins: /usr/lib\n", NEXT, 10, "no code is loaded" },
	{ HEAD "holder: 5\n", NEXT, 9, "the holder is a mapping" },
	{ HEAD "holder: {resistance: 159 ohm, drift_warn: 9 %}\n", NEXT, 22,
	  "drift_warn is over drift_max" },
	{ HEAD "defaults: {settle: [1 s]}\n", NEXT, 20, "not a list" },
	{ HEAD "log: {image_pixels: 20.5}\n", NEXT, 21, "whole number" },
	{ HEAD "log: {image_pixels: 1e300}\n", NEXT, 21, "is outside" },
	{ HEAD "listen: {address: 10767}\n", NEXT, 19, "127.0.0.1" },
	{ HEAD "limits: {heatr: {max: 5 °C}}\n", NEXT, 10,
	  "did you mean 'heater'?" },
	{ HEAD "limits: {cell_pressure: {max: 5 Torr}}\n", NEXT, 10,
	  "has no setpoint" },
	{ HEAD "limits: {heater: {min: 90 °C, max: 50 °C}}\n", NEXT, 18,
	  "nothing is allowed" },
	{ HEAD "gauges: [heater]\n", NEXT, 10, "is no gauge" },
	{ HEAD "gauges: [nowhere]\n", NEXT, 10, "no role 'nowhere'" },
	{ GAUGED "channels: {cell_presure: {offset: 1 Torr}}}\n", 4, 13,
	  "did you mean 'cell_pressure'?" },
	{ GAUGED "channels: {cell_pressure: {offset: 1}}}\n", 4, 37,
	  "has no unit" },
	{ GAUGED "channels: {cell_pressure: {offset: -1 Torr}}}\n", 4, 37,
	  "not less than nothing" },
	{ GAUGED "channels: {cell_pressure: {range: [1 Torr]}}}\n", 4, 36,
	  "the lowest and the highest" },
	{ GAUGED "channels: {cell_pressure: {range: [9 Torr, 1 Torr]}}}\n", 4,
	  36, "the lowest reading comes first" },
	{ GAUGED "channels: {cell_pressure: {rnge: 1 Torr}}}\n", 4, 29,
	  "range" },
	{ GAUGED "channels: {cell_pressure: {resolution: 0 Torr,\n"
		 " offset: 0 Torr}}}\n"
		 "gauges: [gasbox.cell_pressure]\n",
	  6, 10, "what gasbox.cell_pressure resolves is not known" },
	{ HEAD "gases: {X: poison}\n", NEXT, 12, "inert, fuel" },
	{ HEAD "interlocks: [{role: heater, abov: 5 °C}]\n", NEXT, 29,
	  "did you mean 'above'?" },
	{ HEAD "interlocks: [{role: heater}]\n", NEXT, 14,
	  "needs a condition" },
	{ HEAD "interlocks: [{above: 5 °C}]\n", NEXT, 14, "watches a 'role'" },
	{ HEAD "interlocks: [{role: heater, above: 5 Torr}]\n", NEXT, 36,
	  "above" },
	{ HEAD "interlocks: [{role: heater, above: 9 °C, below: 5 °C}]\n", NEXT,
	  42, "two" },
	{ HEAD "interlocks: [{role: heater, above: 900 °C}]\n", NEXT, 21,
	  "lower its limit" },
	{ HEAD "interlocks: [{role: heater, above: 2 °C, need: 3 of 2}]\n",
	  NEXT, 48, "2 of 3" },
	{ HEAD "interlocks: [{role: heater, lag: 5 K}]\n", NEXT, 14,
	  "needs a window" },
	{ HEAD "interlocks: [{role: cell_pressure, lag: 5 Torr, "
	       "window: 5 s}]\n",
	  NEXT, 21, "has no setpoint" },
	{ HEAD "interlocks: [{role: heater, stale: 10 ms}]\n", NEXT, 21,
	  "every 100 ms only" },
	{ HEAD "interlocks: [{role: heater, stale: 1 s, level: melt}]\n", NEXT,
	  48, "hold, cool, isolate" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater}}\n"
	  "roles: {heater: h.temperature, heater.output: h.output}\n"
	  "interlocks: [{role: heater, frozen: 1 mW, window: 1 s}]\n",
	  4, 21, "heater.power" },
	{ HEAD "safe: {cool: {beam: off}}\n", NEXT, 15, "no role 'beam'" },
	{ HEAD "safe: {cool: {gas.H2: 0 sccm, valve.H2: off}}\n", NEXT, 8,
	  "heater.output: off" },
	{ HEAD "safe: {cool: {heater.output: off, gas.H2: 0 sccm}}\n", NEXT, 8,
	  "valve.H2: off" },
	{ HEAD "safe: {cool: {heater.output: on, gas.H2: 0 sccm, "
	       "valve.H2: off}}\n",
	  NEXT, 8, "heater.output: off" },
	{ HEAD "safe: {cool: {heater.output: off, gas.H2: 90 sccm, "
	       "valve.H2: off}}\n",
	  NEXT, 43, "outside the limits" },
	{ HEAD "safe: {cool: {cell_pressure: 0 Torr}}\n", NEXT, 15,
	  "cannot be set" },
	{ HEAD "safe: {freeze: {}}\n", NEXT, 8, "safe has no 'freeze'" },
	{ HEAD "phases: {evacuat: []}\n", NEXT, 10, "'evacuate'" },
	{ HEAD "phases:\n  evacuate:\n    - set: {valve.H3: closed}\n",
	  NEXT + 2, 13, "valve.H3" },
	{ HEAD "phases:\n  isolate:\n    - set: {valve.H2: 5 Torr}\n", NEXT + 2,
	  23, "5 Torr" },
	{ HEAD "holder: {ambient: 20 °C, ambient: 21 °C}\n", NEXT, 26,
	  "twice" },

	{ "buses: {lab: {type: sim}}\ninstruments: {h: {driver: sim-heatr}}\n",
	  2, 27, "sim-heater" },
	{ "buses: {lab: {type: sim}}\ninstruments: {h: {bus: lab}}\n", 2, 15,
	  "has no driver" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater, bus: lob}}\n",
	  2, 44, "did you mean 'lab'?" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater, every: 1 ms}}\n",
	  2, 46, "is outside" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater, evry: 1 s}}\n",
	  2, 39, "did you mean 'every'?" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h.2: {driver: sim-heater}}\n",
	  2, 15, "cannot be the name" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater}}\n"
	  "roles: {heatr: h.temperature}\n",
	  3, 9, "did you mean 'heater'?" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater}}\n"
	  "roles: {heater: h.temperatur}\n",
	  3, 17, "'h.temperature'?" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater}}\n"
	  "roles: {heater: h.power}\n",
	  3, 9, "must be a temperature" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater}}\n"
	  "roles: {heater: h.setpoint}\n",
	  3, 9, "possible to set" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater}}\n"
	  "roles: {heater: h.temperature, x.y: h.temperature}\n",
	  3, 37, "is already the role 'heater'" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {b: {driver: sim-gasbox}}\n"
	  "roles: {gas.Xe: b.h2_flow}\n",
	  3, 9, "under 'gases:'" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {b: {driver: sim-gasbox}}\n"
	  "roles: {camera: b.cell_flow}\n",
	  3, 9, "must be a number" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {b: {driver: sim-gasbox}}\n"
	  "roles: {camera: b.cell_flow}\n",
	  3, 9, "is no camera's" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater}}\n"
	  "roles: {heater: h.temperature, heater.output: h.output}\n"
	  "phases: {evacuate: [{mix: none}]}\n",
	  4, 10, "gauges" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater}}\n"
	  "roles: {heater: h.temperature}\n",
	  0, 0, "nothing switches the heater off" },
	{ "buses: {lab: {type: simm}}\n"
	  "instruments: {h: {driver: sim-heater}}\n",
	  1, 21, "unknown type" },
	{ "buses: {lab: {type: sim, chp: {}}}\n"
	  "instruments: {h: {driver: sim-heater}}\n",
	  1, 26, "'chip'" },
	{ "instruments: {h: {driver: sim-heater}}\n", 1, 15, "has no bus" },
	{ "laboratory: empty\n", 0, 0, "has no instruments" },
};

static void each_mistake_has_its_place(void **state)
{
	size_t i, missed = 0;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(mistakes); i++)
		missed += !is_found(&mistakes[i]);
	assert_int_equal(missed, 0);
}

static void several_mistakes_come_at_once(void **state)
{
	static const char text[] = HEAD "holder: {ambient: 20}\n"
					"defaults: {rate: fast}\n"
					"listen: {adress: \"\"}\n";
	struct problems problems = { 0 };

	(void)state;
	assert_null(config_parse(text, strlen(text), "lab.yaml", &problems));
	assert_int_equal(problems.n, 3);
	assert_int_equal(problems.v[0].line, NEXT);
	assert_int_equal(problems.v[1].line, NEXT + 1);
	assert_int_equal(problems.v[2].line, NEXT + 2);
	problems_free(&problems);
}

static void a_file_that_is_not_there_is_a_problem(void **state)
{
	struct problems problems = { 0 };

	(void)state;
	assert_null(config_load("/nowhere/lab.yaml", &problems));
	assert_int_equal(problems.n, 1);
	problems_free(&problems);
}

/* A library in a directory of its own. */
struct library {
	char path[64];
	struct text out, file;
	struct err err;
	struct config_recipes recipes;
};

static int make_library(void **state)
{
	struct library *l = memory_zeroed(1, sizeof(*l));
	char path[128];
	FILE *f;

	folder_make(l->path);
	l->recipes.library = l->path;
	snprintf(path, sizeof(path), "%s/own-recipe.yaml", l->path);
	f = fopen(path, "w");
	fputs("recipe: mine\n", f);
	fclose(f);
	*state = l;
	return 0;
}

static int remove_library(void **state)
{
	struct library *l = *state;

	folder_remove(l->path);
	text_free(&l->out);
	text_free(&l->file);
	free(l);
	return 0;
}

static int find_recipe(struct library *l, const char *name)
{
	text_clear(&l->out);
	text_clear(&l->file);
	return config_find_recipe(&l->recipes, name, &l->out, &l->file,
				  &l->err);
}

static void a_recipe_is_found_by_its_name(void **state)
{
	struct library *l = *state;

	assert_int_equal(find_recipe(l, "own-recipe"), 0);
	assert_string_equal(text_str(&l->out), "recipe: mine\n");
	assert_non_null(strstr(text_str(&l->file), "/own-recipe.yaml"));
}

static void names_of_the_library_are_sorted(void **state)
{
	struct library *l = *state;

	text_clear(&l->out);
	config_list_recipes(&l->recipes, &l->out);
	assert_int_equal(l->out.s[0], '[');
	assert_non_null(strstr(l->out.s, "\"own-recipe\""));
	assert_null(strstr(l->out.s, ".yaml"));
}

static void a_path_is_no_name_of_a_recipe(void **state)
{
	static const char *const names[] = {
		"../own-recipe",
		"/etc/passwd",
		"own-recipe.yaml",
		"",
		".",
		"a/b",
		"Own",
		"-x",
		"own recipe",
		"own\nrecipe",
	};
	struct library *l = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(find_recipe(l, names[i]), -1);
		assert_int_equal(l->err.code, ERR_INVALID);
	}
}

static void a_link_is_not_followed(void **state)
{
	struct library *l = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/link.yaml", l->path);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(find_recipe(l, "link"), -1);
	assert_int_equal(text_str(&l->out)[0], '\0');
}

static void a_recipe_too_long_is_refused(void **state)
{
	struct library *l = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/big.yaml", l->path);
	assert_int_equal(mknod(path, S_IFREG | 0600, 0), 0);
	assert_int_equal(truncate(path, YAML_BYTES_MAX + 1), 0);
	assert_int_equal(find_recipe(l, "big"), -1);
	assert_int_equal(l->err.code, ERR_FULL);
}

static void a_name_that_is_nearly_right_is_said(void **state)
{
	struct library *l = *state;

	assert_int_equal(find_recipe(l, "own-recip"), -1);
	assert_int_equal(l->err.code, ERR_NOT_FOUND);
	assert_non_null(strstr(l->err.msg, "did you mean 'own-recipe'?"));
}

#define with_library(test)                                                     \
	cmocka_unit_test_setup_teardown(test, make_library, remove_library)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_built_in_laboratory_loads),
		cmocka_unit_test(a_base_of_1_torr_is_judged_on_the_outlet),
		cmocka_unit_test(the_reference_flow_passes_at_50_torr),
		cmocka_unit_test(what_is_printed_reads_back_the_same),
		cmocka_unit_test(what_is_empty_reads_back_as_empty),
		cmocka_unit_test(the_site_says_what_its_gauge_resolves),
		cmocka_unit_test(an_unknown_gauge_judges_no_base),
		cmocka_unit_test(a_channel_without_a_role_keeps_its_name),
		cmocka_unit_test(a_setpoint_is_read_back_where_the_driver_says),
		cmocka_unit_test(the_strictest_limit_holds),
		cmocka_unit_test(silence_is_watched_without_being_asked),
		cmocka_unit_test(a_heater_is_never_without_an_upper_limit),
		cmocka_unit_test(
			safe_levels_that_are_left_out_close_everything),
		cmocka_unit_test(samples_are_counted_as_written),
		cmocka_unit_test(a_rate_is_kept_per_second),
		cmocka_unit_test(a_gas_of_the_sites_own_has_its_kind),
		cmocka_unit_test(relative_files_lie_in_the_state_directory),
		cmocka_unit_test(each_mistake_has_its_place),
		cmocka_unit_test(several_mistakes_come_at_once),
		cmocka_unit_test(a_file_that_is_not_there_is_a_problem),
		with_library(a_recipe_is_found_by_its_name),
		with_library(names_of_the_library_are_sorted),
		with_library(a_path_is_no_name_of_a_recipe),
		with_library(a_link_is_not_followed),
		with_library(a_recipe_too_long_is_refused),
		with_library(a_name_that_is_nearly_right_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
