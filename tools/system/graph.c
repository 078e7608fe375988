/* SPDX-License-Identifier: MIT */
/*
 * An arrow goes from who has a reference to whom it leads, with what that is to the one and to the
 * other; a process that ends the system has two borders.
 */
#include "graph.h"

#include "../tool.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* What stands between quotation marks. */
static void write_text(FILE *to, const char *text)
{
        for (; *text != '\0'; text++) {
                if (*text == '"' || *text == '\\')
                        fputc('\\', to);
                fputc(*text, to);
        }
}

static void write_process(FILE *to, const struct manifest_process *process)
{
        fprintf(to, "        \"%s\" [label=\"%s\\n", process->name, process->name);
        write_text(to, process->program_name);
        fprintf(to, "\"%s];\n", process->plan.ends ? ", peripheries=2" : "");
}

static void write_needs(FILE *to, const struct manifest *manifest,
                        const struct manifest_process *process)
{
        for (unsigned n = 0; n < process->needs_count; n++) {
                const struct manifest_process *other =
                        &manifest->processes[process->needs[n].process];
                const struct mori_program_field *need = mori_program_nth(process->program->schema,
                                                                     MORI_PROGRAM_NEED, n),
                                                *met = mori_program_nth(other->program->schema,
                                                                    MORI_PROGRAM_EXPORT,
                                                                    process->needs[n].export_index);

                fprintf(to, "        \"%s\" -> \"%s\" [label=\"%s\", tooltip=\"%s is %s: %s\"];\n",
                        process->name, other->name, need->name, need->name, met->name, met->type);
        }
}

int graph_write(const struct manifest *manifest, const char *title, FILE *to)
{
        fprintf(to, "digraph \"");
        write_text(to, title);
        fprintf(to, "\" {\n        node [shape=box, fontname=\"sans-serif\"];\n"
                    "        edge [fontname=\"sans-serif\", fontsize=10];\n");
        for (unsigned i = 0; i < manifest->count; i++)
                write_process(to, &manifest->processes[i]);
        for (unsigned i = 0; i < manifest->count; i++)
                write_needs(to, manifest, &manifest->processes[i]);
        fprintf(to, "}\n");
        if (fflush(to) == 0 && !ferror(to))
                return 0;
        fprintf(stderr, "mori: the graph cannot be written: %s\n", strerror(errno));
        return EXIT_INCOMPLETE;
}

int graph_write_svg(const struct manifest *manifest, const char *title)
{
        char name[] = "dot", format[] = "-Tsvg", *arguments[] = {name, format, NULL};
        posix_spawn_file_actions_t actions;
        int ends[2], status = 0, error, code = EXIT_INCOMPLETE;
        FILE *to;
        pid_t child;

        if (pipe(ends) < 0) {
                fprintf(stderr, "mori: %s\n", strerror(errno));
                return EXIT_INCOMPLETE;
        }
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0);
        posix_spawn_file_actions_addclose(&actions, ends[1]);
        error = posix_spawnp(&child, name, &actions, NULL, arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
        close(ends[0]);
        to = fdopen(ends[1], "w");
        if (error != 0 || to == NULL) {
                fprintf(stderr,
                        "mori: graphviz's dot, which makes the SVG, cannot be run: %s (Debian: "
                        "package graphviz)\n",
                        strerror(error != 0 ? error : errno));
                if (to != NULL)
                        fclose(to);
                return EXIT_INCOMPLETE;
        }
        signal(SIGPIPE, SIG_IGN); /* it says what is wrong itself */
        (void)graph_write(manifest, title, to);
        fclose(to);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
                ;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
                code = 0;
        else
                fprintf(stderr, "mori: graphviz's dot has failed\n");
        return code;
}
