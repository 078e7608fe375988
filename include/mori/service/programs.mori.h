/* Made by capnpc-mori of mori/service/programs.capnp: do not edit. */
#pragma once

#include <mori/system.h>
#include <mori/wire_list.h>

#ifdef __cplusplus
extern "C" {
#endif

struct builtin_console {
        struct mori_wire_reader reader;
};
struct builtin_console_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(builtin_console_list)

struct builtin_clock {
        struct mori_wire_reader reader;
};
struct builtin_clock_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(builtin_clock_list)

struct builtin_random {
        struct mori_wire_reader reader;
};
struct builtin_random_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(builtin_random_list)

struct builtin_files {
        struct mori_wire_reader reader;
};
struct builtin_files_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(builtin_files_list)

struct builtin_listener {
        struct mori_wire_reader reader;
};
struct builtin_listener_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(builtin_listener_list)

#ifdef __cplusplus
}
#endif

#include <mori/service/console.mori.h>
#include <mori/service/clock.mori.h>
#include <mori/service/random.mori.h>
#include <mori/service/files.mori.h>
#include <mori/service/net.mori.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline struct builtin_console builtin_console_read(struct mori_wire_pointer pointer)
{
        struct builtin_console value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int builtin_console_init(struct mori_wire_slot slot, struct builtin_console_builder *ret_value)
{
        return mori_wire_new_struct(slot, 0, 1, &ret_value->writer);
}

static inline struct builtin_console builtin_console_list_at(struct builtin_console_list list, uint32_t index)
{
        struct builtin_console value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct builtin_console_builder builtin_console_list_builder_at(struct builtin_console_list_builder list, uint32_t index)
{
        struct builtin_console_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct builtin_console_list builtin_console_list_read(struct mori_wire_pointer pointer)
{
        struct builtin_console_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int builtin_console_list_init(struct mori_wire_slot slot, uint32_t count, struct builtin_console_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 0, 1, &ret_value->elements);
}

static inline struct service_console builtin_console_console(struct builtin_console from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct service_console value;

        value.ref.word = mori_wire_read_reference(pointer);
        return value;
}

static inline bool builtin_console_has_console(struct builtin_console from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int builtin_console_set_console(struct builtin_console_builder to, struct service_console value)
{
        return mori_wire_put_reference(mori_wire_writer_slot(&to.writer, 0), value.ref.word);
}

/* What a process has that runs the program. */
struct builtin_console_capabilities {
        struct mori_program_process *process_;
};
extern const struct mori_program_schema builtin_console_program_schema;

/* What it exports. */
struct builtin_console_exports {
        struct service_console console;
};

/* Gives it to those that need it, once; references stay the caller's. */
static inline int builtin_console_export(const struct builtin_console_capabilities *has,
        const struct builtin_console_exports *exports)
{
        return mori_program_export(has->process_, exports);
}

static inline struct builtin_clock builtin_clock_read(struct mori_wire_pointer pointer)
{
        struct builtin_clock value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int builtin_clock_init(struct mori_wire_slot slot, struct builtin_clock_builder *ret_value)
{
        return mori_wire_new_struct(slot, 0, 1, &ret_value->writer);
}

static inline struct builtin_clock builtin_clock_list_at(struct builtin_clock_list list, uint32_t index)
{
        struct builtin_clock value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct builtin_clock_builder builtin_clock_list_builder_at(struct builtin_clock_list_builder list, uint32_t index)
{
        struct builtin_clock_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct builtin_clock_list builtin_clock_list_read(struct mori_wire_pointer pointer)
{
        struct builtin_clock_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int builtin_clock_list_init(struct mori_wire_slot slot, uint32_t count, struct builtin_clock_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 0, 1, &ret_value->elements);
}

static inline struct service_clock builtin_clock_clock(struct builtin_clock from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct service_clock value;

        value.ref.word = mori_wire_read_reference(pointer);
        return value;
}

static inline bool builtin_clock_has_clock(struct builtin_clock from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int builtin_clock_set_clock(struct builtin_clock_builder to, struct service_clock value)
{
        return mori_wire_put_reference(mori_wire_writer_slot(&to.writer, 0), value.ref.word);
}

/* What a process has that runs the program. */
struct builtin_clock_capabilities {
        struct mori_program_process *process_;
};
extern const struct mori_program_schema builtin_clock_program_schema;

/* What it exports. */
struct builtin_clock_exports {
        struct service_clock clock;
};

/* Gives it to those that need it, once; references stay the caller's. */
static inline int builtin_clock_export(const struct builtin_clock_capabilities *has,
        const struct builtin_clock_exports *exports)
{
        return mori_program_export(has->process_, exports);
}

static inline struct builtin_random builtin_random_read(struct mori_wire_pointer pointer)
{
        struct builtin_random value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int builtin_random_init(struct mori_wire_slot slot, struct builtin_random_builder *ret_value)
{
        return mori_wire_new_struct(slot, 0, 1, &ret_value->writer);
}

static inline struct builtin_random builtin_random_list_at(struct builtin_random_list list, uint32_t index)
{
        struct builtin_random value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct builtin_random_builder builtin_random_list_builder_at(struct builtin_random_list_builder list, uint32_t index)
{
        struct builtin_random_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct builtin_random_list builtin_random_list_read(struct mori_wire_pointer pointer)
{
        struct builtin_random_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int builtin_random_list_init(struct mori_wire_slot slot, uint32_t count, struct builtin_random_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 0, 1, &ret_value->elements);
}

static inline struct service_random builtin_random_random(struct builtin_random from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct service_random value;

        value.ref.word = mori_wire_read_reference(pointer);
        return value;
}

static inline bool builtin_random_has_random(struct builtin_random from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int builtin_random_set_random(struct builtin_random_builder to, struct service_random value)
{
        return mori_wire_put_reference(mori_wire_writer_slot(&to.writer, 0), value.ref.word);
}

/* What a process has that runs the program. */
struct builtin_random_capabilities {
        struct mori_program_process *process_;
};
extern const struct mori_program_schema builtin_random_program_schema;

/* What it exports. */
struct builtin_random_exports {
        struct service_random random;
};

/* Gives it to those that need it, once; references stay the caller's. */
static inline int builtin_random_export(const struct builtin_random_capabilities *has,
        const struct builtin_random_exports *exports)
{
        return mori_program_export(has->process_, exports);
}

static inline struct builtin_files builtin_files_read(struct mori_wire_pointer pointer)
{
        struct builtin_files value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int builtin_files_init(struct mori_wire_slot slot, struct builtin_files_builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 2, &ret_value->writer);
}

static inline struct builtin_files builtin_files_list_at(struct builtin_files_list list, uint32_t index)
{
        struct builtin_files value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct builtin_files_builder builtin_files_list_builder_at(struct builtin_files_list_builder list, uint32_t index)
{
        struct builtin_files_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct builtin_files_list builtin_files_list_read(struct mori_wire_pointer pointer)
{
        struct builtin_files_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int builtin_files_list_init(struct mori_wire_slot slot, uint32_t count, struct builtin_files_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 2, &ret_value->elements);
}

/* of the directory; relative: to the working directory */
static inline struct mori_wire_text builtin_files_path(struct builtin_files from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool builtin_files_has_path(struct builtin_files from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int builtin_files_set_path(struct builtin_files_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int builtin_files_init_path(struct builtin_files_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

/* nothing can be changed */
static inline bool builtin_files_readonly(struct builtin_files from)
{
        return mori_wire_bit(&from.reader, 0, false);
}

static inline void builtin_files_set_readonly(struct builtin_files_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 0, value, false);
}

/* files, directories and listings at a time */
static inline uint32_t builtin_files_open_max(struct builtin_files from)
{
        return mori_wire_u32(&from.reader, 1, UINT32_C(0x3e8));
}

static inline void builtin_files_set_open_max(struct builtin_files_builder to, uint32_t value)
{
        mori_wire_put_u32(&to.writer, 1, value, UINT32_C(0x3e8));
}

static inline struct service_directory builtin_files_directory(struct builtin_files from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);
        struct service_directory value;

        value.ref.word = mori_wire_read_reference(pointer);
        return value;
}

static inline bool builtin_files_has_directory(struct builtin_files from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int builtin_files_set_directory(struct builtin_files_builder to, struct service_directory value)
{
        return mori_wire_put_reference(mori_wire_writer_slot(&to.writer, 1), value.ref.word);
}

/* What a process has that runs the program. */
struct builtin_files_capabilities {
        struct mori_program_process *process_;
        /* of the directory; relative: to the working directory */
        const char *path;
        /* nothing can be changed */
        bool readonly;
        /* files, directories and listings at a time */
        uint32_t open_max;
};
extern const struct mori_program_schema builtin_files_program_schema;

/* What it exports. */
struct builtin_files_exports {
        struct service_directory directory;
};

/* Gives it to those that need it, once; references stay the caller's. */
static inline int builtin_files_export(const struct builtin_files_capabilities *has,
        const struct builtin_files_exports *exports)
{
        return mori_program_export(has->process_, exports);
}

static inline struct builtin_listener builtin_listener_read(struct mori_wire_pointer pointer)
{
        struct builtin_listener value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int builtin_listener_init(struct mori_wire_slot slot, struct builtin_listener_builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 2, &ret_value->writer);
}

static inline struct builtin_listener builtin_listener_list_at(struct builtin_listener_list list, uint32_t index)
{
        struct builtin_listener value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct builtin_listener_builder builtin_listener_list_builder_at(struct builtin_listener_list_builder list, uint32_t index)
{
        struct builtin_listener_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct builtin_listener_list builtin_listener_list_read(struct mori_wire_pointer pointer)
{
        struct builtin_listener_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int builtin_listener_list_init(struct mori_wire_slot slot, uint32_t count, struct builtin_listener_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 2, &ret_value->elements);
}

/* "127.0.0.1:8080", "[::1]:0", "*:8080", "unix:/run/x.sock" */
static inline struct mori_wire_text builtin_listener_address(struct builtin_listener from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool builtin_listener_has_address(struct builtin_listener from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int builtin_listener_set_address(struct builtin_listener_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int builtin_listener_init_address(struct builtin_listener_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

/* connections at a time */
static inline uint32_t builtin_listener_open_max(struct builtin_listener from)
{
        return mori_wire_u32(&from.reader, 0, UINT32_C(0x3e8));
}

static inline void builtin_listener_set_open_max(struct builtin_listener_builder to, uint32_t value)
{
        mori_wire_put_u32(&to.writer, 0, value, UINT32_C(0x3e8));
}

static inline struct service_listener builtin_listener_listener(struct builtin_listener from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);
        struct service_listener value;

        value.ref.word = mori_wire_read_reference(pointer);
        return value;
}

static inline bool builtin_listener_has_listener(struct builtin_listener from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int builtin_listener_set_listener(struct builtin_listener_builder to, struct service_listener value)
{
        return mori_wire_put_reference(mori_wire_writer_slot(&to.writer, 1), value.ref.word);
}

/* What a process has that runs the program. */
struct builtin_listener_capabilities {
        struct mori_program_process *process_;
        /* "127.0.0.1:8080", "[::1]:0", "*:8080", "unix:/run/x.sock" */
        const char *address;
        /* connections at a time */
        uint32_t open_max;
};
extern const struct mori_program_schema builtin_listener_program_schema;

/* What it exports. */
struct builtin_listener_exports {
        struct service_listener listener;
};

/* Gives it to those that need it, once; references stay the caller's. */
static inline int builtin_listener_export(const struct builtin_listener_capabilities *has,
        const struct builtin_listener_exports *exports)
{
        return mori_program_export(has->process_, exports);
}

#ifdef __cplusplus
}
#endif
