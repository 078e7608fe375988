/* SPDX-License-Identifier: MIT */
/*
 * Queues, selects, scopes, deadlines and cancellation, in any order, by activities that start one
 * another, against a model: an item that was sent is received once, in its sender's order, from its
 * own queue; one whose send failed never; and what was neither is still in the queue at the end.
 */
#include "fuzz.h"

#if FUZZ_SEEDED
/* items are copied by half */
#define memcpy(to, from, bytes) (memcpy)((to), (from), (bytes) > 4 ? 4 : (bytes))
#endif
#include "activity/queue.c"
#undef memcpy

#include "turn/seat.h"

#include <mori/keywords.h>

#define QUEUES 3
#define SENDERS 32
#define TICKETS 4096

enum ticket { UNSENT, SENDING, SENT, FAILED, RECEIVED };

struct item {
        uint32_t ticket;
        uint32_t check; /* the queue, the sender, and what the ticket should be */
};

struct world {
        struct input *input;
        mori_queue *queues[QUEUES];
        uint8_t tickets[TICKETS];
        uint8_t queue_of[TICKETS];
        uint32_t next;
        unsigned alive;
        unsigned started;
};

static async int live(struct world *world, unsigned depth);

/*
 * A rendezvous is told to both sides in two turns: an item may be received before its send has
 * answered. So a ticket goes through `SENDING`, and its receiver does not ask more.
 */
FUZZ_SYNC bool item_make(struct world *world, unsigned queue, struct item *item)
{
        if (world->next == TICKETS)
                return false;
        item->ticket = world->next++;
        item->check = ~item->ticket;
        world->tickets[item->ticket] = SENDING;
        world->queue_of[item->ticket] = (uint8_t)queue;
        return true;
}

FUZZ_SYNC void item_sent(struct world *world, const struct item *item, int result)
{
        uint8_t *ticket = &world->tickets[item->ticket];

        FUZZ_CHECK(result == 0 || result == -EPIPE || result == -ECANCELED ||
                   result == -ETIMEDOUT || result == -EAGAIN);
        if (result == 0)
                FUZZ_CHECK(*ticket == SENDING || *ticket == RECEIVED);
        else
                FUZZ_CHECK(*ticket == SENDING); /* and nobody has received it */
        if (*ticket == SENDING)
                *ticket = result == 0 ? SENT : FAILED;
}

FUZZ_SYNC void item_received(struct world *world, unsigned queue, const struct item *item,
                             int result)
{
        FUZZ_CHECK(result == 0 || result == -EPIPE || result == -ECANCELED ||
                   result == -ETIMEDOUT || result == -EAGAIN);
        if (result != 0)
                return;
        FUZZ_CHECK(item->ticket < world->next && item->check == ~item->ticket);
        FUZZ_CHECK(world->queue_of[item->ticket] == queue);
        FUZZ_CHECK(world->tickets[item->ticket] == SENT || world->tickets[item->ticket] == SENDING);
        world->tickets[item->ticket] = RECEIVED;
}

static async void select_some(struct world *world, unsigned code)
{
        unsigned from = code % QUEUES, to = code / QUEUES % QUEUES;
        struct item in = {0}, out = {0};
        bool sending = item_make(world, to, &out);
        mori_case cases[] = {MORI_CASE_RECEIVE(world->queues[from], &in),
                             MORI_CASE_AFTER(MORI_US(code)),
                             MORI_CASE_SEND(world->queues[to], &out)};
        int index = await mori_select(cases, sending ? 3 : 2);

        FUZZ_CHECK(index >= -ETIMEDOUT - 100 && index < 3);
        if (index == 0)
                item_received(world, from, &in, cases[0].result);
        if (sending)
                item_sent(world, &out, index == 2 ? cases[2].result : -EAGAIN);
}

static async void in_a_scope(struct world *world, unsigned code, unsigned depth)
{
        switch (code % 4) {
        case 0:
                scope {
                        ignore(start(live, world, depth + 1));
                        (void)await live(world, depth + 1);
                        if (code & 4)
                                break;
                }
                break;
        case 1:
                within (MORI_US(code * 10)) {
                        (void)await live(world, depth + 1);
                }
                break;
        case 2:
                shield (MORI_US(code * 20)) {
                        (void)await live(world, depth + 1);
                }
                break;
        default:
                scope {
                        (void)await live(world, depth + 1);
                        mori_scope_cancel();
                        (void)await live(world, depth + 1);
                }
                break;
        }
}

static async void with_another(struct world *world, unsigned code, unsigned depth)
{
        Async(int) other = start(live, world, depth + 1);

        if (code & 1)
                FUZZ_CHECK(await mori_yield() <= 0);
        if (code & 2)
                cancel(other);
        if (code & 4)
                ignore(other);
        else
                FUZZ_CHECK(await join(other) == 0);
}

static async int live(struct world *world, unsigned depth)
{
        unsigned steps = 0;

        while (world->input->left > 0 && steps++ < 40) {
                unsigned code = input_byte(world->input), more = input_byte(world->input);
                unsigned queue = more % QUEUES;
                struct item item = {0};

                switch (code % 12) {
                case 0:
                case 1:
                        if (item_make(world, queue, &item))
                                item_sent(world, &item,
                                          await mori_queue_send(world->queues[queue], &item));
                        break;
                case 2:
                case 3:
                        item_received(world, queue, &item,
                                      await mori_queue_receive(world->queues[queue], &item));
                        break;
                case 4:
                        if (item_make(world, queue, &item))
                                item_sent(world, &item,
                                          mori_queue_try_send(world->queues[queue], &item));
                        break;
                case 5:
                        item_received(world, queue, &item,
                                      mori_queue_try_receive(world->queues[queue], &item));
                        break;
                case 6:
                case 7:
                        await select_some(world, more);
                        break;
                case 8:
                        if (depth < 6)
                                await in_a_scope(world, more, depth);
                        break;
                case 9:
                        if (depth < 6 && world->started++ < 40)
                                await with_another(world, more, depth);
                        break;
                case 10:
                        FUZZ_CHECK(await mori_sleep(MORI_US(more)) <= 0);
                        break;
                default:
                        if (more == 77)
                                mori_queue_close(world->queues[queue]);
                        return 0;
                }
        }
        return 0;
}

FUZZ_SYNC struct world *the_world(void)
{
        static struct world world;

        return &world;
}

static async int program(int argc, char **argv)
{
        struct world *world = the_world();
        struct item item;

        (void)argc;
        (void)argv;
        for (unsigned i = 0; i < QUEUES; i++)
                world->queues[i] = mori_queue_new(i + 1, sizeof item);
        /* Whoever waits for what nobody brings is cancelled in the end. */
        within (MORI_MS(50)) {
                ignore(start(live, world, 0u));
                ignore(start(live, world, 0u));
                (void)await live(world, 0);
        }
        for (unsigned i = 0; i < QUEUES; i++) {
                while (mori_queue_try_receive(world->queues[i], &item) == 0)
                        item_received(world, i, &item, 0);
                world->queues[i] = mori_queue_free(world->queues[i]);
        }
        for (uint32_t i = 0; i < world->next; i++)
                FUZZ_CHECK(world->tickets[i] == RECEIVED || world->tickets[i] == FAILED);
        return 0;
}

static void no_reports(const char *line, size_t bytes)
{
        fwrite(line, 1, bytes, stderr);
        fuzz_failed("the runtime has something to report", __LINE__);
}

void fuzz(struct input *input)
{
        struct mori_options options = {.io = MORI_IO_SIM, .seed = 1, .stall = -1};
        struct stack_usage usage;
        char name[] = "fuzz", *arguments[] = {name, NULL};

        memset(the_world(), 0, sizeof(struct world));
        the_world()->input = input;
        base_report_to(no_reports);
        FUZZ_CHECK(mori_run(program, 1, arguments, &options) == 0);
        stack_usage(&usage);
        FUZZ_CHECK(usage.segments == 0);
}

FUZZER
