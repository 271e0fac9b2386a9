/* The rig with an instrument of our own on a simulated bus. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "ring/rig.h"

enum { GAUGE, SETPOINT, VALVE, N };

/* What the fake instrument does next and what was done to it. */
struct fake {
	double reads[N];
	bool fails;
	double written;
	size_t channel;
	int opened, closed, safe;
	nsec now;
	bool frame_fails;
	struct frame_request request;
};

static struct fake fake;

static int done(struct device *dev, struct err *err)
{
	fake.now = dev->now;
	return fake.fails ? err_set(err, ERR_TIMEOUT, "no answer") : 0;
}

static int fake_open(struct device *dev, struct err *err)
{
	fake.opened++;
	return done(dev, err);
}

static int fake_poll(struct device *dev, double *values, struct err *err)
{
	memcpy(values, fake.reads, sizeof(fake.reads));
	return done(dev, err);
}

static int fake_write(struct device *dev, size_t channel, double value,
		      struct err *err)
{
	fake.channel = channel;
	fake.written = value;
	return done(dev, err);
}

static int fake_safe(struct device *dev, struct err *err)
{
	fake.safe++;
	return done(dev, err);
}

static void fake_close(struct device *dev)
{
	(void)dev;
	fake.closed++;
}

static int fake_acquire(struct device *dev, const struct frame_request *r,
			struct err *err)
{
	fake.request = *r;
	return done(dev, err);
}

static int fake_frame(struct device *dev, struct frame *frame, struct err *err)
{
	frame->image = fake.request.image;
	frame->done = true;
	return done(dev, err);
}

static const struct channel channels[N] = {
	{ .name = "gauge",
	  .quantity = QUANTITY_PRESSURE,
	  .access = CHANNEL_READ },
	{ .name = "setpoint",
	  .quantity = QUANTITY_PRESSURE,
	  .access = CHANNEL_READ | CHANNEL_WRITE,
	  .min = 0,
	  .max = 1000 },
	{ .name = "valve",
	  .quantity = QUANTITY_SWITCH,
	  .access = CHANNEL_READ | CHANNEL_WRITE },
};

static const struct driver plain_driver = {
	.name = "fake",
	.summary = "a gauge",
	.channels = channels,
	.n_channels = N,
	.open = fake_open,
	.poll = fake_poll,
	.write = fake_write,
	.safe = fake_safe,
	.close = fake_close,
};

static const struct driver camera_driver = {
	.name = "fake-camera",
	.summary = "a camera",
	.channels = channels,
	.n_channels = N,
	.open = fake_open,
	.poll = fake_poll,
	.write = fake_write,
	.safe = fake_safe,
	.acquire = fake_acquire,
	.frame = fake_frame,
};

struct bench {
	struct config config;
	struct rig *rig;
	/* Of the newest call. */
	double values[N];
	uint32_t bad;
	struct err err;
};

static void make_roles(struct site *s, uint16_t poll)
{
	uint16_t first = (uint16_t)(poll * N);

	s->polls[poll] = (struct poll){
		.name = "fake", .period = NSEC_PER_S, .first = first, .n = N
	};
	for (uint16_t i = 0; i < N; i++) {
		s->roles[first + i] =
			(struct role){ .quantity = channels[i].quantity,
				       .access = channels[i].access,
				       .max = 500,
				       .readback = ROLE_NONE,
				       .poll = poll };
		text_copy(s->roles[first + i].name, ROLE_NAME_MAX,
			  channels[i].name);
	}
	s->n_polls = poll + 1u;
	s->n_roles = first + (size_t)N;
}

static void make_config(struct config *c)
{
	static const char bus[] = "{type: sim}";
	struct problems problems = { 0 };

	c->yaml = yaml_parse(bus, sizeof(bus) - 1, "bus", &problems);
	assert_non_null(c->yaml);
	c->n_buses = 1;
	text_copy(c->buses[0].name, DEVICE_NAME_MAX, "lab");
	c->buses[0].params = yaml_root(c->yaml);
	c->n_instruments = 2;
	c->instruments[0] =
		(struct config_instrument){ .name = "fake",
					    .driver = &plain_driver };
	c->instruments[1] =
		(struct config_instrument){ .name = "eye",
					    .driver = &camera_driver };
	make_roles(&c->site, 0);
	make_roles(&c->site, 1);
	for (size_t i = 0; i < KNOWN_N; i++)
		c->site.known[i] = ROLE_NONE;
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct problems problems = { 0 };

	fake = (struct fake){ 0 };
	make_config(&b->config);
	b->rig = rig_new(&b->config, 1, &problems);
	assert_non_null(b->rig);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	rig_free(b->rig);
	yaml_tree_free(b->config.yaml);
	free(b);
	return 0;
}

static void open_all(struct bench *b)
{
	struct err err;

	assert_int_equal(rig_open(b->rig, 0, 1, &err), 0);
	assert_int_equal(rig_open(b->rig, 1, 1, &err), 0);
}

static int poll(struct bench *b, nsec now)
{
	return rig_poll(b->rig, 0, now, b->values, &b->bad, &b->err);
}

static int put(struct bench *b, size_t role, double value)
{
	return rig_write(b->rig, role, value, 9, &b->err);
}

static void test_nothing_reaches_a_closed_instrument(void **state)
{
	struct bench *b = *state;

	assert_false(rig_is_open(b->rig, 0));
	assert_int_equal(poll(b, 1), -1);
	assert_int_equal(b->err.code, ERR_STATE);
	assert_int_equal(put(b, SETPOINT, 1), -1);
	assert_int_equal(rig_safe(b->rig, 0, 1, &b->err), -1);
	assert_int_equal(fake.now, 0);
}

static void test_opening_that_fails_leaves_it_closed(void **state)
{
	struct bench *b = *state;

	fake.fails = true;
	assert_int_equal(rig_open(b->rig, 0, 1, &b->err), -1);
	assert_string_equal(b->err.msg, "fake: no answer");
	assert_false(rig_is_open(b->rig, 0));
	fake.fails = false;
	assert_int_equal(rig_open(b->rig, 0, 2, &b->err), 0);
	assert_true(rig_is_open(b->rig, 0));
	rig_close(b->rig, 0);
	rig_close(b->rig, 0);
	assert_int_equal(fake.closed, 1);
}

static void test_values_that_are_no_numbers_are_bad(void **state)
{
	struct bench *b = *state;

	open_all(b);
	fake.reads[GAUGE] = NAN;
	fake.reads[SETPOINT] = 5;
	fake.reads[VALVE] = INFINITY;
	assert_int_equal(poll(b, 77), 0);
	assert_int_equal(b->bad, 1u << GAUGE | 1u << VALVE);
	assert_true(isnan(b->values[GAUGE]));
	assert_true(b->values[SETPOINT] == 5);
	assert_true(isnan(b->values[VALVE]));
	assert_int_equal(fake.now, 77);
}

static void test_a_reading_out_of_its_range_is_none(void **state)
{
	struct bench *b = *state;

	open_all(b);
	b->config.site.roles[GAUGE].highest = 1000;
	fake.reads[GAUGE] = 1000;
	assert_int_equal(poll(b, 77), 0);
	assert_int_equal(b->bad, 0);
	fake.reads[GAUGE] = 1000.5;
	assert_int_equal(poll(b, 78), 0);
	assert_int_equal(b->bad, 1u << GAUGE);
	assert_true(isnan(b->values[GAUGE]));
}

static void test_a_setpoint_reaches_its_channel(void **state)
{
	struct bench *b = *state;

	open_all(b);
	assert_int_equal(put(b, SETPOINT, 500), 0);
	assert_int_equal(fake.channel, SETPOINT);
	assert_true(fake.written == 500);
	assert_int_equal(put(b, N + VALVE, 1), 0);
	assert_int_equal(fake.channel, VALVE);
}

static void test_setpoints_outside_their_limits_are_not_written(void **state)
{
	static const struct {
		size_t role;
		double value;
	} wrong[] = {
		{ SETPOINT, 500.1 },	{ SETPOINT, -0.1 }, { SETPOINT, NAN },
		{ SETPOINT, INFINITY }, { VALVE, 0.5 },	    { VALVE, 2 },
		{ VALVE, NAN },		{ GAUGE, 1 },
	};
	struct bench *b = *state;

	open_all(b);
	fake.written = -1;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(put(b, wrong[i].role, wrong[i].value), -1);
		assert_true(fake.written == -1);
	}
}

static void test_failures_name_the_instrument(void **state)
{
	struct bench *b = *state;

	open_all(b);
	fake.fails = true;
	assert_int_equal(poll(b, 9), -1);
	assert_string_equal(b->err.msg, "fake: no answer");
	assert_int_equal(put(b, SETPOINT, 5), -1);
	assert_string_equal(b->err.msg, "setpoint: no answer");
	assert_int_equal(b->err.code, ERR_TIMEOUT);
}

static void test_the_camera_takes_the_frames(void **state)
{
	const struct frame_request request = { .image = 12, .path = "" };
	struct bench *b = *state;
	struct frame frame = { 0 };

	assert_int_equal(rig_acquire(b->rig, &request, 9, &b->err), -1);
	open_all(b);
	assert_int_equal(rig_acquire(b->rig, &request, 9, &b->err), 0);
	assert_int_equal(rig_frame(b->rig, 10, &frame, &b->err), 0);
	assert_int_equal(frame.image, 12);
	assert_int_equal(rig_safe(b->rig, 1, 11, &b->err), 0);
	assert_int_equal(fake.safe, 1);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_reaches_a_closed_instrument),
		TEST(test_opening_that_fails_leaves_it_closed),
		TEST(test_values_that_are_no_numbers_are_bad),
		TEST(test_a_reading_out_of_its_range_is_none),
		TEST(test_a_setpoint_reaches_its_channel),
		TEST(test_setpoints_outside_their_limits_are_not_written),
		TEST(test_failures_name_the_instrument),
		TEST(test_the_camera_takes_the_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
