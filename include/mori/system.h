/* SPDX-License-Identifier: MIT */
/*
 * Systems: processes, and which reference of whom each is given.
 *
 * A program says in its schema what it has:
 *
 *         struct Client $Mori.program {
 *           calculator @0 :Calculator;
 *           console    @1 :Console;
 *           times      @2 :UInt32 = 3;
 *         }
 *
 * and its entry is given that, and nothing else:
 *
 *         static async int client_main(const struct client_capabilities *has)
 *         {
 *                 int32_t sum;
 *
 *                 attempt(await calculator_add(has->calculator, 2, 2, &sum));
 *                 ...
 *         }
 *         MORI_PROGRAM(client, client_main);
 *
 * A manifest says which processes run which programs, and where each need is met; `mori run` reads
 * it and has it run (docs/system.md). What stands here is what generated code, and who makes a
 * system without a manifest, need.
 *
 * Nouns.
 *   program   what a process of a system runs: an entry, and a struct of the schema with the
 *             annotation $Mori.program, whose fields are what it has.
 *   need      a field whose type is an interface: a reference that it is given.
 *   export    such a field with $Mori.export: a reference that it gives to others.
 *   setting   any other field: Bool, a number, an enum, Text or List(Text). What is not set is as
 *             the schema's default has it; $Mori.required says that it has to be set.
 *   system    processes with their programs, needs and settings; in the order in which they start.
 *
 * Rules.
 *   (1) A process begins when those that it needs something of have exported. So its needs are
 *       there when its entry begins, and no circle of needs can start.
 *   (2) Calls over a need go to the process that has exported it, directly.
 *   (3) When a process ends, references to its objects answer -ECONNRESET. If it is started again,
 *       those that need it, and those that need these, are stopped first and started again as well:
 *       their needs are new ones.
 *   (4) A process that fails, and is not to be started again, ends the system.
 */
#pragma once

#include <mori/object.h>
#include <mori/supervise.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Programs, as they are generated */

/* What a field of a program is. */
enum mori_program_kind {
        MORI_PROGRAM_NEED,
        MORI_PROGRAM_EXPORT,
        /* settings, and what they are in the structure: */
        MORI_PROGRAM_BOOL,     /* bool */
        MORI_PROGRAM_SIGNED,   /* intN_t */
        MORI_PROGRAM_UNSIGNED, /* uintN_t */
        MORI_PROGRAM_FLOAT,    /* float, double */
        MORI_PROGRAM_ENUM,     /* an enum of the schema: unsigned */
        MORI_PROGRAM_TEXT,     /* const char * */
        MORI_PROGRAM_TEXTS,    /* const char *const *, with a NULL at its end */
};

/* A field of a program. Constant. */
struct mori_program_field {
        const char *name; /* as in the schema: "connectionsMax" */
        const char *type; /* for messages: "Calculator", "UInt16" */
        enum mori_program_kind kind;
        uint16_t bytes;  /* of a number, 4 of an enum */
        uint16_t offset; /* in the structure of what it has, or of what it exports */
        const struct mori_interface *interface; /* of a need or an export; NULL: any */
        uint64_t number;                        /* a number's default, as 64 bits; of a double */
        const char *text;                       /* a text's default */
        const char *const *names;               /* of the values of an enum, NULL at the end */
        bool required;                          /* a setting that has to be given */
        /* of an integer, or of the bytes of a text; both 0: what its type can hold */
        int64_t least, most;
};

/* What a program has. Constant. */
struct mori_program_schema {
        const char *name; /* "Client" */
        const char *file; /* "client.capnp" */
        uint16_t bytes;   /* of the structure */
        uint16_t fields_count;
        const struct mori_program_field *fields; /* as they stand in the schema */
};

/* How many fields a program may have. */
#define MORI_PROGRAM_FIELDS_MAX 64

/* The nth field of a kind, from 0, as they stand in the schema; NULL: there are fewer. */
MORI_API const struct mori_program_field *mori_program_nth(const struct mori_program_schema *schema,
                                                           enum mori_program_kind kind,
                                                           unsigned nth);

/* A process that runs a program; the runtime's. */
struct mori_program_process;

/* A program: what MORI_PROGRAM() makes, named mori_program_NAME. Constant. */
struct mori_program {
        const char *name;
        const struct mori_program_schema *schema;
        MORI_ASYNC int (*run)(const void *has);
};

/*
 * Makes a program of an entry,
 *
 *         async int entry(const struct NAME_capabilities *has);
 *
 * where NAME is that of the struct in C. What it has lasts as long as the process; needs are the
 * process's, and are dropped when the entry has returned. At the top of a file, once for a program.
 */
#define MORI_PROGRAM(program, entry)                                                               \
        static MORI_ASYNC int program##_program_run(const void *has)                               \
        {                                                                                          \
                return MORI_AWAIT entry((const struct program##_capabilities *)has);               \
        }                                                                                          \
        extern const struct mori_program mori_program_##program;                                   \
        __attribute__((visibility("default")))                                                     \
        const struct mori_program mori_program_##program = {#program, &program##_program_schema,   \
                                                            program##_program_run}

/*
 * Gives what a process exports to who needs it: NAME_export() is this. `exports` is its structure,
 * whose references stay the caller's. 0; -EALREADY: it has; -EBADF: one is MORI_NO_REF; -ENOMEM,
 * -ENFILE: nothing is exported.
 */
MORI_API int mori_program_export(struct mori_program_process *process,
                                 const void *exports) MORI_MUST_CHECK;

/* ---- Systems */

/* Where a need is met. */
struct mori_system_need {
        unsigned process;      /* its place in the system, before the one that needs it */
        unsigned export_index; /* among the exports of its program, from 0 */
};

/* A process of a system. */
struct mori_system_process {
        const char *name;
        const struct mori_program *program;
        const struct mori_system_need *needs; /* of each need of the program, in their order */
        /*
         * A structure of what the program has, whose settings count; NULL: their defaults. What it
         * points to must not change while the system runs.
         */
        const void *settings;
        enum mori_restart restart;
        bool ends;     /* when it ends, and is not started again, so does the system */
        int64_t limit; /* to stop in, ns; 0: MORI_SUPERVISED_LIMIT; below 0: it is killed at once */
        struct mori_process_options options; /* its quotas; its name and flags are not looked at */
};

/* A system; it and what it points to are lent while it runs. */
struct mori_system {
        const struct mori_system_process *processes;
        unsigned count;
        /* as a supervisor has them: supervise.h */
        unsigned restarts_max;
        int64_t restarts_within, pause, pause_max;
        int64_t start_limit; /* ns, from the start of a process until it has exported; 0: 30 s */
};

/* How many processes a system may have. Programs may start further ones themselves. */
#define MORI_SYSTEM_PROCESSES_MAX MORI_SUPERVISED_MAX

/*
 * Starts a system and waits for its end: that of a process that ends it; of one that failed (4), or
 * was started again too often; of the last one. The others are stopped then, the last one first.
 * What happens to processes is reported. Returns
 *   0                        *ret_end is the end that was the system's; of kind MORI_END_NONE where
 *                            all have ended well, and none of them `ends`
 *   -ENOTRECOVERABLE         a process was to be started again too often: *ret_end is its last end
 *   -EINVAL                  a need that is not met before, or by another interface; too many ...
 *   -ECANCELED, -ETIMEDOUT   it was stopped in order
 *   -ENOMEM
 * In each case no process of it is left.
 */
MORI_API MORI_ASYNC int mori_system_run(const struct mori_system *system,
                                        struct mori_end *ret_end) MORI_MUST_CHECK;

/*
 * The structure of what a program has, with the defaults of its settings: schema->bytes of them at
 * `has`, which is aligned as malloc() aligns.
 */
MORI_API void mori_program_defaults(const struct mori_program_schema *schema, void *has);

/* Whether a reference of the one interface can be given where the other is needed; NULL: any. */
MORI_API bool mori_interface_extends(const struct mori_interface *has,
                                     const struct mori_interface *needed);

#ifdef __cplusplus
}
#endif
