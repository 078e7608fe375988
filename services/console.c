/* SPDX-License-Identifier: MIT */
#include "service.h"

#include <mori/heap.h>
#include <mori/keywords.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static async int serve_print(void *self, struct service_console_print_call *call)
{
        (void)self;
        return await mori_file_write_all(mori_stdout(), call->text.bytes, call->text.count);
}

static async int serve_complain(void *self, struct service_console_complain_call *call)
{
        (void)self;
        return await mori_file_write_all(mori_stderr(), call->text.bytes, call->text.count);
}

static const struct service_console_server functions = {
        .print = serve_print,
        .complain = serve_complain,
};

static int new_console(service_console *ret_console)
{
        return service_console_new(&functions, NULL, NULL, ret_console);
}

async int mori_service_console(void *argument)
{
        service_console served;

        (void)argument;
        attempt(new_console(&served));
        attempt(export_served(served.ref));
        return await mori_sleep(MORI_FOREVER);
}

static async int console_main(const struct builtin_console_capabilities *has)
{
        struct builtin_console_exports exports;

        attempt(new_console(&exports.console));
        attempt(builtin_console_export(has, &exports));
        service_console_drop(exports.console);
        return await mori_sleep(MORI_FOREVER);
}
SERVICE_PROGRAM(console, console_main);

/* ---- For who prints */

/* The text, which is the caller's to be freed; or NULL, and why. */
static char *text_new(const char *format, va_list arguments, int *ret_error)
{
        va_list again;
        int length;
        char *text;

        va_copy(again, arguments);
        length = vsnprintf(NULL, 0, format, again);
        va_end(again);
        *ret_error = length < 0 ? -EINVAL : length > MORI_SERVICE_PRINT_MAX ? -EMSGSIZE : -ENOMEM;
        text = *ret_error == -ENOMEM ? mori_alloc_try((size_t)length + 1) : NULL;
        if (text != NULL)
                vsnprintf(text, (size_t)length + 1, format, arguments);
        return text;
}

async int mori_service_print(service_console console, const char *format, ...)
{
        va_list arguments;
        int error = -EFAULT;
        char *text = NULL;

        if (format != NULL) {
                va_start(arguments, format);
                text = text_new(format, arguments, &error);
                va_end(arguments);
        }
        if (text == NULL)
                return error;
        error = await service_console_print(console, text);
        mori_free(text);
        return error;
}
