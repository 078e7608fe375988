/* SPDX-License-Identifier: MIT */
/*
 * The bytes that assembly and C agree on: the control block of an activity, the header of a
 * segment, and the worker's thread-local record. Shapes and invariants are in docs/stack.md; the
 * static assertions below tie the two descriptions together. Included by assembly: only the
 * preprocessor's part is seen there.
 */
#pragma once

/* Units and limits. */
#define STACK_REF_SHIFT 4        /* a ref counts 16 bytes */
#define STACK_SLACK 56           /* bytes below a guard that calls, gates and waits may spend */
#define STACK_SAVED_BYTES 48     /* of registers, by a wait */
#define STACK_HEADER_BYTES 16    /* of a further segment */
#define STACK_CONTROL_BYTES 88   /* of a first segment */
/*
 * A first segment for a frame of N bytes has round_up(N + EXTRA, 16): the control block, the slack,
 * a return address. A call that waits needs no more than the slack. A function of which that would
 * be below 176 bytes has hardly a frame, and is there to call another: it gets 192.
 */
#define STACK_FIRST_EXTRA 152
#define STACK_FIRST_TINY16 11
#define STACK_FIRST_MIN16 12
#define STACK_CLASS_MAX 512      /* largest size16 of the lookaside: 8 KiB */
#define STACK_START_FRAME 64
#define STACK_GUARD8_FIRST 18    /* (88 + 56) / 8 */
#define STACK_GUARD8_FURTHER 9   /* (16 + 56) / 8 */
/* bytes at the upper end of a mapped stack: control block, result, a sanitizer's word */
#define STACK_MAPPED_CONTROL 160
#define STACK_MAPPED_FIBER 128     /* offset of that word */
/* A block, which a mapped stack fills; sanitizers make frames much larger. */
#ifdef MORI_SANITIZED
#define STACK_BLOCK_SHIFT 18
#else
#define STACK_BLOCK_SHIFT 16
#endif
/*
 * Where the control block of a mapped stack lies in its block, as a ref. A ref that lies elsewhere
 * is none of an activity, and may be in a guard page.
 */
#define STACK_MAPPED_REFS (1 << (STACK_BLOCK_SHIFT - STACK_REF_SHIFT))
#define STACK_MAPPED_PLACE (STACK_MAPPED_REFS - (STACK_MAPPED_CONTROL >> STACK_REF_SHIFT))
/* bytes of stack arguments that a start copies on mapped stacks */
#define STACK_MAPPED_ARGUMENTS 256

/* The control block. */
#define ACTIVITY_NEXT 0
#define ACTIVITY_PREVIOUS 4
#define ACTIVITY_SIZE16 8
#define ACTIVITY_STATE 10
#define ACTIVITY_GUARD8 11
#define ACTIVITY_GENERATION 12
#define ACTIVITY_STACK_OFFSET 16
#define ACTIVITY_CURRENT 20
#define ACTIVITY_FLAGS 24
#define ACTIVITY_CANCEL 25
#define ACTIVITY_START_SITE 26
#define ACTIVITY_LINK_NEXT 32
#define ACTIVITY_LINK_PREVIOUS 36
#define ACTIVITY_OWNER 40
#define ACTIVITY_SCOPE 44
#define ACTIVITY_CHILDREN 48
#define ACTIVITY_JOINER 52
#define ACTIVITY_SIBLING_NEXT 56
#define ACTIVITY_SIBLING_PREVIOUS 60
#define ACTIVITY_WAIT 64
#define ACTIVITY_CAUSALITY 72
#define ACTIVITY_PROCESS 80
#define ACTIVITY_ACCOUNT 84
#define ACTIVITY_RESULT 88

#define ACTIVITY_STATE_FREE 0
#define ACTIVITY_STATE_RUNNING 1
#define ACTIVITY_STATE_READY 2
#define ACTIVITY_STATE_WAITING_JOIN 3  /* to join `wait`, an activity; cannot be cancelled */
#define ACTIVITY_STATE_WAITING_LIST 4  /* in a list of waiters; `wait` is the list owner's */
#define ACTIVITY_STATE_WAITING_OP 5    /* for `wait`, an operation of the platform */
#define ACTIVITY_STATE_WAITING_TIMER 6 /* for a timer, whose ref is link_next */
#define ACTIVITY_STATE_WAITING_SELECT 7 /* for the first of several, `wait` */
#define ACTIVITY_STATE_WAITING_QUIET 8 /* for a call that cannot be cancelled */
#define ACTIVITY_STATE_WAITING_RECEIVE 9 /* for `wait`, the receiver of a socket, to bring bytes */
#define ACTIVITY_STATE_DONE 10
#define ACTIVITY_STATE_SELECT_NODE 11 /* not an activity: a select's place in a list of waiters */
#define ACTIVITY_STATE_WAITING_CHILD 12 /* for `wait` to end, and not to join it */
/* What <mori/sync.h> has; `wait` is the object, where nothing else is said. */
#define ACTIVITY_STATE_WAITING_SEMAPHORE 13 /* for one permit */
#define ACTIVITY_STATE_WAITING_PERMITS 14   /* for several: `wait` is a struct permits_wait */
#define ACTIVITY_STATE_WAITING_EVENT 15
#define ACTIVITY_STATE_WAITING_BARRIER 16
#define ACTIVITY_STATE_WAITING_CONDITION 17 /* `wait` is a struct condition_wait */
/* From here on it may be known who must go on first: activity/deadlock.c follows them. */
#define ACTIVITY_STATE_WAITING_READ 18   /* a reader-writer lock, to read */
#define ACTIVITY_STATE_WAITING_LOCK 19
#define ACTIVITY_STATE_WAITING_RELOCK 20 /* after a condition; cannot be cancelled */
#define ACTIVITY_STATE_WAITING_WRITE 21  /* a reader-writer lock, to write or to upgrade */
#define ACTIVITY_STATE_WAITING_ONCE 22
/* What runs on threads beside the seats. */
#define ACTIVITY_STATE_WAITING_OFFLOAD 23  /* for `wait`, an operation: a call (platform/call.h) */
/* the end of a child process; `wait` is the record of activity/child.c */
#define ACTIVITY_STATE_WAITING_SPAWNED 24
#define ACTIVITY_STATE_WAITING_PROMISE 25   /* for `wait` to settle */
#define ACTIVITY_STATE_WAITING_CALLBACKS 26 /* the runner of promises, for something to run */
#define ACTIVITY_STATE_WAITING_PARALLEL 27  /* for `wait`, a struct loop (activity/parallel.c) */
#define ACTIVITY_STATE_WAITING_ENDS 28 /* for the ends of several; `wait` is a struct ends */

#define ACTIVITY_STATE_WAITING_NAME 29 /* for `wait`, a lookup of a name by its servers */
#define ACTIVITY_STATE_WAITING_WATCH 30 /* for `wait`, an operation: a read of what has happened */
#define ACTIVITY_STATE_WAITING_PROCESS 31 /* for a process to end, by `wait`, a struct monitor */
#define ACTIVITY_STATE_WAITING_TRAPPED 32 /* for one that it is linked to */
#define ACTIVITY_STATE_WAITING_CALL 33 /* of an object: for `wait`, a question, to return */
#define ACTIVITY_STATE_WAITING_TURN 34 /* before an object, as `wait`, a struct pulled */

/*
 * Every state: its name, what `wait` is while it lasts (NOTHING: what no reader could follow;
 * OBJECT: the address of something that several may wait for), and how a report, `mori ps` and the
 * debugger say it. This is the one place where they are named: a new state gets its number above
 * and its line here. One that has none is told by its number.
 */
/* clang-format off */
#define ACTIVITY_STATES(X) \
        X(FREE, NOTHING, "free") \
        X(RUNNING, NOTHING, "running") \
        X(READY, NOTHING, "ready for its turn") \
        X(WAITING_JOIN, ACTIVITY, "waiting for an activity to end") \
        X(WAITING_LIST, ITEM, "waiting for a queue") \
        X(WAITING_OP, OPERATION, "waiting for an operation") \
        X(WAITING_TIMER, TIMER, "sleeping") \
        X(WAITING_SELECT, SELECT, "waiting for the first of several") \
        X(WAITING_QUIET, NOTHING, "waiting for what cannot be cancelled") \
        X(WAITING_RECEIVE, RECEIVER, "waiting for a peer to send") \
        X(DONE, NOTHING, "done") \
        X(SELECT_NODE, NOTHING, "a select's place in a list") \
        X(WAITING_CHILD, ACTIVITY, "waiting for an activity to end") \
        X(WAITING_SEMAPHORE, OBJECT, "waiting for a semaphore") \
        X(WAITING_PERMITS, OBJECT, "waiting for permits of a semaphore") \
        X(WAITING_EVENT, OBJECT, "waiting for an event") \
        X(WAITING_BARRIER, OBJECT, "waiting at a barrier") \
        X(WAITING_CONDITION, OBJECT, "waiting for a condition") \
        X(WAITING_ENDS, NOTHING, "waiting for several activities to end") \
        X(WAITING_READ, RWLOCK, "waiting to read under a lock") \
        X(WAITING_LOCK, LOCK, "waiting for a lock") \
        X(WAITING_RELOCK, LOCK, "waiting for a lock, after a condition") \
        X(WAITING_WRITE, RWLOCK, "waiting to write under a lock") \
        X(WAITING_ONCE, ONCE, "waiting for what is done once") \
        X(WAITING_OFFLOAD, OPERATION, "waiting for an offloaded function") \
        X(WAITING_SPAWNED, NOTHING, "waiting for a child process to end") \
        X(WAITING_PROMISE, OBJECT, "waiting for a promise") \
        X(WAITING_CALLBACKS, NOTHING, "the runner of callbacks, of which none is ready") \
        X(WAITING_PARALLEL, NOTHING, "waiting for a data-parallel loop") \
        X(WAITING_NAME, NOTHING, "waiting for the address of a name") \
        X(WAITING_WATCH, OPERATION, "waiting for what it watches to change") \
        X(WAITING_PROCESS, NOTHING, "waiting for a process to end") \
        X(WAITING_TRAPPED, NOTHING, "waiting for a linked process to end") \
        X(WAITING_CALL, NOTHING, "waiting for a call to return") \
        X(WAITING_TURN, NOTHING, "waiting for an object to serve others")
/* clang-format on */

/* The byte behind the flags: two levels of cancellation, two bits each, and a count. */
#define ACTIVITY_LEVEL_MASK 3
#define ACTIVITY_HOLDS_UNIT (1 << 12)    /* locks that it holds, up to 15, which is many */
#define ACTIVITY_HOLDS_MASK (15 << 12)
#define ACTIVITY_HOLDS_BYTE 0xf0         /* in the byte ACTIVITY_CANCEL */

/* Flags. The result kinds say how a failure shows in a result (see include/mori/activity.h). */
#define ACTIVITY_FLAG_WAITED 1   /* has waited once, so its starter has gone on */
#define ACTIVITY_FLAG_NOTIFY 2   /* somebody else than a joiner wants to know of its end */
#define ACTIVITY_FLAG_IGNORED 4  /* nobody will join it */
#define ACTIVITY_FLAG_SOFT 8     /* this wait answers to a soft cancellation too */
#define ACTIVITY_FLAG_RESULT_SHIFT 4 /* two bits: enum mori_result_kind */
#define ACTIVITY_FLAG_JOINED 64  /* somebody is joining it */
#define ACTIVITY_FLAG_WIDE 128   /* an iteration of the wide block that owns it */
/* Any of these: there is somebody already who wants to know of the end. */
#define ACTIVITY_FLAGS_TAKEN (ACTIVITY_FLAG_NOTIFY | ACTIVITY_FLAG_IGNORED | ACTIVITY_FLAG_JOINED)

/* The worker. */
#define WORKER_SYNC_SP 0
#define WORKER_ACTIVITY 8
#define WORKER_SEGMENT 16
#define WORKER_ARENA 24
#define WORKER_START_FUNCTION 32
#define WORKER_START_KIND 40
#define WORKER_STARTED 48
#define WORKER_SYNC_LIMIT 56
#define WORKER_READY 64
#define WORKER_GENERATION 72
#define WORKER_LOOKASIDE_ROOM 76
#define WORKER_LIVE 80
#define WORKER_TURNS 88
#define WORKER_STARTS 96
#define WORKER_LOOP_SP 104
#define WORKER_FREE 112

/* The queue of turns of a process. */
#define TURNS_LIMIT 0
#define TURNS_REFS 8
#define TURNS_FIRST 16
#define TURNS_MASK 20
#define TURNS_HEAD 24
#define TURNS_TAIL 28
/*
 * While more than TURNS_FAR turns wait behind the one that begins, the control block of the one so
 * far behind it is fetched, and the stack of the one that is TURNS_NEAR behind.
 */
#define TURNS_FAR 8
#define TURNS_NEAR 3
#define TURNS_FEW 4 /* a power of two */

#ifndef __ASSEMBLER__

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t stack_ref;

struct segment {
        stack_ref next;
        stack_ref previous;
        uint16_t size16;
        uint8_t state;
        uint8_t guard8;
        uint32_t generation;
};

struct activity {
        struct segment segment;
        int32_t stack_offset;
        stack_ref current;
        uint64_t site; /* flags, cancel, and 48 bits of start site */
        stack_ref link_next;
        stack_ref link_previous;
        stack_ref owner;
        stack_ref scope;
        stack_ref children;
        stack_ref joiner;
        stack_ref sibling_next;
        stack_ref sibling_previous;
        union {
                void *wait;
                int64_t wait_result;
        };
        uint64_t causality;
        uint32_t process;
        uint32_t account;
};

/*
 * The first, and behind it a ring of refs, which has room for every activity that lives. Each has
 * one place at most, so nobody who appends asks whether there is room; `start` does. The first
 * stands apart because a lone one is taken right after it was put: the fewer loads, the better.
 */
struct turns {
        /*
         * One turn follows the other until the worker's count of them is here; then the loop is
         * next. Who has news for the process sets it to 0, on any thread (process_notify()).
         */
        int64_t limit;
        stack_ref *refs;
        stack_ref first;     /* 0: none at all */
        uint32_t mask;       /* room - 1; the room is a power of two */
        uint32_t head, tail; /* they count on; equal where there is none but the first */
        uint32_t room_max;   /* a quota, a power of two; or 0 */
        stack_ref few[TURNS_FEW]; /* the ring of a process with few activities */
};

struct worker {
        void *sync_sp;
        struct activity *activity; /* running now, or NULL in the turn loop */
        struct segment *segment;
        char *arena;
        void *start_function;
        uint64_t start_kind;
        uint64_t started; /* handle of what `start` started last */
        char *sync_limit;
        struct turns *ready; /* of the process that runs now */
        uint32_t generation;
        int32_t lookaside_room;
        uint32_t live; /* activities of the running process that are not free */
        uint64_t turns;  /* that it has run ever */
        uint64_t starts; /* of the process */
        void *loop_sp; /* of the turn loop, where an abandoned turn goes */
        stack_ref free[STACK_CLASS_MAX + 1];
        /* Further fields are C's own. */
        struct process *process; /* that is loaded */
        uint32_t first_more; /* see stack_first_more() */
        uint64_t turns_before; /* `turns`, less those of the process: what others have had */
        int64_t turns_end; /* the round of the loop ends when `turns` is there */
        int64_t share_end; /* and then others are before the process that is loaded */
        struct seat *seat;
        struct process *handed; /* to which it goes after the turn (turn/handover.h), or NULL */
        void (*handed_run)(void *argument);
        void *handed_argument;
        uint32_t rounds; /* odd while it runs turns; for the stall watch, too */
        uint32_t holds;  /* seat_hold()s that were not released yet */
        uint32_t lost;   /* 1: the seat is not this worker's now */
        uint32_t wants;  /* what is wanted of the next look at it (turn/stall.c) */
        int thread;      /* the kernel's number of its thread */
        /* the round and the turn for which the stall watch has blamed it last */
        uint32_t blamed_round;
        uint64_t blamed_turns;
        uint64_t faults_minor, faults_major; /* of its thread, counted already (turn/resident.h) */
};

#define LAYOUT_CHECK(type, member, offset)                                                         \
        static_assert(offsetof(type, member) == (offset), #type "." #member)
LAYOUT_CHECK(struct segment, size16, ACTIVITY_SIZE16);
LAYOUT_CHECK(struct segment, state, ACTIVITY_STATE);
LAYOUT_CHECK(struct segment, guard8, ACTIVITY_GUARD8);
LAYOUT_CHECK(struct segment, generation, ACTIVITY_GENERATION);
LAYOUT_CHECK(struct activity, stack_offset, ACTIVITY_STACK_OFFSET);
LAYOUT_CHECK(struct activity, current, ACTIVITY_CURRENT);
LAYOUT_CHECK(struct activity, site, ACTIVITY_FLAGS);
LAYOUT_CHECK(struct activity, link_next, ACTIVITY_LINK_NEXT);
LAYOUT_CHECK(struct activity, link_previous, ACTIVITY_LINK_PREVIOUS);
LAYOUT_CHECK(struct activity, owner, ACTIVITY_OWNER);
LAYOUT_CHECK(struct activity, scope, ACTIVITY_SCOPE);
LAYOUT_CHECK(struct activity, children, ACTIVITY_CHILDREN);
LAYOUT_CHECK(struct activity, joiner, ACTIVITY_JOINER);
LAYOUT_CHECK(struct activity, sibling_next, ACTIVITY_SIBLING_NEXT);
LAYOUT_CHECK(struct activity, sibling_previous, ACTIVITY_SIBLING_PREVIOUS);
LAYOUT_CHECK(struct activity, wait, ACTIVITY_WAIT);
LAYOUT_CHECK(struct activity, causality, ACTIVITY_CAUSALITY);
LAYOUT_CHECK(struct activity, process, ACTIVITY_PROCESS);
LAYOUT_CHECK(struct activity, account, ACTIVITY_ACCOUNT);
static_assert(sizeof(struct activity) == STACK_CONTROL_BYTES, "the control block has 88 bytes");
static_assert(sizeof(struct segment) == STACK_HEADER_BYTES, "a segment's header has 16 bytes");
LAYOUT_CHECK(struct worker, activity, WORKER_ACTIVITY);
LAYOUT_CHECK(struct worker, segment, WORKER_SEGMENT);
LAYOUT_CHECK(struct worker, arena, WORKER_ARENA);
LAYOUT_CHECK(struct worker, start_function, WORKER_START_FUNCTION);
LAYOUT_CHECK(struct worker, start_kind, WORKER_START_KIND);
LAYOUT_CHECK(struct worker, started, WORKER_STARTED);
LAYOUT_CHECK(struct worker, sync_limit, WORKER_SYNC_LIMIT);
LAYOUT_CHECK(struct worker, ready, WORKER_READY);
LAYOUT_CHECK(struct worker, generation, WORKER_GENERATION);
LAYOUT_CHECK(struct worker, lookaside_room, WORKER_LOOKASIDE_ROOM);
LAYOUT_CHECK(struct worker, live, WORKER_LIVE);
LAYOUT_CHECK(struct worker, turns, WORKER_TURNS);
LAYOUT_CHECK(struct worker, starts, WORKER_STARTS);
LAYOUT_CHECK(struct worker, loop_sp, WORKER_LOOP_SP);
LAYOUT_CHECK(struct worker, free, WORKER_FREE);
LAYOUT_CHECK(struct turns, limit, TURNS_LIMIT);
LAYOUT_CHECK(struct turns, refs, TURNS_REFS);
LAYOUT_CHECK(struct turns, first, TURNS_FIRST);
LAYOUT_CHECK(struct turns, mask, TURNS_MASK);
LAYOUT_CHECK(struct turns, head, TURNS_HEAD);
LAYOUT_CHECK(struct turns, tail, TURNS_TAIL);

#endif
