/* SPDX-License-Identifier: MIT */
/*
 * Terminals. The modes that are set stand in a table of the OS process:
 *
 *      FREE --set: found is kept--> SET --restore--> RESTORING --found is back--> FREE
 *                                   |  ^
 *                     SIGTSTP: found    SIGCONT: wanted[which]
 *
 * Threads change the table under a lock. Handlers of signals, and exit(3), only read it, and take
 * no lock:
 *
 *  (1) `found` and `fd` do not change while the state is not FREE, and are written before.
 *  (2) `wanted[which]` is not written: a new mode goes into the other one first.
 *  (3) Whoever has set a mode again and then finds that the state is no longer SET puts back what
 *      was found: a restore that it has overtaken is not undone.
 *
 * While an entry is not FREE, signals that end, stop or continue the program and have their default
 * effect have handlers here, which do what they have to and then let the signal have that effect.
 */
#include "platform/terminal.h"

#include "base/atomic.h"
#include "base/base.h"
#include "platform/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

enum { FREE, SET, RESTORING };

struct entry {
        uint32_t state;
        uint32_t which;
        int fd;
        unsigned mode;
        unsigned device;
        struct termios found, wanted[2];
};

static struct entry entries[PLATFORM_TERMINALS_MAX];
static unsigned entries_set;
static struct base_lock lock;
static pid_t owner; /* a child that was forked has the table, but it is not its business */

static const int ending[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGABRT, SIGALRM,
                             SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ, SIGSYS};

/* What is no terminal says so in several ways. */
static int failure(void)
{
        return errno == EIO || errno == EBADF ? -errno : -ENOTTY;
}

int platform_terminal_check(int fd)
{
        struct termios found;

        return tcgetattr(fd, &found) < 0 ? failure() : 0;
}

int platform_terminal_size(int fd, uint16_t *ret_columns, uint16_t *ret_rows)
{
        struct winsize size;

        if (ioctl(fd, TIOCGWINSZ, &size) < 0)
                return failure();
        *ret_columns = size.ws_col;
        *ret_rows = size.ws_row;
        return 0;
}

int platform_terminal_resize(int fd, uint16_t columns, uint16_t rows)
{
        struct winsize size = {.ws_col = columns, .ws_row = rows};

        return ioctl(fd, TIOCSWINSZ, &size) < 0 ? failure() : 0;
}

void platform_terminal_watch(void)
{
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGWINCH);
        pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* ---- Modes */

/* It controls our session, in which another program is in the foreground. */
static bool is_background(int fd)
{
        pid_t session, group;

        return ioctl(fd, TIOCGSID, &session) == 0 && session == getsid(0) &&
               ioctl(fd, TIOCGPGRP, &group) == 0 && group != getpgrp();
}

/* Async-signal-safe. Should we get into the background just now it is done, and does not stop us */
static int apply(int fd, const struct termios *wanted)
{
        sigset_t set, before;
        int error = 0;

        if (is_background(fd))
                return -EIO;
        sigemptyset(&set);
        sigaddset(&set, SIGTTOU);
        pthread_sigmask(SIG_BLOCK, &set, &before);
        while (tcsetattr(fd, TCSANOW, wanted) < 0) {
                if (errno == EINTR)
                        continue;
                error = failure();
                break;
        }
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        return error;
}

void platform_terminals_restore(void)
{
        int saved = errno;

        for (unsigned i = 0; i < PLATFORM_TERMINALS_MAX && owner == getpid(); i++)
                if (atomic_load_acquire(&entries[i].state) != FREE)
                        (void)apply(entries[i].fd, &entries[i].found);
        errno = saved;
}

static void set_again(void)
{
        for (unsigned i = 0; i < PLATFORM_TERMINALS_MAX && owner == getpid(); i++) {
                struct entry *entry = &entries[i];

                if (atomic_load_acquire(&entry->state) != SET)
                        continue;
                (void)apply(entry->fd, &entry->wanted[atomic_load_acquire(&entry->which)]);
                if (atomic_load_acquire(&entry->state) != SET)
                        (void)apply(entry->fd, &entry->found);
        }
}

/* ---- Handlers */

/* The default is back by SA_RESETHAND, and nothing is blocked. */
static void on_end(int number)
{
        platform_terminals_restore();
        raise(number);
}

static void on_continue(int number)
{
        int saved = errno;

        (void)number;
        set_again();
        errno = saved;
}

static void on_stop(int number);

static void handle(int number, void (*handler)(int number), int flags)
{
        struct sigaction action = {.sa_handler = handler,
                                   .sa_flags = (int)((unsigned)flags | SA_ONSTACK)},
                         before;

        if (sigaction(number, NULL, &before) == 0 && before.sa_handler == SIG_DFL)
                sigaction(number, &action, NULL);
}

static void unhandle(int number, void (*handler)(int number))
{
        struct sigaction action = {.sa_handler = SIG_DFL}, before;

        if (sigaction(number, NULL, &before) == 0 && before.sa_handler == handler)
                sigaction(number, &action, NULL);
}

/* The program is stopped in raise(), and goes on there. */
static void on_stop(int number)
{
        int saved = errno;

        platform_terminals_restore();
        raise(number);
        handle(number, on_stop, (int)(SA_RESETHAND | SA_NODEFER | SA_RESTART));
        set_again();
        errno = saved;
}

static void handlers_install(void)
{
        for (size_t i = 0; i < ELEMENTS(ending); i++)
                handle(ending[i], on_end, (int)(SA_RESETHAND | SA_NODEFER));
        handle(SIGTSTP, on_stop, (int)(SA_RESETHAND | SA_NODEFER | SA_RESTART));
        handle(SIGCONT, on_continue, SA_RESTART);
}

static void handlers_remove(void)
{
        for (size_t i = 0; i < ELEMENTS(ending); i++)
                unhandle(ending[i], on_end);
        unhandle(SIGTSTP, on_stop);
        unhandle(SIGCONT, on_continue);
}

/* ---- The table */

static int find(int fd)
{
        for (int i = 0; i < PLATFORM_TERMINALS_MAX; i++)
                if (entries[i].state == SET && entries[i].fd == fd)
                        return i;
        return -1;
}

int platform_terminal_find(int fd)
{
        int index = -1;

        if (atomic_load_relaxed(&entries_set) == 0)
                return -1;
        base_lock(&lock);
        index = find(fd);
        base_unlock(&lock);
        return index;
}

unsigned platform_terminal_mode(int index)
{
        return entries[index].mode;
}

/* A free entry for the terminal, filled in; its index. */
static int take(int fd)
{
        static bool registered;
        unsigned device;
        int index = -1;

        if (ioctl(fd, TIOCGDEV, &device) < 0)
                return failure();
        for (int i = 0; i < PLATFORM_TERMINALS_MAX; i++) {
                if (entries[i].state == FREE)
                        index = index < 0 ? i : index;
                else if (entries[i].device == device)
                        return -EBUSY;
        }
        if (index < 0)
                return -ENOSPC;
        if (!registered && atexit(platform_terminals_restore) != 0)
                return -ENOMEM;
        registered = true;
        if (tcgetattr(fd, &entries[index].found) < 0)
                return failure();
        entries[index].fd = fd;
        entries[index].device = device;
        owner = getpid();
        return index;
}

static void derive(struct termios *wanted, unsigned mode)
{
        switch (mode & ~(unsigned)PLATFORM_TERMINAL_ECHO) {
        case PLATFORM_TERMINAL_RAW:
                cfmakeraw(wanted);
                break;
        case PLATFORM_TERMINAL_CBREAK:
                wanted->c_lflag &= ~(tcflag_t)ICANON;
                wanted->c_lflag |= ISIG;
                break;
        default:
                wanted->c_lflag |= ICANON | ISIG;
                wanted->c_iflag |= ICRNL;
                break;
        }
        wanted->c_lflag &= ~(tcflag_t)ECHO;
        if (mode & PLATFORM_TERMINAL_ECHO)
                wanted->c_lflag |= ECHO;
        /* VMIN and VTIME are VEOF and VEOL of lines on some systems: those are as found. */
        if (!(wanted->c_lflag & ICANON)) {
                wanted->c_cc[VMIN] = 1;
                wanted->c_cc[VTIME] = 0;
        }
}

static void release(struct entry *entry)
{
        atomic_store_release(&entry->state, FREE);
        if (atomic_add(&entries_set, -1u) == 0)
                handlers_remove();
}

static int set(int fd, unsigned mode, bool *ret_new)
{
        int index = find(fd), error;
        struct entry *entry;
        uint32_t before;
        struct termios *wanted;

        *ret_new = index < 0;
        if (index < 0)
                index = take(fd);
        if (index < 0)
                return index;
        entry = &entries[index];
        before = entry->which;
        wanted = &entry->wanted[1 - before];
        *wanted = entry->found;
        derive(wanted, mode);
        atomic_store_release(&entry->which, 1 - before);
        if (*ret_new) {
                atomic_store_release(&entry->state, SET);
                if (atomic_add(&entries_set, 1u) == 1)
                        handlers_install();
        }
        error = apply(fd, wanted);
        if (error == 0) {
                entry->mode = mode;
                return index;
        }
        atomic_store_release(&entry->which, before);
        if (*ret_new)
                release(entry);
        return error;
}

int platform_terminal_set(int fd, unsigned mode, bool *ret_new)
{
        int result;

        if (mode == PLATFORM_TERMINAL_AS_FOUND || mode == PLATFORM_TERMINAL_ECHO ||
            mode >= (PLATFORM_TERMINAL_RAW | PLATFORM_TERMINAL_ECHO))
                return -EINVAL;
        base_lock(&lock);
        result = set(fd, mode, ret_new);
        base_unlock(&lock);
        return result;
}

void platform_terminal_restore(int index)
{
        struct entry *entry = &entries[index];

        base_lock(&lock);
        atomic_store_release(&entry->state, RESTORING);
        if (owner == getpid())
                (void)apply(entry->fd, &entry->found);
        release(entry);
        base_unlock(&lock);
}

/* ---- Pseudo-terminals */

/* By the path where the kernel cannot do it without (before 4.13). */
static int slave_open(int master)
{
        char path[PATH_MAX];
        int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);

        if (slave >= 0)
                return slave;
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
                return -errno;
        if (ptsname_r(master, path, sizeof path) != 0)
                return -errno;
        slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
        return slave < 0 ? -errno : slave;
}

int platform_terminal_pair(uint16_t columns, uint16_t rows, int ret_fds[2])
{
        int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave, error = 0;

        if (master < 0)
                return -errno;
        if (grantpt(master) < 0 || unlockpt(master) < 0)
                error = -errno;
        slave = error < 0 ? error : slave_open(master);
        if (slave >= 0)
                error = platform_terminal_resize(master, columns, rows);
        else
                error = slave;
        if (error < 0) {
                if (slave >= 0)
                        close(slave);
                close(master);
                return error;
        }
        platform_descriptor_gone(master);
        platform_descriptor_gone(slave);
        ret_fds[0] = master;
        ret_fds[1] = slave;
        return 0;
}
