/* SPDX-License-Identifier: MIT */
/*
 * Terminals, real ones: pseudo-terminals, whose other end is the test's. How a mode is given up is
 * looked at from outside: a program runs as the job of a small shell, which this file plays.
 */
#include "io.h"

#include <mori/child.h>
#include <mori/terminal.h>

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

#define SIZE(columns, rows) ((struct mori_terminal_size){(columns), (rows)})

/* Such as memcmp() can compare. */
HELPER int mode_of(int fd, struct termios *ret_mode)
{
        memset(ret_mode, 0, sizeof *ret_mode);
        return tcgetattr(fd, ret_mode);
}

HELPER tcflag_t local_flags(mori_file file)
{
        struct termios mode;

        ck_assert_int_eq(mode_of(mori_file_descriptor(file), &mode), 0);
        return mode.c_lflag & (ICANON | ISIG | ECHO);
}

HELPER bool is_blocking(mori_file file)
{
        return (fcntl(mori_file_descriptor(file), F_GETFL) & O_NONBLOCK) == 0;
}

/* ---- Answers to what is wrong */

PROGRAM(the_simulation_has_none)
{
        struct mori_terminal_size size = {0};
        mori_file pipe[2], master, slave;

        if (!simulated())
                return 0;
        EXPECT_EQ(mori_pipe(pipe), 0);
        EXPECT_EQ(mori_terminal_check(pipe[0]), -EOPNOTSUPP);
        EXPECT_EQ(mori_terminal_get_size(pipe[0], &size), -EOPNOTSUPP);
        EXPECT_EQ(mori_terminal_resize(pipe[0], size), -EOPNOTSUPP);
        EXPECT_EQ(await mori_terminal_resized(pipe[0], &size), -EOPNOTSUPP);
        EXPECT_EQ(mori_terminal_set_mode(pipe[0], MORI_TERMINAL_RAW), -EOPNOTSUPP);
        EXPECT_EQ(mori_terminal_pair(size, &master, &slave), -EOPNOTSUPP);
        EXPECT_EQ(await mori_file_close(pipe[0]), 0);
        EXPECT_EQ(mori_terminal_check(pipe[0]), -EBADF);
        EXPECT_EQ(await mori_file_close(pipe[1]), 0);
        return 0;
}

PROGRAM(what_is_no_terminal)
{
        struct mori_terminal_size size = {0};
        struct mori_terminal_saved saved = {0};
        mori_file files[5];
        int error;

        if (simulated())
                return 0;
        EXPECT_EQ(mori_pipe(files), 0);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "f", O_CREAT | O_RDWR, 0666, &files[2]), 0);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "/dev/null", O_RDWR, 0, &files[3]), 0);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, ".", O_RDONLY, 0, &files[4]), 0);
        for (unsigned round = 0; round < 2; round++) {
                error = round == 0 ? -ENOTTY : -EBADF;
                for (unsigned i = 0; i < 5; i++) {
                        EXPECT_EQ(mori_terminal_check(files[i]), error);
                        EXPECT_EQ(mori_terminal_get_size(files[i], &size), error);
                        EXPECT_EQ(mori_terminal_resize(files[i], size), error);
                        EXPECT_EQ(await mori_terminal_resized(files[i], &size), error);
                        EXPECT_EQ(mori_terminal_set_mode(files[i], MORI_TERMINAL_RAW), error);
                        EXPECT_EQ(mori_terminal_set_mode(files[i], MORI_TERMINAL_AS_FOUND), error);
                        EXPECT_EQ(mori_terminal_enter(files[i], MORI_TERMINAL_RAW, &saved), error);
                        if (round == 0)
                                EXPECT_EQ(await mori_file_close(files[i]), 0);
                }
        }
        EXPECT_EQ(saved.file.word, 0);
        EXPECT_EQ(mori_terminal_check(MORI_NO_FILE), -EBADF);
        return 0;
}

PROGRAM(no_descriptors_for_a_pair)
{
        struct rlimit limit, few;
        mori_file master, slave;
        int lowest, error;

        if (simulated())
                return 0;
        EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
        for (unsigned more = 0; more < 3; more++) {
                lowest = dup(2);
                close(lowest);
                few = limit;
                few.rlim_cur = (rlim_t)lowest + more;
                EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
                error = mori_terminal_pair(SIZE(1, 1), &master, &slave);
                EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
                EXPECT_EQ(error, more < 2 ? -EMFILE : 0);
        }
        EXPECT_EQ(await mori_file_close(master), 0);
        EXPECT_EQ(await mori_file_close(slave), 0);
        return 0;
}

/* ---- Size */

static async int resized(mori_file file, struct mori_terminal_size *size)
{
        return await mori_terminal_resized(file, size);
}

PROGRAM(sizes)
{
        struct mori_terminal_size size;
        mori_file master, slave;
        Async(int) waiting;

        if (simulated())
                return 0;
        EXPECT_EQ(mori_terminal_pair(SIZE(80, 25), &master, &slave), 0);
        EXPECT_EQ(mori_terminal_check(master), 0);
        EXPECT_EQ(mori_terminal_check(slave), 0);
        EXPECT_EQ(mori_terminal_get_size(slave, &size), 0);
        EXPECT(size.columns == 80 && size.rows == 25);
        /* It has changed before anybody waits. */
        EXPECT_EQ(mori_terminal_resize(master, SIZE(81, 25)), 0);
        EXPECT_EQ(await mori_terminal_resized(slave, &size), 0);
        EXPECT(size.columns == 81 && size.rows == 25);
        /* While somebody does; it is not our controlling terminal. */
        waiting = start(resized, slave, &size);
        EXPECT_EQ(await mori_sleep(MORI_MS(5)), 0);
        EXPECT(!mori_done(MORI_ACTIVITY(waiting)));
        EXPECT_EQ(mori_terminal_resize(slave, SIZE(81, 65535)), 0);
        EXPECT_EQ(await join(waiting), 0);
        EXPECT(size.columns == 81 && size.rows == 65535);
        /* Given up. */
        waiting = start(resized, slave, &size);
        EXPECT_EQ(await mori_sleep(MORI_MS(2)), 0);
        cancel(waiting);
        EXPECT_EQ(await join(waiting), -ECANCELED);
        within(MORI_MS(5)) {
                EXPECT_EQ(await mori_terminal_resized(slave, &size), -ETIMEDOUT);
                EXPECT_EQ(await mori_terminal_resized(slave, &size), -ETIMEDOUT);
        }
        /* The file is closed, or hung up, meanwhile. */
        waiting = start(resized, slave, &size);
        EXPECT_EQ(await mori_sleep(MORI_MS(2)), 0);
        EXPECT_EQ(await mori_file_close(master), 0);
        EXPECT_EQ(await join(waiting), -EIO);
        EXPECT_EQ(mori_terminal_check(slave), -EIO);
        EXPECT_EQ(await mori_file_close(slave), 0);
        EXPECT_EQ(await mori_terminal_resized(slave, &size), -EBADF);
        return 0;
}

/* ---- Modes */

PROGRAM(modes)
{
        static const struct {
                unsigned mode;
                tcflag_t flags;
        } each[] = {{MORI_TERMINAL_COOKED, ICANON | ISIG},
                     {MORI_TERMINAL_CBREAK, ISIG},
                     {MORI_TERMINAL_RAW, 0},
                     {MORI_TERMINAL_CBREAK | MORI_TERMINAL_ECHO, ISIG | ECHO},
                     {MORI_TERMINAL_COOKED | MORI_TERMINAL_ECHO, ICANON | ISIG | ECHO}};
        static const unsigned wrong[] = {4, 7, 8, 1000, -1u};
        struct termios before, after;
        mori_file master, slave;
        tcflag_t found;

        if (simulated())
                return 0;
        EXPECT_EQ(mori_terminal_pair(SIZE(0, 0), &master, &slave), 0);
        EXPECT_EQ(mode_of(mori_file_descriptor(slave), &before), 0);
        found = local_flags(slave);
        EXPECT_EQ(found, ICANON | ISIG | ECHO);
        EXPECT_EQ(mori_terminal_set_mode(slave, MORI_TERMINAL_AS_FOUND), 0);
        for (unsigned i = 0; i < 5; i++) {
                EXPECT_EQ(mori_terminal_set_mode(slave, wrong[i]), -EINVAL);
                EXPECT_EQ(mori_terminal_set_mode(slave, each[i].mode), 0);
                EXPECT_EQ(local_flags(slave), each[i].flags);
        }
        EXPECT_EQ(mori_terminal_set_mode(slave, MORI_TERMINAL_RAW), 0);
        /* The same terminal by its other end. */
        EXPECT_EQ(mori_terminal_set_mode(master, MORI_TERMINAL_RAW), -EBUSY);
        EXPECT_EQ(mori_terminal_set_mode(slave, MORI_TERMINAL_AS_FOUND), 0);
        EXPECT_EQ(mode_of(mori_file_descriptor(slave), &after), 0);
        EXPECT_EQ(memcmp(&before, &after, sizeof before), 0);
        EXPECT_EQ(mori_terminal_set_mode(master, MORI_TERMINAL_RAW), 0);
        EXPECT_EQ(local_flags(slave), 0);
        /* Closing gives it up. */
        EXPECT_EQ(await mori_file_close(master), 0);
        EXPECT_EQ(mori_terminal_set_mode(slave, MORI_TERMINAL_RAW), -EIO);
        EXPECT_EQ(mori_terminal_set_mode(slave, MORI_TERMINAL_AS_FOUND), -EIO);
        EXPECT_EQ(await mori_file_close(slave), 0);
        EXPECT_EQ(mori_terminal_pair(SIZE(0, 0), &master, &slave), 0);
        EXPECT_EQ(mori_terminal_set_mode(slave, MORI_TERMINAL_RAW), 0);
        EXPECT_EQ(fcntl(mori_file_descriptor(slave), F_DUPFD_CLOEXEC, 900), 900);
        EXPECT_EQ(await mori_file_close(slave), 0);
        EXPECT_EQ(local_flags(master), found);
        close(900);
        EXPECT_EQ(await mori_file_close(master), 0);
        return 0;
}

static async int enters(mori_file slave, unsigned mode, bool waits)
{
        MORI_TERMINAL_SAVED saved = {0};

        attempt(mori_terminal_enter(slave, mode, &saved));
        if (waits)
                attempt(await mori_sleep(MORI_S(100)));
        return 3;
}

PROGRAM(modes_of_blocks)
{
        mori_file master, slave;
        tcflag_t found;

        if (simulated())
                return 0;
        EXPECT_EQ(mori_terminal_pair(SIZE(80, 25), &master, &slave), 0);
        found = local_flags(slave);
        EXPECT_EQ(await enters(slave, MORI_TERMINAL_RAW, false), 3);
        EXPECT_EQ(local_flags(slave), found);
        {
                MORI_TERMINAL_SAVED saved = {0};
                Async(int) waiting;

                EXPECT_EQ(mori_terminal_enter(slave, MORI_TERMINAL_CBREAK, &saved), 0);
                EXPECT_EQ(local_flags(slave), ISIG);
                waiting = start(enters, slave, MORI_TERMINAL_RAW, true);
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                EXPECT_EQ(local_flags(slave), 0);
                cancel(waiting);
                EXPECT_EQ(await join(waiting), -ECANCELED);
                EXPECT_EQ(local_flags(slave), ISIG);
                EXPECT_EQ(await enters(slave, 99, false), -EINVAL);
                EXPECT_EQ(local_flags(slave), ISIG);
        }
        EXPECT_EQ(local_flags(slave), found);
        EXPECT_EQ(await mori_file_close(slave), 0);
        EXPECT_EQ(await mori_file_close(master), 0);
        return 0;
}

PROGRAM(as_many_as_may_be)
{
        mori_file masters[MORI_TERMINALS_MAX + 1], slaves[MORI_TERMINALS_MAX + 1];

        if (simulated())
                return 0;
        for (unsigned i = 0; i <= MORI_TERMINALS_MAX; i++) {
                EXPECT_EQ(mori_terminal_pair(SIZE(80, 25), &masters[i], &slaves[i]), 0);
                EXPECT_EQ(mori_terminal_set_mode(slaves[i], MORI_TERMINAL_RAW),
                          i < MORI_TERMINALS_MAX ? 0 : -ENOSPC);
        }
        EXPECT_EQ(mori_terminal_set_mode(slaves[7], MORI_TERMINAL_AS_FOUND), 0);
        EXPECT_EQ(mori_terminal_set_mode(slaves[MORI_TERMINALS_MAX], MORI_TERMINAL_RAW), 0);
        return 0; /* the process closes them, and gives the modes up */
}

/* ---- Keys */

/* Reads that are given up, at every stage, and what is typed then: each key is read once. */
PROGRAM(no_key_is_lost)
{
        mori_file master, slave;
        unsigned read = 0;
        char key;

        if (simulated())
                return 0;
        EXPECT_EQ(mori_terminal_pair(SIZE(80, 25), &master, &slave), 0);
        EXPECT_EQ(mori_terminal_set_mode(slave, MORI_TERMINAL_RAW), 0);
        for (unsigned i = 0; i < 120; i++) {
                Async(int64_t) reading = start(read_into, slave, &key, 1);
                char typed = (char)('a' + i % 26);
                int64_t got;

                if (i % 3 == 0)
                        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                for (unsigned k = 0; k < i % 4; k++)
                        EXPECT_EQ(await mori_yield(), 0);
                if (i % 2 == 0)
                        cancel(reading);
                EXPECT_EQ(await mori_file_write(master, &typed, 1), 1);
                if (i % 2 == 1 && i % 5 == 0)
                        cancel(reading);
                got = await join(reading);
                if (got == -ECANCELED)
                        got = await mori_file_read(slave, &key, 1);
                EXPECT_EQ(got, 1);
                EXPECT_EQ(key, typed);
                read++;
                EXPECT(is_blocking(slave) && is_blocking(master));
        }
        EXPECT_EQ(read, 120);
        EXPECT_EQ(operations_left(), 0);
        EXPECT_EQ(await mori_file_close(slave), 0);
        EXPECT_EQ(await mori_file_close(master), 0);
        return 0;
}

/* Lines come as a whole, and ^D is the end; what was typed in one mode is read in the other. */
PROGRAM(lines_and_keys)
{
        mori_file master, slave;
        char text[64];

        if (simulated())
                return 0;
        EXPECT_EQ(mori_terminal_pair(SIZE(80, 25), &master, &slave), 0);
        EXPECT_EQ(mori_terminal_set_mode(slave, MORI_TERMINAL_COOKED), 0);
        EXPECT_EQ(await mori_file_write(master, "one\rtw", 6), 6);
        EXPECT_EQ(await mori_file_read(slave, text, sizeof text), 4);
        EXPECT_EQ(memcmp(text, "one\n", 4), 0);
        within(MORI_MS(5)) {
                EXPECT_EQ(await mori_file_read(slave, text, sizeof text), -ETIMEDOUT);
        }
        EXPECT_EQ(mori_terminal_set_mode(slave, MORI_TERMINAL_CBREAK), 0);
        EXPECT_EQ(await mori_file_read(slave, text, sizeof text), 2);
        EXPECT_EQ(memcmp(text, "tw", 2), 0);
        EXPECT_EQ(mori_terminal_set_mode(slave, MORI_TERMINAL_COOKED), 0);
        EXPECT_EQ(await mori_file_write(master, "\004", 1), 1);
        EXPECT_EQ(await mori_file_read(slave, text, sizeof text), 0);
        EXPECT_EQ(await mori_file_close(slave), 0);
        EXPECT_EQ(await mori_file_close(master), 0);
        return 0;
}

PROGRAM(hung_up)
{
        mori_file master, slave;
        Async(int64_t) reading;
        struct iovec piece;
        char text[16];

        if (simulated())
                return 0;
        piece = (struct iovec){text, sizeof text};
        for (unsigned early = 0; early < 2; early++) {
                /* The slave's end: what was written before is read first. */
                EXPECT_EQ(mori_terminal_pair(SIZE(80, 25), &master, &slave), 0);
                EXPECT_EQ(await mori_file_write(slave, "last", 4), 4);
                if (early)
                        EXPECT_EQ(await mori_file_close(slave), 0);
                EXPECT_EQ(await mori_file_read(master, text, sizeof text), 4);
                reading = start(read_into, master, text, sizeof text);
                EXPECT_EQ(await mori_sleep(MORI_MS(2)), 0);
                if (!early)
                        EXPECT_EQ(await mori_file_close(slave), 0);
                EXPECT_EQ(await join(reading), 0);
                EXPECT_EQ(await mori_file_readv(master, &piece, 1), 0);
                EXPECT_EQ(await mori_file_close(master), 0);
                /* The master's. */
                EXPECT_EQ(mori_terminal_pair(SIZE(80, 25), &master, &slave), 0);
                if (early)
                        EXPECT_EQ(await mori_file_close(master), 0);
                reading = start(read_into, slave, text, sizeof text);
                EXPECT_EQ(await mori_sleep(MORI_MS(2)), 0);
                if (!early)
                        EXPECT_EQ(await mori_file_close(master), 0);
                EXPECT_EQ(await join(reading), 0);
                EXPECT_EQ(await mori_file_write(slave, "x", 1), -EIO);
                EXPECT_EQ(await mori_file_close(slave), 0);
        }
        return 0;
}

/* ---- A child */

/* Reads until the text has come: it is looked for behind what was looked for before. */
static async int says(mori_file master, const char *wanted)
{
        char text[1024] = "";
        size_t have = 0;
        int result = -ETIMEDOUT;

        within(MORI_S(20)) {
                while (strstr(text, wanted) == NULL && have < sizeof text - 1) {
                        int64_t got = await mori_file_read(master, text + have, 1);

                        if (got <= 0) {
                                result = got < 0 ? (int)got : -ENODATA;
                                break;
                        }
                        text[++have] = '\0';
                        result = 0;
                }
        }
        return result;
}

PROGRAM(a_child_at_a_terminal)
{
        char sh[] = "sh", c[] = "-c",
             script[] = "trap 'echo now $(stty size)' WINCH; trap 'echo end; exit 7' INT;"
                        "tty >/dev/null && echo ready;"
                        "while :; do read line && echo \"got <$line>\"; done",
             *words[] = {sh, c, script, NULL};
        struct mori_child_plan plan = {.program = "/bin/sh",
                                       .arguments = words,
                                       .flags = MORI_CHILD_SESSION | MORI_CHILD_TERMINAL};
        struct mori_child child;
        mori_file master, slave;
        char rest[256];

        if (simulated())
                return 0;
        EXPECT_EQ(mori_terminal_pair(SIZE(80, 25), &master, &slave), 0);
        plan.in = plan.out = plan.err = MORI_CHILD_FILE(slave);
        EXPECT_EQ(await mori_child_spawn(&plan, &child), 0);
        EXPECT_EQ(await mori_file_close(slave), 0);
        EXPECT_EQ(await says(master, "ready\r\n"), 0);
        EXPECT_EQ(await mori_file_write_all(master, "hello\r", 6), 0);
        EXPECT_EQ(await says(master, "got <hello>\r\n"), 0);
        EXPECT_EQ(mori_terminal_resize(master, SIZE(132, 50)), 0);
        EXPECT_EQ(await says(master, "now 50 132\r\n"), 0);
        EXPECT_EQ(await mori_file_write_all(master, "\003", 1), 0);
        EXPECT_EQ(await says(master, "end\r\n"), 0);
        EXPECT_EQ(await join(child.life), 7);
        EXPECT_EQ(await mori_file_read(master, rest, sizeof rest), 0);
        EXPECT_EQ(await mori_file_close(master), 0);
        return 0;
}

/* ---- Ways out: looked at by a shell whose job the program is */

static async int raw_and(int (*then)(void))
{
        EXPECT_EQ(mori_terminal_set_mode(mori_stdin(), MORI_TERMINAL_RAW), 0);
        EXPECT_EQ(mori_terminal_set_mode(mori_stdout(), MORI_TERMINAL_RAW), -EBUSY);
        EXPECT_EQ(await mori_sleep(MORI_MS(50)), 0);
        return then();
}

MORI_NONBLOCKING static int returns(void)
{
        return 5;
}

MORI_NONBLOCKING static int exits_by_mori(void)
{
        mori_exit(6);
}

MORI_NONBLOCKING static int exits(void)
{
        exit(8);
}

MORI_NONBLOCKING static int aborts(void)
{
        abort();
}

MORI_NONBLOCKING static int faults(void)
{
        raise(SIGSEGV);
        return 0;
}

/* A lock that nobody holds. */
MORI_NONBLOCKING static int is_abandoned(void)
{
        static mori_lock lock; /* zero is free */

        mori_lock_release(&lock);
        return 0;
}

#define WAY(name)                                                                                  \
        static async int name##_way(UNUSED int argc, UNUSED char **argv)                           \
        {                                                                                          \
                return await raw_and(name);                                                        \
        }
WAY(returns)
WAY(exits_by_mori)
WAY(exits)
WAY(aborts)
WAY(faults)
WAY(is_abandoned)

static async int waits_way(UNUSED int argc, UNUSED char **argv)
{
        struct mori_terminal_size size;

        EXPECT_EQ(mori_terminal_get_size(mori_stdin(), &size), 0);
        EXPECT_EQ(mori_terminal_set_mode(mori_stdin(), MORI_TERMINAL_CBREAK), 0);
        EXPECT_EQ(await mori_terminal_resized(mori_stdin(), &size), 0);
        EXPECT_EQ(size.columns, 99);
        return await mori_sleep(MORI_S(1000));
}

#define NEED(condition)                                                                            \
        do {                                                                                       \
                if (!(condition)) {                                                                \
                        dprintf(report, "%s:%d: '%s' does not hold\n", __FILE__, __LINE__,         \
                                #condition);                                                       \
                        kill(0, SIGKILL);                                                          \
                        _exit(1);                                                                  \
                }                                                                                  \
        } while (0)

static int report; /* the test's standard error */

#ifdef MORI_SANITIZED
static const bool is_sanitized = true;
#else
static const bool is_sanitized = false;
#endif
/* It delivers signals later, by handlers of its own: the default effects are not those. */
#ifdef __SANITIZE_THREAD__
static const bool is_late = true;
#else
static const bool is_late = false;
#endif

static bool is_as(int fd, const struct termios *mode)
{
        struct termios now;

        return mode_of(fd, &now) == 0 && memcmp(&now, mode, sizeof now) == 0;
}

/* Until the terminal is as found, or is not. */
static bool becomes(int fd, const struct termios *found, bool wanted)
{
        for (unsigned i = 0; i < 20000; i++) {
                if (is_as(fd, found) == wanted)
                        return true;
                poll(NULL, 0, 1);
        }
        return false;
}

static pid_t job_begin(int terminal, mori_entry_point *entry)
{
        char name[] = "test", *arguments[] = {name, NULL};
        pid_t job = fork();
        int null;

        if (job == 0) {
                for (int number = 1; number < SIGRTMIN; number++)
                        signal(number, SIG_DFL); /* Check has handlers */
                setpgid(0, 0);
                null = open("/dev/null", O_WRONLY);
                dup2(terminal, 0);
                dup2(terminal, 1);
                dup2(null, 2);
                close(terminal);
                close(null);
                while (tcgetpgrp(0) != getpgrp())
                        poll(NULL, 0, 1);
                exit(mori_run(entry, 1, arguments, NULL));
        }
        setpgid(job, job);
        NEED(tcsetpgrp(terminal, job) == 0);
        return job;
}

/* The shell: the session's leader, in a session of its own. Ends the OS process. */
static void shell(mori_entry_point *entry, int number, int status)
{
        int master = posix_openpt(O_RDWR | O_NOCTTY), terminal, got;
        struct rlimit none = {0, 0};
        struct termios found;
        pid_t job;

        report = dup(2);
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGTTOU, SIG_IGN);
        NEED(setsid() > 0);
        NEED(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
        terminal = open(ptsname(master), O_RDWR);
        NEED(terminal >= 0 && mode_of(terminal, &found) == 0);
        job = job_begin(terminal, entry);
        NEED(becomes(terminal, &found, false));
        if (number != 0) {
                struct winsize size = {.ws_col = 99};

                /* It waits for that. */
                NEED(ioctl(master, TIOCSWINSZ, &size) == 0);
                NEED(kill(job, SIGTSTP) == 0);
                NEED(waitpid(job, &got, WUNTRACED) == job && WIFSTOPPED(got));
                NEED(is_as(terminal, &found));
                /* In the background it lets the terminal be. */
                NEED(tcsetpgrp(terminal, getpgrp()) == 0);
                NEED(kill(job, SIGCONT) == 0);
                NEED(waitpid(job, &got, WCONTINUED) == job && WIFCONTINUED(got));
                poll(NULL, 0, 20);
                NEED(is_as(terminal, &found));
                NEED(tcsetpgrp(terminal, job) == 0);
                NEED(kill(job, SIGCONT) == 0);
                NEED(becomes(terminal, &found, false));
                /* Twice: the handlers are still there. */
                NEED(kill(job, SIGTSTP) == 0);
                NEED(waitpid(job, &got, WUNTRACED) == job && WIFSTOPPED(got));
                NEED(is_as(terminal, &found));
                NEED(kill(job, SIGCONT) == 0);
                NEED(becomes(terminal, &found, false));
                NEED(kill(job, number) == 0);
        }
        NEED(waitpid(job, &got, 0) == job);
        NEED(is_as(terminal, &found));
        if (status < 0)
                NEED(WIFSIGNALED(got) && WTERMSIG(got) == -status);
        else /* the leak checker has an exit code of its own */
                NEED(WIFEXITED(got) && (is_sanitized || WEXITSTATUS(got) == status));
        _exit(0);
}

static void way_out(mori_entry_point *entry, int number, int status)
{
        pid_t pid;
        int got;

        if (simulated() || is_late)
                return;
        pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0)
                shell(entry, number, status);
        ck_assert_int_eq(waitpid(pid, &got, 0), pid);
        ck_assert_int_eq(got, 0);
}

START_TEST(restored_by_whoever_ends_it)
{
        way_out(returns_way, 0, 5);
        way_out(exits_by_mori_way, 0, 6);
        way_out(exits_way, 0, 8);
        way_out(is_abandoned_way, 0, 70);
        way_out(aborts_way, 0, -SIGABRT);
        way_out(faults_way, 0, -SIGSEGV);
}
END_TEST

START_TEST(restored_by_signals)
{
        static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};

        for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++)
                way_out(waits_way, signals[i], -signals[i]);
}
END_TEST

IO_MAIN("io/terminal", TEST(the_simulation_has_none), TEST(what_is_no_terminal),
        TEST(no_descriptors_for_a_pair), TEST(sizes), TEST(modes), TEST(modes_of_blocks),
        TEST(as_many_as_may_be), TEST(no_key_is_lost), TEST(lines_and_keys), TEST(hung_up),
        TEST(a_child_at_a_terminal), TEST(restored_by_whoever_ends_it), TEST(restored_by_signals))
