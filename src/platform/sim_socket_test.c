/* SPDX-License-Identifier: MIT */
/* Sockets of the simulation: TCP and Unix, connecting, ending, waiting, engine buffers. */
#include "platform/sim_test.h"

#include "support/test.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/un.h>

static struct sockaddr_in ipv4(const char *address, uint16_t port)
{
        struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};

        ck_assert_int_eq(inet_pton(AF_INET, address, &name.sin_addr), 1);
        return name;
}

static struct sockaddr_in6 ipv6(const char *address, uint16_t port)
{
        struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

        ck_assert_int_eq(inet_pton(AF_INET6, address, &name.sin6_addr), 1);
        return name;
}

static int listen_at(struct platform_io *io, const void *name, size_t length, int backlog)
{
        return platform_socket_listen(io, name, (socklen_t)length, backlog);
}

static struct platform_op connect_op(int fd, const void *name, size_t length)
{
        return (struct platform_op){.code = PLATFORM_CONNECT,
                                    .fd = fd,
                                    .address = (void *)(uintptr_t)name,
                                    .length = (uint32_t)length};
}

static int connect_to(struct platform_io *io, int fd, const void *name, size_t length)
{
        return sim_run(io, connect_op(fd, name, length));
}

static int accept_from(struct platform_io *io, int fd)
{
        return sim_run(io, (struct platform_op){.code = PLATFORM_ACCEPT, .fd = fd});
}

static int send_all(struct platform_io *io, int fd, const void *bytes, uint32_t length)
{
        return sim_run(io, (struct platform_op){.code = PLATFORM_SEND,
                                                .fd = fd,
                                                .address = (void *)(uintptr_t)bytes,
                                                .length = length});
}

static int receive(struct platform_io *io, int fd, void *bytes, uint32_t length, uint32_t flags)
{
        return sim_run(io, (struct platform_op){.code = PLATFORM_RECV,
                                                .fd = fd,
                                                .address = bytes,
                                                .length = length,
                                                .flags = flags});
}

static int shut(struct platform_io *io, int fd, uint32_t how)
{
        return sim_run(io, (struct platform_op){.code = PLATFORM_SHUTDOWN, .fd = fd, .flags = how});
}

/* A connection: [0] is the client's side, [1] the server's. */
static void connection_new(struct platform_io *io, int family, int ret_fds[2])
{
        struct sockaddr_in name = ipv4("127.0.0.1", 7);
        struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "/socket"};
        bool local = family == AF_UNIX;
        const void *address = local ? (const void *)&path : &name;
        size_t length = local ? sizeof(path) : sizeof(name);
        int listener = listen_at(io, address, length, 5);

        ck_assert_int_ge(listener, 0);
        ret_fds[0] = platform_socket_new(io, family, SOCK_STREAM);
        ck_assert_int_ge(ret_fds[0], 0);
        ck_assert_int_eq(connect_to(io, ret_fds[0], address, length), 0);
        ret_fds[1] = accept_from(io, listener);
        ck_assert_int_ge(ret_fds[1], 0);
        ck_assert_int_eq(sim_close(io, listener), 0);
        if (local)
                ck_assert_int_eq(platform_sim_remove(io, "/socket"), 0);
}

START_TEST(connections_have_names)
{
        struct platform_io *io = sim_start(1, 0);
        struct sockaddr_in any = ipv4("0.0.0.0", 0), to;
        struct sockaddr_storage name;
        struct sockaddr_in *in = (struct sockaddr_in *)&name;
        socklen_t length;
        int listener = listen_at(io, &any, sizeof(any), 5), client, server;
        uint16_t port;

        ck_assert_int_ge(listener, 0);
        ck_assert_int_eq(platform_socket_name(io, listener, false, &name, &length), 0);
        ck_assert_uint_eq(length, sizeof(*in));
        to = ipv4("127.0.0.1", ntohs(in->sin_port));
        ck_assert_uint_ge(ntohs(to.sin_port), 32768);
        client = platform_socket_new(io, AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
        ck_assert_int_eq(platform_socket_name(io, client, true, &name, &length), -ENOTCONN);
        ck_assert_int_eq(connect_to(io, client, &to, sizeof(to)), 0);
        ck_assert_int_eq(connect_to(io, client, &to, sizeof(to)), -EISCONN);
        server = accept_from(io, listener);
        ck_assert_int_eq(platform_socket_name(io, client, true, &name, &length), 0);
        ck_assert_mem_eq(&name, &to, sizeof(to));
        ck_assert_int_eq(platform_socket_name(io, server, false, &name, &length), 0);
        ck_assert_mem_eq(&name, &to, sizeof(to));
        ck_assert_int_eq(platform_socket_name(io, client, false, &name, &length), 0);
        port = in->sin_port;
        ck_assert_int_eq(platform_socket_name(io, server, true, &name, &length), 0);
        ck_assert_uint_eq(in->sin_port, port);
        ck_assert_uint_eq(in->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
        ck_assert_int_eq(platform_socket_name(io, 1, true, &name, &length), -ENOTSOCK);
        ck_assert_int_eq(platform_socket_name(io, 99, true, &name, &length), -EBADF);
        platform_io_free(io);
}
END_TEST

START_TEST(ipv6_hears_ipv4)
{
        struct platform_io *io = sim_start(1, 0);
        struct sockaddr_in6 any = ipv6("::", 80), six = ipv6("::1", 80);
        struct sockaddr_in four = ipv4("127.0.0.1", 80);
        struct sockaddr_storage name;
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&name;
        socklen_t length;
        int listener = listen_at(io, &any, sizeof(any), 5), client, server;

        ck_assert_int_ge(listener, 0);
        ck_assert_int_eq(listen_at(io, &four, sizeof(four), 5), -EADDRINUSE);
        client = platform_socket_new(io, AF_INET6, SOCK_STREAM);
        ck_assert_int_eq(connect_to(io, client, &four, sizeof(four)), -EAFNOSUPPORT);
        ck_assert_int_eq(connect_to(io, client, &six, sizeof(six)), 0);
        server = accept_from(io, listener);
        ck_assert_int_eq(platform_socket_name(io, server, true, &name, &length), 0);
        ck_assert(IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr));
        client = platform_socket_new(io, AF_INET, SOCK_STREAM);
        ck_assert_int_eq(connect_to(io, client, &four, sizeof(four)), 0);
        server = accept_from(io, listener);
        ck_assert_int_eq(platform_socket_name(io, server, true, &name, &length), 0);
        ck_assert_uint_eq(length, sizeof(*in6));
        ck_assert(IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr));
        platform_io_free(io);
}
END_TEST

START_TEST(nobody_listens)
{
        struct platform_io *io = sim_start(1, 0);
        struct sockaddr_in name = ipv4("127.0.0.1", 80), far = ipv4("192.0.2.1", 80);
        int client = platform_socket_new(io, AF_INET, SOCK_STREAM), listener;
        char byte = 0;

        ck_assert_int_eq(receive(io, client, &byte, 1, 0), -ENOTCONN);
        ck_assert_int_eq(send_all(io, client, &byte, 1), -EPIPE);
        ck_assert_int_eq(shut(io, client, SHUT_WR), -ENOTCONN);
        ck_assert_int_eq(connect_to(io, client, &name, sizeof(name)), -ECONNREFUSED);
        ck_assert_int_eq(connect_to(io, client, &far, sizeof(far)), -ENETUNREACH);
        ck_assert_int_eq(connect_to(io, client, &name, 3), -EINVAL);
        ck_assert_int_eq(listen_at(io, &far, sizeof(far), 5), -EADDRNOTAVAIL);
        listener = listen_at(io, &name, sizeof(name), 5);
        ck_assert_int_ge(listener, 0);
        ck_assert_int_eq(listen_at(io, &name, sizeof(name), 5), -EADDRINUSE);
        ck_assert_int_eq(receive(io, listener, &byte, 1, 0), -ENOTCONN);
        ck_assert_int_eq(connect_to(io, client, &name, sizeof(name)), 0);
        ck_assert_int_eq(sim_close(io, listener), 0);
        ck_assert_int_eq(receive(io, client, &byte, 1, 0), -ECONNRESET); /* never accepted */
        client = platform_socket_new(io, AF_INET, SOCK_STREAM);
        ck_assert_int_eq(connect_to(io, client, &name, sizeof(name)), -ECONNREFUSED);
        ck_assert_int_eq(platform_socket_new(io, AF_INET, SOCK_RAW), -ESOCKTNOSUPPORT);
        ck_assert_int_eq(platform_socket_new(io, AF_PACKET, SOCK_STREAM), -EAFNOSUPPORT);
        ck_assert_int_eq(platform_socket_option(io, client, IPPROTO_TCP, TCP_NODELAY, 1), 0);
        ck_assert_int_eq(platform_socket_option(io, client, SOL_SOCKET, 12345, 1), -ENOPROTOOPT);
        platform_io_free(io);
}
END_TEST

START_TEST(a_full_backlog_makes_clients_wait)
{
        struct platform_io *io = sim_start(1, 0);
        struct sockaddr_in name = ipv4("127.0.0.1", 80);
        int listener = listen_at(io, &name, sizeof(name), 1);
        struct platform_op connects[4];
        struct platform_completion completion;
        uint64_t begin;
        int failed = 0;

        for (int i = 0; i < 4; ++i) {
                connects[i] = connect_op(platform_socket_new(io, AF_INET, SOCK_STREAM), &name,
                                         sizeof(name));
                platform_io_submit(io, &connects[i]);
        }
        for (int i = 0; i < 2; ++i) {
                ck_assert_uint_eq(platform_io_wait(io, 1000000000, &completion, 1), 1);
                ck_assert_int_eq(completion.result, 0);
        }
        ck_assert_uint_eq(platform_io_wait(io, 1000000000, &completion, 1), 0);
        platform_io_submit(io, &(struct platform_op){.code = PLATFORM_ACCEPT, .fd = listener});
        for (int i = 0; i < 2; ++i) {
                ck_assert_uint_eq(platform_io_wait(io, 1000000000, &completion, 1), 1);
                ck_assert_int_ge(completion.result, 0);
        }
        begin = platform_io_now(io);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
        failed = completion.result;
        ck_assert_int_eq(failed, -ETIMEDOUT);
        ck_assert_uint_gt(platform_io_now(io) - begin, UINT64_C(100000000000));
        ck_assert_uint_eq(platform_io_pending(io), 0);
        platform_io_free(io);
}
END_TEST

START_TEST(a_listener_that_closes_refuses_those_who_wait)
{
        struct platform_io *io = sim_start(1, 0);
        struct sockaddr_in name = ipv4("127.0.0.1", 80);
        int listener = listen_at(io, &name, sizeof(name), 0);
        struct platform_op connects[3];
        struct platform_completion completion;
        int good = 0, refused = 0;

        for (int i = 0; i < 3; ++i) {
                connects[i] = connect_op(platform_socket_new(io, AF_INET, SOCK_STREAM), &name,
                                         sizeof(name));
                platform_io_submit(io, &connects[i]);
        }
        ck_assert_uint_eq(platform_io_wait(io, 1000000000, &completion, 1), 1);
        good += completion.result == 0;
        platform_close_now(io, listener);
        while (platform_io_pending(io) > 0) {
                ck_assert_uint_eq(platform_io_wait(io, 1000000000, &completion, 1), 1);
                refused += completion.result == -ECONNREFUSED;
        }
        ck_assert_int_eq(good, 1);
        ck_assert_int_eq(refused, 2);
        platform_io_free(io);
}
END_TEST

START_TEST(accept_goes_on)
{
        struct platform_io *io = sim_start(1, 0);
        struct sockaddr_in name = ipv4("127.0.0.1", 80);
        int listener = listen_at(io, &name, sizeof(name), 5), accepted = 0;
        struct platform_op accept = {
                .code = PLATFORM_ACCEPT, .op_flags = PLATFORM_OP_MULTI, .fd = listener};
        struct platform_op connects[5];
        struct platform_completion completion;

        platform_io_submit(io, &accept);
        for (int i = 0; i < 5; ++i) {
                connects[i] = connect_op(platform_socket_new(io, AF_INET, SOCK_STREAM), &name,
                                         sizeof(name));
                platform_io_submit(io, &connects[i]);
        }
        for (int i = 0; i < 10; ++i) {
                ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
                ck_assert_int_ge(completion.result, 0);
                if (completion.op == &accept) {
                        ck_assert_uint_eq(completion.flags, PLATFORM_MORE);
                        accepted += 1;
                }
        }
        ck_assert_int_eq(accepted, 5);
        ck_assert_int_eq(shut(io, listener, SHUT_RD), 0);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
        ck_assert_int_eq(completion.result, -EINVAL);
        ck_assert_uint_eq(completion.flags, 0);
        platform_io_free(io);
}
END_TEST

START_TEST(a_sender_waits_for_room)
{
        for (int family = 0; family < 2; ++family) {
                struct platform_io *io = sim_start(3, 0);
                static unsigned char out[50000], in[50000];
                struct iovec parts[2] = {{out, 20000}, {out + 20000, 30000}};
                struct platform_op send = {.code = PLATFORM_SENDV, .address = parts, .length = 2},
                                   read;
                struct platform_completion completion;
                size_t received = 0;
                int fds[2];

                for (size_t i = 0; i < sizeof(out); ++i)
                        out[i] = (unsigned char)(i * 31 >> 3);
                platform_sim_limit(io, &(struct platform_sim_limits){.socket_bytes = 4000});
                connection_new(io, family == 0 ? AF_INET : AF_UNIX, fds);
                send.fd = fds[0];
                platform_io_submit(io, &send);
                ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 0);
                ck_assert(platform_sim_is_quiet(io));
                while (received < sizeof(in)) {
                        read = (struct platform_op){.code = PLATFORM_RECV,
                                                    .fd = fds[1],
                                                    .address = in + received,
                                                    .length = 3000};
                        if (sizeof(in) - received < 3000)
                                read.length = (uint32_t)(sizeof(in) - received);
                        platform_io_submit(io, &read);
                        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
                        if (completion.op == &send) {
                                ck_assert_int_eq(completion.result, sizeof(out));
                                ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1),
                                                  1);
                        }
                        ck_assert_ptr_eq(completion.op, &read);
                        received += (size_t)completion.result;
                }
                ck_assert_mem_eq(in, out, sizeof(in));
                if (platform_io_pending(io) > 0)
                        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
                ck_assert_int_eq(completion.result,
                                 completion.op == &send ? (int)sizeof(out) : completion.result);
                platform_io_free(io);
        }
}
END_TEST

START_TEST(a_cancelled_send_tells_how_much)
{
        struct platform_io *io = sim_start(1, 0);
        static char out[50000];
        struct platform_op send = {.code = PLATFORM_SEND, .address = out, .length = sizeof(out)};
        struct platform_completion completion;
        int fds[2];

        platform_sim_limit(io, &(struct platform_sim_limits){.socket_bytes = 4000});
        connection_new(io, AF_INET, fds);
        send.fd = fds[0];
        platform_io_submit(io, &send);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 0);
        platform_io_cancel(io, &send);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
        ck_assert_int_eq(completion.result, 4000);
        platform_io_free(io);
}
END_TEST

START_TEST(sends_of_one_socket_keep_their_order)
{
        for (uint64_t seed = 0; seed < 50; ++seed) {
                struct platform_io *io = sim_start(seed, 0);
                struct platform_op sends[10];
                struct platform_completion completion;
                char text[11] = "", digits[] = "0123456789";
                int fds[2];

                connection_new(io, AF_INET, fds);
                for (int i = 0; i < 10; ++i) {
                        sends[i] = (struct platform_op){.code = PLATFORM_SEND,
                                                        .fd = fds[0],
                                                        .address = &digits[i],
                                                        .length = 1};
                        platform_io_submit(io, &sends[i]);
                }
                while (platform_io_pending(io) > 0)
                        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
                ck_assert_int_eq(receive(io, fds[1], text, 10, 0), 10);
                ck_assert_mem_eq(text, "0123456789", 10);
                platform_io_free(io);
        }
}
END_TEST

START_TEST(receive_takes_flags)
{
        struct platform_io *io = sim_start(1, 0);
        struct platform_op all = {.code = PLATFORM_RECV, .length = 8, .flags = MSG_WAITALL};
        struct platform_completion completion;
        char text[8];
        int fds[2];

        connection_new(io, AF_INET, fds);
        ck_assert_int_eq(receive(io, fds[1], text, 8, MSG_DONTWAIT), -EAGAIN);
        ck_assert_int_eq(send_all(io, fds[0], "abcdef", 6), 6);
        ck_assert_int_eq(receive(io, fds[1], text, 4, MSG_PEEK), 4);
        ck_assert_mem_eq(text, "abcd", 4);
        all.fd = fds[1];
        all.address = text;
        platform_io_submit(io, &all);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 0);
        ck_assert_int_eq(text[0], (char)0xa5); /* nothing before the completion */
        ck_assert_int_eq(send_all(io, fds[0], "gh", 2), 2);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
        ck_assert_int_eq(completion.result, 8);
        ck_assert_mem_eq(text, "abcdefgh", 8);
        /* what has come is told when it is cancelled, and when the stream ends */
        ck_assert_int_eq(send_all(io, fds[0], "ij", 2), 2);
        platform_io_submit(io, &all);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 0);
        platform_io_cancel(io, &all);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
        ck_assert_int_eq(completion.result, 2);
        ck_assert_mem_eq(text, "ij\xa5", 3);
        ck_assert_int_eq(send_all(io, fds[0], "kl", 2), 2);
        ck_assert_int_eq(shut(io, fds[0], SHUT_WR), 0);
        ck_assert_int_eq(receive(io, fds[1], text, 8, MSG_WAITALL), 2);
        ck_assert_int_eq(receive(io, fds[1], text, 8, MSG_WAITALL), 0);
        platform_io_free(io);
}
END_TEST

START_TEST(half_a_connection_ends)
{
        for (int family = 0; family < 2; ++family) {
                struct platform_io *io = sim_start(1, 0);
                char text[8];
                int fds[2];

                connection_new(io, family == 0 ? AF_INET : AF_UNIX, fds);
                ck_assert_int_eq(send_all(io, fds[0], "bye", 3), 3);
                ck_assert_int_eq(shut(io, fds[0], SHUT_WR), 0);
                ck_assert_int_eq(send_all(io, fds[0], "more", 4), -EPIPE);
                ck_assert_int_eq(receive(io, fds[1], text, 8, 0), 3);
                ck_assert_int_eq(receive(io, fds[1], text, 8, 0), 0);
                ck_assert_int_eq(send_all(io, fds[1], "still", 5), 5);
                ck_assert_int_eq(receive(io, fds[0], text, 8, 0), 5);
                ck_assert_int_eq(sim_close(io, fds[1]), 0);
                ck_assert_int_eq(receive(io, fds[0], text, 8, 0), 0);
                platform_io_free(io);
        }
}
END_TEST

START_TEST(closing_with_bytes_unread_resets)
{
        struct platform_io *io = sim_start(1, 0);
        char text[8];
        int fds[2];

        connection_new(io, AF_INET, fds);
        ck_assert_int_eq(send_all(io, fds[0], "unread", 6), 6);
        ck_assert_int_eq(send_all(io, fds[1], "last", 4), 4);
        ck_assert_int_eq(sim_close(io, fds[1]), 0);
        ck_assert_int_eq(receive(io, fds[0], text, 8, 0), 4); /* what had come comes first */
        ck_assert_int_eq(receive(io, fds[0], text, 8, 0), -ECONNRESET);
        ck_assert_int_eq(receive(io, fds[0], text, 8, 0), 0); /* told once */
        ck_assert_int_eq(send_all(io, fds[0], "x", 1), -EPIPE);
        platform_io_free(io);
}
END_TEST

START_TEST(sending_to_one_who_has_closed)
{
        struct platform_io *io = sim_start(1, 0);
        int fds[2];

        connection_new(io, AF_INET, fds);
        ck_assert_int_eq(sim_close(io, fds[1]), 0);
        ck_assert_int_eq(send_all(io, fds[0], "x", 1), 1); /* TCP learns of it by the answer */
        ck_assert_int_eq(send_all(io, fds[0], "x", 1), -EPIPE);
        connection_new(io, AF_UNIX, fds);
        ck_assert_int_eq(sim_close(io, fds[1]), 0);
        ck_assert_int_eq(send_all(io, fds[0], "x", 1), -EPIPE);
        platform_io_free(io);
}
END_TEST

START_TEST(a_reset_is_seen_by_both)
{
        struct platform_io *io = sim_start(1, 0);
        struct platform_op read = {.code = PLATFORM_RECV, .length = 1};
        struct platform_completion completion;
        char byte;
        int fds[2];

        connection_new(io, AF_INET, fds);
        read.fd = fds[1];
        read.address = &byte;
        platform_io_submit(io, &read);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 0);
        ck_assert_int_eq(platform_sim_reset(io, fds[0]), 0);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
        ck_assert_int_eq(completion.result, -ECONNRESET);
        ck_assert_int_eq(send_all(io, fds[0], "x", 1), -ECONNRESET);
        ck_assert_int_eq(send_all(io, fds[0], "x", 1), -EPIPE);
        ck_assert_int_eq(platform_sim_reset(io, fds[0]), -ENOTCONN);
        platform_io_free(io);
}
END_TEST

START_TEST(buffers_of_the_engine_run_out)
{
        struct platform_io *io = sim_start(1, 0);
        struct platform_op multi = {.code = PLATFORM_RECV, .op_flags = PLATFORM_OP_MULTI};
        struct platform_completion completion;
        struct platform_sim_statistics statistics;
        char out[300], in[300];
        uint16_t buffers[8];
        size_t received = 0, held = 0;
        int fds[2];

        for (size_t i = 0; i < sizeof(out); ++i)
                out[i] = (char)i;
        connection_new(io, AF_INET, fds);
        multi.fd = fds[1];
        platform_io_submit(io, &multi);
        ck_assert_int_ge(fds[0], 0);
        platform_io_submit(io, &(struct platform_op){.code = PLATFORM_SEND,
                                                     .fd = fds[0],
                                                     .address = out,
                                                     .length = sizeof(out)});
        for (;;) {
                ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
                if (completion.op != &multi)
                        continue;
                if ((completion.flags & PLATFORM_BUFFER) == 0)
                        break;
                ck_assert_uint_eq(completion.flags, PLATFORM_BUFFER | PLATFORM_MORE);
                ck_assert_int_gt(completion.result, 0);
                ck_assert_int_le(completion.result, 64);
                memcpy(in + received, platform_io_buffer(io, completion.buffer),
                       (size_t)completion.result);
                received += (size_t)completion.result;
                ck_assert_uint_lt(held, 4);
                buffers[held++] = completion.buffer;
        }
        ck_assert_int_eq(completion.result, -ENOBUFS);
        ck_assert_uint_eq(completion.flags, 0);
        ck_assert_uint_eq(held, 4);
        platform_sim_statistics(io, &statistics);
        ck_assert_uint_eq(statistics.buffers_out, 4);
        while (held > 0)
                platform_io_buffer_release(io, buffers[--held]);
        platform_io_submit(io, &multi);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_NOP}), 0);
        while (received < sizeof(out)) {
                ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
                memcpy(in + received, platform_io_buffer(io, completion.buffer),
                       (size_t)completion.result);
                received += (size_t)completion.result;
                platform_io_buffer_release(io, completion.buffer);
        }
        ck_assert_mem_eq(in, out, sizeof(out));
        platform_close_now(io, fds[0]);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
        ck_assert_int_eq(completion.result, 0);
        ck_assert_uint_eq(completion.flags, 0);
        platform_io_free(io);
}
END_TEST

START_TEST(unix_sockets_have_names)
{
        struct platform_io *io = sim_start(1, 0);
        struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "/run/socket"};
        struct sockaddr_un abstract = {.sun_family = AF_UNIX, .sun_path = "\0name"};
        size_t abstract_length = offsetof(struct sockaddr_un, sun_path) + 5;
        struct sockaddr_storage name;
        socklen_t length;
        struct statx attributes;
        int listener, client = platform_socket_new(io, AF_UNIX, SOCK_STREAM), server;

        ck_assert_int_eq(connect_to(io, client, &path, sizeof(path)), -ENOENT);
        ck_assert_int_eq(listen_at(io, &path, sizeof(path), 5), -ENOENT);
        ck_assert_int_eq(platform_sim_file(io, "/run/file", "", 0), 0);
        listener = listen_at(io, &path, sizeof(path), 5);
        ck_assert_int_ge(listener, 0);
        ck_assert_int_eq(listen_at(io, &path, sizeof(path), 5), -EADDRINUSE);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_STATX,
                                                          .fd = AT_FDCWD,
                                                          .address = "/run/socket",
                                                          .address2 = &attributes}),
                         0);
        ck_assert(S_ISSOCK(attributes.stx_mode));
        ck_assert_int_eq(sim_open(io, "/run/socket", O_RDONLY), -ENXIO);
        ck_assert_int_eq(connect_to(io, client, &path, sizeof(path)), 0);
        server = accept_from(io, listener);
        ck_assert_int_eq(platform_socket_name(io, server, false, &name, &length), 0);
        ck_assert_str_eq(((struct sockaddr_un *)&name)->sun_path, "/run/socket");
        ck_assert_int_eq(platform_socket_name(io, server, true, &name, &length), 0);
        ck_assert_uint_eq(length, sizeof(sa_family_t));
        ck_assert_int_eq(sim_close(io, listener), 0);
        client = platform_socket_new(io, AF_UNIX, SOCK_STREAM);
        ck_assert_int_eq(connect_to(io, client, &path, sizeof(path)), -ECONNREFUSED);
        /* the name is still there */
        ck_assert_int_eq(listen_at(io, &path, sizeof(path), 5), -EADDRINUSE);

        ck_assert_int_eq(connect_to(io, client, &abstract, abstract_length), -ECONNREFUSED);
        listener = listen_at(io, &abstract, abstract_length, 5);
        ck_assert_int_ge(listener, 0);
        ck_assert_int_eq(listen_at(io, &abstract, abstract_length, 5), -EADDRINUSE);
        ck_assert_int_eq(connect_to(io, client, &abstract, abstract_length), 0);

        listener = listen_at(io, &abstract, sizeof(sa_family_t), 5); /* a name is found for it */
        ck_assert_int_ge(listener, 0);
        ck_assert_int_eq(platform_socket_name(io, listener, false, &name, &length), 0);
        ck_assert_uint_eq(length, sizeof(sa_family_t) + 6);
        client = platform_socket_new(io, AF_UNIX, SOCK_STREAM);
        ck_assert_int_eq(connect_to(io, client, &name, length), 0);
        platform_io_free(io);
}
END_TEST

START_TEST(files_are_sent)
{
        struct platform_io *io = sim_start(1, 0);
        static char content[9000], in[9000];
        struct platform_op send = {.code = PLATFORM_SENDFILE, .offset = 1000, .length = 100000};
        struct platform_completion completion;
        size_t received = 0;
        int fds[2], file;

        for (size_t i = 0; i < sizeof(content); ++i)
                content[i] = (char)(i % 251);
        ck_assert_int_eq(platform_sim_file(io, "file", content, sizeof(content)), 0);
        platform_sim_limit(io, &(struct platform_sim_limits){.socket_bytes = 3000});
        connection_new(io, AF_INET, fds);
        file = sim_open(io, "file", O_RDONLY);
        send.fd = fds[0];
        send.fd2 = file;
        platform_io_submit(io, &send);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 0);
        while (received < 8000) {
                struct platform_op read = {.code = PLATFORM_RECV,
                                           .fd = fds[1],
                                           .address = in + received,
                                           .length = 1000};

                platform_io_submit(io, &read);
                ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
                if (completion.op == &send) {
                        ck_assert_int_eq(completion.result, 8000);
                        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
                }
                received += (size_t)completion.result;
        }
        ck_assert_mem_eq(in, content + 1000, 8000);
        while (platform_io_pending(io) > 0)
                ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
        send.offset = 9000;
        ck_assert_int_eq(sim_run(io, send), 0);
        send.fd2 = fds[1];
        ck_assert_int_eq(sim_run(io, send), -ESPIPE);
        platform_io_free(io);
}
END_TEST

START_TEST(sockets_are_polled)
{
        struct platform_io *io = sim_start(1, 0);
        struct sockaddr_in name = ipv4("127.0.0.1", 80);
        struct platform_op poll = {.code = PLATFORM_POLL, .flags = POLLIN};
        struct platform_completion completion;
        int listener = listen_at(io, &name, sizeof(name), 5), fds[2];

        poll.fd = listener;
        platform_io_submit(io, &poll);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 0);
        fds[0] = platform_socket_new(io, AF_INET, SOCK_STREAM);
        platform_io_submit(io, &(struct platform_op){.code = PLATFORM_CONNECT,
                                                     .fd = fds[0],
                                                     .address = &name,
                                                     .length = sizeof(name)});
        for (int i = 0; i < 2; ++i) {
                ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
                ck_assert_int_eq(completion.result, completion.op == &poll ? POLLIN : 0);
        }
        fds[1] = accept_from(io, listener);
        poll.fd = fds[1];
        poll.flags = POLLIN | POLLOUT;
        ck_assert_int_eq(sim_run(io, poll), POLLOUT);
        ck_assert_int_eq(platform_sim_reset(io, fds[0]), 0);
        ck_assert_int_eq(sim_run(io, poll), POLLIN | POLLOUT | POLLERR | POLLHUP);
        platform_io_free(io);
}
END_TEST

TEST_MAIN("platform/sim_socket", TEST(connections_have_names), TEST(ipv6_hears_ipv4),
          TEST(nobody_listens), TEST(a_full_backlog_makes_clients_wait),
          TEST(a_listener_that_closes_refuses_those_who_wait), TEST(accept_goes_on),
          TEST(a_sender_waits_for_room), TEST(a_cancelled_send_tells_how_much),
          TEST(sends_of_one_socket_keep_their_order), TEST(receive_takes_flags),
          TEST(half_a_connection_ends), TEST(closing_with_bytes_unread_resets),
          TEST(sending_to_one_who_has_closed), TEST(a_reset_is_seen_by_both),
          TEST(buffers_of_the_engine_run_out), TEST(unix_sockets_have_names), TEST(files_are_sent),
          TEST(sockets_are_polled))
