/* Made by capnpc-mori of book.capnp: do not edit. */
#pragma once

#include <mori/wire_list.h>

#ifdef __cplusplus
extern "C" {
#endif

struct book_person {
        struct mori_wire_reader reader;
};
struct book_person_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(book_person_list)

struct book_person_work {
        struct mori_wire_reader reader;
};
struct book_person_work_builder {
        struct mori_wire_writer writer;
};
enum book_person_work_which MORI_WIRE_ENUM {
        BOOK_PERSON_WORK_WHICH_NONE = 0,
        BOOK_PERSON_WORK_WHICH_EMPLOYER = 1,
        BOOK_PERSON_WORK_WHICH_SCHOOL = 2,
};

struct book_person_phone {
        struct mori_wire_reader reader;
};
struct book_person_phone_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(book_person_phone_list)

enum book_person_phone_kind MORI_WIRE_ENUM {
        BOOK_PERSON_PHONE_KIND_HOME = 0,
        BOOK_PERSON_PHONE_KIND_MOBILE = 1,
};
MORI_WIRE_LIST_TYPES(book_person_phone_kind_list)
/* As the schema has it; NULL where it is of a newer one. */
const char *book_person_phone_kind_name(enum book_person_phone_kind value);

static inline struct book_person book_person_read(struct mori_wire_pointer pointer)
{
        struct book_person value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int book_person_init(struct mori_wire_slot slot, struct book_person_builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 3, &ret_value->writer);
}

static inline struct book_person book_person_list_at(struct book_person_list list, uint32_t index)
{
        struct book_person value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct book_person_builder book_person_list_builder_at(struct book_person_list_builder list, uint32_t index)
{
        struct book_person_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct book_person_list book_person_list_read(struct mori_wire_pointer pointer)
{
        struct book_person_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int book_person_list_init(struct mori_wire_slot slot, uint32_t count, struct book_person_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 3, &ret_value->elements);
}

static inline uint32_t book_person_id(struct book_person from)
{
        return mori_wire_u32(&from.reader, 0, 0);
}

static inline void book_person_set_id(struct book_person_builder to, uint32_t value)
{
        mori_wire_put_u32(&to.writer, 0, value, 0);
}

static inline struct mori_wire_text book_person_name(struct book_person from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool book_person_has_name(struct book_person from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int book_person_set_name(struct book_person_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int book_person_init_name(struct book_person_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

static inline struct book_person_phone_list book_person_phones(struct book_person from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);
        struct book_person_phone_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool book_person_has_phones(struct book_person from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int book_person_init_phones(struct book_person_builder to, uint32_t count, struct book_person_phone_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 1), count, 1, 1, &ret_list->elements);
}

static inline int book_person_set_phones(struct book_person_builder to, struct book_person_phone_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 1), &value.list);
}

static inline struct book_person_work book_person_work(struct book_person from)
{
        struct book_person_work value;

        value.reader = from.reader;
        return value;
}

static inline struct book_person_work_builder book_person_init_work(struct book_person_builder to)
{
        struct book_person_work_builder value;

        mori_wire_put_u16(&to.writer, 2, 0, 0);
        mori_wire_put_null(mori_wire_writer_slot(&to.writer, 2));
        mori_wire_put_null(mori_wire_writer_slot(&to.writer, 2));
        value.writer = to.writer;
        return value;
}

static inline enum book_person_work_which book_person_work_which(struct book_person_work from)
{
        return (enum book_person_work_which)mori_wire_u16(&from.reader, 2, 0);
}

static inline bool book_person_work_is_none(struct book_person_work from)
{
        return mori_wire_u16(&from.reader, 2, 0) == 0;
}

static inline void book_person_work_set_none(struct book_person_work_builder to)
{
        mori_wire_put_u16(&to.writer, 2, 0, 0);
}

static inline bool book_person_work_is_employer(struct book_person_work from)
{
        return mori_wire_u16(&from.reader, 2, 0) == 1;
}

static inline struct mori_wire_text book_person_work_employer(struct book_person_work from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 2);

        if (!(mori_wire_u16(&from.reader, 2, 0) == 1))
                pointer.at = NULL;
        return mori_wire_read_text(pointer);
}

static inline bool book_person_work_has_employer(struct book_person_work from)
{
        return mori_wire_u16(&from.reader, 2, 0) == 1 &&
               !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 2));
}

static inline int book_person_work_set_employer(struct book_person_work_builder to, struct mori_wire_text value)
{
        int error = mori_wire_new_text(mori_wire_writer_slot(&to.writer, 2), value.bytes, value.count);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 2, 1, 0);
        return error;
}

static inline int book_person_work_init_employer(struct book_person_work_builder to, uint32_t count, char **ret_bytes)
{
        int error = mori_wire_text_room(mori_wire_writer_slot(&to.writer, 2), count, ret_bytes);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 2, 1, 0);
        return error;
}

static inline bool book_person_work_is_school(struct book_person_work from)
{
        return mori_wire_u16(&from.reader, 2, 0) == 2;
}

static inline struct mori_wire_text book_person_work_school(struct book_person_work from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 2);

        if (!(mori_wire_u16(&from.reader, 2, 0) == 2))
                pointer.at = NULL;
        return mori_wire_read_text(pointer);
}

static inline bool book_person_work_has_school(struct book_person_work from)
{
        return mori_wire_u16(&from.reader, 2, 0) == 2 &&
               !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 2));
}

static inline int book_person_work_set_school(struct book_person_work_builder to, struct mori_wire_text value)
{
        int error = mori_wire_new_text(mori_wire_writer_slot(&to.writer, 2), value.bytes, value.count);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 2, 2, 0);
        return error;
}

static inline int book_person_work_init_school(struct book_person_work_builder to, uint32_t count, char **ret_bytes)
{
        int error = mori_wire_text_room(mori_wire_writer_slot(&to.writer, 2), count, ret_bytes);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 2, 2, 0);
        return error;
}

static inline struct book_person_phone book_person_phone_read(struct mori_wire_pointer pointer)
{
        struct book_person_phone value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int book_person_phone_init(struct mori_wire_slot slot, struct book_person_phone_builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 1, &ret_value->writer);
}

static inline struct book_person_phone book_person_phone_list_at(struct book_person_phone_list list, uint32_t index)
{
        struct book_person_phone value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct book_person_phone_builder book_person_phone_list_builder_at(struct book_person_phone_list_builder list, uint32_t index)
{
        struct book_person_phone_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct book_person_phone_list book_person_phone_list_read(struct mori_wire_pointer pointer)
{
        struct book_person_phone_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int book_person_phone_list_init(struct mori_wire_slot slot, uint32_t count, struct book_person_phone_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 1, &ret_value->elements);
}

static inline struct mori_wire_text book_person_phone_number(struct book_person_phone from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool book_person_phone_has_number(struct book_person_phone from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int book_person_phone_set_number(struct book_person_phone_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int book_person_phone_init_number(struct book_person_phone_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

static inline enum book_person_phone_kind book_person_phone_kind(struct book_person_phone from)
{
        return (enum book_person_phone_kind)mori_wire_u16(&from.reader, 0, 0x1);
}

static inline void book_person_phone_set_kind(struct book_person_phone_builder to, enum book_person_phone_kind value)
{
        mori_wire_put_u16(&to.writer, 0, (uint16_t)value, 0x1);
}

static inline enum book_person_phone_kind book_person_phone_kind_list_at(struct book_person_phone_kind_list list, uint32_t index)
{
        return (enum book_person_phone_kind)mori_wire_element_u16(&list.list, index);
}

static inline void book_person_phone_kind_list_set(struct book_person_phone_kind_list_builder list, uint32_t index, enum book_person_phone_kind value)
{
        mori_wire_elements_put_u16(&list.elements, index, (uint16_t)value);
}

#ifdef __cplusplus
}
#endif
