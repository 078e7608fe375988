/* SPDX-License-Identifier: MIT */
/*
 * The web server of the examples, fed with any bytes in pieces of any size: it answers with whole
 * answers or ends the connection, serves a good request afterwards (a range, as the input's last
 * bytes have it, of a file that we know), stops when it is told, and nothing is left.
 *
 * The seeded bug: names of headers are compared as they are written (meson.build).
 */
#include "fuzz.h"

#include "platform/sim.h"
#include "turn/seat.h"

#include <mori/keywords.h>

#include <getopt.h>
#include <signal.h>

#define ADDRESS "127.0.0.1:8080"

MORI_ASYNC int web_main(int argc, char **argv);

/*
 * The server's memory is that of a program, which keeps its cache until it ends: here it is given
 * back after each run. (The server is compiled with these names.)
 */
struct block {
        struct block *next;
        struct block **link;
        size_t bytes, reserved;
};

static struct block *blocks;

void *web_malloc(size_t bytes);
void *web_calloc(size_t count, size_t bytes);
void *web_realloc(void *memory, size_t bytes);
void web_free(void *memory);

void *web_malloc(size_t bytes)
{
        struct block *block = malloc(sizeof *block + bytes);

        block->bytes = bytes;
        block->next = blocks;
        block->link = &blocks;
        if (blocks != NULL)
                blocks->link = &block->next;
        blocks = block;
        return block + 1;
}

void *web_calloc(size_t count, size_t bytes)
{
        return memset(web_malloc(count * bytes), 0, count * bytes);
}

void web_free(void *memory)
{
        struct block *block;

        if (memory == NULL)
                return;
        block = (struct block *)memory - 1;
        *block->link = block->next;
        if (block->next != NULL)
                block->next->link = block->link;
        free(block);
}

void *web_realloc(void *memory, size_t bytes)
{
        void *fresh = web_malloc(bytes);

        if (memory != NULL) {
                size_t before = ((struct block *)memory - 1)->bytes;

                memcpy(fresh, memory, before < bytes ? before : bytes);
                web_free(memory);
        }
        return fresh;
}

FUZZ_SYNC struct input *the_input(void)
{
        static struct input input;

        return &input;
}

FUZZ_SYNC void set_up(void)
{
        struct platform_io *io = process_self()->seat->io;

        platform_sim_echo(io, false);
        platform_sim_file(io, "/index.html", "<p>hello</p>", 12);
        platform_sim_file(io, "/folder/a.txt", "0123456789", 10);
        platform_sim_symlink(io, "/link", "folder");
        optind = 0;
}

FUZZ_SYNC void stop(void)
{
        platform_sim_raise(process_self()->seat->io, SIGTERM);
}

static async int64_t write_pieces(mori_file socket, struct input *input)
{
        unsigned step = 1 + input_byte(input);
        int64_t result = 0;

        while (input->left > 0 && result == 0) {
                size_t now = input->left < step ? input->left : step;

                result = await mori_file_write_all(socket, input->bytes, now);
                input->bytes += now;
                input->left -= now;
        }
        (void)await mori_socket_shutdown(socket, SHUT_WR);
        return result;
}

static async void converse(struct input *input)
{
        char answer[4096];
        bool first = true;
        mori_file socket;
        int64_t count;

        FUZZ_CHECK(await mori_socket_connect(ADDRESS, &socket) == 0);
        scope {
                Async(int64_t) writing = start(write_pieces, socket, input);

                while ((count = await mori_file_read(socket, answer, sizeof answer)) > 0) {
                        if (first)
                                FUZZ_CHECK(memcmp(answer, "HTTP/1.1 ",
                                                  count < 9 ? (size_t)count : 9) == 0);
                        first = false;
                }
                FUZZ_CHECK(count == 0 || count == -ECONNRESET);
                cancel(writing);
                (void)await join(writing);
        }
        FUZZ_CHECK(await mori_file_close(socket) == 0);
}

/* "Range: bytes=first-last", as somebody may write it. */
struct question {
        unsigned upper; /* which letters of "range" are capitals */
        unsigned first, last;
};

FUZZ_SYNC struct question *the_question(void)
{
        static struct question question;

        return &question;
}

FUZZ_SYNC void choose_question(const struct input *input)
{
        const uint8_t *end = input->bytes + input->left;

        *the_question() = (struct question){0};
        if (input->left >= 3)
                *the_question() = (struct question){end[-1], end[-2] % 14, end[-3] % 14};
}

FUZZ_SYNC size_t write_question(char *text, size_t bytes)
{
        const struct question *question = the_question();
        char name[] = "range";

        for (unsigned i = 0; i < 5; i++)
                if (question->upper >> i & 1)
                        name[i] = (char)(name[i] - 'a' + 'A');
        return (size_t)snprintf(text, bytes,
                                "GET /folder/a.txt HTTP/1.1\r\nHost: x\r\n%s: bytes=%u-%u\r\n"
                                "Connection: close\r\n\r\n",
                                name, question->first, question->last);
}

/* What is right for a file of the ten digits. */
FUZZ_SYNC bool is_answer(const char *answer, size_t bytes)
{
        const struct question *question = the_question();
        unsigned last = question->last < 10 ? question->last : 9, count;

        if (bytes <= 12)
                return false;
        if (question->last < question->first) /* no range at all */
                return memcmp(answer, "HTTP/1.1 200", 12) == 0 &&
                       memcmp(answer + bytes - 14, "\r\n\r\n0123456789", 14) == 0;
        if (question->first >= 10)
                return memcmp(answer, "HTTP/1.1 416", 12) == 0;
        count = last - question->first + 1;
        return memcmp(answer, "HTTP/1.1 206", 12) == 0 &&
               memcmp(answer + bytes - count - 4, "\r\n\r\n", 4) == 0 &&
               memcmp(answer + bytes - count, &"0123456789"[question->first], count) == 0;
}

static async void ask(void)
{
        char request[128], answer[4096];
        size_t at = 0;
        mori_file socket;
        int64_t count;

        FUZZ_CHECK(await mori_socket_connect(ADDRESS, &socket) == 0);
        FUZZ_CHECK(await mori_file_write_all(socket, request,
                                             write_question(request, sizeof request)) == 0);
        while ((count = await mori_file_read(socket, answer + at, sizeof answer - at)) > 0)
                at += (size_t)count;
        FUZZ_CHECK(count == 0 && is_answer(answer, at));
        FUZZ_CHECK(await mori_file_close(socket) == 0);
}

static async int serve(int argc, char **argv)
{
        return await web_main(argc, argv);
}

static async int program(int argc, char **argv)
{
        Async(int) serving;

        set_up();
        serving = start(serve, argc, argv);
        FUZZ_CHECK(await mori_sleep(MORI_MS(1)) == 0);
        await converse(the_input());
        await ask();
        stop();
        FUZZ_CHECK(await join(serving) == 0);
        return 0;
}

static void no_reports(const char *line, size_t bytes)
{
        fwrite(line, 1, bytes, stderr);
        fuzz_failed("the runtime has something to report", __LINE__);
}

void fuzz(struct input *input)
{
        char name[] = "web", root[] = "--root=/", listen[] = "--listen=" ADDRESS;
        char *arguments[] = {name, root, listen, NULL};
        struct mori_options options = {.io = MORI_IO_SIM, .seed = input_byte(input), .stall = -1};

        *the_input() = *input;
        choose_question(input);
        base_report_to(no_reports);
        FUZZ_CHECK(mori_run(program, 3, arguments, &options) == 0);
        while (blocks != NULL)
                web_free(blocks + 1);
}

FUZZER
