#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""perf.py SUBJECT MODE: perf shows the chain of awaits of deep.c: whole on mapped stacks. On linked ones by frame pointers, through gates and
segments, without those whose callee has gone to a further segment; by DWARF what lies on the stack that the sample was taken on
(docs/debugging.md)."""
import os
import shutil
import subprocess
import sys
import tempfile

from chain import AWAITS, SKIPPED, in_order, run

SUBJECT, MODE = os.path.abspath(sys.argv[1]), sys.argv[2]


def record(folder, graph, what):
    data = os.path.join(folder, f"{graph}-{what}.data")
    done = run("perf", "record", "-q", "-e", "cpu-clock", "-F", "999", "--call-graph", graph, "-o", data, SUBJECT, what)
    return data, done


def samples(data):
    """The functions of each sample, the innermost first."""
    done = run("perf", "script", "-i", data, "-F", "ip,sym")
    assert done.returncode == 0, done.stderr
    for block in done.stdout.split("\n\n"):
        yield [line.split(None, 1)[1].strip() for line in block.splitlines() if len(line.split(None, 1)) == 2]


def shows(folder, graph, what, wanted):
    data, done = record(folder, graph, what)
    assert done.returncode == 0, (graph, what, done.stderr)
    found = [names for names in samples(data) if wanted[0] in names]
    whole = [names for names in found if in_order(wanted, names)]
    # the first instructions of a function have no frame record yet
    assert len(whole) >= 3 and len(whole) >= 0.8 * len(found), (graph, what, wanted, len(whole), found[:3])


def main():
    if shutil.which("perf") is None:
        print("skipped: there is no perf (package linux-perf)")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        _, done = record(folder, "fp", "sync")
        if done.returncode != 0:
            print("skipped: perf records nothing here:", done.stderr.strip().splitlines()[:1])
            return SKIPPED
        for what, innermost in (("sync", ["computes", "behind_gate"]), ("async", [])):
            if MODE == "mapped":
                shows(folder, "fp", what, innermost + AWAITS)
                shows(folder, "dwarf", what, innermost + AWAITS)
            else:
                shows(folder, "fp", what, innermost + ["level_4", "__morestack", "level_4", "mori_start_linked"])
        if MODE == "linked":
            shows(folder, "dwarf", "sync", ["computes", "behind_gate"])
    return 0


try:
    sys.exit(main())
except subprocess.TimeoutExpired as late:
    sys.exit(f"{late}")
