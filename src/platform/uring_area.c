/* SPDX-License-Identifier: MIT */
/*
 * Areas (area.h) as registered buffers of io_uring: READ_FIXED, WRITE_FIXED, and SEND_ZC with
 * FIXED_BUF.
 *
 * A ring has a table of its own, and only the thread that made it may change it. So each engine
 * registers an area when it first meets an operation in it, under the area's number, and remembers
 * the generation; and takes out what was retired in its next wait. Whoever retires an area wakes
 * the engines.
 *
 *      not here --an operation names it: area_enter()--> here, with its generation
 *         ^  |                                             |
 *         |  +--- the kernel refuses: for some operations --+   it was retired: uring_areas_sweep()
 *         +-------------------------------------------------+
 *
 * Invariants.
 *  (1) A request names an area here only while its generation is the table's; the operation keeps
 *      it so until its completion. An area that was retired is therefore named by no request, and
 *      the pages that the kernel still has of it are nobody's.
 *  (2) That it could not be done with a registered area is never an error: the request is one for
 *      plain memory then. So it is while another thread drives the engine, for areas that are not
 *      here yet.
 *  (3) The kernel pins and counts the pages when an area is registered (RLIMIT_MEMLOCK), and takes
 *      time for each. Where it refuses, the next 64 operations there do without, then the next 128,
 *      and so on up to 65536.
 */
#include <errno.h>
#include <string.h>

#include "platform/area.h"
#include "platform/map.h"
#include "platform/uring_internal.h"

#define REST_FIRST 64u
#define REST_MAX   65536u

struct uring_areas {
        uint32_t retired; /* as many, when those here were last looked at */
        struct uring_area {
                uint32_t generation; /* 0: not here */
                uint32_t skip, rest; /* operations that do without; the next time it is refused */
        } at[PLATFORM_AREAS_MAX];
};

static void report_limit(int error)
{
        static uint32_t reported;

        if (error == -ENOMEM && !__atomic_exchange_n(&reported, 1, __ATOMIC_RELAXED))
                base_report("mori: registered buffers: the kernel has refused to pin more memory: "
                            "%llu bytes may be locked (RLIMIT_MEMLOCK); to have more: ulimit -l. "
                            "Transfers go on without",
                            (unsigned long long)platform_map_lock_limit());
}

/* 0, or a negative errno. With an address of NULL the number is nobody's. */
static int area_set(struct uring *uring, uint32_t index, const struct iovec *area)
{
        int count = io_uring_register_buffers_update_tag(&uring->ring, index, area, NULL, 1);

        return count < 0 ? count : count == 1 ? 0 : -EINVAL;
}

/* The ring's table, empty. False where there can be none. */
static bool table_make(struct uring *uring)
{
        static const struct iovec none[PLATFORM_AREAS_MAX];

        if (uring->areas_refused)
                return false;
        uring->areas = calloc(1, sizeof(*uring->areas));
        if (uring->areas != NULL &&
            io_uring_register_buffers(&uring->ring, none, PLATFORM_AREAS_MAX) == 0) {
                uring->areas->retired = platform_areas_retired();
                return true;
        }
        free(uring->areas);
        uring->areas = NULL;
        uring->areas_refused = true;
        return false;
}

static bool area_enter(struct uring *uring, uint32_t index, const struct iovec *area)
{
        struct uring_area *here;
        int error;

        if (uring->lent_ask != NULL || (uring->areas == NULL && !table_make(uring)))
                return false;
        uring_areas_sweep(uring);
        here = &uring->areas->at[index];
        if (here->skip > 0) {
                here->skip--;
                return false;
        }
        error = here->generation != 0 ? -EBUSY : area_set(uring, index, area);
        if (error < 0) {
                report_limit(error);
                here->rest = here->rest == 0 ? REST_FIRST : here->rest * 2;
                if (here->rest > REST_MAX)
                        here->rest = REST_MAX;
                here->skip = here->rest;
                return false;
        }
        *here = (struct uring_area){.generation = platform_area_generation(index + 1)};
        platform_area_held(index + 1, true);
        return true;
}

static bool is_here(const struct uring *uring, uint32_t index)
{
        return uring->areas != NULL &&
               uring->areas->at[index].generation == platform_area_generation(index + 1);
}

void uring_area_issue(struct uring *uring, struct platform_op *op, struct io_uring_sqe *sqe)
{
        uint32_t index = op->mask - 1;
        struct iovec area;

        op_flags_clear(op, OP_FIXED);
        if (op_state(op)->flags & OP_PLAIN ||
            !platform_area_has(op->mask, op->address, op->length, &area) ||
            (!is_here(uring, index) && !area_enter(uring, index, &area)))
                return;
        op_state(op)->flags |= OP_FIXED;
        sqe->buf_index = (uint16_t)index;
        if (op->code == PLATFORM_SEND)
                sqe->ioprio |= IORING_RECVSEND_FIXED_BUF;
        else
                sqe->opcode = op->code == PLATFORM_READ ? IORING_OP_READ_FIXED
                                                        : IORING_OP_WRITE_FIXED;
}

bool uring_area_failed(struct platform_op *op, int32_t result)
{
        if (!(op_state(op)->flags & OP_FIXED) ||
            (result != -EFAULT && result != -EINVAL && result != -EOPNOTSUPP))
                return false;
        op_flags_clear(op, OP_FIXED);
        op_state(op)->flags |= OP_PLAIN;
        return true;
}

void uring_areas_sweep(struct uring *uring)
{
        static const struct iovec nobody;
        struct uring_areas *areas = uring->areas;
        uint32_t retired = platform_areas_retired();

        if (retired == areas->retired || uring->lent_ask != NULL)
                return;
        areas->retired = retired;
        for (uint32_t i = 0; i < PLATFORM_AREAS_MAX; i++) {
                struct uring_area *here = &areas->at[i];

                if (here->generation == 0 || is_here(uring, i)) {
                        here->skip = 0; /* there is more room now */
                } else if (area_set(uring, i, &nobody) == 0) {
                        *here = (struct uring_area){0};
                        platform_area_held(i + 1, false);
                } else {
                        areas->retired = retired - 1; /* in the next wait */
                }
        }
}

void uring_areas_free(struct uring *uring)
{
        if (uring->areas == NULL)
                return;
        /* At once; with the ring it would be some time after it was closed. */
        (void)io_uring_unregister_buffers(&uring->ring);
        for (uint32_t i = 0; i < PLATFORM_AREAS_MAX; i++)
                if (uring->areas->at[i].generation != 0)
                        platform_area_held(i + 1, false);
        free(uring->areas);
        uring->areas = NULL;
}
