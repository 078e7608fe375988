/* SPDX-License-Identifier: MIT */
/*
 * Opening directories beneath which everything stays: all that makes them different is the mark in
 * the process's table (FILE_CONFINED), which every operation by a path passes on to the platform.
 *
 * Listing a directory: the kernel fills a buffer with records, of which each call hands out one.
 * The buffer belongs to the process until the cursor is done, so that an abandoned process loses
 * nothing.
 */
#include "activity/file.h"

#include <mori/directory.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES ((size_t)16 * 1024)

struct listing {
        struct owned owned;
        char records[BUFFER_BYTES];
};

static void listing_release(struct owned *owned)
{
        free(owned);
}

void mori_directory_done(struct mori_cursor *cursor)
{
        struct listing *listing;

        if (cursor == NULL)
                return;
        listing = cursor->buffer;
        if (listing != NULL) {
                process_disown(&listing->owned);
                listing_release(&listing->owned);
        }
        *cursor = (struct mori_cursor){.ended = 1};
}

static int64_t fill_begin(mori_directory directory, struct mori_cursor *cursor)
{
        struct listing *listing = cursor->buffer;
        struct operation *operation;
        int error;

        if (cursor->ended)
                return 0;
        if (listing == NULL) {
                listing = malloc(sizeof *listing);
                if (listing == NULL)
                        return -ENOMEM;
                process_own(process_self(), &listing->owned, listing_release);
                cursor->buffer = listing;
        }
        error = file_operation(directory, PLATFORM_GETDENTS, &operation);
        if (error < 0)
                return error;
        operation->op.address = listing->records;
        operation->op.length = BUFFER_BYTES;
        operation->op.offset = cursor->place;
        return wait_operation(operation);
}

/* Hands out the next record that is no "." or ".."; false where the buffer is used up. */
static bool take(struct mori_cursor *cursor, struct mori_entry *ret_entry)
{
        struct listing *listing = cursor->buffer;

        while (cursor->at < cursor->filled) {
                const struct platform_record *record =
                        (const struct platform_record *)(listing->records + cursor->at);

                cursor->at += record->bytes;
                cursor->place = (uint64_t)record->offset;
                if (strcmp(record->name, ".") == 0 || strcmp(record->name, "..") == 0)
                        continue;
                ret_entry->inode = record->inode;
                ret_entry->type = record->type;
                memcpy(ret_entry->name, record->name,
                       strnlen(record->name, sizeof ret_entry->name - 1) + 1);
                return true;
        }
        return false;
}

MORI_ASYNC int mori_directory_next(mori_directory directory, struct mori_cursor *cursor,
                                   struct mori_entry *ret_entry)
{
        if (cursor == NULL || ret_entry == NULL)
                return -EFAULT;
        while (!take(cursor, ret_entry)) {
                int64_t filled = fill_begin(directory, cursor);

                if (filled == WAIT_SUSPEND)
                        filled = MORI_AWAIT activity_suspend();
                if (filled < 0) /* who asks again goes on from here */
                        return (int)filled;
                if (filled == 0) {
                        mori_directory_done(cursor);
                        return 0;
                }
                cursor->at = 0;
                cursor->filled = (uint32_t)filled;
        }
        return 1;
}

/* As an open, but that what it brings is marked in any case. */
static void directory_open_done(struct operation *operation, int32_t result, uint32_t flags,
                                uint16_t buffer)
{
        if (result >= 0)
                result = file_enter(operation->process, result, FILE_CONFINED, operation->owner);
        wait_operation_done(operation, result, flags, buffer);
}

static int64_t directory_open_begin(mori_directory parent, const char *path,
                                    mori_directory *ret_directory)
{
        struct operation *operation;
        int error = ret_directory == NULL
                            ? -EFAULT
                            : file_path_operation(parent, PLATFORM_OPEN, path, &operation);

        if (error < 0)
                return error;
        operation->op.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
        operation->owner = ret_directory;
        operation->done = directory_open_done;
        return wait_operation(operation);
}

MORI_ASYNC int mori_directory_open(mori_directory parent, const char *path,
                                   mori_directory *ret_directory)
{
        int64_t begun = directory_open_begin(parent, path, ret_directory);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}
