/* SPDX-License-Identifier: MIT */
/*
 * Failures of calls: what is told besides the errno, near and far, through other processes, of
 * objects that are gone, and where nobody asks.
 */
#include "object/served_test.h"

#include <mori/failure.h>
#include <mori/program.h>

#include <string.h>

/* What the running activity is told of an errno. */
#define EXPECT_TOLD(error, expected)                                                               \
        do {                                                                                       \
                char is_told_as[256];                                                              \
                                                                                                   \
                EXPECT(strcmp(mori_failure_describe(error, is_told_as, sizeof is_told_as),         \
                              expected) == 0);                                                     \
        } while (0)

enum {
        ANSWERS,     /* `y` */
        SAYS_WHY,    /* with a text */
        SAYS_NOTHING,
        PASSES_ON,   /* what the next one, asked for `y`, answers */
        EXPLAINS,    /* that, with another errno and a text */
        MISTAKES,    /* the text is of another errno than what is returned */
        LONG_TEXT,
        GOES_DOWN,   /* calls itself, `y` times, and then says why */
        TAKES_LONG,  /* and says so */
        NEVER_ANSWERS,
        BREAKS,      /* a contract */
};

struct next {
        calculator calculator;
        bool is_there;
};

static async int badly_add(void *self, struct calculator_add_call *call)
{
        const struct next *next = self;
        char text[1500];
        int error;

        switch (call->x) {
        case ANSWERS:
                return call->y;
        case SAYS_WHY:
                return mori_fail(-EDOM, "%d is\nodd", call->y);
        case SAYS_NOTHING:
                return -ERANGE;
        case PASSES_ON:
                return await calculator_add(next->calculator, call->y, 3, &call->sum);
        case EXPLAINS:
                error = await calculator_add(next->calculator, call->y, 3, &call->sum);
                return error < 0 ? mori_fail_because(-EIO, "cannot add") : 0;
        case MISTAKES:
                (void)mori_fail(-EDOM, "of another");
                return -ENOENT;
        case LONG_TEXT:
                memset(text, 'x', sizeof text);
                text[sizeof text - 1] = '\0';
                return mori_fail(-EDOM, "%s", text);
        case GOES_DOWN:
                if (call->y == 0)
                        return mori_fail(-EDOM, "at the bottom");
                return await calculator_add(next->calculator, GOES_DOWN, call->y - 1, &call->sum);
        case TAKES_LONG:
                return mori_fail(-ETIMEDOUT, "the disk was slow");
        case NEVER_ANSWERS:
                return await mori_sleep(MORI_S(1000));
        default:
                MORI_REQUIRE(call->x != BREAKS);
                return 0;
        }
}

static async int badly_open(void *self, struct calculator_open_call *call)
{
        (void)self;
        if (call->name.count > 4 && memcmp(call->name.bytes, "later", 5) == 0)
                attempt(await mori_yield());
        return mori_fail(-ENOENT, "there is no %s", call->name.bytes);
}

static const struct calculator_server badly_table = {.add = badly_add, .open = badly_open};

static int badly_new(struct next *next, calculator *ret_calculator)
{
        return mori_object_new(&calculator_interface, &badly_table, next, NULL,
                               &ret_calculator->ref);
}

/* Exports one that calls itself; or the one of the process that the argument says. */
static async int serves_badly(void *argument)
{
        struct next next = {.is_there = true};
        calculator c;

        EXPECT_EQ(badly_new(&next, &c), 0);
        next.calculator = argument == NULL ? c : exported_by(*(const unsigned *)argument);
        EXPECT_EQ(mori_export(c.ref), 0);
        return await waits_for_ever(NULL);
}

/* ---- What is told */

/* `c` calls itself; `by` is what stands behind what it says of its failures. */
static async int is_told(calculator c, const char *by)
{
        bool is_far = by[0] != '\0';
        char expected[256], told[1400];
        struct mori_failure failure;
        int32_t result;

        EXPECT_EQ(await calculator_add(c, ANSWERS, 0, &result), 0);
        EXPECT_EQ(await calculator_add(c, ANSWERS, 7, &result), 0); /* near and far */
        EXPECT_EQ(await calculator_add(c, SAYS_WHY, 3, &result), -EDOM);
        snprintf(expected, sizeof expected, "3 is odd [EDOM]%s", by);
        EXPECT_TOLD(-EDOM, expected);
        EXPECT_EQ(await mori_sleep(MORI_US(10)), 0);
        EXPECT_EQ(await calculator_add(c, ANSWERS, 0, &result), 0);
        EXPECT_TOLD(-EDOM, expected);
        EXPECT_TOLD(-ENOENT, "No such file or directory [ENOENT]");
        mori_failure_get(-EDOM, &failure);
        EXPECT_EQ(failure.error, -EDOM);
        EXPECT_EQ(failure.kind, MORI_FAILURE_FAILED);
        EXPECT_EQ(failure.links_count, is_far);
        EXPECT_EQ(failure.links_left_out, 0);
        EXPECT_EQ(failure.links[0].error, is_far ? -EDOM : 0);
        EXPECT(strcmp(failure.links[0].process, is_far ? "server" : "") == 0);
        EXPECT(strcmp(failure.links[0].method, is_far ? "Calculator.add" : "") == 0);
        EXPECT(strcmp(failure.text, "3 is odd") == 0);

        for (int i = 0; i < 3; i++) { /* the same each time */
                EXPECT_EQ(await calculator_add(c, SAYS_NOTHING, 0, &result), -ERANGE);
                snprintf(expected, sizeof expected, "%s [ERANGE]%s", strerrordesc_np(ERANGE), by);
                EXPECT_TOLD(-ERANGE, expected);
                EXPECT_EQ(await calculator_add(c, PASSES_ON, SAYS_WHY, &result), -EDOM);
                snprintf(expected, sizeof expected, "3 is odd [EDOM]%s", by);
                EXPECT_TOLD(-EDOM, expected);
                EXPECT_EQ(await calculator_add(c, EXPLAINS, SAYS_WHY, &result), -EIO);
                snprintf(expected, sizeof expected, "cannot add: 3 is odd [EIO]%s", by);
                EXPECT_TOLD(-EIO, expected);
                EXPECT_EQ(await calculator_add(c, MISTAKES, 0, &result), -ENOENT);
                snprintf(expected, sizeof expected, "%s [ENOENT]%s", strerrordesc_np(ENOENT), by);
                EXPECT_TOLD(-ENOENT, expected);
        }

        EXPECT_EQ(await calculator_add(c, LONG_TEXT, 0, &result), -EDOM);
        mori_failure_get(-EDOM, &failure);
        EXPECT_EQ(strlen(failure.text), MORI_FAILURE_TEXT_MAX);
        EXPECT_EQ(strspn(failure.text, "x"), MORI_FAILURE_TEXT_MAX);
        EXPECT_EQ(strlen(mori_failure_describe(-EDOM, told, 20)), 19);
        EXPECT_EQ(mori_failure_describe(-EDOM, NULL, 0), NULL);
        return 0;
}

/* The same of what was sent, joined before and after it has come, and pipelined. */
static async int is_told_of_what_was_sent(calculator c, const char *by)
{
        static const char *const names[] = {"cave", "later cave"};
        char expected[256], told[256];

        for (int i = 0; i < 4; i++) {
                calculator_open_promise o = calculator_open_send(c, names[i % 2]);
                memory m = calculator_open_memory(&o), none;
                memory_change_promise p = memory_change_send(m, 1);
                int32_t value;

                if (i >= 2)
                        EXPECT_EQ(await mori_sleep(MORI_MS(2)), 0);
                EXPECT_EQ(await memory_change(m, 1, &value), -ENOENT);
                snprintf(expected, sizeof expected, "there is no %s [ENOENT]", names[i % 2]);
                EXPECT(strstr(mori_failure_describe(-ENOENT, told, sizeof told), expected) == told);
                EXPECT_EQ(await memory_change_join(&p, &value), -ENOENT);
                EXPECT(strstr(mori_failure_describe(-ENOENT, told, sizeof told), expected) == told);
                EXPECT_EQ(await calculator_open_join(&o, &none), -ENOENT);
                snprintf(expected, sizeof expected, "there is no %s [ENOENT]%s", names[i % 2], by);
                EXPECT_TOLD(-ENOENT, expected);
        }
        EXPECT_EQ(await mori_sent_join(mori_object_send(MORI_NO_REF, &calculator_methods[0],
                                                        &(struct calculator_add_call){.x = 0}),
                                       &(struct calculator_add_call){.x = 0}),
                  -EBADF);
        EXPECT_TOLD(-EBADF, "Bad file descriptor [EBADF]");
        return 0;
}

static async int asks_near_and_far(void *argument)
{
        struct next next = {.is_there = true};
        calculator near, far = exported_by(1);

        (void)argument;
        EXPECT_EQ(badly_new(&next, &near), 0);
        next.calculator = near;
        EXPECT_EQ(await is_told(near, ""), 0);
        EXPECT_EQ(await is_told(far, ", answered by Calculator.add of process server"), 0);
        EXPECT_EQ(await is_told_of_what_was_sent(near, ""), 0);
        EXPECT_EQ(await is_told_of_what_was_sent(far,
                                                 ", answered by Calculator.open of process server"),
                  0);
        mori_ref_drop(near.ref);
        mori_ref_drop(far.ref);
        return 0;
}

START_TEST(texts_and_links)
{
        all_run((struct member[]){{"main", asks_near_and_far, NULL},
                                  {"server", serves_badly, NULL}},
                2);
}
END_TEST

/* ---- Through other processes */

static async int asks_through(void *argument)
{
        calculator c = exported_by(1);
        char told[256];
        int32_t result;

        (void)argument;
        EXPECT_EQ(await calculator_add(c, EXPLAINS, SAYS_WHY, &result), -EIO);
        EXPECT_TOLD(-EIO, "cannot add: 3 is odd [EIO], answered by Calculator.add of process "
                          "front, because of Calculator.add of process back [EDOM]");
        EXPECT_EQ(await calculator_add(c, PASSES_ON, SAYS_NOTHING, &result), -ERANGE);
        mori_failure_describe(-ERANGE, told, sizeof told);
        EXPECT(strstr(told, "process front, because of Calculator.add of process back") != NULL);
        mori_ref_drop(c.ref);
        return 0;
}

/* Back and forth between two, until it fails. */
static async int asks_far_down(void *argument)
{
        calculator c = exported_by(1);
        struct mori_failure failure;
        char told[1400];
        int32_t result;

        (void)argument;
        EXPECT_EQ(await calculator_add(c, GOES_DOWN, 11, &result), -EDOM);
        mori_failure_get(-EDOM, &failure);
        EXPECT_EQ(failure.links_count, MORI_FAILURE_LINKS_MAX);
        EXPECT_EQ(failure.links_left_out, 12 - MORI_FAILURE_LINKS_MAX);
        EXPECT(strcmp(failure.text, "at the bottom") == 0);
        EXPECT(strstr(mori_failure_describe(-EDOM, told, sizeof told), ", through 4 more") != NULL);
        EXPECT(strcmp(failure.links[0].process, "front") == 0);
        EXPECT(strcmp(failure.links[MORI_FAILURE_LINKS_MAX - 1].process, "back") == 0);
        mori_ref_drop(c.ref);
        return 0;
}

/* Serves what it has from another process, as its own. */
static async int serves_anothers(void *argument)
{
        calculator c = exported_by(2);

        (void)argument;
        EXPECT_EQ(mori_export(c.ref), 0);
        mori_ref_drop(c.ref);
        return await waits_for_ever(NULL);
}

static async int asks_what_is_passed_on(void *argument)
{
        struct mori_failure failure;
        calculator c = exported_by(1);
        int32_t result;

        (void)argument;
        for (int i = 0; i < 3; i++) {
                EXPECT_EQ(await calculator_add(c, SAYS_WHY, 3, &result), -EDOM);
                mori_failure_get(-EDOM, &failure);
                EXPECT(strcmp(failure.text, "3 is odd") == 0);
                EXPECT(failure.links_count >= 1 && failure.links_count <= 2);
                EXPECT(strcmp(failure.links[0].method, "Calculator.add") == 0);
                EXPECT(strcmp(failure.links[failure.links_count - 1].process, "back") == 0);
        }
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(through_other_processes)
{
        static const unsigned front = 1, back = 2;

        all_run((struct member[]){{"main", asks_through, NULL},
                                  {"front", serves_badly, (void *)&back},
                                  {"back", serves_badly, NULL}},
                3);
        all_run((struct member[]){{"main", asks_far_down, NULL},
                                  {"front", serves_badly, (void *)&back},
                                  {"back", serves_badly, (void *)&front}},
                3);
        all_run((struct member[]){{"main", asks_what_is_passed_on, NULL},
                                  {"front", serves_anothers, NULL},
                                  {"back", serves_badly, NULL}},
                3);
}
END_TEST

/* ---- Who is gone */

static async int asks_who_breaks(void *argument)
{
        calculator c = exported_by(1);
        calculator_open_promise o = calculator_open_send(c, "cave");
        calculator_add_promise p;
        memory none;
        char told[512];
        int32_t result;

        (void)argument;
        EXPECT_EQ(await calculator_open_join(&o, &none), -ENOENT);
        EXPECT_EQ(await calculator_add(c, BREAKS, 0, &result), -ECONNRESET);
        EXPECT_EQ(mori_failure_kind_of(-ECONNRESET), MORI_FAILURE_DISCONNECTED);
        mori_failure_describe(-ECONNRESET, told, sizeof told);
        EXPECT(strncmp(told, "process server was abandoned: ", 30) == 0);
        EXPECT(strstr(told, "call->x != BREAKS") != NULL);
        EXPECT(strstr(told, "[ECONNRESET], answered by Calculator.add of process server") != NULL);
        EXPECT_EQ(await calculator_add(c, ANSWERS, 0, &result), -ECONNRESET);
        mori_failure_describe(-ECONNRESET, told, sizeof told);
        EXPECT(strncmp(told, "process server was abandoned: ", 30) == 0);
        p = calculator_add_send(c, ANSWERS, 0);
        EXPECT_EQ(await calculator_add_join(&p, &result), -ECONNRESET);
        mori_failure_describe(-ECONNRESET, told, sizeof told);
        EXPECT(strncmp(told, "process server was abandoned: ", 30) == 0);
        mori_ref_drop(c.ref);
        return 0;
}

/* From the outside, who is gone is told with what it was. */
START_TEST(who_is_gone)
{
        static const struct member members[] = {{"main", asks_who_breaks, NULL},
                                                {"server", serves_badly, NULL}};

        for (unsigned i = 0; i < ELEMENTS(configs); i++) {
                domain_run(&configs[i], members, 2);
                ck_assert_int_eq(status_of[0], 0);
                ck_assert_reported("process server abandoned");
        }
}
END_TEST

/* ---- Nobody asks */

static async int is_ignored(calculator c)
{
        int32_t result;

        return await calculator_add(c, SAYS_WHY, 5, &result);
}

static async int ignores(void *argument)
{
        calculator c = exported_by(1);

        (void)argument;
        scope
        {
                ignore(start(is_ignored, c));
        }
        return await is_ignored(c);
}

START_TEST(nobody_asks)
{
        static const struct member members[] = {{"main", ignores, NULL},
                                                {"server", serves_badly, NULL}};

        for (unsigned i = 0; i < ELEMENTS(configs); i++) {
                domain_run(&configs[i], members, 2);
                ck_assert_int_eq(status_of[0], -EDOM);
                ck_assert_reported("activity failed: result -33");
                ck_assert_reported("mori:   5 is odd");
                ck_assert_reported("mori:   answered by Calculator.add of process server [EDOM]");
        }
}
END_TEST

static async int process_fails(void *argument)
{
        (void)argument;
        return mori_fail(-EDOM, "nothing fits");
}

static async int starts_who_fails(void *argument)
{
        mori_process process;
        struct mori_end end;

        (void)argument;
        EXPECT_EQ(await mori_process_start(process_fails, NULL, 0, NULL, &process), 0);
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_FAILED);
        EXPECT(strcmp(end.text, "nothing fits [EDOM]") == 0);
        return 0;
}

START_TEST(ends_of_processes)
{
        all_run((struct member[]){{"main", starts_who_fails, NULL}}, 1);
}
END_TEST

/* ---- Many */

static async int fails_for_itself(int i, mori_queue *go_on, int *known)
{
        char expected[64], told[64];
        long item;

        EXPECT_EQ(mori_fail(-EDOM, "number %d", i), -EDOM);
        EXPECT_EQ(await mori_queue_receive(go_on, &item), -EPIPE);
        snprintf(expected, sizeof expected, "number %d [EDOM]", i);
        *known += strcmp(mori_failure_describe(-EDOM, told, sizeof told), expected) == 0;
        return 0;
}

static async int many_fail(void *argument)
{
        int many = MORI_FAILURES_MAX + 500, known = 0;
        mori_queue *go_on = mori_queue_new(1, sizeof(long));

        (void)argument;
        scope
        {
                for (int i = 0; i < many; i++)
                        ignore(start(fails_for_itself, i, go_on, &known));
                mori_queue_close(go_on);
        }
        EXPECT_EQ(known, MORI_FAILURES_MAX);
        mori_queue_free(go_on);
        /* those have ended, and leave room */
        EXPECT_EQ(mori_fail(0, "nothing"), 0);
        EXPECT_EQ(mori_fail(-EDOM, "%s", "again"), -EDOM);
        EXPECT_TOLD(-EDOM, "again [EDOM]");
        EXPECT_EQ(mori_fail_because(-EIO, "once more"), -EIO);
        EXPECT_TOLD(-EIO, "once more: again [EIO]");
        EXPECT_TOLD(-EDOM, "Numerical argument out of domain [EDOM]");
        EXPECT_TOLD(-4000, "unknown failure [-4000]");
        return 0;
}

START_TEST(many_at_once)
{
        domain_run(&configs[0], (struct member[]){{"main", many_fail, NULL}}, 1);
        ck_assert_int_eq(status_of[0], 0);
        ck_assert_str_eq(reports, "");
}
END_TEST

/* ---- What is not told of another call */

static async int waits_for_room(calculator c, unsigned *told)
{
        char text[256];
        int32_t none;
        int error;

        EXPECT_EQ(mori_fail(-ECONNRESET, "of before"), -ECONNRESET);
        error = await calculator_add(c, NEVER_ANSWERS, 0, &none);
        EXPECT_EQ(error, -ECONNRESET);
        *told += strstr(mori_failure_describe(error, text, sizeof text), "killed") != NULL;
        return 0;
}

static async int fails_later(void *argument)
{
        calculator far = exported_by(1), killed;
        calculator_add_promise *sent = malloc(MORI_CALLS_MAX * sizeof *sent);
        unsigned told = 0;
        mori_process child;
        int32_t none;

        EXPECT_EQ(await calculator_add(far, TAKES_LONG, 0, &none), -ETIMEDOUT);
        within(MORI_MS(1))
        {
                EXPECT_EQ(await calculator_add(far, NEVER_ANSWERS, 0, &none), -ETIMEDOUT);
        }
        EXPECT_TOLD(-ETIMEDOUT, "Connection timed out [ETIMEDOUT]");
        mori_ref_drop(far.ref);
        /* more than may be under way, of one that is killed */
        EXPECT_EQ(await mori_process_start(serves_badly, NULL, 0, NULL, &child), 0);
        EXPECT_EQ(mori_process_exported(child, &killed.ref), 0);
        for (int i = 0; i < MORI_CALLS_MAX; i++)
                sent[i] = calculator_add_send(killed, NEVER_ANSWERS, 0);
        scope
        {
                for (int i = 0; i < 100; i++)
                        ignore(start(waits_for_room, killed, &told));
                EXPECT_EQ(mori_process_kill(child), 0);
        }
        EXPECT_EQ(told, 100);
        for (int i = 0; i < MORI_CALLS_MAX; i++)
                mori_sent_drop(sent[i].sent);
        free(sent);
        mori_ref_drop(killed.ref);
        EXPECT_EQ(mori_process_release(child), 0);
        return argument != NULL;
}

START_TEST(what_is_not_told_of_others)
{
        all_run((struct member[]){{"main", fails_later, NULL}, {"server", serves_badly, NULL}}, 2);
}
END_TEST

/* A name that would be lines of a report, and move a terminal's cursor. */
static async int is_named_oddly(void *argument)
{
        struct mori_process_options options = {.name = "a\nmori: b\x1b[2J"};
        mori_process child;
        calculator c;
        int32_t none;

        EXPECT_EQ(await mori_process_start(serves_badly, NULL, 0, &options, &child), 0);
        EXPECT_EQ(mori_process_exported(child, &c.ref), 0);
        EXPECT_EQ(await calculator_add(c, SAYS_WHY, 3, &none), -EDOM);
        EXPECT_TOLD(-EDOM, "3 is odd [EDOM], answered by Calculator.add of process a mori: b [2J");
        EXPECT_TOLD(INT32_MIN, "unknown failure [-2147483648]");
        mori_ref_drop(c.ref);
        EXPECT_EQ(mori_process_kill(child), 0);
        return argument != NULL || mori_process_release(child) != 0;
}

START_TEST(odd_names_stay_on_their_line)
{
        all_run((struct member[]){{"main", is_named_oddly, NULL}}, 1);
}
END_TEST

/* ---- Kinds */

START_TEST(kinds)
{
        static const char *const names[] = {"failed",    "overloaded", "disconnected",
                                            "unimplemented", "cancelled", "revoked",
                                            "deadlocked"};

        for (unsigned i = 0; i < ELEMENTS(names); i++) {
                enum mori_failure_kind kind = (enum mori_failure_kind)i;

                ck_assert_int_lt(mori_failure_error_of(kind), 0);
                ck_assert_int_eq(mori_failure_kind_of(mori_failure_error_of(kind)), kind);
                ck_assert_str_eq(mori_failure_kind_name(kind), names[i]);
        }
        ck_assert_int_eq(mori_failure_kind_of(ETIMEDOUT), MORI_FAILURE_CANCELLED);
        ck_assert_int_eq(mori_failure_kind_of(-ENOMEM), MORI_FAILURE_OVERLOADED);
        ck_assert_int_eq(mori_failure_error_of((enum mori_failure_kind)77), -EREMOTEIO);
        ck_assert_str_eq(mori_failure_kind_name((enum mori_failure_kind)77), "failed");
}
END_TEST

TEST_MAIN("object/failure", TEST(texts_and_links), TEST(through_other_processes),
          TEST(who_is_gone), TEST(nobody_asks), TEST(ends_of_processes), TEST(many_at_once),
          TEST(what_is_not_told_of_others), TEST(odd_names_stay_on_their_line), TEST(kinds))
