/* SPDX-License-Identifier: MIT */
/*
 * The reader, on this program, while an activity of it runs: what it tells is compared with what is
 * known; and then on memory that is not what it should be.
 */
#include "inspect/here.h" /* before async.h, which makes keywords of some names */
#include "platform/fault.h"
#include "turn/process.h"

#include "support/async.h"

#include <errno.h>
#include <mori/queue.h>
#include <mori/select.h>

#define PLACES 64
#define FOUND_MAX 64

/* ---- A program in which everybody waits, and one looks */

static async int sleeps(void)
{
        return await mori_sleep(MORI_S(3600));
}

static async int receives(mori_queue *queue)
{
        long item;

        return await mori_queue_receive(queue, &item);
}

static async int selects(mori_queue *queue)
{
        long item;
        mori_case cases[] = {MORI_CASE_RECEIVE(queue, &item), MORI_CASE_AFTER(MORI_S(3600))};

        return await mori_select(cases, 2);
}

static async int owns(mori_queue *queue)
{
        int result = 0;

        scope {
                Async(int) inner = start(sleeps);

                scope {
                        ignore(start(receives, queue));
                        result = await join(inner);
                }
        }
        return result;
}

typedef void looks(void);

MORI_NONBLOCKING __attribute__((noinline)) static void look_now(void)
{
        looks *look = *(looks **)shared(10);

        look();
}

static async int looked_at(int argc, char **argv)
{
        mori_queue *queue = mori_queue_new(1, sizeof(long));

        (void)argc;
        (void)argv;
        scope {
                ignore(start(owns, queue));
                ignore(start(selects, queue));
                look_now();
                mori_scope_cancel();
        }
        mori_queue_free(queue);
        return 0;
}

static void run_looking(looks *look)
{
        *(looks **)shared(10) = look;
        ck_assert_int_eq(run(looked_at), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}

struct found {
        struct inspect_activity activities[FOUND_MAX];
        unsigned depths[FOUND_MAX];
        unsigned count;
        uint64_t cut, torn;
};

static void census(struct inspect_reader *reader, struct found *found, unsigned depth_max)
{
        struct inspect_place places[PLACES];
        struct inspect_process process;
        struct inspect_walk walk;
        uint64_t seat = inspect_seat_first(reader);

        memset(found, 0, sizeof *found);
        if (seat == 0 || inspect_process_first(reader, seat, &process) < 0)
                return;
        inspect_walk_begin(&walk, reader, &process, places, depth_max, FOUND_MAX - 1);
        while (inspect_walk_next(&walk, &found->activities[found->count],
                                 &found->depths[found->count])) {
                ck_assert_uint_lt(found->count, FOUND_MAX - 1);
                found->count++;
        }
        found->cut = walk.cut;
        found->torn = walk.torn;
}

static const struct inspect_activity *of_state(const struct found *found, uint8_t state)
{
        for (unsigned i = 0; i < found->count; i++)
                if (found->activities[i].state == state)
                        return &found->activities[i];
        ck_abort_msg("nobody is in state %u", state);
        return NULL;
}

static void look_at_all(void)
{
        struct inspect_registers registers;
        struct inspect_reader reader;
        const struct inspect_activity *one, *joins;
        struct inspect_activity activity;
        struct found found;
        char text[256];
        uint32_t other;
        uint64_t due;
        uint8_t wait;

        ck_assert(inspect_open_here(&reader));
        census(&reader, &found, PLACES);
        ck_assert_uint_eq(found.count, worker_self()->live);
        ck_assert_uint_eq(found.count, 5);
        ck_assert_uint_eq(found.cut + found.torn, 0);
        ck_assert_uint_eq(found.activities[0].state, ACTIVITY_STATE_RUNNING);
        ck_assert_uint_eq(found.activities[0].number,
                          inspect_number(&reader, (uintptr_t)worker_self()->activity));
        ck_assert_uint_eq(inspect_owner(&reader, &found.activities[0]), 0);

        joins = of_state(&found, ACTIVITY_STATE_WAITING_JOIN);
        one = of_state(&found, ACTIVITY_STATE_WAITING_TIMER);
        inspect_wait_tell(&reader, joins, text, sizeof text, &other);
        ck_assert_uint_eq(other, one->number);
        ck_assert_uint_eq(inspect_owner(&reader, one), joins->number);
        ck_assert_int_eq(inspect_due(&reader, one, &due), 0);
        ck_assert_uint_gt(due, 3500000000000u);
        ck_assert_int_eq(inspect_registers(&reader, one, &registers), 0);
        ck_assert_uint_eq(inspect_stack_bytes(&reader, one) >= 176, 1);

        one = of_state(&found, ACTIVITY_STATE_WAITING_LIST);
        ck_assert_uint_eq(inspect_owner(&reader, one), joins->number);
        one = of_state(&found, ACTIVITY_STATE_WAITING_SELECT);
        ck_assert_uint_eq(inspect_owner(&reader, one), found.activities[0].number);
        inspect_wait_tell(&reader, one, text, sizeof text, &other);
        ck_assert_ptr_nonnull(strstr(text, "receive from queue 0x"));
        ck_assert_ptr_nonnull(strstr(text, ", or 3600000 ms"));
        ck_assert_str_eq(inspect_state(&reader, one->state, &wait),
                         "waiting for the first of several");
        ck_assert_uint_eq(wait, INSPECT_WAIT_SELECT);

        ck_assert_ptr_null(inspect_state(&reader, 250, &wait));
        ck_assert_int_eq(inspect_activity(&reader, 1, &activity), -ESTALE);
        ck_assert_int_eq(inspect_activity(&reader, 0, &activity), -ESTALE);
        ck_assert_str_eq(inspect_name(&reader, INSPECT_NAME_OPERATION, PLATFORM_READ), "read");
        for (unsigned code = PLATFORM_NOP; code < PLATFORM_OP_CODES; code++) {
                ck_assert_ptr_nonnull(inspect_name(&reader, INSPECT_NAME_OPERATION, code));
                ck_assert_str_ne(inspect_name(&reader, INSPECT_NAME_OPERATION, code), "unknown");
        }

        census(&reader, &found, 2); /* no room for the depth: told, and no more */
        ck_assert_uint_eq(found.count, 3);
        ck_assert_uint_gt(found.cut, 0);
}

START_TEST(every_activity_is_found_with_its_owner_and_its_wait)
{
        run_looking(look_at_all);
}
END_TEST

/* ---- Memory that is damaged */

static struct damage {
        struct inspect_memory memory; /* first */
        struct inspect_memory *below;
        uint32_t number, offset, value; /* four bytes of a control block that read otherwise */
        uint64_t arena, random;
        unsigned one_in, fail_at, reads;
} damage;

static uint64_t random_next(void)
{
        damage.random = damage.random * 6364136223846793005u + 1442695040888963407u;
        return damage.random >> 33;
}

static int read_damaged(struct inspect_memory *memory, uint64_t address, void *buffer, size_t bytes)
{
        uint64_t block = damage.arena + ((uint64_t)damage.number << STACK_REF_SHIFT);
        int error = damage.below->read(damage.below, address, buffer, bytes);

        (void)memory;
        damage.reads++;
        if (error < 0 || damage.reads == damage.fail_at)
                return error < 0 ? error : -EFAULT;
        if (damage.number != 0 && address == block && damage.offset + 4 <= bytes)
                memcpy((char *)buffer + damage.offset, &damage.value, 4);
        if (damage.one_in != 0)
                for (size_t i = 0; i < bytes; i++)
                        if (random_next() % damage.one_in == 0)
                                ((char *)buffer)[i] = (char)random_next();
        return 0;
}

static void open_damaged(struct inspect_reader *reader)
{
        ck_assert(inspect_open_here(reader));
        damage = (struct damage){.memory = {read_damaged}, .below = reader->memory,
                                 .arena = reader->arena};
        reader->memory = &damage.memory;
}

static void look_at_cycles(void)
{
        struct inspect_reader reader;
        struct found found;
        uint32_t first, second;

        open_damaged(&reader);
        census(&reader, &found, PLACES);
        first = found.activities[0].number;
        second = of_state(&found, ACTIVITY_STATE_WAITING_JOIN)->number;

        /* a list of siblings that goes back to its beginning, to itself, and to anywhere */
        damage.number = first;
        damage.offset = ACTIVITY_SIBLING_NEXT;
        damage.value = first;
        census(&reader, &found, PLACES);
        ck_assert_uint_eq(found.torn, 1);
        damage.number = second;
        damage.value = first;
        census(&reader, &found, PLACES);
        ck_assert_uint_eq(found.torn, 1);
        ck_assert_uint_ge(found.count, 3);

        /* a chain of scopes that does not end */
        damage.offset = ACTIVITY_SCOPE;
        damage.value = second;
        census(&reader, &found, PLACES);
        ck_assert_uint_ge(found.torn, 1);
        damage.offset = ACTIVITY_CHILDREN;
        damage.value = first;
        census(&reader, &found, PLACES);
        ck_assert_uint_ge(found.torn, 1);
}

START_TEST(a_cycle_in_a_list_ends_the_list)
{
        run_looking(look_at_cycles);
}
END_TEST

static void look_at_noise(void)
{
        struct inspect_reader reader;
        struct found found;
        char text[64];
        uint32_t other;
        uint64_t due;

        open_damaged(&reader);
        for (unsigned i = 0; i < TEST_TIMES(20000); i++) {
                damage.random = i;
                damage.one_in = 1u << (i % 16 + 2);
                census(&reader, &found, PLACES);
                for (unsigned j = 0; j < found.count; j++) {
                        struct inspect_registers registers;

                        inspect_wait_tell(&reader, &found.activities[j], text, sizeof text, &other);
                        ck_assert_often(memchr(text, 0, sizeof text) != NULL);
                        inspect_owner(&reader, &found.activities[j]);
                        inspect_registers(&reader, &found.activities[j], &registers);
                        inspect_due(&reader, &found.activities[j], &due);
                        inspect_stack_bytes(&reader, &found.activities[j]);
                }
        }
        damage.one_in = 0;
        for (unsigned i = 1; i < 100; i++) { /* the n-th read fails */
                damage.fail_at = i;
                damage.reads = 0;
                census(&reader, &found, PLACES);
        }
}

START_TEST(noise_in_memory_is_survived)
{
        run_looking(look_at_noise);
}
END_TEST

/* ---- Records of another kind */

static void look_at_records(void)
{
        static _Alignas(16) char copy[INSPECT_BYTES_MAX];
        struct inspect_root *root = (struct inspect_root *)copy;
        struct inspect_reader reader, again;
        struct found found;
        char error[256];
        size_t bytes;

        ck_assert(inspect_open_here(&reader));
        memcpy(copy, reader.root, reader.root->bytes);
        ck_assert_int_eq(inspect_root_check(root, &bytes, error, sizeof error), 0);
        ck_assert_uint_eq(bytes, reader.root->bytes);

        root->version = INSPECT_VERSION + 1;
        ck_assert_int_eq(inspect_open(&again, reader.memory, root, error, sizeof error), -EINVAL);
        ck_assert_ptr_nonnull(strstr(error, "version 2"));
        root->version = INSPECT_VERSION;
        root->magic++;
        ck_assert_int_eq(inspect_open(&again, reader.memory, root, error, sizeof error), -EINVAL);
        root->magic--;
        root->fields.count = UINT16_MAX;
        ck_assert_int_eq(inspect_open(&again, reader.memory, root, error, sizeof error), -EINVAL);
        ck_assert_ptr_nonnull(strstr(error, "damaged"));
        root->fields.count = 0; /* an activity has no size any more */
        ck_assert_int_eq(inspect_open(&again, reader.memory, root, error, sizeof error), -EINVAL);
        root->fields = reader.root->fields;
        root->bytes = 16;
        ck_assert_int_eq(inspect_open(&again, reader.memory, root, error, sizeof error), -EINVAL);
        root->bytes = reader.root->bytes;

        /* an older program has no such fields: what can be told is told */
        for (unsigned i = 0; i < root->fields.count; i++) {
                struct inspect_field *field =
                        (struct inspect_field *)(copy + root->fields.offset) + i;

                if (strncmp(field->name, "sleeper.", 8) == 0 ||
                    strncmp(field->name, "select_node.", 12) == 0)
                        field->name[0] = '?';
        }
        root->states.count = 3;
        ck_assert_int_eq(inspect_open(&again, reader.memory, root, error, sizeof error), 0);
        census(&again, &found, PLACES);
        ck_assert_uint_eq(found.count, 5);
        ck_assert_ptr_null(inspect_state(&again, ACTIVITY_STATE_WAITING_TIMER, NULL));
}

START_TEST(another_version_is_refused_and_an_older_table_is_read)
{
        run_looking(look_at_records);
}
END_TEST

START_TEST(memory_that_is_not_there_is_an_error)
{
        struct inspect_reader reader;
        char byte = 'x', seen = 0;

        run_looking(look_at_all); /* so that there is a record */
        ck_assert(inspect_open_here(&reader));
        ck_assert_int_eq(reader.memory->read(reader.memory, 16, &seen, 1), -EFAULT);
        ck_assert_int_eq(reader.memory->read(reader.memory, UINT64_MAX - 4, &seen, 1), -EFAULT);
        ck_assert_int_eq(reader.memory->read(reader.memory, (uintptr_t)&byte, &seen, 1), 0);
        ck_assert_int_eq(seen, 'x');
}
END_TEST

static void faults(void *pointer)
{
        int *volatile nowhere = pointer; /* so that the compiler does not see it coming */

        *nowhere = 1;
}

static void does_nothing(void *pointer)
{
        (void)pointer;
}

START_TEST(a_fault_under_guard_ends_what_it_was_in_alone)
{
        for (int i = 0; i < 100; i++) {
                ck_assert(!platform_fault_guard(faults, (void *)16));
                ck_assert(platform_fault_guard(does_nothing, NULL));
        }
}
END_TEST

#ifdef MORI_SANITIZED /* they report it, and end the program in their own way */
#define WITHOUT_GUARD
#else
#define WITHOUT_GUARD TEST_SIGNAL(a_fault_without_guard_is_one, SIGSEGV),
START_TEST(a_fault_without_guard_is_one)
{
        platform_fault_guard(does_nothing, NULL);
        faults((void *)16);
}
END_TEST
#endif

TEST_MAIN("activity/root", TEST(a_fault_under_guard_ends_what_it_was_in_alone),
          WITHOUT_GUARD TEST(every_activity_is_found_with_its_owner_and_its_wait),
          TEST(a_cycle_in_a_list_ends_the_list), TEST(noise_in_memory_is_survived),
          TEST(another_version_is_refused_and_an_older_table_is_read),
          TEST(memory_that_is_not_there_is_an_error))
