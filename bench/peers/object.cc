// SPDX-License-Identifier: MIT
//
// The peer Cap'n Proto C++: calls of an object of the same thread, as in ../object.c. It has no
// processes: an object that is called lives in the caller's event loop.
//
//      object [COUNT]
#include "peer.h"

#include "adder.capnp.h"

#include <capnp/capability.h>
#include <kj/async.h>

#define ROUNDS 5
#define WINDOW 64
#define CHAIN  10

class Server final : public Adder::Server {
    public:
        kj::Promise<void> add(AddContext context) override
        {
                auto params = context.getParams();

                context.getResults().setSum(params.getX() + params.getY());
                return kj::READY_NOW;
        }
        kj::Promise<void> again(AgainContext context) override
        {
                context.getResults().setAdder(thisCap());
                return kj::READY_NOW;
        }
};

static double calls(Adder::Client &client, kj::WaitScope &scope, uint64_t count)
{
        uint64_t began = peer_now();
        int32_t sum = 0;

        for (uint64_t i = 0; i < count; i++) {
                auto request = client.addRequest();

                request.setX(sum);
                request.setY(1);
                sum = request.send().wait(scope).getSum();
        }
        peer_require(sum == (int32_t)count);
        return peer_each(began, peer_now(), count);
}

static double sends(Adder::Client &client, kj::WaitScope &scope, uint64_t count)
{
        uint64_t began = peer_now();

        for (uint64_t i = 0; i < count; i += WINDOW) {
                auto sent = kj::heapArrayBuilder<capnp::RemotePromise<Adder::AddResults>>(WINDOW);

                for (unsigned n = 0; n < WINDOW; n++) {
                        auto request = client.addRequest();

                        request.setX(1);
                        request.setY(1);
                        sent.add(request.send());
                }
                for (auto &promise : sent)
                        peer_require(promise.wait(scope).getSum() == 2);
        }
        return peer_each(began, peer_now(), count);
}

static double chains(Adder::Client &client, kj::WaitScope &scope, uint64_t count, unsigned length)
{
        uint64_t began = peer_now();

        for (uint64_t i = 0; i < count; i++) {
                auto sent = kj::heapArrayBuilder<capnp::RemotePromise<Adder::AgainResults>>(length);
                Adder::Client at = client;

                for (unsigned n = 0; n < length; n++) {
                        sent.add(at.againRequest().send());
                        at = sent[n].getAdder();
                }
                (void)sent[length - 1].wait(scope);
        }
        return peer_each(began, peer_now(), count);
}

static double less(double a, double b)
{
        return a < b ? a : b;
}

int main(int argc, char **argv)
{
        uint64_t count = peer_argument(argc, argv, 1, 200000);
        double call = 1e9, sent = 1e9, one = 1e9, ten = 1e9;
        kj::EventLoop loop;
        kj::WaitScope scope(loop);
        Adder::Client client = kj::heap<Server>();

        for (int round = 0; round < ROUNDS; round++) {
                call = less(call, calls(client, scope, count));
                sent = less(sent, sends(client, scope, count));
                one = less(one, chains(client, scope, count / 20, 1));
                ten = less(ten, chains(client, scope, count / 20, CHAIN));
        }
        peer_print("call_near_ns", call);
        peer_print("call_ns", call);
        peer_print("calls_per_s", 1e9 / sent);
        peer_print("pipeline10_ratio", ten / one);
        return 0;
}
