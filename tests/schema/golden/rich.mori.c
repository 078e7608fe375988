/* Made by capnpc-mori of rich.capnp: do not edit. */
#include "rich.mori.h"

const char *colour_name(enum colour value)
{
        static const char *const names[] = {
                "red",
                "deepBlue",
                "rgb",
                NULL,
        };

        return (size_t)value < sizeof names / sizeof names[0] ? names[value] : NULL;
}

const char *rich_inner_kind_name(enum rich_inner_kind value)
{
        static const char *const names[] = {
                "plain",
                "other",
                NULL,
        };

        return (size_t)value < sizeof names / sizeof names[0] ? names[value] : NULL;
}

static const uint64_t defaults_name_default_words[] = {
        0x0000004a00000001, 0x22656d616e222061, 0x0000000000000000,
};
static const struct mori_wire_segment defaults_name_default_segment = {defaults_name_default_words, 3};
const struct mori_wire_message defaults_name_default = MORI_WIRE_CONSTANT(&defaults_name_default_segment, 1);

static const uint64_t defaults_bytes_default_words[] = {
        0x0000001a00000001, 0x0000000000ff0100,
};
static const struct mori_wire_segment defaults_bytes_default_segment = {defaults_bytes_default_words, 2};
const struct mori_wire_message defaults_bytes_default = MORI_WIRE_CONSTANT(&defaults_bytes_default_segment, 1);

static const uint64_t defaults_inner_default_words[] = {
        0x0002000100000000, 0x0000000000000005, 0x0002000100000004, 0x0000000000000000,
        0x0000000000000006, 0x0000000000000000, 0x0000000000000000,
};
static const struct mori_wire_segment defaults_inner_default_segment = {defaults_inner_default_words, 7};
const struct mori_wire_message defaults_inner_default = MORI_WIRE_CONSTANT(&defaults_inner_default_segment, 1);

static const uint64_t defaults_numbers_default_words[] = {
        0x0000001b00000001, 0x00000003fffe0001,
};
static const struct mori_wire_segment defaults_numbers_default_segment = {defaults_numbers_default_words, 2};
const struct mori_wire_message defaults_numbers_default = MORI_WIRE_CONSTANT(&defaults_numbers_default_segment, 1);

static const uint64_t defaults_inners_default_words[] = {
        0x0000003700000001, 0x0002000100000008, 0x0000000000000001, 0x0000000000000000,
        0x0000000000000000, 0x0000000100000002, 0x0000000000000000, 0x0000000000000000,
};
static const struct mori_wire_segment defaults_inners_default_segment = {defaults_inners_default_words, 8};
const struct mori_wire_message defaults_inners_default = MORI_WIRE_CONSTANT(&defaults_inners_default_segment, 1);

static const uint64_t defaults_bits_default_words[] = {
        0x0000001900000001, 0x0000000000000005,
};
static const struct mori_wire_segment defaults_bits_default_segment = {defaults_bits_default_words, 2};
const struct mori_wire_message defaults_bits_default = MORI_WIRE_CONSTANT(&defaults_bits_default_segment, 1);

static const uint64_t choice_many_default_words[] = {
        0x0000001200000001, 0x0000000000000201,
};
static const struct mori_wire_segment choice_many_default_segment = {choice_many_default_words, 2};
const struct mori_wire_message choice_many_default = MORI_WIRE_CONSTANT(&choice_many_default_segment, 1);

const char *union__name(enum union_ value)
{
        static const char *const names[] = {
                "struct",
                "union",
                NULL,
        };

        return (size_t)value < sizeof names / sizeof names[0] ? names[value] : NULL;
}

static const uint64_t new__c_default_words[] = {
        0x0000002200000001, 0x000000000077656e,
};
static const struct mori_wire_segment new__c_default_segment = {new__c_default_words, 2};
const struct mori_wire_message new__c_default = MORI_WIRE_CONSTANT(&new__c_default_segment, 1);

static const uint64_t greeting_message_words[] = {
        0x0000003a00000001, 0x00000a6f6c6c6568,
};
static const struct mori_wire_segment greeting_message_segment = {greeting_message_words, 2};
const struct mori_wire_message greeting_message = MORI_WIRE_CONSTANT(&greeting_message_segment, 1);

static const uint64_t magic_message_words[] = {
        0x0000001200000001, 0x000000000000adde,
};
static const struct mori_wire_segment magic_message_segment = {magic_message_words, 2};
const struct mori_wire_message magic_message = MORI_WIRE_CONSTANT(&magic_message_segment, 1);

static const uint64_t primes_message_words[] = {
        0x0000002400000001, 0x0000000300000002, 0x0000000700000005,
};
static const struct mori_wire_segment primes_message_segment = {primes_message_words, 3};
const struct mori_wire_message primes_message = MORI_WIRE_CONSTANT(&primes_message_segment, 1);

static const uint64_t origin_message_words[] = {
        0x0000000200000000, 0x3ff0000000000000, 0x3fe0000000000000,
};
static const struct mori_wire_segment origin_message_segment = {origin_message_words, 3};
const struct mori_wire_message origin_message = MORI_WIRE_CONSTANT(&origin_message_segment, 1);

static const uint64_t points_message_words[] = {
        0x0000002700000001, 0x0000000200000008, 0x3ff0000000000000, 0x0000000000000000,
        0x0000000000000000, 0x4000000000000000,
};
static const struct mori_wire_segment points_message_segment = {points_message_words, 6};
const struct mori_wire_message points_message = MORI_WIRE_CONSTANT(&points_message_segment, 1);

static const uint64_t table_message_words[] = {
        0x0000001600000001, 0x0000001600000005, 0x0000000600000011, 0x0000001200000005,
        0x0000001200000005, 0x0000000000000061, 0x0000000000000062,
};
static const struct mori_wire_segment table_message_segment = {table_message_words, 7};
const struct mori_wire_message table_message = MORI_WIRE_CONSTANT(&table_message_segment, 1);
