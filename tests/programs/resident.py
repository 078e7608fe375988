#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""resident.py SUBJECT ENGINE SANITIZED: resident mode. SUBJECT is resident.c; SANITIZED is "yes" where a sanitizer's own memory
is touched as the program goes, so that a steady state has page faults."""
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile

SUBJECT, ENGINE, SANITIZED = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3] == "yes"
CAP_IPC_LOCK = 14
NOBODY = 65534
FRESH_MIB = 2
PAGES = FRESH_MIB * 256


def may_lock_all():
    with open("/proc/self/status", encoding="ascii") as status:
        return bool(int(re.search(r"^CapEff:\s*(\w+)", status.read(), re.M).group(1), 16) >> CAP_IPC_LOCK & 1)


def run(*arguments, program=SUBJECT, limit_kib=None, nobody=False, **environment):
    def before():
        if limit_kib is not None:
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (limit_kib << 10, limit_kib << 10))
        if nobody:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)

    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=300, check=False, preexec_fn=before,
                          env={**os.environ, "MORI_IO": ENGINE, "MORI_STALL_MS": "0", **environment})


def expect(done, code, *words):
    text = done.stdout + done.stderr
    assert done.returncode == code, (done.args, done.returncode, text)
    for word in words:
        assert word in text, (word, text)
    return text


def counted(text):
    return tuple(int(number) for number in re.search(r"warm (\d+) steady (\d+) (\d+) fresh (\d+)", text).groups())


def may_raise(wanted):
    """Whether a child may have such a limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    try:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (soft, max(hard, wanted) if hard != resource.RLIM_INFINITY else hard))
    except (OSError, ValueError):
        return False
    return True


# Not in resident mode nothing is counted, and nothing said.
text = expect(run(str(FRESH_MIB)), 0)
assert counted(text) == (0, 0, 0, 0) and "resident" not in text, text

# Mistakes.
expect(run(MORI_RESIDENT="yes"), 78, "MORI_RESIDENT=yes")
expect(run(MORI_RESIDENT="1", MORI_RESIDENT_MIB="-1"), 78, "MORI_RESIDENT_MIB=-1")
expect(run(MORI_RESIDENT_MIB="8"), 78, "MORI_RESIDENT_MIB=8 means nothing without MORI_RESIDENT=1")

# A limit that is too low names itself and says what is needed; who may exceed it does.
LOW = dict(limit_kib=1024, MORI_RESIDENT="1", MORI_RESIDENT_MIB="8")
WORDS = ("RLIMIT_MEMLOCK allows 1024 KiB more", "ulimit -l ", "CAP_IPC_LOCK", "MORI_RESIDENT_MIB")
unlimited = may_lock_all()
expect(run(**LOW), 0, "resident: ") if unlimited else expect(run(**LOW), 78, *WORDS)
with tempfile.TemporaryDirectory() as folder:
    if os.getuid() == 0:  # the program may lie where nobody cannot reach it
        os.chmod(folder, 0o755)
        copy = shutil.copy(SUBJECT, folder)
        as_nobody = dict(program=copy, nobody=True)
        expect(run(**LOW, **as_nobody), 78, *WORDS)
    else:
        as_nobody = {}
    # What it says is enough is enough, and without a wish the arena takes what is left.
    if os.getuid() == 0 or not unlimited:
        said = int(re.search(r"ulimit -l (\d+)", run(**LOW, **as_nobody).stderr).group(1))
        if may_raise(said << 10):
            expect(run(**{**LOW, "limit_kib": said}, **as_nobody), 0, "resident: ")
            text = expect(run(limit_kib=said, MORI_RESIDENT="1", **as_nobody), 0, "resident: ")
            locked = int(re.search(r"resident: (\d+) MiB locked", text).group(1))
            assert locked <= said // 1024 + 1, (locked, said)
        else:
            print("not tried: RLIMIT_MEMLOCK cannot be raised to", said, "KiB")

if not unlimited:
    sys.exit(0)

# Fresh memory in a turn is counted, reported at most once a second, and told at the end.
text = expect(run(str(FRESH_MIB), MORI_RESIDENT="1", MORI_RESIDENT_MIB="16"), 0, "page faults in or between turns")
warm, minor, major, fresh = counted(text)
assert PAGES <= fresh <= PAGES + (8 * PAGES if SANITIZED else 16), text
total = int(re.search(r"page faults of the workers: (\d+) minor, \d+ major", text).group(1))
assert warm + minor + fresh <= total, text

# A steady state has none. On epoll, standard output may be a file, for which a thread is made in the first turn.
for seats in ("1",) if ENGINE == "sim" else ("1", "2"):
    text = expect(run(MORI_RESIDENT="1", MORI_RESIDENT_MIB="16", MORI_SEATS=seats), 0)
    if not SANITIZED:
        assert counted(text)[1:] == (0, 0, 0), text
        assert ENGINE == "epoll" or "page faults of the workers: 0 minor, 0 major" in text, text
