/* SPDX-License-Identifier: MIT */
/* What the processes of objects.c have: references, objects; and what may happen to them. */
#pragma once

#include "objects_model.h"

#include <mori/process.h>

#define BAG_MAX 12

/* A reference that a process has. */
struct held {
        mori_ref ref;
        int channel;
};

static struct bag {
        struct held held[BAG_MAX];
        int count;
        bool is_closed;
        mori_process process;
} bags[SLOTS];

/* Until somebody is killed; below 0: nobody is. */
static int kill_in;

static unsigned long kills_all, gone_all;

SYNC bool is_closed(int self)
{
        return bags[self].is_closed;
}

/* Something of it runs: it must be allowed to. */
SYNC void lives_still(int self)
{
        HOLD(!world.is_dead[self] || world.is_dying[self]);
}

/* A point between two messages. */
SYNC void boundary(int self)
{
        int victim;

        lives_still(self);
        if (kill_in < 0 || kill_in-- > 0)
                return;
        kill_in = draw(3) == 0 ? -1 : (int)draw(100);
        victim = 1 + (int)draw(SLOTS - 1);
        if (world.is_dead[victim])
                return;
        kills_all++;
        world.is_dying[victim] = victim == self; /* its turn goes on */
        HOLD(mori_process_kill(bags[victim].process) == 0);
        world.is_dead[victim] = true;
}

/* ---- Bags */

SYNC void held_drop(struct held held)
{
        if (held.ref.word == 0)
                return;
        mori_ref_drop(held.ref);
        world.channels[held.channel].handles--;
}

SYNC struct held held_of(mori_ref ref, int channel)
{
        world.channels[channel].handles++;
        return (struct held){ref, channel};
}

SYNC struct held held_copy(struct held held)
{
        mori_ref copy;

        HOLD(mori_ref_copy(held.ref, &copy) == 0);
        return held_of(copy, held.channel);
}

/* Takes none, too. */
SYNC void bag_add(int self, struct held held)
{
        struct bag *bag = &bags[self];

        if (bag->is_closed || held.ref.word == 0) {
                held_drop(held);
        } else if (bag->count < BAG_MAX) {
                bag->held[bag->count++] = held;
        } else {
                unsigned at = draw(BAG_MAX);

                held_drop(bag->held[at]);
                bag->held[at] = held;
        }
}

/* A copy of one; none where there is none. */
SYNC struct held bag_draw(int self)
{
        const struct bag *bag = &bags[self];

        if (bag->count == 0)
                return (struct held){MORI_NO_REF, -1};
        return held_copy(bag->held[draw((unsigned)bag->count)]);
}

SYNC void bag_drop_one(int self)
{
        struct bag *bag = &bags[self];
        struct held held;
        unsigned at;

        if (bag->count < 3)
                return;
        at = draw((unsigned)bag->count);
        held = bag->held[at];
        bag->held[at] = bag->held[--bag->count];
        held_drop(held);
}

SYNC void bag_close(int self)
{
        bags[self].is_closed = true;
        while (bags[self].count > 0)
                held_drop(bags[self].held[--bags[self].count]);
}

/* ---- Objects */

SYNC void node_gone(void *self)
{
        struct node *node = self;

        HOLD(!node->gone && !node->writer && node->readers == 0);
        lives_still(node->owner);
        node->gone = true;
        gone_all++;
        for (int i = 0; i < world.channels_count; i++)
                HOLD(world.channels[i].handles == 0 || object_of_channel(i) != node->number ||
                     world.is_dead[world.channels[i].holder] || !is_sound(i));
}

static const int node_table;

/* A new object of the running process; none where there are too many. */
SYNC struct held object_make(int self, int number)
{
        int channel = number < 0 ? -1 : channel_make(self, -1, -1, number, false);
        mori_ref ref;

        if (channel < 0)
                return (struct held){MORI_NO_REF, -1};
        HOLD(mori_object_new(&node_interface, &node_table, &world.objects[number], node_gone,
                             &ref) == 0);
        return held_of(ref, channel);
}
