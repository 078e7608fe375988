/* SPDX-License-Identifier: MIT */
/*
 * `mori_inspect_root`: what a reader from outside must know of this program (inspect/root.h). It
 * stands here because the last layer knows all structures. It is written when the program begins,
 * so that a core file has it.
 */
#include "activity/root.h"

#include "activity/queue.h"
#include "activity/receive.h"
#include "activity/select_node.h"
#include "activity/sleep.h"
#include "inspect/gdb_script.h"
#include "inspect/here.h"
#include "platform/crew_threads.h"
#include "turn/seat.h"

#include <mori/lock.h>
#include <mori/scope.h>
#include <mori/sync.h>

#include <ctype.h>
#include <string.h>

#define STATES_COUNT(name, wait, words) +1
#define STATES_NUMBER (0 ACTIVITY_STATES(STATES_COUNT))
#define NAMES_MAX (PLATFORM_OP_CODES + 3)

/* The public type of a select's case has no tag. */
typedef mori_case is_mori_case;
#define IS(type) typedef struct type is_##type
IS(activity);
IS(mori_scope);
IS(mori_lock);
IS(mori_rwlock);
IS(mori_once);
IS(worker);
IS(seat);
IS(process);
IS(owned);
IS(operation);
IS(sleeper);
IS(timer);
IS(receiver);
IS(select_node);
IS(queue);
IS(crew);
IS(crew_thread);

struct tables {
        struct inspect_root root;
        struct inspect_field fields[INSPECT_FIELD_COUNT];
        struct inspect_state states[STATES_NUMBER];
        struct inspect_name names[NAMES_MAX];
        struct inspect_owned owned[2];
};

#define TABLE(member, entries)                                                                     \
        {                                                                                          \
                .offset = offsetof(struct tables, member), .count = (entries),                     \
                .unit = sizeof(((struct tables *)0)->member[0])                                    \
        }

extern struct tables mori_inspect_root;
MORI_API struct tables mori_inspect_root = {
        .root =
                {
                        .magic = INSPECT_MAGIC,
                        .version = INSPECT_VERSION,
                        .bytes = sizeof(struct tables),
#ifdef MORI_MAPPED
                        .mode = INSPECT_MAPPED,
#else
                        .mode = INSPECT_LINKED,
#endif
                        .ref_shift = STACK_REF_SHIFT,
                        .mori = MORI_VERSION,
                        .arena = &stack_arena,
                        .seats = &seats_all,
                        .fields = TABLE(fields, INSPECT_FIELD_COUNT),
                        .states = TABLE(states, STATES_NUMBER),
                        .names = TABLE(names, NAMES_MAX),
                        .owned = TABLE(owned, 2),
                },
        .fields =
                {
#define FIELD(type, name, member)                                                                  \
        {#type "." #name, offsetof(is_##type, member), sizeof(((is_##type *)0)->member)},
#define WHOLE(type) {#type ".is", 0, sizeof(is_##type)},
                        INSPECT_FIELDS(FIELD, WHOLE)
#undef FIELD
#undef WHOLE
                },
        .states =
                {
#define STATE(name, wait, words) {ACTIVITY_STATE_##name, INSPECT_WAIT_##wait, (words)},
                        ACTIVITY_STATES(STATE)
#undef STATE
                },
        .owned = {{INSPECT_OWNED_QUEUE, queue_release}, {INSPECT_OWNED_CREWS, crews}},
};

static void name_set(struct inspect_name *name, unsigned what, unsigned number, const char *words)
{
        size_t i;

        name->what = (uint16_t)what;
        name->number = (uint16_t)number;
        for (i = 0; words[i] != '\0' && i + 1 < sizeof name->words; i++)
                name->words[i] = (char)tolower((unsigned char)words[i]);
}

void root_prepare(void)
{
        struct inspect_name *name = mori_inspect_root.names;
        unsigned code;

        name_set(name++, INSPECT_NAME_PROCESS, PROCESS_RUNNING, "running");
        name_set(name++, INSPECT_NAME_PROCESS, PROCESS_ENDING, "ending");
        name_set(name++, INSPECT_NAME_PROCESS, PROCESS_GONE, "gone");
        for (code = PLATFORM_NOP; code < PLATFORM_OP_CODES; code++)
                name_set(name++, INSPECT_NAME_OPERATION, code, platform_op_name((uint8_t)code));
        inspect_here(&mori_inspect_root.root);
}
