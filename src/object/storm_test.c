/* SPDX-License-Identifier: MIT */
/*
 * Storms: who does not answer, calls from all sides at a time, a process that sends without end.
 * What is held of them is bounded, and the others go on: told by counts.
 */
#include "object/served_test.h"

#define BIG (1u << 20)

/* What processes tell one another by. */
enum { PULLED_BEGUN, CALLERS_DONE, FLOOD_SENT, FLOOD_MEANWHILE, FLOOD_STOP, WORDS };

MORI_NONBLOCKING __attribute__((noinline)) static uint32_t *word(unsigned which)
{
        static uint32_t words[WORDS];

        return &words[which];
}

/* ---- A server that answers nothing */

static async int never_opens(void *self, struct calculator_open_call *call)
{
        (void)self;
        if (call->name.bytes[0] == 'y')
                atomic_add(word(PULLED_BEGUN), 1);
        return await mori_sleep(MORI_S(1000));
}

static const struct calculator_server silent_table = {.open = never_opens};

static async int is_silent(void *argument)
{
        calculator c;

        EXPECT_EQ(mori_object_new(&calculator_interface, &silent_table, argument, NULL, &c.ref), 0);
        EXPECT_EQ(mori_export(c.ref), 0);
        mori_ref_drop(c.ref);
        return await waits_for_ever(argument);
}

static async int opens(calculator c, const char *name, int *ret_done)
{
        memory m;
        int error = await calculator_open(c, name, &m);

        ++*ret_done;
        return error;
}

/*
 * Large calls are sent until there is no room, and one is pulled, which waits; a small one stands
 * behind it, and another server answers meanwhile. When they are cancelled, there is room again.
 */
static async int fills_with_bytes(void *argument)
{
        calculator_open_promise *promises = calloc(MORI_CALLS_MAX, sizeof *promises);
        calculator silent = exported_by(1), other = exported_by(2);
        char *name = malloc(BIG);
        int count = 0, done = 0;
        int32_t result;

        (void)argument;
        atomic_exchange(word(PULLED_BEGUN), 0);
        memset(name, 'x', BIG - 1);
        name[BIG - 1] = '\0';
        for (;;) {
                promises[count] = calculator_open_send(silent, name);
                if ((int32_t)promises[count].sent.word == -EOVERFLOW &&
                    promises[count].sent.word >> 32 == 0)
                        break;
                count++;
                EXPECT_EQ(await mori_yield(), 0);
        }
        EXPECT_EQ(count, MORI_CALLS_BYTES_MAX / BIG - 1); /* each has a word more than its text */
        name[0] = 'y';
        scope {
                Async(int) big = start(opens, silent, name, &done);
                Async(int) small = start(opens, silent, "small", &done);

                EXPECT_EQ(await calculator_add(other, 1, 2, &result), 0);
                EXPECT_EQ(await mori_sleep(MORI_MS(2)), 0);
                EXPECT_EQ(done, 0);
                EXPECT_EQ(atomic_load_relaxed(word(PULLED_BEGUN)), 0);
                for (int i = 0; i < count; i++)
                        mori_sent_drop(promises[i].sent);
                while (atomic_load_relaxed(word(PULLED_BEGUN)) == 0) /* there is room now */
                        EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
                cancel(big);
                EXPECT_EQ(join(big), -ECANCELED);
                cancel(small);
                EXPECT_EQ(join(small), -ECANCELED);
        }
        free(name);
        free(promises);
        mori_ref_drop(silent.ref);
        mori_ref_drop(other.ref);
        return 0;
}

START_TEST(bytes_of_calls_are_bounded)
{
        all_run((struct member[]){{"main", fills_with_bytes, NULL},
                                  {"silent", is_silent, NULL},
                                  {"server", serves, NULL}},
                3);
}
END_TEST

/* ---- Calls from all sides */

#define CALLERS    12
#define CALLS_EACH TEST_MANY(300)

static async int storms(void *argument)
{
        calculator c = exported_by(1);
        int done = 0;

        scope {
                for (int i = 0; i < CALLS_EACH; i++)
                        ignore(start(pulls, c, i, &done));
        }
        EXPECT_EQ(done, CALLS_EACH);
        mori_ref_drop(c.ref);
        atomic_add(word(CALLERS_DONE), 1);
        return argument != NULL ? await waits_for_ever(argument) : 0;
}

static async int storms_first(void *argument)
{
        (void)argument;
        EXPECT_EQ(await storms(NULL), 0);
        while (atomic_load_relaxed(word(CALLERS_DONE)) < CALLERS)
                EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
        return 0;
}

START_TEST(calls_from_all_sides)
{
        struct member members[1 + CALLERS] = {{"main", storms_first, NULL},
                                              {"server", serves, NULL}};

        for (unsigned i = 2; i < ELEMENTS(members); i++)
                members[i] = (struct member){"caller", storms, members};
        for (unsigned i = 0; i < ELEMENTS(configs); i++) {
                atomic_exchange(word(CALLERS_DONE), 0);
                domain_run(&configs[i], members, ELEMENTS(members));
                ck_assert_uint_eq(*word(CALLERS_DONE), CALLERS);
        }
}
END_TEST

/* ---- One that sends without end */

/* As fast as it can be: it waits only where there is no room. */
static async int floods(void *argument)
{
        calculator c = exported_by(1);

        while (atomic_load_relaxed(word(FLOOD_STOP)) == 0) {
                calculator_add_promise p = calculator_add_send(c, 1, 1);

                if (p.sent.word >> 32 != 0)
                        atomic_add(word(FLOOD_SENT), 1);
                else
                        EXPECT_EQ(await mori_yield(), 0);
                mori_sent_drop(p.sent);
        }
        mori_ref_drop(c.ref);
        return await waits_for_ever(argument);
}

/* Its calls are answered meanwhile, by the same server. */
static async int calls_beside(void *argument)
{
        calculator c = exported_by(1);
        uint32_t before;
        int32_t result;

        (void)argument;
        while (atomic_load_relaxed(word(FLOOD_SENT)) < MORI_CALLS_MAX)
                EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
        before = atomic_load_relaxed(word(FLOOD_SENT));
        for (int i = 0; i < TEST_MANY(300); i++)
                EXPECT_EQ(await calculator_add(c, 1, i, &result), 0);
        atomic_store_relaxed(word(FLOOD_MEANWHILE), atomic_load_relaxed(word(FLOOD_SENT)) - before);
        atomic_exchange(word(FLOOD_STOP), 1);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(who_floods_waits)
{
        struct member members[] = {
                {"main", calls_beside, NULL}, {"server", serves, NULL}, {"flood", floods, NULL}};

        for (unsigned i = 0; i < ELEMENTS(configs); i++) {
                *word(FLOOD_SENT) = *word(FLOOD_STOP) = 0;
                domain_run(&configs[i], members, ELEMENTS(members));
                ck_assert_int_eq(status_of[0], 0);
                /* for each call of the other it gets no more in than what a lane takes */
                if (configs[i].seats == 1)
                        ck_assert_uint_le(*word(FLOOD_MEANWHILE), 1024 * TEST_MANY(300));
        }
}
END_TEST

TEST_MAIN("object/storm", TEST(bytes_of_calls_are_bounded), TEST(calls_from_all_sides),
          TEST(who_floods_waits))
