# SPDX-License-Identifier: MIT
"""What the core operations cost, measured so that it is the same at every run, and compared with what was.

A cost is the difference between two runs of bench/ratchet/costs.c with different counts, for each of what lies between:
so beginning and ending a program cancels out. Instructions and system calls are counted by callgrind; reads of the
clock are left out of the calls, for without Valgrind they are none.
"""
import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
COSTS = os.path.join(HERE, "costs.json")
SLACK = 0.02  # by how much a cost may be worse
SLACK_LEAST = 0.01  # and that many of its unit, for costs of nothing
SECONDS_MAX = 300


class Skipped(Exception):
    """It cannot be measured or compared here."""


class Failed(Exception):
    pass


@dataclass
class Operation:
    io: str = "sim"
    counts: tuple = (1280, 2560)
    counted: bool = True  # instructions, calls and allocations; else bytes


OPERATIONS = {
    "none": Operation(),
    "await": Operation(),
    "await_further": Operation(),
    "gate": Operation(),
    "start_join": Operation(),
    "start_wait_join": Operation(),
    "yield": Operation(),
    "queue": Operation(),
    "hop": Operation(),
    "lock": Operation(),
    "rwlock": Operation(),
    "semaphore": Operation(),
    "wide": Operation(),
    "deadline": Operation(),
    "then": Operation(),
    "then_wait": Operation(),
    "process": Operation(),
    "alloc": Operation(),
    "echo": Operation("epoll"),
    "echo_loan": Operation("epoll"),
    "udp_echo": Operation("epoll"),
    "file_open_close": Operation(),
    "file_stat": Operation(),
    "file_read": Operation(),
    "file_write": Operation(),
    "object_near": Operation(),
    "object_call": Operation("epoll"),  # the simulation takes the long way now and then
    "object_send": Operation(),
    "object_chain": Operation(),
    "suspended_one": Operation(counts=(10000, 20000), counted=False),
    "suspended_two": Operation(counts=(10000, 20000), counted=False),
    "suspended_loop": Operation(counts=(10000, 20000), counted=False),
}


def what_builds(build):
    """What costs depend on besides our code, as text: they are compared only where it is the same."""
    path = os.path.join(build, "bench", "ratchet", "built-by")
    if not os.path.exists(path):
        raise Skipped("no linked mode in this build, or it is one that instruments")
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


def printed(words, environment):
    done = subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace", timeout=SECONDS_MAX, check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def measure_once(program, name, operation, count):
    """All that one run counts: {what: number}."""
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "MORI_IO": operation.io, "MORI_STALL_MS": "0"}
    words = [program, name, str(count)]
    if not operation.counted:
        values = dict(line.split() for line in printed(words, environment).splitlines())
        return {"bytes": float(values["bytes"])}
    with tempfile.TemporaryDirectory() as folder:
        out, log = os.path.join(folder, "out"), os.path.join(folder, "log")
        text = printed(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", f"--log-file={log}",
                        "--trace-syscalls=yes", *words], environment)
        values = dict(line.split() for line in text.splitlines())
        with open(log, encoding="utf-8", errors="replace") as file:
            text = file.read()
    instructions = re.search(r"Collected : (\d+)", text)
    if not instructions:
        raise Failed(f"{name}: no count of instructions:\n{text[-2000:]}")
    calls = [call for call in re.findall(r"^SYSCALL\[\S+\(\s*\d+\) +(sys_\w+)", text, re.M)
             if call != "sys_clock_gettime"]
    return {"instructions": float(instructions[1]), "system calls": float(len(calls)),
            "allocations": float(values["allocations"])}


def measure(build, names=None):
    """{operation: {what: cost of one}}, of all or of some."""
    program = os.path.join(build, "bench", "ratchet", "costs")
    if shutil.which("valgrind") is None:
        raise Skipped("valgrind is not installed")
    if not os.path.exists(program):
        raise Failed(f"{program} is not built")
    costs = {}
    for name in names or OPERATIONS:
        operation = OPERATIONS[name]
        few, many = operation.counts
        less, more = (measure_once(program, name, operation, count) for count in (few, many))
        costs[name] = {what: round((more[what] - less[what]) / (many - few), 3) for what in more}
    return costs


def compare(costs, recorded):
    """Lines about what is worse, and about what is better."""
    worse, better = [], []
    for name, found in costs.items():
        for what, value in found.items():
            before = recorded.get(name, {}).get(what)
            if before is None:
                worse.append(f"{name}: {value:g} {what}, and nothing is recorded")
                continue
            change = f" ({(value / before - 1) * 100:+.1f} per cent)" if before else ""
            line = f"{name}: {value:g} {what}, recorded are {before:g}{change}"
            if value > before * (1 + SLACK) + SLACK_LEAST:
                worse.append(line)
            elif value < before * (1 - SLACK) - SLACK_LEAST:
                better.append(line)
    return worse, better


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def write(path, built_by, costs):
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"built by": built_by, "costs": costs}, file, indent=1)
        file.write("\n")
