/* SPDX-License-Identifier: MIT */
/* Failures of calls, as messages and from messages. See failing.h. */
#include "object/failing.h"

#include "activity/activity.h"

#include <errno.h>
#include <string.h>

/* Where the fields are: as capnp compile places them. */
enum {
        FAILURE_WORDS = 2,
        FAILURE_POINTERS = 3,
        FAILURE_TYPE = 2,     /* in 16 bits */
        FAILURE_LEFT_OUT = 3, /* the same */
        FAILURE_ERROR = 2,    /* in 32 bits */
        FAILURE_REASON = 0,   /* pointers */
        FAILURE_LINKS = 2,
        LINK_WORDS = 1,
        LINK_POINTERS = 2,
};

/* ---- Putting */

static int text_put(struct mori_wire_slot slot, const char *text)
{
        return mori_wire_new_text(slot, text, (uint32_t)strlen(text));
}

static int links_put(struct mori_wire_slot slot, const struct failure *failure)
{
        struct mori_wire_elements links;
        int error = mori_wire_new_structs(slot, failure->links_count, LINK_WORDS, LINK_POINTERS,
                                          &links);

        for (uint32_t i = 0; i < failure->links_count && error == 0; i++) {
                const struct mori_failure_link *link = &failure->links[i];
                struct mori_wire_writer to = mori_wire_elements_struct(&links, i);

                mori_wire_put_u32(&to, 0, (uint32_t)link->error, 0);
                error = text_put(mori_wire_writer_slot(&to, 0), link->process);
                if (error == 0)
                        error = text_put(mori_wire_writer_slot(&to, 1), link->method);
        }
        return error;
}

static int failure_put(const struct failure *failure, const struct mori_wire_writer *to)
{
        enum mori_failure_kind kind = mori_failure_kind_of(failure->error);
        int error;

        if (kind > MORI_FAILURE_UNIMPLEMENTED) /* those that rpc.capnp does not know */
                kind = MORI_FAILURE_FAILED;
        mori_wire_put_u16(to, FAILURE_TYPE, (uint16_t)kind, 0);
        mori_wire_put_u32(to, FAILURE_ERROR, (uint32_t)failure->error, 0);
        mori_wire_put_u16(to, FAILURE_LEFT_OUT, failure->links_left_out, 0);
        error = text_put(mori_wire_writer_slot(to, FAILURE_REASON), failure_text(failure));
        if (error == 0 && failure->links_count != 0)
                error = links_put(mori_wire_writer_slot(to, FAILURE_LINKS), failure);
        return error;
}

void answer_fail_because(struct answer *answer, int error, const struct failure *failure)
{
        struct mori_wire_writer root;
        struct message message;
        struct draft draft;

        if (failure == NULL || answer->finished ||
            draft_begin(&draft, FAILURE_WORDS, FAILURE_POINTERS, &root) < 0) {
                answer_fail(answer, error);
                return;
        }
        if (failure_put(failure, &root) == 0 &&
            draft_written(&draft, answer->objects, &message) == 0)
                answer_return(answer, error, &draft, &message);
        else
                answer_fail(answer, error);
        draft_end(&draft);
}

void answer_refuse(struct answer *answer, int error, const struct failure *failure)
{
        answer->incoming = NULL;
        answer_fail_because(answer, error, failure);
}

/* ---- Getting */

struct got {
        int error;
        struct failure *failure;
};

static int failure_get(void *of, const struct mori_wire_reader *from)
{
        struct got *got = of;
        struct mori_wire_text reason =
                mori_wire_read_text(mori_wire_reader_pointer(from, FAILURE_REASON));
        struct mori_wire_list links = mori_wire_read_list(
                mori_wire_reader_pointer(from, FAILURE_LINKS), MORI_WIRE_COMPOSITE);
        uint32_t count = links.count;

        got->failure = failure_new(got->error, NULL, reason.bytes, NULL);
        if (count > MORI_FAILURE_LINKS_MAX)
                count = MORI_FAILURE_LINKS_MAX;
        while (got->failure != NULL && count-- > 0) {
                struct mori_wire_reader at = mori_wire_element_struct(&links, count);
                struct mori_failure_link link;
                struct failure *before = got->failure;
                int32_t error = (int32_t)mori_wire_u32(&at, 0, 0);

                if (error >= 0 || error < -ERRNO_MAX)
                        error = -EREMOTEIO;
                failure_link_set(&link, error,
                                 mori_wire_read_text(mori_wire_reader_pointer(&at, 0)).bytes,
                                 mori_wire_read_text(mori_wire_reader_pointer(&at, 1)).bytes);
                got->failure = failure_new(got->error, before, NULL, &link);
                (void)failure_unref(before);
        }
        if (got->failure != NULL)
                got->failure->links_left_out = mori_wire_u16(from, FAILURE_LEFT_OUT, 0);
        return 0;
}

/* What a message says; NULL: nothing, or it is not to be read. */
static struct failure *failure_read(int error, const struct message *message)
{
        struct got got = {error, NULL};

        if (message->words_count == 0)
                return NULL;
        if (message_read(message, &got, failure_get) < 0)
                return failure_unref(got.failure);
        return got.failure;
}

struct failure *question_failure(const struct question *question, int error,
                                 const struct message *results)
{
        const struct connection *connection = question->connection;
        const char *method = question->method != NULL ? question->method->name : "";
        struct mori_failure_link link;
        struct failure *cause, *failure;

        if (connection != NULL && connection->broken == error)
                cause = failure_ref(connection->failure);
        else
                cause = failure_read(error, results);
        if (connection == NULL) { /* near, or passed on by ourselves: who answered stands there */
                if (cause != NULL && cause->links_count != 0 && cause->links[0].method[0] == '\0')
                        failure_link_set(&cause->links[0], cause->links[0].error,
                                         cause->links[0].process, method);
                return cause;
        }
        failure_link_set(&link, error, connection_other(connection), method);
        failure = failure_new(error, cause, NULL, &link);
        (void)failure_unref(cause);
        return failure;
}
