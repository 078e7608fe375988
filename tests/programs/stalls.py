#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""stalls.py SUBJECT ENGINE: what the report of a long turn blames, for causes that are made on purpose. SUBJECT is stalls.c. A machine
that is busy is a cause, too, and its report must say so."""
import contextlib
import os
import re
import signal
import subprocess
import sys

SUBJECT, ENGINE = os.path.abspath(sys.argv[1]), sys.argv[2]
SAID = re.compile(r"mori: a turn has kept the worker for longer than the limit: (.*); of the last ([\d.]+) ms ([\d.]+) on a CPU, "
                  r"([\d.]+) waiting for one \(([\d.]+) by a quota\), ([\d.]+) asleep, ([\d.]+) stopped; page faults: (\d+) minor, "
                  r"(\d+) major; put off the CPU (\d+) times\n")
TRIES = 20
BUSY = "it waits for a CPU, which others have"
HARDLY = "the program was stopped, or hardly ran"  # the watch itself was kept from a CPU


class Told:
    def __init__(self, text, out):
        found = SAID.findall(text)
        assert len(found) == 1 and "stalls 1\n" in out, (text, out)
        self.text, self.culprit = text, found[0][0]
        self.wall, self.cpu, self.waiting, self.quota, self.asleep, self.stopped = (float(word) for word in found[0][1:7])
        self.minor, self.major, self.put_off = (int(word) for word in found[0][7:])
        # What is rounded to a tenth, four times; and the largest share is what is blamed.
        shares = {"it computes": self.cpu, "it waits for a CPU": self.waiting, "the program was stopped": self.stopped,
                  "it sleeps": self.asleep, "it waits for a disk": self.asleep}
        assert abs(sum(shares.values()) - self.asleep - self.wall) < 0.5, text
        assert [share for name, share in shares.items() if self.culprit.startswith(name)][0] >= max(shares.values()), text
        assert "in the activity started at" in text and "long_turn" in text, text


def begin(cause, stall_ms=10, least_ms=0, before=None):
    return subprocess.Popen([SUBJECT, cause, str(least_ms)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            preexec_fn=before, env={**os.environ, "MORI_IO": ENGINE, "MORI_STALL_MS": str(stall_ms)})


def end(process):
    out, text = process.communicate(timeout=300)
    assert process.returncode == 0, (process.returncode, text)
    return Told(text, out)


def run_until(good, *arguments, **options):
    """Until the report is as it should be. None where others had the CPU each time."""
    for _ in range(TRIES):
        told = end(begin(*arguments, **options))
        if good(told):
            return told
        assert told.culprit in (BUSY, HARDLY), told.text
    print("not seen: the machine is too busy")
    return None


def computes():
    run_until(lambda told: told.culprit == "it computes", "computes")


def sleeps():
    run_until(lambda told: told.culprit == "it sleeps in the kernel: a call that blocks", "sleeps")


def touches():
    told = run_until(lambda told: "page faults: memory that is new" in told.culprit, "touches")
    assert told is None or told.minor > 1000, told.text


FIRST = "mori: a turn has kept the worker for longer than the limit: "
AGAIN = re.compile(r"mori: (\d+) turns by now have kept a worker for longer than the limit at (.*); the first was told in full\n")


def output(cause, stall_ms=10):
    """How many turns were blamed, and what was said of them."""
    process = begin(cause, stall_ms)
    out, text = process.communicate(timeout=300)
    assert process.returncode == 0, (process.returncode, text)
    return int(re.fullmatch(r"stalls (\d+)\n", out)[1]), text


def repeats():
    """Turn after turn at one place (or, rarely, at the call beside it): each place is told in full once, and no turn is lost."""
    stalls, text = output("repeats")
    places = {place: int(count) for count, place in AGAIN.findall(text)}
    assert stalls >= 12 and text.count(FIRST) < 12, text
    assert sum(places.values()) + text.count(FIRST) - len(places) == stalls, text
    assert max(places.values()) >= 2 and "long_turn" in text, text


def waits():
    """Where no signal comes through the watch tells of the turn, once it is sure of that, and has no stack."""
    stalls, text = output("waits")
    assert stalls == 1 and text.count(FIRST) == 1, text
    assert "; its stack is not known, since no signal reaches it\n" in text or "long_turn" in text, text
    return "no signal" in text


def waits_deaf():
    if not any(waits() for _ in range(TRIES)):
        print("not seen: the machine is too busy")


def stops():
    """Stopped over and over, each time for as long as the watch would wait."""
    for _ in range(TRIES):
        process = begin("stops", stall_ms=40)
        while process.poll() is None:
            _, status = os.waitpid(process.pid, os.WUNTRACED)
            if not os.WIFSTOPPED(status):
                process.returncode = os.waitstatus_to_exitcode(status)
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=0.1)
            os.kill(process.pid, signal.SIGCONT)
        told = end(process)
        if told.culprit == HARDLY:
            return
        assert told.culprit == BUSY, told.text
    print("not seen: the machine is too busy")


@contextlib.contextmanager
def hogs(cpu, count):
    """So many others that want the same CPU."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"], preexec_fn=lambda: os.sched_setaffinity(0, [cpu]))
            for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def busy_cpu():
    cpu = min(os.sched_getaffinity(0))
    with hogs(cpu, 4):
        told = run_until(lambda told: told.culprit == BUSY, "computes", stall_ms=20,
                         before=lambda: os.sched_setaffinity(0, [cpu]))
    assert told and told.put_off > 0, told.text


def group_new():
    """A cgroup with a quota of a twentieth of a CPU: its folder, or why there is none."""
    name = f"mori-stalls-{os.getpid()}"
    with open("/proc/self/cgroup", encoding="utf-8") as file:
        lines = [line.rstrip("\n").split(":", 2) for line in file]
    for _, controllers, path in lines:
        if "cpu" in controllers.split(","):
            for mount in ("cpu", "cpu,cpuacct"):
                folder, quota = f"/sys/fs/cgroup/{mount}{path.rstrip('/')}/{name}", ("cpu.cfs_quota_us", "5000")
                with contextlib.suppress(OSError):
                    os.mkdir(folder)
                    return folder, quota
    for _, controllers, path in lines:
        if controllers == "":
            folder, quota = f"/sys/fs/cgroup{path.rstrip('/')}/{name}", ("cpu.max", "5000 100000")
            with contextlib.suppress(OSError):
                os.mkdir(folder)
                return folder, quota
    return None, None


def quota_used_up():
    folder, quota = group_new()
    if folder is None:
        print("not tried: no cgroup can be made here")
        return
    try:
        try:
            with open(f"{folder}/{quota[0]}", "w", encoding="ascii") as file:
                file.write(quota[1])
        except OSError as error:
            print("not tried: the group has no CPU quota:", error)
            return

        def enter():
            with open(f"{folder}/cgroup.procs", "w", encoding="ascii") as file:
                file.write("0")

        told = run_until(lambda told: told.culprit.endswith("the CPU quota of the cgroup is used up"), "computes", stall_ms=20,
                         before=enter)
        assert told and told.quota >= told.waiting / 2 - 0.1, told.text
    finally:
        os.rmdir(folder)


for part in (computes, sleeps, touches, repeats, waits_deaf, stops, busy_cpu, quota_used_up):
    part()
    print("ok:", part.__name__)
