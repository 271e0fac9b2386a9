/*
 * Simulated microscope: beam blanker, column and a camera that writes frames
 * of the sample.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "drivers/bus.h"
#include "drivers/driver.h"
#include "drivers/image.h"
#include "drivers/settings.h"
#include "drivers/sim_lab.h"

#define SIZE_DEFAULT 512
#define EXPOSURE_DEFAULT_S 2.0
#define EXPOSURE_MAX_S 3600.0
#define ENDING ".tif"

enum {
	BEAM,
	COLUMN_VACUUM,
	COLUMN_VALVES,
	FRAME,
	EXPOSING,
};

#define READ_WRITE (CHANNEL_READ | CHANNEL_WRITE)

static const struct channel channels[] = {
	[BEAM] = { "beam", QUANTITY_SWITCH, READ_WRITE, .max = 1.0 },
	[COLUMN_VACUUM] = { "column_vacuum", QUANTITY_PRESSURE, CHANNEL_READ,
			    .resolution = 1e-9 },
	[COLUMN_VALVES] = { "column_valves", QUANTITY_SWITCH, READ_WRITE,
			    .max = 1.0 },
	[FRAME] = { "frame", QUANTITY_NUMBER, CHANNEL_READ, .resolution = 1.0 },
	[EXPOSING] = { "exposing", QUANTITY_SWITCH, CHANNEL_READ, .max = 1.0 },
};

struct microscope {
	struct sim_noise noise; /* of the gauge */
	struct sim_noise camera;
	bool has_noise;
	size_t size;
	double exposure_set_s; /* when a request says none */
	uint16_t *pixels;
	uint64_t n_frames;
	bool is_exposing;
	bool had_beam; /* when the exposure began */
	uint32_t image;
	nsec began, ended;
	double exposure_s;
	char path[FRAME_PATH_MAX]; /* with its ending; "": none */
	char *description;
};

static int microscope_safe(struct device *dev, struct err *err)
{
	struct sim_lab *lab = bus_sim(dev->bus);
	struct sim_link link = sim_lab_link(lab, dev, err);

	if (link.is_done) {
		lab->column.beam_wanted = false;
		sim_column_obey(&lab->column, dev->now);
	}
	return link.status;
}

static int read_params(struct device *dev, struct err *err)
{
	static const char *const keys[] = { "size", "exposure", NULL };
	const struct yaml_node *node = yaml_get(dev->params, "size");
	const struct yaml_node *exposure = yaml_get(dev->params, "exposure");
	struct microscope *microscope = dev->state;
	struct problems problems = { 0 };
	int64_t size = SIZE_DEFAULT;

	if (settings_check(dev->params, "a sim-microscope", keys, err))
		return -1;
	if (node)
		settings_integer(node, "size", 16, SIM_IMAGE_MAX, &size,
				 &problems);
	microscope->size = (size_t)size;
	microscope->exposure_set_s = EXPOSURE_DEFAULT_S;
	if (exposure)
		settings_span(exposure, "exposure", &microscope->exposure_set_s,
			      &problems);
	return settings_fail(&problems, err);
}

static int microscope_open(struct device *dev, struct err *err)
{
	struct sim_lab *lab = bus_sim(dev->bus);
	struct microscope *microscope = dev->state;

	if (!lab)
		return err_set(err, ERR_INVALID, "%s: needs a bus of type sim",
			       dev->name);
	if (read_params(dev, err))
		return -1;
	if (!microscope->has_noise) {
		sim_noise_init(&microscope->noise, lab->seed, dev->name);
		sim_noise_init(&microscope->camera, lab->seed ^ 1, dev->name);
	}
	microscope->has_noise = true;
	return microscope_safe(dev, err);
}

static bool hangs(const struct sim_lab *lab, const struct device *dev)
{
	return sim_faults_find(&lab->faults, SIM_FAULT_CAMERA_HANG, dev->name,
			       lab->t) != NULL;
}

/* The exposure is over, whether its frame was fetched or not. */
static bool is_over(const struct microscope *microscope,
		    const struct sim_lab *lab, const struct device *dev)
{
	return dev->now >= microscope->ended && !hangs(lab, dev);
}

static int microscope_poll(struct device *dev, double *values, struct err *err)
{
	struct sim_lab *lab = bus_sim(dev->bus);
	struct microscope *microscope = dev->state;
	struct sim_link link = sim_lab_link(lab, dev, err);
	bool is_exposing;

	if (link.status)
		return link.status;
	is_exposing = microscope->is_exposing && !is_over(microscope, lab, dev);
	values[BEAM] = lab->column.beam;
	values[COLUMN_VACUUM] =
		lab->column.pressure *
		(1.0 + lab->params.gauges.column_noise *
			       sim_noise_pixel(&microscope->noise));
	values[COLUMN_VALVES] = lab->column.valves;
	values[FRAME] = (double)(microscope->n_frames +
				 (microscope->is_exposing && !is_exposing));
	values[EXPOSING] = is_exposing;
	sim_faults_readings(&lab->faults, dev, lab->t, values);
	return 0;
}

static int microscope_write(struct device *dev, size_t channel, double value,
			    struct err *err)
{
	struct sim_lab *lab = bus_sim(dev->bus);
	struct sim_link link = sim_lab_link(lab, dev, err);

	if (!link.is_done)
		return link.status;
	if (channel == BEAM)
		lab->column.beam_wanted = value != 0.0;
	else if (channel == COLUMN_VALVES)
		lab->column.valves = value != 0.0;
	sim_column_obey(&lab->column, dev->now);
	return link.status;
}

static void begin(struct microscope *microscope,
		  const struct frame_request *request, nsec now)
{
	microscope->is_exposing = true;
	microscope->image = request->image;
	microscope->exposure_s = request->exposure_s > 0.0
					 ? request->exposure_s
					 : microscope->exposure_set_s;
	microscope->began = now;
	microscope->ended = now + nsec_from_s(microscope->exposure_s);
	microscope->path[0] = '\0';
	if (request->path[0])
		snprintf(microscope->path, sizeof(microscope->path), "%s%s",
			 request->path, ENDING);
	free(microscope->description);
	microscope->description =
		text_dup(request->description ? request->description : "");
}

static int microscope_acquire(struct device *dev,
			      const struct frame_request *request,
			      struct err *err)
{
	struct sim_lab *lab = bus_sim(dev->bus);
	struct microscope *microscope = dev->state;
	struct sim_link link = sim_lab_link(lab, dev, err);

	if (!link.is_done)
		return link.status;
	if (microscope->is_exposing && !is_over(microscope, lab, dev))
		return err_set(err, ERR_STATE, "%s: a frame is being exposed",
			       dev->name);
	if (!(request->exposure_s >= 0.0 &&
	      request->exposure_s <= EXPOSURE_MAX_S))
		return err_set(err, ERR_RANGE,
			       "%s: exposures are between 0 and %.0f s",
			       dev->name, EXPOSURE_MAX_S);
	if (strlen(request->path) + sizeof(ENDING) > FRAME_PATH_MAX)
		return err_set(err, ERR_RANGE, "%s: the path is too long",
			       dev->name);
	begin(microscope, request, dev->now);
	microscope->had_beam = sim_column_beam(&lab->column);
	lab->column.exposed_until = microscope->ended;
	return link.status;
}

static char *describe(const struct microscope *microscope)
{
	struct text text = { 0 };

	text_add(&text, microscope->description);
	text_addf(&text, "%sbegan_ns: %lld\nended_ns: %lld\n",
		  text.n && text.s[text.n - 1] != '\n' ? "\n" : "",
		  (long long)microscope->began, (long long)microscope->ended);
	return text_steal(&text);
}

static int write_frame(struct device *dev, struct frame *frame, struct err *err)
{
	const struct sim_lab *lab = bus_sim(dev->bus);
	struct microscope *microscope = dev->state;
	struct sim_exposure exposure = {
		.size = microscope->size,
		.exposure_s = microscope->exposure_s,
		.age_s = nsec_to_s(microscope->began - lab->origin),
		.beam = microscope->had_beam,
	};
	struct image image = { .width = microscope->size,
			       .height = microscope->size };
	char *description = describe(microscope);
	int status;

	if (!microscope->pixels)
		microscope->pixels =
			memory_zeroed(microscope->size * microscope->size,
				      sizeof(*microscope->pixels));
	frame->mean =
		sim_particles_render(&lab->sample, &exposure,
				     &microscope->camera, microscope->pixels);
	image.pixels = microscope->pixels;
	image.description = description;
	text_copy(frame->path, sizeof(frame->path), microscope->path);
	status = image_write_tiff(&image, frame->path, err);
	free(description);
	return status;
}

static int finish(struct device *dev, struct frame *out, struct err *err)
{
	struct microscope *microscope = dev->state;
	struct frame frame = {
		.image = microscope->image,
		.done = true,
		.began = microscope->began,
		.ended = microscope->ended,
	};

	microscope->is_exposing = false;
	microscope->n_frames++;
	if (microscope->path[0] && write_frame(dev, &frame, err))
		return err_wrap(err, "%s", dev->name);
	*out = frame;
	return 0;
}

static int microscope_frame(struct device *dev, struct frame *frame,
			    struct err *err)
{
	struct sim_lab *lab = bus_sim(dev->bus);
	struct microscope *microscope = dev->state;
	struct sim_link link = sim_lab_link(lab, dev, err);

	if (link.status)
		return link.status;
	if (!microscope->is_exposing)
		return err_set(err, ERR_STATE, "%s: no frame was started",
			       dev->name);
	if (is_over(microscope, lab, dev))
		return finish(dev, frame, err);
	*frame = (struct frame){ .image = microscope->image,
				 .began = microscope->began };
	return 0;
}

static void microscope_close(struct device *dev)
{
	struct microscope *microscope = dev->state;

	free(microscope->pixels);
	free(microscope->description);
	*microscope = (struct microscope){ 0 };
}

extern const struct driver driver_sim_microscope;
const struct driver driver_sim_microscope = {
	.name = "sim-microscope",
	.summary = "beam, column and camera of the simulated laboratory",
	.state_size = sizeof(struct microscope),
	.channels = channels,
	.n_channels = ARRAY_SIZE(channels),
	.open = microscope_open,
	.poll = microscope_poll,
	.write = microscope_write,
	.safe = microscope_safe,
	.close = microscope_close,
	.acquire = microscope_acquire,
	.frame = microscope_frame,
};
