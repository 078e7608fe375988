/* SPDX-License-Identifier: MIT */
/*
 * Faults, replay and checks of the simulation.
 *
 * The storm is a program that does everything at once, at random, from the numbers of the seed:
 * files, pipes, connections, signals, cancellations, closes. It keeps the books of io.h: each
 * operation completes exactly once, whatever it meets; what is received is what was sent, in order;
 * at the end nothing is open and nothing is under way.
 */

#include "platform/sim_test.h"

#include "support/test.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/stat.h>

#define STORM_OPS 24
#define STORM_STEPS 150
#define STORM_BYTES 300

struct slot {
        struct platform_op op;
        bool busy;
        unsigned completions;
        char buffer[STORM_BYTES];
        char path[16];
        struct statx attributes;
        struct iovec parts[2];
        struct sockaddr_in name;
        struct mmsghdr messages[2];
};

struct storm {
        struct platform_io *io;
        struct slot slots[STORM_OPS];
        int fds[64];
        size_t fd_count;
        int listener;
        uint64_t digest; /* of all that the program has seen */
        uint64_t completions;
};

static const uint8_t storm_codes[] = {
        PLATFORM_NOP,      PLATFORM_OPEN,    PLATFORM_OPEN,     PLATFORM_CLOSE,  PLATFORM_READ,
        PLATFORM_WRITE,    PLATFORM_READV,   PLATFORM_WRITEV,   PLATFORM_STATX,  PLATFORM_FSYNC,
        PLATFORM_ACCEPT,   PLATFORM_CONNECT, PLATFORM_RECV,     PLATFORM_RECV,   PLATFORM_SEND,
        PLATFORM_SEND,     PLATFORM_SENDV,   PLATFORM_SHUTDOWN, PLATFORM_SPLICE, PLATFORM_SENDFILE,
        PLATFORM_GETDENTS, PLATFORM_POLL,    PLATFORM_SIGNAL,   PLATFORM_ACCEPT, PLATFORM_RECVMSG,
        PLATFORM_SENDMSG,  PLATFORM_SENDMSG,
};

static uint64_t storm_roll(struct storm *storm, uint64_t bound)
{
        return platform_sim_random(storm->io, bound);
}

static void storm_see(struct storm *storm, uint64_t value)
{
        storm->digest = (storm->digest ^ value) * 0x100000001b3u;
}

static void storm_keep(struct storm *storm, int fd)
{
        storm_see(storm, (uint64_t)fd);
        if (fd < 0)
                return;
        if (storm->fd_count < sizeof(storm->fds) / sizeof(storm->fds[0]))
                storm->fds[storm->fd_count++] = fd;
        else
                platform_close_now(storm->io, fd);
}

static int storm_fd(struct storm *storm)
{
        if (storm->fd_count == 0 || storm_roll(storm, 20) == 0)
                return (int)storm_roll(storm, 5);
        return storm->fds[storm_roll(storm, storm->fd_count)];
}

/* Two messages, to or from one of four ports, on a socket that is new or another one. */
static void storm_messages(struct storm *storm, struct slot *slot, uint32_t length)
{
        struct platform_op *op = &slot->op;

        if (storm_roll(storm, 3) == 0) {
                struct sockaddr_in own = {.sin_family = AF_INET,
                                          .sin_port = htons(90 + (uint16_t)storm_roll(storm, 4)),
                                          .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

                op->fd = platform_socket_new(storm->io, AF_INET, SOCK_DGRAM);
                storm_keep(storm, op->fd);
                platform_socket_bind(storm->io, op->fd, (struct sockaddr *)&own, sizeof(own));
        }
        slot->name = (struct sockaddr_in){.sin_family = AF_INET,
                                          .sin_port = htons(90 + (uint16_t)storm_roll(storm, 4)),
                                          .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        slot->parts[0] = (struct iovec){slot->buffer, length / 3};
        slot->parts[1] = (struct iovec){slot->buffer + length / 3, length - length / 3};
        for (int i = 0; i < 2; i++)
                slot->messages[i].msg_hdr = (struct msghdr){
                        .msg_name = op->code == PLATFORM_SENDMSG ? &slot->name : NULL,
                        .msg_namelen = op->code == PLATFORM_SENDMSG ? sizeof(slot->name) : 0,
                        .msg_iov = &slot->parts[i],
                        .msg_iovlen = 1};
        op->address = slot->messages;
        op->length = 1 + (uint32_t)storm_roll(storm, 2);
}

static void storm_fill(struct storm *storm, struct slot *slot)
{
        struct platform_op *op = &slot->op;
        uint32_t length = (uint32_t)storm_roll(storm, STORM_BYTES);

        *op = (struct platform_op){.code = storm_codes[storm_roll(storm, sizeof(storm_codes))]};
        op->fd = storm_fd(storm);
        op->address = slot->buffer;
        op->length = length;
        op->offset = storm_roll(storm, 2) == 0 ? UINT64_MAX : storm_roll(storm, 500);
        for (size_t i = 0; i < sizeof(slot->buffer); ++i)
                slot->buffer[i] = (char)(i + op->code);
        switch (op->code) {
        case PLATFORM_OPEN:
        case PLATFORM_STATX:
                snprintf(slot->path, sizeof(slot->path), "/d/%u", (unsigned)storm_roll(storm, 8));
                op->fd = AT_FDCWD;
                op->address = slot->path;
                op->address2 = &slot->attributes;
                op->mode = 0644;
                op->flags = op->code == PLATFORM_OPEN
                                    ? O_RDWR | (storm_roll(storm, 2) ? O_CREAT : 0)
                                    : 0;
                break;
        case PLATFORM_CLOSE:
                for (size_t i = 0; i < storm->fd_count; ++i)
                        if (storm->fds[i] == op->fd)
                                storm->fds[i--] = storm->fds[--storm->fd_count];
                break;
        case PLATFORM_READV:
        case PLATFORM_WRITEV:
        case PLATFORM_SENDV:
                slot->parts[0] = (struct iovec){slot->buffer, length / 3};
                slot->parts[1] = (struct iovec){slot->buffer + length / 3, length - length / 3};
                op->address = slot->parts;
                op->length = 2;
                break;
        case PLATFORM_RECVMSG:
        case PLATFORM_SENDMSG:
                storm_messages(storm, slot, length);
                break;
        case PLATFORM_ACCEPT:
                op->fd = storm->listener;
                op->op_flags = (uint8_t)storm_roll(storm, 2);
                break;
        case PLATFORM_CONNECT:
                op->fd = platform_socket_new(storm->io, AF_INET, SOCK_STREAM);
                storm_keep(storm, op->fd);
                slot->name = (struct sockaddr_in){.sin_family = AF_INET,
                                                  .sin_port = htons(80),
                                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
                op->address = &slot->name;
                op->length = sizeof(slot->name);
                break;
        case PLATFORM_RECV:
                op->op_flags = (uint8_t)storm_roll(storm, 2);
                if (op->op_flags == 0 && storm_roll(storm, 4) == 0)
                        op->flags = MSG_WAITALL;
                break;
        case PLATFORM_SHUTDOWN:
                op->flags = (uint32_t)storm_roll(storm, 3);
                break;
        case PLATFORM_SPLICE:
        case PLATFORM_SENDFILE:
                op->fd2 = storm_fd(storm);
                op->offset = storm_roll(storm, 100);
                break;
        case PLATFORM_POLL:
                op->flags = 1 + (uint32_t)storm_roll(storm, 1) * POLLOUT;
                break;
        case PLATFORM_SIGNAL:
                op->offset = platform_signal_bit(SIGUSR1) | platform_signal_bit(SIGUSR2);
                op->op_flags = (uint8_t)storm_roll(storm, 2);
                break;
        default:
                break;
        }
}

static void storm_complete(struct storm *storm, const struct platform_completion *completion)
{
        struct slot *slot = (struct slot *)completion->op;

        ck_assert(slot->busy);
        ck_assert_int_ne(completion->result, -EINTR);
        storm_see(storm, (uint64_t)(slot - storm->slots));
        storm_see(storm, (uint64_t)(uint32_t)completion->result);
        storm_see(storm, completion->flags);
        storm->completions += 1;
        if ((completion->flags & PLATFORM_BUFFER) != 0) {
                const char *bytes = platform_io_buffer(storm->io, completion->buffer);

                for (int i = 0; i < completion->result; ++i)
                        storm_see(storm, (uint8_t)bytes[i]);
                platform_io_buffer_release(storm->io, completion->buffer);
        }
        if (completion->result >= 0 &&
            (slot->op.code == PLATFORM_OPEN || slot->op.code == PLATFORM_ACCEPT))
                storm_keep(storm, completion->result);
        if ((completion->flags & PLATFORM_MORE) != 0) {
                ck_assert_uint_ne(slot->op.op_flags & PLATFORM_OP_MULTI, 0);
                return;
        }
        for (size_t i = 0; i < sizeof(slot->buffer); ++i)
                storm_see(storm, (uint8_t)slot->buffer[i]);
        slot->busy = false;
}

static void storm_wait(struct storm *storm, uint64_t timeout_ns)
{
        struct platform_completion completions[5];
        size_t count =
                platform_io_wait(storm->io, timeout_ns, completions, 1 + storm_roll(storm, 5));

        for (size_t i = 0; i < count; ++i)
                storm_complete(storm, &completions[i]);
}

static void storm_step(struct storm *storm)
{
        struct slot *slot = &storm->slots[storm_roll(storm, STORM_OPS)];
        int fds[2];

        if (!slot->busy) {
                storm_fill(storm, slot);
                slot->busy = true;
                platform_io_submit(storm->io, &slot->op);
        } else if (storm_roll(storm, 2) == 0) {
                platform_io_cancel(storm->io, &slot->op);
        }
        switch (storm_roll(storm, 20)) {
        case 0:
                if (platform_pipe_new(storm->io, fds) == 0) {
                        storm_keep(storm, fds[0]);
                        storm_keep(storm, fds[1]);
                }
                break;
        case 1:
                platform_sim_raise(storm->io, SIGUSR1);
                break;
        case 2:
                platform_sim_reset(storm->io, storm_fd(storm));
                break;
        case 3:
                platform_io_wake(storm->io);
                break;
        default:
                break;
        }
        storm_wait(storm, storm_roll(storm, 2) * 50000);
}

/* Runs the storm to its end; returns the hash of the run. */
static uint64_t storm_run(uint64_t seed, uint32_t fault_per_mille, uint64_t *ret_digest,
                          struct platform_sim_statistics *ret_statistics)
{
        struct sockaddr_in name = {.sin_family = AF_INET,
                                   .sin_port = htons(80),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        struct storm *storm = calloc(1, sizeof(*storm));
        struct platform_sim_statistics statistics;
        uint64_t hash;

        ck_assert_ptr_nonnull(storm);
        storm->io = sim_start(seed, fault_per_mille);
        platform_sim_limit(storm->io, &(struct platform_sim_limits){.disk_bytes = 3000,
                                                                    .descriptors = 40,
                                                                    .pipe_bytes = 200,
                                                                    .socket_bytes = 200});
        ck_assert_int_eq(platform_sim_directory(storm->io, "/d"), 0);
        do
                storm->listener = platform_socket_listen(storm->io, (struct sockaddr *)&name,
                                                         sizeof(name), 2);
        while (storm->listener < 0);
        for (int i = 0; i < STORM_STEPS; ++i)
                storm_step(storm);
        while (platform_io_pending(storm->io) > 0) {
                for (size_t i = 0; i < STORM_OPS; ++i)
                        if (storm->slots[i].busy)
                                platform_io_cancel(storm->io, &storm->slots[i].op);
                storm_wait(storm, UINT64_MAX);
        }
        for (size_t i = 0; i < STORM_OPS; ++i)
                ck_assert(!storm->slots[i].busy);
        while (storm->fd_count > 0)
                platform_close_now(storm->io, storm->fds[--storm->fd_count]);
        platform_close_now(storm->io, storm->listener);
        platform_sim_statistics(storm->io, &statistics);
        ck_assert_uint_eq(statistics.descriptors, 0);
        ck_assert_uint_eq(statistics.buffers_out, 0);
        ck_assert_uint_eq(statistics.completions, storm->completions);
        hash = platform_sim_hash(storm->io);
        *ret_digest = storm->digest;
        *ret_statistics = statistics;
        platform_io_free(storm->io);
        free(storm);
        return hash;
}

START_TEST(a_seed_gives_one_run)
{
        uint64_t previous = 0;

        for (uint64_t seed = 0; seed < TEST_TIMES(1000); ++seed) {
                struct platform_sim_statistics a_statistics, b_statistics;
                uint32_t rate = (uint32_t)(seed % 4) * 60;
                uint64_t a_digest, b_digest;
                uint64_t a = storm_run(seed, rate, &a_digest, &a_statistics);
                void *shift = malloc(seed * 64 + 1); /* other addresses must not matter */
                uint64_t b = storm_run(seed, rate, &b_digest, &b_statistics);

                free(shift);
                ck_assert_uint_eq(a, b);
                ck_assert_uint_eq(a_digest, b_digest);
                ck_assert_mem_eq(&a_statistics, &b_statistics, sizeof(a_statistics));
                ck_assert_uint_ne(a, previous);
                previous = a;
        }
}
END_TEST

/*
 * The same run on every machine and with every compiler: a change of this number is a change of all
 * replays.
 */
START_TEST(a_run_is_the_same_everywhere)
{
        struct platform_io *io = sim_start(42, 100);
        char text[64];

        ck_assert_int_eq(platform_sim_file(io, "/file", "some content of a file", 22), 0);
        for (int i = 0; i < 50; ++i) {
                int fd = sim_open(io, "/file", O_RDONLY);

                if (fd < 0)
                        continue;
                sim_read(io, fd, text, sizeof(text), 0);
                sim_close(io, fd);
        }
        ck_assert_uint_eq(platform_sim_hash(io), UINT64_C(1255113735584494054));
        platform_io_free(io);
}
END_TEST

START_TEST(every_kind_of_fault_occurs)
{
        uint64_t faults[PLATFORM_SIM_FAULTS] = {0}, cancelled = 0, late = 0, busy = 0;

        for (uint64_t seed = 0; seed < 20; ++seed) {
                struct platform_sim_statistics statistics;
                uint64_t digest;

                storm_run(seed, 100, &digest, &statistics);
                for (size_t i = 0; i < PLATFORM_SIM_FAULTS; ++i)
                        faults[i] += statistics.faults[i];
                cancelled += statistics.cancelled;
                late += statistics.late;
                busy += statistics.closed_busy;
        }
        for (size_t i = 0; i < PLATFORM_SIM_FAULTS; ++i)
                ck_assert_uint_gt(faults[i], 0);
        ck_assert_uint_gt(cancelled, 0);
        ck_assert_uint_gt(late, 0);
        ck_assert_uint_gt(busy, 0);
}
END_TEST

/* How often one operation, repeated, ends with `wanted`. */
static unsigned count_results(struct platform_io *io, struct platform_op op, int wanted)
{
        unsigned found = 0;

        for (int i = 0; i < 2000; ++i) {
                int result = sim_run(io, op);

                found += result == wanted;
                if (op.code == PLATFORM_OPEN && result >= 0)
                        platform_close_now(io, result);
        }
        return found;
}

START_TEST(files_meet_their_errors)
{
        static const int open_errors[] = {-EMFILE, -ENFILE, -ENOMEM, -EIO},
                         write_errors[] = {-EIO, -ENOSPC};
        struct platform_io *io = sim_start(5, 200);
        struct platform_op open = {.code = PLATFORM_OPEN,
                                   .fd = AT_FDCWD,
                                   .address = "/file",
                                   .flags = O_RDWR | O_CREAT,
                                   .mode = 0600};
        struct platform_op write = {.code = PLATFORM_WRITE, .address = "0123456789", .length = 10};
        char text[10];
        unsigned count = 0;
        int fd;

        for (size_t i = 0; i < 4; ++i)
                ck_assert_uint_gt(count_results(io, open, open_errors[i]), 0);
        while ((fd = sim_run(io, open)) < 0)
                continue;
        write.fd = fd;
        for (size_t i = 0; i < 2; ++i)
                ck_assert_uint_gt(count_results(io, write, write_errors[i]), 0);
        for (int i = 1; i < 10; ++i)
                count += count_results(io, write, i);
        ck_assert_uint_gt(count, 0); /* short */
        count = 0;
        for (int i = 0; i < 1000; ++i) {
                int n = sim_read(io, fd, text, 10, 0);

                ck_assert(n > 0 || n == -EIO);
                count += n > 0 && n < 10;
                ck_assert(n < 0 || memcmp(text, "0123456789", (size_t)n) == 0);
        }
        ck_assert_uint_gt(count, 0);
        /* only what is allowed */
        platform_sim_fault_allow(io, 1u << PLATFORM_SIM_FAULT_DELAY);
        ck_assert_uint_eq(count_results(io, write, 10), 2000);
        platform_io_free(io);
}
END_TEST

START_TEST(the_nth_operation_fails)
{
        struct platform_io *io = sim_start(1, 0);
        int fds[2], fd;

        platform_sim_fail_nth(io, 3, -EIO);
        fd = sim_open(io, "a", O_CREAT | O_RDWR);
        ck_assert_int_eq(sim_write(io, fd, "x", 1, 0), 1);
        ck_assert_int_eq(sim_write(io, fd, "y", 1, 0), -EIO);
        ck_assert_int_eq(sim_write(io, fd, "z", 1, 0), 1);
        platform_sim_fail_nth(io, 1, -EMFILE);
        ck_assert_int_eq(platform_pipe_new(io, fds), -EMFILE);
        ck_assert_int_eq(platform_pipe_new(io, fds), 0);
        platform_sim_fail_nth(io, 1, -EIO);
        ck_assert_int_eq(sim_close(io, fd), -EIO);
        ck_assert_int_eq(sim_close(io, fd), -EBADF); /* it was closed all the same */
        platform_sim_fail_nth(io, 1, -EIO);
        platform_sim_fail_nth(io, 0, 0);
        ck_assert_int_eq(sim_write(io, fds[1], "x", 1, 0), 1);
        platform_io_free(io);
}
END_TEST

/* A small program that gives up at the first error, and closes what it has. */
static int session(struct platform_io *io)
{
        struct sockaddr_in name = {.sin_family = AF_INET,
                                   .sin_port = htons(80),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int fds[5] = {-1, -1, -1, -1, -1}, r;
        char text[8];

        r = fds[0] = sim_open(io, "/file", O_CREAT | O_RDWR);
        if (r >= 0)
                r = sim_write(io, fds[0], "content", 7, 0);
        if (r >= 0)
                r = fds[1] = platform_socket_listen(io, (struct sockaddr *)&name, sizeof(name), 5);
        if (r >= 0)
                r = fds[2] = platform_socket_new(io, AF_INET, SOCK_STREAM);
        if (r >= 0)
                r = sim_run(io, (struct platform_op){.code = PLATFORM_CONNECT,
                                                     .fd = fds[2],
                                                     .address = &name,
                                                     .length = sizeof(name)});
        if (r >= 0)
                r = fds[3] =
                        sim_run(io, (struct platform_op){.code = PLATFORM_ACCEPT, .fd = fds[1]});
        if (r >= 0)
                r = sim_run(io, (struct platform_op){.code = PLATFORM_SENDFILE,
                                                     .fd = fds[2],
                                                     .fd2 = fds[0],
                                                     .length = 7});
        if (r >= 0)
                r = sim_run(io, (struct platform_op){.code = PLATFORM_RECV,
                                                     .fd = fds[3],
                                                     .address = text,
                                                     .length = 8});
        for (int i = 0; i < 5; ++i) {
                if (fds[i] >= 0) {
                        int closed = sim_close(io, fds[i]);

                        r = closed < 0 ? closed : r;
                }
        }
        return r < 0 ? r : 0;
}

START_TEST(every_operation_fails_once)
{
        struct platform_sim_statistics statistics;
        uint64_t n = 0;
        int r;

        do {
                struct platform_io *io = sim_start(1, 0);

                platform_sim_fail_nth(io, ++n, -ENOMEM);
                r = session(io);
                platform_sim_statistics(io, &statistics);
                ck_assert_uint_eq(statistics.descriptors, 0);
                ck_assert_int_eq(r, n <= statistics.operations ? -ENOMEM : 0);
                platform_io_free(io);
        } while (n <= statistics.operations);
        ck_assert_uint_eq(n, 13);
}
END_TEST

START_TEST(sends_are_whole_under_faults)
{
        for (uint64_t seed = 0; seed < 100; ++seed) {
                struct platform_io *io = sim_start(seed, 0);
                struct sockaddr_in name = {.sin_family = AF_INET,
                                           .sin_port = htons(80),
                                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
                int listener =
                        platform_socket_listen(io, (struct sockaddr *)&name, sizeof(name), 5);
                int client = platform_socket_new(io, AF_INET, SOCK_STREAM), server;
                struct platform_op connect = {.code = PLATFORM_CONNECT,
                                              .fd = client,
                                              .address = &name,
                                              .length = sizeof(name)};
                struct platform_op send = {.code = PLATFORM_SEND, .fd = client};
                struct platform_completion completion;
                char out[2000], in[2000];
                size_t received = 0;

                ck_assert_int_eq(sim_run(io, connect), 0);
                server = sim_run(io, (struct platform_op){.code = PLATFORM_ACCEPT, .fd = listener});
                platform_sim_fault_rate(io, 500);
                platform_sim_fault_allow(io, 1u << PLATFORM_SIM_FAULT_SHORT |
                                                     1u << PLATFORM_SIM_FAULT_DELAY);
                for (size_t i = 0; i < sizeof(out); ++i)
                        out[i] = (char)(i * 13);
                send.address = out;
                send.length = sizeof(out);
                platform_io_submit(io, &send);
                while (received < sizeof(in) || platform_io_pending(io) > 0) {
                        struct platform_op read = {.code = PLATFORM_RECV,
                                                   .fd = server,
                                                   .address = in + received,
                                                   .length = (uint32_t)(sizeof(in) - received)};
                        bool done = received == sizeof(in);

                        if (!done)
                                platform_io_submit(io, &read);
                        do {
                                if (platform_io_wait(io, UINT64_MAX, &completion, 1) == 0)
                                        continue;
                                ck_assert_int_gt(completion.result, 0);
                                if (completion.op == &send)
                                        ck_assert_int_eq(completion.result, sizeof(out));
                                else
                                        received += (size_t)completion.result;
                                done |= completion.op == &read;
                        } while (!done);
                }
                ck_assert_mem_eq(in, out, sizeof(in));
                platform_io_free(io);
        }
}
END_TEST

/* The program under test reuses a buffer of a SEND before it is done. */
static void reuse_too_early(bool watch)
{
        struct platform_io *io = sim_start(1, 0);
        struct platform_op write = {.code = PLATFORM_WRITE, .length = 5};
        struct platform_completion completion;
        char text[] = "hello";
        int fds[2];

        platform_sim_watch(io, watch);
        ck_assert_int_eq(platform_pipe_new(io, fds), 0);
        write.fd = fds[1];
        write.address = text;
        platform_io_submit(io, &write);
        text[0] = 'J';
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
        ck_assert_int_eq(completion.result, 5);
        platform_io_free(io);
}

START_TEST(a_buffer_that_is_reused_too_early_is_caught)
{
        reuse_too_early(true);
}
END_TEST

START_TEST(the_watch_can_be_turned_off)
{
        reuse_too_early(false);
}
END_TEST

START_TEST(an_op_that_is_changed_under_way_is_caught)
{
        struct platform_io *io = sim_start(1, 0);
        struct platform_op op = {.code = PLATFORM_NOP};
        struct platform_completion completion;

        platform_io_submit(io, &op);
        op.length = 1;
        platform_io_wait(io, UINT64_MAX, &completion, 1);
}
END_TEST

START_TEST(an_op_that_is_submitted_twice_is_caught)
{
        struct platform_io *io = sim_start(1, 0);
        struct platform_op op = {.code = PLATFORM_NOP};

        platform_io_submit(io, &op);
        platform_io_submit(io, &op);
}
END_TEST

START_TEST(a_write_into_a_buffer_under_way_is_caught)
{
        struct platform_io *io = sim_start(1, 0);
        struct platform_op op = {.code = PLATFORM_READ, .length = 5};
        struct platform_completion completion;
        char text[5];

        op.address = text;
        platform_io_submit(io, &op); /* of the standard input: it will complete with 0 */
        text[3] = 'x';
        platform_io_wait(io, UINT64_MAX, &completion, 1);
}
END_TEST

START_TEST(an_engine_buffer_that_is_released_twice_is_caught)
{
        struct platform_io *io = sim_start(1, 0);

        platform_io_buffer_release(io, 0);
}
END_TEST

START_TEST(freeing_with_operations_under_way_is_caught)
{
        struct platform_io *io = sim_start(1, 0);
        struct platform_op op = {.code = PLATFORM_NOP};

        platform_io_submit(io, &op);
        platform_io_free(io);
}
END_TEST

TEST_MAIN("platform/sim_fault", TEST(a_seed_gives_one_run), TEST(a_run_is_the_same_everywhere),
          TEST(every_kind_of_fault_occurs), TEST(files_meet_their_errors),
          TEST(the_nth_operation_fails), TEST(every_operation_fails_once),
          TEST(sends_are_whole_under_faults),
          TEST_SIGNAL(a_buffer_that_is_reused_too_early_is_caught, SIGABRT),
          TEST(the_watch_can_be_turned_off),
          TEST_SIGNAL(an_op_that_is_changed_under_way_is_caught, SIGABRT),
          TEST_SIGNAL(an_op_that_is_submitted_twice_is_caught, SIGABRT),
          TEST_SIGNAL(a_write_into_a_buffer_under_way_is_caught, SIGABRT),
          TEST_SIGNAL(an_engine_buffer_that_is_released_twice_is_caught, SIGABRT),
          TEST_SIGNAL(freeing_with_operations_under_way_is_caught, SIGABRT))
