/* SPDX-License-Identifier: MIT */
/* Locks of files: who excludes whom, waiting for one, and locks that are dropped while held. */
#include "io.h"

static async mori_file opened(const char *path, int flags)
{
        mori_file file = MORI_NO_FILE;

        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, path, flags, 0666, &file), 0);
        return file;
}

PROGRAM(who_excludes_whom)
{
        mori_file a, b, reader;

        make_file("file", "x", 1);
        a = await opened("file", O_RDWR);
        b = await opened("file", O_RDWR);
        reader = await opened("file", O_RDONLY);
        EXPECT_EQ(await mori_file_lock(a, MORI_FILE_SHARED, 0, 0), 0);
        EXPECT_EQ(await mori_file_lock(reader, MORI_FILE_SHARED, 0, 0), 0);
        EXPECT_EQ(await mori_file_try_lock(b, MORI_FILE_EXCLUSIVE, 0, 0), -EAGAIN);
        EXPECT_EQ(await mori_file_try_lock(a, MORI_FILE_EXCLUSIVE, 0, 0), -EAGAIN);
        EXPECT_EQ(await mori_file_unlock(reader, 0, 0), 0);
        EXPECT_EQ(await mori_file_lock(a, MORI_FILE_EXCLUSIVE, 0, 10), 0); /* was shared */
        EXPECT_EQ(await mori_file_try_lock(b, MORI_FILE_EXCLUSIVE, 9, 1), -EAGAIN);
        EXPECT_EQ(await mori_file_try_lock(b, MORI_FILE_SHARED, 10, 1), 0);
        EXPECT_EQ(await mori_file_unlock(b, 0, 0), 0);
        EXPECT_EQ(await mori_file_unlock(b, 0, 0), 0); /* of what is not locked */
        EXPECT_EQ(await mori_file_lock(reader, MORI_FILE_EXCLUSIVE, 0, 0), -EBADF);
        EXPECT_EQ(await mori_file_lock(a, (enum mori_file_lock_kind)7, 0, 0), -EINVAL);
        EXPECT_EQ(await mori_file_lock(a, MORI_FILE_SHARED, UINT64_MAX, 1), -EINVAL);
        EXPECT_EQ(await mori_file_lock(MORI_NO_FILE, MORI_FILE_SHARED, 0, 0), -EBADF);
        EXPECT_EQ(await mori_file_unlock(MORI_NO_FILE, 0, 0), -EBADF);
        EXPECT_EQ(await mori_file_close(a), 0);
        EXPECT_EQ(await mori_file_lock(a, MORI_FILE_SHARED, 0, 0), -EBADF);
        EXPECT_EQ(await mori_file_unlock(a, 0, 0), -EBADF);
        EXPECT_EQ(await mori_file_close(b), 0);
        return await mori_file_close(reader);
}

static async int takes(mori_file file, enum mori_file_lock_kind kind)
{
        return await mori_file_lock(file, kind, 0, 0);
}

/* The lock is waited for, and had soon after it is given up, or its file is closed. */
PROGRAM(it_is_waited_for)
{
        mori_file a, b;

        make_file("file", "x", 1);
        for (int close = 0; close < 2; close++) {
                a = await opened("file", O_RDWR);
                b = await opened("file", O_RDWR);
                EXPECT_EQ(await mori_file_lock(a, MORI_FILE_EXCLUSIVE, 0, 0), 0);
                scope {
                        Async(int) waiter = start(takes, b, MORI_FILE_SHARED);

                        EXPECT_EQ(await mori_sleep(MORI_MS(3)), 0);
                        EXPECT(!mori_done(MORI_ACTIVITY(waiter)));
                        if (close)
                                EXPECT_EQ(await mori_file_close(a), 0);
                        else
                                EXPECT_EQ(await mori_file_unlock(a, 0, 0), 0);
                        EXPECT_EQ(await join(waiter), 0);
                }
                if (!close)
                        EXPECT_EQ(await mori_file_try_lock(a, MORI_FILE_EXCLUSIVE, 0, 0), -EAGAIN);
                if (!close)
                        EXPECT_EQ(await mori_file_close(a), 0);
                EXPECT_EQ(await mori_file_close(b), 0);
        }
        return 0;
}

/* Cancelled, past its deadline, or with its own file closed: none of them has the lock. */
PROGRAM(waiting_ends)
{
        mori_file a, b;

        make_file("file", "x", 1);
        a = await opened("file", O_RDWR);
        b = await opened("file", O_RDWR);
        EXPECT_EQ(await mori_file_lock(a, MORI_FILE_EXCLUSIVE, 0, 0), 0);
        scope {
                Async(int) waiter = start(takes, b, MORI_FILE_EXCLUSIVE);

                EXPECT_EQ(await mori_sleep(MORI_MS(2)), 0);
                mori_cancel(MORI_ACTIVITY(waiter));
                EXPECT_EQ(await join(waiter), -ECANCELED);
        }
        within(MORI_MS(5)) EXPECT_EQ(await takes(b, MORI_FILE_SHARED), -ETIMEDOUT);
        scope {
                Async(int) waiter = start(takes, b, MORI_FILE_EXCLUSIVE);

                EXPECT_EQ(await mori_sleep(MORI_MS(2)), 0);
                EXPECT_EQ(await mori_file_close(b), 0);
                EXPECT_EQ(await join(waiter), -EBADF);
        }
        EXPECT_EQ(await mori_file_unlock(a, 0, 0), 0);
        b = await opened("file", O_RDWR);
        EXPECT_EQ(await mori_file_try_lock(b, MORI_FILE_EXCLUSIVE, 0, 0), 0);
        EXPECT_EQ(await mori_file_close(a), 0);
        return await mori_file_close(b);
}

static async int gives_back(mori_file file)
{
        EXPECT_EQ(await mori_file_lock(file, MORI_FILE_EXCLUSIVE, 0, 0), 0);
        EXPECT_EQ(await mori_sleep(MORI_S(1000)), -ECANCELED);
        EXPECT_EQ(await mori_file_try_lock(file, MORI_FILE_EXCLUSIVE, 0, 0), -ECANCELED);
        return await mori_file_unlock(file, 0, 0);
}

/* Giving up a lock works on the way out. */
PROGRAM(unlocked_by_one_who_is_cancelled)
{
        mori_file a, b;

        make_file("file", "x", 1);
        a = await opened("file", O_RDWR);
        b = await opened("file", O_RDWR);
        scope {
                Async(int) holder = start(gives_back, a);

                while (await mori_file_try_lock(b, MORI_FILE_SHARED, 0, 0) == 0) {
                        EXPECT_EQ(await mori_file_unlock(b, 0, 0), 0);
                        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                }
                mori_cancel(MORI_ACTIVITY(holder));
                EXPECT_EQ(await join(holder), 0);
        }
        EXPECT_EQ(await mori_file_try_lock(b, MORI_FILE_EXCLUSIVE, 0, 0), 0);
        EXPECT_EQ(await mori_file_close(a), 0);
        return await mori_file_close(b);
}

#define HOLDERS 20

/* One at a time: the counter is never found changed between two waits. */
static async int counts(long *counter)
{
        mori_file file = await opened("file", O_RDWR);

        for (int i = 0; i < 3; i++) {
                long before;

                EXPECT_EQ(await mori_file_lock(file, MORI_FILE_EXCLUSIVE, 0, 0), 0);
                before = *counter;
                EXPECT_EQ(await mori_yield(), 0);
                EXPECT_EQ(*counter, before);
                *counter = before + 1;
                EXPECT_EQ(await mori_file_unlock(file, 0, 0), 0);
        }
        return await mori_file_close(file);
}

PROGRAM(many_want_it)
{
        make_file("file", "x", 1);
        scope {
                for (int i = 0; i < HOLDERS; i++)
                        ignore(start(counts, shared(0)));
        }
        EXPECT_EQ(*shared(0), 3 * HOLDERS);
        return 0;
}

/* A process that ends, by itself or not, holds none any more. */
static async int ends_with_a_lock(UNUSED int argc, UNUSED char **argv)
{
        mori_file file = await opened("file", O_RDWR | O_CREAT);

        return await mori_file_lock(file, MORI_FILE_EXCLUSIVE, 0, 0);
}

START_TEST(the_end_drops_it)
{
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        int fd;

        io_case(ends_with_a_lock, 0);
        if (simulated())
                return;
        fd = open("file", O_RDWR);
        ck_assert_int_eq(fcntl(fd, F_OFD_SETLK, &lock), 0);
        close(fd);
}
END_TEST

IO_MAIN("io/lock", TEST(who_excludes_whom), TEST(it_is_waited_for), TEST(waiting_ends),
        TEST(unlocked_by_one_who_is_cancelled), TEST(many_want_it), TEST(the_end_drops_it))
