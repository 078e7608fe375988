/* SPDX-License-Identifier: MIT */
/* A guest's process: a person that is told what to do, and a guest that hears. */
#include "chat.h"

#include <mori/keywords.h>

#include <errno.h>

struct person_state {
        char name[32];
        seat seat;
        bool dozes;
        mori_event told; /* while it dozes */
};

static async int guest_serve_hear(void *self, struct guest_hear_call *call)
{
        struct person_state *me = self;
        int error;

        if (!me->dozes) {
                if (me->name[0] != '#') /* one of a crowd */
                        attempt(await mori_print(mori_stdout(), "%s hears %s: %s\n", me->name,
                                                 call->from.bytes, call->text.bytes));
                return 0;
        }
        mori_event_set(&me->told);
        error = await mori_sleep(MORI_FOREVER);
        shield(MORI_S(10)) /* it was cancelled, and may still say so */
        {
                attempt(await mori_print(mori_stdout(), "%s gave up, says %s\n", call->from.bytes,
                                         me->name));
        }
        return error;
}

static const struct guest_server guest_functions = {.hear = guest_serve_hear};

static async int person_serve_visit(void *self, struct person_visit_call *call)
{
        struct person_state *me = self;
        guest heard_by;
        int error;

        if (call->name.count >= sizeof me->name)
                return -ENAMETOOLONG;
        memcpy(me->name, call->name.bytes, call->name.count + 1);
        attempt(guest_new(&guest_functions, me, NULL, &heard_by));
        error = await room_enter(call->room, me->name, heard_by, &me->seat);
        guest_drop(heard_by); /* the room has a copy */
        return error;
}

static async int person_serve_say(void *self, struct person_say_call *call)
{
        struct person_state *me = self;

        return await seat_say(me->seat, call->text.bytes, &call->heard);
}

static async int person_serve_leave(void *self, struct person_leave_call *call)
{
        struct person_state *me = self;

        (void)call;
        seat_drop(me->seat);
        me->seat = (seat){MORI_NO_REF};
        return 0;
}

static async int person_serve_doze(void *self, struct person_doze_call *call)
{
        struct person_state *me = self;

        (void)call;
        me->dozes = true;
        return await mori_event_wait(&me->told);
}

async int person_main(void *argument)
{
        static const struct person_server functions = {
                .visit = person_serve_visit,
                .say = person_serve_say,
                .leave = person_serve_leave,
                .doze = person_serve_doze,
        };
        person served;

        (void)argument;
        attempt(person_new(&functions, mori_alloc_zero(1, sizeof(struct person_state)), NULL,
                           &served));
        attempt(mori_export(served.ref));
        person_drop(served);
        return await mori_sleep(MORI_FOREVER);
}
