/* SPDX-License-Identifier: MIT */
/*
 * fork() is refused while a program runs.
 *
 * The child would have one thread, the one that forked, on a copy of a stack in the middle of a
 * turn; the engine's ring would be shared with the parent, and what either submits would complete
 * at either. So fork() and vfork() are defined here once more, and fail with ENOSYS while a program
 * runs; the first is reported, with the way out: posix_spawn(), which needs nothing of the parent
 * and does not come through here (glibc makes the child by clone()), nor do system() and popen(),
 * which are made of it.
 *
 * What forks inside of the C library (daemon(), forkpty()) calls neither. Its child is met by a
 * handler of pthread_atfork(), reports, and ends.
 *
 * Outside of a running program fork() is the C library's. So is vfork(), except that it is fork():
 * a function that returns twice on one stack cannot be called by another.
 */
#include "platform/domain.h"

#include "base/atomic.h"
#include "base/base.h"

#include <mori/base.h>

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>
#include <unistd.h>

#define INTERPOSED __attribute__((weak)) MORI_API
#define EXIT_FORKED 70

static uint32_t refused, reported, prepared;

static void forked_in_spite_of_it(void)
{
        if (atomic_load_relaxed(&refused) == 0)
                return;
        base_report("mori: a child of a fork while a program runs: it ends here; posix_spawn() "
                    "makes children that run");
        _exit(EXIT_FORKED);
}

void fork_refuse(void)
{
        if (atomic_exchange(&prepared, 1) == 0)
                (void)pthread_atfork(NULL, NULL, forked_in_spite_of_it);
        atomic_store_relaxed(&reported, 0);
        atomic_store_release(&refused, 1);
}

void fork_allow(void)
{
        atomic_store_release(&refused, 0);
}

int fork_is_refused(const char *call)
{
        if (atomic_load_acquire(&refused) == 0)
                return 0;
        if (atomic_exchange(&reported, 1) == 0)
                base_report("mori: %s() is refused while a program runs: the child would have a "
                            "copy of this thread alone; use posix_spawn()",
                            call);
        errno = ENOSYS;
        return -1;
}

#ifndef MORI_SANITIZED

/* What the C library calls fork(), under a name that nobody else defines. */
pid_t __fork(void);

INTERPOSED pid_t fork(void)
{
        return fork_is_refused("fork") < 0 ? -1 : __fork();
}

INTERPOSED pid_t vfork(void)
{
        return fork_is_refused("vfork") < 0 ? -1 : __fork();
}

#endif

void platform_domain_begin(void)
{
        handlers_change_all();
        fork_refuse();
}

void platform_domain_end(void)
{
        fork_allow();
}
