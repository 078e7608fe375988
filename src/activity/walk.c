/* SPDX-License-Identifier: MIT */
/*
 * Walking a tree. Directories are read by an operation of the platform (SCAN), which lists some of
 * them, one after the other, and looks at each entry: a job for a thread of the pool that takes as
 * long as hundreds of small ones, so that what it costs to hand over, 20 microseconds, does not
 * count.
 *
 *      pending (a stack of directories to be read) --> jobs (a ring, in the order of their begin)
 *           ^                                            |
 *           +---------- directories that are found ------+--> entries, handed out job by job
 *
 * A stack, because a queue would hold a whole level of the tree.
 *
 * Invariants.
 *   (1) A job is under way, filled, or neither: it was cancelled before it had begun, or some of
 *       its directories are still to be read; it is begun again when it is needed. Its buffer is
 *       the kernel's while it is under way.
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
#define PATHS_BYTES  (2u * PATH_MAX) /* of a job */
#define PATHS_MAX    16u             /* of all jobs together: what is read too far ahead waits */
#define NEXT_AT_HAND 2               /* of next_begin() */

struct pending {
        struct pending *next;
        unsigned depth;
        char path[];
};

struct job {
        struct mori_walk *walk;
        struct pending *directories; /* still to be handed out: the one that is listed now first */
        struct operation *operation; /* under way, or NULL */
        uint64_t place;              /* where the listing of the first goes on */
        bool filled;
        int32_t result;
        uint32_t record, at, end; /* of the first in the buffer: its begin, next entry, end */
        char *buffer;             /* and behind it the paths of the directories */
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
        bool prefixed; /* `path` begins with the directory that is handed out: `prefix` bytes */
        size_t prefix;
        char path[PATH_MAX + sizeof(uint64_t)]; /* and what name_copy() writes behind it */
        struct job jobs[];
};

static struct job *job_at(struct mori_walk *walk, uint32_t index)
{
        uint32_t at = walk->first + index;

        return &walk->jobs[at < walk->jobs_max ? at : at - walk->jobs_max];
}

/* Takes the first of a list out, and frees it. */
static void pending_free(struct pending **list)
{
        struct pending *first = *list;

        *list = first->next;
        free(first);
}

static void walk_release(struct owned *owned)
{
        struct mori_walk *walk = (struct mori_walk *)owned;

        for (uint32_t i = 0; i < walk->jobs_max; i++) {
                free(walk->jobs[i].buffer);
                while (walk->jobs[i].directories != NULL)
                        pending_free(&walk->jobs[i].directories);
        }
        while (walk->pending != NULL)
                pending_free(&walk->pending);
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

/* The record of the first directory, at a place of the buffer. */
static void job_at_record(struct job *job, uint32_t record)
{
        const struct platform_scan *scan = (const void *)(job->buffer + record);

        job->record = record;
        job->at = record + (uint32_t)sizeof *scan;
        job->end = record + scan->bytes;
}

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
                if (result > 0)
                        job_at_record(job, 0);
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

/* Writes down what is to be read: so many directories behind the first. */
static uint16_t paths_put(const struct job *job)
{
        char *to = job->buffer + BUFFER_BYTES;
        uint16_t count = 0;

        for (const struct pending *one = job->directories; one != NULL; one = one->next) {
                to = stpcpy(to, one->path) + 1;
                count++;
        }
        return (uint16_t)(count - 1);
}

static int job_begin(struct job *job)
{
        struct operation *operation;
        int error = file_path_operation(job->walk->root, PLATFORM_SCAN, job->buffer + BUFFER_BYTES,
                                        &operation);

        if (error < 0)
                return error;
        operation->op.mode = paths_put(job);
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

/*
 * The directories of a job: its share of those that wait, so that all jobs have some. Few where
 * there are many jobs: as long as there are others, a large one brings nothing but a longer wait
 * for its first entry.
 */
static void job_take(struct mori_walk *walk, struct job *job)
{
        uint32_t share = walk->pending_count / walk->jobs_max;
        struct pending **link = &job->directories;
        size_t room = PATHS_BYTES;

        for (uint32_t count = 1; walk->pending != NULL; count++) {
                size_t bytes = strlen(walk->pending->path) + 1;

                if (count > 1 &&
                    (count > share || count * walk->jobs_max > PATHS_MAX || bytes > room))
                        break;
                room -= bytes;
                *link = pending_pop(walk);
                link = &(*link)->next;
        }
        *link = NULL;
}

/* Reads ahead: gives as many jobs as there are something to do. 0, or a negative errno. */
static int jobs_fill(struct mori_walk *walk)
{
        while (walk->count < walk->jobs_max && walk->pending != NULL) {
                struct job *job = job_at(walk, walk->count);
                int error;

                if (job->buffer == NULL)
                        job->buffer = malloc(BUFFER_BYTES + PATHS_BYTES);
                if (job->buffer == NULL)
                        return -ENOMEM;
                job->walk = walk;
                job->place = 0;
                job_take(walk, job);
                walk->count++;
                error = job_begin(job);
                if (error < 0)
                        return error; /* begun again by the next call */
        }
        return 0;
}

/*
 * The first directory of the first job was handed out, or `place` is where it goes on: then there
 * is its next part, the next directory, or another job.
 */
static void directory_end(struct mori_walk *walk, struct job *job, uint64_t place)
{
        walk->prefixed = false;
        job->place = place;
        if (place == 0)
                pending_free(&job->directories);
        if (job->directories == NULL) {
                job->filled = false;
                walk->first = walk->first + 1 < walk->jobs_max ? walk->first + 1 : 0;
                walk->count--;
        } else if (place == 0 && job->result > 0 && job->end < (uint32_t)job->result) {
                job_at_record(job, job->end);
        } else {
                job->filled = false;
        }
}

/* ---- Entries */

/* Puts the path of a directory before those of its entries. */
static void prefix_put(struct mori_walk *walk, const char *directory)
{
        size_t length = strcmp(directory, ".") == 0 ? 0 : strlen(directory);

        memcpy(walk->path, directory, length);
        if (length > 0)
                walk->path[length++] = '/';
        walk->prefix = length;
        walk->prefixed = true;
}

/* A directory that could not be read. */
static int entry_failed(struct mori_walk *walk, struct job *job, int error,
                        struct mori_walk_entry *ret_entry)
{
        const struct pending *directory = job->directories;
        const char *slash;

        *ret_entry = (struct mori_walk_entry){.depth = directory->depth, .error = error};
        memcpy(walk->path, directory->path, strlen(directory->path) + 1);
        slash = strrchr(walk->path, '/');
        ret_entry->path = walk->path;
        ret_entry->name = slash != NULL ? slash + 1 : walk->path;
        directory_end(walk, job, 0);
        return 1;
}

/*
 * By words, since names are short: up to 7 bytes more are read, and written. Behind the last name
 * of a buffer are the paths.
 */
static inline void name_copy(char *to, const char *from, size_t bytes)
{
        for (size_t at = 0; at < bytes; at += sizeof(uint64_t))
                memcpy(to + at, from + at, sizeof(uint64_t));
}

/* True where the next entry is of the same directory, and nothing new is there to be read ahead. */
static inline bool is_at_hand(const struct mori_walk *walk)
{
        const struct job *first = &walk->jobs[walk->first];

        return walk->prefixed && !walk->descends && walk->waiter == 0 && first->at < first->end;
}

/* The next entry, which is at hand. 1, or a negative errno: then it comes again. */
static inline int entry_take(struct mori_walk *walk, struct mori_walk_entry *ret_entry)
{
        struct job *job = &walk->jobs[walk->first];
        const struct platform_scan_entry *entry = (const void *)(job->buffer + job->at);
        unsigned depth = job->directories->depth + 1;
        int error = entry->error;
        char *name = walk->path + walk->prefix;

        if (walk->prefix + entry->length >= PATH_MAX) {
                name = walk->path; /* alone: there is no room for what it is beneath */
                walk->prefixed = false;
                error = -ENAMETOOLONG;
        }
        name_copy(name, entry->name, entry->length + 1u);
        if (error == 0 && S_ISDIR(entry->status.st_mode)) {
                int pushed = pending_push(walk, walk->path, depth);

                walk->descends = pushed == 0;
                walk->prefixed = walk->descends; /* what waits is looked at before it comes again */
                if (pushed < 0)
                        return pushed;
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
 * Looks for the next entry: it is at hand now; or 1: that of a directory that could not be read; 0:
 * the end; WAIT_SUSPEND: suspended until the first job is filled, or cancelled. What the last entry
 * points to is given up only now.
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
                if (job->filled) {
                        const struct platform_scan *scan =
                                (const void *)(job->buffer + job->record);
                        int failed = job->result < 0 ? job->result : scan->error;

                        if (failed < 0)
                                return entry_failed(walk, job, failed, ret_entry);
                        if (job->at < job->end) {
                                prefix_put(walk, job->directories->path);
                                return NEXT_AT_HAND;
                        }
                        directory_end(walk, job, scan->next);
                        continue;
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
        while (!is_at_hand(walk)) {
                result = next_begin(walk, ret_entry);
                if (result == WAIT_SUSPEND)
                        result = MORI_AWAIT activity_suspend();
                else if (result >= 0 && result != NEXT_AT_HAND)
                        return (int)result;
                if (result < 0)
                        return (int)result;
        }
        return entry_take(walk, ret_entry);
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
