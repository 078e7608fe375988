/* SPDX-License-Identifier: MIT */
/* Before a program's source: the processes that it starts are begun in domains of their own. */
#pragma once

#include <mori/domain.h>

#define mori_process_start(...) MORI_AWAIT mori_domain_start(__VA_ARGS__)
