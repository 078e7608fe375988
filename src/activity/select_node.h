/* SPDX-License-Identifier: MIT */
/* The record of a select's case, for select.c, and for who looks at what is waited for. */
#pragma once

#include "activity/receive.h"
#include "turn/process.h"
#include "turn/timer.h"

#include <mori/select.h>

/* A case that waits. Begins like a control block, as far as lists look (layout.h). */
struct select_node {
        struct activity list; /* state SELECT_NODE; link_next, link_previous; wait: the item */
        struct activity *activity;
        mori_case *cases;
        unsigned count, index;
        bool listed;
        struct owned owned;
        _Alignas(16) struct timer timer;
        struct operation *operation;
        struct receive_watch watch;
};

/* How many cases a select has that has armed them. */
unsigned select_count(const mori_case *cases);
