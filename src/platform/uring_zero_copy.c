/* SPDX-License-Identifier: MIT */
/*
 * Sends that do not copy (PLATFORM_OP_ZERO_COPY), as SEND_ZC and SENDMSG_ZC of io_uring.
 *
 *      request ---> its completion: so many bytes are taken [MORE: the kernel reads them from now]
 *                     |                                       |
 *                     | not all of it: another request        v
 *                     v                       a notification: it reads them no more
 *      SENT: the result is known ---- after the last one ----> handed out
 *
 * The kernel makes the notification when it frees the packets: on TCP when the other side has
 * acknowledged them, which may be never. Nothing but the end of the connection makes it forget
 * them, so uring_cut() resets the connection where an operation in this state is cancelled:
 * connect(2) to nobody, which does not wait.
 *
 * Invariants:
 *   (1) OP_READING counts the requests of an operation whose notification has not come. While it is
 *       not 0 the operation is not handed out, whatever has become of it.
 *   (2) An operation that is SENT stands in no one's way: those behind it are let go when it
 *       becomes that. It stays in its descriptor's list, because a close has to cut it: afterwards
 *       the number may be another file's.
 *   (3) That it could not be done without a copy is never an error: the rest is sent by copying.
 *       The kernel says no for a socket that cannot (Unix sockets), and where it may not pin so
 *       much memory (RLIMIT_MEMLOCK). Before 6.3 it is not asked.
 */
#include <errno.h>

#include "platform/uring_internal.h"

static void go_on_by_copying(struct platform_op *op)
{
        op_state(op)->flags |= OP_COPYING | OP_COPIED;
        op_flags_clear(op, OP_FIXED);
}

void uring_issue_zero_copy(struct uring *uring, struct platform_op *op, struct io_uring_sqe *sqe)
{
        if (!uring->zero_copy || (op_state(op)->flags & OP_READING_MAX) == OP_READING_MAX)
                go_on_by_copying(op);
        if (!uring_is_zero_copy(op))
                return;
        sqe->opcode = sqe->opcode == IORING_OP_SEND ? IORING_OP_SEND_ZC : IORING_OP_SENDMSG_ZC;
        sqe->ioprio = URING_SEND_ZC_REPORT_USAGE;
        sqe->user_data |= TAG_ZERO_COPY;
        if (op->op_flags & PLATFORM_OP_REGISTERED)
                uring_area_issue(uring, op, sqe);
}

bool uring_zero_copy_completed(struct platform_op *op, int32_t *result, uint32_t flags)
{
        struct platform_op_state *state = op_state(op);

        if (flags & IORING_CQE_F_NOTIF) {
                state->flags -= OP_READING;
                if ((uint32_t)*result & URING_NOTIF_COPIED)
                        state->flags |= OP_COPIED;
                return false;
        }
        if (flags & IORING_CQE_F_MORE)
                state->flags += OP_READING;
        if (*result == -EOPNOTSUPP || *result == -EINVAL || *result == -ENOMEM ||
            *result == -ENOBUFS) {
                go_on_by_copying(op);
                *result = -EINTR; /* again: what is really wrong is found out then */
        }
        return true;
}

void uring_cut(struct platform_op *op)
{
        static const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
        struct platform_op_state *state = op_state(op);
        int type = 0;
        socklen_t length = sizeof(type);

        if (state->flags & OP_CUT)
                return;
        state->flags |= OP_CUT;
        /* of datagrams the kernel lets go when they are on their way */
        if (!getsockopt(op->fd, SOL_SOCKET, SO_TYPE, &type, &length) && type == SOCK_STREAM)
                connect(op->fd, &nobody, sizeof(nobody));
}
