/* SPDX-License-Identifier: MIT */
/*
 * See calls_sync.h. Each function uses a page of stack or more, so that one that runs on a segment
 * does not survive.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "calls_sync.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int notes, misplaced;

static __attribute__((noinline)) void use_much_stack(int bytes)
{
        char much[bytes];

        memset(much, 1, sizeof(much));
        __asm__ volatile("" : : "r"(much) : "memory");
}

void calls_sync_note(void)
{
        pthread_attr_t attributes;
        size_t size = 0;
        void *low = NULL;
        char here;

        notes++;
        pthread_getattr_np(pthread_self(), &attributes);
        pthread_attr_getstack(&attributes, &low, &size);
        pthread_attr_destroy(&attributes);
        if (&here < (char *)low || &here >= (char *)low + size ||
            ((unsigned long)__builtin_frame_address(0) & 15))
                misplaced++;
        use_much_stack(20000);
}

int calls_sync_notes(void)
{
        return notes;
}

int calls_sync_misplaced(void)
{
        return misplaced;
}

void calls_sync_say(int line)
{
        fprintf(stderr, "calls.c:%d: wrong\n", line);
}

int calls_sync_add(int x, int y)
{
        calls_sync_note();
        return x + y;
}

int calls_sync_eight(int a, int b, int c, int d, int e, int f, int g, int h)
{
        calls_sync_note();
        return ((((((a * 10 + b) * 10 + c) * 10 + d) * 10 + e) * 10 + f) * 10 + g) * 10 + h;
}

double calls_sync_variadic(int count, ...)
{
        va_list arguments;
        double sum = 0;

        calls_sync_note();
        va_start(arguments, count);
        for (int i = 0; i < count; i++)
                sum += va_arg(arguments, double);
        va_end(arguments);
        return sum;
}

struct calls_big calls_sync_big(struct calls_big in, int x)
{
        calls_sync_note();
        for (int i = 0; i < 40; i++)
                in.values[i] += x;
        return in;
}

struct calls_pair calls_sync_pair(int x)
{
        calls_sync_note();
        return (struct calls_pair){x, x + 0.5};
}

const struct calls_operations calls_sync_operations = {
        .index = 1,
        .add = calls_sync_add,
        .eight = calls_sync_eight,
        .variadic = calls_sync_variadic,
        .big = calls_sync_big,
};
