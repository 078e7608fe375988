/* SPDX-License-Identifier: MIT */
/*
 * The simulated kernel under any sequence of operations: it does not crash, each operation
 * completes exactly once, what was opened can be closed, and nothing is left.
 */
#include "fuzz.h"

#include "platform/sim.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/un.h>

#define TASKS 24
#define FDS 16
#define BYTES 4096
#define MESSAGES 3

struct task {
        struct platform_op op;
        bool live;
        uint8_t bytes[256];
        struct iovec pieces[3];
        struct statx statx;
        struct sockaddr_storage address;
        struct mmsghdr messages[MESSAGES];
        struct timespec times[2];
};

static struct task tasks[TASKS];
static struct platform_io *io;
static int fds[FDS];
static unsigned fds_count;
static uint16_t buffers[64];
static unsigned buffers_count;

static void fd_keep(int fd)
{
        if (fds_count < FDS)
                fds[fds_count++] = fd;
        else
                platform_close_now(io, fd);
}

static void complete(struct platform_op *op, int32_t result, uint32_t flags, uint16_t buffer)
{
        struct task *task = (struct task *)(void *)op;

        FUZZ_CHECK(task->live);
        FUZZ_CHECK(result != -EINTR && result >= -4095);
        if (flags & PLATFORM_BUFFER) {
                FUZZ_CHECK(flags & PLATFORM_MORE);
                if (buffers_count < 64)
                        buffers[buffers_count++] = buffer;
                else
                        platform_io_buffer_release(io, buffer);
        }
        if (!(flags & PLATFORM_MORE))
                task->live = false;
        if (result >= 0 && (op->code == PLATFORM_OPEN || op->code == PLATFORM_ACCEPT))
                fd_keep(result);
}

static void wait_some(uint64_t timeout)
{
        struct platform_completion done[8];
        size_t count = platform_io_wait(io, timeout, done, 8);

        for (size_t i = 0; i < count; i++)
                done[i].op->complete(done[i].op, done[i].result, done[i].flags, done[i].buffer);
}

static int some_fd(struct input *input)
{
        unsigned byte = input_byte(input);

        if (fds_count == 0 || byte >= 0xF8)
                return (int)(byte & 7) - 2;
        return fds[byte % fds_count];
}

static socklen_t some_address(struct input *input, struct sockaddr_storage *ret)
{
        struct sockaddr_in *in = (struct sockaddr_in *)ret;
        struct sockaddr_un *un = (struct sockaddr_un *)ret;

        memset(ret, 0, sizeof *ret);
        if (input_byte(input) % 2 == 0) {
                in->sin_family = AF_INET;
                in->sin_port = htons((uint16_t)(4000 + input_byte(input) % 4));
                in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
                return sizeof *in;
        }
        un->sun_family = AF_UNIX;
        un->sun_path[0] = (char)('a' + input_byte(input) % 4);
        return offsetof(struct sockaddr_un, sun_path) + 2;
}

static void *some_path(struct input *input)
{
        static const char *const paths[] = {"/a", "/b",    "/folder", "/folder/c",
                                            "",   "/link", "no/way",  "/a/b"};

        return (void *)(uintptr_t)paths[input_byte(input) % 8];
}

/* One or two paths, beneath a directory or not, and what an operation has besides. */
static void some_entry(struct input *input, struct task *task)
{
        struct platform_op *op = &task->op;

        op->fd = input_byte(input) & 1 ? op->fd : AT_FDCWD;
        op->fd2 = input_byte(input) & 1 ? op->fd2 : AT_FDCWD;
        op->address = some_path(input);
        op->address2 = some_path(input);
        op->mode = (uint16_t)(input_byte(input) & 0777);
        op->flags = input_byte(input) % 4 == 0 ? AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW : 0;
        if (op->code == PLATFORM_UNLINK)
                op->flags = input_byte(input) & 1 ? AT_REMOVEDIR : 0;
        if (op->code == PLATFORM_RENAME)
                op->flags = input_byte(input) % 4; /* RENAME_NOREPLACE, RENAME_EXCHANGE */
        if (op->code == PLATFORM_READLINK)
                op->address2 = task->bytes;
        if (op->code == PLATFORM_UTIMES)
                op->address2 = task->times;
        if (input_byte(input) % 4 == 0)
                op->op_flags = PLATFORM_OP_BENEATH;
}

static void some_messages(struct input *input, struct task *task)
{
        struct platform_op *op = &task->op;

        for (unsigned i = 0; i < MESSAGES; i++) {
                struct msghdr *header = &task->messages[i].msg_hdr;

                memset(header, 0, sizeof *header);
                task->pieces[i] = (struct iovec){task->bytes + 80 * i, input_byte(input) % 80};
                header->msg_iov = &task->pieces[i];
                header->msg_iovlen = input_byte(input) % 2;
                if (input_byte(input) & 1) {
                        header->msg_name = &task->address;
                        header->msg_namelen = op->code == PLATFORM_RECVMSG
                                                      ? sizeof task->address
                                                      : some_address(input, &task->address);
                }
        }
        op->address = task->messages;
        op->length %= MESSAGES + 1;
}

static void submit(struct input *input)
{
        struct task *task = &tasks[input_byte(input) % TASKS];
        struct platform_op *op = &task->op;

        if (task->live) {
                platform_io_cancel(io, op);
                return;
        }
        memset(op, 0, sizeof *op);
        op->complete = complete;
        op->code = (uint8_t)(input_byte(input) % (PLATFORM_OP_CODES + 1));
        op->fd = some_fd(input);
        op->fd2 = some_fd(input);
        op->address = task->bytes;
        op->length = input_byte(input);
        op->offset = input_byte(input) & 1 ? UINT64_MAX : input_word(input, 2);
        switch (op->code) {
        case PLATFORM_OPEN:
                op->fd = input_byte(input) & 1 ? op->fd : AT_FDCWD;
                op->flags = (uint32_t)input_word(input, 3) &
                            (O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_APPEND | O_DIRECTORY |
                             O_NOFOLLOW | O_PATH);
                op->mode = 0644;
                op->address = some_path(input);
                break;
        case PLATFORM_STATX:
                op->fd = input_byte(input) & 1 ? op->fd : AT_FDCWD;
                op->address = some_path(input);
                op->address2 = &task->statx;
                op->flags = input_byte(input) & 1 ? AT_EMPTY_PATH : AT_SYMLINK_NOFOLLOW;
                op->mask = STATX_BASIC_STATS;
                break;
        case PLATFORM_READV:
        case PLATFORM_WRITEV:
        case PLATFORM_SENDV:
                for (unsigned i = 0; i < 3; i++)
                        task->pieces[i] = (struct iovec){task->bytes + 80 * i,
                                                         input_byte(input) % 80};
                op->address = task->pieces;
                op->length %= 4;
                break;
        case PLATFORM_CONNECT:
                op->length = some_address(input, &task->address);
                op->address = &task->address;
                break;
        case PLATFORM_RECVMSG:
        case PLATFORM_SENDMSG:
                some_messages(input, task);
                break;
        case PLATFORM_RENAME:
        case PLATFORM_UNLINK:
        case PLATFORM_MKDIR:
        case PLATFORM_LINK:
        case PLATFORM_SYMLINK:
        case PLATFORM_READLINK:
        case PLATFORM_CHMOD:
        case PLATFORM_CHOWN:
        case PLATFORM_UTIMES:
        case PLATFORM_ACCESS:
                some_entry(input, task);
                break;
        case PLATFORM_SYNC_RANGE:
        case PLATFORM_ALLOCATE:
                platform_op_set_bytes(op, input_byte(input));
                break;
        case PLATFORM_LOCK:
                platform_op_set_bytes(op, input_byte(input));
                op->flags = input_byte(input) % 4;
                break;
        case PLATFORM_COPY_RANGE:
                op->address = (void *)(uintptr_t)input_byte(input);
                platform_op_set_bytes(op, input_byte(input));
                break;
        case PLATFORM_CALL: /* of whatever function, as whatever program: not by chance */
        case PLATFORM_SPAWN:
        case PLATFORM_SCAN:
                op->code = PLATFORM_NOP;
                break;
        case PLATFORM_SHUTDOWN:
                op->flags = input_byte(input) % 4;
                break;
        case PLATFORM_POLL:
                op->flags = input_byte(input) & (POLLIN | POLLOUT);
                break;
        case PLATFORM_SIGNAL:
                op->offset =
                        platform_signal_bit(1 + input_byte(input) % 64) * (input_byte(input) % 4);
                break;
        default:
                break;
        }
        if (input_byte(input) % 4 == 0)
                op->op_flags |= PLATFORM_OP_MULTI;
        if (op->code == PLATFORM_CLOSE)
                for (unsigned i = 0; i < fds_count; i++)
                        if (fds[i] == op->fd)
                                fds[i] = fds[--fds_count];
        task->live = true;
        platform_io_submit(io, op);
#if FUZZ_SEEDED
        task->bytes[0]++; /* the buffer is used again too early */
#endif
}

static void others(struct input *input)
{
        struct sockaddr_storage address;
        socklen_t length;
        int pair[2], fd;

        switch (input_byte(input) % 6) {
        case 0:
                if (platform_pipe_new(io, pair) == 0) {
                        fd_keep(pair[0]);
                        fd_keep(pair[1]);
                }
                break;
        case 1:
                length = some_address(input, &address);
                fd = platform_socket_listen(io, (struct sockaddr *)&address, length,
                                            input_byte(input) % 5);
                if (fd >= 0)
                        fd_keep(fd);
                break;
        case 2:
                fd = platform_socket_new(io, input_byte(input) & 1 ? AF_INET : AF_UNIX,
                                         input_byte(input) % 4 ? SOCK_STREAM : SOCK_DGRAM);
                if (fd >= 0)
                        fd_keep(fd);
                break;
        case 3:
                platform_sim_raise(io, 1 + (int)input_byte(input) % 64);
                break;
        case 4:
                length = sizeof address;
                (void)platform_socket_name(io, some_fd(input), input_byte(input) & 1, &address,
                                           &length);
                break;
        default:
                (void)platform_sim_reset(io, some_fd(input));
                break;
        }
}

void fuzz(struct input *input)
{
        struct platform_io_config config = {.kind = PLATFORM_IO_SIM,
                                            .seed = input_byte(input),
                                            .fault_per_mille = input_byte(input),
                                            .buffers = 4,
                                            .buffer_bytes = 64};
        struct platform_sim_statistics statistics;
        unsigned spins = 0;

        memset(tasks, 0, sizeof tasks);
        fds_count = buffers_count = 0;
        FUZZ_CHECK(platform_io_new(&config, &io) == 0);
        platform_sim_poison(io, true);
        platform_sim_directory(io, "/folder");
        platform_sim_file(io, "/a", "abc", 3);
        platform_sim_symlink(io, "/link", "a");
        while (input->left > 0) {
                switch (input_byte(input) % 8) {
                case 0:
                        wait_some(0);
                        break;
                case 1:
                        wait_some(input_word(input, 3));
                        break;
                case 2:
                        others(input);
                        break;
                case 3:
                        if (buffers_count > 0)
                                platform_io_buffer_release(io, buffers[--buffers_count]);
                        break;
                default:
                        submit(input);
                        break;
                }
        }
        for (unsigned i = 0; i < TASKS; i++)
                if (tasks[i].live)
                        platform_io_cancel(io, &tasks[i].op);
        while (platform_io_pending(io) > 0) {
                FUZZ_CHECK(++spins < 10000);
                wait_some(UINT64_MAX);
                while (buffers_count > 0)
                        platform_io_buffer_release(io, buffers[--buffers_count]);
        }
        while (buffers_count > 0)
                platform_io_buffer_release(io, buffers[--buffers_count]);
        while (fds_count > 0)
                platform_close_now(io, fds[--fds_count]);
        platform_sim_statistics(io, &statistics);
        FUZZ_CHECK(statistics.buffers_out == 0);
        platform_io_free(io);
}

FUZZER
