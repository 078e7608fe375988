/* SPDX-License-Identifier: MIT */
/* The holders of locks, and what they have forgotten: see holder.h. */
#include "activity/holder.h"

#include "platform/symbol.h"

/* From here on it is not counted how many locks an activity holds: perhaps it is none. */
#define HOLDS_MANY 15

static_assert(offsetof(struct mori_detail_control, generation) == ACTIVITY_GENERATION &&
                      offsetof(struct mori_detail_control, flags) == ACTIVITY_FLAGS &&
                      MORI_DETAIL_HOLD == ACTIVITY_HOLDS_UNIT &&
                      MORI_DETAIL_HOLDS_MANY == ACTIVITY_HOLDS_MASK && WORKER_ACTIVITY == 8,
              "the inline functions of lock.h know the control block");

_Noreturn void holder_bad(const char *what, const void *holder, uint32_t generation,
                          const void *taken)
{
        char place[256], started[256];

        if (holder == LOCK_GONE)
                process_abandon("%s is released that is no more", what);
        if (holder == LOCK_BROKEN)
                process_abandon("%s is released that is broken, and that nobody holds", what);
        if (holder == NULL || holder == LOCK_WANTED)
                process_abandon("%s is released that nobody holds", what);
        if (holder_has_ended(holder, generation))
                process_abandon("%s is released by another than its holder, which took it at %s "
                                "and has ended",
                                what, platform_place(taken, place, sizeof place));
        process_abandon("%s is released by another than its holder, which took it at %s and was "
                        "started at %s",
                        what, platform_place(taken, place, sizeof place),
                        platform_place(activity_start_site(holder), started, sizeof started));
}

const void *holder_takes_at(const struct activity *waiter)
{
        const void *place = activity_resumes_at(waiter);

        return place != mori_activity_base ? place : activity_start_site(waiter);
}

void holder_report(const char *what, const void *taken)
{
        char place[256];

        process_self()->reports++;
        base_report("mori: the activity that has taken %s at %s has ended without releasing it",
                    what, platform_place(taken, place, sizeof place));
}

/* Somebody waits for a lock, which the one that has ended may have held. */
static void left_visit(struct activity *waiter, void *holder)
{
        switch (waiter->segment.state) {
        case ACTIVITY_STATE_WAITING_LOCK:
        case ACTIVITY_STATE_WAITING_RELOCK:
                lock_forgotten(waiter->wait, holder);
                break;
        case ACTIVITY_STATE_WAITING_READ:
        case ACTIVITY_STATE_WAITING_WRITE:
                rwlock_forgotten(waiter->wait, holder);
                break;
        default:
                break;
        }
}

void activity_holds_left(struct activity *activity)
{
        unsigned holds = activity_holds(activity);
        char place[256];

        if (holds < HOLDS_MANY) {
                process_self()->reports++;
                base_report("mori: an activity ends and has %u lock%s not released; it was started "
                            "at %s, causality %llu",
                            holds, holds == 1 ? "" : "s",
                            platform_place(activity_start_site(activity), place, sizeof place),
                            (unsigned long long)activity->causality);
        }
        process_each_activity(process_self(), left_visit, activity);
        activity->site &= ~(uint64_t)ACTIVITY_HOLDS_MASK;
}
