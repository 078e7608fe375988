/* SPDX-License-Identifier: MIT */
/*
 * The process core: its making, its one teardown, its queue of turns and its tables. The nouns,
 * states and invariants are in process.h.
 *
 * The teardown (process_end) is the same for a process that returns, one that is abandoned and one
 * that is killed:
 *
 *      mark it ending: nothing of it runs any more, what completes only counts down
 *      cancel every operation; the loop calls process_end_step() after each round of completions
 *      when none is under way: free what it owns, close its files, free every activity, found by
 *      walking the scopes
 *
 * The walk needs no memory: a first segment has no predecessor, so its `previous` links the
 * activities still to be visited.
 */
#include "turn/process.h"

#include "base/atomic.h"
#include "memory/heap.h"
#include "platform/call.h"
#include "platform/fault.h"
#include "turn/bell.h"
#include "turn/bond.h"
#include "turn/domain.h"
#include "turn/failure.h"
#include "turn/meter.h"
#include "turn/record.h"
#include "turn/report.h"
#include "turn/seat.h"
#include "turn/situation.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES_FIRST 16

int process_make(struct seat *seat, const char *name, void *entry, void *argument,
                 uint32_t reference, struct process **ret_process)
{
        struct process *process;
        struct activity *root;
        int error = record_new(seat, &process);

        if (error < 0)
                return error;
        turns_init(&process->ready);
        root = &process->root_block;
        root->segment.size16 = (uint16_t)(round_up(sizeof *root, 16) >> STACK_REF_SHIFT);
        root->scope = stack_ref_of(&root->children);
        root->causality = 1;
        root->process = process->index;
        root->account = process->index;
        process->seat = seat;
        process->posts_end = &process->posts;
        process->name = name;
        process->root = stack_ref_of(root);
        process->causality_next = 1;
        process->entry_function = entry;
        process->entry_argument = argument;
        base_lock(&process->bonds_lock);
        process->references = PROCESS_REFERENCE_LIFE | reference;
        base_unlock(&process->bonds_lock);
        *ret_process = process;
        return 0;
}

void process_begin(struct seat *seat, struct process *process)
{
        domain_process_add(process->domain, process);
        seat_give(seat, process);
}

int process_new(struct seat *seat, const char *name, void *entry, void *argument,
                struct process **ret_process)
{
        int error = process_make(seat, name, entry, argument, PROCESS_REFERENCE_MADE, ret_process);

        if (error == 0)
                process_begin(seat, *ret_process);
        return error;
}

struct process *process_free(struct process *process)
{
        if (process == NULL)
                return NULL;
        assert_always(process->state == PROCESS_GONE && process->operations == NULL);
        assert_always(process->worker == NULL && process->queue_link == NULL);
        assert_always(process->references == PROCESS_REFERENCE_MADE);
        assert_always(atomic_load_acquire(&process->domain->over) != 0);
        bond_unref(process, PROCESS_REFERENCE_MADE);
        return NULL;
}

struct process_rare *process_rare(struct process *process)
{
        if (process->rare == NULL)
                process->rare = calloc(1, sizeof *process->rare);
        return process->rare;
}

struct process *process_self(void)
{
        struct process *process = worker_self()->process;

        if (unlikely(process == NULL))
                process_missing();
        return process;
}

void process_missing(void)
{
        struct platform_call_info call;

        if (platform_call_here(&call)) {
                base_report("mori: an offloaded function has called what belongs to the running "
                            "program: it can call mori_post() and mori_offload_cancelled() only");
                platform_call_report(&call);
        } else {
                base_report("mori: a function that belongs to the running program was called from "
                            "a thread that does not run it: such a thread can call mori_post()");
        }
        report_stack();
        platform_end_now(70);
}

bool process_load_other(struct process *process);
bool process_load_other(struct process *process)
{
        struct worker *worker = worker_self();

        if (!seat_claim(worker->seat, process))
                return false;
        process_unload(worker);
        process_pick_up(worker, process);
        return true;
}

/* It is picked up, and there is more to be done than usual. */
static __attribute__((noinline)) void picked_up(struct worker *worker, struct process *process)
{
        if (process->is_metered)
                meter_begin(process);
        process_listen(worker, process);
}

void process_pick_up(struct worker *worker, struct process *process)
{
        worker->process = process;
        worker->ready = &process->ready;
        worker->live = process->live;
        worker->turns_before = worker->turns - process->turns;
        atomic_store_relaxed(&worker->starts, process->starts);
        atomic_store_relaxed(&process->ready.limit, worker->turns_end); /* as process_listen() */
        if (unlikely(process->is_metered) || process_has_news(process))
                picked_up(worker, process);
}

void process_put_down(struct worker *worker)
{
        struct process *process = worker->process;

        if (unlikely(process->is_metered))
                meter_pause(process);
        process->live = worker->live;
        process->turns = process_turns(worker);
        process->starts = worker->starts;
        worker->process = NULL;
        worker->ready = &turns_of_nobody;
}

void process_unload(struct worker *worker)
{
        struct process *process = worker->process;

        if (process == NULL)
                return;
        process_commit(process);
        process_put_down(worker);
        seat_let_go(worker->seat, process);
}

static _Noreturn void abandon(enum end_kind kind, int code, const char *text)
{
        struct worker *worker = worker_self();
        struct process *process = worker->process;
        struct platform_call_info call;

        base_report("mori: process %s abandoned: %s", process ? process->name : "(none)", text);
        report_activity(worker->activity);
        report_stack();
        situation_report(worker->activity);
        if (platform_call_here(&call)) {
                platform_call_report(&call);
                platform_end_now(70); /* it cannot be stopped, and must not go on */
        }
        if (process == NULL || (worker->rounds & 1) == 0)
                base_abort(); /* no turn that could be dropped */
        process->abandoned = true;
        process_end_as(process, kind, code, end_detail_new(text));
        activity_abandon_turn();
}

void process_abandon(const char *format, ...)
{
        char text[512];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        abandon(END_ABANDONED, 0, text);
}

void process_abandon_quota(int quota, const char *format, ...)
{
        char text[512];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        abandon(END_QUOTA, quota, text);
}

static int status_of(enum end_kind kind, int32_t code)
{
        switch (kind) {
        case END_ABANDONED:
        case END_QUOTA:
        case END_LINKED:
                return 70;
        case END_KILLED:
                return 0;
        default:
                return code;
        }
}

void process_end_as(struct process *process, enum end_kind kind, int32_t code,
                    struct end_detail *detail)
{
        struct operation *operation;

        if (process->state != PROCESS_RUNNING) {
                (void)end_detail_unref(detail);
                return;
        }
        seat_hold(); /* whoever has the seat looks at the state of them all */
        process->state = PROCESS_ENDING;
        process->status = status_of(kind, code);
        (void)end_detail_unref(process->end.detail); /* what it would have blamed */
        process->end = (struct end){kind, code, detail};
        process->entry_function = NULL;
        seat_ending_add(worker_self()->seat, process);
        for (operation = process->operations; operation != NULL; operation = operation->next)
                operation_cancel(operation);
        if (process == process->domain->first)
                platform_call_ending(); /* what was offloaded is waited for, up to a limit */
        seat_release();
}

/* What its entry has said when it failed; NULL: nothing but the errno. */
static struct end_detail *failed_detail(const struct process *process, int status)
{
        const struct failure *failure = failure_of(process, process->entry, status);
        char text[END_TEXT_MAX + 1];

        if (failure == NULL)
                return NULL;
        return end_detail_new(failure_describe(status, failure, text, sizeof text));
}

void process_end(struct process *process, int status)
{
        struct end_detail *blamed = process->end.detail;

        if (process->state != PROCESS_RUNNING)
                return;
        process->end.detail = NULL;
        if (status >= 0 || process->is_stopping)
                blamed = end_detail_unref(blamed);
        else if (blamed == NULL)
                blamed = failed_detail(process, status);
        process_end_as(process,
                       process->is_stopping ? END_STOPPED
                       : status < 0         ? END_FAILED
                                            : END_RETURNED,
                       status, blamed);
}

/* It is done when the list of its root says so; its result is the process's. */
void process_entry_check(struct process *process)
{
        struct activity *entry = activity_at((stack_ref)process->entry);
        int64_t result;

        if (process->state != PROCESS_RUNNING || process->entry_function != NULL ||
            entry->segment.state != ACTIVITY_STATE_DONE)
                return;
        memcpy(&result, (char *)entry + ACTIVITY_RESULT, sizeof result);
        process_end(process, (int)result);
}

/* Pushes the activities that the scopes of `activity` own on the list of those to visit. */
static void visit_children(struct activity *activity, stack_ref *list)
{
        stack_ref own = stack_ref_of(&activity->children), scope = activity->scope;

        for (;;) {
                const struct mori_scope_head {
                        stack_ref children, outer;
                } *head = stack_at(scope);
                stack_ref child;

                for (child = head->children; child != 0; child = activity_at(child)->sibling_next) {
                        activity_at(child)->segment.previous = *list;
                        *list = child;
                }
                if (scope == own || SEED_BUG(SEED_BUG_TEARDOWN_LEAK))
                        break;
                scope = head->outer;
        }
}

bool process_end_step(struct process *process)
{
        struct activity *root = activity_at(process->root);
        stack_ref list = 0;
        uint32_t index;

        if (process->state != PROCESS_ENDING || process->operations != NULL)
                return process->state == PROCESS_GONE;
        bonds_cut(process); /* first: who finds a connection gone finds that the process ends */
        bells_close(process);
        while (process->owned != NULL) {
                struct owned *owned = process->owned;

                process_disown(owned);
                owned->free(owned);
        }
        for (index = 1; index < process->files_count; index++)
                if ((process->files[index].generation & 1) &&
                    process->files[index].kind != FILE_STANDARD)
                        process_close_now(process->files[index].fd);
        process->files_count = 0;
        root->scope = stack_ref_of(&root->children);
        visit_children(root, &list);
        while (list != 0) {
                struct activity *activity = activity_at(list);

                list = activity->segment.previous;
                visit_children(activity, &list);
                stack_activity_free(activity);
        }
        root->children = 0;
        process->state = PROCESS_GONE;
        process_unload(process->worker);
        process->live = 0;
        process->told = NULL; /* they were owned, and are freed */
        letters_free(atomic_exchange(&process->letters, NULL));
        letters_free(process->posts);
        process->posts = NULL;
        free(process->files);
        free(process->rare);
        process->heap = heap_free(process->heap);
        process->files = NULL;
        process->rare = NULL;
        turns_deinit(&process->ready);
        bonds_tell(process);
        domain_process_remove(process->domain, process);
        bond_unref(process, PROCESS_REFERENCE_LIFE);
        return true;
}

void process_wake(struct process *process, struct activity *activity, int64_t result)
{
        assert_always(activity_waits(activity));
        activity->wait_result = result;
        activity->segment.state = ACTIVITY_STATE_READY;
        turns_put(&process->ready, stack_ref_of(activity));
}

void process_each_activity(struct process *process,
                           void (*visit)(struct activity *activity, void *argument), void *argument)
{
        stack_ref child, list = 0;

        /* The entry, and what the runtime has begun for itself. */
        for (child = activity_at(process->root)->children; child != 0;
             child = activity_at(child)->sibling_next) {
                activity_at(child)->segment.previous = list;
                list = child;
        }
        while (list != 0) {
                struct activity *activity = activity_at(list);

                list = activity->segment.previous;
                activity->segment.previous = 0;
                visit_children(activity, &list);
                visit(activity, argument);
        }
}

void process_commit_effects(struct process *process)
{
        while (process->effects != NULL) {
                struct effect *effect = process->effects;

                process->effects = effect->next;
                effect->commit(effect);
        }
}

void process_own(struct process *process, struct owned *owned,
                 void (*free_owned)(struct owned *owned))
{
        owned->free = free_owned;
        owned->next = process->owned;
        owned->link = &process->owned;
        if (owned->next != NULL)
                owned->next->link = &owned->next;
        process->owned = owned;
}

void process_disown(struct owned *owned)
{
        *owned->link = owned->next;
        if (owned->next != NULL)
                owned->next->link = owned->link;
        owned->link = NULL;
}

/* ---- Files */

void process_close_now(int fd)
{
        platform_close_now(seat_hold()->io, fd);
        seat_release();
}

int process_file_add(struct process *process, int fd, uint8_t kind, uint64_t *ret_handle)
{
        struct process_rare *rare = process_rare(process);
        struct file *file;
        uint32_t index;

        if (rare == NULL)
                return -ENOMEM;
        index = rare->files_free;
        if (index == 0) {
                if (process->files_count == 0)
                        process->files_count = 1; /* handle 0 is no file */
                index = process->files_count;
                if ((index & (index - 1)) == 0 || process->files == NULL) {
                        size_t room = index < FILES_FIRST ? FILES_FIRST : (size_t)index * 2;
                        struct file *files;

                        if (process->files == NULL || index >= FILES_FIRST) {
                                files = realloc(process->files, room * sizeof *files);
                                if (files == NULL)
                                        return -ENOMEM;
                                memset(files + index, 0, (room - index) * sizeof *files);
                                process->files = files;
                        }
                }
                process->files_count = index + 1;
        } else {
                rare->files_free = process->files[index].next_free;
        }
        file = &process->files[index];
        file->fd = fd;
        file->kind = kind;
        file->generation++;
        file->closing = false;
        file->options = 0;
        file->seat = 0;
        file->zero_copy_rest = 0;
        file->drained = false;
        file->receiver = NULL;
        file->operations = 0;
        file->closer = 0;
        *ret_handle = (uint64_t)file->generation << 32 | index;
        return 0;
}

struct file *process_file(struct process *process, uint64_t handle)
{
        uint32_t index = (uint32_t)handle, generation = (uint32_t)(handle >> 32);
        struct file *file;

        if (index == 0 || index >= process->files_count)
                return NULL;
        file = &process->files[index];
        return file->generation == generation && (generation & 1) && !file->closing ? file : NULL;
}

void process_file_remove(struct process *process, struct file *file)
{
        file->generation++; /* even: closed; every handle to it is stale */
        file->next_free = process->rare->files_free;
        process->rare->files_free = (uint32_t)(file - process->files);
}
