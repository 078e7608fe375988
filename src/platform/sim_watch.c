/* SPDX-License-Identifier: MIT */
/*
 * Watches of the simulation: what inotify(7) tells of the tree of files, in the same records.
 *
 *      the tree changes --> marks of the node, and of the directories that name it
 *                               --> the watcher's queue --READ--> the program
 *
 * Invariants.
 *   (1) A mark holds its node. A node that has no name and that only marks hold is gone: they are
 *       told, and dropped.
 *   (2) A queue holds at most as many records as the limit says; then one that says so, and nothing
 *       further until some were read.
 *
 * Unlike the kernel: what happens to a file is told to all watched directories that have a name of
 * it, and not only to the one through which it was opened.
 */
#include "platform/sim_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct sim_mark {
        struct sim_mark *next;
        struct sim_node *node;
        int32_t number;
        uint32_t mask;
};

struct sim_watcher {
        struct sim_watcher *next, **link;
        struct sim_description *description;
        struct sim_mark *marks;
        int32_t numbers;
        struct sim_bytes records;
        uint32_t count;     /* of the records */
        char last[sizeof(struct inotify_event)]; /* for one that is the same */
        char last_name[SIM_NAME_MAX + 1];
};

int sim_watch_new(struct sim *sim)
{
        struct sim_watcher *watcher;
        struct sim_description *description;
        int fd;

        if (sim->watcher_count >= sim->limits.watchers)
                return -EUSERS;
        description = sim_description_new(sim, SIM_WATCH);
        fd = sim_descriptor_add(sim, description);
        if (fd < 0) {
                free(description);
                return fd;
        }
        watcher = sim_allocate(sim, sizeof(*watcher));
        watcher->description = description;
        watcher->records.limit = SIZE_MAX;
        watcher->next = sim->watchers;
        watcher->link = &sim->watchers;
        if (watcher->next != NULL)
                watcher->next->link = &watcher->next;
        sim->watchers = watcher;
        sim->watcher_count += 1;
        description->watcher = watcher;
        return fd;
}

static void mark_drop(struct sim *sim, struct sim_mark **link)
{
        struct sim_mark *mark = *link;
        struct sim_node *node = mark->node;

        *link = mark->next;
        free(mark);
        node->marks -= 1;
        sim->mark_count -= 1;
        sim_node_unref(sim, node);
}

void sim_watch_close(struct sim *sim, struct sim_watcher *watcher)
{
        while (watcher->marks != NULL)
                mark_drop(sim, &watcher->marks);
        *watcher->link = watcher->next;
        if (watcher->next != NULL)
                watcher->next->link = watcher->link;
        sim->watcher_count -= 1;
        sim_bytes_free(&watcher->records);
        free(watcher);
}

/* ---- Telling */

static void record_push(struct sim *sim, struct sim_watcher *watcher, int32_t number, uint32_t mask,
                        uint32_t cookie, const char *name)
{
        static const char zeros[sizeof(struct inotify_event)];
        size_t length = *name != '\0' ? strlen(name) + 1 : 0;
        size_t padding = -length % sizeof(struct inotify_event);
        struct inotify_event record = {.wd = number,
                                       .mask = mask,
                                       .cookie = cookie,
                                       .len = (uint32_t)(length + padding)};

        if (watcher->count > 0 && memcmp(watcher->last, &record, sizeof(record)) == 0 &&
            strcmp(watcher->last_name, name) == 0)
                return;
        if (watcher->count > sim->limits.watch_events)
                return;
        if (watcher->count == sim->limits.watch_events) { /* (2) */
                record = (struct inotify_event){.wd = -1, .mask = IN_Q_OVERFLOW};
                length = padding = 0;
        }
        memcpy(watcher->last, &record, sizeof(record));
        memcpy(watcher->last_name, name, strlen(name) + 1);
        sim_bytes_push(sim, &watcher->records, &record, sizeof(record));
        sim_bytes_push(sim, &watcher->records, name, length);
        sim_bytes_push(sim, &watcher->records, zeros, padding);
        watcher->count += 1;
        sim_description_kick(sim, watcher->description, SIM_IN);
}

/* Tells all marks of a node. */
static void node_tell(struct sim *sim, const struct sim_node *node, uint32_t mask, uint32_t cookie,
                      const char *name)
{
        for (struct sim_watcher *watcher = sim->watchers; watcher != NULL; watcher = watcher->next)
                for (struct sim_mark *mark = watcher->marks; mark != NULL; mark = mark->next)
                        if (mark->node == node &&
                            (mark->mask & mask & IN_ALL_EVENTS || mask & IN_IGNORED))
                                record_push(sim, watcher, mark->number, mask, cookie, name);
}

static uint32_t is_directory(const struct sim_node *node)
{
        return S_ISDIR(node->mode) ? IN_ISDIR : 0u;
}

void sim_watch_entry(struct sim *sim, const struct sim_node *directory, const char *name,
                     const struct sim_node *node, uint32_t mask)
{
        if (directory->marks > 0 && !sim->watch_quiet)
                node_tell(sim, directory, mask | is_directory(node), 0, name);
}

void sim_watch_moved(struct sim *sim, const struct sim_place *from, const struct sim_place *to,
                     const struct sim_node *node)
{
        uint32_t cookie = ++sim->watch_cookie;

        node_tell(sim, from->directory, IN_MOVED_FROM | is_directory(node), cookie, from->name);
        node_tell(sim, to->directory, IN_MOVED_TO | is_directory(node), cookie, to->name);
        node_tell(sim, node, IN_MOVE_SELF | is_directory(node), 0, "");
}

void sim_watch_content(struct sim *sim, const struct sim_node *node, uint32_t mask)
{
        struct sim_watcher *watcher;

        node_tell(sim, node, mask | is_directory(node), 0, "");
        for (watcher = sim->watchers; watcher != NULL; watcher = watcher->next) {
                for (struct sim_mark *mark = watcher->marks; mark != NULL; mark = mark->next) {
                        if (!(mark->mask & mask))
                                continue;
                        for (size_t i = 0; i < mark->node->entry_count; ++i)
                                if (mark->node->entries[i].node == node)
                                        record_push(sim, watcher, mark->number,
                                                    mask | is_directory(node), 0,
                                                    mark->node->entries[i].name);
                }
        }
}

/* (1). Who calls this holds the node. */
void sim_watch_gone(struct sim *sim, struct sim_node *node)
{
        node_tell(sim, node, IN_DELETE_SELF | is_directory(node), 0, "");
        node_tell(sim, node, IN_IGNORED, 0, "");
        for (struct sim_watcher *watcher = sim->watchers; watcher != NULL;
             watcher = watcher->next) {
                struct sim_mark **link = &watcher->marks;

                while (*link != NULL) {
                        if ((*link)->node == node)
                                mark_drop(sim, link);
                        else
                                link = &(*link)->next;
                }
        }
}

/* ---- Operations */

static struct sim_mark *mark_find(struct sim_watcher *watcher, const struct sim_node *node)
{
        struct sim_mark *mark = watcher->marks;

        while (mark != NULL && mark->node != node)
                mark = mark->next;
        return mark;
}

int sim_watch_node(struct sim *sim, const struct sim_description *queue, struct sim_node *node,
                   uint32_t mask)
{
        struct sim_watcher *watcher = queue->watcher;
        struct sim_mark *mark;

        if (queue->kind != SIM_WATCH)
                return -EINVAL;
        if ((mask & IN_ONLYDIR) != 0 && !S_ISDIR(node->mode))
                return -ENOTDIR;
        if ((node->mode & S_IRUSR) == 0)
                return -EACCES;
        mark = mark_find(watcher, node);
        if (mark != NULL) {
                mark->mask |= mask & IN_ALL_EVENTS;
                return mark->number;
        }
        if (sim->mark_count >= sim->limits.watches)
                return -ENOSPC;
        mark = sim_allocate(sim, sizeof(*mark));
        mark->node = sim_node_ref(node);
        mark->node->marks += 1;
        mark->mask = mask & IN_ALL_EVENTS;
        mark->number = ++watcher->numbers;
        mark->next = watcher->marks;
        watcher->marks = mark;
        sim->mark_count += 1;
        return mark->number;
}

static int watch_it(struct sim *sim, const struct sim_operation *operation)
{
        const struct platform_op *op = &operation->copy;
        struct sim_place place;
        int r = sim_place_find(sim, operation, operation->target, op->address,
                               (op->flags & AT_SYMLINK_NOFOLLOW) == 0, &place);

        if (r < 0 || place.node == NULL)
                return r < 0 ? r : -ENOENT;
        return sim_watch_node(sim, operation->second, place.node, op->mask);
}

enum sim_step sim_step_watch(struct sim *sim, struct sim_operation *operation)
{
        return sim_done(operation, watch_it(sim, operation));
}

enum sim_step sim_step_unwatch(struct sim *sim, struct sim_operation *operation)
{
        const int32_t *numbers = operation->copy.address;
        struct sim_watcher *watcher = operation->target->watcher;

        if (operation->target->kind != SIM_WATCH)
                return sim_done(operation, -EINVAL);
        for (uint32_t i = 0; i < operation->copy.length; ++i) {
                struct sim_mark **link = &watcher->marks;

                while (*link != NULL && (*link)->number != numbers[i])
                        link = &(*link)->next;
                if (*link == NULL)
                        continue;
                record_push(sim, watcher, numbers[i], IN_IGNORED, 0, "");
                mark_drop(sim, link);
        }
        return sim_done(operation, 0);
}

enum sim_step sim_step_watched(struct sim *sim, struct sim_operation *operation)
{
        const int32_t *numbers = operation->copy.address;
        uint8_t *watched = operation->copy.address2;
        struct sim_watcher *watcher = operation->target->watcher;

        (void)sim;
        if (operation->target->kind != SIM_WATCH)
                return sim_done(operation, -EINVAL);
        for (uint32_t i = 0; i < operation->copy.length; ++i) {
                const struct sim_mark *mark = watcher->marks;

                while (mark != NULL && mark->number != numbers[i])
                        mark = mark->next;
                watched[i] = mark != NULL;
        }
        return sim_done(operation, 0);
}

/* Whole records, as many as fit. */
enum sim_step sim_step_watch_read(struct sim *sim, struct sim_operation *operation)
{
        struct sim_watcher *watcher = operation->target->watcher;
        size_t used = 0;

        (void)sim;
        if (watcher->count == 0)
                return SIM_STEP_WAIT;
        while (watcher->count > 0) {
                _Alignas(8) uint8_t next[2 * sizeof(struct inotify_event) + SIM_NAME_MAX + 1];
                const struct inotify_event *record = (const void *)next;
                size_t length;

                sim_bytes_copy(&watcher->records, next, sizeof(*record));
                length = sizeof(*record) + record->len;
                if (length > operation->bytes - used)
                        break;
                sim_bytes_copy(&watcher->records, next, length);
                sim_operation_scatter(operation, used, next, length);
                sim_bytes_drop(&watcher->records, length);
                watcher->count -= 1;
                used += length;
        }
        return sim_done(operation, used > 0 ? (int64_t)used : -EINVAL);
}

bool sim_watch_ready(const struct sim_watcher *watcher)
{
        return watcher->count > 0;
}

int sim_watch_pending(struct sim *sim, int fd)
{
        struct sim_description *description = sim_descriptor_get(sim, fd);

        if (description == NULL || description->kind != SIM_WATCH)
                return description == NULL ? -EBADF : -ENOTTY;
        return (int)description->watcher->records.length;
}
