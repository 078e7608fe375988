#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""seed.py SOURCE RESULT OLD NEW: a source with a bug in it. OLD stands in SOURCE once, and is NEW in RESULT."""
import sys

source, result, old, new = sys.argv[1:]
with open(source, encoding="utf-8") as file:
    text = file.read()
if text.count(old) != 1:
    sys.exit(f"{source}: this is there {text.count(old)} times and not once, so tests/explore/meson.build is to change:\n{old}")
with open(result, "w", encoding="utf-8") as file:
    file.write(text.replace(old, new))
