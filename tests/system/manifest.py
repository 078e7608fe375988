#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""manifest.py MORI RELAY OTHER [--renew]: what `mori check`, `mori run` and `mori graph` say of the manifests in manifests/, held
against the .txt beside each. RELAY is the shared object of relay.c, OTHER one for the other kind of stacks, or "". --renew writes the .txt anew.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "support"))
from ask_mori import MORI, expect, mori

RELAY = str(Path(sys.argv[2]).resolve())
OTHER, RENEW = sys.argv[3], "--renew" in sys.argv


def golden():
    """Each manifest: what is said of it, its exit code, and the same as JSON."""
    wrong = 0
    for manifest in sorted(Path("manifests").glob("*.yaml")):
        done = mori("check", str(manifest))
        said = f"{done.stdout}{done.stderr}{done.returncode}\n"
        file = HERE / "manifests" / f"{manifest.stem}.txt"
        if RENEW:
            file.write_text(said)
        elif said != file.read_text():
            wrong += 1
            print(f"--- {file.name}\n{file.read_text()}+++ made\n{said}")
        told = json.loads(mori("check", "--json", str(manifest)).stdout)
        assert told["good"] == (done.returncode == 0) and told["file"] == str(manifest), told
        for mistake in told["mistakes"]:
            place = f":{mistake['line']}:{mistake['column']}" if mistake["line"] else ""
            assert f"{manifest}{place}: {mistake['text']}\n" in said, (mistake, said)
    return wrong


def runs():
    good = "manifests/good.yaml"
    assert [p["name"] for p in json.loads(mori("check", "--json", good).stdout)["processes"]] == ["source", "doubler", "user"]
    for engine in ("uring", "epoll", "sim"):
        assert expect(mori("run", good, MORI_IO=engine), 3) == "0 2\n2 6\nand\nso on\n"
    expect(mori("run", good, MORI_SEATS="3"), 3, "2 6\n")
    expect(mori("run", "manifests/circles.yaml"), 1, "a circle that cannot start")
    expect(mori("run", "manifests/missing.yaml"), 1, "manifests/missing.yaml: No such file")
    expect(mori("check", "manifests"), 1, "manifests: Is a directory")
    expect(mori("run", good, "--", "a"), 2, "stand in its manifest")
    expect(mori("check"), 2, "of which system?")
    expect(mori("check", "--xml", good), 2, "check: --xml: no such option")
    expect(mori("graph", good, good), 2, "of which system?")
    Path("large.yaml").write_text("#" * (1 << 20) + "\n")
    expect(mori("check", "large.yaml"), 1, "larger than 1 MiB")
    Path("wide.yaml").write_text("processes:\n" + "".join(f"  p{i}: {{program: console}}\n" for i in range(4097)))
    expect(mori("check", "wide.yaml"), 1, "wide.yaml:4098:3: more than 4096")
    Path("many.yaml").write_text("processes:\n" + "".join(f"  p{i}: {{program: console}}\n" for i in range(1025)))
    expect(mori("check", "many.yaml"), 1, "many.yaml:2:3: a system has 1 to 1024 processes, not 1025")
    # Thousands of mistakes are not all looked for: each would be compared with all names.
    Path("wrong.yaml").write_text("processes:\n" + "".join(f"  process-{i}:\n    program: ./relay.so:user\n    has: {{{{once: process-{i}x, twice: q{i}, "
                                                           f"a{i}: 1}}}}\n".replace("{{", "{").replace("}}", "}") for i in range(1000)))
    text = expect(mori("check", "wrong.yaml"), 1, "wrong.yaml: 100 mistakes, and no further ones were looked for")
    assert text.count("\n") == 101, text
    assert not json.loads(mori("check", "--json", "wrong.yaml").stdout)["complete"]
    Path("hundred.yaml").write_text("processes:\n  a: {program: console}\n" + "".join(f"wrong-{i}: 1\n" for i in range(100)))
    expect(mori("check", "hundred.yaml"), 1, "hundred.yaml: 100 mistakes\n")
    assert json.loads(mori("check", "--json", "hundred.yaml").stdout)["complete"]
    # A name of a file, and a text that is cut within a character.
    name = os.fsdecode(b"\xff\xc3\xa9.yaml")
    Path(name).write_text("processes: {a: {program: '" + 39 * "x" + "\u00e9" * 99 + "'}, \u00e9: {}}\n" + 39 * "y" + "\u00e9\u00e9: 1\nstart-within: " + 39 * "z" + "\u00e9\n")
    told = subprocess.run([MORI, "check", "--json", name], capture_output=True, timeout=300, check=False).stdout.decode("utf-8")
    assert json.loads(told)["file"] == "\ufffd\u00e9.yaml" and len(json.loads(told)["mistakes"]) == 5, told
    if OTHER:
        shutil.copy(OTHER, "other.so")
        Path("other.yaml").write_text("processes:\n  a: {program: ./other.so:source}\n")
        expect(mori("run", "other.yaml"), 1, "other.yaml:2:16: program `./other.so:source`: was built for", "-mori-mode=")


SOURCE = "  source: {program: ./relay.so:source, has: {lives: 30}, restart: RESTART}\n"
USER = "  user: {program: ./relay.so:user, has: {once: source, twice: source, times: 200, pause: 10}}\n"


def ends():
    """Failures, and what is done about them; each as the exit code tells."""
    Path("fails.yaml").write_text("processes:\n" + SOURCE.replace("RESTART", "never") + USER)
    expect(mori("run", "fails.yaml", MORI_IO="sim"), 1, "process source failed: Input/output error (-5): the system ends")
    Path("again.yaml").write_text("processes:\n" + SOURCE.replace("RESTART", "failure") + USER.replace("}}", "}, restart: always}") +
                                  "ends: user\nrestarts: {max: 2}\n")
    text = expect(mori("run", "again.yaml", MORI_IO="sim"), 1, "too often: the system ends")
    assert text.count("it is started again, with those that need it") == 2 and text.count("10 11\n") == 3, text
    # Who needs it comes back with it, whatever its own ends would be worth; and a job that is done stays so.
    Path("never.yaml").write_text("processes:\n" + SOURCE.replace("RESTART", "failure") + USER + "  job: {program: ./relay.so:user, restart: failure, "
                                  "has: {once: source, twice: source, times: 1, returns: 0, words: [done]}}\nends: user\nrestarts: {max: 2}\n")
    text = expect(mori("run", "never.yaml", MORI_IO="sim"), 1, "process source failed", "too often: the system ends")
    assert text.split().count("10") == 3 and text.count("done\n") == 1, text
    # It breaks a contract: who calls it finds that, and fails, before its end is told, and goes with it all the same.
    Path("breaks.yaml").write_text("processes:\n  source: {program: ./relay.so:source, has: {last: 12}, restart: failure}\n"
                                   "  doubler: {program: ./relay.so:doubler, has: {number: source}}\n" +
                                   USER.replace("twice: source", "twice: doubler").replace("10}", "0}") + "ends: user\nrestarts: {max: 2}\n")
    for seats in ["1"] + 12 * ["3"]:
        done = mori("run", "breaks.yaml", MORI_IO="epoll", MORI_SEATS=seats, MORI_MIGRATE="1")
        text = done.stdout + done.stderr
        assert done.returncode == 70 and text.count("process source was abandoned") == 3 and "process user" not in text, (seats, text)
    Path("silent.yaml").write_text("processes: {source: {program: ./relay.so:source, has: {silent: true}}}\nstart-within: 50 ms\n")
    expect(mori("run", "silent.yaml", MORI_IO="sim"), 1, "has not exported what others need of it within 50 ms: it is killed")
    # A broken contract: the first process is not it, and is told of.
    Path("quota.yaml").write_text("processes: {source: {program: ./relay.so:source, has: {breaks: true}}}\n")
    expect(mori("run", "quota.yaml", MORI_IO="sim"), 70, "process source was abandoned", "the system ends", "!has->breaks")
    Path("files.yaml").write_text("processes: {www: {program: files, has: {path: /nowhere/at/all}}}\n")
    expect(mori("run", "files.yaml", MORI_IO="epoll"), 1, "process www failed: No such file or directory (-2): cannot open directory /nowhere/at/all [ENOENT]: the "
           "system ends")
    for address, why in (("nonsense", "Invalid argument (-22): no address, as 127.0.0.1:8080, [::1]:0, *:8080 and unix:PATH are: `nonsense` [EINVAL]"),
                         ("unix:/nowhere/s", "No such file or directory (-2): cannot listen at unix:/nowhere/s [ENOENT]")):
        Path("net.yaml").write_text(f"processes: {{net: {{program: listener, has: {{address: '{address}'}}}}}}\n")
        expect(mori("run", "net.yaml", MORI_IO="epoll"), 1, f"process net failed: {why}: the system ends")
    Path("need.yaml").write_text("processes:\n  source: {program: ./relay.so:source, has: {silent: true, lives: 1, ends: 0}}\n" + USER)
    expect(mori("run", "need.yaml", MORI_IO="sim"), 1, "process user: its need twice cannot be met by process source: it has ended")


def signals():
    for number in (signal.SIGINT, signal.SIGTERM):
        Path("long.yaml").write_text("processes:\n  console: {program: console}\n  clock: {program: clock}\n  random: {program: random}\n"
                                     "  www: {program: files, has: {path: .}}\n"
                                     "  net: {program: listener, has: {address: '127.0.0.1:0'}}\n" +
                                     SOURCE.replace("lives: 30", "").replace("RESTART", "never") + USER.replace("200", "0") +
                                     "  says: {program: ./relay.so:user, has: {once: source, twice: source, times: 1}}\n")
        with subprocess.Popen([MORI, "run", "long.yaml"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
            assert child.stdout.readline() == "10 11\n"
            child.send_signal(number)
            out, err = child.communicate(timeout=300)
            assert (child.returncode, out, err) == (128 + number, "", ""), (child.returncode, out, err)
        print("ok: ends in order at signal", int(number))


def graphs():
    text = expect(mori("graph", "manifests/good.yaml"), 0)
    assert text.count("->") == 3 and '"user" [label="user\\n./relay.so:user", peripheries=2];' in text, text
    assert '"doubler" -> "source" [label="number", tooltip="number is big: Big"];' in text, text
    expect(mori("graph", "manifests/needs.yaml"), 1, "needs.yaml:")
    expect(mori("graph", "--svg", "manifests/good.yaml", PATH="/nowhere"), 3, "graphviz's dot", "package graphviz")
    Path("bin").mkdir()
    Path("bin/dot").write_text("#!/bin/sh\nexit 3\n")
    Path("bin/dot").chmod(0o755)
    expect(mori("graph", "--svg", "manifests/good.yaml", PATH=f"{os.getcwd()}/bin"), 3, "graphviz's dot has failed")
    if shutil.which("dot"):
        svg = xml.etree.ElementTree.fromstring(expect(mori("graph", "--svg", "manifests/good.yaml"), 0))
        names = [title.text for title in svg.iter("{http://www.w3.org/2000/svg}title")]
        assert "user->doubler" in names and "source" in names, names
    full = subprocess.run([MORI, "graph", "manifests/good.yaml"], stdout=open("/dev/full", "w", encoding="utf-8"), stderr=subprocess.PIPE,
                          text=True, check=False)
    assert full.returncode == 3 and "cannot be written: No space left" in full.stderr, full


def main():
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(HERE / "manifests", f"{folder}/manifests")
        for place in folder, f"{folder}/manifests":
            os.symlink(RELAY, f"{place}/relay.so")
        os.chdir(folder)
        wrong = golden()
        if RENEW:
            return 0
        runs()
        ends()
        signals()
        graphs()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
