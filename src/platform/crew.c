/* SPDX-License-Identifier: MIT */
/*
 * Crews: the threads that run calls, one crew for what blocks and one for what computes.
 *
 *      crew_add ---> waiting ---> begun (a thread took it) ---> done ---> call_done
 *                       |            |
 *                       |            +--- crew_cancel of one that may be left ---> left
 *                       +--- crew_cancel ---> the caller's again
 *
 *      a thread:   coming ---> in a call <---> looks for the next ---> spins ---> sleeps ---> ends
 *                    ^                                                              |
 *                    +--------------------- summoned -------------------------------+
 *
 * Invariants, under the lock:
 *   (1) Where calls wait, somebody is about to look: a thread spins, or is coming (woken or just
 *       made), or all that there may be are in calls, and each looks when its call has ended.
 *       summon() makes it so, called by whoever adds calls, and by each thread that takes one and
 *       leaves others: so threads are woken one by the other, and a burst of calls that take no
 *       time is done by one or two of them.
 *   (2) An operation is in `waiting`, or with one thread (`op`), or neither.
 *   (3) `threads` are those that have not ended. The place of one that has ended is used again
 *       after it was joined.
 *   (4) A thread that was made comes to its first look, or was never counted: where none can be
 *       made and there is none, what waits fails with -EAGAIN.
 *
 * A thread that has nothing to do spins for a moment before it sleeps, one of a crew at a time
 * (crew_spin_try()).
 *
 * The pool of files (pool.c) is another one. Its calls know their descriptors, and a close waits
 * for them; and files must not wait behind offloaded functions that block.
 */
#include "platform/crew_threads.h"

#include "base/base.h"
#include "platform/fault.h"
#include "platform/quota.h"
#include "platform/thread.h"
#include "platform/time.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKING_DEFAULT 64
#define QUEUE_DEFAULT 65536
#define END_NS_DEFAULT 5000000000u
#define THREADS_MAX 4096u
#define REST_NS 1000000000u /* a thread that nobody needs for so long ends */
#define PATIENCE_MAX 16u
#define PATIENCE_SKIPS 64u
#define SIMULATED_NS 10000000000u /* until a simulated call is reported */

struct crew crews[2] = {{.computes = false}, {.computes = true}};
struct platform_call_limits crew_limits = {.queue = QUEUE_DEFAULT, .end_ns = END_NS_DEFAULT};

static __thread struct crew_thread *here;
static uint32_t ending;      /* 1: the program ends */
static uint32_t queue_full;  /* 1: it was reported */
static uint32_t cpus;

/* ---- Limits */

void platform_call_limit(const struct platform_call_limits *limits)
{
        uint32_t computing = limits->computing, blocking = limits->blocking;
        uint32_t quota = platform_quota_cpus("");

        cpus = platform_thread_cpus();
        if (quota != 0 && quota < cpus)
                cpus = quota; /* more threads would only stand still for the rest of the period */
        if (computing == 0)
                computing = cpus;
        if (blocking == 0)
                blocking = BLOCKING_DEFAULT;
        crew_limits = *limits;
        crew_limits.blocking = blocking < THREADS_MAX ? blocking : THREADS_MAX;
        crew_limits.computing = computing < THREADS_MAX ? computing : THREADS_MAX;
        if (crew_limits.queue == 0)
                crew_limits.queue = QUEUE_DEFAULT;
        if (crew_limits.end_ns == 0)
                crew_limits.end_ns = END_NS_DEFAULT;
        queue_full = 0;
        crews[0].limit = crew_limits.blocking;
        crews[1].limit = crew_limits.computing;
}

uint32_t platform_call_computing(void)
{
        if (crews[1].limit == 0)
                platform_call_limit(&(struct platform_call_limits){0});
        return crews[1].limit;
}

bool crew_spin_try(struct platform_call_patience *patience)
{
        if (cpus < 2)
                return false;
        if (patience->left > 0)
                return true;
        if (++patience->skipped < PATIENCE_SKIPS)
                return false;
        patience->skipped = 0;
        return true;
}

void crew_spin_learn(struct platform_call_patience *patience, bool found, uint64_t began_ns)
{
        if (platform_time_now() - began_ns > 3u * CREW_SPIN_NS)
                patience->left = 0; /* others have had this CPU meanwhile: there are too few */
        else if (!found)
                patience->left -= patience->left > 0;
        else if (patience->left < PATIENCE_MAX)
                patience->left++;
}

/* ---- Threads come and go */

static void crew_main(void *argument);

/* A place for one more thread, with the last who had it joined. NULL: no memory. */
static struct crew_thread *place_find(struct crew *crew)
{
        uint32_t i;

        if (crew->places_count < crew->limit) {
                struct crew_thread *places;

                if (crew->threads > 0) /* they know their places */
                        goto search;
                for (i = 0; i < crew->places_count; i++)
                        crew->places[i].thread = platform_thread_join(crew->places[i].thread);
                places = calloc(crew->limit, sizeof *places);
                if (places == NULL)
                        return NULL;
                free(crew->places);
                crew->places = places;
                crew->places_count = crew->limit;
        }
search:
        for (i = 0; i < crew->places_count; i++) {
                struct crew_thread *place = &crew->places[i];

                if (place->crew == NULL)
                        return place;
                if (place->ended && place->thread != NULL) {
                        platform_thread_join(place->thread);
                        memset(place, 0, sizeof *place);
                        return place;
                }
        }
        return NULL;
}

/* What is to be done, without the lock, so that somebody looks for what waits. */
struct summons {
        struct crew *crew;          /* NULL: nothing */
        struct crew_thread *thread; /* to be woken; or the place of one that is to be made */
        bool make;
};

/* (1). To be followed by summon_now(). */
static struct summons summon(struct crew *crew)
{
        struct crew_thread *thread = crew->sleepers;

        if (crew->waiting.count == 0 || crew->spinning > 0 || crew->coming > 0)
                return (struct summons){0};
        if (thread != NULL) {
                crew->sleepers = thread->sleeper;
                crew->coming++;
                atomic_store_release(&thread->wake, 1);
                return (struct summons){crew, thread, false};
        }
        if (crew->threads >= crew->limit) {
                crew_minder_want(false);
                return (struct summons){0};
        }
        thread = place_find(crew);
        if (thread != NULL)
                thread->crew = crew;
        crew->threads++;
        crew->coming++;
        crew->making++;
        return (struct summons){crew, thread, true};
}

/* Calls that no thread will ever run. */
static void fail_all(struct platform_call_list *list, int error)
{
        struct platform_op *op;

        while ((op = call_list_pop(list)) != NULL) {
                call_words(op)->result = error;
                atomic_store_relaxed(&call_words(op)->state, CALL_DONE);
                call_done(op);
        }
}

static void summon_now(struct summons summons)
{
        struct platform_call_list failed = {0};
        struct crew_thread *thread = summons.thread;
        struct crew *crew = summons.crew;
        struct platform_thread *made = NULL;
        int error = -ENOMEM;

        if (crew == NULL)
                return;
        if (!summons.make) {
                platform_thread_notify(&thread->wake);
                return;
        }
        if (thread != NULL) {
                char name[16];

                snprintf(name, sizeof name, "mori-%s-%u", crew->computes ? "comp" : "work",
                         (unsigned)(thread - crew->places) % 10000u);
                error = platform_thread_new(crew_main, thread, name, 0, &made);
        }
        base_lock(&crew->lock);
        crew->making--;
        if (error == 0) {
                thread->thread = made;
        } else {
                if (thread != NULL)
                        memset(thread, 0, sizeof *thread);
                crew->coming--;
                if (--crew->threads == 0) { /* (4) */
                        failed = crew->waiting;
                        crew->waiting = (struct platform_call_list){0};
                        atomic_store_relaxed(&crew->waiting_count, 0);
                }
        }
        base_unlock(&crew->lock);
        if (error != 0) {
                if (failed.count > 0)
                        base_report("mori: offload: no thread could be made: %s", strerror(-error));
                fail_all(&failed, -EAGAIN);
        }
}

/* Whether something came to do, in the time that waking would take. */
static bool spin(const struct crew *crew, uint64_t began)
{
        do {
                for (unsigned i = 0; i < 16; i++) {
                        if (atomic_load_relaxed(&crew->waiting_count) > 0)
                                return true;
                        __builtin_ia32_pause();
                }
        } while (platform_time_now() - began < CREW_SPIN_NS);
        return false;
}

static void sleepers_remove(struct crew *crew, struct crew_thread *thread)
{
        struct crew_thread **link = &crew->sleepers;

        while (*link != thread)
                link = &(*link)->sleeper;
        *link = thread->sleeper;
}

/* Nothing waits. Under the lock, which is let go meanwhile. False: the thread is to end. */
static bool rest(struct crew *crew, struct crew_thread *thread)
{
        uint64_t since;

        if (crew_program_ends())
                return false;
        if (crew->spinning == 0 && crew_spin_try(&crew->patience)) {
                uint64_t began = platform_time_now();
                bool found;

                crew->spinning++;
                base_unlock(&crew->lock);
                found = spin(crew, began);
                base_lock(&crew->lock);
                crew->spinning--;
                crew_spin_learn(&crew->patience, found, began);
                if (crew->waiting.count > 0)
                        return true;
                if (crew_program_ends()) /* whose end may have gone by already */
                        return false;
        }
        thread->wake = 0;
        thread->sleeper = crew->sleepers;
        crew->sleepers = thread;
        base_unlock(&crew->lock);
        since = platform_time_now();
        do {
                platform_thread_wait(&thread->wake, 0, REST_NS);
        } while (atomic_load_acquire(&thread->wake) == 0 && platform_time_now() - since < REST_NS);
        base_lock(&crew->lock);
        if (thread->wake == 0) {
                sleepers_remove(crew, thread);
                return false;
        }
        thread->wake = 0;
        crew->coming--;
        return true;
}

/* ---- Calls */

static void call_begin(struct crew *crew, struct crew_thread *thread, struct platform_op *op)
{
        atomic_store_relaxed(&crew->waiting_count, crew->waiting.count);
        atomic_store_relaxed(&call_words(op)->state, CALL_BEGUN);
        op->engine_previous = (struct platform_op *)(void *)thread;
        thread->op = op;
        thread->function = (int (*)(void *))op->address;
        thread->context = op->address2;
        thread->release = (void (*)(void *))(uintptr_t)op->offset; /* NOLINT */
        thread->site = platform_call_site(op);
        thread->flags = op->flags;
        thread->cancelled = 0;
        thread->begun_ns = platform_time_near();
        crew->begun++;
}

static int32_t call_run(struct crew_thread *thread)
{
        bool interruptible = thread->flags & PLATFORM_CALL_INTERRUPT;
        int result;

        if (interruptible)
                crew_interruptible(true);
        errno = 0;
        result = thread->function(thread->context);
        if (result < 0 && thread->flags & PLATFORM_CALL_ERRNO)
                result = errno > 0 ? -errno : result;
        if (interruptible)
                crew_interruptible(false);
        return result;
}

/* The function has returned. The operation, or NULL where it was left. */
static struct platform_op *call_end(struct crew *crew, struct crew_thread *thread, int32_t result)
{
        struct platform_op *op = thread->op;

        crew->begun--;
        crew->calls++;
        thread->function = NULL;
        thread->op = NULL;
        if (op != NULL) {
                op->op_flags |= CALL_RAN;
                call_words(op)->result = result;
                atomic_store_relaxed(&call_words(op)->state, CALL_DONE);
        }
        return op;
}

static void crew_main(void *argument)
{
        struct crew_thread *thread = argument;
        struct crew *crew = thread->crew;
        struct platform_op *op, *done = NULL;

        here = thread;
        platform_fault_stack(true);
        base_lock(&crew->lock);
        thread->id = platform_thread_id();
        crew->coming--;
        for (;;) {
                struct summons next = {0};
                int32_t result;

                op = call_list_pop(&crew->waiting);
                if (op != NULL) {
                        call_begin(crew, thread, op);
                        next = summon(crew);
                } else if (done == NULL) {
                        if (rest(crew, thread))
                                continue;
                        break;
                }
                base_unlock(&crew->lock);
                if (done != NULL)
                        call_done(done);
                done = NULL;
                summon_now(next);
                if (op == NULL) {
                        base_lock(&crew->lock);
                        continue;
                }
                result = call_run(thread);
                base_lock(&crew->lock);
                if (thread->op == NULL && thread->release != NULL) {
                        base_unlock(&crew->lock);
                        thread->release(thread->context);
                        base_lock(&crew->lock);
                }
                done = call_end(crew, thread, result);
        }
        thread->ended = true;
        crew->threads--;
        base_unlock(&crew->lock);
        platform_fault_stack(false);
}

void crew_add(unsigned kind, struct platform_call_list *calls)
{
        struct crew *crew = &crews[kind];
        struct summons summons;
        struct platform_op *op;

        if (crew->limit == 0)
                platform_call_limit(&(struct platform_call_limits){0});
        base_lock(&crew->lock);
        while (crew->waiting.count < crew_limits.queue && (op = call_list_pop(calls)) != NULL) {
                atomic_store_relaxed(&call_words(op)->state, CALL_WAITING);
                call_list_append(&crew->waiting, op);
        }
        atomic_store_relaxed(&crew->waiting_count, crew->waiting.count);
        summons = summon(crew);
        base_unlock(&crew->lock);
        summon_now(summons);
        if (calls->count > 0 && atomic_exchange(&queue_full, 1) == 0)
                base_report("mori: offload: %u calls wait for a thread already, and another is "
                            "answered -EAGAIN; MORI_OFFLOAD_QUEUE raises the limit",
                            crew_limits.queue);
}

enum crew_cancel crew_cancel(struct platform_op *op)
{
        struct crew *crew = &crews[call_kind(op)];
        enum crew_cancel answer = CREW_GOES_ON;
        uint32_t state;

        base_lock(&crew->lock);
        state = atomic_load_relaxed(&call_words(op)->state);
        if (state == CALL_WAITING) {
                call_list_remove(&crew->waiting, op);
                atomic_store_relaxed(&crew->waiting_count, crew->waiting.count);
                answer = CREW_TAKEN_BACK;
        } else if (state == CALL_BEGUN) {
                struct crew_thread *thread = (struct crew_thread *)(void *)op->engine_previous;

                atomic_store_relaxed(&thread->cancelled, 1);
                if (thread->flags & PLATFORM_CALL_INTERRUPT)
                        crew_minder_want(true);
                if (thread->flags & PLATFORM_CALL_LEAVE) {
                        thread->op = NULL;
                        answer = CREW_LEFT;
                }
        }
        base_unlock(&crew->lock);
        return answer;
}

/* ---- The simulation's */

void crew_run_done(struct platform_op *op)
{
        uint32_t *state = &call_words(op)->state;

        atomic_store_release(state, CALL_HANDED_OUT); /* from here on it may be gone */
        platform_thread_notify(state);
}

int32_t crew_run(const struct platform_op *op, bool *ret_ran)
{
        struct platform_call_list list = {0};
        struct platform_op copy = *op;
        struct call_words *words = call_words(&copy);
        uint64_t since = platform_time_now();
        uint32_t state;

        *words = (struct call_words){.state = CALL_GATHERED};
        call_list_append(&list, &copy);
        crew_add(call_kind(op), &list);
        if (list.count > 0) {
                *ret_ran = false;
                return -EAGAIN;
        }
        while ((state = atomic_load_acquire(&words->state)) != CALL_HANDED_OUT) {
                platform_thread_wait(&words->state, state, SIMULATED_NS);
                if (since != 0 && platform_time_now() - since >= SIMULATED_NS) {
                        base_report("mori: offload: the simulation waits for a function that has "
                                    "not returned for 10 s");
                        since = 0;
                }
        }
        *ret_ran = copy.op_flags & CALL_RAN;
        return words->result;
}

/* ---- What is asked about them */

bool platform_call_is_inside(void)
{
        return here != NULL && here->function != NULL;
}

bool platform_call_cancelled(void)
{
        return platform_call_is_inside() &&
               (atomic_load_relaxed(&here->cancelled) || atomic_load_relaxed(&ending));
}

static struct platform_call_info info_of(const struct crew_thread *thread)
{
        return (struct platform_call_info){
                .function = (const void *)thread->function,
                .site = thread->site,
                .begun_ns = thread->begun_ns,
                .thread = thread->id,
                .computes = thread->flags & PLATFORM_CALL_COMPUTES,
                .cancelled = thread->cancelled,
                .left = thread->op == NULL,
        };
}

bool platform_call_here(struct platform_call_info *ret_call)
{
        if (!platform_call_is_inside())
                return false;
        *ret_call = info_of(here);
        return true;
}

void platform_call_each(void (*tell)(const struct platform_call_info *call, void *argument),
                        void *argument)
{
        for (unsigned kind = 0; kind < 2; kind++) {
                struct crew *crew = &crews[kind];

                base_lock(&crew->lock);
                for (uint32_t i = 0; i < crew->places_count; i++) {
                        if (crew->places[i].function != NULL) {
                                struct platform_call_info info = info_of(&crew->places[i]);

                                tell(&info, argument);
                        }
                }
                base_unlock(&crew->lock);
        }
}

void platform_call_statistics(struct platform_call_statistics *ret_statistics)
{
        *ret_statistics = (struct platform_call_statistics){0};
        for (unsigned kind = 0; kind < 2; kind++) {
                struct crew *crew = &crews[kind];

                base_lock(&crew->lock);
                ret_statistics->threads[kind] = crew->threads;
                ret_statistics->limit[kind] = crew->limit;
                ret_statistics->waiting[kind] = crew->waiting.count;
                ret_statistics->begun[kind] = crew->begun;
                ret_statistics->calls += crew->calls;
                base_unlock(&crew->lock);
        }
}

/* ---- The end of a program */

bool crew_program_ends(void)
{
        return atomic_load_acquire(&ending) != 0;
}

static bool crew_is_empty(struct crew *crew)
{
        bool empty;

        base_lock(&crew->lock);
        empty = crew->threads == 0;
        base_unlock(&crew->lock);
        return empty;
}

void platform_call_ending(void)
{
        if (crew_is_empty(&crews[0]) && crew_is_empty(&crews[1]))
                return;
        crew_minder_ending(); /* first: whoever sees that it ends knows since when */
        atomic_store_release(&ending, 1);
        crew_minder_want(true);
}

static void crew_end(struct crew *crew)
{
        struct crew_thread *sleeper;
        bool over = false;

        base_lock(&crew->lock);
        while ((sleeper = crew->sleepers) != NULL) {
                crew->sleepers = sleeper->sleeper;
                crew->coming++;
                atomic_store_release(&sleeper->wake, 1);
                platform_thread_notify(&sleeper->wake);
        }
        base_unlock(&crew->lock);
        while (!over) {
                struct platform_thread *thread = NULL;
                struct crew_thread *place = NULL;

                base_lock(&crew->lock);
                for (uint32_t i = 0; i < crew->places_count && thread == NULL; i++) {
                        place = &crew->places[i];
                        thread = place->thread;
                        place->thread = NULL;
                }
                over = thread == NULL && crew->making == 0;
                base_unlock(&crew->lock);
                if (thread != NULL) {
                        platform_thread_join(thread);
                        base_lock(&crew->lock);
                        *place = (struct crew_thread){0};
                        base_unlock(&crew->lock);
                }
        }
        assert_always(crew->threads == 0 && crew->waiting.count == 0);
}

void platform_call_end(void)
{
        if (!crew_program_ends())
                platform_call_ending(); /* there may have been no call then */
        crew_end(&crews[0]);
        crew_end(&crews[1]);
        crew_minder_end();
        atomic_store_relaxed(&ending, 0);
}
