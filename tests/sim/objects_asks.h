/* SPDX-License-Identifier: MIT */
/*
 * A call of objects.c, from when it is made until it is answered: what it asks, and what it may be
 * answered.
 */
#pragma once

#include "object/connection.h"

#include "objects_held.h"

#include <stdlib.h>
#include <string.h>

#define NEVER    INT64_MAX
#define DATA_MAX (LANE_RECORD_MAX + 4000)

static unsigned long calls_all, good_all, failed_all, broken_all, pipelined_all, passed_all,
        overflown_all, cancelled_all, circles_all, handed_all, thens_all,
        pushes_all, pushes_failed_all, flushes_all;

static uint8_t data_bytes[DATA_MAX];

SYNC struct call *call_at(int serial)
{
        return &world.calls[serial];
}

/* Of a flood there is much; else now and then more than a lane takes at all, which goes beside. */
SYNC struct mori_wire_data data_draw(bool floods)
{
        uint32_t count = draw(8) == 0 ? LANE_RECORD_MAX + draw(4000) : draw(64);

        if (floods) {
                world.is_flooded = true;
                count = LANE_RECORD_MAX / 2 + draw(LANE_RECORD_MAX / 2 - 200); /* six are a lane */
        }

        return (struct mori_wire_data){data_bytes, count};
}

/* What a call is about, and whose. */
struct asks {
        int self, under;
        bool floods, pushes;
        struct held on; /* what is called: its copy, which is dropped at the end */
        struct held passes;
        int serial; /* -1: not yet */
        const struct mori_method *method;
        struct node_call call;
};

/* The process that a reference leads to without anybody between, by the runtime's tables; or -1. */
SYNC int direct_to(struct held held)
{
        const struct capability *capability = reference_find(process_self()->objects, held.ref);
        int object = object_of_channel(held.channel);
        int owner = object >= 0 ? world.objects[object].owner : -1;
        const struct connection *there;

        if (owner < 0 || world.is_dead[owner] || capability->kind != CAPABILITY_IMPORT ||
            capability->elsewhere != 0 ||
            process_handle(capability->import.connection->other->bell.process) !=
                    bags[owner].process.word)
                return -1;
        /* and not to what is known to be broken there */
        there = capability->import.connection->other->connection;
        capability = there != NULL ? export_at(there, capability->import.id) : NULL;
        while (capability != NULL && capability->kind == CAPABILITY_SAME)
                capability = capability->same;
        return capability != NULL && capability->kind == CAPABILITY_OBJECT ? owner : -1;
}

SYNC int method_draw(void)
{
        int method = (int)draw(NODE_METHODS - 1);

        return method >= NODE_PUSH ? method + 1 : method;
}

/* Prepares a call over what was drawn. False: there is nothing to be called. */
SYNC bool asks_begin(struct asks *asks, struct held on, int64_t limit, bool is_sent)
{
        struct channel *channel;
        struct call *call;

        asks->on = on;
        if (on.ref.word == 0)
                return false;
        if (world.calls_count == CALLS_MAX || is_closed(asks->self)) {
                held_drop(on);
                return false;
        }
        boundary(asks->self);
        calls_all++;
        asks->serial = world.calls_count++;
        channel = &world.channels[on.channel];
        call = call_at(asks->serial);
        *call = (struct call){.caller = asks->self,
                              .channel = on.channel,
                              .under = asks->under,
                              .sequence = ++channel->sequence,
                              .method = asks->floods   ? NODE_SHOW
                                        : asks->pushes ? NODE_PUSH
                                                       : method_draw(),
                              .begun = ++world.begun,
                              .does = (int)draw(DOES_COUNT),
                              .deadline = limit > 0 ? mori_now() + limit : NEVER,
                              .node_channel = -1,
                              .result_channel = -1,
                              .direct = direct_to(on),
                              .is_sent = is_sent};
        handed_all += call->direct >= 0 && channel->parent >= 0 &&
                      world.channels[channel->parent].holder != call->direct &&
                      world.channels[channel->parent].holder != asks->self;
        asks->method = &node_methods[call->method];
        asks->call = (struct node_call){.serial = (uint32_t)asks->serial};
        asks->passes = (struct held){MORI_NO_REF, -1};
        if (call->method < NODE_TRADE)
                return true;
        asks->call.data = data_draw(asks->floods);
        call->result_channel = channel_make(asks->self, -1, asks->serial, -1, true);
        if (draw(3) != 0)
                asks->passes = bag_draw(asks->self);
        if (asks->passes.ref.word != 0)
                call->node_channel =
                        channel_make(asks->self, asks->passes.channel, asks->serial, -1, false);
        if (call->node_channel >= 0 && call->result_channel >= 0)
                asks->call.node = asks->passes.ref;
        return true;
}

/* The answer is there. */
SYNC void asks_end(struct asks *asks, int error)
{
        struct call *call = call_at(asks->serial);

        boundary(asks->self);
        HOLD(!call->answered);
        call->answered = true;
        if (error == 0) {
                good_all++;
                call->arrived = !may_be_cancelled(asks->serial);
                HOLD(call->served == 1 && call->done && call->result == 0);
                HOLD(asks->call.ret_serial == (uint32_t)asks->serial);
                HOLD((asks->call.ret_node.word != 0) == call->gave);
                if (call->method >= NODE_TRADE)
                        HOLD(asks->call.ret_data.count == asks->call.data.count &&
                             memcmp(asks->call.ret_data.bytes, data_bytes, asks->call.data.count) ==
                                     0);
                if (call->gave)
                        bag_add(asks->self, held_of(asks->call.ret_node, call->result_channel));
        } else {
                failed_all++;
                broken_all += error == -ECONNRESET;
                overflown_all += error == -EOVERFLOW;
                cancelled_all += error == -ECANCELED || error == -ETIMEDOUT;
                if (!may_answer(call, error)) {
                        fprintf(stderr,
                                "call %d of process %d answers %d: method %d, does %d, "
                                "direct to %d\n",
                                asks->serial, asks->self, error, call->method, call->does,
                                call->direct);
                        for (int at = call->channel; at >= 0; at = world.channels[at].parent)
                                fprintf(stderr, "  over channel %d of process %d%s\n", at,
                                        world.channels[at].holder,
                                        world.channels[at].promised ? ", promised" : "");
                        broken(__LINE__, "a call fails as it may");
                }
        }
        mori_call_free(&asks->call.head);
        held_drop(asks->on);
        held_drop(asks->passes);
}
