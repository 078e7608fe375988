#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gdb.py SUBJECT: gdb/mori.py, which gdb finds in SUBJECT by itself, on a program that runs, one that crashes, and a core."""
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile

SUBJECT = os.path.abspath(sys.argv[1])
# The paths in the debug information begin here.
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LINKED = "linked" in os.path.basename(SUBJECT)


def gdb(*commands, program=(), **environment):
    """What gdb says to the commands: a text for each. An error is part of it, and ends nothing."""
    with tempfile.NamedTemporaryFile("w", suffix=".gdb") as script:
        for index, command in enumerate(commands):
            script.write(f"echo \\n=={index}==\\n\npython\ntry:\n    gdb.execute({command!r})\n"
                         "except gdb.error as error:\n    print(error)\nend\n")
        script.flush()
        done = subprocess.run(
            ["gdb", "-nx", "-batch", "-iex", "set auto-load safe-path /", "-iex", "set debuginfod enabled off",
             "-iex", "set pagination off", "-iex", "set width 0", "-iex", "set print frame-arguments scalars",
             "-iex", f"directory {TOP}", *program, "-x", script.name],
            capture_output=True, text=True, timeout=300, check=False, stdin=subprocess.DEVNULL,
            env={**os.environ, **environment})
    parts = re.split(r"^==\d+==$", done.stdout, flags=re.M)[1:]
    assert len(parts) == len(commands), (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr + done.stdout, (done.stdout, done.stderr)
    return parts


def has(text, *words):
    for word in words:
        assert word in text, (word, text)


def functions(backtrace):
    """The functions of a backtrace, innermost first."""
    return re.findall(r"^#\d+ +(?:0x[0-9a-f]+ in )?(\S+) \(", backtrace, flags=re.M)


def number_of(listing, words):
    found = re.search(r"^[ *] *(\d+) +\d+ +\d+  +" + words, listing, flags=re.M)
    assert found, (words, listing)
    return found.group(1)


def line_of(text):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "subject.c"), encoding="utf-8") as file:
        return next(number for number, line in enumerate(file, 1) if text in line)


class Waiting:
    def __init__(self, folder=None, words=("waits",), **environment):
        self.process = subprocess.Popen([SUBJECT, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder,
                                        env={**os.environ, **environment})
        assert self.process.stdout.readline() == b"ready\n"

    def __enter__(self):
        return self.process

    def __exit__(self, *error):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def look(*program):
    """The same commands of one that runs, and of a core."""
    processes, listing = gdb("info processes", "info activities", program=program)
    has(processes, "process 1, ", ": running, seat 0, 10 activities", "seat 0, thread ", ": in no turn")
    has(listing, "waiting for an activity to end: activity ", "started at ", "waits (", "tests/seeing/subject.c:",
        "to send to queue", "2 of 2 items", "which activity ")
    assert "could be told" not in listing, listing
    joiner, receiver = number_of(listing, r"waiting for an activity"), number_of(listing, r"waiting for a queue: to rec")
    deep = number_of(listing, rf"sleeping.*started at waits \(.*:{line_of('start(deep,')}\)")
    at, stack, up, local, starred, there, back, own, why, no_number, gone = gdb(
        f"activity {joiner}", "bt", "up", f"activity {receiver}", "info activities", "bt", "activity", "bt",
        f"mori why {joiner}", "activity x", "activity 7", program=program)
    has(at, f"activity {joiner}: waiting for an activity to end", "joins_one ()", "await join(one)")
    assert functions(stack) == ["joins_one"], stack
    has(up, "#2")
    has(local, "receives")
    assert re.search(rf"^\* *{receiver} ", starred, flags=re.M), starred
    assert functions(there)[-1] == "receives", there
    has(back, "#0")
    assert "main" in functions(own) or "mori_run" in functions(own), own
    has(why, "which waits for activity", "sleeping", "Its cause is 1", "It was started in activity")
    has(no_number, "no number of an activity")
    has(gone, "There is no activity 7")

    _, stack, raw, _, local = gdb(f"activity {deep}", "bt", "bt -no-filters", "up", "info locals",
                                  program=program)
    has(local, "room = ")
    assert functions(stack).count("deep") == 8 and "__morestack" not in stack, stack
    assert "previous frame" not in stack + raw, (stack, raw)
    if LINKED:
        has(raw, "__morestack")


def live():
    with Waiting() as process:
        look("-p", str(process.pid))
        assert process.poll() is None


def offloaded():
    """Threads beside the seats, as `mori ps` tells of them."""
    with Waiting(words=("offloads", "3"), MORI_OFFLOAD_THREADS="2") as process:
        for _ in range(50):  # a thread comes when it comes
            told, = gdb("info processes", program=("-p", str(process.pid)))
            if len(re.findall(r"^  thread \d+: blocks \(.*for the activity started at offloads \(", told, re.M)) == 2:
                break
        else:
            raise AssertionError(told)
        has(told, "offload: 2 of 2 threads for what blocks, 1 calls wait, 0 have ended")


def core():
    resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    with tempfile.TemporaryDirectory() as folder:
        with Waiting(folder) as process:
            os.kill(process.pid, signal.SIGABRT)
            process.wait()
        found = [name for name in os.listdir(folder) if name.startswith("core")]
        if not found:
            print("not tried: this machine gives cores to another program (kernel.core_pattern)")
            return
        look(SUBJECT, os.path.join(folder, found[0]))


def crash():
    """Through a gate into an activity, from there to the one that started it."""
    stack, listing, why = gdb("run crash", "bt", "info activities", "mori why 0", program=(SUBJECT,),
                              MORI_IO="epoll")[1:]
    assert functions(stack)[:2] == ["touches", "falls"] and "__mori_gate" not in stack, stack
    running = number_of(listing, r"running: on thread")
    has(why, "There is no activity 0")
    joiner = number_of(listing, r"waiting for an activity to end: activity " + running)
    there, here = gdb("run crash", f"activity {joiner}", "bt", f"activity {running}", "bt", "continue",
                      program=(SUBJECT,), MORI_IO="epoll")[2:5:2]
    assert functions(there) == ["falls_joined"], there
    assert functions(here)[:2] == ["touches", "falls"], here


def wrong():
    for answer in gdb("info activities", "info processes", "activity 1", "mori why 1", "activity",
                      program=(SUBJECT,))[:4]:
        assert "mori_inspect_root" in answer or "has not begun" in answer or "read" in answer, answer


for part in (wrong, live, offloaded, crash, core):
    part()
    print("ok:", part.__name__)
