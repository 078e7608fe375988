/* SPDX-License-Identifier: MIT */
/* Descriptors and the disk run out: an error for whoever asked, and everything goes on. */
#include "io.h"

HELPER void limit_descriptors(unsigned count)
{
        if (simulated()) {
                struct platform_sim_limits limits = {.descriptors = count};

                platform_sim_limit(engine(), &limits);
        } else {
                struct rlimit limit;

                getrlimit(RLIMIT_NOFILE, &limit);
                limit.rlim_cur = count;
                setrlimit(RLIMIT_NOFILE, &limit);
        }
}

static async unsigned open_all(mori_file *files, unsigned room)
{
        unsigned count = 0;
        int result;

        while (count < room && (result = await mori_file_open(MORI_NO_FILE, "file", O_RDONLY, 0,
                                                              &files[count])) == 0)
                count++;
        EXPECT_EQ(result, -EMFILE);
        return count;
}

PROGRAM(every_call_that_makes_descriptors)
{
        mori_file files[64], listener, one, other, pipe[2];
        unsigned count;
        char text[64], byte;

        make_file("file", "x", 1);
        EXPECT_EQ(mori_socket_listen("127.0.0.1:0", 0, &listener), 0);
        EXPECT_EQ(mori_socket_address(listener, 0, text, sizeof text), 0);
        limit_descriptors(40);
        for (unsigned round = 0; round < 20; round++) {
                count = await open_all(files, 64);
                EXPECT(count > 10);
                EXPECT_EQ(mori_pipe(pipe), -EMFILE);
                EXPECT_EQ(mori_socket_listen("127.0.0.1:0", 0, &one), -EMFILE);
                EXPECT_EQ(mori_socket_listen(own_name("unix:@none"), 0, &one), -EMFILE);
                EXPECT_EQ(await mori_socket_connect(text, &one), -EMFILE);
                /* one is free: not enough for a pipe, enough for a connect, none for the accept */
                EXPECT_EQ(await mori_file_close(files[--count]), 0);
                EXPECT_EQ(mori_pipe(pipe), -EMFILE);
                EXPECT_EQ(await mori_socket_connect(text, &one), 0);
                EXPECT_EQ(await mori_socket_accept(listener, &other), -EMFILE);
                EXPECT_EQ(await mori_socket_accept(listener, &other), -EMFILE);
                EXPECT_EQ(await mori_file_read(files[0], &byte, 1), 1);
                EXPECT_EQ(await mori_file_close(files[--count]), 0);
                EXPECT_EQ(await mori_socket_accept(listener, &other), 0);
                EXPECT_EQ(await mori_file_write(one, "y", 1), 1);
                EXPECT_EQ(await mori_file_read(other, &byte, 1), 1);
                EXPECT_EQ(await mori_file_close(one), 0);
                EXPECT_EQ(await mori_file_close(other), 0);
                EXPECT_EQ(mori_pipe(pipe), 0);
                EXPECT_EQ(await mori_file_close(pipe[0]), 0);
                EXPECT_EQ(await mori_file_close(pipe[1]), 0);
                while (count > 0)
                        EXPECT_EQ(await mori_file_close(files[--count]), 0);
        }
        return await mori_file_close(listener);
}

/* Many accept at once where there is room for few. */
static async int accept_one(mori_file listener)
{
        mori_file socket;
        int result = await mori_socket_accept(listener, &socket);

        return result == 0 ? await mori_file_close(socket) : result;
}

PROGRAM(accepts_that_fail_leave_the_listener)
{
        mori_file files[64], listener, sockets[8];
        unsigned count;

        make_file("file", "x", 1);
        EXPECT_EQ(mori_socket_listen(own_name("unix:@few"), 0, &listener), 0);
        limit_descriptors(40);
        for (unsigned i = 0; i < 8; i++)
                EXPECT_EQ(await mori_socket_connect(own_name("unix:@few"), &sockets[i]), 0);
        count = await open_all(files, 64);
        {
                Async(int) accepting[8];

                for (unsigned i = 0; i < 8; i++)
                        accepting[i] = start(accept_one, listener);
                for (unsigned i = 0; i < 8; i++)
                        EXPECT_EQ(await join(accepting[i]), -EMFILE);
        }
        for (unsigned i = 0; i < count; i++)
                EXPECT_EQ(await mori_file_close(files[i]), 0);
        for (unsigned i = 0; i < 8; i++) {
                EXPECT_EQ(await accept_one(listener), 0);
                EXPECT_EQ(await mori_file_close(sockets[i]), 0);
        }
        return await mori_file_close(listener);
}

HELPER void limit_disk(void)
{
        if (simulated()) {
                struct platform_sim_limits limits = {.disk_bytes = 100000};

                platform_sim_limit(engine(), &limits);
        } else {
                struct rlimit limit = {100000, 100000};

                signal(SIGXFSZ, SIG_IGN);
                setrlimit(RLIMIT_FSIZE, &limit);
        }
}

/* A write that reaches the limit is short; the next fails, and what was written is there. */
PROGRAM(a_disk_that_is_full)
{
        const int full = simulated() ? -ENOSPC : -EFBIG;
        char *bytes = shared_bytes();
        mori_file file;
        struct stat st;

        fill(bytes, 0, 200000);
        limit_disk();
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "full", O_CREAT | O_RDWR, 0600, &file), 0);
        EXPECT_EQ(await mori_file_write(file, bytes, 90000), 90000);
        EXPECT_EQ(await mori_file_write(file, bytes + 90000, 90000), 10000);
        EXPECT_EQ(await mori_file_write(file, bytes, 1), full);
        EXPECT_EQ(await mori_file_write_all(file, bytes, 1000), full);
        EXPECT_EQ(await mori_file_write_at(file, bytes, 10, 0), 10);
        EXPECT_EQ(await mori_file_stat(file, "", 0, &st), 0);
        EXPECT_EQ(st.st_size, 100000);
        memset(bytes, 0, 200000);
        EXPECT_EQ(await mori_file_read_at(file, bytes, 200000, 0), 100000);
        verify(bytes, 0, 100000);
        return await mori_file_close(file);
}

IO_MAIN("io/limit", TEST(every_call_that_makes_descriptors),
        TEST(accepts_that_fail_leave_the_listener), TEST(a_disk_that_is_full))
