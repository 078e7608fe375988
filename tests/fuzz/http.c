/* SPDX-License-Identifier: MIT */
/*
 * The web server of the examples, fed with any bytes in pieces of any size: it answers with whole
 * answers or ends the connection, serves a good request afterwards, stops when it is told, and
 * nothing is left.
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

static async void ask(void)
{
        static const char request[] =
                "GET /folder/a.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        char answer[4096];
        size_t at = 0;
        mori_file socket;
        int64_t count;

        FUZZ_CHECK(await mori_socket_connect(ADDRESS, &socket) == 0);
        FUZZ_CHECK(await mori_file_write_all(socket, request, sizeof request - 1) == 0);
        while ((count = await mori_file_read(socket, answer + at, sizeof answer - at)) > 0)
                at += (size_t)count;
        FUZZ_CHECK(count == 0 && at > 12 && memcmp(answer, "HTTP/1.1 200", 12) == 0);
        FUZZ_CHECK(memcmp(answer + at - 10, "0123456789", 10) == 0);
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
        base_report_to(no_reports);
        FUZZ_CHECK(mori_run(program, 3, arguments, &options) == 0);
        while (blocks != NULL)
                web_free(blocks + 1);
}

FUZZER
