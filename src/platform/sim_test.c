/* SPDX-License-Identifier: MIT */
/*
 * The engine of the simulation: time, order, cancellation, files, directories, pipes, standard
 * streams, signals. Sockets are in sim_socket_test.c; faults, determinism and the checks on buffers
 * in sim_fault_test.c.
 */
#include "platform/sim_test.h"

#include "support/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST(the_clock_jumps)
{
        struct platform_io *io = sim_start(1, 0);
        struct platform_completion completion;
        uint64_t begin = platform_io_now(io);

        ck_assert_uint_eq(platform_io_wait(io, UINT64_C(3600000000000), &completion, 1), 0);
        ck_assert_uint_eq(platform_io_now(io) - begin, UINT64_C(3600000000000));
        ck_assert(!platform_sim_is_quiet(io));
        begin = platform_io_now(io);
        platform_sim_advance(io, 12345);
        ck_assert_uint_eq(platform_io_now(io) - begin, 12345);
        ck_assert_str_eq(platform_io_name(io), "sim");
        platform_io_free(io);
}
END_TEST

START_TEST(polling_lets_time_pass)
{
        struct platform_io *io = sim_start(1, 0);
        struct platform_op op = {.code = PLATFORM_NOP};
        struct platform_completion completion;
        int rounds = 0;

        platform_io_submit(io, &op);
        while (platform_io_wait(io, 0, &completion, 1) == 0)
                ck_assert_int_lt(++rounds, 1000);
        ck_assert_ptr_eq(completion.op, &op);
        ck_assert_int_eq(completion.result, 0);
        platform_io_free(io);
}
END_TEST

START_TEST(a_deadlock_is_quiet)
{
        struct platform_io *io = sim_start(1, 0);
        struct platform_completion completion;
        struct platform_op op;
        char byte;
        int fds[2];

        ck_assert_int_eq(platform_pipe_new(io, fds), 0);
        op = (struct platform_op){.code = PLATFORM_READ,
                                  .fd = fds[0],
                                  .address = &byte,
                                  .length = 1,
                                  .offset = UINT64_MAX};
        platform_io_submit(io, &op);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 0);
        ck_assert(platform_sim_is_quiet(io));
        ck_assert_uint_eq(platform_io_pending(io), 1);
        platform_close_now(io, fds[1]);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
        ck_assert_int_eq(completion.result, 0);
        ck_assert(!platform_sim_is_quiet(io));
        platform_io_free(io);
}
END_TEST

START_TEST(a_wake_ends_a_wait)
{
        struct platform_io *io = sim_start(1, 0);
        struct platform_completion completion;

        platform_io_wake(io);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 0);
        ck_assert(!platform_sim_is_quiet(io));
        ck_assert_uint_lt(platform_io_now(io), 1000000);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 0);
        ck_assert(platform_sim_is_quiet(io));
        platform_io_free(io);
}
END_TEST

START_TEST(the_seed_decides_the_order)
{
        bool swapped = false, kept = false, batched = false;

        for (uint64_t seed = 0; seed < 50; ++seed) {
                struct platform_io *io = sim_start(seed, 0);
                struct platform_op a = {.code = PLATFORM_NOP}, b = {.code = PLATFORM_NOP};
                struct platform_completion completions[4];
                size_t count;

                platform_io_submit(io, &a);
                platform_io_submit(io, &b);
                count = platform_io_wait(io, UINT64_MAX, completions, 4);
                ck_assert_uint_ge(count, 1);
                swapped |= completions[0].op == &b;
                kept |= completions[0].op == &a;
                batched |= count == 2;
                if (count == 1)
                        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, completions, 4), 1);
                ck_assert_uint_eq(platform_io_pending(io), 0);
                platform_io_free(io);
        }
        ck_assert(swapped && kept && batched);
}
END_TEST

START_TEST(wrong_operations_are_told)
{
        struct platform_io *io = sim_start(1, 0);

        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = 0}), -EINVAL);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_OP_CODES}), -EINVAL);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_NOP,
                                                          .op_flags = PLATFORM_OP_MULTI}),
                         -EINVAL);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_CLOSE, .fd = 77}),
                         -EBADF);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_FSYNC, .fd = -1}),
                         -EBADF);
        ck_assert_int_eq(
                sim_run(io, (struct platform_op){.code = PLATFORM_WRITE, .fd = 1, .length = 3}),
                -EFAULT);
        ck_assert_int_eq(
                sim_run(io, (struct platform_op){.code = PLATFORM_WRITEV, .fd = 1, .length = 65}),
                -EINVAL);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_OPEN, .fd = AT_FDCWD}),
                         -EFAULT);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_SIGNAL}),
                         -EINVAL);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_ACCEPT, .fd = 1}),
                         -ENOTSOCK);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_GETDENTS, .fd = 1}),
                         -ENOTDIR);
        ck_assert_int_eq(
                sim_run(io, (struct platform_op){.code = PLATFORM_SPLICE, .fd = 1, .fd2 = 0}),
                -EINVAL);
        platform_io_free(io);
}
END_TEST

START_TEST(files_are_opened_as_told)
{
        struct platform_io *io = sim_start(1, 0);
        int fd;

        ck_assert_int_eq(platform_sim_file(io, "/a/b/file", "hello", 5), 0);
        ck_assert_int_eq(platform_sim_symlink(io, "/a/link", "b/file"), 0);
        ck_assert_int_eq(platform_sim_symlink(io, "/a/loop", "loop"), 0);
        ck_assert_int_eq(platform_sim_symlink(io, "/a/dangling", "/a/new"), 0);
        ck_assert_int_eq(platform_sim_file(io, "/secret", "x", 1), 0);
        ck_assert_int_eq(platform_sim_mode(io, "/secret", 0), 0);

        ck_assert_int_eq(sim_open(io, "/a/b/none", O_RDONLY), -ENOENT);
        ck_assert_int_eq(sim_open(io, "", O_RDONLY), -ENOENT);
        ck_assert_int_eq(sim_open(io, "/a/b/file/x", O_RDONLY), -ENOTDIR);
        ck_assert_int_eq(sim_open(io, "/a/b/file/", O_RDONLY), -ENOTDIR);
        ck_assert_int_eq(sim_open(io, "/a/b/file", O_RDONLY | O_DIRECTORY), -ENOTDIR);
        ck_assert_int_eq(sim_open(io, "/a/b", O_RDWR), -EISDIR);
        ck_assert_int_eq(sim_open(io, "/a/b/new/", O_CREAT | O_WRONLY), -EISDIR);
        ck_assert_int_eq(sim_open(io, "/a/b/file", O_CREAT | O_EXCL | O_WRONLY), -EEXIST);
        ck_assert_int_eq(sim_open(io, "/a/link", O_RDONLY | O_NOFOLLOW), -ELOOP);
        ck_assert_int_eq(sim_open(io, "/a/link", O_CREAT | O_EXCL | O_WRONLY), -EEXIST);
        ck_assert_int_eq(sim_open(io, "/a/loop", O_RDONLY), -ELOOP);
        ck_assert_int_eq(sim_open(io, "/secret", O_RDONLY), -EACCES);
        ck_assert_int_eq(sim_open(io, "/tmp", O_TMPFILE | O_RDWR), -EOPNOTSUPP);

        fd = sim_open(io, "/a/link", O_RDONLY);
        ck_assert_int_eq(fd, 3);
        ck_assert_int_eq(sim_close(io, fd), 0);
        fd = sim_open(io, "/../a/./b/../link", O_RDONLY);
        ck_assert_int_eq(fd, 3);
        ck_assert_int_eq(sim_close(io, fd), 0);
        fd = sim_open(io, "/a/dangling", O_CREAT | O_WRONLY);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(sim_close(io, fd), 0);
        fd = sim_open(io, "/a/new", O_RDONLY);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(sim_close(io, fd), 0);
        ck_assert_int_eq(sim_close(io, fd), -EBADF);

        /* from a directory */
        fd = sim_open(io, "/a", O_RDONLY | O_DIRECTORY);
        ck_assert_int_ge(
                sim_run(io,
                        (struct platform_op){.code = PLATFORM_OPEN, .fd = fd, .address = "b/file"}),
                0);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_OPEN,
                                                          .fd = fd + 1,
                                                          .address = "file"}),
                         -ENOTDIR);
        platform_io_free(io);
}
END_TEST

START_TEST(long_paths_are_refused)
{
        struct platform_io *io = sim_start(1, 0);
        char path[5000];

        memset(path, 'x', sizeof(path));
        path[300] = '\0';
        ck_assert_int_eq(sim_open(io, path, O_RDONLY), -ENAMETOOLONG);
        path[300] = 'x';
        path[sizeof(path) - 1] = '\0';
        ck_assert_int_eq(sim_open(io, path, O_RDONLY), -ENAMETOOLONG);
        platform_io_free(io);
}
END_TEST

START_TEST(files_are_read_and_written)
{
        struct platform_io *io = sim_start(1, 0);
        char a[4], b[4], text[16] = {0};
        struct iovec out[] = {{"one", 3}, {"", 0}, {"two", 3}}, in[] = {{a, 4}, {b, 4}};
        const void *bytes;
        size_t length;
        int fd = sim_open(io, "file", O_CREAT | O_RDWR), append;

        ck_assert_int_eq(sim_write(io, fd, "hello", 5, UINT64_MAX), 5);
        ck_assert_int_eq(sim_write(io, fd, "J", 1, 0), 1);
        ck_assert_int_eq(sim_read(io, fd, text, sizeof(text), UINT64_MAX), 0);
        ck_assert_int_eq(sim_read(io, fd, text, sizeof(text), 0), 5);
        ck_assert_mem_eq(text, "Jello", 5);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_WRITEV,
                                                          .fd = fd,
                                                          .address = out,
                                                          .length = 3,
                                                          .offset = UINT64_MAX}),
                         6);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_READV,
                                                          .fd = fd,
                                                          .address = in,
                                                          .length = 2,
                                                          .offset = 4}),
                         7);
        ck_assert_mem_eq(a, "oone", 4);
        ck_assert_mem_eq(b, "two", 3);
        append = sim_open(io, "file", O_WRONLY | O_APPEND);
        ck_assert_int_eq(sim_write(io, append, "!", 1, 0), 1);
        ck_assert_int_eq(sim_read(io, append, text, 1, 0), -EBADF);
        ck_assert_int_eq(sim_write(io, fd, ".", 1, 14), 1);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_FSYNC, .fd = fd}), 0);
        ck_assert_int_eq(platform_sim_content(io, "/file", &bytes, &length), 0);
        ck_assert_uint_eq(length, 15);
        ck_assert_mem_eq(bytes, "Jelloonetwo!\0\0.", 15);
        /* what is removed stays usable while it is open */
        ck_assert_int_eq(platform_sim_remove(io, "/file"), 0);
        ck_assert_int_eq(sim_read(io, fd, text, 5, 0), 5);
        ck_assert_int_eq(sim_open(io, "file", O_RDONLY), -ENOENT);
        fd = sim_open(io, "/", O_RDONLY);
        ck_assert_int_eq(sim_read(io, fd, text, 1, 0), -EISDIR);
        platform_io_free(io);
}
END_TEST

START_TEST(truncation_and_a_full_disk)
{
        struct platform_io *io = sim_start(1, 0);
        struct platform_sim_statistics statistics;
        char bytes[100] = {0};
        int fd;

        platform_sim_limit(io, &(struct platform_sim_limits){.disk_bytes = 150});
        fd = sim_open(io, "a", O_CREAT | O_WRONLY);
        ck_assert_int_eq(sim_write(io, fd, bytes, 100, 0), 100);
        ck_assert_int_eq(sim_write(io, fd, bytes, 100, 100), 50);
        ck_assert_int_eq(sim_write(io, fd, bytes, 100, 150), -ENOSPC);
        ck_assert_int_eq(sim_write(io, fd, bytes, 100, 1u << 30), -ENOSPC);
        ck_assert_int_eq(sim_write(io, fd, bytes, 100, 0), 100);
        ck_assert_int_eq(platform_sim_file(io, "b", bytes, 1), -ENOSPC);
        ck_assert_int_ge(sim_open(io, "a", O_WRONLY | O_TRUNC), 0);
        platform_sim_statistics(io, &statistics);
        ck_assert_uint_eq(statistics.disk_bytes, 0);
        ck_assert_int_eq(sim_write(io, fd, bytes, 100, 0), 100);
        platform_io_free(io);
}
END_TEST

START_TEST(descriptors_run_out)
{
        struct platform_io *io = sim_start(1, 0);
        struct platform_sim_statistics statistics;
        int fds[2];

        platform_sim_limit(io, &(struct platform_sim_limits){.descriptors = 5});
        ck_assert_int_eq(sim_open(io, "a", O_CREAT | O_WRONLY), 3);
        ck_assert_int_eq(platform_pipe_new(io, fds), -EMFILE);
        ck_assert_int_eq(sim_open(io, "a", O_RDONLY), 4);
        ck_assert_int_eq(sim_open(io, "b", O_CREAT | O_WRONLY), -EMFILE);
        ck_assert_int_eq(platform_socket_new(io, AF_INET, SOCK_STREAM), -EMFILE);
        ck_assert_int_eq(sim_close(io, 3), 0);
        ck_assert_int_eq(sim_open(io, "b", O_RDONLY), -ENOENT); /* it was not made */
        ck_assert_int_eq(sim_open(io, "b", O_CREAT | O_WRONLY), 3);
        platform_sim_statistics(io, &statistics);
        ck_assert_uint_eq(statistics.descriptors, 2);
        platform_io_free(io);
}
END_TEST

static int sim_statx(struct platform_io *io, const char *path, uint32_t flags, struct statx *ret)
{
        return sim_run(io, (struct platform_op){.code = PLATFORM_STATX,
                                                .fd = AT_FDCWD,
                                                .address = (void *)(uintptr_t)path,
                                                .flags = flags,
                                                .mask = STATX_BASIC_STATS,
                                                .address2 = ret});
}

START_TEST(attributes_are_told)
{
        struct platform_io *io = sim_start(1, 0);
        struct statx a, b;
        int fd;

        ck_assert_int_eq(platform_sim_file(io, "/d/file", "12345", 5), 0);
        ck_assert_int_eq(platform_sim_symlink(io, "/link", "d/file"), 0);
        ck_assert_int_eq(sim_statx(io, "/d/file", 0, &a), 0);
        ck_assert_int_eq(sim_statx(io, "/link", 0, &b), 0);
        ck_assert_mem_eq(&a, &b, sizeof(a));
        ck_assert_uint_eq(a.stx_size, 5);
        ck_assert(S_ISREG(a.stx_mode));
        ck_assert_int_eq(a.stx_mtime.tv_sec, PLATFORM_SIM_EPOCH_SECONDS);
        ck_assert_int_eq(sim_statx(io, "/link", AT_SYMLINK_NOFOLLOW, &b), 0);
        ck_assert(S_ISLNK(b.stx_mode));
        ck_assert_uint_ne(a.stx_ino, b.stx_ino);
        ck_assert_int_eq(sim_statx(io, "/none", 0, &b), -ENOENT);
        ck_assert_int_eq(sim_statx(io, "/d", 0, &b), 0);
        ck_assert(S_ISDIR(b.stx_mode));
        ck_assert_uint_eq(b.stx_nlink, 2);

        platform_sim_advance(io, UINT64_C(7000000000));
        fd = sim_open(io, "/d/file", O_WRONLY);
        ck_assert_int_eq(sim_write(io, fd, "123456", 6, 0), 6);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_STATX,
                                                          .fd = fd,
                                                          .address = "",
                                                          .flags = AT_EMPTY_PATH,
                                                          .address2 = &b}),
                         0);
        ck_assert_uint_eq(b.stx_size, 6);
        ck_assert_int_eq(b.stx_mtime.tv_sec, PLATFORM_SIM_EPOCH_SECONDS + 7);
        ck_assert_uint_eq(b.stx_ino, a.stx_ino);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_STATX,
                                                          .fd = 1,
                                                          .address = "",
                                                          .flags = AT_EMPTY_PATH,
                                                          .address2 = &b}),
                         0);
        ck_assert(S_ISFIFO(b.stx_mode));
        platform_io_free(io);
}
END_TEST

/*
 * Lists a directory with a buffer of `room` bytes; counts each of the names 0 to 99, and the
 * others.
 */
static int list(struct platform_io *io, const char *path, uint32_t room, unsigned counts[100],
                char *first)
{
        int fd = sim_open(io, path, O_RDONLY | O_DIRECTORY), others = 0;
        _Alignas(8) char buffer[1024];

        memset(counts, 0, 100 * sizeof(counts[0]));
        *first = '\0';
        for (;;) {
                int n = sim_run(io, (struct platform_op){.code = PLATFORM_GETDENTS,
                                                         .fd = fd,
                                                         .address = buffer,
                                                         .length = room,
                                                         .offset = UINT64_MAX});

                ck_assert_int_ge(n, 0);
                if (n == 0)
                        break;
                for (int at = 0; at < n;) {
                        struct platform_record *record =
                                (struct platform_record *)(buffer + at);

                        ck_assert_uint_eq(record->bytes % 8, 0);
                        if (record->name[0] == '.') {
                                ck_assert_uint_eq(record->type, DT_DIR);
                                others += 1;
                        } else {
                                ck_assert_uint_eq(record->type, DT_REG);
                                counts[atoi(record->name)] += 1;
                                if (*first == '\0')
                                        snprintf(first, 16, "%.15s", record->name);
                        }
                        at += record->bytes;
                }
        }
        ck_assert_int_eq(sim_close(io, fd), 0);
        return others;
}

START_TEST(directories_are_listed)
{
        bool differs = false;
        char first[16], first_of_all[16] = "";

        for (uint64_t seed = 0; seed < 5; ++seed) {
                struct platform_io *io = sim_start(seed, 0);
                unsigned counts[100];
                char path[32];

                for (int i = 0; i < 100; ++i) {
                        snprintf(path, sizeof(path), "/d/%d", i);
                        ck_assert_int_eq(platform_sim_file(io, path, "", 0), 0);
                }
                for (uint32_t room = 24; room <= 1024; room *= 6) {
                        ck_assert_int_eq(list(io, "/d", room, counts, first), 2);
                        for (int i = 0; i < 100; ++i)
                                ck_assert_uint_eq(counts[i], 1);
                }
                if (*first_of_all == '\0')
                        memcpy(first_of_all, first, sizeof(first));
                differs |= strcmp(first, first_of_all) != 0;
                platform_io_free(io);
        }
        ck_assert(differs); /* the order is the seed's */
}
END_TEST

START_TEST(a_listing_survives_changes)
{
        struct platform_io *io = sim_start(1, 0);
        _Alignas(8) char buffer[32];
        char path[32];
        unsigned seen = 0;
        int fd, n;

        for (int i = 0; i < 50; ++i) {
                snprintf(path, sizeof(path), "/d/%d", i);
                ck_assert_int_eq(platform_sim_file(io, path, "", 0), 0);
        }
        fd = sim_open(io, "/d", O_RDONLY);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_GETDENTS,
                                                          .fd = fd,
                                                          .address = buffer,
                                                          .length = 20}),
                         -EINVAL);
        while ((n = sim_run(io, (struct platform_op){.code = PLATFORM_GETDENTS,
                                                     .fd = fd,
                                                     .address = buffer,
                                                     .length = 32,
                                                     .offset = UINT64_MAX})) > 0) {
                struct platform_record *record = (struct platform_record *)buffer;

                if (record->name[0] == '.')
                        continue;
                snprintf(path, sizeof(path), "/d/%.10s", record->name);
                ck_assert_int_eq(platform_sim_remove(io, path), 0);
                seen += 1;
        }
        ck_assert_int_eq(n, 0);
        ck_assert_uint_eq(seen, 50);
        ck_assert_int_eq(platform_sim_remove(io, "/d"), 0);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_OPEN,
                                                          .fd = fd,
                                                          .address = "x",
                                                          .flags = O_CREAT | O_WRONLY}),
                         -ENOENT);
        platform_io_free(io);
}
END_TEST

START_TEST(a_real_tree_is_imported)
{
        struct platform_io *io = sim_start(1, 0);
        char directory[] = "/tmp/mori-sim-test-XXXXXX", path[64], text[8];
        FILE *file;
        int fd;

        ck_assert_ptr_nonnull(mkdtemp(directory));
        snprintf(path, sizeof(path), "%s/file", directory);
        file = fopen(path, "w");
        ck_assert_ptr_nonnull(file);
        fputs("content", file);
        fclose(file);
        snprintf(path, sizeof(path), "%s/link", directory);
        ck_assert_int_eq(symlink("file", path), 0);

        ck_assert_int_eq(platform_sim_import(io, directory, "/srv/www"), 0);
        fd = sim_open(io, "/srv/www/link", O_RDONLY);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(sim_read(io, fd, text, sizeof(text), 0), 7);
        ck_assert_mem_eq(text, "content", 7);
        unlink(path);
        snprintf(path, sizeof(path), "%s/file", directory);
        unlink(path);
        rmdir(directory);
        ck_assert_int_eq(platform_sim_import(io, directory, "/gone"), -ENOENT);
        platform_io_free(io);
}
END_TEST

START_TEST(pipes_carry_bytes)
{
        for (uint64_t seed = 0; seed < 30; ++seed) {
                struct platform_io *io = sim_start(seed, 0);
                unsigned char out[10000], in[10000];
                struct platform_op write;
                size_t received = 0, sent = 0;
                int fds[2], n;

                for (size_t i = 0; i < sizeof(out); ++i)
                        out[i] = (unsigned char)(i * 7);
                platform_sim_limit(io, &(struct platform_sim_limits){.pipe_bytes = 1000});
                ck_assert_int_eq(platform_pipe_new(io, fds), 0);
                while (received < sizeof(out)) {
                        write = (struct platform_op){.code = PLATFORM_WRITE,
                                                     .fd = fds[1],
                                                     .address = out + sent,
                                                     .length = (uint32_t)(sizeof(out) - sent),
                                                     .offset = UINT64_MAX};
                        if (sent < sizeof(out))
                                platform_io_submit(io, &write);
                        do {
                                struct platform_completion completion;
                                struct platform_op read = {
                                        .code = PLATFORM_READ,
                                        .fd = fds[0],
                                        .address = in + received,
                                        .length = (uint32_t)(sizeof(in) - received)};
                                bool read_done = false;

                                platform_io_submit(io, &read);
                                while (!read_done) {
                                        ck_assert_uint_eq(
                                                platform_io_wait(io, UINT64_MAX, &completion, 1),
                                                1);
                                        ck_assert_int_gt(completion.result, 0);
                                        if (completion.op == &write)
                                                sent += (size_t)completion.result;
                                        else
                                                received += (size_t)completion.result;
                                        read_done = completion.op == &read;
                                }
                        } while (platform_io_pending(io) > 0);
                }
                ck_assert_uint_eq(sent, sizeof(out));
                ck_assert_mem_eq(in, out, sizeof(out));
                ck_assert_int_eq(sim_read(io, fds[1], in, 1, 0), -EBADF);
                ck_assert_int_eq(sim_write(io, fds[0], in, 1, 0), -EBADF);
                ck_assert_int_eq(sim_close(io, fds[1]), 0);
                ck_assert_int_eq(sim_read(io, fds[0], in, 1, 0), 0);
                ck_assert_int_eq(platform_pipe_new(io, fds), 0);
                ck_assert_int_eq(sim_close(io, fds[0]), 0);
                n = sim_write(io, fds[1], out, 10, 0);
                ck_assert_int_eq(n, -EPIPE);
                platform_io_free(io);
        }
}
END_TEST

START_TEST(splice_joins_pipes_and_files)
{
        struct platform_io *io = sim_start(1, 0);
        int fds[2], from, to;
        const void *bytes;
        size_t length;

        ck_assert_int_eq(platform_sim_file(io, "from", "0123456789", 10), 0);
        ck_assert_int_eq(platform_pipe_new(io, fds), 0);
        from = sim_open(io, "from", O_RDONLY);
        to = sim_open(io, "to", O_CREAT | O_WRONLY);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_SPLICE,
                                                          .fd = fds[1],
                                                          .fd2 = from,
                                                          .length = 7}),
                         7);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_SPLICE,
                                                          .fd = fds[1],
                                                          .fd2 = from,
                                                          .length = 7}),
                         3);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_SPLICE,
                                                          .fd = fds[1],
                                                          .fd2 = from,
                                                          .length = 7}),
                         0);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_SPLICE,
                                                          .fd = to,
                                                          .fd2 = fds[0],
                                                          .length = 99}),
                         10);
        ck_assert_int_eq(platform_sim_content(io, "to", &bytes, &length), 0);
        ck_assert_uint_eq(length, 10);
        ck_assert_mem_eq(bytes, "0123456789", 10);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_SPLICE,
                                                          .fd = to,
                                                          .fd2 = from,
                                                          .length = 1}),
                         -EINVAL);
        platform_io_free(io);
}
END_TEST

START_TEST(standard_streams_are_there)
{
        struct platform_io *io = sim_start(1, 0);
        const void *bytes;
        size_t length;
        char text[8];

        ck_assert_int_eq(sim_read(io, 0, text, sizeof(text), UINT64_MAX), 0);
        platform_sim_input(io, "typed", 5);
        ck_assert_int_eq(sim_read(io, 0, text, 3, UINT64_MAX), 3);
        ck_assert_int_eq(sim_read(io, 0, text, sizeof(text), UINT64_MAX), 2);
        ck_assert_int_eq(sim_read(io, 0, text, sizeof(text), UINT64_MAX), 0);
        ck_assert_int_eq(sim_write(io, 1, "out", 3, UINT64_MAX), 3);
        ck_assert_int_eq(sim_write(io, 1, "put", 3, UINT64_MAX), 3);
        ck_assert_int_eq(sim_write(io, 2, "error", 5, UINT64_MAX), 5);
        platform_sim_output(io, 1, &bytes, &length);
        ck_assert_uint_eq(length, 6);
        ck_assert_mem_eq(bytes, "output", 6);
        platform_sim_output(io, 2, &bytes, &length);
        ck_assert_uint_eq(length, 5);
        platform_io_free(io);
}
END_TEST

START_TEST(signals_arrive)
{
        struct platform_io *io = sim_start(1, 0);
        struct platform_op single = {.code = PLATFORM_SIGNAL,
                                     .offset = platform_signal_bit(SIGTERM)};
        struct platform_op multi = {.code = PLATFORM_SIGNAL,
                                    .offset = platform_signal_bit(SIGTERM),
                                    .op_flags = PLATFORM_OP_MULTI};
        struct platform_completion completions[2];
        size_t count = 0;

        platform_io_submit(io, &single);
        platform_io_submit(io, &multi);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, completions, 2), 0);
        ck_assert(platform_sim_is_quiet(io));
        platform_sim_raise(io, SIGTERM);
        while (count < 2)
                count += platform_io_wait(io, UINT64_MAX, completions + count, 2 - count);
        for (size_t i = 0; i < 2; ++i) {
                ck_assert_int_eq(completions[i].result, SIGTERM);
                ck_assert_uint_eq(completions[i].flags,
                                  completions[i].op == &multi ? PLATFORM_MORE : 0);
        }
        platform_io_cancel(io, &multi);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, completions, 1), 1);
        ck_assert_int_eq(completions[0].result, -ECANCELED);
        /* one that nobody waits for stays pending, once */
        platform_sim_raise(io, SIGTERM);
        platform_sim_raise(io, SIGTERM);
        ck_assert_int_eq(sim_run(io, single), SIGTERM);
        platform_io_submit(io, &single);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, completions, 1), 0);
        platform_io_cancel(io, &single);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, completions, 1), 1);
        platform_io_free(io);
}
END_TEST

START_TEST(poll_tells_readiness)
{
        struct platform_io *io = sim_start(1, 0);
        struct platform_op poll = {.code = PLATFORM_POLL, .flags = POLLIN};
        struct platform_completion completion;
        int fds[2];

        ck_assert_int_eq(platform_pipe_new(io, fds), 0);
        poll.fd = fds[0];
        platform_io_submit(io, &poll);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 0);
        ck_assert_int_eq(sim_run(io, (struct platform_op){.code = PLATFORM_POLL,
                                                          .fd = fds[1],
                                                          .flags = POLLIN | POLLOUT}),
                         POLLOUT);
        ck_assert_int_eq(sim_write(io, fds[1], "x", 1, 0), 1);
        ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
        ck_assert_int_eq(completion.result, POLLIN);
        ck_assert_int_eq(sim_close(io, fds[1]), 0);
        ck_assert_int_eq(sim_run(io, poll), POLLIN | POLLHUP);
        platform_io_free(io);
}
END_TEST

START_TEST(a_cancellation_races)
{
        unsigned cancelled = 0, completed = 0;

        for (uint64_t seed = 0; seed < 200; ++seed) {
                struct platform_io *io = sim_start(seed, 0);
                struct platform_op op = {.code = PLATFORM_READ, .length = 5};
                struct platform_completion completion;
                char text[5] = "-----";

                ck_assert_int_eq(platform_sim_file(io, "file", "hello", 5), 0);
                op.fd = sim_open(io, "file", O_RDONLY);
                op.address = text;
                platform_io_submit(io, &op);
                platform_io_cancel(io, &op);
                platform_io_cancel(io, &op);
                ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 1);
                if (completion.result == -ECANCELED) {
                        ck_assert_mem_eq(text, "\xa5\xa5\xa5\xa5\xa5", 5);
                        cancelled += 1;
                } else {
                        ck_assert_int_eq(completion.result, 5);
                        ck_assert_mem_eq(text, "hello", 5);
                        completed += 1;
                }
                platform_io_cancel(io, &op); /* too late: nothing */
                ck_assert_uint_eq(platform_io_wait(io, UINT64_MAX, &completion, 1), 0);
                ck_assert(platform_sim_is_quiet(io));
                platform_io_free(io);
        }
        ck_assert_uint_gt(cancelled, 20);
        ck_assert_uint_gt(completed, 20);
}
END_TEST

START_TEST(closing_ends_what_is_under_way)
{
        struct platform_io *io = sim_start(1, 0);
        struct platform_op read = {.code = PLATFORM_READ, .length = 1},
                           close = {.code = PLATFORM_CLOSE};
        struct platform_completion completion;
        char byte;
        int fds[2], seen = 0;

        ck_assert_int_eq(platform_pipe_new(io, fds), 0);
        read.fd = fds[0];
        read.address = &byte;
        close.fd = fds[0];
        platform_io_submit(io, &read);
        platform_io_submit(io, &close);
        while (platform_io_wait(io, UINT64_MAX, &completion, 1) == 1) {
                ck_assert_int_eq(completion.result, completion.op == &read ? -ECANCELED : 0);
                seen += 1;
        }
        ck_assert_int_eq(seen, 2);
        ck_assert_int_eq(sim_write(io, fds[1], "x", 1, 0), -EPIPE);
        platform_io_free(io);
}
END_TEST

TEST_MAIN("platform/sim", TEST(the_clock_jumps), TEST(polling_lets_time_pass),
          TEST(a_deadlock_is_quiet), TEST(a_wake_ends_a_wait), TEST(the_seed_decides_the_order),
          TEST(wrong_operations_are_told), TEST(files_are_opened_as_told),
          TEST(long_paths_are_refused), TEST(files_are_read_and_written),
          TEST(truncation_and_a_full_disk), TEST(descriptors_run_out), TEST(attributes_are_told),
          TEST(directories_are_listed), TEST(a_listing_survives_changes),
          TEST(a_real_tree_is_imported), TEST(pipes_carry_bytes),
          TEST(splice_joins_pipes_and_files), TEST(standard_streams_are_there),
          TEST(signals_arrive), TEST(poll_tells_readiness), TEST(a_cancellation_races),
          TEST(closing_ends_what_is_under_way))
