/* SPDX-License-Identifier: MIT */
/*
 * The reader: what is in reader.h, but for waits (wait.c). A structure is read by the offsets that
 * the program's own table gives; a field that the table does not name is 0.
 */
#include "inspect/reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SCOPES_MAX 65536 /* blocks that one activity has entered */
#define SEGMENTS_MAX 65536
#define ACTIVITY_BYTES_MAX 256
#define START_FRAME_WORDS 8
#define CREW_PLACES_MAX 65536

/* States whose meaning every version shares, and flags (stack/layout.h). */
enum { STATE_FREE = 0, STATE_RUNNING = 1, STATE_DONE = 10, STATE_SELECT_NODE = 11 };

static const char *const field_names[INSPECT_FIELD_COUNT] = {
#define FIELD(type, name, member) #type "." #name,
#define WHOLE(type) #type ".is",
        INSPECT_FIELDS(FIELD, WHOLE)
#undef FIELD
#undef WHOLE
};

/* ---- The record */

static bool table_fits(const struct inspect_root *root, const struct inspect_table *table,
                       size_t unit_min)
{
        return table->count == 0 || (table->unit >= unit_min && table->offset <= root->bytes &&
                                     (size_t)table->count * table->unit <=
                                             root->bytes - table->offset);
}

static const void *entry(const struct inspect_root *root, const struct inspect_table *table,
                         unsigned index)
{
        return (const char *)root + table->offset + (size_t)index * table->unit;
}

int inspect_root_check(const struct inspect_root *root, size_t *ret_bytes, char *error,
                       size_t error_bytes)
{
        if (root->magic != INSPECT_MAGIC) {
                snprintf(error, error_bytes, "what stands at mori_inspect_root is no such record");
                return -EINVAL;
        }
        if (root->version != INSPECT_VERSION) {
                snprintf(error, error_bytes,
                         "the program has version %u of the record that readers need (mori %.15s), "
                         "and this reader knows version %d: use the tools of that mori",
                         root->version, root->mori, INSPECT_VERSION);
                return -EINVAL;
        }
        if (root->bytes < sizeof *root || root->bytes > INSPECT_BYTES_MAX ||
            root->ref_shift > 16) {
                snprintf(error, error_bytes, "the record mori_inspect_root is damaged");
                return -EINVAL;
        }
        *ret_bytes = root->bytes;
        return 0;
}

int inspect_open(struct inspect_reader *reader, struct inspect_memory *memory,
                 const struct inspect_root *root, char *error, size_t error_bytes)
{
        unsigned i, j;
        size_t bytes;
        int failed = inspect_root_check(root, &bytes, error, error_bytes);

        if (failed < 0)
                return failed;
        memset(reader, 0, sizeof *reader);
        reader->memory = memory;
        reader->root = root;
        if (!table_fits(root, &root->fields, sizeof(struct inspect_field)) ||
            !table_fits(root, &root->states, sizeof(struct inspect_state)) ||
            !table_fits(root, &root->names, sizeof(struct inspect_name)) ||
            !table_fits(root, &root->owned, sizeof(struct inspect_owned))) {
                snprintf(error, error_bytes, "the tables of mori_inspect_root are damaged");
                return -EINVAL;
        }
        for (i = 0; i < root->fields.count; i++) {
                const struct inspect_field *field = entry(root, &root->fields, i);

                for (j = 0; j < INSPECT_FIELD_COUNT; j++)
                        if (strncmp(field->name, field_names[j], sizeof field->name) == 0) {
                                reader->fields[j].offset = field->offset;
                                reader->fields[j].bytes = field->bytes;
                        }
        }
        bytes = reader->fields[INSPECT_activity_is].bytes;
        if (bytes == 0 || bytes > ACTIVITY_BYTES_MAX ||
            reader->fields[INSPECT_mori_scope_is].bytes > ACTIVITY_BYTES_MAX) {
                snprintf(error, error_bytes, "the tables of mori_inspect_root are damaged");
                return -EINVAL;
        }
        failed = memory->read(memory, (uintptr_t)root->arena, &reader->arena, sizeof reader->arena);
        if (failed < 0) {
                snprintf(error, error_bytes, "the address of the arena cannot be read: %s",
                         strerror(-failed));
                return failed;
        }
        if (reader->arena == 0) {
                snprintf(error, error_bytes, "the program has not begun to run mori yet");
                return -ENODATA;
        }
        return 0;
}

int inspect_get(struct inspect_reader *reader, enum inspect_field_id field, uint64_t address,
                uint64_t *ret_value)
{
        uint64_t value = 0;
        size_t bytes = reader->fields[field].bytes;
        int error;

        if (bytes == 0)
                return -ENOENT;
        if (address == 0)
                return -EFAULT;
        error = reader->memory->read(reader->memory, address + reader->fields[field].offset, &value,
                                     bytes < sizeof value ? bytes : sizeof value);
        if (error < 0)
                return error;
        *ret_value = value;
        return 0;
}

static uint64_t get_or_0(struct inspect_reader *reader, enum inspect_field_id field,
                         uint64_t address)
{
        uint64_t value;

        return inspect_get(reader, field, address, &value) < 0 ? 0 : value;
}

/* A field of a structure that was read whole. */
static uint64_t part(const struct inspect_reader *reader, enum inspect_field_id field,
                     const char *structure, size_t bytes)
{
        size_t offset = reader->fields[field].offset, length = reader->fields[field].bytes;
        uint64_t value = 0;

        if (length > sizeof value || offset + length > bytes)
                return 0;
        memcpy(&value, structure + offset, length);
        return value;
}

const char *inspect_name(const struct inspect_reader *reader, unsigned what, unsigned number)
{
        unsigned i;

        for (i = 0; i < reader->root->names.count; i++) {
                const struct inspect_name *name = entry(reader->root, &reader->root->names, i);

                if (name->what == what && name->number == number)
                        return memchr(name->words, 0, sizeof name->words) ? name->words : NULL;
        }
        return NULL;
}

const char *inspect_state(const struct inspect_reader *reader, uint8_t number, uint8_t *ret_wait)
{
        unsigned i;

        if (ret_wait != NULL)
                *ret_wait = INSPECT_WAIT_NOTHING;
        for (i = 0; i < reader->root->states.count; i++) {
                const struct inspect_state *state = entry(reader->root, &reader->root->states, i);

                if (state->number != number)
                        continue;
                if (ret_wait != NULL)
                        *ret_wait = state->wait;
                return memchr(state->words, 0, sizeof state->words) ? state->words : NULL;
        }
        return NULL;
}

uint64_t inspect_known(const struct inspect_reader *reader, uint64_t what)
{
        unsigned i;

        for (i = 0; i < reader->root->owned.count; i++) {
                const struct inspect_owned *known = entry(reader->root, &reader->root->owned, i);

                if (known->what == what)
                        return (uintptr_t)known->free;
        }
        return 0;
}

/* ---- Seats and processes */

uint64_t inspect_seat_first(struct inspect_reader *reader)
{
        uint64_t seat;

        if (reader->memory->read(reader->memory, (uintptr_t)reader->root->seats, &seat,
                                 sizeof seat) < 0)
                return 0;
        return seat;
}

uint64_t inspect_seat_next(struct inspect_reader *reader, uint64_t seat)
{
        return get_or_0(reader, INSPECT_seat_next, seat);
}

static int process_read(struct inspect_reader *reader, uint64_t address,
                        struct inspect_process *ret_process)
{
        struct inspect_process process = {.address = address};
        uint64_t root, name;
        size_t i;
        int error;

        if (address == 0)
                return -ENOENT;
        error = inspect_get(reader, INSPECT_process_root, address, &root);
        if (error < 0)
                return error;
        process.root = (uint32_t)root;
        process.next = get_or_0(reader, INSPECT_process_all_next, address);
        process.seat = get_or_0(reader, INSPECT_process_seat, address);
        process.worker = get_or_0(reader, INSPECT_process_worker, address);
        process.index = (uint32_t)get_or_0(reader, INSPECT_process_index, address);
        process.state = (uint32_t)get_or_0(reader, INSPECT_process_state, address);
        process.operations = get_or_0(reader, INSPECT_process_operations_count, address);
        process.owned = get_or_0(reader, INSPECT_process_owned, address);
        /* while it is loaded its counters are the worker's */
        if (process.worker != 0) {
                process.live = (uint32_t)get_or_0(reader, INSPECT_worker_live, process.worker);
                process.turns = get_or_0(reader, INSPECT_worker_turns, process.worker) -
                                get_or_0(reader, INSPECT_worker_turns_before, process.worker);
                process.starts = get_or_0(reader, INSPECT_worker_starts, process.worker);
        } else {
                process.live = (uint32_t)get_or_0(reader, INSPECT_process_live, address);
                process.turns = get_or_0(reader, INSPECT_process_turns, address);
                process.starts = get_or_0(reader, INSPECT_process_starts, address);
        }
        name = get_or_0(reader, INSPECT_process_name, address);
        for (i = 0; name != 0 && i + 1 < sizeof process.name; i++)
                if (reader->memory->read(reader->memory, name + i, &process.name[i], 1) < 0 ||
                    process.name[i] == '\0')
                        break;
        process.name[i] = '\0';
        *ret_process = process;
        return 0;
}

int inspect_process_first(struct inspect_reader *reader, uint64_t seat,
                          struct inspect_process *ret_process)
{
        uint64_t first;
        int error = inspect_get(reader, INSPECT_seat_all, seat, &first);

        return error < 0 ? error : process_read(reader, first, ret_process);
}

int inspect_process_next(struct inspect_reader *reader, struct inspect_process *process)
{
        return process_read(reader, process->next, process);
}

int inspect_worker(struct inspect_reader *reader, uint64_t address,
                   struct inspect_worker *ret_worker)
{
        uint64_t activity;
        int error = inspect_get(reader, INSPECT_worker_activity, address, &activity);

        if (error < 0)
                return error;
        *ret_worker = (struct inspect_worker){
                .address = address,
                .activity = activity,
                .process = get_or_0(reader, INSPECT_worker_process, address),
                .sync_sp = get_or_0(reader, INSPECT_worker_sync_sp, address),
                .generation = (uint32_t)get_or_0(reader, INSPECT_worker_generation, address),
                .thread = (int)get_or_0(reader, INSPECT_worker_thread, address),
        };
        return 0;
}

/* ---- Threads that offloaded functions run on */

int inspect_crew(struct inspect_reader *reader, unsigned index, struct inspect_crew *ret_crew)
{
        uint64_t crews = inspect_known(reader, INSPECT_OWNED_CREWS), threads;
        uint64_t crew = crews + (uint64_t)index * reader->fields[INSPECT_crew_is].bytes;
        int error;

        if (crews == 0 || index > 1)
                return -ENOENT;
        error = inspect_get(reader, INSPECT_crew_threads, crew, &threads);
        if (error < 0)
                return error;
        *ret_crew = (struct inspect_crew){
                .places = get_or_0(reader, INSPECT_crew_places, crew),
                .calls = get_or_0(reader, INSPECT_crew_calls, crew),
                .places_count = (uint32_t)get_or_0(reader, INSPECT_crew_places_count, crew),
                .threads = (uint32_t)threads,
                .limit = (uint32_t)get_or_0(reader, INSPECT_crew_limit, crew),
                .waiting = (uint32_t)get_or_0(reader, INSPECT_crew_waiting, crew),
                .computes = get_or_0(reader, INSPECT_crew_computes, crew) != 0,
        };
        if (ret_crew->places == 0 || ret_crew->places_count > CREW_PLACES_MAX)
                ret_crew->places_count = 0;
        return 0;
}

int inspect_call(struct inspect_reader *reader, const struct inspect_crew *crew, uint32_t place,
                 struct inspect_call *ret_call)
{
        uint64_t thread =
                crew->places + (uint64_t)place * reader->fields[INSPECT_crew_thread_is].bytes;
        struct inspect_call call = {0};
        int error;

        if (place >= crew->places_count)
                return -ENOENT;
        error = inspect_get(reader, INSPECT_crew_thread_function, thread, &call.function);
        if (error < 0)
                return error;
        call.site = get_or_0(reader, INSPECT_crew_thread_site, thread);
        call.begun_ns = get_or_0(reader, INSPECT_crew_thread_begun_ns, thread);
        call.thread = (int)get_or_0(reader, INSPECT_crew_thread_id, thread);
        call.cancelled = get_or_0(reader, INSPECT_crew_thread_cancelled, thread) != 0;
        call.left = get_or_0(reader, INSPECT_crew_thread_op, thread) == 0;
        if (call.function == 0 ||
            get_or_0(reader, INSPECT_crew_thread_function, thread) != call.function)
                return -ENOENT; /* it ended meanwhile */
        *ret_call = call;
        return 0;
}

/* ---- Activities */

uint64_t inspect_address(const struct inspect_reader *reader, uint32_t number)
{
        return reader->arena + ((uint64_t)number << reader->root->ref_shift);
}

uint32_t inspect_number(const struct inspect_reader *reader, uint64_t address)
{
        uint64_t number = (address - reader->arena) >> reader->root->ref_shift;

        return address < reader->arena || number > UINT32_MAX ? 0 : (uint32_t)number;
}

/* The control block, whatever it is: the root of a process has no generation. */
static int block_read(struct inspect_reader *reader, uint32_t number,
                      struct inspect_activity *ret_activity)
{
        size_t bytes = reader->fields[INSPECT_activity_is].bytes;
        char block[ACTIVITY_BYTES_MAX];
        uint64_t site;
        int error;

        if (number == 0)
                return -ESTALE;
        error = reader->memory->read(reader->memory, inspect_address(reader, number), block, bytes);
        if (error < 0)
                return error;
#define PART(name) part(reader, INSPECT_activity_##name, block, bytes)
        site = PART(site);
        *ret_activity = (struct inspect_activity){
                .number = number,
                .generation = (uint32_t)PART(generation),
                .wait = PART(wait),
                .causality = PART(causality),
                .start_site = site >> 16,
                .next = (uint32_t)PART(next),
                .previous = (uint32_t)PART(previous),
                .current = (uint32_t)PART(current),
                .stack_offset = (int32_t)PART(stack_offset),
                .link_next = (uint32_t)PART(link_next),
                .link_previous = (uint32_t)PART(link_previous),
                .owner = (uint32_t)PART(owner),
                .scope = (uint32_t)PART(scope),
                .children = (uint32_t)PART(children),
                .joiner = (uint32_t)PART(joiner),
                .sibling_next = (uint32_t)PART(sibling_next),
                .sibling_previous = (uint32_t)PART(sibling_previous),
                .process = (uint32_t)PART(process),
                .size16 = (uint16_t)PART(size16),
                .state = (uint8_t)PART(state),
                .flags = (uint8_t)site,
                .cancel_next = site >> 8 & 3,
                .cancel = site >> 10 & 3,
                .holds = site >> 12 & 15,
        };
#undef PART
        return 0;
}

int inspect_activity(struct inspect_reader *reader, uint32_t number,
                     struct inspect_activity *ret_activity)
{
        struct inspect_activity activity;
        int error = block_read(reader, number, &activity);

        if (error < 0)
                return error;
        if (activity.generation == 0 || activity.state == STATE_FREE ||
            activity.state == STATE_SELECT_NODE)
                return -ESTALE;
        *ret_activity = activity;
        return 0;
}

/* The ref of the scope that an activity is itself: where its field `children` stands. */
static uint32_t own_scope(const struct inspect_reader *reader, uint32_t number)
{
        return number +
               (uint32_t)(reader->fields[INSPECT_activity_children].offset >>
                          reader->root->ref_shift);
}

struct scope {
        uint32_t children, outer, activity;
};

static int scope_read(struct inspect_reader *reader, uint32_t ref, struct scope *ret_scope)
{
        char block[ACTIVITY_BYTES_MAX];
        size_t bytes = reader->fields[INSPECT_mori_scope_is].bytes;
        int error;

        if (ref == 0 || bytes == 0)
                return -ENOENT;
        error = reader->memory->read(reader->memory, inspect_address(reader, ref), block, bytes);
        if (error < 0)
                return error;
        ret_scope->children = (uint32_t)part(reader, INSPECT_mori_scope_children, block, bytes);
        ret_scope->outer = (uint32_t)part(reader, INSPECT_mori_scope_outer, block, bytes);
        ret_scope->activity = (uint32_t)part(reader, INSPECT_mori_scope_activity, block, bytes);
        return 0;
}

/* Whether a scope is one of the blocks that the activity has entered. */
static bool has_block(struct inspect_reader *reader, uint32_t number, uint32_t wanted)
{
        struct inspect_activity activity;
        uint32_t ref, own = own_scope(reader, number);
        struct scope scope;
        unsigned count;

        if (inspect_activity(reader, number, &activity) < 0)
                return false;
        ref = activity.scope;
        for (count = 0; ref != own && count < SCOPES_MAX; count++) {
                if (scope_read(reader, ref, &scope) < 0 || scope.activity != number)
                        return false;
                if (ref == wanted)
                        return true;
                ref = scope.outer;
        }
        return false;
}

/*
 * A block that is a scope says whose it is, and its activity's chain of blocks leads to it: what
 * stands at the same place in a control block, a sibling, never does. Else it is a scope of an
 * activity as a whole.
 */
uint32_t inspect_owner(struct inspect_reader *reader, const struct inspect_activity *activity)
{
        uint32_t own = own_scope(reader, 0);
        struct inspect_activity owner;
        struct scope scope;

        if (scope_read(reader, activity->owner, &scope) == 0 && scope.activity != 0 &&
            has_block(reader, scope.activity, activity->owner))
                return scope.activity;
        if (activity->owner <= own ||
            inspect_activity(reader, activity->owner - own, &owner) < 0 ||
            owner.process != activity->process)
                return 0; /* the loop started it */
        return owner.number;
}

bool inspect_is_suspended(const struct inspect_activity *activity)
{
        return activity->state != STATE_FREE && activity->state != STATE_RUNNING &&
               activity->state != STATE_DONE && activity->state != STATE_SELECT_NODE;
}

int inspect_registers(struct inspect_reader *reader, const struct inspect_activity *activity,
                      struct inspect_registers *ret_registers)
{
        uint64_t saved[7], sp;
        int error;

        if (!inspect_is_suspended(activity))
                return -ENOENT;
        sp = inspect_address(reader, activity->current) + (uint64_t)(int64_t)activity->stack_offset;
        error = reader->memory->read(reader->memory, sp, saved, sizeof saved);
        if (error < 0)
                return error;
        *ret_registers = (struct inspect_registers){
                .r15 = saved[0], .r14 = saved[1], .r13 = saved[2], .r12 = saved[3],
                .rbx = saved[4], .rbp = saved[5], .pc = saved[6],  .sp = sp + sizeof saved,
        };
        return 0;
}

int inspect_start_frame(struct inspect_reader *reader, uint64_t frame, uint32_t *ret_starter,
                        struct inspect_registers *ret_registers, uint64_t *ret_next)
{
        uint64_t saved[START_FRAME_WORDS], pc[2];
        struct inspect_activity starter;
        unsigned skip = reader->root->mode == INSPECT_LINKED; /* linked: f's own prologue first */
        int error = reader->memory->read(reader->memory, frame, saved, sizeof saved);

        if (error < 0)
                return error;
        if (inspect_activity(reader, inspect_number(reader, saved[7]), &starter) < 0)
                return -ENOENT;
        error = reader->memory->read(reader->memory, saved[6] + skip * 8, pc, 8);
        if (error < 0)
                return error;
        *ret_starter = starter.number;
        *ret_registers = (struct inspect_registers){
                .rbx = saved[0], .rbp = saved[1], .r12 = saved[2], .r13 = saved[3],
                .r14 = saved[4], .r15 = saved[5], .pc = pc[0],
                .sp = saved[6] + skip * 8 + 8,
        };
        *ret_next = frame + sizeof saved;
        return 0;
}

uint64_t inspect_stack_bytes(struct inspect_reader *reader, const struct inspect_activity *activity)
{
        uint64_t bytes = (uint64_t)activity->size16 << reader->root->ref_shift;
        struct inspect_activity segment;
        uint32_t ref = activity->next;
        unsigned count;

        for (count = 0; ref != 0 && count < SEGMENTS_MAX; count++) {
                if (block_read(reader, ref, &segment) < 0)
                        break;
                bytes += (uint64_t)segment.size16 << reader->root->ref_shift;
                ref = segment.next;
        }
        return bytes;
}

/* ---- The walk */

static void walk_down(struct inspect_walk *walk, uint32_t number, uint32_t scope)
{
        struct inspect_reader *reader = walk->reader;
        struct inspect_place *place = &walk->places[walk->depth];
        struct inspect_activity activity;
        struct scope block;

        *place = (struct inspect_place){.number = number, .scope = scope};
        if (scope == own_scope(reader, number)) {
                if (block_read(reader, number, &activity) == 0)
                        place->child = activity.children;
                else
                        walk->torn++;
        } else if (scope_read(reader, scope, &block) == 0 && block.activity == number) {
                place->child = block.children;
        } else {
                walk->torn++;
                place->scope = own_scope(reader, number); /* of the rest nothing can be told */
                if (block_read(reader, number, &activity) == 0)
                        place->child = activity.children;
        }
}

void inspect_walk_begin(struct inspect_walk *walk, struct inspect_reader *reader,
                        const struct inspect_process *process, struct inspect_place *places,
                        unsigned depth_max, uint64_t visits_max)
{
        *walk = (struct inspect_walk){
                .reader = reader, .places = places, .depth_max = depth_max, .left = visits_max};
        /*
         * what the loop starts, it starts in the scope of the entry: so the root has only its own
         */
        walk_down(walk, process->root, own_scope(reader, process->root));
        walk->depth = 1;
}

bool inspect_walk_next(struct inspect_walk *walk, struct inspect_activity *ret_activity,
                       unsigned *ret_depth)
{
        struct inspect_reader *reader = walk->reader;
        unsigned scopes = 0;

        while (walk->depth > 0) {
                struct inspect_place *place = &walk->places[walk->depth - 1];
                struct inspect_activity activity;
                struct scope block;

                if (place->child == 0) {
                        /* this scope is done: the next one outwards, or back to the owner */
                        if (place->scope == own_scope(reader, place->number) ||
                            scope_read(reader, place->scope, &block) < 0 ||
                            ++scopes > SCOPES_MAX) {
                                walk->depth--;
                        } else {
                                walk->depth--;
                                walk_down(walk, place->number, block.outer);
                                walk->depth++;
                        }
                        continue;
                }
                if (walk->left == 0) {
                        walk->cut++;
                        walk->depth = 0;
                        break;
                }
                if (inspect_activity(reader, place->child, &activity) < 0 ||
                    activity.owner != place->scope || activity.sibling_previous != place->before) {
                        walk->torn++;
                        place->child = 0;
                        continue;
                }
                walk->left--;
                place->before = place->child;
                place->child = activity.sibling_next;
                *ret_activity = activity;
                *ret_depth = walk->depth - 1;
                if (walk->depth < walk->depth_max) {
                        walk_down(walk, activity.number, activity.scope);
                        walk->depth++;
                } else {
                        walk->cut++;
                }
                return true;
        }
        return false;
}
