# SPDX-License-Identifier: MIT
"""What the tests with deep.c share: the chain that a reader of stacks is to show, and how it is found."""
import os
import subprocess

SKIPPED = 77
AWAITS = ["level_4", "level_3", "level_2", "level_1", "begins"]


def run(*command, **environment):
    """One engine, and no report of the turn that computes for long."""
    return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=250, check=False,
                          stdin=subprocess.DEVNULL,
                          env={**os.environ, "MORI_IO": "epoll", "MORI_STALL_MS": "0", **environment})


def in_order(wanted, names):
    """Whether the names of `wanted` are among `names`, in this order."""
    rest = iter(names)
    return all(name in rest for name in wanted)
