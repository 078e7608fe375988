/* SPDX-License-Identifier: MIT */
/*
 * Tokens: cancellation and a deadline that can be handed on. A token keeps a list of the blocks
 * that are attached to it; a block is attached to at most one. A promise is attached by a block of
 * no activity. Cancelling it cancels each of them,
 * and a block that attaches to a cancelled token is cancelled at once.
 */
#include "activity/activity.h"
#include "activity/wait.h"
#include "turn/seat.h"

#include <errno.h>

struct mori_token {
        struct owned owned;
        struct mori_scope *attached;
        _Alignas(16) struct timer timer;
};
static_assert(sizeof(struct mori_token) == 64, "a cache line, of which there may be a million");

/* What was asked of it: an enum cancel_level. */
static inline uint8_t token_level(const struct mori_token *token)
{
        return token->timer.note;
}

uint64_t token_deadline(const struct mori_token *token)
{
        return timer_due(&token->timer);
}

static void block_raise(struct mori_scope *block, uint8_t level)
{
        if (block->activity == 0)
                promise_token_raised(block, level);
        else
                activity_cancel_scope(activity_at(block->activity), block, level);
}

static void token_raise(struct mori_token *token, uint8_t level)
{
        struct mori_scope *block;

        if (token_level(token) >= level)
                return;
        token->timer.note = level & 3u;
        for (block = token->attached; block != NULL; block = block->token_next)
                block_raise(block, level);
}

static void token_fire(struct timer *timer)
{
        struct mori_token *token = CONTAINER_OF(timer, struct mori_token, timer);

        if (seat_timer_fires(timer, timer->process))
                token_raise(token, CANCEL_DEADLINE);
}

static void token_release(struct owned *owned)
{
        struct mori_token *token = (struct mori_token *)owned;

        if (timer_due(&token->timer) != 0)
                token->timer.process->deadlines--;
        seat_timer_stop(&token->timer);
        stack_piece_free(token, sizeof *token);
}

mori_token *mori_token_new(int64_t duration)
{
        struct mori_token *token = stack_piece_new(sizeof *token);

        if (token == NULL)
                return NULL;
        token->timer.fire = token_fire;
        process_own(process_self(), &token->owned, token_release);
        if (duration <= 0) {
                token->timer.note = CANCEL_DEADLINE;
        } else if (duration != MORI_FOREVER) {
                seat_timer_start(&token->timer, duration);
                token->timer.process->deadlines++;
        }
        return token;
}

void mori_token_cancel(mori_token *token)
{
        token_raise(token, CANCEL_HARD);
}

void mori_token_cancel_soft(mori_token *token)
{
        token_raise(token, CANCEL_SOFT);
}

mori_token *mori_token_free(mori_token *token)
{
        if (token == NULL)
                return NULL;
        if (token->attached != NULL)
                process_abandon("a token is freed while scopes are attached to it");
        process_disown(&token->owned);
        token_release(&token->owned);
        return NULL;
}

int mori_token_attach(mori_token *token)
{
        struct activity *activity = worker_self()->activity;
        struct mori_scope *block;

        if (activity->scope == stack_ref_of(&activity->children))
                return -EINVAL; /* no block: an activity as a whole is cancelled by its handle */
        block = stack_at(activity->scope);
        if (block->token != NULL)
                return -EBUSY;
        token_attach(token, block);
        return 0;
}

void token_attach(struct mori_token *token, struct mori_scope *block)
{
        block->token = token;
        block->token_next = token->attached;
        block->token_link = &token->attached;
        if (block->token_next != NULL)
                block->token_next->token_link = &block->token_next;
        token->attached = block;
        if (token_level(token) != CANCEL_NONE)
                block_raise(block, token_level(token));
}

void token_detach(struct mori_scope *block)
{
        if (block->token == NULL)
                return;
        *block->token_link = block->token_next;
        if (block->token_next != NULL)
                block->token_next->token_link = block->token_link;
        block->token = NULL;
}
