/* SPDX-License-Identifier: MIT */
#include "request.h"
#include "place.h"

#include <stdlib.h>

static int entry_compare(const void *a, const void *b)
{
        const struct entry *left = a, *right = b;

        return left->id < right->id ? -1 : left->id > right->id;
}

struct entry *request_find(const struct request *request, uint64_t id)
{
        struct entry wanted = {.id = id};

        if (request->count == 0)
                return NULL;
        return bsearch(&wanted, request->entries, request->count, sizeof wanted, entry_compare);
}

struct entry *request_scope_of(const struct request *request, const struct entry *entry)
{
        if (entry->parent != NULL)
                return entry->parent;
        return request_find(request, node_scope_id(entry->node));
}

struct entry *request_file_of(struct request *request, struct entry *entry)
{
        struct entry *scope = entry;

        for (int depth = 0; depth < REQUEST_DEPTH_MAX && scope != NULL; depth++) {
                if (node_is_file(scope->node))
                        return scope;
                scope
                        = request_scope_of(request, scope);
        }
        return NULL;
}

/* Two nodes of one id cannot be told apart: an honest compiler refuses them. */
static bool entries_are_unique(struct request *request)
{
        for (uint32_t i = 1; i < request->count; i++)
                if (request->entries[i].id == request->entries[i - 1].id) {
                        request_error(request, NULL, NULL, "two nodes have the id 0x%016llx",
                                      (unsigned long long)request->entries[i].id);
                        return false;
                }
        return true;
}

bool request_init(struct request *request, struct mori_wire_message *message, const char *folder)
{
        struct node_source_info_list infos;
        struct node_list nodes;

        *request = (struct request){.message = message, .folder = folder};
        request->root = code_generator_request_read(mori_wire_root(message));
        nodes = code_generator_request_nodes(request->root);
        request->count = node_list_count(nodes);
        request->entries =
                arena_take(&request->arena, (size_t)request->count * sizeof *request->entries + 1);
        for (uint32_t i = 0; i < request->count; i++) {
                request->entries[i].node = node_list_at(nodes, i);
                request->entries[i].id = node_id(request->entries[i].node);
        }
        if (request->count > 0)
                qsort(request->entries, request->count, sizeof *request->entries, entry_compare);
        if (!entries_are_unique(request))
                return false;
        infos = code_generator_request_source_info(request->root);
        for (uint32_t i = 0; i < node_source_info_list_count(infos); i++) {
                struct node_source_info info = node_source_info_list_at(infos, i);
                struct entry *entry = request_find(request, node_source_info_id(info));

                if (entry != NULL)
                        entry->info = info;
        }
        return true;
}

void request_deinit(struct request *request)
{
        arena_deinit(&request->arena);
        text_deinit(&request->errors);
}

/* The names of an entry and of its scopes, from the outermost on, below the file. */
static unsigned names_of(const struct request *request, const struct entry *entry,
                         const char **names, unsigned size)
{
        const struct entry *chain[REQUEST_DEPTH_MAX];
        unsigned count = 0, at = 0;

        for (; entry != NULL && !node_is_file(entry->node) && count < REQUEST_DEPTH_MAX;
             entry = request_scope_of(request, entry))
                chain[count++] = entry;
        while (count > 0 && at < size) {
                struct mori_wire_text name = node_display_name(chain[--count]->node);
                uint32_t prefix = node_display_name_prefix_length(chain[count]->node);

                names[at++] = prefix <= name.count ? name.bytes + prefix : name.bytes;
        }
        return at;
}

void request_error(struct request *request, struct entry *entry, const char *member,
                   const char *format, ...)
{
        const char *names[REQUEST_DEPTH_MAX + 1];
        struct entry *file = entry != NULL ? request_file_of(request, entry) : NULL;
        va_list arguments;

        request->error_count++;
        if (file != NULL) {
                const char *path = node_display_name(file->node).bytes;
                unsigned count = names_of(request, entry, names, REQUEST_DEPTH_MAX), line;

                if (member != NULL)
                        names[count++] = member;
                line = place_line(request->folder, path, names, count);
                text_add(&request->errors, "%s:", path);
                if (line > 0)
                        text_add(&request->errors, "%u:", line);
                text_add(&request->errors, " error: ");
                for (unsigned i = 0; i < count; i++)
                        text_add(&request->errors, "%s%s", names[i], i + 1 < count ? "." : ": ");
        } else {
                text_add(&request->errors, "capnpc-mori: error: ");
        }
        va_start(arguments, format);
        text_add_arguments(&request->errors, format, arguments);
        va_end(arguments);
        text_add(&request->errors, "\n");
}

bool request_annotation(struct annotation_list annotations, uint64_t id, struct value *ret_value)
{
        for (uint32_t i = 0; i < annotation_list_count(annotations); i++) {
                struct annotation annotation = annotation_list_at(annotations, i);

                if (annotation_id(annotation) == id) {
                        *ret_value = annotation_value(annotation);
                        return true;
                }
        }
        return false;
}
