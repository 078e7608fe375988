/* SPDX-License-Identifier: MIT */
/*
 * What the programs that load a server share: they are no mori programs, and know nothing of the
 * servers, ours or others. They count what comes back for some seconds, and take the processor time
 * of the server's process at both ends: from schedstat, in nanoseconds, because the ticks of stat
 * are a tenth of what a server gets in a second on a machine that has other work.
 *
 *      messages_per_s          on the clock
 *      messages_per_cpu_s      for a second of the process's time
 */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOAD_WARM_SECONDS 0.5

/* What a program keeps of its load: its own. */
struct load;

/* Ends the program with 1: "PROGRAM: WHAT: the error's text". */
__attribute__((noreturn)) static inline void fail(const char *what, int error)
{
        fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(error));
        exit(1);
}

/* Seconds on the clock. */
static inline double load_now(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* A number of the command line, from 1 to `most`. */
static inline unsigned load_number(const char *text, unsigned most)
{
        char *end;
        unsigned long value = strtoul(text, &end, 10);

        if (*end != '\0' || value == 0 || value > most)
                fail(text, EINVAL);
        return (unsigned)value;
}

/* Seconds on a processor, of all threads: the first field of /proc/PID/task/TID/schedstat. */
static inline double load_process_seconds(unsigned process)
{
        unsigned long long nanoseconds, sum = 0;
        char path[64];
        struct dirent *task;
        DIR *tasks;

        snprintf(path, sizeof path, "/proc/%u/task", process);
        tasks = opendir(path);
        if (tasks == NULL)
                fail(path, errno);
        while ((task = readdir(tasks)) != NULL) {
                char name[512];
                FILE *file;

                if (task->d_name[0] == '.')
                        continue;
                snprintf(name, sizeof name, "%s/%s/schedstat", path, task->d_name);
                file = fopen(name, "r");
                if (file == NULL || fscanf(file, "%llu", &nanoseconds) != 1)
                        fail(name, errno);
                fclose(file);
                sum += nanoseconds;
        }
        closedir(tasks);
        return (double)sum * 1e-9;
}

/*
 * Runs the load until it is warm, then for `seconds`, and prints the two figures. `run_until`
 * returns at a time of load_now(), and keeps the count of messages that came back.
 */
static inline void load_measure(void (*run_until)(struct load *load, double end), struct load *load,
                                const uint64_t *messages, unsigned process, double seconds)
{
        double began, ended, used;
        uint64_t before;

        run_until(load, load_now() + LOAD_WARM_SECONDS);
        used = load_process_seconds(process);
        before = *messages;
        began = load_now();
        run_until(load, began + seconds);
        ended = load_now();
        used = load_process_seconds(process) - used;
        if (*messages == before)
                fail("nothing came back", ETIMEDOUT);
        printf("messages_per_s %.0f\n", (double)(*messages - before) / (ended - began));
        printf("messages_per_cpu_s %.0f\n", (double)(*messages - before) / used);
}
