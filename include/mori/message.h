/* SPDX-License-Identifier: MIT */
/*
 * Messages over Unix sockets: bytes that take open files along, and tell who has sent them; and
 * sockets of packets.
 *
 *         mori_file pair[2], got;
 *         char text[100];
 *         mori_message out = {.data = "here", .bytes = 4, .files = &file, .files_count = 1};
 *         mori_message in = {.data = text, .room = 100, .files = &got, .files_room = 1};
 *
 *         attempt(mori_socket_pair(SOCK_SEQPACKET, pair));
 *         attempt(await mori_message_send(pair[0], &out));
 *         attempt(await mori_message_receive(pair[1], &in));
 *
 * Rules.
 *   (1) A file that is sent stays the sender's, to be closed by it, at once if it likes. What comes
 *       is another handle to the same open file, with the same position; it is the receiver's, and
 *       close-on-exec. Sockets come as sockets, listeners as listeners. A mori_directory comes as a
 *       plain file, whose paths may lead out of it: the kernel knows nothing of the fence, so
 *       whoever receives it must be trusted with more than what is beneath it.
 *   (2) A receiver gets no file that it has not asked for: such are closed at once, and the
 *       message says so (MORI_MESSAGE_FILES_LOST). Nor does a plain read, which says nothing.
 *   (3) On a stream, files go with the first byte of their message, once, however the bytes are cut
 *       up on the way. A receive brings the files of one message at most; its bytes may begin
 *       before those of the message, and end before its end. So send a message with files only
 *       where the receiver knows that one comes, or use packets.
 *   (4) A stream from which messages are received is not read ahead. mori_file_read() works on it,
 *       too; mori_socket_borrow() does not (-EOPNOTSUPP). After a first read or loan, which do read
 *       ahead, mori_message_receive() answers -EBUSY: what was read ahead has lost its files.
 *   (5) Packets (SOCK_SEQPACKET) are connections like those of streams, in which every message
 *       comes as it was sent: whole, or told to be cut. mori_file_read() and _write() answer
 *       -EOPNOTSUPP on them. They always tell who has sent.
 *   (6) Messages of datagram sockets (datagram.h) may be sent and received like this, too, where
 *       the socket has a peer; not received from one with MORI_DATAGRAM_ERRORS (-EOPNOTSUPP).
 */
#pragma once

#include <mori/file.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Who somebody is: the OS process, its user and its group, as the kernel vouches for them. */
typedef struct mori_credentials {
        pid_t process; /* as seen from here; 0: not in our PID namespace */
        uid_t user;
        gid_t group;
} mori_credentials;

/* What mori_message.flags says: of a message that came, and the last one also of one to send. */
enum {
        /* The stream or connection is over: there was no message. */
        MORI_MESSAGE_END = 1u,
        /* Files came that there was no room for, or no descriptors (`ulimit -n`): closed. */
        MORI_MESSAGE_FILES_LOST = 2u,
        /* `credentials` are those of who has sent it; to send: those that it is to claim. */
        MORI_MESSAGE_CREDENTIALS = 4u,
};

/* The most files in one message. */
#define MORI_MESSAGE_FILES_MAX 253

/* A message. All zero but for what is named. */
typedef struct mori_message {
        void *data;
        size_t room;          /* receiving: how much fits into `data` */
        size_t bytes;         /* how many it has: to be sent, or as received */
        mori_file *files;     /* to be sent; or where those that come are put */
        unsigned files_room;  /* receiving: how many fit there: at most MORI_MESSAGE_FILES_MAX */
        unsigned files_count; /* how many it has */
        unsigned flags;       /* MORI_MESSAGE_* */
        mori_credentials credentials;
} mori_message;

/*
 * Sends a message, waiting while the kernel has no room. Returns its bytes; fewer on a stream where
 * it failed or was cancelled after it had sent so many, and with them the files. Files that
 * somebody closes meanwhile: -EBADF. -EINVAL: too many files, or files on a stream without a byte;
 * -EPROTOTYPE: files, and not a Unix socket; -EMSGSIZE: longer than a packet may be (SO_SNDBUF);
 * -ETOOMANYREFS: as many files as `ulimit -n` allows are under way and nobody has received them;
 * -EPERM: credentials that are not the sender's; -EPIPE, -ECONNRESET: nobody receives.
 */
MORI_API MORI_ASYNC int64_t mori_message_send(mori_file socket, const mori_message *message);

/*
 * Waits for a message. Returns its bytes; 0 at the end, where MORI_MESSAGE_END is set, and for a
 * packet without bytes, where it is not. *message, but for `data`, `room`, `files` and
 * `files_room`, is written if that is not an error. -EMSGSIZE: the packet was longer; `data` has
 * its beginning, the rest is lost, its files are closed. -EINVAL: a stream, and no room, or too
 * much room for files; -EBUSY: see (4).
 *
 * Several activities may receive: each message goes to one of them. On a stream, credentials come
 * only after mori_socket_option(socket, SOL_SOCKET, SO_PASSCRED, 1).
 */
MORI_API MORI_ASYNC int64_t mori_message_receive(mori_file socket, mori_message *message);

/*
 * Makes two sockets that are connected with each other: SOCK_STREAM, SOCK_SEQPACKET, or SOCK_DGRAM.
 * Both are the caller's. Does not wait. -EINVAL: another type; -EMFILE.
 */
MORI_API int mori_socket_pair(int type, mori_file ret_sockets[2]);
/*
 * Listens for connections of packets at a Unix address, and makes one; as mori_socket_listen() and
 * mori_socket_connect(). mori_socket_accept() takes them. -EINVAL: not a Unix address;
 * -EPROTOTYPE: somebody listens there for streams.
 */
MORI_API int mori_packet_listen(const char *address, int backlog, mori_file *ret_listener);
MORI_API MORI_ASYNC int mori_packet_connect(const char *address, mori_file *ret_socket);

/*
 * Who made the connection at the other end, or listened there: then, not now. Does not wait.
 * -EPROTOTYPE: not a Unix socket, or one without a connection.
 */
MORI_API int mori_socket_peer(mori_file socket, mori_credentials *ret_credentials);
/*
 * A pidfd of that OS process: it names no other one when that has ended. *ret_process is the
 * caller's. -EOPNOTSUPP before Linux 6.5, and in the simulation; -ESRCH: it has ended.
 */
MORI_API int mori_socket_peer_process(mori_file socket, mori_file *ret_process);

#ifdef __cplusplus
}
#endif
