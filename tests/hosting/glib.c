/* SPDX-License-Identifier: MIT */
/*
 * GLib. As a host: a source of its own, which says before each wait how long that may be. Inside of
 * a program: prepare and query before a wait, check and dispatch after it; an epoll descriptor
 * stands for those that GLib polls.
 */
#include "loop.h"

#include <mori/host.h>

#include <glib-unix.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct after {
        void (*function)(void *);
        void *pointer;
};

struct work {
        void (*function)(void *), (*after)(void *);
        void *pointer;
};

static struct {
        GMainContext *context;
        GMainLoop *loop;
        GSource *source;
        gpointer watch;
        GThread *thread;
        unsigned iterations;
        mori_foreign_loop *inside;
        gboolean over;
        GPollFD fds[16];
        gint fds_count, priority;
} glib;

static gboolean source_prepare(GSource *source, gint *ret_timeout)
{
        (void)source;
        glib.iterations++;
        *ret_timeout = mori_host_timeout_ms();
        return *ret_timeout == 0;
}

static gboolean source_check(GSource *source)
{
        return g_source_query_unix_fd(source, glib.watch) != 0 || mori_host_timeout() == 0;
}

static gboolean source_dispatch(GSource *source, GSourceFunc function, gpointer pointer)
{
        (void)source;
        (void)function;
        (void)pointer;
        if (mori_host_turn() != 0)
                return G_SOURCE_CONTINUE;
        program_ended();
        return G_SOURCE_REMOVE;
}

static GSourceFuncs functions = {
        .prepare = source_prepare, .check = source_check, .dispatch = source_dispatch};

void loop_open(void)
{
        glib.context = g_main_context_new();
        glib.loop = g_main_loop_new(glib.context, FALSE);
        glib.source = g_source_new(&functions, sizeof(GSource));
        glib.watch = g_source_add_unix_fd(glib.source, mori_host_descriptor(), G_IO_IN);
        g_source_attach(glib.source, glib.context);
        glib.iterations = 0;
        glib.inside = NULL;
}

static void epoll_change(int change, const GPollFD *fd)
{
        struct epoll_event event = {.events = fd->events};

        if (epoll_ctl(glib.inside->descriptor, change, fd->fd, &event) != 0 &&
            change == EPOLL_CTL_ADD) /* what is closed is out of it already */
                abort();
}

static int inside_timeout_ms(void *context)
{
        gint timeout_ms, i;

        glib.iterations++;
        for (i = 0; i < glib.fds_count; i++)
                epoll_change(EPOLL_CTL_DEL, &glib.fds[i]);
        g_main_context_prepare(context, &glib.priority);
        glib.fds_count = g_main_context_query(context, glib.priority, &timeout_ms, glib.fds,
                                              G_N_ELEMENTS(glib.fds));
        for (i = 0; i < glib.fds_count; i++)
                epoll_change(EPOLL_CTL_ADD, &glib.fds[i]);
        return timeout_ms;
}

static int inside_run(void *context)
{
        g_poll(glib.fds, (guint)glib.fds_count, 0);
        if (g_main_context_check(context, glib.priority, glib.fds, glib.fds_count))
                g_main_context_dispatch(context);
        return !glib.over;
}

void loop_open_inside(mori_foreign_loop *ret_loop)
{
        glib.context = g_main_context_new();
        if (!g_main_context_acquire(glib.context)) /* other threads wake the one that owns it */
                abort();
        glib.iterations = 0;
        glib.inside = ret_loop;
        glib.over = FALSE;
        glib.fds_count = 0;
        *ret_loop = (mori_foreign_loop){
                .descriptor = epoll_create1(EPOLL_CLOEXEC),
                .timeout_ms = inside_timeout_ms,
                .run = inside_run,
                .context = glib.context,
        };
}

void loop_run(void)
{
        g_main_loop_run(glib.loop);
}

void loop_stop(void)
{
        if (glib.inside == NULL) {
                g_main_loop_quit(glib.loop);
                return;
        }
        glib.over = TRUE;
        mori_foreign_loop_wake(glib.inside);
}

static gboolean after_fires(gpointer pointer)
{
        struct after *after = pointer;

        after->function(after->pointer);
        return G_SOURCE_REMOVE;
}

static void attach(GSource *source, struct after *after)
{
        g_source_set_callback(source, after_fires, after, g_free);
        g_source_attach(source, glib.context);
        g_source_unref(source);
}

static struct after *after_new(void (*function)(void *), void *pointer)
{
        struct after *after = g_new0(struct after, 1);

        after->function = function;
        after->pointer = pointer;
        return after;
}

void loop_after(unsigned ms, void (*function)(void *), void *pointer)
{
        attach(g_timeout_source_new(ms), after_new(function, pointer));
        if (glib.inside != NULL)
                mori_foreign_loop_wake(glib.inside);
}

static gpointer works(gpointer pointer)
{
        struct work *work = pointer;

        work->function(work->pointer);
        attach(g_idle_source_new(), after_new(work->after, work->pointer));
        g_free(work);
        return NULL;
}

void loop_work(void (*function)(void *), void (*after)(void *), void *pointer)
{
        struct work *work = g_new0(struct work, 1);

        *work = (struct work){.function = function, .after = after, .pointer = pointer};
        if (glib.thread != NULL)
                g_thread_join(glib.thread);
        glib.thread = g_thread_new("work", works, work);
}

unsigned loop_iterations(void)
{
        return glib.iterations;
}

void loop_close(void)
{
        if (glib.thread != NULL)
                g_thread_join(glib.thread);
        glib.thread = NULL;
        if (glib.inside != NULL) {
                close(glib.inside->descriptor);
                g_main_context_release(glib.context);
                g_main_context_unref(glib.context);
                return;
        }
        g_source_destroy(glib.source);
        g_source_unref(glib.source);
        g_main_loop_unref(glib.loop);
        g_main_context_unref(glib.context);
}
