/* SPDX-License-Identifier: MIT */
/* Addresses of sockets, for the other files of this layer. */
#pragma once

#include <mori/address.h>

/* "*": every address. On a machine without IPv6 that is every one of IPv4, with the same port. */
void address_any4(mori_address *address);
