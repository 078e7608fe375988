/* SPDX-License-Identifier: MIT */
/*
 * What must be true of calls between objects: the model of objects.c.
 *
 * Nouns.
 *   slot     a process. Slot 0 is the program's first one, which is never killed.
 *   channel  what calls are in order over: a reference and its copies in one process. Where it came
 *            from is known: over another channel of whoever passed it on (`parent`, up to the call
 *            number `base` of that one), with a call (`via`), among its parameters or results.
 *   call     is numbered over all (its serial), and over its channel.
 *   broken   an object that has failed a call of a stream: nothing is served by it any more.
 *   flushed  a call over a channel that was flushed then: what was called later comes behind it,
 *            over whatever channel.
 *   sound    a channel all of whose ways are there: no process on them was killed, and all that it
 *            was promised by has brought a reference, or still may.
 */
#pragma once

#include "objects_node.h"
#include "seeded.h"

#include <mori/activity.h>

#include <errno.h>

#define SLOTS        7
#define OBJECTS_MAX  512
#define CALLS_MAX    4096
#define CHANNELS_MAX 8192

#define SYNC         MORI_NONBLOCKING __attribute__((noinline)) static

enum { DOES_NOTHING, DOES_YIELD, DOES_SLEEP, DOES_FAIL, DOES_CALL, DOES_COUNT };

struct node {
        int owner;
        int number;
        bool made, gone, writer, broken, may_be_broken;
        int readers;
        /* of those that were served, the last to begin; and to write */
        unsigned begun, begun_write;
};

struct channel {
        int holder, parent, via, object; /* -1: none, or not known yet */
        bool promised;                   /* by the results of `via` */
        bool loops;                      /* it leads to itself */
        unsigned base, sequence;
        unsigned floor, floor_write; /* the last one that was served, and the last to write */
        unsigned seen;
        int handles;
        bool failed; /* a stream over it: its calls answer that */
};

struct call {
        int caller, channel, under; /* under: the call that is served meanwhile, or -1 */
        unsigned sequence;
        int method, does;
        int64_t deadline;
        int node_channel, result_channel; /* of what it passes, and of what it brings; or -1 */
        bool is_sent, is_cancelled;
        bool failed_before; /* the stream that it is a call of */
        int direct; /* the process that it goes to, without anybody between, or -1 */
        int served; /* how often */
        bool done, gave;
        int result;
        bool answered, arrived; /* arrived: with 0, before it was cancelled */
        unsigned begun, flushed; /* when it was made, counting calls, and flushed; or 0 */
};

static struct world {
        struct node objects[OBJECTS_MAX];
        struct channel channels[CHANNELS_MAX];
        struct call calls[CALLS_MAX];
        int objects_count, channels_count, calls_count;
        bool is_dead[SLOTS], is_dying[SLOTS];
        bool is_flooded;
        bool floods_often; /* a seed of many floods */
        bool is_looped; /* references hold one another through processes: they are not freed */
        unsigned stamp;
        unsigned begun; /* calls, and flushes that have ended */
} world;

/* ---- Making */

static int node_make(int owner)
{
        if (world.objects_count == OBJECTS_MAX)
                return -1;
        world.objects[world.objects_count] =
                (struct node){.owner = owner, .number = world.objects_count, .made = true};
        return world.objects_count++;
}

static int channel_make(int holder, int parent, int via, int object, bool promised)
{
        if (world.channels_count == CHANNELS_MAX)
                return -1;
        world.channels[world.channels_count] =
                (struct channel){.holder = holder,
                                 .parent = parent,
                                 .via = via,
                                 .object = object,
                                 .promised = promised,
                                 .base = parent >= 0 ? world.channels[parent].sequence : 0};
        return world.channels_count++;
}

/* ---- What holds of ways */

/*
 * Does it lead to where another one leads, or comes when that has come? *ret_near: and all the ways
 * are in one process, which finds that out.
 */
static bool depends(int channel, int on, bool *ret_near)
{
        int holder = world.channels[on].holder;
        bool found = false;

        *ret_near = true;
        while (channel >= 0) {
                const struct channel *at = &world.channels[channel];

                *ret_near = *ret_near && at->holder == holder;
                if (channel == on) { /* and where that is called */
                        if (found)
                                break;
                        found = true;
                }
                if (at->parent >= 0)
                        channel = at->parent;
                else if (at->promised && (found || !world.calls[at->via].done))
                        channel = world.calls[at->via].channel;
                else
                        channel = -1;
        }
        return found;
}

static int object_of_channel(int channel)
{
        while (world.channels[channel].object < 0) {
                channel = world.channels[channel].parent;
                if (channel < 0)
                        return -1;
        }
        return world.channels[channel].object;
}

static bool may_be_cancelled_from(int serial);

/* Or perhaps: its failure may have overtaken that nobody wanted it any more. */
static bool leads_to_broken(int channel)
{
        int object = object_of_channel(channel);

        return object >= 0 && world.objects[object].may_be_broken;
}

/* Each channel is looked at once. */
static bool is_sound_from(int channel)
{
        struct channel *at = &world.channels[channel];

        if (at->seen == world.stamp)
                return true;
        at->seen = world.stamp;
        if (world.is_dead[at->holder] || at->loops)
                return false;
        if (at->object >= 0 && world.is_dead[world.objects[at->object].owner])
                return false;
        if (at->via >= 0) {
                const struct call *via = &world.calls[at->via];

                if (at->promised && via->done && (via->result < 0 || !via->gave))
                        return false;
                if (at->promised && !via->done && leads_to_broken(via->channel))
                        return false;
                if (at->promised && !via->arrived && may_be_cancelled_from(at->via))
                        return false;
                if (world.is_dead[via->caller] || !is_sound_from(via->channel))
                        return false;
        }
        return at->parent < 0 || is_sound_from(at->parent);
}

/* May the call have been cancelled, by its caller or because nobody waits for it any more? */
static bool may_be_cancelled_from(int serial)
{
        while (serial >= 0) {
                const struct call *call = &world.calls[serial];

                if (call->is_cancelled || mori_now() >= call->deadline ||
                    world.is_dead[call->caller] || !is_sound_from(call->channel))
                        return true;
                serial = call->under;
        }
        return false;
}

static bool is_sound(int channel)
{
        world.stamp++;
        return is_sound_from(channel);
}

static bool may_be_cancelled(int serial)
{
        world.stamp++;
        return may_be_cancelled_from(serial);
}

/* ---- What holds of calls */

static bool is_direct(int channel)
{
        const struct channel *at = &world.channels[channel];

        return at->parent < 0 && !at->promised;
}

/* Was it promised, or passed on from what was? */
static bool is_promised(int channel)
{
        while (channel >= 0 && !world.channels[channel].promised)
                channel = world.channels[channel].parent;
        return channel >= 0;
}

static bool may_answer(const struct call *call, int error)
{
        if (call->direct >= 0 && (error == -ECONNRESET || error == -ELOOP || error == -EBADF))
                return error == -ECONNRESET && world.is_dead[call->direct];
        switch (error) {
        case -EDOM:
                return (call->done && call->result == error) || leads_to_broken(call->channel) ||
                       !is_sound(call->channel);
        case -ECANCELED:
        case -ETIMEDOUT:
                return may_be_cancelled((int)(call - world.calls));
        case -EDEADLK: /* made by who is served; or it was to bring what is called */
                return (call->done && call->result == error) ||
                       (call->served == 0 && (call->under >= 0 || !is_direct(call->channel)));
        case -ECONNRESET:
        case -ELOOP:
                return !is_sound(call->channel);
        case -EOVERFLOW: /* a flood fills lanes */
                return world.is_flooded && (call->is_sent || is_promised(call->channel));
        case -EBADF: /* so does it for the call that was to bring what is called */
                return (world.is_flooded && !is_direct(call->channel)) || !is_sound(call->channel);
        default:
                return false;
        }
}
