/* SPDX-License-Identifier: MIT */
/*
 * To flush a reference: a call like any other, on the way that all calls over it take, and so
 * behind those that were made before. It is of an interface that no object has, and is answered
 * where it is delivered (flush_is_asked()), in front of the object's queue.
 */
#include "object/object.h"

/* Nobody serves it. */
static MORI_ASYNC int flush_serve(const void *server, void *self, void *call)
{
        (void)server;
        (void)self;
        (void)call;
        return 0;
}

static const struct mori_method flush = {
        .name = "flush",
        .interface = FLUSH_INTERFACE,
        .flags = MORI_METHOD_REENTRANT,
        .call_bytes = sizeof(struct mori_call_head),
        .serve = flush_serve,
};

MORI_ASYNC int mori_ref_flush(mori_ref ref)
{
        struct mori_call_head call = {NULL, NULL};

        if (SEED_BUG(SEED_BUG_FLUSH_EARLY))
                return 0;
        return MORI_AWAIT mori_object_call(ref, &flush, &call);
}
