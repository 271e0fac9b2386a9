/*
 * The file of the log before SQLite sees it: who may write it, whether it is
 * ours, and out of the way with it when it is damaged.
 */
#ifndef STORE_FILE_H
#define STORE_FILE_H

#include "base/err.h"
#include "base/nsec.h"
#include "base/text.h"

/* Takes PATH.lock for as long as *lock stays open; ERR_STATE when another
 * process has it. The lock file stays behind: removing it would let two in. */
int file_lock(const char *path, int *lock, struct err *err);

enum file_kind { FILE_NEW, FILE_LOG, FILE_DAMAGED };

/* From the first bytes. ERR_IDENTITY: a file of somebody else. */
int file_examine(const char *path, enum file_kind *kind, struct err *err);

/* Renames PATH (and its -wal) to PATH.damaged-<now>; the name goes to `name`.
 * Never over an existing file. */
int file_set_aside(const char *path, nsec now, struct text *name,
		   struct err *err);

#endif
