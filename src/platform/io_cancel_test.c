/* SPDX-License-Identifier: MIT */
/*
 * Every operation is cancelled at every stage, thousands of times: before its submission reached
 * the kernel, while it waits, when it has completed already, twice, and by the close of its
 * descriptor. Each answers once; what it read into is not touched after that; what it did not move
 * is still there.
 */
#include "platform/io_test.h"

#include <poll.h>
#include <sys/stat.h>

/* The simulation copies what a kernel would, and needs no luck with its timing. */
#define ROUNDS(rig) TEST_TIMES((rig)->config.kind == PLATFORM_IO_SIM ? 60 : 300)

enum stage { AT_ONCE, WHILE_IT_WAITS, TOO_LATE, STAGES };

/* Something that waits for ever by itself, and what lets it go on. */
struct waiter {
        const char *name;
        struct platform_op op;
        struct platform_op release; /* code 0: nothing can */
        char *buffer;               /* where it reads to */
};

struct scene {
        struct waiter waiters[16];
        size_t count;
        int connection[2], full[2], pipe[2], full_pipe[2], spare_pipe[2];
        int listener, file;
        struct sockaddr_in address;
        char buffers[4][64], *bulk;
        struct iovec vector[1];
};

/* More than a connection takes; the simulation, which takes 64 KiB, looks at every byte. */
#define BULK(rig)  ((rig)->config.kind == PLATFORM_IO_SIM ? 1u << 20 : 32u << 20)
#define FILE_BYTES 500000

static void scene_add(struct scene *scene, const char *name, struct platform_op op,
                      struct platform_op release, char *buffer)
{
        ck_assert_uint_lt(scene->count, sizeof(scene->waiters) / sizeof(scene->waiters[0]));
        scene->waiters[scene->count++] = (struct waiter){name, op, release, buffer};
}

static void scene_open(struct rig *rig, struct scene *scene)
{
        struct platform_op none = {0}, op;
        struct task filler;

        memset(scene, 0, sizeof(*scene));
        scene->bulk = calloc(1, BULK(rig));
        rig_connect(rig, scene->connection);
        rig_connect(rig, scene->full);
        ck_assert_int_eq(platform_pipe_new(rig->io, scene->pipe), 0);
        ck_assert_int_eq(platform_pipe_new(rig->io, scene->full_pipe), 0);
        ck_assert_int_eq(platform_pipe_new(rig->io, scene->spare_pipe), 0);
        scene->listener = rig_listen(rig, &scene->address);
        scene->file = rig_open(rig, "file", O_RDWR | O_CREAT);
        ck_assert_int_eq(
                task_run(rig, op_transfer(PLATFORM_WRITE, scene->file, scene->bulk, FILE_BYTES, 0)),
                FILE_BYTES);

        /* No more goes into these two. Sizes that are set are not adapted by the kernel later on.
         */
        platform_socket_option(rig->io, scene->full[0], SOL_SOCKET, SO_SNDBUF, 16384);
        platform_socket_option(rig->io, scene->full[1], SOL_SOCKET, SO_RCVBUF, 16384);
        filler = (struct task){
                .op = op_transfer(PLATFORM_SEND, scene->full[0], scene->bulk, BULK(rig), 0)};
        task_submit(rig, &filler);
        rig_settle(rig);
        ck_assert(!filler.done);
        task_cancel(&filler);
        ck_assert_int_gt(task_await(&filler), 0);
        for (uint32_t bytes = 4096; bytes; bytes = bytes == 4096 ? 100 : 0) {
                do {
                        filler.op = op_transfer(PLATFORM_WRITE, scene->full_pipe[1], scene->bulk,
                                                bytes, UINT64_MAX);
                        task_submit(rig, &filler);
                        rig_settle(rig);
                } while (filler.done && filler.result > 0);
                task_cancel(&filler);
                ck_assert_int_eq(task_await(&filler), -ECANCELED);
        }

        op = op_transfer(PLATFORM_RECV, scene->connection[0], scene->buffers[0], 64, 0);
        scene_add(scene, "recv", op, op_transfer(PLATFORM_SEND, scene->connection[1], "r", 1, 0),
                  scene->buffers[0]);
        op.code = PLATFORM_READ;
        scene_add(scene, "read of a socket", op,
                  op_transfer(PLATFORM_SEND, scene->connection[1], "r", 1, 0), scene->buffers[0]);
        op = op_on(PLATFORM_RECV, scene->connection[0]);
        op.op_flags = PLATFORM_OP_MULTI;
        scene_add(scene, "recv of many", op, none, NULL);
        op = op_transfer(PLATFORM_READ, scene->pipe[0], scene->buffers[1], 64, UINT64_MAX);
        scene_add(scene, "read of a pipe", op,
                  op_transfer(PLATFORM_WRITE, scene->pipe[1], "p", 1, UINT64_MAX),
                  scene->buffers[1]);
        scene->vector[0] = (struct iovec){scene->buffers[2], 64};
        op = op_transfer(PLATFORM_READV, scene->pipe[0], scene->vector, 1, UINT64_MAX);
        scene_add(scene, "readv of a pipe", op,
                  op_transfer(PLATFORM_WRITE, scene->pipe[1], "v", 1, UINT64_MAX),
                  scene->buffers[2]);
        op = op_transfer(PLATFORM_WRITE, scene->full_pipe[1], scene->bulk, 100, UINT64_MAX);
        scene_add(scene, "write to a pipe", op, none, NULL);
        op = op_transfer(PLATFORM_SEND, scene->full[0], scene->bulk, BULK(rig), 0);
        scene_add(scene, "send", op, none, NULL);
        op.op_flags = PLATFORM_OP_ZERO_COPY;
        scene_add(scene, "send without a copy", op, none, NULL);
        op = (struct platform_op){
                .code = PLATFORM_SENDFILE, .fd2 = scene->file, .length = FILE_BYTES};
        op.fd = scene->full[0];
        scene_add(scene, "sendfile", op, none, NULL);
        op.fd = scene->full_pipe[1];
        scene_add(scene, "sendfile to a pipe", op, none, NULL);
        op = (struct platform_op){.code = PLATFORM_SPLICE, .length = 64};
        op.fd = scene->spare_pipe[1];
        op.fd2 = scene->connection[0];
        scene_add(scene, "splice", op, none, NULL);
        op = op_on(PLATFORM_ACCEPT, scene->listener);
        scene_add(scene, "accept", op, none, NULL);
        op.op_flags = PLATFORM_OP_MULTI;
        scene_add(scene, "accept of many", op, none, NULL);
        op = op_on(PLATFORM_POLL, scene->connection[0]);
        op.flags = POLLIN;
        scene_add(scene, "poll", op, none, NULL);
        op = op_on(PLATFORM_SIGNAL, 0);
        op.offset = platform_signal_bit(SIGUSR1);
        scene_add(scene, "signal", op, none, NULL);
        op.op_flags = PLATFORM_OP_MULTI;
        scene_add(scene, "signal, many", op, none, NULL);
}

static void scene_close(struct rig *rig, struct scene *scene)
{
        int *pairs[] = {scene->connection, scene->full, scene->pipe, scene->full_pipe,
                        scene->spare_pipe};

        for (int i = 0; i < 5; i++) {
                ck_assert_int_eq(rig_close(rig, pairs[i][0]), 0);
                ck_assert_int_eq(rig_close(rig, pairs[i][1]), 0);
        }
        ck_assert_int_eq(rig_close(rig, scene->listener), 0);
        ck_assert_int_eq(rig_close(rig, scene->file), 0);
        unlink("file");
        free(scene->bulk);
}

static void cancel_one(struct rig *rig, const struct waiter *waiter, enum stage stage)
{
        struct task task = {.op = waiter->op}, after = {.op = waiter->op};

        if (waiter->buffer)
                memset(waiter->buffer, 0x5a, 64);
        task_submit(rig, &task);
        if (stage != AT_ONCE) {
                rig_settle(rig);
                ck_assert_msg(!task.done, "%s has not waited: %d", waiter->name, task.result);
        }
        if (stage == TOO_LATE)
                ck_assert_int_eq(task_run(rig, waiter->release), 1);
        task_cancel(&task);
        task_cancel(&task);
        task_await(&task);
        if (stage == TOO_LATE && task.result == 1)
                ck_assert_int_ne(waiter->buffer[0], 0x5a);
        else if (waiter->op.length < FILE_BYTES || task.result <= 0)
                ck_assert_msg(task.result == -ECANCELED, "%s, stage %d: %d", waiter->name, stage,
                              task.result);
        else /* the peer's kernel has found room for a bit more */
                ck_assert_uint_lt((uint32_t)task.result, waiter->op.length);
        task_cancel(&task);
        if (!waiter->buffer)
                return;
        if (stage == TOO_LATE && task.result == 1)
                return;

        /* The buffer is ours again: what comes now goes to the next one that asks, not there. */
        memset(waiter->buffer, 0x5a, 64);
        if (stage != TOO_LATE)
                ck_assert_int_eq(task_run(rig, waiter->release), 1);
        rig_settle(rig);
        for (int i = 0; i < 64; i++)
                ck_assert_often(waiter->buffer[i] == 0x5a);
        task_submit(rig, &after);
        ck_assert_int_eq(task_await(&after), 1);
        ck_assert_int_ne(waiter->buffer[0], 0x5a);
}

static void waiting_operations_are_cancelled(struct rig *rig)
{
        struct scene scene;

        scene_open(rig, &scene);
        for (int round = 0; round < ROUNDS(rig); round++) {
                for (size_t i = 0; i < scene.count; i++) {
                        for (int stage = 0; stage < STAGES; stage++) {
                                if (stage != TOO_LATE || scene.waiters[i].release.code)
                                        cancel_one(rig, &scene.waiters[i], (enum stage)stage);
                        }
                }
        }
        scene_close(rig, &scene);
}
PORTABLE(waiting_operations_are_cancelled)

/* All of them under way at once, cancelled in another order, some before the kernel has them. */
static void crowds_are_cancelled(struct rig *rig)
{
        enum { CROWD = 150 };
        struct scene scene;
        struct task *tasks = calloc(CROWD, sizeof(*tasks));

        scene_open(rig, &scene);
        for (int round = 0; round < ROUNDS(rig) / 10; round++) {
                for (int i = 0; i < CROWD; i++) {
                        tasks[i] = (struct task){.op = scene.waiters[(size_t)i % scene.count].op};
                        task_submit(rig, &tasks[i]);
                        if (i % 40 == 39)
                                rig_pump(rig, 0);
                        if (i % 3 == 0)
                                task_cancel(&tasks[(i * 7) % (i + 1)]);
                }
                if (round % 2)
                        rig_settle(rig);
                for (int i = CROWD - 1; i >= 0; i--)
                        task_cancel(&tasks[i]);
                for (int i = 0; i < CROWD; i++) {
                        int result = task_await(&tasks[i]);

                        ck_assert_msg(result == -ECANCELED ||
                                              (tasks[i].op.length >= FILE_BYTES && result > 0),
                                      "%s: %d", scene.waiters[(size_t)i % scene.count].name,
                                      result);
                }
        }
        scene_close(rig, &scene);
        free(tasks);
}
PORTABLE(crowds_are_cancelled)

/* What does not wait is over before the cancel, or not begun: both are right, once. */
static void quick_operations_are_cancelled(struct rig *rig)
{
        struct platform_op ops[10];
        struct statx st;
        char bytes[256] __attribute__((aligned(8)));
        int file = rig_open(rig, "file", O_RDWR | O_CREAT), directory;

        directory = rig_open(rig, ".", O_RDONLY | O_DIRECTORY);
        ck_assert_int_ge(file, 0);
        ck_assert_int_ge(directory, 0);
        ops[0] = op_on(PLATFORM_NOP, -1);
        ops[1] = (struct platform_op){
                .code = PLATFORM_OPEN, .fd = AT_FDCWD, .address = plain("file")};
        ops[2] = op_transfer(PLATFORM_READ, file, bytes, 64, 0);
        ops[3] = op_transfer(PLATFORM_WRITE, file, "abc", 3, 0);
        ops[4] = op_on(PLATFORM_FSYNC, file);
        ops[5] = op_transfer(PLATFORM_GETDENTS, directory, bytes, 256, UINT64_MAX);
        ops[6] = (struct platform_op){
                .code = PLATFORM_STATX, .fd = AT_FDCWD, .address = plain("file")};
        ops[6].address2 = &st;
        ops[7] = ops[6];
        ops[7].fd = file;
        ops[7].address = plain("");
        ops[7].flags = AT_EMPTY_PATH;
        ops[8] = (struct platform_op){.code = PLATFORM_READ, .op_flags = PLATFORM_OP_MULTI};
        ops[9] = op_on(PLATFORM_CLOSE, -1);
        for (int round = 0; round < ROUNDS(rig) * 3; round++) {
                for (size_t i = 0; i < 10; i++) {
                        struct task task = {.op = ops[i]};

                        task_submit(rig, &task);
                        if (round % 3 == 1)
                                rig_pump(rig, 0);
                        if (round % 3 == 2)
                                rig_settle(rig);
                        task_cancel(&task);
                        task_await(&task);
                        if (i == 1 && task.result >= 0)
                                ck_assert_int_eq(rig_close(rig, task.result), 0);
                        else if (i < 8)
                                ck_assert_msg(task.result >= 0 || task.result == -ECANCELED,
                                              "%zu: %d", i, task.result);
                }
        }
        ck_assert_int_eq(rig_close(rig, file), 0);
        ck_assert_int_eq(rig_close(rig, directory), 0);
        unlink("file");
}
PORTABLE(quick_operations_are_cancelled)

static void a_close_ends_what_is_under_way(struct rig *rig)
{
        char bytes[2][64];

        for (int round = 0; round < ROUNDS(rig); round++) {
                int fds[2];
                struct task tasks[4] = {0}, closing = {0};
                int count = 0;

                rig_connect(rig, fds);
                tasks[count++].op = op_transfer(PLATFORM_RECV, fds[0], bytes[0], 64, 0);
                tasks[count++].op = op_transfer(PLATFORM_RECV, fds[0], bytes[1], 64, 0);
                tasks[count].op = op_on(PLATFORM_POLL, fds[0]);
                tasks[count++].op.flags = POLLIN;
                for (int i = 0; i < count; i++)
                        task_submit(rig, &tasks[i]);
                if (round % 2)
                        rig_settle(rig);
                closing.op = op_on(PLATFORM_CLOSE, fds[0]);
                task_submit(rig, &closing);
                ck_assert_int_eq(task_await(&closing), 0);
                for (int i = 0; i < count; i++)
                        ck_assert_int_eq(task_await(&tasks[i]), -ECANCELED);
                ck_assert_int_eq(rig_close(rig, fds[1]), 0);
        }
}
PORTABLE(a_close_ends_what_is_under_way)

/* A send that has moved something says how much, and no byte beyond that arrives. */
static void a_cancelled_send_tells_how_much(struct rig *rig)
{
        char *out = calloc(1, BULK(rig)), *in = malloc(1 << 20);

        for (int round = 0; round < 10; round++) {
                struct task sender;
                int fds[2], sent, received = 0;

                rig_connect(rig, fds);
                sender = (struct task){.op = op_transfer(PLATFORM_SEND, fds[0], out, BULK(rig), 0)};
                task_submit(rig, &sender);
                rig_settle(rig);
                task_cancel(&sender);
                sent = task_await(&sender);
                ck_assert_int_gt(sent, 0);
                ck_assert_int_lt(sent, (int)BULK(rig));
                ck_assert_int_eq(rig_close(rig, fds[0]), 0);
                for (;;) {
                        int got = task_run(rig, op_transfer(PLATFORM_RECV, fds[1], in, 1 << 20, 0));

                        ck_assert_int_ge(got, 0);
                        if (!got)
                                break;
                        received += got;
                }
                ck_assert_int_eq(received, sent);
                ck_assert_int_eq(rig_close(rig, fds[1]), 0);
        }
        free(out);
        free(in);
}
PORTABLE(a_cancelled_send_tells_how_much)

TEST_MAIN("platform/io_cancel", TESTS_PORTABLE(waiting_operations_are_cancelled),
          TESTS_PORTABLE(crowds_are_cancelled), TESTS_PORTABLE(quick_operations_are_cancelled),
          TESTS_PORTABLE(a_close_ends_what_is_under_way),
          TESTS_PORTABLE(a_cancelled_send_tells_how_much))
