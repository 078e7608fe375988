/* SPDX-License-Identifier: MIT */
/* What readers from outside find: see root.c. */
#pragma once

/* Completes the record and shows it to reports. Before anything runs; once or many times. */
void root_prepare(void);
