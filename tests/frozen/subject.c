/* SPDX-License-Identifier: MIT */
/*
 * Frozen variables of two objects, of a shared object, and of one that is opened: subject WHAT
 * [FILE].
 *
 *      read FILE    reads all, in async code and on other threads; FILE is opened
 *      own, other, library, opened FILE    writes to that one, which ends it
 *      thread       the same, in an offloaded function
 *      constant     writes to a constant that was relocated, which is read-only likewise
 */
#include <mori/keywords.h>

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "table.h"

static uint32_t before = 1; /* what is written is around what is frozen */
static MORI_FROZEN uint32_t primes[10] = {2};
static MORI_FROZEN struct {
        char name[9];
        const uint32_t *first;
} frozen_record;
static const char *const constant_names[] = {"one", "two"};
static uint32_t after[1000];

static MORI_INITIALISES void make_primes(void)
{
        uint32_t count = 1;

        for (uint32_t i = 3; count < 10; i++) {
                uint32_t j = 0;

                while (j < count && i % primes[j] != 0)
                        j++;
                if (j == count)
                        primes[count++] = i;
        }
        strcpy(frozen_record.name, "primes");
        frozen_record.first = &primes[0];
}
MORI_AT_LOAD(make_primes);

/* Nothing that lies beside is read-only. */
static MORI_THREAD_SAFE int write_beside(void)
{
        before++;
        memset(after, 1, sizeof(after));
        not_frozen[0] = not_frozen[2] = before;
        return 0;
}

static int add(uint64_t begin, uint64_t end, void *accumulator, const void *context)
{
        (void)context;
        for (uint64_t i = begin; i < end; i++)
                *(uint64_t *)accumulator += squares[i];
        return 0;
}

static void combine(void *into, const void *from, const void *context)
{
        (void)context;
        *(uint64_t *)into += *(const uint64_t *)from;
}

static const struct mori_reduction sum = {
        .bytes = sizeof(uint64_t), .body = add, .combine = combine};

/* Sync: the address, through which the compiler's part lets nobody write. */
static __attribute__((noinline)) int write_to(const void *frozen)
{
        *(volatile uint32_t *)(uintptr_t)frozen = 7;
        return 1;
}

static int write_on_thread(void *context)
{
        (void)context;
        return write_to(&primes[1]);
}

/* An address in the object that is opened, or null. */
static MORI_NONBLOCKING const uint32_t *opened(const char *file)
{
        const uint32_t *(*cubes)(void);
        void *object = dlopen(file, RTLD_NOW | RTLD_LOCAL);

        if (object == NULL)
                return NULL;
        *(void **)&cubes = dlsym(object, "library_cubes");
        return cubes();
}

static async int read_all(const char *file)
{
        const uint32_t *cubes = opened(file);
        uint64_t total;

        write_beside();
        attempt(await mori_parallel_reduce(0, 1000, &sum, NULL, &total));
        if (total != 332833500 || primes[9] != 29 || frozen_record.first[1] != 3 ||
            strcmp(frozen_record.name, "primes") != 0)
                return 2;
        if (library_cubes()[999] != 997002999 || library_sum() != 392146832 || cubes == NULL ||
            cubes == library_cubes() || cubes[999] != 997002999)
                return 3;
        return 0;
}

async int mori_main(int argc, char **argv)
{
        const char *what = argc > 1 ? argv[1] : "";

        if (strcmp(what, "read") == 0 && argc > 2)
                return await read_all(argv[2]);
        if (strcmp(what, "own") == 0)
                return write_to(&frozen_record.first);
        if (strcmp(what, "other") == 0)
                return write_to(&squares[999]);
        if (strcmp(what, "library") == 0)
                return write_to(library_cubes());
        if (strcmp(what, "opened") == 0 && argc > 2)
                return write_to(opened(argv[2]) + 2);
        if (strcmp(what, "thread") == 0)
                return await mori_offload(write_on_thread, NULL);
        if (strcmp(what, "constant") == 0)
                return write_to(&constant_names[1]);
        return 9;
}
