/*
 * When all goes well: spawned, the text is written and its input closed, it
 * ends, both of its streams end. A program that leaves others behind that
 * hold its streams is waited for until its time is over; then the whole
 * session it was given is killed.
 */
#include "daemon/child.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <uv.h>

#include "base/array.h"

#define LOOK_MS 50    /* how often it is asked whether somebody hurries */
#define HURRY_MS 1000 /* that it still gets then */
#define GRACE_MS 500  /* for the kernel, after the kill */

struct stream {
	uv_pipe_t pipe;
	char bytes[4096]; /* being read */
	char *kept;	  /* the first CHILD_SAID_MAX of them */
	size_t n;
};

struct attempt {
	const struct child *child;
	struct child_end *end;
	uv_loop_t loop;
	uv_process_t process;
	uv_pipe_t in;
	uv_write_t write;
	struct stream out, err;
	uv_timer_t limit, look;
	bool exited, killed;
};

static void close_once(uv_handle_t *handle)
{
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static void close_timers(struct attempt *a)
{
	close_once((uv_handle_t *)&a->limit);
	close_once((uv_handle_t *)&a->look);
}

static void look_whether_done(struct attempt *a)
{
	if (a->exited && uv_is_closing((uv_handle_t *)&a->out.pipe) &&
	    uv_is_closing((uv_handle_t *)&a->err.pipe))
		close_timers(a);
}

static void close_streams(struct attempt *a)
{
	close_once((uv_handle_t *)&a->in);
	close_once((uv_handle_t *)&a->out.pipe);
	close_once((uv_handle_t *)&a->err.pipe);
}

static void on_gone(uv_timer_t *timer)
{
	struct attempt *a = timer->data;

	/* Not even killed it ends: its end is left to the kernel. */
	close_once((uv_handle_t *)&a->process);
	close_timers(a);
}

/* Its process group is its own: what it has started goes with it. */
static void put_an_end(struct attempt *a)
{
	if (a->killed)
		return;
	a->killed = true;
	a->end->late = !a->exited;
	kill(-a->process.pid, SIGKILL);
	close_streams(a);
	look_whether_done(a);
	if (!uv_is_closing((uv_handle_t *)&a->limit))
		uv_timer_start(&a->limit, on_gone, GRACE_MS, 0);
}

static void on_limit(uv_timer_t *timer)
{
	put_an_end(timer->data);
}

static void on_look(uv_timer_t *timer)
{
	struct attempt *a = timer->data;

	if (!a->child->hurry || !atomic_load(a->child->hurry))
		return;
	uv_timer_stop(&a->look);
	if (!a->killed && uv_timer_get_due_in(&a->limit) > HURRY_MS)
		uv_timer_start(&a->limit, on_limit, HURRY_MS, 0);
}

static void on_exit_of(uv_process_t *process, int64_t status, int number)
{
	struct attempt *a = process->data;

	a->exited = true;
	a->end->status = (int)status;
	a->end->signal = number;
	close_once((uv_handle_t *)process);
	close_once((uv_handle_t *)&a->in);
	look_whether_done(a);
}

static void on_buffer(uv_handle_t *handle, size_t size, uv_buf_t *buffer)
{
	struct stream *s = (struct stream *)handle;

	(void)size;
	*buffer = uv_buf_init(s->bytes, sizeof(s->bytes));
}

/* Read to its end, so that a program that says much is not held up; kept is
 * only the beginning. */
static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
	struct stream *s = (struct stream *)stream;
	size_t room = CHILD_SAID_MAX - s->n;

	if (n < 0) {
		close_once((uv_handle_t *)stream);
		look_whether_done(stream->data);
		return;
	}
	if ((size_t)n < room)
		room = (size_t)n;
	memcpy(s->kept + s->n, buffer->base, room);
	s->n += room;
}

/* That it did not read its input is its own affair. */
static void on_written(uv_write_t *write, int status)
{
	struct attempt *a = write->data;

	(void)status;
	close_once((uv_handle_t *)&a->in);
}

static int cannot(const struct child *c, int status, struct err *err)
{
	enum err_code code = status == UV_ENOENT   ? ERR_NOT_FOUND
			     : status == UV_EACCES ? ERR_DENIED
						   : ERR_IO;

	return err_set(err, code, "%s cannot be run: %s", c->word[0],
		       uv_strerror(status));
}

static int spawn(struct attempt *a)
{
	static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
	static char language[] = "LANG=C.UTF-8";
	char *environment[] = { path, language, NULL };
	uv_stdio_container_t stdio[] = {
		{ .flags = UV_CREATE_PIPE | UV_READABLE_PIPE,
		  .data.stream = (uv_stream_t *)&a->in },
		{ .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
		  .data.stream = (uv_stream_t *)&a->out.pipe },
		{ .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
		  .data.stream = (uv_stream_t *)&a->err.pipe },
	};
	const uv_process_options_t options = {
		.file = a->child->word[0],
		.args = (char **)a->child->word,
		.env = environment,
		.cwd = "/",
		.flags = UV_PROCESS_DETACHED,
		.stdio = stdio,
		.stdio_count = ARRAY_SIZE(stdio),
		.exit_cb = on_exit_of,
	};

	return uv_spawn(&a->loop, &a->process, &options);
}

static void begin(struct attempt *a)
{
	uv_buf_t input = uv_buf_init((char *)a->child->input,
				     (unsigned)a->child->n_input);

	uv_timer_start(&a->limit, on_limit, a->child->timeout_ms, 0);
	uv_timer_start(&a->look, on_look, LOOK_MS, LOOK_MS);
	uv_read_start((uv_stream_t *)&a->out.pipe, on_buffer, on_read);
	uv_read_start((uv_stream_t *)&a->err.pipe, on_buffer, on_read);
	if (uv_write(&a->write, (uv_stream_t *)&a->in, &input, 1, on_written))
		close_once((uv_handle_t *)&a->in);
}

static void prepare(struct attempt *a)
{
	uv_timer_init(&a->loop, &a->limit);
	uv_timer_init(&a->loop, &a->look);
	uv_pipe_init(&a->loop, &a->in, 0);
	uv_pipe_init(&a->loop, &a->out.pipe, 0);
	uv_pipe_init(&a->loop, &a->err.pipe, 0);
	a->limit.data = a->look.data = a->process.data = a->write.data = a;
	a->out.pipe.data = a->err.pipe.data = a;
	a->out.kept = a->end->out;
	a->err.kept = a->end->err;
}

int child_run(const struct child *c, struct child_end *end, struct err *err)
{
	struct attempt a = { .child = c, .end = end };
	int status;

	*end = (struct child_end){ 0 };
	status = uv_loop_init(&a.loop);
	if (status)
		return cannot(c, status, err);
	prepare(&a);
	status = spawn(&a);
	if (status) {
		/* Although it failed, it has to be closed. */
		close_once((uv_handle_t *)&a.process);
		close_streams(&a);
		close_timers(&a);
	} else {
		begin(&a);
	}
	uv_run(&a.loop, UV_RUN_DEFAULT);
	uv_loop_close(&a.loop);
	return status ? cannot(c, status, err) : 0;
}
