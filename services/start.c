/* SPDX-License-Identifier: MIT */
#include <mori/keywords.h>
#include <mori/service.h>

async int mori_service_start(mori_process_main *main, const void *argument, size_t bytes,
                             const char *name, mori_process *ret_process, mori_ref *ret_ref)
{
        struct mori_process_options options = {.name = name, .flags = MORI_PROCESS_OWNED};
        mori_process process;
        int error;

        attempt(await mori_process_start(main, argument, bytes, &options, &process));
        error = mori_process_exported(process, ret_ref);
        if (error < 0) {
                (void)mori_process_kill(process);
                (void)mori_process_release(process);
                return error;
        }
        *ret_process = process;
        return 0;
}
