/* SPDX-License-Identifier: MIT */
/* Servers at the paths of Unix sockets: files left over, living ones, and many at a time. */
#include "io.h"

#include <mori/message.h>
#include <mori/scope.h>
#include <mori/serve.h>
#include <mori/socket.h>

#include <sys/socket.h>

/* Whether there is something of that name. */
static async bool is_there(const char *path)
{
        struct stat status;

        return await mori_file_stat(MORI_NO_FILE, path, AT_SYMLINK_NOFOLLOW, &status) == 0;
}

/* A client is accepted there. */
static async void answers(const char *address, mori_file listener)
{
        mori_file one, other;

        EXPECT_EQ(await mori_socket_connect(address, &one), 0);
        EXPECT_EQ(await mori_socket_accept(listener, &other), 0);
        EXPECT_EQ(await mori_file_close(one), 0);
        EXPECT_EQ(await mori_file_close(other), 0);
}

/* What a server that has died leaves behind. */
static async void leave_behind(const char *address)
{
        mori_file listener;

        EXPECT_EQ(mori_socket_listen(address, 0, &listener), 0);
        EXPECT_EQ(await mori_file_close(listener), 0);
}

PROGRAM(one_after_the_other)
{
        mori_server server, second = {.name = "untouched"};

        make_directory("folder");
        for (int i = 0; i < 3; i++) {
                EXPECT_EQ(await mori_server_begin("unix:folder/x", SOCK_STREAM, 0, &server), 0);
                EXPECT(await is_there("folder/x") && await is_there("folder/x.lock"));
                EXPECT_EQ(await mori_server_begin("unix:folder/x", SOCK_STREAM, 0, &second),
                          -EADDRINUSE);
                EXPECT_EQ(await mori_server_begin("unix:folder/x", SOCK_SEQPACKET, 0, &second),
                          -EADDRINUSE);
                EXPECT(strcmp(second.name, "untouched") == 0);
                await answers("unix:folder/x", server.listener);
                EXPECT_EQ(await mori_server_end(&server), 0);
                EXPECT_EQ(await mori_server_end(&server), -EBADF);
                EXPECT(!await is_there("folder/x") && !await is_there("folder/x.lock"));
        }
        return 0;
}

PROGRAM(files_of_the_dead)
{
        mori_server server;

        await leave_behind("unix:x");
        make_file("x.lock", "", 0);
        EXPECT_EQ(await mori_server_begin("unix:x", SOCK_STREAM, 0, &server), 0);
        await answers("unix:x", server.listener);
        EXPECT_EQ(await mori_server_end(&server), 0);
        EXPECT(!await is_there("x") && !await is_there("x.lock"));
        await leave_behind("unix:x"); /* of a stream; for packets now */
        EXPECT_EQ(await mori_server_begin("unix:x", SOCK_SEQPACKET, 0, &server), 0);
        return await mori_server_end(&server);
}

PROGRAM(the_living_stay)
{
        mori_file listener, waiting[8];
        mori_server server;
        unsigned count = 0;

        /* one who does not know of the lock */
        EXPECT_EQ(mori_socket_listen("unix:x", 1, &listener), 0);
        EXPECT_EQ(await mori_server_begin("unix:x", SOCK_STREAM, 0, &server), -EADDRINUSE);
        EXPECT_EQ(await mori_server_begin("unix:x", SOCK_SEQPACKET, 0, &server), -EADDRINUSE);
        EXPECT(await is_there("x") && !await is_there("x.lock"));
        EXPECT_EQ(await mori_socket_accept(listener, &waiting[0]), 0); /* that it was asked */
        EXPECT_EQ(await mori_file_close(waiting[0]), 0);
        await answers("unix:x", listener);
        /* one whose queue is full */
        for (int error = 0; error == 0 && count < 8; count += error == 0)
                within(MORI_MS(20)) {
                        error = await mori_socket_connect("unix:x", &waiting[count]);
                }
        EXPECT(count > 0 && count < 8);
        EXPECT_EQ(await mori_server_begin("unix:x", SOCK_STREAM, 0, &server), -EADDRINUSE);
        within(MORI_MS(20)) {
                EXPECT_EQ(await mori_server_begin("unix:x", SOCK_STREAM, 0, &server), -ETIMEDOUT);
        }
        EXPECT(await is_there("x") && !await is_there("x.lock"));
        while (count > 0)
                EXPECT_EQ(await mori_file_close(waiting[--count]), 0);
        return await mori_file_close(listener);
}

PROGRAM(what_is_no_socket_stays)
{
        mori_server server;
        char text[8];
        mori_file file;

        make_file("x", "precious", 8);
        make_link("y", "x");
        make_directory("z");
        EXPECT_EQ(await mori_server_begin("unix:x", SOCK_STREAM, 0, &server), -EADDRINUSE);
        EXPECT_EQ(await mori_server_begin("unix:y", SOCK_STREAM, 0, &server), -EADDRINUSE);
        EXPECT_EQ(await mori_server_begin("unix:z", SOCK_STREAM, 0, &server), -EADDRINUSE);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "y", O_RDONLY, 0, &file), 0);
        EXPECT_EQ(await mori_file_read(file, text, 8), 8);
        EXPECT_EQ(await mori_file_close(file), 0);
        EXPECT(!await is_there("x.lock") && !await is_there("z.lock"));
        /* nor is a lock taken through a link */
        make_link("w.lock", "x");
        EXPECT_EQ(await mori_server_begin("unix:w", SOCK_STREAM, 0, &server), -ELOOP);
        EXPECT(await is_there("w.lock"));
        return 0;
}

/* Somebody else has taken the name meanwhile: it stays theirs. */
PROGRAM(only_what_is_still_ours_is_removed)
{
        mori_server server;
        mori_file other;

        EXPECT_EQ(await mori_server_begin("unix:x", SOCK_STREAM, 0, &server), 0);
        remove_path("x");
        EXPECT_EQ(mori_socket_listen("unix:x", 0, &other), 0);
        EXPECT_EQ(await mori_server_end(&server), 0);
        await answers("unix:x", other);
        EXPECT_EQ(await mori_file_close(other), 0);
        EXPECT_EQ(await mori_server_begin("unix:x", SOCK_STREAM, 0, &server), 0);
        remove_path("x");
        remove_path("x.lock");
        return await mori_server_end(&server);
}

PROGRAM(abstract_names_and_wrong_ones)
{
        const char *name = own_name("unix:@server");
        mori_server server, second;
        char text[128];

        EXPECT_EQ(await mori_server_begin(name, SOCK_STREAM, 0, &server), 0);
        EXPECT_EQ(await mori_server_begin(name, SOCK_STREAM, 0, &second), -EADDRINUSE);
        await answers(name, server.listener);
        EXPECT_EQ(await mori_server_end(&server), 0);
        EXPECT_EQ(await mori_server_begin(name, SOCK_SEQPACKET, 0, &server), 0);
        EXPECT_EQ(await mori_server_end(&server), 0);
        EXPECT_EQ(await mori_server_begin("127.0.0.1:0", SOCK_STREAM, 0, &server), -EINVAL);
        EXPECT_EQ(await mori_server_begin("unix:", SOCK_STREAM, 0, &server), -EINVAL);
        EXPECT_EQ(await mori_server_begin("unix:x/", SOCK_STREAM, 0, &server), -EINVAL);
        EXPECT_EQ(await mori_server_begin("unix:x", SOCK_DGRAM, 0, &server), -EINVAL);
        EXPECT_EQ(await mori_server_begin("unix:none/x", SOCK_STREAM, 0, &server), -ENOENT);
        snprintf(text, sizeof text, "unix:%0105d", 7); /* the longest that fits */
        EXPECT_EQ(await mori_server_begin(text, SOCK_STREAM, 0, &server), 0);
        EXPECT(await is_there(text + 5));
        return await mori_server_end(&server);
}

static async int compete(int *serving, int *won)
{
        mori_server server;
        int result = await mori_server_begin("unix:x", SOCK_STREAM, 0, &server);

        EXPECT(result == 0 || result == -EADDRINUSE);
        if (result < 0)
                return 0;
        EXPECT_EQ(++*serving, 1);
        ++*won;
        await answers("unix:x", server.listener);
        EXPECT_EQ(await mori_yield(), 0);
        --*serving;
        return await mori_server_end(&server);
}

/* Of many that begin, in the place of a dead one or not, never two serve at a time. */
PROGRAM(one_of_many)
{
        enum { MANY = 6 };
        int serving = 0, won = 0, before;

        for (unsigned round = 0; round < 40; round++) {
                if (round % 2 == 0)
                        await leave_behind("unix:x");
                before = won;
                scope {
                        Async(int) competing[MANY];

                        for (unsigned i = 0; i < MANY; i++)
                                competing[i] = start(compete, &serving, &won);
                        for (unsigned i = 0; i < MANY; i++)
                                EXPECT_EQ(await join(competing[i]), 0);
                }
                EXPECT(won > before);
                EXPECT(!await is_there("x") && !await is_there("x.lock"));
        }
        return 0;
}

/* Cancelled wherever it waits: nothing stays open, and the next one serves. */
PROGRAM(cancelled_at_every_stage)
{
        mori_server server;

        for (unsigned stage = 0; stage < 60; stage++) {
                int result = 0;
                bool was_there = await is_there("x");

                if (stage % 2 == 0 && !was_there)
                        await leave_behind("unix:x");
                within(MORI_US(stage * 5)) {
                        result = await mori_server_begin("unix:x", SOCK_STREAM, 0, &server);
                }
                EXPECT(result == 0 || result == -ETIMEDOUT);
                if (result == 0)
                        EXPECT_EQ(await mori_server_end(&server), 0);
                EXPECT(!await is_there("x.lock"));
                if (stage % 2 == 1 && !was_there)
                        EXPECT(!await is_there("x"));
                EXPECT_EQ(operations_left(), 0);
        }
        EXPECT_EQ(await mori_server_begin("unix:x", SOCK_STREAM, 0, &server), 0);
        return await mori_server_end(&server);
}

IO_MAIN("io/serve", TEST(one_after_the_other), TEST(files_of_the_dead), TEST(the_living_stay),
        TEST(what_is_no_socket_stays), TEST(only_what_is_still_ours_is_removed),
        TEST(abstract_names_and_wrong_ones), TEST(one_of_many), TEST(cancelled_at_every_stage))
