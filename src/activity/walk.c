/* SPDX-License-Identifier: MIT */
/*
 * Walking a tree. A directory is read by one operation of the platform (SCAN), which lists it and
 * looks at each entry: a job for a thread of the pool that takes as long as hundreds of small ones,
 * so that what they cost to hand over, 20 microseconds each, does not count.
 *
 *      pending (a stack of directories to be read) --> jobs (a ring, in the order of their begin)
 *           ^                                            |
 *           +---------- directories that are found ------+--> entries, handed out job by job
 *
 * A stack, because a queue would hold a whole level of the tree.
 *
 * Invariants.
 *   (1) A job is under way, filled, or neither: it was cancelled before it had begun, and is begun
 *       again when it is needed. Its buffer is the kernel's while it is under way.
 *   (2) The waiter waits for the operation of the first job, or (at the end) for all of them.
 *   (3) The walk is the process's, with all its memory, and its directory is an entry of the table
 *       of files: a process that ends lets go of both, after the last word on every operation.
 */
#include "activity/filesystem.h"

#include <mori/directory.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define JOBS_USUAL   4u
#define JOBS_MAX     64u
#define PENDING_MAX  (1u << 20)
#define BUFFER_BYTES (128u << 10)

struct pending {
        struct pending *next;
        unsigned depth;
        char path[];
};

struct job {
        struct mori_walk *walk;
        struct pending *directory;
        struct operation *operation; /* under way, or NULL */
        uint64_t place;              /* where the listing goes on */
        bool filled;
        int32_t result;
        uint32_t at;
        char *buffer;
};

struct mori_walk {
        struct owned owned;
        mori_directory root;
        stack_ref waiter; /* for the first job, or for the end */
        bool ending;
        uint32_t under_way;
        uint32_t jobs_max, first, count; /* of the ring */
        uint32_t pending_count;
        struct pending *pending;
        bool descends; /* the entry that came last is the top of `pending` */
        char path[PATH_MAX];
        struct job jobs[];
};

static struct job *job_at(struct mori_walk *walk, uint32_t index)
{
        return &walk->jobs[(walk->first + index) % walk->jobs_max];
}

static void walk_release(struct owned *owned)
{
        struct mori_walk *walk = (struct mori_walk *)owned;

        for (uint32_t i = 0; i < walk->jobs_max; i++) {
                free(walk->jobs[i].buffer);
                free(walk->jobs[i].directory);
        }
        while (walk->pending != NULL) {
                struct pending *next = walk->pending->next;

                free(walk->pending);
                walk->pending = next;
        }
        free(walk);
}

/* A directory is to be read: `path` and, where there is one, `name`. 0, or a negative errno. */
static int pending_push(struct mori_walk *walk, const char *path, unsigned depth)
{
        size_t length = strlen(path);
        struct pending *pending;

        if (walk->pending_count == PENDING_MAX)
                return -ENOBUFS;
        pending = malloc(sizeof *pending + length + 1);
        if (pending == NULL)
                return -ENOMEM;
        memcpy(pending->path, path, length + 1);
        pending->depth = depth;
        pending->next = walk->pending;
        walk->pending = pending;
        walk->pending_count++;
        return 0;
}

static struct pending *pending_pop(struct mori_walk *walk)
{
        struct pending *pending = walk->pending;

        walk->pending = pending->next;
        walk->pending_count--;
        return pending;
}

/* ---- Jobs */

static void job_done(struct operation *operation, int32_t result, uint32_t flags, uint16_t buffer)
{
        struct job *job = operation->owner;
        struct mori_walk *walk = job->walk;
        struct process *process = operation->process;
        uint32_t file = operation->file;
        bool wakes = walk->ending ? walk->under_way == 1 : job == job_at(walk, 0);
        stack_ref waiter = walk->waiter;
        int64_t answer = 0;

        (void)flags;
        (void)buffer;
        job->operation = NULL;
        walk->under_way--;
        if (result != -ECANCELED) { /* (1) */
                job->filled = true;
                job->result = result;
                job->at = sizeof(struct platform_scan);
        }
        if (waiter != 0 && wakes) {
                if (!walk->ending && !job->filled &&
                    activity_level(activity_at(waiter)) != CANCEL_NONE)
                        answer = activity_cancel_answer(activity_at(waiter));
                walk->waiter = 0;
                process_wake(process, activity_at(waiter), answer);
        }
        operation_free(operation);
        wait_files_leave(process, file, 0);
}

static int job_begin(struct job *job)
{
        struct operation *operation;
        int error = file_path_operation(job->walk->root, PLATFORM_SCAN, job->directory->path,
                                        &operation);

        if (error < 0)
                return error;
        operation->op.address2 = job->buffer;
        operation->op.length = BUFFER_BYTES;
        operation->op.offset = job->place;
        operation->owner = job;
        operation->done = job_done;
        job->operation = operation;
        job->filled = false;
        job->walk->under_way++;
        wait_files_enter(operation);
        operation_submit(operation);
        return 0;
}

/* Reads ahead: as many directories as there are jobs. 0, or a negative errno. */
static int jobs_fill(struct mori_walk *walk)
{
        while (walk->count < walk->jobs_max && walk->pending != NULL) {
                struct job *job = job_at(walk, walk->count);
                int error;

                if (job->buffer == NULL)
                        job->buffer = malloc(BUFFER_BYTES);
                if (job->buffer == NULL)
                        return -ENOMEM;
                job->walk = walk;
                job->place = 0;
                job->directory = pending_pop(walk);
                walk->count++;
                error = job_begin(job);
                if (error < 0)
                        return error; /* begun again by the next call */
        }
        return 0;
}

static void job_end(struct mori_walk *walk)
{
        struct job *job = job_at(walk, 0);

        free(job->directory);
        job->directory = NULL;
        job->filled = false;
        walk->first = (walk->first + 1) % walk->jobs_max;
        walk->count--;
}

/* ---- Entries */

/* Puts together the path of an entry; its last name. NULL where it is too long. */
static const char *path_join(struct mori_walk *walk, const char *directory, const char *name)
{
        size_t length = strcmp(directory, ".") == 0 ? 0 : strlen(directory);
        size_t more = strlen(name);

        if (length + more + 2 > sizeof walk->path)
                return NULL;
        memcpy(walk->path, directory, length);
        if (length > 0)
                walk->path[length++] = '/';
        memcpy(walk->path + length, name, more + 1);
        return walk->path + length;
}

/* A directory that could not be read. */
static int entry_failed(struct mori_walk *walk, struct mori_walk_entry *ret_entry)
{
        struct job *job = job_at(walk, 0);
        const char *slash;

        *ret_entry = (struct mori_walk_entry){.depth = job->directory->depth, .error = job->result};
        memcpy(walk->path, job->directory->path, strlen(job->directory->path) + 1);
        slash = strrchr(walk->path, '/');
        ret_entry->path = walk->path;
        ret_entry->name = slash != NULL ? slash + 1 : walk->path;
        job_end(walk);
        return 1;
}

/* The next entry of the first job, which has one. 1, or a negative errno: then it comes again. */
static int entry_take(struct mori_walk *walk, struct mori_walk_entry *ret_entry)
{
        struct job *job = job_at(walk, 0);
        const struct platform_scan_entry *entry = (const void *)(job->buffer + job->at);
        unsigned depth = job->directory->depth + 1;
        const char *name = path_join(walk, job->directory->path, entry->name);
        int error = entry->error;

        if (name == NULL) {
                memcpy(walk->path, entry->name, strlen(entry->name) + 1);
                name = walk->path;
                error = -ENAMETOOLONG;
        } else if (error == 0 && S_ISDIR(entry->status.st_mode)) {
                int pushed = pending_push(walk, walk->path, depth);

                if (pushed < 0)
                        return pushed;
                walk->descends = true;
        }
        *ret_entry = (struct mori_walk_entry){.path = walk->path,
                                              .name = name,
                                              .status = error == 0 ? &entry->status : NULL,
                                              .depth = depth,
                                              .error = error};
        job->at += entry->bytes;
        return 1;
}

/*
 * 1: an entry; 0: the end; WAIT_SUSPEND: suspended until the first job is filled, or cancelled.
 * What the last entry points to is given up only now.
 */
static int64_t next_begin(struct mori_walk *walk, struct mori_walk_entry *ret_entry)
{
        struct job *job;
        int error;

        if (walk->waiter != 0)
                return -EBUSY;
        walk->descends = false;
        for (;;) {
                error = jobs_fill(walk);
                if (walk->count == 0)
                        return error;
                job = job_at(walk, 0);
                if (job->filled && job->result < 0)
                        return entry_failed(walk, ret_entry);
                if (job->filled && job->at < (uint32_t)job->result)
                        return entry_take(walk, ret_entry);
                if (job->filled) {
                        job->place = ((const struct platform_scan *)(void *)job->buffer)->next;
                        job->filled = false;
                        if (job->place == 0) {
                                job_end(walk);
                                continue;
                        }
                }
                error = wait_cancelled();
                if (error == 0 && job->operation == NULL)
                        error = job_begin(job);
                if (error < 0)
                        return error;
                walk->waiter =
                        stack_ref_of(wait_begin(ACTIVITY_STATE_WAITING_OP, job->operation));
                return WAIT_SUSPEND;
        }
}

MORI_ASYNC int mori_walk_next(mori_walk *walk, struct mori_walk_entry *ret_entry)
{
        int64_t result;

        if (walk == NULL || ret_entry == NULL)
                return -EFAULT;
        while ((result = next_begin(walk, ret_entry)) == WAIT_SUSPEND) {
                result = MORI_AWAIT activity_suspend();
                if (result < 0)
                        break;
        }
        return (int)result;
}

void mori_walk_skip(mori_walk *walk)
{
        if (walk == NULL)
                return;
        if (walk->descends)
                free(pending_pop(walk));
        walk->descends = false;
}

/* ---- Begin and end */

static struct mori_walk *walk_new(unsigned parallel)
{
        unsigned jobs = parallel == 0 ? JOBS_USUAL : parallel < JOBS_MAX ? parallel : JOBS_MAX;
        struct mori_walk *walk = calloc(1, sizeof *walk + jobs * sizeof(struct job));

        if (walk == NULL)
                return NULL;
        walk->jobs_max = jobs;
        process_own(process_self(), &walk->owned, walk_release);
        if (pending_push(walk, ".", 0) < 0) {
                process_disown(&walk->owned);
                walk_release(&walk->owned);
                return NULL;
        }
        return walk;
}

static void walk_free(struct mori_walk *walk)
{
        process_disown(&walk->owned);
        walk_release(&walk->owned);
}

MORI_ASYNC int mori_walk_begin(mori_directory directory, const char *path, unsigned parallel,
                               mori_walk **ret_walk)
{
        mori_walk *walk = ret_walk == NULL ? NULL : walk_new(parallel);
        int error;

        if (walk == NULL)
                return ret_walk == NULL ? -EFAULT : -ENOMEM;
        error = MORI_AWAIT mori_directory_open(directory, path, &walk->root);
        if (error < 0) {
                walk_free(walk);
                return error;
        }
        *ret_walk = walk;
        return 0;
}

/* Cancels what is under way; WAIT_SUSPEND where something is. */
static int64_t end_begin(struct mori_walk *walk)
{
        walk->ending = true;
        for (uint32_t i = 0; i < walk->count; i++)
                if (job_at(walk, i)->operation != NULL)
                        operation_cancel(job_at(walk, i)->operation);
        if (walk->under_way == 0)
                return 0;
        walk->waiter = stack_ref_of(wait_begin(ACTIVITY_STATE_WAITING_QUIET, walk));
        return WAIT_SUSPEND;
}

MORI_ASYNC void mori_walk_end(mori_walk *walk)
{
        if (walk == NULL)
                return;
        if (end_begin(walk) == WAIT_SUSPEND)
                MORI_AWAIT activity_suspend();
        (void)MORI_AWAIT mori_file_close(walk->root);
        walk_free(walk);
}
