/* SPDX-License-Identifier: MIT */
/* What a combination of activities waits for: see combine.c. */
#pragma once

#include <mori/combine.h>

#include "stack/stack.h"

enum ends_mode { ENDS_ALL, ENDS_RACE, ENDS_ANY, ENDS_EACH };

struct ends {
        const mori_int_handle *handles;
        unsigned count, remaining;
        enum ends_mode mode;
        struct activity *deciding; /* whose end decided it */
};
