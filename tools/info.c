/* SPDX-License-Identifier: MIT */
/*
 * `mori info`: what programs meet here. The engines are asked themselves, through the runtime's
 * own platform layer; a line for each, and which of them is taken.
 */
#include "json.h"
#include "tool.h"

#include "platform/call.h"
#include "platform/io.h"
#include "platform/quota.h"
#include "platform/resident.h"
#include "platform/thread.h"

#include <mori/base.h>

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#if MORI_LINKED
#define MODE "linked"
#else
#define MODE "mapped"
#endif

#define MIB 1048576u

struct engine {
        const char *name;
        enum platform_io_kind kind;
        int error;
        size_t resident_bytes;
        char text[512];
};

static void resident_add(void *address, size_t bytes, void *argument)
{
        (void)address;
        *(size_t *)argument += bytes;
}

static void engine_ask(struct engine *engine)
{
        struct platform_io_config config = {.kind = engine->kind};
        struct platform_io *io;

        engine->error = platform_io_new(&config, &io);
        if (engine->error < 0) {
                snprintf(engine->text, sizeof engine->text, "not available: %s",
                         strerror(-engine->error));
                return;
        }
        if (engine->kind == PLATFORM_IO_AUTO)
                engine->name = platform_io_name(io);
        platform_io_describe(io, engine->text, sizeof engine->text);
        platform_io_memory(io, resident_add, &engine->resident_bytes);
        platform_io_free(io);
}

static void number(rlim_t limit, char text[32])
{
        if (limit == RLIM_INFINITY)
                snprintf(text, 32, "unlimited");
        else
                snprintf(text, 32, "%llu", (unsigned long long)limit);
}

/* Of resident mode: what this program would lock with one seat, but for the activities. */
static size_t resident_bytes(const struct engine *engine)
{
        size_t own = 0;

        if (platform_resident_own(false, &own) < 0)
                return 0;
        return own + PLATFORM_RESIDENT_HEAP_BYTES + PLATFORM_RESIDENT_STACK_BYTES +
               engine->resident_bytes;
}

static void resident_write(size_t bytes, size_t limit)
{
        printf("resident    %zu MiB would be locked and %u for activities; ", bytes / MIB + 1,
               PLATFORM_RESIDENT_ARENA_MIB);
        if (limit == SIZE_MAX)
                printf("nothing limits it\n");
        else
                printf("at most %zu KiB (ulimit -l)\n", limit / 1024);
}

static void computing_write(unsigned quota)
{
        printf("computing   %u threads at most: %u processors that we may use, ",
               platform_call_computing(), platform_thread_cpus());
        if (quota == 0)
                printf("no CPU quota\n");
        else
                printf("a CPU quota of %u (rounded up)\n", quota);
}

int info_write(int json)
{
        struct engine engines[] = {
                {.kind = PLATFORM_IO_AUTO, .name = "none"},
                {.kind = PLATFORM_IO_URING, .name = "uring"},
                {.kind = PLATFORM_IO_EPOLL, .name = "epoll"},
        };
        struct rlimit files = {0}, memory = {0};
        char files_soft[32], files_hard[32], memory_text[32];
        struct utsname kernel;
        unsigned quota = platform_quota_cpus("");
        size_t resident, limit = platform_resident_limit();

        platform_call_limit(&(struct platform_call_limits){0});
        for (size_t i = 0; i < sizeof engines / sizeof engines[0]; i++)
                engine_ask(&engines[i]);
        resident = resident_bytes(&engines[0]);
        uname(&kernel);
        getrlimit(RLIMIT_NOFILE, &files);
        getrlimit(RLIMIT_AS, &memory);
        number(files.rlim_cur, files_soft);
        number(files.rlim_max, files_hard);
        number(memory.rlim_cur, memory_text);
        if (!json) {
                printf("mori        %s, %s stacks\n", mori_version(), MODE);
                printf("kernel      %s %s, %s, %ld processors\n", kernel.sysname, kernel.release,
                       kernel.machine, sysconf(_SC_NPROCESSORS_ONLN));
                printf("engine      %s\n", engines[0].name);
                printf("  uring     %s\n", engines[1].text);
                printf("  epoll     %s\n", engines[2].text);
                printf("files       %s open at a time, at most %s (ulimit -n)\n", files_soft,
                       files_hard);
                printf("addresses   %s (ulimit -v)\n", memory_text);
                computing_write(quota);
                resident_write(resident, limit);
                return 0;
        }
        printf("{\"version\": \"%s\", \"mode\": \"%s\", \"kernel\": ", mori_version(), MODE);
        json_string(kernel.release);
        printf(", \"machine\": ");
        json_string(kernel.machine);
        printf(", \"processors\": %ld, \"engine\": ", sysconf(_SC_NPROCESSORS_ONLN));
        json_string(engines[0].name);
        for (size_t i = 1; i < sizeof engines / sizeof engines[0]; i++) {
                printf(", \"%s\": ", engines[i].name);
                json_string(engines[i].text);
        }
        printf(", \"files\": \"%s\", \"files_max\": \"%s\", \"address_bytes\": \"%s\"",
               files_soft, files_hard, memory_text);
        printf(", \"cpus\": %u, \"cpu_quota\": %u, \"compute_threads\": %u", platform_thread_cpus(),
               quota, platform_call_computing());
        printf(", \"resident_bytes\": %zu, \"resident_limit\": ", resident);
        if (limit == SIZE_MAX)
                printf("null}\n");
        else
                printf("%zu}\n", limit);
        return 0;
}
