#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""memcheck.py ERRORS UNIT-TEST EXAMPLE...: memcheck has nothing to say about mapped stacks, and finds what is wrong.

ERRORS is the program of errors.c. Of UNIT-TEST some cases run."""
import os
import shutil
import subprocess
import sys

ERRORS, UNIT_TEST, EXAMPLES = sys.argv[1], sys.argv[2], sys.argv[3:]
CASES = ["every_way_out_of_a_scope_waits", "scopes_nest", "deadlines_end_waits", "a_shield_keeps_cancellation_out",
         "deferred_calls_run", "a_token_cancels_what_is_attached", "cancelled_by_a_token_is_no_failure"]
ERROR = 99  # memcheck's exit code where it has found one
LOUD = ["Invalid", "uninitialised", "overlap"]


def memcheck(*command, **environment):
    """The exit code, and what memcheck said."""
    done = subprocess.run(["valgrind", "-q", f"--error-exitcode={ERROR}", "--leak-check=full", *command],
                          env={**os.environ, **environment}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=300, check=False)
    return done.returncode, done.stderr


def clean(*command, **environment):
    code, said = memcheck(*command, **environment)
    assert code == 0 and not any(word in said for word in LOUD), (command, environment, code, said)


def finds(error, message, *functions):
    """The error is found where it is: in the first function, which the second has called, and so on."""
    code, said = memcheck(ERRORS, error)
    assert code == ERROR and message in said, (error, code, said)
    frames = [line.split(":", 1)[1].split("(")[0].strip() for line in said[said.index(message):].splitlines()
              if " at 0x" in line or " by 0x" in line]
    assert frames[:len(functions)] == list(functions), (error, frames, said)


if shutil.which("valgrind") is None:
    print("valgrind is not installed")
    sys.exit(77)
clean(ERRORS)
finds("unset", "Conditional jump or move depends on uninitialised value", "decides_on_what_is_not_set", "unset",
      "works", "mori_enter")
finds("beyond", "Invalid write of size 1", "beyond", "works", "mori_enter")
finds("freed", "Invalid write of size 1", "beyond", "works", "mori_enter")
for example in EXAMPLES:
    clean(example)
for case in CASES:
    clean(UNIT_TEST, CK_FORK="no", CK_RUN_CASE=case)
