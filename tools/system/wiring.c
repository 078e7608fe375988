/* SPDX-License-Identifier: MIT */
/*
 * Where the needs of a manifest's processes are met, and the order in which they can start: of
 * those all of whose needs are met by who has started already, the first in the file is next (A. B.
 * Kahn, "Topological sorting of large networks", 1962).
 */
#include "manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- One need */

struct wiring {
        struct manifest *manifest;
        struct mistakes *mistakes;
        struct manifest_process *process;
        const struct mori_program_field *field;
        const struct tree *tree; /* where it is said */
};

static void wrong(const struct wiring *wiring, const char *text)
{
        mistake_add(wiring->mistakes, wiring->tree->line, wiring->tree->column, "%s", text);
}

/* "calculator :Calculator, memory :Memory" of what a program exports; "nothing". */
static const char *exports_of(const struct mori_program_schema *schema, char *room, size_t size)
{
        const struct mori_program_field *field;
        size_t bytes = 0;

        snprintf(room, size, "nothing");
        for (unsigned n = 0; (field = mori_program_nth(schema, MORI_PROGRAM_EXPORT, n)) != NULL &&
                             bytes < size - 140;
             n++)
                bytes += (size_t)snprintf(room + bytes, size - bytes, "%s%.60s :%.60s",
                                          n == 0 ? "" : ", ", field->name, field->type);
        return room;
}

/* The one export of a process that fits; false, with a mistake. */
static bool only_export(const struct wiring *wiring, const struct manifest_process *other,
                        unsigned *ret_index)
{
        const struct mori_program_schema *schema = other->program->schema;
        const struct mori_program_field *field;
        unsigned fitting = 0;
        char text[800], list[500];

        for (unsigned n = 0; (field = mori_program_nth(schema, MORI_PROGRAM_EXPORT, n)) != NULL;
             n++)
                if (mori_interface_extends(field->interface, wiring->field->interface) &&
                    fitting++ == 0)
                        *ret_index = n;
        if (fitting == 1)
                return true;
        exports_of(schema, list, sizeof list);
        if (fitting == 0)
                snprintf(text, sizeof text, "`%s` needs %s, and process `%s` exports %s",
                         wiring->field->name, wiring->field->type, other->name, list);
        else
                snprintf(text, sizeof text,
                         "process `%s` exports several that fit: say which, as in `%s.%s` (%s)",
                         other->name, other->name,
                         mori_program_nth(schema, MORI_PROGRAM_EXPORT, *ret_index)->name, list);
        wrong(wiring, text);
        return false;
}

/* The one that is named; false, with a mistake. */
static bool named_export(const struct wiring *wiring, const struct manifest_process *other,
                         const char *name, unsigned *ret_index)
{
        const struct mori_program_schema *schema = other->program->schema;
        const struct mori_program_field *field;
        const char *names[MORI_PROGRAM_FIELDS_MAX];
        unsigned count = 0;
        char text[400];

        while ((field = mori_program_nth(schema, MORI_PROGRAM_EXPORT, count)) != NULL) {
                if (strcmp(field->name, name) == 0)
                        break;
                names[count++] = field->name;
        }
        if (field == NULL) {
                snprintf(text, sizeof text, "process `%s` exports no", other->name);
                mistake_unknown(wiring->mistakes, wiring->tree->line, wiring->tree->column, text,
                                name, names, count);
                return false;
        }
        *ret_index = count;
        if (mori_interface_extends(field->interface, wiring->field->interface))
                return true;
        snprintf(text, sizeof text, "`%.60s` needs %.60s, and `%.30s.%.60s` is %.60s",
                 wiring->field->name, wiring->field->type, other->name, name, field->type);
        wrong(wiring, text);
        return false;
}

static struct manifest_process *process_named(const struct wiring *wiring, const char *name)
{
        struct manifest *manifest = wiring->manifest;
        const char **names = tool_alloc(manifest->count, sizeof names[0]);
        struct manifest_process *found = NULL;

        for (unsigned i = 0; i < manifest->count; i++) {
                names[i] = manifest->processes[i].name;
                if (strcmp(names[i], name) == 0)
                        found = &manifest->processes[i];
        }
        if (found == NULL)
                mistake_unknown(wiring->mistakes, wiring->tree->line, wiring->tree->column,
                                "there is no process", name, names, manifest->count);
        free(names);
        return found;
}

static bool meet(const struct wiring *wiring, struct mori_system_need *ret_need)
{
        const struct manifest_process *other;
        const char *dot;
        char *name;

        if (!value_is(wiring->tree, TREE_TEXT, "a process, or PROCESS.EXPORT", wiring->mistakes))
                return false;
        dot = strchr(wiring->tree->text, '.');
        name = tool_copy(wiring->tree->text, dot != NULL ? (size_t)(dot - wiring->tree->text)
                                                         : strlen(wiring->tree->text));
        other = process_named(wiring, name);
        free(name);
        if (other == NULL || other->program == NULL) /* the latter is told elsewhere */
                return false;
        ret_need->process = (unsigned)(other - wiring->manifest->processes);
        return dot != NULL ? named_export(wiring, other, dot + 1, &ret_need->export_index)
                           : only_export(wiring, other, &ret_need->export_index);
}

void mistake_missing(struct mistakes *mistakes, const struct manifest_process *process,
                     const struct tree *has, const struct mori_program_field *field)
{
        const struct mori_program_schema *schema = process->program->schema;

        mistake_add(mistakes, has != NULL ? has->name_line : process->tree->name_line,
                    has != NULL ? has->name_column : process->tree->name_column,
                    "process `%.60s` is not given `%s` (%s), which %s (%s) needs", process->name,
                    field->name, field->type, schema->name, schema->file);
}

static void meet_all(struct manifest *manifest, struct manifest_process *process,
                     struct mistakes *mistakes)
{
        const struct mori_program_schema *schema = process->program->schema;
        const struct tree *has = tree_member(process->tree, "has");
        struct wiring wiring = {manifest, mistakes, process, NULL, NULL};

        process->needs = tool_alloc(schema->fields_count, sizeof process->needs[0]);
        process->met = tool_alloc(schema->fields_count, sizeof process->met[0]);
        while (!mistakes_full(mistakes) &&
               (wiring.field = mori_program_nth(schema, MORI_PROGRAM_NEED,
                                                process->needs_count)) != NULL) {
                unsigned n = process->needs_count++;

                wiring.tree = has != NULL && has->kind == TREE_MAP
                                      ? tree_member(has, wiring.field->name)
                                      : NULL;
                if (wiring.tree != NULL)
                        process->met[n] = meet(&wiring, &process->needs[n]);
                else if (has == NULL || has->kind == TREE_MAP)
                        mistake_missing(mistakes, process, has, wiring.field);
        }
}

/* ---- The order */

#define NOT_PLACED UINT32_MAX

static bool can_start(const struct manifest *manifest, const struct manifest_process *process)
{
        for (unsigned n = 0; n < process->needs_count; n++)
                if (process->met[n] &&
                    manifest->processes[process->needs[n].process].place == NOT_PLACED)
                        return false;
        return true;
}

/* The first of its needs that is met by who cannot start. */
static unsigned waits_for(const struct manifest *manifest, unsigned at, unsigned *ret_need)
{
        const struct manifest_process *process = &manifest->processes[at];

        for (unsigned n = 0; n < process->needs_count; n++)
                if (process->met[n] &&
                    manifest->processes[process->needs[n].process].place == NOT_PLACED) {
                        *ret_need = n;
                        return process->needs[n].process;
                }
        return at;
}

/* Of those that are left each waits for another one, so who follows that finds a circle. */
static void tell_circle(struct manifest *manifest, unsigned at, struct mistakes *mistakes)
{
        bool *seen = tool_alloc(manifest->count, sizeof seen[0]);
        const struct mori_program_field *field;
        unsigned first, need = 0;
        const struct tree *tree;
        char text[700];
        size_t bytes;

        while (!seen[at]) {
                seen[at] = true;
                at = waits_for(manifest, at, &need);
        }
        first = at;
        bytes = (size_t)snprintf(text, sizeof text, "%s", manifest->processes[at].name);
        do {
                at = waits_for(manifest, at, &need);
                if (bytes < sizeof text - 60)
                        bytes += (size_t)snprintf(text + bytes, sizeof text - bytes, "%s%s",
                                                  " needs ", manifest->processes[at].name);
                if (bytes < sizeof text - 60 && at != first)
                        bytes += (size_t)snprintf(text + bytes, sizeof text - bytes, ", which");
        } while (at != first);
        (void)waits_for(manifest, first, &need);
        field = mori_program_nth(manifest->processes[first].program->schema, MORI_PROGRAM_NEED,
                                 need);
        tree = tree_member(tree_member(manifest->processes[first].tree, "has"), field->name);
        manifest->processes[first].met[need] = false; /* there may be others */
        mistake_add(mistakes, tree->line, tree->column, "a circle that cannot start: %s", text);
        free(seen);
}

static void place_all(struct manifest *manifest, struct mistakes *mistakes)
{
        unsigned placed = 0, i = 0;

        manifest->order = tool_alloc(manifest->count, sizeof manifest->order[0]);
        for (i = 0; i < manifest->count; i++)
                manifest->processes[i].place = NOT_PLACED;
        while (placed < manifest->count && !mistakes_full(mistakes)) {
                for (i = 0; i < manifest->count; i++)
                        if (manifest->processes[i].place == NOT_PLACED &&
                            can_start(manifest, &manifest->processes[i]))
                                break;
                if (i == manifest->count) {
                        for (i = 0; manifest->processes[i].place != NOT_PLACED; i++)
                                ;
                        tell_circle(manifest, i, mistakes);
                        continue;
                }
                manifest->processes[i].place = placed;
                manifest->order[placed++] = &manifest->processes[i];
        }
}

void wire(struct manifest *manifest, struct mistakes *mistakes)
{
        for (unsigned i = 0; i < manifest->count; i++)
                if (manifest->processes[i].program != NULL)
                        meet_all(manifest, &manifest->processes[i], mistakes);
        place_all(manifest, mistakes);
}
