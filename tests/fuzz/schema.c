/* SPDX-License-Identifier: MIT */
/*
 * Requests that anybody may have made, packed, to capnpc-mori: it ends, within its memory, with
 * errors or with what can be C: outside of comments and strings only what C is written with, and
 * every bracket closed.
 */
#include "fuzz.h"

#include "../../compiler/schema/unit.h"

#include <mori/wire_frame.h>

#define WORDS_MAX 4096u

#if FUZZ_SEEDED
/* in place of isalnum(): any character may stand in a name */
int fuzz_isalnum(int c);
int fuzz_isalnum(int c)
{
        return c != 0;
}
#endif

/* Behind a comment or a string that begins at `at`. */
static const char *skip(const char *at)
{
        if (at[0] == '/' && at[1] == '*') {
                at = strstr(at + 2, "*/");
                FUZZ_CHECK(at != NULL);
                return at + 2;
        }
        if (at[0] == '"') {
                at = strchr(at + 1, '"');
                FUZZ_CHECK(at != NULL);
        }
        return at + 1;
}

static void check_text(const struct text *text)
{
        static const char signs[] = " \n\t_(){}[]<>;,.=&!?*:+-#/\"'^|";
        int open = 0;

        if (text->bytes == NULL)
                return;
        FUZZ_CHECK(strlen(text->bytes) == text->count);
        for (const char *at = text->bytes; *at != '\0'; at = skip(at)) {
                char c = *at;

                FUZZ_CHECK((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || strchr(signs, c) != NULL);
                open += (c == '{') - (c == '}');
                FUZZ_CHECK(open >= 0);
        }
        FUZZ_CHECK(open == 0);
}

static void make(struct request *request)
{
        struct code_generator_request_requested_file_list files =
                code_generator_request_requested_files(request->root);

        for (uint32_t i = 0; i < code_generator_request_requested_file_list_count(files); i++) {
                struct entry *entry = request_find(
                        request, code_generator_request_requested_file_id(
                                         code_generator_request_requested_file_list_at(files, i)));
                struct text header = {0}, source = {0};

                if (entry == NULL || !node_is_file(entry->node) || entry->listed)
                        continue;
                unit_make(request, entry, "a.mori.h", &header, &source);
                if (request->error_count == 0 && request->message->error.fault == MORI_WIRE_GOOD) {
                        check_text(&header);
                        check_text(&source);
                }
                text_deinit(&header);
                text_deinit(&source);
        }
}

void fuzz(struct input *input)
{
        static uint64_t words[WORDS_MAX];
        int64_t count = mori_wire_unpacked_words(input->bytes, input->left, WORDS_MAX);
        struct mori_wire_segment segment = {words, (uint32_t)count};
        struct mori_wire_message message;
        struct request request;

        if (count < 0)
                return;
        mori_wire_unpack(input->bytes, input->left, words);
        mori_wire_message_init(&message, &segment, 1);
        message.words_left = 100000;
        if (request_init(&request, &message, NULL))
                make(&request);
        request_deinit(&request);
}

FUZZER
