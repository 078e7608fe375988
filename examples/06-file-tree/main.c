/* SPDX-License-Identifier: MIT */
/*
 * Step 6: as much at a time as is good.
 *
 *      06-file-tree [DIRECTORY]        how many files are in it, and how large they are
 *
 * Walks a tree with a bounded number of activities. Who finds a directory takes a helper for it
 * if one is free, and else goes down into it himself: an await is a call, so this is plain
 * recursion, and a stack in small segments makes deep trees cheap. The free helpers are a queue
 * of tickets.
 *
 * All activities of a process take turns and never run at once, so the tally is a plain struct
 * that all of them write. What cannot be read is reported, counted, and left out; the rest goes
 * on.
 */
#define _GNU_SOURCE 1 /* asprintf() */

#include <mori/keywords.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELPERS 16

struct tally {
        mori_queue *helpers; /* a ticket for each that is free */
        uint64_t files, directories, others, bytes;
        unsigned errors;
};

static async int walk(struct tally *tally, mori_file directory, char *path, int ticket);

static async int report(struct tally *tally, const char *path, const char *name, int error)
{
        tally->errors++;
        return await mori_print(mori_stderr(), "%s%s%s: %s\n", path, *name ? "/" : "", name,
                                strerror(-error));
}

static char *path_join(const char *path, const char *name)
{
        char *joined;

        return asprintf(&joined, "%s/%s", path, name) < 0 ? NULL : joined;
}

/* Goes into a directory below `directory`, with a helper if there is one. */
static async int descend(struct tally *tally, mori_file directory, const char *path,
                         const char *name)
{
        mori_file below;
        char *path_below;
        int ticket;
        int error = await mori_file_open(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0,
                                         &below);

        if (error < 0)
                return error;
        path_below = path_join(path, name);
        if (path_below == NULL) {
                attempt(await mori_file_close(below));
                return -ENOMEM;
        }
        if (mori_queue_try_receive(tally->helpers, &ticket) == 0) {
                ignore(start(walk, tally, below, path_below, ticket));
                return 0;
        }
        return await walk(tally, below, path_below, -1);
}

static async int visit(struct tally *tally, mori_file directory, const char *path,
                       const struct mori_entry *entry)
{
        struct stat status;

        if (entry->type == DT_DIR)
                return await descend(tally, directory, path, entry->name);
        attempt(await mori_file_stat(directory, entry->name, AT_SYMLINK_NOFOLLOW, &status));
        if (S_ISDIR(status.st_mode)) /* the file system did not say so in the listing */
                return await descend(tally, directory, path, entry->name);
        if (S_ISREG(status.st_mode)) {
                tally->files++;
                tally->bytes += (uint64_t)status.st_size;
        } else {
                tally->others++;
        }
        return 0;
}

/* Counts what is in a directory. The directory, the path and the ticket are ours to give back. */
static async int walk(struct tally *tally, mori_file directory, char *path, int ticket)
{
        struct mori_cursor cursor = {0};
        struct mori_entry entry;
        int more;

        tally->directories++;
        while ((more = await mori_directory_next(directory, &cursor, &entry)) > 0) {
                int error = await visit(tally, directory, path, &entry);

                if (error < 0)
                        attempt(await report(tally, path, entry.name, error));
        }
        mori_directory_done(&cursor);
        if (more < 0)
                attempt(await report(tally, path, "", more));
        attempt(await mori_file_close(directory));
        free(path);
        if (ticket >= 0)
                attempt(mori_queue_try_send(tally->helpers, &ticket)); /* it has room for it */
        return 0;
}

async int mori_main(int argc, char **argv)
{
        const char *root = argc > 1 ? argv[1] : ".";
        struct tally tally = {.helpers = mori_queue_new(HELPERS, sizeof(int))};
        mori_file directory;
        char *path = strdup(root);
        int error;

        if (tally.helpers == NULL || path == NULL)
                return -ENOMEM;
        for (int i = 0; i < HELPERS; i++)
                attempt(mori_queue_try_send(tally.helpers, &i));
        error = await mori_file_open(MORI_NO_FILE, root, O_RDONLY | O_DIRECTORY, 0, &directory);
        if (error < 0) {
                await report(&tally, root, "", error);
                return 1;
        }
        scope {
                attempt(await walk(&tally, directory, path, -1));
        } /* waits for the helpers */
        mori_queue_free(tally.helpers);
        attempt(await mori_print(mori_stdout(),
                                 "%lu files with %lu bytes, %lu directories, %lu others, "
                                 "%u errors\n",
                                 tally.files, tally.bytes, tally.directories, tally.others,
                                 tally.errors));
        return tally.errors > 0 ? 1 : 0;
}
