/* SPDX-License-Identifier: MIT */
/*
 * What `sim.h` offers to tests and programs beyond the interface of an engine: limits, targeted
 * faults, files, signals, standard streams, and the state of the run.
 *
 * These calls are the world outside of the simulated machine: they take effect at once, meet no
 * fault, and are not counted as operations.
 *
 * Invariants.
 *   (1) What changes the simulated machine enters the hash of the run, as it is part of what the
 *       program did.
 *   (2) What only asks changes nothing: a program may ask as often as it likes, and the run stays
 *       the same.
 *   (3) A signal completes each operation that waits for it. One that nobody waits for stays
 *       pending, once, for the next; arrivals that come together are one, as is the way of signals.
 */
#include "platform/sim_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static const struct sim *sim_of_const(const struct platform_io *io)
{
        return sim_of((struct platform_io *)(uintptr_t)io);
}

uint64_t platform_sim_hash(const struct platform_io *io)
{
        return sim_of_const(io)->hash;
}

bool platform_sim_is_quiet(const struct platform_io *io)
{
        return sim_of_const(io)->quiet;
}

void platform_sim_advance(struct platform_io *io, uint64_t ns)
{
        struct sim *sim = sim_of(io);

        sim->now_ns = ns > UINT64_MAX - sim->now_ns ? UINT64_MAX : sim->now_ns + ns;
        sim_note(sim, ns);
}

uint64_t platform_sim_random(struct platform_io *io, uint64_t bound)
{
        return sim_roll(sim_of(io), SIM_DICE_PROGRAM, bound);
}

void platform_sim_limit(struct platform_io *io, const struct platform_sim_limits *limits)
{
        struct sim *sim = sim_of(io);

        if (limits->disk_bytes != 0)
                sim->limits.disk_bytes = limits->disk_bytes;
        if (limits->descriptors != 0)
                sim->limits.descriptors = limits->descriptors;
        if (limits->pipe_bytes != 0)
                sim->limits.pipe_bytes = limits->pipe_bytes;
        if (limits->socket_bytes != 0)
                sim->limits.socket_bytes = limits->socket_bytes;
        if (limits->watchers != 0)
                sim->limits.watchers = limits->watchers;
        if (limits->watches != 0)
                sim->limits.watches = limits->watches;
        if (limits->watch_events != 0)
                sim->limits.watch_events = limits->watch_events;
        sim_note(sim, sim_digest(1, &sim->limits.disk_bytes, sizeof(uint64_t)));
}

void platform_sim_fault_rate(struct platform_io *io, uint32_t fault_per_mille)
{
        sim_of(io)->config.fault_per_mille = fault_per_mille;
}

void platform_sim_fault_allow(struct platform_io *io, uint32_t mask)
{
        sim_of(io)->fault_mask = mask;
}

void platform_sim_fail_nth(struct platform_io *io, uint64_t n, int error)
{
        struct sim *sim = sim_of(io);

        sim_assert(sim, n == 0 || error < 0);
        sim->fail_number = n == 0 ? 0 : sim->statistics.operations + n;
        sim->fail_error = error;
        sim_note(sim, n);
}

int platform_sim_reset(struct platform_io *io, int fd)
{
        struct sim *sim = sim_of(io);
        struct sim_description *description = sim_descriptor_get(sim, fd);

        if (description == NULL)
                return -EBADF;
        if (description->kind != SIM_SOCKET)
                return -ENOTSOCK;
        if (description->socket->state != SIM_SOCKET_CONNECTED || description->socket->peer == NULL)
                return -ENOTCONN;
        sim_socket_reset(sim, description->socket, false);
        sim->statistics.faults[PLATFORM_SIM_FAULT_RESET] += 1;
        sim_note(sim, (uint64_t)fd);
        return 0;
}

void platform_sim_poison(struct platform_io *io, bool on)
{
        sim_of(io)->poison = on;
}

void platform_sim_watch(struct platform_io *io, bool on)
{
        sim_of(io)->watch = on;
}

void platform_sim_statistics(const struct platform_io *io, struct platform_sim_statistics *ret)
{
        const struct sim *sim = sim_of_const(io);

        *ret = sim->statistics;
        for (uint32_t fd = 3; fd < sim->descriptor_capacity; ++fd)
                ret->descriptors += sim->descriptors[fd] != NULL;
        ret->buffers_out = sim->buffer_count - sim->buffers_free_count;
}

/* Makes the directories above the last name of a path, which may stand in `path` up to `length`. */
static int parents_make(struct sim *sim, const char *path)
{
        char part[PATH_MAX];
        struct sim_place place;

        if (strnlen(path, PATH_MAX) == PATH_MAX)
                return -ENAMETOOLONG;
        for (size_t i = 1; path[i] != '\0'; ++i) {
                int r;

                if (path[i] != '/')
                        continue;
                memcpy(part, path, i);
                part[i] = '\0';
                r = sim_path_walk(sim, sim->root, part, true, &place);
                if (r < 0)
                        return r;
                if (place.node == NULL)
                        sim_directory_add(sim, place.directory, place.name,
                                          sim_node_new(sim, S_IFDIR | 0755));
                else if (!S_ISDIR(place.node->mode))
                        return -ENOTDIR;
        }
        return 0;
}

static int place_make(struct sim *sim, const char *path, bool follow, struct sim_place *ret_place)
{
        int r = parents_make(sim, path);

        if (r < 0)
                return r;
        sim_note(sim, sim_digest(2, path, strlen(path)));
        return sim_path_walk(sim, sim->root, path, follow, ret_place);
}

int platform_sim_file(struct platform_io *io, const char *path, const void *bytes, size_t length)
{
        struct sim *sim = sim_of(io);
        struct sim_place place;
        ssize_t n;
        int r = place_make(sim, path, true, &place);

        if (r < 0)
                return r;
        if (place.slash || (place.node != NULL && !S_ISREG(place.node->mode)))
                return -EISDIR;
        if (place.node == NULL) {
                place.node = sim_node_new(sim, S_IFREG | 0644);
                sim_directory_add(sim, place.directory, place.name, place.node);
        }
        sim_node_truncate(sim, place.node);
        n = sim_node_write(sim, place.node, 0, bytes, length);
        if (n < 0)
                return (int)n;
        sim_note(sim, sim_digest(3, bytes, length));
        return (size_t)n < length ? -ENOSPC : 0;
}

int platform_sim_directory(struct platform_io *io, const char *path)
{
        struct sim *sim = sim_of(io);
        struct sim_place place;
        int r = place_make(sim, path, true, &place);

        if (r < 0)
                return r;
        if (place.node != NULL)
                return S_ISDIR(place.node->mode) ? 0 : -EEXIST;
        sim_directory_add(sim, place.directory, place.name, sim_node_new(sim, S_IFDIR | 0755));
        return 0;
}

int platform_sim_symlink(struct platform_io *io, const char *path, const char *target)
{
        struct sim *sim = sim_of(io);
        size_t length = strlen(target);
        struct sim_place place;
        int r = place_make(sim, path, false, &place);

        if (r < 0)
                return r;
        if (place.node != NULL)
                return -EEXIST;
        if (length == 0 || length >= PATH_MAX)
                return length == 0 ? -ENOENT : -ENAMETOOLONG;
        place.node = sim_node_new(sim, S_IFLNK | 0777);
        place.node->bytes = sim_allocate(sim, length + 1);
        place.node->size = length;
        memcpy(place.node->bytes, target, length);
        sim_directory_add(sim, place.directory, place.name, place.node);
        sim_note(sim, sim_digest(4, target, length));
        return 0;
}

static int node_find(struct sim *sim, const char *path, bool follow, struct sim_place *ret_place)
{
        int r = sim_path_walk(sim, sim->root, path, follow, ret_place);

        return r < 0 ? r : ret_place->node == NULL ? -ENOENT : 0;
}

int platform_sim_remove(struct platform_io *io, const char *path)
{
        struct sim *sim = sim_of(io);
        struct sim_place place;
        int r = node_find(sim, path, false, &place);

        if (r < 0)
                return r;
        if (place.node == sim->root)
                return -EBUSY;
        if (strcmp(place.name, ".") == 0 || strcmp(place.name, "..") == 0)
                return -EINVAL;
        if (S_ISDIR(place.node->mode) && place.node->entry_count > 0)
                return -ENOTEMPTY;
        sim_directory_remove(sim, place.directory, place.name);
        sim_note(sim, sim_digest(5, path, strlen(path)));
        return 0;
}

int platform_sim_mode(struct platform_io *io, const char *path, unsigned mode)
{
        struct sim *sim = sim_of(io);
        struct sim_place place;
        int r = node_find(sim, path, true, &place);

        if (r < 0)
                return r;
        place.node->mode = (place.node->mode & S_IFMT) | (mode & 07777);
        sim_watch_content(sim, place.node, IN_ATTRIB);
        sim_note(sim, mode);
        return 0;
}

int platform_sim_content(struct platform_io *io, const char *path, const void **ret_bytes,
                         size_t *ret_length)
{
        struct sim *sim = sim_of(io);
        struct sim_place place;
        int r = node_find(sim, path, true, &place);

        if (r < 0)
                return r;
        if (!S_ISREG(place.node->mode))
                return -EISDIR;
        *ret_bytes = place.node->size > 0 ? place.node->bytes : (const uint8_t *)"";
        *ret_length = place.node->size;
        return 0;
}

void platform_sim_raise(struct platform_io *io, int signal)
{
        struct sim *sim = sim_of(io);
        bool taken = false;

        sim_assert(sim, signal > 0 && signal <= SIM_SIGNALS);
        sim->quiet = false;
        for (struct sim_link *link = sim->signals.first; link != NULL; link = link->next) {
                struct sim_operation *operation = link->operation;

                if ((operation->copy.offset & platform_signal_bit(signal)) == 0)
                        continue;
                if (operation->arrived == 0)
                        operation->arrived = (uint8_t)signal;
                taken |= operation->arrived == signal;
                sim_operation_kick(sim, operation);
        }
        if (!taken)
                sim->signals_pending |= platform_signal_bit(signal);
        sim_note(sim, (uint64_t)signal);
}

void platform_sim_input(struct platform_io *io, const void *bytes, size_t length)
{
        struct sim *sim = sim_of(io);

        sim_bytes_push(sim, &sim->input, bytes, length);
        sim_note(sim, sim_digest(6, bytes, length));
}

void platform_sim_output(const struct platform_io *io, int fd, const void **ret_bytes,
                         size_t *ret_length)
{
        const struct sim *sim = sim_of_const(io);

        sim_assert(sim, fd == 1 || fd == 2);
        *ret_bytes =
                sim->output[fd - 1].length > 0 ? sim->output[fd - 1].bytes : (const uint8_t *)"";
        *ret_length = sim->output[fd - 1].length;
}

void platform_sim_echo(struct platform_io *io, bool on)
{
        sim_of(io)->echo = on;
}
