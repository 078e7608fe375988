/* SPDX-License-Identifier: MIT */
/*
 * What is written by bench/encode.c and by its peer in C++ (bench/peers/encode.cc): the same.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define ENCODE_CARS    40
#define ENCODE_RESULTS 60
#define ENCODE_DEPTH   6 /* of the expression: 2^6 operations */

/* The marks of a generator of numbers (L'Ecuyer's MLCG). */
static inline uint32_t encode_random(uint32_t *state)
{
        *state = (uint32_t)((uint64_t)*state * 48271 % 2147483647);
        return *state;
}

static const char *const encode_makes[] = {"Toyota", "GM", "Ford", "Honda", "Tesla"};
static const char *const encode_models[] = {"Camry", "Prius", "Volt", "Accord", "Leaf", "Model S"};
static const char encode_url[] = "http://example.com/some/page/of/a/site";
static const char encode_snippet[] =
        "a piece of a page, of a length that is usual for what a search engine shows of it, with "
        "the word that was looked for";
