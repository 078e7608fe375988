#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""embed.py SCRIPT HEADER: SCRIPT as C that puts it into the section .debug_gdb_scripts.

So a program that links mori statically brings the script along, and gdb loads it by itself. The section is not loaded
into memory, and goes with the debug information."""
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    lines = file.read().split("\n")


def escaped(text):
    text = text.replace("\\", "\\\\").replace('"', '\\"')  # for the assembler
    return text.replace("\\", "\\\\").replace('"', '\\"')  # for C


with open(sys.argv[2], "w", encoding="utf-8") as file:
    file.write("/* SPDX-License-Identifier: MIT */\n/* Written by gdb/embed.py. */\n"
               "__asm__(\".pushsection .debug_gdb_scripts, \\\"MS\\\", @progbits, 1\\n\"\n"
               "        \".byte 4\\n\" /* a script in Python, by its text: its name comes first */\n"
               "        \".ascii \\\"mori\\\\n\\\"\\n\"\n")
    for line in lines:
        file.write(f"        \".ascii \\\"{escaped(line)}\\\\n\\\"\\n\"\n")
    file.write("        \".byte 0\\n.popsection\");\n")
