#include "fake_plant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/array.h"

static struct fake_plant *fake_of(struct device *dev)
{
	return (struct fake_plant *)(uintptr_t)dev->params;
}

static int fake_open(struct device *dev, struct err *err)
{
	struct fake_plant *f = fake_of(dev);

	f->opens++;
	if (f->open_fails)
		return err_set(err, f->open_fails, "does not open");
	return 0;
}

static int fake_poll(struct device *dev, double *values, struct err *err)
{
	struct fake_plant *f = fake_of(dev);

	f->polls++;
	if (atomic_exchange(&f->gated, false)) {
		uv_sem_post(&f->reached);
		uv_sem_wait(&f->gate);
	}
	if (f->poll_fails)
		return err_set(err, f->poll_fails, "does not answer");
	values[0] = f->reads;
	values[1] = 0;
	return 0;
}

static int fake_do_write(struct device *dev, size_t channel, double value,
			 struct err *err)
{
	struct fake_plant *f = fake_of(dev);

	(void)err;
	f->write[f->writes++] = (struct fake_write){ channel, value };
	return 0;
}

static int fake_safe(struct device *dev, struct err *err)
{
	(void)err;
	fake_of(dev)->safes++;
	return 0;
}

static void fake_condition(const struct device *dev,
			   char out[DEVICE_CONDITION_MAX])
{
	const struct fake_plant *f =
		(const struct fake_plant *)(uintptr_t)dev->params;

	snprintf(out, DEVICE_CONDITION_MAX, "%s",
		 f->condition ? f->condition : "");
}

static const struct channel channels[] = {
	{ "heater", QUANTITY_TEMPERATURE, CHANNEL_READ | CHANNEL_WRITE,
	  .max = 1000.0 },
	{ "output", QUANTITY_SWITCH, CHANNEL_READ | CHANNEL_WRITE, .max = 1.0 },
};

static const struct driver driver = {
	.name = "fake",
	.channels = channels,
	.n_channels = ARRAY_SIZE(channels),
	.open = fake_open,
	.poll = fake_poll,
	.write = fake_do_write,
	.safe = fake_safe,
	.condition = fake_condition,
};

static nsec fake_turn(struct device *dev, struct err *err)
{
	struct fake_plant *f = fake_of(dev);
	enum err_code code = atomic_exchange(&f->turn_tells, ERR_NONE);

	f->turns++;
	if (code)
		err_set(err, code, "something has happened");
	return dev->now + f->turns_every;
}

static const struct driver turning_driver = {
	.name = "fake",
	.channels = channels,
	.n_channels = ARRAY_SIZE(channels),
	.open = fake_open,
	.poll = fake_poll,
	.write = fake_do_write,
	.safe = fake_safe,
	.turn = fake_turn,
};

static void on_event(void *context, const struct event *event)
{
	struct fake_plant *f = context;

	assert_true(f->n_events < FAKE_EVENTS_MAX);
	f->events[f->n_events++] = *event;
	if (event->type == EVENT_POLL)
		f->value = event->poll.value[0];
}

static void build_config(struct fake_plant *f)
{
	static const char text[] = "type: sim\n";
	struct config *c = &f->config;
	struct problems problems = { 0 };

	f->bus_yaml = yaml_parse(text, strlen(text), "bus", &problems);
	assert_non_null(f->bus_yaml);
	for (size_t i = 0; i < KNOWN_N; i++)
		c->site.known[i] = ROLE_NONE;
	c->site.n_roles = 2;
	c->site.roles[0] = (struct role){
		.name = "heater",
		.quantity = QUANTITY_TEMPERATURE,
		.access = ROLE_READ | ROLE_WRITE,
		.max = 1000.0,
	};
	c->site.roles[1] = (struct role){
		.name = "output",
		.quantity = QUANTITY_SWITCH,
		.readback = 1,
		.access = ROLE_READ | ROLE_WRITE,
		.max = 1.0,
	};
	c->site.n_polls = 1;
	c->site.polls[0] =
		(struct poll){ .name = "fake", .n = 2, .period = FAKE_PERIOD };
	c->n_buses = 1;
	c->buses[0] = (struct config_bus){ .name = "wire",
					   .params = yaml_root(f->bus_yaml) };
	c->n_instruments = 1;
	c->instruments[0] = (struct config_instrument){
		.name = "fake",
		.driver = &driver,
		.params = &f->params,
		.retry_ms = 50,
	};
	if (f->turns_every)
		c->instruments[0].driver = &turning_driver;
}

void fake_setup(struct fake_plant *f)
{
	struct problems problems = { 0 };
	struct err err;

	build_config(f);
	clock_init(&f->clock, clock_real(), clock_utc(), 1.0);
	assert_int_equal(uv_loop_init(&f->loop), 0);
	assert_int_equal(timers_init(&f->timers, &f->loop, &err), 0);
	assert_int_equal(uv_sem_init(&f->gate, 0), 0);
	assert_int_equal(uv_sem_init(&f->reached, 0), 0);
	f->plant = (struct plant){
		.config = &f->config,
		.clock = &f->clock,
		.feed = on_event,
		.rig = rig_new(&f->config, 1, &problems),
		.journal = journal_new(&f->config, NULL, 0, &err),
		.context = f,
	};
	assert_non_null(f->plant.rig);
	assert_int_equal(plant_start(&f->plant, &f->loop, &err), 0);
}

void fake_teardown(struct fake_plant *f)
{
	assert_true(plant_stop(&f->plant, 10000));
	timers_close(&f->timers);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	rig_free(f->plant.rig);
	journal_free(f->plant.journal);
	yaml_tree_free(f->bus_yaml);
	uv_sem_destroy(&f->gate);
	uv_sem_destroy(&f->reached);
	/* Every hold that was taken was given back. */
	assert_null(f->clock.oldest);
}

void fake_run(struct fake_plant *f, size_t n_events)
{
	while (f->n_events < n_events)
		uv_run(&f->loop, UV_RUN_ONCE);
}

size_t fake_count(const struct fake_plant *f, enum event_type type)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_events; i++)
		n += f->events[i].type == type;
	return n;
}
