/*
 * What an instrument can do, as a constant table, and one instrument of a
 * site. A driver talks to one kind of instrument; it knows no recipe, no
 * other driver, no clock and no loop.
 *
 * All functions run on the thread of the instrument's bus, never two at once
 * for instruments of one bus, and may block on their link within its bounds.
 * The caller sets dev->now before each call.
 */
#ifndef DRIVERS_DRIVER_H
#define DRIVERS_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/nsec.h"
#include "base/quantity.h"
#include "base/yaml.h"

/* Of plugins (drivers/plugin.h): one more with each change of what they share
 * with the program, which is this header and those it includes. */
#define DRIVER_ABI 3
#define DEVICE_NAME_MAX 32
#define DEVICE_CHANNELS_MAX 32
#define DEVICE_FACT_MAX 64
#define DEVICE_CONDITION_MAX 200
#define FRAME_PATH_MAX 512
#define FRAME_DETECTOR_MAX 64

enum channel_access { CHANNEL_READ = 1, CHANNEL_WRITE = 2 };

/* What resolution, offset and tolerance may be, in the quantity's unit. */
#define CHANNEL_WIDTH_MAX 1e9
#define CHANNEL_WIDTH_WORDS "%s: not below 0, nor above 1e9"

struct channel {
	const char *name;	/* "temperature" */
	enum quantity quantity; /* gives the unit */
	unsigned access;
	double min, max;	/* of setpoints; both 0: no limits */
	double resolution;	/* a reading means no more than this */
	double offset;		/* ... and may be off by this */
	double tolerance;	/* read-back against setpoint */
	const char *readback;	/* channel where a setpoint is read
					 * back; NULL: this one */
	double lowest, highest; /* of readings; both 0: any */
};

struct device;
struct bus;

struct frame_request {
	uint32_t image;		 /* comes back in struct frame */
	double exposure_s;	 /* of the whole frame; 0: as the camera
					 * is set */
	const char *path;	 /* without ending; "" keeps no file */
	const char *description; /* text for the file's metadata */
};

struct frame {
	uint32_t image;
	bool done;			   /* false: still exposing */
	nsec began, ended;		   /* in the time of dev->now */
	char path[FRAME_PATH_MAX];	   /* of the file written; "" if none */
	double mean;			   /* intensity, counts */
	char detector[FRAME_DETECTOR_MAX]; /* "": not known */
	/* The file is of drivers/image.h, and may be described anew. */
	bool has_room;
};

/* What an instrument has said of itself: serial "4711". */
struct device_fact {
	const char *name; /* static */
	char value[DEVICE_FACT_MAX];
};

struct driver {
	const char *name;    /* "sim-heater" */
	const char *summary; /* one line for `gascelld drivers` */
	size_t state_size;   /* zeroed bytes at dev->state */
	const struct channel *channels;
	size_t n_channels; /* <= DEVICE_CHANNELS_MAX */

	/* Reads dev->params (unknown keys are errors), identifies, makes all
	 * outputs safe. Called again after the link was lost. */
	int (*open)(struct device *dev, struct err *err);

	/* Optional: in place of open, for who only wants to read (`gascelld
	 * probe`). Reads dev->params and identifies; sends nothing that
	 * changes anything in the instrument, and neither do poll and close
	 * from then on. safe and write may follow, and open. NULL: it cannot
	 * be read without being made safe. */
	int (*look)(struct device *dev, struct err *err);

	/* Optional: fact i of what it said when it identified last; false
	 * when there are no more. Asks nothing. */
	bool (*fact)(const struct device *dev, size_t i,
		     struct device_fact *fact);

	/* All channels at once; values[n_channels]. NAN: no good value just
	 * now (sensor open, over-range); never an old one. */
	int (*poll)(struct device *dev, double *values, struct err *err);

	/* Optional: after a poll, all that the instrument says is wrong with
	 * it, in words for people; "" when nothing is. Asks nothing. */
	void (*condition)(const struct device *dev,
			  char out[DEVICE_CONDITION_MAX]);

	/* One setpoint. Access and limits were checked by the caller. */
	int (*write)(struct device *dev, size_t channel, double value,
		     struct err *err);

	/* All outputs off: in any state, as often as called. */
	int (*safe)(struct device *dev, struct err *err);

	/* Optional: a loop of the driver's own, between other calls of its
	 * bus. From the first poll on it is called when the time it has
	 * returned has come (NSEC_NEVER: not before the next open), or later
	 * when the bus is busy. When something has happened that a poll
	 * should tell at once, err says what, for the log. */
	nsec (*turn)(struct device *dev, struct err *err);

	/* Optional. After it dev->state is as good as new. */
	void (*close)(struct device *dev);

	/* Cameras only, both or none. acquire starts a frame and may return
	 * at once; frame tells how it goes (done false: ask again). A frame
	 * that failed is an error of frame(). */
	int (*acquire)(struct device *dev, const struct frame_request *request,
		       struct err *err);
	int (*frame)(struct device *dev, struct frame *frame, struct err *err);
};

struct device {
	const struct driver *driver;
	char name[DEVICE_NAME_MAX];
	struct bus *bus;
	const struct yaml_node *params; /* site's parameters, may be NULL;
					 * outlives the device */
	void *state;
	nsec now; /* monotonic, the caller's time */
};

/* NULL with err when the driver is unknown (the nearest name is said). */
const struct driver *driver_find(const char *name, struct err *err);

/* All of them; NULL-terminated. Static. */
const struct driver *const *driver_list(void);

/* Index of the channel, or -1. */
int driver_channel(const struct driver *driver, const char *name);

/* dev->name, bus, params are set; allocates state. Does not open. */
void device_init(struct device *dev, const struct driver *driver,
		 const char *name, struct bus *bus,
		 const struct yaml_node *params);
void device_fini(struct device *dev); /* calls close */

#endif
