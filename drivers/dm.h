/*
 * A camera, and the microscope it sits on, behind the socket of Gatan's
 * DigitalMicrograph: the state of the driver (digitalmicrograph.c), its talk
 * and beam (dm_beam.c), its camera (dm_camera.c), what the site says of it
 * (dm_site.c), and the packets (dm_packet.h).
 *
 * The other side has one connection and does one thing at a time: while a
 * frame is exposed nothing can be asked, a blank neither. It is remembered and
 * done by whoever calls next when the frame is there; until then only the
 * emergency path takes the beam away.
 */
#ifndef DRIVERS_DM_H
#define DRIVERS_DM_H

#include <stdbool.h>

#include "drivers/dm_packet.h"
#include "drivers/driver.h"
#include "drivers/emergency.h"
#include "drivers/exposure.h"
#include "drivers/wire.h"

#define DM_NAME_MAX 64
#define DM_SIDE_MAX 8192 /* pixels */

/* The text is of dev->params. */
struct dm_site {
	int64_t camera;	       /* from 0 */
	const char *name;      /* expected of it; NULL: not looked at */
	int64_t version;       /* expected; 0: not looked at */
	int64_t width, height; /* of the sensor */
	int64_t binning;
	int64_t processing; /* 0 raw, 1 dark, 2 gain */
	int64_t shutter;
	int64_t read_mode; /* DM_READ_MODE_KEPT: as it is set */
	double exposure_s, settle_s, reply_s;
	double transfer_s; /* from an exposure's end until its frame is there */
	bool no_blanker;   /* the beam is not ours */
};

#define DM_READ_MODE_KEPT INT64_MIN

enum dm_stage {
	DM_IDLE,
	DM_EXPOSING, /* the answer's head is awaited */
	DM_READING,  /* its pixels */
	DM_READ,     /* they are all there */
	DM_FAILED,   /* `trouble` says why */
};

struct dm {
	struct dm_site site;
	struct wire *wire;
	struct link *link;
	uint64_t epoch;	     /* of the wire, when it identified */
	nsec now, entered;   /* dev->now, and link_now() then */
	bool blank_wanted;   /* as soon as it can be asked */
	enum dm_stage stage; /* of the frame */
	struct exposure exposure;
	nsec deadline; /* link_now(); the frame is there by then */
	uint8_t head[DM_HEAD + 16];
	size_t width, height;
	uint8_t *pixels;       /* as they come */
	size_t n, size, chunk; /* bytes; read so far, all, in a chunk */
	struct err trouble;
	struct emergency emergency;
	uint64_t n_frames;
};

/* The keys of dev->params; ERR_INVALID with the place. */
int dm_site_read(const struct yaml_node *params, struct dm_site *site,
		 struct err *err);

/* The time of dev->now's clock at this moment. */
nsec dm_now(const struct dm *dm);

/* One question and its answer, on a line that has identified. `what` is for
 * messages; answer may be NULL. */
int dm_ask(struct dm *dm, const struct dm_packet *p, const char *what,
	   const struct dm_shape *shape, struct dm_answer *answer,
	   struct err *err);

/* Who is there? After any error on the line, and before anything else. */
int dm_be_sure(struct dm *dm, struct err *err);

int dm_is_blanked(struct dm *dm, bool *blanked, struct err *err);

/* Blanks, reads it back, tries again. During an exposure the emergency path
 * blanks; without it ERR_TIMEOUT when the exposure does not end in time. */
int dm_blank(struct dm *dm, struct err *err);
int dm_unblank(struct dm *dm, struct err *err);

/* A blank that was wanted during an exposure, if it can be done now. */
int dm_look_after(struct dm *dm, struct err *err);

/* Goes on with a frame until link_now() is `until`. What goes wrong with it
 * is told by dm_frame(); here only ERR_AGAIN. */
int dm_expose(struct dm *dm, nsec until, struct err *err);
bool dm_is_exposing(const struct dm *dm);
int dm_acquire(struct dm *dm, const struct frame_request *request,
	       struct err *err);
int dm_frame(struct dm *dm, struct frame *frame, struct err *err);
void dm_forget(struct dm *dm); /* the frame */

#endif
