/* SPDX-License-Identifier: MIT */
/* CPU quotas, read from folders that look as the kernel's do; and how many threads compute. */
#include "platform/call.h"
#include "platform/quota.h"
#include "platform/thread.h"

#include "support/folder.h"
#include "support/test.h"

START_TEST(without_files_there_is_no_quota)
{
        folder_begin();
        ck_assert_uint_eq(platform_quota_cpus(folder_root), 0);
        folder_put("proc/self/cgroup", "0::/a\n");
        ck_assert_uint_eq(platform_quota_cpus(folder_root), 0);
        folder_end();
}
END_TEST

START_TEST(version_2_is_rounded_up)
{
        static const struct {
                const char *text;
                unsigned cpus;
        } cases[] = {
                {"max 100000\n", 0},
                {"100000 100000\n", 1},
                {"150000 100000\n", 2},
                {"1000 100000\n", 1},
                {"400000 100000\n", 4},
                {"400001 100000\n", 5},
                {"nonsense\n", 0},
                {"", 0},
                {"5\n", 0},
                {"100000 0\n", 0},
                {"-1 100000\n", 0},
                {"9223372036854775807 1\n", 0},
        };

        folder_begin();
        folder_put("proc/self/cgroup", "0::/a/b\n");
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                folder_put("sys/fs/cgroup/a/b/cpu.max", cases[i].text);
                ck_assert_msg(platform_quota_cpus(folder_root) == cases[i].cpus, "%s",
                              cases[i].text);
        }
        folder_end();
}
END_TEST

START_TEST(a_group_has_no_more_than_those_above)
{
        folder_begin();
        folder_put("proc/self/cgroup", "0::/a/b/c\n");
        folder_put("sys/fs/cgroup/a/b/c/cpu.max", "800000 100000\n");
        folder_put("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
        ck_assert_uint_eq(platform_quota_cpus(folder_root), 8);
        folder_put("sys/fs/cgroup/a/cpu.max", "300000 100000\n");
        ck_assert_uint_eq(platform_quota_cpus(folder_root), 3);
        folder_put("sys/fs/cgroup/cpu.max", "200000 100000\n");
        ck_assert_uint_eq(platform_quota_cpus(folder_root), 2);
        folder_end();
}
END_TEST

/* The path is the machine's, or leads out of what we see; the mount's root is our own group. */
START_TEST(a_container_finds_its_own)
{
        static const char *const groups[] = {"0::/\n", "0::/docker/4711\n", "0::/../../x\n"};

        folder_begin();
        folder_put("sys/fs/cgroup/cpu.max", "250000 100000\n");
        for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
                folder_put("proc/self/cgroup", groups[i]);
                ck_assert_uint_eq(platform_quota_cpus(folder_root), 3);
        }
        folder_end();
}
END_TEST

START_TEST(version_1_is_read)
{
        folder_begin();
        folder_put("proc/self/cgroup", "9:name=systemd:/s\n2:cpuacct:/y\n1:cpu:/x\n0::/\n");
        folder_put("sys/fs/cgroup/cpuacct/y/cpu.cfs_quota_us", "100000\n");
        folder_put("sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "-1\n");
        folder_put("sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "100000\n");
        ck_assert_uint_eq(platform_quota_cpus(folder_root), 0);
        folder_put("sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "150000\n");
        ck_assert_uint_eq(platform_quota_cpus(folder_root), 2);
        folder_put("proc/self/cgroup", "4:cpuacct,cpu:/x\n");
        ck_assert_uint_eq(platform_quota_cpus(folder_root), 2);
        folder_end();
}
END_TEST

START_TEST(threads_that_compute_follow_the_affinity)
{
        platform_call_limit(&(struct platform_call_limits){0});
        ck_assert_uint_ge(platform_call_computing(), 1);
        ck_assert_uint_le(platform_call_computing(), platform_thread_cpus());
        if (platform_thread_pin(0) < 0)
                return;
        platform_call_limit(&(struct platform_call_limits){0});
        ck_assert_uint_eq(platform_call_computing(), 1);
        platform_call_limit(&(struct platform_call_limits){.computing = 3}); /* who says so */
        ck_assert_uint_eq(platform_call_computing(), 3);
}
END_TEST

TEST_MAIN("platform/quota", TEST(without_files_there_is_no_quota), TEST(version_2_is_rounded_up),
          TEST(a_group_has_no_more_than_those_above), TEST(a_container_finds_its_own),
          TEST(version_1_is_read), TEST(threads_that_compute_follow_the_affinity))
