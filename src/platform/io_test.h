/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the backends share. A test is a function of a rig, an engine with what counts
 * its descriptors; PORTABLE(name) makes a case of it for every backend, REAL(name) for those on the
 * real kernel: io_uring with all that it has, io_uring as in 5.15, and epoll.
 */
#pragma once

#include "platform/io.h"

#include "support/descriptors.h"
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RIG_BUFFERS      4
#define RIG_BUFFER_BYTES 64

struct rig {
        struct platform_io *io;
        struct platform_io_config config;
        int descriptors; /* before the engine was made */
        size_t in_flight;
};

/* An operation whose completions are counted. */
struct task {
        struct platform_op op;
        struct rig *rig;
        bool live, done;
        int result, more, more_result;
        uint32_t flags; /* of the last completion */
        uint16_t buffer;
        char *received; /* with MULTI: what came in is put here, and the buffer given back */
        size_t received_bytes;
        bool keep_buffer;
};

static inline void task_complete(struct platform_op *op, int32_t result, uint32_t flags,
                                 uint16_t buffer)
{
        struct task *task = (struct task *)(void *)op;

        ck_assert_msg(task->live, "a completion of an operation that is over");
        ck_assert_int_ne(result, -EINTR);
        if (flags & PLATFORM_BUFFER) {
                ck_assert_int_gt(result, 0);
                ck_assert_uint_ne(flags & PLATFORM_MORE, 0);
                if (task->received)
                        memcpy(task->received + task->received_bytes,
                               platform_io_buffer(task->rig->io, buffer), (size_t)result);
                task->received_bytes += (size_t)result;
                task->buffer = buffer;
                if (!task->keep_buffer)
                        platform_io_buffer_release(task->rig->io, buffer);
        }
        if (flags & PLATFORM_MORE) {
                task->more++;
                task->more_result = result;
                return;
        }
        task->live = false;
        task->done = true;
        task->result = result;
        task->flags = flags;
        task->rig->in_flight--;
}

static inline void task_submit(struct rig *rig, struct task *task)
{
        task->rig = rig;
        task->op.complete = task_complete;
        task->live = true;
        task->done = false;
        rig->in_flight++;
        platform_io_submit(rig->io, &task->op);
        ck_assert_uint_ge(platform_io_pending(rig->io), 1);
}

/* One wait, its completions handed out. */
static inline size_t rig_pump(struct rig *rig, uint64_t timeout_ns)
{
        struct platform_completion
                completions[7]; /* an odd number, to leave some for the next time */
        size_t count = platform_io_wait(rig->io, timeout_ns, completions, 7);

        for (size_t i = 0; i < count; i++)
                completions[i].op->complete(completions[i].op, completions[i].result,
                                            completions[i].flags, completions[i].buffer);
        ck_assert_uint_eq(platform_io_pending(rig->io), rig->in_flight);
        return count;
}

static inline int task_await(struct task *task)
{
        while (!task->done)
                rig_pump(task->rig, UINT64_MAX);
        return task->result;
}

static inline int task_run(struct rig *rig, struct platform_op op)
{
        struct task task = {.op = op};

        task_submit(rig, &task);
        return task_await(&task);
}

static inline void task_cancel(struct task *task)
{
        platform_io_cancel(task->rig->io, &task->op);
}

/* Lets what can happen at once happen; in the simulation that takes (virtual) time. */
static inline void rig_settle(struct rig *rig)
{
        uint64_t timeout_ns = rig->config.kind == PLATFORM_IO_SIM ? 50000000 : 0;

        for (int quiet = 0; quiet < 3;)
                quiet = rig_pump(rig, timeout_ns) ? 0 : quiet + 1;
}

static inline void *plain(const void *pointer)
{
        return (void *)(uintptr_t)pointer;
}

static inline struct platform_op op_transfer(enum platform_op_code code, int fd, const void *bytes,
                                             size_t length, uint64_t offset)
{
        return (struct platform_op){.code = (uint8_t)code,
                                    .fd = fd,
                                    .address = plain(bytes),
                                    .length = (uint32_t)length,
                                    .offset = offset};
}

static inline struct platform_op op_on(enum platform_op_code code, int fd)
{
        return (struct platform_op){.code = (uint8_t)code, .fd = fd, .offset = UINT64_MAX};
}

static inline int rig_open(struct rig *rig, const char *path, int flags)
{
        return task_run(rig, (struct platform_op){.code = PLATFORM_OPEN,
                                                  .fd = AT_FDCWD,
                                                  .address = plain(path),
                                                  .flags = (uint32_t)flags,
                                                  .mode = 0600});
}

static inline int rig_close(struct rig *rig, int fd)
{
        return task_run(rig, op_on(PLATFORM_CLOSE, fd));
}

/* A TCP connection through the engine, both ends. */
static inline void rig_connect(struct rig *rig, int ret_fds[2]);

static inline void rig_start(struct rig *rig, enum platform_io_kind kind, uint32_t without)
{
        int error;

        *rig = (struct rig){.config = {.kind = kind,
                                       .without = without,
                                       .entries = 8,
                                       .buffers = RIG_BUFFERS,
                                       .buffer_bytes = RIG_BUFFER_BYTES,
                                       .pool_threads = 2,
                                       .seed = 1}};
        error = platform_io_new(&rig->config, &rig->io);
        if (kind == PLATFORM_IO_URING && (error == -ENOSYS || error == -EPERM))
                exit(0); /* a machine without io_uring: there is nothing to test */
        ck_assert_int_eq(error, 0);
}

static inline void rig_run(void (*test)(struct rig *rig), enum platform_io_kind kind,
                           uint32_t without)
{
        char directory[] = "/tmp/mori-io-test-XXXXXX";
        int descriptors = descriptors_count();
        struct rig rig;

        ck_assert_ptr_nonnull(mkdtemp(directory));
        ck_assert_int_eq(chdir(directory), 0);
        rig_start(&rig, kind, without);
        test(&rig);
        rig_settle(&rig);
        ck_assert_uint_eq(platform_io_pending(rig.io), 0);
        platform_io_free(rig.io);
        ck_assert_int_eq(descriptors_count(), descriptors);
        ck_assert_int_eq(chdir("/"), 0);
        rmdir(directory); /* stays where a test failed and left a file */
}

#define RIG_CASE(name, backend, kind, without)                                                     \
        START_TEST(name##_##backend)                                                               \
        {                                                                                          \
                rig_run(name, kind, without);                                                      \
        }                                                                                          \
        END_TEST

#define RIG_OLD                                                                                    \
        (PLATFORM_WITHOUT_SETUP_FLAGS | PLATFORM_WITHOUT_BUFFER_RING |                             \
         PLATFORM_WITHOUT_MULTISHOT | PLATFORM_WITHOUT_WHOLE_SENDS | PLATFORM_WITHOUT_NEW_FILES |  \
         PLATFORM_WITHOUT_ZERO_COPY)

#define REAL(name)                                                                                 \
        RIG_CASE(name, uring, PLATFORM_IO_URING, 0)                                                \
        RIG_CASE(name, uring_old, PLATFORM_IO_URING, RIG_OLD)                                      \
        RIG_CASE(name, epoll, PLATFORM_IO_EPOLL, 0)

#define PORTABLE(name)                                                                             \
        REAL(name)                                                                                 \
        RIG_CASE(name, sim, PLATFORM_IO_SIM, 0)

#define TESTS_REAL(name)     TEST(name##_uring), TEST(name##_uring_old), TEST(name##_epoll)
#define TESTS_PORTABLE(name) TESTS_REAL(name), TEST(name##_sim)

static inline int rig_listen(struct rig *rig, struct sockaddr_in *ret_address)
{
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        struct sockaddr_storage name;
        socklen_t length;
        int fd = platform_socket_listen(rig->io, (struct sockaddr *)&address, sizeof(address), 64);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(platform_socket_name(rig->io, fd, false, &name, &length), 0);
        memcpy(ret_address, &name, sizeof(*ret_address));
        return fd;
}

static inline void rig_connect(struct rig *rig, int ret_fds[2])
{
        struct sockaddr_in address;
        int listener = rig_listen(rig, &address);
        int client = platform_socket_new(rig->io, AF_INET, SOCK_STREAM);
        struct task accepted = {.op = op_on(PLATFORM_ACCEPT, listener)};
        struct platform_op connect_op = op_on(PLATFORM_CONNECT, client);

        ck_assert_int_ge(client, 0);
        connect_op.address = &address;
        connect_op.length = sizeof(address);
        task_submit(rig, &accepted);
        ck_assert_int_eq(task_run(rig, connect_op), 0);
        ret_fds[0] = client;
        ret_fds[1] = task_await(&accepted);
        ck_assert_int_ge(ret_fds[1], 0);
        ck_assert_int_eq(rig_close(rig, listener), 0);
}
