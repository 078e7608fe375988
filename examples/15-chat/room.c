/* SPDX-License-Identifier: MIT */
/*
 * A room: who is in it, and what they say to one another. A guest is there as long as somebody has
 * a reference to its seat: one that is dropped, whose process has ended, or that is revoked has
 * left.
 */
#include "chat.h"

#include <mori/keywords.h>

#include <errno.h>
#include <string.h>

#define GUESTS_MAX 100

struct member {
        struct company *company;
        unsigned place;
        char name[32];
        guest heard_by;
        mori_membrane membrane; /* through which the guest has its seat */
};

struct company {
        struct member *members[GUESTS_MAX];
        unsigned count;
};

/* What is said is sent to all at once, and waited for. Who is gone meanwhile has not heard it. */
static async int seat_serve_say(void *self, struct seat_say_call *call)
{
        const struct member *member = self;
        guest_hear_promise hears[GUESTS_MAX];
        unsigned count = 0;

        for (unsigned i = 0; i < GUESTS_MAX; i++) {
                const struct member *other = member->company->members[i];

                if (other != NULL && other != member)
                        hears[count++] =
                                guest_hear_send(other->heard_by, member->name, call->text.bytes);
        }
        for (unsigned i = 0; i < count; i++)
                call->heard += await guest_hear_join(&hears[i]) == 0;
        return 0;
}

static const struct seat_server seat_functions = {.say = seat_serve_say};

static void seat_gone(void *self)
{
        struct member *member = self;

        member->company->members[member->place] = NULL;
        member->company->count--;
        guest_drop(member->heard_by);
        if (member->membrane.word != 0)
                mori_membrane_drop(member->membrane);
        mori_free(member);
}

static struct member *member_named(const struct company *company, const char *name)
{
        for (unsigned i = 0; i < GUESTS_MAX; i++)
                if (company->members[i] != NULL && strcmp(company->members[i]->name, name) == 0)
                        return company->members[i];
        return NULL;
}

static async int room_serve_enter(void *self, struct room_enter_call *call)
{
        struct company *company = self;
        struct member *state;
        struct seat own;
        unsigned place = 0;
        int error;

        while (place < GUESTS_MAX && company->members[place] != NULL)
                place++;
        if (place == GUESTS_MAX)
                return -ENOSPC;
        if (call->name.count >= sizeof state->name)
                return -ENAMETOOLONG;
        if (member_named(company, call->name.bytes) != NULL)
                return -EEXIST;
        state = mori_alloc_zero(1, sizeof *state);
        state->company = company;
        state->place = place;
        strcpy(state->name, call->name.bytes);
        error = guest_copy(call->guest, &state->heard_by); /* the parameter is the caller's */
        if (error == 0)
                error = seat_new(&seat_functions, state, seat_gone, &own);
        if (error < 0) {
                guest_drop(state->heard_by);
                mori_free(state);
                return error;
        }
        company->members[place] = state;
        company->count++;

        /* The guest has its seat through a membrane, and nobody else has it. */
        error = mori_membrane_new(MORI_MEMBRANE_SHALLOW, &state->membrane);
        if (error == 0)
                error = mori_membrane_wrap(state->membrane, own.ref, &call->seat.ref);
        seat_drop(own);
        return error;
}

static async int room_serve_expel(void *self, struct room_expel_call *call)
{
        struct member *member = member_named(self, call->name.bytes);

        if (member == NULL || member->membrane.word == 0)
                return -ENOENT;
        mori_membrane_revoke(member->membrane);
        member->membrane = (mori_membrane){0};
        return 0;
}

static async int room_serve_until(void *self, struct room_until_call *call)
{
        const struct company *company = self;

        while (company->count != call->guests)
                attempt(await mori_sleep(MORI_MS(1)));
        return 0;
}

async int room_main(void *argument)
{
        static const struct room_server functions = {
                .enter = room_serve_enter,
                .expel = room_serve_expel,
                .until = room_serve_until,
        };
        room served;

        (void)argument;
        attempt(room_new(&functions, mori_alloc_zero(1, sizeof(struct company)), NULL,
                         &served));
        attempt(mori_export(served.ref));
        room_drop(served);
        return await mori_sleep(MORI_FOREVER);
}
