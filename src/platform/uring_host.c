/* SPDX-License-Identifier: MIT */
/*
 * A ring whose thread waits in a loop of its own, for the ring's descriptor.
 *
 *      awake --uring_sleep(): nothing is ready--> sleeping --uring_rise()--> awake
 *
 * While it sleeps, a wake-up (uring_wake()) writes the eventfd that the ring polls.
 */
#include <errno.h>

#include "platform/uring_internal.h"

/*
 * A ring that defers its work until we ask for it tells a poll nothing of that. Nor is an eventfd
 * of the ring's enough: the kernel does not write one while another eventfd wakes it, as our own
 * does.
 */
int uring_descriptor(struct platform_io *io)
{
        struct uring *uring = uring_of(io);

        return uring->setup_flags & IORING_SETUP_DEFER_TASKRUN ? -EOPNOTSUPP : uring->ring.ring_fd;
}

uint64_t uring_sleep(struct platform_io *io)
{
        struct uring *uring = uring_of(io);

        if (uring->sq_tail != uring->sq_head || uring->queue.head || !uring->wake_armed ||
            uring->cq_head != __atomic_load_n(uring->cq_ktail, __ATOMIC_ACQUIRE) ||
            __atomic_load_n(uring->sq_kflags, __ATOMIC_RELAXED) != 0 ||
            !waker_sleep(&uring->waker))
                return 0;
        return UINT64_MAX;
}

void uring_rise(struct platform_io *io)
{
        waker_rise(&uring_of(io)->waker);
}
