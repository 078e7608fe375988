/* SPDX-License-Identifier: MIT */
/*
 * A reader of a domain's structures: its seats, processes and activities, who owns whom, who waits
 * for what. It reads memory through a function, so the same code reads the program that it is part
 * of, in a handler of a fault; a program that runs, from outside; and a core file.
 *
 * What it reads may be damaged, or change while it is read. So
 *
 *  (1) it never follows a pointer itself: `read` says what is not there;
 *  (2) it allocates nothing, takes no lock and calls nothing but `read` and snprintf();
 *  (3) a list ends: of a list with links both ways each step is checked backwards, which no cycle
 *      passes, and every loop has a bound;
 *  (4) what is told of an activity was read in one piece, and an activity whose owner is not the
 *      one in whose list it was found is not told.
 */
#pragma once

#include "inspect/root.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads memory of the program: 0, or a negative errno where not all of it is to be had. */
struct inspect_memory {
        int (*read)(struct inspect_memory *memory, uint64_t address, void *buffer, size_t bytes);
};

struct inspect_reader {
        struct inspect_memory *memory;
        const struct inspect_root *root; /* a copy, with its tables behind it */
        struct {
                uint16_t offset, bytes; /* bytes 0: the program has no such field */
        } fields[INSPECT_FIELD_COUNT];
        uint64_t arena;
};

/*
 * Looks at the first bytes of a record: 0, or -EINVAL with what is wrong as a sentence in `error`.
 * *ret_bytes: how much of it there is to be read.
 */
int inspect_root_check(const struct inspect_root *root, size_t *ret_bytes, char *error,
                       size_t error_bytes);
/*
 * Begins to read. `root` is a copy of the record, whole, which stays the caller's and must outlive
 * the reader. 0; -EINVAL: it is damaged or another version's; -ENODATA: the program has no arena
 * yet; or what `read` says.
 */
int inspect_open(struct inspect_reader *reader, struct inspect_memory *memory,
                 const struct inspect_root *root, char *error, size_t error_bytes);

/* A field of the structure at an address, as a number. 0, -ENOENT: no such field, or an errno. */
int inspect_get(struct inspect_reader *reader, enum inspect_field_id field, uint64_t address,
                uint64_t *ret_value);

/* The words for a number, or NULL where the program's table has none. */
const char *inspect_name(const struct inspect_reader *reader, unsigned what, unsigned number);
/* The same for a state; *ret_wait, which may be NULL, is what `wait` is in it. */
const char *inspect_state(const struct inspect_reader *reader, uint8_t state, uint8_t *ret_wait);

/* ---- Seats and processes. Each is the address of its structure; 0 ends. */

uint64_t inspect_seat_first(struct inspect_reader *reader);
uint64_t inspect_seat_next(struct inspect_reader *reader, uint64_t seat);

struct inspect_process {
        uint64_t address;
        uint64_t next;
        uint64_t worker; /* on which it is loaded, or 0 */
        uint64_t turns, starts;
        uint64_t operations;
        uint64_t owned;
        uint64_t seat;   /* that has it, or had it last; 0: the program does not say */
        uint32_t index, root, state, live;
        char name[64];
};

/* The first process of a seat, the next one of another: 0, -ENOENT where there is none, or an
 * errno. */
int inspect_process_first(struct inspect_reader *reader, uint64_t seat,
                          struct inspect_process *ret_process);
int inspect_process_next(struct inspect_reader *reader, struct inspect_process *process);

struct inspect_worker {
        uint64_t address;
        uint64_t activity; /* that runs on it, or 0 */
        uint64_t process;
        uint64_t sync_sp;
        uint32_t generation;
        int thread;
};

int inspect_worker(struct inspect_reader *reader, uint64_t address,
                   struct inspect_worker *ret_worker);

/* ---- Threads that offloaded functions run on */

/* The threads for one kind of work. */
struct inspect_crew {
        uint64_t places; /* of the threads */
        uint64_t calls;  /* that have ended */
        uint32_t places_count, threads, limit, waiting;
        bool computes;
};

/* A call that one of them is in. */
struct inspect_call {
        uint64_t function, site;
        uint64_t begun_ns; /* by the monotonic clock */
        int thread;
        bool cancelled, left;
};

/* The crew 0 or 1: 0, -ENOENT where the program does not say, or an errno. */
int inspect_crew(struct inspect_reader *reader, unsigned index, struct inspect_crew *ret_crew);
/* What is done in a place, from 0 on: 0, -ENOENT where it is nothing, or an errno. */
int inspect_call(struct inspect_reader *reader, const struct inspect_crew *crew, uint32_t place,
                 struct inspect_call *ret_call);
/* The address that the record has for INSPECT_OWNED_*, or 0. */
uint64_t inspect_known(const struct inspect_reader *reader, uint64_t what);

/* ---- Activities. The number of one is its ref. */

struct inspect_activity {
        uint32_t number;
        uint32_t generation;
        uint64_t wait;
        uint64_t causality;
        uint64_t start_site;
        uint32_t next, previous, current;
        int32_t stack_offset;
        uint32_t link_next, link_previous;
        uint32_t owner, scope, children, joiner;
        uint32_t sibling_next, sibling_previous;
        uint32_t process; /* its index */
        uint16_t size16;
        uint8_t state, flags, cancel_next, cancel, holds;
};

/* 0; -ESTALE: there is none of this number; or an errno. */
int inspect_activity(struct inspect_reader *reader, uint32_t number,
                     struct inspect_activity *ret_activity);
uint32_t inspect_number(const struct inspect_reader *reader, uint64_t address);
uint64_t inspect_address(const struct inspect_reader *reader, uint32_t number);

/* The number of the activity whose scope owns this one; 0 where that cannot be told. */
uint32_t inspect_owner(struct inspect_reader *reader, const struct inspect_activity *activity);
/* True where it waits for something, or is ready: its registers are on its stack. */
bool inspect_is_suspended(const struct inspect_activity *activity);

/* The registers that a suspended activity has kept; `pc` is where it goes on. */
struct inspect_registers {
        uint64_t pc, sp, rbp, rbx, r12, r13, r14, r15;
};
int inspect_registers(struct inspect_reader *reader, const struct inspect_activity *activity,
                      struct inspect_registers *ret_registers);
/*
 * The same of one that has started another, which has not waited yet: `frame` is the address of a
 * start frame. The worker's first is at its sync_sp; the next one is *ret_next. *ret_starter is the
 * number of the starter. -ENOENT: there is none (it was started by the loop).
 */
int inspect_start_frame(struct inspect_reader *reader, uint64_t frame, uint32_t *ret_starter,
                        struct inspect_registers *ret_registers, uint64_t *ret_next);
/* Bytes of its segments. */
uint64_t inspect_stack_bytes(struct inspect_reader *reader,
                             const struct inspect_activity *activity);

/*
 * A walk over all activities of a process, each behind its owner. `places` is room for the way from
 * the root down to where it is; what lies deeper is not visited, and counted in `cut`.
 */
struct inspect_place {
        uint32_t number, scope, child, before;
};

struct inspect_walk {
        struct inspect_reader *reader;
        struct inspect_place *places;
        unsigned depth, depth_max;
        uint64_t left; /* how many more may be visited */
        uint64_t cut;
        uint64_t torn; /* lists that were left because they were damaged, or had changed */
};

void inspect_walk_begin(struct inspect_walk *walk, struct inspect_reader *reader,
                        const struct inspect_process *process, struct inspect_place *places,
                        unsigned depth_max, uint64_t visits_max);
/* The next activity, and how deep below the root (from 0) it is; false at the end. */
bool inspect_walk_next(struct inspect_walk *walk, struct inspect_activity *ret_activity,
                       unsigned *ret_depth);

/* ---- Waits */

/*
 * What an activity waits for, in words ("read of descriptor 5"), and for whom: the number of
 * another activity, or 0. Answers the length of the text.
 */
size_t inspect_wait_tell(struct inspect_reader *reader, const struct inspect_activity *activity,
                         char *text, size_t bytes, uint32_t *ret_number);
/*
 * When the timer that it sleeps on is due, in ns of the engine's clock: 0, or -ENOENT where it does
 * not sleep.
 */
int inspect_due(struct inspect_reader *reader, const struct inspect_activity *activity,
                uint64_t *ret_due);
