/*
 * Faults to come, from the configuration: what fails, when, for how long, on
 * which instrument and channel. Times count from the laboratory's start.
 */
#ifndef DRIVERS_SIM_FAULT_H
#define DRIVERS_SIM_FAULT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/nsec.h"
#include "base/problems.h"
#include "base/yaml.h"
#include "drivers/driver.h"

#define SIM_FAULTS_MAX 64

enum sim_fault_kind {
	/* Between us and an instrument. */
	SIM_FAULT_NO_REPLY, /* ERR_TIMEOUT; nothing was done */
	SIM_FAULT_LATE,	    /* ERR_TIMEOUT; it was done all the same */
	SIM_FAULT_GARBAGE,  /* ERR_PROTOCOL; it was done */
	/* In a reading: instrument, and channel or all of them. */
	SIM_FAULT_STUCK, /* at value, or where it was */
	SIM_FAULT_NAN,
	SIM_FAULT_OFFSET, /* value is added */
	/* In the plant. */
	SIM_FAULT_LEAK,	   /* value sccm of air; channel inlet_pressure
				 * or outlet_pressure says into which line */
	SIM_FAULT_RUPTURE, /* for good */
	SIM_FAULT_PUMP_STOP,
	SIM_FAULT_VALVE_STUCK, /* channel: the valve; stays as it is */
	SIM_FAULT_MFC_LEAK,    /* channel: the flow; value sccm at least */
	SIM_FAULT_BEAM_STUCK,  /* stays as it is */
	SIM_FAULT_CAMERA_HANG, /* exposures do not end */
	SIM_FAULT_OPEN_HEATER,
	SIM_FAULT_DRIFT,      /* value: relative, of the chip's resistance */
	SIM_FAULT_SENSE_LOST, /* value: share of the true rise still seen */
	SIM_FAULT_N
};

struct sim_fault {
	enum sim_fault_kind kind;
	nsec from, until;		  /* lab time */
	char instrument[DEVICE_NAME_MAX]; /* "": all */
	char channel[DEVICE_NAME_MAX];	  /* "": all */
	bool has_value;
	double value; /* in the channel's unit */
	bool is_held; /* stuck: `held` was taken */
	double held[DEVICE_CHANNELS_MAX];
};

struct sim_faults {
	size_t n;
	struct sim_fault v[SIM_FAULTS_MAX];
};

/* Reads the list under `faults:`; NULL is none. */
int sim_faults_read(const struct yaml_node *list, struct sim_faults *out,
		    struct problems *problems);

bool sim_fault_active(const struct sim_fault *fault, nsec t);

/* The first active fault of that kind which concerns the instrument ("" any),
 * or NULL. */
const struct sim_fault *sim_faults_find(const struct sim_faults *faults,
					enum sim_fault_kind kind,
					const char *instrument, nsec t);

/* The earliest time after t at which a fault begins or ends, or NSEC_NEVER. */
nsec sim_faults_next(const struct sim_faults *faults, nsec t);

/* What the link to an instrument does at t. */
struct sim_link {
	bool is_done; /* the instrument did what it was told */
	int status;   /* 0, or -1 with err set */
};

struct sim_link sim_faults_link(const struct sim_faults *faults,
				const char *instrument, nsec t,
				struct err *err);

/* Spoils the readings of one poll of dev; values[n_channels]. */
void sim_faults_readings(struct sim_faults *faults, const struct device *dev,
			 nsec t, double *values);

#endif
