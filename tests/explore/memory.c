/* SPDX-License-Identifier: MIT */
/*
 * Memory, as the subject's threads see it: atomics as steps, stores in buffers, and who may touch
 * what. The functions whose names begin with __tsan_ are what -fsanitize=thread calls, in gcc and
 * clang alike; here they take the place of that library.
 *
 * A plain access is a race where another thread's conflicting one is not ordered before it, as in
 * FastTrack (C. Flanagan, S. Freund, PLDI 2009), though with whole clocks: an atomic that releases
 * hands on its thread's clock, one that acquires takes it. So a run finds a missing acquire or
 * release though the processor would forgive it.
 */
#include "explorer_internal.h"
#include "model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ARENA_BYTES ((size_t)1 << 20)
#define OBJECTS     4096u /* a power of two: words and locks of a run */
#define GRANULE     4u

/* Of a few bytes: who has touched which of them last. */
struct cell {
        uint64_t run;
        bool freed;
        uint8_t writer, write_mask;
        uint8_t read_mask[EXPLORE_THREADS_MAX];
        uint8_t atomic_read_mask[EXPLORE_THREADS_MAX], atomic_write_mask[EXPLORE_THREADS_MAX];
        uint32_t write;
        uint32_t read[EXPLORE_THREADS_MAX];
        uint32_t atomic_read[EXPLORE_THREADS_MAX], atomic_write[EXPLORE_THREADS_MAX];
        const void *write_place, *read_place;
};

/* An object of steps. */
struct object {
        const void *address;
        uint64_t run;
        struct clock written, read; /* steps that did */
        struct clock released;      /* what an acquire gets */
};

extern char __data_start, _end; /* NOLINT: the linker's */

void *explore_worker_now;

static struct object objects[OBJECTS];
static char *arena;
static size_t arena_used, arena_pieces;
static struct cell *arena_cells, *data_cells;
static bool with_buffers;

static void *reserve(size_t bytes)
{
        void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (memory == MAP_FAILED)
                abort();
        return memory;
}

int explore_process(void)
{
        return getpid();
}

void explore_memory_begin(bool buffers)
{
        if (arena == NULL) {
                arena = reserve(ARENA_BYTES);
                arena_cells = reserve(ARENA_BYTES / GRANULE * sizeof(struct cell));
                data_cells = reserve(((size_t)(&_end - &__data_start) / GRANULE + 1) *
                                     sizeof(struct cell));
        }
        arena_used = 64; /* so that no piece is at the arena's beginning, which stands for none */
        arena_pieces = 0;
        with_buffers = buffers;
}

/* ---- Memory of a run */

char *explore_arena(void)
{
        return arena;
}

struct piece {
        size_t bytes;
        bool freed;
};

void *explore_allocate(size_t bytes)
{
        struct piece *piece = (struct piece *)(void *)(arena + arena_used);

        bytes = (bytes + 15) / 16 * 16;
        arena_used += sizeof *piece + bytes;
        if (arena_used > ARENA_BYTES)
                explore_fail("a run takes more than %zu bytes", ARENA_BYTES);
        *piece = (struct piece){bytes, false};
        arena_pieces++;
        memset(piece + 1, 0, bytes);
        return piece + 1;
}

void *explore_room(size_t bytes)
{
        arena_pieces--;
        return explore_allocate(bytes);
}

size_t explore_allocated(void)
{
        return arena_pieces;
}

static struct cell *cell_at(uintptr_t address)
{
        struct cell *cell;

        if (address - (uintptr_t)arena < ARENA_BYTES)
                cell = &arena_cells[(address - (uintptr_t)arena) / GRANULE];
        else if (address - (uintptr_t)&__data_start < (uintptr_t)(&_end - &__data_start))
                cell = &data_cells[(address - (uintptr_t)&__data_start) / GRANULE];
        else
                return NULL;
        if (cell->run != explore_run.number)
                *cell = (struct cell){.run = explore_run.number};
        return cell;
}

static void access_note(const void *address, size_t bytes, bool writes, bool atomic,
                        const void *place);

void explore_free(void *memory)
{
        struct piece *piece = (struct piece *)memory - 1;

        if (memory == NULL)
                return;
        if ((uintptr_t)memory - (uintptr_t)arena >= ARENA_BYTES)
                explore_fail("what is freed was never allocated");
        if (piece->freed)
                explore_fail("freed twice");
        piece->freed = true;
        arena_pieces--;
        access_note(memory, piece->bytes, true, false, __builtin_return_address(0));
        for (size_t i = 0; i < piece->bytes; i += GRANULE)
                cell_at((uintptr_t)memory + i)->freed = true;
}

/* ---- Orders */

static struct object *object_at(const void *address)
{
        unsigned at = (unsigned)(((uintptr_t)address * 0x9e3779b97f4a7c15u) >> 40);

        for (;; at++) {
                struct object *object = &objects[at % OBJECTS];

                if (object->run != explore_run.number) {
                        *object = (struct object){.address = address, .run = explore_run.number};
                        return object;
                }
                if (object->address == address)
                        return object;
        }
}

void explore_dependent_join(struct clock *clock, const struct visible *visible)
{
        struct object *object;

        if (visible->object == NULL)
                return;
        object = object_at(visible->object);
        explore_clock_join(clock, &object->written);
        if (visible->writes)
                explore_clock_join(clock, &object->read);
}

void explore_dependent_note(const struct clock *clock, const struct visible *visible)
{
        struct object *object;

        if (visible->object == NULL)
                return;
        object = object_at(visible->object);
        explore_clock_join(visible->writes ? &object->written : &object->read, clock);
}

void explore_thread_made(struct explore_thread *thread, struct explore_thread *maker)
{
        explore_clock_join(&thread->ordered, &maker->ordered);
        maker->ordered.at[maker->number]++;
        thread->ordered.at[thread->number]++;
}

static void acquire(struct explore_thread *self, const struct object *object)
{
        explore_clock_join(&self->ordered, &object->released);
}

static void release(struct explore_thread *self, struct object *object)
{
        explore_clock_join(&object->released, &self->ordered);
        self->ordered.at[self->number]++;
}

/* ---- Races */

static inline bool is_on_stack(uintptr_t address)
{
        for (unsigned i = 0; i < explore_run.threads_count; i++)
                if (address - (uintptr_t)explore_run.threads[i].stack < ((size_t)128 << 10))
                        return true;
        return false;
}

_Noreturn static void race(const void *address, unsigned other, const char *what,
                           const void *place, const void *other_place)
{
        explore_fail("data race on %p: %s and %s (%s), at %p and %p", address,
                     explore_run.self->name, explore_run.threads[other].name, what, place,
                     other_place);
}

/*
 * Remembers the last access. One to other bytes at another time takes the place of the one before.
 */
static void touched(uint32_t *at, uint8_t *bytes, uint8_t mask)
{
        const struct explore_thread *self = explore_run.self;
        uint32_t now = self->ordered.at[self->number];

        *bytes = *at == now ? *bytes | mask : mask;
        *at = now;
}

static void cell_note(struct cell *cell, uint8_t mask, bool writes, bool atomic,
                      const void *address, const void *place)
{
        const struct explore_thread *self = explore_run.self;
        unsigned me = self->number;

        if (cell->freed)
                explore_fail("memory at %p is used after it was freed, at %p", address, place);
        if ((cell->write_mask & mask) && cell->writer != me &&
            cell->write > self->ordered.at[cell->writer])
                race(address, cell->writer, "who writes", place, cell->write_place);
        for (unsigned i = 0; i < explore_run.threads_count; i++) {
                if (i == me)
                        continue;
                if (writes && (cell->read_mask[i] & mask) && cell->read[i] > self->ordered.at[i])
                        race(address, i, "who reads", place, cell->read_place);
                if (atomic)
                        continue;
                if (((cell->atomic_write_mask[i] & mask) &&
                     cell->atomic_write[i] > self->ordered.at[i]) ||
                    (writes && (cell->atomic_read_mask[i] & mask) &&
                     cell->atomic_read[i] > self->ordered.at[i]))
                        race(address, i, "whose access is atomic", place, NULL);
        }
        if (atomic && writes) {
                touched(&cell->atomic_write[me], &cell->atomic_write_mask[me], mask);
        } else if (atomic) {
                touched(&cell->atomic_read[me], &cell->atomic_read_mask[me], mask);
        } else if (writes) {
                if (cell->writer != me)
                        cell->write_mask = 0;
                cell->writer = (uint8_t)me;
                touched(&cell->write, &cell->write_mask, mask);
                cell->write_place = place;
        } else {
                touched(&cell->read[me], &cell->read_mask[me], mask);
                cell->read_place = place;
        }
}

static void access_note(const void *address, size_t bytes, bool writes, bool atomic,
                        const void *place)
{
        uintptr_t at = (uintptr_t)address;

        while (bytes != 0) {
                size_t left = GRANULE - at % GRANULE, here = bytes < left ? bytes : left;
                struct cell *cell = cell_at(at);

                if (cell != NULL)
                        cell_note(cell, (uint8_t)(((1u << here) - 1) << at % GRANULE), writes,
                                  atomic, (const void *)at, place); /* NOLINT */
                at += here;
                bytes -= here;
        }
}

/* ---- Buffers */

static bool is_buffered(const struct explore_thread *thread, const void *address, size_t bytes)
{
        for (unsigned i = 0; i < thread->buffered; i++) {
                const struct buffered *entry = &thread->buffer[i];

                if ((uintptr_t)entry->address < (uintptr_t)address + bytes &&
                    (uintptr_t)address < (uintptr_t)entry->address + entry->bytes)
                        return true;
        }
        return false;
}

struct visible explore_flush_next(const struct explore_thread *thread)
{
        const struct buffered *entry = &thread->buffer[0];

        return (struct visible){.kind = VISIBLE_STEP,
                                .object = entry->address,
                                .writes = true,
                                .what = "is in memory",
                                .place = entry->place};
}

const struct clock *explore_flush_made(unsigned thread)
{
        return &explore_run.threads[thread].buffer[0].made;
}

/* In memory at last: a release hands on what its thread knew, any other store ends what was. */
static void stored(struct object *object, bool releases, const struct clock *ordered)
{
        if (releases)
                object->released = *ordered;
        else
                object->released = (struct clock){0};
}

void explore_flush(struct explore_thread *thread)
{
        struct buffered *entry = &thread->buffer[0];

        memcpy(entry->address, &entry->value, entry->bytes);
        stored(object_at(entry->address), entry->releases, &entry->ordered);
        thread->buffered--;
        memmove(entry, entry + 1, thread->buffered * sizeof *entry);
}

static void plain(const void *address, size_t bytes, bool writes, const void *place)
{
        struct explore_thread *self = explore_run.self;

        if (self == NULL || is_on_stack((uintptr_t)address))
                return;
        if (self->buffered != 0 && is_buffered(self, address, bytes)) /* its own, in parts */
                explore_step(NULL, false, true, NULL, NULL, "waits for its own store");
        access_note(address, bytes, writes, false, place);
}

void explore_touch(const void *memory, size_t bytes)
{
        plain(memory, bytes, true, __builtin_return_address(0));
}

/* ---- Atomics */

static void atomic_step(const void *address, bool writes, bool fence, const char *what,
                        const void *place)
{
        explore_step_at(&(struct visible){.kind = VISIBLE_STEP,
                                          .object = address,
                                          .writes = writes,
                                          .fence = fence,
                                          .what = what,
                                          .place = place});
}

static bool acquires(int order)
{
        return order != __ATOMIC_RELAXED && order != __ATOMIC_RELEASE;
}

static bool releases(int order)
{
        return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

static uint64_t load(const void *address, uint8_t bytes, int order, const void *place)
{
        struct explore_thread *self = explore_run.self;
        uint64_t value = 0;

        if (self != NULL) {
                atomic_step(address, false, false, "loads", place);
                access_note(address, bytes, false, true, place);
        }
        memcpy(&value, address, bytes);
        if (self == NULL)
                return value;
        for (unsigned i = self->buffered; i-- > 0;)
                if (self->buffer[i].address == address)
                        return self->buffer[i].value;
        if (acquires(order))
                acquire(self, object_at(address));
        return value;
}

static void store(void *address, uint8_t bytes, uint64_t value, int order, const void *place)
{
        struct explore_thread *self = explore_run.self;
        struct buffered *entry;

        if (self == NULL) {
                memcpy(address, &value, bytes);
                return;
        }
        if (!with_buffers || order == __ATOMIC_SEQ_CST || !explore_run.exploring) {
                atomic_step(address, true, true, "stores", place);
                access_note(address, bytes, true, true, place);
                memcpy(address, &value, bytes);
                stored(object_at(address), releases(order), &self->ordered);
                self->ordered.at[self->number] += releases(order);
                return;
        }
        if (self->buffered == BUFFER_MAX)
                explore_step(NULL, false, true, NULL, NULL, "waits for room in its buffer");
        access_note(address, bytes, true, true, place);
        entry = &self->buffer[self->buffered++];
        *entry = (struct buffered){.address = address,
                                   .value = value,
                                   .place = place,
                                   .bytes = bytes,
                                   .releases = releases(order),
                                   .made = self->dependent,
                                   .ordered = self->ordered};
        self->ordered.at[self->number] += releases(order);
}

/* A read-modify-write begins: what it found. On x86 each of them empties the buffer. */
static uint64_t change_begin(void *address, uint8_t bytes, int order, const char *what,
                             const void *place)
{
        struct explore_thread *self = explore_run.self;
        uint64_t value = 0;

        if (self != NULL) {
                atomic_step(address, true, true, what, place);
                access_note(address, bytes, true, true, place);
                if (acquires(order))
                        acquire(self, object_at(address));
        }
        memcpy(&value, address, bytes);
        return value;
}

/* What it leaves goes on with the release that was there (a release sequence). */
static void change_end(void *address, uint8_t bytes, uint64_t value, int order)
{
        memcpy(address, &value, bytes);
        if (explore_run.self != NULL && releases(order))
                release(explore_run.self, object_at(address));
}

/* ---- What the compiler calls */

#define PLACE __builtin_return_address(0)

#define ATOMICS(bits, type)                                                                        \
        type __tsan_atomic##bits##_load(const volatile type *address, int order);                  \
        type __tsan_atomic##bits##_load(const volatile type *address, int order)                   \
        {                                                                                          \
                return (type)load((const void *)address, sizeof(type), order, PLACE);              \
        }                                                                                          \
        void __tsan_atomic##bits##_store(volatile type *address, type value, int order);           \
        void __tsan_atomic##bits##_store(volatile type *address, type value, int order)            \
        {                                                                                          \
                store((void *)address, sizeof(type), value, order, PLACE);                         \
        }                                                                                          \
        CHANGE(bits, type, exchange, value)                                                        \
        CHANGE(bits, type, fetch_add, (type)(before + value))                                      \
        CHANGE(bits, type, fetch_sub, (type)(before - value))                                      \
        CHANGE(bits, type, fetch_and, (type)(before & value))                                      \
        CHANGE(bits, type, fetch_or, (type)(before | value))                                       \
        CHANGE(bits, type, fetch_xor, (type)(before ^ value))                                      \
        type __tsan_atomic##bits##_compare_exchange_val(volatile type *address, type expected,     \
                                                        type value, int order, int failed);        \
        type __tsan_atomic##bits##_compare_exchange_val(volatile type *address, type expected,     \
                                                        type value, int order, int failed)         \
        {                                                                                          \
                return (type)compare((void *)address, sizeof(type), expected, value, order,        \
                                     failed, PLACE);                                               \
        }                                                                                          \
        int __tsan_atomic##bits##_compare_exchange_strong(volatile type *address, type *expected,  \
                                                          type value, int order, int failed);      \
        int __tsan_atomic##bits##_compare_exchange_strong(volatile type *address, type *expected,  \
                                                          type value, int order, int failed)       \
        {                                                                                          \
                type before = (type)compare((void *)address, sizeof(type), *expected, value,       \
                                            order, failed, PLACE);                                 \
                bool same = before == *expected;                                                   \
                                                                                                   \
                *expected = before;                                                                \
                return same;                                                                       \
        }                                                                                          \
        int __tsan_atomic##bits##_compare_exchange_weak(volatile type *address, type *expected,    \
                                                        type value, int order, int failed);        \
        int __tsan_atomic##bits##_compare_exchange_weak(volatile type *address, type *expected,    \
                                                        type value, int order, int failed)         \
        {                                                                                          \
                return __tsan_atomic##bits##_compare_exchange_strong(address, expected, value,     \
                                                                     order, failed);               \
        }
#define CHANGE(bits, type, name, after)                                                            \
        type __tsan_atomic##bits##_##name(volatile type *address, type value, int order);          \
        type __tsan_atomic##bits##_##name(volatile type *address, type value, int order)           \
        {                                                                                          \
                type before = (type)change_begin((void *)address, sizeof(type), order, #name,      \
                                                 PLACE);                                           \
                                                                                                   \
                change_end((void *)address, sizeof(type), after, order);                           \
                return before;                                                                     \
        }

static uint64_t compare(void *address, uint8_t bytes, uint64_t expected, uint64_t value, int order,
                        int failed, const void *place)
{
        uint64_t before = change_begin(address, bytes, failed, "compares", place);

        if (before == expected) {
                if (explore_run.self != NULL && acquires(order))
                        acquire(explore_run.self, object_at(address));
                change_end(address, bytes, value, order);
        }
        return before;
}

ATOMICS(8, uint8_t)
ATOMICS(16, uint16_t)
ATOMICS(32, uint32_t)
ATOMICS(64, uint64_t)

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
        (void)order;
        if (explore_run.self != NULL)
                explore_step(NULL, false, true, NULL, NULL, "fence");
}

void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
        (void)order;
        model_interrupt();
}

#define PLAIN(name, bytes, writes)                                                                 \
        void __tsan_##name(const void *address);                                                   \
        void __tsan_##name(const void *address)                                                    \
        {                                                                                          \
                plain(address, bytes, writes, PLACE);                                              \
        }

PLAIN(read1, 1, false)
PLAIN(read2, 2, false)
PLAIN(read4, 4, false)
PLAIN(read8, 8, false)
PLAIN(read16, 16, false)
PLAIN(write1, 1, true)
PLAIN(write2, 2, true)
PLAIN(write4, 4, true)
PLAIN(write8, 8, true)
PLAIN(write16, 16, true)
PLAIN(unaligned_read2, 2, false)
PLAIN(unaligned_read4, 4, false)
PLAIN(unaligned_read8, 8, false)
PLAIN(unaligned_read16, 16, false)
PLAIN(unaligned_write2, 2, true)
PLAIN(unaligned_write4, 4, true)
PLAIN(unaligned_write8, 8, true)
PLAIN(unaligned_write16, 16, true)

void __tsan_read_range(const void *address, unsigned long bytes);
void __tsan_read_range(const void *address, unsigned long bytes)
{
        plain(address, bytes, false, PLACE);
}

void __tsan_write_range(const void *address, unsigned long bytes);
void __tsan_write_range(const void *address, unsigned long bytes)
{
        plain(address, bytes, true, PLACE);
}

void __tsan_init(void);
void __tsan_init(void)
{
}

void __tsan_func_entry(void *caller);
void __tsan_func_entry(void *caller)
{
        (void)caller;
}

void __tsan_func_exit(void);
void __tsan_func_exit(void)
{
}

/* ---- Locks: a lock is one step, an unlock is part of the one before it */

struct base_lock;
void explore_lock(struct base_lock *lock);
void explore_unlock(struct base_lock *lock);

static bool is_free(const void *lock)
{
        return *(const uint32_t *)lock == 0;
}

void explore_lock(struct base_lock *lock)
{
        explore_step_at(&(struct visible){.kind = VISIBLE_STEP,
                                          .object = lock,
                                          .writes = true,
                                          .fence = true,
                                          .enabled = is_free,
                                          .argument = lock,
                                          .what = "locks",
                                          .place = PLACE});
        *(uint32_t *)(void *)lock = 1;
        if (explore_run.self != NULL)
                acquire(explore_run.self, object_at(lock));
}

void explore_unlock(struct base_lock *lock)
{
        struct explore_thread *self = explore_run.self;

        if (self != NULL) {
                if (self->buffered != 0)
                        explore_step(NULL, false, true, NULL, NULL, "unlocks");
                release(self, object_at(lock));
                explore_clock_join(&object_at(lock)->written, &self->dependent);
        }
        *(uint32_t *)(void *)lock = 0;
}
