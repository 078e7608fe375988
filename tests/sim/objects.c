/* SPDX-License-Identifier: MIT */
/*
 * Objects against a model (objects_model.h): random programs of processes that make objects, call
 * them, near and far, pulled and sent (joined, dropped, or with a callback), over promises and
 * promises of those, pass references on as parameters and results, copy and drop them, cancel
 * calls, and are killed: at a step that the seed chooses, of which each lies between two messages.
 * Over many seeds (seeded.h).
 *
 *   - What was answered with 0 was served, once; what was served is not served again.
 *   - A call fails as the model allows: who is alive and can be reached answers.
 *   - Calls over one reference arrive in order; a reference that is passed on takes that along.
 *   - A reference leads to the object that was meant, which is not gone.
 *   - One writes at a time, and nobody reads meanwhile.
 *   - Every call is answered: the program comes to its end, with nothing left in any table.
 */
#include "object/table.h" /* before the keywords */

#include "objects_held.h"

#define PROMISES_MAX 5
#define STEPS        14
#define NEVER        INT64_MAX
#define DATA_MAX     (LANE_RECORD_MAX + 4000)
/* When nobody begins anything new any more, when all has been dropped, when that has arrived. */
#define ENDS_AT      MORI_S(1)
#define EMPTY_AT     MORI_S(2)
#define OVER_AT      MORI_S(3)

static unsigned long calls_all, good_all, failed_all, broken_all, pipelined_all, passed_all,
        overflown_all, cancelled_all, circles_all, handed_all, thens_all;

static uint8_t data_bytes[DATA_MAX];

SYNC struct call *call_at(int serial)
{
        return &world.calls[serial];
}

/* ---- Calling */

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
        bool floods;
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
                              .method = asks->floods ? NODE_SHOW : (int)draw(NODE_METHODS),
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

static async void pulls_with(struct asks *asks, struct held on, int64_t limit)
{
        int error = 0;

        if (!asks_begin(asks, on, limit, false))
                return;
        if (limit > 0) {
                within(limit)
                {
                        error = await mori_object_call(asks->on.ref, asks->method, &asks->call);
                }
        } else {
                error = await mori_object_call(asks->on.ref, asks->method, &asks->call);
        }
        asks_end(asks, error);
}

static async void pulls(int self, int under, struct held on, int64_t limit)
{
        struct asks asks = {.self = self, .under = under, .serial = -1};

        await pulls_with(&asks, on, limit);
}

SYNC void is_cancelled(const struct asks *asks)
{
        if (asks->serial >= 0)
                call_at(asks->serial)->is_cancelled = true;
}

static async void pulls_and_cancels(int self, struct held on)
{
        struct asks asks = {.self = self, .under = -1, .serial = -1};

        scope {
                Async(void) call = start(pulls_with, &asks, on, (int64_t)0);

                HOLD(await mori_sleep(MORI_US(draw(100))) == 0);
                is_cancelled(&asks);
                cancel(call);
                join(call);
        }
}

static async void pulls_much(int self, struct held on)
{
        struct asks asks = {.self = self, .under = -1, .floods = true, .serial = -1};

        await pulls_with(&asks, on, 0);
}

/* ---- Serving */

SYNC void serve_begin(struct node *node, const struct node_call *wire)
{
        int serial = (int)wire->serial;
        struct call *call = call_at(serial);
        bool writes = !(node_methods[call->method].flags);

        HOLD(serial < world.calls_count);
        boundary(node->owner);
        HOLD(!node->gone);
        HOLD(object_of_channel(call->channel) == node->number);
        HOLD(++call->served == 1);
        HOLD((wire->node.word != 0) == (call->node_channel >= 0));
        if (call->method == NODE_AGAIN) /* it comes before who waits */
                return;
        HOLD(!node->writer && (!writes || node->readers == 0));
        if (writes)
                node->writer = true;
        else
                node->readers++;
        for (int at = call->channel, to = (int)call->sequence, first = 1; at >= 0; first = 0) {
                struct channel *channel = &world.channels[at];

                if (first)
                        HOLD(to > (int)(writes ? channel->floor : channel->floor_write));
                if (to > (int)channel->floor)
                        channel->floor = (unsigned)to;
                if (writes && to > (int)channel->floor_write)
                        channel->floor_write = (unsigned)to;
                to = (int)channel->base;
                at = channel->parent;
        }
}

/* The reference among the results, and from where the caller has it. */
SYNC void gives(struct node *node, struct node_call *wire, struct call *call)
{
        struct channel *result = &world.channels[call->result_channel];
        struct held from = {MORI_NO_REF, -1};
        bool near;

        switch (draw(4)) {
        case 0:
                from = object_make(node->owner, node_make(node->owner));
                break;
        case 1:
                from = bag_draw(node->owner);
                break;
        case 2:
                if (wire->node.word != 0)
                        from = held_copy((struct held){wire->node, call->node_channel});
                break;
        default:
                break;
        }
        if (from.ref.word == 0)
                return;
        if (depends(from.channel, call->result_channel, &near)) {
                if (!near || call->caller != node->owner) {
                        if (draw(8) != 0) {
                                held_drop(from);
                                return;
                        }
                        world.is_looped = true;
                }
                result->loops = true;
        } else {
                result->parent = from.channel;
                result->base = world.channels[from.channel].sequence;
        }
        passed_all++;
        call->gave = true;
        world.channels[from.channel].handles--;
        wire->ret_node = from.ref;
}

SYNC int serve_end(struct node *node, struct node_call *wire, int error)
{
        struct call *call = call_at((int)wire->serial);
        uint8_t *data;

        boundary(node->owner);
        if (call->method != NODE_AGAIN) {
                if (node_methods[call->method].flags == 0)
                        node->writer = false;
                else
                        node->readers--;
        }
        if (error < 0)
                HOLD(may_be_cancelled((int)wire->serial));
        if (call->does == DOES_FAIL)
                error = -EDOM;
        if (wire->node.word != 0 && draw(2) == 0)
                bag_add(node->owner, held_copy((struct held){wire->node, call->node_channel}));
        if (error == 0 && call->method >= NODE_TRADE && call->result_channel >= 0) {
                gives(node, wire, call);
                data = mori_call_alloc(&wire->head, wire->data.count + 1);
                HOLD(data != NULL);
                if (wire->data.count != 0)
                        memcpy(data, wire->data.bytes, wire->data.count);
                wire->ret_data = (struct mori_wire_data){data, wire->data.count};
        }
        wire->ret_serial = wire->serial;
        call->done = true;
        call->result = error;
        return error;
}

/* What is called from a call: what was passed, or something that the process has. */
SYNC struct held nested_draw(const struct node *node, const struct node_call *wire)
{
        if (wire->node.word != 0 && draw(2) == 0)
                return held_copy(
                        (struct held){wire->node, call_at((int)wire->serial)->node_channel});
        return bag_draw(node->owner);
}

static async int node_serves(void *self, struct node_call *call)
{
        struct node *node = self;
        int error = 0;

        serve_begin(node, call);
        switch (call_at((int)call->serial)->does) {
        case DOES_YIELD:
                error = await mori_yield();
                break;
        case DOES_SLEEP:
                error = await mori_sleep(MORI_US(1 + draw(100)));
                break;
        case DOES_CALL:
                await pulls(node->owner, (int)call->serial, nested_draw(node, call),
                            MORI_US(1 + draw(300)));
                break;
        default:
                break;
        }
        return serve_end(node, call, error);
}

/* ---- Promises */

struct promise {
        struct asks asks;
        mori_sent sent;
        bool is_there;
};

SYNC void sends(struct promise *promise, int self, struct held on)
{
        promise->asks = (struct asks){.self = self, .under = -1, .serial = -1};
        promise->is_there = asks_begin(&promise->asks, on, 0, true);
        if (!promise->is_there)
                return;
        promise->sent =
                mori_object_send(promise->asks.on.ref, promise->asks.method, &promise->asks.call);
        boundary(self);
}

/* A reference to what was promised: a copy, which is ours. */
SYNC struct held promised(struct promise *promise)
{
        static const uint16_t path[] = {0};
        int channel = promise->is_there ? call_at(promise->asks.serial)->result_channel : -1;
        mori_ref ref;

        if (channel < 0)
                return (struct held){MORI_NO_REF, -1};
        ref = mori_sent_ref(promise->sent, path, 1);
        if (ref.word == 0)
                return (struct held){MORI_NO_REF, -1};
        pipelined_all++;
        return held_copy((struct held){ref, channel});
}

SYNC void promise_drop(struct promise *promise)
{
        struct asks *asks = &promise->asks;

        if (!promise->is_there)
                return;
        promise->is_there = false;
        call_at(asks->serial)->is_cancelled = true;
        mori_sent_drop(promise->sent);
        boundary(asks->self);
        held_drop(asks->on);
        held_drop(asks->passes);
}

/* What was sent, until its callback is called; by its serial. */
static struct callback {
        struct asks asks;
        bool may; /* it is not being registered any more */
} callbacks[CALLS_MAX];

SYNC void calls_back(void (*function)(void), void *context, int error, void *call)
{
        struct callback *callback = context;
        const struct node_call *results = call;

        HOLD(function == (void (*)(void))calls_back && callback->may);
        HOLD((error == 0) == (call != NULL));
        callback->may = false;
        if (results != NULL) {
                callback->asks.call.ret_serial = results->ret_serial;
                callback->asks.call.ret_node = results->ret_node;
                callback->asks.call.ret_data = results->ret_data;
        }
        asks_end(&callback->asks, error); /* what results point to is freed behind it */
}

/* A callback for it; now and then it is dropped all the same. */
SYNC void thens(struct promise *promise)
{
        struct callback *callback;

        if (!promise->is_there)
                return;
        callback = &callbacks[promise->asks.serial];
        *callback = (struct callback){.asks = promise->asks};
        HOLD(mori_sent_then(&promise->sent, calls_back, (void (*)(void))calls_back, callback) ==
             0);
        callback->may = true;
        thens_all++;
        if (draw(4) == 0) {
                callback->may = false;
                promise_drop(promise);
        }
        promise->is_there = false;
}

static async void joins(struct promise *promise, int64_t limit)
{
        int error = 0;

        if (!promise->is_there)
                return;
        promise->is_there = false;
        if (limit > 0) {
                call_at(promise->asks.serial)->deadline = mori_now() + limit;
                within(limit)
                {
                        error = await mori_sent_join(promise->sent, &promise->asks.call);
                }
        } else {
                error = await mori_sent_join(promise->sent, &promise->asks.call);
        }
        asks_end(&promise->asks, error);
}

/* ---- Processes */

SYNC int64_t limit_draw(void)
{
        return draw(3) == 0 ? MORI_US(1 + draw(200)) : 0;
}

/* More than there is room for: callers wait for it. */
static async void floods(int self)
{
        struct held on = bag_draw(self);

        if (on.ref.word == 0)
                return;
        scope {
                for (int i = 0; i < 30; i++)
                        ignore(start(pulls_much, self, held_copy(on)));
        }
        held_drop(on);
}

/* Calls over promises of promises. */
SYNC void sends_deep(struct promise *promises, int self)
{
        struct promise *at = &promises[draw(PROMISES_MAX)];

        for (int i = 0; i < PROMISES_MAX; i++) {
                struct promise *next = &promises[i];

                if (next->is_there)
                        continue;
                sends(next, self, at->is_there ? promised(at) : bag_draw(self));
                at = next;
        }
}

SYNC bool draw_floods(void)
{
        return world.floods_often || draw(3) == 0;
}

SYNC unsigned draw_act(void)
{
        return world.floods_often && draw(4) == 0 ? 10 : (unsigned)draw(12);
}

static async void acts_once(struct promise *promises, int self)
{
        struct promise *at = &promises[draw(PROMISES_MAX)];

        switch (draw_act()) {
        case 0:
                bag_drop_one(self);
                break;
        case 1:
                bag_add(self, object_make(self, node_make(self)));
                break;
        case 2:
                HOLD(await mori_sleep(MORI_US(draw(100))) == 0);
                break;
        case 3:
                promise_drop(at);
                break;
        case 4:
                if (draw(3) == 0)
                        thens(at);
                else
                        await joins(at, limit_draw());
                break;
        case 5:
        case 6:
                if (!at->is_there)
                        sends(at, self, bag_draw(self));
                break;
        case 7:
                sends_deep(promises, self);
                break;
        case 8:
                await pulls(self, -1, promised(at), limit_draw());
                break;
        case 9:
                await pulls_and_cancels(self, bag_draw(self));
                break;
        case 10:
                if (draw_floods())
                        await floods(self);
                else
                        bag_add(self, promised(at));
                break;
        default:
                await pulls(self, -1, bag_draw(self), limit_draw());
                break;
        }
}

static async void actor(int self)
{
        struct promise promises[PROMISES_MAX] = {0};

        for (int i = (int)draw(STEPS); i-- > 0;)
                await acts_once(promises, self);
        for (int i = 0; i < PROMISES_MAX; i++) {
                if (draw(4) == 0)
                        promise_drop(&promises[i]);
                else if (draw(4) == 0)
                        thens(&promises[i]);
                else
                        await joins(&promises[i], limit_draw());
        }
}

/* Nothing is left of calls and references but what the process exports itself. */
SYNC void census(void)
{
        const struct objects *objects = process_self()->objects;
        const struct capability *capability;
        const struct connection *connection;
        const struct listed *listed;

        if (objects == NULL)
                return;
        HOLD(objects->references.count == 0);
        HOLD(objects->sents.count == 0 && objects->handoffs.count == 0);
        HOLD(objects->incoming == NULL && objects->granted == NULL && objects->gone == NULL);
        HOLD(objects->sent == NULL && objects->asked == NULL && objects->near == 0);
        for (listed = objects->capabilities; listed != NULL && !world.is_looped;
             listed = listed->next) {
                capability = CONTAINER_OF(listed, struct capability, listed);
                HOLD(capability == objects->exported && capability->count == 1);
        }
        listed = objects->questions;
        for (connection = objects->connections; connection != NULL; connection = connection->next) {
                if (connection->standing_question != NULL) {
                        HOLD(listed != NULL);
                        listed = listed->next;
                }
                HOLD(connection->broken == 0);
                HOLD(connection->questions_count == (connection->standing_question != NULL) &&
                     connection->answers_count == (connection->standing_answer != NULL));
                HOLD(connection->pending == NULL && wait_list_is_empty(&connection->callers));
                if (world.is_looped)
                        continue;
                for (uint32_t i = 0; i < connection->exports_used; i++)
                        HOLD(export_at(connection, i) == NULL);
                for (uint32_t i = 0; i < connection->imports_room; i++)
                        HOLD(connection->imports[i] == NULL);
        }
        HOLD(listed == NULL); /* none but those that stand by */
}

/* Everything is dropped; then it must be gone on both sides. */
static async void ends(int self)
{
        HOLD(mori_now() < ENDS_AT);
        HOLD(await mori_sleep(ENDS_AT - mori_now()) == 0);
        bag_close(self);
        HOLD(await mori_sleep(EMPTY_AT - mori_now()) == 0);
        census();
        HOLD(await mori_sleep(OVER_AT - mori_now()) == 0);
}

static async void acts(int self)
{
        scope {
                for (int i = 1 + (int)draw(3); i-- > 0;)
                        ignore(start(actor, self));
        }
}

static async int lives(void *argument)
{
        int self = *(int *)argument;
        struct held own = object_make(self, self);

        if (draw(4) == 0)
                HOLD(await mori_sleep(MORI_US(draw(100))) == 0);
        HOLD(mori_export(own.ref) == 0);
        bag_add(self, own);
        await acts(self);
        await ends(self);
        return 0;
}

SYNC void world_begin(void)
{
        memset(world.objects, 0, sizeof world.objects);
        memset(world.is_dead, 0, sizeof world.is_dead);
        memset(world.is_dying, 0, sizeof world.is_dying);
        world.objects_count = world.channels_count = world.calls_count = 0;
        for (int i = 0; i < SLOTS; i++)
                node_make(i); /* what each exports */
        memset(bags, 0, sizeof bags);
        world.is_flooded = world.is_looped = false;
        world.floods_often = draw(8) == 0;
        kill_in = draw(4) == 0 ? -1 : (int)draw(300);
}

/* What a process exports, or will. */
SYNC void knows(int slot)
{
        mori_ref ref;

        HOLD(mori_process_exported(bags[slot].process, &ref) == 0);
        bag_add(0, held_of(ref, channel_make(0, -1, -1, slot, false)));
}

SYNC struct bag *bag_of(int slot)
{
        return &bags[slot];
}

SYNC void ended(int slot, const struct mori_end *end)
{
        HOLD(end->kind == (world.is_dead[slot] ? MORI_END_KILLED : MORI_END_RETURNED));
}

static async int program(int argc, char **argv)
{
        struct mori_end end;

        (void)argc;
        (void)argv;
        world_begin();
        *bag_of(0) = (struct bag){.process = mori_process_self()};
        for (int i = 1; i < SLOTS; i++) {
                HOLD(await mori_process_start(lives, &i, sizeof i, NULL, &bag_of(i)->process) == 0);
                knows(i);
        }
        await acts(0);
        await acts(0);
        await ends(0);
        for (int i = 1; i < SLOTS; i++) {
                HOLD(await mori_process_join(bag_of(i)->process, &end) == 0);
                ended(i, &end);
        }
        return 0;
}

/* Nothing is to be reported but circles of calls. */
static void hears(const char *line, size_t bytes)
{
        static const char circle[] = "mori: deadlock: calls", more[] = "mori:   ";

        if (strncmp(line, circle, sizeof circle - 1) == 0) {
                circles_all++;
        } else if (strncmp(line, more, sizeof more - 1) != 0) {
                fprintf(stderr, "%.*s", (int)bytes, line);
                broken(__LINE__, "a report");
        }
}

static void run(void)
{
        HOLD(seeded_program(program) == 0);
}

int main(int argc, char **argv)
{
        if (!seeded_arguments(argc, argv))
                return 2;
        for (unsigned i = 0; i < DATA_MAX; i++)
                data_bytes[i] = (uint8_t)(i * 7 + i / 256);
        base_report_to(hears);
        seeded_runs(run);
        printf("%llu seeds: %lu calls, %lu answered well, %lu not (%lu cut off, %lu without room, "
               "%lu cancelled); %lu over promises, %lu references among results, %lu objects gone, "
               "%lu processes killed, %lu circles, %lu calls over what was handed off, "
               "%lu callbacks\n",
               (unsigned long long)seeded.count, calls_all, good_all, failed_all, broken_all,
               overflown_all, cancelled_all, pipelined_all, passed_all, gone_all, kills_all,
               circles_all, handed_all, thens_all);
        return seeded.bug || good_all < seeded.count * 10 || broken_all < seeded.count / 10 ||
               cancelled_all < seeded.count / 10 || pipelined_all < seeded.count ||
               passed_all < seeded.count || handed_all < seeded.count / 2 ||
               thens_all < seeded.count || gone_all < seeded.count || kills_all < seeded.count / 4;
}
