/* SPDX-License-Identifier: MIT */
/* Failures beside the errno. See failure.h. */
#include "turn/failure.h"

#include "base/words.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Kinds */

struct errno_kind {
        int error;
        enum mori_failure_kind kind;
};

/* The first of a kind is what a kind alone becomes. */
static const struct errno_kind kinds[] = {
        {EOVERFLOW, MORI_FAILURE_OVERLOADED},
        {ENOMEM, MORI_FAILURE_OVERLOADED},
        {ENFILE, MORI_FAILURE_OVERLOADED},
        {EMFILE, MORI_FAILURE_OVERLOADED},
        {ENOBUFS, MORI_FAILURE_OVERLOADED},
        {EDQUOT, MORI_FAILURE_OVERLOADED},
        {ECONNRESET, MORI_FAILURE_DISCONNECTED},
        {EPROTO, MORI_FAILURE_DISCONNECTED},
        {EOPNOTSUPP, MORI_FAILURE_UNIMPLEMENTED},
        {ENOSYS, MORI_FAILURE_UNIMPLEMENTED},
        {ECANCELED, MORI_FAILURE_CANCELLED},
        {ETIMEDOUT, MORI_FAILURE_CANCELLED},
        {EKEYREVOKED, MORI_FAILURE_REVOKED},
        {EDEADLK, MORI_FAILURE_DEADLOCKED},
};

enum mori_failure_kind mori_failure_kind_of(int error)
{
        for (size_t i = 0; i < ELEMENTS(kinds); i++)
                if (kinds[i].error == error || -kinds[i].error == error)
                        return kinds[i].kind;
        return MORI_FAILURE_FAILED;
}

int mori_failure_error_of(enum mori_failure_kind kind)
{
        for (size_t i = 0; i < ELEMENTS(kinds); i++)
                if (kinds[i].kind == kind)
                        return -kinds[i].error;
        return -EREMOTEIO;
}

const char *mori_failure_kind_name(enum mori_failure_kind kind)
{
        static const char *const names[] = {"failed",        "overloaded", "disconnected",
                                            "unimplemented", "cancelled", "revoked",
                                            "deadlocked"};

        return (size_t)kind < ELEMENTS(names) ? names[kind] : names[MORI_FAILURE_FAILED];
}

/* ---- Records */

struct failure *failure_unref(struct failure *failure)
{
        if (failure != NULL && --failure->count == 0)
                free(failure);
        return NULL;
}

/* It is told on one line, and on a terminal: control characters become spaces. */
static void text_clean(char *text, size_t bytes)
{
        for (size_t i = 0; i < bytes; i++)
                if ((unsigned char)text[i] < ' ' || text[i] == 127)
                        text[i] = ' ';
}

static void name_put(char *to, size_t room, const char *name)
{
        size_t bytes = name != NULL ? strnlen(name, room - 1) : 0;

        memcpy(to, name != NULL ? name : "", bytes);
        text_clean(to, bytes);
        memset(to + bytes, 0, room - bytes);
}

void failure_link_set(struct mori_failure_link *link, int error, const char *process,
                      const char *method)
{
        link->error = error;
        name_put(link->process, sizeof link->process, process);
        name_put(link->method, sizeof link->method, method);
}

/* The links of a new one: its own, and those of the cause as far as there is room (rule 4). */
static void links_put(struct failure *failure, const struct failure *cause,
                      const struct mori_failure_link *link)
{
        uint32_t own = link != NULL, kept = failure->links_count - own;

        if (link != NULL)
                failure->links[0] = *link;
        if (cause == NULL)
                return;
        failure->links_left_out =
                (uint16_t)(cause->links_left_out + (cause->links_count - kept));
        if (kept == 0)
                return;
        memcpy(failure->links + own, cause->links, kept * sizeof cause->links[0]);
        failure->links[own + kept - 1] = cause->links[cause->links_count - 1];
}

struct failure *failure_new(int error, const struct failure *cause, const char *text,
                            const struct mori_failure_link *link)
{
        size_t own = text != NULL ? strnlen(text, MORI_FAILURE_TEXT_MAX) : 0;
        size_t others = cause != NULL ? cause->text_bytes : 0;
        size_t between = own != 0 && others != 0 ? 2 : 0;
        uint32_t links = (link != NULL) + (cause != NULL ? cause->links_count : 0u);
        struct failure *failure;
        char *to;

        if (own + between >= MORI_FAILURE_TEXT_MAX)
                between = others = 0;
        else if (own + between + others > MORI_FAILURE_TEXT_MAX)
                others = MORI_FAILURE_TEXT_MAX - own - between;
        if (links > MORI_FAILURE_LINKS_MAX)
                links = MORI_FAILURE_LINKS_MAX;
        failure = malloc(sizeof *failure + links * sizeof failure->links[0] + own + between +
                         others + 1);
        if (failure == NULL)
                return NULL;
        *failure = (struct failure){.count = 1,
                                    .error = error,
                                    .links_count = (uint16_t)links,
                                    .text_bytes = (uint32_t)(own + between + others)};
        links_put(failure, cause, link);
        to = (char *)(failure->links + links);
        memcpy(to, text != NULL ? text : "", own);
        memcpy(to + own, ": ", between);
        memcpy(to + own + between, cause != NULL ? failure_text(cause) : "", others);
        to[failure->text_bytes] = '\0';
        text_clean(to, failure->text_bytes);
        return failure;
}

/* ---- The table of a process */

/* Where as many have failed as are kept, each look for dead ones is paid by so many. */
#define SWEEP_EVERY (MORI_FAILURES_MAX / 8)

struct failed {
        struct failed *next; /* in its bucket */
        uint64_t activity;
        struct failure *failure;
};

struct failures {
        struct owned owned;
        struct process *process;
        uint32_t count, mask; /* of buckets, a power of two, - 1 */
        uint32_t next;        /* a bucket: where something is forgotten next */
        uint32_t skipped;     /* how often there was no room, with the table at its largest */
        struct failed **buckets;
};

static struct failed **bucket_of(const struct failures *failures, uint64_t activity)
{
        uint64_t mixed = activity * UINT64_C(0x9e3779b97f4a7c15);

        return &failures->buckets[(uint32_t)(mixed >> 32) & failures->mask];
}

static void failed_remove(struct failures *failures, struct failed **link)
{
        struct failed *failed = *link;

        *link = failed->next;
        (void)failure_unref(failed->failure);
        free(failed);
        failures->count--;
}

static void failures_release(struct owned *owned)
{
        struct failures *failures = CONTAINER_OF(owned, struct failures, owned);

        for (uint32_t i = 0; i <= failures->mask; i++)
                while (failures->buckets[i] != NULL)
                        failed_remove(failures, &failures->buckets[i]);
        failures->process->rare->failures = NULL;
        free(failures->buckets);
        free(failures);
}

#define BUCKETS_FIRST 8u

static struct failures *failures_of(struct process *process)
{
        struct process_rare *rare = process_rare(process);
        struct failures *failures;

        if (rare == NULL || rare->failures != NULL)
                return rare == NULL ? NULL : rare->failures;
        failures = calloc(1, sizeof *failures);
        if (failures == NULL)
                return NULL;
        failures->buckets = calloc(BUCKETS_FIRST, sizeof failures->buckets[0]);
        if (failures->buckets == NULL) {
                free(failures);
                return NULL;
        }
        failures->mask = BUCKETS_FIRST - 1;
        failures->process = process;
        process_own(process, &failures->owned, failures_release);
        rare->failures = failures;
        return failures;
}

/*
 * The memory of one that is dead may be another seat's by now, which writes there what it likes: it
 * is not this generation; and were it, a failure would be kept for longer than it is of use.
 */
__attribute__((no_sanitize("thread"))) static bool is_alive(uint64_t activity)
{
        stack_ref ref = (stack_ref)activity;

        return stack_ref_is_readable(ref) &&
               atomic_load_relaxed(&activity_at(ref)->segment.generation) ==
                       (uint32_t)(activity >> 32);
}

static void sweep(struct failures *failures)
{
        for (uint32_t i = 0; i <= failures->mask; i++) {
                struct failed **link = &failures->buckets[i];

                while (*link != NULL)
                        if (is_alive((*link)->activity))
                                link = &(*link)->next;
                        else
                                failed_remove(failures, link);
        }
}

static void grow(struct failures *failures)
{
        uint32_t mask = failures->mask;
        struct failed **old = failures->buckets, *failed;
        struct failed **buckets = calloc((mask + 1) * 2, sizeof *buckets);

        if (buckets == NULL)
                return; /* it is slower, and goes on */
        failures->buckets = buckets;
        failures->mask = mask * 2 + 1;
        for (uint32_t i = 0; i <= mask; i++)
                while ((failed = old[i]) != NULL) {
                        struct failed **link = bucket_of(failures, failed->activity);

                        old[i] = failed->next;
                        failed->next = *link;
                        *link = failed;
                }
        free(old);
}

/* There is to be one more. */
static void make_room(struct failures *failures)
{
        if (failures->count <= failures->mask)
                return;
        if (failures->mask + 1 < MORI_FAILURES_MAX || failures->skipped++ % SWEEP_EVERY == 0)
                sweep(failures);
        if (failures->count * 2 > failures->mask && failures->mask + 1 < MORI_FAILURES_MAX)
                grow(failures);
        while (failures->count >= MORI_FAILURES_MAX) {
                struct failed **link = &failures->buckets[failures->next++ & failures->mask];

                if (*link != NULL)
                        failed_remove(failures, link);
        }
}

static struct failed **failed_find(const struct failures *failures, uint64_t activity)
{
        struct failed **link = bucket_of(failures, activity);

        while (*link != NULL && (*link)->activity != activity)
                link = &(*link)->next;
        return link;
}

struct failure *failure_of(const struct process *process, uint64_t activity, int error)
{
        const struct failures *failures = process->rare != NULL ? process->rare->failures : NULL;
        const struct failed *failed;

        if (failures == NULL)
                return NULL;
        failed = *failed_find(failures, activity);
        return failed != NULL && failed->failure->error == error ? failed->failure : NULL;
}

static void forget(const struct process *process, uint64_t activity)
{
        struct failures *failures = process->rare != NULL ? process->rare->failures : NULL;
        struct failed **link;

        if (failures == NULL)
                return;
        link = failed_find(failures, activity);
        if (*link != NULL)
                failed_remove(failures, link);
}

void failure_set(struct process *process, uint64_t activity, struct failure *failure)
{
        struct failures *failures = failure != NULL ? failures_of(process) : NULL;
        struct failed *failed;

        if (failures == NULL) {
                (void)failure_unref(failure);
                forget(process, activity);
                return;
        }
        failed = *failed_find(failures, activity);
        if (failed == NULL) {
                failed = malloc(sizeof *failed);
                if (failed == NULL) {
                        (void)failure_unref(failure);
                        return;
                }
                make_room(failures);
                *failed = (struct failed){*bucket_of(failures, activity), activity, NULL};
                *bucket_of(failures, activity) = failed;
                failures->count++;
        }
        (void)failure_unref(failed->failure);
        failed->failure = failure;
}

/* ---- What a program calls */

/* The handle of the running activity; 0: there is none. */
static uint64_t running(void)
{
        const struct activity *activity = worker_self()->activity;

        return activity == NULL ? 0
                                : (uint64_t)activity->segment.generation << 32 |
                                          stack_ref_of(activity);
}

static int fail(int error, bool because, const char *format, va_list arguments)
{
        char text[MORI_FAILURE_TEXT_MAX + 1];
        uint64_t activity = running();
        struct process *process;
        const struct failed *failed = NULL;
        const struct failures *failures;

        if (error >= 0 || activity == 0)
                return error;
        process = process_self();
        vsnprintf(text, sizeof text, format, arguments);
        failures = process->rare != NULL ? process->rare->failures : NULL;
        if (because && failures != NULL)
                failed = *failed_find(failures, activity);
        failure_set(process, activity,
                    failure_new(error, failed != NULL ? failed->failure : NULL, text, NULL));
        return error;
}

int mori_fail(int error, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        error = fail(error, false, format, arguments);
        va_end(arguments);
        return error;
}

int mori_fail_because(int error, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        error = fail(error, true, format, arguments);
        va_end(arguments);
        return error;
}

void mori_failure_get(int error, struct mori_failure *ret_failure)
{
        const struct failure *failure = failure_of(process_self(), running(), error);

        memset(ret_failure, 0, sizeof *ret_failure);
        ret_failure->error = error;
        ret_failure->kind = mori_failure_kind_of(error);
        if (failure == NULL)
                return;
        ret_failure->links_count = failure->links_count;
        ret_failure->links_left_out = failure->links_left_out;
        memcpy(ret_failure->links, failure->links,
               failure->links_count * sizeof failure->links[0]);
        memcpy(ret_failure->text, failure_text(failure), failure->text_bytes);
}

char *mori_failure_describe(int error, char *text, size_t bytes)
{
        return failure_describe(error, failure_of(process_self(), running(), error), text, bytes);
}

/* ---- Words */

static void say_link(struct words *words, const struct mori_failure_link *link)
{
        if (link->method[0] != '\0')
                words_add(words, "%s%s", link->method, link->process[0] != '\0' ? " of " : "");
        if (link->process[0] != '\0')
                words_add(words, "process %s", link->process);
}

static void say_error(struct words *words, int error)
{
        const char *name = error < 0 && error >= -ERRNO_MAX ? strerrorname_np(-error) : NULL;

        if (name != NULL)
                words_add(words, " [%s]", name);
        else
                words_add(words, " [%d]", error);
}

char *failure_describe(int error, const struct failure *failure, char *text, size_t bytes)
{
        struct words words = {text, 0, bytes};
        const char *why = error < 0 && error >= -ERRNO_MAX ? strerrordesc_np(-error) : NULL;
        uint32_t count = failure != NULL ? failure->links_count : 0;

        if (bytes == 0)
                return text;
        text[0] = '\0';
        if (failure != NULL && failure->text_bytes != 0)
                why = failure_text(failure);
        words_add(&words, "%s", why != NULL ? why : "unknown failure");
        say_error(&words, error);
        for (uint32_t i = 0; i < count; i++) {
                const struct mori_failure_link *link = &failure->links[i];

                if (i + 1 == count && failure->links_left_out != 0)
                        words_add(&words, ", and so on, through %u more",
                            (unsigned)failure->links_left_out);
                words_add(&words, i == 0 ? ", answered by " : ", because of ");
                say_link(&words, link);
                if (link->error != error)
                        say_error(&words, link->error);
        }
        return text;
}

void failure_report(const struct process *process, uint64_t activity, int error)
{
        const struct failure *failure = failure_of(process, activity, error);

        if (failure == NULL)
                return;
        if (failure->text_bytes != 0)
                base_report("mori:   %.960s", failure_text(failure));
        for (uint32_t i = 0; i < failure->links_count; i++) {
                char text[sizeof failure->links[0] + 32];
                struct words words = {text, 0, sizeof text};

                say_link(&words, &failure->links[i]);
                say_error(&words, failure->links[i].error);
                if (i + 1 == failure->links_count && failure->links_left_out != 0)
                        base_report("mori:   and so on, through %u more",
                                    (unsigned)failure->links_left_out);
                base_report("mori:   %s %s", i == 0 ? "answered by" : "because of", text);
        }
}
