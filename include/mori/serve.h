/* SPDX-License-Identifier: MIT */
/*
 * Being the only server at the path of a Unix socket.
 *
 * mori_socket_listen() makes the file of the socket, and fails where one is there: also where it is
 * left over from a server that has died. These calls take the place of a dead server, never that of
 * a living one, and clean up when they end:
 *
 *         mori_server server;
 *
 *         attempt(await mori_server_begin("unix:/run/x.sock", SOCK_STREAM, 0, &server));
 *         while (await mori_socket_accept(server.listener, &socket) == 0)
 *                 ...
 *         attempt(await mori_server_end(&server));
 *
 * Who serves holds a lock on the file beside the socket's, "/run/x.sock.lock", for as long. The
 * kernel gives it up when the program dies, however that happens. So of several that begin at a
 * time one is the server. A server that does not know of the lock, because it does not use these
 * calls, is asked: while connections to it are not refused, it lives.
 */
#pragma once

#include <mori/file.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A server at a path. The listener may be used, the rest is for mori_server_end(). */
typedef struct mori_server {
        mori_file listener;
        mori_file directory, lock;
        uint64_t device, inode; /* of the socket's file */
        char name[108];         /* in the directory; "": an abstract one, which has no file */
} mori_server;

/*
 * Begins to serve at a Unix address, for streams (SOCK_STREAM) or packets (SOCK_SEQPACKET,
 * message.h), as mori_socket_listen() and mori_packet_listen(). An abstract name ("unix:@name") has
 * neither file nor lock. *ret_server is the caller's, to be ended; it takes three descriptors.
 *
 * -EADDRINUSE: a server lives there, or what is there is no socket, which is never removed.
 * -EINVAL: not a Unix address, or another type; -EACCES, -ENOENT, -ENAMETOOLONG, ...: of the folder
 * or the lock; -ECANCELED, -ETIMEDOUT by its scope. Then nothing is left of it.
 */
MORI_API MORI_ASYNC int mori_server_begin(const char *address, int type, int backlog,
                                          mori_server *ret_server);
/*
 * Ends it: the socket's file is removed if it is still this server's, the listener is closed and
 * the lock given up. Connections that were accepted go on. Not interrupted by cancellation. A
 * process that ends without it leaves the file to the next who begins. Returns 0, or what went
 * wrong first; it has ended all the same. -EBADF: it has ended already.
 */
MORI_API MORI_ASYNC int mori_server_end(mori_server *server);

#ifdef __cplusplus
}
#endif
