/* SPDX-License-Identifier: MIT */
/* The inline half of the real waker, compiled as the subject is. */
#include "model.h"

#include "platform/waker.h"

bool model_waker_sleep(struct waker *waker)
{
        return waker_sleep(waker);
}

bool model_waker_rise(struct waker *waker)
{
        return waker_rise(waker);
}

bool model_waker_take(struct waker *waker)
{
        return waker_take(waker);
}
