/* SPDX-License-Identifier: MIT */
/*
 * Corners: frames that are aligned, large or split; nested functions; computed gotos and switch
 * tables; weak functions; cleanup; functions of one body, of which one is async; what must not be
 * inlined; many bytes of stack arguments.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <mori/keywords.h>

#define CHECK(condition) \
        do { \
                if (!(condition)) \
                        return __LINE__; \
        } while (0)

typedef int vector __attribute__((vector_size(32)));

static async __attribute__((noinline)) int yields(int x)
{
        await mori_yield();
        return x;
}

static __attribute__((noinline)) int touch(void *pointer, int bytes)
{
        memset(pointer, 1, (size_t)bytes);
        return ((char *)pointer)[bytes - 1];
}

/* More than 16 bytes of alignment: the prologue may lose some bytes to it. */
static async __attribute__((noinline)) int aligned(int x)
{
        _Alignas(64) char bytes[64];
        vector values = {x, x, x, x, x, x, x, x};

        CHECK(((size_t)bytes & 63) == 0);
        CHECK(touch(bytes, 64) == 1);
        values += values;
        CHECK(await yields(values[7]) == 2 * x);
        return 0;
}

static async __attribute__((noinline)) int large(int depth)
{
        char bytes[20000];

        CHECK(touch(bytes, sizeof(bytes)) == 1);
        if (depth > 0)
                CHECK(await large(depth - 1) == 0);
        CHECK(await yields(bytes[19999]) == 1);
        return 0;
}

/* The static chain travels in %r10, which the probe uses. */
static async __attribute__((noinline)) int nested(int x)
{
        char bytes[300];

        int plain(int y)
        {
                return x + y + bytes[0];
        }
        async int waiting(int y)
        {
                char more[600];

                touch(more, sizeof(more));
                x += await yields(y);
                return x + more[1] + bytes[1];
        }

        touch(bytes, sizeof(bytes));
        CHECK(plain(1) == x + 2);
        CHECK(await waiting(5) == x + 2);
        return 0;
}

static async __attribute__((noinline)) int jumps(int x)
{
        static void *const labels[] = {&&first, &&second, &&third};
        int sum = 0;

        goto *labels[x % 3];
first:
        sum += await yields(1);
second:
        sum += await yields(2);
third:
        sum += await yields(3);
        return sum;
}

static async __attribute__((noinline)) int switches(int x)
{
        switch (x) {
        case 0:
                return await yields(10);
        case 1:
                return abs(-11);
        case 2:
                return await yields(12) + 1;
        case 3:
                return atoi("14");
        case 4:
                return await yields(15) * 2;
        case 5:
                return await yields(16) - 3;
        case 6:
                return atoi("7") * 7;
        default:
                return await yields(0);
        }
}

int not_there(int x) __attribute__((weak));
__attribute__((weak, noinline)) int is_there(int x)
{
        return x + 1;
}

static async __attribute__((noinline)) int weak_functions(int x)
{
        if (not_there)
                return not_there(x);
        CHECK(is_there(x) == x + 1);
        return 0;
}

static async void adds_one(int *x)
{
        *x += await yields(1);
}

static async __attribute__((noinline)) int cleaned(int *total)
{
        __attribute__((cleanup(adds_one))) int local = 1;

        *total += local;
        local = await yields(2);
        *total += local;
        return 0;
}

/* One body twice: identical code folding must keep them apart. */
__attribute__((noinline)) int same_sync(int x)
{
        return x * 77 + (x >> 3) * 5;
}

async __attribute__((noinline)) int same_async(int x)
{
        return x * 77 + (x >> 3) * 5;
}

/* The probe of a function that is cloned for a constant argument. */
static async __attribute__((noinline)) int cloned(int x, int y)
{
        char bytes[100];

        touch(bytes, x);
        return y ? await yields(x) + bytes[0] : 0;
}

/* An address of errno must not live across a wait: reading it stays a call. */
static inline int read_errno(void)
{
        return errno;
}

static inline void write_errno(int value)
{
        errno = value;
}

static inline int read_errno_deeper(void)
{
        return read_errno() + 1;
}

static async __attribute__((noinline)) int errno_by_functions(void)
{
        write_errno(5);
        CHECK(read_errno() == 5);
        CHECK(await yields(3) == 3);
        write_errno(6);
        CHECK(read_errno_deeper() == 7);
        return 0;
}

/* Cold code is split off, and has calls of its own. */
static async __attribute__((noinline)) int with_cold_part(int x)
{
        if (__builtin_expect(x == 12345, 0)) {
                char bytes[50];

                touch(bytes, sizeof(bytes));
                if (atoi("1") + bytes[0] == 3)
                        abort();
                return await yields(x);
        }
        return x;
}

/* Stack arguments are copied to the segment, at a start and when it grows, however many. */
struct many_bytes {
        unsigned char bytes[5000];
};

static async __attribute__((noinline)) int takes_many(int a, struct many_bytes many, long double b,
                                                      int x, int y, int z, int v, int w, int u)
{
        int sum = 0;

        CHECK(await yields(3) == 3);
        for (size_t i = 0; i < sizeof(many.bytes); i++)
                sum += many.bytes[i] != (unsigned char)(i + (size_t)a);
        CHECK(b == 0.5L && x + y + z + v + w + u == 2 + 3 + 4 + 5 + 6 + 7);
        return sum;
}

static async __attribute__((noinline)) int stack_arguments(void)
{
        Async(int) running[3];
        struct many_bytes many;

        for (int a = 0; a < 3; a++) {
                for (size_t i = 0; i < sizeof(many.bytes); i++)
                        many.bytes[i] = (unsigned char)(i + (size_t)a);
                running[a] = start(takes_many, a, many, 0.5L, 2, 3, 4, 5, 6, 7);
        }
        CHECK(await takes_many(2, many, 0.5L, 2, 3, 4, 5, 6, 7) == 0);
        for (int a = 0; a < 3; a++)
                CHECK(join(running[a]) == 0);
        return 0;
}

static async int all(void)
{
        int total = 0, line;

        if ((line = await aligned(3)) || (line = await large(3)) || (line = await nested(4)) ||
            (line = await weak_functions(3)) || (line = await errno_by_functions()) ||
            (line = await stack_arguments()))
                return line;
        CHECK(await jumps(0) == 6 && await jumps(1) == 5 && await jumps(2) == 3);
        for (int i = 0; i < 8; i++)
                total += await switches(i);
        CHECK(total == 10 + 11 + 13 + 14 + 30 + 13 + 49);
        CHECK(await cleaned(&total) == 0 && total == 143);
        CHECK(same_sync(99) == await same_async(99));
        CHECK(await cloned(50, 1) == 51 && await cloned(50, 1) == 51 && await cloned(50, 0) == 0);
        CHECK(await with_cold_part(1) == 1 && await with_cold_part(12345) == 12345);
        return 0;
}

static async __attribute__((noinline)) int many(int count)
{
        Async(int) running[40];
        int wrong = 0;

        for (int i = 0; i < 40; i++)
                running[i] = start(large, i % 3);
        for (int i = 0; i < 40; i++)
                wrong += join(running[i]) != 0;
        return wrong + count;
}

async int mori_main(int count, char **words)
{
        int line = await join(start(all)); /* the entry activity has a large first segment */

        (void)words;
        if (line == 0)
                line = await many(count) - count;
        return line & 255;
}
