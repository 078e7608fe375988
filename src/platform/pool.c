/* SPDX-License-Identifier: MIT */
/*
 * A small pool of threads for calls on files, which block and cannot be made not to: open, stat,
 * list, sync, and reads that miss the cache. epoll.c sends all of them here; uring.c only what
 * io_uring has no operation for.
 *
 *      pool_submit ---> waiting ---> begun (a thread took it) ---> done ---> pool_take
 *                          |
 *                          +--- pool_cancel ---> the caller's again
 *
 * Invariants:
 *   (1) `waiting` and the counts of threads are under the lock. An operation is taken from
 *       `waiting` once: by a thread, or by a cancel.
 *   (2) A thread reads an operation from the moment it takes it and writes its progress word
 *       only, and nothing after it has pushed it to `done`. The engine may write the flags word
 *       meanwhile.
 *   (3) `done` is a stack that threads push to and the engine empties with one exchange. Whoever
 *       pushes to an empty stack wakes the engine: a push to one that is not empty is seen by the
 *       same exchange.
 *   (4) A close waits until no other thread works on its descriptor: else that thread, not yet in
 *       its call, could meet another file that has got the number.
 *   (5) What has begun cannot be stopped. Its thread is busy until the kernel answers; a file
 *       system that hangs can hang all of the pool, but never the engine.
 *   (6) A thread that is `looking` takes one of `waiting` next, or finds it empty: nobody is woken
 *       for as many. It wakes the engine without the lock, since on one core the engine runs at
 *       once, and what it submits then would wait for the lock.
 *
 * A thread is started when work comes and none is idle, up to the limit, and stays. Work that finds
 * no thread and can start none is refused: its operation fails with -EAGAIN or -ENOMEM.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "platform/backend.h"
#include "platform/child.h"
#include "platform/thread.h"

#define POOL_THREADS_MAX 64u
#define POOL_STACK_BYTES (256u << 10) /* paths on it: some ten of PATH_MAX, one within the other */
#define WARM_BYTES       (16u << 10) /* read and thrown away at a time: it lives on a small stack */

struct platform_pool {
        struct platform_io *io;
        pthread_mutex_t lock;
        pthread_cond_t changed, finished;
        struct op_queue waiting;
        uint32_t waiting_count, idle, looking, count, threads_max;
        bool ending;
        uint32_t closes_waiting, started;
        uint32_t without; /* of the configuration */
        int running[POOL_THREADS_MAX]; /* the descriptor that each thread works on, or -1 */
        struct platform_op *done;
        struct platform_thread *threads[POOL_THREADS_MAX];
};

/* The rest of a read or write of which `progress` bytes are done. */
static int64_t file_transfer(const struct platform_op *op, uint32_t progress)
{
        bool write_it = op->code == PLATFORM_WRITE || op->code == PLATFORM_WRITEV;
        struct iovec pieces[PLATFORM_IOV_MAX], one = {op->address, op->length};
        const struct iovec *iov = &one;
        int count = 1;
        off_t offset = op->offset == UINT64_MAX ? -1 : (off_t)(op->offset + progress);
        uint32_t skip = progress;
        ssize_t moved;

        if (op->code == PLATFORM_READV || op->code == PLATFORM_WRITEV) {
                iov = op->address;
                count = (int)op->length;
        }
        if (skip) {
                int kept = 0;

                for (int i = 0; i < count; i++) {
                        uint32_t cut = iov[i].iov_len < skip ? (uint32_t)iov[i].iov_len : skip;

                        skip -= cut;
                        if (iov[i].iov_len > cut)
                                pieces[kept++] = (struct iovec){(char *)iov[i].iov_base + cut,
                                                                iov[i].iov_len - cut};
                }
                iov = pieces;
                count = kept;
        }
        do
                moved = write_it ? pwritev2(op->fd, iov, count, offset, 0)
                                 : preadv2(op->fd, iov, count, offset, 0);
        while (moved < 0 && errno == EINTR);
        if (moved < 0)
                return progress ? (int64_t)progress : -errno;
        return (int64_t)progress + moved;
}

static void file_warm(const struct platform_op *op, uint32_t progress)
{
        char bytes[WARM_BYTES];
        uint64_t offset = op->offset + progress;
        uint32_t left = op->length - progress;

        if (op->code == PLATFORM_SPLICE) {
                offset = (uint64_t)lseek(op->fd2, 0, SEEK_CUR);
                left = op->length;
        }
        if (left > PLATFORM_STEP_BYTES)
                left = PLATFORM_STEP_BYTES;
        while (left) {
                ssize_t got = pread(op->fd2, bytes, left < sizeof(bytes) ? left : sizeof(bytes),
                                    (off_t)offset);

                if (got <= 0)
                        return;
                offset += (uint64_t)got;
                left -= (uint32_t)got;
        }
}

static int64_t work_run(struct platform_op *op, uint32_t progress, uint32_t without)
{
        switch (op->code) {
        case PLATFORM_READ:
        case PLATFORM_WRITE:
        case PLATFORM_READV:
        case PLATFORM_WRITEV:
                return file_transfer(op, progress);
        case PLATFORM_CLOSE:
                /* EINTR has closed it: not to be repeated. */
                return close(op->fd) && errno != EINTR ? -errno : 0;
        case PLATFORM_SPAWN:
                return child_spawn(op->address);
        default:
                return file_call(op, without);
        }
}

static void done_push(struct platform_pool *pool, struct platform_op *op)
{
        struct platform_op *head = __atomic_load_n(&pool->done, __ATOMIC_RELAXED);

        do
                op_link_set(op, head);
        while (!__atomic_compare_exchange_n(&pool->done, &head, op, true, __ATOMIC_RELEASE,
                                            __ATOMIC_RELAXED));
        if (!head)
                platform_io_wake(pool->io);
}

static bool is_running(const struct platform_pool *pool, int fd)
{
        for (uint32_t i = 0; i < pool->threads_max; i++) {
                if (pool->running[i] == fd)
                        return true;
        }
        return false;
}

static void pool_main(void *argument)
{
        struct platform_pool *pool = argument;
        uint32_t self;

        pthread_mutex_lock(&pool->lock);
        self = pool->started++;
        for (;;) {
                struct platform_op *op = op_queue_pop(&pool->waiting);
                struct platform_op_state *state;
                bool warm;
                uint32_t progress;

                if (!op) {
                        if (pool->ending)
                                break;
                        pool->idle++;
                        pthread_cond_wait(&pool->changed, &pool->lock);
                        pool->idle--;
                        continue;
                }
                pool->waiting_count--;
                state = op_state(op);
                warm = state->flags & OP_WARM;
                progress = state->progress;
                if (op->code == PLATFORM_CLOSE) {
                        pool->closes_waiting++;
                        while (op->fd >= 0 && is_running(pool, op->fd))
                                pthread_cond_wait(&pool->finished, &pool->lock);
                        pool->closes_waiting--;
                }
                pool->running[self] = warm ? op->fd2 : op->fd;
                pthread_mutex_unlock(&pool->lock);

                if (warm)
                        file_warm(op, progress);
                else
                        state->progress = (uint32_t)(int32_t)work_run(op, progress, pool->without);
                pthread_mutex_lock(&pool->lock);
                pool->running[self] = -1;
                if (pool->closes_waiting)
                        pthread_cond_broadcast(&pool->finished);
                pool->looking++;
                pthread_mutex_unlock(&pool->lock);
                /* Not before: the owner may close the descriptor as soon as it hears. */
                done_push(pool, op);
                pthread_mutex_lock(&pool->lock);
                pool->looking--;
        }
        pthread_mutex_unlock(&pool->lock);
}

int pool_new(struct platform_io *io, const struct platform_io_config *config,
             struct platform_pool **ret_pool)
{
        uint32_t threads_max = config->pool_threads ? config->pool_threads : 4;
        struct platform_pool *pool = calloc(1, sizeof(*pool));

        if (!pool)
                return -ENOMEM;
        pool->io = io;
        pool->without = config->without;
        pool->threads_max = threads_max < POOL_THREADS_MAX ? threads_max : POOL_THREADS_MAX;
        pthread_mutex_init(&pool->lock, NULL);
        pthread_cond_init(&pool->changed, NULL);
        pthread_cond_init(&pool->finished, NULL);
        for (uint32_t i = 0; i < POOL_THREADS_MAX; i++)
                pool->running[i] = -1;
        *ret_pool = pool;
        return 0;
}

struct platform_pool *pool_free(struct platform_pool *pool)
{
        if (!pool)
                return NULL;
        pthread_mutex_lock(&pool->lock);
        assert(!pool->waiting.head);
        pool->ending = true;
        pthread_cond_broadcast(&pool->changed);
        pthread_mutex_unlock(&pool->lock);
        for (uint32_t i = 0; i < pool->count; i++)
                platform_thread_join(pool->threads[i]);
        pthread_cond_destroy(&pool->changed);
        pthread_cond_destroy(&pool->finished);
        pthread_mutex_destroy(&pool->lock);
        free(pool);
        return NULL;
}

int pool_submit(struct platform_pool *pool, struct platform_op *op)
{
        int error = 0;

        pthread_mutex_lock(&pool->lock);
        /* Idle threads that were signalled and do not run yet still count: hence the comparison. */
        if (pool->idle + pool->looking <= pool->waiting_count && pool->count < pool->threads_max) {
                char name[16];

                snprintf(name, sizeof(name), "mori-file-%u", pool->count % 100u);
                error = platform_thread_new(pool_main, pool, name, POOL_STACK_BYTES,
                                            &pool->threads[pool->count]);
                if (!error)
                        pool->count++;
                else if (pool->count)
                        error = 0;
        }
        if (!error) {
                op_state(op)->flags |= OP_POOL;
                op_queue_push(&pool->waiting, op);
                if (pool->looking <= pool->waiting_count++)
                        pthread_cond_signal(&pool->changed);
        }
        pthread_mutex_unlock(&pool->lock);
        return error;
}

/* Takes what matches out of `waiting`: one operation, or all on a descriptor where `only` is NULL.
 */
static struct op_queue pool_remove(struct platform_pool *pool, const struct platform_op *only,
                                   int fd)
{
        struct op_queue kept = {0}, removed = {0};
        struct platform_op *op;

        pthread_mutex_lock(&pool->lock);
        while ((op = op_queue_pop(&pool->waiting))) {
                if (only ? op == only : op->fd == fd) {
                        op_flags_clear(op, OP_POOL);
                        op_queue_push(&removed, op);
                        pool->waiting_count--;
                } else {
                        op_queue_push(&kept, op);
                }
        }
        pool->waiting = kept;
        pthread_mutex_unlock(&pool->lock);
        return removed;
}

bool pool_cancel(struct platform_pool *pool, struct platform_op *op)
{
        return pool_remove(pool, op, -1).head != NULL;
}

struct op_queue pool_cancel_descriptor(struct platform_pool *pool, int fd)
{
        return pool_remove(pool, NULL, fd);
}

bool pool_is_on(struct platform_pool *pool, int fd)
{
        bool busy;

        pthread_mutex_lock(&pool->lock);
        busy = is_running(pool, fd);
        pthread_mutex_unlock(&pool->lock);
        return busy;
}

struct op_queue pool_take(struct platform_pool *pool)
{
        struct op_queue queue = {0};
        struct platform_op *op, *next, *reversed = NULL;

        if (!__atomic_load_n(&pool->done, __ATOMIC_RELAXED))
                return queue;
        for (op = __atomic_exchange_n(&pool->done, NULL, __ATOMIC_ACQUIRE); op; op = next) {
                next = op_link(op);
                op_link_set(op, reversed);
                reversed = op;
        }
        for (op = reversed; op; op = next) {
                next = op_link(op);
                op_flags_clear(op, OP_POOL);
                op_queue_push(&queue, op);
        }
        return queue;
}
