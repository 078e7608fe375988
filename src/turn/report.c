/* SPDX-License-Identifier: MIT */
/*
 * Reports. Places are functions, from the symbol tables of the files that were loaded; behind each
 * stands the module with the offset, which `addr2line -e MODULE OFFSET` turns into a line.
 *
 * The stack is walked by the compiler's unwinder. It follows the CFI of gates from the classical
 * stack to a segment and that of __morestack from segment to segment, and stops where
 * mori_activity_base says that nothing is above.
 */
#include "turn/report.h"

#include "platform/symbol.h"

#include <string.h>
#include <unwind.h>

#define FRAMES_MAX 24

const char *report_state(uint8_t state)
{
        static const char *const words[] = {
#define WORDS(name, wait, text) [ACTIVITY_STATE_##name] = (text),
                ACTIVITY_STATES(WORDS)
#undef WORDS
        };

        return state < ELEMENTS(words) && words[state] != NULL ? words[state]
                                                               : "in a state without a name";
}

void report_activity(const struct activity *activity)
{
        char place[256];

        if (activity == NULL)
                return;
        base_report("mori:   in the activity started at %s, causality %llu, %s",
                    platform_place(activity_start_site(activity), place, sizeof place),
                    (unsigned long long)activity->causality, report_state(activity->segment.state));
}

static _Unwind_Reason_Code report_frame(struct _Unwind_Context *context, void *argument)
{
        unsigned *count = argument;
        /* NOLINT: an address is all there is */
        const char *address = (const char *)_Unwind_GetIP(context);
        char place[256];

        if (address == NULL || address == mori_activity_base || (*count)++ >= FRAMES_MAX)
                return _URC_END_OF_STACK;
        base_report("mori:   #%u %s", *count - 1, platform_place(address, place, sizeof place));
        return _URC_NO_REASON;
}

void report_stack(void)
{
        unsigned count = 0;

        _Unwind_Backtrace(report_frame, &count);
}

static _Unwind_Reason_Code find_frame(struct _Unwind_Context *context, void *argument)
{
        struct place_found *found = argument;
        int interrupted = 0;
        /* NOLINTNEXTLINE: an address is all there is */
        const char *address = (const char *)_Unwind_GetIPInfo(context, &interrupted);

        if (address == NULL || address == mori_activity_base)
                return _URC_END_OF_STACK;
        if (interrupted && found->address == NULL)
                found->address = address;
        /* FNV-1a, by words */
        found->stack = (found->stack ^ _Unwind_GetRegionStart(context)) * 0x100000001b3u;
        return _URC_NO_REASON;
}

void report_stack_find(struct place_found *ret_found)
{
        *ret_found = (struct place_found){.stack = 0xcbf29ce484222325u};
        _Unwind_Backtrace(find_frame, ret_found);
}
