/* SPDX-License-Identifier: MIT */
/*
 * What a reader must know of a program to find its activities: one exported record,
 * `mori_inspect_root`. A reader from outside (`mori ps`, gdb/mori.py) finds the symbol, reads the
 * record, and needs nothing else of the library that the program was built with: no debug
 * information, no matching version of itself.
 *
 *      magic, version, bytes   what it is. Another version is refused, by its number
 *      mode                    linked or mapped stacks
 *      arena, seats            addresses of the variables that hold the arena's address and the
 *                              first seat's
 *      fields                  where each field of each structure stands, by name: "seat.next"
 *      states                  the states of an activity: number, what `wait` is, words
 *      names                   words for other numbers: operations, kinds of files
 *      owned                   addresses by which things are known: what a process owns, by the
 *                              function that frees it; the crews
 *
 * The version counts changes of this record's own shape, and of what a field means. A field that
 * moves, comes or goes changes nothing but the table: who reads an older program finds that a name
 * is not there, and does without.
 *
 * The record and its tables are one piece of memory, so that a core file has all or nothing of it.
 */
#pragma once

#include <stdint.h>

#define INSPECT_MAGIC 0x746f6f7269726f6dull /* "moriroot" */
#define INSPECT_VERSION 1
/* No record is longer: a length above this is a damaged one. */
#define INSPECT_BYTES_MAX 65536

enum { INSPECT_LINKED = 1, INSPECT_MAPPED = 2 };

/* What `wait` of an activity is in a state: the second word of ACTIVITY_STATES (layout.h). */
enum inspect_wait {
        INSPECT_WAIT_NOTHING,
        INSPECT_WAIT_ACTIVITY,
        INSPECT_WAIT_OPERATION,
        INSPECT_WAIT_TIMER,    /* a struct sleeper */
        INSPECT_WAIT_ITEM,     /* the caller's; it is in the list of a queue */
        INSPECT_WAIT_SELECT,   /* the cases */
        INSPECT_WAIT_RECEIVER, /* of a socket */
        INSPECT_WAIT_OBJECT,   /* several may wait for the same */
        INSPECT_WAIT_LOCK,     /* a mori_lock, which knows its holder */
        INSPECT_WAIT_RWLOCK,   /* a mori_rwlock, which knows its writer */
        INSPECT_WAIT_ONCE,     /* a mori_once, which knows who does it */
};

/*
 * The fields that readers ask for: structure, name, member. A structure as a whole, for its size,
 * has the name "is".
 */
/* clang-format off */
#define INSPECT_FIELDS(FIELD, WHOLE) \
        WHOLE(activity) \
        FIELD(activity, next, segment.next) \
        FIELD(activity, previous, segment.previous) \
        FIELD(activity, size16, segment.size16) \
        FIELD(activity, state, segment.state) \
        FIELD(activity, generation, segment.generation) \
        FIELD(activity, stack_offset, stack_offset) \
        FIELD(activity, current, current) \
        FIELD(activity, site, site) \
        FIELD(activity, link_next, link_next) \
        FIELD(activity, link_previous, link_previous) \
        FIELD(activity, owner, owner) \
        FIELD(activity, scope, scope) \
        FIELD(activity, children, children) \
        FIELD(activity, joiner, joiner) \
        FIELD(activity, sibling_next, sibling_next) \
        FIELD(activity, sibling_previous, sibling_previous) \
        FIELD(activity, wait, wait) \
        FIELD(activity, causality, causality) \
        FIELD(activity, process, process) \
        WHOLE(mori_scope) \
        FIELD(mori_scope, children, children) \
        FIELD(mori_scope, outer, outer) \
        FIELD(mori_scope, activity, activity) \
        FIELD(worker, sync_sp, sync_sp) \
        FIELD(worker, activity, activity) \
        FIELD(worker, generation, generation) \
        FIELD(worker, live, live) \
        FIELD(worker, turns, turns) \
        FIELD(worker, turns_before, turns_before) \
        FIELD(worker, starts, starts) \
        FIELD(worker, loop_sp, loop_sp) \
        FIELD(worker, process, process) \
        FIELD(worker, rounds, rounds) \
        FIELD(worker, thread, thread) \
        FIELD(seat, next, next) \
        FIELD(seat, number, number) \
        FIELD(seat, own, own) \
        FIELD(seat, other, other) \
        FIELD(seat, process, process) \
        FIELD(seat, all, all) \
        FIELD(seat, tick, timers.tick) \
        FIELD(seat, rounds, rounds) \
        FIELD(seat, simulated, simulated) \
        FIELD(process, all_next, all_next) \
        FIELD(process, state, state) \
        FIELD(process, seat, seat) \
        FIELD(process, worker, worker) \
        FIELD(process, root, root) \
        FIELD(process, name, name) \
        FIELD(process, index, index) \
        FIELD(process, live, live) \
        FIELD(process, turns, turns) \
        FIELD(process, starts, starts) \
        FIELD(process, operations_count, operations_count) \
        FIELD(process, owned, owned) \
        FIELD(owned, next, next) \
        FIELD(owned, free, free) \
        FIELD(operation, code, op.code) \
        FIELD(operation, fd, op.fd) \
        FIELD(operation, length, op.length) \
        FIELD(operation, offset, op.offset) \
        FIELD(operation, cancelled, cancelled) \
        FIELD(sleeper, timer, timer) \
        FIELD(timer, due_low, due_low) \
        FIELD(timer, due_high, due_high) \
        FIELD(receiver, fd, fd) \
        FIELD(select_node, count, count) \
        WHOLE(mori_case) \
        FIELD(mori_case, kind, kind) \
        FIELD(mori_case, on, on) \
        FIELD(mori_case, node, node) \
        FIELD(mori_lock, holder, holder) \
        FIELD(mori_lock, generation, generation) \
        FIELD(mori_rwlock, writer, writer) \
        FIELD(mori_rwlock, generation, generation) \
        FIELD(mori_once, runner, runner) \
        FIELD(mori_once, generation, generation) \
        FIELD(queue, owned, owned) \
        FIELD(queue, count, shown.count) \
        FIELD(queue, capacity, shown.capacity) \
        FIELD(queue, receivers, receivers) \
        FIELD(queue, senders, senders) \
        WHOLE(crew) \
        FIELD(crew, threads, threads) \
        FIELD(crew, limit, limit) \
        FIELD(crew, waiting, waiting_count) \
        FIELD(crew, calls, calls) \
        FIELD(crew, computes, computes) \
        FIELD(crew, places, places) \
        FIELD(crew, places_count, places_count) \
        WHOLE(crew_thread) \
        FIELD(crew_thread, id, id) \
        FIELD(crew_thread, op, op) \
        FIELD(crew_thread, function, function) \
        FIELD(crew_thread, site, site) \
        FIELD(crew_thread, cancelled, cancelled) \
        FIELD(crew_thread, begun_ns, begun_ns)
/* clang-format on */

enum inspect_field_id {
#define FIELD(type, name, member) INSPECT_##type##_##name,
#define WHOLE(type) INSPECT_##type##_is,
        INSPECT_FIELDS(FIELD, WHOLE)
#undef FIELD
#undef WHOLE
                INSPECT_FIELD_COUNT
};

struct inspect_field {
        char name[28]; /* "structure.name" */
        uint16_t offset, bytes;
};

struct inspect_state {
        uint8_t number;
        uint8_t wait; /* enum inspect_wait */
        char words[62];
};

enum { INSPECT_NAME_OPERATION = 1, INSPECT_NAME_PROCESS };

struct inspect_name {
        uint16_t what; /* INSPECT_NAME_* */
        uint16_t number;
        char words[28];
};

/* The crews are no process's: `free` is where the two stand, one behind the other. */
enum { INSPECT_OWNED_QUEUE = 1, INSPECT_OWNED_CREWS = 2 };

struct inspect_owned {
        uint64_t what; /* INSPECT_OWNED_* */
        const void *free;
};

/* A table of the record: where it begins in it, how many entries, and the bytes of each. */
struct inspect_table {
        uint32_t offset;
        uint16_t count, unit;
};

struct inspect_root {
        uint64_t magic;
        uint32_t version;
        uint32_t bytes; /* of the record with its tables */
        uint32_t mode;
        uint32_t ref_shift;
        char mori[16]; /* its version, for a person */
        const void *arena;
        const void *seats;
        struct inspect_table fields, states, names, owned;
};
