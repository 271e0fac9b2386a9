/*
 * The happy path:
 *
 * 1. The bus gets a thread; a round is a job of it, and one is out at a time.
 * 2. The first round looks at the instrument (or opens it, where it cannot be
 *    looked at), makes it safe and sets its channel if the plan says so, and
 *    polls. What it found is printed on the loop.
 * 3. The timer gives the next round; turns of a driver with a loop of its own
 *    are rounds without a poll.
 * 4. After the last one the instrument is closed.
 *
 * An error is said, and the instrument looked at anew, each time later. What
 * a plan sets is sent once, whatever becomes of it.
 */
#include "tools/probe.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include "base/array.h"
#include "ring/clock.h"
#include "ring/timers.h"
#include "ring/worker.h"
#include "tools/commands.h"
#include "tools/probe_print.h"

#define BACKOFF_MIN (1 * NSEC_PER_S)
#define BACKOFF_MAX (10 * NSEC_PER_S)
/* What was set is read back by then. */
#define SETTLE (5 * NSEC_PER_S)
#define STOP_WITHIN_MS 5000

/* What one round did; the bus's thread's while it is out. */
struct round {
	nsec at;
	bool looked, made_safe, wrote, polled;
	int status;
	struct err err, note; /* note: of a turn */
	double values[DEVICE_CHANNELS_MAX];
	char condition[DEVICE_CONDITION_MAX];
};

struct probe {
	struct job job; /* first */
	const struct probe_plan *plan;
	struct probe_print print;
	struct device dev;
	struct round round;
	bool is_open, is_safe, has_turned, was_written;
	nsec next_poll, next_turn, wrote_at;
	nsec backoff;
	int64_t n;	   /* polls, and tries */
	bool out;	   /* a round is */
	bool ever;	   /* it has identified once */
	bool is_good;	   /* the newest poll was */
	bool is_confirmed; /* what was set; or nothing was to be */
	bool is_stopping;
	int code;
	uv_loop_t loop;
	uv_signal_t signals[3];
	struct timers timers;
	struct timer timer;
	struct worker *worker;
};

/* -- on the bus's thread ------------------------------------------------- */

/* One whose loop is to run has to be set up. */
static bool is_looked_at(const struct probe_plan *plan)
{
	return plan->driver->look && !(plan->safe && plan->driver->turn);
}

static int get_in(struct probe *p)
{
	const struct driver *driver = p->plan->driver;
	bool looks = is_looked_at(p->plan);
	struct round *r = &p->round;

	if (p->is_open)
		return 0;
	if (p->ever && driver->close)
		driver->close(&p->dev);
	if (looks ? driver->look(&p->dev, &r->err)
		  : driver->open(&p->dev, &r->err))
		return -1;
	p->is_open = r->looked = true;
	p->next_turn = looks || !driver->turn ? NSEC_NEVER : r->at;
	return 0;
}

static int carry_out(struct probe *p)
{
	const struct probe_plan *plan = p->plan;
	struct round *r = &p->round;

	if (plan->safe && !p->is_safe) {
		if (plan->driver->safe(&p->dev, &r->err))
			return err_wrap(&r->err, "not made safe");
		p->is_safe = r->made_safe = true;
	}
	/* What has a loop of its own takes nothing before its first turn. */
	if (plan->channel < 0 || p->was_written ||
	    (plan->driver->turn && !p->has_turned))
		return 0;
	p->was_written = r->wrote = true;
	if (plan->driver->write(&p->dev, (size_t)plan->channel, plan->value,
				&r->err))
		return err_wrap(&r->err, "%s was not set",
				plan->driver->channels[plan->channel].name);
	return 0;
}

static void take_turn(struct probe *p)
{
	if (p->next_turn > p->round.at)
		return;
	p->has_turned = true;
	p->next_turn = p->plan->driver->turn(&p->dev, &p->round.note);
}

/* What is no number, or none that this instrument can tell, is no value. */
static void keep_readings(struct probe *p)
{
	for (size_t i = 0; i < p->plan->driver->n_channels; i++) {
		const struct channel *c = &p->plan->channels[i];
		double *value = &p->round.values[i];
		bool any = c->lowest == 0.0 && c->highest == 0.0;

		if (!isfinite(*value) ||
		    !(any || (*value >= c->lowest && *value <= c->highest)))
			*value = (double)NAN;
	}
}

static int look_and_poll(struct probe *p)
{
	struct round *r = &p->round;

	if (get_in(p) || carry_out(p))
		return -1;
	take_turn(p);
	if (p->next_poll > r->at)
		return 0;
	if (p->plan->driver->poll(&p->dev, r->values, &r->err))
		return -1;
	keep_readings(p);
	if (p->plan->driver->condition)
		p->plan->driver->condition(&p->dev, r->condition);
	r->polled = true;
	return 0;
}

static void on_work(struct job *job)
{
	struct probe *p = (struct probe *)job;

	p->round = (struct round){ .at = clock_real() };
	p->dev.now = p->round.at;
	p->round.status = look_and_poll(p);
}

/* -- on the loop --------------------------------------------------------- */

static void stop(struct probe *p)
{
	if (p->is_stopping)
		return;
	p->is_stopping = true;
	if (p->out)
		bus_interrupt(p->plan->bus, LINK_AT_ONCE);
	for (size_t i = 0; i < ARRAY_SIZE(p->signals); i++)
		uv_close((uv_handle_t *)&p->signals[i], NULL);
	timers_close(&p->timers);
}

static void on_done(struct job *job);

static void begin_round(struct probe *p)
{
	struct err err;

	p->job.work = on_work;
	p->job.done = on_done;
	p->out = true;
	/* One job at a time: the queue has room for it. */
	if (worker_submit(p->worker, &p->job, &err))
		p->out = false;
}

static void on_due(void *context)
{
	struct probe *p = context;

	if (!p->out && !p->is_stopping)
		begin_round(p);
}

static void go_on(struct probe *p)
{
	timer_start_at(&p->timer, nsec_min(p->next_poll, p->next_turn));
}

/* What no waiting mends: a mistake in the parameters, another instrument than
 * the one that was asked for. */
static bool is_hopeless(const struct probe *p, enum err_code code)
{
	if (code == ERR_INVALID || p->round.wrote)
		return true;
	return !p->ever && (code == ERR_IDENTITY || code == ERR_NOT_FOUND ||
			    code == ERR_DENIED);
}

static bool is_enough(const struct probe *p)
{
	bool waits = p->plan->channel >= 0 && !p->is_confirmed &&
		     p->was_written && p->round.at - p->wrote_at < SETTLE;

	return p->plan->count && p->n >= p->plan->count && !waits;
}

static void on_failed(struct probe *p)
{
	const struct round *r = &p->round;
	bool is_last;

	if (r->err.code == ERR_AGAIN) {
		p->next_poll = r->at + p->plan->every;
		probe_print_error(&p->print, r->at, &r->err, p->plan->every);
		return;
	}
	p->n++;
	p->is_open = p->is_good = false;
	p->next_turn = NSEC_NEVER;
	is_last = is_hopeless(p, r->err.code) || is_enough(p);
	probe_print_error(&p->print, r->at, &r->err,
			  is_last ? NSEC_NEVER : p->backoff);
	if (is_last) {
		stop(p);
		return;
	}
	p->next_poll = r->at + p->backoff;
	p->backoff = nsec_min(2 * p->backoff, BACKOFF_MAX);
}

static void check_readback(struct probe *p)
{
	const struct driver *driver = p->plan->driver;
	const struct channel *c = &p->plan->channels[p->plan->channel];
	int i = c->readback ? driver_channel(driver, c->readback)
			    : p->plan->channel;
	bool can_read = driver->channels[i].access & CHANNEL_READ;
	double back = can_read ? p->round.values[i] : (double)NAN;
	bool late = p->round.at - p->wrote_at >= SETTLE;

	p->is_confirmed =
		!can_read || fabs(back - p->plan->value) <= c->tolerance;
	if (p->is_confirmed || late)
		probe_print_set(&p->print, p->round.at, back, p->is_confirmed);
	if (late && !p->is_confirmed)
		stop(p);
}

static void on_polled(struct probe *p)
{
	p->n++;
	p->is_good = true;
	p->next_poll += p->plan->every;
	if (p->next_poll <= p->round.at)
		p->next_poll = p->round.at + p->plan->every;
	probe_print_values(&p->print, p->round.at, p->round.values,
			   p->round.condition);
	if (p->was_written && !p->is_confirmed)
		check_readback(p);
	if (is_enough(p))
		stop(p);
}

static void print_deeds(struct probe *p)
{
	const struct round *r = &p->round;

	if (r->looked) {
		p->ever = true;
		p->backoff = nsec_max(p->plan->every, BACKOFF_MIN);
		probe_print_identity(&p->print, &p->dev);
	}
	if (r->made_safe)
		probe_print_safe(&p->print, r->at);
	if (r->wrote)
		p->wrote_at = r->at;
	if (r->note.code)
		probe_print_error(&p->print, r->at, &r->note, NSEC_NEVER);
}

static void on_done(struct job *job)
{
	struct probe *p = (struct probe *)job;

	p->out = false;
	if (p->is_stopping)
		bus_resume(p->plan->bus, LINK_AT_ONCE);
	if (job->dropped || (p->is_stopping && p->round.status))
		return;
	print_deeds(p);
	if (p->round.status)
		on_failed(p);
	else if (p->round.polled)
		on_polled(p);
	/* Nobody reads it any more. */
	if (ferror(stdout))
		stop(p);
	if (!p->is_stopping)
		go_on(p);
}

static void on_signal(uv_signal_t *handle, int number)
{
	(void)number;
	stop(handle->data);
}

/* -- start and end ------------------------------------------------------- */

static int start(struct probe *p, struct err *err)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

	_Static_assert(ARRAY_SIZE(numbers) == ARRAY_SIZE(p->signals), "each");

	if (timers_init(&p->timers, &p->loop, err))
		return -1;
	timer_init(&p->timer, &p->timers, on_due, p);
	p->worker = worker_new(&p->loop, "bus", 1, err);
	if (!p->worker) {
		timers_close(&p->timers);
		return -1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(p->signals); i++) {
		uv_signal_init(&p->loop, &p->signals[i]);
		p->signals[i].data = p;
		uv_signal_start(&p->signals[i], on_signal, numbers[i]);
	}
	begin_round(p);
	return 0;
}

/* The worker keeps the loop alive, so it is stopped when all else has. */
static void turn_loop(struct probe *p)
{
	while (!p->is_stopping)
		uv_run(&p->loop, UV_RUN_ONCE);
	/* A driver that hangs has the instrument: nothing can be closed. */
	if (!worker_stop(p->worker, STOP_WITHIN_MS)) {
		fprintf(stderr,
			"gascelld probe: %s: its driver hangs; it was not "
			"closed\n",
			p->plan->name);
		fflush(stdout);
		_exit(EXIT_INTERNAL);
	}
	worker_free(p->worker);
}

static int outcome(const struct probe *p)
{
	return p->is_good && p->is_confirmed ? EXIT_OK : EXIT_FAILED;
}

int probe_run(const struct probe_plan *plan)
{
	struct probe p = {
		.plan = plan,
		.print = { .plan = plan, .began = clock_real() },
		.next_turn = NSEC_NEVER,
		.backoff = nsec_max(plan->every, BACKOFF_MIN),
		.is_confirmed = plan->channel < 0,
	};
	struct err err;
	int code;

	signal(SIGPIPE, SIG_IGN);
	p.next_poll = p.print.began;
	device_init(&p.dev, plan->driver, plan->name, plan->bus, plan->params);
	uv_loop_init(&p.loop);
	code = start(&p, &err) ? EXIT_INTERNAL : EXIT_OK;
	if (code == EXIT_OK)
		turn_loop(&p);
	else
		fprintf(stderr, "gascelld probe: %s\n", err.msg);
	uv_run(&p.loop, UV_RUN_DEFAULT);
	uv_loop_close(&p.loop);
	device_fini(&p.dev);
	return code == EXIT_OK ? outcome(&p) : code;
}
