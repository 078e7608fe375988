/* SPDX-License-Identifier: MIT */
/*
 * The n-th allocation fails, for every n: malloc, calloc, realloc, mmap and mprotect as our objects
 * call them (the linker's --wrap leads them here). A program that uses a bit of everything must
 * then end with a result of its own, or be abandoned (70) or refused (78) with a report;
 * never crash, hang, or end without a word.
 *
 * Each n runs in a child of its own, until an n is beyond the last allocation.
 */
#include <mori/keywords.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_SECONDS 20
#define EXIT_WRONG 99

static long calls, fails_at;
static bool forever; /* from the n-th on all fail */

static bool fails(void)
{
        calls++;
        return fails_at != 0 && (forever ? calls >= fails_at : calls == fails_at);
}

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
void *__real_mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset);
int __real_mprotect(void *address, size_t bytes, int protection);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);
void *__wrap_mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset);
int __wrap_mprotect(void *address, size_t bytes, int protection);

void *__wrap_malloc(size_t bytes)
{
        if (!fails())
                return __real_malloc(bytes);
        errno = ENOMEM;
        return NULL;
}

void *__wrap_calloc(size_t count, size_t bytes)
{
        if (!fails())
                return __real_calloc(count, bytes);
        errno = ENOMEM;
        return NULL;
}

void *__wrap_realloc(void *old, size_t bytes)
{
        if (!fails())
                return __real_realloc(old, bytes);
        errno = ENOMEM;
        return NULL;
}

void *__wrap_mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
{
        if (!fails())
                return __real_mmap(address, bytes, protection, flags, fd, offset);
        errno = ENOMEM;
        return MAP_FAILED;
}

int __wrap_mprotect(void *address, size_t bytes, int protection)
{
        if (!fails())
                return __real_mprotect(address, bytes, protection);
        errno = ENOMEM;
        return -1;
}

/* ---- The program */

/* What may fail answers -ENOMEM, and nothing else that it would not answer in peace. */
MORI_NONBLOCKING __attribute__((noinline)) static void expect(bool holds, const char *what,
                                                              long long value)
{
        if (holds)
                return;
        fprintf(stderr, "allocation %ld: %s: %lld\n", fails_at, what, value);
        _exit(EXIT_WRONG);
}
#define FINE(value, expected)                                                                      \
        __extension__({                                                                            \
                long long fine_ = (long long)(value);                                              \
                expect(fine_ == (expected) || fine_ == -ENOMEM, #value, fine_);                    \
                fine_;                                                                             \
        })

static async int sleeps(int ms)
{
        return await mori_sleep(MORI_MS(ms));
}

static async __attribute__((noinline)) int deep(int depth)
{
        volatile char room[200];

        room[0] = 1;
        if (depth == 0)
                return await mori_sleep(MORI_MS(1));
        return await deep(depth - 1) + room[0] - 1;
}

static async __attribute__((noinline)) int large(void)
{
        volatile char room[30000];
        int result;

        room[100] = 0;
        result = await mori_sleep(MORI_MS(1));
        return result + room[100];
}

static async int sends(mori_queue *queue, int item)
{
        return await mori_queue_send(queue, &item);
}

static async int selects(mori_queue *queue)
{
        Async(int) a = start(sleeps, 3);
        int item, result, slept;
        mori_case cases[] = {MORI_CASE_RECEIVE(queue, &item), MORI_CASE_DONE(a),
                             MORI_CASE_AFTER(MORI_MS(1))};

        result = await mori_select(cases, 3);
        slept = join(a);
        expect((result >= 0 && result < 3) || result == -ENOMEM, "select", result);
        return slept;
}

static async void posted(void *pointer)
{
        (void)pointer;
        FINE(await mori_sleep(MORI_MS(1)), 0);
}

static async int files(void)
{
        mori_file pipe[2], file;
        char bytes[64];
        int error = mori_pipe(pipe);

        if (error < 0)
                return (int)FINE(error, 0);
        FINE(await mori_file_write_all(pipe[1], "hello", 5), 0);
        FINE(await mori_file_read(pipe[0], bytes, 5), 5);
        within(MORI_MS(1))
        {
                int64_t count = await mori_file_read(pipe[0], bytes, sizeof bytes);

                expect(count == -ETIMEDOUT || count == -ENOMEM || count == 5, "read", count);
        }
        FINE(await mori_file_close(pipe[1]), 0);
        FINE(await mori_file_close(pipe[0]), 0);
        error = await mori_file_open(MORI_NO_FILE, "/proc/self/stat", O_RDONLY, 0, &file);
        if (error == 0) {
                struct stat status;

                FINE(await mori_file_stat(file, "", 0, &status), 0);
                expect(await mori_file_read_at(file, bytes, sizeof bytes, 0) != 0, "read_at", 0);
                FINE(await mori_file_close(file), 0);
        }
        return 0;
}

static async int server(mori_file listener)
{
        mori_file socket;
        char byte;

        attempt(await mori_socket_accept(listener, &socket));
        while (await mori_file_read(socket, &byte, 1) == 1)
                if (await mori_file_write_all(socket, &byte, 1) < 0)
                        break;
        return await mori_file_close(socket);
}

static async int sockets(void)
{
        mori_file listener, socket;
        char address[64], byte = 'x';
        int result = mori_socket_listen("127.0.0.1:0", 0, &listener);

        if (result < 0)
                return result;
        if (mori_socket_address(listener, 0, address, sizeof address) < 0)
                return -ENOMEM;
        within(MORI_S(100))
        {
                Async(int) a = start(server, listener);

                result = await mori_socket_connect(address, &socket);
                if (result == 0) {
                        if (await mori_file_write_all(socket, &byte, 1) == 0)
                                (void)(await mori_file_read(socket, &byte, 1) > 0);
                        (void)await mori_file_close(socket);
                } else {
                        cancel(a);
                }
                (void)join(a);
        }
        return await mori_file_close(listener);
}

static async int program(int argc, char **argv)
{
        mori_queue *queue = mori_queue_new(2, sizeof(int)), *other = mori_queue_new(1000, 100);
        mori_token *token = mori_token_new(MORI_S(500));
        mori_activity all[3];

        (void)argc;
        (void)argv;
        scope
        {
                for (int i = 0; i < (MORI_LINKED ? 20000 : 200); i++)
                        ignore(start(sleeps, i % 10));
                for (int i = 0; i < 20; i++)
                        ignore(start(deep, i));
                ignore(start(large));
                if (queue != NULL) {
                        for (int i = 0; i < 5; i++)
                                ignore(start(sends, queue, i));
                        for (int i = 0; i < 8; i++)
                                FINE(await selects(queue), 0);
                }
                if (token != NULL && mori_token_attach(token) == 0)
                        FINE(mori_cancelled(), 0);
                for (int i = 0; i < 3; i++)
                        all[i] = MORI_ACTIVITY(start(sleeps, 3 - i));
                (void)(await mori_wait_any(all, 3) < 0);
                FINE(mori_post(posted, NULL), 0);
                FINE(await files(), 0);
                (void)await sockets();
        }
        mori_queue_free(other);
        return 0;
}

/* ---- The parent */

/* Runs a child whose n-th allocation fails. Answers its exit code, or -1 after a complaint. */
static int child_run(enum mori_io io, long n, long *ret_calls)
{
        struct mori_options options = {.io = io, .stall = -1};
        int status, report[2], counted[2];
        char text[4096];
        ssize_t bytes = 0, more;
        pid_t child;

        if (pipe(report) < 0 || pipe(counted) < 0)
                abort();
        child = fork();
        if (child == 0) {
                char name[] = "faults", *arguments[] = {name, NULL};
                int code;

                alarm(CHILD_SECONDS);
                dup2(report[1], STDERR_FILENO);
                calls = 0;
                fails_at = n;
                code = mori_run(program, 1, arguments, &options);
                fails_at = 0;
                if (write(counted[1], &calls, sizeof calls) != sizeof calls)
                        abort();
                _exit(code);
        }
        close(report[1]);
        close(counted[1]);
        while ((more = read(report[0], text + bytes, sizeof text - 1 - (size_t)bytes)) > 0)
                bytes += more;
        text[bytes] = '\0';
        while (read(report[0], &status, 1) == 1)
                ;
        if (read(counted[0], ret_calls, sizeof *ret_calls) != sizeof *ret_calls)
                *ret_calls = -1;
        close(report[0]);
        close(counted[0]);
        if (waitpid(child, &status, 0) != child)
                abort();
        /* The simulated kernel ends with its host's memory: it cannot pretend to go on. */
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
            strstr(text, "for the simulation") != NULL)
                return 78;
        if (WIFSIGNALED(status)) {
                printf("io %d, allocation %ld: signal %d (%s)\n%s\n", (int)io, n, WTERMSIG(status),
                       WTERMSIG(status) == SIGALRM ? "it hangs" : strsignal(WTERMSIG(status)),
                       text);
                return -1;
        }
        status = WEXITSTATUS(status);
        if ((status != 0 && status != 1 && status != 70 && status != 78) ||
            (status != 0 && bytes == 0)) {
                printf("io %d, allocation %ld: exit code %d; reports: %s\n", (int)io, n, status,
                       text);
                return -1;
        }
        return status;
}

int main(void)
{
        static const enum mori_io engines[] = {MORI_IO_SIM, MORI_IO_EPOLL, MORI_IO_URING};
        static const char *const names[] = {"sim", "epoll", "uring"};
        long wrong = 0;

        setvbuf(stdout, NULL, _IOLBF, 0);
        for (int i = 0; i < 3; i++) {
                for (int all = 0; all < 2; all++) {
                        long codes[256] = {0}, counted = 1, n;

                        forever = all;
                        if (child_run(engines[i], 0, &counted) != 0) {
                                printf("%s: not here\n", names[i]);
                                break;
                        }
                        for (n = 1; n <= counted; n++) {
                                long ignored;
                                int code = child_run(engines[i], n, &ignored);

                                if (code < 0)
                                        wrong++;
                                else
                                        codes[code]++;
                        }
                        printf("%s: %ld allocations, %s failing: %ld went on, %ld returned an "
                               "error, %ld abandoned, "
                               "%ld refused\n",
                               names[i], counted, all ? "the n-th and all after" : "the n-th",
                               codes[0], codes[1], codes[70], codes[78]);
                }
        }
        printf("%ld wrong\n", wrong);
        return wrong != 0;
}
