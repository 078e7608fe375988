/* SPDX-License-Identifier: MIT */
/* Messages over Unix sockets: files and credentials, packets, pairs; what is lost is closed. */
#include "io.h"

#include <mori/datagram.h>
#include <mori/message.h>
#include <mori/scope.h>
#include <mori/send.h>
#include <mori/socket.h>

#include <sys/socket.h>

HELPER void limit_descriptors(unsigned more)
{
        struct rlimit limit;

        if (simulated()) {
                /* the three standard ones count as well */
                struct platform_sim_limits limits = {.descriptors =
                                                             (unsigned)open_now() + 3 + more};

                platform_sim_limit(engine(), &limits);
                return;
        }
        getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = 0; /* the lowest number that is free, and so many above it */
        while (fcntl((int)limit.rlim_cur, F_GETFD) >= 0)
                limit.rlim_cur++;
        limit.rlim_cur += more;
        setrlimit(RLIMIT_NOFILE, &limit);
}

HELPER pid_t own_process(void)
{
        return simulated() ? 1 : getpid();
}

HELPER void option_set(mori_file socket, int option, int value)
{
        EXPECT_EQ(setsockopt(mori_file_descriptor(socket), SOL_SOCKET, option, &value,
                             sizeof value),
                  0);
}

static async mori_file opened(const char *name)
{
        mori_file file;

        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, name, O_RDWR, 0, &file), 0);
        return file;
}

static async int64_t send_files(mori_file socket, const char *text, mori_file *files,
                                unsigned count)
{
        mori_message message = {.data = (void *)(uintptr_t)text,
                                .bytes = strlen(text),
                                .files = files,
                                .files_count = count};

        return await mori_message_send(socket, &message);
}

static async void close_both(mori_file pair[2])
{
        EXPECT_EQ(await mori_file_close(pair[0]), 0);
        EXPECT_EQ(await mori_file_close(pair[1]), 0);
}

/* ---- Files */

PROGRAM(a_file_goes_along)
{
        static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
        char text[16];
        mori_file pair[2], file, got;
        mori_message in = {.data = text, .room = 16, .files = &got, .files_room = 1};
        int before = open_now();

        make_file("file", "content", 7);
        for (unsigned i = 0; i < (simulated() ? 2 : 3); i++) {
                EXPECT_EQ(mori_socket_pair(types[i], pair), 0);
                file = await opened("file");
                EXPECT_EQ(await mori_file_read(file, text, 3), 3);
                EXPECT_EQ(await send_files(pair[0], "hello", &file, 1), 5);
                EXPECT_EQ(await mori_file_close(file), 0); /* on its way it stays open */
                EXPECT_EQ(await mori_message_receive(pair[1], &in), 5);
                EXPECT(memcmp(text, "hello", 5) == 0);
                EXPECT(in.files_count == 1 && in.bytes == 5);
                EXPECT_EQ(in.flags & ~(unsigned)MORI_MESSAGE_CREDENTIALS, 0);
                EXPECT_EQ(await mori_file_read(got, text, 16), 4);
                EXPECT(memcmp(text, "tent", 4) == 0);
                if (!simulated())
                        EXPECT_EQ(fcntl(mori_file_descriptor(got), F_GETFD), FD_CLOEXEC);
                EXPECT_EQ(await mori_file_close(got), 0);
                await close_both(pair);
        }
        EXPECT_EQ(open_now(), before);
        return 0;
}

PROGRAM(files_that_nobody_asked_for)
{
        enum { SENT = 5 };
        static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET};
        mori_file pair[2], files[SENT], got[SENT];
        char text[16];
        int before = open_now(), sent_from;

        make_file("file", "content", 7);
        for (unsigned i = 0; i < SENT; i++)
                files[i] = await opened("file");
        for (unsigned round = 0; round < 2 * SENT; round++) {
                mori_message in = {
                        .data = text, .room = 16, .files = got, .files_room = round / 2};

                EXPECT_EQ(mori_socket_pair(types[round % 2], pair), 0);
                sent_from = open_now();
                EXPECT_EQ(await send_files(pair[0], "x", files, SENT), 1);
                EXPECT_EQ(await mori_message_receive(pair[1], &in), 1);
                EXPECT_EQ(in.files_count, round / 2);
                EXPECT(in.flags & MORI_MESSAGE_FILES_LOST);
                EXPECT_EQ(open_now(), sent_from + (int)in.files_count);
                for (unsigned i = 0; i < in.files_count; i++)
                        EXPECT_EQ(await mori_file_close(got[i]), 0);
                /* and what nobody receives at all */
                EXPECT_EQ(await send_files(pair[0], "x", files, SENT), 1);
                await close_both(pair);
                EXPECT_EQ(open_now(), before + SENT);
        }
        /* A plain read does not know of files: the kernel closes them. */
        EXPECT_EQ(mori_socket_pair(SOCK_STREAM, pair), 0);
        sent_from = open_now();
        EXPECT_EQ(await send_files(pair[0], "ab", files, SENT), 2);
        EXPECT_EQ(await mori_file_read(pair[1], text, 1), 1);
        EXPECT_EQ(await mori_file_read(pair[1], text, 1), 1);
        EXPECT_EQ(open_now(), sent_from);
        await close_both(pair);
        for (unsigned i = 0; i < SENT; i++)
                EXPECT_EQ(await mori_file_close(files[i]), 0);
        EXPECT_EQ(open_now(), before);
        return 0;
}

PROGRAM(as_many_as_there_can_be)
{
        enum { MOST = MORI_MESSAGE_FILES_MAX };
        mori_file *files = calloc(MOST + 1, sizeof *files), *got = calloc(MOST, sizeof *got);
        mori_file pair[2];
        char text[4];
        mori_message in = {.data = text, .room = 4, .files = got, .files_room = MOST};

        make_file("file", "content", 7);
        files[0] = await opened("file");
        for (unsigned i = 1; i <= MOST; i++)
                files[i] = files[0];
        EXPECT_EQ(mori_socket_pair(SOCK_SEQPACKET, pair), 0);
        EXPECT_EQ(await send_files(pair[0], "x", files, MOST + 1), -EINVAL);
        EXPECT_EQ(await send_files(pair[0], "x", files, MOST), 1);
        EXPECT_EQ(await mori_message_receive(pair[1], &in), 1);
        EXPECT_EQ(in.files_count, MOST);
        EXPECT(!(in.flags & MORI_MESSAGE_FILES_LOST));
        for (unsigned i = 0; i < MOST; i++)
                EXPECT_EQ(await mori_file_close(got[i]), 0);
        in.files_room = MOST + 1;
        EXPECT_EQ(await mori_message_receive(pair[1], &in), -EINVAL);
        EXPECT_EQ(await mori_file_close(files[0]), 0);
        await close_both(pair);
        free(files);
        free(got);
        return 0;
}

PROGRAM(no_descriptors_left)
{
        mori_file pair[2], files[3], got[3];
        char text[16];
        mori_message in = {.data = text, .room = 16, .files = got, .files_room = 3};

        make_file("file", "content", 7);
        EXPECT_EQ(mori_socket_pair(SOCK_STREAM, pair), 0);
        for (unsigned i = 0; i < 3; i++)
                files[i] = await opened("file");
        EXPECT_EQ(await send_files(pair[0], "one", files, 3), 3);
        EXPECT_EQ(await send_files(pair[0], "two", files, 3), 3);
        limit_descriptors(1);
        EXPECT_EQ(await mori_message_receive(pair[1], &in), 3);
        EXPECT(memcmp(text, "one", 3) == 0 && in.flags == MORI_MESSAGE_FILES_LOST);
        EXPECT_EQ(in.files_count, 1);
        EXPECT_EQ(await mori_file_close(got[0]), 0);
        limit_descriptors(100);
        EXPECT_EQ(await mori_message_receive(pair[1], &in), 3);
        EXPECT(memcmp(text, "two", 3) == 0 && in.flags == 0 && in.files_count == 3);
        for (unsigned i = 0; i < 3; i++) {
                EXPECT_EQ(await mori_file_close(got[i]), 0);
                EXPECT_EQ(await mori_file_close(files[i]), 0);
        }
        await close_both(pair);
        return 0;
}

/* Sockets come as what they are. */
PROGRAM(sockets_go_along)
{
        mori_file pair[2], sent[4], peers[2], got[4], one, other;
        char text[64], byte;
        mori_message in = {.data = text, .room = 16, .files = got, .files_room = 4};
        mori_loan loan;

        EXPECT_EQ(mori_socket_pair(SOCK_STREAM, pair), 0);
        EXPECT_EQ(mori_socket_listen("127.0.0.1:0", 0, &sent[0]), 0);
        EXPECT_EQ(mori_socket_pair(SOCK_STREAM, &sent[1]), 0);
        peers[0] = sent[2];
        EXPECT_EQ(mori_socket_pair(SOCK_SEQPACKET, &sent[2]), 0);
        peers[1] = sent[3];
        EXPECT_EQ(mori_packet_listen(own_name("unix:@sent"), 0, &sent[3]), 0);
        EXPECT_EQ(await send_files(pair[0], "x", sent, 4), 1);
        EXPECT_EQ(await mori_message_receive(pair[1], &in), 1);
        EXPECT_EQ(in.files_count, 4);
        for (unsigned i = 0; i < 4; i++)
                EXPECT_EQ(await mori_file_close(sent[i]), 0);

        EXPECT_EQ(mori_socket_address(got[0], 0, text, sizeof text), 0);
        EXPECT_EQ(await mori_socket_connect(text, &one), 0);
        EXPECT_EQ(await mori_socket_accept(got[0], &other), 0);
        EXPECT_EQ(await mori_file_write(one, "y", 1), 1);
        EXPECT_EQ(await mori_file_read(other, &byte, 1), 1);
        EXPECT_EQ(await mori_file_close(one), 0);
        EXPECT_EQ(await mori_file_close(other), 0);

        EXPECT_EQ(await mori_file_write(peers[0], "hello", 5), 5);
        EXPECT_EQ(await mori_socket_borrow(got[1], &loan), 5);
        EXPECT(memcmp(loan.data, "hello", 5) == 0);
        mori_loan_return(&loan);

        EXPECT_EQ(await send_files(peers[1], "", NULL, 0), 0);
        in.files_count = 9;
        EXPECT_EQ(await mori_message_receive(got[2], &in), 0);
        EXPECT(in.flags == MORI_MESSAGE_CREDENTIALS && in.files_count == 0);

        EXPECT_EQ(await mori_packet_connect(own_name("unix:@sent"), &one), 0);
        EXPECT_EQ(await mori_socket_accept(got[3], &other), 0);
        EXPECT_EQ(await send_files(one, "packet", NULL, 0), 6);
        EXPECT_EQ(await mori_message_receive(other, &in), 6);
        EXPECT_EQ(await mori_file_close(one), 0);
        EXPECT_EQ(await mori_file_close(other), 0);
        for (unsigned i = 0; i < 4; i++)
                EXPECT_EQ(await mori_file_close(got[i]), 0);
        await close_both(peers);
        await close_both(pair);
        return 0;
}

/* A socket in its own queue: the kernel collects such rings, the simulation at its end. */
PROGRAM(a_ring)
{
        mori_file pair[2];

        EXPECT_EQ(mori_socket_pair(SOCK_STREAM, pair), 0);
        EXPECT_EQ(await send_files(pair[0], "x", &pair[0], 1), 1);
        EXPECT_EQ(await send_files(pair[0], "x", &pair[1], 1), 1);
        await close_both(pair);
        return 0;
}

/* ---- Streams */

PROGRAM(files_of_one_message_at_a_time)
{
        mori_file pair[2], file, got[4];
        char text[32];
        mori_message in = {.data = text, .room = 32, .files = got, .files_room = 4};
        unsigned seen = 0, files = 0;

        make_file("file", "content", 7);
        file = await opened("file");
        EXPECT_EQ(mori_socket_pair(SOCK_STREAM, pair), 0);
        EXPECT_EQ(await send_files(pair[0], "ab", NULL, 0), 2);
        EXPECT_EQ(await send_files(pair[0], "cd", &file, 1), 2);
        EXPECT_EQ(await send_files(pair[0], "ef", NULL, 0), 2);
        EXPECT_EQ(await send_files(pair[0], "gh", &file, 1), 2);
        while (seen < 8) {
                int64_t count = await mori_message_receive(pair[1], &in);

                EXPECT(count > 0);
                /* the file has come with the bytes that have the message's first */
                EXPECT_EQ(in.files_count, (seen <= 2 && seen + count > 2) ||
                                                  (seen <= 6 && seen + count > 6));
                EXPECT(memcmp(text, &"abcdefgh"[seen], (size_t)count) == 0);
                seen += (unsigned)count;
                files += in.files_count;
                for (unsigned i = 0; i < in.files_count; i++)
                        EXPECT_EQ(await mori_file_close(got[i]), 0);
        }
        EXPECT_EQ(files, 2);
        /* what is received as messages is not read ahead */
        EXPECT_EQ(await send_files(pair[0], "ij", NULL, 0), 2);
        EXPECT_EQ(await send_files(pair[0], "k", &file, 1), 1);
        EXPECT_EQ(await mori_file_read(pair[1], text, 2), 2);
        EXPECT_EQ(await mori_message_receive(pair[1], &in), 1);
        EXPECT_EQ(in.files_count, 1);
        EXPECT_EQ(await mori_file_close(got[0]), 0);
        EXPECT_EQ(await mori_socket_borrow(pair[1], &(mori_loan){0}), -EOPNOTSUPP);
        EXPECT_EQ(await mori_file_close(pair[0]), 0);
        EXPECT_EQ(await mori_message_receive(pair[1], &in), 0);
        EXPECT_EQ(in.flags, MORI_MESSAGE_END);
        EXPECT_EQ(await mori_file_close(pair[1]), 0);
        return await mori_file_close(file);
}

#define LONG (1u << 20)

static async int64_t send_long(mori_file socket, mori_file file)
{
        char *bytes = malloc(LONG);
        mori_message out = {.data = bytes, .bytes = LONG, .files = &file, .files_count = 1};
        int64_t sent;

        fill(bytes, 0, LONG);
        sent = await mori_message_send(socket, &out);
        free(bytes);
        return sent;
}

/* Far more than the kernel takes at once, from two at a time: each whole, each file once. */
PROGRAM(long_messages)
{
        char *room = malloc(LONG);
        mori_file pair[2], file, got[2];
        mori_message in = {.data = room, .room = LONG, .files = got, .files_room = 2};
        unsigned files = 0;

        make_file("file", "content", 7);
        file = await opened("file");
        EXPECT_EQ(mori_socket_pair(SOCK_STREAM, pair), 0);
        scope {
                Async(int64_t) one = start(send_long, pair[0], file);
                Async(int64_t) other = start(send_long, pair[0], file);

                for (uint64_t seen = 0; seen < 2 * LONG; seen += in.bytes) {
                        EXPECT(await mori_message_receive(pair[1], &in) > 0);
                        for (unsigned i = 0; i < in.files_count; i++, files++)
                                EXPECT_EQ(await mori_file_close(got[i]), 0);
                        for (uint64_t at = 0; at < in.bytes; at++)
                                if ((unsigned char)room[at] != byte_at((seen + at) % LONG))
                                        EXPECT_EQ(seen + at, -1);
                }
                EXPECT_EQ(await join(one), LONG);
                EXPECT_EQ(await join(other), LONG);
        }
        EXPECT_EQ(files, 2);
        free(room);
        await close_both(pair);
        return await mori_file_close(file);
}

/* Nobody receives: what was sent is told, and the files went with it, or not. */
PROGRAM(a_send_that_is_cut_short)
{
        char *room = malloc(LONG);
        mori_file pair[2], file, got;
        mori_message in = {.data = room, .room = LONG, .files = &got, .files_room = 1};
        int64_t sent = 0, seen = 0;
        int before = open_now();

        make_file("file", "content", 7);
        file = await opened("file");
        EXPECT_EQ(mori_socket_pair(SOCK_STREAM, pair), 0);
        within(MORI_MS(20)) {
                sent = await send_long(pair[0], file);
        }
        EXPECT(sent > 0 && sent < LONG);
        EXPECT_EQ(await mori_file_write(pair[1], "z", 1), 1); /* the other way is free */
        within(MORI_MS(20)) {
                EXPECT_EQ(await send_long(pair[0], file), -ETIMEDOUT);
        }
        EXPECT_EQ(await mori_file_close(pair[0]), 0);
        while (await mori_message_receive(pair[1], &in) > 0) {
                EXPECT_EQ(in.files_count, seen == 0);
                if (in.files_count > 0)
                        EXPECT_EQ(await mori_file_close(got), 0);
                verify(room, (uint64_t)seen, in.bytes);
                seen += (int64_t)in.bytes;
        }
        EXPECT_EQ(seen, sent);
        free(room);
        EXPECT_EQ(await mori_file_close(pair[1]), 0);
        EXPECT_EQ(await mori_file_close(file), 0);
        EXPECT_EQ(open_now(), before);
        return 0;
}

/* Who closes a file that waits to be sent gets it closed, and the send ends. */
PROGRAM(a_file_that_is_closed_on_the_way)
{
        mori_file pair[2], file, packets[2];
        unsigned count = 0;

        make_file("file", "content", 7);
        file = await opened("file");
        EXPECT_EQ(mori_socket_pair(SOCK_SEQPACKET, packets), 0);
        for (int64_t sent = 0; sent >= 0; count++) /* until it is full */
                within(MORI_MS(20)) {
                        sent = await send_files(packets[0], "filler", NULL, 0);
                }
        EXPECT(count > 5);
        scope {
                Async(int64_t) sending = start(send_files, packets[0], "x", &file, 1);

                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                EXPECT_EQ(await mori_file_close(file), 0);
                EXPECT_EQ(await join(sending), -EBADF);
        }
        EXPECT_EQ(await send_files(packets[0], "x", &file, 1), -EBADF);
        EXPECT_EQ(mori_socket_pair(SOCK_STREAM, pair), 0);
        await close_both(packets);
        EXPECT_EQ(await send_files(pair[0], "x", packets, 1), -EBADF);
        await close_both(pair);
        return 0;
}

/* ---- Packets */

PROGRAM(packets_have_bounds)
{
        mori_file listener, one, other, file, got;
        char text[16] = "..............";
        mori_message in = {.data = text, .room = 4, .files = &got, .files_room = 1};
        int before;

        make_file("file", "content", 7);
        file = await opened("file");
        EXPECT_EQ(mori_packet_listen("unix:here", 0, &listener), 0);
        EXPECT_EQ(await mori_socket_connect("unix:here", &one), -EPROTOTYPE);
        EXPECT_EQ(await mori_packet_connect("unix:here", &one), 0);
        EXPECT_EQ(await mori_socket_accept(listener, &other), 0);
        EXPECT_EQ(await mori_file_read(other, text, 4), -EOPNOTSUPP);
        EXPECT_EQ(await mori_file_write(other, text, 4), -EOPNOTSUPP);
        EXPECT_EQ(await mori_socket_send(other, text, 4, 0), -EOPNOTSUPP);
        EXPECT_EQ(await mori_socket_borrow(other, &(mori_loan){0}), -ENOTSOCK);
        EXPECT_EQ(await mori_datagram_receive(other, text, 4, NULL), -EPROTOTYPE);
        before = open_now();
        EXPECT_EQ(await send_files(one, "ab", NULL, 0), 2);
        EXPECT_EQ(await send_files(one, "", &file, 1), 0);
        EXPECT_EQ(await send_files(one, "abcdef", &file, 1), 6);
        EXPECT_EQ(await send_files(one, "cd", NULL, 0), 2);
        EXPECT_EQ(await send_files(one, "", NULL, 0), 0);
        EXPECT_EQ(await mori_file_close(one), 0);
        EXPECT_EQ(await mori_message_receive(other, &in), 2);
        EXPECT(in.flags == MORI_MESSAGE_CREDENTIALS && in.files_count == 0);
        EXPECT_EQ(await mori_message_receive(other, &in), 0);
        EXPECT(in.flags == MORI_MESSAGE_CREDENTIALS && in.files_count == 1);
        EXPECT_EQ(await mori_file_close(got), 0);
        EXPECT_EQ(await mori_message_receive(other, &in), -EMSGSIZE);
        EXPECT(memcmp(text, "abcd..", 6) == 0);
        EXPECT_EQ(open_now(), before - 1); /* `one`, and no file that came with it */
        EXPECT_EQ(await mori_message_receive(other, &in), 2);
        EXPECT_EQ(await mori_message_receive(other, &in), 0);
        EXPECT_EQ(in.flags, MORI_MESSAGE_CREDENTIALS); /* the empty one at the end */
        for (int i = 0; i < 2; i++) {
                EXPECT_EQ(await mori_message_receive(other, &in), 0);
                EXPECT_EQ(in.flags, MORI_MESSAGE_END);
        }
        EXPECT_EQ(await send_files(other, "x", NULL, 0), -EPIPE);
        EXPECT_EQ(await mori_file_close(other), 0);
        EXPECT_EQ(await mori_file_close(file), 0);
        return await mori_file_close(listener);
}

static async int64_t receive_one(mori_file socket, mori_message *message)
{
        return await mori_message_receive(socket, message);
}

PROGRAM(the_end_comes_to_who_waits)
{
        mori_file pair[2];
        char text[4][4];
        mori_message in[4];
        int64_t whole = 0;

        for (unsigned i = 0; i < 4; i++)
                in[i] = (mori_message){.data = text[i], .room = 4};
        for (unsigned round = 0; round < 200; round++) {
                EXPECT_EQ(mori_socket_pair(round % 2 ? SOCK_STREAM : SOCK_SEQPACKET, pair), 0);
                scope {
                        Async(int64_t) waiting[4];

                        for (unsigned i = 0; i < 4; i++)
                                waiting[i] = start(receive_one, pair[1], &in[i]);
                        if (round % 4 >= 2)
                                EXPECT_EQ(await mori_yield(), 0);
                        /* one message, and the end right behind it */
                        EXPECT_EQ(await send_files(pair[0], "last", NULL, 0), 4);
                        EXPECT_EQ(await mori_file_close(pair[0]), 0);
                        whole = 0;
                        for (unsigned i = 0; i < 4; i++) {
                                int64_t got = await join(waiting[i]);

                                EXPECT(got == 4 || (got == 0 && in[i].flags & MORI_MESSAGE_END));
                                whole += got;
                        }
                        EXPECT_EQ(whole, 4);
                }
                EXPECT_EQ(await mori_file_close(pair[1]), 0);
        }
        return 0;
}

PROGRAM(packets_wait_for_room)
{
        mori_file pair[2];
        char *bytes = malloc(LONG), text[8];
        mori_message in = {.data = text, .room = 8}, out = {.data = bytes, .bytes = LONG};

        EXPECT_EQ(mori_socket_pair(SOCK_SEQPACKET, pair), 0);
        EXPECT_EQ(await mori_message_send(pair[0], &out), -EMSGSIZE);
        scope {
                Async(int64_t) waiting = start(receive_one, pair[1], &in);

                EXPECT_EQ(await send_files(pair[0], "one", NULL, 0), 3);
                EXPECT_EQ(await join(waiting), 3);
        }
        for (unsigned i = 0; i < 3000; i++) {
                scope {
                        Async(int64_t) sending = start(send_files, pair[0], "filler", NULL, 0);

                        if (i >= 100) {
                                EXPECT_EQ(await mori_message_receive(pair[1], &in), 6);
                                EXPECT(memcmp(text, "filler", 6) == 0);
                        }
                        EXPECT_EQ(await join(sending), 6);
                }
        }
        free(bytes);
        await close_both(pair);
        return 0;
}

PROGRAM(pairs_of_datagrams)
{
        mori_file pair[2];
        char text[8];
        mori_message in = {.data = text, .room = 8};

        EXPECT_EQ(mori_socket_pair(SOCK_DGRAM, pair), 0);
        EXPECT_EQ(await mori_datagram_send(pair[0], "one", 3, NULL), 0);
        EXPECT_EQ(await mori_datagram_send(pair[1], "back", 4, NULL), 0);
        EXPECT_EQ(await mori_datagram_receive(pair[1], text, 8, NULL), 3);
        EXPECT_EQ(await mori_message_receive(pair[0], &in), 4);
        EXPECT_EQ(in.flags, 0);
        EXPECT_EQ(await mori_datagram_send(pair[1], "", 0, NULL), 0); /* empty, and no end */
        EXPECT_EQ(await mori_message_receive(pair[0], &in), 0);
        EXPECT_EQ(in.flags, 0);
        EXPECT_EQ(await mori_file_close(pair[0]), 0);
        EXPECT_EQ(await mori_datagram_send(pair[1], "x", 1, NULL), -ECONNREFUSED);
        EXPECT_EQ(await mori_file_close(pair[1]), 0);
        EXPECT_EQ(mori_datagram_bind("127.0.0.1:0", MORI_DATAGRAM_ERRORS, &pair[0]), 0);
        EXPECT_EQ(await mori_message_receive(pair[0], &in), -EOPNOTSUPP);
        EXPECT_EQ(await mori_file_close(pair[0]), 0);
        EXPECT_EQ(mori_socket_pair(SOCK_RAW, pair), -EINVAL);
        return mori_socket_pair(SOCK_STREAM | SOCK_CLOEXEC, pair) == -EINVAL ? 0 : 1;
}

/* ---- Who is it */

PROGRAM(credentials)
{
        mori_file pair[2], one, other;
        char text[8];
        mori_message in = {.data = text, .room = 8};
        mori_message out = {.data = text, .bytes = 1, .flags = MORI_MESSAGE_CREDENTIALS};
        mori_credentials who = {0};

        EXPECT_EQ(mori_socket_pair(SOCK_STREAM, pair), 0);
        EXPECT_EQ(mori_socket_peer(pair[0], &who), 0);
        EXPECT_EQ(who.process, own_process());
        if (!simulated())
                EXPECT(who.user == getuid() && who.group == getgid());
        out.credentials = who;
        EXPECT_EQ(await mori_message_send(pair[0], &out), 1);
        EXPECT_EQ(await mori_message_receive(pair[1], &in), 1);
        EXPECT_EQ(in.flags, 0);
        EXPECT_EQ(mori_socket_option(pair[1], SOL_SOCKET, SO_PASSCRED, 1), 0);
        EXPECT_EQ(await mori_message_send(pair[0], &out), 1);
        EXPECT_EQ(await mori_message_receive(pair[1], &in), 1);
        EXPECT_EQ(in.flags, MORI_MESSAGE_CREDENTIALS);
        EXPECT(in.credentials.process == who.process && in.credentials.user == who.user);
        if (simulated() || geteuid() != 0) {
                out.credentials.user++;
                EXPECT_EQ(await mori_message_send(pair[0], &out), -EPERM);
        }
        await close_both(pair);

        EXPECT_EQ(mori_socket_pair(SOCK_SEQPACKET, pair), 0);
        EXPECT_EQ(await send_files(pair[1], "x", NULL, 0), 1);
        EXPECT_EQ(await mori_message_receive(pair[0], &in), 1);
        EXPECT(in.flags == MORI_MESSAGE_CREDENTIALS && in.credentials.process == own_process());
        await close_both(pair);

        await connected("127.0.0.1:0", &one, &other);
        EXPECT_EQ(mori_socket_peer(one, &who), -EPROTOTYPE);
        EXPECT_EQ(mori_socket_peer_process(one, pair), -EPROTOTYPE);
        EXPECT_EQ(await mori_file_close(one), 0);
        EXPECT_EQ(await mori_file_close(other), 0);
        EXPECT_EQ(mori_datagram_bind("unix:", 0, &one), 0);
        EXPECT_EQ(mori_socket_peer(one, &who), -EPROTOTYPE);
        EXPECT_EQ(await mori_file_close(one), 0);
        EXPECT_EQ(mori_socket_peer(MORI_NO_FILE, &who), -EBADF);
        return 0;
}

HELPER void peer_process_is(mori_file pidfd)
{
        char path[64], line[256], found[32];
        bool right = false;
        FILE *file;

        snprintf(path, sizeof path, "/proc/self/fdinfo/%d", mori_file_descriptor(pidfd));
        snprintf(found, sizeof found, "Pid:\t%d\n", (int)getpid());
        file = fopen(path, "r");
        ck_assert_ptr_nonnull(file);
        while (fgets(line, sizeof line, file) != NULL)
                right = right || strcmp(line, found) == 0;
        fclose(file);
        ck_assert(right);
}

PROGRAM(the_process_of_a_peer)
{
        mori_file pair[2], process;
        int result;

        EXPECT_EQ(mori_socket_pair(SOCK_STREAM, pair), 0);
        result = mori_socket_peer_process(pair[0], &process);
        if (simulated() || result < 0) {
                EXPECT_EQ(result, -EOPNOTSUPP); /* before Linux 6.5 */
        } else {
                peer_process_is(process);
                EXPECT_EQ(await mori_file_close(process), 0);
        }
        await close_both(pair);
        return 0;
}

/* ---- Wrong, and hostile */

PROGRAM(what_is_wrong)
{
        mori_file pair[2], one, other, file;
        char text[8];
        mori_message in = {.data = text, .room = 8};

        make_file("file", "content", 7);
        file = await opened("file");
        EXPECT_EQ(await mori_message_receive(MORI_NO_FILE, &in), -EBADF);
        EXPECT_EQ(await send_files(MORI_NO_FILE, "x", NULL, 0), -EBADF);
        EXPECT_EQ(await mori_message_receive(file, &in), -ENOTSOCK);
        EXPECT_EQ(await send_files(file, "x", NULL, 0), -ENOTSOCK);
        EXPECT_EQ(mori_pipe(pair), 0);
        EXPECT_EQ(await mori_message_receive(pair[0], &in), -ENOTSOCK);
        EXPECT_EQ(await send_files(pair[1], "x", NULL, 0), -ENOTSOCK);
        await close_both(pair);
        EXPECT_EQ(mori_socket_pair(SOCK_STREAM, pair), 0);
        EXPECT_EQ(await send_files(pair[0], "", &file, 1), -EINVAL);
        in.room = 0;
        EXPECT_EQ(await mori_message_receive(pair[0], &in), -EINVAL);
        in.room = 8;
        EXPECT_EQ(await send_files(pair[0], "ab", &file, 1), 2);
        EXPECT_EQ(await mori_file_read(pair[1], text, 1), 1); /* reads ahead */
        EXPECT_EQ(await mori_message_receive(pair[1], &in), -EBUSY);
        await close_both(pair);
        await connected("127.0.0.1:0", &one, &other);
        EXPECT_EQ(await send_files(one, "x", &file, 1), -EPROTOTYPE);
        EXPECT_EQ(await mori_file_close(one), 0);
        EXPECT_EQ(await mori_file_close(other), 0);
        EXPECT_EQ(mori_packet_listen("127.0.0.1:0", 0, &one), -EINVAL);
        EXPECT_EQ(mori_packet_listen("unix:", 0, &one), -EINVAL);
        EXPECT_EQ(await mori_packet_connect("127.0.0.1:1", &one), -EINVAL);
        EXPECT_EQ(await mori_packet_connect("unix:nobody", &one), -ENOENT);
        EXPECT_EQ(await mori_packet_connect(own_name("unix:@nobody"), &one), -ECONNREFUSED);
        return await mori_file_close(file);
}

/* Adopted sockets are looked at; a peer has set options on its end before it gave it away. */
PROGRAM(sockets_from_elsewhere)
{
        const int pass_process = 76; /* SO_PASSPIDFD: each message brings a descriptor more */
        mori_file pair[2], given[2], got;
        char text[8];
        mori_message in = {.data = text, .room = 8, .files = &got, .files_room = 1};
        int before = open_now(), fds[2];

        if (simulated())
                return 0;
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
        for (unsigned i = 0; i < 2; i++)
                EXPECT_EQ(mori_file_adopt(fds[i], &given[i]), 0);
        (void)setsockopt(fds[1], SOL_SOCKET, pass_process, &(int){1}, sizeof(int));
        EXPECT_EQ(mori_socket_pair(SOCK_STREAM, pair), 0);
        EXPECT_EQ(await send_files(pair[0], "x", &given[1], 1), 1);
        EXPECT_EQ(await mori_message_receive(pair[1], &in), 1);
        EXPECT_EQ(await mori_file_close(given[1]), 0);
        given[1] = got;
        for (unsigned i = 0; i < 20; i++) {
                in.flags = 99;
                EXPECT_EQ(await send_files(given[0], "four", &pair[0], 1), 4);
                EXPECT_EQ(await mori_message_receive(given[1], &in), 4);
                /* the file, or told that it was lost: that other one has taken its room */
                EXPECT(in.files_count == 1 || in.flags & MORI_MESSAGE_FILES_LOST);
                if (in.files_count == 1)
                        EXPECT_EQ(await mori_file_close(got), 0);
                EXPECT_EQ(open_now(), before + 4);
        }
        EXPECT_EQ(await send_files(given[0], "", NULL, 0), 0);
        EXPECT_EQ(await mori_message_receive(given[1], &in), 0);
        EXPECT(!(in.flags & MORI_MESSAGE_END));
        await close_both(given);
        await close_both(pair);
        EXPECT_EQ(open_now(), before);
        return 0;
}

/* A listener that was made by other means, as a service manager hands one over. */
PROGRAM(a_listener_from_elsewhere)
{
        struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "listener"};
        char text[8];
        mori_message in = {.data = text, .room = 8};
        mori_file listener, pair[2];
        int fd;

        if (simulated())
                return 0;
        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        EXPECT_EQ(bind(fd, (struct sockaddr *)&name, sizeof name), 0);
        EXPECT_EQ(listen(fd, 1), 0);
        EXPECT_EQ(mori_file_adopt(fd, &listener), 0);
        EXPECT_EQ(await mori_packet_connect("unix:listener", &pair[0]), 0);
        EXPECT_EQ(await mori_socket_accept(listener, &pair[1]), 0);
        EXPECT_EQ(await send_files(pair[0], "", NULL, 0), 0);
        EXPECT_EQ(await mori_message_receive(pair[1], &in), 0);
        EXPECT_EQ(in.flags, MORI_MESSAGE_CREDENTIALS);
        EXPECT_EQ(await mori_file_read(pair[1], text, 8), -EOPNOTSUPP);
        await close_both(pair);
        return await mori_file_close(listener);
}

/* More files under way than the limit of descriptors: refused, and nothing is lost. */
PROGRAM(too_many_on_the_way)
{
        mori_file pair[2], file, many[20];
        unsigned sent = 0;
        int64_t result;

        if (simulated())
                return 0;
        make_file("file", "content", 7);
        file = await opened("file");
        for (unsigned i = 0; i < 20; i++)
                many[i] = file;
        EXPECT_EQ(mori_socket_pair(SOCK_SEQPACKET, pair), 0);
        if (geteuid() == 0)
                EXPECT_EQ(seteuid(65534), 0); /* root has no such limit */
        limit_descriptors(20);
        while ((result = await send_files(pair[0], "x", many, 20)) == 1 && sent < 20)
                sent++;
        EXPECT_EQ(result, -ETOOMANYREFS);
        if (getuid() == 0)
                EXPECT_EQ(seteuid(0), 0);
        EXPECT_EQ(await send_files(pair[0], "x", NULL, 0), 1);
        await close_both(pair);
        return await mori_file_close(file);
}

/* ---- The process ends while messages arrive: see src/activity/file_test.c, too */

static async int receive_for_ever(mori_file socket)
{
        mori_file got[3];
        char text[8];
        mori_message in = {.data = text, .room = 8, .files = got, .files_room = 3};

        for (;;)
                attempt((int)await mori_message_receive(socket, &in));
}

static async int ends_meanwhile(UNUSED int argc, UNUSED char **argv)
{
        mori_file pair[2], file[2];

        EXPECT_EQ(mori_socket_pair(SOCK_SEQPACKET, pair), 0);
        EXPECT_EQ(mori_pipe(file), 0);
        for (unsigned i = 0; i < 4; i++)
                EXPECT_EQ(await send_files(pair[0], "x", file, 2), 1);
        scope {
                for (unsigned i = 0; i < 4; i++)
                        ignore(start(receive_for_ever, pair[1]));
                mori_exit(7);
        }
        return 0;
}

START_TEST(the_process_ends)
{
        io_case(ends_meanwhile, 7);
}
END_TEST

IO_MAIN("io/message", TEST(a_file_goes_along), TEST(files_that_nobody_asked_for),
        TEST(as_many_as_there_can_be), TEST(no_descriptors_left), TEST(sockets_go_along),
        TEST(a_ring), TEST(files_of_one_message_at_a_time), TEST(long_messages),
        TEST(a_send_that_is_cut_short), TEST(a_file_that_is_closed_on_the_way),
        TEST(packets_have_bounds), TEST(the_end_comes_to_who_waits), TEST(packets_wait_for_room),
        TEST(pairs_of_datagrams), TEST(credentials), TEST(the_process_of_a_peer),
        TEST(what_is_wrong), TEST(sockets_from_elsewhere), TEST(a_listener_from_elsewhere),
        TEST(too_many_on_the_way), TEST(the_process_ends))
