/* SPDX-License-Identifier: MIT */
/*
 * Files that were asked for, kept open or in memory.
 *
 * Small files are kept with their content, larger ones as open files. What is in the cache is
 * looked at again at most once a second; where the file has changed it is read anew. Entries are
 * counted: one that was dropped lives until the last answer that uses it has been sent. Closing
 * waits, and this is sync code, so entries to be closed gather in `doomed`.
 */
#pragma once

#include <mori/mori.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define CACHE_BUCKETS 1024u
#define CACHE_ENTRIES 1024u                   /* at most */
#define CACHE_FILES 64u                       /* of them open, at most */
#define CACHE_BYTES ((size_t)64 << 20)        /* of content, at most */
#define CACHE_CONTENT_BYTES ((size_t)1 << 18) /* a larger file is not kept in memory */

struct entry {
        struct entry *next; /* in its bucket, or among the doomed */
        struct entry *newer, *older;
        uint64_t hash;
        uint32_t references;
        bool listed;
        int64_t checked; /* when it was last known to be true, by mori_now() */
        int64_t modified;
        struct stat status;
        mori_file file; /* open, where there is no content */
        char *content;
        const char *etag; /* in head */
        uint16_t etag_length, head_length;
        uint16_t path_length;
        const char *head; /* the fields that every answer has */
        char path[];      /* and then the head */
};

struct cache {
        struct entry *buckets[CACHE_BUCKETS];
        struct entry *newest, *oldest;
        struct entry *doomed;
        uint32_t count, files;
        size_t bytes;
};

/* What is known of a path; NULL if nothing is. It is not counted: it lives until the next wait. */
struct entry *cache_find(struct cache *cache, const char *path, size_t length);
/*
 * Makes an entry, held once by the caller. Content and file are NULL and none. NULL where memory
 * is exhausted.
 */
struct entry *entry_new(const char *path, const struct stat *status);
/* Takes it into the cache, in the place of one for the same path; others make room. */
void cache_insert(struct cache *cache, struct entry *entry);
void cache_drop(struct cache *cache, struct entry *entry);
/* Whether the file is still the one that the entry has. */
bool entry_is_current(const struct entry *entry, const struct stat *status);

void entry_hold(struct entry *entry);
void entry_release(struct cache *cache, struct entry *entry);
/* Takes one of those that are to be closed and freed; NULL: there is none. */
struct entry *cache_doomed(struct cache *cache);
void entry_free(struct entry *entry);
/* Frees all entries. None is held any more; their files are the process's, which closes them. */
void cache_deinit(struct cache *cache);
