/* Made by capnpc-mori of program.capnp: do not edit. */
#pragma once

#include <mori/system.h>
#include <mori/wire_list.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Keeps a store, and names. */
struct program_keeper {
        struct mori_wire_reader reader;
};
struct program_keeper_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(program_keeper_list)

struct program_nothing {
        struct mori_wire_reader reader;
};
struct program_nothing_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(program_nothing_list)

typedef struct program_scope {
        mori_ref ref;
} program_scope;

struct program_scope_inner {
        struct mori_wire_reader reader;
};
struct program_scope_inner_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(program_scope_inner_list)

#ifdef __cplusplus
}
#endif

#include "service.mori.h"
#include "other.mori.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline struct program_keeper program_keeper_read(struct mori_wire_pointer pointer)
{
        struct program_keeper value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int program_keeper_init(struct mori_wire_slot slot, struct program_keeper_builder *ret_value)
{
        return mori_wire_new_struct(slot, 5, 5, &ret_value->writer);
}

static inline struct program_keeper program_keeper_list_at(struct program_keeper_list list, uint32_t index)
{
        struct program_keeper value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct program_keeper_builder program_keeper_list_builder_at(struct program_keeper_list_builder list, uint32_t index)
{
        struct program_keeper_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct program_keeper_list program_keeper_list_read(struct mori_wire_pointer pointer)
{
        struct program_keeper_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int program_keeper_list_init(struct mori_wire_slot slot, uint32_t count, struct program_keeper_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 5, 5, &ret_value->elements);
}

/* What it keeps. */
static inline struct service_store program_keeper_store(struct program_keeper from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct service_store value;

        value.ref.word = mori_wire_read_reference(pointer);
        return value;
}

static inline bool program_keeper_has_store(struct program_keeper from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int program_keeper_set_store(struct program_keeper_builder to, struct service_store value)
{
        return mori_wire_put_reference(mori_wire_writer_slot(&to.writer, 0), value.ref.word);
}

static inline struct service_named program_keeper_named(struct program_keeper from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);
        struct service_named value;

        value.ref.word = mori_wire_read_reference(pointer);
        return value;
}

static inline bool program_keeper_has_named(struct program_keeper from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int program_keeper_set_named(struct program_keeper_builder to, struct service_named value)
{
        return mori_wire_put_reference(mori_wire_writer_slot(&to.writer, 1), value.ref.word);
}

static inline mori_ref program_keeper_log(struct program_keeper from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 2);
        mori_ref value;

        value.word = mori_wire_read_reference(pointer);
        return value;
}

static inline bool program_keeper_has_log(struct program_keeper from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 2));
}

static inline int program_keeper_set_log(struct program_keeper_builder to, mori_ref value)
{
        return mori_wire_put_reference(mori_wire_writer_slot(&to.writer, 2), value.word);
}

static inline bool program_keeper_quiet(struct program_keeper from)
{
        return mori_wire_bit(&from.reader, 0, true);
}

static inline void program_keeper_set_quiet(struct program_keeper_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 0, value, true);
}

static inline int8_t program_keeper_level(struct program_keeper from)
{
        return (int8_t)mori_wire_u8(&from.reader, 1, 0xfd);
}

static inline void program_keeper_set_level(struct program_keeper_builder to, int8_t value)
{
        mori_wire_put_u8(&to.writer, 1, (uint8_t)value, 0xfd);
}

static inline uint16_t program_keeper_port(struct program_keeper from)
{
        return mori_wire_u16(&from.reader, 1, 0x1f90);
}

static inline void program_keeper_set_port(struct program_keeper_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 1, value, 0x1f90);
}

static inline float program_keeper_share(struct program_keeper from)
{
        return mori_wire_float(mori_wire_u32(&from.reader, 1, UINT32_C(0x3f000000)));
}

static inline void program_keeper_set_share(struct program_keeper_builder to, float value)
{
        mori_wire_put_u32(&to.writer, 1, mori_wire_float_bits(value), UINT32_C(0x3f000000));
}

static inline double program_keeper_ratio(struct program_keeper from)
{
        return mori_wire_double(mori_wire_u64(&from.reader, 1, 0));
}

static inline void program_keeper_set_ratio(struct program_keeper_builder to, double value)
{
        mori_wire_put_u64(&to.writer, 1, mori_wire_double_bits(value), 0);
}

static inline enum other_unit program_keeper_unit(struct program_keeper from)
{
        return (enum other_unit)mori_wire_u16(&from.reader, 8, 0x1);
}

static inline void program_keeper_set_unit(struct program_keeper_builder to, enum other_unit value)
{
        mori_wire_put_u16(&to.writer, 8, (uint16_t)value, 0x1);
}

extern const struct mori_wire_message program_keeper_title_default;

/*
 * It may be long.
 * Very long.
 */
static inline struct mori_wire_text program_keeper_title(struct program_keeper from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 3);

        pointer = mori_wire_pointer_or(pointer, &program_keeper_title_default);
        return mori_wire_read_text(pointer);
}

static inline bool program_keeper_has_title(struct program_keeper from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 3));
}

static inline int program_keeper_set_title(struct program_keeper_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 3), value.bytes, value.count);
}

static inline int program_keeper_init_title(struct program_keeper_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 3), count, ret_bytes);
}

static inline struct mori_wire_text_list program_keeper_default(struct program_keeper from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 4);
        struct mori_wire_text_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_POINTER);
        return value;
}

static inline bool program_keeper_has_default(struct program_keeper from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 4));
}

static inline int program_keeper_init_default(struct program_keeper_builder to, uint32_t count, struct mori_wire_text_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 4), MORI_WIRE_POINTER, count, &ret_list->elements);
}

static inline int program_keeper_set_default(struct program_keeper_builder to, struct mori_wire_text_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 4), &value.list);
}

static inline int64_t program_keeper_far(struct program_keeper from)
{
        return (int64_t)mori_wire_u64(&from.reader, 3, UINT64_C(0xfffffffde78ee600));
}

static inline void program_keeper_set_far(struct program_keeper_builder to, int64_t value)
{
        mori_wire_put_u64(&to.writer, 3, (uint64_t)value, UINT64_C(0xfffffffde78ee600));
}

static inline int8_t program_keeper_near(struct program_keeper from)
{
        return (int8_t)mori_wire_u8(&from.reader, 18, 0);
}

static inline void program_keeper_set_near(struct program_keeper_builder to, int8_t value)
{
        mori_wire_put_u8(&to.writer, 18, (uint8_t)value, 0);
}

static inline uint32_t program_keeper_some(struct program_keeper from)
{
        return mori_wire_u32(&from.reader, 5, UINT32_C(0x1));
}

static inline void program_keeper_set_some(struct program_keeper_builder to, uint32_t value)
{
        mori_wire_put_u32(&to.writer, 5, value, UINT32_C(0x1));
}

static inline int16_t program_keeper_cold(struct program_keeper from)
{
        return (int16_t)mori_wire_u16(&from.reader, 16, 0);
}

static inline void program_keeper_set_cold(struct program_keeper_builder to, int16_t value)
{
        mori_wire_put_u16(&to.writer, 16, (uint16_t)value, 0);
}

/* What a process has that runs the program. */
struct program_keeper_capabilities {
        struct mori_program_process *process_;
        mori_ref log;
        bool quiet;
        int8_t level;
        uint16_t port;
        float share;
        double ratio;
        enum other_unit unit;
        /*
         * It may be long.
         * Very long.
         */
        const char *title;
        const char *const *default_;
        int64_t far;
        int8_t near;
        uint32_t some;
        int16_t cold;
};
extern const struct mori_program_schema program_keeper_program_schema;

/* What it exports. */
struct program_keeper_exports {
        /* What it keeps. */
        struct service_store store;
        struct service_named named;
};

/* Gives it to those that need it, once; references stay the caller's. */
static inline int program_keeper_export(const struct program_keeper_capabilities *has,
        const struct program_keeper_exports *exports)
{
        return mori_program_export(has->process_, exports);
}

static inline struct program_nothing program_nothing_read(struct mori_wire_pointer pointer)
{
        struct program_nothing value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int program_nothing_init(struct mori_wire_slot slot, struct program_nothing_builder *ret_value)
{
        return mori_wire_new_struct(slot, 0, 0, &ret_value->writer);
}

static inline struct program_nothing program_nothing_list_at(struct program_nothing_list list, uint32_t index)
{
        struct program_nothing value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct program_nothing_builder program_nothing_list_builder_at(struct program_nothing_list_builder list, uint32_t index)
{
        struct program_nothing_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct program_nothing_list program_nothing_list_read(struct mori_wire_pointer pointer)
{
        struct program_nothing_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int program_nothing_list_init(struct mori_wire_slot slot, uint32_t count, struct program_nothing_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 0, 0, &ret_value->elements);
}

/* What a process has that runs the program. */
struct program_nothing_capabilities {
        struct mori_program_process *process_;
};
extern const struct mori_program_schema program_nothing_program_schema;

/* Who serves it: what is NULL answers -EOPNOTSUPP. */
struct program_scope_server {
        char nothing;
};

extern const struct mori_method program_scope_methods[];
extern const struct mori_interface program_scope_interface;

static inline int program_scope_new(const struct program_scope_server *server, void *self, void (*gone)(void *self),
        program_scope *ret_ref)
{
        return mori_object_new(&program_scope_interface, server, self, gone, &ret_ref->ref);
}

static inline int program_scope_copy(program_scope from, program_scope *ret_ref)
{
        return mori_ref_copy(from.ref, &ret_ref->ref);
}

static inline void program_scope_drop(program_scope from)
{
        mori_ref_drop(from.ref);
}

static inline struct program_scope_inner program_scope_inner_read(struct mori_wire_pointer pointer)
{
        struct program_scope_inner value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int program_scope_inner_init(struct mori_wire_slot slot, struct program_scope_inner_builder *ret_value)
{
        return mori_wire_new_struct(slot, 0, 1, &ret_value->writer);
}

static inline struct program_scope_inner program_scope_inner_list_at(struct program_scope_inner_list list, uint32_t index)
{
        struct program_scope_inner value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct program_scope_inner_builder program_scope_inner_list_builder_at(struct program_scope_inner_list_builder list, uint32_t index)
{
        struct program_scope_inner_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct program_scope_inner_list program_scope_inner_list_read(struct mori_wire_pointer pointer)
{
        struct program_scope_inner_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int program_scope_inner_list_init(struct mori_wire_slot slot, uint32_t count, struct program_scope_inner_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 0, 1, &ret_value->elements);
}

static inline struct service_store program_scope_inner_store(struct program_scope_inner from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct service_store value;

        value.ref.word = mori_wire_read_reference(pointer);
        return value;
}

static inline bool program_scope_inner_has_store(struct program_scope_inner from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int program_scope_inner_set_store(struct program_scope_inner_builder to, struct service_store value)
{
        return mori_wire_put_reference(mori_wire_writer_slot(&to.writer, 0), value.ref.word);
}

/* What a process has that runs the program. */
struct program_scope_inner_capabilities {
        struct mori_program_process *process_;
        struct service_store store;
};
extern const struct mori_program_schema program_scope_inner_program_schema;

#ifdef __cplusplus
}
#endif
