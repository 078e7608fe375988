/* SPDX-License-Identifier: MIT */
/* The tables of a connection: questions, answers, exports and imports. See connection.h. */
#include "object/handoff.h"
#include "object/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What another side may name: more is no use to it, and would only cost us memory. */
#define IMPORTS_MAX (1u << 20)

/* Room for one more of what a table has; zeroed. */
static void *room_for(void *table, uint32_t *room, uint32_t index, size_t each)
{
        uint32_t more = *room == 0 ? 8 : *room;
        char *moved;

        if (index < *room)
                return table;
        while (more <= index)
                more *= 2;
        moved = realloc(table, more * each);
        if (moved == NULL)
                return NULL;
        memset(moved + *room * each, 0, (more - *room) * each);
        *room = more;
        return moved;
}

/* ---- Questions and answers */

int question_number_more(struct connection *connection, struct question *question)
{
        struct question **questions;

        if (connection->questions_count >=
            MORI_CALLS_MAX + (connection->standing_question != NULL))
                return -EOVERFLOW;
        questions = room_for(connection->questions, &connection->questions_room,
                             connection->questions_used, sizeof *questions);
        if (questions == NULL)
                return -ENOMEM;
        connection->questions = questions;
        question->id = connection->questions_used++;
        questions[question->id] = question;
        connection->questions_count++;
        return 0;
}

int answer_number_more(struct connection *connection, struct answer *answer, uint32_t id)
{
        struct answer **answers;

        if (id > MORI_CALLS_MAX || answer_at(connection, id) != NULL)
                return -EPROTO;
        answers = room_for(connection->answers, &connection->answers_room, id, sizeof *answers);
        if (answers == NULL)
                return -ENOMEM;
        connection->answers = answers;
        return answer_number(connection, answer, id);
}

/* ---- Exports */

/* A capability's list of where it is exported. */
struct export_of {
        struct export_of *next;
        struct connection *connection;
        uint32_t id;
};

static struct export_of **export_find(struct connection *connection,
                                      struct capability *capability)
{
        struct export_of **link = &capability->exports;

        while (*link != NULL && (*link)->connection != connection)
                link = &(*link)->next;
        return link;
}

int64_t export_add(struct connection *connection, struct capability *capability)
{
        struct export_of *of = *export_find(connection, capability);
        uint32_t id = connection->exports_free;
        struct export *exports;

        if (of != NULL) {
                connection->exports[of->id].count++;
                return of->id;
        }
        of = malloc(sizeof *of);
        if (of == NULL)
                return -ENOMEM;
        if (id != 0) {
                connection->exports_free = connection->exports[--id].count;
        } else {
                id = connection->exports_used;
                exports = room_for(connection->exports, &connection->exports_room, id,
                                   sizeof *exports);
                if (exports == NULL || id >= IMPORTS_MAX) {
                        free(of);
                        return exports == NULL ? -ENOMEM : -ENFILE;
                }
                connection->exports = exports;
                connection->exports_used++;
        }
        *of = (struct export_of){capability->exports, connection, id};
        capability->exports = of;
        connection->exports[id] =
                (struct export){.capability = capability_hold(capability), .count = 1};
        return id;
}

/* The capability knows of the export no more. */
static void export_unknown(struct connection *connection, struct capability *capability)
{
        struct export_of **link = export_find(connection, capability), *of = *link;

        *link = of->next;
        free(of);
}

static void export_remove(struct connection *connection, uint32_t id)
{
        struct capability *capability = connection->exports[id].capability;

        export_unknown(connection, capability);
        connection->exports[id] = (struct export){.count = connection->exports_free};
        connection->exports_free = id + 1;
        capability_drop(capability);
}

int export_release(struct connection *connection, uint32_t id, uint32_t count)
{
        if (export_at(connection, id) == NULL || count == 0 ||
            connection->exports[id].count < count)
                return -EPROTO;
        connection->exports[id].count -= count;
        if (connection->exports[id].count == 0)
                export_remove(connection, id);
        return 0;
}

void exports_break(struct connection *connection)
{
        for (uint32_t id = 0; id < connection->exports_used; id++)
                if (connection->exports[id].capability != NULL)
                        export_remove(connection, id);
}

/* ---- Imports */

static bool release_put(struct connection *connection, struct pending *pending)
{
        struct capability *import =
                CONTAINER_OF(pending, struct capability, import.pending);

        if (connection->broken == 0 &&
            !verb_release(connection, import->import.id,
                          SEED_BUG(SEED_BUG_RELEASE_SHORT) ? 1 : import->import.received))
                return false;
        capability_free(import);
        return true;
}

struct capability *import_add(struct connection *connection, uint32_t id,
                              enum descriptor_kind kind)
{
        struct capability *import = id < connection->imports_room ? connection->imports[id] : NULL;
        struct capability **imports;

        if (import != NULL) {
                import->import.received++;
                return capability_hold(import);
        }
        if (id >= IMPORTS_MAX)
                return NULL;
        imports = room_for(connection->imports, &connection->imports_room, id, sizeof *imports);
        if (imports == NULL)
                return NULL;
        connection->imports = imports;
        import = capability_new(connection->objects, CAPABILITY_IMPORT);
        if (import == NULL)
                return NULL;
        import->import.connection = connection;
        import->import.id = id;
        import->import.received = 1;
        import->elsewhere = kind != DESCRIPTOR_SENDER;
        if (kind == DESCRIPTOR_PROMISED) /* it is too early to ask */
                handoff_later(import);
        import->import.pending.put = release_put;
        imports[id] = import;
        return import;
}

void import_drop(struct capability *import)
{
        struct connection *connection = import->import.connection;

        connection->imports[import->import.id] = NULL;
        connection_send(connection, &import->import.pending);
}

void imports_break(struct connection *connection, int error)
{
        for (uint32_t id = 0; id < connection->imports_room; id++) {
                struct capability *import = connection->imports[id];

                connection->imports[id] = NULL;
                if (import != NULL)
                        capability_break(import, error, connection->failure);
        }
}

void tables_free(struct connection *connection)
{
        for (uint32_t id = 0; id < connection->exports_used; id++) {
                struct capability *capability = connection->exports[id].capability;

                if (capability != NULL)
                        export_unknown(connection, capability);
        }
        for (uint32_t id = 0; id < connection->answers_room; id++)
                if (connection->answers[id] != NULL)
                        answer_free(connection->answers[id]);
        free(connection->questions);
        free(connection->answers);
        free(connection->exports);
        free(connection->imports);
}
