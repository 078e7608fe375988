/* SPDX-License-Identifier: MIT */
/* RECVMSG and SENDMSG on every backend: batches, waits, cancellation, order, what is wrong. */
#include "platform/io_test.h"

#include "platform/sim.h"

#define BYTES 32

/* Some messages and their memory. */
struct batch {
        struct mmsghdr messages[PLATFORM_MESSAGES_MAX];
        struct iovec vectors[PLATFORM_MESSAGES_MAX];
        struct sockaddr_in names[PLATFORM_MESSAGES_MAX];
        char bytes[PLATFORM_MESSAGES_MAX][BYTES];
};

static void batch_fill(struct batch *batch, const struct sockaddr_in *to)
{
        memset(batch, 0, sizeof(*batch));
        for (unsigned i = 0; i < PLATFORM_MESSAGES_MAX; i++) {
                batch->vectors[i] = (struct iovec){batch->bytes[i], BYTES};
                if (to)
                        batch->names[i] = *to;
                batch->messages[i].msg_hdr = (struct msghdr){.msg_name = &batch->names[i],
                                                             .msg_namelen = sizeof(batch->names[i]),
                                                             .msg_iov = &batch->vectors[i],
                                                             .msg_iovlen = 1};
        }
}

static struct platform_op op_messages(enum platform_op_code code, int fd, struct batch *batch,
                                      unsigned count)
{
        return (struct platform_op){
                .code = (uint8_t)code, .fd = fd, .address = batch->messages, .length = count};
}

static int rig_datagrams(struct rig *rig, struct sockaddr_in *ret_name)
{
        struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        struct sockaddr_storage bound;
        socklen_t length;
        int fd = platform_socket_new(rig->io, AF_INET, SOCK_DGRAM);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(
                platform_socket_bind(rig->io, fd, (struct sockaddr *)&name, sizeof(name)), 0);
        ck_assert_int_eq(platform_socket_name(rig->io, fd, false, &bound, &length), 0);
        memcpy(ret_name, &bound, sizeof(*ret_name));
        return fd;
}

static void batches_arrive(struct rig *rig)
{
        static struct batch out, in;
        struct sockaddr_in name, own;
        int fd = rig_datagrams(rig, &name), other = rig_datagrams(rig, &own), got = 0;

        batch_fill(&out, &name);
        for (unsigned i = 0; i < PLATFORM_MESSAGES_MAX; i++) {
                out.bytes[i][0] = (char)i;
                out.vectors[i].iov_len = 1 + i % BYTES;
        }
        ck_assert_int_eq(task_run(rig, op_messages(PLATFORM_SENDMSG, other, &out, 64)), 64);
        while (got < 64) {
                int count;

                batch_fill(&in, NULL);
                count = task_run(rig, op_messages(PLATFORM_RECVMSG, fd, &in, 50));
                ck_assert(count > 0 && count <= 50);
                for (int i = 0; i < count; i++, got++) {
                        ck_assert_int_eq(in.bytes[i][0], got);
                        ck_assert_uint_eq(in.messages[i].msg_len, 1u + (unsigned)got % BYTES);
                        ck_assert_int_eq(in.names[i].sin_port, own.sin_port);
                }
        }
        ck_assert_int_eq(rig_close(rig, fd), 0);
        ck_assert_int_eq(rig_close(rig, other), 0);
}
PORTABLE(batches_arrive)

static void a_receive_waits_and_is_cancelled(struct rig *rig)
{
        static struct batch in[3], out;
        struct task tasks[3];
        struct sockaddr_in name;
        int fd = rig_datagrams(rig, &name);

        batch_fill(&out, &name);
        for (int i = 0; i < 3; i++) {
                batch_fill(&in[i], NULL);
                tasks[i] = (struct task){.op = op_messages(PLATFORM_RECVMSG, fd, &in[i], 1)};
                task_submit(rig, &tasks[i]);
        }
        rig_settle(rig);
        ck_assert(!tasks[0].done && !tasks[1].done && !tasks[2].done);
        task_cancel(&tasks[0]);
        ck_assert_int_eq(task_await(&tasks[0]), -ECANCELED);
        out.bytes[0][0] = 1;
        ck_assert_int_eq(task_run(rig, op_messages(PLATFORM_SENDMSG, fd, &out, 1)), 1);
        ck_assert_int_eq(task_await(&tasks[1]), 1); /* the one that waits longest */
        ck_assert_int_eq(in[1].bytes[0][0], 1);
        ck_assert(!tasks[2].done);
        ck_assert_int_eq(rig_close(rig, fd), 0);
        ck_assert_int_eq(task_await(&tasks[2]), -ECANCELED);
}
PORTABLE(a_receive_waits_and_is_cancelled)

static void a_receive_that_must_not_wait(struct rig *rig)
{
        static struct batch in;
        struct platform_op op;
        struct sockaddr_in name;
        int fd = rig_datagrams(rig, &name);

        batch_fill(&in, NULL);
        op = op_messages(PLATFORM_RECVMSG, fd, &in, 1);
        op.flags = MSG_DONTWAIT;
        ck_assert_int_eq(task_run(rig, op), -EAGAIN);
        ck_assert_int_eq(task_run(rig, op), -EAGAIN);
        ck_assert_int_eq(rig_close(rig, fd), 0);
}
PORTABLE(a_receive_that_must_not_wait)

/* The hint that nothing is there changes no answer, whether it is true or not. */
static void a_receive_that_polls_first(struct rig *rig)
{
        static struct batch in, out;
        struct task task;
        struct sockaddr_in name;
        int fd = rig_datagrams(rig, &name);

        for (int early = 0; early < 2; early++) {
                batch_fill(&out, &name);
                batch_fill(&in, NULL);
                task = (struct task){.op = op_messages(PLATFORM_RECVMSG, fd, &in, 8)};
                task.op.op_flags = PLATFORM_OP_POLL_FIRST;
                if (early)
                        ck_assert_int_eq(task_run(rig, op_messages(PLATFORM_SENDMSG, fd, &out, 3)),
                                         3);
                task_submit(rig, &task);
                rig_settle(rig);
                ck_assert(task.done == (early == 1));
                if (!early)
                        ck_assert_int_eq(task_run(rig, op_messages(PLATFORM_SENDMSG, fd, &out, 3)),
                                         3);
                ck_assert_int_ge(task_await(&task), 1);
                while (task.result < 3) {
                        int more;

                        batch_fill(&in, NULL);
                        more = task_run(rig, op_messages(PLATFORM_RECVMSG, fd, &in, 8));
                        ck_assert_int_gt(more, 0);
                        task.result += more;
                }
                ck_assert_int_eq(task.result, 3);
        }
        task.op.flags = MSG_DONTWAIT;
        task_submit(rig, &task);
        ck_assert_int_eq(task_await(&task), -EAGAIN);
        task.op.flags = 0;
        task_submit(rig, &task);
        rig_settle(rig);
        task_cancel(&task);
        ck_assert_int_eq(task_await(&task), -ECANCELED);
        task_submit(rig, &task);
        ck_assert_int_eq(rig_close(rig, fd), 0);
        ck_assert_int_eq(task_await(&task), -ECANCELED);
        task.op = op_messages(PLATFORM_SENDMSG, fd, &out, 1);
        task.op.op_flags = PLATFORM_OP_POLL_FIRST;
        task_submit(rig, &task);
        ck_assert_int_eq(task_await(&task), -EINVAL);
}
PORTABLE(a_receive_that_polls_first)

static void what_is_wrong(struct rig *rig)
{
        static struct batch batch;
        struct platform_op op;
        struct sockaddr_in name;
        int fd = rig_datagrams(rig, &name), pipe[2], file;

        for (int i = 0; i < 2; i++) {
                enum platform_op_code code = i ? PLATFORM_RECVMSG : PLATFORM_SENDMSG;

                batch_fill(&batch, &name);
                ck_assert_int_eq(task_run(rig, op_messages(code, fd, &batch, 0)), -EINVAL);
                ck_assert_int_eq(task_run(rig, op_messages(code, fd, &batch, 65)), -EINVAL);
                ck_assert_int_eq(task_run(rig, op_messages(code, -1, &batch, 1)), -EBADF);
                ck_assert_int_eq(task_run(rig, op_messages(code, 987, &batch, 1)), -EBADF);
                op = op_messages(code, fd, &batch, 1);
                op.op_flags = PLATFORM_OP_MULTI;
                ck_assert_int_eq(task_run(rig, op), -EINVAL);
                op = op_messages(code, fd, &batch, 1);
                op.address = NULL;
                ck_assert_int_eq(task_run(rig, op), -EFAULT);
        }
        ck_assert_int_eq(platform_pipe_new(rig->io, pipe), 0);
        ck_assert_int_eq(task_run(rig, op_messages(PLATFORM_RECVMSG, pipe[0], &batch, 1)),
                         -ENOTSOCK);
        ck_assert_int_eq(task_run(rig, op_messages(PLATFORM_SENDMSG, pipe[1], &batch, 1)),
                         -ENOTSOCK);
        file = rig_open(rig, "file", O_RDWR | O_CREAT);
        ck_assert_int_eq(task_run(rig, op_messages(PLATFORM_RECVMSG, file, &batch, 1)), -ENOTSOCK);
        ck_assert_int_eq(rig_close(rig, file), 0);
        if (rig->config.kind != PLATFORM_IO_SIM)
                unlink("file");
        ck_assert_int_eq(rig_close(rig, pipe[0]), 0);
        ck_assert_int_eq(rig_close(rig, pipe[1]), 0);
        ck_assert_int_eq(rig_close(rig, fd), 0);
}
PORTABLE(what_is_wrong)

/* The simulated network, at its worst: datagrams are lost, doubled, and out of order. */
START_TEST(a_network_that_loses)
{
        static struct batch out, in;
        unsigned lost = 0, doubled = 0, late = 0;
        struct sockaddr_in name;
        struct rig rig;
        int fd;

        rig_start(&rig, PLATFORM_IO_SIM, 0);
        fd = rig_datagrams(&rig, &name);
        platform_sim_fault_allow(rig.io, 1u << PLATFORM_SIM_FAULT_LOSS);
        platform_sim_fault_rate(rig.io, 1000);
        for (int round = 0; round < 20; round++) {
                unsigned seen[64] = {0};
                int count, highest = -1;
                struct platform_op op;

                batch_fill(&out, &name);
                for (int i = 0; i < 64; i++)
                        out.bytes[i][0] = (char)i;
                ck_assert_int_eq(task_run(&rig, op_messages(PLATFORM_SENDMSG, fd, &out, 64)), 64);
                for (;;) {
                        batch_fill(&in, NULL);
                        op = op_messages(PLATFORM_RECVMSG, fd, &in, 64);
                        op.flags = MSG_DONTWAIT;
                        count = task_run(&rig, op);
                        if (count == -EAGAIN)
                                break;
                        ck_assert_int_gt(count, 0);
                        for (int i = 0; i < count; i++) {
                                seen[(unsigned char)in.bytes[i][0]]++;
                                late += in.bytes[i][0] < highest;
                                highest = in.bytes[i][0];
                        }
                }
                for (int i = 0; i < 64; i++) {
                        ck_assert_uint_le(seen[i], 2);
                        lost += seen[i] == 0;
                        doubled += seen[i] == 2;
                }
        }
        ck_assert(lost > 0 && doubled > 0 && late > 0);
        platform_sim_fault_rate(rig.io, 0);
        ck_assert_int_eq(rig_close(&rig, fd), 0);
        platform_io_free(rig.io);
}
END_TEST

TEST_MAIN("platform/io_message", TESTS_PORTABLE(batches_arrive),
          TESTS_PORTABLE(a_receive_waits_and_is_cancelled),
          TESTS_PORTABLE(a_receive_that_must_not_wait),
          TESTS_PORTABLE(a_receive_that_polls_first), TESTS_PORTABLE(what_is_wrong),
          TEST(a_network_that_loses))
