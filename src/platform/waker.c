/* SPDX-License-Identifier: MIT */
#include "platform/waker.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

int waker_open(struct waker *waker)
{
        waker->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        return waker->fd < 0 ? -errno : 0;
}

void waker_close(struct waker *waker)
{
        if (waker->fd >= 0)
                close(waker->fd);
        waker->fd = -1;
}

void waker_wake(struct waker *waker)
{
        static const uint64_t one = 1;
        int error = errno;

        if (__atomic_exchange_n(&waker->state, WAKER_WOKEN, __ATOMIC_ACQ_REL) == WAKER_SLEEPING)
                while (write(waker->fd, &one, sizeof(one)) < 0 && errno == EINTR)
                        ;
        errno = error;
}
