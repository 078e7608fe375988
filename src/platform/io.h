/* SPDX-License-Identifier: MIT */
/*
 * What the runtime asks of the kernel for input and output, behind one interface with three
 * backends: `uring.c`, `epoll.c` and `sim.c` (a kernel in memory, driven by a seed).
 *
 * Nouns.
 *   io          one completion engine. A seat has one; only the thread that sits in the seat
 *               touches it, but for platform_io_wake(), which any thread may call.
 *   operation   `struct platform_op`: a plain record that its owner fills in and submits. It
 *               belongs to the engine from submit until its last completion, and so do the buffers
 *               that it names.
 *   completion  a plain record: which operation, its result, its flags. Results are >= 0 or a
 *               negative errno.
 *
 * Rules.
 *   (1) An operation that was submitted completes: exactly once, or, with PLATFORM_OP_MULTI, any
 *       number of times with PLATFORM_MORE set and exactly once without. After the completion
 *       without MORE the kernel has no reference to the operation, its buffers or its descriptor.
 *   (2) Submitting never blocks and never fails: what is wrong with an operation is told by its
 *       completion (-EINVAL, -EBADF, -ENOMEM, -EOPNOTSUPP, ...). It makes no system call in `uring`
 *       (a batch is submitted by platform_io_wait()), unless the submission queue is full.
 *   (3) Cancelling asks. The operation still completes: with its result where it was too late, else
 *       with -ECANCELED. Cancelling an operation that has completed already, or twice, does
 *       nothing. A cancelled read or write that moved bytes answers how many: nothing is lost
 *       between done and not begun.
 *   (4) The semantics of an operation are the same on every backend: a regular file is read and
 *       written at an offset; an operation on a socket or pipe that would block waits; SIGPIPE is
 *       never raised; EINTR is never answered.
 *   (5) Descriptors are opened close-on-exec. Sockets may be in non-blocking mode or not, the
 *       caller cannot tell.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

struct platform_io;
struct statx;

/*
 * Events as poll(2) has them: those that may be waited for, one at least. Not POLLPRI: of a socket
 * io_uring does not tell it where it is asked for alone, and with others tells it where there is
 * none (seen on Linux 6.18).
 */
#define PLATFORM_POLL_EVENTS ((uint32_t)(POLLIN | POLLOUT | POLLRDHUP | POLLERR | POLLHUP))

enum platform_op_code {
        PLATFORM_NOP = 1,
        /*
         * fd: directory or AT_FDCWD, address: path, flags: O_*, mode; BENEATH; result: descriptor
         */
        PLATFORM_OPEN,
        PLATFORM_CLOSE, /* fd */
        /* fd, address, length, offset (or -1: the current position, pipes, terminals) */
        PLATFORM_READ,
        PLATFORM_WRITE,  /* the same */
        PLATFORM_READV,  /* fd, address: struct iovec[length], offset */
        PLATFORM_WRITEV, /* the same */
        /* fd, address: path, flags: AT_*, mask, address2: struct statx *. BENEATH */
        PLATFORM_STATX,
        /*
         * fd, address, length: room for records, aligned to 8; result: bytes, 0 at the end.
         * offset: 0 to begin, or the d_off of the record to go on behind (-1: the position)
         */
        PLATFORM_GETDENTS,
        PLATFORM_FSYNC,   /* fd, flags: PLATFORM_SYNC_DATA or 0 */
        PLATFORM_ACCEPT,  /* fd; result: a new descriptor. MULTI allowed */
        PLATFORM_CONNECT, /* fd, address: struct sockaddr, length */
        /* fd, address, length, flags: MSG_*. With MULTI: no buffer, see platform_io_buffer() */
        PLATFORM_RECV,
        /* fd, address, length, flags: MSG_*; sends all of it, short only on failure or cancel */
        PLATFORM_SEND,
        /* fd, address: struct iovec[length] (at most PLATFORM_IOV_MAX); all of it */
        PLATFORM_SENDV,
        PLATFORM_SHUTDOWN, /* fd, flags: SHUT_* */
        PLATFORM_SENDFILE, /* fd: a socket or pipe, fd2: a regular file, offset, length; sends until
                            * the length or the file's end is reached; result: bytes */
        /* fd: target, fd2: source (one of them a pipe), length; result: bytes, 0 at the end */
        PLATFORM_SPLICE,
        PLATFORM_POLL, /* fd, flags: PLATFORM_POLL_EVENTS; result: those that there are */
        /*
         * offset: a set of signals, of platform_signal_bit(); completes when one of them arrives,
         * which is taken, and no other; result: its number. MULTI allowed
         */
        PLATFORM_SIGNAL,
        /*
         * fd: a socket, address: struct mmsghdr[length] (at most PLATFORM_MESSAGES_MAX), flags:
         * MSG_*. Receives the messages that are there, one at least, and answers how many; 0 where
         * a socket of datagrams was shut down (the end of a stream is a message without bytes).
         * Descriptors come close-on-exec. MSG_ERRQUEUE: where there is
         * none, an error of the socket's queue of errors counts as one (its msg_flags say so).
         */
        PLATFORM_RECVMSG,
        /*
         * The same, sends: all of them, fewer only on failure or cancel; answers how many were sent
         * whole. Of a message on a stream that was sent in part the rest goes on, without what came
         * beside it: its vector and control are changed, and its msg_len, where it was 0 before,
         * tells how much of it was sent, also when the operation fails. MSG_ERRQUEUE: an error that
         * tells of an earlier message does not fail this one.
         */
        PLATFORM_SENDMSG,

        /*
         * The file system. A path is relative to `fd` (`address2` to `fd2`), a directory or
         * AT_FDCWD. "The object": with an empty path and AT_EMPTY_PATH that of `fd` itself; a
         * symbolic link is followed unless AT_SYMLINK_NOFOLLOW. Bytes: platform_op_bytes().
         */
        PLATFORM_SYNC_RANGE, /* fd, offset, bytes (0: to the end), flags: SYNC_FILE_RANGE_* */
        PLATFORM_SYNC_FS,    /* fd: all of its file system */
        PLATFORM_RENAME,     /* fd, address, fd2, address2, flags: RENAME_*. BENEATH */
        PLATFORM_UNLINK,     /* fd, address, flags: AT_REMOVEDIR or 0. BENEATH */
        PLATFORM_MKDIR,      /* fd, address, mode. BENEATH */
        /* fd, address: an entry, or the object of AT_EMPTY_PATH; fd2, address2: the new. BENEATH */
        PLATFORM_LINK,
        PLATFORM_SYMLINK,    /* fd, address: the new entry; address2: the target. BENEATH */
        PLATFORM_READLINK,   /* fd, address, address2, length; result: bytes, no zero. BENEATH */
        PLATFORM_TRUNCATE,   /* fd, offset: the new size */
        PLATFORM_ALLOCATE,   /* fd, offset, bytes, flags: FALLOC_FL_* */
        PLATFORM_CHMOD,      /* the object; mode. BENEATH */
        PLATFORM_CHOWN,      /* the object; length: user, mask: group (-1: as it is). BENEATH */
        PLATFORM_UTIMES,     /* the object; address2: struct timespec[2]. BENEATH */
        PLATFORM_ACCESS,     /* the object; mode: R_OK | ... BENEATH */
        /* fd: target, offset, fd2: source, address: its offset as a number, bytes; result: bytes */
        PLATFORM_COPY_RANGE,
        /*
         * fd, offset, bytes (0: to the end), flags: F_RDLCK, F_WRLCK, F_UNLCK: a lock of the open
         * file description (fcntl(2): OFD). Does not wait: -EAGAIN while another one is in the way
         */
        PLATFORM_LOCK,
        /*
         * address: int (*)(void *), address2: its argument, flags: PLATFORM_CALL_*; see call.h;
         * result: the function's. Cancelling takes it back where no thread has begun it.
         */
        PLATFORM_CALL,
        /*
         * address: struct platform_child (child.h), fd: -1, which the engine changes. Completes
         * with PLATFORM_MORE when the child runs, and without when it has ended and was reaped.
         * Cancelling it kills the child; the last completion is its end all the same.
         */
        PLATFORM_SPAWN,
        /*
         * Lists a directory and looks at each entry, in one go. fd, address: the directory, which
         * is beneath fd and no link; address2, length: room for a struct platform_scan and entries
         * (at least PLATFORM_SCAN_BYTES_MIN), offset: 0 to begin, or `next` to go on; result:
         * bytes. With a mask the directory is watched first, and it is the same one that is listed:
         * fd2. mode: that many more directories, without a mask: their paths stand behind the first
         * one, each behind the zero of the one before. They are listed one after the other, as long
         * as there is room, and it takes no more than some milliseconds; each that was has a struct
         * platform_scan, and nothing is said about the rest
         */
        PLATFORM_SCAN,
        /*
         * The object (fd, address, flags: AT_SYMLINK_NOFOLLOW) is watched: fd2: of
         * platform_watch_new(), mask: IN_*; result: the number that events have. BENEATH
         */
        PLATFORM_WATCH,
        PLATFORM_UNWATCH, /* fd: of platform_watch_new(), address: int32_t numbers[length] */
        /* the same: which of them are watched still. address2: uint8_t watched[length] */
        PLATFORM_WATCHED,
        PLATFORM_OP_CODES
};

#define PLATFORM_SYNC_DATA 1u

/* What GETDENTS writes: the kernel's struct linux_dirent64 (getdents64(2)). */
struct platform_record {
        uint64_t inode;
        int64_t offset; /* where a listing goes on behind this one */
        uint16_t bytes; /* of this record: the next one is behind */
        uint8_t type;   /* DT_* */
        char name[];    /* ends with a zero; "." and ".." are among them */
};

/* What SCAN writes of a directory: this, and then entries. */
struct platform_scan {
        uint64_t next;  /* 0: that was all of the directory; else it is the last in the buffer */
        int64_t number; /* with a mask: the directory's, which is watched now (WATCH) */
        uint32_t bytes; /* of this and the entries: the next directory is behind */
        int32_t error;  /* of a directory but the first, whose error is the operation's */
};

/* From `bytes` on as a struct platform_record, and aligned as that is: to be copied by words. */
struct platform_scan_entry {
        struct stat status; /* of the entry, not of what a link leads to; where there is no error */
        int32_t error;      /* of looking at it: -ENOENT where it is gone already */
        uint16_t length;    /* of the name, without the zero behind it */
        uint16_t unused;
        uint16_t bytes; /* of this record: the next one is behind */
        uint8_t type;   /* DT_*, of the listing */
        char name[];
};
#define PLATFORM_SCAN_BYTES_MIN 1024u

#define PLATFORM_IOV_MAX      64u
#define PLATFORM_MESSAGES_MAX 64u

/* Flags of an operation. */
enum {
        PLATFORM_OP_MULTI = 1u, /* completes many times (ACCEPT, RECV, SIGNAL) */
        /*
         * No step of the paths leads out of the directory that they are relative to: not an
         * absolute path, nor "..", nor a symbolic link (-EXDEV)
         */
        PLATFORM_OP_BENEATH = 2u,
        /*
         * SEND, SENDV: the kernel may read the bytes from where they lie, after it has said how
         * many it takes, until it has no use for them any more: on TCP, until the peer has them.
         * The completion comes then. Later sends on the descriptor do not wait for that. A hint:
         * where the bytes are copied after all, the completion says PLATFORM_COPIED.
         * Cancelled, or its descriptor closed, while the kernel reads: nothing but the end of a TCP
         * connection makes it let go, so the connection is reset.
         */
        PLATFORM_OP_ZERO_COPY = 4u,
        /* RECVMSG: most likely nothing is there, so it waits before it tries. A hint */
        PLATFORM_OP_POLL_FIRST = 8u,
        /*
         * READ, WRITE, and SEND with ZERO_COPY: the bytes lie in an area (area.h), whose number is
         * `mask`. A hint: where an engine has used that it is registered, the completion says
         * PLATFORM_REGISTERED. The area is not retired before that.
         */
        PLATFORM_OP_REGISTERED = 16u,
};

/* The bytes of all pieces of a message. */
static inline size_t platform_message_bytes(const struct msghdr *header)
{
        size_t bytes = 0;

        for (size_t i = 0; i < header->msg_iovlen; i++)
                bytes += header->msg_iov[i].iov_len;
        return bytes;
}

/* Flags of a completion. */
enum {
        PLATFORM_MORE = 1u,   /* further completions of this operation follow */
        PLATFORM_BUFFER = 2u, /* the received bytes are in the engine's buffer `buffer` */
        PLATFORM_RAN = 4u,    /* a call: its function has returned the result */
        PLATFORM_LEFT = 8u,   /* a call: it goes on, and its context is its own (call.h) */
        PLATFORM_COPIED = 16u, /* a send with ZERO_COPY: some of it was copied all the same */
        PLATFORM_REGISTERED = 32u, /* with the flag of that name: its last part was moved so */
};

struct platform_op {
        /* Filled in by the owner before submit, left alone after it. */
        uint8_t code;     /* enum platform_op_code */
        uint8_t op_flags; /* PLATFORM_OP_* */
        uint16_t mode;    /* permission bits of OPEN */
        int32_t fd;
        uint64_t offset; /* bytes; UINT64_MAX: the current position */
        void *address;
        void *address2;
        uint32_t length; /* bytes, or entries */
        uint32_t flags;
        int32_t fd2;
        uint32_t mask;
        /*
         * Called by the owner's loop with each completion, on the owner's thread; the engine only
         * stores it.
         */
        void (*complete)(struct platform_op *op, int32_t result, uint32_t flags, uint16_t buffer);
        /* The engine's own, all zero before submit. */
        struct platform_op *engine_next, *engine_previous;
        uint64_t engine[2];
};

/* A count of bytes in 64 bits, for the operations that say so. */
static inline void platform_op_set_bytes(struct platform_op *op, uint64_t bytes)
{
        op->length = (uint32_t)bytes;
        op->mask = (uint32_t)(bytes >> 32);
}

static inline uint64_t platform_op_bytes(const struct platform_op *op)
{
        return (uint64_t)op->mask << 32 | op->length;
}

struct platform_completion {
        struct platform_op *op;
        int32_t result;
        uint32_t flags;
        uint16_t buffer; /* with PLATFORM_BUFFER, which never comes without PLATFORM_MORE */
};

enum platform_io_kind { PLATFORM_IO_AUTO, PLATFORM_IO_URING, PLATFORM_IO_EPOLL, PLATFORM_IO_SIM };

struct platform_io_config {
        enum platform_io_kind kind;
        uint32_t entries;       /* submissions gathered before a system call; 0: 1024 */
        /* receive buffers of the engine; 0: 1024; rounded up to a power of two */
        uint32_t buffers;
        uint32_t buffer_bytes;  /* bytes in each; 0: 4096 */
        uint32_t pool_threads;  /* epoll: threads for files, at most; 0: 4 */
        uint64_t seed;          /* sim */
        uint32_t fault_per_mille; /* sim: how often an operation meets a fault, of 1000 */
        /*
         * uring, and epoll where it says so: PLATFORM_WITHOUT_*, so that a new kernel can stand in
         * for an old one
         */
        uint32_t without;
        /*
         * SIGNALs are submitted a while after they were asked for, by other threads: what they need
         * is made with the engine, and not when there may be no descriptor for it
         */
        bool signals;
};

/* What an engine on io_uring is to do without, though the kernel has it. */
enum {
        /* a ring as in 5.15: no DEFER_TASKRUN, SUBMIT_ALL, registered ring */
        PLATFORM_WITHOUT_SETUP_FLAGS = 1u,
        /* received bytes are put by us into buffers that we choose */
        PLATFORM_WITHOUT_BUFFER_RING = 2u,
        PLATFORM_WITHOUT_MULTISHOT = 4u,   /* accept and receive are armed again by us */
        PLATFORM_WITHOUT_WHOLE_SENDS = 8u, /* a short send is gone on with by us */
        /*
         * epoll as well: no openat2(2), no O_TMPFILE, no copy_file_range(2), ... : docs/platform.md
         */
        PLATFORM_WITHOUT_NEW_FILES = 16u,
        PLATFORM_WITHOUT_ZERO_COPY = 32u, /* each send copies */
};

/*
 * Makes an engine. AUTO takes io_uring where the kernel offers what is needed (5.15 and newer),
 * else epoll. Returns 0, or a negative errno: -ENOSYS or -EPERM where io_uring was asked for by
 * name and is not to be had, -EMFILE, -ENOMEM.
 */
int platform_io_new(const struct platform_io_config *config, struct platform_io **ret_io);
/* Frees an engine that has no operation under way (asserted). Takes NULL. */
struct platform_io *platform_io_free(struct platform_io *io);

void platform_io_submit(struct platform_io *io, struct platform_op *op);
void platform_io_cancel(struct platform_io *io, struct platform_op *op);

/*
 * Submits what was gathered and fills in up to `completions_max` completions. Waits at most
 * timeout_ns (0: does not wait; UINT64_MAX: until something happens) while there is none. Returns
 * how many there are; 0 after the time-out, a wake-up, or a signal.
 */
size_t platform_io_wait(struct platform_io *io, uint64_t timeout_ns,
                        struct platform_completion *completions, size_t completions_max);
/*
 * Makes a platform_io_wait() that is under way, or the next one, return. Any thread;
 * async-signal-safe.
 */
void platform_io_wake(struct platform_io *io);
/* A set of signals is a word: this for each of them. */
static inline uint64_t platform_signal_bit(int number)
{
        return UINT64_C(1) << (number - 1);
}
/*
 * A SIGNAL for the number is about to be submitted on another thread than this one: from now on one
 * that comes is kept for it, in place of its default action. A handler that somebody has installed
 * stays, and has what comes before the submit.
 */
void platform_signal_keep(int number);
/* Whether the signal was ignored until it was kept, so that children are to ignore it. */
bool platform_signal_was_ignored(int number);
/*
 * A thread that has a loop of its own may wait there for the engine: the descriptor is readable
 * (level-triggered) while the engine has something to do, between platform_io_sleep() and
 * platform_io_rise(). -EOPNOTSUPP where there is none: in the simulation, and on a ring that was
 * not made PLATFORM_WITHOUT_SETUP_FLAGS.
 */
int platform_io_descriptor(struct platform_io *io);
/*
 * The engine is about to be waited for in this way. Returns for how many nanoseconds at most; 0
 * where it has something to do already: then it does not sleep.
 */
uint64_t platform_io_sleep(struct platform_io *io);
/* It is not waited for any more. */
void platform_io_rise(struct platform_io *io);
/*
 * Another thread is to drive the engine for a while, because the one that made it is busy with
 * something else: called by that thread, which drives it from then on until it lends it with NULL.
 * Some engines have system calls that only their maker may make: then `ask(argument)` has
 * platform_io_serve() be called on the maker's thread, by a signal. Lent, an engine is slow.
 */
void platform_io_lend(struct platform_io *io, void (*ask)(void *argument), void *argument);
/* Makes the calls that were asked for. On the maker's thread; async-signal-safe. */
void platform_io_serve(struct platform_io *io);
/* How many operations have not had their last completion. */
size_t platform_io_pending(const struct platform_io *io);
/* True where a completion may be ready without a system call: asked between turns. */
bool platform_io_ready(struct platform_io *io);

/*
 * Buffers of the engine, which a RECV with MULTI fills. Each completion with PLATFORM_BUFFER hands
 * one to the owner, who gives it back. While all are out, such a RECV ends with -ENOBUFS (without
 * MORE) and is to be submitted again.
 */
void *platform_io_buffer(struct platform_io *io, uint16_t buffer);
void platform_io_buffer_release(struct platform_io *io, uint16_t buffer);

/*
 * Calls that neither wait nor block, on the engine's descriptors (the simulation has descriptors of
 * its own).
 */
int platform_socket_new(struct platform_io *io, int family, int type);
int platform_socket_listen(struct platform_io *io, const struct sockaddr *address, socklen_t length,
                           int backlog);
/* The same for a type of its own: SOCK_STREAM, SOCK_SEQPACKET. */
int platform_socket_listen_as(struct platform_io *io, int type, const struct sockaddr *address,
                              socklen_t length, int backlog);
/* Two Unix sockets of a type that are connected with each other. */
int platform_socket_pair(struct platform_io *io, int type, int ret_fds[2]);
int platform_socket_name(struct platform_io *io, int fd, bool peer, struct sockaddr_storage *ret,
                         socklen_t *ret_length);
int platform_socket_option(struct platform_io *io, int fd, int level, int option, int value);
/* An option of any kind is set, or asked for: *length is its room, and then its bytes. */
int platform_socket_option_set(struct platform_io *io, int fd, int level, int option,
                               const void *value, socklen_t length);
int platform_socket_option_get(struct platform_io *io, int fd, int level, int option, void *value,
                               socklen_t *length);
/* Gives a socket its own address; a datagram socket its peer, or (AF_UNSPEC) none. */
int platform_socket_bind(struct platform_io *io, int fd, const struct sockaddr *address,
                         socklen_t length);
int platform_socket_peer(struct platform_io *io, int fd, const struct sockaddr *address,
                         socklen_t length);
/*
 * At once, for a library that speaks for itself on sockets that do not block (c-ares); a socket of
 * the kernel, so not in the simulation. As recvfrom(2) and writev(2); a negative errno.
 */
int64_t platform_socket_receive_now(int fd, void *bytes, size_t length, int flags,
                                    struct sockaddr *ret_from, socklen_t *from_length);
int64_t platform_socket_send_now(int fd, const struct iovec *pieces, int count);
/* The index of a network interface, by its name, or a negative errno. */
int platform_interface(struct platform_io *io, const char *name);
int platform_pipe_new(struct platform_io *io, int ret_fds[2]);
/* Another number for the same file, close-on-exec, 3 or above. -EBADF, -EMFILE,
 * -EOPNOTSUPP in the simulation. */
int platform_duplicate(struct platform_io *io, int fd);
/* A descriptor closed at once, in teardown, where no operation can be awaited. */
void platform_close_now(struct platform_io *io, int fd);

/* A name removed from a directory at once, in teardown; what is wrong is told to nobody. */
void platform_unlink_now(struct platform_io *io, int directory, const char *name);

/* 64 random bits: the seed's in the simulation. */
uint64_t platform_io_random(struct platform_io *io);

/*
 * What happens to files: a descriptor from which PLATFORM_READ reads whole struct inotify_event,
 * one at least. -EMFILE; -EUSERS: the user's limit of them.
 */
int platform_watch_new(struct platform_io *io);
/* How many bytes of events can be read just now. */
int platform_watch_pending(struct platform_io *io, int fd);
enum platform_watch_limit {
        PLATFORM_WATCH_INSTANCES,
        PLATFORM_WATCH_PLACES,
        PLATFORM_WATCH_EVENTS
};
/*
 * A limit, for reports; -1 where it is not known. *ret_name: of the sysctl that sets it; the first
 * two may be the user's or those of the user namespace (a container's), whichever is lower.
 */
int64_t platform_watch_limit(struct platform_io *io, enum platform_watch_limit limit,
                             const char **ret_name);

/* The engine's clock, monotonic, in nanoseconds: virtual in the simulation. */
uint64_t platform_io_now(struct platform_io *io);

const char *platform_io_name(const struct platform_io *io);
/* True of an engine whose descriptors are not the kernel's. */
bool platform_io_is_simulated(const struct platform_io *io);
/* The name of an operation's code, "READ"; "unknown". */
const char *platform_op_name(uint8_t code);
/*
 * A line for `mori info`: the features that were found. Writes at most `bytes`, always terminated.
 */
void platform_io_describe(const struct platform_io *io, char *text, size_t bytes);
/*
 * Calls `take` for each range of memory of its own that an engine will use and that is touched as
 * it goes: its buffers, and the first of what it has for each descriptor.
 */
#define PLATFORM_MEMORY_DESCRIPTORS 1024u
void platform_io_memory(const struct platform_io *io,
                        void (*take)(void *address, size_t bytes, void *argument), void *argument);

/* How a backend presents itself: the first member of its engine. Private to src/platform. */
struct platform_io_ops {
        const char *name;
        void (*free)(struct platform_io *io);
        void (*submit)(struct platform_io *io, struct platform_op *op);
        void (*cancel)(struct platform_io *io, struct platform_op *op);
        size_t (*wait)(struct platform_io *io, uint64_t timeout_ns,
                       struct platform_completion *completions, size_t completions_max);
        void (*wake)(struct platform_io *io);
        /* NULL where there is no descriptor */
        int (*descriptor)(struct platform_io *io);
        uint64_t (*sleep)(struct platform_io *io);
        void (*rise)(struct platform_io *io);
        /* NULL where any thread may drive it */
        void (*lend)(struct platform_io *io, void (*ask)(void *argument), void *argument);
        void (*serve)(struct platform_io *io);
        bool (*ready)(struct platform_io *io);
        void *(*buffer)(struct platform_io *io, uint16_t buffer);
        void (*buffer_release)(struct platform_io *io, uint16_t buffer);
        int (*socket_new)(struct platform_io *io, int family, int type);
        int (*socket_listen)(struct platform_io *io, int type, const struct sockaddr *address,
                             socklen_t length, int backlog);
        int (*socket_pair)(struct platform_io *io, int type, int ret_fds[2]);
        int (*socket_name)(struct platform_io *io, int fd, bool peer, struct sockaddr_storage *ret,
                           socklen_t *ret_length);
        int (*socket_option_set)(struct platform_io *io, int fd, int level, int option,
                                 const void *value, socklen_t length);
        int (*socket_option_get)(struct platform_io *io, int fd, int level, int option, void *value,
                                 socklen_t *length);
        int (*socket_bind)(struct platform_io *io, int fd, const struct sockaddr *address,
                           socklen_t length);
        int (*socket_peer)(struct platform_io *io, int fd, const struct sockaddr *address,
                           socklen_t length);
        int (*interface)(struct platform_io *io, const char *name);
        int (*pipe_new)(struct platform_io *io, int ret_fds[2]);
        int (*duplicate)(struct platform_io *io, int fd); /* NULL: not supported */
        int (*watch_new)(struct platform_io *io);
        int (*watch_pending)(struct platform_io *io, int fd);
        int64_t (*watch_limit)(struct platform_io *io, enum platform_watch_limit limit,
                               const char **ret_name);
        void (*close_now)(struct platform_io *io, int fd);
        void (*unlink_now)(struct platform_io *io, int directory, const char *name);
        uint64_t (*random)(struct platform_io *io);
        uint64_t (*now)(struct platform_io *io);
        void (*describe)(const struct platform_io *io, char *text, size_t bytes);
        /* NULL where all of it is the heap's */
        void (*memory)(const struct platform_io *io,
                       void (*take)(void *address, size_t bytes, void *argument), void *argument);
        bool simulates; /* runs each PLATFORM_CALL by itself, when its seed says */
};

/* Calls, linked (crew.h). Private to src/platform. */
struct platform_call_list {
        struct platform_op *first, *last;
        uint32_t count;
};

/* How much good spinning has done of late (crew.h). Private to src/platform. */
struct platform_call_patience {
        uint32_t left, skipped;
};

/* The calls of an engine (call.c). Private to src/platform. */
struct platform_calls {
        uint32_t under_way;
        struct platform_call_patience patience;
        bool spin; /* before the next sleep, perhaps */
        struct platform_call_list gathered[2], finished;
        struct platform_op *done; /* a stack that threads push to */
};

struct platform_io {
        const struct platform_io_ops *ops;
        size_t pending;
        struct platform_calls calls;
};

/*
 * The backends' constructors: each checks and completes its own part of the configuration. Private
 * to src/platform.
 */
int platform_uring_new(const struct platform_io_config *config, struct platform_io **ret_io);
int platform_epoll_new(const struct platform_io_config *config, struct platform_io **ret_io);
int platform_sim_new(const struct platform_io_config *config, struct platform_io **ret_io);
