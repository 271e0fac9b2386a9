/*
 * Frames. acquire: PUT the camera's settings, begin GET acquire (which lasts
 * as long as the exposure) and see it out; whatever is called next drives it;
 * when it is over the pixels are decoded already and frame() writes them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "drivers/link.h"
#include "drivers/temscript.h"

#define SEND_MAX (200 * NSEC_PER_MS)
/* Frame() drives no longer: other calls wait. */
#define FRAME_PATIENCE (50 * NSEC_PER_MS)

bool temscript_is_exposing(const struct temscript *t)
{
	return t->frame && !http_talk_is_over(t->frame);
}

void temscript_forget(struct temscript *t)
{
	http_talk_free(t->frame);
	t->frame = NULL;
	t->is_exposed = false;
	acquired_free(&t->acquired);
	exposure_forget(&t->exposure);
}

/* It may have been driven to its end together with another talk. */
int temscript_expose(struct device *dev, nsec until, struct err *err)
{
	struct temscript *t = dev->state;

	if (!t->frame || t->is_exposed)
		return 0;
	if (http_talk_drive(t->frame, until, err))
		return -1;
	if (temscript_is_exposing(t))
		return 0;
	/* What counts is when the first of it came: the exposure was over
	 * then, and the rest only the way. */
	t->exposure.ended = t->first ? t->first : temscript_now(t);
	t->is_exposed = true;
	return 0;
}

static bool take(void *context, const char *bytes, size_t n)
{
	struct temscript *t = context;

	if (!t->first)
		t->first = temscript_now(t);
	return acquired_take(&t->acquired, bytes, n);
}

/* The names of an answer's keys, for a message. */
static void add_names(struct text *out, json_t *said)
{
	const char *name;
	json_t *value;

	json_object_foreach(said, name, value)
	{
		text_add(out, out->n ? ", " : "");
		text_add_escaped(out, name, strlen(name), TEMSCRIPT_NAME_MAX);
	}
}

int temscript_find_detector(struct device *dev, struct err *err)
{
	const struct temscript *t = dev->state;
	const char *what = t->site.scans ? "stem_detectors" : "cameras";
	_cleanup_(text_free) struct text names = { 0 };
	json_t *said = temscript_get(dev, what, err);
	bool found;

	if (!said)
		return -1;
	found = json_object_get(said, t->site.detector) != NULL;
	add_names(&names, said);
	json_decref(said);
	if (found)
		return 0;
	return err_set(err, ERR_NOT_FOUND,
		       "the microscope has no %s %s; "
		       "there is %s",
		       t->site.scans ? "detector" : "camera", t->site.detector,
		       names.n ? names.s : "none");
}

/* Letters, digits and what need not be written otherwise in a URL. */
static void escape(const char *s, char *out, size_t size)
{
	size_t n = 0;

	for (; *s && n + 4 < size; s++) {
		bool plain = (*s >= 'a' && *s <= 'z') ||
			     (*s >= 'A' && *s <= 'Z') ||
			     (*s >= '0' && *s <= '9') || strchr("-_.", *s);

		if (plain)
			out[n++] = *s;
		else
			n += (size_t)snprintf(out + n, size - n, "%%%02X",
					      (unsigned char)*s);
	}
	out[n] = '\0';
}

static void set_text(json_t *map, const char *key, const char *value)
{
	if (value)
		json_object_set_new(map, key, json_string(value));
}

/* The frame's time as the server wants it: of a pixel where it scans. */
static int set_time(json_t *map, const struct temscript_site *site,
		    double exposure_s, struct err *err)
{
	if (!(exposure_s > 0.0))
		return 0;
	if (!site->scans) {
		json_object_set_new(map, "exposure(s)", json_real(exposure_s));
		return 0;
	}
	if (!site->scan)
		return err_set(err, ERR_INVALID,
			       "an exposure of a scan needs "
			       "the number of pixels in its line (scan: "
			       "1024)");
	exposure_s /= (double)site->scan * (double)site->scan;
	json_object_set_new(map, "dwell_time(s)", json_real(exposure_s));
	return 0;
}

static int set_up(struct device *dev, double exposure_s, struct err *err)
{
	const struct temscript *t = dev->state;
	const struct temscript_site *site = &t->site;
	char name[3 * TEMSCRIPT_NAME_MAX + 8], what[HTTP_PATH_MAX];
	json_t *map = json_object();
	int status = set_time(map, site, exposure_s, err);
	char *text;

	escape(site->detector, name, sizeof(name));
	snprintf(what, sizeof(what),
		 site->scans ? "stem_acquisition_param" : "camera_param/%s",
		 name);
	set_text(map, "image_size", site->image_size);
	if (!site->scans)
		set_text(map, "correction", site->correction);
	if (site->binning)
		json_object_set_new(map, "binning",
				    json_integer(site->binning));
	text = json_dumps(map, JSON_COMPACT);
	if (!status && json_object_size(map))
		status = temscript_put(dev, what, text, err);
	free(text);
	json_decref(map);
	return status;
}

static int check(struct device *dev, const struct frame_request *request,
		 struct err *err)
{
	if (temscript_expose(dev, link_now(), err))
		return -1;
	if (temscript_is_exposing(dev->state))
		return err_set(err, ERR_STATE, "a frame is being exposed");
	return exposure_check(request, err);
}

static int begin(struct device *dev, double exposure_s, struct err *err)
{
	struct temscript *t = dev->state;
	char name[3 * TEMSCRIPT_NAME_MAX + 8], path[HTTP_PATH_MAX];
	const struct http_ask ask = {
		.method = "GET",
		.path = path,
		.take = take,
		.context = t,
		.reply = nsec_from_s(exposure_s + t->site.transfer_s),
	};

	escape(t->site.detector, name, sizeof(name));
	snprintf(path, sizeof(path), "/v1/acquire?detectors=%s", name);
	t->first = 0;
	t->exposure.began = temscript_now(t);
	t->frame = http_talk_begin(t->http, &ask, err);
	if (!t->frame)
		return -1;
	return http_talk_send(t->frame, link_now() + SEND_MAX, err);
}

int temscript_acquire(struct device *dev, const struct frame_request *request,
		      struct err *err)
{
	struct temscript *t = dev->state;
	double exposure_s = request->exposure_s > 0.0 ? request->exposure_s
						      : t->site.exposure_s;

	if (check(dev, request, err))
		return -1;
	temscript_forget(t);
	if (set_up(dev, exposure_s, err))
		return -1;
	exposure_begin(&t->exposure, request, exposure_s, temscript_now(t));
	return begin(dev, exposure_s, err);
}

/* An answer without the frame is 200 and {}: says what there is instead. */
static int explain(struct device *dev, struct err *err)
{
	struct err other = { 0 };

	if (err->code == ERR_NOT_FOUND &&
	    temscript_find_detector(dev, &other) && other.code == ERR_NOT_FOUND)
		*err = other;
	return -1;
}

static int finish(struct device *dev, struct frame *out, struct err *err)
{
	struct temscript *t = dev->state;
	struct acquired_frame said;
	struct image image;

	if (t->acquired.fault)
		return err_set(err, ERR_PROTOCOL, "the frame: %s",
			       t->acquired.fault);
	if (http_talk_result(t->frame, NULL, err))
		return -1;
	if (acquired_end(&t->acquired, t->site.detector, &said, err))
		return explain(dev, err);
	image = (struct image){ .width = said.width,
				.height = said.height,
				.pixels = said.pixels,
				.is_signed = said.is_signed };
	if (exposure_finish(&t->exposure, t->site.detector, &image, out, err))
		return -1;
	t->n_frames++;
	out->mean = said.mean;
	return 0;
}

int temscript_frame(struct device *dev, struct frame *frame, struct err *err)
{
	struct temscript *t = dev->state;
	nsec patience = exposure_patience(&t->exposure, t->now, FRAME_PATIENCE);
	int status;

	if (!t->frame)
		return err_set(err, ERR_STATE, "no frame was started");
	/* Giving way to a safe command does not end an exposure. */
	if (temscript_expose(dev, link_now() + patience, err) &&
	    err->code != ERR_AGAIN)
		return -1;
	if (temscript_is_exposing(t) ||
	    !exposure_has_passed(&t->exposure, temscript_now(t))) {
		*frame = (struct frame){ .image = t->exposure.image,
					 .began = t->exposure.began };
		return 0;
	}
	status = finish(dev, frame, err);
	temscript_forget(t);
	return status;
}
