/* SPDX-License-Identifier: MIT */
/*
 * Connecting to the first of several addresses that answers. One that does not answer is a listener
 * whose queue is full: the kernel drops who asks. How long things take is asked in the simulation,
 * where time is virtual.
 */
#include "io.h"

#include <mori/clock.h>
#include <mori/scope.h>
#include <mori/socket.h>

#include <sys/socket.h>

enum { FILL = 8 };

/* A listener, and whoever fills its queue. */
struct hole {
        mori_file listener, waiting[FILL];
        unsigned count;
        mori_address address;
};

HELPER void listens(mori_file *ret_listener, mori_address *ret_address)
{
        char text[64];

        EXPECT_EQ(mori_socket_listen("127.0.0.1:0", 1, ret_listener), 0);
        EXPECT_EQ(mori_socket_address(*ret_listener, 0, text, sizeof text), 0);
        EXPECT_EQ(mori_address_parse(text, ret_address), 0);
}

static async void hole_dig(struct hole *hole)
{
        int result = 0;

        listens(&hole->listener, &hole->address);
        hole->count = 0;
        while (result == 0 && hole->count < FILL) {
                within(MORI_MS(30)) {
                        result = await mori_socket_connect_any(&hole->address, 1,
                                                               &hole->waiting[hole->count]);
                }
                hole->count += result == 0;
        }
        EXPECT_EQ(result, -ETIMEDOUT);
}

static async void hole_fill(struct hole *hole)
{
        while (hole->count > 0)
                EXPECT_EQ(await mori_file_close(hole->waiting[--hole->count]), 0);
        EXPECT_EQ(await mori_file_close(hole->listener), 0);
}

/* An address at which nobody listens. */
static async mori_address refusing(void)
{
        mori_address address;
        mori_file listener;

        listens(&listener, &address);
        EXPECT_EQ(await mori_file_close(listener), 0);
        return address;
}

HELPER bool peer_is(mori_file socket, const mori_address *address)
{
        mori_address peer;
        char text[64];

        EXPECT_EQ(mori_socket_address(socket, 1, text, sizeof text), 0);
        EXPECT_EQ(mori_address_parse(text, &peer), 0);
        return mori_address_equal(&peer, address);
}

HELPER void took(int64_t begun, int64_t least, int64_t most)
{
        int64_t passed = mori_now() - begun;

        if (simulated())
                EXPECT(passed >= least && passed <= most);
}

PROGRAM(one_that_does_not_answer)
{
        struct hole *holes = calloc(2, sizeof *holes);
        mori_address addresses[3];
        mori_file listener, socket;
        int64_t begun;
        int before;

        await hole_dig(&holes[0]);
        await hole_dig(&holes[1]);
        listens(&listener, &addresses[2]);
        addresses[0] = holes[0].address;
        addresses[1] = holes[1].address;
        before = open_now();
        begun = mori_now();
        EXPECT_EQ(await mori_socket_connect_any(addresses, 3, &socket), 0);
        took(begun, MORI_MS(500), MORI_MS(510));
        EXPECT(peer_is(socket, &addresses[2]));
        EXPECT_EQ(open_now(), before + 1);
        EXPECT_EQ(operations_left(), 0);
        EXPECT_EQ(await mori_file_close(socket), 0);
        EXPECT_EQ(await mori_file_close(listener), 0);
        await hole_fill(&holes[0]);
        await hole_fill(&holes[1]);
        free(holes);
        return 0;
}

PROGRAM(one_that_refuses)
{
        mori_address addresses[MORI_SOCKET_ADDRESSES_MAX + 1];
        mori_file listener, socket = {9};
        int64_t begun = mori_now();

        for (unsigned i = 0; i <= MORI_SOCKET_ADDRESSES_MAX; i++)
                addresses[i] = await refusing();
        EXPECT_EQ(await mori_socket_connect_any(addresses, 8, &socket), -ECONNREFUSED);
        EXPECT_EQ(await mori_socket_connect_any(addresses, 0, &socket), -EINVAL);
        EXPECT_EQ(await mori_socket_connect_any(addresses, 9, &socket), -EINVAL);
        EXPECT_EQ(socket.word, 9);
        listens(&listener, &addresses[7]);
        EXPECT_EQ(await mori_socket_connect_any(addresses, 8, &socket), 0);
        took(begun, 0, MORI_MS(50)); /* nothing waits for the delay */
        EXPECT(peer_is(socket, &addresses[7]));
        EXPECT_EQ(await mori_file_close(socket), 0);
        return await mori_file_close(listener);
}

static async int accept_after(mori_file listener, int64_t delay, mori_file *ret_socket)
{
        attempt(await mori_sleep(delay));
        return await mori_socket_accept(listener, ret_socket);
}

/*
 * The first answers late, maybe in the moment in which the second does: one is taken, one closed.
 */
PROGRAM(two_at_a_time)
{
        struct hole *hole;
        mori_address addresses[2];
        mori_file listener, socket, drained;
        unsigned firsts = 0;
        int before;

        if (!simulated())
                return 0; /* a second passes before a kernel asks again */
        hole = calloc(1, sizeof *hole);
        listens(&listener, &addresses[1]);
        for (int i = 0; i < 60; i++) {
                await hole_dig(hole);
                addresses[0] = hole->address;
                before = open_now();
                scope {
                        Async(int) draining = start(accept_after, hole->listener,
                                                    MORI_MS(250) + MORI_US(5 * (i - 30)),
                                                    &drained);

                        EXPECT_EQ(await mori_socket_connect_any(addresses, 2, &socket), 0);
                        EXPECT_EQ(await join(draining), 0);
                }
                EXPECT_EQ(await mori_file_close(drained), 0);
                EXPECT_EQ(open_now(), before + 1);
                EXPECT_EQ(operations_left(), 0);
                firsts += peer_is(socket, &addresses[0]);
                EXPECT_EQ(await mori_file_close(socket), 0);
                await hole_fill(hole);
                /* whoever lost at the second one's was accepted, and has gone */
                within(MORI_MS(1)) {
                        while (await mori_socket_accept(listener, &drained) == 0)
                                EXPECT_EQ(await mori_file_close(drained), 0);
                }
        }
        EXPECT(firsts > 0 && firsts < 60); /* each of them wins sometimes */
        free(hole);
        return await mori_file_close(listener);
}

PROGRAM(cancelled_with_several_under_way)
{
        struct hole *hole = calloc(1, sizeof *hole);
        mori_address addresses[4];
        mori_file socket;
        int before;

        await hole_dig(hole);
        for (unsigned i = 0; i < 4; i++)
                addresses[i] = hole->address;
        before = open_now();
        for (int i = 0; i < (simulated() ? 20 : 2); i++) {
                within(MORI_MS(60) * (simulated() ? i : 5 * i)) {
                        EXPECT_EQ(await mori_socket_connect_any(addresses, 4, &socket),
                                  -ETIMEDOUT);
                }
                EXPECT_EQ(open_now(), before);
                EXPECT_EQ(operations_left(), 0);
        }
        await hole_fill(hole);
        free(hole);
        return 0;
}

HELPER void limit_simulated(unsigned descriptors)
{
        struct platform_sim_limits limits = {.descriptors = descriptors};

        platform_sim_limit(engine(), &limits);
}

/* What no other address would mend is told at once. */
PROGRAM(not_the_address)
{
        struct rlimit limit = {0};
        mori_address addresses[2] = {await refusing(), {.bytes = 0}};
        mori_file socket;

        addresses[1] = addresses[0];
        if (simulated()) {
                limit_simulated((unsigned)open_now() + 3);
        } else {
                getrlimit(RLIMIT_NOFILE, &limit);
                limit.rlim_cur = 0;
                while (fcntl((int)limit.rlim_cur, F_GETFD) >= 0)
                        limit.rlim_cur++;
                setrlimit(RLIMIT_NOFILE, &limit);
        }
        EXPECT_EQ(await mori_socket_connect_any(addresses, 2, &socket), -EMFILE);
        limit.rlim_cur += 100;
        if (!simulated())
                setrlimit(RLIMIT_NOFILE, &limit);
        addresses[0].as.any.sa_family = 99;
        EXPECT_EQ(await mori_socket_connect_any(addresses, 1, &socket), -EAFNOSUPPORT);
        return 0;
}

static async int relieve_and_accept(mori_file listener, mori_file *ret_socket)
{
        attempt(await mori_sleep(MORI_MS(300)));
        limit_simulated(1000);
        return await mori_socket_accept(listener, ret_socket);
}

/* No descriptor for the second try: the first goes on, and connects. */
PROGRAM(a_lack_leaves_those_under_way)
{
        struct hole *hole;
        mori_address addresses[2];
        mori_file socket, drained;

        if (!simulated())
                return 0; /* a second passes before a kernel asks again */
        hole = calloc(1, sizeof *hole);
        await hole_dig(hole);
        addresses[0] = addresses[1] = hole->address;
        limit_simulated((unsigned)open_now() + 4);
        scope {
                Async(int) draining = start(relieve_and_accept, hole->listener, &drained);

                EXPECT_EQ(await mori_socket_connect_any(addresses, 2, &socket), 0);
                EXPECT_EQ(await join(draining), 0);
        }
        EXPECT_EQ(await mori_file_close(socket), 0);
        EXPECT_EQ(await mori_file_close(drained), 0);
        await hole_fill(hole);
        free(hole);
        return 0;
}

/* What the system refuses in its own way (a firewall by -EACCES) does not end the others. */
PROGRAM(one_that_makes_no_sense)
{
        mori_address addresses[2];
        mori_file listener, socket;

        if (simulated())
                return 0;
        EXPECT_EQ(mori_address_parse("[fe80::1]:80", &addresses[0]), 0); /* on which link? */
        listens(&listener, &addresses[1]);
        EXPECT(await mori_socket_connect_any(addresses, 1, &socket) < 0);
        EXPECT_EQ(await mori_socket_connect_any(addresses, 2, &socket), 0);
        EXPECT(peer_is(socket, &addresses[1]));
        EXPECT_EQ(await mori_file_close(socket), 0);
        return await mori_file_close(listener);
}

IO_MAIN("io/connect", TEST(one_that_does_not_answer), TEST(one_that_refuses), TEST(two_at_a_time),
        TEST(cancelled_with_several_under_way), TEST(not_the_address),
        TEST(a_lack_leaves_those_under_way), TEST(one_that_makes_no_sense))
