/* SPDX-License-Identifier: MIT */
/*
 * The backend on epoll(7): what a kernel or a container without io_uring gets. The semantics are
 * those of uring.c.
 *
 *      submit ---> QUEUED --- tried by the next wait ---> handed out
 *                   ^  |
 *                   |  +--- EAGAIN ---> waiting in its slot --- an event, its turn ---+
 *                   |  +--- blocks ---> POOL --- done --------------------------------+
 *                   +-----------------------------------------------------------------+
 *
 * Tries are in epoll_try.c. What epoll refuses to watch, regular files and some devices, is a
 * matter of the pool.
 *
 * A slot is what the engine knows of a descriptor: who waits to read, who to write, both first come
 * first served, and who for any event (POLL, SPLICE). A descriptor that an engine made is
 * registered once, edge-triggered, when somebody first waits for it, and `ready` tells which ways
 * nobody has met EAGAIN since the last edge. One that came from elsewhere is armed for one event at
 * a time, because it may be closed and its number reused without our knowing: two system calls more
 * for each wait.
 *
 * Invariants:
 *   (1) An operation that is LIVE is in the queue, with the pool, in the signal watch, or waits
 *       in a slot; in a slot it may be in the queue as well: it is then tried at its turn.
 *   (2) Of the readers of a slot only the first is tried, and of its writers. Whoever leaves the
 *       head queues the next.
 *   (3) `slot->word` is the descriptor's word (descriptor.c) when the slot was last used. Where
 *       it has changed the slot is begun anew, its registration being that of a file that is
 *       gone, and operations that still wait in it are cancelled.
 *   (4) Somebody who waits for a way that is not `ready` waits for an edge of a registration that
 *       was made, or armed, after the EAGAIN, or for one that has been there all the time. No
 *       edge is lost between.
 *   (5) A RECV with MULTI receives once and goes to the end of the queue: it has no more than its
 *       share.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "platform/epoll_internal.h"

#define EVENTS_PER_WAIT 256
#define RETRY_NS        1000000u
#define WAITS_PER_POLL  4u /* so often the kernel is asked for events though there is enough to do \
                            */

#define DATA_WAKE       UINT64_MAX
#define DATA_SIGNAL     (UINT64_MAX - 1)


static void queue_push(struct engine *engine, struct platform_op *op)
{
        if (!(op_state(op)->flags & OP_QUEUED)) {
                op_state(op)->flags |= OP_QUEUED;
                op_queue_push(&engine->queue, op);
        }
}

static void queue_result(struct engine *engine, struct platform_op *op, int32_t result)
{
        op_state(op)->progress = (uint32_t)result;
        op_state(op)->flags |= OP_DONE;
        queue_push(engine, op);
}

/* ---- Slots ---- */

/* Which list of its slot an operation waits in. */
enum way { WAY_READ, WAY_WRITE, WAY_OTHER };

static inline enum way way_of(const struct platform_op *op)
{
        const uint64_t reads = PLATFORM_CODE(READ) | PLATFORM_CODE(READV) | PLATFORM_CODE(RECV) |
                               PLATFORM_CODE(RECVMSG) | PLATFORM_CODE(ACCEPT);
        const uint64_t writes = PLATFORM_CODE(WRITE) | PLATFORM_CODE(WRITEV) |
                                PLATFORM_CODE(SEND) | PLATFORM_CODE(SENDV) |
                                PLATFORM_CODE(SENDFILE) | PLATFORM_CODE(SENDMSG) |
                                PLATFORM_CODE(CONNECT);

        if (reads >> op->code & 1)
                return WAY_READ;
        return writes >> op->code & 1 ? WAY_WRITE : WAY_OTHER;
}

static int waiting_fd(struct platform_op *op)
{
        return op_state(op)->flags & OP_SOURCE ? op->fd2 : op->fd;
}

static void slot_detach(struct engine *engine, struct platform_op *op)
{
        struct slot *slot = &engine->slots[waiting_fd(op)];
        enum way way = way_of(op);

        if (way == WAY_READ) {
                if (slot->readers_tail == op)
                        slot->readers_tail = op->engine_previous;
                op_list_remove(&slot->readers, op);
                if (slot->readers)
                        queue_push(engine, slot->readers);
        } else if (way == WAY_WRITE) {
                if (slot->writers_tail == op)
                        slot->writers_tail = op->engine_previous;
                op_list_remove(&slot->writers, op);
                if (slot->writers)
                        queue_push(engine, slot->writers);
        } else {
                op_list_remove(&slot->others, op);
        }
        op_flags_clear(op, OP_LISTED);
}

static void list_append(struct platform_op **head, struct platform_op **tail,
                        struct platform_op *op)
{
        op->engine_next = NULL;
        op->engine_previous = *head ? *tail : NULL;
        if (*head)
                (*tail)->engine_next = op;
        else
                *head = op;
        *tail = op;
}

static void slot_attach(struct slot *slot, struct platform_op *op)
{
        switch (way_of(op)) {
        case WAY_READ:
                list_append(&slot->readers, &slot->readers_tail, op);
                break;
        case WAY_WRITE:
                list_append(&slot->writers, &slot->writers_tail, op);
                break;
        case WAY_OTHER:
                op_list_push(&slot->others, op);
                break;
        }
        op_state(op)->flags |= OP_LISTED;
}

/* All that wait in the slot are taken out and end, at their turn in the queue. */
static void slot_cancel(struct engine *engine, struct slot *slot)
{
        for (;;) {
                struct platform_op *op = slot->readers   ? slot->readers
                                         : slot->writers ? slot->writers
                                                         : slot->others;

                if (!op)
                        return;
                slot_detach(engine, op);
                op_state(op)->flags |= OP_CANCELLED;
                queue_push(engine, op);
        }
}

/* The slot of a descriptor as it is now. See (3). */
static struct slot *slot_get(struct engine *engine, int fd)
{
        struct slot *slot;
        uint32_t word;

        if ((uint32_t)fd >= engine->slots_count)
                return NULL;
        slot = &engine->slots[fd];
        word = platform_descriptor_word(fd);
        if (platform_unlikely(slot->word != word)) {
                slot_cancel(engine, slot);
                *slot = (struct slot){.word = word, .ready = READY_IN | READY_OUT};
        }
        return slot;
}

_Static_assert(EPOLLIN == POLLIN && EPOLLOUT == POLLOUT && EPOLLRDHUP == POLLRDHUP &&
                       EPOLLERR == POLLERR && EPOLLHUP == POLLHUP,
               "epoll's events are poll's");

/* Sees to it that an event will come. 0, or a negative errno: -EPERM where the file cannot be
 * watched. */
static int slot_watch(struct engine *engine, struct slot *slot, int fd)
{
        struct epoll_event event = {.data.u64 = (uint64_t)slot->word << 32 | (uint32_t)fd};
        struct platform_op *op;

        if (slot_is_ours(slot)) {
                if (slot->registered)
                        return 0;
                event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
                if (epoll_ctl(engine->epoll_fd, EPOLL_CTL_ADD, fd, &event)) {
                        /* Registered before it was handed to another engine and back: the edges
                         * come. */
                        if (errno != EEXIST ||
                            epoll_ctl(engine->epoll_fd, EPOLL_CTL_MOD, fd, &event))
                                return -errno;
                }
                slot->registered = true;
                return 0;
        }
        event.events = EPOLLONESHOT | (slot->readers ? EPOLLIN | EPOLLRDHUP : 0u) |
                       (slot->writers ? EPOLLOUT : 0u);
        for (op = slot->others; op; op = op->engine_next) {
                if (op->code == PLATFORM_SPLICE)
                        event.events |= op_state(op)->flags & OP_SOURCE ? EPOLLIN : EPOLLOUT;
                else
                        event.events |= op->flags;
        }
        if (!epoll_ctl(engine->epoll_fd, EPOLL_CTL_MOD, fd, &event))
                return 0;
        if (errno == ENOENT && !epoll_ctl(engine->epoll_fd, EPOLL_CTL_ADD, fd, &event))
                return 0;
        return -errno;
}

static void slot_event(struct engine *engine, uint64_t data, uint32_t events)
{
        int fd = (int)(uint32_t)data;
        struct slot *slot = &engine->slots[fd];
        struct platform_op *op;

        if (slot->word != (uint32_t)(data >> 32))
                return; /* a file that had this number before */
        if (events & (EPOLLERR | EPOLLHUP))
                slot->ready |= READY_IN | READY_OUT | READY_HUP;
        if (events & EPOLLRDHUP)
                slot->ready |= READY_IN | READY_HUP;
        if (events & EPOLLIN)
                slot->ready |= READY_IN;
        if (events & EPOLLOUT)
                slot->ready |= READY_OUT;
        if (slot->readers && slot->ready & READY_IN)
                queue_push(engine, slot->readers);
        if (slot->writers && slot->ready & READY_OUT)
                queue_push(engine, slot->writers);
        for (op = slot->others; op; op = op->engine_next)
                queue_push(engine, op);
        if (!slot_is_ours(slot) && (slot->readers || slot->writers)) {
                /* The one event is spent; whoever it was not for needs another. */
                bool reader_waits =
                        slot->readers && !(events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP));
                bool writer_waits = slot->writers && !(events & (EPOLLOUT | EPOLLERR | EPOLLHUP));

                if (reader_waits)
                        queue_push(engine, slot->readers);
                if (writer_waits)
                        queue_push(engine, slot->writers);
        }
}

/* ---- Submit and cancel ---- */

static void epoll_submit(struct platform_io *io, struct platform_op *op)
{
        struct engine *engine = engine_of(io);
        struct platform_op_state *state = op_state(op);
        bool usual = op->code == PLATFORM_SEND && !op->op_flags &&
                     op->length <= PLATFORM_TRANSFER_MAX;
        int error = usual ? 0 : platform_op_check(op);

        assert(!(state->flags & OP_LIVE));
        state->progress = 0;
        state->flags = OP_LIVE;
        io->pending++;
        if (platform_unlikely(error)) {
                queue_result(engine, op, error);
        } else if (op->code == PLATFORM_SIGNAL) {
                bool fresh = false;
                struct epoll_event event = {.events = EPOLLIN, .data.u64 = DATA_SIGNAL};

                error = signal_watch_add(&engine->signals, op, &fresh);
                if (!error && fresh &&
                    epoll_ctl(engine->epoll_fd, EPOLL_CTL_ADD, engine->signals.fd, &event)) {
                        error = -errno;
                        signal_watch_remove(&engine->signals, op);
                        signal_watch_deinit(&engine->signals);
                }
                if (error)
                        queue_result(engine, op, error);
        } else {
                queue_push(engine, op);
        }
}

static void epoll_cancel(struct platform_io *io, struct platform_op *op)
{
        struct engine *engine = engine_of(io);
        struct platform_op_state *state = op_state(op);
        uint32_t flags = state->flags;

        if (op->code == PLATFORM_SPAWN && (flags & OP_LIVE) && platform_child_cancel(op))
                return;
        if (!(flags & OP_LIVE) || (flags & (OP_CANCELLED | OP_DONE)))
                return;
        if (flags & OP_POOL) {
                if (pool_cancel(engine->pool, op))
                        engine->pool_count--;
                else if (!(flags & OP_WARM) && op->code != PLATFORM_SPAWN)
                        return; /* what has begun goes on to its end and says what came of it */
                else {
                        state->flags |= OP_CANCELLED;
                        return;
                }
        }
        state->flags |= OP_CANCELLED;
        queue_push(engine, op);
}

/* ---- The queue ---- */

static inline size_t emit(struct platform_completion *out, struct platform_op *op, int32_t result,
                          uint32_t flags, uint16_t buffer)
{
        *out = (struct platform_completion){op, result, flags, buffer};
        return 1;
}

/* The last completion; from here on the operation is its owner's. */
static size_t emit_last(struct engine *engine, struct platform_completion *out,
                        struct platform_op *op, int32_t result)
{
        struct platform_op_state *state = op_state(op);

        if (state->flags & OP_LISTED)
                slot_detach(engine, op);
        state->flags = 0;
        state->progress = 0;
        engine->io.pending--;
        return emit(out, op, result, op->op_flags & PLATFORM_OP_ZERO_COPY ? PLATFORM_COPIED : 0, 0);
}

static size_t give_to_pool(struct engine *engine, struct platform_op *op,
                           struct platform_completion *out)
{
        int error;

        if (op_state(op)->flags & OP_LISTED)
                slot_detach(engine, op);
        error = pool_submit(engine->pool, op);
        if (error)
                return emit_last(engine, out, op, error);
        engine->pool_count++;
        return 0;
}

static bool is_transfer(const struct platform_op *op)
{
        return op->code >= PLATFORM_READ && op->code <= PLATFORM_WRITEV;
}

/* It cannot be watched for lack of something: it is looked at again in a millisecond. */
static size_t look_again(struct engine *engine, struct platform_op *op)
{
        op_state(op)->flags |= OP_QUEUED;
        op_queue_push(&engine->retry, op);
        return 0;
}

/* The operation waits in the slot until something happens to its descriptor. */
static size_t wait_in(struct engine *engine, struct slot *slot, struct platform_op *op,
                      enum outcome outcome, struct platform_completion *out)
{
        int fd = op->fd, error;

        if (outcome == TRY_READ)
                slot->ready &= (uint8_t)~READY_IN;
        else if (outcome == TRY_WRITE && op->code != PLATFORM_SPLICE)
                slot->ready &= (uint8_t)~READY_OUT;
        if (op->code == PLATFORM_SPLICE) {
                if (op_state(op)->flags & OP_LISTED)
                        slot_detach(engine, op);
                op_flags_clear(op, OP_SOURCE);
                if (outcome == TRY_SOURCE) {
                        slot = slot_get(engine, op->fd2);
                        if (!slot)
                                return emit_last(engine, out, op, -EMFILE);
                        op_state(op)->flags |= OP_SOURCE;
                        fd = op->fd2;
                }
        }
        if (!(op_state(op)->flags & OP_LISTED))
                slot_attach(slot, op);
        error = slot_watch(engine, slot, fd);
        if (platform_likely(!error))
                return 0;
        /* It is no file that can be waited for, so a thread has to. */
        if (error == -EPERM && is_transfer(op))
                return give_to_pool(engine, op, out);
        if (op->code == PLATFORM_SPAWN)
                return look_again(engine, op); /* a child is not given up for that */
        return emit_last(engine, out, op, error);
}

static size_t queued_signal(struct engine *engine, struct platform_op *op,
                            struct platform_completion *out)
{
        bool more;
        int32_t result = signal_watch_take(&engine->signals, op, &more);

        if (!more)
                return emit_last(engine, out, op, result);
        if (op_state(op)->flags & OP_CANCELLED)
                queue_push(engine, op);
        return emit(out, op, result, PLATFORM_MORE, 0);
}

/* True where it is not the operation's turn, or where a try would only say EAGAIN: it waits in the
 * slot. */
static bool must_wait(struct slot *slot, struct platform_op *op)
{
        uint32_t flags = op_state(op)->flags;
        enum way way = way_of(op);
        const struct platform_op *head = way == WAY_READ ? slot->readers : slot->writers;

        if (way == WAY_OTHER)
                return false;
        if (head && head != op) {
                if (!(flags & OP_LISTED))
                        slot_attach(slot, op);
                return true;
        }
        if (!slot->registered || slot->ready & (way == WAY_READ ? READY_IN : READY_OUT) ||
            op->flags & MSG_DONTWAIT || (op->code == PLATFORM_CONNECT && !(flags & OP_BEGUN)))
                return false;
        if (!(flags & OP_LISTED))
                slot_attach(slot, op);
        return true;
}

static bool needs_slot(const struct platform_op *op)
{
        return !((PLATFORM_PATH_CODES | PLATFORM_CODE(NOP)) >> op->code & 1);
}

static enum outcome close_done(struct attempt *attempt, int result)
{
        attempt
        ->result = result;
        return TRY_DONE;
}

static enum outcome try_close(struct engine *engine, struct slot *slot, struct platform_op *op,
                              struct attempt *attempt)
{
        int kind = slot_kind(slot, op->fd);
        struct op_queue waiting;
        struct platform_op *other;

        if (kind < 0)
                return close_done(attempt, kind);
        slot_cancel(engine, slot);
        if (engine->pool_count) {
                waiting = pool_cancel_descriptor(engine->pool, op->fd);
                while ((other = op_queue_pop(&waiting))) {
                        engine->pool_count--;
                        op_state(other)->flags |= OP_CANCELLED;
                        queue_push(engine, other);
                }
        }
        platform_descriptor_gone(op->fd);
        if (kind == DESCRIPTOR_FILE || (engine->pool_count && pool_is_on(engine->pool, op->fd)))
                return TRY_POOL;
        return close_done(attempt, close(op->fd) && errno != EINTR ? -errno : 0);
}

static size_t advance_child(struct engine *engine, struct platform_op *op,
                            struct platform_completion *out)
{
        struct slot *slot;
        int32_t result;

        switch (platform_child_advance(op, &result)) {
        case CHILD_MAKE:
                return give_to_pool(engine, op, out);
        case CHILD_RUNS:
                queue_push(engine, op);
                return emit(out, op, 0, PLATFORM_MORE, 0);
        case CHILD_OVER:
                return emit_last(engine, out, op, result);
        case CHILD_WAITS:
                break;
        }
        slot = slot_get(engine, op->fd);
        return slot ? wait_in(engine, slot, op, TRY_POLL, out) : look_again(engine, op);
}

/* Those that are not about a descriptor of their owner's. */
static __attribute__((noinline)) size_t advance_other(struct engine *engine, struct platform_op *op,
                                                      struct platform_completion *out)
{
        if (op->code == PLATFORM_SPAWN)
                return advance_child(engine, op, out);
        if (op_state(op)->flags & OP_DONE)
                return emit_last(engine, out, op, (int32_t)op_state(op)->progress);
        return queued_signal(engine, op, out);
}

static size_t advance(struct engine *engine, struct platform_op *op,
                      struct platform_completion *out)
{
        struct platform_op_state *state = op_state(op);
        struct attempt attempt = {0};
        struct slot *slot = NULL;
        enum outcome outcome;

        state->flags &= ~(uint32_t)OP_QUEUED;
        if (platform_unlikely(op->code == PLATFORM_SIGNAL || op->code == PLATFORM_SPAWN))
                return advance_other(engine, op, out);
        if (state->flags & OP_DONE)
                return emit_last(engine, out, op, (int32_t)state->progress);
        if (needs_slot(op)) {
                slot = slot_get(engine, op->fd);
                if (!slot)
                        return emit_last(engine, out, op, op->fd < 0 ? -EBADF : -EMFILE);
        }
        if (state->flags & OP_CANCELLED) {
                if (state->flags & OP_QUEUED)
                        return 0; /* by slot_get() just now */
                return emit_last(engine, out, op,
                                 state->progress ? (int32_t)state->progress : -ECANCELED);
        }
        if (slot && must_wait(slot, op))
                return 0;

        outcome = op->code == PLATFORM_CLOSE ? try_close(engine, slot, op, &attempt)
                                             : epoll_try(engine, slot, op, &attempt);
        switch (outcome) {
        case TRY_DONE:
                return emit_last(engine, out, op, attempt.result);
        case TRY_MORE:
                if (!(state->flags & OP_LISTED))
                        slot_attach(slot, op);
                if (!slot->registered || slot->ready & READY_IN)
                        queue_push(engine, op);
                return emit(out, op, attempt.result,
                            PLATFORM_MORE | (op->code == PLATFORM_RECV ? PLATFORM_BUFFER : 0u),
                            attempt.buffer);
        case TRY_READ:
        case TRY_WRITE:
        case TRY_POLL:
        case TRY_SOURCE:
                return wait_in(engine, slot, op, outcome, out);
        case TRY_POOL:
                return give_to_pool(engine, op, out);
        case TRY_LATER:
                if (!(state->flags & OP_LISTED))
                        slot_attach(slot, op);
                return look_again(engine, op);
        case TRY_AGAIN:
                break;
        }
        /* What has moved a part keeps its place before those that come later. */
        if (slot && way_of(op) != WAY_OTHER && !(state->flags & OP_LISTED))
                slot_attach(slot, op);
        queue_push(engine, op);
        return 0;
}

static void queue_join(struct op_queue *first, struct op_queue *second)
{
        if (!second->head)
                return;
        if (first->head)
                op_link_set(first->tail, second->head);
        else
                first->head = second->head;
        first->tail = second->tail;
        second->head = NULL;
}

/* Looks once at each operation that is in the queue now; what comes back to it is for the next
 * time. */
static size_t queue_run(struct engine *engine, struct platform_completion *out, size_t max)
{
        struct op_queue now = engine->queue;
        size_t count = 0;
        struct platform_op *op;

        engine->queue.head = NULL;
        while (count < max && (op = op_queue_pop(&now)))
                count += advance(engine, op, &out[count]);
        if (now.head) {
                /* What is left goes before what came back. */
                queue_join(&now, &engine->queue);
                engine->queue = now;
        }
        return count;
}

static void pool_collect(struct engine *engine)
{
        struct op_queue finished = pool_take(engine->pool);
        struct platform_op *op;

        while ((op = op_queue_pop(&finished))) {
                struct platform_op_state *state = op_state(op);

                engine->pool_count--;
                if (state->flags & OP_WARM)
                        state->flags = (state->flags & ~(uint32_t)OP_WARM) | OP_WARMED;
                else
                        state->flags |= OP_DONE;
                queue_push(engine, op);
        }
}

/* ---- Waiting ---- */

static int events_wait(struct engine *engine, struct epoll_event *events, uint64_t timeout_ns)
{
        int timeout_ms = -1;

        if (timeout_ns && timeout_ns != UINT64_MAX && !engine->no_pwait2) {
                struct timespec timeout = {(time_t)(timeout_ns / 1000000000u),
                                           (long)(timeout_ns % 1000000000u)};
                int count = epoll_pwait2(engine->epoll_fd, events, EVENTS_PER_WAIT, &timeout, NULL);

                if (count >= 0 || errno == EINTR)
                        return count;
                engine->no_pwait2 = true; /* older than 5.11, or a filter that does not know it */
        }
        if (timeout_ns != UINT64_MAX) {
                uint64_t ms = timeout_ns / 1000000u + (timeout_ns % 1000000u ? 1 : 0);

                timeout_ms = ms > INT_MAX ? INT_MAX : (int)ms;
        }
        return epoll_wait(engine->epoll_fd, events, EVENTS_PER_WAIT, timeout_ms);
}

/* Asks the kernel for events, and sleeps where timeout_ns says so. Returns true where it was
 * interrupted or woken. */
static bool events_fetch(struct engine *engine, uint64_t timeout_ns)
{
        struct epoll_event events[EVENTS_PER_WAIT];
        bool woken = false, sleeps = timeout_ns;
        int count;

        if (sleeps && !waker_sleep(&engine->waker)) {
                woken = true;
                timeout_ns = 0;
        }
        count = events_wait(engine, events, timeout_ns);
        if (count < 0)
                woken = true; /* EINTR */
        if (sleeps && waker_rise(&engine->waker))
                woken = true;

        for (int i = 0; i < count; i++) {
                if (events[i].data.u64 == DATA_SIGNAL)
                        signal_watch_read(&engine->signals, &engine->queue);
                else if (events[i].data.u64 != DATA_WAKE)
                        slot_event(engine, events[i].data.u64, events[i].events);
        }
        return woken;
}

static size_t epoll_backend_wait(struct platform_io *io, uint64_t timeout_ns,
                                 struct platform_completion *out, size_t max)
{
        struct engine *engine = engine_of(io);
        bool over = waker_take(&engine->waker);
        size_t count;

        if (over)
                timeout_ns = 0;
        do {
                uint64_t sleep_ns = timeout_ns;

                if (engine->pool_count)
                        pool_collect(engine);
                count = queue_run(engine, out, max);
                if (count && ++engine->waits_without_poll < WAITS_PER_POLL)
                        return count;
                engine->waits_without_poll = 0;

                if (count || engine->queue.head)
                        sleep_ns = 0;
                else if (engine->retry.head && sleep_ns > RETRY_NS)
                        sleep_ns = RETRY_NS;
                if (events_fetch(engine, sleep_ns))
                        over = true;
                if (engine->pool_count)
                        pool_collect(engine);
                queue_join(&engine->queue, &engine->retry);
                if (engine->queue.head && count < max)
                        count += queue_run(engine, out + count, max - count);
        } while (!count && !over && timeout_ns == UINT64_MAX);
        return count;
}

static void epoll_wake(struct platform_io *io)
{
        waker_wake(&engine_of(io)->waker);
}

/* That of epoll is readable while one that it watches has an event that was not fetched. */
static int epoll_descriptor(struct platform_io *io)
{
        return engine_of(io)->epoll_fd;
}

static uint64_t epoll_sleep(struct platform_io *io)
{
        struct engine *engine = engine_of(io);

        if (engine->queue.head || !waker_sleep(&engine->waker))
                return 0;
        return engine->retry.head ? RETRY_NS : UINT64_MAX;
}

static void epoll_rise(struct platform_io *io)
{
        waker_rise(&engine_of(io)->waker);
}

static bool epoll_ready(struct platform_io *io)
{
        struct engine *engine = engine_of(io);

        return engine->queue.head || waker_woken(&engine->waker);
}

static void *epoll_buffer(struct platform_io *io, uint16_t buffer)
{
        return receive_pool_buffer(&engine_of(io)->receive, buffer);
}

static void epoll_buffer_release(struct platform_io *io, uint16_t buffer)
{
        struct receive_pool *receive = &engine_of(io)->receive;

        assert(buffer < receive->count && receive->free_count < receive->count);
        receive->free_list[receive->free_count++] = buffer;
}

static void epoll_close_now(struct platform_io *io, int fd)
{
        struct engine *engine = engine_of(io);
        struct slot *slot = slot_get(engine, fd);

        if (slot)
                slot_cancel(engine, slot);
        real_close_now(io, fd);
}

/* ---- Making and freeing ---- */

static void epoll_memory(const struct platform_io *io,
                         void (*take)(void *address, size_t bytes, void *argument), void *argument)
{
        const struct engine *engine = (const struct engine *)(const void *)io;
        uint32_t slots = engine->slots_count;

        if (slots > PLATFORM_MEMORY_DESCRIPTORS)
                slots = PLATFORM_MEMORY_DESCRIPTORS;
        take(engine->receive.memory, engine->receive.memory_bytes, argument);
        take(engine->slots, slots * sizeof(*engine->slots), argument);
        descriptors_memory(take, argument);
}

static void epoll_describe(const struct platform_io *io, char *text, size_t bytes)
{
        const struct engine *engine = (const struct engine *)(const void *)io;

        snprintf(text, bytes,
                 "epoll, edge-triggered, %u buffers of %u bytes, a pool of threads for files",
                 engine->receive.count, engine->receive.bytes);
}

static void epoll_free(struct platform_io *io)
{
        struct engine *engine = engine_of(io);

        pool_free(engine->pool);
        receive_pool_deinit(&engine->receive);
        signal_watch_deinit(&engine->signals);
        if (engine->epoll_fd >= 0)
                close(engine->epoll_fd);
        waker_close(&engine->waker);
        if (engine->slots)
                munmap(engine->slots, engine->slots_count * sizeof(*engine->slots));
        free(engine);
}

static const struct platform_io_ops epoll_ops = {
        .name = "epoll",
        .free = epoll_free,
        .submit = epoll_submit,
        .cancel = epoll_cancel,
        .wait = epoll_backend_wait,
        .wake = epoll_wake,
        .descriptor = epoll_descriptor,
        .sleep = epoll_sleep,
        .rise = epoll_rise,
        .ready = epoll_ready,
        .buffer = epoll_buffer,
        .buffer_release = epoll_buffer_release,
        .socket_new = real_socket_new,
        .socket_listen = real_socket_listen,
        .socket_pair = real_socket_pair,
        .socket_name = real_socket_name,
        .socket_option_set = real_socket_option_set,
        .socket_option_get = real_socket_option_get,
        .socket_bind = real_socket_bind,
        .socket_peer = real_socket_peer,
        .interface = real_interface,
        .pipe_new = real_pipe_new,
        .duplicate = real_duplicate,
        .watch_new = real_watch_new,
        .watch_pending = real_watch_pending,
        .watch_limit = real_watch_limit,
        .close_now = epoll_close_now,
        .unlink_now = real_unlink_now,
        .random = real_random,
        .now = real_now,
        .describe = epoll_describe,
        .memory = epoll_memory,
};

int platform_epoll_new(const struct platform_io_config *config, struct platform_io **ret_io)
{
        struct engine *engine = aligned_alloc(64, sizeof(*engine));
        struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = DATA_WAKE};
        struct epoll_event arrival = {.events = EPOLLIN, .data.u64 = DATA_SIGNAL};
        void *slots;
        int error;

        if (!engine)
                return -ENOMEM;
        memset(engine, 0, sizeof(*engine));
        engine->io.ops = &epoll_ops;
        engine->waker.fd = -1;
        signal_watch_init(&engine->signals);
        engine->slots_count = platform_descriptors_max();

        engine->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        error = engine->epoll_fd < 0 ? -errno : waker_open(&engine->waker);
        if (!error && epoll_ctl(engine->epoll_fd, EPOLL_CTL_ADD, engine->waker.fd, &event))
                error = -errno;
        if (!error && config->signals)
                error = signal_watch_open(&engine->signals);
        if (!error && config->signals &&
            epoll_ctl(engine->epoll_fd, EPOLL_CTL_ADD, engine->signals.fd, &arrival))
                error = -errno;
        if (error)
                goto failed;
        slots = mmap(NULL, engine->slots_count * sizeof(*engine->slots), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        error = -ENOMEM;
        if (slots == MAP_FAILED)
                goto failed;
        engine->slots = slots;
        error = receive_pool_init(&engine->receive, config);
        if (error)
                goto failed;
        error = pool_new(&engine->io, config, &engine->pool);
        if (error)
                goto failed;
        *ret_io = &engine->io;
        return 0;
failed:
        epoll_free(&engine->io);
        return error;
}
