/*
 * systemd's side of the daemon: ready, what it does in one line, and the
 * watchdog. Does nothing when systemd has not started us.
 */
#ifndef DAEMON_SUPERVISOR_H
#define DAEMON_SUPERVISOR_H

#include "base/nsec.h"

void supervisor_ready(void);
void supervisor_stopping(void);

/* How often it wants to be fed: half of its patience, or each second. */
nsec supervisor_period(void);
void supervisor_feed(void);

/* One line for `systemctl status`. */
void supervisor_status(const char *text);

#endif
