/* SPDX-License-Identifier: MIT */
/* How values are passed: not every function can be started. */
#include <stdarg.h>

#include <mori/keywords.h>

struct packed {
        char tag;
        long value;
} __attribute__((packed));
struct extended {
        long double value;
};
struct plain {
        char tag[9];
};
struct large {
        long values[3];
};
struct aligned {
        _Alignas(32) long values[4];
};
typedef int broad __attribute__((vector_size(16)));

async struct packed returns_packed(int x);
async struct extended returns_extended(int x);
async long double returns_long_double(int x);
async struct plain returns_plain(int x);
async struct large returns_large(int x);
async _Complex double returns_complex(int x);
async _Complex long double returns_complex_long_double(int x);
async __int128 returns_wide(int x);
async broad returns_vector(int x);
async int variable(int count, ...);
async int variable_named(struct large on_stack, ...);
async int takes_large(struct large x);
async int takes_aligned(struct aligned x);
int takes_aligned_in_sync(struct aligned x);

async void results(void)
{
        /* error: a function that returns 'struct packed' in memory cannot be started */
        ignore(start(returns_packed, 1));
        /* error: a function that returns 'struct extended' in a register of the x87 */
        ignore(start(returns_extended, 1));
        /* error: a started function cannot return a long double */
        ignore(start(returns_long_double, 1));
        /* error: a started function returns at most 16 bytes */
        ignore(start(returns_large, 1));
        /* error: a started function returns at most 16 bytes */
        ignore(start(returns_complex_long_double, 1));
        join(start(returns_plain, 1));
        join(start(returns_complex, 1));
        join(start(returns_wide, 1));
        join(start(returns_vector, 1));
}

/* What is awaited may return what it likes. */
async long awaited(void)
{
        return (await returns_packed(1)).value + (long)(await returns_extended(1)).value +
               (long)await returns_long_double(1) + (await returns_large(1)).values[1];
}

async void arguments(struct large large, struct aligned aligned)
{
        ignore(start(variable, 5, 1, 2, 3, 4, 5));
        ignore(start(variable, 5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9));
        /* error: a function with a variable number of arguments cannot be started with arguments */
        ignore(start(variable, 6, 1, 2, 3, 4, 5, 6));
        ignore(start(variable, 1, 1.0L)); /* error: a variable number of arguments */
        ignore(start(variable, 1, large)); /* error: a variable number of arguments */
        ignore(start(variable_named, large)); /* error: a variable number of arguments */
        await variable(7, 1, 2, 3, 4, 5, 6, 7);
        await variable_named(large, 1, large);
        ignore(start(takes_large, large));
        /* error: an argument of type 'struct aligned' goes on the stack */
        ignore(start(takes_aligned, aligned));
        await takes_aligned(aligned); /* error: an argument of type 'struct aligned' goes on the */
        takes_aligned_in_sync(aligned); /* error: an argument of type 'struct aligned' goes on */
}
