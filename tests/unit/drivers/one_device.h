/*
 * One instrument on a bus of its own, both made of text as a site writes them:
 * the set-up that tests of single drivers share.
 */
#ifndef TESTS_ONE_DEVICE_H
#define TESTS_ONE_DEVICE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/yaml.h"
#include "drivers/bus.h"
#include "drivers/driver.h"
#include "drivers/link.h"

#define ONE_START (1000 * NSEC_PER_S)

/* {0} is one without bus and instrument. */
struct one_device {
	struct yaml *bus_yaml, *params;
	struct bus *bus;
	struct device dev;
};

static inline struct yaml *one_tree(const char *text)
{
	struct problems problems = { 0 };
	struct yaml *yaml =
		yaml_parse(text, strlen(text), "site.yaml", &problems);

	assert_non_null(yaml);
	problems_free(&problems);
	return yaml;
}

__attribute__((format(printf, 2, 3))) static inline void one_bus(
	struct one_device *d, const char *fmt, ...)
{
	struct problems problems = { 0 };
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d->bus_yaml = one_tree(text);
	d->bus = bus_new("bus", yaml_root(d->bus_yaml), 0, &problems);
	if (problems.n)
		fail_msg("%s: %s", text, problems.v[0].msg);
	assert_non_null(d->bus);
}

static inline int one_try_open(struct one_device *d, const char *driver,
			       const char *params, struct err *err)
{
	d->params = one_tree(params);
	device_init(&d->dev, driver_find(driver, err), "device", d->bus,
		    yaml_root(d->params));
	d->dev.now = ONE_START;
	return d->dev.driver->open(&d->dev, err);
}

static inline void one_open(struct one_device *d, const char *driver,
			    const char *params)
{
	struct err err = { 0 };

	if (one_try_open(d, driver, params, &err))
		fail_msg("%s", err.msg);
}

static inline void one_refused(struct one_device *d, const char *driver,
			       const char *params, enum err_code code,
			       const char *words)
{
	struct err err = { 0 };

	assert_int_equal(one_try_open(d, driver, params, &err), -1);
	if (err.code != code || !strstr(err.msg, words))
		fail_msg("%s: %s", err_code_name(err.code), err.msg);
}

static inline int one_write(struct one_device *d, size_t channel, double value,
			    struct err *err)
{
	return d->dev.driver->write(&d->dev, channel, value, err);
}

static inline int one_safe(struct one_device *d, struct err *err)
{
	return d->dev.driver->safe(&d->dev, err);
}

static inline int one_poll(struct one_device *d, double *values,
			   struct err *err)
{
	return d->dev.driver->poll(&d->dev, values, err);
}

/* The newest value of one channel, which can be read. */
static inline double one_read(struct one_device *d, size_t channel)
{
	double values[DEVICE_CHANNELS_MAX];
	struct err err = { 0 };

	if (one_poll(d, values, &err))
		fail_msg("%s", err.msg);
	return values[channel];
}

/* The seventh image of a run. */
static inline void one_start_frame(struct one_device *d, double exposure_s,
				   const char *path)
{
	const struct frame_request request = {
		.image = 7,
		.exposure_s = exposure_s,
		.path = path,
		.description = "step 3",
	};
	struct err err = { 0 };

	if (d->dev.driver->acquire(&d->dev, &request, &err))
		fail_msg("%s", err.msg);
}

/* As often as the daemon asks, and in no time. */
static inline int one_await_frame(struct one_device *d, struct frame *frame,
				  struct err *err)
{
	nsec until = link_now() + 10 * NSEC_PER_S;

	do {
		d->dev.now += 100 * NSEC_PER_MS;
		if (d->dev.driver->frame(&d->dev, frame, err))
			return -1;
	} while (!frame->done && link_now() < until);
	return 0;
}

static inline void one_await_good(struct one_device *d, struct frame *frame)
{
	struct err err = { 0 };

	if (one_await_frame(d, frame, &err))
		fail_msg("%s", err.msg);
	assert_true(frame->done);
}

static inline void one_frame_fails(struct one_device *d, enum err_code code,
				   const char *words)
{
	struct err err = { 0 };
	struct frame frame;

	one_start_frame(d, 0.1, "");
	assert_int_equal(one_await_frame(d, &frame, &err), -1);
	if (err.code != code || !strstr(err.msg, words))
		fail_msg("%s: %s", err_code_name(err.code), err.msg);
}

/* What the other end is may be stopped afterwards. */
static inline void one_close(struct one_device *d)
{
	device_fini(&d->dev);
	bus_free(d->bus);
	yaml_tree_free(d->bus_yaml);
	yaml_tree_free(d->params);
	*d = (struct one_device){ 0 };
}

#endif
