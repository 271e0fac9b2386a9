/*
 * What a camera keeps of a frame that was asked for until it is there: when it
 * began and ended, and the file that it becomes.
 */
#ifndef DRIVERS_EXPOSURE_H
#define DRIVERS_EXPOSURE_H

#include "drivers/driver.h"
#include "drivers/image.h"

#define EXPOSURE_MAX_S 3600.0

/* {0}: nothing was asked for. */
struct exposure {
	uint32_t image;
	double lasts_s; /* as it was asked for; 0: not known */
	nsec began, ended;
	char path[FRAME_PATH_MAX]; /* with its ending; "": no file */
	char *description;
};

/* ERR_RANGE: too long an exposure, or a path. */
int exposure_check(const struct frame_request *request, struct err *err);

/* Of a request that was checked; `lasts_s` is the exposure that comes of it.
 * What it held before is forgotten. */
void exposure_begin(struct exposure *e, const struct frame_request *request,
		    double lasts_s, nsec now);
void exposure_forget(struct exposure *e);

/* Whether it can be over: a frame is never told of before its exposure has
 * passed, so that began .. ended holds all of it. Where the program's time is
 * not real time the frame may be there earlier. */
bool exposure_has_passed(const struct exposure *e, nsec now);

/* For how long a call may wait for the frame's end, at most `most`: nothing
 * while it cannot have come. */
nsec exposure_patience(const struct exposure *e, nsec now, nsec most);

/* Writes the file that was asked for, if any, and fills in the frame; its mean
 * is the caller's. image->description is not looked at. */
int exposure_finish(const struct exposure *e, const char *detector,
		    const struct image *image, struct frame *frame,
		    struct err *err);

#endif
