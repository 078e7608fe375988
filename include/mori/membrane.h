/* SPDX-License-Identifier: MIT */
/*
 * Membranes: references to objects (object.h) that can be revoked.
 *
 * Nouns.
 *   membrane   stands between an inside and an outside, of whatever processes. Who has made it can
 *              revoke all that goes through it, at once and for good.
 *   wrapped    a reference that goes through a membrane: calls over it are passed on to what it
 *              stands for, and what they answer back.
 *
 *         attempt(mori_membrane_new(0, &membrane));
 *         attempt(mori_membrane_wrap(membrane, files.ref, &lent.ref));
 *         ...whoever has `lent` uses it...
 *         mori_membrane_revoke(membrane);
 *
 * Rules.
 *   (1) What comes through is wrapped by the same membrane: references among the results of calls,
 *       and among the parameters, which lead the other way. So all that somebody has got, or has
 *       lent, by way of a wrapped reference is revoked with it. One that passes back is what it was
 *       before it came through, and one that comes again is the same as before. Where only the
 *       first reference is to be revoked: MORI_MEMBRANE_SHALLOW.
 *   (2) Calls through a membrane are in order as others are (object.h, rule 1); so are those of
 *       references that are promised by calls through it. Those wait at the membrane until the
 *       promise has come.
 *   (3) From the revocation on, every call over what was wrapped answers -EKEYREVOKED. Calls that
 *       are under way answer that, too, at once; whether they were served is not known. They are
 *       cancelled on the other side. What they were lent, or were to be given, is let go.
 *   (4) A membrane belongs to the process that has made it, through which all of its calls go.
 *       Where that one ends, what was wrapped answers -ECONNRESET.
 *   (5) A wrapped reference is another one than what it stands for (mori_ref_same()).
 */
#pragma once

#include <mori/object.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A membrane: linear, revoked or dropped, once. What abandons for references does for these. */
typedef struct mori_membrane {
        uint64_t word;
} mori_membrane;

enum {
        MORI_MEMBRANE_SHALLOW = 1, /* references that come through are passed as they are */
};

/* Makes one. 0; -EINVAL for flags that there are not, -ENOMEM, -ENFILE. */
MORI_API int mori_membrane_new(unsigned flags, mori_membrane *ret_membrane) MORI_MUST_CHECK;
/*
 * Another reference to what `ref` leads to, through the membrane, for those outside. The caller
 * owns both. 0; -EBADF for MORI_NO_REF, -ENOMEM, -ENFILE.
 */
MORI_API int mori_membrane_wrap(mori_membrane membrane, mori_ref ref,
                                mori_ref *ret_ref) MORI_MUST_CHECK;
/* Revokes all that was wrapped. The membrane is spent. Does not wait. */
MORI_API void mori_membrane_revoke(mori_membrane membrane);
/* The membrane is spent: nobody revokes what was wrapped any more, and it goes on. */
MORI_API void mori_membrane_drop(mori_membrane membrane);

#ifdef __cplusplus
}
#endif
