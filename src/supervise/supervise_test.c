/* SPDX-License-Identifier: MIT */
/* Supervisors: strategies, restarts, their limits and pauses, and the order of ends. */
#include "support/async.h"

#include <mori/supervise.h>

#include <errno.h>

#define CHILDREN 4

/* What the children have written, as they live on one seat: the order of what happens. */
struct book {
        char lines[400];
        int starts[CHILDREN];
        int64_t started_at[CHILDREN][12];
};

struct part {
        struct book *book;
        int index;
        int64_t lives; /* ns; below 0: as long as nobody ends it */
        int ends;      /* what it returns; 1000: it breaks a contract */
        int times;     /* the first so many times; from then on it lives */
};

static void writes(struct book *book, char what, int index)
{
        size_t at = strlen(book->lines);

        if (at + 3 <= sizeof book->lines) {
                book->lines[at] = what;
                book->lines[at + 1] = (char)('a' + index);
                book->lines[at + 2] = '\0';
        }
}

MORI_NONBLOCKING __attribute__((noinline)) static bool enters(const struct part *part)
{
        struct book *book = part->book;
        int times = book->starts[part->index]++;

        if (times < 12)
                book->started_at[part->index][times] = mori_now();
        writes(book, '+', part->index);
        return part->lives >= 0 && times < part->times;
}

MORI_NONBLOCKING __attribute__((noinline)) static void leaves(const struct part *part)
{
        writes(part->book, '-', part->index);
}

static async int child(void *argument)
{
        const struct part *part = argument;

        if (!enters(part)) {
                int result = await mori_sleep(MORI_S(100000));

                leaves(part);
                return result;
        }
        attempt(await mori_sleep(part->lives));
        leaves(part);
        MORI_REQUIRE(part->ends != 1000);
        return part->ends;
}

/* Children that live, but for the one at `bad`. */
struct cast {
        struct part parts[CHILDREN];
        struct mori_supervised children[CHILDREN];
        struct mori_supervisor supervisor;
};

static const char *const names[CHILDREN] = {"a", "b", "c", "d"};

MORI_NONBLOCKING __attribute__((noinline)) static struct book *
cast_make(struct cast *cast, enum mori_strategy strategy, int bad, int ends, int times)
{
        struct book *book = shared_bytes();

        memset(book, 0, sizeof *book);
        memset(cast, 0, sizeof *cast);
        for (int i = 0; i < CHILDREN; i++) {
                cast->parts[i] = (struct part){book, i, -1, 0, 0};
                cast->children[i] = (struct mori_supervised){.name = names[i],
                                                             .main = child,
                                                             .argument = &cast->parts[i],
                                                             .bytes = sizeof cast->parts[i]};
        }
        if (bad >= 0)
                cast->parts[bad] = (struct part){book, bad, MORI_MS(10), ends, times};
        cast->supervisor = (struct mori_supervisor){
                .strategy = strategy, .children = cast->children, .count = CHILDREN};
        return book;
}

static async int supervise_for(struct cast *cast, int64_t duration)
{
        within(duration)
        {
                return await mori_supervise(&cast->supervisor);
        }
        return 0;
}

#define EXPECT_BOOK(book, expected)                                                                \
        (strcmp((book)->lines, expected) == 0 ? (void)0                                            \
                                              : expect_failed(__FILE__, __LINE__, (book)->lines))

/* ---- Strategies */

static async int strategies(int argc, char **argv)
{
        struct cast cast;
        struct book *book;

        (void)argc;
        (void)argv;
        book = cast_make(&cast, MORI_ONE_FOR_ONE, 1, -EIO, 1);
        EXPECT_EQ(await supervise_for(&cast, MORI_S(1)), -ETIMEDOUT);
        EXPECT_BOOK(book, "+a+b+c+d-b+b-d-c-b-a");
        book = cast_make(&cast, MORI_ONE_FOR_ALL, 1, -EIO, 1);
        EXPECT_EQ(await supervise_for(&cast, MORI_S(1)), -ETIMEDOUT);
        EXPECT_BOOK(book, "+a+b+c+d-b-d-c-a+a+b+c+d-d-c-b-a");
        book = cast_make(&cast, MORI_REST_FOR_ONE, 1, -EIO, 1);
        EXPECT_EQ(await supervise_for(&cast, MORI_S(1)), -ETIMEDOUT);
        EXPECT_BOOK(book, "+a+b+c+d-b-d-c+b+c+d-d-c-b-a");
        return 0;
}

/* d needs b, c nobody; and a user of a user. */
static async int users(int argc, char **argv)
{
        static const unsigned a[] = {0}, b[] = {1};
        struct cast cast;
        struct book *book;

        (void)argc;
        (void)argv;
        for (int bad = 0; bad < 2; bad++) {
                book = cast_make(&cast, MORI_USERS_FOR_ONE, bad, -EIO, 1);
                cast.children[1].needs = a;
                cast.children[3].needs = b;
                cast.children[1].needs_count = cast.children[3].needs_count = 1;
                EXPECT_EQ(await supervise_for(&cast, MORI_S(1)), -ETIMEDOUT);
                EXPECT_BOOK(book,
                            bad ? "+a+b+c+d-b-d+b+d-d-c-b-a" : "+a+b+c+d-a-d-b+a+b+d-d-c-b-a");
        }
        cast.children[1].needs = b; /* itself */
        EXPECT_EQ(await mori_supervise(&cast.supervisor), -EINVAL);
        return 0;
}

/* So ends that come meanwhile are all there when it looks at the first. */
static async int start_slowly(void *context, unsigned index, mori_process process)
{
        (void)context;
        EXPECT(process.word != 0);
        return index == 2 ? await mori_sleep(MORI_MS(20)) : 0;
}

/* b needs a, which fails after 10 ms, once; what b is, and what becomes of it. */
static async struct book *with_a_user(struct cast *cast, enum mori_strategy strategy,
                                      enum mori_restart restart, int64_t lives)
{
        static const unsigned a[] = {0};
        struct book *book = cast_make(cast, strategy, 0, -EIO, 1);

        cast->children[1].needs = a;
        cast->children[1].needs_count = 1;
        cast->children[1].restart = restart;
        cast->parts[1] = (struct part){book, 1, lives, 3, 1};
        cast->supervisor.count = 3;
        cast->supervisor.started = start_slowly;
        EXPECT_EQ(await supervise_for(cast, MORI_S(1)), -ETIMEDOUT);
        return book;
}

/* Who was stopped for another one's sake comes back; who had ended by itself does not. */
static async int come_back(int argc, char **argv)
{
        const struct book *book;
        struct cast cast;

        (void)argc;
        (void)argv;
        for (int i = MORI_RESTART_PERMANENT; i <= MORI_RESTART_TEMPORARY; i++) {
                enum mori_restart restart = (enum mori_restart)i;

                book = await with_a_user(&cast, MORI_USERS_FOR_ONE, restart, -1);
                EXPECT_BOOK(book, "+a+b+c-a-b+a+b-c-b-a");
                book = await with_a_user(&cast, MORI_ONE_FOR_ALL, restart, -1);
                EXPECT_BOOK(book, restart == MORI_RESTART_TEMPORARY ? "+a+b+c-a-c-b+a+c-c-a"
                                                                    : "+a+b+c-a-c-b+a+b+c-c-b-a");
        }
        for (int i = MORI_ONE_FOR_ALL; i <= MORI_USERS_FOR_ONE; i++)
                for (int transient = 0; transient < 2; transient++) {
                        enum mori_strategy strategy = (enum mori_strategy)i;
                        enum mori_restart restart =
                                transient ? MORI_RESTART_TRANSIENT : MORI_RESTART_TEMPORARY;
                        bool users = strategy == MORI_USERS_FOR_ONE;

                        book = await with_a_user(&cast, strategy, restart, MORI_MS(8));
                        EXPECT_BOOK(book, users ? "+a+b+c-b-a+a-c-a" : "+a+b+c-b-a-c+a+c-c-a");
                        book = await with_a_user(&cast, strategy, restart, MORI_MS(12));
                        EXPECT_BOOK(book, users ? "+a+b+c-a-b+a-c-a" : "+a+b+c-a-b-c+a+c-c-a");
                }
        /* for its own sake, and for that of the other: once */
        book = await with_a_user(&cast, MORI_ONE_FOR_ALL, MORI_RESTART_PERMANENT, MORI_MS(12));
        EXPECT_BOOK(book, "+a+b+c-a-b-c+a+b+c-c-b-a");
        return 0;
}

START_TEST(who_goes_with_another_comes_back)
{
        ck_assert_int_eq(run(come_back), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static int count_end(void *context, unsigned index, const struct mori_end *end, bool again)
{
        int *ends = context;

        (void)index;
        (void)end;
        (*ends)++;
        return again ? 0 : -EBADMSG;
}

/*
 * c needs b, and b needs a. A user fails at 8 ms and a at 10 ms, and both are known when the user's
 * end is looked at: as where it has found on another seat that a is ending.
 */
static async int causes_come_first(int argc, char **argv)
{
        static const unsigned a[] = {0}, b[] = {1};
        struct cast cast;

        (void)argc;
        (void)argv;
        for (int i = 0; i < 6; i++) {
                int user = 1 + i % 2, ends = 0;
                struct book *book = cast_make(&cast, MORI_USERS_FOR_ONE, 0, -EIO, 1);

                cast.children[1].needs = a;
                cast.children[2].needs = b;
                cast.children[1].needs_count = cast.children[2].needs_count = 1;
                cast.children[user].restart = (enum mori_restart)(i / 2);
                cast.parts[user] = (struct part){book, user, MORI_MS(8), -EIO, 1};
                cast.supervisor.count = 3;
                cast.supervisor.started = start_slowly;
                cast.supervisor.ended = count_end;
                cast.supervisor.context = &ends;
                EXPECT_EQ(await supervise_for(&cast, MORI_S(1)), -ETIMEDOUT);
                EXPECT_BOOK(book, user == 1 ? "+a+b+c-b-a-c+a+b+c-c-b-a"
                                            : "+a+b+c-c-a-b+a+b+c-c-b-a");
                EXPECT_EQ(ends, 1);
        }
        return 0;
}

START_TEST(what_was_the_cause_comes_first)
{
        ck_assert_int_eq(run(causes_come_first), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* What is told of starts and ends, and what it may answer. */
struct hooks {
        int starts[CHILDREN], ends;
        int refuse; /* so many starts of b are no good, */
        int64_t after; /* which is known after that */
        int over;   /* what the end of c answers */
};

static async int hook_started(void *context, unsigned index, mori_process process)
{
        struct hooks *hooks = context;

        EXPECT(process.word != 0);
        attempt(await mori_sleep(index == 1 ? hooks->after : MORI_MS(1)));
        hooks->starts[index]++;
        return index == 1 && hooks->refuse-- > 0 ? -EIO : 0;
}

static int hook_ended(void *context, unsigned index, const struct mori_end *end, bool again)
{
        struct hooks *hooks = context;

        hooks->ends++;
        if (index == 1)
                return again && end->kind == MORI_END_KILLED ? 0 : -EBADMSG;
        return index == 2 ? hooks->over : 0;
}

static async int hooks_are_called(int argc, char **argv)
{
        struct hooks hooks = {.refuse = 2, .over = 5};
        struct cast cast;

        (void)argc;
        (void)argv;
        (void)cast_make(&cast, MORI_ONE_FOR_ONE, 2, 0, 1);
        cast.supervisor.started = hook_started;
        cast.supervisor.ended = hook_ended;
        cast.supervisor.context = &hooks;
        EXPECT_EQ(await supervise_for(&cast, MORI_S(1)), 5);
        EXPECT_EQ(hooks.starts[0], 1);
        EXPECT_EQ(hooks.starts[1], 3);
        EXPECT_EQ(hooks.starts[2], 1);
        EXPECT_EQ(hooks.starts[3], 1);
        EXPECT_EQ(hooks.ends, 3);
        hooks = (struct hooks){.refuse = 100};
        EXPECT_EQ(await supervise_for(&cast, MORI_S(1)), -ENOTRECOVERABLE);
        EXPECT_EQ(hooks.starts[1], 4);
        EXPECT_EQ(hooks.starts[2], 0);
        return 0;
}

/* While b's start is found to be no good another child ends; c is started after b all the same. */
static async int order_is_kept(int argc, char **argv)
{
        static const unsigned b[] = {1};
        struct hooks hooks = {.refuse = 1, .after = MORI_MS(20)};
        struct cast cast;
        struct book *book;

        (void)argc;
        (void)argv;
        book = cast_make(&cast, MORI_USERS_FOR_ONE, 0, -EIO, 1);
        cast.children[2].needs = b;
        cast.children[2].needs_count = 1;
        cast.supervisor.count = 3;
        cast.supervisor.started = hook_started;
        cast.supervisor.ended = hook_ended;
        cast.supervisor.context = &hooks;
        EXPECT_EQ(await supervise_for(&cast, MORI_S(1)), -ETIMEDOUT);
        EXPECT_BOOK(book, "+a+b-a+a+b+c-c-b-a");
        EXPECT_EQ(hooks.ends, 2);
        return 0;
}

START_TEST(nobody_starts_before_what_it_needs)
{
        ck_assert_int_eq(run(order_is_kept), 0);
        assert_nothing_left();
}
END_TEST

START_TEST(users_go_with_what_they_need)
{
        ck_assert_int_eq(run(users), 0);
        assert_nothing_left();
}
END_TEST

START_TEST(starts_and_ends_are_told)
{
        ck_assert_int_eq(run(hooks_are_called), 0);
        assert_nothing_left();
}
END_TEST

START_TEST(each_strategy_restarts_its_children)
{
        ck_assert_int_eq(run(strategies), 0);
        assert_nothing_left();
}
END_TEST

/* ---- Which ends */

static async int kinds_of_children(int argc, char **argv)
{
        static const struct {
                enum mori_restart restart;
                int ends;
                bool again;
        } cases[] = {
                {MORI_RESTART_PERMANENT, 0, true},     {MORI_RESTART_PERMANENT, -EIO, true},
                {MORI_RESTART_PERMANENT, 1000, true},  {MORI_RESTART_TRANSIENT, 0, false},
                {MORI_RESTART_TRANSIENT, 5, false},    {MORI_RESTART_TRANSIENT, -EIO, true},
                {MORI_RESTART_TRANSIENT, 1000, true},  {MORI_RESTART_TEMPORARY, 0, false},
                {MORI_RESTART_TEMPORARY, -EIO, false},
        };
        struct cast cast;

        (void)argc;
        (void)argv;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                const struct book *book = cast_make(&cast, MORI_ONE_FOR_ONE, 2, cases[i].ends, 1);

                cast.children[2].restart = cases[i].restart;
                EXPECT_EQ(await supervise_for(&cast, MORI_S(1)), -ETIMEDOUT);
                EXPECT_EQ(book->starts[2], cases[i].again ? 2 : 1);
        }
        /* all of them have done what they were for */
        cast_make(&cast, MORI_ONE_FOR_ONE, 0, 3, 1);
        cast.children[0].restart = MORI_RESTART_TRANSIENT;
        cast.supervisor.count = 1;
        EXPECT_EQ(await mori_supervise(&cast.supervisor), 0);
        return 0;
}

START_TEST(children_are_restarted_after_their_kind_of_end)
{
        ck_assert_int_eq(run(kinds_of_children), 0);
        assert_nothing_left();
}
END_TEST

/* ---- Intensity */

static async int gives_up(int argc, char **argv)
{
        struct cast cast;
        const struct book *book;

        (void)argc;
        (void)argv;
        book = cast_make(&cast, MORI_ONE_FOR_ONE, 1, -EIO, 1000);
        EXPECT_EQ(await mori_supervise(&cast.supervisor), -ENOTRECOVERABLE);
        EXPECT_EQ(book->starts[1], 4);
        EXPECT_BOOK(book, "+a+b+c+d-b+b-b+b-b+b-b-d-c-a");
        /* none at all is allowed */
        book = cast_make(&cast, MORI_ONE_FOR_ALL, 1, -EIO, 1000);
        cast.supervisor.restarts_within = MORI_S(1);
        EXPECT_EQ(await mori_supervise(&cast.supervisor), -ENOTRECOVERABLE);
        EXPECT_EQ(book->starts[1], 1);
        /* seldom enough: for ever */
        book = cast_make(&cast, MORI_ONE_FOR_ONE, 1, -EIO, 1000);
        cast.supervisor.restarts_max = 2;
        cast.supervisor.restarts_within = MORI_MS(19);
        EXPECT_EQ(await supervise_for(&cast, MORI_S(1)), -ETIMEDOUT);
        EXPECT(book->starts[1] > 90);
        /* and with pauses: 10 ms that it lives, then 20, 40, 80, 100, 100, ... */
        book = cast_make(&cast, MORI_ONE_FOR_ONE, 1, -EIO, 6);
        cast.supervisor.restarts_max = 6;
        cast.supervisor.pause = MORI_MS(20);
        cast.supervisor.pause_max = MORI_MS(100);
        EXPECT_EQ(await supervise_for(&cast, MORI_S(2)), -ETIMEDOUT);
        EXPECT_EQ(book->starts[1], 7);
        for (int i = 0; i < 6; i++) {
                int64_t wanted = MORI_MS(10) + (i == 0   ? MORI_MS(20)
                                                : i == 1 ? MORI_MS(40)
                                                : i == 2 ? MORI_MS(80)
                                                         : MORI_MS(100));
                int64_t took = book->started_at[1][i + 1] - book->started_at[1][i];

                EXPECT(took >= wanted && took < wanted + MORI_MS(2));
        }
        return 0;
}

/* A pause that doubles beyond what an int64_t holds is the longest, and no pause is short again. */
static async int pauses_long(int argc, char **argv)
{
        const struct book *book;
        struct cast cast;

        (void)argc;
        (void)argv;
        book = cast_make(&cast, MORI_ONE_FOR_ONE, 1, -EIO, 1000);
        cast.supervisor.restarts_max = 5;
        cast.supervisor.restarts_within = INT64_MAX;
        cast.supervisor.pause = INT64_MAX / 2 + 2;
        cast.supervisor.pause_max = INT64_MAX;
        scope {
                ignore(start(mori_supervise, &cast.supervisor));
                EXPECT_EQ(await mori_sleep(cast.supervisor.pause), 0);
                EXPECT_EQ(await mori_sleep(MORI_S(1)), 0);
                EXPECT_EQ(book->starts[1], 2);
                break;
        }
        return 0;
}

START_TEST(absurd_pauses_are_the_longest)
{
        ck_assert_int_eq(run(pauses_long), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

START_TEST(too_many_restarts_are_too_many)
{
        ck_assert_int_eq(run(gives_up), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Trees */

static async int supervises(void *argument)
{
        return await mori_supervise(argument);
}

static async int tree(int argc, char **argv)
{
        static const struct mori_process_options named = {.name = "inner"};
        struct cast cast;
        struct mori_supervised inner;
        struct mori_supervisor outer = {.children = &inner, .count = 1};
        struct mori_end end;
        mori_process process;
        struct book *book;

        (void)argc;
        (void)argv;
        /* it gives up, and fails with what it gave up for */
        cast_make(&cast, MORI_ONE_FOR_ONE, 3, 1000, 1000);
        EXPECT_EQ(await mori_process_start(supervises, &cast.supervisor, sizeof cast.supervisor,
                                           &named, &process),
                  0);
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_FAILED);
        EXPECT_EQ(end.code, -ENOTRECOVERABLE);
        EXPECT_EQ(end.causes_count, 1);
        EXPECT_EQ(end.causes[0].kind, MORI_END_ABANDONED);
        EXPECT(strcmp(end.causes[0].name, "d") == 0);
        EXPECT(strstr(end.text, "1000") != NULL);
        /* an outer one restarts it, and stops it in order */
        book = cast_make(&cast, MORI_ONE_FOR_ONE, 3, -EIO, 5);
        inner = (struct mori_supervised){.name = "inner",
                                         .main = supervises,
                                         .argument = &cast.supervisor,
                                         .bytes = sizeof cast.supervisor};
        within(MORI_S(3))
        {
                EXPECT_EQ(await mori_supervise(&outer), -ETIMEDOUT);
        }
        EXPECT_EQ(book->starts[3], 6);
        EXPECT_EQ(book->starts[0], 2);
        EXPECT(strcmp(book->lines + strlen(book->lines) - 8, "-d-c-b-a") == 0);
        /* killed, it takes its children along, which leave nothing */
        book = cast_make(&cast, MORI_ONE_FOR_ONE, -1, 0, 0);
        EXPECT_EQ(await mori_process_start(supervises, &cast.supervisor, sizeof cast.supervisor,
                                           &named, &process),
                  0);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        EXPECT_BOOK(book, "+a+b+c+d");
        EXPECT_EQ(mori_process_kill(process), 0);
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        EXPECT_BOOK(book, "+a+b+c+d");
        return 0;
}

START_TEST(supervisors_nest)
{
        ck_assert_int_eq(run(tree), 0);
        assert_nothing_left();
}
END_TEST

/* ---- Limits */

static async int does_not_stop(void *argument)
{
        (void)argument;
        for (;;)
                shield(MORI_S(1000))
                {
                        EXPECT_EQ(await mori_sleep(MORI_S(1)), 0);
                }
        return 0;
}

static async int limits(int argc, char **argv)
{
        struct mori_supervised children[2] = {
                {.name = "slow", .main = does_not_stop, .limit = MORI_MS(300)},
                {.name = "killed", .main = does_not_stop, .limit = -1}};
        struct mori_supervisor supervisor = {.children = children, .count = 2};
        int64_t began = mori_now();

        (void)argc;
        (void)argv;
        within(MORI_MS(100))
        {
                EXPECT_EQ(await mori_supervise(&supervisor), -ETIMEDOUT);
        }
        EXPECT(mori_now() - began >= MORI_MS(400) && mori_now() - began < MORI_MS(410));
        supervisor.count = 0;
        EXPECT_EQ(await mori_supervise(&supervisor), -EINVAL);
        supervisor.count = 2;
        children[1].main = NULL;
        EXPECT_EQ(await mori_supervise(&supervisor), -EINVAL);
        EXPECT_EQ(await mori_supervise(NULL), -EINVAL);
        return 0;
}

START_TEST(who_does_not_stop_is_killed)
{
        ck_assert_int_eq(run(limits), 0);
        ck_assert_reported("process slow did not stop in time");
        ck_assert(!reported("process killed"));
        assert_nothing_left();
}
END_TEST

TEST_MAIN("supervise/supervise", TEST(each_strategy_restarts_its_children),
          TEST(children_are_restarted_after_their_kind_of_end),
          TEST(too_many_restarts_are_too_many), TEST(absurd_pauses_are_the_longest),
          TEST(supervisors_nest),
          TEST(users_go_with_what_they_need), TEST(who_goes_with_another_comes_back),
          TEST(what_was_the_cause_comes_first),
          TEST(starts_and_ends_are_told), TEST(nobody_starts_before_what_it_needs),
          TEST(who_does_not_stop_is_killed))
