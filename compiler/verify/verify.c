/* SPDX-License-Identifier: MIT */
/*
 * mori-verify: proves on machine code what the plugin promises of async functions.
 *
 *  (1) Every call and every jump out of an async function goes to an async function, to a gate, to
 *      __morestack, or to a routine of the runtime that is marked for it (mori_nogate).
 *  (2) An async function has exactly as many calls and jumps through registers or memory as the
 *      compiler counted for calls of async functions and for switch tables; the indirect calls of
 *      sync functions are calls of gates.
 *  (3) It begins with a probe that compares what it should, %rsp less N - C, and reports N
 *      (docs/abi.md).
 *  (4) No path through it takes %rsp further down than N.
 *  (5) A function that uses the credit calls no async function, except by a jump.
 *  (6) A linked module is bound at load: the dynamic linker, called at the first call of a
 *      function, would need more stack than a segment has.
 *
 * It reads what objdump prints, knows nothing of the plugin's insides, and shares no code with it.
 * Frames that are made in a loop (-fstack-clash-protection, above a page) are not measured for (4).
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

enum exit_status { EXIT_PROVEN = 0, EXIT_REFUTED = 1, EXIT_USAGE = 2 };

static const uint32_t leaf_credit_bytes = 40;

static const char usage[] =
        "usage: mori-verify FILE...\n"
        "Proves on the machine code of an object, a program or a shared object that every\n"
        "call from async to sync code goes through a gate and that every stack probe is exact.\n"
        "\n"
        "  --quiet   do not say how much was looked at\n"
        "  --help    print this\n"
        "\n"
        "Exit status: 0 when it is so, 1 when not, 2 when a file cannot be read.\n"
        "MORI_OBJDUMP names the objdump to use.\n";

struct verifier {
        const struct program *program;
        const struct async_code *code, *cold; /* the function that is looked at */
        unsigned long edges, problems;
        bool calls_async;
};

static void __attribute__((format(printf, 3, 4)))
problem(struct verifier *verifier, const struct instruction *at, const char *format, ...)
{
        va_list arguments;

        fprintf(stderr, "%s: async function %s", verifier->program->path, verifier->code->name);
        if (at)
                fprintf(stderr, " at %#lx (%s %s)", (unsigned long)at->place.offset, at->mnemonic,
                        at->operands);
        fprintf(stderr, ": ");
        va_start(arguments, format);
        vfprintf(stderr, format, arguments);
        va_end(arguments);
        fprintf(stderr, "\n");
        verifier->problems++;
}

static bool starts_with(const char *text, const char *start)
{
        return strncmp(text, start, strlen(start)) == 0;
}

static bool lies_in(const struct async_code *code, struct place place)
{
        return code && code->begin.section == place.section && place.offset >= code->begin.offset &&
               place.offset < code->begin.offset + code->size;
}

static bool lies_in_function(const struct verifier *verifier, struct place place)
{
        return lies_in(verifier->code, place) || lies_in(verifier->cold, place);
}

/* Whether the second may be what follows the first: cold parts stand in a place of their own. */
static bool lies_in_same_part(const struct verifier *verifier, const struct instruction *first,
                              const struct instruction *second)
{
        return lies_in_function(verifier, second->place) &&
               lies_in(verifier->cold, first->place) == lies_in(verifier->cold, second->place);
}

/* ---- (1) and (2): where it goes */

/* What a name says: the names of gates are reserved, the others are in the notes. */
static bool name_is_allowed(struct verifier *verifier, const char *name, bool call)
{
        char plain[512];
        size_t bytes = strcspn(name, "@");

        if (bytes >= sizeof(plain))
                return false;
        memcpy(plain, name, bytes);
        plain[bytes] = '\0';
        if (starts_with(plain, "__mori_gate.") || starts_with(plain, "__mori_gate_indirect."))
                return !strchr(plain, '+');
        if (strcmp(plain, "__morestack") == 0)
                return true;
        if (program_name_is_async(verifier->program, plain) ||
            program_name_is_nogate(verifier->program, plain)) {
                verifier->calls_async |= call;
                return true;
        }
        return false;
}

static bool target_is_allowed(struct verifier *verifier, const struct instruction *at, bool call)
{
        struct place next = at->target;
        const struct symbol *symbol;

        if (!at->has_target)
                return at->symbol && name_is_allowed(verifier, at->symbol, call);
        if (!call && lies_in_function(verifier, at->target))
                return true;
        if (program_async_at(verifier->program, at->target)) {
                verifier->calls_async |= call;
                return true;
        }
        /* Several names may stand for one place. */
        symbol = program_symbol_at(verifier->program, next);
        for (; symbol && symbol < verifier->program->symbols + verifier->program->symbol_count &&
               place_equal(symbol->place, next);
             symbol++) {
                if (symbol->name && name_is_allowed(verifier, symbol->name, call))
                        return true;
        }
        return at->symbol && strstr(at->symbol, "@plt") &&
               name_is_allowed(verifier, at->symbol, call);
}

static void check_edges(struct verifier *verifier, const struct async_code *part, uint32_t *calls,
                        uint32_t *jumps)
{
        const struct program *program = verifier->program;

        for (size_t i = program_instruction_at(program, part->begin);
             i < program->instruction_count && lies_in(part, program->instructions[i].place); i++) {
                const struct instruction *at = &program->instructions[i];
                bool call = starts_with(at->mnemonic, "call");

                if (!call && at->mnemonic[0] != 'j')
                        continue;
                verifier->edges++;
                if (at->operands[0] == '*') {
                        *(call ? calls : jumps) += 1;
                        verifier->calls_async |= call;
                } else if (!target_is_allowed(verifier, at, call)) {
                        problem(verifier, at, "goes to sync code without a gate");
                }
        }
}

/* ---- (3): the probe */

/* Reads "movl $N, %reg" or "xorl %reg, %reg"; false if the instruction is neither. */
static bool reads_constant(const struct instruction *at, const char *reg, uint64_t *ret_value)
{
        const char *comma = strrchr(at->operands, ',');

        if (!comma || strcmp(comma + 1, reg) != 0)
                return false;
        if (starts_with(at->mnemonic, "mov") && at->operands[0] == '$') {
                *ret_value = strtoull(at->operands + 1, NULL, 0);
                return true;
        }
        if (starts_with(at->mnemonic, "xor")) {
                *ret_value = 0;
                return true;
        }
        return false;
}

static const struct instruction *find_morestack(const struct verifier *verifier,
                                                const struct async_code *part,
                                                uint64_t *ret_frame_bytes)
{
        const struct program *program = verifier->program;
        uint64_t value = UINT64_MAX, pushed = UINT64_MAX;

        for (size_t i = part ? program_instruction_at(program, part->begin)
                             : program->instruction_count;
             i < program->instruction_count && lies_in(part, program->instructions[i].place); i++) {
                const struct instruction *at = &program->instructions[i];

                reads_constant(at, "%r10d", &value);
                if (starts_with(at->mnemonic, "push") && at->operands[0] == '$')
                        pushed = strtoull(at->operands + 1, NULL, 0);
                if (starts_with(at->mnemonic, "pop") && strcmp(at->operands, "%r10") == 0)
                        value = pushed; /* -Oz */
                if (!starts_with(at->mnemonic, "call") || !at->symbol)
                        continue;
                if (strncmp(at->symbol, "__morestack", strcspn(at->symbol, "@")) == 0 &&
                    starts_with(at->symbol, "__morestack")) {
                        *ret_frame_bytes = value;
                        return at;
                }
        }
        return NULL;
}

static void check_probe(struct verifier *verifier)
{
        const struct program *program = verifier->program;
        const struct async_code *code = verifier->code;
        const size_t looked_at_max = 12;
        size_t first = program_instruction_at(program, code->begin), i;
        int64_t offset = 0, expected = (int64_t)code->credit_bytes - (int64_t)code->frame_bytes;
        const char *compared = NULL;
        uint64_t frame_bytes = UINT64_MAX;

        for (i = first; i < program->instruction_count && i < first + looked_at_max; i++) {
                const struct instruction *at = &program->instructions[i];
                const char *end = strstr(at->operands, "(%rsp),%r11");

                if (starts_with(at->mnemonic, "lea") && end)
                        offset = strtoll(at->operands, NULL, 0);
                if (starts_with(at->mnemonic, "cmp") && starts_with(at->operands, "%fs:0x70,")) {
                        compared = strchr(at->operands, ',') + 1;
                        break;
                }
        }
        if (!compared || (strcmp(compared, "%rsp") != 0 && strcmp(compared, "%r11") != 0)) {
                problem(verifier, NULL, "does not begin with a probe");
                return;
        }
        if (strcmp(compared, "%rsp") == 0)
                offset = 0;
        if (offset != expected)
                problem(verifier, &program->instructions[i],
                        "the probe compares %%rsp%+ld, not %%rsp%+ld", (long)offset,
                        (long)expected);
        if (!find_morestack(verifier, code, &frame_bytes) &&
            !find_morestack(verifier, verifier->cold, &frame_bytes))
                problem(verifier, NULL, "the probe does not call __morestack");
        else if (frame_bytes != code->frame_bytes)
                problem(verifier, NULL, "the probe reports a frame of %ld bytes, not %u",
                        (long)frame_bytes, code->frame_bytes);
        if (code->credit_bytes != 0 && code->credit_bytes != leaf_credit_bytes)
                problem(verifier, NULL, "a credit of %u bytes is not of this ABI",
                        code->credit_bytes);
}

/* ---- (4): the depth of the stack */

struct depths {
        int64_t *at; /* for each instruction, the deepest known; -1 before it was reached */
        size_t *waiting;
        bool *is_waiting;
        size_t waiting_count;
        int64_t frame_pointer; /* the depth at which %rbp points */
        int64_t table_depth;   /* the depth at jumps through tables */
        bool in_loop;
        int64_t deepest;
};

/* The depth after an instruction, or -1 if the instruction does what is not understood. */
static int64_t depth_after(struct depths *depths, const struct instruction *at, int64_t depth)
{
        const char *operands = at->operands;
        size_t length = strlen(operands);
        bool to_rsp = length >= 5 && strcmp(operands + length - 5, ",%rsp") == 0;

        if (starts_with(at->mnemonic, "push"))
                return depth + 8;
        if (starts_with(at->mnemonic, "pop"))
                return depth - 8;
        if (starts_with(at->mnemonic, "leave"))
                return depths->frame_pointer - 8;
        if (starts_with(at->mnemonic, "mov") && strcmp(operands, "%rsp,%rbp") == 0)
                depths->frame_pointer = depth;
        if (!to_rsp || starts_with(at->mnemonic, "cmp") || starts_with(at->mnemonic, "test") ||
            starts_with(at->mnemonic, "or"))
                return depth;
        if (operands[0] == '$') {
                int64_t value = (int64_t)strtoull(operands + 1, NULL, 0);

                if (starts_with(at->mnemonic, "sub"))
                        return depth + value;
                if (starts_with(at->mnemonic, "add"))
                        return depth - value;
                if (starts_with(at->mnemonic, "and"))
                        return depth - value - 8;
        }
        if (starts_with(at->mnemonic, "lea")) {
                int64_t value = strtoll(operands, NULL, 0);

                if (strstr(operands, "(%rsp)"))
                        return depth - value;
                if (strstr(operands, "(%rbp)"))
                        return depths->frame_pointer - value;
        }
        if (starts_with(at->mnemonic, "mov") && starts_with(operands, "%rbp,"))
                return depths->frame_pointer;
        return 0; /* back from an aligned frame, by the register that remembers it */
}

static void reach(struct depths *depths, size_t index, int64_t depth)
{
        if (depth <= depths->at[index])
                return;
        depths->at[index] = depth;
        if (depths->is_waiting[index])
                return;
        depths->is_waiting[index] = true;
        depths->waiting[depths->waiting_count++] = index;
}

static void measure(struct verifier *verifier, struct depths *depths)
{
        const int64_t depth_max = (int64_t)verifier->code->frame_bytes + (1 << 20);
        const struct program *program = verifier->program;

        while (depths->waiting_count) {
                size_t index = depths->waiting[--depths->waiting_count];
                const struct instruction *at = &program->instructions[index];
                int64_t depth = depth_after(depths, at, depths->at[index]);
                bool jump = starts_with(at->mnemonic, "jmp"),
                     ends = starts_with(at->mnemonic, "ret");

                depths->is_waiting[index] = false;
                if (depth > depths->deepest)
                        depths->deepest = depth;
                /*
                 * A loop that goes deeper at every round: the frame is too small for it in any
                 * case.
                 */
                if (depth > depth_max)
                        return;
                if (at->mnemonic[0] == 'j' && at->has_target &&
                    lies_in_function(verifier, at->target)) {
                        size_t target = program_instruction_at(program, at->target);

                        if (target < program->instruction_count)
                                reach(depths, target, depth);
                }
                if (strcmp(at->mnemonic, "cmp") == 0 && strcmp(at->operands, "%r11,%rsp") == 0)
                        depths->in_loop = true;
                if (depths->in_loop)
                        return;
                if (!jump && !ends && index + 1 < program->instruction_count &&
                    lies_in_same_part(verifier, at, &program->instructions[index + 1]))
                        reach(depths, index + 1, depth);
                /*
                 * A function begins anew behind the ret that follows its call of __morestack. What
                 * stands before that call may be one that does not return, so the depth there says
                 * nothing.
                 */
                if (starts_with(at->mnemonic, "call") && at->symbol &&
                    starts_with(at->symbol, "__morestack") &&
                    index + 2 < program->instruction_count &&
                    lies_in_same_part(verifier, at, &program->instructions[index + 2]))
                        reach(depths, index + 2, 0);
                if (jump && at->operands[0] == '*' && depth > depths->table_depth)
                        depths->table_depth = depth;
        }
}

/* The targets of switch tables are not known: whatever was not reached otherwise may be one. */
static void measure_all(struct verifier *verifier, struct depths *depths)
{
        const struct program *program = verifier->program;

        measure(verifier, depths);
        for (size_t i = 0; i < program->instruction_count; i++) {
                if (!depths->table_depth || depths->in_loop)
                        return;
                if (!lies_in_function(verifier, program->instructions[i].place) ||
                    depths->at[i] >= 0)
                        continue;
                reach(depths, i, depths->table_depth);
                measure(verifier, depths);
        }
}

static int check_depth(struct verifier *verifier)
{
        const struct program *program = verifier->program;
        size_t count = program->instruction_count;
        struct depths depths = {0};

        depths.at = malloc(count * sizeof(*depths.at));
        depths.waiting = malloc(count * sizeof(*depths.waiting));
        depths.is_waiting = calloc(count, sizeof(*depths.is_waiting));
        if (!depths.at || !depths.waiting || !depths.is_waiting) {
                free(depths.at);
                free(depths.waiting);
                free(depths.is_waiting);
                return -ENOMEM;
        }
        for (size_t i = 0; i < count; i++)
                depths.at[i] = -1;
        reach(&depths, program_instruction_at(program, verifier->code->begin), 0);
        measure_all(verifier, &depths);
        if (!depths.in_loop && depths.deepest > (int64_t)verifier->code->frame_bytes)
                problem(verifier, NULL, "takes %ld bytes of stack, and its probe asks for %u",
                        (long)depths.deepest, verifier->code->frame_bytes);
        free(depths.at);
        free(depths.waiting);
        free(depths.is_waiting);
        return 0;
}

static int check_function(struct verifier *verifier)
{
        uint32_t calls = 0, jumps = 0;
        const struct async_code *code = verifier->code;

        if (program_instruction_at(verifier->program, code->begin) ==
            verifier->program->instruction_count) {
                problem(verifier, NULL, "its instructions were not found");
                return 0;
        }
        verifier->calls_async = false;
        check_edges(verifier, code, &calls, &jumps);
        if (verifier->cold)
                check_edges(verifier, verifier->cold, &calls, &jumps);
        if (calls != code->indirect_calls)
                problem(verifier, NULL, "has %u indirect calls, %u of them known to the compiler",
                        calls, code->indirect_calls);
        if (jumps != code->indirect_jumps)
                problem(verifier, NULL, "has %u indirect jumps, %u of them known to the compiler",
                        jumps, code->indirect_jumps);
        if (code->credit_bytes && verifier->calls_async)
                problem(verifier, NULL, "uses the credit of a leaf and calls an async function");
        check_probe(verifier);
        return check_depth(verifier);
}

static int verify(const char *path, bool quiet, unsigned long *problems)
{
        struct program program;
        struct verifier verifier = {.program = &program};
        unsigned long functions = 0;
        int error = program_load(&program, path);

        if (!error && program.code_count)
                error = program_disassemble(&program);
        for (size_t i = 0; !error && i < program.code_count; i++) {
                if (program.codes[i].cold)
                        continue;
                verifier.code = &program.codes[i];
                verifier.cold = i + 1 < program.code_count && program.codes[i + 1].cold
                                        ? &program.codes[i + 1]
                                        : NULL;
                error = check_function(&verifier);
                functions++;
        }
        if (!error && functions && program.bound_lazily) {
                fprintf(stderr, "%s: is not bound at load: link it with -Wl,-z,now\n", path);
                verifier.problems++;
        }
        if (!error && !quiet)
                printf("%s: %lu async functions, %lu calls and jumps, %lu problems\n", path,
                       functions, verifier.edges, verifier.problems);
        *problems += verifier.problems;
        program_deinit(&program);
        return error;
}

int main(int count, char **words)
{
        unsigned long problems = 0;
        bool quiet = false;
        int files = 0;

        for (int i = 1; i < count; i++) {
                if (strcmp(words[i], "--help") == 0) {
                        fputs(usage, stdout);
                        return EXIT_PROVEN;
                } else if (strcmp(words[i], "--quiet") == 0) {
                        quiet = true;
                        continue;
                } else if (words[i][0] == '-') {
                        fprintf(stderr, "mori-verify: unknown option %s\n%s", words[i], usage);
                        return EXIT_USAGE;
                }
                if (verify(words[i], quiet, &problems))
                        return EXIT_USAGE;
                files++;
        }
        if (!files) {
                fputs(usage, stderr);
                return EXIT_USAGE;
        }
        return problems ? EXIT_REFUTED : EXIT_PROVEN;
}
