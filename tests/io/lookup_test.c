/* SPDX-License-Identifier: MIT */
/* Names of hosts, asked of a server of our own, which also lies. */
#include "io.h"

#include <mori/datagram.h>
#include <mori/lookup.h>
#include <mori/scope.h>
#include <mori/socket.h>

#define TYPE_A    1
#define TYPE_AAAA 28

/*
 * What the server does with a question is told by the first letter of the name: "a..." is answered,
 * the others are not as they should be.
 */
HELPER size_t answer_make(unsigned char *message, size_t bytes)
{
        static const unsigned char loop[] = {0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 2, 0xc0, 12};
        static const unsigned char four[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 127, 0, 0, 7};
        unsigned char six[12 + 16] = {0xc0, 12, 0, TYPE_AAAA, 0, 1, 0, 0, 0, 9, 0, 16};
        size_t end = 12;
        unsigned type;

        while (end < bytes && message[end] != 0)
                end += 1u + message[end];
        type = message[end + 2];
        end += 5; /* the question alone; what c-ares adds to it is cut off */
        message[2] |= 0x80;
        message[3] = 0x80;
        message[7] = 0;
        message[11] = 0;
        switch (message[13]) {
        case 'a':
                if (type == TYPE_A)
                        memcpy(message + end, four, sizeof four);
                else
                        memcpy(message + end, six, sizeof six);
                if (type == TYPE_AAAA)
                        message[end + sizeof six - 1] = 1;
                message[7] = 1;
                return end + (type == TYPE_A ? sizeof four : sizeof six);
        case 'n': /* no such name */
                message[3] |= 3;
                return end;
        case 'e': /* there is, and it has no address */
                return end;
        case 's': /* SERVFAIL */
                message[3] |= 2;
                return end;
        case 'r': /* REFUSED */
                message[3] |= 5;
                return end;
        case 'w': /* the wrong id */
                message[0] ^= 0xff;
                return end;
        case 'l': /* an alias of itself */
                memcpy(message + end, loop, sizeof loop);
                message[7] = 1;
                return end + sizeof loop;
        case 'g': /* more answers than there are bytes */
                message[7] = 200;
                return end;
        case 'c': /* cut, and nobody listens for streams */
                message[2] |= 2;
                return end;
        case 'q': /* not what was asked */
                message[14] ^= 1;
                return end;
        default: /* nothing at all */
                return 0;
        }
}

HELPER void fail_of(const char *name, int result)
{
        ck_abort_msg("%s: %d", name, result);
}

static MORI_ASYNC int server(mori_file socket)
{
        unsigned char message[2048];
        mori_address from;

        for (;;) {
                int64_t bytes = await mori_datagram_receive(socket, message, 512, &from);
                size_t answer;

                if (bytes < 0)
                        return (int)bytes;
                answer = answer_make(message, (size_t)bytes);
                if (answer > 0)
                        attempt(await mori_datagram_send(socket, message, answer, &from));
        }
}

static MORI_ASYNC void served(mori_file *ret_socket)
{
        char text[64];

        EXPECT_EQ(mori_datagram_bind("127.0.0.1:0", 0, ret_socket), 0);
        EXPECT_EQ(mori_socket_address(*ret_socket, 0, text, sizeof text), 0);
        EXPECT_EQ(mori_lookup_servers(text, MORI_MS(60), 2), 0);
}

static MORI_ASYNC int looked_up(const char *name)
{
        mori_address addresses[4];

        return await mori_lookup(name, addresses, 4);
}

PROGRAM(what_is_no_name)
{
        static const char *const wrong[] = {
                "",       ":80",       "name",      "name:",         "name:x",     "name:65536",
                "a b:80", ".:80",      "..:80",     "a..b:80",       "256.0.0.1:1", "1.2.3:1",
                "%s:1",   "name:80:1", "[name]:80", "a.1:80",        "\xc3\xa9:80", "a/b:80",
        };
        char text[400];
        mori_address address;

        for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                EXPECT_EQ(await mori_lookup(wrong[i], &address, 1), -EINVAL);
        }
        memset(text, 'a', sizeof text);
        strcpy(text + 64, ".b:80");
        EXPECT_EQ(await mori_lookup(text, &address, 1), -EINVAL);
        memset(text, 'a', 390);
        for (int i = 9; i < 390; i += 10)
                text[i] = '.';
        strcpy(text + 390, "b:80");
        EXPECT_EQ(await mori_lookup(text, &address, 1), -EINVAL);
        EXPECT_EQ(await mori_lookup("localhost:80", &address, 0), -EINVAL);
        return 0;
}

PROGRAM(what_needs_no_server)
{
        mori_address addresses[4];
        char text[64];
        int count;

        EXPECT_EQ(await mori_lookup("127.0.0.9:80", addresses, 4), 1);
        EXPECT_EQ(mori_address_format(&addresses[0], text, sizeof text), 0);
        EXPECT(strcmp(text, "127.0.0.9:80") == 0);
        EXPECT_EQ(await mori_lookup("[::1]:80", addresses, 4), 1);
        count = await mori_lookup("localhost:81", addresses, 4);
        EXPECT(count >= 1);
        for (int i = 0; i < count; i++) {
                EXPECT_EQ(mori_address_format(&addresses[i], text, sizeof text), 0);
                EXPECT(strcmp(text, "[::1]:81") == 0 || strncmp(text, "127.", 4) == 0);
        }
        EXPECT(await mori_lookup("a.LocalHost:81", addresses, 4) >= 1);
        if (simulated()) {
                static const char hosts[] = "# comment\n10.0.0.1 one  two#three\n\n"
                                            "::5\tTWO\nx two\n";

                EXPECT_EQ(await looked_up("two:1"), -EOPNOTSUPP);
                EXPECT_EQ(await mori_sleep(MORI_S(2)), 0);
                EXPECT_EQ(platform_sim_directory(engine(), "/etc"), 0);
                EXPECT_EQ(platform_sim_file(engine(), "/etc/hosts", hosts, sizeof hosts - 1), 0);
                EXPECT_EQ(await mori_lookup("Two:7", addresses, 4), 2);
                EXPECT_EQ(mori_address_format(&addresses[0], text, sizeof text), 0);
                EXPECT(strcmp(text, "10.0.0.1:7") == 0);
                EXPECT_EQ(mori_address_format(&addresses[1], text, sizeof text), 0);
                EXPECT(strcmp(text, "[::5]:7") == 0);
                EXPECT_EQ(await mori_lookup("two:7", addresses, 1), 1);
                EXPECT_EQ(await looked_up("three:1"), -EOPNOTSUPP);
        }
        return 0;
}

PROGRAM(a_server_that_answers_and_lies)
{
        static const struct {
                const char *name;
                int result;
        } cases[] = {
                {"answer.test:80", 2},        {"none.test:80", -ENOENT},
                {"empty.test:80", -ENOENT},   {"servfail.test:80", -ECONNREFUSED},
                {"refused.test:80", -ECONNREFUSED}, {"wrong.test:80", -ETIME},
                {"loop.test:80", -ENOENT},    {"garbage.test:80", -EBADMSG},
                {"cut.test:80", -ECONNREFUSED}, {"after.all:80", 2},
                {"unheard.test:80", -ETIME},
        };
        mori_file socket;

        if (simulated())
                return 0;
        await served(&socket);
        MORI_SCOPE {
                MORI_HANDLE(int) serving = MORI_START(server, socket);

                for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                        int result = await looked_up(cases[i].name);

                        if (result != cases[i].result)
                                fail_of(cases[i].name, result);
                }
                mori_cancel(MORI_ACTIVITY(serving));
                EXPECT_EQ(await MORI_JOIN(serving), -ECANCELED);
        }
        while (operations_left() > 0) /* the ends of cancelled polls come, and nothing stays */
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        return await mori_file_close(socket);
}

PROGRAM(nobody_answers)
{
        mori_file socket;

        if (simulated())
                return 0;
        await served(&socket);
        EXPECT_EQ(await mori_file_close(socket), 0);
        EXPECT_EQ(await looked_up("answer.test:80"), -ECONNREFUSED);
        return 0;
}

PROGRAM(lookups_are_left)
{
        mori_file socket;
        char text[64];

        if (simulated())
                return 0;
        await served(&socket);
        EXPECT_EQ(mori_socket_address(socket, 0, text, sizeof text), 0);
        EXPECT_EQ(mori_lookup_servers(text, MORI_S(5), 2), 0);
        MORI_WITHIN(MORI_MS(5)) {
                EXPECT_EQ(await looked_up("unheard.test:80"), -ETIMEDOUT);
        }
        MORI_SCOPE {
                MORI_HANDLE(int) waits = MORI_START(looked_up, "unheard.test:80");

                /* until it has come to the servers */
                while (mori_lookup_servers(text, MORI_S(5), 2) != -EBUSY)
                        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                mori_cancel(MORI_ACTIVITY(waits));
                EXPECT_EQ(await MORI_JOIN(waits), -ECANCELED);
                EXPECT_EQ(mori_lookup_servers(NULL, 0, 0), -EBUSY);
        }
        return await mori_file_close(socket); /* the process ends while c-ares waits */
}

PROGRAM(many_at_a_time)
{
        mori_file socket;

        if (simulated())
                return 0;
        await served(&socket);
        MORI_SCOPE {
                MORI_HANDLE(int) serving = MORI_START(server, socket);
                MORI_HANDLE(int) asks[50];

                for (int i = 0; i < 50; i++)
                        asks[i] = MORI_START(looked_up, i % 2 ? "answer.test:1" : "none.test:1");
                for (int i = 0; i < 50; i++)
                        EXPECT_EQ(await MORI_JOIN(asks[i]), i % 2 ? 2 : -ENOENT);
                mori_cancel(MORI_ACTIVITY(serving));
                EXPECT_EQ(await MORI_JOIN(serving), -ECANCELED);
        }
        return await mori_file_close(socket);
}

static MORI_ASYNC int accepts(mori_file listener, mori_file *ret_socket)
{
        return await mori_socket_accept(listener, ret_socket);
}

PROGRAM(a_connection_by_name)
{
        mori_file listener, one, other;
        char text[64], name[64];

        EXPECT_EQ(mori_socket_listen("127.0.0.1:0", 0, &listener), 0);
        EXPECT_EQ(mori_socket_address(listener, 0, text, sizeof text), 0);
        snprintf(name, sizeof name, "localhost%s", strrchr(text, ':'));
        MORI_SCOPE {
                MORI_HANDLE(int) accepting = MORI_START(accepts, listener, &other);

                EXPECT_EQ(await mori_socket_connect(name, &one), 0); /* not [::1] */
                EXPECT_EQ(await MORI_JOIN(accepting), 0);
        }
        EXPECT_EQ(await mori_file_close(listener), 0);
        EXPECT_EQ(await mori_file_close(other), 0);
        EXPECT_EQ(await mori_file_close(one), 0);
        EXPECT_EQ(await mori_socket_connect(name, &one), -ECONNREFUSED);
        EXPECT_EQ(mori_socket_listen(name, 0, &one), -EINVAL);
        return 0;
}

IO_MAIN("io/lookup", TEST(what_is_no_name), TEST(what_needs_no_server),
        TEST(a_server_that_answers_and_lies), TEST(nobody_answers), TEST(lookups_are_left),
        TEST(many_at_a_time), TEST(a_connection_by_name))
