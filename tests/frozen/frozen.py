#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""frozen.py SUBJECT OBJECT WITHOUT CRASHES: frozen variables are read everywhere, and whoever writes one is told which; WITHOUT was linked
with -z norelro. CRASHES is "yes" where a fault is reported by mori, and not by a sanitizer."""
import os
import signal
import subprocess
import sys

SUBJECT, OBJECT, WITHOUT = [os.path.abspath(path) for path in sys.argv[1:4]]
CRASHES = sys.argv[4] == "yes"


def run(program, *arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=200, check=False,
                          env={**os.environ, "MORI_IO": "epoll"})


def expect(done, code, *words):
    assert done.returncode == code, (done.args, done.returncode, done.stderr)
    for word in words:
        assert word in done.stderr, (done.args, word, done.stderr)


expect(run(SUBJECT, "read", OBJECT), 0)
if CRASHES:
    frozen = "read-only since its module was loaded (MORI_FROZEN, or a constant)"
    for what, name in (("own", "the variable frozen_record+0x10 ("), ("other", "the variable squares+0xf9c ("),
                       ("library", "the variable cubes+0x0 ("), ("opened", "the variable cubes+0x8 ("),
                       ("thread", "the variable primes+0x4 ("), ("constant", "the variable constant_names+0x8 (")):
        expect(run(SUBJECT, what, OBJECT), -signal.SIGSEGV, "signal 11", name, frozen, "write_to")
expect(run(WITHOUT, "read", OBJECT), 78, "the program has frozen variables", "-Wl,-z,norelro")
