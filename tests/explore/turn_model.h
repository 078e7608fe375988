/* SPDX-License-Identifier: MIT */
/* What stands around src/turn in a scenario. */
#pragma once

#include "model.h"

struct process;

/* What an entry point, int (*)(void *), answers to have another turn when it is woken. */
#define MODEL_WAITS INT32_MIN

/* Called first in a scenario. */
void model_turns_begin(void);
/* The process's entry activity, which waits, has another turn. From where the process is loaded. */
void model_wake(struct process *process);
/* Lines that were reported. */
extern unsigned model_reports;
