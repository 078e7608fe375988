/* SPDX-License-Identifier: MIT */
/*
 * Every operation, cancelled at every stage, in every way.
 *
 * A round starts a victim that performs one operation on a fixture of its own, lets some rounds of
 * the loop pass so that the operation is not submitted yet, under way, or over but not told, and
 * cancels: by its handle, by a deadline, by a token, or by leaving a scope early. When the victim
 * has returned, the buffer that it lent is poisoned; at the end of the round nobody has touched it.
 * What moved is known from the peer's side: the bytes that an operation answers are those that are
 * gone. CANCEL_ROUNDS says how many rounds.
 */
#include "io.h"

#include <mori/message.h>
#include <mori/scope.h>
#include <mori/select.h>
#include <mori/signal.h>

#include <poll.h>

#define BUFFER 300

enum kind {
        PIPE_READ,
        PIPE_WRITE,
        SOCKET_READ,
        SOCKET_BORROW,
        SOCKET_WRITE,
        MESSAGE,
        ACCEPT,
        CONNECT,
        OPEN,
        FILE_READ,
        FILE_WRITE,
        STAT,
        SYNC,
        LIST,
        SPLICE,
        SENDFILE,
        READY,
        SIGNAL_WAIT,
        SLEEP,
        PRINT,
        KINDS
};

enum way { BY_HANDLE, BY_DEADLINE, BY_TOKEN, BY_SCOPE, WAYS };

struct round {
        enum kind kind;
        enum way way;
        unsigned stage;
        unsigned kicked; /* the other side moves, so that the operation can be over */
        mori_file one, other;
        mori_token *token;
        int64_t answer;
        bool brought; /* `file` is open */
        mori_file file;
        unsigned char buffer[BUFFER];
};

HELPER struct round *round_at(unsigned index)
{
        return &((struct round *)shared_bytes())[index];
}

HELPER unsigned rounds_wanted(void)
{
        const char *text = getenv("CANCEL_ROUNDS");

        return text != NULL ? (unsigned)atoi(text) : 2500;
}

HELPER unsigned chance(uint64_t *state, unsigned bound)
{
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        return (unsigned)((*state >> 33) % bound);
}

static async int64_t operate(struct round *round)
{
        mori_loan loan;
        struct stat st;
        struct mori_entry entry;
        struct mori_cursor cursor = {0};
        mori_case ready = MORI_CASE_READY(round->one, POLLIN);
        mori_message message = {
                .data = round->buffer, .room = BUFFER, .files = &round->file, .files_room = 1};
        int64_t result = 0;

        switch (round->kind) {
        case PIPE_READ:
        case SOCKET_READ:
                return await mori_file_read(round->one, round->buffer, BUFFER);
        case PIPE_WRITE:
        case SOCKET_WRITE:
                return await mori_file_write(round->one, (char *)shared_bytes() + (3 << 20),
                                             1 << 19);
        case SOCKET_BORROW:
                result = await mori_socket_borrow(round->one, &loan);
                if (result > 0)
                        mori_loan_return(&loan);
                return result;
        case MESSAGE:
                result = await mori_message_receive(round->one, &message);
                round->brought = result > 0 && message.files_count == 1;
                return result;
        case ACCEPT:
                result = await mori_socket_accept(round->one, &round->file);
                round->brought = result == 0;
                return result;
        case CONNECT:
                result = await mori_socket_connect(own_name("unix:@cancel"), &round->file);
                round->brought = result == 0;
                return result;
        case OPEN:
                result = await mori_file_open(MORI_NO_FILE, "cancel", O_RDWR, 0, &round->file);
                round->brought = result == 0;
                return result;
        case FILE_READ:
                return await mori_file_read_at(round->one, round->buffer, BUFFER, 7);
        case FILE_WRITE:
                return await mori_file_write_at(round->one, round->buffer, BUFFER, 0);
        case STAT:
                return await mori_file_stat(MORI_NO_FILE, "cancel", 0, &st);
        case SYNC:
                return await mori_file_sync(round->one);
        case LIST:
                while (result >= 0) {
                        result = await mori_directory_next(round->one, &cursor, &entry);
                        if (result <= 0)
                                break;
                }
                mori_directory_done(&cursor);
                return result;
        case SPLICE:
                return await mori_splice(round->other, round->one, 100);
        case SENDFILE:
                return await mori_sendfile(round->other, round->one, 0, 200000);
        case READY:
                return await mori_select(&ready, 1);
        case SIGNAL_WAIT:
                return await mori_signal_wait(SIGUSR2);
        case PRINT:
                return await mori_print(round->one, "%0*d", 200000, 7);
        default:
                return await mori_sleep(MORI_MS(5));
        }
}

static async int victim(struct round *round)
{
        switch (round->way) {
        case BY_DEADLINE:
                within(MORI_US(round->stage * 40)) {
                        round->answer = await operate(round);
                }
                break;
        case BY_TOKEN:
                scope {
                        EXPECT_EQ(mori_token_attach(round->token), 0);
                        round->answer = await operate(round);
                }
                break;
        default:
                round->answer = await operate(round);
                break;
        }
        memset(round->buffer, 0x5A, BUFFER);
        return 0;
}

/* What the operation is done on: `one`, and `far`, the other side of it. */
static async void set_up(struct round *round, mori_file *ret_far)
{
        mori_file pair[2];

        *ret_far = MORI_NO_FILE;
        switch (round->kind) {
        case PIPE_READ:
        case READY:
                EXPECT_EQ(mori_pipe(pair), 0);
                round->one = pair[0];
                *ret_far = pair[1];
                break;
        case PIPE_WRITE:
        case PRINT:
                EXPECT_EQ(mori_pipe(pair), 0);
                round->one = pair[1];
                *ret_far = pair[0];
                break;
        case SOCKET_READ:
        case SOCKET_BORROW:
        case SOCKET_WRITE:
                await connected("unix:@pair", &round->one, ret_far);
                break;
        case MESSAGE:
                EXPECT_EQ(mori_socket_pair(round->stage & 1 ? SOCK_STREAM : SOCK_SEQPACKET, pair),
                          0);
                round->one = pair[0];
                *ret_far = pair[1];
                break;
        case ACCEPT:
        case CONNECT:
                EXPECT_EQ(mori_socket_listen(own_name("unix:@cancel"), 0, &round->one), 0);
                break;
        case LIST:
                EXPECT_EQ(await mori_file_open(MORI_NO_FILE, ".", O_RDONLY | O_DIRECTORY, 0,
                                               &round->one),
                          0);
                break;
        case SPLICE:
                EXPECT_EQ(mori_pipe(pair), 0);
                round->one = pair[0];
                *ret_far = pair[1];
                EXPECT_EQ(mori_pipe(pair), 0);
                round->file = pair[0];
                round->brought = true;
                round->other = pair[1];
                break;
        case SENDFILE:
                EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "cancel", O_RDONLY, 0, &round->one),
                          0);
                EXPECT_EQ(mori_pipe(pair), 0);
                *ret_far = pair[0];
                round->other = pair[1];
                break;
        case FILE_READ:
        case FILE_WRITE:
        case SYNC:
                EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "cancel", O_RDWR, 0, &round->one), 0);
                break;
        default:
                break;
        }
}

/* The other side moves. */
static async void kick(struct round *round, mori_file far)
{
        mori_file file;
        char text[64];
        mori_message message = {.data = text, .bytes = 64, .files = &far, .files_count = 1};

        switch (round->kind) {
        case PIPE_READ:
        case SOCKET_READ:
        case SOCKET_BORROW:
        case SPLICE:
        case READY:
                fill(text, 0, sizeof text);
                EXPECT_EQ(await mori_file_write(far, text, sizeof text), sizeof text);
                break;
        case MESSAGE:
                fill(text, 0, sizeof text);
                EXPECT_EQ(await mori_message_send(far, &message), sizeof text);
                break;
        case ACCEPT:
                EXPECT_EQ(await mori_socket_connect(own_name("unix:@cancel"), &file), 0);
                EXPECT_EQ(await mori_file_close(file), 0);
                break;
        case SIGNAL_WAIT:
                if (simulated())
                        platform_sim_raise(engine(), SIGUSR2);
                else
                        raise(SIGUSR2);
                break;
        default:
                break;
        }
}

/* The operation has answered: is it an answer, and do both sides agree about it? */
static async void judge(struct round *round, mori_file far, bool kicked)
{
        int64_t answer = round->answer, got = 0, count;
        const bool cancelled =
                answer == (round->way == BY_DEADLINE ? -ETIMEDOUT : -ECANCELED);
        char *bytes = (char *)shared_bytes() + (2 << 20);

        switch (round->kind) {
        case PIPE_READ:
        case SOCKET_READ:
        case SOCKET_BORROW:
        case SPLICE:
                EXPECT(cancelled || answer == 64);
                if (round->kind == SPLICE && answer == 64) {
                        EXPECT_EQ(await mori_file_read(round->file, bytes, 100), 64);
                        verify(bytes, 0, 64);
                } else if (cancelled && kicked) { /* nothing is lost */
                        EXPECT_EQ(await mori_file_read_exact(round->one, bytes, 64), 0);
                        verify(bytes, 0, 64);
                }
                break;
        case MESSAGE: /* the message with its file, or neither: it comes next */
                EXPECT(cancelled || (answer == 64 && round->brought));
                EXPECT(!round->brought || !cancelled);
                if (cancelled && kicked)
                        EXPECT_EQ(await operate(round), 64);
                EXPECT_EQ(round->brought, kicked);
                memset(round->buffer, 0x5A, BUFFER); /* lent out once more */
                break;
        case PIPE_WRITE:
        case SOCKET_WRITE:
        case SENDFILE:
        case PRINT:
                EXPECT(cancelled || answer > 0);
                EXPECT_EQ(await mori_file_close(round->kind == SENDFILE ? round->other
                                                                        : round->one),
                          0);
                while ((count = await mori_file_read(far, bytes, 1 << 20)) > 0) {
                        if (round->kind != PRINT)
                                verify(bytes, (uint64_t)got, (size_t)count);
                        got += count;
                }
                EXPECT(round->kind == PRINT || got == (cancelled ? 0 : answer));
                break;
        case ACCEPT:
        case CONNECT:
        case OPEN:
        case STAT:
        case SYNC:
        case LIST:
        case SLEEP:
                EXPECT(cancelled || answer == 0);
                break;
        case FILE_READ:
                EXPECT(cancelled || answer == BUFFER);
                break;
        case FILE_WRITE:
                EXPECT(cancelled || answer == BUFFER);
                break;
        case READY:
                EXPECT(cancelled || answer == 0);
                break;
        default:
                EXPECT(cancelled || answer == SIGUSR2);
                break;
        }
}

static async void let_pass(unsigned stage)
{
        for (unsigned i = 0; i < (stage & 3); i++)
                (void)await mori_yield();
        if (stage >= 4)
                EXPECT_EQ(await mori_sleep(MORI_US(stage * 10)), 0);
}

static async void cancel_once(struct round *round)
{
        mori_file far;
        bool kicked = false;

        round->answer = 0;
        round->brought = false;
        round->one = round->other = MORI_NO_FILE;
        memset(round->buffer, 0xA5, BUFFER);
        await set_up(round, &far);
        round->token = round->way == BY_TOKEN ? mori_token_new(MORI_FOREVER) : NULL;
        if (round->way == BY_SCOPE) {
                scope {
                        ignore(start(victim, round));
                        await let_pass(round->stage);
                        if (round->kicked) {
                                await kick(round, far);
                                kicked = true;
                                await let_pass(round->kicked - 1);
                        }
                        break; /* leaving it early cancels what is in it */
                }
        } else {
                Async(int) running = start(victim, round);

                await let_pass(round->stage);
                if (round->kicked) {
                        await kick(round, far);
                        kicked = true;
                        await let_pass(round->kicked - 1);
                }
                if (round->way == BY_TOKEN)
                        mori_token_cancel(round->token);
                else if (round->way == BY_HANDLE)
                        cancel(running);
                EXPECT_EQ(await join(running), 0);
        }
        round->token = mori_token_free(round->token);
        await judge(round, far, kicked);
        if (round->brought)
                EXPECT_EQ(await mori_file_close(round->file), 0);
        (void)await mori_file_close(round->one);
        (void)await mori_file_close(round->other);
        (void)await mori_file_close(far);
        for (unsigned i = 0; i < BUFFER; i++)
                EXPECT_EQ(round->buffer[i], 0x5A);
        EXPECT_EQ(operations_left(), 0);
}

PROGRAM(every_operation_at_every_stage)
{
        uint64_t state = 42;
        unsigned count = rounds_wanted();
        struct round *round = round_at(0);

        memset(shared_bytes(), 0, 4096);
        fill((char *)shared_bytes() + (3 << 20), 0, 1 << 19);
        make_file("cancel", (char *)shared_bytes() + (3 << 20), 1 << 19);
        for (unsigned i = 0; i < count; i++) {
                round->kind = i % KINDS;
                round->way = i / KINDS % WAYS;
                round->stage = chance(&state, 9);
                round->kicked = chance(&state, 4);
                if (round->kind == SENDFILE || round->kind == FILE_WRITE)
                        make_file("cancel", (char *)shared_bytes() + (3 << 20), 1 << 19);
                await cancel_once(round);
        }
        return 0;
}

/* A conversation whose readers and writers are cancelled again and again loses no byte. */
static async int64_t read_some(mori_file file, char *buffer, size_t bytes)
{
        return await mori_file_read(file, buffer, bytes);
}

static async int cancelled_reader(mori_file file, uint64_t bytes)
{
        uint64_t at = 0, state = 7;
        char buffer[700];

        while (at < bytes) {
                Async(int64_t) reading = start(read_some, file, buffer, sizeof buffer);
                int64_t count;

                await let_pass(chance(&state, 6));
                cancel(reading);
                count = await join(reading);
                EXPECT(count > 0 || count == -ECANCELED);
                if (count > 0) {
                        verify(buffer, at, (size_t)count);
                        at += (uint64_t)count;
                }
                memset(buffer, 0xA5, sizeof buffer);
        }
        return 0;
}

static async int cancelled_writer(mori_file file, uint64_t bytes)
{
        uint64_t at = 0, state = 8;
        char buffer[2000];

        while (at < bytes) {
                size_t now = bytes - at < sizeof buffer ? (size_t)(bytes - at) : sizeof buffer;
                Async(int64_t) writing;
                int64_t count;

                fill(buffer, at, now);
                writing = start(write_from, file, (const void *)buffer, now);
                await let_pass(chance(&state, 6));
                cancel(writing);
                count = await join(writing);
                memset(buffer, 0xA5, sizeof buffer);
                EXPECT(count > 0 || count == -ECANCELED);
                at += count > 0 ? (uint64_t)count : 0;
        }
        return 0;
}

static async void converse(mori_file in, mori_file out)
{
        scope {
                Async(int) reading = start(cancelled_reader, in, (uint64_t)300000);
                Async(int) writing = start(cancelled_writer, out, (uint64_t)300000);

                EXPECT_EQ(await join(writing), 0);
                EXPECT_EQ(await join(reading), 0);
        }
        EXPECT_EQ(await mori_file_close(in), 0);
        EXPECT_EQ(await mori_file_close(out), 0);
}

PROGRAM(no_byte_is_lost)
{
        mori_file pair[2];

        EXPECT_EQ(mori_pipe(pair), 0);
        await converse(pair[0], pair[1]);
        await connected("unix:@lost", &pair[0], &pair[1]);
        await converse(pair[0], pair[1]);
        await connected("127.0.0.1:0", &pair[0], &pair[1]);
        await converse(pair[0], pair[1]);
        EXPECT_EQ(operations_left(), 0);
        return 0;
}

/* Where cancellation came first nothing is begun, again and again until the scope is left. */
static async int all_cancelled(struct round *round)
{
        scope {
                mori_scope_cancel();
                for (unsigned i = 0; i < KINDS; i++) {
                        round->kind = i;
                        round->one = mori_stdin();
                        round->other = mori_stdout();
                        EXPECT(await operate(round) < 0);
                        EXPECT(!round->brought);
                }
                EXPECT_EQ(await mori_sleep(1), -ECANCELED);
        }
        return await mori_sleep(1);
}

PROGRAM(before_anything_is_begun)
{
        memset(shared_bytes(), 0, 4096);
        make_file("cancel", "abc", 3);
        EXPECT_EQ(await all_cancelled(round_at(0)), 0);
        EXPECT_EQ(operations_left(), 0);
        return 0;
}

IO_MAIN("io/cancel", TEST(every_operation_at_every_stage), TEST(no_byte_is_lost),
        TEST(before_anything_is_begun))
