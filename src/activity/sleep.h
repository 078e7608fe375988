/* SPDX-License-Identifier: MIT */
/* An activity that sleeps: see sleep.c. */
#pragma once

#include "turn/process.h"
#include "turn/timer.h"

struct sleeper {
        struct owned owned;
        struct activity *activity;
        _Alignas(16) struct timer timer;
};
