/* SPDX-License-Identifier: MIT */
/*
 * Deadlock detection against brute force: random programs of activities that take locks, read,
 * write, upgrade, do things once, wait for one another in every way, over many seeds (seeded.h).
 *
 * A model keeps its own books of who has what and who waits for what, and knows nothing of owners,
 * walks or bounds: whoever waits is stuck until it is shown, by going over everybody again and
 * again, that he is not.
 *
 *   - When the runtime reports a circle, somebody is stuck.
 *   - When anybody goes on, nobody is stuck: what was closed since was found at once.
 *   - No more waits answer -EDEADLK than there were reports, and every program comes to its end.
 */
#include "turn/seat.h"

#include "seeded.h"

#include <mori/keywords.h>
#include <mori/promise.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOCKS 3
#define RWLOCKS 2
#define ACTIVITIES 12
#define DEPTH 4
#define SET_MAX 3

enum wait { NOTHING, LOCK, READ, WRITE, UPGRADE, ONCE, ENDS };
enum rule { EACH, FIRST, FIRST_GOOD, FIRST_BAD };

struct body {
        struct activity *activity;
        bool alive;
        int parent, result;
        enum wait wait;
        int object;       /* what it waits for */
        enum rule rule;   /* of ENDS */
        int set[SET_MAX]; /* whose */
        int count;
        uint32_t since;
};

struct world {
        mori_lock lock[LOCKS];
        mori_rwlock rwlock[RWLOCKS];
        mori_once once;
        int has_lock[LOCKS], writes[RWLOCKS], does_once;
        int reads[RWLOCKS][ACTIVITIES];
        int interested[RWLOCKS]; /* who reads or will: no more than a lock knows by name */
        struct body body[ACTIVITIES];
        int bodies, next;
        uint32_t clock;
        unsigned reports, refused;
        bool unasked; /* a join came that the runtime does not look at */
};

static struct world world;
static unsigned reports_all, unasked_all;

MORI_NONBLOCKING __attribute__((noinline)) static struct world *the(void)
{
        return &world;
}

/* ---- The oracle */

static bool is_below(int one, int other)
{
        while (one >= 0 && one != other)
                one = world.body[one].parent;
        return one >= 0;
}

/* Whether the end of `of` is in the way of somebody who is stuck: its own, or of one below it. */
static bool end_is_stuck(const bool *stuck, int of)
{
        for (int i = 0; i < world.bodies; i++)
                if (world.body[i].alive && stuck[i] && is_below(i, of))
                        return true;
        return false;
}

static bool ends_are_stuck(const bool *stuck, const struct body *body)
{
        int left = 0;

        for (int k = 0; k < body->count; k++) {
                const struct body *other = &world.body[body->set[k]];

                if (other->alive) {
                        bool end = end_is_stuck(stuck, body->set[k]);

                        left++;
                        if (end == (body->rule == EACH))
                                return end;
                } else if (body->rule == FIRST ||
                           (body->rule == FIRST_GOOD && other->result >= 0) ||
                           (body->rule == FIRST_BAD && other->result < 0)) {
                        return false;
                }
        }
        return left != 0 && body->rule != EACH;
}

static bool reads_are_stuck(const bool *stuck, int lock, int but)
{
        for (int i = 0; i < world.bodies; i++)
                if (world.reads[lock][i] > (i == but) && stuck[i])
                        return true;
        return world.writes[lock] >= 0 && stuck[world.writes[lock]];
}

/* To read: whoever waits to write since before, or to upgrade, comes first. */
static bool turn_is_stuck(const bool *stuck, const struct body *body)
{
        if (world.writes[body->object] >= 0)
                return stuck[world.writes[body->object]];
        for (int i = 0; i < world.bodies; i++) {
                const struct body *other = &world.body[i];

                if (stuck[i] && other->object == body->object &&
                    (other->wait == UPGRADE ||
                     (other->wait == WRITE && other->since < body->since)))
                        return true;
        }
        return false;
}

static bool is_stuck(const bool *stuck, int i)
{
        const struct body *body = &world.body[i];

        switch (body->wait) {
        case LOCK:
                return world.has_lock[body->object] >= 0 && stuck[world.has_lock[body->object]];
        case ONCE:
                return world.does_once >= 0 && stuck[world.does_once];
        case READ:
                return turn_is_stuck(stuck, body);
        case WRITE:
                return reads_are_stuck(stuck, body->object, -1);
        case UPGRADE:
                return reads_are_stuck(stuck, body->object, i);
        case ENDS:
                return ends_are_stuck(stuck, body);
        default:
                return false;
        }
}

/* How many are stuck; `asking` waits, or is about to. */
static int stuck_count(int asking)
{
        bool stuck[ACTIVITIES], changed = true;
        int count = 0;

        for (int i = 0; i < world.bodies; i++) {
                const struct body *body = &world.body[i];

                stuck[i] = body->alive && body->wait != NOTHING &&
                           (activity_waits(body->activity) ||
                            (i == asking &&
                             body->activity->segment.state == ACTIVITY_STATE_RUNNING));
        }
        while (changed) {
                changed = false;
                for (int i = 0; i < world.bodies; i++)
                        if (stuck[i] && !is_stuck(stuck, i)) {
                                stuck[i] = false;
                                changed = true;
                        }
        }
        for (int i = 0; i < world.bodies; i++)
                count += stuck[i];
        return count;
}

/* The runtime reports while whoever closes a circle runs, and before anybody is refused. */
static int asking = -1;

static void hears(const char *line, size_t bytes)
{
        static const char still[] = "and nothing is under way", circle[] = "mori: deadlock: ";

        if (memmem(line, bytes, still, sizeof still - 1) != NULL && !world.unasked)
                broken(__LINE__, "a program stands still");
        if (bytes < sizeof circle || memcmp(line, circle, sizeof circle - 1) != 0)
                return;
        world.reports++;
        HOLD(stuck_count(asking) != 0);
}

/* ---- What an activity does, and the model with it */

MORI_NONBLOCKING __attribute__((noinline)) static void begins(int self, enum wait wait, int object)
{
        struct body *body = &world.body[self];

        if (!world.unasked)
                HOLD(stuck_count(-1) == 0);
        body->wait = wait;
        body->object = object;
        body->since = ++world.clock;
        asking = self;
}

MORI_NONBLOCKING __attribute__((noinline)) static void begins_ends(int self, enum rule rule,
                                                                   int first, int count)
{
        struct body *body = &world.body[self];

        body->rule = rule;
        body->count = count;
        for (int i = 0; i < count; i++)
                body->set[i] = first + i;
        begins(self, ENDS, 0);
}

/* A join is looked at by the runtime where this holds (docs/activity.md). */
MORI_NONBLOCKING __attribute__((noinline)) static void begins_join(int self, int other)
{
        const struct activity *activity = worker_self()->activity;

        begins_ends(self, EACH, other, 1);
        if (activity_holds(activity) == 0 && activity->joiner == 0 && stuck_count(self) != 0)
                world.unasked = true;
}

MORI_NONBLOCKING __attribute__((noinline)) static int ends(int self, int result)
{
        HOLD(world.body[self].wait != NOTHING);
        world.body[self].wait = NOTHING;
        asking = -1;
        if (result == -EDEADLK)
                world.refused++;
        HOLD(world.refused <= world.reports);
        return result;
}

static async int live(int self, unsigned depth);
static async void acts(int self, unsigned depth);

MORI_NONBLOCKING __attribute__((noinline)) static int new_body(int parent)
{
        int number = world.next;

        world.next++;
        world.bodies = world.next;
        world.body[number] = (struct body){.parent = parent, .alive = true};
        return number;
}

static async void with_lock(int self, unsigned depth)
{
        int i = (int)draw(LOCKS);

        if (the()->has_lock[i] == self)
                return;
        begins(self, LOCK, i);
        if (ends(self, await mori_lock_acquire(&the()->lock[i])) != 0)
                return;
        the()->has_lock[i] = self;
        await acts(self, depth);
        the()->has_lock[i] = -1;
        mori_lock_release(&the()->lock[i]);
}

static async void with_reading(int self, unsigned depth)
{
        int i = (int)draw(RWLOCKS);

        if (the()->interested[i] == MORI_DETAIL_READERS || the()->writes[i] == self)
                return;
        the()->interested[i]++;
        begins(self, READ, i);
        if (ends(self, await mori_rwlock_read(&the()->rwlock[i])) == 0) {
                the()->reads[i][self]++;
                await acts(self, depth);
                if (draw(3) == 0) {
                        begins(self, UPGRADE, i);
                        if (ends(self, await mori_rwlock_upgrade(&the()->rwlock[i])) == 0) {
                                the()->reads[i][self]--;
                                the()->writes[i] = self;
                                await acts(self, depth);
                                the()->writes[i] = -1;
                                the()->reads[i][self]++;
                                mori_rwlock_downgrade(&the()->rwlock[i]);
                        }
                }
                the()->reads[i][self]--;
                mori_rwlock_read_release(&the()->rwlock[i]);
        }
        the()->interested[i]--;
}

static async void with_writing(int self, unsigned depth)
{
        int i = (int)draw(RWLOCKS);

        if (the()->writes[i] == self)
                return;
        begins(self, WRITE, i);
        if (ends(self, await mori_rwlock_write(&the()->rwlock[i])) != 0)
                return;
        the()->writes[i] = self;
        await acts(self, depth);
        the()->writes[i] = -1;
        mori_rwlock_write_release(&the()->rwlock[i]);
}

static async int does_once(void *pointer)
{
        int self = (int)(intptr_t)pointer;

        the()->does_once = self;
        ends(self, 0);
        await acts(self, DEPTH - 1);
        begins(self, ONCE, 0);
        the()->does_once = -1;
        return -EAGAIN; /* so that somebody else does it again */
}

static async void once(int self)
{
        if (the()->does_once == self)
                return;
        begins(self, ONCE, 0);
        ends(self, await mori_once_run(&the()->once, does_once, (void *)(intptr_t)self));
}

static async void with_one(int self, unsigned depth)
{
        int other = new_body(self), value, error;

        scope {
                Async(int) one = start(live, other, depth + 1);

                await acts(self, depth);
                if (draw(3) == 0) {
                        mori_promise promise = mori_promise_of(one);

                        begins_ends(self, EACH, other, 1);
                        error = ends(self, await mori_promise_wait(promise, &value));
                        if (error == -EDEADLK)
                                mori_promise_cancel(promise);
                        mori_promise_ignore(promise);
                } else if (draw(2)) {
                        begins_ends(self, EACH, other, 1);
                        error = ends(self, await mori_wait(MORI_ACTIVITY(one)));
                        if (error < 0)
                                cancel(one);
                }
                begins_join(self, other);
        }
        ends(self, 0);
}

static async void with_several(int self, unsigned depth)
{
        int first = new_body(self), second = new_body(self), third = new_body(self);
        int results[SET_MAX], result = 0;

        scope {
                Async(int) some[] = {start(live, first, depth + 1), start(live, second, depth + 1),
                                     start(live, third, depth + 1)};

                switch (draw(5)) {
                case 0:
                        begins_ends(self, FIRST_BAD, first, 3);
                        result = await mori_all(some, 3);
                        break;
                case 1:
                        begins_ends(self, FIRST_GOOD, first, 3);
                        result = await mori_any(some, 3, NULL);
                        break;
                case 2:
                        begins_ends(self, FIRST, first, 3);
                        result = await mori_race(some, 3, NULL);
                        break;
                case 3:
                        begins_ends(self, EACH, first, 3);
                        result = await mori_collect(some, 3, results);
                        break;
                default: {
                        mori_case cases[] = {MORI_CASE_DONE(some[0]), MORI_CASE_DONE(some[1]),
                                             MORI_CASE_DONE(some[2])};

                        begins_ends(self, FIRST, first, 3);
                        ends(self, await mori_select(cases, 3));
                        for (int i = 0; i < 3; i++)
                                cancel(some[i]);
                        begins_ends(self, EACH, first, 3);
                        break;
                }
                }
        }
        ends(self, result);
}

static async void acts(int self, unsigned depth)
{
        int rested;

        for (unsigned count = draw(3); count > 0 && depth < DEPTH; count--) {
                switch (draw(9)) {
                case 0:
                case 1:
                        await with_lock(self, depth + 1);
                        break;
                case 2:
                        await with_reading(self, depth + 1);
                        break;
                case 3:
                        await with_writing(self, depth + 1);
                        break;
                case 4:
                        await once(self);
                        break;
                case 5:
                        if (the()->next < ACTIVITIES)
                                await with_one(self, depth);
                        break;
                case 6:
                        if (the()->next + 2 < ACTIVITIES)
                                await with_several(self, depth);
                        break;
                default:
                        rested = await mori_sleep(MORI_US(draw(300)));
                        HOLD(rested == 0 || rested == -ECANCELED);
                        break;
                }
        }
}

MORI_NONBLOCKING __attribute__((noinline)) static void lives(int self)
{
        world.body[self].activity = worker_self()->activity;
}

MORI_NONBLOCKING __attribute__((noinline)) static int dies(int self)
{
        world.body[self].alive = false;
        world.body[self].result = draw(3) == 0 ? -EIO : 0;
        return world.body[self].result;
}

static async int live(int self, unsigned depth)
{
        lives(self);
        await acts(self, depth);
        return dies(self);
}

static async int program(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        scope {
                for (int i = 0; i < 4; i++)
                        new_body(-1);
                for (int i = 0; i < 4; i++)
                        ignore(start(live, i, 0u));
        }
        return 0;
}

static void run(void)
{
        int code;

        world = (struct world){.does_once = -1};
        for (int i = 0; i < LOCKS; i++)
                world.has_lock[i] = -1;
        for (int i = 0; i < RWLOCKS; i++)
                world.writes[i] = -1;
        asking = -1;
        code = seeded_program(program);
        HOLD(code == 0 || world.unasked);
        reports_all += world.reports;
        unasked_all += world.unasked;
}

int main(int argc, char **argv)
{
        if (!seeded_arguments(argc, argv))
                return 2;
        base_report_to(hears);
        seeded_runs(run);
        printf("%llu seeds: %u circles; in %u seeds a join was not looked at\n",
               (unsigned long long)seeded.count, reports_all, unasked_all);
        return seeded.bug || reports_all < seeded.count / 20 || unasked_all > seeded.count / 5;
}
