/* SPDX-License-Identifier: MIT */
/*
 * The modelled kernel. An engine's way to sleep is that of epoll.c: a look, the word of waker.h,
 * and a descriptor that ends the sleep. An engine that two threads use at a time is a race.
 */
#include "explorer_internal.h"
#include "model.h"

#include "base/base.h"
#include "platform/backend.h"
#include "platform/fault.h"
#include "platform/thread.h"
#include "platform/time.h"
#include "platform/waker.h"
#include "stack/layout.h"

#include <errno.h>
#include <string.h>

#define DONE_MAX  16
#define BUFFERS   4
#define ENGINES_MAX 4
#define NOW_FIRST 1000000000u

struct engine {
        struct platform_io base; /* its first word stands for what only its owner may touch */
        struct waker waker; /* its descriptor is the engine's number */
        bool kicked; /* its descriptor was written */
        struct platform_completion done[DONE_MAX];
        unsigned done_count;
        char buffers[BUFFERS][16];
        bool lent[BUFFERS];
};

/* Calls, where call.c is linked. */
#pragma weak calls_submit
#pragma weak calls_cancel
#pragma weak calls_wait

static size_t engine_wait(struct platform_io *io, uint64_t timeout_ns,
                          struct platform_completion *out, size_t max);
static const struct platform_io_ops engine_ops = {.wait = engine_wait};

/* A thread that sleeps on a word; who came first is woken first. */
static struct {
        const uint32_t *word; /* NULL: it does not */
        uint64_t since;
        bool woken;
} sleepers[EXPLORE_THREADS_MAX];

static struct engine *engines[ENGINES_MAX];
static unsigned engines_count;
static uint64_t now, sleeps;
static bool passes;

/* What a signal that was sent to a thread is to call there, until it is delivered. */
static void (*looks[EXPLORE_THREADS_MAX])(void);
static bool signals_come;

__thread struct worker *explore_worker; /* mori_worker, in code that is compiled for this */

void explore_worker_set(void *worker)
{
        explore_worker = worker;
}

void model_begin(void)
{
        memset(sleepers, 0, sizeof sleepers);
        now = NOW_FIRST;
        sleeps = 0;
        engines_count = 0;
        passes = false;
        memset(looks, 0, sizeof looks);
        signals_come = false;
}

/* ---- Time */

void model_time_passes(void)
{
        passes = true;
}

void model_time_pass(uint64_t ns)
{
        explore_step(&now, true, true, NULL, NULL, "lets time pass");
        now += ns;
}

static uint64_t time_read(void)
{
        if (passes)
                explore_step(&now, false, false, NULL, NULL, "reads the clock");
        return now;
}

uint64_t platform_time_now(void)
{
        return time_read();
}

uint64_t platform_time_near(void)
{
        return time_read();
}

uint64_t platform_io_now(struct platform_io *io)
{
        (void)io;
        return time_read();
}

/* ---- Threads and futexes */

int platform_thread_new(void (*run)(void *argument), void *argument, const char *name,
                        size_t stack_bytes, struct platform_thread **ret_thread)
{
        (void)stack_bytes;
        *ret_thread = (struct platform_thread *)(void *)explore_thread(name, run, argument, NULL);
        return 0;
}

struct platform_thread *platform_thread_join(struct platform_thread *thread)
{
        if (thread != NULL)
                explore_join((struct explore_thread *)(void *)thread);
        return NULL;
}

uint64_t platform_thread_cpu_time(void)
{
        return 0;
}

int platform_thread_id(void)
{
        return (int)explore_number(explore_self());
}

int platform_thread_look(int thread, void (*look)(void))
{
        if (!signals_come)
                explore_fail("no signals are sent in this scenario");
        explore_step(&looks[thread], true, true, NULL, NULL, "sends a signal");
        looks[thread] = look;
        return 0;
}

void model_signals_come(void)
{
        signals_come = true;
}

void model_interrupt(void)
{
        void (*look)(void);
        unsigned self;

        if (!signals_come || explore_self() == NULL)
                return;
        self = explore_number(explore_self());
        explore_step(&looks[self], false, false, NULL, NULL, "could be interrupted");
        look = looks[self];
        looks[self] = NULL;
        if (look == NULL)
                return;
        explore_step(NULL, false, true, NULL, NULL, "is interrupted");
        look();
}

unsigned platform_thread_cpus(void)
{
        return 1; /* so nobody spins */
}

static bool is_woken(const void *argument)
{
        return sleepers[explore_number(argument)].woken;
}

/* From now on the calling thread is woken by wake(). */
static void sleep_begin(const uint32_t *word)
{
        unsigned number = explore_number(explore_self());

        sleepers[number].word = word;
        sleepers[number].since = ++sleeps;
        sleepers[number].woken = false;
}

static void sleep_end(const char *what)
{
        explore_step(NULL, false, true, is_woken, explore_self(), what);
        explore_taken_over();
}

void platform_thread_wait(uint32_t *word, uint32_t value, uint64_t duration)
{
        (void)duration;
        explore_step(word, true, true, NULL, NULL, "futex: looks");
        if (*word != value)
                return;
        sleep_begin(word);
        sleep_end("futex: sleeps");
}

/* False where nobody sleeps there. */
static bool wake(const uint32_t *word)
{
        unsigned first = EXPLORE_THREADS_MAX;

        for (unsigned i = 0; i < EXPLORE_THREADS_MAX; i++)
                if (sleepers[i].word == word &&
                    (first == EXPLORE_THREADS_MAX || sleepers[i].since < sleepers[first].since))
                        first = i;
        if (first == EXPLORE_THREADS_MAX)
                return false;
        sleepers[first].word = NULL;
        sleepers[first].woken = true;
        explore_hand_over(explore_numbered(first));
        return true;
}

void platform_thread_notify(uint32_t *word)
{
        explore_step(word, true, true, NULL, NULL, "futex: wakes");
        wake(word);
}

/* ---- Locks and conditions of POSIX threads */

struct base_lock;
void explore_lock(struct base_lock *lock);
void explore_unlock(struct base_lock *lock);

void model_mutex_lock(void *mutex)
{
        explore_lock(mutex);
}

void model_mutex_unlock(void *mutex)
{
        explore_unlock(mutex);
}

void model_cond_wait(void *cond, void *mutex)
{
        sleep_begin(cond);
        explore_unlock(mutex);
        sleep_end("sleeps on a condition");
        explore_lock(mutex);
}

void model_cond_signal(void *cond)
{
        explore_step(cond, true, true, NULL, NULL, "signals a condition");
        wake(cond);
}

void model_cond_broadcast(void *cond)
{
        explore_step(cond, true, true, NULL, NULL, "signals a condition to all");
        while (wake(cond))
                ;
}

/* base/lock.c calls the kernel itself. */
long model_futex(long number, uint32_t *word, int operation, uint32_t value, ...);
long model_futex(long number, uint32_t *word, int operation, uint32_t value, ...)
{
        (void)number;
        if ((operation & 127) == 0)
                platform_thread_wait(word, value, 0);
        else
                platform_thread_notify(word);
        return 0;
}

/* ---- The engine */

static struct engine *engine_of(struct platform_io *io)
{
        return (struct engine *)(void *)io;
}

static void owned(struct platform_io *io)
{
        explore_touch(io, 8);
}

int platform_io_new(const struct platform_io_config *config, struct platform_io **ret_io)
{
        struct engine *engine = explore_allocate(sizeof *engine);

        (void)config;
        if (engines_count == ENGINES_MAX)
                explore_fail("more than %d engines", ENGINES_MAX);
        engine->base.ops = &engine_ops;
        engine->waker.fd = (int)engines_count;
        engines[engines_count++] = engine;
        *ret_io = &engine->base;
        return 0;
}

struct platform_io *platform_io_free(struct platform_io *io)
{
        explore_free(io);
        return NULL;
}

void model_complete(struct platform_io *io, struct platform_op *op, int32_t result)
{
        struct engine *engine = engine_of(io);

        explore_step(engine->done, true, true, NULL, NULL, "the kernel completes");
        if (engine->done_count == DONE_MAX)
                explore_fail("more than %d completions", DONE_MAX);
        engine->done[engine->done_count++] =
                (struct platform_completion){.op = op, .result = result};
}

void platform_io_submit(struct platform_io *io, struct platform_op *op)
{
        owned(io);
        if (op->code == PLATFORM_CALL) {
                calls_submit(io, op);
                return;
        }
        io->pending++;
        if (op->code == PLATFORM_NOP)
                model_complete(io, op, 0);
}

void platform_io_cancel(struct platform_io *io, struct platform_op *op)
{
        struct engine *engine = engine_of(io);

        owned(io);
        if (op->code == PLATFORM_CALL) {
                calls_cancel(io, op);
                return;
        }
        for (unsigned i = 0; i < engine->done_count; i++)
                if (engine->done[i].op == op)
                        return;
        if (op->code != PLATFORM_NOP && op->engine[0] == 0) {
                op->engine[0] = 1;
                model_complete(io, op, -ECANCELED);
        }
}

size_t platform_io_pending(const struct platform_io *io)
{
        return io->pending;
}

static size_t take(struct engine *engine, struct platform_completion *out, size_t max)
{
        size_t count = engine->done_count < max ? engine->done_count : max;

        memcpy(out, engine->done, count * sizeof *out);
        engine->done_count -= (unsigned)count;
        memmove(engine->done, engine->done + count, engine->done_count * sizeof *out);
        engine->base.pending -= count;
        return count;
}

static bool may_rise(const void *argument)
{
        const struct engine *engine = argument;

        return engine->kicked || engine->done_count > 0;
}

/* The way of epoll_backend_wait() and events_fetch(). */
static size_t engine_wait(struct platform_io *io, uint64_t timeout_ns,
                          struct platform_completion *out, size_t max)
{
        struct engine *engine = engine_of(io);
        bool over = model_waker_take(&engine->waker);
        size_t count;

        owned(io);
        if (over)
                timeout_ns = 0;
        do {
                bool sleeps_now = timeout_ns != 0 && engine->done_count == 0;

                if (sleeps_now && !model_waker_sleep(&engine->waker)) {
                        over = true;
                        sleeps_now = false;
                        model_waker_rise(&engine->waker);
                }
                explore_step(engine->done, true, true, sleeps_now ? may_rise : NULL, engine,
                             sleeps_now ? "the engine sleeps" : "the engine looks");
                engine->kicked = false;
                if (sleeps_now && model_waker_rise(&engine->waker))
                        over = true;
                count = take(engine, out, max);
        } while (count == 0 && !over && timeout_ns == UINT64_MAX);
        owned(io);
        return count;
}

uint64_t platform_io_sleep(struct platform_io *io)
{
        return model_waker_sleep(&engine_of(io)->waker) ? UINT64_MAX : 0;
}

void platform_io_rise(struct platform_io *io)
{
        model_waker_rise(&engine_of(io)->waker);
}

void model_poll(struct platform_io *io)
{
        struct engine *engine = engine_of(io);

        explore_step(engine->done, false, true, may_rise, engine, "waits for the descriptor");
}

void platform_io_wake(struct platform_io *io)
{
        waker_wake(&engine_of(io)->waker);
}

size_t platform_io_wait(struct platform_io *io, uint64_t timeout_ns,
                        struct platform_completion *out, size_t max)
{
        return io->calls.under_way ? calls_wait(io, timeout_ns, out, max)
                                   : engine_wait(io, timeout_ns, out, max);
}

/* Called by waker.c in place of write(2): the descriptor of an engine. */
ssize_t model_write(int fd, const void *bytes, size_t count);
ssize_t model_write(int fd, const void *bytes, size_t count)
{
        (void)bytes;
        explore_step(engines[fd]->done, true, true, NULL, NULL, "kicks the engine");
        engines[fd]->kicked = true;
        return (ssize_t)count;
}

void platform_io_lend(struct platform_io *io, void (*ask)(void *argument), void *argument)
{
        (void)ask;
        (void)argument;
        owned(io);
}

void *platform_io_buffer(struct platform_io *io, uint16_t buffer)
{
        return engine_of(io)->buffers[buffer];
}

void platform_io_buffer_release(struct platform_io *io, uint16_t buffer)
{
        owned(io);
        if (!engine_of(io)->lent[buffer])
                explore_fail("buffer %u is given back twice", buffer);
        engine_of(io)->lent[buffer] = false;
}

void model_buffer_lend(struct platform_io *io, uint16_t buffer)
{
        engine_of(io)->lent[buffer] = true;
}

bool model_buffer_is_lent(struct platform_io *io, uint16_t buffer)
{
        return engine_of(io)->lent[buffer];
}

/* ---- Memory, and what is broken */

void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *memory, size_t bytes);
void __wrap_free(void *memory);

void *__wrap_malloc(size_t bytes)
{
        return explore_allocate(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
        return explore_allocate(count * bytes);
}

void *__wrap_realloc(void *memory, size_t bytes)
{
        if (memory != NULL)
                explore_fail("no scenario needs a realloc");
        return explore_allocate(bytes);
}

void __wrap_free(void *memory)
{
        explore_free(memory);
}

void base_assertion_failed(const char *condition, const char *file, int line, const char *function)
{
        explore_fail("%s:%d: %s: %s", file, line, function, condition);
}
