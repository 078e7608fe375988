/* SPDX-License-Identifier: MIT */
/* The spare. Its states and invariants are in spare.h. */
#include "turn/spare.h"

#include "base/atomic.h"
#include "base/base.h"
#include "platform/fault.h"
#include "platform/thread.h"
#include "turn/domain.h"
#include "turn/seat.h"
#include "turn/stall.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LONG_NS 3600000000000ull
#define ASK_NS 10000000 /* between two looks whether it is back, should a wake-up not arrive */

enum { HOLDER_OWN, HOLDER_OFFERED, HOLDER_SPARE, HOLDER_NONE };

struct spare {
        struct seat *seat;
        struct platform_thread *thread; /* the watch's, who makes it */
        bool failed;                    /* there is no thread to be had */
        uint32_t holder;                /* HOLDER_*; a futex */
        uint32_t idle;                  /* the spare is in no turn */
        uint64_t count;
};

static bool asks(const struct spare *spare, uint32_t who)
{
        return (atomic_load_acquire(&spare->seat->asked) & who) != 0;
}

int spare_new(struct seat *seat, struct spare **ret_spare)
{
        struct spare *spare = calloc(1, sizeof *spare);

        if (spare == NULL)
                return -ENOMEM;
        spare->seat = seat;
        *ret_spare = spare;
        return 0;
}

struct spare *spare_free(struct spare *spare)
{
        if (spare == NULL)
                return NULL;
        assert_always(atomic_load_acquire(&spare->holder) == HOLDER_OWN);
        atomic_store_release(&spare->holder, HOLDER_NONE);
        platform_thread_notify(&spare->holder);
        platform_thread_join(spare->thread);
        free(spare);
        return NULL;
}

/* Has the thread that made the engine call platform_io_serve(). */
static void ask_own(void *argument)
{
        struct seat *seat = argument;

        platform_thread_look(seat->own->thread, stall_look);
}

/* The spare, which is in a turn if it is not idle, takes the seat where that is offered. */
static bool take(struct spare *spare)
{
        uint32_t holder = HOLDER_OFFERED;

        if (!atomic_compare_exchange(&spare->holder, &holder, HOLDER_SPARE))
                return false;
        platform_io_lend(spare->seat->io, ask_own, spare->seat);
        stall_watch_worker(spare->seat->stall, worker_self());
        return true;
}

/* Gives it back to the seat's own worker. Async-signal-safe. */
static void give_back(struct spare *spare)
{
        platform_io_lend(spare->seat->io, NULL, NULL);
        stall_watch_worker(spare->seat->stall, spare->seat->own);
        atomic_store_release(&spare->holder, HOLDER_OWN);
        platform_thread_notify(&spare->holder);
}

static void spare_main(void *argument)
{
        struct spare *spare = argument;
        uint32_t holder;

        stack_worker_init();
        worker_self()->thread = platform_thread_id();
        worker_self()->generation += 1u << 31; /* far from those of the seat's own worker */
        if (platform_fault_stack(true) == 0) /* a look needs more than a segment has */
                platform_thread_look_allow();
        while ((holder = atomic_load_acquire(&spare->holder)) != HOLDER_NONE) {
                atomic_store_release(&spare->idle, 1);
                if (holder != HOLDER_OFFERED) {
                        platform_thread_wait(&spare->holder, holder, LONG_NS);
                        continue;
                }
                atomic_store_release(&spare->idle, 0);
                if (!take(spare))
                        continue;
                atomic_add(&spare->count, 1);
                seat_run_spare(spare->seat);
                give_back(spare);
        }
        platform_fault_stack(false);
        stack_worker_deinit();
}

bool spare_prepare(struct spare *spare)
{
        int error;

        if (atomic_load_relaxed(&spare->seat->domain->processes) < 2)
                return false;
        if (spare->thread == NULL && !spare->failed) {
                error = platform_thread_new(spare_main, spare, "mori-spare", 0, &spare->thread);
                if (error < 0) {
                        spare->failed = true;
                        base_report("mori: no spare thread to take the seat of the one that is "
                                    "stuck: %s",
                                    strerror(-error));
                }
        }
        return spare->thread != NULL && atomic_load_acquire(&spare->holder) == HOLDER_OWN &&
               (atomic_load_acquire(&spare->idle) || asks(spare, SEAT_ASKED_BY_SPARE));
}

bool spare_is_wanted_back(const struct spare *spare)
{
        return asks(spare, SEAT_ASKED_BY_OWN);
}

void spare_offer(struct spare *spare)
{
        struct worker *worker = worker_self();

        if (worker->lost || worker->holds != 0 || (worker->rounds & 1) == 0)
                return;
        if (worker == spare->seat->own) {
                worker->lost = 1;
                atomic_store_release(&spare->holder, HOLDER_OFFERED);
                platform_thread_notify(&spare->holder);
        } else if (asks(spare, SEAT_ASKED_BY_OWN)) {
                worker->lost = 1;
                give_back(spare);
        }
}

/* The seat's own worker waits until it has the seat. */
static void own_waits(struct spare *spare)
{
        uint32_t holder;

        atomic_or(&spare->seat->asked, SEAT_ASKED_BY_OWN);
        while ((holder = atomic_load_acquire(&spare->holder)) != HOLDER_OWN) {
                platform_io_wake(spare->seat->io);
                platform_thread_wait(&spare->holder, holder, ASK_NS);
        }
        atomic_and(&spare->seat->asked, ~(uint32_t)SEAT_ASKED_BY_OWN);
}

void spare_regain(struct spare *spare)
{
        uint32_t holder = HOLDER_OFFERED;

        if (worker_self() == spare->seat->own) {
                if (!atomic_compare_exchange(&spare->holder, &holder, HOLDER_OWN))
                        own_waits(spare);
                return;
        }
        atomic_or(&spare->seat->asked, SEAT_ASKED_BY_SPARE);
        while (!take(spare)) {
                platform_io_wake(spare->seat->io);
                holder = atomic_load_acquire(&spare->holder);
                if (holder != HOLDER_OFFERED)
                        platform_thread_wait(&spare->holder, holder, ASK_NS);
        }
        atomic_and(&spare->seat->asked, ~(uint32_t)SEAT_ASKED_BY_SPARE);
}

void spare_lend(struct spare *spare)
{
        atomic_store_release(&spare->holder, HOLDER_OFFERED);
        platform_thread_notify(&spare->holder);
        own_waits(spare); /* asks at once: the spare is to have it for the rest of its turn */
}

uint64_t spare_count(const struct spare *spare)
{
        return spare != NULL ? atomic_load_relaxed(&spare->count) : 0;
}
