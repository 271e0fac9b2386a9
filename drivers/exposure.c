#include "drivers/exposure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

#define ENDING ".tif"
/* Waiting begins so long before the end. */
#define EARLY (100 * NSEC_PER_MS)

int exposure_check(const struct frame_request *request, struct err *err)
{
	if (!(request->exposure_s >= 0.0 &&
	      request->exposure_s <= EXPOSURE_MAX_S))
		return err_set(err, ERR_RANGE,
			       "exposures are between 0 and %d s",
			       (int)EXPOSURE_MAX_S);
	if (strlen(request->path) + sizeof(ENDING) > FRAME_PATH_MAX)
		return err_set(err, ERR_RANGE, "the path is too long");
	return 0;
}

void exposure_begin(struct exposure *e, const struct frame_request *request,
		    double lasts_s, nsec now)
{
	exposure_forget(e);
	e->image = request->image;
	e->lasts_s = lasts_s;
	e->began = now;
	if (request->path[0])
		snprintf(e->path, sizeof(e->path), "%s%s", request->path,
			 ENDING);
	e->description =
		text_dup(request->description ? request->description : "");
}

void exposure_forget(struct exposure *e)
{
	free(e->description);
	*e = (struct exposure){ 0 };
}

static nsec end_of(const struct exposure *e)
{
	return e->began + nsec_from_s(e->lasts_s);
}

bool exposure_has_passed(const struct exposure *e, nsec now)
{
	return now >= end_of(e);
}

nsec exposure_patience(const struct exposure *e, nsec now, nsec most)
{
	return end_of(e) - now > EARLY ? 0 : most;
}

static nsec ended(const struct exposure *e)
{
	return nsec_max(e->ended, end_of(e));
}

static char *describe(const struct exposure *e, const char *detector)
{
	char lasted[NUMBER_TEXT_MAX];
	struct text text = { 0 };

	text_add(&text, e->description ? e->description : "");
	if (text.n && text.s[text.n - 1] != '\n')
		text_add_char(&text, '\n');
	if (*detector) {
		text_add(&text, "detector: ");
		text_add_escaped(&text, detector, strlen(detector),
				 FRAME_DETECTOR_MAX);
		text_add_char(&text, '\n');
	}
	number_print_fixed(nsec_to_s(ended(e) - e->began), 3, lasted);
	text_addf(&text, "lasted_s: %s\n", lasted);
	return text_steal(&text);
}

int exposure_finish(const struct exposure *e, const char *detector,
		    const struct image *image, struct frame *frame,
		    struct err *err)
{
	struct image described = *image;
	char *description = describe(e, detector);
	int status = 0;

	described.description = description;
	if (e->path[0])
		status = image_write_tiff(&described, e->path, err);
	free(description);
	if (status)
		return -1;
	*frame = (struct frame){ .image = e->image,
				 .done = true,
				 .began = e->began,
				 .ended = ended(e),
				 .has_room = e->path[0] != '\0',
				 .mean = NAN };
	text_copy(frame->path, sizeof(frame->path), e->path);
	text_copy(frame->detector, sizeof(frame->detector), detector);
	return 0;
}
