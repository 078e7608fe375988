/* SPDX-License-Identifier: MIT */
/*
 * A program of many parts in the simulation, once for each of many seeds: which part does what,
 * when it is cancelled, what the simulated kernel delays and spoils, and how the program ends, all
 * follow the seed.
 *
 *      seeds COUNT FAULTS          every seed runs twice: both runs are good, and the same
 *      seeds --bug N COUNT         the runtime has bug N (base/base.h): a seed must find it
 *
 * What is good: the program keeps its own promises (no item lost, doubled or out of order; a buffer
 * is its own again when a call has returned), nothing is reported, no deadlock, no crash, and
 * nothing is left.
 */
#include "base/base.h"
#include "platform/sim.h"
#include "stack/stack.h"
#include "turn/seat.h"

#include "activity/queue.h"

#include <mori/keywords.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_SECONDS 200
#define EXIT_BROKEN 99
#define EXIT_EARLY 42

/* What a run leaves to its parent. */
struct outcome {
        uint64_t hash;  /* of what the kernel did */
        uint64_t trace; /* of what the program saw */
        char report[512];
};
static struct outcome *outcome;

#define HOLD(condition)                                                                            \
        (__builtin_expect(!!(condition), 1) ? (void)0 : broken(__LINE__, #condition))

MORI_NONBLOCKING __attribute__((noinline)) static void broken(int line, const char *text)
{
        snprintf(outcome->report, sizeof outcome->report, "line %d: %s", line, text);
        _exit(EXIT_BROKEN);
}

MORI_NONBLOCKING static struct platform_io *engine(void)
{
        return worker_self()->seat->io;
}

MORI_NONBLOCKING static uint32_t draw(uint32_t bound)
{
        return (uint32_t)platform_sim_random(engine(), bound);
}

/* What the program sees, and when. */
MORI_NONBLOCKING static void saw(int64_t what)
{
        uint64_t word = (uint64_t)what ^ (uint64_t)mori_now() << 20;

        outcome->trace = (outcome->trace ^ word) * 0x9e3779b97f4a7c15u;
        outcome->trace ^= outcome->trace >> 29;
}

MORI_NONBLOCKING static void run_begins(void)
{
        platform_sim_poison(engine(), true);
}

MORI_NONBLOCKING static void run_ends(void)
{
        outcome->hash = platform_sim_hash(engine());
}

/* ---- Queues: items carry their sender and number */

struct item {
        uint32_t sender, number;
};

struct belt {
        mori_queue *queue;
        uint32_t sent[4];
        bool seen[4][12];
        uint32_t next[3][4]; /* what a receiver may get of a sender, at least */
        int64_t in, out;
};

static async int sends(struct belt *belt, uint32_t sender)
{
        for (int i = 0; i < 12; i++) {
                struct item item = {sender, belt->sent[sender]};
                int result;

                if (draw(3) == 0) {
                        mori_case cases[] = {MORI_CASE_SEND(belt->queue, &item),
                                             MORI_CASE_AFTER(MORI_US(draw(300)))};

                        result = await mori_select(cases, 2);
                        if (result == 1)
                                continue;
                        if (result == 0)
                                result = cases[0].result;
                } else {
                        result = await mori_queue_send(belt->queue, &item);
                }
                saw(result);
                if (result < 0)
                        return result == -EPIPE || result == -ECANCELED || result == -ETIMEDOUT
                                       ? 0
                                       : result;
                belt->sent[sender]++;
                belt->in++;
                if (draw(2) == 0 && await mori_sleep(MORI_US(draw(200))) < 0)
                        return 0;
        }
        return 0;
}

static async int receives(struct belt *belt, unsigned receiver)
{
        for (;;) {
                struct item item = {9, 9};
                int result;

                if (draw(3) == 0) {
                        mori_case cases[] = {MORI_CASE_AFTER(MORI_US(draw(300) + 1)),
                                             MORI_CASE_RECEIVE(belt->queue, &item)};

                        result = await mori_select(cases, 2);
                        if (result == 0)
                                continue;
                        if (result == 1)
                                result = cases[1].result;
                } else {
                        result = await mori_queue_receive(belt->queue, &item);
                }
                saw(result);
                if (result < 0)
                        return result == -EPIPE || result == -ECANCELED || result == -ETIMEDOUT
                                       ? 0
                                       : result;
                HOLD(item.sender < 4 && item.number < 12);
                HOLD(!belt->seen[item.sender][item.number]);
                HOLD(item.number >= belt->next[receiver][item.sender]);
                belt->seen[item.sender][item.number] = true;
                belt->next[receiver][item.sender] = item.number + 1;
                belt->out++;
                if (draw(3) == 0 && await mori_sleep(MORI_US(draw(100))) < 0)
                        return 0;
        }
}

static async int belts(void)
{
        struct belt belt = {.queue = mori_queue_new(draw(4) + 1, sizeof(struct item))};

        HOLD(belt.queue != NULL);
        scope
        {
                Async(int) receivers[3];

                for (unsigned i = 0; i < 3; i++)
                        receivers[i] = start(receives, &belt, i);
                scope
                {
                        Async(int) senders[4];

                        for (uint32_t i = 0; i < 4; i++)
                                senders[i] = start(sends, &belt, i);
                        if (draw(2) == 0) {
                                (void)await mori_yield();
                                cancel(senders[draw(4)]);
                        }
                        if (draw(2) == 0) {
                                if (await mori_sleep(MORI_US(draw(1000))) < 0)
                                        break;
                                cancel(receivers[draw(2)]);
                        }
                        for (int i = 0; i < 4; i++)
                                HOLD(join(senders[i]) == 0);
                }
                queue_check(belt.queue);
                mori_queue_close(belt.queue);
                for (int i = 0; i < 3; i++)
                        ignore(receivers[i]);
        }
        HOLD(belt.in - belt.out == (int64_t)mori_queue_count(belt.queue));
        mori_queue_free(belt.queue);
        return 0;
}

/* ---- Files: whatever a call answers, its buffer is ours again */

static async int reads(mori_file file, int64_t patience)
{
        unsigned char bytes[256];
        int64_t count = 0;

        within(patience)
        {
                count = await mori_file_read(file, bytes, sizeof bytes);
                saw(count);
        }
        if (count > 0)
                for (int64_t i = 0; i < count; i++)
                        HOLD(bytes[i] == 'x');
        memset(bytes, 0x11, sizeof bytes);
        (void)(await mori_sleep(MORI_MS(3)) < 0); /* long enough for what comes too late */
        for (unsigned i = 0; i < sizeof bytes; i++)
                HOLD(bytes[i] == 0x11);
        return count > INT32_MAX ? 0 : (int)count;
}

static async int writes(mori_file file)
{
        char bytes[300];

        memset(bytes, 'x', sizeof bytes);
        for (int i = 0; i < 4; i++) {
                int result;

                attempt(await mori_sleep(MORI_US(draw(900))));
                result = await mori_file_write_all(file, bytes, draw(300) + 1);
                saw(result);
                if (result < 0)
                        return result;
        }
        return 0;
}

/* Failures of the simulated kernel are none of ours; what we do wrong is. */
static bool ours(int error)
{
        return error == -EINVAL || error == -EBUSY || error == -ENOMEM || error == -EFAULT;
}

static async int pipes(void)
{
        mori_file pipe[2];

        if (mori_pipe(pipe) < 0)
                return 0;
        scope
        {
                Async(int) a = start(writes, pipe[1]);
                Async(int) b = start(reads, pipe[0], MORI_US(draw(2000)));
                int result;

                for (int i = 0; i < 3; i++)
                        HOLD(!ours(await reads(pipe[0], MORI_US(draw(1500)))));
                if (draw(2) == 0)
                        cancel(b);
                HOLD(!ours(join(b)));
                if (draw(4) == 0)
                        cancel(a);
                result = join(a);
                HOLD(!ours(result));
        }
        shield(MORI_S(1))
        {
                (void)(await mori_file_close(pipe[1]) < 0);
                (void)(await mori_file_close(pipe[0]) < 0);
        }
        return 0;
}

static async int echoes(mori_file listener)
{
        mori_file socket;
        char bytes[64];
        int64_t count;

        attempt(await mori_socket_accept(listener, &socket));
        while ((count = await mori_file_read(socket, bytes, sizeof bytes)) > 0)
                if (await mori_file_write_all(socket, bytes, (size_t)count) < 0)
                        break;
        saw(count);
        shield(MORI_S(1))
        {
                (void)(await mori_file_close(socket) < 0);
        }
        return 0;
}

static async int sockets(void)
{
        mori_file listener, socket;
        char address[64];

        if (mori_socket_listen("127.0.0.1:0", 0, &listener) < 0)
                return 0;
        if (mori_socket_address(listener, 0, address, sizeof address) == 0) {
                within(MORI_MS(20))
                {
                        Async(int) a = start(echoes, listener);

                        if (await mori_socket_connect(address, &socket) == 0) {
                                for (int i = 0; i < 3; i++) {
                                        char out = (char)('a' + i), in = 0;

                                        if (await mori_file_write_all(socket, &out, 1) < 0 ||
                                            await mori_file_read(socket, &in, 1) != 1)
                                                break;
                                        HOLD(in == out);
                                        saw(in);
                                }
                                shield(MORI_S(1))
                                {
                                        (void)(await mori_file_close(socket) < 0);
                                }
                        }
                        cancel(a);
                        (void)join(a);
                }
        }
        shield(MORI_S(1))
        {
                (void)(await mori_file_close(listener) < 0);
        }
        return 0;
}

/* ---- Trees with deferred blocks and deadlines */

static async void tree_ends(void *ended)
{
        (void)(await mori_sleep(MORI_US(draw(50))) < 0);
        ++*(long *)ended;
}

static async int tree(int depth, long *ended)
{
        int result = 0;

        MORI_SCOPE
        {
                MORI_DEFER_CALL(tree_ends, ended);
                within(MORI_US(draw(3000) + 1))
                {
                        if (depth > 0) {
                                Async(int) a = start(tree, depth - 1, ended),
                                           b = start(tree, depth - 1, ended);

                                if (draw(5) == 0)
                                        cancel(a);
                                if (draw(8) == 0)
                                        break;
                                (void)join(a);
                                (void)join(b);
                        }
                        result = await mori_sleep(MORI_US(draw(500)));
                }
        }
        saw(result);
        return 0;
}

static async int trees(void)
{
        long ended = 0;

        HOLD(await tree(3, &ended) == 0);
        HOLD(ended > 0 && ended <= 15);
        return 0;
}

static async int program(int argc, char **argv)
{
        uint32_t ending;

        (void)argc;
        (void)argv;
        run_begins();
        ending = draw(4);
        scope
        {
                Async(int) parts[4] = {start(belts), start(pipes), start(sockets), start(trees)};

                if (ending == 0) { /* out of the midst */
                        if (await mori_sleep(MORI_US(draw(3000))) == 0) {
                                run_ends();
                                mori_exit(EXIT_EARLY);
                        }
                }
                if (ending == 1) {
                        within(MORI_US(draw(3000)))
                        {
                                (void)(await mori_sleep(MORI_S(1)) < 0);
                        }
                        break; /* cancels them */
                }
                for (int i = 0; i < 4; i++)
                        HOLD(join(parts[i]) == 0);
        }
        run_ends();
        return 0;
}

/* ---- The parent */

static void report(const char *line, size_t bytes)
{
        size_t length = strlen(outcome->report);

        if (bytes > sizeof outcome->report - 1 - length)
                bytes = sizeof outcome->report - 1 - length;
        memcpy(outcome->report + length, line, bytes);
        outcome->report[length + bytes] = '\0';
}

/* Runs a seed in a child. Answers NULL where it was good, else what was wrong. */
static const char *seed_run(uint64_t seed, unsigned faults, struct outcome *ret_outcome)
{
        static char text[1024];
        int status;
        pid_t child;

        memset(outcome, 0, sizeof *outcome);
        fflush(stdout);
        child = fork();
        if (child == 0) {
                struct mori_options options = {
                        .io = MORI_IO_SIM, .seed = seed, .fault_per_mille = faults, .stall = -1};
                char name[] = "seeds", *arguments[] = {name, NULL};
                struct stack_usage usage;
                int code;

                alarm(CHILD_SECONDS);
                base_report_to(report);
                code = mori_run(program, 1, arguments, &options);
                stack_check();
                stack_usage(&usage);
                if (usage.segments != 0)
                        broken(__LINE__, "segments are left");
                _exit(code);
        }
        if (waitpid(child, &status, 0) != child)
                abort();
        *ret_outcome = *outcome;
        if (WIFSIGNALED(status)) {
                snprintf(text, sizeof text, "signal %d%s; %s", WTERMSIG(status),
                         WTERMSIG(status) == SIGALRM ? " (it hangs)" : "", outcome->report);
                return text;
        }
        if ((WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != EXIT_EARLY) ||
            outcome->report[0] != '\0') {
                snprintf(text, sizeof text, "exit code %d; %s", WEXITSTATUS(status),
                         outcome->report);
                return text;
        }
        return NULL;
}

static int all_good(uint64_t count, unsigned faults)
{
        uint64_t seed, wrong = 0, same = 0, before = 0;

        for (seed = 1; seed <= count; seed++) {
                struct outcome first, second;
                const char *problem = seed_run(seed, faults, &first);

                if (problem == NULL)
                        problem = seed_run(seed, faults, &second);
                if (problem == NULL && (first.hash != second.hash || first.trace != second.trace))
                        problem = "two runs differ";
                if (problem != NULL) {
                        printf("seed %llu, %u faults of 1000: %s\n", (unsigned long long)seed,
                               faults, problem);
                        wrong++;
                }
                same += first.hash == before;
                before = first.hash;
        }
        printf("%llu seeds, %u faults of 1000: %llu wrong\n", (unsigned long long)count, faults,
               (unsigned long long)wrong);
        if (same > count / 10) {
                printf("the seed decides nothing: %llu runs are as the one before\n",
                       (unsigned long long)same);
                wrong++;
        }
        return wrong != 0;
}

#ifdef MORI_SEED_BUGS
static int bug_found(unsigned bug, uint64_t count)
{
        for (uint64_t seed = 1; seed <= count; seed++) {
                struct outcome ignored;
                const char *problem;

                base_seed_bug = bug;
                problem = seed_run(seed, 0, &ignored);
                if (problem != NULL) {
                        printf("bug %u is found by seed %llu: %s\n", bug, (unsigned long long)seed,
                               problem);
                        return 0;
                }
        }
        printf("bug %u is not found within %llu seeds\n", bug, (unsigned long long)count);
        return 1;
}
#endif

int main(int argc, char **argv)
{
        outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                       -1, 0);
        if (outcome == MAP_FAILED)
                return 2;
#ifdef MORI_SEED_BUGS
        if (argc == 4 && strcmp(argv[1], "--bug") == 0)
                return bug_found((unsigned)strtoul(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
#endif
        if (argc != 3)
                return 2;
        return all_good(strtoull(argv[1], NULL, 10), (unsigned)strtoul(argv[2], NULL, 10));
}
