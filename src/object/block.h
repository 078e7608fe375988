/* SPDX-License-Identifier: MIT */
/*
 * Memory for what comes and goes with calls: pieces as they stand among stacks, of which many are
 * taken and given back by a few instructions each. Larger blocks are the C library's; so are all
 * where sanitizers look on.
 */
#pragma once

#include "stack/stack.h"

#include <stdlib.h>

#ifdef MORI_SANITIZED
#define BLOCK_PIECE_MAX 0u
#else
#define BLOCK_PIECE_MAX 512u
#endif
#define BLOCK_PIECE_MIN 48u

/* NULL where memory is exhausted; else zeroed, where it is small. */
static inline void *block_new(size_t bytes)
{
        if (unlikely(bytes > BLOCK_PIECE_MAX))
                return malloc(bytes);
        return stack_piece_new(bytes < BLOCK_PIECE_MIN ? BLOCK_PIECE_MIN : bytes);
}

static inline void *block_new_zero(size_t bytes)
{
        return bytes > BLOCK_PIECE_MAX ? calloc(1, bytes) : block_new(bytes);
}

/* `bytes` as it was asked for. */
static inline void block_free(void *block, size_t bytes)
{
        if (unlikely(bytes > BLOCK_PIECE_MAX))
                free(block);
        else
                stack_piece_free(block, bytes < BLOCK_PIECE_MIN ? BLOCK_PIECE_MIN : bytes);
}
