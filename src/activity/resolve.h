/* SPDX-License-Identifier: MIT */
/* Names of hosts, for the other files of this layer. */
#pragma once

#include "turn/process.h"

#include <mori/lookup.h>

struct lookup;

/* Whether it is a name with a port, of which there may be addresses. */
bool lookup_is_name(const char *text);

/* The servers, asked through c-ares: resolve_servers.c. */

/*
 * Asks for a name. WAIT_SUSPEND: the activity waits, and its answer is how many addresses were
 * written; or that answer at once. `configuration` is the text of resolv.conf.
 */
int64_t resolve_ask(const char *host, uint16_t port, const char *configuration,
                    mori_address *ret_addresses, unsigned room);
