/* SPDX-License-Identifier: MIT */
/*
 * Step 1: a program.
 *
 * A mori program has no main(). It has mori_main, which is async: it may wait. The library brings
 * the main() that runs it, and what it returns is the exit code; a negative errno is reported,
 * and the code is 1.
 *
 * printf() could block, so async code must not call it, and the compiler says so. mori_print()
 * writes to a file, here to the standard output, and waits without holding anybody up. Waiting
 * can fail: `attempt` returns a failure to the caller, as it is.
 *
 *      moricc 01-hello/main.c -o hello && ./hello world
 */
#include <mori/keywords.h>

async int mori_main(int argc, char **argv)
{
        attempt(await mori_print(mori_stdout(), "hello, %s\n", argc > 1 ? argv[1] : "forest"));
        return 0;
}
