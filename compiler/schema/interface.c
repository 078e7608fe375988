/* SPDX-License-Identifier: MIT */
/*
 * Interfaces, as docs/object.md has them: the typed reference, call structures, the server's table,
 * the functions that call; and in the source the table of methods with what goes into messages and
 * comes out of them.
 */
#include "unit.h"

#include <string.h>

#define FIELDS_MAX 64u

/* A parameter or a result. */
struct item {
        struct form form;
        const char *name; /* as a parameter, and as a member of the call structure */
        const char *member;
        const char *output; /* what a pointer to it is called, without the `ret_` before it */
        uint64_t default_bits;
        uint32_t offset;
};

struct side {
        struct item items[FIELDS_MAX];
        unsigned count;
        uint16_t data_words, pointer_count;
        bool has_data; /* an item leads to memory: text, data, a struct, a list */
};

struct call {
        struct unit *unit;
        struct entry *entry;
        struct method method;
        unsigned ordinal;
        const char *interface; /* "calculator" */
        const char *name;      /* "calculator_add" */
        const char *component; /* "add", as a member */
        struct side params, results;
        bool streams;
};

/* The result of `-> stream`: StreamResult of capnp/stream.capnp. */
#define STREAM_RESULT 0x995f9a3377c0b16eu

/* ---- What a call has */

static bool leads_to_memory(const struct form *form)
{
        return form_is_pointer(form) && form->shape != SHAPE_CAPABILITY;
}

/* What the functions that call have themselves. */
static bool is_local(const char *name)
{
        static const char *const locals[] = {"to",    "call",    "error", "promise",
                                             "memset", "context"};

        for (size_t i = 0; i < sizeof locals / sizeof locals[0]; i++)
                if (strcmp(name, locals[i]) == 0)
                        return true;
        return false;
}

/* The name of a type of references, which a parameter would hide. */
static bool is_reference_type(struct request *request, const char *name)
{
        for (uint32_t i = 0; i < request->count; i++)
                if (node_is_interface(request->entries[i].node) &&
                    strcmp(name_of(request, &request->entries[i]), name) == 0)
                        return true;
        return false;
}

/* False: there is an error. */
static bool side_init(struct side *side, struct unit *unit, struct entry *entry, const char *method,
                      uint64_t id)
{
        struct entry *found = request_find(unit->request, id);
        struct field_list fields;
        struct node_struct of;

        *side = (struct side){.count = 0};
        if (found == NULL || !node_is_struct(found->node))
                return true; /* a stream's result */
        of = node_struct(found->node);
        fields = node_struct_fields(of);
        side->data_words = node_struct_data_word_count(of);
        side->pointer_count = node_struct_pointer_count(of);
        if (field_list_count(fields) > FIELDS_MAX) {
                request_error(unit->request, entry, method,
                              "more than %u parameters or results: make a struct of them",
                              FIELDS_MAX);
                return false;
        }
        for (uint32_t i = 0; i < field_list_count(fields); i++) {
                struct field field = field_list_at(fields, i);
                struct field_slot slot = field_slot(field);
                struct item *item = &side->items[side->count];

                if (!field_is_slot(field) ||
                    field_discriminant_value(field) != FIELD_NO_DISCRIMINANT) {
                        request_error(unit->request, entry, method,
                                      "parameters and results with unions or groups are not "
                                      "supported yet: put the struct into a field");
                        return false;
                }
                *item = (struct item){.offset = field_slot_offset(slot)};
                item->output = name_component(unit->request, entry, method,
                                              field_annotations(field), field_name(field));
                item->name = name_plain(unit->request, item->output);
                item->member = strcmp(item->name, "call") == 0 ? "call_" : item->name;
                if (is_local(item->name) || is_reference_type(unit->request, item->name))
                        item->name = arena_print(&unit->request->arena, "%s_", item->name);
                if (!form_of(unit->request, entry, method, field_slot_type(slot), &item->form))
                        return false;
                if (item->form.shape == SHAPE_VOID)
                        continue;
                if (!form_place_is_good(&item->form, of, item->offset)) {
                        request_error(unit->request, entry, method, "its struct is too small");
                        return false;
                }
                item->default_bits = form_bits(&item->form, field_slot_default_value(slot));
                side->has_data = side->has_data || leads_to_memory(&item->form);
                side->count++;
        }
        return true;
}

static bool has_annotation(struct method method, uint64_t id)
{
        struct value value;

        return request_annotation(method_annotations(method), id, &value);
}

/* A method of a stream has nothing to answer, and its calls are served one after the other. */
static bool stream_is_good(const struct call *call)
{
        struct request *request = call->unit->request;
        const char *own = method_name(call->method).bytes;

        if (!call->streams)
                return true;
        if (call->results.count > 0)
                request_error(request, call->entry, own, "what is a stream has no results");
        else if (has_annotation(call->method, MORI_READONLY) ||
                 has_annotation(call->method, MORI_REENTRANT))
                request_error(request, call->entry, own,
                              "what is a stream is neither readonly nor reentrant");
        else
                return true;
        return false;
}

static bool call_init(struct call *call, struct unit *unit, struct entry *entry,
                      struct method method, uint32_t index)
{
        const char *own = method_name(method).bytes, *component;

        *call = (struct call){.unit = unit, .entry = entry, .method = method, .ordinal = index};
        component = name_component(unit->request, entry, own, method_annotations(method),
                                   method_name(method));
        call->interface = name_of(unit->request, entry);
        call->component = name_plain(unit->request, component);
        call->name = arena_print(&unit->request->arena, "%s_%s", call->interface, component);
        if (!side_init(&call->params, unit, entry, own, method_param_struct_type(method)) ||
            !side_init(&call->results, unit, entry, own, method_result_struct_type(method)))
                return false;
        call->streams = method_result_struct_type(method) == STREAM_RESULT ||
                        has_annotation(method, MORI_STREAM);
        if (!stream_is_good(call))
                return false;
        for (unsigned i = 0; i < call->results.count; i++) {
                struct item *result = &call->results.items[i];

                for (unsigned j = 0; j < call->params.count; j++)
                        if (strcmp(result->member, call->params.items[j].member) == 0) {
                                result->member = arena_print(&unit->request->arena, "ret_%s",
                                                             result->output);
                                break;
                        }
        }
        return true;
}

/* ---- Messages: in the source */

static void put_item(const struct call *call, const struct item *item)
{
        struct unit *unit = call->unit;
        const char *bits = form_bits_literal(unit->request, &item->form, item->default_bits);
        const char *slot =
                arena_print(&unit->request->arena, "mori_wire_writer_slot(to, %u)", item->offset);

        switch (item->form.shape) {
        case SHAPE_BOOL:
                unit_add_source(unit, "        mori_wire_put_bit(to, %u, call->%s, %s);\n",
                                item->offset, item->member, bits);
                return;
        case SHAPE_FLOAT:
                unit_add_source(
                        unit,
                        "        mori_wire_put_u%u(to, %u, mori_wire_%s_bits(call->%s), %s);\n",
                        item->form.bits, item->offset, item->form.c, item->member, bits);
                return;
        case SHAPE_INTEGER:
        case SHAPE_ENUM:
                unit_add_source(unit,
                                "        mori_wire_put_u%u(to, %u, (uint%u_t)call->%s, %s);\n",
                                item->form.bits, item->offset, item->form.bits, item->member, bits);
                return;
        case SHAPE_TEXT:
        case SHAPE_DATA:
                unit_add_source(
                        unit,
                        "        error = mori_wire_new_%s(%s, call->%s.bytes, call->%s.count);\n",
                        item->form.shape == SHAPE_TEXT ? "text" : "data", slot, item->member,
                        item->member);
                break;
        case SHAPE_STRUCT:
                unit_add_source(unit,
                                "        error = mori_wire_copy_struct(%s, &call->%s.reader);\n",
                                slot, item->member);
                break;
        case SHAPE_LIST:
                unit_add_source(unit, "        error = mori_wire_copy_list(%s, &call->%s.list);\n",
                                slot, item->member);
                break;
        case SHAPE_CAPABILITY:
                unit_add_source(unit,
                                "        error = mori_wire_put_reference(%s, call->%s%s.word);\n",
                                slot, item->member, item->form.entry != NULL ? ".ref" : "");
                break;
        default:
                unit_add_source(
                        unit, "        error = mori_wire_copy(%s, call->%s, MORI_WIRE_AS_IT_IS);\n",
                        slot, item->member);
        }
        unit_add_source(unit, "        if (error)\n                return error;\n");
}

static void get_item(const struct call *call, const struct item *item)
{
        struct unit *unit = call->unit;
        const char *bits = form_bits_literal(unit->request, &item->form, item->default_bits);
        const char *pointer = arena_print(&unit->request->arena,
                                          "mori_wire_reader_pointer(from, %u)", item->offset);
        const char *member = item->member;

        switch (item->form.shape) {
        case SHAPE_BOOL:
                unit_add_source(unit, "        call->%s = mori_wire_bit(from, %u, %s);\n", member,
                                item->offset, bits);
                break;
        case SHAPE_FLOAT:
                unit_add_source(unit,
                                "        call->%s = mori_wire_%s(mori_wire_u%u(from, %u, %s));\n",
                                member, item->form.c, item->form.bits, item->offset, bits);
                break;
        case SHAPE_INTEGER:
        case SHAPE_ENUM:
                unit_add_source(unit, "        call->%s = (%s)mori_wire_u%u(from, %u, %s);\n",
                                member, item->form.c, item->form.bits, item->offset, bits);
                break;
        case SHAPE_TEXT:
        case SHAPE_DATA:
                unit_add_source(unit, "        call->%s = mori_wire_read_%s(%s);\n", member,
                                item->form.shape == SHAPE_TEXT ? "text" : "data", pointer);
                break;
        case SHAPE_STRUCT:
                unit_add_source(unit, "        call->%s.reader = mori_wire_read_struct(%s);\n",
                                member, pointer);
                break;
        case SHAPE_LIST:
                unit_add_source(unit, "        call->%s.list = mori_wire_read_list(%s, %s);\n",
                                member, pointer, item->form.element->size);
                break;
        case SHAPE_CAPABILITY:
                unit_add_source(unit, "        call->%s%s.word = mori_wire_read_reference(%s);\n",
                                member, item->form.entry != NULL ? ".ref" : "", pointer);
                break;
        default:
                unit_add_source(unit, "        call->%s = %s;\n", member, pointer);
        }
}

static void side_functions(const struct call *call, const struct side *side, const char *what)
{
        struct unit *unit = call->unit;
        bool fails = false;

        if (side->count == 0)
                return;
        for (unsigned i = 0; i < side->count; i++)
                fails = fails || form_is_pointer(&side->items[i].form);
        unit_add_source(
                unit,
                "\nstatic int %s_put_%s(const void *of, const struct mori_wire_writer *to)\n{\n"
                "        const struct %s_call *call = (const struct %s_call *)of;\n%s\n",
                call->name, what, call->name, call->name, fails ? "        int error;\n" : "");
        for (unsigned i = 0; i < side->count; i++)
                put_item(call, &side->items[i]);
        unit_add_source(unit, "        return 0;\n}\n");
        unit_add_source(unit,
                        "\nstatic int %s_get_%s(void *of, const struct mori_wire_reader *from)\n{\n"
                        "        struct %s_call *call = (struct %s_call *)of;\n\n",
                        call->name, what, call->name, call->name);
        for (unsigned i = 0; i < side->count; i++)
                get_item(call, &side->items[i]);
        unit_add_source(unit, "        return 0;\n}\n");
}

static void serve_function(const struct call *call)
{
        unit_add_source(
                call->unit,
                "\nstatic MORI_ASYNC int %s_serve(const void *server, void *self, void *call)\n{\n"
                "        const struct %s_server *table = (const struct %s_server *)server;\n\n"
                "        if (table->%s == NULL)\n                return -EOPNOTSUPP;\n"
                "        return MORI_AWAIT table->%s(self, (struct %s_call *)call);\n}\n",
                call->name, call->interface, call->interface, call->component, call->component,
                call->name);
}

/* ---- Calling: in the header */

/* ", int32_t x, const char *name" */
static const char *parameters(const struct call *call)
{
        struct arena *arena = &call->unit->request->arena;
        const char *list = "";

        for (unsigned i = 0; i < call->params.count; i++) {
                const struct item *item = &call->params.items[i];

                list = arena_print(arena, "%s, %s%s%s", list,
                                   item->form.shape == SHAPE_TEXT ? "const char *" : item->form.c,
                                   item->form.shape == SHAPE_TEXT ? "" : " ", item->name);
        }
        return list;
}

/* ", int32_t *ret_sum" */
static const char *outputs(const struct call *call)
{
        struct arena *arena = &call->unit->request->arena;
        const char *list = "";

        if (call->results.has_data)
                return arena_print(arena, ", struct %s_results *ret_results", call->name);
        for (unsigned i = 0; i < call->results.count; i++)
                list = arena_print(arena, "%s, %s *ret_%s", list, call->results.items[i].form.c,
                                   call->results.items[i].output);
        return list;
}

static void set_params(const struct call *call)
{
        unit_add(call->unit, "        memset(&call, 0, sizeof call);\n");
        for (unsigned i = 0; i < call->params.count; i++) {
                const struct item *item = &call->params.items[i];

                unit_add(call->unit,
                         item->form.shape == SHAPE_TEXT
                                 ? "        call.%s = mori_wire_text_of(%s);\n"
                                 : "        call.%s = %s;\n",
                         item->member, item->name);
        }
}

/*
 * Hands over what is in `call`, but where it has failed: as attempt() has it, so that a compiler
 * sees that who goes on has the results.
 */
static void give_results(const struct call *call)
{
        const struct side *results = &call->results;
        struct unit *unit = call->unit;

        if (results->has_data) {
                unit_add(unit,
                         "        if (error < 0) {\n                mori_call_free(&call.call);\n"
                         "                return error;\n        }\n"
                         "        ret_results->call = call.call;\n");
                for (unsigned i = 0; i < results->count; i++)
                        unit_add(unit, "        ret_results->%s = call.%s;\n",
                                 results->items[i].member, results->items[i].member);
        } else {
                if (results->count > 0)
                        unit_add(unit, "        if (error >= 0) {\n");
                for (unsigned i = 0; i < results->count; i++)
                        unit_add(unit, "                *ret_%s = call.%s;\n",
                                 results->items[i].output, results->items[i].member);
                if (results->count > 0)
                        unit_add(unit, "        }\n");
                if (results->pointer_count > 0)
                        unit_add(unit, "        mori_call_free(&call.call);\n");
        }
        unit_add(unit, "        return error;\n}\n");
}

/* ", int32_t sum": what a callback gets. */
static const char *callback_results(const struct call *call)
{
        struct arena *arena = &call->unit->request->arena;
        const char *list = "";

        if (call->results.has_data)
                return arena_print(arena, ", struct %s_results *results", call->name);
        for (unsigned i = 0; i < call->results.count; i++)
                list = arena_print(arena, "%s, %s %s", list, call->results.items[i].form.c,
                                   call->results.items[i].name);
        return list;
}

/* In place of a join: the callback's type, what calls one, and what registers one. */
static void callback_functions(const struct call *call)
{
        const struct side *results = &call->results;
        struct unit *unit = call->unit;
        const char *name = call->name;

        unit_add(unit,
                 "\n/* `error` is what %s_join() answers%s. */\n"
                 "typedef void %s_callback(void *context, int error%s);\n",
                 name,
                 results->has_data    ? "; `results` is NULL then, else freed after it"
                 : results->count > 0 ? "; the results are 0 then"
                                      : "",
                 name, callback_results(call));
        unit_add(unit,
                 "\nstatic inline void %s_answered(void (*callback)(void), void *context, int "
                 "error, "
                 "void *of)\n{\n",
                 name);
        if (results->count == 0) {
                unit_add(unit,
                         "        (void)of;\n"
                         "        ((%s_callback *)callback)(context, error);\n}\n",
                         name);
        } else {
                unit_add(unit, "        struct %s_call *call = (struct %s_call *)of;\n", name,
                         name);
                if (results->has_data)
                        unit_add(unit, "        struct %s_results results;\n", name);
                else
                        unit_add(unit, "        struct %s_call none;\n", name);
                unit_add(unit, "\n");
                if (results->has_data) {
                        unit_add(
                                unit,
                                "        if (call == NULL) {\n"
                                "                ((%s_callback *)callback)(context, error, NULL);\n"
                                "                return;\n        }\n"
                                "        results.call = call->call;\n",
                                name);
                        for (unsigned i = 0; i < results->count; i++)
                                unit_add(unit, "        results.%s = call->%s;\n",
                                         results->items[i].member, results->items[i].member);
                        unit_add(unit,
                                 "        ((%s_callback *)callback)(context, error, &results);\n"
                                 "        call->call = results.call; /* what is left of it */\n}\n",
                                 name);
                } else {
                        unit_add(unit,
                                 "        if (call == NULL)\n"
                                 "                call = (struct %s_call *)memset(&none, 0, "
                                 "sizeof none);\n"
                                 "        ((%s_callback *)callback)(context, error",
                                 name, name);
                        for (unsigned i = 0; i < results->count; i++)
                                unit_add(unit, ", call->%s", results->items[i].member);
                        unit_add(unit, ");\n}\n");
                }
        }
        unit_add(unit,
                 "\n/* Has the callback called with the answer, later: mori_sent_then(). */\n"
                 "static inline int %s_then(%s_promise *promise, %s_callback *callback, void "
                 "*context)"
                 "\n{\n        return mori_sent_then(&promise->sent, %s_answered, "
                 "(void (*)(void))callback,\n                              context);\n}\n",
                 name, name, name, name);
}

static void proxies(const struct call *call)
{
        struct unit *unit = call->unit;
        const char *name = call->name, *to = call->interface;

        unit_add(unit, "\n");
        unit_comment(&unit->functions, "", unit_member_comment(call->entry, call->ordinal));
        unit_add(unit,
                 "static inline MORI_ASYNC int %s(%s to%s%s)\n{\n        struct %s_call call;\n"
                 "        int error;\n\n",
                 name, to, parameters(call), outputs(call), name);
        set_params(call);
        unit_add(unit,
                 "        error = MORI_AWAIT mori_object_%s(to.ref, &%s_methods[%u], &call);\n",
                 call->streams ? "stream" : "call", to, call->ordinal);
        give_results(call);
        unit_add(unit,
                 "\nstatic inline %s_promise %s_send(%s to%s)\n{\n        struct %s_call call;\n"
                 "        %s_promise promise;\n\n",
                 name, name, to, parameters(call), name, name);
        set_params(call);
        unit_add(unit,
                 "        promise.sent = mori_object_send(to.ref, &%s_methods[%u], &call);\n"
                 "        return promise;\n}\n",
                 to, call->ordinal);
        unit_add(unit,
                 "\nstatic inline MORI_ASYNC int %s_join(%s_promise *promise%s)\n{\n"
                 "        struct %s_call call;\n        int error;\n\n"
                 "        memset(&call, 0, sizeof call);\n"
                 "        error = MORI_AWAIT mori_sent_join(promise->sent, &call);\n",
                 name, name, outputs(call), name);
        give_results(call);
        unit_add(unit,
                 "\nstatic inline void %s_drop(%s_promise *promise)\n{\n"
                 "        mori_sent_drop(promise->sent);\n}\n",
                 name, name);
        callback_functions(call);
        if (call->results.has_data)
                unit_add(unit,
                         "\nstatic inline void %s_results_free(struct %s_results *results)\n{\n"
                         "        mori_call_free(&results->call);\n}\n",
                         name, name);
        for (unsigned i = 0; i < call->results.count; i++) {
                const struct item *item = &call->results.items[i];

                if (item->form.shape != SHAPE_CAPABILITY)
                        continue;
                unit_add(unit,
                         "\n/* The reference that is still to come; it belongs to the promise. */\n"
                         "static inline %s %s(const %s_promise *promise)\n{\n"
                         "        const uint16_t path = %u;\n        %s ref;\n\n"
                         "        ref%s = mori_sent_ref(promise->sent, &path, 1);\n"
                         "        return ref;\n}\n",
                         item->form.c,
                         names_derive(
                                 &unit->names, unit->request,
                                 arena_print(&unit->request->arena, "%s_%s", name, item->member)),
                         name, item->offset, item->form.c, item->form.entry != NULL ? ".ref" : "");
        }
}

static void call_types(const struct call *call)
{
        struct unit *unit = call->unit;
        const struct side *sides[] = {&call->params, &call->results};

        for (unsigned side = 0; side < 2; side++)
                for (unsigned i = 0; i < sides[side]->count; i++)
                        unit_use(unit, &sides[side]->items[i].form);
        unit_add(unit, "\nstruct %s_call {\n        struct mori_call_head call;\n", call->name);
        for (unsigned side = 0; side < 2; side++)
                for (unsigned i = 0; i < sides[side]->count; i++)
                        unit_add(unit, "        %s %s;\n", sides[side]->items[i].form.c,
                                 sides[side]->items[i].member);
        unit_add(unit, "};\ntypedef struct %s_promise {\n        mori_sent sent;\n} %s_promise;\n",
                 call->name, call->name);
        if (!call->results.has_data)
                return;
        unit_add(unit,
                 "/* What the call has answered, until %s_results_free(); references are to be "
                 "dropped. */\nstruct %s_results {\n        struct mori_call_head call;\n",
                 call->name, call->name);
        for (unsigned i = 0; i < call->results.count; i++)
                unit_add(unit, "        %s %s;\n", call->results.items[i].form.c,
                         call->results.items[i].member);
        unit_add(unit, "};\n");
}

/* ---- What it extends */

/* Each interface that it extends once, with the way to its table. */
static void parts_of(struct unit *unit, struct entry *entry, const char *way, struct names *seen,
                     const char *whole, unsigned *count, int depth)
{
        struct superclass_list supers = node_interface_superclasses(node_interface(entry->node));

        for (uint32_t i = 0; i < superclass_list_count(supers) && depth > 0; i++) {
                struct entry *super =
                        request_find(unit->request, superclass_id(superclass_list_at(supers, i)));
                const char *name, *further;

                if (super == NULL || !node_is_interface(super->node))
                        continue; /* told by bases_are_good() */
                name = name_of(unit->request, super);
                further = arena_print(&unit->request->arena, "%s%s%s", way,
                                      way[0] == '\0' ? "" : ".", name);
                if (names_add_once(seen, unit->request, name)) {
                        unit_add_source(
                                unit,
                                "        {UINT64_C(0x%016llx), offsetof(struct %s_server, %s), "
                                "%s_methods, %u},\n",
                                (unsigned long long)super->id, whole, further, name,
                                method_list_count(
                                        node_interface_methods(node_interface(super->node))));
                        ++*count;
                        parts_of(unit, super, further, seen, whole, count, depth - 1);
                }
        }
}

static bool bases_are_good(struct unit *unit, struct entry *entry)
{
        struct superclass_list supers = node_interface_superclasses(node_interface(entry->node));

        for (uint32_t i = 0; i < superclass_list_count(supers); i++) {
                struct entry *super =
                        request_find(unit->request, superclass_id(superclass_list_at(supers, i)));
                struct form form = {.entry = super};

                if (super == NULL || !node_is_interface(super->node) || super == entry) {
                        request_error(unit->request, entry, NULL,
                                      "what it extends is not in the request");
                        return false;
                }
                unit_use(unit, &form);
        }
        return true;
}

static unsigned flags_of(const struct call *call)
{
        struct value value;

        if (call->streams)
                return 4u;
        return (has_annotation(call->method, MORI_READONLY) ? 1u : 0) |
               (has_annotation(call->method, MORI_REENTRANT) ||
                                request_annotation(node_annotations(call->entry->node),
                                                   MORI_REENTRANT, &value)
                        ? 2u
                        : 0);
}

static void method_row(const struct call *call)
{
        const struct side *params = &call->params, *results = &call->results;

        unit_add_source(
                call->unit,
                "        {\"%s.%s\", UINT64_C(0x%016llx), %u, %u, sizeof(struct %s_call), %u, %u, "
                "%u, %u,\n         %s_serve, ",
                name_own(call->entry).bytes, method_name(call->method).bytes,
                (unsigned long long)call->entry->id, call->ordinal, flags_of(call), call->name,
                params->data_words, params->pointer_count, results->data_words,
                results->pointer_count, call->name);
        if (params->count > 0)
                unit_add_source(call->unit, "%s_put_params, %s_get_params, ", call->name,
                                call->name);
        else
                unit_add_source(call->unit, "NULL, NULL, ");
        if (results->count > 0)
                unit_add_source(call->unit, "%s_put_results, %s_get_results},\n", call->name,
                                call->name);
        else
                unit_add_source(call->unit, "NULL, NULL},\n");
}

/* ---- The whole */

void unit_interface_types(struct unit *unit, struct entry *entry)
{
        const char *name = name_of(unit->request, entry);

        text_add(&unit->types, "\n");
        unit_comment(&unit->types, "", node_source_info_doc_comment(entry->info));
        text_add(&unit->types, "typedef struct %s {\n        mori_ref ref;\n} %s;\n", name, name);
}

void unit_interface_names(struct unit *unit, struct entry *entry)
{
        static const char *const behind[] = {"",       "_send",     "_join",    "_drop",
                                             "_promise", "_callback", "_answered", "_then"};
        struct method_list methods = node_interface_methods(node_interface(entry->node));
        const char *name = name_of(unit->request, entry);
        struct arena *arena = &unit->request->arena;

        names_own(&unit->names, unit->request, entry, NULL, name);
        names_own(&unit->names, unit->request, entry, NULL, arena_print(arena, "%s_methods", name));
        names_own(&unit->names, unit->request, entry, NULL,
                  arena_print(arena, "%s_interface", name));
        for (uint32_t i = 0; i < method_list_count(methods); i++) {
                struct method method = method_list_at(methods, i);
                const char *own = method_name(method).bytes;
                const char *component = name_component(
                        unit->request, entry, own, method_annotations(method), method_name(method));

                for (size_t j = 0; j < sizeof behind / sizeof behind[0]; j++)
                        names_own(&unit->names, unit->request, entry, own,
                                  arena_print(arena, "%s_%s%s", name, component, behind[j]));
                names_own(&unit->tags, unit->request, entry, own,
                          arena_print(arena, "%s_%s_call", name, component));
                names_own(&unit->tags, unit->request, entry, own,
                          arena_print(arena, "%s_%s_results", name, component));
        }
}

static void server_table(struct unit *unit, struct entry *entry, const struct call *calls,
                         uint32_t count)
{
        struct superclass_list supers = node_interface_superclasses(node_interface(entry->node));
        const char *name = name_of(unit->request, entry);

        unit_add(unit,
                 "\n/* Who serves it: what is NULL answers -EOPNOTSUPP. */\nstruct %s_server {\n",
                 name);
        for (uint32_t i = 0; i < superclass_list_count(supers); i++) {
                struct entry *super =
                        request_find(unit->request, superclass_id(superclass_list_at(supers, i)));

                unit_add(unit, "        struct %s_server %s;\n", name_of(unit->request, super),
                         name_of(unit->request, super));
        }
        for (uint32_t i = 0; i < count; i++)
                unit_add(unit, "        MORI_ASYNC int (*%s)(void *self, struct %s_call *call);\n",
                         calls[i].component, calls[i].name);
        if (count == 0 && superclass_list_count(supers) == 0)
                unit_add(unit, "        char nothing;\n");
        unit_add(unit, "};\n");
}

static const char *derived(struct unit *unit, const char *name, const char *behind)
{
        return names_derive(&unit->names, unit->request,
                            arena_print(&unit->request->arena, "%s_%s", name, behind));
}

static void reference_functions(struct unit *unit, struct entry *entry)
{
        struct superclass_list supers = node_interface_superclasses(node_interface(entry->node));
        const char *name = name_of(unit->request, entry);

        unit_add(unit,
                 "\nextern const struct mori_method %s_methods[];\n"
                 "extern const struct mori_interface %s_interface;\n",
                 name, name);
        unit_add(unit,
                 "\nstatic inline int %s(const struct %s_server *server, void *self, void "
                 "(*gone)(void "
                 "*self),\n        %s *ret_ref)\n{\n"
                 "        return mori_object_new(&%s_interface, server, self, gone, "
                 "&ret_ref->ref);\n}\n",
                 derived(unit, name, "new"), name, name, name);
        unit_add(unit,
                 "\nstatic inline int %s(%s from, %s *ret_ref)\n{\n"
                 "        return mori_ref_copy(from.ref, &ret_ref->ref);\n}\n",
                 derived(unit, name, "copy"), name, name);
        unit_add(unit, "\nstatic inline void %s(%s from)\n{\n        mori_ref_drop(from.ref);\n}\n",
                 derived(unit, name, "drop"), name);
        for (uint32_t i = 0; i < superclass_list_count(supers); i++) {
                const char *super = name_of(
                        unit->request,
                        request_find(unit->request, superclass_id(superclass_list_at(supers, i))));

                unit_add(unit,
                         "\n/* The same reference, as what %s extends. */\n"
                         "static inline %s %s(%s from)\n{\n        %s as;\n\n"
                         "        as.ref = from.ref;\n        return as;\n}\n",
                         name, super,
                         derived(unit, name, arena_print(&unit->request->arena, "as_%s", super)),
                         name, super);
        }
}

void unit_interface(struct unit *unit, struct entry *entry)
{
        struct method_list methods = node_interface_methods(node_interface(entry->node));
        uint32_t count = method_list_count(methods);
        const char *name = name_of(unit->request, entry);
        struct names seen = {0};
        struct call *calls;
        unsigned parts = 1;

        if (count > UINT16_MAX || !bases_are_good(unit, entry))
                return;
        calls = arena_take(&unit->request->arena, (count + 1) * sizeof *calls);
        for (uint32_t i = 0; i < count; i++)
                if (!call_init(&calls[i], unit, entry, method_list_at(methods, i), i))
                        return;
        for (uint32_t i = 0; i < count; i++)
                call_types(&calls[i]);
        server_table(unit, entry, calls, count);
        reference_functions(unit, entry);
        for (uint32_t i = 0; i < count; i++) {
                proxies(&calls[i]);
                side_functions(&calls[i], &calls[i].params, "params");
                side_functions(&calls[i], &calls[i].results, "results");
                serve_function(&calls[i]);
        }
        unit_add_source(unit, "\nconst struct mori_method %s_methods[] = {\n", name);
        for (uint32_t i = 0; i < count; i++)
                method_row(&calls[i]);
        if (count == 0)
                unit_add_source(
                        unit,
                        "        {NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL},\n");
        unit_add_source(unit,
                        "};\n\nstatic const struct mori_interface_part %s_parts[] = {\n"
                        "        {UINT64_C(0x%016llx), 0, %s_methods, %u},\n",
                        name, (unsigned long long)entry->id, name, count);
        names_add_once(&seen, unit->request, name);
        parts_of(unit, entry, "", &seen, name, &parts, REQUEST_DEPTH_MAX);
        unit_add_source(unit,
                        "};\nconst struct mori_interface %s_interface = {\"%s\", %u, %s_parts};\n",
                        name, name, parts, name);
}
