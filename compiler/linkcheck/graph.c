/* SPDX-License-Identifier: MIT */
/*
 * See graph.h. The tree of names is tsearch()'s, ordered by name and unit.
 */
#include "graph.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "notes_reader.h"

static int compare_functions(const void *left, const void *right)
{
        const struct graph_function *a = left, *b = right;
        int names = strcmp(a->name, b->name);

        return names ? names : (a->unit > b->unit) - (a->unit < b->unit);
}

static struct graph_function *find(struct graph *graph, const char *name, unsigned unit)
{
        struct graph_function key = {.name = (char *)(size_t)name, .unit = unit};
        void *found = tfind(&key, &graph->by_name, compare_functions);

        return found ? *(struct graph_function **)found : NULL;
}

static struct graph_function *find_or_add(struct graph *graph, const char *name, unsigned unit)
{
        struct graph_function *function = find(graph, name, unit);
        struct graph_function **functions;

        if (function)
                return function;
        function = calloc(1, sizeof(*function));
        functions = realloc(graph->functions, (graph->function_count + 1) * sizeof(*functions));
        if (!function || !functions) {
                free(function);
                return NULL;
        }
        graph->functions = functions;
        function->name = strdup(name);
        function->unit = unit;
        if (!function->name || !tsearch(function, &graph->by_name, compare_functions)) {
                free(function->name);
                free(function);
                return NULL;
        }
        graph->functions[graph->function_count++] = function;
        return function;
}

static int set_flags(struct graph_function *function, const char *flags, const char *why)
{
        for (; *flags; flags++) {
                if (*flags == 'a')
                        function->async = true;
                else if (*flags == 'l')
                        function->local = true;
                else if (*flags == 'v')
                        function->vouched = true;
                else if (*flags == 't')
                        function->thread_safe = true;
                else if (*flags == 'b' && !function->blocks) {
                        function->blocks = strdup(why ? why : "its author says so");
                        if (!function->blocks)
                                return -ENOMEM;
                }
        }
        return 0;
}

static int add_definition(struct graph *graph, char *rest)
{
        const char *name = notes_field(&rest), *file = notes_field(&rest),
                   *line = notes_field(&rest);
        const char *flags = notes_field(&rest), *why = notes_field(&rest);
        struct graph_function *function;

        if (!flags)
                return -EINVAL;
        function = find_or_add(graph, name, strchr(flags, 'l') ? graph->unit_count : 0);
        if (!function)
                return -ENOMEM;
        graph->current = function;
        if (function->file) {
                /* the second definition of a global name: its lines are skipped */
                graph->current = NULL;
                return 0;
        }
        function->file = strdup(file);
        function->line = atoi(line);
        function->library = graph->library;
        return function->file ? set_flags(function, flags, why) : -ENOMEM;
}

static int add_declaration(struct graph *graph, char *rest)
{
        const char *name = notes_field(&rest), *flags = notes_field(&rest),
                   *why = notes_field(&rest);
        struct graph_function *function;

        if (!flags)
                return -EINVAL;
        function = find_or_add(graph, name, strchr(flags, 'l') ? graph->unit_count : 0);
        return function ? set_flags(function, flags, why) : -ENOMEM;
}

static int add_edge(struct graph *graph, char *rest, bool call)
{
        const char *name = notes_field(&rest), *line = notes_field(&rest),
                   *flags = notes_field(&rest);
        struct graph_function *function = graph->current;
        struct graph_edge *edges;

        if (!line || (!call && !flags))
                return -EINVAL;
        if (!function)
                return 0;
        edges = realloc(function->edges, (function->edge_count + 1) * sizeof(*edges));
        if (!edges)
                return -ENOMEM;
        function->edges = edges;
        edges += function->edge_count;
        *edges = (struct graph_edge){.callee_name = strdup(name), .line = atoi(line)};
        if (!edges->callee_name)
                return -ENOMEM;
        if (!call)
                edges->kind = *flags == 's'   ? GRAPH_PASSED_TO_SYNC
                              : *flags == 'a' ? GRAPH_PASSED_TO_ASYNC
                                              : GRAPH_STORED;
        /* Names are looked up when all are known, but which unit they are of is known now only. */
        edges->callee = find_or_add(graph, name, graph->unit_count);
        function->edge_count++;
        return edges->callee ? 0 : -ENOMEM;
}

static int add_variable(struct graph *graph, char *rest)
{
        const char *name = notes_field(&rest), *line = notes_field(&rest),
                   *kind = notes_field(&rest);
        struct graph_function *function = graph->current;
        struct graph_variable *variables;

        if (!kind)
                return -EINVAL;
        if (!function)
                return 0;
        variables = realloc(function->variables,
                            (function->variable_count + 1) * sizeof(*variables));
        if (!variables)
                return -ENOMEM;
        function->variables = variables;
        variables += function->variable_count;
        *variables = (struct graph_variable){
                .name = strdup(name), .line = atoi(line), .thread_local_used = *kind == 't'};
        if (!variables->name)
                return -ENOMEM;
        function->variable_count++;
        return 0;
}

static int add_offloaded(struct graph *graph, char *rest)
{
        const char *name = notes_field(&rest);
        struct graph_function *function =
                name ? find_or_add(graph, name, graph->unit_count) : NULL;

        if (!name)
                return -EINVAL;
        if (!function)
                return -ENOMEM;
        function->offloaded = !graph->library;
        return 0;
}

static int add_line(struct graph *graph, char *line)
{
        char *rest = line;
        const char *kind = notes_field(&rest);

        if (!kind)
                return 0;
        switch (kind[0]) {
        case 'u': {
                const char *version = notes_field(&rest);

                graph->unit_count++;
                graph->current = NULL;
                return version && strcmp(version, "2") == 0 ? 0 : -EPROTO;
        }
        case 'f':
                return add_definition(graph, rest);
        case 'd':
                return add_declaration(graph, rest);
        case 'c':
                return add_edge(graph, rest, true);
        case 't':
                return add_edge(graph, rest, false);
        case 's':
                return add_variable(graph, rest);
        case 'r':
                return add_offloaded(graph, rest);
        case 'i':
                return 0;
        default:
                return -EPROTO;
        }
}

int graph_add_notes(struct graph *graph, const char *where, char *text)
{
        char *line, *rest = text;

        while ((line = strsep(&rest, "\n"))) {
                int error = add_line(graph, line);

                if (error) {
                        fprintf(stderr, "%s: the notes of the compiler cannot be read: %s\n", where,
                                error == -EPROTO ? "another version wrote them" : strerror(-error));
                        return error;
                }
        }
        return 0;
}

int graph_link(struct graph *graph)
{
        size_t count = graph->function_count;

        for (size_t i = 0; i < count; i++) {
                struct graph_function *function = graph->functions[i];

                if (function->offloaded && !function->local && function->unit) {
                        struct graph_function *global = find_or_add(graph, function->name, 0);

                        if (!global)
                                return -ENOMEM;
                        function->offloaded = false;
                        global->offloaded = true;
                }
                for (size_t j = 0; j < function->edge_count; j++) {
                        struct graph_edge *edge = &function->edges[j];

                        /*
                         * A name that its unit does not define as static is that of a global
                         * function.
                         */
                        if (!edge->callee->local)
                                edge->callee = find_or_add(graph, edge->callee_name, 0);
                        if (!edge->callee)
                                return -ENOMEM;
                }
        }
        return 0;
}

static void free_nothing(void *node)
{
        (void)node;
}

void graph_deinit(struct graph *graph)
{
        tdestroy(graph->by_name, free_nothing);
        for (size_t i = 0; i < graph->function_count; i++) {
                struct graph_function *function = graph->functions[i];

                for (size_t j = 0; j < function->edge_count; j++)
                        free(function->edges[j].callee_name);
                free(function->edges);
                for (size_t j = 0; j < function->variable_count; j++)
                        free(function->variables[j].name);
                free(function->variables);
                free(function->name);
                free(function->file);
                free(function->blocks);
                free(function);
        }
        free(graph->functions);
        *graph = (struct graph){0};
}
