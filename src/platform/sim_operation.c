/* SPDX-License-Identifier: MIT */
/*
 * Operations under way in the simulation: their records, their queues, and what the program has
 * promised about them.
 *
 *      sim_operation_new --> SCHEDULED --attempt would block--> WAITING
 *                              |  ^                               |
 *                              |  '------ sim_operation_kick -----'
 *                              '--attempt is done, or cancelled--> sim_operation_free
 *
 * A stream has an order: the operations that read from one descriptor stand in a queue by their
 * submission, and so do those that write to it. All others are independent of one another, and the
 * dice decide which of them comes first.
 *
 * Invariants.
 *   (1) An op that is under way names its record: engine[0] is the slot plus one, engine[1] the
 *       operation's number. Both are zero again after the last completion, so that a cancellation
 *       that comes too late finds nothing.
 *   (2) An operation is attempted only while it is the first in each queue that it stands in, but
 *       for POLL, SIGNAL and what is lent, which all go at once. Leaving a queue kicks the one
 *       behind it.
 *   (3) An operation in a queue holds a reference to the description that the queue belongs to,
 *       except in a listener's queue `connecting`, which is emptied when the listener goes.
 *   (4) With the watch on, the op, the bytes to be sent and the paths and addresses are digested at
 *       submit and compared at the last completion. With poison on, a buffer to be read into holds
 *       nothing but poison until the attempt that completes.
 *   (5) A buffer is written at the moment of completion and at no other: RECV with MSG_WAITALL
 *       gathers in a stage.
 */
#include "platform/backend.h"
#include "platform/sim_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const names[PLATFORM_OP_CODES] = {
        [PLATFORM_NOP] = "NOP",           [PLATFORM_OPEN] = "OPEN",
        [PLATFORM_CLOSE] = "CLOSE",       [PLATFORM_READ] = "READ",
        [PLATFORM_WRITE] = "WRITE",       [PLATFORM_READV] = "READV",
        [PLATFORM_WRITEV] = "WRITEV",     [PLATFORM_STATX] = "STATX",
        [PLATFORM_GETDENTS] = "GETDENTS", [PLATFORM_FSYNC] = "FSYNC",
        [PLATFORM_ACCEPT] = "ACCEPT",     [PLATFORM_CONNECT] = "CONNECT",
        [PLATFORM_RECV] = "RECV",         [PLATFORM_SEND] = "SEND",
        [PLATFORM_SENDV] = "SENDV",       [PLATFORM_SHUTDOWN] = "SHUTDOWN",
        [PLATFORM_SENDFILE] = "SENDFILE", [PLATFORM_SPLICE] = "SPLICE",
        [PLATFORM_POLL] = "POLL",         [PLATFORM_SIGNAL] = "SIGNAL",
        [PLATFORM_RECVMSG] = "RECVMSG",   [PLATFORM_SENDMSG] = "SENDMSG",
        [PLATFORM_SYNC_RANGE] = "SYNC_RANGE", [PLATFORM_SYNC_FS] = "SYNC_FS",
        [PLATFORM_RENAME] = "RENAME",     [PLATFORM_UNLINK] = "UNLINK",
        [PLATFORM_MKDIR] = "MKDIR",       [PLATFORM_LINK] = "LINK",
        [PLATFORM_SYMLINK] = "SYMLINK",   [PLATFORM_READLINK] = "READLINK",
        [PLATFORM_TRUNCATE] = "TRUNCATE", [PLATFORM_ALLOCATE] = "ALLOCATE",
        [PLATFORM_CHMOD] = "CHMOD",       [PLATFORM_CHOWN] = "CHOWN",
        [PLATFORM_UTIMES] = "UTIMES",     [PLATFORM_ACCESS] = "ACCESS",
        [PLATFORM_COPY_RANGE] = "COPY_RANGE", [PLATFORM_LOCK] = "LOCK",
        [PLATFORM_CALL] = "CALL",
        [PLATFORM_SPAWN] = "SPAWN",
        [PLATFORM_SCAN] = "SCAN",
        [PLATFORM_WATCH] = "WATCH",       [PLATFORM_UNWATCH] = "UNWATCH",
        [PLATFORM_WATCHED] = "WATCHED",
};

const char *sim_operation_name(uint8_t code)
{
        return code < PLATFORM_OP_CODES && names[code] != NULL ? names[code] : "unknown";
}

/* What an operation does with memory of the program. */
static bool has_vector(uint8_t code)
{
        return code == PLATFORM_READV || code == PLATFORM_WRITEV || code == PLATFORM_SENDV;
}

static bool is_outgoing(uint8_t code)
{
        return code == PLATFORM_WRITE || code == PLATFORM_WRITEV || code == PLATFORM_SEND ||
               code == PLATFORM_SENDV;
}

static bool is_incoming(const struct platform_op *op)
{
        switch (op->code) {
        case PLATFORM_READ:
        case PLATFORM_READV:
        case PLATFORM_GETDENTS:
        case PLATFORM_READLINK:
        case PLATFORM_SCAN:
                return true;
        case PLATFORM_RECV:
                return (op->op_flags & PLATFORM_OP_MULTI) == 0;
        default:
                return false;
        }
}

static bool is_message(uint8_t code)
{
        return code == PLATFORM_RECVMSG || code == PLATFORM_SENDMSG;
}

static bool has_path(uint8_t code)
{
        return platform_op_has_path(code);
}

/* A second string: another path, or the target of a link. */
static bool has_second_path(uint8_t code)
{
        const uint64_t codes = PLATFORM_CODE(RENAME) | PLATFORM_CODE(LINK) | PLATFORM_CODE(SYMLINK);

        return code < 64 && codes >> code & 1;
}

/* The second descriptor; a path may stand for itself. */
static bool has_second(const struct platform_op *op)
{
        const uint64_t codes = PLATFORM_CODE(SENDFILE) | PLATFORM_CODE(SPLICE) |
                               PLATFORM_CODE(COPY_RANGE) | PLATFORM_CODE(WATCH);
        const uint64_t paths = PLATFORM_CODE(RENAME) | PLATFORM_CODE(LINK);

        if (op->code == PLATFORM_SCAN)
                return op->mask != 0;
        if (paths >> op->code & 1)
                return op->fd2 != AT_FDCWD && *(const char *)op->address2 != '/';
        return codes >> op->code & 1;
}

/* The vector of an operation with buffers; a negative errno where it is wrong. */
static int vector_set(struct sim_operation *operation)
{
        const struct platform_op *op = &operation->copy;
        size_t room = SIM_MOVE_MAX;

        if (!is_incoming(op) && !is_outgoing(op->code))
                return 0;
        if (has_vector(op->code)) {
                if (op->length > 0 && op->address == NULL)
                        return -EFAULT;
                operation->parts = op->address;
                operation->part_count = op->length;
        } else {
                operation->one = (struct iovec){.iov_base = op->address, .iov_len = op->length};
                if (op->code == PLATFORM_READLINK || op->code == PLATFORM_SCAN)
                        operation->one.iov_base = op->address2;
                operation->parts = &operation->one;
                operation->part_count = 1;
        }
        for (size_t i = 0; i < operation->part_count; ++i) {
                const struct iovec *part = &operation->parts[i];

                if (part->iov_base == NULL && part->iov_len > 0)
                        return -EFAULT;
                if (part->iov_len > SIZE_MAX / 2 / PLATFORM_IOV_MAX)
                        return -EINVAL;
                operation->bytes += part->iov_len < room ? part->iov_len : room;
                room = SIM_MOVE_MAX - operation->bytes;
        }
        return 0;
}

/* What can be told of an operation without trying it. */
static int operation_examine(struct sim *sim, struct sim_operation *operation)
{
        const struct platform_op *op = &operation->copy;
        int r = platform_op_check(op);

        if (r < 0)
                return r;
        if (op->code == PLATFORM_SIGNAL)
                return 0;
        if (op->code == PLATFORM_NOP || op->code == PLATFORM_CALL)
                return 0;
        if (op->code == PLATFORM_SPAWN)
                return -EOPNOTSUPP; /* other programs cannot be simulated */
        if (has_path(op->code) && op->address == NULL)
                return -EFAULT;
        if ((op->code == PLATFORM_STATX || has_second_path(op->code)) && op->address2 == NULL)
                return -EFAULT;
        if ((op->code == PLATFORM_CONNECT || op->code == PLATFORM_UNWATCH) && op->address == NULL)
                return -EFAULT;
        if (op->code == PLATFORM_WATCHED && (op->address == NULL || op->address2 == NULL))
                return -EFAULT;
        if (is_message(op->code) && sim_datagram_is_wrong(op))
                return -EFAULT;
        r = vector_set(operation);
        if (r < 0)
                return r;
        if (has_second(op)) {
                operation->second = sim_descriptor_get(sim, op->fd2);
                if (operation->second == NULL)
                        return -EBADF;
                operation->second->references += 1;
        }
        if (has_path(op->code) && op->fd == AT_FDCWD)
                return 0;
        operation->target = sim_descriptor_get(sim, op->fd);
        if (operation->target == NULL)
                return has_path(op->code) && *(const char *)op->address == '/' ? 0 : -EBADF;
        if (op->code == PLATFORM_CLOSE) {
                operation->target = NULL; /* it is looked up when it is closed, and not held */
                return 0;
        }
        if (operation->target->kind == SIM_SOCKET && operation->target->socket->packets &&
            (is_incoming(op) || is_outgoing(op->code) || op->op_flags != 0 || has_second(op))) {
                operation->target = NULL;
                return -EOPNOTSUPP; /* packets are received and sent as messages */
        }
        operation->target->references += 1;
        return 0;
}

static void operation_enqueue(struct sim *sim, struct sim_operation *operation)
{
        struct sim_description *target = operation->target;

        switch (operation->copy.code) {
        case PLATFORM_READ:
        case PLATFORM_READV:
        case PLATFORM_RECV:
        case PLATFORM_RECVMSG:
        case PLATFORM_ACCEPT:
                if (target->kind != SIM_NODE)
                        sim_queue_add(&target->queue[SIM_IN], operation, 0);
                break;
        case PLATFORM_WRITE:
        case PLATFORM_WRITEV:
        case PLATFORM_SEND:
        case PLATFORM_SENDV:
        case PLATFORM_SENDFILE:
        case PLATFORM_SENDMSG:
        case PLATFORM_CONNECT:
                if (target->kind != SIM_NODE)
                        sim_queue_add(&target->queue[SIM_OUT], operation, 0);
                break;
        case PLATFORM_SPLICE:
                if (target->kind != SIM_NODE)
                        sim_queue_add(&target->queue[SIM_OUT], operation, 0);
                if (operation->second->kind != SIM_NODE)
                        sim_queue_add(&operation->second->queue[SIM_IN], operation, 1);
                break;
        case PLATFORM_POLL:
                sim_queue_add(&target->polls, operation, 0);
                break;
        case PLATFORM_SIGNAL:
                sim_queue_add(&sim->signals, operation, 0);
                break;
        default:
                break;
        }
}

struct sim_operation *sim_operation_new(struct sim *sim, struct platform_op *op)
{
        struct sim_operation *operation = sim_allocate(sim, sizeof(*operation));
        uint32_t slot;

        if (sim->slots_free_count > 0) {
                slot = sim->slots_free[--sim->slots_free_count];
        } else {
                if (sim->slot_count == sim->slot_capacity) {
                        sim->slot_capacity = sim->slot_count == 0 ? 64 : 2 * sim->slot_count;
                        sim->slots = sim_reallocate(sim, sim->slots,
                                                    sim->slot_capacity * sizeof(*sim->slots));
                        sim->slots_free =
                                sim_reallocate(sim, sim->slots_free,
                                               sim->slot_capacity * sizeof(*sim->slots_free));
                }
                slot = sim->slot_count++;
        }
        sim->slots[slot] = operation;
        operation->op = op;
        operation->copy = *op;
        operation->number = ++sim->numbers;
        operation->slot = slot;
        operation->state = SIM_WAITING;
        operation->whole = sim_roll(sim, SIM_DICE_ORDER, 2) == 0;
        operation->error = operation_examine(sim, operation);
        if (operation->error == 0)
                operation_enqueue(sim, operation);
        op->engine[0] = (uint64_t)slot + 1;
        op->engine[1] = operation->number;
        return operation;
}

struct sim_operation *sim_operation_of(struct sim *sim, const struct platform_op *op)
{
        struct sim_operation *operation;

        if (op->engine[0] == 0 || op->engine[0] > sim->slot_count)
                return NULL;
        operation = sim->slots[op->engine[0] - 1];
        if (operation == NULL || operation->op != op || operation->number != op->engine[1])
                return NULL;
        return operation;
}

void sim_operation_free(struct sim *sim, struct sim_operation *operation)
{
        sim_operation_leave(sim, operation, 0);
        sim_operation_leave(sim, operation, 1);
        operation->op->engine[0] = 0;
        operation->op->engine[1] = 0;
        sim->slots[operation->slot] = NULL;
        sim->slots_free[sim->slots_free_count++] = operation->slot;
        sim_description_unref(sim, operation->target);
        sim_description_unref(sim, operation->second);
        free(operation->stage);
        free(operation);
}

void sim_operation_schedule(struct sim *sim, struct sim_operation *operation, uint64_t delay_ns)
{
        operation->state = SIM_SCHEDULED;
        operation->stamp += 1;
        sim_event_add(sim, SIM_EVENT_ATTEMPT, operation, delay_ns);
}

void sim_operation_kick(struct sim *sim, struct sim_operation *operation)
{
        if (operation->state == SIM_WAITING)
                sim_operation_schedule(sim, operation, sim_latency(sim, operation));
}

bool sim_operation_is_first(const struct sim_operation *operation)
{
        if (operation->copy.code == PLATFORM_POLL || operation->copy.code == PLATFORM_SIGNAL ||
            operation->lent)
                return true;
        for (size_t i = 0; i < 2; ++i) {
                const struct sim_link *link = &operation->link[i];

                if (link->queue != NULL && link->queue->first != link)
                        return false;
        }
        return true;
}

void sim_queue_add(struct sim_queue *queue, struct sim_operation *operation, unsigned link_number)
{
        struct sim_link *link = &operation->link[link_number];

        *link = (struct sim_link){.queue = queue, .previous = queue->last, .operation = operation};
        if (queue->last != NULL)
                queue->last->next = link;
        else
                queue->first = link;
        queue->last = link;
}

void sim_queue_kick(struct sim *sim, struct sim_queue *queue)
{
        if (queue->first != NULL)
                sim_operation_kick(sim, queue->first->operation);
}

/* (2) */
void sim_operation_leave(struct sim *sim, struct sim_operation *operation, unsigned link_number)
{
        struct sim_link *link = &operation->link[link_number];
        struct sim_queue *queue = link->queue;
        bool first = link->previous == NULL;

        if (queue == NULL)
                return;
        if (first)
                queue->first = link->next;
        else
                link->previous->next = link->next;
        if (link->next != NULL)
                link->next->previous = link->previous;
        else
                queue->last = link->previous;
        *link = (struct sim_link){0};
        if (first)
                sim_queue_kick(sim, queue);
}

void sim_operation_cancel(struct sim *sim, struct sim_operation *operation)
{
        if (operation->asked)
                return;
        operation->asked = true;
        /* A kernel closes at once and has nothing to cancel; a descriptor must not be left over. */
        if (operation->copy.code == PLATFORM_CLOSE)
                return;
        sim_event_add(sim, SIM_EVENT_CANCEL, operation, 1 + sim_roll(sim, SIM_DICE_ORDER, 20000));
}

void sim_queue_cancel(struct sim *sim, struct sim_queue *queue)
{
        for (struct sim_link *link = queue->first; link != NULL; link = link->next)
                sim_operation_cancel(sim, link->operation);
}

/*
 * For how long: some microseconds, now and then milliseconds, as the other side takes them or its
 * answer takes its time.
 */
void sim_operation_lend(struct sim *sim, struct sim_operation *operation)
{
        uint64_t latency = sim_roll(sim, SIM_DICE_ORDER, 20000);

        if (sim_roll(sim, SIM_DICE_ORDER, 4) == 0)
                latency *= 200;
        operation->lent = true;
        sim_operation_leave(sim, operation, 0);
        sim_queue_add(&operation->target->lent, operation, 0);
        sim_operation_schedule(sim, operation, 1 + latency);
}

enum sim_step sim_done(struct sim_operation *operation, int64_t result)
{
        operation->result = (int32_t)result;
        return SIM_STEP_DONE;
}

void *sim_operation_piece(const struct sim_operation *operation, size_t skip, size_t *ret_length)
{
        size_t left = operation->bytes - skip;

        for (size_t i = 0; i < operation->part_count; ++i) {
                const struct iovec *part = &operation->parts[i];

                if (skip < part->iov_len) {
                        *ret_length = part->iov_len - skip < left ? part->iov_len - skip : left;
                        return (uint8_t *)part->iov_base + skip;
                }
                skip -= part->iov_len;
        }
        *ret_length = 0;
        return NULL;
}

void sim_operation_scatter(struct sim_operation *operation, size_t skip, const uint8_t *bytes,
                           size_t length)
{
        while (length > 0) {
                size_t piece_length;
                void *piece = sim_operation_piece(operation, skip, &piece_length);

                if (piece_length > length)
                        piece_length = length;
                if (piece_length == 0)
                        return;
                memcpy(piece, bytes, piece_length);
                bytes += piece_length;
                skip += piece_length;
                length -= piece_length;
        }
}

/* What a program has promised to leave alone, but for the op itself, of which there is a copy. */
static uint64_t promise_digest(const struct sim_operation *operation)
{
        const struct platform_op *op = &operation->copy;
        uint64_t digest = 0;

        if (has_path(op->code))
                digest = sim_digest(digest, op->address, strnlen(op->address, PATH_MAX));
        if (has_second_path(op->code))
                digest = sim_digest(digest, op->address2, strnlen(op->address2, PATH_MAX));
        if (op->code == PLATFORM_UTIMES && op->address2 != NULL)
                digest = sim_digest(digest, op->address2, 2 * sizeof(struct timespec));
        if (op->code == PLATFORM_CONNECT && op->length <= sizeof(struct sockaddr_storage))
                digest = sim_digest(digest, op->address, op->length);
        if (op->code == PLATFORM_SENDMSG)
                digest = sim_datagram_digest(op, op->length);
        if (is_outgoing(op->code))
                for (size_t i = 0; i < operation->part_count; ++i)
                        digest = sim_digest(digest, operation->parts[i].iov_base,
                                            operation->parts[i].iov_len);
        return digest;
}

void sim_operation_seal(struct sim *sim, struct sim_operation *operation)
{
        const struct platform_op *op = &operation->copy;

        if (operation->error != 0)
                return; /* what it names may be wrong */
        operation->watched = sim->watch;
        operation->poisoned = sim->poison;
        if (operation->watched)
                operation->digest = promise_digest(operation);
        if (!operation->poisoned)
                return;
        if (op->code == PLATFORM_STATX)
                memset(op->address2, SIM_POISON, sizeof(struct statx));
        if (is_incoming(op))
                for (size_t i = 0; i < operation->part_count; ++i)
                        if (operation->parts[i].iov_len > 0)
                                memset(operation->parts[i].iov_base, SIM_POISON,
                                       operation->parts[i].iov_len);
}

void sim_operation_check(struct sim *sim, struct sim_operation *operation)
{
        if (!operation->watched)
                return;
        if (memcmp(operation->op, &operation->copy, offsetof(struct platform_op, engine_next)) != 0)
                sim_fatal(sim,
                          "operation %llu (%s) was changed by the program while it was under way",
                          (unsigned long long)operation->number,
                          sim_operation_name(operation->copy.code));
        if (operation->digest != promise_digest(operation))
                sim_fatal(sim,
                          "a buffer of operation %llu (%s) was reused by the program while it was "
                          "under way",
                          (unsigned long long)operation->number,
                          sim_operation_name(operation->copy.code));
}

static bool bytes_are_poison(const uint8_t *bytes, size_t length)
{
        return length == 0 || (bytes[0] == SIM_POISON && memcmp(bytes, bytes + 1, length - 1) == 0);
}

void sim_operation_check_poison(struct sim *sim, struct sim_operation *operation)
{
        bool intact = true;

        if (!operation->poisoned)
                return;
        if (operation->copy.code == PLATFORM_STATX)
                intact = bytes_are_poison(operation->copy.address2, sizeof(struct statx));
        if (is_incoming(&operation->copy))
                for (size_t i = 0; i < operation->part_count; ++i)
                        intact = intact && bytes_are_poison(operation->parts[i].iov_base,
                                                            operation->parts[i].iov_len);
        if (!intact)
                sim_fatal(sim,
                          "a buffer of operation %llu (%s) was written by the program before its "
                          "completion",
                          (unsigned long long)operation->number,
                          sim_operation_name(operation->copy.code));
}

/* Of what the completion hands to the program, for the hash of the run. */
uint64_t sim_operation_digest_result(struct sim *sim, const struct sim_operation *operation)
{
        const struct platform_op *op = &operation->copy;
        uint64_t digest = 0;
        size_t left = operation->result > 0 ? (size_t)operation->result : 0;

        if ((operation->flags & PLATFORM_BUFFER) != 0)
                return sim_digest(digest, sim_ops.buffer(&sim->io, operation->buffer), left);
        if (op->code == PLATFORM_STATX && operation->result == 0)
                return sim_digest(digest, op->address2, sizeof(struct statx));
        if (op->code == PLATFORM_RECVMSG)
                return sim_datagram_digest(op, left);
        if (!is_incoming(op))
                return operation->digest;
        for (size_t skip = 0; left > 0;) {
                size_t length;
                const void *piece = sim_operation_piece(operation, skip, &length);

                if (length > left)
                        length = left;
                if (length == 0)
                        break;
                digest = sim_digest(digest, piece, length);
                skip += length;
                left -= length;
        }
        return digest;
}
