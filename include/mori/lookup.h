/* SPDX-License-Identifier: MIT */
/*
 * Names of hosts: from "example.org:80" to the addresses that it has.
 *
 * Rules.
 *   (1) /etc/hosts is asked first, then the servers of /etc/resolv.conf (or those of
 *       mori_lookup_servers()) with its search list and its options ndots, timeout, attempts and
 *       rotate. Both files are read anew when they have changed, at most once a second. What else
 *       a system may have (nsswitch.conf, mDNS, NIS) is not asked.
 *   (2) Nothing blocks, and there are no threads: c-ares speaks to the servers, the seat waits for
 *       its sockets and for its time-outs.
 *   (3) Nothing is cached but those two files: a resolver on this machine does that better.
 *   (4) At most 1024 lookups are under way in a process (-ENOBUFS). One that was cancelled counts
 *       until its servers have answered or had their time.
 *   (5) In the simulation there are names in its /etc/hosts, and no servers: -EOPNOTSUPP for other
 *       names, as in a library that was built without c-ares (-Dresolve=disabled).
 */
#pragma once

#include <mori/address.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Finds the addresses of a host: "name:port". Also what is no name: "127.0.0.1:80", "[::1]:80".
 * Fills in up to `room` of them, those to be tried first first (RFC 6724), and returns how many, 1
 * at least. Errors:
 *      -EINVAL       it is no name, or has no port; or room is 0
 *      -ENOENT       there is no such name, or it has no address
 *      -ETIME        no server has answered in time
 *      -ECONNREFUSED no server is there, or each refuses or fails (REFUSED, SERVFAIL)
 *      -EBADMSG      what the servers say makes no sense
 *      -ENOBUFS      too many lookups, see (4)
 *      -ECANCELED and -ETIMEDOUT by the scope; -ENOMEM, -EMFILE, ...
 */
MORI_API MORI_ASYNC int mori_lookup(const char *name, mori_address *ret_addresses, unsigned room);

/*
 * Which servers this process asks: "192.0.2.1,[2001:db8::1]:5353"; NULL: those of /etc/resolv.conf
 * again. Each is waited for `timeout` nanoseconds (0: what resolv.conf says, 5 s without), all are
 * asked `tries` times (0: as resolv.conf says, 2 without). For lookups that begin from now on.
 * -EINVAL: no such list; -EBUSY: lookups are under way; -EOPNOTSUPP: see (5).
 */
MORI_API int mori_lookup_servers(const char *servers, int64_t timeout, unsigned tries);

#ifdef __cplusplus
}
#endif
