/* SPDX-License-Identifier: MIT */
/*
 * What seats do to one another, in small pieces: each thread is the worker of a seat, and does some
 * of what its loop would do, by the loop's own functions. loop_scenarios.c has whole loops.
 */
#include "scenarios.h"
#include "turn_model.h"

/* The subject, and what is static in it; or the same with a seeded bug. */
#ifndef SUBJECT
#define SUBJECT "turn/seat.c"
#endif
#include SUBJECT

#include "turn/bell.h"

#define SEATS 2
#define PROCESSES 2

static struct domain *domain;
static struct process *processes[PROCESSES];
static unsigned runs[PROCESSES];
static uint32_t done, served;

static int never_entered(void *argument)
{
        (void)argument;
        return 0;
}

/* A domain of seats without loops; and so many processes that wait and are nobody's. */
static void domain_make(unsigned count)
{
        struct seat_config config = {.stall_ns = -1, .seats = SEATS};

        model_turns_begin();
        done = served = 0;
        domain = calloc(1, sizeof *domain);
        for (unsigned i = 0; i < SEATS; i++) {
                struct seat *seat = seat_alloc(domain, &config);

                platform_io_new(&config.io, &seat->io);
                timer_wheel_init(&seat->timers, (uintptr_t)stack_arena, seat_now(seat));
        }
        sit_down(domain->seats[0], worker_self());
        for (unsigned i = 0; i < count; i++) {
                runs[i] = 0;
                process_new(domain->seats[0], "p", (void *)never_entered, NULL, &processes[i]);
                processes[i]->entry_function = NULL;
                seat_take(domain->seats[0]);
                processes[i]->holder = HOLDER_NOBODY;
        }
}

static struct seat *sit(unsigned number)
{
        sit_down(domain->seats[number], worker_self());
        worker_self()->ready = &turns_of_nobody;
        return domain->seats[number];
}

/* Everything has been done: whoever sleeps is to know. */
static void all_done(void)
{
        atomic_store_release(&done, 1);
        for (unsigned i = 0; i < SEATS; i++)
                platform_io_wake(domain->seats[i]->io);
}

static bool is_done(void)
{
        return atomic_load_acquire(&done) != 0;
}

/* A process that is loaded does what has come for it. */
static void serve(struct process *process, unsigned expected)
{
        unsigned number = process == processes[0] ? 0 : 1;
        uint32_t taken = 0;

        EXPECT_ALWAYS(process->worker == worker_self());
        EXPECT_ALWAYS(worker_self()->process == process);
        bells_answer(process);
        while (process->posts != NULL) {
                struct letter *letter = process->posts;

                process->posts = letter->next;
                if (process->posts == NULL)
                        process->posts_end = &process->posts;
                free(letter);
                runs[number]++;
                taken++;
        }
        if (taken != 0 && atomic_add(&served, taken) == expected)
                all_done();
}

static void posted(struct seat *seat, void *first, void *second)
{
        (void)seat;
        (void)first;
        (void)second;
}

static void posts(void *argument)
{
        seat_post(domain->seats[0], argument, posted, NULL, NULL);
}

/* What a loop does of its queue and its sleep, and nothing else, until all is done. */
static void serves(struct seat *seat, unsigned expected)
{
        while (!is_done()) {
                struct platform_completion out[4];
                struct process *process = seat_take(seat);

                if (process != NULL) {
                        if (process_load(process)) {
                                serve(process, expected);
                                process_unload(worker_self());
                        }
                        continue;
                }
                if (atomic_load_relaxed(&seat->queued) == 0)
                        platform_io_wait(seat->io, UINT64_MAX, out, 4);
        }
}

/* All that came was done. (Who is told of it late may have queued a process for nothing.) */
static void domain_check(unsigned count)
{
        for (unsigned i = 0; i < SEATS; i++) {
                struct process *process = seat_take(sit(i));

                if (process != NULL) {
                        EXPECT_ALWAYS(process_load(process));
                        bells_answer(process);
                        process_unload(worker_self());
                }
        }
        for (unsigned i = 0; i < count; i++) {
                struct process *process = processes[i];

                EXPECT_ALWAYS(process->holder == HOLDER_NOBODY && process->queue_link == NULL);
                EXPECT_ALWAYS(process->news == 0 && process->letters == NULL);
                EXPECT_ALWAYS(process->worker == NULL && process->posts == NULL);
        }
        EXPECT_ALWAYS(domain->seats[0]->queued == 0 && domain->seats[1]->queued == 0);
}

/* ---- Posts to a process that is just being let go */

static void let_go_and_notify(unsigned posters)
{
        struct explore_thread *threads[2];

        domain_make(1);
        sit(0);
        EXPECT_ALWAYS(process_load(processes[0]));
        explore_begin();
        for (unsigned i = 0; i < posters; i++)
                threads[i] = explore_thread("posts", posts, processes[0], NULL);
        process_unload(worker_self());
        serves(domain->seats[0], posters);
        for (unsigned i = 0; i < posters; i++)
                explore_join(threads[i]);
        explore_end();
        EXPECT_ALWAYS(runs[0] == posters);
        domain_check(1);
}

static void one_posts(void)
{
        let_go_and_notify(1);
}

static void two_post(void)
{
        let_go_and_notify(2);
}

/* ---- Two seats that both hear of a process that nobody has */

static void claims(void *argument)
{
        struct seat *seat = sit(1);

        (void)argument;
        /* as a completion, or a timer, of this seat's for it */
        if (process_load(processes[0])) {
                serve(processes[0], 1);
                process_unload(worker_self());
        }
        serves(seat, 1);
}

static void claimed_by_two(void)
{
        struct explore_thread *claimer, *poster;

        domain_make(1);
        sit(0);
        explore_begin();
        claimer = explore_thread("seat 1", claims, NULL, NULL);
        poster = explore_thread("posts", posts, processes[0], NULL);
        serves(domain->seats[0], 1);
        explore_join(claimer);
        explore_join(poster);
        explore_end();
        EXPECT_ALWAYS(runs[0] == 1);
        domain_check(1);
}

/* ---- A queue of two, and a seat that has nothing to do */

static void queue_both(void)
{
        domain_make(2);
        sit(0);
        for (unsigned i = 0; i < 2; i++) {
                EXPECT_ALWAYS(process_load(processes[i]));
                posts(processes[i]);
                process_news_take(processes[i]);
                process_unload(worker_self());
        }
        EXPECT_ALWAYS(domain->seats[0]->queued == 2);
}

/* What a loop does when it has nothing: says so, steals, or sleeps. */
static void rests(struct seat *seat, unsigned expected)
{
        struct platform_completion out[4];
        struct worker *worker = worker_self();
        bool rested = rest_begin(seat);

        platform_io_wait(seat->io, rested ? UINT64_MAX : 0, out, 4);
        if (rested)
                atomic_and(&seat->domain->resting, ~(1ull << seat->number));
        if (worker->process != NULL) {
                serve(worker->process, expected);
                process_unload(worker);
        }
}

static void steals(void *argument)
{
        struct seat *seat = sit(1);

        (void)argument;
        while (!is_done())
                rests(seat, 2);
}

static bool is_all_done(const void *argument)
{
        (void)argument;
        return done != 0;
}

/* The owner takes one and is in its turn for long: the other is stolen meanwhile. */
static void stolen_meanwhile(void)
{
        struct explore_thread *thief;
        struct process *process;

        queue_both();
        explore_begin();
        thief = explore_thread("seat 1", steals, NULL, NULL);
        process = seat_take(domain->seats[0]);
        if (process != NULL && process_load(process)) {
                serve(process, 2);
                if (atomic_load_relaxed(&domain->resting) != 0 &&
                    atomic_load_relaxed(&domain->seats[0]->queued) != 0)
                        domain_rouse(domain); /* as turns_run() does */
                explore_step(&done, false, true, is_all_done, NULL, "is in a long turn");
                process_unload(worker_self());
        }
        explore_join(thief);
        explore_end();
        EXPECT_ALWAYS(runs[0] == 1 && runs[1] == 1);
        domain_check(2);
}

/* Both look for work at a time. */
static void stolen_or_taken(void)
{
        struct explore_thread *thief;

        queue_both();
        explore_begin();
        thief = explore_thread("seat 1", steals, NULL, NULL);
        serves(domain->seats[0], 2);
        explore_join(thief);
        explore_end();
        EXPECT_ALWAYS(runs[0] == 1 && runs[1] == 1);
        domain_check(2);
}

/* ---- Quiet is found when nothing can happen any more, and then it is */

static void quiet_thief(void *argument)
{
        struct seat *seat = sit(1);

        (void)argument;
        EXPECT_ALWAYS(!domain_quiet_begin(seat) || is_done());
        if (seat_steal(seat)) {
                if (seat->is_quiet)
                        domain_quiet_end(seat);
                serve(worker_self()->process, 1);
                process_unload(worker_self());
        }
}

static void quiet_while_stolen(void)
{
        struct seat *seat;
        struct explore_thread *thief;

        domain_make(1);
        seat = sit(0);
        EXPECT_ALWAYS(process_load(processes[0]));
        posts(processes[0]);
        process_news_take(processes[0]);
        process_unload(worker_self());
        explore_begin();
        thief = explore_thread("seat 1", quiet_thief, NULL, NULL);
        if (atomic_load_relaxed(&seat->queued) == 0) {
                bool quiet = domain_quiet_begin(seat);

                EXPECT_ALWAYS(!quiet || is_done());
        }
        explore_join(thief);
        explore_end();
}

/* ---- An operation of another seat's engine: asked for, cancelled, and freed from here */

static unsigned ended;

static void operation_ends(struct operation *operation, int32_t result, uint32_t flags,
                           uint16_t buffer)
{
        (void)flags;
        (void)buffer;
        EXPECT_ALWAYS(result == 0 || result == -ECANCELED);
        EXPECT_ALWAYS(worker_self()->seat->number == 1);
        ended++;
        operation_free(operation);
        all_done();
}

static void engine_owner(void *argument)
{
        struct seat *seat = sit(0);
        struct platform_completion out[4];

        (void)argument;
        while (!is_done()) {
                uint64_t timeout = UINT64_MAX;
                size_t count;

                if (atomic_load_relaxed(&seat->requests) != NULL) {
                        operation_requests_take(seat);
                        timeout = 0;
                }
                letters_reserve(seat, 1);
                count = platform_io_wait(seat->io, timeout, out, 4);
                completions_dispatch(out, count, true);
        }
        operation_requests_take(seat); /* the last, as seat_end() does */
}

static void operation_elsewhere(uint8_t code, bool cancel)
{
        struct explore_thread *owner;
        struct operation *operation;
        struct seat *seat;

        domain_make(1);
        seat = sit(1);
        EXPECT_ALWAYS(process_load(processes[0]));
        ended = 0;
        operation = operation_new(processes[0]);
        operation->op.code = code;
        operation->done = operation_ends;
        operation->seat = 0;
        explore_begin();
        owner = explore_thread("seat 0", engine_owner, NULL, NULL);
        operation_submit(operation);
        if (cancel)
                operation_cancel(operation);
        while (ended == 0) {
                struct platform_completion out[4];

                if (process_has_news(processes[0]))
                        process_news_take(processes[0]);
                else
                        platform_io_wait(seat->io, UINT64_MAX, out, 4);
        }
        explore_join(owner);
        explore_end();
        EXPECT_ALWAYS(ended == 1 && processes[0]->operations_count == 0);
        EXPECT_ALWAYS(domain->seats[0]->requests == NULL);
}

static void operation_completes(void)
{
        operation_elsewhere(PLATFORM_NOP, false);
}

static void operation_is_cancelled(void)
{
        operation_elsewhere(PLATFORM_POLL, true);
}

static void operation_completes_or_is_cancelled(void)
{
        operation_elsewhere(PLATFORM_NOP, true);
}

/* ---- Buffers of an engine come back from two other seats */

static void gives_back(void *argument)
{
        sit(1);
        seat_buffer_return(processes[0], 0, (uint16_t)(uintptr_t)argument);
}

static void buffers_come_back(void)
{
        struct explore_thread *threads[2];
        struct seat *seat;

        domain_make(1);
        seat = sit(0);
        for (uint16_t i = 0; i < 2; i++)
                model_buffer_lend(seat->io, i);
        explore_begin();
        for (uintptr_t i = 0; i < 2; i++)
                threads[i] = explore_thread("gives back", gives_back, (void *)i, NULL);
        others_serve(seat);
        others_serve(seat);
        for (uintptr_t i = 0; i < 2; i++)
                explore_join(threads[i]);
        explore_end();
        others_serve(seat);
        EXPECT_ALWAYS(!model_buffer_is_lent(seat->io, 0) && !model_buffer_is_lent(seat->io, 1));
}

/* ---- A timer of another seat's wheel: due there, and stopped here */

static struct timer *timer;
static unsigned fired;
static bool stopped;

static void timer_fires(struct timer *which)
{
        EXPECT_ALWAYS(which == timer && !stopped);
        EXPECT_ALWAYS(worker_self()->process == processes[0]);
        fired++;
}

static void wheel_turns(void *argument)
{
        struct seat *seat = sit(0);

        (void)argument;
        seat_timers_fire(seat);
        if (worker_self()->process != NULL)
                process_unload(worker_self());
}

/* A timer of seat 0's wheel is due there, and seat 1, which is ours now, has the process. */
static struct explore_thread *timer_is_due(void)
{
        domain_make(1);
        sit(0);
        EXPECT_ALWAYS(process_load(processes[0]));
        timer = stack_piece_new(sizeof *timer);
        timer->fire = timer_fires;
        fired = 0;
        stopped = false;
        seat_timer_start(timer, 1000);
        process_unload(worker_self());
        model_time_pass(1000000000);
        sit(1);
        EXPECT_ALWAYS(process_load(processes[0]));
        explore_begin();
        return explore_thread("the wheel's", wheel_turns, NULL, NULL);
}

/* The wheel's seat has it due; ours has the process, looks at what came, and stops it. */
static void timer_is_stopped(void)
{
        struct explore_thread *wheel = timer_is_due();

        if (process_has_news(processes[0]))
                process_news_take(processes[0]);
        seat_timer_stop(timer);
        stopped = true;
        stack_piece_free(timer, sizeof *timer); /* nobody is to touch it any more */
        explore_join(wheel);
        explore_end();
        EXPECT_ALWAYS(fired <= 1);
}

/* The same while the process is let go, so that the wheel's seat may load it itself. */
static void timer_finds_its_process(void)
{
        struct explore_thread *wheel = timer_is_due();

        process_unload(worker_self());
        explore_join(wheel);
        explore_end();
        if (fired == 0) { /* it is in somebody's queue, with the news */
                struct process *process = seat_take(domain->seats[1]);

                EXPECT_ALWAYS(process == processes[0] && process_load(process));
                process_unload(worker_self());
        }
        EXPECT_ALWAYS(fired == 1);
}

/* ---- Bells that are rung for a process that is just being let go, or ends */

static struct bell doorbell;
static uint32_t brought; /* what who rings has put there */
static uint32_t seen;

static void answered(struct bell *bell, bool closing)
{
        EXPECT_ALWAYS(bell == &doorbell);
        EXPECT_ALWAYS(worker_self()->process == processes[0]);
        seen = atomic_load_acquire(&brought);
        (void)closing;
        if (seen == 2)
                all_done();
}

static void rings(void *argument)
{
        (void)argument;
        atomic_add(&brought, 1);
        EXPECT_ALWAYS(bell_ring(&doorbell));
}

static void two_ring(void)
{
        struct explore_thread *threads[2];

        domain_make(1);
        brought = seen = 0;
        doorbell = (struct bell){.process = processes[0], .answer = answered};
        sit(0);
        EXPECT_ALWAYS(process_load(processes[0]));
        explore_begin();
        for (unsigned i = 0; i < 2; i++)
                threads[i] = explore_thread("rings", rings, NULL, NULL);
        process_unload(worker_self());
        serves(domain->seats[0], UINT32_MAX);
        for (unsigned i = 0; i < 2; i++)
                explore_join(threads[i]);
        explore_end();
        domain_check(1);
        EXPECT_ALWAYS(seen == 2 && doorbell.rung == 0 && processes[0]->bells == NULL);
}

static void rings_late(void *argument)
{
        atomic_add(&brought, 1);
        *(bool *)argument = bell_ring(&doorbell);
}

/* Either it is answered, for the last time or before, or who rings hears that it is not. */
static void rung_at_the_end(void)
{
        struct explore_thread *thread;
        bool heard = false;

        domain_make(1);
        brought = seen = 0;
        doorbell = (struct bell){.process = processes[0], .answer = answered};
        sit(0);
        EXPECT_ALWAYS(process_load(processes[0]));
        explore_begin();
        thread = explore_thread("rings", rings_late, &heard, NULL);
        bells_take(processes[0]);
        bells_close(processes[0]);
        bells_take(processes[0]);
        explore_join(thread);
        explore_end();
        EXPECT_ALWAYS(heard == (seen == 1));
}

const struct explore_scenario explore_scenarios[] = {
        {"let go, and one posts", NULL, one_posts, true, 0, 0},
        {"let go, and two post", NULL, two_post, true, 1, 2},
        {"let go, and two ring", NULL, two_ring, true, 0, 0},
        {"ends, and one rings", NULL, rung_at_the_end, true, 0, 0},
        {"claimed by two", NULL, claimed_by_two, true, 0, 0},
        {"stolen meanwhile", NULL, stolen_meanwhile, true, 0, 0},
        {"stolen or taken", NULL, stolen_or_taken, true, 0, 0},
        {"quiet while stolen", NULL, quiet_while_stolen, true, 0, 0},
        {"an operation elsewhere completes", NULL, operation_completes, true, 0, 0},
        {"an operation elsewhere is cancelled", NULL, operation_is_cancelled, true, 0, 0},
        {"an operation elsewhere completes or is cancelled", NULL,
         operation_completes_or_is_cancelled, true, 0, 0},
        {"buffers come back", NULL, buffers_come_back, true, 0, 0},
        {"a timer is stopped from elsewhere", NULL, timer_is_stopped, true, 0, 0},
        {"a timer finds its process", NULL, timer_finds_its_process, true, 0, 0},
        {NULL, NULL, NULL, false, 0, 0},
};
