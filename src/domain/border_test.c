/* SPDX-License-Identifier: MIT */
/*
 * A border between two processes, which are in one OS process here, so that sanitizers see both;
 * and one whose other side writes whatever a seed says.
 */
#include "object/served_test.h"

#include "domain/border.h"
#include "object/verb.h"
#include "platform/shared.h"

#include <mori/random.h>

#include <sys/socket.h>
#include <unistd.h>

/* Engines of the kernel: there are no borders in the simulation. */
static const struct seat_config border_configs[] = {
        {.io.kind = PLATFORM_IO_EPOLL, .stall_ns = -1, .seats = 1},
        {.io.kind = PLATFORM_IO_AUTO, .stall_ns = -1, .seats = 2},
        {.io.kind = PLATFORM_IO_EPOLL, .stall_ns = -1, .seats = 2, .migrate = true},
};

/* Both sides of a border, each mapped as it would be in its own domain. */
static struct border_parts sides[2];

static void *mapped(int fd, bool writes)
{
        void *address;

        ck_assert_int_eq(platform_shared_map(dup(fd), LANE_SIDE_BYTES, writes, &address), 0);
        return address;
}

static void sides_make(void)
{
        int sockets[2], fds[2];
        void *address;

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
        for (unsigned i = 0; i < 2; i++) {
                ck_assert_int_eq(platform_shared_new(LANE_SIDE_BYTES, false, &fds[i], &address),
                                 0);
                platform_shared_unmap(address, LANE_SIDE_BYTES);
                sides[i].socket = sockets[i];
        }
        for (unsigned i = 0; i < 2; i++) {
                sides[i].ours = mapped(fds[i], true);
                sides[i].theirs = mapped(fds[!i], false);
        }
        close(fds[0]);
        close(fds[1]);
}

MORI_NONBLOCKING static struct border *border_at(unsigned side, calculator *ret_exported)
{
        struct connection *connection;
        struct border *border =
                border_new(objects_self(), &sides[side], side == 0 ? "b" : "a", NULL, &connection);

        ck_assert_ptr_nonnull(border);
        if (ret_exported != NULL)
                ck_assert_int_eq(object_exported_over(connection, &ret_exported->ref), 0);
        return border;
}

static async int serves_there(void *argument)
{
        struct border *border = border_at(1, NULL);
        calculator c;

        EXPECT_EQ(calculator_new(argument, &c), 0);
        EXPECT_EQ(mori_export(c.ref), 0);
        mori_ref_drop(c.ref);
        (void)border;
        return await waits_for_ever(argument);
}

static void over_a_border(async int (*entry)(void *argument))
{
        for (unsigned i = 0; i < ELEMENTS(border_configs); i++) {
                sides_make();
                domain_run(&border_configs[i],
                           (struct member[]){{"a", entry, NULL}, {"b", serves_there, NULL}}, 2);
                ck_assert_msg(status_of[0] == 0, "config %u: %d: %.2000s", i, status_of[0],
                              reports);
                ck_assert_str_eq(reports, "");
        }
}

/* ---- Calls of all kinds */

#define LONG_BYTES 300000u

/* Longer than a record: it goes beside. */
static async void opens_long(calculator c)
{
        char *name = mori_alloc(LONG_BYTES + 1);
        int32_t value;
        memory m;

        memset(name, 'x', LONG_BYTES);
        name[LONG_BYTES] = '\0';
        EXPECT_EQ(await calculator_open(c, name, &m), 0);
        EXPECT_EQ(await memory_change(m, 1, &value), 0);
        EXPECT_EQ(value, LONG_BYTES + 1);
        mori_ref_drop(m.ref);
        mori_free(name);
}

#define SENT TEST_TIMES(20000)

/* More than the lane has room for: some find none. */
static async void sends_many(calculator c)
{
        static const int at_once = 2000;
        calculator_add_promise *promises = mori_alloc_zero((size_t)at_once, sizeof *promises);

        for (int sent = 0; sent < SENT; sent += at_once) {
                for (int i = 0; i < at_once; i++)
                        promises[i] = calculator_add_send(c, 100 + i, sent);
                for (int i = 0; i < at_once; i++) {
                        int32_t sum;
                        int error = await calculator_add_join(&promises[i], &sum);

                        EXPECT(error == 0 || error == -EOVERFLOW);
                        EXPECT(error < 0 || sum == 100 + i + sent);
                }
        }
        mori_free(promises);
}

static async int calls_over_a_border(void *argument)
{
        calculator c;
        struct border *border = border_at(0, &c);
        calculator_open_promise opened;
        memory_change_promise changed;
        int32_t value;
        memory ours;

        (void)argument;
        (void)border;
        EXPECT_EQ(await calculator_add(c, 2, 3, &value), 0);
        EXPECT_EQ(value, 5);
        EXPECT_EQ(await calculator_add(c, 13, 3, &value), -EDOM);
        opened = calculator_open_send(c, "four"); /* pipelined */
        changed = memory_change_send(calculator_open_memory(&opened), 3);
        EXPECT_EQ(await memory_change_join(&changed, &value), 0);
        EXPECT_EQ(value, 7);
        mori_sent_drop(opened.sent);
        EXPECT_EQ(memory_new(10, NULL, &ours), 0);
        EXPECT_EQ(await calculator_use(c, ours, 5, &value), 0); /* which calls back */
        EXPECT_EQ(value, 15);
        mori_ref_drop(ours.ref);
        for (int i = 0; i < 5; i++)
                await opens_long(c);
        await sends_many(c);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(calls)
{
        over_a_border(calls_over_a_border);
}
END_TEST

#define PULLERS 200

static async int many_wait_for_room(void *argument)
{
        calculator c;
        int done = 0;

        (void)argument;
        (void)border_at(0, &c);
        scope
        {
                for (int n = 0; n < 10; n++)
                        for (int i = 0; i < PULLERS; i++)
                                ignore(start(pulls, c, i, &done));
        }
        EXPECT_EQ(done, 10 * PULLERS);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(who_waits_for_room_gets_it)
{
        over_a_border(many_wait_for_room);
}
END_TEST

MORI_NONBLOCKING static void kills_the_other(void)
{
        process_kill(processes[1]);
}

static async int the_other_ends(void *argument)
{
        int32_t sum;
        calculator c;

        (void)argument;
        (void)border_at(0, &c);
        EXPECT_EQ(await calculator_add(c, 1, 1, &sum), 0);
        scope
        {
                Async(int) a = start(calculator_wait, c, MORI_S(100));

                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                kills_the_other();
                EXPECT_EQ(await join(a), -ECONNRESET);
        }
        EXPECT_EQ(await calculator_add(c, 1, 1, &sum), -ECONNRESET);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(ends)
{
        over_a_border(the_other_ends);
}
END_TEST

/* ---- The other side writes what it likes */

struct hostile {
        struct lane_side *side; /* its own */
        int socket;
        uint64_t seed;
        uint32_t tail;
};

static uint32_t next_random(struct hostile *hostile)
{
        hostile->seed = hostile->seed * 6364136223846793005ull + 1442695040888963407ull;
        return (uint32_t)(hostile->seed >> 33);
}

static struct lane_ring *ring_of(struct hostile *hostile)
{
        return (struct lane_ring *)(void *)hostile->side->rest;
}

/* Small numbers are the ones that stand for something. */
static uint32_t number(struct hostile *hostile)
{
        uint32_t kind = next_random(hostile) % 10;

        return kind == 0 ? next_random(hostile) : next_random(hostile) % (kind < 8 ? 4 : 5000);
}

static void random_fill(struct hostile *hostile, void *bytes, size_t count)
{
        for (size_t i = 0; i < count; i++)
                ((unsigned char *)bytes)[i] =
                        next_random(hostile) % 3 == 0 ? (unsigned char)next_random(hostile) : 0;
}

/* A verb that is nearly right. Returns its bytes. */
static uint32_t verb_make(struct hostile *hostile, unsigned char *to)
{
        static const uint64_t interfaces[] = {0, 1};
        struct verb_call *call = (struct verb_call *)(void *)to;
        struct verb_return *put = (struct verb_return *)(void *)to;
        uint32_t capabilities = next_random(hostile) % 4 == 0 ? number(hostile) % 40 : 0;
        uint32_t words = number(hostile) % 30, head = sizeof call->head;
        struct descriptor *descriptors;

        random_fill(hostile, to, 1024);
        call->head.verb = (uint8_t)(next_random(hostile) % 7);
        call->head.flags = (uint8_t)(next_random(hostile) % 4 == 0 ? next_random(hostile) : 0);
        call->head.segments = (uint16_t)(next_random(hostile) % 8 == 0 ? number(hostile) : 1);
        call->head.id = number(hostile);
        call->head.words = words;
        call->head.capabilities = (uint16_t)capabilities;
        if (call->head.verb == VERB_CALL) {
                head = sizeof *call;
                call->head.depth = (uint16_t)(next_random(hostile) % 10);
                call->target_kind = next_random(hostile) % 4;
                call->target = number(hostile);
                call->interface = next_random(hostile) % 8 == 0
                                          ? interfaces[next_random(hostile) % 2]
                                          : calculator_methods[0].interface;
                call->ordinal = (uint16_t)(next_random(hostile) % 5);
                for (unsigned i = 0; i < 8; i++)
                        call->path[i] = (uint16_t)(next_random(hostile) % 3);
                if (next_random(hostile) % 4 != 0)
                        call->deadline_low = call->deadline_high = 0;
        } else if (call->head.verb == VERB_RETURN) {
                head = sizeof *put;
                put->error = next_random(hostile) % 3 == 0 ? -(int32_t)number(hostile) : 0;
        } else if (call->head.verb == VERB_WAITS) {
                head = (uint32_t)(sizeof(struct verb_waits) +
                                  capabilities * sizeof(struct verb_hop));
                return head > 4000 ? 4000 : head;
        }
        descriptors = (struct descriptor *)(void *)(to + head);
        for (uint32_t i = 0; i < capabilities; i++)
                descriptors[i] =
                        (struct descriptor){next_random(hostile) % 3, number(hostile) % 100};
        if (words > 0 && next_random(hostile) % 2 == 0) { /* a struct that is all of it */
                uint64_t *root = (uint64_t *)(void *)(descriptors + capabilities);

                *root = (uint64_t)(words - 1) << 32;
        }
        head += capabilities * (uint32_t)sizeof *descriptors + words * 8;
        return call->head.flags & VERB_LONG
                       ? (call->head.verb == VERB_CALL ? (uint32_t)sizeof *call
                                                       : (uint32_t)sizeof *put) +
                                 8
                       : head;
}

static void record_write(struct hostile *hostile)
{
        static _Alignas(16) unsigned char bytes[8192];
        struct lane_ring *ring = ring_of(hostile);
        uint32_t count = verb_make(hostile, bytes), at = hostile->tail % LANE_BYTES_MAX;
        struct lane_record head = {(uint32_t)round_up(count + 8, 8), count};

        if (LANE_BYTES_MAX - at < head.bytes) {
                struct lane_record none = {LANE_BYTES_MAX - at,
                                           (uint32_t)RECORD_NONE << RECORD_KIND_SHIFT};

                memcpy(ring->bytes + at, &none, sizeof none);
                hostile->tail += none.bytes;
                at = 0;
        }
        memcpy(ring->bytes + at, &head, sizeof head);
        memcpy(ring->bytes + at + 8, bytes, count);
        hostile->tail += head.bytes;
}

/* What would be wrong by itself is done seldom, lest nothing else be seen. */
static void scribble(struct hostile *hostile, bool is_wild)
{
        struct lane_ring *ring = ring_of(hostile);
        uint32_t what = next_random(hostile) % (is_wild ? 100 : 70), at;

        if (what < 60) {
                record_write(hostile);
        } else if (what < 70) {
                atomic_store_release(&hostile->side->sleep, next_random(hostile));
                atomic_store_release(&ring->wants_room, next_random(hostile));
        } else if (what < 90) {
                at = next_random(hostile) % (LANE_BYTES_MAX - 64);
                random_fill(hostile, ring->bytes + at, 64);
        } else if (what < 95) {
                atomic_store_release(&hostile->side->taken, number(hostile) * 8);
        } else if (what < 97) {
                atomic_store_release(&hostile->side->taken_beside, number(hostile) * 64);
        } else if (what < 99) {
                hostile->tail = number(hostile) * 8;
        } else {
                atomic_store_release(&hostile->side->closed, 1);
        }
}

/* So much as might be put at a time, and then the bell. */
MORI_NONBLOCKING static void writes(struct hostile *hostile, bool is_wild)
{
        unsigned count = next_random(hostile) % 8;

        if (hostile->tail == 0)
                lane_ring_init(ring_of(hostile), LANE_BYTES_MAX);
        for (unsigned i = 0; i < count; i++)
                scribble(hostile, is_wild);
        if (!is_wild) /* it reads all at once */
                atomic_store_release(
                        &hostile->side->taken,
                        atomic_load_acquire(&((const struct lane_ring *)(const void *)sides[1]
                                                      .theirs->rest)
                                                     ->tail));
        atomic_store_release(&ring_of(hostile)->tail, hostile->tail);
        (void)send(hostile->socket, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static async int calls_within(calculator c, int kind)
{
        calculator_add_promise sent;
        int32_t value;
        int error = 0;
        memory m;

        within (MORI_US(200)) {
                if (kind == 0)
                        error = await calculator_add(c, 1, 2, &value);
                else if (kind == 1 && (error = await calculator_open(c, "name", &m)) == 0)
                        mori_ref_drop(m.ref);
        }
        if (kind == 2) {
                sent = calculator_add_send(c, 1, 1);
                mori_sent_drop(sent.sent);
        }
        return error > 0 ? -EIO : 0;
}

MORI_NONBLOCKING static void sides_free(struct hostile *hostile)
{
        close(hostile->socket);
        platform_shared_unmap(sides[1].ours, LANE_SIDE_BYTES);
        platform_shared_unmap(sides[1].theirs, LANE_SIDE_BYTES);
}

MORI_NONBLOCKING static struct hostile hostile_new(uint64_t seed)
{
        sides_make();
        return (struct hostile){.side = sides[1].ours, .socket = sides[1].socket, .seed = seed};
}

static async void suffers(uint64_t seed, calculator served)
{
        struct hostile hostile = hostile_new(seed);
        calculator c;
        struct border *border = border_at(0, &c);

        (void)served;
        for (int i = 0; i < 40; i++) {
                writes(&hostile, seed % 4 == 0);
                EXPECT_EQ(await calls_within(c, i % 4), 0);
                EXPECT_EQ(await mori_yield(), 0);
        }
        sides_free(&hostile);
        mori_ref_drop(c.ref);
        border_done(border);
}

#define SEEDS TEST_TIMES(400)

static async int suffers_all(void *argument)
{
        calculator c;

        (void)argument;
        EXPECT_EQ(calculator_new(NULL, &c), 0);
        EXPECT_EQ(mori_export(c.ref), 0);
        for (uint64_t seed = 1; seed <= SEEDS; seed++)
                await suffers(seed, c);
        EXPECT_EQ(await mori_sleep(MORI_MS(20)), 0);
        mori_ref_drop(c.ref);
        return 0;
}

/* The process goes on, whatever comes; and what is wrong is reported. */
START_TEST(a_hostile_side)
{
        domain_run(&border_configs[0], (struct member[]){{"a", suffers_all, NULL}}, 1);
        ck_assert_msg(status_of[0] == 0, "%d: %.2000s", status_of[0], reports);
        ck_assert_reported("the connection is broken");
}
END_TEST

/* ---- What is wanted */

/* The other side takes all that there is, and what is beside. True where we are told. */
static bool takes_all(struct lane_in *in, struct lane_out *out, uint64_t *beside)
{
        uint32_t bytes;
        bool stays;
        void *copy;

        while (lane_next(in, &bytes) != NULL) {
                if (bytes == LANE_RECORD_MAX) {
                        ck_assert_int_eq(
                                lane_beside_take(in, *beside, LANE_BESIDE_MAX, &copy, &stays), 0);
                        free(copy);
                        *beside += LANE_BESIDE_MAX;
                }
                lane_taken(in);
        }
        return lane_settle(in) && lane_must_wake(out);
}

static void put_bytes(struct lane_out *out, uint32_t bytes)
{
        ck_assert_ptr_nonnull(lane_reserve(out, bytes));
        lane_commit(out, bytes);
}

/* Room beside that was wanted comes, and other room is taken, before we sleep: it is found. */
START_TEST(a_wish_is_not_lost)
{
        struct lane_out out, other_out;
        struct lane_in in, other_in;
        uint64_t word, beside = 0;
        void *bytes;

        sides_make();
        ck_assert_int_eq(lane_shared_new(sides[0].ours, sides[0].theirs, &out, &in), 0);
        ck_assert_int_eq(lane_shared_new(sides[1].ours, sides[1].theirs, &other_out, &other_in), 0);
        for (int i = 0; i < 3; i++) {
                ck_assert_ptr_nonnull(lane_reserve(&out, LANE_RECORD_MAX));
                ck_assert_int_eq(lane_beside(&out, LANE_BESIDE_MAX, &bytes, &word), 0);
                lane_commit(&out, LANE_RECORD_MAX);
        }
        put_bytes(&out, 8000); /* the ring is full */
        (void)lane_publish(&out);
        ck_assert_ptr_nonnull(lane_reserve(&out, 64));
        ck_assert_int_eq(lane_beside(&out, LANE_BESIDE_MAX, &bytes, &word), -EAGAIN);
        ck_assert(!takes_all(&other_in, &other_out, &beside)); /* we are awake */
        put_bytes(&out, 16000);
        (void)lane_publish(&out);
        ck_assert(!lane_sleep(&in));
        ck_assert_int_eq(lane_beside(&out, LANE_BESIDE_MAX, &bytes, &word), 0);
        lane_shared_free(out.shared);
        lane_shared_free(other_out.shared);
        for (int i = 0; i < 2; i++) {
                close(sides[i].socket);
                platform_shared_unmap(sides[i].ours, LANE_SIDE_BYTES);
                platform_shared_unmap(sides[i].theirs, LANE_SIDE_BYTES);
        }
}
END_TEST

TEST_MAIN("domain/border", TEST(a_wish_is_not_lost), TEST(calls), TEST(who_waits_for_room_gets_it),
          TEST(ends), TEST(a_hostile_side))
