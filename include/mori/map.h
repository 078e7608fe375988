/* SPDX-License-Identifier: MIT */
/*
 * Maps: a range of a file read where the kernel keeps it, without a copy and without a page fault
 * that blocks everybody.
 *
 *         const mori_mapping *map;
 *
 *         MORI_ATTEMPT(MORI_AWAIT mori_map(file, 0, 0, 0, &map));     (all of the file)
 *         found = memchr(map->address, '\n', map->bytes);
 *         error = mori_map_status(map);                               (was it all there?)
 *         MORI_AWAIT mori_map_end(map);
 *
 * A page of a mapped file that is not in memory is read when it is touched, and whoever touches it
 * stands still meanwhile: in a turn that is everybody. So a map is had once all of its pages are in
 * memory, and they are kept there until its end. A file that is larger than memory, or than the
 * limit on locked memory, is read a map at a time.
 *
 * Rules.
 *   (1) A thread of the pool for blocking work (offload.h) makes the map, reads the pages and locks
 *       them (mlock(2)); the await answers when all are there. Reading a locked page takes neither
 *       the disk nor another thread, as long as nobody cuts the file.
 *   (2) What is locked counts against RLIMIT_MEMLOCK (`ulimit -l`), in whole pages, unless the
 *       program has CAP_IPC_LOCK. With MORI_MAP_UNLOCKED nothing is locked or counted: then the
 *       pages were in memory when the await answered, and the kernel may take them away again when
 *       it is short of memory; a turn that reads one of those blocks.
 *   (3) The bytes are the file's own: a write to the file by whomever is seen in them at any time.
 *   (4) A file may be cut while it is mapped. Reading a page that it has no more gives zeros, as
 *       do the bytes behind its end in its last page; nothing is killed by SIGBUS. Of such a page
 *       mori_map_status() tells afterwards; not of the last one, which is still the file's. A page
 *       that read as zeros does so until the end of the map, even if the file grows again.
 *       A system call that is given such a page (mori_file_write() out of it) answers -EFAULT.
 *   (5) The map goes on after a close of its file. What is not ended is, with the process.
 *   (6) In a simulation a map is a copy of the bytes at the time when it was made.
 */
#pragma once

#include <mori/file.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A map, until mori_map_end(). What it leads to can only be read. */
typedef struct mori_mapping {
        const void *address; /* where the first byte asked for is: any address */
        size_t bytes;
} mori_mapping;

/* MORI_MAP_UNLOCKED: the pages are read, but not kept (2). */
enum mori_map_flags { MORI_MAP_UNLOCKED = 1 };

/*
 * Maps `bytes` of a regular file from `offset` on, both as they please; 0 bytes: to its end.
 * `flags`: 0 or MORI_MAP_UNLOCKED. *ret_map is the caller's, to be ended. Returns 0, or
 *   -ENODATA   the file ends before that, or, for 0 bytes, at the offset or before it
 *   -ENOMEM    out of memory, of addresses, or of what may be locked: RLIMIT_MEMLOCK, which is
 *              reported once with its value
 *   -EINVAL    other flags; a range that no file can have
 *   -ENODEV    not a regular file, or one that cannot be mapped (or of huge pages)
 *   -EACCES    not open for reading
 *   -EBADF     a stale handle, or the file was closed meanwhile
 *   -EIO       a page could not be read
 *   -EAGAIN    too many offloaded functions wait already (MORI_OFFLOAD_QUEUE)
 * Cancelled it answers -ECANCELED, after 2 MiB more at the latest, and there is no map; or 0, where
 * it had just been made.
 */
MORI_API MORI_ASYNC int mori_map(mori_file file, uint64_t offset, uint64_t bytes, unsigned flags,
                                 const mori_mapping **ret_map) MORI_MUST_CHECK;

/*
 * 0, or -ESTALE where a page was read that was not the file's any more (4). To be asked after the
 * reading and before what was read is trusted. Does not wait.
 */
MORI_API int mori_map_status(const mori_mapping *map);

/*
 * Ends a map; its address is no more. A thread of the pool does it, which takes time with many
 * pages. Not interrupted by cancellation. Takes NULL.
 */
MORI_API MORI_ASYNC void mori_map_end(const mori_mapping *map);

#ifdef __cplusplus
}
#endif
