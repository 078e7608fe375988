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
 * Quiet is when there is no turn, no timer, no operation and nobody who may post: then nothing can
 * ever happen, which is a deadlock among the activities of the processes. It is reported with all
 * of them, and the processes are abandoned.
 *
 * While a process is away, with the worker that is stuck in one of its turns, what comes for it is
 * kept: posts in a list, completions in `deferred`, timers by being set again. The stuck worker has
 * the process with it when it gets the seat back, which may be whenever a turn was run.
 */
#include "turn/seat.h"

#include "base/atomic.h"
#include "platform/fault.h"
#include "platform/sim.h"
#include "platform/thread.h"
#include "platform/time.h"
#include "turn/report.h"
#include "turn/spare.h"
#include "turn/stall.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TURNS_IN_ROUND 1024
#define COMPLETIONS_MAX 1024
#define DEADLOCK_LISTED 16
#define AHEAD 8 /* completions */
#define TRIM_NS 100000000u
#define AGAIN_NS 1000000 /* until a timer of a process that is away is looked at again */

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
        while (*link != seat)
                link = &(*link)->next;
        atomic_store_release(link, seat->next);
        base_unlock(&seats_lock);
}

int seat_new(const struct seat_config *config, struct seat **ret_seat)
{
        struct seat *seat = calloc(1, sizeof *seat);
        int error;

        if (seat == NULL)
                return -ENOMEM;
        error = platform_io_new(&config->io, &seat->io);
        if (error < 0) {
                free(seat);
                return error;
        }
        seat->simulated = config->io.kind == PLATFORM_IO_SIM;
        if (seat->simulated)
                platform_sim_echo(seat->io, true); /* what a simulated program prints is printed */
        seat->queue_end = &seat->queue;
        seat->posts_taken_end = &seat->posts_taken;
        timer_wheel_init(&seat->timers, (uintptr_t)stack_arena, seat_now(seat));
        if (config->stall_ns >= 0) {
                error = spare_new(seat, &seat->spare);
                if (error == 0)
                        error = stall_watch_new(
                                seat, config->stall_ns ? config->stall_ns : 10000000, &seat->stall);
                if (error < 0) {
                        spare_free(seat->spare);
                        platform_io_free(seat->io);
                        free(seat);
                        return error;
                }
        }
        seats_add(seat);
        *ret_seat = seat;
        return 0;
}

static void posts_free(struct post *post)
{
        while (post != NULL) { /* too late for the process */
                struct post *next = post->next;

                free(post);
                post = next;
        }
}

struct seat *seat_free(struct seat *seat)
{
        if (seat == NULL)
                return NULL;
        assert_always(seat->processes == 0 && seat->deferred_count == 0);
        seats_remove(seat);
        stall_watch_free(seat->stall);
        spare_free(seat->spare);
        posts_free(seat->posts);
        posts_free(seat->posts_taken);
        free(seat->deferred);
        platform_io_free(seat->io);
        free(seat);
        return NULL;
}

/* ---- Processes */

void seat_queue(struct seat *seat, struct process *process)
{
        if (process->queue_link != NULL)
                return;
        process->queue_next = NULL;
        process->queue_link = seat->queue_end;
        *seat->queue_end = process;
        seat->queue_end = &process->queue_next;
}

static void unqueue(struct seat *seat, struct process *process)
{
        if (process->queue_link == NULL)
                return;
        *process->queue_link = process->queue_next;
        if (process->queue_next != NULL)
                process->queue_next->queue_link = process->queue_link;
        else
                seat->queue_end = process->queue_link;
        process->queue_link = NULL;
}

void seat_process_add(struct seat *seat, struct process *process)
{
        process->all_next = seat->all;
        process->all_link = &seat->all;
        if (seat->all != NULL)
                seat->all->all_link = &process->all_next;
        seat->all = process;
        atomic_add(&seat->processes, 1);
        seat_queue(seat, process);
}

void seat_process_remove(struct seat *seat, struct process *process)
{
        unqueue(seat, process);
        *process->all_link = process->all_next;
        if (process->all_next != NULL)
                process->all_next->all_link = process->all_link;
        atomic_add(&seat->processes, -1u);
}

/* ---- Time */

uint64_t seat_deadline(struct seat *seat, int64_t duration)
{
        uint64_t now = seat->simulated ? platform_io_now(seat->io)
                                       : platform_time_near() + PLATFORM_TIME_NEAR_NS;

        return now + (uint64_t)(duration < INT64_MAX / 2 ? duration : INT64_MAX / 2);
}

uint64_t seat_now(const struct seat *seat)
{
        return platform_io_now(seat->io);
}

void seat_timer_start(struct timer *timer, int64_t duration)
{
        struct seat *seat = seat_hold();

        timer_start(&seat->timers, timer, seat_deadline(seat, duration));
        seat_release();
}

void seat_timer_stop(struct timer *timer)
{
        timer_stop(&seat_hold()->timers, timer);
        seat_release();
}

bool seat_timer_fires(struct timer *timer, struct process *process)
{
        struct seat *seat = process->seat;

        if (unlikely(!process_load(process))) {
                timer_start(&seat->timers, timer, seat_now(seat) + AGAIN_NS);
                return false;
        }
        return process->state == PROCESS_RUNNING;
}

/* ---- Posts */

int seat_post(struct seat *seat, struct process *process,
              void (*run)(struct seat *, void *, void *), void *first, void *second)
{
        struct post *post = malloc(sizeof *post), *head;

        if (post == NULL)
                return -ENOMEM;
        *post = (struct post){.process = process, .run = run, .first = first, .second = second};
        head = atomic_load_relaxed(&seat->posts);
        do {
                post->next = head;
        } while (!atomic_compare_exchange(&seat->posts, &head, post));
        platform_io_wake(seat->io);
        return 0;
}

/*
 * Runs what was posted, oldest first. One may begin a turn, in which the seat changes hands: so the
 * list is the seat's, and is read anew after each.
 */
static void posts_take(struct seat *seat)
{
        struct post *post, *newest, *reversed = NULL, **link = &seat->posts_taken;

        newest = post = atomic_exchange(&seat->posts, NULL);
        while (post != NULL) {
                struct post *next = post->next;

                post->next = reversed;
                reversed = post;
                post = next;
        }
        if (newest != NULL) {
                *seat->posts_taken_end = reversed;
                seat->posts_taken_end = &newest->next;
        }
        while ((post = *link) != NULL) {
                if (post->process != NULL && !process_load(post->process)) {
                        link = &post->next; /* it is away: the post stays */
                        continue;
                }
                *link = post->next;
                if (*link == NULL)
                        seat->posts_taken_end = link;
                post->run(seat, post->first, post->second);
                free(post);
                link = &seat->posts_taken;
        }
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

/* The entry activity is done when the list of its root says so; its result is the process's. */
static void process_entry_check(struct process *process)
{
        struct activity *entry = activity_at((stack_ref)process->entry);
        int64_t result;

        if (process->state != PROCESS_RUNNING || process->entry_function != NULL ||
            entry->segment.state != ACTIVITY_STATE_DONE)
                return;
        memcpy(&result, (char *)entry + ACTIVITY_RESULT, sizeof result);
        process_end(process, (int)result);
}

/* The process is loaded and has turns: they are run, up to the worker's budget. */
static void process_run(struct worker *worker, struct process *process)
{
        struct activity *root = activity_at(process->root);

        turns_begin(worker);
        if (unlikely(process->entry_function != NULL)) {
                void *entry = process->entry_function;

                process->entry_function = NULL;
                worker->start_kind = 1u << ACTIVITY_FLAG_RESULT_SHIFT;
                activity_enter(entry, process->entry_argument, root);
                process->entry = worker->started;
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
        return (atomic_load_acquire(&seat->asked) &
                (worker == seat->own ? SEAT_ASKED_BY_SPARE : SEAT_ASKED_BY_OWN)) != 0;
}

/* One process after the other, in the order in which they got turns. */
static void turns_run(struct seat *seat, struct worker *worker)
{
        worker->turn_budget = TURNS_IN_ROUND;
        do {
                struct process *process = worker->process;
                bool ready = !turns_are_none(worker->ready) && process->state == PROCESS_RUNNING;

                if (unlikely(seat->queue != NULL)) {
                        if (ready)
                                seat_queue(seat, process); /* behind those that wait */
                        process = seat->queue;
                        unqueue(seat, process);
                        if (process->state != PROCESS_RUNNING || !process_load(process))
                                continue;
                } else if (!ready) {
                        break;
                }
                process_run(worker, process);
                if (unlikely(is_asked(seat, worker)))
                        break;
        } while (--worker->turn_budget > 0);
}

void seat_enter(void *function, void *pointer)
{
        struct worker *worker = worker_self();
        struct process *process = process_self();
        struct activity *activity;

        worker->turn_budget = TURNS_IN_ROUND;
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
static void completions_dispatch(const struct platform_completion *completions, size_t count)
{
        size_t i;

        for (i = 0; i < count; i++) {
                if (i + AHEAD < count) {
                        const char *op = (const char *)completions[i + AHEAD].op;

                        __builtin_prefetch(op, 1);
                        __builtin_prefetch(op + 64, 1);
                        __builtin_prefetch(op + 128, 1);
                }
                if (i + AHEAD / 2 < count) {
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

void seat_defer(struct seat *seat, struct platform_op *op, int32_t result, uint32_t flags,
                uint16_t buffer)
{
        assert_always(seat->deferred_count < seat->deferred_room);
        seat->deferred[seat->deferred_count++] = (struct deferred){op, result, flags, buffer};
}

/* Room for so many more completions: at most COMPLETIONS_MAX. */
static size_t deferred_room(struct seat *seat)
{
        size_t room = seat->deferred_room - seat->deferred_count;

        if (room < COMPLETIONS_MAX) {
                uint32_t wanted = seat->deferred_room * 2 + COMPLETIONS_MAX;
                struct deferred *more = realloc(seat->deferred, wanted * sizeof *more);

                if (more == NULL)
                        return room;
                seat->deferred = more;
                seat->deferred_room = wanted;
        }
        return COMPLETIONS_MAX;
}

/*
 * A worker that got its seat back has its process with it: what was kept for that one comes before
 * what is newer. What is still early is kept again, in order.
 */
static void kept_dispatch(struct seat *seat)
{
        uint32_t i, count;

        posts_take(seat); /* first: the seat may change hands there */
        count = seat->deferred_count;
        seat->deferred_count = 0;
        for (i = 0; i < count; i++) {
                struct deferred deferred = seat->deferred[i];

                deferred.op->complete(deferred.op, deferred.result, deferred.flags,
                                      deferred.buffer);
        }
}

/* Is a process with the worker that has lost the seat? */
static inline bool is_away(const struct seat *seat, const struct worker *worker)
{
        return unlikely(seat->other != NULL) &&
               (worker == seat->own ? seat->other : seat->own)->process != NULL;
}

/* ---- Ends */

/* The runtime's own activity that runs callbacks: it always waits, and nobody misses it. */
static bool is_runner(const struct activity *activity)
{
        return activity->segment.state == ACTIVITY_STATE_WAITING_CALLBACKS;
}

static void deadlock_count(struct activity *activity, void *argument)
{
        *(unsigned *)argument += !is_runner(activity);
}

/* Of a list that could be long: the first, and how many more there are. */
static void deadlock_list(struct activity *activity, void *argument)
{
        unsigned *listed = argument;

        if (activity_waits(activity) && !is_runner(activity) && (*listed)++ < DEADLOCK_LISTED)
                activity_report_wait(activity);
}

static void report_deadlock(struct process *process)
{
        unsigned count = 0, listed = 0;

        process_load(process);
        process_each_activity(process, deadlock_count, &count);
        base_report("mori: process %s: deadlock: %u activities wait, and nothing is under way that "
                    "could wake them",
                    process->name, count);
        process_each_activity(process, deadlock_list, &listed);
        if (listed > DEADLOCK_LISTED)
                base_report("mori:   ... and %u more", listed - DEADLOCK_LISTED);
        process->abandoned = true;
        process_end(process, 70);
}

/* Nothing can happen any more. */
static void quiet(struct seat *seat)
{
        struct process *process;

        for (process = seat->all; process != NULL; process = process->all_next)
                if (process->state == PROCESS_RUNNING)
                        report_deadlock(process);
}

/* One step of the teardown of each that is ending. */
static void ending_steps(struct seat *seat)
{
        struct process **link = &seat->ending;

        while (*link != NULL) {
                struct process *process = *link;

                if (process_load(process) && process_end_step(process))
                        *link = process->ending_next;
                else
                        link = &process->ending_next;
        }
}

/* True where the program is over: with the first process, which ends the others. */
static bool ending_step(struct seat *seat)
{
        struct process *process;

        ending_steps(seat);
        if (seat->process->state != PROCESS_GONE)
                return false;
        for (process = seat->all; process != NULL; process = process->all_next)
                if (process_load(process)) /* one that is away is ended when it is back */
                        process_end(process, 0);
        ending_steps(seat); /* those with nothing under way, for which nothing will come */
        return seat->all == NULL;
}

/* ---- The loop */

static bool turns_wait(const struct seat *seat, const struct worker *worker)
{
        return seat->queue != NULL || (!turns_are_none(worker->ready) &&
                                       worker->process->state == PROCESS_RUNNING);
}

/* How long the engine may wait for something to happen, in ns. */
static uint64_t timeout_now(struct seat *seat, const struct worker *worker, uint64_t timer)
{
        /* Before the posts: who expects none any more has posted before it said so. */
        uint32_t expected = atomic_load_acquire(&seat->posts_expected);
        uint64_t now;

        if (turns_wait(seat, worker) || atomic_load_relaxed(&seat->posts) != NULL)
                return 0;
        if (timer == UINT64_MAX) {
                if (platform_io_pending(seat->io) == 0 && expected == 0 && !is_away(seat, worker)) {
                        quiet(seat);
                        return 0;
                }
                return UINT64_MAX;
        }
        now = seat_now(seat);
        return timer > now ? timer - now : 0;
}

/*
 * Waits for completions, and dispatches them. While a process is away there must be room for all of
 * them: those that find none stay with the engine.
 */
static size_t gather(struct seat *seat, const struct worker *worker, uint64_t timeout,
                     struct platform_completion completions[COMPLETIONS_MAX])
{
        size_t count, max = COMPLETIONS_MAX;

        if (unlikely(is_away(seat, worker))) {
                max = deferred_room(seat);
                if (max == 0)
                        return 0;
        }
        count = platform_io_wait(seat->io, timeout, completions, max);
        completions_dispatch(completions, count);
        return count;
}

/*
 * A round, in which the engine waits for at most `wait_ns`. False where it was the last one: the
 * program is over, or the spare, who calls it too, is asked for the seat.
 */
static bool round_run(struct seat *seat, struct worker *worker, uint64_t wait_ns)
{
        struct platform_completion completions[COMPLETIONS_MAX];
        uint64_t timeout, timer;
        size_t count;

        if (unlikely(is_asked(seat, worker))) {
                if (worker != seat->own)
                        return false;
                process_unload(worker);
                spare_lend(seat->spare);
        }
        seat->rounds++;
        if (unlikely(atomic_load_relaxed(&seat->posts) != NULL || seat->posts_taken != NULL))
                posts_take(seat);
        turns_run(seat, worker);
        if (unlikely(seat->other != NULL))
                kept_dispatch(seat);
        if (unlikely(seat->ending != NULL || seat->process->state == PROCESS_GONE) &&
            ending_step(seat))
                return false;
        timer = timer_next(&seat->timers);
        timeout = timeout_now(seat, worker, timer);
        if (timeout != 0 && trim_now(seat) && timeout > TRIM_NS)
                timeout = TRIM_NS;
        if (timeout > wait_ns)
                timeout = wait_ns;
        count = gather(seat, worker, timeout, completions);
        if (unlikely(count == 0 && timeout == UINT64_MAX && seat->simulated &&
                     platform_sim_is_quiet(seat->io)))
                quiet(seat);
        if (timer != UINT64_MAX &&
            (timeout != 0 || (seat->rounds & 7) == 0 || !turns_wait(seat, worker)))
                timer_advance(&seat->timers, seat_now(seat));
        return true;
}

static void loop(struct seat *seat, struct worker *worker)
{
        while (round_run(seat, worker, UINT64_MAX))
                ;
        process_unload(worker);
}

static void sit_down(struct seat *seat, struct worker *worker)
{
        worker->holds = 1;
        worker->lost = 0;
        worker->seat = seat;
}

void seat_begin(struct seat *seat)
{
        struct worker *worker = worker_self();

        assert_always(seat->process != NULL);
        seat->own = worker;
        worker->thread = platform_thread_id();
        sit_down(seat, worker);
        if (seat->stall != NULL) {
                platform_fault_stack(true);
                platform_thread_look_allow();
        }
        stall_watch_worker(seat->stall, worker);
}

bool seat_round(struct seat *seat, uint64_t wait_ns)
{
        return round_run(seat, seat->own, wait_ns);
}

int seat_end(struct seat *seat)
{
        process_unload(seat->own);
        stall_watch_worker(seat->stall, NULL);
        seat->own->seat = NULL;
        if (seat->stall != NULL)
                platform_fault_stack(false);
        return seat->process->status;
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
}
