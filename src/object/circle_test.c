/* SPDX-License-Identifier: MIT */
/*
 * Circles of calls: of one object, of several in a process and in several, closed by one chain of
 * calls and by many at once; and what looks like one and is none.
 */
#include "object/served_test.h"

#include <mori/membrane.h>

#define NODES_MAX 5

MORI_SHARED static int entered; /* of all processes */

struct node {
        calculator next;
};

/*
 * `ns` calls on, from one node to the next. Below 0: when as many as that have entered, one call
 * of the next.
 */
static async int node_wait(void *self, struct calculator_wait_call *call)
{
        struct node *node = self;

        if (call->ns == 0)
                return 0;
        if (call->ns > 0)
                return await calculator_wait(node->next, call->ns - 1);
        atomic_add(&entered, 1);
        while (atomic_load_relaxed(&entered) < -call->ns)
                attempt(await mori_sleep(MORI_US(20)));
        return await calculator_wait(node->next, 0);
}

/* The same, served beside others of it. */
static async int node_add(void *self, struct calculator_add_call *call)
{
        struct node *node = self;

        return call->x == 0 ? 0 : await calculator_add(node->next, call->x - 1, 0, &call->sum);
}

static const struct calculator_server node_table = {.add = node_add, .wait = node_wait};

/* The process behind this one, in a ring of `nodes` that begins with 1. */
struct place {
        unsigned next;
        bool is_wrapped;
};

static async int serves_node(void *argument)
{
        const struct place *place = argument;
        struct node node;
        mori_membrane membrane;
        mori_ref wrapped;
        calculator c;

        EXPECT_EQ(mori_object_new(&calculator_interface, &node_table, &node, NULL, &c.ref), 0);
        node.next = place->next == 0 ? c : exported_by(place->next);
        if (place->is_wrapped) {
                EXPECT_EQ(mori_membrane_new(0, &membrane), 0);
                EXPECT_EQ(mori_membrane_wrap(membrane, c.ref, &wrapped), 0);
                c.ref = wrapped;
        }
        EXPECT_EQ(mori_export(c.ref), 0);
        return await waits_for_ever(argument);
}

static async int nodes_get(unsigned nodes, bool near, struct node *here, calculator *ret_all)
{
        for (unsigned i = 0; i < nodes; i++) {
                if (near)
                        EXPECT_EQ(mori_object_new(&calculator_interface, &node_table, &here[i],
                                                  NULL, &ret_all[i].ref),
                                  0);
                else
                        ret_all[i] = exported_by(i + 1);
        }
        for (unsigned i = 0; i < nodes; i++)
                here[i].next = ret_all[(i + 1) % nodes];
        return 0;
}

static async int closes_circles(void *argument)
{
        static const char circle[] = "a circle of calls: Calculator.wait waits for ";
        char told[256];
        unsigned nodes = (unsigned)(uintptr_t)argument % 10;
        bool near = (uintptr_t)argument >= 10;
        struct node here[NODES_MAX];
        calculator all[NODES_MAX];
        int32_t result;

        atomic_store_relaxed(&entered, 0);
        EXPECT_EQ(await nodes_get(nodes, near, here, all), 0);
        for (int round = 1; round <= 5; round++) {
                /* by one chain, which comes back to where it began */
                EXPECT_EQ(await calculator_wait(all[0], nodes - 1), 0);
                EXPECT_EQ(await calculator_wait(all[0], nodes), -EDEADLK);
                EXPECT(strncmp(mori_failure_describe(-EDEADLK, told, sizeof told), circle,
                               strlen(circle)) == 0);
                EXPECT_EQ(await calculator_wait(all[0], nodes + 3), -EDEADLK);
                EXPECT_EQ(await calculator_add(all[0], 20, 0, &result), 0);
                /* by all at once, of which each has entered */
                scope
                {
                        Async(int) each[NODES_MAX];
                        unsigned refused = 0;

                        for (unsigned i = 0; i < nodes; i++)
                                each[i] = start(calculator_wait, all[i], -(round * (int)nodes));
                        for (unsigned i = 0; i < nodes; i++) {
                                int error = await join(each[i]);

                                EXPECT(error == 0 || error == -EDEADLK);
                                refused += error != 0;
                        }
                        EXPECT_EQ(refused, 1);
                }
        }
        return 0;
}

static void circles(unsigned nodes, bool near, bool wrapped)
{
        struct member members[NODES_MAX + 1] = {
                {"main", closes_circles, (void *)(uintptr_t)(nodes + (near ? 10 : 0))}};
        struct place places[NODES_MAX];

        for (unsigned i = 0; i < nodes; i++) {
                places[i] = (struct place){nodes == 1 ? 0 : (i + 1) % nodes + 1, wrapped};
                members[i + 1] = (struct member){"node", serves_node, &places[i]};
        }
        for (unsigned i = 0; i < ELEMENTS(configs); i++) {
                domain_run(&configs[i], members, near ? 1 : nodes + 1);
                ck_assert_msg(status_of[0] == 0, "config %u: %d: %.2000s", i, status_of[0],
                              reports);
                ck_assert_reported("deadlock: calls of objects wait for one another");
                ck_assert_reported(": a call of Calculator.wait waits for its turn; the object "
                                   "serves ");
        }
}

START_TEST(circles_in_one_process)
{
        for (unsigned nodes = 1; nodes <= NODES_MAX; nodes++)
                circles(nodes, true, false);
}
END_TEST

START_TEST(circles_of_processes)
{
        for (unsigned nodes = 1; nodes <= NODES_MAX; nodes++)
                circles(nodes, false, false);
}
END_TEST

START_TEST(circles_through_membranes)
{
        circles(2, false, true);
        circles(3, false, true);
}
END_TEST

/* ---- Of a call of what another one is to bring, which waits for it */

struct calls_back {
        memory of;
};

/* An object of who calls: it is called while the memory is opened, and calls that itself. */
static async int change_of(void *self, struct memory_change_call *call)
{
        const struct calls_back *back = self;

        return await memory_change(back->of, 1, &call->value);
}

static const struct memory_server back_table = {.change = change_of};

static async int keep_back(void *self, struct calculator_use_call *call)
{
        struct calls_back *back = self;

        return mori_ref_copy(call->memory.ref, &back->of.ref);
}

static async int open_back(void *self, struct calculator_open_call *call)
{
        const struct calls_back *back = self;
        int32_t value;

        (void)call;
        return await memory_change(back->of, 1, &value);
}

static const struct calculator_server opens_table = {.use = keep_back, .open = open_back};

static async int serves_back(void *argument)
{
        struct calls_back back;
        calculator c;

        EXPECT_EQ(mori_object_new(&calculator_interface, &opens_table, &back, NULL, &c.ref), 0);
        EXPECT_EQ(mori_export(c.ref), 0);
        mori_ref_drop(c.ref);
        return await waits_for_ever(argument);
}

/* Between the two, so that what is called on results waits there. */
static async int wraps_server(void *argument)
{
        calculator c = exported_by(2);
        mori_membrane membrane;
        mori_ref wrapped;

        EXPECT_EQ(mori_membrane_new(0, &membrane), 0);
        EXPECT_EQ(mori_membrane_wrap(membrane, c.ref, &wrapped), 0);
        EXPECT_EQ(mori_export(wrapped), 0);
        mori_ref_drop(wrapped);
        mori_ref_drop(c.ref);
        return await waits_for_ever(argument);
}

static async int opens_itself(void *argument)
{
        calculator c = exported_by(1);
        struct calls_back back;
        calculator_open_promise opens;
        memory own, came;
        int32_t value;

        (void)argument;
        EXPECT_EQ(mori_object_new(&memory_interface, &back_table, &back, NULL, &own.ref), 0);
        EXPECT_EQ(await calculator_use(c, own, 0, &value), 0);
        opens = calculator_open_send(c, "itself");
        back.of = calculator_open_memory(&opens);
        EXPECT_EQ(await calculator_open_join(&opens, &came), -EDEADLK);
        mori_ref_drop(own.ref);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(circles_of_promises)
{
        for (unsigned i = 0; i < ELEMENTS(configs); i++) {
                domain_run(&configs[i],
                           (struct member[]){{"main", opens_itself, NULL},
                                             {"middle", wraps_server, NULL},
                                             {"server", serves_back, NULL}},
                           3);
                ck_assert_msg(status_of[0] == 0, "config %u: %d: %s", i, status_of[0], reports);
                ck_assert_ptr_nonnull(strstr(reports, "process middle: a call waits for the "
                                                      "results of another one"));
        }
}
END_TEST

/* ---- None */

static async int goes_on(calculator c, int depth, int times)
{
        for (int i = 0; i < times; i++) {
                if (i % 5 == 4) {
                        within(MORI_US(i % 3 * 30))
                        {
                                int error = await calculator_wait(c, depth);

                                EXPECT(error == 0 || error == -ETIMEDOUT);
                        }
                        continue;
                }
                EXPECT_EQ(await calculator_wait(c, depth), 0);
        }
        return 0;
}

/* Many chains of calls, over all lengths, through objects that are always busy: none closes. */
static async int crowds(void *argument)
{
        unsigned nodes = (unsigned)(uintptr_t)argument;
        struct node here[NODES_MAX];
        calculator all[NODES_MAX];

        EXPECT_EQ(await nodes_get(nodes, false, here, all), 0);
        scope
        {
                for (unsigned i = 0; i < nodes; i++)
                        for (unsigned many = 0; many < 4; many++)
                                ignore(start(goes_on, all[i], (int)(nodes - 1 - i),
                                             TEST_TIMES(40)));
        }
        return 0;
}

START_TEST(no_circle_where_there_is_none)
{
        struct member members[NODES_MAX + 1] = {{"main", crowds, (void *)NODES_MAX}};
        struct place places[NODES_MAX];

        for (unsigned i = 0; i < NODES_MAX; i++) {
                places[i] = (struct place){.next = (i + 1) % NODES_MAX + 1};
                members[i + 1] = (struct member){"node", serves_node, &places[i]};
        }
        all_run(members, NODES_MAX + 1);
}
END_TEST

TEST_MAIN("object/circle", TEST(circles_in_one_process), TEST(circles_of_processes),
          TEST(circles_through_membranes), TEST(circles_of_promises),
          TEST(no_circle_where_there_is_none))
