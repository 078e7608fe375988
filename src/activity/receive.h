/* SPDX-License-Identifier: MIT */
/* Receiving from sockets: see receive.c. */
#pragma once

#include "turn/process.h"

struct receiver;

/* The first half of a read from a socket: a count, 0 at the end, an error, or WAIT_SUSPEND. */
int64_t receive_begin(struct process *process, struct file *file, void *buffer, size_t bytes);
/*
 * The file is being closed: whoever waits is answered -EBADF, the subscription is ended. True where its last completion is still to come; the running
 * activity, whose state is then QUIET, is woken by it.
 */
bool receive_close_begin(struct process *process, struct file *file);
/* Frees the receiver, which has no subscription any more, and what it holds. */
void receive_close(struct process *process, struct file *file);
