/* SPDX-License-Identifier: MIT */
/*
 * Step 17: a system: two programs of ours and one of mori's, which system.yaml wires. What a
 * program can reach is what stands there.
 */
#include "sums.mori.h"

#include <mori/keywords.h>
#include <mori/service.h>

#include <stdlib.h>

static async int client_main(const struct client_capabilities *has)
{
        int32_t sum = 0, half;

        for (const char *const *number = has->numbers; *number != NULL; number++)
                attempt(await calculator_add(has->calculator, sum, atoi(*number), &sum));
        attempt(await calculator_divide(has->calculator, sum, has->divisor, &half));
        return await mori_service_print(has->console, "%d in all, and divided by %d it is %d\n",
                                        (int)sum, (int)has->divisor, (int)half);
}
MORI_PROGRAM(client, client_main);
