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

uint64_t supervisor_period_ms(void)
{
	uint64_t patience_us = 0;

	if (sd_watchdog_enabled(0, &patience_us) <= 0)
		return 0;
	return patience_us / 2000;
}

void supervisor_feed(void)
{
	sd_notify(0, "WATCHDOG=1");
}

void supervisor_status(const char *text)
{
	sd_notifyf(0, "STATUS=%s", text);
}
