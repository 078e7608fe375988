/* SPDX-License-Identifier: MIT */
/*
 * The tree of files of the simulation: nodes (inodes), directories, paths, and the contents of
 * files.
 *
 *      sim_node_new --> named by directories (`links`) and held by descriptions
 *                       --> sim_node_unref, the last one --> gone
 *
 * A directory is an array of entries, sorted by a key that is made of the name and the seed:
 * looking up is a binary search, and a program sees its directories in an order that it cannot rely
 * on, but in the same order for the same seed. A listing goes on behind the last name that it gave,
 * so it survives names that come and go meanwhile.
 *
 * Invariants.
 *   (1) A node is counted: one for each entry that names it, one for each description, one for the
 *       root. Its bytes are on the disk (`disk_bytes`) as long as it lives, as they are for a file
 *       that is removed while it is open.
 *   (2) Directories form a tree; `parent` is the directory above, NULL once the directory is
 *       removed; the root is its own.
 *   (3) The sum of all sizes is at most the disk's capacity, but where the test's own set-up or a
 *       lower limit has exceeded it.
 *   (4) Bytes behind the size are never read; a write beyond the end fills the gap with zeros.
 *   (5) Permissions are those of an ordinary user who owns everything: the owner's bits decide.
 */
#include "platform/sim_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LINKS_FOLLOWED_MAX 40

struct timespec sim_time(uint64_t virtual_ns)
{
        return (struct timespec){
                .tv_sec = PLATFORM_SIM_EPOCH_SECONDS + (time_t)(virtual_ns / 1000000000u),
                .tv_nsec = (long)(virtual_ns % 1000000000u),
        };
}

void sim_node_touch(struct sim *sim, struct sim_node *node)
{
        node->changed_ns = sim->now_ns;
        node->modified = sim_time(sim->now_ns);
}

struct sim_node *sim_node_new(struct sim *sim, uint32_t mode)
{
        struct sim_node *node = sim_allocate(sim, sizeof(*node));

        node->number = ++sim->node_numbers;
        node->mode = mode;
        node->references = 1;
        node->links = S_ISDIR(mode) ? 2 : 1;
        sim_node_touch(sim, node);
        node->born_ns = sim->now_ns;
        node->accessed = node->modified;
        return node;
}

struct sim_node *sim_node_ref(struct sim_node *node)
{
        node->references += 1;
        return node;
}

struct sim_node *sim_node_unref(struct sim *sim, struct sim_node *node)
{
        if (node == NULL)
                return NULL;
        sim_assert(sim, node->references > 0);
        if (node->marks > 0 && node->links == 0 && node->references - 1 == node->marks)
                sim_watch_gone(sim, node);
        if (--node->references > 0)
                return NULL;
        sim_assert(sim, node->entry_count == 0);
        if (S_ISREG(node->mode))
                sim->statistics.disk_bytes -= node->size;
        free(node->entries);
        free(node->bytes);
        free(node);
        return NULL;
}

static uint64_t name_key(const struct sim *sim, const char *name)
{
        return sim_digest(sim->name_key, name, strlen(name));
}

/* Where the entry is, or where it would be. */
static size_t entry_find(const struct sim *sim, const struct sim_node *directory, const char *name,
                         bool *ret_there)
{
        uint64_t key = name_key(sim, name);
        size_t low = 0, high = directory->entry_count;

        *ret_there = false;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                const struct sim_entry *entry = &directory->entries[middle];
                int order = entry->key < key   ? -1
                            : entry->key > key ? 1
                                               : strcmp(entry->name, name);

                if (order == 0) {
                        *ret_there = true;
                        return middle;
                }
                if (order < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static struct sim_node *directory_find(struct sim *sim, struct sim_node *directory,
                                       const char *name)
{
        bool there;
        size_t at = entry_find(sim, directory, name, &there);

        return there ? directory->entries[at].node : NULL;
}

void sim_directory_add(struct sim *sim, struct sim_node *directory, const char *name,
                       struct sim_node *node)
{
        bool there;
        size_t at = entry_find(sim, directory, name, &there);
        struct sim_entry entry = {.key = name_key(sim, name), .node = node};

        sim_assert(sim, !there && S_ISDIR(directory->mode));
        entry.name = sim_allocate(sim, strlen(name) + 1);
        memcpy(entry.name, name, strlen(name));
        if (directory->entry_count == directory->entry_capacity) {
                directory->entry_capacity =
                        directory->entry_capacity == 0 ? 8 : 2 * directory->entry_capacity;
                directory->entries =
                        sim_reallocate(sim, directory->entries,
                                       directory->entry_capacity * sizeof(*directory->entries));
        }
        memmove(&directory->entries[at + 1], &directory->entries[at],
                (directory->entry_count - at) * sizeof(*directory->entries));
        directory->entries[at] = entry;
        directory->entry_count += 1;
        sim_node_touch(sim, directory);
        if (S_ISDIR(node->mode)) {
                node->parent = directory;
                directory->links += 1;
        }
        sim_watch_entry(sim, directory, name, node, IN_CREATE);
}

void sim_directory_remove(struct sim *sim, struct sim_node *directory, const char *name)
{
        bool there;
        size_t at = entry_find(sim, directory, name, &there);
        struct sim_node *node;

        sim_assert(sim, there);
        node = directory->entries[at].node;
        free(directory->entries[at].name);
        directory->entry_count -= 1;
        memmove(&directory->entries[at], &directory->entries[at + 1],
                (directory->entry_count - at) * sizeof(*directory->entries));
        sim_node_touch(sim, directory);
        node->changed_ns = sim->now_ns;
        if (S_ISDIR(node->mode)) {
                node->links = 0;
                node->parent = NULL;
                directory->links -= 1;
        } else {
                node->links -= 1;
        }
        sim_watch_entry(sim, directory, name, node, IN_DELETE);
        sim_node_unref(sim, node);
}

void sim_directory_move(struct sim *sim, const struct sim_place *from, const struct sim_place *to)
{
        struct sim_node *node = sim_node_ref(from->node);
        uint32_t links = node->links;

        sim->watch_quiet = true;
        sim_directory_remove(sim, from->directory, from->name);
        node->links = links;
        sim_directory_add(sim, to->directory, to->name, node);
        sim->watch_quiet = false;
        sim_watch_moved(sim, from, to, node);
}

uint64_t sim_directory_position(const struct sim_entry *entry)
{
        return (entry->key >> 2) + SIM_LISTING_BEGIN + 1;
}

const struct sim_entry *sim_directory_next(const struct sim_node *directory, uint64_t position)
{
        size_t low = 0, high = directory->entry_count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (sim_directory_position(&directory->entries[middle]) <= position)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < directory->entry_count ? &directory->entries[low] : NULL;
}

static void directory_empty(struct sim *sim, struct sim_node *directory)
{
        while (directory->entry_count > 0) {
                struct sim_entry *entry = &directory->entries[directory->entry_count - 1];

                if (S_ISDIR(entry->node->mode))
                        directory_empty(sim, entry->node);
                sim_directory_remove(sim, directory, entry->name);
        }
}

void sim_tree_free(struct sim *sim)
{
        directory_empty(sim, sim->root);
        sim->root = sim_node_unref(sim, sim->root);
}

struct walk {
        unsigned links;
        const struct sim_node *limit; /* no way leads out of it; NULL: none */
};

static int path_walk(struct sim *sim, struct sim_node *directory, const char *path, bool follow,
                     struct walk *walk, struct sim_place *ret_place);

/* One name of a path: `*ret_node` is what it stands for, or NULL where it may be made. */
static int name_step(struct sim *sim, struct sim_place *place, const char *name, size_t length,
                     bool follow, bool last, struct walk *walk)
{
        struct sim_node *directory = place->directory;
        struct sim_node *node;

        if (length > SIM_NAME_MAX)
                return -ENAMETOOLONG;
        if (!S_ISDIR(directory->mode))
                return -ENOTDIR;
        if ((directory->mode & S_IXUSR) == 0)
                return -EACCES;
        memcpy(place->name, name, length);
        place->name[length] = '\0';
        if (strcmp(place->name, ".") == 0)
                node = directory;
        else if (strcmp(place->name, "..") == 0 && directory == walk->limit)
                return -EXDEV;
        else if (strcmp(place->name, "..") == 0)
                node = directory->parent;
        else
                node = directory_find(sim, directory, place->name);
        if (node != NULL && S_ISLNK(node->mode) && (!last || follow)) {
                const char *target = (const char *)node->bytes;

                if (++walk->links > LINKS_FOLLOWED_MAX)
                        return -ELOOP;
                if (*target == '/' && walk->limit != NULL)
                        return -EXDEV;
                return path_walk(sim, *target == '/' ? sim->root : directory, target, true, walk,
                                 place);
        }
        place->node = node;
        return 0;
}

static int path_walk(struct sim *sim, struct sim_node *directory, const char *path, bool follow,
                     struct walk *walk, struct sim_place *ret_place)
{
        struct sim_place place = {.directory = directory, .node = directory};
        int r;

        if (*path == '\0')
                return -ENOENT;
        for (;;) {
                size_t length;
                bool last, slash;

                while (*path == '/')
                        ++path;
                if (*path == '\0')
                        break;
                if (place.node == NULL)
                        return -ENOENT;
                length = strcspn(path, "/");
                last = path[length + strspn(path + length, "/")] == '\0';
                slash = last && path[length] == '/';
                place.directory = place.node;
                place.slash = false;
                r = name_step(sim, &place, path, length, follow || slash, last, walk);
                if (r < 0)
                        return r;
                place.slash |= slash;
                path += length;
        }
        if (place.slash && place.node != NULL && !S_ISDIR(place.node->mode))
                return -ENOTDIR;
        *ret_place = place;
        return 0;
}

int sim_path_walk(struct sim *sim, struct sim_node *start, const char *path, bool follow,
                  struct sim_place *ret_place)
{
        struct walk walk = {.limit = NULL};

        if (strnlen(path, PATH_MAX) == PATH_MAX)
                return -ENAMETOOLONG;
        return path_walk(sim, *path == '/' ? sim->root : start, path, follow, &walk, ret_place);
}

int sim_path_walk_beneath(struct sim *sim, struct sim_node *start, const char *path, bool follow,
                          struct sim_place *ret_place)
{
        struct walk walk = {.limit = start};

        if (strnlen(path, PATH_MAX) == PATH_MAX)
                return -ENAMETOOLONG;
        if (*path == '/')
                return -EXDEV;
        return path_walk(sim, start, path, follow, &walk, ret_place);
}

void sim_node_truncate(struct sim *sim, struct sim_node *node)
{
        sim->statistics.disk_bytes -= node->size;
        free(node->bytes);
        node->bytes = NULL;
        node->size = 0;
        node->capacity = 0;
        sim_node_touch(sim, node);
        sim_watch_content(sim, node, IN_MODIFY);
}

size_t sim_node_read(const struct sim_node *node, uint64_t offset, void *bytes, size_t length)
{
        if (offset >= node->size)
                return 0;
        if (length > node->size - offset)
                length = node->size - (size_t)offset;
        if (length > 0)
                memcpy(bytes, node->bytes + offset, length);
        return length;
}

/* (3), (4): writes as much as the disk holds; -ENOSPC where that is nothing. */
ssize_t sim_node_write(struct sim *sim, struct sim_node *node, uint64_t offset, const void *bytes,
                       size_t length)
{
        uint64_t free_bytes = sim->limits.disk_bytes > sim->statistics.disk_bytes
                                      ? sim->limits.disk_bytes - sim->statistics.disk_bytes
                                      : 0;
        uint64_t end_max = node->size + free_bytes;
        size_t end;

        if (length == 0)
                return 0;
        if (offset > INT64_MAX - length)
                return -EFBIG;
        if (offset >= end_max)
                return -ENOSPC;
        if (length > end_max - offset)
                length = (size_t)(end_max - offset);
        end = (size_t)offset + length;
        if (end > node->capacity) {
                size_t capacity = node->capacity < 128 ? 256 : 2 * node->capacity;

                node->capacity = capacity < end ? end : capacity;
                node->bytes = sim_reallocate(sim, node->bytes, node->capacity);
        }
        if (offset > node->size)
                memset(node->bytes + node->size, 0, (size_t)offset - node->size);
        memcpy(node->bytes + offset, bytes, length);
        if (end > node->size) {
                sim->statistics.disk_bytes += end - node->size;
                node->size = end;
        }
        sim_node_touch(sim, node);
        sim_watch_content(sim, node, IN_MODIFY);
        return (ssize_t)length;
}

int sim_node_resize(struct sim *sim, struct sim_node *node, uint64_t size)
{
        static const uint8_t zero;

        if (size == 0) {
                sim_node_truncate(sim, node);
        } else if (size <= node->size) {
                sim->statistics.disk_bytes -= node->size - size;
                node->size = (size_t)size;
                sim_node_touch(sim, node);
                sim_watch_content(sim, node, IN_MODIFY);
        } else {
                uint64_t room = sim->limits.disk_bytes > sim->statistics.disk_bytes
                                        ? sim->limits.disk_bytes - sim->statistics.disk_bytes
                                        : 0;

                if (size - node->size > room)
                        return -ENOSPC;
                sim_node_write(sim, node, size - 1, &zero, 1);
        }
        return 0;
}
