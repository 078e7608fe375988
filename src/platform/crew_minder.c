/* SPDX-License-Identifier: MIT */
/*
 * The minder: a thread that is there while something about the crews takes its time.
 *
 *   - A call that may be interrupted was cancelled after it had begun: its thread is sent a signal,
 *     again and again, because one may come just before the system call that it is to end.
 *   - All threads of a crew are in calls while others wait: who they are is reported, once, when
 *     none of them has come to its end for a second.
 *   - The program ends: calls that have not come to their end at the limit are reported, and the OS
 *     process ends with them.
 *
 *      none --crew_minder_want--> looks, every 5 ms or every second --nothing to mind--> none
 *
 * `wanted` is set by whoever wants it and cleared before a look, and the minder ends, under its
 * lock, only where it is clear: no wish is lost. Its lock comes after those of the crews.
 */
#include "platform/crew_threads.h"

#include "base/base.h"
#include "platform/fault.h"
#include "platform/symbol.h"
#include "platform/thread.h"
#include "platform/time.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define INTERRUPT_NS 5000000u
#define LOOK_NS 1000000000u
#define LISTED 8

static struct minder {
        struct base_lock lock;
        struct platform_thread *thread; /* to be joined before the next */
        bool runs;
        uint32_t wanted;
        uint32_t wake;     /* futex */
        uint64_t ended_ns; /* when the end of the program began; 0: it does not end */
} minder;

/* What was seen of a crew the last time. */
struct seen {
        uint64_t calls, since_ns;
        bool reported;
};

/* ---- Interruptions */

static int interrupt_signal(void)
{
        return SIGRTMAX - 2;
}

static void on_interrupt(int signal)
{
        (void)signal; /* that it came is all */
}

void crew_interruptible(bool yes)
{
        static uint32_t installed;
        sigset_t set;

        if (yes && atomic_exchange(&installed, 1) == 0) {
                struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_ONSTACK};

                sigaction(interrupt_signal(), &action, NULL);
        }
        sigemptyset(&set);
        sigaddset(&set, interrupt_signal());
        pthread_sigmask(yes ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
}

/* True where a call of the crew is to be interrupted, which was just done once more. */
static bool interrupt(struct crew *crew, bool all)
{
        bool some = false;

        for (uint32_t i = 0; i < crew->places_count; i++) {
                const struct crew_thread *thread = &crew->places[i];

                if (thread->function == NULL || !(thread->flags & PLATFORM_CALL_INTERRUPT) ||
                    !(all || atomic_load_relaxed(&thread->cancelled)))
                        continue;
                syscall(SYS_tgkill, getpid(), thread->id, interrupt_signal());
                some = true;
        }
        return some;
}

/* ---- Reports */

void platform_call_report(const struct platform_call_info *call)
{
        char function[256], site[256];
        uint64_t ms = (platform_time_now() - call->begun_ns) / 1000000u;

        base_report("mori:   offloaded function %s, in thread %d for %llu.%03llu s, for the "
                    "activity started at %s",
                    platform_place(call->function, function, sizeof function), call->thread,
                    (unsigned long long)(ms / 1000), (unsigned long long)(ms % 1000),
                    platform_place(call->site, site, sizeof site));
}

static void tell(const struct platform_call_info *call, void *argument)
{
        unsigned *left = argument;

        if (*left > 0)
                platform_call_report(call);
        *left -= *left > 0;
}

static void report_all(void)
{
        unsigned left = LISTED;

        platform_call_each(tell, &left);
}

/* All threads are busy, and nothing gets on. */
static void report_stuck(const struct crew *crew, uint32_t waiting)
{
        base_report("mori: offload: %u calls wait, and none of the %u threads for what %s has come "
                    "to the end of its call for a second; %s raises the limit",
                    waiting, crew->limit, crew->computes ? "computes" : "blocks",
                    crew->computes ? "MORI_COMPUTE_THREADS" : "MORI_OFFLOAD_THREADS");
        report_all();
}

_Noreturn static void end_now(void)
{
        base_report("mori: offload: the program has ended, and functions that were offloaded have "
                    "not for %llu ms (MORI_OFFLOAD_END_MS): exit code %d",
                    (unsigned long long)(crew_limits.end_ns / 1000000u), PLATFORM_CALL_EXIT_CODE);
        report_all();
        platform_end_now(PLATFORM_CALL_EXIT_CODE);
}

/* ---- Looks */

static uint64_t least(uint64_t a, uint64_t b)
{
        return a < b ? a : b;
}

/* When to look at a crew again, in ns; UINT64_MAX: there is nothing to mind. */
static uint64_t look(struct crew *crew, struct seen *seen, uint64_t now, bool ends)
{
        uint64_t again = UINT64_MAX;
        uint32_t stuck = 0;

        base_lock(&crew->lock);
        if (interrupt(crew, ends))
                again = INTERRUPT_NS;
        if (crew->waiting.count > 0 && crew->begun >= crew->limit) {
                again = least(again, LOOK_NS);
                if (seen->since_ns == 0 || seen->calls != crew->calls) {
                        *seen = (struct seen){.calls = crew->calls, .since_ns = now};
                } else if (!seen->reported && now - seen->since_ns >= LOOK_NS) {
                        seen->reported = true;
                        stuck = crew->waiting.count;
                }
        } else {
                seen->since_ns = 0;
        }
        if (ends && crew->begun > 0) {
                uint64_t late = atomic_load_relaxed(&minder.ended_ns) + crew_limits.end_ns;

                if (now >= late) {
                        base_unlock(&crew->lock);
                        end_now();
                }
                again = least(again, late - now);
        }
        base_unlock(&crew->lock);
        if (stuck > 0)
                report_stuck(crew, stuck);
        return again;
}

static void minder_main(void *argument)
{
        struct seen seen[2] = {{0}};

        (void)argument;
        for (;;) {
                uint64_t now = platform_time_now(), again;
                bool ends = crew_program_ends();

                atomic_store_relaxed(&minder.wake, 0);
                atomic_exchange(&minder.wanted, 0);
                again = look(&crews[0], &seen[0], now, ends);
                again = least(again, look(&crews[1], &seen[1], now, ends));
                if (again == UINT64_MAX) {
                        bool over;

                        base_lock(&minder.lock);
                        over = atomic_load_relaxed(&minder.wanted) == 0;
                        minder.runs = !over;
                        base_unlock(&minder.lock);
                        if (over)
                                return;
                } else {
                        platform_thread_wait(&minder.wake, 0, again);
                }
        }
}

void crew_minder_want(bool now)
{
        int error = 0;

        if (atomic_exchange(&minder.wanted, 1) != 0 && !now)
                return;
        base_lock(&minder.lock);
        if (!minder.runs) {
                minder.thread = platform_thread_join(minder.thread);
                error = platform_thread_new(minder_main, NULL, "mori-minder", (size_t)64 * 1024,
                                            &minder.thread);
                minder.runs = error == 0;
                if (error != 0) /* whoever wants it next tries again */
                        atomic_store_relaxed(&minder.wanted, 0);
        } else if (now) {
                atomic_store_release(&minder.wake, 1);
                platform_thread_notify(&minder.wake);
        }
        base_unlock(&minder.lock);
        if (error != 0)
                base_report("mori: offload: no thread to mind the others: %s", strerror(-error));
}

void crew_minder_ending(void)
{
        atomic_store_relaxed(&minder.ended_ns, platform_time_now());
}

void crew_minder_end(void)
{
        struct platform_thread *thread;

        base_lock(&minder.lock);
        thread = minder.thread;
        minder.thread = NULL;
        atomic_store_release(&minder.wake, 1);
        platform_thread_notify(&minder.wake);
        base_unlock(&minder.lock);
        platform_thread_join(thread);
        atomic_store_relaxed(&minder.ended_ns, 0);
}
