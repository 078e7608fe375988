/* SPDX-License-Identifier: MIT */
/*
 * Calls that a process passes on for others, where it has no room for them: they wait, in their
 * order, and are told when they need not any more.
 */
#include "object/served_test.h"

#include <mori/membrane.h>

#define CALLS      300
#define NAME_BYTES 6000u /* ten of these fill a lane */
#define OWN_CALLS  100

enum { IN_ORDER, WORDS };

MORI_NONBLOCKING __attribute__((noinline)) static uint32_t *word(unsigned which)
{
        static uint32_t words[WORDS];

        return &words[which];
}

/* ---- Who serves */

/* Names come with more and more bytes. */
static async int open_in_order(void *self, struct calculator_open_call *call)
{
        (void)self;
        if (call->name.count == NAME_BYTES + atomic_load_relaxed(word(IN_ORDER)))
                atomic_add(word(IN_ORDER), 1);
        return 0;
}

static async int never_waits(void *self, struct calculator_wait_call *call)
{
        (void)self;
        (void)call;
        return await mori_sleep(MORI_S(1000));
}

static const struct calculator_server table = {.open = open_in_order, .wait = never_waits};

static async int keeps_order(void *argument)
{
        calculator c;

        EXPECT_EQ(mori_object_new(&calculator_interface, &table, argument, NULL, &c.ref), 0);
        EXPECT_EQ(mori_export(c.ref), 0);
        mori_ref_drop(c.ref);
        return await waits_for_ever(argument);
}

/* ---- Who passes on: behind a membrane, so that it stays on the way */

static async int middle(void *argument)
{
        calculator c = exported_by(2);
        struct calculator_wait_call call = {.ns = 1};
        mori_sent own[OWN_CALLS];
        mori_membrane membrane;
        mori_ref wrapped;

        EXPECT_EQ(mori_membrane_new(0, &membrane), 0);
        EXPECT_EQ(mori_membrane_wrap(membrane, c.ref, &wrapped), 0);
        if (argument != NULL)
                for (unsigned i = 0; i < OWN_CALLS; i++)
                        own[i] = mori_object_send(c.ref, &calculator_methods[3], &call);
        EXPECT_EQ(mori_export(wrapped), 0);
        mori_ref_drop(wrapped);
        mori_ref_drop(c.ref);
        (void)await waits_for_ever(NULL);
        if (argument != NULL)
                for (unsigned i = 0; i < OWN_CALLS; i++)
                        mori_sent_drop(own[i]);
        mori_membrane_drop(membrane);
        return -ECANCELED;
}

/* ---- Who calls */

static async int opens(calculator c, unsigned i)
{
        char *name = malloc(NAME_BYTES + i + 1);
        memory m;
        int error;

        memset(name, 'x', NAME_BYTES + i);
        name[NAME_BYTES + i] = '\0';
        error = await calculator_open(c, name, &m);
        free(name);
        return error;
}

static async int opens_many(void *argument)
{
        calculator c = exported_by(1);
        int failed = 0;

        (void)argument;
        atomic_exchange(word(IN_ORDER), 0);
        scope {
                Async(int) calls[CALLS];

                for (unsigned i = 0; i < CALLS; i++)
                        calls[i] = start(opens, c, i);
                for (unsigned i = 0; i < CALLS; i++)
                        if (join(calls[i]) != 0)
                                failed++;
        }
        EXPECT_EQ(failed, 0);
        EXPECT_EQ(atomic_load_relaxed(word(IN_ORDER)), CALLS);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(calls_wait_to_be_passed_on)
{
        all_run((struct member[]){{"main", opens_many, NULL},
                                  {"middle", middle, NULL},
                                  {"server", keeps_order, NULL}},
                3);
}
END_TEST

static async int waits(calculator c, int *cancelled)
{
        if (await calculator_wait(c, 1) == -ECANCELED)
                ++*cancelled;
        return 0;
}

/* All that the two may have under way: some cannot be passed on, and are cancelled there. */
static async int waits_many(void *argument)
{
        calculator c = exported_by(1);
        int cancelled = 0;

        (void)argument;
        scope {
                for (unsigned i = 0; i < MORI_CALLS_MAX; i++)
                        ignore(start(waits, c, &cancelled));
                EXPECT_EQ(await mori_sleep(MORI_MS(5)), 0);
                EXPECT_EQ(cancelled, 0);
                mori_scope_cancel();
        }
        EXPECT_EQ(cancelled, MORI_CALLS_MAX);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(what_waits_is_cancelled)
{
        all_run((struct member[]){{"main", waits_many, NULL},
                                  {"middle", middle, word(0)},
                                  {"server", keeps_order, NULL}},
                3);
}
END_TEST

/* ---- Who was first in line for room */

static async int open_never(void *self, struct calculator_open_call *call)
{
        (void)self;
        (void)call;
        return await mori_sleep(MORI_S(1000));
}

static async int serves_never(void *argument)
{
        static const struct calculator_server never = {.open = open_never};

        return await serves_as(&never, argument);
}

static async int opens_large(calculator c, const char *name)
{
        memory none;

        return await calculator_open(c, name, &none);
}

/* Four quarters of what may be under way, less a little; what is small waits behind one more. */
static async int gives_up_first(void *argument)
{
        calculator c = exported_by(1);
        size_t bytes = 15u << 20;
        char *name = malloc(bytes + 1);

        (void)argument;
        memset(name, 'x', bytes);
        name[bytes] = '\0';
        scope {
                for (int i = 0; i < 4; i++)
                        ignore(start(opens_large, c, name));
                EXPECT_EQ(await mori_ref_flush(c.ref), 0); /* nothing comes back any more */
                scope {
                        Async(int) first = start(opens_large, c, name);
                        Async(int) behind = start(mori_ref_flush, c.ref);

                        EXPECT_EQ(await mori_sleep(MORI_MS(10)), 0); /* until no bell comes */
                        EXPECT_EQ(mori_done(MORI_ACTIVITY(behind)), 0);
                        cancel(first);
                        EXPECT_EQ(join(first), -ECANCELED);
                        EXPECT_EQ(join(behind), 0);
                }
                mori_scope_cancel();
        }
        free(name);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(who_was_first_gives_up)
{
        for (unsigned i = 0; i < 3; i++) {
                domain_run(&configs[i],
                           (struct member[]){{"main", gives_up_first, NULL},
                                             {"server", serves_never, NULL}},
                           2);
                ck_assert_int_eq(status_of[0], 0);
        }
}
END_TEST

TEST_MAIN("object/passed", TEST(calls_wait_to_be_passed_on), TEST(what_waits_is_cancelled),
          TEST(who_was_first_gives_up))
