/* SPDX-License-Identifier: MIT */
/* What is put into a lane, and what is taken out of it. See verb.h. */
#include "object/verb.h"

#include "object/circle.h"
#include "object/handoff.h"
#include "object/table.h"
#include "turn/failure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CAPABILITIES_FEW 8u

/* ---- Putting */

/* What a record is written into: the lane's memory, and the block beside it, if it is long. */
struct record {
        void *head;
        char *rest;
        uint32_t bytes; /* of what is in the lane */
        bool is_long;
        uint64_t block;
};

/* Bytes of a message behind the head. */
static size_t message_rest(const struct message *message)
{
        return message->capabilities_count * sizeof(struct descriptor) +
               message->words_count * sizeof(uint64_t);
}

/* Room in the lane; NULL where there is none. */
static inline void *room(struct connection *connection, uint32_t bytes)
{
        void *at = lane_reserve(&connection->end->out, bytes);

        if (unlikely(at == NULL) && lane_wrong(&connection->end->in) < 0)
                bell_again(&connection->end->bell); /* there never will be any */
        return at;
}

/* 0; -EAGAIN: no room; -ENOMEM. */
static int record_begin(struct connection *connection, struct record *record, uint32_t head_bytes,
                        const struct message *message)
{
        size_t rest = message_rest(message);
        void *beside;
        int error;

        record->is_long = head_bytes + rest > LANE_RECORD_MAX;
        record->bytes = head_bytes + (uint32_t)(record->is_long ? sizeof record->block : rest);
        record->head = room(connection, record->bytes);
        if (record->head == NULL)
                return -EAGAIN;
        record->rest = (char *)record->head + head_bytes;
        if (record->is_long) {
                error = lane_beside(&connection->end->out, rest, &beside, &record->block);
                if (error < 0)
                        return error;
                memcpy(record->rest, &record->block, sizeof record->block);
                record->rest = beside;
        }
        return 0;
}

static void descriptors_undo(struct connection *connection, const struct descriptor *descriptors,
                             uint32_t count)
{
        for (uint32_t i = 0; i < count; i++)
                if (descriptors[i].kind != DESCRIPTOR_RECEIVER)
                        (void)export_release(connection, descriptors[i].id, 1);
}

/*
 * Whose is it, as far as is known here? What comes over a border is handed off as if it were ours:
 * nobody else of this domain can reach it; and what goes over one is ours.
 */
static enum descriptor_kind descriptor_of(const struct connection *to,
                                          const struct capability *capability)
{
        const struct connection *from = NULL;

        if (capability->kind == CAPABILITY_IMPORT)
                from = capability->import.connection;
        else if (capability->kind == CAPABILITY_PLACE)
                from = capability->place.question->connection;
        else
                return DESCRIPTOR_SENDER;
        if (to->is_far || (from != NULL && from->is_far))
                return DESCRIPTOR_SENDER;
        return capability->kind == CAPABILITY_IMPORT ? DESCRIPTOR_ELSEWHERE : DESCRIPTOR_PROMISED;
}

static int descriptors_put(struct connection *connection, const struct message *message,
                           struct descriptor *to)
{
        for (uint32_t i = 0; i < message->capabilities_count; i++) {
                struct capability *capability = capability_resolve(message->capabilities[i]);
                int64_t id;

                /* a return overtakes who waits for room to call it: then by way of us (1) */
                if (capability->kind == CAPABILITY_IMPORT &&
                    capability->import.connection == connection && !callers_wait(connection)) {
                        to[i] = (struct descriptor){DESCRIPTOR_RECEIVER, capability->import.id};
                        continue;
                }
                id = export_add(connection, capability);
                if (id < 0) {
                        descriptors_undo(connection, to, i);
                        return (int)id;
                }
                to[i] = (struct descriptor){descriptor_of(connection, capability), (uint32_t)id};
        }
        return 0;
}

/* The part behind the head, and the head's part of it. 0, or -ENOMEM: nothing was put. */
static int record_end(struct connection *connection, struct record *record,
                      struct verb_head *head, const struct draft *draft,
                      const struct message *message)
{
        struct descriptor *descriptors = (struct descriptor *)(void *)record->rest;
        uint64_t *words = (uint64_t *)(void *)(descriptors + message->capabilities_count);
        int error = descriptors_put(connection, message, descriptors);

        if (error < 0) {
                if (record->is_long)
                        lane_beside_undo(&connection->end->out, record->block);
                return error;
        }
        if (draft != NULL)
                draft_copy(draft, message, words);
        else if (message->words_count != 0)
                memcpy(words, message->words, message->words_count * sizeof(uint64_t));
        if (record->is_long)
                head->flags |= VERB_LONG;
        head->segments = message->segments;
        head->words = message->words_count;
        head->capabilities = message->capabilities_count;
        lane_commit(&connection->end->out, record->bytes);
        connection_put(connection);
        return 0;
}

/* All of a call's head but what is said of its message. */
static void call_head_put(struct verb_call *call, uint32_t question, struct capability *target,
                          const struct call_head *head)
{
        memset(call, 0, sizeof *call);
        call->head.verb = VERB_CALL;
        call->head.id = question;
        call->interface = head->interface;
        call->ordinal = head->ordinal;
        call->hops = head->hops;
        call->causality = head->causality;
        call->deadline_low = (uint32_t)head->deadline;
        call->deadline_high = (uint16_t)(head->deadline >> 32);
        if (target == NULL) {
                call->target_kind = is_handoff(head) ? TARGET_HANDOFF : TARGET_EXPORTED;
                return;
        }
        target->called = true;
        if (target->kind == CAPABILITY_IMPORT) {
                call->target_kind = TARGET_EXPORT;
                call->target = target->import.id;
        } else {
                call->target_kind = TARGET_ANSWER;
                call->target = target->place.question->id;
                call->head.depth = target->place.depth;
                memcpy(call->path, target->place.path, sizeof call->path);
        }
}

/* What is beside the lane counts until its call is over: 0, or -EAGAIN where there is too much. */
static int beside_count(struct connection *connection, struct question *question,
                        const struct message *message)
{
        size_t bytes = message_rest(message);

        if (likely(sizeof(struct verb_call) + bytes <= LANE_RECORD_MAX))
                return 0;
        if (bytes > MORI_CALLS_BYTES_MAX - connection->beside)
                return -EAGAIN;
        question->beside = (uint32_t)bytes;
        connection->beside += (uint32_t)bytes;
        return 0;
}

int verb_call(struct connection *connection, struct question *question, struct capability *target,
              const struct call_head *head, const struct draft *draft,
              const struct message *message)
{
        struct verb_call *call;
        struct record record;
        int error = beside_count(connection, question, message);

        if (error == 0)
                error = record_begin(connection, &record, sizeof *call, message);
        if (error < 0)
                return error;
        call = record.head;
        call_head_put(call, question->id, target, head);
        return record_end(connection, &record, &call->head, draft, message);
}

/*
 * A message of one struct without pointers, in the lane. 0; -EAGAIN, or what `put` answers: then
 * nothing was put. `head` is the record's.
 */
static inline __attribute__((always_inline)) int
flat_put(struct connection *connection, struct verb_head *head, uint32_t head_bytes,
                    uint16_t data_words, int (*put)(const void *, const struct mori_wire_writer *),
                    const void *call)
{
        uint64_t *words = (uint64_t *)(void *)((char *)head + head_bytes);
        struct mori_wire_writer writer = {.data = (uint8_t *)(words + 1), .data_words = data_words};
        int error;

        words[0] = (uint64_t)data_words << 32;
        for (uint32_t i = 1; i <= data_words; i++)
                words[i] = 0;
        error = put != NULL ? put(call, &writer) : 0;
        if (error < 0)
                return error;
        head->segments = 1;
        head->words = 1u + data_words;
        lane_commit(&connection->end->out, head_bytes + head->words * (uint32_t)sizeof *words);
        connection_put(connection);
        return 0;
}

static inline uint32_t flat_bytes(uint32_t head_bytes, uint16_t data_words)
{
        return head_bytes + (1u + data_words) * (uint32_t)sizeof(uint64_t);
}

int verb_call_flat(struct connection *connection, uint32_t question, struct capability *target,
                   const struct call_head *head, const struct mori_method *method,
                   const void *call)
{
        struct verb_call *put = room(connection, flat_bytes(sizeof *put, method->params_data));

        if (unlikely(put == NULL))
                return -EAGAIN;
        call_head_put(put, question, target, head);
        return flat_put(connection, &put->head, sizeof *put, method->params_data,
                        method->put_params, call);
}

bool verb_return_flat(struct connection *connection, uint32_t id, const struct mori_method *method,
                      const void *call)
{
        struct verb_return *put = room(connection, flat_bytes(sizeof *put, method->results_data));

        if (unlikely(put == NULL))
                return false;
        *put = (struct verb_return){.head = {.verb = VERB_RETURN, .flags = VERB_LAST, .id = id}};
        return flat_put(connection, &put->head, sizeof *put, method->results_data,
                        method->put_results, call) == 0;
}

int verb_return(struct connection *connection, uint32_t id, int result, const struct draft *draft,
                const struct message *message)
{
        struct verb_return *put;
        struct record record;
        int error = record_begin(connection, &record, sizeof *put, message);

        if (error < 0)
                return error;
        put = record.head;
        *put = (struct verb_return){.head = {.verb = VERB_RETURN, .id = id}, .error = result};
        if (result == 0 && message->capabilities_count == 0)
                put->head.flags = VERB_LAST;
        return record_end(connection, &record, &put->head, draft, message);
}

static bool head_put(struct connection *connection, enum verb verb, uint8_t flags, uint32_t id,
                     uint32_t words)
{
        struct verb_head *head = room(connection, sizeof *head);

        if (head == NULL)
                return false;
        *head = (struct verb_head){
                .verb = (uint8_t)verb, .flags = flags, .id = id, .words = words};
        lane_commit(&connection->end->out, sizeof *head);
        connection_put(connection);
        return true;
}

bool verb_put(struct connection *connection, const void *record, uint32_t bytes)
{
        void *to = room(connection, bytes);

        if (to == NULL)
                return false;
        memcpy(to, record, bytes);
        lane_commit(&connection->end->out, bytes);
        connection_put(connection);
        return true;
}

bool verb_finish(struct connection *connection, uint32_t id, bool timed_out)
{
        return head_put(connection, VERB_FINISH, timed_out ? VERB_TIMED_OUT : 0, id, 0);
}

bool verb_release(struct connection *connection, uint32_t id, uint32_t received)
{
        return head_put(connection, VERB_RELEASE, 0, id, received);
}

/* ---- Taking */

/* A message as it lies in the lane, or beside it. */
struct taken {
        struct message message;
        struct capability *few[CAPABILITIES_FEW];
        void *block;
        bool block_stays; /* until it is taken */
};

__attribute__((noinline)) static void taken_end_all(struct taken *taken)
{
        message_release(&taken->message);
        if (taken->message.capabilities != taken->few)
                free(taken->message.capabilities);
        free(taken->block);
}

static inline void taken_end(struct taken *taken)
{
        if (unlikely(taken->block != NULL || taken->message.capabilities != NULL))
                taken_end_all(taken);
}

__attribute__((noinline)) static int taken_begin_all(struct connection *connection,
                                                     struct taken *taken,
                                                     const struct verb_head *head,
                                                     const char *rest, size_t bytes)
{
        size_t wanted = head->capabilities * sizeof(struct descriptor) +
                        head->words * sizeof(uint64_t);
        const struct descriptor *descriptors;
        struct message *message = &taken->message;
        int error = 0;

        taken->block = NULL;
        taken->block_stays = false;
        if (head->flags & VERB_LONG) {
                uint64_t word;

                if (bytes != sizeof word)
                        return -EPROTO;
                memcpy(&word, rest, sizeof word);
                error = lane_beside_take(&connection->end->in, word, wanted, &taken->block,
                                         &taken->block_stays);
                if (error < 0)
                        return error;
                rest = taken->block;
        } else if (bytes != wanted) {
                return -EPROTO;
        }
        descriptors = (const struct descriptor *)(const void *)rest;
        *message = (struct message){
                .words = (const uint64_t *)(const void *)(descriptors + head->capabilities),
                .words_count = head->words,
                .segments = head->segments,
                .capabilities = taken->few};
        if (head->capabilities > CAPABILITIES_FEW)
                message->capabilities = malloc(head->capabilities * sizeof(struct capability *));
        if (message->capabilities == NULL)
                error = -ENOMEM;
        for (uint32_t i = 0; i < head->capabilities && error == 0; i++) {
                uint32_t kind = descriptors[i].kind;
                struct capability *capability = NULL;

                if (kind > DESCRIPTOR_PROMISED ||
                    (connection->is_far && kind > DESCRIPTOR_RECEIVER)) {
                        error = -EPROTO;
                        break;
                }
                if (kind == DESCRIPTOR_RECEIVER)
                        capability = export_at(connection, descriptors[i].id);
                else
                        capability = import_add(connection, descriptors[i].id, kind);
                if (capability == NULL) {
                        error = kind == DESCRIPTOR_RECEIVER ? -EPROTO : -ENOMEM;
                        break;
                }
                if (kind == DESCRIPTOR_RECEIVER)
                        capability = capability_hold(capability);
                message->capabilities[message->capabilities_count++] = capability;
        }
        if (error < 0) {
                if (taken->block_stays)
                        taken->block = NULL;
                taken_end_all(taken);
        }
        return error;
}

/* 0; -EPROTO, -ENOMEM. Then there is nothing to end, and a block is the record's as before. */
static inline int taken_begin(struct connection *connection, struct taken *taken,
                              const struct verb_head *head, const char *rest, size_t bytes)
{
        if (unlikely((head->flags & VERB_LONG) != 0 || head->capabilities != 0))
                return taken_begin_all(connection, taken, head, rest, bytes);
        if (unlikely(bytes != head->words * sizeof(uint64_t)))
                return -EPROTO;
        taken->block = NULL;
        taken->message = (struct message){
                .words = (const uint64_t *)(const void *)rest,
                .words_count = head->words,
                .segments = head->segments,
        };
        return 0;
}

/* Can a call be made on what it says? An answer may have been given for the last time. */
static bool call_has_target(const struct connection *connection, const struct verb_call *call)
{
        if (connection->is_far && (call->target_kind == TARGET_HANDOFF ||
                                   call->interface == HANDOFF_INTERFACE))
                return false; /* hand-offs end at borders: numbers of processes mean nothing */
        switch (call->target_kind) {
        case TARGET_EXPORT:
                return export_at(connection, call->target) != NULL;
        case TARGET_ANSWER:
                return call->target != call->head.id && call->head.depth != 0 &&
                       call->head.depth <= PLACE_DEPTH_MAX;
        case TARGET_EXPORTED:
        case TARGET_HANDOFF:
                return true;
        default:
                return false;
        }
}

static void call_on_answer(struct connection *connection, const struct verb_call *call,
                           const struct call_head *head, const struct message *message,
                           struct answer *answer)
{
        struct answer *target = answer_at(connection, call->target);

        if (target == NULL) /* it was the last word: there is nothing to be called */
                answer_fail(answer, -EBADF);
        else
                answer_call(target, call->path, call->head.depth, head, message, answer);
}

/*
 * What is beside the lane counts here as it does where the call was made, see beside_count(); who
 * lets it be more does not count. 0, or -EPROTO.
 */
static int kept_count(struct connection *connection, struct answer *answer,
                      const struct verb_head *head)
{
        size_t bytes = head->capabilities * sizeof(struct descriptor) +
                       head->words * sizeof(uint64_t);

        if (bytes > MORI_CALLS_BYTES_MAX - connection->kept)
                return -EPROTO;
        answer->kept = (uint32_t)bytes;
        connection->kept += (uint32_t)bytes;
        return 0;
}

__attribute__((noinline)) static int take_call(struct connection *connection,
                                               const struct verb_call *call, uint32_t bytes)
{
        struct call_head head = {call->interface, call->causality,
                                 (uint64_t)call->deadline_high << 32 | call->deadline_low,
                                 call->ordinal, call->hops};
        struct answer *answer;
        struct taken taken;
        int error;

        if (!call_has_target(connection, call))
                return -EPROTO;
        if (unlikely(connection->objects->sent != NULL))
                sent_near_run(connection->objects); /* over what the call is on, perhaps (1) */
        answer = answer_new(connection, NULL);
        if (answer == NULL)
                return -ENOMEM;
        error = answer_number(connection, answer, call->head.id);
        if (error < 0) {
                free(answer);
                return error;
        }
        if (call->target_kind == TARGET_EXPORTED) {
                answer_exported(connection->objects, answer);
                return 0;
        }
        if (call->head.flags & VERB_LONG)
                error = kept_count(connection, answer, &call->head);
        if (error == 0)
                error = taken_begin(connection, &taken, &call->head, (const char *)(call + 1),
                                    bytes - sizeof *call);
        if (error < 0) {
                answer_number_free(connection, answer->id);
                free(answer);
                return error;
        }
        if (call->target_kind == TARGET_ANSWER)
                call_on_answer(connection, call, &head, &taken.message, answer);
        else if (unlikely(call->target_kind == TARGET_HANDOFF))
                handoff_taken(connection->objects, &taken.message, answer);
        else
                call_deliver(export_at(connection, call->target), &head, &taken.message, answer);
        taken_end(&taken);
        return 0;
}

__attribute__((noinline)) static int take_return(struct connection *connection,
                                                 const struct verb_return *put, uint32_t bytes)
{
        struct question *question = question_at(connection, put->head.id);
        struct taken taken;
        int error;

        if (question == NULL || question->returned || put->error > 0 ||
            put->error < -ERRNO_MAX)
                return -EPROTO;
        error = taken_begin(connection, &taken, &put->head, (const char *)(put + 1),
                            bytes - sizeof *put);
        if (error < 0)
                return error;
        question->last = (put->head.flags & VERB_LAST) != 0 && put->error == 0 &&
                         put->head.capabilities == 0;
        question_return(question, put->error, &taken.message);
        taken_end(&taken);
        return 0;
}

int verb_take(struct connection *connection, const void *record, uint32_t bytes)
{
        const struct verb_head *head = record;
        struct answer *answer;

        if (unlikely(bytes < sizeof *head))
                return -EPROTO;
        if (head->verb == VERB_CALL && likely(bytes >= sizeof(struct verb_call)))
                return take_call(connection, record, bytes);
        if (head->verb == VERB_RETURN && likely(bytes >= sizeof(struct verb_return)))
                return take_return(connection, record, bytes);
        switch (head->verb) {
        case VERB_FINISH:
                answer = answer_at(connection, head->id);
                if (answer == NULL) /* it was just returned, for the last time */
                        return 0;
                if (answer->finished)
                        return -EPROTO;
                answer->timed_out = (head->flags & VERB_TIMED_OUT) != 0;
                answer_finish(answer);
                return 0;
        case VERB_WAITS:
                if (connection->is_far)
                        return -EPROTO; /* stamps of another domain mean nothing here */
                return circle_take(connection, record, bytes);
        case VERB_RELEASE:
                return export_release(connection, head->id, head->words);
        default:
                return -EPROTO;
        }
}

void verb_forget(const void *record, uint32_t bytes)
{
        const struct verb_head *head = record;
        size_t head_bytes;
        void *block;

        if (bytes < sizeof *head || !(head->flags & VERB_LONG))
                return;
        head_bytes = head->verb == VERB_CALL ? sizeof(struct verb_call)
                                             : sizeof(struct verb_return);
        memcpy(&block, (const char *)record + head_bytes, sizeof block);
        free(block);
}
