// SPDX-License-Identifier: MIT
//
// The peer C++20: coroutines of g++, with the least task and the least queue of turns that answer
// the questions of ../*.c. They are stackless: a call that may wait allocates a frame of its own,
// and only coroutines may wait. There is one thread, no cancellation, no scope, no account.
//
//      coroutines start|switch|bytes|queue|ring|skynet [COUNT [wait]]

#include "peer.h"

#include <coroutine>
#include <cstring>
#include <vector>

// A coroutine that starts when it is awaited or queued, and hands its value to whoever awaits it.
struct Task {
        struct promise_type {
                std::coroutine_handle<> awaiter;
                uint64_t value = 0;

                Task get_return_object()
                {
                        return {std::coroutine_handle<promise_type>::from_promise(*this)};
                }
                std::suspend_always initial_suspend() noexcept
                {
                        return {};
                }
                struct End {
                        bool await_ready() noexcept
                        {
                                return false;
                        }
                        std::coroutine_handle<>
                        await_suspend(std::coroutine_handle<promise_type> task) noexcept
                        {
                                std::coroutine_handle<> awaiter = task.promise().awaiter;

                                return awaiter ? awaiter : std::noop_coroutine();
                        }
                        void await_resume() noexcept
                        {
                        }
                };
                End final_suspend() noexcept
                {
                        return {};
                }
                void return_value(uint64_t x)
                {
                        value = x;
                }
                void unhandled_exception()
                {
                        abort();
                }
        };
        struct Await {
                std::coroutine_handle<promise_type> task;

                bool await_ready()
                {
                        return false;
                }
                std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiter)
                {
                        task.promise().awaiter = awaiter;
                        return task;
                }
                uint64_t await_resume()
                {
                        uint64_t value = task.promise().value;

                        task.destroy();
                        return value;
                }
        };

        std::coroutine_handle<promise_type> handle;

        Await operator co_await()
        {
                return {handle};
        }
};

// The queue of turns: a ring, large enough for all.
static std::coroutine_handle<> *turns;
static uint32_t turns_head, turns_tail;
enum : uint32_t { TURNS_MASK = (1u << 21) - 1 };

static inline void turn_push(std::coroutine_handle<> handle)
{
        turns[turns_tail++ & TURNS_MASK] = handle;
}

static inline std::coroutine_handle<> turn_pop()
{
        return turns_head == turns_tail ? std::noop_coroutine() : turns[turns_head++ & TURNS_MASK];
}

static void turns_run()
{
        while (turns_head != turns_tail)
                turns[turns_head++ & TURNS_MASK].resume();
}

struct Yield {
        bool await_ready()
        {
                return false;
        }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<> self)
        {
                turn_push(self);
                return turn_pop();
        }
        void await_resume()
        {
        }
};

// ---- Starts

__attribute__((noinline)) static Task quick(uint64_t x)
{
        co_return x + 1;
}

__attribute__((noinline)) static Task waits(uint64_t x)
{
        co_await Yield{};
        co_return x + 1;
}

static Task starts(uint64_t count)
{
        uint64_t x = 0;

        for (uint64_t i = 0; i < count; i++)
                x = co_await quick(x);
        co_return x;
}

static void measure_start(uint64_t count)
{
        double start_ns = 1e9, wait_ns = 1e9, each;

        for (int round = 0; round < PEER_ROUNDS; round++) {
                Task task = starts(count);
                uint64_t began = peer_now(), sum = 0;

                task.handle.resume();
                each = peer_each(began, peer_now(), count);
                peer_require(task.handle.promise().value == count);
                task.handle.destroy();
                start_ns = each < start_ns ? each : start_ns;

                Task batch[100];
                began = peer_now();
                for (uint64_t i = 0; i < count / 100; i++) {
                        for (Task &one : batch) {
                                one = waits(0);
                                one.handle.resume();
                        }
                        turns_run();
                        for (Task &one : batch) {
                                sum += one.handle.promise().value;
                                one.handle.destroy();
                        }
                }
                each = peer_each(began, peer_now(), count);
                peer_require(sum == count / 100 * 100);
                wait_ns = each < wait_ns ? each : wait_ns;
        }
        peer_print("start_ns", start_ns);
        peer_print("start_wait_ns", wait_ns);
}

// ---- Switches

static std::coroutine_handle<> sides[2];

struct Cross {
        int self;

        bool await_ready()
        {
                return false;
        }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<> handle)
        {
                sides[self] = handle;
                return sides[1 - self];
        }
        void await_resume()
        {
        }
};

static Task crosses(int self, uint64_t count)
{
        for (uint64_t i = 0; i < count; i++)
                co_await Cross{self};
        co_return 0;
}

static Task yields(uint64_t count)
{
        for (uint64_t i = 0; i < count; i++)
                co_await Yield{};
        co_return 0;
}

static void measure_switch(uint64_t count)
{
        double bare = 1e9, turn = 1e9, each;

        for (int round = 0; round < PEER_ROUNDS; round++) {
                Task one = crosses(0, count), other = crosses(1, count + 1);

                sides[0] = one.handle;
                sides[1] = other.handle;
                uint64_t began = peer_now();
                one.handle.resume();
                each = peer_each(began, peer_now(), 2 * count);
                bare = each < bare ? each : bare;
                one.handle.destroy();
                other.handle.destroy();

                one = yields(count);
                other = yields(count);
                turn_push(one.handle);
                turn_push(other.handle);
                began = peer_now();
                turns_run();
                each = peer_each(began, peer_now(), 2 * count);
                turn = each < turn ? each : turn;
                one.handle.destroy();
                other.handle.destroy();
        }
        peer_print("switch_ns", bare);
        peer_print("turn_switch_ns", turn);
}

// ---- Memory

struct Forever {
        bool await_ready()
        {
                return false;
        }
        void await_suspend(std::coroutine_handle<>)
        {
        }
        void await_resume()
        {
        }
};

static Task one_frame(uint64_t *item)
{
        co_await Forever{};
        *item = 1;
        co_return 0;
}

static Task two_frames(uint64_t *item, int more)
{
        co_return co_await one_frame(item) + (uint64_t)more;
}

static void measure_bytes(uint64_t count, int frames)
{
        Task *tasks = static_cast<Task *>(malloc(count * sizeof *tasks));
        uint64_t item;

        memset(static_cast<void *>(tasks), 1, count * sizeof *tasks);
        double before = peer_resident();
        for (uint64_t i = 0; i < count; i++) {
                tasks[i] = frames == 1 ? one_frame(&item) : two_frames(&item, 1);
                tasks[i].handle.resume();
        }
        peer_print("activity_bytes", (peer_resident() - before) / (double)count);
}

// ---- Queues

template <uint32_t CAPACITY> struct Queue {
        uint64_t items[CAPACITY];
        uint32_t head = 0, tail = 0;
        std::coroutine_handle<> receiver, sender;

        struct Receive {
                Queue &queue;

                bool await_ready()
                {
                        return queue.head != queue.tail;
                }
                std::coroutine_handle<> await_suspend(std::coroutine_handle<> self)
                {
                        queue.receiver = self;
                        return turn_pop();
                }
                uint64_t await_resume()
                {
                        uint64_t item = queue.items[queue.head++ & (CAPACITY - 1)];

                        if (queue.sender && (CAPACITY == 1 || queue.head == queue.tail)) {
                                turn_push(queue.sender);
                                queue.sender = nullptr;
                        }
                        return item;
                }
        };
        struct Send {
                Queue &queue;
                uint64_t item;

                bool await_ready()
                {
                        return queue.tail - queue.head < CAPACITY;
                }
                std::coroutine_handle<> await_suspend(std::coroutine_handle<> self)
                {
                        queue.sender = self;
                        return turn_pop();
                }
                void await_resume()
                {
                        queue.items[queue.tail++ & (CAPACITY - 1)] = item;
                        if (queue.receiver) {
                                turn_push(queue.receiver);
                                queue.receiver = nullptr;
                        }
                }
        };
};

static Task sends(Queue<1024> &queue, uint64_t count)
{
        for (uint64_t i = 0; i < count; i++)
                co_await Queue<1024>::Send{queue, i};
        co_return 0;
}

static Task receives(Queue<1024> &queue, uint64_t count)
{
        uint64_t sum = 0;

        for (uint64_t i = 0; i < count; i++)
                sum += co_await Queue<1024>::Receive{queue};
        co_return sum;
}

static void measure_queue(uint64_t count)
{
        double best = 0;

        for (int round = 0; round < PEER_ROUNDS; round++) {
                Queue<1024> *queue = new Queue<1024>;
                Task sender = sends(*queue, count), receiver = receives(*queue, count);
                uint64_t began = peer_now();

                turn_push(sender.handle);
                turn_push(receiver.handle);
                turns_run();
                double rate = (double)count / (double)(peer_now() - began) * 1e9;
                peer_require(receiver.handle.promise().value == count * (count - 1) / 2);
                best = rate > best ? rate : best;
                sender.handle.destroy();
                receiver.handle.destroy();
                delete queue;
        }
        peer_print("queue_items_per_s", best);
}

static Task member(Queue<1> &from, Queue<1> &to)
{
        for (;;) {
                uint64_t token = co_await Queue<1>::Receive{from};

                co_await Queue<1>::Send{to, token + 1};
        }
}

static Task drives(Queue<1> &first, Queue<1> &last, uint64_t hops)
{
        uint64_t token = 0;

        while (token < hops) {
                co_await Queue<1>::Send{first, token};
                token = 1 + co_await Queue<1>::Receive{last};
        }
        co_return token;
}

static void measure_ring(uint64_t hops, uint64_t members)
{
        std::vector<Queue<1>> queues(members);
        double best = 1e9;

        for (uint64_t i = 0; i + 1 < members; i++)
                turn_push(member(queues[i], queues[i + 1]).handle);
        turns_run();
        for (int round = 0; round < PEER_ROUNDS / 2; round++) {
                Task driver = drives(queues[0], queues[members - 1], hops);
                uint64_t began = peer_now();

                turn_push(driver.handle);
                turns_run();
                double each = peer_each(began, peer_now(), driver.handle.promise().value);
                best = each < best ? each : best;
        }
        peer_print("ring_ns", best);
}

// ---- Skynet: what is started is queued and counts down its parent's children

struct Children {
        int left;
        uint64_t sum;
        std::coroutine_handle<> parent;
};

struct JoinAll {
        Children &children;

        bool await_ready()
        {
                return children.left == 0;
        }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<> self)
        {
                children.parent = self;
                return turn_pop();
        }
        void await_resume()
        {
        }
};

struct Detached {
        struct promise_type {
                Detached get_return_object()
                {
                        return {std::coroutine_handle<promise_type>::from_promise(*this)};
                }
                std::suspend_always initial_suspend() noexcept
                {
                        return {};
                }
                std::suspend_never final_suspend() noexcept
                {
                        return {};
                }
                void return_void()
                {
                }
                void unhandled_exception()
                {
                        abort();
                }
        };
        std::coroutine_handle<> handle;
};

static void child_done(Children &parent, uint64_t value)
{
        parent.sum += value;
        if (--parent.left == 0 && parent.parent)
                turn_push(parent.parent);
}

static Detached leaf(Children &parent, uint64_t number)
{
        child_done(parent, number);
        co_return;
}

static Detached leaf_that_waits(Children &parent, uint64_t number)
{
        co_await Yield{};
        child_done(parent, number);
}

static Detached node(Children &parent, uint64_t number, uint64_t size, bool waits)
{
        Children children{10, 0, nullptr};
        uint64_t part = size / 10;

        for (int i = 0; i < 10; i++, number += part)
                turn_push(part > 1  ? node(children, number, part, waits).handle
                          : waits   ? leaf_that_waits(children, number).handle
                                    : leaf(children, number).handle);
        co_await JoinAll{children};
        child_done(parent, children.sum);
}

static void measure_skynet(uint64_t leaves, bool waits)
{
        double first = 0, best = 1e9;

        for (int round = 0; round < PEER_ROUNDS / 5; round++) {
                Children root{1, 0, nullptr};
                uint64_t began = peer_now();

                turn_push(node(root, 0, leaves, waits).handle);
                turns_run();
                double each = (double)(peer_now() - began) / 1e6;
                peer_require(root.sum == leaves * (leaves - 1) / 2);
                if (round == 0)
                        first = each;
                best = each < best ? each : best;
        }
        peer_print(waits ? "skynet_wait_ms" : "skynet_ms", best);
        peer_print(waits ? "skynet_wait_first_ms" : "skynet_first_ms", first);
}

int main(int argc, char **argv)
{
        const char *what = argc > 1 ? argv[1] : "";

        turns = static_cast<std::coroutine_handle<> *>(malloc((TURNS_MASK + 1) * sizeof *turns));
        memset(static_cast<void *>(turns), 1, (TURNS_MASK + 1) * sizeof *turns);
        if (!strcmp(what, "start"))
                measure_start(peer_argument(argc, argv, 2, 200000));
        else if (!strcmp(what, "switch"))
                measure_switch(peer_argument(argc, argv, 2, 500000));
        else if (!strcmp(what, "bytes"))
                measure_bytes(peer_argument(argc, argv, 2, 1000000),
                              (int)peer_argument(argc, argv, 3, 1));
        else if (!strcmp(what, "queue"))
                measure_queue(peer_argument(argc, argv, 2, 1000000));
        else if (!strcmp(what, "ring"))
                measure_ring(peer_argument(argc, argv, 2, 1000000),
                             peer_argument(argc, argv, 3, 100000));
        else if (!strcmp(what, "skynet"))
                measure_skynet(peer_argument(argc, argv, 2, 1000000),
                               argc > 3 && !strcmp(argv[3], "wait"));
        else
                return 2;
        return 0;
}
