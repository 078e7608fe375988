/* SPDX-License-Identifier: MIT */
/* What is to blame for a long turn, by made-up readings of a meter. */
#include "turn/blame.h"

#include "support/test.h"

#include <string.h>

#define MS 1000000u

static const struct platform_meter_times begun = {
        .now_ns = 1000 * MS,
        .cpu_ns = 300 * MS,
        .waiting_ns = 200 * MS,
        .throttled_ns = 100 * MS,
        .faults_minor = 1000,
        .faults_major = 10,
        .sleeps = 7,
        .put_off = 8,
        .is_runnable = true,
        .is_running = true,
};

/* After 40 ms, so many of them on a CPU, and so many in which it waited for one. */
static struct platform_meter_times after(uint64_t cpu_ms, uint64_t waiting_ms)
{
        struct platform_meter_times times = begun;

        times.now_ns += 40 * MS;
        times.cpu_ns += cpu_ms * MS;
        times.waiting_ns += waiting_ms * MS;
        return times;
}

static struct blame find(struct platform_meter_times to, uint64_t late_ms)
{
        struct blame blame;

        blame_find(&begun, &to, late_ms * MS, &blame);
        ck_assert_uint_eq(blame.wall, 40 * MS);
        ck_assert_uint_eq(blame.cpu + blame.waiting + blame.asleep + blame.stopped, blame.wall);
        ck_assert_uint_le(blame.throttled, blame.waiting);
        return blame;
}

static void assert_told(const struct blame *blame, const char *words)
{
        char text[512], little[16];

        blame_tell(blame, text, sizeof text);
        ck_assert_msg(strstr(text, words) != NULL, "%s: %s", words, text);
        ck_assert_ptr_null(strchr(text, '\n'));
        blame_tell(blame, little, sizeof little);
        ck_assert_uint_eq(strlen(little), sizeof little - 1);
}

START_TEST(it_computes)
{
        struct platform_meter_times to = after(30, 4);
        struct blame blame;

        to.faults_minor += 10;
        to.put_off += 3;
        to.sleeps++;
        blame = find(to, 0);
        ck_assert_int_eq(blame.culprit, BLAME_COMPUTES);
        ck_assert_uint_eq(blame.asleep, 6 * MS);
        assert_told(&blame, "it computes; of the last 40.0 ms 30.0 on a CPU, 4.0 waiting for one");
        assert_told(&blame, "6.0 asleep, 0.0 stopped; page faults: 10 minor, 0 major; put off the "
                            "CPU 3 times");
}
END_TEST

START_TEST(it_touches_memory)
{
        struct platform_meter_times to = after(40, 0);
        struct blame blame;

        to.faults_minor += 40000;
        blame = find(to, 0);
        ck_assert_int_eq(blame.culprit, BLAME_MEMORY);
        assert_told(&blame, "page faults: 40000 minor");
}
END_TEST

START_TEST(it_sleeps)
{
        struct platform_meter_times to = after(1, 1);
        struct blame blame;

        to.is_runnable = to.is_running = false;
        ck_assert_int_eq(find(to, 0).culprit, BLAME_SLEEPS);
        to = after(1, 1);
        to.sleeps++;
        blame = find(to, 0);
        ck_assert_int_eq(blame.culprit, BLAME_SLEEPS);
        ck_assert_uint_eq(blame.asleep, 38 * MS);
        assert_told(&blame, "it sleeps in the kernel");
        to.faults_major++;
        blame = find(to, 0);
        ck_assert_int_eq(blame.culprit, BLAME_DISK);
        assert_told(&blame, "it waits for a disk");
        assert_told(&blame, "1 major");
}
END_TEST

START_TEST(others_have_the_cpu)
{
        struct platform_meter_times to = after(2, 38);
        struct blame blame = find(to, 0);

        ck_assert_int_eq(blame.culprit, BLAME_BUSY);
        assert_told(&blame, "it waits for a CPU, which others have");
        /* The wait that goes on is not counted by the kernel yet. */
        to = after(2, 3);
        to.is_running = false;
        blame = find(to, 0);
        ck_assert_int_eq(blame.culprit, BLAME_BUSY);
        ck_assert_uint_eq(blame.waiting, 38 * MS);
        /* One that has a CPU again does not wait any more: it slept, or has only just got it. */
        to.is_running = true;
        ck_assert_int_eq(find(to, 0).culprit, BLAME_BUSY);
        to.sleeps++;
        ck_assert_int_eq(find(to, 0).culprit, BLAME_SLEEPS);
}
END_TEST

START_TEST(the_quota_is_used_up)
{
        struct platform_meter_times to = after(10, 30);
        struct blame blame;

        to.throttled_ns += 14 * MS;
        blame = find(to, 0);
        ck_assert_int_eq(blame.culprit, BLAME_BUSY);
        to.throttled_ns += 26 * MS; /* of both CPUs: more than there was time */
        blame = find(to, 0);
        ck_assert_int_eq(blame.culprit, BLAME_QUOTA);
        ck_assert_uint_eq(blame.throttled, 30 * MS);
        assert_told(&blame, "the CPU quota of the cgroup is used up");
}
END_TEST

START_TEST(all_were_stopped)
{
        struct platform_meter_times to = after(5, 0);
        struct blame blame;

        to.sleeps++;
        blame = find(to, 30);
        ck_assert_int_eq(blame.culprit, BLAME_STOPPED);
        ck_assert_uint_eq(blame.stopped, 30 * MS);
        ck_assert_uint_eq(blame.asleep, 5 * MS);
        assert_told(&blame, "the program was stopped");
        /* Continued just now, and not running yet. */
        to.is_running = false;
        blame = find(to, 30);
        ck_assert_int_eq(blame.culprit, BLAME_STOPPED);
        ck_assert_uint_eq(blame.waiting, 5 * MS);
        /* Who has not left the CPU by itself was not stopped: the watch had to wait, too. */
        to.sleeps--;
        blame = find(to, 30);
        ck_assert_int_eq(blame.culprit, BLAME_BUSY);
        blame = find(after(40, 0), 30);
        ck_assert_int_eq(blame.culprit, BLAME_COMPUTES);
}
END_TEST

/* The readings are not taken at one instant: a sum that is too large is cut. */
START_TEST(readings_that_do_not_fit)
{
        struct blame blame = find(after(50, 60), 70);

        ck_assert_uint_eq(blame.cpu, 40 * MS);
        blame = find(after(30, 60), 70);
        ck_assert_uint_eq(blame.waiting, 10 * MS);
}
END_TEST

TEST_MAIN("turn/blame", TEST(it_computes), TEST(it_touches_memory), TEST(it_sleeps),
          TEST(others_have_the_cpu), TEST(the_quota_is_used_up), TEST(all_were_stopped),
          TEST(readings_that_do_not_fit))
