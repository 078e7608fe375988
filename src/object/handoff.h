/* SPDX-License-Identifier: MIT */
/*
 * Hand-off: who was given a reference to an object of a third process comes to call that process
 * directly, and whoever has passed it on leaves the way. docs/object.md says how; here is what the
 * rest of the layer calls.
 */
#pragma once

#include "object/connection.h"

/* The interface of the call that asks for a hand-off. Those of schemas have the highest bit set. */
#define HANDOFF_INTERFACE 1u
/* Hand-offs that a process has under way. */
#define HANDOFFS_MAX 1024u

static inline bool is_handoff(const struct call_head *head)
{
        return unlikely(head->interface == HANDOFF_INTERFACE);
}

/* Asks for it, where that can be now. */
void handoff_begin(struct capability *capability);

/* It is tried again after some calls more, each time after twice as many. */
void handoff_later(struct capability *capability);

/* It is about to be called: what is to be called instead. The first call goes as it came. */
static inline struct capability *handoff_used(struct capability *capability)
{
        if (likely(capability->elsewhere == 0) || !capability->called)
                return capability;
        handoff_begin(capability);
        return capability_resolve(capability);
}

/* The same of one that is kept. */
static inline struct capability *handoff_kept(struct capability *capability)
{
        if (likely(capability->elsewhere == 0))
                return capability;
        handoff_begin(capability);
        return capability_resolve(capability);
}

/* The call has come to where the capability is. */
void handoff_arrived(struct capability *capability, const struct message *message,
                     struct answer *answer);
/* The call has come to a reference that is being handed off, or is still to come. */
void handoff_refused(const struct question *question, const struct message *message,
                     struct answer *answer);
/* A capability has come from the process that it belongs to. */
void handoff_taken(struct objects *objects, const struct message *message, struct answer *answer);
/* What was asked with a question of ours was answered. */
void handoff_answered(struct question *question, int error);
/* The way that a reference which is being handed off had before; NULL: it is not any more. */
struct capability *handoff_old(const struct question *question);
/* What calls of a reference that is being handed off would answer, as far as that is known. */
int handoff_status(const struct question *question);
/* The end of the process. */
void handoffs_free_all(struct objects *objects);
