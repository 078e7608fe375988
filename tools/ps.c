/* SPDX-License-Identifier: MIT */
/*
 * `mori ps`: the processes and activities of a program, as a table or as JSON. See man/mori-ps.1.
 */
#include "census.h"
#include "json.h"
#include "tool.h"

#include <inttypes.h>
#include <string.h>

#define STACK_FRAMES_MAX 256

struct words {
        char number[64], state[64], at[320], started[320], wait[512];
        uint32_t for_whom;
        int64_t age;
        uint64_t bytes;
};

static void words_of(struct target *target, const struct census *census, const struct entry *entry,
                     struct words *ret_words)
{
        struct inspect_reader *reader = target_reader(target);
        const char *state = inspect_state(reader, entry->activity.state, NULL);
        struct place place;

        if (state != NULL)
                snprintf(ret_words->state, sizeof ret_words->state, "%s", state);
        else
                snprintf(ret_words->state, sizeof ret_words->state, "state %u",
                         entry->activity.state);
        ret_words->at[0] = '\0';
        if (census_at(target, entry, &place))
                place_print(&place, ret_words->at, sizeof ret_words->at);
        target_place(target, entry->activity.start_site - 1, &place);
        place_print(&place, ret_words->started, sizeof ret_words->started);
        census_wait(target, census, entry, ret_words->wait, sizeof ret_words->wait,
                    &ret_words->for_whom);
        ret_words->age = census_age(census, entry);
        ret_words->bytes = inspect_stack_bytes(reader, &entry->activity);
}

/* ---- Seats, and threads beside them */

#define SEATS_MAX 4096

/* What one of a seat's threads is at. */
struct seated {
        uint32_t seat;
        int thread;
        uint32_t process, activity; /* that it runs, or 0 */
};

/* Whether the worker at an address is a seat's, and what it is at. */
static int seated_of(struct target *target, const struct census *census, uint64_t seat,
                     uint64_t address, struct seated *ret_seated)
{
        struct inspect_reader *reader = target_reader(target);
        struct inspect_worker worker;
        uint64_t number = 0, index = 0;
        size_t i;

        if (address == 0 || inspect_worker(reader, address, &worker) < 0)
                return 0;
        inspect_get(reader, INSPECT_seat_number, seat, &number);
        if (worker.process != 0)
                inspect_get(reader, INSPECT_process_index, worker.process, &index);
        *ret_seated = (struct seated){.seat = (uint32_t)number, .thread = worker.thread};
        for (i = 0; i < census->count; i++)
                if (census->entries[i].worker == address) {
                        ret_seated->process = (uint32_t)index;
                        ret_seated->activity = census->entries[i].activity.number;
                }
        return 1;
}

static void seats_each(struct target *target, const struct census *census,
                       void (*tell)(const struct seated *seated, void *argument), void *argument)
{
        struct inspect_reader *reader = target_reader(target);
        static const enum inspect_field_id workers[] = {INSPECT_seat_own, INSPECT_seat_other};
        uint64_t seat;
        size_t seats = 0, i;

        for (seat = inspect_seat_first(reader); seat != 0 && seats < SEATS_MAX;
             seat = inspect_seat_next(reader, seat), seats++)
                for (i = 0; i < sizeof workers / sizeof workers[0]; i++) {
                        struct seated seated;
                        uint64_t worker;

                        if (inspect_get(reader, workers[i], seat, &worker) == 0 &&
                            seated_of(target, census, seat, worker, &seated))
                                tell(&seated, argument);
                }
}

/* The number of the seat that has a process; -1: the program does not say. */
static int seat_of(struct target *target, const struct inspect_process *process)
{
        uint64_t number;

        return process->seat != 0 && inspect_get(target_reader(target), INSPECT_seat_number,
                                                 process->seat, &number) == 0
                       ? (int)number
                       : -1;
}

/* Seconds since a call has begun; below 0: not known. */
static double call_seconds(const struct census *census, const struct inspect_call *call)
{
        return census->clock < call->begun_ns ? -1.0
                                              : (double)(census->clock - call->begun_ns) / 1e9;
}

/* ---- A table */

static int frame_print(void *argument, const struct place *place, uint64_t pc)
{
        unsigned *count = argument;
        char text[320];

        (void)pc;
        place_print(place, text, sizeof text);
        printf("          #%u %s\n", (*count)++, text);
        return *count >= STACK_FRAMES_MAX;
}

static void stack_print(struct target *target, const struct entry *entry)
{
        struct inspect_registers registers;
        unsigned count = 0;
        int exact;

        if (census_registers(target, entry, &registers, &exact) == 0)
                target_unwind(target, &registers, exact, frame_print, &count);
        else if (entry->activity.state == 1)
                printf("          (it runs: its registers are the thread's; gdb or a core has "
                       "them)\n");
}

static void process_print(struct target *target, const struct census_process *process)
{
        struct inspect_reader *reader = target_reader(target);
        const char *state = inspect_name(reader, INSPECT_NAME_PROCESS, process->process.state);

        printf("process %u, %s: %s, ", process->process.index, process->process.name,
               state ? state : "in an unknown state");
        if (seat_of(target, &process->process) >= 0)
                printf("seat %d, ", seat_of(target, &process->process));
        printf("%u activities, %" PRIu64 " operations, %" PRIu64 " turns, %" PRIu64 " starts\n",
               process->process.live, process->process.operations, process->process.turns,
               process->process.starts);
}

static void seated_print(const struct seated *seated, void *argument)
{
        (void)argument;
        printf("seat %u, thread %d: ", seated->seat, seated->thread);
        if (seated->activity != 0)
                printf("runs activity %u of process %u\n", seated->activity, seated->process);
        else
                printf("in no turn\n");
}

static void call_print(struct target *target, const struct census *census,
                       const struct inspect_call *call)
{
        double seconds = call_seconds(census, call);
        char function[320], site[320], since[32] = "";
        struct place place;

        target_place(target, call->function, &place);
        place_print(&place, function, sizeof function);
        target_place(target, call->site - 1, &place);
        place_print(&place, site, sizeof site);
        if (seconds >= 0)
                snprintf(since, sizeof since, ", for %.3f s", seconds);
        printf("  thread %d: %s%s%s%s; for the activity started at %s\n", call->thread, function,
               since, call->cancelled ? ", cancelled" : "", call->left ? ", left behind" : "",
               site);
}

static void crews_print(struct target *target, const struct census *census)
{
        struct inspect_reader *reader = target_reader(target);
        struct inspect_crew crew;
        struct inspect_call call;
        unsigned i;
        uint32_t j;

        for (i = 0; i < 2; i++) {
                if (inspect_crew(reader, i, &crew) < 0 || (crew.threads == 0 && crew.waiting == 0))
                        continue;
                printf("offload: %u of %u threads for what %s, %u calls wait, %" PRIu64
                       " have ended\n",
                       crew.threads, crew.limit, crew.computes ? "computes" : "blocks",
                       crew.waiting, crew.calls);
                for (j = 0; j < crew.places_count; j++)
                        if (inspect_call(reader, &crew, j, &call) == 0)
                                call_print(target, census, &call);
        }
}

static void table_print(struct target *target, const struct census *census, int flags)
{
        size_t i, j;

        for (i = 0; i < census->processes_count; i++) {
                const struct census_process *process = &census->processes[i];

                process_print(target, process);
                if (process->count > 0)
                        printf("%10s %7s %7s %6s  %s\n", "NUMBER", "AGE", "STACK", "CAUSE",
                               "STATE, WHERE, STARTED AT");
                for (j = process->first; j < process->first + process->count; j++) {
                        const struct entry *entry = &census->entries[j];
                        struct words words;
                        char age[24] = "-";

                        words_of(target, census, entry, &words);
                        if (words.age >= 0)
                                snprintf(age, sizeof age, "%" PRId64, words.age);
                        printf("%10u %7s %7" PRIu64 " %6" PRIu64 "  ", entry->activity.number, age,
                               words.bytes, entry->activity.causality);
                        if (flags & PS_TREE)
                                printf("%*s", (int)(entry->depth < 40 ? entry->depth : 40) * 2, "");
                        printf("%s%s%s%s%s%s; started at %s\n", words.state,
                               words.wait[0] ? ": " : "", words.wait,
                               entry->activity.cancel ? ", cancelled" : "",
                               words.at[0] ? ", at " : "", words.at, words.started);
                        if (flags & PS_STACKS)
                                stack_print(target, entry);
                }
        }
        seats_each(target, census, seated_print, NULL);
        crews_print(target, census);
}

/* ---- JSON */

static int frame_json(void *argument, const struct place *place, uint64_t pc)
{
        unsigned *count = argument;

        printf("%s{\"pc\": \"0x%" PRIx64 "\", ", (*count)++ ? ", " : "", pc);
        json_pair("function", place->function, ", ");
        json_pair("file", place->file, ", ");
        json_pair("module", place->module, ", ");
        printf("\"line\": %d}", place->line);
        return *count >= STACK_FRAMES_MAX;
}

static void entry_json(struct target *target, const struct census *census,
                       const struct entry *entry, int flags)
{
        struct inspect_registers registers;
        struct words words;
        unsigned count = 0;
        int exact;

        words_of(target, census, entry, &words);
        printf("    {\"number\": %u, \"owner\": %u, \"depth\": %u, \"state\": %u, ",
               entry->activity.number, entry->owner, entry->depth, entry->activity.state);
        json_pair("is", words.state, ", ");
        json_pair("wait", words.wait, ", ");
        printf("\"waits_for\": %u, ", words.for_whom);
        json_pair("at", words.at, ", ");
        json_pair("started_at", words.started, ", ");
        printf("\"age\": %" PRId64 ", \"stack_bytes\": %" PRIu64 ", \"causality\": %" PRIu64
               ", \"cancelled\": %s, \"thread\": %d",
               words.age, words.bytes, entry->activity.causality,
               entry->activity.cancel ? "true" : "false", entry->thread);
        if (flags & PS_STACKS) {
                printf(", \"stack\": [");
                if (census_registers(target, entry, &registers, &exact) == 0)
                        target_unwind(target, &registers, exact, frame_json, &count);
                printf("]");
        }
        printf("}");
}

static void seated_json(const struct seated *seated, void *argument)
{
        const char **before = argument;

        printf("%s\n  {\"seat\": %u, \"thread\": %d, \"process\": %u, \"activity\": %u}", *before,
               seated->seat, seated->thread, seated->process, seated->activity);
        *before = ",";
}

static void call_json(struct target *target, const struct census *census,
                      const struct inspect_call *call)
{
        struct place place;
        char text[320];

        printf("{\"thread\": %d, \"seconds\": %.3f, \"cancelled\": %s, \"left\": %s, ",
               call->thread, call_seconds(census, call), call->cancelled ? "true" : "false",
               call->left ? "true" : "false");
        target_place(target, call->function, &place);
        place_print(&place, text, sizeof text);
        json_pair("function", text, ", ");
        target_place(target, call->site - 1, &place);
        place_print(&place, text, sizeof text);
        json_pair("started_at", text, "}");
}

static void crews_json(struct target *target, const struct census *census)
{
        struct inspect_reader *reader = target_reader(target);
        struct inspect_crew crew;
        struct inspect_call call;
        const char *between = "", *before;
        unsigned i;
        uint32_t j;

        for (i = 0; i < 2; i++) {
                if (inspect_crew(reader, i, &crew) < 0)
                        continue;
                printf("%s\n  {\"computes\": %s, \"threads\": %u, \"limit\": %u, \"waiting\": %u, "
                       "\"ended\": %" PRIu64 ", \"calls\": [",
                       between, crew.computes ? "true" : "false", crew.threads, crew.limit,
                       crew.waiting, crew.calls);
                before = "";
                for (j = 0; j < crew.places_count; j++)
                        if (inspect_call(reader, &crew, j, &call) == 0) {
                                printf("%s", before);
                                call_json(target, census, &call);
                                before = ", ";
                        }
                printf("]}");
                between = ",";
        }
}

static void json_print(struct target *target, const struct census *census, int flags)
{
        struct inspect_reader *reader = target_reader(target);
        const char *before = "";
        size_t i, j;

        printf("{");
        json_pair("program", target_name(target), ", ");
        json_pair("mori", reader->root->mori, ", ");
        printf("\"mode\": \"%s\", \"complete\": %s, \"processes\": [\n",
               reader->root->mode == INSPECT_LINKED ? "linked" : "mapped",
               census->complete && target_missing(target) == NULL ? "true" : "false");
        for (i = 0; i < census->processes_count; i++) {
                const struct census_process *process = &census->processes[i];
                const char *state =
                        inspect_name(reader, INSPECT_NAME_PROCESS, process->process.state);

                printf("  {\"index\": %u, ", process->process.index);
                json_pair("name", process->process.name, ", ");
                json_pair("state", state ? state : "", ", ");
                printf("\"seat\": %d, ", seat_of(target, &process->process));
                printf("\"live\": %u, \"operations\": %" PRIu64 ", \"turns\": %" PRIu64
                       ", \"starts\": %" PRIu64 ", \"activities\": [\n",
                       process->process.live, process->process.operations, process->process.turns,
                       process->process.starts);
                for (j = process->first; j < process->first + process->count; j++) {
                        entry_json(target, census, &census->entries[j], flags);
                        printf("%s\n", j + 1 < process->first + process->count ? "," : "");
                }
                printf("  ]}%s\n", i + 1 < census->processes_count ? "," : "");
        }
        printf("], \"seats\": [");
        seats_each(target, census, seated_json, &before);
        printf("], \"offload\": [");
        crews_json(target, census);
        printf("]}\n");
}

int ps(const char *what, const char *program, int flags)
{
        struct target *target = target_open(what, program);
        struct census census;
        int code;

        if (target == NULL)
                return EXIT_PROGRAM;
        code = census_take(target, &census);
        if (code == 0) {
                if (flags & PS_JSON)
                        json_print(target, &census, flags);
                else
                        table_print(target, &census, flags);
                code = fflush(stdout) != 0 || ferror(stdout) ? EXIT_PROGRAM
                                                             : census_judge(target, &census);
                census_free(&census);
        }
        target_close(target);
        return code;
}
