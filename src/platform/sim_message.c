/* SPDX-License-Identifier: MIT */
/*
 * Messages over the simulation's connected Unix sockets, of streams and of packets: SENDMSG and
 * RECVMSG of one message each, with descriptors, and with the credentials of who sent it.
 *
 *      SENDMSG --> bytes into the peer's queue `receive`, and a parcel that says where they begin,
 *                  what comes beside them, and of a packet how long it is
 *      RECVMSG --> bytes up to the end of the first parcel with descriptors; a packet whole
 *      any other receive, or the end of the socket --> the parcels that it passes are dropped
 *
 * Invariants.
 *   (1) A parcel holds a reference to each description that it carries. Those that nobody takes are
 *       let go with it; a ring of sockets in each other's parcels with the simulation.
 *   (2) Parcels stand in the order of their bytes, none before the first byte that is still there.
 *   (3) A packet counts PACKET_COST more than its bytes, so that empty ones are bounded.
 */
#include "platform/sim_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PACKET_COST 256u
#define FILES_MAX   253u /* SCM_MAX_FD of Linux */
#define PROCESS     1    /* who sends: the only one that there is */

struct sim_parcel {
        struct sim_parcel *next;
        struct sim_parcel *all_next, **all_link; /* of the simulation's */
        uint64_t at;                             /* where it begins, of all that was ever sent */
        size_t length;
        unsigned count;
        struct sim_description *descriptions[];
};

static struct sim_parcel *parcel_new(struct sim *sim, unsigned count)
{
        struct sim_parcel *parcel = sim_allocate(
                sim, sizeof(*parcel) + count * sizeof(struct sim_description *));

        parcel->all_next = sim->parcels;
        parcel->all_link = &sim->parcels;
        if (parcel->all_next != NULL)
                parcel->all_next->all_link = &parcel->all_next;
        sim->parcels = parcel;
        return parcel;
}

static void parcel_free(struct sim *sim, struct sim_parcel *parcel)
{
        while (parcel->count > 0)
                sim_description_unref(sim, parcel->descriptions[--parcel->count]);
        *parcel->all_link = parcel->all_next;
        if (parcel->all_next != NULL)
                parcel->all_next->all_link = parcel->all_link;
        free(parcel);
}

/* What rings hold is let go, too. (1) */
void sim_parcels_free(struct sim *sim)
{
        struct sim_parcel *parcel = sim->parcels;

        while (parcel != NULL) {
                if (parcel->count == 0) {
                        parcel = parcel->all_next;
                        continue;
                }
                sim_description_unref(sim, parcel->descriptions[--parcel->count]);
                parcel = sim->parcels; /* that one may be gone, with the socket that had it */
        }
}

static void parcel_put(struct sim_socket *socket, struct sim_parcel *parcel)
{
        struct sim_parcel **link = &socket->parcels;

        while (*link != NULL)
                link = &(*link)->next;
        parcel->at = socket->given;
        *link = parcel;
        socket->parcels_count++;
}

static struct sim_parcel *parcel_take(struct sim_socket *socket)
{
        struct sim_parcel *parcel = socket->parcels;

        socket->parcels = parcel->next;
        socket->parcels_count--;
        return parcel;
}

/* Where the first byte that is not taken yet stands. */
static uint64_t head_of(const struct sim_socket *socket)
{
        return socket->given - socket->receive.length;
}

void sim_parcels_passed(struct sim *sim, struct sim_socket *socket)
{
        while (socket->parcels != NULL && !socket->packets &&
               socket->parcels->at < head_of(socket))
                parcel_free(sim, parcel_take(socket));
}

void sim_parcels_drop(struct sim *sim, struct sim_socket *socket)
{
        while (socket->parcels != NULL)
                parcel_free(sim, parcel_take(socket));
}

/* The last bytes are lost by a reset, and what came beside them. */
void sim_parcels_lose(struct sim *sim, struct sim_socket *socket, size_t bytes)
{
        struct sim_parcel **link = &socket->parcels;

        socket->given -= bytes;
        while (*link != NULL && (*link)->at < socket->given)
                link = &(*link)->next;
        while (*link != NULL) {
                struct sim_parcel *parcel = *link;

                *link = parcel->next;
                socket->parcels_count--;
                parcel_free(sim, parcel);
        }
}

/* ---- Sending */

/* What a message carries. 0, or a negative errno; *ret_parcel is NULL where that is nothing. */
static int parcel_pack(struct sim *sim, const struct msghdr *header, bool packet,
                       struct sim_parcel **ret_parcel)
{
        struct msghdr message = *header;
        unsigned count = 0;
        const int *fds = NULL;

        for (struct cmsghdr *control = CMSG_FIRSTHDR(&message); control != NULL;
             control = CMSG_NXTHDR(&message, control)) {
                struct ucred who;

                if (control->cmsg_level != SOL_SOCKET)
                        continue;
                if (control->cmsg_type == SCM_RIGHTS) {
                        fds = (const int *)(const void *)CMSG_DATA(control);
                        count = (unsigned)((control->cmsg_len - CMSG_LEN(0)) / sizeof(int));
                } else if (control->cmsg_type == SCM_CREDENTIALS) {
                        memcpy(&who, CMSG_DATA(control), sizeof(who));
                        if (who.pid != PROCESS || who.uid != SIM_USER || who.gid != SIM_USER)
                                return -EPERM;
                }
        }
        *ret_parcel = NULL;
        if (count > FILES_MAX)
                return -EINVAL;
        for (unsigned i = 0; i < count; i++)
                if (sim_descriptor_get(sim, fds[i]) == NULL)
                        return -EBADF;
        if (count == 0 && !packet)
                return 0;
        *ret_parcel = parcel_new(sim, count);
        for (unsigned i = 0; i < count; i++) {
                (*ret_parcel)->descriptions[i] = sim_descriptor_get(sim, fds[i]);
                (*ret_parcel)->descriptions[i]->references += 1;
        }
        (*ret_parcel)->count = count;
        return 0;
}

/* The bytes from `skip` on, as many as `length`. */
static void bytes_give(struct sim_description *target, struct sim_bytes *queue,
                       const struct msghdr *header, size_t skip, size_t length)
{
        for (size_t i = 0; i < header->msg_iovlen && length > 0; i++) {
                const struct iovec *piece = &header->msg_iov[i];
                size_t part;

                if (skip >= piece->iov_len) {
                        skip -= piece->iov_len;
                        continue;
                }
                part = piece->iov_len - skip < length ? piece->iov_len - skip : length;
                sim_sink_give(target, queue, (const char *)piece->iov_base + skip, part);
                length -= part;
                skip = 0;
        }
}

/* Room for a packet, as a sink's look answers it. */
static int packet_look(const struct sim_socket *socket, size_t length)
{
        const struct sim_socket *far = socket->peer;
        size_t taken;

        if (length + PACKET_COST > far->receive.limit)
                return -EMSGSIZE;
        taken = far->receive.length + far->parcels_count * PACKET_COST;
        return taken + length + PACKET_COST > far->receive.limit ? -EAGAIN : 0;
}

enum sim_step sim_step_send_message(struct sim *sim, struct sim_operation *operation)
{
        struct mmsghdr *message = operation->copy.address;
        struct sim_description *target = operation->target;
        struct sim_socket *socket = target->socket;
        size_t bytes = platform_message_bytes(&message->msg_hdr), length = bytes - operation->moved,
               room;
        struct sim_parcel *parcel = NULL;
        struct sim_bytes *queue;
        int r;

        if (operation->copy.length != 1 || socket->family != AF_UNIX)
                return sim_done(operation, -EOPNOTSUPP);
        r = sim_sink_look(target, 1, operation->moved == 0, &queue, &room);
        if (socket->packets && (r == 0 || r == -EAGAIN))
                r = packet_look(socket, bytes);
        if (r == -EAGAIN && (operation->copy.flags & MSG_DONTWAIT) == 0)
                return SIM_STEP_WAIT;
        if (r == 0 && operation->moved == 0)
                r = parcel_pack(sim, &message->msg_hdr, socket->packets, &parcel);
        if (r < 0)
                return sim_done(operation, r);
        if (!socket->packets) {
                length = length < room ? length : room;
                if (operation->shortened && length > 0)
                        length = 1 + (size_t)sim_roll(sim, SIM_DICE_FAULT, length);
        }
        if (parcel != NULL) {
                parcel->length = length;
                parcel_put(socket->peer, parcel);
        }
        if (length == 0 && socket->packets)
                sim_description_kick(sim, socket->peer->description, SIM_IN);
        bytes_give(target, socket->packets ? &socket->peer->receive : queue, &message->msg_hdr,
                   operation->moved, length);
        operation->moved += length;
        message->msg_len = (unsigned)operation->moved;
        return operation->moved == bytes ? sim_done(operation, 1) : SIM_STEP_AGAIN;
}

/* ---- Receiving */

/* A control behind those that are there; NULL where it does not fit. */
static void *control_put(struct msghdr *header, size_t *used, size_t room, int type, size_t bytes)
{
        struct cmsghdr *control = (struct cmsghdr *)(void *)((char *)header->msg_control + *used);

        if (room < *used || room - *used < CMSG_LEN(bytes)) {
                header->msg_flags |= MSG_CTRUNC;
                return NULL;
        }
        control->cmsg_level = SOL_SOCKET;
        control->cmsg_type = type;
        control->cmsg_len = CMSG_LEN(bytes);
        *used = *used + CMSG_SPACE(bytes) < room ? *used + CMSG_SPACE(bytes) : room;
        return CMSG_DATA(control);
}

static void controls_put(struct sim *sim, const struct sim_socket *socket, struct msghdr *header,
                         struct sim_parcel *parcel)
{
        size_t room = header->msg_controllen, used = 0, fits;
        struct ucred who = {PROCESS, SIM_USER, SIM_USER};
        unsigned count = parcel != NULL ? parcel->count : 0, made = 0;
        int fds[FILES_MAX];
        void *place;

        if (socket->credentials) {
                place = control_put(header, &used, room, SCM_CREDENTIALS, sizeof(who));
                if (place != NULL)
                        memcpy(place, &who, sizeof(who));
        }
        fits = room > used + CMSG_LEN(0) ? (room - used - CMSG_LEN(0)) / sizeof(int) : 0;
        for (; made < count && made < fits; made++) {
                struct sim_description *description = parcel->descriptions[made];

                fds[made] = sim_descriptor_add(sim, description);
                if (fds[made] < 0)
                        break;
                description->references += 1;
        }
        if (made < count)
                header->msg_flags |= MSG_CTRUNC;
        if (made > 0)
                memcpy(control_put(header, &used, room, SCM_RIGHTS, made * sizeof(int)), fds,
                       made * sizeof(int));
        header->msg_controllen = used;
}

/* How many bytes of a stream one message has: those up to the end of the first parcel. */
static size_t stream_length(const struct sim_socket *socket, size_t length)
{
        const struct sim_parcel *parcel = socket->parcels;
        size_t most;

        if (parcel == NULL)
                return length;
        most = (size_t)(parcel->at - head_of(socket)) + parcel->length;
        return length < most ? length : most;
}

enum sim_step sim_step_receive_message(struct sim *sim, struct sim_operation *operation)
{
        struct mmsghdr *message = operation->copy.address;
        struct msghdr *header = &message->msg_hdr;
        struct sim_description *target = operation->target;
        struct sim_socket *socket = target->socket;
        size_t room = platform_message_bytes(header), length, at = 0, taken;
        struct sim_parcel *parcel = NULL;
        struct sim_bytes *queue;
        uint8_t *bytes;
        int r;

        if (operation->copy.length != 1)
                return sim_done(operation, -EOPNOTSUPP);
        r = sim_source_look(target, true, &queue);
        if (r == -EAGAIN && (operation->copy.flags & MSG_DONTWAIT) == 0)
                return SIM_STEP_WAIT;
        if (r < 0)
                return sim_done(operation, r);
        header->msg_flags = 0;
        header->msg_namelen = 0;
        message->msg_len = 0;
        if (r == 0) {
                header->msg_controllen = 0;
                return sim_done(operation, 1);
        }
        if (socket->packets) {
                parcel = parcel_take(socket);
                taken = parcel->length;
                length = taken < room ? taken : room;
                if (length < taken)
                        header->msg_flags |= MSG_TRUNC;
        } else {
                length = stream_length(socket, queue->length < room ? queue->length : room);
                if (operation->shortened && length > 0)
                        length = 1 + (size_t)sim_roll(sim, SIM_DICE_FAULT, length);
                taken = length;
                if (socket->parcels != NULL && socket->parcels->at < head_of(socket) + taken)
                        parcel = parcel_take(socket);
        }
        bytes = sim_allocate(sim, taken + 1);
        sim_bytes_copy(queue, bytes, taken);
        for (size_t i = 0; i < header->msg_iovlen && at < length; i++) {
                const struct iovec *piece = &header->msg_iov[i];
                size_t part = piece->iov_len < length - at ? piece->iov_len : length - at;

                if (part > 0)
                        memcpy(piece->iov_base, bytes + at, part);
                at += part;
        }
        free(bytes);
        sim_bytes_drop(queue, taken);
        message->msg_len = (unsigned)length;
        controls_put(sim, socket, header, parcel);
        if (parcel != NULL)
                parcel_free(sim, parcel);
        sim_source_taken(target);
        return sim_done(operation, 1);
}
