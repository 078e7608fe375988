/* SPDX-License-Identifier: MIT */
/*
 * The arena, its blocks, and the lookaside: where segments come from and go to.
 *
 *      reserved --commit--> free block <--purge, take--> purged block
 *                             |    ^
 *                         take|    | its last segment is freed
 *                             v    |
 *                           block of a size
 *                             |    ^
 *                       refill|    | flush (a batch each)
 *                             v    |
 *                         lookaside --pop, for a chain of an activity; push, after it-->
 *
 * Blocks have 64 KiB. A block of a size is cut into equal segments; it has a bit for each that came
 * back, and those that were never used lie beyond its high-water mark, so that their pages are not
 * touched before they are needed. The table of blocks stands outside of the arena, so that 176-byte
 * segments lose nothing to headers, and what comes and goes is not touched: a million segments that
 * were given back are in no cache. They leave in the order of their addresses, so whoever starts
 * many activities walks through memory forwards, and so does whoever resumes them in that order:
 * the processor fetches what comes next by itself. A frame that needs more than a block has takes a
 * run of blocks, which stays one when it comes back.
 *
 * Invariants.
 *  (1) block.used counts the segments that are below its mark and have no bit in block.free: in
 *      chains or in lookasides. No bit is set before the word block.first.
 *  (2) A block with room is in the list of its size, exactly once; a full one and a run are in no
 *      list.
 *  (3) The cached bytes are those of the free blocks that the kernel has not got back. The turn
 *      loop gives back an eighth of those over a limit, CACHE_MIN plus a quarter of the bytes in
 *      use, every 100 ms: a spike is over in seconds, and what goes up and down all the time keeps
 *      its pages, of which each costs more than an activity (2.4 us to touch, 2.3 us to give back).
 *
 * One lock guards the blocks. It is taken once for a batch of segments.
 */
#include "base/atomic.h"
#include "platform/memory.h"
#include "platform/thread.h"
#include "stack/sanitizer.h"
#include "stack/stack.h"

#include <errno.h>
#include <string.h>

#define ARENA_BYTES ((size_t)64 << 30)
#define BLOCK_SHIFT STACK_BLOCK_SHIFT
#define BLOCK_BYTES ((size_t)1 << BLOCK_SHIFT)
#define SEGMENT_MIN16 3
#define BLOCK_SEGMENTS_MAX ((BLOCK_BYTES >> STACK_REF_SHIFT) / SEGMENT_MIN16)
#define BLOCKS (ARENA_BYTES >> BLOCK_SHIFT)
#define ARENA_BYTES_MIN ((size_t)64 << 20)
#define COMMIT_BLOCKS 32 /* 2 MiB at a time */
#define TABLE_BYTES ((size_t)64 << 10) /* of the table of blocks, at a time */
/*
 * Segments are packed, so once there are many of them huge pages are used whole; a small program
 * does without.
 */
#ifdef MORI_MAPPED
#define HUGE_FROM BLOCKS
#else
#define HUGE_FROM (2 * COMMIT_BLOCKS)
#endif
#define CACHE_MIN ((size_t)4 << 20)
#define TRIM_MIN ((size_t)1 << 20)
#define BATCH 32
#define GENERATION_FIRST 0x9e3779b9u
#define LOOKASIDE_MAX 4096
#define SIZE16_MAX STACK_CLASS_MAX
#define RUN_BYTES_MAX ((size_t)1 << 20)
#define RUN_BLOCKS_MAX (RUN_BYTES_MAX >> BLOCK_SHIFT)
#define CLASSICAL_BYTES ((size_t)8 << 20) /* where the system does not tell */
#define CLASSICAL_REST ((size_t)256 << 10)
#ifdef MORI_MAPPED
#define MAPPED_GUARD_BYTES ((size_t)4096)
#define MAPPED_CLASS 1     /* stacks in the lookaside; no piece is so small */
#endif

enum { BLOCK_UNUSED, BLOCK_FREE, BLOCK_SIZED, BLOCK_RUN, BLOCK_RUN_TAIL };

struct block {
        uint32_t reciprocal; /* of size16, times 2^32: what divides an offset */
        uint16_t size16;
        uint16_t capacity; /* segments */
        uint16_t used;
        uint16_t mark;     /* segments that were ever used */
        uint16_t first;    /* word of `free`: before it, no bit is set */
        uint8_t state;
        bool resident;     /* a free block that the kernel has not got back */
        /* in the list of its size, or of the free blocks; a block number, 0 ends */
        uint32_t next;
        uint32_t previous;
        uint64_t free[(BLOCK_SEGMENTS_MAX + 63) / 64]; /* segments given back */
};

char *stack_arena;
__thread struct worker mori_worker __attribute__((visibility("default")));

/* The names by which the linker and dlopen tell the modes apart (docs/abi.md). */
#ifdef MORI_MAPPED
MORI_API const char mori_abi_mapped_1 = 1;
#else
MORI_API const char mori_abi_linked_1 = 1;
#endif

static struct {
        struct base_lock lock;
        struct block *blocks;
        size_t table_committed; /* bytes of `blocks` */
        uint32_t limit; /* blocks that the address space has room for */
        uint32_t committed;               /* blocks from 1 on that have memory or had it */
        uint32_t next_block;              /* the first that was never used */
        uint32_t with_room[SIZE16_MAX + 1]; /* blocks of each size that have room */
        uint32_t free_resident;           /* free blocks, warm ones apart */
        uint32_t free_purged;
        uint32_t runs[RUN_BLOCKS_MAX + 1]; /* purged runs of so many blocks, by their first block */
        uint32_t stacks_resident;         /* mapped stacks that are free; their guards stay */
        uint32_t stacks_purged;
        size_t bytes_stacks_cached;
        size_t bytes_sized;
        size_t bytes_cached;
        size_t segments;
        bool keeps; /* it is locked: nothing is given back to the kernel */
} arena;

int stack_arena_init(void)
{
        size_t bytes = ARENA_BYTES, table;
        void *blocks;
        int error;

        if (stack_arena != NULL)
                return 0;
        /* Where address space is limited (ulimit -v, a container), less is better than nothing. */
        for (;; bytes /= 4) {
                error = platform_memory_reserve(bytes, COMMIT_BLOCKS * BLOCK_BYTES,
                                                (void **)&stack_arena);
                if (error == 0 || bytes <= ARENA_BYTES_MIN)
                        break;
        }
        if (error < 0) {
                stack_arena = NULL;
                return error;
        }
        arena.limit = (uint32_t)(bytes >> BLOCK_SHIFT);
        table = round_up(arena.limit * sizeof(struct block), TABLE_BYTES);
        error = platform_memory_reserve(table, 4096, &blocks);
        if (error < 0) {
                platform_memory_release(stack_arena, bytes);
                stack_arena = NULL;
                return error;
        }
        arena.blocks = blocks;
        arena.committed = 1; /* block 0 stays without memory: ref 0 is nothing */
        arena.next_block = 1;
        return 0;
}

void stack_worker_init(void)
{
        struct worker *worker = worker_self();
        char *lowest = platform_thread_stack();

        memset(worker, 0, sizeof *worker);
        worker->arena = stack_arena;
        worker->ready = &turns_of_nobody;
        worker->lookaside_room = LOOKASIDE_MAX;
        /*
         * A handle that is stale finds memory that may be something else by now. What stands where
         * its generation was is seldom a number like these: neither small, nor half of an address.
         */
        worker->generation = GENERATION_FIRST;
        if (lowest == NULL)
                lowest = (char *)__builtin_frame_address(0) - CLASSICAL_BYTES;
        /* The rest is for the C code that starts call, and for what interrupts it. */
        worker->sync_limit =
                stack_valgrind_classical(lowest + CLASSICAL_REST, __builtin_frame_address(0));
}

static char *block_address(uint32_t number)
{
        return stack_arena + ((size_t)number << BLOCK_SHIFT);
}

static uint32_t block_of(const void *address)
{
        return (uint32_t)((size_t)((const char *)address - stack_arena) >> BLOCK_SHIFT);
}

static void list_push(uint32_t *head, uint32_t number)
{
        struct block *block = &arena.blocks[number];

        block->previous = 0;
        block->next = *head;
        if (*head != 0)
                arena.blocks[*head].previous = number;
        *head = number;
}

static void list_remove(uint32_t *head, uint32_t number)
{
        struct block *block = &arena.blocks[number];

        if (block->previous != 0)
                arena.blocks[block->previous].next = block->next;
        else
                *head = block->next;
        if (block->next != 0)
                arena.blocks[block->next].previous = block->previous;
}

/* The table of blocks has memory up to this one. */
static bool table_reaches(uint32_t number)
{
        while (arena.table_committed < (number + 1) * sizeof(struct block)) {
                if (platform_memory_commit((char *)arena.blocks + arena.table_committed,
                                           TABLE_BYTES) < 0)
                        return false;
                arena.table_committed += TABLE_BYTES;
        }
        return true;
}

/* Blocks have memory, and so has the table of them, up to this one, which has not. */
static bool blocks_commit(uint32_t end)
{
        if (end > arena.limit || !table_reaches(end - 1))
                return false;
        while (end > arena.committed) {
                uint32_t chunk = COMMIT_BLOCKS - arena.committed % COMMIT_BLOCKS;

                if (platform_memory_commit(block_address(arena.committed), chunk * BLOCK_BYTES) < 0)
                        return false;
                platform_memory_huge(block_address(arena.committed), chunk * BLOCK_BYTES,
                                     HUGE_FROM <= arena.committed);
                arena.committed += chunk;
        }
        return true;
}

/* `count` neighbouring blocks, with memory, that were never used; 0 where none are left. */
static uint32_t blocks_fresh(uint32_t count)
{
        uint32_t first = arena.next_block;

        if (!blocks_commit(first + count))
                return 0;
        arena.next_block = first + count;
        return first;
}

/* A free block, one with memory if there is any; 0 where there is none. */
static uint32_t block_get(void)
{
        uint32_t number = arena.free_resident;

        if (number != 0) {
                list_remove(&arena.free_resident, number);
                arena.bytes_cached -= BLOCK_BYTES;
        } else if (arena.free_purged != 0) {
                number = arena.free_purged;
                list_remove(&arena.free_purged, number);
        } else {
                number = blocks_fresh(1);
        }
        return number;
}

/* The block is something else now; of which segments are free it says nothing. */
static void block_become(uint32_t number, uint8_t state, uint16_t size16, uint16_t used)
{
        struct block *block = &arena.blocks[number];

        block->size16 = size16;
        block->capacity = 0;
        block->used = used;
        block->mark = 0;
        block->first = 0;
        block->state = state;
        block->resident = state == BLOCK_FREE || state == BLOCK_SIZED;
}

static void block_put(uint32_t number)
{
        arena.bytes_cached += BLOCK_BYTES;
        block_become(number, BLOCK_FREE, 0, 0);
        list_push(&arena.free_resident, number);
}

static uint32_t block_take(uint16_t size16)
{
        uint32_t number = block_get();
        struct block *block;

        if (number == 0)
                return 0;
        block = &arena.blocks[number];
        block_become(number, BLOCK_SIZED, size16, 0);
        block->capacity = (uint16_t)((BLOCK_BYTES >> STACK_REF_SHIFT) / size16);
        block->reciprocal = UINT32_MAX / size16 + 1;
        memset(block->free, 0, sizeof block->free);
        arena.bytes_sized += BLOCK_BYTES;
        list_push(&arena.with_room[size16], number);
        return number;
}

static void block_release(uint32_t number)
{
        list_remove(&arena.with_room[arena.blocks[number].size16], number);
        arena.bytes_sized -= BLOCK_BYTES;
        block_put(number);
}

/* The lowest segment that is free; one that was used before, if there is any. */
static struct segment *block_pop(uint32_t number)
{
        struct block *block = &arena.blocks[number];
        uint32_t index;

        if (block->used < block->mark) {
                while (block->free[block->first] == 0)
                        block->first++;
                index = block->first * 64u +
                        (uint32_t)__builtin_ctzll(block->free[block->first]);
                block->free[block->first] &= block->free[block->first] - 1;
        } else {
                index = block->mark++;
        }
        block->used++;
        arena.segments++;
        if (block->used == block->capacity)
                list_remove(&arena.with_room[block->size16], number);
        return (struct segment *)(block_address(number) +
                                  (((size_t)index * block->size16) << STACK_REF_SHIFT));
}

static void block_push(const struct segment *segment)
{
        uint32_t number = block_of(segment), index, word;
        struct block *block = &arena.blocks[number];
        uint64_t bit, offset16;

        assert_always(block->state == BLOCK_SIZED && block->used > 0);
        offset16 = (uint64_t)((const char *)segment - block_address(number)) >> STACK_REF_SHIFT;
        index = (uint32_t)(offset16 * block->reciprocal >> 32);
        word = index / 64;
        bit = (uint64_t)1 << index % 64;
        assert_always((block->free[word] & bit) == 0);
        if (block->used == block->capacity)
                list_push(&arena.with_room[block->size16], number);
        block->free[word] |= bit;
        if (word < block->first)
                block->first = (uint16_t)word;
        block->used--;
        arena.segments--;
        if (block->used == 0)
                block_release(number);
}

/* Blocks for what is larger than 8 KiB. A run stays one, lest the arena is cut ever smaller. */
static struct segment *run_new(size_t bytes)
{
        uint32_t count = (uint32_t)(round_up(bytes, BLOCK_BYTES) >> BLOCK_SHIFT);
        uint32_t number, i;

        base_lock(&arena.lock);
        number = count == 1 ? block_get() : arena.runs[count];
        if (count > 1 && number != 0)
                list_remove(&arena.runs[count], number);
        else if (count > 1)
                number = blocks_fresh(count);
        if (number != 0) {
                block_become(number, BLOCK_RUN, (uint16_t)count, 1);
                for (i = 1; i < count; i++)
                        block_become(number + i, BLOCK_RUN_TAIL, 0, 0);
                arena.bytes_sized += count * BLOCK_BYTES;
                arena.segments++;
        }
        base_unlock(&arena.lock);
        return number ? (struct segment *)block_address(number) : NULL;
}

static void run_free(uint32_t number)
{
        uint32_t count, i;

        base_lock(&arena.lock);
        count = arena.blocks[number].size16;
        arena.bytes_sized -= count * BLOCK_BYTES;
        arena.segments--;
        if (count == 1) {
                block_put(number);
        } else {
                if (!arena.keeps)
                        platform_memory_purge(block_address(number), count * BLOCK_BYTES);
                for (i = 0; i < count; i++) {
                        block_become(number + i, BLOCK_FREE, 0, 0);
                        arena.blocks[number + i].resident = false;
                }
                list_push(&arena.runs[count], number);
        }
        base_unlock(&arena.lock);
}

void *stack_block_new(void)
{
        return run_new(BLOCK_BYTES);
}

void stack_block_free(void *block)
{
        run_free(block_of(block));
}

/* The shape of a segment's header when it comes out of its block: what assembly relies on. */
static void segment_shape(struct segment *segment, uint16_t size16, uint8_t guard8)
{
        segment->next = 0;
        segment->previous = 0;
        segment->size16 = size16;
        segment->state = ACTIVITY_STATE_FREE;
        segment->guard8 = guard8;
        segment->generation = 0;
}

/*
 * Fills the lookaside with a batch of one size, and returns one more. The sizes of first and of
 * further segments have one list: the guard is written by whoever takes it. NULL where memory is
 * exhausted.
 */
static struct segment *refill(uint16_t size16, size_t batch)
{
        struct worker *worker = worker_self();
        struct segment *segments[BATCH];
        stack_ref *link = &worker->free[size16];
        size_t count, i;

        base_lock(&arena.lock);
        for (count = 0; count < batch; count++) {
                uint32_t number = arena.with_room[size16];

                if (number == 0)
                        number = block_take(size16);
                if (number == 0)
                        break;
                segments[count] = block_pop(number);
                for (i = 0; i < size16; i += 4)
                        __builtin_prefetch((char *)segments[count] + 16 * i, 1);
        }
        base_unlock(&arena.lock);
        if (count == 0)
                return NULL;
        for (i = 0; i < count; i++) {
                segment_shape(segments[i], size16, STACK_GUARD8_FIRST);
                if (i > 0) {
                        *link = stack_ref_of(segments[i]);
                        link = &((struct activity *)segments[i])->link_next;
                }
        }
        *link = 0;
        worker->lookaside_room -= (int32_t)count - 1;
        return segments[0];
}

#ifdef MORI_MAPPED
/* A mapped stack is free. Its guard stays, so it can only be a stack again. */
static void stack_push(uint32_t number)
{
        stack_sanitizer_free(
                (struct activity *)(block_address(number) + BLOCK_BYTES - STACK_MAPPED_CONTROL));
        assert_always(arena.blocks[number].state == BLOCK_SIZED);
        block_become(number, BLOCK_FREE, 0, 0);
        arena.bytes_sized -= BLOCK_BYTES;
        arena.bytes_stacks_cached += BLOCK_BYTES;
        arena.segments--;
        list_push(&arena.stacks_resident, number);
}
#endif

/* Gives half of the lookaside back, the larger sizes first; called when it is full. */
static void flush(int32_t room_wanted)
{
        struct worker *worker = worker_self();
        size_t size16;

        base_lock(&arena.lock);
        for (size16 = SIZE16_MAX; size16 > 0 && worker->lookaside_room < room_wanted; size16--) {
                while (worker->free[size16] != 0 && worker->lookaside_room < room_wanted) {
                        struct activity *segment = activity_at(worker->free[size16]);

                        worker->free[size16] = segment->link_next;
                        worker->lookaside_room++;
#ifdef MORI_MAPPED
                        if (size16 == MAPPED_CLASS) {
                                stack_push(block_of(segment));
                                continue;
                        }
#endif
                        block_push(&segment->segment);
                }
        }
        base_unlock(&arena.lock);
}

void stack_worker_deinit(void)
{
        (void)stack_valgrind_classical(NULL, NULL);
        flush(LOOKASIDE_MAX);
}

#ifndef MORI_MAPPED

/* How sizes grow coarser: by 16 bytes to 512, then by an eighth of a power of two. */
static uint16_t size16_for(size_t bytes)
{
        size_t unit = 16, limit = 512;

        while (bytes > limit) {
                limit *= 2;
                unit = limit / 8;
        }
        return (uint16_t)(round_up(bytes, unit) >> STACK_REF_SHIFT);
}

static struct segment *segment_take(size_t bytes)
{
        struct worker *worker = worker_self();
        struct segment *segment;
        uint16_t size16;

        if (bytes > SIZE16_MAX << STACK_REF_SHIFT) {
                segment = bytes <= RUN_BYTES_MAX ? run_new(bytes) : NULL;
                if (segment != NULL)
                        segment_shape(
                                segment,
                                (uint16_t)((round_up(bytes, BLOCK_BYTES) >> STACK_REF_SHIFT) - 1),
                                0);
                return segment;
        }
        size16 = size16_for(bytes);
        if (worker->free[size16] == 0)
                return refill(size16, size16 <= 64 ? BATCH : 4);
        segment = stack_at(worker->free[size16]);
        worker->free[size16] = ((struct activity *)segment)->link_next;
        worker->lookaside_room++;
        return segment;
}

static void segment_give(struct segment *segment)
{
        struct worker *worker = worker_self();

        if (segment->size16 > SIZE16_MAX) {
                run_free(block_of(segment));
                return;
        }
        ((struct activity *)segment)->link_next = worker->free[segment->size16];
        worker->free[segment->size16] = stack_ref_of(segment);
        if (--worker->lookaside_room < 0)
                flush(LOOKASIDE_MAX / 2);
}

/* Called by mori_start_linked: a first segment, of a size that the lookaside has not got. */
struct activity *stack_first_new(size_t need, const void *start_site);
struct activity *stack_first_new(size_t need, const void *start_site)
{
        struct worker *worker = worker_self();
        size_t bytes = round_up(need + STACK_FIRST_EXTRA + worker->first_more, 16);
        struct segment *segment;

        worker->first_more = 0;
        if (bytes < STACK_FIRST_TINY16 * 16)
                bytes = STACK_FIRST_MIN16 * 16;
        segment = segment_take(bytes);

        if (segment == NULL)
                stack_exhausted(start_site, need,
                                bytes > RUN_BYTES_MAX ? "a frame of 1 MiB" : "memory");
        segment->guard8 = STACK_GUARD8_FIRST;
        return (struct activity *)segment;
}

/*
 * Called by __morestack: a further segment behind the current one, twice as large, or as large as
 * one frame needs.
 */
struct segment *stack_segment_new(size_t need, const void *function);
struct segment *stack_segment_new(size_t need, const void *function)
{
        struct worker *worker = worker_self();
        struct segment *current = worker->segment, *segment;
        size_t bytes = (size_t)current->size16 << (STACK_REF_SHIFT + 1);
        size_t bytes_min = need + STACK_HEADER_BYTES + STACK_SLACK + 32;

        if (current->next != 0) { /* too small for this frame */
                void stack_segments_release_all(struct segment *);

                stack_segments_release_all(current);
        }
        if (bytes > (size_t)SIZE16_MAX << STACK_REF_SHIFT)
                bytes = (size_t)SIZE16_MAX << STACK_REF_SHIFT;
        if (bytes < bytes_min)
                bytes = bytes_min;
        segment = segment_take(bytes);
        if (segment == NULL)
                stack_exhausted(function, need,
                                bytes > RUN_BYTES_MAX ? "a frame of 1 MiB" : "memory");
        segment->guard8 = STACK_GUARD8_FURTHER;
        segment->previous = stack_ref_of(current);
        segment->next = 0;
        current->next = stack_ref_of(segment);
        return segment;
}

/* Gives back every segment behind this one. */
void stack_segments_release_all(struct segment *segment);
void stack_segments_release_all(struct segment *segment)
{
        stack_ref ref = segment->next;

        segment->next = 0;
        while (ref != 0) {
                struct segment *further = stack_at(ref);

                ref = further->next;
                segment_give(further);
        }
}

/*
 * Called by a join, for a first segment, and by a suspension, for a spare one, that find the
 * lookaside full, or a segment that it does not hold.
 */
void stack_first_free(struct activity *activity);
void stack_first_free(struct activity *activity)
{
        if (activity->segment.size16 <= SIZE16_MAX)
                worker_self()->lookaside_room++; /* the caller has counted it already */
        segment_give(&activity->segment);
}

#else

/*
 * Mapped stacks: a block is a stack of 64 KiB, committed as it is touched, with a guard page at its
 * lower end and the control block at its upper end, so that an activity that waits touches one
 * page.
 */
static uint32_t stack_block_fresh(void)
{
        uint32_t number = blocks_fresh(1);

        if (number == 0)
                return 0;
        if (platform_memory_guard(block_address(number), MAPPED_GUARD_BYTES) < 0) {
                block_put(number); /* for pieces, which need no guard */
                return 0;
        }
        stack_valgrind_made(block_address(number) + MAPPED_GUARD_BYTES,
                            BLOCK_BYTES - MAPPED_GUARD_BYTES);
        return number;
}

struct activity *stack_first_new(size_t need, const void *start_site);
struct activity *stack_first_new(size_t need, const void *start_site)
{
        struct activity *activity;
        uint32_t number;

        base_lock(&arena.lock);
        number = arena.stacks_resident;
        if (number != 0) {
                list_remove(&arena.stacks_resident, number);
                arena.bytes_stacks_cached -= BLOCK_BYTES;
        } else if (arena.stacks_purged != 0) {
                number = arena.stacks_purged;
                list_remove(&arena.stacks_purged, number);
        } else {
                number = stack_block_fresh();
        }
        if (number != 0) {
                block_become(number, BLOCK_SIZED, 0, 1);
                arena.bytes_sized += BLOCK_BYTES;
                arena.segments++;
        }
        base_unlock(&arena.lock);
        if (number == 0)
                stack_exhausted(start_site, need,
                                platform_memory_guard_is_cheap()
                                        ? "memory"
                                        : "guard pages (vm.max_map_count raises it)");
        activity = (struct activity *)(block_address(number) + BLOCK_BYTES - STACK_MAPPED_CONTROL);
        segment_shape(&activity->segment, (uint16_t)(BLOCK_BYTES >> STACK_REF_SHIFT), 0);
        stack_sanitizer_new(activity);
        stack_valgrind_start(worker_self()->sync_sp);
        return activity;
}

void stack_first_free(struct activity *activity);
void stack_first_free(struct activity *activity)
{
        worker_self()->lookaside_room++; /* the join has counted it already */
        base_lock(&arena.lock);
        stack_push(block_of(activity));
        base_unlock(&arena.lock);
}

void stack_segments_release_all(struct segment *segment);
void stack_segments_release_all(struct segment *segment)
{
        assert_always(segment->next == 0);
}

static void segment_give(struct segment *segment)
{
        struct worker *worker = worker_self();

        if (worker->lookaside_room-- > 0) {
                ((struct activity *)segment)->link_next = worker->free[MAPPED_CLASS];
                worker->free[MAPPED_CLASS] = stack_ref_of(segment);
        } else {
                worker->lookaside_room++;
                base_lock(&arena.lock);
                stack_push(block_of(segment));
                base_unlock(&arena.lock);
        }
}

#endif

void stack_activity_free(struct activity *activity)
{
        stack_segments_release_all(&activity->segment);
        activity->segment.generation = 0;
        activity->segment.state = ACTIVITY_STATE_FREE;
        stack_sanitizer_clear(activity); /* its frames were not left in order */
        segment_give(&activity->segment);
}

/* A few stores; a call of memset(3) would cost more than all the rest. */
static inline void piece_zero(void *piece, size_t size16)
{
        typedef uint64_t pair __attribute__((vector_size(16)));
        pair *at = piece, *end = at + size16;

        while (at < end) {
                *at++ = (pair){0, 0};
                __asm__ volatile("" : : : "memory"); /* lest it becomes a memset() */
        }
}

/* Pieces share the lookaside and the blocks with segments; mapped, they stand among stacks. */
void *stack_piece_new(size_t bytes)
{
        struct worker *worker = worker_self();
        uint16_t size16 = (uint16_t)(round_up(bytes, 16) >> STACK_REF_SHIFT);
        struct segment *piece;

        assert_always(bytes <= 512 && size16 >= 3);
        if (likely(worker->free[size16] != 0)) {
                piece = stack_at(worker->free[size16]);
                worker->free[size16] = ((struct activity *)piece)->link_next;
                worker->lookaside_room++;
        } else {
                piece = refill(size16, BATCH);
                if (piece == NULL)
                        return NULL;
        }
        piece_zero(piece, size16);
        return piece;
}

void stack_piece_free(void *piece, size_t bytes)
{
        struct worker *worker = worker_self();
        size_t size16 = round_up(bytes, 16) >> STACK_REF_SHIFT;

        if (piece == NULL)
                return;
        /* whoever takes it next may want a segment */
        ((struct segment *)piece)->size16 = (uint16_t)size16;
        ((struct activity *)piece)->link_next = worker->free[size16];
        worker->free[size16] = stack_ref_of(piece);
        if (--worker->lookaside_room < 0)
                flush(LOOKASIDE_MAX / 2);
}

/* Purges free blocks of a list until `cached` is down to `target` bytes. */
static void trim_list(uint32_t *resident, uint32_t *purged, size_t *cached, size_t target,
                      size_t guard)
{
        while (*cached > target && *resident != 0) {
                uint32_t number = *resident;

                list_remove(resident, number);
                platform_memory_purge(block_address(number) + guard, BLOCK_BYTES - guard);
                arena.blocks[number].resident = false;
                *cached -= BLOCK_BYTES;
                list_push(purged, number);
        }
}

bool stack_trim(void)
{
        struct worker *worker = worker_self();
        size_t limit, step;
        bool more;

        if (arena.keeps)
                return false;
        turns_trim(worker->ready, worker->live);
        base_lock(&arena.lock);
        limit = CACHE_MIN + arena.bytes_sized / 4;
        step = (arena.bytes_cached + arena.bytes_stacks_cached) / 8 + TRIM_MIN;
        if (arena.bytes_cached > limit)
                trim_list(&arena.free_resident, &arena.free_purged, &arena.bytes_cached,
                          arena.bytes_cached > limit + step ? arena.bytes_cached - step : limit, 0);
#ifdef MORI_MAPPED
        /* The page of guards survives the purge of what lies above it. */
        if (arena.bytes_stacks_cached > limit)
                trim_list(&arena.stacks_resident, &arena.stacks_purged, &arena.bytes_stacks_cached,
                          arena.bytes_stacks_cached > limit + step
                                  ? arena.bytes_stacks_cached - step
                                  : limit,
                          MAPPED_GUARD_BYTES);
#endif
        more = arena.bytes_cached > limit || arena.bytes_stacks_cached > limit;
        base_unlock(&arena.lock);
        return more;
}

size_t stack_table_bytes(size_t bytes)
{
        return round_up(((bytes >> BLOCK_SHIFT) + 1) * sizeof(struct block), TABLE_BYTES);
}

int stack_arena_lock(size_t bytes, void (*lock)(void *address, size_t bytes, void *argument),
                     void *argument)
{
        uint32_t end = 1 + (uint32_t)(bytes >> BLOCK_SHIFT), number = 1;
        bool good;

        base_lock(&arena.lock);
        good = bytes < ARENA_BYTES && blocks_commit(end);
#ifdef MORI_MAPPED
        /* Those that were stacks before, of an earlier program, have guards, which stay. */
        for (; good && number < arena.next_block && number < end; number++)
                lock(block_address(number) + MAPPED_GUARD_BYTES, BLOCK_BYTES - MAPPED_GUARD_BYTES,
                     argument);
#endif
        if (good && number < end)
                lock(block_address(number), (end - number) * BLOCK_BYTES, argument);
        if (good)
                lock(arena.blocks, stack_table_bytes(bytes), argument);
        arena.keeps |= good;
        base_unlock(&arena.lock);
        return good ? 0 : -ENOMEM;
}

void stack_usage(struct stack_usage *ret_usage)
{
        base_lock(&arena.lock);
        *ret_usage = (struct stack_usage){
                .bytes_committed = arena.bytes_sized,
                .bytes_cached = arena.bytes_cached + arena.bytes_stacks_cached,
                .segments = arena.segments,
        };
        base_unlock(&arena.lock);
}

void stack_check(void)
{
        size_t sized = 0, cached = 0, segments = 0;
        uint32_t number;

        base_lock(&arena.lock);
        for (number = 1; number < arena.next_block; number++) {
                struct block *block = &arena.blocks[number];
                uint32_t word, free = 0;

                if (block->state == BLOCK_FREE) {
                        cached += block->resident ? BLOCK_BYTES : 0;
                        continue;
                }
                sized += BLOCK_BYTES;
                segments += block->used;
                if (block->state != BLOCK_SIZED || block->size16 == 0)
                        continue;
                for (word = 0; word < sizeof block->free / sizeof block->free[0]; word++) {
                        assert_always(word >= block->first || block->free[word] == 0);
                        free += (uint32_t)__builtin_popcountll(block->free[word]);
                }
                assert_always(free + block->used == block->mark); /* (1) */
                assert_always(block->mark <= block->capacity);
        }
        assert_always(sized == arena.bytes_sized && segments == arena.segments);
        assert_always(cached == arena.bytes_cached + arena.bytes_stacks_cached); /* (3) */
        base_unlock(&arena.lock);
}
