/* SPDX-License-Identifier: MIT */
/*
 * Makes the n-th system call of a child fail, or its n-th request to io_uring: by ptrace(2), so
 * that nothing in the child knows of it.
 *
 *      child                                  parent
 *      trace_me()                             trace_run(child, fault, &result)
 *      ...                                       |
 *      trace_begin() - - - - counts from here    |
 *      ... what is to meet faults ...            | the n-th fails
 *      trace_end()  - - - - - - -  to here       |
 *      ...                                       v
 *      _exit()
 *
 * Calls of all threads count, in the order in which they enter the kernel. Which errors a call can
 * meet is a table in trace.c; what cannot fail, or is no business of the program's, is counted and
 * let pass.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct trace_fault {
        bool request; /* of io_uring, else a system call */
        long at;      /* which, from 1; 0: none */
        int variant;  /* which of the errors that it can meet, from 0 */
        /*
         * Or, not 0: each request with this code, up to TRACE_REFUSALS of them, is dropped with
         * -ECANCELED, as the kernel does while it has no thread for it.
         */
        int refused;
};

#define TRACE_REFUSALS 40

struct trace_result {
        int status; /* of the child, as waitpid(2) has it */
        long calls; /* of this kind, between begin and end */
        bool injected;
        bool has_no_error; /* the n-th cannot fail in so many ways: the child was ended there */
        const char *name;  /* of what failed */
        long number;       /* of the call, or code of the request */
        int error;
};

/* In the child. False where it cannot be traced here. */
bool trace_me(void);
void trace_begin(void);
void trace_end(void);

/* In the parent: runs the child to its end. */
void trace_run(pid_t child, const struct trace_fault *fault, struct trace_result *ret_result);
