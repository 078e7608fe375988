/* SPDX-License-Identifier: MIT */
/*
 * A program that does a little of everything, over a thousand runs of the simulation, with faults.
 * Whatever fails, every call answers, what a stream carries is right as far as it goes, and nothing
 * is left. A run is repeated from time to time: it must be the same, bit for bit. STORM_SEEDS says
 * how many runs, STORM_SEED which is the first.
 */
#include "io.h"

#include <mori/message.h>
#include <mori/scope.h>
#include <mori/select.h>
#include <mori/signal.h>

#include <poll.h>

/* What a fault, a peer that met one, or a cancellation may answer. */
HELPER bool is_fair(int64_t result)
{
        switch (-result) {
        case EIO:
        case ENOSPC:
        case EMFILE:
        case ENFILE:
        case ENOMEM:
        case ECONNREFUSED:
        case ECONNRESET:
        case ETIMEDOUT:
        case EPIPE:
        case ENODATA:
        case ENOTCONN:
        case ECANCELED:
                return true;
        default:
                return result >= 0;
        }
}

#define FAIR(call)                                                                                 \
        __extension__({                                                                            \
                int64_t fair_result = (call);                                                      \
                if (!is_fair(fair_result))                                                         \
                        EXPECT_EQ(fair_result, 0);                                                 \
                fair_result;                                                                       \
        })

HELPER uint64_t hash_of_run(void)
{
        return platform_sim_hash(engine());
}

HELPER uint64_t draw(uint64_t bound)
{
        return platform_sim_random(engine(), bound);
}

static async int echo(mori_file file)
{
        int64_t count = 0;
        mori_loan loan;

        for (;;) {
                count = FAIR(await mori_socket_borrow(file, &loan));
                if (count <= 0)
                        break;
                count = FAIR(await mori_file_write_all(file, loan.data, loan.bytes));
                mori_loan_return(&loan);
                if (count < 0)
                        break;
        }
        (void)await mori_file_close(file);
        return 0;
}

static async int serve(mori_file listener)
{
        scope {
                for (;;) {
                        mori_file file;
                        int64_t result = FAIR(await mori_socket_accept(listener, &file));

                        if (result == -ECANCELED)
                                break;
                        if (result == 0)
                                ignore(start(echo, file));
                }
        }
        return 0;
}

static async int64_t client_write(mori_file file, size_t bytes)
{
        char part[700];
        int64_t result = 0;

        for (size_t at = 0; at < bytes && result == 0; at += sizeof part) {
                fill(part, at, sizeof part);
                result = FAIR(await mori_file_write_all(file, part, sizeof part));
        }
        (void)await mori_socket_shutdown(file, SHUT_WR);
        return result;
}

static async int client(const char *address)
{
        mori_file file;
        uint64_t at = 0;
        char part[999];
        int64_t count;

        if (FAIR(await mori_socket_connect(address, &file)) < 0)
                return 0;
        scope {
                Async(int64_t) writing = start(client_write, file, (size_t)7000);

                while ((count = FAIR(await mori_file_read(file, part, 1 + draw(sizeof part)))) >
                       0) {
                        verify(part, at, (size_t)count);
                        at += (uint64_t)count;
                }
                cancel(writing);
                (void)await join(writing);
        }
        (void)await mori_file_close(file);
        return 0;
}

static async int files(unsigned number)
{
        mori_file file;
        char path[32], part[3000];
        struct stat st;
        int64_t count;

        snprintf(path, sizeof path, "file-%u", number);
        if (FAIR(await mori_file_open(MORI_NO_FILE, path, O_CREAT | O_RDWR, 0600, &file)) < 0)
                return 0;
        fill(part, 0, sizeof part);
        (void)FAIR(await mori_file_write_all(file, part, sizeof part));
        (void)FAIR(await mori_file_sync(file));
        count = FAIR(await mori_file_read_at(file, part, sizeof part, 0));
        if (count > 0)
                verify(part, 0, (size_t)count);
        (void)FAIR(await mori_file_stat(file, "", 0, &st));
        (void)await mori_file_close(file);
        return 0;
}

static async int lists(void)
{
        struct mori_cursor cursor = {0};
        struct mori_entry entry;
        mori_file folder;

        if (FAIR(await mori_file_open(MORI_NO_FILE, ".", O_RDONLY | O_DIRECTORY, 0, &folder)) < 0)
                return 0;
        while (FAIR(await mori_directory_next(folder, &cursor, &entry)) > 0)
                ;
        mori_directory_done(&cursor);
        return await mori_file_close(folder);
}

static async int piped(void)
{
        mori_file pipe[2];
        char part[64];

        if (FAIR(mori_pipe(pipe)) < 0)
                return 0;
        scope {
                mori_case cases[] = {MORI_CASE_READY(pipe[0], POLLIN), MORI_CASE_AFTER(MORI_MS(5))};

                (void)FAIR(await mori_print(pipe[1], "%s", "through a pipe"));
                (void)FAIR(await mori_select(cases, 2));
                within(MORI_MS(3)) {
                        (void)FAIR(await mori_file_read(pipe[0], part, sizeof part));
                        (void)FAIR(await mori_file_read(pipe[0], part, sizeof part));
                }
        }
        (void)await mori_file_close(pipe[0]);
        (void)await mori_file_close(pipe[1]);
        return 0;
}

static async int64_t send_pipe(mori_file socket)
{
        mori_file pipe[2];
        mori_message out = {.data = pipe, .bytes = 1, .files = pipe, .files_count = 2};
        int64_t result;

        if (FAIR(mori_pipe(pipe)) < 0)
                return 0;
        result = FAIR(await mori_message_send(socket, &out));
        (void)await mori_file_close(pipe[0]);
        (void)await mori_file_close(pipe[1]);
        return result;
}

/* Files over Unix sockets, by whoever is cancelled when. */
static async int messages(unsigned number)
{
        mori_file pair[2], got[2];
        char text[4];

        if (FAIR(mori_socket_pair(number % 2 ? SOCK_STREAM : SOCK_SEQPACKET, pair)) < 0)
                return 0;
        for (unsigned i = 0; i < 6; i++) {
                mori_message in = {
                        .data = text, .room = 4, .files = got, .files_room = (unsigned)draw(3)};
                int64_t count = 0;

                scope {
                        Async(int64_t) sending = start(send_pipe, pair[0]);

                        within(MORI_US(draw(200))) {
                                count = FAIR(await mori_message_receive(pair[1], &in));
                        }
                        if (count >= 0)
                                for (unsigned j = 0; j < in.files_count; j++)
                                        (void)await mori_file_close(got[j]);
                        cancel(sending);
                        (void)await join(sending);
                }
        }
        (void)await mori_file_close(pair[0]);
        (void)await mori_file_close(pair[1]);
        return 0;
}

HELPER int *open_descriptors(void)
{
        return (int *)(void *)shared(40);
}

HELPER void count_what_is_left(void)
{
        struct platform_sim_statistics statistics;

        platform_sim_statistics(engine(), &statistics);
        *open_descriptors() = (int)statistics.descriptors;
        *shared(41) = (long)statistics.buffers_out;
        *(uint64_t *)(void *)shared(42) = hash_of_run();
}

static async int storm(UNUSED int argc, UNUSED char **argv)
{
        mori_file listener;
        char text[64];
        int result;

        platform_sim_poison(engine(), true);
        do
                result = mori_socket_listen("127.0.0.1:0", 0, &listener);
        while (result < 0);
        EXPECT_EQ(mori_socket_address(listener, 0, text, sizeof text), 0);
        scope {
                Async(int) serving = start(serve, listener);

                scope {
                        for (unsigned i = 0; i < 4; i++) {
                                ignore(start(client, (const char *)text));
                                ignore(start(files, i));
                                ignore(start(lists));
                                ignore(start(piped));
                                ignore(start(messages, i));
                        }
                        if (draw(4) == 0) {
                                EXPECT(await mori_sleep(MORI_US(draw(2000))) <= 0);
                                mori_scope_cancel();
                        }
                }
                cancel(serving);
                EXPECT_EQ(await join(serving), 0);
        }
        EXPECT_EQ(await mori_file_close(listener), 0);
        EXPECT_EQ(operations_left(), 0);
        count_what_is_left();
        return 0;
}

static uint64_t run_storm(uint64_t seed, unsigned faults)
{
        struct mori_options options = {
                .io = MORI_IO_SIM, .seed = seed, .fault_per_mille = faults, .stall = -1};
        char name[] = "storm", *arguments[] = {name, NULL};
        int code;

        reports_bytes = 0;
        reports[0] = '\0';
        code = mori_run(storm, 1, arguments, &options);
        ck_assert_msg(code == 0 && reports_bytes == 0,
                      "MORI_SEED=%llu MORI_FAULTS=%u: exit code %d: %s", (unsigned long long)seed,
                      faults, code, reports);
        assert_nothing_left();
        ck_assert_msg(*open_descriptors() == 0 && *shared(41) == 0,
                      "MORI_SEED=%llu MORI_FAULTS=%u: %d descriptors and %ld buffers are left",
                      (unsigned long long)seed, faults, *open_descriptors(), *shared(41));
        return *(uint64_t *)(void *)shared(42);
}

START_TEST(a_thousand_seeds)
{
        const char *count = getenv("STORM_SEEDS"), *first = getenv("STORM_SEED");
        uint64_t seed = first != NULL ? strtoull(first, NULL, 0) : 1;
        uint64_t end = seed + (count != NULL ? strtoull(count, NULL, 0) : 1000);

        base_report_to(reports_write);
        for (; seed < end; seed++) {
                unsigned faults = (unsigned)(seed % 5) * 15;
                uint64_t hash = run_storm(seed, faults);

                if (seed % 20 == 0)
                        ck_assert_uint_eq(run_storm(seed, faults), hash);
        }
}
END_TEST

IO_MAIN("io/storm", TEST(a_thousand_seeds))
