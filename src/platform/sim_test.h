/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the simulation share: an engine, and operations that are submitted and awaited,
 * one at a time.
 */
#pragma once

#include "platform/sim.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

static inline struct platform_io *sim_start(uint64_t seed, uint32_t fault_per_mille)
{
        struct platform_io_config config = {.kind = PLATFORM_IO_SIM,
                                            .seed = seed,
                                            .fault_per_mille = fault_per_mille,
                                            .buffers = 4,
                                            .buffer_bytes = 64};
        struct platform_io *io;

        ck_assert_int_eq(platform_io_new(&config, &io), 0);
        platform_sim_poison(io, true);
        return io;
}

/* Submits an operation and waits for its last completion, while no other completes; its result. */
static inline int sim_run(struct platform_io *io, struct platform_op op)
{
        struct platform_completion completion;

        platform_io_submit(io, &op);
        while (platform_io_wait(io, UINT64_MAX, &completion, 1) == 0)
                ck_assert(!platform_sim_is_quiet(io));
        ck_assert_ptr_eq(completion.op, &op);
        ck_assert_uint_eq(completion.flags & PLATFORM_MORE, 0);
        return completion.result;
}

static inline int sim_open(struct platform_io *io, const char *path, uint32_t flags)
{
        return sim_run(io, (struct platform_op){.code = PLATFORM_OPEN,
                                                .fd = AT_FDCWD,
                                                .address = (void *)(uintptr_t)path,
                                                .flags = flags,
                                                .mode = 0666});
}

static inline int sim_close(struct platform_io *io, int fd)
{
        return sim_run(io, (struct platform_op){.code = PLATFORM_CLOSE, .fd = fd});
}

static inline int sim_read(struct platform_io *io, int fd, void *bytes, uint32_t length,
                           uint64_t offset)
{
        return sim_run(io, (struct platform_op){.code = PLATFORM_READ,
                                                .fd = fd,
                                                .address = bytes,
                                                .length = length,
                                                .offset = offset});
}

static inline int sim_write(struct platform_io *io, int fd, const void *bytes, uint32_t length,
                            uint64_t offset)
{
        return sim_run(io, (struct platform_op){.code = PLATFORM_WRITE,
                                                .fd = fd,
                                                .address = (void *)(uintptr_t)bytes,
                                                .length = length,
                                                .offset = offset});
}
