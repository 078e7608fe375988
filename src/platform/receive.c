/* SPDX-License-Identifier: MIT */
/*
 * The engine's receive buffers: one mapping, given memory as it is touched.
 *
 * Buffers are not laid end to end but 64 bytes further apart than they are long. Were the distance
 * a power of two, the first line of every buffer would fall into the same few sets of the caches,
 * and a server that receives short messages in a thousand buffers would miss on every one of them.
 *
 * The free list is a stack. Only the engine's thread touches it. (io_uring's own ring of buffers
 * has the kernel's order instead.)
 */
#include <errno.h>
#include <sys/mman.h>

#include "platform/backend.h"

#define BUFFERS_DEFAULT      1024u
#define BUFFERS_MAX          32768u /* the kernel's limit for a ring of buffers */
#define BUFFER_BYTES_DEFAULT 4096u
#define BUFFER_BYTES_MAX     (1u << 20)

int receive_pool_init(struct receive_pool *pool, const struct platform_io_config *config)
{
        uint32_t wanted = config->buffers ? config->buffers : BUFFERS_DEFAULT, count = 1;
        uint32_t bytes = config->buffer_bytes ? config->buffer_bytes : BUFFER_BYTES_DEFAULT;
        void *memory;

        if (wanted > BUFFERS_MAX || bytes > BUFFER_BYTES_MAX)
                return -EINVAL;
        while (count < wanted)
                count *= 2;
        pool->count = count;
        pool->bytes = bytes;
        pool->stride = ((size_t)bytes + 63u) / 64u * 64u + 64u;
        pool->memory_bytes = pool->stride * count;
        memory = mmap(NULL, pool->memory_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED)
                return -ENOMEM;
        pool->free_list = malloc(count * sizeof(*pool->free_list));
        if (!pool->free_list) {
                munmap(memory, pool->memory_bytes);
                return -ENOMEM;
        }
        pool->memory = memory;
        for (uint32_t i = 0; i < count; i++)
                pool->free_list[i] = (uint16_t)(count - 1 - i);
        pool->free_count = count;
        return 0;
}

void receive_pool_deinit(struct receive_pool *pool)
{
        if (pool->memory)
                munmap(pool->memory, pool->memory_bytes);
        free(pool->free_list);
        *pool = (struct receive_pool){0};
}
