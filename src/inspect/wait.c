/* SPDX-License-Identifier: MIT */
/* What activities wait for, in words: see reader.h. */
#include "inspect/reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TICK_SHIFT 16 /* of the timing wheels */

static size_t length_of(int printed, size_t bytes)
{
        return printed < 0 ? 0 : (size_t)printed < bytes ? (size_t)printed : bytes - 1;
}

static size_t operation_tell(struct inspect_reader *reader, uint64_t operation, char *text,
                             size_t bytes)
{
        uint64_t code, fd = 0, length = 0, cancelled = 0;
        const char *name;
        char number[32];

        if (inspect_get(reader, INSPECT_operation_code, operation, &code) < 0)
                return length_of(snprintf(text, bytes, "an operation that cannot be read"), bytes);
        inspect_get(reader, INSPECT_operation_fd, operation, &fd);
        inspect_get(reader, INSPECT_operation_length, operation, &length);
        inspect_get(reader, INSPECT_operation_cancelled, operation, &cancelled);
        name = inspect_name(reader, INSPECT_NAME_OPERATION, (unsigned)code);
        if (name == NULL) {
                snprintf(number, sizeof number, "operation %u", (unsigned)code);
                name = number;
        }
        if ((int32_t)fd < 0)
                return length_of(snprintf(text, bytes, "%s%s", name,
                                          cancelled ? ", cancelled" : ""),
                                 bytes);
        return length_of(snprintf(text, bytes, "%s on descriptor %d%s", name, (int32_t)fd,
                                  cancelled ? ", cancelled" : ""),
                         bytes);
}

/* What a select waits for: its first cases, as <mori/select.h> has them. */
#define CASES_TOLD 4

enum { CASE_RECEIVE = 1, CASE_SEND, CASE_DONE, CASE_AFTER, CASE_READY };

static int case_tell(struct inspect_reader *reader, uint64_t one, char *text, size_t bytes)
{
        uint64_t kind, on;

        if (inspect_get(reader, INSPECT_mori_case_kind, one, &kind) < 0 ||
            inspect_get(reader, INSPECT_mori_case_on, one, &on) < 0)
                return snprintf(text, bytes, "what cannot be read");
        switch (kind & 0xffffffff) {
        case CASE_RECEIVE:
                return snprintf(text, bytes, "receive from queue 0x%llx", (unsigned long long)on);
        case CASE_SEND:
                return snprintf(text, bytes, "send to queue 0x%llx", (unsigned long long)on);
        case CASE_DONE:
                return snprintf(text, bytes, "activity %u", (uint32_t)on);
        case CASE_AFTER:
                return snprintf(text, bytes, "%lld ms", (long long)on / 1000000);
        case CASE_READY:
                return snprintf(text, bytes, "file %u", (uint32_t)on);
        default:
                return snprintf(text, bytes, "case %u", (unsigned)kind);
        }
}

static size_t select_tell(struct inspect_reader *reader, uint64_t cases, char *text, size_t bytes)
{
        uint64_t node, count, i;
        size_t unit = reader->fields[INSPECT_mori_case_is].bytes, length = 0;

        if (unit == 0 || inspect_get(reader, INSPECT_mori_case_node, cases, &node) < 0 ||
            inspect_get(reader, INSPECT_select_node_count, node, &count) < 0)
                return 0;
        for (i = 0; i < count && i < CASES_TOLD; i++) {
                if (i > 0)
                        length += length_of(snprintf(text + length, bytes - length, ", or "),
                                            bytes - length);
                length += length_of(
                        case_tell(reader, cases + i * unit, text + length, bytes - length),
                        bytes - length);
        }
        if (count > i)
                length += length_of(snprintf(text + length, bytes - length, ", or %llu more",
                                             (unsigned long long)(count - i)),
                                    bytes - length);
        return length;
}

/* Who has what is waited for: the number of an activity that lives, or 0. */
static uint32_t holder(struct inspect_reader *reader, uint64_t object, enum inspect_field_id who,
                       enum inspect_field_id generation)
{
        uint64_t address, known, now;

        if (inspect_get(reader, who, object, &address) < 0 || address < 4096 ||
            inspect_get(reader, generation, object, &known) < 0 ||
            inspect_get(reader, INSPECT_activity_generation, address, &now) < 0 || known != now)
                return 0;
        return inspect_number(reader, address);
}

static size_t object_tell(struct inspect_reader *reader, uint8_t wait, uint64_t object, char *text,
                          size_t bytes, uint32_t *ret_number)
{
        if (wait == INSPECT_WAIT_LOCK)
                *ret_number = holder(reader, object, INSPECT_mori_lock_holder,
                                     INSPECT_mori_lock_generation);
        else if (wait == INSPECT_WAIT_RWLOCK)
                *ret_number = holder(reader, object, INSPECT_mori_rwlock_writer,
                                     INSPECT_mori_rwlock_generation);
        else if (wait == INSPECT_WAIT_ONCE)
                *ret_number = holder(reader, object, INSPECT_mori_once_runner,
                                     INSPECT_mori_once_generation);
        if (*ret_number != 0)
                return length_of(snprintf(text, bytes, "object 0x%llx, which activity %u has",
                                          (unsigned long long)object, *ret_number),
                                 bytes);
        return length_of(snprintf(text, bytes, "object 0x%llx", (unsigned long long)object), bytes);
}

int inspect_due(struct inspect_reader *reader, const struct inspect_activity *activity,
                uint64_t *ret_due)
{
        uint64_t timer, low, high;
        uint8_t wait;

        inspect_state(reader, activity->state, &wait);
        if (wait != INSPECT_WAIT_TIMER || reader->fields[INSPECT_sleeper_timer].bytes == 0)
                return -ENOENT;
        timer = activity->wait + reader->fields[INSPECT_sleeper_timer].offset;
        if (inspect_get(reader, INSPECT_timer_due_low, timer, &low) < 0 ||
            inspect_get(reader, INSPECT_timer_due_high, timer, &high) < 0)
                return -ENOENT;
        *ret_due = (high << 32 | low) << TICK_SHIFT;
        return 0;
}

size_t inspect_wait_tell(struct inspect_reader *reader, const struct inspect_activity *activity,
                         char *text, size_t bytes, uint32_t *ret_number)
{
        uint64_t fd;
        uint8_t wait;

        *ret_number = 0;
        text[0] = '\0';
        inspect_state(reader, activity->state, &wait);
        switch (wait) {
        case INSPECT_WAIT_ACTIVITY:
                *ret_number = inspect_number(reader, activity->wait);
                return length_of(snprintf(text, bytes, "activity %u", *ret_number), bytes);
        case INSPECT_WAIT_OPERATION:
                return operation_tell(reader, activity->wait, text, bytes);
        case INSPECT_WAIT_SELECT:
                return select_tell(reader, activity->wait, text, bytes);
        case INSPECT_WAIT_RECEIVER:
                if (inspect_get(reader, INSPECT_receiver_fd, activity->wait, &fd) < 0)
                        break;
                return length_of(snprintf(text, bytes, "bytes on descriptor %d", (int)(int32_t)fd),
                                 bytes);
        case INSPECT_WAIT_OBJECT:
        case INSPECT_WAIT_LOCK:
        case INSPECT_WAIT_RWLOCK:
        case INSPECT_WAIT_ONCE:
                return object_tell(reader, wait, activity->wait, text, bytes, ret_number);
        default:
                break;
        }
        return 0;
}
