/* SPDX-License-Identifier: MIT */
/*
 * Waiting for signals: one signalfd per engine, shared by its SIGNAL operations.
 *
 *      add ---> listed --- read: one of its numbers came ---> OP_ARRIVED, queued
 *                 |  ^                                                   |
 *                 |  '------------------- take (MULTI) ------------------+
 *                 +--- take (cancelled) ---> completed <------ take -----'
 *
 * Invariants:
 *   (1) The signalfd reads exactly the numbers that some listed operation waits for, for which
 *       nothing has arrived that it is still to be told. So it is read a signal at a time. One that
 *       comes while nobody waits stays pending in the kernel and is found by the next SIGNAL: none
 *       is lost between two single-shot operations, nor of a set of which another one came first.
 *   (2) A number that was ever waited for stays blocked in the engine's thread. The engine does
 *       not unblock it, because the default action of most signals is to kill.
 *   (3) Arrivals of one number that come together are one arrival, as is the way of signals.
 *
 * A signal aimed at the OS process is taken by any thread that does not block it, so all of them
 * must: threads made by platform_thread_new() do.
 *
 * Where the engine's thread is another one than the caller's it will block the number only in its
 * next round. So that the signal does not have its default action until then, it gets a handler
 * (platform_signal_keep()), which blocks it in the thread that it has come to and sends it again:
 * it is pending then, as (1) has it.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "platform/backend.h"

void signal_watch_init(struct signal_watch *watch)
{
        watch->fd = -1;
        watch->ops = NULL;
        sigemptyset(&watch->set);
}

void signal_watch_deinit(struct signal_watch *watch)
{
        if (watch->fd >= 0)
                close(watch->fd);
        watch->fd = -1;
}

static sigset_t set_of(uint64_t numbers)
{
        sigset_t set;

        sigemptyset(&set);
        for (; numbers != 0; numbers &= numbers - 1)
                sigaddset(&set, __builtin_ctzll(numbers) + 1);
        return set;
}

int signal_watch_open(struct signal_watch *watch)
{
        watch->fd = signalfd(-1, &watch->set, SFD_CLOEXEC | SFD_NONBLOCK);
        return watch->fd < 0 ? -errno : 0;
}

/* Restores (1). */
static int signal_watch_update(struct signal_watch *watch)
{
        uint64_t numbers = 0;
        int fd;

        for (struct platform_op *op = watch->ops; op; op = op->engine_next) {
                if (!(op_state(op)->flags & OP_ARRIVED))
                        numbers |= op->offset;
        }
        watch->set = set_of(numbers);
        fd = signalfd(watch->fd, &watch->set, SFD_CLOEXEC | SFD_NONBLOCK);
        if (fd < 0)
                return -errno;
        watch->fd = fd;
        return 0;
}

int signal_watch_add(struct signal_watch *watch, struct platform_op *op, bool *ret_new)
{
        bool fresh = watch->fd < 0;
        sigset_t set = set_of(op->offset);
        int error;

        pthread_sigmask(SIG_BLOCK, &set, NULL);
        op_list_push(&watch->ops, op);
        error = signal_watch_update(watch);
        if (error) {
                op_list_remove(&watch->ops, op);
                return error;
        }
        op_state(op)->flags |= OP_LISTED;
        *ret_new = fresh;
        return 0;
}

static void on_kept(int number, siginfo_t *info, void *context)
{
        int error = errno;

        sigaddset(&((ucontext_t *)context)->uc_sigmask, number);
        /* with who sent it, which the kernel lets the first thread do */
        if (syscall(SYS_rt_sigqueueinfo, getpid(), number, info) < 0)
                kill(getpid(), number);
        errno = error;
}

/* The signals, a bit each from 1 on, that were ignored until they were kept. */
static uint64_t ignored_before;

/* Also called in a child that shares our memory, where no sanitizer may look. */
__attribute__((no_sanitize("address"))) __attribute__((no_sanitize("thread")))
__attribute__((no_sanitize("undefined"))) bool
platform_signal_was_ignored(int number)
{
        return number <= 64 &&
               (__atomic_load_n(&ignored_before, __ATOMIC_RELAXED) & 1ull << (number - 1)) != 0;
}

void platform_signal_keep(int number)
{
        struct sigaction action, kept = {.sa_sigaction = on_kept,
                                         .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};

        if (sigaction(number, NULL, &action) < 0 || (action.sa_flags & SA_SIGINFO) != 0)
                return;
        /* one that is to be ignored has an effect of its own on children */
        if (action.sa_handler == SIG_IGN && number != SIGCHLD)
                __atomic_fetch_or(&ignored_before, 1ull << (number - 1), __ATOMIC_RELAXED);
        else if (action.sa_handler != SIG_DFL)
                return;
        sigaction(number, &kept, NULL);
}

void signal_watch_remove(struct signal_watch *watch, struct platform_op *op)
{
        op_list_remove(&watch->ops, op);
        op_flags_clear(op, OP_LISTED);
        (void)signal_watch_update(watch); /* cannot fail: the descriptor exists */
}

int32_t signal_watch_take(struct signal_watch *watch, struct platform_op *op, bool *ret_more)
{
        struct platform_op_state *state = op_state(op);
        bool arrived = state->flags & OP_ARRIVED;

        state->flags &= ~(uint32_t)OP_ARRIVED;
        *ret_more = arrived && op->op_flags & PLATFORM_OP_MULTI;
        if (*ret_more)
                (void)signal_watch_update(watch);
        else
                signal_watch_remove(watch, op);
        return arrived ? (int32_t)state->progress : -ECANCELED;
}

static void signal_arrived(struct signal_watch *watch, struct op_queue *queue, uint32_t number)
{
        for (struct platform_op *op = watch->ops; op; op = op->engine_next) {
                struct platform_op_state *state = op_state(op);

                if (state->flags & OP_ARRIVED || !(op->offset & platform_signal_bit((int)number)))
                        continue;
                state->flags |= OP_ARRIVED;
                state->progress = number;
                if (!(state->flags & OP_QUEUED)) {
                        state->flags |= OP_QUEUED;
                        op_queue_push(queue, op);
                }
        }
        (void)signal_watch_update(watch);
}

void signal_watch_read(struct signal_watch *watch, struct op_queue *queue)
{
        struct signalfd_siginfo info;

        while (!sigisemptyset(&watch->set) && read(watch->fd, &info, sizeof(info)) > 0)
                signal_arrived(watch, queue, info.ssi_signo);
}
