/* SPDX-License-Identifier: MIT */
/*
 * Making, signalling and reaping child processes. How it hangs together stands in child.h.
 *
 *      child_spawn                    the child (begin(), on a stack of its own)
 *        block all signals
 *        clone ----------------------> session or group
 *        (sleeps in the kernel)        descriptors, terminal, directory, limits
 *             .                        signals: dispositions, then the mask
 *             .                        exec ----> the program
 *        <---- exec, or _exit ---------- or: writes what failed into our memory, and exits
 *        unblock
 *
 * Invariants.
 *  (1) The child shares our memory until it runs its program, and our thread sleeps meanwhile. It
 *      makes system calls and nothing else: no function of the C library that has state, and none
 *      that a sanitizer looks into.
 *  (2) Signals are blocked from before the clone until the child has no handler of ours any more.
 *  (3) `pid` names our child until child_reap() has reaped it, because a number is given away again
 *      after that only.
 */
#include "platform/child.h"

#include "platform/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4u
#endif

#define STACK_BYTES ((size_t)64 * 1024)
#define WAITER_STACK_BYTES ((size_t)64 * 1024)
#define DESCRIPTORS_LOOKED_AT 65536 /* where close_range(2) does not mark them, at most */
#define SIGNALS 64
#define EXIT_FAILED 127
#define PATH_DEFAULT "/bin:/usr/bin"

/* The C library's clone(), under a name that no sanitizer defines: it takes them for forks. */
int __clone(int (*function)(void *), void *stack, int flags, void *argument, ...);

#define IN_CHILD \
        __attribute__((no_sanitize("address"))) __attribute__((no_sanitize("thread"))) \
        __attribute__((no_sanitize("undefined"))) __attribute__((noinline, no_stack_protector))

/* ---- In the child */

struct birth {
        struct platform_child *child;
        const char *path; /* PATH, where the program is to be looked for */
        pid_t parent;
        int error; /* 0, or an errno: written by the child */
        char candidate[PATH_MAX];
};

/* As the kernel has it. */
struct kernel_action {
        uintptr_t handler;
        unsigned long flags;
        void *restorer;
        uint64_t mask;
};

IN_CHILD static bool failed(struct birth *birth, enum platform_child_step step, int at)
{
        birth->error = errno;
        birth->child->failed = step;
        birth->child->failed_at = at;
        return false;
}

IN_CHILD static void close_on_exec(int from)
{
        struct rlimit limit;
        int fd, end = DESCRIPTORS_LOOKED_AT;

        if (syscall(SYS_close_range, from, UINT_MAX, CLOSE_RANGE_CLOEXEC) == 0)
                return;
        if (syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) == 0 &&
            limit.rlim_cur < (rlim_t)end)
                end = (int)limit.rlim_cur;
        for (fd = from; fd < end; fd++)
                syscall(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
}

/*
 * Every descriptor that is wanted is first brought out of the way of all numbers that are wanted,
 * because one may stand where another goes.
 */
IN_CHILD static bool descriptors_set(struct birth *birth)
{
        const struct platform_child *child = birth->child;
        int above = 3, moved[PLATFORM_CHILD_DESCRIPTORS_MAX];
        unsigned i;

        for (i = 0; i < child->descriptors_count; i++)
                if (child->descriptors[i].to >= above)
                        above = child->descriptors[i].to + 1;
        close_on_exec(3);
        for (i = 0; i < child->descriptors_count; i++) {
                const struct platform_child_descriptor *one = &child->descriptors[i];
                long fd = one->from;

                if (fd == PLATFORM_CHILD_NULL) {
                        fd = syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC, 0);
                        if (fd < 0)
                                return failed(birth, PLATFORM_CHILD_DESCRIPTOR, one->to);
                }
                moved[i] = (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, above);
                if (moved[i] < 0)
                        return failed(birth, PLATFORM_CHILD_DESCRIPTOR, one->to);
                if (one->from == PLATFORM_CHILD_NULL)
                        syscall(SYS_close, fd);
        }
        for (i = 0; i < child->descriptors_count; i++)
                if (syscall(SYS_dup3, moved[i], child->descriptors[i].to, 0) < 0)
                        return failed(birth, PLATFORM_CHILD_DESCRIPTOR, child->descriptors[i].to);
        return true;
}

IN_CHILD static bool directory_set(struct birth *birth)
{
        const struct platform_child *child = birth->child;
        long fd = child->directory_fd;

        if (child->directory == NULL && fd == AT_FDCWD)
                return true;
        if (child->directory != NULL && (fd == AT_FDCWD || child->directory[0] == '/')) {
                if (syscall(SYS_chdir, child->directory) < 0)
                        return failed(birth, PLATFORM_CHILD_DIRECTORY, 0);
                return true;
        }
        if (child->directory != NULL)
                fd = syscall(SYS_openat, fd, child->directory, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
        if (fd < 0 || syscall(SYS_fchdir, fd) < 0)
                return failed(birth, PLATFORM_CHILD_DIRECTORY, 0);
        return true;
}

IN_CHILD static void signals_reset(const struct platform_child *child)
{
        static const uint64_t none = 0;

        for (int number = 1; number <= SIGNALS; number++) {
                struct kernel_action action;
                bool ignored;

                if (syscall(SYS_rt_sigaction, number, NULL, &action, sizeof action.mask) < 0 ||
                    action.handler == (uintptr_t)SIG_DFL)
                        continue;
                ignored = action.handler == (uintptr_t)SIG_IGN ||
                          platform_signal_was_ignored(number);
                action = (struct kernel_action){.handler = (uintptr_t)SIG_DFL};
                if (ignored && (child->flags & PLATFORM_CHILD_KEEP_IGNORED) != 0)
                        action.handler = (uintptr_t)SIG_IGN;
                syscall(SYS_rt_sigaction, number, &action, NULL, sizeof action.mask);
        }
        syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
}

/* Copies a folder and a name behind each other; false where they have no room. */
IN_CHILD static bool candidate_set(struct birth *birth, const char *folder, size_t bytes)
{
        const char *name = birth->child->program;
        char *to = birth->candidate, *end = birth->candidate + sizeof birth->candidate - 1;
        size_t i;

        if (bytes >= sizeof birth->candidate - 2)
                return false;
        for (i = 0; i < bytes; i++)
                *to++ = folder[i];
        if (bytes > 0)
                *to++ = '/';
        for (i = 0; name[i] != '\0'; i++) {
                if (to == end)
                        return false;
                *to++ = name[i];
        }
        *to = '\0';
        return true;
}

/* Returns only where it fails. As execvp(3), but that no shell is tried for ENOEXEC. */
IN_CHILD static void program_run(struct birth *birth)
{
        const struct platform_child *child = birth->child;
        const char *at = birth->path;
        int seen = ENOENT;

        if (at == NULL) {
                syscall(SYS_execve, child->program, child->arguments, child->environment);
                return;
        }
        for (;;) {
                size_t bytes = 0;

                while (at[bytes] != '\0' && at[bytes] != ':')
                        bytes++;
                if (candidate_set(birth, at, bytes)) {
                        syscall(SYS_execve, birth->candidate, child->arguments,
                                child->environment);
                        if (errno == EACCES)
                                seen = EACCES; /* another folder may have one that can be run */
                        else if (errno != ENOENT && errno != ENOTDIR && errno != ESTALE &&
                                 errno != ENODEV && errno != ETIMEDOUT)
                                return;
                } else {
                        seen = ENAMETOOLONG;
                }
                if (at[bytes] == '\0')
                        break;
                at += bytes + 1;
        }
        errno = seen;
}

IN_CHILD static bool prepare(struct birth *birth)
{
        const struct platform_child *child = birth->child;
        unsigned i;

        if ((child->flags & PLATFORM_CHILD_DETACHED) == 0) {
                syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
                if (syscall(SYS_getppid) != birth->parent)
                        syscall(SYS_exit_group, EXIT_FAILED); /* it has just died */
        }
        if (child->flags & PLATFORM_CHILD_SESSION) {
                if (syscall(SYS_setsid) < 0)
                        return failed(birth, PLATFORM_CHILD_SETSID, 0);
        } else if (child->flags & PLATFORM_CHILD_GROUP) {
                if (syscall(SYS_setpgid, 0, 0) < 0)
                        return failed(birth, PLATFORM_CHILD_SETPGID, 0);
        }
        if (!descriptors_set(birth))
                return false;
        if ((child->flags & PLATFORM_CHILD_TERMINAL) && syscall(SYS_ioctl, 0, TIOCSCTTY, 0) < 0)
                return failed(birth, PLATFORM_CHILD_CONTROL, 0);
        if (!directory_set(birth))
                return false;
        for (i = 0; i < child->limits_count; i++)
                if (syscall(SYS_prlimit64, 0, child->limits[i].resource, &child->limits[i].limit,
                            NULL) < 0)
                        return failed(birth, PLATFORM_CHILD_LIMIT, child->limits[i].resource);
        signals_reset(child);
        return true;
}

IN_CHILD static int begin(void *argument)
{
        struct birth *birth = argument;

        if (prepare(birth)) {
                program_run(birth);
                (void)failed(birth, PLATFORM_CHILD_EXEC, 0);
        }
        syscall(SYS_exit_group, EXIT_FAILED);
        return EXIT_FAILED;
}

/* ---- Where there are no pidfds */

/*
 * A thread that waits for one child, without reaping it, and then makes `fd` readable. It goes on
 * by itself where the child is forgotten, so the record belongs to both; who leaves last closes
 * what is still open.
 */
struct platform_child_waiter {
        pid_t pid;
        int fd;
        uint32_t owners;
};

static void waiter_leave(struct platform_child_waiter *waiter)
{
        if (__atomic_sub_fetch(&waiter->owners, 1, __ATOMIC_ACQ_REL) > 0)
                return;
        if (waiter->fd >= 0)
                close(waiter->fd);
        free(waiter);
}

static void *waiter_main(void *argument)
{
        struct platform_child_waiter *waiter = argument;
        static const uint64_t one = 1;
        siginfo_t info;

        while (waitid(P_PID, (id_t)waiter->pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
                ;
        while (write(waiter->fd, &one, sizeof one) < 0 && errno == EINTR)
                ;
        waiter_leave(waiter);
        return NULL;
}

/* All signals are blocked in the caller, and so in the thread. */
static int waiter_start(struct platform_child *child)
{
        struct platform_child_waiter *waiter = malloc(sizeof *waiter);
        pthread_attr_t attributes;
        pthread_t thread;
        int error;

        if (waiter == NULL)
                return -ENOMEM;
        *waiter = (struct platform_child_waiter){.pid = child->pid, .owners = 2};
        waiter->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (waiter->fd < 0) {
                error = -errno;
                free(waiter);
                return error;
        }
        error = -pthread_attr_init(&attributes);
        if (error == 0) {
                pthread_attr_setstacksize(&attributes, WAITER_STACK_BYTES);
                pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
                error = -pthread_create(&thread, &attributes, waiter_main, waiter);
                pthread_attr_destroy(&attributes);
        }
        if (error < 0) {
                close(waiter->fd);
                free(waiter);
                return error;
        }
        child->waiter = waiter;
        child->watch = waiter->fd;
        return 0;
}

/* `said`: the waiter has written, so that it needs the descriptor no more. */
static void watch_end(struct platform_child *child, bool said)
{
        platform_descriptor_gone(child->watch);
        if (child->waiter == NULL || said)
                close(child->watch);
        if (child->waiter != NULL && said)
                child->waiter->fd = -1;
        if (child->waiter != NULL)
                waiter_leave(child->waiter);
        child->waiter = NULL;
        child->watch = -1;
}

/* ---- Making one */

static const char *path_of(const struct platform_child *child)
{
        const char *path;

        if (strchr(child->program, '/') != NULL)
                return NULL;
        path = getenv("PATH");
        return path != NULL && *path != '\0' ? path : PATH_DEFAULT;
}

/* True where the kernel waits by a pidfd: some have only the descriptor, or a filter in its way. */
static bool pidfd_is_useful(int pidfd)
{
        siginfo_t info;

        return pidfd >= 0 &&
               waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static int clone_it(struct birth *birth, char *stack, bool with_pidfd, int *ret_pidfd)
{
        int flags = CLONE_VM | CLONE_VFORK | SIGCHLD | (with_pidfd ? CLONE_PIDFD : 0);
        pid_t pid;

        *ret_pidfd = -1;
        pid = __clone(begin, stack + STACK_BYTES, flags, birth, ret_pidfd, NULL, NULL);
        if (pid < 0 && errno == EINVAL && with_pidfd)
                return clone_it(birth, stack, false, ret_pidfd);
        return pid < 0 ? -errno : pid;
}

static void reap_failed(pid_t pid)
{
        siginfo_t info;

        while (waitid(P_PID, (id_t)pid, &info, WEXITED) < 0 && errno == EINTR)
                ;
}

static int watch_begin(struct platform_child *child, int pidfd)
{
        int error;

        if (pidfd_is_useful(pidfd)) {
                child->watch = pidfd;
                child->is_pidfd = true;
                return 0;
        }
        if (pidfd >= 0)
                close(pidfd);
        error = waiter_start(child);
        if (error < 0) {
                child->failed = PLATFORM_CHILD_WATCH;
                kill(child->pid, SIGKILL);
                reap_failed(child->pid);
        }
        return error;
}

static int birth_of(struct birth *birth, char *stack)
{
        struct platform_child *child = birth->child;
        int pidfd, pid = clone_it(birth, stack, !child->without_pidfd, &pidfd);

        if (pid < 0) {
                child->failed = PLATFORM_CHILD_CLONE;
                return pid;
        }
        if (birth->error != 0) {
                reap_failed(pid);
                if (pidfd >= 0)
                        close(pidfd);
                return -birth->error;
        }
        child->pid = pid;
        return watch_begin(child, pidfd);
}

int child_spawn(struct platform_child *child)
{
        struct birth *birth = malloc(sizeof *birth);
        char *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
        sigset_t all, before;
        int error = -ENOMEM, state;

        child->failed = PLATFORM_CHILD_CLONE;
        child->watch = -1;
        child->pid = 0;
        if (birth != NULL && stack != MAP_FAILED) {
                *birth = (struct birth){
                        .child = child, .path = path_of(child), .parent = getpid()};
                if (child->environment == NULL)
                        child->environment = environ;
                sigfillset(&all);
                pthread_sigmask(SIG_BLOCK, &all, &before);
                pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
                error = birth_of(birth, stack);
                pthread_setcancelstate(state, NULL);
                pthread_sigmask(SIG_SETMASK, &before, NULL);
        }
        if (stack != MAP_FAILED)
                munmap(stack, STACK_BYTES);
        free(birth);
        if (error == 0)
                platform_descriptor_made(child->watch, DESCRIPTOR_STREAM);
        return error;
}

/* ---- While it lives */

static bool has_group(const struct platform_child *child)
{
        return (child->flags & (PLATFORM_CHILD_GROUP | PLATFORM_CHILD_SESSION)) != 0;
}

static int signal_one(const struct platform_child *child, int signal)
{
        if (child->is_pidfd && syscall(SYS_pidfd_send_signal, child->watch, signal, NULL, 0) == 0)
                return 0;
        if (child->is_pidfd && errno != ENOSYS)
                return -errno;
        return kill(child->pid, signal) < 0 ? -errno : 0;
}

/* Under the lock. */
static int signal_all(const struct platform_child *child, int signal)
{
        int error;

        if (child->watch < 0)
                return -ESRCH;
        error = signal_one(child, has_group(child) ? 0 : signal);
        if (error == 0 && has_group(child))
                error = kill(-child->pid, signal) < 0 ? -errno : 0;
        return error;
}

int platform_child_signal(struct platform_child *child, int signal)
{
        int error;

        if (signal < 0 || signal > SIGNALS)
                return -EINVAL;
        base_lock(&child->lock);
        error = signal_all(child, signal);
        base_unlock(&child->lock);
        return error;
}

void platform_child_ask(struct platform_child *child)
{
        base_lock(&child->lock);
        child->killed = true;
        (void)signal_all(child, SIGTERM);
        (void)signal_all(child, SIGCONT);
        base_unlock(&child->lock);
}

static int wait_for(const struct platform_child *child, siginfo_t *info, int flags)
{
        int result;

        info->si_pid = 0;
        do
                result = child->is_pidfd
                                 ? waitid((idtype_t)P_PIDFD, (id_t)child->watch, info, flags)
                                 : waitid(P_PID, (id_t)child->pid, info, flags);
        while (result < 0 && errno == EINTR);
        return result < 0 ? -errno : info->si_pid != 0;
}

/* Under the lock, so that nobody signals a number that is free. */
static int reap(struct platform_child *child)
{
        siginfo_t info;
        uint64_t count;
        int ended;

        /* Not while the thread that waits for it may still do so, for a number that is free. */
        if (child->waiter != NULL && read(child->watch, &count, sizeof count) < 0)
                return 0;
        ended = wait_for(child, &info, WEXITED | WNOHANG | WNOWAIT);
        if (ended == 0)
                return 0;
        if (ended > 0 && child->killed && has_group(child))
                kill(-child->pid, SIGKILL); /* (3): the number is still its group's */
        if (ended > 0)
                ended = wait_for(child, &info, WEXITED | WNOHANG);
        watch_end(child, true);
        if (ended < 0)
                return ended;
        child->code = info.si_code == CLD_EXITED ? info.si_status : -1;
        child->signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
        child->dumped = info.si_code == CLD_DUMPED;
        return 1;
}

int child_reap(struct platform_child *child)
{
        int ended;

        base_lock(&child->lock);
        ended = reap(child);
        base_unlock(&child->lock);
        return ended;
}

bool child_cancel(struct platform_child *child)
{
        if (child->flags & PLATFORM_CHILD_DETACHED)
                return false;
        base_lock(&child->lock);
        child->killed = true;
        (void)signal_all(child, SIGKILL);
        base_unlock(&child->lock);
        return true;
}

void child_forget(struct platform_child *child)
{
        base_lock(&child->lock);
        watch_end(child, false);
        base_unlock(&child->lock);
}

/* ---- As an operation */

enum child_move platform_child_advance(struct platform_op *op, int32_t *ret_result)
{
        struct platform_op_state *state = op_state(op);
        struct platform_child *child = op->address;
        int ended;

        if (state->flags & OP_DONE) {
                *ret_result = (int32_t)state->progress;
                op_flags_clear(op, OP_DONE);
                state->progress = 0;
                if (*ret_result < 0)
                        return CHILD_OVER;
                op->fd = child->watch;
                state->flags |= OP_BEGUN;
                if ((state->flags & OP_CANCELLED) && child_cancel(child))
                        op_flags_clear(op, OP_CANCELLED);
                return CHILD_RUNS;
        }
        if (state->flags & OP_CANCELLED) {
                if (state->flags & OP_BEGUN)
                        child_forget(child);
                *ret_result = -ECANCELED;
                return CHILD_OVER;
        }
        if (!(state->flags & OP_BEGUN))
                return CHILD_MAKE;
        ended = child_reap(child);
        *ret_result = ended < 0 ? ended : 0;
        return ended == 0 ? CHILD_WAITS : CHILD_OVER;
}

bool platform_child_cancel(struct platform_op *op)
{
        struct platform_op_state *state = op_state(op);

        if (state->flags & OP_BEGUN)
                return child_cancel(op->address);
        if (!(state->flags & OP_DONE))
                return false;
        state->flags |= OP_CANCELLED;
        return true;
}
