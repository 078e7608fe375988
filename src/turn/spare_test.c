/* SPDX-License-Identifier: MIT */
/*
 * Several processes on one seat, and the spare that takes the seat when the worker is stuck in a
 * turn of one of them. What a turn is stuck in waits for what the other processes do: without a
 * spare these programs would never end.
 */
#include "turn/crowd_test.h"

#include "platform/thread.h"
#include "turn/spare.h"

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#define MEMBERS_MAX 1000

/* What was left of the last crowd. */
static struct {
        int status[MEMBERS_MAX];
        bool abandoned[MEMBERS_MAX];
        uint64_t taken;
} left;

/* Runs the members as processes of one seat until the first has ended; its status. */
static int crowd_run(const struct seat_config *config, const struct member *members, unsigned count)
{
        static struct process *processes[MEMBERS_MAX];
        struct seat *seat = crowd_begin(config, members, count, processes);
        int status = seat_run(seat);

        left.taken = spare_count(seat->spare);
        for (unsigned i = 0; i < count; i++) {
                left.status[i] = processes[i]->status;
                left.abandoned[i] = processes[i]->abandoned;
                process_free(processes[i]);
        }
        crowd_end(seat);
        return status;
}

/* Every engine that a spare may have to drive, and the simulation, which has none. */
static const struct seat_config engines[] = {
        {.io.kind = PLATFORM_IO_URING, .stall_ns = 2000000},
        {.io.kind = PLATFORM_IO_EPOLL, .stall_ns = 2000000},
        {.io.kind = PLATFORM_IO_URING,
         .io.without = PLATFORM_WITHOUT_SETUP_FLAGS | PLATFORM_WITHOUT_BUFFER_RING |
                       PLATFORM_WITHOUT_MULTISHOT,
         .stall_ns = 2000000},
        {.io.kind = PLATFORM_IO_SIM, .stall_ns = -1, .io.seed = 7},
};
#define REAL_ENGINES 3
#define ENGINES      4

/* ---- Several processes */

static async int counts(void *argument)
{
        (void)argument;
        for (int i = 0; i < 50; i++) {
                EXPECT_EQ(await mori_yield(), 0);
                ++*shared(0);
        }
        EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
        ++*shared(1);
        return 5;
}

static async int waits_for_all(void *argument)
{
        int count = *(const int *)argument;

        while (*shared(1) < count)
                EXPECT_EQ(await mori_sleep(MORI_US(200)), 0);
        return 3;
}

START_TEST(processes_take_turns)
{
        static struct member members[MEMBERS_MAX];
        int count = TEST_MANY(MEMBERS_MAX) - 1;

        members[0] = (struct member){"main", waits_for_all, &count};
        for (int i = 1; i <= count; i++)
                members[i] = (struct member){"counter", counts, NULL};
        for (int engine = 0; engine < ENGINES; engine++) {
                *shared(0) = *shared(1) = 0;
                ck_assert_int_eq(crowd_run(&engines[engine], members, (unsigned)count + 1), 3);
                ck_assert_int_eq(*shared(0), 50 * count);
                for (int i = 1; i <= count; i++)
                        ck_assert_int_eq(left.status[i], i <= count ? 5 : 0);
                assert_nothing_left();
        }
}
END_TEST

/* One that is always ready has its turns, and the others have theirs. */
static async int hogs(void *argument)
{
        (void)argument;
        while (*shared(2) == 0)
                EXPECT_EQ(await mori_yield(), 0);
        return 0;
}

START_TEST(a_process_that_is_always_ready_keeps_nobody_waiting)
{
        int count = 2;
        const struct member members[] = {{"main", waits_for_all, &count},
                                         {"hog", hogs, NULL},
                                         {"counter", counts, NULL},
                                         {"counter", counts, NULL}};

        for (int engine = 0; engine < ENGINES; engine++) {
                *shared(0) = *shared(1) = 0;
                ck_assert_int_eq(crowd_run(&engines[engine], members, 4), 3);
                assert_nothing_left();
        }
}
END_TEST

static async int breaks_a_contract(void *argument)
{
        mori_file pipe[2];

        EXPECT_EQ(mori_pipe(pipe), 0);
        EXPECT_EQ(await mori_yield(), 0);
        MORI_REQUIRE(argument != NULL);
        return 0;
}

static async int never_ends(void *argument)
{
        char bytes[8];

        EXPECT_EQ(mori_pipe(argument), 0);
        return (int)await mori_file_read(((mori_file *)argument)[0], bytes, sizeof bytes);
}

START_TEST(what_one_breaks_is_its_own)
{
        int count = 1;
        mori_file files[2];
        const struct member members[] = {{"main", waits_for_all, &count},
                                         {"broken", breaks_a_contract, NULL},
                                         {"counter", counts, NULL},
                                         {"endless", never_ends, files}};

        for (int engine = 0; engine < ENGINES; engine++) {
                *shared(0) = *shared(1) = 0;
                ck_assert_int_eq(crowd_run(&engines[engine], members, 4), 3);
                ck_assert_reported("process broken abandoned");
                ck_assert(left.abandoned[1] && left.status[1] == 70);
                ck_assert(!left.abandoned[2] && left.status[2] == 5);
                ck_assert(!left.abandoned[3]); /* ended with the first */
                assert_nothing_left();
        }
}
END_TEST

START_TEST(a_deadlock_is_one_of_all)
{
        int count = 1;
        const struct member some[] = {{"main", waits_for_all, &count},
                                      {"counter", counts, NULL},
                                      {"waiting", waits_for_ever, NULL}};
        const struct member all[] = {{"main", waits_for_ever, NULL},
                                     {"waiting", waits_for_ever, NULL}};

        for (int engine = 0; engine < ENGINES; engine++) {
                *shared(0) = *shared(1) = 0;
                ck_assert_int_eq(crowd_run(&engines[engine], some, 3), 3);
                ck_assert_not_reported();
                assert_nothing_left();
                ck_assert_int_eq(crowd_run(&engines[engine], all, 2), 70);
                ck_assert_reported("process main: deadlock");
                ck_assert_reported("process waiting: deadlock");
                assert_nothing_left();
        }
}
END_TEST

static async int sleeps_long(void *argument)
{
        (void)argument;
        return await mori_sleep(MORI_MS(1000000));
}

START_TEST(the_first_ends_all_at_once)
{
        int count = 0;
        const struct member members[] = {{"main", waits_for_all, &count},
                                         {"sleeping", sleeps_long, NULL}};

        for (int engine = 0; engine < ENGINES; engine++) {
                *shared(1) = 0;
                ck_assert_int_eq(crowd_run(&engines[engine], members, 2), 3);
                ck_assert_not_reported();
                assert_nothing_left();
        }
}
END_TEST

/* ---- The spare */

/* How far the process that works has come, and how far the stuck one wants it to be. */
struct race {
        uint32_t progress, stop;
        int way; /* of being stuck */
        bool exits;
        bool reads;
        char address[64];
        mori_file file;
};

static struct race race;

MORI_NONBLOCKING static struct race *the_race(void)
{
        return &race;
}

MORI_NONBLOCKING static uint32_t progress(void)
{
        return __atomic_load_n(&race.progress, __ATOMIC_ACQUIRE);
}

MORI_NONBLOCKING static void progress_made(void)
{
        __atomic_fetch_add(&race.progress, 1, __ATOMIC_ACQ_REL);
}

MORI_NONBLOCKING static bool stopped(void)
{
        return __atomic_load_n(&race.stop, __ATOMIC_ACQUIRE) != 0;
}

MORI_NONBLOCKING static void stop(void)
{
        __atomic_store_n(&race.stop, 1, __ATOMIC_RELEASE);
}

/* Stuck until the others have made so many steps: in three ways. */
MORI_NONBLOCKING __attribute__((noinline)) static void stuck_until(uint32_t wanted)
{
        struct timespec pause = {.tv_nsec = 300000};
        struct pollfd nothing = {.fd = -1};

        while (progress() < wanted) {
                if (race.way == 1)
                        nanosleep(&pause, NULL);
                else if (race.way == 2)
                        poll(&nothing, 1, 1);
        }
}

/* Uses all that a seat has: turns, timers, operations, descriptors. */
static async int works(void *argument)
{
        mori_file pipe[2];
        char byte = 'x';

        (void)argument;
        while (!stopped()) {
                EXPECT_EQ(await mori_yield(), 0);
                EXPECT_EQ(await mori_sleep(MORI_US(50)), 0);
                EXPECT_EQ(mori_pipe(pipe), 0);
                {
                        Async(int64_t) a = start(mori_file_read, pipe[0], &byte, (size_t)1);

                        EXPECT_EQ(await mori_file_write(pipe[1], "y", 1), 1);
                        EXPECT_EQ(join(a), 1);
                }
                EXPECT_EQ(byte, 'y');
                EXPECT_EQ(await mori_file_close(pipe[0]), 0);
                EXPECT_EQ(await mori_file_close(pipe[1]), 0);
                progress_made();
        }
        return 0;
}

static async int is_stuck(void *argument)
{
        (void)argument;
        EXPECT_EQ(await mori_yield(), 0);
        for (int i = 0; i < 5; i++) {
                stuck_until(progress() + 10);
                EXPECT_EQ(await mori_yield(), 0);
                EXPECT_EQ(await mori_sleep(MORI_US(50)), 0);
        }
        stop();
        return 0;
}

static void race_run(const struct member *members, unsigned count)
{
        for (int engine = 0; engine < REAL_ENGINES; engine++)
                for (int way = 0; way < 3; way++) {
                        race = (struct race){.way = way, .exits = race.exits};
                        snprintf(race.address, sizeof race.address, "unix:@mori-spare-%d",
                                 getpid());
                        fprintf(stderr, "engine %d way %d\n", engine, way);
                        ck_assert_int_eq(crowd_run(&engines[engine], members, count), 0);
                        ck_assert_uint_ge(left.taken, 1);
                        ck_assert_reported("longer than the limit");
                        assert_nothing_left();
                }
}

START_TEST(the_others_go_on)
{
        const struct member members[] = {{"stuck", is_stuck, NULL}, {"working", works, NULL}};

        race_run(members, 2);
}
END_TEST

/* The turn that was stuck goes on to use the seat, which it has lost meanwhile. */
static async int uses_the_seat(void *argument)
{
        char byte;

        (void)argument;
        for (int i = 0; i < 8; i++) {
                mori_file pipe[2];
                mori_token *token;

                stuck_until(progress() + 5);
                EXPECT_EQ(mori_pipe(pipe), 0);
                stuck_until(progress() + 3);
                token = mori_token_new(MORI_MS(1));
                {
                        Async(int) b = start(mori_sleep, MORI_US(10));
                        Async(int64_t) a = start(mori_file_read, pipe[0], &byte, (size_t)1);

                        stuck_until(progress() + 3);
                        cancel(a);
                        stuck_until(progress() + 3);
                        EXPECT_EQ(join(a), -ECANCELED);
                        EXPECT_EQ(join(b), 0);
                }
                mori_token_free(token);
                EXPECT_EQ(await mori_file_close(pipe[0]), 0);
                EXPECT_EQ(await mori_file_close(pipe[1]), 0);
        }
        stop();
        return 0;
}

START_TEST(a_stuck_turn_gets_its_seat_back)
{
        const struct member members[] = {
                {"stuck", uses_the_seat, NULL}, {"working", works, NULL}, {"working", works, NULL}};

        race_run(members, 3);
}
END_TEST

/* What comes for a process while it is away waits for it, in order. */
#define MESSAGES 150

static async int receives_in_order(void)
{
        uint32_t expected = 0, message;
        mori_file file;

        EXPECT_EQ(await mori_socket_accept(the_race()->file, &file), 0);
        while (expected < MESSAGES) {
                EXPECT_EQ(await mori_file_read_exact(file, &message, sizeof message), 0);
                EXPECT_EQ(message, expected);
                expected++;
                the_race()->reads = true;
        }
        EXPECT_EQ(await mori_file_close(file), 0);
        return 0;
}

static async int is_away(void *argument)
{
        (void)argument;
        EXPECT_EQ(mori_socket_listen(the_race()->address, 1, &the_race()->file), 0);
        {
                Async(int) a = start(receives_in_order);
                Async(int) b = start(mori_sleep, MORI_US(10));
                int64_t begun = mori_now();

                while (!the_race()->reads)
                        EXPECT_EQ(await mori_yield(), 0);
                stuck_until(MESSAGES);
                EXPECT_EQ(join(a), 0);
                EXPECT_EQ(join(b), 0);
                EXPECT(mori_now() >= begun + MORI_US(10));
        }
        EXPECT_EQ(await mori_file_close(the_race()->file), 0);
        return 0;
}

static async int sends_in_order(void *argument)
{
        mori_file file;

        (void)argument;
        while (await mori_socket_connect(the_race()->address, &file) < 0)
                EXPECT_EQ(await mori_yield(), 0);
        for (uint32_t message = 0; message < MESSAGES; message++) {
                EXPECT_EQ(await mori_file_write(file, &message, sizeof message),
                          (int64_t)sizeof message);
                if (message % 16 == 0)
                        EXPECT_EQ(await mori_sleep(MORI_US(50)), 0);
                progress_made();
                while (!the_race()->reads)
                        EXPECT_EQ(await mori_sleep(MORI_US(50)), 0);
        }
        EXPECT_EQ(await mori_file_close(file), 0);
        return 0;
}

START_TEST(what_comes_meanwhile_waits_in_order)
{
        const struct member members[] = {{"stuck", is_away, NULL},
                                         {"sending", sends_in_order, NULL}};

        race_run(members, 2);
}
END_TEST

/* The end of the stuck process: by a broken contract in the turn, or by an exit. */
static async int ends_in_the_turn(void *argument)
{
        mori_file pipe[2];
        char byte;

        (void)argument;
        EXPECT_EQ(mori_pipe(pipe), 0);
        ignore(start(mori_sleep, MORI_MS(1000)));
        ignore(start(mori_file_read, pipe[0], &byte, (size_t)1));
        EXPECT_EQ(await mori_yield(), 0);
        stuck_until(progress() + 10);
        stop();
        if (the_race()->exits)
                mori_exit(9);
        MORI_REQUIRE(!stopped());
        return 0;
}

static async int waits_for_the_stop(void *argument)
{
        (void)argument;
        while (!stopped())
                EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
        return 0;
}

START_TEST(a_process_may_end_in_a_stuck_turn)
{
        const struct member members[] = {{"main", waits_for_the_stop, NULL},
                                         {"stuck", ends_in_the_turn, NULL},
                                         {"working", works, NULL}};

        race_run(members, 3);
        ck_assert(left.abandoned[1] && left.status[1] == 70);
        race.exits = true;
        race_run(members, 3);
        ck_assert(!left.abandoned[1] && left.status[1] == 9);
}
END_TEST

/* The spare is stuck, too: nobody else comes, and all goes on when both have returned. */
MORI_NONBLOCKING __attribute__((noinline)) static void pause_for_20ms(void)
{
        struct timespec pause = {.tv_nsec = 20000000};

        nanosleep(&pause, NULL);
}

static async int is_stuck_as_well(void *argument)
{
        (void)argument;
        while (progress() == 0)
                EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
        while (!stopped()) {
                pause_for_20ms();
                progress_made();
                EXPECT_EQ(await mori_sleep(MORI_MS(20)), 0);
        }
        return 0;
}

START_TEST(a_spare_may_be_stuck_as_well)
{
        const struct member members[] = {{"stuck", is_stuck, NULL},
                                         {"working", works, NULL},
                                         {"second", is_stuck_as_well, NULL}};

        race_run(members, 3);
}
END_TEST

/* A process is away on the spare, and the seat is its own worker's again. */
MORI_NONBLOCKING __attribute__((noinline)) static int write_now(int fd)
{
        return (int)write(fd, "x", 1);
}

static async int reads_and_is_stuck(void *argument)
{
        char byte = 0;
        mori_file file;

        EXPECT_EQ(mori_file_adopt(((int *)argument)[0], &file), 0);
        {
                Async(int64_t) a = start(mori_file_read, file, &byte, (size_t)1);

                progress_made();
                stuck_until(2);
                EXPECT_EQ(join(a), 1);
        }
        EXPECT_EQ(byte, 'x');
        EXPECT_EQ(await mori_file_close(file), 0);
        stop();
        return 0;
}

static async int ends_the_read(void *argument)
{
        stuck_until(1);
        EXPECT_EQ(await mori_yield(), 0);
        EXPECT_EQ(write_now(((int *)argument)[1]), 1);
        EXPECT_EQ(await mori_sleep(MORI_MS(2)), 0);
        progress_made();
        while (!stopped())
                EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
        return 0;
}

START_TEST(what_comes_for_the_one_on_the_spare_waits)
{
        int fds[2];
        const struct member members[] = {{"main", ends_the_read, fds},
                                         {"reading", reads_and_is_stuck, fds}};

        for (int engine = 0; engine < REAL_ENGINES; engine++)
                for (int way = 0; way < 3; way++) {
                        race = (struct race){.way = way};
                        ck_assert_int_eq(pipe(fds), 0);
                        ck_assert_int_eq(crowd_run(&engines[engine], members, 2), 0);
                        ck_assert_int_eq(close(fds[1]), 0);
                        assert_nothing_left();
                }
}
END_TEST

/* It is no deadlock while a turn that could wake somebody up is still going on. */
static async int is_stuck_for_long(void *argument)
{
        (void)argument;
        EXPECT_EQ(await mori_yield(), 0);
        progress_made();
        pause_for_20ms();
        pause_for_20ms();
        EXPECT_EQ(await mori_yield(), 0);
        return 0;
}

static async int is_stuck_and_ends(void *argument)
{
        (void)argument;
        stuck_until(1);
        return 0;
}

START_TEST(a_turn_on_the_spare_is_no_deadlock)
{
        const struct member members[] = {{"main", is_stuck_for_long, NULL},
                                         {"stuck", is_stuck_and_ends, NULL}};

        for (int engine = 0; engine < REAL_ENGINES; engine++) {
                race = (struct race){.way = 1};
                ck_assert_int_eq(crowd_run(&engines[engine], members, 2), 0);
                ck_assert_uint_ge(left.taken, 1);
                ck_assert(!reported("deadlock"));
                assert_nothing_left();
        }
}
END_TEST

/* What is posted for a process that is away, or behind a post whose turn is stuck. */
static void queue_fill(struct seat *seat, void *queue, void *nothing)
{
        (void)seat;
        (void)nothing;
        ck_assert_int_eq(mori_queue_try_send(queue, &(long){7}), 0);
}

MORI_NONBLOCKING __attribute__((noinline)) static void post_to_main(void *queue)
{
        struct seat *seat = worker_self()->seat;

        ck_assert_int_eq(seat_post(seat, seat->process, queue_fill, queue, NULL), 0);
}

static async int posts(void *argument)
{
        (void)argument;
        post_to_main(*(mori_queue **)shared_bytes());
        EXPECT_EQ(await mori_sleep(MORI_MS(2)), 0);
        progress_made();
        return 0;
}

static async int gets_a_post(void *argument)
{
        mori_queue *queue = mori_queue_new(1, sizeof(long));
        long item = 0;

        (void)argument;
        *(mori_queue **)shared_bytes() = queue;
        stuck_until(1);
        EXPECT_EQ(await mori_queue_receive(queue, &item), 0);
        EXPECT_EQ(item, 7);
        return 0;
}

START_TEST(a_post_for_the_stuck_one_is_not_lost)
{
        const struct member members[] = {{"main", gets_a_post, NULL}, {"posting", posts, NULL}};

        race_run(members, 2);
}
END_TEST

static async void is_stuck_in_a_post(void *argument)
{
        (void)argument;
        stuck_until(1);
        stop();
}

static void enter_stuck(struct seat *seat, void *first, void *second)
{
        (void)seat;
        (void)first;
        (void)second;
        seat_enter((void *)is_stuck_in_a_post, NULL);
}

static void progress_post(struct seat *seat, void *first, void *second)
{
        (void)seat;
        (void)first;
        (void)second;
        progress_made();
}

MORI_NONBLOCKING __attribute__((noinline)) static void post_both(void)
{
        struct seat *seat = worker_self()->seat;

        ck_assert_int_eq(seat_post(seat, seat->process, enter_stuck, NULL, NULL), 0);
        ck_assert_int_eq(seat_post(seat, process_self(), progress_post, NULL, NULL), 0);
}

static async int posts_both(void *argument)
{
        (void)argument;
        post_both();
        while (!stopped())
                EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
        return 0;
}

START_TEST(posts_go_on_behind_a_stuck_one)
{
        const struct member members[] = {{"main", waits_for_the_stop, NULL},
                                         {"posting", posts_both, NULL}};

        race_run(members, 2);
}
END_TEST

TEST_MAIN("turn/spare", TEST(processes_take_turns),
          TEST(a_process_that_is_always_ready_keeps_nobody_waiting),
          TEST(what_one_breaks_is_its_own), TEST(a_deadlock_is_one_of_all),
          TEST(the_others_go_on), TEST(a_stuck_turn_gets_its_seat_back),
          TEST(what_comes_meanwhile_waits_in_order), TEST(a_process_may_end_in_a_stuck_turn),
          TEST(a_spare_may_be_stuck_as_well), TEST(the_first_ends_all_at_once),
          TEST(what_comes_for_the_one_on_the_spare_waits),
          TEST(a_turn_on_the_spare_is_no_deadlock), TEST(a_post_for_the_stuck_one_is_not_lost),
          TEST(posts_go_on_behind_a_stuck_one))
