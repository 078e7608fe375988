/* SPDX-License-Identifier: MIT */
/*
 * Several activities as one: all of them, the first that ends, the first that succeeds, each.
 *
 *         Async(int) both[] = {start(fetch, here, &a), start(fetch, there, &b)};
 *
 *         attempt(await mori_all(both, 2));
 *
 * Rules.
 *   (1) They take handles of functions that return an int, which fails below 0, and spend them:
 *       when such a call has returned every one of the activities has ended and is joined, also
 *       where the call was cancelled or its deadline has passed: then it cancels them, and answers
 *       -ECANCELED or -ETIMEDOUT; so, too, with -EDEADLK, where none of their ends can come before
 *       this activity goes on (lock.h, rule 8). (To wait for an end without joining: mori_wait()
 *       and the like.)
 *   (2) Those that are not needed any more are cancelled. What they answer then is nobody's
 *       business; but a failure that came before that is reported, where the call answers another.
 *   (3) Where several ended in the same turn, the first that did counts; of those that had ended
 *       when the call was made, the first in the array.
 *   (4) The array stays where it is until the call has returned. Nothing is allocated. A handle
 *       that is not to be joined, or twice in the array, abandons the process.
 */
#pragma once

#include <mori/activity.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The handle of an activity that answers an int: `Async(int)`. */
typedef MORI_HANDLE(int) mori_int_handle;

/*
 * All must succeed: waits for every one, or for the first failure, which is the answer; the others
 * are cancelled then. 0 where none has failed, and for a count of 0.
 */
MORI_API MORI_ASYNC int mori_all(const mori_int_handle *activities, unsigned count) MORI_MUST_CHECK;

/*
 * A race: waits for the first to end, whatever it answers, which is the answer; the others are
 * cancelled. *ret_index is which it was, where that is not NULL, and (unsigned)-1 where the race
 * itself failed: -ECANCELED, -ETIMEDOUT, or -EINVAL for a count of 0.
 */
MORI_API MORI_ASYNC int mori_race(const mori_int_handle *activities, unsigned count,
                                  unsigned *ret_index) MORI_MUST_CHECK;

/*
 * One must succeed: waits for the first that answers 0 or more, which is the answer; the others are
 * cancelled. Where all have failed the answer is the failure of the last to fail. *ret_index as
 * above.
 */
MORI_API MORI_ASYNC int mori_any(const mori_int_handle *activities, unsigned count,
                                 unsigned *ret_index) MORI_MUST_CHECK;

/*
 * Each counts: waits for all and writes what they answered, failures too, into `results`, which has
 * room for `count`. Returns how many have failed; or, where it was cancelled, -ECANCELED or
 * -ETIMEDOUT, and then `results` are written as well.
 */
MORI_API MORI_ASYNC int mori_collect(const mori_int_handle *activities, unsigned count,
                                     int *results) MORI_MUST_CHECK;

#ifdef __cplusplus
}
#endif
