/* SPDX-License-Identifier: MIT */
/*
 * Child processes. A child is an operation of the platform (platform/child.h), which lasts as long
 * as the child does; a record that the process owns; and an activity, its life, which waits for the
 * operation's last completion.
 *
 *      mori_child_spawn: check, make pipes, submit, wait --failed--> everything is undone
 *                                   |
 *                                 MORE: it runs; start child_life in the caller's scope
 *                                   |
 *      child_life waits ------------+--last completion--> the record is freed, the status answered
 *            |                      |
 *            +--cancelled--> SIGTERM, a timer --grace over--> the operation is cancelled: SIGKILL
 *
 * Invariants.
 *  (1) The record lives until the life ends, or, where it never began, until the spawn has failed;
 *      in a teardown until the operation's last completion. The life's `wait` is the record while
 *      it waits, and nobody else knows where it is: so a stale mori_child finds no record.
 *  (2) What the child gets is a duplicate of its own, made before the wait: a file may be closed by
 *      others meanwhile, and its number be another's.
 *  (3) The life's wait is not interrupted: cancelling it asks the child, whose end ends it.
 */
#include <mori/child.h>
#include <mori/result.h>
#include <mori/scope.h>

#include "activity/activity.h"
#include "activity/file.h"
#include "activity/wait.h"
#include "platform/child.h"
#include "turn/seat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAMS 3
#define NUMBER_MAX (1 << 20)
#define FLAGS_ALL \
        (MORI_CHILD_GROUP | MORI_CHILD_SESSION | MORI_CHILD_TERMINAL | MORI_CHILD_DETACHED | \
         MORI_CHILD_KEEP_IGNORED)

_Static_assert(MORI_CHILD_DESCRIPTORS_MAX + STREAMS <= PLATFORM_CHILD_DESCRIPTORS_MAX &&
                       (int)MORI_CHILD_GROUP == (int)PLATFORM_CHILD_GROUP &&
                       (int)MORI_CHILD_SESSION == (int)PLATFORM_CHILD_SESSION &&
                       (int)MORI_CHILD_TERMINAL == (int)PLATFORM_CHILD_TERMINAL &&
                       (int)MORI_CHILD_DETACHED == (int)PLATFORM_CHILD_DETACHED &&
                       (int)MORI_CHILD_KEEP_IGNORED == (int)PLATFORM_CHILD_KEEP_IGNORED,
               "the public constants are the platform's");

struct child {
        struct owned owned;
        struct process *process;
        _Alignas(16) struct timer timer; /* the grace */
        struct platform_child platform;
        struct operation *operation; /* while it is under way */
        struct activity *life;       /* while it waits */
        int64_t grace;
        int result;                  /* of the last completion */
        bool runs, asked;
        mori_file ours[STREAMS];
        struct lists *lists;         /* until it runs */
};

/* What is needed until the child runs only. */
struct lists {
        struct platform_child_descriptor descriptors[PLATFORM_CHILD_DESCRIPTORS_MAX];
        struct platform_child_limit limits[MORI_CHILD_LIMITS_MAX];
        char *words[2]; /* where the plan has no arguments */
};

/* ---- The record */

static void lists_free(struct child *child)
{
        unsigned i;

        if (child->lists == NULL)
                return;
        for (i = 0; i < child->platform.descriptors_count; i++)
                if (child->lists->descriptors[i].from >= 0)
                        process_close_now(child->lists->descriptors[i].from);
        free(child->lists);
        child->lists = NULL;
        child->platform.descriptors_count = 0;
        if (child->platform.directory_fd >= 0)
                process_close_now(child->platform.directory_fd);
        child->platform.directory_fd = AT_FDCWD;
}

static void child_release(struct owned *owned)
{
        struct child *child = (struct child *)owned;

        seat_timer_stop(&child->timer);
        lists_free(child);
        stack_piece_free(child, sizeof *child);
}

static void child_free(struct child *child)
{
        process_disown(&child->owned);
        child_release(&child->owned);
}

static struct child *child_new(struct process *process)
{
        struct child *child = stack_piece_new(sizeof *child);

        if (child == NULL)
                return NULL;
        child->lists = calloc(1, sizeof *child->lists);
        if (child->lists == NULL) {
                stack_piece_free(child, sizeof *child);
                return NULL;
        }
        child->process = process;
        child->platform.directory_fd = AT_FDCWD;
        child->platform.watch = -1;
        process_own(process, &child->owned, child_release);
        return child;
}

/* ---- What failed, in words */

static void __attribute__((format(printf, 2, 3)))
explain(const struct mori_child_plan *plan, const char *format, ...)
{
        va_list arguments;

        if (plan->error == NULL || plan->error_bytes == 0)
                return;
        va_start(arguments, format);
        vsnprintf(plan->error, plan->error_bytes, format, arguments);
        va_end(arguments);
}

static const char *shown(const char *program)
{
        return program != NULL && *program != '\0' ? program : "(no program)";
}

static void explain_step(const struct mori_child_plan *plan, const struct child *child, int error)
{
        const char *name = plan->program, *why = strerror(-error);
        int at = child->platform.failed_at;

        switch (child->platform.failed) {
        case PLATFORM_CHILD_CLONE:
                explain(plan, "%s: no process can be made for it: %s%s", name, why,
                        error == -EAGAIN ? "; the limit is RLIMIT_NPROC (ulimit -u), or pids.max "
                                           "of the cgroup"
                                         : "");
                break;
        case PLATFORM_CHILD_WATCH:
                explain(plan, "%s: nothing to wait for its end with: %s", name, why);
                break;
        case PLATFORM_CHILD_SETSID:
                explain(plan, "%s: no session for it: %s", name, why);
                break;
        case PLATFORM_CHILD_SETPGID:
                explain(plan, "%s: no process group for it: %s", name, why);
                break;
        case PLATFORM_CHILD_DESCRIPTOR:
                explain(plan, "%s: its descriptor %d: %s", name, at, why);
                break;
        case PLATFORM_CHILD_CONTROL:
                explain(plan, "%s: its standard input cannot control its session: %s", name, why);
                break;
        case PLATFORM_CHILD_DIRECTORY:
                explain(plan, "%s: the directory %s: %s", name,
                        plan->directory_path != NULL ? plan->directory_path : "of the plan", why);
                break;
        case PLATFORM_CHILD_LIMIT:
                explain(plan, "%s: the limit of resource %d: %s", name, at, why);
                break;
        case PLATFORM_CHILD_EXEC:
                explain(plan, "%s: cannot be run: %s", name, why);
                break;
        }
}

/* ---- The plan */

static int wrong(const struct mori_child_plan *plan, const char *what)
{
        explain(plan, "%s: the plan is wrong: %s", shown(plan->program), what);
        return -EINVAL;
}

static bool is_stream(struct mori_child_stream stream)
{
        return (unsigned)stream.kind <= MORI_CHILD_STREAM_FILE;
}

static int plan_check(const struct mori_child_plan *plan)
{
        unsigned i, k;

        if (plan->program == NULL || *plan->program == '\0')
                return wrong(plan, "it names no program");
        if (plan->arguments != NULL && plan->arguments[0] == NULL)
                return wrong(plan, "the arguments are empty: argv[0] is missing");
        if (!is_stream(plan->in) || !is_stream(plan->out) || !is_stream(plan->err))
                return wrong(plan, "a stream is of no kind");
        if (plan->flags & ~(unsigned)FLAGS_ALL)
                return wrong(plan, "there is no such flag");
        if ((plan->flags & MORI_CHILD_TERMINAL) && !(plan->flags & MORI_CHILD_SESSION))
                return wrong(plan, "MORI_CHILD_TERMINAL needs MORI_CHILD_SESSION");
        if ((plan->flags & MORI_CHILD_GROUP) && (plan->flags & MORI_CHILD_SESSION))
                return wrong(plan, "a session is a group already");
        if (plan->descriptors_count > MORI_CHILD_DESCRIPTORS_MAX)
                return wrong(plan, "more than MORI_CHILD_DESCRIPTORS_MAX descriptors");
        if (plan->limits_count > MORI_CHILD_LIMITS_MAX)
                return wrong(plan, "more than MORI_CHILD_LIMITS_MAX limits");
        if ((plan->descriptors_count > 0 && plan->descriptors == NULL) ||
            (plan->limits_count > 0 && plan->limits == NULL))
                return wrong(plan, "a count without a list");
        for (i = 0; i < plan->descriptors_count; i++) {
                if (plan->descriptors[i].number < STREAMS ||
                    plan->descriptors[i].number > NUMBER_MAX)
                        return wrong(plan, "a descriptor's number is from 3 to 1048576");
                for (k = 0; k < i; k++)
                        if (plan->descriptors[k].number == plan->descriptors[i].number)
                                return wrong(plan, "two descriptors have the same number");
        }
        return 0;
}

static void descriptor_add(struct child *child, int from, int to)
{
        child->lists->descriptors[child->platform.descriptors_count++] =
                (struct platform_child_descriptor){from, to};
}

/* One of the files of the plan, as a duplicate. */
static int file_duplicate(const struct mori_child_plan *plan, mori_file handle, const char *which,
                          int *ret_fd)
{
        struct file *file = process_file(process_self(), handle.word);
        int fd;

        if (file == NULL) {
                explain(plan, "%s: %s is a closed file", plan->program, which);
                return -EBADF;
        }
        fd = platform_duplicate(seat_hold()->io, file->fd);
        seat_release();
        if (fd < 0) {
                explain(plan, "%s: %s: %s", plan->program, which, strerror(-fd));
                return fd;
        }
        *ret_fd = fd;
        return 0;
}

static int pipe_add(struct child *child, const struct mori_child_plan *plan, int stream)
{
        int fds[2], error, mine = stream == 0 ? 1 : 0;

        error = platform_pipe_new(seat_hold()->io, fds);
        seat_release();
        if (error == 0) {
                descriptor_add(child, fds[1 - mine], stream);
                error = file_enter(child->process, fds[mine], FILE_PIPE, &child->ours[stream]);
        }
        if (error < 0)
                explain(plan, "%s: a pipe for its descriptor %d: %s", plan->program, stream,
                        strerror(-error));
        return error;
}

static int stream_add(struct child *child, const struct mori_child_plan *plan, int stream,
                      struct mori_child_stream what)
{
        static const char *const names[STREAMS] = {"its standard input", "its standard output",
                                                   "its standard error"};
        int fd, error;

        switch (what.kind) {
        case MORI_CHILD_STREAM_NULL:
                descriptor_add(child, PLATFORM_CHILD_NULL, stream);
                return 0;
        case MORI_CHILD_STREAM_PIPE:
                return pipe_add(child, plan, stream);
        case MORI_CHILD_STREAM_FILE:
                error = file_duplicate(plan, what.file, names[stream], &fd);
                if (error == 0)
                        descriptor_add(child, fd, stream);
                return error;
        default:
                return 0;
        }
}

static int plan_enter(struct child *child, const struct mori_child_plan *plan)
{
        struct platform_child *platform = &child->platform;
        int error, fd;
        unsigned i;

        platform->program = plan->program;
        platform->environment = plan->environment;
        platform->arguments = plan->arguments;
        if (plan->arguments == NULL) {
                child->lists->words[0] = (char *)(uintptr_t)plan->program;
                platform->arguments = child->lists->words;
        }
        platform->directory = plan->directory_path;
        platform->flags = plan->flags;
        platform->descriptors = child->lists->descriptors;
        platform->limits = child->lists->limits;
        child->grace = plan->grace == 0 ? MORI_CHILD_GRACE : plan->grace;
        error = stream_add(child, plan, 0, plan->in);
        if (error == 0)
                error = stream_add(child, plan, 1, plan->out);
        if (error == 0)
                error = stream_add(child, plan, 2, plan->err);
        for (i = 0; i < plan->descriptors_count && error == 0; i++) {
                error = file_duplicate(plan, plan->descriptors[i].file, "a descriptor", &fd);
                if (error == 0)
                        descriptor_add(child, fd, plan->descriptors[i].number);
        }
        if (error == 0 && plan->directory.word != 0)
                error = file_duplicate(plan, plan->directory, "the directory",
                                       &platform->directory_fd);
        for (i = 0; i < plan->limits_count; i++)
                child->lists->limits[i] = (struct platform_child_limit){
                        plan->limits[i].resource, plan->limits[i].limit};
        platform->limits_count = plan->limits_count;
        return error;
}

/* ---- Making one */

static int status_of(const struct child *child)
{
        const struct platform_child *platform = &child->platform;

        if (child->result < 0)
                return child->result;
        return platform->signal == 0 ? platform->code
                                     : 256 | platform->signal | (platform->dumped ? 128 : 0);
}

/* Every completion of a child: that it runs, and that it is over. */
static void child_done(struct operation *operation, int32_t result, uint32_t flags, uint16_t buffer)
{
        struct child *child = operation->owner;
        struct process *process = operation->process;
        struct activity *waiter = activity_at(operation->activity);

        if (flags & PLATFORM_MORE) {
                child->runs = true;
                lists_free(child);
                operation->activity = 0;
                process_wake(process, waiter, 0);
                return;
        }
        child->operation = NULL;
        if (!child->runs) {
                wait_operation_done(operation, result, flags, buffer);
                return;
        }
        child->result = result;
        operation_free(operation);
        if (child->life != NULL) {
                waiter = child->life;
                result = status_of(child);
                child_free(child);
                process_wake(process, waiter, result);
        }
}

static void ours_close(struct child *child)
{
        for (int i = 0; i < STREAMS; i++) {
                struct file *file = process_file(child->process, child->ours[i].word);
                int fd;

                if (file == NULL)
                        continue;
                fd = file->fd;
                process_file_remove(child->process, file);
                process_close_now(fd);
        }
}

static int64_t spawn_begin(const struct mori_child_plan *plan, struct child **ret_child)
{
        struct process *process = process_self();
        struct operation *operation;
        struct child *child;
        int64_t begun;
        int error = plan_check(plan);

        if (error < 0)
                return error;
        if (process->seat->simulated) {
                explain(plan, "%s: the simulation has no other programs", plan->program);
                return -EOPNOTSUPP;
        }
        child = child_new(process);
        if (child == NULL)
                return -ENOMEM;
        *ret_child = child;
        error = plan_enter(child, plan);
        if (error < 0)
                return error;
        operation = operation_new(process);
        if (operation == NULL)
                return -ENOMEM;
        operation->op.code = PLATFORM_SPAWN;
        operation->op.fd = -1;
        operation->op.address = &child->platform;
        operation->owner = child;
        operation->done = child_done;
        child->operation = operation;
        begun = wait_operation(operation);
        if (begun != WAIT_SUSPEND)
                child->operation = NULL;
        return begun;
}

/* It runs, or it does not: then nothing is left of it. */
static int spawn_end(const struct mori_child_plan *plan, struct child *child, int result,
                     struct mori_child *ret_child)
{
        if (child == NULL)
                return result;
        if (result == 0) {
                *ret_child = (struct mori_child){.in = child->ours[0],
                                                 .out = child->ours[1],
                                                 .err = child->ours[2],
                                                 .pid = child->platform.pid};
                return 0;
        }
        if (result == -ECANCELED || result == -ETIMEDOUT)
                explain(plan, "%s: given up before it ran: %s", plan->program, strerror(-result));
        else if (plan->error != NULL && plan->error_bytes > 0 && plan->error[0] == '\0')
                explain_step(plan, child, result);
        ours_close(child);
        child_free(child);
        return result;
}

static void spawn_prepare(const struct mori_child_plan *plan)
{
        if (plan->error != NULL && plan->error_bytes > 0)
                plan->error[0] = '\0';
}

/* ---- Its life */

static int64_t life_begin(struct child *child)
{
        int status;

        if (child->operation == NULL) { /* it is over already */
                status = status_of(child);
                child_free(child);
                return status;
        }
        child->life = wait_begin(ACTIVITY_STATE_WAITING_SPAWNED, child);
        if (activity_level(child->life) != CANCEL_NONE)
                child_interrupt(child->life);
        return WAIT_SUSPEND;
}

static MORI_ASYNC int child_life(struct child *child)
{
        int64_t begun = life_begin(child);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

MORI_ASYNC int mori_child_spawn(const struct mori_child_plan *plan, struct mori_child *ret_child)
{
        struct child *child = NULL;
        int64_t begun;
        int result;

        if (plan == NULL || ret_child == NULL)
                return -EFAULT;
        spawn_prepare(plan);
        begun = spawn_begin(plan, &child);
        if (begun == WAIT_SUSPEND)
                begun = MORI_AWAIT activity_suspend();
        result = spawn_end(plan, child, (int)begun, ret_child);
        if (result == 0)
                ret_child->life = MORI_START(child_life, child);
        return result;
}

static void grace_over(struct timer *timer)
{
        struct child *child = CONTAINER_OF(timer, struct child, timer);

        if (seat_timer_fires(timer, child->process) && child->operation != NULL)
                operation_cancel(child->operation);
}

void child_interrupt(struct activity *activity)
{
        struct child *child = activity->wait;

        if (child->asked)
                return;
        child->asked = true;
        if (child->grace < 0 || (child->platform.flags & PLATFORM_CHILD_DETACHED)) {
                operation_cancel(child->operation);
                return;
        }
        platform_child_ask(&child->platform);
        child->timer.fire = grace_over;
        seat_timer_start(&child->timer, child->grace);
}

int mori_child_signal(const struct mori_child *handle, int signal)
{
        struct activity *life;
        struct child *child;

        if (handle == NULL)
                return -EFAULT;
        life = activity_of_handle(MORI_ACTIVITY(handle->life));
        if (life == NULL || life->segment.state != ACTIVITY_STATE_WAITING_SPAWNED)
                return -ESRCH;
        child = life->wait;
        return platform_child_signal(&child->platform, signal);
}

/* ---- A talk with one */

/*
 * Each part goes on while the others do, and waits for what the child does about them. So the part
 * that fails asks the child to end, and with it the others.
 */
static int part_failed(const struct mori_child *child, int64_t error)
{
        mori_cancel(MORI_ACTIVITY(child->life));
        return (int)error;
}

static MORI_ASYNC int feed(const struct mori_child *child, struct mori_child_talk *talk)
{
        while (talk->input_taken < talk->input_bytes) {
                int64_t count = MORI_AWAIT mori_file_write(
                        child->in, (const char *)talk->input + talk->input_taken,
                        talk->input_bytes - talk->input_taken);

                if (count == -EPIPE)
                        break; /* it has what it wants */
                if (count < 0)
                        return part_failed(child, count);
                talk->input_taken += (size_t)count;
        }
        return MORI_AWAIT mori_file_close(child->in);
}

static MORI_ASYNC int drain(const struct mori_child *child, mori_file from, char *to, size_t room,
                            size_t *ret_bytes)
{
        char dropped[2048];
        size_t bytes = 0;

        for (;;) {
                bool keeps = bytes < room;
                int64_t count = MORI_AWAIT mori_file_read(from, keeps ? to + bytes : dropped,
                                                          keeps ? room - bytes : sizeof dropped);

                if (count < 0)
                        return part_failed(child, count);
                if (count == 0)
                        return 0;
                bytes += (size_t)count;
                *ret_bytes = bytes;
        }
}

static MORI_ASYNC int talk_all(struct mori_child *child, struct mori_child_talk *talk)
{
        MORI_SCOPE {
                MORI_HANDLE(int) feeding = NULL, errors = NULL;

                if (child->in.word != 0)
                        feeding = MORI_START(feed, child, talk);
                if (child->err.word != 0)
                        errors = MORI_START(drain, child, child->err, (char *)talk->errors,
                                            talk->errors_room, &talk->errors_bytes);
                if (child->out.word != 0)
                        MORI_ATTEMPT(MORI_AWAIT drain(child, child->out, (char *)talk->output,
                                                      talk->output_room, &talk->output_bytes));
                if (errors != NULL)
                        MORI_ATTEMPT(MORI_AWAIT MORI_JOIN(errors));
                if (feeding != NULL)
                        MORI_ATTEMPT(MORI_AWAIT MORI_JOIN(feeding));
        }
        return 0;
}

static MORI_ASYNC void close_if_open(mori_file *file)
{
        if (file->word != 0)
                (void)(MORI_AWAIT mori_file_close(*file));
        *file = MORI_NO_FILE;
}

MORI_ASYNC int mori_child_communicate(struct mori_child *child, struct mori_child_talk *talk)
{
        int result, status;

        if (child == NULL || talk == NULL)
                return -EFAULT;
        talk->input_taken = talk->output_bytes = talk->errors_bytes = 0;
        result = MORI_AWAIT talk_all(child, talk);
        MORI_AWAIT close_if_open(&child->in); /* stale where it was closed above */
        MORI_AWAIT close_if_open(&child->out);
        MORI_AWAIT close_if_open(&child->err);
        if (result < 0)
                mori_cancel(MORI_ACTIVITY(child->life));
        status = MORI_AWAIT MORI_JOIN(child->life);
        return result < 0 ? result : status;
}
