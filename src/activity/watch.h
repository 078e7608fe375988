/* SPDX-License-Identifier: MIT */
/*
 * The inside of a mori_watch. Included by watch*.c only.
 *
 *   watch.c         the public calls, and what they wait for
 *   watch_event.c   what the kernel has told becomes events
 *   watch_tree.c    places, the directories that are watched, paths
 *
 * Invariants.
 *   (1) A node is a directory (or a file, a place's root) as the reader of the events knows it:
 *       it was told of, and was not told to be gone. Its `wd` is the kernel's number of it, which
 *       one node has at most, or -1 until it was asked for.
 *   (2) A node whose wd is to be compared, or whose directory is to be watched and listed, is in
 *       the list `todo`. All of that is done before the next record is looked at, so
 *       records are older than what was listed, and say in the end what was found then.
 *   (3) What was given up is in `drops` until the kernel was told; there is room for all nodes. It
 *       is told while no place is being added, which might be one of them.
 *   (4) Numbers that no node has are of what was given up, and mean nothing: the kernel counts
 *       them upwards.
 *   (5) The root of a place is open only while its nodes are in `todo`: who has a directory open
 *       keeps the kernel from telling that it was removed.
 */
#pragma once

#include "activity/file.h"

#include <mori/sync.h>
#include <mori/watch.h>

#include <stdbool.h>
#include <sys/inotify.h>

#define WATCH_RECORD_BYTES ((size_t)16 * 1024)
#define WATCH_SCAN_BYTES   ((size_t)64 * 1024)
#define WATCH_DROPS_MAX    512u
#define WATCH_ASKED_MAX    512u
#define WATCH_BROUGHT_MAX  32u

struct watch_place {
        mori_watch *watch;
        struct watch_place *next, **link;
        struct node *root;
        uint32_t number;
        unsigned flags;
        uint32_t todo;       /* how many of its nodes are in the list */
        bool listing;        /* LISTED is to be told */
        bool verified;       /* `open` is the root */
        bool unsure;         /* its end may have been lost: the kernel is to be asked (WATCHED) */
        mori_directory base; /* the user's */
        mori_directory open; /* the root, or MORI_NO_FILE: see (5) */
        char path[];
};

/* To ask whether its name leads to it; to watch and list it, which tells, too. */
enum node_todo { NODE_SETTLED, NODE_VERIFY, NODE_SCAN };

struct node {
        struct node *wd_next, *name_next; /* in the tables */
        struct node *parent, *children, *sibling, **sibling_link;
        struct node *todo_next, **todo_link;
        struct watch_place *place; /* of a root, else NULL */
        struct node *rival; /* of two names that lead to one directory, the other */
        uint64_t scan_from;
        uint32_t name_hash;
        int32_t wd;
        uint8_t todo; /* enum node_todo */
        bool listed;  /* all of it was FOUND since it is watched */
        bool missed;  /* it was not where it was looked for: what is above it has been renamed */
        char *name;
};

struct watch_told {
        enum mori_watch_kind kind;
        uint32_t place;
        size_t path, old_path; /* where in the text; SIZE_MAX: none */
        bool directory;
        int error;
};

/* A name in a directory. */
struct watch_name {
        int32_t wd;
        uint32_t hash;
};

/* What an activity waits for inside of mori_watch_next(). */
enum watch_phase {
        WATCH_READ,
        WATCH_SCAN,
        WATCH_DROP,
        WATCH_ASK,
        WATCH_OPEN,
        WATCH_VERIFY,
        WATCH_ROOT
};

struct mori_watch {
        struct owned owned;
        mori_file queue;
        bool busy; /* somebody is in mori_watch_next() */
        bool lost; /* RESCAN is due */
        bool out_of_memory;
        uint32_t adding; /* calls of mori_watch_add() under way */
        int32_t last_wd, adding_after; /* the highest number ever; when the first of them began */
        mori_event changed; /* set and reset: a call of mori_watch_add(), or UNWATCH, has ended */
        uint32_t numbers;
        struct watch_place *places, *dead; /* in use; whose directory is to be closed */
        mori_directory stray;              /* was opened for a place that is no more */
        uint32_t open_count;               /* directories that are to be closed */
        bool listing;                      /* of some place */
        bool unsure;                       /* some place is */

        struct node **by_wd, **by_name;
        uint32_t buckets, nodes;
        struct node *todo;
        uint32_t missed; /* how many nodes are */
        int32_t *drops;
        uint32_t drops_count, drops_room;
        int32_t dropping[WATCH_DROPS_MAX]; /* while the kernel is told */
        uint32_t dropping_count;
        int32_t asked[WATCH_ASKED_MAX]; /* numbers of places, while the kernel is asked */
        uint8_t watched[WATCH_ASKED_MAX];
        uint32_t asked_count;

        /* What is waited for */
        enum watch_phase phase;
        struct node *at_node;          /* for which; NULL where it was given up meanwhile */
        struct watch_place *at_place;  /* likewise */
        struct operation *reading;
        mori_directory opened, closing;
        char *op_path;
        size_t op_path_room;

        /* A listing: of `scanned`, NULL where there is none */
        struct node *scanned;
        char *scan;
        uint32_t scan_at, scan_filled;

        /* Events, to be handed out */
        struct watch_told *told;
        size_t told_at, told_count, told_room;
        char *text;
        size_t text_bytes, text_room;

        /* Records: `at` is the next one; renames before `settled` have no other half here */
        uint32_t at, filled, settled;
        unsigned patience;
        struct watch_name brought[WATCH_BROUGHT_MAX]; /* by renames, of late */
        uint32_t brought_next;
        _Alignas(8) char records[WATCH_RECORD_BYTES];
};

/* watch.c */
/* The kernel's queue was full: says so, once. */
void watch_lost_report(void);

/* watch_tree.c */
struct watch_place *place_new(mori_watch *watch, const char *path, unsigned flags);
/* Forgets a place with all its nodes; what it has open is closed by who waits next. */
void place_drop(mori_watch *watch, struct watch_place *place);
struct watch_place *node_place(const struct node *node);
/* NULL where memory is exhausted. `parent` NULL: a root. */
struct node *node_new(mori_watch *watch, struct node *parent, const char *name);
/* Gives up a node and all beneath it. */
void node_drop(mori_watch *watch, struct node *node);
void node_drop_children(mori_watch *watch, struct node *node);
/* Another name, and maybe another parent, which is not beneath it. False: no memory. */
bool node_move(mori_watch *watch, struct node *node, struct node *parent, const char *name);
/* One of two rivals is out of it: the other is looked for again. */
void node_part(mori_watch *watch, struct node *node);
bool node_is_within(const struct node *node, const struct node *above);
uint32_t hash_name(const struct node *parent, const char *name);
struct node *node_of_wd(const mori_watch *watch, int32_t wd);
struct node *node_child(const mori_watch *watch, const struct node *parent, const char *name);
void node_set_wd(mori_watch *watch, struct node *node, int32_t wd);
/* The kernel has forgotten it. */
void node_clear_wd(mori_watch *watch, struct node *node);
void node_todo(mori_watch *watch, struct node *node, enum node_todo todo);
/* Its name is to be looked up. */
void node_look(mori_watch *watch, struct node *node);
/* The number is to be given up, which no node has (where memory is exhausted: at the end). */
void watch_drop_wd(mori_watch *watch, int32_t wd);
/*
 * Whether this may be the number of what is being added: a new one, or one that the kernel has not
 * been told to give up.
 */
bool watch_may_be_added(const mori_watch *watch, int32_t wd);
/* It is not to be given up after all. The kernel is not being told that it is. */
void watch_keep_wd(mori_watch *watch, int32_t wd);
/* A node has another path, and so have those beneath it: what was missed is looked for again. */
void node_retry_missed(mori_watch *watch, struct node *node);
/* The path of a node beneath its place for an operation, "." for its root; NULL: no memory. */
const char *watch_op_path(mori_watch *watch, const struct node *node);
/* An event about an entry of a node, or the node itself (`name` NULL). */
void watch_tell(mori_watch *watch, enum mori_watch_kind kind, const struct node *node,
                const char *name, bool directory, int error);
void watch_tell_rename(mori_watch *watch, const struct node *from, const char *old_name,
                       const struct node *to, const char *name, bool directory);
void watch_tell_rescan(mori_watch *watch);
/* What was told of a place is not handed out. */
void watch_told_forget(mori_watch *watch, uint32_t place);
/* Hands out an event; false where there is none. */
bool watch_told_take(mori_watch *watch, struct mori_watch_event *ret_event);
void watch_release(struct owned *owned);

/* watch_event.c */
/*
 * What the next record needs. WAIT: it may be about what is being added, whose number is not known
 * yet: to be looked at again when that is.
 */
enum watch_record { WATCH_RECORD_NONE, WATCH_RECORD_DONE, WATCH_RECORD_WAIT, WATCH_RECORD_MORE };
/* What the kernel is to tell of a place. */
uint32_t watch_mask(unsigned flags);
/*
 * Looks at the next record. MORE: again when more was read, which is there or, with `patience` used
 * up, is not.
 */
enum watch_record watch_record_next(mori_watch *watch);
/* An entry of a listing. */
void watch_found(mori_watch *watch, struct node *node, const char *name, bool directory);
/*
 * What a node's name leads to has this number. True where that is the node's now; false where it is
 * another one's, and what follows from that is to be done.
 */
bool watch_node_is(mori_watch *watch, struct node *node, int32_t wd);
/* A node's directory could not be watched or listed. */
void watch_node_failed(mori_watch *watch, struct node *node, int error);
/* Events were lost. */
void watch_rescan(mori_watch *watch);
