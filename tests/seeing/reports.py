#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""reports.py SUBJECT: what a program says by itself of a fault, an abandonment and a stall, and that it ends whoever reads it."""
import fcntl
import os
import signal
import subprocess
import sys

SUBJECT = os.path.abspath(sys.argv[1])


def run(*arguments, **environment):
    return subprocess.run([SUBJECT, *arguments], capture_output=True, text=True, timeout=200, check=False,
                          stdin=subprocess.DEVNULL, env={**os.environ, **environment})


def expect(done, code, *words):
    assert done.returncode == code, (done.args, done.returncode, done.stderr)
    at = 0
    for word in words:  # in this order
        assert done.stderr.find(word, at) >= 0, (done.args, word, done.stderr)
        at = done.stderr.find(word, at)
    return done.stderr


def fault():
    for engine in ("epoll", "uring", "sim"):
        text = expect(run("crash", MORI_IO=engine), -signal.SIGSEGV, "signal 11", "started at falls_joined",
                      "touches", "falls", "it is activity ", "started in activity ", "at falls_joined",
                      "at among_others", " waits for activity ", "there are 6 activities", "2 waiting for a queue")
        assert text.count("\n") < 45, text
    text = expect(run("crash", MORI_REPORT="full", MORI_IO="epoll"), -signal.SIGSEGV, "there are 6 activities")
    assert text.count("; started at ") == 6 and "sleeping, at sleeps" in text, text
    expect(run("crash", MORI_REPORT="loud"), 78, "MORI_REPORT=loud: expected full or short")


def abandonment():
    expect(run("broken", MORI_IO="epoll"), 70, "is broken", "started at among_others", "breaking", "it is activity ",
           "started in activity", "waits for activity", "there are 5 activities")


def stall():
    done = run("spin", MORI_IO="epoll", MORI_STALL_MS="50")
    text = expect(done, 0)
    if "has kept the worker" in text:  # a machine so busy that it had no CPU says nothing
        expect(done, 0, "has kept the worker", "spins", "spinning", "it is activity ", "there are 5 activities")
    else:
        print("the stall was not seen: the machine is too busy")


def nobody_reads():
    """Standard error is a full pipe: not blocking, and blocking. The program ends all the same."""
    for flags in (os.O_NONBLOCK, 0):
        out, end = os.pipe()
        fcntl.fcntl(end, fcntl.F_SETFL, fcntl.fcntl(end, fcntl.F_GETFL) | os.O_NONBLOCK)
        try:
            while True:
                os.write(end, b"x" * 4096)
        except BlockingIOError:
            pass
        if not flags:
            fcntl.fcntl(end, fcntl.F_SETFL, fcntl.fcntl(end, fcntl.F_GETFL) & ~os.O_NONBLOCK)
        done = subprocess.run([SUBJECT, "crash"], stdout=subprocess.DEVNULL, stderr=end, timeout=200, check=False)
        assert done.returncode == -signal.SIGSEGV, done
        os.close(end)
        os.close(out)


for part in (fault, abandonment, stall, nobody_reads):
    part()
    print("ok:", part.__name__)
