/* SPDX-License-Identifier: MIT */
/*
 * Child processes: what they are given, how they end, and that none is left. The children are
 * /bin/sh and what every Debian has. Under the simulation there are none, which is the answer.
 */
#include "io.h"

#include "support/forbid.h"

#include <mori/child.h>

#include <sys/wait.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/* A program that must leave no child behind, alive or dead. */
#define CHILDREN_OF(name, code)                                                                    \
        static MORI_ASYNC int name##_program(int argc, char **argv);                               \
        START_TEST(name)                                                                           \
        {                                                                                          \
                children_case(name##_program, code);                                               \
                ck_assert_not_reported();                                                          \
        }                                                                                          \
        END_TEST                                                                                   \
        static MORI_ASYNC int name##_program(UNUSED int argc, UNUSED char **argv)
#define CHILDREN(name) CHILDREN_OF(name, 0)

static void children_case(mori_entry_point *entry, int code)
{
        siginfo_t info;

        io_case(entry, code);
        ck_assert_int_eq(waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT), -1);
        ck_assert_int_eq(errno, ECHILD);
}

/* ---- Plans */

struct shell {
        struct mori_child_plan plan;
        char *words[4];
        char why[200];
};

HELPER struct shell *shell_of(const char *script)
{
        static struct shell shells[32];
        static unsigned next;
        struct shell *shell = &shells[next++ % 32];

        *shell = (struct shell){.words = {(char *)(uintptr_t)"sh", (char *)(uintptr_t)"-c",
                                          (char *)(uintptr_t)script, NULL}};
        shell->plan = (struct mori_child_plan){.program = "/bin/sh",
                                               .arguments = shell->words,
                                               .in = MORI_CHILD_NULL,
                                               .error = shell->why,
                                               .error_bytes = sizeof shell->why};
        return shell;
}

/* Runs a script whose output is in `text`, and answers its status. */
static async int says(struct shell *shell, char *text, size_t room)
{
        struct mori_child child;
        struct mori_child_talk talk = {.output = text, .output_room = room - 1};
        int status;

        memset(text, 0, room);
        shell->plan.out = MORI_CHILD_PIPE;
        attempt(await mori_child_spawn(&shell->plan, &child));
        status = await mori_child_communicate(&child, &talk);
        EXPECT(talk.output_bytes < room);
        return status;
}

static async int runs(const char *script)
{
        struct shell *shell = shell_of(script);
        struct mori_child child;

        attempt(await mori_child_spawn(&shell->plan, &child));
        return join(child.life);
}

HELPER bool is_alive(pid_t pid)
{
        return kill(pid, 0) == 0;
}

HELPER void same(const char *text, const char *wanted)
{
        ck_assert_str_eq(text, wanted);
}

/* ---- How they end */

CHILDREN(statuses)
{
        int status;

        EXPECT_EQ(await runs("exit 0"), 0);
        EXPECT_EQ(await runs("exit 7"), 7);
        EXPECT_EQ(await runs("exit 255"), 255);
        status = await runs("kill -9 $$");
        EXPECT_EQ(MORI_CHILD_SIGNAL(status), SIGKILL);
        EXPECT(!MORI_CHILD_DUMPED(status));
        status = await runs("ulimit -c 0; kill -ABRT $$");
        EXPECT_EQ(MORI_CHILD_SIGNAL(status), SIGABRT);
        EXPECT_EQ(MORI_CHILD_SIGNAL(7), 0);
        EXPECT(!MORI_CHILD_DUMPED(7));
        return 0;
}

static async int waits_for(MORI_HANDLE(int) life)
{
        return await mori_wait(MORI_ACTIVITY(life));
}

/* Its life is an activity: it can be looked at, waited for with others, and selected. */
CHILDREN(lives)
{
        struct shell *shell = shell_of("read x; exit 3");
        struct mori_child child;

        shell->plan.in = MORI_CHILD_PIPE;
        EXPECT_EQ(await mori_child_spawn(&shell->plan, &child), 0);
        EXPECT(child.out.word == 0 && child.err.word == 0 && child.in.word != 0);
        EXPECT(is_alive(child.pid));
        EXPECT(!mori_done(MORI_ACTIVITY(child.life)));
        within(MORI_MS(20)) {
                mori_case cases[] = {MORI_CASE_DONE(child.life)};

                EXPECT_EQ(await mori_select(cases, 1), -ETIMEDOUT);
        }
        scope {
                Async(int) waiting = start(waits_for, child.life);

                EXPECT_EQ(await mori_file_close(child.in), 0);
                EXPECT_EQ(join(waiting), 0);
        }
        EXPECT_EQ(mori_child_signal(&child, 0), -ESRCH);
        EXPECT_EQ(join(child.life), 3);
        EXPECT_EQ(mori_child_signal(&child, SIGKILL), -ESRCH);
        return 0;
}

CHILDREN(many_at_a_time)
{
        enum { MANY = 40 };
        struct mori_child *children = shared_bytes();
        char script[MANY][16];

        for (int round = 0; round < 2; round++) {
                for (int i = 0; i < MANY; i++) {
                        snprintf(script[i], sizeof script[i], "exit %d", i);
                        EXPECT_EQ(await mori_child_spawn(&shell_of(script[i])->plan, &children[i]),
                                  0);
                }
                for (int i = MANY; i-- > 0;)
                        EXPECT_EQ(join(children[i].life), i);
        }
        return 0;
}

/* ---- What they are given */

CHILDREN(streams)
{
        struct shell *shell;
        mori_file file;
        char text[200];

        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "out", O_RDWR | O_CREAT, 0600, &file), 0);
        shell = shell_of("cat; echo out; echo err >&2");
        shell->plan.out = MORI_CHILD_FILE(file);
        shell->plan.err = MORI_CHILD_FILE(file);
        {
                struct mori_child child;

                EXPECT_EQ(await mori_child_spawn(&shell->plan, &child), 0);
                EXPECT_EQ(join(child.life), 0);
        }
        EXPECT_EQ(await mori_file_read_at(file, text, sizeof text, 0), 8);
        EXPECT(memcmp(text, "out\nerr\n", 8) == 0);
        EXPECT_EQ(await mori_file_close(file), 0);
        /* /dev/null is an end and takes all; a stream that is closed here is closed there */
        shell = shell_of("cat; echo gone >&2; echo kept");
        shell->plan.err = MORI_CHILD_NULL;
        EXPECT_EQ(await says(shell, text, sizeof text), 0);
        same(text, "kept\n");
        return 0;
}

/* Numbers that stand where others go, and no others. */
CHILDREN(descriptors)
{
        struct shell *shell = shell_of("cat <&3; cat <&4; echo /proc/self/fd/*");
        struct mori_child_descriptor given[2];
        mori_file files[2];
        char text[400];

        make_file("a", "A", 1);
        make_file("b", "B", 1);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "a", O_RDONLY, 0, &files[0]), 0);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "b", O_RDONLY, 0, &files[1]), 0);
        given[0] = (struct mori_child_descriptor){4, files[0]};
        given[1] = (struct mori_child_descriptor){3, files[1]};
        shell->plan.descriptors = given;
        shell->plan.descriptors_count = 2;
        EXPECT_EQ(await says(shell, text, sizeof text), 0);
        EXPECT(strncmp(text, "BA", 2) == 0);
        /* the shell itself has one open to list them */
        EXPECT(strstr(text, "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3 "
                            "/proc/self/fd/4") != NULL);
        EXPECT(strstr(text, "/fd/6") == NULL);
        EXPECT_EQ(await mori_file_close(files[0]), 0);
        EXPECT_EQ(await mori_file_close(files[1]), 0);
        return 0;
}

CHILDREN(environment_directory_limits)
{
        char *environment[] = {(char *)(uintptr_t)"COLOUR=green", NULL};
        struct mori_child_limit limit = {RLIMIT_NOFILE, {20, 20}};
        struct shell *shell = shell_of("echo $COLOUR$HOME; pwd; ulimit -n");
        char text[4200], here[4096], *line;
        mori_file directory;

        make_directory("folder");
        make_directory("folder/below");
        EXPECT(getcwd(here, sizeof here) != NULL);
        shell->plan.environment = environment;
        shell->plan.directory_path = "folder";
        shell->plan.limits = &limit;
        shell->plan.limits_count = 1;
        EXPECT_EQ(await says(shell, text, sizeof text), 0);
        line = strchr(text, '\n');
        EXPECT(line != NULL && strncmp(text, "green", 5) == 0 && line == text + 5);
        EXPECT(strncmp(line + 1, here, strlen(here)) == 0);
        EXPECT(strstr(line, "/folder\n20\n") != NULL);

        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "folder", O_RDONLY | O_DIRECTORY, 0,
                                       &directory), 0);
        shell = shell_of("pwd");
        shell->plan.directory = directory;
        EXPECT_EQ(await says(shell, text, sizeof text), 0);
        EXPECT(strstr(text, "/folder\n") != NULL);
        shell = shell_of("pwd");
        shell->plan.directory = directory;
        shell->plan.directory_path = "below";
        EXPECT_EQ(await says(shell, text, sizeof text), 0);
        EXPECT(strstr(text, "/folder/below\n") != NULL);
        EXPECT_EQ(await mori_file_close(directory), 0);
        return 0;
}

/* Nothing is blocked, ignored or caught, whatever is so here. */
/* The line of this very program. (Who runs the tests may ignore signals, too.) */
HELPER void ignored_line(char *line, size_t room)
{
        FILE *status = fopen("/proc/self/status", "r");

        ck_assert_ptr_nonnull(status);
        while (fgets(line, (int)room, status) && strncmp(line, "SigIgn:", 7) != 0)
                ;
        fclose(status);
}

CHILDREN(signals_are_as_at_first)
{
        struct shell *shell = shell_of("grep -E 'Sig(Blk|Ign)' /proc/self/status");
        char text[400], wanted[100];
        uint64_t ignored;

        signal(SIGUSR1, SIG_IGN);
        ignored_line(wanted, sizeof wanted);
        signal(SIGUSR2, SIG_IGN);
        /* as for a wait on another seat: caught, but still ignored */
        platform_signal_keep(SIGUSR2);
        EXPECT_EQ(await says(shell, text, sizeof text), 0);
        same(text, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
        shell = shell_of("grep SigIgn /proc/self/status");
        shell->plan.flags = MORI_CHILD_KEEP_IGNORED;
        EXPECT_EQ(await says(shell, text, sizeof text), 0);
        ignored = strtoull(wanted + strlen("SigIgn:"), NULL, 16);
        EXPECT(ignored & 1ull << (SIGUSR1 - 1));
        ignored |= 1ull << (SIGUSR2 - 1);
        EXPECT_EQ(strtoull(text + strlen("SigIgn:"), NULL, 16), ignored);
        return 0;
}

/* A name without a slash is looked for in the folders of PATH. */
CHILDREN(looked_for)
{
        struct mori_child_plan plan = {.program = "true", .in = MORI_CHILD_NULL};
        struct mori_child child;

        EXPECT_EQ(await mori_child_spawn(&plan, &child), 0);
        EXPECT_EQ(join(child.life), 0);
        setenv("PATH", "/nowhere::/etc/passwd:/bin", 1);
        EXPECT_EQ(await mori_child_spawn(&plan, &child), 0);
        EXPECT_EQ(join(child.life), 0);
        setenv("PATH", "/nowhere", 1);
        EXPECT_EQ(await mori_child_spawn(&plan, &child), -ENOENT);
        return 0;
}

/* ---- What cannot be run, told at once and with its name */

static async int refused(struct mori_child_plan plan, int error, const char *text)
{
        char why[200] = "";
        struct mori_child child;

        plan.error = why;
        plan.error_bytes = sizeof why;
        EXPECT_EQ(await mori_child_spawn(&plan, &child), error);
        if (strstr(why, text) == NULL)
                ck_abort_msg("%s is not in: %s", text, why);
        return 0;
}
#define REFUSED(error, text, ...) \
        EXPECT_EQ(await refused((struct mori_child_plan){__VA_ARGS__}, (error), (text)), 0)

CHILDREN(what_cannot_be_run)
{
        struct mori_child_limit wrong_limit = {1000, {0, 0}};
        mori_file file;

        make_file("plain", "text", 4);
        make_file("script", "echo", 4);
        EXPECT_EQ(chmod("script", 0755), 0);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "plain", O_RDONLY, 0, &file), 0);
        REFUSED(-ENOENT, "./nothing: cannot be run: No such file", .program = "./nothing");
        REFUSED(-ENOENT, "no-such-program", .program = "no-such-program-anywhere");
        REFUSED(-EACCES, "./plain: cannot be run: Permission", .program = "./plain");
        REFUSED(-EACCES, "/: cannot be run", .program = "/");
        REFUSED(-ENOEXEC, "./script: cannot be run: Exec format", .program = "./script");
        REFUSED(-ENOTDIR, "./plain/x: cannot be run", .program = "./plain/x");
        REFUSED(-ENOENT, "the directory nowhere: No such file", .program = "/bin/true",
                .directory_path = "nowhere");
        REFUSED(-ENOTDIR, "the directory of the plan: Not a dir", .program = "/bin/true",
                .directory = file);
        REFUSED(-EINVAL, "the limit of resource 1000", .program = "/bin/true",
                .limits = &wrong_limit, .limits_count = 1);
        REFUSED(-ENOTTY, "cannot control its session", .program = "/bin/true",
                .flags = MORI_CHILD_SESSION | MORI_CHILD_TERMINAL, .in = MORI_CHILD_FILE(file));
        EXPECT_EQ(await mori_file_close(file), 0);
        REFUSED(-EBADF, "its standard output is a closed file", .program = "/bin/true",
                .out = MORI_CHILD_FILE(file));
        REFUSED(-EBADF, "the directory is a closed file", .program = "/bin/true",
                .in = MORI_CHILD_PIPE, .directory = file);
        EXPECT_EQ(operations_left(), 0);
        return 0;
}

CHILDREN(plans_that_are_wrong)
{
        struct mori_child_descriptor twice[] = {{3, {0}}, {3, {0}}}, low[] = {{2, {0}}},
                                     high[] = {{1 << 30, {0}}};
        char *none[] = {NULL};
        struct mori_child child;
        struct mori_child_plan plan = {.program = NULL};

        REFUSED(-EINVAL, "names no program", .program = NULL);
        REFUSED(-EINVAL, "names no program", .program = "");
        REFUSED(-EINVAL, "argv[0]", .program = "true", .arguments = none);
        REFUSED(-EINVAL, "of no kind", .program = "true",
                .out = {.kind = (enum mori_child_stream_kind)9});
        REFUSED(-EINVAL, "no such flag", .program = "true", .flags = 1u << 20);
        REFUSED(-EINVAL, "needs MORI_CHILD_SESSION", .program = "true",
                .flags = MORI_CHILD_TERMINAL);
        REFUSED(-EINVAL, "is a group already", .program = "true",
                .flags = MORI_CHILD_SESSION | MORI_CHILD_GROUP);
        REFUSED(-EINVAL, "DESCRIPTORS_MAX", .program = "true", .descriptors_count = 100);
        REFUSED(-EINVAL, "LIMITS_MAX", .program = "true", .limits_count = 100);
        REFUSED(-EINVAL, "without a list", .program = "true", .descriptors_count = 1);
        REFUSED(-EINVAL, "same number", .program = "true", .descriptors = twice,
                .descriptors_count = 2);
        REFUSED(-EINVAL, "from 3", .program = "true", .descriptors = low, .descriptors_count = 1);
        REFUSED(-EINVAL, "from 3", .program = "true", .descriptors = high,
                .descriptors_count = 1);
        EXPECT_EQ(await mori_child_spawn(&plan, &child), -EINVAL); /* nowhere to say why */
        return 0;
}

HELPER void descriptors_limit(rlim_t count)
{
        struct rlimit limit;

        getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = count;
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* Every number of descriptors from none to enough: refused, or it runs. */
CHILDREN(few_descriptors)
{
        int open_now = descriptors_count();
        bool refused_once = false, ran = false;

        for (int more = 0; more < 12 && !ran; more++) {
                struct shell *shell = shell_of("cat");
                struct mori_child child;
                int result;

                shell->plan.in = shell->plan.out = shell->plan.err = MORI_CHILD_PIPE;
                descriptors_limit((rlim_t)(open_now + more));
                result = await mori_child_spawn(&shell->plan, &child);
                descriptors_limit(1024);
                if (result == 0) {
                        struct mori_child_talk talk = {0};

                        EXPECT_EQ(await mori_child_communicate(&child, &talk), 0);
                        ran = true;
                } else {
                        EXPECT_EQ(result, -EMFILE);
                        EXPECT(strstr(shell->why, "Too many open files") != NULL);
                        refused_once = true;
                }
                EXPECT_EQ(operations_left(), 0);
        }
        EXPECT(refused_once && ran);
        return 0;
}

/* ---- Cancelled */

static async int lives_on(struct mori_child_plan *plan, struct mori_child *ret_child)
{
        attempt(await mori_child_spawn(plan, ret_child));
        EXPECT_EQ(await mori_file_read(ret_child->out, (char[1]){0}, 1), 1); /* it is ready */
        return 0;
}

/* One that can do as it is told. */
CHILDREN(asked_to_end)
{
        struct shell *shell = shell_of("trap 'exit 5' TERM; echo; while :; do sleep 0.05; done");
        struct mori_child child;

        shell->plan.out = MORI_CHILD_PIPE;
        EXPECT_EQ(await lives_on(&shell->plan, &child), 0);
        cancel(child.life);
        EXPECT_EQ(join(child.life), 5);
        EXPECT_EQ(await mori_file_close(child.out), 0);
        return 0;
}

/* One that does not die, and one that is stopped. */
CHILDREN(that_do_not_die)
{
        struct shell *shell = shell_of("trap '' TERM; echo; while :; do sleep 0.05; done");
        struct mori_child child;
        int64_t before = mori_now();
        int status;

        shell->plan.out = MORI_CHILD_PIPE;
        shell->plan.grace = MORI_MS(50);
        EXPECT_EQ(await lives_on(&shell->plan, &child), 0);
        cancel(child.life);
        cancel(child.life);
        status = join(child.life);
        EXPECT_EQ(MORI_CHILD_SIGNAL(status), SIGKILL);
        EXPECT(mori_now() - before >= MORI_MS(50));
        EXPECT_EQ(await mori_file_close(child.out), 0);

        shell->plan.grace = -1;
        EXPECT_EQ(await lives_on(&shell->plan, &child), 0);
        cancel(child.life);
        status = join(child.life);
        EXPECT_EQ(MORI_CHILD_SIGNAL(status), SIGKILL);
        EXPECT_EQ(await mori_file_close(child.out), 0);

        shell = shell_of("echo; exec sleep 1000");
        shell->plan.out = MORI_CHILD_PIPE;
        shell->plan.grace = MORI_S(100);
        EXPECT_EQ(await lives_on(&shell->plan, &child), 0);
        EXPECT_EQ(mori_child_signal(&child, SIGSTOP), 0);
        cancel(child.life);
        status = join(child.life);
        EXPECT_EQ(MORI_CHILD_SIGNAL(status), SIGTERM);
        return await mori_file_close(child.out);
}

static async int fails_in_a_scope(struct mori_child *ret_child)
{
        struct shell *shell = shell_of("echo; exec sleep 1000");

        shell->plan.out = MORI_CHILD_PIPE;
        scope {
                attempt(await lives_on(&shell->plan, ret_child));
                attempt(-EDOM);
        }
        return 0;
}

static async int outlasts_its_time(struct mori_child *ret_child)
{
        struct shell *shell = shell_of("echo; exec sleep 1000");

        shell->plan.out = MORI_CHILD_PIPE;
        within(MORI_MS(200)) {
                attempt(await lives_on(&shell->plan, ret_child));
                EXPECT_EQ(MORI_CHILD_SIGNAL(join(ret_child->life)), SIGTERM);
                attempt(await mori_sleep(1));
        }
        return 0;
}

CHILDREN(no_longer_than_their_scope)
{
        struct mori_child child;
        int64_t before;

        EXPECT_EQ(await fails_in_a_scope(&child), -EDOM);
        EXPECT(!is_alive(child.pid));
        EXPECT_EQ(await mori_file_close(child.out), 0);
        EXPECT_EQ(await outlasts_its_time(&child), -ETIMEDOUT);
        EXPECT(!is_alive(child.pid));
        EXPECT_EQ(await mori_file_close(child.out), 0);
        before = mori_now();
        scope {
                EXPECT_EQ(await mori_child_spawn(&shell_of("sleep 0.1")->plan, &child), 0);
        }
        EXPECT(mori_now() - before >= MORI_MS(100));
        EXPECT(!is_alive(child.pid));
        return 0;
}

/* What is left of a group ends with it, when it was asked to end. */
CHILDREN(groups)
{
        struct shell *shell = shell_of("trap '' TERM; sleep 1000 & trap - TERM; echo $!; wait");
        struct mori_child child;
        char text[32];
        int64_t got;
        pid_t grandchild;

        shell->plan.out = MORI_CHILD_PIPE;
        shell->plan.flags = MORI_CHILD_GROUP;
        EXPECT_EQ(await mori_child_spawn(&shell->plan, &child), 0);
        got = await mori_file_read(child.out, text, sizeof text - 1);
        EXPECT(got > 1);
        text[got] = '\0';
        grandchild = atoi(text);
        EXPECT(is_alive(grandchild));
        EXPECT_EQ(getpgid(child.pid), child.pid);
        cancel(child.life);
        EXPECT_EQ(MORI_CHILD_SIGNAL(join(child.life)), SIGTERM);
        /* it holds the pipe as long as it lives */
        EXPECT_EQ(await mori_file_read(child.out, text, sizeof text), 0);
        return await mori_file_close(child.out);
}

/* A spawn that is given up at any moment: it never ran, or it has ended. */
static async int spawns_and_joins(struct mori_child_plan *plan)
{
        struct mori_child child;

        attempt(await mori_child_spawn(plan, &child));
        return join(child.life);
}

CHILDREN(given_up_while_they_are_made)
{
        for (int i = 0; i < 60; i++) {
                struct shell *shell = shell_of("exec sleep 1000");
                Async(int) spawning = start(spawns_and_joins, &shell->plan);
                int result;

                for (int k = 0; k < i % 6; k++)
                        EXPECT_EQ(await mori_yield(), 0);
                if (i % 6 > 3)
                        EXPECT_EQ(await mori_sleep(MORI_US(i * 40)), 0);
                cancel(spawning);
                result = join(spawning);
                EXPECT(result == -ECANCELED || MORI_CHILD_SIGNAL(result) == SIGTERM ||
                       MORI_CHILD_SIGNAL(result) == SIGKILL);
        }
        EXPECT_EQ(operations_left(), 0);
        return 0;
}

/* The end of the process is theirs, too: one that runs, one that is being made. */
CHILDREN_OF(killed_with_the_process, 9)
{
        struct shell *shell = shell_of("trap '' TERM; while :; do sleep 0.05; done");
        struct mori_child child;

        EXPECT_EQ(await mori_child_spawn(&shell->plan, &child), 0);
        ignore(child.life);
        ignore(start(spawns_and_joins, &shell->plan));
        EXPECT_EQ(await mori_child_spawn(&shell->plan, &child), 0);
        ignore(start(spawns_and_joins, &shell->plan));
        mori_exit(9);
        return 0;
}

/* It outlives all of it, by name. */
static pid_t *detached_pid(void)
{
        static pid_t pid;

        return &pid;
}

static async int detaches(UNUSED int argc, UNUSED char **argv)
{
        struct shell *shell = shell_of("exec sleep 1000");
        struct mori_child child;

        shell->plan.flags = MORI_CHILD_DETACHED | MORI_CHILD_SESSION;
        for (int i = 0; i < 2; i++) {
                EXPECT_EQ(await mori_child_spawn(&shell->plan, &child), 0);
                cancel(child.life);
                EXPECT_EQ(join(child.life), -ECANCELED);
                EXPECT(is_alive(child.pid));
                EXPECT_EQ(mori_child_signal(&child, SIGKILL), -ESRCH);
                kill(child.pid, SIGKILL);
        }
        EXPECT_EQ(await mori_child_spawn(&shell->plan, &child), 0);
        ignore(child.life);
        *detached_pid() = child.pid;
        mori_exit(0);
        return 0;
}

static void reap_killed(int count)
{
        for (int i = 0; i < count; i++) {
                int status;

                ck_assert_int_gt(waitpid(-1, &status, 0), 0);
                ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        }
}

START_TEST(detached)
{
        io_case(detaches, 0);
        ck_assert_not_reported();
        reap_killed(2);
        ck_assert(is_alive(*detached_pid()));
        kill(*detached_pid(), SIGKILL);
        reap_killed(1);
}
END_TEST

/* A crash of the program takes them along: the kernel does it. */
static async int crashes(UNUSED int argc, UNUSED char **argv)
{
        struct mori_child child;

        EXPECT_EQ(await mori_child_spawn(&shell_of("exec sleep 1000")->plan, &child), 0);
        *detached_pid() = child.pid;
        kill(getpid(), SIGKILL);
        return 0;
}

START_TEST(killed_with_the_program)
{
        int ends[2], status;
        pid_t program;
        char byte;

        /* a pipe that ends when the last of them is gone */
        ck_assert_int_eq(pipe(ends), 0);
        program = fork();
        if (program == 0) {
                dup2(ends[1], 2);
                run_on(crashes, strcmp(getenv("MORI_IO"), "epoll") == 0 ? MORI_IO_EPOLL
                                                                         : MORI_IO_URING, 1);
                _exit(1);
        }
        close(ends[1]);
        ck_assert_int_eq(waitpid(program, &status, 0), program);
        ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        ck_assert_int_eq(read(ends[0], &byte, 1), 0);
}
END_TEST

/* ---- Talks */

#define MUCH (1 << 20)

CHILDREN(much_both_ways)
{
        struct shell *shell = shell_of("tee /dev/stderr");
        struct mori_child_talk talk = {.input_bytes = MUCH, .output_room = MUCH,
                                       .errors_room = 1000};
        char *bytes = shared_bytes();
        struct mori_child child;

        fill(bytes, 0, MUCH);
        talk.input = bytes;
        talk.output = bytes + MUCH;
        talk.errors = bytes + 2 * MUCH;
        shell->plan.in = shell->plan.out = shell->plan.err = MORI_CHILD_PIPE;
        EXPECT_EQ(await mori_child_spawn(&shell->plan, &child), 0);
        EXPECT_EQ(await mori_child_communicate(&child, &talk), 0);
        EXPECT_EQ(talk.input_taken, MUCH);
        EXPECT_EQ(talk.output_bytes, MUCH);
        EXPECT_EQ(talk.errors_bytes, MUCH); /* of which 1000 were kept */
        verify(talk.output, 0, MUCH);
        verify(talk.errors, 0, 1000);
        EXPECT(bytes[2 * MUCH + 1000] == 0);
        return 0;
}

CHILDREN(that_close_their_streams)
{
        struct mori_child_talk talk = {.input = shared_bytes(), .input_bytes = MUCH};
        struct shell *shell = shell_of("exec <&- >&- 2>&-; exit 4");
        struct mori_child child;

        shell->plan.in = shell->plan.out = shell->plan.err = MORI_CHILD_PIPE;
        EXPECT_EQ(await mori_child_spawn(&shell->plan, &child), 0);
        EXPECT_EQ(await mori_child_communicate(&child, &talk), 4);
        EXPECT(talk.input_taken < MUCH);
        EXPECT_EQ(talk.output_bytes + talk.errors_bytes, 0);
        return 0;
}

static async int talks_too_long(struct mori_child *child)
{
        struct mori_child_talk talk = {.input = shared_bytes(), .input_bytes = MUCH};

        within(MORI_MS(50)) {
                attempt(await mori_child_communicate(child, &talk));
        }
        return 0;
}

/* One that neither reads nor writes. */
CHILDREN(talks_with_an_end)
{
        struct shell *shell = shell_of("exec sleep 1000");
        struct mori_child child;

        shell->plan.in = shell->plan.out = MORI_CHILD_PIPE;
        EXPECT_EQ(await mori_child_spawn(&shell->plan, &child), 0);
        EXPECT_EQ(await talks_too_long(&child), -ETIMEDOUT);
        EXPECT(!is_alive(child.pid));
        EXPECT_EQ(mori_file_descriptor(child.in), -EBADF);
        return 0;
}

/* Where one part of it fails, the others do not wait for the child for ever. */
CHILDREN(talks_that_fail)
{
        struct shell *shell = shell_of("exec cat");
        struct mori_child child;
        mori_file none;

        for (int i = 0; i < 3; i++) {
                struct mori_child_talk talk = {.input = "x", .input_bytes = 1};

                shell->plan.in = shell->plan.out = shell->plan.err = MORI_CHILD_PIPE;
                EXPECT_EQ(await mori_child_spawn(&shell->plan, &child), 0);
                none = i == 0 ? child.in : i == 1 ? child.out : child.err;
                if (i == 0) /* nobody closes the end that it reads */
                        EXPECT_EQ(mori_file_adopt(dup(mori_file_descriptor(none)), &none), 0);
                EXPECT_EQ(await mori_file_close(i == 0 ? child.in : none), 0);
                EXPECT_EQ(await mori_child_communicate(&child, &talk), -EBADF);
                EXPECT(!is_alive(child.pid));
                if (i == 0)
                        EXPECT_EQ(await mori_file_close(none), 0);
        }
        return 0;
}

/* ---- Others who care for children */

/* How many have ended, and so many more. The handler runs on whichever thread. */
HELPER int ended(int more)
{
        static int count;

        return __atomic_add_fetch(&count, more, __ATOMIC_ACQ_REL);
}

static void on_child(UNUSED int number)
{
        ended(1);
}

/*
 * ThreadSanitizer keeps a signal for the stack on which it came, until that one calls what it
 * knows: where that is an activity's that ends before, the signal is lost.
 */
#ifdef __SANITIZE_THREAD__
#define SIGNALS_MAY_BE_LOST true
#else
#define SIGNALS_MAY_BE_LOST false
#endif

CHILDREN(handlers_are_not_disturbed)
{
        signal(SIGCHLD, on_child);
        EXPECT_EQ(await runs("exit 1"), 1);
        while (ended(0) == 0 && !SIGNALS_MAY_BE_LOST) /* perhaps later than we hear */
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        EXPECT(ended(0) == 1 || SIGNALS_MAY_BE_LOST);
        EXPECT(signal(SIGCHLD, SIG_DFL) == on_child);
        return 0;
}

/* The kernel has reaped it: nobody knows how it ended, but it has. */
CHILDREN(ignored_by_the_program)
{
        signal(SIGCHLD, SIG_IGN);
        EXPECT_EQ(await runs("exit 1"), -ECHILD);
        signal(SIGCHLD, SIG_DFL);
        return 0;
}

/* ---- A kernel without pidfds, as a filter has it */

START_TEST(without_pidfds)
{
        mori_entry_point *const programs[] = {
                statuses_program,       lives_program,  many_at_a_time_program,
                that_do_not_die_program, groups_program, given_up_while_they_are_made_program,
                what_cannot_be_run_program};

        ck_assert_int_eq(forbid_call(SYS_waitid, 0, P_PIDFD, EINVAL), 0);
        for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
                children_case(programs[i], 0);
                ck_assert_not_reported();
                ck_assert_int_eq(chdir(".."), 0);
                ck_assert_int_eq(system("rm -r ./*"), 0);
        }
}
END_TEST

/* ---- The simulation */

CHILDREN(not_simulated)
{
        REFUSED(-EOPNOTSUPP, "true: the simulation has no other programs", .program = "true",
                .in = MORI_CHILD_PIPE);
        return 0;
}

int main(void)
{
        const struct test_case real[] = {
                TEST(statuses),
                TEST(lives),
                TEST(many_at_a_time),
                TEST(streams),
                TEST(descriptors),
                TEST(environment_directory_limits),
                TEST(signals_are_as_at_first),
                TEST(looked_for),
                TEST(what_cannot_be_run),
                TEST(plans_that_are_wrong),
                TEST(few_descriptors),
                TEST(asked_to_end),
                TEST(that_do_not_die),
                TEST(no_longer_than_their_scope),
                TEST(groups),
                TEST(given_up_while_they_are_made),
                TEST(killed_with_the_process),
                TEST(detached),
                TEST(killed_with_the_program),
                TEST(much_both_ways),
                TEST(that_close_their_streams),
                TEST(talks_with_an_end),
                TEST(talks_that_fail),
                TEST(handlers_are_not_disturbed),
                TEST(ignored_by_the_program),
                TEST(without_pidfds),
        };
        const struct test_case sim[] = {TEST(plans_that_are_wrong), TEST(not_simulated)};

        if (getenv("MORI_IO") == NULL || simulated())
                return io_main("io/child", sim, sizeof sim / sizeof sim[0]);
        return io_main("io/child", real, sizeof real / sizeof real[0]);
}
