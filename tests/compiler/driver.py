#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the compiler's tests. Every test is a function below; its name is the first argument.

What a source of must-fail/ (or must-fail-mapped/) says in comments of the form `/* error: TEXT */` is what the compiler must say about it: an
error on that line (or on the next, if the comment stands alone) that contains TEXT, and no others. The level of optimisation must not matter.

The programs of must-pass/ must run and return 0, in every way of building them that LEVELS names, and mori-verify must
be satisfied with what was built.
"""
import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77

LEVELS = [
    "-O0",
    "-O1",
    "-O2",
    "-O3",
    "-Os",
    "-Oz",
    "-Og -g3",
    "-O2 -fPIC",
    "-O2 -fPIE -pie",
    "-O2 -fno-pie -no-pie",
    "-O2 -fno-omit-frame-pointer",
    "-O2 -ffunction-sections -fdata-sections -Wl,--gc-sections",
    "-O2 -fstack-protector-all",
    "-O2 -fstack-clash-protection -D_FORTIFY_SOURCE=2",
    "-O3 -march=haswell",
    "-O2 -flto -ffat-lto-objects",
    "-O2 -flto -fno-fat-lto-objects",
    "-O3 -funroll-loops -frename-registers",
    "-O2 -fno-inline -finstrument-functions",
    "-O2 -fsanitize=undefined",
    "-O2 -fipa-icf -fipa-ra -freorder-blocks-and-partition",
]


HOISTED = """
#include <mori/keywords.h>
#define OUT __attribute__((noinline, noclone))
OUT static async int with_frame(int x, char *bytes) { await mori_yield(); return x + bytes[0]; }
OUT async int callee(int x) { char bytes[96]; bytes[0] = 0; await mori_yield();
        return await with_frame(x, bytes) + 1; }
OUT async int large(int x) { char bytes[400]; bytes[0] = 0; return await with_frame(x, bytes) + 1; }
OUT async int between(int x) { return await callee(x) + 1; }
OUT async int first_part(int x) { char bytes[40]; bytes[0] = 0; return await large(x) + bytes[x]; }
async int unknown(int x);

OUT async int outside(int x) { return await callee(x) + await callee(x + 1); }
OUT async int in_loop(int x) { while (x < 100) x += await callee(x); return x; }
OUT async int in_goto(int x) { again: x += await callee(x); if (x < 50) goto again; return x; }
OUT async int deep(int x) { while (x < 100) x += await between(x); return x; }
OUT async int partly(int x) { while (x < 100) x += await first_part(x); return x; }
OUT async int in_loop_large(int x) { while (x < 100) x += await large(x); return x; }
OUT async int in_loop_unknown(int x) { while (x < 100) x += await unknown(x); return x; }
OUT async int in_loop_pointer(int x, async int (*f)(int)) { while (x < 100) x += await f(x); return x; }
"""

# What the static libraries need; c-ares where they may have been built with it.
LIBRARIES = ["-luring"]
if subprocess.run(["pkg-config", "--exists", "libcares"], check=False).returncode == 0:
    LIBRARIES.append("-lcares")


class Failure(Exception):
    pass


class Skip(Exception):
    pass


def run(command, check=True, **more):
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=300,
        env=dict(os.environ, LC_ALL="C", **more))
    if check and done.returncode != 0:
        raise Failure(f"{shlex.join(command)}\nexit status {done.returncode}\n{done.stdout}")
    return done


def sources(folder):
    path = os.path.join(HERE, folder)
    return sorted(os.path.join(path, name) for name in os.listdir(path) if name.endswith(".c"))


class Tests:
    def __init__(self, options):
        self.options = options
        self.cc = shlex.split(options.cc)
        self.linked = [f"-fplugin={options.plugin}", f"-I{options.include}", "-std=gnu17"]
        self.work = None

    def path(self, name):
        return os.path.join(self.work, name)

    def compile(self, source, name, *flags, check=True, mode=None):
        return run([*self.cc, *(mode or self.linked), *flags, "-c", source, "-o", self.path(name)], check=check)

    def library(self, shared):
        if shared:
            folder = os.path.dirname(self.options.shared)
            return [self.options.shared, f"-Wl,-rpath,{folder}"]
        return [self.options.static]

    def link(self, inputs, name, *flags, shared=False):
        run([*self.cc, self.linked[0], *flags, *inputs, *self.library(shared), *LIBRARIES, "-pthread", "-ldl",
             "-Wl,-z,now", "-o", self.path(name)])

    def levels(self):
        print("\n".join(LEVELS))

    # ---- What must not compile

    def must_fail(self):
        for source in sources("must-fail"):
            for level in ["-O0", "-O2", "-Os", "-fsyntax-only"]:
                self.expect_errors(source, level)

    def must_fail_mapped(self):
        """What the headers find without the plugin."""
        mapped = ["-DMORI_MAPPED=1", f"-I{self.options.include}", "-std=gnu17"]
        for source in sources("must-fail-mapped"):
            for level in ["-O0", "-O2"]:
                self.expect_errors(source, level, mapped)

    @staticmethod
    def expected_errors(source):
        """Line number -> text. A comment that has its lines to itself is about the line after it."""
        with open(source, encoding="utf-8") as file:
            text = file.read()
        expected = {}
        for match in re.finditer(r"/\*\s+(?:\* )?error: (.*?)\s*\*/", text, flags=re.S):
            alone = not text[text.rfind("\n", 0, match.start()) + 1:match.start()].strip()
            number = text.count("\n", 0, match.end() if alone else match.start()) + 1 + alone
            expected[number] = re.sub(r"\s*\n\s*\* ", " ", match.group(1))
        return expected

    def expect_errors(self, source, level, mode=None):
        expected = self.expected_errors(source)
        output = self.compile(source, "out.o", level, check=False, mode=mode).stdout
        seen = list(re.finditer(r"^(\S+?):(\d+):\d+: error: (.*)$", output, flags=re.M))
        ends = [match.start() for match in seen[1:]] + [len(output)]
        problems = []
        for match, end in zip(seen, ends):
            file, number, message = match.group(1), int(match.group(2)), match.group(3)
            # Without the plugin, what a macro does is reported where it is written, with the use below; so is a macro of
            # the user's own with it.
            if os.path.basename(file) != os.path.basename(source) or number not in expected:
                shown = re.findall(r"^(\S+?):(\d+):\d+: note: in ", output[match.end():end], flags=re.M)
                if not mode and file != source:
                    shown = []
                uses = [int(line) for used, line in shown if used == source and int(line) in expected]
                if not uses:
                    problems.append(f"{file}:{number}: not expected: {message}")
                    continue
                number = uses[0]
            if expected[number] is None:
                problems.append(f"{source}:{number}: a second error: {message}")
            elif expected[number] not in message:
                problems.append(f"{source}:{number}: expected '{expected[number]}', not '{message}'")
            expected[number] = None
        for number, message in expected.items():
            if message is not None:
                problems.append(f"{source}:{number}: no error '{message}'")
        if problems:
            raise Failure(f"{level}\n" + "\n".join(problems) + "\n" + output)

    def remedies(self):
        """Who has made one of the usual mistakes is told what to write instead."""
        for code, said in (
            ("async int f(void) { printf(\"x\"); return 0; }", "note: what waits without blocking: mori_print()"),
            ("async int f(void) { sleep(1); return 0; }", "note: what waits without blocking: mori_sleep()"),
            ("MORI_BLOCKS(\"asks\") int ask(void); async int f(void) { return ask(); }", "blocking: mori_offload()"),
            ("async int main(void) { return 0; }", "note: a program begins in 'async int mori_main(int argc"),
            ("int main(void) { return await mori_yield(); }", "note: a program begins in 'async int mori_main("),
        ):
            with open(self.path("mistake.c"), "w", encoding="utf-8") as out:
                out.write("#include <mori/keywords.h>\n#include <stdio.h>\n#include <unistd.h>\n" + code + "\n")
            done = self.compile(self.path("mistake.c"), "mistake.o", check=False)
            if done.returncode == 0 or said not in done.stdout:
                raise Failure(f"{code}: nobody said '{said}':\n{done.stdout}")

    def flags(self):
        source = self.path("flags.c")
        with open(source, "w", encoding="utf-8") as out:
            out.write("#include <mori/keywords.h>\nasync int f(int x);\nasync int f(int x) { return x; }\n")
        refused = ["-mred-zone", "-fno-plt", "-mcmodel=large", "-mcmodel=medium", "-pg", "-fcf-protection=full",
                   "-fcf-protection=branch", "-fsplit-stack", "-mno-accumulate-outgoing-args", "-mabi=ms", "-w",
                   "-mindirect-branch=thunk"]
        for flag in refused:
            done = self.compile(source, "flags.o", flag, check=False)
            name = flag.split("=", 1)[0] if re.search("cmodel|protection|branch=", flag) else flag
            if done.returncode == 0 or f"cannot be compiled with '{name}'" not in done.stdout:
                raise Failure(f"{flag} was not refused by name:\n{done.stdout}")
            if "note: " not in done.stdout:
                raise Failure(f"no remedy is named for {flag}:\n{done.stdout}")
        # The opposite, a red zone in spite of the flags, is what the plugin turns off by itself.
        self.compile(source, "flags.o")
        # Sync code may be compiled with anything.
        with open(source, "w", encoding="utf-8") as out:
            out.write("int g(int x); int f(int x) { return g(x) + 1; }\n")
        for flag in refused:
            self.compile(source, "flags.o", flag)

    # ---- What must compile, run and satisfy mori-verify

    def must_pass(self):
        level = self.options.level
        flags = level.split()
        with open("/proc/cpuinfo", encoding="utf-8") as cpus:
            if "haswell" in level and " avx2 " not in cpus.read():
                raise Skip("this processor has no AVX2")
        compile_flags = [flag for flag in flags if not flag.startswith("-Wl,") and flag not in ("-pie", "-no-pie")]
        for source in sources("must-pass"):
            name = os.path.basename(source)[:-2]
            objects = []
            for part in ("", "_sync"):
                file = os.path.join(HERE, "must-pass", "parts", name + part + ".c") if part else source
                if os.path.exists(file):
                    objects.append(self.path(name + part + ".o"))
                    self.compile(file, name + part + ".o", "-Wall", "-Wextra", *compile_flags)
            if "-fno-fat-lto-objects" not in flags:
                run([self.options.verify, *objects])
            for shared in (False, True):
                self.link(objects, name, *flags, shared=shared)
                run([self.options.verify, self.path(name)])
                run([self.path(name)])

    def shared_object(self):
        """A shared object with async code, opened by a program that has none of it."""
        self.compile(os.path.join(HERE, "must-pass", "calls.c"), "calls.o", "-O2", "-fPIC")
        self.compile(os.path.join(HERE, "must-pass", "parts", "calls_sync.c"), "calls_sync.o", "-O2", "-fPIC")
        inputs = [self.path("calls.o"), self.path("calls_sync.o")]
        run([*self.cc, "-shared", *inputs, *self.library(True), "-Wl,-z,now", "-o", self.path("calls.so")])
        run([self.options.verify, self.path("calls.so")])
        self.compile(os.path.join(HERE, "open_shared.c"), "open_shared.o", "-O2")
        self.link([self.path("open_shared.o")], "open_shared", shared=True)
        run([self.path("open_shared"), self.path("calls.so")])

    def wrong_links(self):
        """Links that would make programs that crash fail, and say why."""
        self.compile(os.path.join(HERE, "must-pass", "calls.c"), "calls.o", "-O2", "-fPIC")
        self.compile(os.path.join(HERE, "must-pass", "parts", "calls_sync.c"), "calls_sync.o", "-O2", "-fPIC")
        inputs = [self.path("calls.o"), self.path("calls_sync.o")]
        out = ["-o", self.path("out")]
        self.expect_failure("link_with_lmori", "-shared", *inputs, *out)
        mapped = os.path.join(os.path.dirname(self.options.static), "libmori-mapped.a")
        self.expect_failure("mori_abi_linked_1", *inputs, mapped, *LIBRARIES, "-pthread", *out)
        self.compile(os.path.join(HERE, "must-pass", "parts", "mapped.c"), "mapped.o",
                     mode=["-DMORI_MAPPED=1", f"-I{self.options.include}", "-std=gnu17"])
        for shared in (True, False):
            self.expect_failure("mori_abi_mapped_1", self.path("mapped.o"), *self.library(shared), *LIBRARIES,
                                "-pthread", *out)
        run([*self.cc, *inputs, *self.library(True), "-Wl,-z,lazy", *out])
        done = run([self.options.verify, self.path("out")], check=False)
        if done.returncode != 1 or "-Wl,-z,now" not in done.stdout:
            raise Failure(f"mori-verify accepts lazy binding:\n{done.stdout}")
        self.compile(os.path.join(HERE, "must-pass", "calls.c"), "calls.o", "-O2", "-flto")
        self.expect_failure("mori_plugin_missing_at_link", "-O2", "-flto", *inputs, *self.library(False), *out)

    def static(self):
        """A program linked statically with everything, the C library included, and what it still interposes."""
        source = os.path.join(os.path.dirname(HERE), "domain", "static.c")
        trivial = [*self.cc, "-static", "-x", "c", "-", *LIBRARIES, "-o", self.path("trivial")]
        if subprocess.run(trivial, input="int main(void) { return 0; }", text=True, stderr=subprocess.DEVNULL,
                          check=False).returncode != 0:
            raise Skip("there is no static C library, or no static liburing")
        mapped = os.path.join(os.path.dirname(self.options.static), "libmori-mapped.a")
        include = f"-I{self.options.include}"
        for flags, library in ((self.linked, self.options.static), (["-DMORI_MAPPED=1", include], mapped)):
            run([*self.cc, *flags, "-O2", "-static", source, library, *LIBRARIES, "-pthread", "-o", self.path("static")])
            run([self.path("static")])

    def expect_failure(self, message, *arguments):
        done = run([*self.cc, *arguments], check=False)
        if done.returncode == 0 or message not in done.stdout:
            raise Failure(f"{shlex.join(arguments)} did not fail with '{message}':\n{done.stdout}")

    def backtrace(self):
        """gdb walks from sync code through a gate and through segments to the beginning of the activity."""
        if not shutil.which("gdb"):
            raise Skip("there is no gdb")
        for flags in (["-O0", "-g"], ["-O2", "-g"], ["-O2"]):
            objects = []
            for part in ("calls.c", "parts/calls_sync.c"):
                objects.append(self.path(os.path.basename(part) + ".o"))
                self.compile(os.path.join(HERE, "must-pass", part), os.path.basename(part) + ".o", *flags)
            self.link(objects, "calls", *flags)
            done = run(["gdb", "-q", "-nx", "-batch", "-ex", "set debuginfod enabled off", "-ex",
                        "break calls_sync_eight", "-ex", "run", "-ex", "bt", self.path("calls")])
            names = re.findall(r"^#\d+ .*?(?:in )?(\w+) \(", done.stdout, flags=re.M)
            wanted = ["calls_sync_eight", "direct", "__morestack", "calls_all", "mori_start_linked"]
            positions = [names.index(name) if name in names else -1 for name in wanted]
            if -1 in positions or positions != sorted(positions) or "corrupt" in done.stdout:
                raise Failure(f"{flags}: {names}\n{done.stdout}")

    def cplusplus(self):
        """C++ may be compiled with the plugin; it is sync code."""
        if not shutil.which("g++"):
            raise Skip("there is no g++")
        for level in ("-O0", "-O2", "-O2 -flto"):
            out = self.path("sync")
            run(["g++", self.linked[0], *level.split(), os.path.join(HERE, "sync.cc"), "-o", out])
            run([out])

    # ---- Seeded faults

    def seeded(self):
        source = os.path.join(HERE, "must-pass", "calls.c")
        faults = [
            ("seed-ungated=qsort", "goes to sync code without a gate"),
            ("seed-ungated=calls_sync_add", "goes to sync code without a gate"),
            ("seed-probe=deep", "and its probe asks for"),
        ]
        for level in ["-O0", "-O1", "-O2", "-O3", "-Os"]:
            self.compile(source, "good.o", level)
            run([self.options.verify, self.path("good.o")])
            for fault, message in faults:
                self.compile(source, "bad.o", level, f"-fplugin-arg-mori-{fault}")
                done = run([self.options.verify, self.path("bad.o")], check=False)
                if done.returncode != 1 or message not in done.stdout:
                    raise Failure(f"{fault} at {level} was not found:\n{done.stdout}")

    # ---- What the probe asks for

    def hoisted(self):
        """A probe asks for callees of this unit that are called in loops, and for nothing else."""
        source = self.path("hoisted.c")
        with open(source, "w", encoding="utf-8") as out:
            out.write(HOISTED)
        for level in ("-O0", "-O1", "-O2", "-O3", "-Os"):
            self.compile(source, "hoisted.o", level)
            run([self.options.verify, self.path("hoisted.o")])
            self.compile(source, "hoisted.s", level, "-S")
            with open(self.path("hoisted.s"), encoding="utf-8") as assembly:
                asks = self.asks_of(assembly.read())
            for name, callee, alone in (
                    ("in_loop", "callee", "outside"), ("in_goto", "callee", "outside"), ("deep", "between", "outside"),
                    ("outside", None, None), ("in_loop_large", None, None), ("in_loop_unknown", None, None),
                    ("in_loop_pointer", None, None), ("partly", "first_part", "outside")):
                need = asks[callee] + 8 if callee else 0
                if callee == "between":
                    need += asks["callee"] + 8
                # Besides the need there is the frame of the function itself: small, but not the same for all.
                if not need <= asks[name] <= need + (120 if level == "-O0" else 56):
                    raise Failure(f"{level}: {name} asks for {asks[name]} bytes, and its callee needs {need}: {asks}")

    @staticmethod
    def asks_of(assembly):
        """Function -> the bytes that its probe reports."""
        asks, name = {}, None
        for line in assembly.split("\n"):
            label = re.match(r"([a-z_]\w*):", line)
            name = label.group(1) if label else name
            reported = re.match(r"\s+(?:movl\s+\$(\d+)|(xorl)\s+%r10d), %r10d", line)
            if reported:
                asks.setdefault(name, int(reported.group(1) or 0))
        return asks

    # ---- mori-linkcheck

    def linkcheck(self):
        names = ["server.c", "log.c"]
        folder = os.path.join(HERE, "linkcheck")
        expected = open(os.path.join(folder, "expected.txt"), encoding="utf-8").read()
        for flags in (["-O0"], ["-O2"], ["-O2", "-flto", "-fno-fat-lto-objects"], ["-O2", "-flto", "-ffat-lto-objects"]):
            objects = [self.path(name[:-2] + ".o") for name in names]
            for name, output in zip(names, objects):
                self.compile(os.path.join(folder, name), os.path.basename(output), *flags,
                             f"-ffile-prefix-map={folder}/=")
            archive = self.path("liblog.a")
            if os.path.exists(archive):
                os.unlink(archive)
            run(["ar", "rc", archive, objects[1]])
            for inputs in (objects, [objects[0], archive]):
                done = run([self.options.linkcheck, *inputs], check=False)
                if done.returncode != 1 or done.stdout != expected:
                    raise Failure(f"{flags}: status {done.returncode}\n{done.stdout}\nexpected:\n{expected}")
        # What is linked is checked as well as what is going to be.
        self.link(objects, "server", *flags)
        done = run([self.options.linkcheck, "--library", self.options.shared, self.path("server")], check=False)
        for line in expected.splitlines():
            if line not in done.stdout:
                raise Failure(f"not found in the program: {line}\n{done.stdout}")
        self.compile(os.path.join(folder, "clean.c"), "clean.o")
        run([self.options.linkcheck, self.path("clean.o")])
        done = run([self.options.linkcheck, "--json", *objects], check=False)
        paths = json.loads(done.stdout)["paths"]
        if len(paths) != len(expected.splitlines()) or not any("variable" in path["path"][-1] for path in paths):
            raise Failure(f"--json:\n{done.stdout}")
        for arguments, status in (([], 2), (["--no-such-option"], 2), (["/nonexistent"], 2), (["--help"], 0)):
            done = run([self.options.linkcheck, *arguments], check=False)
            if done.returncode != status:
                raise Failure(f"{arguments}: status {done.returncode}\n{done.stdout}")

    # ---- moricc

    def moricc(self):
        moricc = [self.options.moricc]
        root = {"MORI_ROOT": self.options.build}
        calls = [os.path.join(HERE, "must-pass", "calls.c"), os.path.join(HERE, "must-pass", "parts", "calls_sync.c")]
        run([*moricc, "-O2", *calls, "-o", self.path("calls")], **root)
        run([self.path("calls")])
        run([*moricc, "-mori-mode=mapped", "-O2", *calls, "-o", self.path("mapped")], **root)
        run([self.path("mapped")])
        folder = os.path.join(HERE, "linkcheck")
        server = [os.path.join(folder, name) for name in ("server.c", "log.c")]
        done = run([*moricc, *server, "-o", self.path("server")], check=False, **root)
        if done.returncode != 1 or "may block" not in done.stdout or os.path.exists(self.path("server")):
            raise Failure(f"moricc linked a program that blocks: {done.returncode}\n{done.stdout}")
        run([*moricc, "-mori-no-check", *server, "-o", self.path("server")], **root)
        done = run([*moricc, "-c", calls[0]], check=False, MORI_CC="clang", **root)
        if done.returncode != 2 or "-mori-mode=mapped" not in done.stdout:
            raise Failure(f"moricc and clang: {done.stdout}")
        done = run([*moricc, "--show", "-c", "a b.c", "-DX=it's"], **root)
        words = shlex.split(done.stdout)
        if "a b.c" not in words or "-DX=it's" not in words:
            raise Failure(f"--show: {done.stdout}")
        done = run([*moricc, "-static", *calls, "-o", self.path("static")], check=False, **root)
        if done.returncode != 2 or "-mori-no-check" not in done.stdout:
            raise Failure(f"moricc -static: {done.returncode}\n{done.stdout}")
        run([*moricc, "-static", "-mori-no-check", *calls, "-o", self.path("static")], **root)
        run([self.path("static")])
        for include, said in (("mori/mori.h", True), ("mori/keywords.h", False)):
            with open(self.path("words.c"), "w", encoding="utf-8") as out:
                out.write(f"#include <{include}>\nasync int mori_main(int argc, char **argv) {{ return nothing; }}\n")
            done = run([*moricc, self.path("words.c"), "-o", self.path("words")], check=False, **root)
            if done.returncode != 1 or ("these are in <mori/keywords.h>" in done.stdout) != said:
                raise Failure(f"{include}: {done.stdout}")
        with open(self.path("service.c"), "w", encoding="utf-8") as out:
            out.write("#include <mori/keywords.h>\n#include <mori/service.h>\n"
                      "async int mori_main(int argc, char **argv)\n{\n"
                      "        service_console console;\n        mori_process process;\n\n"
                      "        attempt(await mori_service_start(mori_service_console, NULL, 0, argv[argc - 1], &process,\n"
                      "                                         &console.ref));\n"
                      "        attempt(await mori_service_print(console, \"by a service\\n\"));\n"
                      "        service_console_drop(console);\n        return 0;\n}\n")
        for mode in ("linked", "mapped"):
            run([*moricc, f"-mori-mode={mode}", self.path("service.c"), "-o", self.path("service")], **root)
            done = run([self.path("service")])
            if done.stdout != "by a service\n":
                raise Failure(f"a program with a service: {done.stdout}")
        for arguments, status in ((["--help"], 0), (["--version"], 0), (["-mori-mode=none"], 2), (["-mori-what"], 2)):
            done = run([*moricc, *arguments], check=False, **root)
            if done.returncode != status:
                raise Failure(f"moricc {arguments}: {done.returncode}\n{done.stdout}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("test")
    for name in ("cc", "plugin", "include", "static", "shared", "verify", "linkcheck", "moricc", "build"):
        parser.add_argument("--" + name, default="")
    parser.add_argument("--level", default="-O2")
    options = parser.parse_args()
    tests = Tests(options)
    with tempfile.TemporaryDirectory(prefix="mori-compiler-") as work:
        tests.work = work
        try:
            getattr(tests, options.test.replace("-", "_"))()
        except Failure as failure:
            print(failure)
            return 1
        except Skip as reason:
            print(f"skipped: {reason}")
            return SKIPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
