/* SPDX-License-Identifier: MIT */
/*
 * Terminals. What is done to them does not wait; the platform has the table of the modes that are
 * set (platform/terminal.h). Each entry of that belongs to a process, which restores it when it
 * ends: `owned` below has a record for each entry, under the same index.
 */
#include "activity/terminal.h"

#include "activity/file.h"
#include "activity/wait.h"
#include "platform/terminal.h"
#include "turn/seat.h"

#include <mori/scope.h>
#include <mori/signal.h>
#include <mori/terminal.h>

#include <errno.h>
#include <signal.h>

/* How long a size may have changed without a signal. */
#define LOOK_EVERY MORI_MS(250)

_Static_assert(MORI_TERMINALS_MAX == PLATFORM_TERMINALS_MAX &&
                       (int)MORI_TERMINAL_AS_FOUND == (int)PLATFORM_TERMINAL_AS_FOUND &&
                       (int)MORI_TERMINAL_COOKED == (int)PLATFORM_TERMINAL_COOKED &&
                       (int)MORI_TERMINAL_CBREAK == (int)PLATFORM_TERMINAL_CBREAK &&
                       (int)MORI_TERMINAL_RAW == (int)PLATFORM_TERMINAL_RAW &&
                       (int)MORI_TERMINAL_ECHO == (int)PLATFORM_TERMINAL_ECHO,
               "the public constants are the platform's");

static struct owned owned[MORI_TERMINALS_MAX];

static bool is_simulated(void)
{
        return process_self()->seat->simulated;
}

/* The descriptor of a terminal, or a negative errno. */
static int terminal_descriptor(mori_file handle)
{
        struct file *file = process_file(process_self(), handle.word);
        int error;

        if (file == NULL)
                return -EBADF;
        if (is_simulated())
                return -EOPNOTSUPP;
        error = platform_terminal_check(file->fd);
        return error < 0 ? error : file->fd;
}

int mori_terminal_check(mori_file file)
{
        int fd = terminal_descriptor(file);

        return fd < 0 ? fd : 0;
}

/* ---- Size */

int mori_terminal_get_size(mori_file file, struct mori_terminal_size *ret_size)
{
        int fd = ret_size == NULL ? -EFAULT : terminal_descriptor(file);

        return fd < 0 ? fd : platform_terminal_size(fd, &ret_size->columns, &ret_size->rows);
}

int mori_terminal_resize(mori_file file, struct mori_terminal_size size)
{
        int fd = terminal_descriptor(file);

        return fd < 0 ? fd : platform_terminal_resize(fd, size.columns, size.rows);
}

/*
 * 1 where the size is another; 0 where it is not. A signal that comes after this look is kept for
 * the wait that follows.
 */
static int size_look(mori_file file, struct mori_terminal_size *size)
{
        struct mori_terminal_size now;
        int error = mori_cancelled();

        if (error < 0)
                return error;
        if (!is_simulated())
                platform_terminal_watch();
        error = mori_terminal_get_size(file, &now);
        if (error < 0)
                return error;
        if (now.columns == size->columns && now.rows == size->rows)
                return 0;
        *size = now;
        return 1;
}

static MORI_ASYNC int signal_or_pause(void)
{
        int result = -ETIMEDOUT;

        MORI_WITHIN(LOOK_EVERY) {
                result = MORI_AWAIT mori_signal_wait(SIGWINCH);
        }
        return result;
}

MORI_ASYNC int mori_terminal_resized(mori_file file, struct mori_terminal_size *size)
{
        int result;

        if (size == NULL)
                return -EFAULT;
        /* A deadline of the caller's is told from the pause by the next look. */
        while ((result = size_look(file, size)) == 0) {
                result = MORI_AWAIT signal_or_pause();
                if (result < 0 && result != -ETIMEDOUT)
                        break;
        }
        return result < 0 ? result : 0;
}

/* ---- Modes */

static void mode_release(struct owned *record)
{
        platform_terminal_restore((int)(record - owned));
}

static void mode_restore(int fd)
{
        int index = platform_terminal_find(fd);

        if (index < 0)
                return;
        process_disown(&owned[index]);
        mode_release(&owned[index]);
}

void terminal_closing(int fd)
{
        if (!is_simulated())
                mode_restore(fd);
}

int mori_terminal_set_mode(mori_file file, unsigned mode)
{
        int fd = terminal_descriptor(file), index;
        bool is_new;

        if (fd < 0)
                return fd;
        if (mode == MORI_TERMINAL_AS_FOUND) {
                mode_restore(fd);
                return 0;
        }
        index = platform_terminal_set(fd, mode, &is_new);
        if (index < 0)
                return index;
        if (is_new)
                process_own(process_self(), &owned[index], mode_release);
        return 0;
}

int mori_terminal_enter(mori_file file, unsigned mode, struct mori_terminal_saved *ret_saved)
{
        unsigned before = MORI_TERMINAL_AS_FOUND;
        int fd, index, error;

        if (ret_saved == NULL)
                return -EFAULT;
        fd = terminal_descriptor(file);
        index = fd < 0 ? -1 : platform_terminal_find(fd);
        if (index >= 0)
                before = platform_terminal_mode(index);
        error = mori_terminal_set_mode(file, mode);
        if (error == 0)
                *ret_saved = (struct mori_terminal_saved){file, before};
        return error;
}

void mori_terminal_leave(struct mori_terminal_saved *saved)
{
        if (saved->file.word != 0)
                (void)mori_terminal_set_mode(saved->file, saved->mode);
        saved->file = MORI_NO_FILE;
}

/* ---- Pseudo-terminals */

int mori_terminal_pair(struct mori_terminal_size size, mori_file *ret_master, mori_file *ret_slave)
{
        struct process *process = process_self();
        mori_file master, slave;
        int fds[2], error;

        if (ret_master == NULL || ret_slave == NULL)
                return -EFAULT;
        if (is_simulated())
                return -EOPNOTSUPP;
        error = platform_terminal_pair(size.columns, size.rows, fds);
        if (error < 0)
                return error;
        error = file_enter(process, fds[0], FILE_MASTER, &master);
        if (error < 0) {
                process_close_now(fds[1]);
                return error;
        }
        error = file_enter(process, fds[1], FILE_PLAIN, &slave);
        if (error < 0) {
                process_file_remove(process, process_file(process, master.word));
                process_close_now(fds[0]);
                return error;
        }
        *ret_master = master;
        *ret_slave = slave;
        return 0;
}
