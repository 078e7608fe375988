/* SPDX-License-Identifier: MIT */
/*
 * Step 4: activities that talk.
 *
 * A queue is bounded and typed by the size of its items: sending into a full one waits, receiving
 * from an empty one waits. Closing it ends the conversation: receivers get what is left, then
 * -EPIPE.
 *
 * mori_select() waits for the first of several things: a queue that has an item or room for one,
 * an activity that ends, a time that passes. Exactly one of them happens.
 */
#include <mori/keywords.h>

/* The first stage: numbers, and then a close. */
static async int count_up(mori_queue *numbers, int count)
{
        for (int i = 1; i <= count; i++)
                attempt(await mori_queue_send(numbers, &i));
        mori_queue_close(numbers);
        return 0;
}

/* The second: each number squared, until there are no more. */
static async int square(mori_queue *numbers, mori_queue *squares)
{
        int number, result;

        while ((result = await mori_queue_receive(numbers, &number)) == 0) {
                int squared = number * number;

                attempt(await mori_queue_send(squares, &squared));
        }
        mori_queue_close(squares);
        return result == -EPIPE ? 0 : result;
}

/* Neither stage is more than 4 numbers ahead of the next: that is what bounds are for. */
static async int pipeline(void)
{
        mori_queue *numbers = mori_queue_new(4, sizeof(int));
        mori_queue *squares = mori_queue_new(4, sizeof(int));
        long sum = 0;
        int squared;

        MORI_REQUIRE(numbers != NULL && squares != NULL);
        scope {
                ignore(start(count_up, numbers, 100));
                ignore(start(square, numbers, squares));
                while (await mori_queue_receive(squares, &squared) == 0)
                        sum += squared;
        }
        mori_queue_free(numbers);
        mori_queue_free(squares);
        return await mori_print(mori_stdout(), "the sum of 100 squares: %ld\n", sum);
}

static async int tick(mori_queue *ticks, int64_t period, int count)
{
        for (int i = 0; i < count; i++) {
                attempt(await mori_sleep(period));
                attempt(await mori_queue_send(ticks, &i));
        }
        return 0;
}

/* Listens to two clocks and to a third that measures silence. */
static async int two_clocks(void)
{
        mori_queue *fast = mori_queue_new(1, sizeof(int));
        mori_queue *slow = mori_queue_new(1, sizeof(int));
        int fast_count = 0, slow_count = 0, at = 0, chosen = 0;

        MORI_REQUIRE(fast != NULL && slow != NULL);
        scope {
                ignore(start(tick, fast, MORI_MS(5), 8));
                ignore(start(tick, slow, MORI_MS(15), 3));
                while (chosen >= 0 && chosen != 2) {
                        mori_case cases[] = {
                                MORI_CASE_RECEIVE(fast, &at),
                                MORI_CASE_RECEIVE(slow, &at),
                                MORI_CASE_AFTER(MORI_MS(250)),
                        };

                        chosen = await mori_select(cases, 3);
                        fast_count += chosen == 0;
                        slow_count += chosen == 1;
                }
        }
        mori_queue_free(fast);
        mori_queue_free(slow);
        attempt(chosen);
        return await mori_print(mori_stdout(), "%d fast ticks, %d slow ones, then silence\n",
                                fast_count, slow_count);
}

async int mori_main(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        attempt(await pipeline());
        attempt(await two_clocks());
        return 0;
}
