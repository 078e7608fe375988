/* SPDX-License-Identifier: MIT */
/*
 * The simulation: a kernel in memory, driven by a seed. This file is its engine, the third backend
 * of `io.h`: it takes operations, lets virtual time pass, attempts what is due, and hands out
 * completions. What an operation does stands in the files that `sim_internal.h` lists.
 *
 *      sim_submit:   record, fault, latency --> event
 *      sim_cancel:   latency --> event: it races with the operation, and the dice decide
 *      sim_wait:     next event --> attempt --.--> done:  completion
 *                        ^                    |--> again: event (goes on a little later)
 *                        |                    '--> wait:  until something kicks it --> event
 *                        '--- while there is room for completions, and time
 *
 * Invariants.
 *   (1) Nothing sleeps. Waiting moves the clock to the next event, or to the time-out. Every wait
 *       takes some virtual time, so that a program which polls gets on.
 *   (2) An event leads to one completion at most, and is taken only while there is room for that:
 *       what an operation has done is told in the same wait, and no completion is ever kept back.
 *   (3) An operation completes without PLATFORM_MORE exactly once; its record is gone when the
 *       completion is handed out.
 *   (4) A cancelled operation that has moved bytes answers how many; one whose signal has arrived,
 *       the signal; else -ECANCELED.
 *   (5) Everything that the program can see of the run enters the hash.
 *   (6) The run depends on the seed, the configuration and the program's calls only.
 *       platform_io_wake() from another thread is the one thing that breaks this, and a simulated
 *       program has no other thread.
 *
 * The interleaving of atomics and threads will draw from SIM_DICE_PROGRAM, through
 * platform_sim_random().
 */
#include "platform/crew.h"
#include "platform/sim_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BUFFERS_MAX 32768u

struct sim *sim_of(struct platform_io *io)
{
        struct sim *sim = (struct sim *)io;

        if (io == NULL || io->ops != &sim_ops) {
                fputs("sim: this engine is no simulation\n", stderr);
                abort();
        }
        return sim;
}

static enum sim_step step_nop(struct sim *sim, struct sim_operation *operation)
{
        (void)sim;
        return sim_done(operation, 0);
}

static enum sim_step step_sync_fs(struct sim *sim, struct sim_operation *operation)
{
        (void)sim;
        return sim_done(operation, (operation->target->flags & O_PATH) != 0 ? -EBADF : 0);
}

static enum sim_step step_close(struct sim *sim, struct sim_operation *operation)
{
        return sim_done(operation, sim_descriptor_close(sim, operation->copy.fd));
}

static enum sim_step step_signal(struct sim *sim, struct sim_operation *operation)
{
        uint64_t pending = sim->signals_pending & operation->copy.offset;
        int signal = operation->arrived;

        if (signal == 0 && pending == 0)
                return SIM_STEP_WAIT;
        if (signal == 0) {
                signal = __builtin_ctzll(pending) + 1;
                sim->signals_pending &= ~platform_signal_bit(signal);
        }
        operation->arrived = 0;
        if ((operation->copy.op_flags & PLATFORM_OP_MULTI) != 0)
                operation->flags = PLATFORM_MORE;
        return sim_done(operation, signal);
}

/* On a thread of the crew, as with any engine; meanwhile nothing else happens. */
static enum sim_step step_call(struct sim *sim, struct sim_operation *operation)
{
        bool ran;
        int32_t result = crew_run(&operation->copy, &ran);

        (void)sim;
        operation->flags = ran ? PLATFORM_RAN : 0;
        return sim_done(operation, result);
}

static enum sim_step step_read(struct sim *sim, struct sim_operation *operation)
{
        if (operation->target->kind == SIM_WATCH)
                return sim_step_watch_read(sim, operation);
        return operation->target->kind == SIM_NODE ? sim_step_file_read(sim, operation)
                                                   : sim_step_receive(sim, operation);
}

static enum sim_step step_write(struct sim *sim, struct sim_operation *operation)
{
        return operation->target->kind == SIM_NODE ? sim_step_file_write(sim, operation)
                                                   : sim_step_send(sim, operation);
}

static enum sim_step step_receive(struct sim *sim, struct sim_operation *operation)
{
        if (operation->target->kind != SIM_SOCKET)
                return sim_done(operation, -ENOTSOCK);
        if ((operation->copy.op_flags & PLATFORM_OP_MULTI) != 0)
                return sim_step_receive_multi(sim, operation);
        return sim_step_receive(sim, operation);
}

static enum sim_step step_send(struct sim *sim, struct sim_operation *operation)
{
        if (operation->target->kind != SIM_SOCKET)
                return sim_done(operation, -ENOTSOCK);
        return sim_step_send(sim, operation);
}

static enum sim_step (*const steps[PLATFORM_OP_CODES])(struct sim *sim,
                                                       struct sim_operation *operation) = {
        [PLATFORM_NOP] = step_nop,
        [PLATFORM_OPEN] = sim_step_open,
        [PLATFORM_CLOSE] = step_close,
        [PLATFORM_READ] = step_read,
        [PLATFORM_WRITE] = step_write,
        [PLATFORM_READV] = step_read,
        [PLATFORM_WRITEV] = step_write,
        [PLATFORM_STATX] = sim_step_statx,
        [PLATFORM_GETDENTS] = sim_step_getdents,
        [PLATFORM_FSYNC] = sim_step_fsync,
        [PLATFORM_ACCEPT] = sim_step_accept,
        [PLATFORM_CONNECT] = sim_step_connect,
        [PLATFORM_RECV] = step_receive,
        [PLATFORM_SEND] = step_send,
        [PLATFORM_SENDV] = step_send,
        [PLATFORM_SHUTDOWN] = sim_step_shutdown,
        [PLATFORM_SENDFILE] = sim_step_sendfile,
        [PLATFORM_SPLICE] = sim_step_splice,
        [PLATFORM_POLL] = sim_step_poll,
        [PLATFORM_SIGNAL] = step_signal,
        [PLATFORM_RECVMSG] = sim_step_receive_messages,
        [PLATFORM_SENDMSG] = sim_step_send_messages,
        [PLATFORM_SYNC_RANGE] = sim_step_sync_range,
        [PLATFORM_SYNC_FS] = step_sync_fs,
        [PLATFORM_RENAME] = sim_step_rename,
        [PLATFORM_UNLINK] = sim_step_unlink,
        [PLATFORM_MKDIR] = sim_step_mkdir,
        [PLATFORM_LINK] = sim_step_link,
        [PLATFORM_SYMLINK] = sim_step_symlink,
        [PLATFORM_READLINK] = sim_step_readlink,
        [PLATFORM_TRUNCATE] = sim_step_truncate,
        [PLATFORM_ALLOCATE] = sim_step_allocate,
        [PLATFORM_CHMOD] = sim_step_chmod,
        [PLATFORM_CHOWN] = sim_step_chown,
        [PLATFORM_UTIMES] = sim_step_utimes,
        [PLATFORM_ACCESS] = sim_step_access,
        [PLATFORM_COPY_RANGE] = sim_step_copy_range,
        [PLATFORM_LOCK] = sim_step_lock,
        [PLATFORM_CALL] = step_call,
        [PLATFORM_SCAN] = sim_step_scan,
        [PLATFORM_WATCH] = sim_step_watch,
        [PLATFORM_UNWATCH] = sim_step_unwatch,
        [PLATFORM_WATCHED] = sim_step_watched,
};

/* A descriptor that is closed takes the operations on it along, as in the other backends. */
static void close_begin(struct sim *sim, int fd)
{
        struct sim_description *description = sim_descriptor_get(sim, fd);

        if (description == NULL)
                return;
        sim_queue_cancel(sim, &description->queue[SIM_IN]);
        sim_queue_cancel(sim, &description->queue[SIM_OUT]);
        sim_queue_cancel(sim, &description->polls);
        sim_queue_cancel(sim, &description->lent);
}

static void sim_submit(struct platform_io *io, struct platform_op *op)
{
        struct sim *sim = sim_of(io);
        struct sim_operation *operation;
        uint64_t delay;

        if (sim_operation_of(sim, op) != NULL)
                sim_fatal(sim, "operation %llu (%s) was submitted while it was under way",
                          (unsigned long long)op->engine[1], sim_operation_name(op->code));
        io->pending += 1;
        sim->quiet = false;
        operation = sim_operation_new(sim, op);
        sim_operation_seal(sim, operation);
        if (op->code == PLATFORM_CLOSE)
                close_begin(sim, op->fd);
        delay = sim_fault_choose(sim, operation, true);
        sim_operation_schedule(sim, operation, delay + sim_latency(sim, operation));
        sim_note(sim, operation->number << 8 | op->code);
}

static void sim_cancel(struct platform_io *io, struct platform_op *op)
{
        struct sim *sim = sim_of(io);
        struct sim_operation *operation = sim_operation_of(sim, op);

        if (operation == NULL) {
                sim->statistics.late += 1;
                return;
        }
        sim->quiet = false;
        sim_operation_cancel(sim, operation);
        sim_note(sim, ~operation->number);
}

/*
 * Hands out the completion that the operation's record tells of; true where more follow, else the
 * record is gone.
 */
static bool operation_complete(struct sim *sim, struct sim_operation *operation)
{
        struct platform_completion *completion = &sim->completions[sim->completion_count++];
        bool last = (operation->flags & PLATFORM_MORE) == 0;

        *completion = (struct platform_completion){
                .op = operation->op,
                .result = operation->result,
                .flags = operation->flags,
                .buffer = operation->buffer,
        };
        sim->statistics.completions += 1;
        sim_note(sim, operation->number);
        sim_note(sim, sim->now_ns);
        sim_note(sim, (uint64_t)(uint32_t)operation->result << 32 | operation->flags << 16 |
                              operation->buffer);
        sim_note(sim, sim_operation_digest_result(sim, operation));
        if (!last)
                return true;
        sim_operation_check(sim, operation);
        if (operation->asked && operation->result != -ECANCELED)
                sim->statistics.late += 1;
        sim->io.pending -= 1;
        sim_operation_free(sim, operation);
        return false;
}

static void operation_cancel(struct sim *sim, struct sim_operation *operation)
{
        sim_operation_check_poison(sim, operation);
        sim->statistics.cancelled += operation->moved == 0;
        if (operation->stage != NULL)
                sim_operation_scatter(operation, 0, operation->stage, operation->moved);
        if ((operation->copy.op_flags & PLATFORM_OP_ZERO_COPY) != 0)
                sim_send_cut(sim, operation);
        operation->flags = 0;
        operation->buffer = 0;
        operation->result = operation->moved > 0 ? (int32_t)operation->moved : -ECANCELED;
        if (operation->arrived != 0)
                operation->result = operation->arrived;
        operation_complete(sim, operation);
}

/* Faults that were drawn for the operation; true where it is done with that. */
static bool operation_meets_fault(struct sim *sim, struct sim_operation *operation)
{
        if (operation->reset) {
                operation->reset = false;
                if (operation->target->kind == SIM_SOCKET &&
                    operation->target->socket->state == SIM_SOCKET_CONNECTED)
                        sim_socket_reset(sim, operation->target->socket, true);
        }
        if (operation->error == 0)
                return false;
        if (operation->copy.code == PLATFORM_CLOSE && operation->error != -EBADF)
                sim_descriptor_close(sim, operation->copy.fd);
        operation->result = operation->error;
        return true;
}

static void operation_attempt(struct sim *sim, struct sim_operation *operation)
{
        enum sim_step step;

        operation->state = SIM_WAITING;
        operation->result = 0;
        operation->flags = 0;
        operation->buffer = 0;
        sim_operation_check_poison(sim, operation);
        if (operation_meets_fault(sim, operation)) {
                operation_complete(sim, operation);
                return;
        }
        if (!sim_operation_is_first(operation) && operation->deadline == 0)
                return;
        step = steps[operation->copy.code](sim, operation);
        switch (step) {
        case SIM_STEP_WAIT:
        case SIM_STEP_LENT:
                break;
        case SIM_STEP_AGAIN:
                sim_operation_kick(sim, operation);
                break;
        case SIM_STEP_DONE:
                if (operation_complete(sim, operation)) {
                        uint64_t delay = sim_fault_choose(sim, operation, false);

                        sim_operation_schedule(sim, operation, delay + sim_latency(sim, operation));
                }
                break;
        }
}

static void event_run(struct sim *sim, const struct sim_event *event)
{
        struct sim_operation *operation = sim->slots[event->slot];

        sim_event_pop(sim);
        sim->statistics.events += 1;
        if (event->kind == SIM_EVENT_CANCEL)
                operation_cancel(sim, operation);
        else
                operation_attempt(sim, operation);
}

/* (1) */
static size_t sim_wait(struct platform_io *io, uint64_t timeout_ns,
                       struct platform_completion *completions, size_t completions_max)
{
        struct sim *sim = sim_of(io);
        bool woken = __atomic_exchange_n(&sim->woken, false, __ATOMIC_ACQ_REL);
        bool early = timeout_ns != 0 && sim_fault_early(sim);
        uint64_t deadline =
                timeout_ns > UINT64_MAX - sim->now_ns ? UINT64_MAX : sim->now_ns + timeout_ns;
        uint64_t horizon, gather_until = UINT64_MAX;
        struct sim_event event;
        bool more;

        sim_assert(sim, completions_max > 0);
        sim->quiet = false;
        sim->completions = completions;
        sim->completion_count = 0;
        sim->now_ns += 100 + sim_roll(sim, SIM_DICE_ORDER, 900);
        horizon = woken || early || deadline < sim->now_ns ? sim->now_ns : deadline;
        while ((more = sim_event_peek(sim, &event)) && sim->completion_count < completions_max) {
                if (event.time > horizon ||
                    (sim->completion_count > 0 && event.time > gather_until))
                        break;
                if (event.time > sim->now_ns)
                        sim->now_ns = event.time;
                event_run(sim, &event);
                /*
                 * Half of the waits return at once; the others find what comes in within some
                 * microseconds.
                 */
                if (sim->completion_count == 1 && gather_until == UINT64_MAX)
                        gather_until =
                                sim->now_ns + (sim_roll(sim, SIM_DICE_ORDER, 2) == 0
                                                       ? 0
                                                       : sim_roll(sim, SIM_DICE_ORDER, 20000));
        }
        if (sim->completion_count == 0) {
                if (horizon != UINT64_MAX)
                        sim->now_ns = horizon;
                else if (!more)
                        sim->quiet = true;
        }
        sim->completions = NULL;
        sim_note(sim, sim->now_ns);
        sim_note(sim, sim->completion_count);
        return sim->completion_count;
}

static void sim_wake(struct platform_io *io)
{
        /* another thread, perhaps in a signal handler: nothing but the flag */
        struct sim *sim = (struct sim *)io;

        __atomic_store_n(&sim->woken, true, __ATOMIC_RELEASE);
}

static bool sim_ready(struct platform_io *io)
{
        struct sim *sim = sim_of(io);
        struct sim_event event;

        return sim_event_peek(sim, &event) && event.time <= sim->now_ns;
}

static void *sim_buffer(struct platform_io *io, uint16_t buffer)
{
        struct sim *sim = sim_of(io);

        sim_assert(sim, buffer < sim->buffer_count && sim->buffer_out[buffer]);
        return sim->buffer_memory + (size_t)buffer * sim->config.buffer_bytes;
}

static void sim_buffer_release(struct platform_io *io, uint16_t buffer)
{
        struct sim *sim = sim_of(io);
        uint8_t *memory = sim_buffer(io, buffer);

        if (sim->poison)
                memset(memory, SIM_POISON, sim->config.buffer_bytes);
        sim->buffer_out[buffer] = false;
        sim->buffers_free[sim->buffers_free_count++] = buffer;
}

static int call_note(struct sim *sim, int result)
{
        sim_note(sim, (uint64_t)(uint32_t)result);
        return result;
}

static int call_socket_new(struct platform_io *io, int family, int type)
{
        struct sim *sim = sim_of(io);
        int r = sim_fault_call(sim, true);

        return call_note(sim, r < 0 ? r : sim_socket_new(sim, family, type));
}

static int call_socket_listen(struct platform_io *io, int type, const struct sockaddr *address,
                              socklen_t length, int backlog)
{
        struct sim *sim = sim_of(io);
        int r = sim_fault_call(sim, true);

        return call_note(sim, r < 0 ? r : sim_socket_listen(sim, type, address, length, backlog));
}

static int call_socket_pair(struct platform_io *io, int type, int ret_fds[2])
{
        struct sim *sim = sim_of(io);
        int r = sim_fault_call(sim, true);

        return call_note(sim, r < 0 ? r : sim_socket_pair(sim, type, ret_fds));
}

static int call_socket_name(struct platform_io *io, int fd, bool peer, struct sockaddr_storage *ret,
                            socklen_t *ret_length)
{
        struct sim *sim = sim_of(io);
        int r = sim_fault_call(sim, false);

        return call_note(sim, r < 0 ? r : sim_socket_name(sim, fd, peer, ret, ret_length));
}

static int call_socket_option_set(struct platform_io *io, int fd, int level, int option,
                                  const void *value, socklen_t length)
{
        struct sim *sim = sim_of(io);
        int r = sim_fault_call(sim, false);

        return call_note(sim,
                         r < 0 ? r
                               : sim_socket_option_set(sim, fd, level, option, value, length));
}

static int call_socket_option_get(struct platform_io *io, int fd, int level, int option,
                                  void *value, socklen_t *length)
{
        struct sim *sim = sim_of(io);
        int r = sim_fault_call(sim, false);

        return call_note(sim,
                         r < 0 ? r
                               : sim_socket_option_get(sim, fd, level, option, value, length));
}

static int call_socket_bind(struct platform_io *io, int fd, const struct sockaddr *address,
                            socklen_t length)
{
        struct sim *sim = sim_of(io);
        int r = sim_fault_call(sim, false);

        return call_note(sim, r < 0 ? r : sim_socket_bind(sim, fd, address, length));
}

static int call_socket_peer(struct platform_io *io, int fd, const struct sockaddr *address,
                            socklen_t length)
{
        struct sim *sim = sim_of(io);
        int r = sim_fault_call(sim, false);

        return call_note(sim, r < 0 ? r : sim_socket_peer(sim, fd, address, length));
}

static int call_interface(struct platform_io *io, const char *name)
{
        return call_note(sim_of(io), strcmp(name, "lo") == 0 ? 1 : -ENODEV);
}

static int call_pipe_new(struct platform_io *io, int ret_fds[2])
{
        struct sim *sim = sim_of(io);
        int r = sim_fault_call(sim, true);

        return call_note(sim, r < 0 ? r : sim_pipe_new(sim, ret_fds));
}

static int call_watch_new(struct platform_io *io)
{
        struct sim *sim = sim_of(io);
        int r = sim_fault_call(sim, true);

        return call_note(sim, r < 0 ? r : sim_watch_new(sim));
}

static int call_watch_pending(struct platform_io *io, int fd)
{
        return call_note(sim_of(io), sim_watch_pending(sim_of(io), fd));
}

static int64_t call_watch_limit(struct platform_io *io, enum platform_watch_limit limit,
                                const char **ret_name)
{
        const struct sim *sim = sim_of(io);

        switch (limit) {
        case PLATFORM_WATCH_INSTANCES:
                *ret_name = "fs.inotify.max_user_instances";
                return sim->limits.watchers;
        case PLATFORM_WATCH_PLACES:
                *ret_name = "fs.inotify.max_user_watches";
                return sim->limits.watches;
        default:
                *ret_name = "fs.inotify.max_queued_events";
                return sim->limits.watch_events;
        }
}

static void call_close_now(struct platform_io *io, int fd)
{
        struct sim *sim = sim_of(io);

        call_note(sim, sim_descriptor_close(sim, fd));
}

static void call_unlink_now(struct platform_io *io, int directory, const char *name)
{
        struct sim *sim = sim_of(io);
        struct sim_description *description = sim_descriptor_get(sim, directory);

        if (description != NULL && description->kind == SIM_NODE)
                call_note(sim, sim_unlink_now(sim, description->node, name));
}

static uint64_t call_random(struct platform_io *io)
{
        return platform_sim_random(io, UINT64_MAX);
}

static uint64_t sim_now(struct platform_io *io)
{
        return sim_of(io)->now_ns;
}

static void sim_describe(const struct platform_io *io, char *text, size_t bytes)
{
        const struct sim *sim = (const struct sim *)io;

        snprintf(text, bytes, "sim: seed %#llx, %u faults of 1000, virtual time",
                 (unsigned long long)sim->config.seed, sim->config.fault_per_mille);
}

static void sim_free(struct platform_io *io)
{
        struct sim *sim = sim_of(io);

        sim_assert(sim, io->pending == 0);
        for (uint32_t fd = 0; fd < sim->descriptor_capacity; ++fd)
                if (sim->descriptors[fd] != NULL)
                        sim_descriptor_close(sim, (int)fd);
        sim_parcels_free(sim);
        sim_assert(sim, sim->parcels == NULL);
        sim_assert(sim, sim->listeners == NULL && sim->descriptor_count == 0);
        sim_tree_free(sim);
        sim_assert(sim, sim->statistics.disk_bytes == 0);
        sim_bytes_free(&sim->input);
        sim_bytes_free(&sim->output[0]);
        sim_bytes_free(&sim->output[1]);
        free(sim->descriptors);
        free(sim->ports);
        free(sim->events);
        free(sim->slots);
        free(sim->slots_free);
        free(sim->buffer_memory);
        free(sim->buffers_free);
        free(sim->buffer_out);
        free(sim);
}

const struct platform_io_ops sim_ops = {
        .name = "sim",
        .simulates = true,
        .free = sim_free,
        .submit = sim_submit,
        .cancel = sim_cancel,
        .wait = sim_wait,
        .wake = sim_wake,
        .ready = sim_ready,
        .buffer = sim_buffer,
        .buffer_release = sim_buffer_release,
        .socket_new = call_socket_new,
        .socket_listen = call_socket_listen,
        .socket_pair = call_socket_pair,
        .socket_name = call_socket_name,
        .socket_option_set = call_socket_option_set,
        .socket_option_get = call_socket_option_get,
        .socket_bind = call_socket_bind,
        .socket_peer = call_socket_peer,
        .interface = call_interface,
        .pipe_new = call_pipe_new,
        .watch_new = call_watch_new,
        .watch_pending = call_watch_pending,
        .watch_limit = call_watch_limit,
        .close_now = call_close_now,
        .unlink_now = call_unlink_now,
        .random = call_random,
        .now = sim_now,
        .describe = sim_describe,
};

static void standard_streams_new(struct sim *sim)
{
        sim->input.limit = SIZE_MAX;
        sim_descriptor_add(sim, sim_description_new(sim, SIM_INPUT));
        for (int i = 0; i < 2; ++i) {
                struct sim_description *description = sim_description_new(sim, SIM_OUTPUT);

                description->number = 1 + i;
                sim->output[i].limit = SIZE_MAX;
                sim_descriptor_add(sim, description);
        }
}

int platform_sim_new(const struct platform_io_config *config, struct platform_io **ret_io)
{
        struct sim *sim = calloc(1, sizeof(*sim));
        uint32_t buffers = 1;

        if (sim == NULL)
                return -ENOMEM;
        sim->io.ops = &sim_ops;
        sim->config = *config;
        if (sim->config.buffers == 0)
                sim->config.buffers = 1024;
        if (sim->config.buffer_bytes == 0)
                sim->config.buffer_bytes = 4096;
        while (buffers < sim->config.buffers && buffers < BUFFERS_MAX)
                buffers *= 2;
        sim->buffer_count = buffers;
        sim->buffer_memory = malloc((size_t)buffers * sim->config.buffer_bytes);
        sim->buffers_free = calloc(buffers, sizeof(*sim->buffers_free));
        sim->buffer_out = calloc(buffers, sizeof(*sim->buffer_out));
        if (sim->buffer_memory == NULL || sim->buffers_free == NULL || sim->buffer_out == NULL) {
                free(sim->buffer_memory);
                free(sim->buffers_free);
                free(sim->buffer_out);
                free(sim);
                return -ENOMEM;
        }
        while (sim->buffers_free_count < buffers) {
                sim->buffers_free[sim->buffers_free_count] = (uint16_t)sim->buffers_free_count;
                sim->buffers_free_count += 1;
        }
        sim_dice_seed(sim, config->seed);
        sim->watch = true;
        sim->fault_mask = (1u << PLATFORM_SIM_FAULTS) - 1;
        sim->limits = (struct platform_sim_limits){
                .disk_bytes = UINT64_C(1) << 30,
                .descriptors = 1u << 20,
                .pipe_bytes = 65536,
                .socket_bytes = 65536,
                .watchers = 128,
                .watches = 65536,
                .watch_events = 16384,
        };
        sim->ports = sim_allocate(sim, 65536 * sizeof(*sim->ports));
        sim->name_key = sim_roll(sim, SIM_DICE_NAMES, UINT64_MAX);
        sim->autobind = (uint32_t)sim_roll(sim, SIM_DICE_NAMES, 0x100000);
        sim->root = sim_node_new(sim, S_IFDIR | 0755);
        sim->root->parent = sim->root;
        standard_streams_new(sim);
        *ret_io = &sim->io;
        return 0;
}
