/* SPDX-License-Identifier: MIT */
/*
 * Directories, files and listings as objects. Each stands for a descriptor of its own: a listing
 * has opened its directory again, and so has what is the same directory for who only looks. That
 * nothing leads out of a directory is the kernel's word (mori/directory.h).
 */
#include "lend.h"
#include "service.h"

#include <mori/failure.h>
#include <mori/filesystem.h>
#include <mori/heap.h>
#include <mori/keywords.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define READ_MAX    65536u
#define ENTRIES_MAX 64u

/* What an object stands for. */
struct lent {
        struct lender *lender;
        mori_file file;
        bool readonly;             /* a directory */
        struct mori_cursor cursor; /* a listing */
};

static void lent_gone(void *self)
{
        struct lent *lent = self;

        mori_directory_done(&lent->cursor);
        lender_give_back(lent->lender, lent->file);
        mori_free(lent);
}

/* Of a file that is open, with room taken. NULL where memory is exhausted: it is given back. */
static struct lent *lent_new(struct lender *lender, mori_file file, bool readonly)
{
        struct lent *lent = mori_alloc_try(sizeof *lent);

        if (lent == NULL)
                lender_give_back(lender, file);
        else
                *lent = (struct lent){.lender = lender, .file = file, .readonly = readonly};
        return lent;
}

/* A path with a 0 in it is none. */
static int path_check(const struct mori_wire_text *path)
{
        return memchr(path->bytes, '\0', path->count) != NULL ? -EINVAL : 0;
}

/* ---- Files */

static async int file_read(void *self, struct service_file_read_call *call)
{
        const struct lent *file = self;
        uint32_t wanted = call->bytes < READ_MAX ? call->bytes : READ_MAX, got = 0;
        char *bytes = mori_call_alloc(&call->call, wanted);
        int64_t count = 1;

        if (bytes == NULL)
                return -ENOMEM;
        while (got < wanted && count != 0) {
                count = await mori_file_read_at(file->file, bytes + got, wanted - got,
                                                call->offset + got);
                attempt(count);
                got += (uint32_t)count;
        }
        call->data = mori_wire_data_of(bytes, got);
        return 0;
}

static async int file_write(void *self, struct service_file_write_call *call)
{
        const struct lent *file = self;
        uint32_t written = 0;

        while (written < call->data.count) {
                int64_t count = await mori_file_write_at(file->file, call->data.bytes + written,
                                                         call->data.count - written,
                                                         call->offset + written);

                attempt(count);
                if (count == 0)
                        return -EIO;
                written += (uint32_t)count;
        }
        return 0;
}

static async int file_size(void *self, struct service_file_size_call *call)
{
        const struct lent *file = self;
        struct stat status;

        attempt(await mori_file_stat(file->file, "", 0, &status));
        call->bytes = (uint64_t)status.st_size;
        return 0;
}

static async int file_resize(void *self, struct service_file_resize_call *call)
{
        const struct lent *file = self;

        return await mori_file_truncate(file->file, call->bytes);
}

static async int file_sync(void *self, struct service_file_sync_call *call)
{
        const struct lent *file = self;

        (void)call;
        return await mori_file_sync(file->file);
}

static const struct service_file_server file_functions = {
        .read = file_read,
        .write = file_write,
        .size = file_size,
        .resize = file_resize,
        .sync = file_sync,
};

/* ---- Listings */

static enum service_directory_kind kind_of(unsigned type)
{
        switch (type) {
        case DT_REG:
                return SERVICE_DIRECTORY_KIND_FILE;
        case DT_DIR:
                return SERVICE_DIRECTORY_KIND_DIRECTORY;
        case DT_LNK:
                return SERVICE_DIRECTORY_KIND_LINK;
        default:
                return SERVICE_DIRECTORY_KIND_OTHER;
        }
}

/* The pointer and the list's tag; of an entry its struct and its name. */
#define LIST_WORDS  2u
#define ENTRY_WORDS (2u + sizeof((struct mori_entry *)0)->name / 8)

/* What results of a listing are made of and in: memory of the call. */
struct piece {
        struct mori_wire_segment segment;
        struct mori_wire_message message;
        uint64_t words[LIST_WORDS + ENTRIES_MAX * ENTRY_WORDS];
        struct mori_entry entries[ENTRIES_MAX];
};

static int piece_list(struct piece *piece, uint32_t count,
                      struct service_listing_entry_list *ret_entries)
{
        const uint32_t words = LIST_WORDS + count * (uint32_t)ENTRY_WORDS;
        struct service_listing_entry_list_builder list;
        struct mori_wire_builder builder;

        attempt(mori_wire_builder_init(&builder, piece->words, words, words));
        attempt(service_listing_entry_list_init(mori_wire_builder_root(&builder), count, &list));
        for (uint32_t i = 0; i < count; i++) {
                struct service_listing_entry_builder entry =
                        service_listing_entry_list_builder_at(list, i);

                attempt(service_listing_entry_set_name(
                        entry, mori_wire_text_of(piece->entries[i].name)));
                service_listing_entry_set_kind(entry, kind_of(piece->entries[i].type));
        }
        mori_wire_builder_segments(&builder, &piece->segment);
        mori_wire_builder_deinit(&builder);
        mori_wire_message_init(&piece->message, &piece->segment, 1);
        *ret_entries = service_listing_entry_list_read(mori_wire_root(&piece->message));
        return 0;
}

static async int listing_next(void *self, struct service_listing_next_call *call)
{
        struct lent *listing = self;
        struct piece *piece = mori_call_alloc_zero(&call->call, sizeof *piece);
        uint32_t wanted = call->count < ENTRIES_MAX ? call->count : ENTRIES_MAX, count = 0;

        if (piece == NULL)
                return -ENOMEM;
        while (count < wanted) {
                int more = await mori_directory_next(listing->file, &listing->cursor,
                                                     &piece->entries[count]);

                if (more < 0 && count == 0)
                        return more;
                if (more <= 0) /* an error comes again, what was taken does not */
                        break;
                count++;
        }
        return piece_list(piece, count, &call->entries);
}

static const struct service_listing_server listing_functions = {.next = listing_next};

/* ---- Directories */

static const int open_flags[] = {
        [SERVICE_DIRECTORY_HOW_READ] = O_RDONLY,
        [SERVICE_DIRECTORY_HOW_WRITE] = O_RDWR,
        [SERVICE_DIRECTORY_HOW_CREATE] = O_RDWR | O_CREAT,
        [SERVICE_DIRECTORY_HOW_NEW] = O_RDWR | O_CREAT | O_EXCL,
        [SERVICE_DIRECTORY_HOW_REPLACE] = O_RDWR | O_CREAT | O_TRUNC,
};

/*
 * Opens a regular file. What a path leads to otherwise is closed again, and nobody waited for it.
 */
static async int open_regular(const struct lent *directory, const char *path, int flags,
                              mori_file *ret_file)
{
        struct stat status;
        mori_file file;
        int error;

        attempt(await mori_file_open(directory->file, path, flags | O_NOCTTY | O_NONBLOCK, 0666,
                                     &file));
        error = await mori_file_stat(file, "", 0, &status);
        if (error == 0 && !S_ISREG(status.st_mode))
                error = S_ISDIR(status.st_mode) ? -EISDIR : -EOPNOTSUPP;
        if (error < 0)
                (void)await mori_file_close(file);
        else
                *ret_file = file;
        return error;
}

static async int directory_open(void *self, struct service_directory_open_call *call)
{
        const struct lent *directory = self;
        mori_file file;
        struct lent *lent;
        int error = path_check(&call->path);

        attempt(error);
        if ((unsigned)call->how >= sizeof open_flags / sizeof open_flags[0])
                return -EINVAL;
        if (directory->readonly && call->how != SERVICE_DIRECTORY_HOW_READ)
                return -EACCES;
        attempt(await lender_take(directory->lender));
        error = await open_regular(directory, call->path.bytes, open_flags[call->how], &file);
        if (error < 0) {
                lender_give_back(directory->lender, MORI_NO_FILE);
                return error;
        }
        lent = lent_new(directory->lender, file, false);
        if (lent == NULL)
                return -ENOMEM;
        error = service_file_new(&file_functions, lent, lent_gone, &call->file);
        if (error < 0)
                lent_gone(lent);
        return error;
}

/* A directory beneath this one, or ".", which is this one again. */
static async int open_directory(const struct lent *parent, const char *path, bool readonly,
                                struct lent **ret_lent)
{
        mori_directory directory;
        int error;

        attempt(await lender_take(parent->lender));
        error = await mori_directory_open(parent->file, path, &directory);
        if (error < 0) {
                lender_give_back(parent->lender, MORI_NO_FILE);
                return error;
        }
        *ret_lent = lent_new(parent->lender, directory, readonly);
        return *ret_lent == NULL ? -ENOMEM : 0;
}

static int directory_new(struct lent *lent, service_directory *ret_directory);

static async int directory_enter(void *self, struct service_directory_enter_call *call)
{
        const struct lent *parent = self;
        struct lent *lent;

        attempt(path_check(&call->path));
        attempt(await open_directory(parent, call->path.bytes, parent->readonly, &lent));
        return directory_new(lent, &call->directory);
}

static async int directory_readonly(void *self, struct service_directory_readonly_call *call)
{
        struct lent *lent;

        attempt(await open_directory(self, ".", true, &lent));
        return directory_new(lent, &call->directory);
}

static async int directory_list(void *self, struct service_directory_list_call *call)
{
        struct lent *lent;
        int error;

        attempt(await open_directory(self, ".", true, &lent));
        error = service_listing_new(&listing_functions, lent, lent_gone, &call->listing);
        if (error < 0)
                lent_gone(lent);
        return error;
}

static async int directory_status(void *self, struct service_directory_status_call *call)
{
        const struct lent *directory = self;
        struct stat status;

        attempt(path_check(&call->path));
        attempt(await mori_file_stat(directory->file, call->path.bytes, 0, &status));
        call->kind = kind_of(IFTODT(status.st_mode));
        call->bytes = (uint64_t)status.st_size;
        call->changed = MORI_S(status.st_mtim.tv_sec) + status.st_mtim.tv_nsec;
        return 0;
}

/* Whether something may be changed by this path. */
static int change_check(const struct lent *directory, const struct mori_wire_text *path)
{
        return directory->readonly ? -EACCES : path_check(path);
}

static async int directory_make(void *self, struct service_directory_make_call *call)
{
        const struct lent *directory = self;

        attempt(change_check(directory, &call->path));
        return await mori_mkdir(directory->file, call->path.bytes, 0777);
}

static async int directory_remove(void *self, struct service_directory_remove_call *call)
{
        const struct lent *directory = self;
        int error;

        attempt(change_check(directory, &call->path));
        error = await mori_unlink(directory->file, call->path.bytes);
        return error != -EISDIR ? error : await mori_rmdir(directory->file, call->path.bytes);
}

static async int directory_rename(void *self, struct service_directory_rename_call *call)
{
        const struct lent *directory = self;

        attempt(change_check(directory, &call->path));
        attempt(path_check(&call->to));
        return await mori_rename(directory->file, call->path.bytes, directory->file,
                                 call->to.bytes, 0);
}

static const struct service_directory_server directory_functions = {
        .open = directory_open,
        .enter = directory_enter,
        .readonly = directory_readonly,
        .list = directory_list,
        .status = directory_status,
        .make = directory_make,
        .remove = directory_remove,
        .rename = directory_rename,
};

static int directory_new(struct lent *lent, service_directory *ret_directory)
{
        int error = service_directory_new(&directory_functions, lent, lent_gone, ret_directory);

        if (error < 0)
                lent_gone(lent);
        return error;
}

/* ---- The service */

/* The lender, which the process's heap has, and the directory itself. */
static async int begin(const char *path, bool readonly, uint32_t open_max,
                       struct lender **ret_lender, service_directory *ret_directory)
{
        struct lender *lender;
        mori_directory directory;
        struct lent *lent;
        int error;

        if (path[0] == '\0')
                return mori_fail(-EINVAL, "the path of its directory is empty");
        attempt(lender_new(open_max, 1, &lender));
        error = await mori_directory_open(MORI_NO_FILE, path, &directory);
        if (error < 0)
                return mori_fail(error, "cannot open directory %s", path);
        attempt(await lender_take(lender));
        lent = lent_new(lender, directory, readonly);
        if (lent == NULL)
                return -ENOMEM;
        attempt(directory_new(lent, ret_directory));
        *ret_lender = lender;
        return 0;
}

async int mori_service_files(void *argument)
{
        const struct mori_service_directory *of = argument;
        struct lender *lender;
        service_directory served;

        if (of == NULL || memchr(of->path, '\0', sizeof of->path) == NULL)
                return mori_fail(-EINVAL, "it is told no path, or one that does not end");
        attempt(await begin(of->path, of->readonly, of->open_max, &lender, &served));
        attempt(export_served(served.ref));
        return await lender_run(lender);
}

static async int files_main(const struct builtin_files_capabilities *has)
{
        struct builtin_files_exports exports;
        struct lender *lender;

        attempt(await begin(has->path, has->readonly, has->open_max, &lender,
                            &exports.directory));
        attempt(builtin_files_export(has, &exports));
        service_directory_drop(exports.directory);
        return await lender_run(lender);
}
SERVICE_PROGRAM(files, files_main);
