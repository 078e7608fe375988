/* SPDX-License-Identifier: MIT */
/*
 * Step 13: the same call near and far.
 *
 * An object is near to who is in its own process. A call of it is a call of the function then: what
 * it answers is read where the object has it, and not copied, which is safe because it never
 * changes. From elsewhere the call is a message. Who calls does not see the difference: the spell
 * checker runs here, and then in a process of its own, as it is.
 */
#include "document.mori.h"

#include <mori/keywords.h>

#include <string.h>

/* ---- A document, which has its words */

struct text {
        const char *const *words;
        uint32_t count;
};

static async int document_serve_word(void *self, struct document_word_call *call)
{
        const struct text *text = self;

        call->word = mori_wire_text_of(call->number < text->count ? text->words[call->number] : "");
        return 0;
}

static const struct document_server document_functions = {.word = document_serve_word};

/* ---- A checker, which has a dictionary */

static bool is_known(const char *word)
{
        static const char *const dictionary[] = {"a",   "fox",  "is",    "its",  "lives", "of",
                                                 "owl", "quiet", "shade", "the", "trees", "under"};

        for (size_t i = 0; i < sizeof dictionary / sizeof dictionary[0]; i++)
                if (strcmp(dictionary[i], word) == 0)
                        return true;
        return false;
}

static async int checker_serve_check(void *self, struct checker_check_call *call)
{
        (void)self;
        for (;;) {
                struct document_word_results next;
                bool ended;

                attempt(await document_word(call->document, call->words, &next));
                ended = next.word.count == 0;
                if (!ended) {
                        call->words++;
                        call->wrong += !is_known(next.word.bytes);
                }
                document_word_results_free(&next);
                if (ended)
                        return 0;
        }
}

static const struct checker_server checker_functions = {.check = checker_serve_check};

static async int checker_main(void *argument)
{
        checker served;

        (void)argument;
        attempt(checker_new(&checker_functions, NULL, NULL, &served));
        attempt(mori_export(served.ref));
        checker_drop(served);
        return await mori_sleep(MORI_FOREVER);
}

/* ---- Who has a document */

static async int read_twice(document from, const char *own)
{
        document_word_promise sent = document_word_send(from, 0);
        struct document_word_results pulled, copied;

        attempt(await document_word(from, 0, &pulled));
        attempt(await document_word_join(&sent, &copied));
        attempt(await mori_print(mori_stdout(), "pulled: \"%s\", %s\nsent:   \"%s\", %s\n",
                                 pulled.word.bytes,
                                 pulled.word.bytes == own ? "the document's own" : "a copy",
                                 copied.word.bytes,
                                 copied.word.bytes == own ? "the document's own" : "a copy"));
        document_word_results_free(&pulled);
        document_word_results_free(&copied);
        return 0;
}

static async int check(const char *where, checker by, document of)
{
        uint32_t words, wrong;

        attempt(await checker_check(by, of, &words, &wrong));
        attempt(await mori_print(mori_stdout(), "%s: %u words, %u wrong\n", where, words, wrong));
        return 0;
}

async int mori_main(int argc, char **argv)
{
        static const char *const words[] = {"the", "fox", "lives", "under", "teh", "trees",
                                            "the", "owl", "is",    "quite", "quiet"};
        struct text text = {words, sizeof words / sizeof words[0]};
        struct mori_process_options options = {.name = "checker"};
        mori_process process;
        document fable;
        checker near, far;

        (void)argc;
        (void)argv;
        attempt(document_new(&document_functions, &text, NULL, &fable));
        attempt(await read_twice(fable, words[0]));

        attempt(checker_new(&checker_functions, NULL, NULL, &near));
        attempt(await check("here", near, fable));
        checker_drop(near);

        attempt(await mori_process_start(checker_main, NULL, 0, &options, &process));
        attempt(mori_process_exported(process, &far.ref));
        attempt(await check("in a process of its own", far, fable));
        checker_drop(far);
        document_drop(fable);
        attempt(mori_process_kill(process));
        return mori_process_release(process);
}
