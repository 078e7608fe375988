/* SPDX-License-Identifier: MIT */
/* The sync part of the program that mori-linkcheck is tested with. */
#ifndef LOG_H
#define LOG_H

int log_line(int x);
int log_vouched(int x);
int log_compare(const void *left, const void *right);
int log_attribute(void);
int log_count(void);
int __attribute__((mori_thread_safe)) log_guarded(void);

#endif
