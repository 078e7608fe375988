/* SPDX-License-Identifier: MIT */
/*
 * The example of docs/schema.md, in a program: a person is written, and read again.
 */
#include <mori/mori.h>
#include <mori/keywords.h>

#include "golden/book.mori.h"

#include <stdio.h>
#include <stdlib.h>

static int write_person(struct mori_wire_builder *builder)
{
        struct book_person_builder person;
        struct book_person_phone_list_builder phones;
        struct book_person_phone_builder phone;

        attempt(book_person_init(mori_wire_builder_root(builder), &person));
        book_person_set_id(person, 7);
        attempt(book_person_set_name(person, mori_wire_text_of("Ann")));
        attempt(book_person_init_phones(person, 1, &phones));
        phone = book_person_phone_list_builder_at(phones, 0);
        attempt(book_person_phone_set_number(phone, mori_wire_text_of("555-1212")));
        book_person_phone_set_kind(phone, BOOK_PERSON_PHONE_KIND_HOME);
        return book_person_work_set_school(book_person_init_work(person), mori_wire_text_of("MIT"));
}

static void print_person(struct book_person person)
{
        struct book_person_phone_list phones = book_person_phones(person);

        printf("%u: %s\n", book_person_id(person), book_person_name(person).bytes);
        for (uint32_t i = 0; i < book_person_phone_list_count(phones); i++) {
                struct book_person_phone phone = book_person_phone_list_at(phones, i);

                printf("%s: %s\n", book_person_phone_kind_name(book_person_phone_kind(phone)),
                       book_person_phone_number(phone).bytes);
        }
        if (book_person_work_is_school(book_person_work(person)))
                printf("learns at %s\n", book_person_work_school(book_person_work(person)).bytes);
}

/* The same functions from async code. */
async int mori_main(int argc, char **argv)
{
        struct mori_wire_builder builder;
        struct mori_wire_segment segments[4];
        struct mori_wire_message message;
        struct book_person person;

        (void)argc;
        (void)argv;
        attempt(mori_wire_builder_init(&builder, NULL, 0, 1000));
        attempt(write_person(&builder));
        attempt(await mori_sleep(MORI_MS(1)));
        MORI_REQUIRE(builder.count <= 4);
        mori_wire_builder_segments(&builder, segments);
        mori_wire_message_init(&message, segments, builder.count);
        person = book_person_read(mori_wire_root(&message));
        print_person(person);
        MORI_REQUIRE(book_person_id(person) == 7);
        MORI_REQUIRE(strcmp(book_person_name(person).bytes, "Ann") == 0);
        MORI_REQUIRE(book_person_work_which(book_person_work(person)) ==
                     BOOK_PERSON_WORK_WHICH_SCHOOL);
        MORI_REQUIRE(message.error.fault == MORI_WIRE_GOOD);
        mori_wire_builder_deinit(&builder);
        return 0;
}
