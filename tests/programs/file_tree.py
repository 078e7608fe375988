#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""file_tree.py ENGINE PROGRAM: 06-file-tree counts what is there, whatever the tree looks like."""
import os
import subprocess
import sys
import tempfile

ENGINE, PROGRAM = sys.argv[1], sys.argv[2]


def run(*arguments):
    done = subprocess.run([PROGRAM, *arguments], env={"MORI_STALL_MS": "0", **os.environ, "MORI_IO": ENGINE}, capture_output=True,
                          text=True, timeout=300, check=False)
    if done.returncode == 78 and ENGINE == "uring":
        sys.exit(77)
    return done


with tempfile.TemporaryDirectory() as root:
    directories = 1
    for wide in range(60):
        for deep in range(wide % 4):
            os.makedirs(f"{root}/{wide}/{deep}")
            with open(f"{root}/{wide}/{deep}/file", "wb") as file:
                file.write(bytes(wide))
    below = root
    for _ in range(150):  # deeper than the helpers are many
        below += "/deep"
        os.mkdir(below)
    os.symlink("/", f"{root}/elsewhere")
    os.symlink("gone", f"{root}/dangling")
    files = sum(len([f for f in f_s if not os.path.islink(os.path.join(d, f))]) for d, _, f_s in os.walk(root))
    size = sum(wide * (wide % 4) for wide in range(60))
    directories = sum(1 for _ in os.walk(root))

    done = run(root)
    expected = f"{files} files with {size} bytes, {directories} directories, 2 others, 0 errors\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, ""), (expected, done)

    done = run(f"{root}/gone")
    assert done.returncode == 1 and "No such file or directory" in done.stderr, done
