/* SPDX-License-Identifier: MIT */
/*
 * The manifest, from the top: which keys there are, and what stands behind them. What is wrong with
 * one process does not keep the others from being looked at.
 */
#include "manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
        struct manifest *manifest;
        const struct program_source *programs;
        struct mistakes *mistakes;
};

/* A key, and who reads what stands behind it. */
struct key {
        const char *name;
        void (*read)(struct reading *reading, struct tree *tree, void *into);
};

#define KEYS_MAX 8

/* Reads a map whose keys are known. */
static void read_keys(struct reading *reading, struct tree *map, const char *what,
                      const struct key *keys, void *into)
{
        const char *names[KEYS_MAX];
        size_t count = 0;

        if (!value_is(map, TREE_MAP, what, reading->mistakes))
                return;
        for (; keys[count].name != NULL; count++)
                names[count] = keys[count].name;
        for (struct tree *member = map->first; member != NULL && !mistakes_full(reading->mistakes);
             member = member->next) {
                size_t i = 0;

                while (i < count && strcmp(names[i], member->name) != 0)
                        i++;
                if (i < count)
                        keys[i].read(reading, member, into);
                else
                        mistake_unknown(reading->mistakes, member->name_line, member->name_column,
                                        "unknown key", member->name, names, count);
        }
}

/* ---- A process */

static void read_program(struct reading *reading, struct tree *tree, void *into)
{
        struct manifest_process *process = into;
        char why[1000] = "";

        if (!value_is(tree, TREE_TEXT, "the name of a program", reading->mistakes))
                return;
        process->program_name = tree->text;
        process->program =
                reading->programs->find(reading->programs->context, tree->text, why, sizeof why);
        if (process->program == NULL)
                mistake_add(reading->mistakes, tree->line, tree->column, "program `%.200s`: %s",
                            tree->text, why);
}

static void read_later(struct reading *reading, struct tree *tree, void *into)
{
        (void)reading;
        (void)tree;
        (void)into;
}

static void read_restart(struct reading *reading, struct tree *tree, void *into)
{
        static const char *const names[] = {"never", "failure", "always"};
        static const enum mori_restart restarts[] = {MORI_RESTART_TEMPORARY, MORI_RESTART_TRANSIENT,
                                                     MORI_RESTART_PERMANENT};
        struct manifest_process *process = into;
        size_t index;

        if (value_choice(tree, names, 3, &index, reading->mistakes))
                process->plan.restart = restarts[index];
}

static void read_stop(struct reading *reading, struct tree *tree, void *into)
{
        struct manifest_process *process = into;
        int64_t ns;

        if (value_duration(tree, 0, &ns, reading->mistakes))
                process->plan.limit = ns != 0 ? ns : -1; /* at once */
}

static void read_activities(struct reading *reading, struct tree *tree, void *into)
{
        struct manifest_process *process = into;
        uint64_t number;

        if (value_number(tree, 1, UINT32_MAX, &number, reading->mistakes))
                process->plan.options.activities_max = (uint32_t)number;
}

static void read_heap(struct reading *reading, struct tree *tree, void *into)
{
        struct manifest_process *process = into;

        if (value_bytes(tree, &process->plan.options.heap_max, reading->mistakes) &&
            process->plan.options.heap_max < 64 * 1024)
                mistake_add(reading->mistakes, tree->line, tree->column,
                            "a heap has at least 64 KiB");
}

static void read_messages(struct reading *reading, struct tree *tree, void *into)
{
        struct manifest_process *process = into;

        (void)value_number(tree, 1, UINT64_MAX, &process->plan.options.messages_max,
                           reading->mistakes);
}

static void read_cpu(struct reading *reading, struct tree *tree, void *into)
{
        struct manifest_process *process = into;
        int64_t ns;

        if (value_duration(tree, 1, &ns, reading->mistakes))
                process->plan.options.cpu_max = (uint64_t)ns;
}

static void read_quota(struct reading *reading, struct tree *tree, void *into)
{
        static const struct key keys[] = {{"activities", read_activities},
                                          {"heap", read_heap},
                                          {"messages", read_messages},
                                          {"cpu", read_cpu},
                                          {NULL, NULL}};

        read_keys(reading, tree, "a map of quotas (activities, heap, messages, cpu)", keys, into);
}

static const struct key process_keys[] = {
        {"program", read_program}, {"has", read_later}, /* it needs the program */
        {"restart", read_restart}, {"stop-within", read_stop}, {"quota", read_quota}, {NULL, NULL}};

/* ---- What it has */

static const struct mori_program_field *field_named(const struct mori_program_schema *schema,
                                                    const char *name)
{
        for (unsigned i = 0; i < schema->fields_count; i++)
                if (strcmp(schema->fields[i].name, name) == 0)
                        return &schema->fields[i];
        return NULL;
}

/* Settings that have to be given, and are not. */
static void tell_required(struct reading *reading, const struct manifest_process *process,
                          const struct tree *has)
{
        const struct mori_program_schema *schema = process->program->schema;

        for (unsigned i = 0; i < schema->fields_count; i++) {
                const struct mori_program_field *field = &schema->fields[i];

                if (field->required && (has == NULL || (has->kind == TREE_MAP &&
                                                        tree_member(has, field->name) == NULL)))
                        mistake_missing(reading->mistakes, process, has, field);
        }
}

/* Its settings; its needs are met when all processes are known. */
static void read_has(struct reading *reading, struct manifest_process *process)
{
        const struct mori_program_schema *schema = process->program->schema;
        struct tree *has = tree_member(process->tree, "has");
        const char *names[MORI_PROGRAM_FIELDS_MAX];
        const struct mori_program_field *field;
        size_t count = 0;

        process->settings = tool_alloc(1, schema->bytes);
        mori_program_defaults(schema, process->settings);
        tell_required(reading, process, has);
        if (has == NULL || !value_is(has, TREE_MAP, "a map of what it has", reading->mistakes))
                return;
        for (unsigned i = 0; i < schema->fields_count; i++)
                if (schema->fields[i].kind != MORI_PROGRAM_EXPORT)
                        names[count++] = schema->fields[i].name;
        for (struct tree *member = has->first; member != NULL && !mistakes_full(reading->mistakes);
             member = member->next) {
                char what[120];

                field = field_named(schema, member->name);
                snprintf(what, sizeof what, "%.40s (%.60s) has no", schema->name, schema->file);
                if (field == NULL)
                        mistake_unknown(reading->mistakes, member->name_line, member->name_column,
                                        what, member->name, names, count);
                else if (field->kind == MORI_PROGRAM_EXPORT)
                        mistake_add(reading->mistakes, member->name_line, member->name_column,
                                    "`%s` is what %s exports, and is not given to it", member->name,
                                    schema->name);
                else if (field->kind != MORI_PROGRAM_NEED)
                        value_read(field, member, process->settings, reading->mistakes);
        }
}

/* ---- The whole */

static bool name_is_good(const char *name)
{
        size_t bytes = strspn(name, "abcdefghijklmnopqrstuvwxyz"
                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

        return bytes > 0 && name[bytes] == '\0' && bytes <= MORI_PROCESS_NAME_MAX;
}

static void read_process(struct reading *reading, struct tree *tree,
                         struct manifest_process *process)
{
        process->tree = tree;
        process->name = process->plan.name = tree->name;
        process->plan.restart = MORI_RESTART_TEMPORARY;
        if (!name_is_good(tree->name))
                mistake_add(reading->mistakes, tree->name_line, tree->name_column,
                            "`%.60s` is no name of a process: letters, digits, - and _, at most "
                            "%d",
                            tree->name, MORI_PROCESS_NAME_MAX);
        read_keys(reading, tree, "what the process is (program, has, restart ...)", process_keys,
                  process);
        if (tree->kind != TREE_MAP)
                return;
        if (tree_member(tree, "program") == NULL)
                mistake_add(reading->mistakes, tree->name_line, tree->name_column,
                            "process `%.60s` has no `program`", tree->name);
        if (process->program != NULL)
                read_has(reading, process);
}

static void read_processes(struct reading *reading, struct tree *tree, void *into)
{
        struct manifest *manifest = into;
        size_t count = 0;

        if (!value_is(tree, TREE_MAP, "a map of processes by their names", reading->mistakes) ||
            manifest->processes != NULL)
                return;
        for (const struct tree *member = tree->first; member != NULL; member = member->next)
                count++;
        if (count == 0 || count > MORI_SYSTEM_PROCESSES_MAX) {
                mistake_add(reading->mistakes, tree->line, tree->column,
                            "a system has 1 to %d processes, not %zu", MORI_SYSTEM_PROCESSES_MAX,
                            count);
                return;
        }
        manifest->processes = tool_alloc(count, sizeof manifest->processes[0]);
        for (struct tree *member = tree->first;
             member != NULL && !mistakes_full(reading->mistakes); member = member->next)
                read_process(reading, member, &manifest->processes[manifest->count++]);
}

static void end_with(struct reading *reading, const struct tree *tree)
{
        struct manifest *manifest = reading->manifest;
        const char **names = tool_alloc(manifest->count, sizeof names[0]);
        bool found = false;

        for (unsigned i = 0; i < manifest->count; i++) {
                names[i] = manifest->processes[i].name;
                if (tree->kind == TREE_TEXT && strcmp(names[i], tree->text) == 0)
                        found = manifest->processes[i].plan.ends = true;
        }
        if (!found && value_is(tree, TREE_TEXT, "the name of a process", reading->mistakes))
                mistake_unknown(reading->mistakes, tree->line, tree->column, "there is no process",
                                tree->text, names, manifest->count);
        free(names);
}

/* When the processes are known. */
static void read_ends(struct reading *reading, const struct tree *tree)
{
        if (tree->kind != TREE_LIST)
                end_with(reading, tree);
        else
                for (const struct tree *item = tree->first;
                     item != NULL && !mistakes_full(reading->mistakes); item = item->next)
                        end_with(reading, item);
}

static void read_restarts_max(struct reading *reading, struct tree *tree, void *into)
{
        struct manifest *manifest = into;
        uint64_t number;

        if (value_number(tree, 0, MORI_RESTARTS_MAX, &number, reading->mistakes))
                manifest->system.restarts_max = (unsigned)number;
}

static void read_within(struct reading *reading, struct tree *tree, void *into)
{
        struct manifest *manifest = into;

        (void)value_duration(tree, 1, &manifest->system.restarts_within, reading->mistakes);
}

static void read_pause(struct reading *reading, struct tree *tree, void *into)
{
        struct manifest *manifest = into;

        (void)value_duration(tree, 0, &manifest->system.pause, reading->mistakes);
}

static void read_pause_max(struct reading *reading, struct tree *tree, void *into)
{
        struct manifest *manifest = into;

        (void)value_duration(tree, 1, &manifest->system.pause_max, reading->mistakes);
}

static void read_restarts(struct reading *reading, struct tree *tree, void *into)
{
        static const struct key keys[] = {{"max", read_restarts_max},
                                          {"within", read_within},
                                          {"pause", read_pause},
                                          {"pause-max", read_pause_max},
                                          {NULL, NULL}};
        struct manifest *manifest = into;

        read_keys(reading, tree, "a map (max, within, pause, pause-max)", keys, into);
        if (manifest->system.restarts_within == 0) /* none at all can be said then */
                manifest->system.restarts_within = MORI_S(5);
        if (tree->kind == TREE_MAP && tree_member(tree, "max") == NULL)
                manifest->system.restarts_max = 3;
        if (manifest->system.pause_max == 0 && manifest->system.pause > MORI_S(30))
                manifest->system.pause_max = manifest->system.pause;
        if (manifest->system.pause > manifest->system.pause_max && manifest->system.pause_max != 0)
                mistake_add(reading->mistakes, tree->name_line, tree->name_column,
                            "`pause` is longer than `pause-max`");
}

static void read_start(struct reading *reading, struct tree *tree, void *into)
{
        struct manifest *manifest = into;

        (void)value_duration(tree, 1, &manifest->system.start_limit, reading->mistakes);
}

static const struct key top_keys[] = {{"processes", read_processes},
                                      {"ends", read_later}, /* it needs the processes */
                                      {"restarts", read_restarts},
                                      {"start-within", read_start},
                                      {NULL, NULL}};

/* In the order of starting, as the runtime wants it. */
static void make_plan(struct manifest *manifest)
{
        struct mori_system_process *plans = tool_alloc(manifest->count, sizeof plans[0]);

        for (unsigned i = 0; i < manifest->count; i++) {
                struct manifest_process *process = manifest->order[i];
                struct mori_system_need *needs = tool_alloc(process->needs_count, sizeof needs[0]);

                for (unsigned n = 0; n < process->needs_count; n++) {
                        needs[n] = process->needs[n];
                        needs[n].process = manifest->processes[needs[n].process].place;
                }
                process->plan.program = process->program;
                process->plan.settings = process->settings;
                process->plan.needs = needs;
                plans[i] = process->plan;
        }
        manifest->system.processes = plans;
        manifest->system.count = manifest->count;
}

bool manifest_read(struct manifest *manifest, const char *text, size_t bytes,
                   const struct program_source *programs, struct mistakes *mistakes)
{
        struct reading reading = {manifest, programs, mistakes};
        struct tree *ends;

        memset(manifest, 0, sizeof *manifest);
        manifest->tree = tree_read(text, bytes, mistakes);
        if (manifest->tree != NULL) {
                read_keys(&reading, manifest->tree, "a map (processes, ends, restarts ...)",
                          top_keys, manifest);
                ends = manifest->tree->kind == TREE_MAP ? tree_member(manifest->tree, "ends")
                                                        : NULL;
                if (manifest->tree->kind == TREE_MAP &&
                    tree_member(manifest->tree, "processes") == NULL)
                        mistake_add(mistakes, 0, 0, "has no `processes`");
                else if (ends != NULL && manifest->count > 0)
                        read_ends(&reading, ends);
                wire(manifest, mistakes);
        }
        if (mistakes->count == 0)
                make_plan(manifest);
        mistakes_sort(mistakes);
        return mistakes->count == 0;
}

void manifest_free(struct manifest *manifest)
{
        for (unsigned i = 0; i < manifest->count; i++) {
                struct manifest_process *process = &manifest->processes[i];

                free((void *)process->plan.needs);
                free(process->needs);
                free(process->met);
                free(process->settings);
        }
        free((void *)manifest->system.processes);
        free(manifest->processes);
        free(manifest->order);
        tree_free(manifest->tree);
}
