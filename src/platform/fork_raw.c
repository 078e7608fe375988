/* SPDX-License-Identifier: MIT */
/*
 * _Fork(), which is fork() without the handlers of pthread_atfork(), is refused as that is.
 *
 * It stands in a file of its own, because it has no second name by which the C library's could be
 * called: that is looked up. A program that is linked statically with everything has nothing to
 * look up, so there, where it calls _Fork(), _Fork() is refused always; and where it does not, the
 * linker leaves this file out.
 */
#include "platform/domain.h"

#ifndef MORI_SANITIZED

#include <mori/base.h>

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

__attribute__((weak)) MORI_API pid_t _Fork(void)
{
        pid_t (*next)(void);

        if (fork_is_refused("_Fork") < 0)
                return -1;
        *(void **)&next = dlsym(RTLD_NEXT, "_Fork");
        if (next == NULL) {
                errno = ENOSYS;
                return -1;
        }
        return next();
}

#endif
