/* SPDX-License-Identifier: MIT */
/* Data-parallel loops: each index once, failures, cancellation, reductions, on each engine. */
#include "io.h"

#include <mori/parallel.h>

#include <time.h>

#define MANY 100000u

struct job {
        uint8_t *done;      /* of each index */
        uint64_t fails_at;  /* that index, and each 1000th behind it */
        uint64_t least;     /* indexes of a call, but for the last one */
        uint64_t end;
        uint32_t *begun;
        const uint32_t *open;
};

HELPER uint8_t *marks(void)
{
        static uint8_t all[MANY];

        return all;
}

HELPER uint32_t *word(unsigned index)
{
        static uint32_t words[8];

        return &words[index];
}

static int mark(uint64_t begin, uint64_t end, const void *context)
{
        const struct job *job = context;

        if (end <= begin || (end - begin < job->least && end != job->end))
                return -ERANGE;
        for (uint64_t i = begin; i < end; i++)
                job->done[i]++;
        return 0;
}

HELPER bool each_once(uint64_t begin, uint64_t end)
{
        bool good = true;

        for (uint64_t i = 0; i < MANY; i++)
                good = good && marks()[i] == (i >= begin && i < end);
        memset(marks(), 0, MANY);
        return good;
}

PROGRAM(each_index_is_done_once)
{
        static const uint64_t counts[] = {1, 2, 3, 7, 64, 65, 1000, MANY};

        for (unsigned i = 0; i < ELEMENTS(counts); i++)
                for (uint64_t grain = 0; grain <= 2 * counts[i]; grain = grain * 9 + 1) {
                        struct job job = {marks(), UINT64_MAX, grain, counts[i], NULL, NULL};

                        EXPECT_EQ(await mori_parallel_for(0, counts[i], grain, mark, &job), 0);
                        EXPECT(each_once(0, counts[i]));
                }
        return 0;
}

PROGRAM(a_range_need_not_begin_at_zero)
{
        struct job job = {marks(), UINT64_MAX, 1, 900, NULL, NULL};

        EXPECT_EQ(await mori_parallel_for(17, 900, 10, mark, &job), 0);
        EXPECT(each_once(17, 900));
        EXPECT_EQ(await mori_parallel_for(5, 5, 0, mark, &job), 0);
        EXPECT(each_once(0, 0));
        return 0;
}

static int count_sizes(uint64_t begin, uint64_t end, const void *context)
{
        __atomic_add_fetch((uint64_t *)(uintptr_t)context, end - begin, __ATOMIC_RELAXED);
        return 0;
}

PROGRAM(a_huge_range_is_cut_into_huge_pieces)
{
        uint64_t sum = 0;

        EXPECT_EQ(await mori_parallel_for(0, UINT64_MAX, 0, count_sizes, &sum), 0);
        EXPECT(sum == UINT64_MAX);
        sum = 0;
        EXPECT_EQ(await mori_parallel_for(1, UINT64_MAX, UINT64_MAX, count_sizes, &sum), 0);
        EXPECT(sum == UINT64_MAX - 1);
        return 0;
}

static int sum_of(uint64_t begin, uint64_t end, void *accumulator, const void *context)
{
        uint64_t *sum = accumulator;

        (void)context;
        for (uint64_t i = begin; i < end; i++)
                *sum += i;
        return 0;
}

static void sum_add(void *into, const void *from, const void *context)
{
        (void)context;
        *(uint64_t *)into += *(const uint64_t *)from;
}

PROGRAM(wrong_arguments_are_refused)
{
        struct mori_reduction reduction = {8, NULL, sum_of, sum_add, 0, 0}, wrong;
        uint64_t sum = 5;

        EXPECT_EQ(await mori_parallel_for(0, 1, 0, NULL, NULL), -EINVAL);
        EXPECT_EQ(await mori_parallel_for(2, 1, 0, mark, NULL), -EINVAL);
        EXPECT_EQ(await mori_parallel_reduce(0, 1, NULL, NULL, &sum), -EINVAL);
        EXPECT_EQ(await mori_parallel_reduce(2, 1, &reduction, NULL, &sum), -EINVAL);
        EXPECT_EQ(await mori_parallel_reduce(0, 1, &reduction, NULL, NULL), -EINVAL);
        wrong = reduction;
        wrong.bytes = 0;
        EXPECT_EQ(await mori_parallel_reduce(0, 1, &wrong, NULL, &sum), -EINVAL);
        wrong.bytes = 65537;
        EXPECT_EQ(await mori_parallel_reduce(0, 1, &wrong, NULL, &sum), -EINVAL);
        wrong = reduction;
        wrong.body = NULL;
        EXPECT_EQ(await mori_parallel_reduce(0, 1, &wrong, NULL, &sum), -EINVAL);
        wrong = reduction;
        wrong.combine = NULL;
        EXPECT_EQ(await mori_parallel_reduce(0, 1, &wrong, NULL, &sum), -EINVAL);
        EXPECT_EQ(sum, 5);
        return 0;
}

/* ---- Failures */

static int fails(uint64_t begin, uint64_t end, const void *context)
{
        const struct job *job = context;

        for (uint64_t i = begin; i < end; i++) {
                if (i >= job->fails_at && (i - job->fails_at) % 1000 == 0)
                        return (int)(i + 1);
                job->done[i]++;
        }
        return 0;
}

PROGRAM(the_lowest_failure_is_the_answer)
{
        for (uint64_t at = 0; at < MANY; at += 997) {
                struct job job = {marks(), at, 0, 0, NULL, NULL};
                bool good = true;

                EXPECT_EQ(await mori_parallel_for(0, MANY, at % 5, fails, &job), at + 1);
                for (uint64_t i = 0; i < at; i++)
                        good = good && marks()[i] == 1;
                EXPECT(good);
                memset(marks(), 0, MANY);
        }
        return 0;
}

/* ---- Cancellation */

static int hold(uint64_t begin, uint64_t end, const void *context)
{
        const struct job *job = context;

        (void)begin, (void)end;
        __atomic_add_fetch(job->begun, 1, __ATOMIC_ACQ_REL);
        while (__atomic_load_n(job->open, __ATOMIC_ACQUIRE) == 0 && !mori_offload_cancelled())
                nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        return 0;
}

static MORI_ASYNC int held_loop(const struct job *job)
{
        return await mori_parallel_for(0, 1000, 1, hold, job);
}

PROGRAM(a_loop_is_cancelled_between_pieces)
{
        struct job job = {NULL, 0, 0, 0, word(0), word(1)};

        if (simulated())
                return 0;
        scope
        {
                Async(int) loop = start(held_loop, &job);

                while (__atomic_load_n(word(0), __ATOMIC_ACQUIRE) == 0)
                        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                cancel(loop);
                EXPECT_EQ(join(loop), -ECANCELED);
        }
        EXPECT(*word(0) < 1000);
        within(MORI_MS(5)) EXPECT_EQ(await held_loop(&job), -ETIMEDOUT);
        scope
        {
                mori_scope_cancel();
                EXPECT_EQ(await mori_parallel_for(0, 10, 1, hold, &job), -ECANCELED);
        }
        return 0;
}

static MORI_ASYNC int exits_program(int argc, char **argv)
{
        struct job job = {NULL, 0, 0, 0, word(0), word(1)};

        (void)argc, (void)argv;
        mori_ignore(MORI_ACTIVITY(start(held_loop, &job)));
        while (__atomic_load_n(word(0), __ATOMIC_ACQUIRE) == 0)
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        mori_exit(0);
        return 1;
}

START_TEST(the_teardown_waits_for_pieces)
{
        if (simulated())
                return;
        io_case(exits_program, 0);
        ck_assert_not_reported();
}
END_TEST

static MORI_ASYNC int quick_loop(uint64_t count, uint64_t *sum)
{
        return await mori_parallel_for(0, count, 1, count_sizes, sum);
}

PROGRAM(cancellation_races_with_the_end)
{
        const unsigned rounds = TEST_TIMES(2000);

        for (unsigned round = 0; round < rounds; round++) {
                uint64_t sum = 0;

                scope
                {
                        Async(int) loop = start(quick_loop, 50, &sum);
                        int answer;

                        for (unsigned i = 0; i < round % 6; i++)
                                EXPECT_EQ(await mori_yield(), 0);
                        cancel(loop);
                        answer = join(loop);
                        EXPECT(answer == 0 || answer == -ECANCELED);
                        EXPECT(sum <= 50 && (answer != 0 || sum == 50));
                }
        }
        return 0;
}

/* ---- Reductions */

PROGRAM(sums_are_right)
{
        for (int ordered = 0; ordered < 2; ordered++)
                for (uint64_t grain = 0; grain < 2 * MANY; grain = grain * 7 + 1) {
                        struct mori_reduction reduction = {8,       NULL,  sum_of,
                                                           sum_add, grain, ordered};
                        uint64_t sum = 0;

                        EXPECT_EQ(await mori_parallel_reduce(0, MANY, &reduction, NULL, &sum), 0);
                        EXPECT_EQ(sum, (uint64_t)MANY * (MANY - 1) / 2);
                        EXPECT_EQ(await mori_parallel_reduce(10, 13, &reduction, NULL, &sum), 0);
                        EXPECT_EQ(sum, 33);
                        EXPECT_EQ(await mori_parallel_reduce(3, 3, &reduction, NULL, &sum), 0);
                        EXPECT_EQ(sum, 0);
                }
        return 0;
}

static void one(void *accumulator, const void *context)
{
        (void)context;
        *(double *)accumulator = 1;
}

static int product(uint64_t begin, uint64_t end, void *accumulator, const void *context)
{
        double *value = accumulator;

        (void)context;
        for (uint64_t i = begin; i < end; i++)
                *value *= 1 + 1 / (double)(i + 3);
        return 0;
}

static void multiply(void *into, const void *from, const void *context)
{
        (void)context;
        *(double *)into *= *(const double *)from;
}

static MORI_ASYNC int product_program(int argc, char **argv)
{
        struct mori_reduction reduction = {sizeof(double), one, product, multiply, 0, 1};
        double value;

        (void)argc, (void)argv;
        EXPECT_EQ(await mori_parallel_reduce(0, MANY, &reduction, NULL, &value), 0);
        memcpy(shared(0), &value, sizeof value);
        reduction.grain = 1;
        EXPECT_EQ(await mori_parallel_reduce(0, MANY, &reduction, NULL, &value), 0);
        memcpy(shared(1), &value, sizeof value);
        return 0;
}

/* To the last bit, whatever the number of threads. */
START_TEST(ordered_reductions_do_not_depend_on_the_machine)
{
        long first[2];

        for (int threads = 1; threads < 6; threads++) {
                char text[8];

                snprintf(text, sizeof text, "%d", threads);
                setenv("MORI_COMPUTE_THREADS", text, 1);
                io_case(product_program, 0);
                ck_assert_not_reported();
                ck_assert_int_eq(chdir(".."), 0);
                snprintf(text, sizeof text, "%d", (int)getpid());
                ck_assert_int_eq(rmdir(text), 0);
                if (threads == 1)
                        memcpy(first, shared(0), sizeof first);
                ck_assert_int_eq(memcmp(first, shared(0), sizeof first), 0);
        }
}
END_TEST

static int fails_at_500(uint64_t begin, uint64_t end, void *accumulator, const void *context)
{
        (void)accumulator, (void)context;
        return begin <= 500 && end > 500 ? -EDOM : 0;
}

PROGRAM(a_failed_reduction_leaves_the_result_alone)
{
        struct mori_reduction reduction = {8, NULL, fails_at_500, sum_add, 0, 1};
        uint64_t sum = 7;

        EXPECT_EQ(await mori_parallel_reduce(0, 1000, &reduction, NULL, &sum), -EDOM);
        EXPECT_EQ(sum, 7);
        return 0;
}

/* Loops side by side, of activities of one process. */
PROGRAM(loops_share_the_threads)
{
        scope
        {
                Async(int) loops[20];
                uint64_t sums[20] = {0};

                for (unsigned i = 0; i < 20; i++)
                        loops[i] = start(quick_loop, 1000 + i, &sums[i]);
                for (unsigned i = 0; i < 20; i++) {
                        EXPECT_EQ(join(loops[i]), 0);
                        EXPECT_EQ(sums[i], 1000 + i);
                }
        }
        return 0;
}

IO_MAIN("io/parallel", TEST(each_index_is_done_once), TEST(a_range_need_not_begin_at_zero),
        TEST(a_huge_range_is_cut_into_huge_pieces), TEST(wrong_arguments_are_refused),
        TEST(the_lowest_failure_is_the_answer), TEST(a_loop_is_cancelled_between_pieces),
        TEST(the_teardown_waits_for_pieces), TEST(cancellation_races_with_the_end),
        TEST(sums_are_right), TEST(ordered_reductions_do_not_depend_on_the_machine),
        TEST(a_failed_reduction_leaves_the_result_alone), TEST(loops_share_the_threads))
