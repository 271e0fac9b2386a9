/*
 * What the operator of the machine sees: one line each on standard error, in
 * journald's levels when systemd listens there. What happens to a run is in
 * the journal (ring/journal.h), not here. Any thread.
 */
#ifndef RING_LOG_H
#define RING_LOG_H

/* Text from outside is made harmless here; a line is at most 1000 bytes. */
__attribute__((format(printf, 1, 2))) void log_info(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_warning(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_error(const char *fmt, ...);

#endif
