/* SPDX-License-Identifier: MIT */
/*
 * Making and freeing the engine on io_uring, and its ring of receive buffers.
 *
 * What a kernel has is found out, not deduced from its version: the flags of the ring are tried
 * from the best to none, the ring of buffers is registered or not, and multishot receive, which
 * cannot be asked for, is taken to be there where the operation is that came in the same release.
 * The rest goes without: see uring.c.
 *
 *      ring_setup ---> ring_remember ---> buffer_ring_init
 *
 * Remembered are the addresses that the usual way of a message needs, side by side; and the ring's
 * descriptor is registered, which saves its look-up in every call.
 *
 * Invariants:
 *   (1) SINGLE_ISSUER binds the ring to the thread that made it: another thread's system calls on
 *       it fail.
 *   (2) The tail of the ring of buffers lies in the padding of its first entry, so that entries
 *       are written field by field. It is published once for all buffers that are given, by the
 *       wait.
 *   (3) The index array of the submission ring, where there is one, maps each entry to itself for
 *       good.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "platform/uring_internal.h"

#define ENTRIES_DEFAULT        1024u
#define ENTRIES_MAX            32768u
#define GIVE_FIRST             128u /* receive buffers in the kernel's ring, at first */
#define GIVE_MIN               64u
#define GIVE_LOOKS             1024u /* waits after which there may be fewer */

/* Newer than the liburing that we build with. */
#define URING_SETUP_NO_SQARRAY (1u << 16)
#define URING_OP_SEND_ZC       47 /* appeared together with multishot receive, in 6.0 */

/* ---- Receive buffers ---- */

void *uring_buffer(struct platform_io *io, uint16_t buffer)
{
        return receive_pool_buffer(&uring_of(io)->receive, buffer);
}

void uring_buffer_release(struct platform_io *io, uint16_t buffer)
{
        struct receive_pool *receive = &uring_of(io)->receive;

        assert(buffer < receive->count && receive->free_count < receive->count);
        receive->free_list[receive->free_count++] = buffer;
}

static void buffers_fill(struct uring *uring)
{
        struct receive_pool *receive = &uring->receive;

        while (uring->buffers_given < uring->buffers_wanted && receive->free_count) {
                uint16_t buffer = receive->free_list[--receive->free_count];
                struct io_uring_buf *entry =
                        &uring->buffer_ring->bufs[uring->buffer_tail++ & (receive->count - 1)];

                entry->addr = (uint64_t)(uintptr_t)receive_pool_buffer(receive, buffer);
                entry->len = receive->bytes;
                entry->bid = buffer; /* and no more: see (2) */
                uring->buffers_given++;
        }
        __atomic_store_n(&uring->buffer_ring->tail, uring->buffer_tail, __ATOMIC_RELEASE);
}

/*
 * The kernel takes buffers from its ring in turn. With all of them in it, each would be used again
 * when all others have been, which is when the caches have long forgotten it. So the ring gets a
 * few, from the top of the pool's stack: at least twice what was taken between two waits of late.
 * Where it runs out, the operation goes on with the next ones: see complete_failed().
 */
void uring_buffers_give(struct uring *uring)
{
        uint32_t wanted = uring->buffers_wanted, given = uring->buffers_given;
        uint32_t used = given < wanted ? wanted - given : 0;

        if (uring->buffers_used_max < used)
                uring->buffers_used_max = used;
        if (used > wanted / 2 && wanted < uring->receive.count) {
                uring->buffers_wanted = wanted * 2;
        } else if (++uring->buffers_looks == GIVE_LOOKS) {
                if (uring->buffers_used_max < wanted / 8 && wanted / 2 >= GIVE_MIN)
                        uring->buffers_wanted = wanted / 2; /* it takes up what it has */
                uring->buffers_looks = 0;
                uring->buffers_used_max = 0;
        }
        buffers_fill(uring);
}

static void buffer_ring_init(struct uring *uring)
{
        struct io_uring_buf_reg registration = {0};
        size_t bytes = uring->receive.count * sizeof(struct io_uring_buf);
        void *memory =
                mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (memory == MAP_FAILED)
                return;
        registration.ring_addr = (uint64_t)(uintptr_t)memory;
        registration.ring_entries = uring->receive.count;
        if (io_uring_register_buf_ring(&uring->ring, &registration, 0)) {
                munmap(memory, bytes);
                return;
        }
        uring->buffer_ring = memory;
        uring->buffer_ring_bytes = bytes;
        uring->buffers_wanted =
                GIVE_FIRST < uring->receive.count ? GIVE_FIRST : uring->receive.count;
        buffers_fill(uring);
}

/* ---- Making and freeing ---- */

void uring_describe(const struct platform_io *io, char *text, size_t bytes)
{
        const struct uring *uring = (const struct uring *)(const void *)io;

        snprintf(text, bytes,
                 "io_uring, %u entries,%s%s%s%s %u buffers of %u bytes (%s), accept and receive %s,"
                 " sends %s",
                 uring->sq_entries,
                 uring->setup_flags & IORING_SETUP_SINGLE_ISSUER ? " single issuer," : "",
                 uring->setup_flags & IORING_SETUP_DEFER_TASKRUN ? " deferred task work," : "",
                 uring->setup_flags & URING_SETUP_NO_SQARRAY ? " no index array," : "",
                 uring->enter_flags & IORING_ENTER_REGISTERED_RING ? " registered ring," : "",
                 uring->receive.count, uring->receive.bytes,
                 uring->buffer_ring ? "a ring" : "a list",
                 uring->multishot ? "multishot" : "armed again",
                 uring->zero_copy ? "without a copy where asked for" : "by copying");
}

void uring_memory(const struct platform_io *io,
                  void (*take)(void *address, size_t bytes, void *argument), void *argument)
{
        const struct uring *uring = (const struct uring *)(const void *)io;
        size_t lists = uring->lists_count;

        if (lists > PLATFORM_MEMORY_DESCRIPTORS)
                lists = PLATFORM_MEMORY_DESCRIPTORS;
        take(uring->receive.memory, uring->receive.memory_bytes, argument);
        take(uring->lists, lists * sizeof(*uring->lists), argument);
        if (uring->buffer_ring)
                take(uring->buffer_ring, uring->buffer_ring_bytes, argument);
        descriptors_memory(take, argument);
}

void uring_free(struct platform_io *io)
{
        struct uring *uring = uring_of(io);

        pool_free(uring->pool);
        uring_areas_free(uring);
        if (uring->ring.ring_fd > 0)
                io_uring_queue_exit(&uring->ring);
        if (uring->buffer_ring)
                munmap(uring->buffer_ring, uring->buffer_ring_bytes);
        receive_pool_deinit(&uring->receive);
        signal_watch_deinit(&uring->signals);
        waker_close(&uring->waker);
        if (uring->lists)
                munmap(uring->lists, uring->lists_count * sizeof(*uring->lists));
        free(uring->beside);
        free(uring->scratch);
        free(uring);
}

/*
 * What io_uring_queue_init_params() does, but for the array of indices: liburing 2.3 fills it in
 * even where there is none, over the head of the ring.
 */
static int ring_map(struct io_uring *ring, unsigned entries, struct io_uring_params *params)
{
        int fd = io_uring_setup(entries, params), error;

        if (fd < 0)
                return fd;
        error = io_uring_queue_mmap(fd, params, ring);
        if (error) {
                close(fd);
                return error;
        }
        ring->features = params->features;
        ring->enter_ring_fd = fd;
        return 0;
}

/* From what the newest kernels have down to 5.15: the first that is accepted. */
static int ring_setup(struct uring *uring, unsigned entries, uint32_t without)
{
        static const unsigned choices[] = {
                IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                        IORING_SETUP_TASKRUN_FLAG | URING_SETUP_NO_SQARRAY, /* 6.6 */
                IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                        IORING_SETUP_TASKRUN_FLAG, /* 6.1 */
                IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN |
                        IORING_SETUP_TASKRUN_FLAG, /* 6.0 */
                IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN |
                        IORING_SETUP_TASKRUN_FLAG, /* 5.19 */
                IORING_SETUP_SUBMIT_ALL,           /* 5.18 */
                0,
        };
        unsigned needed = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE |
                          IORING_FEAT_RW_CUR_POS | IORING_FEAT_FAST_POLL | IORING_FEAT_EXT_ARG |
                          IORING_FEAT_NATIVE_WORKERS;
        size_t count = sizeof(choices) / sizeof(choices[0]);
        int error = -EINVAL;

        for (size_t i = without & PLATFORM_WITHOUT_SETUP_FLAGS ? count - 1 : 0;
             i < count && error == -EINVAL; i++) {
                struct io_uring_params params = {0};

                params.flags = choices[i] | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
                params.cq_entries = entries * 8;
                error = ring_map(&uring->ring, entries, &params);
                uring->setup_flags = params.flags;
        }
        if (error) {
                uring->ring.ring_fd = -1;
                return error;
        }
        return (uring->ring.features & needed) == needed ? 0 : -ENOSYS;
}

static void ring_remember(struct uring *uring, uint32_t without)
{
        struct io_uring *ring = &uring->ring;

        uring->sqes = ring->sq.sqes;
        uring->sq_khead = ring->sq.khead;
        uring->sq_ktail = ring->sq.ktail;
        uring->sq_kflags = ring->sq.kflags;
        uring->sq_entries = ring->sq.ring_entries;
        uring->sq_mask = ring->sq.ring_entries - 1;
        uring->cqes = ring->cq.cqes;
        uring->cq_khead = ring->cq.khead;
        uring->cq_ktail = ring->cq.ktail;
        uring->cq_mask = ring->cq.ring_entries - 1;
        uring->enter_fd = ring->ring_fd;
        uring->cancel_is_silent = ring->features & IORING_FEAT_CQE_SKIP;
        if (!(uring->setup_flags & URING_SETUP_NO_SQARRAY)) {
                for (unsigned i = 0; i < uring->sq_entries; i++)
                        ring->sq.array[i] = i;
        }
        if (!(without & PLATFORM_WITHOUT_SETUP_FLAGS) && io_uring_register_ring_fd(ring) == 1) {
                uring->enter_fd = ring->enter_ring_fd;
                uring->enter_flags = IORING_ENTER_REGISTERED_RING;
        }
}

/* What only newer kernels have. */
static void ring_probe(struct uring *uring, uint32_t without)
{
        struct io_uring_probe *probe = io_uring_get_probe_ring(&uring->ring);

        uring->multishot = !(without & PLATFORM_WITHOUT_MULTISHOT) && probe &&
                           io_uring_opcode_supported(probe, URING_OP_SEND_ZC);
        uring->has_truncate = probe && io_uring_opcode_supported(probe, URING_OP_FTRUNCATE);
        uring->files_by_pool = without & PLATFORM_WITHOUT_NEW_FILES;
        uring->zero_copy = !(without & PLATFORM_WITHOUT_ZERO_COPY) && probe &&
                           io_uring_opcode_supported(probe, IORING_OP_SENDMSG_ZC) &&
                           uring->ring.features & URING_FEAT_REG_REG_RING;
        io_uring_free_probe(probe);
}

int platform_uring_new(const struct platform_io_config *config, struct platform_io **ret_io)
{
        unsigned entries = config->entries ? config->entries : ENTRIES_DEFAULT;
        struct uring *uring;
        void *lists;
        int error;

        if (entries > ENTRIES_MAX)
                return -EINVAL;
        uring = aligned_alloc(64, sizeof(*uring));
        if (!uring)
                return -ENOMEM;
        memset(uring, 0, sizeof(*uring));
        uring->io.ops = &uring_ops;
        uring->waker.fd = -1;
        signal_watch_init(&uring->signals);

        error = ring_setup(uring, entries, config->without);
        if (error)
                goto failed;
        ring_remember(uring, config->without);

        error = -ENOMEM;
        uring->beside = malloc(uring->sq_entries * sizeof(*uring->beside));
        uring->lists_count = platform_descriptors_max();
        lists = mmap(NULL, uring->lists_count * sizeof(*uring->lists), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (lists != MAP_FAILED)
                uring->lists = lists;
        if (!uring->beside || !uring->lists)
                goto failed;
        error = receive_pool_init(&uring->receive, config);
        if (error)
                goto failed;
        error = pool_new(&uring->io, config, &uring->pool);
        if (error)
                goto failed;
        error = waker_open(&uring->waker);
        if (!error && config->signals)
                error = signal_watch_open(&uring->signals);
        if (error)
                goto failed;

        uring->send_flags = MSG_NOSIGNAL;
        if (!(config->without & PLATFORM_WITHOUT_WHOLE_SENDS))
                uring->send_flags |= MSG_WAITALL;
        ring_probe(uring, config->without);
        if (uring->multishot && !(config->without & PLATFORM_WITHOUT_BUFFER_RING))
                buffer_ring_init(uring);
        *ret_io = &uring->io;
        return 0;
failed:
        uring_free(&uring->io);
        return error;
}
