/* SPDX-License-Identifier: MIT */
/*
 * The tracer. Every thread of the child stops where it enters and leaves a system call:
 *
 *      entry:  the n-th? -> the call becomes one that does not exist; leave: the error is its
 * result (close(2) and munmap(2) happen all the same, and then say the error: what they say is told
 * when it is done) entry of io_uring_enter: the n-th request among those that are submitted?
 *                        -> it becomes a NOP; leave: its completion has the error
 *
 * The ring is found by looking at how it is made: io_uring_setup() tells the offsets, mmap() the
 * addresses. A NOP completes while it is submitted, so its completion is there when the call
 * returns; that of a close, which is let happen, may come with a later one.
 *
 * Errors are those that the call really can meet for reasons that are none of the program's: no
 * memory, no descriptors, a signal, a disk or a peer that is gone, a filter that forbids it. EAGAIN
 * of a socket is not among them: that says what state it is in, and would be a lie.
 */
#include "trace.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* No system call has these numbers. */
#define MARK_BEGIN      100001
#define MARK_END        100002
#define THREADS_MAX     64
#define DESCRIPTORS_MAX 64
#define ERRORS_MAX      4

struct can_fail {
        int number;
        const char *name;
        int errors[ERRORS_MAX];
        bool happens; /* all the same */
};

#define CALL(call, ...)                                                                            \
        {                                                                                          \
                .number = SYS_##call, .name = #call, .errors = { __VA_ARGS__ }                     \
        }
#define CALL_THAT_HAPPENS(call, ...)                                                               \
        {                                                                                          \
                .number = SYS_##call, .name = #call, .errors = {__VA_ARGS__}, .happens = true      \
        }

static const struct can_fail calls_that_fail[] = {
        CALL(accept4, EMFILE, ECONNABORTED, EINTR, ENOMEM),
        CALL(bind, EADDRINUSE, EACCES),
        CALL(brk),
        CALL(clone, EAGAIN, ENOMEM, EPERM),
        CALL(clone3, ENOSYS, EAGAIN, ENOMEM, EPERM),
        CALL_THAT_HAPPENS(close, EIO, EINTR),
        CALL(connect, ECONNREFUSED, ENOMEM, EPERM), /* one that was interrupted goes on */
        CALL(epoll_create1, EMFILE, ENOMEM, EPERM),
        CALL(epoll_ctl, ENOMEM, ENOSPC),
        CALL(epoll_pwait, EINTR),
        CALL(epoll_pwait2, EINTR, ENOSYS, EPERM),
        CALL(epoll_wait, EINTR),
        CALL(eventfd2, EMFILE, ENOMEM, EPERM),
        CALL(exit),
        CALL(exit_group),
        CALL(fcntl, EPERM),
        CALL(fsync, EIO, ENOSPC, EINTR),
        CALL(futex, EINTR),
        CALL(getdents64, EIO, ENOMEM),
        CALL(getpid),
        CALL(getrandom, EINTR, ENOSYS, EPERM),
        CALL(getsockname, ENOMEM),
        CALL(getsockopt, ENOMEM),
        CALL(gettid),
        CALL(io_uring_enter, EINTR, EAGAIN, EBUSY, ENOMEM),
        CALL(io_uring_register, ENOMEM, EPERM, EINVAL, EBUSY),
        CALL(io_uring_setup, ENOMEM, EMFILE, ENOSYS, EPERM),
        CALL(kill),
        CALL(listen, EADDRINUSE),
        CALL(lseek),
        CALL(madvise, ENOMEM, EINVAL),
        CALL(mmap, ENOMEM),
        CALL(mprotect, ENOMEM),
        CALL_THAT_HAPPENS(munmap, ENOMEM),
        CALL(newfstatat, EIO, ENOMEM),
        CALL(openat, EMFILE, ENOMEM, EINTR, EPERM),
        CALL(pipe2, EMFILE, ENOMEM),
        CALL(poll, EINTR, ENOMEM),
        CALL(pread64, EIO, EINTR),
        CALL(preadv2, EIO, EINTR, EOPNOTSUPP),
        CALL(prctl, EPERM),
        CALL(pwrite64, EIO, ENOSPC, EINTR),
        CALL(read, EIO, EINTR),
        CALL(readv, EIO, EINTR),
        CALL(recvfrom, ECONNRESET, EINTR, ENOMEM),
        CALL(recvmsg, ECONNRESET, EINTR, ENOMEM),
        CALL(rseq), /* glibc ends the program where it fails in a new thread */
        CALL(rt_sigaction),
        CALL(rt_sigprocmask),
        CALL(rt_sigreturn),
        CALL(sched_yield),
        CALL(sendfile, EIO, EINTR, ENOMEM),
        CALL(sendmsg, EPIPE, EINTR, ENOMEM),
        CALL(sendto, EPIPE, EINTR, ENOMEM),
        CALL(set_robust_list),
        CALL(setsockopt, ENOMEM, ENOPROTOOPT),
        CALL(shutdown, ENOTCONN),
        CALL(signalfd4, EMFILE, ENOMEM, EPERM),
        CALL(sigaltstack, ENOMEM, EPERM),
        CALL(socket, EMFILE, ENOMEM, EPERM),
        CALL(splice, EIO, EINTR, ENOMEM),
        CALL(statx, EIO, ENOMEM, ENOSYS, EPERM),
        CALL(tgkill),
        CALL(timerfd_create, EMFILE, ENOMEM),
        CALL(timerfd_settime),
        CALL(waitid, EINTR),
        CALL(write, EIO, ENOSPC, EINTR),
        CALL(writev, EIO, ENOSPC, EINTR),
};
static const struct can_fail unknown_call = {-1, "another call", {EPERM, ENOSYS}, false};
/* Reads and writes of eventfds, and of signalfds, can only be interrupted. */
static const struct can_fail counter_call = {-1, "read or write of an eventfd", {EINTR}, false};

#define REQUEST(code, ...)                                                                         \
        {                                                                                          \
                .number = IORING_OP_##code, .name = #code, .errors = { __VA_ARGS__ }               \
        }
#define REQUEST_THAT_HAPPENS(code, ...)                                                            \
        {                                                                                          \
                .number = IORING_OP_##code, .name = #code, .errors = {__VA_ARGS__},                \
                .happens = true                                                                    \
        }

/* ECANCELED: what the kernel says where it has no thread for a request. */
static const struct can_fail requests_that_fail[] = {
        REQUEST(ACCEPT, EMFILE, ECONNABORTED, EINTR, ENOMEM),
        REQUEST(ASYNC_CANCEL),
        REQUEST_THAT_HAPPENS(CLOSE, EIO, EINTR),
        REQUEST(CONNECT, ECONNREFUSED, EINTR, ENOMEM, ECANCELED),
        REQUEST(FSYNC, EIO, ENOSPC, EINTR, ECANCELED),
        REQUEST(NOP),
        REQUEST(OPENAT, EMFILE, ENOMEM, EINTR, ECANCELED),
        REQUEST(POLL_ADD, ENOMEM, ECANCELED, EINTR),
        REQUEST(READ, EIO, EINTR, EAGAIN, ECANCELED),
        REQUEST(READV, EIO, EINTR, EAGAIN, ECANCELED),
        REQUEST(RECV, ECONNRESET, EINTR, ENOMEM, ENOBUFS),
        REQUEST(SEND, EPIPE, EINTR, ENOMEM, ECANCELED),
        REQUEST(SENDMSG, EPIPE, EINTR, ENOMEM, ECANCELED),
        REQUEST(STATX, EIO, ENOMEM, EINTR, ECANCELED),
        REQUEST(WRITE, EIO, ENOSPC, EINTR, EAGAIN),
        REQUEST(WRITEV, EIO, ENOSPC, EINTR, EAGAIN),
};
static const struct can_fail unknown_request = {-1, "another request", {ENOMEM, EINVAL}, false};

struct thread {
        pid_t id;
        bool inside;  /* of a system call */
        bool started; /* its first stop has been seen */
        struct __ptrace_syscall_info entry;
        int error;        /* what the call is to say when it is left */
        uint32_t cq_tail; /* when io_uring_enter was entered */
};

struct trace {
        pid_t child;
        const struct trace_fault *fault;
        struct trace_result *result;
        struct thread threads[THREADS_MAX];
        bool counts;
        bool counters[DESCRIPTORS_MAX]; /* which descriptors are eventfds and signalfds */
        /* the ring */
        int ring_fd;
        struct io_uring_params params;
        uint64_t ring, requests;
        uint64_t answer; /* user_data of the request whose completion is to say the error */
        bool answer_due;
        int refusals;
};

/* ---- The child's side */

bool trace_me(void)
{
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
                return false;
        raise(SIGSTOP);
        return true;
}

void trace_begin(void)
{
        syscall(MARK_BEGIN);
}

void trace_end(void)
{
        syscall(MARK_END);
}

/* ---- The child's memory */

static void fail(const char *what)
{
        perror(what);
        abort();
}

/* A child may be killed at any time, by us above all: then it is gone, and the next wait tells. */
static bool is_gone(const char *what)
{
        if (errno != ESRCH)
                fail(what);
        return true;
}

/* False where the child is gone; as below. */
static bool memory_read(const struct trace *trace, uint64_t address, void *to, size_t bytes)
{
        struct iovec here = {to, bytes}, there = {(void *)(uintptr_t)address, bytes};

        errno = 0; /* a part is no error, and yet wrong */
        return process_vm_readv(trace->child, &here, 1, &there, 1, 0) == (ssize_t)bytes ||
               !is_gone("process_vm_readv");
}

static bool memory_write(const struct trace *trace, uint64_t address, const void *from,
                         size_t bytes)
{
        struct iovec here = {(void *)(uintptr_t)from, bytes};
        struct iovec there = {(void *)(uintptr_t)address, bytes};

        errno = 0;
        return process_vm_writev(trace->child, &here, 1, &there, 1, 0) == (ssize_t)bytes ||
               !is_gone("process_vm_writev");
}

static bool memory_word(const struct trace *trace, uint64_t address, uint32_t *ret_word)
{
        return memory_read(trace, address, ret_word, sizeof *ret_word);
}

static void register_set(const struct thread *thread, size_t offset, long value)
{
        if (ptrace(PTRACE_POKEUSER, thread->id, (void *)(uintptr_t)offset, (void *)value) < 0)
                is_gone("PTRACE_POKEUSER");
}
#define REGISTER(name) (offsetof(struct user_regs_struct, name))

/* ---- Which one fails, and how */

static const struct can_fail *find(const struct can_fail *table, size_t count,
                                   const struct can_fail *other, int number)
{
        for (size_t i = 0; i < count; i++)
                if (table[i].number == number)
                        return &table[i];
        return other;
}
#define FIND(table, other, number) find(table, sizeof(table) / sizeof((table)[0]), other, number)

/*
 * Counts one. True where it is the one that fails; where that is asked for and it has no such
 * error, the child is ended.
 */
static bool is_the_one(struct trace *trace, const struct can_fail *what, long number, bool exempt)
{
        const struct trace_fault *fault = trace->fault;

        if (++trace->result->calls != fault->at)
                return false;
        trace->result->name = what->name;
        trace->result->number = number;
        if (exempt || fault->variant >= ERRORS_MAX || what->errors[fault->variant] == 0) {
                trace->result->has_no_error = true;
                kill(trace->child, SIGKILL);
                return false;
        }
        trace->result->error = what->errors[fault->variant];
        trace->result->injected = true;
        return true;
}

static void call_entered(struct trace *trace, struct thread *thread)
{
        uint64_t number = thread->entry.entry.nr;
        const uint64_t *args = (const uint64_t *)thread->entry.entry.args;
        const struct can_fail *what = FIND(calls_that_fail, &unknown_call, (int)number);
        /* The report must be readable; who wakes another does so. */
        int operation = (int)args[1] & FUTEX_CMD_MASK;
        bool exempt =
                ((number == SYS_write || number == SYS_writev) && args[0] == 2) ||
                (number == SYS_futex && operation != FUTEX_WAIT && operation != FUTEX_WAIT_BITSET);

        if ((number == SYS_write || number == SYS_read) && args[0] < DESCRIPTORS_MAX &&
            trace->counters[args[0]])
                what = &counter_call;
        if (!is_the_one(trace, what, (long)number, exempt))
                return;
        thread->error = trace->result->error;
        if (!what->happens)
                register_set(thread, REGISTER(orig_rax), -1);
}

/* The same for one that is refused, one after the other. */
static bool is_refused(struct trace *trace, int code)
{
        if (code != trace->fault->refused || trace->answer_due ||
            trace->refusals == TRACE_REFUSALS)
                return false;
        trace->refusals++;
        trace->result->name = "a request";
        trace->result->number = code;
        trace->result->error = ECANCELED;
        trace->result->injected = true;
        return true;
}

static void requests_entered(struct trace *trace, struct thread *thread)
{
        const struct io_sqring_offsets *offsets = &trace->params.sq_off;
        uint32_t head, tail, count = (uint32_t)thread->entry.entry.args[1];

        if (trace->requests == 0)
                return;
        if (!memory_word(trace, trace->ring + offsets->head, &head) ||
            !memory_word(trace, trace->ring + offsets->tail, &tail) ||
            !memory_word(trace, trace->ring + trace->params.cq_off.tail, &thread->cq_tail))
                return;
        for (; head != tail && count > 0; head++, count--) {
                uint64_t at = trace->requests +
                              (head & (trace->params.sq_entries - 1)) * sizeof(struct io_uring_sqe);
                const struct can_fail *what;
                struct io_uring_sqe request;

                if (!memory_read(trace, at, &request, sizeof request))
                        return;
                what = FIND(requests_that_fail, &unknown_request, request.opcode);
                if (trace->fault->refused != 0 ? !is_refused(trace, request.opcode)
                                               : !is_the_one(trace, what, request.opcode, false))
                        continue;
                trace->answer = request.user_data;
                trace->answer_due = true;
                if (!what->happens || trace->fault->refused != 0) {
                        request = (struct io_uring_sqe){.opcode = IORING_OP_NOP,
                                                        .user_data = request.user_data};
                        memory_write(trace, at, &request, sizeof request);
                }
        }
}

/* The last completion with its name is the one: earlier ones were those of a request before. */
static void requests_left(struct trace *trace, struct thread *thread)
{
        const struct io_cqring_offsets *offsets = &trace->params.cq_off;
        uint32_t tail, at;

        if (!trace->answer_due)
                return;
        if (!memory_word(trace, trace->ring + offsets->tail, &tail))
                return;
        for (at = tail; at != thread->cq_tail; at--) {
                uint64_t address =
                        trace->ring + offsets->cqes +
                        ((at - 1) & (trace->params.cq_entries - 1)) * sizeof(struct io_uring_cqe);
                struct io_uring_cqe answer;

                if (!memory_read(trace, address, &answer, sizeof answer))
                        return;
                if (answer.user_data != trace->answer)
                        continue;
                answer.res = -trace->result->error;
                answer.flags = 0;
                memory_write(trace, address, &answer, sizeof answer);
                trace->answer_due = false;
                return;
        }
}

/* ---- Stops */

/* What descriptors are, and where the ring is. */
static void learn(struct trace *trace, const struct thread *thread, int64_t result)
{
        const uint64_t *args = (const uint64_t *)thread->entry.entry.args;
        uint64_t number = thread->entry.entry.nr;

        if ((number == SYS_eventfd2 || number == SYS_signalfd4) && result >= 0 &&
            result < DESCRIPTORS_MAX)
                trace->counters[result] = true;
        else if (number == SYS_close && args[0] < DESCRIPTORS_MAX)
                trace->counters[args[0]] = false;
        else if (number == SYS_io_uring_setup && result >= 0) {
                trace->ring_fd = (int)result;
                trace->ring = trace->requests = 0;
                memory_read(trace, args[1], &trace->params, sizeof trace->params);
        } else if (number == SYS_mmap && trace->ring_fd >= 0 && (int)args[4] == trace->ring_fd &&
                   result > 0) {
                if (args[5] == IORING_OFF_SQ_RING)
                        trace->ring = (uint64_t)result;
                else if (args[5] == IORING_OFF_SQES)
                        trace->requests = (uint64_t)result;
        }
}

static void entered(struct trace *trace, struct thread *thread)
{
        uint64_t number = thread->entry.entry.nr;

        thread->error = 0;
        if (number == MARK_BEGIN || number == MARK_END) {
                trace->counts = number == MARK_BEGIN;
        } else if (trace->counts) {
                if (!trace->fault->request)
                        call_entered(trace, thread);
                else if (number == SYS_io_uring_enter)
                        requests_entered(trace, thread);
        }
}

static void left(struct trace *trace, struct thread *thread, int64_t result)
{
        if (thread->error != 0)
                register_set(thread, REGISTER(rax), -thread->error);
        else
                learn(trace, thread, result);
        if (thread->entry.entry.nr == SYS_io_uring_enter && trace->fault->request)
                requests_left(trace, thread);
}

static struct thread *thread_find(struct trace *trace, pid_t id)
{
        for (int i = 0; i < THREADS_MAX; i++) {
                struct thread *thread = &trace->threads[i];

                if (thread->id == 0)
                        *thread = (struct thread){.id = id};
                if (thread->id == id)
                        return thread;
        }
        fprintf(stderr, "more than %d threads\n", THREADS_MAX);
        abort();
}

/* What the thread stopped for. Answers the signal that it is to get when it goes on. */
static int stopped(struct trace *trace, struct thread *thread, int status)
{
        int signal = WSTOPSIG(status);
        struct __ptrace_syscall_info info;

        if (signal == (SIGTRAP | 0x80)) {
                if (ptrace(PTRACE_GET_SYSCALL_INFO, thread->id, (void *)sizeof info, &info) < 0)
                        return 0; /* it was killed */
                if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
                        thread->entry = info;
                        thread->inside = true;
                        entered(trace, thread);
                } else if (info.op == PTRACE_SYSCALL_INFO_EXIT && thread->inside) {
                        thread->inside = false;
                        left(trace, thread, info.exit.rval);
                }
                return 0;
        }
        if (status >> 16 != 0) /* an event: a thread was made */
                return 0;
        if (signal == SIGSTOP && !thread->started) {
                thread->started = true;
                return 0;
        }
        return signal;
}

void trace_run(pid_t child, const struct trace_fault *fault, struct trace_result *ret_result)
{
        struct trace trace = {.child = child, .fault = fault, .result = ret_result, .ring_fd = -1};
        int status;

        *ret_result = (struct trace_result){0};
        if (waitpid(child, &status, __WALL) != child || !WIFSTOPPED(status))
                fail("waitpid");
        thread_find(&trace, child)->started = true;
        if (ptrace(PTRACE_SETOPTIONS, child, NULL,
                   (void *)(uintptr_t)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE |
                                       PTRACE_O_EXITKILL)) < 0)
                fail("PTRACE_SETOPTIONS");
        ptrace(PTRACE_SYSCALL, child, NULL, NULL);
        for (;;) {
                pid_t id = waitpid(-1, &status, __WALL);

                if (id < 0)
                        fail("waitpid");
                if (!WIFSTOPPED(status)) {
                        if (id == child)
                                break;
                        continue;
                }
                ptrace(PTRACE_SYSCALL, id, NULL,
                       (void *)(intptr_t)stopped(&trace, thread_find(&trace, id), status));
        }
        ret_result->status = status;
}
