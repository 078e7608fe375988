/* SPDX-License-Identifier: MIT */
/*
 * Connecting to the first of several addresses that answers: RFC 8305, sections 4 and 5.
 *
 *      next try --started--> wait: 250 ms ------------> next try, or wait on
 *                                  a try has failed --> next try, or wait for the others, or over
 *                                  a try has connected -> over: the others are cancelled and joined
 *
 * A try is an activity of a scope of ours. One that connects at the same time as the one that was
 * taken, or although it was cancelled, has a socket, which is closed.
 */
#include "activity/socket.h"
#include "activity/wait.h"

#include <mori/combine.h>
#include <mori/lookup.h>
#include <mori/select.h>
#include <mori/socket.h>

#include <errno.h>
#include <string.h>

#define ADDRESSES_MAX MORI_SOCKET_ADDRESSES_MAX
/* "Connection Attempt Delay", section 5 of the RFC */
#define DELAY_NS MORI_MS(250)

struct try {
        mori_int_handle handle;
        mori_file socket;
        bool runs;
};

struct race {
        const mori_address *addresses;
        unsigned count, next; /* addresses that there are, that were tried */
        struct try tries[ADDRESSES_MAX];
};

/*
 * Whether another address may do better: not where we lack something. A route or a firewall that
 * forbids one says so in many ways (EACCES, EPERM, EINVAL, EPROTO, ...).
 */
static bool is_the_address(int error)
{
        return error != -EMFILE && error != -ENFILE && error != -ENOMEM && error != -ENOBUFS;
}

/*
 * Waits until a try is over, or the next one is due: the number of the try, or of the next one, or
 * an error; -ENOENT where there is nothing to wait for.
 */
static MORI_ASYNC int race_wait(struct race *race)
{
        mori_case cases[ADDRESSES_MAX + 1];
        unsigned numbers[ADDRESSES_MAX + 1], count = 0;
        int happened;

        for (unsigned i = 0; i < race->next; i++) {
                if (!race->tries[i].runs)
                        continue;
                cases[count] = (mori_case)MORI_CASE_DONE(race->tries[i].handle);
                numbers[count++] = i;
        }
        if (count == 0)
                return -ENOENT;
        if (race->next < race->count) {
                cases[count] = (mori_case)MORI_CASE_AFTER(DELAY_NS);
                numbers[count++] = race->next;
        }
        happened = MORI_AWAIT mori_select(cases, count);
        return happened < 0 ? happened : (int)numbers[happened];
}

static MORI_ASYNC int try_end(struct try *try)
{
        try->runs = false;
        return MORI_AWAIT MORI_JOIN(try->handle);
}

static MORI_ASYNC void try_begin(struct race *race)
{
        struct try *try = &race->tries[race->next];

        try->handle = MORI_START(socket_connect_to, &race->addresses[race->next], &try->socket);
        try->runs = true;
        race->next++;
}

/* The number of the try that has connected, or an error. */
static MORI_ASYNC int race_run(struct race *race)
{
        int error = -EINVAL;

        MORI_AWAIT try_begin(race);
        for (;;) {
                int number = MORI_AWAIT race_wait(race), result;

                if (number < 0)
                        return number == -ENOENT ? error : number;
                if ((unsigned)number < race->next) {
                        result = MORI_AWAIT try_end(&race->tries[number]);
                        if (result == 0)
                                return number;
                        if (result == -ECANCELED)
                                return result;
                        error = result;
                        if (!is_the_address(result))
                                race->count = race->next; /* those under way may still do */
                }
                if (race->next < race->count)
                        MORI_AWAIT try_begin(race);
        }
}

/* Those that are left are cancelled, all at once, and then joined. */
static MORI_ASYNC void race_end(struct race *race)
{
        for (unsigned i = 0; i < race->next; i++)
                if (race->tries[i].runs)
                        MORI_CANCEL(race->tries[i].handle);
        for (unsigned i = 0; i < race->next; i++)
                if (race->tries[i].runs && MORI_AWAIT try_end(&race->tries[i]) == 0)
                        MORI_AWAIT mori_file_close(race->tries[i].socket);
}

MORI_ASYNC int mori_socket_connect_any(const mori_address *addresses, unsigned count,
                                       mori_file *ret_socket)
{
        struct race race;
        int number;

        if (count == 0 || count > ADDRESSES_MAX)
                return -EINVAL;
        if (addresses == NULL || ret_socket == NULL)
                return -EFAULT;
        for (unsigned i = 0; i < count; i++)
                if (addresses[i].bytes == 0 || addresses[i].bytes > sizeof addresses[i].as)
                        return -EINVAL;
        memset(&race, 0, sizeof race);
        race.addresses = addresses;
        race.count = count;
        number = MORI_AWAIT race_run(&race);
        MORI_AWAIT race_end(&race);
        if (number < 0)
                return number;
        *ret_socket = race.tries[number].socket;
        return 0;
}

/* The families take turns, so that one that leads nowhere costs one try (RFC 8305, section 4). */
static void families_mix(mori_address *addresses, int count)
{
        for (int i = 1; i < count; i++) {
                int other = i;

                while (other < count && addresses[other].as.any.sa_family ==
                                                addresses[i - 1].as.any.sa_family)
                        other++;
                if (other < count && other != i) {
                        mori_address found = addresses[other];

                        memmove(&addresses[i + 1], &addresses[i],
                                (size_t)(other - i) * sizeof *addresses);
                        addresses[i] = found;
                }
        }
}

MORI_ASYNC int socket_connect_by_name(const char *name, mori_file *ret_socket)
{
        mori_address addresses[ADDRESSES_MAX];
        int count = MORI_AWAIT mori_lookup(name, addresses, ADDRESSES_MAX);

        if (count <= 0)
                return count;
        families_mix(addresses, count);
        return MORI_AWAIT mori_socket_connect_any(addresses, (unsigned)count, ret_socket);
}
