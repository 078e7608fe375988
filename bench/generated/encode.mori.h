/* Made by capnpc-mori of encode.capnp: do not edit. */
#pragma once

#include <mori/wire_list.h>

#ifdef __cplusplus
extern "C" {
#endif

struct parking_lot {
        struct mori_wire_reader reader;
};
struct parking_lot_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(parking_lot_list)

struct car {
        struct mori_wire_reader reader;
};
struct car_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(car_list)

enum color MORI_WIRE_ENUM {
        COLOR_BLACK = 0,
        COLOR_WHITE = 1,
        COLOR_RED = 2,
        COLOR_GREEN = 3,
        COLOR_BLUE = 4,
        COLOR_CYAN = 5,
        COLOR_MAGENTA = 6,
        COLOR_YELLOW = 7,
        COLOR_SILVER = 8,
};
MORI_WIRE_LIST_TYPES(color_list)
/* As the schema has it; NULL where it is of a newer one. */
const char *color_name(enum color value);

struct wheel {
        struct mori_wire_reader reader;
};
struct wheel_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(wheel_list)

struct engine {
        struct mori_wire_reader reader;
};
struct engine_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(engine_list)

struct search_result_list {
        struct mori_wire_reader reader;
};
struct search_result_list_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(search_result_list_list)

struct search_result {
        struct mori_wire_reader reader;
};
struct search_result_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(search_result_list_)

enum operation MORI_WIRE_ENUM {
        OPERATION_ADD = 0,
        OPERATION_SUBTRACT = 1,
        OPERATION_MULTIPLY = 2,
        OPERATION_DIVIDE = 3,
        OPERATION_MODULUS = 4,
};
MORI_WIRE_LIST_TYPES(operation_list)
/* As the schema has it; NULL where it is of a newer one. */
const char *operation_name(enum operation value);

struct expression {
        struct mori_wire_reader reader;
};
struct expression_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(expression_list)

struct expression_left {
        struct mori_wire_reader reader;
};
struct expression_left_builder {
        struct mori_wire_writer writer;
};
enum expression_left_which MORI_WIRE_ENUM {
        EXPRESSION_LEFT_WHICH_VALUE = 0,
        EXPRESSION_LEFT_WHICH_EXPRESSION = 1,
};

struct expression_right {
        struct mori_wire_reader reader;
};
struct expression_right_builder {
        struct mori_wire_writer writer;
};
enum expression_right_which MORI_WIRE_ENUM {
        EXPRESSION_RIGHT_WHICH_VALUE = 0,
        EXPRESSION_RIGHT_WHICH_EXPRESSION = 1,
};

static inline struct parking_lot parking_lot_read(struct mori_wire_pointer pointer)
{
        struct parking_lot value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int parking_lot_init(struct mori_wire_slot slot, struct parking_lot_builder *ret_value)
{
        return mori_wire_new_struct(slot, 0, 1, &ret_value->writer);
}

static inline struct parking_lot parking_lot_list_at(struct parking_lot_list list, uint32_t index)
{
        struct parking_lot value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct parking_lot_builder parking_lot_list_builder_at(struct parking_lot_list_builder list, uint32_t index)
{
        struct parking_lot_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct parking_lot_list parking_lot_list_read(struct mori_wire_pointer pointer)
{
        struct parking_lot_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int parking_lot_list_init(struct mori_wire_slot slot, uint32_t count, struct parking_lot_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 0, 1, &ret_value->elements);
}

static inline struct car_list parking_lot_cars(struct parking_lot from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct car_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool parking_lot_has_cars(struct parking_lot from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int parking_lot_init_cars(struct parking_lot_builder to, uint32_t count, struct car_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 0), count, 3, 4, &ret_list->elements);
}

static inline int parking_lot_set_cars(struct parking_lot_builder to, struct car_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 0), &value.list);
}

static inline struct car car_read(struct mori_wire_pointer pointer)
{
        struct car value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int car_init(struct mori_wire_slot slot, struct car_builder *ret_value)
{
        return mori_wire_new_struct(slot, 3, 4, &ret_value->writer);
}

static inline struct car car_list_at(struct car_list list, uint32_t index)
{
        struct car value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct car_builder car_list_builder_at(struct car_list_builder list, uint32_t index)
{
        struct car_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct car_list car_list_read(struct mori_wire_pointer pointer)
{
        struct car_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int car_list_init(struct mori_wire_slot slot, uint32_t count, struct car_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 3, 4, &ret_value->elements);
}

static inline struct mori_wire_text car_make(struct car from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool car_has_make(struct car from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int car_set_make(struct car_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int car_init_make(struct car_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

static inline struct mori_wire_text car_model(struct car from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);

        return mori_wire_read_text(pointer);
}

static inline bool car_has_model(struct car from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int car_set_model(struct car_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 1), value.bytes, value.count);
}

static inline int car_init_model(struct car_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 1), count, ret_bytes);
}

static inline enum color car_color(struct car from)
{
        return (enum color)mori_wire_u16(&from.reader, 0, 0);
}

static inline void car_set_color(struct car_builder to, enum color value)
{
        mori_wire_put_u16(&to.writer, 0, (uint16_t)value, 0);
}

static inline uint8_t car_seats(struct car from)
{
        return mori_wire_u8(&from.reader, 2, 0);
}

static inline void car_set_seats(struct car_builder to, uint8_t value)
{
        mori_wire_put_u8(&to.writer, 2, value, 0);
}

static inline uint8_t car_doors(struct car from)
{
        return mori_wire_u8(&from.reader, 3, 0);
}

static inline void car_set_doors(struct car_builder to, uint8_t value)
{
        mori_wire_put_u8(&to.writer, 3, value, 0);
}

static inline struct wheel_list car_wheels(struct car from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 2);
        struct wheel_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool car_has_wheels(struct car from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 2));
}

static inline int car_init_wheels(struct car_builder to, uint32_t count, struct wheel_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 2), count, 1, 0, &ret_list->elements);
}

static inline int car_set_wheels(struct car_builder to, struct wheel_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 2), &value.list);
}

static inline uint16_t car_length(struct car from)
{
        return mori_wire_u16(&from.reader, 2, 0);
}

static inline void car_set_length(struct car_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 2, value, 0);
}

static inline uint16_t car_width(struct car from)
{
        return mori_wire_u16(&from.reader, 3, 0);
}

static inline void car_set_width(struct car_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 3, value, 0);
}

static inline uint16_t car_height(struct car from)
{
        return mori_wire_u16(&from.reader, 4, 0);
}

static inline void car_set_height(struct car_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 4, value, 0);
}

static inline uint32_t car_weight(struct car from)
{
        return mori_wire_u32(&from.reader, 3, 0);
}

static inline void car_set_weight(struct car_builder to, uint32_t value)
{
        mori_wire_put_u32(&to.writer, 3, value, 0);
}

static inline struct engine car_engine(struct car from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 3);
        struct engine value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool car_has_engine(struct car from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 3));
}

static inline int car_init_engine(struct car_builder to, struct engine_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 3), 1, 0, &ret_value->writer);
}

static inline int car_set_engine(struct car_builder to, struct engine value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 3), &value.reader);
}

static inline float car_fuel_capacity(struct car from)
{
        return mori_wire_float(mori_wire_u32(&from.reader, 4, 0));
}

static inline void car_set_fuel_capacity(struct car_builder to, float value)
{
        mori_wire_put_u32(&to.writer, 4, mori_wire_float_bits(value), 0);
}

static inline float car_fuel_level(struct car from)
{
        return mori_wire_float(mori_wire_u32(&from.reader, 5, 0));
}

static inline void car_set_fuel_level(struct car_builder to, float value)
{
        mori_wire_put_u32(&to.writer, 5, mori_wire_float_bits(value), 0);
}

static inline bool car_has_power_windows(struct car from)
{
        return mori_wire_bit(&from.reader, 80, false);
}

static inline void car_set_has_power_windows(struct car_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 80, value, false);
}

static inline bool car_has_power_steering(struct car from)
{
        return mori_wire_bit(&from.reader, 81, false);
}

static inline void car_set_has_power_steering(struct car_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 81, value, false);
}

static inline bool car_has_cruise_control(struct car from)
{
        return mori_wire_bit(&from.reader, 82, false);
}

static inline void car_set_has_cruise_control(struct car_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 82, value, false);
}

static inline uint8_t car_cup_holders(struct car from)
{
        return mori_wire_u8(&from.reader, 11, 0);
}

static inline void car_set_cup_holders(struct car_builder to, uint8_t value)
{
        mori_wire_put_u8(&to.writer, 11, value, 0);
}

static inline bool car_has_nav_system(struct car from)
{
        return mori_wire_bit(&from.reader, 83, false);
}

static inline void car_set_has_nav_system(struct car_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 83, value, false);
}

static inline enum color color_list_at(struct color_list list, uint32_t index)
{
        return (enum color)mori_wire_element_u16(&list.list, index);
}

static inline void color_list_set(struct color_list_builder list, uint32_t index, enum color value)
{
        mori_wire_elements_put_u16(&list.elements, index, (uint16_t)value);
}

static inline struct wheel wheel_read(struct mori_wire_pointer pointer)
{
        struct wheel value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int wheel_init(struct mori_wire_slot slot, struct wheel_builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 0, &ret_value->writer);
}

static inline struct wheel wheel_list_at(struct wheel_list list, uint32_t index)
{
        struct wheel value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct wheel_builder wheel_list_builder_at(struct wheel_list_builder list, uint32_t index)
{
        struct wheel_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct wheel_list wheel_list_read(struct mori_wire_pointer pointer)
{
        struct wheel_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int wheel_list_init(struct mori_wire_slot slot, uint32_t count, struct wheel_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 0, &ret_value->elements);
}

static inline uint16_t wheel_diameter(struct wheel from)
{
        return mori_wire_u16(&from.reader, 0, 0);
}

static inline void wheel_set_diameter(struct wheel_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 0, value, 0);
}

static inline float wheel_air_pressure(struct wheel from)
{
        return mori_wire_float(mori_wire_u32(&from.reader, 1, 0));
}

static inline void wheel_set_air_pressure(struct wheel_builder to, float value)
{
        mori_wire_put_u32(&to.writer, 1, mori_wire_float_bits(value), 0);
}

static inline bool wheel_snow_tires(struct wheel from)
{
        return mori_wire_bit(&from.reader, 16, false);
}

static inline void wheel_set_snow_tires(struct wheel_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 16, value, false);
}

static inline struct engine engine_read(struct mori_wire_pointer pointer)
{
        struct engine value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int engine_init(struct mori_wire_slot slot, struct engine_builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 0, &ret_value->writer);
}

static inline struct engine engine_list_at(struct engine_list list, uint32_t index)
{
        struct engine value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct engine_builder engine_list_builder_at(struct engine_list_builder list, uint32_t index)
{
        struct engine_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct engine_list engine_list_read(struct mori_wire_pointer pointer)
{
        struct engine_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int engine_list_init(struct mori_wire_slot slot, uint32_t count, struct engine_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 0, &ret_value->elements);
}

static inline uint16_t engine_horsepower(struct engine from)
{
        return mori_wire_u16(&from.reader, 0, 0);
}

static inline void engine_set_horsepower(struct engine_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 0, value, 0);
}

static inline uint8_t engine_cylinders(struct engine from)
{
        return mori_wire_u8(&from.reader, 2, 0);
}

static inline void engine_set_cylinders(struct engine_builder to, uint8_t value)
{
        mori_wire_put_u8(&to.writer, 2, value, 0);
}

static inline uint32_t engine_cc(struct engine from)
{
        return mori_wire_u32(&from.reader, 1, 0);
}

static inline void engine_set_cc(struct engine_builder to, uint32_t value)
{
        mori_wire_put_u32(&to.writer, 1, value, 0);
}

static inline bool engine_uses_gas(struct engine from)
{
        return mori_wire_bit(&from.reader, 24, false);
}

static inline void engine_set_uses_gas(struct engine_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 24, value, false);
}

static inline bool engine_uses_electric(struct engine from)
{
        return mori_wire_bit(&from.reader, 25, false);
}

static inline void engine_set_uses_electric(struct engine_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 25, value, false);
}

static inline struct search_result_list search_result_list_read(struct mori_wire_pointer pointer)
{
        struct search_result_list value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int search_result_list_init(struct mori_wire_slot slot, struct search_result_list_builder *ret_value)
{
        return mori_wire_new_struct(slot, 0, 1, &ret_value->writer);
}

static inline struct search_result_list search_result_list_list_at(struct search_result_list_list list, uint32_t index)
{
        struct search_result_list value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct search_result_list_builder search_result_list_list_builder_at(struct search_result_list_list_builder list, uint32_t index)
{
        struct search_result_list_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct search_result_list_list search_result_list_list_read(struct mori_wire_pointer pointer)
{
        struct search_result_list_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int search_result_list_list_init(struct mori_wire_slot slot, uint32_t count, struct search_result_list_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 0, 1, &ret_value->elements);
}

static inline struct search_result_list_ search_result_list_results(struct search_result_list from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct search_result_list_ value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool search_result_list_has_results(struct search_result_list from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int search_result_list_init_results(struct search_result_list_builder to, uint32_t count, struct search_result_list__builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 0), count, 1, 2, &ret_list->elements);
}

static inline int search_result_list_set_results(struct search_result_list_builder to, struct search_result_list_ value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 0), &value.list);
}

static inline struct search_result search_result_read(struct mori_wire_pointer pointer)
{
        struct search_result value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int search_result_init(struct mori_wire_slot slot, struct search_result_builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 2, &ret_value->writer);
}

static inline struct search_result search_result_list__at(struct search_result_list_ list, uint32_t index)
{
        struct search_result value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct search_result_builder search_result_list__builder_at(struct search_result_list__builder list, uint32_t index)
{
        struct search_result_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct search_result_list_ search_result_list__read(struct mori_wire_pointer pointer)
{
        struct search_result_list_ value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int search_result_list__init(struct mori_wire_slot slot, uint32_t count, struct search_result_list__builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 2, &ret_value->elements);
}

static inline struct mori_wire_text search_result_url(struct search_result from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool search_result_has_url(struct search_result from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int search_result_set_url(struct search_result_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int search_result_init_url(struct search_result_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

static inline double search_result_score(struct search_result from)
{
        return mori_wire_double(mori_wire_u64(&from.reader, 0, 0));
}

static inline void search_result_set_score(struct search_result_builder to, double value)
{
        mori_wire_put_u64(&to.writer, 0, mori_wire_double_bits(value), 0);
}

static inline struct mori_wire_text search_result_snippet(struct search_result from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);

        return mori_wire_read_text(pointer);
}

static inline bool search_result_has_snippet(struct search_result from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int search_result_set_snippet(struct search_result_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 1), value.bytes, value.count);
}

static inline int search_result_init_snippet(struct search_result_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 1), count, ret_bytes);
}

static inline enum operation operation_list_at(struct operation_list list, uint32_t index)
{
        return (enum operation)mori_wire_element_u16(&list.list, index);
}

static inline void operation_list_set(struct operation_list_builder list, uint32_t index, enum operation value)
{
        mori_wire_elements_put_u16(&list.elements, index, (uint16_t)value);
}

static inline struct expression expression_read(struct mori_wire_pointer pointer)
{
        struct expression value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int expression_init(struct mori_wire_slot slot, struct expression_builder *ret_value)
{
        return mori_wire_new_struct(slot, 2, 2, &ret_value->writer);
}

static inline struct expression expression_list_at(struct expression_list list, uint32_t index)
{
        struct expression value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct expression_builder expression_list_builder_at(struct expression_list_builder list, uint32_t index)
{
        struct expression_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct expression_list expression_list_read(struct mori_wire_pointer pointer)
{
        struct expression_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int expression_list_init(struct mori_wire_slot slot, uint32_t count, struct expression_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 2, 2, &ret_value->elements);
}

static inline enum operation expression_op(struct expression from)
{
        return (enum operation)mori_wire_u16(&from.reader, 0, 0);
}

static inline void expression_set_op(struct expression_builder to, enum operation value)
{
        mori_wire_put_u16(&to.writer, 0, (uint16_t)value, 0);
}

static inline struct expression_left expression_left(struct expression from)
{
        struct expression_left value;

        value.reader = from.reader;
        return value;
}

static inline struct expression_left_builder expression_init_left(struct expression_builder to)
{
        struct expression_left_builder value;

        mori_wire_put_u16(&to.writer, 1, 0, 0);
        mori_wire_put_u32(&to.writer, 1, 0, 0);
        mori_wire_put_null(mori_wire_writer_slot(&to.writer, 0));
        value.writer = to.writer;
        return value;
}

static inline struct expression_right expression_right(struct expression from)
{
        struct expression_right value;

        value.reader = from.reader;
        return value;
}

static inline struct expression_right_builder expression_init_right(struct expression_builder to)
{
        struct expression_right_builder value;

        mori_wire_put_u16(&to.writer, 6, 0, 0);
        mori_wire_put_u32(&to.writer, 2, 0, 0);
        mori_wire_put_null(mori_wire_writer_slot(&to.writer, 1));
        value.writer = to.writer;
        return value;
}

static inline enum expression_left_which expression_left_which(struct expression_left from)
{
        return (enum expression_left_which)mori_wire_u16(&from.reader, 1, 0);
}

static inline bool expression_left_is_value(struct expression_left from)
{
        return mori_wire_u16(&from.reader, 1, 0) == 0;
}

static inline int32_t expression_left_value(struct expression_left from)
{
        if (!(mori_wire_u16(&from.reader, 1, 0) == 0))
                return INT32_C(0);
        return (int32_t)mori_wire_u32(&from.reader, 1, 0);
}

static inline void expression_left_set_value(struct expression_left_builder to, int32_t value)
{
        mori_wire_put_u16(&to.writer, 1, 0, 0);
        mori_wire_put_u32(&to.writer, 1, (uint32_t)value, 0);
}

static inline bool expression_left_is_expression(struct expression_left from)
{
        return mori_wire_u16(&from.reader, 1, 0) == 1;
}

static inline struct expression expression_left_expression(struct expression_left from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct expression value;

        if (!(mori_wire_u16(&from.reader, 1, 0) == 1))
                pointer.at = NULL;
        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool expression_left_has_expression(struct expression_left from)
{
        return mori_wire_u16(&from.reader, 1, 0) == 1 &&
               !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int expression_left_init_expression(struct expression_left_builder to, struct expression_builder *ret_value)
{
        int error = mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 0), 2, 2, &ret_value->writer);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 1, 1, 0);
        return error;
}

static inline int expression_left_set_expression(struct expression_left_builder to, struct expression value)
{
        int error = mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 0), &value.reader);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 1, 1, 0);
        return error;
}

static inline enum expression_right_which expression_right_which(struct expression_right from)
{
        return (enum expression_right_which)mori_wire_u16(&from.reader, 6, 0);
}

static inline bool expression_right_is_value(struct expression_right from)
{
        return mori_wire_u16(&from.reader, 6, 0) == 0;
}

static inline int32_t expression_right_value(struct expression_right from)
{
        if (!(mori_wire_u16(&from.reader, 6, 0) == 0))
                return INT32_C(0);
        return (int32_t)mori_wire_u32(&from.reader, 2, 0);
}

static inline void expression_right_set_value(struct expression_right_builder to, int32_t value)
{
        mori_wire_put_u16(&to.writer, 6, 0, 0);
        mori_wire_put_u32(&to.writer, 2, (uint32_t)value, 0);
}

static inline bool expression_right_is_expression(struct expression_right from)
{
        return mori_wire_u16(&from.reader, 6, 0) == 1;
}

static inline struct expression expression_right_expression(struct expression_right from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);
        struct expression value;

        if (!(mori_wire_u16(&from.reader, 6, 0) == 1))
                pointer.at = NULL;
        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool expression_right_has_expression(struct expression_right from)
{
        return mori_wire_u16(&from.reader, 6, 0) == 1 &&
               !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int expression_right_init_expression(struct expression_right_builder to, struct expression_builder *ret_value)
{
        int error = mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 1), 2, 2, &ret_value->writer);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 6, 1, 0);
        return error;
}

static inline int expression_right_set_expression(struct expression_right_builder to, struct expression value)
{
        int error = mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 1), &value.reader);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 6, 1, 0);
        return error;
}

#ifdef __cplusplus
}
#endif
