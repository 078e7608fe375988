/* SPDX-License-Identifier: MIT */
/*
 * A process that ends while the kernel has given it files that no activity has taken yet: in the
 * simulation, where a cancellation may come too late, and another process counts what is left.
 */
#include "support/async.h"

#include "platform/sim.h"
#include "turn/domain.h"
#include "turn/process.h"
#include "turn/seat.h"

#include <mori/file.h>
#include <mori/message.h>
#include <mori/program.h>

#include <sys/socket.h>

#define SEEDS 200

MORI_NONBLOCKING static uint32_t open_now(void)
{
        struct platform_sim_statistics statistics;

        platform_sim_statistics(process_self()->seat->io, &statistics);
        return statistics.descriptors;
}

static async int receives(mori_file socket)
{
        mori_file got[2];
        char text[4];
        mori_message in = {.data = text, .room = 4, .files = got, .files_room = 2};

        for (;;)
                attempt((int)await mori_message_receive(socket, &in));
}

static async int ends_in_between(void *argument)
{
        mori_file pair[2], files[2];
        mori_message out = {.data = argument, .bytes = 1, .files = files, .files_count = 2};

        EXPECT_EQ(mori_socket_pair(SOCK_SEQPACKET, pair), 0);
        EXPECT_EQ(mori_pipe(files), 0);
        for (int i = 0; i < 4; i++)
                EXPECT_EQ(await mori_message_send(pair[0], &out), 1);
        for (int i = 0; i < 4; i++)
                ignore(start(receives, pair[1]));
        mori_exit(0);
}

static async int counts(void *argument)
{
        (void)argument;
        EXPECT_EQ(await mori_sleep(MORI_S(1)), 0);
        return (int)open_now();
}

START_TEST(files_that_came_too_late)
{
        static char text[] = "x";
        unsigned late = 0;

        base_report_to(reports_write);
        for (unsigned seed = 1; seed <= SEEDS; seed++) {
                struct seat_config config = {
                        .io = {.kind = PLATFORM_IO_SIM, .seed = seed}, .stall_ns = -1, .seats = 1};
                struct platform_sim_statistics statistics;
                struct process *one, *other;
                struct seat *seat;

                ck_assert_int_eq(stack_arena_init(), 0);
                ck_assert_int_eq(seat_new(&config, &seat), 0);
                stack_worker_init();
                ck_assert_int_eq(process_new(seat, "counts", (void *)counts, NULL, &one), 0);
                ck_assert_int_eq(process_new(seat, "ends", (void *)ends_in_between, text, &other),
                                 0);
                seat->process = one;
                ck_assert_int_eq(seat_run(seat), 0);
                platform_sim_statistics(seat->io, &statistics);
                late += statistics.late > 0;
                process_free(one);
                process_free(other);
                stack_worker_deinit();
                seat_free(seat);
                assert_nothing_left();
        }
        /* or nothing was tested */
        ck_assert_uint_gt(late, SEEDS / 10);
}
END_TEST

TEST_MAIN("activity/message", TEST(files_that_came_too_late))
