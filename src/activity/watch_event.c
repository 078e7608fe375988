/* SPDX-License-Identifier: MIT */
/*
 * What the kernel tells of watched directories (inotify(7)) becomes events, and keeps the nodes of
 * trees true.
 *
 * The kernel tells of the past, and a listing of the present, so a record may speak of a directory
 * that has another name by now, or of one whose name is another one's. What is done:
 *
 *      a directory comes      it has a node: does the name still lead to the number that the node
 *                             has? It has none: a node, which is watched and listed, both by the
 *                             one descriptor that was opened for it.
 *      a directory goes       its node goes, with all beneath it. If the name was a newer one's,
 *                             whose coming was known from a listing: that is told once more.
 *      a directory is renamed its node moves; then as where one comes.
 *      a name leads nowhere   what has happened to it, or to a directory above, is still to be
 *                             told. The node stays, and is looked for again when it is renamed.
 *
 * A rename is two records with a cookie, of the old name and of the new. The kernel writes them one
 * after the other, but others may come between, and the second may not have been written yet. No
 * record about the names in the two directories comes between: they are locked. So the event stands
 * where the first record was. Two names that were exchanged (RENAME_EXCHANGE) look like a rename
 * there and one back, after which only one of them would be there: so a directory out of which a
 * name is renamed that a rename has just brought is listed once more.
 */
#include "activity/watch.h"

#include <errno.h>

uint32_t watch_mask(unsigned flags)
{
        return IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF |
               IN_EXCL_UNLINK | (flags & MORI_WATCH_WRITTEN ? IN_CLOSE_WRITE : 0u) |
               (flags & MORI_WATCH_CONTENT ? IN_MODIFY : 0u) |
               (flags & MORI_WATCH_ATTRIBUTES ? IN_ATTRIB : 0u);
}

static bool is_tree(const struct node *node)
{
        return node_place(node)->flags & MORI_WATCH_TREE;
}

/* ---- Directories of trees */

/* A directory is there, or was: watched, unless it is, and listed. */
static void directory_came(mori_watch *watch, struct node *node, const char *name)
{
        struct node *child = node_child(watch, node, name);

        if (child == NULL)
                child = node_new(watch, node, name);
        if (child != NULL)
                node_look(watch, child);
}

void watch_found(mori_watch *watch, struct node *node, const char *name, bool directory)
{
        watch_tell(watch, MORI_FOUND, node, name, directory, 0);
        if (directory && is_tree(node))
                directory_came(watch, node, name);
}

/* It is not where it was looked for. What has happened is still to be told. */
static void node_missed(mori_watch *watch, struct node *node)
{
        node_todo(watch, node, NODE_SETTLED);
        node->missed = true;
        watch->missed++;
}

/*
 * A name leads to a directory that the watch has elsewhere: it was moved, which is not told yet, or
 * is mounted at both places. So it is looked for where it is known, and then here once more, unless
 * it is there.
 */
static void node_was_elsewhere(mori_watch *watch, struct node *node, struct node *known)
{
        if (node_place(known) != node_place(node)) {
                watch_tell(watch, MORI_FAILED, node, NULL, true, -EEXIST);
                node_drop(watch, node);
                return;
        }
        node_missed(watch, node);
        if (known->parent == NULL || known->rival != NULL)
                return;
        known->rival = node;
        node->rival = known;
        node_look(watch, known);
}

/* A directory is not where it is known; another name, its rival, leads to it. */
static void node_gives_way(mori_watch *watch, struct node *node)
{
        struct node *parent = node->parent;

        watch_tell(watch, MORI_REMOVED, node, NULL, true, 0);
        node_drop(watch, node); /* the rival is looked for again */
        /* If it was one above that was moved, what is in the one there now is not known. */
        parent->listed = false;
        node_look(watch, parent);
}

/* Another directory has a node's name now. */
static void node_was_another(mori_watch *watch, struct node *node)
{
        int32_t wd = node->wd;

        watch_tell(watch, MORI_REMOVED, node, NULL, true, 0);
        watch_tell(watch, MORI_CREATED, node, NULL, true, 0);
        node_drop_children(watch, node);
        node_clear_wd(watch, node);
        watch_drop_wd(watch, wd);
        node->listed = false;
        node_part(watch, node);
}

bool watch_node_is(mori_watch *watch, struct node *node, int32_t wd)
{
        struct node *known;

        if (node->wd >= 0 && node->wd != wd)
                node_was_another(watch, node);
        else if (node->rival != NULL && node->wd == wd)
                node->rival = node->rival->rival = NULL;
        watch_keep_wd(watch, wd); /* it may have been that of one beneath */
        known = node_of_wd(watch, wd);
        if (known != NULL && known != node) {
                node_was_elsewhere(watch, node, known);
                return false;
        }
        if (known == NULL)
                node_set_wd(watch, node, wd);
        return true;
}

void watch_node_failed(mori_watch *watch, struct node *node, int error)
{
        /* -EXDEV: it left the directory that we look beneath while it was looked for (openat2) */
        bool gone = error == -ENOENT || error == -ENOTDIR || error == -ELOOP || error == -EXDEV;

        if (gone && node->rival != NULL && node->wd >= 0) {
                node_gives_way(watch, node);
                return;
        }
        if (gone && node->parent != NULL) {
                node_missed(watch, node);
                return;
        }
        node_todo(watch, node, NODE_SETTLED);
        watch_tell(watch, MORI_FAILED, node, NULL, true, error);
        if (node->parent != NULL)
                node_drop(watch, node);
}

void watch_rescan(mori_watch *watch)
{
        watch_tell_rescan(watch);
        watch->scanned = NULL; /* it begins anew */
        for (struct watch_place *place = watch->places; place != NULL; place = place->next) {
                if (!(place->flags & (MORI_WATCH_TREE | MORI_WATCH_LIST))) {
                        place->unsure = watch->unsure = true;
                        continue;
                }
                if (place->root->wd < 0)
                        continue;
                node_drop_children(watch, place->root);
                place->root->listed = false;
                place->listing = watch->listing = true;
                node_look(watch, place->root);
        }
}

/* ---- Records */

static void entry_came(mori_watch *watch, struct node *node, const char *name, bool directory)
{
        watch_tell(watch, MORI_CREATED, node, name, directory, 0);
        if (directory && is_tree(node))
                directory_came(watch, node, name);
}

static void entry_went(mori_watch *watch, struct node *node, const char *name, bool directory)
{
        struct node *child = node_child(watch, node, name);

        watch_tell(watch, MORI_REMOVED, node, name, directory, 0);
        if (child != NULL)
                node_drop(watch, child);
}

static void entry_renamed(mori_watch *watch, struct node *from, const char *old_name,
                          struct node *to, const char *name, bool directory)
{
        struct node *node = node_child(watch, from, old_name);
        struct node *replaced = node_child(watch, to, name);

        if (is_tree(from) && directory != (node != NULL)) {
                /* The names lead to others by now, of which it is still to be told. */
                entry_went(watch, from, old_name, directory);
                entry_came(watch, to, name, directory);
        } else if (node != NULL && node_is_within(to, node)) {
                entry_went(watch, from, old_name, directory);
        } else if (replaced != NULL && node_is_within(from, replaced)) {
                entry_went(watch, from, old_name, directory);
                entry_came(watch, to, name, directory);
        } else {
                watch_tell_rename(watch, from, old_name, to, name, directory);
                if (replaced != NULL)
                        node_drop(watch, replaced);
                if (node == NULL || !node_move(watch, node, to, name))
                        return;
                node_retry_missed(watch, node);
                node_look(watch, node);
        }
}

/*
 * A directory of a tree is no more. Where its name has been told to be a newer one's, which was
 * renamed over it and is looked for, the node is that one's.
 */
static void node_ended(mori_watch *watch, struct node *node)
{
        if (node->todo == NODE_SETTLED && !node->missed) {
                node_drop(watch, node);
                return;
        }
        node_drop_children(watch, node);
        node->listed = false;
        if (watch->at_node == node)
                watch->at_node = NULL; /* what is asked just now may have been of the old one */
        if (watch->scanned == node)
                watch->scanned = NULL;
        if (!node->missed)
                node_look(watch, node);
}

/* About a place itself, or a directory of a tree, of which the one above it tells, too. */
static void self_told(mori_watch *watch, struct node *node, uint32_t mask)
{
        if (mask & IN_IGNORED) {
                node_clear_wd(watch, node);
                if (node->parent != NULL) {
                        node_ended(watch, node);
                } else {
                        watch_tell(watch, MORI_GONE, node, NULL, mask & IN_ISDIR, 0);
                        place_drop(watch, node->place);
                }
        } else if (node->parent != NULL && mask & IN_UNMOUNT) {
                node->listed = false;
                node_look(watch, node); /* its name leads to what was beneath, or nowhere */
        } else if (node->parent == NULL && mask & IN_MOVE_SELF) {
                watch_tell(watch, MORI_MOVED, node, NULL, mask & IN_ISDIR, 0);
        }
}

static void content_told(mori_watch *watch, struct node *node, const char *name, uint32_t mask)
{
        uint32_t wanted = mask & watch_mask(node_place(node)->flags);

        if (name == NULL && node->parent != NULL)
                return; /* the directory above has told it */
        if (wanted & IN_MODIFY)
                watch_tell(watch, MORI_CHANGED, node, name, mask & IN_ISDIR, 0);
        if (wanted & IN_ATTRIB)
                watch_tell(watch, MORI_ATTRIBUTES, node, name, mask & IN_ISDIR, 0);
        if (wanted & IN_CLOSE_WRITE)
                watch_tell(watch, MORI_WRITTEN, node, name, mask & IN_ISDIR, 0);
}

static struct inotify_event *record_at(mori_watch *watch, uint32_t at)
{
        return at < watch->filled ? (struct inotify_event *)(void *)(watch->records + at) : NULL;
}

static uint32_t record_bytes(const struct inotify_event *record)
{
        return (uint32_t)sizeof *record + record->len;
}

/* The second record of a rename, or NULL. */
static struct inotify_event *other_half(mori_watch *watch, const struct inotify_event *first)
{
        uint32_t at = watch->at + record_bytes(first);
        struct inotify_event *record;

        for (; (record = record_at(watch, at)) != NULL; at += record_bytes(record))
                if (record->mask & IN_MOVED_TO && record->cookie == first->cookie)
                        return record;
        return NULL;
}

/* A rename has brought a name. */
static void brought_note(mori_watch *watch, const struct inotify_event *record)
{
        watch->brought[watch->brought_next++ % WATCH_BROUGHT_MAX] =
                (struct watch_name){.wd = record->wd, .hash = hash_name(NULL, record->name)};
}

/*
 * A name is renamed away that a rename has brought of late: that may be the second half of an
 * exchange, after which the name is there. Its directory is listed once more, where it can be.
 */
static void brought_check(mori_watch *watch, struct node *node, const struct inotify_event *record)
{
        uint32_t hash = hash_name(NULL, record->name);
        bool late = false;

        for (unsigned i = 0; i < WATCH_BROUGHT_MAX; i++)
                late |= watch->brought[i].wd == record->wd && watch->brought[i].hash == hash;
        if (!late || !(node_place(node)->flags & (MORI_WATCH_TREE | MORI_WATCH_LIST)))
                return;
        node->listed = false;
        node_look(watch, node);
}

/* The first record of a rename; the second, or NULL where there is none. */
static void renamed_told(mori_watch *watch, struct node *node, const struct inotify_event *record,
                         struct inotify_event *other)
{
        struct node *to = other != NULL ? node_of_wd(watch, other->wd) : NULL;
        bool directory = record->mask & IN_ISDIR;

        brought_check(watch, node, record);
        if (to == NULL || node_place(to) != node_place(node)) {
                entry_went(watch, node, record->name, directory);
                return;
        }
        brought_note(watch, other);
        other->mask = 0; /* it is told with this one */
        entry_renamed(watch, node, record->name, to, other->name, directory);
}

static void came_told(mori_watch *watch, struct node *node, const struct inotify_event *record)
{
        if (record->mask & IN_MOVED_TO)
                brought_note(watch, record);
        entry_came(watch, node, record->name, record->mask & IN_ISDIR);
}

static void overflow_told(mori_watch *watch)
{
        watch_lost_report();
        watch_rescan(watch);
}

enum watch_record watch_record_next(mori_watch *watch)
{
        struct inotify_event *record = record_at(watch, watch->at), *other = NULL;
        struct node *node;
        bool directory;

        if (record == NULL)
                return WATCH_RECORD_NONE;
        node = node_of_wd(watch, record->wd);
        if (node == NULL && record->mask != 0 && watch->adding > 0 &&
            watch_may_be_added(watch, record->wd))
                return WATCH_RECORD_WAIT;
        if (node != NULL && record->mask & IN_MOVED_FROM) {
                other = other_half(watch, record);
                if (other == NULL && watch->at >= watch->settled)
                        return WATCH_RECORD_MORE;
                watch->patience = 0;
        }
        watch->at += record_bytes(record);
        directory = record->mask & IN_ISDIR;
        if (record->mask & IN_Q_OVERFLOW)
                overflow_told(watch);
        else if (node == NULL || record->mask == 0)
                ; /* (4), or told already */
        else if (record->mask & (IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF | IN_MOVE_SELF))
                self_told(watch, node, record->mask);
        else if (record->mask & IN_MOVED_FROM)
                renamed_told(watch, node, record, other);
        else if (record->mask & (IN_CREATE | IN_MOVED_TO))
                came_told(watch, node, record);
        else if (record->mask & IN_DELETE)
                entry_went(watch, node, record->name, directory);
        else
                content_told(watch, node, record->len > 0 ? record->name : NULL, record->mask);
        return WATCH_RECORD_DONE;
}
