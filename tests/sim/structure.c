/* SPDX-License-Identifier: MIT */
/*
 * What is done once, retries and rates against a model: random programs of activities that use them
 * and cancel one another, over many seeds (seeded.h).
 *
 *   - Something is done by one at a time, never after it was done, and where it failed by whoever
 *     has waited longest.
 *   - A retry makes no attempt too many and none too few, and no pause that is longer than it may
 *     be.
 *   - Of a rate no more is taken in any time than it allows, in the order in which they came, and
 *     as soon as it can be.
 *   - Only who was cancelled, or whose deadline has passed, is told so, and has taken nothing.
 *   - Every program comes to its end.
 */
#include "seeded.h"

#include <mori/keywords.h>
#include <mori/retry.h>

#include <errno.h>

#define ACTIVITIES 8
#define ONCES 5
#define RATES 2
#define STEPS 12
#define TAKEN_MAX (ACTIVITIES * STEPS)
/* How much later than it is due something may come: timers tick. */
#define LATE MORI_MS(1)

#define SYNC MORI_NONBLOCKING __attribute__((noinline)) static

/* Bugs that the program plays, as if the runtime had them: the model must find them. */
enum { BUG_TOKENS_LOST = SEED_BUGS, BUG_DONE_TWICE, BUG_ATTEMPT_TOO_MANY };

struct body {
        mori_activity activity;
        bool alive, cancelled;
        int64_t deadline;
};

/* Those who wait, in the order in which they came. */
struct line {
        int body[ACTIVITIES];
        int count;
};

struct once {
        mori_once once;
        struct line line;
        bool done;
        int runner; /* -1: nobody */
};

struct rate {
        mori_rate rate;
        struct line line;
        int64_t moved; /* when somebody left the line */
        struct {
                int64_t at;
                uint32_t count;
        } taken[TAKEN_MAX];
        int taken_count;
};

static struct world {
        struct body body[ACTIVITIES];
        struct once once[ONCES];
        struct rate rate[RATES];
} world;

static unsigned long done_all, attempts_all, taken_all, excused_all;

SYNC struct world *the(void)
{
        return &world;
}

/* ---- Books */

static bool is_excused(int self)
{
        return world.body[self].cancelled || mori_now() >= world.body[self].deadline;
}

/* Whether the answer says that the wait was ended; then there must be a reason. */
SYNC bool was_ended(int self, int result)
{
        HOLD(result != -ECANCELED || world.body[self].cancelled);
        HOLD(result != -ETIMEDOUT || mori_now() >= world.body[self].deadline);
        excused_all += result == -ECANCELED || result == -ETIMEDOUT;
        return result == -ECANCELED || result == -ETIMEDOUT;
}

static void line_enter(struct line *line, int self)
{
        line->body[line->count++] = self;
}

static bool line_leave(struct line *line, int self)
{
        for (int i = 0; i < line->count; i++) {
                if (line->body[i] != self)
                        continue;
                line->count--;
                memmove(line->body + i, line->body + i + 1,
                        (size_t)(line->count - i) * sizeof line->body[0]);
                return true;
        }
        return false;
}

/* Nobody is before this one (of all, where it is not in the line) but who has an excuse. */
static bool is_next(const struct line *line, int self)
{
        for (int i = 0; i < line->count && line->body[i] != self; i++)
                if (!is_excused(line->body[i]))
                        return false;
        return true;
}

/* ---- Once */

struct doing {
        struct once *once;
        int self, result;
        bool ran;
};

SYNC void doing_begins(struct doing *doing)
{
        struct once *once = doing->once;

        HOLD(!once->done);
        HOLD(once->runner == -1);
        HOLD(is_next(&once->line, doing->self));
        line_leave(&once->line, doing->self);
        once->runner = doing->self;
        doing->ran = true;
}

SYNC int doing_ends(struct doing *doing, int rested)
{
        HOLD(doing->once->runner == doing->self);
        doing->once->runner = -1;
        doing->result = rested < 0 ? rested : draw(3) == 0 ? (int)draw(2) : -EIO;
        doing->once->done = doing->result >= 0;
        done_all += doing->result >= 0;
        return doing->result;
}

static async int does(void *context)
{
        struct doing *doing = context;
        int rested = 0;

        doing_begins(doing);
        for (unsigned rests = draw(3); rests > 0 && rested == 0; rests--)
                rested = await mori_sleep(MORI_US(draw(300)));
        return doing_ends(doing, rested);
}

SYNC void once_comes(struct doing *doing)
{
        doing->once = &world.once[draw(ONCES)];
        if (!doing->once->done && (doing->once->runner != -1 || doing->once->line.count > 0))
                line_enter(&doing->once->line, doing->self);
}

SYNC void once_leaves(struct doing *doing, int result)
{
        line_leave(&doing->once->line, doing->self);
        if (doing->ran)
                HOLD(result == (doing->result < 0 ? doing->result : 0));
        else if (result == 0)
                HOLD(doing->once->done);
        else
                HOLD(was_ended(doing->self, result));
}

static async void uses_once(int self)
{
        struct doing doing = {.self = self};
        int result;

        once_comes(&doing);
        if (SEED_BUG(BUG_DONE_TWICE) && doing.once->done)
                result = await does(&doing);
        else
                result = await mori_once_run(&doing.once->once, does, &doing);
        once_leaves(&doing, result);
}

/* ---- Retries */

struct trying {
        mori_retry how;
        int self, count, result;
        int64_t ended; /* the last attempt */
};

SYNC void trying_begins(struct trying *trying)
{
        static const int64_t delays[] = {0, 1, MORI_US(100), MORI_MS(3)};
        static const int64_t most[] = {0, MORI_US(200), MORI_MS(4)};

        trying->how = (mori_retry){.attempts = draw(6),
                                   .delay = delays[draw(4)],
                                   .delay_max = most[draw(3)]};
}

static int64_t pause_most(const struct trying *trying)
{
        int64_t delay = trying->how.delay != 0 ? trying->how.delay : MORI_MS(50);
        int64_t most = trying->how.delay_max != 0 ? trying->how.delay_max : MORI_S(10);

        for (int i = 1; i < trying->count; i++)
                delay *= 2;
        return delay < most ? delay : most;
}

SYNC void attempt_begins(struct trying *trying)
{
        HOLD(trying->count == 0 || mori_now() - trying->ended <= pause_most(trying) + LATE);
        trying->count++;
        attempts_all++;
}

SYNC int attempt_ends(struct trying *trying, int rested)
{
        static const int results[] = {0, 7, -EIO, -EAGAIN, -EBUSY, -EPIPE, -ENOMEM, -EMFILE};

        trying->result = rested < 0 ? rested : results[draw(8)];
        trying->ended = mori_now();
        return trying->result;
}

static async int attempts(struct trying *trying)
{
        int rested = 0;

        attempt_begins(trying);
        if (draw(3) == 0)
                rested = await mori_sleep(MORI_US(draw(200)));
        return attempt_ends(trying, rested);
}

SYNC void trying_ends(struct trying *trying, int result)
{
        int most = trying->how.attempts != 0 ? (int)trying->how.attempts : 4;
        bool last = trying->count == most || trying->result >= 0 ||
                    !mori_retry_is_worth(trying->result);

        HOLD(trying->count >= 1 && trying->count <= most);
        if (result != trying->result || !last)
                HOLD(was_ended(trying->self, result));
}

static async void tries_again(int self)
{
        struct trying trying = {.self = self};
        mori_retry how;
        int result;

        trying_begins(&trying);
        how = trying.how;
        if (SEED_BUG(BUG_ATTEMPT_TOO_MANY))
                how.attempts = (how.attempts != 0 ? how.attempts : 4) + 1;
        result = MORI_RETRY(&how, await attempts(&trying));
        trying_ends(&trying, result);
}

/* ---- Rates */

/* Whether so many more may be taken now, looking back from here at every time before. */
SYNC bool rate_allows(const struct rate *rate, uint32_t count, int64_t at)
{
        double per = (double)rate->rate.interval / rate->rate.count;
        uint64_t sum = count;

        for (int i = rate->taken_count - 1; i >= 0; i--) {
                sum += rate->taken[i].count;
                /* a nanosecond for what each division leaves */
                if ((double)(at - rate->taken[i].at) + TAKEN_MAX <
                    ((double)sum - rate->rate.burst) * per)
                        return false;
        }
        return true;
}

SYNC void rate_taken(struct rate *rate, uint32_t count)
{
        HOLD(rate_allows(rate, count, mori_now()));
        rate->taken[rate->taken_count].at = mori_now();
        rate->taken[rate->taken_count++].count = count;
        taken_all += count;
}

static uint32_t rate_wants(const struct rate *rate)
{
        return draw(30) == 0 ? rate->rate.burst + 1 : 1 + draw(rate->rate.burst);
}

static bool is_wrong(const struct rate *rate, uint32_t count)
{
        return count > rate->rate.burst;
}

SYNC void rate_tried(int self, struct rate *rate)
{
        uint32_t count = rate_wants(rate);
        int result = mori_rate_try(&rate->rate, count);

        HOLD((result == -EINVAL) == is_wrong(rate, count));
        HOLD(result == 0 || result == -EINVAL || result == -EAGAIN);
        if (result == 0 && is_next(&rate->line, self))
                rate_taken(rate, count);
        else
                HOLD(result != 0);
        if (result == -EAGAIN && rate->line.count == 0) /* a nanosecond, as above */
                HOLD(!rate_allows(rate, count, mori_now() - 2 * TAKEN_MAX));
}

SYNC void rate_leaves(int self, struct rate *rate, uint32_t count, int64_t came, int result)
{
        int64_t head = came > rate->moved ? came : rate->moved;

        HOLD((result == -EINVAL) == is_wrong(rate, count));
        if (result == 0) {
                HOLD(is_next(&rate->line, self));
                /* a while ago it was not due, or not this one's turn */
                HOLD(mori_now() - head <= LATE || !rate_allows(rate, count, mori_now() - LATE));
                rate_taken(rate, count);
        } else if (result != -EINVAL) {
                HOLD(was_ended(self, result));
        }
        line_leave(&rate->line, self);
        rate->moved = mori_now();
}

static async void uses_rate(int self)
{
        struct rate *rate = &the()->rate[draw(RATES)];
        uint32_t count = rate_wants(rate);
        int64_t came = mori_now();
        int result;

        if (draw(4) == 0) {
                rate_tried(self, rate);
                return;
        }
        line_enter(&rate->line, self);
        result = await mori_rate_acquire(&rate->rate, count);
        if (SEED_BUG(BUG_TOKENS_LOST) && result < 0)
                HOLD(mori_rate_try(&rate->rate, 1) <= 0);
        rate_leaves(self, rate, count, came, result);
}

/* ---- Programs */

SYNC void cancels_another(void)
{
        struct body *body = &world.body[draw(ACTIVITIES)];

        if (!body->alive || draw(2) == 0)
                return;
        body->cancelled = true;
        mori_cancel(body->activity);
}

static async void acts(int self)
{
        switch (draw(8)) {
        case 0:
        case 1:
                await uses_once(self);
                break;
        case 2:
        case 3:
                await tries_again(self);
                break;
        case 4:
        case 5:
        case 6:
                await uses_rate(self);
                break;
        default:
                HOLD(await mori_sleep(MORI_US(draw(500))) == 0 || is_excused(self));
                cancels_another();
                break;
        }
}

SYNC void deadline_set(int self, int64_t after)
{
        world.body[self].deadline = after == INT64_MAX ? after : mori_now() + after;
}

static async int lives(int self)
{
        for (int i = 0; i < STEPS; i++) {
                int64_t after = MORI_US(draw(3000));

                if (draw(3) == 0) {
                        deadline_set(self, after);
                        within(after) {
                                await acts(self);
                        }
                        deadline_set(self, INT64_MAX);
                } else {
                        await acts(self);
                }
        }
        the()->body[self].alive = false;
        return 0;
}

SYNC void world_begin(void)
{
        memset(&world, 0, sizeof world);
        for (int i = 0; i < ONCES; i++)
                world.once[i].runner = -1;
        for (int i = 0; i < RATES; i++)
                world.rate[i].rate = (mori_rate)MORI_RATE(1 + draw(20), MORI_US(200 + draw(3000)),
                                                          1 + draw(6));
}

static async int program(int argc, char **argv)
{
        Async(int) all[ACTIVITIES];

        (void)argc;
        (void)argv;
        world_begin();
        for (int i = 0; i < ACTIVITIES; i++) {
                the()->body[i].deadline = INT64_MAX;
                all[i] = start(lives, i);
                the()->body[i].activity = MORI_ACTIVITY(all[i]);
                the()->body[i].alive = !mori_done(MORI_ACTIVITY(all[i]));
        }
        for (int i = 0; i < ACTIVITIES; i++)
                HOLD(await join(all[i]) == 0);
        for (int i = 0; i < ONCES; i++)
                HOLD(the()->once[i].line.count == 0 && the()->once[i].runner == -1);
        return 0;
}

static void hears(const char *line, size_t bytes)
{
        fprintf(stderr, "%.*s", (int)bytes, line);
        broken(__LINE__, "a report");
}

static void run(void)
{
        HOLD(seeded_program(program) == 0);
}

int main(int argc, char **argv)
{
        if (!seeded_arguments(argc, argv))
                return 2;
        base_report_to(hears);
        seeded_runs(run);
        printf("%llu seeds: %lu done once, %lu attempts, %lu tokens, %lu waits ended early\n",
               (unsigned long long)seeded.count, done_all, attempts_all, taken_all, excused_all);
        return seeded.bug || done_all < seeded.count || attempts_all < seeded.count ||
               taken_all < seeded.count || excused_all < seeded.count;
}
