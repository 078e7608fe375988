/* SPDX-License-Identifier: MIT */
/*
 * mori-linkcheck: names every path, however deep, from an async function to a call that may block,
 * and from an offloaded function to a variable that it shares with others.
 *
 * From each such function it goes through the calls to sync functions, breadth first, so that the
 * path it names is a shortest one. It does not go on through other async functions (they are looked
 * at by themselves), through functions whose authors vouch for them (mori_nonblocking for the one
 * search, mori_thread_safe for the other), or through functions that nobody has notes of: of those
 * only the names are judged (blocking/blocking.h). A function whose address is passed to a sync
 * function counts as called by the one that passes it, as qsort() calls its comparison; one that is
 * passed to an async function does not, because that is how work is handed to a thread.
 *
 * Each call that may block is named once for each async function that reaches it, each mention of a
 * variable once for each offloaded function. Calls through pointers are not followed: nobody knows
 * where they lead.
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
        "Names every path from an async function to a call that may block, and from an offloaded\n"
        "function to a mutable static or thread-local variable.\n"
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

/* A step of a path: what it is in JSON, its name and place; `lead` stands before it in text. */
static void print_step(const struct options *options, const char *lead, const char *what,
                       const char *name, const char *file, int line)
{
        if (!options->json) {
                printf("%s%s (%s:%d)", lead, name, file, line);
                return;
        }
        printf("%s{\"%s\": ", strcmp(lead, " -> ") == 0 ? ", " : "", what);
        print_json_string(name);
        printf(", \"file\": ");
        print_json_string(file);
        printf(", \"line\": %d}", line);
}

/* From the function at the far end of `reached_from` to this one. */
static void print_way_to(const struct options *options, const struct graph_function *function)
{
        const char *lead = function->async ? "async " : "offloaded ";

        if (function->reached_from) {
                print_way_to(options, function->reached_from);
                lead = " -> ";
        }
        print_step(options, lead, "function", function->name, function->file, function->line);
}

/* A path that ends in what a function does on a line of it: the last step, and what is wrong. */
static void print_path(const struct options *options, const struct graph_function *function,
                       const char *what, const char *name, int line, const char *problem,
                       unsigned long found)
{
        if (options->json)
                printf("%s  {\"path\": [", found ? ",\n" : "");
        print_way_to(options, function);
        print_step(options, " -> ", what, name, function->file, line);
        if (options->json) {
                printf("], \"reason\": ");
                print_json_string(problem);
                putchar('}');
        } else {
                printf(": %s%s\n", strcmp(what, "function") == 0 ? "may block: " : "", problem);
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

/* What is looked for on the ways from a function. */
struct search {
        const struct options *options;
        /* Names what is wrong in this function, and counts it. */
        void (*look)(struct search *search, const struct graph_function *function);
        /* Whether the way ends before this function. */
        bool (*ends_at)(const struct graph_function *function);
        unsigned long round, found; /* both count on over all searches */
};

static void look_for_blocking(struct search *search, const struct graph_function *function)
{
        for (size_t i = 0; i < function->edge_count; i++) {
                const struct graph_edge *edge = &function->edges[i];
                const char *reason = reason_of(edge->callee);

                if (reason && is_followed(edge) && !is_repeated(function, i))
                        print_path(search->options, function, "function", edge->callee->name,
                                   edge->line, reason, search->found++);
        }
}

static bool ends_blocking(const struct graph_function *function)
{
        return function->async || function->vouched || reason_of(function);
}

static void look_for_sharing(struct search *search, const struct graph_function *function)
{
        for (size_t i = 0; i < function->variable_count; i++) {
                const struct graph_variable *variable = &function->variables[i];
                bool repeated = false;

                for (size_t j = 0; j < i; j++)
                        repeated |= function->variables[j].line == variable->line &&
                                    strcmp(function->variables[j].name, variable->name) == 0;
                if (!repeated)
                        print_path(search->options, function, "variable", variable->name,
                                   variable->line,
                                   variable->thread_local_used
                                           ? "thread-local: calls share it that happen to run on "
                                             "one thread"
                                           : "mutable and static: others run at the same time",
                                   search->found++);
        }
}

static bool ends_sharing(const struct graph_function *function)
{
        return function->async || function->thread_safe;
}

static void search_from(struct search *search, struct graph_function *root)
{
        struct graph_function *first = root, *last = root;

        root->reached_in = ++search->round;
        root->reached_from = NULL;
        root->queue_next = NULL;
        for (; first; first = first->queue_next) {
                search->look(search, first);
                for (size_t i = 0; i < first->edge_count; i++) {
                        struct graph_function *callee = first->edges[i].callee;

                        if (!is_followed(&first->edges[i]) || search->ends_at(callee) ||
                            callee->reached_in == search->round)
                                continue;
                        callee->reached_in = search->round;
                        callee->reached_from = first;
                        callee->queue_next = NULL;
                        last->queue_next = callee;
                        last = callee;
                }
        }
}

static unsigned long search_all(const struct options *options, struct graph *graph)
{
        struct search search = {.options = options};

        if (options->json)
                printf("{\"paths\": [\n");
        search.look = look_for_blocking;
        search.ends_at = ends_blocking;
        for (size_t i = 0; i < graph->function_count; i++) {
                struct graph_function *function = graph->functions[i];

                if (function->async && function->file && !function->library && !function->vouched)
                        search_from(&search, function);
        }
        search.look = look_for_sharing;
        search.ends_at = ends_sharing;
        for (size_t i = 0; i < graph->function_count; i++) {
                struct graph_function *function = graph->functions[i];

                if (function->offloaded && !ends_sharing(function))
                        search_from(&search, function);
        }
        if (options->json)
                printf("%s]}\n", search.found ? "\n" : "");
        return search.found;
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
