/* SPDX-License-Identifier: MIT */
/*
 * Processes against a model: random programs of processes that start, stop, kill, link and wait for
 * one another, with input and output, timers and queues under way, over many seeds (seeded.h). So
 * processes end at every point of what a process can be in.
 *
 *   - Who was killed, or whose end was told, does nothing any more.
 *   - An end is one: all who ask are told the same.
 *   - Who was killed is told so, unless another reason came before.
 *   - What is owned, and who is linked, ends with its starter, and with the other.
 *   - Every wait comes to its end, and nothing is left.
 */
#include "seeded.h"

#include <mori/keywords.h>
#include <mori/process.h>

#include <errno.h>

#define SLOTS 24
#define STEPS 10

#define SYNC MORI_NONBLOCKING __attribute__((noinline)) static

struct slot {
        mori_process process;
        bool started, finished, told, killed, stopped;
        int starter, kind, code;
        unsigned flags;
        bool linked[SLOTS]; /* both ways */
};

static struct world {
        struct slot slot[SLOTS];
        int started;
} world;

static unsigned long alive_all, ends_all, kinds_all[MORI_END_LINKED + 1];

SYNC struct slot *at(int slot)
{
        return &world.slot[slot];
}

/* Something runs in the process of the slot: it must be allowed to. */
SYNC void lives_still(int self)
{
        HOLD(!world.slot[self].told);
        HOLD(!world.slot[self].killed);
}

/* An end was told. */
SYNC void told(int of, const struct mori_end *end)
{
        struct slot *slot = &world.slot[of];

        HOLD(end->kind != MORI_END_NONE);
        HOLD(end->process.word == slot->process.word);
        if (slot->told) {
                HOLD(slot->kind == (int)end->kind && slot->code == end->code);
                return;
        }
        slot->told = true;
        slot->kind = (int)end->kind;
        slot->code = end->code;
        ends_all++;
        kinds_all[end->kind]++;
        HOLD((end->kind == MORI_END_RETURNED) <= slot->finished);
        HOLD(end->kind != MORI_END_RETURNED || end->code == of);
        HOLD(end->kind != MORI_END_STOPPED || slot->stopped);
        HOLD(end->kind != MORI_END_LINKED || end->causes_count > 0);
        HOLD(end->kind != MORI_END_ABANDONED && end->kind != MORI_END_FAILED);
}

static async int waits_in_queue(mori_queue *queue)
{
        int item;

        return await mori_queue_receive(queue, &item);
}

/* All kinds of things under way, for some time. */
static async void is_busy(int self)
{
        mori_file pipe[2];
        char bytes[8];

        switch (draw(5)) {
        case 0:
                HOLD(await mori_sleep(MORI_US(draw(400))) <= 0);
                break;
        case 1:
                if (mori_pipe(pipe) == 0) {
                        within(MORI_US(draw(300)))
                        {
                                HOLD(await mori_file_read(pipe[0], bytes, sizeof bytes) < 0);
                        }
                        HOLD(await mori_file_close(pipe[0]) <= 0);
                        HOLD(await mori_file_close(pipe[1]) <= 0);
                }
                break;
        case 2: {
                mori_queue *queue = mori_queue_new(1, sizeof(int));

                scope
                {
                        Async(int) waiter = start(waits_in_queue, queue);

                        HOLD(await mori_sleep(MORI_US(draw(200))) <= 0);
                        cancel(waiter);
                        HOLD(join(waiter) < 0);
                }
                mori_queue_free(queue);
                break;
        }
        default:
                (void)await mori_yield();
                break;
        }
        lives_still(self);
}

static async int lives(void *argument);

/* A slot for a process that is about to be started; below 0 where there is none. */
SYNC int slot_new(int self, unsigned flags)
{
        int slot = world.started;

        if (slot == SLOTS)
                return -1;
        world.started++;
        world.slot[slot] = (struct slot){.started = true, .starter = self, .flags = flags};
        if (flags & MORI_PROCESS_LINKED)
                world.slot[slot].linked[self] = world.slot[self].linked[slot] = true;
        return slot;
}

SYNC void world_begin(void)
{
        memset(&world, 0, sizeof world);
        world.slot[0].started = world.slot[1].started = true;
        world.started = 2;
}

static async void starts_one(int self)
{
        struct mori_process_options options = {.flags = draw(4)};
        int slot = slot_new(self, options.flags), error;

        if (slot < 0)
                return;
        error = await mori_process_start(lives, &slot, sizeof slot, &options, &at(slot)->process);
        HOLD(error == 0);
        lives_still(self);
}

static async void waits_for(int self, int other)
{
        struct mori_end end;

        if (!at(other)->started || at(other)->process.word == 0 || other == self)
                return;
        within(MORI_US(draw(1000)))
        {
                int result = await mori_process_wait(at(other)->process, &end);

                HOLD(result == 0 || result == -ESRCH || result == -ECANCELED ||
                     result == -ETIMEDOUT);
                if (result == 0)
                        told(other, &end);
        }
        lives_still(self);
}

SYNC void acts_on(int self, int other)
{
        struct slot *slot = &world.slot[other];
        struct mori_end end;

        if (!slot->started || slot->process.word == 0 ||
            mori_process_end(slot->process, &end) != 0 || end.kind != MORI_END_NONE)
                return;
        switch (draw(4)) {
        case 0:
                HOLD(mori_process_kill(slot->process) == 0);
                slot->killed = other != self;
                break;
        case 1:
                HOLD(mori_process_stop(slot->process, MORI_US(draw(500))) == 0);
                slot->stopped = true;
                break;
        case 2:
                if (other != self && mori_process_link(slot->process) == 0)
                        slot->linked[self] = world.slot[self].linked[other] = true;
                break;
        default:
                if (other != self && mori_process_unlink(slot->process) == 0)
                        slot->linked[self] = world.slot[self].linked[other] = false;
                break;
        }
}

static async int lives(void *argument)
{
        int self = *(int *)argument, long_sleep = self != 1 && draw(3) == 0;

        lives_still(self);
        for (int i = (int)draw(STEPS); i-- > 0 && mori_cancelled() == 0;) {
                lives_still(self);
                switch (draw(5)) {
                case 0:
                        await starts_one(self);
                        break;
                case 1:
                        await waits_for(self, (int)draw(SLOTS));
                        break;
                case 2:
                        acts_on(self, (int)draw(SLOTS));
                        break;
                default:
                        await is_busy(self);
                        break;
                }
        }
        if (long_sleep && await mori_sleep(MORI_S(1000)) == -ECANCELED)
                lives_still(self);
        at(self)->finished = true;
        return self;
}

SYNC bool is_gone(int slot)
{
        struct mori_end end;

        if (mori_process_end(world.slot[slot].process, &end) != 0)
                return true;
        if (end.kind != MORI_END_NONE)
                told(slot, &end);
        return end.kind != MORI_END_NONE;
}

/* Everything has been quiet for long: who is to be gone is gone. */
SYNC void check_all(void)
{
        for (int i = 1; i < world.started; i++) {
                const struct slot *slot = &world.slot[i];

                if (slot->process.word == 0 || is_gone(i))
                        continue; /* or its start was not told, for who started it was killed */
                alive_all++;
                HOLD(!slot->killed && !slot->stopped);
                HOLD(!(slot->flags & MORI_PROCESS_OWNED) || slot->starter == 0 ||
                     !is_gone(slot->starter));
                for (int j = 1; j < world.started; j++)
                        HOLD(!slot->linked[j] || !is_gone(j)); /* none returns 0 */
        }
}

static async int program(int argc, char **argv)
{
        struct mori_end end;
        int slot = 1;

        (void)argc;
        (void)argv;
        world_begin();
        HOLD(await mori_process_start(lives, &slot, sizeof slot, NULL, &at(1)->process) == 0);
        for (int i = 0; i < 12; i++) {
                await starts_one(0);
                HOLD(await mori_sleep(MORI_US(draw(300))) == 0);
                if (draw(3) == 0)
                        acts_on(0, 1 + (int)draw(SLOTS - 1));
        }
        HOLD(await mori_process_wait(at(1)->process, &end) == 0);
        told(1, &end);
        HOLD(await mori_sleep(draw(8) == 0 ? MORI_US(draw(400)) : MORI_S(1)) == 0);
        if (mori_now() > MORI_S(1))
                check_all();
        return 0;
}

/* What was linked to the program's first process may take it along: it traps. */
static async int first(int argc, char **argv)
{
        mori_process_trap(true);
        return await program(argc, argv);
}

static void hears(const char *line, size_t bytes)
{
        if (memmem(line, bytes, "deadlock", 8) != NULL) {
                fprintf(stderr, "%.*s", (int)bytes, line);
                broken(__LINE__, "a deadlock");
        }
}

static void run(void)
{
        HOLD(seeded_program(first) == 0);
}

int main(int argc, char **argv)
{
        if (!seeded_arguments(argc, argv))
                return 2;
        base_report_to(hears);
        seeded_runs(run);
        printf("%llu seeds: %lu ends told: %lu returned, %lu stopped, %lu killed, %lu linked; %lu "
               "lived on\n",
               (unsigned long long)seeded.count, ends_all, kinds_all[MORI_END_RETURNED],
               kinds_all[MORI_END_STOPPED], kinds_all[MORI_END_KILLED], kinds_all[MORI_END_LINKED],
               alive_all);
        return seeded.bug || kinds_all[MORI_END_RETURNED] < seeded.count ||
               kinds_all[MORI_END_STOPPED] * 10 < seeded.count ||
               kinds_all[MORI_END_KILLED] * 10 < seeded.count ||
               kinds_all[MORI_END_LINKED] * 10 < seeded.count || alive_all * 10 < seeded.count;
}
