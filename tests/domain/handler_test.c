/* SPDX-License-Identifier: MIT */
/*
 * Handlers of signals that interrupt async code on a small stack. Whoever installs one, however, it
 * runs on the alternate stack: an activity traps on its own segment, or keeps its worker busy there
 * while another thread sends it signals; around it wait activities whose frames hold canaries. The
 * last case shows that these notice: it goes around what mori defines.
 */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* sigset(), siginterrupt() */

#include <mori/keywords.h>
#include <mori/program.h>

#include "support/test.h"

#include "base/atomic.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 1000
#define ROUNDS_OF_THREAD 20 /* each takes as long as the scheduler likes */
#define NEIGHBOURS 200
#define NUMBER SIGTRAP
#define CANARY 0x5ca1ab1e0ddba11L

int __sigaction(int number, const struct sigaction *action, struct sigaction *ret_before);
__sighandler_t sysv_signal(int number, __sighandler_t handler);

/* How the handler gets there. */
enum way { BY_SIGACTION, BY_SIGNAL, BY_SYSV_SIGNAL, BY_SIGSET, BEFORE, AROUND, BY_THREAD, SETUID };

static struct state {
        enum way way;
        pid_t worker;
        uint32_t spinning, sent_all, handled, elsewhere;
} state MORI_SHARED;

static void on_signal(int number)
{
        int saved = errno;
        stack_t stack;

        if (state.way == BY_SYSV_SIGNAL)
                sysv_signal(number, on_signal);
        sigaltstack(NULL, &stack);
        if ((stack.ss_flags & SS_ONSTACK) == 0)
                atomic_add(&state.elsewhere, 1);
        atomic_add(&state.handled, 1);
        errno = saved;
}

MORI_NONBLOCKING __attribute__((noinline)) static void install(void)
{
        struct sigaction action = {.sa_handler = on_signal};

        switch (state.way) {
        case BY_SIGACTION:
        case BY_THREAD:
                ck_assert_int_eq(sigaction(NUMBER, &action, NULL), 0);
                break;
        case BY_SIGNAL:
                ck_assert(signal(NUMBER, on_signal) == SIG_DFL);
                break;
        case BY_SYSV_SIGNAL:
                ck_assert(sysv_signal(NUMBER, on_signal) == SIG_DFL);
                break;
        case BY_SIGSET:
                ck_assert(sigset(NUMBER, on_signal) == SIG_DFL);
                break;
        case BEFORE:
        case AROUND: /* by a name that mori does not define */
                ck_assert_int_eq(__sigaction(NUMBER, &action, NULL), 0);
                break;
        case SETUID: /* the C library's own */
                break;
        }
}

static void *sends(void *unused)
{
        while (atomic_load_acquire(&state.spinning) == 0)
                sched_yield();
        for (uint32_t i = 0; i < ROUNDS_OF_THREAD; i++) {
                if (state.way == SETUID) { /* it has every other thread do the same, by a signal */
                        ck_assert_int_eq(setuid(getuid()), 0);
                        continue;
                }
                ck_assert_int_eq(syscall(SYS_tgkill, getpid(), state.worker, NUMBER), 0);
                while (atomic_load_acquire(&state.handled) == i)
                        sched_yield();
        }
        atomic_store_release(&state.sent_all, 1);
        return unused;
}

static async int waits_with_canaries(mori_queue *queue)
{
        volatile long canaries[4] = {CANARY, CANARY, CANARY, CANARY};
        long item;
        int answer = await mori_queue_receive(queue, &item);

        for (int i = 0; i < 4; i++)
                if (canaries[i] != CANARY)
                        return 1;
        return answer == -EPIPE ? 0 : 2;
}

/* In its second turn, while the others wait on both sides of its segment. */
static async int is_interrupted(bool by_thread, uint32_t *spinning, uint32_t *sent_all)
{
        volatile long canaries[4] = {CANARY, CANARY, CANARY, CANARY};

        if (await mori_yield() != 0)
                return 2;
        atomic_store_release(spinning, 1);
        for (int i = 0; !by_thread && i < ROUNDS; i++)
                __asm__ volatile("int3");
        while (by_thread && atomic_load_acquire(sent_all) == 0)
                canaries[1] = CANARY;
        for (int i = 0; i < 4; i++)
                if (canaries[i] != CANARY)
                        return 1;
        return 0;
}

static async int program(int argc, char **argv)
{
        Async(int) neighbours[NEIGHBOURS];
        bool by_thread = state.way == BY_THREAD || state.way == SETUID;
        mori_queue *queue = mori_queue_new(1, sizeof(long));
        int wrong = 0;

        (void)argc;
        (void)argv;
        if (state.way != BEFORE)
                install();
        for (int i = 0; i < NEIGHBOURS / 2; i++)
                neighbours[i] = start(waits_with_canaries, queue);
        Async(int) other = start(is_interrupted, by_thread, &state.spinning, &state.sent_all);
        for (int i = NEIGHBOURS / 2; i < NEIGHBOURS; i++)
                neighbours[i] = start(waits_with_canaries, queue);
        wrong += join(other) != 0;
        mori_queue_close(queue);
        for (int i = 0; i < NEIGHBOURS; i++)
                wrong += join(neighbours[i]) != 0;
        mori_queue_free(queue);
        return wrong > 255 ? 255 : wrong;
}

static int run_with(enum way way)
{
        struct mori_options options = {.io = MORI_IO_EPOLL, .stall = -1};
        pthread_t thread;
        int status;

        memset(&state, 0, sizeof state);
        state.way = way;
        state.worker = (pid_t)syscall(SYS_gettid);
        if (way == BEFORE)
                install();
        if (way != BY_THREAD && way != SETUID)
                return mori_run(program, 0, NULL, &options);
        ck_assert_int_eq(pthread_create(&thread, NULL, sends, NULL), 0);
        status = mori_run(program, 0, NULL, &options);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        return status;
}

static void handles(enum way way)
{
        ck_assert_int_eq(run_with(way), 0);
        ck_assert_uint_eq(state.handled, way == SETUID      ? 0
                                         : way == BY_THREAD ? ROUNDS_OF_THREAD
                                                            : ROUNDS);
        ck_assert_uint_eq(state.elsewhere, 0);
}

#define HANDLES(name, way) \
        START_TEST(name) \
        { \
                handles(way); \
        } \
        END_TEST
HANDLES(installed_by_sigaction, BY_SIGACTION)
HANDLES(installed_by_signal, BY_SIGNAL)
HANDLES(installed_by_sysv_signal, BY_SYSV_SIGNAL)
HANDLES(installed_by_sigset, BY_SIGSET)
HANDLES(installed_before_the_program, BEFORE)
HANDLES(sent_by_a_thread, BY_THREAD)
HANDLES(installed_by_the_c_library, SETUID)

/* Who asks is told what was asked for. */
START_TEST(the_flag_does_not_show)
{
        struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, before;

        sigaddset(&action.sa_mask, SIGUSR2);
        ck_assert_int_eq(sigaction(NUMBER, &action, &before), 0);
        ck_assert(before.sa_handler == SIG_DFL && before.sa_flags == 0);
        ck_assert_int_eq(sigaction(NUMBER, NULL, &before), 0);
        ck_assert(before.sa_handler == on_signal);
        ck_assert_int_eq(before.sa_flags & (SA_ONSTACK | SA_RESTART), SA_RESTART);
        ck_assert_int_eq(sigismember(&before.sa_mask, SIGUSR2), 1);
        ck_assert_int_eq(__sigaction(NUMBER, NULL, &before), 0);
        ck_assert((before.sa_flags & SA_ONSTACK) != 0);

        action.sa_flags = SA_ONSTACK;
        ck_assert_int_eq(sigaction(NUMBER, &action, &before), 0);
        ck_assert_int_eq(before.sa_flags & (SA_ONSTACK | SA_RESTART), SA_RESTART);
        ck_assert_int_eq(sigaction(NUMBER, NULL, &before), 0);
        ck_assert_int_eq(before.sa_flags & (SA_ONSTACK | SA_RESTART), SA_ONSTACK);

        ck_assert(signal(NUMBER, SIG_IGN) == on_signal);
        ck_assert(signal(NUMBER, on_signal) == SIG_IGN);
        ck_assert_int_eq(sigaction(NUMBER, NULL, &before), 0);
        ck_assert_int_eq(before.sa_flags & (SA_ONSTACK | SA_RESTART), SA_RESTART);
        ck_assert_int_eq(siginterrupt(NUMBER, 1), 0);
        ck_assert(signal(NUMBER, on_signal) == on_signal);
        ck_assert_int_eq(sigaction(NUMBER, NULL, &before), 0);
        ck_assert_int_eq(before.sa_flags & (SA_ONSTACK | SA_RESTART), 0);

        ck_assert_int_eq(sigaction(SIGKILL, &action, NULL), -1);
        ck_assert_int_eq(errno, EINVAL);
        ck_assert_int_eq(sigaction(0, &action, NULL), -1);
        ck_assert_int_eq(errno, EINVAL);
        ck_assert(signal(1000, on_signal) == SIG_ERR);
        ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(sigset_holds)
{
        sigset_t mask;

        ck_assert(sigset(NUMBER, on_signal) == SIG_DFL);
        ck_assert(sigset(NUMBER, SIG_HOLD) == on_signal);
        sigprocmask(SIG_BLOCK, NULL, &mask);
        ck_assert_int_eq(sigismember(&mask, NUMBER), 1);
        ck_assert(sigset(NUMBER, SIG_IGN) == SIG_HOLD);
        sigprocmask(SIG_BLOCK, NULL, &mask);
        ck_assert_int_eq(sigismember(&mask, NUMBER), 0);
        ck_assert(sigset(NUMBER, SIG_DFL) == SIG_IGN);
}
END_TEST

/* That what the cases above look at would notice. On mapped stacks a frame has room. */
START_TEST(around_it_the_canaries_notice)
{
        int status;
        pid_t child = fork();

        if (child == 0) {
                struct sigaction plain = {.sa_handler = SIG_DFL};

                sigaction(SIGSEGV, &plain, NULL); /* Check's would tell the parent */
                sigaction(SIGABRT, &plain, NULL);
                sigaction(SIGALRM, &plain, NULL);
                alarm(10); /* what lies in ruins may also loop */
                status = run_with(AROUND);
                _exit(status != 0 || (!MORI_LINKED && state.elsewhere == ROUNDS));
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_msg(!WIFEXITED(status) || WEXITSTATUS(status) != 0,
                      "%d signals on a segment of 200 bytes, and nobody noticed", ROUNDS);
}
END_TEST

TEST_MAIN("domain/handler", TEST(installed_by_sigaction), TEST(installed_by_signal),
          TEST(installed_by_sysv_signal), TEST(installed_by_sigset),
          TEST(installed_before_the_program), TEST(sent_by_a_thread),
          TEST(installed_by_the_c_library),
          TEST(the_flag_does_not_show), TEST(sigset_holds), TEST(around_it_the_canaries_notice))
