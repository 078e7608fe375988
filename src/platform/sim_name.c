/* SPDX-License-Identifier: MIT */
/*
 * The operations of the simulation on names (rename, unlink, mkdir, link, symlink, readlink) and on
 * the attributes of what they lead to (chmod, chown, utimes, access).
 *
 * Like those on files, each is done at its first attempt, or fails and has changed nothing. Errors
 * are Linux's for an ordinary user; which of several a path deserves is decided in the order of the
 * kernel: the ways first, then what is there, then rights.
 */
#include "platform/sim_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Entries */

static bool is_dots(const char *name)
{
        return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* The last name of a path, for what it looks like. */
static bool ends_in_dots(const char *path)
{
        size_t length = strnlen(path, PATH_MAX);
        const char *end = path + length, *begin;

        while (end > path && end[-1] == '/')
                --end;
        for (begin = end; begin > path && begin[-1] != '/';)
                --begin;
        return (end - begin == 1 && begin[0] == '.') ||
               (end - begin == 2 && begin[0] == '.' && begin[1] == '.');
}

/*
 * The entry that a path names; its node is NULL where it is free. Slashes at the end are for what
 * may be a directory.
 */
static int entry_find(struct sim *sim, const struct sim_operation *operation,
                      const struct sim_description *from, const char *path, bool folder,
                      struct sim_place *ret_place)
{
        bool beneath = (operation->copy.op_flags & PLATFORM_OP_BENEATH) != 0;
        size_t length = strnlen(path, PATH_MAX);
        bool slash = length > 0 && length < PATH_MAX && path[length - 1] == '/';
        char bare[PATH_MAX];
        int r;

        if (beneath && *path != '/') {
                if (slash && !folder)
                        return -ENOTDIR;
                if (ends_in_dots(path))
                        return -EINVAL;
        }
        /* A link behind which a slash stands is not followed: it is what is to be named. */
        if (slash && beneath && length > 1) {
                while (length > 1 && path[length - 1] == '/')
                        --length;
                memcpy(bare, path, length);
                bare[length] = '\0';
                path = bare;
        }
        r = sim_place_find(sim, operation, from, path, false, ret_place);
        if (r == 0 && ret_place->directory->links == 0)
                r = -ENOENT; /* the directory is removed */
        return r;
}

static int may_change(const struct sim_node *directory)
{
        return (directory->mode & S_IWUSR) == 0 || (directory->mode & S_IXUSR) == 0 ? -EACCES : 0;
}

/* An entry that is to be made. */
static int entry_free(struct sim *sim, const struct sim_operation *operation,
                      const struct sim_description *from, const char *path, bool folder,
                      struct sim_place *ret_place)
{
        int r = entry_find(sim, operation, from, path, folder, ret_place);

        if (r < 0)
                return r;
        if (ret_place->node != NULL || is_dots(ret_place->name))
                return -EEXIST;
        if (ret_place->slash && !folder)
                return -ENOENT;
        return may_change(ret_place->directory);
}

static bool is_within(const struct sim_node *node, const struct sim_node *directory)
{
        for (; node != NULL; node = node->parent) {
                if (node == directory)
                        return true;
                if (node->parent == node)
                        break;
        }
        return false;
}

static int rename_permit(const struct sim_place *from, const struct sim_place *to, uint32_t flags)
{
        bool directory = S_ISDIR(from->node->mode), exchange = (flags & RENAME_EXCHANGE) != 0;

        if (is_dots(from->name) || is_dots(to->name))
                return -EBUSY;
        if (to->node != NULL && (flags & RENAME_NOREPLACE) != 0)
                return -EEXIST;
        if (to->node == NULL && exchange)
                return -ENOENT;
        if (!directory && (from->slash || (to->slash && !exchange)))
                return -ENOTDIR;
        if (directory && is_within(to->directory, from->node))
                return -EINVAL;
        if (to->node != NULL && S_ISDIR(to->node->mode) && is_within(from->directory, to->node))
                return exchange ? -EINVAL : -ENOTEMPTY;
        if (may_change(from->directory) < 0 || may_change(to->directory) < 0)
                return -EACCES;
        if (to->node == NULL || exchange || to->node == from->node)
                return 0;
        if (directory && !S_ISDIR(to->node->mode))
                return -ENOTDIR;
        if (!directory && S_ISDIR(to->node->mode))
                return -EISDIR;
        return directory && to->node->entry_count > 0 ? -ENOTEMPTY : 0;
}

static void exchange(struct sim *sim, const struct sim_place *from, const struct sim_place *to)
{
        struct sim_node *first = sim_node_ref(from->node), *second = sim_node_ref(to->node);
        uint32_t links[2] = {first->links, second->links};

        sim->watch_quiet = true;
        sim_directory_remove(sim, from->directory, from->name);
        sim_directory_remove(sim, to->directory, to->name);
        first->links = links[0];
        second->links = links[1];
        sim_directory_add(sim, from->directory, from->name, second);
        sim_directory_add(sim, to->directory, to->name, first);
        sim->watch_quiet = false;
        sim_watch_moved(sim, from, to, first);
        sim_watch_moved(sim, to, from, second);
}

static int rename_it(struct sim *sim, const struct sim_operation *operation)
{
        const struct platform_op *op = &operation->copy;
        struct sim_place from, to;
        int r;

        if ((op->flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE)) != 0 ||
            op->flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
                return -EINVAL;
        r = entry_find(sim, operation, operation->target, op->address, true, &from);
        if (r == 0)
                r = entry_find(sim, operation, operation->second, op->address2, true, &to);
        if (r == 0 && from.node == NULL)
                r = -ENOENT;
        if (r == 0)
                r = rename_permit(&from, &to, op->flags);
        if (r < 0 || from.node == to.node)
                return r;
        if ((op->flags & RENAME_EXCHANGE) != 0) {
                exchange(sim, &from, &to);
                return 0;
        }
        sim->watch_quiet = true;
        if (to.node != NULL)
                sim_directory_remove(sim, to.directory, to.name);
        sim_directory_move(sim, &from, &to);
        return 0;
}

enum sim_step sim_step_rename(struct sim *sim, struct sim_operation *operation)
{
        return sim_done(operation, rename_it(sim, operation));
}

static int unlink_it(struct sim *sim, const struct sim_operation *operation)
{
        const struct platform_op *op = &operation->copy;
        bool directory = (op->flags & AT_REMOVEDIR) != 0;
        struct sim_place place;
        int r;

        if ((op->flags & ~(unsigned)AT_REMOVEDIR) != 0)
                return -EINVAL;
        r = entry_find(sim, operation, operation->target, op->address, directory, &place);
        if (r < 0)
                return r;
        if (place.node == NULL)
                return -ENOENT;
        if (directory && strcmp(place.name, ".") == 0)
                return -EINVAL;
        if (directory && strcmp(place.name, "..") == 0)
                return -ENOTEMPTY;
        if (place.node == sim->root)
                return -EBUSY;
        if (!directory && is_dots(place.name))
                return -EISDIR;
        r = may_change(place.directory);
        if (r < 0)
                return r;
        if (directory != S_ISDIR(place.node->mode))
                return directory ? -ENOTDIR : -EISDIR;
        if (directory && place.node->entry_count > 0)
                return -ENOTEMPTY;
        sim_directory_remove(sim, place.directory, place.name);
        return 0;
}

enum sim_step sim_step_unlink(struct sim *sim, struct sim_operation *operation)
{
        return sim_done(operation, unlink_it(sim, operation));
}

int sim_unlink_now(struct sim *sim, struct sim_node *directory, const char *name)
{
        struct sim_place place;
        int r = sim_path_walk(sim, directory, name, false, &place);

        if (r < 0 || place.node == NULL || S_ISDIR(place.node->mode))
                return r < 0 ? r : -ENOENT;
        sim_directory_remove(sim, place.directory, place.name);
        return 0;
}

enum sim_step sim_step_mkdir(struct sim *sim, struct sim_operation *operation)
{
        const struct platform_op *op = &operation->copy;
        struct sim_place place;
        int r = entry_free(sim, operation, operation->target, op->address, true, &place);

        if (r == 0)
                sim_directory_add(sim, place.directory, place.name,
                                  sim_node_new(sim, S_IFDIR | (op->mode & 07777 & ~SIM_UMASK)));
        return sim_done(operation, r);
}

static int link_it(struct sim *sim, const struct sim_operation *operation)
{
        const struct platform_op *op = &operation->copy;
        struct sim_node *node;
        struct sim_place from, to;
        int r;

        if ((op->flags & ~(unsigned)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) != 0)
                return -EINVAL;
        if ((op->flags & AT_EMPTY_PATH) != 0 && *(const char *)op->address == '\0') {
                if (operation->target == NULL || operation->target->kind != SIM_NODE)
                        return -ENOENT;
                node = operation->target->node;
        } else {
                r = (op->flags & AT_SYMLINK_FOLLOW) != 0
                            ? sim_place_find(sim, operation, operation->target, op->address, true,
                                             &from)
                            : entry_find(sim, operation, operation->target, op->address, false,
                                         &from);
                if (r < 0)
                        return r;
                node = from.node;
        }
        if (node == NULL)
                return -ENOENT;
        r = entry_free(sim, operation, operation->second, op->address2, false, &to);
        if (r < 0)
                return r;
        if (S_ISDIR(node->mode))
                return -EPERM;
        if (node->links == 0)
                return -ENOENT;
        node->links += 1;
        node->changed_ns = sim->now_ns;
        sim_directory_add(sim, to.directory, to.name, sim_node_ref(node));
        return 0;
}

enum sim_step sim_step_link(struct sim *sim, struct sim_operation *operation)
{
        return sim_done(operation, link_it(sim, operation));
}

enum sim_step sim_step_symlink(struct sim *sim, struct sim_operation *operation)
{
        const struct platform_op *op = &operation->copy;
        size_t length = strnlen(op->address2, PATH_MAX);
        struct sim_place place;
        struct sim_node *node;
        int r;

        if (length == 0 || length == PATH_MAX)
                return sim_done(operation, length == 0 ? -ENOENT : -ENAMETOOLONG);
        r = entry_free(sim, operation, operation->target, op->address, false, &place);
        if (r < 0)
                return sim_done(operation, r);
        node = sim_node_new(sim, S_IFLNK | 0777);
        node->bytes = sim_allocate(sim, length + 1);
        memcpy(node->bytes, op->address2, length);
        node->size = length;
        sim_directory_add(sim, place.directory, place.name, node);
        return sim_done(operation, 0);
}

enum sim_step sim_step_readlink(struct sim *sim, struct sim_operation *operation)
{
        const struct platform_op *op = &operation->copy;
        struct sim_place place;
        size_t length;
        int r;

        if (op->length == 0)
                return sim_done(operation, -EINVAL);
        r = entry_find(sim, operation, operation->target, op->address, false, &place);
        if (r < 0)
                return sim_done(operation, r);
        if (place.node == NULL)
                return sim_done(operation, -ENOENT);
        if (!S_ISLNK(place.node->mode))
                return sim_done(operation, -EINVAL);
        length = place.node->size < op->length ? place.node->size : op->length;
        memcpy(op->address2, place.node->bytes, length);
        return sim_done(operation, (int64_t)length);
}

/* ---- Objects */

static int object_find(struct sim *sim, const struct sim_operation *operation, uint32_t allowed,
                       struct sim_node **ret_node)
{
        const struct platform_op *op = &operation->copy;
        struct sim_place place;
        int r;

        if ((op->flags & ~(allowed | AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) != 0)
                return -EINVAL;
        if (*(const char *)op->address == '\0' && (op->flags & AT_EMPTY_PATH) != 0) {
                if (operation->target != NULL && operation->target->kind != SIM_NODE)
                        return -EINVAL;
                *ret_node = operation->target != NULL ? operation->target->node : sim->root;
                return 0;
        }
        r = sim_place_find(sim, operation, operation->target, op->address,
                           (op->flags & AT_SYMLINK_NOFOLLOW) == 0, &place);
        if (r == 0 && place.node == NULL)
                r = -ENOENT;
        if (r == 0)
                *ret_node = place.node;
        return r;
}

enum sim_step sim_step_chmod(struct sim *sim, struct sim_operation *operation)
{
        struct sim_node *node;
        int r = object_find(sim, operation, 0, &node);

        if (r == 0 && S_ISLNK(node->mode))
                r = -EOPNOTSUPP;
        if (r < 0)
                return sim_done(operation, r);
        node->mode = (node->mode & S_IFMT) | (operation->copy.mode & 07777u);
        node->changed_ns = sim->now_ns;
        sim_watch_content(sim, node, IN_ATTRIB);
        return sim_done(operation, 0);
}

enum sim_step sim_step_chown(struct sim *sim, struct sim_operation *operation)
{
        uint32_t user = operation->copy.length, group = operation->copy.mask;
        struct sim_node *node;
        int r = object_find(sim, operation, 0, &node);

        if (r < 0)
                return sim_done(operation, r);
        if ((user != UINT32_MAX && user != SIM_USER) || (group != UINT32_MAX && group != SIM_USER))
                return sim_done(operation, -EPERM);
        node->changed_ns = sim->now_ns;
        sim_watch_content(sim, node, IN_ATTRIB);
        return sim_done(operation, 0);
}

static bool time_is_right(const struct timespec *time)
{
        return time->tv_nsec == UTIME_NOW || time->tv_nsec == UTIME_OMIT ||
               (time->tv_nsec >= 0 && time->tv_nsec < 1000000000);
}

static void time_set(struct sim *sim, struct timespec *time, const struct timespec *wanted)
{
        if (wanted == NULL || wanted->tv_nsec == UTIME_NOW)
                *time = sim_time(sim->now_ns);
        else if (wanted->tv_nsec != UTIME_OMIT)
                *time = *wanted;
}

enum sim_step sim_step_utimes(struct sim *sim, struct sim_operation *operation)
{
        const struct timespec *times = operation->copy.address2;
        struct sim_node *node;
        int r = 0;

        if (times != NULL && (!time_is_right(&times[0]) || !time_is_right(&times[1])))
                r = -EINVAL;
        if (r == 0)
                r = object_find(sim, operation, 0, &node);
        if (r < 0)
                return sim_done(operation, r);
        time_set(sim, &node->accessed, times);
        time_set(sim, &node->modified, times != NULL ? times + 1 : NULL);
        node->changed_ns = sim->now_ns;
        sim_watch_content(sim, node, IN_ATTRIB);
        return sim_done(operation, 0);
}

enum sim_step sim_step_access(struct sim *sim, struct sim_operation *operation)
{
        uint32_t wanted = operation->copy.mode, has;
        struct sim_node *node;
        int r = (wanted & ~7u) != 0 ? -EINVAL : object_find(sim, operation, AT_EACCESS, &node);

        if (r < 0)
                return sim_done(operation, r);
        has = S_ISLNK(node->mode) ? 7u : (node->mode >> 6) & 7u;
        return sim_done(operation, (wanted & ~has) != 0 ? -EACCES : 0);
}
