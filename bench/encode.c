/* SPDX-License-Identifier: MIT */
/*
 * What do messages cost to write, and to read?
 *
 *      encode [COUNT]
 *
 *      encode_ns, decode_ns                  a message of each of the three, on average
 *      encode_cars_ns, decode_cars_ns        carsales of Cap'n Proto's own benchmark: values, lists
 *      encode_results_ns, decode_results_ns  catrank: texts
 *      encode_tree_ns, decode_tree_ns        eval: a tree of structs with unions
 *      encode_allocations                    of memory, by a message, once there has been one
 *
 * The memory of a message is used again for the next. Reading goes over all fields.
 */
#include "bench.h"

#include <mori/wire_build.h>

#include "encode_values.h"
#include "generated/encode.mori.h"

#include <stdio.h>
#include <string.h>

#define SEGMENTS_MAX 16
#define TEXT(string) mori_wire_text_of(string)

static int write_car(struct car_builder car, uint32_t *state)
{
        struct wheel_list_builder wheels;
        struct engine_builder engine;

        attempt(car_set_make(car, TEXT(encode_makes[encode_random(state) % 5])));
        attempt(car_set_model(car, TEXT(encode_models[encode_random(state) % 6])));
        car_set_color(car, (enum color)(encode_random(state) % 9));
        car_set_seats(car, (uint8_t)(2 + encode_random(state) % 6));
        car_set_doors(car, (uint8_t)(2 + encode_random(state) % 3));
        attempt(car_init_wheels(car, 4, &wheels));
        for (uint32_t i = 0; i < 4; i++) {
                struct wheel_builder wheel = wheel_list_builder_at(wheels, i);

                wheel_set_diameter(wheel, (uint16_t)(25 + encode_random(state) % 15));
                wheel_set_air_pressure(wheel, (float)(30 + encode_random(state) % 20));
                wheel_set_snow_tires(wheel, encode_random(state) % 16 == 0);
        }
        car_set_length(car, (uint16_t)(170 + encode_random(state) % 150));
        car_set_width(car, (uint16_t)(48 + encode_random(state) % 36));
        car_set_height(car, (uint16_t)(54 + encode_random(state) % 48));
        car_set_weight(car, encode_random(state) % 4000);
        attempt(car_init_engine(car, &engine));
        engine_set_horsepower(engine, (uint16_t)(100 * (encode_random(state) % 400)));
        engine_set_cylinders(engine, (uint8_t)(4 + 2 * (encode_random(state) % 3)));
        engine_set_cc(engine, 800 + encode_random(state) % 10000);
        engine_set_uses_gas(engine, true);
        engine_set_uses_electric(engine, encode_random(state) % 2 != 0);
        car_set_fuel_capacity(car, (float)(encode_random(state) % 30));
        car_set_fuel_level(car, (float)(encode_random(state) % 10));
        car_set_has_power_windows(car, encode_random(state) % 2 != 0);
        car_set_has_power_steering(car, encode_random(state) % 2 != 0);
        car_set_has_cruise_control(car, encode_random(state) % 2 != 0);
        car_set_cup_holders(car, (uint8_t)(encode_random(state) % 12));
        car_set_has_nav_system(car, encode_random(state) % 2 != 0);
        return 0;
}

static int write_cars(struct mori_wire_slot root)
{
        struct parking_lot_builder lot;
        struct car_list_builder cars;
        uint32_t state = 1;

        attempt(parking_lot_init(root, &lot));
        attempt(parking_lot_init_cars(lot, ENCODE_CARS, &cars));
        for (uint32_t i = 0; i < ENCODE_CARS; i++)
                attempt(write_car(car_list_builder_at(cars, i), &state));
        return 0;
}

static uint64_t car_value(struct car car)
{
        struct wheel_list wheels = car_wheels(car);
        struct engine engine = car_engine(car);
        uint64_t value = car_seats(car) * 200u + car_doors(car) * 350u + car_color(car);

        for (uint32_t i = 0; i < wheel_list_count(wheels); i++) {
                struct wheel wheel = wheel_list_at(wheels, i);

                value += (uint64_t)wheel_diameter(wheel) * wheel_diameter(wheel);
                value += wheel_snow_tires(wheel) ? 100 : 0;
                value += (uint64_t)wheel_air_pressure(wheel);
        }
        value +=
                (uint64_t)car_length(car) * car_width(car) * car_height(car) / 50 + car_weight(car);
        value += (uint64_t)engine_horsepower(engine) * 40 + engine_cylinders(engine) +
                 engine_cc(engine);
        value += engine_uses_gas(engine) + engine_uses_electric(engine);
        value += car_has_power_windows(car) + car_has_power_steering(car) * 2u;
        value += car_has_cruise_control(car) * 4u + car_has_nav_system(car) * 8u;
        value += car_cup_holders(car) * 25u + (uint64_t)car_fuel_capacity(car);
        value += (uint64_t)car_fuel_level(car);
        return value + car_make(car).count + car_model(car).count;
}

static uint64_t read_cars(struct mori_wire_pointer root)
{
        struct car_list cars = parking_lot_cars(parking_lot_read(root));
        uint64_t value = 0;

        for (uint32_t i = 0; i < car_list_count(cars); i++)
                value += car_value(car_list_at(cars, i));
        return value;
}

static int write_results(struct mori_wire_slot root)
{
        struct search_result_list_builder list;
        struct search_result_list__builder results;
        uint32_t state = 1;

        attempt(search_result_list_init(root, &list));
        attempt(search_result_list_init_results(list, ENCODE_RESULTS, &results));
        for (uint32_t i = 0; i < ENCODE_RESULTS; i++) {
                struct search_result_builder result = search_result_list__builder_at(results, i);
                char *url;

                search_result_set_score(result, 1000.0 - encode_random(&state) % 1000);
                attempt(search_result_init_url(result, sizeof encode_url - 1, &url));
                memcpy(url, encode_url, sizeof encode_url - 1);
                attempt(search_result_set_snippet(result, TEXT(encode_snippet)));
        }
        return 0;
}

static uint64_t read_results(struct mori_wire_pointer root)
{
        struct search_result_list_ results =
                search_result_list_results(search_result_list_read(root));
        uint64_t value = 0;

        for (uint32_t i = 0; i < search_result_list__count(results); i++) {
                struct search_result result = search_result_list__at(results, i);
                struct mori_wire_text snippet = search_result_snippet(result);

                value += (uint64_t)search_result_score(result) + search_result_url(result).count;
                value += snippet.count + (unsigned char)snippet.bytes[snippet.count / 2];
        }
        return value;
}

static int write_tree(struct expression_builder to, uint32_t *state, int depth)
{
        struct expression_left_builder left = expression_init_left(to);
        struct expression_right_builder right = expression_init_right(to);
        struct expression_builder inner;

        expression_set_op(to, (enum operation)(encode_random(state) % 5));
        if (depth == 0) {
                expression_left_set_value(left, (int32_t)(encode_random(state) % 128 + 1));
                expression_right_set_value(right, (int32_t)(encode_random(state) % 128 + 1));
                return 0;
        }
        attempt(expression_left_init_expression(left, &inner));
        attempt(write_tree(inner, state, depth - 1));
        attempt(expression_right_init_expression(right, &inner));
        return write_tree(inner, state, depth - 1);
}

static int32_t read_tree(struct expression from)
{
        struct expression_left left = expression_left(from);
        struct expression_right right = expression_right(from);
        int32_t a = expression_left_which(left) == EXPRESSION_LEFT_WHICH_VALUE
                            ? expression_left_value(left)
                            : read_tree(expression_left_expression(left));
        int32_t b = expression_right_which(right) == EXPRESSION_RIGHT_WHICH_VALUE
                            ? expression_right_value(right)
                            : read_tree(expression_right_expression(right));

        switch (expression_op(from)) {
        case OPERATION_ADD:
                return (int32_t)((uint32_t)a + (uint32_t)b);
        case OPERATION_SUBTRACT:
                return (int32_t)((uint32_t)a - (uint32_t)b);
        case OPERATION_MULTIPLY:
                return (int32_t)((uint32_t)a * (uint32_t)b);
        case OPERATION_DIVIDE:
                return (int32_t)((uint32_t)a / ((uint32_t)b | 1));
        default:
                return (int32_t)((uint32_t)a % ((uint32_t)b | 1));
        }
}

enum what { CARS, RESULTS, TREE, WHATS };

static int write_message(enum what what, struct mori_wire_slot root)
{
        struct expression_builder tree;
        uint32_t state = 1;

        switch (what) {
        case CARS:
                return write_cars(root);
        case RESULTS:
                return write_results(root);
        default:
                attempt(expression_init(root, &tree));
                return write_tree(tree, &state, ENCODE_DEPTH);
        }
}

static uint64_t read_message(enum what what, struct mori_wire_pointer root)
{
        switch (what) {
        case CARS:
                return read_cars(root);
        case RESULTS:
                return read_results(root);
        default:
                return (uint32_t)read_tree(expression_read(root));
        }
}

static double write_ns(enum what what, uint64_t count, struct mori_wire_builder *builder)
{
        uint64_t began = bench_now();

        for (uint64_t i = 0; i < count; i++) {
                bench_require(mori_wire_builder_again(builder) == 0);
                bench_require(write_message(what, mori_wire_builder_root(builder)) == 0);
        }
        return bench_each(began, bench_now(), count);
}

static double read_ns(enum what what, uint64_t count, const struct mori_wire_builder *builder,
                      uint64_t *ret_value)
{
        struct mori_wire_segment segments[SEGMENTS_MAX];
        struct mori_wire_message message;
        uint64_t began = bench_now(), value = 0;

        bench_require(builder->count <= SEGMENTS_MAX);
        for (uint64_t i = 0; i < count; i++) {
                mori_wire_builder_segments(builder, segments);
                mori_wire_message_init(&message, segments, builder->count);
                value += read_message(what, mori_wire_root(&message));
                bench_require(message.error.fault == MORI_WIRE_GOOD);
        }
        *ret_value = value / count;
        return bench_each(began, bench_now(), count);
}

async int mori_main(int argc, char **argv)
{
        static const char *const names[WHATS] = {"cars", "results", "tree"};
        uint64_t count = bench_argument(argc, argv, 1, 500), allocations = 0, value = 0;
        double writes = 0, reads = 0;
        char name[64];

        for (enum what what = CARS; what < WHATS; what++) {
                double best_write = 1e9, best_read = 1e9;
                struct mori_wire_builder builder;

                bench_require(mori_wire_builder_init(&builder, NULL, 1024, 1 << 20) == 0);
                write_ns(what, 1, &builder); /* its memory is in one piece afterwards */
                for (int round = 0; round < BENCH_ROUNDS; round++) {
                        uint64_t before = bench_allocations(), found;
                        double taken = write_ns(what, count, &builder);

                        if (round > 0)
                                allocations += bench_allocations() - before;
                        best_write = taken < best_write ? taken : best_write;
                        taken = read_ns(what, count, &builder, &found);
                        best_read = taken < best_read ? taken : best_read;
                        bench_require(round == 0 || found == value);
                        value = found;
                }
                mori_wire_builder_deinit(&builder);
                snprintf(name, sizeof name, "encode_%s_ns", names[what]);
                bench_print(name, best_write);
                snprintf(name, sizeof name, "decode_%s_ns", names[what]);
                bench_print(name, best_read);
                snprintf(name, sizeof name, "decode_%s_value", names[what]);
                bench_print(name, (double)value);
                writes += best_write / WHATS;
                reads += best_read / WHATS;
        }
        bench_print("encode_ns", writes);
        bench_print("decode_ns", reads);
        bench_print("encode_allocations", (double)allocations);
        return 0;
}
