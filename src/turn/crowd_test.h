/* SPDX-License-Identifier: MIT */
/* What the tests of domains with several processes share. */
#pragma once

#include "support/async.h"

#include "turn/domain.h"
#include "turn/seat.h"

/* A process: its name, and what it runs. */
struct member {
        const char *name;
        async int (*entry)(void *argument);
        void *argument;
};

/* A domain with the members as processes, in turn at each seat; the first ends it. To be run. */
static struct seat *crowd_begin(const struct seat_config *config, const struct member *members,
                                unsigned count, struct process **ret_processes)
{
        unsigned seats = config->seats > 1 ? config->seats : 1;
        struct seat *seat;

        reports_bytes = 0;
        reports[0] = '\0';
        base_report_to(reports_write);
        ck_assert_int_eq(stack_arena_init(), 0);
        ck_assert_int_eq(seat_new(config, &seat), 0);
        stack_worker_init();
        for (unsigned i = 0; i < count; i++)
                ck_assert_int_eq(
                        process_new(i % seats == 0 ? seat : seat->domain->seats[i % seats],
                                    members[i].name, (void *)members[i].entry,
                                    members[i].argument, &ret_processes[i]),
                        0);
        seat->process = ret_processes[0];
        return seat;
}

static void crowd_end(struct seat *seat)
{
        stack_worker_deinit();
        seat_free(seat);
}

static async int waits_for_ever(void *argument)
{
        mori_queue *queue = mori_queue_new(1, sizeof(long));
        long item;

        (void)argument;
        return await mori_queue_receive(queue, &item);
}
