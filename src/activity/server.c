/* SPDX-License-Identifier: MIT */
/*
 * Servers at the paths of Unix sockets: one at a time, and none in the place of one that lives.
 *
 *      mori_server_begin --lock--> listen --EADDRINUSE--> ask who is there --it refuses--> remove
 *                             |      ^                        |                              |
 *                             |      +------------------------|------------------------------+
 *                             +-- another has it              +-- it answers: EADDRINUSE
 *
 * Invariants.
 *  (1) Whoever removes or makes the socket's file holds the lock, and the lock file that it holds
 *      is the one that stands in the folder: it is looked at again after it was locked, because who
 *      ends removes it.
 *  (2) A listener's file cannot be mistaken for another with the same number while the listener is
 *      open: the kernel keeps the inode of a socket that is bound. So that it is still ours is
 *      asked before the listener is closed.
 */
#include "activity/wait.h"

#include <mori/address.h>
#include <mori/directory.h>
#include <mori/filesystem.h>
#include <mori/message.h>
#include <mori/serve.h>
#include <mori/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* A living server whose queue is full is waited for so long. */
#define ANSWER_NS MORI_S(1)
#define END_NS    MORI_S(10)
/* So often a lock file may be removed by others before we hold it. */
#define LOCK_TRIES 1000

/* The folder of a path and the name in it. False where that cannot be a file's name. */
static bool path_split(const char *path, char folder[108], char name[108])
{
        const char *slash = strrchr(path, '/');

        if (slash == NULL)
                snprintf(folder, 108, ".");
        else
                snprintf(folder, 108, "%.*s", slash == path ? 1 : (int)(slash - path), path);
        snprintf(name, 108, "%s", slash == NULL ? path : slash + 1);
        return name[0] != '\0';
}

/* 0, or -EINVAL; `path` is "" for an abstract name. */
static int address_look(const char *text, int type, char path[108])
{
        mori_address address;

        if (mori_address_parse(text, &address) < 0 || address.as.any.sa_family != AF_UNIX ||
            (type != SOCK_STREAM && type != SOCK_SEQPACKET))
                return -EINVAL;
        snprintf(path, 108, "%s", address.as.local.sun_path);
        return 0;
}

static int listen_to(const char *address, int type, int backlog, mori_file *ret_listener)
{
        return type == SOCK_STREAM ? mori_socket_listen(address, backlog, ret_listener)
                                   : mori_packet_listen(address, backlog, ret_listener);
}

static void lock_name(const mori_server *server, char name[128])
{
        snprintf(name, 128, "%s.lock", server->name);
}

static MORI_ASYNC int status_of(const mori_server *server, const char *name, struct stat *ret)
{
        return MORI_AWAIT mori_file_stat(server->directory, name, AT_SYMLINK_NOFOLLOW, ret);
}

static bool is_same(const struct stat *one, const struct stat *other)
{
        return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

/* 0: the lock file that is open has the name; 1: it has not; or an error. */
static MORI_ASYNC int lock_stands(const mori_server *server, const char *name)
{
        struct stat ours, there;
        int error = MORI_AWAIT mori_file_stat(server->lock, "", AT_EMPTY_PATH, &ours);

        if (error == 0)
                error = MORI_AWAIT status_of(server, name, &there);
        return error == -ENOENT ? 1 : error < 0 ? error : !is_same(&ours, &there);
}

/* (1): takes the lock file that has the name. 0; 1: it was not that any more; or an error. */
static MORI_ASYNC int lock_try(mori_server *server, const char *name)
{
        int error = MORI_AWAIT mori_file_open(server->directory, name,
                                              O_RDWR | O_CREAT | O_NOFOLLOW, 0600, &server->lock);

        if (error < 0)
                return error;
        error = MORI_AWAIT mori_file_try_lock(server->lock, MORI_FILE_EXCLUSIVE, 0, 0);
        if (error == 0)
                error = MORI_AWAIT lock_stands(server, name);
        if (error != 0) {
                MORI_AWAIT mori_file_close(server->lock);
                server->lock = MORI_NO_FILE;
        }
        return error == -EAGAIN ? -EADDRINUSE : error;
}

static MORI_ASYNC int lock_take(mori_server *server)
{
        char name[128];
        int result = 1;

        lock_name(server, name);
        for (int i = 0; result == 1 && i < LOCK_TRIES; i++) {
                int error = wait_cancelled();

                if (error < 0)
                        return error;
                MORI_SHIELD(END_NS) { /* so that what was made is locked, and can be removed */
                        result = MORI_AWAIT lock_try(server, name);
                }
        }
        return result == 1 ? -EADDRINUSE : result;
}

static MORI_ASYNC int answer_of(const char *address, int type)
{
        mori_file socket;
        int result = -EADDRINUSE; /* no answer in time: its queue is full */

        MORI_WITHIN(ANSWER_NS) {
                result = type == SOCK_STREAM ? MORI_AWAIT mori_socket_connect(address, &socket)
                                             : MORI_AWAIT mori_packet_connect(address, &socket);
        }
        if (result == 0)
                MORI_AWAIT mori_file_close(socket);
        return result;
}

/* What has the name is removed if nobody listens there: 0, or an error. */
static MORI_ASYNC int stale_remove(const mori_server *server, const char *address, int type)
{
        struct stat before, after;
        int answer, error = MORI_AWAIT status_of(server, server->name, &before);

        if (error < 0)
                return error == -ENOENT ? 0 : error;
        if (!S_ISSOCK(before.st_mode))
                return -EADDRINUSE;
        answer = MORI_AWAIT answer_of(address, type);
        error = wait_cancelled();
        if (error < 0)
                return error;
        if (answer == -ENOENT)
                return 0;
        if (answer != -ECONNREFUSED)
                return -EADDRINUSE;
        /* somebody who does not know of the lock may have come since */
        error = MORI_AWAIT status_of(server, server->name, &after);
        if (error < 0 || !is_same(&before, &after))
                return error < 0 && error != -ENOENT ? error : 0;
        error = MORI_AWAIT mori_unlink(server->directory, server->name);
        return error == -ENOENT ? 0 : error;
}

static MORI_ASYNC int serve(mori_server *server, const char *address, int type, int backlog)
{
        struct stat ours;
        int error = listen_to(address, type, backlog, &server->listener);

        for (int i = 0; error == -EADDRINUSE && i < 3; i++) {
                error = MORI_AWAIT stale_remove(server, address, type);
                if (error == 0)
                        error = listen_to(address, type, backlog, &server->listener);
        }
        if (error == 0)
                error = MORI_AWAIT status_of(server, server->name, &ours);
        if (error == 0) {
                server->device = ours.st_dev;
                server->inode = ours.st_ino;
        }
        return error;
}

/* Removes the socket's file where it is this server's. 0, or an error. */
static MORI_ASYNC int name_remove(const mori_server *server)
{
        struct stat there;

        if (server->listener.word == 0 || server->name[0] == '\0')
                return 0;
        /* one that was cancelled before it had looked has just made it, and nobody else may have */
        if (server->inode != 0) {
                int error = MORI_AWAIT status_of(server, server->name, &there);

                if (error < 0 || there.st_dev != server->device || there.st_ino != server->inode)
                        return error;
        }
        return MORI_AWAIT mori_unlink(server->directory, server->name);
}

/* Lets go what there is. 0, or the first error. */
static MORI_ASYNC int release(mori_server *server)
{
        int errors[4] = {0};
        char name[128];

        lock_name(server, name);
        MORI_SHIELD(END_NS) {
                errors[0] = MORI_AWAIT name_remove(server); /* (2) */
                if (server->lock.word != 0 && MORI_AWAIT lock_stands(server, name) == 0)
                        errors[1] = MORI_AWAIT mori_unlink(server->directory, name);
        }
        if (server->listener.word != 0)
                errors[2] = MORI_AWAIT mori_file_close(server->listener);
        if (server->lock.word != 0)
                errors[3] = MORI_AWAIT mori_file_close(server->lock);
        if (server->directory.word != 0)
                MORI_AWAIT mori_file_close(server->directory);
        *server = (mori_server){.listener = MORI_NO_FILE};
        for (int i = 0; i < 4; i++)
                if (errors[i] < 0 && errors[i] != -ENOENT)
                        return errors[i];
        return 0;
}

MORI_ASYNC int mori_server_begin(const char *address, int type, int backlog,
                                 mori_server *ret_server)
{
        mori_server server = {.listener = MORI_NO_FILE};
        char path[108], folder[108];
        int error = address == NULL || ret_server == NULL ? -EFAULT
                                                          : address_look(address, type, path);

        if (error == 0 && path[0] == '\0') {
                error = listen_to(address, type, backlog, &server.listener);
                if (error == 0)
                        *ret_server = server;
                return error;
        }
        if (error == 0 && !path_split(path, folder, server.name))
                error = -EINVAL;
        if (error < 0)
                return error;
        error = MORI_AWAIT mori_file_open(MORI_NO_FILE, folder, O_PATH | O_DIRECTORY, 0,
                                          &server.directory);
        if (error == 0)
                error = MORI_AWAIT lock_take(&server);
        if (error == 0)
                error = MORI_AWAIT serve(&server, address, type, backlog);
        if (error < 0) {
                MORI_AWAIT release(&server);
                return error;
        }
        *ret_server = server;
        return 0;
}

MORI_ASYNC int mori_server_end(mori_server *server)
{
        if (server == NULL)
                return -EFAULT;
        if (server->listener.word == 0)
                return -EBADF;
        return MORI_AWAIT release(server);
}
