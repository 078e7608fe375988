/* SPDX-License-Identifier: MIT */
/*
 * Files: everything that has a descriptor. Regular files and directories here, pipes and the
 * standard streams; sockets in socket.h.
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

/* Waits until written data is on the disk. */
MORI_API MORI_ASYNC int mori_file_sync(mori_file file);

/*
 * What stat(2) says of a path, relative to a directory; symbolic links are followed unless `flags`
 * has AT_SYMLINK_NOFOLLOW. With "" for the path: of the file itself.
 */
MORI_API MORI_ASYNC int mori_file_stat(mori_file directory, const char *path, int flags,
                                       struct stat *ret_stat);

/* An entry of a directory. */
struct mori_entry {
        uint64_t inode;
        uint8_t type; /* DT_REG, DT_DIR, ...; DT_UNKNOWN where the file system does not say */
        char name[256];
};

/*
 * Lists a directory that is open. Start with *cursor zeroed; each call that returns 1 has filled in
 * an entry ("." and ".." are left out); 0: there are no more. Negative: an error. Whatever the
 * result, a cursor that is given up before 0 was returned is to be released by
 * mori_directory_done().
 */
struct mori_cursor {
        void *buffer;
        uint32_t at, filled;
        int ended;
};
MORI_API MORI_ASYNC int mori_directory_next(mori_file directory, struct mori_cursor *cursor,
                                            struct mori_entry *ret_entry);
MORI_API void mori_directory_done(struct mori_cursor *cursor);

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
/* Takes over a descriptor that was opened by other means. It is closed by mori_file_close(). */
MORI_API int mori_file_adopt(int descriptor, mori_file *ret_file);

#ifdef __cplusplus
}
#endif
