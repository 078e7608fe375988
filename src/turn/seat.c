/* SPDX-License-Identifier: MIT */
/*
 * The turn loop. One round:
 *
 *      take what was posted
 *      run the process's turns: at most TURNS_IN_ROUND, so that completions and timers get theirs
 *      commit and gather: platform_io_wait() submits the batch and brings completions; it waits
 *      only where no turn is ready dispatch completions, fire timers
 *
 * Quiet is when there is no turn, no timer, no operation and nobody who may post: then nothing can
 * ever happen, which is a deadlock among the activities of the process. It is reported with all of
 * them, and the process is abandoned.
 */
#include "turn/seat.h"

#include "base/atomic.h"
#include "platform/sim.h"
#include "platform/time.h"
#include "turn/report.h"
#include "turn/stall.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TURNS_IN_ROUND 1024
#define COMPLETIONS_MAX 1024
#define DEADLOCK_LISTED 16
#define AHEAD 8 /* completions */
#define TRIM_NS 100000000u

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
        seat->now = platform_io_now(seat->io);
        timer_wheel_init(&seat->timers, (uintptr_t)stack_arena, seat->now);
        if (config->stall_ns >= 0) {
                error = stall_watch_new(config->stall_ns ? config->stall_ns : 10000000,
                                        &seat->stall);
                if (error < 0) {
                        platform_io_free(seat->io);
                        free(seat);
                        return error;
                }
        }
        *ret_seat = seat;
        return 0;
}

struct seat *seat_free(struct seat *seat)
{
        if (seat == NULL)
                return NULL;
        stall_watch_free(seat->stall);
        while (seat->posts != NULL) { /* too late for the process */
                struct post *post = seat->posts;

                seat->posts = post->next;
                free(post);
        }
        platform_io_free(seat->io);
        free(seat);
        return NULL;
}

uint64_t seat_deadline(struct seat *seat, int64_t duration)
{
        uint64_t now = seat->simulated ? platform_io_now(seat->io)
                                       : platform_time_near() + PLATFORM_TIME_NEAR_NS;

        return now + (uint64_t)(duration < INT64_MAX / 2 ? duration : INT64_MAX / 2);
}

uint64_t seat_now(struct seat *seat)
{
        seat->now = platform_io_now(seat->io);
        return seat->now;
}

int seat_post(struct seat *seat, void (*run)(struct seat *, void *, void *), void *first,
              void *second)
{
        struct post *post = malloc(sizeof *post), *head;

        if (post == NULL)
                return -ENOMEM;
        *post = (struct post){.run = run, .first = first, .second = second};
        head = atomic_load_relaxed(&seat->posts);
        do {
                post->next = head;
        } while (!atomic_compare_exchange(&seat->posts, &head, post));
        platform_io_wake(seat->io);
        return 0;
}

/* Runs what was posted, oldest first. */
static void posts_take(struct seat *seat)
{
        struct post *post, *reversed = NULL;

        if (likely(atomic_load_relaxed(&seat->posts) == NULL))
                return;
        post = atomic_exchange(&seat->posts, NULL);
        while (post != NULL) {
                struct post *next = post->next;

                post->next = reversed;
                reversed = post;
                post = next;
        }
        while (reversed != NULL) {
                post = reversed;
                reversed = post->next;
                post->run(seat, post->first, post->second);
                free(post);
        }
}

static void process_on(struct worker *worker, struct process *process)
{
        worker->process = process;
        worker->ready = &process->ready;
        worker->live = process->live;
}

static void process_off(struct worker *worker, struct process *process)
{
        process->live = worker->live;
        process->turns = worker->turns;
        process->starts = worker->starts;
        worker->ready = &turns_of_nobody;
        worker->process = NULL;
}

static void process_run(struct seat *seat, struct worker *worker)
{
        struct process *process = seat->process;
        struct activity *root = activity_at(process->root);

        process_on(worker, process);
        worker->turn_budget = TURNS_IN_ROUND;
        stall_watch_turn(seat->stall, true);
        if (unlikely(root->wait != NULL)) {
                void *entry = root->wait;

                root->wait = NULL;
                worker->start_kind = 1u << ACTIVITY_FLAG_RESULT_SHIFT;
                activity_enter(entry, (void *)(uintptr_t)process->entry, root);
                process->entry = worker->started;
                /* What is posted from now on belongs to the entry activity. */
                root->scope = stack_ref_of(&activity_at((stack_ref)process->entry)->children);
        } else if (!turns_are_none(&process->ready)) {
                activity_resume(activity_at(turns_take(&process->ready)));
        }
        stall_watch_turn(seat->stall, false);
        process_off(worker, process);
}

void seat_enter(struct seat *seat, void *function, void *pointer)
{
        struct worker *worker = worker_self();
        struct activity *activity;

        process_on(worker, seat->process);
        worker->turn_budget = TURNS_IN_ROUND;
        worker->start_kind = ACTIVITY_FLAG_IGNORED | ACTIVITY_FLAG_NOTIFY;
        activity_enter(function, pointer, activity_at(seat->process->root));
        /* One that never waited has ended before anybody could be told. */
        activity = activity_at((stack_ref)worker->started);
        if (seat->process->state == PROCESS_RUNNING &&
            activity->segment.generation == worker->started >> 32 &&
            activity->segment.state == ACTIVITY_STATE_DONE)
                activity_finished(activity);
        process_off(worker, seat->process);
}

/* The entry activity is done when the list of its root says so; its result is the program's. */
static void process_entry_check(struct process *process)
{
        struct activity *entry = activity_at((stack_ref)process->entry);
        int64_t result;

        if (process->state != PROCESS_RUNNING || entry->segment.state != ACTIVITY_STATE_DONE)
                return;
        memcpy(&result, (char *)entry + ACTIVITY_RESULT, sizeof result);
        process_end(process, (int)result);
}

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

static void report_deadlock(struct process *process)
{
        struct activity *root = activity_at(process->root);
        stack_ref list = root->children;
        unsigned listed = 0;

        base_report("mori: process %s: deadlock: %u activities wait, and nothing is under way that "
                    "could wake them",
                    process->name, process->live);
        /* The first level is enough to see who waits; a debugger shows the rest. */
        for (; list != 0 && listed < DEADLOCK_LISTED;
             list = activity_at(list)->sibling_next, listed++) {
                struct activity *activity = activity_at(list);
                stack_ref child;

                report_activity(activity);
                for (child = activity->children; child != 0 && listed < DEADLOCK_LISTED;
                     child = activity_at(child)->sibling_next, listed++)
                        report_activity(activity_at(child));
        }
        process->abandoned = true;
        process_end(process, 70);
}

int seat_run(struct seat *seat)
{
        struct platform_completion completions[COMPLETIONS_MAX];
        struct process *process = seat->process;
        struct worker *worker = worker_self();

        worker->seat = seat;
        stall_watch_worker(seat->stall, worker);
        for (;;) {
                uint64_t timeout = UINT64_MAX, next;
                uint32_t expected;
                size_t count;

                seat->rounds++;
                posts_take(seat);
                if (process->state == PROCESS_RUNNING &&
                    (!turns_are_none(&process->ready) ||
                     activity_at(process->root)->wait != NULL)) {
                        process_run(seat, worker);
                        process_entry_check(process);
                }
                if (process->state != PROCESS_RUNNING && process_end_step(process))
                        break;
                next = timer_next(&seat->timers);
                /* Before the posts: who expects none any more has posted before it said so. */
                expected = atomic_load_acquire(&seat->posts_expected);
                if (process->state == PROCESS_RUNNING) {
                        if (!turns_are_none(&process->ready) ||
                            atomic_load_relaxed(&seat->posts) != NULL)
                                timeout = 0;
                        else if (next != UINT64_MAX)
                                timeout = next > seat_now(seat) ? next - seat->now : 0;
                        else if (platform_io_pending(seat->io) == 0 && expected == 0) {
                                report_deadlock(process);
                                continue;
                        }
                }
                if (timeout != 0 && trim_now(seat) && timeout > TRIM_NS)
                        timeout = TRIM_NS;
                count = platform_io_wait(seat->io, timeout, completions, COMPLETIONS_MAX);
                if (unlikely(count == 0 && timeout == UINT64_MAX && seat->simulated &&
                             platform_sim_is_quiet(seat->io) && process->state == PROCESS_RUNNING))
                        report_deadlock(process);
                completions_dispatch(completions, count);
                if (next != UINT64_MAX &&
                    (timeout != 0 || (seat->rounds & 7) == 0 || turns_are_none(&process->ready)))
                        timer_advance(&seat->timers, seat_now(seat));
        }
        stall_watch_worker(seat->stall, NULL);
        return process->status;
}
