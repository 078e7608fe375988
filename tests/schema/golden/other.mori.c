/* Made by capnpc-mori of other.capnp: do not edit. */
#include "other.mori.h"

const char *other_unit_name(enum other_unit value)
{
        static const char *const names[] = {
                "metre",
                "foot",
                NULL,
        };

        return (size_t)value < sizeof names / sizeof names[0] ? names[value] : NULL;
}
