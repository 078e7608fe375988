#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""environment.py CASE NO_URING HELLO TEST...: programs where the system offers less than usual.

HELLO is the first example, each TEST a program of this folder, which must pass there.
"""
import os
import resource
import subprocess
import sys
import tempfile

NO_ENGINE = 78


def run(command, engine=None, before=None, folder=None):
    environment = {name: value for name, value in os.environ.items() if name != "MORI_IO"}
    if engine is not None:
        environment["MORI_IO"] = engine
    if folder is not None:
        environment["TMPDIR"] = folder
    return subprocess.run(
        command,
        env=environment,
        preexec_fn=before,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def expect(result, code, said=""):
    if result.returncode != code or said not in result.stdout + result.stderr:
        sys.exit(f"{result.args}: {result.returncode}, not {code} with '{said}':\n{result.stdout}{result.stderr}")


def limit(which, amount):
    return lambda: resource.setrlimit(which, (amount, amount))


def without_uring(launcher, hello, tests):
    for number in "1", "38":
        launch = [launcher, number]
        first = run(launch + [hello])
        if first.returncode == 77:
            sys.exit(77)
        expect(first, 0, "hello")
        expect(run(launch + [hello], "auto"), 0, "hello")
        expect(run(launch + [hello], "epoll"), 0, "hello")
        expect(run(launch + [hello], "uring"), NO_ENGINE, "mori: ")
        for test in tests:
            expect(run(launch + [test], "auto"), 0, "100%")


def as_nobody(_, hello, tests):
    if os.getuid() != 0:
        sys.exit(77)

    def become():
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)

    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        # The programs may lie where nobody cannot reach them.
        copies = []
        for program in [hello] + tests:
            copies.append(os.path.join(folder, os.path.basename(program)))
            with open(program, "rb") as source, open(copies[-1], "wb") as target:
                target.write(source.read())
            os.chmod(copies[-1], 0o755)
        for engine in "auto", "epoll":
            expect(run(copies[:1], engine, become, folder), 0, "hello")
            for test in copies[1:]:
                expect(run([test], engine, become, folder), 0, "100%")


def few_descriptors(_, hello, tests):
    for engine in "auto", "epoll", "sim":
        expect(run([hello], engine, limit(resource.RLIMIT_NOFILE, 32)), 0, "hello")
    # The loader needs one for itself.
    for engine in "auto", "epoll":
        expect(run([hello], engine, limit(resource.RLIMIT_NOFILE, 4)), NO_ENGINE, "mori: ")


def little_memory(_, hello, tests):
    # From nearly nothing on: a clear message, or all is well.
    worked = 0
    for megabytes in 16, 24, 32, 48, 64, 128, 256, 512, 1024, 4096, 16384, 131072:
        for engine in "auto", "epoll", "sim":
            result = run([hello], engine, limit(resource.RLIMIT_AS, megabytes << 20))
            if result.returncode == 0:
                expect(result, 0, "hello")
                worked += 1
            else:
                expect(result, NO_ENGINE, "mori: ")
    if worked < 3:
        sys.exit("no program ran within 128 GiB of address space")


CASES = {
    "without-uring": without_uring,
    "as-nobody": as_nobody,
    "few-descriptors": few_descriptors,
    "little-memory": little_memory,
}

if __name__ == "__main__":
    CASES[sys.argv[1]](sys.argv[2], sys.argv[3], sys.argv[4:])
