/* SPDX-License-Identifier: MIT */
/*
 * The turn loop. One round:
 *
 *      take what was posted
 *      run turns, process by process: at most TURNS_IN_ROUND, so that completions and timers get
 *      theirs
 *      commit and gather: platform_io_wait() submits the batch and brings completions; it waits
 *      only where no turn is ready
 *      dispatch completions, fire timers
 *
 * Whatever is done for a process is done while it is loaded (process_load()), and it stays loaded
 * until another one is: a program of one process pays for that once.
 *
 * Where there are several seats each has such a loop, on a thread of its own, and before one sleeps
 * it lets go of the process that it has, and looks for one that waits for its turn elsewhere
 * (domain.h, queue.c). Quiet is when no seat has a turn, a timer or an operation, and nobody may
 * post: then nothing can ever happen, which is a deadlock among the activities of the processes.
 *
 * While a process is away, with the worker that is stuck in one of its turns, what comes for it is
 * kept in it (letter.c). The stuck worker has the process with it when it gets the seat back, which
 * may be whenever a turn was run.
 */
#include "turn/seat.h"

#include "base/atomic.h"
#include "platform/fault.h"
#include "platform/sim.h"
#include "platform/thread.h"
#include "platform/time.h"
#include "turn/bell.h"
#include "turn/domain.h"
#include "turn/handover.h"
#include "turn/meter.h"
#include "turn/record.h"
#include "turn/resident.h"
#include "turn/spare.h"
#include "turn/stall.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURNS_IN_ROUND 1024
#ifndef COMPLETIONS_MAX /* the explorer has few */
#define COMPLETIONS_MAX 1024
#endif
#define AHEAD 8 /* completions */
#define TRIM_NS 100000000u
#define SEAT_WAIT_NS 1000000000u /* a look at a futex, should a wake-up not arrive */

/* ---- Making and freeing */

/* What a seat needs beside its engine. */
static int seat_init(struct seat *seat, const struct seat_config *config)
{
        int error = 0;

        seat->simulated = config->io.kind == PLATFORM_IO_SIM;
        timer_wheel_init(&seat->timers, (uintptr_t)stack_arena, seat_now(seat));
        if (config->stall_ns >= 0)
                error = spare_new(seat, &seat->spare);
        if (config->stall_ns >= 0 && error == 0)
                error = stall_watch_new(seat, config->stall_ns ? config->stall_ns : 10000000,
                                        &seat->stall);
        return error;
}

static void loop(struct seat *seat, struct worker *worker);

/*
 * The thread of a seat but the first. It makes the engine itself, which may belong to its maker.
 */
static void seat_main(void *argument)
{
        struct seat *seat = argument;
        struct domain *domain = seat->domain;
        int error = platform_io_new(&seat->config->io, &seat->io);

        if (error == 0)
                error = seat_init(seat, seat->config);
        if (seat->config->resident)
                resident_thread(seat);
        atomic_store_release(&seat->made, error < 0 ? error : 1);
        platform_thread_notify((uint32_t *)&seat->made);
        while (atomic_load_acquire(&domain->begun) == DOMAIN_MADE)
                platform_thread_wait(&domain->begun, DOMAIN_MADE, SEAT_WAIT_NS);
        if (atomic_load_acquire(&domain->begun) != DOMAIN_RUNS) {
                platform_fault_stack(false);
                return;
        }
        stack_worker_init();
        /* far from the generations of the other seats' workers */
        worker_self()->generation += seat->number << 25;
        seat_begin(seat);
        loop(seat, seat->own);
        seat_end(seat);
        stack_worker_deinit();
}

static int seat_start(struct seat *seat)
{
        char name[16];
        int error;

        snprintf(name, sizeof name, "mori-seat-%u", seat->number % 100u);
        error = platform_thread_new(seat_main, seat, name, 0, &seat->thread);
        if (error < 0)
                return error;
        while (atomic_load_acquire(&seat->made) == 0)
                platform_thread_wait((uint32_t *)&seat->made, 0, SEAT_WAIT_NS);
        return seat->made < 0 ? seat->made : 0;
}

static struct seat *seat_alloc(struct domain *domain, const struct seat_config *config)
{
        struct seat *seat = calloc(1, sizeof *seat);

        if (seat == NULL)
                return NULL;
        seat->domain = domain;
        seat->number = domain->seats_count;
        seat->config = config;
        seat->queue_end = &seat->queue;
        seat->shared = config->seats > 1;
        seat->migrate = seat->shared && config->migrate;
        domain->seats[domain->seats_count++] = seat;
        return seat;
}

struct seat *seats_all;
static struct base_lock seats_lock;

static void seats_add(struct seat *seat)
{
        base_lock(&seats_lock);
        seat->next = seats_all;
        atomic_store_release(&seats_all, seat);
        base_unlock(&seats_lock);
}

static void seats_remove(struct seat *seat)
{
        struct seat **link = &seats_all;

        base_lock(&seats_lock);
        while (*link != NULL && *link != seat)
                link = &(*link)->next;
        if (*link != NULL)
                atomic_store_release(link, seat->next);
        base_unlock(&seats_lock);
}

int seat_new(const struct seat_config *config, struct seat **ret_seat)
{
        struct domain *domain = calloc(1, sizeof *domain);
        struct seat *seat = domain == NULL ? NULL : seat_alloc(domain, config);
        uint32_t count = config->seats == 0 ? 1 : config->seats, i;
        struct platform_io_config io = config->io;
        int error;

        if (seat == NULL) {
                free(domain);
                return -ENOMEM;
        }
        io.signals = count > 1; /* see operation.c: the first waits for those of all */
        error = count > DOMAIN_SEATS_MAX ? -EINVAL : platform_io_new(&io, &seat->io);
        if (error == 0)
                error = seat_init(seat, config);
        while (error == 0 && domain->seats_count < count) {
                struct seat *other = seat_alloc(domain, config);

                error = other == NULL ? -ENOMEM : seat_start(other);
        }
        if (error < 0) {
                seat_free(seat);
                return error;
        }
        if (seat->simulated)
                platform_sim_echo(seat->io, true); /* what a simulated program prints is printed */
        for (i = count; i-- > 0;)
                seats_add(domain->seats[i]);
        *ret_seat = seat;
        return 0;
}

static void seat_deinit(struct seat *seat)
{
        stall_watch_free(seat->stall);
        spare_free(seat->spare);
        while (seat->letters != NULL) {
                struct letter *letter = seat->letters;

                seat->letters = letter->next;
                free(letter);
        }
        platform_io_free(seat->io);
        free(seat);
}

/* The other seats' threads end. */
static void threads_join(struct domain *domain)
{
        uint32_t i;

        for (i = 1; i < domain->seats_count; i++)
                domain->seats[i]->thread = platform_thread_join(domain->seats[i]->thread);
}

struct seat *seat_free(struct seat *seat)
{
        struct domain *domain;
        uint32_t i;

        if (seat == NULL)
                return NULL;
        domain = seat->domain;
        assert_always(domain->processes == 0);
        if (domain->begun == DOMAIN_MADE) {
                atomic_store_release(&domain->begun, DOMAIN_NEVER);
                platform_thread_notify(&domain->begun);
        }
        threads_join(domain);
        records_deinit(domain);
        for (i = 0; i < domain->seats_count; i++) {
                seats_remove(domain->seats[i]);
                seat_deinit(domain->seats[i]);
        }
        free(domain);
        return NULL;
}

/* ---- Turns */

static void turns_begin(struct worker *worker)
{
        atomic_store_release(&worker->rounds, worker->rounds + 1);
        atomic_signal_barrier();
        worker->holds = 0;
}

/* A turn that was abandoned has not released what it held. */
static void turns_end(struct worker *worker)
{
        atomic_signal_barrier();
        worker->holds = 1;
        atomic_signal_barrier();
        if (unlikely(worker->lost))
                seat_regain();
        atomic_store_release(&worker->rounds, worker->rounds + 1);
}

/* What was posted to the process that is loaded, oldest first. */
static void posts_run(struct seat *seat, struct process *process)
{
        while (process->posts != NULL && process->state == PROCESS_RUNNING) {
                struct letter *letter = process->posts;

                process->posts = letter->next;
                if (process->posts == NULL)
                        process->posts_end = &process->posts;
                letter->run(seat, letter->first, letter->second);
                free(letter);
        }
}

/* The process is loaded and has turns: they are run, up to its limit. */
static void process_run(struct worker *worker, struct process *process)
{
        struct activity *root = activity_at(process->root);

        if (unlikely(process->posts != NULL)) {
                posts_run(worker->seat, process);
                if (process->state != PROCESS_RUNNING)
                        return;
        }
        if (unlikely(process->heard != NULL)) {
                bells_answer(process);
                if (process->state != PROCESS_RUNNING)
                        return;
        }
        turns_begin(worker);
        if (unlikely(process->entry_function != NULL)) {
                void *entry = process->entry_function;

                process->entry_function = NULL;
                worker->start_kind = 1u << ACTIVITY_FLAG_RESULT_SHIFT;
                activity_enter(entry, process->entry_argument, root);
                process->entry = worker->started;
                worker->share_end = 0; /* it has begun: others may, before it goes on */
                /* What is posted from now on belongs to the entry activity. */
                root->scope = stack_ref_of(&activity_at((stack_ref)process->entry)->children);
        } else if (!turns_are_none(&process->ready)) {
                activity_resume(activity_at(turns_take(&process->ready)));
        }
        turns_end(worker);
        process_entry_check(process);
}

/* Does the other worker wait for the seat? */
static inline bool is_asked(const struct seat *seat, const struct worker *worker)
{
        uint32_t asked = atomic_load_acquire(&seat->asked);

        return unlikely(asked != 0) &&
               (asked & (worker == seat->own ? SEAT_ASKED_BY_SPARE : SEAT_ASKED_BY_OWN)) != 0;
}

/* Is there something to run for the process that is loaded? */
static inline bool is_ready(const struct worker *worker)
{
        const struct process *process = worker->process;

        return process != NULL && process->state == PROCESS_RUNNING && process_has_turns(process);
}

/* It is before those that wait: it only was to hear of news, or to have its effects committed. */
static inline bool goes_on(const struct worker *worker)
{
        return (int64_t)worker->turns < worker->share_end && is_ready(worker);
}

/*
 * One process after the other, in the order in which they got turns. Leaves none that is loaded
 * with news that it has not heard. True where there is none that has turns.
 */
static bool turns_run(struct seat *seat, struct worker *worker)
{
        struct process *process;

        worker->turns_end = (int64_t)worker->turns + TURNS_IN_ROUND;
        do {
                process = worker->process;
                if (process != NULL) {
                        process_listen(worker, process);
                        process_commit(process); /* of timers and completions, too */
                }
                if (unlikely(atomic_load_relaxed(&seat->queued) != 0) && !goes_on(worker)) {
                        if (is_ready(worker))
                                seat_give(seat, process); /* behind those that wait */
                        process = seat_take(seat);
                        worker->share_end = (int64_t)worker->turns + TURNS_IN_ROUND;
                        if (process == NULL || !process_load(process) || !is_ready(worker))
                                continue;
                        if (atomic_load_relaxed(&seat->domain->resting) != 0 &&
                            atomic_load_relaxed(&seat->queued) != 0)
                                domain_rouse(seat->domain);
                } else if (!is_ready(worker)) {
                        return true;
                }
                process_run(worker, process);
                if (worker->handed != NULL)
                        handover_run(worker);
                if (unlikely(seat->migrate))
                        process_unload(worker);
                if (unlikely(is_asked(seat, worker)))
                        break;
                /* a look at a process is as good as a turn */
        } while (--worker->turns_end > (int64_t)worker->turns);
        process = worker->process;
        meter_look(process);
        if (process != NULL) {
                if (process_has_news(process))
                        process_news_take(process);
                process_commit(process);
        }
        return false;
}

void seat_enter(void *function, void *pointer)
{
        struct worker *worker = worker_self();
        struct process *process = process_self();
        struct activity *activity;

        worker->start_kind = ACTIVITY_FLAG_IGNORED | ACTIVITY_FLAG_NOTIFY;
        turns_begin(worker);
        activity_enter(function, pointer, activity_at(process->root));
        turns_end(worker);
        /* One that never waited has ended before anybody could be told. */
        activity = activity_at((stack_ref)worker->started);
        if (process->state == PROCESS_RUNNING &&
            activity->segment.generation == worker->started >> 32 &&
            activity->segment.state == ACTIVITY_STATE_DONE)
                activity_finished(activity);
}

void seat_enter_beside(void *function, void *pointer)
{
        struct activity *root = activity_at(process_self()->root);
        stack_ref scope = root->scope;

        root->scope = stack_ref_of(&root->children);
        seat_enter(function, pointer);
        root->scope = scope;
}

bool seat_enter_again(void)
{
        struct worker *worker = worker_self();
        struct activity *activity = worker->activity;

        if ((uint16_t)activity->site != (ACTIVITY_FLAG_IGNORED | ACTIVITY_FLAG_NOTIFY) ||
            activity->children != 0 || worker->process->state != PROCESS_RUNNING ||
            unlikely(worker->lost))
                return false;
        if (unlikely(++worker->generation == 0))
                worker->generation = 1;
        activity->segment.generation = worker->generation;
        atomic_store_release(&worker->rounds, worker->rounds + 2);
        return true;
}

/* ---- Completions */

/*
 * Before a wait: gives memory back after a spike, at most every TRIM_NS. True where there is more,
 * so that the wait ends for it.
 */
static bool trim_now(struct seat *seat)
{
        uint64_t now;

        if (likely(!seat->trimming && (seat->rounds & 63) != 0))
                return false;
        now = seat_now(seat);
        if (now >= seat->trimmed + TRIM_NS) {
                seat->trimmed = now;
                seat->trimming = stack_trim();
        }
        return seat->trimming;
}

/*
 * Calls the owners of the operations that have completed. With a thousand connections none of them
 * is in the cache: what the calls will touch is fetched some calls ahead, first the operation, then
 * what it belongs to and who waits for it.
 */
static void completions_dispatch(const struct platform_completion *completions, size_t count,
                                 bool shared)
{
        size_t i;

        for (i = 0; i < count; i++) {
                if (i + AHEAD < count) {
                        const char *op = (const char *)completions[i + AHEAD].op;

                        __builtin_prefetch(op, 1);
                        __builtin_prefetch(op + 64, 1);
                        __builtin_prefetch(op + 128, 1);
                }
                if (i + AHEAD / 2 < count && !shared) { /* its process may be elsewhere */
                        const struct operation *operation =
                                CONTAINER_OF(completions[i + AHEAD / 2].op, struct operation, op);

                        if (operation->owner != NULL) {
                                __builtin_prefetch(operation->owner, 1);
                                __builtin_prefetch((const char *)operation->owner + 64, 1);
                        }
                        if (operation->activity != 0) {
                                __builtin_prefetch(activity_at(operation->activity), 1);
                                __builtin_prefetch(
                                        (const char *)activity_at(operation->activity) + 64, 1);
                        }
                }
                completions[i].op->complete(completions[i].op, completions[i].result,
                                            completions[i].flags, completions[i].buffer);
        }
}

/* Is a process with the worker that has lost the seat? */
static inline bool is_away(const struct seat *seat, const struct worker *worker)
{
        return unlikely(seat->other != NULL) &&
               (worker == seat->own ? seat->other : seat->own)->process != NULL;
}

/* ---- Buffers of the engine that come back from other seats */

void *seat_buffer(struct process *process, uint8_t seat, uint16_t buffer)
{
        return platform_io_buffer(process->domain->seats[seat]->io, buffer);
}

/* A buffer that is on its way has the number of the next in its first bytes. */
void seat_buffer_return(struct process *process, uint8_t number, uint16_t buffer)
{
        struct seat *seat = process->domain->seats[number];
        uint32_t head, *next;

        if (likely(seat == seat_hold())) {
                platform_io_buffer_release(seat->io, buffer);
        } else {
                next = platform_io_buffer(seat->io, buffer);
                head = atomic_load_relaxed(&seat->buffers_back);
                do
                        *next = head;
                while (!atomic_compare_exchange(&seat->buffers_back, &head, buffer + 1u));
        }
        seat_release();
}

static void buffers_take(struct seat *seat)
{
        uint32_t buffer = atomic_exchange(&seat->buffers_back, 0);

        while (buffer != 0) {
                uint32_t next;

                memcpy(&next, platform_io_buffer(seat->io, (uint16_t)(buffer - 1)), sizeof next);
                platform_io_buffer_release(seat->io, (uint16_t)(buffer - 1));
                buffer = next;
        }
}

/* What other seats want of this one's engine. */
static void others_serve(struct seat *seat)
{
        if (atomic_load_relaxed(&seat->buffers_back) != 0)
                buffers_take(seat); /* first: a request may be for one that wants a buffer */
        if (atomic_load_relaxed(&seat->requests) != NULL)
                operation_requests_take(seat);
}

/* ---- Ends */

void seat_ending_add(struct seat *seat, struct process *process)
{
        if (process->is_ending_listed)
                return;
        process->is_ending_listed = true;
        process->ending_next = seat->ending;
        seat->ending = process;
}

/*
 * One step of the teardown of each that may be over. One that is away has it when it is back. True
 * where nothing came of it that is to be looked at before the seat waits.
 */
static bool ending_steps(struct seat *seat)
{
        struct process **link = &seat->ending;
        bool nothing = true;

        while (*link != NULL) {
                struct process *process = *link;

                if (!process_load(process)) {
                        link = &process->ending_next;
                        continue;
                }
                *link = process->ending_next;
                process->is_ending_listed = false;
                process_end_step(process);
                nothing = false;
        }
        return nothing;
}

/* ---- The loop */

static inline bool turns_wait(const struct seat *seat, const struct worker *worker)
{
        return atomic_load_relaxed(&seat->queued) != 0 || is_ready(worker) ||
               (worker->process != NULL && process_has_news(worker->process));
}

/* How long the engine may wait for something to happen, in ns. */
static uint64_t timeout_now(struct seat *seat, const struct worker *worker, uint64_t timer)
{
        uint64_t now;

        if (timer == UINT64_MAX) {
                if (platform_io_pending(seat->io) == 0 && !is_away(seat, worker) &&
                    domain_quiet_begin(seat))
                        return 0;
                return UINT64_MAX;
        }
        now = seat_now(seat);
        return timer > now ? timer - now : 0;
}

/*
 * Waits for completions, and dispatches them. Where some may have to be sent after their processes
 * there must be room for all of them: those that find none stay with the engine.
 */
static size_t gather(struct seat *seat, const struct worker *worker, uint64_t timeout,
                     struct platform_completion completions[COMPLETIONS_MAX])
{
        size_t count, max = COMPLETIONS_MAX;

        if (unlikely(seat->shared || is_away(seat, worker))) {
                max = letters_reserve(seat, COMPLETIONS_MAX);
                if (max == 0)
                        return 0;
        }
        count = platform_io_wait(seat->io, timeout, completions, max);
        completions_dispatch(completions, count, seat->shared);
        return count;
}

/*
 * A seat of several lets go of its process before it waits. True where it has got nothing to do by
 * that.
 */
static bool idle_now(struct seat *seat, struct worker *worker)
{
        if (turns_wait(seat, worker))
                return false;
        process_unload(worker);
        return atomic_load_relaxed(&seat->queued) == 0;
}

/*
 * A seat that has nothing to do says so, and takes what waits for its turn elsewhere. True where
 * there is nothing.
 */
static bool rest_begin(struct seat *seat)
{
        uint64_t bit = 1ull << seat->number;
        const struct seat *victim;

        atomic_or(&seat->domain->resting, bit);
        victim = seat_steal(seat);
        if (victim == NULL && atomic_load_relaxed(&seat->queued) == 0)
                return true;
        atomic_and(&seat->domain->resting, ~bit);
        if (victim != NULL && atomic_load_relaxed(&victim->queued) != 0)
                domain_rouse(seat->domain); /* it may be in a long turn */
        return false;
}

/*
 * A round, in which the engine waits for at most `wait_ns`. False where it was the last one: the
 * program is over, or the spare, who calls it too, is asked for the seat.
 */
static inline bool round_run(struct seat *seat, struct worker *worker, uint64_t wait_ns)
{
        struct platform_completion completions[COMPLETIONS_MAX];
        bool idle, rests = false;
        uint64_t timeout, timer;
        size_t count;

        if (unlikely(is_asked(seat, worker))) {
                if (worker != seat->own)
                        return false;
                process_unload(worker);
                spare_lend(seat->spare);
                handover_take_over(seat, worker);
        }
        if (unlikely((++seat->rounds & 63) == 0))
                meter_look(worker->process); /* one that waits all the time, and has no neighbour */
        if (unlikely(seat->is_quiet))
                domain_quiet_end(seat);
        if (unlikely(seat->shared))
                others_serve(seat);
        idle = turns_run(seat, worker);
        if (unlikely(seat->resident))
                resident_look(seat, worker);
        if (unlikely(seat->ending != NULL))
                idle = ending_steps(seat) && idle;
        if (unlikely(seat->shared))
                idle = idle_now(seat, worker) && idle;
        if (unlikely(atomic_load_acquire(&seat->domain->over) != 0))
                return false;
        timer = seat->shared ? seat_timers_next(seat) : timer_next(&seat->timers);
        timeout = likely(idle) ? timeout_now(seat, worker, timer) : 0;
        if (timeout != 0 && trim_now(seat) && timeout > TRIM_NS)
                timeout = TRIM_NS;
        if (timeout > wait_ns)
                timeout = wait_ns;
        if (unlikely(seat->shared) && timeout != 0) {
                rests = rest_begin(seat);
                if (!rests)
                        timeout = 0;
        }
        count = gather(seat, worker, timeout, completions);
        if (rests)
                atomic_and(&seat->domain->resting, ~(1ull << seat->number));
        if (unlikely(count == 0 && timeout == UINT64_MAX && seat->simulated &&
                     !seat->hosted && platform_sim_is_quiet(seat->io)))
                domain_deadlock(seat->domain);
        if (timer != UINT64_MAX &&
            (timeout != 0 || (seat->rounds & 7) == 0 || !turns_wait(seat, worker)))
                seat_timers_fire(seat);
        return true;
}

/*
 * One round, or all of them. The only place that has them, so that the whole loop is one function,
 * which saves its registers once.
 */
static bool rounds_run(struct seat *seat, struct worker *worker, uint64_t wait_ns, bool one)
{
        bool more;

        do
                more = round_run(seat, worker, wait_ns);
        while (more && !one);
        return more;
}

static void loop(struct seat *seat, struct worker *worker)
{
        rounds_run(seat, worker, UINT64_MAX, false);
        process_unload(worker);
}

static void sit_down(struct seat *seat, struct worker *worker)
{
        worker->holds = 1;
        worker->lost = 0;
        worker->seat = seat;
        if (seat->resident)
                resident_sit_down(worker);
        handover_take_over(seat, worker);
}

void seat_begin(struct seat *seat)
{
        struct worker *worker = worker_self();

        seat->own = worker;
        worker->thread = platform_thread_id();
        sit_down(seat, worker);
        if (seat->stall != NULL) {
                platform_fault_stack(true);
                platform_thread_look_allow();
        }
        stall_watch_worker(seat->stall, worker);
        if (seat->number != 0)
                return;
        assert_always(seat->process != NULL);
        seat->domain->first = seat->process;
        atomic_store_release(&seat->domain->begun, DOMAIN_RUNS);
        platform_thread_notify(&seat->domain->begun);
}

bool seat_round(struct seat *seat, uint64_t wait_ns)
{
        return rounds_run(seat, seat->own, wait_ns, true);
}

uint64_t seat_idle_ns(struct seat *seat)
{
        uint64_t timer = timer_next(&seat->timers), now;

        if (turns_wait(seat, seat->own))
                return 0;
        if (timer == UINT64_MAX)
                return UINT64_MAX;
        now = seat_now(seat);
        return timer > now ? timer - now : 0;
}

int seat_end(struct seat *seat)
{
        process_unload(seat->own);
        stall_watch_worker(seat->stall, NULL);
        seat->own->seat = NULL;
        if (seat->stall != NULL || seat->resident)
                platform_fault_stack(false);
        operation_requests_take(seat); /* the last are of operations that are over */
        if (seat->number == 0)
                threads_join(seat->domain);
        return seat->domain->first->status;
}

int seat_run(struct seat *seat)
{
        seat_begin(seat);
        loop(seat, seat->own);
        return seat_end(seat);
}

void seat_run_spare(struct seat *seat)
{
        struct worker *worker = worker_self();

        seat->other = worker;
        sit_down(seat, worker);
        loop(seat, worker);
}

void seat_regain(void)
{
        struct worker *worker = worker_self();

        spare_regain(worker->seat->spare);
        worker->lost = 0;
        handover_take_over(worker->seat, worker);
}
