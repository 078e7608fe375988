/* SPDX-License-Identifier: MIT */
/*
 * The n-th system call fails, for every n, on the engines of the real kernel; and the n-th request
 * to io_uring. A program that uses a bit of everything must then succeed all the same, or end with
 * a code that is not 0 and a report that says what the kernel said; never crash, hang, answer what
 * is wrong, or leave a descriptor or a piece of a stack behind.
 *
 *      calls ENGINE         for every n and each error that the n-th call can meet
 *      calls ENGINE N V     one run of these, with what it reports
 *      calls ENGINE r N V   the same for a request
 *
 * Each run is a child of its own, which the parent traces (trace.h), until an n is beyond the last
 * call. A child that hangs is ended by an alarm.
 */
#include "trace.h"

#include "base/base.h"
#include "stack/stack.h"
#include "support/descriptors.h"

#include <mori/keywords.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CHILD_SECONDS
#define CHILD_SECONDS 20
#endif
#define VARIANTS   4
#define EXIT_WRONG 99
#define FOLDER     "faults-calls-XXXXXX"

#ifndef SEEDED
#define SEEDED 0
#endif

#define SYNC MORI_NONBLOCKING __attribute__((noinline)) static

/* ---- The program */

/* What a call answers may be an error, which goes up; but not something else than the truth. */
SYNC void expect(bool holds, const char *what)
{
        if (holds)
                return;
        fprintf(stderr, "wrong: %s\n", what);
        _exit(EXIT_WRONG);
}
#define EXPECT(condition) expect(condition, #condition)

SYNC void address_unix(char *text, size_t bytes)
{
        snprintf(text, bytes, "unix:@mori-faults-%d", (int)getpid());
}

SYNC void raise_it(int number)
{
        kill(getpid(), number);
}

static async int serves(mori_file listener)
{
        mori_file socket;
        char bytes[16];
        int64_t count;

        attempt(await mori_socket_accept(listener, &socket));
        while ((count = await mori_file_read(socket, bytes, sizeof bytes)) > 0)
                attempt(await mori_file_write_all(socket, bytes, (size_t)count));
        attempt(count);
        return await mori_file_close(socket);
}

static async int asks(const char *address)
{
        mori_file socket;
        char bytes[16];

        attempt(await mori_socket_connect(address, &socket));
        for (int i = 0; i < 2; i++) {
                attempt(await mori_file_write_all(socket, "hello", 5));
                attempt(await mori_file_read_exact(socket, bytes, 5));
                EXPECT(memcmp(bytes, "hello", 5) == 0);
        }
        attempt(await mori_socket_shutdown(socket, SHUT_WR));
        EXPECT(attempt(await mori_file_read(socket, bytes, 1)) == 0);
        return await mori_file_close(socket);
}

typedef Async(int) handle_int;

/* Where one fails, the caller's scope is left, and the other is cancelled. */
static async int both(handle_int a, handle_int b)
{
        mori_activity all[] = {MORI_ACTIVITY(a), MORI_ACTIVITY(b)};

        if (attempt(await mori_wait_any(all, 2)) == 0) {
                attempt(join(a));
                return join(b);
        }
        attempt(join(b));
        return join(a);
}

static async int echo(const char *where)
{
        char address[64];
        mori_file listener;

        attempt(mori_socket_listen(where, 0, &listener));
        attempt(mori_socket_address(listener, 0, address, sizeof address));
        scope {
                Async(int) server = start(serves, listener), client = start(asks, address);

                attempt(await both(server, client));
        }
        return await mori_file_close(listener);
}

static async int lists(mori_file folder)
{
        struct mori_cursor cursor = {0};
        struct mori_entry entry;
        int result, count = 0;

        while ((result = await mori_directory_next(folder, &cursor, &entry)) == 1)
                count += strcmp(entry.name, "written") == 0;
        mori_directory_done(&cursor);
        EXPECT(result < 0 || count == 1);
        return result;
}

static async int files(void)
{
        mori_file folder, file, pipe[2];
        struct stat status;
        char bytes[16];
        struct iovec pieces[] = {{(char[]){"one "}, 4}, {(char[]){"two"}, 3}};

        attempt(await mori_file_open(MORI_NO_FILE, ".", O_RDONLY | O_DIRECTORY, 0, &folder));
        attempt(await mori_file_open(folder, "written", O_RDWR | O_CREAT | O_TRUNC, 0666, &file));
        EXPECT(attempt(await mori_file_writev(file, pieces, 2)) == 7);
        attempt(await mori_file_write_all(file, " three", 6));
        attempt(await mori_file_sync(file));
        attempt(await mori_file_stat(folder, "written", 0, &status));
        EXPECT(status.st_size == 13);
        attempt(await mori_file_stat(file, "", 0, &status));
        EXPECT(status.st_size == 13);
        EXPECT(attempt(await mori_file_read_at(file, bytes, sizeof bytes, 4)) == 9);
        EXPECT(memcmp(bytes, "two three", 9) == 0);
        attempt(mori_pipe(pipe));
        EXPECT(attempt(await mori_sendfile(pipe[1], file, 0, 13)) == 13);
        attempt(await mori_file_read_exact(pipe[0], bytes, 4));
        EXPECT(attempt(await mori_splice(file, pipe[0], 9)) == 9);
        attempt(await mori_file_close(pipe[0]));
        attempt(await mori_file_close(pipe[1]));
        attempt(await mori_file_close(file));
        attempt(await lists(folder));
        return await mori_file_close(folder);
}

/* The calls on names, and what is made of several of them. */
static async int names(void)
{
        struct mori_walk_entry entry;
        struct mori_draft draft = {0};
        mori_directory here;
        mori_walk *walk;
        mori_file file;
        char target[16];
        int more, seen = 0;

        attempt(await mori_directory_open(MORI_NO_FILE, ".", &here));
        attempt(await mori_mkdir(here, "folder", 0777));
        attempt(await mori_symlink("target", here, "folder/link"));
        EXPECT(attempt(await mori_readlink(here, "folder/link", target, sizeof target)) == 6);
        attempt(await mori_draft_open(here, "folder/file", 0666, &draft));
        attempt(await mori_file_write_all(draft.file, "text", 4));
        attempt(await mori_draft_publish(&draft, 0));
        attempt(await mori_hard_link(here, "folder/file", here, "folder/second"));
        attempt(await mori_rename(MORI_NO_FILE, "folder/file", MORI_NO_FILE, "folder/second2", 0));
        attempt(await mori_chmod(here, "folder/second", 0600, 0));
        attempt(await mori_file_open(here, "folder/second", O_RDWR, 0, &file));
        attempt(await mori_file_lock(file, MORI_FILE_EXCLUSIVE, 0, 0));
        attempt(await mori_file_truncate(file, 2));
        attempt(await mori_file_unlock(file, 0, 0));
        attempt(await mori_file_close(file));
        attempt(await mori_walk_begin(here, "folder", 0, &walk));
        while ((more = await mori_walk_next(walk, &entry)) == 1) {
                EXPECT(entry.error != 0 || entry.status->st_size <= 6);
                if (entry.error != 0)
                        more = entry.error;
                seen++;
                if (more < 0)
                        break;
        }
        await mori_walk_end(walk);
        attempt(more);
        EXPECT(seen == 3);
        attempt(await mori_unlink(here, "folder/second"));
        attempt(await mori_unlink(MORI_NO_FILE, "folder/second2"));
        attempt(await mori_unlink(here, "folder/link"));
        attempt(await mori_rmdir(MORI_NO_FILE, "folder"));
        return await mori_file_close(here);
}

static async int writes_later(mori_file file)
{
        attempt(await mori_sleep(MORI_US(100)));
        return await mori_file_write_all(file, "x", 1);
}

static async int reads_one(mori_file file)
{
        char bytes[8];

        EXPECT(attempt(await mori_file_read(file, bytes, sizeof bytes)) == 1);
        return 0;
}

static async int pipes(void)
{
        mori_file pipe[2];
        int64_t count = 0;
        char bytes[8];

        attempt(mori_pipe(pipe));
        within(MORI_US(200))
        {
                count = await mori_file_read(pipe[0], bytes, sizeof bytes);
        }
        EXPECT(count < 0);
        if (count != -ETIMEDOUT)
                return (int)count;
        scope {
                Async(int) writer = start(writes_later, pipe[1]);
                Async(int) reader = start(reads_one, pipe[0]);

                attempt(await both(writer, reader));
        }
        attempt(await mori_file_close(pipe[1]));
        EXPECT(attempt(await mori_file_read(pipe[0], bytes, sizeof bytes)) == 0);
        return await mori_file_close(pipe[0]);
}

static async int waits_for(int number)
{
        return await mori_signal_wait(number);
}

static async int signals(void)
{
        Async(int) waiting = start(waits_for, SIGTERM);

        if (!mori_done(MORI_ACTIVITY(waiting)))
                attempt(await mori_yield());
        if (!mori_done(MORI_ACTIVITY(waiting)))
                raise_it(SIGTERM);
        EXPECT(attempt(join(waiting)) == SIGTERM);
        return 0;
}

/* What is sent comes, on loopback. */
static async int datagrams(void)
{
        mori_file one, other;
        mori_address where, from;
        char address[64], bytes[16];
        mori_datagram three[3];

        attempt(mori_datagram_bind("127.0.0.1:0", MORI_DATAGRAM_ERRORS, &one));
        attempt(mori_datagram_bind("127.0.0.1:0", 0, &other));
        attempt(mori_socket_address(one, 0, address, sizeof address));
        attempt(mori_address_parse(address, &where));
        attempt(await mori_datagram_send(other, "hello", 5, &where));
        EXPECT(attempt(await mori_datagram_receive(one, bytes, sizeof bytes, &from)) == 5);
        EXPECT(memcmp(bytes, "hello", 5) == 0);
        attempt(mori_datagram_connect(other, &where));
        attempt(await mori_datagram_send(other, "again", 5, NULL));
        for (int i = 0; i < 3; i++)
                three[i] = (mori_datagram){.data = bytes, .room = sizeof bytes};
        EXPECT(attempt(await mori_datagram_receive_many(one, three, 3)) == 1);
        EXPECT(three[0].bytes == 5 && memcmp(bytes, "again", 5) == 0);
        attempt(await mori_file_close(other));
        return await mori_file_close(one);
}

/* What it is told comes back, and it has ended well: or we are told that not. */
static async int talks_with_a_child(void)
{
        struct mori_child_plan plan = {.program = "/bin/cat",
                                       .in = {.kind = MORI_CHILD_STREAM_PIPE},
                                       .out = {.kind = MORI_CHILD_STREAM_PIPE},
                                       .grace = -1};
        char bytes[16];
        struct mori_child_talk talk = {.input = "hello",
                                       .input_bytes = 5,
                                       .output = bytes,
                                       .output_room = sizeof bytes};
        struct mori_child child;

        attempt(await mori_child_spawn(&plan, &child));
        EXPECT(attempt(await mori_child_communicate(&child, &talk)) == 0);
        EXPECT(talk.output_bytes == 5 && memcmp(bytes, "hello", 5) == 0);
        return 0;
}

static async int waits_for_a_time(void)
{
        int64_t now = mori_clock_now(MORI_CLOCK_BOOT);

        attempt(await mori_clock_wait(MORI_CLOCK_BOOT, now + MORI_US(200)));
        EXPECT(mori_clock_now(MORI_CLOCK_BOOT) >= now + MORI_US(200));
        return 0;
}

static async int program(int argc, char **argv)
{
        char address[64];

        (void)argc;
        (void)argv;
        attempt(await pipes());
        attempt(await files());
        attempt(await names());
        attempt(await echo("127.0.0.1:0"));
        address_unix(address, sizeof address);
        attempt(await echo(address));
        attempt(await datagrams());
        attempt(await signals());
        attempt(await talks_with_a_child());
        attempt(await waits_for_a_time());
        return 0;
}

/* ---- The child */

/* What a run before has left. Most leave nothing, and are spared the shell. */
static void remove_left(void)
{
        struct dirent *entry;
        DIR *here = opendir(".");
        bool left = false;

        if (here == NULL)
                abort();
        while (!left && (entry = readdir(here)) != NULL)
                left = strcmp(entry->d_name, "folder") == 0 ||
                       strncmp(entry->d_name, ".mori-", strlen(".mori-")) == 0;
        closedir(here);
        if (left && system("rm -rf folder .mori-*") != 0)
                abort();
}

_Noreturn static void child_main(enum mori_io io, int report)
{
        /* the watch has its thread; it would look at times that depend on the machine */
        struct mori_options options = {.io = io, .stall = MORI_S(1000)};
        char name[] = "program", *arguments[] = {name, NULL};
        struct stack_usage usage = {0};
        int before, code;

        remove_left();
        dup2(report, STDERR_FILENO);
        before = descriptors_count();
        alarm(CHILD_SECONDS);
        if (!trace_me())
                _exit(77);
        trace_begin();
        code = mori_run(program, 1, arguments, &options);
        trace_end();
        if (stack_arena != NULL) {
                stack_check();
                stack_usage(&usage);
                expect(usage.segments == 0, "pieces of stacks are left");
        }
        if (SEEDED && code != 0)
                code += dup(0) * 0; /* a descriptor is left where something has failed */
        expect(descriptors_count() == before, "descriptors are left");
        expect(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "a child is left");
        _exit(code);
}

/* ---- The parent */

struct runs {
        enum mori_io io;
        const char *engine;
        long succeeded, failed, refused, abandoned, wrong;
};

static bool report_read(int report, char *text, size_t bytes)
{
        ssize_t count = pread(report, text, bytes - 1, 0);

        text[count < 0 ? 0 : count] = '\0';
        return count > 0;
}

/*
 * Whether the report has the text of the error. Where there is no memory or no thread, what the C
 * library or the arena make of that is as good.
 */
static bool says_why(const struct trace_result *result, const char *text)
{
        static const int memory[] = {SYS_mmap, SYS_mprotect, SYS_madvise, SYS_clone, SYS_clone3};

        if (strstr(text, strerror(result->error)) != NULL)
                return true;
        for (size_t i = 0; i < sizeof memory / sizeof memory[0]; i++)
                if (result->number == memory[i])
                        return strstr(text, strerror(ENOMEM)) != NULL ||
                               strstr(text, strerror(EAGAIN)) != NULL ||
                               strstr(text, "the limit is memory") != NULL;
        return false;
}

/* True where what the child did is right: it has succeeded, or it has not, and said why. */
static bool is_right(const struct trace_result *result, const char *text)
{
        int code;

        if (!WIFEXITED(result->status))
                return false;
        code = WEXITSTATUS(result->status);
        if (code == 0)
                return true;
        return result->injected && (code == 1 || code == 70 || code == 78) &&
               says_why(result, text);
}

static void tell(const struct runs *runs, const struct trace_fault *fault,
                 const struct trace_result *result, const char *text)
{
        printf("%s, %s %ld, error %d: ", runs->engine, fault->request ? "request" : "call",
               fault->at, fault->variant);
        if (result->injected)
                printf("%s (%ld) says %s: ", result->name, result->number, strerror(result->error));
        if (WIFSIGNALED(result->status))
                printf("signal %d (%s)\n%s\n", WTERMSIG(result->status),
                       WTERMSIG(result->status) == SIGALRM ? "it hangs"
                                                           : strsignal(WTERMSIG(result->status)),
                       text);
        else
                printf("exit code %d\n%s\n", WEXITSTATUS(result->status), text);
}

static void run(struct runs *runs, const struct trace_fault *fault, struct trace_result *ret_result)
{
        int report = memfd_create("report", MFD_CLOEXEC);
        char text[4096];
        pid_t child;

        if (report < 0)
                abort();
        fflush(stdout);
        child = fork();
        if (child == 0)
                child_main(runs->io, report);
        if (child < 0)
                abort();
        trace_run(child, fault, ret_result);
        report_read(report, text, sizeof text);
        close(report);
        if (ret_result->has_no_error)
                return;
        if (!is_right(ret_result, text)) {
                runs->wrong++;
                tell(runs, fault, ret_result, text);
                return;
        }
        switch (WEXITSTATUS(ret_result->status)) {
        case 0:
                runs->succeeded++;
                break;
        case 1:
                runs->failed++;
                break;
        case 70:
                runs->abandoned++;
                break;
        default:
                runs->refused++;
        }
}

/*
 * Until two runs in succession have come to their end before the n-th; or the seeded bug is found.
 */
static void run_all(struct runs *runs, bool request)
{
        struct trace_fault fault = {.request = request};
        struct trace_result result;
        long beyond = 0, most = 0;

        runs->succeeded = runs->failed = runs->refused = runs->abandoned = 0;
        for (fault.at = 1; beyond < 2 && !(SEEDED && runs->wrong > 0); fault.at++) {
                bool reached = false;

                for (fault.variant = 0; fault.variant < VARIANTS; fault.variant++) {
                        run(runs, &fault, &result);
                        if (result.injected || result.has_no_error)
                                reached = true;
                        if (!result.injected)
                                break;
                }
                beyond = reached ? 0 : beyond + 1;
                if (reached)
                        most = fault.at;
        }
        printf("%s: %ld %s, each failing in its ways: %ld times the program went on, %ld times it "
               "returned the error, %ld it was refused, %ld abandoned\n",
               runs->engine, most, request ? "requests" : "calls", runs->succeeded, runs->failed,
               runs->refused, runs->abandoned);
        if (most == 0 && (runs->io == MORI_IO_URING || !request))
                runs->wrong++;
}

/* The kernel has no thread for a kind of request, for long: the program succeeds all the same. */
static void run_refused(struct runs *runs)
{
        static const int codes[] = {IORING_OP_CONNECT, IORING_OP_FSYNC,   IORING_OP_OPENAT,
                                    IORING_OP_READ,    IORING_OP_SEND,    IORING_OP_STATX,
                                    IORING_OP_WRITE,   IORING_OP_WRITEV,  IORING_OP_CLOSE,
                                    IORING_OP_ACCEPT};
        struct trace_result result;
        unsigned met = 0;

        runs->succeeded = 0;
        for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
                struct trace_fault fault = {.request = true, .refused = codes[i]};

                run(runs, &fault, &result);
                met += result.injected;
        }
        printf("%s: %u kinds of requests, each refused %d times: %ld times the program went on\n",
               runs->engine, met, TRACE_REFUSALS, runs->succeeded);
        if (met < 8 || runs->succeeded != sizeof codes / sizeof codes[0])
                runs->wrong++;
}

static bool can_trace(struct runs *runs)
{
        struct trace_fault none = {0};
        struct trace_result result;
        pid_t child = fork();

        if (child == 0)
                _exit(trace_me() ? 0 : 77);
        if (waitpid(child, &result.status, WUNTRACED) != child)
                abort();
        if (WIFEXITED(result.status))
                return false;
        kill(child, SIGKILL);
        waitpid(child, &result.status, 0);
        run(runs, &none, &result);
        if (WIFEXITED(result.status) && WEXITSTATUS(result.status) == 78)
                return false; /* no such engine */
        return true;
}

int main(int argc, char **argv)
{
        struct runs runs = {.io = MORI_IO_URING};
        char folder[] = FOLDER;

        if (argc < 2)
                return 2;
        runs.engine = argv[1];
        if (strcmp(runs.engine, "epoll") == 0)
                runs.io = MORI_IO_EPOLL;
        if (mkdtemp(folder) == NULL || chdir(folder) < 0)
                abort();
        if (!can_trace(&runs)) {
                printf("%s: not here, or ptrace(2) is forbidden\n", runs.engine);
                runs.wrong = 77;
        } else if (argc > 3) {
                bool request = argv[2][0] == 'r';
                struct trace_fault fault = {.request = request,
                                            .at = atol(argv[2 + request]),
                                            .variant = atoi(argv[3 + request])};
                struct trace_result result;

                run(&runs, &fault, &result);
        } else {
                run_all(&runs, false);
                if (runs.io == MORI_IO_URING) {
                        run_all(&runs, true);
                        run_refused(&runs);
                }
                printf("%ld wrong\n", runs.wrong);
        }
        unlink("written");
        remove_left();
        if (chdir("..") < 0 || rmdir(folder) < 0)
                abort();
        return runs.wrong == 77 ? 77 : runs.wrong != 0;
}
