#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""convert.py CONVERT [SCHEMAS [SEED]]: src/wire against the stock tool.

Random schemas, random values of them. `capnp convert` encodes each, in one segment and in small ones; CONVERT
(convert.c) copies it through readers and a builder, packs, unpacks and makes it canonical. capnp must read the same
values from what we have copied, and have made the same bytes.
"""
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

VALUES = 4
INTEGERS = {f"{sign}Int{bits}": (0 if sign else -(1 << bits - 1), (1 << bits - (0 if sign else 1)) - 1)
            for sign in ("", "U") for bits in (8, 16, 32, 64)}
SCALARS = list(INTEGERS) + ["Void", "Bool", "Float32", "Float64", "Text", "Data"]


def id_of(r):
    return f"0x{r.getrandbits(63) | 1 << 63:016x}"


class Schema:
    """Structs S0, S1, ..., each of which may refer to all; an enum; text() is the file."""

    def __init__(self, r):
        self.r = r
        self.structs = [self.fields() for _ in range(r.randint(1, 5))]

    def kind(self, depth=0):
        r = self.r
        choice = r.random()
        if choice < 0.2 and depth < 3:
            return ("List", self.kind(depth + 1))
        if choice < 0.35:
            return ("struct", r.randint(0, 4))
        if choice < 0.42:
            return ("enum",)
        return (r.choice(SCALARS),)

    def fields(self):
        """Plain fields, then perhaps those of a union and of a group."""
        r = self.r
        return {"plain": [self.kind() for _ in range(r.randint(0, 12))],
                "union": [self.kind() for _ in range(r.choice([0, 0, 2, 4]))],
                "group": [self.kind() for _ in range(r.choice([0, 0, 1, 3]))]}

    def name(self, kind):
        if kind[0] == "List":
            return f"List({self.name(kind[1])})"
        if kind[0] == "struct":
            return f"S{kind[1] % len(self.structs)}"
        return "Colour" if kind[0] == "enum" else kind[0]

    def text(self):
        lines = [f"@{id_of(self.r)};", "enum Colour { red @0; green @1; blue @2; }"]
        for number, struct in enumerate(self.structs):
            lines.append(f"struct S{number} {{")
            at = 0
            for part, opening in (("plain", ""), ("union", "union {"), ("group", "g :group {")):
                if struct[part] and opening:
                    lines.append(opening)
                for kind in struct[part]:
                    lines.append(f"  f{at} @{at} :{self.name(kind)};")
                    at += 1
                if struct[part] and opening:
                    lines.append("}")
            lines.append("}")
        return "\n".join(lines)

    def value(self, kind, depth):
        r = self.r
        if kind[0] in INTEGERS:
            low, high = INTEGERS[kind[0]]
            return str(r.choice([0, low, high, r.randint(low, high), r.randint(0, 3)]))
        if kind[0] == "List":
            return "[" + ", ".join(self.value(kind[1], depth + 1) for _ in range(r.choice([0, 1, 2, 3, 9]))) + "]"
        if kind[0] == "struct":
            return self.struct(kind[1] % len(self.structs), depth + 1)
        if kind[0] == "enum":
            return r.choice(["red", "green", "blue"])
        if kind[0] == "Text":
            return '"' + "".join(r.choice("ab c") for _ in range(r.choice([0, 1, 7, 8, 30]))) + '"'
        if kind[0] == "Data":
            count = r.choice([0, 1, 8, 17])
            return '0x"' + " ".join(f"{r.randrange(256):02x}" for _ in range(count)) + '"' if count else '""'
        return {"Void": "void", "Bool": r.choice(["true", "false"])}.get(kind[0], str(r.randint(-64, 64) / 4))

    def struct(self, number, depth=0):
        """Some of its fields: fewer, the deeper it lies."""
        r = self.r
        struct = self.structs[number]
        at = len(struct["plain"])

        def some(kinds, first):
            return [f"f{first + i} = {self.value(kind, depth)}" for i, kind in enumerate(kinds)
                    if depth < 5 and r.random() < 0.8 / (1 + depth / 2)]

        parts = some(struct["plain"], 0)
        if struct["union"]:
            one = r.randrange(len(struct["union"]))
            parts += some(struct["union"][one:one + 1], at + one)
        if struct["group"]:
            parts.append(f"g = ({', '.join(some(struct['group'], at + len(struct['union'])))})")
        return f"({', '.join(parts)})"


def main():
    if shutil.which("capnp") is None:
        print("the stock tool is not here: package capnproto")
        return 77
    convert, schemas, seed = sys.argv[1], int((sys.argv + ["6"])[2]), int((sys.argv + ["6", "1"])[3])

    def run(*arguments, given):
        done = subprocess.run(arguments, input=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            sys.exit(f"{' '.join(arguments)}: exit code {done.returncode}\n{done.stderr.decode()}")
        return done.stdout

    compared = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(seed, seed + schemas):
            r = random.Random(number)
            schema = Schema(r)
            file = str(Path(folder, "s.capnp"))
            Path(file).write_text(schema.text())

            def capnp(how, given, *options):
                return run("capnp", "convert", "--quiet", *options, how, file, "S0", given=given)

            def same(what, ours, theirs):
                if ours != theirs:
                    sys.exit(f"schema {number}: {what} differs\nours:   {ours!r}\ntheirs: {theirs!r}\n\n"
                             f"{schema.text()}\n\n{text}")

            text = "\n".join(schema.struct(0) for _ in range(VALUES))
            whole = capnp("text:binary", text.encode())
            shown = capnp("binary:text", whole)
            for size in (100000, r.choice([1, 2, 5, 20])):
                size_option = f"--segment-size={size}"
                given = capnp("binary:binary", whole, size_option)
                packed = capnp("binary:packed", whole, size_option)
                same(f"a copy ({size})", capnp("binary:text", run(convert, "copy", given=given)), shown)
                same(f"packed ({size})", run(convert, "packed", given=given), packed)
                same(f"unpacked ({size})", run(convert, "unpacked", given=packed), given)
            one = capnp("text:binary", text.splitlines()[0].encode())
            small = capnp("binary:binary", one, "--segment-size=1")
            theirs = capnp("binary:canonical", one)
            for given in (one, small, run(convert, "copy", given=one)):
                same("canonical", run(convert, "canonical", given=given), theirs)
            compared += VALUES
    print(f"{schemas} schemas, {compared} values")
    return 0


if __name__ == "__main__":
    sys.exit(main())
