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
 * Blocks have 64 KiB. A block of a size is cut into equal segments; it keeps those that are free in
 * a list, and those that were never used beyond its high-water mark, so that their pages are not
 * touched before they are needed. The table of blocks stands outside of the arena, so that 176-byte
 * segments lose nothing to headers. A frame that needs more than a block has takes a run of blocks,
 * which stays one when it comes back.
 *
 * Invariants.
 *  (1) block.used counts the segments that are not in its free list and below its mark: in chains
 *      or in lookasides.
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
#define BLOCKS (ARENA_BYTES >> BLOCK_SHIFT)
#define ARENA_BYTES_MIN ((size_t)64 << 20)
#define COMMIT_BLOCKS 32 /* 2 MiB at a time */
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
        stack_ref free;    /* segments given back */
        uint16_t size16;
        uint16_t used;
        uint16_t mark;     /* segments that were ever used */
        uint16_t state;
        /* in the list of its size, or of the free blocks; a block number, 0 ends */
        uint32_t next;
        uint32_t previous;
        bool resident;     /* a free block that the kernel has not got back */
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
        table = round_up(arena.limit * sizeof(struct block), 4096);
        error = platform_memory_reserve(table, 4096, &blocks);
        if (error == 0)
                error = platform_memory_commit(blocks, table);
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
        worker->lookaside_room = LOOKASIDE_MAX;
        /*
         * A handle that is stale finds memory that may be something else by now. What stands where
         * its generation was is seldom a number like these: neither small, nor half of an address.
         */
        worker->generation = GENERATION_FIRST;
        if (lowest == NULL)
                lowest = (char *)__builtin_frame_address(0) - CLASSICAL_BYTES;
        /* The rest is for the C code that starts call, and for what interrupts it. */
        worker->sync_limit = lowest + CLASSICAL_REST;
}

static char *block_address(uint32_t number)
{
        return stack_arena + ((size_t)number << BLOCK_SHIFT);
}

static uint32_t block_of(const void *address)
{
        return (uint32_t)((size_t)((const char *)address - stack_arena) >> BLOCK_SHIFT);
}

static uint32_t block_capacity(uint16_t size16)
{
        return (uint32_t)(BLOCK_BYTES >> STACK_REF_SHIFT) / size16;
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

/*
 * `count` neighbouring blocks that were never used, with memory behind them; 0 where there is none
 * left.
 */
static uint32_t blocks_fresh(uint32_t count)
{
        uint32_t first = arena.next_block;

        if (first + count > arena.limit)
                return 0;
        while (first + count > arena.committed) {
                uint32_t chunk = COMMIT_BLOCKS;

                if (arena.committed % COMMIT_BLOCKS != 0)
                        chunk = COMMIT_BLOCKS - arena.committed % COMMIT_BLOCKS;
                if (platform_memory_commit(block_address(arena.committed), chunk * BLOCK_BYTES) < 0)
                        return 0;
                platform_memory_huge(block_address(arena.committed), chunk * BLOCK_BYTES,
                                     HUGE_FROM <= arena.committed);
                arena.committed += chunk;
        }
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

static void block_put(uint32_t number)
{
        arena.bytes_cached += BLOCK_BYTES;
        arena.blocks[number] = (struct block){.state = BLOCK_FREE, .resident = true};
        list_push(&arena.free_resident, number);
}

static uint32_t block_take(uint16_t size16)
{
        uint32_t number = block_get();

        if (number == 0)
                return 0;
        arena.blocks[number] =
                (struct block){.size16 = size16, .state = BLOCK_SIZED, .resident = true};
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

static struct segment *block_pop(uint32_t number)
{
        struct block *block = &arena.blocks[number];
        struct activity *segment;

        if (block->free != 0) {
                segment = activity_at(block->free);
                block->free = segment->link_next;
        } else {
                segment = (struct activity *)(block_address(number) +
                                              (((size_t)block->mark * block->size16)
                                               << STACK_REF_SHIFT));
                block->mark++;
        }
        block->used++;
        arena.segments++;
        if (block->free == 0 && block->mark == block_capacity(block->size16))
                list_remove(&arena.with_room[block->size16], number);
        return &segment->segment;
}

static void block_push(struct segment *segment)
{
        uint32_t number = block_of(segment);
        struct block *block = &arena.blocks[number];

        assert_always(block->state == BLOCK_SIZED && block->used > 0);
        if (block->free == 0 && block->mark == block_capacity(block->size16))
                list_push(&arena.with_room[block->size16], number);
        ((struct activity *)segment)->link_next = block->free;
        block->free = stack_ref_of(segment);
        block->used--;
        arena.segments--;
        if (block->used == 0)
                block_release(number);
}

#ifndef MORI_MAPPED
/*
 * A run of blocks for what is larger than 8 KiB. A run stays one, so that the arena is not cut into
 * ever smaller pieces.
 */
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
                arena.blocks[number] =
                        (struct block){.size16 = (uint16_t)count, .used = 1, .state = BLOCK_RUN};
                for (i = 1; i < count; i++)
                        arena.blocks[number + i] = (struct block){.state = BLOCK_RUN_TAIL};
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
                platform_memory_purge(block_address(number), count * BLOCK_BYTES);
                for (i = 0; i < count; i++)
                        arena.blocks[number + i] = (struct block){.state = BLOCK_FREE};
                list_push(&arena.runs[count], number);
        }
        base_unlock(&arena.lock);
}

#endif

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
        struct segment *last = NULL;
        size_t i;

        base_lock(&arena.lock);
        for (i = 0; i < batch; i++) {
                uint32_t number = arena.with_room[size16];
                struct segment *segment;

                if (number == 0)
                        number = block_take(size16);
                if (number == 0)
                        break;
                segment = block_pop(number);
                segment_shape(segment, size16, STACK_GUARD8_FIRST);
                if (last != NULL) {
                        ((struct activity *)last)->link_next = worker->free[size16];
                        worker->free[size16] = stack_ref_of(last);
                        worker->lookaside_room--;
                }
                last = segment;
        }
        base_unlock(&arena.lock);
        return last;
}

#ifdef MORI_MAPPED
/* A mapped stack is free. Its guard stays, so it can only be a stack again. */
static void stack_push(uint32_t number)
{
        stack_sanitizer_free(
                (struct activity *)(block_address(number) + BLOCK_BYTES - STACK_MAPPED_CONTROL));
        assert_always(arena.blocks[number].state == BLOCK_SIZED);
        arena.blocks[number] = (struct block){.state = BLOCK_FREE, .resident = true};
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

/*
 * Called by mori_start_linked: a first segment for a frame of so many bytes, of a size that the
 * lookaside has not got.
 */
struct activity *stack_first_new(size_t need, const void *start_site);
struct activity *stack_first_new(size_t need, const void *start_site)
{
        size_t bytes = round_up(need + STACK_FIRST_EXTRA, 16);
        struct segment *segment;

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
                number = blocks_fresh(1);
                if (number != 0 &&
                    platform_memory_guard(block_address(number), MAPPED_GUARD_BYTES) < 0)
                        number = 0;
        }
        if (number != 0) {
                arena.blocks[number] =
                        (struct block){.used = 1, .state = BLOCK_SIZED, .resident = true};
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

/*
 * Pieces share the lookaside and the blocks with segments; in mapped mode they stand among the
 * stacks.
 */
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
        size_t limit, step;
        bool more;

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
                stack_ref ref;
                uint32_t listed = 0;

                if (block->state == BLOCK_FREE) {
                        cached += block->resident ? BLOCK_BYTES : 0;
                        continue;
                }
                sized += BLOCK_BYTES;
                segments += block->used;
                if (block->state != BLOCK_SIZED || block->size16 == 0)
                        continue;
                for (ref = block->free; ref != 0; ref = activity_at(ref)->link_next) {
                        assert_always(block_of(stack_at(ref)) == number);
                        listed++;
                }
                assert_always(listed + block->used == block->mark); /* (1) */
                assert_always(block->mark <= block_capacity(block->size16));
        }
        assert_always(sized == arena.bytes_sized && segments == arena.segments);
        assert_always(cached == arena.bytes_cached + arena.bytes_stacks_cached); /* (3) */
        base_unlock(&arena.lock);
}
