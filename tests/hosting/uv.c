/* SPDX-License-Identifier: MIT */
/*
 * libuv. As a host: a poll handle for the descriptor, a timer for the time-out, set before each
 * wait. Inside of a program: its backend's descriptor and time-out.
 */
#include "loop.h"

#include <mori/host.h>

#include <stdlib.h>
#include <uv.h>

struct after {
        uv_timer_t timer;
        void (*function)(void *);
        void *pointer;
};

struct work {
        uv_work_t request;
        void (*function)(void *), (*after)(void *);
        void *pointer;
};

static struct {
        uv_loop_t loop;
        uv_poll_t poll;
        uv_timer_t timer;
        uv_prepare_t prepare;
        unsigned iterations;
        int over;
        mori_foreign_loop *inside;
} uv;

static void require(int error)
{
        if (error != 0)
                abort();
}

static void turn(void)
{
        if (uv.over || mori_host_turn() != 0)
                return;
        uv.over = 1;
        uv_poll_stop(&uv.poll);
        uv_timer_stop(&uv.timer);
        program_ended();
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
        (void)poll;
        (void)events;
        require(status);
        turn();
}

static void on_timer(uv_timer_t *timer)
{
        (void)timer;
        turn();
}

static void on_prepare(uv_prepare_t *prepare)
{
        int ms = uv.over ? -1 : mori_host_timeout_ms();

        (void)prepare;
        uv.iterations++;
        if (ms < 0)
                uv_timer_stop(&uv.timer);
        else
                require(uv_timer_start(&uv.timer, on_timer, (uint64_t)ms, 0));
}

void loop_open(void)
{
        require(uv_loop_init(&uv.loop));
        require(uv_poll_init(&uv.loop, &uv.poll, mori_host_descriptor()));
        require(uv_poll_start(&uv.poll, UV_READABLE, on_poll));
        require(uv_timer_init(&uv.loop, &uv.timer));
        require(uv_prepare_init(&uv.loop, &uv.prepare));
        require(uv_prepare_start(&uv.prepare, on_prepare));
        uv.iterations = 0;
        uv.over = 0;
        uv.inside = NULL;
}

static int inside_timeout_ms(void *loop)
{
        uv.iterations++;
        uv_update_time(loop);
        return uv_backend_timeout(loop);
}

static int inside_run(void *loop)
{
        return uv_run(loop, UV_RUN_NOWAIT) != 0 && !uv.over;
}

void loop_open_inside(mori_foreign_loop *ret_loop)
{
        require(uv_loop_init(&uv.loop));
        uv.iterations = 0;
        uv.over = 0;
        uv.inside = ret_loop;
        *ret_loop = (mori_foreign_loop){
                .descriptor = uv_backend_fd(&uv.loop),
                .timeout_ms = inside_timeout_ms,
                .run = inside_run,
                .context = &uv.loop,
        };
}

/* What async code asks for has changed the loop behind its back. */
static void changed(void)
{
        if (uv.inside != NULL)
                mori_foreign_loop_wake(uv.inside);
}

void loop_run(void)
{
        uv_run(&uv.loop, UV_RUN_DEFAULT);
}

void loop_stop(void)
{
        if (uv.inside != NULL)
                uv.over = 1;
        else
                uv_stop(&uv.loop);
        changed();
}

static void after_closed(uv_handle_t *handle)
{
        free(handle->data);
}

static void after_fires(uv_timer_t *timer)
{
        struct after *after = timer->data;

        uv_close((uv_handle_t *)timer, after_closed);
        after->function(after->pointer);
}

void loop_after(unsigned ms, void (*function)(void *), void *pointer)
{
        struct after *after = calloc(1, sizeof *after);

        if (after == NULL)
                abort();
        after->function = function;
        after->pointer = pointer;
        require(uv_timer_init(&uv.loop, &after->timer));
        after->timer.data = after;
        uv_update_time(&uv.loop);
        require(uv_timer_start(&after->timer, after_fires, ms, 0));
        changed();
}

static void works(uv_work_t *request)
{
        struct work *work = request->data;

        work->function(work->pointer);
}

static void worked(uv_work_t *request, int status)
{
        struct work *work = request->data;

        require(status);
        work->after(work->pointer);
        free(work);
}

void loop_work(void (*function)(void *), void (*after)(void *), void *pointer)
{
        struct work *work = calloc(1, sizeof *work);

        if (work == NULL)
                abort();
        *work = (struct work){.function = function, .after = after, .pointer = pointer};
        work->request.data = work;
        require(uv_queue_work(&uv.loop, &work->request, works, worked));
        changed();
}

unsigned loop_iterations(void)
{
        return uv.iterations;
}

static void close_one(uv_handle_t *handle, void *unused)
{
        (void)unused;
        if (!uv_is_closing(handle))
                uv_close(handle, handle->data != NULL ? after_closed : NULL);
}

void loop_close(void)
{
        uv_walk(&uv.loop, close_one, NULL);
        uv_run(&uv.loop, UV_RUN_DEFAULT);
        require(uv_loop_close(&uv.loop));
}
