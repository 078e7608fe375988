/* SPDX-License-Identifier: MIT */
/*
 * The peer libuv: its timers, a heap of them; the memory of a handle is the caller's and is there
 * before anything is measured.
 *
 *      libuv timer [COUNT]
 */
#include "peer.h"

#include <string.h>
#include <uv.h>

static void fired(uv_timer_t *timer)
{
        (void)timer;
        abort();
}

static double timers(uv_timer_t *timer, uint64_t count)
{
        uint64_t began = peer_now(), i;
        uint32_t x = 1;

        for (i = 0; i < count; i++) {
                x = x * 1664525 + 1013904223;
                uv_timer_start(&timer[i], fired, 3600000 + (x >> 8), 0);
        }
        for (i = 0; i < count; i++)
                uv_timer_stop(&timer[i]);
        return peer_each(began, peer_now(), count);
}

int main(int argc, char **argv)
{
        uint64_t count = peer_argument(argc, argv, 2, 1000000), i, began;
        uv_loop_t *loop = uv_default_loop();
        uv_timer_t *timer = malloc(count * sizeof *timer);
        double best = 1e9, one = 1e9, each;
        int round;

        if (argc < 2 || strcmp(argv[1], "timer") != 0 || timer == NULL)
                return 2;
        for (i = 0; i < count; i++)
                uv_timer_init(loop, &timer[i]);
        for (round = 0; round < PEER_ROUNDS / 5; round++) {
                each = timers(timer, count);
                best = each < best ? each : best;
                began = peer_now();
                for (i = 0; i < count; i++) {
                        uv_timer_start(&timer[0], fired, 3600000, 0);
                        uv_timer_stop(&timer[0]);
                }
                each = peer_each(began, peer_now(), count);
                one = each < one ? each : one;
        }
        peer_print("timer_ns", best);
        peer_print("timer_scope_ns", one);
        return 0;
}
