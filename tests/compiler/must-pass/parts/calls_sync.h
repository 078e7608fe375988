/* SPDX-License-Identifier: MIT */
/* The sync functions of calls.c that stand in another unit. */
#ifndef CALLS_SYNC_H
#define CALLS_SYNC_H

#ifdef __MORI_LINKED__
#define CALLS_NONBLOCKING __attribute__((mori_nonblocking))
#else
#define CALLS_NONBLOCKING
#endif

struct calls_big {
        long values[40];
};

struct calls_pair {
        long whole;
        double part;
};

struct calls_operations {
        int index;
        int (*add)(int x, int y);
        int (*eight)(int a, int b, int c, int d, int e, int f, int g, int h);
        double (*variadic)(int count, ...);
        struct calls_big (*big)(struct calls_big in, int x);
};

/* Notes where the stack pointer is: in the thread's own stack, or not. */
void calls_sync_note(void);
int calls_sync_notes(void);
int calls_sync_misplaced(void);
void calls_sync_say(int line) CALLS_NONBLOCKING;

int calls_sync_add(int x, int y);
int calls_sync_eight(int a, int b, int c, int d, int e, int f, int g, int h);
double calls_sync_variadic(int count, ...);
struct calls_big calls_sync_big(struct calls_big in, int x);
struct calls_pair calls_sync_pair(int x);

extern const struct calls_operations calls_sync_operations;

#endif
