#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""errors.py CAPNPC: what capnpc-mori refuses, with the file, the line and the exit code that it says; and that it
then writes nothing.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

INCLUDE = Path(__file__).resolve().parent.parent.parent / "include"
CAPNPC = ""
HEAD = '@0xb15d1f2a5c9e8fff;\nusing Mori = import "/mori/mori.capnp";\n'


class Errors(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def compile(self, text, name="a.capnp"):
        """(what it says, the files that are there then)"""
        Path(self.folder, name).parent.mkdir(exist_ok=True)
        Path(self.folder, name).write_text(HEAD + text)
        out = self.folder / "out"
        out.mkdir(exist_ok=True)
        done = subprocess.run(["capnp", "compile", f"-I{INCLUDE}", f"-o{CAPNPC}:out", name],
                              cwd=self.folder, env={**os.environ, "PWD": str(self.folder)},
                              capture_output=True, text=True, check=False)
        return done.stderr, sorted(str(p.relative_to(out)) for p in out.rglob("*.mori.*"))

    def refused(self, text, *said):
        stderr, files = self.compile(text)
        for each in said:
            self.assertIn(each, stderr)
        self.assertEqual(files, [])

    def test_good(self):
        self.assertEqual(self.compile("struct A {}"), ("", ["a.mori.c", "a.mori.h"]))

    def test_folders_are_made(self):
        self.assertEqual(self.compile("struct A {}", "b/a.capnp"), ("", ["b/a.mori.c", "b/a.mori.h"]))

    def test_two_fields_of_one_name(self):
        self.refused("struct A {\n  b @0 :UInt8;\n  # c @9\n  c @1 :Text $Mori.name(\"b\");\n}",
                     "a.capnp:6: error: A.c: its name in C, a_b, is that of a.capnp:A.b:", "$Mori.name")

    def test_a_scope_and_a_field(self):
        self.refused("struct A {\n  bC @0 :D;\n  struct D {}\n  struct B { c @0 :UInt8; }\n}",
                     "a.capnp:6: error: A.B.c: its name in C, a_b_c, is that of a.capnp:A.bC")

    def test_two_types(self):
        self.refused("struct ABx {}\nstruct A {\n  struct Bx {}\n}",
                     "a.capnp:5: error: A.Bx: its name in C, a_bx, is that of a.capnp:ABx")

    def test_streams(self):
        self.refused("interface A {\n  b @0 () -> (c :UInt8) $Mori.stream;\n"
                     "  d @1 () -> stream $Mori.readonly;\n  e @2 () -> () $Mori.stream $Mori.reentrant;\n}",
                     "a.capnp:4: error: A.b: what is a stream has no results")
        self.refused("interface A {\n  d @0 () -> stream $Mori.readonly;\n}",
                     "a.capnp:4: error: A.d: what is a stream is neither readonly nor reentrant")

    def test_programs(self):
        self.refused("struct A $Mori.program {\n  b @0 :Data;\n}", "a.capnp:4: error: A.b: a program has references and settings")
        self.refused("struct A $Mori.program {\n  b @0 :List(Int8);\n}", "a.capnp:4: error: A.b: a program has references")
        self.refused("struct A $Mori.program {\n  b @0 :Text $Mori.export;\n}",
                     "a.capnp:4: error: A.b: what is exported is a reference: its type must be an interface")
        self.refused("struct A $Mori.program {\n  b @0 :List(Text) = [\"c\"];\n}", "A.b: a list of a program has no default")
        self.refused("struct A $Mori.program {\n  b :group { c @0 :Text; }\n}", "A.b: a program has no unions and groups")
        self.refused("struct A $Mori.program {\n  union { b @0 :Text; c @1 :Text; }\n}", "A.b: a program has no unions and groups")
        self.refused("interface I {}\nstruct A {\n  b @0 :I $Mori.export;\n}",
                     "a.capnp:5: error: A.b: $Mori.export, required, least and most are for the fields of a program")
        self.refused("struct A {\n  b @0 :Int8 $Mori.most(3);\n}", "a.capnp:4: error: A.b: $Mori.export, required, least and most are for")
        self.refused("struct A $Mori.program {\n  b @0 :Float32 $Mori.most(3);\n}",
                     "a.capnp:4: error: A.b: $Mori.least and $Mori.most are for integers and Text")
        for wrong in (":Int8 = 4 $Mori.most(3)", ":UInt8 $Mori.least(1)", ":UInt8 $Mori.least(-1)",
                      ":Int8 = -4 $Mori.least(-3)", ":Text $Mori.least(1)", ":Text = \"abcd\" $Mori.most(3)", ":UInt64 = 0xffffffffffffffff $Mori.most(3)"):
            self.refused("struct A $Mori.program {\n  b @0 " + wrong + ";\n}", "a.capnp:4: error: A.b: its default is not between what")
        self.refused("interface I {}\nstruct A $Mori.program {\n  b @0 :I $Mori.required;\n}",
                     "a.capnp:5: error: A.b: $Mori.required is for settings")
        self.refused("struct A $Mori.program {}\nstruct ACapabilities {}", "its name in C, a_capabilities, is that of a.capnp:A")
        self.refused("struct A $Mori.program {" + "".join(f"f{i} @{i} :Bool;" for i in range(65)) + "}",
                     "A: a program has at most 64 fields")

    def test_a_group_and_a_struct(self):
        self.refused("struct A {\n  union {\n    b :group { c @0 :UInt8; }\n    d @1 :Void;\n  }\n  struct B {}\n}",
                     "its name in C, a_b, is that of")

    def test_a_field_and_a_list(self):
        self.refused("struct A {\n  listCount @0 :UInt8;\n}",
                     "a.capnp:4: error: A.listCount: its name in C, a_list_count, is that of a.capnp:A")

    def test_parameters_with_a_union(self):
        self.refused("struct P { union { a @0 :UInt8; b @1 :Void; } }\ninterface I {\n  ok @0 ();\n  m @1 P;\n}",
                     "a.capnp:6: error: I.m: parameters and results with unions or groups")

    def test_a_method_and_its_promise(self):
        self.refused("interface I {\n  a @0 ();\n  aJoin @1 ();\n}",
                     "a.capnp:5: error: I.aJoin: its name in C, i_a_join, is that of a.capnp:I.a")

    def test_two_enumerants(self):
        self.refused("enum E {\n  a @0;\n  b @1 $Mori.name(\"A\");\n}",
                     "a.capnp:5: error: E.b: its name in C, E_A, is that of a.capnp:E.a")

    def test_names_that_are_none(self):
        self.refused("struct A $Mori.name(\"1a\") {}", "a.capnp:3: error: A: what $Mori.name says is no name: `1a`")
        self.refused("$Mori.prefix(\"a-b\");\nstruct A {}", "a.capnp: error: what $Mori.prefix says is no name: `a-b`")

    def test_all_errors_are_told(self):
        stderr, _ = self.compile("struct A {\n b @0 :UInt8;\n c @1 :UInt8 $Mori.name(\"b\");\n"
                                 " d @2 :UInt8 $Mori.name(\"b\");\n}")
        self.assertEqual(stderr.count(": error: "), 2)

    def test_a_line_is_left_out_where_the_file_is_not_found(self):
        Path(self.folder, "a.capnp").write_text(HEAD + "struct A { b @0 :UInt8; c @1 :UInt8 $Mori.name(\"b\"); }")
        request = subprocess.run(["capnp", "compile", f"-I{INCLUDE}", "-o-", "a.capnp"], cwd=self.folder,
                                 env={**os.environ, "PWD": str(self.folder)}, capture_output=True, check=True).stdout
        done = subprocess.run([CAPNPC], cwd=self.folder, input=request, capture_output=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertTrue(done.stderr.decode().startswith("a.capnp: error: A.c: "), done.stderr)

    def test_a_folder_that_cannot_be_written(self):
        Path(self.folder, "out", "a.mori.h").mkdir(parents=True)
        stderr, _ = self.compile("struct A {}")
        self.assertIn("capnpc-mori: a.mori.h: Is a directory", stderr)


class Alone(unittest.TestCase):
    def run_it(self, *arguments, given=b""):
        done = subprocess.run([CAPNPC, *arguments], input=given, capture_output=True, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_use(self):
        self.assertEqual(self.run_it("--help")[0], 0)
        self.assertIn("usage: capnp compile -o mori", self.run_it("--help")[1])
        self.assertEqual(self.run_it("--version")[0], 0)
        code, out, err = self.run_it("a.capnp")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("usage", err)

    def test_no_request(self):
        for given in (b"", b"hello", b"\0" * 7, b"\xff" * 64):
            code, _, err = self.run_it(given=given)
            self.assertEqual(code, 3)
            self.assertIn("no request", err)

    def test_a_request_that_is_wrong(self):
        # its root leads beyond its segment
        code, _, err = self.run_it(given=b"\0\0\0\0\1\0\0\0" + b"\0\0\0\0\4\0\4\0")
        self.assertEqual(code, 3)
        self.assertIn("segment 0, word 0: an object reaches beyond its segment", err)


if __name__ == "__main__":
    if shutil.which("capnp") is None:
        print("the stock tool is not here: package capnproto")
        sys.exit(77)
    CAPNPC = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
