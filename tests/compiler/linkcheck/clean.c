/* SPDX-License-Identifier: MIT */
/* A recursion, and nothing that may block. */
#include <stdio.h>
#include <string.h>

#include <mori/keywords.h>

static int even(unsigned x);

static int odd(unsigned x)
{
        return x ? even(x - 1) : 0;
}

static int even(unsigned x)
{
        return x ? odd(x - 1) : 1;
}

async int counts(unsigned x, char *text)
{
        snprintf(text, 10, "%u", x);
        return even(x) + (int)strlen(text);
}
