/* SPDX-License-Identifier: MIT */
/*
 * `mori why`: for whom an activity waits, for whom that one waits, and so on, down to what will end
 * it or to a circle; and who started whom, up to the program's entry. See man/mori-why.1.
 */
#include "census.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>

#define CHAIN_MAX 100000 /* told at most */
#define TOLD_MAX 1000

static void entry_print(struct target *target, const struct census *census,
                        const struct entry *entry, const char *before, char *wait, size_t bytes,
                        uint32_t *ret_number)
{
        struct inspect_reader *reader = target_reader(target);
        const char *state = inspect_state(reader, entry->activity.state, NULL);
        struct place place;
        char at[320] = "", started[320], number[32];

        snprintf(number, sizeof number, "in state %u", entry->activity.state);
        if (census_at(target, entry, &place))
                place_print(&place, at, sizeof at);
        target_place(target, entry->activity.start_site - 1, &place);
        place_print(&place, started, sizeof started);
        census_wait(target, census, entry, wait, bytes, ret_number);
        printf("%sactivity %u: %s%s%s%s%s%s\n", before, entry->activity.number,
               state ? state : number, wait[0] ? ": " : "", wait,
               entry->activity.cancel ? ", cancelled" : "", at[0] ? ", at " : "", at);
        printf("%*s  started at %s\n", (int)strspn(before, " "), "", started);
}

/* The end of a chain of waits, as a sentence: what has to happen. */
static const char *end_of(struct inspect_reader *reader, const struct entry *entry)
{
        uint8_t wait;

        inspect_state(reader, entry->activity.state, &wait);
        switch (wait) {
        case INSPECT_WAIT_OPERATION:
        case INSPECT_WAIT_RECEIVER:
                return "It goes on when the kernel, or the peer, answers.";
        case INSPECT_WAIT_TIMER:
                return "It goes on when its timer fires.";
        case INSPECT_WAIT_ITEM:
                return entry->sends ? "It goes on when somebody receives from the queue."
                                    : "It goes on when somebody sends to the queue, or closes it.";
        case INSPECT_WAIT_SELECT:
                return "It goes on when the first of these happens.";
        case INSPECT_WAIT_OBJECT:
        case INSPECT_WAIT_LOCK:
        case INSPECT_WAIT_RWLOCK:
        case INSPECT_WAIT_ONCE:
                return "It goes on when somebody gives it the object.";
        case INSPECT_WAIT_ACTIVITY:
                return "Whom it waits for could not be read.";
        default:
                if (entry->frame != 0)
                        return "It has started another and goes on when that waits.";
                if (entry->thread != 0)
                        return "It runs.";
                return "It goes on when it has its turn.";
        }
}

/* Down the waits; the exit code. */
static int waits_print(struct target *target, const struct census *census, const struct entry *from)
{
        uint32_t *seen = calloc(CHAIN_MAX, sizeof *seen), next;
        const struct entry *entry = from;
        size_t count = 0, i;
        char wait[512];
        int code = 0;

        if (seen == NULL)
                return EXIT_PROGRAM;
        for (;;) {
                if (count < TOLD_MAX)
                        entry_print(target, census, entry, count ? "  which waits for " : "", wait,
                                    sizeof wait, &next);
                else
                        census_wait(target, census, entry, wait, sizeof wait, &next);
                seen[count++] = entry->activity.number;
                if (next == 0 || census_find(census, next) == NULL) {
                        printf("%s\n", end_of(target_reader(target), entry));
                        break;
                }
                for (i = 0; i < count && seen[i] != next; i++)
                        ;
                if (i < count) {
                        printf("which waits for activity %u again: a circle of %zu. Nobody in it "
                               "can go on.\n",
                               next, count - i);
                        code = EXIT_CIRCLE;
                        break;
                }
                if (count == CHAIN_MAX) {
                        printf("The chain is longer than %d: not followed further.\n", CHAIN_MAX);
                        code = EXIT_INCOMPLETE;
                        break;
                }
                entry = census_find(census, next);
        }
        if (count > TOLD_MAX)
                printf("(%zu links were left out)\n", count - TOLD_MAX);
        free(seen);
        return code;
}

static void waiters_print(const struct census *census, struct target *target, uint32_t number)
{
        size_t i, count = 0;

        for (i = 0; i < census->count; i++) {
                uint32_t next;
                char wait[512];

                census_wait(target, census, &census->entries[i], wait, sizeof wait, &next);
                if (next == number && count++ < 8)
                        printf("%s %u", count == 1 ? "It is waited for by activity" : ",",
                               census->entries[i].activity.number);
        }
        if (count > 8)
                printf(" and %zu more", count - 8);
        if (count > 0)
                printf(".\n");
}

/* Up the owners. */
static void causes_print(struct target *target, const struct census *census,
                         const struct entry *entry)
{
        size_t count = 0;

        printf("Its cause is %llu.", (unsigned long long)entry->activity.causality);
        while (entry->owner != 0 && count++ < TOLD_MAX) {
                const struct entry *owner = census_find(census, entry->owner);
                struct place place;
                char started[320];

                if (owner == NULL)
                        break;
                target_place(target, entry->activity.start_site - 1, &place);
                place_print(&place, started, sizeof started);
                printf("%s activity %u at %s", count == 1 ? " It was started in" : ",\n  that in",
                       owner->activity.number, started);
                entry = owner;
        }
        printf("%s\n", count == 0 ? " It is the program's entry, or what was posted."
                                  : ", which is the program's entry or was posted.");
}

int why(const char *what, const char *program, uint32_t number)
{
        struct target *target = target_open(what, program);
        const struct entry *entry;
        struct census census;
        int code, judged;

        if (target == NULL)
                return EXIT_PROGRAM;
        code = census_take(target, &census);
        if (code == 0) {
                entry = census_find(&census, number);
                if (entry == NULL) {
                        fprintf(stderr, "mori: %s has no activity %u; `mori ps` lists them\n",
                                target_name(target), number);
                        code = EXIT_NOBODY;
                } else {
                        code = waits_print(target, &census, entry);
                        waiters_print(&census, target, number);
                        causes_print(target, &census, entry);
                }
                if (fflush(stdout) != 0 || ferror(stdout))
                        code = EXIT_PROGRAM;
                judged = census_judge(target, &census);
                if (code == 0)
                        code = judged;
                census_free(&census);
        }
        target_close(target);
        return code;
}
