// SPDX-License-Identifier: MIT
//
// The peer of bench/encode.c: the same messages by Cap'n Proto's C++, with what `capnp compile
// -oc++` makes of bench/generated/encode.capnp. As in the mode "object, reuse" of Cap'n Proto's own
// benchmark: the memory of a message is used again for the next.
#include "encode.capnp.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <string.h>

extern "C" {
#include "../encode_values.h"
#include "peer.h"
}

static void write_car(Car::Builder car, uint32_t *state)
{
        car.setMake(encode_makes[encode_random(state) % 5]);
        car.setModel(encode_models[encode_random(state) % 6]);
        car.setColor((Color)(encode_random(state) % 9));
        car.setSeats((uint8_t)(2 + encode_random(state) % 6));
        car.setDoors((uint8_t)(2 + encode_random(state) % 3));
        for (auto wheel : car.initWheels(4)) {
                wheel.setDiameter((uint16_t)(25 + encode_random(state) % 15));
                wheel.setAirPressure((float)(30 + encode_random(state) % 20));
                wheel.setSnowTires(encode_random(state) % 16 == 0);
        }
        car.setLength((uint16_t)(170 + encode_random(state) % 150));
        car.setWidth((uint16_t)(48 + encode_random(state) % 36));
        car.setHeight((uint16_t)(54 + encode_random(state) % 48));
        car.setWeight(encode_random(state) % 4000);
        auto engine = car.initEngine();
        engine.setHorsepower((uint16_t)(100 * (encode_random(state) % 400)));
        engine.setCylinders((uint8_t)(4 + 2 * (encode_random(state) % 3)));
        engine.setCc(800 + encode_random(state) % 10000);
        engine.setUsesGas(true);
        engine.setUsesElectric(encode_random(state) % 2 != 0);
        car.setFuelCapacity((float)(encode_random(state) % 30));
        car.setFuelLevel((float)(encode_random(state) % 10));
        car.setHasPowerWindows(encode_random(state) % 2 != 0);
        car.setHasPowerSteering(encode_random(state) % 2 != 0);
        car.setHasCruiseControl(encode_random(state) % 2 != 0);
        car.setCupHolders((uint8_t)(encode_random(state) % 12));
        car.setHasNavSystem(encode_random(state) % 2 != 0);
}

static uint64_t car_value(Car::Reader car)
{
        uint64_t value = car.getSeats() * 200u + car.getDoors() * 350u + (unsigned)car.getColor();

        for (auto wheel : car.getWheels()) {
                value += (uint64_t)wheel.getDiameter() * wheel.getDiameter();
                value += wheel.getSnowTires() ? 100 : 0;
                value += (uint64_t)wheel.getAirPressure();
        }
        value +=
                (uint64_t)car.getLength() * car.getWidth() * car.getHeight() / 50 + car.getWeight();
        auto engine = car.getEngine();
        value += (uint64_t)engine.getHorsepower() * 40 + engine.getCylinders() + engine.getCc();
        value += engine.getUsesGas() + engine.getUsesElectric();
        value += car.getHasPowerWindows() + car.getHasPowerSteering() * 2u;
        value += car.getHasCruiseControl() * 4u + car.getHasNavSystem() * 8u;
        value += car.getCupHolders() * 25u + (uint64_t)car.getFuelCapacity();
        value += (uint64_t)car.getFuelLevel();
        return value + car.getMake().size() + car.getModel().size();
}

static void write_tree(Expression::Builder to, uint32_t *state, int depth)
{
        auto left = to.initLeft();
        auto right = to.initRight();

        to.setOp((Operation)(encode_random(state) % 5));
        if (depth == 0) {
                left.setValue((int32_t)(encode_random(state) % 128 + 1));
                right.setValue((int32_t)(encode_random(state) % 128 + 1));
                return;
        }
        write_tree(left.initExpression(), state, depth - 1);
        write_tree(right.initExpression(), state, depth - 1);
}

static int32_t read_tree(Expression::Reader from)
{
        auto left = from.getLeft();
        auto right = from.getRight();
        uint32_t a = (uint32_t)(left.isValue() ? left.getValue() : read_tree(left.getExpression()));
        uint32_t b =
                (uint32_t)(right.isValue() ? right.getValue() : read_tree(right.getExpression()));

        switch (from.getOp()) {
        case Operation::ADD:
                return (int32_t)(a + b);
        case Operation::SUBTRACT:
                return (int32_t)(a - b);
        case Operation::MULTIPLY:
                return (int32_t)(a * b);
        case Operation::DIVIDE:
                return (int32_t)(a / (b | 1));
        default:
                return (int32_t)(a % (b | 1));
        }
}

enum what { CARS, RESULTS, TREE, WHATS };

static void write_message(int what, capnp::MessageBuilder &message)
{
        uint32_t state = 1;

        if (what == CARS) {
                for (auto car : message.initRoot<ParkingLot>().initCars(ENCODE_CARS))
                        write_car(car, &state);
        } else if (what == RESULTS) {
                for (auto result :
                     message.initRoot<SearchResultList>().initResults(ENCODE_RESULTS)) {
                        result.setScore(1000.0 - encode_random(&state) % 1000);
                        memcpy(result.initUrl(sizeof encode_url - 1).begin(), encode_url,
                               sizeof encode_url - 1);
                        result.setSnippet(encode_snippet);
                }
        } else {
                write_tree(message.initRoot<Expression>(), &state, ENCODE_DEPTH);
        }
}

static uint64_t read_message(int what, capnp::MessageReader &message)
{
        uint64_t value = 0;

        if (what == CARS) {
                for (auto car : message.getRoot<ParkingLot>().getCars())
                        value += car_value(car);
        } else if (what == RESULTS) {
                for (auto result : message.getRoot<SearchResultList>().getResults()) {
                        auto snippet = result.getSnippet();
                        value += (uint64_t)result.getScore() + result.getUrl().size();
                        value +=
                                snippet.size() + (unsigned char)snippet.begin()[snippet.size() / 2];
                }
        } else {
                value = (uint32_t)read_tree(message.getRoot<Expression>());
        }
        return value;
}

int main(int argc, char **argv)
{
        static const char *const names[WHATS] = {"cars", "results", "tree"};
        static capnp::word scratch[1 << 15];
        uint64_t count = peer_argument(argc, argv, 1, 500);
        double writes = 0, reads = 0;
        char name[64];

        for (int what = CARS; what < WHATS; what++) {
                double best_write = 1e9, best_read = 1e9;
                uint64_t value = 0;

                for (int round = 0; round < PEER_ROUNDS; round++) {
                        uint64_t began = peer_now(), found = 0;

                        for (uint64_t i = 0; i < count; i++) {
                                capnp::MallocMessageBuilder message(
                                        kj::ArrayPtr<capnp::word>(scratch, 1 << 15));

                                write_message(what, message);
                        }
                        double taken = peer_each(began, peer_now(), count);
                        best_write = taken < best_write ? taken : best_write;

                        capnp::MallocMessageBuilder message(
                                kj::ArrayPtr<capnp::word>(scratch, 1 << 15));
                        write_message(what, message);
                        auto segments = message.getSegmentsForOutput();
                        began = peer_now();
                        for (uint64_t i = 0; i < count; i++) {
                                capnp::SegmentArrayMessageReader reader(segments);

                                found += read_message(what, reader);
                        }
                        taken = peer_each(began, peer_now(), count);
                        best_read = taken < best_read ? taken : best_read;
                        value = found / count;
                }
                snprintf(name, sizeof name, "encode_%s_ns", names[what]);
                peer_print(name, best_write);
                snprintf(name, sizeof name, "decode_%s_ns", names[what]);
                peer_print(name, best_read);
                snprintf(name, sizeof name, "decode_%s_value", names[what]);
                peer_print(name, (double)value);
                writes += best_write / WHATS;
                reads += best_read / WHATS;
        }
        peer_print("encode_ns", writes);
        peer_print("decode_ns", reads);
        return 0;
}
