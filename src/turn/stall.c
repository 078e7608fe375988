/* SPDX-License-Identifier: MIT */
/*
 * The stall watch. A worker writes two words that only it writes: `rounds`, which is odd while it
 * runs turns, and the count of its turns. The watch's thread wakes up every limit, and
 * where it finds the same odd round and the same turn as the last time, the turn has lasted for at
 * least one limit and at most two. The worker's meter then says what it did since: where it had the
 * CPU, or slept by itself, for half a limit or more, the watch says so (blame.h) and interrupts it,
 * and it reports that and its own stack, on its alternate signal stack, unless the same stack was
 * reported before (place.h). One that sleeps where no signal reaches it is reported by the watch,
 * without a stack. A worker that had to wait for a CPU, or was stopped, is not blamed: such turns
 * are counted.
 *
 * The interruption is a look (stall_look()), a signal. What is wanted of it stands in the worker's
 * `wants`: its stack, and that it gives the seat away (spare.h). One that the spare asks for has
 * the worker serve its engine.
 *
 *      watching --same round and turn--> stalled (reported once) --another turn--> watching
 *      watching --nothing ran for IDLE_LOOKS--> dozing: looks only every IDLE_FACTOR limits
 */
#include "turn/stall.h"

#include "base/atomic.h"
#include "base/base.h"
#include "platform/fault.h"
#include "platform/meter.h"
#include "platform/thread.h"
#include "platform/time.h"
#include "stack/stack.h"
#include "turn/blame.h"
#include "turn/place.h"
#include "turn/report.h"
#include "turn/seat.h"
#include "turn/situation.h"
#include "turn/spare.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define IDLE_LOOKS 50
#define IDLE_FACTOR 10
#define DEAF_LOOKS 10 /* a worker that sleeps for so many, and is still to be interrupted */

enum { WANT_REPORT = 1, WANT_SEAT = 2 };

struct stall {
        struct platform_thread *thread;
        struct seat *seat;
        uint64_t limit_ns;
        struct worker *worker;
        uint64_t count;
        uint64_t kept; /* turns whose worker was kept from a CPU, or stopped, for so long */
        uint32_t quit;
        bool quota_told;
        struct place deaf; /* turns that no signal has reached */
        /* of the seat's own worker and of the spare's, as they come: written before `worker` */
        struct watched {
                struct worker *worker;
                struct platform_meter meter;
                uint32_t reports;     /* 1: it looks whether it is to report, or does */
                char text[512];       /* of the report; the watch's while it is not asked for one */
                struct places places; /* the worker's */
        } watched[2];
};

/* A turn that the watch sees, since it has seen it for the first time. */
struct sight {
        struct worker *worker;
        uint32_t round;
        uint64_t turns;
        struct platform_meter_times first;
        uint64_t late; /* the watch was woken late: so long it had waited, in all, since */
        bool known;    /* `first` is */
        bool kept;     /* counted as such */
        unsigned deaf; /* looks since it was to be interrupted, and was not */
};

static struct watched *watched_by(struct stall *stall, const struct worker *worker)
{
        return &stall->watched[stall->watched[0].worker == worker ? 0 : 1];
}

static void tell(const char *text, const char *more)
{
        base_report("mori: a turn has kept the worker for longer than the limit: %s%s", text, more);
}

/* Reports the turn that this worker is in; counts it where the place is known. True: reported. */
static bool report(struct watched *watched, const struct activity *activity)
{
        struct place_found found;
        struct place *place;

        report_stack_find(&found);
        found.site = activity != NULL ? activity_start_site(activity) : NULL;
        place = places_add(&watched->places, &found);
        if (!place_is_new(place)) {
                place_tell(place);
                return false;
        }
        tell(watched->text, "");
        report_activity(activity);
        report_stack();
        return true;
}

void stall_look(void)
{
        struct worker *worker = worker_self();
        struct seat *seat = worker->seat;
        struct watched *watched;
        uint32_t wants;
        bool told = false;

        if (seat == NULL) /* it has just left */
                return;
        watched = seat->stall != NULL ? watched_by(seat->stall, worker) : NULL;
        if (watched != NULL)
                atomic_store_relaxed(&watched->reports, 1);
        wants = atomic_exchange(&worker->wants, 0);
        if (wants & WANT_REPORT)
                told = report(watched, worker->activity);
        if (watched != NULL)
                atomic_store_release(&watched->reports, 0);
        if (wants & WANT_SEAT)
                spare_offer(seat->spare);
        if (worker == seat->own)
                platform_io_serve(seat->io);
        if (told) /* last: it takes a while, and others can run by now */
                situation_report(worker->activity);
}

/* What the worker does, for a report. */
static void text_put(char *text, size_t bytes, const struct sight *sight, const struct blame *blame)
{
        if (sight->known)
                blame_tell(blame, text, bytes);
        else
                snprintf(text, bytes,
                         "what it does is not known: its files in /proc could not be opened");
}

/* It sleeps, and has not been interrupted yet: such a sleep is told by the watch. */
static void deaf(struct stall *stall, struct worker *worker, struct sight *sight,
                 const struct blame *blame)
{
        char text[512];
        uint32_t wants;

        if (++sight->deaf < DEAF_LOOKS)
                return;
        wants = atomic_exchange(&worker->wants, 0);
        if ((wants & WANT_SEAT) != 0)
                atomic_or(&worker->wants, (uint32_t)WANT_SEAT);
        if ((wants & WANT_REPORT) == 0)
                return;
        stall->deaf.count++;
        if (place_is_new(&stall->deaf)) {
                text_put(text, sizeof text, sight, blame);
                tell(text, "; its stack is not known, since no signal reaches it");
        } else {
                place_tell(&stall->deaf);
        }
}

/* The worker is stuck: blamed once for a turn, asked for the seat again and again. */
static void stuck(struct stall *stall, struct worker *worker, struct sight *sight,
                  const struct blame *blame, bool sleeps)
{
        struct watched *watched = watched_by(stall, worker);
        uint32_t wants = 0;

        if (worker->blamed_round == sight->round && worker->blamed_turns == sight->turns) {
                if (sleeps)
                        deaf(stall, worker, sight, blame);
        } else if ((atomic_load_acquire(&worker->wants) & WANT_REPORT) == 0 &&
                   atomic_load_acquire(&watched->reports) == 0) {
                worker->blamed_round = sight->round;
                worker->blamed_turns = sight->turns;
                text_put(watched->text, sizeof watched->text, sight, blame);
                wants = WANT_REPORT;
        }
        if (worker == stall->seat->own ? spare_prepare(stall->seat->spare)
                                       : spare_is_wanted_back(stall->seat->spare))
                wants |= WANT_SEAT;
        if (wants != 0) {
                atomic_or(&worker->wants, wants);
                platform_thread_look(worker->thread, stall_look);
        }
        if ((wants & WANT_REPORT) != 0) /* who reads it may rely on the report to come at once */
                atomic_add(&stall->count, 1);
}

/* What the kernel says of the worker; less where /proc does not tell, false then. */
static bool times_read(struct stall *stall, struct worker *worker,
                       struct platform_meter_times *ret_times)
{
        if (platform_meter_read(&watched_by(stall, worker)->meter, ret_times))
                return true;
        *ret_times = (struct platform_meter_times){
                .now_ns = platform_time_now(),
                .cpu_ns = platform_thread_cpu_time_id(worker->thread),
                .is_runnable = platform_thread_is_runnable(worker->thread),
        };
        return false;
}

/* The same turn as the last time. */
static void look_again(struct stall *stall, struct worker *worker, struct sight *sight)
{
        struct platform_meter_times now;
        struct blame blame;
        char text[512];

        sight->known = times_read(stall, worker, &now) && sight->known;
        blame_find(&sight->first, &now, sight->late, &blame);
        if (blame.cpu + blame.asleep >= stall->limit_ns / 2) {
                stuck(stall, worker, sight, &blame, !now.is_runnable);
                return;
        }
        if (!sight->kept) {
                sight->kept = true;
                atomic_add(&stall->kept, 1);
        }
        if (blame.culprit == BLAME_QUOTA && !stall->quota_told) {
                stall->quota_told = true;
                blame_tell(&blame, text, sizeof text);
                base_report("mori: a turn has not ended within the limit, through no fault of its "
                            "own: %s. The quota is too small, or too many threads share it; this "
                            "is told once",
                            text);
        }
}

static void watch(void *argument)
{
        struct stall *stall = argument;
        struct sight sight = {0};
        unsigned idle = 0;

        while (atomic_load_acquire(&stall->quit) == 0) {
                uint64_t turns, wait, began = platform_time_now(), took;
                struct worker *worker;
                uint32_t round;

                wait = idle >= IDLE_LOOKS ? stall->limit_ns * IDLE_FACTOR : stall->limit_ns;
                platform_thread_wait(&stall->quit, 0, wait);
                worker = atomic_load_acquire(&stall->worker);
                if (worker == NULL)
                        continue;
                round = atomic_load_acquire(&worker->rounds);
                turns = atomic_load_relaxed(&worker->turns) + atomic_load_relaxed(&worker->starts);
                took = platform_time_now() - began;
                if (worker != sight.worker || round != sight.round || turns != sight.turns) {
                        sight = (struct sight){.worker = worker, .round = round, .turns = turns};
                        if ((round & 1) != 0)
                                sight.known = times_read(stall, worker, &sight.first);
                        idle = 0;
                } else if ((round & 1) == 0) {
                        idle += idle < IDLE_LOOKS;
                } else {
                        if (took >= wait + stall->limit_ns / 2)
                                sight.late += took; /* nobody ran for most of it */
                        look_again(stall, worker, &sight);
                }
        }
}

int stall_watch_new(struct seat *seat, int64_t limit_ns, struct stall **ret_stall)
{
        struct stall *stall = calloc(1, sizeof *stall);
        int error;

        if (stall == NULL)
                return -ENOMEM;
        stall->seat = seat;
        stall->limit_ns = (uint64_t)limit_ns;
        error = platform_thread_new(watch, stall, "mori-stall", (size_t)64 * 1024, &stall->thread);
        if (error < 0) {
                free(stall);
                return error;
        }
        *ret_stall = stall;
        return 0;
}

struct stall *stall_watch_free(struct stall *stall)
{
        size_t i;

        if (stall == NULL)
                return NULL;
        atomic_store_release(&stall->quit, 1);
        platform_thread_notify(&stall->quit);
        platform_thread_join(stall->thread);
        for (i = 0; i < ELEMENTS(stall->watched); i++) {
                platform_meter_close(&stall->watched[i].meter);
                places_end(&stall->watched[i].places);
        }
        place_end(&stall->deaf);
        free(stall);
        return NULL;
}

/* The first time that a worker comes, on its own thread, its meter is opened. */
static void meter_add(struct stall *stall, struct worker *worker)
{
        size_t i;

        for (i = 0; i < ELEMENTS(stall->watched); i++) {
                if (stall->watched[i].worker == worker)
                        return;
                if (stall->watched[i].worker == NULL)
                        break;
        }
        assert_always(i < ELEMENTS(stall->watched));
        (void)platform_meter_open(&stall->watched[i].meter, worker->thread, "");
        stall->watched[i].worker = worker;
}

void stall_watch_worker(struct stall *stall, struct worker *worker)
{
        if (stall == NULL)
                return;
        if (worker != NULL)
                meter_add(stall, worker);
        atomic_store_release(&stall->worker, worker);
}

uint64_t stall_watch_count(const struct stall *stall)
{
        return stall ? atomic_load_relaxed(&stall->count) : 0;
}

uint64_t stall_watch_kept(const struct stall *stall)
{
        return stall ? atomic_load_relaxed(&stall->kept) : 0;
}
