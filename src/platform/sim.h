/* SPDX-License-Identifier: MIT */
/*
 * The simulation: a kernel in memory, driven by a seed, behind the interface of `io.h`. This header
 * is what tests and programs may ask of it beyond that interface; `docs/simulation.md` is the
 * manual.
 *
 * Nouns.
 *   run         what happens between platform_io_new() and platform_io_free(). Its whole course
 *               follows from the seed, the configuration and what the program does: the same three
 *               give the same run, bit for bit.
 *   clock       virtual: starts at zero, stands still while the program computes, jumps while it
 *               waits.
 *   fault       what goes wrong by the seed, at the rate `fault_per_mille` of the configuration.
 *
 * Every function takes an engine made with PLATFORM_IO_SIM (asserted), on the thread that uses it.
 * Paths are those of the simulated tree; the current directory is its root. Errors are negative
 * errnos.
 */
#pragma once

#include "platform/io.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Second 0 of the virtual clock, in the seconds of the Unix epoch: 2020-01-01 00:00:00 UTC. Only
 * times of files show it.
 */
#define PLATFORM_SIM_EPOCH_SECONDS 1577836800

/* A hash of everything that has happened so far: equal hashes mean equal runs. */
uint64_t platform_sim_hash(const struct platform_io *io);
/*
 * True when the last wait had no time-out and found nothing that could ever complete: all
 * operations that are under way wait for one another. Nothing changes any more until the program
 * does something.
 */
bool platform_sim_is_quiet(const struct platform_io *io);
/*
 * Lets `ns` nanoseconds of virtual time pass: the program's own work, which costs no virtual time
 * otherwise.
 */
void platform_sim_advance(struct platform_io *io, uint64_t ns);
/*
 * The next number of a sequence of the seed's own, below `bound` (not 0). Drawing here does not
 * disturb what the simulation decides, so a program's choices (and, later, the interleavings of its
 * threads) can follow the same seed.
 */
uint64_t platform_sim_random(struct platform_io *io, uint64_t bound);

/* Limits. A member that is 0 stays as it is. */
struct platform_sim_limits {
        uint64_t disk_bytes;   /* all files together; then -ENOSPC; 1 GiB at first */
        /* open at once, standard ones included; then -EMFILE; 1048576 at first */
        uint32_t descriptors;
        uint32_t pipe_bytes;   /* in a pipe; 65536 at first. For pipes made from now on */
        /* under way in one direction of a connection; 65536 at first. For new connections */
        uint32_t socket_bytes;
        uint32_t watchers;     /* descriptors that watch; then -EUSERS; 128 at first */
        uint32_t watches;      /* what they watch; then -ENOSPC; 65536 at first */
        uint32_t watch_events; /* that wait to be read from one; the rest is lost; 16384 at first */
};
void platform_sim_limit(struct platform_io *io, const struct platform_sim_limits *limits);

/* Faults. */
enum platform_sim_fault {
        PLATFORM_SIM_FAULT_DELAY, /* takes a thousand times as long */
        /* fewer bytes than could be had; a SEND goes in slices, a wait returns early */
        PLATFORM_SIM_FAULT_SHORT,
        /* an error that this operation can have: -EIO, -ENOSPC, -EMFILE, -ENOBUFS, ... */
        PLATFORM_SIM_FAULT_ERROR,
        /* the connection is reset; bytes that were under way may be lost */
        PLATFORM_SIM_FAULT_RESET,
        /* datagrams over UDP are lost, arrive twice, or in another order */
        PLATFORM_SIM_FAULT_LOSS,
        PLATFORM_SIM_FAULTS
};
/* Changes `fault_per_mille`: a program can be set up in peace, and meet faults then. */
void platform_sim_fault_rate(struct platform_io *io, uint32_t fault_per_mille);
/*
 * Restricts the seeded faults to those in `mask` (bits 1u << enum platform_sim_fault). All at
 * first.
 */
void platform_sim_fault_allow(struct platform_io *io, uint32_t mask);
/*
 * Makes the n-th operation from now on fail with `error` (a negative errno), without effect; but a
 * CLOSE still closes, as on Linux. Submitted operations count, and so do calls of
 * platform_socket_new(), _listen(), _option(), _name() and platform_pipe_new(). n is 1 for the next
 * one, 0 to forget it.
 */
void platform_sim_fail_nth(struct platform_io *io, uint64_t n, int error);
/*
 * Resets the connection of a socket now, as a peer's or a network's RST does; -ENOTCONN where there
 * is none.
 */
int platform_sim_reset(struct platform_io *io, int fd);

/* Checks. */
/*
 * Fills buffers that wait to be read into with 0xA5 when they are submitted, and engine buffers
 * when they are released, so that code that reads too early is seen; aborts when the program has
 * written into such a buffer. Off at first.
 */
void platform_sim_poison(struct platform_io *io, bool on);
/*
 * Aborts, naming the operation, when the bytes of a SEND or WRITE, a path, an address or the
 * operation itself have been changed between submit and completion. On at first.
 */
void platform_sim_watch(struct platform_io *io, bool on);

struct platform_sim_statistics {
        uint64_t operations;  /* submitted, and the calls that platform_sim_fail_nth() counts */
        uint64_t completions;
        uint64_t events;      /* steps that the simulated kernel took */
        uint64_t faults[PLATFORM_SIM_FAULTS];
        uint64_t cancelled;   /* cancellations that came in time */
        uint64_t late;        /* cancellations that came too late */
        uint64_t closed_busy; /* descriptors closed while operations on them were under way */
        uint64_t disk_bytes;  /* in files */
        uint32_t descriptors; /* open, the standard ones not counted: what a test asks for leaks */
        uint32_t buffers_out; /* engine buffers in the program's hands */
};
void platform_sim_statistics(const struct platform_io *io, struct platform_sim_statistics *ret);

/* The tree of files. */
/*
 * Makes a file, and the directories above it that are missing; replaces the content of one that is
 * there.
 */
int platform_sim_file(struct platform_io *io, const char *path, const void *bytes, size_t length);
int platform_sim_directory(struct platform_io *io, const char *path);
int platform_sim_symlink(struct platform_io *io, const char *path, const char *target);
/* Removes a file, a link, a socket or an empty directory; what is open stays usable. */
int platform_sim_remove(struct platform_io *io, const char *path);
int platform_sim_mode(struct platform_io *io, const char *path, unsigned mode);
/* The content of a file; the simulation's own bytes, valid until the file changes. */
int platform_sim_content(struct platform_io *io, const char *path, const void **ret_bytes,
                         size_t *ret_length);
/*
 * Reads a real file, or a real directory with all that is in it, into the tree at `path`: at
 * set-up, once. Contents, modes and symbolic links are taken over; times are virtual; names are
 * taken in sorted order, so the host leaves no trace in the run.
 */
int platform_sim_import(struct platform_io *io, const char *real_path, const char *path);

/* The outside world. */
/*
 * Lets a signal arrive. It completes each SIGNAL operation for it, or stays pending (once) until
 * there is one.
 */
void platform_sim_raise(struct platform_io *io, int signal);
/* Appends to what descriptor 0 reads; it is at end of file behind that. */
void platform_sim_input(struct platform_io *io, const void *bytes, size_t length);
/* What was written to descriptor 1 or 2; the simulation's own bytes, valid until the next wait. */
void platform_sim_output(const struct platform_io *io, int fd, const void **ret_bytes,
                         size_t *ret_length);
/* Passes what is written to descriptors 1 and 2 to the real ones, too. Off at first. */
void platform_sim_echo(struct platform_io *io, bool on);
