/*
 * The sample: AuRu particles on the membrane, as a dark-field image shows
 * them: bright discs (gold) with a darker part (ruthenium). Heat makes them
 * coarser and separates the metals, gas makes facets, hydrogen makes voids;
 * none of it goes back. A picture to look at, not a simulation of matter.
 */
#ifndef DRIVERS_SIM_PARTICLES_H
#define DRIVERS_SIM_PARTICLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/nsec.h"
#include "drivers/settings.h"
#include "drivers/sim_noise.h"

#define SIM_PARTICLES_MAX 64
#define SIM_IMAGE_MAX 4096 /* pixels along an edge */

struct sim_camera_params {
	double particles;	/* how many */
	double diameter;	/* um, mean */
	double diameter_spread; /* um, sigma */
	double field;		/* um, along an edge of the image */
	double drift;		/* um per minute */
	double background;	/* counts per second of exposure */
	double gold;		/* counts per second in a particle's middle */
};

extern const struct sim_camera_params sim_camera_defaults;
extern const struct setting sim_camera_settings[];

struct sim_particle {
	double x, y;   /* um from the field's corner at lab time 0 */
	double radius; /* um, as made */
	double angle_cos, angle_sin; /* of its ruthenium side */
	double share;		     /* of ruthenium */
	double void_x, void_y;	     /* in radii */
};

struct sim_particles {
	const struct sim_camera_params *params;
	size_t n;
	struct sim_particle v[SIM_PARTICLES_MAX];
	/* What heat and gas did to them so far, each 0 to 1. */
	double coarse, separated, faceted, hollow;
};

/* What surrounds them. */
struct sim_surroundings {
	double temperature; /* degC */
	double pressure;    /* Torr, of all gas */
	double hydrogen;    /* mole fraction, with ammonia */
};

/* Params outlive them. */
void sim_particles_init(struct sim_particles *sample,
			const struct sim_camera_params *params,
			struct sim_noise *noise);

void sim_particles_advance(struct sim_particles *sample, nsec dt,
			   const struct sim_surroundings *around);

struct sim_exposure {
	size_t size; /* pixels along an edge */
	double exposure_s;
	double age_s; /* lab time: how far the stage drifted */
	bool beam;    /* without it only noise is seen */
};

/* Fills pixels[size * size], returns their mean. */
double sim_particles_render(const struct sim_particles *sample,
			    const struct sim_exposure *exposure,
			    struct sim_noise *noise, uint16_t *pixels);

#endif
