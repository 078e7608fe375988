/* SPDX-License-Identifier: MIT */
/*
 * A ring that is driven by another thread than the one that made it.
 *
 * What both threads share is memory: the borrower fills in requests and takes completions as the
 * maker does. But the kernel lets only the maker enter a ring of SINGLE_ISSUER, and with
 * DEFER_TASKRUN only there are completions made. So the borrower asks the maker to enter, in a
 * signal handler:
 *
 *      IDLE --- borrower: there is something to submit, or to be done by the kernel --> ASKED
 *        ^                                                                               |
 *        +--- borrower has seen it --- SERVED <--- maker, in uring_serve(): enters ------+
 *
 * Invariants.
 *  (1) The maker writes nothing but the request, and enters with what the borrower has published.
 *  (2) A maker that does not come (it blocks where no signal reaches it) makes the borrower wait a
 *      millisecond at a time, and never for ever; what it cannot submit stays in the ring.
 *  (3) The borrower never sleeps for longer than half a millisecond: nobody wakes it.
 */
#include "platform/fault.h"
#include "platform/uring_internal.h"

enum { LENT_IDLE, LENT_ASKED, LENT_SERVED };

#define SERVE_NS 1000000
#define SLEEP_NS 500000
#define WAITS_BETWEEN_ASKS 64 /* for a maker that does not come */

int uring_enter_lent(struct uring *uring, unsigned to_submit, unsigned min_complete)
{
        bool asked = __atomic_load_n(&uring->lent_request, __ATOMIC_ACQUIRE) == LENT_ASKED;
        bool work = __atomic_load_n(uring->sq_kflags, __ATOMIC_ACQUIRE) != 0;

        if (asked || to_submit || work) {
                if (!asked) {
                        uring->lent_waits = 0;
                        __atomic_store_n(&uring->lent_request, LENT_ASKED, __ATOMIC_RELEASE);
                }
                if (uring->lent_waits++ % WAITS_BETWEEN_ASKS == 0)
                        uring->lent_ask(uring->lent_argument);
                platform_thread_wait(&uring->lent_request, LENT_ASKED, SERVE_NS);
        } else if (min_complete) {
                static uint32_t never;

                platform_thread_wait(&never, 0, SLEEP_NS);
        }
        uring->sq_head = __atomic_load_n(uring->sq_khead, __ATOMIC_ACQUIRE);
        return 0;
}

void uring_lend(struct platform_io *io, void (*ask)(void *argument), void *argument)
{
        struct uring *uring = uring_of(io);

        uring->lent_argument = argument;
        uring->lent_ask = ask;
        /* A request that was not served is the maker's own to make: it is about to enter anyway. */
        __atomic_store_n(&uring->lent_request, LENT_IDLE, __ATOMIC_RELEASE);
}

void uring_serve(struct platform_io *io)
{
        struct uring *uring = uring_of(io);

        if (__atomic_load_n(&uring->lent_request, __ATOMIC_ACQUIRE) != LENT_ASKED)
                return;
        io_uring_enter2((unsigned)uring->enter_fd,
                        __atomic_load_n(uring->sq_ktail, __ATOMIC_ACQUIRE) -
                                __atomic_load_n(uring->sq_khead, __ATOMIC_ACQUIRE),
                        0, IORING_ENTER_GETEVENTS | uring->enter_flags, NULL, 0);
        __atomic_store_n(&uring->lent_request, LENT_SERVED, __ATOMIC_RELEASE);
        platform_thread_notify(&uring->lent_request);
}
