/*
 * A disk that fails when it is told to: an SQLite VFS in front of the real
 * one, which counts writes, syncs and truncations of all files.
 */
#ifndef TEST_STORE_FAULTY_H
#define TEST_STORE_FAULTY_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static struct {
	int countdown; /* the call that fails; 0: none does */
	int times;     /* that fail from then on */
	int status;    /* SQLITE_FULL or an SQLITE_IOERR */
	int calls;
	bool tear; /* half of what should be written arrives */
} faulty;

struct faulty_file {
	sqlite3_file base;
	sqlite3_file *real;
};

static sqlite3_file *faulty_real(sqlite3_file *f)
{
	return ((struct faulty_file *)(void *)f)->real;
}

static bool faulty_now(void)
{
	faulty.calls++;
	if (!faulty.countdown || --faulty.countdown)
		return false;
	if (faulty.times && --faulty.times)
		faulty.countdown = 1;
	return true;
}

#define REAL(f) faulty_real(f)->pMethods

static int faulty_close(sqlite3_file *f)
{
	int status = REAL(f)->xClose(faulty_real(f));

	free(faulty_real(f));
	return status;
}

static int faulty_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	return REAL(f)->xRead(faulty_real(f), p, n, at);
}

static int faulty_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	if (!faulty_now())
		return REAL(f)->xWrite(faulty_real(f), p, n, at);
	if (faulty.tear)
		REAL(f)->xWrite(faulty_real(f), p, n / 2, at);
	return faulty.status;
}

static int faulty_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	return faulty_now() ? faulty.status
			    : REAL(f)->xTruncate(faulty_real(f), size);
}

static int faulty_sync(sqlite3_file *f, int flags)
{
	return faulty_now() ? SQLITE_IOERR_FSYNC
			    : REAL(f)->xSync(faulty_real(f), flags);
}

static int faulty_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return REAL(f)->xFileSize(faulty_real(f), size);
}

static int faulty_lock(sqlite3_file *f, int level)
{
	return REAL(f)->xLock(faulty_real(f), level);
}

static int faulty_unlock(sqlite3_file *f, int level)
{
	return REAL(f)->xUnlock(faulty_real(f), level);
}

static int faulty_reserved(sqlite3_file *f, int *out)
{
	return REAL(f)->xCheckReservedLock(faulty_real(f), out);
}

static int faulty_control(sqlite3_file *f, int op, void *arg)
{
	return REAL(f)->xFileControl(faulty_real(f), op, arg);
}

static int faulty_sector(sqlite3_file *f)
{
	return REAL(f)->xSectorSize(faulty_real(f));
}

static int faulty_device(sqlite3_file *f)
{
	return REAL(f)->xDeviceCharacteristics(faulty_real(f));
}

static int faulty_shm_map(sqlite3_file *f, int page, int size, int extend,
			  void volatile **out)
{
	return REAL(f)->xShmMap(faulty_real(f), page, size, extend, out);
}

static int faulty_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return REAL(f)->xShmLock(faulty_real(f), offset, n, flags);
}

static void faulty_shm_barrier(sqlite3_file *f)
{
	REAL(f)->xShmBarrier(faulty_real(f));
}

static int faulty_shm_unmap(sqlite3_file *f, int erase)
{
	return REAL(f)->xShmUnmap(faulty_real(f), erase);
}

#undef REAL

static const sqlite3_io_methods faulty_methods = {
	.iVersion = 2,
	.xClose = faulty_close,
	.xRead = faulty_read,
	.xWrite = faulty_write,
	.xTruncate = faulty_truncate,
	.xSync = faulty_sync,
	.xFileSize = faulty_size,
	.xLock = faulty_lock,
	.xUnlock = faulty_unlock,
	.xCheckReservedLock = faulty_reserved,
	.xFileControl = faulty_control,
	.xSectorSize = faulty_sector,
	.xDeviceCharacteristics = faulty_device,
	.xShmMap = faulty_shm_map,
	.xShmLock = faulty_shm_lock,
	.xShmBarrier = faulty_shm_barrier,
	.xShmUnmap = faulty_shm_unmap,
};

static int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f,
		       int flags, int *out)
{
	sqlite3_vfs *real = vfs->pAppData;
	struct faulty_file *file = (void *)f;
	int status;

	file->real = calloc(1, (size_t)real->szOsFile);
	status = real->xOpen(real, name, file->real, flags, out);
	if (status != SQLITE_OK) {
		free(file->real);
		f->pMethods = NULL;
		return status;
	}
	f->pMethods = &faulty_methods;
	return SQLITE_OK;
}

/* From now on all connections of this program use it. */
static void faulty_install(void)
{
	static sqlite3_vfs vfs;
	sqlite3_vfs *real = sqlite3_vfs_find("unix");

	vfs = *real;
	vfs.pNext = NULL;
	vfs.zName = "faulty";
	vfs.szOsFile = (int)sizeof(struct faulty_file);
	vfs.pAppData = real;
	vfs.xOpen = faulty_open;
	sqlite3_vfs_register(&vfs, 1);
}

#endif
