/* SPDX-License-Identifier: MIT */
/* The programs of relay.capnp. */
#pragma once

#include "relay.mori.h"

#include <mori/keywords.h>

#include <errno.h>

/* ---- Source: numbers from one on, and its end */

struct numbers {
        int32_t next, last;
        mori_file pipe[2];
};

/* Something that does not come. */
static async int source_reads(struct numbers *numbers)
{
        char byte;

        return (int)await mori_file_read(numbers->pipe[0], &byte, 1);
}

static async int source_next(void *self, struct number_next_call *call)
{
        struct numbers *numbers = self;

        MORI_REQUIRE(numbers->last == 0 || numbers->next <= numbers->last);
        call->value = numbers->next++;
        return 0;
}

static const struct big_server source_functions = {.number = {.next = source_next}};

static async int source_main(const struct source_capabilities *has)
{
        struct numbers *numbers = mori_alloc_zero(1, sizeof *numbers);
        struct source_exports exports;

        MORI_REQUIRE(!has->breaks);
        numbers->next = has->begin;
        numbers->last = has->last;
        if (has->last != 0) {
                attempt(mori_pipe(numbers->pipe));
                ignore(start(source_reads, numbers));
        }
        attempt(big_new(&source_functions, numbers, NULL, &exports.big));
        if (!has->silent) {
                attempt(source_export(has, &exports));
                MORI_REQUIRE(source_export(has, &exports) == -EALREADY);
        }
        big_drop(exports.big);
        attempt(await mori_sleep(has->lives == 0 ? MORI_FOREVER : MORI_MS(has->lives)));
        return has->ends;
}
MORI_PROGRAM(source, source_main);

/* ---- Doubler: twice as much as its source says */

static async int doubler_next(void *self, struct number_next_call *call)
{
        const struct doubler_capabilities *has = self;

        attempt(await number_next(has->number, &call->value));
        call->value *= 2;
        return 0;
}

static const struct number_server doubler_functions = {.next = doubler_next};

static async int doubler_main(const struct doubler_capabilities *has)
{
        struct doubler_exports exports;

        attempt(number_new(&doubler_functions, (void *)has, NULL, &exports.twice));
        attempt(doubler_export(has, &exports));
        number_drop(exports.twice);
        return await mori_sleep(MORI_FOREVER);
}
MORI_PROGRAM(doubler, doubler_main);

/* ---- User: prints what they say, some times */

static async int user_main(const struct user_capabilities *has)
{
        int32_t once = 0, twice = 0;

        for (unsigned i = 0; i < has->times; i++) {
                attempt(await number_next(has->once, &once));
                attempt(await number_next(has->twice, &twice));
                attempt(await mori_print(mori_stdout(), "%d %d\n", (int)once, (int)twice));
                if (has->pause != 0)
                        attempt(await mori_sleep(MORI_MS(has->pause)));
        }
        for (const char *const *word = has->words; *word != NULL; word++)
                attempt(await mori_print(mori_stdout(), "%s\n", *word));
        return has->returns;
}
MORI_PROGRAM(user, user_main);

/* ---- What is checked and not run */

static async int kinds_main(const struct kinds_capabilities *has)
{
        (void)has;
        return 0;
}
MORI_PROGRAM(kinds, kinds_main);

static async int both_main(const struct both_capabilities *has)
{
        (void)has;
        return 0;
}
MORI_PROGRAM(both, both_main);

static async int wants_big_main(const struct wants_big_capabilities *has)
{
        (void)has;
        return 0;
}
MORI_PROGRAM(wants_big, wants_big_main);
