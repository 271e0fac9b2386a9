/* gascelld probe: one instrument's identity and channels, live. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "drivers/definition.h"
#include "drivers/link.h"
#include "site/config.h"
#include "tools/commands.h"
#include "tools/complaint.h"
#include "tools/options.h"
#include "tools/probe.h"
#include "tools/probe_print.h"
#include "tools/socket.h"

#define NAME "gascelld probe: "
#define EVERY_MIN 0.01
#define EVERY_MAX 3600.0
/* Where systemd's daemon listens. */
#define SYSTEM_SOCKET "/run/gascell/socket"

struct settings {
	const char *config, *bus, *every, *set;
	struct options_params params;
	int64_t count;
	bool yes, safe, trace, json;
};

/* All that the plan points at. */
struct bench {
	const struct settings *settings;
	const char *word; /* DRIVER, its FILE, or INSTRUMENT */
	struct config *config;
	struct definition *definition;
	struct definitions own; /* those of no site */
	struct yaml *bus_yaml, *params_yaml;
	struct text params;
	const struct yaml_node *bus_params;
	struct channel channels[DEVICE_CHANNELS_MAX];
	struct probe_plan plan;
	struct problems problems;
};

static int complain(const char *what)
{
	fprintf(stderr, NAME "%s\n", what);
	return EXIT_USAGE;
}

/* -- of a site ----------------------------------------------------------- */

static void refuse_instrument(struct bench *b)
{
	const struct config *c = b->config;
	const char *names[POLLS_MAX + 1], *near;
	size_t i;

	for (i = 0; i < c->n_instruments; i++)
		names[i] = c->instruments[i].name;
	names[i] = NULL;
	near = text_nearest(b->word, names);
	problems_add(&b->problems, (struct place){ 0 },
		     "there is no instrument %s%s%s%s", b->word,
		     near ? "; did you mean " : "", near ? near : "",
		     near ? "?" : "; to probe a driver, say its --bus");
}

/* The site's limits are the instrument's or stricter. */
static void take_roles(struct bench *b, size_t instrument)
{
	const struct site *site = &b->config->site;
	const struct poll *poll = &site->polls[instrument];

	for (size_t i = 0; i < poll->n; i++) {
		const struct role *role = &site->roles[poll->first + i];
		struct channel *c = &b->channels[i];

		*c = b->plan.driver->channels[i];
		c->min = role->min;
		c->max = role->max;
		c->tolerance = role->tolerance;
		c->lowest = role->lowest;
		c->highest = role->highest;
	}
}

static void find_instrument(struct bench *b)
{
	const struct config *c = b->config;
	size_t i = 0;

	while (i < c->n_instruments && strcmp(c->instruments[i].name, b->word))
		i++;
	if (i == c->n_instruments) {
		refuse_instrument(b);
		return;
	}
	b->plan.name = c->instruments[i].name;
	b->plan.driver = c->instruments[i].driver;
	b->plan.params = c->instruments[i].params;
	b->bus_params = c->buses[c->instruments[i].bus].params;
	take_roles(b, i);
}

/* -- of no site ---------------------------------------------------------- */

static bool is_file(const char *word)
{
	size_t n = strlen(word);

	return strchr(word, '/') || (n > 5 && !strcmp(word + n - 5, ".yaml"));
}

static const struct driver *read_definition(struct bench *b)
{
	_cleanup_(text_free) struct text text = { 0 };
	struct err err = { 0 };

	if (text_read_file(&text, b->word, YAML_BYTES_MAX, &err)) {
		problems_add(&b->problems, (struct place){ 0 }, "%s", err.msg);
		return NULL;
	}
	b->definition = definition_parse_for(b->plan.params, text_str(&text),
					     text.n, b->word, &b->problems);
	return b->definition ? &b->definition->driver : NULL;
}

static const struct yaml_node *read_mapping(struct bench *b, const char *text,
					    const char *file,
					    struct yaml **yaml)
{
	const struct yaml_node *root;

	*yaml = yaml_parse(text, strlen(text), file, &b->problems);
	root = *yaml ? yaml_root(*yaml) : NULL;
	if (root && root->kind != YAML_MAPPING)
		problems_add(&b->problems, root->at,
			     "a mapping belongs here, as in a configuration");
	return root;
}

static void take_channels(struct bench *b)
{
	const struct driver *driver = b->plan.driver;

	for (size_t i = 0; i < driver->n_channels; i++) {
		struct channel *c = &b->channels[i];

		*c = driver->channels[i];
		if (c->min == 0.0 && c->max == 0.0) {
			c->min = -INFINITY;
			c->max = INFINITY;
		}
	}
}

static void read_params(struct bench *b)
{
	const struct options_params *params = &b->settings->params;

	for (size_t i = 0; i < params->n; i++)
		text_addf(&b->params, "%s: %s\n", params->v[i].name,
			  params->v[i].value);
	if (params->n)
		b->plan.params = read_mapping(b, text_str(&b->params),
					      "--param", &b->params_yaml);
}

static void find_driver(struct bench *b)
{
	struct definitions *set = b->config ? &b->config->definitions : &b->own;

	b->bus_params =
		read_mapping(b, b->settings->bus, "--bus", &b->bus_yaml);
	read_params(b);
	if (is_file(b->word))
		b->plan.driver = read_definition(b);
	else
		b->plan.driver =
			definitions_find(set, b->word, b->plan.params,
					 (struct place){ 0 }, &b->problems);
	if (!b->plan.driver)
		return;
	b->plan.name = b->plan.driver->name;
	take_channels(b);
}

/* -- the plan ------------------------------------------------------------ */

static int find_channel(const struct bench *b, const char *name)
{
	const struct driver *driver = b->plan.driver;
	const char *names[DEVICE_CHANNELS_MAX + 1], *near;
	int channel = driver_channel(driver, name);
	size_t n = 0;

	if (channel >= 0 && driver->channels[channel].access & CHANNEL_WRITE)
		return channel;
	for (size_t i = 0; i < driver->n_channels; i++)
		if (driver->channels[i].access & CHANNEL_WRITE)
			names[n++] = driver->channels[i].name;
	names[n] = NULL;
	near = text_nearest(name, names);
	fprintf(stderr,
		NAME "--set: %s has no channel %s that can be set%s%s\n",
		driver->name, name, near ? "; such as " : "", near ? near : "");
	return -1;
}

static int check_value(const struct bench *b)
{
	const struct probe_plan *plan = &b->plan;
	const struct channel *c = &b->channels[plan->channel];
	char low[QUANTITY_TEXT_MAX], high[QUANTITY_TEXT_MAX];

	if (c->quantity == QUANTITY_SWITCH && plan->value != 0.0 &&
	    plan->value != 1.0)
		return complain("--set: a switch is on or off");
	if (plan->value >= c->min && plan->value <= c->max)
		return -1;
	quantity_format(c->quantity, c->min, low);
	quantity_format(c->quantity, c->max, high);
	fprintf(stderr, NAME "--set: %s: not within its limits, %s .. %s\n",
		c->name, low, high);
	return EXIT_USAGE;
}

/* "setpoint=5 sccm" */
static int read_set(struct bench *b)
{
	const char *set = b->settings->set, *equals = strchr(set, '=');
	struct probe_plan *plan = &b->plan;
	char name[DEVICE_NAME_MAX] = "";
	struct err err = { 0 };

	if (!equals || (size_t)(equals - set) >= sizeof(name))
		return complain("--set is written like setpoint='5 sccm'");
	memcpy(name, set, (size_t)(equals - set));
	plan->channel = find_channel(b, name);
	if (plan->channel < 0)
		return EXIT_USAGE;
	if (quantity_parse(plan->driver->channels[plan->channel].quantity,
			   equals + 1, &plan->value, &err)) {
		fprintf(stderr, NAME "--set: %s: %s\n", name, err.msg);
		return EXIT_USAGE;
	}
	return check_value(b);
}

static int check_deeds(const struct bench *b)
{
	const struct settings *s = b->settings;
	const struct driver *driver = b->plan.driver;

	if (s->set && !s->yes)
		return complain("--set changes the instrument and what hangs "
				"on it: say --yes, too");
	if (s->safe || (driver->look && !(s->set && driver->turn)))
		return -1;
	fprintf(stderr,
		NAME "%s has to be set up for this, which makes it safe (its "
		     "outputs go off): say --safe, too\n",
		driver->name);
	return EXIT_USAGE;
}

static int read_every(struct bench *b)
{
	double seconds = 1.0;
	struct err err = { 0 };

	if (b->settings->every &&
	    quantity_parse(QUANTITY_TIME, b->settings->every, &seconds, &err)) {
		fprintf(stderr, NAME "--every: %s\n", err.msg);
		return EXIT_USAGE;
	}
	if (!(seconds >= EVERY_MIN && seconds <= EVERY_MAX))
		return complain("--every is between 10 ms and 1 h");
	b->plan.every = nsec_from_s(seconds);
	return -1;
}

/* -1: it can begin. */
static int make_plan(struct bench *b)
{
	const struct settings *s = b->settings;
	int code = read_every(b);

	b->plan.channel = -1;
	b->plan.safe = s->safe;
	b->plan.json = s->json;
	b->plan.count = s->count;
	/* What is to be done once is done once, unless more is asked for. */
	if (s->count < 0)
		b->plan.count = s->set || s->safe;
	if (code < 0 && s->set)
		code = read_set(b);
	return code < 0 ? check_deeds(b) : code;
}

/* -- all of it ----------------------------------------------------------- */

static int fail(struct bench *b)
{
	problems_sort(&b->problems);
	complaint_print(&b->problems);
	return EXIT_FAILED;
}

/* Two at one instrument take each other's answers. */
static int check_alone(const struct bench *b)
{
	const char *socket = b->config ? b->config->socket : "";

	if (b->settings->bus || !b->settings->config)
		return -1;
	if (!socket_is_taken(socket)) {
		if (!socket_is_taken(SYSTEM_SOCKET))
			return -1;
		socket = SYSTEM_SOCKET;
	}
	fprintf(stderr,
		NAME "gascelld listens at %s and has this instrument: stop it "
		     "first, or ask gascellctl\n",
		socket);
	return EXIT_RUNNING;
}

static int probe(struct bench *b)
{
	const struct settings *s = b->settings;
	struct probe_print print = { .plan = &b->plan };
	const struct link_sink sink = { probe_print_bytes, &print };
	int code;

	if (s->config || !s->bus)
		b->config = config_load(s->config, &b->problems);
	if (b->problems.n)
		return fail(b);
	if (s->bus)
		find_driver(b);
	else
		find_instrument(b);
	if (!b->problems.n)
		b->plan.bus = bus_new("bus", b->bus_params, 0, &b->problems);
	if (!b->plan.driver || !b->plan.bus)
		return fail(b);
	code = make_plan(b);
	if (code < 0)
		code = check_alone(b);
	if (code >= 0)
		return code;
	if (s->trace)
		bus_trace(b->plan.bus, &sink);
	code = probe_run(&b->plan);
	bus_trace(b->plan.bus, NULL);
	return code;
}

static void clean_up(struct bench *b)
{
	bus_free(b->plan.bus);
	yaml_tree_free(b->bus_yaml);
	yaml_tree_free(b->params_yaml);
	text_free(&b->params);
	definition_free(b->definition);
	definitions_free(&b->own);
	config_free(b->config);
	problems_free(&b->problems);
}

static int parse(struct settings *set, int argc, char **argv,
		 struct options_words *words)
{
	const struct option_row rows[] = {
		{ "config", 'c', "FILE", "the site that INSTRUMENT is of",
		  .text = &set->config },
		{ "bus", 'b', "BUS",
		  "where DRIVER finds it, as in a configuration",
		  .text = &set->bus },
		{ "param", 'p', "NAME=VALUE",
		  "one of its params; may be repeated",
		  .params = &set->params },
		{ "every", 0, "TIME", "between two polls; default 1 s",
		  .text = &set->every },
		{ "count", 'n', "N", "polls, failed ones too; 0: no end",
		  .integer = &set->count },
		{ "set", 0, "CHANNEL=VALUE",
		  "set it and read it back; needs --yes", .text = &set->set },
		{ "yes", 0, NULL, "it may be changed", .flag = &set->yes },
		{ "safe", 0, NULL, "make it safe: its outputs go off",
		  .flag = &set->safe },
		{ "trace", 0, NULL, "the bytes, on standard error",
		  .flag = &set->trace },
		{ "json", 0, NULL, "for programs", .flag = &set->json },
	};
	const struct options options = {
		.name = "probe",
		.words = "DRIVER|FILE.yaml|INSTRUMENT",
		.min = 1,
		.max = 1,
		.summary = "Talks to one instrument and prints its channels "
			   "until Ctrl-C.\nOnly reads, unless --set or --safe "
			   "say otherwise.",
		.more = "  gascelld probe alicat --bus "
			"'{type: serial, port: /dev/ttyUSB0, baud: 19200}'\n"
			"  gascelld probe --config lab.yaml mfc_h2\n"
			"exit: 0 when the last poll was good and what was set "
			"was read back\n",
		.rows = rows,
		.n_rows = ARRAY_SIZE(rows),
	};

	return options_parse(&options, argc, argv, words);
}

int probe_main(int argc, char **argv)
{
	struct settings settings = { .count = -1 };
	struct bench b = { .settings = &settings };
	struct probe_plan *plan = &b.plan;
	struct options_words words;
	int code = parse(&settings, argc, argv, &words);

	if (code >= 0)
		return code;
	if (settings.params.n && !settings.bus)
		return complain("--param goes with --bus; an instrument of a "
				"site has its params there");
	plan->channels = b.channels;
	b.word = words.v[0];
	code = probe(&b);
	clean_up(&b);
	return code;
}
