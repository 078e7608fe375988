/* SPDX-License-Identifier: MIT */
/* Meters of threads: what the kernel tells of this one, of others, and of groups with a quota. */
#include "platform/meter.h"
#include "platform/thread.h"
#include "platform/time.h"

#include "support/folder.h"
#include "support/test.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define PAGES 64

static unsigned descriptors(void)
{
        DIR *folder = opendir("/proc/self/fd");
        unsigned count = 0;

        ck_assert_ptr_nonnull(folder);
        while (readdir(folder) != NULL)
                count++;
        closedir(folder);
        return count;
}

static void read_now(const struct platform_meter *meter, struct platform_meter_times *times)
{
        ck_assert(platform_meter_read(meter, times));
}

START_TEST(what_a_thread_does_is_counted)
{
        struct timespec moment = {.tv_nsec = 1000000};
        struct platform_meter_times before, now;
        struct platform_meter meter;
        unsigned open = descriptors();
        char *memory;

        ck_assert_int_eq(platform_meter_open(&meter, platform_thread_id(), ""), 0);
        read_now(&meter, &before);
        ck_assert(before.is_runnable && before.is_running); /* it is we who look */
        do
                read_now(&meter, &now);
        while (now.cpu_ns < before.cpu_ns + 1000000);
        ck_assert_uint_gt(now.now_ns, before.now_ns);

        before = now;
        nanosleep(&moment, NULL);
        read_now(&meter, &now);
        ck_assert_uint_ge(now.sleeps, before.sleeps + 1);
        ck_assert_uint_ge(now.now_ns - before.now_ns, 1000000);

        before = now;
        memory = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                      0);
        ck_assert_ptr_ne(memory, MAP_FAILED);
        madvise(memory, PAGES * 4096, MADV_NOHUGEPAGE);
        for (size_t page = 0; page < PAGES; page++)
                *(volatile char *)(memory + page * 4096) = 1;
        read_now(&meter, &now);
        ck_assert_uint_ge(now.faults_minor, before.faults_minor + PAGES);
        munmap(memory, PAGES * 4096);

        platform_meter_close(&meter);
        platform_meter_close(&meter);
        ck_assert(!platform_meter_read(&meter, &now));
        ck_assert_uint_eq(descriptors(), open);
}
END_TEST

static uint32_t over;
static int sleeper;

static void sleeps(void *argument)
{
        (void)argument;
        __atomic_store_n(&sleeper, platform_thread_id(), __ATOMIC_RELEASE);
        while (__atomic_load_n(&over, __ATOMIC_ACQUIRE) == 0) {
                struct timespec moment = {.tv_nsec = 1000000};

                nanosleep(&moment, NULL);
        }
}

START_TEST(another_thread_is_looked_at)
{
        struct platform_meter_times before, now;
        struct platform_meter meter;
        struct platform_thread *thread;
        bool asleep = false;

        ck_assert_int_eq(platform_thread_new(sleeps, NULL, "sleeper", 0, &thread), 0);
        while (__atomic_load_n(&sleeper, __ATOMIC_ACQUIRE) == 0)
                ;
        ck_assert_int_eq(platform_meter_open(&meter, sleeper, ""), 0);
        read_now(&meter, &before);
        do {
                read_now(&meter, &now);
                asleep = asleep || !now.is_runnable;
        } while (now.sleeps < before.sleeps + 5 || !asleep);
        __atomic_store_n(&over, 1, __ATOMIC_RELEASE);
        platform_thread_join(thread);
        /* It is gone: the files are there and tell nothing. */
        while (platform_meter_read(&meter, &now))
                ;
        platform_meter_close(&meter);
}
END_TEST

START_TEST(no_such_thread)
{
        unsigned open = descriptors();
        struct platform_meter meter = {.thread = 4711};

        ck_assert_int_eq(platform_meter_open(&meter, 1 << 29, ""), -ENOENT);
        ck_assert_int_eq(meter.thread, 4711);
        ck_assert_uint_eq(descriptors(), open);
}
END_TEST

/* Its file is longer than what is read at once. */
START_TEST(a_thread_of_many_groups)
{
        struct timespec moment = {.tv_nsec = 1000000};
        struct platform_meter_times times;
        struct platform_meter meter;
        gid_t groups[1000];

        for (gid_t i = 0; i < 1000; i++)
                groups[i] = 1000000 + i;
        if (setgroups(1000, groups) < 0)
                return; /* only root may */
        ck_assert_int_eq(platform_meter_open(&meter, platform_thread_id(), ""), 0);
        nanosleep(&moment, NULL);
        read_now(&meter, &times);
        ck_assert_uint_gt(times.sleeps, 0);
        platform_meter_close(&meter);
}
END_TEST

START_TEST(groups_that_are_throttled)
{
        unsigned open = descriptors();
        struct platform_meter_times times;
        struct platform_meter meter;

        folder_begin();
        folder_put("proc/self/cgroup", "0::/a/b\n1:cpu:/x\n");
        folder_put("sys/fs/cgroup/a/b/cpu.max", "800000 100000\n");
        folder_put("sys/fs/cgroup/a/b/cpu.stat",
                   "usage_usec 5\nnr_throttled 3\nthrottled_usec 7\n");
        folder_put("sys/fs/cgroup/a/cpu.max", "max 100000\n"); /* has no quota: is not looked at */
        folder_put("sys/fs/cgroup/a/cpu.stat", "usage_usec 5\nthrottled_usec 1000\n");
        folder_put("sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", "50000\n");
        folder_put("sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us", "100000\n");
        folder_put("sys/fs/cgroup/cpu,cpuacct/x/cpu.stat", "nr_periods 1\nthrottled_time 500\n");
        folder_link("sys/fs/cgroup/cpu", "cpu,cpuacct"); /* the same by another name */
        ck_assert_int_eq(platform_meter_open(&meter, platform_thread_id(), folder_root), 0);
        ck_assert_uint_eq(meter.groups_count, 2);
        read_now(&meter, &times);
        ck_assert_uint_eq(times.throttled_ns, 7500);
        folder_put("sys/fs/cgroup/a/b/cpu.stat", "nonsense\n");
        read_now(&meter, &times);
        ck_assert_uint_eq(times.throttled_ns, 500);
        platform_meter_close(&meter);
        ck_assert_uint_eq(descriptors(), open);
        folder_end();
}
END_TEST

TEST_MAIN("platform/meter", TEST(what_a_thread_does_is_counted), TEST(another_thread_is_looked_at),
          TEST(no_such_thread), TEST(a_thread_of_many_groups), TEST(groups_that_are_throttled))
