/* SPDX-License-Identifier: MIT */
/*
 * Supervisors. An activity for each child that lives waits for its end, and sends it to a queue;
 * the supervisor takes from there what is to be done.
 *
 *      start_one --> lives --its end, watch()--> queue --> ended(): restart, give up, or nothing
 *                      |
 *                      +--stop_one: asked, joined--> its end is in the queue as well, and is old
 *
 * What a supervisor has stands in the heap of its process, and the children are owned by it: where
 * the process ends at any point, all of it goes with it. An end is told with the number of the
 * start that it belongs to, so that an old one is known.
 */
#include <mori/supervise.h>

#include <mori/activity.h>
#include <mori/heap.h>
#include <mori/queue.h>
#include <mori/result.h>
#include <mori/scope.h>

#include <errno.h>
#include <string.h>

#define RESTARTS_MAX    3u
#define RESTARTS_WITHIN MORI_S(5)
#define PAUSE_MAX       MORI_S(30)

struct child {
        mori_process process; /* zero: it does not live, and is not held */
        unsigned start;       /* how often it was started */
        bool due;             /* it is to be started */
        bool goes;            /* it ends, or is stopped, with the one that has just ended */
};

struct notice {
        unsigned child, start;
        int error; /* of the wait */
};

struct keeper {
        const struct mori_supervisor *plan;
        mori_queue *notices;
        int64_t *restarts; /* when: a ring */
        unsigned restarts_max, restarts_count, restarts_at;
        unsigned refused; /* whose start was no good, from 1: none starts until it has ended; 0 */
        int64_t within, pause_max;
        struct child children[];
};

static bool is_good(const struct mori_supervisor *plan)
{
        unsigned i;

        if (plan == NULL || plan->children == NULL || plan->count == 0 ||
            plan->count > MORI_SUPERVISED_MAX || plan->restarts_max > MORI_RESTARTS_MAX ||
            plan->restarts_within < 0 || plan->pause < 0 || plan->pause_max < 0 ||
            (unsigned)plan->strategy > MORI_USERS_FOR_ONE)
                return false;
        for (i = 0; i < plan->count; i++) {
                const struct mori_supervised *child = &plan->children[i];

                if (child->main == NULL || (unsigned)child->restart > MORI_RESTART_TEMPORARY)
                        return false;
                for (unsigned need = 0; need < child->needs_count; need++)
                        if (child->needs[need] >= i)
                                return false;
        }
        return true;
}

static struct keeper *keeper_new(const struct mori_supervisor *plan)
{
        struct keeper *keeper =
                mori_alloc_zero(1, sizeof *keeper + plan->count * sizeof keeper->children[0]);

        keeper->plan = plan;
        keeper->within = plan->restarts_within != 0 ? plan->restarts_within : RESTARTS_WITHIN;
        keeper->restarts_max = plan->restarts_max == 0 && plan->restarts_within == 0
                                       ? RESTARTS_MAX
                                       : plan->restarts_max;
        keeper->pause_max = plan->pause_max != 0 ? plan->pause_max : PAUSE_MAX;
        keeper->restarts = mori_alloc_zero(keeper->restarts_max + 1, sizeof keeper->restarts[0]);
        keeper->notices = mori_queue_new(plan->count, sizeof(struct notice));
        return keeper;
}

static void keeper_free(struct keeper *keeper)
{
        mori_queue_free(keeper->notices);
        mori_free(keeper->restarts);
        mori_free(keeper);
}

/* ---- One child */

static MORI_ASYNC void watch(struct keeper *keeper, unsigned child)
{
        struct notice notice = {.child = child, .start = keeper->children[child].start};
        struct mori_end end;

        notice.error = MORI_AWAIT mori_process_wait(keeper->children[child].process, &end);
        if (notice.error != -ECANCELED && notice.error != -ETIMEDOUT)
                notice.error = MORI_AWAIT mori_queue_send(keeper->notices, &notice); /* or we end */
}

static MORI_ASYNC int start_one(struct keeper *keeper, unsigned index)
{
        const struct mori_supervised *plan = &keeper->plan->children[index];
        struct child *child = &keeper->children[index];
        struct mori_process_options options = plan->options;

        options.name = plan->name;
        options.flags = MORI_PROCESS_OWNED;
        child->start++;
        MORI_ATTEMPT(MORI_AWAIT mori_process_start(plan->main, plan->argument, plan->bytes,
                                                   &options, &child->process));
        MORI_IGNORE(MORI_START(watch, keeper, index));
        return 0;
}

/* In a shield: it is stopped whether we are cancelled or not. */
static MORI_ASYNC void stop_one(struct keeper *keeper, unsigned index)
{
        int64_t limit = keeper->plan->children[index].limit;
        struct child *child = &keeper->children[index];
        struct mori_end end;
        int error;

        if (child->process.word == 0)
                return;
        error = limit < 0 ? mori_process_kill(child->process)
                          : mori_process_stop(child->process,
                                              limit != 0 ? limit : MORI_SUPERVISED_LIMIT);
        if (error == -ENOMEM) /* nobody can be asked any more */
                error = mori_process_kill(child->process);
        while (error == 0 &&
               (error = MORI_AWAIT mori_process_join(child->process, &end)) == -ENOMEM)
                error = MORI_AWAIT mori_yield();
        child->process = MORI_NO_PROCESS;
        child->start++; /* the notice of this end is old */
        if (keeper->refused == index + 1)
                keeper->refused = 0;
}

/* ---- All, or some */

static MORI_ASYNC void stop_all(struct keeper *keeper)
{
        MORI_SHIELD(MORI_FOREVER)
        {
                for (unsigned i = keeper->plan->count; i-- > 0;)
                        MORI_AWAIT stop_one(keeper, i);
        }
}

/* Those that go with one that has ended. */
static MORI_ASYNC void stop_going(struct keeper *keeper)
{
        MORI_SHIELD(MORI_FOREVER)
        {
                for (unsigned i = keeper->plan->count; i-- > 0;)
                        if (keeper->children[i].goes)
                                MORI_AWAIT stop_one(keeper, i);
        }
}

static MORI_ASYNC int start_due(struct keeper *keeper)
{
        const struct mori_supervisor *plan = keeper->plan;

        for (unsigned i = 0; i < plan->count; i++) {
                struct child *child = &keeper->children[i];
                int error;

                if (!child->due)
                        continue;
                child->due = false;
                MORI_ATTEMPT(MORI_AWAIT start_one(keeper, i));
                if (plan->started == NULL)
                        continue;
                error = MORI_AWAIT plan->started(plan->context, i, child->process);
                if (error == -ECANCELED || error == -ETIMEDOUT)
                        return error;
                if (error < 0) { /* others are due still, when it has been told that it ended */
                        (void)mori_process_kill(child->process);
                        keeper->refused = i + 1;
                        return 0;
                }
        }
        return 0;
}

/* ---- Ends */

static bool is_good_end(const struct mori_end *end)
{
        return end->kind == MORI_END_RETURNED || end->kind == MORI_END_STOPPED;
}

static bool is_restarted(const struct mori_supervised *plan, const struct mori_end *end)
{
        if (plan->restart == MORI_RESTART_TRANSIENT)
                return !is_good_end(end);
        return plan->restart == MORI_RESTART_PERMANENT;
}

/* Counts a restart: how many there were within the time, with this one. */
static unsigned restart_count(struct keeper *keeper)
{
        int64_t now = mori_now(), *ring = keeper->restarts;
        unsigned room = keeper->restarts_max + 1, i, count = 0;

        ring[keeper->restarts_at] = now;
        keeper->restarts_at = (keeper->restarts_at + 1) % room;
        if (keeper->restarts_count < room)
                keeper->restarts_count++;
        for (i = 0; i < keeper->restarts_count; i++)
                count += now - ring[i] <= keeper->within;
        return count;
}

static int64_t pause_before(const struct keeper *keeper, unsigned count)
{
        int64_t pause = keeper->plan->pause;

        while (--count > 0 && pause <= keeper->pause_max / 2)
                pause *= 2;
        return count == 0 && pause < keeper->pause_max ? pause : keeper->pause_max;
}

static bool is_old(const struct keeper *keeper, const struct notice *notice)
{
        return keeper->children[notice->child].start != notice->start;
}

/* It has ended well, by itself: its notice, which is on the way, tells of that. */
static bool has_ended_well(const struct child *child)
{
        struct mori_end end;

        return child->process.word != 0 && mori_process_end(child->process, &end) == 0 &&
               is_good_end(&end);
}

/* Whether one that goes with another is started again after it. */
static bool comes_back(const struct mori_supervisor *plan, const struct child *child,
                       enum mori_restart restart)
{
        if (child->due || restart == MORI_RESTART_PERMANENT)
                return true;
        if (child->process.word == 0) /* it has ended, and stays so */
                return false;
        return plan->strategy == MORI_USERS_FOR_ONE || restart == MORI_RESTART_TRANSIENT;
}

/* Says who goes with one that has ended and is started again; and that they are due. */
static void mark_going(struct keeper *keeper, unsigned ended)
{
        const struct mori_supervisor *plan = keeper->plan;

        for (unsigned i = 0; i < plan->count; i++) {
                const struct mori_supervised *of = &plan->children[i];
                struct child *child = &keeper->children[i];

                child->goes = i == ended || plan->strategy == MORI_ONE_FOR_ALL ||
                              (plan->strategy == MORI_REST_FOR_ONE && i > ended);
                for (unsigned need = 0; need < of->needs_count; need++)
                        if (plan->strategy == MORI_USERS_FOR_ONE &&
                            keeper->children[of->needs[need]].goes)
                                child->goes = true;
                if (i != ended && of->restart != MORI_RESTART_PERMANENT && has_ended_well(child))
                        child->goes = false;
                if (child->goes && (i == ended || comes_back(plan, child, of->restart)))
                        child->due = true;
        }
}

/* A child has ended by itself. */
static MORI_ASYNC int ended(struct keeper *keeper, const struct notice *notice)
{
        const struct mori_supervisor *plan = keeper->plan;
        struct child *child = &keeper->children[notice->child];
        mori_process process = child->process;
        unsigned count = 0;
        struct mori_end end;
        bool again = false;
        int result = mori_process_end(process, &end); /* it is held */

        child->process = MORI_NO_PROCESS;
        if (keeper->refused == notice->child + 1)
                keeper->refused = 0;
        if (result == 0 && is_restarted(&plan->children[notice->child], &end)) {
                count = restart_count(keeper);
                again = count <= keeper->restarts_max;
                if (!again) {
                        (void)mori_process_blame(process);
                        result = -ENOTRECOVERABLE;
                }
        }
        if (plan->ended != NULL && (result == 0 || result == -ENOTRECOVERABLE)) {
                int answer = plan->ended(plan->context, notice->child, &end, again);

                if (result == 0)
                        result = answer;
        }
        if (result == 0 && again) {
                mark_going(keeper, notice->child);
                MORI_AWAIT stop_going(keeper);
                if (plan->pause != 0)
                        result = MORI_AWAIT mori_sleep(pause_before(keeper, count));
        }
        (void)mori_process_release(process);
        return result;
}

/*
 * Whose end is first: that of the child, or of one that it needs, be it through others, and that is
 * ending: who uses it may have found that, and failed, before its end is told.
 */
static unsigned ended_first(struct keeper *keeper, unsigned index)
{
        const struct mori_supervisor *plan = keeper->plan;
        unsigned first = index;

        if (plan->strategy != MORI_USERS_FOR_ONE)
                return index;
        for (unsigned i = 0; i <= index; i++)
                keeper->children[i].goes = i == index;
        for (unsigned i = index + 1; i-- > 0;) {
                const struct mori_supervised *of = &plan->children[i];
                const struct child *child = &keeper->children[i];

                if (!child->goes) /* here: the child needs it */
                        continue;
                for (unsigned need = 0; need < of->needs_count; need++)
                        keeper->children[of->needs[need]].goes = true;
                if (child->process.word != 0 && mori_process_is_ending(child->process) > 0)
                        first = i;
        }
        return first;
}

static MORI_ASYNC int ended_in_order(struct keeper *keeper, const struct notice *notice)
{
        struct notice before = {.child = 0};
        struct mori_end end;
        int result;

        while ((before.child = ended_first(keeper, notice->child)) != notice->child) {
                struct child *child = &keeper->children[before.child];

                MORI_ATTEMPT(MORI_AWAIT mori_process_wait(child->process, &end));
                child->start++; /* its own notice is old */
                result = MORI_AWAIT ended(keeper, &before);
                if (result != 0 || is_old(keeper, notice)) /* it went with that one */
                        return result;
        }
        return MORI_AWAIT ended(keeper, notice);
}

static bool anybody_lives(const struct keeper *keeper)
{
        for (unsigned i = 0; i < keeper->plan->count; i++)
                if (keeper->children[i].process.word != 0)
                        return true;
        return false;
}

static MORI_ASYNC int keep(struct keeper *keeper)
{
        struct notice notice;
        int result;

        for (unsigned i = 0; i < keeper->plan->count; i++)
                keeper->children[i].due = true;
        for (;;) {
                if (keeper->refused == 0)
                        MORI_ATTEMPT(MORI_AWAIT start_due(keeper));
                if (!anybody_lives(keeper))
                        return 0;
                do
                        MORI_ATTEMPT(MORI_AWAIT mori_queue_receive(keeper->notices, &notice));
                while (is_old(keeper, &notice));
                MORI_ATTEMPT(notice.error);
                result = MORI_AWAIT ended_in_order(keeper, &notice);
                if (result != 0) /* also what a hook has answered */
                        return result;
        }
}

MORI_ASYNC int mori_supervise(const struct mori_supervisor *supervisor)
{
        struct keeper *keeper;
        int result = -EINVAL;

        if (!is_good(supervisor))
                return -EINVAL;
        keeper = keeper_new(supervisor);
        if (keeper->notices == NULL) {
                mori_free(keeper->restarts);
                mori_free(keeper);
                return -ENOMEM;
        }
        MORI_SCOPE
        {
                result = MORI_AWAIT keep(keeper);
                MORI_AWAIT stop_all(keeper);
                break; /* the watchers are cancelled */
        }
        keeper_free(keeper);
        return result;
}
