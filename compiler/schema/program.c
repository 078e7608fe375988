/* SPDX-License-Identifier: MIT */
/*
 * Programs, as mori/system.h has them: of a struct with the annotation $Mori.program the structure
 * that its entry is given, that of what it exports, and the table of both.
 */
#include "unit.h"

#include <string.h>

/* MORI_PROGRAM_FIELDS_MAX */
#define FIELDS_MAX 64u

struct item {
        const char *schema; /* its name */
        const char *member; /* as a member of a structure */
        struct form form;
        struct value value; /* its default */
        struct mori_wire_text said;
        const char *kind; /* of enum mori_program_kind, without what all begin with */
        bool exported, required, bounded;
        int64_t least, most; /* of an integer that is bounded */
};

struct program {
        struct unit *unit;
        struct entry *entry;
        const char *name; /* "client" */
        struct item items[FIELDS_MAX];
        unsigned count, exports_count;
};

static bool is_program(const struct entry *entry)
{
        struct value value;

        return request_annotation(node_annotations(entry->node), MORI_PROGRAM, &value);
}

/* ---- What it has */

/* NULL: nothing that a program can have. */
static const char *kind_of(const struct item *item)
{
        switch (item->form.shape) {
        case SHAPE_CAPABILITY:
                return item->exported ? "EXPORT" : "NEED";
        case SHAPE_BOOL:
                return "BOOL";
        case SHAPE_INTEGER:
                return item->form.is_signed ? "SIGNED" : "UNSIGNED";
        case SHAPE_FLOAT:
                return "FLOAT";
        case SHAPE_ENUM:
                return "ENUM";
        case SHAPE_TEXT:
                return "TEXT";
        case SHAPE_LIST:
                return item->form.element->shape == SHAPE_TEXT ? "TEXTS" : NULL;
        default:
                return NULL;
        }
}

/* What a number is without a setting: its 64 bits, of a float those of the double. */
static uint64_t number_of(const struct item *item)
{
        uint64_t bits = form_bits(&item->form, item->value);
        unsigned unused = 64 - item->form.bits;

        if (item->form.shape == SHAPE_FLOAT && item->form.bits == 32)
                return mori_wire_double_bits((double)mori_wire_float((uint32_t)bits));
        if (item->form.is_signed && item->form.shape == SHAPE_INTEGER)
                return (uint64_t)((int64_t)(bits << unused) >> unused);
        return bits;
}

/*
 * What an integer, or the bytes of a text, may be: where one end is not said that of its type, or
 * of an Int64.
 */
static void bounds_init(struct item *item, struct annotation_list said)
{
        bool is_signed = item->form.is_signed, has_least;
        unsigned digits = item->form.bits - is_signed;
        struct value value;

        if (item->form.shape == SHAPE_TEXT)
                digits = 63;
        else if (item->form.shape != SHAPE_INTEGER)
                digits = 1;
        item->most = digits < 63 ? (INT64_C(1) << digits) - 1 : INT64_MAX;
        item->least = is_signed ? -item->most - 1 : 0;
        has_least = request_annotation(said, MORI_LEAST, &value);
        if (has_least)
                item->least = value_int64(value);
        item->bounded = request_annotation(said, MORI_MOST, &value);
        if (item->bounded)
                item->most = value_int64(value);
        item->bounded |= has_least;
}

static bool is_in_bounds(const struct item *item)
{
        int64_t number = item->form.shape == SHAPE_TEXT ? (int64_t)value_text(item->value).count
                                                        : (int64_t)number_of(item);
        bool is_signed = item->form.is_signed;

        if (!is_signed && item->least < 0)
                return false;
        return item->required || /* its default is never taken */
               ((is_signed || number >= 0) && number >= item->least && number <= item->most);
}

/* What is wrong with a field; NULL: nothing. */
static const char *item_wrong(const struct item *item)
{
        if (item->kind == NULL)
                return "a program has references and settings: of Bool, numbers, enums, Text and "
                       "List(Text)";
        if (item->exported && item->form.shape != SHAPE_CAPABILITY)
                return "what is exported is a reference: its type must be an interface";
        if (item->required && item->form.shape == SHAPE_CAPABILITY)
                return "$Mori.required is for settings: a reference is needed anyway";
        if (item->bounded && item->form.shape != SHAPE_INTEGER && item->form.shape != SHAPE_TEXT)
                return "$Mori.least and $Mori.most are for integers and Text";
        if (item->bounded && !is_in_bounds(item))
                return "its default is not between what $Mori.least and $Mori.most say";
        if (item->form.shape == SHAPE_LIST &&
            mori_wire_read_list(form_pointer(item->value), MORI_WIRE_POINTER).count > 0)
                return "a list of a program has no default";
        return NULL;
}

/* False: there is an error. */
static bool program_init(struct program *program, struct unit *unit, struct entry *entry)
{
        struct request *request = unit->request;
        struct field_list fields = node_struct_fields(node_struct(entry->node));
        struct value annotation;

        program->unit = unit;
        program->entry = entry;
        program->name = name_of(request, entry);
        if (field_list_count(fields) > FIELDS_MAX) {
                request_error(request, entry, NULL, "a program has at most %u fields", FIELDS_MAX);
                return false;
        }
        for (uint32_t i = 0; i < field_list_count(fields); i++) {
                struct field field = field_list_at(fields, i);
                struct field_slot slot = field_slot(field);
                struct item *item = &program->items[program->count];
                const char *own = field_name(field).bytes, *wrong;

                if (!field_is_slot(field) ||
                    field_discriminant_value(field) != FIELD_NO_DISCRIMINANT) {
                        request_error(request, entry, own, "a program has no unions and groups");
                        return false;
                }
                item->schema = own;
                item->member = name_plain(request, name_component(request, entry, own,
                                                                  field_annotations(field),
                                                                  field_name(field)));
                item->value = field_slot_default_value(slot);
                item->said = unit_member_comment(entry, i);
                item->exported =
                        request_annotation(field_annotations(field), MORI_EXPORT, &annotation);
                item->required =
                        request_annotation(field_annotations(field), MORI_REQUIRED, &annotation);
                if (!form_of(request, entry, own, field_slot_type(slot), &item->form))
                        return false;
                item->kind = kind_of(item);
                bounds_init(item, field_annotations(field));
                wrong = item_wrong(item);
                if (wrong != NULL) {
                        request_error(request, entry, own, "%s", wrong);
                        return false;
                }
                unit_use(unit, &item->form);
                program->exports_count += item->exported;
                program->count++;
        }
        return true;
}

/* ---- In the header */

static const char *member_type(const struct form *form)
{
        switch (form->shape) {
        case SHAPE_TEXT:
                return "const char *";
        case SHAPE_LIST:
                return "const char *const *";
        default:
                return form->c;
        }
}

static void members(const struct program *program, bool exported)
{
        for (unsigned i = 0; i < program->count; i++) {
                const struct item *item = &program->items[i];
                const char *type = member_type(&item->form);

                if (item->exported != exported)
                        continue;
                unit_comment(&program->unit->functions, "        ", item->said);
                unit_add(program->unit, "        %s%s%s;\n", type,
                         type[strlen(type) - 1] == '*' ? "" : " ", item->member);
        }
}

static void declare(const struct program *program)
{
        struct unit *unit = program->unit;
        const char *name = program->name;

        unit_add(unit,
                 "\n/* What a process has that runs the program. */\n"
                 "struct %s_capabilities {\n        struct mori_program_process *process_;\n",
                 name);
        members(program, false);
        unit_add(unit, "};\nextern const struct mori_program_schema %s_program_schema;\n", name);
        if (program->exports_count == 0)
                return;
        unit_add(unit, "\n/* What it exports. */\nstruct %s_exports {\n", name);
        members(program, true);
        unit_add(unit,
                 "};\n\n/* Gives it to those that need it, once; references stay the caller's. */\n"
                 "static inline int %s_export(const struct %s_capabilities *has,\n"
                 "        const struct %s_exports *exports)\n{\n"
                 "        return mori_program_export(has->process_, exports);\n}\n",
                 name, name, name);
}

/* ---- In the source: the table */

/* As the schema's text has it. */
static const char *type_name(const struct program *program, const struct item *item)
{
        struct arena *arena = &program->unit->request->arena;
        const struct form *form = &item->form;

        if (form->entry != NULL)
                return name_own(form->entry).bytes;
        switch (form->shape) {
        case SHAPE_BOOL:
                return "Bool";
        case SHAPE_INTEGER:
                return arena_print(arena, "%s%u", form->is_signed ? "Int" : "UInt", form->bits);
        case SHAPE_FLOAT:
                return arena_print(arena, "Float%u", form->bits);
        case SHAPE_TEXT:
                return "Text";
        case SHAPE_LIST:
                return "List(Text)";
        default:
                return "Capability";
        }
}

/* As a constant of C. */
static void write_string(struct text *source, struct mori_wire_text text)
{
        text_add(source, "\"");
        for (uint32_t i = 0; i < text.count; i++) {
                unsigned char byte = (unsigned char)text.bytes[i];

                text_add(source,
                         byte < ' ' || byte >= 127 || byte == '"' || byte == '\\' || byte == '?'
                                 ? "\\%03o"
                                 : "%c",
                         byte);
        }
        text_add(source, "\"");
}

static void table_row(const struct program *program, const struct item *item)
{
        struct text *source = &program->unit->source;
        const struct form *form = &item->form;

        text_add(source,
                 "        {.name = \"%s\", .type = \"%s\", .kind = MORI_PROGRAM_%s,\n"
                 "         .offset = offsetof(struct %s_%s, %s)",
                 item->schema, type_name(program, item), item->kind, program->name,
                 item->exported ? "exports" : "capabilities", item->member);
        if (form->bits > 0)
                text_add(source, ", .bytes = %u, .number = UINT64_C(0x%llx)",
                         form->shape == SHAPE_ENUM ? 4 : (form->bits + 7) / 8,
                         (unsigned long long)number_of(item));
        if (form->shape == SHAPE_ENUM)
                text_add(source, ",\n         .names = %s_%s_names", program->name, item->member);
        if (form->shape == SHAPE_CAPABILITY && form->entry != NULL)
                text_add(source, ", .interface = &%s_interface",
                         name_of(program->unit->request, form->entry));
        if (form->shape == SHAPE_TEXT) {
                text_add(source, ",\n         .text = ");
                write_string(source, value_text(item->value));
        }
        if (item->required)
                text_add(source, ", .required = true");
        if (item->bounded)
                text_add(source, ",\n         .least = %s, .most = INT64_C(%lld)",
                         item->least == INT64_MIN
                                 ? "INT64_MIN"
                                 : arena_print(&program->unit->request->arena, "INT64_C(%lld)",
                                               (long long)item->least),
                         (long long)item->most);
        text_add(source, "},\n");
}

static void enum_names(const struct program *program, const struct item *item)
{
        struct enumerant_list list = node_enum_enumerants(node_enum(item->form.entry->node));
        struct text *source = &program->unit->source;

        text_add(source, "\nstatic const char *const %s_%s_names[] = {\n", program->name,
                 item->member);
        for (uint32_t i = 0; i < enumerant_list_count(list); i++)
                text_add(source, "        \"%s\",\n",
                         enumerant_name(enumerant_list_at(list, i)).bytes);
        text_add(source, "        NULL,\n};\n");
}

static void define(const struct program *program)
{
        struct text *source = &program->unit->source;
        const char *name = program->name;

        for (unsigned i = 0; i < program->count; i++)
                if (program->items[i].form.shape == SHAPE_ENUM)
                        enum_names(program, &program->items[i]);
        text_add(source, "\nstatic const struct mori_program_field %s_program_fields[] = {\n",
                 name);
        for (unsigned i = 0; i < program->count; i++)
                table_row(program, &program->items[i]);
        if (program->count == 0)
                text_add(source, "        {.name = NULL},\n");
        text_add(source,
                 "};\n\nconst struct mori_program_schema %s_program_schema = {\n"
                 "        .name = \"%s\",\n        .file = ",
                 name, name_own(program->entry).bytes);
        write_string(source, node_display_name(program->unit->file->node));
        text_add(source,
                 ",\n        .bytes = sizeof(struct %s_capabilities),\n"
                 "        .fields_count = %u,\n        .fields = %s_program_fields,\n};\n",
                 name, program->count, name);
}

/* ---- The whole */

void unit_program_names(struct unit *unit, struct entry *entry)
{
        struct arena *arena = &unit->request->arena;
        const char *name = name_of(unit->request, entry);

        if (!is_program(entry))
                return;
        names_own(&unit->tags, unit->request, entry, NULL,
                  arena_print(arena, "%s_capabilities", name));
        names_own(&unit->tags, unit->request, entry, NULL, arena_print(arena, "%s_exports", name));
        names_own(&unit->names, unit->request, entry, NULL, arena_print(arena, "%s_export", name));
        names_own(&unit->names, unit->request, entry, NULL,
                  arena_print(arena, "%s_program_schema", name));
        names_own(&unit->names, unit->request, entry, NULL,
                  arena_print(arena, "%s_program_fields", name));
}

/* What is said of fields that no program has. */
static void fields_are_of_programs(struct unit *unit, struct entry *entry)
{
        struct field_list fields = node_struct_fields(node_struct(entry->node));
        struct value value;

        for (uint32_t i = 0; i < field_list_count(fields); i++) {
                struct field field = field_list_at(fields, i);

                if (request_annotation(field_annotations(field), MORI_EXPORT, &value) ||
                    request_annotation(field_annotations(field), MORI_REQUIRED, &value) ||
                    request_annotation(field_annotations(field), MORI_LEAST, &value) ||
                    request_annotation(field_annotations(field), MORI_MOST, &value))
                        request_error(unit->request, entry, field_name(field).bytes,
                                      "$Mori.export, required, least and most are for the fields "
                                      "of a program: a struct with $Mori.program");
        }
}

void unit_program(struct unit *unit, struct entry *entry)
{
        struct program *program;

        if (!is_program(entry)) {
                fields_are_of_programs(unit, entry);
                return;
        }
        program = arena_take(&unit->request->arena, sizeof *program);
        if (!program_init(program, unit, entry))
                return;
        unit->uses_programs = unit->uses_objects = true;
        declare(program);
        define(program);
}
