/* SPDX-License-Identifier: MIT */
/*
 * Watching directories and files: being told what happens to them, whichever program does it.
 *
 * Nouns.
 *   mori_watch   places, and the queue of what has happened to them.
 *   place        what is watched: a directory, all that is beneath one (a tree), or a file. Events
 *                name it by its number.
 *   event        one thing that has happened.
 *
 *         mori_watch *watch;
 *         struct mori_watch_event event;
 *         uint32_t place;
 *         int more;
 *
 *         attempt(mori_watch_begin(&watch));
 *         attempt(await mori_watch_add(watch, MORI_NO_FILE, "www", MORI_WATCH_TREE, &place));
 *         while ((more = await mori_watch_next(watch, &event)) == 1)
 *                 ...
 *         await mori_watch_end(watch);
 *
 * Rules.
 *   (1) A place is found once, by its path; from then on it is the directory or file itself,
 *       wherever that is moved. Paths in events begin there, and nothing above it is told. Whoever
 *       has a mori_directory can watch what is beneath it and nothing else. But a tree finds its
 *       directory by that path again when one comes in it: where it was moved, or `directory` was
 *       closed, it is GONE then, with `error`. (As "." of a mori_directory it may be moved.)
 *   (2) An event says what is so, and may say what is known already: take CREATED and FOUND as
 *       "this is there", REMOVED as "this is not there, nor what was in it", and RENAMED as both.
 *       Whoever does so in the order of the events knows what is there when none is left. (In a
 *       tree a directory that has come is first watched, then listed: what is made in between is
 *       told twice, and not lost.) One exception: two names of a directory that is no tree and was
 *       not added with LIST, which somebody exchanges (RENAME_EXCHANGE), are told as two renames,
 *       there and back: the kernel tells no difference.
 *   (3) The queue is the kernel's, and bounded (the sysctl fs.inotify.max_queued_events). What it
 *       has no room for is lost, and told as RESCAN; places that have gone meanwhile are GONE then.
 *       Equal events one after the other are one.
 *   (4) What only the file system of another machine knows is not told: changes on a network file
 *       system by its other clients. Nor are changes through a mapping (mmap(2)), or of the files
 *       of /proc and /sys.
 *   (5) A directory that stands at several places of a tree (a bind mount) is told at one of them;
 *       with what another mori_watch_add() has added to the same mori_watch, it is FAILED, -EEXIST.
 *       What is mounted into a tree later is not told. Of a file system in it that is unmounted,
 *       and ends with that (not a bind mount), the root is REMOVED; what was there beneath it is
 *       CREATED.
 *   (6) Limits are the user's, not the program's: fs.inotify.max_user_instances (128), one for each
 *       mori_watch; fs.inotify.max_user_watches, one for each directory of a tree, and each other
 *       place. A user namespace (a container) may have lower ones, user.max_inotify_instances and
 *       user.max_inotify_watches. One that is reached is reported with its name and value, once; so
 *       is that of rule (3).
 */
#pragma once

#include <mori/directory.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mori_watch mori_watch;

/* What is to be told of a place, besides the names in it. */
enum mori_watch_flags {
        MORI_WATCH_TREE = 1,       /* a directory with all that is beneath it; implies LIST */
        MORI_WATCH_LIST = 2,       /* what is in the directory already is FOUND; then LISTED */
        MORI_WATCH_WRITTEN = 4,    /* MORI_WRITTEN */
        MORI_WATCH_CONTENT = 8,    /* MORI_CHANGED: each write, as it happens */
        MORI_WATCH_ATTRIBUTES = 16 /* MORI_ATTRIBUTES */
};

/* What has happened. */
enum mori_watch_kind {
        MORI_CREATED = 1, /* an entry has come: it was made, linked, or moved here */
        MORI_FOUND,       /* it was there when the directory was listed */
        MORI_REMOVED,     /* an entry has gone: it was removed, or moved away */
        MORI_RENAMED,     /* an entry had the path `old_path` in this place, and has another one.
                             What had that before is gone */
        MORI_WRITTEN,     /* a file that was open for writing was closed */
        MORI_CHANGED,     /* a file's content, or its length */
        MORI_ATTRIBUTES,  /* permissions, owners, times, the number of names */
        MORI_MOVED,       /* the place itself has another name, and is watched as before */
        MORI_GONE,        /* the place itself was removed (a file: its last name, and nobody has it
                             open), or is on a file system that was unmounted. It is no more */
        MORI_FAILED,      /* a directory of the tree cannot be watched, or listed: `error` */
        MORI_LISTED,      /* all that was there has been told */
        MORI_RESCAN       /* events were lost, of whichever place; `place` is 0. What is known of
                             them is void. Those with TREE or LIST are listed anew */
};

/* Its strings are valid until the next call. */
struct mori_watch_event {
        enum mori_watch_kind kind;
        uint32_t place;       /* 0: all */
        const char *path;     /* beneath the place, of any bytes; "" for the place itself */
        const char *old_path; /* with RENAMED, else NULL */
        bool directory;       /* the entry is one */
        int error;            /* with FAILED, maybe with GONE, a negative errno */
};

/*
 * Makes a watch, which has no places. Does not wait. *ret_watch is the caller's, to be given to
 * mori_watch_end(); the end of the process frees it, too. Returns 0; -EMFILE: no descriptor, or
 * rule (6); -ENOMEM.
 */
MORI_API int mori_watch_begin(mori_watch **ret_watch);
/*
 * Adds a place, from where on it is told what happens there. A symbolic link is followed, from a
 * mori_directory only within it. `flags` are of mori_watch_flags. *ret_place is its number, which
 * no other place of the watch ever had. Others may wait in mori_watch_next() meanwhile.
 *
 * Returns 0; -EEXIST where the watch has it already, itself or in a tree (another mori_watch may
 * have it, too); -ENOTDIR: TREE or LIST of a file; -ENOSPC: rule (6); -EACCES: it cannot be read;
 * -EINVAL: a flag that there is not; or another negative errno of finding the path.
 */
MORI_API MORI_ASYNC int mori_watch_add(mori_watch *watch, mori_directory directory,
                                       const char *path, unsigned flags, uint32_t *ret_place);
/*
 * Takes a place out. Nothing is told of it any more, but what mori_watch_next() is about to return.
 * Does not wait. Returns 0, or -ENOENT where there is no such place (any more).
 */
MORI_API int mori_watch_remove(mori_watch *watch, uint32_t place);
/*
 * The next event: 1. 0 where there is neither an event nor a place left. -ECANCELED and -ETIMEDOUT
 * lose nothing: call again. -ENOMEM loses events: the next one is RESCAN. -EBUSY: somebody else is
 * in this call. Where a rename seems to lead out of what is watched, it waits up to 2 ms for the
 * other half.
 */
MORI_API MORI_ASYNC int mori_watch_next(mori_watch *watch, struct mori_watch_event *ret_event);
/*
 * Ends a watch, which nobody may be waiting in any more. Takes NULL. Not interrupted by
 * cancellation.
 */
MORI_API MORI_ASYNC void mori_watch_end(mori_watch *watch);

#ifdef __cplusplus
}
#endif
