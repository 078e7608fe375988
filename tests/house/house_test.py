#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The scripts behind the Makefile keep their promises: what a test run's last line says, what setup does about what
is missing, what the demo does with what is there. Each runs in a folder of its own, with commands made up for it.
"""
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def log_of(*results):
    return "".join('{"name": "t", "result": "%s"}\n' % result for result in results)


class House(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        shutil.copytree(os.path.join(TOP, "scripts"), self.path("scripts"))
        os.mkdir(self.path("bin"))

    def path(self, *names):
        return os.path.join(self.root, *names)

    def script(self, name, text):
        """An executable of the folder."""
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + text + "\n")
        os.chmod(self.path(name), stat.S_IRWXU)

    def run_script(self, *words, path=None, **environment):
        return subprocess.run(
            words, cwd=self.root, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
            env={**os.environ, **environment, "PATH": path or os.environ["PATH"]},
        )


class Count(House):
    def last_line(self, text):
        with open(self.path("log"), "w", encoding="utf-8") as file:
            file.write(text)
        done = self.run_script("scripts/count-tests", "log")
        return done.stdout.splitlines()[-1], done.returncode

    def test_counts(self):
        self.assertEqual(self.last_line(log_of("OK", "OK")), ("2 passed, 0 failed", 0))
        self.assertEqual(self.last_line(log_of("OK", "SKIP")), ("1 passed, 0 failed, 1 skipped", 0))

    def test_whatever_is_not_good_is_a_failure(self):
        for bad in ("FAIL", "TIMEOUT", "ERROR", "INTERRUPT", "UNEXPECTEDPASS"):
            self.assertEqual(self.last_line(log_of("OK", bad)), ("1 passed, 1 failed", 1))

    def test_the_end_of_what_failed_is_shown(self):
        with open(self.path("log"), "w", encoding="utf-8") as file:
            file.write(log_of("OK"))
            file.write(json.dumps({"name": "bad", "result": "FAIL", "returncode": 3, "duration": 1.5,
                                   "stdout": "".join(f"line {n}\n" for n in range(50))}) + "\n")
        done = self.run_script("scripts/count-tests", "log")
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], "== failed: bad: FAIL, exit status 3, 1.5 s")
        self.assertEqual(lines[1:-1], [f"line {n}" for n in range(10, 50)])
        self.assertEqual(lines[-1], "1 passed, 1 failed")

    def test_a_run_without_tests_has_not_passed(self):
        self.assertEqual(self.last_line(""), ("0 passed, 1 failed", 1))
        self.assertEqual(self.last_line("no json\n"), ("0 passed, 1 failed", 1))
        self.assertEqual(self.last_line(log_of("SKIP")), ("0 passed, 1 failed, 1 skipped", 1))


class Test(House):
    def test_a_failed_build_is_counted(self):
        self.script("scripts/build", "exit 1")
        done = self.run_script("scripts/test", "out")
        self.assertEqual(done.stdout.splitlines()[-1], "0 passed, 1 failed")
        self.assertEqual(done.returncode, 1)

    def test_what_meson_says_decides(self):
        self.script("scripts/build", "exit 0")
        os.makedirs(self.path("out", "meson-logs"))
        for results, code, line in (
            (("OK",), 0, "1 passed, 0 failed"),
            (("OK", "FAIL"), 1, "1 passed, 1 failed"),
            (("OK",), 7, "1 passed, 0 failed"),
        ):
            self.script("bin/meson", f"printf '%s' '{log_of(*results)}' >out/meson-logs/testlog.json\n"
                                     f"exit {code}")
            done = self.run_script("scripts/test", "out", path=self.path("bin") + ":" + os.environ["PATH"])
            self.assertEqual(done.stdout.splitlines()[-1], line)
            self.assertEqual(done.returncode == 0, code == 0)

    def test_an_old_log_does_not_count(self):
        self.script("scripts/build", "exit 0")
        os.makedirs(self.path("out", "meson-logs"))
        with open(self.path("out", "meson-logs", "testlog.json"), "w", encoding="utf-8") as file:
            file.write(log_of("OK"))
        self.script("bin/meson", "exit 1")
        done = self.run_script("scripts/test", "out", path=self.path("bin") + ":" + os.environ["PATH"])
        self.assertEqual(done.stdout.splitlines()[-1], "0 passed, 1 failed")
        self.assertEqual(done.returncode, 1)


class Setup(House):
    def setUp(self):
        super().setUp()
        for name in ("sh", "cat", "mktemp", "rm", "dirname"):
            os.symlink(shutil.which(name), self.path("bin", name))

    def run_setup(self, user):
        self.script("bin/id", f"echo {user}")
        return self.run_script("scripts/setup", path=self.path("bin"))

    def test_a_user_is_told_what_to_install(self):
        self.script("bin/apt-get", "echo called >>called")
        done = self.run_setup(1000)
        self.assertEqual(done.returncode, 1)
        self.assertIn("apt-get install --no-install-recommends", done.stderr)
        self.assertIn(" meson ninja-build ", done.stderr)
        self.assertFalse(os.path.exists(self.path("called")))

    def test_root_without_apt_is_told_too(self):
        done = self.run_setup(0)
        self.assertEqual(done.returncode, 1)
        self.assertIn("missing (by their Debian names):", done.stderr)

    def test_root_installs_and_updates_only_if_it_must(self):
        # This apt-get installs nothing, which must be noticed.
        self.script("bin/apt-get", 'echo "$1 $DEBIAN_FRONTEND" >>called')
        done = self.run_setup(0)
        self.assertEqual(done.returncode, 1)
        self.assertIn("installed, yet still not found:", done.stderr)
        with open(self.path("called"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "install noninteractive\n")

        os.unlink(self.path("called"))
        self.script("bin/apt-get", 'echo "$1" >>called; echo "no such package"; [ "$1" = update ]')
        done = self.run_setup(0)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no such package", done.stderr)
        with open(self.path("called"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "install\nupdate\ninstall\n")


    def test_to_install_takes_less_than_to_test(self):
        self.script("bin/id", "echo 1000")
        done = self.run_script("scripts/setup", "install", path=self.path("bin"))
        self.assertIn(" gcc-12-plugin-dev", done.stderr)
        self.assertNotIn(" check", done.stderr)
        self.assertNotIn(" clang", done.stderr)
        done = self.run_script("scripts/setup", "all", path=self.path("bin"))
        self.assertIn(" check", done.stderr)
        self.assertEqual(self.run_script("scripts/setup", "nonsense", path=self.path("bin")).returncode, 2)


class Help(House):
    def test_each_script_says_what_it_is_for(self):
        for name in sorted(os.listdir(self.path("scripts"))):
            if name == "usage.sh":
                continue
            for words in (["--help"], ["-h"]):
                done = self.run_script("scripts/" + name, *words)
                self.assertIn(name, done.stdout, name)
                self.assertEqual((done.returncode, done.stderr), (0, ""), name)
            if name != "setup":
                done = self.run_script("scripts/" + name)
                self.assertIn(name, done.stderr, name)
                self.assertEqual((done.returncode, done.stdout), (2, ""), name)


class Install(House):
    """With a meson that installs one file, and folders that others use as well."""

    def setUp(self):
        super().setUp()
        self.script("scripts/setup", "exit 0")
        self.script("scripts/build", 'mkdir -p "$1"; >"$1/build.ninja"; echo "$*" >"$1/.mori-options"')
        self.prefix = self.path("prefix")
        self.script("bin/meson", f'mkdir -p "$DESTDIR{self.prefix}/bin"; >"$DESTDIR{self.prefix}/bin/moricc"')
        self.script("bin/id", "echo 1000")

    def run_it(self, *words, **environment):
        return self.run_script(*words, path=self.path("bin") + ":" + os.environ["PATH"], **environment)

    def test_what_is_installed_can_be_taken_away(self):
        os.makedirs(self.path("prefix", "share"))
        done = self.run_it("scripts/install", "out", self.prefix)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(f"export PATH={self.prefix}/bin:$PATH\n", done.stdout)
        self.assertTrue(os.path.exists(self.path("prefix", "bin", "moricc")))
        done = self.run_it("scripts/uninstall", "out")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(os.listdir(self.prefix), ["share"])

    def test_below_destdir(self):
        staging = self.path("staging")
        self.assertEqual(self.run_it("scripts/install", "out", self.prefix, DESTDIR=staging).returncode, 0)
        self.assertFalse(os.path.exists(self.prefix))
        self.assertTrue(os.path.exists(staging + self.prefix + "/bin/moricc"))
        self.assertEqual(self.run_it("scripts/uninstall", "out", DESTDIR=staging).returncode, 0)
        self.assertFalse(os.path.exists(staging + self.prefix))

    def test_a_wrong_place_is_told_before_anything_is_built(self):
        with open(self.path("file"), "w", encoding="utf-8"):
            pass
        for prefix, code, said in (("relative", 2, "no absolute path"), (self.path("file"), 1, "cannot be written")):
            done = self.run_it("scripts/install", "out", prefix)
            self.assertEqual(done.returncode, code)
            self.assertIn(said, done.stderr)
        self.assertFalse(os.path.exists(self.path("out")))
        done = self.run_it("scripts/uninstall", "out")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing was installed from out", done.stderr)


class Ci(House):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path(".ci"))
        shutil.copy(os.path.join(TOP, ".ci", "run"), self.path(".ci", "run"))
        self.script("scripts/setup", "exit 0")

    def test_adds_up_its_steps(self):
        self.script("bin/make", "echo '3 passed, 1 failed, 2 skipped'; exit 1")
        self.script("scripts/test", "echo $CI; echo '4 passed, 0 failed'")
        done = self.run_script(".ci/run", "test", "clang", path=self.path("bin") + ":" + os.environ["PATH"])
        self.assertEqual(done.stdout.splitlines()[-1], "7 passed, 1 failed")
        self.assertIn("true\n", done.stdout)
        self.assertEqual(done.returncode, 1)

    def test_a_step_that_fails_and_counts_nothing_is_a_failure(self):
        path = self.path("bin") + ":" + os.environ["PATH"]
        self.script("bin/make", "echo '3 passed, 0 failed'; exit 1")
        done = self.run_script(".ci/run", "test", path=path)
        self.assertEqual(done.stdout.splitlines()[-1], "3 passed, 1 failed")
        self.script("bin/make", "exit 1")
        done = self.run_script(".ci/run", "test", path=path)
        self.assertEqual(done.stdout.splitlines()[-1], "0 passed, 1 failed")
        self.assertEqual(self.run_script(".ci/run", "nonsense", path=path).returncode, 1)

    def test_ends_with_what_failed(self):
        path = self.path("bin") + ":" + os.environ["PATH"]
        self.script("bin/make", "echo early; echo '== failed: one'; echo reason; echo '3 passed, 1 failed'; exit 1")
        self.script("scripts/test", "seq 200; echo broken; exit 1")
        self.script("bin/git", "exit 0")
        done = self.run_script(".ci/run", "test", "clang", "clean", path=path)
        lines = done.stdout.splitlines()
        end = lines[lines.index("== clean: good, 0 s") + 1:]
        self.assertEqual(end[:3], ["== failed: test: one", "reason", "== failed: clang"])
        self.assertEqual(len(end), 2 + 1 + 40 + 1)
        self.assertEqual(end[-2:], ["broken", "4 passed, 2 failed"])

    def test_good_steps_are_good(self):
        self.script("bin/make", "echo '3 passed, 0 failed'")
        done = self.run_script(".ci/run", "test", path=self.path("bin") + ":" + os.environ["PATH"])
        self.assertEqual(done.stdout.splitlines()[-1], "3 passed, 0 failed")
        self.assertEqual(done.returncode, 0)


class Wrap(House):
    def wrapped(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        # Without clang-format in reach, so that code is left alone and named.
        for command in ("python3", "env"):
            if not os.path.exists(self.path("bin", command)):
                os.symlink(sys.executable if command == "python3" else shutil.which(command),
                           self.path("bin", command))
        done = self.run_script("scripts/wrap", name, path=self.path("bin"))
        with open(self.path(name), encoding="utf-8") as file:
            return file.read(), done

    def test_what_does_not_fit_goes_on_in_the_sentence(self):
        text, done = self.wrapped("a.c", "/*\n *  (1) " + "word " * 20 + "end\n *      of it.\n */\n")
        self.assertEqual(text, "/*\n *  (1) " + ("word " * 18).strip() + "\n *      word word end of it.\n */\n")
        self.assertEqual(done.returncode, 0)

    def test_a_comment_behind_code_moves_above_it(self):
        text, _ = self.wrapped("a.c", "        int x; /* " + "word " * 17 + "*/\n")
        self.assertEqual(text, "        /* " + "word " * 17 + "*/\n        int x;\n")

    def test_what_is_bold_is_no_list(self):
        text, _ = self.wrapped("a.md", "**Bold.** " + "word " * 31 + "end\nof it.\n")
        self.assertEqual(text, "**Bold.** " + ("word " * 30).strip() + "\nword end of it.\n")

    def test_drawings_and_code_are_left_and_named(self):
        drawing = "/*\n *  a " + "-" * 100 + "> b\n */\n"
        code = "#define a " + "b + " * 30 + "\\\n        *kind + " + "b + " * 30 + "c\n"
        text, done = self.wrapped("a.c", drawing + code)
        self.assertEqual(text, drawing + code)
        self.assertEqual(done.returncode, 1)
        self.assertIn("a.c:2: ", done.stdout)
        self.assertIn("a.c:5: ", done.stdout)


if __name__ == "__main__":
    sys.exit(unittest.main())
