/* SPDX-License-Identifier: MIT */
/*
 * Domains: how one is begun, and what its first process does.
 *
 *      here:   the stand-in makes memory and sockets, says hello, and spawns the same executable;
 *              a border with that; its export is the other side's; then it waits for the end
 *      there:  main() --> mori_run() --> domain_inherit(): hello is read, and `entry` run instead
 *              of the program's: a border with who has begun it; main(argument); its result is told
 *
 * What the new domain gets are three descriptors, at the numbers below, and a variable of the
 * environment that says so.
 */
#include "domain/border.h"

#include "activity/program.h"
#include "platform/io.h"
#include "platform/shared.h"
#include "turn/seat.h"

#include <mori/activity.h>
#include <mori/child.h>
#include <mori/domain.h>
#include <mori/heap.h>
#include <mori/result.h>
#include <mori/scope.h>
#include <mori/signal.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

/* The numbers of what a domain inherits. */
enum { SOCKET = 3, THEIRS = 4, OURS = 5, DESCRIPTORS = 3 };

#define VARIABLE       "MORI_DOMAIN"
#define EXIT_ABANDONED 70

/* "moridom1": another one for another form of all this */
#define HELLO UINT64_C(0x6d6f7269646f6d31)

struct hello {
        uint64_t form;
        struct platform_image main;
        uint32_t argument_bytes;
        char name[MORI_PROCESS_NAME_MAX + 1];
};

/* ---- Beginning one */

/* What is there until the other OS process runs: the process's, lest it be lost with it. */
struct beginning {
        struct owned owned;
        struct border_parts parts;
        mori_file files[DESCRIPTORS]; /* the other side's: closed here when that has them */
        char *arguments[2];
        char **environment;
        struct mori_child_descriptor descriptors[DESCRIPTORS];
        struct mori_child_plan plan;
        char name[MORI_PROCESS_NAME_MAX + 1];
        char why[200];
        struct hello hello;
};

static void beginning_release(struct owned *owned)
{
        struct beginning *beginning = CONTAINER_OF(owned, struct beginning, owned);

        border_parts_free(&beginning->parts);
        free(beginning->environment);
        free(beginning);
}

static void beginning_free(struct beginning *beginning)
{
        process_disown(&beginning->owned);
        beginning_release(&beginning->owned);
}

/* Takes over the descriptor, also where it fails. */
static int adopt(struct beginning *beginning, unsigned number, int fd)
{
        int error = mori_file_adopt(fd, &beginning->files[number - SOCKET]);

        if (error < 0)
                process_close_now(fd);
        return error;
}

static int memory_make(struct beginning *beginning)
{
        void *address;
        int fd;

        MORI_ATTEMPT(platform_shared_new(LANE_SIDE_BYTES, true, &fd, &address));
        beginning->parts.ours = address;
        MORI_ATTEMPT(adopt(beginning, THEIRS, fd));
        MORI_ATTEMPT(platform_shared_new(LANE_SIDE_BYTES, false, &fd, &address));
        beginning->parts.theirs = address;
        return adopt(beginning, OURS, fd);
}

static int sockets_make(struct beginning *beginning)
{
        int fds[2], error = platform_socket_pair(seat_hold()->io, SOCK_STREAM, fds);

        seat_release();
        if (error < 0)
                return error;
        beginning->parts.socket = fds[0];
        return adopt(beginning, SOCKET, fds[1]);
}

static int hello_say(struct beginning *beginning, mori_process_main *entry, const void *argument,
                     size_t bytes)
{
        struct hello *hello = &beginning->hello;
        struct iovec pieces[2] = {{hello, sizeof *hello}, {(void *)(uintptr_t)argument, bytes}};
        int64_t sent;

        MORI_ATTEMPT(platform_image_of((void *)entry, &hello->main));
        hello->form = HELLO;
        hello->argument_bytes = (uint32_t)bytes;
        memcpy(hello->name, beginning->name, sizeof hello->name);
        sent = platform_socket_send_now(beginning->parts.socket, pieces, 2);
        if (sent < 0)
                return (int)sent;
        return (size_t)sent == sizeof *hello + bytes ? 0 : -ENOBUFS;
}

static int begin_parts(struct beginning *beginning, mori_process_main *entry, const void *argument,
                       size_t bytes)
{
        MORI_ATTEMPT(memory_make(beginning));
        MORI_ATTEMPT(sockets_make(beginning));
        MORI_ATTEMPT(hello_say(beginning, entry, argument, bytes));
        beginning->environment = platform_environment_with(VARIABLE "=1");
        if (beginning->environment == NULL)
                return -ENOMEM;
        for (int i = 0; i < DESCRIPTORS; i++)
                beginning->descriptors[i] =
                        (struct mori_child_descriptor){SOCKET + i, beginning->files[i]};
        beginning->arguments[0] = beginning->name;
        beginning->plan = (struct mori_child_plan){
                .program = PLATFORM_IMAGE_SELF,
                .arguments = beginning->arguments,
                .environment = beginning->environment,
                .descriptors = beginning->descriptors,
                .descriptors_count = DESCRIPTORS,
                .error = beginning->why,
                .error_bytes = sizeof beginning->why,
        };
        return 0;
}

/* Whether one can be begun by the running process. */
static int check(mori_process_main *entry, const void *argument, size_t bytes)
{
        struct objects *objects = objects_self();
        struct seat *seat = seat_hold();
        bool simulated = platform_io_is_simulated(seat->io), hosted = seat->hosted;

        seat_release();
        /* a host's main() would be run, and would begin one more */
        if (simulated || hosted)
                return -EOPNOTSUPP;
        /* the rights that this program has got would come with its file again */
        if (getauxval(AT_SECURE) != 0)
                return -EPERM;
        if (entry == NULL || (argument == NULL && bytes != 0) || bytes > MORI_DOMAIN_ARGUMENT_MAX)
                return -EINVAL;
        if (objects == NULL)
                return -ENOMEM;
        return objects->exported != NULL ? -EALREADY : 0;
}

/* Also where it fails there is a beginning, to be freed; NULL: there is no memory for it. */
static int begin(mori_process_main *entry, const void *argument, size_t bytes, const char *name,
                 struct beginning **ret_beginning)
{
        struct beginning *beginning;

        *ret_beginning = NULL;
        MORI_ATTEMPT(check(entry, argument, bytes));
        beginning = calloc(1, sizeof *beginning);
        if (beginning == NULL)
                return -ENOMEM;
        *ret_beginning = beginning;
        beginning->parts.socket = -1;
        strncpy(beginning->name, name != NULL ? name : "process", sizeof beginning->name - 1);
        process_own(process_self(), &beginning->owned, beginning_release);
        return begin_parts(beginning, entry, argument, bytes);
}

static MORI_ASYNC void files_close(struct beginning *beginning)
{
        for (int i = 0; i < DESCRIPTORS; i++)
                if (beginning->files[i].word != 0)
                        (void)(MORI_AWAIT mori_file_close(beginning->files[i]));
}

/* ---- Standing in */

/* What the other side gets that asks, held; NULL where memory is exhausted. */
static struct capability *to_be_given(struct objects *objects, mori_ref given)
{
        struct capability *capability = reference_find(objects, given);

        if (capability != NULL)
                return capability_hold(capability);
        capability = capability_new(objects, CAPABILITY_BROKEN);
        if (capability != NULL)
                capability->error = -EBADF;
        return capability;
}

/* It runs: from now on calls go there. The parts are the border's. */
static int stand_in(struct beginning *beginning, mori_ref given, struct border **ret_border)
{
        struct objects *objects = objects_self();
        struct capability *capability = to_be_given(objects, given);
        struct border_parts parts = beginning->parts;
        struct connection *connection;
        mori_ref exported;
        int error;

        if (capability == NULL)
                return -ENOMEM;
        beginning->parts = (struct border_parts){.socket = -1};
        *ret_border = border_new(objects, &parts, beginning->name, capability, &connection);
        capability_drop(capability);
        if (*ret_border == NULL)
                return -ENOMEM;
        MORI_ATTEMPT(object_exported_over(connection, &exported));
        error = mori_export(exported);
        mori_ref_drop(exported);
        return error;
}

/* What was its end: as main has told it, or the kernel. */
static int end_of(const struct border *border, const char *name, int status)
{
        int result;

        if (border != NULL && border_told(border, &result))
                return result > INT_MIN / 2 ? result : -EPROTO;
        if (status >= 0 && status < EXIT_ABANDONED)
                return status; /* it has called mori_exit() */
        if (mori_cancelled() < 0)
                return mori_cancelled();
        if (status >= 256)
                base_report("mori: domain %s was ended by signal %d (%s)", name,
                            MORI_CHILD_SIGNAL(status), strsignal(MORI_CHILD_SIGNAL(status)));
        else
                base_report("mori: domain %s has ended with code %d", name, status);
        return -EOWNERDEAD;
}

static MORI_ASYNC int spawn(struct beginning *beginning, struct mori_child *ret_child)
{
        int error = MORI_AWAIT mori_child_spawn(&beginning->plan, ret_child);

        if (error < 0 && mori_cancelled() == 0)
                base_report("mori: domain %s cannot be begun: %s", beginning->name,
                            beginning->why[0] != '\0' ? beginning->why : strerror(-error));
        MORI_AWAIT files_close(beginning);
        return error;
}

/* Until its end. The beginning is still the caller's. */
static MORI_ASYNC int run_begun(struct beginning *beginning, mori_ref given)
{
        struct border *border = NULL;
        struct mori_child child;
        int error, status;

        MORI_ATTEMPT(MORI_AWAIT spawn(beginning, &child));
        error = stand_in(beginning, given, &border);
        if (error < 0)
                MORI_CANCEL(child.life);
        status = MORI_JOIN(child.life);
        if (error == 0)
                error = end_of(border, beginning->name, status);
        if (border != NULL)
                border_done(border);
        return error;
}

MORI_ASYNC int mori_domain_run(mori_process_main *entry, const void *argument, size_t bytes,
                               const char *name, mori_ref given)
{
        struct beginning *beginning;
        int result = begin(entry, argument, bytes, name, &beginning);

        if (result == 0)
                result = MORI_AWAIT run_begun(beginning, given);
        else if (beginning != NULL)
                MORI_AWAIT files_close(beginning);
        if (beginning != NULL)
                beginning_free(beginning);
        return result;
}

/* What a process is told that does nothing else. */
struct told {
        mori_process_main *entry;
        size_t bytes;
        char name[MORI_PROCESS_NAME_MAX + 1];
        _Alignas(16) char argument[];
};

static MORI_ASYNC int stand_in_main(void *argument)
{
        struct told *told = argument;

        return MORI_AWAIT mori_domain_run(told->entry, told->bytes != 0 ? told->argument : NULL,
                                          told->bytes, told->name, MORI_NO_REF);
}

static struct told *told_new(mori_process_main *entry, const void *argument, size_t bytes,
                             const struct mori_process_options *options)
{
        struct told *told = mori_alloc_zero(1, sizeof *told + bytes);

        told->entry = entry;
        told->bytes = bytes;
        if (options != NULL && options->name != NULL)
                strncpy(told->name, options->name, sizeof told->name - 1);
        else
                strcpy(told->name, "process");
        if (bytes != 0)
                memcpy(told->argument, argument, bytes);
        return told;
}

MORI_ASYNC int mori_domain_start(mori_process_main *entry, const void *argument, size_t bytes,
                                 const struct mori_process_options *options,
                                 mori_process *ret_process)
{
        struct told *told;
        int error;

        if (entry == NULL || (argument == NULL && bytes != 0) || bytes > MORI_DOMAIN_ARGUMENT_MAX)
                return -EINVAL;
        told = told_new(entry, argument, bytes, options);
        error = MORI_AWAIT mori_process_start(stand_in_main, told, sizeof *told + bytes, options,
                                              ret_process);
        mori_free(told);
        return error;
}

/* ---- In the other one */

/* What it was begun with: written before the program runs, and by its first process. */
static struct {
        struct hello hello;
        mori_process_main *main;
        void *argument;
        struct border_parts parts;
        struct border *border; /* once there is one */
} inherited;

static int inherit(void)
{
        void *address;

        inherited.parts.socket = SOCKET;
        for (int i = 0; i < DESCRIPTORS; i++)
                MORI_ATTEMPT(platform_shared_inherited(SOCKET + i));
        MORI_ATTEMPT(platform_shared_receive(SOCKET, &inherited.hello, sizeof inherited.hello));
        if (inherited.hello.form != HELLO ||
            inherited.hello.argument_bytes > MORI_DOMAIN_ARGUMENT_MAX)
                return -EPROTO;
        inherited.hello.name[MORI_PROCESS_NAME_MAX] = '\0';
        if (inherited.hello.argument_bytes != 0) {
                inherited.argument = calloc(1, inherited.hello.argument_bytes);
                if (inherited.argument == NULL)
                        return -ENOMEM;
                MORI_ATTEMPT(platform_shared_receive(SOCKET, inherited.argument,
                                                     inherited.hello.argument_bytes));
        }
        MORI_ATTEMPT(platform_shared_map(THEIRS, LANE_SIDE_BYTES, false, &address));
        inherited.parts.theirs = address;
        MORI_ATTEMPT(platform_shared_map(OURS, LANE_SIDE_BYTES, true, &address));
        inherited.parts.ours = address;
        return platform_image_find(&inherited.hello.main, &address) < 0
                       ? -ESTALE
                       : (inherited.main = (mori_process_main *)address, 0);
}

struct running {
        mori_token *token;
        mori_process_main *main;
        void *argument;
        struct border *border;
};

/* SIGTERM asks main to end. */
static MORI_ASYNC void stop_at_signal(struct running *running)
{
        if (MORI_AWAIT mori_signal_wait(SIGTERM) > 0)
                mori_token_cancel(running->token);
}

static MORI_ASYNC int main_within(struct running *running)
{
        MORI_ATTEMPT(mori_token_attach(running->token));
        return MORI_AWAIT running->main(running->argument);
}

static int cross(struct running *running)
{
        struct objects *objects = objects_self();
        struct connection *connection;

        running->token = mori_token_new(MORI_FOREVER);
        if (objects == NULL || running->token == NULL)
                return -ENOMEM;
        inherited.border = border_new(objects, &inherited.parts, "(who has begun this domain)",
                                      NULL, &connection);
        running->main = inherited.main;
        running->argument = inherited.argument;
        running->border = inherited.border;
        return inherited.border == NULL ? -ENOMEM : 0;
}

static MORI_ASYNC int domain_main(int argc, char **argv)
{
        struct running running = {NULL, NULL, NULL, NULL};
        int result = cross(&running);

        (void)argc;
        (void)argv;
        if (result < 0)
                return result;
        MORI_SCOPE
        {
                MORI_IGNORE(MORI_START(stop_at_signal, &running));
                MORI_SCOPE
                {
                        result = MORI_AWAIT main_within(&running);
                }
                break; /* nobody waits for the signal any more */
        }
        border_tell(running.border, result);
        running.token = mori_token_free(running.token);
        return 0; /* who has begun it was told more */
}

int domain_inherit(mori_entry_point **ret_entry)
{
        int error;

        platform_environment_without(VARIABLE);
        /* who has set it, and written what is to be loaded, has fewer rights than the file gives */
        error = getauxval(AT_SECURE) != 0 ? -EPERM : inherit();
        if (error < 0) {
                base_report("mori: " VARIABLE " is set, and this domain cannot be begun: %s",
                            error == -ESTALE ? "its main is in a file that was changed since"
                                             : strerror(-error));
                return error;
        }
        *ret_entry = domain_main;
        return 0;
}

int mori_domain_given(mori_ref *ret_ref)
{
        struct connection *connection;

        if (ret_ref == NULL)
                return -EFAULT;
        if (inherited.border == NULL || border_process(inherited.border) != process_self())
                return -ESRCH;
        connection = border_connection(inherited.border);
        return connection == NULL ? -ECONNRESET : object_exported_over(connection, ret_ref);
}
