/* SPDX-License-Identifier: MIT */
/*
 * Lanes: one thread puts records, one takes them, through rings that are full after two or three.
 * Each waits where it can do nothing, until the other tells it, as bells do: told twice is told
 * once. A record says its number, in plain memory.
 */
#include "model.h"
#include "scenarios.h"

/* The model has no other memory than malloc's. */
#define aligned_alloc(alignment, bytes) malloc(bytes)

/* The subject, or the same with a seeded bug. */
#ifndef SUBJECT
#define SUBJECT "lane/lane.c"
#endif
#include SUBJECT
#include "lane/shared.c"

/* Two of them fill a ring of LANE_BYTES_FIRST. */
#define RECORD_BYTES 400u

static struct lane_out out;
static struct lane_in in;
/* What the one is told by the other. */
static uint32_t told_taker, told_putter;
static unsigned records, together; /* how many there are, and how many are published at once */

static void tell(uint32_t *told)
{
        atomic_exchange(told, 1);
}

static bool is_told(const void *told)
{
        return *(const uint32_t *)told != 0;
}

static void wait_for(uint32_t *told)
{
        explore_step(told, true, true, is_told, told, "waits until it is told");
        atomic_exchange(told, 0); /* then, and before it looks */
}

static bool put(unsigned number)
{
        uint32_t *record = lane_reserve(&out, RECORD_BYTES);

        if (record == NULL)
                return false;
        *record = number;
        lane_commit(&out, RECORD_BYTES);
        return true;
}

static void publish(void)
{
        if (lane_publish(&out))
                tell(&told_taker);
}

static void puts_all(void *argument)
{
        (void)argument;
        for (unsigned i = 0; i < records; i++) {
                while (!put(i)) {
                        publish();
                        wait_for(&told_putter);
                }
                if ((i + 1) % together == 0)
                        publish();
        }
        publish();
}

/* Gives the room back after each record, or when there is none more. */
static void takes(bool settles_each)
{
        unsigned number = 0;

        while (number < records) {
                const uint32_t *record;
                uint32_t bytes;

                while ((record = lane_next(&in, &bytes)) != NULL) {
                        EXPECT_ALWAYS(*record == number && bytes == RECORD_BYTES);
                        number++;
                        lane_taken(&in);
                        if (settles_each && lane_settle(&in))
                                tell(&told_putter);
                }
                if (lane_settle(&in))
                        tell(&told_putter);
                if (number < records)
                        wait_for(&told_taker);
        }
}

static void takes_one_by_one(void *argument)
{
        (void)argument;
        takes(true);
}

static void takes_all(void *argument)
{
        (void)argument;
        takes(false);
}

static void lane_run(uint32_t bytes_max, unsigned count, unsigned at_once,
                     void (*puts)(void *argument), void (*taker)(void *argument))
{
        struct explore_thread *threads[2];

        model_begin();
        told_taker = told_putter = 0;
        records = count;
        together = at_once;
        EXPECT_ALWAYS(lane_new(bytes_max, &out, &in) == 0);
        explore_begin();
        threads[0] = explore_thread("puts", puts, NULL, NULL);
        threads[1] = explore_thread("takes", taker, NULL, NULL);
        explore_join(threads[0]);
        explore_join(threads[1]);
        explore_end();
        EXPECT_ALWAYS(out.ring == in.ring && out.tail == in.head);
        lane_free(&in);
        EXPECT_ALWAYS(explore_allocated() == 0);
}

static void full(void)
{
        lane_run(LANE_BYTES_FIRST, 4, 1, puts_all, takes_one_by_one);
}

static void full_in_batches(void)
{
        lane_run(LANE_BYTES_FIRST, 5, 2, puts_all, takes_all);
}

static void grows(void)
{
        lane_run(2 * LANE_BYTES_FIRST, 4, 1, puts_all, takes_one_by_one);
}

static void grows_and_is_full(void)
{
        lane_run(2 * LANE_BYTES_FIRST, 7, 2, puts_all, takes_all);
}

/*
 * There was no memory for a larger ring when it was full, and then there is: who waits for room is
 * told all the same.
 */
static void puts_when_there_is_memory(void *argument)
{
        bool failed = false;

        (void)argument;
        for (unsigned i = 0; i < records; i++) {
                if (!put(i)) {
                        failed = true;
                        out.bytes_max = 2 * LANE_BYTES_FIRST;
                        EXPECT_ALWAYS(put(i));
                }
                publish();
        }
        if (failed)
                wait_for(&told_putter);
}

static void grows_late(void)
{
        lane_run(LANE_BYTES_FIRST, 4, 1, puts_when_there_is_memory, takes_all);
}

const struct explore_scenario explore_scenarios[] = {
        {"a full lane", NULL, full, true, 0, 0},
        {"a full lane in batches", NULL, full_in_batches, true, 0, 0},
        {"a ring is left", NULL, grows, true, 0, 0},
        {"rings are left, and the last is full", NULL, grows_and_is_full, true, 0, 0},
        {"a ring is left where room was wanted", NULL, grows_late, true, 0, 0},
        {NULL, NULL, NULL, false, 0, 0},
};
