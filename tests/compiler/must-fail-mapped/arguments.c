/* SPDX-License-Identifier: MIT */
/*
 * A start on mapped stacks copies 256 bytes of stack arguments, and no compiler's part checks it.
 */
#include <mori/keywords.h>

struct words {
        long values[4];
};
struct fits {
        char bytes[256];
};
struct large {
        char bytes[257];
};
struct aligned {
        _Alignas(64) char bytes[64];
};

async int none(void);
async int takes_fits(struct fits x);
async int takes_large(struct large x);
async int takes_fits_and_more(struct fits x, int y);
async int takes_words(struct words a, struct words b, struct words c, struct words d,
                      struct words e, struct words f, struct words g, struct words h);
async int takes_nine(struct words a, struct words b, struct words c, struct words d, struct words e,
                     struct words f, struct words g, struct words h, char i);
async int takes_aligned(struct aligned x);
async int takes_twelve(int a, long b, double c, char d, __int128 e, long double f, int g, long h,
                       double i, char j, __int128 k, long double l);

async void starts(struct fits fits, struct large large, struct words w, struct aligned aligned)
{
        ignore(start(none));
        ignore(start(takes_fits, fits));
        ignore(start(takes_large, large)); /* error: the arguments of a start have at most 256 */
        /* error: the arguments of a start have at most 256 bytes */
        ignore(start(takes_fits_and_more, fits, 1));
        ignore(start(takes_words, w, w, w, w, w, w, w, w));
        /* error: the arguments of a start have at most 256 bytes */
        ignore(start(takes_nine, w, w, w, w, w, w, w, w, 'i'));
        /* error: an argument of a start is aligned to at most 32 bytes */
        ignore(start(takes_aligned, aligned));
        ignore(start(takes_twelve, 1, 2, 3, 'd', (__int128)5, 6.0L, 7, 8, 9, 'j', (__int128)1,
                     2.0L));
}
