/* SPDX-License-Identifier: MIT */
/*
 * The program that is looked at. libdw knows its modules: from /proc/PID/maps, or from the notes of
 * the core file. It finds names and lines in them, and unwinds stacks by their CFI, to which it is
 * given the registers that a suspended activity has kept: to libdw, each is a thread.
 *
 * What a core file does not have, because it is only in the program's own files (constants), is
 * read from those.
 */
#include "target.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <time.h>
#include <unistd.h>

#define FRAMES_MAX 4096
#define ROOT_SYMBOL "mori_inspect_root"

struct load {
        uint64_t address, bytes, offset; /* of the memory that the file has */
};

struct thread {
        int number;
        struct inspect_registers registers;
};

struct target {
        struct inspect_memory memory; /* first */
        struct inspect_reader reader;
        void *root;
        char name[256];
        char missing[256];
        char *debuginfo;
        Dwfl *dwfl;
        Dwfl_Callbacks callbacks;
        int pid; /* 0: a core */
        int gone;
        int memory_fd; /* /proc/PID/mem, where process_vm_readv() is not to be had; else -1 */
        int core_fd;
        Elf *core;
        uint64_t core_bytes;
        struct load *loads;
        size_t loads_count;
        struct thread *threads;
        size_t threads_count;
        /* while it unwinds */
        const struct inspect_registers *registers;
};

/* ---- Memory */

static int read_live(struct inspect_memory *memory, uint64_t address, void *buffer, size_t bytes)
{
        struct target *target = (struct target *)memory;
        struct iovec here = {.iov_base = buffer, .iov_len = bytes};
        struct iovec there = {.iov_base = (void *)(uintptr_t)address, .iov_len = bytes};
        ssize_t count;

        if (target->memory_fd >= 0)
                count = pread(target->memory_fd, buffer, bytes, (off_t)address);
        else
                count = process_vm_readv(target->pid, &here, 1, &there, 1, 0);
        if (count < 0 && errno == ESRCH)
                target->gone = 1;
        if (count < 0)
                return -errno;
        return (size_t)count == bytes ? 0 : -EFAULT;
}

/* From the file of the module that is there, if it is something that never changes. */
static int read_module(struct target *target, uint64_t address, void *buffer, size_t bytes)
{
        Dwfl_Module *module = dwfl_addrmodule(target->dwfl, address);
        size_t count, i;
        GElf_Addr bias;
        Elf *elf;

        elf = module != NULL ? dwfl_module_getelf(module, &bias) : NULL;
        if (elf == NULL || elf_getphdrnum(elf, &count) < 0)
                return -EFAULT;
        for (i = 0; i < count; i++) {
                GElf_Phdr header;
                Elf_Data *data;

                if (gelf_getphdr(elf, (int)i, &header) == NULL || header.p_type != PT_LOAD ||
                    (header.p_flags & PF_W) || address < header.p_vaddr + bias ||
                    address + bytes > header.p_vaddr + bias + header.p_filesz)
                        continue;
                data = elf_getdata_rawchunk(
                        elf, (int64_t)(header.p_offset + (address - bias - header.p_vaddr)), bytes,
                        ELF_T_BYTE);
                if (data == NULL || data->d_size < bytes)
                        return -EFAULT;
                memcpy(buffer, data->d_buf, bytes);
                return 0;
        }
        return -EFAULT;
}

static int read_core(struct inspect_memory *memory, uint64_t address, void *buffer, size_t bytes)
{
        struct target *target = (struct target *)memory;
        size_t low = 0, high = target->loads_count;

        while (low < high) {
                size_t middle = (low + high) / 2;
                const struct load *load = &target->loads[middle];

                if (address < load->address) {
                        high = middle;
                } else if (address - load->address >= load->bytes) {
                        low = middle + 1;
                } else {
                        size_t here = load->bytes - (address - load->address);
                        size_t part = here < bytes ? here : bytes;
                        ssize_t count =
                                pread(target->core_fd, buffer, part,
                                      (off_t)(load->offset + (address - load->address)));

                        if (count != (ssize_t)part)
                                return -EIO;
                        return part == bytes ? 0
                                             : read_core(memory, address + part,
                                                         (char *)buffer + part, bytes - part);
                }
        }
        return read_module(target, address, buffer, bytes);
}

/* ---- Core files */

static int load_order(const void *left, const void *right)
{
        const struct load *one = left, *other = right;

        return one->address < other->address ? -1 : one->address > other->address;
}

static void core_threads(struct target *target, const GElf_Phdr *header)
{
        Elf_Data *data = elf_getdata_rawchunk(target->core, (int64_t)header->p_offset,
                                              header->p_filesz, ELF_T_NHDR);
        size_t offset = 0, name, description;
        GElf_Nhdr note;

        while (data != NULL &&
               (offset = gelf_getnote(data, offset, &note, &name, &description)) > 0) {
                struct elf_prstatus status;
                struct user_regs_struct registers;
                struct thread *threads;

                if (note.n_type != NT_PRSTATUS || note.n_descsz < sizeof status)
                        continue;
                memcpy(&status, (char *)data->d_buf + description, sizeof status);
                memcpy(&registers, &status.pr_reg, sizeof registers);
                threads = realloc(target->threads, (target->threads_count + 1) * sizeof *threads);
                if (threads == NULL)
                        return;
                target->threads = threads;
                threads[target->threads_count++] = (struct thread){
                        .number = status.pr_pid,
                        .registers = {.pc = registers.rip, .sp = registers.rsp,
                                      .rbp = registers.rbp, .rbx = registers.rbx,
                                      .r12 = registers.r12, .r13 = registers.r13,
                                      .r14 = registers.r14, .r15 = registers.r15}};
        }
}

static int core_open(struct target *target, const char *path, const char *program)
{
        GElf_Ehdr header;
        struct stat status;
        size_t count, i;
        uint64_t lost = 0;

        target->core_fd = open(path, O_RDONLY | O_CLOEXEC);
        if (target->core_fd < 0 || fstat(target->core_fd, &status) < 0) {
                fprintf(stderr, "mori: %s: neither a process id nor a core file: %s\n", path,
                        strerror(errno));
                return -1;
        }
        target->core_bytes = (uint64_t)status.st_size;
        target->core = S_ISREG(status.st_mode)
                               ? elf_begin(target->core_fd, ELF_C_READ_MMAP, NULL)
                               : NULL;
        if (target->core == NULL || gelf_getehdr(target->core, &header) == NULL ||
            header.e_type != ET_CORE || header.e_machine != EM_X86_64) {
                fprintf(stderr, "mori: %s: is no core file of x86-64%s\n", path,
                        status.st_size == 0 ? ": it is empty" : "");
                return -1;
        }
        if (elf_getphdrnum(target->core, &count) < 0 || count == 0 ||
            (target->loads = calloc(count, sizeof *target->loads)) == NULL) {
                fprintf(stderr, "mori: %s: the core file is truncated: it has no table of its "
                                "segments\n",
                        path);
                return -1;
        }
        for (i = 0; i < count; i++) {
                GElf_Phdr segment;
                uint64_t here;

                if (gelf_getphdr(target->core, (int)i, &segment) == NULL)
                        break;
                here = segment.p_offset >= target->core_bytes ? 0
                       : segment.p_filesz > target->core_bytes - segment.p_offset
                               ? target->core_bytes - segment.p_offset
                               : segment.p_filesz;
                lost += segment.p_filesz - here;
                if (segment.p_type == PT_NOTE && here == segment.p_filesz)
                        core_threads(target, &segment);
                else if (segment.p_type == PT_LOAD && here > 0)
                        target->loads[target->loads_count++] = (struct load){
                                segment.p_vaddr, here, segment.p_offset};
        }
        qsort(target->loads, target->loads_count, sizeof *target->loads, load_order);
        if (lost > 0)
                snprintf(
                        target->missing, sizeof target->missing,
                        "the core file is truncated: %" PRIu64
                        " bytes of memory are missing (was the disk full, or `ulimit -c` too low?)",
                        lost);
        target->memory.read = read_core;
        if (dwfl_core_file_report(target->dwfl, target->core, program) < 0) {
                fprintf(stderr, "mori: %s: its modules cannot be found: %s%s%s\n", path,
                        dwfl_errmsg(-1), target->missing[0] ? "; " : "", target->missing);
                return -1;
        }
        return 0;
}

/* ---- Programs that run */

static int not_permitted(int pid)
{
        FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
        int scope = 0;

        if (file != NULL) {
                if (fscanf(file, "%d", &scope) != 1)
                        scope = 0;
                fclose(file);
        }
        fprintf(stderr, "mori: process %d: its memory may not be read: ", pid);
        if (geteuid() == 0)
                fputs("root lacks CAP_SYS_PTRACE here (a container?)\n", stderr);
        else if (scope > 0)
                fprintf(stderr,
                        "kernel.yama.ptrace_scope is %d; be root, or let root run "
                        "`sysctl kernel.yama.ptrace_scope=0`\n",
                        scope);
        else
                fputs("it is another user's, or not dumpable; be that user, or root\n", stderr);
        return -1;
}

static int live_open(struct target *target, const char *what)
{
        char path[64];
        uint64_t word;
        int error;

        snprintf(path, sizeof path, "/proc/%d/maps", target->pid);
        if (access(path, F_OK) < 0) {
                fprintf(stderr, "mori: process %s: there is none\n", what);
                return -1;
        }
        target->memory.read = read_live;
        error = dwfl_linux_proc_report(target->dwfl, target->pid);
        if (error == EACCES || error == EPERM)
                return not_permitted(target->pid);
        if (error != 0) {
                fprintf(stderr, "mori: process %s: its modules cannot be found: %s\n", what,
                        error > 0 ? strerror(error) : dwfl_errmsg(-1));
                return -1;
        }
        /* any address: whether it may be read at all */
        error = read_live(&target->memory, 0, &word, sizeof word);
        if (error == -EPERM || error == -ENOSYS) {
                snprintf(path, sizeof path, "/proc/%d/mem", target->pid);
                target->memory_fd = open(path, O_RDONLY | O_CLOEXEC);
                if (target->memory_fd < 0)
                        return not_permitted(target->pid);
        }
        return 0;
}

/* ---- Opening */

struct search {
        struct target *target;
        char error[256];
        int found;
};

/* Reads the record whole, and begins to read by it. */
static int root_open(struct target *target, uint64_t address, char *error, size_t bytes)
{
        struct inspect_root head;
        size_t whole;
        void *copy;
        int failed = target->memory.read(&target->memory, address, &head, sizeof head);

        if (failed < 0) {
                snprintf(error, bytes, "%s cannot be read: %s", ROOT_SYMBOL, strerror(-failed));
                return failed;
        }
        failed = inspect_root_check(&head, &whole, error, bytes);
        if (failed < 0)
                return failed;
        copy = malloc(whole);
        if (copy == NULL)
                return -ENOMEM;
        failed = target->memory.read(&target->memory, address, copy, whole);
        if (failed == 0)
                failed = inspect_open(&target->reader, &target->memory, copy, error, bytes);
        else
                snprintf(error, bytes, "%s cannot be read: %s", ROOT_SYMBOL, strerror(-failed));
        if (failed < 0) {
                free(copy);
                return failed;
        }
        free(target->root);
        target->root = copy;
        return 0;
}

static int module_search(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr start,
                         void *argument)
{
        struct search *search = argument;
        int count = dwfl_module_getsymtab(module), i;

        (void)data;
        (void)name;
        (void)start;
        for (i = 1; i < count; i++) {
                GElf_Addr address;
                GElf_Sym symbol;
                const char *text = dwfl_module_getsym_info(module, i, &symbol, &address, NULL, NULL,
                                                           NULL);
                size_t length = strlen(ROOT_SYMBOL);

                if (text == NULL || symbol.st_shndx == SHN_UNDEF ||
                    strncmp(text, ROOT_SYMBOL, length) != 0 ||
                    (text[length] != '\0' && text[length] != '@'))
                        continue;
                if (root_open(search->target, address, search->error, sizeof search->error) < 0)
                        continue;
                search->found = 1;
                /* a program and its library may both have one: the one with seats runs */
                if (inspect_seat_first(&search->target->reader) != 0)
                        return DWARF_CB_ABORT;
        }
        return DWARF_CB_OK;
}

static const Dwfl_Thread_Callbacks thread_callbacks;

struct target *target_open(const char *what, const char *program)
{
        struct target *target = calloc(1, sizeof *target);
        struct search search = {.target = target};
        char *end;
        long pid;
        int failed;

        if (target == NULL)
                return NULL;
        elf_version(EV_CURRENT);
        target->memory_fd = target->core_fd = -1;
        errno = 0;
        pid = strtol(what, &end, 10);
        if (*what >= '0' && *what <= '9' && *end == '\0' && errno == 0 && pid > 0 &&
            pid <= INT32_MAX)
                target->pid = (int)pid;
        snprintf(target->name, sizeof target->name, target->pid ? "process %s" : "%s", what);
        target->callbacks = (Dwfl_Callbacks){
                .find_elf = target->pid ? dwfl_linux_proc_find_elf : dwfl_build_id_find_elf,
                .find_debuginfo = dwfl_standard_find_debuginfo,
                .section_address = dwfl_offline_section_address,
                .debuginfo_path = &target->debuginfo,
        };
        target->dwfl = dwfl_begin(&target->callbacks);
        if (target->dwfl == NULL) {
                fprintf(stderr, "mori: libdw: %s\n", dwfl_errmsg(-1));
                target_close(target);
                return NULL;
        }
        failed = target->pid ? live_open(target, what) : core_open(target, what, program);
        if (failed == 0 && dwfl_report_end(target->dwfl, NULL, NULL) != 0)
                failed = -1;
        if (failed < 0) {
                target_close(target);
                return NULL;
        }
        dwfl_getmodules(target->dwfl, module_search, &search, 0);
        if (!search.found) {
                fprintf(stderr, "mori: %s: %s%s%s\n", target->name,
                        target->gone      ? "it has ended"
                        : search.error[0] ? search.error
                                          : "is no program of mori, or its symbols were stripped: "
                                            "it has no " ROOT_SYMBOL,
                        target->missing[0] ? "; " : "", target->missing);
                if (!target->pid && program == NULL && search.error[0] == '\0')
                        fputs("mori: name the program behind the core, if it has moved\n", stderr);
                target_close(target);
                return NULL;
        }
        /* for unwinding: libdw asks us for registers and memory */
        dwfl_attach_state(target->dwfl, NULL, target->pid ? target->pid : 1, &thread_callbacks,
                          target);
        return target;
}

void target_close(struct target *target)
{
        if (target == NULL)
                return;
        if (target->dwfl != NULL)
                dwfl_end(target->dwfl);
        if (target->core != NULL)
                elf_end(target->core);
        if (target->core_fd >= 0)
                close(target->core_fd);
        if (target->memory_fd >= 0)
                close(target->memory_fd);
        free(target->loads);
        free(target->threads);
        free(target->root);
        free(target);
}

struct inspect_reader *target_reader(struct target *target)
{
        return &target->reader;
}

const char *target_name(const struct target *target)
{
        return target->name;
}

int target_is_core(const struct target *target)
{
        return target->pid == 0;
}

const char *target_missing(const struct target *target)
{
        return target->missing[0] ? target->missing : NULL;
}

int target_is_gone(const struct target *target)
{
        return target->gone;
}

uint64_t target_clock(const struct target *target)
{
        struct timespec now;

        if (target->pid == 0 || clock_gettime(CLOCK_MONOTONIC, &now) < 0)
                return 0;
        return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int target_thread(const struct target *target, int thread, struct inspect_registers *ret_registers)
{
        size_t i;

        for (i = 0; i < target->threads_count; i++)
                if (target->threads[i].number == thread) {
                        *ret_registers = target->threads[i].registers;
                        return 0;
                }
        return -ENOENT;
}

/* ---- Places */

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

/* The runtime's own files, as its build names them. */
static int is_own_file(const char *file)
{
        static const char *const layers[] = {"base/",    "platform/", "memory/",  "stack/",
                                             "inspect/", "turn/",     "activity/"};
        size_t i;

        if (strncmp(file, "./", 2) == 0)
                file += 2;
        if (strncmp(file, "src/", 4) != 0)
                return 0;
        for (i = 0; i < sizeof layers / sizeof layers[0]; i++)
                if (strncmp(file + 4, layers[i], strlen(layers[i])) == 0)
                        return 1;
        return 0;
}

/* A header of ours whose functions are inlined into the program's. */
static int is_own_header(const char *file)
{
        return strstr(file, "include/mori/") != NULL || strncmp(file, "mori/", 5) == 0;
}

static void place_name(struct place *place, const char *function, const char *file, int line)
{
        if (function != NULL)
                snprintf(place->function, sizeof place->function, "%s", function);
        if (file != NULL) {
                snprintf(place->file, sizeof place->file, "%s", file);
                place->line = line;
        }
        place->is_own = strncmp(place->module, "libmori", 7) == 0 || is_own_file(place->file);
}

/* The file and the line from which an inlined function is called. */
static const char *call_of(Dwarf_Die *unit, Dwarf_Die *inlined, int *ret_line)
{
        Dwarf_Attribute attribute;
        Dwarf_Files *files;
        Dwarf_Word file, line;
        size_t count;

        if (dwarf_attr(inlined, DW_AT_call_file, &attribute) == NULL ||
            dwarf_formudata(&attribute, &file) != 0 ||
            dwarf_attr(inlined, DW_AT_call_line, &attribute) == NULL ||
            dwarf_formudata(&attribute, &line) != 0 ||
            dwarf_getsrcfiles(unit, &files, &count) != 0 || file >= count)
                return NULL;
        *ret_line = (int)line;
        return dwarf_filesrc(files, file, NULL, NULL);
}

/*
 * The unit that an address is in. clang writes no table of addresses (.debug_aranges), by which
 * libdw looks: then the units are asked, one after the other.
 */
static Dwarf_Die *unit_of(Dwfl_Module *module, uint64_t address, Dwarf_Addr *ret_bias)
{
        Dwarf_Die *unit = dwfl_module_addrdie(module, address, ret_bias);

        if (unit != NULL)
                return unit;
        while ((unit = dwfl_module_nextcu(module, unit, ret_bias)) != NULL)
                if (dwarf_haspc(unit, address - *ret_bias) == 1)
                        return unit;
        return NULL;
}

size_t target_places(struct target *target, uint64_t address, struct place *ret_places, size_t max)
{
        Dwfl_Module *module = dwfl_addrmodule(target->dwfl, address);
        struct place first = {.offset = address};
        Dwarf_Die *unit, *scopes = NULL;
        Dwarf_Addr start, bias = 0;
        GElf_Off offset;
        GElf_Sym symbol;
        const char *function, *file = NULL, *text;
        size_t found = 0;
        Dwarf_Line *at;
        int line = 0, count = 0, i;

        if (module == NULL) {
                *ret_places = first;
                return 1;
        }
        text = dwfl_module_info(module, NULL, &start, NULL, NULL, NULL, NULL, NULL);
        snprintf(first.module, sizeof first.module, "%s", text ? base_name(text) : "");
        first.offset = address - start;
        function = dwfl_module_addrinfo(module, address, &offset, &symbol, NULL, NULL, NULL);
        unit = unit_of(module, address, &bias);
        at = unit != NULL ? dwarf_getsrc_die(unit, address - bias) : NULL;
        if (at != NULL && dwarf_lineno(at, &line) == 0)
                file = dwarf_linesrc(at, NULL, NULL);
        if (unit != NULL)
                count = dwarf_getscopes(unit, address - bias, &scopes);
        /* from the innermost scope outwards: where one is inlined, the next one has called it */
        for (i = 0; i < count && found + 1 < max; i++) {
                if (dwarf_tag(&scopes[i]) != DW_TAG_inlined_subroutine)
                        continue;
                if (file == NULL || !is_own_header(file)) {
                        ret_places[found] = first;
                        place_name(&ret_places[found++], dwarf_diename(&scopes[i]), file, line);
                }
                text = call_of(unit, &scopes[i], &line);
                file = text != NULL ? text : file;
        }
        free(scopes);
        ret_places[found] = first;
        place_name(&ret_places[found++], function, file, line);
        return found;
}

void target_place(struct target *target, uint64_t address, struct place *ret_place)
{
        struct place places[16];

        target_places(target, address, places, 16);
        *ret_place = places[0];
}

void place_print(const struct place *place, char *text, size_t bytes)
{
        if (strcmp(place->function, "activity_enter") == 0)
                snprintf(text, bytes, "the program's begin, or a post");
        else if (place->function[0] != '\0' && place->file[0] != '\0')
                snprintf(text, bytes, "%s (%s:%d)", place->function, place->file, place->line);
        else if (place->function[0] != '\0')
                snprintf(text, bytes, "%s (%s)", place->function, place->module);
        else if (place->module[0] != '\0')
                snprintf(text, bytes, "%s+0x%" PRIx64, place->module, place->offset);
        else
                snprintf(text, bytes, "0x%" PRIx64, place->offset);
}

/* ---- Stacks */

static pid_t thread_next(Dwfl *dwfl, void *argument, void **ret_thread)
{
        (void)dwfl;
        (void)argument;
        (void)ret_thread;
        return 0; /* there is no list of them: target_unwind() asks for the one it has set */
}

static bool thread_get(Dwfl *dwfl, pid_t thread, void *argument, void **ret_thread)
{
        (void)dwfl;
        (void)thread;
        *ret_thread = argument;
        return true;
}

static bool thread_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *ret_word, void *argument)
{
        struct target *target = argument;

        (void)dwfl;
        return target->memory.read(&target->memory, address, ret_word, sizeof *ret_word) == 0;
}

static bool thread_registers(Dwfl_Thread *thread, void *argument)
{
        const struct inspect_registers *from = ((struct target *)argument)->registers;
        Dwarf_Word words[17] = {
                [3] = from->rbx,  [6] = from->rbp,  [7] = from->sp,   [12] = from->r12,
                [13] = from->r13, [14] = from->r14, [15] = from->r15, [16] = from->pc,
        };

        dwfl_thread_state_register_pc(thread, from->pc);
        return dwfl_thread_state_registers(thread, 0, 17, words);
}

static const Dwfl_Thread_Callbacks thread_callbacks = {
        .next_thread = thread_next,
        .get_thread = thread_get,
        .memory_read = thread_memory,
        .set_initial_registers = thread_registers,
};

struct unwinding {
        struct target *target;
        int (*frame)(void *argument, const struct place *place, uint64_t pc);
        void *argument;
        unsigned count;
        int exact;
        int in_prologue; /* the next frame is of a function's prologue */
};

/* Where an activity begins, and where it is once its function has ended in a tail call. */
static int is_base(const char *function)
{
        return strcmp(function, "mori_start_linked") == 0 || strcmp(function, "mori_enter") == 0;
}

static int on_frame(Dwfl_Frame *state, void *argument)
{
        struct unwinding *unwinding = argument;
        struct place places[16];
        const char *function;
        size_t count, i;
        Dwarf_Addr pc;
        bool activation;
        int first = unwinding->count == 0;

        if (unwinding->count++ > FRAMES_MAX || !dwfl_frame_pc(state, &pc, &activation))
                return DWARF_CB_ABORT;
        if (pc == 0)
                return DWARF_CB_ABORT;
        count = target_places(unwinding->target,
                              (first && unwinding->exact) || (!first && activation) ? pc : pc - 1,
                              places, sizeof places / sizeof places[0]);
        function = places[count - 1].function; /* that the code is in, whatever is inlined */
        /* what joins stacks and segments is not the program's */
        if (strncmp(function, "__mori_gate", 11) == 0)
                return DWARF_CB_OK;
        if (strcmp(function, "__morestack") == 0) {
                unwinding->in_prologue = 1;
                return DWARF_CB_OK;
        }
        if (unwinding->in_prologue) {
                unwinding->in_prologue = 0;
                return DWARF_CB_OK; /* the same function, which has called __morestack */
        }
        if (is_base(function))
                return DWARF_CB_ABORT;
        for (i = 0; i < count; i++)
                if (unwinding->frame(unwinding->argument, &places[i], pc))
                        return DWARF_CB_ABORT;
        return DWARF_CB_OK;
}

void target_unwind(struct target *target, const struct inspect_registers *registers, int exact,
                   int (*frame)(void *argument, const struct place *place, uint64_t pc),
                   void *argument)
{
        struct unwinding unwinding = {
                .target = target, .frame = frame, .argument = argument, .exact = exact};

        target->registers = registers;
        dwfl_getthread_frames(target->dwfl, 1, on_frame, &unwinding);
        target->registers = NULL;
}
