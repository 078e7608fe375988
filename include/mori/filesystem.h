/* SPDX-License-Identifier: MIT */
/*
 * What has a name: making, renaming and removing entries of directories, the attributes of what
 * they lead to, and new versions of files that are put in place at once or not at all.
 *
 * Rules.
 *   (1) A path is relative to a directory: MORI_NO_FILE (the working directory), one that was
 *       opened by mori_file_open(), or a mori_directory, beneath which everything stays
 *       (directory.h).
 *   (2) Calls that make, rename, remove or read an entry do not follow a link that it is. The
 *       others do, unless their flags have AT_SYMLINK_NOFOLLOW; with "" for the path they are about
 *       the directory itself, or whatever file was given in its place: mori_chmod(file, "", 0644,
 *       0).
 *   (3) All return 0, or a negative errno with which nothing was changed: -ENOENT, -EEXIST,
 *       -EACCES, -EXDEV (out of a mori_directory, or to another file system), ...; -EFAULT where a
 *       path is NULL, -ENAMETOOLONG, -EBADF for a stale handle, -ECANCELED and -ETIMEDOUT by their
 *       scope. A call that was cancelled late may have taken effect and says so by its 0.
 *   (4) That a name is there, or gone, after a power cut is certain only after mori_file_sync() of
 *       the directory.
 */
#pragma once

#include <mori/directory.h>

#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

struct statx;

/* ---- Entries */

/* A directory; `mode` and the umask say who may what. */
MORI_API MORI_ASYNC int mori_mkdir(mori_directory directory, const char *path, mode_t mode);
/* -ENOTEMPTY where something is in it. */
MORI_API MORI_ASYNC int mori_rmdir(mori_directory directory, const char *path);
/* A file that is open stays usable. -EISDIR for a directory. */
MORI_API MORI_ASYNC int mori_unlink(mori_directory directory, const char *path);

/*
 * Renames; what had the new name is replaced, in one step. NOREPLACE: -EEXIST instead. EXCHANGE:
 * each gets the name of the other.
 */
#define MORI_RENAME_NOREPLACE 1u
#define MORI_RENAME_EXCHANGE  2u
MORI_API MORI_ASYNC int mori_rename(mori_directory directory, const char *path,
                                    mori_directory new_directory, const char *new_path,
                                    unsigned flags);

/* A second name for a file: link(2). */
MORI_API MORI_ASYNC int mori_hard_link(mori_directory directory, const char *path,
                                  mori_directory new_directory, const char *new_path);
/* A symbolic link; what its target is, or whether it is beneath the directory, is not looked at. */
MORI_API MORI_ASYNC int mori_symlink(const char *target, mori_directory directory,
                                     const char *path);
/*
 * Where a symbolic link leads. Returns the bytes of the target, which is followed by a zero;
 * -ENAMETOOLONG where it and the zero have no room; -EINVAL for what is no link.
 */
MORI_API MORI_ASYNC int64_t mori_readlink(mori_directory directory, const char *path, char *buffer,
                                      size_t bytes);

/* ---- Attributes; `flags` are 0 or AT_SYMLINK_NOFOLLOW */

/*
 * All that statx(2) says: of the attributes in `mask` (STATX_*), those that the file system has are
 * marked in stx_mask. `flags` may have AT_STATX_FORCE_SYNC or AT_STATX_DONT_SYNC, too. For less
 * there is mori_file_stat().
 */
MORI_API MORI_ASYNC int mori_statx(mori_directory directory, const char *path, int flags,
                                   unsigned mask, struct statx *ret_statx);
/* Whether the program may: R_OK | W_OK | X_OK; F_OK: whether it is there. AT_EACCESS is allowed. */
MORI_API MORI_ASYNC int mori_access(mori_directory directory, const char *path, int mode,
                                    int flags);
MORI_API MORI_ASYNC int mori_chmod(mori_directory directory, const char *path, mode_t mode,
                                   int flags);
/* (uid_t)-1, (gid_t)-1: stays as it is. */
MORI_API MORI_ASYNC int mori_chown(mori_directory directory, const char *path, uid_t user,
                                   gid_t group, int flags);
/*
 * times[0]: of the last access, times[1]: of the last change; UTIME_NOW and UTIME_OMIT are
 * understood; NULL: now, both.
 */
MORI_API MORI_ASYNC int mori_utimens(mori_directory directory, const char *path,
                                     const struct timespec times[2], int flags);
/* The size of a regular file. */
MORI_API MORI_ASYNC int mori_truncate(mori_directory directory, const char *path, uint64_t bytes);

/* ---- Temporary files, and new versions */

/*
 * A file for reading and writing in a directory, without a name: it is gone when it is closed.
 * Where the file system has no such files (O_TMPFILE), it has a name for a moment.
 */
MORI_API MORI_ASYNC int mori_temporary(mori_directory directory, const char *path, mode_t mode,
                                       mori_file *ret_file);

/*
 * A new version of a file: `file` is written while the old version, if there is one, stays as it
 * is; mori_draft_publish() puts it in place in one step, so that whoever opens the path finds the
 * old version or the new one, whole, whatever happens: failure, abandonment, a power cut.
 *
 *         struct mori_draft draft;
 *
 *         attempt(await mori_draft_open(MORI_NO_FILE, "settings", 0644, &draft));
 *         error = await mori_file_write_all(draft.file, text, bytes);
 *         if (error == 0)
 *                 error = await mori_draft_publish(&draft, 0);
 *         if (error < 0)
 *                 await mori_draft_drop(&draft);
 *
 * Until then it has no name (O_TMPFILE); or, where the file system has no such files, one that
 * begins with ".mori-", in the same directory. That is removed by mori_draft_drop() and by the end
 * of the process that opened the draft, in good order or not; SIGKILL and power cuts leave it.
 */
struct mori_draft {
        mori_file file; /* for reading and writing; not to be closed */
        void *detail;   /* the runtime's */
};

/* Begins a new version of `path`, which need not be there. */
MORI_API MORI_ASYNC int mori_draft_open(mori_directory directory, const char *path, mode_t mode,
                                        struct mori_draft *ret_draft);

/*
 * Waits until what was written is on the disk, puts it in place, and waits until that is on the
 * disk, too. Then the draft is over and its file closed. On failure it stays as it is: to be
 * published again, or dropped. (What could not be made certain may be in place already.)
 *   NEW       there must be no old version: -EEXIST
 *   VOLATILE  does not wait for the disk: after a power cut the file may be empty
 */
#define MORI_DRAFT_NEW      1u
#define MORI_DRAFT_VOLATILE 2u
MORI_API MORI_ASYNC int mori_draft_publish(struct mori_draft *draft, unsigned flags);

/*
 * Ends a draft that is not to be published; nothing of it is left. Not interrupted by cancellation.
 * Does nothing to one that is over.
 */
MORI_API MORI_ASYNC void mori_draft_drop(struct mori_draft *draft);

#ifdef __cplusplus
}
#endif
