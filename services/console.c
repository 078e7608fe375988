/* SPDX-License-Identifier: MIT */
#include <mori/heap.h>
#include <mori/keywords.h>
#include <mori/service.h>

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

async int mori_service_console(void *argument)
{
        static const struct service_console_server functions = {
                .print = serve_print,
                .complain = serve_complain,
        };
        service_console served;

        (void)argument;
        attempt(service_console_new(&functions, NULL, NULL, &served));
        attempt(mori_export(served.ref));
        service_console_drop(served);
        return await mori_sleep(MORI_FOREVER);
}

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
