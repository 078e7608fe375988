/* SPDX-License-Identifier: MIT */
/*
 * Streams, on the side of who calls: calls of methods that the schema calls a stream are under way
 * over a capability without a wait for each, as many as the window takes. See stream.c; what such a
 * call is for who serves it: object_break() in object.h.
 */
#pragma once

#include "object/connection.h"

struct stream;

/* Takes NULL. */
void stream_free(struct stream *stream);
/*
 * That of a capability, made where there is none; the capability's own. NULL: memory is exhausted.
 */
struct stream *stream_of(struct capability *capability);
/* 0, or what calls of the stream answer since one has failed, and it is told. */
int stream_status(struct objects *objects, struct stream *stream);
/*
 * A call of that of a capability was made. 0; or WAIT_SUSPEND, where there is no more room: the
 * running activity waits until there is.
 */
int64_t stream_asked(struct capability *capability, struct question *question);
/* It was returned: the question is not wanted any more. */
void stream_returned(struct question *question, int error);
/* Who waits behind it for room is cancelled: it waits no longer. */
void stream_interrupt(struct question *question);
/* A capability that has one is another capability from now on. */
void stream_pass(struct capability *from, struct capability *to);
