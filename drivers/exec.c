/*
 * A camera that is a program of the site's: for each frame it is run with the
 * frame's metadata as JSON on its standard input,
 *
 *	{"image": 7, "exposure_s": 0.5, "path": "/data/run0003_img0007",
 *	 "description": "...", "began_ns": 1234}
 *
 * and ends with 0 after it has printed the path of the file it has made.
 */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/text.h"
#include "drivers/child.h"
#include "drivers/driver.h"
#include "drivers/link.h"
#include "drivers/settings.h"

#define TIMEOUT_USUAL_S 60.0
#define EXPOSURE_MAX_S 3600.0

enum { FRAME, EXPOSING };

static const struct channel channels[] = {
	[FRAME] = { "frame", QUANTITY_NUMBER, CHANNEL_READ, .resolution = 1.0 },
	[EXPOSING] = { "exposing", QUANTITY_SWITCH, CHANNEL_READ, .max = 1.0 },
};

struct exec {
	const char *argv[CHILD_ARGS_MAX + 1]; /* of dev->params */
	double timeout_s;		      /* beyond the exposure */
	struct child child;
	bool is_started; /* and its frame not yet fetched */
	uint64_t n_frames;
	uint32_t image;
	nsec began;
};

static void read_program(const struct yaml_node *params, struct exec *exec,
			 struct problems *problems)
{
	const struct yaml_node *list = yaml_get(params, "program");
	const struct yaml_node *node = list;
	size_t n = 0;

	if (list && list->kind == YAML_SEQUENCE)
		node = list->first;
	for (; node && n < CHILD_ARGS_MAX; node = node->next) {
		if (node->kind != YAML_SCALAR)
			problems_add(problems, node->at,
				     "program: one word belongs here");
		exec->argv[n++] = node->kind == YAML_SCALAR ? node->s : "";
		if (node == list)
			return;
	}
	if (node)
		problems_add(problems, node->at, "program: more than %d words",
			     CHILD_ARGS_MAX);
}

static int check_program(const struct exec *exec, struct err *err)
{
	if (!exec->argv[0] || exec->argv[0][0] != '/')
		return err_set(err, ERR_INVALID,
			       "program is needed: its "
			       "whole path, and its arguments, as a list");
	if (access(exec->argv[0], X_OK))
		return err_set(err, ERR_NOT_FOUND, "%s: %s", exec->argv[0],
			       strerror(errno));
	return 0;
}

static void exec_close(struct device *dev)
{
	struct exec *exec = dev->state;

	child_end(&exec->child);
	*exec = (struct exec){ 0 };
}

static int exec_open(struct device *dev, struct err *err)
{
	static const char *const keys[] = { "program", "timeout", NULL };
	const struct setting table[] = {
		{ "timeout", QUANTITY_TIME, offsetof(struct exec, timeout_s),
		  0.01, EXPOSURE_MAX_S, 0 },
		{ 0 },
	};
	struct exec *exec = dev->state;
	struct problems problems = { 0 };

	exec_close(dev);
	exec->timeout_s = TIMEOUT_USUAL_S;
	if (settings_check(dev->params, "an exec", keys, err))
		return -1;
	settings_take(dev->params, table, exec, &problems);
	read_program(dev->params, exec, &problems);
	if (settings_fail(&problems, err))
		return -1;
	return check_program(exec, err);
}

static int exec_poll(struct device *dev, double *values, struct err *err)
{
	struct exec *exec = dev->state;

	(void)err;
	values[EXPOSING] = exec->is_started && !child_look(&exec->child);
	values[FRAME] = (double)exec->n_frames;
	return 0;
}

static int exec_write(struct device *dev, size_t channel, double value,
		      struct err *err)
{
	(void)dev;
	(void)value;
	return err_set(err, ERR_DENIED, "%s cannot be set",
		       channels[channel].name);
}

/* It has no outputs. */
static int exec_safe(struct device *dev, struct err *err)
{
	(void)dev;
	(void)err;
	return 0;
}

static char *metadata(const struct device *dev,
		      const struct frame_request *request)
{
	const char *description = request->description;
	json_t *map = json_object();
	char *text;

	json_object_set_new(map, "image", json_integer(request->image));
	json_object_set_new(map, "exposure_s", json_real(request->exposure_s));
	json_object_set_new(map, "path", json_string(request->path));
	json_object_set_new(map, "description",
			    json_string(description ? description : ""));
	json_object_set_new(map, "began_ns", json_integer(dev->now));
	text = json_dumps(map, JSON_COMPACT);
	json_decref(map);
	return text;
}

static int exec_acquire(struct device *dev, const struct frame_request *request,
			struct err *err)
{
	struct exec *exec = dev->state;
	nsec deadline;
	char *input;
	int status;

	if (exec->is_started && !child_look(&exec->child))
		return err_set(err, ERR_STATE, "a frame is being exposed");
	if (!(request->exposure_s >= 0.0 &&
	      request->exposure_s <= EXPOSURE_MAX_S))
		return err_set(err, ERR_RANGE,
			       "exposures are between 0 and "
			       "%d s",
			       (int)EXPOSURE_MAX_S);
	child_end(&exec->child);
	deadline =
		link_now() + nsec_from_s(request->exposure_s + exec->timeout_s);
	input = metadata(dev, request);
	status = child_start(&exec->child, exec->argv, input, deadline, err);
	free(input);
	exec->is_started = !status;
	exec->image = request->image;
	exec->began = dev->now;
	return status;
}

/* One line, of a file that is there. */
static int take_path(const char *said, char path[FRAME_PATH_MAX],
		     struct err *err)
{
	size_t n = strcspn(said, "\r\n");
	struct stat st;

	if (!n || said[n + strspn(said + n, "\r\n")])
		return err_set(err, ERR_PROTOCOL,
			       "the program has not printed "
			       "one line with a path");
	if (n >= FRAME_PATH_MAX || text_clean_span(said, n) != n)
		return err_set(err, ERR_PROTOCOL,
			       "the program printed a path "
			       "that is too long or no text");
	memcpy(path, said, n);
	path[n] = '\0';
	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return err_set(err, ERR_NOT_FOUND, "%s: there is no such file",
			       path);
	return 0;
}

static int finish(struct exec *exec, struct frame *frame, struct err *err)
{
	const char *said;

	if (child_result(&exec->child, &said, err) ||
	    take_path(said, frame->path, err))
		return -1;
	frame->done = true;
	exec->n_frames++;
	return 0;
}

static int exec_frame(struct device *dev, struct frame *out, struct err *err)
{
	struct exec *exec = dev->state;
	struct frame frame = { .image = exec->image,
			       .began = exec->began,
			       .mean = NAN };
	nsec entered = link_now();
	int status = 0;

	if (!exec->is_started)
		return err_set(err, ERR_STATE, "no frame was started");
	if (child_look(&exec->child)) {
		frame.ended = dev->now + (link_now() - entered);
		status = finish(exec, &frame, err);
		exec->is_started = false;
		child_end(&exec->child);
	}
	if (!status)
		*out = frame;
	return status;
}

extern const struct driver driver_exec;
const struct driver driver_exec = {
	.name = "exec",
	.summary = "a camera that is a program of the site's",
	.state_size = sizeof(struct exec),
	.channels = channels,
	.n_channels = ARRAY_SIZE(channels),
	.open = exec_open,
	.look = exec_open,
	.poll = exec_poll,
	.write = exec_write,
	.safe = exec_safe,
	.close = exec_close,
	.acquire = exec_acquire,
	.frame = exec_frame,
};
