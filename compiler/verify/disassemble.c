/* SPDX-License-Identifier: MIT */
/*
 * The instructions of a program, by objdump. Its output, line by line, with wide lines and no
 * bytes:
 *
 *      Disassembly of section .text:           in an object, places count from here
 *      0000000000000040 <work>:                a symbol; not needed, the symbol table has them
 *        44:  call   49 <work+0x9>             an instruction
 *        44:  call   49 <work+0x9>  45: R_X86_64_PLT32  twice-0x4    one with a relocation in it
 *
 * A jump or a call that is still to be relocated goes where the relocation says: to a symbol less
 * 4, which is the distance of the operand from the instruction's end, or to an offset in a section,
 * again less 4.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"

static const char *skip_prefixes(const char *text)
{
        static const char *const prefixes[] = {"notrack ", "bnd ", "lock ",   "rep ",  "repz ",
                                               "cs ",      "ds ",  "data16 ", "rex.W "};
        bool again = true;

        while (again) {
                again = false;
                for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
                        if (strncmp(text, prefixes[i], strlen(prefixes[i])) == 0) {
                                text += strlen(prefixes[i]);
                                again = true;
                        }
                }
        }
        return text;
}

static struct instruction *add_instruction(struct program *program)
{
        size_t count = program->instruction_count;

        if ((count & (count + 1)) == 0 || count == 0) {
                size_t room = count ? 2 * (count + 1) : 64;
                void *grown = realloc(program->instructions, room * sizeof(struct instruction));

                if (!grown)
                        return NULL;
                program->instructions = grown;
        }
        program->instruction_count++;
        program->instructions[count] = (struct instruction){0};
        return &program->instructions[count];
}

static bool is_branch(const char *mnemonic)
{
        return mnemonic[0] == 'j' || strncmp(mnemonic, "call", 4) == 0;
}

/* "49 <work+0x9>": an address, and what objdump knows about it. */
static int read_target(struct instruction *instruction)
{
        const char *open = strchr(instruction->operands, '<');
        char *end;

        instruction->target.section = instruction->place.section;
        instruction->target.offset = strtoull(instruction->operands, &end, 16);
        instruction->has_target = end != instruction->operands;
        if (!open)
                return 0;
        instruction->symbol = strndup(open + 1, strcspn(open + 1, ">"));
        return instruction->symbol ? 0 : -ENOMEM;
}

static int read_instruction(struct program *program, size_t section, uint64_t offset,
                            const char *text)
{
        struct instruction *instruction = add_instruction(program);
        size_t mnemonic_bytes;

        if (!instruction)
                return -ENOMEM;
        text = skip_prefixes(text);
        mnemonic_bytes = strcspn(text, " ");
        instruction->place = (struct place){section, offset};
        instruction->mnemonic = strndup(text, mnemonic_bytes);
        text += mnemonic_bytes;
        text += strspn(text, " ");
        instruction->operands = strdup(text);
        if (!instruction->mnemonic || !instruction->operands)
                return -ENOMEM;
        if (is_branch(instruction->mnemonic) && instruction->operands[0] != '*')
                return read_target(instruction);
        return 0;
}

/* "R_X86_64_PLT32\ttwice-0x4" */
static int read_relocation(struct program *program, const char *text)
{
        struct instruction *instruction = &program->instructions[program->instruction_count - 1];
        const char *name = strrchr(text, '\t');
        size_t name_bytes;
        int64_t addend = 0;
        char *symbol;

        if (!instruction->has_target || !name)
                return 0;
        name++;
        name_bytes = strlen(name);
        for (size_t i = 0; i < name_bytes; i++) {
                if ((name[i] == '-' || name[i] == '+') && strncmp(name + i + 1, "0x", 2) == 0) {
                        addend = (int64_t)strtoull(name + i + 1, NULL, 16);
                        addend = name[i] == '-' ? -addend : addend;
                        name_bytes = i;
                }
        }
        symbol = strndup(name, name_bytes);
        if (!symbol)
                return -ENOMEM;
        free(instruction->symbol);
        instruction->symbol = symbol;
        instruction->has_target = false;

        for (size_t i = 1; i < program->section_count; i++) {
                if (program->section_names[i] && strcmp(program->section_names[i], symbol) == 0) {
                        instruction->has_target = true;
                        instruction->target = (struct place){i, (uint64_t)(addend + 4)};
                        return 0;
                }
        }
        for (size_t i = 0; i < program->symbol_count; i++) {
                const struct symbol *known = &program->symbols[i];

                if (known->place.section != SIZE_MAX && known->name &&
                    strcmp(known->name, symbol) == 0) {
                        instruction->has_target = true;
                        instruction->target = known->place;
                        instruction->target.offset += (uint64_t)(addend + 4);
                        return 0;
                }
        }
        return 0;
}

static bool is_wanted(const struct program *program, struct place place)
{
        for (size_t i = 0; i < program->code_count; i++) {
                const struct async_code *code = &program->codes[i];

                if (code->begin.section == place.section && place.offset >= code->begin.offset &&
                    place.offset < code->begin.offset + code->size)
                        return true;
        }
        return false;
}

static size_t section_index(const struct program *program, const char *name)
{
        for (size_t i = 1; i < program->section_count; i++) {
                if (program->section_names[i] && strcmp(program->section_names[i], name) == 0)
                        return i;
        }
        return 0;
}

static int read_output(struct program *program, FILE *output)
{
        static const char section_line[] = "Disassembly of section ";
        size_t section = 0, room = 0;
        char *line = NULL;
        int error = 0;

        while (!error && getline(&line, &room, output) > 0) {
                const char *text = line + strspn(line, " \t"), *relocation;
                uint64_t offset;
                char *end;

                line[strcspn(line, "\n")] = '\0';
                if (strncmp(line, section_line, strlen(section_line)) == 0) {
                        line[strlen(line) - 1] = '\0';
                        if (program->relocatable)
                                section = section_index(program, line + strlen(section_line));
                        continue;
                }
                offset = strtoull(text, &end, 16);
                if (end == text || *end != ':' || text == line)
                        continue;
                text = end + 1 + strspn(end + 1, " \t");
                relocation = strstr(text, "R_X86_64");
                if (relocation)
                        line[strcspn(text, "\t") + (size_t)(text - line)] = '\0';
                if (!is_wanted(program, (struct place){section, offset}))
                        continue;
                error = read_instruction(program, section, offset, text);
                if (!error && relocation)
                        error = read_relocation(program, relocation);
        }
        free(line);
        return error;
}

static int compare_instructions(const void *left, const void *right)
{
        const struct instruction *a = left, *b = right;

        if (a->place.section != b->place.section)
                return a->place.section < b->place.section ? -1 : 1;
        return (a->place.offset > b->place.offset) - (a->place.offset < b->place.offset);
}

int program_disassemble(struct program *program)
{
        const char *objdump = getenv("MORI_OBJDUMP");
        int ends[2], status, error;
        FILE *output;
        pid_t child;

        if (pipe(ends) < 0)
                return -errno;
        child = fork();
        if (child < 0)
                return -errno;
        if (child == 0) {
                dup2(ends[1], STDOUT_FILENO);
                close(ends[0]);
                close(ends[1]);
                objdump = objdump ? objdump : "objdump";
                execlp(objdump, objdump, "-d", "-r", "-w", "--no-show-raw-insn", program->path,
                       (char *)NULL);
                fprintf(stderr, "mori-verify: cannot run %s: %s\n", objdump, strerror(errno));
                _exit(127);
        }
        close(ends[1]);
        output = fdopen(ends[0], "r");
        error = output ? read_output(program, output) : -errno;
        if (output)
                fclose(output);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
                ;
        if (!error && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
                error = -EIO;
        if (!error && program->instruction_count)
                qsort(program->instructions, program->instruction_count,
                      sizeof(*program->instructions), compare_instructions);
        return error;
}
