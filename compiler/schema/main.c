/* SPDX-License-Identifier: MIT */
/*
 * capnpc-mori: what `capnp compile -o mori` runs. It reads a CodeGeneratorRequest from standard
 * input and writes a header and a source for each file that was named. Nothing is written unless
 * all is good.
 *
 * Exit codes: 0; 1 where a schema cannot be expressed, or a file cannot be written; 2 for a wrong
 * use; 3 where standard input is no request.
 */
#include "unit.h"

#include <mori/wire_frame.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_SCHEMA = 1, EXIT_USE = 2, EXIT_REQUEST = 3 };

/* A request is as large as its schemas; this is for memory's sake. */
#define REQUEST_BYTES_MAX (1u << 30)
/* Followed words, by which even a request that names the same often comes to an end. */
#define REQUEST_WORDS_MAX (1ull << 32)

struct made {
        const char *path; /* without its end */
        struct text header, source;
};

static void usage(FILE *to)
{
        fprintf(to,
                "usage: capnp compile -o mori[:FOLDER] FILE.capnp...\n"
                "\n"
                "capnpc-mori is the part of it that makes C: FILE.mori.h and FILE.mori.c, to be\n"
                "compiled with moricc. It reads the request from standard input and writes below\n"
                "the current folder. docs/schema.md and capnpc-mori(1) say what becomes of what.\n"
                "\n"
                "        --help, --version\n");
}

/* NULL, with a message, where it is too large, or cannot be read. */
static uint64_t *read_input(size_t *ret_bytes)
{
        size_t size = 1 << 16, bytes = 0, got;
        uint64_t *input = malloc(size);

        while (input != NULL) {
                got = fread((char *)input + bytes, 1, size - bytes, stdin);
                bytes += got;
                if (bytes < size)
                        break;
                if (size >= REQUEST_BYTES_MAX) {
                        fprintf(stderr, "capnpc-mori: the request is larger than %u bytes\n",
                                REQUEST_BYTES_MAX);
                        free(input);
                        return NULL;
                }
                size *= 2;
                input = realloc(input, size); /* an error ends the program */
        }
        if (input == NULL)
                fprintf(stderr, "capnpc-mori: out of memory\n");
        else if (ferror(stdin)) {
                fprintf(stderr, "capnpc-mori: standard input: %s\n", strerror(errno));
                free(input);
                return NULL;
        }
        *ret_bytes = bytes;
        return input;
}

/* The folders of a path that are not there yet. */
static void make_folders(const char *path)
{
        char folder[4200];
        size_t bytes = strlen(path);

        for (size_t i = 1; i < bytes && i < sizeof folder; i++)
                if (path[i] == '/') {
                        memcpy(folder, path, i);
                        folder[i] = '\0';
                        mkdir(folder, 0777); /* what fails is told when the file is opened */
                }
}

static bool write_file(const char *stem, const char *end, const struct text *text)
{
        char path[4200];
        FILE *file;
        bool good;

        snprintf(path, sizeof path, "%s%s", stem, end);
        make_folders(path);
        file = fopen(path, "we");
        good = file != NULL && fwrite(text->bytes, 1, text->count, file) == text->count;
        if (file != NULL && fclose(file) != 0)
                good = false;
        if (!good)
                fprintf(stderr, "capnpc-mori: %s: %s\n", path, strerror(errno));
        return good;
}

/* "a/b.capnp" without its end; NULL, with an error, for what is no path. */
static const char *path_of(struct request *request, struct mori_wire_text name)
{
        uint32_t bytes = name.count;

        if (bytes == 0 || bytes > 4096 || memchr(name.bytes, 0, bytes) != NULL) {
                request_error(request, NULL, NULL, "a file that was named has no name");
                return NULL;
        }
        if (bytes > 6 && memcmp(name.bytes + bytes - 6, ".capnp", 6) == 0)
                bytes -= 6;
        return arena_print(&request->arena, "%.*s", (int)bytes, name.bytes);
}

static void make(struct request *request, struct code_generator_request_requested_file file,
                 struct made *made)
{
        struct entry *entry = request_find(request, code_generator_request_requested_file_id(file));
        const char *slash;

        made->path = path_of(request, code_generator_request_requested_file_filename(file));
        if (made->path == NULL)
                return;
        if (entry == NULL || !node_is_file(entry->node) || entry->listed) {
                request_error(request, NULL, NULL, "%s: its node is not in the request",
                              made->path);
                return;
        }
        slash = strrchr(made->path, '/');
        unit_make(request, entry,
                  arena_print(&request->arena, "%s.mori.h", slash ? slash + 1 : made->path),
                  &made->header, &made->source);
}

/*
 * Where the schemas' names begin: capnp has this program run in the folder where files are to be
 * written, and stays itself where it was. NULL: unknown.
 */
static const char *schema_folder(char *room, size_t size)
{
        char link[64];
        ssize_t bytes;

        snprintf(link, sizeof link, "/proc/%d/cwd", (int)getppid());
        bytes = readlink(link, room, size - 1);
        if (bytes <= 0)
                return getenv("PWD");
        room[bytes] = '\0';
        return room;
}

static int work(struct mori_wire_message *message)
{
        char folder[4096];
        struct code_generator_request_requested_file_list files;
        struct request request;
        struct made *made;
        uint32_t count;
        int code = 0;

        request_init(&request, message, schema_folder(folder, sizeof folder));
        files = code_generator_request_requested_files(request.root);
        count = request.error_count > 0 ? 0
                                        : code_generator_request_requested_file_list_count(files);
        made = arena_take(&request.arena, (size_t)count * sizeof *made + 1);
        for (uint32_t i = 0; i < count; i++)
                make(&request, code_generator_request_requested_file_list_at(files, i), &made[i]);
        if (request.error_count > 0) {
                fputs(request.errors.bytes, stderr);
                code = EXIT_SCHEMA;
        }
        if (message->error.fault != MORI_WIRE_GOOD) {
                fprintf(stderr, "capnpc-mori: standard input: segment %u, word %u: %s\n",
                        message->error.segment, message->error.word,
                        mori_wire_fault_text(message->error.fault));
                code = EXIT_REQUEST;
        }
        for (uint32_t i = 0; i < count; i++) {
                if (code == 0 && (!write_file(made[i].path, ".mori.h", &made[i].header) ||
                                  !write_file(made[i].path, ".mori.c", &made[i].source)))
                        code = EXIT_SCHEMA;
                text_deinit(&made[i].header);
                text_deinit(&made[i].source);
        }
        request_deinit(&request);
        return code;
}

int main(int argc, char **argv)
{
        struct mori_wire_segment segments[MORI_WIRE_SEGMENTS_MAX];
        struct mori_wire_message message;
        uint64_t *input;
        size_t bytes;
        int count, code;

        if (argc > 1 && strcmp(argv[1], "--version") == 0) {
                puts("capnpc-mori " MORI_VERSION);
                return 0;
        }
        if (argc > 1) {
                bool help = strcmp(argv[1], "--help") == 0;

                usage(help ? stdout : stderr);
                return help ? 0 : EXIT_USE;
        }
        input = read_input(&bytes);
        if (input == NULL)
                return EXIT_REQUEST;
        count = mori_wire_frame_open(input, bytes, segments, MORI_WIRE_SEGMENTS_MAX);
        if (count < 0) {
                fprintf(stderr, "capnpc-mori: standard input is no request of capnp compile; "
                                "try --help\n");
                free(input);
                return EXIT_REQUEST;
        }
        mori_wire_message_init(&message, segments, (uint32_t)count);
        message.words_left = REQUEST_WORDS_MAX;
        code = work(&message);
        free(input);
        return code;
}
