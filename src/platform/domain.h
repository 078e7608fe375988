/* SPDX-License-Identifier: MIT */
/*
 * What holds for the whole OS process while a program runs in it: handlers of signals run on
 * alternate stacks (handler.c), and nobody forks (fork.c). docs/platform.md says why, and what is
 * not covered.
 */
#pragma once

/* A program begins, and ends. Not nested. */
void platform_domain_begin(void);
void platform_domain_end(void);

/* ---- What the files of the platform ask of one another */

/* Every handler that is installed already runs on the alternate stack from now on. */
void handlers_change_all(void);
void fork_refuse(void);
void fork_allow(void);
/* Whether a call that forks is to be refused: then errno is set, and it has been reported once. */
int fork_is_refused(const char *call);
