/* Made by capnpc-mori of book.capnp: do not edit. */
#include "book.mori.h"

const char *book_person_phone_kind_name(enum book_person_phone_kind value)
{
        static const char *const names[] = {
                "home",
                "mobile",
                NULL,
        };

        return (size_t)value < sizeof names / sizeof names[0] ? names[value] : NULL;
}
