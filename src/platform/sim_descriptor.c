/* SPDX-License-Identifier: MIT */
/*
 * Descriptors of the simulation: small numbers that stand for descriptions of open files, pipe
 * ends, sockets and the three standard streams.
 *
 *      sim_description_new --> sim_descriptor_add --> number --> sim_descriptor_close
 *                                                                         |
 *                                        free, when no operation holds it any more
 *
 * Invariants.
 *   (1) A new descriptor gets the lowest free number, as POSIX demands: a program that uses a
 *       number after it has closed it meets somebody else's file here as well.
 *   (2) A description is counted: one for its number, one for each operation under way that names
 *       it. It is closed (a peer sees the end, a listener's queue is reset) when the last of them
 *       is gone, as io_uring does it.
 *   (3) No operation stands in a queue of a description that is freed.
 *   (4) Descriptors 0, 1 and 2 are there from the start and count against the limit, but not as
 *       leaks.
 */
#include "platform/sim_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

struct sim_description *sim_description_new(struct sim *sim, enum sim_kind kind)
{
        struct sim_description *description = sim_allocate(sim, sizeof(*description));

        description->sim = sim;
        description->kind = kind;
        description->references = 1;
        return description;
}

struct sim_description *sim_description_unref(struct sim *sim, struct sim_description *description)
{
        if (description == NULL)
                return NULL;
        sim_assert(sim, description->references > 0);
        if (--description->references > 0)
                return NULL;
        /* (3) */
        sim_assert(sim, description->queue[SIM_IN].first == NULL &&
                                description->queue[SIM_OUT].first == NULL);
        sim_assert(sim, description->polls.first == NULL);
        switch (description->kind) {
        case SIM_NODE:
                sim_locks_drop(description->node, description);
                if (sim_is_writable(description->flags) && S_ISREG(description->node->mode))
                        sim_watch_content(sim, description->node, IN_CLOSE_WRITE);
                sim_node_unref(sim, description->node);
                break;
        case SIM_PIPE:
                sim_pipe_close(sim, description);
                break;
        case SIM_SOCKET:
                sim_socket_close(sim, description->socket);
                break;
        case SIM_WATCH:
                sim_watch_close(sim, description->watcher);
                break;
        case SIM_INPUT:
        case SIM_OUTPUT:
                break;
        }
        free(description);
        return NULL;
}

struct sim_description *sim_descriptor_get(struct sim *sim, int fd)
{
        if (fd < 0 || (uint32_t)fd >= sim->descriptor_capacity)
                return NULL;
        return sim->descriptors[fd];
}

/* (1) */
static uint32_t descriptor_find(struct sim *sim)
{
        uint32_t fd = sim->descriptor_lowest;

        while (fd < sim->descriptor_capacity && sim->descriptors[fd] != NULL)
                ++fd;
        sim->descriptor_lowest = fd;
        return fd;
}

bool sim_descriptor_is_full(const struct sim *sim)
{
        return sim->descriptor_count >= sim->limits.descriptors;
}

int sim_descriptor_add(struct sim *sim, struct sim_description *description)
{
        uint32_t fd;

        if (sim_descriptor_is_full(sim))
                return -EMFILE;
        fd = descriptor_find(sim);
        if (fd >= sim->descriptor_capacity) {
                uint32_t capacity =
                        sim->descriptor_capacity == 0 ? 64 : 2 * sim->descriptor_capacity;

                sim->descriptors = sim_reallocate(sim, sim->descriptors,
                                                  capacity * sizeof(struct sim_description *));
                for (uint32_t i = sim->descriptor_capacity; i < capacity; ++i)
                        sim->descriptors[i] = NULL;
                sim->descriptor_capacity = capacity;
        }
        sim->descriptors[fd] = description;
        sim->descriptor_lowest = fd + 1;
        sim->descriptor_count += 1;
        return (int)fd;
}

int sim_descriptor_close(struct sim *sim, int fd)
{
        struct sim_description *description = sim_descriptor_get(sim, fd);

        if (description == NULL)
                return -EBADF;
        if (description->references > 1)
                sim->statistics.closed_busy += 1;
        sim->descriptors[fd] = NULL;
        sim->descriptor_count -= 1;
        if ((uint32_t)fd < sim->descriptor_lowest)
                sim->descriptor_lowest = (uint32_t)fd;
        sim_description_unref(sim, description);
        return 0;
}

void sim_description_kick(struct sim *sim, struct sim_description *description,
                          enum sim_direction direction)
{
        if (description == NULL)
                return;
        sim_queue_kick(sim, &description->queue[direction]);
        for (struct sim_link *link = description->polls.first; link != NULL; link = link->next)
                sim_operation_kick(sim, link->operation);
}
