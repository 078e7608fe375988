/* SPDX-License-Identifier: MIT */
/* Borders. The states and invariants are in border.h. */
#include "domain/border.h"

#include "activity/activity.h"
#include "platform/io.h"
#include "platform/shared.h"
#include "turn/seat.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

struct border {
        struct owned owned;
        struct line_far far;
        struct process *process;
        uint32_t holds; /* the line's, and the process's */
        struct border_parts parts;
        struct lane_shared *shared;
        struct operation *operation; /* on the socket */
        bool gone; /* the other side has closed the socket, or has ended */
        bool used; /* by who has made it */
        char name[MORI_PROCESS_NAME_MAX + 1];
};

static struct border *of_far(struct line_far *far)
{
        return CONTAINER_OF(far, struct border, far);
}

static struct line_end *end_of(struct border *border)
{
        return &border->far.line->ends[0];
}

void border_parts_free(struct border_parts *parts)
{
        if (parts->ours != NULL)
                platform_shared_unmap(parts->ours, LANE_SIDE_BYTES);
        if (parts->theirs != NULL)
                platform_shared_unmap(parts->theirs, LANE_SIDE_BYTES);
        if (parts->socket >= 0)
                process_close_now(parts->socket);
}

static void border_unref(struct border *border)
{
        if (--border->holds != 0)
                return;
        border_parts_free(&border->parts);
        lane_shared_free(border->shared);
        free(border);
}

/* The process ends, and its operations have ended. */
static void border_release(struct owned *owned)
{
        struct border *border = CONTAINER_OF(owned, struct border, owned);

        border->operation = NULL;
        border_unref(border);
}

/* One of the three that it was kept for has ended. */
static void border_look(struct border *border)
{
        if (border->used || border->operation != NULL || border->far.line != NULL)
                return;
        process_disown(&border->owned);
        border_unref(border);
}

/* ---- The bell */

static void border_watch(struct border *border, bool polls);

/*
 * Wakes the other side. Where the socket is full there are bytes in it, and it will be woken; where
 * it is closed, its end is told by the watch.
 */
static void border_ring(struct line_far *far)
{
        static const char byte = 1;
        const struct iovec piece = {(void *)(uintptr_t)&byte, 1};
        struct border *border = of_far(far);

        if (lane_must_wake(&end_of(border)->out))
                (void)platform_socket_send_now(border->parts.socket, &piece, 1);
}

/* It has closed, or has ended: what it has put until now is the last. */
static void border_gone(struct border *border)
{
        border->gone = true;
        lane_end(&end_of(border)->in);
        line_far_closed(&border->far);
}

static void watched(struct operation *operation, int32_t result, uint32_t flags, uint16_t buffer)
{
        struct border *border = operation->owner;
        bool polled = operation->op.code == PLATFORM_POLL;
        char bytes[64];

        if (flags & PLATFORM_BUFFER)
                seat_buffer_return(border->process, operation->seat, buffer);
        if (!(flags & PLATFORM_MORE)) {
                operation_free(operation);
                border->operation = NULL;
        }
        if (polled && result > 0) {
                int64_t got = platform_socket_receive_now(border->parts.socket, bytes, sizeof bytes,
                                                          0, NULL, NULL);

                result = got == 0 ? 0 : got == -EAGAIN ? 1 : (int32_t)got;
        }
        if (border->far.line == NULL) { /* it was only waited for */
                border_look(border);
                return;
        }
        if (result == 0 || (result < 0 && result != -ENOBUFS))
                border_gone(border);
        lane_wake(&end_of(border)->in);
        line_far_rung(&border->far);
        if (border->operation == NULL && !border->gone)
                border_watch(border, result == -ENOBUFS);
}

/*
 * Waits for bytes on the socket. It is the engine's buffer that they come into; where all are out
 * it is polled for once.
 */
static void border_watch(struct border *border, bool polls)
{
        struct operation *operation = operation_new(border->process);

        if (operation == NULL) { /* nobody would hear the bell any more */
                border_gone(border);
                line_far_rung(&border->far);
                return;
        }
        operation->op.code = polls ? PLATFORM_POLL : PLATFORM_RECV;
        if (polls)
                operation->op.flags = POLLIN;
        else
                operation->op.op_flags = PLATFORM_OP_MULTI;
        operation->op.fd = border->parts.socket;
        operation->owner = border;
        operation->done = watched;
        border->operation = operation;
        operation_submit(operation);
}

/* ---- The other side of the line */

static bool border_rest(struct line_far *far)
{
        struct border *border = of_far(far);
        struct line_end *end = end_of(border);

        if (!border->gone && lane_is_closed(&end->in))
                border_gone(border);
        return !border->gone && lane_sleep(&end->in);
}

static void border_close(struct line_far *far)
{
        lane_close(&end_of(of_far(far))->out);
}

static void border_free(struct line_far *far)
{
        struct border *border = of_far(far);

        far->line = NULL;
        if (border->process->state == PROCESS_RUNNING) {
                capability_drop(far->given); /* else it is freed with all others */
                if (border->operation != NULL)
                        operation_cancel(border->operation);
                border_look(border);
        }
        far->given = NULL;
        border_unref(border);
}

/* ---- Making one */

struct border *border_new(struct objects *objects, const struct border_parts *parts,
                          const char *name, struct capability *given,
                          struct connection **ret_connection)
{
        struct border *border = calloc(1, sizeof *border);
        struct connection *connection = NULL;
        struct lane_out out;
        struct lane_in in;

        if (border != NULL &&
            lane_shared_new(parts->ours, parts->theirs, &out, &in) == 0) {
                border->shared = out.shared;
                border->process = objects->process;
                border->parts = *parts;
                strncpy(border->name, name, sizeof border->name - 1);
                border->far = (struct line_far){
                        .name = border->name,
                        .ring = border_ring,
                        .rest = border_rest,
                        .close = border_close,
                        .free = border_free,
                };
                connection = connection_far(objects, &border->far, &out, &in);
        }
        if (connection == NULL) {
                if (border != NULL)
                        lane_shared_free(border->shared);
                free(border);
                border_parts_free(&(struct border_parts){parts->socket, parts->ours,
                                                         parts->theirs});
                return NULL;
        }
        if (given != NULL)
                border->far.given = capability_hold(given);
        border->holds = 2;
        border->used = true;
        process_own(objects->process, &border->owned, border_release);
        border_watch(border, false);
        *ret_connection = connection;
        return border;
}

void border_done(struct border *border)
{
        border->used = false;
        border_look(border);
}

void border_tell(struct border *border, int result)
{
        lane_tell(border->shared, result);
}

bool border_told(const struct border *border, int *ret_result)
{
        return lane_told(border->shared, ret_result);
}

struct process *border_process(const struct border *border)
{
        return border->process;
}

struct connection *border_connection(const struct border *border)
{
        return border->far.line != NULL ? border->far.line->ends[0].connection : NULL;
}
