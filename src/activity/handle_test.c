/* SPDX-License-Identifier: MIT */
/*
 * Words that never were handles: whatever they are, the process is abandoned, and nothing faults.
 * (Handles that are used a second time are in activity_test.c.)
 */
#include "support/async.h"

typedef Async(int) handle_int;

static async int joins(handle_int handle)
{
        return join(handle);
}

#define MADE_UP 4000

static async int uses_a_word(int argc, char **argv)
{
        mori_activity made_up = {(uint64_t)*shared(0)};

        (void)argv;
        switch (*shared(1) % 6) {
        case 0:
                return join((handle_int)(uintptr_t)made_up.word);
        case 1:
                mori_cancel(made_up);
                return 0;
        case 2:
                mori_ignore(made_up);
                return 0;
        case 3:
                return mori_done(made_up);
        case 4:
                return await mori_wait(made_up);
        default:
                return join(start(joins, (handle_int)(uintptr_t)made_up.word)) + argc;
        }
}

START_TEST(a_made_up_handle_is_caught)
{
        static const uint32_t refs[] = {0,          1,          4,          0xfff,     0x1000,
                                        0x1001,     0x2000,     0x2001,     0x3000,    0x4000,
                                        0x7fffffff, 0x80000000, 0xdeadbeef, 4086,      0x2ff6,
                                        0xfffff000, 0xfffffff6, 0xfffffffe, 0xffffffff};
        const size_t refs_count = sizeof refs / sizeof refs[0];
        uint64_t random = 1;

        for (size_t i = 0; i < TEST_TIMES(MADE_UP); i++) {
                uint32_t ref;

                random = random * 6364136223846793005u + 1442695040888963407u;
                ref = (uint32_t)(random >> 32);
                if (i < 6 * refs_count)
                        ref = refs[i / 6];
                else if (i % 4 < 2)
                        ref %= 1 << 18; /* where there is memory */
                *shared(0) = (long)((random << 7 | 1) << 32 | ref);
                *shared(1) = (long)i;
                ck_assert_msg(run(uses_a_word) == 70, "word %lx", *shared(0));
                ck_assert_reported("was never one");
                assert_nothing_left();
        }
}
END_TEST

TEST_MAIN("activity/handle", TEST(a_made_up_handle_is_caught))
