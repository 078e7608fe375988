/* SPDX-License-Identifier: MIT */
/*
 * Programs: from main() to the entry activity and back. One domain, one seat, one process so far.
 *
 *      mori_run: options -> arena -> seat -> process -> the turn loop -> what the process answered
 *
 * The entry activity gets its arguments through one pointer, like every activity that the loop
 * begins by itself.
 */
#include <mori/program.h>
#include <mori/activity.h>
#include <mori/object.h>

#include "activity/activity.h"
#include "activity/program.h"
#include "activity/root.h"
#include "base/atomic.h"
#include "platform/call.h"
#include "platform/domain.h"
#include "platform/fault.h"
#include "platform/frozen.h"
#include "platform/sim.h"
#include "platform/symbol.h"
#include "turn/domain.h"
#include "turn/resident.h"
#include "turn/seat.h"
#include "turn/situation.h"
#include "turn/stall.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_CONFIGURATION 78
#define STALL_MS_MAX 1000000000u
#define OFFLOAD_THREADS_MAX 4096u
#define OFFLOAD_QUEUE_MAX 1000000000u
#define RESIDENT_MIB_MAX 65000u

/* The seat of the program that runs; with the lock, it stays while another thread posts to it. */
static struct seat *program_seat;
static struct base_lock program_lock;

static void program_seat_set(struct seat *seat)
{
        base_lock(&program_lock);
        program_seat = seat;
        base_unlock(&program_lock);
}

/* For what the entry activity calls, in one piece. */
#define ENTRY_BYTES 4096

static MORI_ASYNC int entry_activity(struct program *program)
{
        return MORI_AWAIT program->entry(program->argc, program->argv);
}

static int number_from_environment(const char *name, uint64_t max, uint64_t *ret_value)
{
        const char *text = base_environment(name);
        char *end;

        if (text == NULL)
                return 0;
        errno = 0;
        *ret_value = strtoull(text, &end, 0);
        if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || *ret_value > max) {
                base_report("mori: %s=%s: not a number from 0 to %llu", name, text,
                            (unsigned long long)max);
                return -EINVAL;
        }
        return 0;
}

static int report_from_environment(void)
{
        const char *report = base_environment("MORI_REPORT");

        if (report != NULL && strcmp(report, "full") != 0 && strcmp(report, "short") != 0) {
                base_report("mori: MORI_REPORT=%s: expected full or short", report);
                return -EINVAL;
        }
        situation_report_all(report != NULL && strcmp(report, "full") == 0);
        return 0;
}

static int resident_from_environment(struct mori_options *options)
{
        uint64_t resident = 0, mib = 0;

        if (number_from_environment("MORI_RESIDENT", 1, &resident) < 0 ||
            number_from_environment("MORI_RESIDENT_MIB", RESIDENT_MIB_MAX, &mib) < 0)
                return -EINVAL;
        if (mib != 0 && resident == 0) {
                base_report("mori: MORI_RESIDENT_MIB=%llu means nothing without MORI_RESIDENT=1",
                            (unsigned long long)mib);
                return -EINVAL;
        }
        options->resident = resident != 0;
        options->resident_mib = (unsigned)mib;
        return 0;
}

static int options_from_environment(struct mori_options *ret_options)
{
        const char *io = base_environment("MORI_IO");
        uint64_t faults = 0, stall_ms = UINT64_MAX, promises = 0, refs = 0, window = 0;
        uint64_t blocking = 0, computing = 0, queue = 0, end_ms = 0; /* of offload.h */

        *ret_options = (struct mori_options){.seed = 1};
        if (io == NULL || strcmp(io, "auto") == 0)
                ret_options->io = MORI_IO_AUTO;
        else if (strcmp(io, "uring") == 0)
                ret_options->io = MORI_IO_URING;
        else if (strcmp(io, "epoll") == 0)
                ret_options->io = MORI_IO_EPOLL;
        else if (strcmp(io, "sim") == 0)
                ret_options->io = MORI_IO_SIM;
        else {
                base_report("mori: MORI_IO=%s: expected uring, epoll, sim or auto", io);
                return -EINVAL;
        }
        if (report_from_environment() < 0)
                return -EINVAL;
        if (number_from_environment("MORI_SEED", UINT64_MAX, &ret_options->seed) < 0 ||
            number_from_environment("MORI_FAULTS", 1000, &faults) < 0 ||
            number_from_environment("MORI_STALL_MS", STALL_MS_MAX, &stall_ms) < 0 ||
            number_from_environment("MORI_PROMISES_MAX", UINT32_MAX, &promises) < 0 ||
            number_from_environment("MORI_REFS_MAX", UINT32_MAX, &refs) < 0 ||
            number_from_environment("MORI_STREAM_WINDOW", MORI_STREAM_WINDOW_MAX, &window) < 0 ||
            number_from_environment("MORI_OFFLOAD_THREADS", OFFLOAD_THREADS_MAX, &blocking) < 0 ||
            number_from_environment("MORI_COMPUTE_THREADS", OFFLOAD_THREADS_MAX, &computing) < 0 ||
            number_from_environment("MORI_OFFLOAD_QUEUE", OFFLOAD_QUEUE_MAX, &queue) < 0 ||
            number_from_environment("MORI_OFFLOAD_END_MS", STALL_MS_MAX, &end_ms) < 0)
                return -EINVAL;
        if (resident_from_environment(ret_options) < 0)
                return -EINVAL;
        ret_options->offload_threads = (unsigned)blocking;
        ret_options->compute_threads = (unsigned)computing;
        ret_options->offload_queue = (unsigned)queue;
        ret_options->offload_end = (int64_t)end_ms * 1000000;
        ret_options->fault_per_mille = (unsigned)faults;
        ret_options->promises_max = (unsigned)promises;
        ret_options->refs_max = (unsigned)refs;
        ret_options->stream_window = (unsigned)window;
        if (stall_ms != UINT64_MAX)
                ret_options->stall = stall_ms == 0 ? -1 : (int64_t)stall_ms * 1000000;
        return 0;
}

/* Of the domain, whatever options the program is run with. */
static int seats_from_environment(struct seat_config *config)
{
        uint64_t seats = 1, migrate = 0;

        if (number_from_environment("MORI_SEATS", DOMAIN_SEATS_MAX, &seats) < 0 ||
            number_from_environment("MORI_MIGRATE", 1, &migrate) < 0)
                return -EINVAL;
        config->seats = (uint32_t)seats;
        config->migrate = migrate != 0;
        return 0;
}

static void on_fault(int signal, void *address)
{
        struct worker *worker = worker_self();
        struct platform_call_info call;
        char place[256];

        base_report("mori: signal %d (%s) at address %p: a fault abandons the domain", signal,
                    strsignal(signal), address);
#ifdef MORI_MAPPED
        /* The page of guards below a stack: the activity has used it up. */
        if (worker->activity != NULL && stack_arena != NULL) {
                size_t below = (size_t)((char *)worker->activity - (char *)address);

                if ((char *)address < (char *)worker->activity && below > 32768 && below <= 65536)
                        base_report(
                                "mori: the mapped stack of the activity, 64 KiB, has overflowed");
        }
#endif
        if (platform_frozen_holds(address))
                base_report("mori: the address is in the variable %s, read-only since its module "
                            "was loaded (MORI_FROZEN, or a constant)",
                            platform_place(address, place, sizeof place));
        if (platform_call_here(&call))
                platform_call_report(&call);
        if (worker->activity == NULL)
                base_report("mori:   in a thread that runs no activity now");
        situation_report_last(worker->activity);
}

bool program_runs(void)
{
        return atomic_load_acquire(&program_seat) != NULL;
}

int program_begin(struct program *program, const struct mori_options *given)
{
        struct mori_options options;
        struct seat_config config = {0};
        struct process *process;
        struct seat *seat;
        int error;

        if (program_runs()) {
                base_report("mori: a program runs already; there is one at a time");
                return EXIT_CONFIGURATION;
        }
        if (given != NULL)
                options = *given;
        else if (options_from_environment(&options) < 0)
                return EXIT_CONFIGURATION;
        config.io.kind = options.io == MORI_IO_URING   ? PLATFORM_IO_URING
                         : options.io == MORI_IO_EPOLL ? PLATFORM_IO_EPOLL
                         : options.io == MORI_IO_SIM   ? PLATFORM_IO_SIM
                                                       : PLATFORM_IO_AUTO;
        config.io.without = program->hosted ? PLATFORM_WITHOUT_SETUP_FLAGS : 0;
        config.io.seed = options.seed;
        config.io.fault_per_mille = options.fault_per_mille;
        if (seats_from_environment(&config) < 0)
                return EXIT_CONFIGURATION;
        if (options.io == MORI_IO_SIM || program->hosted)
                config.seats = 1;
        /* real time says nothing about simulated time */
        config.stall_ns = options.io == MORI_IO_SIM ? -1 : options.stall;
        config.resident = options.resident;
        if (options.resident)
                resident_prepare();
        root_prepare();
        platform_call_limit(&(struct platform_call_limits){
                .blocking = options.offload_threads,
                .computing = options.compute_threads,
                .queue = options.offload_queue,
                .end_ns = (uint64_t)options.offload_end,
        });
        error = stack_arena_init();
        if (error < 0) {
                base_report("mori: no address space for stacks (64 GiB are reserved): %s; is "
                            "RLIMIT_AS (ulimit -v) set?",
                            strerror(-error));
                return EXIT_CONFIGURATION;
        }
        error = seat_new(&config, &seat);
        if (error < 0) {
                base_report("mori: no completion engine: %s", strerror(-error));
                return EXIT_CONFIGURATION;
        }
        stack_worker_init();
        stack_first_more(ENTRY_BYTES);
        if (options.resident && resident_begin(seat->domain, options.resident_mib) < 0) {
                stack_worker_deinit();
                seat_free(seat);
                return EXIT_CONFIGURATION;
        }
        error = process_new(seat, program->argc > 0 ? program->argv[0] : "program",
                            (void *)entry_activity, program, &process);
        if (error < 0) {
                base_report("mori: no process: %s", strerror(-error));
                stack_worker_deinit();
                seat_free(seat);
                return EXIT_CONFIGURATION;
        }
        seat->process = process;
        seat->domain->promises_max = options.promises_max;
        seat->domain->refs_max = options.refs_max;
        seat->domain->stream_window = options.stream_window;
        if (config.io.kind == PLATFORM_IO_SIM)
                platform_sim_echo(seat->io, true); /* what the program prints is meant to be seen */
        platform_fault_stack(true);
        platform_fault_handle(on_fault);
        platform_domain_begin();
        program->seat = seat;
        program_seat_set(seat);
        return 0;
}

int program_end(struct program *program, int status)
{
        struct seat *seat = program->seat;
        struct process *process = seat->process;

        program_seat_set(NULL);
        platform_call_end(); /* of what was left behind */
        platform_domain_end();
        if (status < 0) {
                base_report("mori: %s: %s (%d)%s%s", process->name, strerror(-status), status,
                            process->end.detail != NULL ? ": " : "",
                            process->end.detail != NULL ? process->end.detail->text : "");
                status = 1;
        } else if (status > 255) {
                base_report("mori: %s: %d is no exit code: from 0 to 255", process->name, status);
                status = 1;
        }
        if (seat->resident)
                resident_end(seat->domain);
        process_free(process);
        stack_worker_deinit();
        seat_free(seat);
        return status;
}

int mori_run(mori_entry_point *entry, int argc, char **argv, const struct mori_options *options)
{
        struct program program = {entry, argc, argv, NULL, false};
        int error = 0;

        if (unlikely(domain_inherit != NULL) && base_environment("MORI_DOMAIN") != NULL)
                error = domain_inherit(&program.entry) < 0 ? EXIT_CONFIGURATION : 0;
        if (error == 0)
                error = program_begin(&program, options);

        return error != 0 ? error : program_end(&program, seat_run(program.seat));
}

void mori_exit(int code)
{
        process_end(process_self(), code);
        activity_abandon_turn();
}

void mori_broken(const char *condition, const char *file, int line, const char *function)
{
        process_abandon("%s:%d: %s: the contract `%s` is broken", file, line, function, condition);
}

/* ---- Posts */

static void posted_run(struct seat *seat, void *function, void *pointer)
{
        struct process *process = process_self();

        (void)seat;
        atomic_add(&process->posts_waiting, -1u);
        if (process->state == PROCESS_RUNNING)
                seat_enter(function, pointer);
}

int mori_post(MORI_ASYNC void (*function)(void *pointer), void *pointer)
{
        struct process *process = worker_self()->process;
        int error = -ESRCH;

        if (function == NULL)
                return -EINVAL;
        base_lock(&program_lock);
        if (program_seat != NULL) {
                if (process == NULL)
                        process = program_seat->process;
                error = -EAGAIN;
                if (atomic_add(&process->posts_waiting, 1) <= MORI_POSTS_MAX)
                        error = seat_post(program_seat, process, posted_run, (void *)function,
                                          pointer);
                if (error < 0)
                        atomic_add(&process->posts_waiting, -1u);
        }
        base_unlock(&program_lock);
        return error;
}

void mori_post_expect(int change)
{
        base_lock(&program_lock);
        if (program_seat != NULL) {
                atomic_add(&program_seat->domain->posts_expected, (uint32_t)change);
                if (change < 0) /* it may wait for what will not come */
                        platform_io_wake(program_seat->io);
        }
        base_unlock(&program_lock);
}

static uint64_t stalls_count(const struct domain *domain,
                             uint64_t (*count_of)(const struct stall *stall))
{
        uint64_t count = 0;
        uint32_t i;

        for (i = 0; i < domain->seats_count; i++)
                count += count_of(domain->seats[i]->stall);
        return count;
}

void mori_statistics_get(struct mori_statistics *ret_statistics)
{
        struct worker *worker = worker_self();
        struct process *process = process_self();
        struct stack_usage usage;
        uint64_t minor, major;

        stack_usage(&usage);
        if (worker->seat->resident)
                resident_look(worker->seat, worker);
        resident_faults(worker->seat->domain, &minor, &major);
        *ret_statistics = (struct mori_statistics){
                .turns = process_turns(worker),
                .starts = worker->starts,
                .stalls = stalls_count(worker->seat->domain, stall_watch_count),
                .kept = stalls_count(worker->seat->domain, stall_watch_kept),
                .reports = process->reports,
                .activities = worker->live,
                .operations = process->operations_count,
                .stack_bytes = usage.bytes_committed + usage.bytes_cached,
                .rounds = worker->seat->rounds,
                .io = platform_io_name(worker->seat->io),
                .page_faults_minor = minor,
                .page_faults_major = major,
        };
}

const char *mori_version(void)
{
        return MORI_VERSION;
}
