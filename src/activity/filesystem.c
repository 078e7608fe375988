/* SPDX-License-Identifier: MIT */
/*
 * Calls on names, and on the attributes of what they lead to. Each is one operation of the
 * platform, whose paths are the caller's until its completion; whether they stay beneath a
 * directory is a mark of that directory (file_path_operation()).
 */
#include <mori/filesystem.h>

#include "activity/filesystem.h"

#include <errno.h>
#include <fcntl.h>

/* An operation that an optional `flags` and `mode` complete. */
static int64_t path_begin(mori_directory directory, uint8_t code, const char *path, int flags,
                          unsigned mode)
{
        struct operation *operation;
        int error = file_path_operation(directory, code, path, &operation);

        if (error < 0)
                return error;
        operation->op.flags = (uint32_t)flags;
        operation->op.mode = (uint16_t)mode;
        return wait_operation(operation);
}

#define FINISH(call)                                                                               \
        int64_t begun = call;                                                                      \
                                                                                                   \
        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int()

/* ---- Entries */

MORI_ASYNC int mori_mkdir(mori_directory directory, const char *path, mode_t mode)
{
        FINISH(path_begin(directory, PLATFORM_MKDIR, path, 0, mode));
}

MORI_ASYNC int mori_rmdir(mori_directory directory, const char *path)
{
        FINISH(path_begin(directory, PLATFORM_UNLINK, path, AT_REMOVEDIR, 0));
}

MORI_ASYNC int mori_unlink(mori_directory directory, const char *path)
{
        FINISH(path_begin(directory, PLATFORM_UNLINK, path, 0, 0));
}

/*
 * Both ways go beneath, or neither: one that is the whole world's, together with a directory
 * beneath which everything stays, is refused rather than confined or let go.
 */
int filesystem_two_operation(mori_directory directory, uint8_t code, const char *path,
                             mori_directory new_directory, const char *new_path,
                             struct operation **ret_operation)
{
        struct process *process = process_self();
        struct file *other = NULL;
        bool beneath, other_beneath;
        int error;

        if (new_path == NULL)
                return -EFAULT;
        if (new_directory.word != 0) {
                other = process_file(process, new_directory.word);
                if (other == NULL)
                        return -EBADF;
        }
        error = file_path_operation(directory, code, path, ret_operation);
        if (error < 0)
                return error;
        beneath = (*ret_operation)->op.op_flags != 0;
        other_beneath = other != NULL && other->kind == FILE_CONFINED;
        if (beneath != other_beneath) {
                operation_free(*ret_operation);
                return -EXDEV;
        }
        (*ret_operation)->op.fd2 = other != NULL ? other->fd : AT_FDCWD;
        (*ret_operation)->op.address2 = (void *)(uintptr_t)new_path;
        (*ret_operation)->source = (uint32_t)new_directory.word;
        return 0;
}

static int64_t two_begin(mori_directory directory, uint8_t code, const char *path,
                         mori_directory new_directory, const char *new_path, unsigned flags)
{
        struct operation *operation;
        int error = filesystem_two_operation(directory, code, path, new_directory, new_path,
                                             &operation);

        if (error < 0)
                return error;
        operation->op.flags = flags;
        return wait_operation(operation);
}

MORI_ASYNC int mori_rename(mori_directory directory, const char *path, mori_directory new_directory,
                           const char *new_path, unsigned flags)
{
        FINISH(two_begin(directory, PLATFORM_RENAME, path, new_directory, new_path, flags));
}

MORI_ASYNC int mori_hard_link(mori_directory directory, const char *path,
                              mori_directory new_directory, const char *new_path)
{
        FINISH(two_begin(directory, PLATFORM_LINK, path, new_directory, new_path, 0));
}

static int64_t symlink_begin(const char *target, mori_directory directory, const char *path)
{
        struct operation *operation;
        int error;

        if (target == NULL)
                return -EFAULT;
        error = file_path_operation(directory, PLATFORM_SYMLINK, path, &operation);
        if (error < 0)
                return error;
        operation->op.address2 = (void *)(uintptr_t)target;
        return wait_operation(operation);
}

MORI_ASYNC int mori_symlink(const char *target, mori_directory directory, const char *path)
{
        FINISH(symlink_begin(target, directory, path));
}

static int64_t readlink_begin(mori_directory directory, const char *path, char *buffer,
                              size_t bytes)
{
        struct operation *operation;
        int error;

        if (bytes == 0)
                return -ENAMETOOLONG;
        if (buffer == NULL)
                return -EFAULT;
        error = file_path_operation(directory, PLATFORM_READLINK, path, &operation);
        if (error < 0)
                return error;
        operation->op.address2 = buffer;
        operation->op.length = (uint32_t)(bytes < INT32_MAX ? bytes : INT32_MAX);
        return wait_operation(operation);
}

MORI_ASYNC int64_t mori_readlink(mori_directory directory, const char *path, char *buffer,
                                 size_t bytes)
{
        int64_t got = readlink_begin(directory, path, buffer, bytes);

        if (got == WAIT_SUSPEND)
                got = MORI_AWAIT activity_suspend();
        if (got < 0)
                return got;
        if ((size_t)got >= bytes)
                return -ENAMETOOLONG;
        buffer[got] = '\0';
        return got;
}

/* ---- Attributes */

/* "" is the directory itself. */
static int object_flags(const char *path, int flags)
{
        return path != NULL && *path == '\0' ? flags | AT_EMPTY_PATH : flags;
}

static int64_t statx_begin(mori_directory directory, const char *path, int flags, unsigned mask,
                           struct statx *ret_statx)
{
        struct operation *operation;
        int error = ret_statx == NULL ? -EFAULT
                                      : file_path_operation(directory, PLATFORM_STATX, path,
                                                            &operation);

        if (error < 0)
                return error;
        operation->op.flags = (uint32_t)object_flags(path, flags);
        operation->op.mask = mask;
        operation->op.address2 = ret_statx;
        return wait_operation(operation);
}

MORI_ASYNC int mori_statx(mori_directory directory, const char *path, int flags, unsigned mask,
                          struct statx *ret_statx)
{
        FINISH(statx_begin(directory, path, flags, mask, ret_statx));
}

MORI_ASYNC int mori_access(mori_directory directory, const char *path, int mode, int flags)
{
        FINISH(path_begin(directory, PLATFORM_ACCESS, path, object_flags(path, flags),
                          (unsigned)mode));
}

MORI_ASYNC int mori_chmod(mori_directory directory, const char *path, mode_t mode, int flags)
{
        FINISH(path_begin(directory, PLATFORM_CHMOD, path, object_flags(path, flags), mode));
}

static int64_t chown_begin(mori_directory directory, const char *path, uid_t user, gid_t group,
                           int flags)
{
        struct operation *operation;
        int error = file_path_operation(directory, PLATFORM_CHOWN, path, &operation);

        if (error < 0)
                return error;
        operation->op.flags = (uint32_t)object_flags(path, flags);
        operation->op.length = user;
        operation->op.mask = group;
        return wait_operation(operation);
}

MORI_ASYNC int mori_chown(mori_directory directory, const char *path, uid_t user, gid_t group,
                          int flags)
{
        FINISH(chown_begin(directory, path, user, group, flags));
}

static int64_t utimens_begin(mori_directory directory, const char *path,
                             const struct timespec times[2], int flags)
{
        struct operation *operation;
        int error = file_path_operation(directory, PLATFORM_UTIMES, path, &operation);

        if (error < 0)
                return error;
        operation->op.flags = (uint32_t)object_flags(path, flags);
        operation->op.address2 = (void *)(uintptr_t)times;
        return wait_operation(operation);
}

MORI_ASYNC int mori_utimens(mori_directory directory, const char *path,
                            const struct timespec times[2], int flags)
{
        FINISH(utimens_begin(directory, path, times, flags));
}

MORI_ASYNC int mori_truncate(mori_directory directory, const char *path, uint64_t bytes)
{
        mori_file file;
        int error = MORI_AWAIT mori_file_open(directory, path, O_WRONLY | O_NONBLOCK, 0, &file);
        int closed;

        if (error < 0)
                return error;
        error = MORI_AWAIT mori_file_truncate(file, bytes);
        closed = MORI_AWAIT mori_file_close(file);
        return error < 0 ? error : closed;
}
