/* Made by capnpc-mori of mori/service/programs.capnp: do not edit. */
#include "programs.mori.h"

#include <errno.h>
#include <stddef.h>

static const struct mori_program_field builtin_console_program_fields[] = {
        {.name = "console", .type = "Console", .kind = MORI_PROGRAM_EXPORT,
         .offset = offsetof(struct builtin_console_exports, console), .interface = &service_console_interface},
};

const struct mori_program_schema builtin_console_program_schema = {
        .name = "Console",
        .file = "mori/service/programs.capnp",
        .bytes = sizeof(struct builtin_console_capabilities),
        .fields_count = 1,
        .fields = builtin_console_program_fields,
};

static const struct mori_program_field builtin_clock_program_fields[] = {
        {.name = "clock", .type = "Clock", .kind = MORI_PROGRAM_EXPORT,
         .offset = offsetof(struct builtin_clock_exports, clock), .interface = &service_clock_interface},
};

const struct mori_program_schema builtin_clock_program_schema = {
        .name = "Clock",
        .file = "mori/service/programs.capnp",
        .bytes = sizeof(struct builtin_clock_capabilities),
        .fields_count = 1,
        .fields = builtin_clock_program_fields,
};

static const struct mori_program_field builtin_random_program_fields[] = {
        {.name = "random", .type = "Random", .kind = MORI_PROGRAM_EXPORT,
         .offset = offsetof(struct builtin_random_exports, random), .interface = &service_random_interface},
};

const struct mori_program_schema builtin_random_program_schema = {
        .name = "Random",
        .file = "mori/service/programs.capnp",
        .bytes = sizeof(struct builtin_random_capabilities),
        .fields_count = 1,
        .fields = builtin_random_program_fields,
};

static const struct mori_program_field builtin_files_program_fields[] = {
        {.name = "path", .type = "Text", .kind = MORI_PROGRAM_TEXT,
         .offset = offsetof(struct builtin_files_capabilities, path),
         .text = "", .required = true,
         .least = INT64_C(1), .most = INT64_C(9223372036854775807)},
        {.name = "readonly", .type = "Bool", .kind = MORI_PROGRAM_BOOL,
         .offset = offsetof(struct builtin_files_capabilities, readonly), .bytes = 1, .number = UINT64_C(0x0)},
        {.name = "openMax", .type = "UInt32", .kind = MORI_PROGRAM_UNSIGNED,
         .offset = offsetof(struct builtin_files_capabilities, open_max), .bytes = 4, .number = UINT64_C(0x3e8),
         .least = INT64_C(1), .most = INT64_C(1000000)},
        {.name = "directory", .type = "Directory", .kind = MORI_PROGRAM_EXPORT,
         .offset = offsetof(struct builtin_files_exports, directory), .interface = &service_directory_interface},
};

const struct mori_program_schema builtin_files_program_schema = {
        .name = "Files",
        .file = "mori/service/programs.capnp",
        .bytes = sizeof(struct builtin_files_capabilities),
        .fields_count = 4,
        .fields = builtin_files_program_fields,
};

static const struct mori_program_field builtin_listener_program_fields[] = {
        {.name = "address", .type = "Text", .kind = MORI_PROGRAM_TEXT,
         .offset = offsetof(struct builtin_listener_capabilities, address),
         .text = "", .required = true,
         .least = INT64_C(1), .most = INT64_C(9223372036854775807)},
        {.name = "openMax", .type = "UInt32", .kind = MORI_PROGRAM_UNSIGNED,
         .offset = offsetof(struct builtin_listener_capabilities, open_max), .bytes = 4, .number = UINT64_C(0x3e8),
         .least = INT64_C(1), .most = INT64_C(1000000)},
        {.name = "listener", .type = "Listener", .kind = MORI_PROGRAM_EXPORT,
         .offset = offsetof(struct builtin_listener_exports, listener), .interface = &service_listener_interface},
};

const struct mori_program_schema builtin_listener_program_schema = {
        .name = "Listener",
        .file = "mori/service/programs.capnp",
        .bytes = sizeof(struct builtin_listener_capabilities),
        .fields_count = 3,
        .fields = builtin_listener_program_fields,
};
