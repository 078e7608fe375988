/* SPDX-License-Identifier: MIT */
/*
 * Streams: calls that are not waited for, as many as the window takes, in order, near and far, over
 * promises, membranes and what is handed off; and what becomes of them when one fails.
 *
 *      interface Sink {
 *        write @0 (value :UInt32, data :Data) -> stream;
 *        skip @1 (value :UInt32) -> stream;
 *        done @2 () -> (count :UInt32);
 *      }
 */
#include "object/served_test.h"

#include <mori/membrane.h>

#define WRITES     500
#define CALL_BYTES 72u /* of a `skip`, as it counts */
#define FAILS      1000000u

struct sink_call {
        struct mori_call_head call;
        uint32_t value;
        struct mori_wire_data data;
        uint32_t count;
};

/* What a sink has got: the next value, and the one that is refused. */
struct sink {
        uint32_t next, served;
        bool failed;
};

MORI_SHARED static int held; /* sinks do not go on */

MORI_NONBLOCKING static void hold(int is_held)
{
        atomic_store_release(&held, is_held);
}

MORI_NONBLOCKING static int is_held(void)
{
        return atomic_load_ordered(&held);
}

static async int take(struct sink *sink, const struct sink_call *call)
{
        EXPECT(!sink->failed);
        if (call->value == FAILS) {
                sink->failed = true;
                return mori_fail(-EDOM, "it is full");
        }
        EXPECT_EQ(call->value, sink->next);
        sink->next++;
        if (call->value % 16 == 0)
                attempt(await mori_yield()); /* nobody else is served meanwhile */
        while (is_held())
                attempt(await mori_sleep(MORI_US(50)));
        EXPECT_EQ(sink->next, call->value + 1);
        sink->served++;
        return 0;
}

static async int write_serve(const void *server, void *self, void *call)
{
        (void)server;
        return await take(self, call);
}

static async int done_serve(const void *server, void *self, void *of)
{
        struct sink *sink = self;
        struct sink_call *call = of;

        (void)server;
        EXPECT(!sink->failed);
        call->count = sink->served;
        return 0;
}

static int put_write(const void *of, const struct mori_wire_writer *to)
{
        const struct sink_call *call = of;

        mori_wire_put_u32(to, 0, call->value, 0);
        return mori_wire_new_data(mori_wire_writer_slot(to, 0), call->data.bytes,
                                  call->data.count);
}

static int put_skip(const void *of, const struct mori_wire_writer *to)
{
        mori_wire_put_u32(to, 0, ((const struct sink_call *)of)->value, 0);
        return 0;
}

static int get_value(void *of, const struct mori_wire_reader *from)
{
        ((struct sink_call *)of)->value = mori_wire_u32(from, 0, 0);
        return 0;
}

static int put_count(const void *of, const struct mori_wire_writer *to)
{
        mori_wire_put_u32(to, 0, ((const struct sink_call *)of)->count, 0);
        return 0;
}

static int get_count(void *of, const struct mori_wire_reader *from)
{
        ((struct sink_call *)of)->count = mori_wire_u32(from, 0, 0);
        return 0;
}

#define SINK 0xd00000000000005bull

static const struct mori_method methods[] = {
        {"Sink.write", SINK, 0, MORI_METHOD_STREAM, sizeof(struct sink_call), 1, 1, 0, 0,
         write_serve, put_write, get_value, NULL, NULL},
        {"Sink.skip", SINK, 1, MORI_METHOD_STREAM, sizeof(struct sink_call), 1, 0, 0, 0,
         write_serve, put_skip, get_value, NULL, NULL},
        {"Sink.done", SINK, 2, 0, sizeof(struct sink_call), 0, 0, 1, 0, done_serve, NULL, NULL,
         put_count, get_count},
};
static const struct mori_interface_part parts[] = {{SINK, 0, methods, ELEMENTS(methods)}};
static const struct mori_interface interface = {"Sink", 1, parts};

static async int skip(mori_ref sink, uint32_t value)
{
        struct sink_call call = {.value = value};

        return await mori_object_stream(sink, &methods[1], &call);
}

static async int write_bytes(mori_ref sink, uint32_t value, const void *bytes, uint32_t count)
{
        struct sink_call call = {.value = value, .data = {bytes, count}};

        return await mori_object_stream(sink, &methods[0], &call);
}

static async int done(mori_ref sink, uint32_t *ret_count)
{
        struct sink_call call = {.value = 0};
        int error = await mori_object_call(sink, &methods[2], &call);

        *ret_count = call.count;
        return error;
}

static mori_sent skip_send(mori_ref sink, uint32_t value)
{
        struct sink_call call = {.value = value};

        return mori_object_send(sink, &methods[1], &call);
}

static int sink_new(struct sink *sink, mori_ref *ret_ref)
{
        static const char server;

        return mori_object_new(&interface, &server, sink, NULL, ret_ref);
}

static async int serves_sink(void *argument)
{
        struct sink sink = {.next = 0};
        mori_ref ref;

        EXPECT_EQ(sink_new(&sink, &ref), 0);
        EXPECT_EQ(mori_export(ref), 0);
        mori_ref_drop(ref);
        return await waits_for_ever(argument);
}

/* The same after a while: what was called before waits for it. */
static async int serves_sink_later(void *argument)
{
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        return await serves_sink(argument);
}

static async int hands_on(void *argument)
{
        EXPECT_EQ(mori_export(exported_by(1).ref), 0);
        return await waits_for_ever(argument);
}

static async int hands_on_wrapped(void *argument)
{
        mori_membrane membrane;
        mori_ref ref;

        EXPECT_EQ(mori_membrane_new(0, &membrane), 0);
        EXPECT_EQ(mori_membrane_wrap(membrane, exported_by(1).ref, &ref), 0);
        EXPECT_EQ(mori_export(ref), 0);
        return await waits_for_ever(argument);
}

MORI_SHARED static unsigned last; /* the last member that a case has */

static void over_way(const struct member *members, unsigned count)
{
        last = count - 1;
        all_run(members, count);
}

/* A case over each way that there is to a sink. */
static void over_all_ways(async int (*far)(void *), async int (*near)(void *))
{
        const struct member member = {"main", far, NULL}, server = {"server", serves_sink, NULL},
                            later = {"server", serves_sink_later, NULL};

        over_way((struct member[]){{"near", near, NULL}}, 1);
        over_way((struct member[]){member, server}, 2);
        over_way((struct member[]){member, later}, 2);
        over_way((struct member[]){member, server, {"between", hands_on, NULL}}, 3);
        over_way((struct member[]){member, later, {"between", hands_on, NULL}}, 3);
        over_way((struct member[]){member, server, {"wall", hands_on_wrapped, NULL}}, 3);
}

MORI_NONBLOCKING static mori_ref exported_by_last(void)
{
        return exported_by(last).ref;
}

/* Of each case, over what it is to be done: far, and near. */
#define WAYS(name)                                                                                 \
        static async int name##_far(void *argument)                                                \
        {                                                                                          \
                mori_ref ref = exported_by_last();                                                 \
                int error;                                                                         \
                                                                                                   \
                (void)argument;                                                                    \
                error = await name(ref);                                                           \
                mori_ref_drop(ref);                                                                \
                return error;                                                                      \
        }                                                                                          \
        static async int name##_near(void *argument)                                               \
        {                                                                                          \
                struct sink sink = {.next = 0};                                                    \
                mori_ref ref;                                                                      \
                int error;                                                                         \
                                                                                                   \
                (void)argument;                                                                    \
                EXPECT_EQ(sink_new(&sink, &ref), 0);                                               \
                error = await name(ref);                                                           \
                mori_ref_drop(ref);                                                                \
                return error;                                                                      \
        }

/* ---- In order, and then done */

static async int all_written(mori_ref sink)
{
        static const char bytes[3000];
        uint32_t count = 0;
        mori_ref copy;

        EXPECT_EQ(mori_ref_copy(sink, &copy), 0);
        for (uint32_t i = 0; i < WRITES; i++) {
                if (i % 3 == 0)
                        EXPECT_EQ(await write_bytes(sink, i, bytes, i), 0);
                else
                        EXPECT_EQ(await skip(i % 2 ? sink : copy, i), 0);
                if (i % 100 == 7) {
                        EXPECT_EQ(await done(copy, &count), 0);
                        EXPECT_EQ(count, i + 1);
                }
        }
        EXPECT_EQ(await done(sink, &count), 0);
        EXPECT_EQ(count, WRITES);
        mori_ref_drop(copy);
        return 0;
}
WAYS(all_written)

START_TEST(in_order)
{
        over_all_ways(all_written_far, all_written_near);
}
END_TEST

/* Who has called over what is promised need not keep it. */
static async int drops_promised(void *argument)
{
        mori_ref promised = exported_by(1).ref, sink = exported_by(1).ref;
        uint32_t count = 0;

        (void)argument;
        for (uint32_t i = 0; i < 10; i++)
                EXPECT_EQ(await skip(promised, i), 0);
        mori_ref_drop(promised);
        while (count < 10) {
                EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
                EXPECT_EQ(await done(sink, &count), 0);
        }
        mori_ref_drop(sink);
        return 0;
}

START_TEST(a_promise_that_is_dropped)
{
        all_run((struct member[]){{"main", drops_promised, NULL},
                                  {"server", serves_sink_later, NULL}},
                2);
}
END_TEST

/* ---- The window */

static async int writes_from(mori_ref sink, uint32_t first, uint32_t count, uint32_t *done_with)
{
        for (uint32_t i = first; i < first + count; i++) {
                attempt(await skip(sink, i));
                ++*done_with;
        }
        return 0;
}

static async int fills_window(mori_ref sink)
{
        uint32_t went = 0, count;

        EXPECT_EQ(mori_ref_window(sink, 4 * CALL_BYTES), 0);
        hold(1);
        scope
        {
                Async(int) a = start(writes_from, sink, 0u, 10u, &went);

                /* the fourth fills the window */
                EXPECT_EQ(went, 3);
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                EXPECT_EQ(went, 3);
                /* who is cancelled has called all the same, and calls no more */
                cancel(a);
                EXPECT_EQ(join(a), -ECANCELED);
                EXPECT_EQ(went, 4);
                within(0)
                {
                        EXPECT_EQ(await skip(sink, 4), -ETIMEDOUT);
                }
                /* room for more: who waits goes on */
                went = 0;
                a = start(writes_from, sink, 4u, 10u, &went);
                EXPECT_EQ(went, 0);
                EXPECT_EQ(mori_ref_window(sink, 100 * CALL_BYTES), 0);
                EXPECT_EQ(join(a), 0);
                hold(0);
        }
        EXPECT_EQ(await done(sink, &count), 0);
        EXPECT_EQ(count, 14);
        EXPECT_EQ(mori_ref_window(sink, 0), -EINVAL);
        EXPECT_EQ(mori_ref_window(sink, (size_t)MORI_STREAM_WINDOW_MAX + 1), -EINVAL);
        EXPECT_EQ(mori_ref_window(MORI_NO_REF, 1), -EBADF);
        /* a deadline goes along: what is not served by then fails, and with it the stream */
        hold(1);
        EXPECT_EQ(await skip(sink, 14), 0);
        within(MORI_US(100))
        {
                EXPECT_EQ(await skip(sink, 15), 0);
        }
        EXPECT_EQ(await mori_sleep(MORI_US(200)), 0);
        hold(0);
        EXPECT_EQ(await done(sink, &count), -ETIMEDOUT);
        return 0;
}
WAYS(fills_window)

START_TEST(the_window)
{
        over_all_ways(fills_window_far, fills_window_near);
}
END_TEST

/* Of calls that are larger than the window, and than what goes into a lane, one is under way. */
static async int writes_large(mori_ref sink)
{
        static const char bytes[100000];
        uint32_t count;

        EXPECT_EQ(mori_ref_window(sink, 1), 0);
        for (uint32_t i = 0; i < 20; i++)
                EXPECT_EQ(await write_bytes(sink, i, bytes, sizeof bytes), 0);
        EXPECT_EQ(await done(sink, &count), 0);
        EXPECT_EQ(count, 20);
        /* no reference, a method that is none of a stream, and nothing */
        EXPECT_EQ(await skip(MORI_NO_REF, 1), -EBADF);
        EXPECT_EQ(await mori_object_stream(sink, &methods[2], &(struct sink_call){.value = 1}),
                  -EINVAL);
        EXPECT_EQ(await mori_object_stream(sink, NULL, NULL), -EFAULT);
        return 0;
}
WAYS(writes_large)

START_TEST(large_calls)
{
        over_all_ways(writes_large_far, writes_large_near);
}
END_TEST

/* ---- Failures */

static void expect_told(int error)
{
        struct mori_failure failure;

        mori_failure_get(error, &failure);
        EXPECT(strcmp(failure.text, "it is full") == 0);
}

static async int pulls_done(mori_ref sink, int *ret_error)
{
        uint32_t count;

        *ret_error = await done(sink, &count);
        return 0;
}

static async int fails_for_good(mori_ref sink)
{
        int waited[2] = {0, 0};
        uint32_t count, went;
        mori_sent sent;
        int error = 0;

        for (uint32_t i = 0; i < 10; i++)
                EXPECT_EQ(await skip(sink, i), 0);
        hold(1);
        EXPECT_EQ(await skip(sink, 10), 0);
        scope
        {
                Async(int) one, two;

                EXPECT_EQ(await skip(sink, FAILS), 0);
                sent = skip_send(sink, 11);
                one = start(pulls_done, sink, &waited[0]);
                two = start(pulls_done, sink, &waited[1]);
                EXPECT_EQ(await skip(sink, 11), 0); /* it is not served */
                hold(0);
                EXPECT_EQ(join(one), 0);
                EXPECT_EQ(join(two), 0);
        }
        EXPECT_EQ(waited[0], -EDOM);
        EXPECT_EQ(waited[1], -EDOM);
        EXPECT_EQ(await mori_sent_join(sent, &(struct sink_call){.value = 0}), -EDOM);
        expect_told(-EDOM);
        for (went = 0; went < 3; went++) {
                EXPECT_EQ(await skip(sink, 11), -EDOM);
                expect_told(-EDOM);
                EXPECT_EQ(await done(sink, &count), -EDOM);
                expect_told(-EDOM);
        }
        EXPECT_EQ(await mori_ref_flush(sink), 0);
        (void)error;
        return 0;
}
WAYS(fails_for_good)

START_TEST(the_first_failure_stays)
{
        over_all_ways(fails_for_good_far, fails_for_good_near);
}
END_TEST

/* Who waits for room is told. */
static async int fails_who_waits(mori_ref sink)
{
        uint32_t went = 0, count;

        EXPECT_EQ(mori_ref_window(sink, 2 * CALL_BYTES), 0);
        hold(1);
        EXPECT_EQ(await skip(sink, 0), 0);
        scope
        {
                Async(int) a = start(skip, sink, FAILS), b = start(skip, sink, 2u),
                           c = start(writes_from, sink, 3u, 5u, &went);

                EXPECT_EQ(await mori_sleep(MORI_US(200)), 0);
                hold(0);
                /* the first may have room before */
                EXPECT(join(a) <= 0);
                EXPECT(join(b) <= 0);
                EXPECT_EQ(join(c), -EDOM);
        }
        EXPECT_EQ(await done(sink, &count), -EDOM);
        return 0;
}
WAYS(fails_who_waits)

START_TEST(who_waits_is_told)
{
        over_all_ways(fails_who_waits_far, fails_who_waits_near);
}
END_TEST

/* A call that is sent, and not wanted any more, fails alone. */
static async int drops_one(mori_ref sink)
{
        mori_sent sent;
        uint32_t count;

        EXPECT_EQ(await skip(sink, 0), 0);
        hold(1);
        EXPECT_EQ(await skip(sink, 1), 0);
        sent = skip_send(sink, 1000);
        mori_sent_drop(sent);
        EXPECT_EQ(await skip(sink, 2), 0);
        EXPECT_EQ(await mori_sleep(MORI_US(500)), 0);
        hold(0);
        EXPECT_EQ(await done(sink, &count), 0);
        EXPECT_EQ(count, 3);
        return 0;
}

static async int drops_one_near(void *argument)
{
        struct sink sink = {.next = 0};
        mori_ref ref;

        (void)argument;
        EXPECT_EQ(sink_new(&sink, &ref), 0);
        EXPECT_EQ(await drops_one(ref), 0);
        mori_ref_drop(ref);
        return 0;
}

static async int loses_who_serves(void *argument)
{
        mori_process child;
        uint32_t went = 0;
        mori_ref sink;

        (void)argument;
        hold(1);
        EXPECT_EQ(await mori_process_start(serves_sink, NULL, 0, NULL, &child), 0);
        EXPECT_EQ(mori_process_exported(child, &sink), 0);
        EXPECT_EQ(mori_ref_window(sink, CALL_BYTES), 0);
        scope
        {
                Async(int) a = start(writes_from, sink, 0u, 10u, &went);

                EXPECT_EQ(await mori_sleep(MORI_US(300)), 0);
                EXPECT_EQ(mori_process_kill(child), 0);
                EXPECT_EQ(join(a), -ECONNRESET);
                EXPECT_EQ(went, 1); /* there always is room for one */
        }
        EXPECT_EQ(await skip(sink, 1), -ECONNRESET);
        hold(0);
        mori_ref_drop(sink);
        return mori_process_release(child);
}

/* The process ends while its calls are under way, and somebody waits for room. */
static async int ends(void *argument)
{
        mori_ref sink = exported_by(1).ref;
        uint32_t went = 0;

        (void)argument;
        hold(1);
        EXPECT_EQ(mori_ref_window(sink, 3 * CALL_BYTES), 0);
        ignore(start(writes_from, sink, 0u, 10u, &went));
        EXPECT_EQ(await mori_sleep(MORI_US(300)), 0);
        hold(0);
        mori_exit(0);
}

START_TEST(who_is_gone)
{
        all_run((struct member[]){{"near", drops_one_near, NULL}}, 1);
        all_run((struct member[]){{"main", loses_who_serves, NULL}}, 1);
        all_run((struct member[]){{"main", ends, NULL}, {"server", serves_sink, NULL}}, 2);
}
END_TEST

/* ---- Two streams that come to be the same */

/*
 * Both references lead to the sink in the end: calls over either come in the order of each, and a
 * failure over one is that of the other.
 */
static async int comes_together(void *argument)
{
        mori_ref promised = exported_by(1).ref, other;
        uint32_t count;

        (void)argument;
        EXPECT_EQ(mori_ref_window(promised, 10 * CALL_BYTES), 0);
        for (uint32_t i = 0; i < 5; i++)
                EXPECT_EQ(await skip(promised, i), 0);
        EXPECT_EQ(await done(promised, &count), 0);
        EXPECT_EQ(count, 5);
        other = exported_by(1).ref;
        for (uint32_t i = 5; i < 10; i++)
                EXPECT_EQ(await skip(other, i), 0);
        EXPECT_EQ(await mori_ref_flush(other), 0);
        for (uint32_t i = 10; i < 100; i++)
                EXPECT_EQ(await skip(i % 2 ? other : promised, i), 0);
        EXPECT_EQ(await skip(other, FAILS), 0);
        EXPECT_EQ(await done(promised, &count), -EDOM);
        EXPECT_EQ(await skip(promised, 100), -EDOM);
        EXPECT_EQ(await skip(other, 100), -EDOM);
        mori_ref_drop(promised);
        mori_ref_drop(other);
        return 0;
}

START_TEST(two_references)
{
        all_run((struct member[]){{"main", comes_together, NULL}, {"server", serves_sink, NULL}},
                2);
}
END_TEST

TEST_MAIN("object/stream", TEST(in_order), TEST(a_promise_that_is_dropped), TEST(the_window),
          TEST(large_calls), TEST(the_first_failure_stays), TEST(who_waits_is_told),
          TEST(who_is_gone), TEST(two_references))
