/* SPDX-License-Identifier: MIT */
/* The services as programs of a system, with one that needs all of them. */
#include "io/io.h"

#include <mori/clock.h>
#include <mori/service.h>
#include <mori/socket.h>

#include <stddef.h>

/* What capnpc-mori would make of the user's schema. */
struct user_capabilities {
        struct mori_program_process *process_;
        service_clock clock;
        service_directory directory;
        service_listener listener;
        service_random random;
};

#define NEED(field)                                                                                \
        {                                                                                          \
                .name = #field, .kind = MORI_PROGRAM_NEED,                                         \
                .offset = offsetof(struct user_capabilities, field),                               \
                .interface = &service_##field##_interface                                          \
        }
static const struct mori_program_field user_fields[] = {NEED(clock), NEED(directory),
                                                        NEED(listener), NEED(random)};
static const struct mori_program_schema user_program_schema = {
        .name = "User",
        .file = "user.capnp",
        .bytes = sizeof(struct user_capabilities),
        .fields_count = 4,
        .fields = user_fields,
};

static async int user_main(const struct user_capabilities *has)
{
        struct service_listener_address_results at;
        service_connection connection = {MORI_NO_REF};
        service_file file = {MORI_NO_REF};
        mori_file socket = MORI_NO_FILE;
        uint64_t number = 1;
        int64_t now = 0;

        EXPECT_EQ(await service_clock_now(has->clock, &now), 0);
        EXPECT(now > 0 && now <= mori_now());
        EXPECT_EQ(await service_random_below(has->random, 1, &number), 0);
        EXPECT_EQ(number, 0);
        EXPECT_EQ(await service_directory_open(has->directory, "f", SERVICE_DIRECTORY_HOW_READ,
                                               &file),
                  0);
        EXPECT_EQ(await service_directory_open(has->directory, "f", SERVICE_DIRECTORY_HOW_WRITE,
                                               &file),
                  -EACCES);
        service_file_drop(file);
        EXPECT_EQ(await service_listener_address(has->listener, &at), 0);
        EXPECT_EQ(await mori_socket_connect(at.address.bytes, &socket), 0);
        service_listener_address_results_free(&at);
        EXPECT_EQ(await service_listener_accept(has->listener, &connection), 0);
        service_connection_drop(connection);
        EXPECT_EQ(await mori_file_close(socket), 0);
        return 7;
}
MORI_PROGRAM(user, user_main);

PROGRAM(a_system_of_services)
{
        struct builtin_files_capabilities files;
        struct builtin_listener_capabilities listener;
        static const struct mori_system_need needs[] = {{0, 0}, {1, 0}, {2, 0}, {3, 0}};
        const struct mori_system_process processes[] = {
                {.name = "clock", .program = &mori_service_program_clock},
                {.name = "files", .program = &mori_service_program_files, .settings = &files},
                {.name = "in", .program = &mori_service_program_listener, .settings = &listener},
                {.name = "random", .program = &mori_service_program_random},
                {.name = "console", .program = &mori_service_program_console},
                {.name = "user",
                 .program = &mori_program_user,
                 .needs = needs,
                 .restart = MORI_RESTART_TEMPORARY,
                 .ends = true},
        };
        const struct mori_system system = {.processes = processes, .count = 6};
        struct mori_end end;

        make_file("f", "abc", 3);
        mori_program_defaults(&builtin_files_program_schema, &files);
        EXPECT_EQ(files.open_max, MORI_SERVICE_OPEN);
        files.path = ".";
        files.readonly = true;
        mori_program_defaults(&builtin_listener_program_schema, &listener);
        listener.address = "127.0.0.1:0";
        EXPECT_EQ(await mori_system_run(&system, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_RETURNED);
        EXPECT_EQ(end.code, 7);
        for (unsigned i = 0; i < 5; i++)
                EXPECT(strcmp(mori_service_programs[i]->name, "user") != 0);
        EXPECT(mori_service_programs[5] == NULL);
        return 0;
}

IO_MAIN("services/system", TEST(a_system_of_services))
