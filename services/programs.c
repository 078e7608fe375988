/* SPDX-License-Identifier: MIT */
#include <mori/service.h>

#include <stddef.h>

const struct mori_program *const mori_service_programs[] = {
        &mori_service_program_clock,    &mori_service_program_console, &mori_service_program_files,
        &mori_service_program_listener, &mori_service_program_random,  NULL,
};
