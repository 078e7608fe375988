/* SPDX-License-Identifier: MIT */
/* The census: see census.h. */
#include "census.h"

#include "tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TRIES 8
#define SEATS_MAX 4096
#define PROCESSES_MAX 1000000
#define DEPTH_MAX 65536
#define OWNED_MAX 10000000
#define START_FRAMES_MAX 200000
#define FLAG_WAITED 1

void census_free(struct census *census)
{
        free(census->processes);
        free(census->entries);
        free(census->by_number);
        memset(census, 0, sizeof *census);
}

static struct entry *entry_new(struct census *census)
{
        if (census->count == census->room) {
                size_t room = census->room ? census->room * 2 : 1024;
                struct entry *entries = realloc(census->entries, room * sizeof *entries);

                if (entries == NULL)
                        return NULL;
                census->entries = entries;
                census->room = room;
        }
        census->entries[census->count] = (struct entry){0};
        return &census->entries[census->count++];
}

/* ---- Of one process */

static int entries_take(struct inspect_reader *reader, struct census *census, size_t index,
                        struct inspect_place *places, uint32_t *owners)
{
        struct census_process *process = &census->processes[index];
        struct inspect_activity activity;
        struct inspect_walk walk;
        unsigned depth;

        process->first = census->count;
        /* what was started while we walk is not endless: that many, and half as many again */
        inspect_walk_begin(&walk, reader, &process->process, places, DEPTH_MAX,
                           (uint64_t)process->process.live * 2 + 100000);
        while (inspect_walk_next(&walk, &activity, &depth)) {
                struct entry *entry = entry_new(census);

                if (entry == NULL)
                        return -ENOMEM;
                entry->activity = activity;
                entry->process = (uint32_t)index;
                entry->depth = depth;
                entry->owner = depth > 0 ? owners[depth - 1] : 0;
                owners[depth] = activity.number;
                process->count++;
        }
        process->torn = walk.torn;
        process->cut = walk.cut;
        return 0;
}

static int number_order(const void *left, const void *right, void *argument)
{
        const struct entry *entries = argument;
        uint32_t one = entries[*(const size_t *)left].activity.number;
        uint32_t other = entries[*(const size_t *)right].activity.number;

        return one < other ? -1 : one > other;
}

static struct entry *find(const struct census *census, uint32_t number)
{
        size_t low = 0, high = census->by_number ? census->count : 0;

        while (low < high) {
                size_t middle = (low + high) / 2;
                struct entry *entry = &census->entries[census->by_number[middle]];

                if (entry->activity.number == number)
                        return entry;
                if (entry->activity.number < number)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}

const struct entry *census_find(const struct census *census, uint32_t number)
{
        return find(census, number);
}

/* ---- Who waits for which queue: the rings are walked from the queues */

static void ring_walk(struct inspect_reader *reader, struct census *census, uint64_t queue,
                      enum inspect_field_id end, int sends)
{
        uint16_t links = reader->fields[INSPECT_activity_link_next].offset;
        uint64_t list = queue + reader->fields[end].offset;
        uint32_t head = inspect_number(reader, list - links), at;
        size_t count;

        if (reader->memory->read(reader->memory, list, &at, sizeof at) < 0)
                return;
        for (count = 0; at != head && at != 0 && count <= census->count; count++) {
                struct entry *entry = find(census, at);
                struct inspect_activity node;

                if (inspect_activity(reader, at, &node) < 0) {
                        /* a select's place: the select tells of it */
                        uint64_t next;

                        if (inspect_get(reader, INSPECT_activity_link_next,
                                        inspect_address(reader, at), &next) < 0)
                                return;
                        at = (uint32_t)next;
                        continue;
                }
                if (entry != NULL) {
                        entry->queue = queue;
                        entry->sends = sends;
                }
                at = node.link_next;
        }
}

static void queues_walk(struct inspect_reader *reader, struct census *census,
                        const struct inspect_process *process)
{
        uint64_t owned = process->owned, function;
        uint64_t release = inspect_known(reader, INSPECT_OWNED_QUEUE);
        size_t count;

        if (release == 0 || reader->fields[INSPECT_queue_owned].bytes == 0)
                return;
        for (count = 0; owned != 0 && count < OWNED_MAX; count++) {
                if (inspect_get(reader, INSPECT_owned_free, owned, &function) < 0)
                        return;
                if (function == release) {
                        uint64_t queue = owned - reader->fields[INSPECT_queue_owned].offset;

                        ring_walk(reader, census, queue, INSPECT_queue_receivers, 0);
                        ring_walk(reader, census, queue, INSPECT_queue_senders, 1);
                }
                if (inspect_get(reader, INSPECT_owned_next, owned, &owned) < 0)
                        return;
        }
}

/* ---- Who runs */

static void worker_take(struct target *target, struct census *census, uint64_t address)
{
        struct inspect_reader *reader = target_reader(target);
        struct inspect_registers registers;
        struct inspect_worker worker;
        struct entry *entry;
        uint64_t frame;
        size_t i;

        if (address == 0 || inspect_worker(reader, address, &worker) < 0)
                return;
        for (i = 0; i < census->processes_count; i++)
                if (census->processes[i].process.worker == address ||
                    census->processes[i].generation == 0)
                        census->processes[i].generation = worker.generation;
        entry = worker.activity ? find(census, inspect_number(reader, worker.activity)) : NULL;
        if (entry == NULL || entry->activity.state != 1)
                return;
        entry->thread = worker.thread;
        entry->worker = address;
        /* those that have started it, and so on, are in the start frames */
        frame = worker.sync_sp;
        for (i = 0; i < START_FRAMES_MAX && !(entry->activity.flags & FLAG_WAITED); i++) {
                uint32_t starter;
                uint64_t next;

                if (inspect_start_frame(reader, frame, &starter, &registers, &next) < 0)
                        break;
                entry = find(census, starter);
                if (entry == NULL || entry->frame != 0)
                        break;
                entry->frame = frame;
                frame = next;
        }
}

static int census_once(struct target *target, struct census *census, struct inspect_place *places,
                       uint32_t *owners)
{
        struct inspect_reader *reader = target_reader(target);
        uint64_t seat, own, other;
        size_t i, seats = 0;

        memset(census, 0, sizeof *census);
        census->clock = target_clock(target);
        for (seat = inspect_seat_first(reader); seat != 0 && seats < SEATS_MAX;
             seat = inspect_seat_next(reader, seat), seats++) {
                struct inspect_process process;
                int error = inspect_process_first(reader, seat, &process);

                for (; error == 0 && census->processes_count < PROCESSES_MAX;
                     error = inspect_process_next(reader, &process)) {
                        struct census_process *processes =
                                realloc(census->processes,
                                        (census->processes_count + 1) * sizeof *processes);

                        if (processes == NULL)
                                return -ENOMEM;
                        census->processes = processes;
                        processes[census->processes_count] =
                                (struct census_process){.process = process, .seat = seat};
                        if (entries_take(reader, census, census->processes_count++, places,
                                         owners) < 0)
                                return -ENOMEM;
                }
                if (error != -ENOENT)
                        census->processes_count ? (void)(census->processes[census->processes_count -
                                                                           1].torn++)
                                                : (void)0;
        }
        census->by_number = malloc((census->count + 1) * sizeof *census->by_number);
        if (census->by_number == NULL)
                return -ENOMEM;
        for (i = 0; i < census->count; i++)
                census->by_number[i] = i;
        qsort_r(census->by_number, census->count, sizeof *census->by_number, number_order,
                census->entries);
        census->complete = 1;
        for (i = 0; i < census->processes_count; i++) {
                const struct census_process *process = &census->processes[i];

                queues_walk(reader, census, &process->process);
                if (process->torn != 0 || process->cut != 0 ||
                    process->count != process->process.live)
                        census->complete = 0;
        }
        seats = 0;
        for (seat = inspect_seat_first(reader); seat != 0 && seats < SEATS_MAX;
             seat = inspect_seat_next(reader, seat), seats++) {
                if (inspect_get(reader, INSPECT_seat_own, seat, &own) == 0)
                        worker_take(target, census, own);
                if (inspect_get(reader, INSPECT_seat_other, seat, &other) == 0)
                        worker_take(target, census, other);
        }
        return 0;
}

int census_take(struct target *target, struct census *ret_census)
{
        struct inspect_place *places = malloc(DEPTH_MAX * sizeof *places);
        uint32_t *owners = malloc(DEPTH_MAX * sizeof *owners);
        struct census best = {0};
        int error = places == NULL || owners == NULL ? -ENOMEM : 0, i;

        for (i = 0; i < TRIES && error == 0; i++) {
                struct census census;

                error = census_once(target, &census, places, owners);
                if (error == 0 && (i == 0 || census.complete || census.count > best.count)) {
                        census_free(&best);
                        best = census;
                } else {
                        census_free(&census);
                }
                if (best.complete || target_is_core(target) || target_is_gone(target))
                        break;
                nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        }
        free(places);
        free(owners);
        if (error < 0) {
                fprintf(stderr, "mori: no memory\n");
                census_free(&best);
                return EXIT_PROGRAM;
        }
        if (target_is_gone(target)) {
                fprintf(stderr, "mori: %s: it ended while it was looked at\n", target_name(target));
                census_free(&best);
                return EXIT_PROGRAM;
        }
        *ret_census = best;
        return 0;
}

int census_judge(struct target *target, const struct census *census)
{
        uint64_t live = 0;
        size_t i;

        if (census->complete && target_missing(target) == NULL)
                return 0;
        for (i = 0; i < census->processes_count; i++)
                live += census->processes[i].process.live;
        if (target_missing(target) != NULL)
                fprintf(stderr, "mori: %s: %s\n", target_name(target), target_missing(target));
        if (!census->complete)
                fprintf(stderr, "mori: %s: %zu activities could be told of %llu: %s\n",
                        target_name(target), census->count, (unsigned long long)live,
                        target_is_core(target) ? "the lists are damaged, or not all in the core"
                                               : "it changes faster than it can be read");
        return EXIT_INCOMPLETE;
}

/* ---- Of one activity */

int64_t census_age(const struct census *census, const struct entry *entry)
{
        uint32_t newest = census->processes[entry->process].generation;
        uint32_t age = newest - entry->activity.generation;

        return newest == 0 || age > INT32_MAX ? -1 : (int64_t)age;
}

int census_registers(struct target *target, const struct entry *entry,
                     struct inspect_registers *ret_registers, int *ret_exact)
{
        struct inspect_reader *reader = target_reader(target);

        *ret_exact = 0;
        if (inspect_is_suspended(&entry->activity))
                return inspect_registers(reader, &entry->activity, ret_registers);
        if (entry->thread != 0) {
                *ret_exact = 1;
                return target_thread(target, entry->thread, ret_registers);
        }
        if (entry->frame != 0) {
                uint32_t starter;
                uint64_t next;

                return inspect_start_frame(reader, entry->frame, &starter, ret_registers, &next);
        }
        return -ENOENT;
}

struct looking {
        struct place *place;
        int found;
};

static int look_for_user(void *argument, const struct place *place, uint64_t pc)
{
        struct looking *looking = argument;

        (void)pc;
        if (!looking->found || !place->is_own)
                *looking->place = *place;
        looking->found = 1;
        return !place->is_own;
}

int census_at(struct target *target, const struct entry *entry, struct place *ret_place)
{
        struct inspect_registers registers;
        struct looking looking = {.place = ret_place};
        int exact;

        if (census_registers(target, entry, &registers, &exact) < 0)
                return 0;
        target_unwind(target, &registers, exact, look_for_user, &looking);
        return looking.found;
}

static void due_print(const struct census *census, struct target *target, const struct entry *entry,
                      uint64_t due, char *text, size_t bytes)
{
        struct inspect_reader *reader = target_reader(target);
        uint64_t seat = census->processes[entry->process].seat, tick, simulated = 1;
        uint64_t now = census->clock;

        inspect_get(reader, INSPECT_seat_simulated, seat, &simulated);
        /* a core, or a simulation: the last time that its wheel has seen */
        if ((now == 0 || simulated) && inspect_get(reader, INSPECT_seat_tick, seat, &tick) == 0)
                now = tick << 16;
        if (due > now + (uint64_t)86400 * 365 * 1000000000)
                snprintf(text, bytes, "for ever");
        else
                snprintf(text, bytes, "%.3f s left",
                         due > now ? (double)(due - now) / 1e9 : 0.0);
}

void census_wait(struct target *target, const struct census *census, const struct entry *entry,
                 char *text, size_t bytes, uint32_t *ret_number)
{
        struct inspect_reader *reader = target_reader(target);
        uint64_t due, count = 0, capacity = 0;

        inspect_wait_tell(reader, &entry->activity, text, bytes, ret_number);
        if (inspect_due(reader, &entry->activity, &due) == 0) {
                due_print(census, target, entry, due, text, bytes);
        } else if (entry->queue != 0) {
                inspect_get(reader, INSPECT_queue_count, entry->queue, &count);
                inspect_get(reader, INSPECT_queue_capacity, entry->queue, &capacity);
                snprintf(text, bytes, "%s queue 0x%llx, which has %u of %u items",
                         entry->sends ? "to send to" : "to receive from",
                         (unsigned long long)entry->queue, (unsigned)count, (unsigned)capacity);
        } else if (entry->activity.state == 1 && entry->thread != 0) {
                snprintf(text, bytes, "on thread %d", entry->thread);
        } else if (entry->frame != 0) {
                snprintf(text, bytes, "what it started has not waited yet");
        }
}
