/* SPDX-License-Identifier: MIT */
/*
 * Transfers in areas that engines register: the same answers on every backend, and what becomes of
 * an area that was retired while an engine has it.
 */
#include "platform/io_test.h"

#include "base/base.h"
#include "platform/area.h"
#include "platform/sim.h"
#include "platform/thread.h"
#include "support/forbid.h"

#include <linux/io_uring.h>
#include <sched.h>
#include <sys/resource.h>

#define PAGE ((size_t)4096)

static struct platform_area area_of(size_t bytes)
{
        struct platform_area area = {0};

        ck_assert_int_eq(platform_area_new(&area, bytes), 0);
        ck_assert_uint_ge(area.bytes, bytes);
        return area;
}

static struct platform_op op_in(const struct platform_area *area, enum platform_op_code code,
                                int fd, size_t at, size_t length, uint64_t offset)
{
        struct platform_op op = op_transfer(code, fd, area->address + at, length, offset);

        op.op_flags = PLATFORM_OP_REGISTERED;
        op.mask = area->number;
        return op;
}

/*
 * Where what is pinned here is surely below the limit; otherwise there is nothing to be expected.
 */
static bool may_pin(void)
{
        struct rlimit limit;

        return geteuid() == 0 ||
               (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur >= ((rlim_t)8 << 20));
}

/* What a transfer in an area must be told to have been. */
static uint32_t expected(const struct rig *rig)
{
        return rig->config.kind == PLATFORM_IO_URING ? PLATFORM_REGISTERED : 0;
}

/* Runs it, and compares how it was done, and how many bytes were moved. */
static void moves(struct rig *rig, struct platform_op op, uint32_t flags, size_t bytes)
{
        struct task task = {.op = op};

        task_submit(rig, &task);
        ck_assert_int_eq(task_await(&task), (int)bytes);
        ck_assert_uint_eq(task.flags, flags);
}

static void fill(struct platform_area *area, unsigned seed)
{
        for (size_t i = 0; i < area->bytes; i++)
                area->address[i] = (char)(i * 7 + i / 251 + seed);
}

static bool is_filled(const char *bytes, size_t length, unsigned seed)
{
        for (size_t i = 0; i < length; i++)
                if (bytes[i] != (char)(i * 7 + i / 251 + seed))
                        return false;
        return true;
}

static int opened(struct rig *rig)
{
        int fd = rig_open(rig, "file", O_RDWR | O_CREAT);

        ck_assert_int_ge(fd, 0);
        return fd;
}

static void closed(struct rig *rig, int fd)
{
        ck_assert_int_eq(rig_close(rig, fd), 0);
        if (rig->config.kind != PLATFORM_IO_SIM)
                unlink("file");
}

/* At an offset, at the position, large enough for a thread of the kernel, and at the file's end. */
static void files_are_read_and_written(struct rig *rig)
{
        size_t bytes = rig->config.kind == PLATFORM_IO_SIM ? 5 * PAGE : ((size_t)1 << 20) + PAGE;
        struct platform_area from = area_of(bytes), to = area_of(bytes);
        uint32_t how = expected(rig);
        int fd = opened(rig);

        fill(&from, 1);
        moves(rig, op_in(&from, PLATFORM_WRITE, fd, 0, bytes, 0), how, bytes);
        moves(rig, op_in(&to, PLATFORM_READ, fd, 0, bytes, 0), how, bytes);
        ck_assert(is_filled(to.address, bytes, 1));
        memset(to.address, 0, bytes);
        moves(rig, op_in(&to, PLATFORM_READ, fd, 10, 100, 0), how, 100);
        ck_assert(is_filled(to.address + 10, 100, 1));
        ck_assert(to.address[9] == 0 && to.address[110] == 0);
        moves(rig, op_in(&from, PLATFORM_WRITE, fd, 0, 3, UINT64_MAX), how, 3);
        moves(rig, op_in(&from, PLATFORM_WRITE, fd, 3, 4, UINT64_MAX), how, 4);
        moves(rig, op_in(&to, PLATFORM_READ, fd, 0, bytes, UINT64_MAX), how, bytes - 7);
        ck_assert(memcmp(to.address, from.address + 7, bytes - 7) == 0);
        moves(rig, op_in(&to, PLATFORM_READ, fd, 0, bytes, UINT64_MAX), how, 0);
        closed(rig, fd);
        platform_area_free(&from);
        platform_area_free(&to);
}
PORTABLE(files_are_read_and_written)

/* A read that waits, and is cancelled; and bytes through a pipe. */
static void pipes_are_read_and_written(struct rig *rig)
{
        struct platform_area area = area_of(2 * PAGE);
        uint32_t how = expected(rig);
        struct task waits;
        int fds[2];

        ck_assert_int_eq(platform_pipe_new(rig->io, fds), 0);
        fill(&area, 2);
        waits = (struct task){.op = op_in(&area, PLATFORM_READ, fds[0], PAGE, PAGE, UINT64_MAX)};
        task_submit(rig, &waits);
        rig_settle(rig);
        ck_assert(!waits.done);
        moves(rig, op_in(&area, PLATFORM_WRITE, fds[1], 0, 1000, UINT64_MAX), how, 1000);
        ck_assert_int_eq(task_await(&waits), 1000);
        ck_assert_uint_eq(waits.flags, how);
        ck_assert(is_filled(area.address + PAGE, 1000, 2));
        task_submit(rig, &waits);
        rig_settle(rig);
        task_cancel(&waits);
        ck_assert_int_eq(task_await(&waits), -ECANCELED);
        ck_assert_int_eq(rig_close(rig, fds[0]), 0);
        ck_assert_int_eq(rig_close(rig, fds[1]), 0);
        platform_area_free(&area);
}
PORTABLE(pipes_are_read_and_written)

/* The bytes come from the area, whoever says whether they were copied. */
static void sends_are_made(struct rig *rig)
{
        struct platform_area area = area_of(PAGE);
        struct platform_op op;
        struct task task;
        char got[1000];
        int fds[2];

        rig_connect(rig, fds);
        fill(&area, 3);
        op = op_in(&area, PLATFORM_SEND, fds[0], 0, 1000, 0);
        op.op_flags |= PLATFORM_OP_ZERO_COPY;
        task = (struct task){.op = op};
        task_submit(rig, &task);
        for (int at = 0; at < 1000;) {
                int count = task_run(rig, op_transfer(PLATFORM_RECV, fds[1], got + at,
                                                      sizeof(got) - (size_t)at, 0));

                ck_assert_int_gt(count, 0);
                at += count;
        }
        ck_assert_int_eq(task_await(&task), 1000);
        ck_assert(is_filled(got, 1000, 3));
        if (expected(rig) && !rig->config.without)
                ck_assert_uint_eq(task.flags & PLATFORM_REGISTERED, PLATFORM_REGISTERED);
        ck_assert_int_eq(rig_close(rig, fds[0]), 0);
        ck_assert_int_eq(rig_close(rig, fds[1]), 0);
        platform_area_free(&area);
}
PORTABLE(sends_are_made)

/* Bytes that are not the area's, a number that is nobody's, and operations that have no area. */
static void what_is_not_in_it_is_plain(struct rig *rig)
{
        struct platform_area area = area_of(PAGE);
        int fd = opened(rig);
        char own[64];
        struct platform_op op = op_in(&area, PLATFORM_WRITE, fd, 0, 64, 0);

        memset(own, 'o', sizeof(own));
        op.address = own;
        moves(rig, op, 0, 64);
        op.mask = 0;
        moves(rig, op, 0, 64);
        op.mask = PLATFORM_AREAS_MAX + 1;
        moves(rig, op, 0, 64);
        moves(rig, op_in(&area, PLATFORM_READ, fd, PAGE - 64, 64, 0), expected(rig), 64);
        ck_assert(memcmp(area.address + PAGE - 64, own, 64) == 0);
        if (rig->config.kind != PLATFORM_IO_SIM) {
                op = op_in(&area, PLATFORM_READ, fd, area.bytes - 32, 64, 0);
                ck_assert_int_le(task_run(rig, op), 64); /* behind it may be anything */
        }
        op = op_in(&area, PLATFORM_NOP, -1, 0, 0, 0);
        ck_assert_int_eq(task_run(rig, op), -EINVAL);
        op = op_in(&area, PLATFORM_SEND, fd, 0, 8, 0);
        ck_assert_int_eq(task_run(rig, op), -EINVAL);
        closed(rig, fd);
        platform_area_free(&area);
}
PORTABLE(what_is_not_in_it_is_plain)

/* An engine never takes one area for another, and lets go in its next wait. */
static void numbers_are_used_again(struct rig *rig)
{
        bool held = expected(rig) != 0;
        int fd = opened(rig);

        for (unsigned round = 0; round < 20; round++) {
                struct platform_area area = area_of((round % 3 + 1) * PAGE), next;
                uint32_t number = area.number;
                char *address = area.address;
                size_t bytes = area.bytes;

                fill(&area, round);
                moves(rig, op_in(&area, PLATFORM_WRITE, fd, 0, PAGE, 0), expected(rig), PAGE);
                ck_assert_int_eq(platform_area_retire(&area), held);
                if (round % 2)
                        rig_pump(rig, 0);
                next = area_of(PAGE);
                ck_assert_uint_eq(next.number, number);
                moves(rig, op_in(&next, PLATFORM_READ, fd, 0, PAGE, 0), expected(rig), PAGE);
                ck_assert(is_filled(next.address, PAGE, round));
                ck_assert_int_eq(platform_area_retire(&next), held);
                rig_pump(rig, 0);
                platform_area_free(&next);
                next = area_of(PAGE);
                ck_assert(!platform_area_retire(&next)); /* the engine has let go */
                platform_area_free(&next);
                ck_assert(area.address == address && area.bytes == bytes);
                platform_area_free(&area);
        }
        closed(rig, fd);
}
PORTABLE(numbers_are_used_again)

/* Two engines have it, and let go of it each for itself. */
static void each_engine_has_its_own(struct rig *rig)
{
        struct platform_area area = area_of(PAGE);
        bool held = expected(rig) != 0;
        struct rig other;
        int fd = opened(rig);

        rig_start(&other, rig->config.kind, rig->config.without);
        fill(&area, 5);
        moves(rig, op_in(&area, PLATFORM_WRITE, fd, 0, PAGE, 0), expected(rig), PAGE);
        memset(area.address, 0, PAGE);
        moves(&other, op_in(&area, PLATFORM_READ, fd, 0, PAGE, 0), expected(rig), PAGE);
        ck_assert(is_filled(area.address, PAGE, 5));
        ck_assert_int_eq(platform_area_retire(&area), held);
        rig_pump(rig, 0);
        platform_area_free(&area);
        area = area_of(PAGE);
        ck_assert_int_eq(platform_area_retire(&area), held);
        rig_pump(&other, 0);
        platform_area_free(&area);
        area = area_of(PAGE);
        ck_assert(!platform_area_retire(&area));
        platform_area_free(&area);
        platform_io_free(other.io);
        closed(rig, fd);
}
REAL(each_engine_has_its_own)

/* An engine that is freed lets go, too. */
static void a_freed_engine_lets_go(struct rig *rig)
{
        struct platform_area area = area_of(PAGE);
        struct rig other;
        int fd = opened(rig);

        rig_start(&other, rig->config.kind, rig->config.without);
        moves(&other, op_in(&area, PLATFORM_READ, fd, 0, PAGE, 0), expected(rig), 0);
        platform_io_free(other.io);
        ck_assert(!platform_area_retire(&area));
        platform_area_free(&area);
        closed(rig, fd);
}
REAL(a_freed_engine_lets_go)

static void serve(void *argument)
{
        platform_io_serve(argument);
}

/* Another thread that drives it uses what is registered, and registers nothing. */
static void lent_it_registers_nothing(struct rig *rig)
{
        struct platform_area here = area_of(PAGE), later = area_of(PAGE);
        uint32_t how = expected(rig);
        int fd = opened(rig);

        moves(rig, op_in(&here, PLATFORM_READ, fd, 0, PAGE, 0), how, 0);
        platform_io_lend(rig->io, serve, rig->io);
        moves(rig, op_in(&here, PLATFORM_WRITE, fd, 0, PAGE, 0), how, PAGE);
        moves(rig, op_in(&later, PLATFORM_READ, fd, 0, PAGE, 0), 0, PAGE);
        ck_assert_int_eq(platform_area_retire(&here), how != 0);
        rig_pump(rig, 0);
        platform_io_lend(rig->io, NULL, NULL);
        moves(rig, op_in(&later, PLATFORM_READ, fd, 0, PAGE, 0), how, PAGE);
        platform_area_free(&here);
        here = area_of(PAGE);
        ck_assert(!platform_area_retire(&here)); /* let go of when it was given back */
        platform_area_free(&here);
        platform_area_free(&later);
        closed(rig, fd);
}
REAL(lent_it_registers_nothing)

/* An engine on a thread of its own, which has an area and sleeps. */
struct sleeper {
        struct rig rig;
        struct platform_area *area;
        int file;
        uint32_t step; /* 1: it has the area; 2: that is retired; 3: it has let go; 4: it may end */
};

static void step_await(struct sleeper *sleeper, uint32_t step)
{
        while (__atomic_load_n(&sleeper->step, __ATOMIC_ACQUIRE) < step)
                sched_yield();
}

static void step_take(struct sleeper *sleeper, uint32_t step)
{
        __atomic_store_n(&sleeper->step, step, __ATOMIC_RELEASE);
}

static void sleeper_main(void *argument)
{
        struct sleeper *sleeper = argument;
        struct rig *rig = &sleeper->rig;

        rig_start(rig, rig->config.kind, rig->config.without);
        moves(rig, op_in(sleeper->area, PLATFORM_READ, sleeper->file, 0, PAGE, 0), expected(rig),
              0);
        step_take(sleeper, 1);
        /* a thread of the pool may have woken it late, for what it knew already */
        while (__atomic_load_n(&sleeper->step, __ATOMIC_ACQUIRE) < 2)
                rig_pump(rig, UINT64_MAX);
        rig_pump(rig, 0);
        step_take(sleeper, 3);
        step_await(sleeper, 4);
        platform_io_free(rig->io);
}

/* It lets go when it is woken, and has it until then. */
static void a_sleeping_engine_lets_go(struct rig *rig)
{
        struct platform_area area = area_of(PAGE);
        struct sleeper sleeper = {.rig = *rig, .area = &area, .file = opened(rig)};
        bool held = expected(rig) != 0;
        struct platform_thread *thread;
        uint32_t number = area.number;

        ck_assert_int_eq(platform_thread_new(sleeper_main, &sleeper, "sleeper", 0, &thread), 0);
        step_await(&sleeper, 1);
        ck_assert_int_eq(platform_area_retire(&area), held);
        platform_area_free(&area);
        area = area_of(PAGE);
        ck_assert_uint_eq(area.number, number);
        step_take(&sleeper, 2);
        platform_io_wake(sleeper.rig.io);
        step_await(&sleeper, 3);
        ck_assert(!platform_area_retire(&area));
        step_take(&sleeper, 4);
        platform_thread_join(thread);
        platform_area_free(&area);
        closed(rig, sleeper.file);
}
REAL(a_sleeping_engine_lets_go)

START_TEST(as_many_as_there_are_places)
{
        struct platform_area areas[PLATFORM_AREAS_MAX], more = {0};

        for (unsigned i = 0; i < PLATFORM_AREAS_MAX; i++)
                areas[i] = area_of(1);
        ck_assert_int_eq(platform_area_new(&more, 1), -ENOSPC);
        ck_assert_ptr_null(more.address);
        platform_area_free(&more); /* there is nothing to free */
        platform_area_free(&areas[7]);
        platform_area_free(&areas[7]);
        more = area_of(3 << 20);
        for (size_t i = 0; i < more.bytes; i += PAGE)
                ck_assert_int_eq(more.address[i], 0);
        platform_area_free(&more);
        for (unsigned i = 0; i < PLATFORM_AREAS_MAX; i++)
                platform_area_free(&areas[i]);
}
END_TEST

START_TEST(without_address_space_there_is_none)
{
        struct rlimit limit = {(rlim_t)48 << 20, (rlim_t)48 << 20};
        struct platform_area area = {0};

#ifdef MORI_SANITIZED
        return; /* a sanitizer takes terabytes for itself */
#endif
        ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
        ck_assert_int_eq(platform_area_new(&area, PLATFORM_AREA_BYTES_MAX), -ENOMEM);
        ck_assert_ptr_null(area.address);
        area = area_of(PAGE);
        platform_area_free(&area);
}
END_TEST

/* ---- Kernels that refuse */

static unsigned reports;

static void reports_count(const char *line, size_t bytes)
{
        reports += memmem(line, bytes, "RLIMIT_MEMLOCK", 14) != NULL;
}

/* An engine made before, for which registering fails: everything works, and the tries get rare. */
static void check_refused(unsigned what, int error, unsigned tries)
{
        struct platform_area area = area_of(PAGE);
        struct rig rig;
        int fd;

        rig_start(&rig, PLATFORM_IO_URING, 0);
        ck_assert_int_eq(chdir("/tmp"), 0);
        fd = rig_open(&rig, ".", O_RDWR | O_TMPFILE);
        if (fd < 0)
                exit(0); /* no such files there */
        ck_assert_int_eq(forbid_call(SYS_io_uring_register, 1, what, error), 0);
        base_report_to(reports_count);
        for (unsigned i = 0; i < tries; i++) {
                fill(&area, i);
                moves(&rig, op_in(&area, PLATFORM_WRITE, fd, 0, PAGE, 0), 0, PAGE);
                memset(area.address, 0, PAGE);
                moves(&rig, op_in(&area, PLATFORM_READ, fd, 0, PAGE, 0), 0, PAGE);
                ck_assert(is_filled(area.address, PAGE, i));
        }
        ck_assert_uint_eq(reports, error == ENOMEM);
        ck_assert(!platform_area_retire(&area));
        platform_area_free(&area);
        ck_assert_int_eq(rig_close(&rig, fd), 0);
        platform_io_free(rig.io);
}

START_TEST(where_the_kernel_has_no_table)
{
        check_refused(IORING_REGISTER_BUFFERS, EINVAL, 3);
}
END_TEST

START_TEST(where_a_filter_forbids_it)
{
        check_refused(IORING_REGISTER_BUFFERS_UPDATE, EPERM, 3);
}
END_TEST

START_TEST(where_the_kernel_pins_no_more)
{
        check_refused(IORING_REGISTER_BUFFERS_UPDATE, ENOMEM, 200);
}
END_TEST

/*
 * The kernel counts locked memory by user: with another test at the same time as nobody, or its
 * ring that the kernel has not yet taken down, there would be less of it than the limit says.
 */
static void become_nobody_else(void)
{
        uid_t user = 100000 + (uid_t)getpid();

        if (geteuid() == 0 && setresuid(user, user, user) < 0)
                ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
}

/*
 * The limit itself, of a user who has no right to pass it: the next 64 transfers do without, and
 * then it is tried again.
 */
START_TEST(the_limit_on_locked_memory)
{
        struct rlimit limit = {64 << 10, 8 << 20};
        struct platform_area large = area_of(1 << 20);
        struct rig rig;
        int fd;

        ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
        become_nobody_else();
        rig_start(&rig, PLATFORM_IO_URING, 0);
        fd = rig_open(&rig, "/dev/zero", O_RDWR);
        ck_assert_int_ge(fd, 0);
        base_report_to(reports_count);
        memset(large.address, 1, PAGE);
        moves(&rig, op_in(&large, PLATFORM_READ, fd, 0, PAGE, 0), 0, PAGE);
        ck_assert_int_eq(large.address[0], 0);
        ck_assert_uint_eq(reports, 1);
        limit.rlim_cur = limit.rlim_max;
        ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
        for (unsigned i = 0; i < 64; i++)
                moves(&rig, op_in(&large, PLATFORM_READ, fd, 0, PAGE, 0), 0, PAGE);
        moves(&rig, op_in(&large, PLATFORM_READ, fd, 0, PAGE, 0), PLATFORM_REGISTERED, PAGE);
        platform_area_free(&large);
        ck_assert_int_eq(rig_close(&rig, fd), 0);
        platform_io_free(rig.io);
}
END_TEST

int main(void)
{
        const struct test_case cases[] = {
                TESTS_PORTABLE(files_are_read_and_written),
                TESTS_PORTABLE(pipes_are_read_and_written),
                TESTS_PORTABLE(sends_are_made),
                TESTS_PORTABLE(what_is_not_in_it_is_plain),
                TESTS_PORTABLE(numbers_are_used_again),
                TESTS_REAL(each_engine_has_its_own),
                TESTS_REAL(a_freed_engine_lets_go),
                TESTS_REAL(lent_it_registers_nothing),
                TESTS_REAL(a_sleeping_engine_lets_go),
                TEST(as_many_as_there_are_places),
                TEST(without_address_space_there_is_none),
                TEST(where_the_kernel_has_no_table),
                TEST(where_a_filter_forbids_it),
                TEST(where_the_kernel_pins_no_more),
                TEST(the_limit_on_locked_memory),
        };

        if (!may_pin())
                return 77;
        return test_run("platform/io_area", cases, sizeof(cases) / sizeof(cases[0]));
}
