// SPDX-License-Identifier: MIT
//
// The peer Boost.Context: fibers on mapped or pooled stacks of 16 KiB, the least of their kind; no
// queue of turns, no results, no joins.
//
//      context start|switch|bytes [COUNT]

#include "peer.h"

#include <boost/context/fiber.hpp>
#include <boost/context/fixedsize_stack.hpp>
#include <boost/context/pooled_fixedsize_stack.hpp>

#include <cstring>
#include <vector>

namespace context = boost::context;

enum { STACK_BYTES = 16384 };

static uint64_t total;

static void measure_start(uint64_t count)
{
        context::pooled_fixedsize_stack stacks(STACK_BYTES);
        double start_ns = 1e9, wait_ns = 1e9, each;

        for (int round = 0; round < PEER_ROUNDS; round++) {
                uint64_t began = peer_now();

                for (uint64_t i = 0; i < count; i++) {
                        context::fiber fiber(std::allocator_arg, stacks,
                                             [](context::fiber &&caller) {
                                                     total++;
                                                     return std::move(caller);
                                             });
                        fiber = std::move(fiber).resume();
                }
                each = peer_each(began, peer_now(), count);
                start_ns = each < start_ns ? each : start_ns;

                began = peer_now();
                for (uint64_t i = 0; i < count; i++) {
                        context::fiber fiber(std::allocator_arg, stacks,
                                             [](context::fiber &&caller) {
                                                     caller = std::move(caller).resume();
                                                     total++;
                                                     return std::move(caller);
                                             });
                        fiber = std::move(fiber).resume();
                        fiber = std::move(fiber).resume();
                }
                each = peer_each(began, peer_now(), count);
                wait_ns = each < wait_ns ? each : wait_ns;
        }
        peer_print("start_ns", start_ns);
        peer_print("start_wait_ns", wait_ns);
}

static void measure_switch(uint64_t count)
{
        double best = 1e9;
        context::fiber fiber([](context::fiber &&caller) {
                for (;;)
                        caller = std::move(caller).resume();
                return std::move(caller);
        });

        fiber = std::move(fiber).resume();
        for (int round = 0; round < PEER_ROUNDS; round++) {
                uint64_t began = peer_now();

                for (uint64_t i = 0; i < count; i++)
                        fiber = std::move(fiber).resume();
                double each = peer_each(began, peer_now(), 2 * count);
                best = each < best ? each : best;
        }
        peer_print("switch_ns", best);
        _exit(0);
}

static void measure_bytes(uint64_t count)
{
        context::fixedsize_stack stacks(STACK_BYTES);
        std::vector<context::fiber> fibers(count);
        double before = peer_resident();

        for (uint64_t i = 0; i < count; i++) {
                fibers[i] = context::fiber(std::allocator_arg, stacks, [](context::fiber &&caller) {
                        caller = std::move(caller).resume();
                        return std::move(caller);
                });
                fibers[i] = std::move(fibers[i]).resume();
        }
        peer_print("activity_bytes", (peer_resident() - before) / (double)count);
        _exit(0);
}

int main(int argc, char **argv)
{
        const char *what = argc > 1 ? argv[1] : "";

        if (!strcmp(what, "start"))
                measure_start(peer_argument(argc, argv, 2, 50000));
        else if (!strcmp(what, "switch"))
                measure_switch(peer_argument(argc, argv, 2, 500000));
        else if (!strcmp(what, "bytes"))
                measure_bytes(peer_argument(argc, argv, 2, 1000000));
        else
                return 2;
        return 0;
}
