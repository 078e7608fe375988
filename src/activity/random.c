/* SPDX-License-Identifier: MIT */
#include <mori/random.h>

#include "platform/io.h"
#include "platform/random.h"
#include "turn/seat.h"

#include <errno.h>
#include <string.h>

int mori_random_bytes(void *bytes, size_t count)
{
        struct platform_io *io;
        char *at = bytes;

        if (bytes == NULL)
                return count == 0 ? 0 : -EFAULT;
        if (!process_self()->seat->simulated)
                return platform_random_bytes(bytes, count);
        io = seat_hold()->io;
        while (count > 0) {
                uint64_t random = platform_io_random(io);
                size_t some = count < sizeof random ? count : sizeof random;

                memcpy(at, &random, some);
                at += some;
                count -= some;
        }
        seat_release();
        return 0;
}
