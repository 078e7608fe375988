# SPDX-License-Identifier: MIT
"""For tests of `mori`, the tool: runs it, and holds what it says and its exit code to what is expected."""
import os
import subprocess
import sys

MORI = os.path.abspath(sys.argv[1])


def mori(*arguments, **environment):
    return subprocess.run([MORI, *arguments], capture_output=True, text=True, timeout=300, check=False,
                          env={**os.environ, **environment})


def expect(done, code, *words):
    """All of what it said."""
    text = done.stdout + done.stderr
    assert done.returncode == code, (done.args, done.returncode, text)
    for word in words:
        assert word in text, (done.args, word, text)
    print("ok:", " ".join(done.args[1:]), "->", code)
    return text
