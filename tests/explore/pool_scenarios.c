/* SPDX-License-Identifier: MIT */
/*
 * The pool of threads for files: an engine that gives it calls, threads that are made, sleep and
 * end, cancellations, and a close that waits for the calls on its descriptor.
 */
#include "model.h"
#include "scenarios.h"

#include "base/atomic.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

/* A lock is a step, and so is a wake-up: model.h. */
#define pthread_mutex_init(mutex, attributes) ((void)(mutex), (void)(attributes))
#define pthread_mutex_destroy(mutex)          ((void)(mutex))
#define pthread_mutex_lock(mutex)             model_mutex_lock(mutex)
#define pthread_mutex_unlock(mutex)           model_mutex_unlock(mutex)
#define pthread_cond_init(cond, attributes)   ((void)(cond), (void)(attributes))
#define pthread_cond_destroy(cond)            ((void)(cond))
#define pthread_cond_wait(cond, mutex)        model_cond_wait(cond, mutex)
#define pthread_cond_signal(cond)             model_cond_signal(cond)
#define pthread_cond_broadcast(cond)          model_cond_broadcast(cond)
#define close(fd)                             model_close(fd)

static int model_close(int fd);

/* The subject, and what is static in it; or the same with a seeded bug. */
#ifndef SUBJECT
#define SUBJECT "platform/pool.c"
#endif
#include SUBJECT

#define CALLS 2
#define FD    5

static struct platform_io *io;
static struct platform_pool *pool;
static struct platform_op ops[CALLS];
static unsigned ran[CALLS], completed[CALLS];
static uint32_t under_way; /* calls on FD */

/* Any of the file system's: takes a while. */
int64_t file_call(const struct platform_op *op, uint32_t without)
{
        (void)without;
        atomic_add(&under_way, 1);
        ran[op - ops]++;
        atomic_add(&under_way, -1u);
        return 7;
}

static int model_close(int fd)
{
        /* a call under way could meet another file that has got the number */
        EXPECT_ALWAYS(fd == FD && atomic_load_acquire(&under_way) == 0);
        ran[CALLS - 1]++;
        return 0;
}

int child_spawn(struct platform_child *child)
{
        (void)child;
        return -ENOSYS;
}

static void pool_begin(unsigned threads)
{
        struct platform_io_config config = {.pool_threads = threads};

        model_begin();
        memset(ops, 0, sizeof ops);
        memset(ran, 0, sizeof ran);
        memset(completed, 0, sizeof completed);
        under_way = 0;
        platform_io_new(&config, &io);
        EXPECT_ALWAYS(pool_new(io, &config, &pool) == 0);
        explore_begin();
}

static void submit(unsigned number, uint8_t code)
{
        ops[number].code = code;
        ops[number].fd = FD;
        EXPECT_ALWAYS(pool_submit(pool, &ops[number]) == 0);
}

/* As epoll.c waits: looks, and sleeps until it is woken. */
static void wait_for(unsigned count)
{
        while (count > 0) {
                struct platform_completion none[1];
                struct op_queue done = pool_take(pool);
                struct platform_op *op = op_queue_pop(&done);

                if (op == NULL)
                        platform_io_wait(io, UINT64_MAX, none, 1);
                for (; op != NULL; op = op_queue_pop(&done), count--) {
                        unsigned number = (unsigned)(op - ops);

                        EXPECT_ALWAYS(completed[number]++ == 0 && ran[number] == 1);
                        EXPECT_ALWAYS(op_state(op)->progress ==
                                      (op->code == PLATFORM_CLOSE ? 0 : 7));
                }
        }
}

static void pool_end(void)
{
        pool_free(pool);
        explore_end();
        EXPECT_ALWAYS(under_way == 0);
}

static void one_call(void)
{
        pool_begin(1);
        submit(0, PLATFORM_FSYNC);
        wait_for(1);
        pool_end();
}

static void two_calls(void)
{
        pool_begin(2);
        submit(0, PLATFORM_FSYNC);
        submit(1, PLATFORM_FSYNC);
        wait_for(2);
        pool_end();
}

/* The thread may be asleep by the second, or about to be. */
static void one_after_the_other(void)
{
        pool_begin(1);
        submit(0, PLATFORM_FSYNC);
        wait_for(1);
        submit(1, PLATFORM_FSYNC);
        wait_for(1);
        pool_end();
}

/* It is taken back, and never runs; or it has begun, and is told. */
static void call_is_cancelled(void)
{
        bool back;

        pool_begin(1);
        submit(0, PLATFORM_FSYNC);
        back = pool_cancel(pool, &ops[0]);
        if (!back)
                wait_for(1);
        pool_end();
        EXPECT_ALWAYS(ran[0] == !back);
}

static void close_waits(void)
{
        pool_begin(2);
        submit(0, PLATFORM_FSYNC);
        submit(1, PLATFORM_CLOSE);
        wait_for(2);
        pool_end();
}

const struct explore_scenario explore_scenarios[] = {
        {"a file's call", NULL, one_call, true, 0, 0},
        {"two files' calls", NULL, two_calls, true, 0, 0},
        {"a file's call after the other", NULL, one_after_the_other, true, 0, 0},
        {"a file's call is cancelled", NULL, call_is_cancelled, true, 0, 0},
        {"a close waits for a call", NULL, close_waits, true, 0, 0},
        {NULL, NULL, NULL, false, 0, 0},
};
