/* SPDX-License-Identifier: MIT */
/*
 * Step 15: a chat of many processes, which come and go, give up, are killed, and thrown out.
 *
 * A room is a process, and so is each guest. Who enters lends the room an object that hears, and is
 * lent a seat, to say something. All that anybody can do hangs on these references.
 */
#include "chat.h"

#include <mori/keywords.h>

#include <errno.h>
#include <stdio.h>

#define CROWD 50

/* A guest's process, in the room. */
static async int enters(room to, const char *name, mori_process *ret_process, person *ret_person)
{
        struct mori_process_options options = {.name = name};

        attempt(await mori_process_start(person_main, NULL, 0, &options, ret_process));
        attempt(mori_process_exported(*ret_process, &ret_person->ref));
        return await person_visit(*ret_person, to, name);
}

static async int say(person who, const char *text)
{
        uint32_t heard;

        attempt(await person_say(who, text, &heard));
        attempt(await mori_print(mori_stdout(), "heard by %u\n", heard));
        return 0;
}

/* Nobody has to wait for who does not listen: what is cancelled here ends there. */
static async int give_up(person speaker, person dozer)
{
        int error = 0;

        scope {
                person_doze_promise told = person_doze_send(dozer);
                Async(int) saying = start(say, speaker, "anybody there?");

                attempt(await person_doze_join(&told));
                cancel(saying);
                error = await join(saying);
        }
        return error == -ECANCELED ? 0 : -EPROTO;
}

/* Guests that are killed have left: nobody has to tell the room. */
static async int crowd(room to, person speaker)
{
        mori_process processes[CROWD];
        person people[CROWD];
        char name[16];

        for (unsigned i = 0; i < CROWD; i++) {
                snprintf(name, sizeof name, "#%u", i);
                attempt(await enters(to, name, &processes[i], &people[i]));
        }
        attempt(await say(speaker, "hello, all"));
        for (unsigned i = 0; i < CROWD; i++) {
                person_drop(people[i]);
                attempt(mori_process_kill(processes[i]));
                attempt(mori_process_release(processes[i]));
        }
        return 0;
}

async int mori_main(int argc, char **argv)
{
        struct mori_process_options options = {.name = "room"};
        mori_process process, guests[3];
        person ann, bob, eve;
        uint32_t heard;
        room lounge;

        (void)argc;
        (void)argv;
        attempt(await mori_process_start(room_main, NULL, 0, &options, &process));
        attempt(mori_process_exported(process, &lounge.ref));
        attempt(await enters(lounge, "ann", &guests[0], &ann));

        /* The host throws one out. What eve has of the room is worth nothing any more. */
        attempt(await enters(lounge, "eve", &guests[1], &eve));
        attempt(await say(eve, "buy this!"));
        attempt(await room_expel(lounge, "eve"));
        if (await person_say(eve, "and this!", &heard) == -EKEYREVOKED)
                attempt(await mori_print(mori_stdout(), "eve was thrown out\n"));
        attempt(await room_until(lounge, 1));

        attempt(await enters(lounge, "bob", &guests[2], &bob));
        attempt(await say(bob, "hello, ann"));
        attempt(await crowd(lounge, bob));
        attempt(await room_until(lounge, 2));
        attempt(await say(bob, "where are they?"));

        attempt(await give_up(ann, bob));
        attempt(await person_leave(bob));
        attempt(await room_until(lounge, 1));
        attempt(await say(ann, "good night"));
        return 0;
}
