#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tool.py MORI MORICC EXAMPLES MODES CAPNPC: `mori`, with right and with wrong arguments. MODES: "linked,mapped" or "mapped"."""
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from ask_mori import MORI, expect, mori

MORICC, EXAMPLES = (os.path.abspath(path) for path in sys.argv[2:4])
MODES, CAPNPC = sys.argv[4].split(","), sys.argv[5]
HELLO = f"{EXAMPLES}/01-hello/main.c"


def build(output, source, mode, *flags):
    subprocess.run([MORICC, f"-mori-mode={mode}", "-shared", "-fPIC", "-o", output, source, *flags],
                   check=True, timeout=300)


expect(mori(), 2, "what is to be done?")
expect(mori("dance"), 2, "dance: no such verb")
expect(mori("run"), 2, "which program?")
expect(mori("run", "a", "b"), 2, "come after --")
expect(mori("run", "--fast", "b"), 2, "--fast: no such option")
expect(mori("info", "--xml"), 2, "--xml: no such option")
expect(mori("--version"), 0, "mori ")
expect(mori("--help"), 0, "usage: mori run PROGRAM")
expect(mori("info"), 0, "engine", "epoll", "files", "computing", "CPU quota", "resident")
told = json.loads(mori("info", "--json").stdout)
assert told["engine"] in ("uring", "epoll") and told["mode"] in MODES and told["version"], told
assert told["cpus"] == len(os.sched_getaffinity(0)) and told["resident_bytes"] > 1 << 20, told
assert told["compute_threads"] == min(told["cpus"], told["cpu_quota"] or told["cpus"]), told
one = json.loads(subprocess.run([MORI, "info", "--json"], capture_output=True, text=True, timeout=300, check=True,
                                preexec_fn=lambda: os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])).stdout)
assert one["cpus"] == one["compute_threads"] == 1, one
# One MiB may be locked: that is told, and is too little; root may lock all there is.
little = subprocess.run([MORI, "info", "--json"], capture_output=True, text=True, timeout=300, check=True,
                        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_MEMLOCK, (1 << 20, 1 << 20)))
assert json.loads(little.stdout)["resident_limit"] in (None, 1 << 20), little.stdout

with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    own = told["mode"]
    build("hello.so", HELLO, own)
    expect(mori("run", "hello.so"), 0, "hello, forest")
    expect(mori("run", "./hello.so", "--", "you"), 0, "hello, you")
    expect(mori("run", "hello.so", MORI_IO="epoll"), 0, "hello, forest")
    expect(mori("run", "hello.so", MORI_IO="sim"), 0, "hello, forest")
    expect(mori("run", "hello.so", MORI_IO="smoke"), 78, "MORI_IO=smoke")

    expect(mori("run", "gone.so"), 1, "gone.so: No such file")
    expect(mori("run", folder), 1, "not a file")
    with open("text.so", "w", encoding="utf-8") as file:
        file.write("this is no program, however long it may be; it is text and nothing else at all\n" * 9)
    expect(mori("run", "text.so"), 1, "text.so: is no program")
    with open("empty.so", "w", encoding="utf-8"):
        pass
    expect(mori("run", "empty.so"), 1, "empty.so: is no program")
    expect(mori("run", MORI), 1, "is an executable")

    with open("part.c", "w", encoding="utf-8") as file:
        file.write("int nothing(void);\nint nothing(void) { return 0; }\n")
    build("part.so", "part.c", own)
    expect(mori("run", "part.so"), 1, "no entry point", "mori_main")

    with open("exits.c", "w", encoding="utf-8") as file:
        file.write("#include <mori/keywords.h>\nasync int mori_main(int argc, char **argv)\n"
                   "{\n        (void)argv;\n        return argc > 1 ? -ENOSPC : 42;\n}\n")
    build("exits.so", "exits.c", own)
    expect(mori("run", "exits.so"), 42)
    expect(mori("run", "exits.so", "--", "x"), 1, "No space left on device")

    for other in MODES:
        if other != own:
            build("other.so", HELLO, other)
            expect(mori("run", "other.so"), 1, f"was built for {other} stacks", f"mori_abi_{other}_1")

    # A system, as docs/tutorial.md says that it is built.
    if shutil.which("capnp"):
        shutil.copytree(f"{EXAMPLES}/17-system", "system")
        subprocess.run(["capnp", "compile", f"-I{EXAMPLES}/../include", f"-o{CAPNPC}", "sums.capnp"], cwd="system", check=True)
        build("system/sums.so", "system/client.c", own, "system/server.c", "system/sums.mori.c")
        expect(mori("run", "system/system.yaml"), 0, "42 in all")
