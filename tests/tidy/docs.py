# SPDX-License-Identifier: MIT
"""The documents are true of the tree: every path that they name is there, and every example is named."""
import glob
import os
import re

import tree

PATH = re.compile(r"^[\w.*-]+(/[\w.*+-]+)*/?$")
FENCED = re.compile(r"^```.*?^```", flags=re.M | re.S)


def documents(root):
    return [
        path
        for path in tree.files(root)
        if path == "README.md" or (path.startswith("docs/") and path.endswith(".md"))
    ]


def prose(root, path):
    """A document without its fenced code; line numbers stay."""
    return FENCED.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), tree.read(root, path))


def check_paths(root):
    problems = []
    # A word in backticks is one of our paths if it begins with a folder of the top, or is a file there.
    folders = {
        "bench", "compiler", "docs", "examples", "gdb", "include", "man", "scripts", "services", "src",
        "tests", "tools", ".ci",
    }
    for path in documents(root):
        text = prose(root, path)
        for match in re.finditer(r"`([^`\n]+)`", text):
            word = match.group(1).split("#")[0].rstrip(":,.;")
            if not PATH.match(word) or "/" not in word or word.split("/")[0] not in folders:
                continue
            if not glob.glob(os.path.join(root, word)):
                number = text.count("\n", 0, match.start()) + 1
                problems.append(f"{path}:{number}: `{word}` does not exist")
    return problems


def check_examples(root):
    problems = []
    said = "\n".join(tree.read(root, path) for path in documents(root))
    for path in tree.files(root):
        if not path.startswith("examples/") or path == "examples/meson.build":
            continue
        folder = "/".join(path.split("/")[:2])
        if path not in said and folder not in said:
            problems.append(f"{path}: named neither in README.md nor in docs/")
    return problems
