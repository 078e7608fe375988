/* SPDX-License-Identifier: MIT */
/*
 * Watching directories and files: the calls of mori/watch.h, and what they wait for.
 *
 *      the kernel --READ--> records --watch_event.c--> events --mori_watch_next()--> the caller
 *                                        |    ^
 *                                        v    | FOUND
 *                              todo: --ADD, SCAN-->
 *
 * mori_watch_next() goes round until there is an event to be handed out. Each round does what is
 * first in this list: hand out an event; close, or give up in the kernel, what is no more; watch
 * and list directories that have come; look at the next record; read. What it is at stands in the
 * watch and not in its frame, so it can be cancelled anywhere and called again.
 *
 * Why inotify, and not fanotify(7): docs/platform.md, "Watching".
 */
#include "activity/watch.h"

#include "activity/filesystem.h"
#include "base/atomic.h"
#include "turn/seat.h"

#include <mori/activity.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_BYTES_MAX (sizeof(struct inotify_event) + 256)
#define PAUSE            MORI_MS(1)
#define PAUSES_MAX       2u

#define FLAGS                                                                                      \
        (MORI_WATCH_TREE | MORI_WATCH_LIST | MORI_WATCH_WRITTEN | MORI_WATCH_CONTENT |             \
         MORI_WATCH_ATTRIBUTES)

/* What a round answers, besides an event (1), the end (0), an error, and WAIT_SUSPEND. */
enum { STEP_OPEN = 2, STEP_CLOSE, STEP_PAUSE, STEP_WAIT };

/* ---- Limits */

static void limit_report(enum platform_watch_limit limit)
{
        static uint32_t reported[PLATFORM_WATCH_EVENTS + 1];
        const char *name;
        int64_t value = platform_watch_limit(seat_hold()->io, limit, &name);

        seat_release();
        if (atomic_exchange(&reported[limit], 1) != 0)
                return;
        if (limit == PLATFORM_WATCH_EVENTS)
                base_report("mori: a mori_watch had %lld events to be told, and has lost others; "
                            "so that a new one has room for more: sysctl %s=N",
                            (long long)value, name);
        else
                base_report("mori: all %lld of %s are in use by this user; to have more: "
                            "sysctl %s=N",
                            (long long)value, name, name);
}

void watch_lost_report(void)
{
        limit_report(PLATFORM_WATCH_EVENTS);
}

/* ---- Begin and end */

int mori_watch_begin(mori_watch **ret_watch)
{
        mori_watch *watch = ret_watch == NULL ? NULL : calloc(1, sizeof *watch);
        int fd, error;

        if (watch == NULL)
                return ret_watch == NULL ? -EFAULT : -ENOMEM;
        fd = platform_watch_new(seat_hold()->io);
        seat_release();
        error = fd < 0 ? fd : file_enter(process_self(), fd, FILE_PIPE, &watch->queue);
        if (error < 0) {
                free(watch);
                if (error == -EUSERS)
                        limit_report(PLATFORM_WATCH_INSTANCES);
                return error;
        }
        process_own(process_self(), &watch->owned, watch_release);
        *ret_watch = watch;
        return 0;
}

/* A directory that is to be closed, of a place that is no more or, at the `end`, any. */
static mori_directory close_take(mori_watch *watch, bool end)
{
        struct watch_place *place = watch->places;
        mori_directory taken = watch->stray;

        if (watch->open_count == 0 && watch->dead == NULL)
                return MORI_NO_FILE;
        watch->stray = MORI_NO_FILE;
        while (taken.word == 0 && watch->dead != NULL) {
                struct watch_place *dead = watch->dead;

                taken = dead->open;
                watch->dead = dead->next;
                free(dead);
        }
        for (; taken.word == 0 && place != NULL; place = place->next) {
                if (place->open.word == 0 || (!end && (place->todo > 0 || place->root->wd < 0)))
                        continue;
                taken = place->open;
                place->open = MORI_NO_FILE;
                place->verified = false;
        }
        watch->open_count -= taken.word != 0;
        return taken;
}

static void end_check(const mori_watch *watch)
{
        if (watch->busy || watch->adding > 0)
                process_abandon("mori_watch_end: somebody waits in the watch");
}

static void watch_free(mori_watch *watch)
{
        process_disown(&watch->owned);
        watch_release(&watch->owned);
}

MORI_ASYNC void mori_watch_end(mori_watch *watch)
{
        mori_directory directory;

        if (watch == NULL)
                return;
        end_check(watch);
        while ((directory = close_take(watch, true)).word != 0)
                (void)MORI_AWAIT mori_file_close(directory);
        (void)MORI_AWAIT mori_file_close(watch->queue);
        watch_free(watch);
}

/* ---- Places */

static int queue_fd(const mori_watch *watch)
{
        return process_file(process_self(), watch->queue.word)->fd;
}

/* Those who wait for another one in the watch look again. */
static void changed_tell(mori_watch *watch)
{
        mori_event_set(&watch->changed);
        mori_event_reset(&watch->changed);
}

/* Whoever waits for records looks at what there is to do first. */
static void reader_stir(mori_watch *watch)
{
        if (watch->reading != NULL)
                operation_cancel(watch->reading);
}

static int64_t answer_of(int64_t result)
{
        if (result == -ENOSPC)
                limit_report(PLATFORM_WATCH_PLACES);
        return result;
}

/* The kernel's answer becomes the place's at once, so that no record about it is overlooked. */
static void place_added(struct operation *operation, int32_t result, uint32_t flags,
                        uint16_t buffer)
{
        struct watch_place *place = operation->owner;
        mori_watch *watch = place->watch;

        if (result >= 0 && node_of_wd(watch, result) != NULL) {
                result = -EEXIST;
        } else if (result >= 0) {
                watch_keep_wd(watch, result);
                node_set_wd(watch, place->root, result);
                watch->unsure |= place->unsure;
                if (place->flags & (MORI_WATCH_TREE | MORI_WATCH_LIST)) {
                        place->verified = true;
                        place->listing = watch->listing = true;
                        node_todo(watch, place->root, NODE_SCAN);
                }
                result = 0;
        }
        wait_operation_done(operation, result, flags, buffer);
}

static int64_t watch_operation(mori_watch *watch, mori_directory directory, const char *path,
                               uint32_t mask, struct operation **ret_operation)
{
        int error = file_path_operation(directory, PLATFORM_WATCH, path, ret_operation);

        if (error < 0)
                return error;
        (*ret_operation)->op.fd2 = queue_fd(watch);
        (*ret_operation)->op.mask = mask | IN_MASK_ADD;
        (*ret_operation)->source = (uint32_t)watch->queue.word;
        return 0;
}

/* -EAGAIN while the kernel is told what to give up: it may be this. */
static int64_t place_add_begin(mori_watch *watch, struct watch_place *place)
{
        bool open = place->open.word != 0;
        struct operation *operation;
        int64_t error;

        if (watch->dropping_count > 0)
                return -EAGAIN;
        error = watch_operation(watch, open ? place->open : place->base, open ? "." : place->path,
                                watch_mask(place->flags), &operation);
        if (error < 0)
                return error;
        operation->owner = place;
        operation->done = place_added;
        return wait_operation(operation);
}

static int place_begin(mori_watch *watch, mori_directory base, const char *path, unsigned flags,
                       struct watch_place **ret_place)
{
        if (path == NULL)
                return -EFAULT;
        if (flags & ~(unsigned)FLAGS)
                return -EINVAL;
        *ret_place = place_new(watch, path, flags);
        if (*ret_place == NULL) {
                watch->out_of_memory = false;
                return -ENOMEM;
        }
        (*ret_place)->base = base;
        (*ret_place)->watch = watch;
        if (watch->adding++ == 0)
                watch->adding_after = watch->last_wd;
        return 0;
}

/* One that was added may have gone since, and its record with it. */
static void place_end(mori_watch *watch, struct watch_place *place, uint32_t number,
                      int64_t result, uint32_t *ret_place)
{
        watch->adding--;
        if (result == 0)
                *ret_place = number;
        else
                place_drop(watch, place);
        reader_stir(watch);
        changed_tell(watch);
}

MORI_ASYNC int mori_watch_add(mori_watch *watch, mori_directory directory, const char *path,
                              unsigned flags, uint32_t *ret_place)
{
        struct watch_place *place;
        int64_t result = watch == NULL || ret_place == NULL
                                 ? -EFAULT
                                 : place_begin(watch, directory, path, flags, &place);
        uint32_t number;

        if (result < 0)
                return (int)result;
        number = place->number;
        if (flags & (MORI_WATCH_TREE | MORI_WATCH_LIST))
                result = MORI_AWAIT mori_directory_open(directory, path, &place->open);
        if (place->open.word != 0)
                watch->open_count++;
        while (result == 0) {
                result = place_add_begin(watch, place);
                if (result == WAIT_SUSPEND)
                        result = MORI_AWAIT activity_suspend();
                if (result != -EAGAIN)
                        break;
                result = MORI_AWAIT mori_event_wait(&watch->changed);
        }
        if (result < 0 && place->open.word != 0) {
                (void)MORI_AWAIT mori_file_close(place->open);
                place->open = MORI_NO_FILE;
                watch->open_count--;
        }
        place_end(watch, place, number, result, ret_place);
        return (int)answer_of(result);
}

int mori_watch_remove(mori_watch *watch, uint32_t number)
{
        struct watch_place *place;

        if (watch == NULL)
                return -EFAULT;
        place = watch->places;
        while (place != NULL && (place->number != number || place->root->wd < 0))
                place = place->next;
        if (place == NULL)
                return -ENOENT;
        watch_told_forget(watch, number);
        place_drop(watch, place);
        reader_stir(watch);
        return 0;
}

/* ---- Rounds: what is begun */

static void read_done(struct operation *operation, int32_t result, uint32_t flags, uint16_t buffer)
{
        mori_watch *watch = operation->owner;

        watch->reading = NULL;
        if (result > 0)
                watch->filled += (uint32_t)result;
        wait_operation_done(operation, result, flags, buffer);
}

static int64_t read_begin(mori_watch *watch)
{
        struct operation *operation;
        int64_t begun;
        int error;

        memmove(watch->records, watch->records + watch->at, watch->filled - watch->at);
        watch->filled -= watch->at;
        watch->settled = watch->settled > watch->at ? watch->settled - watch->at : 0;
        watch->at = 0;
        error = file_operation(watch->queue, PLATFORM_READ, &operation);
        if (error < 0)
                return error;
        operation->op.address = watch->records + watch->filled;
        operation->op.length = (uint32_t)(WATCH_RECORD_BYTES - watch->filled);
        operation->owner = watch;
        operation->done = read_done;
        watch->phase = WATCH_READ;
        begun = wait_operation_as(operation, ACTIVITY_STATE_WAITING_WATCH);
        if (begun == WAIT_SUSPEND)
                watch->reading = operation;
        return begun;
}

/* Where the kernel was not told, it will be. */
static void drop_end(mori_watch *watch, int64_t result)
{
        uint32_t count = watch->dropping_count;

        watch->dropping_count = 0;
        changed_tell(watch);
        for (uint32_t i = 0; i < count && result < 0; i++)
                watch_drop_wd(watch, watch->dropping[i]);
}

/* Gives up what is to be given up, as much of it as fits. */
static int64_t drop_begin(mori_watch *watch)
{
        struct operation *operation;
        uint32_t count = watch->drops_count < WATCH_DROPS_MAX ? watch->drops_count
                                                              : WATCH_DROPS_MAX;
        int64_t begun;
        int error = file_operation(watch->queue, PLATFORM_UNWATCH, &operation);

        if (error < 0)
                return error;
        watch->drops_count -= count;
        memcpy(watch->dropping, watch->drops + watch->drops_count, count * sizeof(int32_t));
        watch->dropping_count = count;
        operation->op.address = watch->dropping;
        operation->op.length = count;
        watch->phase = WATCH_DROP;
        begun = wait_operation(operation);
        if (begun != WAIT_SUSPEND)
                drop_end(watch, begun);
        return begun;
}

/* Asks which of the places that are unsure the kernel has still; 0 where none is. */
static int64_t ask_begin(mori_watch *watch)
{
        struct operation *operation;
        int error;

        watch->asked_count = 0;
        for (struct watch_place *place = watch->places;
             place != NULL && watch->asked_count < WATCH_ASKED_MAX; place = place->next)
                if (place->unsure && place->root->wd >= 0)
                        watch->asked[watch->asked_count++] = place->root->wd;
        watch->unsure = watch->asked_count > 0;
        if (!watch->unsure)
                return 0;
        error = file_operation(watch->queue, PLATFORM_WATCHED, &operation);
        if (error < 0)
                return error;
        operation->op.address = watch->asked;
        operation->op.address2 = watch->watched;
        operation->op.length = watch->asked_count;
        watch->phase = WATCH_ASK;
        return wait_operation(operation);
}

/* Asks what the name of a node leads to; of a root, whether it is what was opened (WATCH_ROOT). */
static int64_t verify_begin(mori_watch *watch, struct watch_place *place, struct node *node,
                            enum watch_phase phase)
{
        const char *path = watch_op_path(watch, node);
        struct operation *operation;
        int64_t error;

        if (path == NULL)
                return -ENOMEM;
        error = watch_operation(watch, place->open, path,
                                watch_mask(place->flags) | IN_ONLYDIR | IN_DONT_FOLLOW, &operation);
        if (error < 0)
                return error;
        operation->op.flags = AT_SYMLINK_NOFOLLOW;
        watch->phase = phase;
        watch->at_node = node;
        return wait_operation(operation);
}

static int64_t scan_begin(mori_watch *watch, struct watch_place *place, struct node *node)
{
        const char *path = watch_op_path(watch, node);
        struct operation *operation;
        int error;

        if (watch->scan == NULL)
                watch->scan = malloc(WATCH_SCAN_BYTES);
        if (path == NULL || watch->scan == NULL)
                return -ENOMEM;
        error = file_path_operation(place->open, PLATFORM_SCAN, path, &operation);
        if (error < 0)
                return error;
        operation->op.fd2 = queue_fd(watch);
        operation->op.mask = watch_mask(place->flags) | IN_MASK_ADD;
        operation->source = (uint32_t)watch->queue.word;
        operation->op.address2 = watch->scan;
        operation->op.length = WATCH_SCAN_BYTES;
        operation->op.offset = node->scan_from;
        watch->phase = WATCH_SCAN;
        watch->at_node = node;
        return wait_operation(operation);
}

static int64_t todo_begin(mori_watch *watch)
{
        struct node *node = watch->todo;
        struct watch_place *place = node_place(node);

        if (place->open.word == 0) {
                watch->phase = WATCH_OPEN;
                watch->at_place = place;
                return STEP_OPEN;
        }
        if (!place->verified)
                return verify_begin(watch, place, place->root, WATCH_ROOT);
        if (node->todo == NODE_VERIFY)
                return verify_begin(watch, place, node, WATCH_VERIFY);
        return scan_begin(watch, place, node);
}

/* ---- Rounds: what has come of it */

static void scan_ended(mori_watch *watch, struct node *node)
{
        const struct platform_scan *scan = (const void *)watch->scan;

        watch->scanned = NULL;
        node->scan_from = scan->next;
        if (scan->next == 0) {
                node_todo(watch, node, NODE_SETTLED);
                node->listed = true;
        }
}

/* Takes the next entry of a listing. */
static void scan_take(mori_watch *watch)
{
        const struct platform_scan_entry *entry = (const void *)(watch->scan + watch->scan_at);
        struct node *node = watch->scanned;
        bool directory = entry->error == 0 ? S_ISDIR(entry->status.st_mode)
                                           : entry->type == DT_DIR;

        watch->scan_at += entry->bytes;
        if (entry->error != -ENOENT)
                watch_found(watch, node, entry->name, directory);
        if (watch->scanned == node && watch->scan_at == watch->scan_filled)
                scan_ended(watch, node);
}

static void scan_filled(mori_watch *watch, struct node *node, uint32_t bytes)
{
        const struct platform_scan *scan = (const void *)watch->scan;
        bool goes_on = node->scan_from != 0 && node->wd == scan->number;

        if (!watch_node_is(watch, node, (int32_t)scan->number))
                return;
        if (node->scan_from != 0 && !goes_on) { /* of another one: from its beginning */
                node_todo(watch, node, NODE_SCAN);
                return;
        }
        watch->scanned = node;
        watch->scan_at = sizeof(struct platform_scan);
        watch->scan_filled = bytes;
        if (bytes <= sizeof(struct platform_scan))
                scan_ended(watch, node);
}

/* A place whose root its path does not lead to any more. */
static void place_lost(mori_watch *watch, struct watch_place *place, int error)
{
        watch_tell(watch, MORI_GONE, place->root, NULL, true, error);
        place_drop(watch, place);
}

/*
 * Places whose end was lost are told to be gone. Where the kernel does not tell (there is no /proc)
 * nothing is known. Other failures are the caller's, who calls again.
 */
static int64_t ask_end(mori_watch *watch, int64_t result)
{
        if (result == -EMFILE || result == -ENFILE || result == -ENOMEM || result == -EIO)
                return result;
        for (uint32_t i = 0; i < watch->asked_count; i++) {
                struct node *node = node_of_wd(watch, watch->asked[i]);

                if (node == NULL || node->parent != NULL || !node->place->unsure)
                        continue; /* it was taken out meanwhile */
                node->place->unsure = false;
                if (result < 0 || watch->watched[i])
                        continue;
                watch_tell(watch, MORI_GONE, node, NULL, false, 0);
                place_drop(watch, node->place);
        }
        return 0;
}

/* Whether our own wait was ended, and not that of a file server, which answers -ETIMEDOUT, too. */
static bool is_ours(int64_t result)
{
        return result == -ECANCELED || (result == -ETIMEDOUT && wait_cancelled() == -ETIMEDOUT);
}

static int64_t opened(mori_watch *watch, int64_t result)
{
        struct watch_place *place = watch->at_place;

        watch->at_place = NULL;
        if (result == 0) {
                watch->open_count++;
                if (place != NULL)
                        place->open = watch->opened;
                else
                        watch->stray = watch->opened;
                return 0;
        }
        if (place == NULL)
                return 0;
        if (is_ours(result) || result == -EMFILE || result == -ENFILE || result == -ENOMEM)
                return result;
        place_lost(watch, place, (int)result);
        return 0;
}

/* What a name leads to is watched now: given up again, unless some node has the number. */
static void unwatch_unknown(mori_watch *watch, int32_t wd)
{
        if (node_of_wd(watch, wd) != NULL)
                return;
        watch_keep_wd(watch, wd); /* once is enough */
        watch_drop_wd(watch, wd);
}

static void verified(mori_watch *watch, struct node *node, int32_t wd)
{
        if (watch_node_is(watch, node, wd))
                node_todo(watch, node, node->listed ? NODE_SETTLED : NODE_SCAN);
}

static void root_verified(mori_watch *watch, struct node *root, int32_t wd)
{
        root->place->verified = root->wd == wd;
        if (root->place->verified)
                return;
        unwatch_unknown(watch, wd);
        place_lost(watch, root->place, -ENOENT);
}

/* The kernel's answer about a node, which may have been given up meanwhile. */
static void answered(mori_watch *watch, struct node *node, int64_t result)
{
        const struct platform_scan *scan = (const void *)watch->scan;

        if (result == -ENOSPC)
                limit_report(PLATFORM_WATCH_PLACES);
        if (node == NULL) {
                if (result >= 0)
                        unwatch_unknown(watch, (int32_t)(watch->phase == WATCH_SCAN ? scan->number
                                                                                    : result));
        } else if (watch->phase == WATCH_ROOT && result < 0) {
                place_lost(watch, node->place, (int)result);
        } else if (result < 0) {
                watch_node_failed(watch, node, (int)result);
        } else if (watch->phase == WATCH_SCAN) {
                scan_filled(watch, node, (uint32_t)result);
        } else if (watch->phase == WATCH_ROOT) {
                root_verified(watch, node, (int32_t)result);
        } else {
                verified(watch, node, (int32_t)result);
        }
}

/* What a round has waited for is over. 0: the next round; else an answer to the caller. */
static int64_t round_end(mori_watch *watch, int64_t step, int64_t result)
{
        struct node *node = watch->at_node;
        enum watch_phase phase = watch->phase;

        if (step == STEP_PAUSE || step == STEP_WAIT)
                return result;
        if (step == STEP_CLOSE)
                return 0;
        if (step == STEP_OPEN)
                return opened(watch, result);
        watch->at_node = NULL;
        if (phase == WATCH_DROP)
                drop_end(watch, result);
        if (is_ours(result))
                return wait_cancelled();
        if (phase == WATCH_ASK)
                return ask_end(watch, result);
        if (phase == WATCH_READ || phase == WATCH_DROP)
                return result < 0 ? result : 0;
        answered(watch, node, result);
        return 0;
}

/* ---- The next event */

/* A rename whose other half has not come: more is to be read, or it has no other half. */
static int64_t patience(mori_watch *watch)
{
        bool room = WATCH_RECORD_BYTES - (watch->filled - watch->at) >= RECORD_BYTES_MAX;
        bool more = platform_watch_pending(seat_hold()->io, queue_fd(watch)) > 0;

        seat_release();
        if (room && more)
                return read_begin(watch);
        if (room && watch->patience < PAUSES_MAX) {
                watch->patience++;
                return STEP_PAUSE;
        }
        watch->patience = 0;
        watch->settled = watch->filled;
        return 0;
}

/* All that was there has been told, of the places that are to know. */
static void listed_tell(mori_watch *watch)
{
        for (struct watch_place *place = watch->places; place != NULL; place = place->next) {
                if (place->listing)
                        watch_tell(watch, MORI_LISTED, place->root, NULL, true, 0);
                place->listing = false;
        }
        watch->listing = false;
}

/* One thing is done; 0: and then the next; else what is to be awaited, or answered. */
static int64_t round_begin(mori_watch *watch)
{
        mori_directory directory;

        if (watch->lost) {
                watch->lost = false;
                watch_rescan(watch);
                return 0;
        }
        if (watch->scanned != NULL) {
                scan_take(watch);
                return 0;
        }
        directory = close_take(watch, false);
        if (directory.word != 0) {
                watch->closing = directory;
                return STEP_CLOSE;
        }
        if (watch->drops_count > 0 && watch->adding == 0) /* what is added may be among them */
                return drop_begin(watch);
        if (watch->places == NULL)
                return watch->adding > 0 ? STEP_WAIT : 0;
        if (watch->todo != NULL)
                return todo_begin(watch);
        if (watch->listing) {
                listed_tell(watch);
                return 0;
        }
        if (watch->unsure)
                return ask_begin(watch);
        switch (watch_record_next(watch)) {
        case WATCH_RECORD_DONE:
                return 0;
        case WATCH_RECORD_WAIT:
                return STEP_WAIT;
        case WATCH_RECORD_MORE:
                return patience(watch);
        default:
                return read_begin(watch);
        }
}

/* 1: an event, 0: nothing is left, or what is to be awaited. */
static int64_t next_begin(mori_watch *watch, struct mori_watch_event *ret_event)
{
        for (;;) {
                int64_t step;

                if (watch->out_of_memory) {
                        watch->out_of_memory = false;
                        watch->lost = true;
                        return -ENOMEM;
                }
                if (watch_told_take(watch, ret_event))
                        return 1;
                if (watch->places == NULL && watch->dead == NULL && watch->stray.word == 0 &&
                    watch->drops_count == 0)
                        return 0;
                step = round_begin(watch);
                if (step != 0)
                        return step;
        }
}

static bool next_enter(mori_watch *watch)
{
        bool busy = watch->busy;

        watch->busy = true;
        return !busy;
}

static int next_leave(mori_watch *watch, int64_t result)
{
        watch->busy = false;
        return (int)result;
}

MORI_ASYNC int mori_watch_next(mori_watch *watch, struct mori_watch_event *ret_event)
{
        int64_t step, result = 0;

        if (watch == NULL || ret_event == NULL)
                return -EFAULT;
        if (!next_enter(watch))
                return -EBUSY;
        do {
                step = next_begin(watch, ret_event);
                if (step == WAIT_SUSPEND)
                        result = MORI_AWAIT activity_suspend();
                else if (step == STEP_PAUSE)
                        result = MORI_AWAIT mori_sleep(PAUSE);
                else if (step == STEP_WAIT)
                        result = MORI_AWAIT mori_event_wait(&watch->changed);
                else if (step == STEP_OPEN)
                        result = MORI_AWAIT mori_directory_open(
                                watch->at_place->base, watch->at_place->path, &watch->opened);
                else if (step == STEP_CLOSE)
                        result = MORI_AWAIT mori_file_close(watch->closing);
                else
                        return next_leave(watch, step);
                result = round_end(watch, step, result);
        } while (result == 0);
        return next_leave(watch, result);
}
