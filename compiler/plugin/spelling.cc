/* SPDX-License-Identifier: MIT */
/*
 * What stands in the source text around a call. `await` is an empty macro, so that the same source
 * compiles without the plugin; its token is gone when the compiler sees the call, but the text is
 * still there, and the line map leads to it.
 *
 * A call inside macros has several places: where its first token is spelled, where that token (or
 * the parameter that it replaced) stands in a macro's definition, and where the macro was expanded;
 * and so on outwards. An `await` before any of them counts:
 *
 *      await f(x)                                       spelled
 *      #define call_it(g) await g(1)                    in the definition, before the parameter
 *      #define fetch() f(2)     await fetch()           before the expansion
 *
 * A source that was preprocessed beforehand has lost its awaits. Whoever compiles one has decided
 * so, and nothing is reported.
 */
#include "plugin.h"

/* They live in the C front end and are absent when link-time optimisation loads the plugin. */
extern cpp_options *cpp_get_options(cpp_reader *reader) __attribute__((weak));
extern cpp_reader *parse_in __attribute__((weak));

static bool source_is_preprocessed()
{
        return !&parse_in || !cpp_get_options || !parse_in ||
               cpp_get_options(parse_in)->preprocessed;
}

/*
 * A call has two places. Its own is that of the first token of what is called, or of the operator
 * in it if that stands in parentheses. Its range begins there, too, or at a parenthesis around what
 * is called, or at one around the whole call, which nobody could tell apart afterwards.
 */
static location_t own_location(location_t location)
{
        return get_pure_location(line_table, location);
}

static location_t range_location(location_t location)
{
        return get_pure_location(line_table, get_range_from_loc(line_table, location).m_start);
}

static location_t resolve(location_t location, enum location_resolution_kind kind)
{
        return linemap_resolve_location(line_table, location, kind, NULL);
}

/* A header of mori: its path ends in mori/NAME.h or mori/detail/NAME.h. */
static bool location_is_in_mori_header(location_t location)
{
        const char *file = expand_location(location).file;
        std::string path = file ? file : "";
        std::string parts[3]; /* the last three, the last one first */

        for (std::string &part : parts) {
                size_t slash = path.rfind('/');

                part = slash == std::string::npos ? path : path.substr(slash + 1);
                path.resize(slash == std::string::npos ? 0 : slash);
        }
        if (parts[0].size() < 3 || parts[0].compare(parts[0].size() - 2, 2, ".h") != 0)
                return false;
        return parts[1] == "mori" || (parts[1] == "detail" && parts[2] == "mori");
}

bool call_is_spelled_by_mori(location_t location)
{
        return location_is_in_mori_header(resolve(own_location(location), LRK_SPELLING_LOCATION));
}

bool location_is_defined_by_mori(location_t location)
{
        return location_is_in_mori_header(resolve(location, LRK_MACRO_DEFINITION_LOCATION));
}

location_t location_for_user(location_t location)
{
        if (!call_is_spelled_by_mori(location))
                return location;
        return resolve(own_location(location), LRK_MACRO_EXPANSION_POINT);
}

static bool is_word_character(char c)
{
        return ISALNUM(c) || c == '_' || c == '$';
}

/* Cuts white space and comments off the end of a line of text. */
static void trim_end(std::string &text)
{
        for (;;) {
                while (!text.empty() && ISSPACE(text.back()))
                        text.pop_back();
                if (!text.empty() && text.back() == '\\') {
                        text.pop_back();
                        continue;
                }
                if (text.size() < 4 || text.compare(text.size() - 2, 2, "*/") != 0)
                        return;
                size_t open = text.rfind("/*", text.size() - 3);
                if (open == std::string::npos)
                        return;
                text.resize(open);
        }
}

static bool is_await(const std::string &word)
{
        return word == "await" || word == "MORI_AWAIT";
}

/*
 * Whether an `await` stands before the text, or behind the parenthesis that the text begins with.
 */
static bool await_is_at(const std::string &before, const std::string &text)
{
        size_t begin = before.size();

        while (begin > 0 && is_word_character(before[begin - 1]))
                begin--;
        if (is_await(before.substr(begin)))
                return true;

        size_t end = begin = text.find_first_not_of("( \t");
        if (begin == 0 || begin == std::string::npos)
                return false;
        while (end < text.size() && is_word_character(text[end]))
                end++;
        return is_await(text.substr(begin, end - begin));
}

/* The last word before the location stands on its line, or on one of the few lines before it. */
static bool await_is_before(location_t location, bool in_parentheses)
{
        const int lines_max = 8;
        expanded_location at = expand_location(location);
        std::string text;

        if (!at.file || at.line <= 0)
                return false;
        if (at.column <= 0)
                return true; /* so much source that the compiler gave up on columns */
        for (int line = at.line; line > 0 && line > at.line - lines_max; line--) {
                char_span span = location_get_source_line(at.file, line);

                if (!span)
                        return true;
                std::string before(span.get_buffer(), span.length());
                if (line == at.line) {
                        if (before.size() < (size_t)at.column)
                                return false;
                        text = before.substr(at.column - 1);
                        before.resize(at.column - 1);
                } else if (before.find("//") != std::string::npos) {
                        before.resize(before.find("//"));
                }
                trim_end(before);
                while (in_parentheses && !before.empty() && before.back() == '(') {
                        before.pop_back();
                        trim_end(before);
                }
                if (!before.empty())
                        return await_is_at(before, text);
        }
        return false;
}

static bool await_is_around(location_t at, bool in_parentheses)
{
        for (;;) {
                if (await_is_before(resolve(at, LRK_SPELLING_LOCATION), in_parentheses))
                        return true;
                if (!linemap_location_from_macro_expansion_p(line_table, at))
                        return false;
                if (await_is_before(resolve(at, LRK_MACRO_DEFINITION_LOCATION), in_parentheses))
                        return true;
                const line_map_macro *map = linemap_check_macro(linemap_lookup(line_table, at));
                at = MACRO_MAP_EXPANSION_POINT_LOCATION(map);
        }
}

bool call_follows_await(location_t location, bool through_pointer)
{
        return source_is_preprocessed() ||
               await_is_around(own_location(location), through_pointer) ||
               await_is_around(range_location(location), false);
}
