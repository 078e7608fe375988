/* SPDX-License-Identifier: MIT */
/*
 * What a mori_watch knows of the file system: its places, the directories in them that are watched,
 * and the events that wait to be handed out, whose paths are made of these.
 *
 * Nodes are found by the kernel's number and by parent and name, in two tables of chains that grow
 * together.
 */
#include "activity/watch.h"

#include <stdlib.h>
#include <string.h>

/* ---- The tables */

uint32_t hash_name(const struct node *parent, const char *name)
{
        uint64_t hash = (uintptr_t)parent * UINT64_C(0x9e3779b97f4a7c15);

        while (*name != '\0')
                hash = (hash ^ (uint8_t)*name++) * UINT64_C(0x100000001b3);
        return (uint32_t)(hash ^ hash >> 32);
}

static struct node **wd_bucket(const mori_watch *watch, int32_t wd)
{
        return &watch->by_wd[(uint32_t)wd & (watch->buckets - 1)];
}

static struct node **name_bucket(const mori_watch *watch, uint32_t hash)
{
        return &watch->by_name[hash & (watch->buckets - 1)];
}

static void wd_enter(mori_watch *watch, struct node *node)
{
        struct node **bucket = wd_bucket(watch, node->wd);

        node->wd_next = *bucket;
        *bucket = node;
}

static void name_enter(mori_watch *watch, struct node *node)
{
        struct node **bucket = name_bucket(watch, node->name_hash);

        node->name_next = *bucket;
        *bucket = node;
}

static void name_leave(mori_watch *watch, struct node *node)
{
        struct node **link = name_bucket(watch, node->name_hash);

        while (*link != node)
                link = &(*link)->name_next;
        *link = node->name_next;
}

/* As many buckets as there will be nodes, and room to give all of them up. False: no memory. */
static bool tables_grow(mori_watch *watch)
{
        uint32_t buckets = watch->buckets == 0 ? 16 : 2 * watch->buckets, old = watch->buckets;
        struct node **by_wd, **by_name, **old_wd = watch->by_wd, **old_name = watch->by_name;

        if (watch->nodes < watch->buckets)
                return true;
        by_wd = calloc(buckets, sizeof(struct node *));
        by_name = calloc(buckets, sizeof(struct node *));
        if (by_wd == NULL || by_name == NULL) {
                free(by_wd);
                free(by_name);
                return false;
        }
        watch->by_wd = by_wd;
        watch->by_name = by_name;
        watch->buckets = buckets;
        for (uint32_t i = 0; i < old; i++) {
                for (struct node *node = old_wd[i], *next; node != NULL; node = next) {
                        next = node->wd_next;
                        wd_enter(watch, node);
                }
                for (struct node *node = old_name[i], *next; node != NULL; node = next) {
                        next = node->name_next;
                        name_enter(watch, node);
                }
        }
        free(old_wd);
        free(old_name);
        return true;
}

static void wd_note(mori_watch *watch, int32_t wd)
{
        if (wd > watch->last_wd)
                watch->last_wd = wd;
}

/* (3) */
static bool drops_reserve(mori_watch *watch)
{
        uint32_t room = watch->drops_room == 0 ? 16 : 2 * watch->drops_room;
        int32_t *drops;

        if (watch->drops_count + watch->nodes + 2 <= watch->drops_room)
                return true;
        drops = realloc(watch->drops, room * sizeof *drops);
        if (drops == NULL)
                return false;
        watch->drops = drops;
        watch->drops_room = room;
        return true;
}

void watch_drop_wd(mori_watch *watch, int32_t wd)
{
        wd_note(watch, wd);
        if (watch->drops_count < watch->drops_room || drops_reserve(watch))
                watch->drops[watch->drops_count++] = wd;
}

bool watch_may_be_added(const mori_watch *watch, int32_t wd)
{
        for (uint32_t i = 0; i < watch->drops_count; i++)
                if (watch->drops[i] == wd)
                        return true;
        return wd > watch->adding_after;
}

void watch_keep_wd(mori_watch *watch, int32_t wd)
{
        for (uint32_t i = 0; i < watch->drops_count; i++)
                if (watch->drops[i] == wd)
                        watch->drops[i--] = watch->drops[--watch->drops_count];
}

/* ---- Nodes */

struct watch_place *node_place(const struct node *node)
{
        while (node->parent != NULL)
                node = node->parent;
        return node->place;
}

static void parent_enter(struct node *node, struct node *parent)
{
        node->parent = parent;
        node->sibling = parent->children;
        node->sibling_link = &parent->children;
        if (node->sibling != NULL)
                node->sibling->sibling_link = &node->sibling;
        parent->children = node;
}

static void parent_leave(struct node *node)
{
        if (node->parent == NULL)
                return;
        *node->sibling_link = node->sibling;
        if (node->sibling != NULL)
                node->sibling->sibling_link = node->sibling_link;
}

struct node *node_new(mori_watch *watch, struct node *parent, const char *name)
{
        struct node *node = NULL;

        if (tables_grow(watch) && drops_reserve(watch))
                node = calloc(1, sizeof *node);
        if (node != NULL)
                node->name = strdup(name);
        if (node == NULL || node->name == NULL) {
                free(node);
                watch->out_of_memory = true;
                return NULL;
        }
        node->name_hash = hash_name(parent, name);
        node->wd = -1;
        if (parent != NULL)
                parent_enter(node, parent);
        name_enter(watch, node);
        watch->nodes++;
        return node;
}

void node_todo(mori_watch *watch, struct node *node, enum node_todo todo)
{
        bool was = node->todo != NODE_SETTLED;

        if (node->missed)
                watch->missed--;
        node->missed = false;
        node->todo = (uint8_t)todo;
        node->scan_from = 0;
        if (was == (todo != NODE_SETTLED))
                return;
        if (was) {
                node_place(node)->todo--;
                *node->todo_link = node->todo_next;
                if (node->todo_next != NULL)
                        node->todo_next->todo_link = node->todo_link;
                return;
        }
        node_place(node)->todo++;
        node->todo_next = watch->todo;
        node->todo_link = &watch->todo;
        if (node->todo_next != NULL)
                node->todo_next->todo_link = &node->todo_next;
        watch->todo = node;
}

void node_set_wd(mori_watch *watch, struct node *node, int32_t wd)
{
        node->wd = wd;
        wd_note(watch, wd);
        wd_enter(watch, node);
}

void node_clear_wd(mori_watch *watch, struct node *node)
{
        struct node **link = wd_bucket(watch, node->wd);

        while (*link != node)
                link = &(*link)->wd_next;
        *link = node->wd_next;
        node->wd = -1;
}

void node_look(mori_watch *watch, struct node *node)
{
        node_todo(watch, node, node->listed ? NODE_VERIFY : NODE_SCAN);
}

void node_part(mori_watch *watch, struct node *node)
{
        struct node *rival = node->rival;

        if (rival == NULL)
                return;
        node->rival = rival->rival = NULL;
        if (rival->missed)
                node_look(watch, rival);
}

/* One without children. */
static void node_free(mori_watch *watch, struct node *node)
{
        int32_t wd = node->wd;

        if (wd >= 0) {
                node_clear_wd(watch, node);
                watch_drop_wd(watch, wd);
        }
        node_todo(watch, node, NODE_SETTLED);
        node_part(watch, node);
        name_leave(watch, node);
        parent_leave(node);
        if (watch->at_node == node)
                watch->at_node = NULL;
        if (watch->scanned == node)
                watch->scanned = NULL;
        watch->nodes--;
        free(node->name);
        free(node);
}

void node_drop_children(mori_watch *watch, struct node *node)
{
        struct node *leaf = node;

        while (leaf != node || leaf->children != NULL) {
                struct node *parent = leaf->parent;

                if (leaf->children != NULL) {
                        leaf = leaf->children;
                        continue;
                }
                node_free(watch, leaf);
                leaf = parent;
        }
}

void node_drop(mori_watch *watch, struct node *node)
{
        node_drop_children(watch, node);
        node_free(watch, node);
}

struct node *node_of_wd(const mori_watch *watch, int32_t wd)
{
        struct node *node = watch->buckets != 0 && wd >= 0 ? *wd_bucket(watch, wd) : NULL;

        while (node != NULL && node->wd != wd)
                node = node->wd_next;
        return node;
}

struct node *node_child(const mori_watch *watch, const struct node *parent, const char *name)
{
        uint32_t hash = hash_name(parent, name);
        struct node *node = *name_bucket(watch, hash);

        while (node != NULL && (node->parent != parent || strcmp(node->name, name) != 0))
                node = node->name_next;
        return node;
}

bool node_move(mori_watch *watch, struct node *node, struct node *parent, const char *name)
{
        char *copy = strdup(name);

        if (copy == NULL) {
                watch->out_of_memory = true;
                return false;
        }
        name_leave(watch, node);
        parent_leave(node);
        free(node->name);
        node->name = copy;
        node->name_hash = hash_name(parent, name);
        parent_enter(node, parent);
        name_enter(watch, node);
        return true;
}

void node_retry_missed(mori_watch *watch, struct node *node)
{
        struct node *at = node;

        if (watch->missed == 0)
                return;
        for (;;) {
                if (at->missed)
                        node_look(watch, at);
                if (at->children != NULL) {
                        at = at->children;
                        continue;
                }
                while (at != node && at->sibling == NULL)
                        at = at->parent;
                if (at == node)
                        return;
                at = at->sibling;
        }
}

bool node_is_within(const struct node *node, const struct node *above)
{
        while (node != NULL && node != above)
                node = node->parent;
        return node != NULL;
}

/* ---- Places */

struct watch_place *place_new(mori_watch *watch, const char *path, unsigned flags)
{
        size_t length = strlen(path);
        struct watch_place *place = calloc(1, sizeof *place + length + 1);

        if (place == NULL)
                return NULL;
        place->root = node_new(watch, NULL, "");
        if (place->root == NULL) {
                free(place);
                return NULL;
        }
        memcpy(place->path, path, length + 1);
        place->root->place = place;
        place->flags = flags;
        place->number = ++watch->numbers;
        place->next = watch->places;
        place->link = &watch->places;
        if (place->next != NULL)
                place->next->link = &place->next;
        watch->places = place;
        return place;
}

void place_drop(mori_watch *watch, struct watch_place *place)
{
        node_drop(watch, place->root);
        if (watch->at_place == place)
                watch->at_place = NULL;
        *place->link = place->next;
        if (place->next != NULL)
                place->next->link = place->link;
        place->next = watch->dead;
        watch->dead = place;
}

/* ---- Paths */

/* A path beneath the place: of a node, or of an entry in it. Its bytes, with the zero. */
static size_t path_bytes(const struct node *node, const char *name)
{
        /* a name ends with a slash, or the zero */
        size_t bytes = name != NULL ? strlen(name) + 1 : 0;

        for (; node->parent != NULL; node = node->parent)
                bytes += strlen(node->name) + 1;
        return bytes > 0 ? bytes : 1;
}

static void path_put(const struct node *node, const char *name, char *to, size_t bytes)
{
        char *at = to + bytes;
        char end = '\0';

        *to = '\0'; /* of a place itself */
        if (name == NULL) {
                name = node->name;
                node = node->parent;
        }
        while (node != NULL) {
                size_t length = strlen(name);

                *--at = end;
                at -= length;
                memcpy(at, name, length);
                end = '/';
                name = node->name;
                node = node->parent;
        }
}

const char *watch_op_path(mori_watch *watch, const struct node *node)
{
        size_t bytes = path_bytes(node, NULL);

        if (node->parent == NULL)
                return ".";
        if (bytes > watch->op_path_room) {
                char *path = realloc(watch->op_path, 2 * bytes);

                if (path == NULL)
                        return NULL;
                watch->op_path = path;
                watch->op_path_room = 2 * bytes;
        }
        path_put(node, NULL, watch->op_path, bytes);
        return watch->op_path;
}

/* ---- Events that wait to be handed out */

/* Room for one more of something; false: no memory. */
static bool grow(void **array, size_t *room, size_t needed, size_t each)
{
        void *more;

        if (needed <= *room)
                return true;
        more = realloc(*array, 2 * needed * each);
        if (more == NULL)
                return false;
        *array = more;
        *room = 2 * needed;
        return true;
}

/* Appends a path to the text: where it is. SIZE_MAX: no memory. */
static size_t text_put(mori_watch *watch, const struct node *node, const char *name)
{
        size_t bytes = path_bytes(node, name), at = watch->text_bytes;

        if (!grow((void **)&watch->text, &watch->text_room, at + bytes, 1))
                return SIZE_MAX;
        path_put(node, name, watch->text + at, bytes);
        watch->text_bytes += bytes;
        return at;
}

static void tell(mori_watch *watch, const struct watch_told *told, bool has_old)
{
        if (told->path == SIZE_MAX || (has_old && told->old_path == SIZE_MAX) ||
            !grow((void **)&watch->told, &watch->told_room, watch->told_count + 1,
                  sizeof *watch->told)) {
                watch->out_of_memory = true;
                return;
        }
        watch->told[watch->told_count++] = *told;
}

void watch_tell(mori_watch *watch, enum mori_watch_kind kind, const struct node *node,
                const char *name, bool directory, int error)
{
        struct watch_told told = {.kind = kind,
                                  .place = node_place(node)->number,
                                  .path = text_put(watch, node, name),
                                  .old_path = SIZE_MAX,
                                  .directory = directory,
                                  .error = error};

        tell(watch, &told, false);
}

void watch_tell_rename(mori_watch *watch, const struct node *from, const char *old_name,
                       const struct node *to, const char *name, bool directory)
{
        struct watch_told told = {.kind = MORI_RENAMED,
                                  .place = node_place(to)->number,
                                  .old_path = text_put(watch, from, old_name),
                                  .path = text_put(watch, to, name),
                                  .directory = directory};

        tell(watch, &told, true);
}

void watch_tell_rescan(mori_watch *watch)
{
        static const struct node nothing = {.wd = -1};
        struct watch_told told = {
                .kind = MORI_RESCAN, .path = text_put(watch, &nothing, NULL), .old_path = SIZE_MAX};

        tell(watch, &told, false);
}

void watch_told_forget(mori_watch *watch, uint32_t place)
{
        size_t kept = watch->told_at;

        for (size_t i = watch->told_at; i < watch->told_count; i++)
                if (watch->told[i].place != place)
                        watch->told[kept++] = watch->told[i];
        watch->told_count = kept;
}

bool watch_told_take(mori_watch *watch, struct mori_watch_event *ret_event)
{
        const struct watch_told *told;

        if (watch->told_at == watch->told_count) {
                watch->told_at = watch->told_count = 0;
                watch->text_bytes = 0;
                return false;
        }
        told = &watch->told[watch->told_at++];
        *ret_event = (struct mori_watch_event){
                .kind = told->kind,
                .place = told->place,
                .path = watch->text + told->path,
                .old_path = told->old_path != SIZE_MAX ? watch->text + told->old_path : NULL,
                .directory = told->directory,
                .error = told->error};
        return true;
}

/* ---- The end */

static void places_free(struct watch_place *place)
{
        while (place != NULL) {
                struct watch_place *next = place->next;

                free(place);
                place = next;
        }
}

void watch_release(struct owned *owned)
{
        mori_watch *watch = (mori_watch *)owned;

        for (uint32_t i = 0; i < watch->buckets; i++) {
                for (struct node *node = watch->by_name[i], *next; node != NULL; node = next) {
                        next = node->name_next;
                        free(node->name);
                        free(node);
                }
        }
        places_free(watch->places);
        places_free(watch->dead);
        free(watch->by_wd);
        free(watch->by_name);
        free(watch->drops);
        free(watch->op_path);
        free(watch->scan);
        free(watch->told);
        free(watch->text);
        free(watch);
}
