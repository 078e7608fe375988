/* SPDX-License-Identifier: MIT */
/*
 * Directories: as the place beneath which everything is that somebody may reach, and as a list of
 * entries.
 *
 * Nouns.
 *   mori_directory  a directory that was opened by mori_directory_open(). It is a mori_file, closed
 *                   by mori_file_close(), and stands wherever a call takes a directory and a path.
 *   cursor          a place in a listing.
 *
 * Rules.
 *   (1) A path that is relative to a mori_directory leads to what is beneath it, and nowhere else:
 *       an absolute path, a ".." too many, or a symbolic link that leads out, however far down, is
 *       -EXDEV. Links that stay inside are followed. What is renamed meanwhile changes nothing
 *       about that. Who was given a directory, and no other way to name files, has that tree only.
 *   (2) What is opened by a path that is relative to a mori_directory has the same property: a
 *       directory that mori_file_open() finds there is a mori_directory, too.
 *   (3) MORI_NO_FILE in place of a directory is the working directory, and all that the program may
 *       reach; so is a directory that mori_file_open() has opened by such a path (openat(2)).
 *   (4) A mount point beneath a directory is part of it. A directory that somebody moves keeps its
 *       tree, wherever it stands then.
 */
#pragma once

#include <mori/file.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef mori_file mori_directory;

/*
 * Opens a directory. A symbolic link to one is followed, from a mori_directory only within it.
 * *ret_directory is the caller's, to be closed by mori_file_close(). Returns 0; -ENOTDIR; -EXDEV
 * (1); or another negative errno.
 */
MORI_API MORI_ASYNC int mori_directory_open(mori_directory parent, const char *path,
                                            mori_directory *ret_directory);

/* An entry of a directory. */
struct mori_entry {
        uint64_t inode;
        uint8_t type; /* DT_REG, DT_DIR, ...; DT_UNKNOWN where the file system does not say */
        char name[256];
};

/*
 * Lists a directory that is open for reading. Start with *cursor zeroed, at any time: each listing
 * has a place of its own, and several may be under way. Each call that returns 1 has filled in an
 * entry ("." and ".." are left out); 0: there are no more. Negative: an error; the next call goes
 * on where this one was, so that nothing is left out by a cancellation. A cursor that is given up
 * before 0 was returned is to be released by mori_directory_done(). What comes or goes meanwhile is
 * listed once or not at all; what stays is listed once.
 */
struct mori_cursor {
        void *buffer;
        uint64_t place; /* where the next piece of the listing begins */
        uint32_t at, filled;
        int ended;
};
MORI_API MORI_ASYNC int mori_directory_next(mori_directory directory, struct mori_cursor *cursor,
                                            struct mori_entry *ret_entry);
MORI_API void mori_directory_done(struct mori_cursor *cursor);

/*
 * Walks a tree: everything beneath a directory, each entry with its attributes. Directories are
 * read ahead, several at a time, by other threads; so a directory comes before what is in it, and
 * what is in it comes in one piece, but nothing else is said about the order. Symbolic links are
 * not followed; mount points are.
 *
 *         mori_walk *walk;
 *         struct mori_walk_entry entry;
 *         int more;
 *
 *         attempt(await mori_walk_begin(MORI_NO_FILE, "/usr/include", 0, &walk));
 *         while ((more = await mori_walk_next(walk, &entry)) == 1)
 *                 ...
 *         await mori_walk_end(walk);
 *
 * What changes meanwhile does not end a walk: an entry that is gone when it is looked at, and a
 * directory that cannot be read when its turn comes, is an entry with an `error`.
 */
typedef struct mori_walk mori_walk;

/* What a walk hands out. */
struct mori_walk_entry {
        const char *path; /* beneath the directory where it began; valid until the next call */
        const char *name; /* the last part of it */
        const struct stat *status; /* NULL with an error; valid until the next call */
        unsigned depth;   /* 1: in the directory where it began */
        int error;        /* 0; or why it could not be looked at, or, for a directory, read */
};

/*
 * Begins a walk. `parallel`: how many directories are read at once, at most 64; 0: 4. Returns 0, or
 * a negative errno of opening the directory. *ret_walk is the caller's, to be given to
 * mori_walk_end(); the end of the process frees it, too.
 */
MORI_API MORI_ASYNC int mori_walk_begin(mori_directory directory, const char *path,
                                        unsigned parallel, mori_walk **ret_walk);
/*
 * The next entry: 1; 0 at the end. -ECANCELED and -ETIMEDOUT lose nothing: the walk can go on.
 * -ENOBUFS: more than 2^20 directories wait to be read (walk a part of the tree at a time);
 * -ENOMEM. One caller at a time: -EBUSY.
 */
MORI_API MORI_ASYNC int mori_walk_next(mori_walk *walk, struct mori_walk_entry *ret_entry);
/* A directory whose entry came last is not gone down into. */
MORI_API void mori_walk_skip(mori_walk *walk);
/* Ends a walk, anywhere. Takes NULL. Not interrupted by cancellation. */
MORI_API MORI_ASYNC void mori_walk_end(mori_walk *walk);

#ifdef __cplusplus
}
#endif
