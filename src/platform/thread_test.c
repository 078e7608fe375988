/* SPDX-License-Identifier: MIT */
/* Threads, clocks and random numbers: what their headers promise. */
#include "platform/random.h"
#include "platform/thread.h"
#include "platform/time.h"

#include "support/test.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

struct seen {
        char name[16];
        sigset_t blocked;
        int id;
        uint64_t cpu_time;
};

static void look(void *argument)
{
        struct seen *seen = argument;

        pthread_getname_np(pthread_self(), seen->name, sizeof(seen->name));
        pthread_sigmask(SIG_BLOCK, NULL, &seen->blocked);
        seen->id = platform_thread_id();
        while ((seen->cpu_time = platform_thread_cpu_time()) < 1000000)
                ;
}

START_TEST(a_thread_runs_with_its_name_and_without_signals)
{
        struct platform_thread *thread;
        struct seen seen = {.id = 0};
        sigset_t ours;

        ck_assert_int_eq(platform_thread_new(look, &seen, "a-name-that-is-too-long", 1, &thread),
                         0);
        ck_assert_ptr_null(platform_thread_join(thread));
        ck_assert_ptr_null(platform_thread_join(NULL));
        ck_assert_str_eq(seen.name, "a-name-that-is-");
        ck_assert_int_ne(seen.id, platform_thread_id());
        ck_assert_int_eq(sigismember(&seen.blocked, SIGTERM), 1);
        ck_assert_int_eq(sigismember(&seen.blocked, SIGSEGV), 0);
        pthread_sigmask(SIG_BLOCK, NULL, &ours);
        ck_assert_int_eq(sigismember(&ours, SIGTERM), 0);
        ck_assert_uint_ge(platform_process_cpu_time(), seen.cpu_time);
}
END_TEST

START_TEST(a_thread_is_pinned)
{
        unsigned before = platform_thread_cpus();

        ck_assert_uint_ge(before, 1);
        if (platform_thread_pin(0) == 0)
                ck_assert_uint_eq(platform_thread_cpus(), 1);
        ck_assert_int_eq(platform_thread_pin(1000), -EINVAL);
        ck_assert_int_eq(platform_thread_pin(100000), -EINVAL);
}
END_TEST

START_TEST(signals_are_blocked_but_for_faults)
{
        sigset_t blocked;

        platform_thread_signals_block();
        pthread_sigmask(SIG_BLOCK, NULL, &blocked);
        ck_assert_int_eq(sigismember(&blocked, SIGINT), 1);
        ck_assert_int_eq(sigismember(&blocked, SIGBUS), 0);
}
END_TEST

START_TEST(clocks_do_not_go_back)
{
        uint64_t last = platform_time_now();

        for (int i = 0; i < 10000; i++) {
                uint64_t coarse = platform_time_coarse(), now = platform_time_now();

                ck_assert_uint_ge(now, last);
                ck_assert_uint_le(coarse, now);
                last = now;
        }
        ck_assert_uint_gt(platform_time_real(), UINT64_C(1600000000000000000));
}
END_TEST

/* The first numbers of the reference implementation for a state of 1, 2, 3, 4. */
START_TEST(the_generator_is_the_published_one)
{
        struct platform_random random = {{1, 2, 3, 4}};

        ck_assert_uint_eq(platform_random_next(&random), 11520);
        ck_assert_uint_eq(platform_random_next(&random), 0);
        ck_assert_uint_eq(platform_random_next(&random), 1509978240);
        ck_assert_uint_eq(platform_random_next(&random), UINT64_C(1215971899390074240));
}
END_TEST

START_TEST(a_seed_determines_the_numbers)
{
        struct platform_random a, b;
        int counts[7] = {0};

        platform_random_init(&a, 42);
        platform_random_init(&b, 42);
        for (int i = 0; i < 7000; i++) {
                uint64_t number = platform_random_below(&a, 7);

                ck_assert_uint_lt(number, 7);
                ck_assert_uint_eq(number, platform_random_below(&b, 7));
                counts[number]++;
        }
        for (int i = 0; i < 7; i++)
                ck_assert(counts[i] > 800 && counts[i] < 1200);
        ck_assert_uint_eq(platform_random_below(&a, 1), 0);
}
END_TEST

START_TEST(seeds_differ)
{
        char a[64], b[64];

        ck_assert_uint_ne(platform_random_seed(), platform_random_seed());
        ck_assert_int_eq(platform_random_bytes(a, sizeof(a)), 0);
        ck_assert_int_eq(platform_random_bytes(b, sizeof(b)), 0);
        ck_assert_int_ne(memcmp(a, b, sizeof(a)), 0);
}
END_TEST

TEST_MAIN("platform/thread", TEST(a_thread_runs_with_its_name_and_without_signals),
          TEST(a_thread_is_pinned), TEST(signals_are_blocked_but_for_faults),
          TEST(clocks_do_not_go_back), TEST(the_generator_is_the_published_one),
          TEST(a_seed_determines_the_numbers), TEST(seeds_differ))
