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
 *   - What was called after a flush comes behind what was flushed, over whatever reference.
 *   - A call of a stream that has failed is the last that its object serves, and what was not
 *     waited for has been served in the end, or had such a reason.
 *   - One writes at a time, and nobody reads meanwhile.
 *   - Every call is answered: the program comes to its end, with nothing left in any table.
 */
#include "object/table.h" /* before the keywords */

#include "objects_asks.h"

#define PROMISES_MAX 5
#define STEPS        14
/* When nobody begins anything new any more, when all has been dropped, when that has arrived. */
#define ENDS_AT      MORI_S(1)
#define EMPTY_AT     MORI_S(2)
#define OVER_AT      MORI_S(3)

/* ---- Pulling */

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

/* ---- Streams */

SYNC bool push_begin(struct asks *asks, struct held on)
{
        struct call *call;

        if (!asks_begin(asks, on, 0, false))
                return false;
        call = call_at(asks->serial);
        call->failed_before = world.channels[call->channel].failed;
        call->direct = -1; /* what it answers is of others, too */
        if (draw(3) == 0) /* most streams fail soon */
                call->does = DOES_YIELD;
        if (draw(2) == 0)
                HOLD(mori_ref_window(asks->on.ref, 1 + draw(400)) == 0);
        return true;
}

/* 0: it is on its way, and is served unless one before it has failed. */
SYNC void push_end(struct asks *asks, int error)
{
        struct call *call = call_at(asks->serial);
        struct channel *channel = &world.channels[call->channel];

        boundary(asks->self);
        pushes_all++;
        call->answered = true;
        if (error == 0) {
                HOLD(!call->failed_before);
                call->arrived = true;
        } else {
                pushes_failed_all++;
                HOLD(error == -EDEADLK || may_answer(call, error));
                channel->failed = true;
        }
        held_drop(asks->on);
}

static async void pushes_one(int self, struct held on)
{
        struct asks asks = {.self = self, .under = -1, .pushes = true, .serial = -1};

        if (push_begin(&asks, on))
                push_end(&asks, await mori_object_stream(asks.on.ref, asks.method, &asks.call));
}

static async void pushes(int self, struct held on)
{
        if (on.ref.word == 0)
                return;
        for (int i = 1 + (int)draw(6); i-- > 0;)
                await pushes_one(self, held_copy(on));
        held_drop(on);
}

/* What was to be served, and was not, is excused. */
SYNC void pushes_arrived(void)
{
        for (int i = 0; i < world.calls_count; i++) {
                const struct call *call = call_at(i);

                if (call->method == NODE_PUSH && call->answered && call->arrived &&
                    call->served == 0)
                        HOLD(world.channels[call->channel].failed || may_be_cancelled(i) ||
                             leads_to_broken(call->channel) || !is_sound(call->channel));
        }
}

static async void pulls_much(int self, struct held on)
{
        struct asks asks = {.self = self, .under = -1, .floods = true, .serial = -1};

        await pulls_with(&asks, on, 0);
}

/* ---- Serving */

SYNC bool writes_to(const struct call *call)
{
        return call->method != NODE_AGAIN && call->method != NODE_LOOK && call->method != NODE_SHOW;
}

SYNC void serve_begin(struct node *node, const struct node_call *wire)
{
        int serial = (int)wire->serial;
        struct call *call = call_at(serial);
        bool writes = writes_to(call);

        HOLD(serial < world.calls_count);
        boundary(node->owner);
        HOLD(!node->gone);
        HOLD(object_of_channel(call->channel) == node->number);
        HOLD(++call->served == 1);
        HOLD((wire->node.word != 0) == (call->node_channel >= 0));
        if (call->method == NODE_AGAIN) /* it comes before who waits */
                return;
        HOLD(!node->broken);
        HOLD(!node->writer && (!writes || node->readers == 0));
        if (call->flushed != 0) /* who was told so has called since */
                HOLD((writes ? node->begun : node->begun_write) <= call->flushed);
        if (call->begun > node->begun)
                node->begun = call->begun;
        if (writes && call->begun > node->begun_write)
                node->begun_write = call->begun;
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
                if (writes_to(call))
                        node->writer = false;
                else
                        node->readers--;
        }
        if (error < 0)
                HOLD(may_be_cancelled((int)wire->serial));
        if (call->does == DOES_FAIL)
                error = -EDOM;
        if (error < 0 && call->method == NODE_PUSH) {
                node->may_be_broken = true;
                /* its caller was not killed: nobody has cancelled it */
                node->broken = node->broken || !may_be_cancelled((int)wire->serial);
        }
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

/* ---- Flushing */

/* What was called over it before is in its place, before whatever is called from now on. */
SYNC void flushed(const struct held *on, unsigned until)
{
        flushes_all++;
        world.begun++;
        for (int i = 0; i < world.calls_count; i++) {
                struct call *call = call_at(i);

                if (call->channel == on->channel && call->begun <= until && call->flushed == 0)
                        call->flushed = world.begun;
        }
}

SYNC unsigned now(void)
{
        return world.begun;
}

/* Another reference of the process to the same object, as far as that is known. */
SYNC struct held other_way(int self, struct held on)
{
        int object = object_of_channel(on.channel);

        for (int i = 0; i < bags[self].count && object >= 0; i++) {
                struct held held = bags[self].held[i];

                if (held.channel != on.channel && object_of_channel(held.channel) == object)
                        return held_copy(held);
        }
        return (struct held){MORI_NO_REF, -1};
}

SYNC void sends_some(int self, struct held on)
{
        for (int i = (int)draw(4); i-- > 0;) {
                struct promise promise = {.is_there = false};

                sends(&promise, self, held_copy(on));
                thens(&promise);
        }
}

static async void flushes(int self, struct held on)
{
        unsigned until;

        if (on.ref.word == 0)
                return;
        sends_some(self, on);
        until = now();
        if (await mori_ref_flush(on.ref) == 0)
                flushed(&on, until);
        boundary(self);
        await pulls(self, -1, other_way(self, on), 0);
        held_drop(on);
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
        return world.floods_often && draw(4) == 0 ? 10 : (unsigned)draw(14);
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
        case 11:
                await pushes(self, draw(4) == 0 ? promised(at) : bag_draw(self));
                break;
        case 12:
                await flushes(self, draw(4) == 0 ? promised(at) : bag_draw(self));
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
        world.begun = 0;
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
        pushes_arrived();
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
               "%lu callbacks, %lu calls of streams, %lu of them not made, %lu flushes\n",
               (unsigned long long)seeded.count, calls_all, good_all, failed_all, broken_all,
               overflown_all, cancelled_all, pipelined_all, passed_all, gone_all, kills_all,
               circles_all, handed_all, thens_all, pushes_all, pushes_failed_all, flushes_all);
        return seeded.bug || good_all < seeded.count * 10 || broken_all < seeded.count / 10 ||
               cancelled_all < seeded.count / 10 || pipelined_all < seeded.count ||
               passed_all < seeded.count || handed_all < seeded.count / 2 ||
               thens_all < seeded.count || pushes_all < seeded.count ||
               pushes_failed_all < seeded.count / 10 || flushes_all < seeded.count / 2 ||
               gone_all < seeded.count || kills_all < seeded.count / 4;
}
