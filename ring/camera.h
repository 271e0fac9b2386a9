/*
 * The camera in real time: a frame is asked for when the record of it is on
 * disk, and looked for every CAMERA_PERIOD until it is there or has failed.
 * Whether it comes in time is the engine's business. When its conditions are
 * known, they are written into its file.
 */
#ifndef RING_CAMERA_H
#define RING_CAMERA_H

#include "drivers/image.h"
#include "ring/plant.h"

#define CAMERA_PERIOD (100 * NSEC_PER_MS)

/* The file of an image that is complete gets its conditions. */
struct camera_caption {
	struct call call;
	uint32_t image;
	char path[FRAME_PATH_MAX]; /* "": it has no file, or no room in it */
	char detector[FRAME_DETECTOR_MAX];
	char text[IMAGE_DESCRIPTION_MAX];
};

struct camera {
	struct call call;
	const char *images; /* directory; "": frames keep no file */
	/* Optional: a frame's file is known. */
	void (*file)(void *context, nsec now, uint32_t image, const char *path);
	void *context;
	nsec next;	/* when something is to be done */
	uint64_t batch; /* to be on disk before the start */
	bool wanted;	/* a frame is to be started */
	bool exposing;	/* it was; ask how it goes */
	uint32_t image; /* the one that is wanted */
	double exposure_s;
	char path[FRAME_PATH_MAX];
	struct frame_request request; /* of the call that is out */
	char request_path[FRAME_PATH_MAX];
	char request_description[IMAGE_DESCRIPTION_MAX];
	struct frame frame;			 /* ... and its answer */
	char description[IMAGE_DESCRIPTION_MAX]; /* of the one wanted */
	struct camera_caption caption;
};

/* plant, images, file and context are set. */
void camera_init(struct camera *c);

/* An ACTION_ACQUIRE of this run. A frame asked for before is forgotten. */
void camera_acquire(struct camera *c, const struct action *action, uint32_t run,
		    uint64_t batch);

/* An ACTION_IMAGE: it is complete. */
void camera_complete(struct camera *c, const struct image_record *record);

/* Everything up to this batch is on disk. */
void camera_committed(struct camera *c, uint64_t batch, nsec now);

/* To be called when now has reached c->next. */
void camera_due(struct camera *c, nsec now);

#endif
