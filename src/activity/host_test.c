/* SPDX-License-Identifier: MIT */
/* A program in a loop of poll(2), and what a host may and may not do. */
#include "support/promise.h"

#include <mori/host.h>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const enum mori_io engines[] = {MORI_IO_EPOLL, MORI_IO_URING, MORI_IO_SIM};

/* False where the kernel has no such engine. */
static bool opened(mori_entry_point *entry, enum mori_io io)
{
        struct mori_options options = {.io = io, .seed = 1, .stall = -1};
        int error;

        reports_bytes = 0;
        base_report_to(reports_write);
        error = mori_host_open(entry, 0, NULL, &options);
        ck_assert(error == 0 || (error == -EINVAL && io == MORI_IO_URING));
        return error == 0;
}

/* Polls and turns until the program has ended, or *done, at most for a while. */
static void poll_until(const long *done)
{
        for (int i = 0; i < 1000000; i++) {
                struct pollfd ready = {.fd = mori_host_descriptor(), .events = POLLIN};

                if (done != NULL && *done != 0)
                        return;
                ck_assert_int_ge(poll(&ready, 1, mori_host_timeout_ms()), 0);
                if (mori_host_turn() == 0)
                        return;
        }
        ck_abort_msg("the program does not come to its end");
}

static async int sends_through_a_pipe(int argc, char **argv)
{
        mori_file ends[2];
        char byte = 0;

        (void)argc;
        (void)argv;
        attempt(mori_pipe(ends));
        for (int i = 0; i < 50; i++) {
                scope
                {
                        Async(int64_t) reader = start(mori_file_read, ends[0], &byte, 1);

                        attempt(await mori_sleep(MORI_US(100)));
                        attempt((int)await mori_file_write(ends[1], "x", 1));
                        EXPECT_EQ(join(reader), 1);
                }
                for (int k = 0; k < 100; k++)
                        attempt(await mori_yield());
        }
        attempt(await mori_file_close(ends[0]));
        attempt(await mori_file_close(ends[1]));
        return 7;
}

START_TEST(a_program_runs_in_a_loop_of_poll)
{
        for (size_t i = 0; i < ELEMENTS(engines); i++) {
                if (!opened(sends_through_a_pipe, engines[i]))
                        continue;
                poll_until(NULL);
                ck_assert_int_eq(mori_host_turn(), 0);
                ck_assert_int_eq(mori_host_close(), 7);
                ck_assert_not_reported();
                assert_nothing_left();
        }
}
END_TEST

static void counts(void *context, int error, const void *value)
{
        ck_assert_int_eq(error, 0);
        *(long *)context += *(const long *)value;
}

/* The host has no program: it calls async code, and gets promises back. */
START_TEST(a_host_calls_async_code)
{
        for (size_t i = 0; i < ELEMENTS(engines); i++) {
                long number = 6, done = 0;

                if (!opened(NULL, engines[i]))
                        continue;
                ck_assert_int_eq(mori_host_turn(), 1);
                for (int k = 0; k < 20; k++) {
                        mori_promise promise = mori_promise_call(squares, &number, sizeof(long));

                        ck_assert_int_eq(mori_promise_then(promise, counts, &done), 0);
                        mori_promise_free(promise);
                        done = 0;
                        poll_until(&done);
                        ck_assert_int_eq(done, 36);
                }
                ck_assert_int_eq(mori_host_close(), 0);
                ck_assert_not_reported();
                assert_nothing_left();
        }
}
END_TEST

/* What the host settles by itself, between turns, makes the descriptor readable. */
START_TEST(what_the_host_makes_ready_is_seen_at_the_descriptor)
{
        for (size_t i = 0; i < 2; i++) {
                struct pollfd ready = {.events = POLLIN};
                mori_resolver resolver;
                mori_promise promise;
                long done = 0, value = 3;

                if (!opened(NULL, engines[i]))
                        continue;
                ready.fd = mori_host_descriptor();
                promise = make_long(&resolver);
                ck_assert_int_eq(mori_promise_then(promise, counts, &done), 0);
                mori_promise_free(promise);
                for (int k = 0; k < 10; k++)
                        ck_assert_int_eq(mori_host_turn(), 1);
                ck_assert_int_eq(mori_host_timeout_ms(), -1);
                while (poll(&ready, 1, 0) > 0)
                        ck_assert_int_eq(mori_host_turn(), 1);
                mori_resolve(resolver, &value);
                ck_assert_int_eq(mori_host_timeout(), 0);
                ck_assert_int_eq(poll(&ready, 1, -1), 1);
                ck_assert_int_eq(mori_host_turn(), 1);
                ck_assert_int_eq(done, 3);
                ck_assert_int_eq(mori_host_close(), 0);
        }
}
END_TEST

static async void posted(void *word)
{
        ++*(long *)word;
}

static void *posts_from_a_thread(void *word)
{
        for (int i = 0; i < 100; i++) {
                ck_assert_int_eq(mori_post(posted, word), 0);
                usleep(100);
        }
        return NULL;
}

START_TEST(another_threads_posts_wake_the_host)
{
        for (size_t i = 0; i < 2; i++) {
                pthread_t thread;
                long count = 0;

                if (!opened(NULL, engines[i]))
                        continue;
                ck_assert_int_eq(
                        pthread_create(&thread, NULL, posts_from_a_thread, &count), 0);
                while (count < 100) {
                        struct pollfd ready = {.fd = mori_host_descriptor(), .events = POLLIN};

                        ck_assert_int_ge(poll(&ready, 1, mori_host_timeout_ms()), 0);
                        ck_assert_int_eq(mori_host_turn(), 1);
                }
                pthread_join(thread, NULL);
                ck_assert_int_eq(mori_host_close(), 0);
                ck_assert_not_reported();
        }
}
END_TEST

/*
 * An eventfd of the program's: the kernel tells of it while it writes one, and we wait at another.
 */
static async int reads_an_eventfd(int argc, char **argv)
{
        uint64_t count = 0, sum = 0;
        mori_file file;

        (void)argc;
        (void)argv;
        attempt(mori_file_adopt((int)*shared(5), &file));
        while (sum < 200) {
                EXPECT_EQ(await mori_file_read(file, &count, sizeof count), sizeof count);
                sum += count;
        }
        /* the last write may not have come back yet */
        while (__atomic_load_n(shared(6), __ATOMIC_ACQUIRE) == 0)
                EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
        return await mori_file_close(file);
}

static void *writes_an_eventfd(void *unused)
{
        for (int i = 0; i < 200; i++) {
                ck_assert_int_eq(eventfd_write((int)*shared(5), 1), 0);
                usleep(100);
        }
        __atomic_store_n(shared(6), 1, __ATOMIC_RELEASE);
        return unused;
}

START_TEST(what_the_kernel_tells_of_an_eventfd_is_seen)
{
        for (size_t i = 0; i < 2; i++) {
                pthread_t thread;

                *shared(5) = eventfd(0, EFD_CLOEXEC);
                *shared(6) = 0;
                if (!opened(reads_an_eventfd, engines[i]))
                        continue;
                ck_assert_int_eq(
                        pthread_create(&thread, NULL, writes_an_eventfd, NULL), 0);
                poll_until(NULL);
                pthread_join(thread, NULL);
                ck_assert_int_eq(mori_host_close(), 0);
        }
}
END_TEST

static async int calls_the_host(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        EXPECT_EQ(mori_host_turn(), -EPERM);
        EXPECT_EQ(mori_host_close(), -EPERM);
        return await mori_sleep(MORI_S(1000)) == -ECANCELED ? 3 : 4;
}

static void *turns_the_host(void *unused)
{
        ck_assert_int_eq(mori_host_turn(), -EPERM);
        ck_assert_int_eq(mori_host_descriptor(), -EPERM);
        return unused;
}

START_TEST(what_a_host_must_not_do_is_refused)
{
        pthread_t thread;

        ck_assert_int_eq(mori_host_turn(), -EPERM);
        ck_assert_int_eq(mori_host_close(), -EPERM);
        ck_assert(opened(calls_the_host, MORI_IO_EPOLL));
        ck_assert_int_eq(mori_host_open(NULL, 0, NULL, NULL), -EBUSY);
        ck_assert_int_eq(run(sends_through_a_pipe), 78);
        ck_assert_int_eq(mori_host_turn(), 1);
        ck_assert_int_eq(pthread_create(&thread, NULL, turns_the_host, NULL), 0);
        pthread_join(thread, NULL);
        mori_host_stop();
        poll_until(NULL);
        ck_assert_int_eq(mori_host_close(), 3);
        /* Closed before it began. */
        ck_assert(opened(calls_the_host, MORI_IO_EPOLL));
        ck_assert_int_eq(mori_host_close(), 0);
        assert_nothing_left();
}
END_TEST

TEST_MAIN("activity/host", TEST(a_program_runs_in_a_loop_of_poll), TEST(a_host_calls_async_code),
          TEST(what_the_host_makes_ready_is_seen_at_the_descriptor),
          TEST(another_threads_posts_wake_the_host),
          TEST(what_the_kernel_tells_of_an_eventfd_is_seen),
          TEST(what_a_host_must_not_do_is_refused))
