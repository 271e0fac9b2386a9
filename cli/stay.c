#include "cli/stay.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/array.h"

static const struct {
	int signal;
	unsigned int is;
} signals[] = {
	{ SIGINT, STAY_ENDED },	    { SIGTERM, STAY_ENDED },
	{ SIGHUP, STAY_ENDED },	    { SIGALRM, STAY_OVER },
	{ SIGWINCH, STAY_RESIZED },
};

void stay_begin(struct stay *s)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(&set, signals[i].signal);
	sigprocmask(SIG_BLOCK, &set, &s->before);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* One that came meanwhile is taken away, so that it is not delivered. */
void stay_end(struct stay *s)
{
	struct signalfd_siginfo info;

	alarm(0);
	if (s->signals >= 0) {
		while (read(s->signals, &info, sizeof(info)) > 0)
			;
		close(s->signals);
	}
	sigprocmask(SIG_SETMASK, &s->before, NULL);
}

void stay_limit(unsigned int seconds)
{
	alarm(seconds);
}

static unsigned int take_signals(const struct stay *s)
{
	struct signalfd_siginfo info;
	unsigned int is = 0;
	size_t i;

	while (read(s->signals, &info, sizeof(info)) > 0)
		for (i = 0; i < ARRAY_SIZE(signals); i++)
			if ((uint32_t)signals[i].signal == info.ssi_signo)
				is |= signals[i].is;
	return is;
}

/* Keys of a terminal that has gone are an end of file that never ends. */
unsigned int stay_wait(struct stay *s, int daemon, int keys, int timeout_ms)
{
	struct pollfd p[] = {
		{ .fd = s->signals, .events = POLLIN },
		{ .fd = daemon, .events = POLLIN },
		{ .fd = keys, .events = POLLIN },
	};
	unsigned int is = 0;

	if (poll(p, ARRAY_SIZE(p), timeout_ms) < 0)
		return take_signals(s);
	if (p[0].revents)
		is |= take_signals(s);
	if (p[1].revents)
		is |= STAY_TOLD;
	if (p[2].revents & POLLIN)
		is |= STAY_KEY;
	else if (p[2].revents)
		is |= STAY_ENDED;
	return is;
}
