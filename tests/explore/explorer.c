/* SPDX-License-Identifier: MIT */
/*
 * The search: which schedules are run, and in which order. memory.c has what a step does.
 *
 *      explore() --> run --> step --> step --> ... --> all over, or nobody can go on, or a failure
 *                     ^                                     |
 *                     +------- the deepest state that has a thread still to be tried <----------+
 *
 * A run is replayed from its beginning: there is no going back but by the same schedule again. So
 * everything in a run must follow from its schedule: no clocks, no addresses of the allocator.
 *
 * Two steps depend on each other where they are on the same object and one writes, or are the same
 * thread's. A run has a partial order by that (happens-before, `after` below). For each state and
 * each thread's next step, the last step before that depends on it and is not ordered before it
 * could have come later: the state before that one gets this thread as another to be tried.
 */
#include "explorer_internal.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define STEPS_MAX 4000
#define STACK_BYTES ((size_t)128 * 1024)

/* A state, and the step that is taken from it. */
struct state {
        struct visible next[RUNNERS]; /* of each runner: its next step */
        uint32_t enabled, present;    /* runners, as bits */
        uint32_t tried, wanted, asleep;
        uint32_t preemptions; /* before it */
        uint8_t running;      /* the thread that took the last step; its buffer's do not count */
        uint8_t chosen;
        bool fixed; /* outside of what is explored */
        struct clock after; /* of the step: what it is ordered after, itself included */
};

static struct {
        struct state states[STEPS_MAX + 1];
        unsigned depth, replayed; /* of this run; how far the schedule is given */
        const struct explore_scenario *scenario;
        struct explore_result result;
        char failure[512];
        bool failed, cut;
        void *scheduler_sp;
} search;

struct explore_run explore_run;

/* ---- Threads */

static void thread_main(void)
{
        struct explore_thread *self = explore_run.self;

        self->run(self->argument);
        explore_step(self, true, true, NULL, NULL, "ends");
        self->over = true;
        self->next.kind = VISIBLE_NONE;
        explore_switch(&self->sp, search.scheduler_sp);
        __builtin_unreachable();
}

static struct explore_thread *thread_new(const char *name, void (*run)(void *argument),
                                         void *argument)
{
        struct explore_thread *thread = &explore_run.threads[explore_run.threads_count];
        char *stack = thread->stack;
        void **top;

        if (explore_run.threads_count++ == EXPLORE_THREADS_MAX)
                explore_fail("more than %d threads", EXPLORE_THREADS_MAX);
        if (stack == NULL) {
                stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                if (stack == MAP_FAILED)
                        abort();
        }
        *thread = (struct explore_thread){.stack = stack,
                                          .run = run,
                                          .argument = argument,
                                          .number = explore_run.threads_count - 1};
        snprintf(thread->name, sizeof thread->name, "%s", name);
        top = (void **)(void *)(stack + STACK_BYTES) - 2;
        top[0] = (void *)thread_main;
        top[1] = NULL; /* where a caller's address would be */
        thread->sp = top - 6;
        memset(thread->sp, 0, 6 * sizeof(void *));
        thread->next = (struct visible){.kind = VISIBLE_STEP, .what = "begins"};
        if (explore_run.self != NULL) {
                thread->dependent = explore_run.self->dependent;
                explore_thread_made(thread, explore_run.self);
        }
        return thread;
}

struct explore_thread *explore_thread(const char *name, void (*run)(void *argument),
                                      void *argument, void *worker)
{
        struct explore_thread *thread = thread_new(name, run, argument);

        thread->worker = worker != NULL ? worker : explore_room(EXPLORE_WORKER_BYTES);
        return thread;
}

struct explore_thread *explore_self(void)
{
        return explore_run.self;
}

unsigned explore_number(const struct explore_thread *thread)
{
        return thread->number;
}

struct explore_thread *explore_numbered(unsigned number)
{
        return &explore_run.threads[number];
}

bool explore_is_over(const struct explore_thread *thread)
{
        return thread->over;
}

static bool join_may_go(const void *argument)
{
        return explore_is_over(argument);
}

void explore_join(struct explore_thread *thread)
{
        explore_step(thread, false, true, join_may_go, thread, "joins");
        explore_clock_join(&explore_run.self->ordered, &thread->ordered);
}

void explore_hand_over(struct explore_thread *to)
{
        explore_clock_join(&to->handed, &explore_run.self->dependent);
}

void explore_taken_over(void)
{
        explore_clock_join(&explore_run.self->dependent, &explore_run.self->handed);
}

/* ---- Steps */

void explore_step_at(const struct visible *visible)
{
        struct explore_thread *self = explore_run.self;

        if (self == NULL)
                return;
        self->next = *visible;
        explore_switch(&self->sp, search.scheduler_sp);
}

void explore_step(const void *object, bool writes, bool fence,
                  bool (*enabled)(const void *argument), const void *argument, const char *what)
{
        explore_step_at(&(struct visible){.kind = VISIBLE_STEP,
                                          .object = object,
                                          .writes = writes,
                                          .fence = fence,
                                          .enabled = enabled,
                                          .argument = argument,
                                          .place = __builtin_return_address(0),
                                          .what = what});
}

void explore_begin(void)
{
        explore_run.exploring = true;
}

void explore_end(void)
{
        explore_run.exploring = false;
}

void explore_fail(const char *format, ...)
{
        struct explore_thread *self = explore_run.self;
        va_list arguments;

        if (!search.failed) {
                va_start(arguments, format);
                vsnprintf(search.failure, sizeof search.failure, format, arguments);
                va_end(arguments);
                search.failed = true;
        }
        if (self == NULL) {
                fprintf(stderr, "explorer: %s\n", search.failure);
                abort();
        }
        self->next.kind = VISIBLE_NONE;
        explore_switch(&self->sp, search.scheduler_sp);
        __builtin_unreachable();
}

/* ---- A run */

static inline bool depend(const struct visible *one, const struct visible *other)
{
        return one->object != NULL && one->object == other->object &&
               (one->writes || other->writes);
}

static bool is_enabled(const struct explore_thread *thread)
{
        const struct visible *next = &thread->next;

        return (!next->fence || thread->buffered == 0) &&
               (next->enabled == NULL || next->enabled(next->argument));
}

/* What each runner would do next, in the state that has been reached. */
static void state_fill(struct state *state)
{
        state->enabled = state->present = 0;
        state->fixed = !explore_run.exploring;
        for (unsigned i = 0; i < explore_run.threads_count; i++) {
                const struct explore_thread *thread = &explore_run.threads[i];
                struct visible *flush = &state->next[i + EXPLORE_THREADS_MAX];

                state->next[i] = thread->next;
                if (!thread->over) {
                        state->present |= 1u << i;
                        if (is_enabled(thread))
                                state->enabled |= 1u << i;
                }
                if (thread->buffered != 0) {
                        *flush = explore_flush_next(thread);
                        state->present |= 1u << (i + EXPLORE_THREADS_MAX);
                        state->enabled |= 1u << (i + EXPLORE_THREADS_MAX);
                }
        }
}

static inline bool is_ordered(unsigned at, const struct clock *clock)
{
        const struct state *state = &search.states[at];

        return clock->at[state->chosen] >= state->after.at[state->chosen];
}

static inline struct clock *clock_of(unsigned runner)
{
        return runner < EXPLORE_THREADS_MAX
                       ? &explore_run.threads[runner].dependent
                       : &explore_run.threads[runner - EXPLORE_THREADS_MAX].flushed;
}

/* The state before step `at` is to try `runner`, too, or what leads to it. */
static void want(unsigned at, unsigned depth, unsigned runner, const struct clock *clock)
{
        struct state *state = &search.states[at];
        uint32_t bit = 1u << runner, leads = 0;
        unsigned block = at;

        if (state->enabled & bit) {
                state->wanted |= bit;
        } else {
                for (unsigned i = at + 1; i < depth; i++)
                        if (is_ordered(i, clock))
                                leads |= 1u << search.states[i].chosen;
                leads &= state->enabled;
                if ((leads & state->wanted) == 0)
                        state->wanted |= leads != 0 ? leads & -leads : state->enabled;
        }
        if (search.scenario->preemptions == 0)
                return;
        /* where a preemption there is too many, one that costs none may lead to the same (BPOR) */
        while (block > 0 && search.states[block - 1].chosen == state->chosen)
                block--;
        if (!search.states[block].fixed) {
                if (search.states[block].enabled & bit)
                        search.states[block].wanted |= bit;
                else
                        search.states[block].wanted |= search.states[block].enabled;
        }
}

/* The next step of `runner` in the state at `depth`: with which one before could it change? */
static void races_find(unsigned depth, unsigned runner, unsigned from)
{
        const struct visible *next = &search.states[depth].next[runner];
        struct clock clock = *clock_of(runner);

        if (next->object == NULL)
                return;
        if (runner >= EXPLORE_THREADS_MAX)
                explore_clock_join(&clock, explore_flush_made(runner - EXPLORE_THREADS_MAX));
        for (unsigned i = depth; i-- > from;) {
                const struct state *state = &search.states[i];

                if (state->fixed)
                        return;
                if (state->chosen % EXPLORE_THREADS_MAX == runner % EXPLORE_THREADS_MAX)
                        continue; /* a thread sees its own stores, in memory or not */
                if (!depend(&state->next[state->chosen], next) || is_ordered(i, &clock))
                        continue;
                want(i, depth, runner, &clock);
                return;
        }
}

/* Whether another thread than the one that runs is to go on, though that one could. */
static inline uint32_t preemption(const struct state *state, unsigned runner)
{
        unsigned running = state->running;

        return runner < EXPLORE_THREADS_MAX && runner != running &&
               (state->enabled & (1u << running | 1u << (running + EXPLORE_THREADS_MAX))) != 0;
}

static inline bool is_within(unsigned depth, unsigned runner)
{
        return search.scenario->preemptions == 0 || search.states[depth].fixed ||
               search.states[depth].preemptions + preemption(&search.states[depth], runner) <=
                       search.scenario->preemptions;
}

/* Who goes on by itself: the one who ran, or the first who can. */
static int first_choice(unsigned depth)
{
        const struct state *state = &search.states[depth];
        uint32_t enabled = state->enabled & ~(state->fixed ? 0 : state->asleep);

        if (enabled == 0)
                return -1;
        if (enabled & 1u << state->running)
                return state->running;
        return __builtin_ctz(enabled);
}

/* The runner takes its step. */
static void step_take(unsigned depth, unsigned runner)
{
        struct state *state = &search.states[depth];
        const struct visible *visible = &state->next[runner];
        struct clock *clock = clock_of(runner);

        explore_dependent_join(clock, visible);
        if (runner >= EXPLORE_THREADS_MAX) /* a store that is flushed was made before */
                explore_clock_join(clock, explore_flush_made(runner - EXPLORE_THREADS_MAX));
        clock->at[runner]++;
        explore_dependent_note(clock, visible);
        state->after = *clock;
        if (runner >= EXPLORE_THREADS_MAX) {
                explore_flush(&explore_run.threads[runner - EXPLORE_THREADS_MAX]);
                return;
        }
        if (visible->fence) /* comes after its flushes */
                explore_clock_join(clock, &explore_run.threads[runner].flushed);
        explore_run.self = &explore_run.threads[runner];
        explore_worker_set(explore_run.self->worker);
        explore_switch(&search.scheduler_sp, explore_run.self->sp);
        explore_run.self = NULL;
}

static void scenario_main(void *argument)
{
        (void)argument;
        search.scenario->run();
}

static void run_begin(void)
{
        explore_run.number++;
        explore_run.threads_count = 0;
        explore_run.exploring = false;
        explore_run.self = NULL;
        search.depth = 0;
        search.cut = false;
        explore_memory_begin(search.scenario->buffers);
        if (search.scenario->reset != NULL)
                search.scenario->reset();
        explore_thread("first", scenario_main, NULL, NULL);
}

static void all_sleep(void)
{
        size_t used = (size_t)snprintf(search.failure, sizeof search.failure, "all sleep:");

        for (unsigned i = 0; i < explore_run.threads_count; i++) {
                const struct explore_thread *thread = &explore_run.threads[i];

                if (!thread->over && used < sizeof search.failure)
                        used += (size_t)snprintf(search.failure + used,
                                                 sizeof search.failure - used, " %s (%s)",
                                                 thread->name, thread->next.what);
        }
        search.failed = true;
}

/* Those that go on sleeping after the step: it has nothing to do with theirs. */
static uint32_t still_asleep(const struct state *state)
{
        uint32_t left, asleep = 0;

        for (left = state->asleep; left != 0; left &= left - 1) {
                unsigned other = (unsigned)__builtin_ctz(left);

                if (other != state->chosen &&
                    !depend(&state->next[other], &state->next[state->chosen]))
                        asleep |= 1u << other;
        }
        return asleep;
}

/* Who has a new next step looks back over all; for the others only the last step is new. */
static void all_races_find(unsigned depth)
{
        const struct state *state = &search.states[depth];

        for (unsigned i = 0; i < RUNNERS; i++) {
                bool fresh = depth == 0 || !(search.states[depth - 1].present & 1u << i) ||
                             i % EXPLORE_THREADS_MAX ==
                                     search.states[depth - 1].chosen % EXPLORE_THREADS_MAX;

                if (state->present & 1u << i)
                        races_find(depth, i, fresh ? 0 : depth - 1);
        }
}

/* A run by the schedule as far as it is given, and as it comes from there. */
static void run(void)
{
        run_begin();
        for (;;) {
                unsigned depth = search.depth;
                struct state *state = &search.states[depth];
                bool replayed = depth < search.replayed;
                int choice;

                if (depth == STEPS_MAX) {
                        snprintf(search.failure, sizeof search.failure,
                                 "a run of more than %d steps: it may have no end", STEPS_MAX);
                        search.failed = true;
                        return;
                }
                state_fill(state);
                if (state->present == 0)
                        return;
                if (!replayed) {
                        state->tried = state->wanted = state->asleep = 0;
                        state->preemptions = 0;
                        state->running = 0;
                        if (depth > 0) {
                                const struct state *before = &search.states[depth - 1];

                                state->running = before->chosen < EXPLORE_THREADS_MAX
                                                         ? before->chosen
                                                         : before->running;
                                if (!before->fixed) {
                                        state->preemptions = before->preemptions +
                                                             preemption(before, before->chosen);
                                        state->asleep = still_asleep(before);
                                }
                        }
                }
                if (!state->fixed && !replayed)
                        all_races_find(depth);
                if (state->enabled == 0) {
                        all_sleep();
                        return;
                }
                choice = replayed ? state->chosen : first_choice(depth);
                if (choice < 0) {
                        search.cut = true;
                        return;
                }
                state->chosen = (uint8_t)choice;
                state->tried |= 1u << choice;
                state->wanted |= 1u << choice;
                step_take(depth, (unsigned)choice);
                search.depth = depth + 1;
                search.result.steps++;
                if (search.failed)
                        return;
        }
}

/* The next schedule: false where there is none. */
static bool schedule_next(void)
{
        unsigned depth = search.depth;

        while (depth-- > 0) {
                struct state *state = &search.states[depth];
                uint32_t left;

                if (state->fixed)
                        continue;
                if (search.scenario->preemptions == 0)
                        state->asleep |= 1u << state->chosen;
                left = state->wanted & state->enabled & ~state->tried & ~state->asleep;
                while (left != 0) {
                        unsigned runner = (unsigned)__builtin_ctz(left);

                        left &= left - 1;
                        state->tried |= 1u << runner;
                        if (!is_within(depth, runner))
                                continue;
                        state->chosen = (uint8_t)runner;
                        search.replayed = depth + 1;
                        return true;
                }
        }
        return false;
}

struct explore_result explore(const struct explore_scenario *scenario, uint64_t schedules_max)
{
        bool more = true;

        search.scenario = scenario;
        search.result = (struct explore_result){0};
        search.replayed = 0;
        search.failed = false;
        while (more && (schedules_max == 0 || search.result.schedules < schedules_max)) {
                run();
                search.result.schedules++;
                search.result.cut += search.cut;
                if (search.depth > search.result.depth)
                        search.result.depth = search.depth;
                if (search.failed) {
                        search.result.failure = search.failure;
                        return search.result;
                }
                more = schedule_next();
        }
        search.result.complete = !more;
        return search.result;
}

/* ---- Reports */

/* Where a step is in the source: asked of binutils' addr2line, which knows of inlining. */
static void place_print(const void *place)
{
        Dl_info info;
        char command[512], text[512] = "?";
        FILE *answer;

        if (place == NULL || !dladdr(place, &info))
                return;
        snprintf(command, sizeof command, "addr2line -s -f -e /proc/%d/exe %#lx 2>/dev/null",
                 (int)explore_process(), (unsigned long)((uintptr_t)place -
                                                         (uintptr_t)info.dli_fbase - 1));
        answer = popen(command, "r");
        if (answer == NULL)
                return;
        for (unsigned i = 0; i < 2 && fgets(text, sizeof text, answer) != NULL; i++) {
                text[strcspn(text, "\n")] = '\0';
                fprintf(stderr, "  %s", text);
        }
        pclose(answer);
}

void explore_report(void)
{
        const char *last = "";

        fprintf(stderr, "explorer: %s: %s\n", search.scenario->name, search.failure);
        for (unsigned i = 0; i < search.depth; i++) {
                const struct state *state = &search.states[i];
                const struct visible *visible = &state->next[state->chosen];
                const char *name = explore_run.threads[state->chosen % EXPLORE_THREADS_MAX].name;

                if (state->fixed)
                        continue;
                fprintf(stderr, "explorer: %4u  %s%-12s %s %p", i, name == last ? "  " : "* ", name,
                        visible->what, visible->object);
                place_print(visible->place);
                fprintf(stderr, "\n");
                last = name;
        }
}
