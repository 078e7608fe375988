/* SPDX-License-Identifier: MIT */
/*
 * The operations of the simulation on files and directories: open, read, write, statx, getdents,
 * fsync.
 *
 * Files are never waited for: each of these operations is done at its first attempt. What a real
 * disk adds is here, too: the latency, by which operations that were submitted one after the other
 * are carried out in any order; and, as faults, short reads and writes, -EIO, -ENOSPC.
 *
 * Invariants.
 *   (1) A regular file is read and written at the operation's offset; with UINT64_MAX at the
 *       description's position, which then moves on. O_APPEND writes at the end, whatever the
 *       offset says, as Linux does.
 *   (2) An operation that fails has changed nothing. A file that was made for a descriptor that was
 *       not to be had does not exist.
 *   (3) A buffer gets all of its bytes in the one attempt that completes.
 *   (4) A listing gives `.`, `..` and then each name that is there from its begin to its end
 *       exactly once; a name that comes or goes meanwhile at most once.
 *   (5) Times are PLATFORM_SIM_EPOCH_SECONDS and the virtual clock; no attribute depends on the
 *       host.
 */
#include "platform/sim_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

int sim_place_find(struct sim *sim, const struct sim_operation *operation,
                   const struct sim_description *from, const char *path, bool follow,
                   struct sim_place *ret_place)
{
        bool beneath = (operation->copy.op_flags & PLATFORM_OP_BENEATH) != 0;
        struct sim_node *start = sim->root;

        if (*path == '\0')
                return -ENOENT;
        if (from != NULL && *path != '/') {
                if (from->kind != SIM_NODE || !S_ISDIR(from->node->mode))
                        return -ENOTDIR;
                start = from->node;
        }
        return beneath ? sim_path_walk_beneath(sim, start, path, follow, ret_place)
                       : sim_path_walk(sim, start, path, follow, ret_place);
}

bool sim_is_readable(uint32_t flags)
{
        return (flags & O_PATH) == 0 && (flags & O_ACCMODE) != O_WRONLY;
}

bool sim_is_writable(uint32_t flags)
{
        return (flags & O_PATH) == 0 &&
               ((flags & O_ACCMODE) == O_WRONLY || (flags & O_ACCMODE) == O_RDWR);
}

/* May the node that is there be opened like this? */
static int open_permit(const struct sim_node *node, uint32_t flags)
{
        if ((flags & O_CREAT) != 0 && (flags & O_EXCL) != 0)
                return -EEXIST;
        if ((flags & O_DIRECTORY) != 0 && !S_ISDIR(node->mode))
                return -ENOTDIR;
        if (S_ISLNK(node->mode) && (flags & O_PATH) == 0)
                return -ELOOP;
        if (S_ISDIR(node->mode) && (sim_is_writable(flags) || (flags & O_CREAT) != 0))
                return -EISDIR;
        if (S_ISSOCK(node->mode) && (flags & O_PATH) == 0)
                return -ENXIO;
        if (sim_is_readable(flags) && (node->mode & S_IRUSR) == 0)
                return -EACCES;
        if ((sim_is_writable(flags) || (flags & O_TRUNC) != 0) && (node->mode & S_IWUSR) == 0)
                return -EACCES;
        return 0;
}

static int open_create(struct sim *sim, const struct sim_place *place, uint32_t mode,
                       struct sim_node **ret_node)
{
        if (place->slash)
                return -EISDIR;
        if ((place->directory->mode & S_IWUSR) == 0)
                return -EACCES;
        if (place->directory->links == 0 || strcmp(place->name, "..") == 0)
                return -ENOENT; /* the directory is removed */
        if (sim_descriptor_is_full(sim))
                return -EMFILE; /* (2) */
        *ret_node = sim_node_new(sim, S_IFREG | (mode & 07777 & ~SIM_UMASK));
        sim_directory_add(sim, place->directory, place->name, *ret_node);
        return 0;
}

static int file_open(struct sim *sim, const struct sim_operation *operation)
{
        const struct platform_op *op = &operation->copy;
        struct sim_description *description;
        struct sim_place place;
        struct sim_node *node;
        bool exclusive = (op->flags & O_CREAT) != 0 && (op->flags & O_EXCL) != 0;
        int r;

        if ((op->flags & O_TMPFILE) == O_TMPFILE)
                return -EOPNOTSUPP;
        if ((op->flags & O_CREAT) != 0 && (op->flags & O_DIRECTORY) != 0)
                return -EINVAL;
        r = sim_place_find(sim, operation, operation->target, op->address,
                           (op->flags & O_NOFOLLOW) == 0 && !exclusive, &place);
        if (r < 0)
                return r;
        node = place.node;
        if (node != NULL) {
                r = open_permit(node, op->flags);
                if (r == 0 && sim_descriptor_is_full(sim))
                        r = -EMFILE;
        } else {
                r = (op->flags & O_CREAT) != 0 ? open_create(sim, &place, op->mode, &node)
                                               : -ENOENT;
        }
        if (r < 0)
                return r;
        if ((op->flags & O_TRUNC) != 0 && (op->flags & O_PATH) == 0 && S_ISREG(node->mode))
                sim_node_truncate(sim, node);
        description = sim_description_new(sim, SIM_NODE);
        description->node = sim_node_ref(node);
        description->flags = op->flags;
        r = sim_descriptor_add(sim, description);
        sim_assert(sim, r >= 0);
        return r;
}

enum sim_step sim_step_open(struct sim *sim, struct sim_operation *operation)
{
        return sim_done(operation, file_open(sim, operation));
}

/* How many bytes a short fault leaves of `length`: one at least. */
static size_t shorten(struct sim *sim, const struct sim_operation *operation, size_t length)
{
        if (!operation->shortened || length == 0)
                return length;
        return 1 + (size_t)sim_roll(sim, SIM_DICE_FAULT, length);
}

enum sim_step sim_step_file_read(struct sim *sim, struct sim_operation *operation)
{
        struct sim_description *target = operation->target;
        struct sim_node *node = target->node;
        bool positioned = operation->copy.offset != UINT64_MAX;
        uint64_t offset = positioned ? operation->copy.offset : target->position;
        size_t length;

        if (!sim_is_readable(target->flags))
                return sim_done(operation, -EBADF);
        if (S_ISDIR(node->mode))
                return sim_done(operation, -EISDIR);
        if (offset > INT64_MAX)
                return sim_done(operation, -EINVAL);
        length = shorten(sim, operation, operation->bytes);
        if (offset >= node->size)
                return sim_done(operation, 0);
        if (length > node->size - offset)
                length = node->size - (size_t)offset;
        sim_operation_scatter(operation, 0, node->bytes + offset, length);
        if (!positioned)
                target->position += length;
        return sim_done(operation, (int64_t)length);
}

enum sim_step sim_step_file_write(struct sim *sim, struct sim_operation *operation)
{
        struct sim_description *target = operation->target;
        struct sim_node *node = target->node;
        bool positioned = operation->copy.offset != UINT64_MAX;
        uint64_t offset = positioned ? operation->copy.offset : target->position;
        size_t length, written = 0;

        if (!sim_is_writable(target->flags))
                return sim_done(operation, -EBADF);
        if (offset > INT64_MAX)
                return sim_done(operation, -EINVAL);
        if ((target->flags & O_APPEND) != 0)
                offset = node->size;
        length = shorten(sim, operation, operation->bytes);
        while (written < length) {
                size_t piece_length;
                const void *piece = sim_operation_piece(operation, written, &piece_length);
                ssize_t n;

                if (piece_length > length - written)
                        piece_length = length - written;
                n = sim_node_write(sim, node, offset + written, piece, piece_length);
                if (n < 0 && written == 0)
                        return sim_done(operation, n);
                if (n < 0)
                        break;
                written += (size_t)n;
                if ((size_t)n < piece_length)
                        break;
        }
        if (!positioned)
                target->position = offset + written;
        return sim_done(operation, (int64_t)written);
}

static struct statx_timestamp timestamp(struct timespec time)
{
        return (struct statx_timestamp){.tv_sec = time.tv_sec, .tv_nsec = (uint32_t)time.tv_nsec};
}

static void statx_fill(const struct sim_node *node, struct statx *ret)
{
        memset(ret, 0, sizeof(*ret));
        ret->stx_mask = STATX_BASIC_STATS | STATX_BTIME;
        ret->stx_blksize = 4096;
        ret->stx_nlink = node->links;
        ret->stx_uid = SIM_USER;
        ret->stx_gid = SIM_USER;
        ret->stx_mode = (uint16_t)node->mode;
        ret->stx_ino = node->number;
        ret->stx_size = S_ISDIR(node->mode) ? 4096 : node->size;
        ret->stx_blocks = (ret->stx_size + 511) / 512;
        ret->stx_mtime = timestamp(node->modified);
        ret->stx_atime = timestamp(node->accessed);
        ret->stx_ctime = timestamp(sim_time(node->changed_ns));
        ret->stx_btime = timestamp(sim_time(node->born_ns));
        ret->stx_dev_major = 1;
        ret->stx_dev_minor = 1;
}

/* Of a descriptor that is no file. */
static void statx_fill_other(const struct sim_description *description, struct statx *ret)
{
        static const uint16_t types[] = {[SIM_PIPE] = S_IFIFO,
                                         [SIM_SOCKET] = S_IFSOCK,
                                         [SIM_INPUT] = S_IFIFO,
                                         [SIM_OUTPUT] = S_IFIFO,
                                         [SIM_WATCH] = 0};

        memset(ret, 0, sizeof(*ret));
        ret->stx_mask = STATX_BASIC_STATS;
        ret->stx_blksize = 4096;
        ret->stx_nlink = 1;
        ret->stx_uid = SIM_USER;
        ret->stx_gid = SIM_USER;
        ret->stx_mode = types[description->kind] | 0600;
        ret->stx_mtime = timestamp(sim_time(0));
        ret->stx_atime = ret->stx_mtime;
        ret->stx_ctime = ret->stx_mtime;
}

enum sim_step sim_step_statx(struct sim *sim, struct sim_operation *operation)
{
        const struct platform_op *op = &operation->copy;
        const struct sim_description *target = operation->target;
        struct sim_place place;
        int r;

        if ((op->flags & ~(unsigned)(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT |
                                     AT_STATX_SYNC_TYPE)) != 0)
                return sim_done(operation, -EINVAL);
        if (*(const char *)op->address == '\0' && (op->flags & AT_EMPTY_PATH) != 0) {
                if (target == NULL)
                        statx_fill(sim->root, op->address2);
                else if (target->kind == SIM_NODE)
                        statx_fill(target->node, op->address2);
                else
                        statx_fill_other(target, op->address2);
                return sim_done(operation, 0);
        }
        r = sim_place_find(sim, operation, target, op->address,
                           (op->flags & AT_SYMLINK_NOFOLLOW) == 0, &place);
        if (r == 0 && place.node == NULL)
                r = -ENOENT;
        if (r == 0)
                statx_fill(place.node, op->address2);
        return sim_done(operation, r);
}

/* The next name of a listing that stands at `*position`, which it moves on. */
static const char *listing_next(const struct sim_description *target, uint64_t *position,
                                const struct sim_node **ret_node)
{
        const struct sim_entry *entry;

        if (*position < SIM_LISTING_BEGIN) {
                bool up = (*position)++ == 1 && target->node->parent != NULL;

                *ret_node = up ? target->node->parent : target->node;
                return *position == 1 ? "." : "..";
        }
        entry = sim_directory_next(target->node, *position);
        if (entry == NULL)
                return NULL;
        *position = sim_directory_position(entry);
        *ret_node = entry->node;
        return entry->name;
}

enum sim_step sim_step_getdents(struct sim *sim, struct sim_operation *operation)
{
        struct sim_description *target = operation->target;
        uint8_t *bytes = operation->copy.address;
        size_t room = operation->bytes, used = 0, names = 0;
        size_t names_max =
                operation->shortened ? 1 + (size_t)sim_roll(sim, SIM_DICE_FAULT, 4) : SIZE_MAX;
        const struct sim_node *node = NULL;
        uint64_t position;
        const char *name;

        if (target->kind != SIM_NODE || !S_ISDIR(target->node->mode))
                return sim_done(operation, -ENOTDIR);
        if (!sim_is_readable(target->flags))
                return sim_done(operation, -EBADF);
        if (target->node->links == 0)
                return sim_done(operation, -ENOENT);
        if (operation->copy.offset != UINT64_MAX)
                target->position = operation->copy.offset;
        position = target->position;
        while (names < names_max && (name = listing_next(target, &position, &node)) != NULL) {
                struct platform_record *record = (struct platform_record *)(void *)(bytes + used);
                size_t length = (offsetof(struct platform_record, name) + strlen(name) + 1 + 7) &
                                ~(size_t)7;

                if (length > room - used) {
                        if (used == 0)
                                return sim_done(operation, -EINVAL);
                        break;
                }
                memset(record, 0, length);
                record->inode = node->number;
                record->offset = (int64_t)position;
                record->bytes = (uint16_t)length;
                record->type = (uint8_t)IFTODT(node->mode);
                strcpy(record->name, name);
                used += length;
                names += 1;
                target->position = position;
        }
        return sim_done(operation, (int64_t)used);
}

static void stat_fill(const struct sim_node *node, struct stat *ret)
{
        struct statx from;

        statx_fill(node, &from);
        *ret = (struct stat){
                .st_dev = makedev(from.stx_dev_major, from.stx_dev_minor),
                .st_ino = from.stx_ino,
                .st_mode = from.stx_mode,
                .st_nlink = from.stx_nlink,
                .st_uid = from.stx_uid,
                .st_gid = from.stx_gid,
                .st_size = (off_t)from.stx_size,
                .st_blksize = from.stx_blksize,
                .st_blocks = (blkcnt_t)from.stx_blocks,
                .st_atim = node->accessed,
                .st_mtim = node->modified,
                .st_ctim = sim_time(node->changed_ns),
        };
}

/* One directory, into a record of its own; as its answer is. */
static int scan_directory(struct sim *sim, struct sim_operation *operation, const char *path,
                          uint64_t place, struct platform_scan *scan, size_t room)
{
        size_t used = sizeof(*scan), names = 0;
        size_t names_max =
                operation->shortened ? 1 + (size_t)sim_roll(sim, SIM_DICE_FAULT, 4) : SIZE_MAX;
        const struct sim_entry *next;
        struct sim_place found;
        int r;

        if (place < SIM_LISTING_BEGIN)
                place = SIM_LISTING_BEGIN;
        *scan = (struct platform_scan){.bytes = sizeof(*scan)};
        operation->copy.op_flags |= PLATFORM_OP_BENEATH;
        r = sim_place_find(sim, operation, operation->target, path, false, &found);
        operation->copy.op_flags = operation->op->op_flags;
        if (r == 0 && found.node == NULL)
                r = -ENOENT;
        if (r == 0)
                r = open_permit(found.node, O_RDONLY | O_DIRECTORY);
        if (r == 0 && operation->copy.mask != 0)
                r = sim_watch_node(sim, operation->second, found.node, operation->copy.mask);
        if (r < 0) {
                scan->error = r;
                return r;
        }
        scan->number = r;
        while ((next = sim_directory_next(found.node, place)) != NULL) {
                struct platform_scan_entry *entry = (void *)((char *)scan + used);
                size_t name = strlen(next->name) + 1;
                size_t bytes = (offsetof(struct platform_scan_entry, name) + name + 7) & ~(size_t)7;

                if (bytes > room - used || names++ == names_max)
                        break;
                memset(entry, 0, bytes);
                stat_fill(next->node, &entry->status);
                entry->bytes = (uint16_t)bytes;
                entry->length = (uint16_t)(name - 1);
                entry->type = (uint8_t)IFTODT(next->node->mode);
                memcpy(entry->name, next->name, name);
                used += bytes;
                place = sim_directory_position(next);
        }
        scan->next = next != NULL ? place : 0;
        scan->bytes = (uint32_t)used;
        return (int)used;
}

enum sim_step sim_step_scan(struct sim *sim, struct sim_operation *operation)
{
        const char *path = operation->copy.address;
        size_t used = 0, room = operation->bytes;

        for (unsigned left = operation->copy.mode;; left--) {
                struct platform_scan *scan = (void *)((char *)operation->copy.address2 + used);
                int r = scan_directory(sim, operation, path, used ? 0 : operation->copy.offset,
                                       scan, room - used);

                if (r < 0 && used == 0)
                        return sim_done(operation, r);
                used += scan->bytes;
                if (left == 0 || scan->next != 0 || operation->shortened ||
                    room - used < PLATFORM_SCAN_BYTES_MIN)
                        return sim_done(operation, (int64_t)used);
                path += strlen(path) + 1;
        }
}

enum sim_step sim_step_fsync(struct sim *sim, struct sim_operation *operation)
{
        (void)sim;
        return sim_done(operation, operation->target->kind == SIM_NODE ? 0 : -EINVAL);
}

enum sim_step sim_step_sync_range(struct sim *sim, struct sim_operation *operation)
{
        const unsigned flags = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
                               SYNC_FILE_RANGE_WAIT_AFTER;

        (void)sim;
        if ((operation->copy.flags & ~flags) != 0)
                return sim_done(operation, -EINVAL);
        return sim_done(operation, operation->target->kind == SIM_NODE ? 0 : -ESPIPE);
}

/* ---- The size of a file */

enum sim_step sim_step_truncate(struct sim *sim, struct sim_operation *operation)
{
        const struct sim_description *target = operation->target;

        if (target->kind != SIM_NODE)
                return sim_done(operation, -EINVAL);
        if ((target->flags & O_PATH) != 0)
                return sim_done(operation, -EBADF);
        if (!S_ISREG(target->node->mode) || !sim_is_writable(target->flags))
                return sim_done(operation, -EINVAL);
        return sim_done(operation, sim_node_resize(sim, target->node, operation->copy.offset));
}

enum sim_step sim_step_allocate(struct sim *sim, struct sim_operation *operation)
{
        const struct sim_description *target = operation->target;
        uint64_t from = operation->copy.offset, to = from + platform_op_bytes(&operation->copy);
        uint32_t mode = operation->copy.flags;
        int r = 0;

        if (target->kind != SIM_NODE)
                return sim_done(operation, -ESPIPE);
        if (!sim_is_writable(target->flags))
                return sim_done(operation, -EBADF);
        if (from == to)
                return sim_done(operation, -EINVAL);
        if (mode != 0 && mode != FALLOC_FL_KEEP_SIZE && mode != FALLOC_FL_ZERO_RANGE &&
            mode != (FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE) &&
            mode != (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE))
                return sim_done(operation, -EOPNOTSUPP);
        if (to > target->node->size && (mode & FALLOC_FL_KEEP_SIZE) == 0)
                r = sim_node_resize(sim, target->node, to);
        if (r == 0 && (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) != 0 &&
            from < target->node->size) {
                size_t end = to < target->node->size ? (size_t)to : target->node->size;

                memset(target->node->bytes + from, 0, end - (size_t)from);
                sim_node_touch(sim, target->node);
        }
        return sim_done(operation, r);
}

enum sim_step sim_step_copy_range(struct sim *sim, struct sim_operation *operation)
{
        const struct sim_description *to = operation->target, *from = operation->second;
        uint64_t at = (uint64_t)(uintptr_t)operation->copy.address, target = operation->copy.offset;
        uint64_t bytes = platform_op_bytes(&operation->copy);
        uint8_t *copy;
        size_t length;
        ssize_t n;

        if (to->kind != SIM_NODE || from->kind != SIM_NODE)
                return sim_done(operation, -EINVAL);
        if (S_ISDIR(to->node->mode) || S_ISDIR(from->node->mode))
                return sim_done(operation, -EISDIR);
        if (!sim_is_readable(from->flags) || !sim_is_writable(to->flags) ||
            (to->flags & O_APPEND) != 0)
                return sim_done(operation, -EBADF);
        if (at > INT64_MAX || bytes > INT64_MAX - at)
                return sim_done(operation, -EINVAL);
        if (to->node == from->node && at < target + bytes && target < at + bytes)
                return sim_done(operation, -EINVAL);
        length = (size_t)(bytes < SIM_MOVE_MAX ? bytes : SIM_MOVE_MAX);
        if (at >= from->node->size)
                length = 0;
        else if (length > from->node->size - at)
                length = from->node->size - (size_t)at;
        length = shorten(sim, operation, length);
        if (length == 0)
                return sim_done(operation, 0);
        copy = sim_allocate(sim, length);
        memcpy(copy, from->node->bytes + at, length);
        n = sim_node_write(sim, to->node, target, copy, length);
        free(copy);
        return sim_done(operation, n);
}
