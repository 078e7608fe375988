/* SPDX-License-Identifier: MIT */
/*
 * Membranes inside: how calls go through one (membrane.c), and what is called for that.
 */
#pragma once

#include "object/connection.h"

/* A call of a wrapped capability, whose message is only read. */
void wrapped_deliver(struct capability *wrapped, const struct call_head *head,
                     const struct message *message, struct answer *answer);
/* What was asked on the other side has come, for who has called over the wrapped capability. */
void crossing_return(struct question *question, int error, const struct message *results);
/* It is none any more. The hold of what it has wrapped is the caller's. */
void wrapped_forget(struct capability *wrapped);
/* The end of the process. */
void membranes_free_all(struct objects *objects);
