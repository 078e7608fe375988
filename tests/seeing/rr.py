#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""rr.py SUBJECT: rr records a program of mori on epoll, and its replay shows the chain of awaits of deep.c."""
import os
import re
import shutil
import sys
import tempfile

from chain import AWAITS, SKIPPED, in_order, run

SUBJECT = os.path.abspath(sys.argv[1])


def main():
    if shutil.which("rr") is None:
        print("skipped: there is no rr (package rr)")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        place = {"_RR_TRACE_DIR": folder, "RR_TRACE_DIR": folder}
        done = run("rr", "record", "-n", "/bin/true", **place)
        if done.returncode != 0:
            print("skipped: rr records nothing here:", done.stderr.strip().splitlines()[-1:])
            return SKIPPED
        done = run("rr", "record", "-n", SUBJECT, "overflow", **place)
        assert done.returncode == 0, (done.returncode, done.stderr)
        done = run("rr", "replay", "--", "-nx", "-batch", "-ex", "set debuginfod enabled off", "-ex", "break overflows",
                   "-ex", "continue", "-ex", "bt", **place)
        names = re.findall(r"^#\d+ .*?(?:in )?(\w+) \(", done.stdout, flags=re.M)
        assert in_order(["overflows", "behind_gate"] + AWAITS, names), (names, done.stdout, done.stderr)
    return 0


sys.exit(main())
