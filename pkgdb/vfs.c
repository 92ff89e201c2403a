/*
 * How SQLite reaches the files of one state directory, and nothing else.
 *
 * It is given "/proc/self/fd/N/pkgdb.sqlite", where N is the descriptor of the
 * directory. Three things of the standard unix VFS are in the way:
 *
 *  - xFullPathname resolves links textually, so that the name would no longer be
 *    anchored at the descriptor: ours keeps the name as it is.
 *  - A forged rollback journal may name a "super-journal" anywhere, which SQLite
 *    then reads and *deletes*: only our own two names are opened or deleted.
 *  - A header that says WAL makes it create -wal and -shm: refused likewise.
 *
 * Temporary files have no name here (and temp_store keeps them in memory).
 */
#include "internal.h"

#include <pthread.h>

#define VFS_NAME "commpkg"
#define FD_PREFIX "/proc/self/fd/"

static sqlite3_vfs vfs;
static sqlite3_vfs *below;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* FD_PREFIX digits "/pkgdb.sqlite" suffix */
static bool is_ours(const char *name, const char *suffix)
{
	if (strncmp(name, FD_PREFIX, strlen(FD_PREFIX)) != 0)
		return false;
	name += strlen(FD_PREFIX);
	name += strspn(name, "0123456789");
	if (strncmp(name, "/" DB_NAME, strlen("/" DB_NAME)) != 0)
		return false;
	return str_eq(name + strlen("/" DB_NAME), suffix);
}

static int vfs_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	bool good = name == NULL ||
		    ((flags & SQLITE_OPEN_MAIN_DB) != 0 && is_ours(name, "")) ||
		    ((flags & SQLITE_OPEN_MAIN_JOURNAL) != 0 && is_ours(name, "-journal"));

	f->pMethods = NULL; /* xClose is not called then */
	if (!good)
		return SQLITE_CANTOPEN;
	return below->xOpen(v, name, f, flags, ret_flags);
}

static int vfs_delete(sqlite3_vfs *v, const char *name, int sync_directory)
{
	if (!is_ours(name, "-journal"))
		return SQLITE_CANTOPEN;
	return below->xDelete(v, name, sync_directory);
}

static int vfs_access(sqlite3_vfs *v, const char *name, int flags, int *ret)
{
	if (!is_ours(name, "") && !is_ours(name, "-journal") && !is_ours(name, "-wal"))
		return SQLITE_CANTOPEN;
	return below->xAccess(v, name, flags, ret);
}

static int vfs_full_pathname(sqlite3_vfs *v, const char *name, int size, char *ret)
{
	size_t len = strlen(name);

	(void)v;
	if (len >= (size_t)size)
		return SQLITE_CANTOPEN;
	memcpy(ret, name, len + 1);
	return SQLITE_OK;
}

static void vfs_register(void)
{
	below = sqlite3_vfs_find("unix");
	if (below == NULL)
		return;
	vfs = *below;
	vfs.pNext = NULL;
	vfs.zName = VFS_NAME;
	vfs.xOpen = vfs_open;
	vfs.xDelete = vfs_delete;
	vfs.xAccess = vfs_access;
	vfs.xFullPathname = vfs_full_pathname;
	(void)sqlite3_vfs_register(&vfs, 0); /* opening by its name says if it failed */
}

const char *vfs_name(void)
{
	(void)pthread_once(&once, vfs_register);
	return VFS_NAME;
}
