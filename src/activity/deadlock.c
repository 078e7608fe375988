/* SPDX-License-Identifier: MIT */
/*
 * Deadlock among the activities of a process: circles of waits.
 *
 * Of some waits it is known who can end them. They make a graph of activities, and of promises:
 *
 *      needs all    a join: the other's end; a lock: its holder; a reader-writer lock: each that
 *                   has it, and to read where a writer comes first: that writer; a once: who does
 *                   it; a promise: what it is made from, or the activity whose end settles it
 *      needs any    a select of activities, mori_any() and the like: one of them; a place in a wide
 *                   loop: one of its iterations; a group of promises: one of them
 *
 * (mori_all() and a group of all need any as well, because the first failure ends them.) Whoever
 * runs, is ready, waits for the kernel or for time, or for what anybody may bring (a queue, an
 * event, permits of a semaphore, a promise that code resolves) goes on by itself, as far as this
 * file knows.
 *
 * The end of an activity needs more than that activity: everything that it owns ends before.
 *
 * A circle is closed by a wait that begins, so it is looked for then, from the activity that waits:
 * the root. As long as each needs one other, that is a walk from one to the next. Where there are
 * several, what the root depends on is collected, and reduced: what goes on by itself is taken
 * away, then all whose needs are met, until nothing changes (R. C. Holt, "Some Deadlock Properties
 * of Computer Systems", 1972; E. Knapp, "Deadlock Detection in Distributed Databases", 1987, the
 * AND-OR model). Where the root is left, nobody can ever end its wait. It closes the circle if it
 * would not be left with a root that goes on; otherwise it only waits for others that are in one.
 *
 * What is beyond MEMBERS_MAX or EDGES_MAX counts as going on by itself: so the search is bounded,
 * and never reports a circle that is none.
 */
#include "activity/deadlock.h"

#include "activity/activity.h"
#include "activity/combine.h"
#include "activity/holder.h"
#include "activity/promise.h"
#include "activity/select_node.h"
#include "platform/symbol.h"
#include "turn/report.h"

#include <mori/wide.h>

#include <stdlib.h>
#include <string.h>

#define MEMBERS_MAX 1000
#define EDGES_MAX 4000
#define SLOTS 2048 /* of the table of members: a power of two above MEMBERS_MAX */
#define LISTED_MAX 16

/* What can be a member: that an activity goes on, that it ends, that a promise settles. */
enum member_what { MEMBER_ACTIVITY, MEMBER_END, MEMBER_PROMISE };
enum member_rule { MEMBER_ALL, MEMBER_ANY, MEMBER_GOES };

struct member {
        const void *pointer; /* of an activity or a promise */
        uint8_t what, rule;
        bool goes;      /* it is reduced */
        bool goes_with; /* the same if the root goes on */
        uint16_t edges, first; /* how many, and where they begin */
};

struct search {
        const struct activity *root;
        uint8_t state; /* how the root waits, or will */
        const void *wait;
        unsigned members, edges;
        struct member member[MEMBERS_MAX];
        uint16_t edge[EDGES_MAX];
        uint16_t slot[SLOTS]; /* the number of a member, + 1 */
};

/* What is found, for the report: the members in the order in which one depends on the next. */
struct circle {
        const struct activity *root;
        uint8_t state;
        const void *wait;
        unsigned count;
        const struct activity *member[LISTED_MAX];
        struct activity *victim; /* one but the root whose wait can be interrupted */
};

/* ---- Who is what to whom */

/* What the scopes have in common that are read here: an activity's own begins so, too. */
struct scope_head {
        stack_ref children, outer;
};

/* Does it own anything? Then its end is not its own business alone. */
static bool is_owner(const struct activity *activity)
{
        stack_ref own = stack_ref_of(&activity->children), at = activity->scope;

        while (at != own) {
                const struct scope_head *head = stack_at(at);

                if (head->children != 0)
                        return true;
                at = head->outer;
        }
        return activity->children != 0;
}

static const struct activity *living(const void *holder, uint32_t generation)
{
        const struct activity *activity = holder;

        if (!holder_is_activity(holder) || activity->segment.generation != generation)
                return NULL;
        return activity;
}

/*
 * The wide loop that `activity` is in, where it is for a place in it that it waits. The permits of
 * other semaphores belong to nobody.
 */
static const struct mori_wide *wide_of(const struct activity *activity, uint8_t state,
                                       const void *wait)
{
        const struct mori_wide *wide = stack_at(activity->scope);
        const mori_semaphore *semaphore = state == ACTIVITY_STATE_WAITING_PERMITS
                                                  ? ((const struct permits_wait *)wait)->semaphore
                                                  : wait;

        if (activity->scope == stack_ref_of(&activity->children) || semaphore != &wide->slots)
                return NULL;
        return wide;
}

/*
 * Who must go on before `activity` can, which waits so, where that is one: 1. 0: it goes on by
 * itself, as far as is known; 2: there may be several.
 */
static int single(const struct activity *activity, uint8_t state, const void *wait,
                  const struct activity **ret_needed)
{
        const struct activity *needed = wait;

        switch (state) {
        case ACTIVITY_STATE_WAITING_JOIN:
        case ACTIVITY_STATE_WAITING_CHILD:
                if (is_owner(needed) || (state == ACTIVITY_STATE_WAITING_CHILD &&
                                         (needed->sibling_next | needed->sibling_previous) != 0))
                        return 2;
                break;
        case ACTIVITY_STATE_WAITING_LOCK:
        case ACTIVITY_STATE_WAITING_RELOCK:
                needed = living(((const mori_lock *)wait)->holder,
                                ((const mori_lock *)wait)->generation);
                break;
        case ACTIVITY_STATE_WAITING_ONCE:
                needed = living(((const mori_once *)wait)->runner,
                                ((const mori_once *)wait)->generation);
                break;
        case ACTIVITY_STATE_WAITING_READ:
        case ACTIVITY_STATE_WAITING_WRITE:
                needed = living(((const mori_rwlock *)wait)->writer,
                                ((const mori_rwlock *)wait)->generation);
                if (needed == NULL)
                        return 2;
                break;
        case ACTIVITY_STATE_WAITING_ENDS:
        case ACTIVITY_STATE_WAITING_SELECT:
        case ACTIVITY_STATE_WAITING_PROMISE:
                return 2;
        case ACTIVITY_STATE_WAITING_SEMAPHORE:
        case ACTIVITY_STATE_WAITING_PERMITS:
                return wide_of(activity, state, wait) != NULL ? 2 : 0;
        default:
                return 0;
        }
        *ret_needed = needed;
        return needed != NULL;
}

/* ---- Collecting what the root depends on */

static unsigned slot_of(const struct search *search, const void *pointer, enum member_what what)
{
        unsigned slot = ((unsigned)((uintptr_t)pointer >> 4) * 4 + what) * 2654435761u >> 16;

        for (slot &= SLOTS - 1; search->slot[slot] != 0; slot = (slot + 1) & (SLOTS - 1)) {
                const struct member *member = &search->member[search->slot[slot] - 1];

                if (member->pointer == pointer && member->what == what)
                        break;
        }
        return slot;
}

/* `member` needs something: false where there is no room for that. */
static bool need(struct search *search, struct member *member, const void *pointer,
                 enum member_what what)
{
        unsigned slot = slot_of(search, pointer, what);

        if (search->edges == EDGES_MAX)
                return false;
        if (search->slot[slot] == 0) {
                if (search->members == MEMBERS_MAX)
                        return false;
                search->member[search->members++] =
                        (struct member){.pointer = pointer, .what = (uint8_t)what};
                search->slot[slot] = (uint16_t)search->members;
        }
        search->edge[search->edges++] = (uint16_t)(search->slot[slot] - 1);
        member->edges++;
        return true;
}

static bool need_activity(struct search *search, struct member *member,
                          const struct activity *activity)
{
        return activity != NULL && need(search, member, activity, MEMBER_ACTIVITY);
}

static bool need_end(struct search *search, struct member *member, const struct activity *activity)
{
        return need(search, member, activity, is_owner(activity) ? MEMBER_END : MEMBER_ACTIVITY);
}

/* The ends of all that a scope owns. */
static bool need_scope(struct search *search, struct member *member, const struct scope_head *scope)
{
        stack_ref child;

        for (child = scope->children; child != 0; child = activity_at(child)->sibling_next)
                if (activity_at(child)->segment.state != ACTIVITY_STATE_DONE &&
                    !need_end(search, member, activity_at(child)))
                        return false;
        return true;
}

static void need_of_end(struct search *search, struct member *member)
{
        const struct activity *activity = member->pointer;
        stack_ref own = stack_ref_of(&activity->children), at = activity->scope;

        if (!need_activity(search, member, activity))
                return;
        while (need_scope(search, member, stack_at(at)) && at != own)
                at = ((const struct scope_head *)stack_at(at))->outer;
}

/* Those who hold a lock that is read; to read: who comes first. */
static bool need_rwlock(struct search *search, struct member *member, bool to_write,
                        const mori_rwlock *lock)
{
        const struct activity *upgrader = lock->upgrader != 0 ? activity_at(lock->upgrader) : NULL;
        bool own = upgrader == member->pointer; /* who upgrades does not wait for its own reading */
        unsigned i;

        if (upgrader != NULL && !own)
                return need_activity(search, member, upgrader);
        if (!to_write)
                return need_activity(search, member, waiters_first(&lock->waiters));
        for (i = 0; i < MORI_DETAIL_READERS; i++) {
                const struct activity *reader =
                        living(lock->reader[i].activity, lock->reader[i].generation);

                if (reader != NULL && own && reader == upgrader)
                        own = false;
                else if (reader != NULL && !SEED_BUG(SEED_BUG_CIRCLE_MISSED) &&
                         !need_activity(search, member, reader))
                        return false;
        }
        return member->edges != 0;
}

/* A place in the wide loop that the activity is in: whichever of its iterations ends. */
static bool need_place(struct search *search, struct member *member, const struct mori_wide *wide)
{
        member->rule = MEMBER_ANY;
        return need_scope(search, member, (const struct scope_head *)wide) && member->edges != 0;
}

static bool need_cases(struct search *search, struct member *member, const mori_case *cases,
                       unsigned count)
{
        unsigned i;

        member->rule = MEMBER_ANY;
        for (i = 0; i < count; i++) {
                const struct activity *activity;

                if (cases[i].kind != MORI_CASE_KIND_DONE)
                        return false;
                activity = activity_of_handle(cases[i].on.activity);
                if (activity == NULL || !need_end(search, member, activity))
                        return false;
        }
        return true;
}

static bool need_ends(struct search *search, struct member *member, const struct ends *ends)
{
        unsigned i;

        member->rule = ends->mode == ENDS_EACH ? MEMBER_ALL : MEMBER_ANY;
        for (i = 0; i < ends->count; i++) {
                const struct activity *activity =
                        activity_of_handle(MORI_ACTIVITY(ends->handles[i]));

                if (activity != NULL && activity->segment.state == ACTIVITY_STATE_DONE)
                        continue;
                if (activity == NULL || !need_end(search, member, activity))
                        return member->rule == MEMBER_ALL && member->edges != 0;
        }
        return member->edges != 0;
}

static bool need_of_promise(struct search *search, struct member *member,
                            const struct promise *promise)
{
        const struct activity *activity;
        struct promise *const *members;
        unsigned count, i;

        if (promise->state != PROMISE_PENDING)
                return false;
        if (promise->of != NULL)
                return need(search, member, promise->of, MEMBER_PROMISE);
        activity = promise_activity(promise);
        if (activity != NULL)
                return need_end(search, member, activity);
        count = promise_members(promise, &members);
        member->rule = MEMBER_ANY;
        for (i = 0; i < count; i++)
                if (members[i] != NULL && !need(search, member, members[i], MEMBER_PROMISE))
                        return false;
        return member->edges != 0;
}

/* False: it goes on by itself, as far as is known. */
static bool need_of_activity(struct search *search, struct member *member)
{
        const struct activity *activity = member->pointer, *needed;
        bool is_root = activity == search->root;
        uint8_t state = is_root ? search->state : activity->segment.state;
        const void *wait = is_root ? search->wait : activity->wait;
        int known = single(activity, state, wait, &needed);

        if (known < 2)
                return known == 1 && need_activity(search, member, needed);
        switch (state) {
        case ACTIVITY_STATE_WAITING_JOIN:
                return need_end(search, member, wait);
        case ACTIVITY_STATE_WAITING_CHILD:
                (void)need_scope(search, member,
                                 stack_at(((const struct activity *)wait)->owner));
                return member->edges != 0;
        case ACTIVITY_STATE_WAITING_READ:
        case ACTIVITY_STATE_WAITING_WRITE:
                return need_rwlock(search, member, state == ACTIVITY_STATE_WAITING_WRITE, wait);
        case ACTIVITY_STATE_WAITING_ENDS:
                return need_ends(search, member, wait);
        case ACTIVITY_STATE_WAITING_SELECT:
                return need_cases(search, member, wait, select_count(wait));
        case ACTIVITY_STATE_WAITING_SEMAPHORE:
        case ACTIVITY_STATE_WAITING_PERMITS:
                return need_place(search, member, wide_of(activity, state, wait));
        default:
                return need(search, member, wait, MEMBER_PROMISE);
        }
}

static void collect(struct search *search)
{
        unsigned i;

        for (i = 0; i < search->members; i++) {
                struct member *member = &search->member[i];
                bool known = true;

                member->first = (uint16_t)search->edges;
                if (member->what == MEMBER_END)
                        need_of_end(search, member);
                else if (member->what == MEMBER_PROMISE)
                        known = need_of_promise(search, member, member->pointer);
                else
                        known = need_of_activity(search, member);
                if (!known)
                        member->rule = MEMBER_GOES;
        }
}

/* ---- Reducing it */

static bool can_go(const struct search *search, const struct member *member, bool with)
{
        bool any = member->rule == MEMBER_ANY && !SEED_BUG(SEED_BUG_CIRCLE_FALSE);
        unsigned i;

        if (member->rule == MEMBER_GOES)
                return true;
        for (i = member->first; i < (unsigned)member->first + member->edges; i++) {
                const struct member *needed = &search->member[search->edge[i]];
                bool goes = with ? needed->goes_with : needed->goes;

                if (goes == any)
                        return goes;
        }
        return !any;
}

/*
 * Whatever goes on is marked; `with` the root as one that does. What a member needs stands behind
 * it, but for the edges that close circles: so few rounds are enough.
 */
static void reduce(struct search *search, bool with)
{
        bool changed = true;

        while (changed) {
                unsigned i = search->members;

                changed = false;
                while (i-- > 0) {
                        struct member *member = &search->member[i];
                        bool *goes = with ? &member->goes_with : &member->goes;

                        if (!*goes && ((with && i == 0) || can_go(search, member, with)))
                                *goes = changed = true;
                }
        }
}

/* ---- What is found */

/*
 * How good an activity is to be refused its wait: 0, not at all; best is a lock, because the
 * refusal is about what was asked for, and cancels nothing.
 */
static unsigned refusal(const struct activity *activity)
{
        if (activity == NULL)
                return 0;
        switch (activity->segment.state) {
        case ACTIVITY_STATE_WAITING_JOIN:
        case ACTIVITY_STATE_WAITING_CHILD:
        case ACTIVITY_STATE_WAITING_RELOCK:
                return 0;
        case ACTIVITY_STATE_WAITING_LOCK:
        case ACTIVITY_STATE_WAITING_READ:
        case ACTIVITY_STATE_WAITING_WRITE:
        case ACTIVITY_STATE_WAITING_ONCE:
                return 2;
        default:
                return activity_waits(activity);
        }
}

static void circle_add(struct circle *circle, const struct activity *activity)
{
        if (circle->count < LISTED_MAX)
                circle->member[circle->count] = activity;
        circle->count++;
        if (activity != circle->root && refusal(activity) > refusal(circle->victim))
                circle->victim = (struct activity *)(uintptr_t)activity;
}

/* In a graph: true where the root closes something. */
static bool find_among(struct circle *circle)
{
        struct search *search = malloc(sizeof *search);
        bool closes;
        unsigned i;

        if (search == NULL)
                return false; /* it is found when nothing else moves */
        search->root = circle->root;
        search->state = circle->state;
        search->wait = circle->wait;
        search->members = 1;
        search->edges = 0;
        memset(search->slot, 0, sizeof search->slot);
        search->member[0] = (struct member){.pointer = circle->root, .what = MEMBER_ACTIVITY};
        search->slot[slot_of(search, circle->root, MEMBER_ACTIVITY)] = 1;
        collect(search);
        reduce(search, false);
        closes = !search->member[0].goes;
        if (closes) {
                reduce(search, true);
                closes = can_go(search, &search->member[0], true);
        }
        circle->count = 0;
        for (i = 0; closes && i < search->members; i++) {
                const struct member *member = &search->member[i];

                if (!member->goes && (i == 0 || member->goes_with) &&
                    member->what == MEMBER_ACTIVITY)
                        circle_add(circle, member->pointer);
        }
        free(search);
        return closes;
}

/* Whether its end depends on nobody, as far as is known. The root waits, or will. */
static bool end_goes(const struct activity *root, const struct activity *activity)
{
        const struct activity *needed;

        return activity != root && !is_owner(activity) &&
               single(activity, activity->segment.state, activity->wait, &needed) == 0;
}

/*
 * The usual case of several ways, found without memory: one of them is open, or, where all ends are
 * needed, each comes by itself.
 */
static bool goes_at_once(const struct activity *root, const struct activity *activity,
                         uint8_t state, const void *wait)
{
        const struct ends *ends = wait;
        stack_ref child;
        unsigned i;

        switch (state) {
        case ACTIVITY_STATE_WAITING_ENDS:
                for (i = 0; i < ends->count; i++) {
                        const struct activity *one =
                                activity_of_handle(MORI_ACTIVITY(ends->handles[i]));

                        if (one == NULL || one->segment.state == ACTIVITY_STATE_DONE)
                                continue;
                        if (end_goes(root, one) == (ends->mode != ENDS_EACH))
                                return ends->mode != ENDS_EACH;
                }
                return ends->mode == ENDS_EACH;
        case ACTIVITY_STATE_WAITING_SEMAPHORE:
        case ACTIVITY_STATE_WAITING_PERMITS:
                child = wide_of(activity, state, wait)->scope.children;
                for (; child != 0; child = activity_at(child)->sibling_next)
                        if (activity_at(child)->segment.state != ACTIVITY_STATE_DONE &&
                            end_goes(root, activity_at(child)))
                                return true;
                return false;
        case ACTIVITY_STATE_WAITING_SELECT:
                for (i = 0; i < select_count(wait); i++) {
                        const mori_case *one = &((const mori_case *)wait)[i];

                        if (one->kind != MORI_CASE_KIND_DONE ||
                            end_goes(root, activity_of_handle(one->on.activity)))
                                return true;
                }
                return false;
        default:
                return false;
        }
}

/* From one to the next, as long as there is one. */
static bool find(struct circle *circle)
{
        const struct activity *at = circle->root, *next = NULL;
        uint8_t state = circle->state;
        const void *wait = circle->wait;

        while (circle->count < MEMBERS_MAX) {
                int known = single(at, state, wait, &next);

                if (known == 0)
                        return false;
                if (known == 2) {
                        if (goes_at_once(circle->root, at, state, wait))
                                return false;
                        circle->victim = NULL;
                        return find_among(circle);
                }
                circle_add(circle, at);
                if (next == circle->root)
                        return true;
                at = next;
                state = at->segment.state;
                wait = at->wait;
        }
        return false;
}

/* Where that was taken which is waited for; NULL where it is nothing that is taken. */
static const void *taken_at(uint8_t state, const void *wait)
{
        switch (state) {
        case ACTIVITY_STATE_WAITING_LOCK:
        case ACTIVITY_STATE_WAITING_RELOCK:
                return ((const mori_lock *)wait)->taken;
        case ACTIVITY_STATE_WAITING_READ:
        case ACTIVITY_STATE_WAITING_WRITE:
                return holder_is_activity(((const mori_rwlock *)wait)->writer)
                               ? ((const mori_rwlock *)wait)->taken
                               : NULL;
        case ACTIVITY_STATE_WAITING_ONCE:
                return ((const mori_once *)wait)->begun;
        default:
                return NULL;
        }
}

static void report_wait(const struct activity *activity, uint8_t state, const void *wait)
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

static void report_circle(const struct circle *circle)
{
        unsigned i;

        process_self()->reports++;
        base_report("mori: deadlock: %u activit%s for one another, in a circle", circle->count,
                    circle->count == 1 ? "y waits" : "ies wait");
        report_wait(circle->root, circle->state, circle->wait);
        for (i = 1; i < circle->count && i < LISTED_MAX; i++)
                activity_report_wait(circle->member[i]);
        if (i < circle->count)
                base_report("mori:   ... and %u more", circle->count - i);
}

/* ---- When it is looked for */

bool deadlock_closes(uint8_t state, void *wait)
{
        struct circle circle = {.root = worker_self()->activity, .state = state, .wait = wait};

        if (circle.root == NULL || !find(&circle))
                return false;
        report_circle(&circle);
        return true;
}

/* Who waits cannot be refused: another is, as often as it is in a circle still. */
static void refuse_others(struct circle *circle)
{
        for (;;) {
                circle->count = 0;
                circle->victim = NULL;
                if (!find(circle))
                        return;
                report_circle(circle);
                if (circle->victim == NULL)
                        return;
                wait_interrupt(circle->victim, -EDEADLK);
        }
}

static void waits_for_end(uint8_t state, struct activity *activity)
{
        struct circle circle = {
                .root = worker_self()->activity, .state = state, .wait = activity};

        refuse_others(&circle);
}

void deadlock_join(struct activity *activity)
{
        waits_for_end(ACTIVITY_STATE_WAITING_JOIN, activity);
}

void deadlock_leave(struct activity *child)
{
        waits_for_end(ACTIVITY_STATE_WAITING_CHILD, child);
}

void deadlock_changed(struct activity *waiter)
{
        struct circle circle = {.root = waiter,
                                .state = waiter->segment.state,
                                .wait = waiter->wait};

        if (refusal(waiter) == 0) {
                refuse_others(&circle);
        } else if (find(&circle)) {
                report_circle(&circle);
                wait_interrupt(waiter, -EDEADLK);
        }
}
