#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tidy.py CHECK ROOT [BUILD]: one of the checks that keep the tree as docs/architecture.md says it is.

Prints every problem as "path:line: what", and fails if there is one. selftest.py shows that each fires.
"""
import sys

import docs
import headers
import layers
import symbols
import text

CHECKS = {
    "layers": lambda root, build: layers.check(root),
    "objects": symbols.check_objects,
    "sources": lambda root, build: symbols.check_sources(root),
    "headers": lambda root, build: headers.check(root),
    "text": lambda root, build: text.check(root),
    "paths": lambda root, build: docs.check_paths(root),
    "examples": lambda root, build: docs.check_examples(root),
    "described": lambda root, build: docs.check_described(root),
    "snippets": lambda root, build: docs.check_snippets(root),
    "environment": lambda root, build: docs.check_environment(root),
}


def main():
    if len(sys.argv) not in (3, 4) or sys.argv[1] not in CHECKS:
        print(f"usage: tidy.py {'|'.join(CHECKS)} ROOT [BUILD]", file=sys.stderr)
        return 2
    problems = CHECKS[sys.argv[1]](sys.argv[2], sys.argv[3] if len(sys.argv) == 4 else None)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
