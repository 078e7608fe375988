/* SPDX-License-Identifier: MIT */
/*
 * The functions of a struct: how it is read and begun, and those of each field.
 *
 * All is one call deep: what a function does is written with what mori/wire*.h have.
 */
#include "unit.h"

#include <stdlib.h>

/* A field, with all that its functions are made of. */
struct access {
        struct unit *unit;
        struct entry *entry;   /* the struct */
        const char *reader;    /* "person" */
        const char *builder;   /* "person_builder" */
        const char *component; /* "phones" */
        const char *member;    /* as the schema has it */
        struct form form;
        struct mori_wire_text said;
        uint32_t offset;
        uint16_t member_value; /* of the union */
        bool in_union;
        bool has_default; /* that is not 0, or not null */
        struct value default_value;
        uint32_t which_offset;
};

/* "person_set_phones"; verb "" is the getter, which owns its name. */
static const char *function_name(const struct access *access, const char *verb)
{
        struct request *request = access->unit->request;
        const char *name;

        if (verb[0] == '\0')
                return arena_print(&request->arena, "%s_%s", access->reader, access->component);
        name = arena_print(&request->arena, "%s_%s_%s", access->reader, verb, access->component);
        return names_derive(&access->unit->names, request, name);
}

/* ---- Reading */

static void begin_getter(const struct access *access)
{
        struct unit *unit = access->unit;

        unit_add(unit, "\n");
        unit_comment(&unit->functions, "", access->said);
        unit_add(unit, "static inline %s %s(struct %s from)\n{\n", access->form.c,
                 function_name(access, ""), access->reader);
}

static const char *is_member(const struct access *access)
{
        return arena_print(&access->unit->request->arena,
                           "mori_wire_u16(&from.reader, %u, 0) == %u", access->which_offset,
                           access->member_value);
}

static void value_getter(const struct access *access)
{
        struct unit *unit = access->unit;
        const struct form *form = &access->form;
        uint64_t bits = form_bits(form, access->default_value);
        const char *get, *default_bits = form_bits_literal(unit->request, form, bits);

        if (form->shape == SHAPE_BOOL)
                get = arena_print(&unit->request->arena, "mori_wire_bit(&from.reader, %u, %s)",
                                  access->offset, default_bits);
        else
                get = arena_print(&unit->request->arena, "mori_wire_u%u(&from.reader, %u, %s)",
                                  form->bits, access->offset, default_bits);
        if (form->shape == SHAPE_FLOAT)
                get = arena_print(&unit->request->arena, "mori_wire_%s(%s)", form->c, get);
        else if (form->shape == SHAPE_ENUM || form->is_signed)
                get = arena_print(&unit->request->arena, "(%s)%s", form->c, get);
        begin_getter(access);
        if (access->in_union)
                unit_add(unit, "        if (!(%s))\n                return %s;\n",
                         is_member(access),
                         form_literal(unit->request, form, access->default_value));
        unit_add(unit, "        return %s;\n}\n", get);
}

static void pointer_getter(const struct access *access)
{
        struct unit *unit = access->unit;
        const char *constant = NULL;

        if (access->has_default && access->form.shape != SHAPE_CAPABILITY)
                constant = unit_constant(unit, access->entry, access->member,
                                         arena_print(&unit->request->arena, "%s_%s_default",
                                                     access->reader, access->component),
                                         &access->form, access->default_value);
        begin_getter(access);
        unit_add(
                unit,
                "        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, "
                "%u);\n",
                access->offset);
        if (access->form.shape == SHAPE_STRUCT || access->form.shape == SHAPE_LIST ||
            access->form.shape == SHAPE_CAPABILITY)
                unit_add(unit, "        %s value;\n", access->form.c);
        unit_add(unit, "\n");
        if (access->in_union)
                unit_add(unit, "        if (!(%s))\n                pointer.at = NULL;\n",
                         is_member(access));
        if (constant != NULL)
                unit_add(unit, "        pointer = mori_wire_pointer_or(pointer, &%s);\n", constant);
        switch (access->form.shape) {
        case SHAPE_TEXT:
                unit_add(unit, "        return mori_wire_read_text(pointer);\n");
                break;
        case SHAPE_DATA:
                unit_add(unit, "        return mori_wire_read_data(pointer);\n");
                break;
        case SHAPE_STRUCT:
                unit_add(unit, "        value.reader = mori_wire_read_struct(pointer);\n"
                               "        return value;\n");
                break;
        case SHAPE_LIST:
                unit_add(unit,
                         "        value.list = mori_wire_read_list(pointer, %s);\n"
                         "        return value;\n",
                         access->form.element->size);
                break;
        case SHAPE_CAPABILITY:
                unit_add(unit,
                         "        value%s.word = mori_wire_read_reference(pointer);\n"
                         "        return value;\n",
                         access->form.entry != NULL ? ".ref" : "");
                break;
        default:
                unit_add(unit, "        return pointer;\n");
        }
        unit_add(unit, "}\n");
        unit_add(unit, "\nstatic inline bool %s(struct %s from)\n{\n        return ",
                 function_name(access, "has"), access->reader);
        if (access->in_union)
                unit_add(unit, "%s &&\n               ", is_member(access));
        unit_add(unit, "!mori_wire_is_null(mori_wire_reader_pointer(&from.reader, %u));\n}\n",
                 access->offset);
}

/* ---- Writing */

/* The union's word says that this is its member. */
static void set_member(const struct access *access, const char *indent)
{
        if (access->in_union)
                unit_add(access->unit, "%smori_wire_put_u16(&to.writer, %u, %u, 0);\n", indent,
                         access->which_offset, access->member_value);
}

static void put_value(const struct access *access, const char *indent, const char *value,
                      const char *default_bits)
{
        if (access->form.shape == SHAPE_BOOL)
                unit_add(access->unit, "%smori_wire_put_bit(&to.writer, %u, %s, %s);\n", indent,
                         access->offset, value, default_bits);
        else
                unit_add(access->unit, "%smori_wire_put_u%u(&to.writer, %u, %s, %s);\n", indent,
                         access->form.bits, access->offset, value, default_bits);
}

static void value_setter(const struct access *access)
{
        struct unit *unit = access->unit;
        const struct form *form = &access->form;
        const char *value = "value";
        uint64_t bits = form_bits(form, access->default_value);

        if (form->shape == SHAPE_FLOAT)
                value = arena_print(&unit->request->arena, "mori_wire_%s_bits(value)", form->c);
        else if (form->shape == SHAPE_ENUM || form->is_signed)
                value = arena_print(&unit->request->arena, "(uint%u_t)value", form->bits);
        unit_add(unit, "\nstatic inline void %s(struct %s to, %s value)\n{\n",
                 function_name(access, "set"), access->builder, form->c);
        set_member(access, "        ");
        put_value(access, "        ", value, form_bits_literal(unit->request, form, bits));
        unit_add(unit, "}\n");
}

static void void_setter(const struct access *access)
{
        if (!access->in_union)
                return;
        unit_add(access->unit, "\n");
        unit_comment(&access->unit->functions, "", access->said);
        unit_add(access->unit, "static inline void %s(struct %s to)\n{\n",
                 function_name(access, "set"), access->builder);
        set_member(access, "        ");
        unit_add(access->unit, "}\n");
}

/* A function that answers what `call` does, and then says which member it is. */
static void failing_setter(const struct access *access, const char *verb, const char *parameters,
                           const char *call)
{
        struct unit *unit = access->unit;

        unit_add(unit, "\nstatic inline int %s(struct %s to, %s)\n{\n", function_name(access, verb),
                 access->builder, parameters);
        if (!access->in_union) {
                unit_add(unit, "        return %s;\n}\n", call);
                return;
        }
        unit_add(unit, "        int error = %s;\n\n        if (error == 0)\n", call);
        set_member(access, "                ");
        unit_add(unit, "        return error;\n}\n");
}

static void struct_setters(const struct access *access, const char *slot)
{
        struct request *request = access->unit->request;
        struct node_struct of = node_struct(access->form.entry->node);

        failing_setter(
                access, "init", arena_print(&request->arena, "%s *ret_value", access->form.builder),
                arena_print(&request->arena, "mori_wire_new_struct(%s, %u, %u, &ret_value->writer)",
                            slot, node_struct_data_word_count(of), node_struct_pointer_count(of)));
        failing_setter(
                access, "set", arena_print(&request->arena, "%s value", access->form.c),
                arena_print(&request->arena, "mori_wire_copy_struct(%s, &value.reader)", slot));
}

static const char *new_list(struct request *request, const struct form *form, const char *slot,
                            const char *elements)
{
        struct node_struct of;

        if (form->element->shape != SHAPE_STRUCT)
                return arena_print(&request->arena, "mori_wire_new_list(%s, %s, count, %s)", slot,
                                   form->element->size, elements);
        of = node_struct(form->element->entry->node);
        return arena_print(&request->arena, "mori_wire_new_structs(%s, count, %u, %u, %s)", slot,
                           node_struct_data_word_count(of), node_struct_pointer_count(of),
                           elements);
}

static void pointer_setters(const struct access *access)
{
        struct unit *unit = access->unit;
        struct arena *arena = &unit->request->arena;
        const char *slot =
                arena_print(arena, "mori_wire_writer_slot(&to.writer, %u)", access->offset);

        switch (access->form.shape) {
        case SHAPE_TEXT:
                failing_setter(access, "set", "struct mori_wire_text value",
                               arena_print(arena,
                                           "mori_wire_new_text(%s, value.bytes, value.count)",
                                           slot));
                failing_setter(
                        access, "init", "uint32_t count, char **ret_bytes",
                        arena_print(arena, "mori_wire_text_room(%s, count, ret_bytes)", slot));
                break;
        case SHAPE_DATA:
                failing_setter(access, "set", "struct mori_wire_data value",
                               arena_print(arena,
                                           "mori_wire_new_data(%s, value.bytes, value.count)",
                                           slot));
                failing_setter(
                        access, "init", "uint32_t count, uint8_t **ret_bytes",
                        arena_print(arena, "mori_wire_data_room(%s, count, ret_bytes)", slot));
                break;
        case SHAPE_STRUCT:
                struct_setters(access, slot);
                break;
        case SHAPE_LIST:
                failing_setter(
                        access, "init",
                        arena_print(arena, "uint32_t count, %s *ret_list", access->form.builder),
                        new_list(unit->request, &access->form, slot, "&ret_list->elements"));
                failing_setter(access, "set", arena_print(arena, "%s value", access->form.c),
                               arena_print(arena, "mori_wire_copy_list(%s, &value.list)", slot));
                break;
        case SHAPE_CAPABILITY:
                failing_setter(access, "set", arena_print(arena, "%s value", access->form.c),
                               arena_print(arena, "mori_wire_put_reference(%s, value%s.word)", slot,
                                           access->form.entry != NULL ? ".ref" : ""));
                break;
        default:
                unit_add(unit, "\nstatic inline struct mori_wire_slot %s(struct %s to)\n{\n",
                         function_name(access, "init"), access->builder);
                set_member(access, "        ");
                unit_add(unit, "        return %s;\n}\n", slot);
                failing_setter(
                        access, "set", "struct mori_wire_pointer value",
                        arena_print(arena, "mori_wire_copy(%s, value, MORI_WIRE_AS_IT_IS)", slot));
        }
}

/* ---- Fields */

static bool which_is_good(const struct access *access)
{
        struct node_struct of = node_struct(access->entry->node);

        return !access->in_union || ((uint64_t)access->which_offset + 1) * 16 <=
                                            64 * (uint64_t)node_struct_data_word_count(of);
}

/* False: there is an error. */
static bool access_init(struct access *access, struct unit *unit, struct entry *entry,
                        struct field field, uint32_t index)
{
        struct field_slot slot = field_slot(field);

        *access = (struct access){
                .unit = unit,
                .entry = entry,
                .reader = name_of(unit->request, entry),
                .builder = name_builder(unit->request, entry),
                .component = name_component(unit->request, entry, field_name(field).bytes,
                                            field_annotations(field), field_name(field)),
                .member = field_name(field).bytes,
                .said = unit_member_comment(entry, index),
                .offset = field_slot_offset(slot),
                .member_value = field_discriminant_value(field),
                .in_union = field_discriminant_value(field) != FIELD_NO_DISCRIMINANT,
                .has_default = field_slot_had_explicit_default(slot),
                .default_value = field_slot_default_value(slot),
                .which_offset = node_struct_discriminant_offset(node_struct(entry->node))};
        if (!which_is_good(access)) {
                request_error(unit->request, entry, access->member,
                              "the struct is too small for its union");
                return false;
        }
        if (!field_is_slot(field))
                return true;
        if (!form_of(unit->request, entry, access->member, field_slot_type(slot), &access->form))
                return false;
        if (access->form.shape != SHAPE_VOID &&
            !form_place_is_good(&access->form, node_struct(entry->node), access->offset)) {
                request_error(unit->request, entry, access->member,
                              "the struct is too small for it");
                return false;
        }
        return true;
}

/* Zeros all that belongs to a group, so that nothing is left there of another member. */
static void zero_group(struct access *outer, struct entry *group, int depth)
{
        struct field_list fields = node_struct_fields(node_struct(group->node));
        struct unit *unit = outer->unit;
        struct access access;

        if (node_struct_discriminant_count(node_struct(group->node)) > 0)
                unit_add(unit, "        mori_wire_put_u16(&to.writer, %u, 0, 0);\n",
                         node_struct_discriminant_offset(node_struct(group->node)));
        for (uint32_t i = 0; i < field_list_count(fields); i++) {
                struct field field = field_list_at(fields, i);

                if (!access_init(&access, unit, group, field, i))
                        continue;
                if (field_is_group(field)) {
                        struct entry *inner = request_find(unit->request,
                                                           field_group_type_id(field_group(field)));

                        if (inner != NULL && inner->parent == group && depth > 0)
                                zero_group(&access, inner, depth - 1);
                } else if (form_is_pointer(&access.form)) {
                        unit_add(unit,
                                 "        mori_wire_put_null(mori_wire_writer_slot(&to.writer, "
                                 "%u));\n",
                                 access.offset);
                } else if (access.form.shape != SHAPE_VOID) {
                        put_value(&access, "        ",
                                  access.form.shape == SHAPE_BOOL ? "false" : "0",
                                  access.form.shape == SHAPE_BOOL ? "false" : "0");
                }
        }
}

static void group_functions(struct access *access, struct entry *group)
{
        struct unit *unit = access->unit;
        const char *name = name_of(unit->request, group);

        unit_add(unit, "\n");
        unit_comment(&unit->functions, "", access->said);
        unit_add(unit,
                 "static inline struct %s %s(struct %s from)\n{\n        struct %s value;\n\n"
                 "        value.reader = ",
                 name, function_name(access, ""), access->reader, name);
        if (access->in_union)
                unit_add(unit, "%s ? from.reader : mori_wire_reader_none();\n", is_member(access));
        else
                unit_add(unit, "from.reader;\n");
        unit_add(unit, "        return value;\n}\n");
        unit_add(unit,
                 "\nstatic inline struct %s %s(struct %s to)\n{\n        struct %s value;\n\n",
                 name_builder(unit->request, group), function_name(access, "init"), access->builder,
                 name_builder(unit->request, group));
        zero_group(access, group, REQUEST_DEPTH_MAX);
        set_member(access, "        ");
        unit_add(unit, "        value.writer = to.writer;\n        return value;\n}\n");
}

static void field_functions(struct unit *unit, struct entry *entry, struct field field,
                            uint32_t index)
{
        struct access access;
        struct entry *group;

        if (!access_init(&access, unit, entry, field, index))
                return;
        if (access.in_union)
                unit_add(unit,
                         "\nstatic inline bool %s(struct %s from)\n{\n        return %s;\n}\n",
                         function_name(&access, "is"), access.reader, is_member(&access));
        if (field_is_group(field)) {
                group = request_find(unit->request, field_group_type_id(field_group(field)));
                if (group != NULL && group->parent == entry)
                        group_functions(&access, group);
                return;
        }
        if (!field_is_slot(field)) {
                request_error(unit->request, entry, access.member,
                              "a field of a kind that is newer than this capnpc-mori");
                return;
        }
        unit_use(unit, &access.form);
        if (access.form.shape == SHAPE_VOID) {
                void_setter(&access);
        } else if (form_is_pointer(&access.form)) {
                pointer_getter(&access);
                pointer_setters(&access);
        } else {
                value_getter(&access);
                value_setter(&access);
        }
}

/* ---- Structs */

void unit_struct_names(struct unit *unit, struct entry *entry)
{
        struct field_list fields = node_struct_fields(node_struct(entry->node));

        for (uint32_t i = 0; i < field_list_count(fields); i++) {
                struct field field = field_list_at(fields, i);
                const char *component =
                        name_component(unit->request, entry, field_name(field).bytes,
                                       field_annotations(field), field_name(field));

                names_own(&unit->names, unit->request, entry, field_name(field).bytes,
                          arena_print(&unit->request->arena, "%s_%s", name_of(unit->request, entry),
                                      component));
        }
}

static void which_function(struct unit *unit, struct entry *entry)
{
        struct node_struct of = node_struct(entry->node);
        const char *name = name_of(unit->request, entry);
        const char *tag = arena_print(&unit->request->arena, "%s_which", name);

        if (node_struct_discriminant_count(of) == 0)
                return;
        unit_add(unit,
                 "\nstatic inline enum %s %s(struct %s from)\n{\n"
                 "        return (enum %s)mori_wire_u16(&from.reader, %u, 0);\n}\n",
                 tag, names_derive(&unit->names, unit->request, tag), name, tag,
                 node_struct_discriminant_offset(of));
}

static void struct_functions(struct unit *unit, struct entry *entry)
{
        struct request *request = unit->request;
        struct node_struct of = node_struct(entry->node);
        const char *name = name_of(request, entry), *builder = name_builder(request, entry),
                   *list = name_list(request, entry);

        unit_add(unit,
                 "\nstatic inline struct %s %s(struct mori_wire_pointer pointer)\n{\n"
                 "        struct %s value;\n\n"
                 "        value.reader = mori_wire_read_struct(pointer);\n        return "
                 "value;\n}\n",
                 name,
                 names_derive(&unit->names, request, arena_print(&request->arena, "%s_read", name)),
                 name);
        unit_add(unit,
                 "\nstatic inline int %s(struct mori_wire_slot slot, struct %s *ret_value)\n{\n"
                 "        return mori_wire_new_struct(slot, %u, %u, &ret_value->writer);\n}\n",
                 names_derive(&unit->names, request, arena_print(&request->arena, "%s_init", name)),
                 builder, node_struct_data_word_count(of), node_struct_pointer_count(of));
        unit_add(unit,
                 "\nstatic inline struct %s %s_at(struct %s list, uint32_t index)\n{\n"
                 "        struct %s value;\n\n"
                 "        value.reader = mori_wire_element_struct(&list.list, index);\n"
                 "        return value;\n}\n",
                 name, list, list, name);
        unit_add(unit,
                 "\nstatic inline struct %s %s_builder_at(struct %s_builder list, uint32_t "
                 "index)\n{\n"
                 "        struct %s value;\n\n"
                 "        value.writer = mori_wire_elements_struct(&list.elements, index);\n"
                 "        return value;\n}\n",
                 builder, list, list, builder);
        unit_add(unit,
                 "\nstatic inline struct %s %s_read(struct mori_wire_pointer pointer)\n{\n"
                 "        struct %s value;\n\n"
                 "        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);\n"
                 "        return value;\n}\n",
                 list, list, list);
        unit_add(
                unit,
                "\nstatic inline int %s_init(struct mori_wire_slot slot, uint32_t count, struct "
                "%s_builder *ret_value)\n{\n"
                "        return mori_wire_new_structs(slot, count, %u, %u, &ret_value->elements);\n"
                "}\n",
                list, list, node_struct_data_word_count(of), node_struct_pointer_count(of));
}

/* Places of fields in the order of the schema's text. */
static int order_compare(const void *a, const void *b)
{
        const uint32_t *left = a, *right = b;

        return *left < *right ? -1 : *left > *right;
}

void unit_struct(struct unit *unit, struct entry *entry)
{
        struct node_struct of = node_struct(entry->node);
        struct field_list fields = node_struct_fields(of);
        uint32_t count = field_list_count(fields), *order;

        if (count > UINT16_MAX) {
                request_error(unit->request, entry, NULL, "more fields than a struct can have");
                return;
        }
        if (!node_struct_is_group(of))
                struct_functions(unit, entry);
        which_function(unit, entry);
        order = arena_take(&unit->request->arena, (count + 1) * sizeof *order);
        for (uint32_t i = 0; i < count; i++)
                order[i] = (uint32_t)field_code_order(field_list_at(fields, i)) << 16 | i;
        qsort(order, count, sizeof *order, order_compare);
        for (uint32_t i = 0; i < count; i++)
                field_functions(unit, entry, field_list_at(fields, order[i] & 0xffff),
                                order[i] & 0xffff);
}
