#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bench/ratchet/check_test.py BUILD: the ratchet holds at two runs, and fires at numbers that were made up."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import ratchet  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = sys.argv.pop()
NAMES = ["start_wait_join", "suspended_one"]


def script(name, *words):
    return subprocess.run([os.path.join(HERE, name), BUILD, *words], capture_output=True, text=True, check=False)


class Compare(unittest.TestCase):
    def test_two_per_cent_are_let_through(self):
        recorded = {"await": {"instructions": 100.0, "allocations": 0.0}}
        for value, verdict in ((100.0, (0, 0)), (101.9, (0, 0)), (103.0, (1, 0)), (97.0, (0, 1))):
            worse, better = ratchet.compare({"await": {"instructions": value, "allocations": 0.0}}, recorded)
            self.assertEqual((len(worse), len(better)), verdict, value)

    def test_the_first_of_what_was_none_is_too_many(self):
        worse, _ = ratchet.compare({"await": {"allocations": 1.0}}, {"await": {"allocations": 0.0}})
        self.assertEqual(worse, ["await: 1 allocations, recorded are 0"])

    def test_what_is_not_recorded_is_told(self):
        self.assertEqual(len(ratchet.compare({"new": {"instructions": 1.0}}, {})[0]), 1)


class Check(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.costs = os.path.join(folder.name, "costs.json")
        done = script("update", *NAMES, "-o", self.costs)
        if done.returncode == 77:
            self.skipTest(done.stderr)
        self.assertEqual(done.returncode, 0, done.stderr)

    def doctor(self, change):
        recorded = ratchet.read(self.costs)
        change(recorded)
        with open(self.costs, "w", encoding="utf-8") as file:
            json.dump(recorded, file)
        return script("check", *NAMES, "--costs", self.costs)

    def test_holds_at_a_second_run(self):
        done = self.doctor(lambda recorded: None)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn("WORSE", done.stdout)

    def test_fires_at_doctored_numbers(self):
        def change(recorded):
            recorded["costs"]["start_wait_join"]["instructions"] *= 0.97
            recorded["costs"]["suspended_one"]["bytes"] -= 16

        done = self.doctor(change)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertRegex(done.stdout, r"WORSE: start_wait_join: .* instructions, recorded are .* \(\+3\.1 per cent\)")
        self.assertIn("WORSE: suspended_one:", done.stdout)
        self.assertIn("bench/ratchet/update", done.stdout)

    def test_another_compiler_is_not_compared(self):
        done = self.doctor(lambda recorded: recorded.update({"built by": "gcc 1.0"}))
        self.assertEqual(done.returncode, 77, done.stdout)


if __name__ == "__main__":
    unittest.main()
