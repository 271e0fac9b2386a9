/*
 * A microscope behind temscript's server: the state of the driver
 * (temscript.c), its beam (temscript_beam.c), its camera (temscript_camera.c)
 * and what the site says of it (temscript_site.c).
 *
 * The server does one thing at a time: during an exposure everything else
 * waits, blanking included. So an exposure is a talk that is driven by the
 * calls that come by, and a blank during it is a second one that stays with
 * the server until its turn comes.
 */
#ifndef DRIVERS_TEMSCRIPT_H
#define DRIVERS_TEMSCRIPT_H

#include <jansson.h>
#include <stdbool.h>

#include "drivers/acquired.h"
#include "drivers/driver.h"
#include "drivers/emergency.h"
#include "drivers/exposure.h"
#include "drivers/link_http.h"

#define TEMSCRIPT_NAME_MAX 64

/* All texts are of dev->params. */
struct temscript_site {
	const char *detector;
	bool scans;		/* a STEM detector, no camera */
	const char *gauge;	/* NULL: the worst of all */
	double underflow;	/* Torr, for the word UNDERFLOW; NAN */
	const char *image_size; /* "FULL"; NULL: as it is set */
	const char *correction;
	int64_t binning;   /* 0: as it is set */
	int64_t scan;	   /* pixels in a line of a scan; 0 */
	double exposure_s; /* 0: as it is set */
	double reply_s;
	double transfer_s; /* from an exposure's end until its frame is there */
	const char *family, *id; /* expected; NULL: not looked at */
};

struct temscript {
	struct temscript_site site;
	struct link_http *http;
	nsec now, entered;	 /* dev->now, and link_now() then */
	struct http_talk *blank; /* waits behind an exposure */
	struct http_talk *frame; /* lasts as long as the exposure */
	bool is_exposed;	 /* it is over; exposure.ended is known */
	struct exposure exposure;
	struct acquired acquired;
	nsec first; /* when its first byte came */
	struct emergency emergency;
	uint64_t n_frames;
};

/* The keys of dev->params; ERR_INVALID with the place. */
int temscript_site_read(const struct yaml_node *params,
			struct temscript_site *site, struct err *err);

/* The time of dev->now's clock at this moment. */
nsec temscript_now(const struct temscript *t);

/* PUT of a JSON text to "/v1/WHAT". */
int temscript_put(struct device *dev, const char *what, const char *json,
		  struct err *err);

/* GET of "/v1/WHAT"; the caller's json_decref. NULL with err. */
json_t *temscript_get(struct device *dev, const char *what, struct err *err);

/* Reads "/v1/beam_blanked". */
int temscript_is_blanked(struct device *dev, bool *blanked, struct err *err);

/* Blanks, reads it back, tries again. During an exposure the emergency path
 * blanks and the request stays with the server; without that path it is
 * ERR_TIMEOUT when the exposure does not end in time. */
int temscript_blank(struct device *dev, struct err *err);
int temscript_unblank(struct device *dev, struct err *err);

/* A blank that waits: looks after it, up to link_now() `until`. */
int temscript_look_after(struct device *dev, nsec until, struct err *err);

/* The server does nothing else until it is over. Goes on with it, up to
 * link_now() `until`. */
int temscript_expose(struct device *dev, nsec until, struct err *err);
bool temscript_is_exposing(const struct temscript *t);
int temscript_acquire(struct device *dev, const struct frame_request *request,
		      struct err *err);
int temscript_frame(struct device *dev, struct frame *frame, struct err *err);

/* There is such a camera or detector; ERR_NOT_FOUND names those there are. */
int temscript_find_detector(struct device *dev, struct err *err);
void temscript_forget(struct temscript *t); /* all frames */

#endif
