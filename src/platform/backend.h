/* SPDX-License-Identifier: MIT */
/*
 * What the two backends on the real kernel (uring.c, epoll.c) share. Private to src/platform.
 *
 *   state         the engine's words of an operation: a progress (bytes moved so far) and flags
 *   queue         operations linked through engine[0]: the engine itself is to look at them
 *   list          operations linked through engine_next and engine_previous: a descriptor's
 *   step          a try at an operation that the kernel has no single asynchronous call for
 *   descriptors   what a number stands for, for all engines of this OS process
 *   receive pool  the engine's receive buffers, where the kernel does not choose them
 *   signals       the operations that wait for signals, over one signalfd
 *   pool          threads that run calls which block
 */
#pragma once

#include <assert.h>
#include <signal.h>
#include <stdlib.h>

#include "base/base.h"
#include "platform/io.h"

#define platform_likely(x)    __builtin_expect(!!(x), 1)
#define platform_unlikely(x)  __builtin_expect(!!(x), 0)

/* Linux moves no more than this in one call. */
#define PLATFORM_TRANSFER_MAX 0x7ffff000u

/* ---- The state of an operation ---- */

enum {
        OP_LIVE = 1u << 0,      /* submitted, its last completion not yet handed out */
        OP_CANCELLED = 1u << 1, /* its owner, or the close of its descriptor, asked for its end */
        OP_QUEUED = 1u << 2,    /* in the engine's queue */
        OP_POOL = 1u << 3,      /* with the pool */
        OP_KERNEL = 1u << 4,    /* uring: the kernel has it, or what stands for it */
        OP_LISTED = 1u << 5,    /* in a list */
        OP_POLL = 1u << 6,      /* uring: what the kernel has is a poll for it */
        OP_WARM = 1u << 7,      /* what is under way is the reading of pages that it will send */
        OP_WARMED = 1u << 8,    /* those pages have been read just now */
        OP_ARRIVED = 1u << 9,   /* SIGNAL: `progress` is the number of one that has arrived */
        OP_BEGUN = 1u << 10,    /* it has been tried: a connect is under way, a method was chosen */
        OP_DONE = 1u << 11,     /* the progress word holds its result */
        OP_SPLICED = 1u << 12,  /* SENDFILE to a pipe: splice(2), not sendfile(2) */
        OP_HELD = 1u << 14,     /* uring: waits until those before it on the descriptor are over */
        OP_FOLLOWED = 1u << 15, /* uring: some wait for it in this way */
        OP_SOURCE = 1u << 13,   /* epoll: a SPLICE that waits for its source, not for its target */
        OP_FIXED = 1u << 16, /* uring: its last request named a registered area */
        OP_PLAIN = 1u << 17, /* uring: what is left of it names none: the kernel said no */
        OP_COPIED = 1u << 20, /* ZERO_COPY: the kernel has copied some of it */
        OP_COPYING = 1u << 21, /* the same: what is left is sent like any other bytes */
        OP_SENT = 1u << 22,   /* the same: `progress` is its result, and the kernel still reads */
        OP_CUT = 1u << 23,    /* the same: its connection was reset */
        OP_READING = 1u << 24, /* the same: how many requests the kernel reads for, in seven bits */
        OP_READING_MAX = 127u << 24,
        OP_PARTLY = OP_COPYING, /* SENDMSG: of the message that is next a part was sent */
};

/* Two words, so that a thread of the pool can write one while the engine writes the other. */
struct __attribute__((may_alias)) platform_op_state {
        uint32_t progress;
        uint32_t flags;
};

typedef struct platform_op *__attribute__((may_alias)) platform_op_link;

static inline struct platform_op_state *op_state(struct platform_op *op)
{
        return (struct platform_op_state *)(void *)&op->engine[1];
}

static inline void op_flags_clear(struct platform_op *op, uint32_t flags)
{
        op_state(op)->flags &= ~flags;
}

static inline struct platform_op *op_link(struct platform_op *op)
{
        return *(platform_op_link *)(void *)&op->engine[0];
}

static inline void op_link_set(struct platform_op *op, struct platform_op *next)
{
        *(platform_op_link *)(void *)&op->engine[0] = next;
}

struct op_queue {
        struct platform_op *head, *tail;
};

static inline void op_queue_push(struct op_queue *queue, struct platform_op *op)
{
        op_link_set(op, NULL);
        if (queue->head)
                op_link_set(queue->tail, op);
        else
                queue->head = op;
        queue->tail = op;
}

static inline struct platform_op *op_queue_pop(struct op_queue *queue)
{
        struct platform_op *op = queue->head;

        if (op)
                queue->head = op_link(op);
        return op;
}

static inline void op_list_push(struct platform_op **list, struct platform_op *op)
{
        op->engine_next = *list;
        op->engine_previous = NULL;
        if (*list)
                (*list)->engine_previous = op;
        *list = op;
}

static inline void op_list_remove(struct platform_op **list, struct platform_op *op)
{
        if (op->engine_previous)
                op->engine_previous->engine_next = op->engine_next;
        else
                *list = op->engine_next;
        if (op->engine_next)
                op->engine_next->engine_previous = op->engine_previous;
}

/* What is wrong with an operation by itself: 0, or a negative errno. */
int platform_op_check(const struct platform_op *op);

/* ---- Steps: SENDFILE, SPLICE, SHUTDOWN, STATX of a descriptor, RECVMSG, SENDMSG ---- */

enum platform_step {
        STEP_DONE,  /* the operation is over, with `result` */
        STEP_WAIT,  /* again when `fd` has `events` (POLL*) */
        STEP_AGAIN, /* again soon: others come first */
        STEP_WARM,  /* again when `length` bytes at `offset` of fd2 have been read: they are not
                       cached */
};

struct platform_step_needs {
        int32_t result;
        int32_t fd;
        uint32_t events;
        uint32_t length;
        uint64_t offset;
};

/* How much of a file is sent, and read before it is sent, in one go. */
#define PLATFORM_STEP_BYTES (256u << 10)

enum platform_step platform_step(struct platform_op *op, struct platform_step_needs *needs);
/* True where an empty path and AT_EMPTY_PATH ask for the descriptor itself: such a STATX does not
 * block. */
bool platform_op_is_statx_of_descriptor(const struct platform_op *op);

/* ---- Children: SPAWN ---- */

enum child_move {
        CHILD_MAKE,  /* by a thread of the pool */
        CHILD_RUNS,  /* completes with MORE; then again */
        CHILD_WAITS, /* again when op->fd is readable */
        CHILD_OVER,  /* `*ret_result` */
};

/* What is next, for an operation that is neither with the pool nor waited for. */
enum child_move platform_child_advance(struct platform_op *op, int32_t *ret_result);
/*
 * Asked first by a cancel. True where that is all: the child was killed, and its end comes, or the
 * next advance will do so. False where the operation is to be cancelled like any other.
 */
bool platform_child_cancel(struct platform_op *op);

/* ---- Descriptors ---- */

enum descriptor_kind {
        DESCRIPTOR_UNKNOWN, /* not made by an engine: looked at anew with every operation */
        DESCRIPTOR_SOCKET,  /* in non-blocking mode */
        DESCRIPTOR_STREAM,  /* a pipe, a terminal: in whichever mode */
        DESCRIPTOR_FILE,    /* a regular file, a directory, a disk: always ready, may block */
};

/* How many descriptors an engine can follow: no number at or above it may be waited for. */
uint32_t platform_descriptors_max(void);
/* For platform_io_memory(): what is known of each descriptor. */
void descriptors_memory(void (*take)(void *address, size_t bytes, void *argument), void *argument);
void platform_descriptor_made(int fd, enum descriptor_kind kind);
void platform_descriptor_gone(int fd);
/*
 * The kernel is about to close it by itself, for a request. The next that has its number, on any
 * thread, is another descriptor: ThreadSanitizer would take the making of both for a race.
 */
#if BASE_THREAD_SANITIZER
void __sanitizer_syscall_pre_impl_close(long fd);

static inline void platform_descriptor_closes(int fd)
{
        __sanitizer_syscall_pre_impl_close(fd);
}
#else
static inline void platform_descriptor_closes(int fd)
{
        (void)fd;
}
#endif
/* Asks the kernel. A negative errno if it is none. */
int platform_descriptor_look(int fd);

/* Of descriptor.c: a word for each number, made when the first is asked for. */
struct descriptor_table {
        uint32_t *words;
        uint32_t count;
};
extern struct descriptor_table platform_descriptor_table;
uint32_t platform_descriptor_word_slow(int fd);

/*
 * A word that is another whenever the number stands for another file: the kind in its low 2 bits, a
 * generation above. Any thread.
 */
static inline uint32_t platform_descriptor_word(int fd)
{
        const struct descriptor_table *table = &platform_descriptor_table;
        const uint32_t *words = __atomic_load_n(&table->words, __ATOMIC_ACQUIRE);

        if (platform_likely(words && (uint32_t)fd < __atomic_load_n(&table->count,
                                                                    __ATOMIC_RELAXED)))
                return __atomic_load_n(&words[fd], __ATOMIC_RELAXED);
        return platform_descriptor_word_slow(fd);
}

/* ---- Receive buffers ---- */

struct receive_pool {
        char *memory;
        size_t stride; /* not a power of two: see receive_pool_init() */
        size_t memory_bytes;
        uint32_t count, bytes, free_count;
        uint16_t *free_list; /* a stack: the buffer that was used last is the warmest */
};

int receive_pool_init(struct receive_pool *pool, const struct platform_io_config *config);
void receive_pool_deinit(struct receive_pool *pool);

static inline void *receive_pool_buffer(const struct receive_pool *pool, uint16_t buffer)
{
        return pool->memory + (size_t)buffer * pool->stride;
}

/* ---- Signals ---- */

struct signal_watch {
        int fd; /* -1 until the first SIGNAL, or signal_watch_open() */
        struct platform_op *ops;
        sigset_t set;
};

void signal_watch_init(struct signal_watch *watch);
void signal_watch_deinit(struct signal_watch *watch);
/* Makes watch->fd before the first SIGNAL. 0, or a negative errno. */
int signal_watch_open(struct signal_watch *watch);
/* Lists the operation. 0, or a negative errno; *ret_new tells that watch->fd was made just now. */
int signal_watch_add(struct signal_watch *watch, struct platform_op *op, bool *ret_new);
void signal_watch_remove(struct signal_watch *watch, struct platform_op *op);
/*
 * What a listed operation answers: the number that has arrived, or -ECANCELED. It is listed no
 * more, unless *ret_more: then it goes on (MULTI).
 */
int32_t signal_watch_take(struct signal_watch *watch, struct platform_op *op, bool *ret_more);
/* Reads what has arrived: sets OP_ARRIVED and queues. */
void signal_watch_read(struct signal_watch *watch, struct op_queue *queue);

/* ---- Calls on files that block ---- */

/* Sets of codes, as bits. */
#define PLATFORM_CODE(name) (UINT64_C(1) << PLATFORM_##name)
static_assert(PLATFORM_OP_CODES <= 64, "codes have a bit each");

/* Those whose `address` is a path, which may stand for itself: relative to fd. */
#define PLATFORM_PATH_CODES                                                                        \
        (PLATFORM_CODE(OPEN) | PLATFORM_CODE(STATX) | PLATFORM_CODE(RENAME) |                      \
         PLATFORM_CODE(UNLINK) | PLATFORM_CODE(MKDIR) | PLATFORM_CODE(LINK) |                      \
         PLATFORM_CODE(SYMLINK) | PLATFORM_CODE(READLINK) | PLATFORM_CODE(CHMOD) |                 \
         PLATFORM_CODE(CHOWN) | PLATFORM_CODE(UTIMES) | PLATFORM_CODE(ACCESS) |                    \
         PLATFORM_CODE(SCAN) | PLATFORM_CODE(WATCH))

static inline bool platform_op_has_path(uint8_t code)
{
        return code < 64 && PLATFORM_PATH_CODES >> code & 1;
}
/*
 * Makes the call of an operation of the file system (OPEN to LOCK), and waits for it: its result.
 */
int64_t file_call(const struct platform_op *op, uint32_t without);
/*
 * openat(2) that does not leave the directory: file_beneath.c. A negative errno, -EXDEV where the
 * path leads out.
 */
int file_open_beneath(int directory, const char *path, int flags, mode_t mode, uint32_t without);

/* Watches an object (watch.c): its number, or -1 and errno. Numbers are given up by the second. */
int64_t watch_call(int queue, int fd, const char *path, int flags, uint32_t mask);
int64_t unwatch_call(const struct platform_op *op);
int64_t watched_call(const struct platform_op *op);

/* ---- The pool ---- */

struct platform_pool;

/* `io` is woken when something is done. Threads start when there is work. */
int pool_new(struct platform_io *io, const struct platform_io_config *config,
             struct platform_pool **ret_pool);
/* Ends its threads; there must be no work. Takes NULL. */
struct platform_pool *pool_free(struct platform_pool *pool);
/* Takes an operation (its result goes to the progress word, OP_DONE is for the taker to set). 0, or
 * a negative errno. */
int pool_submit(struct platform_pool *pool, struct platform_op *op);
/* True where it had not begun: it is the caller's again. */
bool pool_cancel(struct platform_pool *pool, struct platform_op *op);
/* The same for all the operations on one descriptor, linked as a queue. */
struct op_queue pool_cancel_descriptor(struct platform_pool *pool, int fd);
/* True where a thread works on the descriptor: then its close is the pool's, which waits for it. */
bool pool_is_on(struct platform_pool *pool, int fd);
/* What is done since the last call, oldest first, linked as a queue; no system call and no lock
 * where nothing is. */
struct op_queue pool_take(struct platform_pool *pool);

/* ---- Calls: functions that threads run (call.h) ---- */

void calls_submit(struct platform_io *io, struct platform_op *op);
void calls_cancel(struct platform_io *io, struct platform_op *op);
/* The engine's wait, where calls are under way. */
size_t calls_wait(struct platform_io *io, uint64_t timeout_ns,
                  struct platform_completion *completions, size_t completions_max);
bool calls_ready(struct platform_io *io);

/* ---- Calls on descriptors that need no engine ---- */

int real_socket_new(struct platform_io *io, int family, int type);
int real_socket_listen(struct platform_io *io, int type, const struct sockaddr *address,
                       socklen_t length, int backlog);
int real_socket_pair(struct platform_io *io, int type, int ret_fds[2]);
int real_socket_name(struct platform_io *io, int fd, bool peer, struct sockaddr_storage *ret,
                     socklen_t *ret_length);
int real_socket_option_set(struct platform_io *io, int fd, int level, int option, const void *value,
                           socklen_t length);
int real_socket_option_get(struct platform_io *io, int fd, int level, int option, void *value,
                           socklen_t *length);
int real_socket_bind(struct platform_io *io, int fd, const struct sockaddr *address,
                     socklen_t length);
int real_socket_peer(struct platform_io *io, int fd, const struct sockaddr *address,
                     socklen_t length);
int real_interface(struct platform_io *io, const char *name);
int real_pipe_new(struct platform_io *io, int ret_fds[2]);
int real_duplicate(struct platform_io *io, int fd);
int real_watch_new(struct platform_io *io);
int real_watch_pending(struct platform_io *io, int fd);
int64_t real_watch_limit(struct platform_io *io, enum platform_watch_limit limit,
                         const char **ret_name);
void real_close_now(struct platform_io *io, int fd);
void real_unlink_now(struct platform_io *io, int directory, const char *name);
uint64_t real_random(struct platform_io *io);
uint64_t real_now(struct platform_io *io);
