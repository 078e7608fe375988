/* SPDX-License-Identifier: MIT */
/* The reader of this very program: see here.h. */
#include "inspect/here.h"

#include "platform/peek.h"

static const struct inspect_root *root_here;

void inspect_here(const struct inspect_root *root)
{
        root_here = root;
}

static int read_here(struct inspect_memory *memory, uint64_t address, void *buffer, size_t bytes)
{
        (void)memory;
        return platform_peek(address, buffer, bytes);
}

bool inspect_open_here(struct inspect_reader *reader)
{
        static struct inspect_memory memory = {.read = read_here};
        char error[128];

        return root_here != NULL &&
               inspect_open(reader, &memory, root_here, error, sizeof error) == 0;
}
