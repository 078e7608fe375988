/* SPDX-License-Identifier: MIT */
/*
 * Registered buffers: memory for transfers whose pages the kernel has looked up and pinned once,
 * and not again for each transfer.
 *
 *         const mori_buffers *area;
 *
 *         MORI_ATTEMPT(MORI_AWAIT mori_buffers_new(1 << 20, &area));
 *         got = MORI_AWAIT mori_file_read_at(file, area->address, 1 << 20, 0);
 *         MORI_AWAIT mori_buffers_free(area);
 *
 * Nothing else changes: the calls are those for any memory, and what they answer is the same. A
 * transfer whose bytes lie wholly in one area uses that it is registered. So who reads into many
 * buffers makes one area, and cuts it up. It saves 2 to 20 per cent of the processor time of a
 * read, cached or with O_DIRECT, and up to a third of that of a send without a copy:
 * docs/benchmarks.md.
 *
 * Rules.
 *   (1) What uses it: mori_file_read(), mori_file_write(), their _at, _exact and _all, but on
 *       sockets; and mori_socket_send() with MORI_SEND_ZERO_COPY. Transfers of several pieces, and
 *       other sends and receives, work there as in any memory.
 *   (2) It is a hint. It needs io_uring; on other engines, where the kernel refuses it, and in a
 *       turn whose worker is stuck, the same calls work without it, and mori_buffers_counts()
 *       tells.
 *   (3) Pinned memory counts against RLIMIT_MEMLOCK (`ulimit -l`; often 8 MiB) of the user, once
 *       for each seat that has used the area, unless the program has CAP_IPC_LOCK. Beyond the limit
 *       (2) applies, which is reported once; some transfers later it is tried again.
 *   (4) The memory is the process's, zeroed, in memory when it is handed over, and begins at a
 *       page. From 2 MiB on it is of huge pages, where the system allows that, which are cheaper to
 *       pin.
 *   (5) What is not freed is, with the process, after the kernel's last word on each transfer.
 */
#pragma once

#include <mori/file.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * How many areas there can be in the OS process at a time, and how large one can be: a seat that
 * meets one first pins it in the turn, which takes some 2 us for a MiB of huge pages and 30 to 100
 * of others.
 */
#define MORI_BUFFERS_MAX       64
#define MORI_BUFFERS_BYTES_MAX ((size_t)64 << 20)

/* An area, until mori_buffers_free(). */
typedef struct mori_buffers {
        void *address;
        size_t bytes;
} mori_buffers;

/*
 * Makes an area of 1 to MORI_BUFFERS_BYTES_MAX bytes. A thread of the pool for blocking work
 * (offload.h) does it, since each page is touched. *ret_buffers is the caller's, to be freed.
 * Returns 0, or
 *   -EINVAL    no bytes, or more than that; NULL
 *   -ENOMEM    out of memory or of addresses
 *   -ENOSPC    there are MORI_BUFFERS_MAX areas already
 *   -EAGAIN    too many offloaded functions wait already (MORI_OFFLOAD_QUEUE)
 * Cancelled it answers -ECANCELED, after 2 MiB more at the latest, and there is no area; or 0,
 * where it had just been made.
 */
MORI_API MORI_ASYNC int mori_buffers_new(size_t bytes,
                                         const mori_buffers **ret_buffers) MORI_MUST_CHECK;

/*
 * Frees an area; its memory is no more. A transfer that still uses it, as (1) says, is cancelled as
 * by the close of its file, and answers how many bytes were moved, or -EFAULT; this waits for the
 * kernel's last word on it. Not interrupted by cancellation. Takes NULL. What is no area of the
 * process, or is being freed already, is a bug: the process is abandoned.
 */
MORI_API MORI_ASYNC void mori_buffers_free(const mori_buffers *buffers);

/* What has become of the transfers of this process that lay in an area (1), and did not fail. */
typedef struct mori_buffers_use {
        uint64_t registered; /* the kernel used that it is registered */
        uint64_t plain;      /* it was not to be had (2) */
} mori_buffers_use;
MORI_API void mori_buffers_counts(mori_buffers_use *ret_use);

#ifdef __cplusplus
}
#endif
