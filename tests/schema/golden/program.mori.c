/* Made by capnpc-mori of program.capnp: do not edit. */
#include "program.mori.h"

#include <errno.h>
#include <stddef.h>

static const uint64_t program_keeper_title_default_words[] = {
        0x0000004200000001, 0x000a3f2262222061,
};
static const struct mori_wire_segment program_keeper_title_default_segment = {program_keeper_title_default_words, 2};
const struct mori_wire_message program_keeper_title_default = MORI_WIRE_CONSTANT(&program_keeper_title_default_segment, 1);

static const char *const program_keeper_unit_names[] = {
        "metre",
        "foot",
        NULL,
};

static const struct mori_program_field program_keeper_program_fields[] = {
        {.name = "store", .type = "Store", .kind = MORI_PROGRAM_EXPORT,
         .offset = offsetof(struct program_keeper_exports, store), .interface = &service_store_interface},
        {.name = "named", .type = "Named", .kind = MORI_PROGRAM_EXPORT,
         .offset = offsetof(struct program_keeper_exports, named), .interface = &service_named_interface},
        {.name = "log", .type = "Capability", .kind = MORI_PROGRAM_NEED,
         .offset = offsetof(struct program_keeper_capabilities, log)},
        {.name = "quiet", .type = "Bool", .kind = MORI_PROGRAM_BOOL,
         .offset = offsetof(struct program_keeper_capabilities, quiet), .bytes = 1, .number = UINT64_C(0x1)},
        {.name = "level", .type = "Int8", .kind = MORI_PROGRAM_SIGNED,
         .offset = offsetof(struct program_keeper_capabilities, level), .bytes = 1, .number = UINT64_C(0xfffffffffffffffd)},
        {.name = "port", .type = "UInt16", .kind = MORI_PROGRAM_UNSIGNED,
         .offset = offsetof(struct program_keeper_capabilities, port), .bytes = 2, .number = UINT64_C(0x1f90)},
        {.name = "share", .type = "Float32", .kind = MORI_PROGRAM_FLOAT,
         .offset = offsetof(struct program_keeper_capabilities, share), .bytes = 4, .number = UINT64_C(0x3fe0000000000000)},
        {.name = "ratio", .type = "Float64", .kind = MORI_PROGRAM_FLOAT,
         .offset = offsetof(struct program_keeper_capabilities, ratio), .bytes = 8, .number = UINT64_C(0x0), .required = true},
        {.name = "unit", .type = "Unit", .kind = MORI_PROGRAM_ENUM,
         .offset = offsetof(struct program_keeper_capabilities, unit), .bytes = 4, .number = UINT64_C(0x1),
         .names = program_keeper_unit_names},
        {.name = "title", .type = "Text", .kind = MORI_PROGRAM_TEXT,
         .offset = offsetof(struct program_keeper_capabilities, title),
         .text = "a \042b\042\077\012"},
        {.name = "default", .type = "List(Text)", .kind = MORI_PROGRAM_TEXTS,
         .offset = offsetof(struct program_keeper_capabilities, default_)},
        {.name = "far", .type = "Int64", .kind = MORI_PROGRAM_SIGNED,
         .offset = offsetof(struct program_keeper_capabilities, far), .bytes = 8, .number = UINT64_C(0xfffffffde78ee600)},
        {.name = "near", .type = "Int8", .kind = MORI_PROGRAM_SIGNED,
         .offset = offsetof(struct program_keeper_capabilities, near), .bytes = 1, .number = UINT64_C(0x0),
         .least = INT64_C(-3), .most = INT64_C(7)},
        {.name = "some", .type = "UInt32", .kind = MORI_PROGRAM_UNSIGNED,
         .offset = offsetof(struct program_keeper_capabilities, some), .bytes = 4, .number = UINT64_C(0x1),
         .least = INT64_C(1), .most = INT64_C(4294967295)},
        {.name = "cold", .type = "Int16", .kind = MORI_PROGRAM_SIGNED,
         .offset = offsetof(struct program_keeper_capabilities, cold), .bytes = 2, .number = UINT64_C(0x0),
         .least = INT64_C(-32768), .most = INT64_C(0)},
};

const struct mori_program_schema program_keeper_program_schema = {
        .name = "Keeper",
        .file = "program.capnp",
        .bytes = sizeof(struct program_keeper_capabilities),
        .fields_count = 15,
        .fields = program_keeper_program_fields,
};

static const struct mori_program_field program_nothing_program_fields[] = {
        {.name = NULL},
};

const struct mori_program_schema program_nothing_program_schema = {
        .name = "Nothing",
        .file = "program.capnp",
        .bytes = sizeof(struct program_nothing_capabilities),
        .fields_count = 0,
        .fields = program_nothing_program_fields,
};

const struct mori_method program_scope_methods[] = {
        {NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL},
};

static const struct mori_interface_part program_scope_parts[] = {
        {UINT64_C(0xd1cb9dd1bc6e7410), 0, program_scope_methods, 0},
};
const struct mori_interface program_scope_interface = {"program_scope", 1, program_scope_parts};

static const struct mori_program_field program_scope_inner_program_fields[] = {
        {.name = "store", .type = "Store", .kind = MORI_PROGRAM_NEED,
         .offset = offsetof(struct program_scope_inner_capabilities, store), .interface = &service_store_interface},
};

const struct mori_program_schema program_scope_inner_program_schema = {
        .name = "Inner",
        .file = "program.capnp",
        .bytes = sizeof(struct program_scope_inner_capabilities),
        .fields_count = 1,
        .fields = program_scope_inner_program_fields,
};
