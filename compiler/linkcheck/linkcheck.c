/* SPDX-License-Identifier: MIT */
/*
 * mori-linkcheck: names every path from an async function to a call that may block, however deep.
 *
 * From each async function it goes through the calls to sync functions, breadth first, so that the
 * path it names is a shortest one. It does not go on through other async functions (they are looked
 * at by themselves), through functions whose authors vouch for them (mori_nonblocking), or through
 * functions that nobody has notes of: of those only the names are judged (blocking/blocking.h). A
 * function whose address is passed to a sync function counts as called by the one that passes it,
 * as qsort() calls its comparison; one that is passed to an async function does not, because that
 * is how work is handed to a thread that may block.
 *
 * Each call that may block is named once for each async function that reaches it. Calls through
 * pointers are not followed: nobody knows where they lead.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../blocking/blocking.h"
#include "graph.h"
#include "notes_reader.h"

enum exit_status { EXIT_CLEAN = 0, EXIT_FOUND = 1, EXIT_USAGE = 2 };

struct options {
        bool json, graph;
};

static const char usage[] =
        "usage: mori-linkcheck [options] FILE...\n"
        "Names every path from an async function to a call that may block.\n"
        "FILE is an object, an archive, a shared object or a program, compiled by moricc.\n"
        "\n"
        "  --library FILE   FILE is a library: paths may lead through it, but its own async\n"
        "                   functions are not looked at\n"
        "  --json           print JSON\n"
        "  --graph          print the call graph instead, one call a line\n"
        "  --help           print this\n"
        "\n"
        "Exit status: 0 when there is no such path, 1 when there is, 2 when a file cannot be "
        "read.\n";

/* Why a call of this function may block; null if nothing is known against it. */
static const char *reason_of(const struct graph_function *function)
{
        if (function->vouched || function->async)
                return NULL;
        if (function->blocks)
                return function->blocks;
        return function->file ? NULL : blocking_function_reason(function->name);
}

static void print_json_string(const char *text)
{
        putchar('"');
        for (; *text; text++) {
                unsigned char c = (unsigned char)*text;

                if (c == '"' || c == '\\')
                        printf("\\%c", c);
                else if (c < ' ')
                        printf("\\u%04x", c);
                else
                        putchar(c);
        }
        putchar('"');
}

static void print_step(const struct options *options, const struct graph_function *function,
                       const char *file, int line)
{
        if (!options->json) {
                printf("%s%s (%s:%d)", function->async ? "async " : " -> ", function->name, file,
                       line);
                return;
        }
        printf("%s{\"function\": ", function->async ? "" : ", ");
        print_json_string(function->name);
        printf(", \"file\": ");
        print_json_string(file);
        printf(", \"line\": %d}", line);
}

/* From the async function at the far end of `reached_from` to this one. */
static void print_way_to(const struct options *options, const struct graph_function *function)
{
        if (function->reached_from)
                print_way_to(options, function->reached_from);
        print_step(options, function, function->file, function->line);
}

static void print_path(const struct options *options, const struct graph_function *caller,
                       const struct graph_edge *edge, const char *reason, unsigned long found)
{
        if (options->json)
                printf("%s  {\"path\": [", found ? ",\n" : "");
        print_way_to(options, caller);
        print_step(options, edge->callee, caller->file, edge->line);
        if (options->json) {
                printf("], \"reason\": ");
                print_json_string(reason);
                putchar('}');
        } else {
                printf(": may block: %s\n", reason);
        }
}

static bool is_followed(const struct graph_edge *edge)
{
        return edge->kind == GRAPH_CALL || edge->kind == GRAPH_PASSED_TO_SYNC;
}

/* Whether an earlier edge of this function leads to the same call: one report is enough. */
static bool is_repeated(const struct graph_function *function, size_t index)
{
        for (size_t i = 0; i < index; i++) {
                if (function->edges[i].callee == function->edges[index].callee &&
                    function->edges[i].line == function->edges[index].line &&
                    is_followed(&function->edges[i]))
                        return true;
        }
        return false;
}

static unsigned long search_from(const struct options *options, struct graph_function *root,
                                 unsigned long round, unsigned long found)
{
        struct graph_function *first = root, *last = root;

        root->reached_in = round;
        root->reached_from = NULL;
        root->queue_next = NULL;
        for (; first; first = first->queue_next) {
                for (size_t i = 0; i < first->edge_count; i++) {
                        struct graph_edge *edge = &first->edges[i];
                        struct graph_function *callee = edge->callee;
                        const char *reason = reason_of(callee);

                        if (!is_followed(edge) || is_repeated(first, i))
                                continue;
                        if (reason) {
                                print_path(options, first, edge, reason, found);
                                found++;
                        }
                        if (reason || callee->async || callee->vouched ||
                            callee->reached_in == round)
                                continue;
                        callee->reached_in = round;
                        callee->reached_from = first;
                        callee->queue_next = NULL;
                        last->queue_next = callee;
                        last = callee;
                }
        }
        return found;
}

static unsigned long search_all(const struct options *options, struct graph *graph)
{
        unsigned long found = 0;

        if (options->json)
                printf("{\"paths\": [\n");
        for (size_t i = 0; i < graph->function_count; i++) {
                struct graph_function *function = graph->functions[i];

                if (function->async && function->file && !function->library && !function->vouched)
                        found = search_from(options, function, i + 1, found);
        }
        if (options->json)
                printf("%s]}\n", found ? "\n" : "");
        return found;
}

static void print_graph(const struct graph *graph)
{
        static const char *const words[] = {
                [GRAPH_CALL] = "calls",
                [GRAPH_PASSED_TO_SYNC] = "passes to a sync function",
                [GRAPH_PASSED_TO_ASYNC] = "passes to an async function",
                [GRAPH_STORED] = "stores",
        };

        for (size_t i = 0; i < graph->function_count; i++) {
                const struct graph_function *function = graph->functions[i];

                for (size_t j = 0; j < function->edge_count; j++) {
                        const struct graph_edge *edge = &function->edges[j];

                        printf("%s:%d: %s%s %s %s%s\n", function->file, edge->line,
                               function->async ? "async " : "", function->name, words[edge->kind],
                               edge->callee->async ? "async " : "", edge->callee->name);
                }
        }
}

static int add_section(void *data, const char *where, char *bytes, size_t count)
{
        (void)count;
        return graph_add_notes(data, where, bytes);
}

int main(int count, char **words)
{
        struct options options = {0};
        struct graph graph = {0};
        unsigned long found = 0;
        int files = 0;

        for (int i = 1; i < count; i++) {
                const char *word = words[i];

                graph.library = false;
                if (strcmp(word, "--help") == 0) {
                        fputs(usage, stdout);
                        return EXIT_CLEAN;
                } else if (strcmp(word, "--json") == 0) {
                        options.json = true;
                        continue;
                } else if (strcmp(word, "--graph") == 0) {
                        options.graph = true;
                        continue;
                } else if (strcmp(word, "--library") == 0 && words[i + 1]) {
                        graph.library = true;
                        word = words[++i];
                } else if (word[0] == '-') {
                        fprintf(stderr, "mori-linkcheck: unknown option %s\n%s", word, usage);
                        return EXIT_USAGE;
                }
                if (notes_read_sections(word, ".mori.notes", add_section, &graph))
                        return EXIT_USAGE;
                files++;
        }
        if (!files) {
                fputs(usage, stderr);
                return EXIT_USAGE;
        }
        if (graph_link(&graph)) {
                fprintf(stderr, "mori-linkcheck: %s\n", strerror(ENOMEM));
                return EXIT_USAGE;
        }
        if (options.graph)
                print_graph(&graph);
        else
                found = search_all(&options, &graph);
        graph_deinit(&graph);
        return found ? EXIT_FOUND : EXIT_CLEAN;
}
