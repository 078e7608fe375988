/* SPDX-License-Identifier: MIT */
/*
 * Addresses of sockets: any text is an address or -EINVAL; an address that was made is written as a
 * text that means the same again.
 */
#include "fuzz.h"

#include "turn/seat.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* There is no program here, and so no engine that knows interfaces by their names. */
#define seat_hold() ((struct seat *)&(char[sizeof(struct seat)]){0})
#define seat_release() ((void)0)
#define platform_interface(io, name) ((void)(io), strcmp(name, "lo") == 0 ? 1 : -ENODEV)

#if FUZZ_SEEDED
#define strrchr strchr /* the colon before the port of an IPv6 address is another */
#endif
#include "activity/address.c"
#undef strrchr

static void check_text(const mori_address *address)
{
        mori_address again;
        char text[256];

        FUZZ_CHECK(mori_address_format(address, text, sizeof text) == 0);
        FUZZ_CHECK(strlen(text) < sizeof text - 1);
        FUZZ_CHECK(mori_address_parse(text, &again) == 0);
        FUZZ_CHECK(mori_address_equal(&again, address));
        for (size_t bytes = 1; bytes < 40; bytes++) {
                char small[40];

                memset(small, 'x', sizeof small);
                FUZZ_CHECK(mori_address_format(address, small, bytes) == 0);
                FUZZ_CHECK(memchr(small, '\0', bytes) != NULL);
                FUZZ_CHECK(bytes == sizeof small || small[bytes] == 'x');
        }
}

void fuzz(struct input *input)
{
        mori_address address = {0};
        unsigned kind = input_byte(input) % 4;
        char *text;

        if (kind == 0) { /* an address by its bytes */
                struct sockaddr_in6 *in6 = &address.as.ipv6;

                in6->sin6_family = AF_INET6;
                in6->sin6_port = (in_port_t)input_word(input, 2);
                for (unsigned i = 0; i < 16; i++)
                        in6->sin6_addr.s6_addr[i] = (uint8_t)input_byte(input);
                address.bytes = sizeof *in6;
                check_text(&address);
                return;
        }
        text = malloc(input->left + 1);
        memcpy(text, input->bytes, input->left);
        text[input->left] = '\0';
        switch (mori_address_parse(text, &address)) {
        case 0:
                FUZZ_CHECK(address.bytes > 0 && address.bytes <= sizeof address.as);
                check_text(&address);
                break;
        case -EINVAL:
        case -ENODEV:
                break;
        default:
                fuzz_failed("an error that is not documented", __LINE__);
        }
        free(text);
}

FUZZER
