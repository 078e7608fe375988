/* SPDX-License-Identifier: MIT */
/*
 * The call graph of a program, put together from the notes of its objects.
 *
 * A function that is known only because somebody calls it has no place (`file` is null). Names of
 * static functions mean the function of their own unit, all other names are one for the whole
 * program; of several definitions of a global name the first counts, as for the linker.
 */
#ifndef MORI_GRAPH_H
#define MORI_GRAPH_H

#include <stdbool.h>
#include <stddef.h>

struct graph_function;

enum graph_edge_kind {
        GRAPH_CALL,           /* a direct call */
        /* its address goes to a sync function, which will call it, presumably */
        GRAPH_PASSED_TO_SYNC,
        GRAPH_PASSED_TO_ASYNC,
        GRAPH_STORED,
};

struct graph_edge {
        struct graph_function *callee;
        char *callee_name; /* until the graph is linked */
        int line;
        enum graph_edge_kind kind;
};

/* A mention of a variable that others share: mutable and static, or a thread's. */
struct graph_variable {
        char *name;
        int line;
        bool thread_local_used;
};

struct graph_function {
        char *name;
        char *file; /* of the definition; null if there is none */
        int line;
        unsigned unit; /* of a static function; 0 for a global one */
        bool async, local, vouched, library;
        bool thread_safe; /* its author vouches for what it touches, and what it calls */
        bool offloaded;   /* some unit has it run on a thread beside */
        char *blocks; /* why it may block, as its author says; null if nobody says so */
        struct graph_edge *edges;
        size_t edge_count;
        struct graph_variable *variables;
        size_t variable_count;
        /* For whoever walks the graph. */
        struct graph_function *reached_from;
        unsigned long reached_in;
        struct graph_function *queue_next;
};

struct graph {
        struct graph_function **functions; /* in the order of their definition */
        size_t function_count;
        void *by_name; /* a tsearch() tree */
        unsigned unit_count;
        struct graph_function *current;
        bool library; /* whether what is read now is a library: walked through, not started from */
};

/* Adds the notes of one section. Returns 0, or a negative errno after having said what is wrong. */
int graph_add_notes(struct graph *graph, const char *where, char *text);
/* When all notes are there: lets the edges point to functions. */
int graph_link(struct graph *graph);
void graph_deinit(struct graph *graph);

#endif
