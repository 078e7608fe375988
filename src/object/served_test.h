/* SPDX-License-Identifier: MIT */
/*
 * What tests of objects have in common: processes on one seat and on several, and one of them that
 * serves the interfaces of calculator_test.h.
 */
#pragma once

#include "object/calculator_test.h"
#include "turn/crowd_test.h"

#include "object/connection.h"

#include <mori/process.h>

#include <errno.h>

#define MEMBERS_MAX 16

static const struct seat_config configs[] = {
        {.io.kind = PLATFORM_IO_EPOLL, .stall_ns = -1, .seats = 1},
        {.io.kind = PLATFORM_IO_SIM, .stall_ns = -1, .seats = 1},
        {.io.kind = PLATFORM_IO_URING, .stall_ns = -1, .seats = 2},
        {.io.kind = PLATFORM_IO_EPOLL, .stall_ns = -1, .seats = 2, .migrate = true},
        {.io.kind = PLATFORM_IO_EPOLL, .stall_ns = -1, .seats = 4},
};

static struct process *processes[MEMBERS_MAX];
static int status_of[MEMBERS_MAX];

/*
 * What objects have is not freed with their process: all of it is in a list, and freed when the
 * domain is.
 */
struct memory_state {
        struct memory_state *next;
        int32_t value;
        int32_t changes;
        bool *ret_gone;
};
static struct memory_state *states;

MORI_NONBLOCKING static void states_free(void)
{
        while (states != NULL) {
                struct memory_state *next = states->next;

                free(states);
                states = next;
        }
}

static void domain_run(const struct seat_config *config, const struct member *members,
                       unsigned count)
{
        struct seat *seat = crowd_begin(config, members, count, processes);

        seat_run(seat);
        for (unsigned i = 0; i < count; i++) {
                status_of[i] = processes[i]->status;
                process_free(processes[i]);
        }
        crowd_end(seat);
        states_free();
        assert_nothing_left();
}

/* Each of a case's processes ends with the status 0. */
__attribute__((unused)) static void all_run(const struct member *members, unsigned count)
{
        for (unsigned i = 0; i < ELEMENTS(configs); i++) {
                domain_run(&configs[i], members, count);
                for (unsigned m = 0; m < count; m++)
                        ck_assert_msg(status_of[m] == 0, "config %u: %s: %d: %.2000s", i,
                                      members[m].name, status_of[m], reports);
                ck_assert_str_eq(reports, "");
        }
}

/* ---- A server */

static async int change(void *self, struct memory_change_call *call)
{
        struct memory_state *state = self;
        int32_t before = state->value;

        /* nobody else is served meanwhile */
        if (call->by % 7 == 0)
                attempt(await mori_yield());
        EXPECT_EQ(state->value, before);
        state->value += call->by;
        state->changes++;
        call->value = state->value;
        return 0;
}

static async int memory_itself(void *self, struct memory_self_call *call)
{
        (void)self;
        (void)call;
        return -EIO;
}

static const struct memory_server memory_table = {.change = change, .self = memory_itself};

static void memory_gone(void *self)
{
        struct memory_state *state = self;

        if (state->ret_gone != NULL)
                *state->ret_gone = true;
}

MORI_NONBLOCKING static int memory_new(int32_t value, bool *ret_gone, memory *ret_memory)
{
        struct memory_state *state = calloc(1, sizeof *state);

        state->value = value;
        state->ret_gone = ret_gone;
        state->next = atomic_load_relaxed(&states);
        while (!atomic_compare_exchange(&states, &state->next, state))
                continue;
        return mori_object_new(&memory_interface, &memory_table, state, memory_gone,
                               &ret_memory->ref);
}

static async int add(void *self, struct calculator_add_call *call)
{
        (void)self;
        if (call->x == 13)
                return -EDOM;
        call->sum = call->x + call->y;
        return 0;
}

static async int open_memory(void *self, struct calculator_open_call *call)
{
        (void)self;
        if (call->name.count > 4 && memcmp(call->name.bytes, "later", 5) == 0)
                attempt(await mori_yield());
        return memory_new((int32_t)call->name.count, NULL, &call->memory);
}

static async int use(void *self, struct calculator_use_call *call)
{
        (void)self;
        return await memory_change(call->memory, call->by, &call->value);
}

/* What has called it last is in *self: 1 while it is served, then what it has answered. */
static async int wait_ns(void *self, struct calculator_wait_call *call)
{
        int *waited = self, error;

        if (waited != NULL)
                *waited = 1;
        error = await mori_sleep(call->ns);

        if (waited != NULL)
                *waited = error;
        return error;
}

static const struct calculator_server calculator_table = {
        .add = add, .open = open_memory, .use = use, .wait = wait_ns};

__attribute__((unused)) static int calculator_new(void *self, calculator *ret_calculator)
{
        return mori_object_new(&calculator_interface, &calculator_table, self, NULL,
                               &ret_calculator->ref);
}

/* Calls that come in the order in which they were made: *self is the next one's `y`. */
__attribute__((unused)) static async int add_in_order(void *self, struct calculator_add_call *call)
{
        int32_t *next = self;

        EXPECT_EQ(call->y, (*next)++);
        call->sum = call->x + call->y;
        return 0;
}

/* Exports a calculator with other functions, until the first process ends. */
__attribute__((unused)) static async int serves_as(const struct calculator_server *table,
                                                   void *self)
{
        calculator c;

        EXPECT_EQ(mori_object_new(&calculator_interface, table, self, NULL, &c.ref), 0);
        EXPECT_EQ(mori_export(c.ref), 0);
        mori_ref_drop(c.ref);
        return await waits_for_ever(NULL);
}

__attribute__((unused)) static async int serves_in_order(void *argument)
{
        static const struct calculator_server table = {.add = add_in_order};
        int32_t next = 0;

        (void)argument;
        return await serves_as(&table, &next);
}

/* Exports a calculator, until the first process ends. */
__attribute__((unused)) static async int serves(void *argument)
{
        calculator c;

        EXPECT_EQ(calculator_new(argument, &c), 0);
        EXPECT_EQ(mori_export(c.ref), 0);
        mori_ref_drop(c.ref);
        return await waits_for_ever(argument);
}
__attribute__((unused)) static calculator exported_by(unsigned member)
{
        calculator c;

        ck_assert_int_eq(object_exported_by(processes[member], &c.ref), 0);
        return c;
}

__attribute__((unused)) static async int pulls(calculator c, int i, int *done)
{
        int32_t result;

        EXPECT_EQ(await calculator_add(c, 100, i, &result), 0);
        EXPECT_EQ(result, 100 + i);
        ++*done;
        return 0;
}
