/* SPDX-License-Identifier: MIT */
/*
 * Addresses of sockets: any text is an address or -EINVAL; an address that was made is written as a
 * text that means the same again.
 */
#include "fuzz.h"

#if FUZZ_SEEDED
#define strrchr strchr /* the colon before the port of an IPv6 address is another */
#endif
#include "activity/socket.c"
#undef strrchr

static void check_text(const struct address *address)
{
        struct address again;
        char text[256];

        address_format(address, text, sizeof text);
        FUZZ_CHECK(strlen(text) < sizeof text - 1);
        FUZZ_CHECK(address_parse(text, &again) == 0);
        FUZZ_CHECK(again.length == address->length);
        FUZZ_CHECK(memcmp(&again.storage, &address->storage, again.length) == 0);
        for (size_t bytes = 1; bytes < 40; bytes++) {
                char small[40];

                memset(small, 'x', sizeof small);
                address_format(address, small, bytes);
                FUZZ_CHECK(memchr(small, '\0', bytes) != NULL);
                FUZZ_CHECK(bytes == sizeof small || small[bytes] == 'x');
        }
}

void fuzz(struct input *input)
{
        struct address address = {0};
        unsigned kind = input_byte(input) % 4;
        char *text;

        if (kind == 0) { /* an address by its bytes */
                struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address.storage;

                in6->sin6_family = AF_INET6;
                in6->sin6_port = (in_port_t)input_word(input, 2);
                for (unsigned i = 0; i < 16; i++)
                        in6->sin6_addr.s6_addr[i] = (uint8_t)input_byte(input);
                address.length = sizeof *in6;
                check_text(&address);
                return;
        }
        text = malloc(input->left + 1);
        memcpy(text, input->bytes, input->left);
        text[input->left] = '\0';
        switch (address_parse(text, &address)) {
        case 0:
                FUZZ_CHECK(address.length > 0 && address.length <= sizeof address.storage);
                check_text(&address);
                break;
        case -EINVAL:
                break;
        default:
                fuzz_failed("an error that is not documented", __LINE__);
        }
        free(text);
}

FUZZER
