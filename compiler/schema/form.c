/* SPDX-License-Identifier: MIT */
#include "form.h"

#include <math.h>

/* Values, by their places in Type's union. */
static const struct form values[] = {
        [TYPE_WHICH_VOID] = {SHAPE_VOID, 0, false, "void", NULL, "mori_wire_void_list",
                             "MORI_WIRE_VOID", NULL, NULL},
        [TYPE_WHICH_BOOL] = {SHAPE_BOOL, 1, false, "bool", NULL, "mori_wire_bool_list",
                             "MORI_WIRE_BIT", NULL, NULL},
        [TYPE_WHICH_INT8] = {SHAPE_INTEGER, 8, true, "int8_t", NULL, "mori_wire_int8_list",
                             "MORI_WIRE_BYTE", NULL, NULL},
        [TYPE_WHICH_INT16] = {SHAPE_INTEGER, 16, true, "int16_t", NULL, "mori_wire_int16_list",
                              "MORI_WIRE_TWO_BYTES", NULL, NULL},
        [TYPE_WHICH_INT32] = {SHAPE_INTEGER, 32, true, "int32_t", NULL, "mori_wire_int32_list",
                              "MORI_WIRE_FOUR_BYTES", NULL, NULL},
        [TYPE_WHICH_INT64] = {SHAPE_INTEGER, 64, true, "int64_t", NULL, "mori_wire_int64_list",
                              "MORI_WIRE_EIGHT_BYTES", NULL, NULL},
        [TYPE_WHICH_UINT8] = {SHAPE_INTEGER, 8, false, "uint8_t", NULL, "mori_wire_uint8_list",
                              "MORI_WIRE_BYTE", NULL, NULL},
        [TYPE_WHICH_UINT16] = {SHAPE_INTEGER, 16, false, "uint16_t", NULL, "mori_wire_uint16_list",
                               "MORI_WIRE_TWO_BYTES", NULL, NULL},
        [TYPE_WHICH_UINT32] = {SHAPE_INTEGER, 32, false, "uint32_t", NULL, "mori_wire_uint32_list",
                               "MORI_WIRE_FOUR_BYTES", NULL, NULL},
        [TYPE_WHICH_UINT64] = {SHAPE_INTEGER, 64, false, "uint64_t", NULL, "mori_wire_uint64_list",
                               "MORI_WIRE_EIGHT_BYTES", NULL, NULL},
        [TYPE_WHICH_FLOAT32] = {SHAPE_FLOAT, 32, true, "float", NULL, "mori_wire_float32_list",
                                "MORI_WIRE_FOUR_BYTES", NULL, NULL},
        [TYPE_WHICH_FLOAT64] = {SHAPE_FLOAT, 64, true, "double", NULL, "mori_wire_float64_list",
                                "MORI_WIRE_EIGHT_BYTES", NULL, NULL},
        [TYPE_WHICH_TEXT] = {SHAPE_TEXT, 0, false, "struct mori_wire_text", NULL,
                             "mori_wire_text_list", "MORI_WIRE_POINTER", NULL, NULL},
        [TYPE_WHICH_DATA] = {SHAPE_DATA, 0, false, "struct mori_wire_data", NULL,
                             "mori_wire_data_list", "MORI_WIRE_POINTER", NULL, NULL},
};
static const struct form any = {SHAPE_ANY,
                                0,
                                false,
                                "struct mori_wire_pointer",
                                NULL,
                                "mori_wire_pointer_list",
                                "MORI_WIRE_POINTER",
                                NULL,
                                NULL};

static bool named_form(struct request *request, struct entry *entry, const char *member,
                       uint64_t id, enum node_which which, struct form *ret_form)
{
        struct entry *named = request_find(request, id);

        if (named == NULL || node_which(named->node) != which) {
                request_error(request, entry, member, "its type, 0x%016llx, is not in the request",
                              (unsigned long long)id);
                return false;
        }
        *ret_form = (struct form){.entry = named};
        return true;
}

static bool list_form(struct request *request, struct entry *entry, const char *member,
                      struct type type, struct form *ret_form)
{
        struct form *element = arena_take(&request->arena, sizeof *element);
        struct type inner = type_list_element_type(type_list(type));

        if (!form_of(request, entry, member, inner, element))
                return false;
        if (type_which(inner) == TYPE_WHICH_ANY_POINTER &&
            type_any_pointer_is_unconstrained(type_any_pointer(inner)) &&
            type_any_pointer_unconstrained_is_struct(
                    type_any_pointer_unconstrained(type_any_pointer(inner)))) {
                request_error(request, entry, member,
                              "List(AnyStruct) has no type in C: use AnyPointer");
                return false;
        }
        *ret_form = (struct form){
                .shape = SHAPE_LIST,
                .c = arena_print(&request->arena, "struct %s", element->list),
                .builder = arena_print(&request->arena, "struct %s_builder", element->list),
                .list = arena_print(&request->arena, "%s_list", element->list),
                .size = "MORI_WIRE_POINTER",
                .element = element};
        return true;
}

bool form_of(struct request *request, struct entry *entry, const char *member, struct type type,
             struct form *ret_form)
{
        enum type_which which = type_which(type);

        switch (which) {
        case TYPE_WHICH_LIST:
                return list_form(request, entry, member, type, ret_form);
        case TYPE_WHICH_ENUM:
                if (!named_form(request, entry, member, type_enum_type_id(type_enum(type)),
                                NODE_WHICH_ENUM, ret_form))
                        return false;
                ret_form->shape = SHAPE_ENUM;
                ret_form->bits = 16;
                ret_form->size = "MORI_WIRE_TWO_BYTES";
                ret_form->c =
                        arena_print(&request->arena, "enum %s", name_of(request, ret_form->entry));
                ret_form->list = name_list(request, ret_form->entry);
                return true;
        case TYPE_WHICH_STRUCT:
                if (!named_form(request, entry, member, type_struct_type_id(type_struct(type)),
                                NODE_WHICH_STRUCT, ret_form))
                        return false;
                ret_form->shape = SHAPE_STRUCT;
                ret_form->size = "MORI_WIRE_COMPOSITE";
                ret_form->c = arena_print(&request->arena, "struct %s",
                                          name_of(request, ret_form->entry));
                ret_form->builder = arena_print(&request->arena, "struct %s",
                                                name_builder(request, ret_form->entry));
                ret_form->list = name_list(request, ret_form->entry);
                return true;
        case TYPE_WHICH_INTERFACE:
                if (!named_form(request, entry, member,
                                type_interface_type_id(type_interface(type)), NODE_WHICH_INTERFACE,
                                ret_form))
                        return false;
                ret_form->shape = SHAPE_CAPABILITY;
                ret_form->c = arena_print(&request->arena, "struct %s",
                                          name_of(request, ret_form->entry));
                ret_form->list = any.list;
                ret_form->size = any.size;
                return true;
        case TYPE_WHICH_ANY_POINTER:
                *ret_form = any;
                if (type_any_pointer_is_unconstrained(type_any_pointer(type)) &&
                    type_any_pointer_unconstrained_is_capability(
                            type_any_pointer_unconstrained(type_any_pointer(type)))) {
                        ret_form->shape = SHAPE_CAPABILITY;
                        ret_form->c = "mori_ref";
                }
                return true;
        default:
                if ((unsigned)which >= sizeof values / sizeof values[0]) {
                        request_error(request, entry, member,
                                      "its type is of a kind (%u) that is newer than this "
                                      "capnpc-mori",
                                      (unsigned)which);
                        return false;
                }
                *ret_form = values[which];
                return true;
        }
}

static uint64_t value_bits(struct value value)
{
        switch (value_which(value)) {
        case VALUE_WHICH_BOOL:
                return value_bool(value);
        case VALUE_WHICH_INT8:
                return (uint8_t)value_int8(value);
        case VALUE_WHICH_INT16:
                return (uint16_t)value_int16(value);
        case VALUE_WHICH_INT32:
                return (uint32_t)value_int32(value);
        case VALUE_WHICH_INT64:
                return (uint64_t)value_int64(value);
        case VALUE_WHICH_UINT8:
                return value_uint8(value);
        case VALUE_WHICH_UINT16:
                return value_uint16(value);
        case VALUE_WHICH_UINT32:
                return value_uint32(value);
        case VALUE_WHICH_UINT64:
                return value_uint64(value);
        case VALUE_WHICH_FLOAT32:
                return mori_wire_float_bits(value_float32(value));
        case VALUE_WHICH_FLOAT64:
                return mori_wire_double_bits(value_float64(value));
        case VALUE_WHICH_ENUM:
                return value_enum(value);
        default:
                return 0;
        }
}

uint64_t form_bits(const struct form *form, struct value value)
{
        return form->bits == 0 ? 0 : value_bits(value) & UINT64_MAX >> (64 - form->bits);
}

const char *form_bits_literal(struct request *request, const struct form *form, uint64_t bits)
{
        if (form->bits <= 1)
                return bits != 0 ? "true" : "false";
        if (bits == 0)
                return "0";
        if (form->bits <= 16)
                return arena_print(&request->arena, "0x%llx", (unsigned long long)bits);
        return arena_print(&request->arena, "UINT%u_C(0x%llx)", form->bits,
                           (unsigned long long)bits);
}

static const char *float_literal(struct request *request, const struct form *form, uint64_t bits)
{
        double number =
                form->bits == 32 ? (double)mori_wire_float((uint32_t)bits) : mori_wire_double(bits);
        const char *suffix = form->bits == 32 ? "f" : "";

        if (isnan(number))
                return arena_print(&request->arena, "__builtin_nan%s(\"\")", suffix);
        if (isinf(number))
                return arena_print(&request->arena, "%s__builtin_inf%s()%s", number < 0 ? "(-" : "",
                                   suffix, number < 0 ? ")" : "");
        /* with a point or an exponent, and all of its digits */
        return arena_print(&request->arena, number < 0 ? "(%.*e%s)" : "%.*e%s",
                           form->bits == 32 ? 8 : 16, number, suffix);
}

const char *form_literal(struct request *request, const struct form *form, struct value value)
{
        uint64_t bits = form_bits(form, value);
        long long number;

        switch (form->shape) {
        case SHAPE_BOOL:
                return bits != 0 ? "true" : "false";
        case SHAPE_FLOAT:
                return float_literal(request, form, bits);
        case SHAPE_ENUM:
                return arena_print(&request->arena, "((%s)%u)", form->c, (unsigned)(bits & 0xffff));
        case SHAPE_INTEGER:
                if (!form->is_signed)
                        return arena_print(&request->arena, "UINT%u_C(%llu)", form->bits,
                                           (unsigned long long)bits);
                number = (long long)(bits << (64 - form->bits)) >> (64 - form->bits);
                if (number == INT64_MIN)
                        return "(-INT64_C(9223372036854775807) - 1)";
                return arena_print(&request->arena,
                                   number < 0 ? "(-INT%u_C(%lld))" : "INT%u_C(%lld)", form->bits,
                                   number < 0 ? -number : number);
        default:
                return "0";
        }
}

bool form_place_is_good(const struct form *form, struct node_struct of, uint32_t offset)
{
        uint64_t end = (uint64_t)offset + 1;

        if (form_is_pointer(form))
                return end <= node_struct_pointer_count(of);
        return end * form->bits <= 64 * (uint64_t)node_struct_data_word_count(of);
}

struct mori_wire_pointer form_pointer(struct value value)
{
        /* Value has one pointer: the text, the data, the list, the struct or whatever it is. */
        return mori_wire_reader_pointer(&value.reader, 0);
}
