// SPDX-License-Identifier: MIT
//
// The peer "C++ by hand": what one writes with the standard library where callbacks are to run
// later, as no library of Debian's has it that small: a state that both sides share, a function,
// and a queue of those that are ready. No bounds, no cancellation, no check of handles.
//
//      then [COUNT]

#include "peer.h"

#include <deque>
#include <functional>
#include <memory>
#include <utility>

#define BATCH 64

static std::deque<std::function<void()>> ready;

static void loop()
{
        while (!ready.empty()) {
                std::function<void()> next = std::move(ready.front());

                ready.pop_front();
                next();
        }
}

template <typename T> struct State {
        T value{};
        bool settled = false;
        std::function<void(const T &)> callback;
};

template <typename T> struct Promise {
        std::shared_ptr<State<T>> state = std::make_shared<State<T>>();

        void then(std::function<void(const T &)> callback)
        {
                state->callback = std::move(callback);
        }
        void resolve(T value)
        {
                state->value = value;
                state->settled = true;
                ready.push_back([state = state] { state->callback(state->value); });
        }
};

static double then_ns(uint64_t count, uint64_t batch)
{
        uint64_t began = peer_now(), sum = 0, done;

        for (done = 0; done < count;) {
                for (uint64_t i = 0; i < batch; i++, done++) {
                        Promise<uint64_t> promise;

                        promise.then([&sum](const uint64_t &value) { sum += value; });
                        promise.resolve(done);
                }
                loop();
        }
        peer_require(sum == done * (done - 1) / 2);
        return peer_each(began, peer_now(), done);
}

int main(int argc, char **argv)
{
        uint64_t count = peer_argument(argc, argv, 1, 200000) / BATCH * BATCH + BATCH;
        double many = 1e9, alone = 1e9, value;

        for (int round = 0; round < PEER_ROUNDS; round++) {
                value = then_ns(count, BATCH);
                many = value < many ? value : many;
                value = then_ns(count, 1);
                alone = value < alone ? value : alone;
        }
        peer_print("then_ns", many);
        peer_print("then_alone_ns", alone);
}
