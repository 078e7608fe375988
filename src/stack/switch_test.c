/* SPDX-License-Identifier: MIT */
/*
 * Starting, waiting and joining, seen from the compiler's side: whatever a signature puts into
 * registers and on the stack arrives, and whatever a function keeps over a wait is still there.
 */
#include "support/async.h"

#include "platform/thread.h"

#include <complex.h>
#include <errno.h>
#include <stdarg.h>

/* ---- Signatures, each twice: a function that never waits, one that waits before it answers */

typedef struct {
        int a, b;
} pair_int;
typedef struct {
        long a;
        double b;
} long_double_mix;
typedef struct {
        double a;
        long b;
} double_long_mix;
typedef struct {
        double a, b;
} pair_double;
typedef struct {
        float a, b, c, d;
} four_floats;
typedef struct {
        long a, b;
} pair_long;
typedef struct {
        char a;
        short b;
        char c[5];
} small;
typedef struct {
        long a[5];
} large;
typedef int vector_int __attribute__((vector_size(16)));
enum colour { RED = 7, GREEN = 9 };
static const char letters[] = "abcdefgh";

#define FUNCTIONS(X)                                                                               \
        X(int, f_int, (int a, int b), (a + b))                                                     \
        X(unsigned char, f_char, (unsigned char a), ((unsigned char)(a + 1)))                      \
        X(short, f_short, (short a, short b), ((short)(a - b)))                                    \
        X(double, f_double, (double a, double b, int c), (a * b + c))                              \
        X(float, f_float, (float a), (a * 2))                                                      \
        X(long, f_many,                                                                            \
          (int a, long b, double c, char d, short e, long f, long g, long h, double i, long j,     \
           float k),                                                                               \
          (a + b * 2 + (long)c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + (long)i * 9 +         \
           j * 10 + (long)k * 11))                                                                 \
        X(double, f_twelve,                                                                        \
          (double a, double b, double c, double d, double e, double f, double g, double h,         \
           double i, double j, double k, int l),                                                   \
          (a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j + 11 * k +   \
           12 * l))                                                                                \
        X(const char *, f_pointer, (const char *p, int n), (p + n))                                \
        X(pair_int, f_pair_int, (int a), ((pair_int){a, a + 1}))                                   \
        X(long_double_mix, f_long_double, (long a, double b), ((long_double_mix){a, b}))           \
        X(double_long_mix, f_double_long, (double a, long b), ((double_long_mix){a, b}))           \
        X(pair_double, f_pair_double, (double a), ((pair_double){a, a + 1}))                       \
        X(four_floats, f_floats, (float a), ((four_floats){a, a + 1, a + 2, a + 3}))               \
        X(pair_long, f_pair_long, (long a), ((pair_long){a, -a}))                                  \
        X(small, f_small, (char a), ((small){a, 300, {a, 2, 3, 4, 5}}))                            \
        X(long, f_by_stack, (large s, int x, large t),                                             \
          (s.a[0] + s.a[4] * 10 + x * 100 + t.a[4] * 1000))                                        \
        X(_Complex double, f_complex, (double a), (a + 2.0i))                                      \
        X(_Complex float, f_complex_float, (float a), (a + 2.0if))                                 \
        X(_Bool, f_bool, (int a), (a > 3))                                                         \
        X(__int128, f_int128, (__int128 a, long b), (a * b))                                       \
        X(vector_int, f_vector, (vector_int a), (a + 1))                                           \
        X(enum colour, f_enum, (int a), (a ? RED : GREEN))

#define DEFINE(T, name, arguments, value)                                                          \
        static async __attribute__((noinline)) T name arguments                                    \
        {                                                                                          \
                return value;                                                                      \
        }                                                                                          \
        static async __attribute__((noinline)) T name##_waits arguments                            \
        {                                                                                          \
                EXPECT(await mori_sleep(MORI_MS(1)) == 0);                                         \
                return value;                                                                      \
        }
FUNCTIONS(DEFINE)

static async void f_void(long *p)
{
        *p += 1;
}

static async void f_void_waits(long *p)
{
        EXPECT(await mori_yield() == 0);
        *p += 1;
}

#define BOTH(T, condition, name, ...)                                                              \
        do {                                                                                       \
                Async(T) at_once = start(name, __VA_ARGS__);                                       \
                Async(T) later = start(name##_waits, __VA_ARGS__);                                 \
                EXPECT(mori_done(MORI_ACTIVITY(at_once)));                                         \
                EXPECT(!mori_done(MORI_ACTIVITY(later)));                                          \
                {                                                                                  \
                        T r = join(at_once);                                                       \
                        EXPECT(condition);                                                         \
                }                                                                                  \
                {                                                                                  \
                        T r = join(later);                                                         \
                        EXPECT(condition);                                                         \
                }                                                                                  \
                {                                                                                  \
                        T r = await name(__VA_ARGS__);                                             \
                        EXPECT(condition);                                                         \
                }                                                                                  \
                {                                                                                  \
                        T r = await name##_waits(__VA_ARGS__);                                     \
                        EXPECT(condition);                                                         \
                }                                                                                  \
        } while (0)

static async int integers(int argc, char **argv)
{
        __int128 broad = (__int128)1 << 70;

        (void)argc;
        (void)argv;
        BOTH(int, r == 7, f_int, 3, 4);
        BOTH(unsigned char, r == 0, f_char, (unsigned char)255);
        BOTH(short, r == -3, f_short, (short)4, (short)7);
        BOTH(const char *, r == letters + 3, f_pointer, letters, 3);
        BOTH(_Bool, r == 1, f_bool, 4);
        BOTH(_Bool, r == 0, f_bool, 3);
        BOTH(__int128, r == broad * 3, f_int128, broad, 3L);
        BOTH(enum colour, r == RED, f_enum, 1);
        return 0;
}

static async int floats(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        BOTH(double, r == 7.0, f_double, 1.5, 4.0, 1);
        BOTH(float, r == 3.0f, f_float, 1.5f);
        BOTH(_Complex double, creal(r) == 1 && cimag(r) == 2, f_complex, 1.0);
        BOTH(_Complex float, crealf(r) == 1 && cimagf(r) == 2, f_complex_float, 1.0f);
        return 0;
}

static async int structs(int argc, char **argv)
{
        vector_int vector = {1, 2, 3, 4};

        (void)argc;
        (void)argv;
        BOTH(pair_int, r.a == 5 && r.b == 6, f_pair_int, 5);
        BOTH(long_double_mix, r.a == 5 && r.b == 2.5, f_long_double, 5L, 2.5);
        BOTH(double_long_mix, r.a == 2.5 && r.b == 5, f_double_long, 2.5, 5L);
        BOTH(pair_double, r.a == 5 && r.b == 6, f_pair_double, 5.0);
        BOTH(four_floats, r.a == 5 && r.b == 6 && r.c == 7 && r.d == 8, f_floats, 5.0f);
        BOTH(pair_long, r.a == 5 && r.b == -5, f_pair_long, 5L);
        BOTH(small, r.a == 4 && r.b == 300 && r.c[4] == 5, f_small, (char)4);
        BOTH(vector_int, r[0] == 2 && r[3] == 5, f_vector, vector);
        return 0;
}

static async int stack_arguments(int argc, char **argv)
{
        large s = {{1, 2, 3, 4, 5}};
        long twelve = 1 + 4 + 9 + 16 + 25 + 36 + 49 + 64 + 81 + 100 + 121 + 144;

        (void)argc;
        (void)argv;
        BOTH(long, r == twelve - 144, f_many, 1, 2L, 3.0, (char)4, (short)5, 6L, 7L, 8L, 9.0, 10L,
             11.0f);
        BOTH(double, (long)r == twelve, f_twelve, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0,
             11.0, 12);
        BOTH(long, r == 1 + 50 + 600 + 5000, f_by_stack, s, 6, s);
        return 0;
}

static async int voids(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        scope
        {
                long *count = shared(0);
                Async(void) a = start(f_void, count);
                Async(void) b = start(f_void_waits, count);

                EXPECT_EQ(*count, 1);
                join(b);
                EXPECT_EQ(*count, 2);
                join(a);
        }
        return 0;
}

START_TEST(integers_arrive_and_return)
{
        ck_assert_int_eq(run(integers), 0);
}
END_TEST

START_TEST(floats_arrive_and_return)
{
        ck_assert_int_eq(run(floats), 0);
}
END_TEST

START_TEST(structs_return_by_value)
{
        ck_assert_int_eq(run(structs), 0);
}
END_TEST

START_TEST(stack_arguments_arrive)
{
        ck_assert_int_eq(run(stack_arguments), 0);
}
END_TEST

START_TEST(void_is_a_result)
{
        ck_assert_int_eq(run(voids), 0);
}
END_TEST

/* ---- Variadic */

static async __attribute__((noinline)) double sum_of(int count, ...)
{
        va_list list;
        double sum = 0;

        va_start(list, count);
        EXPECT(await mori_yield() == 0);
        for (int i = 0; i < count; i++)
                sum += i % 2 ? (double)va_arg(list, int) : va_arg(list, double);
        va_end(list);
        return sum;
}

static async int variadic(int argc, char **argv)
{
        Async(double) a = start(sum_of, 5, 1.5, 2, 3.5, 4, 5.0);

        (void)argc;
        (void)argv;
        EXPECT(join(a) == 16.0);
        EXPECT(await sum_of(11, 1.0, 2, 3.0, 4, 5.0, 6, 7.0, 8, 9.0, 10, 11.0) == 66.0);
        return 0;
}

START_TEST(variadic_functions_start_and_wait)
{
        ck_assert_int_eq(run(variadic), 0);
}
END_TEST

/* ---- Registers and alignment */

/* Values that only callee-saved registers can hold for so long, over waits, starts and joins. */
static async __attribute__((noinline)) long keeps(long seed, int depth)
{
        long a = seed * 3, b = seed * 5, c = seed * 7, d = seed * 11, e = seed * 13;
        double x = (double)seed * 1.5, y = (double)seed * 2.5;

        EXPECT(await mori_sleep(MORI_US(100 + seed % 7 * 100)) == 0);
        if (depth > 0) {
                Async(long) one = start(keeps, seed + 1, depth - 1);
                Async(long) two = start(keeps, seed + 2, depth - 1);

                EXPECT(join(two) == 39 * (seed + 2));
                EXPECT(await keeps(seed + 3, depth - 1) == 39 * (seed + 3));
                EXPECT(join(one) == 39 * (seed + 1));
        }
        EXPECT(await mori_yield() == 0);
        EXPECT(x == (double)seed * 1.5 && y == (double)seed * 2.5);
        return a + b + c + d + e;
}

static async int registers(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        EXPECT_EQ(await keeps(1000, 6), 39000);
        return 0;
}

START_TEST(registers_survive_waits_and_starts)
{
        ck_assert_int_eq(run(registers), 0);
}
END_TEST

typedef double vector4 __attribute__((vector_size(32)));

/*
 * movaps faults where the stack is not aligned to 16; a 32-byte object wants its own realignment.
 */
MORI_NONBLOCKING __attribute__((noinline)) static double sync_aligned(double a, double b)
{
        _Alignas(16) volatile char room[16];
        vector4 broad = {a, b, a, b};
        _Alignas(32) volatile vector4 kept = broad;

        __asm__ volatile("movaps %%xmm0, %0" : "=m"(*(char(*)[16])room));
        ck_assert_uint_eq((uintptr_t)room & 15, 0);
        ck_assert_uint_eq((uintptr_t)&kept & 31, 0);
        return kept[0] + kept[1];
}

static async __attribute__((noinline)) double aligned(double a, int n)
{
        _Alignas(16) char room[16];

        __asm__ volatile("movaps %%xmm0, %0" : "=m"(room));
        EXPECT(((uintptr_t)room & 15) == 0);
        EXPECT(sync_aligned(a, 1) == a + 1);
        EXPECT(await mori_yield() == 0);
        __asm__ volatile("movaps %%xmm0, %0" : "=m"(room));
        return n > 0 ? await aligned(a, n - 1) + room[0] * 0 : sync_aligned(a, 2);
}

static async __attribute__((noinline)) double aligned_arguments(long a, long b, long c, long d,
                                                                long e, long f, long g, double x)
{
        EXPECT(a + b + c + d + e + f + g == 28);
        return await aligned(x, 3);
}

static async int alignment(int argc, char **argv)
{
        Async(double) a = start(aligned, 1.0, 20);
        Async(double) b = start(aligned_arguments, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8.0);

        (void)argc;
        (void)argv;
        EXPECT(join(a) == 3.0);
        EXPECT(join(b) == 10.0);
        EXPECT(await aligned_arguments(1, 2, 3, 4, 5, 6, 7, 8.0) == 10.0);
        return 0;
}

START_TEST(stacks_are_aligned)
{
        ck_assert_int_eq(run(alignment), 0);
}
END_TEST

/* ---- Gates: sync functions of many shapes called from segments of every fill */

MORI_NONBLOCKING __attribute__((noinline)) static long sync_many(long a, long b, long c, long d,
                                                                 long e, long f, long g, double h,
                                                                 large s, long i, int j)
{
        char room[4096];

        memset(room, (int)a, sizeof room);
        __asm__ volatile("" : : "r"(room) : "memory");
        return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + (long)h * 8 + s.a[4] * 9 +
               i * 10 + j * 11;
}

MORI_NONBLOCKING __attribute__((noinline)) static long sync_variadic(int count, ...)
{
        va_list list;
        double sum = 0;

        va_start(list, count);
        for (int i = 0; i < count; i++)
                sum += i % 2 ? (double)va_arg(list, long) : va_arg(list, double);
        va_end(list);
        return (long)sum;
}

MORI_NONBLOCKING __attribute__((noinline)) static large sync_large(long a)
{
        return (large){{a, a + 1, a + 2, a + 3, a + 4}};
}

MORI_NONBLOCKING __attribute__((noinline)) static pair_double sync_pair(double a)
{
        return (pair_double){a, a + 1};
}

MORI_NONBLOCKING __attribute__((noinline)) static __int128 sync_wide(__int128 a)
{
        return a + 1;
}

typedef long sync_function(long a, long b, long c, long d, long e, long f, long g, double h,
                           large s, long i, int j);

static async __attribute__((noinline)) long gates(int depth, sync_function *indirect)
{
        large s = {{1, 2, 3, 4, 5}}, t;
        pair_double pair;
        long expected = 1 + 4 + 9 + 16 + 25 + 36 + 49 + 64 + 45 + 100 + 121;
        long result = depth > 0 ? await gates(depth - 1, indirect) : 0;

        EXPECT_EQ(sync_many(1, 2, 3, 4, 5, 6, 7, 8, s, 10, 11), expected);
        EXPECT_EQ(indirect(1, 2, 3, 4, 5, 6, 7, 8, s, 10, 11), expected);
        EXPECT_EQ(sync_variadic(10, 1.0, 2L, 3.0, 4L, 5.0, 6L, 7.0, 8L, 9.0, 10L), 55);
        t = sync_large(depth);
        EXPECT_EQ(t.a[0] + t.a[4], 2 * depth + 4);
        pair = sync_pair(depth);
        EXPECT(pair.a == depth && pair.b == depth + 1);
        EXPECT(sync_wide((__int128)depth << 64) == ((__int128)depth << 64) + 1);
        if (depth % 3 == 0)
                EXPECT(await mori_yield() == 0);
        return result + 1;
}

static async int gated(int argc, char **argv)
{
        Async(long) a = start(gates, 0, sync_many);
        Async(long) b = start(gates, 100, sync_many);

        (void)argc;
        (void)argv;
        EXPECT_EQ(join(a), 1);
        EXPECT_EQ(join(b), 101);
        EXPECT_EQ(await gates(100, sync_many), 101);
        return 0;
}

START_TEST(sync_calls_go_through_gates)
{
        ck_assert_int_eq(run(gated), 0);
}
END_TEST

/* ---- Depth and size */

static async __attribute__((noinline)) long deep(long n, int waits)
{
        volatile long here = n;
        long below;

        if (n == 0) {
                if (waits)
                        EXPECT(await mori_sleep(MORI_MS(1)) == 0);
                return 0;
        }
        below = await deep(n - 1, waits);
        EXPECT(here == n);
        return below + 1;
}

/* Where each call takes a segment of its own, three times 100000 are 2.4 GB. */
#ifdef MORI_SEGMENT_PER_CALL
#define DEEP 10000
#else
#define DEEP 100000
#endif

static async int deep_recursion(int argc, char **argv)
{
        long depth = MORI_LINKED ? DEEP : 300;
        Async(long) waiting = start(deep, depth, 1), other;

        (void)argc;
        (void)argv;
        EXPECT_EQ(await deep(depth, 0), depth);
        other = start(deep, depth, 1);
        EXPECT_EQ(await deep(depth, 1), depth);
        EXPECT_EQ(join(waiting), depth);
        EXPECT_EQ(join(other), depth);
        return 0;
}

START_TEST(recursion_goes_deep)
{
        ck_assert_int_eq(run(deep_recursion), 0);
        assert_nothing_left();
}
END_TEST

/* One more call than the segment holds, again and again, at every fill of a segment. */
static async __attribute__((noinline)) long leaf(long x)
{
        volatile char room[40];

        room[x & 7] = (char)x;
        EXPECT(room[x & 7] == (char)x);
        return x + 1;
}

static async __attribute__((noinline)) long boundary(int depth, int loops)
{
        volatile char room[24];
        long x = 0;

        room[0] = (char)depth;
        for (int i = 0; i < loops; i++)
                x = await leaf(x);
        EXPECT_EQ(x, loops);
        if (depth > 0)
                x += await boundary(depth - 1, loops);
        EXPECT(room[0] == (char)depth);
        return x;
}

static async int boundaries(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        EXPECT_EQ(await boundary(200, 200), 201 * 200);
        for (int depth = 0; depth < 60; depth++) {
                Async(long) a = start(boundary, depth, 50);

                EXPECT_EQ(join(a), (depth + 1) * 50);
        }
        return 0;
}

START_TEST(calls_cross_segments_in_loops)
{
        ck_assert_int_eq(run(boundaries), 0);
        assert_nothing_left();
}
END_TEST

#define FRAME(bytes)                                                                               \
        static async __attribute__((noinline)) long frame_##bytes(int byte, int waits)             \
        {                                                                                          \
                volatile unsigned char room[bytes];                                                \
                                                                                                   \
                for (size_t i = 0; i < bytes; i += 64)                                             \
                        room[i] = (unsigned char)byte;                                             \
                room[bytes - 1] = (unsigned char)byte;                                             \
                if (waits)                                                                         \
                        EXPECT(await mori_sleep(MORI_MS(1)) == 0);                                 \
                for (size_t i = 0; i < bytes; i += 64)                                             \
                        EXPECT(room[i] == (unsigned char)byte);                                    \
                return room[bytes - 1] == (unsigned char)byte ? bytes : 0;                         \
        }
FRAME(100)
FRAME(500)
FRAME(1000)
FRAME(4000)
FRAME(8000)
FRAME(8192)
FRAME(10000)
FRAME(40000)
#if MORI_LINKED
FRAME(65200)
FRAME(65300)
FRAME(65400)
FRAME(65536)
FRAME(131072)
FRAME(500000)
FRAME(1048000)
FRAME(1048576)
#endif

#define FRAME_BOTH(bytes)                                                                          \
        do {                                                                                       \
                Async(long) a = start(frame_##bytes, 1, 0);                                        \
                Async(long) b = start(frame_##bytes, 2, 1);                                        \
                Async(long) c = start(frame_##bytes, 3, 1);                                        \
                                                                                                   \
                EXPECT_EQ(await frame_##bytes(4, 0), bytes);                                       \
                EXPECT_EQ(await frame_##bytes(5, 1), bytes);                                       \
                EXPECT_EQ(join(a), bytes);                                                         \
                EXPECT_EQ(join(b), bytes);                                                         \
                EXPECT_EQ(join(c), bytes);                                                         \
        } while (0)

static async int frames(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        for (int i = 0; i < 3; i++) {
                FRAME_BOTH(100);
                FRAME_BOTH(500);
                FRAME_BOTH(1000);
                FRAME_BOTH(4000);
                FRAME_BOTH(8000);
                FRAME_BOTH(8192);
                FRAME_BOTH(10000);
                FRAME_BOTH(40000);
#if MORI_LINKED
                FRAME_BOTH(65200);
                FRAME_BOTH(65300);
                FRAME_BOTH(65400);
                FRAME_BOTH(65536);
                FRAME_BOTH(131072);
                FRAME_BOTH(500000);
                FRAME_BOTH(1048000);
#endif
        }
        return 0;
}

START_TEST(frames_of_every_size_fit)
{
        ck_assert_int_eq(run(frames), 0);
        assert_nothing_left();
}
END_TEST

#if MORI_LINKED
static async int frame_awaited(int argc, char **argv)
{
        (void)argv;
        return (int)await frame_1048576(argc, 0);
}

static async int frame_started(int argc, char **argv)
{
        Async(long) a = start(frame_1048576, argc, 0);

        (void)argv;
        return (int)join(a);
}

START_TEST(frame_over_the_limit_abandons)
{
        ck_assert_int_eq(run(frame_awaited), 70);
        ck_assert_reported("no stack for ");
        ck_assert_reported("a frame of 1 MiB");
        assert_nothing_left();
        ck_assert_int_eq(run(frame_started), 70);
        ck_assert_reported("a frame of 1 MiB");
        assert_nothing_left();
}
END_TEST

/* A large frame is no larger than its segment, however often one comes and goes. */
static async int frames_again_and_again(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        for (int i = 0; i < 1100000; i++) {
                Async(long) a = start(frame_10000, i & 127, 0);

                EXPECT_EQ(join(a), 10000);
        }
        return 0;
}

START_TEST(large_frames_use_the_same_memory_again)
{
        ck_assert_int_eq(run(frames_again_and_again), 0);
        assert_nothing_left();
}
END_TEST
#endif

/*
 * Segments, and pieces that are none, come and go through the same lists: whatever one was before,
 * as a first segment it keeps its frames off its control block.
 */
#define FIRST(bytes)                                                                               \
        static async __attribute__((noinline)) long first_##bytes(int depth, long causality)       \
        {                                                                                          \
                volatile char room[bytes];                                                         \
                                                                                                   \
                room[0] = room[bytes - 1] = (char)depth;                                           \
                mori_causality_set((uint64_t)causality);                                           \
                EXPECT(await mori_sleep(MORI_US(depth)) == 0);                                     \
                EXPECT_EQ(await boundary(depth, 1), depth + 1);                                    \
                EXPECT(await mori_yield() == 0);                                                   \
                EXPECT_EQ(await boundary(depth, 2), 2 * depth + 2);                                \
                EXPECT(room[0] == (char)depth && room[bytes - 1] == (char)depth);                  \
                EXPECT_EQ(mori_causality(), causality);                                            \
                return causality;                                                                  \
        }
FIRST(8)
FIRST(40)
FIRST(72)
FIRST(104)
FIRST(136)
FIRST(152)
FIRST(168)
FIRST(184)
FIRST(200)
FIRST(232)
FIRST(264)
FIRST(296)

static async int first_segments(int argc, char **argv)
{
        typedef async long first(int depth, long causality);
        static first *const all[] = {first_8,   first_40,  first_72,  first_104,
                                     first_136, first_152, first_168, first_184,
                                     first_200, first_232, first_264, first_296};
        Async(long) running[40];

        (void)argc;
        (void)argv;
        for (long round = 0; round < 600; round++) {
                for (long i = 0; i < 40; i++)
                        running[i] = start(all[(round * 7 + i * i) % 12], (int)((round + i) % 9),
                                           round * 40 + i + 1);
                for (long i = 0; i < 40; i++)
                        EXPECT_EQ(join(running[(i * 7 + round) % 40]),
                                  round * 40 + (i * 7 + round) % 40 + 1);
        }
        return 0;
}

START_TEST(first_segments_keep_their_control_blocks)
{
        ck_assert_int_eq(run(first_segments), 0);
        assert_nothing_left();
}
END_TEST

/* ---- Starts within starts */

static async __attribute__((noinline)) long nested(int depth, int waits)
{
        Async(long) a;

        if (depth == 0) {
                if (waits)
                        EXPECT(await mori_sleep(MORI_MS(1)) == 0);
                return 0;
        }
        a = start(nested, depth - 1, waits);
        return join(a) + 1;
}

static async int nested_starts(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        EXPECT_EQ(await nested(1000, 0), 1000);
        EXPECT_EQ(await nested(1000, 1), 1000);
        EXPECT_EQ(await nested(TEST_MANY(20000), 1), TEST_MANY(20000));
        return 0;
}

START_TEST(starts_nest_deeply)
{
        ck_assert_int_eq(run(nested_starts), 0);
        assert_nothing_left();
}
END_TEST

static async __attribute__((noinline)) long nested_forever(long depth)
{
        Async(long) a = start(nested_forever, depth + 1);

        return join(a) + 1;
}

static async int nested_too_deeply(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        return (int)await nested_forever(0);
}

START_TEST(starts_that_nest_without_end_abandon)
{
        if (TEST_MANY(1000000) != 1000000)
                return; /* ThreadSanitizer ends first */
        ck_assert_int_eq(run(nested_too_deeply), 70);
        ck_assert_reported("too many starts within starts");
        assert_nothing_left();
}
END_TEST

/*
 * The classical stack may be smaller than usual: that of a thread, or of a program under `ulimit
 * -s`.
 */
static void nest_in_thread(void *argument)
{
        *(int *)argument = run(nested_too_deeply);
}

START_TEST(starts_nest_as_deeply_as_the_thread_allows)
{
        struct platform_thread *thread;
        int status = -1;

        if (TEST_MANY(1000000) != 1000000)
                return;
        ck_assert_int_eq(platform_thread_new(nest_in_thread, &status, "small", 1 << 20, &thread),
                         0);
        platform_thread_join(thread);
        ck_assert_int_eq(status, 70);
        ck_assert_reported("too many starts within starts");
}
END_TEST

static async int many_starts(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        for (int i = 0; i < 1000000; i++) {
                Async(int) a = start(f_int, i, 1);

                EXPECT_EQ(join(a), i + 1);
        }
        return 0;
}

START_TEST(a_million_starts_do_not_grow)
{
        ck_assert_int_eq(run(many_starts), 0);
        assert_nothing_left();
}
END_TEST

#if MORI_LINKED
/*
 * What came back in any order leaves in the order of addresses again, but for what the lookaside
 * has: so that whoever starts many walks through memory forwards.
 */
#define ORDERED 20000

static async __attribute__((noinline)) int waits_once(int x)
{
        await mori_yield();
        return x;
}

static async int starts_in_order(int argc, char **argv)
{
        Async(int) *started = malloc(ORDERED * sizeof *started);
        int round, i, ascending;

        (void)argc;
        (void)argv;
        for (round = 0; round < 3; round++) {
                ascending = 0;
                for (i = 0; i < ORDERED; i++)
                        started[i] = start(waits_once, i);
                for (i = 0; i + 1 < ORDERED; i++)
                        ascending += (uint32_t)MORI_ACTIVITY(started[i]).word <
                                     (uint32_t)MORI_ACTIVITY(started[i + 1]).word;
                EXPECT(ascending > ORDERED / 4 * 3);
                for (i = 0; i < ORDERED; i++) {
                        int n = (int)((int64_t)i * 7919 % ORDERED);

                        EXPECT_EQ(join(started[n]), n);
                }
        }
        free(started);
        return 0;
}

START_TEST(segments_leave_in_the_order_of_addresses)
{
        ck_assert_int_eq(run(starts_in_order), 0);
        assert_nothing_left();
}
END_TEST
#endif

TEST_MAIN("stack/switch", TEST(integers_arrive_and_return), TEST(floats_arrive_and_return),
          TEST(structs_return_by_value), TEST(stack_arguments_arrive), TEST(void_is_a_result),
          TEST(variadic_functions_start_and_wait), TEST(registers_survive_waits_and_starts),
          TEST(stacks_are_aligned), TEST(sync_calls_go_through_gates), TEST(recursion_goes_deep),
          TEST(calls_cross_segments_in_loops), TEST(frames_of_every_size_fit),
#if MORI_LINKED
          TEST(frame_over_the_limit_abandons), TEST(large_frames_use_the_same_memory_again),
          TEST(segments_leave_in_the_order_of_addresses),
#endif
          TEST(a_million_starts_do_not_grow), TEST(first_segments_keep_their_control_blocks),
          TEST(starts_nest_deeply), TEST(starts_that_nest_without_end_abandon),
          TEST(starts_nest_as_deeply_as_the_thread_allows))
