/* SPDX-License-Identifier: MIT */
/*
 * Terminals: their size, whether keys come one by one, and pseudo-terminals for other programs.
 *
 *         MORI_TERMINAL_SAVED saved = {0};
 *
 *         attempt(mori_terminal_enter(mori_stdin(), MORI_TERMINAL_CBREAK, &saved));
 *         got = await mori_file_read(mori_stdin(), &key, 1);
 *         ... the mode that was there before is back when the block is left
 *
 * Nouns.
 *   terminal   what a mori_file stands for where isatty(3) says so: the standard streams of a
 *              program that a person has started, /dev/tty, either end of a pseudo-terminal
 *   mode       what the terminal does with keys: see MORI_TERMINAL_*
 *   as found   the mode that the terminal had when its mode was first set here
 *   master     the end of a pseudo-terminal at which the person would sit
 *   slave      the other end: the terminal of a program
 *
 * Rules.
 *   (1) A mode belongs to the process. The terminal is as it was found again when that is asked
 *       for, when its file is closed, and when the process ends in whatever way: it returns, calls
 *       mori_exit() or exit(3), is abandoned; and when the program is ended by a fault, abort(3),
 *       SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ or SIGSYS.
 *       Only SIGKILL and _exit(2) leave it.
 *   (2) When SIGTSTP stops the program (^Z) the terminal is as found while it is stopped, and has
 *       the mode again when it goes on in the foreground. SIGSTOP cannot be noticed: the mode is
 *       set again when it goes on, but stays until then.
 *   (3) For (1) and (2) those signals, SIGTSTP and SIGCONT have handlers of ours while a mode is
 *       set, where they have their default effect then. One that the program has a handler for, or
 *       ignores, is the program's; mori_signal_wait() has its signal as ever.
 *   (4) A program in the background does not change its controlling terminal: -EIO; and does not
 *       restore it, since it is another program's then.
 *   (5) Reading and writing are those of any mori_file: a read waits for a key, not the program,
 *       and one that is cancelled takes no key along. The descriptor, which other programs may
 *       share, is not made non-blocking. The other end hung up: a read of either end answers 0;
 *       a write, and the calls below, -EIO.
 *   (6) The simulation has no terminals: everything answers -EOPNOTSUPP.
 *
 * All that take a file answer -EBADF where it is closed, and -ENOTTY where it is no terminal. But
 * for mori_terminal_resized() nothing here waits.
 */
#pragma once

#include <mori/file.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In characters; 0 where nobody has said. */
struct mori_terminal_size {
        uint16_t columns, rows;
};

/* Returns 0 where the file is a terminal, else a negative errno. */
MORI_API int mori_terminal_check(mori_file file);

/* How large it is. Returns 0 with *ret_size filled in. */
MORI_API int mori_terminal_get_size(mori_file file, struct mori_terminal_size *ret_size);
/*
 * Says how large it is: either end of a pseudo-terminal. Where that is another size than before,
 * the programs in its foreground get SIGWINCH. Returns 0.
 */
MORI_API int mori_terminal_resize(mori_file file, struct mori_terminal_size size);
/*
 * Waits until its size differs from *size, which is then the new one: nothing is missed between two
 * waits. Of the terminal that controls this program that is noticed at once (by SIGWINCH), of
 * another one within a quarter of a second, since nobody is told. Returns 0; -ECANCELED,
 * -ETIMEDOUT, -ENOMEM.
 */
MORI_API MORI_ASYNC int mori_terminal_resized(mori_file file, struct mori_terminal_size *size);

/* Modes. The first two may be or-ed with MORI_TERMINAL_ECHO, and have none without it. */
enum {
        MORI_TERMINAL_AS_FOUND = 0,
        /* Lines, which can be corrected until the end of one is typed. Without echo: passwords. */
        MORI_TERMINAL_COOKED = 1,
        /* Keys as they come; ^C, ^\ and ^Z still send signals, and output is as in COOKED. */
        MORI_TERMINAL_CBREAK = 2,
        /* Bytes in both directions, nothing is looked at: cfmakeraw(3). */
        MORI_TERMINAL_RAW = 3,
        MORI_TERMINAL_ECHO = 4,
};

/* How many terminals may have a mode set at the same time. */
#define MORI_TERMINALS_MAX 64

/*
 * Sets its mode. What was typed before is not lost. Returns 0, and else nothing has changed:
 *   -EINVAL   no such mode
 *   -EBUSY    its mode is set through another file (standard input and output are often the same
 *             terminal)
 *   -EIO      the program is in its background (4), or it has hung up
 *   -ENOSPC   MORI_TERMINALS_MAX have a mode
 */
MORI_API int mori_terminal_set_mode(mori_file file, unsigned mode);

/* What a terminal's mode was. Zero: nothing. Its fields are the runtime's. */
struct mori_terminal_saved {
        mori_file file;
        unsigned mode;
};

/* A mode for the rest of a block: *ret_saved is the mode until now. As mori_terminal_set_mode(). */
MORI_API int mori_terminal_enter(mori_file file, unsigned mode,
                                 struct mori_terminal_saved *ret_saved);
/* Sets that mode again, once; a file that is closed by now has been seen to. */
MORI_API void mori_terminal_leave(struct mori_terminal_saved *saved);
/* The type of a variable that does so when its block is left, on every way out. */
#define MORI_TERMINAL_SAVED                                                                        \
        __attribute__((cleanup(mori_terminal_leave))) struct mori_terminal_saved

/*
 * Makes a pseudo-terminal, cooked and of a size. The caller has both files, to be closed. The slave
 * is for a child: its streams, with MORI_CHILD_SESSION and MORI_CHILD_TERMINAL as the terminal that
 * controls it (child.h). Close it here once the child has it: the master's end of file comes when
 * nobody has the slave any more. Returns 0 or a negative errno: -EMFILE, -ENFILE, -ENOSPC (no more
 * in the system: /proc/sys/kernel/pty/max), -ENOENT, -ENODEV, -EACCES (there is no /dev/ptmx or
 * /dev/pts to be used), -ENOMEM, -EOPNOTSUPP.
 */
MORI_API int mori_terminal_pair(struct mori_terminal_size size, mori_file *ret_master,
                                mori_file *ret_slave);

#ifdef __cplusplus
}
#endif
