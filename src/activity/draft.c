/* SPDX-License-Identifier: MIT */
/*
 * Temporary files, and new versions of files.
 *
 *      open --O_TMPFILE--------------> unnamed --publish: link(2)---------------> in place
 *        |                                |  there is an old version                  ^
 *        | the file system has none       v                                           |
 *        +--O_CREAT | O_EXCL------------> named --publish: rename(2)------------------+
 *                                         |
 *                                         +--drop, end of the process--> unlinked
 *
 * link(2) does not replace: where there is an old version, the new one first gets a name of its
 * own, which rename(2) then takes away.
 *
 * Invariants.
 *   (1) `named` is true from before the kernel is asked for the name until it is known that nobody
 *       has it: a process that ends anywhere removes it. (A name that was somebody else's, which
 *       only 64 equal bits can bring about, is given up by the completion that says so.)
 *   (2) The directory is held open from the begin to the end: it may be renamed meanwhile.
 *   (3) Files are closed, and names removed, whether the caller is cancelled or not.
 */
#include "activity/filesystem.h"

#include "turn/seat.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES_MAX   100
#define NAME_PREFIX ".mori-"

struct draft {
        struct owned owned;
        mori_directory folder;
        mori_file file; /* while it is opened */
        mode_t mode;
        bool named, placed;
        char name[sizeof(NAME_PREFIX) + 16];
        char *target; /* the last name of the path */
        char path[];  /* the directory; then the target */
};

/* The end of the process: the folder is still open, for what is owned goes first. */
static void draft_release(struct owned *owned)
{
        struct draft *draft = (struct draft *)owned;
        const struct file *folder;

        if (draft->named) {
                struct seat *seat = seat_hold();

                folder = process_file(process_self(), draft->folder.word);
                if (folder != NULL)
                        platform_unlink_now(seat->io, folder->fd, draft->name);
                seat_release();
        }
        free(draft);
}

/* A name that nobody has. */
static void draft_name(struct draft *draft)
{
        uint64_t random = platform_io_random(seat_hold()->io);

        seat_release();
        snprintf(draft->name, sizeof draft->name, NAME_PREFIX "%016llx",
                 (unsigned long long)random);
}

/* Whether what opening an O_TMPFILE answers means that there are none here. */
static bool has_no_unnamed(int error)
{
        return error == -EOPNOTSUPP || error == -EISDIR || error == -EINVAL || error == -ENOENT;
}

static void draft_open_done(struct operation *operation, int32_t result, uint32_t flags,
                            uint16_t buffer)
{
        struct draft *draft = operation->owner;

        if (result >= 0)
                result = file_enter(operation->process, result,
                                    operation->op.op_flags ? FILE_CONFINED : FILE_PLAIN,
                                    &draft->file);
        else
                draft->named = false;
        wait_operation_done(operation, result, flags, buffer);
}

/* Opens the file itself, without a name or with one. */
static int64_t draft_file_begin(struct draft *draft, bool named)
{
        struct operation *operation;
        int64_t begun;
        int error;

        if (named)
                draft_name(draft);
        error = file_path_operation(draft->folder, PLATFORM_OPEN, named ? draft->name : ".",
                                    &operation);
        if (error < 0)
                return error;
        operation->op.flags =
                O_RDWR | O_CLOEXEC | (named ? O_CREAT | O_EXCL : (uint32_t)O_TMPFILE);
        operation->op.mode = (uint16_t)draft->mode;
        operation->owner = draft;
        operation->done = draft_open_done;
        draft->named = named;
        begun = wait_operation(operation);
        if (begun != WAIT_SUSPEND)
                draft->named = false;
        return begun;
}

static MORI_ASYNC int draft_file_open(struct draft *draft)
{
        int64_t error = -EOPNOTSUPP;

        for (int tries = 0; tries < TRIES_MAX; tries++) {
                error = draft_file_begin(draft, tries > 0);
                if (error == WAIT_SUSPEND)
                        error = MORI_AWAIT activity_suspend();
                if (tries == 0 ? !has_no_unnamed((int)error) : error != -EEXIST)
                        break;
        }
        return (int)error;
}

/* Takes the path apart. 0, or a negative errno. */
static int draft_new(const char *path, mode_t mode, struct draft **ret_draft)
{
        struct draft *draft;
        const char *slash;
        size_t length, folder;

        if (path == NULL)
                return -EFAULT;
        length = strnlen(path, PATH_MAX);
        if (length == 0 || length == PATH_MAX)
                return length == 0 ? -ENOENT : -ENAMETOOLONG;
        slash = strrchr(path, '/');
        folder = slash == NULL ? 0 : (size_t)(slash - path) + 1;
        if (path[folder] == '\0' || strcmp(path + folder, ".") == 0 ||
            strcmp(path + folder, "..") == 0)
                return -EISDIR;
        if (length - folder > NAME_MAX)
                return -ENAMETOOLONG;
        draft = malloc(sizeof *draft + length + 4);
        if (draft == NULL)
                return -ENOMEM;
        memset(draft, 0, sizeof *draft);
        draft->mode = mode;
        /* "a/b" is "a/." and "b". */
        memcpy(draft->path, path, folder);
        memcpy(draft->path + folder, ".", 2);
        draft->target = draft->path + folder + 2;
        memcpy(draft->target, path + folder, length - folder + 1);
        process_own(process_self(), &draft->owned, draft_release);
        *ret_draft = draft;
        return 0;
}

/* What is left is memory. */
static void draft_free(struct draft *draft)
{
        process_disown(&draft->owned);
        free(draft);
}

MORI_ASYNC int mori_draft_open(mori_directory directory, const char *path, mode_t mode,
                               struct mori_draft *ret_draft)
{
        struct draft *draft;
        int error = ret_draft == NULL ? -EFAULT : draft_new(path, mode, &draft);

        if (error < 0)
                return error;
        error = MORI_AWAIT mori_file_open(directory, draft->path, O_RDONLY | O_DIRECTORY, 0,
                                          &draft->folder);
        if (error < 0) {
                draft_free(draft);
                return error;
        }
        error = MORI_AWAIT draft_file_open(draft);
        if (error < 0) {
                (void)MORI_AWAIT mori_file_close(draft->folder);
                draft_free(draft);
                return error;
        }
        ret_draft->file = draft->file;
        ret_draft->detail = draft;
        return 0;
}

/* ---- Putting it in place */

/* The file gets a name, which nobody has yet: the target's, or one of its own. */
static int64_t draft_link_begin(struct draft *draft, bool own)
{
        struct operation *operation;
        int64_t begun;
        int error;

        if (own)
                draft_name(draft);
        error = filesystem_two_operation(draft->file, PLATFORM_LINK, "", draft->folder,
                                         own ? draft->name : draft->target, &operation);
        if (error < 0)
                return error;
        operation->op.flags = AT_EMPTY_PATH;
        draft->named = own;
        begun = wait_operation(operation);
        if (begun != WAIT_SUSPEND)
                draft->named = false;
        return begun;
}

static MORI_ASYNC int draft_link(struct draft *draft, bool own)
{
        int64_t error = draft_link_begin(draft, own);

        if (error == WAIT_SUSPEND)
                error = MORI_AWAIT activity_suspend();
        if (error < 0)
                draft->named = false;
        return (int)error;
}

/* From its own name to the target's. */
static MORI_ASYNC int draft_rename(struct draft *draft, unsigned flags)
{
        bool fresh = flags & MORI_DRAFT_NEW;
        int error = MORI_AWAIT mori_rename(draft->folder, draft->name, draft->folder, draft->target,
                                           fresh ? MORI_RENAME_NOREPLACE : 0);

        if (error == -EINVAL && fresh) { /* a file system that has no such renames */
                error = MORI_AWAIT mori_hard_link(draft->folder, draft->name, draft->folder,
                                             draft->target);
                if (error == 0)
                        error = MORI_AWAIT mori_unlink(draft->folder, draft->name);
        }
        if (error == 0)
                draft->named = false;
        return error;
}

static MORI_ASYNC int draft_place(struct draft *draft, unsigned flags)
{
        int error;

        if (!draft->named) {
                error = MORI_AWAIT draft_link(draft, false);
                if (error != -EEXIST || flags & MORI_DRAFT_NEW)
                        return error;
                for (int tries = 0; error == -EEXIST && tries < TRIES_MAX; tries++)
                        error = MORI_AWAIT draft_link(draft, true);
                if (error < 0)
                        return error;
        }
        return MORI_AWAIT draft_rename(draft, flags);
}

/* Both files are closed; the first error that is told. */
static MORI_ASYNC int draft_close(struct mori_draft *handle)
{
        struct draft *draft = handle->detail;
        int error = MORI_AWAIT mori_file_close(draft->file);

        (void)MORI_AWAIT mori_file_close(draft->folder);
        draft_free(draft);
        *handle = (struct mori_draft){MORI_NO_FILE, NULL};
        return error;
}

MORI_ASYNC int mori_draft_publish(struct mori_draft *handle, unsigned flags)
{
        struct draft *draft = handle == NULL ? NULL : handle->detail;
        int error = 0;

        if (draft == NULL)
                return handle == NULL ? -EFAULT : -EBADF;
        if (flags & ~(MORI_DRAFT_NEW | MORI_DRAFT_VOLATILE))
                return -EINVAL;
        if (!(flags & MORI_DRAFT_VOLATILE))
                error = MORI_AWAIT mori_file_sync(draft->file);
        if (error == 0 && !draft->placed) {
                error = MORI_AWAIT draft_place(draft, flags);
                draft->placed = error == 0;
        }
        if (error == 0 && !(flags & MORI_DRAFT_VOLATILE)) {
                error = MORI_AWAIT mori_file_sync(draft->folder);
                if (error == -EINVAL)
                        error = 0; /* a file system whose directories are never synced */
        }
        return error < 0 ? error : MORI_AWAIT draft_close(handle);
}

static int64_t draft_unlink_begin(struct draft *draft)
{
        struct operation *operation;
        int error = file_path_operation(draft->folder, PLATFORM_UNLINK, draft->name, &operation);

        return error < 0 ? error : wait_operation_quiet(operation);
}

MORI_ASYNC void mori_draft_drop(struct mori_draft *handle)
{
        struct draft *draft = handle == NULL ? NULL : handle->detail;

        if (draft == NULL)
                return;
        if (draft->named) {
                if (draft_unlink_begin(draft) == WAIT_SUSPEND)
                        MORI_AWAIT activity_suspend();
                draft->named = false;
        }
        (void)MORI_AWAIT draft_close(handle);
}

/* ---- Temporary files */

MORI_ASYNC int mori_temporary(mori_directory directory, const char *path, mode_t mode,
                              mori_file *ret_file)
{
        struct draft *draft;
        int error = ret_file == NULL ? -EFAULT : draft_new("t", mode, &draft);

        if (error < 0)
                return error;
        error = MORI_AWAIT mori_file_open(directory, path, O_PATH | O_DIRECTORY, 0, &draft->folder);
        if (error == 0) {
                error = MORI_AWAIT draft_file_open(draft);
                if (draft->named && draft_unlink_begin(draft) == WAIT_SUSPEND)
                        MORI_AWAIT activity_suspend();
                draft->named = false;
                (void)MORI_AWAIT mori_file_close(draft->folder);
        }
        if (error == 0)
                *ret_file = draft->file;
        draft_free(draft);
        return error;
}
