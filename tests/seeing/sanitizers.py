#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sanitizers.py SUBJECT KIND: the report of a sanitizer shows the chain of awaits of deep.c, which was built with it."""
import os
import re
import sys

from chain import AWAITS, SKIPPED, in_order, run

SUBJECT, KIND = os.path.abspath(sys.argv[1]), sys.argv[2]

# What is asked for, what the report says, and the function in which it happens.
FAULTS = {
    "undefined": ("overflow", "signed integer overflow", "overflows"),
    "address": ("freed", "heap-use-after-free", "reads_freed"),
    "thread": ("race", "data race", "writes"),
}


def main():
    what, says, innermost = FAULTS[KIND]
    done = run(SUBJECT, what, UBSAN_OPTIONS="print_stacktrace=1", ASAN_OPTIONS="exitcode=66", TSAN_OPTIONS="exitcode=66")
    text = done.stderr
    assert says in text, (done.returncode, text)
    assert KIND == "undefined" or done.returncode == 66, (done.returncode, text)
    # the stacks of a report begin anew at #0
    stacks = [re.findall(r"^ +#\d+ (?:0x[0-9a-f]+ in )?(\w+)", stack, flags=re.M)
              for stack in re.split(r"(?=^ +#0 )", text, flags=re.M)]
    if not any(stacks) or not any(innermost in names for names in stacks):
        print("skipped: the sanitizer has no names here (a symbolizer is missing):", text[:300])
        return SKIPPED
    assert any(in_order([innermost, "behind_gate"] + AWAITS, names) for names in stacks), text
    if KIND == "thread":
        assert any(in_order(["writes", "writes_beside"], names) for names in stacks), text
    return 0


sys.exit(main())
