/*
 * Nights with faults: random faults, random commands, shipped recipes, in
 * virtual time, with the safety invariants looked at on the plant's truth.
 *
 *	swarm HOURS [SEED]
 *
 * Plays until so many simulated hours are over. A night is decided by its
 * seed alone; a broken invariant names it, and `swarm 0 SEED` plays just that
 * night again, with its story.
 *
 * S1 the heater is not on longer than its lease without a good reading
 * S2 once a level was entered, the heater is off within its budget
 * S3 a latched level goes only by a reset
 * S4 fuel and oxidiser never meet in the plant (but for a leak of air)
 * S5 the true temperature stays below the hard limit and what it may overshoot
 * S6 nothing is set before everything was commanded safe
 * S7 without a run nothing is energised
 * S8 with its faults over, a night ends or stands in an explained state
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "drivers/bus.h"
#include "drivers/sim_lab.h"
#include "engine/trace.h"
#include "ring/dry.h"
#include "site/overlay.h"
#include "tools/recipe_file.h"

#define LEASE (500 * NSEC_PER_MS)
#define OFF_WITHIN (1500 * NSEC_PER_MS)
#define HARD_LIMIT 1060.0 /* interlock at 1030, and its overshoot */
#define MEETS 0.02	  /* mole fraction of both */
#define NIGHT_MAX (16 * 3600 * NSEC_PER_S)
#define QUIET (60 * NSEC_PER_S)
#define COMMANDS_MAX 12

static const struct {
	const char *name, *params[3];
} recipes[] = {
	{ "hydrogen-nitrogen",
	  { "pressure=50 Torr", "pressure=350 Torr", "pressure=782 Torr" } },
	{ "vacuum-anneal-stem", { NULL } },
	{ "vacuum-anneal-tem", { NULL } },
	{ "vacuum-anneal-eels", { NULL } },
	{ "clean-cell", { NULL } },
	{ "gas-chemistry-series", { NULL } },
	{ "time-lapse", { NULL } },
};

struct planned {
	nsec at;
	enum command_kind kind;
};

struct night {
	uint64_t seed, random;
	bool tells;
	struct config *config;
	struct dry *dry;
	struct sim_lab *lab;
	struct text faults;
	bool has_leak, has_wire_fault, has_sense_fault;
	nsec faults_end;
	struct planned commands[COMMANDS_MAX];
	size_t n_commands, next_command;
	/* What was seen. */
	bool commanded_safe, run_began, run_ended, was_reset;
	enum level level;
	bool latched;
	nsec level_since, ended_at, good_at;
	const char *broken;
	char detail[160];
};

static double random_unit(struct night *n)
{
	n->random ^= n->random << 13;
	n->random ^= n->random >> 7;
	n->random ^= n->random << 17;
	return (double)(n->random >> 11) * 0x1p-53;
}

static size_t random_below(struct night *n, size_t limit)
{
	return (size_t)(random_unit(n) * (double)limit);
}

static void broken(struct night *n, const char *which, const char *fmt,
		   double a, double b)
{
	char t[NUMBER_TEXT_MAX], u[NUMBER_TEXT_MAX];

	if (n->broken)
		return;
	number_print_digits(a, 5, t);
	number_print_digits(b, 5, u);
	n->broken = which;
	snprintf(n->detail, sizeof(n->detail), "%s %s / %s at %.1f s", fmt, t,
		 u, nsec_to_s(dry_now(n->dry)));
}

/* ---- making a night ---- */

struct fault_kind {
	const char *kind;
	const char *const *where; /* "instrument: x" and so on */
	double seconds;		  /* at most; 0: for good */
};

static const char *const anywhere[] = { "instrument: heater",
					"instrument: gasbox",
					"instrument: microscope", NULL };
static const char *const readings[] = {
	"instrument: heater, channel: temperature",
	"instrument: heater, channel: power",
	"instrument: gasbox, channel: cell_pressure",
	"instrument: gasbox, channel: inlet_pressure",
	"instrument: gasbox, channel: outlet_pressure",
	"instrument: microscope, channel: beam",
	NULL
};
static const char *const leaks[] = {
	"instrument: gasbox, channel: inlet_pressure, value: 2",
	"instrument: gasbox, channel: outlet_pressure, value: 0.5", NULL
};
static const char *const valves[] = {
	"instrument: gasbox, channel: h2_valve",
	"instrument: gasbox, channel: inlet_valve",
	"instrument: gasbox, channel: pump_valve",
	"instrument: gasbox, channel: bypass_valve", NULL
};
static const char *const flows[] = {
	"instrument: gasbox, channel: h2_flow, value: 3",
	"instrument: gasbox, channel: o2_flow, value: 3", NULL
};
static const char *const chip[] = { "instrument: heater", NULL };
static const char *const scope[] = { "instrument: microscope", NULL };
static const char *const pump[] = { "instrument: gasbox", NULL };
static const char *const sense[] = { "instrument: heater, value: 0.5", NULL };

static const struct fault_kind kinds[] = {
	{ "no_reply", anywhere, 30 },  { "no_reply", anywhere, 0.4 },
	{ "late", anywhere, 5 },       { "garbage", anywhere, 2 },
	{ "garbage", anywhere, 0.3 },  { "nan", readings, 5 },
	{ "nan", readings, 0.3 },      { "stuck", readings, 120 },
	{ "leak", leaks, 600 },	       { "rupture", pump, 0 },
	{ "pump_stop", pump, 60 },     { "valve_stuck", valves, 120 },
	{ "mfc_leak", flows, 60 },     { "beam_stuck", scope, 30 },
	{ "camera_hang", scope, 120 }, { "open_heater", chip, 10 },
	{ "sense_lost", sense, 60 },
};

static const char *pick(struct night *n, const char *const *list)
{
	size_t count = 0;

	while (list[count])
		count++;
	return list[random_below(n, count)];
}

static void add_fault(struct night *n, nsec night)
{
	const struct fault_kind *k = &kinds[random_below(n, ARRAY_SIZE(kinds))];
	int at = 60 + (int)(random_unit(n) * nsec_to_s(night));
	int ms = 100 + (int)(random_unit(n) * k->seconds * 1000);

	text_addf(&n->faults, "  - {kind: %s, %s, at: %d s", k->kind,
		  pick(n, k->where), at);
	if (k->seconds > 0)
		text_addf(&n->faults, ", for: %d ms", ms);
	text_add(&n->faults, "}\n");
	n->faults_end = nsec_max(n->faults_end,
				 (at + 1) * NSEC_PER_S + ms * NSEC_PER_MS);
	n->has_leak |= !strcmp(k->kind, "leak");
	n->has_sense_fault |=
		!strcmp(k->kind, "sense_lost") || !strcmp(k->kind, "stuck");
	n->has_wire_fault |= k->where == anywhere;
}

static struct config *make_config(struct night *n)
{
	struct problems problems = { 0 };
	struct text merged = { 0 };
	struct config *base = config_load(NULL, &problems), *made = NULL;

	if (base && !overlay_merge(yaml_root(base->yaml), text_str(&n->faults),
				   n->faults.n, "faults", &merged, &problems))
		made = config_parse(merged.s, merged.n, "night", &problems);
	if (!made) {
		struct text said = { 0 };

		problems_print(&problems, &said);
		fprintf(stderr, "%s\n%s", text_str(&n->faults),
			text_str(&said));
		exit(2);
	}
	text_copy(made->recipes, sizeof(made->recipes),
		  TEST_SOURCE_DIR "/recipes");
	config_free(base);
	text_free(&merged);
	problems_free(&problems);
	return made;
}

static void plan_commands(struct night *n, nsec night)
{
	static const enum command_kind likely[] = {
		COMMAND_PAUSE,	COMMAND_RESUME, COMMAND_SKIP,
		COMMAND_EXTEND, COMMAND_PAUSE,	COMMAND_RESUME,
		COMMAND_STOP,	COMMAND_ABORT,	COMMAND_RESET,
	};
	nsec at = 0;

	n->n_commands = random_below(n, COMMANDS_MAX);
	for (size_t i = 0; i < n->n_commands; i++) {
		at += nsec_from_s(random_unit(n) * 0.3 * nsec_to_s(night));
		n->commands[i] = (struct planned){
			at, likely[random_below(n, ARRAY_SIZE(likely))]
		};
	}
}

/* ---- watching it ---- */

static void tell(const struct night *n, const struct actions *actions)
{
	for (size_t i = 0; n->tells && i < actions->n; i++) {
		struct text line = { 0 };

		if (actions->v[i].type == ACTION_SET && !actions->v[i].set.safe)
			continue;
		trace_action(&actions->v[i], &n->config->site, NULL, &line);
		if (line.n)
			printf("[%8.1f] %s\n", nsec_to_s(dry_now(n->dry)),
			       text_str(&line));
		text_free(&line);
	}
}

static void on_state(struct night *n, const struct action *a, nsec now)
{
	if (n->latched && a->state.level < n->level && !n->was_reset &&
	    n->run_began)
		broken(n, "S3", "level went down by itself:", (double)n->level,
		       (double)a->state.level);
	n->was_reset = false;
	if (a->state.level >= LEVEL_COOL && n->level < LEVEL_COOL)
		n->level_since = now;
	n->level = a->state.level;
	n->latched = a->state.latched;
}

static void seen(void *context, const struct event *event,
		 const struct actions *actions)
{
	struct night *n = context;
	const struct site *site = &n->config->site;
	uint16_t heater = (uint16_t)site->known[KNOWN_HEATER];

	if (!n->dry)
		return;
	if (event->type == EVENT_POLL &&
	    event->poll.poll == site->roles[heater].poll) {
		uint32_t i = heater - site->polls[event->poll.poll].first;

		if (!(event->poll.bad >> i & 1))
			n->good_at = event->now;
	}
	if (event->type == EVENT_COMMAND)
		n->was_reset = event->command.kind == COMMAND_RESET;
	for (size_t i = 0; i < actions->n; i++) {
		const struct action *a = &actions->v[i];

		if (a->type == ACTION_SET && !a->set.safe && !n->run_began)
			broken(n, "S6", "set before a run:", a->set.role, 0);
		if (a->type == ACTION_STATE)
			on_state(n, a, event->now);
		if (a->type == ACTION_RUN_END) {
			n->run_ended = true;
			n->ended_at = event->now;
		}
	}
	tell(n, actions);
}

/* A dead wire carries no command: then only the instrument's own limits help,
 * and the daemon goes on trying. */
static bool wire_is_dead(const struct night *n)
{
	static const enum sim_fault_kind wires[] = { SIM_FAULT_NO_REPLY,
						     SIM_FAULT_GARBAGE,
						     SIM_FAULT_LATE };

	for (size_t i = 0; i < ARRAY_SIZE(wires); i++)
		for (size_t k = 0; k < n->lab->faults.n; k++) {
			const struct sim_fault *f = &n->lab->faults.v[k];

			/* With the time of a retry on top. */
			if (f->kind == wires[i] && n->lab->t >= f->from &&
			    n->lab->t <= f->until + 12 * NSEC_PER_S)
				return true;
		}
	return false;
}

static void look_at_heater(struct night *n, nsec now)
{
	bool on = n->lab->chip.output;
	double t = sim_lab_true_temperature(n->lab);

	if (on && !wire_is_dead(n) && now - n->good_at > LEASE)
		broken(n, "S1", "heater on without a reading for (s):",
		       nsec_to_s(now - n->good_at), 0);
	if (on && !wire_is_dead(n) && n->level >= LEVEL_COOL &&
	    now - n->level_since > OFF_WITHIN)
		broken(n, "S2", "heater on after the trip for (s):",
		       nsec_to_s(now - n->level_since), 0);
	if (!n->has_sense_fault && t > HARD_LIMIT)
		broken(n, "S5", "true temperature:", t, HARD_LIMIT);
	if (on && n->run_ended && !wire_is_dead(n) &&
	    now - n->ended_at > OFF_WITHIN)
		broken(n, "S7", "heater on without a run:", t, 0);
}

static void look_at_gas(struct night *n)
{
	static const enum sim_place places[] = { SIM_INLET_LINE,
						 SIM_OUTLET_LINE, SIM_SAMPLE };

	if (n->has_leak)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		double fuel = sim_lab_true_fuel(n->lab, places[i]);
		double ox = sim_lab_true_oxidiser(n->lab, places[i]);

		/* In a vacuum there is nothing to burn. */
		if (fuel > MEETS && ox > MEETS &&
		    sim_lab_true_pressure(n->lab, places[i]) > 5.0)
			broken(n, "S4", "fuel and oxidiser:", fuel, ox);
	}
}

static void give_commands(struct night *n, nsec now, nsec began)
{
	static const struct desk_who who = { "swarm", "swarm" };

	while (n->next_command < n->n_commands &&
	       now - began >= n->commands[n->next_command].at) {
		struct command c = {
			.kind = n->commands[n->next_command++].kind,
			.duration = 60 * NSEC_PER_S
		};
		struct err err;

		if (n->tells)
			printf("[%8.1f] > %s\n", nsec_to_s(now),
			       command_name(c.kind));
		desk_command(dry_desk(n->dry), now, &c, &who, &err);
		dry_settle(n->dry);
	}
}

static struct engine_status status_of(const struct night *n)
{
	struct engine_status s;

	engine_status(dry_engine(n->dry), dry_now(n->dry), &s);
	return s;
}

static void start_recipe(struct night *n)
{
	static const struct desk_who who = { "swarm", "swarm" };
	struct problems problems = { 0 };
	struct recipe_file file = { 0 };
	struct recipe_param param = { 0 };
	struct desk_recipe recipe;
	struct err err = { 0 };
	size_t r = random_below(n, ARRAY_SIZE(recipes));
	const char *p = recipes[r].params[random_below(n, 3)];
	char name[32] = "";
	uint32_t run;

	if (recipe_file_read(&file, n->config, recipes[r].name, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		exit(2);
	}
	recipe = recipe_file_desk(&file);
	if (p) {
		size_t eq = strcspn(p, "=");

		memcpy(name, p, eq);
		param = (struct recipe_param){ name, p + eq + 1 };
		recipe.params = &param;
		recipe.n_params = 1;
	}
	n->run_began = true;
	if (n->tells)
		printf("night %" PRIu64 ": %s %s\n%s", n->seed, recipes[r].name,
		       p ? p : "", text_str(&n->faults));
	if (desk_start(dry_desk(n->dry), dry_now(n->dry), &recipe, &who, &run,
		       &problems, &err)) {
		/* Refused: a fault came before the start. */
		if (n->tells)
			printf("refused: %s\n", err.msg);
		n->run_ended = true;
		n->ended_at = dry_now(n->dry);
	}
	dry_settle(n->dry);
	problems_free(&problems);
	recipe_file_fini(&file);
}

/* A paused run waits for its operator, who comes when nothing else does. */
static void wake(struct night *n)
{
	static const struct desk_who who = { "swarm", "swarm" };
	struct engine_status s = status_of(n);
	struct command c = { .kind = COMMAND_RESUME };
	struct err err;

	if (s.state != STATE_PAUSED || n->next_command < n->n_commands)
		return;
	desk_command(dry_desk(n->dry), dry_now(n->dry), &c, &who, &err);
	dry_settle(n->dry);
}

static bool is_over(struct night *n, nsec now)
{
	return n->run_ended && now - n->ended_at > QUIET &&
	       n->lab->t > n->faults_end + QUIET;
}

static void judge_end(struct night *n)
{
	struct engine_status s = status_of(n);

	if (!n->run_ended)
		broken(n, "S8",
		       "the run did not end; state, level:", (double)s.state,
		       (double)s.level);
	else if (s.level >= LEVEL_COOL && (!s.cause[0] || !s.safe_confirmed))
		broken(n, "S8",
		       "latched, but cause or confirmation is "
		       "missing:",
		       (double)s.level, s.safe_confirmed);
}

static void play(struct night *n, nsec night)
{
	struct err err;
	nsec began = -1, woken = 0;

	while (!n->broken && dry_now(n->dry) < NIGHT_MAX) {
		nsec now;

		if (dry_turn(n->dry, &err)) {
			fprintf(stderr, "%s\n", err.msg);
			exit(2);
		}
		now = dry_now(n->dry);
		if (began < 0 && (status_of(n).level == LEVEL_RUN ||
				  now > 30 * NSEC_PER_S)) {
			began = now;
			start_recipe(n);
		}
		if (began >= 0)
			give_commands(n, now, began);
		if (now - woken > 600 * NSEC_PER_S) {
			woken = now;
			wake(n);
		}
		look_at_heater(n, now);
		look_at_gas(n);
		if (is_over(n, now))
			break;
	}
	(void)night;
	judge_end(n);
}

/* Simulated time of the night; exits the program on a broken invariant. */
static nsec one_night(uint64_t seed, bool tells)
{
	struct night n = { .seed = seed,
			   .tells = tells,
			   .random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1 };
	struct problems problems = { 0 };
	struct dry_options options = { .seed = seed,
				       .seen = seen,
				       .context = &n };
	struct err err = { 0 };
	nsec span = 7200 * NSEC_PER_S, now;
	size_t faults = random_below(&n, 5);

	text_add(&n.faults, "buses:\n lab:\n  faults:\n");
	for (size_t i = 0; i < faults; i++)
		add_fault(&n, span);
	if (!faults) {
		text_clear(&n.faults);
		text_add(&n.faults, "laboratory: quiet night\n");
	}
	plan_commands(&n, span);
	n.config = make_config(&n);
	options.config = n.config;
	n.dry = dry_new(&options, &problems, &err);
	if (!n.dry) {
		fprintf(stderr, "%s\n", err.msg);
		exit(2);
	}
	n.lab = bus_sim(rig_bus(dry_rig(n.dry), 0));
	play(&n, span);
	now = dry_now(n.dry);
	if (n.broken)
		printf("night %" PRIu64 ": %s: %s\n%s", seed, n.broken,
		       n.detail, text_str(&n.faults));
	dry_free(n.dry);
	config_free(n.config);
	text_free(&n.faults);
	problems_free(&problems);
	return n.broken ? -1 : now;
}

int main(int argc, char **argv)
{
	double hours = argc > 1 ? strtod(argv[1], NULL) : 10;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	uint64_t nights = 0, failed = 0;
	double played = 0;

	if (hours <= 0)
		return one_night(seed, true) < 0;
	while (played < hours) {
		nsec t = one_night(seed, false);

		nights++;
		seed++;
		if (t < 0)
			failed++;
		else
			played += nsec_to_s(t) / 3600;
		if (failed >= 10)
			break;
	}
	quantity_fini();
	printf("%.0f simulated hours, %" PRIu64 " nights, %" PRIu64 " broken\n",
	       played, nights, failed);
	return failed > 0;
}
