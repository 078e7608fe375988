/* SPDX-License-Identifier: MIT */
/*
 * Failures beside the errno (<mori/failure.h> has the nouns and the rules): the records, and which
 * activity of a process has failed with which.
 *
 * A record never changes, and is counted within its process. They stand in a table of the process,
 * under the handle of the activity, and not with the activity: so an activity that does not fail
 * knows nothing of it, and its end does not look. What ended activities have left there is swept
 * out when the table is to grow.
 */
#pragma once

#include "turn/process.h"

#include <mori/failure.h>

/* What is an errno, negated: the kernel's MAX_ERRNO. */
#define ERRNO_MAX 4095

struct failure {
        uint32_t count;
        int32_t error; /* below 0 */
        uint16_t links_count, links_left_out;
        uint32_t text_bytes; /* without the 0 behind it */
        struct mori_failure_link links[];
};

/* "" where there is none. */
static inline const char *failure_text(const struct failure *failure)
{
        return (const char *)(failure->links + failure->links_count);
}

static inline struct failure *failure_ref(struct failure *failure)
{
        if (failure != NULL)
                failure->count++;
        return failure;
}
/* Takes NULL. Returns NULL. */
struct failure *failure_unref(struct failure *failure);

/*
 * A new one, counted once: `error`, with what is known of its cause, which may be NULL. A text goes
 * before that of the cause, a link before its links; both may be NULL. NULL where memory is
 * exhausted.
 */
struct failure *failure_new(int error, const struct failure *cause, const char *text,
                            const struct mori_failure_link *link);
/* A link; names are cut to what is kept, and may be NULL. */
void failure_link_set(struct mori_failure_link *link, int error, const char *process,
                      const char *method);

/* What an activity, by its handle, has failed with, where that is `error`; or NULL. Not counted. */
struct failure *failure_of(const struct process *process, uint64_t activity, int error);
/* It fails with that: the count is taken over. NULL: nothing is known. */
void failure_set(struct process *process, uint64_t activity, struct failure *failure);

/* Says it on one line, as mori_failure_describe(); NULL: only the errno is known. */
char *failure_describe(int error, const struct failure *failure, char *text, size_t bytes);
/* A line of a report: of what is known besides the errno, if anything is. */
void failure_report(const struct process *process, uint64_t activity, int error);
