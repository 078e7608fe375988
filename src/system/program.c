/* SPDX-License-Identifier: MIT */
/*
 * A process that runs a program.
 *
 *      process started --> offers one object (mori_export) --> takes each need --> entry
 *                               |                                                   |
 *                  take(n), by those that need it, waits until ------ mori_program_export()
 *
 * The object, of an interface of ours with one method, hands out what the program has exported to
 * other processes of the system: they ask for it by the process's handle, and so have a connection
 * of their own. Handles of processes and this object are in the hands of this file alone: a program
 * has references to what it was given, and to nothing else.
 */
#include "system/program.h"

#include "activity/process.h"
#include "object/connection.h"
#include "turn/bell.h"
#include "turn/bond.h"
#include "turn/domain.h"

#include <mori/heap.h>
#include <mori/result.h>
#include <mori/sync.h>
#include <mori/wire_build.h>

#include <errno.h>
#include <string.h>

struct mori_program_process {
        const struct mori_program *program;
        mori_event told; /* it has exported, or never will */
        bool exported;
        unsigned exports_count;
        mori_ref exports[];
};

/* ---- Schemas */

unsigned program_count(const struct mori_program_schema *schema, enum mori_program_kind kind)
{
        unsigned count = 0;

        for (unsigned i = 0; i < schema->fields_count; i++)
                count += schema->fields[i].kind == kind;
        return count;
}

const struct mori_program_field *mori_program_nth(const struct mori_program_schema *schema,
                                                  enum mori_program_kind kind, unsigned nth)
{
        for (unsigned i = 0; i < schema->fields_count; i++)
                if (schema->fields[i].kind == kind && nth-- == 0)
                        return &schema->fields[i];
        return NULL;
}

void mori_program_defaults(const struct mori_program_schema *schema, void *has)
{
        static const char *const no_texts[] = {NULL};

        memset(has, 0, schema->bytes);
        for (unsigned i = 0; i < schema->fields_count; i++) {
                const struct mori_program_field *field = &schema->fields[i];
                char *to = (char *)has + field->offset;
                const char *const *texts = no_texts;
                float single;
                double number;

                switch (field->kind) {
                case MORI_PROGRAM_NEED:
                case MORI_PROGRAM_EXPORT:
                        break;
                case MORI_PROGRAM_FLOAT:
                        memcpy(&number, &field->number, sizeof number);
                        single = (float)number;
                        if (field->bytes == sizeof single)
                                memcpy(to, &single, sizeof single);
                        else
                                memcpy(to, &number, sizeof number);
                        break;
                case MORI_PROGRAM_TEXT:
                        memcpy(to, &field->text, sizeof field->text);
                        break;
                case MORI_PROGRAM_TEXTS:
                        memcpy(to, &texts, sizeof texts);
                        break;
                default: /* the lower bytes */
                        memcpy(to, &field->number, field->bytes);
                }
        }
}

bool mori_interface_extends(const struct mori_interface *has, const struct mori_interface *needed)
{
        if (needed == NULL)
                return true;
        for (unsigned i = 0; has != NULL && i < has->parts_count; i++)
                if (has->parts[i].interface == needed->parts[0].interface)
                        return true;
        return false;
}

/* ---- What others take */

struct take_call {
        struct mori_call_head call;
        uint16_t export_index;
        mori_ref ref;
};

struct take_server {
        MORI_ASYNC int (*take)(struct mori_program_process *process, struct take_call *call);
};

static MORI_ASYNC int take_serve(const void *server, void *self, void *call)
{
        const struct take_server *table = server;

        return MORI_AWAIT table->take(self, call);
}

static int take_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct take_call *call = of;

        mori_wire_put_u16(to, 0, call->export_index, 0);
        return 0;
}

static int take_get_params(void *of, const struct mori_wire_reader *from)
{
        struct take_call *call = of;

        call->export_index = mori_wire_u16(from, 0, 0);
        return 0;
}

static int take_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct take_call *call = of;

        return mori_wire_put_reference(mori_wire_writer_slot(to, 0), call->ref.word);
}

static int take_get_results(void *of, const struct mori_wire_reader *from)
{
        struct take_call *call = of;

        call->ref.word = mori_wire_read_reference(mori_wire_reader_pointer(from, 0));
        return 0;
}

#define TAKE_INTERFACE UINT64_C(0xd1f0a7a31c2b9eff)

static const struct mori_method take_method = {
        .name = "Program.take",
        .interface = TAKE_INTERFACE,
        .flags = MORI_METHOD_READONLY | MORI_METHOD_REENTRANT,
        .call_bytes = sizeof(struct take_call),
        .params_data = 1,
        .results_pointers = 1,
        .serve = take_serve,
        .put_params = take_put_params,
        .get_params = take_get_params,
        .put_results = take_put_results,
        .get_results = take_get_results,
};
static const struct mori_interface_part take_part = {TAKE_INTERFACE, 0, &take_method, 1};
static const struct mori_interface take_interface = {"program", 1, &take_part};

static MORI_ASYNC int take(struct mori_program_process *process, struct take_call *call)
{
        MORI_ATTEMPT(MORI_AWAIT mori_event_wait(&process->told));
        if (!process->exported)
                return -ECONNRESET;
        if (call->export_index >= process->exports_count)
                return -EINVAL;
        return mori_ref_copy(process->exports[call->export_index], &call->ref);
}

static const struct take_server take_functions = {.take = take};

int mori_program_export(struct mori_program_process *process, const void *exports)
{
        const struct mori_program_schema *schema = process->program->schema;
        unsigned count;
        int error = 0;

        if (process->exported)
                return -EALREADY;
        for (count = 0; count < process->exports_count && error == 0; count++) {
                const struct mori_program_field *field =
                        mori_program_nth(schema, MORI_PROGRAM_EXPORT, count);
                mori_ref ref;

                memcpy(&ref, (const char *)exports + field->offset, sizeof ref);
                error = mori_ref_copy(ref, &process->exports[count]);
        }
        if (error < 0) {
                for (count--; count-- > 0;)
                        mori_ref_drop(process->exports[count]);
                return error;
        }
        process->exported = true;
        mori_event_set(&process->told);
        return 0;
}

/* What a process of the system exports, whoever holds it: its record is kept meanwhile. */
static int offered_by(mori_process handle, mori_ref *ret_ref)
{
        struct process *process = bond_find(process_self()->domain, handle.word);
        int error;

        if (process == NULL)
                return -ESRCH;
        process->references += PROCESS_REFERENCE_ONE;
        bond_done(process);
        error = object_exported_by(process, ret_ref);
        process_release(process);
        return error;
}

MORI_ASYNC int program_exported(mori_process process, unsigned export_index, mori_ref *ret_ref)
{
        struct take_call call = {.export_index = (uint16_t)export_index};
        mori_ref offered;
        int error;

        MORI_ATTEMPT(offered_by(process, &offered));
        error = MORI_AWAIT mori_object_call(offered, &take_method, &call);
        mori_ref_drop(offered);
        if (error == 0)
                *ret_ref = call.ref;
        mori_call_free(&call.call);
        return error;
}

/* ---- The process itself */

static int offer(struct mori_program_process *process)
{
        mori_ref ref;
        int error;

        MORI_ATTEMPT(mori_object_new(&take_interface, &take_functions, process, NULL, &ref));
        error = mori_export(ref);
        mori_ref_drop(ref);
        return error;
}

static MORI_ASYNC int take_needs(const struct program_begin *begin, char *has)
{
        for (unsigned i = 0; i < begin->needs_count; i++) {
                const struct mori_program_field *field =
                        mori_program_nth(begin->program->schema, MORI_PROGRAM_NEED, i);
                const struct program_need *need = &begin->needs[i];
                mori_ref ref;
                int error = MORI_AWAIT program_exported(need->process, need->export_index, &ref);

                if (error < 0) {
                        if (mori_cancelled() == 0)
                                base_report("mori: process %s: its need %s cannot be met by "
                                            "process %s: %s",
                                            process_self()->name, field->name, need->name,
                                            error == -ESRCH || error == -ECONNRESET
                                                    ? "it has ended"
                                                    : strerror(-error));
                        return error;
                }
                memcpy(has + field->offset, &ref, sizeof ref);
        }
        return 0;
}

MORI_ASYNC int program_main(void *argument)
{
        const struct program_begin *begin = argument;
        const struct mori_program_schema *schema = begin->program->schema;
        unsigned exports_count = program_count(schema, MORI_PROGRAM_EXPORT);
        struct mori_program_process *process =
                mori_alloc_zero(1, sizeof *process + exports_count * sizeof process->exports[0]);
        char *has = mori_alloc(schema->bytes);
        int result;

        process->program = begin->program;
        process->exports_count = exports_count;
        if (exports_count > 0)
                MORI_ATTEMPT(offer(process));
        if (begin->settings != NULL)
                memcpy(has, begin->settings, schema->bytes);
        else
                mori_program_defaults(schema, has);
        memcpy(has, &process, sizeof process); /* its first member */
        MORI_ATTEMPT(MORI_AWAIT take_needs(begin, has));
        result = MORI_AWAIT begin->program->run(has);
        mori_event_set(&process->told);
        return result;
}
