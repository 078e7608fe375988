/* SPDX-License-Identifier: MIT */
/*
 * The process core: who owns everything.
 *
 * Nouns.
 *   process     a queue of turns, and tables of what it owns: activities (a tree of scopes below
 *               its root), operations, descriptors, and things with a destructor (queues, tokens).
 *               Frames own nothing that the teardown would need.
 *   operation   an operation of the platform that a process has under way, or a subscription; the
 *               platform's record and ours in one piece.
 *   file        a descriptor in a process's table; the handle that the user has is its index and
 *               generation.
 *
 * States of a process.
 *
 *      running --root activity done--> ending --nothing under way--> gone
 *         |                              ^
 *         +------- process_abandon ------+     (also exit and kill: one teardown)
 *
 * Invariants.
 *  (1) A process is loaded on at most one worker. While it is, its counters are the worker's, and
 *      the worker's `ready` is its queue of turns. Whatever concerns a process, a turn, a
 *      completion, a timer, a post, is done while it is loaded: process_self() is that one.
 *  (2) One that is not loaded and has turns is in a seat's queue, unless it is ending (domain.h
 *      says who has a process). An activity is in the queue of turns once, while its state is
 *      ready, and never where it does not live.
 *  (3) An operation is in its process's list from submit to its last completion. Its process and
 *      whatever its buffers lie in outlive it: `ending` cancels all, and nothing is freed before
 *      the list is empty (quarantine).
 *  (4) After process_abandon() none of its code runs.
 */
#pragma once

#include "base/atomic.h"
#include "base/base.h"
#include "platform/io.h"
#include "stack/stack.h"
#include "turn/end.h"
#include "turn/timer.h"

struct bell;
struct domain;
struct failures;
struct heap;
struct letter;
struct monitor;
struct objects;
struct seat;
struct process;
struct ties;

enum process_state { PROCESS_RUNNING, PROCESS_ENDING, PROCESS_GONE };

/* Something that a process owns and that has to be let go when it ends. Embedded first. */
struct owned {
        struct owned *next;
        struct owned **link;
        void (*free)(struct owned *owned); /* must not wait, run user code, or touch activities */
};

struct operation {
        struct platform_op op;
        struct process *process;
        struct operation *next;
        struct operation **link;
        stack_ref activity; /* who waits for it, or 0 */
        uint32_t file;      /* index of the file that it is on, or 0 */
        uint32_t source;    /* of another that it takes bytes from, or 0 */
        /* The last completion, or each of a subscription: the owner's, or activity/wait.h's. */
        void (*done)(struct operation *operation, int32_t result, uint32_t flags, uint16_t buffer);
        void *owner;
        struct operation *request_next; /* while its seat is asked for something */
        uint32_t requests;              /* REQUEST_* */
        uint8_t seat;                   /* the number of the seat whose engine has it */
        bool cancelled;
};

enum file_kind {
        FILE_PLAIN,
        FILE_PIPE,
        FILE_SOCKET,
        FILE_LISTENER,
        FILE_STANDARD,
        FILE_DATAGRAM,
        FILE_CONFINED, /* paths that are relative to it do not lead out of it */
        FILE_MASTER,   /* of a pseudo-terminal: that the other end hung up is its end */
        FILE_PACKETS,  /* a socket of packets */
        FILE_PACKETS_LISTENER,
};

/* Options of a file: of one of datagrams MORI_DATAGRAM_*; of others these. */
enum {
        FILE_MESSAGES = 128u, /* a stream: messages are received from it; not read ahead */
};

struct file {
        int fd;
        uint32_t generation; /* odd while open */
        uint8_t kind;        /* enum file_kind */
        bool closing;
        bool drained; /* of datagrams: the last receive has taken all that there was */
        uint8_t options; /* FILE_*; of a socket of datagrams: what a receive must know */
        uint8_t seat; /* that has the operations under way */
        /* of a socket: so many sends are not tried without a copy, since the last one was copied */
        uint8_t zero_copy_rest;
        uint32_t next_free;
        uint32_t operations;       /* how many are under way on it, its receiver's apart */
        stack_ref closer;          /* who waits for the last of them, to close it; or 0 */
        struct receiver *receiver; /* of a socket that was read from (activity/receive.c) */
};

/*
 * Something that turns have done and that others are to see when they are over (rule 10 of the
 * design): embedded in what has changed.
 */
struct effect {
        struct effect *next;
        void (*commit)(struct effect *effect); /* it is in no list any more */
};

/* What has come for a process. */
enum {
        NEWS_LETTERS = 1u,
        NEWS_TIMERS = 2u,
        NEWS_END = 4u,
        NEWS_DEADLOCK = 8u,
        NEWS_BELLS = 16u,
        NEWS_TOLD = 256u, /* of ends (bond.h) */
};

/* What refers to the record of a process. */
enum {
        PROCESS_REFERENCE_LIFE = 1u, /* it is not gone */
        PROCESS_REFERENCE_MADE = 2u, /* who has it from process_new(), until process_free() */
        PROCESS_REFERENCE_HELD = 4u, /* the process that has started it */
        PROCESS_REFERENCE_ONE = 16u, /* one of those that process_hold() counts */
};

/* What few processes have: made when it is first needed, by process_rare(). */
struct process_rare {
        uint32_t files_free;
        uint64_t standard[3];      /* handles of the standard streams, once asked for */
        /* activity/resolve.c: what it has read of names of hosts; or NULL */
        struct names *names;
        struct resolver *resolver; /* activity/resolve_servers.c: who asks servers; or NULL */
        struct {
                uint64_t lent, copied, declined;
        } zero_copy; /* see mori_zero_copy in mori/send.h */
        struct {
                uint64_t registered, plain;
        } buffers_use; /* see mori/buffers.h */
        struct failures *failures; /* failure.c: what activities have failed with; or NULL */
        struct {
                uint64_t messages, cpu; /* 0: none */
                uint64_t since;         /* its CPU time is counted, on the clock of its thread */
        } quota; /* meter.h */
};

struct process {
        /* a control block without a stack: the starter of the entry activity */
        _Alignas(16) struct activity root_block;
        /* What stays of a record from one process to the next (record.h). */
        struct domain *domain;
        uint32_t index;              /* its number */
        uint32_t holder;             /* who has it: a seat's number + 1, or HOLDER_* (domain.h) */
        uint32_t news;               /* NEWS_*, of which the holder has not heard yet */
        uint32_t generation;         /* of its handle */
        struct base_lock bonds_lock; /* bond.h says what it guards */
        uint32_t references;         /* PROCESS_REFERENCE_* */
        struct turns ready;          /* the queue, which is made anew but for its limit */
        /* From here on it is zero at first. */
        struct seat *seat;           /* its home: that has it, or had it last */
        struct worker *worker;       /* on which it is loaded, or NULL */
        /* its place in its holder's queue of processes that have something to do, or NULL */
        struct process *queue_next, **queue_link;
        uint8_t state;                      /* enum process_state */
        bool is_ending_listed;   /* in the list of its holder of those that may be gone now */
        bool abandoned;
        bool is_told;            /* gone, and everybody knows */
        bool is_cut;             /* ending: nobody links it any more */
        bool is_owned;           /* it is killed when its holder ends */
        bool is_end_seen;        /* somebody was told its end */
        bool is_stop_asked;      /* it will be, by a post */
        bool is_stopping;
        bool is_metered;         /* it has quotas of messages or of CPU time: meter.h */
        uint8_t starts_in_turn;  /* of processes: see activity/process.c */
        uint32_t live;           /* while it is not loaded, like the next two */
        uint64_t turns, starts;
        stack_ref root;          /* root_block */
        int status;              /* that the program answers, once it has ended */
        void *entry_function;    /* until it was started */
        union {
                void *entry_argument; /* until then */
                uint64_t entry;       /* from then on: handle of the entry activity */
        };
        const char *name;
        struct letter *letters;            /* a stack that any thread pushes on */
        struct bell *bells;                /* the same: bell.h */
        struct bell *heard;                /* taken from there, in order */
        struct effect *effects;            /* of its turns, to be committed at their end */
        struct objects *objects;           /* object/object.h; NULL until there was one */
        uint64_t messages;                 /* that it has sent to others */
        struct letter *posts, **posts_end; /* taken from there, in order: each begins a turn */
        uint32_t posts_waiting;            /* of mori_post(): there is a limit */
        struct base_lock fired_lock;
        struct timer_list fired;
        uint32_t deadlines; /* of scopes and tokens: 0 where none can be found */
        struct operation *operations;
        uint32_t operations_count;
        uint32_t reports;        /* of failures that nobody saw, dropped handles, ... */
        uint64_t operations_all; /* ever */
        struct owned *owned;
        struct file *files;
        uint32_t files_count;
        uint32_t buffers_out;      /* of the engine, handed to receivers and not yet given back */
        struct receiver *starved;  /* receivers that wait for a buffer of the engine */
        struct buffers *buffers;   /* activity/buffers.c: its registered areas, or NULL */
        struct promises *promises; /* activity/promise.h; NULL until there was one */
        struct process_rare *rare; /* or NULL */
        struct heap *heap;         /* memory/heap.h; NULL until it has allocated */
        uint64_t causality_next;
        uint64_t cpu;              /* ns; counted where it is metered */
        struct process *all_next, **all_link; /* in the domain's list of all that are not gone */
        struct process *ending_next;
        /* its name and argument, where they are its own: freed with the record */
        void *baggage;
        uint32_t baggage_bytes;
        uint32_t heap_max_kib; /* 0: no quota */
        struct end end; /* while it runs: END_NONE, and what a failure is to be blamed on */
        struct monitor *monitors; /* that watch it */
        struct monitor *told;     /* its own, of which the target is gone; others push */
        struct ties *ties;        /* links, and what comes of them; or NULL */
        stack_ref held;           /* processes that it holds: the first */
        stack_ref held_by;        /* who holds it; or 0 */
        stack_ref held_next, held_previous; /* others that its holder holds */
};

/* What a program knows it by. */
static inline uint64_t process_handle(const struct process *process)
{
        return (uint64_t)process->generation << 32 | process->index;
}

/*
 * Makes a process on a seat: before it runs, or by its worker. Its first activity, which is
 * `entry(argument)`, has its turn like any other; the process ends with it. Its name is the
 * caller's, and outlives it. 0; -ENOMEM, or -EAGAIN where there are as many as there may be.
 */
int process_new(struct seat *seat, const char *name, void *entry, void *argument,
                struct process **ret_process);
/* Lets go of a process that is gone, after the loops have ended. Takes NULL. Returns NULL. */
struct process *process_free(struct process *process);
/*
 * The two halves of process_new(): a record, which has one reference, and its first turn. What is
 * made and not begun is given back by record_free().
 */
int process_make(struct seat *seat, const char *name, void *entry, void *argument,
                 uint32_t reference, struct process **ret_process);
void process_begin(struct seat *seat, struct process *process);

/* Its rare part, which is made where there is none: NULL where memory is exhausted. */
struct process_rare *process_rare(struct process *process);
/* The process that is loaded on this worker; where there is none, process_missing(). */
struct process *process_self(void);
/*
 * What needs the running program was called from a thread that does not run it, by an offloaded
 * function for instance: reports that, with the stack, and ends the OS process with exit code 70.
 */
_Noreturn void process_missing(void);

/*
 * Has the process loaded on this worker, for something that is to be done for it: true. False where
 * another worker has it, which is stuck in one of its turns: then nothing may be done for it now.
 * From the loop only.
 */
static inline bool process_load(struct process *process)
{
        bool process_load_other(struct process *process);

        return likely(worker_self()->process == process) || process_load_other(process);
}
/* What is loaded on this worker, if anything, is not any more: it is queued where it has turns. */
void process_unload(struct worker *worker);
/* The halves of both that are about the worker, which has none loaded, or whose process it is. */
void process_pick_up(struct worker *worker, struct process *process);
void process_put_down(struct worker *worker);
/* A process whose entry activity is done has ended. It is loaded. */
void process_entry_check(struct process *process);
/* True where it has turns to run, the first of its entry and posts included. */
static inline bool process_has_turns(const struct process *process)
{
        return !turns_are_none(&process->ready) || process->entry_function != NULL ||
               process->posts != NULL || process->heard != NULL;
}
/* True where something has come for it. */
static inline bool process_has_news(const struct process *process)
{
        return unlikely(atomic_load_ordered(&process->news) != 0);
}
/* Takes it in: completions and timers at once; posts will have their turns. It is loaded. */
void process_news_take(struct process *process);
/*
 * Has it heard of all that has come, and lets one turn follow the other from now on, until the
 * round is over or further news come. It is loaded.
 */
static inline void process_listen(struct worker *worker, struct process *process)
{
        /*
         * First this: who comes behind the look sets it to 0 again. On x86-64 the look may be
         * before it all the same; that costs more than to hear of it once in a while at the round's
         * end.
         */
        atomic_store_relaxed(&process->ready.limit, worker->turns_end);
        if (process_has_news(process))
                process_news_take(process);
}
/* How many turns the process has run that is loaded. */
static inline uint64_t process_turns(const struct worker *worker)
{
        return worker->turns - worker->turns_before;
}
/* How many turns are left of the worker's round. */
static inline int64_t turns_left(const struct worker *worker)
{
        return worker->turns_end - (int64_t)worker->turns;
}
/* From a turn: the loop is next behind it. */
static inline void turns_pause(const struct worker *worker)
{
        atomic_store_relaxed(&worker->ready->limit, 0);
}
/* And then the other processes that are ready. */
static inline void turns_give_way(struct worker *worker)
{
        worker->share_end = 0;
        turns_pause(worker);
}

/*
 * The running process has broken a contract, or reached a limit: reports it (the text, the activity
 * and where it was started) and drops the turn. Never returns to the caller. Called on the
 * classical stack only.
 */
_Noreturn void process_abandon(const char *format, ...) __attribute__((format(printf, 1, 2)));
/*
 * Where some code of the process's address is, for reports: "function+0x12 (module)" or the bare
 * address.
 */
const char *process_place(const void *address, char *text, size_t bytes);

/* The same for a quota, enum mori_quota. */
_Noreturn void process_abandon_quota(int quota, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
/*
 * Begins the one teardown; the status is what the program answers, and says how the process has
 * ended. Not from the process's own turn.
 */
void process_end(struct process *process, int status);
/* The same for another end; the detail's reference is the process's then. */
void process_end_as(struct process *process, enum end_kind kind, int32_t code,
                    struct end_detail *detail);
/* One step of it, after completions, while it is loaded; true once it is gone. */
bool process_end_step(struct process *process);

/*
 * Makes an activity of the running process ready: its wait answers `result`. Its state must be one
 * of waiting.
 */
void process_wake(struct process *process, struct activity *activity, int64_t result);

/*
 * Calls `visit` for every activity of the process, with `argument`; it must not end one. For
 * reports: takes time. Not while a cancellation goes through the tree.
 */
void process_each_activity(struct process *process,
                           void (*visit)(struct activity *activity, void *argument),
                           void *argument);

/* The effects of its turns, or of what was done for it between them, are seen by others now. */
void process_commit_effects(struct process *process);
static inline void process_commit(struct process *process)
{
        if (process->effects != NULL)
                process_commit_effects(process);
}

/* It has sent a message to another one. */
static inline void process_sends(struct process *process)
{
        atomic_store_relaxed(&process->messages, process->messages + 1);
}

/* Adds to and takes from what the process owns. */
void process_own(struct process *process, struct owned *owned, void (*free)(struct owned *owned));
void process_disown(struct owned *owned);

/* Has a process of any seat ended. From any thread. */
void process_kill(struct process *process);

/* The seat of an operation that was not submitted yet, and may be at any. */
#define OPERATION_ANYWHERE 255

/* What the seat of an operation is asked for by others. */
enum { REQUEST_SUBMIT = 1u, REQUEST_CANCEL = 2u, REQUEST_FREE = 4u };

/*
 * Operations. A new one has op zeroed but for `complete`; the owner fills in the rest and submits.
 * NULL where memory is exhausted.
 */
struct operation *operation_new(struct process *process);
void operation_submit(struct operation *operation);
/* A completion of it, or the last one. The process is loaded. */
void operation_completed(struct operation *operation, int32_t result, uint32_t flags,
                         uint16_t buffer);
/* Does what others asked the seat for. From its loop. */
void operation_requests_take(struct seat *seat);
/* Asks for its end; the completion still comes. Once or many times. */
void operation_cancel(struct operation *operation);
/* Frees one that was never submitted, or has had its last completion. */
void operation_free(struct operation *operation);

/*
 * Files. A handle is the index below and the generation above. A file that is closed, or a handle
 * that was made up, is not found: NULL.
 */
int process_file_add(struct process *process, int fd, uint8_t kind, uint64_t *ret_handle);
struct file *process_file(struct process *process, uint64_t handle);
void process_file_remove(struct process *process, struct file *file);
/* Closes a descriptor that no handle stands for, at once. */
void process_close_now(int fd);
