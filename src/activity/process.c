/* SPDX-License-Identifier: MIT */
/*
 * Processes, as programs see them. Records, holds, monitors and links are turn/bond.h's; here are
 * the calls, and the waits for ends.
 *
 *      start: a record, a copy of the argument ---> in the seat's queue ---> main(copy)
 *      wait:  a monitor, in the target's list --gone--> told --the news--> the waiter is woken
 *      stop:  a post to the process: its entry is cancelled, and a timer set that kills it
 *
 * An end becomes a struct mori_end when it is given to the user; inside it is a kind, a number and
 * a counted detail (turn/end.h).
 */
#include <mori/activity.h>
#include <mori/heap.h>
#include <mori/process.h>

#include "activity/activity.h"
#include "activity/process.h"
#include "activity/wait.h"
#include "base/atomic.h"
#include "base/words.h"
#include "platform/symbol.h"
#include "turn/bond.h"
#include "turn/domain.h"
#include "turn/meter.h"
#include "turn/record.h"
#include "turn/seat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* So many starts in a row, and then the others have their turns. */
#define STARTS_IN_TURN 64
#define FLAGS_ALL      ((unsigned)(MORI_PROCESS_OWNED | MORI_PROCESS_LINKED))

_Static_assert((int)MORI_END_NONE == (int)END_NONE && (int)MORI_END_RETURNED == (int)END_RETURNED &&
                       (int)MORI_END_FAILED == (int)END_FAILED &&
                       (int)MORI_END_STOPPED == (int)END_STOPPED &&
                       (int)MORI_END_KILLED == (int)END_KILLED &&
                       (int)MORI_END_ABANDONED == (int)END_ABANDONED &&
                       (int)MORI_END_QUOTA == (int)END_QUOTA &&
                       (int)MORI_END_LINKED == (int)END_LINKED,
               "the public kinds are those inside");
_Static_assert(MORI_PROCESS_NAME_MAX == END_NAME_MAX && MORI_END_TEXT_MAX == END_TEXT_MAX &&
                       MORI_END_CAUSES_MAX == END_CAUSES_MAX &&
                       MORI_PROCESSES_MAX == RECORDS_MAX,
               "the public limits are those inside");

/* ---- Ends */

static void end_fill(struct mori_end *end, const struct end_told *told)
{
        const struct end_detail *detail = told->end.detail;
        uint32_t i;

        memset(end, 0, sizeof *end);
        end->kind = (enum mori_end_kind)told->end.kind;
        end->code = told->end.code;
        end->process.word = told->process;
        memcpy(end->name, told->name, sizeof end->name);
        if (detail == NULL)
                return;
        memcpy(end->text, detail->text, sizeof end->text);
        end->causes_count = detail->causes_count;
        end->causes_left_out = detail->causes_left_out;
        for (i = 0; i < detail->causes_count; i++) {
                const struct end_cause *cause = &detail->causes[i];

                end->causes[i].kind = (enum mori_end_kind)cause->kind;
                end->causes[i].code = cause->code;
                end->causes[i].process.word = cause->process;
                memcpy(end->causes[i].name, cause->name, sizeof cause->name);
        }
}

static void end_read(const struct process *process, struct mori_end *ret_end)
{
        struct end_told told;

        end_tell(process, &told);
        end_fill(ret_end, &told);
        (void)end_detail_unref(told.end.detail);
}

/* The end of one that is gone, whose bonds are locked. */
static void end_look(struct process *process, struct mori_end *ret_end)
{
        process->is_end_seen = true;
        end_read(process, ret_end);
}

static void say_kind(struct words *words, enum mori_end_kind kind, int code)
{
        switch (kind) {
        case MORI_END_NONE:
                words_add(words, "has not ended");
                break;
        case MORI_END_RETURNED:
                words_add(words, "returned %d", code);
                break;
        case MORI_END_FAILED:
                words_add(words, "failed: %s (%d)", strerror(-code), code);
                break;
        case MORI_END_STOPPED:
                if (code < 0 && code != -ECANCELED)
                        words_add(words, "was stopped, and answered %s (%d)", strerror(-code),
                                  code);
                else
                        words_add(words, "was stopped");
                break;
        case MORI_END_KILLED:
                words_add(words, "was killed");
                break;
        case MORI_END_ABANDONED:
                words_add(words, "was abandoned");
                break;
        case MORI_END_QUOTA:
                words_add(words, "exceeded a quota");
                break;
        case MORI_END_LINKED:
                words_add(words, "was linked");
                break;
        default:
                words_add(words, "ended in no known way (%d)", (int)kind);
                break;
        }
}

char *mori_end_describe(const struct mori_end *end, char *text, size_t bytes)
{
        struct words words = {text, 0, bytes};
        unsigned i;

        if (bytes == 0)
                return text;
        text[0] = '\0';
        say_kind(&words, end->kind, end->code);
        for (i = 0; i < end->causes_count && i < MORI_END_CAUSES_MAX; i++) {
                if (end->causes_left_out != 0 && i + 1 == end->causes_count)
                        words_add(&words, " (and so on, through %u more)", end->causes_left_out);
                words_add(&words, "%s %s, which ",
                    (i == 0 ? end->kind : end->causes[i - 1].kind) == MORI_END_LINKED
                            ? " to"
                            : ", because of",
                    end->causes[i].name);
                say_kind(&words, end->causes[i].kind, end->causes[i].code);
        }
        if (end->text[0] != '\0')
                words_add(&words, ": %s", end->text);
        return text;
}

char *process_end_describe(const struct process *process, char *text, size_t bytes)
{
        struct mori_end end;

        end_read(process, &end);
        return mori_end_describe(&end, text, bytes);
}

/* ---- Start */

/* In one piece: the argument, then the name. */
static int baggage_pack(struct process *process, const void *argument, size_t bytes,
                        const char *name)
{
        size_t room = round_up(bytes, 16), name_bytes = name ? strnlen(name, END_NAME_MAX) + 1 : 0;
        char *baggage;

        if (room + name_bytes == 0)
                return 0;
        baggage = record_baggage(process, room + name_bytes);
        if (baggage == NULL)
                return -ENOMEM;
        if (bytes != 0) {
                memcpy(baggage, argument, bytes);
                process->entry_argument = baggage;
        }
        if (name != NULL) {
                memcpy(baggage + room, name, name_bytes - 1);
                baggage[room + name_bytes - 1] = '\0';
                process->name = baggage + room;
        }
        return 0;
}

static uint32_t turns_room(uint32_t activities_max)
{
        uint32_t room = TURNS_FEW;

        while (activities_max != 0 && room < activities_max && room < 1u << 31)
                room *= 2;
        return activities_max != 0 ? room : 0;
}

static uint32_t heap_kib(size_t bytes)
{
        size_t kib = (bytes >> 10) + ((bytes & 1023) != 0);

        return kib > UINT32_MAX ? 0 : (uint32_t)kib;
}

/* The seat is held. */
static int start_held(struct seat *seat, mori_process_main *entry, const void *argument,
                      size_t bytes, const struct mori_process_options *options,
                      mori_process *ret_process)
{
        struct worker *worker = worker_self();
        struct process *self = worker->process, *process;
        int error = process_make(seat, "process", (void *)entry, NULL,
                                 ret_process != NULL ? PROCESS_REFERENCE_HELD : 0, &process);

        if (error < 0)
                return error;
        process->root_block.causality = worker->activity->causality;
        process->ready.room_max = turns_room(options->activities_max);
        process->heap_max_kib =
                heap_kib(options->heap_max != 0 ? options->heap_max : MORI_HEAP_MAX);
        if (unlikely((options->messages_max | options->cpu_max) != 0))
                error = meter_set(process, options->messages_max, options->cpu_max);
        if (likely(error == 0))
                error = baggage_pack(process, argument, bytes, options->name);
        if (error == 0 && (options->flags & MORI_PROCESS_LINKED))
                error = bond_link(self, process_handle(process));
        if (error < 0) {
                process->references = 0;
                free(process->rare);
                process->rare = NULL;
                record_free(process);
                return error;
        }
        if (ret_process != NULL) {
                process->is_owned = (options->flags & MORI_PROCESS_OWNED) != 0;
                bond_hold(self, process);
                ret_process->word = process_handle(process);
        }
        process_begin(seat, process);
        return 0;
}

/* True where the others have to have their turns first. */
static bool start_counts(void)
{
        struct process *self = process_self();

        if (++self->starts_in_turn < STARTS_IN_TURN)
                return false;
        self->starts_in_turn = 0;
        turns_give_way(worker_self());
        return true;
}

static int start_begin(mori_process_main *entry, const void *argument, size_t bytes,
                       const struct mori_process_options *options, mori_process *ret_process)
{
        static const struct mori_process_options none;
        int error;

        if (options == NULL)
                options = &none;
        if (entry == NULL || (argument == NULL && bytes != 0) ||
            bytes > MORI_PROCESS_ARGUMENT_MAX || (options->flags & ~FLAGS_ALL) != 0 ||
            ((options->flags & MORI_PROCESS_OWNED) != 0 && ret_process == NULL))
                return -EINVAL;
        error = start_held(seat_hold(), entry, argument, bytes, options, ret_process);
        seat_release();
        return error;
}

MORI_ASYNC int mori_process_start(mori_process_main *entry, const void *argument, size_t bytes,
                                  const struct mori_process_options *options,
                                  mori_process *ret_process)
{
        int error = start_begin(entry, argument, bytes, options, ret_process);

        if (error == 0 && start_counts())
                (void)(MORI_AWAIT mori_yield());
        return error;
}

void stack_quota_exceeded(const void *function, uint32_t activities_max)
{
        char place[256];

        process_abandon_quota(MORI_QUOTA_ACTIVITIES,
                              "the quota of %u activities is exceeded by the start of %s",
                              activities_max, platform_place(function, place, sizeof place));
}

mori_process mori_process_self(void)
{
        return (mori_process){process_handle(process_self())};
}

static int release(mori_process handle)
{
        struct process *self = process_self();
        struct process *process = bond_find(self->domain, handle.word);
        bool held;

        if (process == NULL)
                return -ESRCH;
        held = process->held_by == stack_ref_of(self);
        bond_done(process);
        if (!held)
                return -ESRCH;
        bond_release(process);
        return 0;
}

int mori_process_release(mori_process handle)
{
        int error;

        seat_hold();
        error = release(handle);
        seat_release();
        return error;
}

/* ---- Waits */

static void wait_told(struct monitor *monitor)
{
        struct process *process = monitor->watcher;
        struct activity *activity = activity_at(monitor->activity);

        end_fill(monitor->owner, &monitor->told);
        bond_monitor_free(monitor);
        process_wake(process, activity, 0);
}

void process_wait_interrupt(struct activity *activity, int error)
{
        struct monitor *monitor = activity->wait;
        struct process *process = process_self();

        if (!bond_unwatch(monitor)) {
                bond_told_take(process); /* it has ended: that is the answer */
                return;
        }
        bond_monitor_free(monitor);
        process_wake(process, activity, error);
}

static int64_t wait_on(struct monitor *monitor, mori_process handle, struct mori_end *ret_end)
{
        struct process *target = bond_find(process_self()->domain, handle.word);
        bool gone;

        if (target == NULL)
                return -ESRCH;
        gone = bond_is_gone(target);
        if (gone) {
                end_look(target, ret_end);
        } else {
                monitor->done = wait_told;
                monitor->owner = ret_end;
                monitor->activity =
                        stack_ref_of(wait_begin(ACTIVITY_STATE_WAITING_PROCESS, monitor));
                bond_watch(target, monitor);
        }
        bond_done(target);
        return gone ? 0 : WAIT_SUSPEND;
}

static int64_t wait_prepare(mori_process handle, struct mori_end *ret_end)
{
        struct monitor *monitor;
        int64_t begun;
        int error = wait_cancelled();

        if (ret_end == NULL)
                return -EFAULT;
        if (error < 0)
                return error;
        if (handle.word == process_handle(process_self()))
                return -EDEADLK;
        monitor = stack_piece_new(sizeof *monitor);
        if (monitor == NULL)
                return -ENOMEM;
        begun = wait_on(monitor, handle, ret_end);
        if (begun != WAIT_SUSPEND)
                stack_piece_free(monitor, sizeof *monitor);
        return begun;
}

MORI_ASYNC int mori_process_wait(mori_process process, struct mori_end *ret_end)
{
        int64_t begun = wait_prepare(process, ret_end);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

MORI_ASYNC int mori_process_join(mori_process process, struct mori_end *ret_end)
{
        int result = MORI_AWAIT mori_process_wait(process, ret_end);

        return result == 0 ? mori_process_release(process) : result;
}

int mori_process_is_ending(mori_process handle)
{
        struct process *process = bond_find(process_self()->domain, handle.word);
        int result;

        if (process == NULL)
                return -ESRCH;
        result = process->is_cut;
        bond_done(process);
        return result;
}

int mori_process_end(mori_process handle, struct mori_end *ret_end)
{
        struct process *process = bond_find(process_self()->domain, handle.word);

        if (process == NULL)
                return -ESRCH;
        if (bond_is_gone(process)) {
                end_look(process, ret_end);
        } else {
                memset(ret_end, 0, sizeof *ret_end);
                ret_end->process = handle;
                end_name_copy(ret_end->name, process->name);
        }
        bond_done(process);
        return 0;
}

int mori_process_blame(mori_process handle)
{
        struct process *self = process_self(), *process = bond_find(self->domain, handle.word);
        bool gone;

        if (process == NULL)
                return -ESRCH;
        gone = bond_is_gone(process);
        if (gone) {
                process->is_end_seen = true;
                (void)end_detail_unref(self->end.detail);
                self->end.detail = end_detail_of(process);
        }
        bond_done(process);
        return gone ? 0 : -ESRCH;
}

/* ---- Stop and kill */

struct limit {
        struct owned owned;
        _Alignas(16) struct timer timer;
};

static void limit_release(struct owned *owned)
{
        struct limit *limit = (struct limit *)owned;

        seat_timer_stop(&limit->timer);
        stack_piece_free(limit, sizeof *limit);
}

static void limit_over(struct timer *timer)
{
        if (!seat_timer_fires(timer, timer->process))
                return;
        base_report("mori: process %s did not stop in time, and is killed", timer->process->name);
        process_end_as(timer->process, END_KILLED, 0, NULL);
}

/* In the process that is to stop, between turns. */
static void stop_run(struct seat *seat, void *first, void *second)
{
        struct process *process = process_self();
        int64_t duration = (int64_t)(intptr_t)first;
        struct limit *limit;

        (void)seat;
        (void)second;
        if (process->state != PROCESS_RUNNING)
                return;
        process->is_stopping = true;
        if (process->entry_function != NULL) {
                process_end(process, -ECANCELED);
                return;
        }
        limit = duration > 0 ? stack_piece_new(sizeof *limit) : NULL;
        if (limit == NULL) { /* no time, or no memory to wait for it */
                process_end_as(process, END_KILLED, 0, NULL);
                return;
        }
        if (duration != MORI_FOREVER) {
                process_own(process, &limit->owned, limit_release);
                limit->timer.fire = limit_over;
                seat_timer_start(&limit->timer, duration);
        } else {
                stack_piece_free(limit, sizeof *limit);
        }
        activity_cancel(activity_at((stack_ref)process->entry), CANCEL_HARD);
}

static int stop_ask(struct process *process, int64_t limit)
{
        int error = 0;

        if (process->is_stop_asked || bond_is_gone(process))
                return 0;
        error = seat_post(NULL, process, stop_run, (void *)(intptr_t)limit, NULL);
        process->is_stop_asked = error == 0;
        return error;
}

int mori_process_stop(mori_process handle, int64_t limit)
{
        struct process *process;
        int error = -ESRCH;

        seat_hold();
        process = bond_find(process_self()->domain, handle.word);
        if (process != NULL) {
                error = stop_ask(process, limit);
                bond_done(process);
        }
        seat_release();
        return error;
}

int mori_process_kill(mori_process handle)
{
        struct process *process;
        int error = -ESRCH;

        seat_hold();
        process = bond_find(process_self()->domain, handle.word);
        if (process != NULL) {
                if (!bond_is_gone(process))
                        process_kill(process);
                bond_done(process);
                error = 0;
        }
        seat_release();
        return error;
}

/* ---- Links */

int mori_process_link(mori_process handle)
{
        struct process *self = process_self();

        return handle.word == process_handle(self) ? -EINVAL : bond_link(self, handle.word);
}

int mori_process_unlink(mori_process handle)
{
        return bond_unlink(process_self(), handle.word);
}

bool mori_process_trap(bool traps)
{
        struct process *self = process_self();
        struct ties *ties = bond_ties(self);
        bool before;

        if (ties == NULL)
                process_abandon("no memory to trap ends");
        base_lock(&self->domain->links_lock);
        before = ties->traps;
        ties->traps = traps;
        base_unlock(&self->domain->links_lock);
        return before;
}

/* There may be something for who waits. */
void trap_told(struct process *process)
{
        struct ties *ties = process->ties;
        struct activity *activity;
        struct end_told told;

        if (ties->activity == 0 || !bond_trap_take(process, &told))
                return;
        activity = activity_at(ties->activity);
        ties->activity = 0;
        end_fill(activity->wait, &told);
        (void)end_detail_unref(told.end.detail);
        process_wake(process, activity, 0);
}

void trap_wait_interrupt(struct activity *activity, int error)
{
        struct process *process = process_self();

        process->ties->activity = 0;
        process_wake(process, activity, error);
}

static int64_t trapped_begin(struct mori_end *ret_end)
{
        struct process *self = process_self();
        struct end_told told;
        struct ties *ties;
        int error = wait_cancelled();

        if (ret_end == NULL)
                return -EFAULT;
        if (error < 0)
                return error;
        ties = bond_ties(self);
        if (ties == NULL)
                return -ENOMEM;
        if (ties->activity != 0)
                return -EBUSY;
        if (bond_trap_take(self, &told)) {
                end_fill(ret_end, &told);
                (void)end_detail_unref(told.end.detail);
                return 0;
        }
        ties->activity = stack_ref_of(wait_begin(ACTIVITY_STATE_WAITING_TRAPPED, ret_end));
        return WAIT_SUSPEND;
}

MORI_ASYNC int mori_process_trapped(struct mori_end *ret_end)
{
        int64_t begun = trapped_begin(ret_end);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

/* ---- Accounts */

int mori_process_counters_get(mori_process handle, struct mori_process_counters *ret_counters)
{
        struct worker *worker = worker_self();
        struct process *self = process_self(), *process = bond_find(self->domain, handle.word);
        bool own = process == self;

        if (process == NULL)
                return -ESRCH;
        *ret_counters = (struct mori_process_counters){
                .turns = own ? process_turns(worker) : atomic_load_relaxed(&process->turns),
                .starts = own ? worker->starts : atomic_load_relaxed(&process->starts),
                .operations_all = atomic_load_relaxed(&process->operations_all),
                .operations = atomic_load_relaxed(&process->operations_count),
                .activities = own ? worker->live : atomic_load_relaxed(&process->live),
                .messages = atomic_load_relaxed(&process->messages),
                .cpu = atomic_load_relaxed(&process->cpu),
        };
        bond_done(process);
        return 0;
}
