/* SPDX-License-Identifier: MIT */
/*
 * Letters: what comes for a process from elsewhere.
 *
 *      seat_post(): any thread ------------------+
 *      seat_forward(): a completion of an        |--> process->letters --process_news_take()--+
 *        engine whose seat has not got it -------+                                             |
 *      a timer of another seat's wheel ---------------> process->fired ------------------------+
 *                                                                                              |
 *                  completions and timers: done at once, oldest first <------------------------+
 *                  posts: in process->posts, each begins a turn in the process's turn <--------+
 *
 * A completion must not be lost for want of memory, so a seat that may have to forward some has
 * empty letters for them before it asks its engine.
 */
#include "turn/bell.h"
#include "turn/bond.h"
#include "turn/domain.h"
#include "turn/process.h"
#include "turn/seat.h"

#include <errno.h>
#include <stdlib.h>

#define LETTERS_KEPT 2048

struct letter *letter_new(struct seat *seat)
{
        struct letter *letter = seat->letters;

        if (letter == NULL)
                return malloc(sizeof *letter);
        seat->letters = letter->next;
        seat->letters_count--;
        return letter;
}

void letter_free(struct seat *seat, struct letter *letter)
{
        if (seat == NULL || seat->letters_count >= LETTERS_KEPT) {
                free(letter);
                return;
        }
        letter->next = seat->letters;
        seat->letters = letter;
        seat->letters_count++;
}

void letters_free(struct letter *letter)
{
        while (letter != NULL) { /* too late for the process */
                struct letter *next = letter->next;

                free(letter);
                letter = next;
        }
}

uint32_t letters_reserve(struct seat *seat, uint32_t count)
{
        while (seat->letters_count < count) {
                struct letter *letter = malloc(sizeof *letter);

                if (letter == NULL)
                        break;
                letter->next = seat->letters;
                seat->letters = letter;
                seat->letters_count++;
        }
        return seat->letters_count < count ? seat->letters_count : count;
}

void letter_send(struct process *process, struct letter *letter)
{
        struct letter *head = atomic_load_relaxed(&process->letters);

        do
                letter->next = head;
        while (!atomic_compare_exchange(&process->letters, &head, letter));
        process_notify(process, NEWS_LETTERS);
}

int seat_post(struct seat *seat, struct process *process,
              void (*run)(struct seat *, void *, void *), void *first, void *second)
{
        struct letter *letter = malloc(sizeof *letter);

        (void)seat;
        if (letter == NULL)
                return -ENOMEM;
        *letter = (struct letter){.run = run, {{.first = first, .second = second}}};
        letter_send(process, letter);
        return 0;
}

void seat_forward(struct seat *seat, struct process *process, struct platform_op *op,
                  int32_t result, uint32_t flags, uint16_t buffer)
{
        struct letter *letter = letter_new(seat);

        assert_always(letter != NULL); /* there was room: letters_reserve() */
        *letter = (struct letter){.completion = {op, result, flags, buffer}};
        letter_send(process, letter);
}

static void letters_take(struct seat *seat, struct process *process)
{
        struct letter *letter = atomic_exchange(&process->letters, NULL), *oldest = NULL;

        while (letter != NULL) {
                struct letter *next = letter->next;

                letter->next = oldest;
                oldest = letter;
                letter = next;
        }
        while ((letter = oldest) != NULL) {
                oldest = letter->next;
                if (letter->run != NULL) {
                        letter->next = NULL;
                        *process->posts_end = letter;
                        process->posts_end = &letter->next;
                } else {
                        struct platform_completion completion = letter->completion;

                        letter_free(seat, letter);
                        operation_completed(CONTAINER_OF(completion.op, struct operation, op),
                                            completion.result, completion.flags,
                                            completion.buffer);
                }
        }
}

static void fired_take(struct process *process)
{
        uintptr_t base = (uintptr_t)stack_arena;
        struct timer *timer;

        for (;;) {
                base_lock(&process->fired_lock);
                timer = timer_list_first(&process->fired, base);
                if (timer != NULL)
                        timer_list_remove(&process->fired, base, timer);
                base_unlock(&process->fired_lock);
                if (timer == NULL)
                        break;
                timer->seat = 0;
                timer->fire(timer);
        }
}

void process_news_take(struct process *process)
{
        struct seat *seat = worker_self()->seat;
        uint32_t news;

        while ((news = atomic_exchange(&process->news, 0)) != 0) {
                if (news & NEWS_LETTERS)
                        letters_take(seat, process);
                if (news & NEWS_TIMERS)
                        fired_take(process);
                if (news & NEWS_BELLS)
                        bells_take(process);
                if (news & NEWS_TOLD)
                        bond_news_take(process);
                if (news & NEWS_DEADLOCK)
                        domain_deadlock_report(process);
                if (news & NEWS_END)
                        process_end_as(process, END_KILLED, 0, NULL);
        }
}

void process_kill(struct process *process)
{
        process_notify(process, NEWS_END);
}
