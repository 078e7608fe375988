/* SPDX-License-Identifier: MIT */
/*
 * Domains of several seats: processes that move while they wait for everything that there is to
 * wait for, steal and are stolen, and end. Each case runs with every process moving to the next
 * seat whenever it has run, and without; on two seats, and on more than there are processors.
 */
#include "turn/crowd_test.h"

#include "platform/thread.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MEMBERS_MAX 64

static const struct seat_config configs[] = {
        {.io.kind = PLATFORM_IO_URING, .stall_ns = -1, .seats = 2, .migrate = true},
        {.io.kind = PLATFORM_IO_EPOLL, .stall_ns = -1, .seats = 2, .migrate = true},
        {.io.kind = PLATFORM_IO_URING, .stall_ns = -1, .seats = 2},
        {.io.kind = PLATFORM_IO_EPOLL, .stall_ns = -1, .seats = 8},
        {.io.kind = PLATFORM_IO_URING, .stall_ns = -1, .seats = 8, .migrate = true},
        {.io.kind = PLATFORM_IO_EPOLL, .stall_ns = -1, .seats = 1},
};
#define CONFIGS (sizeof configs / sizeof configs[0])

static int status_of[MEMBERS_MAX];

/* Runs the members over the seats until the first has ended; its status. Nothing may be left. */
static int domain_run(const struct seat_config *config, const struct member *members,
                      unsigned count)
{
        static struct process *processes[MEMBERS_MAX];
        struct seat *seat = crowd_begin(config, members, count, processes);
        int status = seat_run(seat);

        for (unsigned i = 0; i < count; i++) {
                status_of[i] = processes[i]->status;
                process_free(processes[i]);
        }
        crowd_end(seat);
        assert_nothing_left();
        return status;
}

/* Words that processes on several threads share. */
MORI_NONBLOCKING static long add(unsigned index, long by)
{
        return atomic_add(shared(index), by);
}

MORI_NONBLOCKING static long get(unsigned index)
{
        return atomic_load_acquire(shared(index));
}

static void clear(void)
{
        for (unsigned i = 0; i < 16; i++)
                *shared(i) = 0;
}

static async int waits_for_count(void *argument)
{
        while (get(1) < (long)(uintptr_t)argument)
                EXPECT_EQ(await mori_sleep(MORI_US(200)), 0);
        return 3;
}

/* ---- Turns and timers */

static async int yields(void *argument)
{
        (void)argument;
        for (int i = 0; i < 200; i++)
                EXPECT_EQ(await mori_yield(), 0);
        return 0;
}

/*
 * Timers that end, that are cancelled, and deadlines, started at one seat and stopped at another.
 */
static async int sleeps(void *argument)
{
        (void)argument;
        for (int i = 0; i < 20; i++) {
                Async(int) a = start(mori_sleep, MORI_US(50 * i));
                Async(int) b = start(mori_sleep, MORI_S(1000));

                EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
                cancel(b);
                EXPECT_EQ(join(b), -ECANCELED);
                EXPECT_EQ(join(a), 0);
                within(MORI_US(150))
                {
                        EXPECT_EQ(await mori_sleep(MORI_S(1000)), -ETIMEDOUT);
                }
        }
        return 0;
}

static async int turns_and_timers(void *argument)
{
        EXPECT_EQ(await yields(argument), 0);
        EXPECT_EQ(await sleeps(argument), 0);
        add(1, 1);
        return 5;
}

START_TEST(turns_and_timers_move)
{
        struct member members[24] = {{"main", waits_for_count, (void *)(uintptr_t)23}};

        for (unsigned i = 1; i < 24; i++)
                members[i] = (struct member){"sleeper", turns_and_timers, NULL};
        for (unsigned i = 0; i < CONFIGS; i++) {
                clear();
                ck_assert_int_eq(domain_run(&configs[i], members, 24), 3);
                for (unsigned k = 1; k < 24; k++)
                        ck_assert_int_eq(status_of[k], 5);
        }
}
END_TEST

/* ---- CPUs */

static cpu_set_t cpus_ours;

/* All threads there are get one CPU of ours, the `turn`-th in turn; below 0: all of ours. */
MORI_NONBLOCKING static __attribute__((noinline)) void cpus_take_away(int turn)
{
        DIR *folder = opendir("/proc/self/task");
        const struct dirent *entry;
        cpu_set_t set = cpus_ours;

        if (turn >= 0) {
                int left = turn % CPU_COUNT(&cpus_ours);
                size_t cpu = 0;

                while (!CPU_ISSET(cpu, &cpus_ours) || left-- > 0)
                        cpu++;
                CPU_ZERO(&set);
                CPU_SET(cpu, &set);
        }
        ck_assert_ptr_nonnull(folder);
        while ((entry = readdir(folder)) != NULL)
                if (entry->d_name[0] != '.') /* one that has just ended is no failure */
                        (void)sched_setaffinity(atoi(entry->d_name), sizeof set, &set);
        closedir(folder);
}

/* All seats have one CPU, and another one every millisecond. */
static async int takes_cpus_away(void *argument)
{
        int turn = 0;

        while (get(1) < (long)(uintptr_t)argument) {
                cpus_take_away(turn++);
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        }
        cpus_take_away(-1);
        return 3;
}

START_TEST(cpus_are_taken_away_and_given_back)
{
        struct member members[10] = {{"main", takes_cpus_away, (void *)(uintptr_t)9}};

        ck_assert_int_eq(sched_getaffinity(0, sizeof cpus_ours, &cpus_ours), 0);
        for (unsigned i = 1; i < 10; i++)
                members[i] = (struct member){"sleeper", turns_and_timers, NULL};
        for (unsigned i = 0; i < CONFIGS; i++) {
                clear();
                ck_assert_int_eq(domain_run(&configs[i], members, 10), 3);
                for (unsigned k = 1; k < 10; k++)
                        ck_assert_int_eq(status_of[k], 5);
                ck_assert_not_reported();
        }
}
END_TEST

/* ---- Operations */

MORI_NONBLOCKING static void pair_new(int fds[2])
{
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
}

static async int64_t read_all(mori_file file, char *bytes, size_t count)
{
        size_t have = 0;

        while (have < count) {
                int64_t got = await mori_file_read(file, bytes + have, count - have);

                EXPECT(got > 0);
                have += (size_t)got;
        }
        return (int64_t)have;
}

/* Two processes, each with an end of a stream. */
static async int plays_ping(void *argument)
{
        int *fds = argument;
        char bytes[600];
        mori_file end;

        EXPECT_EQ(mori_file_adopt(fds[0], &end), 0);
        for (int i = 0; i < 300; i++) {
                bytes[0] = (char)i;
                EXPECT_EQ(await mori_file_write_all(end, bytes, (size_t)(i + 1)), 0);
                EXPECT_EQ(await read_all(end, bytes, (size_t)(i + 1)), i + 1);
                EXPECT_EQ(bytes[0], (char)i);
        }
        EXPECT_EQ(await mori_file_close(end), 0);
        add(1, 1);
        return 5;
}

static async int plays_pong(void *argument)
{
        int *fds = argument;
        char bytes[600];
        mori_file end;
        int64_t got;

        EXPECT_EQ(mori_file_adopt(fds[1], &end), 0);
        while ((got = await mori_file_read(end, bytes, sizeof bytes)) > 0)
                EXPECT_EQ(await mori_file_write_all(end, bytes, (size_t)got), 0);
        EXPECT_EQ(got, 0);
        EXPECT_EQ(await mori_file_close(end), 0);
        add(1, 1);
        return 5;
}

START_TEST(streams_between_processes)
{
        int fds[8][2];
        struct member members[17] = {{"main", waits_for_count, (void *)(uintptr_t)16}};

        for (unsigned i = 0; i < CONFIGS; i++) {
                for (unsigned k = 0; k < 8; k++) {
                        pair_new(fds[k]);
                        members[1 + 2 * k] = (struct member){"ping", plays_ping, fds[k]};
                        members[2 + 2 * k] = (struct member){"pong", plays_pong, fds[k]};
                }
                clear();
                ck_assert_int_eq(domain_run(&configs[i], members, 17), 3);
                for (unsigned k = 1; k < 17; k++)
                        ck_assert_int_eq(status_of[k], 5);
                ck_assert_not_reported();
        }
}
END_TEST

/* Reads that are cancelled while what they read comes: nothing is lost, nothing is read twice. */
static async int reads_and_cancels(void *argument)
{
        mori_file pipe[2];
        int64_t sent = 0, received = 0;
        char byte, back;

        (void)argument;
        EXPECT_EQ(mori_pipe(pipe), 0);
        for (int i = 0; i < 150; i++) {
                Async(int64_t) reader = start(mori_file_read, pipe[0], &back, (size_t)1);
                int64_t answer;

                if (i % 3 == 0)
                        EXPECT_EQ(await mori_yield(), 0);
                byte = (char)sent;
                EXPECT_EQ(await mori_file_write(pipe[1], &byte, 1), 1);
                sent++;
                if (i % 2 == 0)
                        EXPECT_EQ(await mori_yield(), 0);
                cancel(reader);
                answer = join(reader);
                EXPECT(answer == 1 || answer == -ECANCELED);
                if (answer != 1)
                        EXPECT_EQ(await mori_file_read(pipe[0], &back, 1), 1);
                EXPECT_EQ(back, (char)received);
                received++;
        }
        EXPECT_EQ(await mori_file_close(pipe[0]), 0);
        EXPECT_EQ(await mori_file_close(pipe[1]), 0);
        add(1, 1);
        return 5;
}

START_TEST(cancels_race_with_completions)
{
        struct member members[9] = {{"main", waits_for_count, (void *)(uintptr_t)8}};

        for (unsigned k = 1; k < 9; k++)
                members[k] = (struct member){"reader", reads_and_cancels, NULL};
        for (unsigned i = 0; i < CONFIGS; i++) {
                clear();
                ck_assert_int_eq(domain_run(&configs[i], members, 9), 3);
                for (unsigned k = 1; k < 9; k++)
                        ck_assert_int_eq(status_of[k], 5);
                ck_assert_not_reported();
        }
}
END_TEST

/* ---- Signals, which the first seat waits for, whoever asks */

MORI_NONBLOCKING static __attribute__((noinline)) uint32_t seat_number(void)
{
        return worker_self()->seat->number;
}

/* From now on no descriptor is to be had; or those again that were. */
MORI_NONBLOCKING static void descriptors_forbid(bool yes)
{
        static struct rlimit before;
        struct rlimit none = before;

        if (yes) {
                getrlimit(RLIMIT_NOFILE, &before);
                none = before;
                none.rlim_cur = 3;
        }
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
}

MORI_NONBLOCKING static void signal_send(void)
{
        kill(getpid(), SIGUSR1);
}

/* What others open before the first seat has heard of it makes no difference. */
static async int waits_for_a_signal(void *argument)
{
        (void)argument;
        while (seat_number() == 0)
                EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
        scope
        {
                Async(int) waiting;

                descriptors_forbid(true);
                waiting = start(mori_signal_wait, SIGUSR1);
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                signal_send();
                EXPECT_EQ(join(waiting), SIGUSR1);
                descriptors_forbid(false);
        }
        return 5;
}

START_TEST(a_signal_needs_no_descriptor_later)
{
        const struct member members[] = {{"main", waits_for_a_signal, NULL}};

        for (unsigned i = 0; i < CONFIGS; i++)
                if (configs[i].migrate)
                        ck_assert_int_eq(domain_run(&configs[i], members, 1), 5);
}
END_TEST

/* ---- Stealing */

MORI_NONBLOCKING static void pause_ms(int ms)
{
        struct timespec duration = {.tv_nsec = ms * 1000000L};

        nanosleep(&duration, NULL);
}

/* One turn that lasts until the others, which wait behind it in the queue of its seat, have run. */
static async int stays(void *argument)
{
        (void)argument;
        EXPECT_EQ(await mori_yield(), 0);
        while (get(2) < 3)
                pause_ms(1);
        add(1, 1);
        return 5;
}

static async int runs_once(void *argument)
{
        (void)argument;
        add(2, 1);
        return 5;
}

START_TEST(what_waits_behind_a_long_turn_is_stolen)
{
        const struct seat_config config = {
                .io.kind = PLATFORM_IO_EPOLL, .stall_ns = -1, .seats = 2};
        /* at the seats 0, 1, 0, 1, ...: those of the first wait for the one that stays */
        const struct member members[] = {{"stays", stays, NULL}, {"once", runs_once, NULL},
                                         {"once", runs_once, NULL}, {"once", runs_once, NULL}};

        for (int i = 0; i < 20; i++) {
                clear();
                ck_assert_int_eq(domain_run(&config, members, 4), 5);
        }
}
END_TEST

/* ---- Ends */

START_TEST(a_deadlock_is_one_of_all_seats)
{
        const struct member members[] = {{"main", waits_for_ever, NULL},
                                         {"other", waits_for_ever, NULL},
                                         {"third", turns_and_timers, NULL}};

        for (unsigned i = 0; i < CONFIGS; i++) {
                clear();
                ck_assert_int_eq(domain_run(&configs[i], members, 3), 70);
                ck_assert_reported("process main: deadlock");
                ck_assert_reported("process other: deadlock");
                ck_assert(!reported("process third"));
                ck_assert_int_eq(*shared(1), 1);
        }
}
END_TEST

static async int breaks_a_contract(void *argument)
{
        EXPECT_EQ(await mori_sleep(MORI_US(300)), 0);
        MORI_REQUIRE(argument != NULL);
        return 0;
}

/* Has an operation of every kind under way, and never ends. */
static async int never_ends(void *argument)
{
        mori_file pipe[2], end;
        char bytes[8], more[8];

        EXPECT_EQ(mori_pipe(pipe), 0);
        EXPECT_EQ(mori_file_adopt(*(int *)argument, &end), 0);
        ignore(start(mori_sleep, MORI_S(1000)));
        ignore(start(mori_file_read, pipe[0], more, sizeof more));
        ignore(start(mori_signal_wait, SIGUSR2));
        add(1, 1);
        return (int)await mori_file_read(end, bytes, sizeof bytes);
}

START_TEST(the_first_ends_the_others_wherever_they_are)
{
        int fds[4][2];

        for (unsigned i = 0; i < CONFIGS; i++) {
                struct member members[6] = {{"main", waits_for_count, (void *)(uintptr_t)4},
                                            {"broken", breaks_a_contract, NULL}};

                for (unsigned k = 0; k < 4; k++) {
                        pair_new(fds[k]);
                        members[2 + k] = (struct member){"endless", never_ends, &fds[k][0]};
                }
                clear();
                ck_assert_int_eq(domain_run(&configs[i], members, 6), 3);
                for (unsigned k = 0; k < 4; k++)
                        close(fds[k][1]);
        }
}
END_TEST

/* ---- Posts */

#define POSTS TEST_TIMES(2000)

static async void posted(void *pointer)
{
        (void)pointer;
        EXPECT_EQ(await mori_yield(), 0);
        add(2, 1);
}

static void posted_run(struct seat *seat, void *first, void *second)
{
        (void)seat;
        (void)second;
        seat_enter((void *)posted, first);
}

static void posts(void *argument)
{
        struct process *process = argument;

        for (int i = 0; i < POSTS; i++)
                ck_assert_int_eq(seat_post(NULL, process, posted_run, NULL, NULL), 0);
}

MORI_NONBLOCKING static struct platform_thread *poster_begin(void)
{
        struct platform_thread *thread;

        ck_assert_int_eq(platform_thread_new(posts, process_self(), "posts", 0, &thread), 0);
        return thread;
}

MORI_NONBLOCKING static void poster_end(struct platform_thread *thread)
{
        platform_thread_join(thread);
}

static async int is_posted_to(void *argument)
{
        struct platform_thread *one = poster_begin(), *two = poster_begin();

        (void)argument;
        while (get(2) < 2 * POSTS)
                EXPECT_EQ(await mori_sleep(MORI_US(50)), 0);
        poster_end(one);
        poster_end(two);
        return 5;
}

START_TEST(posts_find_a_process_that_moves)
{
        const struct member members[] = {{"posted", is_posted_to, NULL}};

        for (unsigned i = 0; i < CONFIGS; i++) {
                clear();
                ck_assert_int_eq(domain_run(&configs[i], members, 1), 5);
                ck_assert_int_eq(*shared(2), 2 * POSTS);
        }
}
END_TEST

/* ---- Making */

START_TEST(too_many_seats_are_refused)
{
        struct seat_config config = {
                .io.kind = PLATFORM_IO_EPOLL, .stall_ns = -1, .seats = DOMAIN_SEATS_MAX + 1};
        struct seat *seat;

        ck_assert_int_eq(stack_arena_init(), 0);
        ck_assert_int_eq(seat_new(&config, &seat), -EINVAL);
        config.seats = 5;
        ck_assert_int_eq(seat_new(&config, &seat), 0);
        ck_assert_ptr_null(seat_free(seat)); /* never run */
}
END_TEST

TEST_MAIN("turn/seats", TEST(turns_and_timers_move), TEST(cpus_are_taken_away_and_given_back),
          TEST(streams_between_processes), TEST(cancels_race_with_completions),
          TEST(a_signal_needs_no_descriptor_later),
          TEST(what_waits_behind_a_long_turn_is_stolen),
          TEST(a_deadlock_is_one_of_all_seats), TEST(the_first_ends_the_others_wherever_they_are),
          TEST(posts_find_a_process_that_moves), TEST(too_many_seats_are_refused))
