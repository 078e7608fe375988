#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""ps.py MORI SUBJECT HANGING: `mori ps` and `mori why` on programs that run, and on core files, whole and damaged.

SUBJECT is subject.c; HANGING is the example 10-debugging."""
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

MORI, SUBJECT, HANGING = (os.path.abspath(path) for path in sys.argv[1:4])


def mori(*arguments, **options):
    return subprocess.run([MORI, *map(str, arguments)], capture_output=True, text=True, timeout=200, check=False,
                          **options)


def expect(done, code, *words):
    text = done.stdout + done.stderr
    assert done.returncode == code, (done.args, done.returncode, text[-3000:])
    for word in words:
        assert word in text, (done.args, word, text[-3000:])
    return done


class Running:
    """A program that has said that it is ready."""

    def __init__(self, *command, says=b"ready\n", **environment):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, env={**os.environ, **environment})
        line = self.process.stdout.readline()
        assert line == says, (command, line)

    def __enter__(self):
        return self.process.pid

    def __exit__(self, *error):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def activities(pid, *options):
    """What `ps --json` tells of the only process, once it is whole: a program may be between two turns."""
    told = json.loads(expect(mori("ps", "--json", *options, pid), 0).stdout)
    assert told["complete"] and len(told["processes"]) == 1, told
    return told["processes"][0]


def settled(pid, count):
    """The same, once `count` activities are there, all wait for good, and what for was read whole."""
    for _ in range(200):
        process = activities(pid)
        if len(process["activities"]) == count and all(
                ("wait" in one["is"] or "sleep" in one["is"]) and one["wait"] not in ("", "write on descriptor 1")
                for one in process["activities"]):
            return process["activities"]
        time.sleep(0.05)
    raise AssertionError(process)


def states():
    for engine in ("epoll", "uring"):
        with Running(SUBJECT, "waits", MORI_IO=engine) as pid:
            found = settled(pid, 10)
            by_state = {one["is"]: one for one in found}
            joiner = by_state["waiting for an activity to end"]
            joined = [one for one in found if one["number"] == joiner["waits_for"]]
            assert joined and joined[0]["is"] == "sleeping" and joined[0]["owner"] == joiner["number"], found
            assert "s left" in joined[0]["wait"], joined
            locked = by_state["waiting for a lock"]
            assert "which activity" in locked["wait"] and locked["waits_for"] != 0, locked
            expect(mori("why", pid, locked["number"]), 0, "which waits for activity", "its timer fires")
            waits = " | ".join(one["wait"] for one in found)
            for words in ("to receive from queue", "0 of 4 items", "to send to queue", "2 of 2 items",
                          "or 3600000 ms", "on descriptor 0"):
                assert words in waits, (words, waits)
            places = " | ".join(one["at"] + one["started_at"] for one in found)
            for words in ("receives (", "subject.c:", "joins_one (", "waits ("):
                assert words in places, (words, places)
            assert all(one["stack_bytes"] >= 176 and one["causality"] == 1 for one in found), found
            table = expect(mori("ps", "--tree", "--stacks", pid), 0, "#0 ", "joins_one", "process 1, ", "NUMBER").stdout
            assert table.count(" deep (") == 8 and "__morestack" not in table, table
            expect(mori("why", pid, joiner["number"]), 0, "which waits for activity", "its timer fires",
                   "was started in", "subject.c")
            expect(mori("why", pid, 1), 5, "has no activity 1")


def told(pid, sure):
    """What `ps --json` tells of all, once it is as `sure` wants it."""
    for _ in range(200):
        all_of_it = json.loads(mori("ps", "--json", pid).stdout)
        if sure(all_of_it):
            return all_of_it
        time.sleep(0.05)
    raise AssertionError(all_of_it)


def offloaded():
    """Threads beside the seats: how many, what each is in, since when, for whom."""
    for engine in ("epoll", "uring"):
        with Running(SUBJECT, "offloads", "3", MORI_IO=engine, MORI_OFFLOAD_THREADS="2") as pid:
            blocking, computing = told(pid, lambda one: len(one["offload"][0]["calls"]) == 2)["offload"]
            assert not blocking["computes"] and computing["computes"], blocking
            assert (blocking["threads"], blocking["limit"], blocking["waiting"]) == (2, 2, 1), blocking
            assert (computing["threads"], computing["calls"]) == (0, []), computing
            threads = {int(name) for name in os.listdir(f"/proc/{pid}/task")}
            for call in blocking["calls"]:
                assert call["thread"] in threads and 0 <= call["seconds"] < 200, call
                assert "blocks (" in call["function"] and "offloads (" in call["started_at"], call
                assert not call["cancelled"] and not call["left"], call
            expect(mori("ps", pid), 0, "offload: 2 of 2 threads for what blocks, 1 calls wait, 0 have ended",
                   ": blocks (", "; for the activity started at offloads (")


def seats():
    """Several seats: each with its thread; which one a process sits on; what runs just now."""
    with Running(SUBJECT, "waits", MORI_SEATS="4", MORI_MIGRATE="1", MORI_IO="epoll") as pid:
        settled(pid, 10)
        whole = told(pid, lambda one: one["complete"] and len(one["seats"]) == 4)  # a thread comes when it comes
        threads = {int(name) for name in os.listdir(f"/proc/{pid}/task")}
        assert {seat["seat"] for seat in whole["seats"]} == {0, 1, 2, 3}, whole
        assert len({seat["thread"] for seat in whole["seats"]} & threads) == len(whole["seats"]), (whole, threads)
        assert whole["processes"][0]["seat"] in range(4) and "seat" in mori("ps", pid).stdout, whole
    with Running(SUBJECT, "spins", MORI_SEATS="2", MORI_IO="epoll", MORI_STALL_MS="0") as pid:
        whole = told(pid, lambda one: any(seat["activity"] for seat in one["seats"]))
        runs = [seat for seat in whole["seats"] if seat["activity"]]
        assert len(runs) == 1 and runs[0]["process"] == whole["processes"][0]["index"], whole
        assert runs[0]["seat"] == whole["processes"][0]["seat"], whole
        running = [one for one in whole["processes"][0]["activities"] if one["number"] == runs[0]["activity"]]
        assert running and running[0]["is"] == "running" and running[0]["thread"] == runs[0]["thread"], whole
        expect(mori("ps", pid), 0, f"thread {runs[0]['thread']}: runs activity {runs[0]['activity']} of process 1",
               "in no turn")


def chains():
    with Running(SUBJECT, "circle") as pid:
        found = settled(pid, 4)
        joiner = [one for one in found if "activity to end" in one["is"]][0]
        expect(mori("why", pid, joiner["number"]), 4, "a circle of 2", "Nobody in it can go on")
    with Running(SUBJECT, "chain", "3000") as pid:
        found = settled(pid, 3001)
        first = [one for one in found if "activity to end" in one["is"]][0]
        expect(mori("why", pid, first["number"]), 0, "links were left out", "its timer fires")


def the_example():
    with Running(HANGING, says=b"open\n") as pid:
        found = settled(pid, 9)
        cook = [one for one in found if "cook (" in one["at"]]
        assert len(cook) == 1 and "to receive from queue" in cook[0]["wait"], cook
        expect(mori("why", pid, cook[0]["number"]), 0, "when somebody sends to the queue, or closes it",
               "restaurant (")


def changing():
    """What changes all the time is told as far as it can be, and never for ever."""
    with Running(SUBJECT, "churn") as pid:
        for _ in range(10):
            done = mori("ps", "--json", pid)
            assert done.returncode in (0, 3), (done.returncode, done.stderr)
            told = json.loads(done.stdout)
            assert told["complete"] == (done.returncode == 0), done.stderr
            assert done.returncode == 0 or "faster than it can be read" in done.stderr, done.stderr
    for delay in range(10):
        process = subprocess.Popen([SUBJECT, "brief"])
        time.sleep(delay / 500)
        done = mori("ps", process.pid)
        process.wait()
        assert done.returncode in (0, 1, 3), (done.returncode, done.stderr)
        assert done.returncode == 0 or done.stderr.startswith("mori: "), done.stderr
    with Running(SUBJECT, "many", "20000") as pid:
        assert len(activities(pid)["activities"]) == 20001


def wrong():
    expect(mori("ps"), 2, "of which process")
    expect(mori("ps", "--fast", "1"), 2, "--fast: no such option")
    expect(mori("ps", "1", "2", "3"), 2, "are enough")
    expect(mori("why", "1"), 2, "which activity?")
    expect(mori("why", "1", "x"), 2, "no number of an activity")
    expect(mori("why", "1", "0"), 2, "no number of an activity")
    expect(mori("why", "--all", "1", "1"), 2, "--all: no such option")
    expect(mori("ps", 2 ** 22 + 1), 1, "there is none")
    expect(mori("ps", "99999999999"), 1, "neither a process id nor a core file")
    expect(mori("ps", "/nowhere"), 1, "neither a process id nor a core file")
    expect(mori("ps", __file__), 1, "is no core file")
    expect(mori("ps", "/"), 1, "is no core file")
    expect(mori("ps", SUBJECT), 1, "is no core file")
    expect(mori("ps", os.getpid()), 1, "is no program of mori")
    if os.geteuid() == 0:
        with Running(SUBJECT, "waits") as pid:
            try:
                done = mori("ps", pid, user=65534, group=65534, extra_groups=[])
            except PermissionError:
                print("not tried as another user: this folder is root's alone")
                return
            expect(done, 1, "may not be read")


CORE_BYTES_MAX = 64 << 20


def core_of_gdb(folder):
    """What gdb writes; None where it cannot: on mapped stacks it stops at the first page of guards that the kernel keeps
    without a mapping."""
    core = os.path.join(folder, "core")
    if shutil.which("gdb") is None or "mapped" in SUBJECT:
        return None, None
    with Running(SUBJECT, "waits") as pid:
        numbers = sorted(one["number"] for one in settled(pid, 10))
        # the 64 GiB of the arena are not in it
        subprocess.run(["gdb", "-nx", "-batch", "-p", str(pid), "-ex", f"generate-core-file {core}"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=200,
                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30)))
    assert os.path.getsize(core) < CORE_BYTES_MAX, os.path.getsize(core)
    return core, numbers


def core_of_the_kernel(folder):
    """What the kernel writes; None where this machine gives cores to another program."""
    resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    before = os.getcwd()
    os.chdir(folder)
    running = Running(SUBJECT, "waits")
    os.chdir(before)
    with running as pid:
        numbers = sorted(one["number"] for one in settled(pid, 10))
        os.kill(pid, signal.SIGABRT)
        running.process.wait()
    found = [name for name in os.listdir(folder) if name.startswith("core")]
    if not found:
        return None, None
    core = os.path.join(folder, found[0])
    assert os.path.getsize(core) < CORE_BYTES_MAX, os.path.getsize(core)
    return core, numbers


def cores():
    for made_by in (core_of_gdb, core_of_the_kernel):
        with tempfile.TemporaryDirectory() as folder:
            core, numbers = made_by(folder)
            if core is None:
                print("not tried:", made_by.__name__)
                continue
            look_at_core(core, numbers)


def look_at_core(core, numbers):
    told = json.loads(expect(mori("ps", "--json", "--stacks", core), 0).stdout)
    assert sorted(one["number"] for one in told["processes"][0]["activities"]) == numbers, told
    expect(mori("ps", core, SUBJECT), 0, "to send to queue")
    expect(mori("why", core, SUBJECT, numbers[0]), 0, "Its cause is 1")
    with open(core, "rb") as file:
        whole = file.read()
    parts = (0, 1, 10, 63, 64, 1000, 4096, 20000, *(len(whole) * i // 8 for i in range(1, 8)))
    for part in parts:
        with open(core, "wb") as file:
            file.write(whole[:part])
        done = mori("ps", "--stacks", core)
        assert done.returncode in (1, 3), (part, done.returncode, done.stderr)
        assert done.stderr.startswith("mori: "), (part, done.stderr)
        assert done.returncode == 1 or "truncated" in done.stderr, (part, done.stderr)
    # noise in the memory of the runtime: anything but a crash or a hang
    for seed in range(12):
        damaged = bytearray(whole)
        for at in range(20000 + seed, len(damaged), 997 * (seed + 1)):
            damaged[at] ^= 1 << (seed % 8)
        with open(core, "wb") as file:
            file.write(damaged)
        done = mori("ps", "--stacks", core)
        assert done.returncode in (0, 1, 3), (seed, done.returncode, done.stderr)


for part in (wrong, states, offloaded, seats, chains, the_example, changing, cores):
    part()
    print("ok:", part.__name__)
