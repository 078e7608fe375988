/* SPDX-License-Identifier: MIT */
/*
 * Streams. A capability over which calls of a stream were made has a struct stream: how much of
 * them is under way, and who has called and waits until that is less. The call is made at once,
 * whoever waits, and so is in its place; what waits is its caller, for room for the next one. (So
 * has it the FlowController of Cap'n Proto's C++, rpc.c++.)
 *
 *      mori_object_stream() --> asked --stream_asked(): room--> goes on
 *                                 |            |
 *                                 |          waits --there is room, or it was returned--> goes on
 *                                 v
 *                        stream_returned() --failed--> the stream has failed, and tells who waits
 *
 * The window is open where less than it is under way, or no more than the largest call: so a call
 * that is larger than the window is made, too.
 *
 * Invariants.
 *  (1) `bytes` and `calls` are those of the questions that have the stream and are not returned.
 *  (2) Who waits does so on its own question, the last that it has asked, which is in the list.
 *  (3) Nobody waits where the window is open, or the stream has failed.
 *  (4) Its capability has a stream, and what the capability becomes has it from then on. A question
 *      holds the capability: what is promised is not given up because nobody else wants it.
 */
#include "object/stream.h"

#include "object/failing.h"

#include "turn/domain.h"

#define CALLS_MAX 1024u
/* What a call counts besides its parameters. */
#define CALL_BYTES 64u

struct stream {
        uint32_t calls;
        uint64_t bytes, window, largest;
        int error;
        struct failure *failure;
        struct question *first, **last; /* behind which somebody waits for room */
};

void stream_free(struct stream *stream)
{
        if (stream == NULL)
                return;
        (void)failure_unref(stream->failure);
        free(stream);
}

struct stream *stream_of(struct capability *capability)
{
        const struct domain *domain = capability->objects->process->domain;
        struct stream *stream = capability->stream;

        if (stream != NULL)
                return stream;
        stream = calloc(1, sizeof *stream);
        if (stream == NULL)
                return NULL;
        stream->window = domain->stream_window != 0 ? domain->stream_window : MORI_STREAM_WINDOW;
        stream->last = &stream->first;
        capability->stream = stream;
        return stream;
}

int stream_status(struct objects *objects, struct stream *stream)
{
        return stream->error < 0 ? call_refused(objects, stream->error, stream->failure) : 0;
}

static bool is_open(const struct stream *stream)
{
        return stream->calls < CALLS_MAX &&
               (stream->bytes < stream->window || stream->bytes <= stream->largest);
}

/* Who waits behind it goes on. */
static void wake(const struct stream *stream, struct question *question)
{
        struct activity *waiter = question->stream.waiter;

        question->stream.waiter = NULL;
        if (stream->error < 0)
                activity_fails(question->objects, waiter, failure_ref(stream->failure));
        process_wake(question->objects->process, waiter, stream->error);
}

static void wake_all(struct stream *stream)
{
        struct question *question;

        while ((question = stream->first) != NULL) {
                stream->first = question->stream.next;
                wake(stream, question);
        }
        stream->last = &stream->first;
}

/* What a question is a call of. */
static struct stream *stream_at(const struct question *question)
{
        return capability_resolve(question->stream.over)->stream;
}

/* Nobody waits behind it any more. */
static void forget(struct stream *stream, struct question *question)
{
        struct question **link = &stream->first;

        while (*link != question)
                link = &(*link)->stream.next;
        *link = question->stream.next;
        if (stream->last == &question->stream.next)
                stream->last = link;
}

int64_t stream_asked(struct capability *capability, struct question *question)
{
        struct stream *stream = capability->stream;

        if (question->params_bytes == 0)
                question->params_bytes = question->method->params_data * 8u;
        question->params_bytes += CALL_BYTES;
        question->streams = true;
        question->stream.over = capability_hold(capability);
        question->wanted = true; /* it is not cancelled because nobody waits for it */
        stream->calls++;
        stream->bytes += question->params_bytes;
        if (stream->largest < question->params_bytes)
                stream->largest = question->params_bytes;
        if (is_open(stream))
                return 0;
        question->stream.next = NULL;
        *stream->last = question;
        stream->last = &question->stream.next;
        question->stream.waiter = wait_begin(ACTIVITY_STATE_WAITING_CALL, question);
        return WAIT_SUSPEND;
}

void stream_returned(struct question *question, int error)
{
        struct capability *capability = question->stream.over;
        struct stream *stream = stream_at(question);

        stream->calls--;
        stream->bytes -= question->params_bytes;
        if (error < 0 && stream->error == 0) {
                stream->error = error;
                stream->failure = failure_ref(question->failure);
        }
        if (question->stream.waiter != NULL) {
                forget(stream, question);
                wake(stream, question);
        }
        if (stream->first != NULL && (stream->error < 0 || is_open(stream)))
                wake_all(stream);
        question->streams = false;
        question->wanted = false;
        capability_drop(capability);
}

void stream_interrupt(struct question *question)
{
        struct activity *waiter = question->stream.waiter;

        forget(stream_at(question), question);
        question->stream.waiter = NULL;
        process_wake(question->objects->process, waiter, 0); /* the call was made */
}

void stream_pass(struct capability *from, struct capability *to)
{
        struct stream *stream = from->stream, *same;

        from->stream = NULL;
        to = capability_resolve(to);
        if (to->stream == NULL) {
                to->stream = stream;
                return;
        }
        same = to->stream;
        same->calls += stream->calls;
        same->bytes += stream->bytes;
        if (same->largest < stream->largest)
                same->largest = stream->largest;
        if (same->window < stream->window)
                same->window = stream->window;
        if (stream->error < 0 && same->error == 0) {
                same->error = stream->error;
                same->failure = failure_ref(stream->failure);
        }
        if (stream->first != NULL) {
                *same->last = stream->first;
                same->last = stream->last;
        }
        if (same->error < 0 || is_open(same))
                wake_all(same);
        stream_free(stream);
}

int mori_ref_window(mori_ref ref, size_t bytes)
{
        struct objects *objects = objects_self();
        struct capability *capability;
        struct stream *stream;

        if (bytes == 0 || bytes > MORI_STREAM_WINDOW_MAX)
                return -EINVAL;
        capability = objects != NULL ? reference_find(objects, ref) : NULL;
        if (capability == NULL)
                return objects != NULL ? -EBADF : -ENOMEM;
        stream = stream_of(capability);
        if (stream == NULL)
                return -ENOMEM;
        stream->window = bytes;
        if (is_open(stream))
                wake_all(stream);
        return 0;
}
