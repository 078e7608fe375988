/* Made by capnpc-mori of schema.capnp: do not edit. */
#include "schema.mori.h"

const char *element_size_name(enum element_size value)
{
        static const char *const names[] = {
                "empty",
                "bit",
                "byte",
                "twoBytes",
                "fourBytes",
                "eightBytes",
                "pointer",
                "inlineComposite",
                NULL,
        };

        return (size_t)value < sizeof names / sizeof names[0] ? names[value] : NULL;
}
