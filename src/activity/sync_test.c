/* SPDX-License-Identifier: MIT */
/* Semaphores, events, barriers and what is done once: their rules, and broken contracts. */
#include "support/async.h"

#include <errno.h>

#define MAIN(name)                                                                                 \
        static async int name(int argc __attribute__((unused)), char **argv __attribute__((unused)))

struct all {
        mori_semaphore semaphore;
        mori_event event;
        mori_once once;
        mori_barrier barrier;
        int order[16];
        int count, runs;
};

/* ---- Semaphores */

static async int acquires(struct all *all, uint32_t count, int number)
{
        if (count == 1)
                attempt(await mori_semaphore_acquire(&all->semaphore));
        else
                attempt(await mori_semaphore_acquire_many(&all->semaphore, count));
        all->order[all->count++] = number;
        return 0;
}

MAIN(permits)
{
        struct all all = {.semaphore = MORI_SEMAPHORE(3, 10)};

        EXPECT_EQ(await mori_semaphore_acquire(&all.semaphore), 0);
        EXPECT_EQ(await mori_semaphore_acquire_many(&all.semaphore, 2), 0);
        EXPECT_EQ(mori_semaphore_try(&all.semaphore, 1), -EAGAIN);
        EXPECT_EQ(mori_semaphore_try(&all.semaphore, 0), -EINVAL);
        EXPECT_EQ(mori_semaphore_try(&all.semaphore, 11), -EINVAL);
        EXPECT_EQ(await mori_semaphore_acquire_many(&all.semaphore, 0), -EINVAL);
        EXPECT_EQ(await mori_semaphore_acquire_many(&all.semaphore, 11), -EINVAL);
        mori_semaphore_release_many(&all.semaphore, 0);
        scope {
                Async(int) many, one = start(acquires, &all, 1u, 1);

                many = start(acquires, &all, 5u, 2);
                ignore(start(acquires, &all, 1u, 3)); /* must not overtake the one before */
                mori_semaphore_release_many(&all.semaphore, 3);
                EXPECT_EQ(await join(one), 0);
                EXPECT_EQ(await mori_yield(), 0);
                EXPECT_EQ(all.count, 1);
                EXPECT_EQ(mori_semaphore_try(&all.semaphore, 1), -EAGAIN); /* 2, for another */
                cancel(many); /* then the next has enough */
                EXPECT_EQ(await join(many), -ECANCELED);
                EXPECT_EQ(await mori_yield(), 0);
                EXPECT_EQ(all.count, 2);
                EXPECT_EQ(mori_semaphore_try(&all.semaphore, 1), 0);
                mori_semaphore_release_many(&all.semaphore, 10);
                many = start(acquires, &all, 10u, 4);
                EXPECT_EQ(await join(many), 0);
                /* granted, and cancelled then: it has it */
                one = start(acquires, &all, 1u, 5);
                mori_semaphore_release(&all.semaphore);
                cancel(one);
                EXPECT_EQ(await join(one), 0);
                /* cancelled, and released then: the permit is still there */
                one = start(acquires, &all, 1u, 6);
                cancel(one);
                mori_semaphore_release(&all.semaphore);
                EXPECT_EQ(await join(one), -ECANCELED);
                EXPECT_EQ(await mori_semaphore_acquire(&all.semaphore), 0);
        }
        EXPECT(all.order[0] == 1 && all.order[1] == 3 && all.order[2] == 4 && all.order[3] == 5);
        within (MORI_MS(1))
                EXPECT_EQ(await mori_semaphore_acquire(&all.semaphore), -ETIMEDOUT);
        mori_semaphore_init(&all.semaphore, UINT32_MAX, UINT32_MAX);
        EXPECT_EQ(mori_semaphore_try(&all.semaphore, UINT32_MAX), 0);
        mori_semaphore_release_many(&all.semaphore, UINT32_MAX);
        mori_semaphore_deinit(&all.semaphore);
        return 0;
}

START_TEST(permits_are_given_in_order)
{
        ck_assert_int_eq(run(permits), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Events */

static async int awaits(struct all *all, int number)
{
        attempt(await mori_event_wait(&all->event));
        all->order[all->count++] = number;
        return 0;
}

MAIN(events)
{
        struct all all = {.event = MORI_EVENT_MANUAL};

        scope {
                Async(int) given_up = start(awaits, &all, 1);

                ignore(start(awaits, &all, 2));
                ignore(start(awaits, &all, 3));
                cancel(given_up);
                EXPECT_EQ(await join(given_up), -ECANCELED);
                mori_event_set(&all.event);
                mori_event_reset(&all.event); /* who waited goes on all the same */
                EXPECT(!mori_event_is_set(&all.event));
        }
        EXPECT(all.count == 2 && all.order[0] == 2 && all.order[1] == 3);
        mori_event_set(&all.event);
        mori_event_set(&all.event);
        EXPECT_EQ(await awaits(&all, 4), 0);
        EXPECT_EQ(await awaits(&all, 5), 0);
        mori_event_reset(&all.event);
        within (MORI_MS(1))
                EXPECT_EQ(await awaits(&all, 6), -ETIMEDOUT);
        mori_event_deinit(&all.event);

        all.event = (mori_event)MORI_EVENT_AUTOMATIC;
        all.count = 0;
        mori_event_set(&all.event);
        mori_event_set(&all.event); /* is not counted */
        EXPECT_EQ(await awaits(&all, 1), 0);
        EXPECT(!mori_event_is_set(&all.event));
        scope {
                Async(int) first = start(awaits, &all, 2), second = start(awaits, &all, 3);

                mori_event_set(&all.event);
                EXPECT(!mori_event_is_set(&all.event));
                cancel(first); /* it was let through first */
                EXPECT_EQ(await join(first), 0);
                EXPECT(!MORI_DONE(second));
                mori_event_set(&all.event);
                EXPECT_EQ(await join(second), 0);
        }
        EXPECT_EQ(all.count, 3);
        return 0;
}

START_TEST(events_lose_nobody)
{
        ck_assert_int_eq(run(events), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Once */

static async int does(void *pointer)
{
        struct all *all = pointer;

        all->runs++;
        attempt(await mori_sleep(MORI_MS(1)));
        return all->runs == 2 ? -EIO : 0;
}

static async int needs(struct all *all)
{
        return await mori_once_run(&all->once, does, all);
}

static async int does_itself(void *pointer)
{
        return await mori_once_run(&((struct all *)pointer)->once, does_itself, pointer);
}

static async int does_by_another(void *pointer)
{
        return await join(start(needs, (struct all *)pointer));
}

MAIN(once)
{
        struct all all = {.once = MORI_ONCE};

        scope {
                Async(int) one = start(needs, &all), two = start(needs, &all);
                Async(int) three = start(needs, &all), four = start(needs, &all);

                cancel(one); /* while it runs: the next does it, and fails */
                cancel(three);
                EXPECT_EQ(await join(one), -ECANCELED);
                EXPECT_EQ(await join(two), -EIO);
                EXPECT_EQ(await join(three), -ECANCELED);
                EXPECT_EQ(await join(four), 0);
        }
        EXPECT_EQ(all.runs, 3);
        scope {
                mori_scope_cancel();
                EXPECT_EQ(await needs(&all), 0);
        }
        EXPECT_EQ(all.runs, 3);
        mori_once_deinit(&all.once);
        all.once = (mori_once)MORI_ONCE;
        EXPECT_EQ(await mori_once_run(&all.once, does_itself, &all), -EDEADLK);
        EXPECT_EQ(await mori_once_run(&all.once, does_by_another, &all), -EDEADLK);
        EXPECT_EQ(await mori_once_run(&all.once, does, &all), 0);
        return 0;
}

START_TEST(once_is_done_once)
{
        ck_assert_int_eq(run(once), 0);
        ck_assert_reported("deadlock: 1 activity waits");
        ck_assert_reported("deadlock: 2 activities wait");
        ck_assert_reported("is waiting for what is done once; that was taken at once+0x");
        assert_nothing_left();
}
END_TEST

/* ---- Barriers */

static async int meets(struct all *all)
{
        int result = await mori_barrier_wait(&all->barrier);

        all->count++;
        return result;
}

MAIN(barriers)
{
        struct all all = {.barrier = MORI_BARRIER(3)};

        for (int round = 0; round < 3; round++)
                scope {
                        Async(int) one = start(meets, &all), two = start(meets, &all);

                        EXPECT_EQ(await mori_yield(), 0);
                        EXPECT_EQ(all.count, round * 3);
                        EXPECT_EQ(await meets(&all), 1);
                        EXPECT_EQ(await join(one), 0);
                        EXPECT_EQ(await join(two), 0);
                }
        scope {
                Async(int) one = start(meets, &all), two = start(meets, &all), three;

                cancel(one); /* has not come, then */
                EXPECT_EQ(await join(one), -ECANCELED);
                three = start(meets, &all);
                EXPECT_EQ(await mori_yield(), 0);
                EXPECT(!MORI_DONE(two) && !MORI_DONE(three));
                mori_barrier_leave(&all.barrier); /* there are two to wait for, who are here */
                EXPECT_EQ(await join(two), 0);
                EXPECT_EQ(await join(three), 0);
        }
        mori_barrier_leave(&all.barrier);
        EXPECT_EQ(await meets(&all), 1); /* alone */
        mori_barrier_leave(&all.barrier);
        mori_barrier_deinit(&all.barrier);
        mori_barrier_init(&all.barrier, 1);
        EXPECT_EQ(await meets(&all), 1);
        mori_barrier_deinit(&all.barrier);
        return 0;
}

START_TEST(barriers_open_when_all_have_come)
{
        ck_assert_int_eq(run(barriers), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Broken contracts */

MAIN(semaphore_zero)
{
        mori_semaphore semaphore = {0};

        return await mori_semaphore_acquire(&semaphore);
}

MAIN(semaphore_made_wrong)
{
        mori_semaphore semaphore;

        mori_semaphore_init(&semaphore, 2, 1);
        return 0;
}

MAIN(semaphore_over)
{
        mori_semaphore semaphore = MORI_SEMAPHORE(1, 1);

        mori_semaphore_release(&semaphore);
        return 0;
}

MAIN(semaphore_far_over)
{
        mori_semaphore semaphore = MORI_SEMAPHORE(5, UINT32_MAX);

        mori_semaphore_release_many(&semaphore, UINT32_MAX - 4);
        return 0;
}

MAIN(semaphore_twice)
{
        mori_semaphore semaphore = MORI_SEMAPHORE(1, 1);

        mori_semaphore_deinit(&semaphore);
        mori_semaphore_deinit(&semaphore);
        return 0;
}

MAIN(semaphore_waited)
{
        struct all all = {.semaphore = MORI_SEMAPHORE(0, 1)};

        scope {
                ignore(start(acquires, &all, 1u, 1));
                mori_semaphore_deinit(&all.semaphore);
        }
        return 0;
}

MAIN(event_waited)
{
        struct all all = {.count = 0};

        scope {
                ignore(start(awaits, &all, 1));
                mori_event_deinit(&all.event);
        }
        return 0;
}

MAIN(event_gone)
{
        mori_event event = MORI_EVENT_MANUAL;

        mori_event_deinit(&event);
        return await mori_event_wait(&event);
}

MAIN(event_set_gone)
{
        mori_event event = MORI_EVENT_MANUAL;

        mori_event_deinit(&event);
        mori_event_set(&event);
        return 0;
}

MAIN(once_waited)
{
        struct all all = {.count = 0};

        scope {
                ignore(start(needs, &all));
                mori_once_deinit(&all.once);
        }
        return 0;
}

MAIN(once_gone)
{
        struct all all = {.count = 0};

        mori_once_deinit(&all.once);
        return await needs(&all);
}

MAIN(barrier_zero)
{
        mori_barrier barrier;

        mori_barrier_init(&barrier, 0);
        return 0;
}

MAIN(barrier_waited)
{
        struct all all = {.barrier = MORI_BARRIER(2)};

        scope {
                ignore(start(meets, &all));
                mori_barrier_deinit(&all.barrier);
        }
        return 0;
}

MAIN(barrier_twice)
{
        mori_barrier barrier = MORI_BARRIER(2);

        mori_barrier_deinit(&barrier);
        mori_barrier_deinit(&barrier);
        return 0;
}

MAIN(barrier_left)
{
        mori_barrier barrier = MORI_BARRIER(1);

        mori_barrier_leave(&barrier);
        mori_barrier_leave(&barrier);
        return 0;
}

static const struct {
        mori_entry_point *program;
        const char *report;
} broken[] = {
        {semaphore_zero, "a semaphore is used that was never initialised"},
        {semaphore_made_wrong, "a semaphore is made with 2 permits and a limit of 1"},
        {semaphore_over, "1 permits are released to a semaphore that has 1 of at most 1"},
        {semaphore_far_over, "4294967291 permits are released to a semaphore that has 5"},
        {semaphore_twice, "a semaphore is used that was never initialised, or is no more"},
        {semaphore_waited, "a semaphore is deinitialised while activities wait for it"},
        {event_waited, "an event is deinitialised while activities wait for it"},
        {event_gone, "an event is used that is no more"},
        {event_set_gone, "an event is used that is no more"},
        {once_waited, "a once is deinitialised while it is done"},
        {once_gone, "a once is used that is no more"},
        {barrier_zero, "a barrier is used that was never initialised"},
        {barrier_waited, "a barrier is deinitialised while activities wait at it"},
        {barrier_twice, "or that is no more"},
        {barrier_left, "that all have left"},
};

START_TEST(a_broken_contract_abandons)
{
        for (size_t i = 0; i < ELEMENTS(broken); i++) {
                ck_assert_int_eq(run(broken[i].program), 70);
                ck_assert_reported(broken[i].report);
                assert_nothing_left();
        }
}
END_TEST

/* What waits when nothing moves any more is said by kind. */
MAIN(stuck)
{
        struct all all = {.semaphore = MORI_SEMAPHORE(0, 1), .barrier = MORI_BARRIER(2)};

        scope {
                ignore(start(acquires, &all, 1u, 1));
                ignore(start(awaits, &all, 1));
                ignore(start(meets, &all));
        }
        return 0;
}

START_TEST(what_is_stuck_is_reported)
{
        ck_assert_int_eq(run(stuck), 70);
        ck_assert_reported("deadlock: 4 activities wait");
        ck_assert_reported("is waiting for a semaphore, at ");
        ck_assert_reported("is waiting for an event, at ");
        ck_assert_reported("is waiting at a barrier, at ");
        assert_nothing_left();
}
END_TEST

TEST_MAIN("activity/sync", TEST(permits_are_given_in_order), TEST(events_lose_nobody),
          TEST(once_is_done_once), TEST(barriers_open_when_all_have_come),
          TEST(a_broken_contract_abandons), TEST(what_is_stuck_is_reported))
