/* SPDX-License-Identifier: MIT */
/* What services have in common: each can be the main of a process, and a program of a system. */
#pragma once

#include <mori/service.h>

#include <stdbool.h>
#include <string.h>

/* Exports to the holder of the process; the reference is spent where it is 0. */
static inline int export_served(mori_ref served)
{
        int error = mori_export(served);

        if (error == 0)
                mori_ref_drop(served);
        return error;
}

/*
 * The program of a service: an entry as MORI_PROGRAM() has it, under the name by which manifests
 * know it.
 */
#define SERVICE_PROGRAM(service, entry)                                                            \
        static MORI_ASYNC int service##_program_run(const void *has)                               \
        {                                                                                          \
                return MORI_AWAIT entry((const struct builtin_##service##_capabilities *)has);     \
        }                                                                                          \
        const struct mori_program mori_service_program_##service = {                               \
                .name = #service,                                                                  \
                .schema = &builtin_##service##_program_schema,                                     \
                .run = service##_program_run,                                                      \
        }
