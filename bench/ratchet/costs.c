/* SPDX-License-Identifier: MIT */
/*
 * What do the core operations cost in instructions, system calls and allocations?
 *
 *      costs OPERATION COUNT
 *
 * Does OPERATION COUNT times, and prints how often malloc was called meanwhile. bench/ratchet/check
 * runs it under callgrind with two counts: the difference is the price of what lies between.
 * Nothing here looks at a clock or a random number.
 *
 *      none            a loop that does nothing: what of the others is the loop
 *      await           an await that does not wait
 *      await_further   the same in a loop of an activity whose segment has no room for the callee
 *      gate            a call of a sync function
 *      start_join      start and join of an activity that never waits
 *      start_wait_join start, a wait for the next turn, end and join
 *      yield           a turn: mori_yield() of two activities that do nothing else
 *      queue           an item through a queue of 64
 *      hop             a hop in a ring of 64 activities with queues of one item
 *      lock            a lock, taken and released
 *      rwlock          a reader-writer lock, taken to read and released
 *      semaphore       a permit, taken and given back
 *      wide            an iteration of a wide loop that never waits
 *      deadline        a block with a deadline, entered and left
 *      then            a promise made, called back, resolved and freed by sync code, 64 at a time
 *      then_wait       the same, an activity waiting instead of a callback
 *      process         a process started, which returns at once, and joined
 *      alloc           a block of 48 bytes of the process's heap, and back
 *      echo            64 bytes to a connected socket, echoed by an activity, and read again
 *      echo_loan       the same where the echo borrows what came
 *      file_open_close a file opened by its path, and closed
 *      file_stat       a file looked at by its path
 *      file_read       4 KiB read at a place in a file
 *      file_write      4 KiB written there
 *      object_near     a pulled call of an object of the same process
 *      object_call     one of an object of another process of the same seat, there and back
 *      object_send     the same sent, 64 at a time, and joined
 *      object_chain    ten calls sent at once, each of an object that the one before promises
 *      suspended_one   memory for the stack of an activity that waits in one small frame
 *      suspended_two   in two small frames
 *      suspended_loop  in a frame of 100 bytes that is called in a loop
 *
 * The last three count activities, and print bytes.
 */
#include "stack/stack.h"

/* After the runtime's headers: the keywords are names of fields there. */
#include "../adder.h"
#include "../bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define OPAQUE        __attribute__((noipa))
#define RING          64
#define MESSAGE_BYTES 64
#define PAGE_BYTES    4096
#define FILE_PATH     "/ratchet" /* in the simulation */

/*
 * Valgrind lets the first thread's stack grow only while the stack pointer is on it. The runtime
 * comes back to it from stacks of its own, so it is made large enough before.
 */
__attribute__((constructor)) static void stack_grow(void)
{
        volatile char bytes[256 << 10];

        for (size_t i = 0; i < sizeof bytes; i += 4096)
                bytes[i] = 0;
}

OPAQUE static uint64_t plain(uint64_t x)
{
        return x + 1;
}

OPAQUE static async uint64_t awaited(uint64_t x)
{
        return __builtin_expect(x == UINT64_MAX, 0) ? (uint64_t)await mori_yield() : x + 1;
}

OPAQUE static async uint64_t waits(uint64_t x)
{
        await mori_yield();
        return x + 1;
}

static async int none(uint64_t count)
{
        for (uint64_t i = 0; i < count; i++)
                __asm__ volatile("");
        return 0;
}

static async int awaits(uint64_t count)
{
        for (uint64_t i = 0; i < count; i++)
                (void)await awaited(i);
        return 0;
}

/* A frame of its own, larger than what a first segment has left over. */
OPAQUE static async uint64_t awaited_further(uint64_t x)
{
        uint64_t words[8] = {x, x + 1, x + 2, x + 3, x + 4, x + 5, x + 6, x + 7};

        __asm__ volatile("" : : "r"(words) : "memory");
        return await awaited(words[x & 7]) + words[1];
}

OPAQUE static async int awaits_further(uint64_t count)
{
        for (uint64_t i = 0; i < count; i++)
                (void)await awaited_further(i);
        return 0;
}

/* Nothing is left over where the frame of what is started is all that the segment was made for. */
static async int starts_one_that_awaits(uint64_t count)
{
        return join(start(awaits_further, count));
}

static async int gates(uint64_t count)
{
        for (uint64_t i = 0; i < count; i++)
                (void)plain(i);
        return 0;
}

static async int starts(uint64_t count)
{
        for (uint64_t i = 0; i < count; i++) {
                Async(uint64_t) activity = start(awaited, i);

                bench_require(await join(activity) == i + 1);
        }
        return 0;
}

static async int starts_that_wait(uint64_t count)
{
        for (uint64_t i = 0; i < count; i++) {
                Async(uint64_t) activity = start(waits, i);

                bench_require(await join(activity) == i + 1);
        }
        return 0;
}

static async int yields(uint64_t count)
{
        for (uint64_t i = 0; i < count; i++)
                await mori_yield();
        return 0;
}

/* Both together make COUNT turns. */
static async int turns(uint64_t count)
{
        Async(int) other = start(yields, count / 2);

        attempt(await yields(count / 2));
        return await join(other);
}

static async int sends(mori_queue *queue, uint64_t count)
{
        for (uint64_t i = 0; i < count; i++)
                attempt(await mori_queue_send(queue, &i));
        mori_queue_close(queue);
        return 0;
}

static async int queue_items(uint64_t count)
{
        mori_queue *queue = mori_queue_new(64, sizeof(uint64_t));
        Async(int) sender = start(sends, queue, count);
        uint64_t item, received = 0;

        while (await mori_queue_receive(queue, &item) == 0)
                bench_require(item == received++);
        bench_require(received == count);
        attempt(await join(sender));
        mori_queue_free(queue);
        return 0;
}

static async int returns(void *argument)
{
        (void)argument;
        return 0;
}

static async int processes(uint64_t count)
{
        mori_process process;
        struct mori_end end;

        for (uint64_t i = 0; i < count; i++) {
                attempt(await mori_process_start(returns, NULL, 0, NULL, &process));
                attempt(await mori_process_join(process, &end));
        }
        return 0;
}

static int allocates(uint64_t count)
{
        for (uint64_t i = 0; i < count; i++) {
                void *block = mori_alloc(48);

                __asm__ volatile("" : : "r"(block) : "memory");
                mori_free(block);
        }
        return 0;
}

static int mallocs(uint64_t count)
{
        for (uint64_t i = 0; i < count; i++) {
                void *block = malloc(48);

                __asm__ volatile("" : : "r"(block) : "memory");
                free(block);
        }
        return 0;
}

static async int member(mori_queue *from, mori_queue *to)
{
        uint64_t token;

        while (await mori_queue_receive(from, &token) == 0)
                attempt(await mori_queue_send(to, &token));
        mori_queue_close(to);
        return 0;
}

static async int hops(uint64_t count)
{
        mori_queue *queues[RING];
        uint64_t token = 0;

        for (int i = 0; i < RING; i++)
                queues[i] = mori_queue_new(1, sizeof token);
        scope {
                for (int i = 0; i + 1 < RING; i++)
                        ignore(start(member, queues[i], queues[i + 1]));
                for (uint64_t i = 0; i < count / RING; i++) {
                        attempt(await mori_queue_send(queues[0], &token));
                        attempt(await mori_queue_receive(queues[RING - 1], &token));
                }
                mori_queue_close(queues[0]);
        }
        for (int i = 0; i < RING; i++)
                mori_queue_free(queues[i]);
        return 0;
}

static async int deadlines(uint64_t count)
{
        for (uint64_t i = 0; i < count; i++)
                within (MORI_S(3600)) {
                }
        return 0;
}

static void adds(void *context, int error, const void *value)
{
        *(uint64_t *)context += error == 0 ? *(const uint64_t *)value : 0;
}

__attribute__((noinline)) static void promises(uint64_t first, uint64_t count, uint64_t *sum)
{
        for (uint64_t i = first; i < first + count; i++) {
                mori_promise promise;
                mori_resolver resolver;

                bench_require(mori_promise_new(sizeof i, &promise, &resolver) == 0);
                bench_require(mori_promise_then(promise, adds, sum) == 0);
                mori_resolve(resolver, &i);
                mori_promise_free(promise);
        }
}

static async int thens(uint64_t count)
{
        uint64_t sum = 0;

        for (uint64_t i = 0; i < count; i += 64) {
                promises(i, 64, &sum);
                attempt(await mori_yield());
        }
        bench_require(sum == count * (count - 1) / 2);
        return 0;
}

static async int resolves(mori_resolver *resolver, uint64_t count)
{
        for (uint64_t i = 0; i < count; i++) {
                mori_resolve(*resolver, &i);
                attempt(await mori_yield());
        }
        return 0;
}

static async int waits_for_promises(uint64_t count)
{
        mori_promise promise;
        mori_resolver resolver;
        uint64_t value;

        attempt(mori_promise_new(sizeof value, &promise, &resolver));
        Async(int) other = start(resolves, &resolver, count);
        for (uint64_t i = 0; i < count; i++) {
                bench_require(await mori_promise_await(promise, &value) == 0 && value == i);
                if (i + 1 < count)
                        attempt(mori_promise_new(sizeof value, &promise, &resolver));
        }
        return await join(other);
}

static async int locks(uint64_t count)
{
        mori_lock lock = MORI_LOCK;

        for (uint64_t i = 0; i < count; i++) {
                attempt(await mori_lock_acquire(&lock));
                __asm__ volatile("" : : : "memory");
                mori_lock_release(&lock);
                __asm__ volatile("" : : "r"(&lock) : "memory");
        }
        return 0;
}

static async int rwlocks(uint64_t count)
{
        mori_rwlock lock = MORI_RWLOCK;

        for (uint64_t i = 0; i < count; i++) {
                attempt(await mori_rwlock_read(&lock));
                __asm__ volatile("" : : : "memory");
                mori_rwlock_read_release(&lock);
                __asm__ volatile("" : : "r"(&lock) : "memory");
        }
        return 0;
}

static async int semaphores(uint64_t count)
{
        mori_semaphore semaphore = MORI_SEMAPHORE(1, 1);

        for (uint64_t i = 0; i < count; i++) {
                attempt(await mori_semaphore_acquire(&semaphore));
                __asm__ volatile("" : : : "memory");
                mori_semaphore_release(&semaphore);
                __asm__ volatile("" : : "r"(&semaphore) : "memory");
        }
        return 0;
}

OPAQUE static async int iteration(uint64_t x)
{
        return x == UINT64_MAX ? -1 : 0;
}

static async int wide_loop(uint64_t count)
{
        wide (8)
                for (uint64_t i = 0; i < count; i++)
                        iterate(iteration, i);
        return 0;
}

/* ---- A socket */

static async int echo_copies(mori_file listener)
{
        char buffer[MESSAGE_BYTES];
        mori_file peer;
        int64_t count;

        attempt(await mori_socket_accept(listener, &peer));
        while ((count = await mori_file_read(peer, buffer, sizeof buffer)) > 0)
                attempt(await mori_file_write_all(peer, buffer, (size_t)count));
        return await mori_file_close(peer);
}

static async int echo_borrows(mori_file listener)
{
        mori_file peer;
        mori_loan loan;

        attempt(await mori_socket_accept(listener, &peer));
        while (await mori_socket_borrow(peer, &loan) > 0) {
                attempt(await mori_file_write_all(peer, loan.data, loan.bytes));
                mori_loan_return(&loan);
        }
        return await mori_file_close(peer);
}

static async int echoes(uint64_t count, int borrows)
{
        char address[64], message[MESSAGE_BYTES] = "message", answer[MESSAGE_BYTES];
        mori_file listener, peer;

        attempt(mori_socket_listen("127.0.0.1:0", 0, &listener));
        attempt(mori_socket_address(listener, 0, address, sizeof address));
        Async(int) echo = borrows ? start(echo_borrows, listener) : start(echo_copies, listener);
        attempt(await mori_socket_connect(address, &peer));
        for (uint64_t i = 0; i < count; i++) {
                attempt(await mori_file_write_all(peer, message, sizeof message));
                bench_require(await mori_file_read(peer, answer, sizeof answer) == sizeof answer);
        }
        attempt(await mori_file_close(peer));
        attempt(await join(echo));
        return await mori_file_close(listener);
}

/* Datagrams, in batches that hold one: there and back. */
static async int udp_returns(mori_file socket)
{
        char bytes[4][MESSAGE_BYTES];
        mori_datagram datagrams[4] = {0};
        int count;

        for (int i = 0; i < 4; i++) {
                datagrams[i].data = bytes[i];
                datagrams[i].room = MESSAGE_BYTES;
        }
        while ((count = await mori_datagram_receive_many(socket, datagrams, 4)) > 0)
                attempt(await mori_datagram_send_many(socket, datagrams, (unsigned)count));
        return count;
}

static async int udp_echoes(uint64_t count)
{
        char buffer[MESSAGE_BYTES] = {0}, address[64];
        mori_file client, server;
        mori_address to;

        attempt(mori_datagram_bind("127.0.0.1:0", 0, &server));
        attempt(mori_datagram_bind("127.0.0.1:0", 0, &client));
        attempt(mori_socket_address(server, 0, address, sizeof address));
        attempt(mori_address_parse(address, &to));
        scope {
                Async(int) returning = start(udp_returns, server);

                for (uint64_t i = 0; i < count; i++) {
                        attempt(await mori_datagram_send(client, buffer, sizeof buffer, &to));
                        bench_require(await mori_datagram_receive(client, buffer, sizeof buffer,
                                                                  NULL) == sizeof buffer);
                }
                attempt(await mori_file_close(server));
                (void)await join(returning);
        }
        return await mori_file_close(client);
}

/* ---- Files */

static async int opens(uint64_t count)
{
        mori_file file;

        for (uint64_t i = 0; i < count; i++) {
                attempt(await mori_file_open(MORI_NO_FILE, FILE_PATH, O_CREAT | O_RDWR, 0600,
                                             &file));
                attempt(await mori_file_close(file));
        }
        return 0;
}

static async int stats(uint64_t count)
{
        struct stat status;

        attempt(await opens(1));
        for (uint64_t i = 0; i < count; i++) {
                attempt(await mori_file_stat(MORI_NO_FILE, FILE_PATH, 0, &status));
                bench_require(S_ISREG(status.st_mode));
        }
        return 0;
}

static async int transfers(uint64_t count, int writes)
{
        char *page = bench_memory(1, PAGE_BYTES);
        mori_file file;

        attempt(await mori_file_open(MORI_NO_FILE, FILE_PATH, O_CREAT | O_RDWR, 0600, &file));
        bench_require(await mori_file_write_at(file, page, PAGE_BYTES, 0) == PAGE_BYTES);
        for (uint64_t i = 0; i < count; i++) {
                int64_t moved = writes ? await mori_file_write_at(file, page, PAGE_BYTES, 0)
                                       : await mori_file_read_at(file, page, PAGE_BYTES, 0);

                bench_require(moved == PAGE_BYTES);
        }
        bench_memory_free(page);
        return await mori_file_close(file);
}

/* ---- Memory */

__attribute__((noinline)) static async int one(mori_queue *queue)
{
        uint64_t item;

        return await mori_queue_receive(queue, &item);
}

/* A frame above that one: what is live across the await is its own. */
__attribute__((noinline)) static async int two(mori_queue *queue, int more)
{
        return await one(queue) + more;
}

__attribute__((noinline)) static async int wider(mori_queue *queue, uint64_t *ret_sum)
{
        uint64_t words[10] = {0};
        int answer = await mori_queue_receive(queue, &words[9]);

        __asm__ volatile("" : : "r"(words) : "memory");
        *ret_sum += words[9];
        return answer;
}

__attribute__((noinline)) static async int loops(mori_queue *queue)
{
        uint64_t sum = 0;
        int answer;

        do
                answer = await wider(queue, &sum);
        while (answer == 0);
        return answer;
}

static double stack_bytes_committed(void)
{
        struct stack_usage usage;

        stack_usage(&usage);
        return (double)usage.bytes_committed;
}

enum suspended { ONE_FRAME, TWO_FRAMES, IN_A_LOOP };

static async int suspended(uint64_t count, enum suspended where)
{
        Async(int) *handles = bench_memory(count, sizeof *handles);
        mori_queue *queue = mori_queue_new(1, sizeof(uint64_t));

        for (uint64_t i = 0; i < count; i++)
                handles[i] = where == ONE_FRAME    ? start(one, queue)
                             : where == TWO_FRAMES ? start(two, queue, 1)
                                                   : start(loops, queue);
        bench_print("bytes", stack_bytes_committed());
        mori_queue_close(queue);
        for (uint64_t i = 0; i < count; i++)
                bench_require(await join(handles[i]) == -EPIPE + (where == TWO_FRAMES));
        mori_queue_free(queue);
        bench_memory_free(handles);
        return 0;
}

/* ---- Objects */

#define SENT 64

static async int object_calls(uint64_t count, int far)
{
        adder a[2];
        int32_t sum = 0;

        await adders_make(&a[0], &a[1], serves);
        for (uint64_t i = 0; i < count; i++)
                attempt(await adder_add(a[far], sum, 1, &sum));
        return sum == (int32_t)count ? 0 : 1;
}

static async int object_sends(uint64_t count)
{
        struct adder_add_call call = {.x = 1, .y = 1};
        mori_sent sent[SENT];
        adder near, far;

        await adders_make(&near, &far, serves);
        for (uint64_t i = 0; i < count; i += SENT) {
                for (unsigned n = 0; n < SENT; n++)
                        sent[n] = mori_object_send(far.ref, &adder_methods[0], &call);
                for (unsigned n = 0; n < SENT; n++)
                        attempt(await mori_sent_join(sent[n], &call));
        }
        return 0;
}

__attribute__((noinline)) static async int object_chains(uint64_t count)
{
        static const uint16_t path = 0;
        adder near, far;

        await adders_make(&near, &far, serves);
        for (uint64_t i = 0; i < count; i++) {
                struct adder_again_call call = {.call = {NULL, NULL}};
                mori_sent sent[10];
                mori_ref at = far.ref;

                for (unsigned n = 0; n < 10; n++) {
                        sent[n] = mori_object_send(at, &adder_methods[1], &call);
                        at = mori_sent_ref(sent[n], &path, 1);
                }
                attempt(await mori_sent_join(sent[9], &call));
                mori_call_free(&call.call);
                mori_ref_drop(call.adder.ref);
                for (unsigned n = 0; n < 9; n++)
                        mori_sent_drop(sent[n]);
        }
        return 0;
}

/* ---- */

static async int run(const char *operation, uint64_t count)
{
        if (strcmp(operation, "none") == 0)
                return await none(count);
        if (strcmp(operation, "await") == 0)
                return await awaits(count);
        if (strcmp(operation, "await_further") == 0)
                return await starts_one_that_awaits(count);
        if (strcmp(operation, "gate") == 0)
                return await gates(count);
        if (strcmp(operation, "start_join") == 0)
                return await starts(count);
        if (strcmp(operation, "start_wait_join") == 0)
                return await starts_that_wait(count);
        if (strcmp(operation, "yield") == 0)
                return await turns(count);
        if (strcmp(operation, "queue") == 0)
                return await queue_items(count);
        if (strcmp(operation, "hop") == 0)
                return await hops(count);
        if (strcmp(operation, "lock") == 0)
                return await locks(count);
        if (strcmp(operation, "rwlock") == 0)
                return await rwlocks(count);
        if (strcmp(operation, "semaphore") == 0)
                return await semaphores(count);
        if (strcmp(operation, "wide") == 0)
                return await wide_loop(count);
        if (strcmp(operation, "deadline") == 0)
                return await deadlines(count);
        if (strcmp(operation, "then") == 0)
                return await thens(count);
        if (strcmp(operation, "then_wait") == 0)
                return await waits_for_promises(count);
        if (strcmp(operation, "process") == 0)
                return await processes(count);
        if (strcmp(operation, "alloc") == 0)
                return allocates(count);
        if (strcmp(operation, "malloc") == 0) /* to compare */
                return mallocs(count);
        if (strcmp(operation, "echo") == 0)
                return await echoes(count, 0);
        if (strcmp(operation, "echo_loan") == 0)
                return await echoes(count, 1);
        if (strcmp(operation, "udp_echo") == 0)
                return await udp_echoes(count);
        if (strcmp(operation, "file_open_close") == 0)
                return await opens(count);
        if (strcmp(operation, "file_stat") == 0)
                return await stats(count);
        if (strcmp(operation, "file_read") == 0)
                return await transfers(count, 0);
        if (strcmp(operation, "file_write") == 0)
                return await transfers(count, 1);
        if (strcmp(operation, "object_near") == 0)
                return await object_calls(count, 0);
        if (strcmp(operation, "object_call") == 0)
                return await object_calls(count, 1);
        if (strcmp(operation, "object_send") == 0)
                return await object_sends(count);
        if (strcmp(operation, "object_chain") == 0)
                return await object_chains(count);
        if (strcmp(operation, "suspended_one") == 0)
                return await suspended(count, ONE_FRAME);
        if (strcmp(operation, "suspended_two") == 0)
                return await suspended(count, TWO_FRAMES);
        if (strcmp(operation, "suspended_loop") == 0)
                return await suspended(count, IN_A_LOOP);
        await mori_print(mori_stderr(), "costs: %s: no such operation\n", operation);
        return 2;
}

async int mori_main(int argc, char **argv)
{
        uint64_t count = bench_argument(argc, argv, 2, 1000), before = bench_allocations();
        int result = await run(argc > 1 ? argv[1] : "none", count);

        bench_print("allocations", (double)(bench_allocations() - before));
        return result;
}
