/* SPDX-License-Identifier: MIT */
/* Heaps by themselves, against a model; and those of processes, by the public API. */
#include "support/async.h"

#include "memory/heap.h"
#include "memory/pages.h"

#include <mori/heap.h>
#include <mori/process.h>

#include <errno.h>
#include <stdlib.h>

#define BLOCKS 400

static uint64_t random_state;

static uint32_t draw(uint32_t bound)
{
        random_state = random_state * 6364136223846793005u + 1442695040888963407u;
        return (uint32_t)(random_state >> 33) % bound;
}

static size_t draw_bytes(void)
{
        static const uint32_t most[] = {1, 40, 300, 2048, 2049, 5000, 70000, 300000};

        return draw(most[draw(8)]);
}

struct model {
        unsigned char *block;
        size_t bytes;
        unsigned char filled;
};

static void model_check(const struct heap *heap, const struct model *model)
{
        size_t i;

        ck_assert_uint_eq((uintptr_t)model->block & 15, 0);
        ck_assert_uint_ge(heap_block_bytes(heap, model->block), model->bytes);
        for (i = 0; i < model->bytes; i += model->bytes < 4096 ? 1 : 509)
                ck_assert_uint_eq(model->block[i], model->filled);
}

static void model_free(struct heap *heap, struct model *model)
{
        model_check(heap, model);
        ck_assert(!heap_give(heap, model->block + 1));
        ck_assert(heap_give(heap, model->block));
        ck_assert(!heap_give(heap, model->block));
        ck_assert_uint_eq(heap_block_bytes(heap, model->block), 0);
        model->block = NULL;
}

START_TEST(blocks_keep_what_is_in_them)
{
        static struct model models[2][BLOCKS];
        struct heap *heaps[2] = {heap_new(SIZE_MAX), heap_new(SIZE_MAX)};

        random_state = 1;
        for (int i = 0; i < TEST_TIMES(6000); i++) {
                unsigned which = draw(2);
                struct model *model = &models[which][draw(BLOCKS)];

                if (model->block != NULL) {
                        ck_assert_uint_eq(heap_block_bytes(heaps[1 - which], model->block), 0);
                        ck_assert_uint_eq(heap_block_bytes(heaps[which], model->block + 1), 0);
                        model_free(heaps[which], model);
                        continue;
                }
                model->bytes = draw_bytes();
                model->filled = (unsigned char)draw(256);
                model->block = heap_alloc(heaps[which], model->bytes);
                ck_assert_ptr_nonnull(model->block);
                memset(model->block, model->filled, model->bytes);
        }
        for (unsigned i = 0; i < BLOCKS; i++) /* one heap empties, the other goes whole */
                if (models[0][i].block != NULL)
                        model_free(heaps[0], &models[0][i]);
        ck_assert_uint_le(heaps[0]->bytes, HEAP_CLASSES * PAGE_BYTES);
        for (unsigned i = 0; i < BLOCKS; i++)
                if (models[1][i].block != NULL)
                        model_check(heaps[1], &models[1][i]);
        heap_free(heaps[0]);
        heap_free(heaps[1]);
}
END_TEST

START_TEST(each_size_has_room)
{
        struct heap *heap = heap_new(SIZE_MAX);

        for (size_t bytes = 0; bytes <= 70000; bytes += bytes < 3000 ? 1 : 977) {
                char *block = heap_alloc(heap, bytes);

                ck_assert_ptr_nonnull(block);
                ck_assert_uint_ge(heap_block_bytes(heap, block), bytes == 0 ? 1 : bytes);
                memset(block, 1, bytes);
                ck_assert(heap_give(heap, block));
        }
        heap_free(heap);
}
END_TEST

START_TEST(a_quota_is_kept)
{
        struct heap *heap = heap_new(1 << 20);
        unsigned count = 0;

        while (heap_alloc(heap, 1000) != NULL)
                count++;
        ck_assert_uint_eq(count, 4 * 256);
        ck_assert_uint_eq(heap->bytes, 1 << 20);
        ck_assert_ptr_null(heap_alloc(heap, 5000));
        ck_assert_ptr_null(heap_alloc(heap, SIZE_MAX - 100));
        heap_free(heap);
        heap = heap_new(1 << 20);
        ck_assert_ptr_null(heap_alloc(heap, 1 << 20)); /* and a page */
        ck_assert_ptr_nonnull(heap_alloc(heap, (1 << 20) - 4096));
        heap_free(heap);
}
END_TEST

/* ---- Processes */

static async int uses_heap(int argc, char **argv)
{
        char *block, *zeroed;

        (void)argc;
        (void)argv;
        EXPECT_EQ(mori_heap_bytes(), 0);
        block = mori_alloc(10);
        EXPECT_EQ(mori_heap_bytes(), 4096);
        memcpy(block, "123456789", 10);
        block = mori_realloc(block, 5000);
        EXPECT(memcmp(block, "123456789", 10) == 0);
        block = mori_realloc(block, 300000);
        EXPECT(memcmp(block, "123456789", 10) == 0);
        block = mori_realloc(block, 12);
        EXPECT(memcmp(block, "123456789", 10) == 0);
        EXPECT_EQ(mori_alloc_bytes(block), 16);
        attempt(await mori_yield());
        zeroed = mori_alloc_zero(100, 30);
        for (int i = 0; i < 3000; i++)
                EXPECT_EQ(zeroed[i], 0);
        mori_free(zeroed);
        mori_free(block);
        mori_free(NULL);
        (void)mori_alloc(100000); /* goes with the process */
        (void)mori_alloc(100);
        return 0;
}

START_TEST(the_heap_goes_with_the_process)
{
        for (int i = 0; i < 100; i++)
                ck_assert_int_eq(run(uses_heap), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static async int is_bad(void *argument)
{
        char *block = mori_alloc(100), **other = shared_bytes();

        attempt(await mori_yield());
        switch (*(int *)argument) {
        case 0:
                mori_free(block);
                mori_free(block);
                break;
        case 1:
                mori_free(block + 16);
                break;
        case 2:
                mori_free(&block);
                break;
        case 3:
                mori_free(*other);
                break;
        case 4:
                (void)mori_realloc(block + 1, 4);
                break;
        case 5:
                for (;;)
                        (void)mori_alloc(10000);
        case 6:
                (void)mori_alloc_zero((uintptr_t)block << 16, (uintptr_t)block << 16);
                break;
        default:
                EXPECT(mori_alloc_try(1 << 20) == NULL);
                return 3;
        }
        return 0;
}

static async int all_bad(int argc, char **argv)
{
        struct mori_process_options options = {.name = "bad", .heap_max = 1 << 20};
        char **other = shared_bytes();
        struct mori_end end;

        (void)argc;
        (void)argv;
        *other = mori_alloc(100);
        for (int i = 0; i <= 7; i++) {
                mori_process process;

                EXPECT_EQ(await mori_process_start(is_bad, &i, sizeof i, &options, &process), 0);
                EXPECT_EQ(await mori_process_join(process, &end), 0);
                EXPECT_EQ(end.kind, i < 5   ? MORI_END_ABANDONED
                                    : i < 7 ? MORI_END_QUOTA
                                            : MORI_END_RETURNED);
                EXPECT_EQ(end.code, i < 5 ? 0 : i < 7 ? MORI_QUOTA_HEAP : 3);
                if (i < 5)
                        EXPECT(strstr(end.text, "is no block of this process's heap") != NULL);
                if (i == 5)
                        EXPECT(strstr(end.text, "heap's quota of 1048576") != NULL);
        }
        mori_free(*other);
        return 0;
}

START_TEST(what_is_no_block_is_found)
{
        ck_assert_int_eq(run(all_bad), 0);
        ck_assert_reported("is no block of this process's heap");
        assert_nothing_left();
}
END_TEST

TEST_MAIN("memory/heap", TEST(blocks_keep_what_is_in_them), TEST(each_size_has_room),
          TEST(a_quota_is_kept), TEST(the_heap_goes_with_the_process),
          TEST(what_is_no_block_is_found))
