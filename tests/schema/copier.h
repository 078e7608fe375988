/* SPDX-License-Identifier: MIT */
/*
 * The main() of a program that stock.py writes: reads messages from standard input, has each copied
 * field by field by generated code, and writes the copies. Exit code 1 where one is wrong.
 */
#include <mori/wire_build.h>
#include <mori/wire_frame.h>

#include <stdio.h>
#include <stdlib.h>

static int copy_root(struct mori_wire_pointer from, struct mori_wire_slot to);

#define TRY(call)                                                                                  \
        do {                                                                                       \
                int error_ = (call);                                                               \
                                                                                                   \
                if (error_ != 0)                                                                   \
                        return error_;                                                             \
        } while (0)

/* What the runtime has: here there is none. */
void mori_broken(const char *condition, const char *file, int line, const char *function)
{
        fprintf(stderr, "%s:%d: %s: %s\n", file, line, function, condition);
        abort();
}

_Noreturn void base_assertion_failed(const char *condition, const char *file, int line,
                                     const char *function);
_Noreturn void base_assertion_failed(const char *condition, const char *file, int line,
                                     const char *function)
{
        mori_broken(condition, file, line, function);
        abort();
}

static uint64_t input[1 << 18];

static void give_up(const char *what, int number)
{
        fprintf(stderr, "copier: %s (%d)\n", what, number);
        exit(1);
}

static void put(const void *bytes, size_t count)
{
        if (fwrite(bytes, 1, count, stdout) != count)
                give_up("cannot write", 0);
}

static void copy_one(struct mori_wire_message *message, uint32_t first)
{
        static struct mori_wire_segment segments[MORI_WIRE_SEGMENTS_MAX];
        static uint64_t table[MORI_WIRE_SEGMENTS_MAX];
        struct mori_wire_builder builder;
        int error = mori_wire_builder_init(&builder, NULL, first, 1 << 20);

        if (error == 0)
                error = copy_root(mori_wire_root(message), mori_wire_builder_root(&builder));
        if (error != 0 || message->error.fault != MORI_WIRE_GOOD)
                give_up(mori_wire_fault_text(message->error.fault), error);
        if (builder.count > MORI_WIRE_SEGMENTS_MAX)
                give_up("segments", (int)builder.count);
        mori_wire_builder_segments(&builder, segments);
        mori_wire_frame_table(segments, builder.count, table);
        put(table, mori_wire_frame_table_bytes(builder.count));
        for (uint32_t i = 0; i < builder.count; i++)
                put(segments[i].words, segments[i].count * (size_t)8);
        mori_wire_builder_deinit(&builder);
}

int main(void)
{
        struct mori_wire_segment segments[MORI_WIRE_SEGMENTS_MAX];
        size_t bytes = fread(input, 1, sizeof input, stdin), at = 0, need;
        uint32_t first = 1;

        while (at < bytes) {
                const char *frame = (const char *)input + at;
                int64_t whole = mori_wire_frame_bytes(frame, bytes - at, 1 << 20, &need);
                struct mori_wire_message message;
                int count;

                if (whole <= 0 || (size_t)whole > bytes - at)
                        give_up("the last message is not whole", 0);
                count = mori_wire_frame_open(frame, (size_t)whole, segments,
                                             MORI_WIRE_SEGMENTS_MAX);
                if (count < 0)
                        give_up("frame", count);
                mori_wire_message_init(&message, segments, (uint32_t)count);
                copy_one(&message, first);
                first = first == 1 ? 1000 : 1;
                at += (size_t)whole;
        }
        return 0;
}
