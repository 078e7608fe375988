/* Made by capnpc-mori of encode.capnp: do not edit. */
#include "encode.mori.h"

const char *color_name(enum color value)
{
        static const char *const names[] = {
                "black",
                "white",
                "red",
                "green",
                "blue",
                "cyan",
                "magenta",
                "yellow",
                "silver",
                NULL,
        };

        return (size_t)value < sizeof names / sizeof names[0] ? names[value] : NULL;
}

const char *operation_name(enum operation value)
{
        static const char *const names[] = {
                "add",
                "subtract",
                "multiply",
                "divide",
                "modulus",
                NULL,
        };

        return (size_t)value < sizeof names / sizeof names[0] ? names[value] : NULL;
}
