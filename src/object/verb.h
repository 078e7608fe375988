/* SPDX-License-Identifier: MIT */
/*
 * The records of a connection's lanes: the verbs of rpc.capnp, as far as two processes of a domain
 * need them. All numbers are of this machine.
 *
 *      call, return:   head | descriptors of capabilities | words of the message
 *                      (or the address of a block with the latter two, where they are long)
 *      others:         head
 */
#pragma once

#include "base/base.h"

enum verb { VERB_CALL = 1, VERB_RETURN, VERB_FINISH, VERB_RELEASE, VERB_WAITS };

/* What a call is made on. */
enum verb_target {
        TARGET_EXPORT,   /* `target`: a capability of the receiver's */
        TARGET_ANSWER,   /* `target`: a question of the sender's, and a place in its results */
        TARGET_EXPORTED, /* none: what the receiver's process exports is asked for (bootstrap) */
        TARGET_HANDOFF,  /* none: what the receiver has asked for is given (handoff.c) */
};

enum {
        VERB_LONG = 1, /* what follows is an address */
        /*
         * Of a return: nothing is to be called in the results, so no finish is due. A failure is
         * kept until its finish, for calls that were made on the results before it was known.
         */
        VERB_LAST = 2,
        VERB_TIMED_OUT = 4, /* of a finish: because of a deadline */
};

struct verb_head {
        uint8_t verb;
        uint8_t flags;
        uint16_t segments;
        uint32_t id;    /* of the question; of a release, the capability */
        uint32_t words; /* of the message; of a release, how often it was received */
        uint16_t capabilities;
        uint16_t depth; /* of `path` */
};

struct verb_call {
        struct verb_head head;
        uint16_t target_kind;
        uint16_t hops; /* how often it was passed on */
        uint32_t target;
        uint64_t interface;
        uint64_t causality;
        uint16_t path[8];
        uint16_t ordinal;
        uint16_t deadline_high; /* the tick of its deadline (turn/timer.h), or 0 */
        uint32_t deadline_low;
};

struct verb_return {
        struct verb_head head;
        int32_t error;
        uint32_t reserved;
};

/*
 * Who does the answer to a question wait for (circle.c)? Behind it as many hops as the head has
 * capabilities; `words` are the steps of the search so far.
 */
struct verb_waits {
        struct verb_head head;
        uint64_t stamp; /* of the call from which it is asked */
};

#define WAITS_HOPS_MAX 16u

/* A call that waits before an object: names, cut off where they are too long. */
struct verb_hop {
        char process[24];
        char waits[36]; /* its method */
        char served[36]; /* the one that the object serves; or "" */
};

/* Where a capability is. */
enum descriptor_kind {
        DESCRIPTOR_SENDER,   /* an export of the sender's */
        DESCRIPTOR_RECEIVER, /* one of the receiver's */
        DESCRIPTOR_ELSEWHERE, /* an export of the sender's, who has it from elsewhere */
        DESCRIPTOR_PROMISED,  /* the same, which is still to come there */
};

struct descriptor {
        uint32_t kind;
        uint32_t id;
};
