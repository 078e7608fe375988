/* SPDX-License-Identifier: MIT */
/*
 * A hash table with a list from the newest to the oldest.
 *
 *      entry_new --cache_insert--> listed --cache_drop, or a newer one--> unlisted
 *                                    |                                    |
 *                                    +-- held by answers (references) ----+--> doomed, freed
 *
 * Invariants. (1) An entry is listed or held, or doomed. (2) The bounds of cache.h hold after
 * each insert, but for what is held.
 */
#include "cache.h"

#include "date.h"
#include "mime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a, 64 bits. */
static uint64_t hash_of(const char *path, size_t length)
{
        uint64_t hash = 0xcbf29ce484222325u;

        for (size_t i = 0; i < length; i++)
                hash = (hash ^ (unsigned char)path[i]) * 0x100000001b3u;
        return hash ^ hash >> 32;
}

static void newest_add(struct cache *cache, struct entry *entry)
{
        entry->newer = NULL;
        entry->older = cache->newest;
        if (cache->newest != NULL)
                cache->newest->newer = entry;
        else
                cache->oldest = entry;
        cache->newest = entry;
}

static void order_remove(struct cache *cache, struct entry *entry)
{
        *(entry->newer != NULL ? &entry->newer->older : &cache->newest) = entry->older;
        *(entry->older != NULL ? &entry->older->newer : &cache->oldest) = entry->newer;
}

struct entry *cache_find(struct cache *cache, const char *path, size_t length)
{
        uint64_t hash = hash_of(path, length);
        struct entry *entry = cache->buckets[hash % CACHE_BUCKETS];

        while (entry != NULL && (entry->hash != hash || entry->path_length != length ||
                                 memcmp(entry->path, path, length) != 0))
                entry = entry->next;
        if (entry != NULL && entry->newer != NULL) {
                order_remove(cache, entry);
                newest_add(cache, entry);
        }
        return entry;
}

struct entry *entry_new(const char *path, const struct stat *status)
{
        size_t length = strlen(path);
        char head[512], date[DATE_BYTES + 1] = "";
        struct entry *entry;
        int head_length, etag_at, etag_end;

        date_write(status->st_mtim.tv_sec, date);
        head_length = snprintf(head, sizeof head,
                               "Content-Type: %s\r\nLast-Modified: %s\r\n"
                               "Accept-Ranges: bytes\r\nETag: %n\"%llx-%llx-%lx\"%n\r\n",
                               mime_of(path), date, &etag_at, (unsigned long long)status->st_size,
                               (unsigned long long)status->st_mtim.tv_sec,
                               (unsigned long)status->st_mtim.tv_nsec, &etag_end);
        entry = malloc(sizeof *entry + length + 1 + (size_t)head_length);
        if (entry == NULL)
                return NULL;
        *entry = (struct entry){
                .hash = hash_of(path, length),
                .references = 1,
                .modified = status->st_mtim.tv_sec,
                .status = *status,
                .head = entry->path + length + 1,
                .head_length = (uint16_t)head_length,
                .etag = entry->path + length + 1 + etag_at,
                .etag_length = (uint16_t)(etag_end - etag_at),
                .path_length = (uint16_t)length,
        };
        memcpy(entry->path, path, length + 1);
        memcpy(entry->path + length + 1, head, (size_t)head_length);
        return entry;
}

void cache_drop(struct cache *cache, struct entry *entry)
{
        struct entry **at = &cache->buckets[entry->hash % CACHE_BUCKETS];

        if (!entry->listed)
                return;
        while (*at != entry)
                at = &(*at)->next;
        *at = entry->next;
        order_remove(cache, entry);
        entry->listed = false;
        cache->count--;
        if (entry->content != NULL)
                cache->bytes -= (size_t)entry->status.st_size;
        else
                cache->files--;
        entry_release(cache, entry);
}

void cache_insert(struct cache *cache, struct entry *entry)
{
        struct entry **bucket = &cache->buckets[entry->hash % CACHE_BUCKETS];
        struct entry *old = cache_find(cache, entry->path, entry->path_length);

        if (old != NULL)
                cache_drop(cache, old);
        entry->next = *bucket;
        *bucket = entry;
        newest_add(cache, entry);
        entry->listed = true;
        entry_hold(entry);
        cache->count++;
        if (entry->content != NULL)
                cache->bytes += (size_t)entry->status.st_size;
        else
                cache->files++;
        while (cache->count > CACHE_ENTRIES || cache->bytes > CACHE_BYTES)
                cache_drop(cache, cache->oldest);
        for (old = cache->oldest; cache->files > CACHE_FILES && old != NULL;) {
                struct entry *newer = old->newer;

                if (old->content == NULL)
                        cache_drop(cache, old);
                old = newer;
        }
}

bool entry_is_current(const struct entry *entry, const struct stat *status)
{
        const struct stat *known = &entry->status;

        return known->st_dev == status->st_dev && known->st_ino == status->st_ino &&
               known->st_size == status->st_size &&
               known->st_mtim.tv_sec == status->st_mtim.tv_sec &&
               known->st_mtim.tv_nsec == status->st_mtim.tv_nsec;
}

void entry_hold(struct entry *entry)
{
        entry->references++;
}

void entry_release(struct cache *cache, struct entry *entry)
{
        if (--entry->references > 0)
                return;
        entry->next = cache->doomed;
        cache->doomed = entry;
}

struct entry *cache_doomed(struct cache *cache)
{
        struct entry *entry = cache->doomed;

        if (entry != NULL)
                cache->doomed = entry->next;
        return entry;
}

void entry_free(struct entry *entry)
{
        free(entry->content);
        free(entry);
}

void cache_deinit(struct cache *cache)
{
        struct entry *entry;

        while (cache->oldest != NULL)
                cache_drop(cache, cache->oldest);
        while ((entry = cache_doomed(cache)) != NULL)
                entry_free(entry);
}
