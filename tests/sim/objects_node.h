/* SPDX-License-Identifier: MIT */
/*
 * The interface that objects.c calls, as capnpc-mori makes one, written by hand:
 *
 *      interface Node {
 *        mark  @0 (serial :UInt32) -> (serial :UInt32);
 *        look  @1 (serial :UInt32) -> (serial :UInt32) $Mori.readonly;
 *        again @2 (serial :UInt32) -> (serial :UInt32) $Mori.reentrant;
 *        push  @3 (serial :UInt32) -> stream;
 *        trade @4 (serial :UInt32, node :Node, data :Data)
 *              -> (serial :UInt32, node :Node, data :Data);
 *        show  @5 (...the same) $Mori.readonly;
 *      }
 *
 * What a call is to do is not in it: the model knows that by its serial.
 */
#pragma once

#include <mori/keywords.h>
#include <mori/object.h>
#include <mori/wire.h>
#include <mori/wire_build.h>

enum { NODE_MARK, NODE_LOOK, NODE_AGAIN, NODE_PUSH, NODE_TRADE, NODE_SHOW, NODE_METHODS };

struct node_call {
        struct mori_call_head head;
        uint32_t serial;
        mori_ref node;
        struct mori_wire_data data;
        uint32_t ret_serial;
        mori_ref ret_node;
        struct mori_wire_data ret_data;
};

/* Every method is served by this one. */
static async int node_serves(void *self, struct node_call *call);

static async int node_serve(const void *server, void *self, void *call)
{
        (void)server;
        return await node_serves(self, call);
}

static int node_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct node_call *call = of;
        int error;

        mori_wire_put_u32(to, 0, call->serial, 0);
        if (to->pointer_count == 0)
                return 0;
        error = mori_wire_put_reference(mori_wire_writer_slot(to, 0), call->node.word);
        return error < 0 ? error
                         : mori_wire_new_data(mori_wire_writer_slot(to, 1), call->data.bytes,
                                              call->data.count);
}

static int node_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct node_call *call = of;
        int error;

        mori_wire_put_u32(to, 0, call->ret_serial, 0);
        if (to->pointer_count == 0)
                return 0;
        error = mori_wire_put_reference(mori_wire_writer_slot(to, 0), call->ret_node.word);
        return error < 0 ? error
                         : mori_wire_new_data(mori_wire_writer_slot(to, 1), call->ret_data.bytes,
                                              call->ret_data.count);
}

static int node_get_flat_params(void *of, const struct mori_wire_reader *from)
{
        ((struct node_call *)of)->serial = mori_wire_u32(from, 0, 0);
        return 0;
}

static int node_get_flat_results(void *of, const struct mori_wire_reader *from)
{
        ((struct node_call *)of)->ret_serial = mori_wire_u32(from, 0, 0);
        return 0;
}

static int node_get_params(void *of, const struct mori_wire_reader *from)
{
        struct node_call *call = of;

        call->node.word = mori_wire_read_reference(mori_wire_reader_pointer(from, 0));
        call->data = mori_wire_read_data(mori_wire_reader_pointer(from, 1));
        return node_get_flat_params(of, from);
}

static int node_get_results(void *of, const struct mori_wire_reader *from)
{
        struct node_call *call = of;

        call->ret_node.word = mori_wire_read_reference(mori_wire_reader_pointer(from, 0));
        call->ret_data = mori_wire_read_data(mori_wire_reader_pointer(from, 1));
        return node_get_flat_results(of, from);
}

#define NODE_ID 0xd00000000000000dull

#define NODE_FLAT(name, ordinal, flags)                                                            \
        {                                                                                          \
                name, NODE_ID, ordinal, flags, sizeof(struct node_call), 1, 0, 1, 0, node_serve,   \
                        node_put_params, node_get_flat_params, node_put_results,                   \
                        node_get_flat_results                                                      \
        }
#define NODE_WHOLE(name, ordinal, flags)                                                           \
        {                                                                                          \
                name, NODE_ID, ordinal, flags, sizeof(struct node_call), 1, 2, 1, 2, node_serve,   \
                        node_put_params, node_get_params, node_put_results, node_get_results       \
        }

static const struct mori_method node_methods[NODE_METHODS] = {
        NODE_FLAT("Node.mark", NODE_MARK, 0),
        NODE_FLAT("Node.look", NODE_LOOK, MORI_METHOD_READONLY),
        NODE_FLAT("Node.again", NODE_AGAIN, MORI_METHOD_REENTRANT),
        {"Node.push", NODE_ID, NODE_PUSH, MORI_METHOD_STREAM, sizeof(struct node_call), 1, 0, 0, 0,
         node_serve, node_put_params, node_get_flat_params, NULL, NULL},
        NODE_WHOLE("Node.trade", NODE_TRADE, 0),
        NODE_WHOLE("Node.show", NODE_SHOW, MORI_METHOD_READONLY),
};
static const struct mori_interface_part node_parts[] = {
        {NODE_ID, 0, node_methods, NODE_METHODS},
};
static const struct mori_interface node_interface = {"Node", 1, node_parts};
