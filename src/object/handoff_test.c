/* SPDX-License-Identifier: MIT */
/*
 * Hand-off: who was given a reference calls the object's process without who has given it, in
 * order, and goes on when that one is gone. What it must not go round stays on the way.
 */
#include "object/handoff.h" /* before the keywords */
#include "object/served_test.h"

#include <mori/membrane.h>

/* What processes tell one another by. */
enum { MIDDLE_ENDS, REVOKES, WORDS };

MORI_NONBLOCKING __attribute__((noinline)) static uint32_t *word(unsigned which)
{
        static uint32_t words[WORDS];

        return &words[which];
}

static void words_clear(void)
{
        for (unsigned i = 0; i < WORDS; i++)
                atomic_exchange(word(i), 0);
}

/* Calls may be on their way so long. */
#define TRIES 10000

/* The process that a reference leads to, as one of the members; -1: its own, or not known. */
MORI_NONBLOCKING __attribute__((noinline)) static int leads_to(mori_ref ref)
{
        const struct capability *capability = reference_find(process_self()->objects, ref);

        for (int i = 0; i < MEMBERS_MAX && capability->kind == CAPABILITY_IMPORT; i++)
                if (processes[i] == capability->import.connection->other->bell.process)
                        return i;
        return -1;
}

/* Calls it until it leads to a member; what the last call has answered. */
static async int calls_until(memory m, int member, int32_t *ret_value)
{
        int error = 0;

        for (int i = 0; i < TRIES && error == 0 && leads_to(m.ref) != member; i++)
                error = await memory_change(m, 1, ret_value);
        EXPECT_EQ(leads_to(m.ref), member);
        return error != 0 ? error : await memory_change(m, 1, ret_value);
}

/* ---- Who serves memories, and who passes them on */

struct passes {
        calculator from;
        mori_membrane membrane;
        memory kept;
};

/* "later": after a while. "own": what it has kept. Else it asks the next one. */
static async int open_from(void *self, struct calculator_open_call *call)
{
        struct passes *passes = self;
        char name[16] = {0};

        memcpy(name, call->name.bytes, call->name.count < 15 ? call->name.count : 15);
        if (strcmp(name, "own") == 0)
                return mori_ref_copy(passes->kept.ref, &call->memory.ref);
        if (strcmp(name, "later") == 0)
                attempt(await mori_sleep(MORI_US(200)));
        return await calculator_open(passes->from, name, &call->memory);
}

static async int keep(void *self, struct calculator_use_call *call)
{
        struct passes *passes = self;

        mori_ref_drop(passes->kept.ref);
        passes->kept.ref = MORI_NO_REF;
        return mori_ref_copy(call->memory.ref, &passes->kept.ref);
}

static const struct calculator_server passes_table = {.open = open_from, .use = keep};

/* Passes on what the next member has; until it is told to end. */
static async int passes_on(unsigned next, bool wraps)
{
        struct passes passes = {.from = exported_by(next), .kept = {MORI_NO_REF}};
        calculator c;
        mori_ref wrapped;

        EXPECT_EQ(mori_object_new(&calculator_interface, &passes_table, &passes, NULL, &c.ref), 0);
        if (wraps) {
                EXPECT_EQ(mori_membrane_new(0, &passes.membrane), 0);
                EXPECT_EQ(mori_membrane_wrap(passes.membrane, c.ref, &wrapped), 0);
                EXPECT_EQ(mori_export(wrapped), 0);
                mori_ref_drop(wrapped);
        } else {
                EXPECT_EQ(mori_export(c.ref), 0);
        }
        while (atomic_load_relaxed(word(MIDDLE_ENDS)) == 0 &&
               atomic_load_relaxed(word(REVOKES)) == 0)
                EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
        if (atomic_load_relaxed(word(REVOKES)) != 0) {
                mori_membrane_revoke(passes.membrane);
                EXPECT_EQ(await mori_sleep(MORI_S(1000)), 0);
        }
        return 0;
}

static async int middle(void *argument)
{
        (void)argument;
        return await passes_on(2, false);
}

static async int middle_second(void *argument)
{
        (void)argument;
        return await passes_on(3, false);
}

static async int middle_wraps(void *argument)
{
        (void)argument;
        return await passes_on(2, true);
}

/* ---- What is handed off outlives who has handed it */

static async int outlives(void *argument)
{
        calculator c = exported_by(1);
        int32_t value, server = *(int *)argument;
        memory m, copy;

        EXPECT_EQ(await calculator_open(c, "abc", &m), 0);
        EXPECT_EQ(await calls_until(m, server, &value), 0);
        atomic_exchange(word(MIDDLE_ENDS), 1);
        while (mori_ref_status(c.ref) == 0)
                EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
        EXPECT_EQ(mori_ref_status(c.ref), -ECONNRESET);
        EXPECT_EQ(mori_ref_status(m.ref), 0);
        EXPECT_EQ(mori_ref_copy(m.ref, &copy.ref), 0);
        EXPECT_EQ(mori_ref_same(m.ref, copy.ref), 1);
        mori_ref_drop(m.ref);
        EXPECT_EQ(await memory_change(copy, 10, &value), 0);
        mori_ref_drop(copy.ref);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(outlives_who_passed_it)
{
        int server = 2;

        for (unsigned i = 0; i < ELEMENTS(configs); i++) {
                words_clear();
                domain_run(&configs[i],
                           (struct member[]){{"main", outlives, &server},
                                             {"middle", middle, NULL},
                                             {"server", serves, NULL}},
                           3);
                ck_assert_msg(status_of[0] == 0, "config %u: %d: %s", i, status_of[0], reports);
        }
}
END_TEST

/* The same through two. */
START_TEST(goes_round_several)
{
        int server = 3;

        for (unsigned i = 0; i < ELEMENTS(configs); i++) {
                words_clear();
                domain_run(&configs[i],
                           (struct member[]){{"main", outlives, &server},
                                             {"middle", middle, NULL},
                                             {"second", middle_second, NULL},
                                             {"server", serves, NULL}},
                           4);
                ck_assert_msg(status_of[0] == 0, "config %u: %d: %s", i, status_of[0], reports);
        }
}
END_TEST

/* ---- Order, while it is handed off */

#define SENDS 200

/* Over a promise, before it has come and after, and over what has come. */
static async int keeps_order(void *argument)
{
        calculator c = exported_by(1);
        calculator_open_promise opens = calculator_open_send(c, "later");
        memory m = calculator_open_memory(&opens), came = {MORI_NO_REF};
        memory_change_promise changes[SENDS];
        int32_t value;

        (void)argument;
        for (int i = 0; i < SENDS; i++) {
                changes[i] = memory_change_send(i < SENDS / 2 ? m : came, 1);
                if (i % 10 == 9)
                        EXPECT_EQ(await mori_sleep(MORI_US(20)), 0);
                if (i == SENDS / 2 - 1)
                        EXPECT_EQ(await calculator_open_join(&opens, &came), 0);
        }
        for (int i = 0; i < SENDS; i++) {
                EXPECT_EQ(await memory_change_join(&changes[i], &value), 0);
                EXPECT_EQ(value, 5 + 1 + i); /* its name has so many letters */
        }
        EXPECT_EQ(await calls_until(came, 2, &value), 0);
        mori_ref_drop(came.ref);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(order_is_kept)
{
        words_clear();
        all_run((struct member[]){{"main", keeps_order, NULL},
                                  {"middle", middle, NULL},
                                  {"server", serves, NULL}},
                3);
}
END_TEST

/* ---- Home */

/* An object of one's own that comes back by a promise which was called before. */
static async int comes_home(void *argument)
{
        calculator c = exported_by(1);
        calculator_open_promise opens;
        memory own, m, came;
        int32_t value;

        (void)argument;
        EXPECT_EQ(memory_new(0, NULL, &own), 0);
        EXPECT_EQ(await calculator_use(c, own, 0, &value), 0);
        opens = calculator_open_send(c, "own");
        m = calculator_open_memory(&opens);
        EXPECT_EQ(mori_ref_copy(m.ref, &came.ref), 0);
        EXPECT_EQ(await memory_change(m, 1, &value), 0);
        EXPECT_EQ(value, 1);
        EXPECT_EQ(await calculator_open_join(&opens, &m), 0);
        for (int i = 2; i < TRIES && !mori_ref_same(m.ref, own.ref); i++) {
                EXPECT_EQ(await memory_change(i % 2 == 0 ? m : came, 1, &value), 0);
                EXPECT_EQ(value, i);
        }
        EXPECT_EQ(mori_ref_same(m.ref, own.ref), 1);
        EXPECT_EQ(mori_ref_same(came.ref, own.ref), 1);
        mori_ref_drop(m.ref);
        mori_ref_drop(came.ref);
        mori_ref_drop(own.ref);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(what_is_ones_own_comes_home)
{
        words_clear();
        all_run((struct member[]){{"main", comes_home, NULL},
                                  {"middle", middle, NULL},
                                  {"server", serves, NULL}},
                3);
}
END_TEST

/* ---- Membranes */

static async int is_revoked(void *argument)
{
        calculator c = exported_by(1);
        int32_t value;
        memory m;
        int error = 0;

        (void)argument;
        EXPECT_EQ(await calculator_open(c, "abc", &m), 0);
        for (int i = 0; i < 100; i++) {
                EXPECT_EQ(await memory_change(m, 1, &value), 0);
                EXPECT_EQ(leads_to(m.ref), 1); /* not around it */
        }
        atomic_exchange(word(REVOKES), 1);
        for (int i = 0; i < TRIES && error == 0; i++) {
                error = await memory_change(m, 1, &value);
                EXPECT_EQ(await mori_sleep(MORI_US(10)), 0);
        }
        EXPECT_EQ(error, -EKEYREVOKED);
        mori_ref_drop(m.ref);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(membranes_stay_on_the_way)
{
        for (unsigned i = 0; i < ELEMENTS(configs); i++) {
                words_clear();
                domain_run(&configs[i],
                           (struct member[]){{"main", is_revoked, NULL},
                                             {"middle", middle_wraps, NULL},
                                             {"server", serves, NULL}},
                           3);
                ck_assert_msg(status_of[0] == 0, "config %u: %d: %s", i, status_of[0], reports);
        }
}
END_TEST

/* ---- Many, and none */

#define MANY ((int)HANDOFFS_MAX + 100)

static async int opens_one(calculator c, memory *m)
{
        return await calculator_open(c, "abc", m);
}

/* More than may be under way; half of them are dropped at once. */
static async int opens_many(void *argument)
{
        calculator c = exported_by(1);
        memory *all = calloc(MANY, sizeof *all);
        int32_t value;

        (void)argument;
        scope {
                for (int i = 0; i < MANY; i++)
                        ignore(start(opens_one, c, &all[i]));
        }
        for (int i = 0; i < MANY; i += 2)
                mori_ref_drop(all[i].ref);
        for (int i = 1; i < MANY; i += 2) {
                EXPECT_EQ(await memory_change(all[i], 1, &value), 0);
                EXPECT_EQ(value, 4);
                mori_ref_drop(all[i].ref);
        }
        free(all);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(many_at_once)
{
        words_clear();
        all_run((struct member[]){{"main", opens_many, NULL},
                                  {"middle", middle, NULL},
                                  {"server", serves, NULL}},
                3);
}
END_TEST

/* ---- Results with two references, of which one was handed off */

struct pair_call {
        struct mori_call_head call;
        memory first, second;
};

static async int pair_serve(const void *server, void *self, void *call)
{
        struct pair_call *pair = call;
        struct passes *passes = self;

        (void)server;
        attempt(memory_new(100, NULL, &pair->first));
        return await calculator_open(passes->from, "abc", &pair->second);
}

static int pair_put(const void *of, const struct mori_wire_writer *to)
{
        const struct pair_call *pair = of;

        attempt(mori_wire_put_reference(mori_wire_writer_slot(to, 0), pair->first.ref.word));
        return mori_wire_put_reference(mori_wire_writer_slot(to, 1), pair->second.ref.word);
}

static int pair_get(void *of, const struct mori_wire_reader *from)
{
        struct pair_call *pair = of;

        pair->first.ref.word = mori_wire_read_reference(mori_wire_reader_pointer(from, 0));
        pair->second.ref.word = mori_wire_read_reference(mori_wire_reader_pointer(from, 1));
        return 0;
}

#define PAIR UINT64_C(0xc0000000000000c9)
static const struct mori_method pair_methods[] = {{"Pair.open", PAIR, 0, 0,
                                                   sizeof(struct pair_call), 0, 0, 0, 2, pair_serve,
                                                   NULL, NULL, pair_put, pair_get}};
static const struct mori_interface_part pair_parts[] = {{PAIR, 0, pair_methods, 1}};
static const struct mori_interface pair_interface = {"Pair", 1, pair_parts};

static async int serves_pairs(void *argument)
{
        static const int no_table;
        struct passes passes = {.from = exported_by(2), .kept = {MORI_NO_REF}};
        mori_ref pairs;

        EXPECT_EQ(mori_object_new(&pair_interface, &no_table, &passes, NULL, &pairs), 0);
        EXPECT_EQ(mori_export(pairs), 0);
        mori_ref_drop(pairs);
        return await waits_for_ever(argument);
}

static async int takes_a_pair(void *argument)
{
        static const uint16_t first[] = {0}, second[] = {1};
        mori_ref pairs = exported_by(1).ref;
        struct pair_call call = {.first = {MORI_NO_REF}};
        mori_sent sent = mori_object_send(pairs, &pair_methods[0], &call);
        memory of_second = {mori_sent_ref(sent, second, 1)}, of_first;
        int32_t value;

        (void)argument;
        EXPECT_EQ(await memory_change(of_second, 0, &value), 0);
        EXPECT_EQ(value, 3);
        for (int i = 0; i < 4; i++) /* it is asked for, and has not come yet */
                mori_sent_drop(memory_change_send(of_second, 0).sent);
        of_first.ref = mori_sent_ref(sent, first, 1);
        EXPECT_EQ(await memory_change(of_first, 0, &value), 0);
        EXPECT_EQ(value, 100);
        mori_sent_drop(sent);
        mori_ref_drop(pairs);
        return 0;
}

START_TEST(others_of_the_same_results_stay)
{
        all_run((struct member[]){{"main", takes_a_pair, NULL},
                                  {"middle", serves_pairs, NULL},
                                  {"server", serves, NULL}},
                3);
}
END_TEST

TEST_MAIN("object/handoff", TEST(others_of_the_same_results_stay), TEST(outlives_who_passed_it),
          TEST(goes_round_several), TEST(order_is_kept), TEST(what_is_ones_own_comes_home),
          TEST(membranes_stay_on_the_way), TEST(many_at_once))
