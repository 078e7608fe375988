/* SPDX-License-Identifier: MIT */
/*
 * A file of the schema, as a whole: what it declares is collected and named first, so that every
 * name is known, and written then.
 */
#include "unit.h"

#include <string.h>

/* ---- What it declares */

static void collect(struct unit *unit, struct entry *entry, int depth);

static void list_entry(struct unit *unit, struct entry *entry)
{
        if (unit->count == unit->size) {
                struct entry **grown;

                unit->size = unit->size == 0 ? 64 : 2 * unit->size;
                grown = arena_take(&unit->request->arena, unit->size * sizeof *grown);
                if (unit->count > 0)
                        memcpy(grown, unit->entries, unit->count * sizeof *grown);
                unit->entries = grown;
        }
        entry->listed = true;
        unit->entries[unit->count++] = entry;
}

/* A group has its name from its owner. */
static void collect_owned(struct unit *unit, struct entry *owner, struct entry *owned,
                          const char *name, int depth)
{
        owned->parent = owner;
        owned->name = name;
        collect(unit, owned, depth);
}

static void collect_groups(struct unit *unit, struct entry *entry, int depth)
{
        struct field_list fields = node_struct_fields(node_struct(entry->node));

        for (uint32_t i = 0; i < field_list_count(fields); i++) {
                struct field field = field_list_at(fields, i);
                struct entry *group;

                if (!field_is_group(field))
                        continue;
                group = request_find(unit->request, field_group_type_id(field_group(field)));
                if (group == NULL || group->listed || !node_is_struct(group->node) ||
                    !node_struct_is_group(node_struct(group->node))) {
                        request_error(unit->request, entry, field_name(field).bytes,
                                      "its group is none");
                        continue;
                }
                collect_owned(
                        unit, entry, group,
                        arena_print(&unit->request->arena, "%s_%s", name_of(unit->request, entry),
                                    name_component(unit->request, entry, field_name(field).bytes,
                                                   field_annotations(field), field_name(field))),
                        depth);
        }
}

static void collect_nested(struct unit *unit, struct entry *entry, int depth)
{
        struct node_nested_node_list nested = node_nested_nodes(entry->node);

        for (uint32_t i = 0; i < node_nested_node_list_count(nested); i++) {
                struct node_nested_node inner = node_nested_node_list_at(nested, i);
                struct entry *found = request_find(unit->request, node_nested_node_id(inner));

                if (found == NULL || found->listed || node_is_file(found->node) ||
                    request_scope_of(unit->request, found) != entry) {
                        request_error(unit->request, entry, NULL,
                                      "what it has as `%.255s` is not in the request",
                                      node_nested_node_name(inner).bytes);
                        continue;
                }
                collect(unit, found, depth);
        }
}

static void collect(struct unit *unit, struct entry *entry, int depth)
{
        if (depth == 0) {
                request_error(unit->request, NULL, NULL, "scopes are nested deeper than %d",
                              REQUEST_DEPTH_MAX);
                return;
        }
        list_entry(unit, entry);
        if (node_is_struct(entry->node))
                collect_groups(unit, entry, depth - 1);
        collect_nested(unit, entry, depth - 1);
}

/* ---- Names */

static void own_tags(struct unit *unit, struct entry *entry)
{
        const char *name = name_of(unit->request, entry);
        struct arena *arena = &unit->request->arena;

        if (node_is_struct(entry->node)) {
                names_own(&unit->tags, unit->request, entry, NULL, name);
                names_own(&unit->tags, unit->request, entry, NULL,
                          name_builder(unit->request, entry));
                if (node_struct_discriminant_count(node_struct(entry->node)) > 0)
                        names_own(&unit->tags, unit->request, entry, NULL,
                                  arena_print(arena, "%s_which", name));
                if (node_struct_is_group(node_struct(entry->node)))
                        return;
        } else if (node_is_enum(entry->node)) {
                names_own(&unit->tags, unit->request, entry, NULL, name);
        } else {
                if (node_is_interface(entry->node)) {
                        names_own(&unit->tags, unit->request, entry, NULL, name);
                        names_own(&unit->tags, unit->request, entry, NULL,
                                  arena_print(arena, "%s_server", name));
                }
                return;
        }
        names_own(&unit->tags, unit->request, entry, NULL, name_list(unit->request, entry));
        names_own(&unit->tags, unit->request, entry, NULL,
                  arena_print(arena, "%s_builder", name_list(unit->request, entry)));
}

static const char *enumerator(struct unit *unit, struct entry *entry, const char *middle,
                              struct annotation_list annotations, struct mori_wire_text name)
{
        struct request *request = unit->request;

        return name_upper(
                request,
                arena_print(&request->arena, "%s%s_%s", name_of(request, entry), middle,
                            name_component(request, entry, name.bytes, annotations, name)));
}

static const char *enumerant_macro(struct unit *unit, struct entry *entry,
                                   struct enumerant enumerant)
{
        return enumerator(unit, entry, "", enumerant_annotations(enumerant),
                          enumerant_name(enumerant));
}

static const char *which_name(struct unit *unit, struct entry *entry, struct field field)
{
        return enumerator(unit, entry, "_which", field_annotations(field), field_name(field));
}

static bool in_union(struct field field)
{
        return field_discriminant_value(field) != FIELD_NO_DISCRIMINANT;
}

/* The functions of its list; its types are in own_tags(). */
static void own_list(struct unit *unit, struct entry *entry)
{
        static const char *const functions[] = {"count", "at", "set", "builder_at", "read", "init"};

        for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
                names_own(&unit->names, unit->request, entry, NULL,
                          arena_print(&unit->request->arena, "%s_%s",
                                      name_list(unit->request, entry), functions[i]));
}

static void own_names(struct unit *unit, struct entry *entry)
{
        struct request *request = unit->request;

        if (node_is_enum(entry->node) ||
            (node_is_struct(entry->node) && !node_struct_is_group(node_struct(entry->node))))
                own_list(unit, entry);
        if (node_is_struct(entry->node)) {
                struct field_list fields = node_struct_fields(node_struct(entry->node));

                unit_struct_names(unit, entry);
                unit_program_names(unit, entry);
                for (uint32_t i = 0; i < field_list_count(fields); i++)
                        if (in_union(field_list_at(fields, i)))
                                names_own(&unit->names, request, entry,
                                          field_name(field_list_at(fields, i)).bytes,
                                          which_name(unit, entry, field_list_at(fields, i)));
        } else if (node_is_enum(entry->node)) {
                struct enumerant_list list = node_enum_enumerants(node_enum(entry->node));

                for (uint32_t i = 0; i < enumerant_list_count(list); i++)
                        names_own(&unit->names, request, entry,
                                  enumerant_name(enumerant_list_at(list, i)).bytes,
                                  enumerant_macro(unit, entry, enumerant_list_at(list, i)));
        } else if (node_is_interface(entry->node)) {
                unit_interface_names(unit, entry);
        } else if (node_is_const(entry->node)) {
                names_own(&unit->names, request, entry, NULL, name_of(request, entry));
                names_own(&unit->names, request, entry, NULL,
                          name_upper(request, name_of(request, entry)));
        }
}

/* ---- Text */

void unit_add(struct unit *unit, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        text_add_arguments(&unit->functions, format, arguments);
        va_end(arguments);
}

void unit_add_source(struct unit *unit, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        text_add_arguments(&unit->source, format, arguments);
        va_end(arguments);
}

void unit_comment(struct text *text, const char *indent, struct mori_wire_text said)
{
        const char *line = said.bytes, *end = said.bytes + said.count;
        bool single;

        while (end > line && (end[-1] == '\n' || end[-1] == ' '))
                end--;
        if (line == end)
                return;
        single = memchr(line, '\n', (size_t)(end - line)) == NULL;
        text_add(text, single ? "%s/* " : "%s/*\n", indent);
        while (line < end) {
                const char *stop = memchr(line, '\n', (size_t)(end - line));

                if (stop == NULL)
                        stop = end;
                if (!single)
                        text_add(text, line == stop ? "%s *" : "%s * ", indent);
                for (; line < stop; line++) /* none ends here, none begins */
                        text_add(text,
                                 (line[0] == '*' && line[1] == '/') ||
                                                 (line[0] == '/' && line[1] == '*')
                                         ? "%c "
                                         : "%c",
                                 *line == '\0' ? ' ' : *line);
                line++;
                if (!single)
                        text_add(text, "\n");
        }
        text_add(text, single ? " */\n" : "%s */\n", indent);
}

struct mori_wire_text unit_member_comment(const struct entry *entry, uint32_t index)
{
        struct node_source_info_member_list members = node_source_info_members(entry->info);
        struct mori_wire_text none = {"", 0};

        if (index >= node_source_info_member_list_count(members))
                return none;
        return node_source_info_member_doc_comment(node_source_info_member_list_at(members, index));
}

/* ---- Types */

static void struct_types(struct unit *unit, struct entry *entry)
{
        struct request *request = unit->request;
        struct node_struct of = node_struct(entry->node);
        struct field_list fields = node_struct_fields(of);
        const char *name = name_of(request, entry);

        text_add(&unit->types, "\n");
        unit_comment(&unit->types, "", node_source_info_doc_comment(entry->info));
        text_add(&unit->types, "struct %s {\n        struct mori_wire_reader reader;\n};\n", name);
        text_add(&unit->types, "struct %s {\n        struct mori_wire_writer writer;\n};\n",
                 name_builder(request, entry));
        if (!node_struct_is_group(of))
                text_add(&unit->types, "MORI_WIRE_LIST_TYPES(%s)\n", name_list(request, entry));
        if (node_struct_discriminant_count(of) == 0)
                return;
        text_add(&unit->types, "enum %s_which MORI_WIRE_ENUM {\n", name);
        for (uint32_t i = 0; i < field_list_count(fields); i++) {
                struct field field = field_list_at(fields, i);

                if (in_union(field))
                        text_add(&unit->types, "        %s = %u,\n", which_name(unit, entry, field),
                                 field_discriminant_value(field));
        }
        text_add(&unit->types, "};\n");
}

static void enum_types(struct unit *unit, struct entry *entry)
{
        struct request *request = unit->request;
        struct enumerant_list list = node_enum_enumerants(node_enum(entry->node));
        const char *name = name_of(request, entry), *function;

        text_add(&unit->types, "\n");
        unit_comment(&unit->types, "", node_source_info_doc_comment(entry->info));
        text_add(&unit->types, "enum %s MORI_WIRE_ENUM {\n", name);
        for (uint32_t i = 0; i < enumerant_list_count(list); i++) {
                unit_comment(&unit->types, "        ", unit_member_comment(entry, i));
                text_add(&unit->types, "        %s = %u,\n",
                         enumerant_macro(unit, entry, enumerant_list_at(list, i)), i);
        }
        if (enumerant_list_count(list) == 0) /* C has no empty ones */
                text_add(&unit->types, "        %s,\n",
                         names_derive(&unit->names, request,
                                      name_upper(request,
                                                 arena_print(&request->arena, "%s_NONE", name))));
        text_add(&unit->types, "};\nMORI_WIRE_LIST_TYPES(%s)\n", name_list(request, entry));
        function =
                names_derive(&unit->names, request, arena_print(&request->arena, "%s_name", name));
        text_add(&unit->types,
                 "/* As the schema has it; NULL where it is of a newer one. */\n"
                 "const char *%s(enum %s value);\n",
                 function, name);
        unit_add_source(unit,
                        "\nconst char *%s(enum %s value)\n{\n"
                        "        static const char *const names[] = {\n",
                        function, name);
        for (uint32_t i = 0; i < enumerant_list_count(list); i++)
                unit_add_source(unit, "                \"%s\",\n",
                                enumerant_name(enumerant_list_at(list, i)).bytes);
        unit_add_source(
                unit,
                "                NULL,\n        };\n\n"
                "        return (size_t)value < sizeof names / sizeof names[0] ? names[value] : "
                "NULL;\n}\n");
}

static void enum_functions(struct unit *unit, struct entry *entry)
{
        const char *name = name_of(unit->request, entry), *list = name_list(unit->request, entry);

        unit_add(unit,
                 "\nstatic inline enum %s %s_at(struct %s list, uint32_t index)\n{\n"
                 "        return (enum %s)mori_wire_element_u16(&list.list, index);\n}\n",
                 name, list, list, name);
        unit_add(unit,
                 "\nstatic inline void %s_set(struct %s_builder list, uint32_t index, enum %s "
                 "value)\n{\n"
                 "        mori_wire_elements_put_u16(&list.elements, index, (uint16_t)value);\n}\n",
                 list, list, name);
}

static void constant_functions(struct unit *unit, struct entry *entry)
{
        struct request *request = unit->request;
        struct node_const of = node_const(entry->node);
        const char *name = name_of(request, entry), *message;
        struct form form;

        if (!form_of(request, entry, NULL, node_const_type(of), &form))
                return;
        if (form.shape == SHAPE_VOID)
                return;
        if (!form_is_pointer(&form)) {
                unit_add(unit, "\n");
                unit_comment(&unit->functions, "", node_source_info_doc_comment(entry->info));
                unit_add(unit, "#define %s %s\n", name_upper(request, name),
                         form_literal(request, &form, node_const_value(of)));
                return;
        }
        if (form.shape == SHAPE_CAPABILITY) {
                request_error(request, entry, NULL, "a constant cannot be a capability");
                return;
        }
        unit_use(unit, &form);
        message = unit_constant(unit, entry, NULL, arena_print(&request->arena, "%s_message", name),
                                &form, node_const_value(of));
        unit_add(unit, "\n");
        unit_comment(&unit->functions, "", node_source_info_doc_comment(entry->info));
        unit_add(unit, "static inline %s %s(void)\n{\n", form.c, name);
        switch (form.shape) {
        case SHAPE_TEXT:
                unit_add(unit, "        return mori_wire_read_text(mori_wire_constant(&%s));\n",
                         message);
                break;
        case SHAPE_DATA:
                unit_add(unit, "        return mori_wire_read_data(mori_wire_constant(&%s));\n",
                         message);
                break;
        case SHAPE_STRUCT:
                unit_add(unit,
                         "        %s value;\n\n"
                         "        value.reader = mori_wire_read_struct(mori_wire_constant(&%s));\n"
                         "        return value;\n",
                         form.c, message);
                break;
        case SHAPE_LIST:
                unit_add(unit,
                         "        %s value;\n\n"
                         "        value.list = mori_wire_read_list(mori_wire_constant(&%s), %s);\n"
                         "        return value;\n",
                         form.c, message, form.element->size);
                break;
        default:
                unit_add(unit, "        return mori_wire_constant(&%s);\n", message);
        }
        unit_add(unit, "}\n");
}

/* ---- What it uses of others */

static struct mori_wire_text import_name(struct unit *unit, uint64_t id)
{
        struct code_generator_request_requested_file_list files =
                code_generator_request_requested_files(unit->request->root);
        struct mori_wire_text none = {"", 0};

        for (uint32_t i = 0; i < code_generator_request_requested_file_list_count(files); i++) {
                struct code_generator_request_requested_file file =
                        code_generator_request_requested_file_list_at(files, i);
                struct code_generator_request_requested_file_import_list imports;

                if (code_generator_request_requested_file_id(file) != unit->file->id)
                        continue;
                imports = code_generator_request_requested_file_imports(file);
                for (uint32_t j = 0;
                     j < code_generator_request_requested_file_import_list_count(imports); j++) {
                        struct code_generator_request_requested_file_import import =
                                code_generator_request_requested_file_import_list_at(imports, j);

                        if (code_generator_request_requested_file_import_id(import) == id)
                                return code_generator_request_requested_file_import_name(import);
                }
        }
        return none;
}

/* "a/b.capnp" without its end. */
static const char *stem_of(struct request *request, struct mori_wire_text name)
{
        int bytes = name.count > 4096 ? 4096 : (int)name.count;

        if (bytes > 6 && memcmp(name.bytes + bytes - 6, ".capnp", 6) == 0)
                bytes -= 6;
        return arena_print(&request->arena, "%.*s", bytes, name.bytes);
}

/* What may stand in an #include. */
static bool path_is_good(struct mori_wire_text path)
{
        for (uint32_t i = 0; i < path.count; i++)
                if ((unsigned char)path.bytes[i] < ' ' || strchr("\"<>\\", path.bytes[i]) != NULL)
                        return false;
        return path.count > 0;
}

static void include_file(struct unit *unit, struct entry *entry)
{
        struct entry *file = request_file_of(unit->request, entry);
        struct mori_wire_text name;
        const char *key;

        if (file == NULL || file == unit->file)
                return;
        key = arena_print(&unit->request->arena, "%llx", (unsigned long long)file->id);
        if (!names_add_once(&unit->included, unit->request, key))
                return;
        name = import_name(unit, file->id);
        if (!path_is_good(name)) { /* by way of an alias in another file, for instance */
                request_error(unit->request, unit->file, NULL,
                              "it uses `%.255s` and does not import its file",
                              node_display_name(entry->node).bytes);
                return;
        }
        if (name.bytes[0] == '/')
                text_add(&unit->imports, "#include <%s.mori.h>\n",
                         stem_of(unit->request, name) + 1);
        else
                text_add(&unit->imports, "#include \"%s.mori.h\"\n", stem_of(unit->request, name));
}

/* A list whose elements are lists. Files that have the same need it once. */
static void list_of_lists(struct unit *unit, const struct form *form)
{
        const struct form *element = form->element;
        const char *name = form->c + strlen("struct "), *inner = element->c;
        struct node_struct of;

        unit_add(unit,
                 "\n#ifndef MORI_WIRE_HAS_%s\n#define MORI_WIRE_HAS_%s\n"
                 "MORI_WIRE_LIST_TYPES(%s)\n",
                 name, name, name);
        unit_add(unit,
                 "static inline %s %s_at(struct %s list, uint32_t index)\n{\n"
                 "        %s value;\n\n"
                 "        value.list = mori_wire_read_list(mori_wire_element_pointer(&list.list, "
                 "index), %s);\n"
                 "        return value;\n}\n",
                 inner, name, name, inner, element->element->size);
        unit_add(unit,
                 "static inline int %s_init(struct %s_builder list, uint32_t index, uint32_t "
                 "count, %s *ret_list)\n{\n"
                 "        return ",
                 name, name, element->builder);
        if (element->element->shape == SHAPE_STRUCT) {
                of = node_struct(element->element->entry->node);
                unit_add(unit,
                         "mori_wire_new_structs(mori_wire_elements_slot(&list.elements, index), "
                         "count, %u, %u, &ret_list->elements);\n}\n",
                         node_struct_data_word_count(of), node_struct_pointer_count(of));
        } else {
                unit_add(unit,
                         "mori_wire_new_list(mori_wire_elements_slot(&list.elements, index), %s, "
                         "count, &ret_list->elements);\n}\n",
                         element->element->size);
        }
        unit_add(unit,
                 "static inline int %s_set(struct %s_builder list, uint32_t index, %s value)\n{\n"
                 "        return mori_wire_copy_list(mori_wire_elements_slot(&list.elements, "
                 "index), &value.list);\n}\n#endif\n",
                 name, name, inner);
}

void unit_use(struct unit *unit, const struct form *form)
{
        if (form->entry != NULL)
                include_file(unit, form->entry);
        if (form->shape == SHAPE_CAPABILITY)
                unit->uses_objects = true;
        if (form->shape != SHAPE_LIST)
                return;
        unit_use(unit, form->element);
        if (form->element->shape == SHAPE_LIST &&
            names_add_once(&unit->lists, unit->request, form->c))
                list_of_lists(unit, form);
}

/* ---- The whole */

static void one_entry(struct unit *unit, struct entry *entry)
{
        if (node_is_struct(entry->node)) {
                struct_types(unit, entry);
                unit_struct(unit, entry);
                unit_program(unit, entry);
        } else if (node_is_enum(entry->node)) {
                enum_types(unit, entry);
                enum_functions(unit, entry);
        } else if (node_is_const(entry->node)) {
                constant_functions(unit, entry);
        } else if (node_is_interface(entry->node)) {
                unit->uses_objects = true;
                unit_interface_types(unit, entry);
                unit_interface(unit, entry);
        }
}

static void made_of(struct text *text, const struct entry *file)
{
        struct text said = {0};

        text_add(&said, "Made by capnpc-mori of %s: do not edit.",
                 node_display_name(file->node).bytes);
        unit_comment(text, "", (struct mori_wire_text){said.bytes, (uint32_t)said.count});
        text_deinit(&said);
}

void unit_make(struct request *request, struct entry *file, const char *header_name,
               struct text *header, struct text *source)
{
        struct unit unit = {.request = request, .file = file};

        collect(&unit, file, REQUEST_DEPTH_MAX);
        for (unsigned i = 0; i < unit.count; i++)
                own_tags(&unit, unit.entries[i]);
        for (unsigned i = 0; i < unit.count; i++)
                own_names(&unit, unit.entries[i]);
        for (unsigned i = 0; i < unit.count; i++)
                one_entry(&unit, unit.entries[i]);
        made_of(header, file);
        unit_comment(header, "", node_source_info_doc_comment(file->info));
        text_add(header,
                 "#pragma once\n\n%s#include <mori/wire_list.h>\n\n"
                 "#ifdef __cplusplus\nextern \"C\" {\n#endif\n%s",
                 unit.uses_programs  ? "#include <mori/system.h>\n"
                 : unit.uses_objects ? "#include <mori/object.h>\n"
                                     : "",
                 unit.types.count > 0 ? unit.types.bytes : "");
        if (unit.imports.count > 0)
                text_add(header,
                         "\n#ifdef __cplusplus\n}\n#endif\n\n%s\n"
                         "#ifdef __cplusplus\nextern \"C\" {\n#endif\n",
                         unit.imports.bytes);
        text_add(header, "%s\n#ifdef __cplusplus\n}\n#endif\n",
                 unit.functions.count > 0 ? unit.functions.bytes : "");
        made_of(source, file);
        text_add(source, "#include \"%s\"\n%s%s", header_name,
                 unit.uses_objects ? "\n#include <errno.h>\n#include <stddef.h>\n" : "",
                 unit.source.count > 0 ? unit.source.bytes : "");
        text_deinit(&unit.types);
        text_deinit(&unit.imports);
        text_deinit(&unit.functions);
        text_deinit(&unit.source);
}
