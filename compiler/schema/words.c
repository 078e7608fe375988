/* SPDX-License-Identifier: MIT */
/*
 * Constants and defaults that are objects: a message of one segment, as words.
 */
#include "unit.h"

#include <errno.h>
#include <string.h>

#define CONSTANT_WORDS_MAX (1u << 20)

static int build(struct mori_wire_builder *builder, const struct form *form, struct value value)
{
        struct mori_wire_slot root = mori_wire_builder_root(builder);
        struct mori_wire_text text;
        struct mori_wire_data data;

        switch (form->shape) {
        case SHAPE_TEXT:
                text = value_text(value);
                return mori_wire_new_text(root, text.bytes, text.count);
        case SHAPE_DATA:
                data = value_data(value);
                return mori_wire_new_data(root, data.bytes, data.count);
        default:
                return mori_wire_copy(root, form_pointer(value), MORI_WIRE_AS_IT_IS);
        }
}

static void write_words(struct text *source, const char *name,
                        const struct mori_wire_segment *segment)
{
        text_add(source, "\nstatic const uint64_t %s_words[] = {", name);
        for (uint32_t i = 0; i < segment->count; i++)
                text_add(source, "%s0x%016llx,", i % 4 == 0 ? "\n        " : " ",
                         (unsigned long long)segment->words[i]);
        text_add(source, "\n};\n");
        text_add(source, "static const struct mori_wire_segment %s_segment = {%s_words, %u};\n",
                 name, name, segment->count);
        text_add(source,
                 "const struct mori_wire_message %s = MORI_WIRE_CONSTANT(&%s_segment, 1);\n", name,
                 name);
}

const char *unit_constant(struct unit *unit, struct entry *entry, const char *member,
                          const char *name, const struct form *form, struct value value)
{
        struct mori_wire_builder builder;
        struct mori_wire_segment segment;
        int error = mori_wire_builder_init(&builder, NULL, 1 << 14, CONSTANT_WORDS_MAX);

        name = names_derive(&unit->names, unit->request, name);
        if (error == 0) {
                error = build(&builder, form, value);
                /* in one segment, if there is room in one */
                if (error == 0 && builder.count > 1) {
                        error = mori_wire_builder_again(&builder);
                        if (error == 0)
                                error = build(&builder, form, value);
                }
                if (error == 0 && builder.count == 1) {
                        mori_wire_builder_segments(&builder, &segment);
                        write_words(&unit->source, name, &segment);
                        unit_add(unit, "\nextern const struct mori_wire_message %s;\n", name);
                } else if (error == 0) {
                        error = -EMSGSIZE;
                }
                mori_wire_builder_deinit(&builder);
        }
        if (error)
                request_error(unit->request, entry, member, "its value cannot be written: %s",
                              strerror(-error));
        return name;
}
