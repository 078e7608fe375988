/* SPDX-License-Identifier: MIT */
/*
 * What an object tells mori-linkcheck and mori-verify, in two sections that are never loaded.
 *
 * `.mori.notes` is the call graph of the source, as text. Lines end in a newline, fields are
 * separated by one space, "%" and two hex digits stand for a character that would disturb.
 * Functions have the names of their symbols; a static function is known within its unit only. A
 * unit's lines follow its first line, so concatenated sections stay readable.
 *
 *      u 2 FILE                       a unit begins; 2 is the version of this format
 *      f NAME FILE LINE FLAGS [WHY]   a function is defined. Flags: a async, l local, v vouched for
 *                                     as nonblocking, t vouched for as thread-safe, n needs no
 *                                     gate, b may block, because of WHY; - if none
 *      d NAME FLAGS [WHY]             another function is declared, with the same flags
 *      r NAME                         a function is offloaded
 *      c NAME LINE                    the function above calls this one
 *      i LINE FLAGS                   it calls through a pointer: a async, s sync
 *      t NAME LINE FLAGS              it takes an address: s and passes it to a sync function,
 *                                     a to an async one, o does something else with it
 *      s NAME LINE KIND               it touches a variable: m mutable and static, t thread-local
 *
 * `.debug_mori` is the table of async machine code: 32 bytes an entry, relocated by the linker.
 *
 *      quad    the first byte of the function, or of its cold part
 *      long    N, the bytes of its frame           long    C, its credit
 *      long    indirect calls in it                long    indirect jumps in it
 *      quad    1 for a function, 2 for the cold part of the function before it
 *
 * Its name begins with .debug so that linkers treat references to functions that were left out as
 * they treat those of debug information. With link-time optimisation the text travels as top-level
 * assembly, and the table is written when the machine code is; a unit that is compiled that way
 * refers to a symbol that only the plugin defines at the link, so that forgetting it there is an
 * error and not a program without gates.
 */
#include "plugin.h"

#include "file-prefix-map.h"

#include <set>

static std::string notes;
static std::string definitions; /* the lines of the functions so far; declarations come first */
static std::set<tree> declared;
static std::string table;
static tree current_function;
static bool unit_has_async_source;
static bool unit_has_machine_code;

static std::string escaped(const std::string &text)
{
        std::string out;
        char hex[4];

        for (char c : text) {
                if (c > ' ' && c < 127 && c != '%' && c != '"' && c != '\\') {
                        out += c;
                } else {
                        snprintf(hex, sizeof(hex), "%%%02x", (unsigned char)c);
                        out += hex;
                }
        }
        return out.empty() ? "%" : out;
}

static std::string file_of(location_t location)
{
        const char *file = expand_location(location).file;

        return escaped(remap_debug_filename(file ? file : "?"));
}

static std::string line_of(location_t location)
{
        return std::to_string(expand_location(location).line);
}

static std::string flags_of(tree function)
{
        std::string flags;

        if (decl_is_async(function))
                flags += 'a';
        if (!TREE_PUBLIC(function))
                flags += 'l';
        if (decl_has_attribute(function, "mori_nonblocking"))
                flags += 'v';
        if (decl_has_attribute(function, "mori_thread_safe"))
                flags += 't';
        if (decl_has_attribute(function, "mori_nogate"))
                flags += 'n';
        if (decl_has_attribute(function, "mori_blocks"))
                flags += "b " + escaped(decl_attribute_text(function, "mori_blocks"));
        return flags.empty() ? "-" : flags;
}

static void declare(tree function)
{
        std::string flags = flags_of(function);

        if (flags != "-" && flags != "l" && declared.insert(function).second)
                notes += "d " + escaped(decl_symbol_name(function)) + " " + flags + "\n";
}

void notes_function(tree function)
{
        location_t location = DECL_SOURCE_LOCATION(function);

        /*
         * The body of an `extern inline` function is a suggestion; the function is somewhere else.
         */
        current_function = DECL_EXTERNAL(function) ? NULL_TREE : function;
        if (!current_function)
                return;
        if (decl_is_async(function))
                unit_has_async_source = true;
        definitions += "f " + escaped(decl_symbol_name(function)) + " " + file_of(location) + " " +
                          line_of(location) + " " + flags_of(function) + "\n";
}

/*
 * Most of what is called __builtin_something is no call in the end, and nothing that anybody would
 * look for.
 */
static bool is_instruction(tree callee)
{
        return fndecl_built_in_p(callee) &&
               startswith(IDENTIFIER_POINTER(DECL_NAME(callee)), "__builtin_") &&
               startswith(decl_symbol_name(callee).c_str(), "__builtin_");
}

void notes_call(tree caller, tree callee, location_t location)
{
        /* A function that does not return is the end of the process, not a wait. */
        if (caller != current_function || TREE_THIS_VOLATILE(callee) || is_instruction(callee))
                return;
        declare(callee);
        definitions += "c " + escaped(decl_symbol_name(callee)) + " " + line_of(location) + "\n";
}

void notes_indirect_call(tree caller, bool async, location_t location)
{
        if (caller != current_function)
                return;
        definitions += "i " + line_of(location) + (async ? " a\n" : " s\n");
}

void notes_address_taken(tree function, tree taken, enum address_use use, location_t location)
{
        static const char *const letters[] = {" s\n", " a\n", " o\n"};

        if (function != current_function)
                return;
        declare(taken);
        definitions +=
                "t " + escaped(decl_symbol_name(taken)) + " " + line_of(location) + letters[use];
}

void notes_offloaded(tree function)
{
        declare(function);
        notes += "r " + escaped(decl_symbol_name(function)) + "\n";
}

void notes_variable(tree function, tree variable, location_t location)
{
        if (function != current_function)
                return;
        definitions += "s " + escaped(IDENTIFIER_POINTER(DECL_NAME(variable))) + " " +
                       line_of(location) + (DECL_THREAD_LOCAL_P(variable) ? " t\n" : " m\n");
}

static void table_entry(const std::string &symbol, HOST_WIDE_INT frame_bytes,
                        HOST_WIDE_INT credit_bytes, int calls, int jumps, int kind)
{
        table += "\t.quad\t" + symbol + "\n\t.long\t" + std::to_string((long long)frame_bytes) +
                 ", " + std::to_string((long long)credit_bytes) + ", " + std::to_string(calls) +
                 ", " + std::to_string(jumps) + "\n\t.quad\t" + std::to_string(kind) + "\n";
}

void notes_machine_code(const std::string &symbol, HOST_WIDE_INT frame_bytes,
                        HOST_WIDE_INT credit_bytes, int indirect_calls, int indirect_jumps,
                        bool split_in_two)
{
        unit_has_machine_code = true;
        table_entry(symbol, frame_bytes, credit_bytes, indirect_calls, indirect_jumps, 1);
        if (split_in_two)
                table_entry(symbol + ".cold", frame_bytes, credit_bytes, 0, 0, 2);
}

/*
 * The section as assembly; the lines are pieces of one text, which needs no quoting beyond what
 * escaped() did.
 */
static std::string section_text()
{
        std::string all = "u 2 " + escaped(remap_debug_filename(main_input_filename)) + "\n" +
                          notes + definitions;
        std::string out = "\t.pushsection\t.mori.notes,\"\",@progbits\n";

        for (size_t begin = 0; begin < all.size();) {
                size_t end = all.find('\n', begin);

                out += "\t.ascii\t\"" + all.substr(begin, end - begin) + "\\n\"\n";
                begin = end + 1;
        }
        return out + "\t.popsection\n";
}

static bool nothing_noted()
{
        return notes.empty() && definitions.empty();
}

/* The parser is done and nothing has been streamed for the link yet. */
static void before_ipa(void *, void *)
{
        std::string text;

        if (in_lto_p || !flag_generate_lto || nothing_noted())
                return;
        text = section_text();
        if (unit_has_async_source)
                text += "\t.pushsection\t.debug_mori_link,\"\",@progbits\n"
                        "\t.quad\tmori_plugin_missing_at_link\n"
                        "\t.popsection\n";
        symtab->finalize_toplevel_asm(build_string(text.size() + 1, text.c_str()));
}

static void finish_unit(void *, void *)
{
        bool slim = flag_generate_lto && !flag_fat_lto_objects;

        if (!asm_out_file || seen_error())
                return;
        if (!in_lto_p && !nothing_noted() && (!flag_generate_lto || slim))
                fputs(section_text().c_str(), asm_out_file);
        if (!table.empty())
                fprintf(asm_out_file,
                        "\t.pushsection\t.debug_mori,\"\",@progbits\n%s\t.popsection\n",
                        table.c_str());
        if (!slim && unit_has_machine_code && (in_lto_p || flag_generate_lto))
                fputs("\t.weak\tmori_plugin_missing_at_link\n"
                      "\t.hidden\tmori_plugin_missing_at_link\n"
                      "\t.set\tmori_plugin_missing_at_link, 0\n",
                      asm_out_file);
}

void notes_install(const char *plugin_name)
{
        register_callback(plugin_name, PLUGIN_ALL_IPA_PASSES_START, before_ipa, NULL);
        register_callback(plugin_name, PLUGIN_FINISH_UNIT, finish_unit, NULL);
}
