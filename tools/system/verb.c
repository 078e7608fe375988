/* SPDX-License-Identifier: MIT */
/* `mori check`, `mori run` and `mori graph`, of a system. */
#include "../json.h"
#include "../tool.h"
#include "graph.h"
#include "source.h"

#include <mori/activity.h>
#include <mori/program.h>
#include <mori/result.h>
#include <mori/scope.h>
#include <mori/signal.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct opened {
        struct source source;
        struct manifest manifest;
        struct mistakes mistakes;
};

/* ---- Reading */

/* The whole file; NULL, with a mistake. */
static char *read_file(const char *path, size_t *ret_bytes, struct mistakes *mistakes)
{
        int file = open(path, O_RDONLY | O_CLOEXEC), error = file < 0 ? errno : 0;
        char *text = tool_alloc(MANIFEST_BYTES_MAX + 1, 1);
        size_t bytes = 0;
        ssize_t got = 1;

        while (error == 0 && got > 0 && bytes <= MANIFEST_BYTES_MAX) {
                got = read(file, text + bytes, MANIFEST_BYTES_MAX + 1 - bytes);
                if (got > 0)
                        bytes += (size_t)got;
                else if (got < 0 && errno != EINTR)
                        error = errno;
        }
        if (file >= 0)
                close(file);
        if (error != 0)
                mistake_add(mistakes, 0, 0, "%s", strerror(error));
        else if (bytes > MANIFEST_BYTES_MAX)
                mistake_add(mistakes, 0, 0, "is larger than 1 MiB");
        *ret_bytes = bytes;
        if (mistakes->count == 0)
                return text;
        free(text);
        return NULL;
}

/* Whether it is good. It is to be closed in both cases. */
static bool system_open(struct opened *opened, const char *path)
{
        struct program_source programs = {source_find, &opened->source};
        size_t bytes;
        char *text;

        memset(opened, 0, sizeof *opened);
        source_init(&opened->source, path);
        text = read_file(path, &bytes, &opened->mistakes);
        if (text != NULL)
                (void)manifest_read(&opened->manifest, text, bytes, &programs, &opened->mistakes);
        free(text);
        return opened->mistakes.count == 0;
}

static void system_close(struct opened *opened)
{
        manifest_free(&opened->manifest);
        mistakes_deinit(&opened->mistakes);
        source_deinit(&opened->source);
}

static int tell_mistakes(const char *path, const struct mistakes *mistakes)
{
        for (size_t i = 0; i < mistakes->count; i++) {
                const struct mistake *mistake = &mistakes->list[i];

                if (mistake->line == 0)
                        fprintf(stderr, "mori: %s: %s\n", path, mistake->text);
                else
                        fprintf(stderr, "mori: %s:%u:%u: %s\n", path, mistake->line,
                                mistake->column, mistake->text);
        }
        if (mistakes_full(mistakes))
                fprintf(stderr, "mori: %s: %u mistakes, and no further ones were looked for\n",
                        path, MISTAKES_MAX);
        else if (mistakes->count > 1)
                fprintf(stderr, "mori: %s: %zu mistakes\n", path, mistakes->count);
        return EXIT_PROGRAM;
}

/* ---- Checking */

static void write_json(const char *path, const struct opened *opened)
{
        printf("{");
        json_pair("file", path, ", \"good\": ");
        printf("%s, \"mistakes\": [", opened->mistakes.count == 0 ? "true" : "false");
        for (size_t i = 0; i < opened->mistakes.count; i++) {
                const struct mistake *mistake = &opened->mistakes.list[i];

                printf("%s{\"line\": %u, \"column\": %u, ", i == 0 ? "" : ", ", mistake->line,
                       mistake->column);
                json_pair("text", mistake->text, "}");
        }
        printf("], \"complete\": %s, \"processes\": [",
               mistakes_full(&opened->mistakes) ? "false" : "true");
        for (unsigned i = 0; opened->mistakes.count == 0 && i < opened->manifest.count; i++) {
                const struct manifest_process *process = opened->manifest.order[i];

                printf("%s{", i == 0 ? "" : ", ");
                json_pair("name", process->name, ", ");
                json_pair("program", process->program_name, "}");
        }
        printf("]}\n");
}

int system_check(const char *path, int json)
{
        struct opened opened;
        bool good = system_open(&opened, path);

        if (json) {
                write_json(path, &opened);
        } else if (good) {
                printf("%s: good; ", path);
                for (unsigned i = 0; i < opened.manifest.count; i++)
                        printf("%s%s", i == 0 ? "starts " : ", ", opened.manifest.order[i]->name);
                printf("\n");
        } else {
                tell_mistakes(path, &opened.mistakes);
        }
        system_close(&opened);
        return good ? 0 : EXIT_PROGRAM;
}

/* ---- Drawing */

int system_graph(const char *path, int svg)
{
        struct opened opened;
        int code;

        if (system_open(&opened, path))
                code = svg ? graph_write_svg(&opened.manifest, path)
                           : graph_write(&opened.manifest, path, stdout);
        else
                code = tell_mistakes(path, &opened.mistakes);
        system_close(&opened);
        return code;
}

/* ---- Running */

struct running {
        const struct mori_system *system;
        mori_token *token;
        int signal; /* that ended it, or 0 */
};

/* The first signal stops it in order, the second one at once. It is cancelled when all has ended.
 */
static MORI_ASYNC void stop_at_signal(struct running *running)
{
        static const int signals[] = {SIGINT, SIGTERM};
        int number = MORI_AWAIT mori_signal_wait_any(signals, 2);

        if (number < 0)
                return;
        running->signal = number;
        mori_token_cancel(running->token);
        number = MORI_AWAIT mori_signal_wait_any(signals, 2);
        if (number > 0)
                mori_exit(128 + number);
}

/* Of the system, by the end that was its. */
static int code_of(const struct mori_end *end)
{
        switch (end->kind) {
        case MORI_END_NONE:
                return 0;
        case MORI_END_RETURNED:
                return end->code;
        case MORI_END_ABANDONED:
        case MORI_END_QUOTA:
        case MORI_END_LINKED:
                return 70;
        default:
                return 1;
        }
}

static MORI_ASYNC int run_with(struct running *running)
{
        struct mori_end end = {.kind = MORI_END_NONE};
        int result;

        MORI_ATTEMPT(mori_token_attach(running->token));
        result = MORI_AWAIT mori_system_run(running->system, &end);
        if (running->signal != 0)
                return 128 + running->signal;
        if (result == -ENOTRECOVERABLE)
                return end.kind == MORI_END_RETURNED ? 1 : code_of(&end);
        return result < 0 ? result : code_of(&end);
}

/* `argv` is a struct running: an entry point has nothing else to be told by. */
static MORI_ASYNC int system_main(int argc, char **argv)
{
        struct running *running = (struct running *)(void *)argv;
        int result = 0;

        (void)argc;
        running->token = mori_token_new(MORI_FOREVER);
        if (running->token == NULL)
                return -ENOMEM;
        MORI_SCOPE
        {
                MORI_IGNORE(MORI_START(stop_at_signal, running));
                MORI_SCOPE
                {
                        result = MORI_AWAIT run_with(running);
                }
                break; /* nobody waits for signals any more */
        }
        running->token = mori_token_free(running->token);
        return result;
}

int system_run(const char *path)
{
        struct opened opened;
        struct running running = {.system = &opened.manifest.system};
        int code;

        if (system_open(&opened, path))
                code = mori_run(system_main, 0, (char **)(void *)&running, NULL);
        else
                code = tell_mistakes(path, &opened.mistakes);
        system_close(&opened);
        return code;
}
