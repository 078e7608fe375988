# SPDX-License-Identifier: MIT
"""The documents are true of the tree: every path that they name is there, every example is named, every declaration
of a public header is described, and every piece of C compiles."""
import glob
import os
import re
import subprocess
import sys

import tree

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "man"))
import reference  # pylint: disable=wrong-import-position

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


def check_described(root):
    """What is to stand in the reference, which is made of the headers' comments (man/reference.py)."""
    problems = []
    for path in tree.files(root):
        if path.startswith("include/mori/") and "/detail/" not in path and path.endswith(".h"):
            for line, names in reference.bare(os.path.join(root, path)):
                problems.append(f"{path}:{line}: not described: {', '.join(names)}")
    return problems


SNIPPET = re.compile(r"^```c\n(.*?)^```", re.M | re.S)
# In the tutorial these are cut from the examples as well.
OTHER_SNIPPET = re.compile(r"^```(?:capnp|yaml)\n(.*?)^```", re.M | re.S)
TUTORIAL = "docs/tutorial.md"
# What stands around a snippet that is not a whole file: it may wait, and what it calls may be its reader's.
BEFORE = "#include <mori/mori.h>\n#include <mori/keywords.h>\n#include <stdio.h>\n#include <string.h>\n"


def squeezed(text):
    return " ".join(text.split())


def compile_error(root, code):
    """None where it compiles, whole or as the body of a function; else the first thing that the compiler says."""
    said = None
    includes = "".join(line + "\n" for line in code.split("\n") if line.startswith("#include"))
    rest = "\n".join(line for line in code.split("\n") if not line.startswith("#include"))
    for text in (BEFORE + code, BEFORE + includes + "async int snippet(void)\n{\n" + rest + "\nreturn 0;\n}\n"):
        done = subprocess.run(
            ["gcc", "-std=gnu17", "-D_GNU_SOURCE", "-DMORI_MAPPED=1", "-w", "-fsyntax-only", "-x", "c",
             "-I", os.path.join(root, "include"), "-I", os.path.join(root, "src"), "-"],
            input=text, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return None
        said = said or next((line for line in done.stderr.split("\n") if "error" in line), done.stderr)
    return said


def check_snippets(root):
    problems = []
    sources = [squeezed(tree.read(root, path)) for path in tree.files(root)
               if path.endswith((".c", ".h")) and path.startswith(("examples/", "include/", "tests/", "src/"))]
    for path in documents(root):
        text = tree.read(root, path)
        for match in SNIPPET.finditer(text):
            code = match.group(1)
            if any(squeezed(code) in source for source in sources):
                continue
            error = compile_error(root, code)
            if error:
                number = text.count("\n", 0, match.start()) + 1
                problems.append(f"{path}:{number}: stands in no source, and does not compile: {error}")
    others = [squeezed(tree.read(root, path)) for path in tree.files(root)
              if path.startswith("examples/") and path.endswith((".capnp", ".yaml"))]
    text = tree.read(root, TUTORIAL) if TUTORIAL in tree.files(root) else ""
    for match in OTHER_SNIPPET.finditer(text):
        if not any(squeezed(match.group(1)) in other for other in others):
            number = text.count("\n", 0, match.start()) + 1
            problems.append(f"{TUTORIAL}:{number}: stands in no example")
    return problems


READ = re.compile(r"(?:environment|getenv)\(\"(MORI_\w+)\"|\$\{?(MORI_\w+)")
TOLD = re.compile(r"^\| `(MORI_\w+)` \|", flags=re.M)
SETTINGS = "docs/operations.md"


def check_environment(root):
    """Each variable that a program, the runtime or a tool reads stands in the table of settings, and no other does."""
    read = {}
    for path in tree.files(root):
        if path.split("/")[0] not in ("src", "tools", "compiler", "include") or path.endswith("_test.c"):
            continue
        text = tree.read(root, path)
        for match in READ.finditer(text):
            read.setdefault(match.group(1) or match.group(2), f"{path}:{text.count(chr(10), 0, match.start()) + 1}")
    settings = tree.read(root, SETTINGS) if SETTINGS in tree.files(root) else ""
    told = {match.group(1): settings.count("\n", 0, match.start()) + 1 for match in TOLD.finditer(settings)}
    problems = [f"{place}: {name} is not in the table of {SETTINGS}" for name, place in read.items() if name not in told]
    problems += [f"{SETTINGS}:{number}: {name} is read nowhere" for name, number in told.items() if name not in read]
    return problems
