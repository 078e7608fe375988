/* SPDX-License-Identifier: MIT */
/*
 * Domains: processes in address spaces of their own. What a process of a domain serves is called
 * over references like any other, with the same source on both sides; what goes between two domains
 * goes through shared memory, and is copied.
 *
 *         static async int bank_main(void *argument);    makes objects, and exports one
 *
 *         attempt(await mori_domain_start(bank_main, NULL, 0, &options, &process));
 *         attempt(mori_process_exported(process, &bank_of.ref));
 *
 * Nouns.
 *   domain    an OS process, with an address space of its own. That of the program is the first.
 *   to stand in   a process of this domain stands in for one that is the first of another domain:
 *             it exports what that one exports, ends as that one ends, and when it ends, so does
 *             that domain.
 *
 * Rules.
 *   (1) The other domain runs the same executable file, from its beginning: where it calls
 *       mori_run(), as the main() of libmori does, `main` is run instead of the program's entry.
 *       `main` is found again by the file that it is in, and its place there: so it is a function
 *       of the executable, or of a shared object, which is loaded again.
 *   (2) Nothing is shared but what is passed in calls. The argument is bytes, which are copied; a
 *       pointer in it leads nowhere. Variables are as the file has them.
 *   (3) Streams, environment, working directory and limits are inherited; descriptors are not.
 *   (4) What comes from the other domain is checked and then used, so that whatever it writes it
 *       cannot do more than call and answer. One that writes what is not allowed is not believed
 *       any more: it is reported, and calls of it answer -ECONNRESET or -EPROTO.
 *   (5) When the other domain ends, for whatever reason, calls of it that are under way, or to
 *       come, answer -ECONNRESET, as with any process that ends (object.h).
 *   (6) There are none in the simulation, and in a hosted program (host.h): -EOPNOTSUPP. None are
 *       begun by a program that has got rights with its file (setuid, capabilities): -EPERM.
 */
#pragma once

#include <mori/object.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How large the argument of a domain may be. */
#define MORI_DOMAIN_ARGUMENT_MAX 32768

/*
 * mori_process_start(), but main(copy of the argument) is run in a domain of its own. The process
 * that is started here stands in for it: `options` are its quotas and its name, which the other one
 * has as well. Monitors, links, mori_process_stop() (SIGTERM there, which cancels main) and
 * mori_process_kill() are those of the process here. It ends with what main has returned; with
 * -EOWNERDEAD, and a report, where that was ended by a signal. Where the domain cannot be begun its
 * process says why, in a report, and fails. As mori_process_start(); -EINVAL also for more than
 * MORI_DOMAIN_ARGUMENT_MAX bytes.
 */
MORI_API MORI_ASYNC int mori_domain_start(mori_process_main *main, const void *argument,
                                          size_t bytes, const struct mori_process_options *options,
                                          mori_process *ret_process) MORI_MUST_CHECK;

/*
 * Has the running process stand in for a new domain, and waits for the end of that. It must not
 * have exported anything. `given` is what the other side may ask for (mori_domain_given()), and
 * stays the caller's; or MORI_NO_REF. `name` is that of the process there; it is copied. Returns
 *   what main has returned
 *   -EOWNERDEAD     it was ended by a signal, or in another way that main does not know
 *   -EALREADY       this process has exported something
 *   -EINVAL         no main, a function that is in no file, an argument that is too large
 *   -EOPNOTSUPP     the simulation, a hosted program; Linux before 5.1
 *   -EPERM          this program has got rights with its file (6)
 *   -EMFILE, -ENFILE, -EAGAIN, -ENOMEM, ...   it could not be begun: as mori_child_spawn()
 *   -ECANCELED, -ETIMEDOUT   by the waiting scope; the domain has ended
 */
MORI_API MORI_ASYNC int mori_domain_run(mori_process_main *main, const void *argument, size_t bytes,
                                        const char *name, mori_ref given) MORI_MUST_CHECK;

/*
 * What the first process of a domain was given by who stands in for it. 0; -ESRCH where the running
 * process is not the first of a domain; -EOVERFLOW, -ENOMEM, -ENFILE. Where nothing was given,
 * calls of it answer -EBADF.
 */
MORI_API int mori_domain_given(mori_ref *ret_ref) MORI_MUST_CHECK;

#ifdef __cplusplus
}
#endif
