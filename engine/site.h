/*
 * The laboratory as recipes and engine see it: roles and their limits, how
 * this manifold does its phases, interlocks, safe levels. Built once from
 * the configuration (site/config.c), read-only afterwards; it outlives
 * every plan and the engine.
 *
 * Every channel of every instrument is a role. Configuration gives the names
 * of the list below; a channel without one is called "instrument.channel".
 * Roles of one instrument are contiguous and in the order of its channels.
 */
#ifndef ENGINE_SITE_H
#define ENGINE_SITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/nsec.h"
#include "base/quantity.h"
#include "base/yaml.h"
#include "engine/gas.h"

#define ROLE_NAME_MAX 40
#define ROLES_MAX 128
#define ROLE_NONE (-1)
#define POLLS_MAX 24
#define POLL_CHANNELS_MAX 32
#define INTERLOCKS_MAX 64
#define SAFE_SETS_MAX 32
#define SITE_GAUGES_MAX 4

enum role_access { ROLE_READ = 1, ROLE_WRITE = 2 };

struct role {
	char name[ROLE_NAME_MAX];
	enum quantity quantity;
	unsigned access;
	double min;	   /* setpoints; the strictest of instrument */
	double max;	   /* and site */
	double resolution; /* a reading means no more than +- this */
	double offset;	   /* ... and may be off by this (gauges) */
	double tolerance;  /* a read-back this near is the setpoint */
	int readback;	   /* role where a setpoint is read back, or -1 */
	uint16_t poll;	   /* its readings come with this poll */
	double lowest;	   /* of readings (gauges); both 0: not known */
	double highest;
};

/* One instrument, asked for all its channels at once. */
struct poll {
	char name[ROLE_NAME_MAX];
	nsec period;
	uint16_t first; /* roles[first .. first + n) */
	uint16_t n;
};

/* Roles the engine knows by what they do; ROLE_NONE when the site has none. */
enum known_role {
	KNOWN_HEATER,	       /* "heater": temperature, degC; setpoint */
	KNOWN_HEATER_OUTPUT,   /* "heater.output": switch */
	KNOWN_HEATER_POWER,    /* "heater.power": mW */
	KNOWN_CELL_PRESSURE,   /* "cell_pressure": Torr */
	KNOWN_INLET_PRESSURE,  /* "inlet_pressure": Torr; setpoint */
	KNOWN_OUTLET_PRESSURE, /* "outlet_pressure": Torr; setpoint */
	KNOWN_CELL_FLOW,       /* "cell_flow": sccm through the holder */
	KNOWN_PUMP,	       /* "pump": switch */
	KNOWN_BEAM,	       /* "beam": switch, 1 = unblanked */
	KNOWN_CAMERA,	       /* "camera": number of the last frame */
	KNOWN_COLUMN_VACUUM,   /* "column_vacuum": Torr */
	KNOWN_COLUMN_VALVES,   /* "column_valves": switch, 1 = open */
	KNOWN_N
};

/* What the safe levels of safety.md are called in the program. */
enum level { LEVEL_RUN, LEVEL_HOLD, LEVEL_COOL, LEVEL_ISOLATE };

enum interlock_kind {
	INTERLOCK_ABOVE,   /* value over bound; NAN trips */
	INTERLOCK_BELOW,   /* value under bound; NAN trips */
	INTERLOCK_RISE,	   /* rises faster than bound per s over window */
	INTERLOCK_FALL,	   /* falls faster than bound per s over window */
	INTERLOCK_STALE,   /* no reading, or no good one, for window */
	INTERLOCK_LAG,	   /* |setpoint - value| over bound for window */
	INTERLOCK_FROZEN,  /* same raw value for window while the heater's
				 * power changed by more than bound */
	INTERLOCK_DIFFERS, /* read-back is not the setpoint for window */
};

/* An interlock is looked at only while its condition holds. */
enum interlock_when {
	WHEN_ALWAYS,
	WHEN_HEATING, /* heater output on, or its state unknown */
	WHEN_GAS,     /* a fuel or an oxidiser flows */
	WHEN_RUNNING, /* a recipe runs */
};

struct interlock {
	char name[48]; /* "heater above 1000 °C" */
	enum interlock_kind kind;
	enum interlock_when when;
	enum level level;
	uint16_t role;
	double bound; /* in the role's unit (per second) */
	nsec window;
	uint8_t need; /* trips at `need` of the last `of` samples */
	uint8_t of;   /* 1..8; ABOVE, BELOW, RISE, FALL only */
};

struct role_value {
	uint16_t role;
	double value;
};

struct safe_level {
	size_t n;
	struct role_value v[SAFE_SETS_MAX];
};

/* How this manifold does what recipes ask: step lists in the recipe language
 * (with the verbs `set`, `mix`, `wait` for phases). NULL: it cannot. */
enum phase {
	PHASE_EVACUATE, /* $to: reach this pressure on $gauge */
	PHASE_FILL,	/* $gas to $pressure, nothing flows after */
	PHASE_FLOW,	/* $gas flows at $pressure, $flow, $inlet,
				 * $outlet (pressures that give them) */
	PHASE_ISOLATE,	/* shut the cell and all supplies */
	PHASE_N
};

struct site {
	char name[64];
	struct gases gases;

	size_t n_roles;
	struct role roles[ROLES_MAX];
	int known[KNOWN_N];
	int gas_flow[GAS_MAX];	/* role "gas.<name>", or ROLE_NONE */
	int gas_valve[GAS_MAX]; /* role "valve.<name>", or ROLE_NONE */
	size_t n_polls;
	struct poll polls[POLLS_MAX];

	size_t n_interlocks;
	struct interlock interlocks[INTERLOCKS_MAX];
	struct safe_level safe[LEVEL_ISOLATE + 1]; /* COOL and ISOLATE */

	const struct yaml_node *phases[PHASE_N];
	int gauges[SITE_GAUGES_MAX]; /* that may judge a base, in order of
					 * preference; ROLE_NONE ends */

	struct { /* the chip and its holder */
		char serial[64];
		double temperature_max; /* degC */
		double rate_max;	/* K/min */
		double pressure_max;	/* Torr */
		double ambient;		/* degC */
		double conductance;	/* sccm per mbar of inlet - outlet */
		double transit[6];	/* a..f of the transit formula */
		double resistance;	/* ohm at ambient; 0: is not compared */
		double drift_warn;	/* fraction off it: told */
		double drift_max;	/* ... and refused */
		int resistance_role;	/* what reads it */
	} holder;

	struct {
		double rate;	       /* K/min, when a ramp names none */
		double band;	       /* K around a setpoint in a hold */
		double holdback;       /* K behind at which a ramp waits */
		double cool_to;	       /* degC, where a cool-down ends */
		double base;	       /* Torr, purge */
		double fill;	       /* Torr, purge */
		double gauge_resolves; /* base must be this many times what
					 * the gauge resolves */
		nsec ramp_period;      /* between setpoints of a ramp */
		nsec settle;	       /* for a set to be read back */
		nsec image_within;     /* for a frame to arrive */
		nsec step_within;      /* ramp, cool: grace on top of the
					 * predicted time before a fault */
		struct {
			double temperature; /* K/min */
			double pressure;    /* Torr/min */
			double power;	    /* mW/min */
			nsec window;
			nsec at_least;
			nsec at_most;
		} equilibrium;
	} defaults;

	struct {
		double residual_max; /* mole fraction, fuel/oxidiser */
		double hot_limit;    /* degC, for a change of kind */
		double flow_seen;    /* sccm: a reading over this is flow */
		nsec confirm;	     /* safe sets: retry after this long */
	} gas_rule;
};

/* Index, or ROLE_NONE. */
int site_role(const struct site *s, const char *name);

/* Is it known what a reading of this role means? Else it judges no base. */
bool role_has_resolution(const struct role *r);

/* The gauge that resolves `base` (Torr), or ROLE_NONE; see gauges. */
int site_gauge_for(const struct site *s, double base);

/* Pressures before and behind the holder (Torr) for a pressure at the sample
 * (Torr) and a flow (sccm): P = sqrt((in^2 + out^2) / 2), flow = conductance
 * * (in - out) in mbar. ERR_RANGE says the most that passes. [twin.md, V] */
int site_flow_pressures(const struct site *s, double pressure, double flow,
			double *inlet, double *outlet, struct err *err);

/* The most that the holder passes (sccm) at a pressure at the sample (Torr):
 * with nothing behind it. */
double site_flow_most(const struct site *s, double pressure);

/* Seconds from inlet to sample [V]: f + P e / (a + bF + cF2 + dF3), P in
 * Torr, F in sccm (converted inside; F <= 0 gives INFINITY). */
double site_transit(const struct site *s, double pressure, double flow);

const char *level_name(enum level level);	    /* "run" "hold" ... */
const char *phase_name(enum phase phase);	    /* "evacuate" ... */
const char *known_role_name(enum known_role known); /* "cell_pressure" */

#endif
