/* SPDX-License-Identifier: MIT */
/* The service of files: directories, files and listings of another process. */
#include "io/io.h"

#include <mori/service.h>

static async service_directory serves(bool readonly, uint32_t open_max, mori_process *ret_process)
{
        struct mori_service_directory of = {
                .path = ".", .readonly = readonly, .open_max = open_max};
        service_directory root = {MORI_NO_REF};

        EXPECT_EQ(await mori_service_start(mori_service_files, &of, sizeof of, "files", ret_process,
                                           &root.ref),
                  0);
        return root;
}

/* Its end, when it has been asked for. */
static async void ends(mori_process process)
{
        struct mori_end end;

        EXPECT_EQ(mori_process_stop(process, MORI_S(10)), 0);
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_STOPPED);
}

static async void expect_text(service_file file, uint64_t offset, const char *text)
{
        struct service_file_read_results read;

        EXPECT_EQ(await service_file_read(file, offset, 65536, &read), 0);
        EXPECT_EQ(read.data.count, strlen(text));
        EXPECT(memcmp(read.data.bytes, text, read.data.count) == 0);
        service_file_read_results_free(&read);
}

PROGRAM(what_is_written_is_read)
{
        mori_process process;
        service_directory root = await serves(false, 0, &process);
        service_file file = {MORI_NO_REF}, again = {MORI_NO_REF};
        uint64_t bytes = 0;

        EXPECT_EQ(await service_directory_open(root, "a", SERVICE_DIRECTORY_HOW_READ, &file),
                  -ENOENT);
        EXPECT_EQ(await service_directory_open(root, "a", SERVICE_DIRECTORY_HOW_NEW, &file), 0);
        EXPECT_EQ(await service_file_write(file, 0, mori_wire_data_of("hello, world", 12)), 0);
        EXPECT_EQ(await service_file_write(file, 7, mori_wire_data_of("there", 5)), 0);
        await expect_text(file, 0, "hello, there");
        await expect_text(file, 7, "there");
        await expect_text(file, 12, "");
        await expect_text(file, 1000, "");
        EXPECT_EQ(await service_file_size(file, &bytes), 0);
        EXPECT_EQ(bytes, 12);
        EXPECT_EQ(await service_file_resize(file, 5), 0);
        await expect_text(file, 0, "hello");
        EXPECT_EQ(await service_file_sync(file), 0);

        EXPECT_EQ(await service_directory_open(root, "a", SERVICE_DIRECTORY_HOW_NEW, &again),
                  -EEXIST);
        EXPECT_EQ(await service_directory_open(root, "a", SERVICE_DIRECTORY_HOW_READ, &again), 0);
        await expect_text(again, 0, "hello");
        EXPECT_EQ(await service_file_write(again, 0, mori_wire_data_of("x", 1)), -EBADF);
        service_file_drop(again);
        EXPECT_EQ(await service_directory_open(root, "a", SERVICE_DIRECTORY_HOW_REPLACE, &again),
                  0);
        await expect_text(file, 0, "");
        service_file_drop(again);
        service_file_drop(file);
        service_directory_drop(root);
        await ends(process);
        return 0;
}

/* More than a lane, or a read, has room for. */
PROGRAM(large_pieces)
{
        mori_process process;
        service_directory root = await serves(false, 0, &process);
        const uint32_t size = 1 << 20;
        char *bytes = mori_alloc(size);
        service_file file = {MORI_NO_REF};

        fill(bytes, 0, size);
        EXPECT_EQ(await service_directory_open(root, "large", SERVICE_DIRECTORY_HOW_CREATE, &file),
                  0);
        EXPECT_EQ(await service_file_write(file, 100, mori_wire_data_of(bytes, size)), 0);
        for (uint64_t at = 0; at < size;) {
                struct service_file_read_results read;

                EXPECT_EQ(await service_file_read(file, 100 + at, UINT32_MAX, &read), 0);
                EXPECT(read.data.count > 0 && read.data.count <= 65536);
                verify(read.data.bytes, at, read.data.count);
                at += read.data.count;
                service_file_read_results_free(&read);
        }
        mori_free(bytes);
        service_file_drop(file);
        service_directory_drop(root);
        await ends(process);
        return 0;
}

PROGRAM(nothing_above_is_reached)
{
        static const char *const above[] = {"/etc/passwd", "..", "../x", "beneath/../../x", "out"};
        mori_process process;
        service_directory root = {MORI_NO_REF}, beneath = {MORI_NO_REF}, none = {MORI_NO_REF};
        service_file file = {MORI_NO_REF};

        make_directory("inner");
        make_directory("inner/beneath");
        make_file("inner/beneath/file", "text", 4);
        make_file("x", "secret", 6);
        make_link("inner/out", "../x");
        make_link("inner/in", "beneath/file");
        root = await serves(false, 0, &process);
        EXPECT_EQ(await service_directory_enter(root, "inner", &beneath), 0);
        service_directory_drop(root);
        for (unsigned i = 0; i < sizeof above / sizeof above[0]; i++) {
                EXPECT_EQ(await service_directory_open(beneath, above[i],
                                                       SERVICE_DIRECTORY_HOW_READ, &file),
                          -EXDEV);
                EXPECT_EQ(await service_directory_enter(beneath, above[i], &none), -EXDEV);
                EXPECT(await service_directory_make(beneath, above[i]) < 0);
        }
        EXPECT_EQ(await service_directory_rename(beneath, "beneath/file", "../stolen"), -EXDEV);
        EXPECT_EQ(await service_directory_open(beneath, "in", SERVICE_DIRECTORY_HOW_READ, &file),
                  0);
        await expect_text(file, 0, "text");
        service_file_drop(file);
        service_directory_drop(beneath);
        await ends(process);
        return 0;
}

PROGRAM(directories_change)
{
        mori_process process;
        service_directory root = await serves(false, 0, &process), inner = {MORI_NO_REF};
        enum service_directory_kind kind = SERVICE_DIRECTORY_KIND_OTHER;
        uint64_t bytes = 0;
        int64_t changed = 0;
        service_file file = {MORI_NO_REF};

        /* in their order, without a wait for each */
        service_directory_make_promise made = service_directory_make_send(root, "d");
        service_directory_enter_promise entered = service_directory_enter_send(root, "d");
        service_directory_open_promise opened = service_directory_open_send(
                service_directory_enter_directory(&entered), "f", SERVICE_DIRECTORY_HOW_NEW);
        service_file_write_promise wrote = service_file_write_send(
                service_directory_open_file(&opened), 0, mori_wire_data_of("abc", 3));

        EXPECT_EQ(await service_file_write_join(&wrote), 0);
        EXPECT_EQ(await service_directory_make_join(&made), 0);
        EXPECT_EQ(await service_directory_open_join(&opened, &file), 0);
        EXPECT_EQ(await service_directory_enter_join(&entered, &inner), 0);
        service_file_drop(file);

        EXPECT_EQ(await service_directory_make(root, "d"), -EEXIST);
        EXPECT_EQ(await service_directory_open(root, "d", SERVICE_DIRECTORY_HOW_READ, &file),
                  -EISDIR);
        EXPECT_EQ(await service_directory_enter(root, "d/f", &inner), -ENOTDIR);
        EXPECT_EQ(await service_directory_status(root, "d/f", &kind, &bytes, &changed), 0);
        EXPECT(kind == SERVICE_DIRECTORY_KIND_FILE && bytes == 3 && changed > 0);
        EXPECT_EQ(await service_directory_status(root, "d", &kind, &bytes, &changed), 0);
        EXPECT_EQ(kind, SERVICE_DIRECTORY_KIND_DIRECTORY);
        EXPECT_EQ(await service_directory_remove(root, "d"), -ENOTEMPTY);
        EXPECT_EQ(await service_directory_rename(root, "d/f", "g"), 0);
        EXPECT_EQ(await service_directory_remove(root, "d"), 0);
        EXPECT_EQ(await service_directory_remove(root, "d"), -ENOENT);
        EXPECT_EQ(await service_directory_remove(root, "g"), 0);
        EXPECT_EQ(await service_directory_open(root, "", SERVICE_DIRECTORY_HOW_READ, &file),
                  -ENOENT);
        service_directory_drop(inner);
        service_directory_drop(root);
        await ends(process);
        return 0;
}

PROGRAM(who_only_looks_changes_nothing)
{
        mori_process process;
        service_directory root = {MORI_NO_REF}, looks[3] = {{MORI_NO_REF}}, ignored = {MORI_NO_REF};
        service_file file = {MORI_NO_REF};

        make_directory("d");
        make_file("d/f", "abc", 3);
        root = await serves(false, 0, &process);
        EXPECT_EQ(await service_directory_readonly(root, &looks[0]), 0);
        EXPECT_EQ(await service_directory_enter(looks[0], "d", &looks[1]), 0);
        EXPECT_EQ(await service_directory_readonly(looks[1], &looks[2]), 0);
        EXPECT_EQ(await service_directory_enter(looks[2], "f", &ignored), -ENOTDIR);
        for (int i = 0; i < 3; i++) {
                const char *path = i == 0 ? "d/f" : "f";

                for (int how = SERVICE_DIRECTORY_HOW_WRITE; how <= SERVICE_DIRECTORY_HOW_REPLACE;
                     how++)
                        EXPECT_EQ(await service_directory_open(
                                          looks[i], path, (enum service_directory_how)how, &file),
                                  -EACCES);
                EXPECT_EQ(await service_directory_make(looks[i], "e"), -EACCES);
                EXPECT_EQ(await service_directory_remove(looks[i], path), -EACCES);
                EXPECT_EQ(await service_directory_rename(looks[i], path, "e"), -EACCES);
                EXPECT_EQ(await service_directory_open(looks[i], path, SERVICE_DIRECTORY_HOW_READ,
                                                       &file),
                          0);
                EXPECT_EQ(await service_file_write(file, 0, mori_wire_data_of("x", 1)), -EBADF);
                EXPECT_EQ(await service_file_resize(file, 0), -EINVAL);
                await expect_text(file, 0, "abc");
                service_file_drop(file);
                service_directory_drop(looks[i]);
        }
        service_directory_drop(root);
        await ends(process);

        root = await serves(true, 0, &process);
        EXPECT_EQ(await service_directory_make(root, "e"), -EACCES);
        EXPECT_EQ(await service_directory_open(root, "d/f", (enum service_directory_how)77, &file),
                  -EINVAL);
        service_directory_drop(root);
        await ends(process);
        return 0;
}

HELPER void name_of(char *name, unsigned number)
{
        sprintf(name, "%u-%0200u", number, number);
}

PROGRAM(listings)
{
        mori_process process;
        service_directory root = {MORI_NO_REF};
        service_listing listing = {MORI_NO_REF}, empty = {MORI_NO_REF};
        bool seen[150] = {0};
        unsigned found = 0, directories = 0;
        char name[256];

        make_directory("d");
        for (unsigned i = 0; i < 150; i++) {
                name_of(name, i);
                make_file(name, "", 0);
        }
        root = await serves(true, 0, &process);
        EXPECT_EQ(await service_directory_list(root, &listing), 0);
        for (;;) {
                struct service_listing_next_results next;
                uint32_t count;

                EXPECT_EQ(await service_listing_next(listing, 1000, &next), 0);
                count = service_listing_entry_list_count(next.entries);
                EXPECT(count <= 64);
                for (uint32_t i = 0; i < count; i++) {
                        struct service_listing_entry entry =
                                service_listing_entry_list_at(next.entries, i);
                        const char *text = service_listing_entry_name(entry).bytes;
                        unsigned number = (unsigned)atoi(text);

                        if (service_listing_entry_kind(entry) == SERVICE_DIRECTORY_KIND_DIRECTORY) {
                                EXPECT(strcmp(text, "d") == 0);
                                directories++;
                                continue;
                        }
                        name_of(name, number);
                        EXPECT(number < 150 && strcmp(text, name) == 0 && !seen[number]);
                        seen[number] = true;
                        found++;
                }
                service_listing_next_results_free(&next);
                if (count == 0)
                        break;
        }
        EXPECT(found == 150 && directories == 1);
        service_listing_drop(listing);

        /* two at a time, one of them given up; one of nothing */
        EXPECT_EQ(await service_directory_list(root, &listing), 0);
        for (unsigned i = 0; i < 2; i++) {
                struct service_listing_next_results next;

                EXPECT_EQ(await service_listing_next(listing, 3, &next), 0);
                EXPECT_EQ(service_listing_entry_list_count(next.entries), 3);
                service_listing_next_results_free(&next);
        }
        service_listing_drop(listing);
        {
                service_directory_enter_promise entered = service_directory_enter_send(root, "d");
                service_directory_list_promise listed =
                        service_directory_list_send(service_directory_enter_directory(&entered));
                struct service_listing_next_results next;

                EXPECT_EQ(await service_directory_list_join(&listed, &empty), 0);
                for (unsigned i = 0; i < 2; i++) {
                        EXPECT_EQ(await service_listing_next(empty, 3, &next), 0);
                        EXPECT_EQ(service_listing_entry_list_count(next.entries), 0);
                        service_listing_next_results_free(&next);
                }
                service_listing_drop(empty);
                service_directory_enter_drop(&entered);
        }
        service_directory_drop(root);
        await ends(process);
        return 0;
}

/* ---- Listings that are cancelled */

#define MANY 300

struct listed {
        service_listing listing;
        bool seen[MANY];
        unsigned found;
};

/* How many came. */
static async int list_some(struct listed *listed)
{
        struct service_listing_next_results next;
        uint32_t count;

        attempt(await service_listing_next(listed->listing, 64, &next));
        count = service_listing_entry_list_count(next.entries);
        for (uint32_t i = 0; i < count; i++) {
                struct service_listing_entry entry = service_listing_entry_list_at(next.entries, i);
                unsigned number = (unsigned)atoi(service_listing_entry_name(entry).bytes);

                EXPECT(number < MANY && !listed->seen[number]);
                listed->seen[number] = true;
                listed->found++;
        }
        service_listing_next_results_free(&next);
        return (int)count;
}

/* Each entry comes once, whenever a call for the next ones is cancelled. */
PROGRAM(cancelled_listings)
{
        struct listed listed;
        mori_process process;
        service_directory root = {MORI_NO_REF};
        unsigned cancelled = 0;
        char name[256];

        for (unsigned i = 0; i < MANY; i++) {
                name_of(name, i);
                make_file(name, "", 0);
        }
        root = await serves(true, 0, &process);
        for (int patience = 0; patience < 12; patience++) {
                int result = -ECANCELED;

                memset(&listed, 0, sizeof listed);
                EXPECT_EQ(await service_directory_list(root, &listed.listing), 0);
                while (result != 0) {
                        Async(int) next = start(list_some, &listed);

                        for (int i = 0; i < patience; i++)
                                EXPECT_EQ(await mori_yield(), 0);
                        cancel(next);
                        result = await join(next);
                        cancelled += result == -ECANCELED;
                        if (result == -ECANCELED)
                                result = await list_some(&listed);
                        EXPECT(result >= 0);
                }
                EXPECT_EQ(listed.found, MANY);
                service_listing_drop(listed.listing);
        }
        EXPECT(cancelled > 0);
        service_directory_drop(root);
        await ends(process);
        return 0;
}

/* Waits until so many descriptors are open. */
static async void until_open(int count)
{
        while (open_now() != count)
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
}

PROGRAM(what_nobody_has_is_closed)
{
        mori_process process;
        service_directory root = {MORI_NO_REF};
        service_file files[8] = {{MORI_NO_REF}}, more = {MORI_NO_REF};
        int before;

        make_file("f", "abc", 3);
        root = await serves(true, 8, &process);
        EXPECT_EQ(await service_directory_open(root, "f", SERVICE_DIRECTORY_HOW_READ, &files[0]),
                  0);
        before = open_now();
        for (int round = 0; round < 3; round++) {
                for (int i = 1; i < 8; i++)
                        EXPECT_EQ(await service_directory_open(
                                          root, "f", SERVICE_DIRECTORY_HOW_READ, &files[i]),
                                  0);
                EXPECT_EQ(open_now(), before + 7); /* and the directory is not one of them */
                EXPECT_EQ(await service_directory_open(root, "f", SERVICE_DIRECTORY_HOW_READ,
                                                       &more),
                          -EMFILE);
                EXPECT_EQ(open_now(), before + 7);
                for (int i = 1; i < 8; i++)
                        service_file_drop(files[i]);
                await until_open(before);
                /* neither does what fails keep room */
                for (int i = 0; i < 20; i++)
                        EXPECT_EQ(await service_directory_open(
                                          root, "none", SERVICE_DIRECTORY_HOW_READ, &more),
                                  -ENOENT);
        }
        service_file_drop(files[0]);
        service_directory_drop(root);
        await until_open(before - 1);
        await ends(process);
        return 0;
}

/* What is given back makes room at once, and not only when it happens to be closed. */
PROGRAM(what_is_being_closed_makes_room)
{
        mori_process process;
        service_directory root = {MORI_NO_REF};
        service_file file = {MORI_NO_REF};

        make_file("f", "abc", 3);
        root = await serves(true, 1, &process);
        for (int i = 0; i < 200; i++) {
                EXPECT_EQ(await service_directory_open(root, "f", SERVICE_DIRECTORY_HOW_READ,
                                                       &file),
                          0);
                service_file_drop(file);
        }
        service_directory_drop(root);
        await ends(process);
        return 0;
}

/* Files are closed as fast as they are opened: 64 at a time leave few open. */
PROGRAM(closing_keeps_up)
{
        service_directory_open_promise opening[64];
        mori_process process;
        service_directory root = {MORI_NO_REF};
        service_file file = {MORI_NO_REF};
        int before = open_now();

        make_file("f", "abc", 3);
        root = await serves(true, 1000, &process);
        for (int i = 0; i < 64; i++)
                opening[i] =
                        service_directory_open_send(root, "f", SERVICE_DIRECTORY_HOW_READ);
        for (int i = 0; i < 2000; i++) {
                EXPECT_EQ(await service_directory_open_join(&opening[i % 64], &file), 0);
                if (i % 50 == 0)
                        EXPECT(open_now() < before + 300);
                service_file_drop(file);
                opening[i % 64] =
                        service_directory_open_send(root, "f", SERVICE_DIRECTORY_HOW_READ);
        }
        for (int i = 0; i < 64; i++)
                service_directory_open_drop(&opening[i]);
        service_directory_drop(root);
        await ends(process);
        return 0;
}

/* A client that is killed with files open, and calls under way. */
static async int client(void *argument)
{
        struct mori_service_directory of = {.path = "."};
        service_directory root = {MORI_NO_REF};
        service_file file = {MORI_NO_REF};
        mori_process process;

        (void)argument;
        EXPECT_EQ(await mori_service_start(mori_service_files, &of, sizeof of, "files", &process,
                                           &root.ref),
                  0);
        for (int i = 0; i < 10; i++)
                EXPECT_EQ(await service_directory_open(root, "f", SERVICE_DIRECTORY_HOW_READ,
                                                       &file),
                          0);
        for (int i = 0; i < 100; i++)
                (void)service_directory_open_send(root, "f", SERVICE_DIRECTORY_HOW_READ);
        return await mori_sleep(MORI_FOREVER);
}

PROGRAM(clients_are_killed)
{
        struct mori_process_options options = {.name = "client"};
        int before = open_now();

        make_file("f", "abc", 3);
        for (int i = 0; i < 5; i++) {
                mori_process process;
                struct mori_end end;

                EXPECT_EQ(await mori_process_start(client, NULL, 0, &options, &process), 0);
                EXPECT_EQ(await mori_sleep(MORI_US(200) * i), 0);
                EXPECT_EQ(mori_process_kill(process), 0);
                EXPECT_EQ(await mori_process_join(process, &end), 0);
        }
        await until_open(before); /* the services have been theirs */
        return 0;
}

static async void fails(const struct mori_service_directory *of, int error, const char *why)
{
        service_directory root = {MORI_NO_REF};
        mori_process process;
        struct mori_end end;

        EXPECT_EQ(await mori_service_start(mori_service_files, of, sizeof *of, "files", &process,
                                           &root.ref),
                  0);
        EXPECT_EQ(await service_directory_make(root, "d"), -ECONNRESET);
        service_directory_drop(root);
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_FAILED);
        EXPECT_EQ(end.code, error);
        EXPECT(strstr(end.text, why) != NULL);
}

PROGRAM(what_cannot_begin_says_so)
{
        struct mori_service_directory endless;

        memset(&endless, 'x', sizeof endless);
        await fails(&(struct mori_service_directory){.path = "none"}, -ENOENT,
                    "directory none");
        await fails(&(struct mori_service_directory){.path = ""}, -EINVAL, "is empty");
        await fails(&(struct mori_service_directory){.path = ".", .open_max = 1000001}, -EINVAL,
                    "1000001 objects at a time: at most 1000000");
        await fails(&endless, -EINVAL, "does not end");
        return 0;
}

IO_MAIN("services/files", TEST(what_is_written_is_read), TEST(large_pieces),
        TEST(nothing_above_is_reached), TEST(directories_change),
        TEST(who_only_looks_changes_nothing), TEST(listings), TEST(cancelled_listings),
        TEST(what_nobody_has_is_closed), TEST(what_is_being_closed_makes_room),
        TEST(closing_keeps_up), TEST(clients_are_killed), TEST(what_cannot_begin_says_so))
