/* SPDX-License-Identifier: MIT */
/*
 * Answers that the cache does not have.
 *
 *      known, checked long ago --stat: the same--> answered
 *                                   else |
 *      unknown ------------------------> open --file--> read, or left open --> cached, answered
 *                                          +-directory--> redirected, index.html, or listed
 *
 * Nothing outside of the root is opened. Paths come without ".." (path.c), each directory on the
 * way is opened by itself, and no symbolic link is followed there. Where one stands in the way,
 * the whole path is opened as a mere place (O_PATH, which touches nothing), the kernel is asked
 * where that is, and only what lies below the root is opened in earnest, by that same place.
 */
#include "path.h"
#include "response.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY) /* a FIFO does not wait for its other end */

/* ---- Opening */

/*
 * Where an open file is, as the kernel sees it now. /proc answers from memory, so this does not
 * block.
 */
MORI_NONBLOCKING static int place_of(mori_file file, char *ret_path, size_t bytes)
{
        char link[64];
        ssize_t length;

        snprintf(link, sizeof link, "/proc/self/fd/%d", mori_file_descriptor(file));
        length = readlink(link, ret_path, bytes);
        if (length < 0 || (size_t)length >= bytes)
                return -EACCES;
        ret_path[length] = '\0';
        return 0;
}

static bool is_below(mori_file root, mori_file file)
{
        char above[PATH_MAX], place[PATH_MAX];
        size_t length;

        if (place_of(root, above, sizeof above) < 0 || place_of(file, place, sizeof place) < 0)
                return false;
        length = strlen(above);
        if (length == 1) /* the root is "/" */
                return true;
        return strncmp(above, place, length) == 0 &&
               (place[length] == '/' || place[length] == '\0');
}

static void place_name(mori_file file, char name[64])
{
        snprintf(name, 64, "/proc/self/fd/%d", mori_file_descriptor(file));
}

/* Opens a path with symbolic links in it, if it ends below the root. */
static async int open_linked(mori_file root, const char *path, int flags, mori_file *ret_file)
{
        char name[64];
        mori_file place;
        int error;

        attempt(await mori_file_open(root, path, O_PATH, 0, &place));
        if (is_below(root, place)) {
                place_name(place, name);
                error = await mori_file_open(MORI_NO_FILE, name, flags, 0, ret_file);
        } else {
                error = -EACCES;
        }
        attempt(await mori_file_close(place));
        return error;
}

/*
 * Opens a path below the root, a step at a time. "" is the root; a trailing slash asks for a
 * directory.
 */
static async int open_below(mori_file root, char *path, mori_file *ret_file)
{
        mori_file directory = root, next;
        char *at = path, *slash;
        int flags = READ_FLAGS, error = 0;

        if (*path == '\0')
                return await mori_file_open(root, ".", flags | O_DIRECTORY, 0, ret_file);
        while (error == 0 && (slash = strchr(at, '/')) != NULL) {
                if (slash[1] == '\0')
                        break;
                *slash = '\0';
                error = await mori_file_open(directory, at, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0,
                                             &next);
                *slash = '/';
                at = slash + 1;
                if (directory.word != root.word)
                        (void)await mori_file_close(directory);
                directory = error == 0 ? next : root;
        }
        if (error == 0) {
                slash = strchr(at, '/');
                if (slash != NULL) {
                        *slash = '\0';
                        flags |= O_DIRECTORY;
                }
                error = await mori_file_open(directory, at, flags | O_NOFOLLOW, 0, ret_file);
                if (slash != NULL)
                        *slash = '/';
                if (directory.word != root.word)
                        (void)await mori_file_close(directory);
        }
        if (error == -ELOOP || error == -ENOTDIR)
                error = await open_linked(root, path, flags, ret_file);
        return error;
}

/* ---- Loading */

/* Makes an entry of an open regular file. The file is the entry's, or closed. */
static async int load(const char *path, mori_file file, const struct stat *status,
                      struct entry **ret_entry)
{
        struct entry *entry = entry_new(path, status);
        size_t size = (size_t)status->st_size;
        int64_t count = 0;

        if (entry == NULL) {
                (void)await mori_file_close(file);
                return -ENOMEM;
        }
        entry->file = file;
        entry->checked = mori_now();
        if (size > CACHE_CONTENT_BYTES) {
                *ret_entry = entry;
                return 0;
        }
        entry->content = malloc(size > 0 ? size : 1);
        for (size_t at = 0; entry->content != NULL && at < size; at += (size_t)count) {
                count = await mori_file_read_at(file, entry->content + at, size - at, at);
                if (count <= 0)
                        break;
        }
        (void)await mori_file_close(file);
        if (entry->content == NULL || (size > 0 && count <= 0)) {
                int error = entry->content == NULL ? -ENOMEM : count < 0 ? (int)count : -EIO;

                entry_free(entry);
                return error;
        }
        *ret_entry = entry;
        return 0;
}

static int status_of(int error)
{
        switch (error) {
        case -ENOENT:
        case -ENOTDIR:
        case -ENAMETOOLONG:
                return 404;
        case -EACCES:
        case -EPERM:
        case -ELOOP:
        case -ENXIO: /* a socket */
        case -ENODEV:
                return 403;
        case -EMFILE:
        case -ENFILE:
        case -ENOMEM:
                return 503;
        default:
                return 500;
        }
}

/* Errors that are the peer's to see; what ends the connection is passed on. */
static int refuse(struct server *server, struct exchange *exchange, int error)
{
        if (error == -ECANCELED)
                return error;
        response_error(server, exchange, status_of(error));
        return 0;
}

/* ---- Files and directories */

static async int answer_file(struct server *server, struct exchange *exchange, const char *path,
                             mori_file file, const struct stat *status)
{
        struct entry *entry = NULL;
        int error = await load(path, file, status, &entry);

        if (error < 0)
                return refuse(server, exchange, error);
        cache_insert(&server->cache, entry);
        response_file(server, exchange, entry);
        entry_release(&server->cache, entry);
        return 0;
}

/* A directory without an index.html: its listing. The directory is ours to close. */
static async int answer_listing(struct server *server, struct exchange *exchange, const char *path,
                                mori_file directory)
{
        char *html;
        size_t bytes;
        int error = await listing_make(directory, path, &html, &bytes);

        (void)await mori_file_close(directory);
        if (error < 0)
                return refuse(server, exchange, error);
        response_page(server, exchange, html, bytes);
        return 0;
}

static async int answer_path(struct server *server, struct exchange *exchange, char *path,
                             int length)
{
        struct stat status;
        mori_file file, index;
        int error = await open_below(server->root, path, &file);

        if (error < 0)
                return refuse(server, exchange, error);
        error = await mori_file_stat(file, "", 0, &status);
        if (error == 0 && S_ISREG(status.st_mode))
                return await answer_file(server, exchange, path, file, &status);
        if (error < 0 || !S_ISDIR(status.st_mode)) {
                (void)await mori_file_close(file);
                return refuse(server, exchange, error < 0 ? error : -EACCES);
        }
        if (length > 0 && path[length - 1] != '/') {
                (void)await mori_file_close(file);
                response_redirect(server, exchange, path);
                return 0;
        }
        memcpy(path + length, "index.html", sizeof "index.html");
        if (await open_below(server->root, path, &index) == 0) {
                if (await mori_file_stat(index, "", 0, &status) == 0 && S_ISREG(status.st_mode)) {
                        (void)await mori_file_close(file);
                        return await answer_file(server, exchange, path, index, &status);
                }
                (void)await mori_file_close(index);
        }
        path[length] = '\0';
        return await answer_listing(server, exchange, path, file);
}

/* Looks at the file of an entry again. True where the entry may answer. */
static async bool is_still_true(struct server *server, struct entry *entry)
{
        struct stat status;
        bool current;

        entry->checked = mori_now(); /* so that others need not look, too */
        entry_hold(entry);
        current = await mori_file_stat(server->root, entry->path, 0, &status) == 0 &&
                  entry_is_current(entry, &status);
        if (!current)
                cache_drop(&server->cache, entry);
        entry_release(&server->cache, entry);
        return current && entry->listed;
}

static struct entry *known(struct server *server, char *path, int length)
{
        struct entry *entry;

        if (length > 0 && path[length - 1] != '/')
                return cache_find(&server->cache, path, (size_t)length);
        memcpy(path + length, "index.html", sizeof "index.html");
        entry = cache_find(&server->cache, path, strlen(path));
        path[length] = '\0';
        return entry;
}

async int fetch(struct server *server, struct exchange *exchange)
{
        const struct request *request = &exchange->request;
        char path[PATH_BYTES];
        int length = path_decode(exchange->in + request->target.at, request->target.length, path);
        struct entry *entry = known(server, path, length);

        if (entry != NULL && await is_still_true(server, entry)) {
                response_file(server, exchange, entry);
                return 0;
        }
        return await answer_path(server, exchange, path, length);
}
