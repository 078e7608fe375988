/* SPDX-License-Identifier: MIT */
/* Ends of processes, as values. See end.h. */
#include "turn/end.h"

#include "base/atomic.h"
#include "turn/process.h"

#include <stdlib.h>
#include <string.h>

/* Of all for which there was no memory. Nobody counts its references. */
static struct end_detail detail_lost = {.text = "(no memory was left to say more)"};

void end_name_copy(char to[END_NAME_MAX + 1], const char *name)
{
        size_t bytes = strnlen(name, END_NAME_MAX);

        memcpy(to, name, bytes);
        memset(to + bytes, 0, END_NAME_MAX + 1 - bytes);
}

struct end_detail *end_detail_new(const char *text)
{
        struct end_detail *detail = calloc(1, sizeof *detail);

        if (detail == NULL)
                return &detail_lost;
        detail->references = 1;
        memcpy(detail->text, text, strnlen(text, END_TEXT_MAX));
        return detail;
}

static void cause_add(struct end_detail *detail, const struct end_cause *cause)
{
        if (detail->causes_count < END_CAUSES_MAX) {
                detail->causes[detail->causes_count++] = *cause;
        } else { /* the last one stays: with it all began */
                detail->causes[END_CAUSES_MAX - 1] = *cause;
                detail->causes_left_out++;
        }
}

struct end_detail *end_detail_of(const struct process *process)
{
        const struct end_detail *before = process->end.detail;
        struct end_detail *detail = end_detail_new(before != NULL ? before->text : "");
        struct end_cause cause = {
                .kind = process->end.kind,
                .code = process->end.code,
                .process = process_handle(process),
        };
        uint32_t i;

        if (detail == &detail_lost)
                return detail;
        end_name_copy(cause.name, process->name);
        cause_add(detail, &cause);
        for (i = 0; before != NULL && i < before->causes_count; i++) {
                /* what was left out before the last one is left out here, too */
                if (i + 1 == before->causes_count)
                        detail->causes_left_out += before->causes_left_out;
                cause_add(detail, &before->causes[i]);
        }
        return detail;
}

struct end_detail *end_detail_ref(struct end_detail *detail)
{
        if (detail != NULL && detail != &detail_lost)
                atomic_add(&detail->references, 1);
        return detail;
}

struct end_detail *end_detail_unref(struct end_detail *detail)
{
        if (detail != NULL && detail != &detail_lost &&
            atomic_add(&detail->references, -1u) == 0)
                free(detail);
        return NULL;
}

void end_tell(const struct process *process, struct end_told *ret_told)
{
        ret_told->end = process->end;
        (void)end_detail_ref(process->end.detail);
        ret_told->process = process_handle(process);
        end_name_copy(ret_told->name, process->name);
}
