#include "drivers/sim_particles.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "drivers/sim_math.h"

#define TWO_PI 6.283185307179586
#define READOUT_COUNTS 100.0 /* what a dark camera gives */
#define READOUT_NOISE 4.0
#define COUNTS_MAX 65535.0

const struct sim_camera_params sim_camera_defaults = {
	.particles = 36.0,
	.diameter = 0.025,
	.diameter_spread = 0.006,
	.field = 0.4,
	.drift = 0.0005,
	.background = 800.0,
	.gold = 9000.0,
};

#define PLACE(member) offsetof(struct sim_camera_params, member)
const struct setting sim_camera_settings[] = {
	{ "particles", QUANTITY_NUMBER, PLACE(particles), 0.0,
	  SIM_PARTICLES_MAX, 0 },
	{ "diameter", QUANTITY_LENGTH, PLACE(diameter), 1e-4, 10.0, 0 },
	{ "diameter_spread", QUANTITY_LENGTH, PLACE(diameter_spread), 0.0, 10.0,
	  0 },
	{ "field", QUANTITY_LENGTH, PLACE(field), 0.001, 100.0, 0 },
	{ "drift_per_min", QUANTITY_LENGTH, PLACE(drift), -1.0, 1.0, 0 },
	{ "background", QUANTITY_NUMBER, PLACE(background), 0.0, 1e6, 0 },
	{ "gold", QUANTITY_NUMBER, PLACE(gold), 0.0, 1e6, 0 },
	{ 0 },
};
#undef PLACE

static double within(double x, double low, double high)
{
	return x < low ? low : x > high ? high : x;
}

static void make(struct sim_particle *particle,
		 const struct sim_camera_params *p, struct sim_noise *noise)
{
	double angle = TWO_PI * sim_noise_uniform(noise);
	double diameter =
		p->diameter + p->diameter_spread * sim_noise_normal(noise);

	particle->x = p->field * sim_noise_uniform(noise);
	particle->y = p->field * sim_noise_uniform(noise);
	particle->radius =
		0.5 * within(diameter, 0.3 * p->diameter, 2.0 * p->diameter);
	particle->angle_cos = sim_cos(angle);
	particle->angle_sin = sim_sin(angle);
	particle->share = 0.25 + 0.3 * sim_noise_uniform(noise);
	particle->void_x = 0.6 * sim_noise_uniform(noise) - 0.3;
	particle->void_y = 0.6 * sim_noise_uniform(noise) - 0.3;
}

static bool touches(const struct sim_particle *a, const struct sim_particle *b)
{
	double dx = a->x - b->x, dy = a->y - b->y;
	double r = 1.3 * (a->radius + b->radius);

	return dx * dx + dy * dy < r * r;
}

static bool is_free(const struct sim_particles *sample,
		    const struct sim_particle *particle)
{
	for (size_t i = 0; i < sample->n; i++)
		if (touches(&sample->v[i], particle))
			return false;
	return true;
}

void sim_particles_init(struct sim_particles *sample,
			const struct sim_camera_params *params,
			struct sim_noise *noise)
{
	*sample = (struct sim_particles){ .params = params };
	/* A crowded field gets fewer than were asked for. */
	for (int tries = 0; tries < 100 * SIM_PARTICLES_MAX; tries++) {
		struct sim_particle particle;

		if ((double)sample->n + 1.0 > params->particles)
			return;
		make(&particle, params, noise);
		if (is_free(sample, &particle))
			sample->v[sample->n++] = particle;
	}
}

/* `state` goes up towards `goal` within about tau, and never down. */
static void approach(double *state, double goal, double dt_s, double tau)
{
	if (goal > *state)
		*state += (goal - *state) * within(dt_s / tau, 0.0, 1.0);
}

void sim_particles_advance(struct sim_particles *sample, nsec dt,
			   const struct sim_surroundings *around)
{
	double t = around->temperature, s = nsec_to_s(dt);
	double gas = within(around->pressure / 50.0, 0.0, 1.0);
	double hydrogen = gas * within(around->hydrogen, 0.0, 1.0);

	if (t < 150.0)
		return;
	approach(&sample->separated, within((t - 300.0) / 350.0, 0.0, 1.0), s,
		 120.0);
	approach(&sample->coarse, within((t - 250.0) / 600.0, 0.0, 1.0), s,
		 600.0);
	approach(&sample->faceted, gas * within((t - 200.0) / 400.0, 0.0, 1.0),
		 s, 180.0);
	approach(&sample->hollow,
		 hydrogen * within((t - 400.0) / 300.0, 0.0, 1.0), s, 240.0);
}

/* One particle on its way into an image; lengths in pixels. */
struct brush {
	double x, y, radius;
	double gold, ruthenium; /* counts added */
	double split;		/* where ruthenium begins, in radii */
	double facets;
	double void_radius;
	const struct sim_particle *particle;
};

/* Distance from the middle that counts for the outline, in radii: between
 * that of a circle and that of a hexagon. */
static double outline(const struct brush *b, double u, double v)
{
	double circle = sqrt(u * u + v * v);
	double half_v = 0.8660254037844386 * fabs(v), half_u = 0.5 * fabs(u);
	double hexagon = fabs(u) > half_u + half_v ? fabs(u) : half_u + half_v;

	return circle + b->facets * (hexagon * 1.08 - circle);
}

static double brush_counts(const struct brush *b, double dx, double dy)
{
	const struct sim_particle *p = b->particle;
	double u = (dx * p->angle_cos + dy * p->angle_sin) / b->radius;
	double v = (dy * p->angle_cos - dx * p->angle_sin) / b->radius;
	double r = outline(b, u, v);
	double edge = within((1.0 - r) * b->radius + 0.5, 0.0, 1.0);
	double thick, counts, side, hole_u, hole_v, hole;

	if (edge <= 0.0)
		return 0.0;
	thick = 0.35 + 0.65 * sqrt(within(1.0 - r * r, 0.0, 1.0));
	side = within((u - b->split) * b->radius * 0.5 + 0.5, 0.0, 1.0);
	counts = b->gold + side * (b->ruthenium - b->gold);
	hole_u = u - p->void_x;
	hole_v = v - p->void_y;
	hole = within(
		(b->void_radius - sqrt(hole_u * hole_u + hole_v * hole_v)) *
			b->radius,
		0.0, 1.0);
	return edge * thick * counts * (1.0 - 0.6 * hole);
}

static void paint(const struct brush *b, size_t size, float *image)
{
	double reach = 1.2 * b->radius + 1.0, n = (double)size;
	size_t left = (size_t)within(b->x - reach, 0.0, n);
	size_t right = (size_t)within(b->x + reach + 1.0, 0.0, n);
	size_t top = (size_t)within(b->y - reach, 0.0, n);
	size_t bottom = (size_t)within(b->y + reach + 1.0, 0.0, n);

	for (size_t row = top; row < bottom; row++)
		for (size_t column = left; column < right; column++)
			image[row * size + column] += (float)brush_counts(
				b, (double)column - b->x, (double)row - b->y);
}

/* Coarsening: the big ones grow at the cost of the small ones. */
static double grown(const struct sim_particles *sample, double radius)
{
	double ratio = 2.0 * radius / sample->params->diameter;
	double factor = 1.0 + sample->coarse * (0.9 * (ratio - 1.0) + 0.15);

	return radius * within(factor, 0.2, 2.0);
}

/* Where something that drifts is in a field; what leaves it on one side comes
 * back on the other, as if the operator had moved the stage. */
static double wrapped(double x, double field)
{
	double turns = x / field;

	return x - field * (double)(int64_t)(turns < 0.0 ? turns - 1.0 : turns);
}

static void paint_particle(const struct sim_particles *sample,
			   const struct sim_exposure *exposure,
			   const struct sim_particle *particle, float *image)
{
	const struct sim_camera_params *p = sample->params;
	double scale = (double)exposure->size / p->field;
	double drift = p->drift * exposure->age_s / 60.0;
	double gold = p->gold * exposure->exposure_s;
	double mixed = 1.0 - 0.45 * particle->share;
	double x = wrapped(particle->x + drift, p->field) * scale;
	double y = wrapped(particle->y + 0.4 * drift, p->field) * scale;
	struct brush brush = {
		.particle = particle,
		.radius = grown(sample, particle->radius) * scale,
		.split = 1.0 - 2.0 * particle->share,
		.facets = 0.9 * sample->faceted,
		.void_radius = 0.35 * sample->hollow,
	};

	/* Both sides look alike until the metals have separated. */
	brush.gold = gold * (mixed + (1.0 - mixed) * sample->separated);
	brush.ruthenium = gold * (mixed - (mixed - 0.45) * sample->separated);
	/* One at an edge is seen on both sides of the field. */
	for (int side = 0; side < 4; side++) {
		brush.x = x - (side & 1 ? (double)exposure->size : 0.0);
		brush.y = y - (side & 2 ? (double)exposure->size : 0.0);
		paint(&brush, exposure->size, image);
	}
}

static double expose(float signal, struct sim_noise *noise, uint16_t *out)
{
	double counts = READOUT_COUNTS + (double)signal +
			sqrt((double)signal + READOUT_NOISE * READOUT_NOISE) *
				sim_noise_pixel(noise);

	counts = within(counts + 0.5, 0.0, COUNTS_MAX);
	*out = (uint16_t)counts;
	return (double)*out;
}

double sim_particles_render(const struct sim_particles *sample,
			    const struct sim_exposure *exposure,
			    struct sim_noise *noise, uint16_t *pixels)
{
	size_t n = exposure->size * exposure->size;
	float *image = memory_zeroed(n, sizeof(*image));
	float background =
		(float)(sample->params->background * exposure->exposure_s);
	double sum = 0.0;

	if (exposure->beam) {
		for (size_t i = 0; i < n; i++)
			image[i] = background;
		for (size_t i = 0; i < sample->n; i++)
			paint_particle(sample, exposure, &sample->v[i], image);
	}
	for (size_t i = 0; i < n; i++)
		sum += expose(image[i], noise, &pixels[i]);
	free(image);
	return sum / (double)n;
}
