/* SPDX-License-Identifier: MIT */
/* What a program of main.c explores: one file of a group defines it. */
#pragma once

#include "explorer.h"

/* Ends with one without a name. */
extern const struct explore_scenario explore_scenarios[];
