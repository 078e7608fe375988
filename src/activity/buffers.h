/* SPDX-License-Identifier: MIT */
/* Transfers in registered buffers, for the calls that make them (mori/buffers.h). */
#pragma once

#include "activity/wait.h"

/*
 * wait_operation() for a READ, a WRITE or a SEND with ZERO_COPY, of a process that has areas. Where
 * the bytes lie in one, the operation names it, has the area as its owner and `done` as its
 * completion, which then calls buffers_done() in place of wait_operation_done().
 */
int64_t buffers_wait(struct operation *operation,
                     void (*done)(struct operation *operation, int32_t result, uint32_t flags,
                                  uint16_t buffer));
void buffers_done(struct operation *operation, int32_t result, uint32_t flags, uint16_t buffer);
