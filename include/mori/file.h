/* SPDX-License-Identifier: MIT */
/*
 * Files: everything that has a descriptor. Regular files, pipes and the standard streams here;
 * directories in directory.h, names in filesystem.h, sockets in socket.h.
 *
 * Nouns.
 *   mori_file   a handle to an entry of the process's table of descriptors: one word, copied
 *               freely. After a close every copy is stale, and answers -EBADF for ever: a
 *               descriptor that was reused cannot be reached by mistake.
 *
 * Rules.
 *   (1) Every call that is async answers exactly once: a result of 0 or more, or a negative errno;
 *       -ECANCELED and -ETIMEDOUT by its scope. The memory that was lent to it is the caller's
 *       again when it returns, not before.
 *   (2) A read or write that was cancelled after it moved bytes answers how many: nothing is lost.
 *   (3) Files that are still open when the process ends are closed.
 *   (4) Limits: as many files as the descriptor limit allows (-EMFILE: `ulimit -n` raises it).
 *   (5) Wrong arguments are answered, here and in the headers that build on this one, before
 *       anything is done: -EBADF for a handle that stands for no open file, -EFAULT for NULL where
 *       memory or a result is to be, -EINVAL for numbers, flags and offsets that mean nothing (an
 *       offset is at most INT64_MAX), -ENAMETOOLONG and -ENOENT for paths that are too long or
 *       empty. That memory is what it should be is not looked at.
 */
#pragma once

#include <mori/base.h>

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mori_file {
        uint64_t word;
} mori_file;

/* No file: as a directory it means the working directory. */
#define MORI_NO_FILE ((mori_file){0})

/* The standard streams. They are closed by nobody. */
MORI_API mori_file mori_stdin(void);
MORI_API mori_file mori_stdout(void);
MORI_API mori_file mori_stderr(void);

/*
 * Opens `path`, relative to an open directory or MORI_NO_FILE. `flags` and `mode` as in open(2);
 * O_CLOEXEC is implied. *ret_file is the caller's, to be closed. Returns 0 or a negative errno.
 * Relative to a mori_directory (directory.h) nothing is opened that is not beneath it: -EXDEV.
 */
MORI_API MORI_ASYNC int mori_file_open(mori_file directory, const char *path, int flags,
                                       mode_t mode, mori_file *ret_file);

/*
 * Closes it. What others wait for on it answers -EBADF. Not interrupted by cancellation. Returns 0;
 * -EBADF for a stale handle; the error of a write that was reported late (the file is closed all
 * the same).
 */
MORI_API MORI_ASYNC int mori_file_close(mori_file file);

/*
 * Reads or writes up to `bytes`, at the current position (pipes, sockets, terminals: as they come).
 * Returns how many, 0 at the end of the file. The _at variants: at an offset, which leaves the
 * position alone; -ESPIPE where there is none.
 */
MORI_API MORI_ASYNC int64_t mori_file_read(mori_file file, void *buffer, size_t bytes);
MORI_API MORI_ASYNC int64_t mori_file_write(mori_file file, const void *buffer, size_t bytes);
MORI_API MORI_ASYNC int64_t mori_file_read_at(mori_file file, void *buffer, size_t bytes,
                                              uint64_t offset);
MORI_API MORI_ASYNC int64_t mori_file_write_at(mori_file file, const void *buffer, size_t bytes,
                                               uint64_t offset);
/* The same from or into several pieces, at most 64 (-EINVAL). */
MORI_API MORI_ASYNC int64_t mori_file_readv(mori_file file, const struct iovec *pieces,
                                            unsigned count);
MORI_API MORI_ASYNC int64_t mori_file_writev(mori_file file, const struct iovec *pieces,
                                             unsigned count);
MORI_API MORI_ASYNC int64_t mori_file_readv_at(mori_file file, const struct iovec *pieces,
                                               unsigned count, uint64_t offset);
MORI_API MORI_ASYNC int64_t mori_file_writev_at(mori_file file, const struct iovec *pieces,
                                                unsigned count, uint64_t offset);

/*
 * All of it, or an error: then some may have been moved. Reading: -ENODATA where the file ends
 * before. Returns 0.
 */
MORI_API MORI_ASYNC int mori_file_read_exact(mori_file file, void *buffer, size_t bytes);
MORI_API MORI_ASYNC int mori_file_write_all(mori_file file, const void *buffer, size_t bytes);

/*
 * Waits until written data is on the disk; _data: without such attributes as are not needed to read
 * it again. _range begins the writing of a range (0 bytes: to the end) or waits for it, as `flags`
 * say (sync_file_range(2)), and is no promise that data survives a power cut. _system: of all the
 * file system that the file is on.
 */
MORI_API MORI_ASYNC int mori_file_sync(mori_file file);
MORI_API MORI_ASYNC int mori_file_sync_data(mori_file file);
MORI_API MORI_ASYNC int mori_file_sync_range(mori_file file, uint64_t offset, uint64_t bytes,
                                             unsigned flags);
MORI_API MORI_ASYNC int mori_file_sync_system(mori_file file);

/*
 * Cuts the file, or makes it longer with zeros. -EINVAL where it is not open for writing. By its
 * path: mori_truncate() (filesystem.h).
 */
MORI_API MORI_ASYNC int mori_file_truncate(mori_file file, uint64_t bytes);
/*
 * Reserves room on the disk, punches holes, ...: `mode` is that of fallocate(2), 0 or FALLOC_FL_*.
 * -EOPNOTSUPP where the file system does not do that.
 */
MORI_API MORI_ASYNC int mori_file_allocate(mori_file file, int mode, uint64_t offset,
                                           uint64_t bytes);
/*
 * Copies between two regular files without the bytes coming to this program where the file system
 * can do that. Returns how many, at most 2 GiB; 0 at the end of `from`. Both positions are left
 * alone. -EBADF where `to` was opened with O_APPEND.
 */
MORI_API MORI_ASYNC int64_t mori_file_copy(mori_file to, uint64_t to_offset, mori_file from,
                                           uint64_t from_offset, uint64_t bytes);

/*
 * Locks of a range of a file (0 bytes: to the end, however far it grows), among all programs that
 * ask for them; nobody who does not ask is kept out. They belong to the file as it was opened here,
 * not to the OS process (fcntl(2): open file description locks): two that have opened it apart
 * exclude each other, wherever they are; and when the file is closed, by whomever, or the program
 * ends, however, they are given up. Locking a range anew changes its kind.
 *
 * A shared lock needs a file that is open for reading, an exclusive one for writing (-EBADF).
 * mori_file_lock() waits. The kernel tells nobody when a lock becomes free without a thread that
 * waits for it, so it is asked again and again, after half a millisecond at first and every 16
 * later on: a lock is had that late at most, and not in the order of asking. mori_file_try_lock()
 * answers -EAGAIN instead. mori_file_unlock() is not interrupted by cancellation.
 */
enum mori_file_lock_kind { MORI_FILE_SHARED, MORI_FILE_EXCLUSIVE };
MORI_API MORI_ASYNC int mori_file_lock(mori_file file, enum mori_file_lock_kind kind,
                                       uint64_t offset, uint64_t bytes);
MORI_API MORI_ASYNC int mori_file_try_lock(mori_file file, enum mori_file_lock_kind kind,
                                           uint64_t offset, uint64_t bytes);
MORI_API MORI_ASYNC int mori_file_unlock(mori_file file, uint64_t offset, uint64_t bytes);

/*
 * What stat(2) says of a path, relative to a directory; symbolic links are followed unless `flags`
 * has AT_SYMLINK_NOFOLLOW. With "" for the path: of the file itself.
 */
MORI_API MORI_ASYNC int mori_file_stat(mori_file directory, const char *path, int flags,
                                       struct stat *ret_stat);

/* Makes a pipe: ret_files[0] is read, ret_files[1] is written. Does not wait. */
MORI_API int mori_pipe(mori_file ret_files[2]);

/*
 * Moves up to `bytes` between two files of which one is a pipe; or from a regular file to a socket
 * or pipe, without copying to user memory. The second sends until all is sent or the file ends.
 * Return the bytes moved.
 */
MORI_API MORI_ASYNC int64_t mori_splice(mori_file to, mori_file from, size_t bytes);
MORI_API MORI_ASYNC int64_t mori_sendfile(mori_file to, mori_file from, uint64_t offset,
                                          size_t bytes);

/*
 * Formats as printf(3) does and writes all of it. Returns the number of bytes, or a negative errno.
 */
MORI_API MORI_ASYNC int mori_print(mori_file file, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/*
 * The descriptor itself, for calls that mori does not have; it must not be closed or made to block.
 * -EBADF for a stale handle.
 */
MORI_API int mori_file_descriptor(mori_file file);
/*
 * Takes over a descriptor that was opened by other means: it is closed by mori_file_close(), or
 * with the process. Of one that a library keeps and closes itself, adopt a duplicate
 * (F_DUPFD_CLOEXEC), and close that one first.
 */
MORI_API int mori_file_adopt(int descriptor, mori_file *ret_file);

/*
 * Waits until the file is ready for one of `events`, as poll(2) has them: POLLIN, POLLOUT,
 * POLLRDHUP; POLLERR and POLLHUP are always waited for, so 0 waits for them alone. Returns those
 * that there are, which may be gone again when the caller acts; -EINVAL for other events, POLLPRI
 * among them (docs/platform.md); -EBADF for a stale handle, or a file that is closed meanwhile;
 * -ECANCELED, -ETIMEDOUT. With other things to wait for: MORI_CASE_READY (select.h).
 */
MORI_API MORI_ASYNC int mori_file_ready(mori_file file, int events);

#ifdef __cplusplus
}
#endif
