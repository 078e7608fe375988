/* SPDX-License-Identifier: MIT */
/*
 * Deadlock among the activities of a process: a circle of waits.
 *
 * Of some waits it is known who must go on first, the owner: a join waits for the activity, a lock
 * for its holder, a once for who does it. So who waits has at most one owner, and to find a
 * circle is to follow owners until one of them does not wait for anybody in particular, or is the
 * activity that asks. That is done when somebody is about to wait for a lock or a once, and
 * when somebody joins while it holds one: those are the only waits that can close a circle with a
 * lock in it. Joins alone close none, because handles go one way: a circle of joins needs a
 * handle that was handed upwards.
 *
 * What waits for nobody in particular (a semaphore, an event, a queue) is not followed. If nothing
 * moves any more the seat finds that out and reports everything that waits (seat.c).
 */
#include "activity/deadlock.h"

#include "activity/waiters.h"
#include "platform/symbol.h"
#include "turn/report.h"

#include <mori/select.h>

/* Longer circles are not looked for: a walk must stay cheap beside a wait. */
#define CIRCLE_MAX 1000
#define LISTED_MAX 16

static struct activity *living(void *pointer, uint32_t generation)
{
        struct activity *activity = pointer;

        if ((uintptr_t)pointer < 4096 || activity->segment.generation != generation)
                return NULL;
        return activity;
}

/* Who must go on before one can who waits so; NULL where that is nobody in particular. */
static struct activity *owner_of(uint8_t state, void *wait)
{
        switch (state) {
        case ACTIVITY_STATE_WAITING_JOIN:
        case ACTIVITY_STATE_WAITING_CHILD:
                return wait;
        case ACTIVITY_STATE_WAITING_LOCK:
        case ACTIVITY_STATE_WAITING_RELOCK:
                return living(((mori_lock *)wait)->holder, ((mori_lock *)wait)->generation);
        case ACTIVITY_STATE_WAITING_READ:
        case ACTIVITY_STATE_WAITING_WRITE:
                return living(((mori_rwlock *)wait)->writer, ((mori_rwlock *)wait)->generation);
        case ACTIVITY_STATE_WAITING_ONCE:
                return living(((mori_once *)wait)->runner, ((mori_once *)wait)->generation);
        default:
                return NULL;
        }
}

static struct activity *owner_of_wait(const struct activity *activity)
{
        return owner_of(activity->segment.state, activity->wait);
}

/* How many members a circle from `owner` on to the running activity has; 0: there is none. */
static unsigned circle(const struct activity *owner)
{
        const struct activity *self = worker_self()->activity;
        unsigned members;

        for (members = 1; owner != NULL && members <= CIRCLE_MAX; members++) {
                if (owner == self)
                        return members;
                owner = owner_of_wait(owner);
        }
        return 0;
}

/* Where that was taken which is waited for; NULL where it is nothing that is taken. */
static const void *taken_at(uint8_t state, void *wait)
{
        switch (state) {
        case ACTIVITY_STATE_WAITING_LOCK:
        case ACTIVITY_STATE_WAITING_RELOCK:
                return ((mori_lock *)wait)->taken;
        case ACTIVITY_STATE_WAITING_READ:
        case ACTIVITY_STATE_WAITING_WRITE:
                return ((mori_rwlock *)wait)->writer != NULL ? ((mori_rwlock *)wait)->taken : NULL;
        case ACTIVITY_STATE_WAITING_ONCE:
                return ((mori_once *)wait)->begun;
        default:
                return NULL;
        }
}

static void report_wait(const struct activity *activity, uint8_t state, void *wait)
{
        const void *taken = taken_at(state, wait);
        char started[256], at[256] = "", place[256] = "";

        if (activity_waits(activity) && activity_resumes_at(activity) != mori_activity_base)
                platform_place(activity_resumes_at(activity), at, sizeof at);
        if (taken != NULL)
                platform_place(taken, place, sizeof place);
        base_report("mori:   the activity started at %s is %s%s%s%s%s",
                    platform_place(activity_start_site(activity), started, sizeof started),
                    report_state(state), at[0] == '\0' ? "" : ", at ", at,
                    place[0] == '\0' ? "" : "; that was taken at ", place);
}

void activity_report_wait(const struct activity *activity)
{
        report_wait(activity, activity->segment.state, activity->wait);
}

/* The circle, beginning with the running activity, which waits so, or is about to. */
static void report_circle(unsigned members, uint8_t state, void *wait)
{
        struct activity *self = worker_self()->activity, *member;
        unsigned listed = 1;

        process_self()->reports++;
        base_report("mori: deadlock: %u activit%s for one another, in a circle", members,
                    members == 1 ? "y waits" : "ies wait");
        report_wait(self, state, wait);
        for (member = owner_of(state, wait); member != self && listed < LISTED_MAX;
             member = owner_of_wait(member), listed++)
                activity_report_wait(member);
        if (listed < members)
                base_report("mori:   ... and %u more", members - listed);
}

bool deadlock_closes(uint8_t state, void *wait)
{
        unsigned members = circle(owner_of(state, wait));

        if (members == 0)
                return false;
        report_circle(members, state, wait);
        return true;
}

void deadlock_join(struct activity *child)
{
        unsigned members = circle(child);
        struct activity *member = child, *self = worker_self()->activity;

        if (members == 0)
                return;
        report_circle(members, ACTIVITY_STATE_WAITING_CHILD, child);
        for (; member != self; member = owner_of_wait(member))
                if (lock_interrupt(member, -EDEADLK) || sync_interrupt(member, -EDEADLK))
                        return;
}
