/* SPDX-License-Identifier: MIT */
/*
 * Locks of open file descriptions in the simulation (fcntl(2), F_OFD_SETLK).
 *
 * A file has a list of pieces, each held by one description. Taking or giving up a range first cuts
 * it out of the pieces that the description has, in the middle of one if need be.
 *
 * Invariants.
 *   (1) Pieces of one description do not overlap.
 *   (2) Where pieces of two descriptions overlap, both are shared.
 *   (3) A description that is closed has none.
 */
#include "platform/sim_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

struct sim_lock {
        struct sim_lock *next;
        const struct sim_description *owner;
        uint64_t from, to; /* `to` does not belong to it */
        bool exclusive;
};

static void piece_add(struct sim *sim, struct sim_node *node, const struct sim_description *owner,
                      uint64_t from, uint64_t to, bool exclusive)
{
        struct sim_lock *lock;

        if (from >= to)
                return;
        lock = sim_allocate(sim, sizeof(*lock));
        *lock = (struct sim_lock){node->locks, owner, from, to, exclusive};
        node->locks = lock;
}

static bool overlaps(const struct sim_lock *lock, uint64_t from, uint64_t to)
{
        return lock->from < to && from < lock->to;
}

static bool is_in_the_way(const struct sim_node *node, const struct sim_description *owner,
                          uint64_t from, uint64_t to, bool exclusive)
{
        for (const struct sim_lock *lock = node->locks; lock != NULL; lock = lock->next)
                if (lock->owner != owner && overlaps(lock, from, to) &&
                    (exclusive || lock->exclusive))
                        return true;
        return false;
}

static void cut(struct sim *sim, struct sim_node *node, const struct sim_description *owner,
                uint64_t from, uint64_t to)
{
        struct sim_lock **link = &node->locks;

        while (*link != NULL) {
                struct sim_lock *lock = *link;

                if (lock->owner != owner || !overlaps(lock, from, to)) {
                        link = &lock->next;
                        continue;
                }
                *link = lock->next;
                piece_add(sim, node, owner, lock->from, from, lock->exclusive);
                piece_add(sim, node, owner, to, lock->to, lock->exclusive);
                free(lock);
                link = &node->locks; /* what was added stands in front, and does not overlap */
        }
}

enum sim_step sim_step_lock(struct sim *sim, struct sim_operation *operation)
{
        struct sim_description *target = operation->target;
        uint64_t from = operation->copy.offset, bytes = platform_op_bytes(&operation->copy);
        uint64_t to = bytes == 0 ? UINT64_MAX : from + bytes;
        uint32_t kind = operation->copy.flags;

        if (kind != F_RDLCK && kind != F_WRLCK && kind != F_UNLCK)
                return sim_done(operation, -EINVAL);
        if (target->kind != SIM_NODE)
                return sim_done(operation, -EBADF);
        if ((target->flags & O_PATH) != 0 || (kind == F_RDLCK && !sim_is_readable(target->flags)) ||
            (kind == F_WRLCK && !sim_is_writable(target->flags)))
                return sim_done(operation, -EBADF);
        if (kind != F_UNLCK && is_in_the_way(target->node, target, from, to, kind == F_WRLCK))
                return sim_done(operation, -EAGAIN);
        cut(sim, target->node, target, from, to);
        if (kind != F_UNLCK)
                piece_add(sim, target->node, target, from, to, kind == F_WRLCK);
        return sim_done(operation, 0);
}

void sim_locks_drop(struct sim_node *node, const struct sim_description *description)
{
        struct sim_lock **link = &node->locks;

        while (*link != NULL) {
                struct sim_lock *lock = *link;

                if (lock->owner == description) {
                        *link = lock->next;
                        free(lock);
                } else {
                        link = &lock->next;
                }
        }
}
