/* SPDX-License-Identifier: MIT */
/*
 * Manifests that anybody may have written: each is refused, with mistakes that have a place in it,
 * or is a system that can start, with settings that its programs can take. The programs are those
 * of tests/system/relay.capnp, and the corpus is tests/system/manifests. Control characters, which
 * YAML refuses, are pieces of manifests here, so that good ones are not rare.
 */
#include "fuzz.h"

#include "../../tools/system/manifest.h"
#include "../system/relay.h"

#if FUZZ_SEEDED
/* in place of strspn(): any character may stand in the name of a process */
size_t fuzz_strspn(const char *text, const char *characters);
size_t fuzz_strspn(const char *text, const char *characters)
{
        (void)characters;
        return strlen(text);
}
#endif

static const struct mori_program *const programs[] = {
        &mori_program_source, &mori_program_doubler, &mori_program_user,
        &mori_program_kinds,  &mori_program_both,    &mori_program_wants_big,
};

static const struct mori_program *find(void *context, const char *name, char *why, size_t bytes)
{
        const char *colon = strrchr(name, ':');

        (void)context;
        for (size_t i = 0; colon != NULL && i < sizeof programs / sizeof programs[0]; i++)
                if (strcmp(programs[i]->name, colon + 1) == 0)
                        return programs[i];
        snprintf(why, bytes, "is none");
        return NULL;
}

/* ---- What is refused */

static void check_mistakes(const struct mistakes *mistakes, size_t bytes)
{
        FUZZ_CHECK(mistakes->count > 0 && mistakes->count <= MISTAKES_MAX);
        for (size_t i = 0; i < mistakes->count; i++) {
                const struct mistake *mistake = &mistakes->list[i], *before = mistake - 1;

                FUZZ_CHECK(mistake->text[0] != '\0');
                FUZZ_CHECK(mistake->line <= bytes + 2 && mistake->column <= bytes + 2);
                FUZZ_CHECK((mistake->line == 0) == (mistake->column == 0));
                FUZZ_CHECK(i == 0 || before->line < mistake->line ||
                           (before->line == mistake->line && before->column <= mistake->column));
        }
}

/* ---- What is good */

static void check_number(const struct mori_program_field *field, const void *at)
{
        bool is_signed = field->kind == MORI_PROGRAM_SIGNED;
        uint64_t number = 0;
        int64_t value;

        memcpy(&number, at, field->bytes);
        value = is_signed ? (int64_t)(number << (64 - 8 * field->bytes)) >> (64 - 8 * field->bytes)
                          : (int64_t)number;
        if (field->least != 0 || field->most != 0)
                FUZZ_CHECK(value >= field->least && value <= field->most);
}

static void check_setting(const struct mori_program_field *field, const char *has)
{
        const char *at = has + field->offset, *text;
        const char *const *texts;
        uint32_t choice, count = 0;

        switch (field->kind) {
        case MORI_PROGRAM_BOOL:
                FUZZ_CHECK(*(const unsigned char *)at <= 1);
                break;
        case MORI_PROGRAM_SIGNED:
        case MORI_PROGRAM_UNSIGNED:
                check_number(field, at);
                break;
        case MORI_PROGRAM_ENUM:
                memcpy(&choice, at, sizeof choice);
                while (field->names[count] != NULL)
                        count++;
                FUZZ_CHECK(choice < count);
                break;
        case MORI_PROGRAM_TEXT:
                memcpy(&text, at, sizeof text);
                FUZZ_CHECK(strlen(text) < MANIFEST_BYTES_MAX);
                break;
        case MORI_PROGRAM_TEXTS:
                memcpy(&texts, at, sizeof texts);
                for (; *texts != NULL; texts++)
                        FUZZ_CHECK(strlen(*texts) < MANIFEST_BYTES_MAX);
                break;
        default:
                break;
        }
}

static void check_process(const struct mori_system *system, unsigned at)
{
        const struct mori_system_process *process = &system->processes[at];
        const struct mori_program_schema *schema = process->program->schema;
        const struct mori_program_field *need, *met;

        FUZZ_CHECK(process->name[0] != '\0' && strlen(process->name) <= MORI_PROCESS_NAME_MAX);
        for (const char *c = process->name; *c != '\0'; c++)
                FUZZ_CHECK((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                           (*c >= '0' && *c <= '9') || *c == '-' || *c == '_');
        for (unsigned n = 0; (need = mori_program_nth(schema, MORI_PROGRAM_NEED, n)) != NULL; n++) {
                FUZZ_CHECK(process->needs[n].process < at);
                met = mori_program_nth(
                        system->processes[process->needs[n].process].program->schema,
                        MORI_PROGRAM_EXPORT, process->needs[n].export_index);
                FUZZ_CHECK(met != NULL && mori_interface_extends(met->interface, need->interface));
        }
        for (unsigned i = 0; i < schema->fields_count; i++)
                check_setting(&schema->fields[i], process->settings);
        for (unsigned i = 0; i < at; i++)
                FUZZ_CHECK(strcmp(system->processes[i].name, process->name) != 0);
}

static void check_system(const struct mori_system *system)
{
        FUZZ_CHECK(system->count > 0 && system->count <= MORI_SYSTEM_PROCESSES_MAX);
        FUZZ_CHECK(system->restarts_max <= MORI_RESTARTS_MAX);
        FUZZ_CHECK(system->restarts_within >= 0 && system->start_limit >= 0);
        FUZZ_CHECK(system->pause >= 0 && system->pause_max >= 0);
        FUZZ_CHECK(system->pause_max == 0 || system->pause <= system->pause_max);
        for (unsigned i = 0; i < system->count; i++)
                check_process(system, i);
}

/* ---- The input */

static const char *const pieces[32] = {
        [1] = "processes:",
        [2] = "\n  a: {program: ./relay.so:source",
        [3] = "\n  b: {program: ./relay.so:doubler, has: {number: ",
        [4] = "\n  c: {program: ./relay.so:user, has: {once: ",
        [5] = "\n  d: {program: ./relay.so:wants_big, has: {big: ",
        [6] = "\n  e: {program: ./relay.so:kinds, has: {title: ",
        [7] = "\n  f: {program: ./relay.so:both",
        [8] = ", twice: ",
        [11] = ", near: ",
        [12] = ", some: ",
        [14] = ", restart: always",
        [15] = ", quota: {activities: ",
        [16] = "}",
        [17] = "}}",
        [18] = "a",
        [19] = "b",
        [20] = "f.one",
        [21] = "\nends: ",
        [22] = "\nrestarts: {max: ",
        [23] = ", within: ",
        [24] = ", pause: ",
        [25] = " s",
        [26] = "-1",
        [27] = "0x7",
        [28] = ": {program: ./relay.so:source}\n  ",
        [29] = ": {program: ./relay.so:both}\n  ",
};

static char *text_of(struct input *input, size_t *ret_bytes)
{
        char *text = malloc(64 * input->left + 1), *end = text;

        for (; input->left > 0; input->bytes++, input->left--) {
                unsigned byte = *input->bytes;

                if (byte < 32 && pieces[byte] != NULL)
                        end = stpcpy(end, pieces[byte]);
                else
                        *end++ = (char)byte;
        }
        *ret_bytes = (size_t)(end - text);
        return text;
}

void fuzz(struct input *input)
{
        static const struct program_source source = {find, NULL};
        struct mistakes mistakes = {0};
        struct manifest manifest;
        size_t bytes;
        char *text = text_of(input, &bytes);

        if (manifest_read(&manifest, text, bytes, &source, &mistakes))
                check_system(&manifest.system);
        else
                check_mistakes(&mistakes, bytes);
        free(text);
        manifest_free(&manifest);
        mistakes_deinit(&mistakes);
}

FUZZER
