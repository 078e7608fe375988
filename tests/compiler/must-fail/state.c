/* SPDX-License-Identifier: MIT */
/* What belongs to a thread, or to nobody, is not for async code. */
#include <errno.h>
#include <fenv.h>
#include <xmmintrin.h>

#include <mori/keywords.h>

static int counter;
static const int constant = 1;
static const int constants[] = {1, 2};
static int array[4];
extern int elsewhere;
_Thread_local int per_thread;
static int shared __attribute__((mori_shared));
static struct {
        int member;
} record;
struct pair {
        int left, right;
};
int also_sync(const void *pointer);

async int reads_errno(void)
{
        return errno; /* error: 'errno' in async code */
}

async void writes_errno(void)
{
        errno = 0; /* error: 'errno' in async code */
}

async int uses_thread_local(void)
{
        return per_thread; /* error: thread-local variable 'per_thread' in async code */
}

async int uses_statics(int x)
{
        static int local;

        int initialised = counter; /* error: mutable static variable 'counter' in async code */
        int also_initialised =
                array[0] + x; /* error: mutable static variable 'array' in async code */
        static const int *const pointer = &constant;

        x += initialised + also_initialised + *pointer;
        counter++;                     /* error: mutable static variable 'counter' in async code */
        array[x] = 1;                  /* error: mutable static variable 'array' in async code */
        /* error: mutable static variable 'elsewhere' in async code */
        x += elsewhere;
        x += local;                    /* error: mutable static variable 'local' in async code */
        x += also_sync(&record);       /* error: mutable static variable 'record' in async code */
        /* error: mutable static variable 'record' in async code */
        x += record.member + record.member;
        /* error: mutable static variable 'counter' in async code */
        x += also_sync(&(struct pair){x, counter});
        /* error: mutable static variable 'counter' in async code */
        struct pair pair = {.right = counter};
        int again = counter; /* error: mutable static variable 'counter' in async code */
        x += pair.right + again;
        return x + constant + constants[1] + shared;
}

/* The rounding mode is the worker's. */
async int rounds(int x)
{
        fenv_t environment;

        fesetround(FE_UPWARD); /* error: 'fesetround' in async code: the rounding mode belongs to */
        feholdexcept(&environment); /* error: 'feholdexcept' in async code */
        _mm_setcsr(0x1f80); /* error: '_mm_setcsr' in async code */
        __builtin_ia32_ldmxcsr(0x1f80); /* error: '__builtin_ia32_ldmxcsr' in async code */
        return x + fegetround();
}

int sync_may(void)
{
        fesetround(FE_TONEAREST);
        return errno + per_thread + counter++ + array[0] + elsewhere + record.member;
}
