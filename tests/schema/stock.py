#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""stock.py CAPNPC CC [SCHEMAS [SEED]]: generated code against the stock tool.

Random schemas with random values (those of tests/wire/convert.py, with defaults). For each a program is written that
copies every field by the functions that capnpc-mori has made; it is compiled with all warnings. capnp encodes values,
the program copies them, and capnp must read the same from the copy and make the same canonical bytes of it.

SEEDED=1 in the environment: one of the program's setters is left out, and it is an error if that is not found.
"""
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path.insert(0, str(TOP / "tests/wire"))
import convert  # pylint: disable=wrong-import-position

SEEDED = os.environ.get("SEEDED") == "1"
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror"]
WIRE = ["build", "copy", "frame", "packed", "read"]


class Schema(convert.Schema):
    """With defaults, and the C that copies values."""

    def __init__(self, r):
        super().__init__(r)
        self.loops = 0

    def text(self):
        lines = []
        for line in super().text().split("\n"):
            match = re.match(r"(\s+f\d+ @\d+ :(\w+));", line)
            kind = match and (("enum",) if match.group(2) == "Colour" else (match.group(2),))
            if kind and kind[0] in ["enum", "Text", "Data", "Bool", "Float32", "Float64", *convert.INTEGERS]:
                if self.r.random() < 0.3:
                    line = f"{match.group(1)} = {self.value(kind, 0)};"
            lines.append(line)
        return "\n".join(lines)

    def list_of(self, kind):
        """What a list of it is called in C."""
        if kind[0] == "List":
            return self.list_of(kind[1]) + "_list"
        if kind[0] == "struct":
            return f"s{kind[1] % len(self.structs)}_list"
        names = {"enum": "colour", "Bool": "mori_wire_bool"}
        return names.get(kind[0], "mori_wire_" + kind[0].lower()) + "_list"

    def elements(self, kind, source, target):
        """Statements that copy each element; `kind` is that of the elements."""
        name, number = self.list_of(kind), self.loops
        self.loops += 1
        loop = f"for (uint32_t i{number} = 0; i{number} < {name}_count({source}); i{number}++) {{\n"
        at = f"{name}_at({source}, i{number})"
        if kind[0] == "Void":
            return f"(void){target};\n"
        if kind[0] in ("Text", "Data"):
            return loop + f"TRY({name}_set({target}, i{number}, {at}));\n}}\n"
        if kind[0] == "struct":
            return loop + f"TRY(copy_s{kind[1] % len(self.structs)}({at}, {name}_builder_at({target}, i{number})));\n}}\n"
        if kind[0] != "List":
            return loop + f"{name}_set({target}, i{number}, {at});\n}}\n"
        inner = self.list_of(kind[1])
        return (loop + f"struct {inner} from{number} = {at};\nstruct {inner}_builder to{number};\n"
                f"TRY({name}_init({target}, i{number}, {inner}_count(from{number}), &to{number}));\n"
                + self.elements(kind[1], f"from{number}", f"to{number}") + "}\n")

    def field(self, kind, name, field, member):
        """Statements that copy a field of `from` to `to`, structs called `name`."""
        get, number = f"{name}_{field}(from)", self.loops
        if kind[0] == "Void":
            return f"{name}_set_{field}(to);\n" if member else ""
        if kind[0] not in ("Text", "Data", "List", "struct"):
            return f"{name}_set_{field}(to, {get});\n"
        self.loops += 1
        if kind[0] in ("Text", "Data") or self.r.random() < 0.2:
            copy = f"TRY({name}_set_{field}(to, {get}));\n"
        elif kind[0] == "struct":
            copy = (f"struct s{kind[1] % len(self.structs)}_builder to{number};\nTRY({name}_init_{field}(to, &to{number}));\n"
                    f"TRY(copy_s{kind[1] % len(self.structs)}({get}, to{number}));\n")
        else:
            inner = self.list_of(kind[1])
            copy = (f"struct {inner} from{number} = {get};\nstruct {inner}_builder to{number};\n"
                    f"TRY({name}_init_{field}(to, {inner}_count(from{number}), &to{number}));\n"
                    + self.elements(kind[1], f"from{number}", f"to{number}"))
        # A member that is null is the first one, which nobody has set.
        return f"if ({name}_has_{field}(from)) {{\n{copy}}}\n"

    def body(self, number):
        struct, name, at = self.structs[number], f"s{number}", 0
        out = ""
        for kind in struct["plain"]:
            out += self.field(kind, name, f"f{at}", False)
            at += 1
        if struct["union"]:
            out += f"switch ({name}_which(from)) {{\n"
            for kind in struct["union"]:
                out += f"case S{number}_WHICH_F{at}: {{\n{self.field(kind, name, f'f{at}', True)}break;\n}}\n"
                at += 1
            out += "}\n"
        if struct["group"]:
            out += f"TRY(copy_s{number}_g(s{number}_g(from), s{number}_init_g(to)));\n"
        return out

    def group(self, number):
        struct = self.structs[number]
        at = len(struct["plain"]) + len(struct["union"])
        return "".join(self.field(kind, f"s{number}_g", f"f{at + i}", False) for i, kind in enumerate(struct["group"]))

    def program(self):
        out = '#include "s.mori.h"\n' + f'#include "{HERE}/copier.h"\n'
        bodies = []
        for number, struct in enumerate(self.structs):
            for name, body in ([(f"s{number}_g", self.group(number))] if struct["group"] else []) + [
                    (f"s{number}", self.body(number))]:
                head = f"static int copy_{name}(struct {name} from, struct {name}_builder to)"
                out += head + ";\n"
                bodies.append(f"{head}\n{{\n(void)from;\n(void)to;\n{body}return 0;\n}}\n")
        out += "".join(bodies)
        out += ("static int copy_root(struct mori_wire_pointer from, struct mori_wire_slot to)\n{\n"
                "struct s0_builder root;\nTRY(s0_init(to, &root));\nreturn copy_s0(s0_read(from), root);\n}\n"
                # those that nothing refers to
                + "void use_all(void);\nvoid use_all(void)\n{\n"
                + "".join(f"(void)copy_s{n};\n" for n in range(len(self.structs))) + "}\n")
        if SEEDED:
            out = re.sub(r"^s0_set_f\d+\(to, ", "(void)(", out, count=1, flags=re.M)
        return out


def main():
    if not any(Path(folder, "capnp").exists() for folder in os.environ["PATH"].split(":")):
        print("the stock tool is not here: package capnproto")
        return 77
    capnpc, cc = str(Path(sys.argv[1]).resolve()), sys.argv[2]
    schemas, seed = int((sys.argv + ["3"])[3] if len(sys.argv) > 3 else 3), int(sys.argv[4] if len(sys.argv) > 4 else 1)
    flags = [cc, "-std=gnu17", "-D_GNU_SOURCE", "-DMORI_MAPPED=1", "-DMORI_BUILDING=1", "-I", str(TOP / "include"),
             "-I", str(TOP / "src"), *os.environ.get("STOCK_CFLAGS", "-O0").split()]

    def run(*arguments, given=b"", folder=None):
        done = subprocess.run(arguments, input=given, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False, env={**os.environ, "PWD": folder or os.getcwd()})
        if done.returncode != 0:
            sys.exit(f"{' '.join(arguments)}: exit code {done.returncode}\n{done.stderr.decode()}")
        return done.stdout

    with tempfile.TemporaryDirectory() as folder:
        objects = [f"{folder}/{name}.o" for name in WIRE]
        for name, to in zip(WIRE, objects):
            run(*flags, "-c", str(TOP / f"src/wire/{name}.c"), "-o", to)
        for number in range(seed, seed + schemas):
            r = random.Random(number)
            schema = Schema(r)
            text = schema.text()
            Path(folder, "s.capnp").write_text(text)
            Path(folder, "copy.c").write_text(schema.program())
            run("capnp", "compile", f"-o{capnpc}", "s.capnp", folder=folder)
            run(*flags, *WARNINGS, "copy.c", "s.mori.c", *objects, "-o", "copy", folder=folder)
            for _ in range(2):
                values = "\n".join(schema.struct(0) for _ in range(convert.VALUES))

                def capnp(how, given, *options):
                    return run("capnp", "convert", "--quiet", *options, how, f"{folder}/s.capnp", "S0", given=given)

                def same(what, ours, theirs):
                    if ours != theirs:
                        if SEEDED:
                            print("the seeded difference is found")
                            sys.exit(0)
                        sys.exit(f"schema {number}: {what} differs\nours:   {ours!r}\ntheirs: {theirs!r}\n\n{text}\n\n{values}")

                whole = capnp("text:binary", values.encode(), f"--segment-size={r.choice([1, 3, 1000])}")
                copy = run(f"{folder}/copy", given=whole)
                same("a copy", capnp("binary:text", copy), capnp("binary:text", whole))
                one = capnp("text:binary", values.splitlines()[0].encode())
                same("canonical", capnp("binary:canonical", run(f"{folder}/copy", given=one)),
                     capnp("binary:canonical", one))
    print(f"{schemas} schemas")
    return 1 if SEEDED else 0


if __name__ == "__main__":
    sys.exit(main())
