#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Shows that every tidy check fires: a small clean tree passes them all; then each fault, planted alone, is
found by its check, and by the words that name it.
"""
import os
import subprocess
import sys
import tempfile

import docs
import headers
import layers
import symbols
import text

SPDX = "/* SPDX-License-Identifier: MIT */\n"
MARK = "TO" "DO"

CLEAN = {
    "README.md": "See `docs/architecture.md` and `examples/01-hello`.\n",
    "docs/architecture.md": "## The nouns\n\n### not\n\n## The layers\n\n### base\n\n### platform\n\n"
    "### turn\n\n## Later\n\n### lane\n",
    "include/mori/thing.h": SPDX + "/*\n * Things.\n */\n#include <stddef.h>\n\n/* One. */\nint mori_thing(size_t n);\n",
    "include/mori/mori.h": SPDX + "/* All. */\n",
    "include/mori/base.h": SPDX + "/* Words. */\n#ifndef MORI_MAPPED\n#error moricc\n#endif\n",
    "include/mori/keywords.h": SPDX + "/* Words: async. */\n#ifdef __cplusplus\n#error C only\n#endif\n#define async\n",
    "src/base/list.h": SPDX,
    "src/base/atomic.h": SPDX + "#define get(p) __atomic_load_n(p, 0)\n",
    "src/platform/clock.c": SPDX + '#include <time.h>\n#include "base/list.h"\n',
    "src/turn/seat.h": SPDX,
    "src/turn/seat.c": SPDX + '#include <mori/thing.h>\n#include <string.h>\n#include "base/list.h"\n'
    '#include "turn/seat.h"\n/* #include "lane/lane.h": __atomic_load_n, syscall(1) */\n',
    "src/turn/seat_test.c": SPDX + '#include <pthread.h>\n#include "support/test.h"\n',
    "examples/01-hello/hello.c": SPDX + '#include <mori/thing.h>\n#include "own.h"\n',
    "examples/01-hello/own.h": SPDX,
    "Makefile": "# SPDX-License-Identifier: MIT\nall:\n\ttrue\n",
    "scripts/run": "#!/bin/sh\n# SPDX-License-Identifier: MIT\ntrue\n",
    "LICENSE": "words\n",
    "build/lost.c": "not ours\n",
}

CHECKS = {
    "layers": layers.check,
    "sources": symbols.check_sources,
    "headers": headers.check,
    "text": text.check,
    "paths": docs.check_paths,
    "examples": docs.check_examples,
    "described": docs.check_described,
    "snippets": docs.check_snippets,
    "environment": docs.check_environment,
}

# (check, file, its new text, words of the problem)
FAULTS = [
    ("layers", "src/base/list.h", SPDX + '#include "turn/seat.h"\n', "src/base/list.h:2: \"turn/seat.h\": turn/ lies below base/"),
    ("layers", "src/platform/clock.c", SPDX + '# include "turn/seat.h"\n', "turn/ lies below platform/"),
    ("layers", "src/turn/seat.c", SPDX + '#include "seat.h"\n', "write it from src/"),
    ("layers", "src/turn/seat.c", SPDX + '#include "../base/list.h"\n', "write it from src/"),
    ("layers", "src/turn/seat.c", SPDX + '#include "lane/lane.h"\n', "write it from src/"),
    ("layers", "src/turn/seat.c", SPDX + "#include <pthread.h>\n", "<pthread.h>: only platform/ and base/"),
    ("layers", "src/turn/x86_64/a.S", SPDX + '#include "lane/lane.h"\n', "src/turn/x86_64/a.S:2"),
    ("layers", "src/lane/lane.h", SPDX, "src/lane: not a layer"),
    ("layers", "include/mori/thing.h", SPDX + '#include "base/list.h"\n', "a public header names"),
    ("layers", "examples/01-hello/hello.c", SPDX + '#include "base/list.h"\n', "an example uses public headers"),
    ("sources", "src/turn/seat.c", SPDX + "int x(int *p) { return __atomic_load_n(p, 0); }\n", "atomics is reached"),
    ("sources", "src/turn/seat.c", SPDX + "#include <stdatomic.h>\n", "atomics is reached"),
    ("sources", "src/turn/seat.c", SPDX + "static _Atomic int x;\n", "atomics is reached"),
    ("sources", "include/mori/thing.h", SPDX + "static _Atomic int x;\n", "include/mori/thing.h:2"),
    ("sources", "src/turn/a.S", SPDX + "        lock xaddl %eax, (%rdi)\n", "atomics is reached"),
    ("sources", "src/turn/a.S", SPDX + "        syscall\n", "the kernel is reached"),
    ("sources", "src/turn/seat.c", SPDX + 'void x(void) { __asm__("syscall"); }\n', "the kernel is reached"),
    ("sources", "src/turn/seat.c", SPDX + "long x(void) { return syscall(39); }\n", "the kernel is reached"),
    ("sources", "src/turn/seat.c", SPDX + "long x(void) { return __rdtsc(); }\n", "the clock is reached"),
    ("sources", "src/turn/seat.c", SPDX + 'void x(void) { __asm__("rdrand %rax"); }\n', "random numbers is reached"),
    ("headers", "include/mori/thing.h", SPDX + "int mori_thing(size_t n);\n", "alone as C17 with gcc"),
    ("headers", "include/mori/thing.h", SPDX + "int mori_thing(size_t n);\n", "alone as C++17 with clang"),
    ("headers", "include/mori/thing.h", SPDX + "#ifdef __cplusplus\nint x\n#endif\n", "alone as C++17 with gcc"),
    ("headers", "include/mori/thing.h", SPDX + "static inline int x(int try, long a) { return try + (int)a; }\n",
     "alone as C++17 with gcc"),
    ("headers", "include/mori/thing.h", SPDX + "#if MORI_TYPO\n#endif\n", "alone as C17 with clang"),
    ("headers", "include/mori/thing.h", SPDX + "struct a { int x; };\n", "alone as C17 with gcc"),
    ("headers", "include/mori/base.h", SPDX + "/* Words. */\n", "takes it without a mode"),
    ("headers", "include/mori/keywords.h", SPDX + "#define async\n", "is C only, yet gcc takes it"),
    ("text", "src/turn/seat.c", "int x;\n", "src/turn/seat.c:1: no line SPDX"),
    ("text", "scripts/run", "#!/bin/sh\ntrue\n", "scripts/run:1: no line SPDX"),
    ("text", "Makefile", "all:\n", "Makefile:1: no line SPDX"),
    ("text", "src/turn/seat.c", SPDX + f"/* {MARK}: later */\n", f"src/turn/seat.c:2: {MARK}"),
    ("text", "docs/a.md", f"{MARK}\n", f"docs/a.md:1: {MARK}"),
    ("text", "src/turn/seat.c", SPDX + "\t" * 11 + "/* 123456 */" + "x;\n", "102 columns, 100 at most"),
    ("text", "docs/a.md", "a" * 161 + "\n", "161 columns, 160 at most"),
    ("text", "src/turn/seat.c", SPDX + "\n" * 900, "is it one concept?"),
    ("text", "README.md", "see @ROOT@/x\n", "README.md:1: a path of this machine"),
    ("paths", "README.md", "\nSee `src/turn/gone.c`.\n", "README.md:2: `src/turn/gone.c` does not exist"),
    ("paths", "docs/a.md", "```\n`src/no/path`\n```\n`src/gone/*.c`\n", "docs/a.md:4: `src/gone/*.c`"),
    ("paths", "docs/a.md", "`examples/09-gone/`\n", "`examples/09-gone/` does not exist"),
    ("described", "include/mori/thing.h", SPDX + "/* Things. */\n\nint mori_thing(int n);\n",
     "include/mori/thing.h:4: not described: mori_thing"),
    ("described", "include/mori/thing.h", SPDX + "/* Things. */\n\n/* One. */\nint mori_a(void);\n\n#define MORI_B 1\n",
     "not described: MORI_B"),
    ("environment", "src/turn/seat.c", SPDX + 'number_from_environment("MORI_NEW", 1, &n);\n',
     "src/turn/seat.c:2: MORI_NEW is not in the table of docs/operations.md"),
    ("environment", "compiler/moricc", "#!/bin/sh\n# SPDX-License-Identifier: MIT\ncc=${MORI_OTHER:-cc}\n", "MORI_OTHER is not in"),
    ("environment", "docs/operations.md", "\n| `MORI_GONE` | nothing |\n", "docs/operations.md:2: MORI_GONE is read nowhere"),
    ("snippets", "docs/tutorial.md", "\n```yaml\nprocesses:\n  gone: {}\n```\n", "docs/tutorial.md:2: stands in no example"),
    ("snippets", "docs/a.md", "\n```c\nint x = gone(1;\n```\n", "docs/a.md:2: stands in no source"),
    ("examples", "examples/02-new/new.c", SPDX, "examples/02-new/new.c: named neither"),
]

# (member, C, words of the problem or None if it is allowed)
OBJECTS = [
    ("turn_seat.c.o", "int getpid(void); int f(void) { return getpid(); }", "turn_seat.c.o: getpid: the kernel"),
    ("turn_seat.c.o", "int open64(char *, int); int f(void) { return open64(0, 0); }", "open64: the kernel"),
    ("turn_seat.c.o", "int __read_chk(void); int f(void) { return __read_chk(); }", "__read_chk: the kernel"),
    ("turn_seat.c.o", "int clock_gettime(int, void *); int f(void) { return clock_gettime(0, 0); }", "the clock"),
    ("turn_seat.c.o", "long random(void); long f(void) { return random(); }", "random numbers"),
    ("turn_seat.c.o", "int pthread_create(void); int f(void) { return pthread_create(); }", "threads"),
    ("turn_seat.c.o", "int __atomic_load_16(void); int f(void) { return __atomic_load_16(); }", "atomics"),
    ("memory_heap.c.o", "void *mmap(void); void *f(void) { return mmap(); }", "mmap: the kernel"),
    ("lane_lane.c.o", "int g(void); int f(void) { return g(); }", "lane_lane.c.o: of no layer"),
    ("turn_seat.c.o", "int snprintf(char *, unsigned long, char *, ...); int timers(void);"
     "int f(char *p) { return snprintf(p, 1, p) + timers(); }", None),
    ("platform_io.c.o", "int getpid(void); int f(void) { return getpid(); }", None),
    ("base_log.c.o", "void abort(void); void f(void) { abort(); }", None),
]


def plant(root, files):
    for path, content in files.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(content.replace("@ROOT@", root))


def run():
    wrong = []
    with tempfile.TemporaryDirectory() as root:
        plant(root, CLEAN)
        for name, check in CHECKS.items():
            for problem in check(root):
                wrong.append(f"the clean tree fails {name}: {problem}")

    for name, path, content, words in FAULTS:
        with tempfile.TemporaryDirectory() as root:
            plant(root, {**CLEAN, path: content})
            problems = CHECKS[name](root)
            if not any(words in problem for problem in problems):
                wrong.append(f"{name} did not say '{words}' of {path}; it said {problems}")

    for member, code, words in OBJECTS:
        with tempfile.TemporaryDirectory() as root:
            plant(root, {**CLEAN, "docs/architecture.md": CLEAN["docs/architecture.md"].replace(
                "### turn", "### memory\n\n### turn")})
            made = os.path.join(root, member)
            subprocess.run(["gcc", "-w", "-x", "c", "-fno-builtin", "-c", "-o", made, "-"],
                           input=code, text=True, check=True)
            os.makedirs(os.path.join(root, "out", "src"))
            subprocess.run(["ar", "rcs", os.path.join(root, "out", "src", "libmori.a"), made], check=True)
            problems = symbols.check_objects(root, os.path.join(root, "out"))
            if words is None and problems:
                wrong.append(f"{member} is allowed {code}, yet: {problems}")
            elif words is not None and not any(words in problem for problem in problems):
                wrong.append(f"objects did not say '{words}' of {member}; it said {problems}")

    for line in wrong:
        print(line)
    print(f"{len(FAULTS) + len(OBJECTS)} faults planted, {len(wrong)} surprises")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(run())
