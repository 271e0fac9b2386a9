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
#include "drivers/exposure.h"
#include "drivers/settings.h"
#include "drivers/sim_lab.h"

#define SIZE_DEFAULT 512
#define EXPOSURE_DEFAULT_S 2.0

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
	bool had_beam;		  /* when the exposure began */
	struct exposure exposure; /* its end is known from the start */
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
	return dev->now >= microscope->exposure.ended && !hangs(lab, dev);
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
	struct exposure *exposure = &microscope->exposure;

	exposure_begin(exposure, request,
		       request->exposure_s > 0.0 ? request->exposure_s
						 : microscope->exposure_set_s,
		       now);
	exposure->ended = now + nsec_from_s(exposure->lasts_s);
	microscope->is_exposing = true;
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
	if (exposure_check(request, err))
		return err_wrap(err, "%s", dev->name);
	begin(microscope, request, dev->now);
	microscope->had_beam = sim_column_beam(&lab->column);
	lab->column.exposed_until = microscope->exposure.ended;
	return link.status;
}

static void render(struct device *dev, struct image *image, double *mean)
{
	const struct sim_lab *lab = bus_sim(dev->bus);
	struct microscope *microscope = dev->state;
	struct sim_exposure exposure = {
		.size = microscope->size,
		.exposure_s = microscope->exposure.lasts_s,
		.age_s = nsec_to_s(microscope->exposure.began - lab->origin),
		.beam = microscope->had_beam,
	};

	if (!microscope->pixels)
		microscope->pixels =
			memory_zeroed(microscope->size * microscope->size,
				      sizeof(*microscope->pixels));
	*mean = sim_particles_render(&lab->sample, &exposure,
				     &microscope->camera, microscope->pixels);
	*image = (struct image){ .width = microscope->size,
				 .height = microscope->size,
				 .pixels = microscope->pixels };
}

/* A frame that nobody keeps is not rendered. */
static int finish(struct device *dev, struct frame *out, struct err *err)
{
	struct microscope *microscope = dev->state;
	struct image image = { 0 };
	double mean = 0.0;

	microscope->is_exposing = false;
	microscope->n_frames++;
	if (microscope->exposure.path[0])
		render(dev, &image, &mean);
	if (exposure_finish(&microscope->exposure, "", &image, out, err))
		return err_wrap(err, "%s", dev->name);
	out->mean = mean;
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
	*frame = (struct frame){ .image = microscope->exposure.image,
				 .began = microscope->exposure.began };
	return 0;
}

static void microscope_close(struct device *dev)
{
	struct microscope *microscope = dev->state;

	free(microscope->pixels);
	exposure_forget(&microscope->exposure);
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
	.look = microscope_open, /* a laboratory of its own */
	.poll = microscope_poll,
	.write = microscope_write,
	.safe = microscope_safe,
	.close = microscope_close,
	.acquire = microscope_acquire,
	.frame = microscope_frame,
};
