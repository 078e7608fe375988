/* SPDX-License-Identifier: MIT */
/*
 * Queues against a model, with many activities that send, receive, are cancelled, and close; and
 * selects in which everything races.
 */
#include "support/async.h"

#include "activity/queue.h"

#include <errno.h>
#include <poll.h>

static async int sleeps(int64_t ms)
{
        return await mori_sleep(MORI_MS(ms));
}

/* ---- The rules, one by one */

struct odd {
        char bytes[13];
};

static async int basics(int argc, char **argv)
{
        mori_queue *queue = mori_queue_new(3, sizeof(int)),
                   *odd = mori_queue_new(2, sizeof(struct odd));
        struct odd first = {"hello, world"}, second;
        char wrong;
        int i, items[8] = {1, 2, 3, 4, 5, 6, 7, 8}, got[8];

        (void)argc;
        (void)argv;
        EXPECT(mori_queue_new(0, 4) == NULL);
        EXPECT(mori_queue_new(4, 0) == NULL);
        EXPECT(mori_queue_new((size_t)1 << 31, 2) == NULL);
        EXPECT(mori_queue_new(SIZE_MAX, SIZE_MAX) == NULL);
        EXPECT_EQ(mori_queue_try_receive(queue, &i), -EAGAIN);
        for (int round = 0; round < 5; round++) {
                for (i = 0; i < 3; i++)
                        EXPECT_EQ(await mori_queue_send(queue, &i), 0);
                EXPECT_EQ(mori_queue_count(queue), 3);
                EXPECT_EQ(mori_queue_try_send(queue, &i), -EAGAIN);
                for (int j = 0; j < 3; j++) {
                        EXPECT_EQ(await mori_queue_receive(queue, &i), 0);
                        EXPECT_EQ(i, j);
                }
                EXPECT_EQ(await mori_queue_send(queue, &i), 0); /* moves the ring on */
                EXPECT_EQ(mori_queue_try_receive(queue, &i), 0);
                queue_check(queue);
        }
        EXPECT_EQ(await mori_queue_send(queue, &wrong), -EINVAL);
        EXPECT_EQ(await mori_queue_receive(queue, &wrong), -EINVAL);
        EXPECT_EQ(mori_queue_try_send(queue, &wrong), -EINVAL);
        EXPECT_EQ(await mori_queue_send_many(queue, items, 0), -EINVAL);
        EXPECT_EQ(await mori_queue_send_many(queue, items, 8), 3);
        EXPECT_EQ(await mori_queue_receive_many(queue, got, 2), 2);
        EXPECT_EQ(await mori_queue_send_many(queue, items + 3, 5), 2);
        EXPECT_EQ(await mori_queue_receive_many(queue, got + 2, 6), 3);
        for (i = 0; i < 5; i++)
                EXPECT_EQ(got[i], i + 1);
        EXPECT_EQ(await mori_queue_send(odd, &first), 0);
        EXPECT_EQ(await mori_queue_send(odd, &first), 0);
        EXPECT_EQ(await mori_queue_receive(odd, &second), 0);
        EXPECT(strcmp(second.bytes, first.bytes) == 0);
        mori_queue_close(odd);
        mori_queue_close(odd);
        EXPECT_EQ(await mori_queue_send(odd, &first), -EPIPE);
        EXPECT_EQ(mori_queue_try_send(odd, &first), -EPIPE);
        EXPECT_EQ(await mori_queue_receive(odd, &second), 0);
        EXPECT_EQ(await mori_queue_receive(odd, &second), -EPIPE);
        EXPECT_EQ(mori_queue_try_receive(odd, &second), -EPIPE);
        EXPECT_EQ(await mori_queue_receive_many(odd, &second, 1), -EPIPE);
        mori_queue_free(odd);
        EXPECT(mori_queue_free(NULL) == NULL);
        scope
        { /* what need not wait succeeds in a cancelled scope */
                mori_scope_cancel();
                EXPECT_EQ(await mori_queue_send(queue, &i), 0);
                EXPECT_EQ(await mori_queue_receive(queue, &i), 0);
                EXPECT_EQ(await mori_queue_receive(queue, &i), -ECANCELED);
                EXPECT_EQ(await mori_queue_receive_many(queue, &i, 1), -ECANCELED);
        }
        return 0; /* the other one is left to the process */
}

START_TEST(queues_keep_their_rules)
{
        ck_assert_int_eq(run(basics), 0);
        assert_nothing_left();
}
END_TEST

static async int receives(mori_queue *queue)
{
        int item = -1;

        attempt(await mori_queue_receive(queue, &item));
        return item;
}

static async int sends(mori_queue *queue, int item)
{
        return await mori_queue_send(queue, &item);
}

static async int in_turn(int argc, char **argv)
{
        mori_queue *queue = mori_queue_new(2, sizeof(int));
        Async(int) a, b, c, d;

        (void)argc;
        (void)argv;
        a = start(receives, queue);
        b = start(receives, queue);
        c = start(receives, queue);
        d = start(receives, queue);
        EXPECT_EQ(await mori_yield(), 0);
        cancel(b);
        for (int i = 1; i < 4; i++)
                EXPECT_EQ(await mori_queue_send(queue, &i), 0);
        EXPECT_EQ(join(a), 1);
        EXPECT_EQ(join(b), -ECANCELED);
        EXPECT_EQ(join(c), 2);
        EXPECT_EQ(join(d), 3);
        a = start(sends, queue, 1);
        b = start(sends, queue, 2);
        c = start(sends, queue, 3);
        d = start(sends, queue, 4);
        EXPECT(mori_done(MORI_ACTIVITY(b)) && !mori_done(MORI_ACTIVITY(c)));
        cancel(c);
        EXPECT_EQ(await receives(queue), 1);
        EXPECT_EQ(await receives(queue), 2);
        EXPECT_EQ(await receives(queue), 4);
        EXPECT_EQ(join(a) + join(b) + join(d), 0);
        EXPECT_EQ(join(c), -ECANCELED);
        a = start(receives, queue);
        b = start(receives, queue);
        mori_queue_close(queue);
        EXPECT_EQ(join(a), -EPIPE);
        EXPECT_EQ(join(b), -EPIPE);
        mori_queue_free(queue);
        queue = mori_queue_new(1, sizeof(int));
        a = start(sends, queue, 1);
        b = start(sends, queue, 2);
        mori_queue_close(queue);
        EXPECT_EQ(join(a), 0);
        EXPECT_EQ(join(b), -EPIPE);
        EXPECT_EQ(await receives(queue), 1);
        EXPECT_EQ(await receives(queue), -EPIPE);
        mori_queue_free(queue);
        return 0;
}

START_TEST(waiters_are_served_in_turn)
{
        ck_assert_int_eq(run(in_turn), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* What was given to a receiver is its own, though it is cancelled before its turn. */
static async int given_then_cancelled(int argc, char **argv)
{
        mori_queue *queue = mori_queue_new(2, sizeof(int));
        Async(int) a = start(receives, queue);
        int item = 5;

        (void)argc;
        (void)argv;
        EXPECT_EQ(await mori_queue_send(queue, &item), 0);
        cancel(a);
        EXPECT_EQ(join(a), 5);
        mori_queue_free(queue);
        return 0;
}

START_TEST(nothing_is_lost_between_given_and_taken)
{
        ck_assert_int_eq(run(given_then_cancelled), 0);
        assert_nothing_left();
}
END_TEST

static async int freed_too_early(int argc, char **argv)
{
        mori_queue *queue = mori_queue_new(2, sizeof(int));
        Async(int) a = start(receives, queue);

        (void)argc;
        (void)argv;
        mori_queue_free(queue);
        return join(a);
}

START_TEST(a_queue_outlives_its_waiters)
{
        ck_assert_int_eq(run(freed_too_early), 70);
        ck_assert_reported("a queue is freed while activities wait for it");
        assert_nothing_left();
}
END_TEST

/* ---- A model: each sender's items arrive in its order, none lost, none twice */

#define SENDERS 12
#define RECEIVERS 9
#define ITEMS 300

struct item {
        uint32_t sender, number;
};

struct model {
        mori_queue *queue;
        uint64_t random;
        uint32_t sent[SENDERS], sent_before[SENDERS]; /* a send that answered 0 */
        uint32_t received_total, sent_total, cancelled, selects;
        uint8_t seen[SENDERS][ITEMS];
        uint32_t last[RECEIVERS][SENDERS]; /* one receiver sees a sender's items in order */
        uint32_t direct;
};

MORI_NONBLOCKING static uint32_t draw(struct model *model, uint32_t bound)
{
        model->random ^= model->random << 13;
        model->random ^= model->random >> 7;
        model->random ^= model->random << 17;
        return (uint32_t)(model->random >> 11) % bound;
}

MORI_NONBLOCKING static void took(struct model *model, unsigned receiver, struct item item)
{
        ck_assert_uint_lt(item.sender, SENDERS);
        ck_assert_uint_lt(item.number, ITEMS);
        ck_assert_msg(!model->seen[item.sender][item.number], "item %u of %u came twice",
                      item.number, item.sender);
        model->seen[item.sender][item.number] = 1;
        ck_assert_uint_ge(item.number + 1, model->last[receiver][item.sender]);
        model->last[receiver][item.sender] = item.number + 1;
        model->received_total++;
        queue_check(model->queue);
}

static async int model_sender(struct model *model, unsigned index)
{
        while (model->sent[index] < ITEMS) {
                struct item items[4] = {{index, model->sent[index]}};
                int64_t result;

                switch (draw(model, 6)) {
                case 0:
                        result = mori_queue_try_send(model->queue, &items[0]);
                        if (result == -EAGAIN && await mori_yield() < 0)
                                return -ECANCELED;
                        result = result == 0 ? 1 : result == -EAGAIN ? 0 : result;
                        break;
                case 1: {
                        size_t count = draw(model, 4) + 1;

                        if (count > ITEMS - model->sent[index])
                                count = ITEMS - model->sent[index];
                        for (size_t i = 0; i < count; i++)
                                items[i] = (struct item){index, model->sent[index] + (uint32_t)i};
                        result = await mori_queue_send_many(model->queue, items, count);
                        break;
                }
                case 2: {
                        mori_case cases[] = {MORI_CASE_SEND(model->queue, &items[0]),
                                             MORI_CASE_AFTER(MORI_US(draw(model, 200)))};

                        result = await mori_select(cases, 2);
                        model->selects++;
                        if (result == 0)
                                result = cases[0].result == 0 ? 1 : cases[0].result;
                        else if (result == 1)
                                result = 0;
                        break;
                }
                case 3:
                        if (await mori_sleep(MORI_US(draw(model, 100))) < 0)
                                return -ECANCELED;
                        /* fall through */
                default:
                        result = await mori_queue_send(model->queue, &items[0]);
                        result = result == 0 ? 1 : result;
                }
                queue_check(model->queue);
                if (result < 0)
                        return (int)result;
                model->sent[index] += (uint32_t)result;
                model->sent_total += (uint32_t)result;
        }
        return 0;
}

static async int model_receiver(struct model *model, unsigned index)
{
        for (;;) {
                struct item items[3];
                int64_t result;

                switch (draw(model, 6)) {
                case 0:
                        result = mori_queue_try_receive(model->queue, &items[0]);
                        if (result == -EAGAIN && await mori_yield() < 0)
                                return -ECANCELED;
                        result = result == 0 ? 1 : result == -EAGAIN ? 0 : result;
                        break;
                case 1:
                        result = await mori_queue_receive_many(model->queue, items,
                                                               draw(model, 3) + 1);
                        break;
                case 2: {
                        mori_case cases[] = {MORI_CASE_AFTER(MORI_US(draw(model, 200) + 1)),
                                             MORI_CASE_RECEIVE(model->queue, &items[0])};

                        result = await mori_select(cases, 2);
                        model->selects++;
                        if (result == 1)
                                result = cases[1].result == 0 ? 1 : cases[1].result;
                        break;
                }
                default:
                        result = await mori_queue_receive(model->queue, &items[0]);
                        result = result == 0 ? 1 : result;
                }
                if (result < 0)
                        return (int)result;
                for (int64_t i = 0; i < result; i++)
                        took(model, index, items[i]);
                if (draw(model, 20) == 0 && await mori_sleep(MORI_US(draw(model, 300))) < 0)
                        return -ECANCELED;
        }
}

static async int model_run(struct model *model, bool cancelling, bool closing)
{
        Async(int) senders[SENDERS], receivers[RECEIVERS];
        uint32_t done = 0;

        for (unsigned i = 0; i < RECEIVERS; i++)
                receivers[i] = start(model_receiver, model, i);
        for (unsigned i = 0; i < SENDERS; i++)
                senders[i] = start(model_sender, model, i);
        while (done < SENDERS) {
                EXPECT_EQ(await mori_sleep(MORI_US(draw(model, 400))), 0);
                queue_check(model->queue);
                if (closing && draw(model, 30) == 0) {
                        mori_queue_close(model->queue);
                        closing = false;
                }
                if (cancelling) {
                        unsigned i = draw(model, SENDERS), j = draw(model, RECEIVERS);

                        if (!mori_done(MORI_ACTIVITY(senders[i]))) {
                                cancel(senders[i]);
                                (void)join(senders[i]);
                                senders[i] = start(model_sender, model, i);
                                model->cancelled++;
                        }
                        if (!mori_done(MORI_ACTIVITY(receivers[j]))) {
                                cancel(receivers[j]);
                                (void)join(receivers[j]);
                                receivers[j] = start(model_receiver, model, j);
                                model->cancelled++;
                        }
                        if (model->cancelled > 300)
                                cancelling = false;
                }
                done = 0;
                for (unsigned i = 0; i < SENDERS; i++)
                        done += mori_done(MORI_ACTIVITY(senders[i])) != 0;
        }
        mori_queue_close(model->queue);
        for (unsigned i = 0; i < SENDERS; i++) {
                int result = join(senders[i]);

                EXPECT(result == 0 || result == -EPIPE);
        }
        for (unsigned i = 0; i < RECEIVERS; i++)
                EXPECT_EQ(join(receivers[i]), -EPIPE);
        EXPECT_EQ(model->received_total, model->sent_total);
        return 0;
}

static async int model_main(int argc, char **argv)
{
        for (uint32_t round = 0; round < TEST_TIMES(24); round++) {
                struct model *model = shared_bytes();

                (void)argc;
                (void)argv;
                memset(model, 0, sizeof *model);
                model->random = (uint64_t)*shared(0) * 1000 + round + 1;
                model->queue = mori_queue_new(draw(model, 7) + 1, sizeof(struct item));
                EXPECT_EQ(await model_run(model, round & 1, round & 2), 0);
                queue_check(model->queue);
                mori_queue_free(model->queue);
        }
        return 0;
}

START_TEST(queues_agree_with_a_model)
{
        for (long seed = 0; seed < 6; seed++) {
                *shared(0) = seed;
                ck_assert_int_eq(run(model_main), 0);
                ck_assert_not_reported();
                assert_nothing_left();
        }
}
END_TEST

/* ---- Select */

static async int selects(int argc, char **argv)
{
        mori_queue *full = mori_queue_new(1, sizeof(int)), *empty = mori_queue_new(1, sizeof(int));
        int in = 7, out = 0;
        Async(int) a = start(sleeps, 10);
        int64_t before;

        (void)argc;
        (void)argv;
        EXPECT_EQ(await mori_queue_send(full, &in), 0);
        EXPECT_EQ(await mori_select(NULL, 0), -EINVAL);
        { /* several could happen: the first in the array does, of the others nothing */
                mori_case cases[] = {MORI_CASE_SEND(full, &in), MORI_CASE_RECEIVE(full, &out),
                                     MORI_CASE_SEND(empty, &in), MORI_CASE_AFTER(0)};

                EXPECT_EQ(await mori_select(cases, 4), 1);
                EXPECT_EQ(out, 7);
                EXPECT_EQ(cases[1].result, 0);
                EXPECT_EQ(mori_queue_count(empty), 0);
                EXPECT_EQ(mori_queue_count(full), 0);
                EXPECT_EQ(await mori_queue_send(full, &in), 0);
        }
        before = mori_now();
        { /* the shortest wait wins */
                mori_case cases[] = {MORI_CASE_RECEIVE(empty, &out), MORI_CASE_DONE(a),
                                     MORI_CASE_SEND(full, &in), MORI_CASE_AFTER(MORI_MS(5)),
                                     MORI_CASE_AFTER(MORI_MS(6))};

                EXPECT_EQ(await mori_select(cases, 5), 3);
                EXPECT(mori_now() - before >= MORI_MS(5) && mori_now() - before < MORI_MS(6));
                EXPECT_EQ(await mori_select(cases, 3), 1);
                EXPECT_EQ(await mori_select(cases, 3), 1); /* it is not joined */
                EXPECT_EQ(join(a), 0);
        }
        { /* a wrong size fails the whole of it */
                char wrong = 0;
                mori_case cases[] = {MORI_CASE_AFTER(MORI_MS(5)), MORI_CASE_RECEIVE(empty, &wrong)};

                EXPECT_EQ(await mori_select(cases, 2), -EINVAL);
        }
        within(MORI_MS(5))
        {
                mori_case cases[] = {MORI_CASE_RECEIVE(empty, &out), MORI_CASE_SEND(full, &in)};

                EXPECT_EQ(await mori_select(cases, 2), -ETIMEDOUT);
                EXPECT_EQ(await mori_select(cases, 2), -ETIMEDOUT);
        }
        queue_check(full);
        queue_check(empty);
        mori_queue_close(empty);
        {
                mori_case cases[] = {MORI_CASE_AFTER(MORI_MS(5)), MORI_CASE_RECEIVE(empty, &out)};

                EXPECT_EQ(await mori_select(cases, 2), 1);
                EXPECT_EQ(cases[1].result, -EPIPE);
        }
        mori_queue_free(full);
        mori_queue_free(empty);
        return 0;
}

START_TEST(select_takes_the_first)
{
        ck_assert_int_eq(run(selects), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static async int selects_twice(mori_queue *queue, int which)
{
        int a = -1, b = -1;
        mori_case cases[] = {MORI_CASE_RECEIVE(queue, &a), MORI_CASE_RECEIVE(queue, &b),
                             MORI_CASE_AFTER(MORI_MS(which))};
        int index = await mori_select(cases, 3);

        if (index == 0)
                return a;
        if (index == 1)
                return b;
        return index;
}

static async int same_queue(int argc, char **argv)
{
        mori_queue *queue = mori_queue_new(1, sizeof(int));
        Async(int) a = start(selects_twice, queue, 10), b = start(selects_twice, queue, 5), c, d;

        (void)argc;
        (void)argv;
        c = start(receives, queue);
        d = start(selects_twice, queue, 20);
        for (int i = 100; i < 104; i++) {
                EXPECT_EQ(await mori_queue_send(queue, &i), 0);
                queue_check(queue);
        }
        EXPECT_EQ(join(a), 100);
        EXPECT_EQ(join(b), 101);
        EXPECT_EQ(join(c), 102);
        EXPECT_EQ(join(d), 103);
        a = start(selects_twice, queue, 10);
        b = start(selects_twice, queue, 5);
        mori_queue_close(queue);
        EXPECT_EQ(join(a), -1);
        EXPECT_EQ(join(b), -1);
        mori_queue_free(queue);
        return 0;
}

START_TEST(a_queue_may_stand_twice_in_a_select)
{
        ck_assert_int_eq(run(same_queue), 0);
        assert_nothing_left();
}
END_TEST

static async int busy(int argc, char **argv)
{
        Async(int) a = start(sleeps, 10);
        Async(int) b = start(mori_wait, MORI_ACTIVITY(a));
        mori_case cases[] = {MORI_CASE_AFTER(MORI_MS(1)), MORI_CASE_DONE(a)};

        (void)argc;
        (void)argv;
        EXPECT_EQ(await mori_select(cases, 2), -EBUSY);
        EXPECT_EQ(join(b), 0);
        EXPECT_EQ(await mori_select(cases, 2), 1);
        EXPECT_EQ(join(a), 0);
        return 0;
}

START_TEST(one_waits_for_an_end_at_a_time)
{
        ck_assert_int_eq(run(busy), 0);
        assert_nothing_left();
}
END_TEST

/* Everything at once: activities that end, timers, queues both ways, cancelled at random. */
struct race {
        uint64_t random;
        mori_queue *in, *out;
        int sent, received;
};

static async int racer(struct model *model, struct race *race, int64_t us)
{
        int got = 0, give = 1, result = 0, ended;
        Async(int) a = start(mori_sleep, MORI_US(us));
        Async(int) b = start(mori_sleep, MORI_US(us + 65));
        mori_case cases[] = {MORI_CASE_DONE(a),
                             MORI_CASE_RECEIVE(race->in, &got),
                             MORI_CASE_AFTER(MORI_US(us + 20)),
                             MORI_CASE_SEND(race->out, &give),
                             MORI_CASE_DONE(b),
                             MORI_CASE_DONE(a)};

        (void)model;
        for (int i = 0; i < 4 && result >= 0; i++) {
                result = await mori_select(cases + i, 6 - (unsigned)i);
                if (result >= 0) {
                        EXPECT_EQ(cases[i + result].result, 0);
                        if (cases[i + result].kind == MORI_CASE_KIND_RECEIVE)
                                race->received += got;
                        if (cases[i + result].kind == MORI_CASE_KIND_SEND)
                                race->sent += give;
                }
        }
        ended = join(b);
        EXPECT(ended == 0 || ended == mori_cancelled());
        (void)join(a);
        return result < 0 ? result : 0;
}

static async int racing(int argc, char **argv)
{
        struct model *model = shared_bytes();
        struct race *race = (struct race *)(model + 1);
        int put = 0, item;

        (void)argc;
        (void)argv;
        model->random = (uint64_t)*shared(0) + 1;
        race->in = mori_queue_new(2, sizeof(int));
        race->out = mori_queue_new(3, sizeof(int));
        race->sent = race->received = 0;
        for (int round = 0; round < 400; round++) {
                scope
                {
                        for (int i = 0; i < 20; i++) {
                                Async(int) a =
                                        start(racer, model, race, (int64_t)draw(model, 200) + 1);

                                if (draw(model, 3) == 0)
                                        cancel(a);
                                ignore(a);
                        }
                        for (int i = 0; i < 10; i++) {
                                item = 1;
                                if (draw(model, 2) && mori_queue_try_send(race->in, &item) == 0)
                                        put++;
                                if (draw(model, 2) && mori_queue_try_receive(race->out, &item) == 0)
                                        race->sent--;
                                EXPECT_EQ(await mori_sleep(MORI_US(draw(model, 30))), 0);
                                queue_check(race->in);
                                queue_check(race->out);
                        }
                        if (draw(model, 2))
                                break;
                }
        }
        EXPECT_EQ((long)put - race->received, mori_queue_count(race->in));
        EXPECT_EQ(race->sent, mori_queue_count(race->out));
        return 0;
}

START_TEST(everything_races_in_selects)
{
        for (long seed = 0; seed < 8; seed++) {
                *shared(0) = seed;
                ck_assert_int_eq(run(racing), 0);
                ck_assert_not_reported();
                assert_nothing_left();
        }
}
END_TEST

TEST_MAIN("activity/queue", TEST(queues_keep_their_rules), TEST(waiters_are_served_in_turn),
          TEST(nothing_is_lost_between_given_and_taken), TEST(a_queue_outlives_its_waiters),
          TEST(queues_agree_with_a_model), TEST(select_takes_the_first),
          TEST(a_queue_may_stand_twice_in_a_select), TEST(one_waits_for_an_end_at_a_time),
          TEST(everything_races_in_selects))
