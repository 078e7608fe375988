#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""golden.py CAPNPC [--renew]: what capnpc-mori makes of the schemas here is what lies in golden/, byte for byte.

So does what it makes of the schema of its own input, in compiler/schema/generated. --renew writes both: look at what
git then shows.
"""
import difflib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
# (folder of the schemas, their names, folder of what is made of them; that of the sources, where it is another)
SETS = [
    (HERE, ["rich.capnp", "other.capnp", "book.capnp", "service.capnp", "program.capnp"], HERE / "golden"),
    (TOP / "compiler/schema/generated", ["schema.capnp"], TOP / "compiler/schema/generated"),
    (TOP / "include", [f"mori/service/{name}.capnp" for name in ("clock", "console", "files", "net", "programs", "random")],
     TOP / "include", TOP / "services/generated"),
    (TOP / "bench/generated", ["encode.capnp"], TOP / "bench/generated"),
]


def make(capnpc, folder, names, to):
    done = subprocess.run(["capnp", "compile", f"-I{TOP / 'include'}", f"-o{capnpc}:{to}", *names],
                          cwd=folder, env={**os.environ, "PWD": str(folder)}, capture_output=True, text=True, check=False)
    if done.returncode != 0 or done.stderr:
        sys.exit(f"{names}: exit code {done.returncode}\n{done.stderr}")


def main():
    if shutil.which("capnp") is None:
        print("the stock tool is not here: package capnproto")
        return 77
    capnpc, renew = str(Path(sys.argv[1]).resolve()), "--renew" in sys.argv
    wrong = 0
    for folder, names, headers, *other in SETS:
        with tempfile.TemporaryDirectory() as to:
            make(capnpc, folder, names, to)
            for name in names:
                for end, golden in (".mori.h", headers), (".mori.c", (other or [headers])[0]):
                    file = name.replace(".capnp", end)
                    ours, place = Path(to, file).read_text(), Path(golden, file)
                    if other and golden == other[0]:
                        place = golden / place.name
                    if renew:
                        place.write_text(ours)
                        continue
                    want = place.read_text()
                    if ours != want:
                        wrong += 1
                        sys.stdout.writelines(list(difflib.unified_diff(
                            want.splitlines(True), ours.splitlines(True), f"golden/{file}", f"made/{file}"))[:60])
    print(f"{wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
