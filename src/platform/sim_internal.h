/* SPDX-License-Identifier: MIT */
/*
 * The inside of the simulation: its records, and what its files offer one another. Included by
 * `sim*.c` only.
 *
 *   sim.c             the engine: submit, cancel, wait, completions, engine buffers
 *   sim_event.c       dice, clock, the queue of events, the running hash
 *   sim_operation.c   records of operations, their queues; watch and poison
 *   sim_fault.c       which operation meets which fault
 *   sim_descriptor.c  descriptors and what they stand for
 *   sim_tree.c        nodes, directories, paths, the contents of files
 *   sim_file.c        the operations on files
 *   sim_watch.c       watching files
 *   sim_name.c        those on names and attributes; sim_lock.c: locks
 *   sim_stream.c      byte queues, pipes, standard streams: sources and sinks
 *   sim_socket.c      sockets and connections; sim_address.c: their addresses
 *   sim_datagram.c    datagram sockets
 *   sim_message.c     descriptors and credentials over Unix sockets, and packets
 *   sim_transfer.c    the operations that move bytes through sources and sinks; poll
 *   sim_control.c     what sim.h offers; sim_import.c: real trees
 */
#pragma once

#include "platform/sim.h"

#include <limits.h>
#include <netinet/in.h>
#include <sys/inotify.h>
#include <sys/un.h>
#include <time.h>

#define SIM_SIGNALS 64
#define SIM_NAME_MAX 255
#define SIM_MOVE_MAX 0x7ffff000u /* bytes that one operation moves at most, as on Linux */
#define SIM_POISON 0xa5

#define sim_assert(sim, expression)                                                                \
        ((expression) ? (void)0 : sim_fatal((sim), "assertion failed: %s (%s:%d)", #expression,   \
                                            __FILE__, __LINE__))

/*
 * Each purpose draws from a sequence of its own, so that one more fault does not shift every
 * latency behind it.
 */
enum sim_dice { SIM_DICE_ORDER, SIM_DICE_FAULT, SIM_DICE_NAMES, SIM_DICE_PROGRAM, SIM_DICES };

struct sim_random {
        uint64_t state[4];
};

enum sim_event_kind { SIM_EVENT_ATTEMPT, SIM_EVENT_CANCEL };

struct sim_event {
        uint64_t time;
        uint64_t tie;   /* drawn: decides between events at the same time */
        uint64_t order; /* counts events: decides where the dice are equal, too */
        uint64_t number; /* of the operation; an event whose operation is gone is stale */
        uint32_t slot;
        uint32_t stamp; /* ATTEMPT: the operation's stamp when it was scheduled */
        enum sim_event_kind kind;
};

/* A ring of bytes that grows up to its limit. */
struct sim_bytes {
        uint8_t *bytes;
        size_t head;
        size_t length;
        size_t size;  /* a power of two, or 0 */
        size_t limit;
};

struct sim_operation;

/* Operations in order of submission. Only the first one of a queue is attempted. */
struct sim_queue {
        struct sim_link *first, *last;
};

struct sim_link {
        struct sim_queue *queue; /* NULL where it is in none */
        struct sim_link *next, *previous;
        struct sim_operation *operation;
};

enum sim_direction { SIM_IN, SIM_OUT };

enum sim_state {
        SIM_SCHEDULED, /* an event will attempt it */
        SIM_WAITING,   /* until its queue or its object lets it go on */
};

/* What an attempt answers. */
enum sim_step {
        SIM_STEP_DONE,  /* `result`, `flags` and `buffer` tell the completion */
        SIM_STEP_WAIT,  /* would block */
        SIM_STEP_AGAIN, /* has got on, and is not done yet */
        SIM_STEP_LENT,  /* has got on, and is scheduled */
};

struct sim_operation {
        struct platform_op *op;
        struct platform_op copy; /* as it was submitted */
        uint64_t number;         /* counts operations; never 0 */
        uint32_t slot;
        uint32_t stamp;
        enum sim_state state;
        int error;        /* is its result, whatever it tries; 0 for none */
        bool reset;       /* fault: resets its connection first */
        bool shortened;   /* fault: moves fewer bytes */
        bool asked;       /* a cancellation is under way */
        uint8_t arrived;  /* SIGNAL: the number of one that has; 0: none */
        bool whole;       /* WRITE to a pipe or socket: goes on until all is written */
        bool lent;        /* SEND with ZERO_COPY: it has moved all, and its bytes are still read */
        uint64_t deadline; /* CONNECT: when it gives up; 0: not waiting for the other side yet */
        struct sim_description *target, *second;
        struct sim_link link[2];
        struct iovec one; /* the vector of an operation with one buffer */
        const struct iovec *parts;
        size_t part_count;
        size_t bytes;      /* in all parts, at most SIM_MOVE_MAX */
        size_t moved;      /* so far */
        /* RECV with MSG_WAITALL: the bytes so far; they reach the buffer at completion */
        uint8_t *stage;
        bool watched, poisoned; /* as it was at submit */
        uint64_t digest;   /* of what the program has promised to leave alone */
        /* the completion */
        int32_t result;
        uint32_t flags;
        uint16_t buffer;
};

/* An inode. */
struct sim_entry {
        /* of the name; drawn from the seed, so that programs see directories in any order */
        uint64_t key;
        char *name;
        struct sim_node *node;
};

struct sim_node {
        uint64_t number;
        uint32_t mode; /* type and permission bits */
        uint32_t references;
        uint32_t links;
        uint64_t changed_ns; /* virtual */
        uint64_t born_ns;
        /* of the Unix epoch; reading does not touch the first */
        struct timespec accessed, modified;
        struct sim_lock *locks;
        uint32_t marks; /* of watchers */
        uint8_t *bytes; /* a file's content, or a link's target with its final zero */
        size_t size, capacity;
        struct sim_node *parent; /* of a directory; NULL once it is removed */
        struct sim_entry *entries;
        size_t entry_count, entry_capacity;
        struct sim_socket *listener; /* of a socket's name; NULL when it is closed */
};

struct sim_pipe {
        struct sim_bytes bytes;
        struct sim_description *reader, *writer; /* NULL once closed */
};

enum sim_socket_state {
        SIM_SOCKET_NEW,
        SIM_SOCKET_LISTENING,
        SIM_SOCKET_CONNECTED,
        SIM_SOCKET_DATAGRAM
};

struct sim_address {
        struct sockaddr_storage name;
        socklen_t length;
};

struct sim_socket {
        struct sim_description *description; /* NULL while in a listener's queue */
        enum sim_socket_state state;
        int family;
        struct sim_address local, remote;
        uint16_t port; /* counted in the table of ports; 0: none */
        /* connected */
        struct sim_socket *peer;  /* NULL once that side is gone */
        struct sim_bytes receive; /* sent by the peer, not yet read */
        uint64_t given;           /* bytes that ever went into it */
        struct sim_parcel *parcels; /* what came beside bytes of it; or each packet's bounds */
        size_t parcels_count;
        bool packets;     /* SOCK_SEQPACKET */
        bool credentials; /* SO_PASSCRED */
        bool end_received;        /* the peer sends no more */
        bool send_shut, receive_shut;
        bool reset;
        int error; /* positive; told once */
        /* listening */
        struct sim_socket *queue_first, *queue_last; /* to be accepted; linked by `next` */
        uint32_t queued, backlog;
        struct sim_queue connecting; /* operations that wait for room in the queue */
        struct sim_socket *next, *previous;
        struct sim_node *node; /* of a Unix listener, or datagram socket, with a path */
        /* datagrams; who waits for room stands in `connecting` */
        struct sim_datagram *datagrams; /* received, the first to be read first */
        size_t datagram_bytes;
        uint64_t dropped;
        bool named, has_peer; /* of a pair: the peer is `peer` */
        bool shared; /* SO_REUSEADDR or SO_REUSEPORT */
        bool errors; /* IP_RECVERR */
};

enum sim_kind { SIM_NODE, SIM_PIPE, SIM_SOCKET, SIM_INPUT, SIM_OUTPUT, SIM_WATCH };

/*
 * What a descriptor stands for (POSIX: open file description). Operations under way hold it, too.
 */
struct sim_description {
        struct sim *sim;
        enum sim_kind kind;
        uint32_t references;
        uint32_t flags; /* O_* */
        int number;     /* SIM_OUTPUT: 1 or 2 */
        uint64_t position;
        struct sim_node *node;
        struct sim_pipe *pipe;
        struct sim_socket *socket;
        struct sim_watcher *watcher;
        struct sim_queue queue[2]; /* by enum sim_direction */
        struct sim_queue polls;    /* in no order: each is attempted */
        struct sim_queue lent;     /* sends whose bytes are still read: the same */
};

struct sim {
        struct platform_io io;
        struct platform_io_config config;
        struct sim_random dice[SIM_DICES];
        uint64_t now_ns;
        uint64_t hash;
        bool quiet;
        bool woken; /* atomic */
        bool watch, poison, echo;

        struct sim_event *events; /* a binary heap */
        size_t event_count, event_capacity;
        uint64_t event_order;

        struct sim_operation **slots;
        uint32_t *slots_free;
        uint32_t slot_count, slot_capacity, slots_free_count;
        uint64_t numbers;

        struct platform_completion *completions; /* of the wait that is under way */
        size_t completion_count;

        uint32_t fault_mask;
        uint64_t fail_number; /* the operation that fails; 0: none */
        int fail_error;

        struct platform_sim_limits limits;
        struct platform_sim_statistics statistics;

        struct sim_description **descriptors;
        uint32_t descriptor_capacity, descriptor_count;
        uint32_t descriptor_lowest; /* no free one below */

        struct sim_node *root;
        uint64_t node_numbers;
        uint64_t name_key;

        struct sim_parcel *parcels; /* all there are */
        struct sim_watcher *watchers;
        uint32_t watcher_count, mark_count, watch_cookie;
        bool watch_quiet; /* the tree changes in a way that is told by itself */

        struct sim_socket *listeners;
        struct sim_socket *datagrams; /* datagram sockets that have a name */
        uint16_t *ports; /* how many sockets use each */
        uint32_t autobind;

        struct sim_bytes input;
        struct sim_bytes output[2];

        struct sim_queue signals;
        uint64_t signals_pending; /* arrived while nobody waited; a platform_signal_bit() each */

        uint8_t *buffer_memory;
        uint16_t *buffers_free;
        bool *buffer_out;
        uint32_t buffer_count, buffers_free_count;
};

extern const struct platform_io_ops sim_ops;

/* The simulation behind an engine; asserts that it is one. */
struct sim *sim_of(struct platform_io *io);

/* sim_event.c */
_Noreturn void sim_fatal(const struct sim *sim, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
void *sim_allocate(struct sim *sim, size_t bytes); /* zeroed; there is no way on without memory */
void *sim_reallocate(struct sim *sim, void *memory, size_t bytes);
void sim_dice_seed(struct sim *sim, uint64_t seed);
/* below `bound`, which is not 0 */
uint64_t sim_roll(struct sim *sim, enum sim_dice dice, uint64_t bound);
uint64_t sim_mix(uint64_t value);
uint64_t sim_digest(uint64_t digest, const void *bytes, size_t length);
void sim_note(struct sim *sim, uint64_t value); /* into the running hash */
void sim_event_add(struct sim *sim, enum sim_event_kind kind, const struct sim_operation *operation,
                   uint64_t delay_ns);
/* The next event that is not stale; false where there is none. */
bool sim_event_peek(struct sim *sim, struct sim_event *ret_event);
void sim_event_pop(struct sim *sim);

/* sim_operation.c */
struct sim_operation *sim_operation_new(struct sim *sim, struct platform_op *op);
void sim_operation_free(struct sim *sim, struct sim_operation *operation);
/* The operation that an op is under way as; NULL where it is not. */
struct sim_operation *sim_operation_of(struct sim *sim, const struct platform_op *op);
void sim_operation_schedule(struct sim *sim, struct sim_operation *operation, uint64_t delay_ns);
/* Attempts it soon, if it waits. */
void sim_operation_kick(struct sim *sim, struct sim_operation *operation);
bool sim_operation_is_first(const struct sim_operation *operation);
/* one of its queues */
void sim_operation_leave(struct sim *sim, struct sim_operation *operation, unsigned link);
/* Watch and poison: taken at submit, checked before an attempt and at the last completion. */
void sim_operation_seal(struct sim *sim, struct sim_operation *operation);
void sim_operation_check(struct sim *sim, struct sim_operation *operation);
void sim_operation_check_poison(struct sim *sim, struct sim_operation *operation);
/* The contiguous piece of its buffers behind the first `skip` bytes. */
void *sim_operation_piece(const struct sim_operation *operation, size_t skip, size_t *ret_length);
void sim_operation_scatter(struct sim_operation *operation, size_t skip, const uint8_t *bytes,
                           size_t length);
uint64_t sim_operation_digest_result(struct sim *sim, const struct sim_operation *operation);
const char *sim_operation_name(uint8_t code);
enum sim_step sim_done(struct sim_operation *operation, int64_t result);
void sim_queue_add(struct sim_queue *queue, struct sim_operation *operation, unsigned link);
void sim_queue_kick(struct sim *sim, struct sim_queue *queue);
/* Asks for the end of an operation, once; it races with the operation's own. */
void sim_operation_cancel(struct sim *sim, struct sim_operation *operation);
void sim_queue_cancel(struct sim *sim, struct sim_queue *queue);
/* It has moved its bytes, which are still read: those behind it need not wait for that. */
void sim_operation_lend(struct sim *sim, struct sim_operation *operation);

/* sim_fault.c */
uint64_t sim_latency(struct sim *sim, const struct sim_operation *operation);
/*
 * Draws the fault of an operation, at submit (`first`) and when one with MULTI goes on; returns the
 * delay that it adds.
 */
uint64_t sim_fault_choose(struct sim *sim, struct sim_operation *operation, bool first);
/* Counts a call that is no operation; returns the error that it is to fail with, or 0. */
int sim_fault_call(struct sim *sim, bool opens);
bool sim_fault_early(struct sim *sim); /* a wait is to return early */

/* sim_descriptor.c */
struct sim_description *sim_description_new(struct sim *sim, enum sim_kind kind);
struct sim_description *sim_description_unref(struct sim *sim, struct sim_description *description);
struct sim_description *sim_descriptor_get(struct sim *sim, int fd);
bool sim_descriptor_is_full(const struct sim *sim);
/* Takes over the reference; -EMFILE where there is no room, and then not. */
int sim_descriptor_add(struct sim *sim, struct sim_description *description);
int sim_descriptor_close(struct sim *sim, int fd);
/* The first operation of that direction, and all polls, are attempted again. Takes NULL. */
void sim_description_kick(struct sim *sim, struct sim_description *description,
                          enum sim_direction direction);

/* sim_tree.c */
struct sim_place {
        struct sim_node *directory;
        struct sim_node *node; /* NULL: the last name is not there */
        char name[SIM_NAME_MAX + 1];
        bool slash; /* the path ends in one */
};
int sim_path_walk(struct sim *sim, struct sim_node *start, const char *path, bool follow,
                  struct sim_place *ret_place);
/* The same, where no step may lead out of `start`: -EXDEV. */
int sim_path_walk_beneath(struct sim *sim, struct sim_node *start, const char *path, bool follow,
                          struct sim_place *ret_place);
struct sim_node *sim_node_new(struct sim *sim, uint32_t mode);
struct sim_node *sim_node_ref(struct sim_node *node);
struct sim_node *sim_node_unref(struct sim *sim, struct sim_node *node);
void sim_directory_add(struct sim *sim, struct sim_node *directory, const char *name,
                       struct sim_node *node);
void sim_directory_remove(struct sim *sim, struct sim_node *directory, const char *name);
/* Gives an entry another name, which is free, and maybe another directory. */
void sim_directory_move(struct sim *sim, const struct sim_place *from, const struct sim_place *to);
/*
 * A place in a listing that stays where it is when names come and go: SIM_LISTING_BEGIN before the
 * first name, and each entry has one. Of two names whose keys differ in their last two bits alone,
 * which no run will see, the second would be left out.
 */
#define SIM_LISTING_BEGIN 2
uint64_t sim_directory_position(const struct sim_entry *entry);
/* The first entry behind a place; NULL at the end. */
const struct sim_entry *sim_directory_next(const struct sim_node *directory, uint64_t position);
void sim_tree_free(struct sim *sim);
void sim_node_touch(struct sim *sim, struct sim_node *node); /* its content has changed now */
void sim_node_truncate(struct sim *sim, struct sim_node *node);
/* 0, or -ENOSPC: a file has no holes here. */
int sim_node_resize(struct sim *sim, struct sim_node *node, uint64_t size);
/* The virtual time as a file has it. */
struct timespec sim_time(uint64_t virtual_ns);
size_t sim_node_read(const struct sim_node *node, uint64_t offset, void *bytes, size_t length);
ssize_t sim_node_write(struct sim *sim, struct sim_node *node, uint64_t offset, const void *bytes,
                       size_t length);

/* sim_file.c */
enum sim_step sim_step_open(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_file_read(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_file_write(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_statx(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_getdents(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_scan(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_fsync(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_sync_range(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_truncate(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_allocate(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_copy_range(struct sim *sim, struct sim_operation *operation);
/* Where a path that is relative to `from` (NULL: the working directory) leads. */
int sim_place_find(struct sim *sim, const struct sim_operation *operation,
                   const struct sim_description *from, const char *path, bool follow,
                   struct sim_place *ret_place);
bool sim_is_readable(uint32_t flags);
bool sim_is_writable(uint32_t flags);

/* sim_name.c */
enum sim_step sim_step_rename(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_unlink(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_mkdir(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_link(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_symlink(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_readlink(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_chmod(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_chown(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_utimes(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_access(struct sim *sim, struct sim_operation *operation);
int sim_unlink_now(struct sim *sim, struct sim_node *directory, const char *name);
#define SIM_UMASK 022u
#define SIM_USER  1000u /* owns everything; its group has the same number */

/* sim_watch.c */
int sim_watch_new(struct sim *sim);
int sim_watch_pending(struct sim *sim, int fd);
bool sim_watch_ready(const struct sim_watcher *watcher);
void sim_watch_close(struct sim *sim, struct sim_watcher *watcher);
/* What happened: IN_CREATE or IN_DELETE of an entry; a rename; IN_MODIFY and the like. */
void sim_watch_entry(struct sim *sim, const struct sim_node *directory, const char *name,
                     const struct sim_node *node, uint32_t mask);
void sim_watch_moved(struct sim *sim, const struct sim_place *from, const struct sim_place *to,
                     const struct sim_node *node);
void sim_watch_content(struct sim *sim, const struct sim_node *node, uint32_t mask);
/* A node that has no name, and that nobody else holds. */
void sim_watch_gone(struct sim *sim, struct sim_node *node);
/* The node is watched by what the second descriptor of an operation stands for: its number. */
int sim_watch_node(struct sim *sim, const struct sim_description *queue, struct sim_node *node,
                   uint32_t mask);
enum sim_step sim_step_watch(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_unwatch(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_watched(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_watch_read(struct sim *sim, struct sim_operation *operation);

/* sim_lock.c */
enum sim_step sim_step_lock(struct sim *sim, struct sim_operation *operation);
/* A description that is closed holds none any more. */
void sim_locks_drop(struct sim_node *node, const struct sim_description *description);

/* sim_stream.c */
void sim_bytes_push(struct sim *sim, struct sim_bytes *queue, const void *bytes, size_t length);
void sim_bytes_copy(const struct sim_bytes *queue, void *bytes, size_t length);
void sim_bytes_drop(struct sim_bytes *queue, size_t length);
void sim_bytes_free(struct sim_bytes *queue);
int sim_pipe_new(struct sim *sim, int ret_fds[2]);
void sim_pipe_close(struct sim *sim, struct sim_description *description);
bool sim_is_source(const struct sim_description *description);
bool sim_is_sink(const struct sim_description *description);
/*
 * 1: there are bytes, in *ret_queue; 0: the end; -EAGAIN: wait; else an error, which is told only
 * once if `take`.
 */
int sim_source_look(struct sim_description *description, bool take, struct sim_bytes **ret_queue);
/*
 * 0: there is room for at least `need` (a NULL queue swallows all); -EAGAIN: wait; else an error,
 * as above.
 */
int sim_sink_look(struct sim_description *description, size_t need, bool take,
                  struct sim_bytes **ret_queue, size_t *ret_room);
/* Bytes were dropped from a source's queue. */
void sim_source_taken(struct sim_description *description);
/* Puts bytes into a sink, into the queue that a look has answered. */
void sim_sink_give(struct sim_description *description, struct sim_bytes *queue, const void *bytes,
                   size_t length);

/* sim_address.c */
int sim_address_set(int family, const struct sockaddr *name, socklen_t length,
                    struct sim_address *ret);
uint16_t sim_address_port(const struct sim_address *address);
void sim_address_set_port(struct sim_address *address, uint16_t port);
bool sim_address_is_any(const struct sim_address *address);
bool sim_address_is_loopback(const struct sim_address *address);
bool sim_address_has_path(const struct sim_address *address);
/*
 * What a listener at `address` hears: connections to `to`, also from IPv4 where it listens to all
 * of IPv6.
 */
bool sim_address_hears(const struct sim_address *address, const struct sim_address *to);
bool sim_address_collides(const struct sim_address *a, const struct sim_address *b);
void sim_address_localize(struct sim_address *address);               /* any becomes loopback */
void sim_address_map(struct sim_address *address);                    /* IPv4 becomes IPv6-mapped */

/* sim_socket.c */
int sim_socket_new(struct sim *sim, int family, int type);
int sim_socket_listen(struct sim *sim, int type, const struct sockaddr *name, socklen_t length,
                      int backlog);
int sim_socket_pair(struct sim *sim, int type, int ret_fds[2]);
int sim_socket_name(struct sim *sim, int fd, bool peer, struct sockaddr_storage *ret,
                    socklen_t *ret_length);
int sim_socket_option_set(struct sim *sim, int fd, int level, int option, const void *value,
                          socklen_t length);
int sim_socket_option_get(struct sim *sim, int fd, int level, int option, void *value,
                          socklen_t *length);
int sim_socket_bind(struct sim *sim, int fd, const struct sockaddr *name, socklen_t length);
int sim_socket_peer(struct sim *sim, int fd, const struct sockaddr *name, socklen_t length);
/* A port that nobody has; 0: all are taken. */
uint16_t sim_port_find(struct sim *sim);
void sim_port_take(struct sim *sim, struct sim_socket *socket, uint16_t port);
/* Gives a Unix socket the name that `local` says: -EADDRINUSE, ... */
int sim_socket_bind_unix(struct sim *sim, struct sim_socket *socket);
/* Whose name a path is; *ret_socket is NULL where its socket is gone. */
int sim_socket_at_path(struct sim *sim, const struct sim_address *to,
                       struct sim_socket **ret_socket);
void sim_socket_close(struct sim *sim, struct sim_socket *socket);
/* Resets a connection; `lossy` loses bytes that were under way. */
void sim_socket_reset(struct sim *sim, struct sim_socket *socket, bool lossy);
enum sim_step sim_step_accept(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_connect(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_shutdown(struct sim *sim, struct sim_operation *operation);

/* sim_datagram.c */
int sim_datagram_bind(struct sim *sim, struct sim_socket *socket,
                      const struct sim_address *address);
int sim_datagram_peer(struct sim *sim, struct sim_socket *socket, const struct sockaddr *name,
                      socklen_t length);
int sim_datagram_find(struct sim *sim, const struct sim_address *from,
                      const struct sim_address *to, struct sim_socket **ret_socket);
void sim_datagram_close(struct sim *sim, struct sim_socket *socket);
enum sim_step sim_step_send_messages(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_receive_messages(struct sim *sim, struct sim_operation *operation);
/* Of the names and the bytes of the first `count` messages. */
uint64_t sim_datagram_digest(const struct platform_op *op, size_t count);
/* Whether a message names memory that cannot be. */
bool sim_datagram_is_wrong(const struct platform_op *op);

/* sim_message.c */
enum sim_step sim_step_send_message(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_receive_message(struct sim *sim, struct sim_operation *operation);
/* What came beside bytes that were taken otherwise is let go; all of it; that of the last bytes. */
void sim_parcels_passed(struct sim *sim, struct sim_socket *socket);
void sim_parcels_drop(struct sim *sim, struct sim_socket *socket);
void sim_parcels_lose(struct sim *sim, struct sim_socket *socket, size_t bytes);
void sim_parcels_free(struct sim *sim);

/* sim_transfer.c */
enum sim_step sim_step_receive(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_receive_multi(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_send(struct sim *sim, struct sim_operation *operation);
/* Bytes of a send with ZERO_COPY are not read any more: its connection is reset where they were. */
void sim_send_cut(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_sendfile(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_splice(struct sim *sim, struct sim_operation *operation);
enum sim_step sim_step_poll(struct sim *sim, struct sim_operation *operation);
