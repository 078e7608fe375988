/* SPDX-License-Identifier: MIT */
/*
 * Async code that uses zlib, expat and cJSON: it compresses and restores, parses XML with
 * callbacks, parses and prints JSON; many activities do it at a time, each with a stack of a few
 * hundred bytes, and wait in between.
 */
#include <cJSON.h>
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <mori/keywords.h>

enum { TEXT_BYTES = 20000, ACTIVITIES = 20 };

static int fail(const char *what) __attribute__((mori_nonblocking));

static int fail(const char *what)
{
        fprintf(stderr, "program.c: %s\n", what);
        return -1;
}

static async int compress_and_restore(int seed)
{
        unsigned char *text = malloc(TEXT_BYTES), *packed = malloc(2 * TEXT_BYTES),
                      *restored = malloc(TEXT_BYTES);
        uLongf packed_bytes = 2 * TEXT_BYTES;
        z_stream stream = {0};
        int status = 0;

        for (int i = 0; i < TEXT_BYTES; i++)
                text[i] = (unsigned char)((i * seed) % 23);
        if (compress2(packed, &packed_bytes, text, TEXT_BYTES, 9) != Z_OK ||
            packed_bytes >= TEXT_BYTES)
                status = fail("compress2");
        await mori_yield();

        stream.next_in = packed;
        stream.avail_in = (uInt)packed_bytes;
        stream.next_out = restored;
        if (!status && inflateInit(&stream) != Z_OK)
                status = fail("inflateInit");
        while (!status && stream.total_out < TEXT_BYTES) {
                stream.avail_out = 1000;
                if (inflate(&stream, Z_NO_FLUSH) < Z_OK)
                        status = fail("inflate");
                await mori_yield();
        }
        inflateEnd(&stream);
        if (!status && (memcmp(text, restored, TEXT_BYTES) != 0 ||
                        crc32(0, text, TEXT_BYTES) != crc32(0, restored, TEXT_BYTES)))
                status = fail("the text is not what it was");
        free(text);
        free(packed);
        free(restored);
        return status;
}

struct counts {
        int elements, characters;
};

static void XMLCALL count_element(void *data, const XML_Char *name, const XML_Char **attributes)
{
        struct counts *counts = data;

        counts->elements += name[0] == 'e' && attributes[0] && strcmp(attributes[0], "number") == 0;
}

static void XMLCALL count_characters(void *data, const XML_Char *text, int bytes)
{
        struct counts *counts = data;

        (void)text;
        counts->characters += bytes;
}

static async int parse_xml(int elements)
{
        XML_Parser parser = XML_ParserCreate(NULL);
        struct counts counts = {0};
        char line[64];
        int status = 0;

        XML_SetUserData(parser, &counts);
        XML_SetStartElementHandler(parser, count_element);
        XML_SetCharacterDataHandler(parser, count_characters);
        if (XML_Parse(parser, "<all>", 5, 0) != XML_STATUS_OK)
                status = fail("XML_Parse of the beginning");
        for (int i = 0; i < elements && !status; i++) {
                snprintf(line, sizeof(line), "<e number=\"%d\">%.3f</e>", i, i / 8.0);
                if (XML_Parse(parser, line, (int)strlen(line), 0) != XML_STATUS_OK)
                        status = fail("XML_Parse");
                await mori_yield();
        }
        if (!status && XML_Parse(parser, "</all>", 6, 1) != XML_STATUS_OK)
                status = fail("XML_Parse of the end");
        if (!status && (counts.elements != elements || counts.characters < 5 * elements))
                status = fail("the counts are wrong");
        XML_ParserFree(parser);
        return status;
}

static async int parse_json(int numbers)
{
        cJSON *array = cJSON_CreateArray(), *parsed;
        char *text;
        int sum = 0, status = 0;

        for (int i = 0; i < numbers; i++) {
                cJSON_AddItemToArray(array, cJSON_CreateNumber(i));
                await mori_yield();
        }
        text = cJSON_Print(array);
        parsed = cJSON_Parse(text);
        for (int i = 0; i < numbers; i++)
                sum += (int)cJSON_GetNumberValue(cJSON_GetArrayItem(parsed, i));
        if (sum != numbers * (numbers - 1) / 2)
                status = fail("the sum of the numbers is wrong");
        free(text);
        cJSON_Delete(parsed);
        cJSON_Delete(array);
        return status;
}

async int mori_main(int count, char **words)
{
        Async(int) zlib[ACTIVITIES];
        Async(int) expat[ACTIVITIES];
        Async(int) cjson[ACTIVITIES];
        int status = 0;

        (void)count;
        (void)words;
        for (int i = 0; i < ACTIVITIES; i++) {
                zlib[i] = start(compress_and_restore, i + 1);
                expat[i] = start(parse_xml, 10 * i);
                cjson[i] = start(parse_json, 10 * i);
        }
        for (int i = 0; i < ACTIVITIES; i++) {
                status |= join(zlib[i]);
                status |= join(expat[i]);
                status |= join(cjson[i]);
        }
        return status ? 1 : 0;
}
