#include "daemon/supervisor.h"

#include <systemd/sd-daemon.h>

/* All of these are best effort: who does not listen is not told. */

void supervisor_ready(void)
{
	sd_notify(0, "READY=1");
}

void supervisor_stopping(void)
{
	sd_notify(0, "STOPPING=1\nSTATUS=making everything safe");
}

nsec supervisor_period(void)
{
	uint64_t patience_us = 0;

	if (sd_watchdog_enabled(0, &patience_us) <= 0)
		return NSEC_PER_S;
	return nsec_max((nsec)patience_us * NSEC_PER_US / 2, NSEC_PER_MS);
}

void supervisor_feed(void)
{
	sd_notify(0, "WATCHDOG=1");
}

void supervisor_status(const char *text)
{
	sd_notifyf(0, "STATUS=%s", text);
}
