/* Made by capnpc-mori of schema.capnp: do not edit. */
#pragma once

#include <mori/wire_list.h>

#ifdef __cplusplus
extern "C" {
#endif

struct node {
        struct mori_wire_reader reader;
};
struct node_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(node_list)
enum node_which MORI_WIRE_ENUM {
        NODE_WHICH_FILE = 0,
        NODE_WHICH_STRUCT = 1,
        NODE_WHICH_ENUM = 2,
        NODE_WHICH_INTERFACE = 3,
        NODE_WHICH_CONST = 4,
        NODE_WHICH_ANNOTATION = 5,
};

struct node_struct {
        struct mori_wire_reader reader;
};
struct node_struct_builder {
        struct mori_wire_writer writer;
};

struct node_enum {
        struct mori_wire_reader reader;
};
struct node_enum_builder {
        struct mori_wire_writer writer;
};

struct node_interface {
        struct mori_wire_reader reader;
};
struct node_interface_builder {
        struct mori_wire_writer writer;
};

struct node_const {
        struct mori_wire_reader reader;
};
struct node_const_builder {
        struct mori_wire_writer writer;
};

struct node_annotation {
        struct mori_wire_reader reader;
};
struct node_annotation_builder {
        struct mori_wire_writer writer;
};

/* Information about one of the node's parameters. */
struct node_parameter {
        struct mori_wire_reader reader;
};
struct node_parameter_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(node_parameter_list)

struct node_nested_node {
        struct mori_wire_reader reader;
};
struct node_nested_node_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(node_nested_node_list)

/*
 * Additional information about a node which is not needed at runtime, but may be useful for
 * documentation or debugging purposes. This is kept in a separate struct to make sure it
 * doesn't accidentally get included in contexts where it is not needed. The
 * `CodeGeneratorRequest` includes this information in a separate array.
 */
struct node_source_info {
        struct mori_wire_reader reader;
};
struct node_source_info_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(node_source_info_list)

struct node_source_info_member {
        struct mori_wire_reader reader;
};
struct node_source_info_member_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(node_source_info_member_list)

/* Schema for a field of a struct. */
struct field {
        struct mori_wire_reader reader;
};
struct field_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(field_list)
enum field_which MORI_WIRE_ENUM {
        FIELD_WHICH_SLOT = 0,
        FIELD_WHICH_GROUP = 1,
};

/* A regular, non-group, non-fixed-list field. */
struct field_slot {
        struct mori_wire_reader reader;
};
struct field_slot_builder {
        struct mori_wire_writer writer;
};

/* A group. */
struct field_group {
        struct mori_wire_reader reader;
};
struct field_group_builder {
        struct mori_wire_writer writer;
};

struct field_ordinal {
        struct mori_wire_reader reader;
};
struct field_ordinal_builder {
        struct mori_wire_writer writer;
};
enum field_ordinal_which MORI_WIRE_ENUM {
        FIELD_ORDINAL_WHICH_IMPLICIT = 0,
        FIELD_ORDINAL_WHICH_EXPLICIT = 1,
};

/* Schema for member of an enum. */
struct enumerant {
        struct mori_wire_reader reader;
};
struct enumerant_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(enumerant_list)

struct superclass {
        struct mori_wire_reader reader;
};
struct superclass_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(superclass_list)

/* Schema for method of an interface. */
struct method {
        struct mori_wire_reader reader;
};
struct method_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(method_list)

/* Represents a type expression. */
struct type {
        struct mori_wire_reader reader;
};
struct type_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(type_list_)
enum type_which MORI_WIRE_ENUM {
        TYPE_WHICH_VOID = 0,
        TYPE_WHICH_BOOL = 1,
        TYPE_WHICH_INT8 = 2,
        TYPE_WHICH_INT16 = 3,
        TYPE_WHICH_INT32 = 4,
        TYPE_WHICH_INT64 = 5,
        TYPE_WHICH_UINT8 = 6,
        TYPE_WHICH_UINT16 = 7,
        TYPE_WHICH_UINT32 = 8,
        TYPE_WHICH_UINT64 = 9,
        TYPE_WHICH_FLOAT32 = 10,
        TYPE_WHICH_FLOAT64 = 11,
        TYPE_WHICH_TEXT = 12,
        TYPE_WHICH_DATA = 13,
        TYPE_WHICH_LIST = 14,
        TYPE_WHICH_ENUM = 15,
        TYPE_WHICH_STRUCT = 16,
        TYPE_WHICH_INTERFACE = 17,
        TYPE_WHICH_ANY_POINTER = 18,
};

struct type_list {
        struct mori_wire_reader reader;
};
struct type_list_builder {
        struct mori_wire_writer writer;
};

struct type_enum {
        struct mori_wire_reader reader;
};
struct type_enum_builder {
        struct mori_wire_writer writer;
};

struct type_struct {
        struct mori_wire_reader reader;
};
struct type_struct_builder {
        struct mori_wire_writer writer;
};

struct type_interface {
        struct mori_wire_reader reader;
};
struct type_interface_builder {
        struct mori_wire_writer writer;
};

struct type_any_pointer {
        struct mori_wire_reader reader;
};
struct type_any_pointer_builder {
        struct mori_wire_writer writer;
};
enum type_any_pointer_which MORI_WIRE_ENUM {
        TYPE_ANY_POINTER_WHICH_UNCONSTRAINED = 0,
        TYPE_ANY_POINTER_WHICH_PARAMETER = 1,
        TYPE_ANY_POINTER_WHICH_IMPLICIT_METHOD_PARAMETER = 2,
};

/*
 * A regular AnyPointer.
 *
 * The name "unconstrained" means as opposed to constraining it to match a type parameter.
 * In retrospect this name is probably a poor choice given that it may still be constrained
 * to be a struct, list, or capability.
 */
struct type_any_pointer_unconstrained {
        struct mori_wire_reader reader;
};
struct type_any_pointer_unconstrained_builder {
        struct mori_wire_writer writer;
};
enum type_any_pointer_unconstrained_which MORI_WIRE_ENUM {
        TYPE_ANY_POINTER_UNCONSTRAINED_WHICH_ANY_KIND = 0,
        TYPE_ANY_POINTER_UNCONSTRAINED_WHICH_STRUCT = 1,
        TYPE_ANY_POINTER_UNCONSTRAINED_WHICH_LIST = 2,
        TYPE_ANY_POINTER_UNCONSTRAINED_WHICH_CAPABILITY = 3,
};

/* This is actually a reference to a type parameter defined within this scope. */
struct type_any_pointer_parameter {
        struct mori_wire_reader reader;
};
struct type_any_pointer_parameter_builder {
        struct mori_wire_writer writer;
};

/*
 * This is actually a reference to an implicit (generic) parameter of a method. The only
 * legal context for this type to appear is inside Method.paramBrand or Method.resultBrand.
 */
struct type_any_pointer_implicit_method_parameter {
        struct mori_wire_reader reader;
};
struct type_any_pointer_implicit_method_parameter_builder {
        struct mori_wire_writer writer;
};

/*
 * Specifies bindings for parameters of generics. Since these bindings turn a generic into a
 * non-generic, we call it the "brand".
 */
struct brand {
        struct mori_wire_reader reader;
};
struct brand_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(brand_list)

struct brand_scope {
        struct mori_wire_reader reader;
};
struct brand_scope_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(brand_scope_list)
enum brand_scope_which MORI_WIRE_ENUM {
        BRAND_SCOPE_WHICH_BIND = 0,
        BRAND_SCOPE_WHICH_INHERIT = 1,
};

struct brand_binding {
        struct mori_wire_reader reader;
};
struct brand_binding_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(brand_binding_list)
enum brand_binding_which MORI_WIRE_ENUM {
        BRAND_BINDING_WHICH_UNBOUND = 0,
        BRAND_BINDING_WHICH_TYPE = 1,
};

/* Represents a value, e.g. a field default value, constant value, or annotation value. */
struct value {
        struct mori_wire_reader reader;
};
struct value_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(value_list_)
enum value_which MORI_WIRE_ENUM {
        VALUE_WHICH_VOID = 0,
        VALUE_WHICH_BOOL = 1,
        VALUE_WHICH_INT8 = 2,
        VALUE_WHICH_INT16 = 3,
        VALUE_WHICH_INT32 = 4,
        VALUE_WHICH_INT64 = 5,
        VALUE_WHICH_UINT8 = 6,
        VALUE_WHICH_UINT16 = 7,
        VALUE_WHICH_UINT32 = 8,
        VALUE_WHICH_UINT64 = 9,
        VALUE_WHICH_FLOAT32 = 10,
        VALUE_WHICH_FLOAT64 = 11,
        VALUE_WHICH_TEXT = 12,
        VALUE_WHICH_DATA = 13,
        VALUE_WHICH_LIST = 14,
        VALUE_WHICH_ENUM = 15,
        VALUE_WHICH_STRUCT = 16,
        VALUE_WHICH_INTERFACE = 17,
        VALUE_WHICH_ANY_POINTER = 18,
};

/*
 * Describes an annotation applied to a declaration.  Note AnnotationNode describes the
 * annotation's declaration, while this describes a use of the annotation.
 */
struct annotation {
        struct mori_wire_reader reader;
};
struct annotation_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(annotation_list)

/*
 * Possible element sizes for encoded lists.  These correspond exactly to the possible values of
 * the 3-bit element size component of a list pointer.
 */
enum element_size MORI_WIRE_ENUM {
        /* aka "void", but that's a keyword. */
        ELEMENT_SIZE_EMPTY = 0,
        ELEMENT_SIZE_BIT = 1,
        ELEMENT_SIZE_BYTE = 2,
        ELEMENT_SIZE_TWO_BYTES = 3,
        ELEMENT_SIZE_FOUR_BYTES = 4,
        ELEMENT_SIZE_EIGHT_BYTES = 5,
        ELEMENT_SIZE_POINTER = 6,
        ELEMENT_SIZE_INLINE_COMPOSITE = 7,
};
MORI_WIRE_LIST_TYPES(element_size_list)
/* As the schema has it; NULL where it is of a newer one. */
const char *element_size_name(enum element_size value);

struct capnp_version {
        struct mori_wire_reader reader;
};
struct capnp_version_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(capnp_version_list)

struct code_generator_request {
        struct mori_wire_reader reader;
};
struct code_generator_request_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(code_generator_request_list)

struct code_generator_request_requested_file {
        struct mori_wire_reader reader;
};
struct code_generator_request_requested_file_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(code_generator_request_requested_file_list)

struct code_generator_request_requested_file_import {
        struct mori_wire_reader reader;
};
struct code_generator_request_requested_file_import_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(code_generator_request_requested_file_import_list)

static inline struct node node_read(struct mori_wire_pointer pointer)
{
        struct node value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int node_init(struct mori_wire_slot slot, struct node_builder *ret_value)
{
        return mori_wire_new_struct(slot, 5, 6, &ret_value->writer);
}

static inline struct node node_list_at(struct node_list list, uint32_t index)
{
        struct node value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct node_builder node_list_builder_at(struct node_list_builder list, uint32_t index)
{
        struct node_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct node_list node_list_read(struct mori_wire_pointer pointer)
{
        struct node_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int node_list_init(struct mori_wire_slot slot, uint32_t count, struct node_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 5, 6, &ret_value->elements);
}

static inline enum node_which node_which(struct node from)
{
        return (enum node_which)mori_wire_u16(&from.reader, 6, 0);
}

static inline uint64_t node_id(struct node from)
{
        return mori_wire_u64(&from.reader, 0, 0);
}

static inline void node_set_id(struct node_builder to, uint64_t value)
{
        mori_wire_put_u64(&to.writer, 0, value, 0);
}

/*
 * Name to present to humans to identify this Node.  You should not attempt to parse this.  Its
 * format could change.  It is not guaranteed to be unique.
 *
 * (On Zooko's triangle, this is the node's nickname.)
 */
static inline struct mori_wire_text node_display_name(struct node from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool node_has_display_name(struct node from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int node_set_display_name(struct node_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int node_init_display_name(struct node_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

/*
 * If you want a shorter version of `displayName` (just naming this node, without its surrounding
 * scope), chop off this many characters from the beginning of `displayName`.
 */
static inline uint32_t node_display_name_prefix_length(struct node from)
{
        return mori_wire_u32(&from.reader, 2, 0);
}

static inline void node_set_display_name_prefix_length(struct node_builder to, uint32_t value)
{
        mori_wire_put_u32(&to.writer, 2, value, 0);
}

/*
 * ID of the lexical parent node.  Typically, the scope node will have a NestedNode pointing back
 * at this node, but robust code should avoid relying on this (and, in fact, group nodes are not
 * listed in the outer struct's nestedNodes, since they are listed in the fields).  `scopeId` is
 * zero if the node has no parent, which is normally only the case with files, but should be
 * allowed for any kind of node (in order to make runtime type generation easier).
 */
static inline uint64_t node_scope_id(struct node from)
{
        return mori_wire_u64(&from.reader, 2, 0);
}

static inline void node_set_scope_id(struct node_builder to, uint64_t value)
{
        mori_wire_put_u64(&to.writer, 2, value, 0);
}

/* If this node is parameterized (generic), the list of parameters. Empty for non-generic types. */
static inline struct node_parameter_list node_parameters(struct node from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 5);
        struct node_parameter_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool node_has_parameters(struct node from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 5));
}

static inline int node_init_parameters(struct node_builder to, uint32_t count, struct node_parameter_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 5), count, 0, 1, &ret_list->elements);
}

static inline int node_set_parameters(struct node_builder to, struct node_parameter_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 5), &value.list);
}

/*
 * True if this node is generic, meaning that it or one of its parent scopes has a non-empty
 * `parameters`.
 */
static inline bool node_is_generic(struct node from)
{
        return mori_wire_bit(&from.reader, 288, false);
}

static inline void node_set_is_generic(struct node_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 288, value, false);
}

/* List of nodes nested within this node, along with the names under which they were declared. */
static inline struct node_nested_node_list node_nested_nodes(struct node from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);
        struct node_nested_node_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool node_has_nested_nodes(struct node from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int node_init_nested_nodes(struct node_builder to, uint32_t count, struct node_nested_node_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 1), count, 1, 1, &ret_list->elements);
}

static inline int node_set_nested_nodes(struct node_builder to, struct node_nested_node_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 1), &value.list);
}

/* Annotations applied to this node. */
static inline struct annotation_list node_annotations(struct node from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 2);
        struct annotation_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool node_has_annotations(struct node from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 2));
}

static inline int node_init_annotations(struct node_builder to, uint32_t count, struct annotation_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 2), count, 1, 2, &ret_list->elements);
}

static inline int node_set_annotations(struct node_builder to, struct annotation_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 2), &value.list);
}

static inline bool node_is_file(struct node from)
{
        return mori_wire_u16(&from.reader, 6, 0) == 0;
}

static inline void node_set_file(struct node_builder to)
{
        mori_wire_put_u16(&to.writer, 6, 0, 0);
}

static inline bool node_is_struct(struct node from)
{
        return mori_wire_u16(&from.reader, 6, 0) == 1;
}

static inline struct node_struct node_struct(struct node from)
{
        struct node_struct value;

        value.reader = mori_wire_u16(&from.reader, 6, 0) == 1 ? from.reader : mori_wire_reader_none();
        return value;
}

static inline struct node_struct_builder node_init_struct(struct node_builder to)
{
        struct node_struct_builder value;

        mori_wire_put_u16(&to.writer, 7, 0, 0);
        mori_wire_put_u16(&to.writer, 12, 0, 0);
        mori_wire_put_u16(&to.writer, 13, 0, 0);
        mori_wire_put_bit(&to.writer, 224, false, false);
        mori_wire_put_u16(&to.writer, 15, 0, 0);
        mori_wire_put_u32(&to.writer, 8, 0, 0);
        mori_wire_put_null(mori_wire_writer_slot(&to.writer, 3));
        mori_wire_put_u16(&to.writer, 6, 1, 0);
        value.writer = to.writer;
        return value;
}

static inline bool node_is_enum(struct node from)
{
        return mori_wire_u16(&from.reader, 6, 0) == 2;
}

static inline struct node_enum node_enum(struct node from)
{
        struct node_enum value;

        value.reader = mori_wire_u16(&from.reader, 6, 0) == 2 ? from.reader : mori_wire_reader_none();
        return value;
}

static inline struct node_enum_builder node_init_enum(struct node_builder to)
{
        struct node_enum_builder value;

        mori_wire_put_null(mori_wire_writer_slot(&to.writer, 3));
        mori_wire_put_u16(&to.writer, 6, 2, 0);
        value.writer = to.writer;
        return value;
}

static inline bool node_is_interface(struct node from)
{
        return mori_wire_u16(&from.reader, 6, 0) == 3;
}

static inline struct node_interface node_interface(struct node from)
{
        struct node_interface value;

        value.reader = mori_wire_u16(&from.reader, 6, 0) == 3 ? from.reader : mori_wire_reader_none();
        return value;
}

static inline struct node_interface_builder node_init_interface(struct node_builder to)
{
        struct node_interface_builder value;

        mori_wire_put_null(mori_wire_writer_slot(&to.writer, 3));
        mori_wire_put_null(mori_wire_writer_slot(&to.writer, 4));
        mori_wire_put_u16(&to.writer, 6, 3, 0);
        value.writer = to.writer;
        return value;
}

static inline bool node_is_const(struct node from)
{
        return mori_wire_u16(&from.reader, 6, 0) == 4;
}

static inline struct node_const node_const(struct node from)
{
        struct node_const value;

        value.reader = mori_wire_u16(&from.reader, 6, 0) == 4 ? from.reader : mori_wire_reader_none();
        return value;
}

static inline struct node_const_builder node_init_const(struct node_builder to)
{
        struct node_const_builder value;

        mori_wire_put_null(mori_wire_writer_slot(&to.writer, 3));
        mori_wire_put_null(mori_wire_writer_slot(&to.writer, 4));
        mori_wire_put_u16(&to.writer, 6, 4, 0);
        value.writer = to.writer;
        return value;
}

static inline bool node_is_annotation(struct node from)
{
        return mori_wire_u16(&from.reader, 6, 0) == 5;
}

static inline struct node_annotation node_annotation(struct node from)
{
        struct node_annotation value;

        value.reader = mori_wire_u16(&from.reader, 6, 0) == 5 ? from.reader : mori_wire_reader_none();
        return value;
}

static inline struct node_annotation_builder node_init_annotation(struct node_builder to)
{
        struct node_annotation_builder value;

        mori_wire_put_null(mori_wire_writer_slot(&to.writer, 3));
        mori_wire_put_bit(&to.writer, 112, false, false);
        mori_wire_put_bit(&to.writer, 113, false, false);
        mori_wire_put_bit(&to.writer, 114, false, false);
        mori_wire_put_bit(&to.writer, 115, false, false);
        mori_wire_put_bit(&to.writer, 116, false, false);
        mori_wire_put_bit(&to.writer, 117, false, false);
        mori_wire_put_bit(&to.writer, 118, false, false);
        mori_wire_put_bit(&to.writer, 119, false, false);
        mori_wire_put_bit(&to.writer, 120, false, false);
        mori_wire_put_bit(&to.writer, 121, false, false);
        mori_wire_put_bit(&to.writer, 122, false, false);
        mori_wire_put_bit(&to.writer, 123, false, false);
        mori_wire_put_u16(&to.writer, 6, 5, 0);
        value.writer = to.writer;
        return value;
}

/* Size of the data section, in words. */
static inline uint16_t node_struct_data_word_count(struct node_struct from)
{
        return mori_wire_u16(&from.reader, 7, 0);
}

static inline void node_struct_set_data_word_count(struct node_struct_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 7, value, 0);
}

/* Size of the pointer section, in pointers (which are one word each). */
static inline uint16_t node_struct_pointer_count(struct node_struct from)
{
        return mori_wire_u16(&from.reader, 12, 0);
}

static inline void node_struct_set_pointer_count(struct node_struct_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 12, value, 0);
}

/*
 * The preferred element size to use when encoding a list of this struct.  If this is anything
 * other than `inlineComposite` then the struct is one word or less in size and is a candidate
 * for list packing optimization.
 */
static inline enum element_size node_struct_preferred_list_encoding(struct node_struct from)
{
        return (enum element_size)mori_wire_u16(&from.reader, 13, 0);
}

static inline void node_struct_set_preferred_list_encoding(struct node_struct_builder to, enum element_size value)
{
        mori_wire_put_u16(&to.writer, 13, (uint16_t)value, 0);
}

/*
 * If true, then this "struct" node is actually not an independent node, but merely represents
 * some named union or group within a particular parent struct.  This node's scopeId refers
 * to the parent struct, which may itself be a union/group in yet another struct.
 *
 * All group nodes share the same dataWordCount and pointerCount as the top-level
 * struct, and their fields live in the same ordinal and offset spaces as all other fields in
 * the struct.
 *
 * Note that a named union is considered a special kind of group -- in fact, a named union
 * is exactly equivalent to a group that contains nothing but an unnamed union.
 */
static inline bool node_struct_is_group(struct node_struct from)
{
        return mori_wire_bit(&from.reader, 224, false);
}

static inline void node_struct_set_is_group(struct node_struct_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 224, value, false);
}

/*
 * Number of fields in this struct which are members of an anonymous union, and thus may
 * overlap.  If this is non-zero, then a 16-bit discriminant is present indicating which
 * of the overlapping fields is active.  This can never be 1 -- if it is non-zero, it must be
 * two or more.
 *
 * Note that the fields of an unnamed union are considered fields of the scope containing the
 * union -- an unnamed union is not its own group.  So, a top-level struct may contain a
 * non-zero discriminant count.  Named unions, on the other hand, are equivalent to groups
 * containing unnamed unions.  So, a named union has its own independent schema node, with
 * `isGroup` = true.
 */
static inline uint16_t node_struct_discriminant_count(struct node_struct from)
{
        return mori_wire_u16(&from.reader, 15, 0);
}

static inline void node_struct_set_discriminant_count(struct node_struct_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 15, value, 0);
}

/*
 * If `discriminantCount` is non-zero, this is the offset of the union discriminant, in
 * multiples of 16 bits.
 */
static inline uint32_t node_struct_discriminant_offset(struct node_struct from)
{
        return mori_wire_u32(&from.reader, 8, 0);
}

static inline void node_struct_set_discriminant_offset(struct node_struct_builder to, uint32_t value)
{
        mori_wire_put_u32(&to.writer, 8, value, 0);
}

/*
 * Fields defined within this scope (either the struct's top-level fields, or the fields of
 * a particular group; see `isGroup`).
 *
 * The fields are sorted by ordinal number, but note that because groups share the same
 * ordinal space, the field's index in this list is not necessarily exactly its ordinal.
 * On the other hand, the field's position in this list does remain the same even as the
 * protocol evolves, since it is not possible to insert or remove an earlier ordinal.
 * Therefore, for most use cases, if you want to identify a field by number, it may make the
 * most sense to use the field's index in this list rather than its ordinal.
 */
static inline struct field_list node_struct_fields(struct node_struct from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 3);
        struct field_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool node_struct_has_fields(struct node_struct from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 3));
}

static inline int node_struct_init_fields(struct node_struct_builder to, uint32_t count, struct field_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 3), count, 3, 4, &ret_list->elements);
}

static inline int node_struct_set_fields(struct node_struct_builder to, struct field_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 3), &value.list);
}

/* Enumerants ordered by numeric value (ordinal). */
static inline struct enumerant_list node_enum_enumerants(struct node_enum from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 3);
        struct enumerant_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool node_enum_has_enumerants(struct node_enum from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 3));
}

static inline int node_enum_init_enumerants(struct node_enum_builder to, uint32_t count, struct enumerant_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 3), count, 1, 2, &ret_list->elements);
}

static inline int node_enum_set_enumerants(struct node_enum_builder to, struct enumerant_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 3), &value.list);
}

/* Methods ordered by ordinal. */
static inline struct method_list node_interface_methods(struct node_interface from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 3);
        struct method_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool node_interface_has_methods(struct node_interface from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 3));
}

static inline int node_interface_init_methods(struct node_interface_builder to, uint32_t count, struct method_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 3), count, 3, 5, &ret_list->elements);
}

static inline int node_interface_set_methods(struct node_interface_builder to, struct method_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 3), &value.list);
}

/* Superclasses of this interface. */
static inline struct superclass_list node_interface_superclasses(struct node_interface from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 4);
        struct superclass_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool node_interface_has_superclasses(struct node_interface from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 4));
}

static inline int node_interface_init_superclasses(struct node_interface_builder to, uint32_t count, struct superclass_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 4), count, 1, 1, &ret_list->elements);
}

static inline int node_interface_set_superclasses(struct node_interface_builder to, struct superclass_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 4), &value.list);
}

static inline struct type node_const_type(struct node_const from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 3);
        struct type value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool node_const_has_type(struct node_const from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 3));
}

static inline int node_const_init_type(struct node_const_builder to, struct type_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 3), 3, 1, &ret_value->writer);
}

static inline int node_const_set_type(struct node_const_builder to, struct type value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 3), &value.reader);
}

static inline struct value node_const_value(struct node_const from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 4);
        struct value value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool node_const_has_value(struct node_const from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 4));
}

static inline int node_const_init_value(struct node_const_builder to, struct value_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 4), 2, 1, &ret_value->writer);
}

static inline int node_const_set_value(struct node_const_builder to, struct value value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 4), &value.reader);
}

static inline struct type node_annotation_type(struct node_annotation from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 3);
        struct type value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool node_annotation_has_type(struct node_annotation from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 3));
}

static inline int node_annotation_init_type(struct node_annotation_builder to, struct type_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 3), 3, 1, &ret_value->writer);
}

static inline int node_annotation_set_type(struct node_annotation_builder to, struct type value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 3), &value.reader);
}

static inline bool node_annotation_targets_file(struct node_annotation from)
{
        return mori_wire_bit(&from.reader, 112, false);
}

static inline void node_annotation_set_targets_file(struct node_annotation_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 112, value, false);
}

static inline bool node_annotation_targets_const(struct node_annotation from)
{
        return mori_wire_bit(&from.reader, 113, false);
}

static inline void node_annotation_set_targets_const(struct node_annotation_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 113, value, false);
}

static inline bool node_annotation_targets_enum(struct node_annotation from)
{
        return mori_wire_bit(&from.reader, 114, false);
}

static inline void node_annotation_set_targets_enum(struct node_annotation_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 114, value, false);
}

static inline bool node_annotation_targets_enumerant(struct node_annotation from)
{
        return mori_wire_bit(&from.reader, 115, false);
}

static inline void node_annotation_set_targets_enumerant(struct node_annotation_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 115, value, false);
}

static inline bool node_annotation_targets_struct(struct node_annotation from)
{
        return mori_wire_bit(&from.reader, 116, false);
}

static inline void node_annotation_set_targets_struct(struct node_annotation_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 116, value, false);
}

static inline bool node_annotation_targets_field(struct node_annotation from)
{
        return mori_wire_bit(&from.reader, 117, false);
}

static inline void node_annotation_set_targets_field(struct node_annotation_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 117, value, false);
}

static inline bool node_annotation_targets_union(struct node_annotation from)
{
        return mori_wire_bit(&from.reader, 118, false);
}

static inline void node_annotation_set_targets_union(struct node_annotation_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 118, value, false);
}

static inline bool node_annotation_targets_group(struct node_annotation from)
{
        return mori_wire_bit(&from.reader, 119, false);
}

static inline void node_annotation_set_targets_group(struct node_annotation_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 119, value, false);
}

static inline bool node_annotation_targets_interface(struct node_annotation from)
{
        return mori_wire_bit(&from.reader, 120, false);
}

static inline void node_annotation_set_targets_interface(struct node_annotation_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 120, value, false);
}

static inline bool node_annotation_targets_method(struct node_annotation from)
{
        return mori_wire_bit(&from.reader, 121, false);
}

static inline void node_annotation_set_targets_method(struct node_annotation_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 121, value, false);
}

static inline bool node_annotation_targets_param(struct node_annotation from)
{
        return mori_wire_bit(&from.reader, 122, false);
}

static inline void node_annotation_set_targets_param(struct node_annotation_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 122, value, false);
}

static inline bool node_annotation_targets_annotation(struct node_annotation from)
{
        return mori_wire_bit(&from.reader, 123, false);
}

static inline void node_annotation_set_targets_annotation(struct node_annotation_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 123, value, false);
}

static inline struct node_parameter node_parameter_read(struct mori_wire_pointer pointer)
{
        struct node_parameter value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int node_parameter_init(struct mori_wire_slot slot, struct node_parameter_builder *ret_value)
{
        return mori_wire_new_struct(slot, 0, 1, &ret_value->writer);
}

static inline struct node_parameter node_parameter_list_at(struct node_parameter_list list, uint32_t index)
{
        struct node_parameter value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct node_parameter_builder node_parameter_list_builder_at(struct node_parameter_list_builder list, uint32_t index)
{
        struct node_parameter_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct node_parameter_list node_parameter_list_read(struct mori_wire_pointer pointer)
{
        struct node_parameter_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int node_parameter_list_init(struct mori_wire_slot slot, uint32_t count, struct node_parameter_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 0, 1, &ret_value->elements);
}

static inline struct mori_wire_text node_parameter_name(struct node_parameter from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool node_parameter_has_name(struct node_parameter from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int node_parameter_set_name(struct node_parameter_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int node_parameter_init_name(struct node_parameter_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

static inline struct node_nested_node node_nested_node_read(struct mori_wire_pointer pointer)
{
        struct node_nested_node value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int node_nested_node_init(struct mori_wire_slot slot, struct node_nested_node_builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 1, &ret_value->writer);
}

static inline struct node_nested_node node_nested_node_list_at(struct node_nested_node_list list, uint32_t index)
{
        struct node_nested_node value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct node_nested_node_builder node_nested_node_list_builder_at(struct node_nested_node_list_builder list, uint32_t index)
{
        struct node_nested_node_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct node_nested_node_list node_nested_node_list_read(struct mori_wire_pointer pointer)
{
        struct node_nested_node_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int node_nested_node_list_init(struct mori_wire_slot slot, uint32_t count, struct node_nested_node_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 1, &ret_value->elements);
}

/*
 * Unqualified symbol name.  Unlike Node.displayName, this *can* be used programmatically.
 *
 * (On Zooko's triangle, this is the node's petname according to its parent scope.)
 */
static inline struct mori_wire_text node_nested_node_name(struct node_nested_node from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool node_nested_node_has_name(struct node_nested_node from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int node_nested_node_set_name(struct node_nested_node_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int node_nested_node_init_name(struct node_nested_node_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

/*
 * ID of the nested node.  Typically, the target node's scopeId points back to this node, but
 * robust code should avoid relying on this.
 */
static inline uint64_t node_nested_node_id(struct node_nested_node from)
{
        return mori_wire_u64(&from.reader, 0, 0);
}

static inline void node_nested_node_set_id(struct node_nested_node_builder to, uint64_t value)
{
        mori_wire_put_u64(&to.writer, 0, value, 0);
}

static inline struct node_source_info node_source_info_read(struct mori_wire_pointer pointer)
{
        struct node_source_info value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int node_source_info_init(struct mori_wire_slot slot, struct node_source_info_builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 2, &ret_value->writer);
}

static inline struct node_source_info node_source_info_list_at(struct node_source_info_list list, uint32_t index)
{
        struct node_source_info value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct node_source_info_builder node_source_info_list_builder_at(struct node_source_info_list_builder list, uint32_t index)
{
        struct node_source_info_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct node_source_info_list node_source_info_list_read(struct mori_wire_pointer pointer)
{
        struct node_source_info_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int node_source_info_list_init(struct mori_wire_slot slot, uint32_t count, struct node_source_info_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 2, &ret_value->elements);
}

/* ID of the Node which this info describes. */
static inline uint64_t node_source_info_id(struct node_source_info from)
{
        return mori_wire_u64(&from.reader, 0, 0);
}

static inline void node_source_info_set_id(struct node_source_info_builder to, uint64_t value)
{
        mori_wire_put_u64(&to.writer, 0, value, 0);
}

/* The top-level doc comment for the Node. */
static inline struct mori_wire_text node_source_info_doc_comment(struct node_source_info from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool node_source_info_has_doc_comment(struct node_source_info from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int node_source_info_set_doc_comment(struct node_source_info_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int node_source_info_init_doc_comment(struct node_source_info_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

/*
 * Information about each member -- i.e. fields (for structs), enumerants (for enums), or
 * methods (for interfaces).
 *
 * This list is the same length and order as the corresponding list in the Node, i.e.
 * Node.struct.fields, Node.enum.enumerants, or Node.interface.methods.
 */
static inline struct node_source_info_member_list node_source_info_members(struct node_source_info from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);
        struct node_source_info_member_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool node_source_info_has_members(struct node_source_info from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int node_source_info_init_members(struct node_source_info_builder to, uint32_t count, struct node_source_info_member_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 1), count, 0, 1, &ret_list->elements);
}

static inline int node_source_info_set_members(struct node_source_info_builder to, struct node_source_info_member_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 1), &value.list);
}

static inline struct node_source_info_member node_source_info_member_read(struct mori_wire_pointer pointer)
{
        struct node_source_info_member value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int node_source_info_member_init(struct mori_wire_slot slot, struct node_source_info_member_builder *ret_value)
{
        return mori_wire_new_struct(slot, 0, 1, &ret_value->writer);
}

static inline struct node_source_info_member node_source_info_member_list_at(struct node_source_info_member_list list, uint32_t index)
{
        struct node_source_info_member value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct node_source_info_member_builder node_source_info_member_list_builder_at(struct node_source_info_member_list_builder list, uint32_t index)
{
        struct node_source_info_member_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct node_source_info_member_list node_source_info_member_list_read(struct mori_wire_pointer pointer)
{
        struct node_source_info_member_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int node_source_info_member_list_init(struct mori_wire_slot slot, uint32_t count, struct node_source_info_member_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 0, 1, &ret_value->elements);
}

/* Doc comment on the member. */
static inline struct mori_wire_text node_source_info_member_doc_comment(struct node_source_info_member from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool node_source_info_member_has_doc_comment(struct node_source_info_member from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int node_source_info_member_set_doc_comment(struct node_source_info_member_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int node_source_info_member_init_doc_comment(struct node_source_info_member_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

static inline struct field field_read(struct mori_wire_pointer pointer)
{
        struct field value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int field_init(struct mori_wire_slot slot, struct field_builder *ret_value)
{
        return mori_wire_new_struct(slot, 3, 4, &ret_value->writer);
}

static inline struct field field_list_at(struct field_list list, uint32_t index)
{
        struct field value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct field_builder field_list_builder_at(struct field_list_builder list, uint32_t index)
{
        struct field_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct field_list field_list_read(struct mori_wire_pointer pointer)
{
        struct field_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int field_list_init(struct mori_wire_slot slot, uint32_t count, struct field_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 3, 4, &ret_value->elements);
}

static inline enum field_which field_which(struct field from)
{
        return (enum field_which)mori_wire_u16(&from.reader, 4, 0);
}

static inline struct mori_wire_text field_name(struct field from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool field_has_name(struct field from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int field_set_name(struct field_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int field_init_name(struct field_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

/*
 * Indicates where this member appeared in the code, relative to other members.
 * Code ordering may have semantic relevance -- programmers tend to place related fields
 * together.  So, using code ordering makes sense in human-readable formats where ordering is
 * otherwise irrelevant, like JSON.  The values of codeOrder are tightly-packed, so the maximum
 * value is count(members) - 1.  Fields that are members of a union are only ordered relative to
 * the other members of that union, so the maximum value there is count(union.members).
 */
static inline uint16_t field_code_order(struct field from)
{
        return mori_wire_u16(&from.reader, 0, 0);
}

static inline void field_set_code_order(struct field_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 0, value, 0);
}

static inline struct annotation_list field_annotations(struct field from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);
        struct annotation_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool field_has_annotations(struct field from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int field_init_annotations(struct field_builder to, uint32_t count, struct annotation_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 1), count, 1, 2, &ret_list->elements);
}

static inline int field_set_annotations(struct field_builder to, struct annotation_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 1), &value.list);
}

/*
 * If the field is in a union, this is the value which the union's discriminant should take when
 * the field is active.  If the field is not in a union, this is 0xffff.
 */
static inline uint16_t field_discriminant_value(struct field from)
{
        return mori_wire_u16(&from.reader, 1, 0xffff);
}

static inline void field_set_discriminant_value(struct field_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 1, value, 0xffff);
}

static inline bool field_is_slot(struct field from)
{
        return mori_wire_u16(&from.reader, 4, 0) == 0;
}

/* A regular, non-group, non-fixed-list field. */
static inline struct field_slot field_slot(struct field from)
{
        struct field_slot value;

        value.reader = mori_wire_u16(&from.reader, 4, 0) == 0 ? from.reader : mori_wire_reader_none();
        return value;
}

static inline struct field_slot_builder field_init_slot(struct field_builder to)
{
        struct field_slot_builder value;

        mori_wire_put_u32(&to.writer, 1, 0, 0);
        mori_wire_put_null(mori_wire_writer_slot(&to.writer, 2));
        mori_wire_put_null(mori_wire_writer_slot(&to.writer, 3));
        mori_wire_put_bit(&to.writer, 128, false, false);
        mori_wire_put_u16(&to.writer, 4, 0, 0);
        value.writer = to.writer;
        return value;
}

static inline bool field_is_group(struct field from)
{
        return mori_wire_u16(&from.reader, 4, 0) == 1;
}

/* A group. */
static inline struct field_group field_group(struct field from)
{
        struct field_group value;

        value.reader = mori_wire_u16(&from.reader, 4, 0) == 1 ? from.reader : mori_wire_reader_none();
        return value;
}

static inline struct field_group_builder field_init_group(struct field_builder to)
{
        struct field_group_builder value;

        mori_wire_put_u64(&to.writer, 2, 0, 0);
        mori_wire_put_u16(&to.writer, 4, 1, 0);
        value.writer = to.writer;
        return value;
}

static inline struct field_ordinal field_ordinal(struct field from)
{
        struct field_ordinal value;

        value.reader = from.reader;
        return value;
}

static inline struct field_ordinal_builder field_init_ordinal(struct field_builder to)
{
        struct field_ordinal_builder value;

        mori_wire_put_u16(&to.writer, 5, 0, 0);
        mori_wire_put_u16(&to.writer, 6, 0, 0);
        value.writer = to.writer;
        return value;
}

/*
 * Offset, in units of the field's size, from the beginning of the section in which the field
 * resides.  E.g. for a UInt32 field, multiply this by 4 to get the byte offset from the
 * beginning of the data section.
 */
static inline uint32_t field_slot_offset(struct field_slot from)
{
        return mori_wire_u32(&from.reader, 1, 0);
}

static inline void field_slot_set_offset(struct field_slot_builder to, uint32_t value)
{
        mori_wire_put_u32(&to.writer, 1, value, 0);
}

static inline struct type field_slot_type(struct field_slot from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 2);
        struct type value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool field_slot_has_type(struct field_slot from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 2));
}

static inline int field_slot_init_type(struct field_slot_builder to, struct type_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 2), 3, 1, &ret_value->writer);
}

static inline int field_slot_set_type(struct field_slot_builder to, struct type value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 2), &value.reader);
}

static inline struct value field_slot_default_value(struct field_slot from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 3);
        struct value value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool field_slot_has_default_value(struct field_slot from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 3));
}

static inline int field_slot_init_default_value(struct field_slot_builder to, struct value_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 3), 2, 1, &ret_value->writer);
}

static inline int field_slot_set_default_value(struct field_slot_builder to, struct value value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 3), &value.reader);
}

/*
 * Whether the default value was specified explicitly.  Non-explicit default values are always
 * zero or empty values.  Usually, whether the default value was explicit shouldn't matter.
 * The main use case for this flag is for structs representing method parameters:
 * explicitly-defaulted parameters may be allowed to be omitted when calling the method.
 */
static inline bool field_slot_had_explicit_default(struct field_slot from)
{
        return mori_wire_bit(&from.reader, 128, false);
}

static inline void field_slot_set_had_explicit_default(struct field_slot_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 128, value, false);
}

/* The ID of the group's node. */
static inline uint64_t field_group_type_id(struct field_group from)
{
        return mori_wire_u64(&from.reader, 2, 0);
}

static inline void field_group_set_type_id(struct field_group_builder to, uint64_t value)
{
        mori_wire_put_u64(&to.writer, 2, value, 0);
}

static inline enum field_ordinal_which field_ordinal_which(struct field_ordinal from)
{
        return (enum field_ordinal_which)mori_wire_u16(&from.reader, 5, 0);
}

static inline bool field_ordinal_is_implicit(struct field_ordinal from)
{
        return mori_wire_u16(&from.reader, 5, 0) == 0;
}

static inline void field_ordinal_set_implicit(struct field_ordinal_builder to)
{
        mori_wire_put_u16(&to.writer, 5, 0, 0);
}

static inline bool field_ordinal_is_explicit(struct field_ordinal from)
{
        return mori_wire_u16(&from.reader, 5, 0) == 1;
}

/*
 * The original ordinal number given to the field.  You probably should NOT use this; if you need
 * a numeric identifier for a field, use its position within the field array for its scope.
 * The ordinal is given here mainly just so that the original schema text can be reproduced given
 * the compiled version -- i.e. so that `capnp compile -ocapnp` can do its job.
 */
static inline uint16_t field_ordinal_explicit(struct field_ordinal from)
{
        if (!(mori_wire_u16(&from.reader, 5, 0) == 1))
                return UINT16_C(0);
        return mori_wire_u16(&from.reader, 6, 0);
}

static inline void field_ordinal_set_explicit(struct field_ordinal_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 5, 1, 0);
        mori_wire_put_u16(&to.writer, 6, value, 0);
}

#define FIELD_NO_DISCRIMINANT UINT16_C(65535)

static inline struct enumerant enumerant_read(struct mori_wire_pointer pointer)
{
        struct enumerant value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int enumerant_init(struct mori_wire_slot slot, struct enumerant_builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 2, &ret_value->writer);
}

static inline struct enumerant enumerant_list_at(struct enumerant_list list, uint32_t index)
{
        struct enumerant value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct enumerant_builder enumerant_list_builder_at(struct enumerant_list_builder list, uint32_t index)
{
        struct enumerant_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct enumerant_list enumerant_list_read(struct mori_wire_pointer pointer)
{
        struct enumerant_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int enumerant_list_init(struct mori_wire_slot slot, uint32_t count, struct enumerant_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 2, &ret_value->elements);
}

static inline struct mori_wire_text enumerant_name(struct enumerant from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool enumerant_has_name(struct enumerant from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int enumerant_set_name(struct enumerant_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int enumerant_init_name(struct enumerant_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

/*
 * Specifies order in which the enumerants were declared in the code.
 * Like Struct.Field.codeOrder.
 */
static inline uint16_t enumerant_code_order(struct enumerant from)
{
        return mori_wire_u16(&from.reader, 0, 0);
}

static inline void enumerant_set_code_order(struct enumerant_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 0, value, 0);
}

static inline struct annotation_list enumerant_annotations(struct enumerant from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);
        struct annotation_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool enumerant_has_annotations(struct enumerant from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int enumerant_init_annotations(struct enumerant_builder to, uint32_t count, struct annotation_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 1), count, 1, 2, &ret_list->elements);
}

static inline int enumerant_set_annotations(struct enumerant_builder to, struct annotation_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 1), &value.list);
}

static inline struct superclass superclass_read(struct mori_wire_pointer pointer)
{
        struct superclass value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int superclass_init(struct mori_wire_slot slot, struct superclass_builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 1, &ret_value->writer);
}

static inline struct superclass superclass_list_at(struct superclass_list list, uint32_t index)
{
        struct superclass value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct superclass_builder superclass_list_builder_at(struct superclass_list_builder list, uint32_t index)
{
        struct superclass_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct superclass_list superclass_list_read(struct mori_wire_pointer pointer)
{
        struct superclass_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int superclass_list_init(struct mori_wire_slot slot, uint32_t count, struct superclass_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 1, &ret_value->elements);
}

static inline uint64_t superclass_id(struct superclass from)
{
        return mori_wire_u64(&from.reader, 0, 0);
}

static inline void superclass_set_id(struct superclass_builder to, uint64_t value)
{
        mori_wire_put_u64(&to.writer, 0, value, 0);
}

static inline struct brand superclass_brand(struct superclass from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct brand value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool superclass_has_brand(struct superclass from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int superclass_init_brand(struct superclass_builder to, struct brand_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 0), 0, 1, &ret_value->writer);
}

static inline int superclass_set_brand(struct superclass_builder to, struct brand value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 0), &value.reader);
}

static inline struct method method_read(struct mori_wire_pointer pointer)
{
        struct method value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int method_init(struct mori_wire_slot slot, struct method_builder *ret_value)
{
        return mori_wire_new_struct(slot, 3, 5, &ret_value->writer);
}

static inline struct method method_list_at(struct method_list list, uint32_t index)
{
        struct method value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct method_builder method_list_builder_at(struct method_list_builder list, uint32_t index)
{
        struct method_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct method_list method_list_read(struct mori_wire_pointer pointer)
{
        struct method_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int method_list_init(struct mori_wire_slot slot, uint32_t count, struct method_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 3, 5, &ret_value->elements);
}

static inline struct mori_wire_text method_name(struct method from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool method_has_name(struct method from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int method_set_name(struct method_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int method_init_name(struct method_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

/*
 * Specifies order in which the methods were declared in the code.
 * Like Struct.Field.codeOrder.
 */
static inline uint16_t method_code_order(struct method from)
{
        return mori_wire_u16(&from.reader, 0, 0);
}

static inline void method_set_code_order(struct method_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 0, value, 0);
}

/*
 * The parameters listed in [] (typically, type / generic parameters), whose bindings are intended
 * to be inferred rather than specified explicitly, although not all languages support this.
 */
static inline struct node_parameter_list method_implicit_parameters(struct method from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 4);
        struct node_parameter_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool method_has_implicit_parameters(struct method from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 4));
}

static inline int method_init_implicit_parameters(struct method_builder to, uint32_t count, struct node_parameter_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 4), count, 0, 1, &ret_list->elements);
}

static inline int method_set_implicit_parameters(struct method_builder to, struct node_parameter_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 4), &value.list);
}

/*
 * ID of the parameter struct type.  If a named parameter list was specified in the method
 * declaration (rather than a single struct parameter type) then a corresponding struct type is
 * auto-generated.  Such an auto-generated type will not be listed in the interface's
 * `nestedNodes` and its `scopeId` will be zero -- it is completely detached from the namespace.
 * (Awkwardly, it does of course inherit generic parameters from the method's scope, which makes
 * this a situation where you can't just climb the scope chain to find where a particular
 * generic parameter was introduced. Making the `scopeId` zero was a mistake.)
 */
static inline uint64_t method_param_struct_type(struct method from)
{
        return mori_wire_u64(&from.reader, 1, 0);
}

static inline void method_set_param_struct_type(struct method_builder to, uint64_t value)
{
        mori_wire_put_u64(&to.writer, 1, value, 0);
}

/* Brand of param struct type. */
static inline struct brand method_param_brand(struct method from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 2);
        struct brand value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool method_has_param_brand(struct method from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 2));
}

static inline int method_init_param_brand(struct method_builder to, struct brand_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 2), 0, 1, &ret_value->writer);
}

static inline int method_set_param_brand(struct method_builder to, struct brand value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 2), &value.reader);
}

/* ID of the return struct type; similar to `paramStructType`. */
static inline uint64_t method_result_struct_type(struct method from)
{
        return mori_wire_u64(&from.reader, 2, 0);
}

static inline void method_set_result_struct_type(struct method_builder to, uint64_t value)
{
        mori_wire_put_u64(&to.writer, 2, value, 0);
}

/* Brand of result struct type. */
static inline struct brand method_result_brand(struct method from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 3);
        struct brand value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool method_has_result_brand(struct method from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 3));
}

static inline int method_init_result_brand(struct method_builder to, struct brand_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 3), 0, 1, &ret_value->writer);
}

static inline int method_set_result_brand(struct method_builder to, struct brand value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 3), &value.reader);
}

static inline struct annotation_list method_annotations(struct method from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);
        struct annotation_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool method_has_annotations(struct method from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int method_init_annotations(struct method_builder to, uint32_t count, struct annotation_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 1), count, 1, 2, &ret_list->elements);
}

static inline int method_set_annotations(struct method_builder to, struct annotation_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 1), &value.list);
}

static inline struct type type_read(struct mori_wire_pointer pointer)
{
        struct type value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int type_init(struct mori_wire_slot slot, struct type_builder *ret_value)
{
        return mori_wire_new_struct(slot, 3, 1, &ret_value->writer);
}

static inline struct type type_list__at(struct type_list_ list, uint32_t index)
{
        struct type value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct type_builder type_list__builder_at(struct type_list__builder list, uint32_t index)
{
        struct type_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct type_list_ type_list__read(struct mori_wire_pointer pointer)
{
        struct type_list_ value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int type_list__init(struct mori_wire_slot slot, uint32_t count, struct type_list__builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 3, 1, &ret_value->elements);
}

static inline enum type_which type_which(struct type from)
{
        return (enum type_which)mori_wire_u16(&from.reader, 0, 0);
}

static inline bool type_is_void(struct type from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 0;
}

static inline void type_set_void(struct type_builder to)
{
        mori_wire_put_u16(&to.writer, 0, 0, 0);
}

static inline bool type_is_bool(struct type from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 1;
}

static inline void type_set_bool(struct type_builder to)
{
        mori_wire_put_u16(&to.writer, 0, 1, 0);
}

static inline bool type_is_int8(struct type from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 2;
}

static inline void type_set_int8(struct type_builder to)
{
        mori_wire_put_u16(&to.writer, 0, 2, 0);
}

static inline bool type_is_int16(struct type from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 3;
}

static inline void type_set_int16(struct type_builder to)
{
        mori_wire_put_u16(&to.writer, 0, 3, 0);
}

static inline bool type_is_int32(struct type from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 4;
}

static inline void type_set_int32(struct type_builder to)
{
        mori_wire_put_u16(&to.writer, 0, 4, 0);
}

static inline bool type_is_int64(struct type from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 5;
}

static inline void type_set_int64(struct type_builder to)
{
        mori_wire_put_u16(&to.writer, 0, 5, 0);
}

static inline bool type_is_uint8(struct type from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 6;
}

static inline void type_set_uint8(struct type_builder to)
{
        mori_wire_put_u16(&to.writer, 0, 6, 0);
}

static inline bool type_is_uint16(struct type from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 7;
}

static inline void type_set_uint16(struct type_builder to)
{
        mori_wire_put_u16(&to.writer, 0, 7, 0);
}

static inline bool type_is_uint32(struct type from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 8;
}

static inline void type_set_uint32(struct type_builder to)
{
        mori_wire_put_u16(&to.writer, 0, 8, 0);
}

static inline bool type_is_uint64(struct type from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 9;
}

static inline void type_set_uint64(struct type_builder to)
{
        mori_wire_put_u16(&to.writer, 0, 9, 0);
}

static inline bool type_is_float32(struct type from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 10;
}

static inline void type_set_float32(struct type_builder to)
{
        mori_wire_put_u16(&to.writer, 0, 10, 0);
}

static inline bool type_is_float64(struct type from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 11;
}

static inline void type_set_float64(struct type_builder to)
{
        mori_wire_put_u16(&to.writer, 0, 11, 0);
}

static inline bool type_is_text(struct type from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 12;
}

static inline void type_set_text(struct type_builder to)
{
        mori_wire_put_u16(&to.writer, 0, 12, 0);
}

static inline bool type_is_data(struct type from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 13;
}

static inline void type_set_data(struct type_builder to)
{
        mori_wire_put_u16(&to.writer, 0, 13, 0);
}

static inline bool type_is_list(struct type from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 14;
}

static inline struct type_list type_list(struct type from)
{
        struct type_list value;

        value.reader = mori_wire_u16(&from.reader, 0, 0) == 14 ? from.reader : mori_wire_reader_none();
        return value;
}

static inline struct type_list_builder type_init_list(struct type_builder to)
{
        struct type_list_builder value;

        mori_wire_put_null(mori_wire_writer_slot(&to.writer, 0));
        mori_wire_put_u16(&to.writer, 0, 14, 0);
        value.writer = to.writer;
        return value;
}

static inline bool type_is_enum(struct type from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 15;
}

static inline struct type_enum type_enum(struct type from)
{
        struct type_enum value;

        value.reader = mori_wire_u16(&from.reader, 0, 0) == 15 ? from.reader : mori_wire_reader_none();
        return value;
}

static inline struct type_enum_builder type_init_enum(struct type_builder to)
{
        struct type_enum_builder value;

        mori_wire_put_u64(&to.writer, 1, 0, 0);
        mori_wire_put_null(mori_wire_writer_slot(&to.writer, 0));
        mori_wire_put_u16(&to.writer, 0, 15, 0);
        value.writer = to.writer;
        return value;
}

static inline bool type_is_struct(struct type from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 16;
}

static inline struct type_struct type_struct(struct type from)
{
        struct type_struct value;

        value.reader = mori_wire_u16(&from.reader, 0, 0) == 16 ? from.reader : mori_wire_reader_none();
        return value;
}

static inline struct type_struct_builder type_init_struct(struct type_builder to)
{
        struct type_struct_builder value;

        mori_wire_put_u64(&to.writer, 1, 0, 0);
        mori_wire_put_null(mori_wire_writer_slot(&to.writer, 0));
        mori_wire_put_u16(&to.writer, 0, 16, 0);
        value.writer = to.writer;
        return value;
}

static inline bool type_is_interface(struct type from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 17;
}

static inline struct type_interface type_interface(struct type from)
{
        struct type_interface value;

        value.reader = mori_wire_u16(&from.reader, 0, 0) == 17 ? from.reader : mori_wire_reader_none();
        return value;
}

static inline struct type_interface_builder type_init_interface(struct type_builder to)
{
        struct type_interface_builder value;

        mori_wire_put_u64(&to.writer, 1, 0, 0);
        mori_wire_put_null(mori_wire_writer_slot(&to.writer, 0));
        mori_wire_put_u16(&to.writer, 0, 17, 0);
        value.writer = to.writer;
        return value;
}

static inline bool type_is_any_pointer(struct type from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 18;
}

static inline struct type_any_pointer type_any_pointer(struct type from)
{
        struct type_any_pointer value;

        value.reader = mori_wire_u16(&from.reader, 0, 0) == 18 ? from.reader : mori_wire_reader_none();
        return value;
}

static inline struct type_any_pointer_builder type_init_any_pointer(struct type_builder to)
{
        struct type_any_pointer_builder value;

        mori_wire_put_u16(&to.writer, 4, 0, 0);
        mori_wire_put_u16(&to.writer, 5, 0, 0);
        mori_wire_put_u64(&to.writer, 2, 0, 0);
        mori_wire_put_u16(&to.writer, 5, 0, 0);
        mori_wire_put_u16(&to.writer, 5, 0, 0);
        mori_wire_put_u16(&to.writer, 0, 18, 0);
        value.writer = to.writer;
        return value;
}

static inline struct type type_list_element_type(struct type_list from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct type value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool type_list_has_element_type(struct type_list from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int type_list_init_element_type(struct type_list_builder to, struct type_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 0), 3, 1, &ret_value->writer);
}

static inline int type_list_set_element_type(struct type_list_builder to, struct type value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 0), &value.reader);
}

static inline uint64_t type_enum_type_id(struct type_enum from)
{
        return mori_wire_u64(&from.reader, 1, 0);
}

static inline void type_enum_set_type_id(struct type_enum_builder to, uint64_t value)
{
        mori_wire_put_u64(&to.writer, 1, value, 0);
}

static inline struct brand type_enum_brand(struct type_enum from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct brand value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool type_enum_has_brand(struct type_enum from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int type_enum_init_brand(struct type_enum_builder to, struct brand_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 0), 0, 1, &ret_value->writer);
}

static inline int type_enum_set_brand(struct type_enum_builder to, struct brand value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 0), &value.reader);
}

static inline uint64_t type_struct_type_id(struct type_struct from)
{
        return mori_wire_u64(&from.reader, 1, 0);
}

static inline void type_struct_set_type_id(struct type_struct_builder to, uint64_t value)
{
        mori_wire_put_u64(&to.writer, 1, value, 0);
}

static inline struct brand type_struct_brand(struct type_struct from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct brand value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool type_struct_has_brand(struct type_struct from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int type_struct_init_brand(struct type_struct_builder to, struct brand_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 0), 0, 1, &ret_value->writer);
}

static inline int type_struct_set_brand(struct type_struct_builder to, struct brand value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 0), &value.reader);
}

static inline uint64_t type_interface_type_id(struct type_interface from)
{
        return mori_wire_u64(&from.reader, 1, 0);
}

static inline void type_interface_set_type_id(struct type_interface_builder to, uint64_t value)
{
        mori_wire_put_u64(&to.writer, 1, value, 0);
}

static inline struct brand type_interface_brand(struct type_interface from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct brand value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool type_interface_has_brand(struct type_interface from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int type_interface_init_brand(struct type_interface_builder to, struct brand_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 0), 0, 1, &ret_value->writer);
}

static inline int type_interface_set_brand(struct type_interface_builder to, struct brand value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 0), &value.reader);
}

static inline enum type_any_pointer_which type_any_pointer_which(struct type_any_pointer from)
{
        return (enum type_any_pointer_which)mori_wire_u16(&from.reader, 4, 0);
}

static inline bool type_any_pointer_is_unconstrained(struct type_any_pointer from)
{
        return mori_wire_u16(&from.reader, 4, 0) == 0;
}

/*
 * A regular AnyPointer.
 *
 * The name "unconstrained" means as opposed to constraining it to match a type parameter.
 * In retrospect this name is probably a poor choice given that it may still be constrained
 * to be a struct, list, or capability.
 */
static inline struct type_any_pointer_unconstrained type_any_pointer_unconstrained(struct type_any_pointer from)
{
        struct type_any_pointer_unconstrained value;

        value.reader = mori_wire_u16(&from.reader, 4, 0) == 0 ? from.reader : mori_wire_reader_none();
        return value;
}

static inline struct type_any_pointer_unconstrained_builder type_any_pointer_init_unconstrained(struct type_any_pointer_builder to)
{
        struct type_any_pointer_unconstrained_builder value;

        mori_wire_put_u16(&to.writer, 5, 0, 0);
        mori_wire_put_u16(&to.writer, 4, 0, 0);
        value.writer = to.writer;
        return value;
}

static inline bool type_any_pointer_is_parameter(struct type_any_pointer from)
{
        return mori_wire_u16(&from.reader, 4, 0) == 1;
}

/* This is actually a reference to a type parameter defined within this scope. */
static inline struct type_any_pointer_parameter type_any_pointer_parameter(struct type_any_pointer from)
{
        struct type_any_pointer_parameter value;

        value.reader = mori_wire_u16(&from.reader, 4, 0) == 1 ? from.reader : mori_wire_reader_none();
        return value;
}

static inline struct type_any_pointer_parameter_builder type_any_pointer_init_parameter(struct type_any_pointer_builder to)
{
        struct type_any_pointer_parameter_builder value;

        mori_wire_put_u64(&to.writer, 2, 0, 0);
        mori_wire_put_u16(&to.writer, 5, 0, 0);
        mori_wire_put_u16(&to.writer, 4, 1, 0);
        value.writer = to.writer;
        return value;
}

static inline bool type_any_pointer_is_implicit_method_parameter(struct type_any_pointer from)
{
        return mori_wire_u16(&from.reader, 4, 0) == 2;
}

/*
 * This is actually a reference to an implicit (generic) parameter of a method. The only
 * legal context for this type to appear is inside Method.paramBrand or Method.resultBrand.
 */
static inline struct type_any_pointer_implicit_method_parameter type_any_pointer_implicit_method_parameter(struct type_any_pointer from)
{
        struct type_any_pointer_implicit_method_parameter value;

        value.reader = mori_wire_u16(&from.reader, 4, 0) == 2 ? from.reader : mori_wire_reader_none();
        return value;
}

static inline struct type_any_pointer_implicit_method_parameter_builder type_any_pointer_init_implicit_method_parameter(struct type_any_pointer_builder to)
{
        struct type_any_pointer_implicit_method_parameter_builder value;

        mori_wire_put_u16(&to.writer, 5, 0, 0);
        mori_wire_put_u16(&to.writer, 4, 2, 0);
        value.writer = to.writer;
        return value;
}

static inline enum type_any_pointer_unconstrained_which type_any_pointer_unconstrained_which(struct type_any_pointer_unconstrained from)
{
        return (enum type_any_pointer_unconstrained_which)mori_wire_u16(&from.reader, 5, 0);
}

static inline bool type_any_pointer_unconstrained_is_any_kind(struct type_any_pointer_unconstrained from)
{
        return mori_wire_u16(&from.reader, 5, 0) == 0;
}

/* truly AnyPointer */
static inline void type_any_pointer_unconstrained_set_any_kind(struct type_any_pointer_unconstrained_builder to)
{
        mori_wire_put_u16(&to.writer, 5, 0, 0);
}

static inline bool type_any_pointer_unconstrained_is_struct(struct type_any_pointer_unconstrained from)
{
        return mori_wire_u16(&from.reader, 5, 0) == 1;
}

/* AnyStruct */
static inline void type_any_pointer_unconstrained_set_struct(struct type_any_pointer_unconstrained_builder to)
{
        mori_wire_put_u16(&to.writer, 5, 1, 0);
}

static inline bool type_any_pointer_unconstrained_is_list(struct type_any_pointer_unconstrained from)
{
        return mori_wire_u16(&from.reader, 5, 0) == 2;
}

/* AnyList */
static inline void type_any_pointer_unconstrained_set_list(struct type_any_pointer_unconstrained_builder to)
{
        mori_wire_put_u16(&to.writer, 5, 2, 0);
}

static inline bool type_any_pointer_unconstrained_is_capability(struct type_any_pointer_unconstrained from)
{
        return mori_wire_u16(&from.reader, 5, 0) == 3;
}

/* Capability */
static inline void type_any_pointer_unconstrained_set_capability(struct type_any_pointer_unconstrained_builder to)
{
        mori_wire_put_u16(&to.writer, 5, 3, 0);
}

/*
 * ID of the generic type whose parameter we're referencing. This should be a parent of the
 * current scope.
 */
static inline uint64_t type_any_pointer_parameter_scope_id(struct type_any_pointer_parameter from)
{
        return mori_wire_u64(&from.reader, 2, 0);
}

static inline void type_any_pointer_parameter_set_scope_id(struct type_any_pointer_parameter_builder to, uint64_t value)
{
        mori_wire_put_u64(&to.writer, 2, value, 0);
}

/* Index of the parameter within the generic type's parameter list. */
static inline uint16_t type_any_pointer_parameter_parameter_index(struct type_any_pointer_parameter from)
{
        return mori_wire_u16(&from.reader, 5, 0);
}

static inline void type_any_pointer_parameter_set_parameter_index(struct type_any_pointer_parameter_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 5, value, 0);
}

static inline uint16_t type_any_pointer_implicit_method_parameter_parameter_index(struct type_any_pointer_implicit_method_parameter from)
{
        return mori_wire_u16(&from.reader, 5, 0);
}

static inline void type_any_pointer_implicit_method_parameter_set_parameter_index(struct type_any_pointer_implicit_method_parameter_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 5, value, 0);
}

static inline struct brand brand_read(struct mori_wire_pointer pointer)
{
        struct brand value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int brand_init(struct mori_wire_slot slot, struct brand_builder *ret_value)
{
        return mori_wire_new_struct(slot, 0, 1, &ret_value->writer);
}

static inline struct brand brand_list_at(struct brand_list list, uint32_t index)
{
        struct brand value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct brand_builder brand_list_builder_at(struct brand_list_builder list, uint32_t index)
{
        struct brand_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct brand_list brand_list_read(struct mori_wire_pointer pointer)
{
        struct brand_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int brand_list_init(struct mori_wire_slot slot, uint32_t count, struct brand_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 0, 1, &ret_value->elements);
}

/*
 * For each of the target type and each of its parent scopes, a parameterization may be included
 * in this list. If no parameterization is included for a particular relevant scope, then either
 * that scope has no parameters or all parameters should be considered to be `AnyPointer`.
 */
static inline struct brand_scope_list brand_scopes(struct brand from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct brand_scope_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool brand_has_scopes(struct brand from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int brand_init_scopes(struct brand_builder to, uint32_t count, struct brand_scope_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 0), count, 2, 1, &ret_list->elements);
}

static inline int brand_set_scopes(struct brand_builder to, struct brand_scope_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 0), &value.list);
}

static inline struct brand_scope brand_scope_read(struct mori_wire_pointer pointer)
{
        struct brand_scope value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int brand_scope_init(struct mori_wire_slot slot, struct brand_scope_builder *ret_value)
{
        return mori_wire_new_struct(slot, 2, 1, &ret_value->writer);
}

static inline struct brand_scope brand_scope_list_at(struct brand_scope_list list, uint32_t index)
{
        struct brand_scope value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct brand_scope_builder brand_scope_list_builder_at(struct brand_scope_list_builder list, uint32_t index)
{
        struct brand_scope_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct brand_scope_list brand_scope_list_read(struct mori_wire_pointer pointer)
{
        struct brand_scope_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int brand_scope_list_init(struct mori_wire_slot slot, uint32_t count, struct brand_scope_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 2, 1, &ret_value->elements);
}

static inline enum brand_scope_which brand_scope_which(struct brand_scope from)
{
        return (enum brand_scope_which)mori_wire_u16(&from.reader, 4, 0);
}

/* ID of the scope to which these params apply. */
static inline uint64_t brand_scope_scope_id(struct brand_scope from)
{
        return mori_wire_u64(&from.reader, 0, 0);
}

static inline void brand_scope_set_scope_id(struct brand_scope_builder to, uint64_t value)
{
        mori_wire_put_u64(&to.writer, 0, value, 0);
}

static inline bool brand_scope_is_bind(struct brand_scope from)
{
        return mori_wire_u16(&from.reader, 4, 0) == 0;
}

/* List of parameter bindings. */
static inline struct brand_binding_list brand_scope_bind(struct brand_scope from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct brand_binding_list value;

        if (!(mori_wire_u16(&from.reader, 4, 0) == 0))
                pointer.at = NULL;
        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool brand_scope_has_bind(struct brand_scope from)
{
        return mori_wire_u16(&from.reader, 4, 0) == 0 &&
               !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int brand_scope_init_bind(struct brand_scope_builder to, uint32_t count, struct brand_binding_list_builder *ret_list)
{
        int error = mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 0), count, 1, 1, &ret_list->elements);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 4, 0, 0);
        return error;
}

static inline int brand_scope_set_bind(struct brand_scope_builder to, struct brand_binding_list value)
{
        int error = mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 0), &value.list);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 4, 0, 0);
        return error;
}

static inline bool brand_scope_is_inherit(struct brand_scope from)
{
        return mori_wire_u16(&from.reader, 4, 0) == 1;
}

/*
 * The place where the Brand appears is within this scope or a sub-scope, and bindings
 * for this scope are deferred to later Brand applications. This is equivalent to a
 * pass-through binding list, where each of this scope's parameters is bound to itself.
 * For example:
 *
 *   struct Outer(T) {
 *     struct Inner {
 *       value @0 :T;
 *     }
 *     innerInherit @0 :Inner;            # Outer Brand.Scope is `inherit`.
 *     innerBindSelf @1 :Outer(T).Inner;  # Outer Brand.Scope explicitly binds T to T.
 *   }
 *
 * The innerInherit and innerBindSelf fields have equivalent types, but different Brand
 * styles.
 */
static inline void brand_scope_set_inherit(struct brand_scope_builder to)
{
        mori_wire_put_u16(&to.writer, 4, 1, 0);
}

static inline struct brand_binding brand_binding_read(struct mori_wire_pointer pointer)
{
        struct brand_binding value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int brand_binding_init(struct mori_wire_slot slot, struct brand_binding_builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 1, &ret_value->writer);
}

static inline struct brand_binding brand_binding_list_at(struct brand_binding_list list, uint32_t index)
{
        struct brand_binding value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct brand_binding_builder brand_binding_list_builder_at(struct brand_binding_list_builder list, uint32_t index)
{
        struct brand_binding_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct brand_binding_list brand_binding_list_read(struct mori_wire_pointer pointer)
{
        struct brand_binding_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int brand_binding_list_init(struct mori_wire_slot slot, uint32_t count, struct brand_binding_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 1, &ret_value->elements);
}

static inline enum brand_binding_which brand_binding_which(struct brand_binding from)
{
        return (enum brand_binding_which)mori_wire_u16(&from.reader, 0, 0);
}

static inline bool brand_binding_is_unbound(struct brand_binding from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 0;
}

static inline void brand_binding_set_unbound(struct brand_binding_builder to)
{
        mori_wire_put_u16(&to.writer, 0, 0, 0);
}

static inline bool brand_binding_is_type(struct brand_binding from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 1;
}

static inline struct type brand_binding_type(struct brand_binding from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct type value;

        if (!(mori_wire_u16(&from.reader, 0, 0) == 1))
                pointer.at = NULL;
        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool brand_binding_has_type(struct brand_binding from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 1 &&
               !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int brand_binding_init_type(struct brand_binding_builder to, struct type_builder *ret_value)
{
        int error = mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 0), 3, 1, &ret_value->writer);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 0, 1, 0);
        return error;
}

static inline int brand_binding_set_type(struct brand_binding_builder to, struct type value)
{
        int error = mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 0), &value.reader);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 0, 1, 0);
        return error;
}

static inline struct value value_read(struct mori_wire_pointer pointer)
{
        struct value value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int value_init(struct mori_wire_slot slot, struct value_builder *ret_value)
{
        return mori_wire_new_struct(slot, 2, 1, &ret_value->writer);
}

static inline struct value value_list__at(struct value_list_ list, uint32_t index)
{
        struct value value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct value_builder value_list__builder_at(struct value_list__builder list, uint32_t index)
{
        struct value_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct value_list_ value_list__read(struct mori_wire_pointer pointer)
{
        struct value_list_ value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int value_list__init(struct mori_wire_slot slot, uint32_t count, struct value_list__builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 2, 1, &ret_value->elements);
}

static inline enum value_which value_which(struct value from)
{
        return (enum value_which)mori_wire_u16(&from.reader, 0, 0);
}

static inline bool value_is_void(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 0;
}

static inline void value_set_void(struct value_builder to)
{
        mori_wire_put_u16(&to.writer, 0, 0, 0);
}

static inline bool value_is_bool(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 1;
}

static inline bool value_bool(struct value from)
{
        if (!(mori_wire_u16(&from.reader, 0, 0) == 1))
                return false;
        return mori_wire_bit(&from.reader, 16, false);
}

static inline void value_set_bool(struct value_builder to, bool value)
{
        mori_wire_put_u16(&to.writer, 0, 1, 0);
        mori_wire_put_bit(&to.writer, 16, value, false);
}

static inline bool value_is_int8(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 2;
}

static inline int8_t value_int8(struct value from)
{
        if (!(mori_wire_u16(&from.reader, 0, 0) == 2))
                return INT8_C(0);
        return (int8_t)mori_wire_u8(&from.reader, 2, 0);
}

static inline void value_set_int8(struct value_builder to, int8_t value)
{
        mori_wire_put_u16(&to.writer, 0, 2, 0);
        mori_wire_put_u8(&to.writer, 2, (uint8_t)value, 0);
}

static inline bool value_is_int16(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 3;
}

static inline int16_t value_int16(struct value from)
{
        if (!(mori_wire_u16(&from.reader, 0, 0) == 3))
                return INT16_C(0);
        return (int16_t)mori_wire_u16(&from.reader, 1, 0);
}

static inline void value_set_int16(struct value_builder to, int16_t value)
{
        mori_wire_put_u16(&to.writer, 0, 3, 0);
        mori_wire_put_u16(&to.writer, 1, (uint16_t)value, 0);
}

static inline bool value_is_int32(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 4;
}

static inline int32_t value_int32(struct value from)
{
        if (!(mori_wire_u16(&from.reader, 0, 0) == 4))
                return INT32_C(0);
        return (int32_t)mori_wire_u32(&from.reader, 1, 0);
}

static inline void value_set_int32(struct value_builder to, int32_t value)
{
        mori_wire_put_u16(&to.writer, 0, 4, 0);
        mori_wire_put_u32(&to.writer, 1, (uint32_t)value, 0);
}

static inline bool value_is_int64(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 5;
}

static inline int64_t value_int64(struct value from)
{
        if (!(mori_wire_u16(&from.reader, 0, 0) == 5))
                return INT64_C(0);
        return (int64_t)mori_wire_u64(&from.reader, 1, 0);
}

static inline void value_set_int64(struct value_builder to, int64_t value)
{
        mori_wire_put_u16(&to.writer, 0, 5, 0);
        mori_wire_put_u64(&to.writer, 1, (uint64_t)value, 0);
}

static inline bool value_is_uint8(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 6;
}

static inline uint8_t value_uint8(struct value from)
{
        if (!(mori_wire_u16(&from.reader, 0, 0) == 6))
                return UINT8_C(0);
        return mori_wire_u8(&from.reader, 2, 0);
}

static inline void value_set_uint8(struct value_builder to, uint8_t value)
{
        mori_wire_put_u16(&to.writer, 0, 6, 0);
        mori_wire_put_u8(&to.writer, 2, value, 0);
}

static inline bool value_is_uint16(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 7;
}

static inline uint16_t value_uint16(struct value from)
{
        if (!(mori_wire_u16(&from.reader, 0, 0) == 7))
                return UINT16_C(0);
        return mori_wire_u16(&from.reader, 1, 0);
}

static inline void value_set_uint16(struct value_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 0, 7, 0);
        mori_wire_put_u16(&to.writer, 1, value, 0);
}

static inline bool value_is_uint32(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 8;
}

static inline uint32_t value_uint32(struct value from)
{
        if (!(mori_wire_u16(&from.reader, 0, 0) == 8))
                return UINT32_C(0);
        return mori_wire_u32(&from.reader, 1, 0);
}

static inline void value_set_uint32(struct value_builder to, uint32_t value)
{
        mori_wire_put_u16(&to.writer, 0, 8, 0);
        mori_wire_put_u32(&to.writer, 1, value, 0);
}

static inline bool value_is_uint64(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 9;
}

static inline uint64_t value_uint64(struct value from)
{
        if (!(mori_wire_u16(&from.reader, 0, 0) == 9))
                return UINT64_C(0);
        return mori_wire_u64(&from.reader, 1, 0);
}

static inline void value_set_uint64(struct value_builder to, uint64_t value)
{
        mori_wire_put_u16(&to.writer, 0, 9, 0);
        mori_wire_put_u64(&to.writer, 1, value, 0);
}

static inline bool value_is_float32(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 10;
}

static inline float value_float32(struct value from)
{
        if (!(mori_wire_u16(&from.reader, 0, 0) == 10))
                return 0.00000000e+00f;
        return mori_wire_float(mori_wire_u32(&from.reader, 1, 0));
}

static inline void value_set_float32(struct value_builder to, float value)
{
        mori_wire_put_u16(&to.writer, 0, 10, 0);
        mori_wire_put_u32(&to.writer, 1, mori_wire_float_bits(value), 0);
}

static inline bool value_is_float64(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 11;
}

static inline double value_float64(struct value from)
{
        if (!(mori_wire_u16(&from.reader, 0, 0) == 11))
                return 0.0000000000000000e+00;
        return mori_wire_double(mori_wire_u64(&from.reader, 1, 0));
}

static inline void value_set_float64(struct value_builder to, double value)
{
        mori_wire_put_u16(&to.writer, 0, 11, 0);
        mori_wire_put_u64(&to.writer, 1, mori_wire_double_bits(value), 0);
}

static inline bool value_is_text(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 12;
}

static inline struct mori_wire_text value_text(struct value from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        if (!(mori_wire_u16(&from.reader, 0, 0) == 12))
                pointer.at = NULL;
        return mori_wire_read_text(pointer);
}

static inline bool value_has_text(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 12 &&
               !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int value_set_text(struct value_builder to, struct mori_wire_text value)
{
        int error = mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 0, 12, 0);
        return error;
}

static inline int value_init_text(struct value_builder to, uint32_t count, char **ret_bytes)
{
        int error = mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 0, 12, 0);
        return error;
}

static inline bool value_is_data(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 13;
}

static inline struct mori_wire_data value_data(struct value from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        if (!(mori_wire_u16(&from.reader, 0, 0) == 13))
                pointer.at = NULL;
        return mori_wire_read_data(pointer);
}

static inline bool value_has_data(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 13 &&
               !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int value_set_data(struct value_builder to, struct mori_wire_data value)
{
        int error = mori_wire_new_data(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 0, 13, 0);
        return error;
}

static inline int value_init_data(struct value_builder to, uint32_t count, uint8_t **ret_bytes)
{
        int error = mori_wire_data_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 0, 13, 0);
        return error;
}

static inline bool value_is_list(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 14;
}

static inline struct mori_wire_pointer value_list(struct value from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        if (!(mori_wire_u16(&from.reader, 0, 0) == 14))
                pointer.at = NULL;
        return pointer;
}

static inline bool value_has_list(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 14 &&
               !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline struct mori_wire_slot value_init_list(struct value_builder to)
{
        mori_wire_put_u16(&to.writer, 0, 14, 0);
        return mori_wire_writer_slot(&to.writer, 0);
}

static inline int value_set_list(struct value_builder to, struct mori_wire_pointer value)
{
        int error = mori_wire_copy(mori_wire_writer_slot(&to.writer, 0), value, MORI_WIRE_AS_IT_IS);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 0, 14, 0);
        return error;
}

static inline bool value_is_enum(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 15;
}

static inline uint16_t value_enum(struct value from)
{
        if (!(mori_wire_u16(&from.reader, 0, 0) == 15))
                return UINT16_C(0);
        return mori_wire_u16(&from.reader, 1, 0);
}

static inline void value_set_enum(struct value_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 0, 15, 0);
        mori_wire_put_u16(&to.writer, 1, value, 0);
}

static inline bool value_is_struct(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 16;
}

static inline struct mori_wire_pointer value_struct(struct value from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        if (!(mori_wire_u16(&from.reader, 0, 0) == 16))
                pointer.at = NULL;
        return pointer;
}

static inline bool value_has_struct(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 16 &&
               !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline struct mori_wire_slot value_init_struct(struct value_builder to)
{
        mori_wire_put_u16(&to.writer, 0, 16, 0);
        return mori_wire_writer_slot(&to.writer, 0);
}

static inline int value_set_struct(struct value_builder to, struct mori_wire_pointer value)
{
        int error = mori_wire_copy(mori_wire_writer_slot(&to.writer, 0), value, MORI_WIRE_AS_IT_IS);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 0, 16, 0);
        return error;
}

static inline bool value_is_interface(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 17;
}

/*
 * The only interface value that can be represented statically is "null", whose methods always
 * throw exceptions.
 */
static inline void value_set_interface(struct value_builder to)
{
        mori_wire_put_u16(&to.writer, 0, 17, 0);
}

static inline bool value_is_any_pointer(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 18;
}

static inline struct mori_wire_pointer value_any_pointer(struct value from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        if (!(mori_wire_u16(&from.reader, 0, 0) == 18))
                pointer.at = NULL;
        return pointer;
}

static inline bool value_has_any_pointer(struct value from)
{
        return mori_wire_u16(&from.reader, 0, 0) == 18 &&
               !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline struct mori_wire_slot value_init_any_pointer(struct value_builder to)
{
        mori_wire_put_u16(&to.writer, 0, 18, 0);
        return mori_wire_writer_slot(&to.writer, 0);
}

static inline int value_set_any_pointer(struct value_builder to, struct mori_wire_pointer value)
{
        int error = mori_wire_copy(mori_wire_writer_slot(&to.writer, 0), value, MORI_WIRE_AS_IT_IS);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 0, 18, 0);
        return error;
}

static inline struct annotation annotation_read(struct mori_wire_pointer pointer)
{
        struct annotation value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int annotation_init(struct mori_wire_slot slot, struct annotation_builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 2, &ret_value->writer);
}

static inline struct annotation annotation_list_at(struct annotation_list list, uint32_t index)
{
        struct annotation value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct annotation_builder annotation_list_builder_at(struct annotation_list_builder list, uint32_t index)
{
        struct annotation_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct annotation_list annotation_list_read(struct mori_wire_pointer pointer)
{
        struct annotation_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int annotation_list_init(struct mori_wire_slot slot, uint32_t count, struct annotation_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 2, &ret_value->elements);
}

/* ID of the annotation node. */
static inline uint64_t annotation_id(struct annotation from)
{
        return mori_wire_u64(&from.reader, 0, 0);
}

static inline void annotation_set_id(struct annotation_builder to, uint64_t value)
{
        mori_wire_put_u64(&to.writer, 0, value, 0);
}

/*
 * Brand of the annotation.
 *
 * Note that the annotation itself is not allowed to be parameterized, but its scope might be.
 */
static inline struct brand annotation_brand(struct annotation from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);
        struct brand value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool annotation_has_brand(struct annotation from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int annotation_init_brand(struct annotation_builder to, struct brand_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 1), 0, 1, &ret_value->writer);
}

static inline int annotation_set_brand(struct annotation_builder to, struct brand value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 1), &value.reader);
}

static inline struct value annotation_value(struct annotation from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct value value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool annotation_has_value(struct annotation from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int annotation_init_value(struct annotation_builder to, struct value_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 0), 2, 1, &ret_value->writer);
}

static inline int annotation_set_value(struct annotation_builder to, struct value value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 0), &value.reader);
}

static inline enum element_size element_size_list_at(struct element_size_list list, uint32_t index)
{
        return (enum element_size)mori_wire_element_u16(&list.list, index);
}

static inline void element_size_list_set(struct element_size_list_builder list, uint32_t index, enum element_size value)
{
        mori_wire_elements_put_u16(&list.elements, index, (uint16_t)value);
}

static inline struct capnp_version capnp_version_read(struct mori_wire_pointer pointer)
{
        struct capnp_version value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int capnp_version_init(struct mori_wire_slot slot, struct capnp_version_builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 0, &ret_value->writer);
}

static inline struct capnp_version capnp_version_list_at(struct capnp_version_list list, uint32_t index)
{
        struct capnp_version value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct capnp_version_builder capnp_version_list_builder_at(struct capnp_version_list_builder list, uint32_t index)
{
        struct capnp_version_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct capnp_version_list capnp_version_list_read(struct mori_wire_pointer pointer)
{
        struct capnp_version_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int capnp_version_list_init(struct mori_wire_slot slot, uint32_t count, struct capnp_version_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 0, &ret_value->elements);
}

static inline uint16_t capnp_version_major(struct capnp_version from)
{
        return mori_wire_u16(&from.reader, 0, 0);
}

static inline void capnp_version_set_major(struct capnp_version_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 0, value, 0);
}

static inline uint8_t capnp_version_minor(struct capnp_version from)
{
        return mori_wire_u8(&from.reader, 2, 0);
}

static inline void capnp_version_set_minor(struct capnp_version_builder to, uint8_t value)
{
        mori_wire_put_u8(&to.writer, 2, value, 0);
}

static inline uint8_t capnp_version_micro(struct capnp_version from)
{
        return mori_wire_u8(&from.reader, 3, 0);
}

static inline void capnp_version_set_micro(struct capnp_version_builder to, uint8_t value)
{
        mori_wire_put_u8(&to.writer, 3, value, 0);
}

static inline struct code_generator_request code_generator_request_read(struct mori_wire_pointer pointer)
{
        struct code_generator_request value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int code_generator_request_init(struct mori_wire_slot slot, struct code_generator_request_builder *ret_value)
{
        return mori_wire_new_struct(slot, 0, 4, &ret_value->writer);
}

static inline struct code_generator_request code_generator_request_list_at(struct code_generator_request_list list, uint32_t index)
{
        struct code_generator_request value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct code_generator_request_builder code_generator_request_list_builder_at(struct code_generator_request_list_builder list, uint32_t index)
{
        struct code_generator_request_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct code_generator_request_list code_generator_request_list_read(struct mori_wire_pointer pointer)
{
        struct code_generator_request_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int code_generator_request_list_init(struct mori_wire_slot slot, uint32_t count, struct code_generator_request_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 0, 4, &ret_value->elements);
}

/*
 * Version of the `capnp` executable. Generally, code generators should ignore this, but the code
 * generators that ship with `capnp` itself will print a warning if this mismatches since that
 * probably indicates something is misconfigured.
 *
 * The first version of 'capnp' to set this was 0.6.0. So, if it's missing, the compiler version
 * is older than that.
 */
static inline struct capnp_version code_generator_request_capnp_version(struct code_generator_request from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 2);
        struct capnp_version value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool code_generator_request_has_capnp_version(struct code_generator_request from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 2));
}

static inline int code_generator_request_init_capnp_version(struct code_generator_request_builder to, struct capnp_version_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 2), 1, 0, &ret_value->writer);
}

static inline int code_generator_request_set_capnp_version(struct code_generator_request_builder to, struct capnp_version value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 2), &value.reader);
}

/*
 * All nodes parsed by the compiler, including for the files on the command line and their
 * imports.
 */
static inline struct node_list code_generator_request_nodes(struct code_generator_request from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct node_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool code_generator_request_has_nodes(struct code_generator_request from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int code_generator_request_init_nodes(struct code_generator_request_builder to, uint32_t count, struct node_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 0), count, 5, 6, &ret_list->elements);
}

static inline int code_generator_request_set_nodes(struct code_generator_request_builder to, struct node_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 0), &value.list);
}

/*
 * Information about the original source code for each node, where available. This array may be
 * omitted or may be missing some nodes if no info is available for them.
 */
static inline struct node_source_info_list code_generator_request_source_info(struct code_generator_request from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 3);
        struct node_source_info_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool code_generator_request_has_source_info(struct code_generator_request from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 3));
}

static inline int code_generator_request_init_source_info(struct code_generator_request_builder to, uint32_t count, struct node_source_info_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 3), count, 1, 2, &ret_list->elements);
}

static inline int code_generator_request_set_source_info(struct code_generator_request_builder to, struct node_source_info_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 3), &value.list);
}

/* Files which were listed on the command line. */
static inline struct code_generator_request_requested_file_list code_generator_request_requested_files(struct code_generator_request from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);
        struct code_generator_request_requested_file_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool code_generator_request_has_requested_files(struct code_generator_request from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int code_generator_request_init_requested_files(struct code_generator_request_builder to, uint32_t count, struct code_generator_request_requested_file_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 1), count, 1, 2, &ret_list->elements);
}

static inline int code_generator_request_set_requested_files(struct code_generator_request_builder to, struct code_generator_request_requested_file_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 1), &value.list);
}

static inline struct code_generator_request_requested_file code_generator_request_requested_file_read(struct mori_wire_pointer pointer)
{
        struct code_generator_request_requested_file value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int code_generator_request_requested_file_init(struct mori_wire_slot slot, struct code_generator_request_requested_file_builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 2, &ret_value->writer);
}

static inline struct code_generator_request_requested_file code_generator_request_requested_file_list_at(struct code_generator_request_requested_file_list list, uint32_t index)
{
        struct code_generator_request_requested_file value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct code_generator_request_requested_file_builder code_generator_request_requested_file_list_builder_at(struct code_generator_request_requested_file_list_builder list, uint32_t index)
{
        struct code_generator_request_requested_file_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct code_generator_request_requested_file_list code_generator_request_requested_file_list_read(struct mori_wire_pointer pointer)
{
        struct code_generator_request_requested_file_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int code_generator_request_requested_file_list_init(struct mori_wire_slot slot, uint32_t count, struct code_generator_request_requested_file_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 2, &ret_value->elements);
}

/* ID of the file. */
static inline uint64_t code_generator_request_requested_file_id(struct code_generator_request_requested_file from)
{
        return mori_wire_u64(&from.reader, 0, 0);
}

static inline void code_generator_request_requested_file_set_id(struct code_generator_request_requested_file_builder to, uint64_t value)
{
        mori_wire_put_u64(&to.writer, 0, value, 0);
}

/*
 * Name of the file as it appeared on the command-line (minus the src-prefix).  You may use
 * this to decide where to write the output.
 */
static inline struct mori_wire_text code_generator_request_requested_file_filename(struct code_generator_request_requested_file from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool code_generator_request_requested_file_has_filename(struct code_generator_request_requested_file from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int code_generator_request_requested_file_set_filename(struct code_generator_request_requested_file_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int code_generator_request_requested_file_init_filename(struct code_generator_request_requested_file_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

/* List of all imported paths seen in this file. */
static inline struct code_generator_request_requested_file_import_list code_generator_request_requested_file_imports(struct code_generator_request_requested_file from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);
        struct code_generator_request_requested_file_import_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool code_generator_request_requested_file_has_imports(struct code_generator_request_requested_file from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int code_generator_request_requested_file_init_imports(struct code_generator_request_requested_file_builder to, uint32_t count, struct code_generator_request_requested_file_import_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 1), count, 1, 1, &ret_list->elements);
}

static inline int code_generator_request_requested_file_set_imports(struct code_generator_request_requested_file_builder to, struct code_generator_request_requested_file_import_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 1), &value.list);
}

static inline struct code_generator_request_requested_file_import code_generator_request_requested_file_import_read(struct mori_wire_pointer pointer)
{
        struct code_generator_request_requested_file_import value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int code_generator_request_requested_file_import_init(struct mori_wire_slot slot, struct code_generator_request_requested_file_import_builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 1, &ret_value->writer);
}

static inline struct code_generator_request_requested_file_import code_generator_request_requested_file_import_list_at(struct code_generator_request_requested_file_import_list list, uint32_t index)
{
        struct code_generator_request_requested_file_import value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct code_generator_request_requested_file_import_builder code_generator_request_requested_file_import_list_builder_at(struct code_generator_request_requested_file_import_list_builder list, uint32_t index)
{
        struct code_generator_request_requested_file_import_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct code_generator_request_requested_file_import_list code_generator_request_requested_file_import_list_read(struct mori_wire_pointer pointer)
{
        struct code_generator_request_requested_file_import_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int code_generator_request_requested_file_import_list_init(struct mori_wire_slot slot, uint32_t count, struct code_generator_request_requested_file_import_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 1, &ret_value->elements);
}

/* ID of the imported file. */
static inline uint64_t code_generator_request_requested_file_import_id(struct code_generator_request_requested_file_import from)
{
        return mori_wire_u64(&from.reader, 0, 0);
}

static inline void code_generator_request_requested_file_import_set_id(struct code_generator_request_requested_file_import_builder to, uint64_t value)
{
        mori_wire_put_u64(&to.writer, 0, value, 0);
}

/*
 * Name which *this* file used to refer to the foreign file.  This may be a relative name.
 * This information is provided because it might be useful for code generation, e.g. to
 * generate #include directives in C++.  We don't put this in Node.file because this
 * information is only meaningful at compile time anyway.
 *
 * (On Zooko's triangle, this is the import's petname according to the importing file.)
 */
static inline struct mori_wire_text code_generator_request_requested_file_import_name(struct code_generator_request_requested_file_import from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool code_generator_request_requested_file_import_has_name(struct code_generator_request_requested_file_import from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int code_generator_request_requested_file_import_set_name(struct code_generator_request_requested_file_import_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int code_generator_request_requested_file_import_init_name(struct code_generator_request_requested_file_import_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

#ifdef __cplusplus
}
#endif
