#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""output.py ENGINE EXPECTED PROGRAM [ARGUMENT...]: runs a program and compares what it writes.

What it writes to the standard error output is nothing, or EXPECTED with `.stderr` before its end.

Exits with 77 (skipped) where the engine is io_uring and the kernel does not offer it.
"""
import difflib
import os
import re
import subprocess
import sys

NO_ENGINE = 78


def main():
    engine, expected_path, command = sys.argv[1], sys.argv[2], sys.argv[3:]
    with open(expected_path, encoding="utf-8") as file:
        expected = file.read()
    expected_errors = ""
    errors_path = re.sub(r"(\.[^./]*)$", r".stderr\1", expected_path)
    if os.path.exists(errors_path):
        with open(errors_path, encoding="utf-8") as file:
            expected_errors = file.read()
    run = subprocess.run(
        # A page that has to be read is a stall, and a report of one would not be expected.
        command, env={"MORI_STALL_MS": "0", **os.environ, "MORI_IO": engine}, capture_output=True, text=True,
        timeout=300, check=False
    )
    if run.returncode == NO_ENGINE and engine == "uring":
        print(run.stderr)
        return 77
    wrong = 0
    if run.stdout != expected:
        wrong = 1
        sys.stdout.writelines(
            difflib.unified_diff(expected.splitlines(True), run.stdout.splitlines(True), "expected", "written")
        )
    if run.returncode != 0 or run.stderr != expected_errors:
        wrong = 1
        print(f"exit code {run.returncode}, and on the standard error output:\n{run.stderr}")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
