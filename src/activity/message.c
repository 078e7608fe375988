/* SPDX-License-Identifier: MIT */
/*
 * Messages over Unix sockets: bytes, and beside them files and who has sent them.
 *
 * A message under way stands in a record of the process, the parcel, with the kernel's header and
 * the room for what goes beside the bytes.
 *
 *      parcel_new --> filled in --> RECVMSG --> completion: what came is taken out --> freed, woken
 *                               --> SENDMSG --> completion: the files are let go --> freed, woken
 *                                      |
 *                                      +-- process ends: parcel_release closes what came
 *
 * Invariants.
 *  (1) What the kernel has put into a parcel is in the process's table of files when the activity
 *      is woken, or was closed. Until the completion, the parcel owns it: a process that ends in
 *      between closes it with the parcel.
 *  (2) The room for files is a multiple of what the kernel needs for one, which may be more than
 *      was asked for: more come, and are closed.
 *  (3) A file that is being sent counts as in use: who closes it cancels the send, and waits for
 *      its end. So no number is sent that stands for something else by then.
 */
#include "activity/file.h"
#include "activity/socket.h"

#include "turn/seat.h"

#include <mori/datagram.h>
#include <mori/message.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* newer than our headers */
#ifndef SCM_PIDFD
#define SCM_PIDFD 0x04
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

#define FLAGS_ALL (MORI_MESSAGE_END | MORI_MESSAGE_FILES_LOST | MORI_MESSAGE_CREDENTIALS)
#define BYTES_MAX 0x7ffff000u /* that the kernel moves in one call */

struct parcel {
        struct owned owned;
        struct mmsghdr header;
        struct iovec vector;
        mori_message *message; /* to be received */
        bool taken;            /* what came */
        uint8_t kind;          /* of the socket, enum file_kind */
        unsigned files_count;  /* to be sent */
        uint32_t *files;       /* their indices */
        _Alignas(struct cmsghdr) char control[];
};

typedef void visit_descriptor(int fd, void *argument);

/* Each descriptor that came, in order. */
static void descriptors_visit(struct msghdr *header, int type, visit_descriptor *visit,
                              void *argument)
{
        struct cmsghdr *control = CMSG_FIRSTHDR(header);

        for (; control != NULL && control->cmsg_len >= CMSG_LEN(0);
             control = CMSG_NXTHDR(header, control)) {
                size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);

                if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != type)
                        continue;
                for (size_t i = 0; i < count; i++) {
                        int fd;

                        memcpy(&fd, CMSG_DATA(control) + i * sizeof fd, sizeof fd);
                        visit(fd, argument);
                }
        }
}

static void descriptor_close(int fd, void *argument)
{
        (void)argument;
        process_close_now(fd);
}

static void parcel_release(struct owned *owned)
{
        struct parcel *parcel = (struct parcel *)owned;

        if (parcel->message != NULL && !parcel->taken) { /* the process ends */
                descriptors_visit(&parcel->header.msg_hdr, SCM_RIGHTS, descriptor_close, NULL);
                descriptors_visit(&parcel->header.msg_hdr, SCM_PIDFD, descriptor_close, NULL);
        }
        free(parcel);
}

static void parcel_free(struct parcel *parcel)
{
        process_disown(&parcel->owned);
        parcel_release(&parcel->owned);
}

/* With room for credentials and files beside the bytes. */
static struct parcel *parcel_new(struct process *process, void *data, size_t bytes, unsigned files)
{
        size_t controls = CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(files * sizeof(int));
        struct parcel *parcel = calloc(1, sizeof *parcel + controls + files * sizeof(uint32_t));

        if (parcel == NULL)
                return NULL;
        parcel->vector = (struct iovec){data, bytes};
        parcel->header.msg_hdr = (struct msghdr){.msg_iov = &parcel->vector,
                                                 .msg_iovlen = 1,
                                                 .msg_control = parcel->control,
                                                 .msg_controllen = controls};
        parcel->files = (uint32_t *)(void *)(parcel->control + controls);
        process_own(process, &parcel->owned, parcel_release);
        return parcel;
}

/* The operation of a parcel, which is freed where there is none. */
static int operation_make(mori_file socket, uint8_t code, struct parcel *parcel,
                          struct operation **ret_operation)
{
        int error = file_operation(socket, code, ret_operation);

        if (error < 0) {
                parcel_free(parcel);
                return error;
        }
        (*ret_operation)->op.address = &parcel->header;
        (*ret_operation)->op.length = 1;
        (*ret_operation)->owner = parcel;
        return 0;
}

/* ---- Receiving */

static void file_take(int fd, void *argument)
{
        mori_message *message = argument;
        struct process *process = process_self();

        if (message->files_count >= message->files_room) { /* (2) */
                message->flags |= MORI_MESSAGE_FILES_LOST;
                process_close_now(fd);
                return;
        }
        if (file_enter(process, fd, socket_kind(fd), &message->files[message->files_count]) < 0)
                message->flags |= MORI_MESSAGE_FILES_LOST;
        else
                message->files_count++;
}

/* *message has only been written to where this answers no error. */
static int32_t message_take(struct parcel *parcel)
{
        struct msghdr *header = &parcel->header.msg_hdr;
        mori_message *message = parcel->message, seen = *message;
        struct cmsghdr *control = CMSG_FIRSTHDR(header);

        seen.bytes = parcel->header.msg_len;
        seen.files_count = 0;
        seen.flags = header->msg_flags & MSG_CTRUNC ? MORI_MESSAGE_FILES_LOST : 0;
        seen.credentials = (mori_credentials){0};
        for (; control != NULL; control = CMSG_NXTHDR(header, control)) {
                struct ucred who;

                if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_CREDENTIALS)
                        continue;
                memcpy(&who, CMSG_DATA(control), sizeof who);
                seen.credentials = (mori_credentials){who.pid, who.uid, who.gid};
                seen.flags |= MORI_MESSAGE_CREDENTIALS;
        }
        /* a packet always has them: nothing at all is the end; a datagram has none */
        if (seen.bytes == 0 && parcel->kind != FILE_DATAGRAM &&
            !(parcel->kind == FILE_PACKETS && seen.flags & MORI_MESSAGE_CREDENTIALS))
                seen.flags |= MORI_MESSAGE_END;
        if (header->msg_flags & MSG_TRUNC)
                return -EMSGSIZE; /* the parcel closes what came with it */
        parcel->taken = true;
        descriptors_visit(header, SCM_PIDFD, descriptor_close, NULL);
        descriptors_visit(header, SCM_RIGHTS, file_take, &seen);
        *message = seen;
        return (int32_t)seen.bytes;
}

static void receive_done(struct operation *operation, int32_t result, uint32_t flags,
                         uint16_t buffer)
{
        struct parcel *parcel = operation->owner;

        if (result > 0) {
                result = message_take(parcel);
        } else {
                parcel->taken = true; /* nothing came */
                if (result == 0) {
                        parcel->message->bytes = 0;
                        parcel->message->files_count = 0;
                        parcel->message->flags = MORI_MESSAGE_END;
                }
        }
        parcel_free(parcel);
        wait_operation_done(operation, result, flags, buffer);
}

static int64_t receive_message_begin(mori_file socket, mori_message *message)
{
        struct operation *operation;
        struct parcel *parcel;
        struct file *file;
        int64_t begun;
        int error = message == NULL ? -EFAULT : socket_file(socket, &file);

        if (error < 0)
                return error;
        if ((message->data == NULL && message->room != 0) ||
            (message->files == NULL && message->files_room != 0))
                return -EFAULT;
        if (message->files_room > MORI_MESSAGE_FILES_MAX || message->room > BYTES_MAX ||
            (file->kind == FILE_SOCKET && message->room == 0))
                return -EINVAL;
        if (file->kind == FILE_DATAGRAM && file->options & MORI_DATAGRAM_ERRORS)
                return -EOPNOTSUPP; /* its errors, which nobody takes, would wake us for ever */
        if (file->receiver != NULL)
                return -EBUSY;
        parcel = parcel_new(process_self(), message->data, message->room, message->files_room);
        if (parcel == NULL)
                return -ENOMEM;
        parcel->message = message;
        parcel->kind = file->kind;
        if (file->kind == FILE_SOCKET)
                file->options |= FILE_MESSAGES;
        error = operation_make(socket, PLATFORM_RECVMSG, parcel, &operation);
        if (error < 0)
                return error;
        operation->done = receive_done;
        begun = wait_operation(operation);
        if (begun != WAIT_SUSPEND)
                parcel_free(parcel);
        return begun;
}

MORI_ASYNC int64_t mori_message_receive(mori_file socket, mori_message *message)
{
        int64_t begun = receive_message_begin(socket, message);

        return begun != WAIT_SUSPEND ? begun : MORI_AWAIT activity_suspend();
}

/* ---- Sending */

bool message_carries(const struct operation *operation, uint32_t index)
{
        const struct parcel *parcel = operation->owner;

        /* where a datagram is sent, the owner is another record */
        if (operation->op.code != PLATFORM_SENDMSG || operation->op.address != &parcel->header)
                return false;
        for (unsigned i = 0; i < parcel->files_count; i++)
                if (parcel->files[i] == index)
                        return true;
        return false;
}

static void files_leave(struct process *process, const struct parcel *parcel)
{
        for (unsigned i = 0; i < parcel->files_count; i++)
                wait_files_leave(process, parcel->files[i], 0);
}

static void send_done(struct operation *operation, int32_t result, uint32_t flags, uint16_t buffer)
{
        struct process *process = operation->process;
        struct parcel *parcel = operation->owner;
        unsigned sent = parcel->header.msg_len;

        if (result > 0 || sent > 0)
                result = (int32_t)sent;
        for (unsigned i = 0; result == -ECANCELED && i < parcel->files_count; i++)
                if (process->files[parcel->files[i]].closing)
                        result = -EBADF;
        wait_operation_done(operation, result, flags, buffer);
        files_leave(process, parcel);
        parcel_free(parcel);
}

/* Room for a control, behind those that are there. */
static void *control_add(struct msghdr *header, int type, size_t bytes)
{
        struct cmsghdr *control =
                (struct cmsghdr *)(void *)((char *)header->msg_control + header->msg_controllen);

        control->cmsg_level = SOL_SOCKET;
        control->cmsg_type = type;
        control->cmsg_len = CMSG_LEN(bytes);
        header->msg_controllen += CMSG_SPACE(bytes);
        return CMSG_DATA(control);
}

/* What goes beside the bytes. 0, or a negative errno. */
static int controls_fill(struct process *process, struct parcel *parcel,
                         const mori_message *message)
{
        struct msghdr *header = &parcel->header.msg_hdr;
        const mori_credentials *claimed = &message->credentials;
        char *place;

        header->msg_controllen = 0;
        if (message->flags & MORI_MESSAGE_CREDENTIALS) {
                struct ucred who = {claimed->process, claimed->user, claimed->group};

                memcpy(control_add(header, SCM_CREDENTIALS, sizeof who), &who, sizeof who);
        }
        if (message->files_count == 0)
                return 0;
        place = control_add(header, SCM_RIGHTS, message->files_count * sizeof(int));
        for (unsigned i = 0; i < message->files_count; i++) {
                const struct file *file = process_file(process, message->files[i].word);

                if (file == NULL)
                        return -EBADF;
                memcpy(place + i * sizeof file->fd, &file->fd, sizeof file->fd);
                parcel->files[i] = (uint32_t)message->files[i].word;
        }
        parcel->files_count = message->files_count;
        return 0;
}

/* Whether files can go with a message: the kernel drops them silently where they cannot. */
static int files_check(const struct file *file, const mori_message *message)
{
        int family;

        if (message->bytes > BYTES_MAX || message->files_count > MORI_MESSAGE_FILES_MAX ||
            message->flags & ~(unsigned)FLAGS_ALL)
                return -EINVAL;
        if (message->files_count == 0)
                return 0;
        if (file->kind == FILE_SOCKET && message->bytes == 0)
                return -EINVAL;
        family = socket_option_get(file->fd, SOL_SOCKET, SO_DOMAIN);
        return family < 0 ? family : family == AF_UNIX ? 0 : -EPROTOTYPE;
}

static int64_t send_message_begin(mori_file socket, const mori_message *message)
{
        struct process *process = process_self();
        struct operation *operation;
        struct parcel *parcel;
        struct file *file;
        int64_t begun;
        int error = message == NULL ? -EFAULT : socket_file(socket, &file);

        if (error == 0 && ((message->data == NULL && message->bytes != 0) ||
                           (message->files == NULL && message->files_count != 0)))
                error = -EFAULT;
        if (error == 0)
                error = files_check(file, message);
        if (error < 0)
                return error;
        parcel = parcel_new(process, message->data, message->bytes, message->files_count);
        if (parcel == NULL)
                return -ENOMEM;
        error = controls_fill(process, parcel, message);
        if (error < 0) {
                parcel_free(parcel);
                return error;
        }
        error = operation_make(socket, PLATFORM_SENDMSG, parcel, &operation);
        if (error < 0)
                return error;
        operation->done = send_done;
        for (unsigned i = 0; i < parcel->files_count; i++)
                process->files[parcel->files[i]].operations++;
        begun = wait_operation(operation);
        if (begun != WAIT_SUSPEND) {
                files_leave(process, parcel);
                parcel_free(parcel);
        }
        return begun;
}

MORI_ASYNC int64_t mori_message_send(mori_file socket, const mori_message *message)
{
        int64_t begun = send_message_begin(socket, message);

        return begun != WAIT_SUSPEND ? begun : MORI_AWAIT activity_suspend();
}

/* ---- Who is at the other end */

static int peer_option(mori_file socket, int option, void *value, socklen_t length)
{
        struct file *file = process_file(process_self(), socket.word);
        int family, error;

        if (file == NULL)
                return -EBADF;
        family = socket_option_get(file->fd, SOL_SOCKET, SO_DOMAIN);
        if (family != AF_UNIX)
                return family < 0 ? family : -EPROTOTYPE;
        error = platform_socket_option_get(seat_hold()->io, file->fd, SOL_SOCKET, option, value,
                                           &length);
        seat_release();
        return error;
}

int mori_socket_peer(mori_file socket, mori_credentials *ret_credentials)
{
        struct ucred who;
        int error = ret_credentials == NULL ? -EFAULT
                                            : peer_option(socket, SO_PEERCRED, &who, sizeof who);

        if (error < 0)
                return error;
        if (who.uid == (uid_t)-1) /* nobody */
                return -EPROTOTYPE;
        *ret_credentials = (mori_credentials){who.pid, who.uid, who.gid};
        return 0;
}

int mori_socket_peer_process(mori_file socket, mori_file *ret_process)
{
        int pidfd, error;

        if (ret_process == NULL)
                return -EFAULT;
        error = peer_option(socket, SO_PEERPIDFD, &pidfd, sizeof pidfd);

        if (error == -ENOPROTOOPT)
                return -EOPNOTSUPP;
        if (error == -ENODATA)
                return -EPROTOTYPE;
        if (error == -EINVAL)
                return -ESRCH;
        return error < 0 ? error : file_enter(process_self(), pidfd, FILE_PLAIN, ret_process);
}
