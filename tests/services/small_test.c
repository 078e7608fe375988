/* SPDX-License-Identifier: MIT */
/* The services that need nothing: console, clock, random. */
#include "io/io.h"

#include <mori/clock.h>
#include <mori/random.h>
#include <mori/service.h>

/* What a process that needs no argument exports. */
static async mori_ref served(mori_process_main *main, mori_process *ret_process)
{
        mori_ref ref = MORI_NO_REF;

        EXPECT_EQ(await mori_service_start(main, NULL, 0, "service", ret_process, &ref), 0);
        return ref;
}

/* ---- Random */

PROGRAM(random_numbers)
{
        mori_process process;
        service_random random = {await served(mori_service_random, &process)};
        struct service_random_bytes_results bytes[2];
        unsigned counts[3] = {0};
        uint64_t number = 0, large = 0;

        EXPECT_EQ(await service_random_bytes(random, 1000, &bytes[0]), 0);
        EXPECT_EQ(await service_random_bytes(random, 1000, &bytes[1]), 0);
        EXPECT(bytes[0].bytes.count == 1000 && bytes[1].bytes.count == 1000);
        EXPECT(memcmp(bytes[0].bytes.bytes, bytes[1].bytes.bytes, 1000) != 0);
        service_random_bytes_results_free(&bytes[0]);
        service_random_bytes_results_free(&bytes[1]);
        EXPECT_EQ(await service_random_bytes(random, 0, &bytes[0]), 0);
        EXPECT_EQ(bytes[0].bytes.count, 0);
        service_random_bytes_results_free(&bytes[0]);
        EXPECT_EQ(await service_random_bytes(random, 65537, &bytes[0]), -EMSGSIZE);

        EXPECT_EQ(await service_random_below(random, 0, &number), -EINVAL);
        for (int i = 0; i < 300; i++) {
                EXPECT_EQ(await service_random_below(random, 3, &number), 0);
                EXPECT(number < 3);
                counts[number]++;
                EXPECT_EQ(await service_random_below(random, UINT64_MAX, &number), 0);
                large |= number;
        }
        /* once in 10^50 one of three does not come in 300 */
        EXPECT(counts[0] > 0 && counts[1] > 0 && counts[2] > 0 && large > UINT64_MAX / 2);
        EXPECT_EQ(await service_random_below(random, 1, &number), 0);
        EXPECT_EQ(number, 0);
        service_random_drop(random);
        EXPECT_EQ(mori_random_bytes(NULL, 1), -EFAULT);
        EXPECT_EQ(mori_random_bytes(NULL, 0), 0);
        EXPECT_EQ(mori_process_release(process), 0);
        return 0;
}

static async int draws(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        return mori_random_bytes(shared(1), 13);
}

START_TEST(a_seed_determines_them)
{
        char first[13];

        ck_assert_int_eq(run_on(draws, MORI_IO_SIM, 7), 0);
        memcpy(first, shared(1), 13);
        ck_assert_int_eq(run_on(draws, MORI_IO_SIM, 8), 0);
        ck_assert_int_ne(memcmp(first, shared(1), 13), 0);
        ck_assert_int_eq(run_on(draws, MORI_IO_SIM, 7), 0);
        ck_assert_int_eq(memcmp(first, shared(1), 13), 0);
}
END_TEST

/* ---- Clock */

PROGRAM(a_clock)
{
        mori_process process;
        service_clock clock = {await served(mori_service_clock, &process)};
        int64_t before = mori_now(), wall_before = mori_clock_now(MORI_CLOCK_WALL), ns = 0;
        service_clock_sleep_promise long_sleep = service_clock_sleep_send(clock, MORI_S(1000));
        service_clock_sleep_promise sleeps[10];
        bool set = true;

        for (int i = 0; i < 10; i++)
                sleeps[i] = service_clock_sleep_send(clock, MORI_MS(20));
        EXPECT_EQ(await service_clock_now(clock, &ns), 0); /* beside those who sleep */
        EXPECT(ns >= before && ns <= mori_now());
        for (int i = 0; i < 10; i++)
                EXPECT_EQ(await service_clock_sleep_join(&sleeps[i]), 0);
        EXPECT(mori_now() >= before + MORI_MS(20));
        EXPECT_EQ(await service_clock_sleep(clock, -1), 0);

        EXPECT_EQ(await service_clock_wall(clock, &ns), 0);
        EXPECT(ns >= wall_before);
        EXPECT_EQ(await service_clock_until(clock, ns + MORI_MS(5), &set), 0);
        EXPECT(!set && mori_clock_now(MORI_CLOCK_WALL) >= ns + MORI_MS(5));

        service_clock_sleep_drop(&long_sleep); /* nobody wants it: it ends */
        service_clock_drop(clock);
        EXPECT_EQ(mori_process_release(process), 0);
        return 0;
}

/* ---- Console */

static async int prints(void *argument)
{
        service_console console;
        char name = *(const char *)argument;

        /* its holder lends it what it prints on, at the end of a chain of processes */
        EXPECT_EQ(await mori_service_start(mori_service_console, NULL, 0, "console",
                                           &(mori_process){0}, &console.ref),
                  0);
        for (int i = 0; i < 20; i++)
                EXPECT_EQ(await mori_service_print(console, "%c%d\n", name, i), 0);
        service_console_drop(console);
        return 0;
}

/* The standard output is a file for as long. */
static async void printed_into(mori_process_main *main, char name)
{
        struct mori_end end;
        mori_process process;

        EXPECT_EQ(await mori_process_start(main, &name, 1, NULL, &process), 0);
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_RETURNED);
}

static async int print_all(int argc, char **argv)
{
        mori_process process;
        service_console console;
        char *large;

        (void)argc;
        (void)argv;
        await printed_into(prints, 'a');
        console.ref = await served(mori_service_console, &process);
        EXPECT_EQ(await mori_service_print(console, NULL), -EFAULT);
        EXPECT_EQ(await mori_service_print(console, "%70000d", 1), -EMSGSIZE);
        EXPECT_EQ(await mori_service_print(console, "%s", ""), 0);
        large = mori_alloc(MORI_SERVICE_PRINT_MAX + 1);
        memset(large, 'x', MORI_SERVICE_PRINT_MAX);
        large[MORI_SERVICE_PRINT_MAX] = '\0';
        EXPECT_EQ(await mori_service_print(console, "%s", large), 0);
        mori_free(large);
        EXPECT_EQ(await service_console_complain(console, "oh\n"), 0);
        EXPECT_EQ(mori_process_kill(process), 0);
        EXPECT_EQ(await mori_service_print(console, "%d", 1), -ECONNRESET);
        service_console_drop(console);
        EXPECT_EQ(mori_process_release(process), 0);
        return 0;
}

/* What has been written to a file that was the standard output, or the standard error output. */
static void expect_file(const char *path, const char *begins, long bytes)
{
        FILE *file = fopen(path, "r");
        char text[64] = "";

        ck_assert_ptr_nonnull(file);
        ck_assert_uint_gt(fread(text, 1, strlen(begins), file), 0);
        ck_assert_str_eq(text, begins);
        fseek(file, 0, SEEK_END);
        ck_assert_int_eq(ftell(file), bytes);
        fclose(file);
}

START_TEST(a_console)
{
        char name[] = "test", *arguments[] = {name, NULL};

        if (simulated()) /* its standard output is the program's own */
                return;
        ck_assert_ptr_nonnull(freopen("out", "w", stdout));
        ck_assert_ptr_nonnull(freopen("err", "w", stderr));
        ck_assert_int_eq(mori_run(print_all, 1, arguments, NULL), 0);
        expect_file("out", "a0\na1\na2\na3\n", 10 * 3 + 10 * 4 + MORI_SERVICE_PRINT_MAX);
        expect_file("err", "oh\n", 3);
}
END_TEST

IO_MAIN("services/small", TEST(random_numbers), TEST(a_seed_determines_them), TEST(a_clock),
        TEST(a_console))
